//! Lists that users give: declared beside the catalog, and read through the same handles.
//!
//! The catalog is fixed and `'static`; a declared list lives as long as whoever holds it. [`DatasetRef`]
//! and [`FieldRef`] stand for either, so that controls, plan and assessment need not tell them apart.

use super::{Dataset, Field, FieldType, Omission};
use crate::diagnostic::{Place, Problem};
use std::sync::Arc;

/// What the names of lists start with.
pub const INPUTS: &str = "inputs.";

/// A list as it is declared: what its rows hold and what tells them apart.
#[derive(Clone, Debug)]
pub struct InputSchema {
    /// `inputs.<name>`.
    name: String,
    /// The field whose value is a row's id; `None` if rows are told apart by number only.
    id: Option<String>,
    /// INVARIANT (row id): the first field is `id`; the others are as declared, each name once.
    fields: Vec<InputField>,
    /// Nouns for counting rows: ("row of leavers", "rows of leavers").
    noun: (String, String),
    /// Where it is declared.
    place: Place,
}

/// One column of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputField {
    /// Name in snake_case.
    pub name: String,
    /// Type of its values; never a list or records.
    pub kind: FieldType,
    /// What an empty cell or a missing column means, where the declaration says so. Otherwise an empty
    /// cell is `null` and a missing column absent.
    pub omission: Option<Omission>,
}

impl InputSchema {
    /// The list `name` with `fields`, in that order; `id` names the one that tells rows apart. A field
    /// called `id` does so without being named.
    pub fn new(
        name: &str,
        id: Option<String>,
        fields: Vec<InputField>,
        place: Place,
    ) -> InputSchema {
        let id = id.or_else(|| {
            let own = fields.iter().find(|field| field.name == "id");
            own.map(|field| field.name.clone())
        });
        let row_id = InputField {
            name: "id".to_owned(),
            kind: FieldType::Id,
            omission: None,
        };
        let others = fields.into_iter().filter(|field| field.name != "id");
        InputSchema {
            name: format!("{INPUTS}{name}"),
            id,
            fields: std::iter::once(row_id).chain(others).collect(),
            noun: (format!("row of {name}"), format!("rows of {name}")),
            place,
        }
    }

    /// Its name as controls write it: `inputs.leavers`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its name alone: `leavers`.
    pub fn short_name(&self) -> &str {
        self.name.strip_prefix(INPUTS).unwrap_or(&self.name)
    }

    /// The field whose value is a row's id.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Its fields in the order of a canonical line: `id`, then the others.
    pub fn fields(&self) -> &[InputField] {
        &self.fields
    }

    /// Where it is declared.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// One declaration that says what both say.
    ///
    /// # Errors
    /// The two disagree.
    pub fn joined(&self, other: &InputSchema) -> Result<InputSchema, Problem> {
        let disagree = |what: String| {
            Problem::new(
                "plan::input",
                format!("two declarations of `{}` disagree on {what}", self.name),
                other.place.clone(),
                "this one",
            )
            .and_at(self.place.clone(), "and this one")
            .help("declare it the same way everywhere, or under two names")
        };
        let mut joined = self.clone();
        match (&self.id, &other.id) {
            (Some(a), Some(b)) if a != b => {
                return Err(disagree(format!("its id: `{a}` or `{b}`")));
            }
            (None, Some(id)) => joined.id = Some(id.clone()),
            _ => {}
        }
        for field in &other.fields {
            match self.fields.iter().find(|own| own.name == field.name) {
                None => joined.fields.push(field.clone()),
                Some(own) if own.kind != field.kind => {
                    return Err(disagree(format!(
                        "the type of `{}`: {} or {}",
                        field.name, own.kind, field.kind
                    )));
                }
                Some(own) if own.omission != field.omission => {
                    return Err(disagree(format!(
                        "what an omission of `{}` means",
                        field.name
                    )));
                }
                Some(_) => {}
            }
        }
        Ok(joined)
    }
}

/// A dataset that can be read: of the catalog, or a list that a user gives. Cheap to copy.
#[derive(Clone, Debug)]
pub enum DatasetRef {
    /// One of the catalog.
    Known(&'static Dataset),
    /// A declared list.
    Input(Arc<InputSchema>),
}

impl DatasetRef {
    /// Its name, as controls write it.
    pub fn name(&self) -> &str {
        match self {
            DatasetRef::Known(dataset) => dataset.name,
            DatasetRef::Input(schema) => schema.name(),
        }
    }

    /// Noun for one record and for several.
    pub fn noun(&self) -> (&str, &str) {
        match self {
            DatasetRef::Known(dataset) => dataset.noun,
            DatasetRef::Input(schema) => (&schema.noun.0, &schema.noun.1),
        }
    }

    /// The field shown beside a subject's id, for a reader.
    pub fn label(&self) -> &str {
        match self {
            DatasetRef::Known(dataset) => dataset.label,
            DatasetRef::Input(_) => "id",
        }
    }

    /// The field called `name`.
    pub fn field(&self, name: &str) -> Option<FieldRef> {
        self.fields().find(|field| field.name() == name)
    }

    /// Every field, in the order of a canonical line.
    pub fn fields(&self) -> impl Iterator<Item = FieldRef> + '_ {
        let (known, given) = match self {
            DatasetRef::Known(dataset) => (dataset.fields, None),
            DatasetRef::Input(schema) => (&[][..], Some(schema)),
        };
        let given = given.into_iter().flat_map(|schema| {
            let places = 0..schema.fields.len();
            places.map(|place| FieldRef::Input(Arc::clone(schema), place))
        });
        known.iter().map(FieldRef::Known).chain(given)
    }

    /// Names of every field, in the order of a canonical line.
    pub fn field_names(&self) -> Vec<&str> {
        match self {
            DatasetRef::Known(dataset) => dataset.fields.iter().map(|field| field.name).collect(),
            DatasetRef::Input(schema) => {
                let fields = schema.fields.iter();
                fields.map(|field| field.name.as_str()).collect()
            }
        }
    }
}

impl From<&'static Dataset> for DatasetRef {
    fn from(dataset: &'static Dataset) -> DatasetRef {
        DatasetRef::Known(dataset)
    }
}

/// A field of either kind of dataset. Cheap to copy.
#[derive(Clone, Debug)]
pub enum FieldRef {
    /// One of the catalog, also inside a list of records.
    Known(&'static Field),
    /// The field at this place of a declared list.
    Input(Arc<InputSchema>, usize),
}

impl FieldRef {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            FieldRef::Known(field) => field.name,
            FieldRef::Input(schema, place) => &schema.fields[*place].name,
        }
    }

    /// Type of its value when it is known.
    pub fn kind(&self) -> FieldType {
        match self {
            FieldRef::Known(field) => field.kind,
            FieldRef::Input(schema, place) => schema.fields[*place].kind,
        }
    }
}

impl PartialEq for FieldRef {
    /// Two fields of one dataset are the same if their names are.
    fn eq(&self, other: &FieldRef) -> bool {
        self.name() == other.name()
    }
}

//! `inputs:`: the lists that a control reads, with the fields that it needs of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catalog::{FieldType, INPUTS, InputField, InputSchema, Omission};
use crate::diagnostic::Problem;
use crate::diagnostic::reader::Reader;
use crate::diagnostic::yaml::{Entry, Kind, Node};

/// Types that a column may have.
pub(super) const TYPES: [(&str, FieldType); 9] = [
    ("text", FieldType::Text),
    ("id", FieldType::Id),
    ("email", FieldType::Email),
    ("domain", FieldType::DomainName),
    ("ip_range", FieldType::IpRange),
    ("boolean", FieldType::Boolean),
    ("integer", FieldType::Integer),
    ("timestamp", FieldType::Timestamp),
    ("date", FieldType::Date),
];

/// Fields that a list may have.
const FIELDS_MAX: usize = 200;

const HELP: &str = "write `leavers: { id: email, fields: { email: email, left_on: date } }`";

/// The lists that a control may name.
#[derive(Default)]
pub(super) struct Inputs {
    /// Declared by the control itself.
    pub own: Vec<Arc<InputSchema>>,
    /// Known from outside.
    pub outside: Vec<Arc<InputSchema>>,
    /// Names of those that are read.
    pub used: BTreeSet<String>,
}

impl Inputs {
    /// The list called `inputs.<name>`, noted as used.
    pub fn find(&mut self, name: &str) -> Option<Arc<InputSchema>> {
        let found = self
            .own
            .iter()
            .chain(&self.outside)
            .find(|schema| schema.name() == name)?;
        self.used.insert(name.to_owned());
        Some(Arc::clone(found))
    }

    /// Names of all.
    pub fn known(&self) -> impl Iterator<Item = &str> + Clone {
        self.own
            .iter()
            .chain(&self.outside)
            .map(|schema| schema.name())
    }
}

/// The lists that the control in `root` declares.
pub(super) fn read(reader: &mut Reader, root: &Node) -> Vec<Arc<InputSchema>> {
    let Some(node) = root.get("inputs") else {
        return Vec::new();
    };
    let Some(entries) = node.entries() else {
        reader.wrong_type(node, "a map", HELP);
        return Vec::new();
    };
    entries
        .iter()
        .filter_map(|entry| {
            let map = reader.map(&entry.value, "a list", &["id", "fields"])?;
            reader.required(map, "fields", HELP)?;
            read_schema(reader, entry).map(Arc::new)
        })
        .collect()
}

/// The declaration in the `id` and `fields` of `entry`, whose key is the list's name.
pub(crate) fn read_schema(reader: &mut Reader, entry: &Entry) -> Option<InputSchema> {
    check_name(reader, entry, "a list");
    let map = &entry.value;
    let node = map.get("fields")?;
    let Some(entries) = node.entries().filter(|entries| !entries.is_empty()) else {
        reader.wrong_type(node, "a map of fields", HELP);
        return None;
    };
    if entries.len() > FIELDS_MAX {
        let expected = format!("at most {FIELDS_MAX} fields");
        reader.wrong_type(node, &expected, "declare only those that controls read");
        return None;
    }
    let fields: Vec<InputField> = entries
        .iter()
        .filter_map(|entry| read_field(reader, entry))
        .collect();
    let id = match map.get("id") {
        None => None,
        Some(node) => {
            let name = reader.text(node)?;
            if !fields.iter().any(|field| field.name == name) {
                let known = fields.iter().map(|field| field.name.as_str());
                reader.push(
                    Problem::new(
                        "control::unknown_field",
                        format!("the list has no field `{name}`"),
                        node.place(),
                        "not among its fields",
                    )
                    .help(crate::diagnostic::did_you_mean(name, known)),
                );
                return None;
            }
            Some(name.to_owned())
        }
    };
    if let (Some(id), Some(field)) = (&id, entries.iter().find(|entry| entry.key == "id"))
        && id != "id"
    {
        reader.push(
            Problem::new(
                "control::name",
                "`id` names a row, and here another field does so",
                field.key_place(),
                "this field",
            )
            .help("write `id: id`, or call the field otherwise"),
        );
        return None;
    }
    Some(InputSchema::new(&entry.key, id, fields, entry.key_place()))
}

fn read_field(reader: &mut Reader, entry: &Entry) -> Option<InputField> {
    check_name(reader, entry, "a field");
    let (kind, omission) = match &entry.value.kind {
        Kind::Map(_) => {
            let map = reader.map(&entry.value, "a field", &["type", "omission"])?;
            let words = [("none", Omission::None), ("unknown", Omission::Unknown)];
            let omission = map
                .get("omission")
                .and_then(|node| reader.word(node, "meaning of an omission", &words));
            let kind = reader.required(map, "type", "say what it holds: `type: email`")?;
            (reader.word(kind, "type of a field", &TYPES)?, omission)
        }
        _ => (reader.word(&entry.value, "type of a field", &TYPES)?, None),
    };
    Some(InputField {
        name: entry.key.clone(),
        kind,
        omission,
    })
}

/// Names of lists and fields are written in selectors without quotes.
fn check_name(reader: &mut Reader, entry: &Entry, what: &str) {
    let mut letters = entry.key.chars();
    let is_name = letters
        .next()
        .is_some_and(|first| first.is_ascii_lowercase())
        && letters
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    if !is_name {
        reader.push(
            Problem::new(
                "control::name",
                format!("`{}` is no name of {what}", entry.key),
                entry.key_place(),
                "here",
            )
            .help(format!(
                "lower-case letters, digits and `_`, a letter first; controls write `{INPUTS}leavers`"
            )),
        );
    }
}

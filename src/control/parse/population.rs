//! `population`, `exclude` and `evidence`: which records are looked at, which are left out, and which fields
//! a finding shows.

use super::condition::{Conditions, Position};
use super::names::Names;
use super::texts::{TextKind, Texts};
use crate::catalog::{DATASETS, DatasetRef, FieldRef, INPUTS};
use crate::control::path::{self, Start};
use crate::control::{Condition, Exclusion, Population};
use crate::diagnostic::reader::{Reader, start_of};
use crate::diagnostic::yaml::Node;
use crate::diagnostic::{Place, Problem, did_you_mean, nearest};
use crate::jsonpath::Selection;

/// A selector as written, read, and where its parts are.
pub(super) struct Selected {
    pub dataset: DatasetRef,
    text: String,
    selection: Selection,
    conjunct_places: Vec<Place>,
}

impl Selected {
    /// The records selected that meet `conditions` too.
    pub fn narrowed(self, conditions: Vec<Condition>) -> Population {
        Population {
            dataset: self.dataset,
            text: self.text,
            selection: self.selection,
            conjunct_places: self.conjunct_places,
            conditions,
        }
    }
}

pub(super) fn read_selection(
    reader: &mut Reader,
    names: &mut Names,
    node: &Node,
) -> Option<Selected> {
    let text = reader.text(node)?;
    let selection = match Selection::parse(text) {
        Ok(selection) => selection,
        Err(error) => {
            reader.push(path::syntax_problem(node, error));
            return None;
        }
    };
    let Some(dataset) = names.dataset(selection.dataset()) else {
        reader.push(
            Problem::new(
                "control::unknown_dataset",
                format!("unknown dataset `{}`", selection.dataset()),
                node.place_within(selection.dataset_span()),
                "not in the catalog",
            )
            .help(unknown_dataset_help(selection.dataset(), names)),
        );
        return None;
    };
    let mut conjunct_places = Vec::new();
    if let Some(filter) = selection.filter() {
        let conjuncts = filter.conjuncts().iter();
        conjunct_places.extend(conjuncts.map(|conjunct| node.place_within(conjunct.span())));
        let start = Start::record_of(&dataset);
        path::check_filter(reader, node, &start, filter.paths(), filter.literals());
    }
    Some(Selected {
        dataset,
        text: text.to_owned(),
        selection,
        conjunct_places,
    })
}

fn unknown_dataset_help(name: &str, names: &Names) -> String {
    let inputs = names.inputs.known();
    let known = DATASETS.iter().map(|dataset| dataset.name);
    let Some(short) = name.strip_prefix(INPUTS) else {
        return did_you_mean(name, known.chain(inputs));
    };
    match nearest(name, inputs) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!(
            "declare the list: `inputs: {{ {short}: {{ id: email, fields: {{ email: email }} }} }}`, or give it with \
             `--input {short}=FILE`"
        ),
    }
}

pub(super) fn read_exclusions(
    conditions: &mut Conditions<'_>,
    node: &Node,
    dataset: &DatasetRef,
) -> Vec<Exclusion> {
    const HELP: &str = "write a list: `- { reason: why, where: { field: value } }`";
    let mut exclusions = Vec::new();
    for element in conditions.reader.list(node, HELP).unwrap_or_default() {
        let Some(map) = conditions
            .reader
            .map(element, "an exclusion", &["reason", "where"])
        else {
            continue;
        };
        let reason = conditions.reader.required(
            map,
            "reason",
            "say why these are left out; the report shows it",
        );
        let narrowing = conditions
            .reader
            .required(map, "where", "say which records are left out")
            .map(|node| conditions.read(node, &Start::record_of(dataset), Position::Where));
        let reason = reason.and_then(|node| {
            conditions.reader.reason(node)?;
            let texts = Texts::of_parameters(&conditions.names.parameters);
            texts.read(conditions.reader, node, TextKind::Plain)
        });
        if let (Some(reason), Some(conditions)) = (reason, narrowing) {
            exclusions.push(Exclusion {
                reason,
                place: start_of(map),
                conditions,
            });
        }
    }
    exclusions
}

pub(super) fn read_evidence(
    reader: &mut Reader,
    node: &Node,
    dataset: &DatasetRef,
) -> Vec<FieldRef> {
    let mut fields = Vec::new();
    for element in reader
        .list(node, "write a list of fields: `[name, email]`")
        .unwrap_or_default()
    {
        let Some(name) = reader.text(element) else {
            continue;
        };
        match dataset.field(name) {
            Some(field) => fields.push(field),
            None => reader.push(
                Problem::new(
                    "control::unknown_field",
                    format!("`{}` has no field `{name}`", dataset.name()),
                    element.place(),
                    "not in the catalog",
                )
                .help(did_you_mean(name, dataset.field_names())),
            ),
        }
    }
    fields
}

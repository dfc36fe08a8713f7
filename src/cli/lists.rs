//! Lists that settings and flags name: read with the types that controls declare.

use super::exit::{Exit, Failure};
use super::settings::GivenInput;
use crate::catalog::InputSchema;
use crate::import::{List, ListError, ListRequest, infer_schema, review};
use crate::plan::Plan;
use crate::progress::neutral;
use jiff::Timestamp;
use std::path::Path;
use std::sync::Arc;

/// What the rows of a list hold: as settings declare it, or as its columns show.
pub(super) fn declared(given: &GivenInput) -> Result<Arc<InputSchema>, ListError> {
    Ok(Arc::new(match &given.schema {
        Some(schema) => schema.clone(),
        None => infer_schema(&given.name, &given.path)?,
    }))
}

/// The reviews kept in `dir` as a list, with the types that controls declare: those that were finished by `as_of`, if a
/// point in time is known.
pub(super) fn kept_reviews(
    dir: &Path,
    plan: &Plan,
    as_of: Option<Timestamp>,
) -> Result<Option<List>, Failure> {
    let own = review::schema(dir);
    let schema = match plan.inputs.get(own.name()) {
        None => own,
        Some(needed) => own.joined(needed).map_err(Failure::problems)?,
    };
    Ok(review::kept_list(dir, Arc::new(schema), as_of)?)
}

/// Reads a list with the types that controls declare. Where settings declare types too, both must agree;
/// a list that no control reads is still read and stated.
pub(super) fn list(
    given: GivenInput,
    outside: Arc<InputSchema>,
    plan: &Plan,
) -> Result<List, Failure> {
    let schema = match plan.inputs.get(outside.name()) {
        None => outside,
        Some(needed) => match &given.schema {
            None => Arc::clone(needed),
            Some(own) => {
                let joined = needed.joined(own);
                Arc::new(joined.map_err(Failure::problems)?)
            }
        },
    };
    let request = ListRequest {
        path: given.path,
        schema,
        origin: given.origin,
    };
    Ok(List::read(&request)?)
}

/// What whoever gave a list should know at once: columns that controls need and it does not have, cells that do
/// not fit. The report says the same, and more.
pub(super) fn notes_on(list: &List) -> Vec<String> {
    let name = list.name();
    let statement = list.statement();
    let harmless = |names: &[String]| {
        let names: Vec<_> = names.iter().map(|name| neutral(name)).collect();
        names.join(", ")
    };
    let mut notes = Vec::new();
    if !statement.missing_columns.is_empty() {
        let others = match statement.unread_columns.is_empty() {
            true => String::new(),
            false => format!("; it has {}", harmless(&statement.unread_columns)),
        };
        notes.push(format!(
            "note: the list `{name}` has no column {}{others}\n",
            harmless(&statement.missing_columns)
        ));
    }
    for misfit in &statement.misfits {
        notes.push(format!(
            "note: the list `{name}`: {} of {} rows hold no {} that can be read, such as {}\n",
            misfit.records,
            statement.rows,
            neutral(&misfit.field),
            harmless(misfit.values.get(..1).unwrap_or_default())
        ));
    }
    notes
}

impl From<ListError> for Failure {
    fn from(error: ListError) -> Failure {
        let exit = match &error {
            ListError::Io { source, .. } if source.kind() != std::io::ErrorKind::NotFound => {
                Exit::Machine
            }
            _ => Exit::Usage,
        };
        Failure {
            report: error.into(),
            exit,
        }
    }
}

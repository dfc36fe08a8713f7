//! Lists that settings and flags name: read with the types that controls declare.

use super::exit::{Exit, Failure};
use super::missing::{missing, require};
use super::settings::{GivenInput, Setting};
use crate::catalog::{INPUTS, InputSchema};
use crate::control::{self, Control};
use crate::diagnostic::{did_you_mean, nearest};
use crate::import::{List, ListError, ListRequest, infer_schema, review};
use crate::plan::Plan;
use crate::progress::neutral;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Wrong letters of a name that is taken for another one misspelt.
const SLIPS_MAX: usize = 2;

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
    require("folder of reviews", dir)?;
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

/// Names of the lists that controls read: those of a run, and all that anybody knows.
pub(super) struct ListNames {
    known: BTreeSet<String>,
}

impl ListNames {
    /// The names that `library`, before a profile chooses from it, and the built-in controls declare.
    pub fn of(library: &[Control]) -> ListNames {
        let (built_in, _) = control::load(&control::builtin());
        let declared = library.iter().chain(&built_in);
        let declared = declared.flat_map(|control| &control.inputs);
        ListNames {
            known: declared.map(|list| short(list.name()).to_owned()).collect(),
        }
    }

    /// A note on each of `given` that no control of `plan` reads.
    ///
    /// # Errors
    /// One is called almost as a list that a control reads and nobody gave: that is a slip, and the control would be
    /// unknown for it.
    pub fn unread(
        &self,
        given: &[Setting<GivenInput>],
        plan: &Plan,
    ) -> Result<Vec<String>, Failure> {
        let read: BTreeSet<&str> = plan.inputs.keys().map(|name| short(name)).collect();
        let is_given = |name: &str| given.iter().any(|given| given.value.name == name);
        let mut notes = Vec::new();
        for Setting {
            value: list,
            origin,
        } in given
        {
            let name = list.name.as_str();
            if read.contains(name) {
                continue;
            }
            if self.known.contains(name) {
                notes.push(format!(
                    "note: no control that is tested here reads the list `{name}`\n"
                ));
                continue;
            }
            let open = read.iter().copied().filter(|name| !is_given(name));
            let meant = nearest(name, open)
                .filter(|meant| strsim::damerau_levenshtein(name, meant) <= SLIPS_MAX);
            let name = neutral(name);
            if let Some(meant) = meant {
                return Err(Failure::usage(
                    format!("{origin}: no control reads a list `{name}`"),
                    format!("did you mean `{meant}`?"),
                ));
            }
            let help = match read.is_empty() {
                true => "they read none".to_owned(),
                false => did_you_mean(&name, read.iter().copied()),
            };
            notes.push(format!(
                "note: no control reads a list `{name}` ({origin}); {help}\n"
            ));
        }
        Ok(notes)
    }
}

/// `leavers` of `inputs.leavers`.
fn short(name: &str) -> &str {
    name.strip_prefix(INPUTS).unwrap_or(name)
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
            ListError::Io { path, source } if source.kind() == std::io::ErrorKind::NotFound => {
                return missing("list", path);
            }
            ListError::Io { .. } => Exit::Machine,
            _ => Exit::Usage,
        };
        Failure {
            report: error.into(),
            exit,
        }
    }
}

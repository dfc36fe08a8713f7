//! Why a record leaves a check open: first without words, since many records do so for the same reasons.

use super::Reason;
use super::check::Context;
use super::stale::Stale;
use crate::catalog::{self, ATTESTATION, Dataset, DatasetRef, Field};
use crate::control::FieldPath;
use crate::plan::SetIndex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// What leaves a check open. Of one control the same doubt has the same words for every record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doubt<'c> {
    /// A field is absent.
    Absent { field: &'c str, root: &'c str },
    /// A value is not of a type that the test can judge.
    WrongType { field: &'c str },
    /// A time lies too far beyond the point in time of the assessment.
    TimeInFuture { field: &'c str },
    /// A value may belong to a set that is not whole.
    SetNotWhole { set: SetIndex },
    /// A value belongs to a set that does not tell since when.
    NotDated { set: &'c str },
    /// A parameter has no value.
    Unset { parameter: &'c str },
}

impl<'c> Doubt<'c> {
    /// What `path` leads to is absent.
    pub(super) fn of_absent(path: &'c FieldPath) -> Doubt<'c> {
        Doubt::Absent {
            field: &path.text,
            root: path.root.name(),
        }
    }

    /// The doubt about a record of `dataset` in words.
    fn reason(self, dataset: &DatasetRef, context: Context<'_>) -> Reason {
        let of = || dataset.name().to_owned();
        match self {
            Doubt::Absent { field, root } => absent_field(dataset, field, root, context),
            Doubt::WrongType { field } => Reason::WrongType {
                dataset: of(),
                field: field.to_owned(),
                subjects: 1,
            },
            Doubt::TimeInFuture { field } => Reason::TimeInFuture {
                dataset: of(),
                field: field.to_owned(),
                subjects: 1,
            },
            Doubt::SetNotWhole { set } => set_not_whole(set, 1, context),
            Doubt::NotDated { set } => Reason::NotDated {
                set: set.to_owned(),
                subjects: 1,
            },
            Doubt::Unset { parameter } => Reason::ParameterUnset {
                parameter: parameter.to_owned(),
                about: String::new(),
            },
        }
    }
}

/// `doubts` about a record of `dataset` in words.
pub(super) fn reasons(
    doubts: &[Doubt<'_>],
    dataset: &DatasetRef,
    context: Context<'_>,
) -> BTreeSet<Reason> {
    let doubts = doubts.iter();
    doubts.map(|doubt| doubt.reason(dataset, context)).collect()
}

/// That the set at `set` leaves `subjects` open, with what it lacks.
pub(super) fn set_not_whole(set: SetIndex, subjects: u64, context: Context<'_>) -> Reason {
    let (planned, values) = (&context.plan.sets[set.0], &context.sets[set.0]);
    let dataset = &planned.population.dataset;
    let (field, root) = (&planned.take.text, planned.take.root.name());
    Reason::SetNotWhole {
        set: planned.name.clone(),
        dataset: dataset.name().to_owned(),
        dataset_whole: values.is_dataset_whole(),
        field: field.clone(),
        unseen: values.unseen(),
        settled_by: match values.unseen() {
            0 => String::new(),
            _ => what_settles(dataset, root, context),
        },
        subjects,
    }
}

/// The reason for an absent field, with what could give it.
fn absent_field(dataset: &DatasetRef, path: &str, root: &str, context: Context<'_>) -> Reason {
    Reason::FieldAbsent {
        dataset: dataset.name().to_owned(),
        field: path.to_owned(),
        settled_by: what_settles(dataset, root, context),
        subjects: 1,
    }
}

/// What could give the field called `root` of the records of `dataset` that lack it.
fn what_settles(dataset: &DatasetRef, root: &str, context: Context<'_>) -> String {
    match dataset {
        DatasetRef::Known(dataset) => no_longer(dataset, root, context.stale)
            .or_else(|| settled_beside(dataset.field(root)?.sources, &context.awaited.given))
            .or_else(|| SETTLED_BY.get(&(dataset.name, root)).cloned())
            .unwrap_or_default(),
        DatasetRef::Input(_) => SETTLED_BY_THE_LIST.to_owned(),
    }
}

/// What could give a field that some of `sources` tell of, where `given` are there and do not tell it of a record.
/// Nothing is said where none of them is: then they are what is needed.
fn settled_beside(sources: &[&str], given: &BTreeSet<&'static str>) -> Option<String> {
    let (told, other): (Vec<&str>, Vec<&str>) = sources
        .iter()
        .filter(|source| !is_api(source))
        .partition(|source| given.contains(**source));
    if told.is_empty() {
        return None;
    }
    let (were, do_not) = match told.len() {
        1 => ("was", "does not"),
        _ => ("were", "do not"),
    };
    let no_api = match sources.iter().any(|source| is_api(source)) {
        true => "",
        false => "no API tells; ",
    };
    let told = told.join(" and the ");
    let given = format!("{no_api}the {told} {were} given and {do_not} tell it here");
    Some(match other.as_slice() {
        [] => format!(
            "{given}: these have no row, or its cell is empty or not understood; look them up in the console"
        ),
        other => format!("{given}; the {} may", other.join(" or the ")),
    })
}

/// Whether the source called `name` is a request to the API.
fn is_api(name: &str) -> bool {
    let mut known = catalog::DATASETS.iter().flat_map(|dataset| dataset.sources);
    known.any(|source| source.name == name && source.is_api())
}

/// The exports that would give the field called `name` if they still counted.
fn no_longer(dataset: &'static Dataset, name: &str, stale: &Stale) -> Option<String> {
    let sources = dataset.field(name)?.sources.iter();
    let stale: Vec<(&str, &str)> = sources
        .filter_map(|source| Some((*source, stale.why(source, dataset.name, name)?)))
        .collect();
    let again = match stale.iter().all(|(source, _)| *source == ATTESTATION) {
        true => "attest it again",
        false => "export it anew",
    };
    let words: Vec<String> = stale
        .iter()
        .map(|(source, why)| format!("the {source} is stale, {why}"))
        .collect();
    (!words.is_empty()).then(|| format!("{}; {again}", words.join("; ")))
}

/// What could give a field of a list.
const SETTLED_BY_THE_LIST: &str =
    "the row has no value that can be read, or the list no such column";

/// What could give each field of each dataset, put in words once: there may be a finding for every record.
static SETTLED_BY: LazyLock<BTreeMap<(&str, &str), String>> = LazyLock::new(|| {
    let fields = |dataset: &'static Dataset| {
        let named = |field: &'static Field| ((dataset.name, field.name), settled_by(field.sources));
        dataset.fields.iter().map(named)
    };
    catalog::DATASETS.iter().copied().flat_map(fields).collect()
});

/// What could give a field: those of its sources that are no API, or else why an answer lacks it.
fn settled_by(sources: &[&str]) -> String {
    let other: Vec<&str> = sources
        .iter()
        .copied()
        .filter(|name| !is_api(name))
        .collect();
    if other.is_empty() {
        format!(
            "no answer of {} held it, and no export tells it; look these up in the console",
            sources.join(" or ")
        )
    } else {
        format!("no API tells; needs {}", other.join(" or "))
    }
}

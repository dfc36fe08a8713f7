//! Why a record leaves a check open: first without words, since many records do so for the same reasons.

use super::Reason;
use super::stale::Stale;
use crate::catalog::{self, ATTESTATION, Dataset, DatasetRef, Field};
use crate::control::FieldPath;
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
    SetNotWhole { set: &'c str },
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
    fn reason(self, dataset: &DatasetRef, stale: &Stale) -> Reason {
        let of = || dataset.name().to_owned();
        match self {
            Doubt::Absent { field, root } => absent_field(dataset, field, root, stale),
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
            Doubt::SetNotWhole { set } => Reason::SetNotWhole {
                set: set.to_owned(),
                subjects: 1,
            },
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
    stale: &Stale,
) -> BTreeSet<Reason> {
    let doubts = doubts.iter();
    doubts.map(|doubt| doubt.reason(dataset, stale)).collect()
}

/// The reason for an absent field, with what could give it.
fn absent_field(dataset: &DatasetRef, path: &str, root: &str, stale: &Stale) -> Reason {
    Reason::FieldAbsent {
        dataset: dataset.name().to_owned(),
        field: path.to_owned(),
        settled_by: match dataset {
            DatasetRef::Known(dataset) => no_longer(dataset, root, stale)
                .or_else(|| SETTLED_BY.get(&(dataset.name, root)).cloned())
                .unwrap_or_default(),
            DatasetRef::Input(_) => SETTLED_BY_THE_LIST.to_owned(),
        },
        subjects: 1,
    }
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
    let is_api = |name: &str| {
        let mut known = catalog::DATASETS.iter().flat_map(|dataset| dataset.sources);
        known.any(|source| source.name == name && source.is_api())
    };
    let other: Vec<&str> = sources
        .iter()
        .copied()
        .filter(|name| !is_api(name))
        .collect();
    if other.is_empty() {
        format!("no answer of {} held it", sources.join(" or "))
    } else {
        format!("no API tells; needs {}", other.join(" or "))
    }
}

//! Why exports, and attestations of policies, no longer tell what they told.

use crate::catalog::{self, DatasetRef, is_policy_setting};
use std::collections::{BTreeMap, BTreeSet};

/// Why exports count for nothing, and what could not be looked for.
#[derive(Debug, Default)]
pub(super) struct Stale {
    /// Of exports that are too old, by the name of their source.
    pub(super) aged: BTreeMap<&'static str, String>,
    /// Of exports that no longer tell what policies decide, by the name of their source: what the newest one says.
    pub(super) changed: BTreeMap<&'static str, String>,
    /// Why changes after exports could not be looked for, by the name of their source.
    pub(super) unseen: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Stale {
    /// Why `source` no longer gives the field `field` of the records of `dataset`, if it does not.
    pub(super) fn why(&self, source: &str, dataset: &str, field: &str) -> Option<&str> {
        let changed = || {
            let why = self.changed.get(source)?;
            is_policy_setting(dataset, field).then_some(why)
        };
        self.aged.get(source).or_else(changed).map(String::as_str)
    }

    /// Sources that give the field `field` of the records of `dataset` and after which changes could not be looked
    /// for, each with why.
    pub(super) fn unseen(
        &self,
        dataset: &str,
        field: &str,
    ) -> impl Iterator<Item = (&'static str, &str)> {
        let sources = catalog::dataset(dataset)
            .filter(|_| is_policy_setting(dataset, field))
            .and_then(|dataset| dataset.field(field))
            .map_or(&[][..], |field| field.sources);
        let told = self.unseen.iter();
        told.filter(|(source, _)| sources.contains(source))
            .flat_map(|(source, why)| why.iter().map(|why| (*source, why.as_str())))
    }
}

/// Exports and attestations of which no file tells anything, by the name of their source: what only they tell is not
/// known of any record.
#[derive(Debug, Default)]
pub(super) struct Awaited {
    /// Nobody gave a file, or every one is too old.
    pub(super) files: BTreeSet<&'static str>,
    /// There are files that count, and none that still tells what policies decide.
    pub(super) of_policies: BTreeSet<&'static str>,
    /// The others: something of theirs counts, so that what it does not tell is not settled by giving it.
    pub(super) given: BTreeSet<&'static str>,
}

impl Awaited {
    /// Fields of `dataset` that only such sources tell.
    pub(super) fn fields(&self, dataset: &DatasetRef) -> BTreeSet<&'static str> {
        let DatasetRef::Known(dataset) = dataset else {
            return BTreeSet::new();
        };
        let tells_nothing = |source: &str, field: &str| {
            self.files.contains(source)
                || self.of_policies.contains(source) && is_policy_setting(dataset.name, field)
        };
        let fields = dataset.fields.iter().filter(|field| {
            let mut sources = field.sources.iter();
            !field.sources.is_empty() && sources.all(|source| tells_nothing(source, field.name))
        });
        fields.map(|field| field.name).collect()
    }
}

//! Why exports, and attestations of policies, no longer tell what they told.

use crate::catalog::{self, is_policy_setting};
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

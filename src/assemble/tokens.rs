//! `api_tokens`: every token with the state and roles of its owner.

use super::accounts::Owners;
use super::dataset::{DatasetFile, Record};
use super::listing::Listing;
use crate::catalog::Dataset;
use crate::snapshot::SnapshotError;
use std::collections::BTreeMap;

/// The sources of a token, main one first.
pub(super) const SOURCES: [&str; 2] = ["api-tokens", "users/search"];
/// Place of users/search in [`SOURCES`].
const SEARCH: usize = 1;

/// Tokens before their owners are known.
pub(super) struct Tokens {
    records: Vec<Record>,
    /// Tokens by account id of their owner.
    pub owners: BTreeMap<String, usize>,
    /// Where an account that is no owner is known to have no token: number of the last page.
    complete: Option<u64>,
}

impl Tokens {
    pub fn of(dataset: &'static Dataset, listing: &Listing) -> Tokens {
        let records: Vec<Record> = listing
            .records
            .iter()
            .map(|received| Record::of(dataset, listing, received))
            .collect();
        let mut owners = BTreeMap::new();
        let mut all_owned = true;
        for record in &records {
            match record.text("owner_id") {
                Some(owner) => *owners.entry(owner.to_owned()).or_default() += 1,
                None => all_owned = false,
            }
        }
        Tokens {
            records,
            owners,
            // A token whose owner is not known may be anyone's.
            complete: (listing.is_whole() && all_owned).then_some(listing.last_page),
        }
    }

    /// Tokens of the managed account `id`, and the response that tells; `None` if that is not known.
    pub fn count_of(&self, id: &str) -> Option<(usize, u64)> {
        let last_page = self.complete?;
        Some((self.owners.get(id).copied().unwrap_or(0), last_page))
    }

    /// Writes every token.
    pub fn write(self, file: &mut DatasetFile, owners: &Owners) -> Result<(), SnapshotError> {
        for mut record in self.records {
            if let Some(owner) = record.text("owner_id").and_then(|id| owners.get(id)) {
                if let Some(status) = &owner.status {
                    record.set("owner_status", status.clone(), SEARCH, owner.n);
                }
                if let Some(roles) = &owner.roles {
                    record.set("owner_platform_roles", roles.clone(), SEARCH, owner.n);
                }
            }
            file.push(&record)?;
        }
        Ok(())
    }
}

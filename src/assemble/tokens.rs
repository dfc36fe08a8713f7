//! `api_tokens` and `api_keys`: every credential with the state and roles of its owner.

use super::accounts::Owners;
use super::dataset::{DatasetFile, Record};
use super::listing::Listing;
use crate::catalog::Dataset;
use crate::snapshot::SnapshotError;
use std::collections::BTreeMap;

/// Place of users/search among the sources of a credential, behind its own.
const SEARCH: usize = 1;

/// Which fields of a credential tell of its owner.
pub(super) struct OwnerFields {
    pub id: &'static str,
    pub status: &'static str,
    pub roles: &'static str,
}

/// Of an API token.
pub(super) const TOKEN_OWNER: OwnerFields = OwnerFields {
    id: "owner_id",
    status: "owner_status",
    roles: "owner_platform_roles",
};

/// Of an API key.
pub(super) const KEY_OWNER: OwnerFields = OwnerFields {
    id: "created_by_id",
    status: "created_by_status",
    roles: "created_by_platform_roles",
};

/// Tokens before their owners are known.
pub(super) struct Tokens<'a> {
    dataset: &'static Dataset,
    listing: &'a Listing,
    owner_fields: OwnerFields,
    /// Tokens by account id of their owner.
    pub owners: BTreeMap<String, usize>,
    /// Where an account that is no owner is known to have no token: number of the last page.
    complete: Option<u64>,
}

impl<'a> Tokens<'a> {
    pub fn of(
        dataset: &'static Dataset,
        listing: &'a Listing,
        owner_fields: OwnerFields,
    ) -> Result<Tokens<'a>, SnapshotError> {
        let mut owners = BTreeMap::new();
        let mut all_owned = true;
        for received in listing.records()? {
            match Record::of(dataset, listing, &received?).text(owner_fields.id) {
                Some(owner) => *owners.entry(owner.to_owned()).or_default() += 1,
                None => all_owned = false,
            }
        }
        Ok(Tokens {
            dataset,
            listing,
            owner_fields,
            owners,
            // A token whose owner is not known may be anyone's.
            complete: (listing.is_whole() && all_owned).then_some(listing.last_page),
        })
    }

    /// Tokens of the managed account `id`, and the response that tells; `None` if that is not known.
    pub fn count_of(&self, id: &str) -> Option<(usize, u64)> {
        let last_page = self.complete?;
        Some((self.owners.get(id).copied().unwrap_or(0), last_page))
    }

    /// Writes every token.
    pub fn write(self, file: &mut DatasetFile, owners: &Owners) -> Result<(), SnapshotError> {
        let fields = self.owner_fields;
        for received in self.listing.records()? {
            let mut record = Record::of(self.dataset, self.listing, &received?);
            if let Some(owner) = record.text(fields.id).and_then(|id| owners.get(id)) {
                if let Some(status) = &owner.status {
                    record.set(fields.status, status.clone(), SEARCH, owner.n);
                }
                if let Some(roles) = &owner.roles {
                    record.set(fields.roles, roles.clone(), SEARCH, owner.n);
                }
            }
            file.push(&record)?;
        }
        Ok(())
    }
}

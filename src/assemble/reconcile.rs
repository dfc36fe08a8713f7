//! Listings held against each other: what one of them proves to be missing from another.
//!
//! A listing may end as the API documents and still lack records. Where another answer of the same run
//! shows that, it is cut here, before any dataset is made from it: everything that rests on it follows.

use super::listing::{Listing, Listings, Received};
use crate::progress::counted;
use crate::snapshot::{Completeness, CutReason, SnapshotError};
use std::cmp::Ordering;

/// Cuts every whole listing that another answer, or `org_id`, contradicts.
///
/// # Errors
/// The records cannot be read back from the disk.
pub(super) fn reconcile(listings: &mut Listings, org_id: &str) -> Result<(), SnapshotError> {
    let accounts = Accounts::count(listings)?;
    let cuts = [
        (
            "organization",
            CutReason::BrokenAnswer,
            other_organization(listings, org_id)?,
        ),
        (
            "directories",
            CutReason::BrokenAnswer,
            empty_directories(listings, &accounts)?,
        ),
        (
            "workspaces",
            CutReason::BrokenAnswer,
            empty_workspaces(listings, &accounts)?,
        ),
        (
            "managed_accounts",
            CutReason::CountMismatch,
            accounts.missing_from_managed(listings),
        ),
        (
            "accounts",
            CutReason::CountMismatch,
            accounts.missing_from_search(listings),
        ),
        ("accounts", CutReason::BrokenAnswer, accounts.none_at_all()),
    ];
    for (name, reason, detail) in cuts {
        let listing = listings.get_mut(name).expect("every collector has one");
        if let (true, Some(detail)) = (listing.is_whole(), detail) {
            listing.statement.completeness = Completeness::Cut { reason, detail };
        }
    }
    Ok(())
}

fn other_organization(listings: &Listings, org_id: &str) -> Result<Option<String>, SnapshotError> {
    for received in listings["organization"].records()? {
        let received = received?;
        if *received.id != *org_id {
            return Ok(Some(format!(
                "asked for organisation {org_id}, the API answered with {}",
                received.id
            )));
        }
    }
    Ok(None)
}

fn is_empty(listing: &Listing) -> Result<bool, SnapshotError> {
    Ok(listing.records()?.next().is_none())
}

fn empty_directories(
    listings: &Listings,
    accounts: &Accounts,
) -> Result<Option<String>, SnapshotError> {
    let is_contradicted = accounts.search > 0 && is_empty(&listings["directories"])?;
    Ok(is_contradicted.then(|| {
        format!(
            "the API listed no directory, but {} in directories",
            counted(accounts.search, "account")
        )
    }))
}

fn empty_workspaces(
    listings: &Listings,
    accounts: &Accounts,
) -> Result<Option<String>, SnapshotError> {
    let Some(workspace) = &accounts.workspace else {
        return Ok(None);
    };
    Ok(is_empty(&listings["workspaces"])?
        .then(|| format!("the API listed no workspace, but an account has access to {workspace}")))
}

/// Both listings of accounts, walked side by side. Ids that differ in the case of a letter are two ids.
#[derive(Default)]
struct Accounts {
    search: u64,
    managed: u64,
    /// v1 users lists them, users/search does not.
    only_managed: u64,
    /// users/search calls them managed, v1 users does not list them.
    not_in_managed: u64,
    /// A workspace that some account has access to.
    workspace: Option<String>,
}

impl Accounts {
    fn count(listings: &Listings) -> Result<Accounts, SnapshotError> {
        let mut accounts = Accounts::default();
        let mut search = listings["accounts"].records()?;
        let mut managed = listings["managed_accounts"].records()?;
        let mut one = search.next().transpose()?;
        let mut other = managed.next().transpose()?;
        loop {
            let order = match (&one, &other) {
                (None, None) => return Ok(accounts),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(one), Some(other)) => one.id.cmp(&other.id),
            };
            if order.is_le()
                && let Some(received) = &one
            {
                accounts.take(received, order == Ordering::Less);
                one = search.next().transpose()?;
            }
            if order.is_ge() {
                accounts.managed += 1;
                accounts.only_managed += u64::from(order == Ordering::Greater);
                other = managed.next().transpose()?;
            }
        }
    }

    fn take(&mut self, received: &Received, is_alone: bool) {
        self.search += 1;
        // Read only where something is asked of it: most accounts stand in both listings.
        if is_alone && received.value()["claimStatus"].as_str() == Some("managed") {
            self.not_in_managed += 1;
        }
        if self.workspace.is_none() {
            let products = received.value()["productAccess"].as_array();
            self.workspace = products
                .into_iter()
                .flatten()
                .find_map(|product| product["id"].as_str().map(str::to_owned));
        }
    }

    /// An organisation has at least the account that administers it.
    fn none_at_all(&self) -> Option<String> {
        (self.search == 0).then(|| {
            "the API listed no account, but every organisation has an administrator".to_owned()
        })
    }

    /// users/search lists every account of the organisation, so also each that v1 users lists. A cut
    /// listing proves nothing missing.
    fn missing_from_search(&self, listings: &Listings) -> Option<String> {
        (are_whole(listings) && self.only_managed > 0).then(|| {
            format!(
                "users/search listed {} and lacks {} of the {} that v1 users listed",
                counted(self.search, "account"),
                self.only_managed,
                self.managed
            )
        })
    }

    /// v1 users lists every managed account, so also each that users/search calls managed.
    fn missing_from_managed(&self, listings: &Listings) -> Option<String> {
        (are_whole(listings) && self.not_in_managed > 0).then(|| {
            format!(
                "v1 users listed {} and lacks {} that users/search calls managed",
                counted(self.managed, "account"),
                self.not_in_managed
            )
        })
    }
}

fn are_whole(listings: &Listings) -> bool {
    listings["accounts"].is_whole() && listings["managed_accounts"].is_whole()
}

//! Listings held against each other: what one of them proves to be missing from another.
//!
//! A listing may end as the API documents and still lack records. Where another answer of the same run
//! shows that, it is cut here, before any dataset is made from it: everything that rests on it follows.

use super::listing::{Listing, Listings};
use crate::progress::counted;
use crate::snapshot::{Completeness, CutReason};
use serde_json::Value;
use std::collections::BTreeSet;

/// Cuts every whole listing that another answer, or `org_id`, contradicts.
pub(super) fn reconcile(listings: &mut Listings, org_id: &str) {
    let cuts = [
        (
            "organization",
            CutReason::BrokenAnswer,
            other_organization(listings, org_id),
        ),
        (
            "directories",
            CutReason::BrokenAnswer,
            empty_directories(listings),
        ),
        (
            "workspaces",
            CutReason::BrokenAnswer,
            empty_workspaces(listings),
        ),
        (
            "managed_accounts",
            CutReason::CountMismatch,
            missing_from_managed(listings),
        ),
        (
            "accounts",
            CutReason::CountMismatch,
            missing_from_search(listings),
        ),
        (
            "accounts",
            CutReason::BrokenAnswer,
            empty_accounts(listings),
        ),
    ];
    for (name, reason, detail) in cuts {
        let listing = listings.get_mut(name).expect("every collector has one");
        if let (true, Some(detail)) = (listing.is_whole(), detail) {
            listing.statement.completeness = Completeness::Cut { reason, detail };
        }
    }
}

fn other_organization(listings: &Listings, org_id: &str) -> Option<String> {
    let other = listings["organization"]
        .records
        .iter()
        .find(|received| *received.id != *org_id)?;
    Some(format!(
        "asked for organisation {org_id}, the API answered with {}",
        other.id
    ))
}

/// An organisation has at least the account that administers it.
fn empty_accounts(listings: &Listings) -> Option<String> {
    listings["accounts"].records.is_empty().then(|| {
        "the API listed no account, but every organisation has an administrator".to_owned()
    })
}

fn empty_directories(listings: &Listings) -> Option<String> {
    let accounts = listings["accounts"].records.len() as u64;
    (listings["directories"].records.is_empty() && accounts > 0).then(|| {
        format!(
            "the API listed no directory, but {} in directories",
            counted(accounts, "account")
        )
    })
}

fn empty_workspaces(listings: &Listings) -> Option<String> {
    if !listings["workspaces"].records.is_empty() {
        return None;
    }
    let named = listings["accounts"].records.iter().find_map(|received| {
        received.value()["productAccess"]
            .as_array()?
            .iter()
            .find_map(|product| product["id"].as_str().map(str::to_owned))
    })?;
    Some(format!(
        "the API listed no workspace, but an account has access to {named}"
    ))
}

/// Both listings of accounts, if both were received whole: a cut one proves nothing missing.
fn whole_accounts(listings: &Listings) -> Option<(&Listing, &Listing)> {
    let (search, managed) = (&listings["accounts"], &listings["managed_accounts"]);
    (search.is_whole() && managed.is_whole()).then_some((search, managed))
}

/// users/search lists every account of the organisation, so also each that v1 users lists. Ids that
/// differ in the case of a letter are two ids.
fn missing_from_search(listings: &Listings) -> Option<String> {
    let (search, managed) = whole_accounts(listings)?;
    let known = ids(search);
    let missing = managed
        .records
        .iter()
        .filter(|received| !known.contains(&*received.id))
        .count() as u64;
    (missing > 0).then(|| {
        format!(
            "users/search listed {} and lacks {missing} of the {} that v1 users listed",
            counted(search.records.len() as u64, "account"),
            managed.records.len()
        )
    })
}

/// v1 users lists every managed account, so also each that users/search calls managed.
fn missing_from_managed(listings: &Listings) -> Option<String> {
    let (search, managed) = whole_accounts(listings)?;
    let known = ids(managed);
    let missing = search
        .records
        .iter()
        .filter(|received| !known.contains(&*received.id))
        .filter(|received| received.value()["claimStatus"] == Value::String("managed".to_owned()))
        .count() as u64;
    (missing > 0).then(|| {
        format!(
            "v1 users listed {} and lacks {missing} that users/search calls managed",
            counted(managed.records.len() as u64, "account")
        )
    })
}

fn ids(listing: &Listing) -> BTreeSet<&str> {
    listing
        .records
        .iter()
        .map(|received| &*received.id)
        .collect()
}

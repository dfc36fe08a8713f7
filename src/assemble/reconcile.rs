//! Listings held against each other: what one of them proves to be missing from another.
//!
//! A listing may end as the API documents and still lack records. Where another answer of the same run
//! shows that, it is cut here, before any dataset is made from it: everything that rests on it follows.

use super::listing::{Listing, Listings, Received};
use crate::progress::counted;
use crate::snapshot::{Completeness, CutReason, SnapshotError};
use serde_json::Value;

/// Cuts every whole listing that another answer, or `org_id`, contradicts.
///
/// # Errors
/// Records cannot be read back.
pub(super) fn reconcile(listings: &mut Listings, org_id: &str) -> Result<(), SnapshotError> {
    let cuts = [
        (
            "organization",
            CutReason::BrokenAnswer,
            other_organization(listings, org_id)?,
        ),
        (
            "directories",
            CutReason::BrokenAnswer,
            empty_directories(listings),
        ),
        (
            "workspaces",
            CutReason::BrokenAnswer,
            empty_workspaces(listings)?,
        ),
        (
            "managed_accounts",
            CutReason::CountMismatch,
            missing_from_managed(listings)?,
        ),
        (
            "accounts",
            CutReason::CountMismatch,
            missing_from_search(listings)?,
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
    Ok(())
}

fn other_organization(listings: &Listings, org_id: &str) -> Result<Option<String>, SnapshotError> {
    for received in listings["organization"].records()? {
        let other = received?.id;
        if other != org_id {
            return Ok(Some(format!(
                "asked for organisation {org_id}, the API answered with {other}"
            )));
        }
    }
    Ok(None)
}

/// An organisation has at least the account that administers it.
fn empty_accounts(listings: &Listings) -> Option<String> {
    (listings["accounts"].count() == 0).then(|| {
        "the API listed no account, but every organisation has an administrator".to_owned()
    })
}

fn empty_directories(listings: &Listings) -> Option<String> {
    let accounts = listings["accounts"].count();
    (listings["directories"].count() == 0 && accounts > 0).then(|| {
        format!(
            "the API listed no directory, but {} in directories",
            counted(accounts, "account")
        )
    })
}

fn empty_workspaces(listings: &Listings) -> Result<Option<String>, SnapshotError> {
    if listings["workspaces"].count() > 0 {
        return Ok(None);
    }
    for received in listings["accounts"].records()? {
        let account = received?.value();
        let mut products = account["productAccess"].as_array().into_iter().flatten();
        if let Some(named) = products.find_map(|product| product["id"].as_str()) {
            return Ok(Some(format!(
                "the API listed no workspace, but an account has access to {named}"
            )));
        }
    }
    Ok(None)
}

/// Both listings of accounts, if both were received whole: a cut one proves nothing missing.
fn whole_accounts(listings: &Listings) -> Option<(&Listing, &Listing)> {
    let (search, managed) = (&listings["accounts"], &listings["managed_accounts"]);
    (search.is_whole() && managed.is_whole()).then_some((search, managed))
}

/// users/search lists every account of the organisation, so also each that v1 users lists. Ids that
/// differ in the case of a letter are two ids.
fn missing_from_search(listings: &Listings) -> Result<Option<String>, SnapshotError> {
    let Some((search, managed)) = whole_accounts(listings) else {
        return Ok(None);
    };
    let missing = lacking(search, managed, |_| true)?;
    Ok((missing > 0).then(|| {
        format!(
            "users/search listed {} and lacks {missing} of the {} that v1 users listed",
            counted(search.count(), "account"),
            managed.count()
        )
    }))
}

/// v1 users lists every managed account, so also each that users/search calls managed.
fn missing_from_managed(listings: &Listings) -> Result<Option<String>, SnapshotError> {
    let Some((search, managed)) = whole_accounts(listings) else {
        return Ok(None);
    };
    let is_managed = |received: &Received| {
        received.value()["claimStatus"] == Value::String("managed".to_owned())
    };
    let missing = lacking(managed, search, is_managed)?;
    Ok((missing > 0).then(|| {
        format!(
            "v1 users listed {} and lacks {missing} that users/search calls managed",
            counted(managed.count(), "account")
        )
    }))
}

/// How many records of `other` that `must_be_there` holds `listing` lacks. Both are walked side by side, in
/// the order of their ids.
fn lacking(
    listing: &Listing,
    other: &Listing,
    must_be_there: impl Fn(&Received) -> bool,
) -> Result<u64, SnapshotError> {
    let mut known = listing.records()?;
    let mut next = known.next().transpose()?;
    let mut missing = 0;
    for received in other.records()? {
        let received = received?;
        while next.as_ref().is_some_and(|known| known.id < received.id) {
            next = known.next().transpose()?;
        }
        let is_there = next.as_ref().is_some_and(|known| known.id == received.id);
        missing += u64::from(!is_there && must_be_there(&received));
    }
    Ok(missing)
}

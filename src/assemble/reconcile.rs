//! Listings held against each other: what one of them proves to be missing from another.
//!
//! A listing may end as the API documents and still lack records. Where another answer of the same run
//! shows that, it is cut here, before any dataset is made from it: everything that rests on it follows.

use super::about::Matches;
use super::listing::{Listing, Listings, Received};
use crate::progress::counted;
use crate::snapshot::{Completeness, CutReason, KindCount, SnapshotError};
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Cuts every whole listing that another answer, or `org_id`, contradicts.
///
/// # Errors
/// The records cannot be read back from the disk.
pub(super) fn reconcile(
    listings: &mut Listings,
    matches: &Matches,
    org_id: &str,
) -> Result<(), SnapshotError> {
    let accounts = Accounts::count(listings)?;
    let groups = Groups::count(listings)?;
    compare_counts(listings, "accounts", accounts.by_status());
    compare_counts(listings, "groups", groups.by_kind(listings));
    let elsewhere = provisioned_elsewhere(listings, matches)?;
    let without_policy = without_policy(listings, matches)?;
    let without_role = without_role(listings)?;
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
        (
            "accounts",
            CutReason::BrokenAnswer,
            accounts.none_at_all(listings),
        ),
        (
            "administrators",
            CutReason::BrokenAnswer,
            no_administrator(listings)?,
        ),
        ("scim_users", CutReason::CountMismatch, elsewhere.clone()),
        // Whose directory was not read, has groups there too.
        ("scim_groups", CutReason::CountMismatch, elsewhere),
        (
            "authentication_policy_members",
            CutReason::CountMismatch,
            without_policy,
        ),
        (
            "admin_role_assignments",
            CutReason::BrokenAnswer,
            without_role,
        ),
        (
            "domains",
            CutReason::BrokenAnswer,
            empty_domains(listings, &accounts)?,
        ),
        (
            "event_actions",
            CutReason::BrokenAnswer,
            empty_actions(listings)?,
        ),
    ];
    for (name, reason, detail) in cuts {
        let listing = listings.get_mut(name).expect("every collector has one");
        if let (true, Some(detail)) = (listing.is_whole(), detail) {
            listing.statement.completeness = Completeness::Cut { reason, detail };
        }
    }
    // What was asked about the accounts of another listing holds no more than that did.
    for name in listings.keys().copied().collect::<Vec<_>>() {
        let Some(of) = listings[name].collector.parts.accounts_of() else {
            continue;
        };
        if listings[name].is_whole() && !listings[of.collector].is_whole() {
            let detail = format!(
                "asked about the accounts that {} listed, and that is {}",
                listings[of.collector].source, listings[of.collector].statement.completeness
            );
            let listing = listings.get_mut(name).expect("it was just looked at");
            listing.statement.completeness = Completeness::Cut {
                reason: CutReason::SourceNotWhole,
                detail,
            };
        }
    }
    Ok(())
}

/// Puts the API's own counts by kind beside what was listed, and cuts a listing that they contradict.
///
/// They count only where they speak of the same population: their sum is the API's own count. Another sum
/// is shown, and contradicts nothing.
fn compare_counts(listings: &mut Listings, name: &str, compared: Option<Compared>) {
    let listing = listings.get_mut(name).expect("every collector has one");
    let Some(Compared { total, counts }) = compared else {
        return;
    };
    let differs = counts.iter().find(|count| count.api != count.listed);
    if let (true, Some(differs)) = (listing.is_whole(), differs)
        && Some(total) == listing.statement.api_count
    {
        listing.statement.completeness = Completeness::Cut {
            reason: CutReason::CountMismatch,
            detail: format!(
                "the API counts {} {}, it listed {}",
                differs.api, differs.kind, differs.listed
            ),
        };
    }
    listing.statement.counts = counts;
}

/// Counts by kind, told by the API and found in its listing.
struct Compared {
    /// Of all kinds together, as the API tells.
    total: u64,
    counts: Vec<KindCount>,
}

/// Groups of a listing.
#[derive(Default)]
struct Groups {
    all: u64,
    synced: u64,
    /// Groups that do not tell whether they are synced.
    silent: u64,
}

impl Groups {
    fn count(listings: &Listings) -> Result<Groups, SnapshotError> {
        let mut groups = Groups::default();
        for received in listings["groups"].records()? {
            groups.all += 1;
            match received?.value()["externalSynced"].as_bool() {
                Some(true) => groups.synced += 1,
                Some(false) => {}
                None => groups.silent += 1,
            }
        }
        Ok(groups)
    }

    fn by_kind(&self, listings: &Listings) -> Option<Compared> {
        let told = listings["groups"].stats.as_ref()?;
        let total = told["totals"]["all"].as_u64()?;
        let mut counts = vec![KindCount {
            kind: "groups".to_owned(),
            api: total,
            listed: self.all,
        }];
        if let (0, Some(synced)) = (self.silent, told["totals"]["synced"].as_u64()) {
            counts.push(KindCount {
                kind: "synced groups".to_owned(),
                api: synced,
                listed: self.synced,
            });
        }
        Some(Compared { total, counts })
    }
}

/// An organisation has at least one organisation admin.
fn no_administrator(listings: &Listings) -> Result<Option<String>, SnapshotError> {
    Ok(is_empty(&listings["administrators"])?.then(|| {
        "the API listed nobody with an administrative role, but every organisation has an administrator"
            .to_owned()
    }))
}

/// Active accounts that an identity provider keeps stand in one of its directories. Where none that was read
/// holds them, there is another directory.
fn provisioned_elsewhere(
    listings: &Listings,
    matches: &Matches,
) -> Result<Option<String>, SnapshotError> {
    if !listings["scim_users"].is_whole() {
        return Ok(None);
    }
    let mut missing = 0;
    let mut held = matches.scim.accounts()?.peekable();
    for received in listings["accounts"].records()? {
        let received = received?;
        let is_behind =
            |id: &Result<String, SnapshotError>| id.as_ref().map_or(true, |id| *id < received.id);
        while let Some(id) = held.next_if(is_behind) {
            id?;
        }
        let account = received.value();
        let is_kept =
            account["managementSource"] == "synced" && account["accountStatus"] == "active";
        let is_held = matches!(held.peek(), Some(Ok(id)) if *id == received.id);
        missing += u64::from(is_kept && !is_held);
    }
    Ok((missing > 0).then(|| {
        format!(
            "{} that an identity provider keeps {} in no directory that was read; there may be another, with a key of its own",
            counted(missing, "active account"),
            if missing == 1 { "stands" } else { "stand" }
        )
    }))
}

/// Every managed account of a person is in an authentication policy, if only in the default one: an answer that
/// leaves out one that was asked about is not all there is. Apps and customers of a portal are in none; v1 users tells
/// which those are.
fn without_policy(listings: &Listings, matches: &Matches) -> Result<Option<String>, SnapshotError> {
    if !listings["authentication_policy_members"].is_whole() || !listings["accounts"].is_whole() {
        return Ok(None);
    }
    let mut missing = 0;
    let mut told = matches.policies.accounts()?.peekable();
    let mut managed = listings["managed_accounts"].records()?.peekable();
    for received in listings["accounts"].records()? {
        let received = received?;
        let is_behind = |id: &str| id < &*received.id;
        while let Some(id) = told.next_if(|id| id.as_ref().map_or(true, |id| is_behind(id))) {
            id?;
        }
        while let Some(other) =
            managed.next_if(|other| other.as_ref().map_or(true, |other| is_behind(&other.id)))
        {
            other?;
        }
        let kinds = [
            received.value()["accountType"].as_str(),
            match managed.peek() {
                Some(Ok(other)) if other.id == received.id => {
                    other.value()["account_type"].as_str()
                }
                _ => None,
            },
        ];
        let may_be_a_person = kinds.into_iter().flatten().all(|kind| kind == "atlassian");
        let is_told = matches!(told.peek(), Some(Ok(id)) if *id == received.id);
        let is_asked = received.value()["claimStatus"] == "managed";
        missing += u64::from(is_asked && may_be_a_person && !is_told);
    }
    Ok((missing > 0).then(|| {
        format!(
            "the API told no policy of {} that it was asked about",
            counted(missing, "managed account")
        )
    }))
}

/// Who was found by a role has one: an answer that tells none of it is not all there is.
fn without_role(listings: &Listings) -> Result<Option<String>, SnapshotError> {
    if !listings["admin_role_assignments"].is_whole() {
        return Ok(None);
    }
    let mut told = listings["admin_role_assignments"].records()?.peekable();
    let account_of = |received: &Result<Received, SnapshotError>| {
        let received = received.as_ref().ok()?;
        Some(received.part_and_id().0.to_owned())
    };
    let mut missing = 0;
    for administrator in listings["administrators"].records()? {
        let administrator = administrator?;
        let is_behind = |one: &Result<Received, SnapshotError>| {
            account_of(one).is_none_or(|account| account < administrator.id)
        };
        while let Some(received) = told.next_if(is_behind) {
            received?;
        }
        let account = told.peek().and_then(account_of);
        missing += u64::from(account.as_ref() != Some(&administrator.id));
    }
    Ok((missing > 0).then(|| {
        format!(
            "the API told no role of {} that it had found by one",
            counted(missing, "administrator")
        )
    }))
}

/// An account is managed through a verified domain.
fn empty_domains(
    listings: &Listings,
    accounts: &Accounts,
) -> Result<Option<String>, SnapshotError> {
    let is_contradicted = accounts.managed > 0 && is_empty(&listings["domains"])?;
    Ok(is_contradicted.then(|| {
        format!(
            "the API listed no domain, but {} through one",
            counted(accounts.managed, "managed account")
        )
    }))
}

/// An event is one of an action.
fn empty_actions(listings: &Listings) -> Result<Option<String>, SnapshotError> {
    let is_contradicted = is_empty(&listings["event_actions"])? && !is_empty(&listings["events"])?;
    Ok(is_contradicted.then(|| "the API listed no action, but events of some".to_owned()))
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
    /// Accounts that users/search lists, by their status; those that do not tell it under the empty word.
    statuses: BTreeMap<String, u64>,
    /// What the API counts of them.
    stats: Option<Value>,
}

impl Accounts {
    fn count(listings: &Listings) -> Result<Accounts, SnapshotError> {
        let mut accounts = Accounts {
            stats: listings["accounts"].stats.clone(),
            ..Accounts::default()
        };
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
        let status = received.value()["accountStatus"]
            .as_str()
            .unwrap_or_default();
        *self.statuses.entry(status.to_owned()).or_default() += 1;
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

    /// The API's counts by status beside ours, unless some account does not tell its own.
    fn by_status(&self) -> Option<Compared> {
        let told = self.stats.as_ref()?["accountStatus"].as_array()?;
        let mut counts = Vec::new();
        for one in told {
            let (status, api) = (one["status"].as_str()?, one["count"].as_u64()?);
            counts.push(KindCount {
                kind: format!("{status} accounts"),
                api,
                listed: self.statuses.get(status).copied().unwrap_or(0),
            });
        }
        (!self.statuses.contains_key("")).then(|| Compared {
            total: counts.iter().map(|count| count.api).sum(),
            counts,
        })
    }

    /// An organisation has at least the account that administers it.
    fn none_at_all(&self, listings: &Listings) -> Option<String> {
        (self.search == 0 && listings["accounts"].is_whole()).then(|| {
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

//! `accounts`: users/search joined with v1 users, and what domains, API tokens, authentication policies, identity
//! providers and exports add to an account.

use super::about::{About, MatchedBy};
use super::agreement::add_agreement;
use super::dataset::{Conflict, DatasetFile, Record};
use super::entitlements::Entitlements;
use super::exports::ExportWalk;
use super::field::{FieldValue, domain_name};
use super::listing::{Listing, Received};
use super::search::SEARCH;
use super::tokens::TokenWalk;
use crate::catalog::{DOMAIN_EXPORT, Dataset, MANAGED_EXPORT, USERS_EXPORT};
use crate::snapshot::{Completeness, MisfitKind, Provenance, SnapshotError};
use jiff::Timestamp;
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Places of the sources, in the order of [`SOURCES`], behind [`SEARCH`].
const MANAGED: usize = 1;
const DOMAINS: usize = 2;
const TOKENS: usize = 3;
const POLICIES: usize = 4;
const SCIM: usize = 5;

/// Place of the first kind of export; the others follow.
const EXPORTS: usize = 6;

/// What the join reads.
pub(super) struct Sources<'a> {
    pub search: &'a Listing,
    pub managed: &'a Listing,
    pub domains: &'a DomainStates,
    /// The order of the places above.
    pub listings: [&'a Listing; 6],
    /// What the marks of rows of exports mean.
    pub notes: &'a Provenance,
}

/// What is made on the way, account by account.
pub(super) struct Owned<'a> {
    pub entitlements: Entitlements,
    pub tokens: TokenWalk<'a>,
    pub keys: TokenWalk<'a>,
    pub exports: ExportWalk<'a>,
    pub scim: About<'a>,
    pub policies: About<'a>,
}

impl Sources<'_> {
    /// Names of the sources of an account, main one first.
    pub fn names(&self) -> Vec<&'static str> {
        let listings = self.listings.iter().map(|listing| listing.source);
        listings
            .chain([MANAGED_EXPORT, DOMAIN_EXPORT, USERS_EXPORT])
            .collect()
    }

    /// The source in this place, and when it answered with the response `n`, or where the row `n` is.
    fn said(&self, source: usize, n: u64) -> String {
        let Some(listing) = self.listings.get(source) else {
            let name = self.names()[source];
            return self
                .notes
                .row_in_words(name, n)
                .unwrap_or_else(|| name.to_owned());
        };
        let name = listing.source;
        let at = usize::try_from(n)
            .ok()
            .and_then(|n| listing.responses.get(n));
        at.map_or(name.to_owned(), |note| format!("{name}, {:.0}", note.at))
    }
}

/// Writes every account, its grants, and the credentials that it owns.
pub(super) fn write(
    file: &mut DatasetFile,
    dataset: &'static Dataset,
    sources: &Sources<'_>,
    owned: &mut Owned<'_>,
) -> Result<(), SnapshotError> {
    let mut search = sources.search.records()?;
    let mut managed = sources.managed.records()?;
    let mut next_searched = search.next().transpose()?;
    let mut next_managed = managed.next().transpose()?;
    loop {
        let order = match (&next_searched, &next_managed) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(other)) => one.id.cmp(&other.id),
        };
        let (mut one, mut other) = (None, None);
        if order.is_le() {
            one = std::mem::replace(&mut next_searched, search.next().transpose()?);
        }
        if order.is_ge() {
            other = std::mem::replace(&mut next_managed, managed.next().transpose()?);
        }
        let id = one
            .as_ref()
            .or(other.as_ref())
            .map_or("", |first| &first.id);
        let scim = owned.scim.take(id)?;
        let policies = owned.policies.take(id)?;
        let told = Told {
            search: one.as_ref(),
            managed: other.as_ref(),
            scim: &scim,
            policies: &policies,
        };
        let mut record = join(dataset, sources, &told, &owned.policies);
        for (about, told) in [(&mut owned.scim, &scim), (&mut owned.policies, &policies)] {
            for (by, received) in told {
                about.write(*by, received, &record)?;
            }
        }
        let n = one.as_ref().map(|one| one.n);
        if let Some(n) = n {
            owned.entitlements.take(&record, n)?;
        }
        owned.keys.take(&record, n)?;
        let tokens = owned.tokens.take(&record, n)?;
        add_counts(&mut record, tokens);
        let is_comparable = owned.exports.add(&mut record, EXPORTS)?;
        let all_told = is_comparable
            && (one.is_some() || sources.search.is_whole())
            && (other.is_some() || sources.managed.is_whole())
            && scim_told(&record, sources, &scim);
        add_agreement(&mut record, all_told, &|source, n| sources.said(source, n));
        file.push(&record)?;
    }
}

/// What the sources say of one account.
struct Told<'t> {
    search: Option<&'t Received>,
    managed: Option<&'t Received>,
    scim: &'t [(MatchedBy, Received)],
    policies: &'t [(MatchedBy, Received)],
}

fn join(
    dataset: &'static Dataset,
    sources: &Sources<'_>,
    told: &Told<'_>,
    policies: &About<'_>,
) -> Record {
    let (one, other) = (told.search, told.managed);
    let (first, source) = match (one, other) {
        (Some(one), _) => (one, SEARCH),
        (None, Some(other)) => (other, MANAGED),
        (None, None) => unreachable!("the caller has at least one of them"),
    };
    let mut record = Record::new(dataset, &first.id, source, first.n);
    if let Some(one) = one {
        record.fill(sources.search, one, SEARCH);
        hold_against_count(&mut record, one);
    }
    if let Some(other) = other {
        let mut managed = Record::new(dataset, &other.id, MANAGED, other.n);
        managed.fill(sources.managed, other, MANAGED);
        // Only managed accounts are ever listed there.
        let word = FieldValue::Text("managed".to_owned());
        managed.set("claim_status", word.clone(), MANAGED, other.n);
        hold_against(&mut record, &managed, other.n);
        record.fill(sources.managed, other, MANAGED);
        if record.get("claim_status").is_none() {
            record.set("claim_status", word, MANAGED, other.n);
        }
    }
    add_domain(&mut record, sources);
    add_activity(&mut record, sources, one, other);
    add_policy(&mut record, told.policies, policies);
    add_provisioning(&mut record, sources, told.scim);
    record
}

/// Fields that two sources tell, and may tell differently.
const COMPARED: [&str; 5] = [
    "name",
    "email",
    "account_type",
    "account_status",
    "claim_status",
];

/// Notes what v1 users tells otherwise. That one of the two tells nothing is no disagreement.
fn hold_against(record: &mut Record, managed: &Record, n: u64) {
    for field in COMPARED {
        let values = (record.get(field), managed.get(field));
        if let (Some(ours), Some(theirs)) = values
            && ours != theirs
            && ![ours, theirs].contains(&&FieldValue::Null)
        {
            let conflict = Conflict {
                field,
                source: MANAGED,
                n,
                value: theirs.clone(),
            };
            record.conflicts.push(conflict);
        }
    }
}

/// Sets the authentication policy, where one answer names one.
fn add_policy(record: &mut Record, told: &[(MatchedBy, Received)], policies: &About<'_>) {
    let [(_, received)] = told else { return };
    let policy = policies.read(received);
    for (field, of_policy) in [
        ("authentication_policy_id", "policy_id"),
        ("authentication_policy", "policy_name"),
    ] {
        if let Some(value) = policy.get(of_policy) {
            record.set(field, value.clone(), POLICIES, received.n);
        }
    }
}

/// Sets whether identity providers let the account in, and notes where they tell its address or state
/// otherwise.
fn add_provisioning(record: &mut Record, sources: &Sources<'_>, told: &[(MatchedBy, Received)]) {
    let scim = sources.listings[SCIM];
    for (_, received) in told {
        let user = received.value();
        let is_active = record.text("account_status").map(|word| word == "active");
        let email = super::scim::email_of(user).map(FieldValue::Text);
        let email = email.filter(|email| record.get("email").is_some_and(|known| known != email));
        let status = match (is_active, user["active"].as_bool()) {
            (Some(false), Some(true)) => Some("active"),
            (Some(true), Some(false)) => Some("not active"),
            _ => None,
        };
        let status = status.map(|word| FieldValue::Text(word.to_owned()));
        for (field, value) in [("email", email), ("account_status", status)] {
            record.conflicts.extend(value.map(|value| Conflict {
                field,
                source: SCIM,
                n: received.n,
                value,
            }));
        }
    }
    // One directory that lets it in is enough, and one that does not tell may be that one.
    let actives: Option<Vec<(bool, u64)>> = told
        .iter()
        .map(|(_, received)| Some((received.value()["active"].as_bool()?, received.n)))
        .collect();
    let in_one = actives.iter().flatten().find(|(active, _)| *active);
    let last = actives.iter().flatten().last();
    if let Some((active, n)) = in_one.or(last) {
        if *active || scim.is_whole() {
            record.set("scim_active", FieldValue::Boolean(*active), SCIM, *n);
        }
    } else if told.is_empty() && scim.is_whole() {
        record.set("scim_active", FieldValue::Null, SCIM, scim.last_page);
    }
}

/// Whether provisioning directories, if any was asked, have told of this account. Of one that comes from no
/// identity provider they have nothing to tell.
fn scim_told(record: &Record, sources: &Sources<'_>, told: &[(MatchedBy, Received)]) -> bool {
    let listing = sources.listings[SCIM];
    let is_synced = match record.get("management_source") {
        Some(FieldValue::Null) => false,
        Some(word) => word.as_text() != Some("invited"),
        None => true,
    };
    listing.statement.completeness == Completeness::NotRequested
        || listing.is_whole()
        || !told.is_empty()
        || !is_synced
}

/// An account that the API counts resources for has access to some product: an empty list is then not known
/// to be empty. Other numbers cannot be compared, since not every resource is a product.
fn hold_against_count(record: &mut Record, one: &Received) {
    let is_empty = |list: &FieldValue| list.elements().is_empty();
    if !record.get("product_access").is_some_and(is_empty) {
        return;
    }
    let told = &one.value()["counts"]["resources"];
    if !told.is_null() && told.as_u64() != Some(0) {
        let told = serde_json::json!({"productAccess": [], "counts.resources": told});
        record.contradict("product_access", &told);
    }
}

fn add_domain(record: &mut Record, sources: &Sources<'_>) {
    let Some((source, n)) = record.source_of("email") else {
        return;
    };
    let domain = record
        .text("email")
        .and_then(|email| email.rsplit_once('@'))
        .and_then(|(_, domain)| domain_name(domain));
    let Some(domain) = domain else { return };
    if let Some((verified, n)) = sources.domains.verified(&domain) {
        let verified = FieldValue::Boolean(verified);
        record.set("email_domain_verified", verified, DOMAINS, n);
    }
    record.set("email_domain", FieldValue::Text(domain), source, n);
}

/// `tokens`: how many API tokens it owns, and the response that tells, if that is known.
fn add_counts(record: &mut Record, tokens: Option<(usize, u64)>) {
    if let Some((source, n)) = record.source_of("product_access") {
        let products = record
            .get("product_access")
            .map_or(0, |list| list.elements().len());
        record.set(
            "product_access_count",
            FieldValue::count(products),
            source,
            n,
        );
    }
    if record.text("claim_status") == Some("managed")
        && let Some((tokens, n)) = tokens
    {
        record.set("api_token_count", FieldValue::count(tokens), TOKENS, n);
    }
}

/// Sets `last_active_at`, `last_active_not_before` and `activity`, as far as they are known.
///
/// A time that is there proves activity. That it is the newest, or that there is none, is known only when
/// every source that speaks of the account was received, told about products, and every time in it reads.
fn add_activity(
    record: &mut Record,
    sources: &Sources<'_>,
    one: Option<&Received>,
    other: Option<&Received>,
) {
    let mut newest: Option<(Timestamp, usize, u64)> = None;
    let mut unreadable = false;
    let mut untold = false;
    let mut take = |time: Timestamp, source, n| {
        if newest.is_none_or(|(known, _, _)| known < time) {
            newest = Some((time, source, n));
        }
    };
    if let Some(one) = one {
        match record.get("product_access") {
            None => untold = true,
            Some(list) => {
                for product in list.elements() {
                    match product.member("last_active_at") {
                        Some(FieldValue::Time(time)) => take(*time, SEARCH, one.n),
                        Some(_) => {}
                        None => unreadable = true,
                    }
                }
            }
        }
    }
    if let Some(other) = other {
        for time in managed_times(other.value()) {
            match time {
                Ok(time) => take(time, MANAGED, other.n),
                Err(value) => {
                    unreadable = true;
                    record
                        .misfits
                        .add("last_active_at", MisfitKind::WrongType, &value);
                }
            }
        }
    }
    let managed_speaks = other.is_some() || record.text("claim_status") != Some("unmanaged");
    // What speaks of the account and was not read may tell a newer time, and so may a time that does not read.
    let untold = untold
        || unreadable
        || (one.is_none() && !sources.search.is_whole())
        || (other.is_none() && managed_speaks && !sources.managed.is_whole());
    let word = |word: &str| FieldValue::Text(word.to_owned());
    if let Some((time, source, n)) = newest {
        let time = FieldValue::Time(time);
        record.set("activity", word("recorded"), source, n);
        record.set("last_active_not_before", time.clone(), source, n);
        if !untold {
            record.set("last_active_at", time, source, n);
        }
    } else if !untold {
        let (source, n) = record.source_of("id").expect("every record has its id");
        record.set("activity", word("none_recorded"), source, n);
        for field in ["last_active_at", "last_active_not_before"] {
            record.set(field, FieldValue::Null, source, n);
        }
    }
}

/// Every time of activity that a v1 record tells; `Err` is a value that does not read as one.
fn managed_times(record: &Value) -> Vec<Result<Timestamp, Value>> {
    let mut values = vec![&record["last_active"]];
    match &record["product_access"] {
        Value::Array(products) => values.extend(products.iter().map(|one| &one["last_active"])),
        Value::Null => {}
        other => return vec![Err(other.clone())],
    }
    values
        .into_iter()
        .filter(|value| !value.is_null())
        .map(|value| {
            value
                .as_str()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| value.clone())
        })
        .collect()
}

/// Which domains are verified, as far as that is known.
#[derive(Debug, Default)]
pub(super) struct DomainStates {
    /// By name: verified or not, `None` where its state does not read; and the response that told.
    by_name: BTreeMap<String, (Option<bool>, u64)>,
    /// Where a domain that is not listed is known not to be verified: number of the last page.
    complete: Option<u64>,
}

impl DomainStates {
    pub fn of(dataset: &'static Dataset, listing: &Listing) -> Result<DomainStates, SnapshotError> {
        let mut states = DomainStates::default();
        let mut all_named = true;
        for received in listing.records()? {
            let received = received?;
            let record = Record::of(dataset, listing, &received);
            let Some(name) = record.text("name") else {
                all_named = false;
                continue;
            };
            let verified = record
                .text("claim_status")
                .map(|status| status == "verified");
            let state = states
                .by_name
                .entry(name.to_owned())
                .or_insert((verified, received.n));
            // A name may be listed twice, as when a claim was superseded: one verified claim is enough,
            // and an unreadable one may be verified.
            let settles = |known: Option<bool>| match known {
                Some(true) => 2,
                None => 1,
                Some(false) => 0,
            };
            if settles(verified) > settles(state.0) {
                *state = (verified, received.n);
            }
        }
        states.complete = (listing.is_whole() && all_named).then_some(listing.last_page);
        Ok(states)
    }

    /// Whether `domain` is verified, and the response that tells; `None` if that is not known.
    fn verified(&self, domain: &str) -> Option<(bool, u64)> {
        match self.by_name.get(domain) {
            Some((Some(true), n)) => Some((true, *n)),
            // Another claim on the same name may be on a page that was not received.
            Some((Some(false), n)) => self.complete.map(|_| (false, *n)),
            Some((None, _)) => None,
            None => self.complete.map(|last_page| (false, last_page)),
        }
    }
}

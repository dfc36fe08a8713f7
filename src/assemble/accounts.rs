//! `accounts`: users/search joined with v1 users, and what domains, API tokens and exports add to an account.

use super::agreement::add_agreement;
use super::dataset::{DatasetFile, Record};
use super::entitlements::Entitlements;
use super::exports::ExportWalk;
use super::field::{FieldValue, domain_name};
use super::listing::{Listing, Received};
use super::tokens::TokenWalk;
use crate::catalog::{DOMAIN_EXPORT, Dataset, MANAGED_EXPORT, USERS_EXPORT};
use crate::snapshot::{MisfitKind, Provenance, SnapshotError};
use jiff::Timestamp;
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Places of the sources, in the order of [`SOURCES`].
pub(super) const SEARCH: usize = 0;
const MANAGED: usize = 1;
const DOMAINS: usize = 2;
const TOKENS: usize = 3;

/// Place of the first kind of export; the others follow.
const EXPORTS: usize = 4;

/// The sources of an account, main one first.
pub(super) const SOURCES: [&str; 7] = [
    "users/search",
    "v1 users",
    "domains",
    "api-tokens",
    MANAGED_EXPORT,
    DOMAIN_EXPORT,
    USERS_EXPORT,
];

/// What the join reads.
pub(super) struct Sources<'a> {
    pub search: &'a Listing,
    pub managed: &'a Listing,
    pub domains: &'a DomainStates,
    /// What the marks of rows of exports mean.
    pub notes: &'a Provenance,
}

/// What is made on the way, account by account.
pub(super) struct Owned<'a> {
    pub entitlements: Entitlements,
    pub tokens: TokenWalk<'a>,
    pub keys: TokenWalk<'a>,
    pub exports: ExportWalk<'a>,
}

impl Sources<'_> {
    /// The source in this place, and when it answered with the response `n`, or where the row `n` is.
    fn said(&self, source: usize, n: u64) -> String {
        let name = SOURCES[source];
        let listing = match source {
            SEARCH => self.search,
            MANAGED => self.managed,
            _ => {
                return self
                    .notes
                    .row_in_words(name, n)
                    .unwrap_or_else(|| name.to_owned());
            }
        };
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
        let mut record = join(dataset, sources, one.as_ref(), other.as_ref());
        let n = one.as_ref().map(|one| one.n);
        if let Some(n) = n {
            owned.entitlements.take(&record, n)?;
        }
        owned.keys.take(&record, n)?;
        let tokens = owned.tokens.take(&record, n)?;
        add_counts(&mut record, tokens);
        owned.exports.add(&mut record, EXPORTS)?;
        let all_told = (one.is_some() || sources.search.is_whole())
            && (other.is_some() || sources.managed.is_whole());
        add_agreement(&mut record, all_told, &|source, n| sources.said(source, n));
        file.push(&record)?;
    }
}

/// The value of a field, if users/search gave it.
pub(super) fn search_only<'r>(record: &'r Record, field: &str) -> Option<&'r FieldValue> {
    let (source, _) = record.source_of(field)?;
    record.get(field).filter(|_| source == SEARCH)
}

fn join(
    dataset: &'static Dataset,
    sources: &Sources<'_>,
    one: Option<&Received>,
    other: Option<&Received>,
) -> Record {
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
        record.fill(sources.managed, other, MANAGED);
        // Only managed accounts are ever listed there.
        if record.get("claim_status").is_none() {
            let managed = FieldValue::Text("managed".to_owned());
            record.set("claim_status", managed, MANAGED, other.n);
        }
    }
    add_domain(&mut record, sources);
    add_activity(&mut record, sources, one, other);
    record
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
        record.set("product_access_count", integer(products), source, n);
    }
    if record.text("claim_status") == Some("managed")
        && let Some((tokens, n)) = tokens
    {
        record.set("api_token_count", integer(tokens), TOKENS, n);
    }
}

pub(super) fn integer(count: usize) -> FieldValue {
    FieldValue::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Sets `last_active_at` and `activity`, as far as both are known.
///
/// A time that is there proves activity. That there is none is known only when every source that
/// speaks of the account was received whole, told about products, and every time in it reads.
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
    let whole = sources.search.is_whole() && (!managed_speaks || sources.managed.is_whole());
    let word = |word: &str| FieldValue::Text(word.to_owned());
    if let Some((time, source, n)) = newest {
        record.set("activity", word("recorded"), source, n);
        // With a time that does not read, the newest that does may not be the newest.
        if !unreadable {
            record.set("last_active_at", FieldValue::Time(time), source, n);
        }
    } else if whole && !unreadable && !untold {
        let (source, n) = record.source_of("id").expect("every record has its id");
        record.set("activity", word("none_recorded"), source, n);
        record.set("last_active_at", FieldValue::Null, source, n);
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

//! `accounts`: users/search joined with v1 users, and what domains, API tokens, authentication policies and
//! identity providers add to an account.

use super::about::{About, MatchedBy};
use super::dataset::{Conflict, DatasetFile, Record};
use super::entitlements::Entitlements;
use super::field::{FieldValue, domain_name};
use super::listing::{Listing, Received};
use super::tokens::Tokens;
use crate::catalog::Dataset;
use crate::snapshot::{Completeness, MisfitKind, SnapshotError};
use jiff::Timestamp;
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Places of the sources, in the order of [`SOURCES`].
pub(super) const SEARCH: usize = 0;
const MANAGED: usize = 1;
const DOMAINS: usize = 2;
const TOKENS: usize = 3;
const POLICIES: usize = 4;
const SCIM: usize = 5;

/// What the join reads.
pub(super) struct Sources<'a> {
    pub search: &'a Listing,
    pub managed: &'a Listing,
    pub domains: &'a DomainStates,
    pub tokens: &'a Tokens<'a>,
    pub keys: &'a Tokens<'a>,
    /// The order of the places above.
    pub listings: [&'a Listing; 6],
}

impl Sources<'_> {
    /// Names of the sources of an account, main one first.
    pub fn names(&self) -> Vec<&'static str> {
        self.listings.iter().map(|listing| listing.source).collect()
    }
}

/// Datasets that are written beside the accounts: their records are about accounts.
pub(super) struct Beside<'m> {
    pub scim: About<'m>,
    pub policies: About<'m>,
}

/// State and roles of the accounts that own a credential, by account id.
pub(super) type Owners = BTreeMap<String, Owner>;

/// What a credential's record says of its owner.
#[derive(Debug, Default)]
pub(super) struct Owner {
    pub n: u64,
    pub status: Option<FieldValue>,
    pub roles: Option<FieldValue>,
}

/// Writes every account and its grants, and returns the accounts that own a credential.
pub(super) fn write(
    file: &mut DatasetFile,
    dataset: &'static Dataset,
    sources: &Sources<'_>,
    entitlements: &mut Entitlements<'_>,
    beside: &mut Beside<'_>,
) -> Result<Owners, SnapshotError> {
    let mut owners = Owners::new();
    let mut search = sources.search.records()?;
    let mut managed = sources.managed.records()?;
    let mut next_searched = search.next().transpose()?;
    let mut next_managed = managed.next().transpose()?;
    loop {
        let order = match (&next_searched, &next_managed) {
            (None, None) => return Ok(owners),
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
        let scim = beside.scim.take(id)?;
        let policies = beside.policies.take(id)?;
        let told = Told {
            search: one.as_ref(),
            managed: other.as_ref(),
            scim: &scim,
            policies: &policies,
        };
        let record = join(dataset, sources, &told, beside);
        for (about, told) in [(&mut beside.scim, &scim), (&mut beside.policies, &policies)] {
            for (by, received) in told {
                about.write(*by, received, &record)?;
            }
        }
        if let Some(one) = &one {
            entitlements.take(&record, one.n)?;
            let id = record.text("id").unwrap_or_default();
            if sources.tokens.owners.contains_key(id) || sources.keys.owners.contains_key(id) {
                let own = |field: &str| search_only(&record, field).cloned();
                let owner = Owner {
                    n: one.n,
                    status: own("account_status"),
                    roles: own("platform_roles"),
                };
                owners.insert(id.to_owned(), owner);
            }
        }
        file.push(&record)?;
    }
}

/// The value of a field, if users/search gave it.
pub(super) fn search_only<'r>(record: &'r Record, field: &str) -> Option<&'r FieldValue> {
    let (source, _) = record.source_of(field)?;
    record.get(field).filter(|_| source == SEARCH)
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
    beside: &Beside<'_>,
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
    add_counts(&mut record, sources);
    add_policy(&mut record, told.policies, beside);
    add_provisioning(&mut record, sources, told.scim);
    add_agreement(&mut record, sources, told);
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
fn add_policy(record: &mut Record, told: &[(MatchedBy, Received)], beside: &Beside<'_>) {
    let [(_, received)] = told else { return };
    let policy = beside.policies.read(received);
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
        let email = super::scim::email_of(&user).map(FieldValue::Text);
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

/// Says whether the sources agree, and if not, in which words they differ.
fn add_agreement(record: &mut Record, sources: &Sources<'_>, told: &Told<'_>) {
    let (source, n) = record.source_of("id").expect("every record has its id");
    let listing = sources.listings[SCIM];
    let asked_scim = listing.statement.completeness != Completeness::NotRequested;
    // Of an account that comes from no identity provider a directory has nothing to tell.
    let is_synced = match record.get("management_source") {
        Some(FieldValue::Null) => false,
        Some(word) => word.as_text() != Some("invited"),
        None => true,
    };
    let all_told = (told.search.is_some() || sources.search.is_whole())
        && (told.managed.is_some() || sources.managed.is_whole())
        && (!asked_scim || listing.is_whole() || !told.scim.is_empty() || !is_synced);
    if let Some(words) = disagreement(record, sources) {
        record.set("sources_agree", FieldValue::Boolean(false), source, n);
        record.set("disagreement", FieldValue::Text(words), source, n);
    } else if all_told {
        record.set("sources_agree", FieldValue::Boolean(true), source, n);
        record.set("disagreement", FieldValue::Null, source, n);
    }
}

/// Each field that sources tell differently: the value that the record holds, then the others, each with its
/// source and when that answered.
fn disagreement(record: &Record, sources: &Sources<'_>) -> Option<String> {
    let said = |value: &FieldValue, source: usize, n: u64| {
        let listing = sources.listings[source];
        let at = usize::try_from(n)
            .ok()
            .and_then(|n| listing.responses.get(n));
        let at = at.map_or(String::new(), |note| format!(", {:.0}", note.at));
        format!(
            "{} ({}{at})",
            value.as_text().unwrap_or_default(),
            listing.source
        )
    };
    let mut words = Vec::new();
    for field in COMPARED {
        let others = record.conflicts.iter().filter(|one| one.field == field);
        let others: Vec<String> = others
            .map(|one| said(&one.value, one.source, one.n))
            .collect();
        if let (false, Some(value), Some((source, n))) = (
            others.is_empty(),
            record.get(field),
            record.source_of(field),
        ) {
            words.push(format!(
                "{field} {}, but {}",
                said(value, source, n),
                others.join(" and ")
            ));
        }
    }
    (!words.is_empty()).then(|| words.join("; "))
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

fn add_counts(record: &mut Record, sources: &Sources<'_>) {
    if let Some((source, n)) = record.source_of("product_access") {
        let products = record
            .get("product_access")
            .map_or(0, |list| list.elements().len());
        record.set("product_access_count", integer(products), source, n);
    }
    if record.text("claim_status") == Some("managed")
        && let Some((tokens, n)) = sources
            .tokens
            .count_of(record.text("id").unwrap_or_default())
    {
        record.set("api_token_count", integer(tokens), TOKENS, n);
    }
}

pub(super) fn integer(count: usize) -> FieldValue {
    FieldValue::Integer(i64::try_from(count).unwrap_or(i64::MAX))
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
        for time in managed_times(&other.value()) {
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

//! What a key can read, what that is good for, and what mends the rest.
//!
//! [`diagnose`] turns the answers to one smallest request an endpoint into a [`Diagnosis`]: each endpoint
//! with the cause of its refusal, each dataset, the key with its age and expiry, the plan, the clocks, and
//! the evidence ladder. It asks nothing itself: the catalog names sources and scopes, the plan says what
//! the controls need, so that a new dataset or control shows up here without a word.

mod access;
mod advice;
mod key;
mod ladder;
mod reach;

pub use access::{
    Access, Cause, DatasetAccess, DatasetState, KeyUsed, Need, NeedState, RequestAccess,
};
pub use advice::{Advice, Level};
pub use key::{Droppable, Identification, KeyFacts, KeyReport, ScopeReport, ScopeUse};
pub use ladder::{ControlReach, Ladder, MissingField, Step, StepKind};
pub use reach::Conclusion;

use crate::collect::{Examination, Probe, Trust};
use crate::control::OrganizationPlan;
use crate::plan::Plan;
use jiff::{SignedDuration, Timestamp};
use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// Name of the shape of a diagnosis; the number is its version.
pub const FORMAT: &str = "tickmark-doctor/1";
/// A key that expires within this many days is due for replacement.
pub const EXPIRY_WARNING_DAYS: i64 = 30;
/// A key of this age, in days, is due for rotation.
pub const AGE_WARNING_DAYS: i64 = 180;
/// Clocks further apart than this, in milliseconds, make every age in a report wrong.
pub const CLOCK_SKEW_MAX_MS: i64 = 60_000;

/// What is to be diagnosed.
#[derive(Debug)]
pub struct Patient<'a> {
    /// Id of the organisation, as configured.
    pub org_id: &'a str,
    /// Address of the API.
    pub api_url: &'a str,
    /// What the API answered.
    pub examination: &'a Examination,
    /// Datasets that nobody wants.
    pub without: &'a BTreeSet<String>,
    /// Label of the key in use, where the user knows it.
    pub key_label: Option<&'a str>,
    /// The organisation's plan, where somebody said it.
    pub organization_plan: Option<OrganizationPlan>,
    /// Names of the lists that are given.
    pub lists: &'a [String],
    /// The controls.
    pub plan: &'a Plan,
}

/// What a key can read, and what mends the rest.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Diagnosis {
    /// Name and version of this shape.
    pub format: String,
    /// The server's time at the end of the examination; this computer's where the server did not tell.
    pub at: Timestamp,
    /// Whether it comes to the worst, to something to mend, or to nothing.
    pub health: Health,
    /// The organisation.
    pub organization: Organization,
    /// How the API is reached.
    pub connection: Connection,
    /// The key in use.
    pub key: KeyReport,
    /// What the plan has to have, or the organisation, and whether it does.
    pub needs: Vec<Need>,
    /// Each endpoint.
    pub requests: Vec<RequestAccess>,
    /// Each dataset of the catalog.
    pub datasets: Vec<DatasetAccess>,
    /// Scopes that are used, missing, or could be dropped.
    pub scopes: ScopeReport,
    /// What is left of the rate limit where least is left; absent if no answer told.
    pub limit: Option<LimitLeft>,
    /// What controls can be concluded with this key, and with more evidence.
    pub ladder: Ladder,
    /// What to do, most urgent first.
    pub advice: Vec<Advice>,
}

/// What it comes to, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Everything that is asked for can be read, and nothing is due.
    Well,
    /// Everything can be read, and something is due: a key that expires soon, clocks that disagree.
    Attention,
    /// Something that is asked for cannot be read.
    Incomplete,
    /// The key was refused everywhere.
    KeyRefused,
    /// The API was not reached.
    Unreached,
}

/// The organisation.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Organization {
    /// Id, as configured.
    pub id: String,
    /// Name, if the API told it.
    pub name: Option<String>,
}

/// How the API is reached.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Connection {
    /// Address of the API.
    pub api_url: String,
    /// Host and port of the proxy; absent if there is none.
    pub proxy: Option<String>,
    /// Which certificates are trusted.
    pub certificates: Certificates,
    /// Certificates in the file that was named beside the system's.
    pub certificates_in_file: usize,
    /// The server's clock minus this computer's, in milliseconds; the server tells whole seconds.
    pub clock_skew_ms: Option<i64>,
}

/// Which certificates are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Certificates {
    /// None is needed: plain HTTP to this computer.
    NotNeeded,
    /// Those of this computer.
    System,
    /// Those of this computer and of a file.
    SystemAndFile,
    /// Those of a file: this computer has none.
    FileAlone,
}

/// What is left of a rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LimitLeft {
    /// Requests in a period, as the headers tell.
    pub limit: u64,
    /// Requests left in it.
    pub remaining: u64,
    /// When the next period begins, if told.
    pub resets_at: Option<Timestamp>,
}

/// Makes a diagnosis of what the API answered.
pub fn diagnose(patient: &Patient<'_>) -> Diagnosis {
    let examination = patient.examination;
    let clock_skew_ms = clock_skew(&examination.probes);
    let skew = SignedDuration::from_millis(clock_skew_ms.unwrap_or(0));
    let now = examination.at.checked_add(skew).unwrap_or(examination.at);
    let key = key::report(examination, patient.key_label, now);
    let requests = access::requests(examination, &key);
    let datasets = access::datasets(&requests, patient.without);
    let ladder = ladder::ladder(patient, &requests);
    let scopes = key::scopes(&key, &requests, patient.plan);
    let mut diagnosis = Diagnosis {
        format: FORMAT.to_owned(),
        at: now,
        health: Health::Well,
        organization: Organization {
            id: patient.org_id.to_owned(),
            name: name(&examination.probes),
        },
        connection: connection(patient, clock_skew_ms),
        needs: access::needs(&requests),
        limit: limit_left(&examination.probes),
        key,
        requests,
        datasets,
        scopes,
        ladder,
        advice: Vec::new(),
    };
    diagnosis.advice = advice::advice(&diagnosis);
    diagnosis.health = health(&diagnosis);
    diagnosis
}

/// The JSON Schema (2020-12) of a diagnosis.
pub fn schema() -> Value {
    let mut schema = schema_for!(Diagnosis);
    schema.insert("$id".to_owned(), "urn:tickmark:schema:doctor:1".into());
    schema.to_value()
}

fn name(probes: &[Probe]) -> Option<String> {
    probes.iter().find_map(|probe| match &probe.answer {
        crate::collect::ProbeAnswer::Page { name, .. } => name.clone(),
        _ => None,
    })
}

fn connection(patient: &Patient<'_>, clock_skew_ms: Option<i64>) -> Connection {
    let network = &patient.examination.network;
    let (certificates, certificates_in_file) = match network.trust {
        Trust::NotNeeded => (Certificates::NotNeeded, 0),
        Trust::System => (Certificates::System, 0),
        Trust::SystemAndFile { certificates } => (Certificates::SystemAndFile, certificates),
        Trust::FileAlone { certificates } => (Certificates::FileAlone, certificates),
    };
    Connection {
        api_url: patient.api_url.to_owned(),
        proxy: network.proxy.clone(),
        certificates,
        certificates_in_file,
        clock_skew_ms,
    }
}

/// The median difference: one late answer says nothing about a clock.
fn clock_skew(probes: &[Probe]) -> Option<i64> {
    let mut told: Vec<i64> = probes.iter().filter_map(|one| one.clock_skew_ms).collect();
    told.sort_unstable();
    told.get(told.len() / 2).copied()
}

/// The allowance with the smallest part left.
fn limit_left(probes: &[Probe]) -> Option<LimitLeft> {
    let told = probes.iter().filter_map(|probe| probe.allowance);
    let least = told.min_by(|one, other| {
        let part = |this: u64, limit: u64| u128::from(this) * u128::from(limit);
        part(one.remaining, other.limit).cmp(&part(other.remaining, one.limit))
    })?;
    Some(LimitLeft {
        limit: least.limit,
        remaining: least.remaining,
        resets_at: least.resets_at,
    })
}

fn health(diagnosis: &Diagnosis) -> Health {
    let is = |cause: Cause| {
        let mut asked = diagnosis
            .requests
            .iter()
            .filter(|request| request.access != Access::NotAsked)
            .peekable();
        asked.peek().is_some() && asked.all(|request| request.cause == Some(cause))
    };
    let refused_everywhere = diagnosis
        .requests
        .iter()
        .filter(|request| {
            request.access != Access::NotAsked && request.key == KeyUsed::Organization
        })
        .all(|request| matches!(request.status, Some(401 | 403)));
    let worst = diagnosis.advice.iter().map(|advice| advice.level).min();
    if is(Cause::Unreached) {
        Health::Unreached
    } else if refused_everywhere && !diagnosis.requests.is_empty() {
        Health::KeyRefused
    } else {
        match worst {
            Some(Level::Blocks) => Health::Incomplete,
            Some(Level::Due) => Health::Attention,
            Some(Level::Note) | None => Health::Well,
        }
    }
}

/// Whole days of 86 400 s from `from` to `to`, rounded down.
fn days(from: Timestamp, to: Timestamp) -> i64 {
    from.duration_until(to).as_secs().div_euclid(86_400)
}

#[cfg(test)]
mod tests;

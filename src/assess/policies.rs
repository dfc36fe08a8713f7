//! What people attest of authentication policies, beside what exports tell of them.
//!
//! Of several attestations the newest decides, and only while it is in force. A setting that only one source knows is
//! taken from it; one on which they differ is known to nobody, and named among the contradictions. Where no export
//! counts, an attestation that names every policy makes the dataset whole.

use super::{AttestationState, EXPIRING_DAYS};
use crate::catalog::{self, ATTESTATION, Dataset};
use crate::import;
use crate::snapshot::{
    AnswerStatement, AttestedPolicy, Completeness, CutReason, DatasetStatement, ExportNote,
    POLICIES, Provenance, ProvenanceClass,
};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

const CONTRADICTIONS: &str = "contradictions";
const MARK: &str = "_";
/// Settings that exports write in one text: what they are read from is what differs.
const READ_OUT: [&str; 2] = ["password_strength", "password_expires_days"];
const PASSWORD: &str = "password_policy";

/// How an attestation of policies stands at `as_of`, were there no other and no change.
pub(super) fn standing(answer: &AnswerStatement, as_of: Timestamp) -> AttestationState {
    if !answer.is_complete() {
        return AttestationState::Pending;
    }
    if answer.is_later_than(as_of) {
        return AttestationState::Later;
    }
    let today = as_of.to_zoned(TimeZone::UTC).date();
    let Some(last) = import::last_day_of_policies(answer) else {
        return AttestationState::Pending;
    };
    let soon = today.checked_add(EXPIRING_DAYS.days()).unwrap_or(today);
    if last < today {
        AttestationState::Expired
    } else if last <= soon {
        AttestationState::Expiring
    } else {
        AttestationState::Valid
    }
}

/// What exports tell of policies, as far as it counts.
pub(super) struct Told<'t> {
    /// Canonical lines.
    pub lines: Vec<String>,
    /// What is stated of them.
    pub statement: DatasetStatement,
    /// What their marks mean, if that was kept.
    pub provenance: Option<&'t Provenance>,
    /// Names of the policies in which the API says that accounts are, as far as it was asked.
    pub of_members: BTreeSet<String>,
}

/// Policies of both sources.
pub(super) struct Merged {
    /// Canonical lines, by name.
    pub text: String,
    pub statement: DatasetStatement,
    pub provenance: Option<Provenance>,
}

/// `told` with what `answer` attests.
pub(super) fn merge(told: Told<'_>, answer: &AnswerStatement) -> Merged {
    let dataset = catalog::dataset(POLICIES).expect("the catalog has authentication policies");
    let no_policies = Default::default();
    let attested = answer.policies.as_ref();
    let are_all = attested.is_some_and(|attested| attested.are_all);
    let attested: BTreeMap<&str, (u64, &AttestedPolicy)> = attested
        .map_or(&no_policies, |attested| &attested.policies)
        .iter()
        .zip(1..)
        .map(|(policy, n)| (policy.name.as_str(), (n, policy)))
        .collect();
    let does_export_count = matches!(
        told.statement.completeness,
        Completeness::Whole | Completeness::Cut { .. }
    );
    let mut marks = Marks::new(told.provenance, answer);
    let mut records: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut unnamed = 0;
    for line in &told.lines {
        // A line that does not read was made by another program; whoever reads the dataset next says so.
        let Ok(Value::Object(record)) = serde_json::from_str(line) else {
            continue;
        };
        let id = record.get("id").and_then(Value::as_str).unwrap_or_default();
        let is_attested = attested.contains_key(id);
        // What only an export names that no longer counts is not there, if somebody who looked since names all.
        if !is_attested && are_all && !does_export_count {
            continue;
        }
        unnamed += u64::from(!is_attested);
        records.insert(id.to_owned(), record);
    }
    for (name, (n, policy)) in attested {
        match records.get_mut(name) {
            Some(record) => join(record, policy, n, &mut marks),
            None => {
                records.insert(name.to_owned(), alone(policy, n, &mut marks));
            }
        }
    }
    let of_members = told.of_members.iter();
    let missed = of_members.filter(|name| are_all && !records.contains_key(*name));
    let missed = missed.count();
    let mut statement = told.statement;
    statement.records = records.len() as u64;
    let cut = |detail: String| Completeness::Cut {
        reason: CutReason::SourceNotWhole,
        detail,
    };
    statement.completeness = match statement.completeness {
        Completeness::Whole if are_all && unnamed > 0 => cut(format!(
            "the export names {unnamed} that the attestation of all policies does not name"
        )),
        Completeness::Cut { reason, detail } => Completeness::Cut { reason, detail },
        _ if missed > 0 => cut(format!(
            "accounts are in {missed} that the attestation of all policies does not name"
        )),
        Completeness::Whole => Completeness::Whole,
        Completeness::NotRequested
        | Completeness::Stale { .. }
        | Completeness::Denied { .. }
        | Completeness::Unavailable { .. } => match are_all {
            true => Completeness::Whole,
            false => cut("the attestation does not name every policy".to_owned()),
        },
    };
    Merged {
        text: records
            .values()
            .map(|record| line_of(dataset, record))
            .collect(),
        statement,
        provenance: marks.provenance,
    }
}

/// Adds to what an export tells of a policy what is attested of it.
fn join(record: &mut Map<String, Value>, policy: &AttestedPolicy, n: u64, marks: &mut Marks) {
    let listed = record.get(CONTRADICTIONS).and_then(Value::as_array);
    let mut contradictions: BTreeSet<String> = listed
        .into_iter()
        .flatten()
        .filter_map(|setting| setting.as_str().map(str::to_owned))
        .collect();
    let mut added = BTreeSet::new();
    for (setting, value) in &policy.settings {
        let named = match READ_OUT.contains(&setting.as_str()) {
            true => PASSWORD,
            false => setting.as_str(),
        };
        match record.get(setting) {
            // Its own rows differ: no third word settles that.
            _ if contradictions.contains(named) && record.get(setting).is_none() => {}
            None => {
                record.insert(setting.clone(), value.clone());
                added.insert(setting.as_str());
            }
            Some(known) if known == value => {}
            Some(_) => {
                contradictions.insert(named.to_owned());
                for part in READ_OUT.into_iter().filter(|_| named == PASSWORD) {
                    record.remove(part);
                    added.remove(part);
                }
                record.remove(named);
                record.remove(setting);
            }
        }
    }
    if !contradictions.is_empty() {
        let contradictions: Vec<String> = contradictions.into_iter().collect();
        record.insert(CONTRADICTIONS.to_owned(), contradictions.into());
    }
    if !added.is_empty() {
        marks.add(record, &added, n);
    }
}

/// A policy that only people tell of.
fn alone(policy: &AttestedPolicy, n: u64, marks: &mut Marks) -> Map<String, Value> {
    let mut record: Map<String, Value> = policy
        .settings
        .iter()
        .map(|(setting, value)| (setting.clone(), value.clone()))
        .collect();
    record.insert("id".to_owned(), policy.name.as_str().into());
    record.insert("name".to_owned(), policy.name.as_str().into());
    record.insert(CONTRADICTIONS.to_owned(), Value::Array(Vec::new()));
    marks.set(&mut record, n);
    record
}

/// Marks of records, and what they mean.
struct Marks {
    provenance: Option<Provenance>,
}

impl Marks {
    fn new(provenance: Option<&Provenance>, answer: &AnswerStatement) -> Marks {
        let provenance = provenance.map(|known| {
            let mut provenance = known.clone();
            let note = ExportNote {
                file: answer.file.clone(),
                sha256: answer.sha256.clone(),
                extracted_on: answer.attested_on,
                base: 0,
            };
            let notes = &mut provenance.exports;
            notes.insert(ATTESTATION.to_owned(), vec![note]);
            provenance
        });
        Marks { provenance }
    }

    /// The number of `class`, which is made if it is not there.
    fn number(&mut self, class: ProvenanceClass) -> u64 {
        let Some(provenance) = &mut self.provenance else {
            return 0;
        };
        let classes = provenance.classes.entry(POLICIES.to_owned()).or_default();
        let place = classes.iter().position(|known| *known == class);
        place.unwrap_or_else(|| {
            classes.push(class);
            classes.len() - 1
        }) as u64
    }

    /// Marks `record` as the policy `n` of the attestation.
    fn set(&mut self, record: &mut Map<String, Value>, n: u64) {
        let class = ProvenanceClass {
            sources: vec![ATTESTATION.to_owned()],
            fields: BTreeMap::new(),
        };
        let class = self.number(class);
        record.insert(MARK.to_owned(), vec![class, n].into());
    }

    /// Marks the fields `added` of `record` as those of the policy `n` of the attestation.
    fn add(&mut self, record: &mut Map<String, Value>, added: &BTreeSet<&str>, n: u64) {
        let mark: Option<Vec<u64>> = record.get(MARK).and_then(|mark| {
            let numbers = mark.as_array()?.iter();
            numbers.map(Value::as_u64).collect()
        });
        let Some((mut numbers, own)) = mark.and_then(|numbers| {
            let class = usize::try_from(*numbers.first()?).ok()?;
            let classes = self.provenance.as_ref()?.classes.get(POLICIES)?;
            Some((numbers, classes.get(class)?.clone()))
        }) else {
            return;
        };
        let mut class = own;
        let place = class.sources.len();
        class.sources.push(ATTESTATION.to_owned());
        let fields = added.iter().map(|field| ((*field).to_owned(), place));
        class.fields.extend(fields);
        numbers[0] = self.number(class);
        // A source without a number has none before it either.
        numbers.resize(place + 1, 0);
        numbers.push(n);
        record.insert(MARK.to_owned(), numbers.into());
    }
}

/// `record` as a canonical line.
fn line_of(dataset: &Dataset, record: &Map<String, Value>) -> String {
    let names = dataset.fields.iter().map(|field| field.name).chain([MARK]);
    let members: Vec<String> = names
        .filter_map(|name| Some(format!("\"{name}\":{}", record.get(name)?)))
        .collect();
    format!("{{{}}}\n", members.join(","))
}

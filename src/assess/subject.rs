//! A subject in words: its id and label, the message and the evidence of a finding.

use super::check::{self, One};
use super::sample::Sample;
use super::{Evaluated, Evidence, Finding, Outcome, Reason};
use crate::catalog::Field;
use crate::control::Relation;
use crate::plan::{PlannedControl, Population, Requirement};
use crate::snapshot::{Provenance, RecordSource, sha256_hex};
use crate::value::{Json, Record};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Subject of a finding on the control itself.
pub const CONTROL_ITSELF: &str = "-";

/// Describes subjects of one control.
pub(super) struct Describer<'a> {
    evaluated: Evaluated<'a>,
    organization: &'a str,
    provenance: Option<&'a Provenance>,
    /// Values that a message may name besides those of the subject.
    values: Map<String, Value>,
    seed: u64,
}

impl<'a> Describer<'a> {
    pub(super) fn new(evaluated: Evaluated<'a>, source: &'a dyn RecordSource) -> Describer<'a> {
        let control = evaluated.control;
        Describer {
            evaluated,
            organization: &source.manifest().organization.id,
            provenance: source.provenance(),
            values: control.text_values(),
            seed: super::sample::seed(
                source
                    .manifest()
                    .datasets
                    .get(evaluated.population.dataset.name)
                    .map_or("", |dataset| &dataset.sha256),
                control.id().as_str(),
            ),
        }
    }

    /// The control.
    pub(super) fn evaluated(&self) -> Evaluated<'a> {
        self.evaluated
    }

    /// The subject's id.
    pub(super) fn id(&self, record: Record<'_>) -> String {
        record
            .member("id")
            .and_then(Json::as_text)
            .map(std::borrow::Cow::into_owned)
            .unwrap_or_default()
    }

    /// The subject's label; empty if it has none.
    pub(super) fn label(&self, record: Record<'_>) -> String {
        label_of(self.evaluated.population, &whole(record))
    }

    /// Offers a passing subject to the sample.
    pub(super) fn offer(&self, sample: &mut Sample, record: Record<'_>) {
        let id = record.member("id").and_then(Json::as_text);
        if let Some(id) = id {
            sample.offer(self.seed, &id, || self.label(record));
        }
    }

    /// The finding on `record`.
    pub(super) fn finding(
        &self,
        record: Record<'_>,
        outcome: Outcome,
        reasons: BTreeSet<Reason>,
    ) -> Finding {
        let fields = whole(record);
        let subject = self.id(record);
        let message = match outcome {
            Outcome::Unknown | Outcome::Error => in_words(&reasons),
            Outcome::Fail | Outcome::Pass | Outcome::NotApplicable => self.message(record, &fields),
        };
        let control = self.evaluated.control;
        Finding {
            fingerprint: fingerprint(self.organization, control.id().as_str(), &subject),
            label: label_of(self.evaluated.population, &fields),
            outcome,
            message,
            evidence: self.evidence(&fields),
            reasons: reasons.into_iter().collect(),
            subject,
        }
    }

    /// The control's message, or the requirement where it has none.
    fn message(&self, record: Record<'_>, fields: &Map<String, Value>) -> String {
        let control = self.evaluated.control;
        if let Requirement::Members { by, .. } = &control.requirement {
            let value = match check::one(by, record) {
                One::Value(value) => value.as_text().map(std::borrow::Cow::into_owned),
                One::Nothing | One::Absent => None,
            };
            return member_message(control, value.as_deref(), MemberState::Extra);
        }
        let requirement = || format!("does not meet: {}", requirement_in_words(control));
        let Some(text) = &control.control.message else {
            return requirement();
        };
        let subject = text
            .subject_fields()
            .map(|name| (name.to_owned(), in_text(fields.get(name))))
            .collect();
        let mut values = self.values.clone();
        values.insert("subject".to_owned(), Value::Object(subject));
        text.render(&Value::Object(values))
            .unwrap_or_else(|_| requirement())
    }

    fn evidence(&self, fields: &Map<String, Value>) -> Vec<Evidence> {
        let control = self.evaluated.control;
        let tested = control.tested.iter().map(|field| (*field, true));
        let shown = control.shown.iter().map(|field| (*field, false));
        tested
            .chain(shown)
            .map(|(field, is_tested)| self.evidence_of(field, is_tested, fields))
            .collect()
    }

    fn evidence_of(&self, field: &Field, tested: bool, fields: &Map<String, Value>) -> Evidence {
        let value = fields.get(field.name);
        let origin = value.and_then(|_| self.origin(field, fields));
        let (source, collected_at) = origin.unwrap_or_default();
        Evidence {
            field: field.name.to_owned(),
            value: value.cloned().unwrap_or(Value::Null),
            present: value.is_some(),
            tested,
            source,
            collected_at,
        }
    }

    /// Source of a field, and when its response arrived, from the record's provenance mark.
    fn origin(
        &self,
        field: &Field,
        fields: &Map<String, Value>,
    ) -> Option<(String, Option<jiff::Timestamp>)> {
        let provenance = self.provenance?;
        let mark = fields.get("_")?.as_array()?;
        let number = |value: &Value| usize::try_from(value.as_u64()?).ok();
        let classes = provenance
            .classes
            .get(self.evaluated.population.dataset.name)?;
        let class = classes.get(number(mark.first()?)?)?;
        let place = class.fields.get(field.name).copied().unwrap_or(0);
        let source = class.sources.get(place)?;
        let response = mark.get(place + 1).and_then(number);
        let collected_at = provenance
            .responses
            .get(source)
            .zip(response)
            .and_then(|(notes, number)| notes.get(number))
            .map(|note| note.at);
        Some((source.clone(), collected_at))
    }
}

/// How a value differs from a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MemberState {
    /// A subject has it, the list does not.
    Extra,
    /// The list has it, no subject does.
    Missing,
}

impl MemberState {
    /// The word that `{{ state }}` stands for.
    fn word(self) -> &'static str {
        match self {
            MemberState::Extra => "extra",
            MemberState::Missing => "missing",
        }
    }
}

/// What is said of a value that is extra or missing: the control's message, or words of our own.
pub(super) fn member_message(
    control: &PlannedControl,
    member: Option<&str>,
    state: MemberState,
) -> String {
    let Some(member) = member else {
        return "has no value to compare with the list".to_owned();
    };
    let own = || match state {
        MemberState::Extra => format!("`{member}` is not on the list"),
        MemberState::Missing => format!("`{member}` is expected and not there"),
    };
    let Some(text) = &control.control.message else {
        return own();
    };
    let mut values = control.text_values();
    values.insert("member".to_owned(), member.into());
    values.insert("state".to_owned(), state.word().into());
    text.render(&Value::Object(values))
        .unwrap_or_else(|_| own())
}

/// A finding on the control itself.
pub(super) fn on_control(
    control: &PlannedControl,
    organization: &str,
    subject: &str,
    outcome: Outcome,
    message: String,
    evidence: Vec<Evidence>,
    reasons: Vec<Reason>,
) -> Finding {
    Finding {
        fingerprint: fingerprint(organization, control.id().as_str(), subject),
        subject: subject.to_owned(),
        label: String::new(),
        outcome,
        message,
        evidence,
        reasons,
    }
}

/// The same for organisation, control and subject in every run: 16 hexadecimal digits.
pub fn fingerprint(organization: &str, control: &str, subject: &str) -> String {
    let mut digest = sha256_hex(format!("{organization}\0{control}\0{subject}").as_bytes());
    digest.truncate(16);
    digest
}

/// A value as a message shows it: what is absent or none in words.
fn in_text(value: Option<&Value>) -> Value {
    match value {
        None => Value::from("not known"),
        Some(Value::Null) => Value::from("none"),
        Some(Value::Array(list)) if list.iter().all(Value::is_string) => {
            let words: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            Value::from(words.join(", "))
        }
        Some(value) => value.clone(),
    }
}

/// What a control asks of each subject.
fn requirement_in_words(control: &PlannedControl) -> String {
    match &control.requirement {
        Requirement::Expect(check) | Requirement::Share { expect: check, .. } => check.label(),
        Requirement::Count { .. } => "the number of subjects".to_owned(),
        Requirement::Attest(question) => question.text.clone(),
        Requirement::Members { by, relation, .. } => match relation {
            Relation::Equals | Relation::SubsetOf => format!("{} is in the list", by.text),
            Relation::SupersetOf => format!("{} holds the list", by.text),
        },
    }
}

/// Reasons as one sentence without a full stop.
pub(super) fn in_words(reasons: &BTreeSet<Reason>) -> String {
    let words: Vec<String> = reasons.iter().map(Reason::in_words).collect();
    words.join("; ")
}

/// All fields of a record, also those that no check looks at.
fn whole(record: Record<'_>) -> Map<String, Value> {
    match serde_json::from_str(record.text()) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => Map::new(),
    }
}

fn label_of(population: &Population, fields: &Map<String, Value>) -> String {
    fields
        .get(population.dataset.label)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

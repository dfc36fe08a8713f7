//! A subject in words: its id and label, the message and the evidence of a finding.

use super::sample::Sample;
use super::{Evaluated, Evidence, Finding, Outcome, Reason};
use crate::catalog::{self, DatasetRef, FieldRef};
use crate::control::Relation;
use crate::plan::{PlannedControl, Requirement};
use crate::snapshot::{Provenance, RecordSource, hex};
use crate::value::{Json, Projection, Record, Slot};
use jiff::Timestamp;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Subject of a finding on the control itself.
pub const CONTROL_ITSELF: &str = "-";

/// Bytes of a fingerprint.
const FINGERPRINT_BYTES: usize = 8;

/// The member of a line that says where its values come from.
const MARK: &str = "_";

/// Describes subjects of one control, for one thread.
pub(super) struct Describer<'a> {
    evaluated: Evaluated<'a>,
    source: &'a dyn RecordSource,
    /// Everything that a finding says of a record, also what no check looks at.
    projection: Projection,
    slots: RefCell<Vec<Slot>>,
    provenance: Option<Origins<'a>>,
    /// Values that a message may name besides those of the subject.
    values: Map<String, Value>,
    requirement: String,
    fingerprints: Fingerprints,
    seed: u64,
}

impl<'a> Describer<'a> {
    pub(super) fn new(evaluated: Evaluated<'a>, source: &'a dyn RecordSource) -> Describer<'a> {
        let Evaluated {
            control,
            population,
        } = evaluated;
        let dataset = &population.dataset;
        let manifest = source.manifest();
        let evidence = control.tested.iter().chain(&control.shown);
        let mut wanted: BTreeSet<&str> = evidence.map(FieldRef::name).collect();
        wanted.extend([dataset.label(), MARK]);
        if let Some(message) = &control.control.message {
            wanted.extend(message.subject_fields());
        }
        let order = dataset.field_names().into_iter();
        Describer {
            projection: Projection::new(order.chain([MARK]), wanted),
            slots: RefCell::default(),
            provenance: Origins::new(dataset.name(), source),
            values: control.text_values(),
            requirement: format!("does not meet: {}", requirement_in_words(control)),
            fingerprints: Fingerprints::new(&manifest.organization.id, control.id().as_str()),
            seed: super::sample::seed(digest_of(dataset.name(), source), control.id().as_str()),
            evaluated,
            source,
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
            .map(Cow::into_owned)
            .unwrap_or_default()
    }

    /// The subject's label; empty if it has none.
    pub(super) fn label(&self, record: Record<'_>) -> String {
        self.with_fields(record, |fields| self.label_in(fields))
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
        let subject = self.id(record);
        self.with_fields(record, |fields| Finding {
            fingerprint: self.fingerprints.of(&subject),
            label: self.label_in(fields),
            outcome,
            message: match outcome {
                Outcome::Unknown | Outcome::Error => in_words(&reasons),
                Outcome::Fail | Outcome::Pass | Outcome::NotApplicable => self.message(fields),
            },
            evidence: self.evidence(fields),
            reasons: reasons.into_iter().collect(),
            subject,
        })
    }

    /// Hands over what a finding may say of `record`; `None` if its line cannot be read twice, which
    /// leaves every field absent.
    fn with_fields<T>(
        &self,
        record: Record<'_>,
        describe: impl FnOnce(Option<Record<'_>>) -> T,
    ) -> T {
        let mut slots = self.slots.borrow_mut();
        describe(self.projection.scan(record.text(), &mut slots))
    }

    fn label_in(&self, fields: Option<Record<'_>>) -> String {
        fields
            .and_then(|fields| fields.member(self.evaluated.population.dataset.label()))
            .and_then(Json::as_text)
            .map(Cow::into_owned)
            .unwrap_or_default()
    }

    /// The control's message, or the requirement where it has none.
    fn message(&self, fields: Option<Record<'_>>) -> String {
        let Some(text) = &self.evaluated.control.control.message else {
            return self.requirement.clone();
        };
        let mut values = self.values.clone();
        let subject = text
            .subject_fields()
            .map(|name| {
                let value = fields.and_then(|fields| fields.member(name));
                (name.to_owned(), in_text(value))
            })
            .collect();
        values.insert("subject".to_owned(), Value::Object(subject));
        if let Requirement::Members { by, .. } = &self.evaluated.control.requirement {
            let value = in_text(fields.and_then(|fields| by.relative.eval(fields).first()));
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            values.extend(member(&value, MemberState::Extra));
        }
        text.render(&Value::Object(values))
            .unwrap_or_else(|_| self.requirement.clone())
    }

    fn evidence(&self, fields: Option<Record<'_>>) -> Vec<Evidence> {
        let origins = self.provenance.as_ref();
        let of = |field: &FieldRef, tested| evidence_of(named(field), tested, fields, origins);
        let control = self.evaluated.control;
        let tested = control.tested.iter().map(|field| of(field, true));
        let shown = control.shown.iter().map(|field| of(field, false));
        tested.chain(shown).collect()
    }

    /// A field of a record of `dataset`, which may be another than that of the subjects.
    pub(super) fn look(
        &self,
        dataset: &DatasetRef,
        field: &FieldRef,
        record: Record<'_>,
    ) -> Evidence {
        let order = dataset.field_names().into_iter();
        let projection = Projection::new(order.chain([MARK]), [field.name(), MARK]);
        let mut slots = Vec::new();
        let fields = projection.scan(record.text(), &mut slots);
        let origins = Origins::new(dataset.name(), self.source);
        evidence_of(named(field), true, fields, origins.as_ref())
    }
}

/// SHA-256 of a dataset's records, or of a list's file; empty if there are none.
fn digest_of<'s>(dataset: &str, source: &'s dyn RecordSource) -> &'s str {
    let of_snapshot = source
        .manifest()
        .datasets
        .get(dataset)
        .map(|found| &found.sha256);
    let of_list = || source.inputs().get(dataset).map(|found| &found.sha256);
    of_snapshot.or_else(of_list).map_or("", String::as_str)
}

/// The name of a field, without a copy where it is of the catalog.
fn named(field: &FieldRef) -> Cow<'static, str> {
    match field {
        FieldRef::Known(field) => Cow::Borrowed(field.name),
        FieldRef::Input(..) => Cow::Owned(field.name().to_owned()),
    }
}

/// What `fields` say of the field called `name`, and where that came from.
fn evidence_of(
    name: Cow<'static, str>,
    tested: bool,
    fields: Option<Record<'_>>,
    origins: Option<&Origins<'_>>,
) -> Evidence {
    let value = fields.and_then(|fields| fields.member(&name));
    let mark = fields.and_then(|fields| fields.member(MARK));
    let origin = value
        .and(origins.zip(mark))
        .and_then(|(origins, mark)| origins.of(&name, mark));
    let (source, collected_at) = origin.unwrap_or_default();
    Evidence {
        field: name,
        value: value.map_or(Value::Null, Json::to_value),
        present: value.is_some(),
        tested,
        source,
        collected_at,
    }
}

/// Which source gave which field of a dataset, and when.
enum Origins<'a> {
    /// Responses by class: the sources, and the place of the one that gave a field, if it was not the first.
    Responses(Vec<(Vec<OriginSource<'a>>, &'a BTreeMap<String, usize>)>),
    /// Rows of a file.
    Rows(&'a str),
}

/// One source: its name and when its responses arrived.
struct OriginSource<'a> {
    name: Cow<'static, str>,
    responses: &'a [crate::snapshot::ResponseNote],
    /// Where rows of exports stand, if it is one.
    provenance: &'a Provenance,
}

impl<'a> Origins<'a> {
    fn new(dataset: &str, source: &'a dyn RecordSource) -> Option<Origins<'a>> {
        if let Some(list) = source.inputs().get(dataset) {
            return Some(Origins::Rows(&list.file));
        }
        let provenance = source.provenance()?;
        let known = |name: &String| {
            let mut sources = catalog::DATASETS.iter().flat_map(|dataset| dataset.sources);
            let name = match sources.find(|source| source.name == name) {
                Some(source) => Cow::Borrowed(source.name),
                None => Cow::Owned(name.clone()),
            };
            OriginSource {
                responses: provenance
                    .responses
                    .get(name.as_ref())
                    .map_or(&[][..], Vec::as_slice),
                name,
                provenance,
            }
        };
        let classes = provenance.classes.get(dataset)?;
        Some(Origins::Responses(
            classes
                .iter()
                .map(|class| (class.sources.iter().map(known).collect(), &class.fields))
                .collect(),
        ))
    }

    /// Source of `field` and the arrival of its response, from a record's mark: `[class, n, …]`, of a list
    /// `[row]`.
    fn of(&self, field: &str, mark: Record<'_>) -> Option<(Cow<'static, str>, Option<Timestamp>)> {
        let number = |value: Record<'_>| value.text().parse::<usize>().ok();
        let mut numbers = mark.elements();
        let first = number(numbers.next()?)?;
        let classes = match self {
            Origins::Responses(classes) => classes,
            Origins::Rows(file) => return Some((format!("{file}, row {first}").into(), None)),
        };
        let (sources, fields) = classes.get(first)?;
        let place = fields.get(field).copied().unwrap_or(0);
        let source = sources.get(place)?;
        let n = numbers.nth(place).and_then(number);
        let row = n.and_then(|n| {
            let n = u64::try_from(n).ok()?;
            source.provenance.row_in_words(&source.name, n)
        });
        if let Some(row) = row {
            return Some((row.into(), None));
        }
        let collected_at = n
            .and_then(|response| source.responses.get(response))
            .map(|note| note.at);
        Some((source.name.clone(), collected_at))
    }
}

/// Fingerprints of one control's findings: what they share is digested once.
struct Fingerprints(Sha256);

impl Fingerprints {
    fn new(organization: &str, control: &str) -> Fingerprints {
        let mut shared = Sha256::new();
        shared.update(organization);
        shared.update([0]);
        shared.update(control);
        shared.update([0]);
        Fingerprints(shared)
    }

    fn of(&self, subject: &str) -> String {
        let mut digest = self.0.clone();
        digest.update(subject);
        hex(&digest.finalize()[..FINGERPRINT_BYTES])
    }
}

/// On which side of a comparison with a list a value is alone.
#[derive(Clone, Copy)]
pub(super) enum MemberState {
    /// Expected and not there.
    Missing,
    /// There and not expected.
    Extra,
}

/// What the message of a comparison with a list may name.
pub(super) fn member(value: &str, state: MemberState) -> Map<String, Value> {
    let state = match state {
        MemberState::Missing => "missing",
        MemberState::Extra => "extra",
    };
    [("member", value), ("state", state)]
        .map(|(name, text)| (name.to_owned(), Value::from(text)))
        .into_iter()
        .collect()
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
    Fingerprints::new(organization, control).of(subject)
}

/// A value as a message shows it: what is absent or none in words.
fn in_text(value: Option<Record<'_>>) -> Value {
    let Some(value) = value else {
        return Value::from("not known");
    };
    match value.to_value() {
        Value::Null => Value::from("none"),
        Value::Array(list) if list.iter().all(Value::is_string) => {
            let words: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            Value::from(words.join(", "))
        }
        value => value,
    }
}

/// What a control asks of each subject.
pub(super) fn requirement_in_words(control: &PlannedControl) -> String {
    match &control.requirement {
        Requirement::Expect(check) | Requirement::Share { expect: check, .. } => check.label(),
        Requirement::Attest(question) => question.text.clone(),
        Requirement::Count { .. } => "the number of subjects".to_owned(),
        Requirement::Members { by, relation, .. } => match relation {
            Relation::Equals | Relation::SubsetOf => format!("{} is in the list", by.text),
            Relation::SupersetOf => format!("{} holds the list", by.text),
        },
    }
}

/// Reasons as one sentence without a full stop.
pub(super) fn in_words(reasons: &BTreeSet<Reason>) -> String {
    let words: Vec<String> = reasons.iter().map(Reason::in_brief).collect();
    words.join("; ")
}

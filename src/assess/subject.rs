//! A subject in words: its id and label, the message and the evidence of a finding.

use super::check::Context;
use super::doubt::{self, Doubt};
use super::evidence::{EvidenceField, EvidenceList, EvidenceWriter, Fingerprint, Shared};
use super::sample::Sample;
use super::stale::Awaited;
use super::{Evaluated, Evidence, Finding, Outcome, Reason, tally};
use crate::catalog::{self, DatasetRef, FieldRef};
use crate::control::{Relation, Text};
use crate::plan::{PlannedControl, Requirement};
use crate::snapshot::{Provenance, RecordSource};
use crate::value::{Json, Kind, Number, Projection, Record, Slot, hex};
use jiff::Timestamp;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Subject of a finding on the control itself.
pub const CONTROL_ITSELF: &str = "-";

/// Bytes of a fingerprint.
const FINGERPRINT_BYTES: usize = 8;

/// Different sets of reasons that one thread remembers for one control.
const EXPLAINED_MAX: usize = 1_000;

/// The member of a line that says where its values come from.
const MARK: &str = "_";

/// Reasons of one subject or of many, and what they come to in words.
#[derive(Clone)]
pub(super) struct Explained {
    pub(super) reasons: Shared<[Reason]>,
    message: Shared<str>,
    /// Whether a list or an export that is not there, or not whole, settles them.
    pub(super) waits: bool,
}

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
    /// The message, where it is the same for every subject; what the control asks, where there is no other.
    constant: Shared<str>,
    fingerprints: Fingerprints,
    seed: u64,
    /// Fields of the evidence, tested ones first.
    fields: Arc<[EvidenceField]>,
    writer: RefCell<EvidenceWriter>,
    /// Reasons that findings share.
    explained: RefCell<BTreeMap<Vec<Doubt<'a>>, Explained>>,
    /// Those of the record at hand.
    doubts: RefCell<Vec<Doubt<'a>>>,
    no_reasons: Shared<[Reason]>,
    /// Fields that only exports tell which are not there.
    awaited: BTreeSet<&'static str>,
    /// The field that names the value which subjects are counted by.
    named_by: Option<String>,
}

impl<'a> Describer<'a> {
    pub(super) fn new(
        evaluated: Evaluated<'a>,
        source: &'a dyn RecordSource,
        awaited: &Awaited,
    ) -> Describer<'a> {
        let Evaluated {
            control,
            population,
        } = evaluated;
        let dataset = &population.dataset;
        let manifest = source.manifest();
        let evidence = control.tested.iter().chain(&control.shown);
        let mut wanted: BTreeSet<&str> = evidence.map(FieldRef::name).collect();
        wanted.extend([dataset.label(), MARK]);
        let named_by = match &control.requirement {
            Requirement::Frequency { per, .. } => name_beside(dataset, per.root.name()),
            _ => None,
        };
        wanted.extend(named_by.as_deref());
        if let Some(message) = &control.control.message {
            wanted.extend(message.subject_fields());
        }
        let order = dataset.field_names().into_iter();
        let requirement = || format!("does not meet: {}", requirement_in_words(control));
        let constant = control.control.message.as_ref();
        let constant = constant.filter(|text| text.names().is_empty());
        let constant = constant.and_then(|text| text.render(&Value::Null).ok());
        Describer {
            projection: Projection::new(order.chain([MARK]), wanted),
            slots: RefCell::default(),
            provenance: Origins::new(dataset.name(), source),
            values: control.text_values(),
            constant: constant.unwrap_or_else(requirement).into(),
            fingerprints: Fingerprints::new(&manifest.organization.id, control.id().as_str()),
            seed: super::sample::seed(digest_of(dataset.name(), source), control.id().as_str()),
            fields: evidence_fields(control),
            writer: RefCell::new(EvidenceWriter::new()),
            explained: RefCell::default(),
            doubts: RefCell::default(),
            no_reasons: Vec::new().into(),
            awaited: awaited.fields(dataset),
            named_by: named_by.clone(),
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

    /// The finding on a record that fails.
    pub(super) fn failing(&self, record: Record<'_>) -> Finding {
        self.finding(record, Outcome::Fail, |fields| {
            (self.no_reasons.clone(), self.message(fields))
        })
    }

    /// The finding on a record that is open.
    pub(super) fn open(&self, record: Record<'_>, explained: Explained) -> Finding {
        self.finding(record, Outcome::Unknown, |_| {
            (explained.reasons, explained.message)
        })
    }

    fn finding(
        &self,
        record: Record<'_>,
        outcome: Outcome,
        explain: impl FnOnce(Option<Record<'_>>) -> (Shared<[Reason]>, Shared<str>),
    ) -> Finding {
        let subject = self.id(record);
        self.with_fields(record, |fields| {
            let (reasons, message) = explain(fields);
            Finding {
                fingerprint: self.fingerprints.of(&subject),
                label: self.label_in(fields),
                outcome,
                message,
                evidence: self.evidence(fields),
                reasons,
                subject,
            }
        })
    }

    /// The name of the value that subjects are counted by, as `record` tells it, and the evidence of `record`.
    pub(super) fn counted_by(&self, record: Record<'_>) -> (String, EvidenceList) {
        self.with_fields(record, |fields| {
            let name = self
                .named_by
                .as_deref()
                .and_then(|name| fields?.member(name));
            let name = name.and_then(Json::as_text).map(Cow::into_owned);
            (name.unwrap_or_default(), self.evidence(fields))
        })
    }

    /// What the doubts that `look` finds come to in words; held once however many records have them.
    pub(super) fn explained(
        &self,
        context: Context<'a>,
        look: impl FnOnce(&mut Vec<Doubt<'a>>),
    ) -> Explained {
        let mut doubts = self.doubts.borrow_mut();
        doubts.clear();
        look(&mut doubts);
        doubts.sort_unstable();
        doubts.dedup();
        let mut known = self.explained.borrow_mut();
        if let Some(explained) = known.get(doubts.as_slice()) {
            return explained.clone();
        }
        let dataset = &self.evaluated.population.dataset;
        let reasons = doubt::reasons(&doubts, dataset, context);
        let message = in_words(&reasons).into();
        let reasons = Vec::from_iter(reasons);
        let explained = Explained {
            message,
            waits: tally::waits_for_a_list(self.evaluated, &reasons, context)
                || reasons.iter().any(|reason| is_of(&self.awaited, reason)),
            reasons: reasons.into(),
        };
        if known.len() < EXPLAINED_MAX {
            known.insert(doubts.clone(), explained.clone());
        }
        explained
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
    fn message(&self, fields: Option<Record<'_>>) -> Shared<str> {
        let message = self.evaluated.control.control.message.as_ref();
        let Some(text) = message.filter(|text| !text.names().is_empty()) else {
            return self.constant.clone();
        };
        let filled = text.fill(|name| match name.strip_prefix("subject.") {
            Some(field) => word(fields.and_then(|fields| fields.member(field))),
            None => word_of_value(self.values.get(name)?),
        });
        match filled.or_else(|| self.rendered(text, fields)) {
            Some(message) => message.into(),
            None => self.constant.clone(),
        }
    }

    /// The message, where it takes more than words in their places.
    fn rendered(&self, text: &Text, fields: Option<Record<'_>>) -> Option<String> {
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
        text.render(&Value::Object(values)).ok()
    }

    fn evidence(&self, fields: Option<Record<'_>>) -> EvidenceList {
        let mut writer = self.writer.borrow_mut();
        let marked = marked(fields, self.provenance.as_ref());
        for field in &*self.fields {
            match told(&field.name, fields, marked.as_ref()) {
                None => writer.absent(),
                Some((value, source, collected_at)) => {
                    writer.value(value.text(), source, collected_at);
                }
            }
        }
        writer.finish(&self.fields)
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

/// The field with the name of what a field of ids tells: `actor_name` beside `actor_id`.
fn name_beside(dataset: &DatasetRef, id: &str) -> Option<String> {
    let name = format!("{}_name", id.strip_suffix("_id")?);
    dataset.field(&name).map(|_| name)
}

/// Whether `reason` is that one of `fields` is absent, or something in one.
pub(super) fn is_of(fields: &BTreeSet<&'static str>, reason: &Reason) -> bool {
    let Reason::FieldAbsent { field, .. } = reason else {
        return false;
    };
    let root = field.split(['.', '[']).next();
    root.is_some_and(|root| fields.contains(root))
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
    let told = told(&name, fields, marked(fields, origins).as_ref());
    let present = told.is_some();
    let (value, source, collected_at) = told.map_or_else(
        || (Value::Null, Cow::default(), None),
        |(value, source, collected_at)| (value.to_value(), source, collected_at),
    );
    Evidence {
        field: name,
        value,
        present,
        tested,
        source,
        collected_at,
    }
}

/// What the mark of a record says.
fn marked<'o>(fields: Option<Record<'_>>, origins: Option<&'o Origins<'_>>) -> Option<Marked<'o>> {
    origins?.read(fields?.member(MARK)?)
}

/// The value of the field called `name`, its source and when it came.
fn told<'r>(
    name: &str,
    fields: Option<Record<'r>>,
    marked: Option<&Marked<'_>>,
) -> Option<(Record<'r>, Cow<'static, str>, Option<Timestamp>)> {
    let value = fields?.member(name)?;
    let origin = marked.and_then(|marked| marked.of(name));
    let (source, collected_at) = origin.unwrap_or_default();
    Some((value, source, collected_at))
}

/// Fields of a control's evidence, tested ones first.
fn evidence_fields(control: &PlannedControl) -> Arc<[EvidenceField]> {
    let of = |field: &FieldRef, tested| EvidenceField {
        name: named(field),
        tested,
    };
    let tested = control.tested.iter().map(|field| of(field, true));
    let shown = control.shown.iter().map(|field| of(field, false));
    tested.chain(shown).collect()
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

    /// Reads a record's mark: `[class, n, …]`, of a list `[row]`.
    fn read(&self, mark: Record<'_>) -> Option<Marked<'_>> {
        let number = |value: Record<'_>| value.text().parse::<usize>().ok();
        let mut numbers = mark.elements();
        let first = number(numbers.next()?)?;
        match self {
            Origins::Rows(file) => Some(Marked::Row(format!("{file}, row {first}"))),
            Origins::Responses(classes) => {
                let (sources, fields) = classes.get(first)?;
                Some(Marked::Responses {
                    sources,
                    fields,
                    numbers: numbers.map(number).collect(),
                })
            }
        }
    }
}

/// What the mark of one record says.
enum Marked<'o> {
    /// The row of a file.
    Row(String),
    /// Its sources, the place of the one that gave a field if it was not the first, and of each source the
    /// number of its response.
    Responses {
        sources: &'o [OriginSource<'o>],
        fields: &'o BTreeMap<String, usize>,
        numbers: Vec<Option<usize>>,
    },
}

impl Marked<'_> {
    /// Source of `field` and the arrival of its response.
    fn of(&self, field: &str) -> Option<(Cow<'static, str>, Option<Timestamp>)> {
        let (sources, fields, numbers) = match self {
            Marked::Row(row) => return Some((row.clone().into(), None)),
            Marked::Responses {
                sources,
                fields,
                numbers,
            } => (sources, fields, numbers),
        };
        let place = fields.get(field).copied().unwrap_or(0);
        let source = sources.get(place)?;
        let response = numbers.get(place).copied().flatten();
        let row = response.and_then(|n| {
            let n = u64::try_from(n).ok()?;
            source.provenance.row_in_words(&source.name, n)
        });
        if let Some(row) = row {
            return Some((row.into(), None));
        }
        let collected_at = response
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

    fn of(&self, subject: &str) -> Fingerprint {
        let mut digest = self.0.clone();
        digest.update(subject);
        Fingerprint::of(&hex(&digest.finalize()[..FINGERPRINT_BYTES]))
            .expect("two digits for each byte")
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
        message: message.into(),
        evidence: evidence.into(),
        reasons: reasons.into(),
    }
}

/// The same for organisation, control and subject in every run: 16 hexadecimal digits.
pub fn fingerprint(organization: &str, control: &str, subject: &str) -> Fingerprint {
    Fingerprints::new(organization, control).of(subject)
}

/// A value as [`in_text`] shows it in a message; `None` if that takes more than to copy it.
fn word(value: Option<Record<'_>>) -> Option<Cow<'_, str>> {
    let Some(value) = value else {
        return Some("not known".into());
    };
    match value.kind() {
        Kind::Null => Some("none".into()),
        Kind::Text => value.as_text(),
        Kind::Boolean => Some(value.text().into()),
        Kind::Number => match value.as_number()? {
            Number::Integer(_) => Some(value.text().into()),
            Number::Float(_) => None,
        },
        Kind::Array => {
            let words: Option<Vec<_>> = value.elements().map(Json::as_text).collect();
            Some(words?.join(", ").into())
        }
        Kind::Object => None,
    }
}

/// The same of a parameter's value.
fn word_of_value(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.into()),
        Value::Bool(_) => Some(value.to_string().into()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string().into()),
        _ => None,
    }
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
        Requirement::Frequency { per, .. } => {
            format!("the number of subjects for each {}", per.text)
        }
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

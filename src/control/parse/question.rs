//! `attest`: a question that a person answers, since no API tells.

use super::condition::Conditions;
use super::names::dollar_word;
use super::texts::{TextKind, Texts};
use crate::control::{
    Answer, ChangeEvent, EvidenceFile, Question, Requirement, ScalarType, Span, Text,
};
use crate::diagnostic::Problem;
use crate::diagnostic::reader::Reader;
use crate::diagnostic::yaml::{Entry, Kind, Node};
use crate::value::Duration;

/// Keys that speak of records, and so have no place beside `attest`.
pub(in crate::control) const OF_RECORDS: [&str; 9] = [
    "let",
    "population",
    "period",
    "where",
    "exclude",
    "share",
    "on_empty",
    "message",
    "evidence",
];

/// How long an answer counts unless the control says otherwise.
const VALID_FOR: &str = "365d";
/// Minutes that an answer takes unless the control says otherwise.
const MINUTES: u32 = 10;
/// Minutes that an answer may take: a working day.
pub(in crate::control) const MINUTES_MAX: u32 = 480;

/// Keys that speak of records say nothing where a person answers.
pub(super) fn refuse_records(reader: &mut Reader, root: &Node, attest: &Entry) {
    let entries = root.entries().unwrap_or_default();
    for entry in entries
        .iter()
        .filter(|entry| OF_RECORDS.contains(&entry.key.as_str()))
    {
        reader.push(
            Problem::new(
                "control::attest",
                format!("`{}` says nothing beside `attest`", entry.key),
                entry.key_place(),
                "cannot apply",
            )
            .and_at(
                attest.key_place(),
                "a person answers, and no record is looked at",
            )
            .help("remove it, or make two controls"),
        );
    }
}

/// `attest: { question, answer_expected, guide, evidence_file, valid_for, stale_after, minutes }`.
pub(super) fn read_question(conditions: &mut Conditions<'_>, node: &Node) -> Option<Requirement> {
    const KEYS: &[&str] = &[
        "question",
        "answer_expected",
        "guide",
        "evidence_file",
        "valid_for",
        "stale_after",
        "minutes",
    ];
    const ANSWERS: [(&str, Answer); 2] = [("yes", Answer::Yes), ("no", Answer::No)];
    const FILES: [(&str, EvidenceFile); 2] = [
        ("required", EvidenceFile::Required),
        ("optional", EvidenceFile::Optional),
    ];
    let map = conditions.reader.map(node, "`attest`", KEYS)?;
    let question = conditions.reader.required(
        map,
        "question",
        "ask what a person can answer with yes or no",
    );
    let mut text = |node: Option<&Node>| match node {
        Some(node) => {
            let texts = Texts::of_parameters(&conditions.names.parameters);
            texts.read(conditions.reader, node, TextKind::Plain)
        }
        None => Some(Text::empty()),
    };
    let (question, guide) = (text(question), text(map.get("guide")));
    // What a question names decides what a person is asked, as a condition decides about records.
    for name in [&question, &guide]
        .into_iter()
        .flatten()
        .flat_map(Text::names)
    {
        let known = &conditions.names.parameters;
        conditions
            .names
            .parameters_used
            .extend(known.iter().position(|parameter| parameter.name == *name));
    }
    let expected = match map.get("answer_expected") {
        Some(node) => conditions.reader.word(node, "answer", &ANSWERS),
        None => Some(Answer::Yes),
    };
    let file = match map.get("evidence_file") {
        Some(node) => conditions.reader.word(node, "rule for a file", &FILES),
        None => Some(EvidenceFile::Optional),
    };
    let valid_for = match map.get("valid_for") {
        Some(node) => read_valid_for(conditions, node),
        None => VALID_FOR.parse().ok().map(Span::Duration),
    };
    let stale_after = match map.get("stale_after") {
        Some(node) => read_stale_after(conditions.reader, node),
        None => Vec::new(),
    };
    let minutes = match map.get("minutes") {
        Some(node) => read_minutes(conditions.reader, node),
        None => Some(MINUTES),
    };
    map.get("question")?;
    Some(Requirement::Attest(Question {
        text: question?,
        expected: expected?,
        guide: guide?,
        file: file?,
        valid_for: valid_for?,
        stale_after,
        minutes: minutes?,
    }))
}

/// `stale_after: [Authentication policy modified, { action: org_settings_update, setting: X }]`.
fn read_stale_after(reader: &mut Reader, node: &Node) -> Vec<ChangeEvent> {
    const HELP: &str = "write a list of actions of the audit log, by id or name: `[Authentication policy modified]`, or \
                        `[{ action: org_settings_update, setting: AuthenticationPolicy }]`";
    let mut events = Vec::new();
    let elements = reader.list(node, HELP).unwrap_or_default();
    if elements.is_empty() && matches!(node.kind, Kind::List(_)) {
        reader.wrong_type(node, "a list that is not empty", HELP);
    }
    for element in elements {
        let (action, setting) = match &element.kind {
            Kind::Map(_) => {
                let Some(map) = reader.map(element, "a change", &["action", "setting"]) else {
                    continue;
                };
                let action = reader.required(map, "action", HELP);
                let setting = map.get("setting").and_then(|node| reader.text(node));
                (action, setting.map(|text| text.trim().to_owned()))
            }
            _ => (Some(element), None),
        };
        let action = action.and_then(|node| reader.text(node));
        events.extend(action.map(|action| ChangeEvent {
            action: action.trim().to_owned(),
            setting,
        }));
    }
    events
}

/// Minutes that an answer takes.
fn read_minutes(reader: &mut Reader, node: &Node) -> Option<u32> {
    let minutes = reader.whole(node)?;
    let fits = u32::try_from(minutes).ok();
    let fits = fits.filter(|minutes| (1..=MINUTES_MAX).contains(minutes));
    if fits.is_none() {
        let help = format!("write 1 to {MINUTES_MAX}");
        reader.wrong_type(node, "a number of minutes", &help);
    }
    fits
}

fn read_valid_for(conditions: &mut Conditions<'_>, node: &Node) -> Option<Span> {
    if let Some(word) = dollar_word(node) {
        let wanted = ScalarType::Duration;
        let index = conditions.names.parameter_of_type(
            conditions.reader,
            node,
            word,
            wanted,
            "a time that an answer counts",
        )?;
        return Some(Span::Parameter(index));
    }
    let span = node
        .as_text()
        .and_then(|text| text.parse::<Duration>().ok());
    if span.is_none() {
        conditions
            .reader
            .wrong_type(node, "a span of time", "write days or hours: `90d`, `12h`");
    }
    span.map(Span::Duration)
}

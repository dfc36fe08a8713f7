//! What people of the organisation attest, and what each question must therefore conclude.
//!
//! The answers are to the built-in questions, in the order of their ids. A variant spoils them the way real ones are
//! spoilt. What a question must conclude is told here from the same cases, and from the log as the world has it.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value};

use super::audit_log::{ACTIONS, Happening};
use super::world::World;
use crate::control::{self, Answer, Control, Question, Requirement, Span};
use crate::value::sha256_hex;

/// Days between an old answer and the moment of the organisation.
const OLD_DAYS: i64 = 60;
/// Days between an answer that has expired under any control and the moment of the organisation.
const EXPIRED_DAYS: i64 = 800;

/// Who answers, and who looks at the answers.
const ANSWERER: &str = "Tomas Lind";
const REVIEWER: &str = "Nadia Farouk";

/// How the answers are spoilt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PeopleVariant {
    /// Not at all: every question answered an hour ago, by one person, reviewed by another.
    #[default]
    Fresh,
    /// Every answer is old: some have expired, others are older than a change of what they speak of.
    Stale,
    /// An older answer, still in force, says otherwise.
    Conflicting,
    /// Some are begun and not ended, others never begun.
    Incomplete,
    /// A question in each state.
    Mixed,
    /// Every answer reviewed by whoever gave it: they are refused.
    SelfReviewed,
}

/// Every variant by its name, with what it is for.
pub const PEOPLE_VARIANTS: &[(&str, &str, PeopleVariant)] = &[
    (
        "fresh",
        "every question answered an hour ago",
        PeopleVariant::Fresh,
    ),
    (
        "stale",
        "expired, or older than a change",
        PeopleVariant::Stale,
    ),
    (
        "conflicting",
        "an older answer in force says otherwise",
        PeopleVariant::Conflicting,
    ),
    (
        "incomplete",
        "begun and not ended, or never begun",
        PeopleVariant::Incomplete,
    ),
    ("mixed", "a question in each state", PeopleVariant::Mixed),
    (
        "self-reviewed",
        "reviewed by whoever answered: refused",
        PeopleVariant::SelfReviewed,
    ),
];

/// One file, below the folder of attestations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeopleFile {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What a question must conclude.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct AttestedTruth {
    /// How the answer stands: `pending`, `valid`, `expiring`, `expired`, `stale`.
    pub state: &'static str,
    /// `pass`, `fail` or `unknown`, where the organisation is known to have every plan.
    pub outcome: &'static str,
}

/// How one question was answered.
#[derive(Clone, Copy)]
enum Case {
    Met,
    NotMet,
    Differing,
    Old,
    Expired,
    Begun,
    Never,
}

impl PeopleVariant {
    /// Whether such answers are refused before anything is assessed.
    pub fn is_refused(self) -> bool {
        self == PeopleVariant::SelfReviewed
    }

    /// The case of the question at this place.
    fn case(self, place: usize) -> Case {
        match self {
            PeopleVariant::Fresh if place % 7 == 6 => Case::NotMet,
            PeopleVariant::Fresh | PeopleVariant::SelfReviewed => Case::Met,
            PeopleVariant::Stale if place % 2 == 1 => Case::Expired,
            PeopleVariant::Stale => Case::Old,
            PeopleVariant::Conflicting => Case::Differing,
            PeopleVariant::Incomplete => [Case::Begun, Case::Never, Case::Met][place % 3],
            PeopleVariant::Mixed => [
                Case::Met,
                Case::Begun,
                Case::Old,
                Case::Differing,
                Case::Expired,
                Case::NotMet,
                Case::Never,
            ][place % 7],
        }
    }
}

/// A built-in control that asks a person, and what it asks with parameters at their defaults.
struct Asked {
    control: Control,
    question: Question,
    text: String,
}

/// The built-in controls that ask a person, in the order of their ids.
fn questions() -> Vec<Asked> {
    let (controls, _) = control::load(&control::builtin());
    controls
        .into_iter()
        .filter_map(|control| match &control.requirement {
            Requirement::Attest(question) => {
                let question = question.clone();
                let defaults: Map<String, Value> = control
                    .parameters
                    .iter()
                    .filter_map(|parameter| {
                        Some((parameter.name.clone(), parameter.default.clone()?))
                    })
                    .collect();
                let text = question.text.render(&Value::Object(defaults)).ok()?;
                Some(Asked {
                    text: text.split_whitespace().collect::<Vec<_>>().join(" "),
                    control,
                    question,
                })
            }
            _ => None,
        })
        .collect()
}

/// What people attest: a file for each answer, and the evidence that it names.
pub fn attestations(world: &World, variant: PeopleVariant) -> Vec<PeopleFile> {
    let mut files = Vec::new();
    for (place, asked) in questions().iter().enumerate() {
        let mut add = |days: i64, is_met: bool, is_whole: bool| {
            let reviewer = match (is_whole, variant) {
                (false, _) => "",
                (true, PeopleVariant::SelfReviewed) => ANSWERER,
                (true, _) => REVIEWER,
            };
            files.extend(answer(world, asked, days, is_met, reviewer));
        };
        match variant.case(place) {
            Case::Met => add(0, true, true),
            Case::NotMet => add(0, false, true),
            Case::Differing => {
                add(0, true, true);
                add(2, false, true);
            }
            Case::Old => add(OLD_DAYS, true, true),
            Case::Expired => add(EXPIRED_DAYS, true, true),
            Case::Begun => add(0, true, false),
            Case::Never => {}
        }
    }
    files
}

/// An answer of `days` and an hour ago, with its evidence.
fn answer(
    world: &World,
    asked: &Asked,
    days: i64,
    is_met: bool,
    reviewer: &str,
) -> [PeopleFile; 2] {
    let at = answered_at(world, days);
    let answer = match (asked.question.expected, is_met) {
        (Answer::Yes, true) | (Answer::No, false) => Answer::Yes,
        (Answer::Yes, false) | (Answer::No, true) => Answer::No,
    };
    let id = &asked.control.id;
    let day = at.strftime("%Y-%m-%d");
    let evidence =
        format!("what the console of the made-up organisation shows for {id} on {day}\n");
    let text = format!(
        "control: {id}\n\
         question: {}\n\
         answer: {}\n\
         statement: Looked at in the console of the made-up organisation; the page shows it.\n\
         evidence_file: evidence/{id}-{day}.txt\n\
         evidence_sha256: {}\n\
         attested_by: {ANSWERER}\n\
         reviewed_by: {reviewer}\n\
         attested_on: {}\n",
        // JSON text is YAML text.
        Value::from(asked.text.as_str()),
        answer.word(),
        sha256_hex(evidence.as_bytes()),
        at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    );
    [
        PeopleFile {
            name: format!("{id}-{day}.yaml"),
            text,
        },
        PeopleFile {
            name: format!("evidence/{id}-{day}.txt"),
            text: evidence,
        },
    ]
}

fn answered_at(world: &World, days: i64) -> Timestamp {
    let hours = days * 24 + 1;
    world
        .as_of
        .checked_sub(hours.hours())
        .unwrap_or(Timestamp::MIN)
}

/// What every built-in question must conclude on those answers at the world's moment, by id of the control, where the
/// whole log was collected and the organisation is known to have every plan. Answers that are refused conclude nothing.
pub fn attested_truth(world: &World, variant: PeopleVariant) -> BTreeMap<String, AttestedTruth> {
    let truth = |(place, asked): (usize, Asked)| {
        let Asked {
            control, question, ..
        } = asked;
        let counts_for = days_of(&control, &question);
        let at_age = |days: i64, outcome: &'static str| {
            let Some(counts_for) = counts_for else {
                return ("pending", "unknown");
            };
            let at = answered_at(world, days);
            let day = |time: Timestamp| time.to_zoned(TimeZone::UTC).date();
            let age = day(at)
                .until(day(world.as_of))
                .map_or(0, |span| span.get_days());
            let left = counts_for - i64::from(age);
            match left {
                ..0 => ("expired", "unknown"),
                _ if is_changed_since(world, &question, at) => ("stale", "unknown"),
                0..=30 => ("expiring", outcome),
                _ => ("valid", outcome),
            }
        };
        let (state, outcome) = match variant.case(place) {
            Case::Met | Case::Differing => at_age(0, "pass"),
            Case::NotMet => at_age(0, "fail"),
            Case::Old => at_age(OLD_DAYS, "pass"),
            Case::Expired => ("expired", "unknown"),
            Case::Begun | Case::Never => ("pending", "unknown"),
        };
        (control.id.to_string(), AttestedTruth { state, outcome })
    };
    questions().into_iter().enumerate().map(truth).collect()
}

/// Days that an answer counts, with parameters at their defaults.
fn days_of(control: &Control, question: &Question) -> Option<i64> {
    let span = match question.valid_for {
        Span::Duration(span) => span,
        Span::Parameter(place) => {
            let default = control.parameters.get(place)?.default.as_ref()?;
            default.as_str()?.parse().ok()?
        }
    };
    Some(i64::from(span.hours() / 24))
}

/// Whether the log tells of a change that `question` names, since `moment`.
fn is_changed_since(world: &World, question: &Question, moment: Timestamp) -> bool {
    let titles = |id: &str| {
        let action = ACTIONS.iter().find(|action| action.id == id);
        action.map(|action| action.title)
    };
    world.events().any(|event| {
        let id = event.what.action();
        event.time >= moment
            && question.stale_after.iter().any(|change| {
                let is_action = change.action == id || titles(id) == Some(change.action.as_str());
                let is_setting = match (&change.setting, &event.what) {
                    (None, _) => true,
                    (Some(setting), Happening::SettingUpdated(name, _)) => setting == name,
                    (Some(_), _) => false,
                };
                is_action && is_setting
            })
    })
}

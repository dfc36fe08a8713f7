//! Answers of people, in the words of every format.

use crate::assess::{Assessment, AttestationState, AttestationUse, ControlAssessment, Note};
use crate::control::Answer;
use crate::report::text;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AttestationView {
    /// What people call its control: the code, or the id.
    pub reference: String,
    /// Anchor of the control's section; empty if the report has none.
    pub anchor: String,
    /// How it stands, as a word.
    pub state: &'static str,
    /// Why, where the word does not say it; names nobody.
    pub detail: String,
    /// Whether it concludes its control.
    pub in_force: bool,
    /// The answer, or of how many policies it tells; `–` if there is none yet.
    pub answer: String,
    /// What was found. It may name people, as the next two do.
    pub statement: String,
    /// Who answers; empty if nobody is named.
    pub attested_by: String,
    /// Who looked at it too; empty if nobody is named.
    pub reviewed_by: String,
    /// The day, or the time, of the answer; empty if there is none.
    pub attested_on: String,
    /// The last day on which it counts; empty if there is none.
    pub counts_until: String,
    /// Name of the file of evidence; empty if there is none.
    pub evidence: String,
    /// SHA-256 of it.
    pub evidence_sha256: String,
    /// Where it is written.
    pub written: String,
    /// SHA-256 of that file.
    pub sha256: String,
}

/// What a person has to do to answer a control's question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuestionView {
    /// The question.
    pub question: Vec<String>,
    /// Where to look and what to keep; may be empty.
    pub guide: Vec<String>,
    /// The command that begins an answer.
    pub command: String,
    /// How long it takes: `about 3 minutes`.
    pub minutes: String,
}

impl AttestationView {
    fn new(used: &AttestationUse, assessment: &Assessment) -> AttestationView {
        let statement = &used.statement;
        let control = assessment
            .controls
            .iter()
            .find(|control| control.id == statement.control);
        let name = |name: &Option<String>| name.as_deref().map(text::flowing).unwrap_or_default();
        AttestationView {
            reference: text::line(
                control
                    .and_then(|control| control.code.as_deref())
                    .unwrap_or(&statement.control),
            ),
            anchor: control.map_or_else(String::new, |control| format!("control-{}", control.id)),
            state: used.state.word(),
            detail: match statement.policies {
                Some(_) if used.state.is_in_force() => policy_changes(used, assessment),
                _ => detail(used, control, assessment.as_of),
            },
            in_force: used.state.is_in_force(),
            answer: match &statement.policies {
                Some(told) => text::counted(told.policies.len() as u64, "policy", "policies"),
                None => statement.answer.map_or("–", Answer::word).to_owned(),
            },
            statement: name(&statement.statement),
            attested_by: name(&statement.attested_by),
            reviewed_by: name(&statement.reviewed_by),
            attested_on: match statement.attested_at {
                Some(time) => text::instant(time),
                None => statement.attested_on.map(day).unwrap_or_default(),
            },
            counts_until: used.counts_until.map(day).unwrap_or_default(),
            evidence: statement
                .evidence
                .as_ref()
                .map(|file| text::line(&file.file))
                .unwrap_or_default(),
            evidence_sha256: statement
                .evidence
                .as_ref()
                .map(|file| text::line(&file.sha256))
                .unwrap_or_default(),
            written: format!("{} line {}", text::line(&statement.file), statement.line),
            sha256: text::line(&statement.sha256),
        }
    }
}

/// Every answer, in the order of the assessment.
pub fn attestations(assessment: &Assessment) -> Vec<AttestationView> {
    let uses = assessment.attestations.iter();
    uses.map(|used| AttestationView::new(used, assessment))
        .collect()
}

/// What `control` asks a person, if it does.
pub fn question(control: &ControlAssessment) -> Option<QuestionView> {
    let question = control.question.as_ref()?;
    let name = text::line(control.code.as_deref().unwrap_or(&control.id));
    let file = match question.file_required {
        true => " --evidence FILE",
        false => "",
    };
    Some(QuestionView {
        question: text::paragraphs(&question.text),
        guide: text::paths(&question.guide),
        command: format!(
            "tickmark attestations new {}{file}",
            text::shell_word(&name)
        ),
        minutes: format!(
            "about {}",
            text::counted(question.minutes.into(), "minute", "minutes")
        ),
    })
}

fn day(day: Date) -> String {
    day.strftime("%-d %b %Y").to_string()
}

/// What the audit log leaves open after an attestation of policies that would count.
fn policy_changes(used: &AttestationUse, assessment: &Assessment) -> String {
    let mut told = assessment.policy_changes.iter();
    let changes = told.find(|changes| changes.sha256 == used.statement.sha256);
    let Some(changes) = changes else {
        return String::new();
    };
    match (changes.why_stale(), changes.unseen.as_slice()) {
        (Some(why), _) => text::flowing(&why),
        (None, []) => String::new(),
        (None, unseen) => format!(
            "changes after it could not be looked for: {}",
            text::flowing(&unseen.join("; "))
        ),
    }
}

/// Why an answer stands as it does, and what could not be looked for where it counts.
fn detail(used: &AttestationUse, control: Option<&ControlAssessment>, as_of: Timestamp) -> String {
    match &used.state {
        AttestationState::Pending if used.statement.lacks.is_empty() => {
            "how long it counts is not set".to_owned()
        }
        AttestationState::Pending => format!("lacks {}", used.statement.lacks.join(", ")),
        AttestationState::Stale { change } => format!(
            "{}: {} (event {}) came after it",
            text::instant(change.at),
            text::flowing(change.action_name.as_deref().unwrap_or(&change.action)),
            text::line(&change.event),
        ),
        AttestationState::OtherQuestion => format!(
            "answers another question: {}",
            text::flowing(used.statement.question.as_deref().unwrap_or_default())
        ),
        AttestationState::Superseded => "there is a newer answer".to_owned(),
        AttestationState::Later if used.statement.is_later_than(as_of) => {
            "given after the point in time of this test".to_owned()
        }
        AttestationState::Later => {
            "of a day that had begun only east of UTC at the point in time of this test, and an \
                                    older answer says otherwise"
                .to_owned()
        }
        AttestationState::NotAsked => "no control of this report asks for it".to_owned(),
        AttestationState::Valid | AttestationState::Expiring => {
            let notes = control.map_or(&[][..], |control| &control.notes);
            let unseen: Vec<String> = notes
                .iter()
                .filter_map(|note| match note {
                    Note::ChangesUnseen { detail } => Some(text::flowing(detail)),
                    _ => None,
                })
                .collect();
            match unseen.is_empty() {
                true => String::new(),
                false => format!(
                    "changes after it could not be looked for: {}",
                    unseen.join("; ")
                ),
            }
        }
        AttestationState::Expired => String::new(),
    }
}

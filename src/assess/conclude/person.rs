//! What a person's answer comes to: only one that is in force concludes.

use super::statement::unset_parameters;
use crate::assess::answers::Judged;
use crate::assess::subject::{self, CONTROL_ITSELF};
use crate::assess::{AttestationState, Evidence, Finding, Note, Outcome, Reason};
use crate::control::Answer;
use crate::plan::{PlannedControl, Requirement};
use crate::snapshot::Manifest;
use serde_json::Value;

/// What the answer that decides comes to. Only one that is in force concludes; everything else is a reason why not.
pub(super) fn answered(control: &PlannedControl, judged: &Judged) -> (Outcome, Vec<Reason>) {
    let Requirement::Attest(question) = &control.requirement else {
        return (Outcome::Unknown, unset_parameters(control));
    };
    let mut reasons = unset_parameters(control);
    let id = control.id().as_str();
    let (text, guide) = (question.text.clone(), question.guide.clone());
    let Some(used) = judged.deciding.get(id).map(|place| &judged.uses[*place]) else {
        let in_state = |state: &AttestationState| {
            let mut uses = judged.uses.iter();
            uses.find(|used| used.statement.control == id && used.state == *state)
        };
        let later = in_state(&AttestationState::Later);
        let begun = in_state(&AttestationState::Pending).filter(|_| later.is_none());
        let other = in_state(&AttestationState::OtherQuestion)
            .filter(|_| later.is_none() && begun.is_none());
        let later = later.map(|later| &later.statement);
        reasons.push(
            match (
                later.and_then(|later| Some((later, later.attested_on?))),
                other,
            ) {
                (Some((later, attested_on)), _) => Reason::AttestationLater {
                    question: text,
                    guide,
                    attested_on,
                    attested_at: later.attested_at,
                },
                (None, Some(other)) => Reason::AttestationOtherQuestion {
                    question: text,
                    guide,
                    answered: other.statement.question.clone().unwrap_or_default(),
                },
                (None, None) => Reason::AttestationPending {
                    question: text,
                    guide,
                    lacks: begun.map_or_else(Vec::new, |begun| begun.statement.lacks.clone()),
                },
            },
        );
        return (Outcome::Unknown, reasons);
    };
    let statement = &used.statement;
    match (&used.state, statement.attested_on, used.counts_until) {
        (AttestationState::Expired, _, Some(counted_until)) => {
            reasons.push(Reason::AttestationExpired {
                question: text,
                guide,
                counted_until,
            });
        }
        (AttestationState::Stale { change }, Some(attested_on), _) => {
            reasons.push(Reason::AttestationStale {
                question: text,
                guide,
                attested_on,
                change: change.clone(),
            });
        }
        (AttestationState::Valid | AttestationState::Expiring, _, _) => {
            let doubts = judged.looked.get(id).into_iter();
            // Whoever may not read the log cannot show that nothing was changed.
            let doubts = doubts.flat_map(|looked| looked.doubts.union(&looked.refused).cloned());
            reasons.extend(doubts.map(|detail| Reason::ChangesUndecided { detail }));
            // A newer "no" that nobody has reviewed proves nothing, and leaves no older "yes" beyond doubt.
            let begun = judged.doubted_by.get(id);
            let begun = begun.filter(|_| statement.answer == Some(question.expected));
            reasons.extend(begun.map(|place| Reason::AttestationPending {
                question: text,
                guide,
                lacks: judged.uses[*place].statement.lacks.clone(),
            }));
        }
        // What has no day, or counts for a span that is not set, concludes nothing.
        _ => reasons.push(Reason::AttestationPending {
            question: text,
            guide,
            lacks: statement.lacks.clone(),
        }),
    }
    // INVARIANT (no pass on missing evidence): nothing was missing of an answer in force.
    let outcome = match statement.answer {
        Some(answer) if reasons.is_empty() && used.state.is_in_force() => {
            if answer == question.expected {
                Outcome::Pass
            } else {
                Outcome::Fail
            }
        }
        _ => Outcome::Unknown,
    };
    (outcome, reasons)
}

/// The finding of a control whose answer is not the one that meets it. It names nobody.
pub(super) fn answered_otherwise(
    control: &PlannedControl,
    judged: &Judged,
    manifest: &Manifest,
) -> Finding {
    let place = judged.deciding.get(control.id().as_str());
    let statement = place.map(|place| &judged.uses[*place].statement);
    let answer = statement.and_then(|statement| statement.answer);
    let word = |answer: Option<Answer>| answer.map_or("", Answer::word);
    let expected = match &control.requirement {
        Requirement::Attest(question) => Some(question.expected),
        _ => None,
    };
    let text = |text: Option<String>| text.map_or(Value::Null, Value::from);
    let day = statement.and_then(|statement| statement.attested_on);
    let file = statement.and_then(|statement| statement.evidence.as_ref());
    subject::on_control(
        control,
        &manifest.organization.id,
        CONTROL_ITSELF,
        Outcome::Fail,
        format!(
            "answered {}; the answer that meets the requirement is {}",
            word(answer),
            word(expected)
        ),
        vec![
            Evidence::answered(
                "answer",
                text(answer.map(|answer| answer.word().to_owned())),
            ),
            Evidence::answered("attested_on", text(day.map(|day| day.to_string()))),
            Evidence::answered(
                "evidence_sha256",
                text(file.map(|file| file.sha256.clone())),
            ),
        ],
        Vec::new(),
    )
}

/// What a reader has to know beside the answer that decides.
pub(super) fn noted(control: &PlannedControl, judged: &Judged) -> Vec<Note> {
    let Some(place) = judged.deciding.get(control.id().as_str()) else {
        return Vec::new();
    };
    let used = &judged.uses[*place];
    if !used.state.is_in_force() {
        return Vec::new();
    }
    let looked = judged.looked.get(control.id().as_str()).into_iter();
    let unseen = looked.flat_map(|looked| looked.unseen.iter().cloned());
    let unseen = unseen.map(|detail| Note::ChangesUnseen { detail });
    let differ = judged.uses.iter().filter_map(|older| {
        let is_older = older.statement.control == used.statement.control
            && older.state == AttestationState::Superseded
            && older.counts_until >= used.statement.attested_on
            && older.statement.answer != used.statement.answer;
        let attested_on = older.statement.attested_on.filter(|_| is_older)?;
        Some(Note::AnswersDiffer {
            attested_on,
            answer: older.statement.answer?,
        })
    });
    unseen.chain(differ).collect()
}

impl Evidence {
    /// A value of a person's answer.
    fn answered(field: &'static str, value: Value) -> Evidence {
        Evidence {
            present: !value.is_null(),
            source: "attestation".into(),
            ..Evidence::computed(field, value)
        }
    }
}

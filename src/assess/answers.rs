//! Answers of people, judged at a point in time: which of them counts for which control.

use super::changes::{Looked, Watch, look};
use super::check::Context;
use super::standing::{AttestationState, AttestationUse, EXPIRING_DAYS};
use super::{AssessError, Evaluated};
use crate::control::OrganizationPlan;
use crate::import;
use crate::plan::{Plan, Question, Requirement};
use crate::snapshot::{AnswerStatement, Manifest, RecordSource};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeMap;

/// The answers, judged.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// Every answer, in the order given.
    pub(super) uses: Vec<AttestationUse>,
    /// Place in `uses` of the one that decides, by id of the control.
    pub(super) deciding: BTreeMap<String, usize>,
    /// Place in `uses` of an answer that says otherwise than the one that decides, is not older, and is not filled in to
    /// the end; by id of the control.
    pub(super) doubted_by: BTreeMap<String, usize>,
    /// What the audit log says to the one that decides, by id of the control.
    pub(super) looked: BTreeMap<String, Looked>,
}

/// Judges the answers beside `source`. How those stand that tell of policies was `attested` before records were read.
///
/// # Errors
/// The snapshot cannot be read or was changed.
pub(super) fn judge(
    plan: &Plan,
    source: &dyn RecordSource,
    manifest: &Manifest,
    attested: &BTreeMap<usize, AttestationState>,
    context: Context<'_>,
) -> Result<Judged, AssessError> {
    let (as_of, organization_plan) = (context.as_of, context.organization_plan);
    let mut judged = Judged::default();
    let questions: BTreeMap<&str, &Question> = plan
        .controls
        .iter()
        // While nobody says the plan, an answer stands as it would with it; the control stays unknown.
        .filter(|planned| {
            organization_plan.is_none() || Evaluated::has_plan(planned, organization_plan)
        })
        .filter_map(|planned| match &planned.requirement {
            Requirement::Attest(question) => Some((planned.id().as_str(), question)),
            _ => None,
        })
        .collect();
    let mut watches = Vec::new();
    for (place, answer) in source.answers().iter().enumerate() {
        if let Some(state) = attested.get(&place) {
            judged.uses.push(AttestationUse {
                statement: answer.clone(),
                counts_until: import::last_day_of_policies(answer),
                state: state.clone(),
            });
            continue;
        }
        let question = questions.get(answer.control.as_str());
        let mut state = standing(answer, question.copied(), as_of);
        let is_dated = answer.is_complete() && !answer.is_later_than(as_of);
        let asked = question.filter(|question| is_dated && import::is_answer_to(answer, question));
        if let Some(question) = asked {
            // The newest stands first; what is older no longer decides, but for one that stands against an answer of
            // which nobody can tell whether it was given in time.
            let newer = judged.deciding.get(&answer.control).copied();
            let decides = match newer.map(|newer| &mut judged.uses[newer]) {
                None => true,
                Some(newer) => {
                    let is_against = newer.statement.may_be_later_than(as_of)
                        && state.is_in_force()
                        && answer.answer != Some(question.expected)
                        && answer.answer != newer.statement.answer;
                    if is_against {
                        newer.state = AttestationState::Later;
                    }
                    is_against
                }
            };
            match decides {
                true => {
                    judged.deciding.insert(answer.control.clone(), place);
                }
                false => state = AttestationState::Superseded,
            }
        }
        judged.uses.push(AttestationUse {
            statement: answer.clone(),
            counts_until: question.and_then(|question| import::last_day(answer, question)),
            state,
        });
    }
    judged.doubted_by = doubts(&judged, &questions, as_of);
    for (control, place) in &judged.deciding {
        let used = &judged.uses[*place];
        let question = questions.get(control.as_str()).copied();
        watches.extend(watch(&source.answers()[*place], &used.state, question));
    }
    let found = look(
        &watches.iter().map(|(_, watch)| watch).collect::<Vec<_>>(),
        source,
        manifest,
        as_of,
    )?;
    let controls = watches.iter().map(|(control, _)| (*control).to_owned());
    for (control, mut looked) in controls.zip(found) {
        // An organisation that is said to have no plan has no log that could tell of a change.
        if organization_plan == Some(OrganizationPlan::NoGuard) {
            looked.unseen.append(&mut looked.refused);
        }
        if let (Some(change), Some(place)) = (&looked.first, judged.deciding.get(&control)) {
            judged.uses[*place].state = AttestationState::Stale {
                change: change.clone(),
            };
        }
        judged.looked.insert(control, looked);
    }
    Ok(judged)
}

/// Answers that do not count yet, each of which says that the one that decides may no longer be true.
fn doubts(
    judged: &Judged,
    questions: &BTreeMap<&str, &Question>,
    as_of: Timestamp,
) -> BTreeMap<String, usize> {
    let doubts = |deciding: &AnswerStatement, begun: &AttestationUse| {
        let statement = &begun.statement;
        let is_to_it = questions
            .get(statement.control.as_str())
            .is_some_and(|question| {
                statement.question.is_none() || import::is_answer_to(statement, question)
            });
        statement.control == deciding.control
            && begun.state == AttestationState::Pending
            && is_to_it
            && statement.answer.is_some_and(|answer| Some(answer) != deciding.answer)
            && !statement.is_later_than(as_of)
            // One without a day was begun nobody knows when.
            && (statement.attested_on.is_none() || statement.attested_on >= deciding.attested_on)
    };
    let found = judged.deciding.iter().filter_map(|(control, place)| {
        let deciding = &judged.uses[*place].statement;
        let begun = |used: &AttestationUse| doubts(deciding, used);
        Some((control.clone(), judged.uses.iter().position(begun)?))
    });
    found.collect()
}

/// What to look for in the audit log for an answer that would count.
fn watch<'p>(
    answer: &'p AnswerStatement,
    state: &AttestationState,
    question: Option<&'p Question>,
) -> Option<(&'p str, Watch<'p>)> {
    let question = question?;
    let counts = matches!(state, AttestationState::Valid | AttestationState::Expiring);
    if !counts || question.stale_after.is_empty() {
        return None;
    }
    let watch = Watch {
        changes: &question.stale_after,
        since: answer.speaks_of()?,
    };
    Some((&answer.control, watch))
}

/// How `answer` stands at `as_of`, were there no other and no change.
fn standing(
    answer: &AnswerStatement,
    question: Option<&Question>,
    as_of: Timestamp,
) -> AttestationState {
    let Some(question) = question else {
        return AttestationState::NotAsked;
    };
    if !answer.is_complete() {
        return AttestationState::Pending;
    }
    if answer.is_later_than(as_of) {
        return AttestationState::Later;
    }
    if !import::is_answer_to(answer, question) {
        return AttestationState::OtherQuestion;
    }
    let today = as_of.to_zoned(TimeZone::UTC).date();
    // How long it counts rests on a parameter that has no value: then nothing counts.
    let Some(last) = import::last_day(answer, question) else {
        return AttestationState::Pending;
    };
    let soon = today.checked_add(EXPIRING_DAYS.days()).unwrap_or(Date::MAX);
    if last < today {
        AttestationState::Expired
    } else if last <= soon {
        AttestationState::Expiring
    } else {
        AttestationState::Valid
    }
}

#[cfg(test)]
mod tests;

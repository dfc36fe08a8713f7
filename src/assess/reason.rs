//! Reasons in words.

use super::{Note, Reason};
use crate::catalog::INPUTS;
use crate::snapshot::Completeness;

impl Reason {
    /// The reason as a clause without a full stop.
    pub fn in_words(&self) -> String {
        match self {
            Reason::DatasetNotWhole { dataset, state, .. }
                if dataset.starts_with(INPUTS) && state == Completeness::NotRequested.word() =>
            {
                format!("the list {} was not given", &dataset[INPUTS.len()..])
            }
            Reason::DatasetNotWhole {
                dataset,
                state,
                detail,
            } => match dataset.strip_prefix(INPUTS) {
                Some(list) => format!("the list {list} is {state}: {detail}"),
                None => format!("dataset {dataset} is {state}: {detail}"),
            },
            Reason::FieldAbsent {
                field, settled_by, ..
            } => format!("`{field}` is not known: {settled_by}"),
            Reason::WrongType { field, .. } => {
                format!("`{field}` is not of a type that the test can judge")
            }
            Reason::TimeInFuture { field, .. } => {
                format!("`{field}` lies more than 24 hours after the point in time of the test")
            }
            Reason::SetNotWhole { set, .. } => {
                format!("set `{set}` is not whole, so that a value not found in it may belong to it")
            }
            Reason::NotDated { set, .. } => {
                format!(
                    "nothing in the set `{set}` tells when it happened, or only something of before the day that is counted from"
                )
            }
            Reason::ActionUnlisted { action } => format!(
                "the organisation's list of actions knows no “{action}”, so that nothing tells whether it happened"
            ),
            Reason::ParameterUnset { parameter, about } if about.is_empty() => {
                format!("parameter `{parameter}` is not set")
            }
            Reason::ParameterUnset { parameter, about } => {
                format!("parameter `{parameter}` is not set ({about})")
            }
            Reason::ScopeUndecided { .. } => {
                "whether the subjects that meet the requirement belong to the population is not known"
                    .to_owned()
            }
            Reason::EmptyPopulation => "population whole and empty".to_owned(),
            Reason::AttestationPending {
                question,
                guide,
                lacks,
            } => {
                let what = match lacks.as_slice() {
                    [] => "nobody has answered".to_owned(),
                    lacks => format!("the answer lacks {}", lacks.join(", ")),
                };
                format!("{what}: {}", asked(question, guide))
            }
            Reason::AttestationExpired {
                question,
                guide,
                counted_until,
            } => format!(
                "the answer counted until {counted_until}: {}",
                asked(question, guide)
            ),
            Reason::AttestationOtherQuestion {
                question,
                guide,
                answered,
            } => format!(
                "the answer is to another question, “{answered}”; asked is: {}",
                asked(question, guide)
            ),
            Reason::AttestationLater {
                question,
                guide,
                attested_on,
                attested_at,
            } => format!(
                "the answer is of {}, after the point in time of the test: {}",
                attested_at.map_or_else(|| attested_on.to_string(), |time| time.to_string()),
                asked(question, guide)
            ),
            Reason::AttestationStale {
                question,
                guide,
                attested_on,
                change,
            } => format!(
                "the answer is of {attested_on}, and what it speaks of was changed on {} ({}, event {}): {}",
                change.at,
                change.action_name.as_deref().unwrap_or(&change.action),
                change.event,
                asked(question, guide)
            ),
            Reason::ChangesUndecided { detail } => {
                format!("whether it was changed after the answer is not known: {detail}")
            }
            Reason::PlanTooLow {
                required,
                configured,
            } => format!(
                "needs {} or higher, and the organisation has {}",
                required.word(),
                configured.word()
            ),
            Reason::PlanContradicted {
                required,
                configured,
                dataset,
                shown,
            } => format!(
                "needs {} or higher; the plan is said to be {}, and the snapshot holds {dataset}, which only {} and higher have",
                required.word(),
                configured.word(),
                shown.word()
            ),
            Reason::PlanNotStated { required } => format!(
                "needs {} or higher, and the organisation's plan is not configured",
                required.word()
            ),
            Reason::Broke { detail } => format!("the evaluation broke: {detail}"),
        }
    }

    /// The reason of one subject, short: what settles it is said once, by the control.
    pub(super) fn in_brief(&self) -> String {
        match self {
            Reason::FieldAbsent { field, .. } => format!("{field} is not known"),
            other => other.in_words(),
        }
    }

    /// The same reason, shared by `count` subjects.
    pub(super) fn about_subjects(mut self, count: u64) -> Reason {
        match &mut self {
            Reason::FieldAbsent { subjects, .. }
            | Reason::WrongType { subjects, .. }
            | Reason::TimeInFuture { subjects, .. }
            | Reason::SetNotWhole { subjects, .. }
            | Reason::NotDated { subjects, .. }
            | Reason::ScopeUndecided { subjects } => *subjects = count,
            Reason::DatasetNotWhole { .. }
            | Reason::ActionUnlisted { .. }
            | Reason::ParameterUnset { .. }
            | Reason::EmptyPopulation
            | Reason::AttestationPending { .. }
            | Reason::AttestationExpired { .. }
            | Reason::AttestationOtherQuestion { .. }
            | Reason::AttestationLater { .. }
            | Reason::AttestationStale { .. }
            | Reason::ChangesUndecided { .. }
            | Reason::PlanTooLow { .. }
            | Reason::PlanContradicted { .. }
            | Reason::PlanNotStated { .. }
            | Reason::Broke { .. } => {}
        }
        self
    }
}

impl Note {
    /// Whether it names no value of a record or list, which may be a person's.
    pub fn is_impersonal(&self) -> bool {
        match self {
            Note::RepeatedAmongSubjects { .. } | Note::RepeatedInList { .. } => false,
            Note::ChangesUnseen { .. }
            | Note::PolicyChangesUnseen { .. }
            | Note::AnswersDiffer { .. } => true,
        }
    }

    /// The note as a sentence.
    pub fn in_words(&self) -> String {
        let named = |first: &[String], values: u64| {
            let more = values.saturating_sub(first.len() as u64);
            let more = match more {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("{}{more}", first.join(", "))
        };
        match self {
            Note::RepeatedAmongSubjects {
                values,
                subjects,
                first,
            } => format!(
                "{subjects} subjects share {values} values, each of which counts once: {}.",
                named(first, *values)
            ),
            Note::RepeatedInList { values, first } => format!(
                "The list names {values} values more than once; each counts once: {}.",
                named(first, *values)
            ),
            Note::ChangesUnseen { detail } => {
                format!(
                    "Whether it was changed after the answer could not be looked for: {detail}."
                )
            }
            Note::PolicyChangesUnseen { source, detail } => {
                format!(
                    "Whether authentication policies were changed after the {source} could not be looked for: {detail}."
                )
            }
            Note::AnswersDiffer {
                attested_on,
                answer,
            } => format!(
                "An older answer that would still count, of {attested_on}, says {}; the newest one decides.",
                answer.word()
            ),
        }
    }
}

/// A question with the way to its answer.
fn asked(question: &str, guide: &str) -> String {
    match guide {
        "" => question.to_owned(),
        guide => format!("{question} To answer: {guide}"),
    }
}

//! Why a control or a subject did not conclude, what a reader has to know besides, and both in words.

use super::standing::Change;
use crate::catalog::INPUTS;
use crate::control::{Answer, OrganizationPlan};
use crate::snapshot::Completeness;
use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a control or a subject did not conclude.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason {
    /// A dataset that the control reads is not whole.
    DatasetNotWhole {
        /// The dataset.
        dataset: String,
        /// How complete it is.
        state: String,
        /// Why.
        detail: String,
    },
    /// A field that decides is absent: no source gave it.
    FieldAbsent {
        /// The dataset.
        dataset: String,
        /// Path of the field.
        field: String,
        /// What could give it, in words.
        settled_by: String,
        /// Subjects concerned (1 in a finding).
        subjects: u64,
    },
    /// A value is there, but not of the type that the operator tests.
    WrongType {
        /// The dataset.
        dataset: String,
        /// Path of the field.
        field: String,
        /// Subjects concerned (1 in a finding).
        subjects: u64,
    },
    /// A time lies more than 24 hours beyond the point in time of the assessment.
    TimeInFuture {
        /// The dataset.
        dataset: String,
        /// Path of the field.
        field: String,
        /// Subjects concerned (1 in a finding).
        subjects: u64,
    },
    /// A named set is not whole, so that a value not found in it may still belong to it.
    SetNotWhole {
        /// Name of the set in the control's `let`.
        set: String,
        /// The dataset that it is taken from.
        dataset: String,
        /// Whether that is whole, over all the time that the set asks about.
        dataset_whole: bool,
        /// Path of the field that is taken of each record.
        field: String,
        /// Records of the dataset that may belong to the set, and whose field is not known.
        unseen: u64,
        /// What could give the field, in words; empty if it is known of every record.
        settled_by: String,
        /// Subjects concerned (1 in a finding).
        subjects: u64,
    },
    /// A named set is whole, and does not tell when a value happened.
    NotDated {
        /// Name of the set in the control's `let`.
        set: String,
        /// Subjects concerned (1 in a finding).
        subjects: u64,
    },
    /// The organisation's whole list of actions has none with this id or name, so that nothing tells of it.
    ActionUnlisted {
        /// The id or name, as the control or a parameter has it.
        action: String,
    },
    /// A parameter has neither a default nor a value.
    ParameterUnset {
        /// Name of the parameter.
        parameter: String,
        /// What it means.
        about: String,
    },
    /// Nobody can say whether subjects that meet the requirement belong to the population at all.
    ScopeUndecided {
        /// Subjects concerned.
        subjects: u64,
    },
    /// The population is whole and empty.
    EmptyPopulation,
    /// A person has to answer, and nobody has, or not to the end.
    AttestationPending {
        /// What is asked.
        question: String,
        /// Where to look and what to keep; may be empty.
        guide: String,
        /// What an answer that was begun lacks, as the keys of its file; empty if none was.
        lacks: Vec<String>,
    },
    /// The newest answer counted until a day that has passed.
    AttestationExpired {
        /// What is asked.
        question: String,
        /// Where to look and what to keep; may be empty.
        guide: String,
        /// The last day on which it counted.
        counted_until: Date,
    },
    /// The newest answer is to another question than the control asks here.
    AttestationOtherQuestion {
        /// What is asked.
        question: String,
        /// Where to look and what to keep; may be empty.
        guide: String,
        /// What was answered.
        answered: String,
    },
    /// The only answer was given after the point in time of the assessment.
    AttestationLater {
        /// What is asked.
        question: String,
        /// Where to look and what to keep; may be empty.
        guide: String,
        /// The day of the answer.
        attested_on: Date,
        /// The same to the second, if it was given so.
        attested_at: Option<Timestamp>,
    },
    /// What was answered was changed afterwards.
    AttestationStale {
        /// What is asked.
        question: String,
        /// Where to look and what to keep; may be empty.
        guide: String,
        /// The day of the answer.
        attested_on: Date,
        /// The first change.
        change: Change,
    },
    /// Whether what was answered was changed afterwards is not known, since the audit log is not whole.
    ChangesUndecided {
        /// What is missing.
        detail: String,
    },
    /// The organisation's plan is lower than the control requires.
    PlanTooLow {
        /// The least plan on which the control applies.
        required: OrganizationPlan,
        /// The plan that the organisation has.
        configured: OrganizationPlan,
    },
    /// The control requires a higher plan than the organisation is said to have, and the snapshot shows that it has more.
    PlanContradicted {
        /// The least plan on which the control applies.
        required: OrganizationPlan,
        /// The plan that the organisation is said to have.
        configured: OrganizationPlan,
        /// The dataset that shows otherwise.
        dataset: String,
        /// The least plan that it shows.
        shown: OrganizationPlan,
    },
    /// The control requires a plan, and nobody said which one the organisation has.
    PlanNotStated {
        /// The least plan on which the control applies.
        required: OrganizationPlan,
    },
    /// The evaluation broke.
    Broke {
        /// What happened.
        detail: String,
    },
}

/// What a reader has to know beside the outcome.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Note {
    /// Several subjects share a value that is compared with a list; it counts once.
    RepeatedAmongSubjects {
        /// Values that several subjects share.
        values: u64,
        /// Subjects that share one.
        subjects: u64,
        /// The first of the values, at most 20, ascending.
        first: Vec<String>,
    },
    /// A list names a value more than once, after trimming and lower case where the type asks for it; it
    /// counts once.
    RepeatedInList {
        /// Values that stand more than once.
        values: u64,
        /// The first of them, at most 20, ascending.
        first: Vec<String>,
    },
    /// Whether what was answered was changed afterwards could not be looked for.
    ChangesUnseen {
        /// Why.
        detail: String,
    },
    /// Whether authentication policies were changed after an export that the control reads could not be looked for.
    PolicyChangesUnseen {
        /// The export, as the catalog names it.
        source: String,
        /// Why.
        detail: String,
    },
    /// An older answer that would still count says otherwise.
    AnswersDiffer {
        /// The day of the older answer.
        attested_on: Date,
        /// What it says.
        answer: Answer,
    },
}

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

//! Reasons in words.

use super::Reason;

impl Reason {
    /// The reason as a clause without a full stop.
    pub fn in_words(&self) -> String {
        match self {
            Reason::DatasetNotWhole {
                dataset,
                state,
                detail,
            } => format!("dataset {dataset} is {state}: {detail}"),
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
            | Reason::ScopeUndecided { subjects } => *subjects = count,
            Reason::DatasetNotWhole { .. }
            | Reason::ParameterUnset { .. }
            | Reason::EmptyPopulation
            | Reason::Broke { .. } => {}
        }
        self
    }
}

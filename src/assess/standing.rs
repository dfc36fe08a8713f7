//! How what people gave stands at the point in time of an assessment: answers, and exports after which policies changed.

use crate::snapshot::AnswerStatement;
use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An answer of a person, at the point in time of the assessment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttestationUse {
    /// The answer as it was given.
    pub statement: AnswerStatement,
    /// The last day on which it counts: what it says itself, at most as long as its control lets it; `null` if it has
    /// no day, or no control of this assessment asks.
    pub counts_until: Option<Date>,
    /// How it stands.
    pub state: AttestationState,
}

/// Days before its last one from which an answer is said to expire.
pub const EXPIRING_DAYS: i64 = 30;

/// How an answer stands at the point in time of an assessment. Only a valid and an expiring one conclude a control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AttestationState {
    /// Something is not filled in yet.
    Pending,
    /// It counts.
    Valid,
    /// It counts, and its last day is at most 30 days away.
    Expiring,
    /// Its last day has passed.
    Expired,
    /// The audit log tells of a change after it.
    Stale {
        /// The first one.
        change: Change,
    },
    /// It is to another question than the control asks here: of another revision, or with other parameters.
    OtherQuestion,
    /// A newer answer decides.
    Superseded,
    /// It was given after the point in time of the assessment, and speaks of another time; or perhaps after it, and an
    /// older answer says otherwise.
    Later,
    /// No control of this assessment asks for it.
    NotAsked,
}

impl AttestationState {
    /// The state as a word: `pending`, `valid`, `expiring`, `expired`, `stale`, `other question`, `superseded`, `later`,
    /// `not asked`.
    pub fn word(&self) -> &'static str {
        match self {
            AttestationState::Pending => "pending",
            AttestationState::Valid => "valid",
            AttestationState::Expiring => "expiring",
            AttestationState::Expired => "expired",
            AttestationState::Stale { .. } => "stale",
            AttestationState::OtherQuestion => "other question",
            AttestationState::Superseded => "superseded",
            AttestationState::Later => "later",
            AttestationState::NotAsked => "not asked",
        }
    }

    /// Whether the answer concludes its control.
    pub fn is_in_force(&self) -> bool {
        matches!(self, AttestationState::Valid | AttestationState::Expiring)
    }
}

/// A change of a setting that the audit log tells of.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Id of the event.
    pub event: String,
    /// When it happened.
    pub at: Timestamp,
    /// Id of the action.
    pub action: String,
    /// Its name for people, where it is known.
    pub action_name: Option<String>,
}

/// What the audit log tells of changes of authentication policies since an export was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyChanges {
    /// Name of the export's file.
    pub file: String,
    /// SHA-256 of it.
    pub sha256: String,
    /// The first change: what policies decide is no longer known from this file. `null` if none was found.
    pub change: Option<Change>,
    /// Why it is open whether there was a change, ascending: then it is no longer known either.
    pub undecided: Vec<String>,
    /// Why changes could not be looked for, ascending: what the file tells still counts, and this is said.
    pub unseen: Vec<String>,
}

impl PolicyChanges {
    /// Why the file no longer tells what policies decide, as a clause; `None` if it does.
    pub fn why_stale(&self) -> Option<String> {
        match (&self.change, self.undecided.as_slice()) {
            (Some(change), _) => Some(format!(
                "authentication policies were changed on {} ({}, event {})",
                change.at,
                change.action_name.as_deref().unwrap_or(&change.action),
                change.event
            )),
            (None, []) => None,
            (None, doubts) => Some(format!(
                "whether authentication policies were changed after it is not known: {}",
                doubts.join("; ")
            )),
        }
    }
}

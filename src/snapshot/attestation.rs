//! What is stated of a person's answer to the question of a control: an attestation as it was given.

use super::given::{first_moment_anywhere, is_day_ahead_of_utc, is_day_later, is_time_later};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

use crate::control::Answer;

/// An attestation as it was given. Nothing here depends on the machine that read it, nor on a point in time.
///
/// What a person has not filled in yet is `null`; [`lacks`](AnswerStatement::lacks) names it. The order is by
/// control, then the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerStatement {
    /// What it answers: the id of a control, or [`POLICIES`] where it tells what policies set.
    pub control: String,
    /// What authentication policies set, in the words of whoever answers; only where it tells that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policies: Option<AttestedPolicies>,
    /// The question that was answered, in its words, blanks and line breaks as one blank.
    pub question: Option<String>,
    /// The answer.
    pub answer: Option<Answer>,
    /// What the person found, in their words.
    pub statement: Option<String>,
    /// Who answers.
    pub attested_by: Option<String>,
    /// Who looked at it a second time: another person.
    pub reviewed_by: Option<String>,
    /// The day of the answer.
    pub attested_on: Option<Date>,
    /// The same to the second, if it was given so; it decides whether a change of that day came later.
    pub attested_at: Option<Timestamp>,
    /// The last day on which it counts, in the words of whoever answers.
    pub valid_until: Option<Date>,
    /// The file that shows it.
    pub evidence: Option<EvidenceFileStatement>,
    /// What is not filled in yet, as the file's keys; empty if nothing is.
    pub lacks: Vec<String>,
    /// Name of the file that it is written in, below the folder of attestations.
    pub file: String,
    /// The line there, counted from 1.
    pub line: u32,
    /// SHA-256 of that file.
    pub sha256: String,
}

/// The dataset whose records people may attest, and what an attestation of them is called in place of a control.
pub const POLICIES: &str = "authentication_policies";

/// What authentication policies set, as a person read it in the console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttestedPolicies {
    /// Whether these are all policies of the organisation.
    pub are_all: bool,
    /// The policies, in the order of the file.
    pub policies: Vec<AttestedPolicy>,
}

/// One authentication policy, as a person read it in the console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttestedPolicy {
    /// Its name.
    pub name: String,
    /// What it sets, by field of the dataset; what was not written is not known.
    pub settings: BTreeMap<String, Value>,
}

/// A file that shows what was answered: a screenshot, an export, minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceFileStatement {
    /// Its name, below the folder of attestations.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
}

impl AnswerStatement {
    /// Whether nothing is left to be filled in.
    pub fn is_complete(&self) -> bool {
        self.lacks.is_empty()
    }

    /// The first moment after which a change may make it stale: the second of the answer, or where only a day is
    /// known the first moment that this day has anywhere, since a change of the same day may have come after it.
    pub fn speaks_of(&self) -> Option<Timestamp> {
        self.attested_at
            .or_else(|| first_moment_anywhere(self.attested_on?))
    }

    /// Whether it was given after `as_of`, and so speaks of another time: at an exact time that lies after it by more
    /// than two clocks differ, or on a day that has begun nowhere then.
    pub fn is_later_than(&self, as_of: Timestamp) -> bool {
        match (self.attested_at, self.attested_on) {
            (Some(time), _) => is_time_later(time, as_of),
            (None, Some(day)) => is_day_later(day, as_of),
            (None, None) => false,
        }
    }

    /// Whether it may have been given after `as_of`, though it counts as given before: it names a day and no time, and
    /// that day has begun only east of UTC.
    pub fn may_be_later_than(&self, as_of: Timestamp) -> bool {
        let day = self.attested_on.filter(|_| self.attested_at.is_none());
        day.is_some_and(|day| is_day_ahead_of_utc(day, as_of))
    }
}

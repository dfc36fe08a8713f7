//! What is stated of a person's answer to the question of a control: an attestation as it was given.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

use crate::control::Answer;

/// Hours by which a day begins earlier than in UTC, where it begins first.
const EASTERNMOST_HOURS: i64 = 14;

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

/// The first moment that `day` has anywhere on earth.
pub(super) fn first_moment_anywhere(day: Date) -> Option<Timestamp> {
    let start = day.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let earliest = start.checked_sub(EASTERNMOST_HOURS.hours());
    Some(earliest.unwrap_or(Timestamp::MIN))
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

    /// Whether it was given more than a day after `as_of`, and so speaks of another time. People write their own
    /// day, which may be ahead of UTC.
    pub fn is_later_than(&self, as_of: Timestamp) -> bool {
        let today = as_of.to_zoned(TimeZone::UTC).date();
        let tomorrow = today.checked_add(1.day()).unwrap_or(today);
        self.attested_on.is_some_and(|day| day > tomorrow)
    }
}

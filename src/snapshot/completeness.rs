//! Whether a dataset holds everything, and if not, why.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Whether a dataset, or one source of it, holds everything there was.
///
/// Only `Whole` lets a control pass. The others differ in what settles them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Completeness {
    /// Every record that the API was willing to list was received, and its own count agrees.
    Whole,
    /// Some records are missing, or may be.
    Cut {
        /// What cut it.
        reason: CutReason,
        /// The same for a reader, with numbers.
        detail: String,
    },
    /// The key may not read it (401, 402 or 403).
    Denied {
        /// HTTP status.
        status: u16,
        /// What the API said, shortened.
        detail: String,
    },
    /// The API does not offer it here (404 or another refusal that no retry mends).
    Unavailable {
        /// What the API said, shortened.
        detail: String,
    },
    /// It is older than its owner allows, or its age is not known.
    Stale {
        /// How old, and how old it may be.
        detail: String,
    },
    /// Nobody asked for it in this run.
    NotRequested,
}

/// What cut a dataset.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CutReason {
    /// A page kept failing after every retry (5xx, time-out, broken connection).
    ServerError,
    /// The rate limit did not lift within the time allowed.
    RateLimit,
    /// An answer was not what the API documents (broken JSON, wrong content type, an HTML page).
    BrokenAnswer,
    /// The cursor of the next page was one that had been used already.
    RepeatedCursor,
    /// A named limit of this program was reached (pages, bytes, records).
    Limit,
    /// The time that a run may take was over.
    Deadline,
    /// Records moved between pages while they were read, again when they were read again.
    Moved,
    /// Fewer or more records arrived than the API itself counts.
    CountMismatch,
    /// The run was interrupted.
    Interrupted,
    /// The API redirected to, or named, another host.
    ForeignHost,
    /// A source that this dataset is joined from is not whole.
    SourceNotWhole,
    /// Whoever gave it says that it is not all.
    StatedPartial,
    /// It has no rows and not every column that it should have: it may be another file, or one that broke.
    WithoutColumns,
    /// Nothing shows that the audit log holds all of the period asked for: it is older than what is kept, or
    /// has not come to pass.
    NotCovered,
}

impl Completeness {
    /// Whether nothing is missing.
    pub fn is_whole(&self) -> bool {
        matches!(self, Completeness::Whole)
    }

    /// Whether asking again later, or with another key, may bring more: what cut it passes.
    pub fn may_mend(&self) -> bool {
        match self {
            Completeness::Cut { reason, .. } => matches!(
                reason,
                CutReason::ServerError
                    | CutReason::RateLimit
                    | CutReason::Deadline
                    | CutReason::Interrupted
            ),
            Completeness::Denied { status, .. } => *status == 401,
            Completeness::Whole
            | Completeness::Unavailable { .. }
            | Completeness::Stale { .. }
            | Completeness::NotRequested => false,
        }
    }

    /// The state as a word: `whole`, `cut`, `denied`, `unavailable`, `stale`, `not requested`.
    pub fn word(&self) -> &'static str {
        match self {
            Completeness::Whole => "whole",
            Completeness::Cut { .. } => "cut",
            Completeness::Denied { .. } => "denied",
            Completeness::Unavailable { .. } => "unavailable",
            Completeness::Stale { .. } => "stale",
            Completeness::NotRequested => "not requested",
        }
    }

    /// Why it is not whole, for a reader; empty when it is.
    pub fn detail(&self) -> &str {
        match self {
            Completeness::Whole => "",
            Completeness::Cut { detail, .. }
            | Completeness::Denied { detail, .. }
            | Completeness::Unavailable { detail }
            | Completeness::Stale { detail } => detail,
            Completeness::NotRequested => "this run did not ask for it",
        }
    }
}

impl fmt::Display for Completeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Completeness::Whole => f.write_str("whole"),
            _ => write!(f, "{}: {}", self.word(), self.detail()),
        }
    }
}

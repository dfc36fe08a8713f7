//! Which part of the log is asked for, and why a period begins and ends where it does.

use crate::progress::counted;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Days before the run that are read unless a run asks otherwise.
pub const LAST_DAYS_DEFAULT: u32 = 90;

/// What happened so shortly before the run may not have reached the log yet: the vendor speaks of "a few
/// minutes".
///
/// Source: Atlassian support, "Track organization activities from the audit log", read 2026-11.
pub const SETTLING: SignedDuration = SignedDuration::from_mins(10);

/// A period as it was asked for. Both ends are times at which events happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedPeriod {
    /// So many days of 86 400 s before the run began.
    LastDays(u32),
    /// From a moment on.
    Since(Timestamp),
    /// From the first moment on, up to the second.
    Between(Timestamp, Timestamp),
}

impl Default for AskedPeriod {
    fn default() -> AskedPeriod {
        AskedPeriod::LastDays(LAST_DAYS_DEFAULT)
    }
}

/// As it was asked for: `the last 90 days`.
impl fmt::Display for AskedPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AskedPeriod::LastDays(days) => {
                write!(f, "the last {}", counted(u64::from(*days), "day"))
            }
            AskedPeriod::Since(from) => write!(f, "since {from}"),
            AskedPeriod::Between(from, to) => write!(f, "{from} to {to}"),
        }
    }
}

/// A moment, and why it is that one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub at: Timestamp,
    pub because: String,
}

impl AskedPeriod {
    /// Its first moment, for a run that began at `started_at`.
    pub(super) fn from(&self, started_at: Timestamp) -> Edge {
        match self {
            AskedPeriod::LastDays(days) => Edge {
                at: started_at
                    .checked_sub(SignedDuration::from_hours(24 * i64::from(*days)))
                    .unwrap_or(Timestamp::MIN),
                because: format!(
                    "asked for: {} before the run began",
                    counted(u64::from(*days), "day")
                ),
            },
            AskedPeriod::Since(from) | AskedPeriod::Between(from, _) => Edge {
                at: *from,
                because: "asked for".to_owned(),
            },
        }
    }

    /// The first moment that is not in it any more, for a log that was read as it was at `now`.
    pub(super) fn to(&self, now: Timestamp) -> Edge {
        let settled = now.checked_sub(SETTLING).unwrap_or(Timestamp::MIN);
        match self {
            AskedPeriod::Between(_, to) if *to <= settled => Edge {
                at: *to,
                because: "asked for".to_owned(),
            },
            _ => Edge {
                at: settled,
                because: format!(
                    "{} min before the log was read, at {now}: what happened later may not have reached it",
                    SETTLING.as_mins()
                ),
            },
        }
    }
}

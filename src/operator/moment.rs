//! Points in time and days, as records hold them.

use std::cmp::Ordering;

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::Verdict;
use crate::value::{Json, Kind, Raw};

/// How far beyond the point in time of an assessment a time may lie and still be taken as past: clocks
/// differ, and an assessment may speak of a time before the last response.
const FUTURE_TOLERANCE: SignedDuration = SignedDuration::from_hours(24);

/// A time, or a day without a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    Time(Timestamp),
    Day(Date),
}

impl Moment {
    /// Reads RFC 3339, or `YYYY-MM-DD`.
    pub(super) fn parse(text: &str) -> Option<Moment> {
        if text.len() == "YYYY-MM-DD".len() {
            text.parse().ok().map(Moment::Day)
        } else {
            text.parse().ok().map(Moment::Time)
        }
    }

    /// How far it lies after `as_of`, a day after the day of `as_of` in UTC.
    fn after(self, as_of: Timestamp) -> SignedDuration {
        match self {
            Moment::Time(time) => time.duration_since(as_of),
            Moment::Day(day) => day.duration_since(day_of(as_of)),
        }
    }

    /// By time; by day in UTC if either is a day.
    pub(super) fn compare(self, other: Moment) -> Ordering {
        match (self, other) {
            (Moment::Time(a), Moment::Time(b)) => a.cmp(&b),
            _ => self.day().cmp(&other.day()),
        }
    }

    fn day(self) -> Date {
        match self {
            Moment::Time(time) => day_of(time),
            Moment::Day(day) => day,
        }
    }
}

fn day_of(time: Timestamp) -> Date {
    Offset::UTC.to_datetime(time).date()
}

/// A number of days of 86 400 s.
pub(super) fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

/// Asks `judge` of a moment; `null` is false.
pub(super) fn judge(value: Raw<'_>, judge: impl FnOnce(Moment) -> Verdict) -> Verdict {
    if value.kind() == Kind::Null {
        return Verdict::False;
    }
    match value.as_text().as_deref().and_then(Moment::parse) {
        Some(moment) => judge(moment),
        None => Verdict::WrongType,
    }
}

/// Asks `holds` how far a past moment lies after `as_of`; a time well in the future is not judged.
pub(super) fn judge_past(
    value: Raw<'_>,
    as_of: Timestamp,
    holds: impl FnOnce(SignedDuration) -> bool,
) -> Verdict {
    judge(value, |moment| {
        let after = moment.after(as_of);
        if after > FUTURE_TOLERANCE {
            Verdict::TimeInFuture
        } else {
            holds(after).into()
        }
    })
}

/// Asks `holds` how far a moment lies after `as_of`.
pub(super) fn judge_future(
    value: Raw<'_>,
    as_of: Timestamp,
    holds: impl FnOnce(SignedDuration) -> bool,
) -> Verdict {
    judge(value, |moment| holds(moment.after(as_of)).into())
}

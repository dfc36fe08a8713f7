//! When people gave what they gave, held against the point in time of a test.
//!
//! A test speaks of one moment. What was written down after it speaks of another one, and concludes nothing about it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Hours by which a day begins earlier than in UTC, where it begins first.
const EASTERNMOST_HOURS: i64 = 14;

/// How far after the point in time of a test an exact time may lie and still be taken as not later: two clocks differ.
pub(super) const CLOCKS_DIFFER_MAX: SignedDuration = SignedDuration::from_mins(5);

/// The first moment that `day` has anywhere on earth.
pub(super) fn first_moment_anywhere(day: Date) -> Option<Timestamp> {
    let start = day.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let earliest = start.checked_sub(EASTERNMOST_HOURS.hours());
    Some(earliest.unwrap_or(Timestamp::MIN))
}

/// Whether `day` has begun nowhere at `as_of`. People write their own day, which begins up to 14 hours before that of
/// UTC.
pub fn is_day_later(day: Date, as_of: Timestamp) -> bool {
    first_moment_anywhere(day).is_none_or(|begin| begin > as_of)
}

/// Whether `day` has not begun in UTC at `as_of`: where it has begun elsewhere, only that is known of it.
pub(super) fn is_day_ahead_of_utc(day: Date, as_of: Timestamp) -> bool {
    day > as_of.to_zoned(TimeZone::UTC).date()
}

/// Whether `time` lies after `as_of`, beyond what two clocks differ.
pub(super) fn is_time_later(time: Timestamp, as_of: Timestamp) -> bool {
    time.duration_since(as_of) > CLOCKS_DIFFER_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_later_until_it_has_begun_somewhere() {
        let day: Date = "2026-11-21".parse().expect("a day");
        let later = |as_of: &str| is_day_later(day, as_of.parse().expect("a time"));
        assert!(later("2026-11-20T09:59:59Z"));
        assert!(!later("2026-11-20T10:00:00Z"), "it begins on Kiritimati");
        let ahead = |as_of: &str| is_day_ahead_of_utc(day, as_of.parse().expect("a time"));
        assert!(ahead("2026-11-20T23:59:59Z"));
        assert!(!ahead("2026-11-21T00:00:00Z"));
    }

    #[test]
    fn an_exact_time_is_later_when_it_is_more_than_two_clocks_differ() {
        let as_of = "2026-11-20T06:00:00Z".parse().expect("a time");
        let later = |time: &str| is_time_later(time.parse().expect("a time"), as_of);
        assert!(!later("2026-11-20T05:00:00Z"));
        assert!(!later("2026-11-20T06:05:00Z"));
        assert!(later("2026-11-20T06:05:01Z"));
    }
}

//! A span of time as people write it: `90d`, `12h`.

use std::fmt;
use std::str::FromStr;

/// A whole number of hours, 1 to [`Duration::HOURS_MAX`], written as days (`90d`) or hours (`12h`). A day is
/// 24 hours: 86 400 seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration {
    hours: u32, // INVARIANT (duration): made only by `FromStr`.
}

impl Duration {
    /// Hours that it may have: a hundred years.
    pub const HOURS_MAX: u32 = 36_525 * 24;

    /// Its length in hours.
    pub fn hours(self) -> u32 {
        self.hours
    }

    /// The same in a sentence: "5 days", "12 hours".
    pub fn in_words(self) -> String {
        let (count, unit) = match self.whole_days() {
            Some(days) => (days, "day"),
            None => (self.hours, "hour"),
        };
        let ending = if count == 1 { "" } else { "s" };
        format!("{count} {unit}{ending}")
    }

    /// Its length in days, if that is a whole number.
    pub fn whole_days(self) -> Option<u32> {
        self.hours.is_multiple_of(24).then_some(self.hours / 24)
    }
}

/// The text is no span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a span of time is a number of days or hours: `90d`, `12h`")]
pub struct NotADuration;

impl FromStr for Duration {
    type Err = NotADuration;

    fn from_str(text: &str) -> Result<Duration, NotADuration> {
        let (number, unit) = match (text.strip_suffix('d'), text.strip_suffix('h')) {
            (Some(days), _) => (days, 24),
            (None, Some(hours)) => (hours, 1),
            (None, None) => return Err(NotADuration),
        };
        // `parse` would also take a sign.
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotADuration);
        }
        let hours = number
            .parse::<u32>()
            .ok()
            .and_then(|number| number.checked_mul(unit))
            .filter(|hours| (1..=Duration::HOURS_MAX).contains(hours));
        hours.map(|hours| Duration { hours }).ok_or(NotADuration)
    }
}

/// In words: "90 days", "1 hour".
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = match self.whole_days() {
            Some(days) => (days, "day"),
            None => (self.hours, "hour"),
        };
        let plural = if number == 1 { "" } else { "s" };
        write!(f, "{number} {unit}{plural}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_hours_are_read_and_nothing_else() {
        let words = |text: &str| text.parse::<Duration>().map(|span| span.to_string());
        assert_eq!(words("90d"), Ok("90 days".to_owned()));
        assert_eq!(words("1d"), Ok("1 day".to_owned()));
        assert_eq!(words("48h"), Ok("2 days".to_owned()));
        assert_eq!(words("12h"), Ok("12 hours".to_owned()));
        for wrong in [
            "", "d", "90", "0d", "-1d", "+1d", "1.5d", "1 d", "2w", "9999999d", "ä",
        ] {
            assert_eq!(words(wrong), Err(NotADuration), "{wrong}");
        }
    }

    #[test]
    fn spans_are_ordered_by_length_whatever_their_unit() {
        let span = |text: &str| text.parse::<Duration>().expect("a span");
        assert!(span("23h") < span("1d") && span("24h") == span("1d"));
    }
}

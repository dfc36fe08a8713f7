//! The clock that a run goes by, given from outside so that a run can be repeated byte for byte.

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Tells the time and waits.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Comes back after `duration`, or at once for a clock that does not run.
    fn wait(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// The computer's clock, in whole milliseconds: more would be noise in every time that a reader sees.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    fn wait(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A clock that never goes back: what is later in a journal is not earlier in time, also where the
/// computer's clock is set back in the middle of a run.
pub(super) struct SteadyClock<'a> {
    clock: &'a dyn Clock,
    newest: Mutex<Timestamp>,
}

impl<'a> SteadyClock<'a> {
    /// `clock`, from `start` on.
    pub fn new(clock: &'a dyn Clock, start: Timestamp) -> SteadyClock<'a> {
        SteadyClock {
            clock,
            newest: Mutex::new(start),
        }
    }
}

impl Clock for SteadyClock<'_> {
    fn now(&self) -> Timestamp {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        *newest = self.clock.now().max(*newest);
        *newest
    }

    fn wait(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.clock.wait(duration)
    }
}

/// The first whole second that is not before `time`.
pub(super) fn whole_second_after(time: Timestamp) -> Timestamp {
    let up = TimestampRound::new()
        .smallest(Unit::Second)
        .mode(RoundMode::Ceil);
    time.round(up).unwrap_or(time)
}

/// A clock that stands still and never waits: for demonstrations and tests.
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }

    fn wait(&self, _duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_a_whole_second_beyond_which_nothing_lies() {
        let time = |text: &str| text.parse::<Timestamp>().expect("a timestamp");
        for (moment, end) in [
            ("2026-11-20T06:00:00Z", "2026-11-20T06:00:00Z"),
            ("2026-11-20T06:00:00.000000001Z", "2026-11-20T06:00:01Z"),
            ("2026-11-20T06:00:59.999Z", "2026-11-20T06:01:00Z"),
        ] {
            assert_eq!(whole_second_after(time(moment)), time(end));
        }
    }

    #[test]
    fn the_computers_clock_tells_whole_milliseconds() {
        assert_eq!(SystemClock.now().subsec_nanosecond() % 1_000_000, 0);
    }
}

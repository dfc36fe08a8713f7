//! The clock that a run goes by, given from outside so that a run can be repeated byte for byte.

use jiff::Timestamp;
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

/// The computer's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
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

//! Where a rate limit stands.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::sandbox::options::RateLimit;

/// The current period of a rate limit.
#[derive(Clone, Debug)]
pub(super) struct Window {
    began: Instant,
    pub(super) used: u32,
}

impl Window {
    pub(super) fn open() -> Window {
        Window {
            began: Instant::now(),
            used: 0,
        }
    }

    /// Counts one request, and tells what is left of the limit and of the period.
    pub(super) fn spend(&mut self, limit: RateLimit) -> (u32, Duration) {
        if self.began.elapsed() >= limit.period {
            *self = Window::open();
        }
        self.used = self.used.saturating_add(1);
        let left = limit.period.saturating_sub(self.began.elapsed());
        (limit.requests.saturating_sub(self.used), left)
    }
}

/// Where the rate limit stands, as the headers tell it.
#[derive(Clone, Copy)]
pub(super) struct Allowance {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    pub(super) reset: Timestamp,
    pub(super) exceeded: bool,
}

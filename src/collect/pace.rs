//! What all requests of one key to one host have left: a rate limit belongs to the key, not to a walk.
//!
//! Whatever answer says that a period is used up holds back every walk until the period ends, and an
//! endpoint with a documented limit is asked no faster than that, however many walks ask it. Such an endpoint
//! has a budget of its own: that it is used up holds back nobody else.

use jiff::Timestamp;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A documented limit of one endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests in a period.
    pub requests: usize,
    /// Length of the period.
    pub per: Duration,
}

impl Rate {
    /// `requests` a minute, as the vendor states its limits.
    pub const fn a_minute(requests: usize) -> Rate {
        Rate {
            requests,
            per: Duration::from_secs(60),
        }
    }
}

/// The budget that every walk of a run draws on.
#[derive(Debug, Default)]
pub(super) struct Pace {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Until then the API said that it will answer 429: by endpoint with a limit of its own, and for the key
    /// where there is none.
    closed_until: BTreeMap<Option<&'static str>, Timestamp>,
    /// When the newest requests of an endpoint were, or will be, sent: at most as many as its limit.
    sent: BTreeMap<&'static str, VecDeque<Timestamp>>,
}

impl Pace {
    /// The API told that nothing will be answered before `until`: by `endpoint`, or for the key.
    pub fn close(&self, endpoint: Option<&'static str>, until: Timestamp) {
        let mut state = self.state();
        let closed = state.closed_until.entry(endpoint).or_insert(until);
        *closed = until.max(*closed);
    }

    /// Until when a walk has to wait that asks `endpoint`, or one without a limit of its own.
    pub fn closed_until(&self, endpoint: Option<&'static str>) -> Option<Timestamp> {
        let closed = &self.state().closed_until;
        let of = |endpoint| closed.get(&endpoint).copied();
        of(endpoint).max(of(None))
    }

    /// Takes the next turn of the endpoint `path` and says when it is.
    pub fn turn(&self, path: &'static str, rate: Rate, now: Timestamp) -> Timestamp {
        let mut state = self.state();
        let sent = state.sent.entry(path).or_default();
        let free = match sent.len() >= rate.requests {
            true => sent
                .pop_front()
                .and_then(|oldest| oldest.checked_add(rate.per).ok()),
            false => None,
        };
        let turn = free.map_or(now, |free| free.max(now));
        sent.push_back(turn);
        turn
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).expect("a time")
    }

    #[test]
    fn turns_come_no_faster_than_the_limit_whoever_takes_them() {
        let pace = Pace::default();
        let rate = Rate::a_minute(2);
        let take = |now| pace.turn("/events", rate, at(now));
        assert_eq!(take(100), at(100));
        assert_eq!(take(110), at(110));
        assert_eq!(take(120), at(160), "the first leaves the minute");
        assert_eq!(take(120), at(170));
        assert_eq!(take(400), at(400), "an idle minute costs nothing");
        assert_eq!(pace.turn("/other", rate, at(120)), at(120));
    }

    #[test]
    fn the_latest_end_of_a_closed_period_holds() {
        let pace = Pace::default();
        assert_eq!(pace.closed_until(None), None);
        pace.close(None, at(50));
        pace.close(None, at(40));
        assert_eq!(pace.closed_until(None), Some(at(50)));
    }

    #[test]
    fn an_endpoint_with_a_limit_of_its_own_holds_back_nobody_else() {
        let pace = Pace::default();
        pace.close(Some("/events"), at(50));
        assert_eq!(pace.closed_until(Some("/events")), Some(at(50)));
        assert_eq!(pace.closed_until(Some("/other")), None);
        assert_eq!(pace.closed_until(None), None);
        // The key's own limit holds for all of them.
        pace.close(None, at(60));
        assert_eq!(pace.closed_until(Some("/events")), Some(at(60)));
    }
}

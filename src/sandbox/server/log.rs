//! The log of requests: how often each route was asked, and what the last of them were.

use std::collections::VecDeque;

/// Requests that the log holds; older ones are dropped.
const REQUEST_LOG_MAX: usize = 100_000;

/// One request that reached the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRecord {
    /// Short name of the route; nothing if it is no documented read.
    pub route: Option<&'static str>,
    /// Method.
    pub method: String,
    /// Path as sent.
    pub path: String,
    /// Query as sent, without the `?`.
    pub query: String,
    /// Body as sent, with what is not UTF-8 replaced.
    pub body: String,
    /// Status of the answer.
    pub status: u16,
    /// Whether it was refused because it is no documented read: an attempt to write, for one.
    pub refused: bool,
}

#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) records: VecDeque<RequestRecord>,
    /// Requests per route, in the order of [`ROUTES`](crate::sandbox::routes::ROUTES), and of all routes.
    pub(super) per_route: Vec<u32>,
    pub(super) all: u32,
}

impl Log {
    /// Counts a request of the route at `place`, and tells the numbers of this one.
    pub(super) fn count(&mut self, place: usize) -> (u32, u32) {
        self.per_route[place] = self.per_route[place].saturating_add(1);
        self.all = self.all.saturating_add(1);
        (self.per_route[place], self.all)
    }

    pub(super) fn keep(&mut self, record: RequestRecord) {
        if self.records.len() == REQUEST_LOG_MAX {
            self.records.pop_front();
        }
        self.records.push_back(record);
    }
}

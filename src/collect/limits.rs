//! The limits of every loop over what the API sends.

use std::time::Duration;

/// Tries after the first one, for a request that fails in a way that may pass.
pub const RETRY_COUNT_MAX: u32 = 5;
/// Answers "429 Too Many Requests" to one request before its walk gives up.
pub const RATE_LIMIT_COUNT_MAX: u32 = 20;
/// Pages of one walk: at 20 records a page, the smallest size that is documented, a million records.
pub const PAGE_COUNT_MAX: u64 = 50_000;
/// Pages without a record, one after another, that each name a next one.
pub const EMPTY_PAGE_COUNT_MAX: u64 = 20;
/// Readings of one listing after the first: a listing that moves while it is read is read once more.
pub const REREAD_COUNT_MAX: u32 = 1;
/// Bytes of one decompressed body.
pub const BODY_BYTES_MAX: usize = 64 << 20;
/// Bytes of one record.
pub const RECORD_BYTES_MAX: usize = 16 << 20;

/// What a run may spend. The defaults are the constants of this module.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Tries after the first one, for a request that fails in a way that may pass.
    pub retry_count_max: u32,
    /// Answers 429 to one request before its walk gives up.
    pub rate_limit_count_max: u32,
    /// Pages of one walk.
    pub page_count_max: u64,
    /// Bytes of one decompressed body.
    pub body_bytes_max: usize,
    /// All waits of one request together; a rate limit that lifts later is not waited for.
    pub wait_max: Duration,
    /// Longest pause between two tries where the API names none.
    pub backoff_max: Duration,
    /// First pause between two tries, doubled with each.
    pub backoff_first: Duration,
    /// The whole run: after it no request is sent.
    pub run_max: Duration,
    /// Making a connection.
    pub connect_timeout: Duration,
    /// Silence in the middle of a response.
    pub read_timeout: Duration,
    /// One request, from the first byte sent to the last received.
    pub request_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            retry_count_max: RETRY_COUNT_MAX,
            rate_limit_count_max: RATE_LIMIT_COUNT_MAX,
            page_count_max: PAGE_COUNT_MAX,
            body_bytes_max: BODY_BYTES_MAX,
            wait_max: Duration::from_secs(15 * 60),
            backoff_max: Duration::from_secs(30),
            backoff_first: Duration::from_millis(500),
            run_max: Duration::from_secs(6 * 60 * 60),
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(120),
        }
    }
}

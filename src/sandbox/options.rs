//! How the sandbox behaves: where it listens, how long its pages are, what goes wrong.

use std::time::Duration;

use jiff::Timestamp;

use super::faults::Fault;

/// The key that the sandbox accepts unless told otherwise. It opens nothing else.
pub const SANDBOX_KEY: &str = "sandbox-key";

/// How the sandbox behaves.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The key that `Authorization: Bearer` has to carry. It opens nothing but this sandbox.
    pub key: String,
    /// Records on a page where the request states no limit.
    pub page_sizes: PageSizes,
    /// Requests that are answered per period; nothing for no limit.
    pub rate_limit: Option<RateLimit>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// The time that every header and body tells. With nothing it is the machine's.
    pub clock: Option<Timestamp>,
    /// Scheme, host and port that links in bodies start with; the server's own with nothing. A
    /// fixed one makes bodies the same on any port.
    pub public_url: Option<String>,
}

impl Default for ServerOptions {
    fn default() -> ServerOptions {
        ServerOptions {
            port: 0,
            key: SANDBOX_KEY.to_owned(),
            page_sizes: PageSizes::default(),
            rate_limit: None,
            faults: Vec::new(),
            clock: None,
            public_url: None,
        }
    }
}

/// Records on a page where the request states no limit. Where the vendor documents a default, it is
/// the same; the small ones make a small organisation need more than one page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each is the page size of the route of that name"
)]
pub struct PageSizes {
    pub v1_users: usize,
    pub domains: usize,
    pub policies: usize,
    pub directories: usize,
    pub users_search: usize,
    pub groups_search: usize,
    pub workspaces: usize,
    pub api_tokens: usize,
}

impl Default for PageSizes {
    fn default() -> PageSizes {
        PageSizes {
            v1_users: 100,
            domains: 4,
            policies: 4,
            directories: 20,
            users_search: 50,
            groups_search: 20,
            workspaces: 20,
            api_tokens: 50,
        }
    }
}

impl PageSizes {
    /// The same size everywhere, at least 1: small ones make walks of many pages.
    pub fn all(records: usize) -> PageSizes {
        let size = records.max(1);
        PageSizes {
            v1_users: size,
            domains: size,
            policies: size,
            directories: size,
            users_search: size,
            groups_search: size,
            workspaces: size,
            api_tokens: size,
        }
    }
}

/// How many requests are answered per period, all routes together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests per period.
    pub requests: u32,
    /// Length of a period, in whole seconds as far as headers tell it.
    pub period: Duration,
}

//! How the sandbox behaves: where it listens, how long its pages are, what goes wrong.

use std::time::Duration;

use jiff::Timestamp;

use super::faults::Fault;

/// The key that the sandbox accepts unless told otherwise. It opens nothing else.
pub const SANDBOX_KEY: &str = "sandbox-key";

/// The key to the SCIM directory that has one, unless told otherwise. It opens nothing else.
pub const SANDBOX_SCIM_KEY: &str = "sandbox-scim-key";

/// How the sandbox behaves.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The key that `Authorization: Bearer` has to carry. It opens nothing but this sandbox.
    pub key: String,
    /// The key to the SCIM directory that has one.
    pub scim_key: String,
    /// Records on a page where the request states no limit.
    pub page_sizes: PageSizes,
    /// Most records on a page, however many the request asks for: a page may be shorter than its limit.
    pub page_max: Option<usize>,
    /// Requests that are answered per period; nothing for no limit.
    pub rate_limit: Option<RateLimit>,
    /// The limits that are documented of single routes; nothing for none.
    pub route_limits: Option<RouteLimits>,
    /// How the last page of the audit log ends.
    pub events_end: EventsEnd,
    /// Whether the deprecated routes of policies are there.
    pub control_v1: ControlV1,
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
            scim_key: SANDBOX_SCIM_KEY.to_owned(),
            page_sizes: PageSizes::default(),
            page_max: None,
            rate_limit: None,
            route_limits: None,
            events_end: EventsEnd::default(),
            control_v1: ControlV1::default(),
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
    pub api_keys: usize,
    pub oauth_clients: usize,
    pub v2_lists: usize,
    pub events: usize,
    pub events_stream: usize,
    pub control_policies: usize,
    pub policy_resources: usize,
    pub scim: usize,
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
            api_keys: 50,
            oauth_clients: 50,
            v2_lists: 20,
            events: 30,
            events_stream: 200,
            control_policies: 25,
            policy_resources: 10,
            scim: 100,
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
            api_keys: size,
            oauth_clients: size,
            v2_lists: size,
            events: size,
            events_stream: size,
            control_policies: size,
            policy_resources: size,
            scim: size,
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

/// The limits that are documented of single routes, each for all requests of that route: 10 of
/// `events`, `event` and `event-actions`, 50 of `events-stream`, 200 of `last-active-dates`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteLimits {
    /// Length of a period: a minute as documented; a shorter one lets a test wait for its end.
    pub period: Duration,
}

impl Default for RouteLimits {
    fn default() -> RouteLimits {
        RouteLimits {
            period: Duration::from_secs(60),
        }
    }
}

/// How the last page of the audit log ends. Both are told of the real thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EventsEnd {
    /// `links` is empty and `meta` is null throughout.
    #[default]
    Null,
    /// A cursor leads on, to an empty page that leads to itself, until there are new events.
    Cursor,
}

/// The deprecated first version of the routes of policies, which may be switched off any day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ControlV1 {
    /// They answer as documented.
    #[default]
    Served,
    /// They are not found.
    Disabled,
}

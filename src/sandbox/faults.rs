//! Faults on request: what goes wrong, on which route, at which of its requests.
//!
//! `users-search@3=429` makes the third request of `users-search` answer 429. The text has three
//! parts, `ROUTE[@WHEN]=WHAT[:DETAIL]`: a route's short name or `any`; `3`, `3+`, `2-4` or `*`
//! (every request, also when left out); and one of [`WORDS`].

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::page::Order;
use super::routes::{ROUTES, Route};

/// Longest delay of a fault, so that a typing error does not look like a hang.
const DELAY_MAX: Duration = Duration::from_secs(600);

/// Name that stands for every route.
const ANY: &str = "any";

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Short name of the route; nothing for every route, whose requests are then counted together.
    route: Option<&'static str>,
    when: When,
    pub(super) what: FaultKind,
}

/// Which requests of a route a fault meets, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Every,
    Only(u32),
    From(u32),
    Between(u32, u32),
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FaultKind {
    /// The request is refused or fails in the API's own words.
    Status(u16, Hint),
    /// The answer comes late.
    Delay(Duration),
    /// The `Date` header is so many seconds ahead of the clock, or behind it.
    Skew(i32),
    /// `Content-Length` promises twice what is sent before the connection ends.
    CutBody,
    /// A chunked body ends in the middle, without its last chunk.
    CutChunked,
    /// The body is JSON up to its middle.
    BrokenJson,
    /// A page for people, with this status.
    Html(u16),
    /// The page names itself as the next one.
    RepeatCursor,
    /// The page names the one before as the next one.
    LoopCursor,
    /// The cursor is refused, as if it had expired; a request without one is answered.
    DeadCursor,
    /// The page has no records, and a next one that has.
    EmptyPage,
    /// The request is sent to another host.
    Redirect,
    /// `next` names another host.
    ForeignNext,
    /// The body is right, its content type says plain text.
    WrongType,
    /// The last record comes again at the top of the next page.
    RepeatRecord,
    /// The first record weighs 10 MiB.
    HugeRecord,
    /// A text holds a byte that is not UTF-8.
    BadUtf8,
    /// From this request on, the listing is another one: the walk under way misses or repeats.
    Disturbed(Change),
}

/// What happens to a listing while it is walked. It stays so for all later requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// A record that was not there before stands first.
    Insert,
    /// The first record is gone.
    Remove,
    /// The last record stands first.
    MoveToFront,
    /// The first record stands last.
    MoveToEnd,
}

impl Change {
    /// What the listing is like until then.
    fn before(self) -> Order {
        match self {
            Change::Insert => Order::WithoutFirst,
            Change::Remove | Change::MoveToFront | Change::MoveToEnd => Order::AsIs,
        }
    }

    /// What the listing is like from then on.
    fn after(self) -> Order {
        match self {
            Change::Insert => Order::AsIs,
            Change::Remove => Order::WithoutFirst,
            Change::MoveToFront => Order::LastFirst,
            Change::MoveToEnd => Order::FirstLast,
        }
    }
}

/// What a refusal says about when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// The rate-limit headers, as with every answer.
    RateLimit,
    /// No header at all.
    Bare,
    /// `Retry-After` in seconds.
    Seconds(u32),
    /// `Retry-After` as a date so many seconds ahead.
    Date(u32),
}

/// Every word for what may go wrong, with its meaning.
#[rustfmt::skip]
pub const WORDS: &[(&str, &str)] = &[
    ("401", "the key is refused"),
    ("402", "the plan does not have this"),
    ("403", "the key may not read this"),
    ("404", "not found"),
    ("429", "too many requests; also 429:bare, 429:retry-after-2, 429:retry-after-date-2 (seconds)"),
    ("500", "internal error"),
    ("502", "bad gateway, an HTML page"),
    ("503", "unavailable, an HTML page; also 503:retry-after-2, 503:retry-after-date-2"),
    ("delay:MILLISECONDS", "the answer comes late"),
    ("skew:SECONDS", "the server's clock is ahead, or behind with a minus"),
    ("cut-body", "Content-Length promises more than is sent"),
    ("cut-chunked", "a chunked body that ends in the middle"),
    ("broken-json", "JSON up to its middle"),
    ("html-200", "an HTML page with status 200"),
    ("html-500", "an HTML page with status 500"),
    ("repeat-cursor", "the page names itself as the next one"),
    ("loop-cursor", "the page names the one before as the next one"),
    ("dead-cursor", "the cursor is refused, as if it had expired"),
    ("empty-page", "a page without records before the one asked for"),
    ("redirect", "sent to another host"),
    ("foreign-next", "`next` names another host"),
    ("wrong-type", "content type text/plain"),
    ("repeat-record", "the last record comes again on the next page"),
    ("huge-record", "the first record weighs 10 MiB"),
    ("bad-utf8", "a byte that is not UTF-8"),
    ("insert-record", "from that request on, a record that was not there before stands first"),
    ("remove-record", "from that request on, the first record is gone"),
    ("move-to-front", "from that request on, the last record stands first"),
    ("move-to-end", "from that request on, the first record stands last"),
];

impl Fault {
    /// Whether it meets the request that is the `of_route`th of `route` and the `of_all`th of all.
    pub(super) fn meets(&self, route: &str, of_route: u32, of_all: u32) -> bool {
        let number = match self.route {
            Some(name) if name != route => return false,
            Some(_) => of_route,
            None => of_all,
        };
        match self.when {
            When::Every => true,
            When::Only(only) => number == only,
            When::From(first) => number >= first,
            When::Between(first, last) => (first..=last).contains(&number),
        }
    }
}

impl Fault {
    /// What the listing of `route` is like at its `of_route`th request, the `of_all`th of all, if
    /// the fault is about that.
    pub(super) fn order(&self, route: &str, of_route: u32, of_all: u32) -> Option<Order> {
        let FaultKind::Disturbed(change) = self.what else {
            return None;
        };
        let number = match self.route {
            Some(name) if name != route => return None,
            Some(_) => of_route,
            None => of_all,
        };
        let happened = match self.when {
            When::Every => true,
            When::Only(first) | When::From(first) => number >= first,
            When::Between(first, last) => (first..=last).contains(&number),
        };
        Some(if happened {
            change.after()
        } else {
            change.before()
        })
    }
}

/// Why a fault's text cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub enum FaultProblem {
    /// There is no `=`.
    #[error("`{text}` is not of the form ROUTE@WHEN=WHAT")]
    #[diagnostic(
        code(sandbox::fault_form),
        help("for example users-search@3=429, or domains=403 for every request")
    )]
    Form {
        /// The text as given.
        text: String,
    },
    /// No route has that name.
    #[error("no route is called `{name}`")]
    #[diagnostic(code(sandbox::fault_route), help("routes: {}", route_names()))]
    Route {
        /// The name as given.
        name: String,
    },
    /// The part after `@` names no requests.
    #[error("`{text}` does not say which requests")]
    #[diagnostic(
        code(sandbox::fault_when),
        help(
            "`3` is the third request, `3+` it and all after it, `2-4` these three, `*` every one; they count from 1"
        )
    )]
    When {
        /// The text as given.
        text: String,
    },
    /// Nothing of that name can go wrong.
    #[error("no fault is called `{text}`")]
    #[diagnostic(code(sandbox::fault_what), help("faults: {}", fault_names()))]
    What {
        /// The text as given.
        text: String,
    },
    /// The fault is about pages, and the route has none.
    #[error("`{what}` is about pages, and `{route}` answers without any")]
    #[diagnostic(
        code(sandbox::fault_pages),
        help("routes with pages: {}", paged_route_names())
    )]
    NoPages {
        /// The route.
        route: String,
        /// The fault.
        what: String,
    },
}

/// How faults are written, every route and every fault, for a reader.
pub fn fault_help() -> String {
    format!(
        "a fault is written ROUTE@WHEN=WHAT: users-search@3=429 (the third request), domains@2+=503, any@10+=401\n\n\
         WHEN    3, 3+, 2-4 or * (the default)\n\
         ROUTE   {}\n\
         WHAT    {}\n\n\
         Details follow a colon: delay:250 (milliseconds), skew:-300 (seconds), 429:bare, 503:retry-after-2\n",
        route_names(),
        fault_names()
    )
}

fn route_names() -> String {
    let names = ROUTES.iter().map(|route| route.name).chain([ANY]);
    names.collect::<Vec<_>>().join(", ")
}

fn paged_route_names() -> String {
    let paged = ROUTES
        .iter()
        .filter(|route| route.paged)
        .map(|route| route.name);
    paged.collect::<Vec<_>>().join(", ")
}

fn fault_names() -> String {
    WORDS
        .iter()
        .map(|(word, _)| *word)
        .collect::<Vec<_>>()
        .join(", ")
}

impl FromStr for Fault {
    type Err = FaultProblem;

    fn from_str(text: &str) -> Result<Fault, FaultProblem> {
        let form = || FaultProblem::Form {
            text: text.to_owned(),
        };
        let (place, what_text) = text.trim().split_once('=').ok_or_else(form)?;
        let (name, when_text) = place.split_once('@').unwrap_or((place, "*"));
        let route = ROUTES.iter().find(|route| route.name == name);
        if route.is_none() && name != ANY {
            return Err(FaultProblem::Route {
                name: name.to_owned(),
            });
        }
        let when = when(when_text).ok_or_else(|| FaultProblem::When {
            text: when_text.to_owned(),
        })?;
        let what = what(what_text).ok_or_else(|| FaultProblem::What {
            text: what_text.to_owned(),
        })?;
        let has_none = |route: &Route| {
            (what.is_about_pages() && !route.paged) || (what.is_about_records() && !route.lists())
        };
        if route.is_some_and(has_none) {
            return Err(FaultProblem::NoPages {
                route: name.to_owned(),
                what: what_text.to_owned(),
            });
        }
        Ok(Fault {
            route: route.map(|route| route.name),
            when,
            what,
        })
    }
}

fn when(text: &str) -> Option<When> {
    let number = |text: &str| text.parse::<u32>().ok().filter(|&number| number >= 1);
    if text == "*" {
        Some(When::Every)
    } else if let Some(first) = text.strip_suffix('+') {
        number(first).map(When::From)
    } else if let Some((first, last)) = text.split_once('-') {
        let (first, last) = (number(first)?, number(last)?);
        (first <= last).then_some(When::Between(first, last))
    } else {
        number(text).map(When::Only)
    }
}

fn what(text: &str) -> Option<FaultKind> {
    let (word, detail) = match text.split_once(':') {
        Some((word, detail)) => (word, Some(detail)),
        None => (text, None),
    };
    let hint = |detail: &str| {
        if detail == "bare" {
            Some(Hint::Bare)
        } else if let Some(seconds) = detail.strip_prefix("retry-after-date-") {
            seconds.parse().ok().map(Hint::Date)
        } else {
            detail
                .strip_prefix("retry-after-")?
                .parse()
                .ok()
                .map(Hint::Seconds)
        }
    };
    Some(match (word, detail) {
        ("401" | "402" | "403" | "404" | "429" | "500" | "502" | "503", None) => {
            FaultKind::Status(word.parse().ok()?, Hint::RateLimit)
        }
        ("429" | "503", Some(detail)) => FaultKind::Status(word.parse().ok()?, hint(detail)?),
        ("delay", Some(detail)) => {
            let delay = Duration::from_millis(detail.parse().ok()?);
            FaultKind::Delay(Some(delay).filter(|delay| *delay <= DELAY_MAX)?)
        }
        ("skew", Some(detail)) => FaultKind::Skew(detail.parse().ok()?),
        ("cut-body", None) => FaultKind::CutBody,
        ("cut-chunked", None) => FaultKind::CutChunked,
        ("broken-json", None) => FaultKind::BrokenJson,
        ("html-200", None) => FaultKind::Html(200),
        ("html-500", None) => FaultKind::Html(500),
        ("repeat-cursor", None) => FaultKind::RepeatCursor,
        ("loop-cursor", None) => FaultKind::LoopCursor,
        ("dead-cursor", None) => FaultKind::DeadCursor,
        ("empty-page", None) => FaultKind::EmptyPage,
        ("redirect", None) => FaultKind::Redirect,
        ("foreign-next", None) => FaultKind::ForeignNext,
        ("wrong-type", None) => FaultKind::WrongType,
        ("repeat-record", None) => FaultKind::RepeatRecord,
        ("huge-record", None) => FaultKind::HugeRecord,
        ("bad-utf8", None) => FaultKind::BadUtf8,
        ("insert-record", None) => FaultKind::Disturbed(Change::Insert),
        ("remove-record", None) => FaultKind::Disturbed(Change::Remove),
        ("move-to-front", None) => FaultKind::Disturbed(Change::MoveToFront),
        ("move-to-end", None) => FaultKind::Disturbed(Change::MoveToEnd),
        _ => return None,
    })
}

impl FaultKind {
    /// Whether only a route that lists records can have it.
    fn is_about_records(self) -> bool {
        matches!(self, FaultKind::HugeRecord | FaultKind::Disturbed(_))
    }

    /// Whether only a route whose pages are linked by cursors can have it.
    fn is_about_pages(self) -> bool {
        match self {
            FaultKind::RepeatCursor
            | FaultKind::LoopCursor
            | FaultKind::DeadCursor
            | FaultKind::EmptyPage
            | FaultKind::ForeignNext
            | FaultKind::RepeatRecord => true,
            FaultKind::Status(..)
            | FaultKind::Delay(_)
            | FaultKind::Skew(_)
            | FaultKind::CutBody
            | FaultKind::CutChunked
            | FaultKind::BrokenJson
            | FaultKind::Html(_)
            | FaultKind::Redirect
            | FaultKind::WrongType
            | FaultKind::HugeRecord
            | FaultKind::BadUtf8
            | FaultKind::Disturbed(_) => false,
        }
    }
}

/// As it was written, so that a run can state its faults.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.route.unwrap_or(ANY))?;
        match self.when {
            When::Every => Ok(()),
            When::Only(only) => write!(f, "@{only}"),
            When::From(first) => write!(f, "@{first}+"),
            When::Between(first, last) => write!(f, "@{first}-{last}"),
        }?;
        f.write_str("=")?;
        match self.what {
            FaultKind::Status(status, Hint::RateLimit) => write!(f, "{status}"),
            FaultKind::Status(status, Hint::Bare) => write!(f, "{status}:bare"),
            FaultKind::Status(status, Hint::Seconds(seconds)) => {
                write!(f, "{status}:retry-after-{seconds}")
            }
            FaultKind::Status(status, Hint::Date(seconds)) => {
                write!(f, "{status}:retry-after-date-{seconds}")
            }
            FaultKind::Delay(delay) => write!(f, "delay:{}", delay.as_millis()),
            FaultKind::Skew(seconds) => write!(f, "skew:{seconds}"),
            FaultKind::CutBody => f.write_str("cut-body"),
            FaultKind::CutChunked => f.write_str("cut-chunked"),
            FaultKind::BrokenJson => f.write_str("broken-json"),
            FaultKind::Html(status) => write!(f, "html-{status}"),
            FaultKind::RepeatCursor => f.write_str("repeat-cursor"),
            FaultKind::LoopCursor => f.write_str("loop-cursor"),
            FaultKind::DeadCursor => f.write_str("dead-cursor"),
            FaultKind::EmptyPage => f.write_str("empty-page"),
            FaultKind::Redirect => f.write_str("redirect"),
            FaultKind::ForeignNext => f.write_str("foreign-next"),
            FaultKind::WrongType => f.write_str("wrong-type"),
            FaultKind::RepeatRecord => f.write_str("repeat-record"),
            FaultKind::HugeRecord => f.write_str("huge-record"),
            FaultKind::BadUtf8 => f.write_str("bad-utf8"),
            FaultKind::Disturbed(Change::Insert) => f.write_str("insert-record"),
            FaultKind::Disturbed(Change::Remove) => f.write_str("remove-record"),
            FaultKind::Disturbed(Change::MoveToFront) => f.write_str("move-to-front"),
            FaultKind::Disturbed(Change::MoveToEnd) => f.write_str("move-to-end"),
        }
    }
}

#[cfg(test)]
mod tests;

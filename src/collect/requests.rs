//! Every request that this program can send, told from the collectors.

use super::client::Verb;
use super::{COLLECTORS, Collector, Count, Paging, Rate};
use serde::Serialize;
use serde_json::Value;

/// One request, as a pattern.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequestPattern {
    /// Name of the collector that sends it.
    pub collector: &'static str,
    /// What it is for: a page, a page where the newer endpoint answered 404, the API's own counts, or an edge
    /// of the audit log.
    pub purpose: &'static str,
    /// Method.
    pub method: Verb,
    /// Path below the host, `{org}` for the organisation id.
    pub path: &'static str,
    /// Names of its query parameters, with their values; `cursor` only behind the first page. `FROM` and
    /// `TO` stand for times, in milliseconds since 1970.
    pub query: Vec<(&'static str, &'static str)>,
    /// Body of the first request, if it has one.
    pub body: Option<Value>,
    /// Body of the requests behind it, with `CURSOR` for the cursor.
    pub next_body: Option<Value>,
    /// Requests a minute that are never exceeded, where the vendor documents a limit.
    pub a_minute: Option<usize>,
}

/// The requests of every collector, in their order.
pub fn requests() -> Vec<RequestPattern> {
    COLLECTORS.iter().flat_map(|one| of(one)).collect()
}

/// A first page of the audit log.
const EVENTS_PAGE: &[(&str, &str)] = &[("from", "FROM"), ("sortOrder", "asc"), ("limit", "500")];

/// The newest event of the audit log at a moment.
const EVENTS_EDGE: &[(&str, &str)] = &[("to", "TO"), ("sortOrder", "desc"), ("limit", "1")];

fn of(collector: &'static Collector) -> Vec<RequestPattern> {
    let query = |paging: Paging| match paging {
        Paging::Query(first) => [first, &[("cursor", "CURSOR")]].concat(),
        Paging::AuditLog => [EVENTS_PAGE, &[("cursor", "CURSOR")]].concat(),
        Paging::Index(first) => [first, &[("startIndex", "1")]].concat(),
        Paging::Document
        | Paging::List
        | Paging::Body(_)
        | Paging::BodyCursorAlone(_)
        | Paging::Answer => Vec::new(),
    };
    let get = |purpose, path| RequestPattern {
        collector: collector.name,
        purpose,
        method: Verb::Get,
        path,
        query: Vec::new(),
        body: None,
        next_body: None,
        a_minute: None,
    };
    let (body, next_body) = super::pages::bodies(collector);
    let mut patterns = vec![RequestPattern {
        method: collector.method,
        query: query(collector.paging),
        body,
        next_body,
        a_minute: collector.rate.map(a_minute),
        ..get("page", collector.path)
    }];
    if let Some(fallback) = collector.fallback {
        patterns.push(RequestPattern {
            query: query(fallback.paging),
            ..get("page after a 404", fallback.path)
        });
    }
    if let Count::Request { count, stats } = collector.count {
        patterns.push(get("count", count));
        patterns.extend(stats.map(|path| get("counts by kind", path)));
    }
    if collector.paging == Paging::AuditLog {
        patterns.push(RequestPattern {
            query: EVENTS_EDGE.to_vec(),
            a_minute: collector.rate.map(a_minute),
            ..get("edge", collector.path)
        });
    }
    patterns
}

fn a_minute(rate: Rate) -> usize {
    let seconds = usize::try_from(rate.per.as_secs())
        .unwrap_or(usize::MAX)
        .max(1);
    rate.requests * 60 / seconds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit_log::Ask;
    use crate::collect::client::ALLOWED;
    use std::collections::BTreeSet;

    #[test]
    fn what_may_be_sent_is_what_the_collectors_send_and_nothing_else() {
        let text = |verb: Verb, path: &str| format!("{verb:?} {path}");
        let sent: BTreeSet<String> = requests()
            .iter()
            .map(|one| text(one.method, one.path))
            .collect();
        let allowed: BTreeSet<String> = ALLOWED
            .iter()
            .map(|(verb, path)| text(*verb, path))
            .collect();
        assert_eq!(sent, allowed);
    }

    #[test]
    fn the_audit_log_is_asked_as_its_walker_says() {
        let at = jiff::Timestamp::from_second(7).expect("a time");
        for (ask, told) in [
            (Ask::Since(at), EVENTS_PAGE),
            (Ask::NewestUntil(at), EVENTS_EDGE),
            (Ask::Behind("CURSOR".to_owned()), &[("cursor", "CURSOR")]),
        ] {
            let sent = ask.query();
            assert_eq!(sent.len(), told.len());
            for ((name, value), (told_name, told_value)) in sent.iter().zip(told) {
                assert_eq!(name, told_name);
                let told_value = told_value.replace("FROM", "7000").replace("TO", "7000");
                assert_eq!(*value, told_value);
            }
        }
    }

    #[test]
    fn a_post_is_a_search_and_carries_its_filters_and_nothing_else() {
        for request in requests() {
            let is_post = request.method == Verb::Post;
            assert_eq!(request.body.is_some(), is_post, "{}", request.path);
            let searches = [
                "/users/search",
                "/groups/search",
                "/workspaces",
                "/bulk-fetch",
            ];
            let is_search = searches.iter().any(|end| request.path.ends_with(end));
            assert!(!is_post || is_search, "{}", request.path);
        }
    }
}

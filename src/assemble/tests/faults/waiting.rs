//! Rate limits: how long a request waits, and what becomes of a listing that would wait too long.

use super::reason;
use crate::assemble::tests::records::*;
use crate::assemble::tests::runs::*;
use crate::assemble::tests::server::{Reply, reply};
use crate::assemble::tests::world::World;
use crate::collect::FixedClock;
use crate::snapshot::{CutReason, RecordSource};
use std::time::Duration;

#[test]
fn a_rate_limit_that_lifts_is_waited_for_as_its_headers_say() {
    for (headers, until) in [
        (
            vec![("x-ratelimit-reset", "2026-11-20T06:00:40Z")],
            "2026-11-20T06:00:40Z",
        ),
        (vec![("retry-after", "25")], "2026-11-20T06:00:25Z"),
        (
            vec![("retry-after", "Fri, 20 Nov 2026 06:01:05 GMT")],
            "2026-11-20T06:01:05Z",
        ),
    ] {
        let headers: &'static [(&str, &str)] = headers.leak();
        let (state, ran) = state_after(SEARCH, "accounts", move |seen| {
            (seen.nth < 2).then(|| {
                reply(
                    429,
                    headers,
                    "application/json",
                    r#"{"code":429,"message":"slow down"}"#,
                )
            })
        });
        assert_eq!(state, "whole");
        let line = format!("accounts: 429 Too Many Requests: slow down, waiting until {until}");
        assert!(ran.told.contains(&line), "{}", ran.told);
        let source = &ran.snapshot().manifest().datasets["accounts"].sources[0];
        // Two counts, three pages and the counts by kind; two tries of each page were refused.
        assert_eq!((source.requests, source.retries), (12, 6));
    }
}

#[test]
fn a_rate_limit_without_headers_is_waited_for_a_little_longer_each_time() {
    let (state, ran) = state_after("domains", "domains", |seen| {
        (seen.nth < 5).then(|| reply(429, &[], "text/plain", ""))
    });
    assert_eq!(state, "whole");
    assert!(
        ran.told
            .contains("domains: 429 Too Many Requests, waiting until"),
        "{}",
        ran.told
    );
}

#[test]
fn a_rate_limit_that_does_not_lift_in_time_cuts_the_dataset() {
    let (state, ran) = state_after("domains", "domains", |_| {
        Some(reply(
            429,
            &[("retry-after", "86400")],
            "application/json",
            "{}",
        ))
    });
    assert_eq!(
        state,
        "cut: page 1: 429 Too Many Requests; it would take longer than the 900 s that one request may wait"
    );
    assert_eq!(reason(&ran, "domains"), CutReason::RateLimit);
    let (state, _) = state_after("domains", "domains", |_| {
        Some(reply(
            429,
            &[("retry-after", "0")],
            "application/json",
            "{}",
        ))
    });
    assert_eq!(state, "cut: page 1: 429 Too Many Requests, 21 times");
}

#[test]
fn the_next_request_waits_when_the_api_says_that_none_is_left() {
    let world = World::new();
    let good = world.clone();
    let world = world.with_fault(move |seen| {
        let Reply::Send {
            status,
            mut headers,
            body,
        } = good.answer(seen)
        else {
            return None;
        };
        if seen.route == "domains" && seen.cursor.is_none() {
            headers.push(("X-RateLimit-Remaining".to_owned(), "0".to_owned()));
            headers.push((
                "X-RateLimit-Reset".to_owned(),
                "2026-11-20T06:00:09Z".to_owned(),
            ));
        }
        Some(Reply::Send {
            status,
            headers,
            body,
        })
    });
    let ran = run(&world);
    assert_eq!(ran.state("domains"), "whole");
    let line = "domains: rate limit, waiting until 2026-11-20T06:00:09Z";
    assert_eq!(ran.told.matches(line).count(), 1, "{}", ran.told);
}

#[test]
fn a_clock_that_stands_still_never_waits() {
    use crate::collect::Clock;
    block_on(FixedClock(now()).wait(Duration::from_secs(1 << 40)));
}

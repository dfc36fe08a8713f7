//! Answers that are broken, that are another's, or that never come.

use super::{exchanges, reason};
use crate::assemble::tests::records::*;
use crate::assemble::tests::runs::*;
use crate::assemble::tests::server::{Reply, json_reply, reply};
use crate::assemble::tests::world::World;
use crate::collect::{COLLECTORS, CollectError};
use crate::snapshot::{CutReason, RecordSource};
use serde_json::json;
use std::time::Duration;

#[test]
fn a_server_that_recovers_costs_retries_and_nothing_else() {
    for fault in [
        json_reply(500, &json!({})),
        json_reply(503, &json!({})),
        Reply::CutBody,
    ] {
        let (state, ran) = state_after("domains", "domains", move |seen| {
            (seen.nth < 2).then(|| fault.clone())
        });
        assert_eq!(state, "whole");
        let source = &ran.snapshot().manifest().datasets["domains"].sources[0];
        assert_eq!((source.requests, source.retries, source.errors), (6, 4, 4));
        assert_eq!((source.readings, source.pages), (1, 2));
        assert_eq!(source.records, 3);
    }
}

#[test]
fn a_page_that_keeps_failing_cuts_the_dataset_with_what_happened() {
    type Expected = (Reply, CutReason, &'static str);
    let html = "<html><body>Log in</body></html>";
    let faults: Vec<Expected> = vec![
        (
            json_reply(503, &json!({"errors": [{"detail": "Try later."}]})),
            CutReason::ServerError,
            "kept failing after 5 retries: 503 Service Unavailable: Try later.",
        ),
        (
            Reply::CutBody,
            CutReason::ServerError,
            "kept failing after 5 retries: the connection broke before the answer was whole: ",
        ),
        (
            reply(200, &[], "application/json", r#"{"data": [{"id": "#),
            CutReason::BrokenAnswer,
            "kept failing after 5 retries: the JSON does not read as a page: ",
        ),
        (
            reply(200, &[], "application/json", r#"{"data": {"id": 1}}"#),
            CutReason::BrokenAnswer,
            "kept failing after 5 retries: `data` is no list of records",
        ),
        (
            reply(200, &[], "application/json", r#"{"items": []}"#),
            CutReason::BrokenAnswer,
            "kept failing after 5 retries: the JSON does not read as a page: missing field `data`",
        ),
        (
            reply(
                200,
                &[],
                "application/json",
                r#"{"data": [], "links": {"next": 5}}"#,
            ),
            CutReason::BrokenAnswer,
            "kept failing after 5 retries: the link to the next page is no text",
        ),
        (
            reply(200, &[], "text/html; charset=utf-8", html),
            CutReason::BrokenAnswer,
            "kept failing after 5 retries: the answer is `text/html`, not JSON",
        ),
        (
            reply(
                200,
                &[],
                "application/json",
                b"{\"data\": [\"\xff\xfe\"]}".to_vec(),
            ),
            CutReason::BrokenAnswer,
            "kept failing after 5 retries: the body is not UTF-8",
        ),
    ];
    for (fault, expected, text) in faults {
        let (state, ran) = state_after("domains", "domains", move |seen| {
            seen.cursor.is_some().then(|| fault.clone())
        });
        assert!(
            state.starts_with(&format!("cut: page 2: {text}")),
            "{state}"
        );
        assert_eq!(reason(&ran, "domains"), expected);
        assert_eq!(ran.records("domains").len(), 2, "what had arrived is kept");
        assert_eq!(
            exchanges(&ran, "domains").len(),
            7,
            "failed answers are kept too"
        );
    }
}

#[test]
fn a_page_for_people_in_place_of_every_answer_leaves_nothing_whole() {
    let html = "<!doctype html><title>Sign in to the network</title>";
    for (status, state) in [
        (
            200,
            "cut: page 1: kept failing after 5 retries: the answer is `text/html`, not JSON",
        ),
        (
            302,
            "cut: page 1: 302 Found: the API redirects to portal.example, which is not followed",
        ),
        (404, "unavailable: 404 Not Found"),
        (
            500,
            "cut: page 1: kept failing after 5 retries: 500 Internal Server Error",
        ),
        (
            511,
            "cut: page 1: kept failing after 5 retries: 511 Network Authentication Required",
        ),
    ] {
        let world = World::new().with_fault(move |_| {
            let headers = [("location", "https://portal.example/login")];
            Some(reply(status, &headers, "text/html; charset=utf-8", html))
        });
        let ran = run(&world);
        for collector in COLLECTORS {
            let found = ran.state(collector.dataset);
            // The audit log is asked for its edge first.
            let found = found.replace("the newest event before the period", "page 1");
            // What is asked about accounts says that those were not listed, and why.
            let (_, told) = state.split_once(": ").expect("a state and why");
            let is_in_parts = COLLECTORS
                .iter()
                .any(|one| one.dataset == collector.dataset && one.parts.accounts_of().is_some());
            assert!(
                found == state
                    || is_in_parts && !found.starts_with("whole") && found.ends_with(told),
                "{}: {found}",
                collector.name
            );
            assert!(ran.records(collector.dataset).is_empty());
        }
    }
    // Where such a page refuses, it refuses the key as far as anyone can tell.
    let world = World::new().with_fault(move |_| Some(reply(403, &[], "text/html", html)));
    let refused = run(&world).result.expect_err("no snapshot");
    assert!(
        matches!(refused, CollectError::KeyRefused { .. }),
        "{refused}"
    );
}

#[test]
fn a_server_that_never_answers_cuts_the_dataset() {
    let world = World::new().with_fault(|seen| (seen.route == "domains").then_some(Reply::Hang));
    let ran = run_with(&world, |limits| {
        limits.request_timeout = Duration::from_millis(300);
        limits.retry_count_max = 1;
    });
    let state = ran.state("domains");
    assert!(
        state.starts_with("cut: page 1: kept failing after 1 retries: no answer in time"),
        "{state}"
    );
    assert_eq!(ran.state("groups"), "whole");
}

#[test]
fn an_object_that_names_a_member_twice_is_a_broken_answer() {
    for (route, dataset, record) in [
        (
            "api-tokens",
            "api_tokens",
            r#"{"id":"t1","expiresAt":null,"expiresAt":"2027-01-01T00:00:00Z"}"#,
        ),
        (
            SEARCH,
            "accounts",
            r#"{"accountId":"a1","accountStatus":"active","account\u0053tatus":"inactive"}"#,
        ),
        (
            "workspaces",
            "workspaces",
            r#"{"id":"w","attributes":{"sandbox":{"type":"NONE","type":"CHILD"}}}"#,
        ),
    ] {
        let body = format!(r#"{{"data":[{record}],"links":{{}}}}"#);
        let (state, ran) = state_after(route, dataset, move |_| {
            Some(reply(200, &[], "application/json", body.clone()))
        });
        assert_eq!(reason(&ran, dataset), CutReason::BrokenAnswer, "{dataset}");
        assert!(state.contains("twice"), "{state}");
    }
}

#[test]
fn an_answer_about_another_organisation_is_not_the_one_asked_for() {
    let mut world = World::new();
    world.records.insert(
        "",
        vec![json!({"id": "another", "attributes": {"name": "Other"}})],
    );
    let ran = run(&world);
    assert_eq!(reason(&ran, "organization"), CutReason::BrokenAnswer);
    assert_eq!(
        ran.state("organization"),
        format!("cut: asked for organisation {ORG}, the API answered with another")
    );
}

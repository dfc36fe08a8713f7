//! Refusals of a dataset or of a key, and runs that end because nothing can be asked any more.

use super::reason;
use crate::assemble::tests::runs::*;
use crate::assemble::tests::server::json_reply;
use crate::assemble::tests::world::World;
use crate::collect::{CollectError, Limits};
use crate::progress::Silent;
use crate::snapshot::{CutReason, Snapshot};
use serde_json::json;
use std::time::Duration;

#[test]
fn a_refused_dataset_is_denied_and_the_others_are_whole() {
    for (status, said, state) in [
        (
            401,
            json!({"code": 401, "message": "Unauthorized"}),
            "denied: 401 Unauthorized",
        ),
        (402, json!({}), "denied: 402 Payment Required"),
        (
            403,
            json!({"status": 403, "message": "User has no permission to access resource."}),
            "denied: 403 Forbidden: User has no permission to access resource.",
        ),
        (
            404,
            json!({"errors": [{"status": "404", "detail": "No such thing."}]}),
            "unavailable: 404 Not Found: No such thing.",
        ),
        (
            400,
            json!({"errors": [{"title": "Bad"}]}),
            "unavailable: 400 Bad Request: Bad",
        ),
    ] {
        let (found, ran) = state_after("domains", "domains", move |_| {
            Some(json_reply(status, &said))
        });
        assert_eq!(found, state);
        assert_eq!(ran.state("groups"), "whole");
        let asked = ran
            .seen
            .iter()
            .filter(|seen| seen.route == "domains")
            .count();
        assert_eq!(asked, 1, "a refusal is not asked again");
    }
}

#[test]
fn a_key_that_may_read_nothing_is_refused_like_one_that_is_unknown() {
    let world = World::new().with_fault(|_| Some(json_reply(403, &json!({"message": "No."}))));
    let ran = run(&world);
    let error = ran.result.as_ref().expect_err("nothing could be read");
    assert!(matches!(error, CollectError::KeyRefused { .. }), "{error}");
}

#[test]
fn a_key_that_every_request_refuses_ends_the_run_without_a_snapshot() {
    let world = World::new().with_fault(|_| {
        Some(json_reply(
            401,
            &json!({"code": 401, "message": "Unauthorized"}),
        ))
    });
    let ran = run(&world);
    let error = ran.result.as_ref().expect_err("nothing could be read");
    assert_eq!(
        error.to_string(),
        "the API refused the key: 401 Unauthorized"
    );
    assert!(matches!(error, CollectError::KeyRefused { .. }));
    assert!(Snapshot::open(&ran.dir).is_err());
    assert!(ran.files().is_empty(), "the folder can be used again");
}

#[test]
fn a_key_that_expires_midway_cuts_what_was_under_way() {
    let (state, ran) = state_after("domains", "domains", |seen| {
        seen.cursor
            .is_some()
            .then(|| json_reply(401, &json!({"code": 401, "message": "Unauthorized"})))
    });
    assert_eq!(
        state,
        "cut: page 2: the API refused to go on: 401 Unauthorized"
    );
    assert_eq!(reason(&ran, "domains"), CutReason::Interrupted);
    assert_eq!(ran.records("domains").len(), 2, "what had arrived is kept");
}

#[test]
fn an_api_that_nobody_answers_for_ends_the_run_without_a_snapshot() {
    let dir = tempfile::tempdir().expect("a folder");
    let error = block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        drop(listener);
        collect_into(&dir.path().join("s"), &url, Limits::default(), &Silent).await
    })
    .expect_err("nobody listens there");
    assert!(matches!(error, CollectError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("cannot be reached: "), "{error}");
    assert!(Snapshot::open(&dir.path().join("s")).is_err());
}

#[test]
fn after_the_runs_time_no_request_is_sent() {
    let ran = run_with(&World::new(), |limits| limits.run_max = Duration::ZERO);
    assert!(ran.seen.is_empty());
    let error = ran.result.as_ref().expect_err("nothing was asked");
    assert!(
        error.to_string().contains("the run's 0 s were over"),
        "{error}"
    );
}

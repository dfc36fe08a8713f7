//! Provisioning directories: each is read with a key of its own, and joined to accounts.

use crate::assemble::tests::records::*;
use crate::assemble::tests::runs::*;
use crate::assemble::tests::server::{Reply, Server, json_reply, reply};
use crate::assemble::tests::world::{World, world_with};
use crate::collect::{CollectRequest, ScimKeys};
use crate::snapshot::{CutReason, RecordSource};
use serde_json::{Value, json};

#[test]
fn a_provisioning_directory_is_read_page_by_page_with_its_own_key() {
    let ran = run(&World::new());
    let asked: Vec<(bool, Option<&str>)> = asked(&ran, "scim/Users")
        .iter()
        .map(|seen| (seen.path.contains(OTHER_DIRECTORY), seen.cursor.as_deref()))
        .collect();
    assert_eq!(asked, [(false, None), (false, Some("3")), (true, None)]);
    let users = source(&ran, "scim_users", "scim users");
    assert_eq!(
        (users.requests, users.pages, users.records, users.api_count),
        (3, 3, 3, Some(3))
    );
    assert!(
        ran.seen
            .iter()
            .any(|seen| { seen.head.contains("/Users?count=100&startIndex=1 HTTP") })
    );
}

#[test]
fn without_a_key_no_provisioning_directory_is_asked_and_nothing_is_known() {
    let ran = run_request(&World::new(), |request: &mut CollectRequest<'_>| {
        request.scim_keys = ScimKeys::none();
    });
    for dataset in ["scim_users", "scim_groups"] {
        assert_eq!(
            ran.state(dataset),
            "not requested: this run did not ask for it"
        );
    }
    assert!(ran.seen.iter().all(|seen| !seen.route.starts_with("scim/")));
    let account = ran.record("accounts", "a1");
    assert_eq!(account.get("scim_active"), None);
    assert_eq!(account["sources_agree"], true, "those that were asked do");
}

#[test]
fn an_account_says_what_its_provisioning_directory_says() {
    let ran = run(&World::new());
    for (id, active) in [
        ("a1", json!(true)),
        ("a2", json!(true)),
        ("a3", Value::Null),
    ] {
        assert_eq!(ran.record("accounts", id)["scim_active"], active, "{id}");
    }
    // Denied: nothing is known of whom it lists.
    let (state, ran) = state_after("scim/Users", "scim_users", |_| {
        Some(json_reply(403, &json!({"detail": "No."})))
    });
    assert_eq!(state, "denied: 403 Forbidden: No.");
    assert_eq!(ran.record("accounts", "a1").get("scim_active"), None);
    assert_eq!(ran.state("accounts"), "whole");
}

#[test]
fn one_directory_that_is_refused_cuts_the_listing_and_names_it() {
    for (status, word) in [
        (401, "denied: 401 Unauthorized"),
        (403, "denied: 403 Forbidden"),
        (404, "unavailable: 404 Not Found"),
    ] {
        let (state, ran) = state_after("scim/Users", "scim_users", move |seen| {
            seen.path
                .contains(OTHER_DIRECTORY)
                .then(|| json_reply(status, &json!({})))
        });
        assert_eq!(
            state,
            format!("cut: 1 of 2 parts not whole: directory {OTHER_DIRECTORY} {word}")
        );
        assert_eq!(ran.records("scim_users").len(), 3, "what came is kept");
        assert_eq!(ran.state("scim_groups"), "whole");
    }
}

#[test]
fn a_provisioning_directory_meets_every_fault_that_other_listings_meet() {
    let page = |start: u64, total: Value, ids: &[&str]| {
        let records: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
        json!({"totalResults": total, "startIndex": start, "Resources": records})
    };
    let broken = |text: &str| reply(200, &[], "application/scim+json", text);
    for (fault, reason, expected) in [
        (
            json_reply(503, &json!({"detail": "later"})),
            CutReason::ServerError,
            "503 Service Unavailable: later",
        ),
        (
            Reply::CutBody,
            CutReason::ServerError,
            "the connection broke",
        ),
        (
            broken("{\"Resources\": ["),
            CutReason::BrokenAnswer,
            "the JSON does not read",
        ),
        (
            broken("[]"),
            CutReason::BrokenAnswer,
            "the JSON does not read",
        ),
        (
            json_reply(200, &json!({"Resources": []})),
            CutReason::BrokenAnswer,
            "`totalResults` is missing",
        ),
        (
            json_reply(200, &page(1, json!("3"), &["u1"])),
            CutReason::BrokenAnswer,
            "`totalResults` is no number",
        ),
        (
            json_reply(200, &page(2, json!(3), &["u1"])),
            CutReason::BrokenAnswer,
            "asked for the records from 1 on, the answer begins at 2",
        ),
        (
            json_reply(200, &json!({"totalResults": 3})),
            CutReason::BrokenAnswer,
            "`Resources` is missing",
        ),
        (
            reply(200, &[], "text/html", "<html>"),
            CutReason::BrokenAnswer,
            "the answer is `text/html`, not JSON",
        ),
        (
            reply(429, &[("retry-after", "86400")], "application/json", "{}"),
            CutReason::RateLimit,
            "429 Too Many Requests",
        ),
        (
            reply(429, &[], "application/json", "{}"),
            CutReason::RateLimit,
            "429 Too Many Requests, 21 times",
        ),
        (
            reply(
                302,
                &[("location", "https://elsewhere.example/")],
                "text/plain",
                "",
            ),
            CutReason::ForeignHost,
            "302 Found",
        ),
        // The same first page for ever: fewer different ones come than are counted.
        (
            json_reply(200, &page(1, json!(3), &[])),
            CutReason::CountMismatch,
            "the API counts 3, it listed 0",
        ),
    ] {
        let (state, ran) = state_after("scim/Users", "scim_users", move |seen| {
            seen.path.contains(DIRECTORY).then(|| fault.clone())
        });
        assert!(state.contains(expected), "{expected}: {state}");
        let completeness = &ran.snapshot().manifest().datasets["scim_users"].completeness;
        let found = serde_json::to_value(completeness).expect("a state");
        assert_eq!(
            found["reason"],
            serde_json::to_value(reason).expect("a word"),
            "{state}"
        );
        assert_eq!(ran.state("scim_groups"), "whole");
        assert_eq!(ran.record("accounts", "a3").get("scim_active"), None);
    }
}

#[test]
fn a_provisioning_directory_that_never_answers_cuts_its_listing() {
    let ran = run_with(&world_with("scim/Users", |_| Some(Reply::Hang)), |limits| {
        limits.request_timeout = std::time::Duration::from_millis(300);
        limits.retry_count_max = 1;
    });
    assert!(ran.state("scim_users").contains("no answer in time"));
    assert_eq!(ran.state("groups"), "whole");
}

#[test]
fn a_directory_that_counts_more_than_it_lists_is_read_again_and_cut() {
    let mut world = World::new();
    world.counts.insert("scim/Users", 9);
    let ran = run(&world);
    assert_eq!(
        ran.state("scim_users"),
        "cut: the API counts 9, it listed 3"
    );
    assert!(ran.told.contains("scim_users: read again"), "{}", ran.told);
}

#[test]
fn an_address_joins_only_where_one_account_and_one_user_have_it() {
    let user = |id: &str, email: Value| json!({"id": id, "userName": "x", "active": true, "emails": email});
    let at = |address: &str| json!([{"value": address}]);
    for (users, joined) in [
        (
            vec![user("u1", at(" A2@Corp.example "))],
            vec![("u1", Some("a2"))],
        ),
        (
            vec![
                user("u1", at("a2@corp.example")),
                user("u2", at("a2@corp.example")),
            ],
            vec![("u1", None), ("u2", None)],
        ),
        (vec![user("u1", json!([]))], vec![("u1", None)]),
        (
            // Of two the primary one counts.
            vec![user(
                "u1",
                json!([{"value": "x@corp.example"}, {"value": "a4@corp.example", "primary": true}]),
            )],
            vec![("u1", Some("a4"))],
        ),
        (
            vec![user("u1", at("nobody@corp.example"))],
            vec![("u1", None)],
        ),
    ] {
        let mut world = World::new();
        world.records.insert("scim/Users", users);
        let ran = run(&world);
        for (id, account) in joined {
            let record = ran.record("scim_users", &format!("{DIRECTORY}#{id}"));
            assert_eq!(
                record.get("account_id").and_then(Value::as_str),
                account,
                "{record}"
            );
            let by = account.map(|_| "email");
            assert_eq!(
                record.get("matched_by").and_then(Value::as_str),
                by,
                "{record}"
            );
        }
    }
    // Two accounts with one address: nobody can tell which is meant.
    let mut world = World::new();
    world.records.get_mut(SEARCH).expect("accounts")[3]["email"] = json!("a2@corp.example");
    world.records.get_mut("users").expect("accounts")[2]["email"] = json!("a2@corp.example");
    let ran = run(&world);
    let record = ran.record("scim_users", &format!("{DIRECTORY}#u2"));
    assert_eq!(record.get("account_id"), None);
}

#[test]
fn a_user_whose_account_is_none_of_the_organisations_keeps_its_id() {
    let mut world = World::new();
    world.records.get_mut("scim/Users").expect("users")[0]["urn:scim:schemas:extension:atlassian-external:1.0"]
        ["atlassianAccountId"] = json!("gone");
    let record = run(&world).record("scim_users", &format!("{DIRECTORY}#u1"));
    assert_eq!(record["account_id"], "gone");
    assert_eq!(record.get("account_status"), None);
}

#[test]
fn active_accounts_that_no_directory_holds_show_that_there_is_another_one() {
    let mut world = World::new();
    world.records.get_mut(SEARCH).expect("accounts")[3]["managementSource"] = json!("synced");
    let ran = run(&world);
    assert_eq!(
        ran.state("scim_users"),
        "cut: 1 active account that an identity provider keeps stands in no directory that was read; there may be another, with a key of its own"
    );
    assert_eq!(
        ran.state("scim_groups"),
        ran.state("scim_users"),
        "it has groups too"
    );
    let account = ran.record("accounts", "a4");
    assert_eq!(account.get("scim_active"), None);
    assert_eq!(account.get("sources_agree"), None);
    // One that was deactivated may be gone from its directory.
    world.records.get_mut(SEARCH).expect("accounts")[3]["accountStatus"] = json!("inactive");
    assert_eq!(run(&world).state("scim_users"), "whole");
}

#[test]
fn a_directory_that_failed_is_asked_again_by_a_resumed_run_and_the_others_are_kept() {
    use crate::assemble::assemble;
    use crate::collect::{Limits, Start};
    use crate::progress::Silent;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    let broken = Arc::new(AtomicBool::new(true));
    let is_broken = broken.clone();
    let world = World::new().with_fault(move |seen| {
        let meets = seen.route == "scim/Users" && seen.path.contains(DIRECTORY);
        (meets && is_broken.load(Ordering::SeqCst)).then(|| json_reply(500, &json!({})))
    });
    block_on(async {
        let server = Server::start(world, ORG).await;
        let dir = tempfile::tempdir().expect("a folder");
        let raw = collect_into(dir.path(), &server.url, Limits::default(), &Silent).await;
        // Killed before it was assembled.
        drop(raw.expect("a run"));
        broken.store(false, Ordering::SeqCst);
        let limits = Limits::default();
        let raw = collect_as(dir.path(), &server.url, Start::Resume, limits, &Silent).await;
        let snapshot = assemble(raw.expect("a run"), &Silent).expect("a snapshot");
        let users = &snapshot.manifest().datasets["scim_users"];
        assert!(users.completeness.is_whole(), "{}", users.completeness);
        assert_eq!(users.records, 3);
    });
}

#[test]
fn a_run_is_not_resumed_with_keys_to_other_directories() {
    use crate::collect::{CollectError, Limits, RunFacts, Start};
    use crate::progress::Silent;
    block_on(async {
        let server = Server::start(World::new(), ORG).await;
        let dir = tempfile::tempdir().expect("a folder");
        let raw = collect_into(dir.path(), &server.url, Limits::default(), &Silent).await;
        drop(raw.expect("a run"));
        let facts = RunFacts::read(dir.path())
            .expect("facts")
            .expect("it began");
        assert_eq!(facts.scim_directories, [DIRECTORY, OTHER_DIRECTORY]);
        let path = dir.path().join("raw/run.json");
        let text = std::fs::read_to_string(&path)
            .expect("text")
            .replace(DIRECTORY, "another");
        std::fs::write(&path, text).expect("writable");
        let limits = Limits::default();
        let error = collect_as(dir.path(), &server.url, Start::Resume, limits, &Silent).await;
        let error = error.expect_err("it would mix two runs");
        assert!(matches!(error, CollectError::OtherRun { .. }), "{error}");
        assert!(!error.to_string().contains("KEY"), "{error}");
    });
}

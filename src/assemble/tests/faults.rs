//! What goes wrong between here and the API, and how each dataset comes out of it.

use super::records::*;
use super::runs::*;
use super::server::*;
use super::world::World;
use crate::assemble::listing::Listing;
use crate::collect::{COLLECTORS, CollectError, FixedClock, Limits, Line, read_journal};
use crate::progress::Silent;
use crate::snapshot::{Completeness, CutReason, RecordSource, Snapshot, journal_path};
use serde_json::{Value, json};
use std::time::Duration;

/// A world in which every request to `route` meets `fault`, and how `dataset` comes out.
fn state_after(
    route: &'static str,
    dataset: &str,
    fault: impl Fn(&Seen) -> Option<Reply> + Send + Sync + 'static,
) -> (String, Ran) {
    let world = World::new().with_fault(move |seen| {
        if seen.route == route {
            fault(seen)
        } else {
            None
        }
    });
    let ran = run(&world);
    (ran.state(dataset), ran)
}

fn reason(ran: &Ran, dataset: &str) -> CutReason {
    match &ran.snapshot().manifest().datasets[dataset].completeness {
        Completeness::Cut { reason, .. } => *reason,
        other => panic!("{dataset} is {other}"),
    }
}

/// Journal lines of `collector` that are exchanges.
fn exchanges(ran: &Ran, collector: &str) -> Vec<crate::collect::Exchange> {
    read_journal(&journal_path(&ran.dir, collector))
        .expect("a journal")
        .filter_map(|line| match line.expect("a line") {
            Line::Exchange(exchange) => Some(*exchange),
            Line::End(_) => None,
        })
        .collect()
}

#[test]
fn an_organisation_without_faults_comes_out_whole() {
    let ran = run(&World::new());
    for (name, statement) in collected(ran.snapshot().manifest()) {
        assert!(
            statement.completeness.is_whole(),
            "{name}: {}",
            statement.completeness
        );
        assert!(statement.records > 0, "{name}");
        for source in &statement.sources {
            assert!(source.completeness.is_whole(), "{name}");
            assert_eq!((source.retries, &source.fallback), (0, &None));
            for count in &source.counts {
                assert_eq!(count.api, count.listed, "{name}: {}", count.kind);
            }
        }
    }
    ran.snapshot()
        .verify_digests()
        .expect("nothing was changed");
    let accounts = &ran.snapshot().manifest().datasets["accounts"];
    assert_eq!((accounts.records, accounts.api_count), (5, Some(5)));
    assert_eq!(
        accounts.sources[0].requests, 6,
        "three pages, two counts, and the counts by kind"
    );
}

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
fn what_is_no_word_on_a_next_page_never_ends_a_listing() {
    for rest in [
        r#""links":true"#,
        r#""links":"""#,
        r#""links":[{"next":"c"}]"#,
        r#""links":7"#,
        r#""links":{"next":false}"#,
        r#""links":{"next":{"href":"c"}}"#,
        r#""links":{"next":"c","next":null}"#,
        r#""links":{},"meta":"more""#,
        r#""links":{},"meta":{"next":["c"]}"#,
        r#""links":{},"meta":{"total":"12"}"#,
    ] {
        let body = format!(r#"{{"data":[{{"id":"d1"}}],{rest}}}"#);
        let (state, ran) = state_after("domains", "domains", move |_| {
            Some(reply(200, &[], "application/json", body.clone()))
        });
        assert!(state.starts_with("cut"), "{rest}: {state}");
        assert_eq!(reason(&ran, "domains"), CutReason::BrokenAnswer, "{rest}");
    }
}

#[test]
fn pages_without_records_that_always_name_another_cut_the_listing() {
    let (state, ran) = state_after("domains", "domains", |seen| {
        let next = format!("{}x", seen.cursor.as_deref().unwrap_or_default());
        let body = json!({"data": [], "links": {"next": next}});
        Some(json_reply(200, &body))
    });
    assert_eq!(reason(&ran, "domains"), CutReason::Limit);
    assert!(state.contains("EMPTY_PAGE_COUNT_MAX"), "{state}");
    assert_eq!(exchanges(&ran, "domains").len(), 20);
}

#[test]
fn a_key_that_may_read_nothing_is_refused_like_one_that_is_unknown() {
    let world = World::new().with_fault(|_| Some(json_reply(403, &json!({"message": "No."}))));
    let ran = run(&world);
    let error = ran.result.as_ref().expect_err("nothing could be read");
    assert!(matches!(error, CollectError::KeyRefused { .. }), "{error}");
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

#[test]
fn an_account_that_one_listing_has_and_the_other_must_have_cuts_the_other() {
    // Ids that differ in the case of one letter are two ids.
    let mut world = World::new();
    world.records.get_mut("users").expect("users")[0]["account_id"] = json!("A1");
    let ran = run(&world);
    assert_eq!(reason(&ran, "accounts"), CutReason::CountMismatch);
    assert_eq!(
        ran.state("accounts"),
        "cut: users/search listed 5 accounts and lacks 1 of the 3 that v1 users listed"
    );
    let managed = &ran.snapshot().manifest().datasets["accounts"].sources[1];
    assert_eq!(
        managed.completeness.to_string(),
        "cut: v1 users listed 3 accounts and lacks 1 that users/search calls managed"
    );

    let mut world = World::new();
    world.records.get_mut("users").expect("users").remove(1);
    let ran = run(&world);
    assert_eq!(ran.state("accounts"), "whole");
    let managed = &ran.snapshot().manifest().datasets["accounts"].sources[1];
    assert!(!managed.completeness.is_whole());
}

#[test]
fn a_listing_that_cannot_be_empty_is_not_whole_when_it_is() {
    for (route, dataset) in [
        (SEARCH, "accounts"),
        ("directories", "directories"),
        ("workspaces", "workspaces"),
    ] {
        let mut world = World::new();
        world.records.insert(route, Vec::new());
        let ran = run(&world);
        let state = ran.state(dataset);
        assert!(state.starts_with("cut: "), "{dataset}: {state}");
    }
    // Nobody need have a group or a policy.
    let mut world = World::new();
    world.records.insert("policies", Vec::new());
    assert_eq!(run(&world).state("policies"), "whole");
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
fn a_cursor_that_comes_back_cuts_the_dataset_and_ends_the_walk() {
    let page = |next: &str| {
        json_reply(
            200,
            &json!({"data": [{"id": next, "attributes": {}}], "links": {"next": next}}),
        )
    };
    // The same page for ever.
    let (state, ran) = state_after("domains", "domains", move |_| Some(page("same")));
    assert_eq!(
        state,
        "cut: page 2 names a next page that was fetched already, after 2 records"
    );
    assert_eq!(reason(&ran, "domains"), CutReason::RepeatedCursor);
    // A to B to A.
    let (state, _) = state_after("domains", "domains", move |seen| {
        Some(page(if seen.cursor.as_deref() == Some("A") {
            "B"
        } else {
            "A"
        }))
    });
    assert_eq!(
        state,
        "cut: page 3 names a next page that was fetched already, after 3 records"
    );
}

#[test]
fn an_empty_page_in_the_middle_is_no_end() {
    let (state, ran) = state_after("domains", "domains", |seen| {
        let data = |ids: &[&str], next: Value| {
            let records: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
            json_reply(200, &json!({"data": records, "links": {"next": next}}))
        };
        Some(match seen.cursor.as_deref() {
            None => data(&["1"], json!("b")),
            Some("b") => data(&[], json!("c")),
            Some(_) => data(&["2"], json!("")),
        })
    });
    assert_eq!(state, "whole");
    assert_eq!(ran.records("domains").len(), 2);
}

#[test]
fn a_walk_ends_at_the_page_limit() {
    let ran = run_with(&World::new(), |limits| limits.page_count_max = 1);
    assert_eq!(
        ran.state("domains"),
        "cut: stopped after 1 page and 2 records (PAGE_COUNT_MAX); there are more"
    );
    assert_eq!(reason(&ran, "domains"), CutReason::Limit);
    assert_eq!(ran.state("groups"), "whole", "one page is all there is");
}

#[test]
fn the_key_never_goes_to_another_host() {
    let (ran, elsewhere) = {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("s");
        let (snapshot, elsewhere) = block_on(async {
            let other = Server::start(World::new(), ORG).await;
            let there = other.url.clone();
            let location = format!("{there}/admin/v1/orgs/{ORG}/domains?cursor=at%2B2");
            let world = World::new();
            let good = world.clone();
            let world = world.with_fault(move |seen| match seen.route.as_str() {
                "domains" => Some(reply(302, &[("location", &location)], "text/plain", "")),
                "policies" => {
                    let Reply::Send {
                        status,
                        headers,
                        body,
                    } = good.answer(seen)
                    else {
                        return None;
                    };
                    let body = String::from_utf8(body).ok()?;
                    let body = body.replace("https://api.atlassian.com", &there);
                    Some(Reply::Send {
                        status,
                        headers,
                        body: body.into_bytes(),
                    })
                }
                _ => None,
            });
            let mut world = world;
            world.page_size = 1;
            let server = Server::start(world, ORG).await;
            let raw = collect_into(&path, &server.url, Limits::default(), &Silent).await;
            let snapshot =
                crate::assemble::assemble(raw.expect("a run"), &Silent).expect("a snapshot");
            (snapshot, other.seen())
        });
        (snapshot, elsewhere)
    };
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
    let datasets = &ran.manifest().datasets;
    assert_eq!(
        datasets["domains"].completeness,
        Completeness::Cut {
            reason: CutReason::ForeignHost,
            detail: "page 1: 302 Found: the API redirects to 127.0.0.1, which is not followed"
                .to_owned()
        }
    );
    // A link to the next page is only read for its cursor.
    assert_eq!(datasets["policies"].completeness, Completeness::Whole);
    assert_eq!(datasets["policies"].records, 2);
}

#[test]
fn a_record_on_two_pages_is_taken_once_and_counted() {
    let mut world = World::new();
    let accounts = world.records.get_mut(SEARCH).expect("accounts");
    accounts.push(accounts[0].clone());
    // As many different ones as the API counts: none was missed.
    world.counts.insert(SEARCH, 5);
    let ran = run(&world);
    assert_eq!(ran.state("accounts"), "whole");
    let statement = &ran.snapshot().manifest().datasets["accounts"];
    assert_eq!((statement.records, statement.sources[0].records), (5, 6));
}

#[test]
fn a_record_that_comes_twice_with_different_contents_cuts_the_dataset() {
    let mut world = World::new();
    let accounts = world.records.get_mut(SEARCH).expect("accounts");
    let mut later = accounts[0].clone();
    later["accountStatus"] = json!("inactive");
    accounts.push(later);
    world.counts.insert(SEARCH, 5);
    let ran = run(&world);
    assert_eq!(
        ran.state("accounts"),
        "cut: 1 record: came twice with different contents: the organisation changed while it was read"
    );
    assert_eq!(
        ran.record("accounts", "a1")["account_status"],
        "inactive",
        "the later one is kept"
    );
}

#[test]
fn a_record_without_an_id_cuts_the_dataset() {
    for id in [Value::Null, json!(""), json!(7)] {
        let mut world = World::new();
        world.records.get_mut("domains").expect("domains")[1]["id"] = id;
        let ran = run(&world);
        assert_eq!(ran.state("domains"), "cut: 1 record: came without an id");
        assert_eq!(ran.records("domains").len(), 2);
    }
}

#[test]
fn a_count_that_disagrees_cuts_the_dataset_and_says_both_numbers() {
    let mut world = World::new();
    world.counts.insert(SEARCH, 9);
    world.counts.insert("workspaces", 4);
    world.counts.insert("users", 4);
    let ran = run(&world);
    assert_eq!(ran.state("accounts"), "cut: the API counts 9, it listed 5");
    assert_eq!(reason(&ran, "accounts"), CutReason::CountMismatch);
    assert_eq!(
        ran.state("workspaces"),
        "cut: the API counts 4, it listed 1"
    );
    let managed = &ran.snapshot().manifest().datasets["accounts"].sources[1];
    assert_eq!(
        managed.completeness.to_string(),
        "cut: the API counts 4, it listed 3"
    );
}

#[test]
fn a_count_that_is_refused_costs_the_comparison_only() {
    let (state, ran) = state_after("directories/-/users/count", "accounts", |_| {
        Some(json_reply(403, &json!({})))
    });
    assert_eq!(state, "whole");
    assert_eq!(
        ran.snapshot().manifest().datasets["accounts"].api_count,
        None
    );
}

#[test]
fn a_record_of_ten_megabytes_passes_and_one_of_seventeen_cuts_the_dataset() {
    for (megabytes, state) in [
        (10, "whole"),
        (17, "cut: 1 record: longer than 16 MiB (RECORD_BYTES_MAX)"),
    ] {
        let mut world = World::new();
        world.records.get_mut(GROUPS).expect("groups")[0]["name"] =
            json!("x".repeat(megabytes * 1_000_000));
        assert_eq!(run(&world).state("groups"), state);
    }
}

#[test]
fn a_body_beyond_the_limit_is_not_read_to_its_end() {
    let ran = run_with(&World::new(), |limits| limits.body_bytes_max = 600);
    assert_eq!(
        ran.state("accounts"),
        "cut: page 1: the body is longer than 600 bytes (BODY_BYTES_MAX)"
    );
    assert_eq!(reason(&ran, "accounts"), CutReason::Limit);
    assert_eq!(ran.state("directories"), "whole");
}

#[test]
fn the_key_is_in_no_file_no_message_and_no_progress() {
    // Even where the API repeats it.
    let echo = |seen: &Seen| match seen.route.as_str() {
        "domains" => Some(json_reply(
            200,
            &json!({"data": [], "you_sent": format!("Bearer {KEY}")}),
        )),
        "users" => Some(json_reply(403, &json!({"message": KEY}))),
        "policies" => Some(reply(
            429,
            &[("retry-after", KEY)],
            "application/json",
            "{}",
        )),
        "workspaces" => Some(reply(
            302,
            &[("location", &format!("http://{KEY}.example/"))],
            "text/plain",
            "",
        )),
        _ => None,
    };
    let ran = run(&World::new().with_fault(echo));
    assert_eq!(
        ran.state("domains"),
        "cut: page 1: the answer repeats the API key, so it is not kept"
    );
    assert!(!format!("{:?}", ran.snapshot()).contains(KEY));
    assert!(!ran.told.to_lowercase().contains(&KEY.to_lowercase()));
    let mut texts = 0;
    for (path, bytes) in ran.files() {
        let bytes = match path.extension() {
            Some(zst) if zst == "zst" => zstd::decode_all(bytes.as_slice()).expect("whole frames"),
            _ => bytes,
        };
        texts += 1;
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        assert!(!text.contains(&KEY.to_lowercase()), "{}", path.display());
        assert!(!text.contains("authorization"), "{}", path.display());
    }
    assert!(texts > 20, "the folder was looked into");
}

#[test]
fn every_request_only_reads_and_carries_the_key_in_its_header() {
    let ran = run(&World::new());
    assert!(ran.seen.len() >= 16);
    for seen in &ran.seen {
        let searches = [
            SEARCH,
            GROUPS,
            "workspaces",
            "administrators",
            POLICY_MEMBERS,
        ];
        match seen.method.as_str() {
            "GET" => assert_eq!(seen.body, Value::Null),
            "POST" => assert!(searches.contains(&seen.route.as_str()), "{}", seen.path),
            other => panic!("{other} {}", seen.path),
        }
        let head = seen.head.to_lowercase();
        let key = match seen.route.starts_with("scim/") {
            true if seen.path.contains(DIRECTORY) => SCIM_KEY,
            true => OTHER_SCIM_KEY,
            false => KEY,
        };
        assert!(head.contains(&format!("authorization: bearer {}", key.to_lowercase())));
        assert!(head.contains("user-agent: tickmark/"));
        assert!(!seen.path.contains(key));
    }
}

#[test]
fn each_listing_sends_its_cursor_the_way_its_api_wants_it() {
    let mut world = World::new();
    world.page_size = 1;
    let workspaces = world.records.get_mut("workspaces").expect("workspaces");
    let mut second = workspaces[0].clone();
    second["id"] = json!("ari:conf");
    workspaces.push(second);
    let ran = run(&world);
    let second_page = |route: &str| {
        ran.seen
            .iter()
            .find(|seen| seen.route == route && seen.cursor.is_some())
            .unwrap_or_else(|| panic!("{route} has a second page"))
    };
    assert_eq!(second_page("workspaces").body, json!({"cursor": "at+1"}));
    assert_eq!(second_page(SEARCH).body["cursor"], "at+1");
    assert_eq!(second_page(SEARCH).body["expand"][0], "platformRoles");
    assert_eq!(second_page("domains").body, Value::Null);
    assert!(second_page("domains").head.contains("?cursor=at%2B1 HTTP"));
    assert_eq!(ran.state("workspaces"), "whole");
}

#[test]
fn the_journal_keeps_each_answer_byte_for_byte() {
    let odd = "{ \"data\" : [ ],\n\t\"links\":{}, \"\\u00e9\" : \"\u{1f600}\" }";
    let binary = b"\xff\x00\xfe".to_vec();
    let (_, ran) = state_after("domains", "domains", move |seen| {
        Some(match seen.nth {
            0 => reply(200, &[], "application/json", binary.clone()),
            1 => reply(
                500,
                &[("set-cookie", "session=1")],
                "text/html",
                "<b>no</b>",
            ),
            _ => reply(
                200,
                &[("date", "Fri, 20 Nov 2026 05:59:58 GMT")],
                "application/json",
                odd,
            ),
        })
    });
    let lines = exchanges(&ran, "domains");
    let summary: Vec<_> = lines
        .iter()
        .map(|line| (line.n, line.retry, line.status))
        .collect();
    assert_eq!(
        summary,
        [(0, 0, Some(200)), (1, 1, Some(500)), (2, 2, Some(200))]
    );
    assert_eq!(
        (lines[0].body.as_deref(), lines[0].body_base64.as_deref()),
        (None, Some("/wD+"))
    );
    assert_eq!(lines[1].body.as_deref(), Some("<b>no</b>"));
    assert!(!lines[1].headers.contains_key("set-cookie"));
    assert_eq!(lines[2].body.as_deref(), Some(odd));
    assert_eq!(lines[2].sha256, crate::value::sha256_hex(odd.as_bytes()));
    assert_eq!(lines[2].at, now());
    assert_eq!(
        ran.snapshot().manifest().collected.clock_skew_ms,
        Some(-2000)
    );
    assert_eq!(ran.snapshot().manifest().journal["domains"].responses, 3);
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_a_journal() {
    use std::os::unix::fs::PermissionsExt;
    let ran = run(&World::new());
    let journal = journal_path(&ran.dir, "accounts");
    let mode = std::fs::metadata(journal)
        .expect("a journal")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_folder_that_holds_something_is_refused_before_anything_is_sent() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("note"), "mine").expect("writable");
    let (error, seen) = block_on(async {
        let server = Server::start(World::new(), ORG).await;
        let result = collect_into(dir.path(), &server.url, Limits::default(), &Silent).await;
        (result.expect_err("it is taken"), server.seen())
    });
    assert!(error.to_string().contains("is not empty"), "{error}");
    assert!(seen.is_empty());
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

#[test]
fn a_run_that_is_killed_leaves_what_it_had_and_no_snapshot() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("s");
    let world = World::new().with_fault(|seen| {
        (seen.route == "domains" && seen.cursor.is_some()).then_some(Reply::Hang)
    });
    block_on(async {
        let server = Server::start(world, ORG).await;
        let seen = async {
            while !server
                .seen()
                .iter()
                .any(|seen| seen.route == "domains" && seen.cursor.is_some())
            {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            _ = collect_into(&path, &server.url, Limits::default(), &Silent) => panic!("it hangs"),
            () = seen => {}
        }
    });
    assert!(Snapshot::open(&path).is_err());
    let domains = COLLECTORS
        .iter()
        .find(|collector| collector.name == "domains");
    let listing =
        Listing::read(&path, dir.path(), domains.expect("a collector")).expect("whole lines");
    assert_eq!(listing.records().expect("readable").count(), 2);
    assert_eq!(
        listing.statement.completeness.to_string(),
        "cut: the run ended in the middle of this listing"
    );
}

#[test]
fn a_clock_that_stands_still_never_waits() {
    use crate::collect::Clock;
    block_on(FixedClock(now()).wait(Duration::from_secs(1 << 40)));
}

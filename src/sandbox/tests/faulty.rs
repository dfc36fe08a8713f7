//! Each fault does what it says, when it says.

use super::*;

/// The answers to `count` requests of `users-search`: their status, or nothing for one that broke.
async fn statuses(fault: &str, count: usize) -> Vec<Option<u16>> {
    let sandbox = Sandbox::start(60, with_fault(fault)).await;
    let mut found = Vec::new();
    for _ in 0..count {
        let response = sandbox.send("users-search", "", &json!({})).await;
        found.push(response.ok().map(|response| response.status().as_u16()));
    }
    found
}

#[tokio::test]
async fn a_fault_meets_the_requests_that_it_names() {
    let ok = Some(200);
    for (fault, expected) in [
        ("users-search@2=500", [ok, Some(500), ok, ok]),
        ("users-search@2+=401", [ok, Some(401), Some(401), Some(401)]),
        ("users-search@2-3=403", [ok, Some(403), Some(403), ok]),
        ("users-search=404", [Some(404); 4]),
        ("any@4=502", [ok, ok, ok, Some(502)]),
        ("domains=500", [ok; 4]),
    ] {
        assert_eq!(statuses(fault, 4).await, expected, "{fault}");
    }
}

#[tokio::test]
async fn a_refusal_is_in_the_words_of_its_service() {
    let forbidden = Sandbox::start(10, with_fault("any=403")).await;
    let (_, v1) = forbidden.ask("domains", "", &json!({})).await;
    assert_eq!(
        (v1["status"].as_u64(), v1["error"].as_str()),
        (Some(403), Some("Forbidden"))
    );
    let (_, v2) = forbidden.ask("users-search", "", &json!({})).await;
    assert_eq!(v2["errors"][0]["code"], json!("ADMIN-403-3"));
    let limited = Sandbox::start(10, with_fault("any=429")).await;
    let (_, v1) = limited.ask("domains", "", &json!({})).await;
    assert_eq!(v1, json!({ "code": 429, "message": "Rate limit exceeded" }));
    let (_, v2) = limited.ask("users-search", "", &json!({})).await;
    assert_eq!(v2["errors"][0]["code"], json!("ADMIN-429-1"));
}

#[tokio::test]
async fn too_many_requests_says_when_to_come_back_or_does_not() {
    let check = async |fault: &str, reset: Option<&str>, retry: Option<&str>| {
        let sandbox = Sandbox::start(10, with_fault(fault)).await;
        let response = sandbox
            .send("org", "", &json!({}))
            .await
            .expect("an answer");
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .map(|value| value.to_str().expect("text").to_owned())
        };
        assert_eq!(header("x-ratelimit-reset").as_deref(), reset, "{fault}");
        assert_eq!(header("retry-after").as_deref(), retry, "{fault}");
    };
    check("org=429", Some("2026-11-02T09:30:01Z"), None).await;
    check("org=429:bare", None, None).await;
    check("org=429:retry-after-7", None, Some("7")).await;
    check(
        "org=503:retry-after-date-7",
        None,
        Some("Mon, 02 Nov 2026 09:30:07 GMT"),
    )
    .await;
}

#[tokio::test]
async fn a_body_breaks_off_where_it_should_go_on() {
    for fault in ["users-search=cut-body", "users-search=cut-chunked"] {
        let sandbox = Sandbox::start(60, with_fault(fault)).await;
        let response = sandbox
            .send("users-search", "", &json!({}))
            .await
            .expect("headers");
        assert_eq!(response.status(), 200);
        assert_eq!(
            response.headers().contains_key("content-length"),
            fault.ends_with("body")
        );
        assert!(response.bytes().await.is_err(), "{fault}");
    }
}

#[tokio::test]
async fn a_body_is_no_json_or_does_not_say_so() {
    let body = async |fault: &str| {
        let sandbox = Sandbox::start(60, with_fault(fault)).await;
        let response = sandbox
            .send("users-search", "", &json!({}))
            .await
            .expect("an answer");
        let content_type = response.headers()["content-type"]
            .to_str()
            .expect("text")
            .to_owned();
        (
            response.status().as_u16(),
            content_type,
            response.bytes().await.expect("a whole body"),
        )
    };
    let (_, content_type, bytes) = body("users-search=broken-json").await;
    assert_eq!(content_type, "application/json");
    assert!(serde_json::from_slice::<Value>(&bytes).is_err());
    let (_, _, bytes) = body("users-search=bad-utf8").await;
    assert!(std::str::from_utf8(&bytes).is_err());
    assert!(
        serde_json::from_str::<Value>(&String::from_utf8_lossy(&bytes)).is_ok(),
        "only the bytes are wrong"
    );
    let (_, content_type, bytes) = body("users-search=wrong-type").await;
    assert_eq!(content_type, "text/plain");
    assert!(serde_json::from_slice::<Value>(&bytes).is_ok());
    for status in [200, 500] {
        let (found, content_type, bytes) = body(&format!("users-search=html-{status}")).await;
        assert_eq!(
            (found, content_type.as_str()),
            (status, "text/html; charset=utf-8")
        );
        assert!(bytes.starts_with(b"<!doctype html>"));
    }
    let (_, _, bytes) = body("users-search=huge-record").await;
    assert!(bytes.len() > 10 << 20);
}

#[tokio::test]
async fn another_host_is_named_and_never_the_way_back() {
    let sandbox = Sandbox::start(60, with_fault("users-search=redirect")).await;
    let response = sandbox
        .send("users-search", "", &json!({}))
        .await
        .expect("an answer");
    assert_eq!(response.status(), 302);
    assert!(
        response.headers()["location"]
            .to_str()
            .expect("text")
            .starts_with("https://elsewhere.invalid/")
    );
    for route in ["domains", "users-search"] {
        let sandbox = Sandbox::start(60, with_fault(&format!("{route}=foreign-next"))).await;
        let pages = sandbox.walk(route).await;
        assert!(
            pages[0]["links"]["next"]
                .as_str()
                .expect("a link")
                .starts_with("https://elsewhere.invalid/")
        );
        let ids = ids(&pages);
        assert_eq!(unique(&ids).len(), ids.len());
        assert!(pages.len() > 1, "its cursor is good on the right host");
    }
}

#[tokio::test]
async fn a_page_names_itself_or_the_one_before() {
    let options = ServerOptions {
        page_sizes: PageSizes::all(10),
        ..with_fault("v1-users=repeat-cursor")
    };
    let sandbox = Sandbox::start(60, options).await;
    let first = next(&sandbox.page("v1-users", None).await).expect("a next page");
    assert_eq!(
        next(&sandbox.page("v1-users", Some(&first)).await),
        Some(first)
    );

    let options = ServerOptions {
        page_sizes: PageSizes::all(10),
        ..with_fault("v1-users=loop-cursor")
    };
    let sandbox = Sandbox::start(60, options).await;
    let b = next(&sandbox.page("v1-users", None).await).expect("a second page");
    let a = next(&sandbox.page("v1-users", Some(&b)).await).expect("the first page again");
    assert_ne!(a, b);
    assert_eq!(next(&sandbox.page("v1-users", Some(&a)).await), Some(b));
}

#[tokio::test]
async fn the_audit_log_comes_back_too_although_it_has_no_way_back() {
    let options = ServerOptions {
        page_max: Some(50),
        ..with_fault("events-stream@3+=loop-cursor")
    };
    let sandbox = Sandbox::start(60, options).await;
    let first = sandbox.page("events-stream", None).await;
    let second = next(&first).expect("a second page");
    let third = next(&sandbox.page("events-stream", Some(&second)).await).expect("a third page");
    let back = next(&sandbox.page("events-stream", Some(&third)).await).expect("the second again");
    let again = sandbox.page("events-stream", Some(&back)).await;
    assert_eq!(
        ids(&[again]),
        ids(&[sandbox.page("events-stream", Some(&second)).await])
    );
}

#[tokio::test]
async fn a_cursor_that_expired_is_refused_and_a_first_page_is_not() {
    let sandbox = Sandbox::start(60, with_fault("events-stream=dead-cursor")).await;
    let first = sandbox.page("events-stream", None).await;
    let cursor = first["meta"]["next"].as_str().expect("a second page");
    let query = format!("?cursor={cursor}");
    let (status, body) = sandbox.ask("events-stream", &query, &json!({})).await;
    assert_eq!(
        (status, &body["errors"][0]["code"]),
        (400, &json!("ADMIN-400-1"))
    );
    // In the body of a search as well.
    let options = ServerOptions {
        page_sizes: PageSizes::all(10),
        ..with_fault("users-search=dead-cursor")
    };
    let sandbox = Sandbox::start(60, options).await;
    let cursor = next(&sandbox.page("users-search", None).await).expect("a second page");
    let (status, _) = sandbox
        .ask("users-search", "", &json!({ "cursor": cursor }))
        .await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_page_may_be_shorter_than_its_limit() {
    let options = ServerOptions {
        page_max: Some(7),
        ..fixed()
    };
    let sandbox = Sandbox::start(60, options).await;
    let (_, page) = sandbox.ask("events-stream", "?limit=500", &json!({})).await;
    assert_eq!(page["data"].as_array().expect("events").len(), 7);
    assert_eq!(unique(&ids(&sandbox.walk("users-search").await)).len(), 60);
}

#[tokio::test]
async fn an_empty_page_in_the_middle_costs_no_record() {
    let options = ServerOptions {
        page_sizes: PageSizes::all(10),
        ..with_fault("users-search@2=empty-page")
    };
    let sandbox = Sandbox::start(60, options).await;
    let pages = sandbox.walk("users-search").await;
    let sizes: Vec<usize> = pages
        .iter()
        .map(|page| page["data"].as_array().expect("records").len())
        .collect();
    assert_eq!(sizes, [10, 0, 10, 10, 10, 10, 10]);
    assert_eq!(unique(&ids(&pages)).len(), 60);
}

#[tokio::test]
async fn a_record_comes_on_two_pages() {
    let options = ServerOptions {
        page_sizes: PageSizes::all(10),
        ..with_fault("users-search@2=repeat-record")
    };
    let sandbox = Sandbox::start(60, options).await;
    let ids = ids(&sandbox.walk("users-search").await);
    assert_eq!((ids.len(), unique(&ids).len()), (61, 60));
    assert_eq!(ids[19], ids[20]);
}

#[tokio::test]
async fn a_delay_holds_the_answer_back() {
    let sandbox = Sandbox::start(10, with_fault("org=delay:40")).await;
    let began = std::time::Instant::now();
    assert_eq!(sandbox.ask("org", "", &json!({})).await.0, 200);
    assert!(began.elapsed() >= std::time::Duration::from_millis(40));
}

/// Ids of a walk of `users-search` by tens, and what the count says after it.
async fn disturbed(fault: &str) -> (Vec<String>, u64) {
    let options = ServerOptions {
        page_sizes: PageSizes::all(10),
        ..with_fault(fault)
    };
    let sandbox = Sandbox::start(60, options).await;
    let found = ids(&sandbox.walk("users-search").await);
    let (_, count) = sandbox.ask("users-count", "", &json!({})).await;
    (found, count["count"].as_u64().expect("a number"))
}

#[tokio::test]
async fn a_record_that_comes_goes_or_moves_while_walked_is_missed_or_seen_twice() {
    let (calm, _) = disturbed("org=500").await;
    assert_eq!(calm.len(), 60);
    let position = |id: &str| calm.iter().position(|known| known == id).expect("known");
    let missed = |found: &[String]| -> Vec<usize> {
        let missed = calm.iter().filter(|id| !found.contains(id));
        missed.map(|id| position(id)).collect()
    };
    let twice = |found: &[String]| -> Vec<usize> {
        let seen = |id: &String| found.iter().filter(|one| *one == id).count();
        let twice = calm.iter().filter(|id| seen(id) == 2);
        twice.map(|id| position(id)).collect()
    };
    for (fault, missing, repeated, count) in [
        // It stands before the cursor: never seen, and the one at the cursor comes again.
        ("users-search@3=insert-record", vec![0], vec![20], 60),
        // The first is gone, and the one at the cursor slipped onto a page that was read.
        ("users-search@3=remove-record", vec![20], vec![], 59),
        ("users-search@3=move-to-front", vec![59], vec![19], 60),
        ("users-search@3=move-to-end", vec![20], vec![0], 60),
    ] {
        let (found, counted) = disturbed(fault).await;
        assert_eq!(missed(&found), missing, "{fault}");
        assert_eq!(twice(&found), repeated, "{fault}");
        assert_eq!(counted, count, "{fault}");
    }
}

#[tokio::test]
async fn a_second_walk_sees_the_listing_as_it_became() {
    for (fault, expected) in [
        ("groups-search@2=insert-record", 0),
        ("groups-search@2=remove-record", 1),
        ("groups-search@2=move-to-front", 0),
        ("groups-search@2=move-to-end", 0),
        ("v1-users@2=remove-record", 1),
        ("scim-users@2=remove-record", 1),
    ] {
        let options = ServerOptions {
            page_sizes: PageSizes::all(10),
            ..with_fault(fault)
        };
        let sandbox = Sandbox::start(60, options).await;
        let world = &sandbox.world;
        let route = fault.split('@').next().expect("a route");
        if route == "scim-users" {
            let all = world.scim_directories[0].users.len();
            sandbox.ask(route, "?count=1", &json!({})).await;
            let (_, page) = sandbox.ask(route, "", &json!({})).await;
            assert_eq!(page["totalResults"], json!(all - expected), "{fault}");
            continue;
        }
        sandbox.walk(route).await;
        let pages = sandbox.walk(route).await;
        let found = ids(&pages);
        let all = match route {
            "v1-users" => world
                .accounts
                .iter()
                .filter(|account| account.managed)
                .count(),
            _ => world.groups.len(),
        };
        assert_eq!(
            (found.len(), unique(&found).len()),
            (all - expected, all - expected),
            "{fault}"
        );
        if route == "v1-users" {
            assert_eq!(pages[0]["meta"]["total"], json!(all - expected));
        }
    }
}

//! What the server does not answer, and in which words.

use super::*;

#[tokio::test]
async fn without_the_key_every_route_answers_as_the_gateway_does() {
    let sandbox = Sandbox::start(10, fixed()).await;
    for route in ROUTES {
        let url = format!("{}{}", sandbox.server.base_url(), sandbox.path(route.name));
        for key in [None, Some("another key")] {
            let request = sandbox.client.request(route.method.clone(), &url);
            let request = if let Some(key) = key {
                request.bearer_auth(key)
            } else {
                request
            };
            let response = request.send().await.expect("an answer");
            assert_eq!(response.status(), 401, "{}", route.name);
            let body: Value = response.json().await.expect("JSON");
            let expected = if route.name.starts_with("scim") {
                json!({
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
                    "status": "401",
                    "detail": "Unauthorized",
                })
            } else {
                json!({ "code": 401, "message": "Unauthorized" })
            };
            assert_eq!(body, expected, "{}", route.name);
        }
    }
    let log = format!("{:?}", sandbox.server.requests());
    assert!(!log.contains("another key"), "the log holds a key");
}

#[tokio::test]
async fn another_organisation_directory_domain_or_policy_is_not_found() {
    let sandbox = Sandbox::start(10, fixed()).await;
    let check = async |route: &str, from: &str, code: &str| {
        let path = sandbox
            .path(route)
            .replace(from, "00000000-0000-4000-8000-000000000000");
        let url = format!("{}{path}", sandbox.server.base_url());
        let method = ROUTES
            .iter()
            .find(|known| known.name == route)
            .expect(route)
            .method
            .clone();
        let response = sandbox
            .client
            .request(method, url)
            .bearer_auth(SANDBOX_KEY)
            .send()
            .await;
        let body: Value = response.expect("an answer").json().await.expect("JSON");
        assert_eq!(body["errors"][0]["code"], json!(code), "{route}");
        assert_eq!(body["errors"][0]["status"], json!("404"), "{route}");
    };
    let world = &sandbox.world;
    for route in ROUTES.iter().filter(|route| route.path.contains("{org}")) {
        let code = if route.name == "domain" {
            "ADMIN-404-3"
        } else {
            "ADMIN-404-2"
        };
        check(route.name, &world.org_id, code).await;
    }
    check("domain", &world.domains[0].id, "ADMIN-404-3").await;
    check("policy", &world.policies[0].id, "ADMIN-404-5").await;
    for route in [
        "users-search",
        "users-count",
        "users-stats",
        "groups-search",
        "groups-count",
        "groups-stats",
    ] {
        let path = sandbox.path(route);
        let end = path
            .split("/-/")
            .nth(1)
            .expect("the part after the directory");
        let url = format!(
            "{}{}/nowhere/{end}",
            sandbox.server.base_url(),
            path.split("/-/").next().expect("the part before")
        );
        let method = ROUTES
            .iter()
            .find(|known| known.name == route)
            .expect(route)
            .method
            .clone();
        let response = sandbox
            .client
            .request(method, url)
            .bearer_auth(SANDBOX_KEY)
            .send()
            .await;
        let body: Value = response.expect("an answer").json().await.expect("JSON");
        assert_eq!(body["errors"][0]["code"], json!("ADMIN-404-1"), "{route}");
    }
}

#[tokio::test]
async fn a_cursor_that_the_route_did_not_write_is_refused() {
    let sandbox = Sandbox::start(240, fixed()).await;
    let (_, page) = sandbox.ask("users-search", "", &json!({})).await;
    let good = next(&page).expect("a second page");
    let mut altered = good.clone();
    let last = altered.pop().expect("a character");
    altered.push(if last == 'A' { 'E' } else { 'A' });
    let bad = ["", "x", "not a cursor", &altered, &good[..good.len() / 2]];
    for cursor in bad {
        let (status, body) = sandbox
            .ask("users-search", "", &json!({ "cursor": cursor }))
            .await;
        assert_eq!(
            (status, body["errors"][0]["code"].as_str()),
            (400, Some("ADMIN-400-1")),
            "{cursor}"
        );
    }
    for route in [
        "v1-users",
        "domains",
        "policies",
        "directories",
        "api-tokens",
    ] {
        // Whole and unaltered, but of another route.
        let (status, body) = sandbox
            .ask(route, &format!("?cursor={good}"), &json!({}))
            .await;
        assert_eq!(
            (status, body["errors"][0]["code"].as_str()),
            (400, Some("ADMIN-400-1")),
            "{route}"
        );
    }
}

#[tokio::test]
async fn limits_and_filters_outside_the_reference_are_refused() {
    let sandbox = Sandbox::start(10, fixed()).await;
    for (route, query, body) in [
        ("users-search", "", json!({ "limit": 0 })),
        ("users-search", "", json!({ "limit": 101 })),
        ("users-search", "", json!({ "limit": "50" })),
        ("users-search", "", json!({ "expand": ["everything"] })),
        ("users-search", "", json!({ "status": ["asleep"] })),
        (
            "users-search",
            "",
            json!({ "acountIds": ["a typing error"] }),
        ),
        ("users-search", "", json!({ "directory": "-" })),
        (
            "users-search",
            "",
            json!({ "emails": ["a@b.example"], "searchTerm": "a" }),
        ),
        ("users-search", "", json!({ "accountIds": [] })),
        ("groups-search", "", json!({ "limit": 101 })),
        (
            "groups-search",
            "",
            json!({ "groupNames": ["a"], "searchTerm": "a" }),
        ),
        ("workspaces", "", json!({ "limit": 1001 })),
        (
            "workspaces",
            "",
            json!({ "query": { "field": { "name": "colour", "values": [] } } }),
        ),
        ("directories", "?limit=0", json!({})),
        ("api-tokens", "?pageSize=101", json!({})),
        ("v1-users", "?limit=5", json!({})),
        ("users-count", "?mfaEnabled=perhaps", json!({})),
    ] {
        let (status, answer) = sandbox.ask(route, query, &body).await;
        assert_eq!(status, 400, "{route} {query} {body}: {answer}");
    }
    let (_, first) = sandbox.ask("workspaces", "", &json!({ "limit": 2 })).await;
    let cursor = next(&first).expect("a second page");
    let (status, _) = sandbox
        .ask("workspaces", "", &json!({ "cursor": cursor, "limit": 2 }))
        .await;
    assert_eq!(
        status, 400,
        "with a cursor no other properties may be present"
    );
    for (content_type, body) in [
        ("text/plain", "{}"),
        ("application/json", "[]"),
        ("application/json", "{"),
    ] {
        let url = format!(
            "{}{}",
            sandbox.server.base_url(),
            sandbox.path("users-search")
        );
        let request = sandbox
            .client
            .post(url)
            .bearer_auth(SANDBOX_KEY)
            .header("content-type", content_type);
        assert_eq!(
            request.body(body).send().await.expect("an answer").status(),
            400,
            "{content_type} {body}"
        );
    }
}

#[tokio::test]
async fn nothing_but_the_documented_reads_is_served_and_every_attempt_is_logged() {
    let sandbox = Sandbox::start(10, fixed()).await;
    let org = &sandbox.world.org_id;
    let policy = &sandbox.world.policies[0].id;
    let attempts = [
        ("POST", format!("/admin/v1/orgs/{org}/policies"), 405),
        (
            "DELETE",
            format!("/admin/v1/orgs/{org}/policies/{policy}"),
            405,
        ),
        (
            "PUT",
            format!("/admin/v1/orgs/{org}/policies/{policy}"),
            405,
        ),
        ("GET", format!("/admin/v2/orgs/{org}/workspaces"), 405),
        // It looks like a read and starts a job.
        (
            "GET",
            format!("/admin/v1/orgs/{org}/policies/{policy}/validate"),
            404,
        ),
        (
            "DELETE",
            format!("/admin/api-access/v1/orgs/{org}/api-tokens"),
            405,
        ),
        ("GET", format!("/admin/v1/orgs/{org}/audit-log"), 404),
    ];
    for (method, path, status) in &attempts {
        let method = method.parse::<reqwest::Method>().expect("a method");
        let url = format!("{}{path}", sandbox.server.base_url());
        let response = sandbox
            .client
            .request(method, url)
            .bearer_auth(SANDBOX_KEY)
            .send()
            .await;
        assert_eq!(response.expect("an answer").status(), *status, "{path}");
    }
    sandbox.ask("org", "", &json!({})).await;
    let log = sandbox.server.requests();
    let refused: Vec<_> = log
        .iter()
        .filter(|request| request.refused)
        .map(|request| {
            (
                request.method.as_str(),
                request.path.clone(),
                request.status,
            )
        })
        .collect();
    assert_eq!(refused, attempts);
    let answered = log.last().expect("the last request");
    assert_eq!(
        (answered.route, answered.status, answered.refused),
        (Some("org"), 200, false)
    );
}

#[tokio::test]
async fn the_rate_limit_is_told_and_kept() {
    let limit = RateLimit {
        requests: 2,
        period: std::time::Duration::from_secs(3_600),
    };
    let sandbox = Sandbox::start(
        10,
        ServerOptions {
            rate_limit: Some(limit),
            ..fixed()
        },
    )
    .await;
    for (status, remaining) in [(200, "1"), (200, "0"), (429, "0")] {
        let response = sandbox
            .send("org", "", &json!({}))
            .await
            .expect("an answer");
        assert_eq!(response.status(), status);
        let header = |name: &str| response.headers()[name].to_str().expect("text").to_owned();
        assert_eq!(header("x-ratelimit-limit"), "2");
        assert_eq!(header("x-ratelimit-remaining"), remaining);
        let reset: Timestamp = header("x-ratelimit-reset").parse().expect("ISO 8601");
        assert!(reset > as_of());
        assert_eq!(header("date"), "Mon, 02 Nov 2026 09:30:00 GMT");
    }
}

#[tokio::test]
async fn the_limits_of_single_routes_are_told_and_kept_on_request() {
    let period = std::time::Duration::from_secs(3_600);
    let options = ServerOptions {
        route_limits: Some(RouteLimits { period }),
        ..fixed()
    };
    let sandbox = Sandbox::start(10, options).await;
    for (route, limit) in [
        ("events", 10),
        ("event-actions", 10),
        ("events-stream", 50),
        ("last-active-dates", 200),
    ] {
        for number in 1..=limit + 1 {
            let response = sandbox
                .send(route, "", &json!({}))
                .await
                .expect("an answer");
            let status = if number > limit { 429 } else { 200 };
            assert_eq!(response.status(), status, "{route}, request {number}");
            assert_eq!(response.headers()["x-ratelimit-limit"], limit.to_string());
        }
    }
    let response = sandbox
        .send("org", "", &json!({}))
        .await
        .expect("an answer");
    assert_eq!(response.headers()["x-ratelimit-limit"], "1000");
}

#[tokio::test]
async fn a_key_without_a_scope_is_refused_what_needs_it_and_a_key_without_any_opens_everything() {
    for kind in ["key-few-scopes", "key-unscoped", "full"] {
        let sandbox = Sandbox::of(world_of_kind(10, kind), fixed()).await;
        let held = sandbox.world.own_key().scopes.clone();
        for route in ROUTES
            .iter()
            .filter(|route| !route.name.starts_with("scim"))
        {
            let url = format!("{}{}", sandbox.server.base_url(), sandbox.path(route.name));
            let request = sandbox.client.request(route.method.clone(), &url);
            let answer = request.bearer_auth(SANDBOX_KEY).send().await;
            let lacks = route.scope().is_some_and(|scope| !held.contains(&scope));
            let refused = answer.expect("an answer").status() == 403;
            assert_eq!(refused, lacks && !held.is_empty(), "{kind}: {}", route.name);
        }
    }
}

#[tokio::test]
async fn a_clock_that_is_off_shows_in_the_date_and_nowhere_else() {
    let sandbox = Sandbox::start(10, with_fault("org=skew:-90")).await;
    let url = format!("{}{}", sandbox.server.base_url(), sandbox.path("org"));
    let request = sandbox.client.get(&url).bearer_auth(SANDBOX_KEY);
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let date = answer.headers()["date"].to_str().expect("text");
    let told = crate::collect::http_date(date).expect("a date");
    assert_eq!(
        as_of().duration_since(told),
        jiff::SignedDuration::from_secs(90)
    );
}

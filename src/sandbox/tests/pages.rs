//! Walks, filters and what the records say.

use super::*;
use crate::sandbox::world::Address;

const PAGED: [&str; 8] = [
    "v1-users",
    "domains",
    "policies",
    "directories",
    "users-search",
    "groups-search",
    "workspaces",
    "api-tokens",
];

/// Records that a walk of `route` has to find.
fn expected(world: &World, route: &str) -> usize {
    match route {
        "v1-users" => world
            .accounts
            .iter()
            .filter(|account| account.managed)
            .count(),
        "domains" => world.domains.len(),
        "policies" => world.policies.len(),
        "directories" => world.directories.len(),
        "users-search" => world.accounts.len(),
        "groups-search" => world.groups.len(),
        "workspaces" => world.workspaces.len(),
        _ => world.tokens.len(),
    }
}

#[tokio::test]
async fn a_walk_returns_each_record_once_at_any_page_size() {
    for size in [1, 7, 100] {
        let options = ServerOptions {
            page_sizes: PageSizes::all(size),
            ..fixed()
        };
        let sandbox = Sandbox::start(60, options).await;
        for route in PAGED {
            let pages = sandbox.walk(route).await;
            let ids = ids(&pages);
            assert_eq!(
                ids.len(),
                expected(&sandbox.world, route),
                "{route} by {size}"
            );
            assert_eq!(unique(&ids).len(), ids.len(), "{route} by {size}");
            assert_eq!(pages.len(), ids.len().div_ceil(size), "{route} by {size}");
        }
    }
}

#[tokio::test]
async fn every_page_links_back_to_the_one_before() {
    let options = ServerOptions {
        page_sizes: PageSizes::all(3),
        ..fixed()
    };
    let sandbox = Sandbox::start(30, options).await;
    for route in ["v1-users", "users-search", "api-tokens"] {
        let pages = sandbox.walk(route).await;
        assert!(pages[0]["links"]["prev"].is_null(), "{route}");
        for pair in pages.windows(2) {
            let link = pair[1]["links"]["prev"].as_str().expect("a link back");
            let cursor = link.rsplit("cursor=").next().expect("the last part");
            let back = sandbox.page(route, Some(cursor)).await;
            assert_eq!(back["data"], pair[0]["data"], "{route}");
        }
    }
}

#[tokio::test]
async fn the_four_ways_of_linking_pages_are_the_documented_ones() {
    let sandbox = Sandbox::start(
        60,
        ServerOptions {
            page_sizes: PageSizes::all(2),
            ..fixed()
        },
    )
    .await;
    let url = |route: &str| format!("https://api.sandbox.example{}?cursor=", sandbox.path(route));
    for (route, last) in [
        ("v1-users", None),
        ("domains", None),
        ("policies", Some(Value::Null)),
    ] {
        let pages = sandbox.walk(route).await;
        let next = pages[0]["links"]["next"].as_str().expect("a next page");
        assert!(next.starts_with(&url(route)), "{next}");
        assert_eq!(
            pages.last().expect("pages")["links"].get("next").cloned(),
            last,
            "{route}"
        );
    }
    let policies = sandbox.walk("policies").await;
    let next = policies[0]["links"]["next"].as_str().expect("a next page");
    assert_eq!(
        next,
        format!(
            "{}{}",
            url("policies"),
            policies[0]["meta"]["next"].as_str().expect("a cursor")
        )
    );
    assert_eq!(
        policies.last().expect("pages")["meta"],
        json!({ "next": null, "page_size": 2 })
    );
    for (route, last) in [
        ("groups-search", None),
        ("workspaces", None),
        ("users-search", Some(Value::Null)),
        ("api-tokens", Some(Value::Null)),
    ] {
        let pages = sandbox.walk(route).await;
        let next = pages[0]["links"]["next"].as_str().expect("a next page");
        assert!(!next.contains('/'), "{next}");
        assert_eq!(
            pages.last().expect("pages")["links"].get("next").cloned(),
            last,
            "{route}"
        );
    }
}

#[tokio::test]
async fn fields_that_cost_extra_come_only_when_asked_for() {
    let sandbox = Sandbox::start(60, fixed()).await;
    let extra = ["platformRoles", "groups", "productAccess", "counts"];
    let (_, plain) = sandbox.ask("users-search", "", &json!({})).await;
    let (_, full) = sandbox
        .ask(
            "users-search",
            "",
            &json!({ "expand": ["platformRoles", "groups", "productAccess", "counts.resources"] }),
        )
        .await;
    for key in extra {
        assert!(plain["data"][0].get(key).is_none(), "{key} unasked");
        assert!(full["data"][0].get(key).is_some(), "{key} missing");
    }
    let (_, groups) = sandbox
        .ask("groups-search", "", &json!({ "expand": ["counts.users"] }))
        .await;
    assert!(groups["data"][0]["counts"].get("users").is_some());
    assert!(groups["data"][0]["counts"].get("resources").is_none());
}

#[tokio::test]
async fn hidden_and_absent_are_left_out_and_none_is_null() {
    let sandbox = Sandbox::start(240, fixed()).await;
    let world = &sandbox.world;
    let record = async |account: &Account| {
        let (_, body) = sandbox
            .ask("users-search", "", &json!({ "accountIds": [account.id] }))
            .await;
        body["data"][0].clone()
    };
    let hidden = record(account(world, |account| {
        matches!(account.address, Address::Hidden(_))
    }))
    .await;
    assert_eq!(
        (hidden.get("email"), hidden["emailVerified"].as_bool()),
        (None, Some(true))
    );
    let outsider = record(account(world, |account| !account.managed)).await;
    assert_eq!(outsider.get("mfaEnabled"), None);
    assert_eq!(outsider.get("managementSource"), Some(&Value::Null));
    let app = record(account(world, |account| account.kind == AccountKind::App)).await;
    assert_eq!(
        app.get("accountType"),
        None,
        "the reference knows only `atlassian` here"
    );
    let pages = sandbox.walk("api-tokens").await;
    let tokens: Vec<&Value> = pages
        .iter()
        .flat_map(|page| page["data"].as_array().expect("records"))
        .collect();
    assert!(
        tokens
            .iter()
            .any(|token| token.get("expiresAt") == Some(&Value::Null))
    );
    assert!(
        tokens
            .iter()
            .any(|token| token.get("lastActiveAt") == Some(&Value::Null))
    );
}

#[tokio::test]
async fn the_counts_are_those_of_the_walks() {
    let sandbox = Sandbox::start(240, fixed()).await;
    let world = &sandbox.world;
    for (query, body) in [
        ("", json!({})),
        ("?claimStatus=managed", json!({ "claimStatus": "managed" })),
        ("?status=suspended", json!({ "status": ["suspended"] })),
        (
            "?roleIds=atlassian/org-admin&roleIds=atlassian/site-admin",
            json!({ "roleIds": ["atlassian/org-admin", "atlassian/site-admin"] }),
        ),
        (
            "?mfaEnabled=false&accountStatus=active",
            json!({ "mfaEnabled": false, "accountStatus": ["active"] }),
        ),
        (
            "?emailDomains=tarnbrook-labs.example",
            json!({ "emailDomains": ["tarnbrook-labs.example"] }),
        ),
        (
            "?membershipStatus=no_membership",
            json!({ "membershipStatus": ["no_membership"] }),
        ),
        ("?searchTerm=script", json!({ "searchTerm": "script" })),
    ] {
        let (_, count) = sandbox.ask("users-count", query, &json!({})).await;
        let mut found = 0;
        let mut request = body.clone();
        loop {
            let (status, page) = sandbox.ask("users-search", "", &request).await;
            assert_eq!(status, 200, "{page}");
            found += page["data"].as_array().expect("records").len();
            match next(&page) {
                Some(cursor) => request["cursor"] = cursor.into(),
                None => break,
            }
        }
        assert!(found > 0, "{query} finds nobody");
        assert_eq!(count, json!({ "count": found }), "{query}");
    }
    let (_, groups) = sandbox.ask("groups-count", "", &json!({})).await;
    assert_eq!(groups, json!({ "count": world.groups.len() }));
    let (_, stats) = sandbox.ask("groups-stats", "", &json!({})).await;
    assert_eq!(stats["totals"]["all"], json!(world.groups.len()));
    let (_, tokens) = sandbox.ask("api-tokens-count", "", &json!({})).await;
    assert_eq!(tokens, json!(world.tokens.len()));
    let (_, stats) = sandbox.ask("users-stats", "", &json!({})).await;
    let sum: u64 = stats["accountStatus"]
        .as_array()
        .expect("statuses")
        .iter()
        .filter_map(|one| one["count"].as_u64())
        .sum();
    assert_eq!(sum, 240);
}

#[tokio::test]
async fn an_account_of_two_directories_is_one_record_over_all_of_them() {
    let sandbox = Sandbox::start(240, fixed()).await;
    let both = account(&sandbox.world, |account| account.memberships.len() == 2);
    let search = json!({ "accountIds": [both.id] });
    let (_, all) = sandbox.ask("users-search", "", &search).await;
    assert_eq!(all["data"].as_array().map(Vec::len), Some(1));
    for directory in &sandbox.world.directories {
        let path = sandbox
            .path("users-search")
            .replace("/-/", &format!("/{}/", directory.id));
        let url = format!("{}{path}", sandbox.server.base_url());
        let response = sandbox
            .client
            .post(url)
            .bearer_auth(SANDBOX_KEY)
            .json(&search)
            .send()
            .await
            .expect("an answer");
        let body: Value = response.json().await.expect("JSON");
        assert_eq!(
            body["data"][0]["accountId"],
            json!(both.id),
            "{}",
            directory.name
        );
        let (_, found) = sandbox
            .ask(
                "directories",
                &format!("?accountId={}", both.id),
                &json!({}),
            )
            .await;
        assert_eq!(found["data"].as_array().map(Vec::len), Some(2));
    }
}

#[tokio::test]
async fn a_later_page_may_repeat_the_filters_or_leave_them_out_but_not_change_them() {
    let sandbox = Sandbox::start(60, fixed()).await;
    let (_, first) = sandbox
        .ask(
            "users-search",
            "",
            &json!({ "claimStatus": "managed", "limit": 5 }),
        )
        .await;
    let cursor = next(&first).expect("a second page");
    let (_, left_out) = sandbox
        .ask("users-search", "", &json!({ "cursor": cursor }))
        .await;
    let (_, repeated) = sandbox
        .ask(
            "users-search",
            "",
            &json!({ "claimStatus": "managed", "limit": 5, "cursor": cursor }),
        )
        .await;
    assert_eq!(left_out["data"], repeated["data"]);
    let (status, changed) = sandbox
        .ask(
            "users-search",
            "",
            &json!({ "claimStatus": "unmanaged", "cursor": cursor }),
        )
        .await;
    assert_eq!(
        (status, changed["errors"][0]["code"].as_str()),
        (400, Some("ADMIN-400-1"))
    );
}

#[tokio::test]
async fn workspaces_are_found_by_field_text_and_policy() {
    let sandbox = Sandbox::start(60, fixed()).await;
    let world = &sandbox.world;
    let names = async |query: Value| {
        let (status, body) = sandbox
            .ask("workspaces", "", &json!({ "query": query, "limit": 1000 }))
            .await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(
            body["meta"]["total"],
            json!(body["data"].as_array().expect("records").len())
        );
        ids(&[body])
    };
    let by = |fits: &dyn Fn(usize) -> bool| -> Vec<String> {
        let places = 0..world.workspaces.len();
        places
            .filter(|&place| fits(place))
            .map(|place| world.workspaces[place].id.clone())
            .collect()
    };
    let field = json!({ "field": { "name": "typeKey", "values": ["confluence"] } });
    let confluence = by(&|place| world.workspaces[place].type_key == "confluence");
    assert!(!confluence.is_empty());
    assert_eq!(names(field.clone()).await, confluence);
    let others = by(&|place| world.workspaces[place].type_key != "confluence");
    assert_eq!(names(json!({ "nor": [field] })).await, others);
    assert_eq!(names(json!({ "searchWorkspaces": "labs" })).await.len(), 2);
    assert_eq!(
        names(json!({ "policies": [world.policies[0].id] }))
            .await
            .len(),
        3
    );
}

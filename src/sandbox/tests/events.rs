//! The audit log: its order, its periods, its last page, and what its events say.

use std::collections::BTreeMap;

use super::*;
use crate::sandbox::audit_log::{ACTIONS, Actor, Happening};
use crate::sandbox::world::DAY_MS;
use crate::sandbox::{AuditEvent, EventsEnd};

fn events(page: &Value) -> &Vec<Value> {
    page["data"].as_array().expect("events")
}

fn moment(event: &Value, name: &str) -> i64 {
    let text = event["attributes"][name].as_str().expect(name);
    let at: Timestamp = text.parse().expect(text);
    at.as_millisecond()
}

/// Every page that follows `query`, by the bare cursors in `meta`.
async fn poll(sandbox: &Sandbox, query: &str) -> Vec<Value> {
    let mut pages = vec![sandbox.ask("events-stream", query, &json!({})).await.1];
    while let Some(cursor) = pages.last().expect("the first")["meta"]["next"].as_str() {
        assert!(pages.len() < 100, "{query} does not end");
        let next = format!("?cursor={cursor}");
        let page = sandbox.ask("events-stream", &next, &json!({})).await.1;
        pages.push(page);
    }
    pages
}

#[test]
fn events_stand_in_the_order_in_which_they_were_processed() {
    for users in [1, 60, 1_000] {
        let world = world(users, 5);
        let all: Vec<AuditEvent> = world.events().collect();
        assert!(all.len() >= 240, "{users}: {}", all.len());
        let ids: BTreeSet<&String> = all.iter().map(|event| &event.id).collect();
        assert_eq!(ids.len(), all.len(), "an id twice");
        let start = world.as_of.as_millisecond() - 180 * DAY_MS;
        for (place, event) in all.iter().enumerate() {
            assert_eq!(event.place, place);
            assert!(event.time < event.processed_at, "{event:?}");
            assert!(event.processed_at <= world.as_of, "{event:?}");
            assert!(event.processed_at.as_millisecond() >= start, "{event:?}");
        }
        for pair in all.windows(2) {
            assert!(pair[0].processed_at <= pair[1].processed_at, "{pair:?}");
        }
    }
}

#[test]
fn some_events_come_late_and_some_in_the_same_millisecond() {
    let all: Vec<AuditEvent> = world(240, 5).events().collect();
    let pairs = || all.windows(2);
    assert!(pairs().any(|pair| pair[0].time > pair[1].time));
    assert!(pairs().any(|pair| pair[0].processed_at == pair[1].processed_at));
    let whole_second = |event: &&AuditEvent| event.time.as_millisecond() % 1_000 == 0;
    assert!(all.iter().any(|event| whole_second(&event)));
}

#[test]
fn what_happened_to_the_organisation_is_in_its_log() {
    let world = world(240, 5);
    let start = world.as_of.as_millisecond() - 180 * DAY_MS;
    let happened: BTreeMap<String, AuditEvent> = world
        .events()
        .map(|event| (format!("{:?}", event.what), event))
        .collect();
    let mut found = 0;
    for (place, token) in world.tokens.iter().enumerate() {
        if token.created.as_millisecond() >= start {
            let event = &happened[&format!("{:?}", Happening::TokenCreated(place))];
            assert_eq!(event.time, token.created);
            assert_eq!(event.actor, Actor::Account(token.owner));
            found += 1;
        }
    }
    for (place, account) in world.accounts.iter().enumerate() {
        if let Some(at) = account
            .deactivated
            .filter(|at| at.as_millisecond() >= start)
        {
            let event = &happened[&format!("{:?}", Happening::AccountDeactivated(place))];
            assert_eq!(event.time, at);
            found += 1;
        }
    }
    assert!(found > 10, "{found}");
    let actions: BTreeSet<&str> = world.events().map(|event| event.what.action()).collect();
    for action in [
        "user_login",
        "user_logged_in_as_user",
        "org_settings_update",
        "ip_allowlist_modified",
        "verified_domain_removed",
        "added_org_admin",
        "admin_api_key_created",
    ] {
        assert!(actions.contains(action), "{action}");
    }
    let listed = |id: &&&str| ACTIONS.iter().any(|action| action.id == **id);
    assert_eq!(actions.iter().filter(|id| !listed(id)).count(), 2);
}

#[test]
fn a_person_does_nothing_before_they_were_added_or_after_they_were_last_seen() {
    let world = world(500, 5);
    let own = |what: &Happening| {
        matches!(
            what,
            Happening::LoggedIn | Happening::LoggedOut | Happening::Content(..)
        )
    };
    let mut checked = 0;
    for event in world.events().filter(|event| own(&event.what)) {
        if let Actor::Account(place) = event.actor {
            let account = &world.accounts[place];
            assert!(account.added <= event.time, "{event:?}");
            assert!(account.newest_activity() >= Some(event.time), "{event:?}");
            checked += 1;
        }
    }
    assert!(checked > 1_000, "{checked}");
}

#[tokio::test]
async fn a_poll_returns_every_event_once_in_either_order() {
    let sandbox = Sandbox::start(60, fixed()).await;
    let known: Vec<String> = sandbox.world.events().map(|event| event.id).collect();
    let ascending = ids(&poll(&sandbox, "?limit=100").await);
    assert_eq!(ascending, known);
    let mut descending = ids(&poll(&sandbox, "?sortOrder=desc&limit=500").await);
    descending.reverse();
    assert_eq!(descending, known);
    let first = sandbox.page("events-stream", None).await;
    assert_eq!(events(&first).len(), 200, "the documented page");
    let next = first["links"]["next"].as_str().expect("a URL");
    assert!(next.ends_with(first["meta"]["next"].as_str().expect("a cursor")));
}

#[tokio::test]
async fn a_period_is_of_processing_when_polled_and_of_time_when_queried() {
    let sandbox = Sandbox::start(60, fixed()).await;
    let all: Vec<AuditEvent> = sandbox.world.events().collect();
    let (from, to) = (all[100].processed_at, all[300].processed_at);
    let (from, to) = (from.as_millisecond(), to.as_millisecond());
    let query = format!("?from={from}&to={to}&limit=500");
    let polled = ids(&poll(&sandbox, &query).await);
    let within = |at: Timestamp| (from..=to).contains(&at.as_millisecond());
    let expected: Vec<String> = all
        .iter()
        .filter(|event| within(event.processed_at))
        .map(|event| event.id.clone())
        .collect();
    assert_eq!(polled, expected, "both bounds are within");
    let (_, queried) = sandbox.ask("events", &query, &json!({})).await;
    let mut found = ids(std::slice::from_ref(&queried));
    found.reverse();
    let expected: Vec<String> = all
        .iter()
        .filter(|event| within(event.time))
        .map(|event| event.id.clone())
        .collect();
    assert_eq!(found, expected);
    assert_ne!(
        found, polled,
        "some happened before and were processed within"
    );
    assert!(
        queried["data"][0]["attributes"]
            .get("processedAt")
            .is_none()
    );
    for event in events(&queried) {
        assert!((from..=to).contains(&moment(event, "time")));
    }
}

#[tokio::test]
async fn the_last_page_ends_in_null_or_leads_to_an_empty_one() {
    let sandbox = Sandbox::start(10, fixed()).await;
    let pages = poll(&sandbox, "?limit=100").await;
    let last = pages.last().expect("pages");
    assert_eq!(last["links"], json!({}));
    let nulls = [
        "attributes",
        "next",
        "prev",
        "current",
        "start_index",
        "end_index",
    ];
    assert!(
        nulls
            .iter()
            .all(|name| last["meta"].get(name) == Some(&Value::Null))
    );
    assert_eq!(last["meta"]["total"], json!(events(last).len()));

    let options = ServerOptions {
        events_end: EventsEnd::Cursor,
        ..fixed()
    };
    let sandbox = Sandbox::start(10, options).await;
    let mut cursor = String::new();
    let mut found = Vec::new();
    loop {
        let query = match cursor.as_str() {
            "" => "?limit=100".to_owned(),
            _ => format!("?cursor={cursor}"),
        };
        let (_, page) = sandbox.ask("events-stream", &query, &json!({})).await;
        let next = page["meta"]["next"]
            .as_str()
            .expect("always one")
            .to_owned();
        if events(&page).is_empty() {
            assert_eq!(next, cursor, "it leads to itself");
            break;
        }
        found.extend(ids(&[page]));
        cursor = next;
    }
    assert_eq!(found.len(), sandbox.world.event_count());
}

#[tokio::test]
async fn a_query_filters_by_action_actor_address_product_place_and_text() {
    let sandbox = Sandbox::start(240, fixed()).await;
    let count = async |query: &str| {
        let (status, page) = sandbox.ask("events", query, &json!({})).await;
        assert_eq!(status, 200, "{query}: {page}");
        for event in events(&page) {
            let attributes = &event["attributes"];
            let fits = match query.split('&').next().expect("a filter") {
                "?action=user_logged_in_as_user" => {
                    attributes["action"] == "user_logged_in_as_user"
                }
                "?product=confluence" => attributes["action"]
                    .as_str()
                    .is_some_and(|id| id.starts_with("confluence")),
                "?q=LOGGED%20IN%20AS" => event["message"]["content"]
                    .as_str()
                    .is_some_and(|text| text.starts_with("Logged in as")),
                _ => {
                    attributes["location"]["countryName"] == "Kenya"
                        || query.contains("actor")
                        || query.contains("ip=")
                }
            };
            assert!(fits, "{query}: {event}");
        }
        events(&page).len()
    };
    assert_eq!(count("?action=user_logged_in_as_user&limit=500").await, 3);
    assert_eq!(count("?q=LOGGED%20IN%20AS&limit=500").await, 3);
    assert!(count("?product=confluence&limit=500").await > 3);
    let place = "%5B%7B%22countryName%22%3A%22Kenya%22%7D%5D";
    assert!(count(&format!("?location={place}&limit=500")).await > 3);
    let (_, page) = sandbox
        .ask("events", "?action=user_login", &json!({}))
        .await;
    let attributes = &page["data"][0]["attributes"];
    let actor = attributes["actor"]["id"].as_str().expect("an actor");
    assert!(count(&format!("?actor=nobody,{actor}")).await > 0);
    let address = attributes["location"]["ip"].as_str().expect("an address");
    assert!(count(&format!("?ip={address}")).await > 0);
    assert_eq!(count("?action=nothing_like_it").await, 0);
    let id = page["data"][0]["id"].as_str().expect("an id");
    let path = sandbox
        .path("event")
        .replace(&sandbox.world.event(0).id, id);
    let url = format!("{}{path}", sandbox.server.base_url());
    let one = sandbox
        .client
        .get(url)
        .bearer_auth(SANDBOX_KEY)
        .send()
        .await;
    let one: Value = one.expect("an answer").json().await.expect("JSON");
    assert_eq!(one["data"], page["data"][0]);
}

#[tokio::test]
async fn what_may_be_missing_is_missing_somewhere_and_hostile_texts_are_there() {
    let sandbox = Sandbox::start(240, fixed()).await;
    let pages = poll(&sandbox, "?limit=500").await;
    let all: Vec<&Value> = pages.iter().flat_map(events).collect();
    let some = |what: &str, fits: &dyn Fn(&Value) -> bool| {
        let count = all
            .iter()
            .filter(|event| fits(&event["attributes"]))
            .count();
        assert!(count > 0 && count < all.len(), "{what}: {count}");
    };
    some("no context", &|event| event.get("context").is_none());
    some("no container", &|event| event.get("container").is_none());
    some("no location", &|event| event.get("location").is_none());
    some("a country of no name", &|event| {
        event["location"]["countryName"] == ""
    });
    some("no address of the actor", &|event| {
        event["actor"].get("email").is_none()
    });
    some("an app", &|event| event["actor"].get("app").is_some());
    some("on behalf of", &|event| {
        event["actor"].get("onBehalfOf").is_some()
    });
    some("a token", &|event| {
        event["actor"]["auth"].get("tokenId").is_some()
    });
    some("a setting", &|event| {
        event["container"][0]["attributes"]["settingName"] == "AuthenticationPolicy"
    });
    some("users first", &|event| {
        event["context"][0]["type"] == "users" && event["context"][1]["type"] == "groups"
    });
    some("groups first", &|event| {
        event["context"][1]["type"] == "users" && event["context"][0]["type"] == "groups"
    });
    let text = all
        .iter()
        .map(|event| event.to_string())
        .collect::<String>();
    for hostile in ["<script>", "=1+1", "{{ 7*7 }}"] {
        assert!(text.contains(hostile), "{hostile}");
    }
}

#[tokio::test]
async fn periods_and_limits_that_make_no_sense_are_refused() {
    let sandbox = Sandbox::start(10, fixed()).await;
    for (query, code) in [
        ("?from=2026-01-01", "ADMIN-400-3"),
        ("?from=9&to=1", "ADMIN-400-3"),
        ("?limit=0", "ADMIN-400-19"),
        ("?limit=501", "ADMIN-400-19"),
        ("?cursor=nothing", "ADMIN-400-1"),
        ("?since=1", "ADMIN-400-19"),
    ] {
        for route in ["events-stream", "events"] {
            let (status, body) = sandbox.ask(route, query, &json!({})).await;
            assert_eq!(
                (status, &body["errors"][0]["code"]),
                (400, &json!(code)),
                "{route}{query}"
            );
        }
    }
    for (route, query) in [
        ("events-stream", "?sortOrder=up"),
        ("events-stream", "?action=user_login"),
        ("events", "?product=paper"),
        ("events", "?location=Oslo"),
    ] {
        assert_eq!(
            sandbox.ask(route, query, &json!({})).await.0,
            400,
            "{route}{query}"
        );
    }
}

#[tokio::test]
async fn without_a_plan_there_is_no_log_and_without_premium_no_content_in_it() {
    let sandbox = Sandbox::of(world_of_kind(60, "no-guard"), fixed()).await;
    for route in ["events", "events-stream", "event-actions"] {
        let (status, body) = sandbox.ask(route, "", &json!({})).await;
        assert_eq!(status, 402);
        assert_eq!(
            body["message"],
            json!("Audit Log Entitlement validation failed")
        );
    }
    let content = |world: &World| {
        let is_content = |event: &AuditEvent| matches!(event.what, Happening::Content(..));
        world.events().filter(is_content).count()
    };
    assert_eq!(content(&world_of_kind(60, "guard-standard")), 0);
    assert!(content(&world_of_kind(60, "full")) > 0);
}

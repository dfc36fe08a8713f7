//! Older endpoints: asked where the newer one is not found, and less is known then.

use super::records::*;
use super::runs::*;
use super::server::json_reply;
use super::world::World;
use crate::snapshot::RecordSource;
use serde_json::json;

#[test]
fn an_older_endpoint_is_asked_only_where_the_newer_one_is_not_found_and_it_is_said() {
    for (route, older, dataset, source_name, newer) in [
        (
            SEARCH,
            "directories/-/users",
            "accounts",
            "v2 users",
            "users/search",
        ),
        (
            GROUPS,
            "directories/-/groups",
            "groups",
            "v2 groups",
            "groups/search",
        ),
    ] {
        let mut world = World::new();
        let records = world.records[route].clone();
        world.records.insert(older, records);
        let unaided = world
            .clone()
            .with_fault(move |seen| (seen.route == route).then(|| json_reply(404, &json!({}))));
        let ran = run(&unaided);
        assert_eq!(ran.state(dataset), "whole", "{}", ran.told);
        let told = source(&ran, dataset, source_name);
        let fallback = told.fallback.as_ref().expect("it is said");
        assert_eq!(fallback.instead_of, newer);
        assert_eq!(fallback.deprecated_after.as_deref(), Some("2027-06-30"));
        assert!(fallback.request.ends_with(older), "{}", fallback.request);
        assert_eq!(told.errors, 1);
        assert!(
            ran.told
                .contains("404 Not Found, asking the deprecated GET"),
            "{}",
            ran.told
        );
        let provenance = ran.snapshot().provenance().expect("sources.json");
        let class = &provenance.classes[dataset][0];
        assert_eq!(class.sources[0], source_name);
        assert!(provenance.responses.contains_key(source_name));
        for seen in asked(&ran, older) {
            assert!(seen.head.contains("limit=100"), "{}", seen.head);
        }
        // Any other refusal is what it is.
        let denied = world
            .clone()
            .with_fault(move |seen| (seen.route == route).then(|| json_reply(403, &json!({}))));
        let ran = run(&denied);
        assert_eq!(ran.state(dataset), "denied: 403 Forbidden");
        assert!(asked(&ran, older).is_empty());
        // And neither is there.
        let neither = world.clone().with_fault(move |seen| {
            let gone = seen.route == route || seen.route == older;
            gone.then(|| json_reply(404, &json!({})))
        });
        assert_eq!(run(&neither).state(dataset), "unavailable: 404 Not Found");
        assert!(run(&world).seen.iter().all(|seen| seen.route != older));
    }
}

#[test]
fn what_the_older_endpoint_does_not_tell_is_not_known() {
    let mut world = World::new();
    let mut accounts = world.records[SEARCH].clone();
    for account in &mut accounts {
        for member in ["platformRoles", "groups", "productAccess"] {
            account.as_object_mut().expect("an object").remove(member);
        }
    }
    world.records.insert("directories/-/users", accounts);
    let ran =
        run(&world.with_fault(|seen| (seen.route == SEARCH).then(|| json_reply(404, &json!({})))));
    assert_eq!(ran.state("accounts"), "whole");
    let account = ran.record("accounts", "a1");
    for field in [
        "platform_roles",
        "group_ids",
        "product_access",
        "last_active_at",
    ] {
        assert_eq!(account.get(field), None, "{field}");
    }
    for grants in ["group_members", "role_assignments", "product_access"] {
        assert_eq!(ran.state(grants), "cut: 5 accounts did not tell theirs");
    }
}

#[test]
fn an_empty_list_of_the_older_endpoint_which_it_cannot_be_asked_to_fill_is_not_known_to_be_empty() {
    let mut world = World::new();
    let mut accounts = world.records[SEARCH].clone();
    for account in &mut accounts {
        for member in ["platformRoles", "groups", "productAccess"] {
            account[member] = json!([]);
        }
    }
    world.records.insert("directories/-/users", accounts);
    let mut groups = world.records[GROUPS].clone();
    for group in &mut groups {
        group["counts"] = json!({"users": 0});
    }
    world.records.insert("directories/-/groups", groups);
    let ran = run(&world.with_fault(|seen| {
        let is_newer = seen.route == SEARCH || seen.route == GROUPS;
        is_newer.then(|| json_reply(404, &json!({})))
    }));
    assert_eq!(ran.state("accounts"), "whole", "{}", ran.told);
    for account in ran.records("accounts") {
        for field in [
            "platform_roles",
            "group_ids",
            "product_access",
            "product_access_count",
        ] {
            assert_eq!(account.get(field), None, "{field}: {account}");
        }
        assert_ne!(account.get("activity"), Some(&json!("none_recorded")));
    }
    for group in ran.records("groups") {
        assert_eq!(group.get("user_count"), None, "{group}");
    }
    for grants in ["group_members", "role_assignments", "product_access"] {
        assert_eq!(ran.state(grants), "cut: 5 accounts did not tell theirs");
    }
}

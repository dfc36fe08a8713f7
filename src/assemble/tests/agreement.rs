//! Answers that speak of the same thing: where they agree, and where one contradicts another.

use super::records::*;
use super::runs::*;
use super::server::json_reply;
use super::world::{World, world_with};
use serde_json::{Value, json};

#[test]
fn an_empty_list_that_another_answer_contradicts_is_cut() {
    for (route, dataset, state) in [
        (
            "domains",
            "domains",
            "cut: the API listed no domain, but 3 managed accounts through one",
        ),
        (
            "event-actions",
            "event_actions",
            "cut: the API listed no action, but events of some",
        ),
        (
            "workspaces",
            "workspaces",
            "cut: the API listed no workspace, but an account has access to ari:jira",
        ),
    ] {
        let mut world = World::new();
        world.records.insert(route, Vec::new());
        assert_eq!(run(&world).state(dataset), state, "{route}");
    }
}

#[test]
fn counts_by_kind_that_contradict_a_listing_cut_it() {
    let stats = |active: u64, inactive: u64| {
        json!({"accountStatus": [{"status": "active", "count": active},
            {"status": "inactive", "count": inactive}], "roles": []})
    };
    for (told, state) in [
        (stats(5, 0), "whole"),
        (
            stats(4, 1),
            "cut: the API counts 4 active accounts, it listed 5",
        ),
        // Not the population that was listed: shown, and no word on it.
        (stats(7, 0), "whole"),
    ] {
        let (found, ran) = state_after("directories/-/users/stats", "accounts", move |_| {
            Some(json_reply(200, &told))
        });
        assert_eq!(found, state);
        assert_eq!(source(&ran, "accounts", "users/search").counts.len(), 2);
    }
    let (found, _) = state_after("directories/-/groups/stats", "groups", |_| {
        Some(json_reply(200, &json!({"totals": {"all": 1, "synced": 1}})))
    });
    assert_eq!(found, "cut: the API counts 1 synced groups, it listed 0");
    // Refused or of another shape, they cost the comparison only.
    for answer in [
        json_reply(403, &json!({})),
        json_reply(200, &json!({"accountStatus": 7})),
    ] {
        let (found, ran) = state_after("directories/-/users/stats", "accounts", move |_| {
            Some(answer.clone())
        });
        assert_eq!(found, "whole");
        assert!(source(&ran, "accounts", "users/search").counts.is_empty());
    }
}

/// What the record of account `id` says of its sources.
fn agreement(ran: &Ran, id: &str) -> (Value, Value) {
    let record = ran.record("accounts", id);
    let member = |name: &str| record.get(name).cloned().unwrap_or(json!("absent"));
    (member("sources_agree"), member("disagreement"))
}

#[test]
fn sources_that_disagree_are_named_with_what_each_says_and_when() {
    let ran = run(&World::new());
    for id in ["a1", "a2", "a3"] {
        assert_eq!(agreement(&ran, id), (json!(true), Value::Null));
    }
    let mut world = World::new();
    let users = world.records.get_mut("users").expect("users");
    users[0]["account_status"] = json!("inactive");
    users[0]["email"] = json!("other@corp.example");
    world.records.get_mut("scim/Users").expect("users")[0]["active"] = json!(false);
    world.records.get_mut(SEARCH).expect("accounts")[1]["claimStatus"] = json!("unmanaged");
    let ran = run(&world);
    let at = "2026-11-20T06:00:00Z";
    assert_eq!(
        agreement(&ran, "a1"),
        (
            json!(false),
            json!(format!(
                "email a1@corp.example (users/search, {at}), but other@corp.example (v1 users, {at}); \
                 account_status active (users/search, {at}), but inactive (v1 users, {at}) and not active (scim users, {at})"
            ))
        )
    );
    assert_eq!(
        ran.record("accounts", "a1")["account_status"],
        "active",
        "the main source's"
    );
    let (agree, words) = agreement(&ran, "a2");
    assert_eq!(agree, json!(false));
    assert!(
        words
            .as_str()
            .expect("words")
            .starts_with("claim_status unmanaged (users/search")
    );
    let conflicts = &ran.record("accounts", "a1")["_conflicts"];
    assert_eq!(conflicts.as_array().map(Vec::len), Some(3));
    assert_eq!(
        conflicts[0],
        json!({"field": "email", "source": "users/search", "n": 1, "value": "a1@corp.example",
            "other": {"source": "v1 users", "n": 0, "value": "other@corp.example"}})
    );
}

#[test]
fn that_sources_agree_is_known_only_where_all_that_were_asked_have_told() {
    let denied =
        |route: &'static str| run(&world_with(route, |_| Some(json_reply(403, &json!({})))));
    let absent = (json!("absent"), json!("absent"));
    let agree = (json!(true), Value::Null);
    let ran = denied("users");
    assert_eq!(agreement(&ran, "a1"), absent);
    // Only synced accounts stand in a directory.
    let ran = denied("scim/Users");
    assert_eq!(agreement(&ran, "a1"), agree);
    let mut world = World::new();
    world.records.get_mut(SEARCH).expect("accounts")[0]["managementSource"] = json!("synced");
    let ran = run(&world);
    assert_eq!(agreement(&ran, "a1"), agree);
    let ran =
        run(&world
            .with_fault(|seen| (seen.route == "scim/Users").then(|| json_reply(403, &json!({})))));
    assert_eq!(agreement(&ran, "a1"), absent);
    // A disagreement that was found stays one, whatever is missing.
    let mut world = World::new();
    world.records.get_mut("scim/Users").expect("users")[0]["active"] = json!(false);
    let ran =
        run(&world.with_fault(|seen| (seen.route == "users").then(|| json_reply(403, &json!({})))));
    assert_eq!(agreement(&ran, "a1").0, json!(false));
}

#[test]
fn the_policies_in_force_on_a_workspace_are_known_where_all_policies_are() {
    let types = |world: &World| {
        run(world)
            .record("workspaces", "ari:jira")
            .get("applied_policy_types")
            .cloned()
    };
    let mut world = World::new();
    assert_eq!(types(&world), Some(json!(["ip-allowlist"])));
    let policies = |world: &mut World, change: fn(&mut Value)| {
        change(&mut world.records.get_mut("policies").expect("policies")[0]["attributes"]);
    };
    policies(&mut world, |policy| {
        policy["resources"][0]["applicationStatus"] = json!("failed")
    });
    assert_eq!(types(&world), Some(json!([])));
    policies(&mut world, |policy| {
        policy["resources"][0]["applicationStatus"] = json!("novel")
    });
    assert_eq!(types(&world), None);
    policies(&mut world, |policy| policy["status"] = json!("disabled"));
    assert_eq!(types(&world), Some(json!([])));
    let denied = world_with("policies", |_| Some(json_reply(403, &json!({}))));
    assert_eq!(types(&denied), None);
}

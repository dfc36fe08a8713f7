//! Administrators: found by their roles, then asked about one by one.

use crate::assemble::tests::runs::*;
use crate::assemble::tests::server::json_reply;
use crate::assemble::tests::world::World;
use serde_json::json;

#[test]
fn administrators_are_asked_about_one_by_one_and_nobody_else_is() {
    let ran = run(&World::new());
    let paths: Vec<&str> = asked(&ran, "role-assignments")
        .iter()
        .filter(|seen| seen.cursor.is_none())
        .map(|seen| seen.path.as_str())
        .collect();
    assert_eq!(paths.len(), 3);
    for (path, id) in paths.iter().zip(["a1", "a2", "a4"]) {
        assert!(
            path.ends_with(&format!("/users/{id}/role-assignments")),
            "{path}"
        );
    }
    let ids: Vec<String> = ran
        .records("admin_role_assignments")
        .iter()
        .map(|record| record["id"].as_str().expect("an id").to_owned())
        .collect();
    assert_eq!(ids.len(), 9);
    assert!(
        ids.contains(&"a1#ari:jira#atlassian/admin".to_owned()),
        "{ids:?}"
    );
    let role = ran.record("admin_role_assignments", "a2#ari:jira#atlassian/user");
    assert_eq!(
        role["assignment_methods"],
        json!(["group_direct", "inferred"])
    );
    assert_eq!(
        (&role["account_status"], &role["workspace_name"]),
        (&json!("active"), &json!("corp"))
    );
}

#[test]
fn an_administrator_that_is_not_told_cuts_the_roles() {
    let (state, ran) = state_after("role-assignments", "admin_role_assignments", |seen| {
        seen.path
            .contains("/a2/")
            .then(|| json_reply(404, &json!({})))
    });
    assert_eq!(
        state,
        "cut: 1 of 3 parts not whole: account a2 unavailable: 404 Not Found"
    );
    assert_eq!(ran.records("admin_role_assignments").len(), 6);
    // A key that may not ask about one may not ask about the next.
    let (state, ran) = state_after("role-assignments", "admin_role_assignments", |_| {
        Some(json_reply(403, &json!({})))
    });
    assert_eq!(state, "denied: 403 Forbidden");
    assert_eq!(asked(&ran, "role-assignments").len(), 1);
    // Nobody knows whom to ask about.
    let (state, ran) = state_after("administrators", "admin_role_assignments", |_| {
        Some(json_reply(403, &json!({})))
    });
    assert_eq!(
        state,
        "cut: asked about the accounts that users/search by role listed, and that is denied: 403 Forbidden"
    );
    assert!(asked(&ran, "role-assignments").is_empty());
    let mut world = World::new();
    world.records.insert("administrators", Vec::new());
    assert!(
        run(&world)
            .state("admin_role_assignments")
            .starts_with("cut")
    );
}

#[test]
fn an_administrator_of_whom_no_role_is_told_cuts_the_roles() {
    let (state, ran) = state_after("role-assignments", "admin_role_assignments", |seen| {
        let empty = json!({"data": [], "links": {}});
        seen.path.contains("/a2/").then(|| json_reply(200, &empty))
    });
    assert_eq!(
        state,
        "cut: the API told no role of 1 administrator that it had found by one"
    );
    assert_eq!(ran.records("admin_role_assignments").len(), 6);
}

#[test]
fn administrators_are_found_by_the_older_endpoint_where_the_newer_one_is_not_found() {
    let mut world = World::new();
    let administrators = world.records["administrators"].clone();
    world.records.insert("directories/-/users", administrators);
    let ran = run(&world
        .with_fault(|seen| (seen.route == "administrators").then(|| json_reply(404, &json!({})))));
    assert_eq!(ran.state("admin_role_assignments"), "whole");
    assert_eq!(ran.records("admin_role_assignments").len(), 9);
    let told = source(&ran, "admin_role_assignments", "v2 users by role");
    assert!(told.fallback.is_some());
    let older = asked(&ran, "directories/-/users");
    assert!(
        older[0].head.contains("roleIds=atlassian%2Fadmin&roleIds="),
        "{}",
        older[0].head
    );
}

#[test]
fn an_older_list_of_roles_is_read_where_the_newer_one_is_missing() {
    let mut world = World::new();
    world.records.get_mut("role-assignments").expect("roles")[1]
        .as_object_mut()
        .expect("an object")
        .remove("roleAssignments");
    let ran = run(&world);
    assert_eq!(ran.state("admin_role_assignments"), "whole");
    let role = ran.record("admin_role_assignments", "a1#ari:jira#atlassian/admin");
    assert_eq!(role.get("assignment_methods"), None);
    world.records.get_mut("role-assignments").expect("roles")[1]["roles"] = json!("all");
    assert_eq!(
        run(&world).state("admin_role_assignments"),
        "cut: 3 answers did not tell its roles"
    );
}

//! Listings that are asked for in parts, older endpoints, counts by kind, and sources that disagree.

use super::records::*;
use super::runs::*;
use super::server::*;
use super::world::World;
use crate::collect::{CollectRequest, ScimKeys};
use crate::snapshot::{CutReason, RecordSource, SourceStatement};
use serde_json::{Value, json};

/// A world in which every request to `route` meets `fault`.
fn world_with(
    route: &'static str,
    fault: impl Fn(&Seen) -> Option<Reply> + Send + Sync + 'static,
) -> World {
    World::new().with_fault(move |seen| match seen.route == route {
        true => fault(seen),
        false => None,
    })
}

fn state_after(
    route: &'static str,
    dataset: &str,
    fault: impl Fn(&Seen) -> Option<Reply> + Send + Sync + 'static,
) -> (String, Ran) {
    let ran = run(&world_with(route, fault));
    (ran.state(dataset), ran)
}

fn source<'r>(ran: &'r Ran, dataset: &str, name: &str) -> &'r SourceStatement {
    let sources = &ran.snapshot().manifest().datasets[dataset].sources;
    sources
        .iter()
        .find(|source| source.source == name)
        .unwrap_or_else(|| panic!("{dataset} has a source {name}"))
}

fn asked<'r>(ran: &'r Ran, route: &str) -> Vec<&'r Seen> {
    ran.seen.iter().filter(|seen| seen.route == route).collect()
}

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

#[test]
fn managed_accounts_are_asked_for_their_policy_in_batches() {
    let mut world = World::new();
    world.page_size = 100;
    let accounts = world.records.get_mut(SEARCH).expect("accounts");
    let mut more = Vec::new();
    for number in 0..230 {
        let mut account = accounts[1].clone();
        account["accountId"] = json!(format!("b{number:03}"));
        account["email"] = json!(format!("b{number:03}@corp.example"));
        more.push(account);
    }
    accounts.extend(more.clone());
    let users = world.records.get_mut("users").expect("users");
    for account in &more {
        let mut user = users[1].clone();
        user["account_id"] = account["accountId"].clone();
        user["email"] = account["email"].clone();
        users.push(user);
    }
    let members = world.records.get_mut(POLICY_MEMBERS).expect("members");
    for account in &more {
        members.push(json!({"accountId": account["accountId"], "policyId": "ap1"}));
    }
    let ran = run(&world);
    let sizes: Vec<usize> = asked(&ran, POLICY_MEMBERS)
        .iter()
        .map(|seen| seen.body["accountIds"].as_array().expect("ids").len())
        .collect();
    assert_eq!(sizes, [100, 100, 33]);
    assert_eq!(ran.state("authentication_policy_members"), "whole");
    assert_eq!(ran.records("authentication_policy_members").len(), 233);
    let account = ran.record("accounts", "a4");
    assert_eq!(account["authentication_policy_id"], "ap2");
    assert_eq!(account["authentication_policy"], "Name of ap2");
    let unmanaged = ran.record("accounts", "a3");
    assert_eq!(unmanaged.get("authentication_policy_id"), None);
}

#[test]
fn an_answer_that_leaves_out_an_account_it_was_asked_about_cuts_the_memberships() {
    let mut world = World::new();
    let members = world.records.get_mut(POLICY_MEMBERS).expect("members");
    let left_out = members.pop().expect("a member");
    let ran = run(&world);
    assert_eq!(
        ran.state("authentication_policy_members"),
        "cut: the API told no policy of 1 managed account that it was asked about"
    );
    assert_eq!(
        ran.state("accounts"),
        "whole",
        "they are listed all the same"
    );
    // An app is in no policy.
    let users = world.records.get_mut("users").expect("users");
    let mut users = users.iter_mut();
    let user = users.find(|user| user["account_id"] == left_out["accountId"]);
    user.expect("a managed account")["account_type"] = json!("app");
    assert_eq!(run(&world).state("authentication_policy_members"), "whole");
}

#[test]
fn members_that_are_named_by_address_alone_are_joined_by_it() {
    let mut world = World::new();
    for member in world.records.get_mut(POLICY_MEMBERS).expect("members") {
        member["policyName"] = Value::Null;
    }
    // The only documented field.
    let documented = json!([{"email": "A1@corp.example"}, {"email": "stranger@corp.example"}]);
    let world = world.with_fault(move |seen| {
        (seen.route == POLICY_MEMBERS).then(|| json_reply(200, &documented))
    });
    let ran = run(&world);
    let member = |id: &str| ran.record("authentication_policy_members", id);
    assert_eq!(member("A1@corp.example")["account_id"], "a1");
    assert_eq!(member("A1@corp.example")["account_status"], "active");
    assert_eq!(member("stranger@corp.example").get("account_id"), None);
    assert_eq!(
        ran.state("authentication_policy_members"),
        "cut: the API told no policy of 2 managed accounts that it was asked about"
    );
    assert_eq!(
        ran.record("accounts", "a1").get("authentication_policy"),
        None
    );
}

#[test]
fn memberships_that_are_refused_or_of_another_shape_cost_themselves_alone() {
    for (fault, expected) in [
        (json_reply(401, &json!({})), "denied: 401 Unauthorized"),
        (json_reply(402, &json!({})), "denied: 402 Payment Required"),
        (json_reply(403, &json!({})), "denied: 403 Forbidden"),
        (json_reply(404, &json!({})), "unavailable: 404 Not Found"),
        (
            json_reply(200, &json!({"data": []})),
            "cut: page 1: kept failing after 5 retries: the answer is no list of records",
        ),
        (
            json_reply(200, &json!([{"policyId": "p"}])),
            "cut: 1 record: came without an id",
        ),
    ] {
        let (state, ran) =
            state_after(POLICY_MEMBERS, "authentication_policy_members", move |_| {
                Some(fault.clone())
            });
        assert_eq!(state, expected);
        assert_eq!(ran.state("accounts"), "whole");
    }
}

#[test]
fn what_is_asked_about_accounts_is_no_more_whole_than_they_are() {
    let mut world = World::new();
    world.counts.insert(SEARCH, 9);
    let ran = run(&world);
    assert_eq!(
        ran.state("authentication_policy_members"),
        "cut: asked about the accounts that users/search listed, and that is cut: the API counts 9, it listed 5"
    );
}

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

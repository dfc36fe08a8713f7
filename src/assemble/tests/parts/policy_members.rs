//! Members of authentication policies: asked for in batches of managed accounts.

use crate::assemble::tests::records::*;
use crate::assemble::tests::runs::*;
use crate::assemble::tests::server::json_reply;
use crate::assemble::tests::world::World;
use serde_json::{Value, json};

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

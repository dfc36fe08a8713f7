//! Single accounts and groups, their grants, keys, and what the plan covers.

use super::*;
use crate::sandbox::world::{MembershipState, Role};
use crate::sandbox::{GrantMethod, Resource};

/// The answer for one account or group of the organisation.
async fn of(sandbox: &Sandbox, route: &str, id: &str, query: &str) -> (u16, Value) {
    let path = sandbox.path(route);
    let own = match route.starts_with("group") {
        true => &sandbox.world.groups[0].id,
        false => &sandbox.world.accounts[0].id,
    };
    let url = format!(
        "{}{}{query}",
        sandbox.server.base_url(),
        path.replace(own, id)
    );
    let response = sandbox
        .client
        .get(url)
        .bearer_auth(SANDBOX_KEY)
        .send()
        .await;
    let response = response.expect("an answer");
    let status = response.status().as_u16();
    (status, response.json().await.expect("JSON"))
}

#[tokio::test]
async fn an_admin_is_told_with_the_role_and_how_it_came_about() {
    let sandbox = Sandbox::start(240, fixed()).await;
    let world = &sandbox.world;
    let org = format!("ari:cloud:platform::org/{}", world.org_id);
    let check = async |account: &Account, method: &str| {
        let (_, body) = of(&sandbox, "user-role-assignments", &account.id, "?limit=100").await;
        let records = body["data"].as_array().expect("records");
        let on_org = records.iter().find(|record| record["resourceId"] == *org);
        let on_org = on_org.expect("the organisation");
        assert_eq!(on_org["resourceOwner"], "platform");
        assert_eq!(on_org["directoryId"], Value::Null);
        let expected =
            json!([{ "role": "atlassian/org-admin", "roleAssignmentMethods": [method] }]);
        assert_eq!(on_org["roleAssignments"], expected);
        records.clone()
    };
    let is_admin = |account: &Account| account.roles.contains(&Role::OrgAdmin);
    let in_group = account(world, |account| {
        is_admin(account) && account.groups.contains(&0)
    });
    let records = check(in_group, "group_direct").await;
    let product = &records.last().expect("a product")["roleAssignments"];
    let inferred = json!({ "role": "atlassian/admin", "roleAssignmentMethods": ["inferred"] });
    assert!(
        product.as_array().expect("roles").contains(&inferred),
        "{product}"
    );
    let break_glass = account(world, |account| {
        is_admin(account) && account.groups.is_empty()
    });
    assert_eq!(check(break_glass, "direct").await.len(), 1);
}

#[tokio::test]
async fn grants_on_products_are_of_a_directory_and_can_be_filtered() {
    let sandbox = Sandbox::start(240, fixed()).await;
    let world = &sandbox.world;
    let both = account(world, |account| {
        account.memberships.len() == 2 && account.memberships[0].state == MembershipState::Suspended
    });
    let (_, body) = of(&sandbox, "user-role-assignments", &both.id, "").await;
    for record in body["data"].as_array().expect("records") {
        let directory = record["directoryId"].as_str().expect("a directory");
        let staff = directory == world.directories[0].id;
        let status = if staff { "suspended" } else { "active" };
        assert_eq!(record["userDirectoryStatus"], status);
    }
    let (_, pages) = of(&sandbox, "user-role-assignments", &both.id, "?limit=1").await;
    let cursor = next(&pages).expect("a second page");
    let (status, _) = of(
        &sandbox,
        "user-role-assignments",
        &both.id,
        &format!("?cursor={cursor}"),
    )
    .await;
    assert_eq!(status, 200);
    let other = &world.accounts[0].id;
    let (status, _) = of(
        &sandbox,
        "user-role-assignments",
        other,
        &format!("?cursor={cursor}"),
    )
    .await;
    assert_eq!(status, 400, "a cursor of another account");
    let (_, none) = of(
        &sandbox,
        "user-role-assignments",
        &both.id,
        "?roleIds=atlassian/org-admin",
    )
    .await;
    assert_eq!(none["data"], json!([]));
    let (_, jira) = of(
        &sandbox,
        "user-role-assignments",
        &both.id,
        "?resourceOwners=confluence",
    )
    .await;
    assert_eq!(jira["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_group_is_told_with_its_grants() {
    let sandbox = Sandbox::start(60, fixed()).await;
    for group in &sandbox.world.groups {
        let (status, body) = of(&sandbox, "group", &group.id, "").await;
        assert_eq!((status, &body["data"]["name"]), (200, &json!(group.name)));
        assert_eq!(body["data"]["counts"]["users"], json!(group.user_count));
        let (_, body) = of(&sandbox, "group-role-assignments", &group.id, "").await;
        let records = body["data"].as_array().expect("records");
        let platform =
            usize::from(["org-admins", "site-admins-tarnbrook"].contains(&group.name.as_str()));
        assert_eq!(
            records.len(),
            group.workspaces.len() + platform,
            "{}",
            group.name
        );
    }
    assert_eq!(of(&sandbox, "group", "nobody", "").await.0, 404);
    assert_eq!(
        of(&sandbox, "group-role-assignments", "nobody", "").await.0,
        404
    );
}

#[test]
fn every_role_is_a_grant_and_every_direct_grant_has_no_group() {
    let world = world(500, 3);
    for (place, account) in world.accounts.iter().enumerate() {
        let grants = world.grants(place);
        for role in &account.roles {
            assert!(
                grants.iter().any(|grant| grant.role == role.word()),
                "{account:?}"
            );
        }
        for grant in &grants {
            let mut given = account
                .groups
                .iter()
                .flat_map(|&group| world.group_grants(group));
            let via_group =
                given.any(|one| one.resource == grant.resource && one.role == grant.role);
            assert_eq!(
                grant.methods.contains(&GrantMethod::ViaGroup),
                via_group,
                "{grant:?}"
            );
        }
        for role in [
            "atlassian/user",
            "atlassian/admin",
            "atlassian/customer",
            "atlassian/org-admin",
        ] {
            let granted = grants.iter().any(|grant| grant.role == role);
            assert_eq!(
                world.holds_role(account, role),
                granted,
                "{role}: {account:?}"
            );
        }
        let products = grants.iter().filter(|grant| {
            matches!(grant.resource, Resource::Workspace(_)) && grant.role == "atlassian/user"
        });
        assert_eq!(products.count(), account.product_access.len());
    }
}

#[tokio::test]
async fn an_account_is_told_as_in_the_listing() {
    let sandbox = Sandbox::start(60, fixed()).await;
    let (_, listed) = sandbox.ask("users", "?limit=100", &json!({})).await;
    for record in listed["data"].as_array().expect("records") {
        let id = record["accountId"].as_str().expect("an id");
        let (_, one) = of(&sandbox, "user", id, "").await;
        for name in [
            "accountStatus",
            "membershipStatus",
            "claimStatus",
            "mfaEnabled",
            "email",
        ] {
            assert_eq!(one["data"].get(name), record.get(name), "{name}");
        }
        assert!(one["data"]["platformRoles"].is_array());
    }
    let (status, body) = of(&sandbox, "user", "nobody", "").await;
    assert_eq!(
        (status, &body["errors"][0]["code"]),
        (404, &json!("ADMIN-404-8"))
    );
}

#[tokio::test]
async fn the_dates_of_last_activity_are_those_of_the_directories() {
    let sandbox = Sandbox::start(60, fixed()).await;
    let mut never = 0;
    for account in &sandbox.world.accounts {
        let (_, body) = of(&sandbox, "last-active-dates", &account.id, "").await;
        let products = body["data"]["product_access"].as_array().expect("a list");
        let used = account
            .product_access
            .iter()
            .filter_map(|access| access.last_active);
        let days: Vec<String> = used.map(|at| at.to_string()[..10].to_owned()).collect();
        let told: Vec<&str> = products
            .iter()
            .filter_map(|one| one["last_active"].as_str())
            .collect();
        assert_eq!(told, days);
        assert_eq!(body["links"], json!({}));
        never += usize::from(days.is_empty());
    }
    assert!(never > 0);
    assert_eq!(of(&sandbox, "last-active-dates", "nobody", "").await.0, 404);
}

#[tokio::test]
async fn the_list_of_keys_holds_the_one_in_use_and_those_that_need_care() {
    let sandbox = Sandbox::start(60, fixed()).await;
    let keys = sandbox.walk("api-keys").await;
    let keys: Vec<&Value> = keys
        .iter()
        .flat_map(|page| page["data"].as_array().expect("keys"))
        .collect();
    let own = keys
        .iter()
        .find(|key| key["id"] == sandbox.world.own_key().id.as_str());
    assert_eq!(
        own.expect("the own key")["scopes"].as_array().map(Vec::len),
        Some(13)
    );
    let some = |what: &str, fits: &dyn Fn(&Value) -> bool| {
        let count = keys.iter().filter(|key| fits(key)).count();
        assert!(count > 0 && count < keys.len(), "{what}: {count}");
    };
    some("without scopes", &|key| key["scopes"] == json!([]));
    some("never used", &|key| key["lastActiveAt"].is_null());
    let day = |key: &Value, name: &str, days: i64| {
        let at: Timestamp = key[name].as_str().expect(name).parse().expect(name);
        at.as_millisecond() < as_of().as_millisecond() + days * 86_400_000
    };
    some("expiring", &|key| {
        day(key, "expiresAt", 30) && !day(key, "expiresAt", 0)
    });
    some("expired", &|key| day(key, "expiresAt", 0));
    some("idle", &|key| {
        !key["lastActiveAt"].is_null() && day(key, "lastActiveAt", -90)
    });
    some("old", &|key| day(key, "createdAt", -180));
    let (_, count) = sandbox.ask("api-keys-count", "", &json!({})).await;
    assert_eq!(count, json!(keys.len()));
    let (_, found) = sandbox.ask("api-keys", "?q=TICKMARK", &json!({})).await;
    assert_eq!(found["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn classification_levels_are_paid_for() {
    let sandbox = Sandbox::start(10, fixed()).await;
    let (_, body) = sandbox.ask("classification-levels", "", &json!({})).await;
    let levels = body["levels"].as_array().expect("levels");
    let statuses: BTreeSet<&str> = levels
        .iter()
        .filter_map(|level| level["status"].as_str())
        .collect();
    assert_eq!(statuses, BTreeSet::from(["ARCHIVED", "DRAFT", "PUBLISHED"]));
    assert_eq!(
        body["links"],
        json!({ "first": null, "next": null, "prev": null })
    );
    assert_eq!(
        sandbox.ask("classification-level", "", &json!({})).await.1,
        levels[0]
    );
    for kind in ["guard-standard", "no-guard"] {
        let sandbox = Sandbox::of(world_of_kind(10, kind), fixed()).await;
        for route in ["classification-levels", "classification-level"] {
            let (status, body) = sandbox.ask(route, "", &json!({})).await;
            assert_eq!((status, &body["code"]), (402, &json!(402)), "{kind}");
        }
    }
}

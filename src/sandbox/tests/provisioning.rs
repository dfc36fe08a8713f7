//! Provisioning, control, and the credentials of service accounts.

use super::*;
use crate::sandbox::ControlV1;
use crate::sandbox::world::{AccountStatus, ScimPerson, ScimUser};

async fn get(sandbox: &Sandbox, path: &str, key: &str) -> (u16, Value) {
    let url = format!("{}{path}", sandbox.server.base_url());
    let response = sandbox.client.get(url).bearer_auth(key).send().await;
    let response = response.expect("an answer");
    let status = response.status().as_u16();
    (status, response.json().await.expect("JSON"))
}

#[tokio::test]
async fn a_walk_by_index_returns_every_user_and_every_group_once() {
    let sandbox = Sandbox::start(240, fixed()).await;
    let directory = &sandbox.world.scim_directories[0];
    for (route, expected) in [
        ("scim-users", directory.users.len()),
        ("scim-groups", directory.groups.len()),
    ] {
        let (mut start, mut found) = (1, BTreeSet::new());
        loop {
            let query = format!("?startIndex={start}&count=7");
            let (_, page) = sandbox.ask(route, &query, &json!({})).await;
            assert_eq!(page["totalResults"], json!(expected));
            assert_eq!(page["startIndex"], json!(start));
            let records = page["Resources"].as_array().expect("records");
            assert_eq!(page["itemsPerPage"], json!(records.len()));
            if records.is_empty() {
                break;
            }
            found.extend(records.iter().map(|one| one["id"].to_string()));
            start += records.len();
        }
        assert_eq!((found.len(), start), (expected, expected + 1), "{route}");
    }
    let (_, most) = sandbox.ask("scim-users", "?count=5000", &json!({})).await;
    assert_eq!(most["itemsPerPage"], json!(100));
    let (_, none) = sandbox
        .ask("scim-users", "?count=0&startIndex=-3", &json!({}))
        .await;
    assert_eq!(
        (&none["itemsPerPage"], &none["startIndex"]),
        (&json!(0), &json!(1))
    );
}

#[test]
fn users_join_accounts_and_some_are_out_of_step() {
    for users in [60, 240, 3_000] {
        let world = world(users, 7);
        let all: Vec<&ScimUser> = world
            .scim_directories
            .iter()
            .flat_map(|one| &one.users)
            .collect();
        let account = |user: &ScimUser| match user.person {
            ScimPerson::Account(place) => Some(&world.accounts[place]),
            ScimPerson::Announced { .. } => None,
        };
        let count = |active: bool, status: Option<AccountStatus>| {
            let fits = |user: &&&ScimUser| {
                user.active == active && account(user).map(|account| account.status) == status
            };
            all.iter().filter(fits).count()
        };
        let broken = count(false, Some(AccountStatus::Active));
        assert!(
            broken > 0 && broken * 15 < all.len(),
            "{users}: {broken} of {}",
            all.len()
        );
        assert!(count(true, None) > 0);
        assert!(count(false, Some(AccountStatus::Inactive)) > 0 || users < 240);
        assert!(count(true, Some(AccountStatus::Inactive)) > 0 || users < 240);
        let ids: BTreeSet<&String> = all.iter().map(|user| &user.id).collect();
        assert_eq!(ids.len(), all.len());
        let joined: BTreeSet<&String> = all
            .iter()
            .filter_map(|user| Some(&account(user)?.id))
            .collect();
        assert_eq!(
            joined.len(),
            all.len() - count(true, None),
            "an account twice"
        );
    }
}

#[tokio::test]
async fn a_user_is_told_with_its_account_and_its_groups() {
    let sandbox = Sandbox::start(240, fixed()).await;
    let world = &sandbox.world;
    let directory = &world.scim_directories[0];
    let (_, page) = sandbox.ask("scim-users", "", &json!({})).await;
    for (user, record) in directory
        .users
        .iter()
        .zip(page["Resources"].as_array().expect("users"))
    {
        let joined = &record["urn:scim:schemas:extension:atlassian-external:1.0"];
        match &user.person {
            ScimPerson::Account(place) => {
                let account = &world.accounts[*place];
                assert_eq!(joined["atlassianAccountId"], json!(account.id));
                assert_eq!(record["userName"].as_str(), account.address.known());
            }
            ScimPerson::Announced { email, .. } => {
                assert!(joined.is_null());
                assert_eq!(record["userName"], json!(email));
            }
        }
        assert_eq!(record["active"], json!(user.active));
    }
    let (_, groups) = sandbox.ask("scim-groups", "", &json!({})).await;
    let member = &groups["Resources"][0]["members"][0]["value"];
    let own = sandbox.path("scim-user");
    let path = own.replace(&directory.users[0].id, member.as_str().expect("an id"));
    let (_, user) = get(&sandbox, &path, SANDBOX_SCIM_KEY).await;
    let of: Vec<&Value> = user["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .map(|group| &group["value"])
        .collect();
    assert!(of.contains(&&groups["Resources"][0]["id"]));
}

#[tokio::test]
async fn users_are_found_by_name_and_told_in_part() {
    let sandbox = Sandbox::start(60, fixed()).await;
    let (_, page) = sandbox.ask("scim-users", "?count=1", &json!({})).await;
    let name = page["Resources"][0]["userName"].as_str().expect("a name");
    let filter = format!("?filter=userName%20eq%20%22{}%22", name.to_uppercase());
    let (_, found) = sandbox.ask("scim-users", &filter, &json!({})).await;
    assert_eq!(found["totalResults"], json!(1));
    let (_, part) = sandbox
        .ask(
            "scim-users",
            "?attributes=userName,emails.value&count=1",
            &json!({}),
        )
        .await;
    let keys: Vec<&String> = part["Resources"][0]
        .as_object()
        .expect("a user")
        .keys()
        .collect();
    assert_eq!(keys.len(), 4, "{keys:?}");
    let (_, part) = sandbox
        .ask(
            "scim-users",
            "?excludedAttributes=groups&count=1",
            &json!({}),
        )
        .await;
    assert!(part["Resources"][0].get("groups").is_none());
    for query in [
        "?filter=active",
        "?attributes=a&excludedAttributes=b",
        "?startIndex=one",
    ] {
        let (status, body) = sandbox.ask("scim-users", query, &json!({})).await;
        assert_eq!(
            (status, &body["scimType"]),
            (400, &json!("invalidFilter")),
            "{query}"
        );
    }
}

#[tokio::test]
async fn each_directory_has_its_own_key_and_one_has_none() {
    let sandbox = Sandbox::start(60, fixed()).await;
    let (known, lost) = (
        &sandbox.world.scim_directories[0].id,
        &sandbox.world.scim_directories[1].id,
    );
    let path = |id: &str| format!("/scim/directory/{id}/Users");
    assert_eq!(get(&sandbox, &path(known), SANDBOX_SCIM_KEY).await.0, 200);
    assert_eq!(get(&sandbox, &path(known), SANDBOX_KEY).await.0, 401);
    for key in [SANDBOX_KEY, SANDBOX_SCIM_KEY] {
        assert_eq!(get(&sandbox, &path(lost), key).await.0, 401);
    }
    let (status, body) = get(&sandbox, &path("elsewhere"), SANDBOX_SCIM_KEY).await;
    assert_eq!((status, &body["status"]), (404, &json!("404")));
    assert_eq!(sandbox.ask("users-count", "", &json!({})).await.0, 200);
    let url = format!("{}{}", sandbox.server.base_url(), sandbox.path("org"));
    let response = sandbox
        .client
        .get(url)
        .bearer_auth(SANDBOX_SCIM_KEY)
        .send()
        .await;
    assert_eq!(
        response.expect("an answer").status(),
        401,
        "it opens nothing else"
    );
}

#[tokio::test]
async fn the_authentication_policies_of_managed_people_are_told_in_the_order_asked_for() {
    let sandbox = Sandbox::start(240, fixed()).await;
    let world = &sandbox.world;
    let mut seen = BTreeSet::new();
    for part in world.accounts.chunks(100) {
        let asked: Vec<&String> = part.iter().rev().map(|account| &account.id).collect();
        let (_, body) = sandbox
            .ask("auth-policies", "", &json!({ "accountIds": asked }))
            .await;
        let found: Vec<&str> = body
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|one| one["accountId"].as_str())
            .collect();
        let is_managed =
            |account: &&Account| account.managed && account.kind == AccountKind::Person;
        let expected: Vec<&str> = part
            .iter()
            .rev()
            .filter(is_managed)
            .map(|account| account.id.as_str())
            .collect();
        assert_eq!(found, expected);
        seen.extend(
            body.as_array()
                .expect("a list")
                .iter()
                .map(|one| one["policyName"].to_string()),
        );
    }
    assert_eq!(seen.len(), world.authentication_policies.len());
    let many: Vec<&String> = world.accounts[..101]
        .iter()
        .map(|account| &account.id)
        .collect();
    for body in [
        json!({}),
        json!({ "accountIds": [] }),
        json!({ "accountIds": many }),
        json!({ "ids": [] }),
    ] {
        assert_eq!(sandbox.ask("auth-policies", "", &body).await.0, 400);
    }
}

#[tokio::test]
async fn policies_stand_in_two_versions_and_the_first_may_be_gone() {
    let sandbox = Sandbox::start(60, fixed()).await;
    let world = &sandbox.world;
    let (_, first) = sandbox.ask("control-policies-v1", "", &json!({})).await;
    let own = ids(&sandbox.walk("policies").await);
    assert_eq!(ids(&[first]), own);
    let (_, second) = sandbox.ask("control-policies", "", &json!({})).await;
    let second = second["data"].as_array().expect("policies").clone();
    assert_eq!(second.len(), world.data_security_policies.len());
    assert!(
        second
            .iter()
            .any(|policy| own.iter().any(|id| policy["id"] == id.as_str()))
    );
    let (_, none) = sandbox
        .ask("control-policies", "?type=ip-allowlist", &json!({}))
        .await;
    assert_eq!(none["data"], json!([]));
    let (_, resources) = sandbox.ask("control-resources-v1", "", &json!({})).await;
    let count = world.policies[0].resources.len();
    assert_eq!(resources["data"].as_array().map(Vec::len), Some(count));

    let options = ServerOptions {
        control_v1: ControlV1::Disabled,
        ..fixed()
    };
    let sandbox = Sandbox::start(60, options).await;
    for route in [
        "control-policies-v1",
        "control-policy-v1",
        "control-resources-v1",
    ] {
        assert_eq!(sandbox.ask(route, "", &json!({})).await.0, 404, "{route}");
    }
    assert_eq!(sandbox.ask("control-policies", "", &json!({})).await.0, 200);
}

#[tokio::test]
async fn service_accounts_are_told_with_their_tokens_and_clients() {
    let sandbox = Sandbox::start(1_000, fixed()).await;
    let world = &sandbox.world;
    let (_, accounts) = sandbox.ask("service-accounts", "", &json!({})).await;
    let accounts = ids(&[accounts]);
    assert_eq!(accounts.len(), world.service_accounts().count());
    let (_, tokens) = sandbox.ask("service-account-tokens", "", &json!({})).await;
    assert_eq!(
        tokens["data"].as_array().map(Vec::len),
        Some(world.service_tokens.len())
    );
    let mut sum = 0;
    for id in &accounts {
        let own = sandbox.path("tokens-of-service-account");
        let path = own.replace(sandbox.account_id("of-service-account").expect("one"), id);
        let (_, tokens) = get(&sandbox, &path, SANDBOX_KEY).await;
        let tokens = tokens["data"].as_array().expect("tokens");
        assert!(
            tokens
                .iter()
                .all(|token| token["serviceAccountId"] == id.as_str())
        );
        sum += tokens.len();
    }
    assert_eq!(sum, world.service_tokens.len());
    let body = json!({ "serviceAccountIds": accounts });
    let (_, count) = sandbox.ask("service-account-tokens-count", "", &body).await;
    assert_eq!(count, json!(sum));
    let (_, count) = sandbox.ask("oauth-clients-count", "", &json!({})).await;
    assert_eq!(
        count,
        json!(ids(&sandbox.walk("oauth-clients").await).len())
    );
    let (_, all) = sandbox.ask("service-account-clients", "", &json!({})).await;
    assert_eq!(json!(all["data"].as_array().map(Vec::len)), count);
    let (_, one) = sandbox.ask("oauth-client", "", &json!({})).await;
    assert_eq!(one["data"]["id"], json!(world.oauth_clients[0].id));
}

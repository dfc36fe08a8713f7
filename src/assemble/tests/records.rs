//! What a small organisation holds: a few records of every kind, by the route that serves them.

use serde_json::{Value, json};
use std::collections::BTreeMap;

pub const ORG: &str = "6c9d2f6e-1b0a-4a57-9d3c-0f4e5b7a8c21";

/// Provisioning directories, each with a key of its own.
pub const DIRECTORY: &str = "d1d1d1d1-7f24-4d0e-8a6b-2c1d9e8f7a60";

pub const OTHER_DIRECTORY: &str = "d2d2d2d2-7f24-4d0e-8a6b-2c1d9e8f7a60";

pub const SEARCH: &str = "directories/-/users/search";

pub const GROUPS: &str = "directories/-/groups/search";

pub const POLICY_MEMBERS: &str = "users/auth-policies/bulk-fetch";

/// A few records of every kind, by the route that serves them.
pub fn records() -> BTreeMap<&'static str, Vec<Value>> {
    let account = |id: &str, claim: &str, last: Value| {
        json!({
            "accountId": id, "accountType": "atlassian", "accountStatus": "active",
            "membershipStatus": "active", "claimStatus": claim, "name": format!("Name of {id}"),
            "email": format!("{id}@{}", if claim == "managed" { "Corp.example" } else { "mail.example" }),
            "emailVerified": true, "managementSource": null, "mfaEnabled": claim == "managed",
            "addedToOrg": "2024-01-02T03:04:05.000Z",
            "platformRoles": ["atlassian/org-admin"],
            "groups": [{"id": "ari:cloud:identity::group/g1", "name": "admins", "description": null}],
            "productAccess": [{"id": "ari:jira", "key": "jira-software", "lastActiveTimestamp": last}],
            "links": {"self": id},
        })
    };
    let managed = |id: &str, last: Value| {
        json!({
            "account_id": id, "account_type": "atlassian", "account_status": "active",
            "name": format!("Name of {id}"), "email": format!("{id}@corp.example"),
            "access_billable": true, "last_active": last, "product_access": [],
        })
    };
    let domain = |id: &str, name: &str, status: &str| json!({"id": id, "type": "domains", "attributes": {"name": name, "claim": {"type": "dns", "status": status}}});
    let records = BTreeMap::from([
        ("", vec![json!({"id": ORG, "attributes": {"name": "Corp"}})]),
        (
            "directories",
            vec![json!({"directoryId": "dir1", "name": "Main"})],
        ),
        (
            "domains",
            vec![
                domain("d1", "corp.example", "verified"),
                domain("d2", "old.example", "unverified"),
                domain("d3", "third.example", "missing_token"),
            ],
        ),
        (
            SEARCH,
            vec![
                account("a1", "managed", json!("2026-10-01T00:00:00.000Z")),
                account("a2", "managed", Value::Null),
                account("a3", "unmanaged", Value::Null),
                account("a4", "managed", Value::Null),
                account("a5", "unmanaged", json!("2026-09-01T00:00:00Z")),
            ],
        ),
        (
            "users",
            vec![
                managed("a1", json!("2026-10-02T00:00:00.000Z")),
                managed("a2", Value::Null),
                managed("a4", json!("2026-08-01T00:00:00.000Z")),
            ],
        ),
        (
            GROUPS,
            vec![
                json!({"id": "g1", "name": "admins", "description": "", "directoryId": "dir1",
                "externalSynced": false, "managedBy": "admins", "counts": {"users": 5, "resources": 1}}),
            ],
        ),
        (
            "policies",
            vec![
                json!({"id": "p1", "type": "policy", "attributes": {"type": "ip-allowlist", "name": "Office",
                    "status": "enabled", "rule": {"in": ["203.0.113.0/24", "::1", "hall"]},
                    "resources": [{"id": "ari:jira", "applicationStatus": "applied"},
                        {"id": "ari:conf", "applicationStatus": "removing"}],
                    "createdAt": "2024-05-06T10:00:00.000Z"}}),
                json!({"id": "p2", "type": "policy", "attributes": {"type": "data-security", "name": "Links",
                    "status": "enabled", "resources": []}}),
            ],
        ),
        (
            "workspaces",
            vec![json!({"id": "ari:jira", "type": "workspaces",
                "attributes": {"name": "corp", "typeKey": "jira-software", "type": "Jira", "status": "online",
                    "sandbox": {"type": "NONE"}, "hostUrl": null, "realm": "EU", "regions": ["b", "a"],
                    "createdAt": "2021-06-01T09:00:00Z"},
                "relationships": {"policies": [{"id": "p1"}],
                    "entitlements": [{"attributes": {"planKey": "Premium"}}]}})],
        ),
        (
            "api-tokens",
            vec![
                json!({"id": "t1", "label": "ci", "status": "ALLOWED", "createdAt": "2024-01-10T08:00:00.000Z",
                    "expiresAt": null, "user": {"id": "a1", "name": "Name of a1", "email": "a1@corp.example"}}),
                json!({"id": "t2", "label": "old", "status": "ALLOWED", "createdAt": "2021-01-10T08:00:00.000Z",
                    "user": {"id": "gone", "name": "Gone"}}),
            ],
        ),
        (
            "api-keys",
            vec![
                json!({"id": "k1", "label": "controls", "createdAt": "2026-07-01T09:00:00.000Z",
                    "expiresAt": "2027-06-30T09:00:00.000Z", "lastActiveAt": null, "resource": "ari:org",
                    "systemAccountId": "5f7e", "createdBy": {"id": "a2", "name": "Name of a2"},
                    "scopes": ["read:orgs:admin"]}),
            ],
        ),
        (
            "service-accounts",
            vec![json!({"id": "s1", "name": "builder", "status": "active"})],
        ),
        (
            "oauth-clients",
            vec![json!({"id": "c1", "name": "pipeline", "serviceAccountId": "s1"})],
        ),
        (
            "classification-levels",
            vec![
                json!({"levelId": "l1", "name": "Restricted", "sensitivity": 1, "status": "PUBLISHED",
                "createdBy": {"name": "Name of a1", "accountId": "a1"},
                "createdOn": "2025-02-03T09:00:00.000Z", "changedOn": null}),
            ],
        ),
        (
            "event-actions",
            vec![
                json!({"id": "user_added_to_group", "type": "event-actions",
                    "attributes": {"displayName": "Added user to group", "groupDisplayName": "Groups"}}),
                json!({"id": "user_login", "type": "event-actions",
                    "attributes": {"displayName": "Signed in", "groupDisplayNames": ["Users", "Access"]}}),
            ],
        ),
    ]);
    let mut records = with_directory(records);
    records.insert("events-stream", events());
    records
}

/// What the API tells of administrators, authentication policies and provisioning directories.
fn with_directory(
    mut records: BTreeMap<&'static str, Vec<Value>>,
) -> BTreeMap<&'static str, Vec<Value>> {
    let administrator = |id: &str| {
        json!({"accountId": id, "name": format!("Name of {id}"), "email": format!("{id}@corp.example"),
            "accountStatus": "active", "claimStatus": "managed"})
    };
    records.insert(
        "administrators",
        vec![
            administrator("a1"),
            administrator("a2"),
            administrator("a4"),
        ],
    );
    records.insert(
        "role-assignments",
        vec![
            json!({"resourceId": "ari:org", "resourceOwner": "platform", "roles": ["atlassian/org-admin"],
                "roleAssignments": [{"role": "atlassian/org-admin", "roleAssignmentMethods": ["direct"]}],
                "directoryId": null, "userDirectoryStatus": null}),
            json!({"resourceId": "ari:jira", "resourceOwner": "jira-software",
                "roles": ["atlassian/admin", "atlassian/user"],
                "roleAssignments": [
                    {"role": "atlassian/user", "roleAssignmentMethods": ["group_direct", "inferred"]},
                    {"role": "atlassian/admin", "roleAssignmentMethods": ["group_direct"]}],
                "directoryId": "dir1", "userDirectoryStatus": "active"}),
        ],
    );
    let member = |id: &str, policy: &str| {
        json!({"email": format!("{id}@corp.example"), "accountId": id, "policyId": policy,
            "policyName": format!("Name of {policy}")})
    };
    records.insert(
        POLICY_MEMBERS,
        vec![
            member("a1", "ap1"),
            member("a2", "ap1"),
            member("a4", "ap2"),
        ],
    );
    let user = |id: &str, email: &str| {
        json!({"id": id, "userName": email, "displayName": format!("Name of {id}"), "active": true,
            "emails": [{"value": email, "type": "work", "primary": true}],
            "groups": [{"value": "sg1", "display": "engineers"}],
            "meta": {"created": "2024-01-02T03:04:05.000Z", "lastModified": "2026-09-12T09:30:00.000Z"}})
    };
    let mut told = user("u1", "A1@corp.example");
    told["externalId"] = json!("00u1");
    told["urn:scim:schemas:extension:atlassian-external:1.0"] = json!({"atlassianAccountId": "a1"});
    records.insert(
        "scim/Users",
        vec![
            told,
            user("u2", "a2@corp.example"),
            user("u3", "joins@corp.example"),
        ],
    );
    records.insert(
        "scim/Groups",
        vec![json!({"id": "sg1", "displayName": "engineers", "members": [{"value": "u1"}, {"value": "u2"}],
            "meta": {"created": "2024-01-02T03:04:05.000Z", "lastModified": "2026-09-12T09:30:00.000Z"}})],
    );
    records
}

/// The audit log: processed in this order, and not in the order in which they happened.
fn events() -> Vec<Value> {
    let event = |id: &str, time: &str, processed_at: &str, action: &str| {
        json!({"id": id, "type": "events", "attributes": {
            "time": time, "processedAt": processed_at, "action": action,
            "actor": {"id": "a1", "name": "Name of a1", "email": "A1@corp.example"},
            "context": [{"id": "g1", "type": "groups", "attributes": {"groupName": "admins"}}],
            "location": {"ip": "192.0.2.7", "countryName": "Kenya", "city": ""}}})
    };
    vec![
        // Before the period, and so the proof that the log was kept when it began.
        event(
            "e0",
            "2026-08-01T10:00:00Z",
            "2026-08-01T10:00:01Z",
            "user_login",
        ),
        // Within what is read again before it begins.
        event(
            "e1",
            "2026-08-22T05:59:58Z",
            "2026-08-22T05:59:59Z",
            "user_login",
        ),
        event(
            "e4",
            "2026-09-01T10:00:00.250Z",
            "2026-09-01T10:00:01Z",
            "user_added_to_group",
        ),
        event(
            "e2",
            "2026-09-01T08:00:00Z",
            "2026-09-01T12:00:00Z",
            "user_login",
        ),
        event(
            "e3",
            "2026-09-01T10:00:00.250Z",
            "2026-09-01T12:00:00Z",
            "not_listed",
        ),
        // It has not settled when the run begins.
        event(
            "e5",
            "2026-11-20T05:55:00Z",
            "2026-11-20T05:55:01Z",
            "user_login",
        ),
    ]
}

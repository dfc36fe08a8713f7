//! Every account: `POST /admin/v2/orgs/{org}/directories/-/users/search`; the vendor states no scope.
//!
//! A read-only POST: `-` stands for every directory. One walk with `expand` brings roles, groups and
//! product access, so no request is ever sent for a single account.
//! `{data: [{accountId, …}], links: {next: cursor}}`, every member of a record optional. The deprecated GET
//! knows no `expand`, so that roles, groups and product access are absent where only it answers, whatever stands there.

use super::{Collector, Count, Fallback, Paging, Parts, Verb, from, records};

pub(super) static ACCOUNTS: Collector = Collector {
    name: "accounts",
    dataset: "accounts",
    source: "users/search",
    method: Verb::Post,
    path: "/admin/v2/orgs/{org}/directories/-/users/search",
    paging: Paging::Body(
        r#"{"limit":100,"expand":["platformRoles","counts.resources","productAccess","groups"]}"#,
    ),
    parts: Parts::One,
    fallback: Some(&Fallback {
        source: "v2 users",
        path: "/admin/v2/orgs/{org}/directories/-/users",
        paging: Paging::Query(&[("limit", "100")]),
        untold: &["platformRoles", "groups", "productAccess", "counts"],
    }),
    rate: None,
    count: Count::Request {
        count: "/admin/v2/orgs/{org}/directories/-/users/count",
        stats: Some("/admin/v2/orgs/{org}/directories/-/users/stats"),
    },
    list: "data",
    id: "accountId",
    origins: &[
        from("name", "name"),
        from("email", "email"),
        from("email_verified", "emailVerified"),
        from("account_type", "accountType"),
        from("account_status", "accountStatus"),
        from("membership_status", "membershipStatus"),
        from("claim_status", "claimStatus"),
        from("management_source", "managementSource"),
        from("added_to_org_at", "addedToOrg"),
        from("mfa_enabled", "mfaEnabled"),
        from("platform_roles", "platformRoles[]"),
        from("group_ids", "groups[].id").bare_id(),
        records(
            "product_access",
            "productAccess",
            &[
                from("id", "id"),
                from("key", "key"),
                from("last_active_at", "lastActiveTimestamp"),
            ],
        ),
    ],
};

//! Who administers anything, and how they came by it: a search by role, and a request for each of these few.
//!
//! `POST /admin/v2/orgs/{org}/directories/-/users/search` with `roleIds` finds whoever holds an administrative
//! role on any resource. `GET …/users/{account}/role-assignments` then tells each role with its resource and
//! whether it was given directly or through a group: `{data: [{resourceId, resourceOwner, roles,
//! roleAssignments: [{role, roleAssignmentMethods}], directoryId}], links: {next: cursor}}`. Nobody else is
//! asked about one by one.

use super::{AccountsOf, Collector, Count, Fallback, Paging, Parts, Verb, Which, from};

pub(super) static ADMINISTRATORS: Collector = Collector {
    name: "administrators",
    dataset: "admin_role_assignments",
    source: "users/search by role",
    method: Verb::Post,
    path: "/admin/v2/orgs/{org}/directories/-/users/search",
    paging: Paging::Body(
        r#"{"limit":100,"roleIds":["atlassian/admin","atlassian/org-admin","atlassian/site-admin","atlassian/user-access-admin"]}"#,
    ),
    parts: Parts::One,
    fallback: Some(&Fallback {
        source: "v2 users by role",
        path: "/admin/v2/orgs/{org}/directories/-/users",
        paging: Paging::Query(&[
            ("limit", "100"),
            ("roleIds", "atlassian/admin"),
            ("roleIds", "atlassian/org-admin"),
            ("roleIds", "atlassian/site-admin"),
            ("roleIds", "atlassian/user-access-admin"),
        ]),
        untold: &[],
    }),
    rate: None,
    count: Count::None,
    list: "data",
    id: "accountId",
    origins: &[
        from("account_name", "name"),
        from("account_email", "email"),
        from("account_status", "accountStatus"),
        from("claim_status", "claimStatus"),
    ],
};

pub(super) static ADMIN_ROLE_ASSIGNMENTS: Collector = Collector {
    name: "admin_role_assignments",
    dataset: "admin_role_assignments",
    source: "role-assignments",
    method: Verb::Get,
    path: "/admin/v2/orgs/{org}/directories/-/users/{account}/role-assignments",
    paging: Paging::Query(&[("limit", "100")]),
    parts: Parts::Accounts(AccountsOf {
        collector: "administrators",
        which: Which::All,
    }),
    fallback: None,
    rate: None,
    count: Count::None,
    list: "data",
    id: "resourceId",
    origins: &[
        from("resource_id", "resourceId"),
        from("resource_owner", "resourceOwner"),
        from("directory_id", "directoryId"),
    ],
};

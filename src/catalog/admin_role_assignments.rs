//! What administrators may do, resource by resource, and how they came by it.

use super::accounts::{PLATFORM_ROLES, USERS_SEARCH, V2_USERS};
use super::{Dataset, FieldType::*, Source, field};

pub(super) static ADMIN_ROLE_ASSIGNMENTS: Dataset = Dataset {
    name: "admin_role_assignments",
    record_is: "one role of one administrator on one resource",
    noun: ("role of an administrator", "roles of administrators"),
    label: "account_name",
    sources: &[
        Source {
            name: "role-assignments",
            request: "GET /admin/v2/orgs/{org}/directories/-/users/{account}/role-assignments",
            scope: Some("read:directories:admin"),
            needs: "",
            plan: None,
            page_records_max: Some(100),
            requests_a_minute: None,
            deprecated_after: None,
            stands_in_for: None,
            about: "every role of an administrator, and whether it was given directly or through a group; one request for each administrator, none for anybody else",
        },
        Source {
            name: "users/search by role",
            about: "the administrators: whoever holds `atlassian/admin`, `org-admin`, `site-admin` or `user-access-admin` on any resource",
            ..USERS_SEARCH
        },
        Source {
            name: "v2 users by role",
            stands_in_for: Some("users/search by role"),
            about: "asked only where users/search answers 404: the same administrators",
            ..V2_USERS
        },
        Source {
            about: "name of the product instance, joined by its ARI",
            ..super::workspaces::SEARCH
        },
    ],
    fields: &[
        field(
            "id",
            Id,
            "id of the account, `#`, ARI of the resource, `#`, the role",
            &["role-assignments"],
        ),
        field("account_id", Id, "id of the account", &["role-assignments"]),
        field(
            "account_name",
            Text,
            "name of the account",
            &["users/search by role"],
        ),
        field(
            "account_email",
            Email,
            "address of the account; absent when its owner hides it",
            &["users/search by role"],
        ),
        field(
            "account_status",
            Word(&["active", "inactive", "closed"]),
            "state of the Atlassian account itself",
            &["users/search by role"],
        ),
        field(
            "claim_status",
            Word(&["managed", "unmanaged"]),
            "`managed`: the organisation owns the account through a verified domain",
            &["users/search by role"],
        ),
        field(
            "role",
            OpenWord(PLATFORM_ROLES),
            "the role",
            &["role-assignments"],
        ),
        field(
            "assignment_methods",
            List(&OpenWord(&["direct", "group_direct", "inferred"])),
            "how it was given: `direct`, through a group (`group_direct`), or it follows from another role (`inferred`)",
            &["role-assignments"],
        ),
        field(
            "resource_id",
            Id,
            "ARI of the resource: the organisation, a site or a product instance",
            &["role-assignments"],
        ),
        field(
            "resource_owner",
            Text,
            "what kind of resource it is, by its product: `platform` is the organisation itself",
            &["role-assignments"],
        ),
        field(
            "workspace_name",
            Text,
            "name of the product instance; absent when it is none of the fetched workspaces",
            &["workspaces"],
        ),
        field(
            "directory_id",
            Id,
            "directory in which it was given; `null`: a role of the platform belongs to none",
            &["role-assignments"],
        )
        .none_if_omitted(),
    ],
};

//! Accounts: everyone who can sign in, managed or not, joined from every source.

use super::{Dataset, Field, FieldType::*, Source, field};

/// What lists every account: other datasets take from it what they say of accounts.
pub(super) const USERS_SEARCH: Source = Source {
    name: "users/search",
    request: "POST /admin/v2/orgs/{org}/directories/-/users/search",
    scope: None,
    needs: "",
    plan: None,
    page_records_max: Some(100),
    requests_a_minute: None,
    deprecated_after: None,
    stands_in_for: None,
    about: "every account of every directory, and managed accounts outside any; a read-only POST, expanded with roles, groups and product access",
};

pub(super) static PLATFORM_ROLES: &[&str] = &[
    "atlassian/org-admin",
    "atlassian/site-admin",
    "atlassian/user-access-admin",
    "atlassian/ai-access",
    "atlassian/user",
    "atlassian/admin",
    "atlassian/guest",
    "atlassian/customer",
    "atlassian/contributor",
    "atlassian/basic",
    "atlassian/stakeholder",
];

/// The older listing of accounts, for the datasets that are made from accounts.
pub(super) const V2_USERS: Source = Source {
    name: "v2 users",
    request: "GET /admin/v2/orgs/{org}/directories/-/users",
    scope: Some("read:directories:admin"),
    needs: "",
    plan: None,
    page_records_max: Some(100),
    requests_a_minute: None,
    deprecated_after: Some("2027-06-30"),
    stands_in_for: Some("users/search"),
    about: "asked only where users/search answers 404: the same accounts without roles, groups and product access",
};

static PRODUCT_ACCESS: &[Field] = &[
    field("id", Id, "ARI of the workspace", &["users/search"]),
    field(
        "key",
        OpenWord(super::workspaces::PRODUCTS),
        "product, as a key",
        &["users/search"],
    ),
    field(
        "last_active_at",
        Timestamp,
        "newest activity recorded there; `null`: none recorded",
        &["users/search"],
    )
    .none_if_omitted(),
];

pub(super) static ACCOUNTS: Dataset = Dataset {
    name: "accounts",
    record_is: "one account, managed or not, however many directories it is in",
    noun: ("account", "accounts"),
    label: "name",
    sources: &[
        USERS_SEARCH,
        Source {
            name: "v1 users",
            request: "GET /admin/v1/orgs/{org}/users",
            scope: Some("read:accounts:admin"),
            needs: "a verified domain; without one the API answers an empty list",
            plan: None,
            page_records_max: None,
            requests_a_minute: None,
            deprecated_after: None,
            stands_in_for: None,
            about: "managed accounts only: `billable`, and activity in products that users/search no longer lists",
        },
        V2_USERS,
    ],
    fields: &[
        field(
            "id",
            Id,
            "Atlassian account id",
            &["users/search", "v1 users"],
        ),
        field(
            "name",
            Text,
            "name of the account",
            &["users/search", "v1 users"],
        ),
        field(
            "email",
            Email,
            "address of the account; absent when its owner hides it",
            &["users/search", "v1 users"],
        ),
        field(
            "email_domain",
            DomainName,
            "what stands after the `@`",
            &["users/search", "v1 users"],
        ),
        field(
            "email_domain_verified",
            Boolean,
            "whether that domain is a verified domain of the organisation; absent unless the domains were fetched whole or the domain was found verified",
            &["users/search", "domains"],
        )
        .of_every_source(),
        field(
            "email_verified",
            Boolean,
            "whether the owner confirmed the address",
            &["users/search"],
        ),
        field(
            "account_type",
            Word(&["atlassian", "customer", "app", "service"]),
            "`atlassian` is a person; `customer` signs in to a service portal only",
            &["users/search", "v1 users"],
        ),
        field(
            "account_status",
            Word(&["active", "inactive", "closed"]),
            "state of the Atlassian account itself",
            &["users/search", "v1 users"],
        ),
        field(
            "membership_status",
            Word(&["active", "suspended", "no_membership"]),
            "state of its membership in the organisation",
            &["users/search"],
        ),
        field(
            "claim_status",
            Word(&["managed", "unmanaged"]),
            "`managed`: the organisation owns the account through a verified domain",
            &["users/search", "v1 users"],
        ),
        field(
            "management_source",
            OpenWord(&["synced", "invited"]),
            "`synced` from an identity provider, `invited`, or `null`",
            &["users/search"],
        )
        .none_if_omitted(),
        field(
            "added_to_org_at",
            Timestamp,
            "when it joined the organisation",
            &["users/search"],
        ),
        field(
            "billable",
            Boolean,
            "whether a subscription counts it; managed accounts only",
            &["v1 users"],
        ),
        field(
            "mfa_enabled",
            Boolean,
            "Atlassian two-step verification of the account itself; says nothing about a second factor in the identity provider",
            &["users/search"],
        ),
        field(
            "platform_roles",
            List(&Word(PLATFORM_ROLES)),
            "roles on the organisation",
            &["users/search"],
        ),
        field(
            "group_ids",
            List(&Id),
            "groups that it is in, by the ids of `groups`, without the ARI's prefix",
            &["users/search"],
        ),
        field(
            "product_access",
            Records(PRODUCT_ACCESS),
            "products that it may use, one record each",
            &["users/search"],
        ),
        field(
            "product_access_count",
            Integer,
            "products that it may use",
            &["users/search"],
        )
        .counted_in("products"),
        field(
            "last_active_at",
            Timestamp,
            "newest activity that any source recorded (a page viewed for 2 s or more, up to 24 h late); `null`: none recorded; absent where a source that was not fetched whole may know a newer one",
            &["users/search", "v1 users"],
        ),
        field(
            "last_active_not_before",
            Timestamp,
            "newest activity in the answers that came: it was active then, and may have been later where `last_active_at` is absent; `null`: none recorded",
            &["users/search", "v1 users"],
        )
        .of_every_source(),
        field(
            "activity",
            Word(&["recorded", "none_recorded"]),
            "whether any activity was recorded; `none_recorded` is never \"never active\"",
            &["users/search", "v1 users"],
        )
        .of_every_source(),
        field(
            "sso",
            Boolean,
            "whether the account signs in through single sign-on; no API tells, so it needs a console export",
            &["managed accounts export", "domain accounts export"],
        ),
        field(
            "authentication_path",
            Word(&["sso", "password"]),
            "how the account signs in: `sso` or `password`, as `sso` says",
            &["managed accounts export", "domain accounts export"],
        ),
        field(
            "two_step_required",
            Boolean,
            "whether its authentication policy requires two-step verification; absent where an export says only whether the account has it on",
            &["managed accounts export", "domain accounts export"],
        ),
        field(
            "authentication_policy",
            Text,
            "name of the authentication policy that it is in; managed accounts only. The API's field is undocumented, and absent where it is named otherwise",
            &["auth-policies", "managed accounts export"],
        ),
        field(
            "authentication_policy_type",
            Word(super::exports::POLICY_TYPES),
            "whether members of that policy count for the bill of Atlassian Guard; managed accounts only",
            &["managed accounts export", "domain accounts export"],
        ),
        field(
            "password_policy",
            Text,
            "password requirements of that policy as the export writes them; `null`: the cell is empty, as under single sign-on",
            &["managed accounts export"],
        ),
        field(
            "password_strength",
            Word(super::exports::PASSWORD_STRENGTHS),
            "least strength of its password, weakest word first; `null`: no password requirements",
            &["managed accounts export"],
        ),
        field(
            "password_expires_days",
            Integer,
            "days after which its password expires; `null`: never, or no password requirements",
            &["managed accounts export"],
        )
        .counted_in("days"),
        field(
            "idle_session_minutes",
            Integer,
            "how long its session may be idle",
            &["managed accounts export"],
        )
        .counted_in("minutes"),
        field(
            "claimed_by",
            Word(&["this_organization", "another_organization", "nobody"]),
            "which organisation owns the account, of accounts on a domain of the organisation",
            &["domain accounts export"],
        ),
        field(
            "sources_agree",
            Boolean,
            "whether all sources that were asked say the same of it: its name, address, type and state, and whether it is managed, and what exports tell; `false` where two differ, absent where none do but one was not fetched whole",
            &[
                "users/search",
                "v1 users",
                "scim users",
                "managed accounts export",
                "domain accounts export",
                "users export",
            ],
        ),
        field(
            "disagreement",
            Text,
            "what the sources that were read say differently: each field with the value that the record holds and the others, with source and time; `null`: nothing",
            &[
                "users/search",
                "v1 users",
                "scim users",
                "managed accounts export",
                "domain accounts export",
                "users export",
            ],
        ),
        field(
            "authentication_policy_id",
            Id,
            "id of the authentication policy that it is in; undocumented, and absent where the API names it otherwise; managed accounts only",
            &["auth-policies"],
        ),
        field(
            "scim_active",
            Boolean,
            "whether the identity provider lets it in, by its provisioning directory; `null`: no directory that was read lists it; absent unless they were read whole",
            &["scim users"],
        ),
        field(
            "api_token_count",
            Integer,
            "API tokens that it owns; managed accounts only",
            &["api-tokens"],
        )
        .counted_in("tokens"),
    ],
};

//! Who is in which authentication policy. What a policy sets (single sign-on, two-step verification, session)
//! no API tells.

use super::{Dataset, FieldType::*, Source, field};

pub(super) static AUTHENTICATION_POLICY_MEMBERS: Dataset = Dataset {
    name: "authentication_policy_members",
    record_is: "one managed account in one authentication policy",
    noun: ("policy membership", "policy memberships"),
    label: "email",
    sources: &[
        Source {
            name: "auth-policies",
            request: "POST /admin/control/v1/orgs/{org}/users/auth-policies/bulk-fetch",
            scope: None,
            needs: "managed accounts",
            plan: None,
            page_records_max: None,
            requests_a_minute: None,
            deprecated_after: None,
            stands_in_for: None,
            about: "asked for 100 managed accounts at a time, a read-only POST; only `email` is documented, the other fields are assumed and absent where they differ; the raw answer keeps all",
        },
        Source {
            about: "the managed accounts to ask about, and their state",
            ..super::accounts::USERS_SEARCH
        },
        super::accounts::V2_USERS,
    ],
    fields: &[
        field(
            "id",
            Id,
            "id of the account, or its address where the answer holds no id",
            &["auth-policies"],
        ),
        field(
            "account_id",
            Id,
            "id of the account, as told or by its address; absent where neither tells one",
            &["auth-policies", "users/search"],
        ),
        field("email", Email, "address of the account", &["auth-policies"]),
        field(
            "policy_id",
            Id,
            "id of the authentication policy; undocumented",
            &["auth-policies"],
        ),
        field(
            "policy_name",
            Text,
            "name of the authentication policy; undocumented",
            &["auth-policies"],
        ),
        field(
            "account_status",
            Word(&["active", "inactive", "closed"]),
            "state of the account",
            &["users/search"],
        ),
        field(
            "claim_status",
            Word(&["managed", "unmanaged"]),
            "whether the organisation owns the account",
            &["users/search"],
        ),
    ],
};

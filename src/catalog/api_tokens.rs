//! API tokens of managed accounts.

use super::{Dataset, FieldType::*, Source, field};

pub(super) static API_TOKENS: Dataset = Dataset {
    name: "api_tokens",
    record_is: "one API token of a managed account",
    noun: ("token", "tokens"),
    label: "label",
    sources: &[
        Source {
            name: "api-tokens",
            request: "GET /admin/api-access/v1/orgs/{org}/api-tokens",
            scope: Some("read:tokens:admin"),
            needs: "",
            plan: None,
            page_records_max: None,
            requests_a_minute: None,
            deprecated_after: None,
            stands_in_for: None,
            about: "tokens of managed accounts only; nothing is known about tokens of unmanaged ones",
        },
        Source {
            about: "state and roles of the token's owner, joined by account id",
            ..super::accounts::USERS_SEARCH
        },
    ],
    fields: &[
        field("id", Id, "id of the token", &["api-tokens"]),
        field(
            "label",
            Text,
            "name that its owner gave it",
            &["api-tokens"],
        ),
        field(
            "status",
            OpenWord(&["ALLOWED"]),
            "state of the token; only `ALLOWED` is documented",
            &["api-tokens"],
        ),
        field("created_at", Timestamp, "when it was made", &["api-tokens"]),
        field(
            "expires_at",
            Timestamp,
            "when it expires; `null`: it has no expiry",
            &["api-tokens"],
        )
        .none_if_omitted(),
        field(
            "last_active_at",
            Timestamp,
            "when it was last used; `null`: no use recorded",
            &["api-tokens"],
        )
        .none_if_omitted(),
        field("owner_id", Id, "account id of its owner", &["api-tokens"]),
        field("owner_name", Text, "name of its owner", &["api-tokens"]),
        field(
            "owner_email",
            Email,
            "address of its owner",
            &["api-tokens"],
        ),
        field(
            "owner_status",
            Word(&["active", "inactive", "closed"]),
            "account status of its owner; absent when the owner is not among the fetched accounts",
            &["users/search"],
        ),
        field(
            "owner_platform_roles",
            List(&Word(super::accounts::PLATFORM_ROLES)),
            "platform roles of its owner; absent when the owner is not among the fetched accounts",
            &["users/search"],
        ),
    ],
};

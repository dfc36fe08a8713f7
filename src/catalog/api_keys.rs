//! API keys of the organisation, among them the one that a run uses.

use super::{Dataset, FieldType::*, Source, field};

pub(super) static API_KEYS: Dataset = Dataset {
    name: "api_keys",
    record_is: "one API key of the organisation",
    noun: ("API key", "API keys"),
    label: "label",
    sources: &[
        Source {
            name: "api-keys",
            request: "GET /admin/api-access/v1/orgs/{org}/api-keys",
            scope: Some("read:keys:admin"),
            needs: "",
            plan: None,
            page_records_max: None,
            requests_a_minute: None,
            deprecated_after: None,
            stands_in_for: None,
            about: "keys of the organisation; the one in use is among them",
        },
        Source {
            about: "state and roles of the account that made the key, joined by account id",
            ..super::accounts::USERS_SEARCH
        },
    ],
    fields: &[
        field("id", Id, "id of the key; not the key itself", &["api-keys"]),
        field("label", Text, "name that its maker gave it", &["api-keys"]),
        field("created_at", Timestamp, "when it was made", &["api-keys"]),
        field(
            "expires_at",
            Timestamp,
            "when it expires; the vendor allows a year at most",
            &["api-keys"],
        ),
        field(
            "last_active_at",
            Timestamp,
            "when it was last used; `null`: no use recorded",
            &["api-keys"],
        )
        .none_if_omitted(),
        field(
            "scopes",
            List(&Text),
            "what it may do; an empty list is what the API tells of a key without scopes, which may do everything",
            &["api-keys"],
        ),
        field("resource", Id, "ARI that it opens", &["api-keys"]),
        field(
            "system_account_id",
            Id,
            "account under which it acts",
            &["api-keys"],
        ),
        field(
            "created_by_id",
            Id,
            "account id of its maker",
            &["api-keys"],
        ),
        field("created_by_name", Text, "name of its maker", &["api-keys"]),
        field(
            "created_by_email",
            Email,
            "address of its maker",
            &["api-keys"],
        ),
        field(
            "created_by_status",
            Word(&["active", "inactive", "closed"]),
            "account status of its maker; absent when the maker is not among the fetched accounts",
            &["users/search"],
        ),
        field(
            "created_by_platform_roles",
            List(&OpenWord(super::accounts::PLATFORM_ROLES)),
            "platform roles of its maker; absent when the maker is not among the fetched accounts",
            &["users/search"],
        ),
    ],
};

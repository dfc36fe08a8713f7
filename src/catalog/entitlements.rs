//! Who may do what: the listings that auditors ask for, one record each grant, made at assembly from
//! the accounts.

use super::accounts::{PLATFORM_ROLES, USERS_SEARCH, V2_USERS};
use super::groups::V2_GROUPS;
use super::{Dataset, Field, FieldType::*, Source, field};

/// The source of all of them: the accounts with what they were expanded by.
const SEARCH: Source = Source {
    about: "every account of every directory with its roles, groups and products; a read-only POST",
    ..USERS_SEARCH
};

const ACCOUNT_ID: Field = field("account_id", Id, "id of the account", &["users/search"]);
const ACCOUNT_NAME: Field = field(
    "account_name",
    Text,
    "name of the account",
    &["users/search"],
);
const ACCOUNT_EMAIL: Field = field(
    "account_email",
    Email,
    "address of the account; absent when its owner hides it",
    &["users/search"],
);
const ACCOUNT_STATUS: Field = field(
    "account_status",
    Word(&["active", "inactive", "closed"]),
    "state of the Atlassian account itself",
    &["users/search"],
);
const CLAIM_STATUS: Field = field(
    "claim_status",
    Word(&["managed", "unmanaged"]),
    "`managed`: the organisation owns the account through a verified domain",
    &["users/search"],
);

pub(super) static GROUP_MEMBERS: Dataset = Dataset {
    name: "group_members",
    record_is: "one account in one group",
    noun: ("membership", "memberships"),
    label: "account_name",
    sources: &[
        SEARCH,
        Source {
            about: "name and directory of the group, joined by its id",
            ..super::groups::SEARCH
        },
        V2_USERS,
        V2_GROUPS,
    ],
    fields: &[
        field(
            "id",
            Id,
            "id of the group, `#`, id of the account",
            &["users/search"],
        ),
        field(
            "group_id",
            Id,
            "id of the group, without the ARI's prefix, as in `groups`",
            &["users/search"],
        ),
        field(
            "group_name",
            Text,
            "name of the group; absent when it is not among the fetched groups",
            &["groups/search"],
        ),
        field(
            "group_directory_id",
            Id,
            "directory of the group; absent when it is not among the fetched groups",
            &["groups/search"],
        ),
        field(
            "group_external_synced",
            Boolean,
            "whether the identity provider keeps the group's membership",
            &["groups/search"],
        ),
        ACCOUNT_ID,
        ACCOUNT_NAME,
        ACCOUNT_EMAIL,
        ACCOUNT_STATUS,
        CLAIM_STATUS,
    ],
};

pub(super) static ROLE_ASSIGNMENTS: Dataset = Dataset {
    name: "role_assignments",
    record_is: "one platform role of one account on the organisation",
    noun: ("role assignment", "role assignments"),
    label: "account_name",
    sources: &[SEARCH, V2_USERS],
    fields: &[
        field(
            "id",
            Id,
            "id of the account, `#`, the role",
            &["users/search"],
        ),
        field(
            "role",
            OpenWord(PLATFORM_ROLES),
            "the role; roles on single products are not among them, since no list tells those",
            &["users/search"],
        ),
        ACCOUNT_ID,
        ACCOUNT_NAME,
        ACCOUNT_EMAIL,
        ACCOUNT_STATUS,
        CLAIM_STATUS,
    ],
};

pub(super) static PRODUCT_ACCESS: Dataset = Dataset {
    name: "product_access",
    record_is: "one product that one account may use",
    noun: ("product access", "product accesses"),
    label: "account_name",
    sources: &[
        SEARCH,
        Source {
            about: "name and kind of the product instance, joined by its ARI",
            ..super::workspaces::SEARCH
        },
        V2_USERS,
    ],
    fields: &[
        field(
            "id",
            Id,
            "id of the account, `#`, ARI of the workspace",
            &["users/search"],
        ),
        field(
            "workspace_id",
            Id,
            "ARI of the workspace",
            &["users/search"],
        ),
        field(
            "workspace_name",
            Text,
            "name of the workspace; absent when it is not among the fetched workspaces",
            &["workspaces"],
        ),
        field(
            "workspace_sandbox_type",
            OpenWord(&["CHILD", "NONE"]),
            "`CHILD`: a sandbox of another one",
            &["workspaces"],
        ),
        field(
            "product_key",
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
        ACCOUNT_ID,
        ACCOUNT_NAME,
        ACCOUNT_EMAIL,
        ACCOUNT_STATUS,
        CLAIM_STATUS,
    ],
};

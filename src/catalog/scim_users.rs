//! What identity providers say of people, each in a provisioning directory with a key of its own.

use super::{Dataset, FieldType::*, Source, field};

pub(super) static SCIM_USERS: Dataset = Dataset {
    name: "scim_users",
    record_is: "one user of one provisioning directory, as the identity provider sent it",
    noun: ("provisioned user", "provisioned users"),
    label: "display_name",
    sources: &[
        Source {
            name: "scim users",
            request: "GET /scim/directory/{directory}/Users",
            scope: None,
            needs: "the directory's own key, and one for every directory: no API tells which there are",
            plan: Some("Atlassian Guard Standard"),
            page_records_max: Some(100),
            requests_a_minute: None,
            deprecated_after: None,
            stands_in_for: None,
            about: "users of each directory that a key was given for; without a key nothing is asked",
        },
        Source {
            about: "the account that a user became, joined by its id, or else by an address that one account and one user have",
            ..super::accounts::USERS_SEARCH
        },
        super::accounts::V2_USERS,
    ],
    fields: &[
        field(
            "id",
            Id,
            "id of the directory, `#`, id of the user in it",
            &["scim users"],
        ),
        field("directory_id", Id, "id of the directory", &["scim users"]),
        field(
            "scim_id",
            Id,
            "id of the user in the directory",
            &["scim users"],
        ),
        field(
            "user_name",
            Text,
            "name that the identity provider knows the user by, usually an address",
            &["scim users"],
        ),
        field(
            "email",
            Email,
            "primary address, or the only one",
            &["scim users"],
        ),
        field("display_name", Text, "name of the user", &["scim users"]),
        field(
            "active",
            Boolean,
            "whether the identity provider lets the user in",
            &["scim users"],
        ),
        field(
            "external_id",
            Text,
            "id in the identity provider; `null`: it sent none",
            &["scim users"],
        )
        .none_if_omitted(),
        field(
            "scim_group_ids",
            List(&Id),
            "ids, in the directory, of the groups that the user is in",
            &["scim users"],
        ),
        field(
            "created_at",
            Timestamp,
            "when it was first sent",
            &["scim users"],
        ),
        field(
            "last_modified_at",
            Timestamp,
            "when it last changed",
            &["scim users"],
        ),
        field(
            "account_id",
            Id,
            "account that the user became, as the directory tells or by its address; absent where neither tells one",
            &["scim users", "users/search"],
        ),
        field(
            "matched_by",
            Word(&["id", "email"]),
            "what joined the account: its `id`, which the directory told, or its `email`, where it told none",
            &["scim users", "users/search"],
        ),
        field(
            "account_status",
            Word(&["active", "inactive", "closed"]),
            "state of that account",
            &["users/search"],
        ),
        field(
            "claim_status",
            Word(&["managed", "unmanaged"]),
            "whether the organisation owns that account",
            &["users/search"],
        ),
    ],
};

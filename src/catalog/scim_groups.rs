//! Groups that identity providers send.

use super::{Dataset, FieldType::*, Source, field};

pub(super) static SCIM_GROUPS: Dataset = Dataset {
    name: "scim_groups",
    record_is: "one group of one provisioning directory, as the identity provider sent it",
    noun: ("provisioned group", "provisioned groups"),
    label: "display_name",
    sources: &[Source {
        name: "scim groups",
        request: "GET /scim/directory/{directory}/Groups",
        scope: None,
        needs: "the directory's own key, and one for every directory: no API tells which there are",
        plan: Some("Atlassian Guard Standard"),
        page_records_max: Some(100),
        requests_a_minute: None,
        deprecated_after: None,
        stands_in_for: None,
        about: "groups of each directory that a key was given for; without a key nothing is asked",
    }],
    fields: &[
        field(
            "id",
            Id,
            "id of the directory, `#`, id of the group in it",
            &["scim groups"],
        ),
        field("directory_id", Id, "id of the directory", &["scim groups"]),
        field(
            "scim_id",
            Id,
            "id of the group in the directory",
            &["scim groups"],
        ),
        field("display_name", Text, "name of the group", &["scim groups"]),
        field(
            "external_id",
            Text,
            "id in the identity provider; `null`: it sent none",
            &["scim groups"],
        )
        .none_if_omitted(),
        field(
            "member_ids",
            List(&Id),
            "members, by `scim_id` of `scim_users`",
            &["scim groups"],
        ),
        field("member_count", Integer, "members", &["scim groups"]).counted_in("users"),
        field(
            "created_at",
            Timestamp,
            "when it was first sent",
            &["scim groups"],
        ),
        field(
            "last_modified_at",
            Timestamp,
            "when it last changed",
            &["scim groups"],
        ),
    ],
};

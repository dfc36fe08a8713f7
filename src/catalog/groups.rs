//! Groups of the user directories.

use super::{Dataset, FieldType::*, Source, field};

/// The older listing of groups.
pub(super) const V2_GROUPS: Source = Source {
    name: "v2 groups",
    request: "GET /admin/v2/orgs/{org}/directories/-/groups",
    scope: Some("read:groups:admin"),
    needs: "",
    plan: None,
    page_records_max: Some(100),
    requests_a_minute: None,
    deprecated_after: Some("2027-06-30"),
    stands_in_for: Some("groups/search"),
    about: "asked only where groups/search answers 404: the same groups without counts",
};

/// What lists every group.
pub(super) const SEARCH: Source = Source {
    name: "groups/search",
    request: "POST /admin/v2/orgs/{org}/directories/-/groups/search",
    scope: Some("read:groups:admin"),
    needs: "",
    plan: None,
    page_records_max: Some(100),
    requests_a_minute: None,
    deprecated_after: None,
    stands_in_for: None,
    about: "groups of every directory that the key may manage; a read-only POST",
};

pub(super) static GROUPS: Dataset = Dataset {
    name: "groups",
    record_is: "one group",
    noun: ("group", "groups"),
    label: "name",
    sources: &[SEARCH, V2_GROUPS],
    fields: &[
        field("id", Id, "id of the group", &["groups/search"]),
        field("name", Text, "name of the group", &["groups/search"]),
        field(
            "description",
            Text,
            "description of the group",
            &["groups/search"],
        )
        .none_if_omitted(),
        field(
            "directory_id",
            Id,
            "the directory that holds it",
            &["groups/search"],
        ),
        field(
            "external_synced",
            Boolean,
            "whether the identity provider keeps its membership",
            &["groups/search"],
        ),
        field(
            "managed_by",
            OpenWord(&["external", "admins", "team-members", "open"]),
            "who may change its membership",
            &["groups/search"],
        ),
        field(
            "user_count",
            Integer,
            "members, by the API's own count",
            &["groups/search"],
        )
        .counted_in("accounts"),
        field(
            "resource_count",
            Integer,
            "resources that the group gives a role on, by the API's own count",
            &["groups/search"],
        )
        .counted_in("resources"),
    ],
};

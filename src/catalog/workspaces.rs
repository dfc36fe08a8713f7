//! Product instances.

use super::{Dataset, FieldType::*, Source, field};

/// What lists every product instance.
pub(super) const SEARCH: Source = Source {
    name: "workspaces",
    request: "POST /admin/v2/orgs/{org}/workspaces",
    scope: Some("read:workspaces:admin"),
    needs: "",
    plan: None,
    page_records_max: Some(1000),
    requests_a_minute: None,
    deprecated_after: None,
    stands_in_for: None,
    about: "product instances with realm, plan and the policies on them; a read-only POST",
};

/// Products, as keys: those that the vendor documents, under each spelling that it uses.
pub(super) static PRODUCTS: &[&str] = &[
    "jira-software",
    "jira-servicedesk",
    "jira-service-desk",
    "jira-core",
    "jira-product-discovery",
    "jira-ops",
    "confluence",
    "bitbucket",
    "trello",
    "opsgenie",
    "statuspage",
    "loom",
    "compass",
    "stride",
    "hipchat",
];

pub(super) static WORKSPACES: Dataset = Dataset {
    name: "workspaces",
    record_is: "one product instance",
    noun: ("workspace", "workspaces"),
    label: "name",
    sources: &[SEARCH],
    fields: &[
        field("id", Id, "ARI of the workspace", &["workspaces"]),
        field("name", Text, "name of the workspace", &["workspaces"]),
        field(
            "type_key",
            Word(PRODUCTS),
            "product, as a key",
            &["workspaces"],
        ),
        field("type", Text, "product, as shown", &["workspaces"]),
        field(
            "status",
            Word(&["online", "offline", "deprecated"]),
            "state of the workspace",
            &["workspaces"],
        ),
        field(
            "sandbox_type",
            Word(&["CHILD", "NONE"]),
            "`CHILD` for a sandbox of another workspace, `NONE` for a production one",
            &["workspaces"],
        ),
        field(
            "host_url",
            Text,
            "address of the workspace",
            &["workspaces"],
        )
        .none_if_omitted(),
        field("realm", Text, "where its data lives", &["workspaces"]),
        field(
            "regions",
            List(&Text),
            "regions that hold its data",
            &["workspaces"],
        ),
        field(
            "plan_keys",
            List(&Word(&["free", "standard", "premium", "enterprise"])),
            "plans of its entitlements, as keys",
            &["workspaces"],
        ),
        field(
            "policy_ids",
            List(&Id),
            "policies that the API relates to it",
            &["workspaces"],
        ),
        field(
            "applied_policy_types",
            List(&Word(super::policies::POLICY_TYPES)),
            "types of the enabled policies that are in force on it (application status `applied` or `enabled`); absent unless all policies were fetched and tell it",
            &["policies"],
        ),
        field("created_at", Timestamp, "when it was made", &["workspaces"]),
    ],
};

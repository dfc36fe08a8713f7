//! Organisation policies: IP allowlists, data residency, data security. Not authentication policies.

use super::{Dataset, Field, FieldType::*, Source, field};

/// What lists every policy.
pub(super) const LISTING: Source = Source {
    name: "policies",
    request: "GET /admin/v1/orgs/{org}/policies",
    scope: Some("read:policies:admin"),
    needs: "a plan with policies; without one the API answers an empty list",
    plan: Some("Atlassian Guard, or a product on a Premium plan"),
    page_records_max: None,
    requests_a_minute: None,
    deprecated_after: None,
    stands_in_for: None,
    about: "holds no authentication policy: those settings have no public read API",
};

/// Kinds of policies.
pub(super) static POLICY_TYPES: &[&str] = &[
    "ip-allowlist",
    "data-residency",
    "data-security",
    "admin-notification-settings",
    "generative-ai",
    "hipaa",
    "ugc-data-use-preferences",
    "user-join-settings-default",
];

static RESOURCES: &[Field] = &[
    field("id", Id, "ARI of the resource", &["policies"]),
    field(
        "application_status",
        Word(&[
            "applying",
            "removing",
            "applied",
            "failed",
            "scheduled",
            "validating",
            "enabled",
        ]),
        "whether the policy is in force on the resource",
        &["policies"],
    ),
];

pub(super) static POLICIES: Dataset = Dataset {
    name: "policies",
    record_is: "one IP allowlist, data residency, data security or other organisation policy",
    noun: ("policy", "policies"),
    label: "name",
    sources: &[LISTING],
    fields: &[
        field("id", Id, "id of the policy", &["policies"]),
        field(
            "type",
            Word(POLICY_TYPES),
            "kind of policy; one that the catalog does not know leaves it absent",
            &["policies"],
        ),
        field("name", Text, "name of the policy", &["policies"]),
        field(
            "status",
            Word(&["enabled", "disabled"]),
            "whether the policy is switched on",
            &["policies"],
        ),
        field(
            "rule_values",
            List(&Text),
            "what `rule.in` lists: addresses and ranges of an IP allowlist, realms of a data residency policy",
            &["policies"],
        ),
        field(
            "resources",
            Records(RESOURCES),
            "resources that the policy names",
            &["policies"],
        ),
        field(
            "applied_resource_ids",
            List(&Id),
            "ids of the resources on which the policy is in force: application status `applied` or `enabled`",
            &["policies"],
        ),
        field(
            "created_at",
            Timestamp,
            "when the policy was made",
            &["policies"],
        ),
        field(
            "updated_at",
            Timestamp,
            "when the policy was last changed",
            &["policies"],
        )
        .none_if_omitted(),
    ],
};

//! Organisation policies: `GET /admin/v1/orgs/{org}/policies`, scope `read:policies:admin`.
//!
//! `{data: [{id, attributes: {type, name, status, rule: {in}, resources: [{id, applicationStatus}]}}],
//! links: {next: URL}, meta: {next: cursor}}`. `rule` is missing for some types and another shape for
//! others; `allowlist_ranges` and `applied_resource_ids` are made from these records at assembly.

use super::{Collector, Count, Paging, Parts, Verb, from, records};

pub(super) static POLICIES: Collector = Collector {
    name: "policies",
    dataset: "policies",
    source: "policies",
    method: Verb::Get,
    path: "/admin/v1/orgs/{org}/policies",
    paging: Paging::Query(&[]),
    parts: Parts::One,
    fallback: None,
    rate: None,
    count: Count::None,
    list: "data",
    id: "id",
    origins: &[
        from("type", "attributes.type"),
        from("name", "attributes.name"),
        from("status", "attributes.status"),
        from("rule_values", "attributes.rule.in[]"),
        records(
            "resources",
            "attributes.resources",
            &[
                from("id", "id"),
                from("application_status", "applicationStatus"),
            ],
        ),
        from("created_at", "attributes.createdAt"),
        from("updated_at", "attributes.updatedAt"),
    ],
};

//! Product instances: `POST /admin/v2/orgs/{org}/workspaces`, scope `read:workspaces:admin`.
//!
//! A read-only POST whose cursor must stand alone in the body. `{data: [{id, attributes: {…},
//! relationships: {policies, entitlements}}], links: {next}, meta: {total}}`.

use super::{Collector, Count, Paging, Parts, Verb, from};

pub(super) static WORKSPACES: Collector = Collector {
    name: "workspaces",
    dataset: "workspaces",
    source: "workspaces",
    method: Verb::Post,
    path: "/admin/v2/orgs/{org}/workspaces",
    paging: Paging::BodyCursorAlone(r#"{"limit":1000}"#),
    parts: Parts::One,
    fallback: None,
    rate: None,
    count: Count::PageTotal,
    list: "data",
    id: "id",
    origins: &[
        from("name", "attributes.name"),
        from("type_key", "attributes.typeKey"),
        from("type", "attributes.type"),
        from("status", "attributes.status"),
        from("sandbox_type", "attributes.sandbox.type"),
        from("host_url", "attributes.hostUrl"),
        from("realm", "attributes.realm"),
        from("regions", "attributes.regions[]"),
        from(
            "plan_keys",
            "relationships.entitlements[].attributes.planKey",
        )
        .lower_case(),
        from("policy_ids", "relationships.policies[].id"),
        from("created_at", "attributes.createdAt"),
    ],
};

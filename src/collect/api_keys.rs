//! API keys of the organisation: `GET /admin/api-access/v1/orgs/{org}/api-keys`, scope `read:keys:admin`.
//!
//! `{data: [{id, label, createdAt, expiresAt, lastActiveAt, systemAccountId, resource, createdBy: {id, name,
//! email}, scopes}], links: {next: cursor}}`. Assembly adds the maker's state and roles.

use super::{Collector, Count, Paging, Parts, Verb, from};

pub(super) static API_KEYS: Collector = Collector {
    name: "api_keys",
    dataset: "api_keys",
    source: "api-keys",
    method: Verb::Get,
    path: "/admin/api-access/v1/orgs/{org}/api-keys",
    paging: Paging::Query(&[]),
    parts: Parts::One,
    fallback: None,
    rate: None,
    count: Count::Request {
        count: "/admin/api-access/v1/orgs/{org}/api-keys/count",
        stats: None,
    },
    list: "data",
    id: "id",
    origins: &[
        from("label", "label"),
        from("created_at", "createdAt"),
        from("expires_at", "expiresAt"),
        from("last_active_at", "lastActiveAt"),
        from("scopes", "scopes[]"),
        from("resource", "resource"),
        from("system_account_id", "systemAccountId"),
        from("created_by_id", "createdBy.id"),
        from("created_by_name", "createdBy.name"),
        from("created_by_email", "createdBy.email"),
    ],
};

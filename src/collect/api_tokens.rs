//! API tokens of managed accounts: `GET /admin/api-access/v1/orgs/{org}/api-tokens`, scope
//! `read:tokens:admin`.
//!
//! `{data: [{id, label, status, createdAt, expiresAt, lastActiveAt, user: {id, name, email}}], links:
//! {next: cursor}}`. Assembly adds the owner's state and roles.

use super::{Collector, Count, Paging, Parts, Verb, from};

pub(super) static API_TOKENS: Collector = Collector {
    name: "api_tokens",
    dataset: "api_tokens",
    source: "api-tokens",
    method: Verb::Get,
    path: "/admin/api-access/v1/orgs/{org}/api-tokens",
    paging: Paging::Query(&[]),
    parts: Parts::One,
    fallback: None,
    rate: None,
    count: Count::Request {
        count: "/admin/api-access/v1/orgs/{org}/api-tokens/count",
        stats: None,
    },
    list: "data",
    id: "id",
    origins: &[
        from("label", "label"),
        from("status", "status"),
        from("created_at", "createdAt"),
        from("expires_at", "expiresAt"),
        from("last_active_at", "lastActiveAt"),
        from("owner_id", "user.id"),
        from("owner_name", "user.name"),
        from("owner_email", "user.email"),
    ],
};

//! OAuth clients of service accounts: `GET /admin/api-access/v1/orgs/{org}/oauth-clients`, scope
//! `read:service-accounts-tokens:admin`.
//!
//! The vendor documents path, scope and paging, not the records: they are read like the API's other
//! lists. Its count is a POST whose body is not documented, and is not asked for.

use super::{Collector, Count, Paging, Parts, Verb, from};

pub(super) static OAUTH_CLIENTS: Collector = Collector {
    name: "oauth_clients",
    dataset: "oauth_clients",
    source: "oauth-clients",
    method: Verb::Get,
    path: "/admin/api-access/v1/orgs/{org}/oauth-clients",
    paging: Paging::Query(&[]),
    parts: Parts::One,
    fallback: None,
    rate: None,
    count: Count::None,
    list: "data",
    id: "id",
    origins: &[
        from("name", "name"),
        from("service_account_id", "serviceAccountId"),
        from("created_at", "createdAt"),
        from("last_active_at", "lastActiveAt"),
        from("scopes", "scopes[]"),
    ],
};

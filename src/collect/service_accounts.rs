//! Service accounts: `GET /admin/api-access/v1/orgs/{org}/service-accounts`, scope
//! `read:service-accounts:admin`.
//!
//! The vendor documents path and scope, not the answer: it is read like the API's other lists, and an
//! answer of another shape leaves the dataset cut, with the answer kept.

use super::{Collector, Count, Paging, Parts, Verb, from};

pub(super) static SERVICE_ACCOUNTS: Collector = Collector {
    name: "service_accounts",
    dataset: "service_accounts",
    source: "service-accounts",
    method: Verb::Get,
    path: "/admin/api-access/v1/orgs/{org}/service-accounts",
    paging: Paging::List,
    parts: Parts::One,
    fallback: None,
    rate: None,
    count: Count::None,
    list: "data",
    id: "id",
    origins: &[
        from("name", "name"),
        from("status", "status"),
        from("created_at", "createdAt"),
    ],
};

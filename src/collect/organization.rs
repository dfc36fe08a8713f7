//! The organisation: `GET /admin/v1/orgs/{org}`, scope `read:orgs:admin`.
//!
//! `{data: {id, attributes: {name}}}`, one document. The key never finds the organisation by itself:
//! a key with scopes gets an empty list from `/v1/orgs`.

use super::{Collector, Count, Paging, Parts, Verb, from};

pub(super) static ORGANIZATION: Collector = Collector {
    name: "organization",
    dataset: "organization",
    source: "org",
    method: Verb::Get,
    path: "/admin/v1/orgs/{org}",
    paging: Paging::Document,
    parts: Parts::One,
    fallback: None,
    rate: None,
    count: Count::None,
    list: "data",
    id: "id",
    origins: &[from("name", "attributes.name")],
};

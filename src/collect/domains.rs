//! Domains and their claims: `GET /admin/v1/orgs/{org}/domains`, scope `read:domains:admin`.
//!
//! `{data: [{id, attributes: {name, claim: {type, status}}}], links: {next: URL}}`. The claim's type
//! may be left out where the domain was verified through an identity provider or by e-mail.

use super::{Collector, Count, Paging, Parts, Verb, from};

pub(super) static DOMAINS: Collector = Collector {
    name: "domains",
    dataset: "domains",
    source: "domains",
    method: Verb::Get,
    path: "/admin/v1/orgs/{org}/domains",
    paging: Paging::Query(&[]),
    parts: Parts::One,
    fallback: None,
    rate: None,
    count: Count::None,
    list: "data",
    id: "id",
    origins: &[
        from("name", "attributes.name"),
        from("claim_type", "attributes.claim.type"),
        from("claim_status", "attributes.claim.status"),
    ],
};

//! User directories: `GET /admin/v2/orgs/{org}/directories`, scope `read:directories:admin`.
//!
//! `{data: [{directoryId, name, icon}], links: {next: cursor}}`.

use super::{Collector, Count, Paging, Parts, Verb, from};

pub(super) static DIRECTORIES: Collector = Collector {
    name: "directories",
    dataset: "directories",
    source: "directories",
    method: Verb::Get,
    path: "/admin/v2/orgs/{org}/directories",
    paging: Paging::Query(&[("limit", "100")]),
    parts: Parts::One,
    fallback: None,
    rate: None,
    count: Count::None,
    list: "data",
    id: "directoryId",
    origins: &[from("name", "name")],
};

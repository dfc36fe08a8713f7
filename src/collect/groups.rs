//! Groups: `POST /admin/v2/orgs/{org}/directories/-/groups/search`, scope `read:groups:admin`.
//!
//! A read-only POST. `{data: [{id, name, …, counts: {users, resources}}], links: {next: cursor}}`.

use super::{Collector, Count, Fallback, Paging, Parts, Verb, from};

pub(super) static GROUPS: Collector = Collector {
    name: "groups",
    dataset: "groups",
    source: "groups/search",
    method: Verb::Post,
    path: "/admin/v2/orgs/{org}/directories/-/groups/search",
    paging: Paging::Body(r#"{"limit":100,"expand":["counts.users","counts.resources"]}"#),
    parts: Parts::One,
    fallback: Some(&Fallback {
        source: "v2 groups",
        path: "/admin/v2/orgs/{org}/directories/-/groups",
        paging: Paging::Query(&[("limit", "100")]),
        untold: &["counts"],
    }),
    rate: None,
    count: Count::Request {
        count: "/admin/v2/orgs/{org}/directories/-/groups/count",
        stats: Some("/admin/v2/orgs/{org}/directories/-/groups/stats"),
    },
    list: "data",
    id: "id",
    origins: &[
        from("name", "name"),
        from("description", "description"),
        from("directory_id", "directoryId"),
        from("external_synced", "externalSynced"),
        from("managed_by", "managedBy"),
        from("user_count", "counts.users"),
        from("resource_count", "counts.resources"),
    ],
};

//! Groups: `POST /admin/v2/orgs/{org}/directories/-/groups/search`, scope `read:groups:admin`.
//!
//! A read-only POST. `{data: [{id, name, …, counts: {users, resources}}], links: {next: cursor}}`.

use super::{Collector, Count, Paging, Verb, from};

pub(super) static GROUPS: Collector = Collector {
    name: "groups",
    dataset: "groups",
    source: "groups/search",
    method: Verb::Post,
    path: "/admin/v2/orgs/{org}/directories/-/groups/search",
    paging: Paging::Body(r#"{"limit":100,"expand":["counts.users","counts.resources"]}"#),
    rate: None,
    count: Count::Request("/admin/v2/orgs/{org}/directories/-/groups/count"),
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

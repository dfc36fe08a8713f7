//! Groups that identity providers send: `GET /scim/directory/{directory}/Groups`, with the directory's own key.

use super::{Collector, Count, Paging, Parts, Verb, from};

pub(super) static SCIM_GROUPS: Collector = Collector {
    name: "scim_groups",
    dataset: "scim_groups",
    source: "scim groups",
    method: Verb::Get,
    path: "/scim/directory/{directory}/Groups",
    paging: Paging::Index(&[("count", "100")]),
    parts: Parts::Directories,
    fallback: None,
    rate: None,
    count: Count::PageTotal,
    list: "Resources",
    id: "id",
    origins: &[
        from("display_name", "displayName"),
        from("external_id", "externalId"),
        from("member_ids", "members[].value"),
        from("created_at", "meta.created"),
        from("last_modified_at", "meta.lastModified"),
    ],
};

//! What identity providers say of people: `GET /scim/directory/{directory}/Users`, with the directory's own key.
//!
//! `{totalResults, startIndex, itemsPerPage, Resources: [{id, userName, active, emails, meta, …}]}`, at most
//! 100 a page. The account that a user became stands in an extension whose name holds a dot; assembly
//! reads it, and takes the address where it is missing.

use super::{Collector, Count, Paging, Parts, Verb, from};

pub(super) static SCIM_USERS: Collector = Collector {
    name: "scim_users",
    dataset: "scim_users",
    source: "scim users",
    method: Verb::Get,
    path: "/scim/directory/{directory}/Users",
    paging: Paging::Index(&[("count", "100")]),
    parts: Parts::Directories,
    fallback: None,
    rate: None,
    count: Count::PageTotal,
    list: "Resources",
    id: "id",
    origins: &[
        from("user_name", "userName"),
        from("display_name", "displayName"),
        from("active", "active"),
        from("external_id", "externalId"),
        from("scim_group_ids", "groups[].value"),
        from("created_at", "meta.created"),
        from("last_modified_at", "meta.lastModified"),
    ],
};

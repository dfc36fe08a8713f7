//! Actions of the audit log: `GET /admin/v1/orgs/{org}/event-actions`, scope `read:events:admin`.
//!
//! `{data: [{id, attributes: {displayName, groupDisplayName}}]}`; seen live with `groupDisplayNames`, a list.
//! Documented limit: 10 requests a minute.

use super::{Collector, Count, Paging, Parts, Rate, Verb, from};

pub(super) static EVENT_ACTIONS: Collector = Collector {
    name: "event_actions",
    dataset: "event_actions",
    source: "event-actions",
    method: Verb::Get,
    path: "/admin/v1/orgs/{org}/event-actions",
    paging: Paging::List,
    parts: Parts::One,
    fallback: None,
    rate: Some(Rate::a_minute(10)),
    count: Count::None,
    list: "data",
    id: "id",
    origins: &[
        from("display_name", "attributes.displayName"),
        from("group_name", "attributes.groupDisplayName"),
        from("group_names", "attributes.groupDisplayNames[]"),
    ],
};

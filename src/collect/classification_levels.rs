//! Levels of data classification: `GET /admin/dlp/v1/orgs/{org}/classification-levels`, scope
//! `read:classification-levels:admin`.
//!
//! `{levels: [{levelId, name, …}], links: {first, next, prev}}`; 402 without the paid feature.

use super::{Collector, Count, Paging, Parts, Verb, from};

pub(super) static CLASSIFICATION_LEVELS: Collector = Collector {
    name: "classification_levels",
    dataset: "classification_levels",
    source: "classification-levels",
    method: Verb::Get,
    path: "/admin/dlp/v1/orgs/{org}/classification-levels",
    paging: Paging::List,
    parts: Parts::One,
    fallback: None,
    rate: None,
    count: Count::None,
    list: "levels",
    id: "levelId",
    origins: &[
        from("name", "name"),
        from("definition", "definition"),
        from("guideline", "guideline"),
        from("color", "color"),
        from("sensitivity", "sensitivity"),
        from("status", "status"),
        from("created_by_id", "createdBy.accountId"),
        from("created_at", "createdOn"),
        from("changed_at", "changedOn"),
    ],
};

//! Levels by which the organisation classifies its data.

use super::{Dataset, FieldType::*, Source, field};

pub(super) static CLASSIFICATION_LEVELS: Dataset = Dataset {
    name: "classification_levels",
    record_is: "one level of data classification",
    noun: ("classification level", "classification levels"),
    label: "name",
    sources: &[Source {
        name: "classification-levels",
        request: "GET /admin/dlp/v1/orgs/{org}/classification-levels",
        scope: Some("read:classification-levels:admin"),
        needs: "Atlassian Guard Premium; without it the API answers 402",
        plan: Some("Atlassian Guard Premium"),
        page_records_max: None,
        requests_a_minute: None,
        deprecated_after: None,
        stands_in_for: None,
        about: "levels in every state: drafts, published and archived ones",
    }],
    fields: &[
        field("id", Id, "id of the level", &["classification-levels"]),
        field(
            "name",
            Text,
            "name of the level",
            &["classification-levels"],
        ),
        field(
            "definition",
            Text,
            "what data it is for",
            &["classification-levels"],
        ),
        field(
            "guideline",
            Text,
            "how such data is to be handled",
            &["classification-levels"],
        ),
        field(
            "color",
            OpenWord(&["RED"]),
            "colour it is shown in",
            &["classification-levels"],
        ),
        field(
            "sensitivity",
            Integer,
            "its place among the levels; 1 is the most sensitive in the vendor's example",
            &["classification-levels"],
        ),
        field(
            "status",
            OpenWord(&["PUBLISHED"]),
            "state of the level; only `PUBLISHED` is documented by example",
            &["classification-levels"],
        ),
        field(
            "created_by_id",
            Id,
            "account id of its maker",
            &["classification-levels"],
        ),
        field(
            "created_at",
            Timestamp,
            "when it was made",
            &["classification-levels"],
        ),
        field(
            "changed_at",
            Timestamp,
            "when it was last changed; `null`: never",
            &["classification-levels"],
        )
        .none_if_omitted(),
    ],
};

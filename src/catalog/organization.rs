//! The organisation itself.

use super::{Dataset, FieldType::*, Source, field};

pub(super) static ORGANIZATION: Dataset = Dataset {
    name: "organization",
    record_is: "the organisation",
    noun: ("organisation", "organisations"),
    label: "name",
    sources: &[Source {
        name: "org",
        request: "GET /admin/v1/orgs/{org}",
        scope: Some("read:orgs:admin"),
        needs: "",
        plan: None,
        page_records_max: None,
        requests_a_minute: None,
        deprecated_after: None,
        stands_in_for: None,
        about: "id and name; the API says nothing else about an organisation",
    }],
    fields: &[
        field("id", Id, "id of the organisation", &["org"]),
        field(
            "name",
            Text,
            "name shown in the administration console",
            &["org"],
        ),
    ],
};

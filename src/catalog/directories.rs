//! User directories.

use super::{Dataset, FieldType::*, Source, field};

pub(super) static DIRECTORIES: Dataset = Dataset {
    name: "directories",
    record_is: "one user directory",
    noun: ("directory", "directories"),
    label: "name",
    sources: &[Source {
        name: "directories",
        request: "GET /admin/v2/orgs/{org}/directories",
        scope: Some("read:directories:admin"),
        needs: "",
        plan: None,
        page_records_max: Some(100),
        requests_a_minute: None,
        deprecated_after: None,
        stands_in_for: None,
        about: "the directories that the key may manage; not the SCIM directories",
    }],
    fields: &[
        field("id", Id, "id of the directory", &["directories"]),
        field("name", Text, "name of the directory", &["directories"]),
    ],
};

//! The actions that the organisation's audit log can tell of.

use super::{Dataset, FieldType::*, Source, field};

/// What lists every action.
pub(super) const LISTING: Source = Source {
    name: "event-actions",
    request: "GET /admin/v1/orgs/{org}/event-actions",
    scope: Some("read:events:admin"),
    needs: "Atlassian Guard Standard",
    plan: Some("Atlassian Guard Standard"),
    page_records_max: None,
    requests_a_minute: Some(10),
    deprecated_after: None,
    stands_in_for: None,
    about: "every action id with its localised names; ids differ between organisations, so a control that names one can check it here",
};

pub(super) static EVENT_ACTIONS: Dataset = Dataset {
    name: "event_actions",
    record_is: "one action of the audit log",
    noun: ("action", "actions"),
    label: "display_name",
    sources: &[LISTING],
    fields: &[
        field(
            "id",
            Id,
            "the action, as events name it",
            &["event-actions"],
        ),
        field(
            "display_name",
            Text,
            "its name for people; localised",
            &["event-actions"],
        ),
        field(
            "group_name",
            Text,
            "the group that it is listed in; localised, and absent where the API tells several",
            &["event-actions"],
        ),
        field(
            "group_names",
            List(&Text),
            "the groups that it is listed in; localised, and absent where the API tells one",
            &["event-actions"],
        ),
    ],
};

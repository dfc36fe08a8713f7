//! Service accounts. The vendor documents their request and its scope, not the fields of its answer.

use super::{Dataset, FieldType::*, Source, field};

pub(super) static SERVICE_ACCOUNTS: Dataset = Dataset {
    name: "service_accounts",
    record_is: "one service account",
    noun: ("service account", "service accounts"),
    label: "name",
    sources: &[Source {
        name: "service-accounts",
        request: "GET /admin/api-access/v1/orgs/{org}/service-accounts",
        scope: Some("read:service-accounts:admin"),
        needs: "",
        plan: None,
        page_records_max: None,
        requests_a_minute: None,
        deprecated_after: None,
        stands_in_for: None,
        about: "fields undocumented: those below are assumed after the API's other lists, and absent where they differ; the raw answer keeps all",
    }],
    fields: &[
        field("id", Id, "id of the account", &["service-accounts"]),
        field(
            "name",
            Text,
            "name of the account; undocumented",
            &["service-accounts"],
        ),
        field(
            "status",
            OpenWord(&[]),
            "state of the account, as received; undocumented",
            &["service-accounts"],
        ),
        field(
            "created_at",
            Timestamp,
            "when it was made; undocumented",
            &["service-accounts"],
        ),
    ],
};

//! OAuth clients of service accounts. The vendor documents their request, not the fields of its answer.

use super::{Dataset, FieldType::*, Source, field};

pub(super) static OAUTH_CLIENTS: Dataset = Dataset {
    name: "oauth_clients",
    record_is: "one OAuth client of a service account",
    noun: ("OAuth client", "OAuth clients"),
    label: "name",
    sources: &[Source {
        name: "oauth-clients",
        request: "GET /admin/api-access/v1/orgs/{org}/oauth-clients",
        scope: Some("read:service-accounts-tokens:admin"),
        needs: "",
        plan: None,
        page_records_max: None,
        requests_a_minute: None,
        deprecated_after: None,
        stands_in_for: None,
        about: "fields undocumented: those below are assumed after the API's other lists, and absent where they differ; the raw answer keeps all",
    }],
    fields: &[
        field("id", Id, "id of the client", &["oauth-clients"]),
        field(
            "name",
            Text,
            "name of the client; undocumented",
            &["oauth-clients"],
        ),
        field(
            "service_account_id",
            Id,
            "the service account it acts for; undocumented",
            &["oauth-clients"],
        ),
        field(
            "created_at",
            Timestamp,
            "when it was made; undocumented",
            &["oauth-clients"],
        ),
        field(
            "last_active_at",
            Timestamp,
            "when it was last used; undocumented, so that an omission means nothing",
            &["oauth-clients"],
        ),
        field(
            "scopes",
            List(&Text),
            "what it may do; undocumented",
            &["oauth-clients"],
        ),
    ],
};

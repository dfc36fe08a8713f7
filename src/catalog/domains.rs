//! Domains and the state of their claims.

use super::{Dataset, FieldType::*, Source, field};

pub(super) static DOMAINS: Dataset = Dataset {
    name: "domains",
    record_is: "one domain and its claim",
    noun: ("domain", "domains"),
    label: "name",
    sources: &[Source {
        name: "domains",
        request: "GET /admin/v1/orgs/{org}/domains",
        scope: Some("read:domains:admin"),
        needs: "",
        plan: None,
        page_records_max: None,
        requests_a_minute: None,
        deprecated_after: None,
        stands_in_for: None,
        about: "domains that the organisation has claimed or tried to claim; no dates",
    }],
    fields: &[
        field("id", Id, "id of the domain", &["domains"]),
        field("name", DomainName, "the domain, lower case", &["domains"]),
        field(
            "claim_type",
            OpenWord(&["dns", "http"]),
            "how the claim is shown; the console also verifies through an identity provider or e-mail, then the API may leave it out",
            &["domains"],
        ),
        field(
            "claim_status",
            Word(&[
                "verified",
                "unverified",
                "deleted",
                "superseded",
                "missing_token",
            ]),
            "state of the claim; accounts become managed only on a verified domain",
            &["domains"],
        ),
    ],
};

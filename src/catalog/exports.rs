//! What only exports of the admin console tell: settings of authentication policies, and the exports themselves.
//!
//! No public API reads what a policy sets. The console sends three exports by e-mail, as CSV; `import` reads them,
//! and assembly joins their rows to accounts.

use super::{Dataset, Field, FieldType::*, Source, field};

/// Words of an authentication policy's type.
pub(super) static POLICY_TYPES: &[&str] = &["billable", "non_billable"];
/// Least strength of a password that a policy asks for, weakest first.
pub(super) static PASSWORD_STRENGTHS: &[&str] = &["weak", "fair", "good", "strong", "very_strong"];

/// Name of the export of managed accounts, or of the members of one authentication policy.
pub const MANAGED_EXPORT: &str = "managed accounts export";
/// Name of the export of every account on a domain of the organisation.
pub const DOMAIN_EXPORT: &str = "domain accounts export";
/// Name of the export of everyone in the directory.
pub const USERS_EXPORT: &str = "users export";

/// Fields of an account that its authentication policy decides: after a change of policies an export no longer tells
/// them. Of `authentication_policies` it is every field.
static POLICY_FIELDS: &[&str] = &[
    "sso",
    "authentication_path",
    "two_step_required",
    "authentication_policy",
    "authentication_policy_type",
    "password_policy",
    "password_strength",
    "password_expires_days",
    "idle_session_minutes",
];

/// Actions of the audit log that change what authentication policies set, each by its id or its name for people, and
/// of an action that changes any setting the name of the one that is meant.
///
/// Source: the vendor's list of events that Guard Detect reports (names), the fixtures of two log integrations (id and
/// setting); read 2026-11-18. The list of an organisation's own actions says which of them it knows.
pub const POLICY_CHANGES: [(&str, Option<&str>); 5] = [
    ("Authentication policy created", None),
    ("Authentication policy modified", None),
    ("Authentication policy removed", None),
    ("Two-step verification policy changed", None),
    ("org_settings_update", Some("AuthenticationPolicy")),
];

/// Whether an authentication policy decides the field `field` of the records of `dataset`.
pub fn is_policy_setting(dataset: &str, field: &str) -> bool {
    match dataset {
        "accounts" => POLICY_FIELDS.contains(&field),
        "authentication_policies" => true,
        _ => false,
    }
}

/// What people attest, as a source of fields.
pub const ATTESTATION: &str = "attestation";

const MANAGED: Source = Source {
    name: MANAGED_EXPORT,
    request: "console: Directory > Managed accounts > Export members",
    scope: None,
    needs: "an organisation administrator, who gets the file by e-mail",
    plan: None,
    page_records_max: None,
    requests_a_minute: None,
    deprecated_after: None,
    stands_in_for: None,
    about: "one row a managed account with the settings of its authentication policy; joined by e-mail; the export of a policy's members has the same columns",
};

const DOMAIN: Source = Source {
    name: DOMAIN_EXPORT,
    request: "console: Directory > Domains > Actions > Export accounts",
    scope: None,
    needs: "an organisation administrator, who gets the file by e-mail",
    plan: None,
    page_records_max: None,
    requests_a_minute: None,
    deprecated_after: None,
    stands_in_for: None,
    about: "one row an account on a domain of the organisation, claimed or not; joined by account id",
};

const USERS: Source = Source {
    name: USERS_EXPORT,
    request: "console: Directory > Users > Export users",
    scope: None,
    needs: "an organisation administrator, who gets the file by e-mail",
    plan: None,
    page_records_max: None,
    requests_a_minute: None,
    deprecated_after: None,
    stands_in_for: None,
    about: "one row a user of the directory, managed or not, with the days of last use; joined by account id",
};

const BY_MANAGED: &[&str] = &[MANAGED_EXPORT];
/// What policies set, people may attest as well.
const BY_MANAGED_OR_PEOPLE: &[&str] = &[MANAGED_EXPORT, ATTESTATION];
const BY_ANY: &[&str] = &[MANAGED_EXPORT, DOMAIN_EXPORT, USERS_EXPORT];

static SETTINGS: &[&str] = &[
    "type",
    "sso",
    "two_step_required",
    "password_policy",
    "idle_session_minutes",
];

pub(super) static AUTHENTICATION_POLICIES: Dataset = Dataset {
    name: "authentication_policies",
    record_is: "one authentication policy, as the rows of its members tell it, or as people attest it; a setting on which they differ is absent",
    noun: ("authentication policy", "authentication policies"),
    label: "name",
    sources: &[MANAGED],
    fields: &[
        field(
            "id",
            Id,
            "name of the policy; no source gives an id",
            BY_MANAGED_OR_PEOPLE,
        ),
        field("name", Text, "name of the policy", BY_MANAGED_OR_PEOPLE),
        field(
            "type",
            Word(POLICY_TYPES),
            "whether its members count for the bill of Atlassian Guard; a policy that does not cannot enforce single sign-on",
            BY_MANAGED_OR_PEOPLE,
        ),
        field(
            "sso",
            Boolean,
            "whether its members sign in through single sign-on",
            BY_MANAGED_OR_PEOPLE,
        ),
        field(
            "two_step_required",
            Boolean,
            "whether it requires two-step verification; absent where the export says only whether members have it on",
            BY_MANAGED_OR_PEOPLE,
        ),
        field(
            "password_policy",
            Text,
            "password requirements as the export writes them; `null`: the cell is empty, as under single sign-on",
            BY_MANAGED,
        ),
        field(
            "password_strength",
            Word(PASSWORD_STRENGTHS),
            "least strength of a password, weakest word first; `null`: no password requirements",
            BY_MANAGED_OR_PEOPLE,
        ),
        field(
            "password_expires_days",
            Integer,
            "days after which a password expires; `null`: never, or no password requirements",
            BY_MANAGED_OR_PEOPLE,
        )
        .counted_in("days"),
        field(
            "idle_session_minutes",
            Integer,
            "how long a session may be idle",
            BY_MANAGED_OR_PEOPLE,
        )
        .counted_in("minutes"),
        field(
            "member_count",
            Integer,
            "rows of the export that name it, each account once",
            BY_MANAGED,
        )
        .counted_in("members"),
        field(
            "active_member_count",
            Integer,
            "members whose row says active; absent where the status of one is not known",
            BY_MANAGED,
        )
        .counted_in("members"),
        field(
            "contradictions",
            List(&Word(SETTINGS)),
            "settings on which the rows of its members differ, or an export and an attestation; such a setting is absent. Absent itself where no two are known to differ and some rows do not tell what others do",
            BY_MANAGED_OR_PEOPLE,
        ),
    ],
};

static EXPORT_FIELDS: &[Field] = &[
    field("id", Id, "kind and digest of the file", BY_ANY),
    field("file", Text, "name of the file, without its folder", BY_ANY),
    field(
        "kind",
        Word(&["managed_accounts", "domain_accounts", "users"]),
        "which export of the console it is, told by its header",
        BY_ANY,
    ),
    field(
        "extracted_on",
        Date,
        "the day that it was taken: as whoever gave it says, or the newest day of activity in it, which is at or before the true day; absent if neither is there",
        BY_ANY,
    ),
    field(
        "dated_by",
        Word(&["stated", "newest_activity"]),
        "who says the day: whoever gave it, or its rows",
        BY_ANY,
    ),
    field("rows", Integer, "rows below the header", BY_ANY).counted_in("rows"),
    field(
        "matched_rows",
        Integer,
        "rows joined to one account of the API",
        BY_ANY,
    )
    .counted_in("rows"),
    field(
        "unmatched_rows",
        Integer,
        "rows of accounts that the API does not list",
        BY_ANY,
    )
    .counted_in("rows"),
    field(
        "unjoinable_rows",
        Integer,
        "rows without a key that reads, or whose e-mail several accounts have",
        BY_ANY,
    )
    .counted_in("rows"),
    field(
        "duplicate_rows",
        Integer,
        "rows whose account another row has as well",
        BY_ANY,
    )
    .counted_in("rows"),
    field(
        "missing_accounts",
        Integer,
        "accounts of the API that belong in it and are in no row: managed ones, of the users export everyone in a directory; without those that joined on its day or later",
        BY_ANY,
    )
    .counted_in("accounts"),
    field(
        "unread_cells",
        Integer,
        "cells whose value is not known, left unknown",
        BY_ANY,
    )
    .counted_in("cells"),
];

pub(super) static EXPORTS: Dataset = Dataset {
    name: "exports",
    record_is: "one export of the console that was given, held against what the API lists; none were given where there is no record",
    noun: ("export", "exports"),
    label: "file",
    sources: &[MANAGED, DOMAIN, USERS],
    fields: EXPORT_FIELDS,
};

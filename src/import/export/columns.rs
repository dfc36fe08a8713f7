//! The columns of the three exports: their headers, and the words of their cells. One table.
//!
//! The vendor documents names of fields, not headers, and no word of a cell. What stands here is the documented
//! name, spellings seen beside it, and plain words; whatever else a file holds is left unknown and told, and can
//! be taught with `--map`. Source: support.atlassian.com, "Export managed accounts", "Export members from
//! authentication policies", "Export accounts from domains", "Export users from a site", read 2026-11.

/// Whether the account administers the organisation; no field of the catalog, since the API tells roles.
pub const TOLD_ORG_ADMIN: &str = "org_admin";

/// A column that is understood.
#[derive(Debug)]
pub(super) struct Column {
    pub role: Role,
    /// Its name here, as `--map` takes it.
    pub name: &'static str,
    /// Its headers: lower case, words separated by one blank.
    pub headers: &'static [&'static str],
    /// What its cells hold, each with the word that it means: lower case, words separated by one blank.
    pub words: &'static [(&'static str, &'static str)],
}

/// What a column tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    AccountId,
    Name,
    Email,
    Status,
    LastActive,
    /// One column a product and site, of the users export.
    LastSeen,
    Billable,
    PolicyName,
    PolicyType,
    Sso,
    TwoStep,
    Password,
    Session,
    Claimed,
    EmailVerified,
    AddedToOrg,
    OrgAdmin,
    /// One column a product, listing sites.
    Product,
}

impl Role {
    /// What its cells tell of an account, as far as an older file may tell it otherwise.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Role::Status => &["account_status", "membership_status"],
            Role::Billable => &["billable"],
            Role::PolicyType => &["authentication_policy_type"],
            Role::Sso => &["sso", "authentication_path"],
            Role::TwoStep => &["two_step_required", "mfa_enabled"],
            Role::Password => &["password_strength", "password_expires_days"],
            Role::Session => &["idle_session_minutes"],
            Role::Claimed => &["claimed_by"],
            Role::EmailVerified => &["email_verified"],
            Role::OrgAdmin => &[TOLD_ORG_ADMIN],
            // Names are read as they are, and of days the newest counts, whichever file tells it.
            Role::AccountId
            | Role::Name
            | Role::Email
            | Role::PolicyName
            | Role::LastActive
            | Role::LastSeen
            | Role::AddedToOrg
            | Role::Product => &[],
        }
    }
}

const YES: &[(&str, &str)] = &[
    ("yes", "yes"),
    ("y", "yes"),
    ("true", "yes"),
    ("no", "no"),
    ("n", "no"),
    ("false", "no"),
];

/// Words of a password's least strength.
pub(super) const STRENGTHS: &[(&str, &str)] = &[
    ("weak", "weak"),
    ("fair", "fair"),
    ("good", "good"),
    ("strong", "strong"),
    ("very strong", "very_strong"),
];

/// Every column. A header that stands under no column is not read.
pub(super) static COLUMNS: &[Column] = &[
    Column {
        role: Role::AccountId,
        name: "account_id",
        headers: &[
            "atlassian id",
            "atlassian account id",
            "account id",
            "user id",
        ],
        words: &[],
    },
    Column {
        role: Role::Email,
        name: "email",
        headers: &["email", "e mail", "email address", "e mail address"],
        words: &[],
    },
    Column {
        role: Role::Name,
        name: "name",
        headers: &["name", "user name", "full name", "display name"],
        words: &[],
    },
    Column {
        role: Role::Status,
        name: "status",
        headers: &["status", "user status", "account status"],
        words: &[
            ("active", "active"),
            ("deactivated", "deactivated"),
            ("inactive", "deactivated"),
            ("suspended", "suspended"),
        ],
    },
    Column {
        role: Role::LastActive,
        name: "last_active",
        headers: &["last active", "last active time", "last active date"],
        words: &[("never", "never"), ("never accessed", "never")],
    },
    Column {
        role: Role::LastSeen,
        name: "last_seen",
        // Followed by product and site.
        headers: &["last seen in"],
        words: &[("never", "never"), ("never accessed", "never")],
    },
    Column {
        role: Role::Billable,
        name: "billable",
        headers: &["billable"],
        words: YES,
    },
    Column {
        role: Role::PolicyName,
        name: "policy_name",
        headers: &[
            "policy name",
            "authentication policy",
            "authentication policy name",
        ],
        words: &[],
    },
    Column {
        role: Role::PolicyType,
        name: "policy_type",
        headers: &["policy type", "authentication policy type"],
        words: &[
            ("billable", "billable"),
            ("non billable", "non_billable"),
            ("nonbillable", "non_billable"),
            ("not billable", "non_billable"),
        ],
    },
    Column {
        role: Role::Sso,
        name: "sso",
        headers: &["saml single sign on", "saml sso", "single sign on", "sso"],
        words: &[
            ("yes", "yes"),
            ("true", "yes"),
            ("enforced", "yes"),
            ("required", "yes"),
            ("enabled", "yes"),
            ("on", "yes"),
            ("no", "no"),
            ("false", "no"),
            ("not enforced", "no"),
            ("not required", "no"),
            ("not enabled", "no"),
            ("disabled", "no"),
            ("off", "no"),
        ],
    },
    Column {
        role: Role::TwoStep,
        name: "two_step",
        headers: &[
            "two step verification",
            "two step verification enabled",
            "2 step verification",
            "2sv",
        ],
        // The vendor says that the column tells whether members have it on: that a policy asks for it is
        // known only where the word says so.
        words: &[
            ("required", "required"),
            ("enforced", "required"),
            ("mandatory", "required"),
            ("not required", "optional"),
            ("not enforced", "optional"),
            ("optional", "optional"),
            ("yes", "on"),
            ("true", "on"),
            ("enabled", "on"),
            ("on", "on"),
            ("no", "off"),
            ("false", "off"),
            ("not enabled", "off"),
            ("disabled", "off"),
            ("off", "off"),
        ],
    },
    Column {
        role: Role::Password,
        name: "password",
        headers: &["password requirements", "password policy"],
        words: STRENGTHS,
    },
    Column {
        role: Role::Session,
        name: "session",
        headers: &["idle session duration", "idle session"],
        words: &[],
    },
    Column {
        role: Role::Claimed,
        name: "claimed",
        headers: &["claimed", "claim status"],
        // The vendor's sentence can be read both ways, so that a plain yes or no says nothing.
        words: &[
            ("claimed by your organization", "this_organization"),
            ("claimed by this organization", "this_organization"),
            ("your organization", "this_organization"),
            ("this organization", "this_organization"),
            ("claimed by another organization", "another_organization"),
            ("claimed by other organization", "another_organization"),
            ("another organization", "another_organization"),
            ("other organization", "another_organization"),
            ("unclaimed", "nobody"),
            ("not claimed", "nobody"),
            ("nobody", "nobody"),
        ],
    },
    Column {
        role: Role::EmailVerified,
        name: "email_verified",
        headers: &["verified email", "email verified"],
        words: &[
            ("yes", "yes"),
            ("true", "yes"),
            ("verified", "yes"),
            ("no", "no"),
            ("false", "no"),
            ("not verified", "no"),
            ("unverified", "no"),
        ],
    },
    Column {
        role: Role::AddedToOrg,
        name: "added_to_org",
        headers: &["added to org", "added to organization"],
        words: &[],
    },
    Column {
        role: Role::OrgAdmin,
        name: "org_role",
        headers: &["org role", "organization role"],
        words: &[
            ("org admin", "org_admin"),
            ("organization admin", "org_admin"),
            ("none", "other"),
            ("user", "other"),
            ("member", "other"),
        ],
    },
    Column {
        role: Role::Product,
        name: "product",
        headers: &[
            "bitbucket",
            "confluence",
            "jira",
            "jira core",
            "jira product discovery",
            "jira service desk",
            "jira service management",
            "jira software",
            "jira work management",
            "opsgenie",
            "statuspage",
            "trello",
        ],
        words: &[],
    },
];

impl Column {
    /// The column that `header` is of.
    pub fn of_header(header: &str) -> Option<&'static Column> {
        let header = normal(header);
        COLUMNS.iter().find(|column| {
            column.headers.iter().any(|known| match column.role {
                Role::LastSeen => header.starts_with(known),
                _ => header == *known,
            })
        })
    }

    /// The column called `name`.
    pub fn named(name: &str) -> Option<&'static Column> {
        COLUMNS.iter().find(|column| column.name == name)
    }

    /// The word that a cell means.
    pub fn word(&self, cell: &str) -> Option<&'static str> {
        word(self.words, cell)
    }

    /// Whether several columns of a file may be of this kind.
    pub fn may_repeat(&self) -> bool {
        matches!(self.role, Role::LastSeen | Role::Product)
    }
}

/// The word that `cell` means in `words`. A word of the table is also what it stands for: `very_strong`.
pub(super) fn word(words: &'static [(&str, &str)], cell: &str) -> Option<&'static str> {
    let cell = normal(cell);
    words
        .iter()
        .find(|(known, word)| *known == cell || normal(word) == cell)
        .map(|(_, word)| *word)
}

/// Lower case, words separated by one blank, without signs. Spelling differs: organisation is organization.
pub(super) fn normal(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ").replace("organisation", "organization")
}

//! The datasets of a snapshot: their fields, types, units, known words, sources and scopes.
//!
//! One file per dataset, each a single `static`. Everything that names a field (controls, assembly,
//! `tickmark datasets`, the scanner) asks this list; nothing else knows what a record looks like.
//! The catalog says what *may* be in a record; which collector fills it stands in `collect`.

mod accounts;
mod admin_role_assignments;
mod allowlist_ranges;
mod api_keys;
mod api_tokens;
mod authentication_policy_members;
mod classification_levels;
mod directories;
mod domains;
mod entitlements;
mod event_actions;
mod events;
mod exports;
mod groups;
mod input;
mod oauth_clients;
mod organization;
mod policies;
mod scim_groups;
mod scim_users;
mod service_accounts;
mod workspaces;

use std::fmt;

pub use exports::{
    ATTESTATION, DOMAIN_EXPORT, MANAGED_EXPORT, POLICY_CHANGES, USERS_EXPORT, is_policy_setting,
};
pub use input::{DatasetRef, FieldRef, INPUTS, InputField, InputSchema};

/// Every dataset, in the order in which a snapshot lists them.
pub static DATASETS: &[&Dataset] = &[
    &organization::ORGANIZATION,
    &directories::DIRECTORIES,
    &domains::DOMAINS,
    &accounts::ACCOUNTS,
    &groups::GROUPS,
    &entitlements::GROUP_MEMBERS,
    &entitlements::ROLE_ASSIGNMENTS,
    &entitlements::PRODUCT_ACCESS,
    &admin_role_assignments::ADMIN_ROLE_ASSIGNMENTS,
    &authentication_policy_members::AUTHENTICATION_POLICY_MEMBERS,
    &exports::AUTHENTICATION_POLICIES,
    &policies::POLICIES,
    &allowlist_ranges::ALLOWLIST_RANGES,
    &workspaces::WORKSPACES,
    &api_tokens::API_TOKENS,
    &api_keys::API_KEYS,
    &service_accounts::SERVICE_ACCOUNTS,
    &oauth_clients::OAUTH_CLIENTS,
    &classification_levels::CLASSIFICATION_LEVELS,
    &event_actions::EVENT_ACTIONS,
    &scim_users::SCIM_USERS,
    &scim_groups::SCIM_GROUPS,
    &events::EVENTS,
    &exports::EXPORTS,
];

/// The dataset called `name`, if the catalog knows it.
pub fn dataset(name: &str) -> Option<&'static Dataset> {
    DATASETS
        .iter()
        .copied()
        .find(|dataset| dataset.name == name)
}

/// All records of one kind: what one record is, and where it comes from.
#[derive(Debug)]
pub struct Dataset {
    /// Name in snapshots and controls: snake_case, plural.
    pub name: &'static str,
    /// What one record stands for, as a noun phrase: "one account, managed or not".
    pub record_is: &'static str,
    /// Noun for counting its records in reports: ("account", "accounts").
    pub noun: (&'static str, &'static str),
    /// The field shown beside a subject's id, for a reader.
    pub label: &'static str,
    /// Requests that fill it, main one first.
    pub sources: &'static [Source],
    /// Every field, in the order in which a canonical line holds them. The first is always `id`.
    pub fields: &'static [Field],
}

impl Dataset {
    /// Whether a request to the API fills it; the others come from exports of the console.
    pub fn is_collected(&self) -> bool {
        self.sources.iter().any(Source::is_api)
    }

    /// Whether each directory that it is read from has a key of its own, which is not the organisation's.
    pub fn has_own_keys(&self) -> bool {
        let main = self.sources.first();
        main.is_some_and(|source| source.request.contains("/scim/directory/"))
    }

    /// The field that tells when what a record stands for happened, where that is what the records are in order of.
    pub fn time_key(&self) -> Option<&'static Field> {
        let time = self.field("time");
        time.filter(|field| field.kind == FieldType::Timestamp)
    }

    /// The field called `name`.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Place of the field called `name` in a canonical line, counted from 0.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }
}

/// The source called `name`: one of `dataset`, or else of another whose answers are joined to it.
pub fn source(dataset: &Dataset, name: &str) -> Option<&'static Source> {
    let own = dataset.sources.iter();
    let others = DATASETS.iter().flat_map(|dataset| dataset.sources);
    own.chain(others).find(|source| source.name == name)
}

/// A request (or an input) that fills fields of a dataset.
#[derive(Debug)]
pub struct Source {
    /// Short name, as findings cite it: `users/search`, `v1 users`.
    pub name: &'static str,
    /// Method and path below the API's host, `{org}` for the organisation id; of an export `console: ` and
    /// where it is made.
    pub request: &'static str,
    /// Scope that the key needs, or `None` where the vendor states none.
    pub scope: Option<&'static str>,
    /// What else there must be for this source to answer, and how it answers without; empty if nothing.
    pub needs: &'static str,
    /// Plan that the vendor offers it with, or `None` where it names none.
    pub plan: Option<&'static str>,
    /// Most records of one page that the vendor documents, or `None` where it documents no limit.
    pub page_records_max: Option<u32>,
    /// Most requests a minute that the vendor documents, or `None` where it documents no limit.
    pub requests_a_minute: Option<u32>,
    /// Day (ISO 8601) after which the vendor may switch the endpoint off.
    pub deprecated_after: Option<&'static str>,
    /// The newer source that it is asked instead of, where the API does not know that one. What that one
    /// gives, this one may give.
    pub stands_in_for: Option<&'static str>,
    /// What the source gives, and what a missing one costs.
    pub about: &'static str,
}

impl Source {
    /// Method and path, where it is a request to an API.
    pub fn endpoint(&self) -> Option<(&'static str, &'static str)> {
        let (method, path) = self.request.split_once(' ')?;
        (["GET", "POST"].contains(&method) && path.starts_with('/')).then_some((method, path))
    }

    /// The limits that the vendor documents for it, in words; empty where it documents none.
    pub fn limits(&self) -> String {
        let page = self
            .page_records_max
            .map(|records| format!("{records} records a page"));
        let rate = self
            .requests_a_minute
            .map(|requests| format!("{requests} requests a minute"));
        let limits: Vec<String> = page.into_iter().chain(rate).collect();
        limits.join(", ")
    }

    /// Whether it is a request to the API, and no export of the console.
    pub fn is_api(&self) -> bool {
        !self.request.starts_with("console: ")
    }
}

/// One field of a record.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// Name in snake_case.
    pub name: &'static str,
    /// Type of its value when it is known.
    pub kind: FieldType,
    /// Unit of a number, if any.
    pub unit: Option<&'static str>,
    /// What the value says, in one sentence a control's author can rely on.
    pub meaning: &'static str,
    /// Names of the [`Source`]s that may give it, preferred first.
    pub sources: &'static [&'static str],
    /// What it means that a source answered without this field.
    pub omission: Omission,
    /// How many of its sources have to answer for it to be known.
    pub join: Join,
}

/// How many of a field's sources have to answer for the field to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// Any of them tells it.
    AnySource,
    /// It is made from all of them: where one is missing, the field is absent from some records or all.
    EverySource,
}

/// Type of a field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// Free text.
    Text,
    /// An identifier: compared whole, never parsed.
    Id,
    /// An e-mail address, trimmed and ASCII lower case.
    Email,
    /// A DNS name in lower case.
    DomainName,
    /// An IP address or range in CIDR notation.
    IpRange,
    /// true or false.
    Boolean,
    /// A whole number.
    Integer,
    /// RFC 3339, UTC, ending in `Z`.
    Timestamp,
    /// `YYYY-MM-DD`, a day without a time.
    Date,
    /// One of a closed list of words: another word behaves as absent and is listed in the manifest.
    Word(&'static [&'static str]),
    /// An open word: the vendor may add to the list at any time, so every text is taken; one that the list
    /// does not hold is listed in the manifest.
    OpenWord(&'static [&'static str]),
    /// A list of values of one type. Order carries no meaning; assembly sorts it.
    List(&'static FieldType),
    /// A list of small records.
    Records(&'static [Field]),
}

impl FieldType {
    /// The words that the catalog knows, for word types; `None` if it knows none.
    pub fn words(&self) -> Option<&'static [&'static str]> {
        match self {
            // An open list may be empty: no word of it is documented.
            FieldType::Word(words) | FieldType::OpenWord(words) => {
                Some(*words).filter(|words| !words.is_empty())
            }
            FieldType::List(inner) => inner.words(),
            _ => None,
        }
    }
}

impl FieldType {
    /// `text` as a record holds it: e-mail addresses and domain names trimmed, in ASCII lower case.
    pub fn normalized(&self, text: &str) -> String {
        match self {
            FieldType::Email | FieldType::DomainName => text.trim().to_ascii_lowercase(),
            _ => text.to_owned(),
        }
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FieldType::Text => f.write_str("text"),
            FieldType::Id => f.write_str("id"),
            FieldType::Email => f.write_str("e-mail"),
            FieldType::DomainName => f.write_str("domain"),
            FieldType::IpRange => f.write_str("IP range"),
            FieldType::Boolean => f.write_str("boolean"),
            FieldType::Integer => f.write_str("integer"),
            FieldType::Timestamp => f.write_str("timestamp"),
            FieldType::Date => f.write_str("date"),
            FieldType::Word(_) => f.write_str("word"),
            FieldType::OpenWord(_) => f.write_str("open word"),
            FieldType::List(inner) => write!(f, "list of {inner}"),
            FieldType::Records(_) => f.write_str("list of records"),
        }
    }
}

/// What it means that a source answered a record without this field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Omission {
    /// Known to be none: assembly writes `null`.
    None,
    /// Not known: assembly leaves the field absent, and what rests on it is unknown.
    Unknown,
}

/// Shorthand for the tables in this folder: a field without a unit whose omission is unknown.
const fn field(
    name: &'static str,
    kind: FieldType,
    meaning: &'static str,
    sources: &'static [&'static str],
) -> Field {
    Field {
        name,
        kind,
        unit: None,
        meaning,
        sources,
        omission: Omission::Unknown,
        join: Join::AnySource,
    }
}

impl Field {
    /// The same field, where an omission by an answering source means none.
    const fn none_if_omitted(mut self) -> Field {
        self.omission = Omission::None;
        self
    }

    /// The same field, made from all of its sources.
    const fn of_every_source(mut self) -> Field {
        self.join = Join::EverySource;
        self
    }

    /// The same field, counted in `unit`.
    const fn counted_in(mut self, unit: &'static str) -> Field {
        self.unit = Some(unit);
        self
    }
}

#[cfg(test)]
mod tests;

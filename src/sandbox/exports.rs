//! The three exports that the organisation's console would send, and what is true of them.
//!
//! The vendor documents names of the fields, not headers and cells: these are the documented names with plain words.
//! A variant spoils them the way real files are spoilt. What is true of an account under a variant is told here as
//! well, from the same cases and never from a file.

use std::collections::BTreeMap;

use csv::{QuoteStyle, Terminator, WriterBuilder};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::world::{
    Account, AccountKind, AccountStatus, AuthenticationPolicy, DAY_MS, Role, World,
};

/// Days between the stale exports and the moment of the organisation.
const STALE_DAYS: i64 = 60;

/// Minutes of the session that a second row tells of an account, where rows differ.
pub(super) const CONTRADICTING_MINUTES: i64 = 3 * 24 * 60;

/// How the exports are spoilt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExportVariant {
    /// Not at all: taken on the day, every account in them.
    #[default]
    Fresh,
    /// Too old to count.
    Stale,
    /// Two files and several rows tell some accounts differently.
    Conflicting,
    /// One file alone, in which accounts, words and addresses are missing, and others are too many.
    Incomplete,
}

/// Every variant by its name, with what it is for.
pub const EXPORT_VARIANTS: &[(&str, &str, ExportVariant)] = &[
    (
        "fresh",
        "taken today, every account in them",
        ExportVariant::Fresh,
    ),
    ("stale", "taken 60 days ago", ExportVariant::Stale),
    (
        "conflicting",
        "files and rows tell some accounts differently",
        ExportVariant::Conflicting,
    ),
    (
        "incomplete",
        "accounts, words and addresses are missing, others are too many",
        ExportVariant::Incomplete,
    ),
];

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedFile {
    /// Its name.
    pub name: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What exports tell of one account, all of them together; `None` is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportTruth {
    /// Whether it signs in through single sign-on.
    pub sso: Option<bool>,
    /// Whether its policy requires two-step verification.
    pub two_step_required: Option<bool>,
    /// Name of its policy.
    pub policy: Option<String>,
    /// Whether members of the policy are billed.
    pub policy_billable: Option<bool>,
    /// Minutes that a session may be idle.
    pub idle_session_minutes: Option<i64>,
    /// Least strength of its password; under single sign-on there is none to ask.
    pub password_strength: Option<&'static str>,
    /// Whether this organisation owns it.
    pub is_claimed_here: Option<bool>,
    /// Whether some export tells it otherwise than another.
    pub is_disputed: bool,
    /// Whether one export tells something of it in two ways, so that nobody can say whether all sources agree.
    pub is_told_twice: bool,
}

/// How a file is written.
struct Style {
    delimiter: u8,
    quote: QuoteStyle,
    terminator: Terminator,
    encoding: Encoding,
}

#[derive(Clone, Copy)]
enum Encoding {
    Plain,
    ByteOrderMark,
    Utf16Le,
}

impl ExportVariant {
    /// The variant of that name in [`EXPORT_VARIANTS`].
    pub fn named(name: &str) -> Option<ExportVariant> {
        let found = EXPORT_VARIANTS
            .iter()
            .find(|(known, _, _)| *known == name)?;
        Some(found.2)
    }

    fn style(self) -> Style {
        let (delimiter, quote, terminator, encoding) = match self {
            ExportVariant::Fresh => (
                b',',
                QuoteStyle::Necessary,
                Terminator::Any(b'\n'),
                Encoding::Plain,
            ),
            ExportVariant::Stale => (
                b';',
                QuoteStyle::Necessary,
                Terminator::CRLF,
                Encoding::ByteOrderMark,
            ),
            ExportVariant::Conflicting => (
                b'\t',
                QuoteStyle::Necessary,
                Terminator::CRLF,
                Encoding::Utf16Le,
            ),
            ExportVariant::Incomplete => {
                (b',', QuoteStyle::Always, Terminator::CRLF, Encoding::Plain)
            }
        };
        Style {
            delimiter,
            quote,
            terminator,
            encoding,
        }
    }

    /// Whether the domain export tells single sign-on of the account at `place` otherwise.
    fn disputes(self, place: usize) -> bool {
        self == ExportVariant::Conflicting && place.is_multiple_of(7)
    }

    /// Whether the account at `place` has two rows that differ in the session.
    pub(super) fn contradicts(self, place: usize) -> bool {
        self == ExportVariant::Conflicting && place % 11 == 3
    }

    pub(super) fn leaves_out(self, place: usize) -> bool {
        self == ExportVariant::Incomplete && place.is_multiple_of(5)
    }

    /// Whether the cell of single sign-on holds a word that nobody knows.
    pub(super) fn hides_sso(self, place: usize) -> bool {
        self == ExportVariant::Incomplete && place % 6 == 1
    }

    fn repeats(self, place: usize) -> bool {
        self == ExportVariant::Incomplete && place % 9 == 4
    }
}

/// The day that the exports of `variant` were taken.
pub fn exported_on(world: &World, variant: ExportVariant) -> Date {
    day(exported_at(world, variant))
}

fn exported_at(world: &World, variant: ExportVariant) -> Timestamp {
    let days = match variant {
        ExportVariant::Stale => STALE_DAYS,
        _ => 0,
    };
    Timestamp::from_millisecond(world.as_of.as_millisecond() - days * DAY_MS)
        .expect("a few weeks before a date of this millennium")
}

fn day(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}

/// The exports of `world`. An organisation without managed accounts exports its users only.
pub fn exports(world: &World, variant: ExportVariant) -> Vec<ExportedFile> {
    let mut files = Vec::new();
    if members(world, variant).next().is_some() {
        files.push(file(
            "managed-accounts.csv",
            managed(world, variant),
            variant,
        ));
        if variant != ExportVariant::Incomplete {
            files.push(file("domain-accounts.csv", domain(world, variant), variant));
        }
    }
    if variant != ExportVariant::Incomplete {
        files.push(file("users.csv", users(world, variant), variant));
    }
    files
}

fn file(name: &'static str, rows: Vec<Vec<String>>, variant: ExportVariant) -> ExportedFile {
    let style = variant.style();
    let mut writer = WriterBuilder::new()
        .delimiter(style.delimiter)
        .quote_style(style.quote)
        .terminator(style.terminator)
        .from_writer(Vec::new());
    for row in rows {
        writer
            .write_record(row)
            .expect("every row has a cell a column, and memory takes them");
    }
    let plain = writer.into_inner().expect("memory takes everything");
    let bytes = match style.encoding {
        Encoding::Plain => plain,
        Encoding::ByteOrderMark => [b"\xef\xbb\xbf", plain.as_slice()].concat(),
        Encoding::Utf16Le => {
            let text = String::from_utf8(plain).expect("it was written from text");
            let units = std::iter::once(0xfeff).chain(text.encode_utf16());
            units.flat_map(u16::to_le_bytes).collect()
        }
    };
    ExportedFile { name, bytes }
}

fn header(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Persons in a policy, with their places, as far as they were there when the exports were taken.
pub(super) fn members(
    world: &World,
    variant: ExportVariant,
) -> impl Iterator<Item = (usize, &Account, &AuthenticationPolicy)> {
    let taken = exported_at(world, variant);
    world
        .accounts
        .iter()
        .enumerate()
        .filter_map(move |(place, account)| {
            let policy = world.authentication_policy_of(place)?;
            let is_there = account.status != AccountStatus::Closed && account.added <= taken;
            is_there.then(|| (place, account, &world.authentication_policies[policy]))
        })
}

fn managed(world: &World, variant: ExportVariant) -> Vec<Vec<String>> {
    let mut rows = vec![header(&[
        "Name",
        "Email",
        "Last active",
        "Status",
        "Billable",
        "Policy name",
        "Policy type",
        "SAML single sign-on",
        "Two-step verification",
        "Password requirements",
        "Idle session duration",
        "Jira",
        "Confluence",
    ])];
    for (place, account, policy) in members(world, variant) {
        if variant.leaves_out(place) {
            continue;
        }
        let sso = match (variant.hides_sso(place), policy.sso) {
            (true, _) => "Legacy",
            (false, true) => "Enforced",
            (false, false) => "Not enforced",
        };
        let row = |idle: &str| {
            vec![
                account.name.clone(),
                account.address.known().unwrap_or_default().to_owned(),
                last_active(world, variant, account),
                status(account).to_owned(),
                yes(account.billable).to_owned(),
                policy.name.clone(),
                policy_type(policy).to_owned(),
                sso.to_owned(),
                if policy.two_step_required {
                    "Required"
                } else {
                    "Optional"
                }
                .to_owned(),
                if policy.sso { "" } else { policy.password }.to_owned(),
                idle.to_owned(),
                String::new(),
                String::new(),
            ]
        };
        rows.push(row(policy.idle_session));
        if variant.contradicts(place) {
            rows.push(row("3 days"));
        }
        if variant.repeats(place) {
            rows.push(row(policy.idle_session));
        }
    }
    if variant == ExportVariant::Incomplete {
        let stranger = |name: &str, email: &str| {
            let cells = [
                name,
                email,
                "",
                "Active",
                "Yes",
                "Staff with single sign-on",
                "Billable",
                "Enforced",
                "Optional",
                "",
                "8 hours",
                "",
                "",
            ];
            header(&cells)
        };
        rows.push(stranger("A Stranger", "stranger@tarnbrook.example"));
        rows.push(stranger(
            "=HYPERLINK(\"https://bad.example\")",
            "another.stranger@tarnbrook.example",
        ));
        rows.push(stranger("Nobody", ""));
    }
    rows
}

fn domain(world: &World, variant: ExportVariant) -> Vec<Vec<String>> {
    let mut rows = vec![header(&[
        "Atlassian ID",
        "Name",
        "Status",
        "Last active",
        "Claimed",
        "Billable",
        "Policy type",
        "SAML single sign-on",
        "Two-step verification",
        "Verified email",
    ])];
    for (place, account, policy) in members(world, variant) {
        let sso = policy.sso != variant.disputes(place);
        rows.push(vec![
            account.id.clone(),
            account.name.clone(),
            status(account).to_owned(),
            last_active(world, variant, account),
            "Claimed by your organization".to_owned(),
            yes(account.billable).to_owned(),
            policy_type(policy).to_owned(),
            yes(sso).to_owned(),
            account.mfa.map_or("", yes).to_owned(),
            yes(account.email_verified).to_owned(),
        ]);
    }
    rows
}

fn users(world: &World, variant: ExportVariant) -> Vec<Vec<String>> {
    let taken = exported_at(world, variant);
    let mut rows = vec![header(&[
        "User id",
        "User name",
        "email",
        "User status",
        "Added to org",
        "Org role",
        "Last seen in Jira - tarnbrook",
    ])];
    for account in &world.accounts {
        let is_in = !account.memberships.is_empty()
            && account.kind == AccountKind::Person
            && account.status == AccountStatus::Active
            && account.added <= taken;
        if !is_in {
            continue;
        }
        let is_admin = account.roles.contains(&Role::OrgAdmin);
        let seen = last_active(world, variant, account);
        rows.push(vec![
            account.id.clone(),
            account.name.clone(),
            account.address.shown().unwrap_or_default().to_owned(),
            status(account).to_owned(),
            in_words(day(account.added)),
            if is_admin { "Org admin" } else { "None" }.to_owned(),
            seen.parse().map_or("Never accessed".to_owned(), in_words),
        ]);
    }
    rows
}

/// `3 Jan 2024`.
fn in_words(day: Date) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let month = usize::try_from(day.month()).map_or("", |month| MONTHS[month - 1]);
    format!("{} {month} {}", day.day(), day.year())
}

/// The newest day of activity up to the day of the exports; empty if there is none.
fn last_active(world: &World, variant: ExportVariant, account: &Account) -> String {
    let taken = exported_at(world, variant);
    let newest = account.newest_activity().filter(|time| *time <= taken);
    newest.map_or(String::new(), |time| day(time).to_string())
}

fn status(account: &Account) -> &'static str {
    match account.status {
        AccountStatus::Active => "Active",
        AccountStatus::Inactive | AccountStatus::Closed => "Deactivated",
    }
}

fn yes(value: bool) -> &'static str {
    if value { "Yes" } else { "No" }
}

fn policy_type(policy: &AuthenticationPolicy) -> &'static str {
    if policy.billable {
        "Billable"
    } else {
        "Non-billable"
    }
}

/// What the exports of `variant` tell of each account that they tell anything of, by account id.
pub fn export_truth(world: &World, variant: ExportVariant) -> BTreeMap<String, ExportTruth> {
    if variant == ExportVariant::Stale {
        return BTreeMap::new();
    }
    let mut known = BTreeMap::new();
    for (place, account, policy) in members(world, variant) {
        let mut truth = ExportTruth::default();
        // The export of managed accounts has no ids: a row is joined by the address, if the API tells it.
        let in_managed = account.address.shown().is_some() && !variant.leaves_out(place);
        let in_domain = variant != ExportVariant::Incomplete;
        truth.is_claimed_here = in_domain.then_some(true);
        if in_managed {
            truth.sso = (!variant.hides_sso(place)).then_some(policy.sso);
            truth.two_step_required = Some(policy.two_step_required);
            truth.policy = Some(policy.name.clone());
            truth.policy_billable = Some(policy.billable);
            let idle = (!variant.contradicts(place)).then_some(policy.idle_session_minutes);
            truth.idle_session_minutes = idle;
            truth.is_told_twice = variant.contradicts(place);
            truth.password_strength = (!policy.sso).then_some(policy.password_strength);
            truth.is_disputed = in_domain && variant.disputes(place);
        } else if in_domain {
            truth.sso = Some(policy.sso != variant.disputes(place));
            truth.policy_billable = Some(policy.billable);
        }
        known.insert(account.id.clone(), truth);
    }
    known
}

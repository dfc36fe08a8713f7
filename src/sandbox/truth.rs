//! What each built-in control has to find, told from the world and never from an answer.
//!
//! This is a second, plain telling of the controls: it shares no code with the engine, so that an
//! assessment of what the sandbox's API answered can be compared with it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use jiff::Timestamp;

use super::exports::{ExportTruth, ExportVariant, export_truth, exports};
use super::kind::KeyState;
use super::people::PeopleVariant;
use super::reviews::ReviewVariant;
use super::statements::ListVariant;
use super::world::{
    Account, AccountStatus, ClaimStatus, DAY_MS, Management, Policy, Role, ScimDirectory, ScimKey,
    ScimPerson, Workspace, World,
};

mod exports;
mod library;
mod lists;

/// Parameters of the controls, at their defaults.
const IDLE_DAYS: i64 = 90;
const NEW_ACCOUNT_DAYS: i64 = 30;
const NEW_TOKEN_DAYS: i64 = 14;
const UNUSED_TOKEN_DAYS: i64 = 90;
const ORG_ADMINS: std::ops::RangeInclusive<usize> = 2..=5;
const PREFIX_LENGTH_MIN_V4: u8 = 16;
const PREFIX_LENGTH_MIN_V6: u8 = 32;

/// What one control has to find.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ControlTruth {
    /// `pass`, `fail`, `unknown` or `not_applicable`; the worst of its subjects wins.
    pub outcome: &'static str,
    /// Ids of the subjects that fail; `-` is the control itself.
    pub failing: BTreeSet<String>,
    /// Ids of the subjects of which nothing can be said.
    pub unknown: BTreeSet<String>,
}

/// What is given beside the answers of the API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// Exports of the console.
    pub exports: Option<ExportVariant>,
    /// Every list that the organisation keeps.
    pub lists: Option<ListVariant>,
    /// Answers to the questions of controls.
    pub answers: Option<PeopleVariant>,
    /// Sheets on accounts, administrators and tokens, kept so long ago that the time to act is over.
    pub reviews: Option<ReviewVariant>,
}

/// What every built-in control has to find in `world`, at its `as_of`, with what the organisation says of itself:
/// its plan, its [`parameters`](World::parameters) over the controls' own, and its [`lists`](World::lists); without
/// exports, answers and reviews.
pub fn truth(world: &World) -> BTreeMap<&'static str, ControlTruth> {
    let given = Given {
        lists: Some(ListVariant::Fresh),
        ..Given::default()
    };
    truth_given(world, given)
}

/// The same, where this is given. Provisioning directories are read where the sandbox has their key. What is refused
/// before anything is assessed counts as not given.
pub fn truth_given(world: &World, given: Given) -> BTreeMap<&'static str, ControlTruth> {
    let given = Given {
        answers: given.answers.filter(|variant| !variant.is_refused()),
        reviews: given.reviews.filter(|variant| !variant.is_refused()),
        ..given
    };
    truth_of(world, given, &Exported::new(world, given.exports))
}

/// What exports tell.
struct Exported {
    accounts: BTreeMap<String, ExportTruth>,
    /// Whether the export of managed accounts is there and counts.
    has_managed: bool,
    /// Whether the export of the accounts of domains is there and counts.
    has_domain: bool,
}

impl Exported {
    fn new(world: &World, variant: Option<ExportVariant>) -> Exported {
        let counts = |variant: &ExportVariant| *variant != ExportVariant::Stale;
        let files = variant
            .filter(counts)
            .map(|variant| exports(world, variant));
        let has = |name: &str| files.iter().flatten().any(|file| file.name == name);
        Exported {
            accounts: variant.map_or_else(BTreeMap::new, |variant| export_truth(world, variant)),
            has_managed: has("managed-accounts.csv"),
            has_domain: has("domain-accounts.csv"),
        }
    }

    fn get(&self, id: &str) -> Option<&ExportTruth> {
        self.accounts.get(id)
    }

    /// Whether an export is there that tells how accounts sign in.
    fn tells_sso(&self) -> bool {
        self.has_managed || self.has_domain
    }

    /// One finding for all who wait for such an export.
    fn joined(&self, mut found: ControlTruth) -> ControlTruth {
        if !self.tells_sso() && !found.unknown.is_empty() {
            found.unknown = BTreeSet::from(["-".to_owned()]);
        }
        found
    }
}

fn truth_of(
    world: &World,
    given: Given,
    exported: &Exported,
) -> BTreeMap<&'static str, ControlTruth> {
    let first = [
        (
            "accounts-sso",
            exported.joined(accounts_sso(world, exported)),
        ),
        (
            "accounts-two-step-or-sso",
            exported.joined(accounts_two_step_or_sso(world, exported)),
        ),
        (
            "admins-two-step-or-sso",
            exported.joined(admins_two_step_or_sso(world, exported)),
        ),
        ("domains-verified", domains_verified(world)),
        (
            "domains-no-pending-claims",
            domains_no_pending_claims(world),
        ),
        (
            "external-accounts-approved-domains",
            external_accounts(world),
        ),
        ("accounts-domain-verified", accounts_domain_verified(world)),
        ("accounts-idle", accounts_idle(world)),
        (
            "accounts-sources-agree",
            accounts_sources_agree(world, exported),
        ),
        (
            "organization-admins-count",
            organization_admins_count(world),
        ),
        ("api-tokens-expire", api_tokens_expire(world)),
        ("api-tokens-unused", api_tokens_unused(world)),
        ("workspaces-ip-allowlist", workspaces_ip_allowlist(world)),
        ("allowlist-no-wide-range", allowlist_no_wide_range(world)),
    ];
    let mut all: BTreeMap<&'static str, ControlTruth> = first
        .into_iter()
        .chain(library::truth(world, given.answers, exported))
        .chain(lists::truth(world, given, exported))
        .chain(exports::truth(world, given.exports))
        .collect();
    if !has_scopes(world) {
        for id in OF_DENIED {
            all.insert(id, subjects_unseen());
        }
    }
    all
}

/// The truth of a control none of whose subjects was seen.
fn subjects_unseen() -> ControlTruth {
    ControlTruth {
        outcome: "unknown",
        failing: BTreeSet::new(),
        unknown: BTreeSet::new(),
    }
}

/// Controls whose subjects nobody sees who lacks the scopes for groups, policies and API tokens.
const OF_DENIED: [&str; 8] = [
    "admin-groups-synced",
    "allowlist-approved-networks",
    "allowlist-no-wide-range",
    "api-tokens-expire",
    "api-tokens-expire-within",
    "api-tokens-of-organization-admins",
    "api-tokens-owner-active",
    "api-tokens-unused",
];

/// How one subject comes out.
enum Verdict {
    Pass,
    Fail,
    Unknown,
}

use Verdict::{Fail, Pass, Unknown};

/// Pass or fail.
fn holds(condition: bool) -> Verdict {
    if condition { Pass } else { Fail }
}

/// The truth of a control whose subjects, by id, come out so.
fn subjects(verdicts: impl Iterator<Item = (String, Verdict)>) -> ControlTruth {
    let (mut failing, mut unknown, mut population) = (BTreeSet::new(), BTreeSet::new(), 0_usize);
    for (id, verdict) in verdicts {
        population += 1;
        match verdict {
            Pass => continue,
            Fail => failing.insert(id),
            Unknown => unknown.insert(id),
        };
    }
    let outcome = match (failing.is_empty(), unknown.is_empty(), population) {
        (false, _, _) => "fail",
        (true, false, _) => "unknown",
        (true, true, 0) => "not_applicable",
        (true, true, _) => "pass",
    };
    ControlTruth {
        outcome,
        failing,
        unknown,
    }
}

/// Active persons on an account that the organisation owns.
fn managed_persons(world: &World) -> impl Iterator<Item = &Account> {
    let accounts = world.accounts.iter();
    accounts.filter(|account| account.managed && account.is_active_person())
}

/// Whether `time` lies no more than `days` before the world's moment.
fn within_last_days(world: &World, time: Timestamp, days: i64) -> bool {
    time.as_millisecond() >= world.as_of.as_millisecond() - days * DAY_MS
}

fn sso_of(exported: &Exported, account: &Account) -> Option<bool> {
    exported.get(&account.id).and_then(|told| told.sso)
}

fn accounts_sso(world: &World, exported: &Exported) -> ControlTruth {
    subjects(managed_persons(world).map(|account| {
        let verdict = sso_of(exported, account).map_or(Unknown, holds);
        (account.id.clone(), verdict)
    }))
}

fn accounts_two_step_or_sso(world: &World, exported: &Exported) -> ControlTruth {
    subjects(managed_persons(world).map(|account| two_step_or_sso(account, exported)))
}

fn admins_two_step_or_sso(world: &World, exported: &Exported) -> ControlTruth {
    let is_admin = |account: &&Account| {
        let admin = [Role::OrgAdmin, Role::SiteAdmin, Role::UserAccessAdmin];
        account.status == AccountStatus::Active
            && account.roles.iter().any(|role| admin.contains(role))
    };
    let admins = world.accounts.iter().filter(is_admin);
    subjects(admins.map(|account| two_step_or_sso(account, exported)))
}

/// Nobody fails while single sign-on may stand in, and nothing tells.
fn two_step_or_sso(account: &Account, exported: &Exported) -> (String, Verdict) {
    let verdict = match (account.mfa, sso_of(exported, account)) {
        (Some(true), _) | (_, Some(true)) => Pass,
        (Some(false), Some(false)) => Fail,
        (_, None) | (None, _) => Unknown,
    };
    (account.id.clone(), verdict)
}

fn domains_verified(world: &World) -> ControlTruth {
    subjects(world.corporate_domains().into_iter().map(|name| {
        let verdict = holds(world.is_verified(&name));
        (format!("expected:{name}"), verdict)
    }))
}

fn domains_no_pending_claims(world: &World) -> ControlTruth {
    subjects(world.domains.iter().map(|domain| {
        let pending = matches!(
            domain.claim,
            ClaimStatus::Unverified | ClaimStatus::MissingToken
        );
        (domain.id.clone(), holds(!pending))
    }))
}

/// The list of partner domains is empty by default, so that every known address fails.
fn external_accounts(world: &World) -> ControlTruth {
    let external = |account: &&Account| {
        !account.managed
            && account.status == AccountStatus::Active
            && !account.product_access.is_empty()
            && library::is_person(account) != Some(false)
    };
    subjects(world.accounts.iter().filter(external).map(|account| {
        let is_person = library::is_person(account) == Some(true);
        let verdict = if is_person && account.address.shown().is_some() {
            Fail
        } else {
            Unknown
        };
        (account.id.clone(), verdict)
    }))
}

fn accounts_domain_verified(world: &World) -> ControlTruth {
    subjects(managed_persons(world).map(|account| {
        let verdict = match account.address.shown_domain() {
            Some(domain) => holds(world.is_verified(&domain)),
            None => Unknown,
        };
        (account.id.clone(), verdict)
    }))
}

fn accounts_idle(world: &World) -> ControlTruth {
    subjects(managed_persons(world).filter_map(|account| {
        if within_last_days(world, account.added, NEW_ACCOUNT_DAYS) {
            return None;
        }
        let newest = account.newest_activity()?;
        let verdict = holds(within_last_days(world, newest, IDLE_DAYS));
        Some((account.id.clone(), verdict))
    }))
}

/// The lists of accounts never differ here; exports and an identity provider may. Active people whom it keeps and whom no
/// directory with a key holds show that there is another one, which may tell of them.
fn accounts_sources_agree(world: &World, exported: &Exported) -> ControlTruth {
    let opened: Vec<&ScimDirectory> = world
        .scim_directories
        .iter()
        .filter(|directory| directory.key == ScimKey::Known)
        .collect();
    let mut active_there: BTreeMap<usize, bool> = BTreeMap::new();
    for user in opened.iter().flat_map(|directory| &directory.users) {
        if let ScimPerson::Account(place) = user.person {
            active_there.insert(place, user.active);
        }
    }
    let is_synced = |account: &Account| account.management == Some(Management::Synced);
    let accounts = || world.accounts.iter().enumerate();
    let is_elsewhere = |(place, account): (usize, &Account)| {
        is_synced(account) && !active_there.contains_key(&place) && !opened.is_empty()
    };
    let all_opened = !accounts().any(|(place, account)| {
        is_elsewhere((place, account)) && account.status == AccountStatus::Active
    });
    subjects(accounts().map(|(place, account)| {
        let is_active = account.status == AccountStatus::Active;
        let told = exported.get(&account.id);
        let verdict = match active_there.get(&place) {
            _ if told.is_some_and(|told| told.is_disputed) => Fail,
            Some(active) => holds(*active == is_active),
            None if is_elsewhere((place, account)) && !all_opened => Unknown,
            None => Pass,
        };
        (account.id.clone(), verdict)
    }))
}

fn organization_admins_count(world: &World) -> ControlTruth {
    let is_org_admin = |account: &&Account| {
        account.status == AccountStatus::Active && account.roles.contains(&Role::OrgAdmin)
    };
    let count = world.accounts.iter().filter(is_org_admin).count();
    subjects(std::iter::once((
        "-".to_owned(),
        holds(ORG_ADMINS.contains(&count)),
    )))
}

fn api_tokens_expire(world: &World) -> ControlTruth {
    let tokens = world.tokens.iter();
    subjects(tokens.map(|token| (token.id.clone(), holds(token.expires.is_some()))))
}

fn api_tokens_unused(world: &World) -> ControlTruth {
    let tested = world.tokens.iter().filter(|token| {
        let past = token.expires.is_some_and(|expires| expires < world.as_of);
        let has_owner = world.accounts[token.owner].status == AccountStatus::Active;
        !past && has_owner && !within_last_days(world, token.created, NEW_TOKEN_DAYS)
    });
    subjects(tested.map(|token| {
        let used = token
            .last_active
            .is_some_and(|used| within_last_days(world, used, UNUSED_TOKEN_DAYS));
        (token.id.clone(), holds(used))
    }))
}

fn workspaces_ip_allowlist(world: &World) -> ControlTruth {
    let eligible = |workspace: &Workspace| {
        workspace.status == "online"
            && workspace.sandbox == "NONE"
            && ["jira-software", "jira-servicedesk", "confluence"].contains(&workspace.type_key)
            && ["premium", "enterprise"].contains(&workspace.plan)
    };
    let places = world.workspaces.iter().enumerate();
    subjects(
        places
            .filter(|(_, workspace)| eligible(workspace))
            .map(|(place, workspace)| {
                let verdict = if has_scopes(world) {
                    holds(covered(world, place, "ip-allowlist", |_| true))
                } else {
                    Unknown
                };
                (workspace.id.clone(), verdict)
            }),
    )
}

/// Whether the key has the scopes for groups, policies and API tokens, which one kind of key lacks.
fn has_scopes(world: &World) -> bool {
    world.kind.key != KeyState::FewScopes
}

/// Whether an enabled policy of this kind, which `keep` lets through, is in force on the workspace at `place`.
fn covered(world: &World, place: usize, kind: &str, keep: impl Fn(&Policy) -> bool) -> bool {
    let policies = world.policies.iter();
    let policies = policies.filter(|policy| policy.enabled && policy.kind == kind && keep(policy));
    policies
        .flat_map(|policy| &policy.resources)
        .any(|resource| {
            resource.workspace == place && ["applied", "enabled"].contains(&resource.status)
        })
}

fn allowlist_no_wide_range(world: &World) -> ControlTruth {
    let enabled = world
        .policies
        .iter()
        .filter(|policy| policy.enabled && policy.kind == "ip-allowlist");
    subjects(enabled.flat_map(|policy| {
        policy.rule.iter().flatten().map(move |range| {
            let verdict = match address_and_prefix(range) {
                Some((IpAddr::V4(_), prefix)) => holds(prefix >= PREFIX_LENGTH_MIN_V4),
                Some((IpAddr::V6(_), prefix)) => holds(prefix >= PREFIX_LENGTH_MIN_V6),
                None => Unknown,
            };
            (format!("{}#{range}", policy.id), verdict)
        })
    }))
}

/// The address of `range` and the length of its prefix: a single address has a whole one.
fn address_and_prefix(range: &str) -> Option<(IpAddr, u8)> {
    let (address, prefix) = match range.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse().ok()?)),
        None => (range, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let whole = if address.is_ipv4() { 32 } else { 128 };
    Some((address, prefix.unwrap_or(whole)))
}

#[cfg(test)]
mod tests;

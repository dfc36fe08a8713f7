//! The truth of the library beyond its first controls, told from the world and from what the organisation says of
//! itself. `None` stands for what no source tells.

use std::net::IpAddr;

use jiff::Timestamp;

use super::super::kind::GuardPlan;
use super::super::people::{PeopleVariant, attested_truth};
use super::super::statements::{APPROVED_NETWORKS, REGION};
use super::super::world::{
    Account, AccountKind, AccountStatus, ApiKey, DAY_MS, Management, MembershipState, Policy, Role,
    Workspace, World,
};
use super::{
    ControlTruth, Exported, address_and_prefix, covered, has_scopes, sso_of, within_last_days,
};

/// Parameters of the controls, at their defaults.
const ADMIN_IDLE_DAYS: i64 = 30;
const ADMIN_IDLE_MINUTES: i64 = 60;
const EXTERNAL_IDLE_DAYS: i64 = 45;
const NEW_ACCOUNT_DAYS: i64 = 30;
const SUSPENDED_DAYS: i64 = 30;
const UNUSED_ACCESS_DAYS: i64 = 30;
const PRODUCT_IDLE_DAYS: i64 = 90;
const KEY_DAYS: i64 = 90;
const KEY_UNUSED_DAYS: i64 = 90;
const NEW_KEY_DAYS: i64 = 14;
const EXPIRY_NOTICE_DAYS: i64 = 14;
const TOKEN_DAYS: i64 = 365;
const TOKENS_MAX: usize = 5;
const SITE_ADMINS_MAX: usize = 10;
const USER_ACCESS_ADMINS_MAX: usize = 20;
const LEVELS_MIN: usize = 2;

/// Questions for people, with the plan below which each does not apply.
const QUESTIONS: &[(&str, GuardPlan)] = &[
    ("access-review-recorded", GuardPlan::None),
    ("ai-features-decided", GuardPlan::None),
    ("alerts-triaged", GuardPlan::Premium),
    ("anonymous-access-prevented", GuardPlan::None),
    ("api-keys-scoped", GuardPlan::None),
    ("app-access-rule", GuardPlan::None),
    ("app-updates-pending", GuardPlan::None),
    ("app-vendors-assessed", GuardPlan::None),
    ("automation-hosts-approved", GuardPlan::None),
    ("automation-owners-active", GuardPlan::None),
    ("backups-made", GuardPlan::None),
    ("break-glass-use-reviewed", GuardPlan::None),
    ("contacts-current", GuardPlan::None),
    ("content-activity-logged", GuardPlan::Premium),
    ("content-scanning-on", GuardPlan::Premium),
    ("default-groups-basic", GuardPlan::None),
    ("default-policy-sso", GuardPlan::Standard),
    ("development-mode-off", GuardPlan::None),
    ("duties-separated", GuardPlan::None),
    ("events-kept", GuardPlan::Standard),
    ("events-reach-siem", GuardPlan::Standard),
    ("exports-limited", GuardPlan::None),
    ("external-users-no-api-tokens", GuardPlan::Standard),
    ("external-users-verify", GuardPlan::Standard),
    ("external-users-verify-again", GuardPlan::Standard),
    ("invite-links-off", GuardPlan::None),
    ("jira-global-permissions", GuardPlan::None),
    ("joining-approved-domains", GuardPlan::None),
    ("marketplace-apps-approved", GuardPlan::None),
    ("mobile-policy-for-all", GuardPlan::Standard),
    ("mobile-policy-strict", GuardPlan::Standard),
    ("oauth-grants-reviewed", GuardPlan::None),
    ("own-keys-where-required", GuardPlan::None),
    ("pilot-policies-empty", GuardPlan::Standard),
    ("plan-supports-controls", GuardPlan::None),
    ("portal-customers-sign-in", GuardPlan::None),
    ("portals-not-open", GuardPlan::None),
    ("public-links-of-pages", GuardPlan::None),
    ("public-links-prevented", GuardPlan::None),
    ("restore-tested", GuardPlan::None),
    ("rovo-mcp-domains", GuardPlan::None),
    ("rovo-mcp-write-blocked", GuardPlan::None),
    ("saml-certificate-valid", GuardPlan::Standard),
    ("scim-sync-without-errors", GuardPlan::Standard),
    ("service-account-credentials", GuardPlan::None),
    ("service-accounts-in-use", GuardPlan::None),
    ("session-expiry", GuardPlan::Standard),
    ("shadow-products", GuardPlan::None),
    ("third-party-login-blocked", GuardPlan::Standard),
    ("user-api-tokens-limited", GuardPlan::Standard),
    ("user-installed-apps-blocked", GuardPlan::None),
];

pub(super) fn truth(
    world: &World,
    answers: Option<PeopleVariant>,
    exported: &Exported,
) -> Vec<(&'static str, ControlTruth)> {
    let mut all = vec![
        ("accounts-claimed", accounts_claimed(world)),
        (
            "accounts-claimed-elsewhere",
            accounts_claimed_elsewhere(world, exported),
        ),
        ("accounts-email-verified", accounts_email_verified(world)),
        ("accounts-no-activity", accounts_no_activity(world)),
        ("accounts-suspended", accounts_suspended(world)),
        ("accounts-synced", accounts_synced(world)),
        ("admins-are-people", admins_are_people(world)),
        ("admins-idle", admins_idle(world)),
        ("admins-idle-session", admins_idle_session(world, exported)),
        ("admins-managed-sso", admins_managed_sso(world, exported)),
        ("allowlist-approved-networks", approved_networks(world)),
        ("api-keys-age", api_keys_age(world)),
        ("api-keys-maker-active", api_keys_maker_active(world)),
        ("api-keys-near-expiry", api_keys_near_expiry(world)),
        ("api-keys-read-only", api_keys_read_only(world)),
        ("api-keys-unused", api_keys_unused(world)),
        ("api-tokens-expire-within", api_tokens_expire_within(world)),
        (
            "api-tokens-of-organization-admins",
            api_tokens_of_admins(world),
        ),
        ("api-tokens-owner-active", api_tokens_owner_active(world)),
        ("api-tokens-per-account", api_tokens_per_account(world)),
        (
            "classification-levels-published",
            classification_levels(world),
        ),
        ("domains-approved", domains_approved(world)),
        ("evidence-key", evidence_key(world)),
        ("external-accounts-idle", external_accounts_idle(world)),
        (
            "external-accounts-no-admin-role",
            external_accounts_no_admin_role(world),
        ),
        (
            "inactive-accounts-no-admin-role",
            inactive_accounts_no_admin_role(world),
        ),
        (
            "inactive-accounts-no-groups",
            inactive_accounts_no_groups(world),
        ),
        (
            "non-billable-members",
            non_billable_members(world, exported),
        ),
        (
            "people-look-like-services",
            people_look_like_services(world),
        ),
        ("product-access-used", product_access_used(world)),
        ("sandboxes-ip-allowlist", sandboxes_ip_allowlist(world)),
        (
            "site-admins-count",
            role_count(world, Role::SiteAdmin, SITE_ADMINS_MAX),
        ),
        (
            "user-access-admins-count",
            role_count(world, Role::UserAccessAdmin, USER_ACCESS_ADMINS_MAX),
        ),
        ("workspaces-data-residency", data_residency(world)),
    ];
    let answered = answers.map(|variant| attested_truth(world, variant));
    all.extend(QUESTIONS.iter().map(|&(id, plan)| {
        let outcome = answered.as_ref().map_or("unknown", |told| told[id].outcome);
        let truth = match outcome {
            _ if world.kind.plan < plan => told("not_applicable", &[], &[]),
            "pass" => told("pass", &[], &[]),
            "fail" => told("fail", &["-"], &[]),
            _ => told("unknown", &[], &["-"]),
        };
        (id, truth)
    }));
    all
}

pub(super) fn told(outcome: &'static str, failing: &[&str], unknown: &[&str]) -> ControlTruth {
    let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    ControlTruth {
        outcome,
        failing: set(failing),
        unknown: set(unknown),
    }
}

/// One record: whether it belongs, whether it is left out, and whether it is as it has to be.
pub(super) struct Judged {
    pub(super) id: String,
    pub(super) belongs: Option<bool>,
    pub(super) left_out: Option<bool>,
    pub(super) right: Option<bool>,
    /// Whether what is not known of it waits for a list or an export: all that do are told once.
    pub(super) waits: bool,
}

pub(super) fn judged(id: &str, belongs: Option<bool>, right: Option<bool>) -> Judged {
    Judged {
        id: id.to_owned(),
        belongs,
        left_out: Some(false),
        right,
        waits: false,
    }
}

/// What a control comes to that asks every subject; `empty` is what it says of an empty population.
pub(super) fn each(records: impl Iterator<Item = Judged>, empty: &'static str) -> ControlTruth {
    let mut found = told(empty, &[], &[]);
    let (mut sure_pass, mut in_scope) = (false, false);
    for record in records {
        if record.belongs == Some(false) || record.left_out == Some(true) {
            continue;
        }
        in_scope = true;
        let is_sure = record.belongs.is_some() && record.left_out.is_some();
        match record.right {
            Some(true) => sure_pass |= is_sure,
            Some(false) if is_sure => {
                found.failing.insert(record.id);
            }
            Some(false) | None if record.waits => {
                found.unknown.insert("-".to_owned());
            }
            Some(false) | None => {
                found.unknown.insert(record.id);
            }
        }
    }
    if !found.failing.is_empty() {
        found.outcome = "fail";
    } else if !found.unknown.is_empty() {
        found.outcome = "unknown";
    } else if in_scope {
        // Where all that is right may lie outside, nothing may be in.
        let may_be_empty = !sure_pass && empty != "pass";
        found.outcome = if may_be_empty { "unknown" } else { "pass" };
    } else if empty == "fail" {
        found.failing.insert("-".to_owned());
    }
    found
}

/// The worst of what was found, where what a control reads is whole or not.
pub(super) fn worst(mut found: ControlTruth, is_whole: bool) -> ControlTruth {
    if !found.failing.is_empty() {
        found.outcome = "fail";
    } else if !found.unknown.is_empty() || !is_whole {
        found.outcome = "unknown";
    }
    found
}

/// What a control comes to that asks `percent` of its subjects, all of which are known.
fn share(right: impl Iterator<Item = bool>, percent: usize) -> ControlTruth {
    let right: Vec<bool> = right.collect();
    let met = right.iter().filter(|right| **right).count();
    if right.is_empty() {
        told("not_applicable", &[], &[])
    } else if met * 100 < percent * right.len() {
        told("fail", &["-"], &[])
    } else {
        told("pass", &[], &[])
    }
}

pub(super) fn counted(is_right: bool) -> ControlTruth {
    if is_right {
        told("pass", &[], &[])
    } else {
        told("fail", &["-"], &[])
    }
}

pub(super) fn both(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn either(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    both(one.map(|one| !one), other.map(|other| !other)).map(|neither| !neither)
}

pub(super) fn is_active(account: &Account) -> bool {
    account.status == AccountStatus::Active
}

/// Whether it is a person's account. Only the list of managed accounts tells the type of others.
pub(super) fn is_person(account: &Account) -> Option<bool> {
    match account.kind {
        AccountKind::Person => Some(true),
        AccountKind::Customer | AccountKind::App | AccountKind::ServiceAccount => {
            account.managed.then_some(false)
        }
    }
}

fn is_admin(account: &Account) -> bool {
    let admin = [Role::OrgAdmin, Role::SiteAdmin, Role::UserAccessAdmin];
    account.roles.iter().any(|role| admin.contains(role))
}

pub(super) fn is_org_admin(account: &Account) -> bool {
    account.roles.contains(&Role::OrgAdmin)
}

pub(super) fn is_managed_person(account: &Account) -> bool {
    account.managed && account.is_active_person()
}

fn is_suspended(account: &Account) -> bool {
    let mut memberships = account.memberships.iter();
    !account.memberships.is_empty()
        && memberships.all(|one| one.state == MembershipState::Suspended)
}

/// The address in lower case, if the API tells it.
pub(super) fn shown(account: &Account) -> Option<String> {
    account.address.shown().map(str::to_ascii_lowercase)
}

pub(super) fn was_seen(world: &World, account: &Account, days: i64) -> bool {
    account
        .newest_activity()
        .is_some_and(|newest| within_last_days(world, newest, days))
}

/// Whether `time` lies more than `days` after the world's moment.
fn more_than_days_ahead(world: &World, time: Timestamp, days: i64) -> bool {
    time.as_millisecond() > world.as_of.as_millisecond() + days * DAY_MS
}

/// Whether it is an active person with an address on a verified domain.
fn is_on_verified_domain(world: &World, account: &Account) -> Option<bool> {
    let domain = account.address.shown_domain();
    let on_verified = domain.map(|domain| world.is_verified(&domain));
    both(
        both(Some(is_active(account)), is_person(account)),
        on_verified,
    )
}

fn accounts_claimed(world: &World) -> ControlTruth {
    let records = world.accounts.iter().map(|account| {
        let belongs = is_on_verified_domain(world, account);
        judged(&account.id, belongs, Some(account.managed))
    });
    each(records, "not_applicable")
}

fn accounts_claimed_elsewhere(world: &World, exported: &Exported) -> ControlTruth {
    let records = world.accounts.iter().map(|account| {
        let belongs = is_on_verified_domain(world, account);
        let told = exported.get(&account.id);
        Judged {
            waits: !exported.has_domain,
            ..judged(
                &account.id,
                belongs,
                told.and_then(|told| told.is_claimed_here),
            )
        }
    });
    each(records, "not_applicable")
}

fn accounts_email_verified(world: &World) -> ControlTruth {
    let people = world.accounts.iter().filter(|one| is_managed_person(one));
    let records = people.map(|one| judged(&one.id, Some(true), Some(one.email_verified)));
    each(records, "not_applicable")
}

fn accounts_no_activity(world: &World) -> ControlTruth {
    let records = world.accounts.iter().map(|account| {
        let holds = is_active(account) && !account.product_access.is_empty();
        let is_new = within_last_days(world, account.added, UNUSED_ACCESS_DAYS);
        Judged {
            left_out: Some(is_new || is_suspended(account)),
            ..judged(
                &account.id,
                both(Some(holds), is_person(account)),
                Some(account.newest_activity().is_some()),
            )
        }
    });
    each(records, "not_applicable")
}

fn accounts_suspended(world: &World) -> ControlTruth {
    let records = world.accounts.iter().map(|account| {
        let belongs = both(
            Some(is_active(account) && is_suspended(account)),
            is_person(account),
        );
        let lately = was_seen(world, account, SUSPENDED_DAYS)
            || within_last_days(world, account.added, SUSPENDED_DAYS);
        judged(&account.id, belongs, Some(lately))
    });
    each(records, "not_applicable")
}

fn accounts_synced(world: &World) -> ControlTruth {
    let people = world.accounts.iter().filter(|one| is_managed_person(one));
    share(
        people.map(|one| one.management == Some(Management::Synced)),
        98,
    )
}

fn inactive_accounts_no_admin_role(world: &World) -> ControlTruth {
    let records = world.accounts.iter().map(|account| {
        judged(
            &account.id,
            Some(!is_active(account)),
            Some(!is_admin(account)),
        )
    });
    each(records, "not_applicable")
}

fn inactive_accounts_no_groups(world: &World) -> ControlTruth {
    let gone = world.accounts.iter().filter(|one| !is_active(one));
    share(gone.map(|one| one.groups.is_empty()), 95)
}

/// Words that a machine is called by.
const MACHINES: [&str; 11] = [
    "svc",
    "bot",
    "service",
    "system",
    "integration",
    "automation",
    "shared",
    "noreply",
    "no-reply",
    "jenkins",
    "ci",
];

fn people_look_like_services(world: &World) -> ControlTruth {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let records = world.accounts.iter().map(|account| {
        let name = account.name.to_lowercase();
        let in_name = MACHINES.iter().any(|machine| {
            name.match_indices(machine).any(|(start, found)| {
                let before = name[..start].chars().next_back();
                let after = name[start + found.len()..].chars().next();
                !before.is_some_and(is_word) && !after.is_some_and(is_word)
            })
        });
        let in_address = shown(account).map(|email| {
            MACHINES.iter().any(|machine| {
                let rest = email.strip_prefix(machine);
                let next = rest.and_then(|rest| rest.chars().next());
                next.is_some_and(|next| "-_.+@".contains(next) || next.is_ascii_digit())
            })
        });
        let looks = either(Some(in_name), in_address);
        judged(
            &account.id,
            Some(is_managed_person(account)),
            looks.map(|looks| !looks),
        )
    });
    each(records, "not_applicable")
}

fn admins_managed_sso(world: &World, exported: &Exported) -> ControlTruth {
    let records = world.accounts.iter().map(|account| {
        let belongs = is_active(account) && is_admin(account);
        let right = both(Some(account.managed), sso_of(exported, account));
        Judged {
            waits: !exported.tells_sso(),
            ..judged(&account.id, Some(belongs), right)
        }
    });
    each(records, "fail")
}

fn role_count(world: &World, role: Role, most: usize) -> ControlTruth {
    let holders = world.accounts.iter();
    let count = holders
        .filter(|one| is_active(one) && one.roles.contains(&role))
        .count();
    counted(count <= most)
}

fn admins_idle(world: &World) -> ControlTruth {
    let records = world.accounts.iter().map(|account| {
        let belongs = both(
            Some(is_active(account) && is_admin(account)),
            is_person(account),
        );
        Judged {
            left_out: Some(within_last_days(world, account.added, NEW_ACCOUNT_DAYS)),
            ..judged(
                &account.id,
                belongs,
                Some(was_seen(world, account, ADMIN_IDLE_DAYS)),
            )
        }
    });
    each(records, "not_applicable")
}

fn admins_are_people(world: &World) -> ControlTruth {
    let records = world.accounts.iter().map(|account| {
        let belongs = is_active(account) && is_admin(account);
        judged(&account.id, Some(belongs), is_person(account))
    });
    each(records, "not_applicable")
}

fn admins_idle_session(world: &World, exported: &Exported) -> ControlTruth {
    let records = world.accounts.iter().map(|account| {
        let belongs = is_managed_person(account) && is_admin(account);
        let told = exported.get(&account.id);
        let minutes = told.and_then(|told| told.idle_session_minutes);
        Judged {
            waits: !exported.has_managed,
            ..judged(
                &account.id,
                Some(belongs),
                minutes.map(|minutes| minutes <= ADMIN_IDLE_MINUTES),
            )
        }
    });
    each(records, "not_applicable")
}

fn non_billable_members(world: &World, exported: &Exported) -> ControlTruth {
    let records = world.accounts.iter().map(|account| {
        let told = exported.get(&account.id);
        Judged {
            waits: !exported.tells_sso(),
            ..judged(
                &account.id,
                Some(is_managed_person(account)),
                told.and_then(|told| told.policy_billable),
            )
        }
    });
    each(records, "not_applicable")
}

fn external_accounts_no_admin_role(world: &World) -> ControlTruth {
    let records = world.accounts.iter().map(|account| {
        let belongs = !account.managed && is_active(account);
        judged(&account.id, Some(belongs), Some(!is_admin(account)))
    });
    each(records, "not_applicable")
}

fn external_accounts_idle(world: &World) -> ControlTruth {
    let records = world.accounts.iter().map(|account| {
        let holds = !account.managed && is_active(account) && !account.product_access.is_empty();
        let left_out = within_last_days(world, account.added, NEW_ACCOUNT_DAYS)
            || is_suspended(account)
            || account.newest_activity().is_none();
        Judged {
            left_out: Some(left_out),
            ..judged(
                &account.id,
                both(Some(holds), is_person(account)),
                Some(was_seen(world, account, EXTERNAL_IDLE_DAYS)),
            )
        }
    });
    each(records, "not_applicable")
}

fn domains_approved(world: &World) -> ControlTruth {
    let approved = world.corporate_domains();
    let verified = world
        .domains
        .iter()
        .filter(|domain| world.is_verified(&domain.name));
    let claims =
        verified.filter(|domain| domain.claim == super::super::world::ClaimStatus::Verified);
    let records = claims.map(|domain| {
        judged(
            &domain.id,
            Some(true),
            Some(approved.contains(&domain.name)),
        )
    });
    // A list that is not empty applies to no domain as well.
    let empty = if approved.is_empty() {
        "not_applicable"
    } else {
        "pass"
    };
    each(records, empty)
}

fn api_tokens_owner_active(world: &World) -> ControlTruth {
    let records = world.tokens.iter().map(|token| Judged {
        left_out: Some(token.expires.is_some_and(|expires| expires <= world.as_of)),
        ..judged(
            &token.id,
            Some(true),
            Some(is_active(&world.accounts[token.owner])),
        )
    });
    each(records, "not_applicable")
}

fn api_tokens_of_admins(world: &World) -> ControlTruth {
    let records = world.tokens.iter().map(|token| Judged {
        left_out: Some(token.expires.is_some_and(|expires| expires <= world.as_of)),
        ..judged(
            &token.id,
            Some(true),
            Some(!is_org_admin(&world.accounts[token.owner])),
        )
    });
    each(records, "not_applicable")
}

fn api_tokens_expire_within(world: &World) -> ControlTruth {
    let dated = world.tokens.iter();
    let dated = dated.filter_map(|token| Some((token, token.expires?)));
    let records = dated.map(|(token, expires)| Judged {
        left_out: Some(expires <= world.as_of),
        ..judged(
            &token.id,
            Some(true),
            Some(!more_than_days_ahead(world, expires, TOKEN_DAYS)),
        )
    });
    each(records, "not_applicable")
}

fn api_tokens_per_account(world: &World) -> ControlTruth {
    let records = world.accounts.iter().enumerate().map(|(place, account)| {
        let tokens = world.tokens.iter().filter(|token| token.owner == place);
        judged(
            &account.id,
            Some(is_managed_person(account)),
            has_scopes(world).then_some(tokens.count() <= TOKENS_MAX),
        )
    });
    worst(each(records, "not_applicable"), has_scopes(world))
}

/// What `right` says of every key that has not expired.
fn of_keys(world: &World, right: impl Fn(&ApiKey) -> bool) -> ControlTruth {
    of_keys_but(world, |_| false, right)
}

fn of_keys_but(
    world: &World,
    left_out: impl Fn(&ApiKey) -> bool,
    right: impl Fn(&ApiKey) -> bool,
) -> ControlTruth {
    let valid = world.api_keys.iter();
    let valid = valid.filter(|key| key.expires > world.as_of && !left_out(key));
    let records = valid.map(|key| judged(&key.id, Some(true), Some(right(key))));
    each(records, "not_applicable")
}

fn only_reads(key: &ApiKey) -> bool {
    key.scopes.iter().all(|scope| scope.starts_with("read:"))
}

fn api_keys_age(world: &World) -> ControlTruth {
    of_keys(world, |key| within_last_days(world, key.created, KEY_DAYS))
}

fn api_keys_near_expiry(world: &World) -> ControlTruth {
    of_keys(world, |key| {
        more_than_days_ahead(world, key.expires, EXPIRY_NOTICE_DAYS)
    })
}

fn api_keys_read_only(world: &World) -> ControlTruth {
    of_keys_but(world, |key| key.scopes.is_empty(), only_reads)
}

fn api_keys_unused(world: &World) -> ControlTruth {
    of_keys_but(
        world,
        |key| within_last_days(world, key.created, NEW_KEY_DAYS),
        |key| {
            key.last_active
                .is_some_and(|used| within_last_days(world, used, KEY_UNUSED_DAYS))
        },
    )
}

fn api_keys_maker_active(world: &World) -> ControlTruth {
    of_keys(world, |key| is_active(&world.accounts[key.creator]))
}

fn evidence_key(world: &World) -> ControlTruth {
    let label = &world.own_key().label;
    let called_so = world.api_keys.iter().filter(|key| key.label == *label);
    let records = called_so.map(|key| {
        let right = !key.scopes.is_empty()
            && only_reads(key)
            && is_active(&world.accounts[key.creator])
            && more_than_days_ahead(world, key.expires, EXPIRY_NOTICE_DAYS);
        judged(&key.id, Some(true), Some(right))
    });
    each(records, "fail")
}

pub(super) fn is_in_use(workspace: &Workspace) -> bool {
    workspace.status == "online" && workspace.sandbox == "NONE"
}

fn sandboxes_ip_allowlist(world: &World) -> ControlTruth {
    let records = world
        .workspaces
        .iter()
        .enumerate()
        .map(|(place, workspace)| {
            let belongs = (workspace.sandbox == "CHILD" || workspace.status == "offline")
                && ["jira-software", "jira-servicedesk", "confluence"]
                    .contains(&workspace.type_key)
                && ["premium", "enterprise"].contains(&workspace.plan);
            judged(
                &workspace.id,
                Some(belongs),
                has_scopes(world).then(|| covered(world, place, "ip-allowlist", |_| true)),
            )
        });
    worst(each(records, "not_applicable"), has_scopes(world))
}

fn data_residency(world: &World) -> ControlTruth {
    const PRODUCTS: [&str; 4] = [
        "jira-software",
        "jira-servicedesk",
        "jira-product-discovery",
        "confluence",
    ];
    let records = world
        .workspaces
        .iter()
        .enumerate()
        .map(|(place, workspace)| {
            let belongs = is_in_use(workspace)
                && PRODUCTS.contains(&workspace.type_key)
                && ["standard", "premium", "enterprise"].contains(&workspace.plan);
            let pinned =
                |policy: &Policy| policy.rule.iter().flatten().any(|realm| realm == REGION);
            let is_pinned =
                has_scopes(world).then(|| covered(world, place, "data-residency", pinned));
            judged(
                &workspace.id,
                Some(belongs),
                both(Some(workspace.realm == REGION), is_pinned),
            )
        });
    worst(each(records, "not_applicable"), has_scopes(world))
}

fn approved_networks(world: &World) -> ControlTruth {
    let enabled = world
        .policies
        .iter()
        .filter(|policy| policy.enabled && policy.kind == "ip-allowlist");
    let records = enabled.flat_map(|policy| {
        policy.rule.iter().flatten().map(move |range| {
            let within = address_and_prefix(range).map(|inner| {
                APPROVED_NETWORKS
                    .iter()
                    .filter_map(|network| address_and_prefix(network))
                    .any(|outer| lies_within(inner, outer))
            });
            judged(&format!("{}#{range}", policy.id), Some(true), within)
        })
    });
    each(records, "not_applicable")
}

/// Whether every address of the first network is one of the second.
fn lies_within(inner: (IpAddr, u8), outer: (IpAddr, u8)) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    let ((inside, width), (network, outer_width)) = (bits(inner.0), bits(outer.0));
    let kept = u32::from(128 - outer.1.min(128));
    let same = inside.checked_shr(kept).unwrap_or(0) == network.checked_shr(kept).unwrap_or(0);
    width == outer_width && inner.1 >= outer.1 && same
}

fn classification_levels(world: &World) -> ControlTruth {
    if world.kind.plan < GuardPlan::Premium {
        return told("not_applicable", &[], &[]);
    }
    let levels = world.classification_levels.iter();
    let published = levels.filter(|level| level.status == "PUBLISHED").count();
    counted(published >= LEVELS_MIN)
}

fn product_access_used(world: &World) -> ControlTruth {
    let active = world.accounts.iter().filter(|one| is_active(one));
    let accesses = active.flat_map(|account| &account.product_access);
    let tested = accesses.filter(|access| world.workspaces[access.workspace].sandbox != "CHILD");
    share(
        tested.map(|access| {
            access
                .last_active
                .is_some_and(|used| within_last_days(world, used, PRODUCT_IDLE_DAYS))
        }),
        80,
    )
}

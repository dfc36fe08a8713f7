//! Accounts: who has one, whether it is used, and who it belongs to. As `controls/accounts`.

use std::collections::BTreeMap;

use super::facts::{
    is_active, is_admin, is_managed_person, is_person, is_suspended, shown, sso_of,
    two_step_or_sso, was_seen, within_last_days,
};
use super::outcome::{Judged, both, each, either, judged, share};
use super::{ControlTruth, Exported, Told};
use crate::sandbox::world::{Account, Management, ScimDirectory, ScimKey, ScimPerson, World};

/// Parameters of the controls, at their defaults.
const IDLE_DAYS: i64 = 90;
const EXTERNAL_IDLE_DAYS: i64 = 45;
const NEW_ACCOUNT_DAYS: i64 = 30;
const SUSPENDED_DAYS: i64 = 30;
const UNUSED_ACCESS_DAYS: i64 = 30;

/// What these controls have to find.
pub(super) fn truth(world: &World, exported: &Exported) -> Told {
    vec![
        ("accounts-domain-verified", accounts_domain_verified(world)),
        ("accounts-email-verified", accounts_email_verified(world)),
        ("accounts-idle", accounts_idle(world)),
        ("accounts-no-activity", accounts_no_activity(world)),
        (
            "accounts-sources-agree",
            accounts_sources_agree(world, exported),
        ),
        ("accounts-sso", accounts_sso(world, exported)),
        ("accounts-suspended", accounts_suspended(world)),
        ("accounts-synced", accounts_synced(world)),
        (
            "accounts-two-step-or-sso",
            accounts_two_step_or_sso(world, exported),
        ),
        (
            "external-accounts-approved-domains",
            external_accounts_approved_domains(world),
        ),
        ("external-accounts-idle", external_accounts_idle(world)),
        (
            "inactive-accounts-no-admin-role",
            inactive_accounts_no_admin_role(world),
        ),
        (
            "inactive-accounts-no-groups",
            inactive_accounts_no_groups(world),
        ),
        (
            "people-look-like-services",
            people_look_like_services(world),
        ),
    ]
}

fn accounts_domain_verified(world: &World) -> ControlTruth {
    let people = world.accounts.iter().filter(|one| is_managed_person(one));
    let records = people.map(|account| {
        let domain = account.address.shown_domain();
        let right = domain.map(|domain| world.is_verified(&domain));
        judged(&account.id, Some(true), right)
    });
    each(records, "not_applicable")
}

fn accounts_email_verified(world: &World) -> ControlTruth {
    let people = world.accounts.iter().filter(|one| is_managed_person(one));
    let records = people.map(|one| judged(&one.id, Some(true), Some(one.email_verified)));
    each(records, "not_applicable")
}

fn accounts_idle(world: &World) -> ControlTruth {
    let people = world.accounts.iter().filter(|one| is_managed_person(one));
    let records = people.map(|account| {
        let is_new = within_last_days(world, account.added, NEW_ACCOUNT_DAYS);
        Judged {
            left_out: Some(is_new || account.newest_activity().is_none()),
            ..judged(
                &account.id,
                Some(true),
                Some(was_seen(world, account, IDLE_DAYS)),
            )
        }
    });
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
    let all_opened =
        !accounts().any(|(place, account)| is_elsewhere((place, account)) && is_active(account));
    let records = accounts().map(|(place, account)| {
        let told = exported.get(&account.id);
        let right = match active_there.get(&place) {
            _ if told.is_some_and(|told| told.is_disputed) => Some(false),
            Some(active) if *active != is_active(account) => Some(false),
            _ if told.is_some_and(|told| told.is_told_twice) => None,
            Some(_) => Some(true),
            None if is_elsewhere((place, account)) && !all_opened => None,
            None => Some(true),
        };
        judged(&account.id, Some(true), right)
    });
    each(records, "not_applicable")
}

fn accounts_sso(world: &World, exported: &Exported) -> ControlTruth {
    let people = world.accounts.iter().filter(|one| is_managed_person(one));
    let judged = |one: &Account| judged(&one.id, Some(true), sso_of(exported, one));
    let records = people.map(|one| judged(one).waiting(!exported.tells_sso()));
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

fn accounts_two_step_or_sso(world: &World, exported: &Exported) -> ControlTruth {
    let people = world.accounts.iter().filter(|one| is_managed_person(one));
    let judged = |one: &Account| judged(&one.id, Some(true), two_step_or_sso(exported, one));
    let records = people.map(|one| judged(one).waiting(!exported.tells_sso()));
    each(records, "not_applicable")
}

/// The list of partner domains is empty by default, so that every known address fails.
fn external_accounts_approved_domains(world: &World) -> ControlTruth {
    let external = |account: &&Account| {
        !account.managed && is_active(account) && !account.product_access.is_empty()
    };
    let records = world.accounts.iter().filter(external).map(|account| {
        let is_known = account.address.shown().is_some();
        judged(&account.id, is_person(account), is_known.then_some(false))
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

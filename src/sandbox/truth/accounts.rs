//! Accounts: who has one, whether it is used, and who it belongs to. As `controls/accounts`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::facts::{
    is_active, is_admin, is_managed_person, is_person, is_suspended, shown, sso_of,
    two_step_or_sso, was_seen, within_last_days,
};
use super::log::{approved, happened, with_plan};
use super::outcome::{both, compared, each, either, judged, share};
use super::{ControlTruth, Exported, Told};
use crate::sandbox::audit_log::Happening;
use crate::sandbox::statements::day;
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
        ("accounts-on-roster", accounts_on_roster(world)),
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
        ("leavers-deactivated", leavers_deactivated(world)),
        (
            "people-look-like-services",
            people_look_like_services(world),
        ),
        ("roster-has-accounts", roster_has_accounts(world)),
        (
            "leavers-deactivated-in-time",
            leavers_deactivated_in_time(world),
        ),
        (
            "reactivations-approved",
            approved(world, |_, event| {
                matches!(event.what, Happening::AccountReactivated(_))
            }),
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
        judged(
            &account.id,
            Some(true),
            Some(was_seen(world, account, IDLE_DAYS)),
        )
        .left_out_if(is_new || account.newest_activity().is_none())
    });
    each(records, "not_applicable")
}

fn accounts_no_activity(world: &World) -> ControlTruth {
    let records = world.accounts.iter().map(|account| {
        let holds = is_active(account) && !account.product_access.is_empty();
        let is_new = within_last_days(world, account.added, UNUSED_ACCESS_DAYS);
        judged(
            &account.id,
            both(Some(holds), is_person(account)),
            Some(account.newest_activity().is_some()),
        )
        .left_out_if(is_new || is_suspended(account))
    });
    each(records, "not_applicable")
}

fn accounts_on_roster(world: &World) -> ControlTruth {
    let list = world.roster();
    let people = world.accounts.iter().filter(|one| is_managed_person(one));
    let people = people.map(|one| (one.id.as_str(), shown(one)));
    compared(people, &list.column("email").collect(), false)
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
            Some(active) => Some(*active == is_active(account)),
            None if is_elsewhere((place, account)) && !all_opened => None,
            None => Some(true),
        };
        judged(&account.id, Some(true), right)
    });
    each(records, "not_applicable")
}

fn accounts_sso(world: &World, exported: &Exported) -> ControlTruth {
    let people = world.accounts.iter().filter(|one| is_managed_person(one));
    let records = people.map(|one| judged(&one.id, Some(true), sso_of(exported, one)));
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
    let records = people.map(|one| judged(&one.id, Some(true), two_step_or_sso(exported, one)));
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
        judged(
            &account.id,
            both(Some(holds), is_person(account)),
            Some(was_seen(world, account, EXTERNAL_IDLE_DAYS)),
        )
        .left_out_if(left_out)
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

fn leavers_deactivated(world: &World) -> ControlTruth {
    let staff = staff_addresses(world);
    let today = day(world.as_of);
    let list = world.leavers();
    let rows = list.column("email").zip(list.column("left_on"));
    let records = rows.map(|(email, left)| {
        let left: Date = left.parse().expect("every leaver has a last day");
        let yesterday = today.yesterday().expect("a day of this millennium");
        judged(
            email,
            Some(true),
            is_staff(&staff, email).map(|is_there| !is_there),
        )
        .left_out_if(left >= yesterday)
    });
    each(records, "not_applicable")
}

fn roster_has_accounts(world: &World) -> ControlTruth {
    let staff = staff_addresses(world);
    let list = world.roster();
    let records = list
        .column("email")
        .map(|email| judged(email, Some(true), is_staff(&staff, email)));
    each(records, "fail")
}

/// Addresses of active managed people, and whether one of them hides it.
fn staff_addresses(world: &World) -> (BTreeSet<String>, bool) {
    let people = || world.accounts.iter().filter(|one| is_managed_person(one));
    let addresses = people().filter_map(shown).collect();
    (addresses, people().any(|one| shown(one).is_none()))
}

/// Whether `email` is the address of an active managed person.
fn is_staff((addresses, is_hidden): &(BTreeSet<String>, bool), email: &str) -> Option<bool> {
    if addresses.contains(email) {
        Some(true)
    } else {
        (!is_hidden).then_some(false)
    }
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

/// Parameters of that control, at their defaults. The one working day is counted below.
const LEAVER_DAYS: i64 = 80;
const PENDING_DAYS: i64 = 4;

fn leavers_deactivated_in_time(world: &World) -> ControlTruth {
    let today = day(world.as_of);
    with_plan(world, || {
        let list = world.leavers();
        let rows = list.column("email").zip(list.column("left_on"));
        let people: Vec<(usize, &Account)> = world
            .accounts
            .iter()
            .enumerate()
            .filter(|(_, account)| account.managed && is_person(account) == Some(true))
            .collect();
        let mut last_days: BTreeMap<String, Date> = BTreeMap::new();
        for event in happened(world) {
            if let Happening::AccountDeactivated(place) = event.what
                && let Some(email) = shown(&world.accounts[place])
            {
                let last = last_days.entry(email).or_insert(Date::MIN);
                *last = day(event.time).max(*last);
            }
        }
        // Of an address that nobody shows it is open whether it is that of an account that shows none.
        let is_among = |email: &str, keep: &dyn Fn(&Account) -> bool| {
            let mut kept = people.iter().filter(|(_, account)| keep(account));
            if kept
                .clone()
                .any(|(_, account)| shown(account).as_deref() == Some(email))
            {
                return Some(true);
            }
            match kept.any(|(_, account)| shown(account).is_none()) {
                true => None,
                false => Some(false),
            }
        };
        let records = rows.filter_map(|(email, left_on)| {
            let left_on: Date = left_on.parse().expect("a date of our own");
            let since = (today - left_on).get_days();
            if i64::from(since) <= PENDING_DAYS || i64::from(since) > LEAVER_DAYS {
                return None;
            }
            let has_account = is_among(email, &|_| true);
            let is_gone = is_among(email, &is_active).map(|active| !active);
            let until = match left_on.weekday() {
                Weekday::Friday => 3,
                Weekday::Saturday => 2,
                _ => 1,
            };
            let until = left_on.saturating_add(until.days());
            let in_time = last_days.get(email).map(|last| *last <= until);
            let belongs = has_account.map(|_| true);
            let record = judged(email, belongs, both(is_gone, in_time));
            Some(record.left_out_if(has_account == Some(false)))
        });
        each(records, "not_applicable")
    })
}

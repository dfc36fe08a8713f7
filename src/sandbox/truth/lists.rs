//! Controls that read a list which people of the organisation keep.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::facts::{
    is_active, is_in_use, is_managed_person, is_org_admin, organization_admins, shown, sso_of,
    was_seen,
};
use super::outcome::{Judged, both, counted, each, judged, told};
use super::{ControlTruth, Exported, Told};
use crate::sandbox::statements::day;
use crate::sandbox::world::{Account, World};

/// Parameters of the controls, at their defaults.
const BREAK_GLASS: std::ops::RangeInclusive<usize> = 1..=2;
const QUIET_DAYS: i64 = 30;

/// What these controls have to find.
pub(super) fn truth(world: &World, exported: &Exported) -> Told {
    vec![
        ("accounts-on-roster", accounts_on_roster(world)),
        ("admin-accounts-dedicated", admin_accounts_dedicated(world)),
        (
            "admin-groups-members-approved",
            admin_groups_members_approved(world),
        ),
        ("admin-groups-synced", admin_groups_synced(world)),
        ("api-keys-approved", api_keys_approved(world)),
        ("break-glass-accounts", break_glass_accounts(world)),
        ("break-glass-count", break_glass_count(world)),
        (
            "break-glass-outside-sso",
            break_glass_outside_sso(world, exported),
        ),
        ("leavers-deactivated", leavers_deactivated(world)),
        (
            "organization-admins-approved",
            organization_admins_approved(world),
        ),
        ("roster-has-accounts", roster_has_accounts(world)),
        (
            "service-accounts-registered",
            service_accounts_registered(world),
        ),
        ("workspaces-registered", workspaces_registered(world)),
    ]
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

fn leavers_deactivated(world: &World) -> ControlTruth {
    let staff = staff_addresses(world);
    let today = day(world.as_of);
    let list = world.leavers();
    let rows = list.column("email").zip(list.column("left_on"));
    let records = rows.map(|(email, left)| {
        let left: Date = left.parse().expect("every leaver has a last day");
        let yesterday = today.yesterday().expect("a day of this millennium");
        Judged {
            left_out: Some(left >= yesterday),
            ..judged(
                email,
                Some(true),
                is_staff(&staff, email).map(|is_there| !is_there),
            )
        }
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

/// What a comparison of accounts, by id with the address as far as it is told, comes to with a list of addresses.
fn compared<'w>(
    accounts: impl Iterator<Item = (&'w str, Option<String>)>,
    list: &BTreeSet<&str>,
    must_all_be_there: bool,
) -> ControlTruth {
    let mut found = told("pass", &[], &[]);
    let mut addresses = BTreeSet::new();
    let mut is_empty = list.is_empty();
    for (id, address) in accounts {
        is_empty = false;
        match address {
            None => {
                found.unknown.insert(id.to_owned());
            }
            Some(email) => {
                if !list.contains(email.as_str()) {
                    found.failing.insert(id.to_owned());
                }
                addresses.insert(email);
            }
        }
    }
    if must_all_be_there {
        let hidden = !found.unknown.is_empty();
        for missing in list.iter().filter(|email| !addresses.contains(**email)) {
            let subject = format!("expected:{missing}");
            // Whoever hides the address may be the one who is missing.
            if hidden {
                found.unknown.insert(subject);
            } else {
                found.failing.insert(subject);
            }
        }
    }
    if !found.failing.is_empty() {
        found.outcome = "fail";
    } else if !found.unknown.is_empty() {
        found.outcome = "unknown";
    } else if is_empty {
        found.outcome = "not_applicable";
    }
    found
}

fn accounts_on_roster(world: &World) -> ControlTruth {
    let list = world.roster();
    let people = world.accounts.iter().filter(|one| is_managed_person(one));
    let people = people.map(|one| (one.id.as_str(), shown(one)));
    compared(people, &list.column("email").collect(), false)
}

/// The address of each, as far as it is told, by id.
fn addresses(world: &World) -> impl Iterator<Item = (&str, Option<String>)> {
    organization_admins(world).map(|one| (one.id.as_str(), shown(one)))
}

fn organization_admins_approved(world: &World) -> ControlTruth {
    let list = world.approved_admins();
    compared(addresses(world), &list.column("email").collect(), true)
}

fn admin_accounts_dedicated(world: &World) -> ControlTruth {
    let list = world.dedicated_admin_accounts();
    compared(addresses(world), &list.column("email").collect(), false)
}

fn api_keys_approved(world: &World) -> ControlTruth {
    let list = world.approved_api_keys();
    let keys = world.api_keys.iter();
    let valid = keys.filter(|key| key.expires > world.as_of);
    let subjects = valid.map(|key| (key.id.as_str(), Some(key.id.clone())));
    compared(subjects, &list.column("key_id").collect(), true)
}

fn admin_groups_members_approved(world: &World) -> ControlTruth {
    let (groups, approved) = (world.admin_groups(), world.approved_admins());
    let registered: BTreeSet<&str> = groups.column("group_id").collect();
    let approved: BTreeSet<&str> = approved.column("email").collect();
    let active = world.accounts.iter().filter(|one| is_active(one));
    let records = active.flat_map(|account| {
        let groups = account.groups.iter().map(|&group| &world.groups[group]);
        let (registered, approved) = (&registered, &approved);
        groups.map(move |group| {
            let right = shown(account).map(|email| approved.contains(email.as_str()));
            judged(
                &format!("{}#{}", group.id, account.id),
                Some(registered.contains(group.id.as_str())),
                right,
            )
        })
    });
    each(records, "fail")
}

fn admin_groups_synced(world: &World) -> ControlTruth {
    let list = world.admin_groups();
    let registered: BTreeSet<&str> = list.column("group_id").collect();
    let records = world.groups.iter().map(|group| {
        let belongs = registered.contains(group.id.as_str());
        judged(&group.id, Some(belongs), Some(group.synced))
    });
    each(records, "fail")
}

/// The accounts of the list of emergency accounts.
fn emergency_accounts(world: &World) -> Vec<&Account> {
    let list = world.break_glass_accounts();
    let listed: BTreeSet<&str> = list.column("account_id").collect();
    let accounts = world.accounts.iter();
    accounts
        .filter(|one| listed.contains(one.id.as_str()))
        .collect()
}

fn break_glass_accounts(world: &World) -> ControlTruth {
    let records = emergency_accounts(world).into_iter().map(|account| {
        let known =
            is_active(account) && is_org_admin(account) && !was_seen(world, account, QUIET_DAYS);
        judged(&account.id, Some(true), both(Some(known), account.mfa))
    });
    each(records, "fail")
}

fn break_glass_count(world: &World) -> ControlTruth {
    let active = emergency_accounts(world).into_iter();
    counted(BREAK_GLASS.contains(&active.filter(|one| is_active(one)).count()))
}

fn break_glass_outside_sso(world: &World, exported: &Exported) -> ControlTruth {
    let active = emergency_accounts(world).into_iter();
    let records = active.filter(|one| is_active(one)).map(|account| {
        judged(
            &account.id,
            Some(true),
            sso_of(exported, account).map(|sso| !sso),
        )
    });
    each(records, "not_applicable")
}

fn service_accounts_registered(world: &World) -> ControlTruth {
    let list = world.service_account_register();
    let rows = list.column("account_id").zip(list.column("owner"));
    let owned: BTreeSet<&str> = rows
        .filter(|(_, owner)| !owner.is_empty())
        .map(|(id, _)| id)
        .collect();
    let records = world.service_accounts().map(|place| {
        let id = &world.accounts[place].id;
        judged(id, Some(true), Some(owned.contains(id.as_str())))
    });
    each(records, "not_applicable")
}

fn workspaces_registered(world: &World) -> ControlTruth {
    let list = world.workspace_register();
    let rows = list.column("workspace_id").zip(list.column("owner"));
    let owned: BTreeSet<&str> = rows
        .filter(|(_, owner)| !owner.is_empty())
        .map(|(id, _)| id)
        .collect();
    let records = world.workspaces.iter().map(|workspace| {
        judged(
            &workspace.id,
            Some(is_in_use(workspace)),
            Some(owned.contains(workspace.id.as_str())),
        )
    });
    each(records, "fail")
}

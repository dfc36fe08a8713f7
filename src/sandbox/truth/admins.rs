//! Administrators, and the accounts for an emergency. As `controls/admins`.

use std::collections::BTreeSet;

use super::facts::{
    is_active, is_admin, is_managed_person, is_org_admin, is_person, shown, sso_of,
    two_step_or_sso, was_seen, within_last_days,
};
use super::log::approved;
use super::outcome::{both, compared, counted, each, judged};
use super::{ControlTruth, Exported, Told};
use crate::sandbox::audit_log::{AuditEvent, Happening};
use crate::sandbox::grants::GrantMethod;
use crate::sandbox::world::{Account, Role, World};

/// Parameters of the controls, at their defaults.
const ADMIN_IDLE_DAYS: i64 = 30;
const ADMIN_IDLE_MINUTES: i64 = 60;
const NEW_ACCOUNT_DAYS: i64 = 30;
const QUIET_DAYS: i64 = 30;
const ORG_ADMINS: std::ops::RangeInclusive<usize> = 2..=5;
const SITE_ADMINS_MAX: usize = 10;
const USER_ACCESS_ADMINS_MAX: usize = 20;
const BREAK_GLASS: std::ops::RangeInclusive<usize> = 1..=2;

/// What these controls have to find.
pub(super) fn truth(world: &World, exported: &Exported) -> Told {
    vec![
        ("admin-accounts-dedicated", admin_accounts_dedicated(world)),
        ("admin-grants-approved", approved(world, gives_admin_rights)),
        (
            "admin-groups-members-approved",
            admin_groups_members_approved(world),
        ),
        ("admin-groups-synced", admin_groups_synced(world)),
        ("admin-roles-by-group", admin_roles_by_group(world)),
        ("admins-are-people", admins_are_people(world)),
        ("admins-idle", admins_idle(world)),
        ("admins-idle-session", admins_idle_session(world, exported)),
        ("admins-managed-sso", admins_managed_sso(world, exported)),
        (
            "admins-two-step-or-sso",
            admins_two_step_or_sso(world, exported),
        ),
        ("break-glass-accounts", break_glass_accounts(world)),
        ("break-glass-count", break_glass_count(world)),
        (
            "break-glass-outside-sso",
            break_glass_outside_sso(world, exported),
        ),
        (
            "external-accounts-no-admin-role",
            external_accounts_no_admin_role(world),
        ),
        (
            "organization-admins-approved",
            organization_admins_approved(world),
        ),
        (
            "organization-admins-count",
            organization_admins_count(world),
        ),
        ("site-admins-count", site_admins_count(world)),
        ("user-access-admins-count", user_access_admins_count(world)),
    ]
}

fn organization_admins(world: &World) -> impl Iterator<Item = &Account> {
    let accounts = world.accounts.iter();
    accounts.filter(|one| is_active(one) && is_org_admin(one))
}

/// The address of each, as far as it is told, by id.
fn addresses(world: &World) -> impl Iterator<Item = (&str, Option<String>)> {
    organization_admins(world).map(|one| (one.id.as_str(), shown(one)))
}

fn admin_accounts_dedicated(world: &World) -> ControlTruth {
    let list = world.dedicated_admin_accounts();
    compared(addresses(world), &list.column("email").collect(), false)
}

fn organization_admins_approved(world: &World) -> ControlTruth {
    let list = world.approved_admins();
    compared(addresses(world), &list.column("email").collect(), true)
}

fn organization_admins_count(world: &World) -> ControlTruth {
    counted(ORG_ADMINS.contains(&organization_admins(world).count()))
}

fn site_admins_count(world: &World) -> ControlTruth {
    counted(holders(world, Role::SiteAdmin) <= SITE_ADMINS_MAX)
}

fn user_access_admins_count(world: &World) -> ControlTruth {
    counted(holders(world, Role::UserAccessAdmin) <= USER_ACCESS_ADMINS_MAX)
}

/// How many active accounts hold `role`.
fn holders(world: &World, role: Role) -> usize {
    let accounts = world.accounts.iter();
    let holders = accounts.filter(|one| is_active(one) && one.roles.contains(&role));
    holders.count()
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

/// Roles of an administrator.
const ADMIN_ROLES: [&str; 4] = [
    "atlassian/admin",
    "atlassian/org-admin",
    "atlassian/site-admin",
    "atlassian/user-access-admin",
];

fn gives_admin_rights(world: &World, event: &AuditEvent) -> bool {
    match event.what {
        Happening::OrgAdminAdded(_)
        | Happening::GroupGrantedAdmin { .. }
        | Happening::InvitedAsAdmin(_) => true,
        Happening::GroupJoined { group, .. } => world.groups[group].name == ADMIN_GROUP,
        _ => false,
    }
}

/// The group that the organisation's own list of groups begins with.
const ADMIN_GROUP: &str = "org-admins";

fn admin_roles_by_group(world: &World) -> ControlTruth {
    let grants = world
        .accounts
        .iter()
        .enumerate()
        .flat_map(|(place, account)| {
            let grants = world.grants(place).into_iter();
            grants.map(move |grant| (account, grant))
        });
    let records = grants.map(|(account, grant)| {
        let id = format!("{}#{}#{}", account.id, grant.resource.id(world), grant.role);
        let belongs = is_active(account) && ADMIN_ROLES.contains(&grant.role);
        let is_inferred = |method: &GrantMethod| *method == GrantMethod::Inferred;
        let right = !grant.methods.contains(&GrantMethod::Direct);
        judged(&id, Some(belongs), Some(right)).left_out_if(grant.methods.iter().all(is_inferred))
    });
    each(records, "not_applicable")
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

fn admins_are_people(world: &World) -> ControlTruth {
    let records = world.accounts.iter().map(|account| {
        let belongs = is_active(account) && is_admin(account);
        judged(&account.id, Some(belongs), is_person(account))
    });
    each(records, "not_applicable")
}

fn admins_idle(world: &World) -> ControlTruth {
    let records = world.accounts.iter().map(|account| {
        let belongs = both(
            Some(is_active(account) && is_admin(account)),
            is_person(account),
        );
        judged(
            &account.id,
            belongs,
            Some(was_seen(world, account, ADMIN_IDLE_DAYS)),
        )
        .left_out_if(within_last_days(world, account.added, NEW_ACCOUNT_DAYS))
    });
    each(records, "not_applicable")
}

fn admins_idle_session(world: &World, exported: &Exported) -> ControlTruth {
    let records = world.accounts.iter().map(|account| {
        let belongs = is_managed_person(account) && is_admin(account);
        let told = exported.get(&account.id);
        let minutes = told.and_then(|told| told.idle_session_minutes);
        judged(
            &account.id,
            Some(belongs),
            minutes.map(|minutes| minutes <= ADMIN_IDLE_MINUTES),
        )
    });
    each(records, "not_applicable")
}

fn admins_managed_sso(world: &World, exported: &Exported) -> ControlTruth {
    let records = world.accounts.iter().map(|account| {
        let belongs = is_active(account) && is_admin(account);
        let right = both(Some(account.managed), sso_of(exported, account));
        judged(&account.id, Some(belongs), right)
    });
    each(records, "fail")
}

fn admins_two_step_or_sso(world: &World, exported: &Exported) -> ControlTruth {
    let accounts = world.accounts.iter();
    let admins = accounts.filter(|one| is_active(one) && is_admin(one));
    let records = admins.map(|one| judged(&one.id, Some(true), two_step_or_sso(exported, one)));
    each(records, "not_applicable")
}

fn external_accounts_no_admin_role(world: &World) -> ControlTruth {
    let records = world.accounts.iter().map(|account| {
        let belongs = !account.managed && is_active(account);
        judged(&account.id, Some(belongs), Some(!is_admin(account)))
    });
    each(records, "not_applicable")
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

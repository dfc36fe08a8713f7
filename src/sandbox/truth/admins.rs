//! Administrators. As `controls/admins`.

use super::facts::{
    is_active, is_admin, is_managed_person, is_person, organization_admins, sso_of,
    two_step_or_sso, was_seen, within_last_days,
};
use super::outcome::{Judged, both, counted, each, judged};
use super::{ControlTruth, Exported, Told};
use crate::sandbox::grants::GrantMethod;
use crate::sandbox::world::{Account, Role, World};

/// Parameters of the controls, at their defaults.
const ADMIN_IDLE_DAYS: i64 = 30;
const ADMIN_IDLE_MINUTES: i64 = 60;
const NEW_ACCOUNT_DAYS: i64 = 30;
const ORG_ADMINS: std::ops::RangeInclusive<usize> = 2..=5;
const SITE_ADMINS_MAX: usize = 10;
const USER_ACCESS_ADMINS_MAX: usize = 20;

/// What these controls have to find.
pub(super) fn truth(world: &World, exported: &Exported) -> Told {
    vec![
        ("admin-roles-by-group", admin_roles_by_group(world)),
        ("admins-are-people", admins_are_people(world)),
        ("admins-idle", admins_idle(world)),
        ("admins-idle-session", admins_idle_session(world, exported)),
        ("admins-managed-sso", admins_managed_sso(world, exported)),
        (
            "admins-two-step-or-sso",
            admins_two_step_or_sso(world, exported),
        ),
        (
            "external-accounts-no-admin-role",
            external_accounts_no_admin_role(world),
        ),
        (
            "organization-admins-count",
            organization_admins_count(world),
        ),
        ("site-admins-count", site_admins_count(world)),
        ("user-access-admins-count", user_access_admins_count(world)),
    ]
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

/// Roles of an administrator.
const ADMIN_ROLES: [&str; 4] = [
    "atlassian/admin",
    "atlassian/org-admin",
    "atlassian/site-admin",
    "atlassian/user-access-admin",
];

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
        Judged {
            left_out: Some(grant.methods.iter().all(is_inferred)),
            ..judged(&id, Some(belongs), Some(right))
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
        .waiting(!exported.has_managed)
    });
    each(records, "not_applicable")
}

fn admins_managed_sso(world: &World, exported: &Exported) -> ControlTruth {
    let records = world.accounts.iter().map(|account| {
        let belongs = is_active(account) && is_admin(account);
        let right = both(Some(account.managed), sso_of(exported, account));
        judged(&account.id, Some(belongs), right).waiting(!exported.tells_sso())
    });
    each(records, "fail")
}

fn admins_two_step_or_sso(world: &World, exported: &Exported) -> ControlTruth {
    let accounts = world.accounts.iter();
    let admins = accounts.filter(|one| is_active(one) && is_admin(one));
    let judged = |one: &Account| judged(&one.id, Some(true), two_step_or_sso(exported, one));
    let records = admins.map(|one| judged(one).waiting(!exported.tells_sso()));
    each(records, "not_applicable")
}

fn external_accounts_no_admin_role(world: &World) -> ControlTruth {
    let records = world.accounts.iter().map(|account| {
        let belongs = !account.managed && is_active(account);
        judged(&account.id, Some(belongs), Some(!is_admin(account)))
    });
    each(records, "not_applicable")
}

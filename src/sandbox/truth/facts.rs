//! What several areas ask of one record. `None` stands for what no source tells.

use jiff::Timestamp;

use super::Exported;
use super::outcome::either;
use crate::sandbox::kind::KeyState;
use crate::sandbox::world::{
    Account, AccountKind, AccountStatus, DAY_MS, MembershipState, Policy, Role, Workspace, World,
};

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

pub(super) fn is_managed_person(account: &Account) -> bool {
    account.managed && account.is_active_person()
}

pub(super) fn is_admin(account: &Account) -> bool {
    let admin = [Role::OrgAdmin, Role::SiteAdmin, Role::UserAccessAdmin];
    account.roles.iter().any(|role| admin.contains(role))
}

pub(super) fn is_org_admin(account: &Account) -> bool {
    account.roles.contains(&Role::OrgAdmin)
}

pub(super) fn is_suspended(account: &Account) -> bool {
    let mut memberships = account.memberships.iter();
    !account.memberships.is_empty()
        && memberships.all(|one| one.state == MembershipState::Suspended)
}

/// The address in lower case, if the API tells it.
pub(super) fn shown(account: &Account) -> Option<String> {
    account.address.shown().map(str::to_ascii_lowercase)
}

pub(super) fn sso_of(exported: &Exported, account: &Account) -> Option<bool> {
    exported.get(&account.id).and_then(|told| told.sso)
}

/// Nobody fails while single sign-on may stand in, and nothing tells.
pub(super) fn two_step_or_sso(exported: &Exported, account: &Account) -> Option<bool> {
    either(account.mfa, sso_of(exported, account))
}

/// Whether the key has the scopes for groups, policies and API tokens, which one kind of key lacks.
pub(super) fn has_scopes(world: &World) -> bool {
    world.kind.key != KeyState::FewScopes
}

pub(super) fn is_in_use(workspace: &Workspace) -> bool {
    workspace.status == "online" && workspace.sandbox == "NONE"
}

/// Whether an enabled policy of this kind, which `keep` lets through, is in force on the workspace at `place`.
pub(super) fn covered(
    world: &World,
    place: usize,
    kind: &str,
    keep: impl Fn(&Policy) -> bool,
) -> bool {
    let policies = world.policies.iter();
    let policies = policies.filter(|policy| policy.enabled && policy.kind == kind && keep(policy));
    policies
        .flat_map(|policy| &policy.resources)
        .any(|resource| {
            resource.workspace == place && ["applied", "enabled"].contains(&resource.status)
        })
}

pub(super) fn was_seen(world: &World, account: &Account, days: i64) -> bool {
    account
        .newest_activity()
        .is_some_and(|newest| within_last_days(world, newest, days))
}

/// Whether `time` lies no more than `days` before the world's moment.
pub(super) fn within_last_days(world: &World, time: Timestamp, days: i64) -> bool {
    time.as_millisecond() >= world.as_of.as_millisecond() - days * DAY_MS
}

/// Whether `time` lies more than `days` after the world's moment.
pub(super) fn more_than_days_ahead(world: &World, time: Timestamp, days: i64) -> bool {
    time.as_millisecond() > world.as_of.as_millisecond() + days * DAY_MS
}

/// Active accounts with the role of an organisation administrator.
pub(super) fn organization_admins(world: &World) -> impl Iterator<Item = &Account> {
    let accounts = world.accounts.iter();
    accounts.filter(|one| is_active(one) && is_org_admin(one))
}

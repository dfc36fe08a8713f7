//! Takes away what the organisation's kind lacks, and what cannot be without it.

use crate::sandbox::kind::{DirectoryCount, DomainClaims, GuardPlan, KindMoment};
use crate::sandbox::reviews::left_since;
use crate::sandbox::world::{
    Account, AccountStatus, ClaimStatus, Management, Membership, MembershipState, World,
};

use super::estate::STAFF;

pub(super) fn narrow(world: &mut World) {
    match world.kind.domains {
        DomainClaims::EveryState | DomainClaims::Unclaimed => {}
        DomainClaims::NoneVerified => {
            for domain in &mut world.domains {
                if domain.claim == ClaimStatus::Verified {
                    domain.claim = ClaimStatus::Unverified;
                }
            }
        }
        DomainClaims::NoDomains => world.domains.clear(),
    }
    if world.kind.moment == KindMoment::BeforeReview {
        keep_leavers(world);
    }
    if world.kind.domains == DomainClaims::Unclaimed {
        leave_unclaimed(world);
    }
    if !world.kind.has_managed_accounts() {
        world.accounts.iter_mut().for_each(release);
        // Only tokens of managed accounts are told.
        world.tokens.clear();
    }
    if world.kind.plan == GuardPlan::None {
        world.policies.clear();
        for account in &mut world.accounts {
            account.billable = false;
        }
    }
    if !world.kind.has_provisioning() {
        for account in &mut world.accounts {
            account.management = account.management.map(|_| Management::Invited);
        }
        for group in world.groups.iter_mut().filter(|group| group.synced) {
            group.synced = false;
            group.managed_by = "admins";
        }
    }
    if world.kind.directories == DirectoryCount::One {
        join_directories(world);
    }
}

/// Those who left since are still active.
fn keep_leavers(world: &mut World) {
    let left: Vec<usize> = left_since(&world.accounts).collect();
    for place in left {
        let account = &mut world.accounts[place];
        account.status = AccountStatus::Active;
        account.deactivated = None;
        account.billable = true;
    }
}

/// Every fourth active person in a directory is on an account that nobody claimed, and every fifth of the others never
/// confirmed the address.
fn leave_unclaimed(world: &mut World) {
    let in_use = |account: &Account| {
        account.managed && account.is_active_person() && !account.memberships.is_empty()
    };
    let people = world.accounts.iter_mut().filter(|one| in_use(one));
    people.step_by(4).for_each(release);
    let people = world.accounts.iter_mut().filter(|one| in_use(one));
    for account in people.step_by(5) {
        account.email_verified = false;
    }
    // Only tokens of managed accounts are told.
    let accounts = &world.accounts;
    world.tokens.retain(|token| accounts[token.owner].managed);
}

/// An account that the organisation does not own: it can suspend it, and not switch it off.
fn release(account: &mut Account) {
    account.managed = false;
    account.mfa = None;
    account.management = None;
    account.billable = false;
    account.last_active = None;
    account.other_products.clear();
    account.deactivated = None;
    account.for_deletion = false;
    if account.memberships.is_empty() {
        account.memberships.push(Membership {
            directory: STAFF,
            state: MembershipState::Active,
        });
    }
    if account.status == AccountStatus::Inactive {
        account.status = AccountStatus::Active;
        for membership in &mut account.memberships {
            membership.state = MembershipState::Suspended;
        }
    }
}

fn join_directories(world: &mut World) {
    world.directories.truncate(1);
    for account in &mut world.accounts {
        let active = account
            .memberships
            .iter()
            .any(|one| one.state == MembershipState::Active);
        account.memberships.truncate(1);
        for membership in &mut account.memberships {
            membership.directory = STAFF;
            if active {
                membership.state = MembershipState::Active;
            }
        }
    }
    for group in &mut world.groups {
        group.directory = STAFF;
    }
    for workspace in &mut world.workspaces {
        workspace.directory = STAFF;
    }
}

//! Each kind of organisation lacks what it should, and nothing else.

use super::*;
use crate::sandbox::world::{ClaimStatus, Management};
use crate::sandbox::{DomainClaims, GuardPlan};

#[test]
fn every_kind_of_every_size_can_be_made_and_told() {
    for (name, _, _) in KINDS {
        for users in [1, 2, 10, 60, 240] {
            let world = world_of_kind(users, name);
            assert_eq!(world.accounts.len(), users as usize, "{name}");
            let controls = crate::control::builtin().len();
            assert_eq!(truth(&world).len(), controls, "{name}");
            for account in &world.accounts {
                assert!(account.managed || !account.memberships.is_empty(), "{name}");
                for membership in &account.memberships {
                    assert!(membership.directory < world.directories.len(), "{name}");
                }
            }
        }
    }
}

#[test]
fn where_nobody_claimed_and_nobody_confirmed_the_controls_of_both_fail() {
    for users in [10, 60, 240] {
        let world = world_of_kind(users, "unclaimed");
        for id in ["accounts-claimed", "accounts-email-verified"] {
            assert_eq!(truth(&world)[id].outcome, "fail", "{id}, {users} accounts");
        }
    }
}

#[test]
fn before_the_review_who_left_is_active_and_nothing_else_differs() {
    let (now, before) = (
        world_of_kind(240, "full"),
        world_of_kind(240, "before-review"),
    );
    let pairs = now.accounts.iter().zip(&before.accounts);
    let mut left = 0;
    for (now, before) in pairs {
        assert_eq!((&now.id, &now.roles), (&before.id, &before.roles));
        left += usize::from(now.status != before.status);
    }
    assert!(left > 3, "{left}");
}

#[test]
fn a_sheet_that_is_filled_in_twice_or_is_none_is_refused() {
    let world = world_of_kind(10, "full");
    for sheet in [
        "",
        "a,b\n1,2\n",
        "id,decision,reviewer,ticket,review,snapshot\nx,keep,,,accounts,0\n",
    ] {
        let filled = crate::sandbox::reviews::fill(&world, sheet.as_bytes(), Default::default());
        assert!(filled.is_err(), "{sheet}");
    }
}

#[test]
fn without_a_verified_domain_nobody_is_managed() {
    for name in ["only-unmanaged", "no-domains"] {
        let world = world_of_kind(240, name);
        assert!(world.accounts.iter().all(|account| !account.managed));
        assert!(world.accounts.iter().all(|account| account.mfa.is_none()));
        assert!(world.tokens.is_empty() && world.authentication_policies.is_empty());
        assert!(world.scim_directories.is_empty());
        let verified = |claim| claim == ClaimStatus::Verified;
        assert!(!world.domains.iter().any(|domain| verified(domain.claim)));
        let none = world.kind.domains == DomainClaims::NoDomains;
        assert_eq!(world.domains.is_empty(), none);
        for id in ["accounts-idle", "accounts-sso", "api-tokens-expire"] {
            assert_eq!(truth(&world)[id].outcome, "not_applicable", "{id}");
        }
    }
}

#[test]
fn without_a_plan_there_are_no_policies_no_events_and_no_provisioning() {
    let world = world_of_kind(240, "no-guard");
    assert_eq!(world.kind.plan, GuardPlan::None);
    assert!(world.policies.is_empty() && world.data_security_policies.is_empty());
    assert!(world.classification_levels.is_empty() && world.scim_directories.is_empty());
    assert_eq!(world.event_count(), 0);
    let synced = |account: &Account| account.management == Some(Management::Synced);
    assert!(!world.accounts.iter().any(synced));
    assert!(!world.groups.iter().any(|group| group.synced));
    assert!(world.accounts.iter().any(|account| account.managed));
}

#[test]
fn in_one_directory_everybody_is_in_it_once() {
    let world = world_of_kind(240, "one-directory");
    assert_eq!(world.directories.len(), 1);
    assert_eq!(world.scim_directories.len(), 1);
    let two = world_of_kind(240, "full");
    assert_eq!((two.directories.len(), two.scim_directories.len()), (2, 2));
    assert!(
        world
            .accounts
            .iter()
            .all(|account| account.memberships.len() <= 1)
    );
    assert!(world.groups.iter().all(|group| group.directory == 0));
    assert!(
        world
            .workspaces
            .iter()
            .all(|workspace| workspace.directory == 0)
    );
}

//! Domains, and the accounts that belong to them. As `controls/domains`.

use super::facts::{is_active, is_person};
use super::outcome::{both, each, judged};
use super::{ControlTruth, Exported, Told};
use crate::sandbox::world::{Account, ClaimStatus, World};

/// What these controls have to find.
pub(super) fn truth(world: &World, exported: &Exported) -> Told {
    vec![
        ("accounts-claimed", accounts_claimed(world)),
        (
            "accounts-claimed-elsewhere",
            accounts_claimed_elsewhere(world, exported),
        ),
        ("domains-approved", domains_approved(world)),
        (
            "domains-no-pending-claims",
            domains_no_pending_claims(world),
        ),
        ("domains-verified", domains_verified(world)),
    ]
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
        judged(
            &account.id,
            belongs,
            told.and_then(|told| told.is_claimed_here),
        )
        .waiting(!exported.has_domain)
    });
    each(records, "not_applicable")
}

fn domains_approved(world: &World) -> ControlTruth {
    let approved = world.corporate_domains();
    let verified = world
        .domains
        .iter()
        .filter(|domain| world.is_verified(&domain.name));
    let claims = verified.filter(|domain| domain.claim == ClaimStatus::Verified);
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

fn domains_no_pending_claims(world: &World) -> ControlTruth {
    let records = world.domains.iter().map(|domain| {
        let pending = matches!(
            domain.claim,
            ClaimStatus::Unverified | ClaimStatus::MissingToken
        );
        judged(&domain.id, Some(true), Some(!pending))
    });
    each(records, "not_applicable")
}

fn domains_verified(world: &World) -> ControlTruth {
    let names = world.corporate_domains().into_iter();
    let records = names.map(|name| {
        let right = world.is_verified(&name);
        judged(&format!("expected:{name}"), Some(true), Some(right))
    });
    each(records, "not_applicable")
}

//! Authentication policies, as far as accounts tell of them. As `controls/sign-in`.

use super::facts::is_managed_person;
use super::outcome::{each, judged};
use super::{ControlTruth, Exported, Told};
use crate::sandbox::world::World;

/// What these controls have to find.
pub(super) fn truth(world: &World, exported: &Exported) -> Told {
    vec![(
        "non-billable-members",
        non_billable_members(world, exported),
    )]
}

fn non_billable_members(world: &World, exported: &Exported) -> ControlTruth {
    let records = world.accounts.iter().map(|account| {
        let told = exported.get(&account.id);
        judged(
            &account.id,
            Some(is_managed_person(account)),
            told.and_then(|told| told.policy_billable),
        )
        .waiting(!exported.tells_sso())
    });
    each(records, "not_applicable")
}

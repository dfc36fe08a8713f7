//! Accounts of machines. As `controls/service-accounts`.

use std::collections::BTreeSet;

use super::outcome::{each, judged};
use super::{ControlTruth, Told};
use crate::sandbox::world::World;

/// What these controls have to find.
pub(super) fn truth(world: &World) -> Told {
    vec![(
        "service-accounts-registered",
        service_accounts_registered(world),
    )]
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

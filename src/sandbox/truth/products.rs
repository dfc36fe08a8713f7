//! Products and who uses them. As `controls/products`.

use std::collections::BTreeSet;

use super::facts::{is_active, is_in_use, within_last_days};
use super::outcome::{each, judged, share};
use super::{ControlTruth, Told};
use crate::sandbox::world::World;

/// Parameters of the controls, at their defaults.
const PRODUCT_IDLE_DAYS: i64 = 90;

/// What these controls have to find.
pub(super) fn truth(world: &World) -> Told {
    vec![
        ("product-access-used", product_access_used(world)),
        ("workspaces-registered", workspaces_registered(world)),
    ]
}

fn product_access_used(world: &World) -> ControlTruth {
    let active = world.accounts.iter().filter(|one| is_active(one));
    let accesses = active.flat_map(|account| &account.product_access);
    let tested = accesses.filter(|access| world.workspaces[access.workspace].sandbox != "CHILD");
    share(
        tested.map(|access| {
            access
                .last_active
                .is_some_and(|used| within_last_days(world, used, PRODUCT_IDLE_DAYS))
        }),
        80,
    )
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

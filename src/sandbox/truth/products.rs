//! Products and who uses them. As `controls/products`.

use super::facts::{is_active, within_last_days};
use super::outcome::share;
use super::{ControlTruth, Told};
use crate::sandbox::world::World;

/// Parameters of the controls, at their defaults.
const PRODUCT_IDLE_DAYS: i64 = 90;

/// What these controls have to find.
pub(super) fn truth(world: &World) -> Told {
    vec![("product-access-used", product_access_used(world))]
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

//! Where data lies, and how it is classified. As `controls/data`.

use super::facts::{covered, has_scopes, is_in_use};
use super::outcome::{both, counted, each, judged, told, worst};
use super::{ControlTruth, Told};
use crate::sandbox::kind::GuardPlan;
use crate::sandbox::statements::REGION;
use crate::sandbox::world::{Policy, World};

/// Parameters of the controls, at their defaults.
const LEVELS_MIN: usize = 2;

/// What these controls have to find.
pub(super) fn truth(world: &World) -> Told {
    vec![
        (
            "classification-levels-published",
            classification_levels(world),
        ),
        ("workspaces-data-residency", data_residency(world)),
    ]
}

fn classification_levels(world: &World) -> ControlTruth {
    if world.kind.plan < GuardPlan::Premium {
        return told("not_applicable", &[], &[]);
    }
    let levels = world.classification_levels.iter();
    let published = levels.filter(|level| level.status == "PUBLISHED").count();
    counted(published >= LEVELS_MIN)
}

fn data_residency(world: &World) -> ControlTruth {
    const PRODUCTS: [&str; 4] = [
        "jira-software",
        "jira-servicedesk",
        "jira-product-discovery",
        "confluence",
    ];
    let places = world.workspaces.iter().enumerate();
    let records = places.map(|(place, workspace)| {
        let belongs = is_in_use(workspace)
            && PRODUCTS.contains(&workspace.type_key)
            && ["standard", "premium", "enterprise"].contains(&workspace.plan);
        let pinned = |policy: &Policy| policy.rule.iter().flatten().any(|realm| realm == REGION);
        let is_pinned = || covered(world, place, "data-residency", pinned);
        let right = both(
            Some(workspace.realm == REGION),
            has_scopes(world).then(is_pinned),
        );
        judged(&workspace.id, Some(belongs), right)
    });
    worst(each(records, "not_applicable"), has_scopes(world))
}

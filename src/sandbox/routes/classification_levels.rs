//! Classification levels of data: a paid feature.

use serde_json::{Value, json};

use super::{Call, time};
use crate::sandbox::kind::GuardPlan;
use crate::sandbox::reply::{Refusal, Reply};
use crate::sandbox::world::{ClassificationLevel, World};

/// All in one answer: no parameter is documented that could ask for a second page.
pub(super) fn levels(call: &Call<'_>) -> Result<Reply, Refusal> {
    paid(call.world)?;
    call.no_query()?;
    let levels = call.world.classification_levels.iter();
    let levels: Vec<Value> = levels
        .map(|level| level_record(call.world, level))
        .collect();
    let links = json!({ "first": null, "next": null, "prev": null });
    Ok(Reply::Whole(json!({ "levels": levels, "links": links })))
}

pub(super) fn level(call: &Call<'_>) -> Result<Reply, Refusal> {
    paid(call.world)?;
    call.no_query()?;
    let id = call.param("level");
    let mut levels = call.world.classification_levels.iter();
    let level = levels.find(|level| level.id == id);
    let level = level.ok_or_else(Refusal::resource)?;
    Ok(Reply::Whole(level_record(call.world, level)))
}

fn paid(world: &World) -> Result<(), Refusal> {
    match world.kind.plan {
        GuardPlan::Premium => Ok(()),
        GuardPlan::None | GuardPlan::Standard => Err(Refusal::plan(
            "The organization does not have this paid feature enabled",
        )),
    }
}

fn level_record(world: &World, level: &ClassificationLevel) -> Value {
    let creator = &world.accounts[level.creator];
    let creator = json!({ "name": creator.name, "accountId": creator.id });
    json!({
        "levelId": level.id,
        "orgId": world.org_id,
        "name": level.name,
        "definition": level.definition,
        "guideline": level.guideline,
        "color": level.color,
        "sensitivity": level.sensitivity,
        "status": level.status,
        "createdBy": creator,
        "createdOn": time(level.created),
        "changedBy": level.changed.map(|_| &creator),
        "changedOn": level.changed.map(time),
    })
}

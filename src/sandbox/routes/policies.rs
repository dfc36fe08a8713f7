//! Organisation policies.

use serde_json::{Map, Value, json};

use super::{Call, time};
use crate::sandbox::page::Scheme;
use crate::sandbox::reply::{Refusal, Reply};
use crate::sandbox::world::{Policy, PolicyResource, World};

pub(super) fn policies(call: &Call<'_>) -> Result<Reply, Refusal> {
    let start = call.start(
        call.query_object(&["cursor", "type"], &[])?,
        call.options.page_sizes.policies,
    )?;
    let kind = start.cursor.query["type"].as_str().map(str::to_owned);
    let world = call.world;
    let keep = |place: usize| {
        kind.as_deref()
            .is_none_or(|kind| world.policies[place].kind == kind)
    };
    let record = |place: usize| policy_record(world, &world.policies[place]);
    Ok(call
        .page(
            Scheme::UrlsAndMeta,
            start,
            world.policies.len(),
            keep,
            record,
        )
        .into())
}

pub(super) fn policy(call: &Call<'_>) -> Result<Reply, Refusal> {
    call.no_query()?;
    let id = call.param("policy");
    let found = call.world.policies.iter().find(|policy| policy.id == id);
    let policy = found.ok_or_else(Refusal::policy)?;
    Ok(Reply::Whole(
        json!({ "data": policy_record(call.world, policy) }),
    ))
}

/// A resource as a policy tells it.
pub(super) fn resource_record(world: &World, resource: &PolicyResource) -> Value {
    let mut meta = Map::new();
    if resource.status == "scheduled" {
        let day = time(world.as_of)[..10].to_owned();
        meta.insert("scheduledDate".to_owned(), day.into());
    }
    json!({
        "id": world.workspaces[resource.workspace].id,
        "applicationStatus": resource.status,
        "meta": meta,
        "links": {},
    })
}

pub(super) fn policy_record(world: &World, policy: &Policy) -> Value {
    let resources = policy.resources.iter();
    let resources: Vec<Value> = resources
        .map(|resource| resource_record(world, resource))
        .collect();
    let mut attributes = json!({
        "id": policy.id,
        "ownerId": world.org_id,
        "type": policy.kind,
        "name": policy.name,
        "status": if policy.enabled { "enabled" } else { "disabled" },
        "resources": resources,
        "createdAt": time(policy.created),
        "updatedAt": policy.updated.map(time),
    });
    if let Some(values) = &policy.rule {
        attributes["rule"] = json!({ "in": values });
    }
    json!({ "id": policy.id, "type": "policy", "attributes": attributes })
}

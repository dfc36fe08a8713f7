//! Product instances.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Call, in_limits, typed};
use crate::sandbox::page::{Cursor, Scheme};
use crate::sandbox::reply::{Refusal, Reply};
use crate::sandbox::world::{Policy, World};

/// Most records on a page.
const LIMIT_MAX: u64 = 1_000;

/// Deepest nesting of `and` and `nor` in a query.
const QUERY_DEPTH_MAX: usize = 8;

/// What may be asked of workspaces.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Search {
    query: Option<Query>,
    sort: Option<Vec<Sort>>,
}

/// One operator or operand: exactly one of the fields stands.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Query {
    and: Option<Vec<Query>>,
    nor: Option<Vec<Query>>,
    field: Option<FieldOperand>,
    search_workspaces: Option<String>,
    features: Option<Vec<String>>,
    policies: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldOperand {
    name: Field,
    values: Vec<String>,
}

/// The fields that this sandbox can filter and sort by; the reference names none.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Field {
    Name,
    TypeKey,
    Type,
    Status,
    Realm,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sort {
    field: Field,
    order: super::accounts::Direction,
}

impl Field {
    fn of(self, world: &World, place: usize) -> &str {
        let workspace = &world.workspaces[place];
        match self {
            Field::Name => &workspace.name,
            Field::TypeKey => workspace.type_key,
            Field::Type => workspace.type_name,
            Field::Status => workspace.status,
            Field::Realm => workspace.realm,
        }
    }
}

impl Query {
    fn depth(&self) -> usize {
        let nested = self.and.iter().chain(&self.nor).flatten();
        1 + nested.map(Query::depth).max().unwrap_or(0)
    }

    fn fits(&self, world: &World, place: usize) -> bool {
        let workspace = &world.workspaces[place];
        let mentions = |term: &String| {
            let term = term.to_lowercase();
            let url = workspace.host_url.as_deref().unwrap_or_default();
            workspace.name.to_lowercase().contains(&term) || url.contains(&term)
        };
        // An operator without operands filters nothing.
        self.and.iter().flatten().all(|query| query.fits(world, place))
            && !self.nor.iter().flatten().any(|query| query.fits(world, place))
            && self.field.as_ref().is_none_or(|field| {
                field.values.is_empty() || field.values.iter().any(|value| value == field.name.of(world, place))
            })
            && self.search_workspaces.as_ref().is_none_or(mentions)
            // No workspace here has a feature.
            && self.features.as_ref().is_none_or(Vec::is_empty)
            && self.policies.as_ref().is_none_or(|ids| {
                ids.is_empty() || policies_on(world, place).any(|policy| ids.contains(&policy.id))
            })
    }
}

pub(super) fn workspaces(call: &Call<'_>) -> Result<Reply, Refusal> {
    let mut query = call.body.clone();
    let cursor = query.remove("cursor").filter(|cursor| !cursor.is_null());
    let start = match cursor {
        Some(_) if !query.is_empty() => {
            return Err(Refusal::body(
                "with a cursor no other properties may be present",
            ));
        }
        Some(cursor) => {
            let text = cursor.as_str().ok_or_else(Refusal::cursor)?;
            let cursor = Cursor::read(text, call.route.name)?;
            super::Start {
                cursor,
                first: false,
            }
        }
        None => {
            let limit = query
                .remove("limit")
                .map(|limit| in_limits(&limit, LIMIT_MAX))
                .transpose()?;
            call.first_page(query, limit.unwrap_or(call.options.page_sizes.workspaces))
        }
    };
    let search: Search = typed(start.cursor.query.clone())?;
    if search
        .query
        .as_ref()
        .is_some_and(|query| query.depth() > QUERY_DEPTH_MAX)
    {
        return Err(Refusal::body(&format!(
            "query is nested more than {QUERY_DEPTH_MAX} deep"
        )));
    }
    let world = call.world;
    let mut order: Vec<usize> = (0..world.workspaces.len()).collect();
    for sort in search.sort.iter().flatten().rev() {
        order.sort_by_key(|&place| sort.field.of(world, place));
        sort.order.apply(&mut order);
    }
    let keep = |place: usize| {
        search
            .query
            .as_ref()
            .is_none_or(|query| query.fits(world, order[place]))
    };
    let total = (0..order.len()).filter(|&place| keep(place)).count();
    let limit = start.cursor.limit;
    let record = |place: usize| workspace_record(call, order[place]);
    let mut page = call.page(Scheme::Cursors, start, order.len(), keep, record);
    page.meta.insert("pageSize".to_owned(), limit.into());
    page.meta.insert("startIndex".to_owned(), Value::Null);
    page.meta.insert("endIndex".to_owned(), Value::Null);
    page.meta
        .insert("total".to_owned(), call.listed(total).into());
    Ok(page.into())
}

/// Policies that name the workspace, whether they are in force or not.
fn policies_on(world: &World, place: usize) -> impl Iterator<Item = &Policy> {
    let names = move |policy: &&Policy| {
        policy
            .resources
            .iter()
            .any(|resource| resource.workspace == place)
    };
    world.policies.iter().filter(names)
}

fn workspace_record(call: &Call<'_>, place: usize) -> Value {
    let world = call.world;
    let workspace = &world.workspaces[place];
    let policies: Vec<Value> = policies_on(world, place)
        .map(|policy| json!({ "id": policy.id, "type": "policy", "attributes": { "fields": {} } }))
        .collect();
    let plan = match workspace.plan {
        "free" => "Free",
        "standard" => "Standard",
        "premium" => "Premium",
        _ => "Enterprise",
    };
    let entitlement = json!({
        "id": format!("ent-{}-{place}", workspace.type_key),
        "type": "entitlement",
        "attributes": { "key": format!("{}.ondemand", workspace.type_key), "plan": plan, "planKey": workspace.plan },
    });
    json!({
        "id": workspace.id,
        "type": "workspaces",
        "attributes": {
            "name": workspace.name,
            "typeKey": workspace.type_key,
            "type": workspace.type_name,
            "owner": null,
            "status": workspace.status,
            "statusDetails": [],
            "icons": {},
            "avatars": {},
            "labels": [],
            "sandbox": { "type": workspace.sandbox },
            "usage": null,
            "capacity": workspace.capacity,
            // This one service writes whole seconds.
            "createdAt": format!("{:.0}", workspace.created),
            "createdBy": null,
            "updatedAt": null,
            "hostUrl": workspace.host_url,
            "realm": workspace.realm,
            "regions": workspace.regions,
        },
        "links": { "self": format!("{}{}/{}", call.public_url, call.path, workspace.id) },
        "relationships": { "policies": policies, "entitlements": [entitlement] },
    })
}

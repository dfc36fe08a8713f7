//! Role assignments of one account or one group, one record per resource.

use serde_json::{Map, Value, json};

use super::accounts::Scope;
use super::{Call, Start, groups};
use crate::sandbox::grants::{Grant, GroupGrant, Resource};
use crate::sandbox::page::Scheme;
use crate::sandbox::reply::{Refusal, Reply};
use crate::sandbox::world::World;

/// Filters that a query may repeat.
const LISTS: [&str; 4] = ["directoryIds", "resourceOwners", "resourceIds", "roleIds"];

pub(super) fn of_user(call: &Call<'_>) -> Result<Reply, Refusal> {
    let start = start(call, "account")?;
    let scope = Scope::of_path(call)?;
    let world = call.world;
    let account = &world.accounts[scope.account(call)?];
    let filter = Filter::of(&start.cursor.query);
    let mut records: Vec<(Resource, Vec<Grant>)> = Vec::new();
    for grant in world.grants_of(account) {
        if !scoped(&scope, world, grant.resource) || !filter.lets(world, grant.resource, grant.role)
        {
            continue;
        }
        match records.last_mut() {
            Some((resource, grants)) if *resource == grant.resource => grants.push(grant),
            _ => records.push((grant.resource, vec![grant])),
        }
    }
    let record = |place: usize| {
        let (resource, grants) = &records[place];
        let (directory, status) = match *resource {
            Resource::Workspace(workspace) => (
                Some(directory_id(world, workspace)),
                Some(world.directory_status(account, workspace)),
            ),
            Resource::Organization | Resource::Site => (None, None),
        };
        let roles: Vec<&str> = grants.iter().map(|grant| grant.role).collect();
        let assignments = grants.iter().map(|grant| {
            let methods: Vec<&str> = grant.methods.iter().map(|method| method.word()).collect();
            json!({ "role": grant.role, "roleAssignmentMethods": methods })
        });
        json!({
            "resourceId": resource.id(world),
            "resourceOwner": resource.owner(world),
            "roles": roles,
            "roleAssignments": assignments.collect::<Value>(),
            "directoryId": directory,
            "userDirectoryStatus": status,
        })
    };
    let page = call.page(Scheme::Cursors, start, records.len(), |_| true, record);
    Ok(page.into())
}

pub(super) fn of_group(call: &Call<'_>) -> Result<Reply, Refusal> {
    let start = start(call, "group")?;
    let scope = Scope::of_path(call)?;
    let world = call.world;
    let filter = Filter::of(&start.cursor.query);
    let grants = world.group_grants(groups::place(call)?);
    let let_through = grants.into_iter().filter(|grant| {
        scoped(&scope, world, grant.resource) && filter.lets(world, grant.resource, grant.role)
    });
    let records: Vec<GroupGrant> = let_through.collect();
    let record = |place: usize| {
        let grant = records[place];
        let is_product = matches!(grant.resource, Resource::Workspace(_));
        json!({
            "resourceId": grant.resource.id(world),
            "resourceOwner": grant.resource.owner(world),
            "roles": [grant.role],
            "defaultRole": is_product.then_some(grant.role),
        })
    };
    let page = call.page(Scheme::Cursors, start, records.len(), |_| true, record);
    Ok(page.into())
}

/// Where the walk starts: a cursor of another account or group does not fit.
fn start(call: &Call<'_>, whose: &str) -> Result<Start, Refusal> {
    let mut query: Map<String, Value> = call.query_object(&["cursor", "limit"], &LISTS)?;
    let id = Value::from(call.param(whose));
    query.insert("whose".to_owned(), id.clone());
    let start = call.start_in_directory(query)?;
    if start.cursor.query["whose"] == id {
        Ok(start)
    } else {
        Err(Refusal::cursor())
    }
}

/// Roles on the platform belong to no directory.
fn scoped(scope: &Scope<'_>, world: &World, resource: Resource) -> bool {
    match resource {
        Resource::Workspace(place) => scope.holds(world.workspaces[place].directory),
        Resource::Organization | Resource::Site => true,
    }
}

fn directory_id(world: &World, workspace: usize) -> &str {
    &world.directories[world.workspaces[workspace].directory].id
}

/// What a query asks for; an absent list lets everything through.
struct Filter<'a>(&'a Value);

impl Filter<'_> {
    fn of(query: &Value) -> Filter<'_> {
        Filter(query)
    }

    fn lets(&self, world: &World, resource: Resource, role: &str) -> bool {
        let lets = |name: &str, value: &str| {
            let list = self.0[name].as_array();
            list.is_none_or(|list| list.iter().any(|one| one == value))
        };
        let directory = match resource {
            Resource::Workspace(place) => directory_id(world, place),
            Resource::Organization | Resource::Site => "",
        };
        lets("resourceOwners", resource.owner(world))
            && lets("resourceIds", &resource.id(world))
            && lets("roleIds", role)
            && lets("directoryIds", directory)
    }
}

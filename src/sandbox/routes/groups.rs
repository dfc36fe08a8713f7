//! Groups of the directories.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Call, lets_through, list_in_bounds, typed};
use crate::sandbox::page::Scheme;
use crate::sandbox::reply::{Refusal, Reply};
use crate::sandbox::world::{Group, World};

/// What may be asked of groups.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Search {
    /// Written by the sandbox: the directory of the path.
    directory: Option<String>,
    account_ids: Option<Vec<String>>,
    directory_ids: Option<Vec<String>>,
    expand: Option<Vec<Expand>>,
    group_ids: Option<Vec<String>>,
    group_names: Option<Vec<String>>,
    resource_ids: Option<Vec<String>>,
    resource_owners: Option<Vec<String>>,
    role_ids: Option<Vec<String>>,
    search_term: Option<String>,
    sort_by: Option<Vec<Sort>>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
enum Expand {
    #[serde(rename = "counts.resources")]
    Resources,
    #[serde(rename = "counts.users")]
    Users,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sort {
    field: SortField,
    direction: super::accounts::Direction,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SortField {
    Name,
}

impl Search {
    fn check(self) -> Result<Search, Refusal> {
        list_in_bounds("accountIds", &self.account_ids, 10)?;
        list_in_bounds("directoryIds", &self.directory_ids, 10)?;
        list_in_bounds("expand", &self.expand, 2)?;
        list_in_bounds("groupIds", &self.group_ids, 10)?;
        list_in_bounds("groupNames", &self.group_names, 100)?;
        list_in_bounds("resourceIds", &self.resource_ids, 20)?;
        list_in_bounds("resourceOwners", &self.resource_owners, 10)?;
        list_in_bounds("roleIds", &self.role_ids, 10)?;
        list_in_bounds("sortBy", &self.sort_by, 1)?;
        if self.group_names.is_some() && (self.search_term.is_some() || self.group_ids.is_some()) {
            return Err(Refusal::body("groupNames excludes searchTerm and groupIds"));
        }
        Ok(self)
    }

    fn expands(&self, expand: Expand) -> bool {
        self.expand
            .as_ref()
            .is_some_and(|all| all.contains(&expand))
    }

    fn fits(&self, world: &World, place: usize, directory: Option<usize>) -> bool {
        let group = &world.groups[place];
        let reach = || {
            group
                .workspaces
                .iter()
                .map(|&workspace| &world.workspaces[workspace])
        };
        let name = group.name.to_lowercase();
        let has_member = |ids: &Vec<String>| {
            let mut accounts = world
                .accounts
                .iter()
                .filter(|account| ids.contains(&account.id));
            accounts.any(|account| account.groups.contains(&place))
        };
        directory.is_none_or(|directory| group.directory == directory)
            && lets_through(
                &self.directory_ids,
                world.directories[group.directory].id.as_str(),
            )
            && lets_through(&self.group_ids, group.id.as_str())
            && self.account_ids.as_ref().is_none_or(has_member)
            && self
                .group_names
                .as_ref()
                .is_none_or(|names| names.iter().any(|wanted| wanted.to_lowercase() == name))
            && self
                .search_term
                .as_ref()
                .is_none_or(|term| name.contains(&term.to_lowercase()))
            && self
                .role_ids
                .as_ref()
                .is_none_or(|ids| ids.iter().any(|id| gives(world, place, id)))
            && (self.resource_ids.is_none()
                || reach().any(|workspace| lets_through(&self.resource_ids, workspace.id.as_str())))
            && (self.resource_owners.is_none()
                || reach().any(|workspace| lets_through(&self.resource_owners, workspace.type_key)))
    }
}

pub(super) fn search(call: &Call<'_>) -> Result<Reply, Refusal> {
    let directory = call.directory()?;
    let start = call.start_search(call.options.page_sizes.groups_search)?;
    let search = start.query::<Search>()?.check()?;
    let world = call.world;
    let mut order: Vec<usize> = (0..world.groups.len()).collect();
    if let Some(
        [
            Sort {
                field: SortField::Name,
                direction,
            },
        ],
    ) = search.sort_by.as_deref()
    {
        order.sort_by_key(|&place| (world.groups[place].name.to_lowercase(), place));
        direction.apply(&mut order);
    }
    let keep = |place: usize| search.fits(world, order[place], directory);
    let record = |place: usize| group_record(world, &world.groups[order[place]], &search);
    Ok(call
        .page(Scheme::Cursors, start, order.len(), keep, record)
        .into())
}

/// Whether the group gives the role anywhere.
fn gives(world: &World, group: usize, role: &str) -> bool {
    world
        .group_grants(group)
        .iter()
        .any(|grant| grant.role == role)
}

/// The deprecated listing: the same records as a search, without counts.
pub(super) fn list(call: &Call<'_>) -> Result<Reply, Refusal> {
    let query = call.query_object(&["searchTerm", "cursor", "limit"], &LISTS)?;
    let start = call.start_in_directory(query)?;
    let directory = call.directory()?;
    let search = start.query::<Search>()?.check()?;
    let world = call.world;
    let keep = |place: usize| search.fits(world, place, directory);
    let record = |place: usize| group_record(world, &world.groups[place], &search);
    let length = world.groups.len();
    let page = call.page(Scheme::Cursors, start, length, keep, record);
    Ok(page.into())
}

pub(super) fn group(call: &Call<'_>) -> Result<Reply, Refusal> {
    call.no_query()?;
    let group = &call.world.groups[place(call)?];
    let search = Search {
        expand: Some(vec![Expand::Users, Expand::Resources]),
        ..Search::default()
    };
    let record = group_record(call.world, group, &search);
    Ok(Reply::Whole(json!({ "data": record })))
}

/// The place of the group that the path names.
pub(super) fn place(call: &Call<'_>) -> Result<usize, Refusal> {
    let directory = call.directory()?;
    let id = call.param("group");
    let groups = &call.world.groups;
    let found = groups.iter().position(|group| group.id == id);
    found
        .filter(|&place| directory.is_none_or(|directory| groups[place].directory == directory))
        .ok_or_else(Refusal::resource)
}

/// Filters that a query may repeat.
const LISTS: [&str; 6] = [
    "directoryIds",
    "accountIds",
    "groupIds",
    "resourceOwners",
    "resourceIds",
    "roleIds",
];

pub(super) fn count(call: &Call<'_>) -> Result<Reply, Refusal> {
    let directory = call.directory()?;
    let query = call.query_object(&["searchTerm"], &LISTS)?;
    let search = typed::<Search>(query.into())?.check()?;
    let places = 0..call.world.groups.len();
    let count = places
        .filter(|&place| search.fits(call.world, place, directory))
        .count();
    Ok(Reply::Whole(json!({ "count": call.listed(count) })))
}

pub(super) fn stats(call: &Call<'_>) -> Result<Reply, Refusal> {
    let directory = call.directory()?;
    call.no_query()?;
    let listed = |group: &&Group| directory.is_none_or(|directory| group.directory == directory);
    let groups: Vec<&Group> = call.world.groups.iter().filter(listed).collect();
    let synced = groups.iter().filter(|group| group.synced).count();
    let types: Vec<Value> = ["TEAM", "GROUP", "USERBASE_GROUP"]
        .into_iter()
        .map(|kind| json!({ "type": kind, "count": groups.iter().filter(|group| group.kind == kind).count() }))
        .collect();
    // Here every group that an external source manages is one that the identity provider syncs.
    let totals = json!({ "all": groups.len(), "managed": synced, "synced": synced });
    Ok(Reply::Whole(json!({ "totals": totals, "types": types })))
}

fn group_record(world: &World, group: &Group, search: &Search) -> Value {
    let local = !group.synced;
    let mut record = json!({
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "directoryId": world.directories[group.directory].id,
        "externalSynced": group.synced,
        "managedBy": group.managed_by,
        "managementAccess": { "deletable": local, "modifiable": local, "readable": true },
        "links": { "self": format!("g{}", &group.id[..8]) },
    });
    if search.expands(Expand::Users) {
        record["counts"]["users"] = group.user_count.into();
    }
    if search.expands(Expand::Resources) {
        record["counts"]["resources"] = group.workspaces.len().into();
    }
    record
}

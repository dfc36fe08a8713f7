//! The routes that are served: the documented reads, and nothing else.
//!
//! A new route is a function in one of these files and its line in [`ROUTES`]. Where the reference
//! is silent the sandbox is strict: a parameter or property that it does not know is refused, so
//! that a client's typo cannot pass for a filter.

mod accounts;
mod api_keys;
mod api_tokens;
mod classification_levels;
mod control;
mod events;
mod groups;
mod organization;
mod policies;
mod role_assignments;
mod scim;
mod service_accounts;
mod workspaces;

use axum::http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::sync::OnceLock;

use super::options::ServerOptions;
use super::page::{Cursor, Listing, Order, Page, Scheme};
use super::reply::{Refusal, Reply, Service};
use super::world::World;

/// A documented read.
pub(super) struct Route {
    /// Short name, for faults and the request log.
    pub name: &'static str,
    pub method: Method,
    /// Path under the API's host, in axum's notation.
    pub path: &'static str,
    pub service: Service,
    /// Whether it answers in pages.
    pub paged: bool,
    pub answer: fn(&Call<'_>) -> Result<Reply, Refusal>,
}

impl Route {
    /// Whether it lists records, by cursors or by numbers.
    pub(super) fn lists(&self) -> bool {
        self.paged || ["scim-users", "scim-groups"].contains(&self.name)
    }

    /// The listing that it counts.
    pub(super) fn counts(&self) -> Option<&'static str> {
        Some(match self.name {
            "users-count" => "users-search",
            "groups-count" => "groups-search",
            "api-tokens-count" => "api-tokens",
            "api-keys-count" => "api-keys",
            "oauth-clients-count" => "oauth-clients",
            _ => return None,
        })
    }

    /// The scope that a key with scopes needs, where the reference states one.
    pub(super) fn scope(&self) -> Option<&'static str> {
        Some(match self.name {
            "org" => "read:orgs:admin",
            "v1-users" => "read:accounts:admin",
            "domains" | "domain" => "read:domains:admin",
            "policies" | "policy" => "read:policies:admin",
            "events" | "events-stream" | "event" | "event-actions" => "read:events:admin",
            "directories" | "users" | "users-stats" | "user-role-assignments" => {
                "read:directories:admin"
            }
            "groups-search" | "groups" | "group-role-assignments" => "read:groups:admin",
            "workspaces" => "read:workspaces:admin",
            "api-tokens" | "api-tokens-count" => "read:tokens:admin",
            "api-keys" | "api-keys-count" => "read:keys:admin",
            "classification-levels" | "classification-level" => "read:classification-levels:admin",
            "service-accounts" => "read:service-accounts:admin",
            "service-account-tokens"
            | "tokens-of-service-account"
            | "service-account-clients"
            | "clients-of-service-account"
            | "oauth-clients"
            | "oauth-client" => "read:service-accounts-tokens:admin",
            name if name.starts_with("control-") => "read:policies:admin",
            _ => return None,
        })
    }

    /// Requests a minute, where the reference names a limit.
    pub(super) fn limit(&self) -> Option<u32> {
        match self.name {
            "events" | "event" | "event-actions" => Some(10),
            "events-stream" => Some(50),
            "last-active-dates" => Some(200),
            _ => None,
        }
    }
}

const fn get(
    name: &'static str,
    path: &'static str,
    service: Service,
    paged: bool,
    answer: fn(&Call<'_>) -> Result<Reply, Refusal>,
) -> Route {
    Route {
        name,
        method: Method::GET,
        path,
        service,
        paged,
        answer,
    }
}

/// A search, which answers in pages.
const fn post(
    name: &'static str,
    path: &'static str,
    answer: fn(&Call<'_>) -> Result<Reply, Refusal>,
) -> Route {
    Route {
        name,
        method: Method::POST,
        path,
        service: Service::V2,
        paged: true,
        answer,
    }
}

/// A read that needs a body, and answers at once.
const fn post_once(
    name: &'static str,
    path: &'static str,
    answer: fn(&Call<'_>) -> Result<Reply, Refusal>,
) -> Route {
    Route {
        name,
        method: Method::POST,
        path,
        service: Service::Access,
        paged: false,
        answer,
    }
}

/// Every route.
#[rustfmt::skip]
pub(super) static ROUTES: &[Route] = &[
    get("orgs", "/admin/v1/orgs", Service::V1, false, organization::orgs),
    get("org", "/admin/v1/orgs/{org}", Service::V1, false, organization::org),
    get("v1-users", "/admin/v1/orgs/{org}/users", Service::V1, true, accounts::managed),
    get("domains", "/admin/v1/orgs/{org}/domains", Service::V1, true, organization::domains),
    get("domain", "/admin/v1/orgs/{org}/domains/{domain}", Service::V1, false, organization::domain),
    get("policies", "/admin/v1/orgs/{org}/policies", Service::V1, true, policies::policies),
    get("policy", "/admin/v1/orgs/{org}/policies/{policy}", Service::V1, false, policies::policy),
    get("events", "/admin/v1/orgs/{org}/events", Service::V1, true, events::events),
    get("events-stream", "/admin/v1/orgs/{org}/events-stream", Service::V1, true, events::stream),
    get("event", "/admin/v1/orgs/{org}/events/{event}", Service::V1, false, events::event),
    get("event-actions", "/admin/v1/orgs/{org}/event-actions", Service::V1, false, events::actions),
    get("directories", "/admin/v2/orgs/{org}/directories", Service::V2, true, organization::directories),
    post("users-search", "/admin/v2/orgs/{org}/directories/{directory}/users/search", accounts::search),
    get("users", "/admin/v2/orgs/{org}/directories/{directory}/users", Service::V2, true, accounts::list),
    get("user", "/admin/v2/orgs/{org}/directories/{directory}/users/{account}", Service::V2, false, accounts::user),
    get("user-role-assignments", "/admin/v2/orgs/{org}/directories/{directory}/users/{account}/role-assignments", Service::V2, true, role_assignments::of_user),
    get("last-active-dates", "/admin/v1/orgs/{org}/directory/users/{account}/last-active-dates", Service::V1, false, accounts::last_active_dates),
    get("users-count", "/admin/v2/orgs/{org}/directories/{directory}/users/count", Service::V2, false, accounts::count),
    get("users-stats", "/admin/v2/orgs/{org}/directories/{directory}/users/stats", Service::V2, false, accounts::stats),
    post("groups-search", "/admin/v2/orgs/{org}/directories/{directory}/groups/search", groups::search),
    get("groups", "/admin/v2/orgs/{org}/directories/{directory}/groups", Service::V2, true, groups::list),
    get("group", "/admin/v2/orgs/{org}/directories/{directory}/groups/{group}", Service::V2, false, groups::group),
    get("group-role-assignments", "/admin/v2/orgs/{org}/directories/{directory}/groups/{group}/role-assignments", Service::V2, true, role_assignments::of_group),
    get("groups-count", "/admin/v2/orgs/{org}/directories/{directory}/groups/count", Service::V2, false, groups::count),
    get("groups-stats", "/admin/v2/orgs/{org}/directories/{directory}/groups/stats", Service::V2, false, groups::stats),
    post("workspaces", "/admin/v2/orgs/{org}/workspaces", workspaces::workspaces),
    get("api-tokens", "/admin/api-access/v1/orgs/{org}/api-tokens", Service::Access, true, api_tokens::tokens),
    get("api-tokens-count", "/admin/api-access/v1/orgs/{org}/api-tokens/count", Service::Access, false, api_tokens::count),
    get("api-keys", "/admin/api-access/v1/orgs/{org}/api-keys", Service::Access, true, api_keys::keys),
    get("api-keys-count", "/admin/api-access/v1/orgs/{org}/api-keys/count", Service::Access, false, api_keys::count),
    get("classification-levels", "/admin/dlp/v1/orgs/{org}/classification-levels", Service::Access, false, classification_levels::levels),
    get("classification-level", "/admin/dlp/v1/orgs/{org}/classification-levels/{level}", Service::Access, false, classification_levels::level),
    get("service-accounts", "/admin/api-access/v1/orgs/{org}/service-accounts", Service::Access, false, service_accounts::accounts),
    post_once("service-account-tokens-count", "/admin/api-access/v1/orgs/{org}/service-accounts/count", service_accounts::count_tokens),
    get("service-account-tokens", "/admin/api-access/v1/orgs/{org}/service-accounts/api-tokens", Service::Access, false, service_accounts::tokens),
    get("tokens-of-service-account", "/admin/api-access/v1/orgs/{org}/service-accounts/{account}/api-tokens", Service::Access, false, service_accounts::tokens_of),
    get("service-account-clients", "/admin/api-access/v1/orgs/{org}/service-accounts/oauth-clients", Service::Access, false, service_accounts::clients_of_all),
    get("clients-of-service-account", "/admin/api-access/v1/orgs/{org}/service-accounts/{account}/oauth-clients", Service::Access, false, service_accounts::clients_of),
    get("oauth-clients", "/admin/api-access/v1/orgs/{org}/oauth-clients", Service::Access, true, service_accounts::clients),
    post_once("oauth-clients-count", "/admin/api-access/v1/orgs/{org}/oauth-clients/count", service_accounts::count_clients),
    get("oauth-client", "/admin/api-access/v1/orgs/{org}/oauth-clients/{client}", Service::Access, false, service_accounts::client),
    get("control-policies-v1", "/admin/control/v1/orgs/{org}/policies", Service::Access, true, control::policies_v1),
    get("control-policy-v1", "/admin/control/v1/orgs/{org}/policies/{policy}", Service::Access, false, control::policy_v1),
    get("control-resources-v1", "/admin/control/v1/orgs/{org}/policies/{policy}/resources", Service::Access, true, control::resources_v1),
    get("control-policies", "/admin/control/v2/orgs/{org}/policies", Service::Access, true, control::policies),
    get("control-policy", "/admin/control/v2/orgs/{org}/policies/{policy}", Service::Access, false, control::policy),
    get("control-resources", "/admin/control/v2/orgs/{org}/policies/{policy}/resources", Service::Access, true, control::resources),
    post_once("auth-policies", "/admin/control/v1/orgs/{org}/users/auth-policies/bulk-fetch", control::authentication_policies),
    get("scim-users", "/scim/directory/{scim_directory}/Users", Service::Scim, false, scim::users),
    get("scim-user", "/scim/directory/{scim_directory}/Users/{user}", Service::Scim, false, scim::user),
    get("scim-groups", "/scim/directory/{scim_directory}/Groups", Service::Scim, false, scim::groups),
    get("scim-group", "/scim/directory/{scim_directory}/Groups/{group}", Service::Scim, false, scim::group),
    get("scim-schemas", "/scim/directory/{scim_directory}/Schemas", Service::Scim, false, scim::schemas),
    get("scim-resource-types", "/scim/directory/{scim_directory}/ResourceTypes", Service::Scim, false, scim::resource_types),
    get("scim-configuration", "/scim/directory/{scim_directory}/ServiceProviderConfig", Service::Scim, false, scim::configuration),
];

/// One request, checked as far as every route needs it.
pub(super) struct Call<'a> {
    pub world: &'a World,
    /// Places of the accounts in the order of their ids, once somebody asked.
    pub accounts_by_id: &'a OnceLock<Vec<usize>>,
    pub options: &'a ServerOptions,
    /// What links that are URLs start with.
    pub public_url: &'a str,
    pub route: &'static Route,
    /// What became of the listing that the route walks or counts.
    pub order: Order,
    pub path: &'a str,
    /// Parameters of the path, decoded.
    pub params: Vec<(String, String)>,
    /// Parameters of the query, decoded.
    pub query: Vec<(String, String)>,
    /// The body, an empty object if there was none.
    pub body: Map<String, Value>,
}

impl Call<'_> {
    /// Where the account called `id` stands.
    fn place_of_account(&self, id: &str) -> Option<usize> {
        let accounts = &self.world.accounts;
        let by_id = self.accounts_by_id.get_or_init(|| {
            let mut places: Vec<usize> = (0..accounts.len()).collect();
            places.sort_by_key(|place| &accounts[*place].id);
            places
        });
        let found = by_id.binary_search_by_key(&id, |place| &accounts[*place].id);
        found.ok().map(|found| by_id[found])
    }

    /// The parameter `name` of the path.
    fn param(&self, name: &str) -> &str {
        let found = self.params.iter().find(|(param, _)| param == name);
        found
            .map(|(_, value)| value.as_str())
            .expect("the route's path has it")
    }

    /// The place of the directory that the path names; nothing for `-`, which is all of them.
    fn directory(&self) -> Result<Option<usize>, Refusal> {
        let id = self.param("directory");
        let known = self
            .world
            .directories
            .iter()
            .position(|directory| directory.id == id);
        if id == "-" {
            Ok(None)
        } else {
            known.map(Some).ok_or_else(Refusal::resource)
        }
    }

    /// The query as an object: `lists` repeat, every other parameter of `single` stands once.
    fn query_object(&self, single: &[&str], lists: &[&str]) -> Result<Map<String, Value>, Refusal> {
        let mut object = Map::new();
        for (name, value) in &self.query {
            if lists.contains(&name.as_str()) {
                let list = object
                    .entry(name.clone())
                    .or_insert_with(|| Value::Array(vec![]));
                if let Value::Array(list) = list {
                    list.push(Value::from(value.as_str()));
                }
            } else if single.contains(&name.as_str()) && !object.contains_key(name) {
                object.insert(name.clone(), Value::from(value.as_str()));
            } else {
                return Err(Refusal::query(&format!("Unexpected parameter: {name}")));
            }
        }
        Ok(object)
    }

    /// The list of texts that is all of the body.
    fn body_list(&self, name: &str) -> Result<Vec<String>, Refusal> {
        let mut body = self.body.clone();
        let list = body.remove(name);
        if let Some(unknown) = body.keys().next() {
            return Err(Refusal::body(&format!("unknown field `{unknown}`")));
        }
        typed(list.ok_or_else(|| Refusal::body(&format!("{name} is missing")))?)
    }

    /// A route that takes no parameter got none.
    fn no_query(&self) -> Result<(), Refusal> {
        self.query_object(&[], &[]).map(drop)
    }

    /// Where a GET starts: at its cursor, which then stands for every other parameter, or at `query`.
    fn start(&self, mut query: Map<String, Value>, limit: usize) -> Result<Start, Refusal> {
        match query.remove("cursor") {
            Some(Value::String(text)) => {
                let cursor = Cursor::read(&text, self.route.name)?;
                Ok(Start {
                    cursor,
                    first: false,
                })
            }
            _ => Ok(self.first_page(query, limit)),
        }
    }

    /// As [`Call::start`], of a listing in the directory of the path: a cursor of another one does not
    /// fit.
    fn start_in_directory(&self, mut query: Map<String, Value>) -> Result<Start, Refusal> {
        let limit = limit_of_query(&mut query, "limit", self.options.page_sizes.v2_lists, 100)?;
        let directory = Value::from(self.param("directory"));
        query.insert("directory".to_owned(), directory.clone());
        let start = self.start(query, limit)?;
        if start.cursor.query["directory"] == directory {
            Ok(start)
        } else {
            Err(Refusal::cursor())
        }
    }

    /// The first page of `query`.
    fn first_page(&self, query: Map<String, Value>, limit: usize) -> Start {
        let cursor = Cursor {
            route: self.route.name.to_owned(),
            at: 0,
            limit,
            query: query.into(),
            turn: 0,
        };
        Start {
            cursor,
            first: true,
        }
    }

    /// Where a search starts: at the cursor of the body or at its filters.
    ///
    /// A later page may repeat the filters or leave them out; other filters than the cursor was made
    /// for are refused, because the walk would not be of one population.
    fn start_search(&self, default_limit: usize) -> Result<Start, Refusal> {
        let mut query = self.body.clone();
        let limit = query
            .remove("limit")
            .map(|limit| in_limits(&limit, 100))
            .transpose()?;
        let cursor = query.remove("cursor");
        if query.contains_key("directory") {
            return Err(Refusal::body("unknown field `directory`"));
        }
        // The path names the directory, so a cursor of another one does not fit either.
        let directory = Value::from(self.param("directory"));
        let filters = !query.is_empty();
        query.insert("directory".to_owned(), directory.clone());
        let Some(cursor) = cursor else {
            return Ok(self.first_page(query, limit.unwrap_or(default_limit)));
        };
        let text = cursor
            .as_str()
            .ok_or_else(|| Refusal::body("cursor must be a string"))?;
        let mut cursor = Cursor::read(text, self.route.name)?;
        let same = if filters {
            cursor.query == Value::from(query)
        } else {
            cursor.query["directory"] == directory
        };
        if !same {
            return Err(Refusal::cursor());
        }
        cursor.limit = limit.unwrap_or(cursor.limit);
        Ok(Start {
            cursor,
            first: false,
        })
    }

    /// One page of `length` records.
    fn page(
        &self,
        scheme: Scheme,
        mut start: Start,
        length: usize,
        keep: impl Fn(usize) -> bool,
        record: impl Fn(usize) -> Value,
    ) -> Page {
        let page_max = self.options.page_max.unwrap_or(usize::MAX);
        start.cursor.limit = start.cursor.limit.min(page_max.max(1));
        let listing = Listing::new(self.order, length, &keep);
        Page::cut(
            scheme,
            self.path,
            start.cursor,
            start.first,
            listing.len(),
            |position| keep(listing.place(position)),
            |position| record(listing.place(position)),
        )
    }

    /// How many records the listing has, where all of them are so many.
    fn listed(&self, all: usize) -> usize {
        match self.order {
            Order::WithoutFirst => all.saturating_sub(1),
            Order::AsIs | Order::LastFirst | Order::FirstLast => all,
        }
    }
}

/// Where a walk stands.
struct Start {
    cursor: Cursor,
    first: bool,
}

impl Start {
    /// What was asked, as the route's own type.
    fn query<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        typed(self.cursor.query.clone())
    }
}

/// `value` as `T`, or the API's refusal of a body.
fn typed<T: DeserializeOwned>(value: Value) -> Result<T, Refusal> {
    serde_json::from_value(value).map_err(|error| Refusal::body(&error.to_string()))
}

/// A page limit of 1 to `limit_max`.
fn in_limits(limit: &Value, limit_max: u64) -> Result<usize, Refusal> {
    let known = limit
        .as_u64()
        .filter(|limit| (1..=limit_max).contains(limit));
    known
        .and_then(|limit| usize::try_from(limit).ok())
        .ok_or_else(|| {
            Refusal::body(&format!(
                "limit must be a whole number from 1 to {limit_max}"
            ))
        })
}

/// The same, written in a URL.
fn limit_of_query(
    query: &mut Map<String, Value>,
    name: &str,
    default: usize,
    limit_max: u64,
) -> Result<usize, Refusal> {
    match query.remove(name) {
        None => Ok(default),
        Some(text) => {
            let number = text.as_str().and_then(|text| text.parse::<u64>().ok());
            in_limits(&number.into(), limit_max).map_err(|_| {
                let problem = format!("{name} must be a whole number from 1 to {limit_max}");
                Refusal::query(&problem)
            })
        }
    }
}

/// A list of at most `max` and at least one; an absent list filters nothing.
fn list_in_bounds<T>(
    name: &str,
    list: &Option<impl AsRef<[T]>>,
    max: usize,
) -> Result<(), Refusal> {
    match list.as_ref().map(AsRef::as_ref) {
        Some(list) if list.is_empty() || list.len() > max => Err(Refusal::body(&format!(
            "{name} must have 1 to {max} entries"
        ))),
        _ => Ok(()),
    }
}

/// Whether a filter that lists values lets `value` through.
fn lets_through<T: PartialEq<U>, U: ?Sized>(filter: &Option<Vec<T>>, value: &U) -> bool {
    filter
        .as_ref()
        .is_none_or(|values| values.iter().any(|listed| *listed == *value))
}

/// A time as most of the API writes it.
fn time(at: jiff::Timestamp) -> String {
    format!("{at:.3}")
}

/// Inserts `value` under `key`, unless it is absent.
fn insert_some(object: &mut Map<String, Value>, key: &str, value: Option<impl Serialize>) {
    if let Some(value) = value {
        let value = serde_json::to_value(value).expect("texts, numbers and lists of them");
        object.insert(key.to_owned(), value);
    }
}

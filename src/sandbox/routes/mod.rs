//! The routes that are served: the documented reads, and nothing else.
//!
//! A new route is a function in one of these files and its line in [`ROUTES`]. Where the reference
//! is silent the sandbox is strict: a parameter or property that it does not know is refused, so
//! that a client's typo cannot pass for a filter.

mod accounts;
mod api_tokens;
mod groups;
mod organization;
mod policies;
mod workspaces;

use axum::http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::options::PageSizes;
use super::page::{Cursor, Page, Scheme};
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
    get("directories", "/admin/v2/orgs/{org}/directories", Service::V2, true, organization::directories),
    post("users-search", "/admin/v2/orgs/{org}/directories/{directory}/users/search", accounts::search),
    get("users-count", "/admin/v2/orgs/{org}/directories/{directory}/users/count", Service::V2, false, accounts::count),
    get("users-stats", "/admin/v2/orgs/{org}/directories/{directory}/users/stats", Service::V2, false, accounts::stats),
    post("groups-search", "/admin/v2/orgs/{org}/directories/{directory}/groups/search", groups::search),
    get("groups-count", "/admin/v2/orgs/{org}/directories/{directory}/groups/count", Service::V2, false, groups::count),
    get("groups-stats", "/admin/v2/orgs/{org}/directories/{directory}/groups/stats", Service::V2, false, groups::stats),
    post("workspaces", "/admin/v2/orgs/{org}/workspaces", workspaces::workspaces),
    get("api-tokens", "/admin/api-access/v1/orgs/{org}/api-tokens", Service::Access, true, api_tokens::tokens),
    get("api-tokens-count", "/admin/api-access/v1/orgs/{org}/api-tokens/count", Service::Access, false, api_tokens::count),
];

/// One request, checked as far as every route needs it.
pub(super) struct Call<'a> {
    pub world: &'a World,
    pub page_sizes: &'a PageSizes,
    /// What links that are URLs start with.
    pub public_url: &'a str,
    pub route: &'static Route,
    pub path: &'a str,
    /// Parameters of the path, decoded.
    pub params: Vec<(String, String)>,
    /// Parameters of the query, decoded.
    pub query: Vec<(String, String)>,
    /// The body, an empty object if there was none.
    pub body: Map<String, Value>,
}

impl Call<'_> {
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
        start: Start,
        length: usize,
        keep: impl Fn(usize) -> bool,
        record: impl Fn(usize) -> Value,
    ) -> Page {
        Page::cut(
            scheme,
            self.path,
            start.cursor,
            start.first,
            length,
            keep,
            record,
        )
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
) -> Result<usize, Refusal> {
    match query.remove(name) {
        None => Ok(default),
        Some(text) => {
            let number = text.as_str().and_then(|text| text.parse::<u64>().ok());
            in_limits(&number.into(), 100).map_err(|_| {
                Refusal::query(&format!("{name} must be a whole number from 1 to 100"))
            })
        }
    }
}

/// A list of at most `max` and at least one; an absent list filters nothing.
fn list_in_bounds<T>(name: &str, list: &Option<Vec<T>>, max: usize) -> Result<(), Refusal> {
    match list {
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

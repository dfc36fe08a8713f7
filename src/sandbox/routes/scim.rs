//! What identity providers send, as the provisioning service tells it: one directory, one key.
//!
//! Pages go by `startIndex`, which counts from 1, and `count`. A page has at most
//! [`COUNT_MAX`] records, however many were asked for. The reference has two bodies for a refused key;
//! here every refusal is a SCIM error.

use serde_json::{Map, Value, json};

use super::{Call, insert_some, time};
use crate::sandbox::page::Listing;
use crate::sandbox::reply::{Refusal, Reply};
use crate::sandbox::world::{ScimDirectory, ScimGroup, ScimPerson, ScimUser};

/// Most records on a page.
const COUNT_MAX: usize = 100;

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const ATLASSIAN: &str = "urn:scim:schemas:extension:atlassian-external:1.0";

pub(super) fn users(call: &Call<'_>) -> Result<Reply, Refusal> {
    let names = [
        "attributes",
        "excludedAttributes",
        "filter",
        "startIndex",
        "count",
    ];
    let query = call.query_object(&names, &[])?;
    let directory = directory(call)?;
    let shape = Shape::of(&query)?;
    let filter = Equals::of(&query, &["userName", "externalId"])?;
    let keep = |place: usize| {
        let user = &directory.users[place];
        filter.as_ref().is_none_or(|filter| match filter.name {
            "userName" => user_name(call, user).eq_ignore_ascii_case(&filter.value),
            _ => user.external_id.as_ref() == Some(&filter.value),
        })
    };
    let record = |place: usize| shape.cut(user_record(call, directory, place));
    page(call, &query, directory.users.len(), keep, record)
}

pub(super) fn user(call: &Call<'_>) -> Result<Reply, Refusal> {
    let query = call.query_object(&["attributes", "excludedAttributes"], &[])?;
    let directory = directory(call)?;
    let shape = Shape::of(&query)?;
    let id = call.param("user");
    let place = directory.users.iter().position(|user| user.id == id);
    let place = place.ok_or_else(Refusal::resource)?;
    Ok(Reply::Whole(shape.cut(user_record(call, directory, place))))
}

pub(super) fn groups(call: &Call<'_>) -> Result<Reply, Refusal> {
    let query = call.query_object(&["filter", "startIndex", "count"], &[])?;
    let directory = directory(call)?;
    let filter = Equals::of(&query, &["displayName"])?;
    let keep = |place: usize| {
        let group = &call.world.groups[directory.groups[place].group];
        filter
            .as_ref()
            .is_none_or(|filter| group.name == filter.value)
    };
    let record = |place: usize| group_record(call, directory, &directory.groups[place]);
    page(call, &query, directory.groups.len(), keep, record)
}

pub(super) fn group(call: &Call<'_>) -> Result<Reply, Refusal> {
    call.no_query()?;
    let directory = directory(call)?;
    let id = call.param("group");
    let group = directory.groups.iter().find(|group| group.id == id);
    let group = group.ok_or_else(Refusal::resource)?;
    Ok(Reply::Whole(group_record(call, directory, group)))
}

pub(super) fn schemas(call: &Call<'_>) -> Result<Reply, Refusal> {
    call.no_query()?;
    let text = |name: &str| attribute(name, "string", false);
    Ok(list(vec![
        schema(
            call,
            USER,
            "User",
            &[
                text("userName"),
                text("displayName"),
                attribute("active", "boolean", false),
            ],
        ),
        schema(
            call,
            GROUP,
            "Group",
            &[text("displayName"), attribute("members", "complex", true)],
        ),
        schema(
            call,
            ENTERPRISE,
            "EnterpriseUser",
            &[text("organization"), text("department")],
        ),
    ]))
}

pub(super) fn resource_types(call: &Call<'_>) -> Result<Reply, Refusal> {
    call.no_query()?;
    let kinds = [("User", "/Users", USER), ("Group", "/Groups", GROUP)];
    let records = kinds.map(|(name, endpoint, schema)| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": name,
            "name": name,
            "endpoint": endpoint,
            "schema": schema,
            "meta": { "resourceType": "ResourceType", "location": location(call, "ResourceTypes", name) },
        })
    });
    Ok(list(records.into()))
}

pub(super) fn configuration(call: &Call<'_>) -> Result<Reply, Refusal> {
    call.no_query()?;
    let no = json!({ "supported": false });
    Ok(Reply::Whole(json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": COUNT_MAX },
        "changePassword": no,
        "sort": no,
        "etag": no,
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "OAuth Bearer Token",
            "description": "The key of the directory",
        }],
        "meta": { "resourceType": "ServiceProviderConfig", "location": format!("{}{}", call.public_url, call.path) },
    })))
}

/// The directory that the path names: its key was checked, so that it is there.
fn directory<'a>(call: &Call<'a>) -> Result<&'a ScimDirectory, Refusal> {
    let id = call.param("scim_directory");
    let mut directories = call.world.scim_directories.iter();
    directories
        .find(|directory| directory.id == id)
        .ok_or_else(Refusal::resource)
}

/// The records of one page.
fn page(
    call: &Call<'_>,
    query: &Map<String, Value>,
    length: usize,
    keep: impl Fn(usize) -> bool,
    record: impl Fn(usize) -> Value,
) -> Result<Reply, Refusal> {
    let number = |name: &str| match query.get(name).and_then(Value::as_str) {
        None => Ok(None),
        Some(text) => text.parse::<i64>().map(Some).map_err(|_| {
            let problem = format!("{name} must be a whole number");
            Refusal::query(&problem)
        }),
    };
    // By the standard, a start below 1 is 1 and a count below 0 is 0.
    let start = usize::try_from(number("startIndex")?.unwrap_or(1).max(1)).unwrap_or(usize::MAX);
    let count = match number("count")? {
        Some(count) => usize::try_from(count.max(0)).unwrap_or(usize::MAX),
        None => call.options.page_sizes.scim,
    };
    let listing = Listing::new(call.order, length, &keep);
    let places = (0..listing.len()).map(|position| listing.place(position));
    let places: Vec<usize> = places.filter(|&place| keep(place)).collect();
    let here = places.iter().skip(start - 1).take(count.min(COUNT_MAX));
    let records: Vec<Value> = here.map(|&place| record(place)).collect();
    Ok(Reply::Whole(json!({
        "schemas": [LIST],
        "totalResults": places.len(),
        "startIndex": start,
        "itemsPerPage": records.len(),
        "Resources": records,
    })))
}

fn list(records: Vec<Value>) -> Reply {
    Reply::Whole(json!({
        "schemas": [LIST],
        "totalResults": records.len(),
        "startIndex": 1,
        "itemsPerPage": records.len(),
        "Resources": records,
    }))
}

/// The one form of a filter: an attribute that equals a text.
struct Equals {
    name: &'static str,
    value: String,
}

impl Equals {
    fn of(query: &Map<String, Value>, names: &[&'static str]) -> Result<Option<Equals>, Refusal> {
        let Some(text) = query.get("filter").and_then(Value::as_str) else {
            return Ok(None);
        };
        let problem =
            || Refusal::query(&format!("filter takes {} eq \"TEXT\"", names.join(" or ")));
        let (name, rest) = text.trim().split_once(" eq ").ok_or_else(problem)?;
        let name = names
            .iter()
            .find(|known| **known == name)
            .ok_or_else(problem)?;
        let value: String = serde_json::from_str(rest.trim()).map_err(|_| problem())?;
        Ok(Some(Equals { name, value }))
    }
}

/// Which attributes of a user are told.
enum Shape {
    All,
    Only(Vec<String>),
    Without(Vec<String>),
}

impl Shape {
    fn of(query: &Map<String, Value>) -> Result<Shape, Refusal> {
        let names = |name: &str| -> Option<Vec<String>> {
            let text = query.get(name)?.as_str()?;
            Some(text.split(',').map(|name| name.trim().to_owned()).collect())
        };
        match (names("attributes"), names("excludedAttributes")) {
            (None, None) => Ok(Shape::All),
            (Some(names), None) => Ok(Shape::Only(names)),
            (None, Some(names)) => Ok(Shape::Without(names)),
            (Some(_), Some(_)) => Err(Refusal::query("attributes excludes excludedAttributes")),
        }
    }

    /// Whole attributes only: `emails.value` stands for all of `emails`. An id is always told.
    fn cut(&self, mut record: Value) -> Value {
        let names = |names: &[String], key: &str| {
            let whole = |name: &String| {
                // A schema's name has dots of its own.
                name == key || (!name.contains(':') && name.split('.').next() == Some(key))
            };
            names.iter().any(whole)
        };
        if let Value::Object(record) = &mut record {
            match self {
                Shape::All => {}
                Shape::Only(wanted) => {
                    record.retain(|key, _| {
                        ["id", "schemas"].contains(&key.as_str()) || names(wanted, key)
                    });
                }
                Shape::Without(unwanted) => {
                    record.retain(|key, _| {
                        ["id", "schemas"].contains(&key.as_str()) || !names(unwanted, key)
                    });
                }
            }
        }
        record
    }
}

fn location(call: &Call<'_>, kind: &str, id: &str) -> String {
    let directory = call.param("scim_directory");
    format!("{}/scim/directory/{directory}/{kind}/{id}", call.public_url)
}

fn attribute(name: &str, kind: &str, many: bool) -> Value {
    json!({
        "name": name,
        "type": kind,
        "multiValued": many,
        "description": name,
        "required": name == "userName",
        "caseExact": false,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": if name == "userName" { "server" } else { "none" },
    })
}

fn schema(call: &Call<'_>, id: &str, name: &str, attributes: &[Value]) -> Value {
    json!({
        "id": id,
        "name": name,
        "description": name,
        "attributes": attributes,
        "meta": { "resourceType": "Schema", "location": location(call, "Schemas", id) },
    })
}

/// The address by which the identity provider knows a user, whoever may see it elsewhere.
fn user_name<'a>(call: &Call<'a>, user: &'a ScimUser) -> &'a str {
    match &user.person {
        ScimPerson::Account(place) => call.world.accounts[*place]
            .address
            .known()
            .unwrap_or_default(),
        ScimPerson::Announced { email, .. } => email,
    }
}

fn user_record(call: &Call<'_>, directory: &ScimDirectory, place: usize) -> Value {
    let user = &directory.users[place];
    let account = match user.person {
        ScimPerson::Account(place) => Some(&call.world.accounts[place]),
        ScimPerson::Announced { .. } => None,
    };
    let name = match (&user.person, account) {
        (ScimPerson::Announced { name, .. }, _) => name,
        (ScimPerson::Account(_), account) => &account.expect("a place of the list").name,
    };
    let user_name = user_name(call, user);
    let (given, family) = name.split_once(' ').unwrap_or((name, ""));
    let groups = directory
        .groups
        .iter()
        .filter(|group| group.members.binary_search(&place).is_ok());
    let groups: Vec<Value> = groups
        .map(|group| {
            json!({
                "type": "Direct",
                "value": group.id,
                "display": call.world.groups[group.group].name,
                "$ref": location(call, "Groups", &group.id),
            })
        })
        .collect();
    let extension = json!({ "organization": call.world.org_name });
    let mut record = json!({
        "schemas": [USER, ATLASSIAN, ENTERPRISE],
        "id": user.id,
        "userName": user_name,
        "emails": [{ "value": user_name, "type": "work", "primary": true }],
        "name": { "formatted": name, "givenName": given, "familyName": family },
        "displayName": name,
        "active": user.active,
        "groups": groups,
        "meta": {
            "resourceType": "User",
            "location": location(call, "Users", &user.id),
            "lastModified": time(user.modified),
            "created": time(user.created),
        },
        ENTERPRISE: extension,
    });
    if let Value::Object(record) = &mut record {
        insert_some(record, "externalId", user.external_id.as_ref());
        if let Some(account) = account {
            record.insert("title".to_owned(), account.job.into());
            record.insert("timezone".to_owned(), account.time_zone.into());
            let joined = json!({ "atlassianAccountId": account.id });
            record.insert(ATLASSIAN.to_owned(), joined);
        }
    }
    record
}

fn group_record(call: &Call<'_>, directory: &ScimDirectory, group: &ScimGroup) -> Value {
    let name = |user: &ScimUser| match &user.person {
        ScimPerson::Account(place) => call.world.accounts[*place].name.clone(),
        ScimPerson::Announced { name, .. } => name.clone(),
    };
    let members = group.members.iter().map(|&member| {
        let user = &directory.users[member];
        json!({
            "type": "User",
            "value": user.id,
            "display": name(user),
            "$ref": location(call, "Users", &user.id),
        })
    });
    json!({
        "schemas": [GROUP],
        "id": group.id,
        "externalId": format!("00g{}", &group.id[..8]),
        "displayName": call.world.groups[group.group].name,
        "members": members.collect::<Value>(),
        "meta": {
            "resourceType": "Group",
            "location": location(call, "Groups", &group.id),
            "lastModified": time(group.modified),
            "created": time(group.created),
        },
    })
}

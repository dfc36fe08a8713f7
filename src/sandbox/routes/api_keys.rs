//! API keys of the organisation, among them the one that is in use.
//!
//! The filters by time and by type are refused: the words that they take are not documented.

use serde_json::{Map, Value, json};

use super::{Call, limit_of_query, time};
use crate::sandbox::page::Scheme;
use crate::sandbox::reply::{Refusal, Reply};
use crate::sandbox::world::World;

pub(super) fn keys(call: &Call<'_>) -> Result<Reply, Refusal> {
    let mut query = call.query_object(&["q", "pageSize", "cursor"], &[])?;
    let page_size = call.options.page_sizes.api_keys;
    let limit = limit_of_query(&mut query, "pageSize", page_size, 100)?;
    let start = call.start(query, limit)?;
    let query = start.cursor.query.clone();
    let world = call.world;
    let keep = |place: usize| fits(world, place, &query);
    let record = |place: usize| key_record(world, place);
    let length = world.api_keys.len();
    let page = call.page(Scheme::CursorsOrNull, start, length, keep, record);
    Ok(page.into())
}

/// The bare number, as documented.
pub(super) fn count(call: &Call<'_>) -> Result<Reply, Refusal> {
    let query = Value::from(call.query_object(&["q"], &[])?);
    let places = 0..call.world.api_keys.len();
    let count = places.filter(|&place| fits(call.world, place, &query));
    Ok(Reply::Whole(json!(call.listed(count.count()))))
}

fn fits(world: &World, place: usize, query: &Value) -> bool {
    let key = &world.api_keys[place];
    let creator = &world.accounts[key.creator];
    query["q"].as_str().is_none_or(|term| {
        let term = term.to_lowercase();
        [key.label.as_str(), creator.name.as_str()]
            .iter()
            .any(|text| text.to_lowercase().contains(&term))
    })
}

fn key_record(world: &World, place: usize) -> Value {
    let key = &world.api_keys[place];
    let creator = &world.accounts[key.creator];
    let mut created_by = Map::new();
    created_by.insert("id".to_owned(), creator.id.as_str().into());
    created_by.insert("name".to_owned(), creator.name.as_str().into());
    super::insert_some(&mut created_by, "email", creator.address.shown());
    json!({
        "id": key.id,
        "label": key.label,
        "createdAt": time(key.created),
        "expiresAt": time(key.expires),
        "lastActiveAt": key.last_active.map(time),
        // The account under which every key of an organisation acts.
        "systemAccountId": &world.org_id.replace('-', "")[..24],
        "resource": format!("ari:cloud:platform::org/{}", world.org_id),
        "orgId": world.org_id,
        "createdBy": created_by,
        "scopes": key.scopes,
    })
}

//! API tokens of managed accounts.
//!
//! The filters by time are refused: the words that they take are not documented.

use serde_json::{Map, Value, json};

use super::{Call, limit_of_query, time};
use crate::sandbox::page::Scheme;
use crate::sandbox::reply::{Refusal, Reply};
use crate::sandbox::world::World;

/// The one status that is documented.
const ALLOWED: &str = "ALLOWED";

pub(super) fn tokens(call: &Call<'_>) -> Result<Reply, Refusal> {
    let mut query = call.query_object(&["q", "status", "pageSize", "cursor"], &[])?;
    let limit = limit_of_query(
        &mut query,
        "pageSize",
        call.options.page_sizes.api_tokens,
        100,
    )?;
    let start = call.start(query, limit)?;
    let query = start.cursor.query.clone();
    let world = call.world;
    let keep = |place: usize| fits(world, place, &query);
    let record = |place: usize| token_record(world, place);
    Ok(call
        .page(
            Scheme::CursorsOrNull,
            start,
            world.tokens.len(),
            keep,
            record,
        )
        .into())
}

/// The bare number, as documented.
pub(super) fn count(call: &Call<'_>) -> Result<Reply, Refusal> {
    let query = Value::from(call.query_object(&["q", "status"], &[])?);
    let places = 0..call.world.tokens.len();
    let count = places
        .filter(|&place| fits(call.world, place, &query))
        .count();
    Ok(Reply::Whole(json!(call.listed(count))))
}

fn fits(world: &World, place: usize, query: &Value) -> bool {
    let token = &world.tokens[place];
    let owner = &world.accounts[token.owner];
    let contains = |term: &str| {
        let texts = [
            Some(token.label.as_str()),
            Some(owner.name.as_str()),
            owner.address.shown(),
        ];
        let term = term.to_lowercase();
        texts
            .into_iter()
            .flatten()
            .any(|text| text.to_lowercase().contains(&term))
    };
    query["q"].as_str().is_none_or(contains)
        && query["status"]
            .as_str()
            .is_none_or(|status| status == ALLOWED)
}

fn token_record(world: &World, place: usize) -> Value {
    let token = &world.tokens[place];
    let owner = &world.accounts[token.owner];
    let mut user = Map::new();
    user.insert("id".to_owned(), owner.id.as_str().into());
    user.insert("orgId".to_owned(), world.org_id.as_str().into());
    user.insert("name".to_owned(), owner.name.as_str().into());
    super::insert_some(&mut user, "email", owner.address.shown());
    json!({
        "id": token.id,
        "label": token.label,
        "status": ALLOWED,
        "createdAt": time(token.created),
        "expiresAt": token.expires.map(time),
        "lastActiveAt": token.last_active.map(time),
        "user": user,
        "scopes": token.scopes,
    })
}

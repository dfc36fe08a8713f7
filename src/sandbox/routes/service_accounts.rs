//! Service accounts, their API tokens and their OAuth clients.
//!
//! Of these, only paths, scopes and a few parameters are documented: every field of the answers, and
//! the property that names accounts in the body of a count, is invented after the sister answers for
//! API tokens and API keys. A client must not rely on any.

use serde_json::{Map, Value, json};

use super::{Call, insert_some, limit_of_query, list_in_bounds, time};
use crate::sandbox::page::Scheme;
use crate::sandbox::reply::{Refusal, Reply};
use crate::sandbox::world::{AccountKind, OauthClient, ServiceToken, World};

/// Most service accounts whose tokens are counted at once, as documented.
const COUNT_IDS_MAX: usize = 100;

/// All in one answer: no parameter is documented that could ask for a second page.
pub(super) fn accounts(call: &Call<'_>) -> Result<Reply, Refusal> {
    call.no_query()?;
    let places = call.world.service_accounts();
    Ok(whole(places.map(|place| account_record(call.world, place))))
}

pub(super) fn tokens(call: &Call<'_>) -> Result<Reply, Refusal> {
    let query = call.query_object(&["tokenLabel"], &[])?;
    let world = call.world;
    let tokens = world.service_tokens.iter();
    let tokens = tokens.filter(|token| mentions(&query, "tokenLabel", &token.label));
    Ok(whole(tokens.map(|token| token_record(world, token))))
}

pub(super) fn tokens_of(call: &Call<'_>) -> Result<Reply, Refusal> {
    let query = call.query_object(&["tokenLabel"], &[])?;
    let (world, account) = (call.world, account(call)?);
    let tokens = world.service_tokens.iter();
    let tokens = tokens
        .filter(|token| token.account == account && mentions(&query, "tokenLabel", &token.label));
    Ok(whole(tokens.map(|token| token_record(world, token))))
}

pub(super) fn clients_of_all(call: &Call<'_>) -> Result<Reply, Refusal> {
    let query = call.query_object(&["clientName"], &[])?;
    let world = call.world;
    let clients = world.oauth_clients.iter();
    let clients = clients.filter(|client| mentions(&query, "clientName", &client.name));
    Ok(whole(clients.map(|client| client_record(world, client))))
}

pub(super) fn clients_of(call: &Call<'_>) -> Result<Reply, Refusal> {
    let query = call.query_object(&["clientName"], &[])?;
    let (world, account) = (call.world, account(call)?);
    let clients = world.oauth_clients.iter();
    let clients = clients
        .filter(|client| client.account == account && mentions(&query, "clientName", &client.name));
    Ok(whole(clients.map(|client| client_record(world, client))))
}

pub(super) fn clients(call: &Call<'_>) -> Result<Reply, Refusal> {
    let mut query = call.query_object(&["pageSize", "cursor"], &[])?;
    let page_size = call.options.page_sizes.oauth_clients;
    let limit = limit_of_query(&mut query, "pageSize", page_size, 100)?;
    let start = call.start(query, limit)?;
    let clients = &call.world.oauth_clients;
    let record = |place: usize| client_record(call.world, &clients[place]);
    let page = call.page(
        Scheme::CursorsOrNull,
        start,
        clients.len(),
        |_| true,
        record,
    );
    Ok(page.into())
}

pub(super) fn client(call: &Call<'_>) -> Result<Reply, Refusal> {
    call.no_query()?;
    let id = call.param("client");
    let mut clients = call.world.oauth_clients.iter();
    let client = clients.find(|client| client.id == id);
    let client = client.ok_or_else(Refusal::resource)?;
    let record = client_record(call.world, client);
    Ok(Reply::Whole(json!({ "data": record })))
}

/// The bare number of OAuth clients, as documented.
pub(super) fn count_clients(call: &Call<'_>) -> Result<Reply, Refusal> {
    if !call.body.is_empty() {
        return Err(Refusal::body("no body is expected"));
    }
    let count = call.listed(call.world.oauth_clients.len());
    Ok(Reply::Whole(json!(count)))
}

/// The bare number of API tokens of the service accounts that the body names, as documented.
pub(super) fn count_tokens(call: &Call<'_>) -> Result<Reply, Refusal> {
    let ids: Vec<String> = call.body_list("serviceAccountIds")?;
    list_in_bounds("serviceAccountIds", &Some(&ids[..]), COUNT_IDS_MAX)?;
    let tokens = call.world.service_tokens.iter();
    let named = tokens.filter(|token| ids.contains(&call.world.accounts[token.account].id));
    Ok(Reply::Whole(json!(named.count())))
}

/// The place of the service account that the path names.
fn account(call: &Call<'_>) -> Result<usize, Refusal> {
    let id = call.param("account");
    let accounts = &call.world.accounts;
    let found = accounts.iter().position(|account| account.id == id);
    found
        .filter(|&place| accounts[place].kind == AccountKind::ServiceAccount)
        .ok_or_else(Refusal::resource)
}

fn mentions(query: &Map<String, Value>, name: &str, text: &str) -> bool {
    let term = query.get(name).and_then(Value::as_str);
    term.is_none_or(|term| text.to_lowercase().contains(&term.to_lowercase()))
}

fn whole(records: impl Iterator<Item = Value>) -> Reply {
    let links = json!({ "self": null, "next": null, "prev": null });
    Reply::Whole(json!({ "data": records.collect::<Value>(), "links": links }))
}

fn account_record(world: &World, place: usize) -> Value {
    let account = &world.accounts[place];
    let mut record = Map::new();
    record.insert("id".to_owned(), account.id.as_str().into());
    record.insert("name".to_owned(), account.name.as_str().into());
    insert_some(&mut record, "email", account.address.shown());
    record.insert("status".to_owned(), account.status.word().into());
    record.insert("createdAt".to_owned(), time(account.added).into());
    record.into()
}

fn token_record(world: &World, token: &ServiceToken) -> Value {
    json!({
        "id": token.id,
        "label": token.label,
        "serviceAccountId": world.accounts[token.account].id,
        "createdAt": time(token.created),
        "expiresAt": token.expires.map(time),
        "lastActiveAt": token.last_active.map(time),
        "scopes": token.scopes,
    })
}

fn client_record(world: &World, client: &OauthClient) -> Value {
    json!({
        "id": client.id,
        "name": client.name,
        "serviceAccountId": world.accounts[client.account].id,
        "createdAt": time(client.created),
        "lastActiveAt": client.last_active.map(time),
        "scopes": client.scopes,
    })
}

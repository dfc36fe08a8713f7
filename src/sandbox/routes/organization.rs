//! The organisation itself, its domains and its directories.

use serde_json::{Map, Value, json};

use super::{Call, limit_of_query};
use crate::sandbox::page::Scheme;
use crate::sandbox::reply::{Refusal, Reply};
use crate::sandbox::world::Domain;

/// Empty, as measured with a key of one organisation: such a key lists none.
pub(super) fn orgs(call: &Call<'_>) -> Result<Reply, Refusal> {
    call.no_query()?;
    let this = format!("{}/admin/v1/orgs", call.public_url);
    Ok(Reply::Whole(
        json!({ "data": [], "links": { "self": this } }),
    ))
}

pub(super) fn org(call: &Call<'_>) -> Result<Reply, Refusal> {
    call.no_query()?;
    let this = format!("{}{}", call.public_url, call.path);
    Ok(Reply::Whole(json!({ "data": {
        "id": call.world.org_id,
        "type": "orgs",
        "attributes": { "name": call.world.org_name },
        "relationships": {
            "domains": { "links": { "related": format!("{this}/domains") } },
            "users": { "links": { "related": format!("{this}/users") } },
        },
        "links": { "self": this },
    } })))
}

pub(super) fn domains(call: &Call<'_>) -> Result<Reply, Refusal> {
    let start = call.start(
        call.query_object(&["cursor"], &[])?,
        call.options.page_sizes.domains,
    )?;
    let domains = &call.world.domains;
    let record = |place: usize| domain_record(call, &domains[place]);
    Ok(call
        .page(Scheme::Urls, start, domains.len(), |_| true, record)
        .into())
}

pub(super) fn domain(call: &Call<'_>) -> Result<Reply, Refusal> {
    call.no_query()?;
    let id = call.param("domain");
    let found = call.world.domains.iter().find(|domain| domain.id == id);
    let domain = found.ok_or_else(Refusal::domain)?;
    Ok(Reply::Whole(json!({ "data": domain_record(call, domain) })))
}

fn domain_record(call: &Call<'_>, domain: &Domain) -> Value {
    let mut claim = Map::new();
    super::insert_some(&mut claim, "type", domain.claim_type);
    claim.insert("status".to_owned(), domain.claim.word().into());
    let org = &call.world.org_id;
    json!({
        "id": domain.id,
        "type": "domains",
        "attributes": { "name": domain.name, "claim": claim },
        "links": { "self": format!("{}/admin/v1/orgs/{org}/domains/{}", call.public_url, domain.id) },
    })
}

pub(super) fn directories(call: &Call<'_>) -> Result<Reply, Refusal> {
    let mut query = call.query_object(
        &["accountId", "searchTerm", "cursor", "limit"],
        &["directoryIds"],
    )?;
    let limit = limit_of_query(
        &mut query,
        "limit",
        call.options.page_sizes.directories,
        100,
    )?;
    let start = call.start(query, limit)?;
    let query = start.cursor.query.clone();
    let world = call.world;
    // Directories of one account, if the request names one.
    let of_account = query["accountId"].as_str().map(|id| {
        let account = world.accounts.iter().find(|account| account.id == id);
        account
            .map(|account| account.memberships.clone())
            .unwrap_or_default()
    });
    let keep = |place: usize| {
        let directory = &world.directories[place];
        let ids = query["directoryIds"].as_array();
        let term = query["searchTerm"].as_str().map(str::to_lowercase);
        ids.is_none_or(|ids| ids.iter().any(|id| *id == directory.id.as_str()))
            && term.is_none_or(|term| directory.name.to_lowercase().contains(&term))
            && of_account
                .as_ref()
                .is_none_or(|all| all.iter().any(|one| one.directory == place))
    };
    let record = |place: usize| {
        let directory = &world.directories[place];
        json!({
            "directoryId": directory.id,
            "name": directory.name,
            "icon": format!("https://icons.sandbox.example/{}.png", directory.id),
        })
    };
    Ok(call
        .page(
            Scheme::Cursors,
            start,
            world.directories.len(),
            keep,
            record,
        )
        .into())
}

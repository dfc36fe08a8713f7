//! Control: policies in two versions, their resources, and who is in which authentication policy.
//!
//! The first version tells what the organisation's own list of policies tells, the second one data
//! security policies alone. How a rule of those nests is not documented; neither is any field of an
//! account's authentication policy but `email`, nor how many accounts may be asked for at once: these
//! are invented.

use serde_json::{Map, Value, json};

use super::policies::{policy_record, resource_record};
use super::{Call, insert_some, list_in_bounds, time};
use crate::sandbox::options::ControlV1;
use crate::sandbox::page::Scheme;
use crate::sandbox::reply::{Refusal, Reply};
use crate::sandbox::world::{DataSecurityPolicy, PolicyResource, World};

/// Most accounts that are asked for at once.
const ACCOUNT_IDS_MAX: usize = 100;

pub(super) fn policies_v1(call: &Call<'_>) -> Result<Reply, Refusal> {
    served(call)?;
    let policies = &call.world.policies;
    let kind = |place: usize| policies[place].kind;
    let record = |place: usize| policy_record(call.world, &policies[place]);
    page_of(call, policies.len(), kind, record)
}

pub(super) fn policy_v1(call: &Call<'_>) -> Result<Reply, Refusal> {
    served(call)?;
    super::policies::policy(call)
}

pub(super) fn resources_v1(call: &Call<'_>) -> Result<Reply, Refusal> {
    served(call)?;
    let id = call.param("policy");
    let mut policies = call.world.policies.iter();
    let policy = policies.find(|policy| policy.id == id);
    resources_of(call, &policy.ok_or_else(Refusal::policy)?.resources)
}

pub(super) fn policies(call: &Call<'_>) -> Result<Reply, Refusal> {
    let policies = &call.world.data_security_policies;
    let kind = |_: usize| "data-security";
    let record = |place: usize| data_security_record(&policies[place]);
    page_of(call, policies.len(), kind, record)
}

pub(super) fn policy(call: &Call<'_>) -> Result<Reply, Refusal> {
    call.no_query()?;
    let record = data_security_record(data_security_policy(call)?);
    Ok(Reply::Whole(json!({ "data": record })))
}

pub(super) fn resources(call: &Call<'_>) -> Result<Reply, Refusal> {
    resources_of(call, &data_security_policy(call)?.resources)
}

/// Managed people of those that the body names, in its order; the others are left out.
pub(super) fn authentication_policies(call: &Call<'_>) -> Result<Reply, Refusal> {
    call.no_query()?;
    let ids: Vec<String> = call.body_list("accountIds")?;
    list_in_bounds("accountIds", &Some(&ids[..]), ACCOUNT_IDS_MAX)?;
    // An id that is asked for twice is told about once.
    let asked = ids.iter().enumerate();
    let asked = asked.filter(|(number, id)| !ids[..*number].contains(id));
    let places = asked.filter_map(|(_, id)| call.place_of_account(id));
    let records = places.filter_map(|place| membership_record(call.world, place));
    Ok(Reply::Whole(records.collect()))
}

fn membership_record(world: &World, place: usize) -> Option<Value> {
    let policy = &world.authentication_policies[world.authentication_policy_of(place)?];
    let account = &world.accounts[place];
    let mut record = Map::new();
    insert_some(&mut record, "email", account.address.shown());
    record.insert("accountId".to_owned(), account.id.as_str().into());
    record.insert("policyId".to_owned(), policy.id.as_str().into());
    record.insert("policyName".to_owned(), policy.name.as_str().into());
    Some(record.into())
}

fn served(call: &Call<'_>) -> Result<(), Refusal> {
    match call.options.control_v1 {
        ControlV1::Served => Ok(()),
        ControlV1::Disabled => Err(Refusal::resource()),
    }
}

/// A page of policies of the kind that the query asks for.
fn page_of(
    call: &Call<'_>,
    length: usize,
    kind: impl Fn(usize) -> &'static str,
    record: impl Fn(usize) -> Value,
) -> Result<Reply, Refusal> {
    let query = call.query_object(&["cursor", "type"], &[])?;
    let start = call.start(query, call.options.page_sizes.control_policies)?;
    let wanted = start.cursor.query["type"].as_str().map(str::to_owned);
    let keep = |place: usize| wanted.as_deref().is_none_or(|wanted| wanted == kind(place));
    Ok(call
        .page(Scheme::UrlsAndMeta, start, length, keep, record)
        .into())
}

/// A page of resources: the cursor is not documented, and stands in the links.
fn resources_of(call: &Call<'_>, resources: &[PolicyResource]) -> Result<Reply, Refusal> {
    // A cursor of another policy does not fit.
    let mut query = call.query_object(&["cursor"], &[])?;
    let id = Value::from(call.param("policy"));
    query.insert("policy".to_owned(), id.clone());
    let start = call.start(query, call.options.page_sizes.policy_resources)?;
    if start.cursor.query["policy"] != id {
        return Err(Refusal::cursor());
    }
    let record = |place: usize| resource_record(call.world, &resources[place]);
    let page = call.page(
        Scheme::UrlsAndMeta,
        start,
        resources.len(),
        |_| true,
        record,
    );
    Ok(page.into())
}

fn data_security_policy<'a>(call: &Call<'a>) -> Result<&'a DataSecurityPolicy, Refusal> {
    let id = call.param("policy");
    let mut policies = call.world.data_security_policies.iter();
    policies
        .find(|policy| policy.id == id)
        .ok_or_else(Refusal::policy)
}

fn data_security_record(policy: &DataSecurityPolicy) -> Value {
    json!({ "id": policy.id, "type": "policy", "attributes": {
        "type": "data-security",
        "name": policy.name,
        "status": policy.status,
        "policyCoverageLevel": policy.coverage,
        "rule": { (policy.rule): { "effect": policy.effect } },
        "createdAt": time(policy.created),
        "updatedAt": policy.updated.map(time),
    } })
}

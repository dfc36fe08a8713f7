//! The audit log: polled in the order of processing, or queried.
//!
//! The order of a query's answer is not documented; here it is the newest first, by processing. Both
//! bounds of a period are part of it, which is not documented either.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Call, insert_some, limit_of_query, time};
use crate::sandbox::audit_log::{ACTIONS, Actor, AuditEvent, DELAY_MAX, Happening};
use crate::sandbox::kind::GuardPlan;
use crate::sandbox::options::EventsEnd;
use crate::sandbox::page::Scheme;
use crate::sandbox::random::Random;
use crate::sandbox::reply::{Refusal, Reply};
use crate::sandbox::world::{Account, World};

/// What the log calls Atlassian itself.
const SYSTEM: &str = "Atlassian Internal System";

/// Most events on a page.
const LIMIT_MAX: u64 = 500;

/// Values of the `product` filter.
const PRODUCTS: &[&str] = &["bitbucket", "confluence", "guard_detect", "jira", "loom"];

/// Where people are: country, region, city, coarse label, and the first part of their addresses.
#[rustfmt::skip]
const PLACES: &[(&str, &str, &str, &str, &str)] = &[
    ("Norway", "Oslo", "Oslo", "EU", "203.0.113."),
    ("Portugal", "Lisbon", "Lisbon", "EU", "203.0.113."),
    ("Poland", "Mazovia", "Warsaw", "EU", "198.51.100."),
    ("Canada", "Ontario", "Toronto", "NA", "198.51.100."),
    ("Singapore", "", "Singapore", "", "2001:db8:40::"),
    ("Kenya", "Nairobi County", "Nairobi", "", "192.0.2."),
];

/// An event whose `processedAt` is told, or not.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Telling {
    Polled,
    Queried,
}

pub(super) fn stream(call: &Call<'_>) -> Result<Reply, Refusal> {
    paid(call.world)?;
    let single = ["cursor", "from", "to", "limit", "sortOrder"];
    let mut query = call.query_object(&single, &[])?;
    let page_size = call.options.page_sizes.events_stream;
    let limit = limit_of_query(&mut query, "limit", page_size, LIMIT_MAX)?;
    let start = call.start(query, limit)?;
    let query = &start.cursor.query;
    let log = &call.world.audit_log;
    let (from, to) = period(query)?;
    let low = from.map_or(0, |from| log.processed_before(from));
    let high = to.map_or(log.len(), |to| log.processed_before(to.saturating_add(1)));
    let place = match query["sortOrder"].as_str() {
        None | Some("asc") => |low: usize, _: usize, at: usize| low + at,
        Some("desc") => |_: usize, high: usize, at: usize| high - 1 - at,
        Some(_) => return Err(Refusal::query("sortOrder must be asc or desc")),
    };
    let record = |at: usize| {
        let event = call.world.event(place(low, high, at));
        event_record(call, &event, Telling::Polled)
    };
    let scheme = Scheme::Events(call.options.events_end);
    let length = high.saturating_sub(low);
    Ok(call.page(scheme, start, length, |_| true, record).into())
}

pub(super) fn events(call: &Call<'_>) -> Result<Reply, Refusal> {
    paid(call.world)?;
    let single = ["cursor", "q", "from", "to", "action", "location", "limit"];
    let mut query = call.query_object(&single, &["actor", "ip", "product"])?;
    let limit = limit_of_query(
        &mut query,
        "limit",
        call.options.page_sizes.events,
        LIMIT_MAX,
    )?;
    let start = call.start(query, limit)?;
    let filter = Filter::of(&start.cursor.query)?;
    let log = &call.world.audit_log;
    // What happened in a period was processed in it, or soon after.
    let low = filter.from.map_or(0, |from| log.processed_before(from));
    let high = filter.to.map_or(log.len(), |to| {
        log.processed_before(to.saturating_add(DELAY_MAX))
    });
    let event = |at: usize| call.world.event(high - 1 - at);
    let keep = |at: usize| filter.fits(call, &event(at));
    let record = |at: usize| event_record(call, &event(at), Telling::Queried);
    let scheme = Scheme::Events(EventsEnd::Null);
    let length = high.saturating_sub(low);
    Ok(call.page(scheme, start, length, keep, record).into())
}

pub(super) fn event(call: &Call<'_>) -> Result<Reply, Refusal> {
    paid(call.world)?;
    call.no_query()?;
    let place = call.world.audit_log.place_of(call.param("event"));
    let event = call.world.event(place.ok_or_else(Refusal::event)?);
    let record = event_record(call, &event, Telling::Queried);
    Ok(Reply::Whole(json!({ "data": record })))
}

pub(super) fn actions(call: &Call<'_>) -> Result<Reply, Refusal> {
    paid(call.world)?;
    call.no_query()?;
    let actions = ACTIONS.iter().enumerate().map(|(place, action)| {
        let mut attributes = Map::new();
        attributes.insert("displayName".to_owned(), action.title.into());
        // The reference has one group, the real thing was seen with a list.
        if place % 3 == 1 {
            attributes.insert("groupDisplayNames".to_owned(), json!([action.group]));
        } else {
            attributes.insert("groupDisplayName".to_owned(), action.group.into());
        }
        json!({ "id": action.id, "type": "event-actions", "attributes": attributes })
    });
    Ok(Reply::Whole(json!({ "data": actions.collect::<Value>() })))
}

/// There is an audit log only with a plan.
fn paid(world: &World) -> Result<(), Refusal> {
    match world.kind.plan {
        GuardPlan::None => Err(Refusal::plan("Audit Log Entitlement validation failed")),
        GuardPlan::Standard | GuardPlan::Premium => Ok(()),
    }
}

/// The bounds of a period, in milliseconds since 1970.
fn period(query: &Value) -> Result<(Option<i64>, Option<i64>), Refusal> {
    let bound = |name: &str| match query[name].as_str() {
        None => Ok(None),
        Some(text) => text.parse::<i64>().map(Some).map_err(|_| {
            let problem = format!("{name} must be UNIX epoch milliseconds");
            Refusal::time(&problem)
        }),
    };
    let (from, to) = (bound("from")?, bound("to")?);
    match (from, to) {
        (Some(from), Some(to)) if from > to => Err(Refusal::time("from must not be after to")),
        period => Ok(period),
    }
}

/// What a query asks for.
struct Filter {
    from: Option<i64>,
    to: Option<i64>,
    action: Option<String>,
    term: Option<String>,
    actors: Option<Vec<String>>,
    addresses: Option<Vec<String>>,
    products: Option<Vec<String>>,
    locations: Option<Vec<Location>>,
}

/// Where an event happened; an absent part is any. Whatever else it says is passed over.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    city: Option<String>,
    country_name: Option<String>,
}

impl Filter {
    fn of(query: &Value) -> Result<Filter, Refusal> {
        let (from, to) = period(query)?;
        let text = |name: &str| query[name].as_str().map(str::to_owned);
        // The reference joins the values of one parameter by commas.
        let list = |name: &str| -> Option<Vec<String>> {
            let values = query[name].as_array()?.iter().filter_map(Value::as_str);
            let parts = values.flat_map(|value| value.split(',').map(str::to_owned));
            Some(parts.collect())
        };
        let products = list("product");
        let unknown = |product: &&String| !PRODUCTS.contains(&product.as_str());
        if products.iter().flatten().any(|product| unknown(&product)) {
            let problem = format!("product takes {}", PRODUCTS.join(", "));
            return Err(Refusal::query(&problem));
        }
        let locations = query["location"].as_str().map(locations).transpose()?;
        Ok(Filter {
            from,
            to,
            action: text("action"),
            term: text("q").map(|term| term.to_lowercase()),
            actors: list("actor"),
            addresses: list("ip"),
            products,
            locations,
        })
    }

    /// What is cheap to know is asked first: a query may have to look at the whole log.
    fn fits(&self, call: &Call<'_>, event: &AuditEvent) -> bool {
        let at = event.time.as_millisecond();
        let world = call.world;
        self.from.is_none_or(|from| from <= at)
            && self.to.is_none_or(|to| at <= to)
            && is_one_of(&self.actors, actor_account(world, event).map(|one| &one.id))
            && is_one_of(&self.products, product(world, event))
            && self
                .action
                .as_deref()
                .is_none_or(|action| action == event.what.action())
            && self.fits_place(world, event)
            && self.term.as_ref().is_none_or(|term| {
                let who = actor_account(world, event).map(|one| one.name.to_lowercase());
                message(world, event).to_lowercase().contains(term)
                    || who.is_some_and(|who| who.contains(term))
            })
    }

    fn fits_place(&self, world: &World, event: &AuditEvent) -> bool {
        if self.addresses.is_none() && self.locations.is_none() {
            return true;
        }
        let location = location(world, event).unwrap_or_default();
        let is = |wanted: &Option<String>, name: &str| {
            wanted
                .as_deref()
                .is_none_or(|wanted| location[name] == wanted)
        };
        let mut places = self.locations.iter().flatten();
        is_one_of(&self.addresses, location["ip"].as_str())
            && (self.locations.is_none()
                || places
                    .any(|place| is(&place.city, "city") && is(&place.country_name, "countryName")))
    }
}

/// Whether a filter that lists texts lets `value` through; nothing is none of them.
fn is_one_of(list: &Option<Vec<String>>, value: Option<impl AsRef<str>>) -> bool {
    list.as_ref()
        .is_none_or(|list| value.is_some_and(|value| list.iter().any(|one| one == value.as_ref())))
}

/// The account that acted; none for Atlassian itself.
fn actor_account<'a>(world: &'a World, event: &AuditEvent) -> Option<&'a Account> {
    match event.actor {
        Actor::System => None,
        Actor::Account(place) | Actor::App(place, _) => Some(&world.accounts[place]),
    }
}

/// The product that an event is about, in the word of the filter.
fn product(world: &World, event: &AuditEvent) -> Option<&'static str> {
    match event.what {
        Happening::Content(_, workspace) | Happening::AppInstalled { workspace } => {
            world.workspaces[workspace].type_key.split('-').next()
        }
        _ => None,
    }
}

fn locations(text: &str) -> Result<Vec<Location>, Refusal> {
    serde_json::from_str(text)
        .map_err(|_| Refusal::query("location must be a JSON list of objects"))
}

fn event_record(call: &Call<'_>, event: &AuditEvent, telling: Telling) -> Value {
    let world = call.world;
    let mut random = world.audit_log.telling("telling", event.place);
    let mut attributes = Map::new();
    attributes.insert("time".to_owned(), to_the_second(event.time).into());
    if telling == Telling::Polled {
        let processed_at = to_the_second(event.processed_at);
        attributes.insert("processedAt".to_owned(), processed_at.into());
    }
    attributes.insert("action".to_owned(), event.what.action().into());
    attributes.insert("actor".to_owned(), actor(call, event, &mut random));
    let mut context = context(call, event);
    // The order of the objects is not to be relied on.
    if random.chance(50) {
        context.reverse();
    }
    // Where there is nothing to tell, some leave the list out.
    if !context.is_empty() || random.chance(70) {
        attributes.insert("context".to_owned(), context.into());
    }
    let container = container(call, event);
    if !container.is_empty() || random.chance(50) {
        attributes.insert("container".to_owned(), container.into());
    }
    insert_some(&mut attributes, "location", location(world, event));
    let mut record = json!({
        "id": event.id,
        "type": "events",
        "attributes": attributes,
        "links": { "self": format!("{}/events/{}", this_org(call), event.id) },
    });
    if !matches!(event.what, Happening::Unlisted(_)) {
        record["message"] = json!({ "content": message(world, event), "format": "simple" });
    }
    record
}

/// Milliseconds are left out where there are none.
fn to_the_second(at: Timestamp) -> String {
    if at.as_millisecond() % 1_000 == 0 {
        format!("{at:.0}")
    } else {
        time(at)
    }
}

fn this_org(call: &Call<'_>) -> String {
    format!("{}/admin/v1/orgs/{}", call.public_url, call.world.org_id)
}

fn actor(call: &Call<'_>, event: &AuditEvent, random: &mut Random) -> Value {
    let world = call.world;
    let person = |place: usize| {
        let account = &world.accounts[place];
        let mut object = Map::new();
        object.insert("id".to_owned(), account.id.as_str().into());
        object.insert("name".to_owned(), account.name.as_str().into());
        insert_some(&mut object, "email", account.address.shown());
        object
    };
    match event.actor {
        Actor::System => json!({ "id": "0", "name": SYSTEM }),
        Actor::Account(place) => {
            let mut object = person(place);
            let own = format!("{}/users/{}", this_org(call), world.accounts[place].id);
            object.insert("links".to_owned(), json!({ "self": own }));
            match event.what {
                Happening::TokenCreated(token) => {
                    let token = &world.tokens[token];
                    let auth = json!({ "authType": "session", "tokenId": token.id, "tokenLabel": token.label });
                    object.insert("auth".to_owned(), auth);
                }
                Happening::Content(..) if random.chance(20) => {
                    let auth = json!({ "authType": "api-token", "tokenId": random.uuid(), "tokenLabel": "laptop script" });
                    object.insert("auth".to_owned(), auth);
                }
                _ if random.chance(10) => {
                    object.insert("auth".to_owned(), json!({ "authType": "container-token" }));
                }
                _ => {}
            }
            object.into()
        }
        Actor::App(app, on_behalf_of) => {
            let account = &world.accounts[app];
            json!({
                "id": account.id,
                "name": account.name,
                // Not every address of an actor is one.
                "email": "Atlassian app",
                "auth": { "authType": "connect-token" },
                "onBehalfOf": person(on_behalf_of),
                "app": { "id": account.id, "type": "apps", "attributes": { "name": account.name, "vendor": "Tarnbrook" } },
            })
        }
    }
}

/// What was acted on.
fn context(call: &Call<'_>, event: &AuditEvent) -> Vec<Value> {
    let world = call.world;
    let object = |id: &str, kind: &str, attributes: Value| json!({ "id": id, "type": kind, "attributes": attributes });
    let user = |place: usize| {
        let account = &world.accounts[place];
        let mut attributes = Map::new();
        attributes.insert("name".to_owned(), account.name.as_str().into());
        attributes.insert("accountType".to_owned(), account.kind.word().into());
        insert_some(&mut attributes, "email", account.address.shown());
        let mut user = object(&account.id, "users", attributes.into());
        let own = format!("{}/users/{}", this_org(call), account.id);
        user["links"] = json!({ "self": own });
        user
    };
    let group = |place: usize| {
        let group = &world.groups[place];
        object(&group.id, "groups", json!({ "groupName": group.name }))
    };
    match event.what {
        Happening::LoginRejected => {
            let Actor::Account(place) = event.actor else {
                return Vec::new();
            };
            let id = &world.accounts[place].id;
            vec![
                user(place),
                object(id, "logins", json!({ "status": "failed" })),
            ]
        }
        Happening::TokenCreated(token) => {
            let token = &world.tokens[token];
            vec![object(
                &token.id,
                "api-tokens",
                json!({ "name": token.label }),
            )]
        }
        Happening::TokenCreatedAndGone(number) => {
            let id = world.audit_log.telling("token", event.place).uuid();
            vec![object(
                &id,
                "api-tokens",
                json!({ "name": gone_token(number) }),
            )]
        }
        Happening::KeyCreated(key) => {
            let key = &world.api_keys[key];
            vec![object(&key.id, "api-keys", json!({ "name": key.label }))]
        }
        Happening::AccountCreated(account)
        | Happening::AccountDeactivated(account)
        | Happening::AccountReactivated(account)
        | Happening::OrgAdminAdded(account)
        | Happening::LoggedInAs(account)
        | Happening::TwoStepDisabled(account)
        | Happening::ProfileViewed(account) => vec![user(account)],
        Happening::InvitedAsAdmin(account) => {
            let mut user = user(account);
            user["attributes"]["groupName"] = "org-admins".into();
            vec![user]
        }
        Happening::GroupJoined {
            account,
            group: place,
        }
        | Happening::GroupLeft {
            account,
            group: place,
        }
        | Happening::ProvisioningRemoved {
            account,
            group: place,
        } => {
            vec![user(account), group(place)]
        }
        Happening::RoleGranted { account, workspace }
        | Happening::RoleRevoked { account, workspace } => {
            let workspace = &world.workspaces[workspace];
            let attributes =
                json!({ "permissionName": "atlassian/user", "product": workspace.type_key });
            vec![user(account), object(&workspace.id, "roles", attributes)]
        }
        Happening::GroupGrantedAdmin { group: place } => vec![group(place)],
        Happening::AuthenticationPolicyModified(policy) => {
            let policy = &world.authentication_policies[policy];
            vec![object(
                &policy.id,
                "authentication-policies",
                json!({ "name": policy.name }),
            )]
        }
        Happening::AllowlistModified(policy) => {
            let policy = &world.policies[policy];
            vec![object(
                &policy.id,
                "policies",
                json!({ "name": policy.name }),
            )]
        }
        Happening::DomainAdded(domain) | Happening::DomainRemoved(domain) => {
            let domain = &world.domains[domain];
            vec![object(
                &domain.id,
                "domains",
                json!({ "name": domain.name }),
            )]
        }
        Happening::AppInstalled { .. } => {
            let attributes = json!({ "name": "Chart maker <script>alert(6)</script>", "vendor": "Quill Systems" });
            vec![object("com.quill.chart-maker", "apps", attributes)]
        }
        Happening::LoggedIn
        | Happening::LoginFailed
        | Happening::LoggedOut
        | Happening::SettingUpdated(..)
        | Happening::ClassificationChanged
        | Happening::UsersViewed
        | Happening::Content(..)
        | Happening::Unlisted(_) => Vec::new(),
    }
}

/// Where it was done.
fn container(call: &Call<'_>, event: &AuditEvent) -> Vec<Value> {
    let world = call.world;
    match event.what {
        Happening::LoggedIn
        | Happening::LoginFailed
        | Happening::LoginRejected
        | Happening::LoggedOut
        | Happening::Unlisted(_) => Vec::new(),
        Happening::Content(_, place)
        | Happening::AppInstalled { workspace: place }
        | Happening::RoleGranted {
            workspace: place, ..
        }
        | Happening::RoleRevoked {
            workspace: place, ..
        } => {
            let workspace = &world.workspaces[place];
            let mut attributes = Map::new();
            attributes.insert("siteName".to_owned(), workspace.name.as_str().into());
            attributes.insert("product".to_owned(), workspace.type_key.into());
            insert_some(&mut attributes, "siteHostName", workspace.host_url.as_ref());
            vec![json!({ "id": workspace.id, "type": "sites", "attributes": attributes })]
        }
        what => {
            let mut attributes = json!({ "name": world.org_name });
            if let Happening::SettingUpdated(name, values) = what {
                attributes["settingName"] = name.into();
                attributes["settingValues"] = values.into();
            }
            let links = json!({ "self": this_org(call) });
            vec![
                json!({ "id": world.org_id, "type": "orgs", "attributes": attributes, "links": links }),
            ]
        }
    }
}

/// Where the actor was; nothing for most of what the system does.
fn location(world: &World, event: &AuditEvent) -> Option<Value> {
    let mut random = world.audit_log.telling("where", event.place);
    let person = match event.actor {
        Actor::System => return random.chance(50).then(|| json!({})),
        Actor::Account(place) | Actor::App(_, place) => place,
    };
    let mut home = Random::of_part(0, &world.accounts[person].id);
    let (country, region, city, label, addresses) = if random.chance(3) {
        random.pick(PLACES)
    } else {
        home.pick(PLACES)
    };
    let mut location = Map::new();
    let ip = format!("{addresses}{}", 1 + home.below(250));
    location.insert("ip".to_owned(), ip.into());
    location.insert("geo".to_owned(), label.into());
    if random.chance(7) {
        // The address was found in no country.
        for name in ["countryName", "regionName", "city"] {
            location.insert(name.to_owned(), "".into());
        }
    } else {
        location.insert("countryName".to_owned(), country.into());
        location.insert("regionName".to_owned(), region.into());
        location.insert("city".to_owned(), city.into());
    }
    Some(location.into())
}

fn message(world: &World, event: &AuditEvent) -> String {
    let name = |account: usize| called(&world.accounts[account]);
    let group = |place: usize| &world.groups[place].name;
    let site = |place: usize| &world.workspaces[place].name;
    let who = match event.actor {
        Actor::System => SYSTEM,
        Actor::Account(place) | Actor::App(place, _) => &world.accounts[place].name,
    };
    match event.what {
        Happening::LoggedIn => format!("{who} logged in"),
        Happening::LoginFailed | Happening::LoginRejected => format!("{who} failed to log in"),
        Happening::LoggedOut => format!("{who} logged out"),
        Happening::TokenCreated(_) => format!("{who} created an API token"),
        Happening::TokenCreatedAndGone(number) => {
            format!("{who} created API token {}", gone_token(number))
        }
        Happening::KeyCreated(key) => {
            format!("{who} created API key {}", world.api_keys[key].label)
        }
        Happening::AccountCreated(account) => format!("Created {}", name(account)),
        Happening::AccountDeactivated(account) => format!("Deactivated {}", name(account)),
        Happening::AccountReactivated(account) => format!("Reactivated {}", name(account)),
        Happening::GroupJoined {
            account,
            group: place,
        } => format!("Added {} to group {}", name(account), group(place)),
        Happening::GroupLeft {
            account,
            group: place,
        }
        | Happening::ProvisioningRemoved {
            account,
            group: place,
        } => {
            format!("Removed {} from group {}", name(account), group(place))
        }
        Happening::RoleGranted { account, workspace } => {
            format!("Granted {} access to {}", name(account), site(workspace))
        }
        Happening::RoleRevoked { account, workspace } => {
            format!("Revoked access of {} to {}", name(account), site(workspace))
        }
        Happening::GroupGrantedAdmin { group: place } => {
            format!("Granted admin access to group {}", group(place))
        }
        Happening::OrgAdminAdded(account) => {
            format!("Added {} as organization admin", name(account))
        }
        Happening::InvitedAsAdmin(account) => {
            format!("Invited {} to group org-admins", name(account))
        }
        Happening::LoggedInAs(account) => format!("Logged in as {}", name(account)),
        Happening::TwoStepDisabled(account) => {
            format!("Disabled two-step verification for {}", name(account))
        }
        Happening::SettingUpdated(setting, values) => {
            format!("{who} updated {setting} setting values {values}")
        }
        Happening::AuthenticationPolicyModified(policy) => {
            format!(
                "Modified authentication policy {}",
                world.authentication_policies[policy].name
            )
        }
        Happening::AllowlistModified(policy) => {
            format!("Modified IP allowlist {}", world.policies[policy].name)
        }
        Happening::DomainAdded(domain) => format!("Verified domain {}", world.domains[domain].name),
        Happening::DomainRemoved(domain) => {
            format!("Removed domain {}", world.domains[domain].name)
        }
        Happening::AppInstalled { workspace } => format!("Installed an app on {}", site(workspace)),
        Happening::ClassificationChanged => "Updated the data classification policy".to_owned(),
        Happening::UsersViewed => format!("{who} viewed the users of the organization"),
        Happening::ProfileViewed(account) => format!("Viewed the profile of {}", name(account)),
        Happening::Content(action, workspace) => {
            format!("{who}: {} on {}", action.replace('_', " "), site(workspace))
        }
        Happening::Unlisted(action) => action.to_owned(),
    }
}

/// Label of a token that no list knows any more.
fn gone_token(number: u8) -> String {
    format!("export {}", number + 1)
}

/// What a message calls an account: its address where there is one to show.
fn called(account: &Account) -> &str {
    account.address.shown().unwrap_or(&account.name)
}

//! Accounts: the directories' users, and the older list of managed users.
//!
//! The two differ as on the real thing. Only the directories tell of claim, roles, two-step
//! verification and unmanaged accounts; only the older list tells what is billable, and of activity
//! in products outside the directories. The reference's `accountType` of a directory user knows no
//! word but `atlassian`, so that the type of an app or a portal customer stands in the older list
//! alone.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Call, insert_some, lets_through, list_in_bounds, time, typed};
use crate::sandbox::kind::GuardPlan;
use crate::sandbox::page::Scheme;
use crate::sandbox::random::Random;
use crate::sandbox::reply::{Refusal, Reply};
use crate::sandbox::world::{
    Account, AccountKind, AccountStatus, Address, Management, MembershipState, Role, World,
};

/// What may be asked of directory users.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Search {
    /// Written by the sandbox: the directory of the path.
    directory: Option<String>,
    account_ids: Option<Vec<String>>,
    account_status: Option<Vec<String>>,
    claim_status: Option<ClaimFilter>,
    directory_ids: Option<Vec<String>>,
    email_domains: Option<Vec<String>>,
    emails: Option<Vec<String>>,
    expand: Option<Vec<Expand>>,
    group_ids: Option<Vec<String>>,
    membership_status: Option<Vec<String>>,
    mfa_enabled: Option<bool>,
    resource_ids: Option<Vec<String>>,
    role_ids: Option<Vec<String>>,
    search_term: Option<String>,
    sort_by: Option<Vec<Sort>>,
    status: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum ClaimFilter {
    Managed,
    Unmanaged,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
enum Expand {
    #[serde(rename = "platformRoles")]
    PlatformRoles,
    #[serde(rename = "counts.resources")]
    Resources,
    #[serde(rename = "productAccess")]
    ProductAccess,
    #[serde(rename = "groups")]
    Groups,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sort {
    field: SortField,
    direction: Direction,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SortField {
    NickName,
}

/// Direction of a sort.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Direction {
    Asc,
    Desc,
}

impl Direction {
    /// Turns an ascending order into this one.
    pub(super) fn apply(self, order: &mut [usize]) {
        if self == Direction::Desc {
            order.reverse();
        }
    }
}

const STATUS_WORDS: &[&str] = &[
    "active",
    "suspended",
    "not_invited",
    "deactivated",
    "for_deletion",
];
const ACCOUNT_STATUS_WORDS: &[&str] = &["active", "inactive", "closed"];
const MEMBERSHIP_STATUS_WORDS: &[&str] = &["active", "suspended", "no_membership"];
#[rustfmt::skip]
const ROLE_WORDS: &[&str] = &[
    "atlassian/user", "atlassian/admin", "atlassian/guest", "atlassian/customer", "atlassian/user-access-admin",
    "atlassian/contributor", "atlassian/basic", "atlassian/stakeholder", "atlassian/org-admin",
    "atlassian/site-admin", "atlassian/ai-access",
];

impl Search {
    fn check(self) -> Result<Search, Refusal> {
        list_in_bounds("accountIds", &self.account_ids, 10)?;
        list_in_bounds("directoryIds", &self.directory_ids, 10)?;
        list_in_bounds("emailDomains", &self.email_domains, 10)?;
        list_in_bounds("emails", &self.emails, 100)?;
        list_in_bounds("groupIds", &self.group_ids, 10)?;
        list_in_bounds("resourceIds", &self.resource_ids, 20)?;
        list_in_bounds("sortBy", &self.sort_by, 1)?;
        words("status", &self.status, STATUS_WORDS, 4)?;
        words(
            "accountStatus",
            &self.account_status,
            ACCOUNT_STATUS_WORDS,
            3,
        )?;
        words(
            "membershipStatus",
            &self.membership_status,
            MEMBERSHIP_STATUS_WORDS,
            3,
        )?;
        words("roleIds", &self.role_ids, ROLE_WORDS, 10)?;
        if self.emails.is_some() && self.search_term.is_some() {
            return Err(Refusal::body("emails excludes searchTerm"));
        }
        Ok(self)
    }

    fn expands(&self, expand: Expand) -> bool {
        self.expand
            .as_ref()
            .is_some_and(|all| all.contains(&expand))
    }

    fn fits(&self, scope: &Scope<'_>, account: &Account) -> bool {
        let world = scope.world;
        let email = account.address.shown().map(str::to_lowercase);
        let mentions = |term: &String| {
            let term = term.to_lowercase();
            let texts = [
                Some(account.name.to_lowercase()),
                Some(account.nickname.to_lowercase()),
                email.clone(),
            ];
            texts.iter().flatten().any(|text| text.contains(&term))
        };
        scope.lists(account)
            && lets_through(&self.account_ids, account.id.as_str())
            && lets_through(&self.account_status, account.status.word())
            && lets_through(&self.membership_status, scope.membership_status(account))
            && self.status.as_ref().is_none_or(|all| {
                scope
                    .status(account)
                    .is_some_and(|status| all.iter().any(|one| one == status))
            })
            && self
                .claim_status
                .is_none_or(|claim| account.managed == (claim == ClaimFilter::Managed))
            && self
                .mfa_enabled
                .is_none_or(|enabled| account.mfa == Some(enabled))
            && self.search_term.as_ref().is_none_or(mentions)
            && self.emails.as_ref().is_none_or(|all| {
                email
                    .as_ref()
                    .is_some_and(|email| all.iter().any(|one| one.to_lowercase() == *email))
            })
            && self.email_domains.as_ref().is_none_or(|all| {
                let domain = account.address.shown_domain();
                domain.is_some_and(|domain| {
                    all.iter()
                        .any(|one| one.trim_start_matches('@').to_lowercase() == domain)
                })
            })
            && self.group_ids.as_ref().is_none_or(|ids| {
                account.groups.iter().any(|&group| {
                    // Both spellings are about: the group's own id, and the ARI in a user's record.
                    ids.iter()
                        .any(|id| id.rsplit('/').next() == Some(world.groups[group].id.as_str()))
                })
            })
            && self.resource_ids.as_ref().is_none_or(|ids| {
                account
                    .product_access
                    .iter()
                    .any(|access| ids.contains(&world.workspaces[access.workspace].id))
            })
            && self
                .role_ids
                .as_ref()
                .is_none_or(|ids| ids.iter().any(|id| world.holds_role(account, id)))
    }
}

/// Refuses a word that a filter does not know.
fn words(
    name: &str,
    list: &Option<Vec<String>>,
    known: &[&str],
    max: usize,
) -> Result<(), Refusal> {
    list_in_bounds(name, list, max)?;
    match list
        .iter()
        .flatten()
        .find(|word| !known.contains(&word.as_str()))
    {
        Some(_) => Err(Refusal::body(&format!("{name} takes {}", known.join(", ")))),
        None => Ok(()),
    }
}

/// The directories that a request looks at: none listed means all, and managed accounts outside any.
pub(super) struct Scope<'a> {
    world: &'a World,
    directories: Option<Vec<usize>>,
}

impl Scope<'_> {
    /// The directories of the path alone.
    pub(super) fn of_path<'a>(call: &Call<'a>) -> Result<Scope<'a>, Refusal> {
        Scope::of(call, &Search::default())
    }

    /// The place of the account that the path names.
    pub(super) fn account(&self, call: &Call<'_>) -> Result<usize, Refusal> {
        let id = call.param("account");
        let accounts = &self.world.accounts;
        let found = accounts.iter().position(|account| account.id == id);
        found
            .filter(|&place| self.lists(&accounts[place]))
            .ok_or_else(Refusal::user)
    }

    fn of<'a>(call: &Call<'a>, search: &Search) -> Result<Scope<'a>, Refusal> {
        let named = call.directory()?;
        let world = call.world;
        let listed = search.directory_ids.as_ref().map(|ids| {
            let places = 0..world.directories.len();
            places
                .filter(|&place| ids.contains(&world.directories[place].id))
                .collect::<Vec<_>>()
        });
        let directories = match (named, listed) {
            (None, listed) => listed,
            (Some(named), None) => Some(vec![named]),
            (Some(named), Some(listed)) => {
                Some(listed.into_iter().filter(|&place| place == named).collect())
            }
        };
        Ok(Scope { world, directories })
    }

    pub(super) fn holds(&self, directory: usize) -> bool {
        self.directories
            .as_ref()
            .is_none_or(|all| all.contains(&directory))
    }

    /// One entry per account, however many directories it is in.
    fn lists(&self, account: &Account) -> bool {
        self.directories.is_none()
            || account
                .memberships
                .iter()
                .any(|one| self.holds(one.directory))
    }

    fn membership_status(&self, account: &Account) -> &'static str {
        let mut within = account
            .memberships
            .iter()
            .filter(|one| self.holds(one.directory))
            .peekable();
        if within.peek().is_none() {
            "no_membership"
        } else if within.any(|one| one.state == MembershipState::Active) {
            "active"
        } else {
            "suspended"
        }
    }

    /// The composite of account and membership status; a closed account has none.
    fn status(&self, account: &Account) -> Option<&'static str> {
        match (account.status, self.membership_status(account)) {
            _ if account.for_deletion => Some("for_deletion"),
            (AccountStatus::Active, "no_membership") => Some("not_invited"),
            (AccountStatus::Active, membership) => Some(membership),
            (AccountStatus::Inactive, _) => Some("deactivated"),
            (AccountStatus::Closed, _) => None,
        }
    }
}

pub(super) fn search(call: &Call<'_>) -> Result<Reply, Refusal> {
    let start = call.start_search(call.options.page_sizes.users_search)?;
    let search = start.query::<Search>()?.check()?;
    let scope = Scope::of(call, &search)?;
    let accounts = &call.world.accounts;
    // Only a sorted search needs the places of all accounts; a page of any other costs what it holds.
    let order = match search.sort_by.as_deref() {
        Some(
            [
                Sort {
                    field: SortField::NickName,
                    direction,
                },
            ],
        ) => {
            let mut order: Vec<usize> = (0..accounts.len()).collect();
            order.sort_by_cached_key(|&place| (accounts[place].nickname.to_lowercase(), place));
            direction.apply(&mut order);
            Some(order)
        }
        _ => None,
    };
    let account = |place: usize| &accounts[order.as_ref().map_or(place, |order| order[place])];
    let keep = |place: usize| search.fits(&scope, account(place));
    let record = |place: usize| directory_user(&scope, account(place), &search);
    Ok(call
        .page(Scheme::CursorsOrNull, start, accounts.len(), keep, record)
        .into())
}

/// Filters that a query may state once.
const SINGLE: [&str; 3] = ["claimStatus", "mfaEnabled", "searchTerm"];

/// Filters that a query may repeat.
#[rustfmt::skip]
const LISTS: [&str; 9] = [
    "accountIds", "directoryIds", "resourceIds", "groupIds", "status", "accountStatus", "membershipStatus",
    "roleIds", "emailDomains",
];

/// The deprecated listing: the same records as a search, without what costs extra.
pub(super) fn list(call: &Call<'_>) -> Result<Reply, Refusal> {
    let [claim, mfa, term] = SINGLE;
    let query = call.query_object(&[claim, mfa, term, "cursor", "limit"], &LISTS)?;
    let start = call.start_in_directory(with_typed_mfa(query)?)?;
    let search = start.query::<Search>()?.check()?;
    let scope = Scope::of(call, &search)?;
    let accounts = &call.world.accounts;
    let keep = |place: usize| search.fits(&scope, &accounts[place]);
    let record = |place: usize| directory_user(&scope, &accounts[place], &search);
    let page = call.page(Scheme::Cursors, start, accounts.len(), keep, record);
    Ok(page.into())
}

/// In a query every value is a text.
fn with_typed_mfa(mut query: Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    if let Some(enabled) = query.get_mut("mfaEnabled") {
        *enabled = match enabled.as_str() {
            Some("true") => Value::Bool(true),
            Some("false") => Value::Bool(false),
            _ => return Err(Refusal::query("mfaEnabled must be true or false")),
        };
    }
    Ok(query)
}

/// One account, with everything but groups and activity.
pub(super) fn user(call: &Call<'_>) -> Result<Reply, Refusal> {
    call.no_query()?;
    let scope = Scope::of_path(call)?;
    let account = &call.world.accounts[scope.account(call)?];
    let search = Search {
        expand: Some(vec![Expand::PlatformRoles, Expand::Resources]),
        ..Search::default()
    };
    let mut record = directory_user(&scope, account, &search);
    if let Value::Object(record) = &mut record {
        record.remove("links");
        record.remove("forDeletion");
    }
    Ok(Reply::Whole(json!({ "data": record })))
}

/// The older answer for one account: what it may use and did use.
pub(super) fn last_active_dates(call: &Call<'_>) -> Result<Reply, Refusal> {
    // One page holds everything, so that no cursor was ever written.
    if !call.query_object(&["cursor"], &[])?.is_empty() {
        return Err(Refusal::cursor());
    }
    let world = call.world;
    let id = call.param("account");
    let account = world.accounts.iter().find(|account| account.id == id);
    let account = account.ok_or_else(Refusal::user)?;
    let used = account.product_access.iter().filter_map(|access| {
        let at = access.last_active?;
        let workspace = &world.workspaces[access.workspace];
        Some(json!({
            "id": workspace.id,
            "key": older_key(workspace.type_key),
            "last_active": day(at),
            "last_active_timestamp": format!("{at:.0}"),
        }))
    });
    let product_access: Vec<Value> = used.collect();
    Ok(Reply::Whole(json!({
        "data": {
            "product_access": product_access,
            "added_to_org": day(account.added),
            "added_to_org_timestamp": format!("{:.0}", account.added),
        },
        "links": {},
    })))
}

/// The day of `at`, in UTC.
fn day(at: jiff::Timestamp) -> String {
    time(at)[..10].to_owned()
}

/// The older lists spell the key of one product in another way.
fn older_key(key: &'static str) -> &'static str {
    match key {
        "jira-servicedesk" => "jira-service-desk",
        _ => key,
    }
}

pub(super) fn count(call: &Call<'_>) -> Result<Reply, Refusal> {
    let query = with_typed_mfa(call.query_object(&SINGLE, &LISTS)?)?;
    let search = typed::<Search>(query.into())?.check()?;
    let scope = Scope::of(call, &search)?;
    let count = call
        .world
        .accounts
        .iter()
        .filter(|account| search.fits(&scope, account))
        .count();
    Ok(Reply::Whole(json!({ "count": call.listed(count) })))
}

pub(super) fn stats(call: &Call<'_>) -> Result<Reply, Refusal> {
    call.no_query()?;
    let scope = Scope::of(call, &Search::default())?;
    let accounts: Vec<&Account> = call
        .world
        .accounts
        .iter()
        .filter(|account| scope.lists(account))
        .collect();
    let statuses = [
        AccountStatus::Active,
        AccountStatus::Inactive,
        AccountStatus::Closed,
    ]
    .map(|status| {
        let count = accounts
            .iter()
            .filter(|account| account.status == status)
            .count();
        json!({ "status": status.word(), "count": count })
    });
    let roles = [
        Role::OrgAdmin,
        Role::SiteAdmin,
        Role::UserAccessAdmin,
        Role::AiAccess,
    ]
    .map(|role| {
        let count = accounts
            .iter()
            .filter(|account| account.roles.contains(&role))
            .count();
        json!({ "roleId": role.word(), "count": count })
    });
    Ok(Reply::Whole(
        json!({ "accountStatus": statuses, "roles": roles }),
    ))
}

fn picture(account: &Account) -> String {
    format!(
        "https://avatars.sandbox.example/{}/128",
        Random::of_part(0, &account.id).hex(16)
    )
}

fn directory_user(scope: &Scope<'_>, account: &Account, search: &Search) -> Value {
    let world = scope.world;
    let mut record = Map::new();
    let mut put = |key: &str, value: Value| {
        record.insert(key.to_owned(), value);
    };
    put("accountId", account.id.as_str().into());
    if account.kind == AccountKind::Person {
        put("accountType", account.kind.word().into());
    }
    if let Some(status) = scope.status(account) {
        put("status", status.into());
    }
    put("accountStatus", account.status.word().into());
    put("membershipStatus", scope.membership_status(account).into());
    put("addedToOrg", time(account.added).into());
    put("name", account.name.as_str().into());
    put("nickname", account.nickname.as_str().into());
    if account.address != Address::None {
        put("emailVerified", account.email_verified.into());
    }
    if let Some(email) = account.address.shown() {
        put("email", email.into());
    }
    put(
        "claimStatus",
        if account.managed {
            "managed"
        } else {
            "unmanaged"
        }
        .into(),
    );
    put("picture", picture(account).into());
    put("avatar", picture(account).into());
    put(
        "managementSource",
        json!(account.management.map(Management::word)),
    );
    if let Some(enabled) = account.mfa {
        put("mfaEnabled", enabled.into());
    }
    put("jobTitle", account.job.into());
    put("department", Value::Null);
    put("organization", Value::Null);
    put("location", Value::Null);
    put("timeZone", account.time_zone.into());
    if account.managed {
        put("deactivatedOn", json!(account.deactivated.map(time)));
        put("forDeletion", account.for_deletion.into());
    }
    put(
        "links",
        json!({ "self": Random::of_part(1, &account.id).hex(12) }),
    );
    let access = || {
        let all = account.product_access.iter();
        all.filter(|access| scope.holds(world.workspaces[access.workspace].directory))
    };
    if search.expands(Expand::PlatformRoles) {
        put(
            "platformRoles",
            account.roles.iter().map(|role| role.word()).collect(),
        );
    }
    if search.expands(Expand::Resources) {
        put("counts", json!({ "resources": access().count() }));
    }
    if search.expands(Expand::ProductAccess) {
        let products = access().map(|access| {
            let workspace = &world.workspaces[access.workspace];
            let mut product = Map::new();
            product.insert("id".to_owned(), workspace.id.as_str().into());
            product.insert("key".to_owned(), workspace.type_key.into());
            insert_some(
                &mut product,
                "lastActiveTimestamp",
                access.last_active.map(time),
            );
            Value::from(product)
        });
        put("productAccess", products.collect());
    }
    if search.expands(Expand::Groups) {
        let groups = account.groups.iter().map(|&group| &world.groups[group]);
        let groups = groups
            .filter(|group| scope.holds(group.directory))
            .map(|group| {
                let description = (!group.description.is_empty()).then_some(&group.description);
                json!({
                    "id": format!("ari:cloud:identity::group/{}", group.id),
                    "name": group.name,
                    "description": description,
                })
            });
        put("groups", groups.collect());
    }
    record.into()
}

/// The older list: managed accounts only.
pub(super) fn managed(call: &Call<'_>) -> Result<Reply, Refusal> {
    let start = call.start(
        call.query_object(&["cursor"], &[])?,
        call.options.page_sizes.v1_users,
    )?;
    let accounts = &call.world.accounts;
    let keep = |place: usize| accounts[place].managed;
    let record = |place: usize| managed_user(call, &accounts[place]);
    let total = call.world.managed;
    let mut page = call.page(Scheme::Urls, start, accounts.len(), keep, record);
    page.meta
        .insert("total".to_owned(), call.listed(total).into());
    Ok(page.into())
}

fn managed_user(call: &Call<'_>, account: &Account) -> Value {
    let world = call.world;
    let mut products: Vec<Value> = Vec::new();
    for access in &account.product_access {
        let workspace = &world.workspaces[access.workspace];
        let mut product = Map::new();
        let key = older_key(workspace.type_key);
        product.insert("key".to_owned(), key.into());
        product.insert("name".to_owned(), workspace.type_name.into());
        let host = workspace.host_url.as_ref().map(|url| {
            let host = url.trim_start_matches("https://");
            host.split('/').next().unwrap_or(host).to_owned()
        });
        insert_some(&mut product, "url", host);
        insert_some(&mut product, "last_active", access.last_active.map(time));
        products.push(product.into());
    }
    for other in &account.other_products {
        let mut product = Map::new();
        product.insert("key".to_owned(), other.key.into());
        product.insert("name".to_owned(), other.name.into());
        insert_some(&mut product, "last_active", other.last_active.map(time));
        products.push(product.into());
    }
    let mut record = json!({
        "account_id": account.id,
        "account_type": account.kind.word(),
        "account_status": account.status.word(),
        "name": account.name,
        "picture": picture(account),
        "product_access": products,
        "links": { "self": format!("{}/admin/v1/orgs/{}/users/{}", call.public_url, world.org_id, account.id) },
    });
    if let Value::Object(record) = &mut record {
        insert_some(record, "email", account.address.shown());
        insert_some(record, "last_active", account.last_active.map(time));
        // What is billable is told with a plan only.
        let told = world.kind.plan >= GuardPlan::Standard;
        insert_some(record, "access_billable", told.then_some(account.billable));
    }
    record
}

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::options::{PageSizes, RateLimit, RouteLimits, ServerOptions};
use super::routes::ROUTES;
use super::server::Server;
use super::world::{Account, AccountKind, USERS_MAX, World, WorldSpec};
use super::{Fault, KINDS, SANDBOX_KEY, SANDBOX_SCIM_KEY, WorldKind, truth};

mod details;
mod events;
mod faulty;
mod kinds;
mod pages;
mod provisioning;
mod refusals;

/// The moment of every organisation in these tests.
const AS_OF: &str = "2026-11-02T09:30:00Z";

pub(super) fn as_of() -> Timestamp {
    AS_OF.parse().expect("a timestamp")
}

pub(super) fn world(users: u32, seed: u64) -> World {
    World::generate(&WorldSpec::new(users, seed, as_of()))
}

/// The organisation of seed 7 and the kind of that name.
fn world_of_kind(users: u32, name: &str) -> World {
    World::generate(&WorldSpec {
        kind: WorldKind::named(name).expect(name),
        ..WorldSpec::new(users, 7, as_of())
    })
}

/// Options whose bodies are the same on any port and at any time.
fn fixed() -> ServerOptions {
    ServerOptions {
        clock: Some(as_of()),
        public_url: Some("https://api.sandbox.example".to_owned()),
        ..ServerOptions::default()
    }
}

fn with_fault(text: &str) -> ServerOptions {
    ServerOptions {
        faults: vec![text.parse::<Fault>().expect(text)],
        ..fixed()
    }
}

/// A served organisation, and a client of it.
struct Sandbox {
    server: Server,
    world: Arc<World>,
    client: reqwest::Client,
}

impl Sandbox {
    async fn start(users: u32, options: ServerOptions) -> Sandbox {
        Sandbox::of(world(users, 7), options).await
    }

    async fn of(world: World, options: ServerOptions) -> Sandbox {
        let world = Arc::new(world);
        let server = Server::start(Arc::clone(&world), options)
            .await
            .expect("a free port");
        let client = reqwest::Client::builder()
            // No certificates are needed for http, and some machines have none.
            .tls_certs_only([])
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a client without certificates");
        Sandbox {
            server,
            world,
            client,
        }
    }

    /// The path of a route, with the ids of this organisation.
    fn path(&self, name: &str) -> String {
        let world = &self.world;
        let route = ROUTES.iter().find(|known| known.name == name);
        let mut path = route.expect(name).path.to_owned();
        let scim = world.scim_directories.first();
        let ids = [
            ("{org}", Some(&world.org_id)),
            ("{scim_directory}", scim.map(|one| &one.id)),
            ("{user}", scim.map(|one| &one.users[0].id)),
            ("{account}", self.account_id(name)),
            ("{group}", self.group_id(name)),
            ("{policy}", self.policy_id(name)),
            ("{domain}", world.domains.first().map(|one| &one.id)),
            (
                "{level}",
                world.classification_levels.first().map(|one| &one.id),
            ),
            ("{client}", world.oauth_clients.first().map(|one| &one.id)),
            ("{event}", world.events().next().map(|one| one.id).as_ref()),
        ]
        .map(|(name, id)| (name, id.cloned()));
        for (name, id) in ids {
            // A kind of organisation that has none is asked for nothing.
            path = path.replace(name, id.as_deref().unwrap_or("none"));
        }
        path.replace("{directory}", "-")
    }

    fn account_id(&self, route: &str) -> Option<&String> {
        let place = match route.ends_with("-service-account") {
            true => self.world.service_accounts().next()?,
            false => 0,
        };
        Some(&self.world.accounts[place].id)
    }

    fn group_id(&self, route: &str) -> Option<&String> {
        match route.starts_with("scim") {
            true => Some(&self.world.scim_directories.first()?.groups.first()?.id),
            false => Some(&self.world.groups[0].id),
        }
    }

    fn policy_id(&self, route: &str) -> Option<&String> {
        match route {
            "control-policy" | "control-resources" => {
                Some(&self.world.data_security_policies.first()?.id)
            }
            _ => Some(&self.world.policies.first()?.id),
        }
    }

    /// The key that opens a route, and the smallest body that it takes.
    fn key_and_body(&self, route: &str) -> (&'static str, Value) {
        let key = match route.starts_with("scim") {
            true => SANDBOX_SCIM_KEY,
            false => SANDBOX_KEY,
        };
        let ids = [&self.world.accounts[0].id];
        let body = match route {
            "auth-policies" => json!({ "accountIds": ids }),
            "service-account-tokens-count" => json!({ "serviceAccountIds": ids }),
            _ => json!({}),
        };
        (key, body)
    }

    /// A request of `route` with `body`, which only a POST has, and `query`.
    async fn send(
        &self,
        route: &str,
        query: &str,
        body: &Value,
    ) -> reqwest::Result<reqwest::Response> {
        let method = ROUTES
            .iter()
            .find(|known| known.name == route)
            .expect(route)
            .method
            .clone();
        let url = format!("{}{}{query}", self.server.base_url(), self.path(route));
        let request = self
            .client
            .request(method.clone(), url)
            .bearer_auth(self.key_and_body(route).0);
        let request = if method == "POST" {
            request.json(body)
        } else {
            request
        };
        request.send().await
    }

    /// Status and JSON body.
    async fn ask(&self, route: &str, query: &str, body: &Value) -> (u16, Value) {
        let response = self.send(route, query, body).await.expect("an answer");
        let status = response.status().as_u16();
        (status, response.json().await.expect("a JSON body"))
    }

    /// The page at `cursor`, or the first one.
    async fn page(&self, route: &str, cursor: Option<&str>) -> Value {
        let get = cursor
            .map(|cursor| format!("?cursor={cursor}"))
            .unwrap_or_default();
        let post = cursor
            .map(|cursor| json!({ "cursor": cursor }))
            .unwrap_or_else(|| json!({}));
        let (status, body) = self.ask(route, &get, &post).await;
        assert_eq!(status, 200, "{route}: {body}");
        body
    }

    /// Every page of `route`, by its `next` links, as they come.
    async fn walk(&self, route: &str) -> Vec<Value> {
        let mut pages = vec![self.page(route, None).await];
        while let Some(cursor) = next(pages.last().expect("the first")) {
            assert!(pages.len() < 200, "{route} does not end");
            let page = self.page(route, Some(&cursor)).await;
            pages.push(page);
        }
        pages
    }
}

/// The cursor that `next` of a page holds, whether it is a URL or the bare cursor.
fn next(page: &Value) -> Option<String> {
    let next = page["links"]["next"].as_str()?;
    Some(
        next.rsplit("cursor=")
            .next()
            .expect("the last part")
            .to_owned(),
    )
}

/// Ids of the records of pages, in order.
fn ids(pages: &[Value]) -> Vec<String> {
    let records = pages
        .iter()
        .flat_map(|page| page["data"].as_array().expect("records"));
    let id = |record: &Value| {
        let keys = ["id", "accountId", "account_id", "directoryId"];
        let found = keys.iter().find_map(|key| record[key].as_str());
        found.expect("an id").to_owned()
    };
    records.map(id).collect()
}

fn account(world: &World, wanted: impl Fn(&Account) -> bool) -> &Account {
    world
        .accounts
        .iter()
        .find(|account| wanted(account))
        .expect("such an account")
}

fn unique(ids: &[String]) -> BTreeSet<&String> {
    ids.iter().collect()
}

#[tokio::test]
async fn the_same_spec_gives_the_same_bytes_on_every_route() {
    let (one, two) = (
        Sandbox::start(120, fixed()).await,
        Sandbox::start(120, fixed()).await,
    );
    for route in ROUTES {
        let (_, body) = one.key_and_body(route.name);
        let (a, b) = (
            one.send(route.name, "", &body).await,
            two.send(route.name, "", &body).await,
        );
        let (a, b) = (a.expect("an answer"), b.expect("an answer"));
        assert_eq!(a.status(), 200, "{}", route.name);
        assert_eq!(a.headers(), b.headers(), "{}", route.name);
        let (a, b) = (
            a.bytes().await.expect("a body"),
            b.bytes().await.expect("a body"),
        );
        assert_eq!(a, b, "{}", route.name);
    }
}

#[test]
fn another_seed_gives_another_organisation_of_the_same_size() {
    let (one, two) = (world(240, 1), world(240, 2));
    assert_eq!(one.accounts.len(), two.accounts.len());
    assert_ne!(one.org_id, two.org_id);
    let people = |world: &World| {
        world
            .accounts
            .iter()
            .map(|account| account.id.clone())
            .collect::<BTreeSet<_>>()
    };
    assert!(people(&one).is_disjoint(&people(&two)));
}

#[test]
fn every_size_has_that_many_accounts_with_ids_and_addresses_of_their_own() {
    for users in [1, 2, 10, 60, 99, 100, 240, 1_000, 3_000] {
        let world = world(users, 3);
        assert_eq!(world.accounts.len(), users as usize);
        let ids: BTreeSet<_> = world.accounts.iter().map(|account| &account.id).collect();
        assert_eq!(ids.len(), users as usize, "an id twice among {users}");
        let shown: Vec<_> = world
            .accounts
            .iter()
            .filter_map(|account| account.address.shown())
            .collect();
        let addresses: BTreeSet<_> = shown.iter().map(|email| email.to_lowercase()).collect();
        assert_eq!(
            addresses.len(),
            shown.len(),
            "an address twice among {users}"
        );
    }
}

#[test]
fn what_an_account_is_like_fits_together() {
    let world = world(1_000, 11);
    for account in &world.accounts {
        assert_eq!(account.mfa.is_some(), account.managed, "{account:?}");
        assert!(
            account.managed || !account.memberships.is_empty(),
            "{account:?}"
        );
        assert!(
            account
                .newest_activity()
                .is_none_or(|newest| newest < world.as_of),
            "{account:?}"
        );
        if let Some(email) = account.address.shown() {
            assert!(email.to_lowercase().ends_with(".example"), "{email}");
        }
    }
    for token in &world.tokens {
        assert!(world.accounts[token.owner].managed, "{token:?}");
        assert!(
            token.last_active.is_none_or(|used| used >= token.created),
            "{token:?}"
        );
    }
    let counted: usize = world.groups.iter().map(|group| group.user_count).sum();
    let listed: usize = world
        .accounts
        .iter()
        .map(|account| account.groups.len())
        .sum();
    assert_eq!(counted, listed);
}

#[test]
fn a_wrong_size_is_a_bug_of_the_caller() {
    for users in [0, USERS_MAX + 1] {
        let made = std::panic::catch_unwind(|| world(users, 1));
        assert!(made.is_err(), "{users} accounts were made");
    }
}

/// Routes of the first version, whose answers other tests and samples rest on.
const FIRST_ROUTES: [&str; 17] = [
    "orgs",
    "org",
    "v1-users",
    "domains",
    "domain",
    "policies",
    "policy",
    "directories",
    "users-search",
    "users-count",
    "users-stats",
    "groups-search",
    "groups-count",
    "groups-stats",
    "workspaces",
    "api-tokens",
    "api-tokens-count",
];

#[tokio::test]
async fn organisations_that_were_made_before_are_still_made_the_same() {
    use sha2::{Digest, Sha256};
    for (users, known) in [(60, "58a7103df4f9eb4b"), (1_200, "b23d2c040e7ba305")] {
        let options = ServerOptions {
            page_sizes: PageSizes::all(50),
            ..fixed()
        };
        let sandbox = Sandbox::start(users, options).await;
        let mut digest = Sha256::new();
        for route in FIRST_ROUTES {
            let everything = match route {
                "users-search" => {
                    json!({ "expand": ["platformRoles", "groups", "productAccess", "counts.resources"] })
                }
                "groups-search" => json!({ "expand": ["counts.users", "counts.resources"] }),
                _ => json!({}),
            };
            let mut page = sandbox.ask(route, "", &everything).await.1;
            digest.update(page.to_string());
            while let Some(cursor) = next(&page) {
                page = sandbox.page(route, Some(&cursor)).await;
                digest.update(page.to_string());
            }
        }
        let bytes: Vec<u8> = digest.finalize().to_vec();
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(&text[..16], known, "{users} accounts");
    }
}

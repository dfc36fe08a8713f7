use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::options::{PageSizes, RateLimit, ServerOptions};
use super::routes::ROUTES;
use super::server::Server;
use super::world::{Account, AccountKind, World, WorldSpec};
use super::{Fault, SANDBOX_KEY};

mod faulty;
mod pages;
mod refusals;

/// The moment of every organisation in these tests.
const AS_OF: &str = "2026-11-02T09:30:00Z";

pub(super) fn as_of() -> Timestamp {
    AS_OF.parse().expect("a timestamp")
}

pub(super) fn world(users: u32, seed: u64) -> World {
    World::generate(&WorldSpec {
        users,
        seed,
        as_of: as_of(),
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
        let world = Arc::new(world(users, 7));
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
    fn path(&self, route: &str) -> String {
        let route = ROUTES
            .iter()
            .find(|known| known.name == route)
            .expect(route);
        route
            .path
            .replace("{org}", &self.world.org_id)
            .replace("{directory}", "-")
            .replace("{domain}", &self.world.domains[0].id)
            .replace("{policy}", &self.world.policies[0].id)
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
            .bearer_auth(SANDBOX_KEY);
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
        let body = json!({});
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
    for users in [0, 100_001] {
        let made = std::panic::catch_unwind(|| world(users, 1));
        assert!(made.is_err(), "{users} accounts were made");
    }
}

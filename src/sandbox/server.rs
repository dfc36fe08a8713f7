//! The organisation as an HTTP server on this machine.
//!
//! One request passes, in this order: the log, its faults, the rate limit, the key, the
//! organisation's id, the route, the page's faults, the headers. What is no documented read is
//! refused before any of that, and marked in the log.

mod allowance;
mod log;
mod received;
mod serving;
mod writing;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{RawPathParams, Request, State};
use axum::http::Method;
use axum::routing::{MethodFilter, on};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::options::ServerOptions;
use super::reply::Refusal;
use super::routes::ROUTES;
use super::world::World;
use allowance::Window;
use log::Log;
pub use log::RequestRecord;

/// How long [`Server::stop`] waits for open connections.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// Why a server cannot start.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum StartError {
    /// The port is taken, or may not be used.
    #[error("cannot listen on 127.0.0.1:{port}")]
    #[diagnostic(
        code(sandbox::listen),
        help("choose another port, or 0 for a free one")
    )]
    Listen {
        /// The port asked for.
        port: u16,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// A running sandbox. It ends with [`Server::stop`], or when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: watch::Sender<Stopping>,
    task: JoinHandle<()>,
}

/// Whether the server is on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stopping {
    No,
    Yes,
}

impl Server {
    /// Starts serving `world` on 127.0.0.1.
    ///
    /// # Errors
    /// [`StartError::Listen`] if the port cannot be had.
    pub async fn start(world: Arc<World>, options: ServerOptions) -> Result<Server, StartError> {
        let port = options.port;
        let listen = |source| StartError::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let (stop, stopping) = watch::channel(Stopping::No);
        let public_url = options
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://{address}"));
        let shared = Arc::new(Shared {
            world,
            accounts_by_id: OnceLock::new(),
            public_url,
            windows: Mutex::new(vec![Window::open(); ROUTES.len() + 1]),
            log: Mutex::new(Log {
                per_route: vec![0; ROUTES.len()],
                ..Log::default()
            }),
            stopping: stopping.clone(),
            options,
        });
        let router = router(Arc::clone(&shared));
        let task = tokio::spawn(async move {
            let serving = axum::serve(listener, router).with_graceful_shutdown(stopped(stopping));
            // It ends without an error: a connection that breaks is its own affair.
            let _ = serving.await;
        });
        Ok(Server {
            address,
            shared,
            stop,
            task,
        })
    }

    /// Scheme, host and port: `http://127.0.0.1:12345`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Id of the organisation that is served.
    pub fn org_id(&self) -> &str {
        &self.shared.world.org_id
    }

    /// The organisation that is served.
    pub fn world(&self) -> &World {
        &self.shared.world
    }

    /// The key that it accepts.
    pub fn key(&self) -> &str {
        &self.shared.options.key
    }

    /// Every request so far, oldest first, up to the last 100 000.
    pub fn requests(&self) -> Vec<RequestRecord> {
        lock(&self.shared.log).records.iter().cloned().collect()
    }

    /// Stops serving, and waits a moment for answers under way.
    pub async fn stop(mut self) {
        self.stop.send_replace(Stopping::Yes);
        if tokio::time::timeout(STOP_TIMEOUT, &mut self.task)
            .await
            .is_err()
        {
            self.task.abort();
        }
    }

    /// Serves until `until` comes to its end, as with an interrupt from the keyboard.
    pub async fn serve_until(self, until: impl Future<Output = ()>) {
        until.await;
        self.stop().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(Stopping::Yes);
        self.task.abort();
    }
}

async fn stopped(mut stopping: watch::Receiver<Stopping>) {
    // A dropped sender means the same.
    let _ = stopping
        .wait_for(|stopping| *stopping == Stopping::Yes)
        .await;
}

/// A poisoned lock guards a counter or a list here: it is as good as before.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What every request sees.
#[derive(Debug)]
struct Shared {
    world: Arc<World>,
    accounts_by_id: OnceLock<Vec<usize>>,
    options: ServerOptions,
    public_url: String,
    /// Of each route, in the order of [`ROUTES`], and of all together.
    windows: Mutex<Vec<Window>>,
    log: Mutex<Log>,
    stopping: watch::Receiver<Stopping>,
}

impl Shared {
    /// The time that headers and bodies tell.
    fn now(&self) -> Timestamp {
        self.options.clock.unwrap_or_else(Timestamp::now)
    }
}

fn router(shared: Arc<Shared>) -> Router {
    let mut router = Router::new();
    for (place, route) in ROUTES.iter().enumerate() {
        let filter = if route.method == Method::GET {
            MethodFilter::GET
        } else {
            MethodFilter::POST
        };
        let answer = move |State(shared): State<Arc<Shared>>,
                           params: RawPathParams,
                           request: Request| async move {
            shared.serve(place, &params, request).await
        };
        router = router.route(route.path, on(filter, answer));
    }
    let refuse = |refusal: fn() -> Refusal| {
        move |State(shared): State<Arc<Shared>>, request: Request| async move {
            shared.refuse(refusal(), request).await
        }
    };
    router
        .method_not_allowed_fallback(refuse(Refusal::method))
        .fallback(refuse(Refusal::resource))
        .with_state(shared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::SANDBOX_KEY;
    use crate::sandbox::world::WorldSpec;

    #[tokio::test]
    async fn stopping_lets_a_delayed_answer_go_at_once() {
        let as_of = Timestamp::from_second(1_800_000_000).expect("a timestamp");
        let world = World::generate(&WorldSpec::new(10, 1, as_of));
        let faults = vec!["org=delay:600000".parse().expect("a fault")];
        let options = ServerOptions {
            faults,
            ..ServerOptions::default()
        };
        let server = Server::start(Arc::new(world), options)
            .await
            .expect("a free port");
        let shared = Arc::clone(&server.shared);
        let url = format!("{}/admin/v1/orgs/{}", server.base_url(), server.org_id());
        let client = reqwest::Client::builder()
            .tls_certs_only([])
            .no_proxy()
            .build();
        let request = client
            .expect("a client")
            .get(url)
            .bearer_auth(SANDBOX_KEY)
            .send();
        let waiting = tokio::spawn(request);
        while lock(&shared.log).all == 0 {
            tokio::task::yield_now().await;
        }
        server.stop().await;
        let answer = waiting.await.expect("no panic").expect("an answer");
        assert_eq!(answer.status(), 200);
    }
}

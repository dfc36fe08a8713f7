//! The organisation as an HTTP server on this machine.
//!
//! One request passes, in this order: the log, its faults, the rate limit, the key, the
//! organisation's id, the route, the page's faults, the headers. What is no documented read is
//! refused before any of that, and marked in the log.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Query, RawPathParams, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::faults::{FaultKind, Hint};
use super::options::{RateLimit, RouteLimits, ServerOptions};
use super::page::{Cursor, Order, Page};
use super::reply::{Refusal, Reply, Service};
use super::routes::{Call, ROUTES, Route};
use super::torn::TornBody;
use super::world::{ScimKey, World};

/// Longest body of a request, in bytes.
const REQUEST_BYTES_MAX: usize = 1 << 20;

/// Requests that the log holds; older ones are dropped.
const REQUEST_LOG_MAX: usize = 100_000;

/// Requests that the headers promise per period while no limit is set.
const PROMISED_LIMIT: u32 = 1_000;

/// Period that the headers name while no limit is set.
const PROMISED_PERIOD: Duration = Duration::from_secs(60);

/// Weight of the record that [`FaultKind::HugeRecord`] makes, in bytes.
const HUGE_RECORD_BYTES: usize = 10 << 20;

/// Where redirects and foreign links point: a name that never resolves.
const FOREIGN_HOST: &str = "https://elsewhere.invalid";

/// How long [`Server::stop`] waits for open connections.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// One request that reached the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRecord {
    /// Short name of the route; nothing if it is no documented read.
    pub route: Option<&'static str>,
    /// Method.
    pub method: String,
    /// Path as sent.
    pub path: String,
    /// Query as sent, without the `?`.
    pub query: String,
    /// Body as sent, with what is not UTF-8 replaced.
    pub body: String,
    /// Status of the answer.
    pub status: u16,
    /// Whether it was refused because it is no documented read: an attempt to write, for one.
    pub refused: bool,
}

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

/// The current period of a rate limit.
#[derive(Clone, Debug)]
struct Window {
    began: Instant,
    used: u32,
}

impl Window {
    fn open() -> Window {
        Window {
            began: Instant::now(),
            used: 0,
        }
    }

    /// Counts one request, and tells what is left of the limit and of the period.
    fn spend(&mut self, limit: RateLimit) -> (u32, Duration) {
        if self.began.elapsed() >= limit.period {
            *self = Window::open();
        }
        self.used = self.used.saturating_add(1);
        let left = limit.period.saturating_sub(self.began.elapsed());
        (limit.requests.saturating_sub(self.used), left)
    }
}

#[derive(Debug, Default)]
struct Log {
    records: VecDeque<RequestRecord>,
    /// Requests per route, in the order of [`ROUTES`], and of all routes.
    per_route: Vec<u32>,
    all: u32,
}

/// Where the rate limit stands, as the headers tell it.
#[derive(Clone, Copy)]
struct Allowance {
    limit: u32,
    remaining: u32,
    reset: Timestamp,
    exceeded: bool,
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

/// A request, taken apart.
struct Received {
    method: Method,
    path: String,
    query: String,
    params: Vec<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
    parsed_query: Result<Vec<(String, String)>, Refusal>,
}

impl Received {
    async fn read(request: Request, params: Vec<(String, String)>) -> Received {
        let (parts, body) = request.into_parts();
        let parsed_query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map(|Query(pairs)| pairs)
            .map_err(|_| Refusal::query("The query is not well formed."));
        Received {
            method: parts.method,
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            params,
            headers: parts.headers,
            // A body that is too long or breaks off is as good as none: it is no valid request.
            body: to_bytes(body, REQUEST_BYTES_MAX).await.unwrap_or_default(),
            parsed_query,
        }
    }

    fn record(&self, route: Option<&'static str>, status: StatusCode) -> RequestRecord {
        RequestRecord {
            route,
            method: self.method.to_string(),
            path: self.path.clone(),
            query: self.query.clone(),
            body: String::from_utf8_lossy(&self.body).into_owned(),
            status: status.as_u16(),
            refused: route.is_none(),
        }
    }

    /// Whether it asks for the page behind a cursor.
    fn has_cursor(&self) -> bool {
        let in_query =
            |pairs: &Vec<(String, String)>| pairs.iter().any(|(name, _)| name == "cursor");
        self.parsed_query.as_ref().is_ok_and(in_query)
            || self.json().is_ok_and(|body| body.contains_key("cursor"))
    }

    /// The body of a POST: nothing, or one JSON object.
    fn json(&self) -> Result<Map<String, Value>, Refusal> {
        if self.method != Method::POST || self.body.is_empty() {
            return Ok(Map::new());
        }
        let content_type = self
            .headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        if !content_type.is_some_and(|value| value.starts_with("application/json")) {
            return Err(Refusal::body("the content type must be application/json"));
        }
        serde_json::from_slice(&self.body).map_err(|error| Refusal::body(&error.to_string()))
    }
}

impl Shared {
    /// The time that headers and bodies tell.
    fn now(&self) -> Timestamp {
        self.options.clock.unwrap_or_else(Timestamp::now)
    }

    async fn refuse(&self, refusal: Refusal, request: Request) -> Response {
        let received = Received::read(request, Vec::new()).await;
        lock(&self.log).keep(received.record(None, refusal.status));
        let body = refusal
            .body_of(Service::V2, &received.path, self.now())
            .to_string();
        self.response(refusal.status, "application/json", Body::from(body), None)
    }

    async fn serve(&self, place: usize, params: &RawPathParams, request: Request) -> Response {
        let route = &ROUTES[place];
        let params = params
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let received = Received::read(request, params).await;
        let (of_route, of_all) = lock(&self.log).count(place);
        let order = self.order(route, of_route, of_all);
        let faults: Vec<FaultKind> = self
            .options
            .faults
            .iter()
            .filter(|fault| fault.meets(route.name, of_route, of_all))
            .map(|fault| fault.what)
            .collect();
        for fault in &faults {
            if let FaultKind::Delay(delay) = fault {
                tokio::select! {
                    () = tokio::time::sleep(*delay) => {}
                    () = stopped(self.stopping.clone()) => {}
                }
            }
        }
        let mut response = self.answer(place, &received, &faults, order);
        for fault in &faults {
            if let FaultKind::Skew(seconds) = *fault {
                let skewed = self.now() + SignedDuration::from_secs(i64::from(seconds));
                insert(&mut response, header::DATE, &http_date(skewed));
            }
        }
        lock(&self.log).keep(received.record(Some(route.name), response.status()));
        response
    }

    /// What became of the listing that the route walks or counts.
    fn order(&self, route: &Route, of_route: u32, of_all: u32) -> Order {
        let (name, number) = match route.counts() {
            None => (route.name, of_route),
            Some(listing) => {
                let place = ROUTES.iter().position(|known| known.name == listing);
                let place = place.expect("a listing that is counted is a route");
                (listing, lock(&self.log).per_route[place])
            }
        };
        let faults = self.options.faults.iter();
        let mut orders = faults.filter_map(|fault| fault.order(name, number, of_all));
        orders.next().unwrap_or_default()
    }

    fn answer(
        &self,
        place: usize,
        received: &Received,
        faults: &[FaultKind],
        order: Order,
    ) -> Response {
        let route = &ROUTES[place];
        let allowance = self.spend(place);
        for &fault in faults {
            match fault {
                FaultKind::Status(status, hint) => {
                    return self.failed(route, received, status, hint, allowance);
                }
                FaultKind::Html(status) => {
                    let status = StatusCode::from_u16(status).expect("200 or 500");
                    return self.page_for_people(status, Some(allowance));
                }
                FaultKind::Redirect => {
                    let mut response = self.response(
                        StatusCode::FOUND,
                        "text/plain",
                        Body::empty(),
                        Some(allowance),
                    );
                    insert(
                        &mut response,
                        header::LOCATION,
                        &format!("{FOREIGN_HOST}{}", received.path),
                    );
                    return response;
                }
                FaultKind::DeadCursor if received.has_cursor() => {
                    return self.refused(route, received, &Refusal::cursor(), Some(allowance));
                }
                _ => {}
            }
        }
        if allowance.exceeded {
            return self.refused(route, received, &Refusal::rate_limit(), Some(allowance));
        }
        match self.read(route, received, order) {
            Err(refusal) => self.refused(route, received, &refusal, Some(allowance)),
            Ok(reply) => {
                let body = match reply {
                    Reply::Whole(body) => body,
                    Reply::Page(page) => twist(*page, faults).body(&self.public_url),
                };
                self.written(body, faults, allowance)
            }
        }
    }

    /// What the route itself says, once the key and the organisation are right.
    fn read(
        &self,
        route: &'static Route,
        received: &Received,
        order: Order,
    ) -> Result<Reply, Refusal> {
        let given = received.headers.get(header::AUTHORIZATION);
        let expected = self.key_of(route, received)?;
        let expected = expected.map(|key| format!("Bearer {key}"));
        let accepted = given
            .zip(expected)
            .is_some_and(|(given, expected)| given == expected.as_str());
        if !accepted {
            return Err(Refusal::unauthorized());
        }
        let org = received.params.iter().find(|(name, _)| name == "org");
        if org.is_some_and(|(_, id)| *id != self.world.org_id) {
            // The reference has one word for a domain that cannot be reached, whatever the reason.
            let domain = route.name == "domain";
            return Err(if domain {
                Refusal::domain()
            } else {
                Refusal::organization()
            });
        }
        if !self.world.own_key().opens(route.scope()) {
            return Err(Refusal::forbidden());
        }
        let call = Call {
            world: &self.world,
            accounts_by_id: &self.accounts_by_id,
            options: &self.options,
            public_url: &self.public_url,
            route,
            order,
            path: &received.path,
            params: received.params.clone(),
            query: received.parsed_query.clone()?,
            body: received.json()?,
        };
        (route.answer)(&call)
    }

    /// The key that opens the route; nothing where none does.
    fn key_of(&self, route: &Route, received: &Received) -> Result<Option<&str>, Refusal> {
        let directory = received
            .params
            .iter()
            .find(|(name, _)| name == "scim_directory");
        let Some((_, id)) = directory.filter(|_| route.service == Service::Scim) else {
            return Ok(Some(&self.options.key));
        };
        let mut directories = self.world.scim_directories.iter();
        let directory = directories.find(|directory| directory.id == *id);
        match directory.map(|directory| directory.key) {
            Some(ScimKey::Known) => Ok(Some(&self.options.scim_key)),
            Some(ScimKey::Lost) => Ok(None),
            // Who has no key is told nothing of what there is.
            None if received.headers.contains_key(header::AUTHORIZATION) => {
                Err(Refusal::resource())
            }
            None => Ok(None),
        }
    }

    /// Counts one request of the route at `place` against the rate limits: the tightest one is told.
    fn spend(&self, place: usize) -> Allowance {
        let after = |period: Duration| {
            let ahead = SignedDuration::try_from(period).unwrap_or(SignedDuration::from_mins(1));
            self.now()
                .saturating_add(ahead)
                .expect("only a calendar unit can fail here")
        };
        let of_route = ROUTES[place].limit().zip(self.options.route_limits);
        let of_route =
            of_route.map(|(requests, RouteLimits { period })| RateLimit { requests, period });
        let limits = [(place, of_route), (ROUTES.len(), self.options.rate_limit)];
        let mut windows = lock(&self.windows);
        let spent = limits.into_iter().filter_map(|(window, limit)| {
            let limit = limit?;
            let window = &mut windows[window];
            let (remaining, left) = window.spend(limit);
            Some(Allowance {
                limit: limit.requests,
                remaining,
                reset: after(left),
                exceeded: window.used > limit.requests,
            })
        });
        let tightest = spent.min_by_key(|allowance| (!allowance.exceeded, allowance.remaining));
        // Without a limit, the same on every answer, so that a recorded walk does not depend on its
        // order.
        tightest.unwrap_or_else(|| Allowance {
            limit: PROMISED_LIMIT,
            remaining: PROMISED_LIMIT - 1,
            reset: after(PROMISED_PERIOD),
            exceeded: false,
        })
    }

    /// A status that a fault asks for, in the words that the API has for it.
    fn failed(
        &self,
        route: &Route,
        received: &Received,
        status: u16,
        hint: Hint,
        allowance: Allowance,
    ) -> Response {
        let refusal = match status {
            401 => Refusal::unauthorized(),
            402 => Refusal::plan("The organization's plan does not include this."),
            403 => Refusal::forbidden(),
            404 => Refusal::resource(),
            429 => Refusal::rate_limit(),
            _ => Refusal::internal(),
        };
        let shown = (hint == Hint::RateLimit).then_some(Allowance {
            remaining: if status == 429 {
                0
            } else {
                allowance.remaining
            },
            // A second from now, so that a client that waits for it is soon back.
            reset: if status == 429 {
                self.ahead(1)
            } else {
                allowance.reset
            },
            ..allowance
        });
        // A gateway that cannot reach the service answers for people.
        let mut response = if status == 502 || status == 503 {
            let status = StatusCode::from_u16(status).expect("502 or 503");
            self.page_for_people(status, shown)
        } else {
            self.refused(route, received, &refusal, shown)
        };
        match hint {
            Hint::RateLimit | Hint::Bare => {}
            Hint::Seconds(seconds) => {
                insert(&mut response, header::RETRY_AFTER, &seconds.to_string())
            }
            Hint::Date(seconds) => insert(
                &mut response,
                header::RETRY_AFTER,
                &http_date(self.ahead(seconds)),
            ),
        }
        response
    }

    fn ahead(&self, seconds: u32) -> Timestamp {
        let ahead = SignedDuration::from_secs(i64::from(seconds));
        self.now()
            .saturating_add(ahead)
            .expect("only a calendar unit can fail here")
    }

    fn refused(
        &self,
        route: &Route,
        received: &Received,
        refusal: &Refusal,
        allowance: Option<Allowance>,
    ) -> Response {
        let body = refusal
            .body_of(route.service, &received.path, self.now())
            .to_string();
        self.response(
            refusal.status,
            "application/json",
            Body::from(body),
            allowance,
        )
    }

    fn page_for_people(&self, status: StatusCode, allowance: Option<Allowance>) -> Response {
        let body = "<!doctype html>\n<html><head><title>Atlassian</title></head>\n\
                    <body><h1>We'll be right back</h1></body></html>\n";
        self.response(
            status,
            "text/html; charset=utf-8",
            Body::from(body),
            allowance,
        )
    }

    /// An answer of status 200, with what the faults do to its bytes.
    fn written(&self, mut body: Value, faults: &[FaultKind], allowance: Allowance) -> Response {
        if faults.contains(&FaultKind::HugeRecord)
            && let Some(Value::Object(record)) = first_record(&mut body)
        {
            record.insert("remarks".to_owned(), "x".repeat(HUGE_RECORD_BYTES).into());
        }
        let mut bytes = body.to_string().into_bytes();
        let content_type = if faults.contains(&FaultKind::WrongType) {
            "text/plain"
        } else {
            "application/json"
        };
        if faults.contains(&FaultKind::BrokenJson) {
            bytes.truncate(bytes.len() / 2);
            bytes.extend_from_slice(b"\"]}}");
        }
        if faults.contains(&FaultKind::BadUtf8) {
            // Inside the first text that is a value.
            let text = bytes
                .windows(2)
                .position(|pair| pair == b":\"")
                .unwrap_or(0);
            bytes.splice(text + 2..text + 2, [0xff, 0xfe]);
        }
        let half = Bytes::copy_from_slice(&bytes[..bytes.len() / 2]);
        if faults.contains(&FaultKind::CutBody) {
            let torn = Body::new(TornBody::new(half));
            let mut response = self.response(StatusCode::OK, content_type, torn, Some(allowance));
            insert(
                &mut response,
                header::CONTENT_LENGTH,
                &bytes.len().to_string(),
            );
            return response;
        }
        let body = if faults.contains(&FaultKind::CutChunked) {
            Body::new(TornBody::new(half))
        } else {
            Body::from(bytes)
        };
        self.response(StatusCode::OK, content_type, body, Some(allowance))
    }

    fn response(
        &self,
        status: StatusCode,
        content_type: &str,
        body: Body,
        allowance: Option<Allowance>,
    ) -> Response {
        let mut response = Response::new(body);
        *response.status_mut() = status;
        insert(&mut response, header::CONTENT_TYPE, content_type);
        if let Some(clock) = self.options.clock {
            insert(&mut response, header::DATE, &http_date(clock));
        }
        if let Some(allowance) = allowance {
            let name = HeaderName::from_static;
            insert(
                &mut response,
                name("x-ratelimit-limit"),
                &allowance.limit.to_string(),
            );
            insert(
                &mut response,
                name("x-ratelimit-remaining"),
                &allowance.remaining.to_string(),
            );
            insert(
                &mut response,
                name("x-ratelimit-reset"),
                &format!("{:.0}", allowance.reset),
            );
        }
        response
    }
}

impl Log {
    /// Counts a request of the route at `place`, and tells the numbers of this one.
    fn count(&mut self, place: usize) -> (u32, u32) {
        self.per_route[place] = self.per_route[place].saturating_add(1);
        self.all = self.all.saturating_add(1);
        (self.per_route[place], self.all)
    }

    fn keep(&mut self, record: RequestRecord) {
        if self.records.len() == REQUEST_LOG_MAX {
            self.records.pop_front();
        }
        self.records.push_back(record);
    }
}

/// The first record of a listing, under either of its names.
fn first_record(body: &mut Value) -> Option<&mut Value> {
    let name = if body.get("Resources").is_some() {
        "Resources"
    } else {
        "data"
    };
    body.get_mut(name)?.get_mut(0)
}

/// What the faults do to a page before it is written.
fn twist(mut page: Page, faults: &[FaultKind]) -> Page {
    for fault in faults {
        match fault {
            FaultKind::RepeatCursor => page.next = Some(page.here.clone()),
            FaultKind::LoopCursor => {
                // The first page has none before it: it goes on, and the second comes back. The audit log
                // has no way back, and comes back all the same.
                let back = Cursor {
                    at: page.here.at.saturating_sub(page.here.limit),
                    ..page.here.clone()
                };
                let back = page.prev.clone().or((page.here.at > 0).then_some(back));
                page.next = back.or(page.next);
            }
            FaultKind::EmptyPage => {
                page.data.clear();
                page.next = Some(Cursor {
                    turn: page.here.turn + 1,
                    ..page.here.clone()
                });
            }
            FaultKind::RepeatRecord => {
                // With one record a page, the walk would stand still.
                if let (Some(next), Some(last), 2..) = (&mut page.next, page.last, page.data.len())
                {
                    next.at = last;
                }
            }
            FaultKind::ForeignNext => page.foreign_host = Some(FOREIGN_HOST),
            FaultKind::Status(..)
            | FaultKind::Delay(_)
            | FaultKind::Skew(_)
            | FaultKind::CutBody
            | FaultKind::CutChunked
            | FaultKind::BrokenJson
            | FaultKind::Html(_)
            | FaultKind::DeadCursor
            | FaultKind::Redirect
            | FaultKind::WrongType
            | FaultKind::HugeRecord
            | FaultKind::BadUtf8
            | FaultKind::Disturbed(_) => {}
        }
    }
    page
}

fn insert(response: &mut Response, name: HeaderName, value: &str) {
    let value = HeaderValue::from_str(value).expect("plain ASCII of our own");
    response.headers_mut().insert(name, value);
}

/// `at` as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(at: Timestamp) -> String {
    jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&at)
        .expect("a year of four digits")
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

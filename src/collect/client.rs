//! One request to the API and its answer: over HTTPS, to one host, and only if it is a known read.
//!
//! What is sent, and where to, is decided here and nowhere else. Retries are left to `retry`,
//! the meaning of a body to `pages`.

use super::segment::is_segment;
use super::{ApiKey, CollectError, Limits, ScimKeys};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Certificate, Client, Method, Url};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::path::Path;

/// The host of Atlassian's admin APIs.
pub const API_URL: &str = "https://api.atlassian.com";

/// Every request that this program may send: method and path, `{org}` for the organisation id, `{directory}`
/// for a provisioning directory that there is a key to, `{account}` for an account.
///
/// All of them only read. The POSTs are searches whose filters stand in the body. Left out on purpose:
/// `policies/{id}/validate`, a GET that starts a job.
pub(super) static ALLOWED: &[(Verb, &str)] = &[
    (Verb::Get, "/admin/v1/orgs/{org}"),
    (Verb::Get, "/admin/v1/orgs/{org}/domains"),
    (Verb::Get, "/admin/v1/orgs/{org}/policies"),
    (Verb::Get, "/admin/v1/orgs/{org}/users"),
    (Verb::Get, "/admin/v2/orgs/{org}/directories"),
    (Verb::Get, "/admin/v2/orgs/{org}/directories/-/users"),
    (Verb::Get, "/admin/v2/orgs/{org}/directories/-/users/count"),
    (Verb::Get, "/admin/v2/orgs/{org}/directories/-/users/stats"),
    (
        Verb::Get,
        "/admin/v2/orgs/{org}/directories/-/users/{account}/role-assignments",
    ),
    (
        Verb::Post,
        "/admin/v2/orgs/{org}/directories/-/users/search",
    ),
    (Verb::Get, "/admin/v2/orgs/{org}/directories/-/groups"),
    (Verb::Get, "/admin/v2/orgs/{org}/directories/-/groups/count"),
    (Verb::Get, "/admin/v2/orgs/{org}/directories/-/groups/stats"),
    (
        Verb::Post,
        "/admin/v2/orgs/{org}/directories/-/groups/search",
    ),
    (Verb::Post, "/admin/v2/orgs/{org}/workspaces"),
    (Verb::Get, "/admin/api-access/v1/orgs/{org}/api-tokens"),
    (
        Verb::Get,
        "/admin/api-access/v1/orgs/{org}/api-tokens/count",
    ),
    (Verb::Get, "/admin/api-access/v1/orgs/{org}/api-keys"),
    (Verb::Get, "/admin/api-access/v1/orgs/{org}/api-keys/count"),
    (Verb::Get, "/admin/api-access/v1/orgs/{org}/oauth-clients"),
    (
        Verb::Get,
        "/admin/api-access/v1/orgs/{org}/service-accounts",
    ),
    (Verb::Get, "/admin/dlp/v1/orgs/{org}/classification-levels"),
    (Verb::Get, "/admin/v1/orgs/{org}/event-actions"),
    (Verb::Get, "/admin/v1/orgs/{org}/events-stream"),
    (
        Verb::Post,
        "/admin/control/v1/orgs/{org}/users/auth-policies/bulk-fetch",
    ),
    (Verb::Get, "/scim/directory/{directory}/Users"),
    (Verb::Get, "/scim/directory/{directory}/Groups"),
];

/// What the paths of provisioning directories begin with.
const SCIM_PREFIX: &str = "/scim/directory/";

/// Response headers that the journal keeps. Never a cookie, never anything the request sent.
const KEPT_HEADERS: &[&str] = &[
    "content-type",
    "date",
    "location",
    "retry-after",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
];

/// How a request asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verb {
    /// GET.
    Get,
    /// POST of a search: reads, and changes nothing.
    Post,
}

/// One request, without host and key.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ApiRequest {
    pub verb: Verb,
    /// Below the host, with the organisation id in place.
    pub path: String,
    /// Names and values, not yet escaped.
    pub query: Vec<(String, String)>,
    pub body: Option<Value>,
}

/// What came back.
#[derive(Debug)]
pub(super) enum Answer {
    /// A response, whatever its status.
    Response {
        status: u16,
        headers: BTreeMap<String, String>,
        body: Vec<u8>,
    },
    /// No response, or half of one.
    Failure {
        /// Status and headers, if they arrived.
        status: Option<u16>,
        headers: BTreeMap<String, String>,
        failure: Failure,
    },
}

/// Why there is no whole response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failure {
    pub kind: FailureKind,
    /// For a reader; never holds the key.
    pub detail: String,
}

/// Kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FailureKind {
    /// Nobody answered at that address.
    NotConnected,
    /// No answer in time.
    TimedOut,
    /// The connection broke before the body was whole, or the body did not decompress.
    BodyCut,
    /// The body is longer than the limit.
    BodyTooLong,
    /// The answer repeats the API key: it is not kept.
    HoldsKey,
}

/// The keys of a run.
#[derive(Clone, Copy)]
pub(super) struct Keys<'a> {
    pub organization: &'a ApiKey,
    pub scim: &'a ScimKeys,
}

/// A client for one host and one organisation.
pub(super) struct ApiClient {
    http: Client,
    base: Url,
    key: ApiKey,
    scim_keys: ScimKeys,
    org_id: String,
    network: NetworkPath,
    body_bytes_max: usize,
}

/// How the API is reached from this computer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkPath {
    /// Host and port of the proxy that requests go through, without its user and password.
    pub proxy: Option<String>,
    /// Which certificates are trusted.
    pub trust: Trust,
}

/// Which certificates are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// None is needed: plain HTTP to this computer.
    NotNeeded,
    /// Those of this computer.
    System,
    /// Those of this computer, and this many of the file.
    SystemAndFile {
        /// Certificates in the file.
        certificates: usize,
    },
    /// Those of the file alone: this computer has none.
    FileAlone {
        /// Certificates in the file.
        certificates: usize,
    },
}

impl ApiClient {
    /// # Errors
    /// The address is not HTTPS (or HTTP on loopback), the organisation id is none, or the TLS
    /// certificates cannot be loaded.
    pub fn new(
        api_url: &str,
        org_id: &str,
        keys: Keys<'_>,
        ca_file: Option<&Path>,
        limits: &Limits,
    ) -> Result<ApiClient, CollectError> {
        if !is_org_id(org_id) {
            return Err(CollectError::OrgId {
                org_id: org_id.to_owned(),
            });
        }
        let base = base_url(api_url)?;
        let (http, trust) = http_client(&base, ca_file, limits)?;
        Ok(ApiClient {
            http,
            network: NetworkPath {
                proxy: proxy_of(&base),
                trust,
            },
            base,
            key: keys.organization.clone(),
            scim_keys: keys.scim.clone(),
            org_id: org_id.to_owned(),
            body_bytes_max: limits.body_bytes_max,
        })
    }

    /// How the API is reached.
    pub fn network(&self) -> &NetworkPath {
        &self.network
    }

    /// The path with the organisation id in place.
    pub fn path(&self, pattern: &str) -> String {
        pattern.replace("{org}", &self.org_id)
    }

    /// Sends `request` once.
    ///
    /// # Errors
    /// The request is not one that this program may send; nothing was sent. A server or a network
    /// that fails is no error here: it is an [`Answer::Failure`].
    pub async fn send(&self, request: &ApiRequest) -> Result<Answer, CollectError> {
        let key = self
            .key_of(request)
            .filter(|_| is_allowed(request, &self.org_id));
        let Some(key) = key else {
            return Err(CollectError::NotAllowed {
                method: request.verb.method().to_string(),
                path: request.path.clone(),
            });
        };
        let mut url = self.base.clone();
        url.set_path(&request.path);
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let mut builder = self
            .http
            .request(request.verb.method(), url)
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, authorization(key));
        if let Some(body) = &request.body {
            builder = builder
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        Ok(self.without_key(self.receive(builder).await))
    }

    async fn receive(&self, builder: reqwest::RequestBuilder) -> Answer {
        let mut response = match builder.send().await {
            Ok(response) => response,
            Err(error) => {
                return Answer::Failure {
                    status: None,
                    headers: BTreeMap::new(),
                    failure: failure_of(&error),
                };
            }
        };
        let status = response.status().as_u16();
        let headers = kept_headers(response.headers());
        let mut body = Vec::new();
        let failure = loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > self.body_bytes_max => {
                    break Failure {
                        kind: FailureKind::BodyTooLong,
                        detail: format!(
                            "the body is longer than {} bytes (BODY_BYTES_MAX)",
                            self.body_bytes_max
                        ),
                    };
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => {
                    return Answer::Response {
                        status,
                        headers,
                        body,
                    };
                }
                Err(error) => break failure_of(&error),
            }
        };
        Answer::Failure {
            status: Some(status),
            headers,
            failure,
        }
    }

    /// The key that opens what `request` asks for: a provisioning directory has one of its own, and neither
    /// goes where the other belongs.
    fn key_of(&self, request: &ApiRequest) -> Option<&ApiKey> {
        match request.path.strip_prefix(SCIM_PREFIX) {
            Some(rest) => self.scim_keys.get(rest.split('/').next()?),
            None => Some(&self.key),
        }
    }

    /// An answer that repeats a key is not kept: journals are evidence that gets passed on.
    fn without_key(&self, answer: Answer) -> Answer {
        let keys: Vec<&str> = std::iter::once(&self.key)
            .chain(self.scim_keys.keys())
            .map(|key| telling_part(key.expose()))
            .collect();
        let holds = |headers: &BTreeMap<String, String>, body: &[u8]| {
            let body = String::from_utf8_lossy(body);
            keys.iter().any(|key| {
                // Host names come in lower case, whatever was sent.
                let lower = key.to_ascii_lowercase();
                let shows = |value: &String| value.to_ascii_lowercase().contains(&lower);
                headers.values().any(shows) || body.contains(key)
            })
        };
        match answer {
            Answer::Response {
                status,
                headers,
                body,
            } if holds(&headers, &body) => Answer::Failure {
                status: Some(status),
                headers: BTreeMap::new(),
                failure: Failure {
                    kind: FailureKind::HoldsKey,
                    detail: "the answer repeats the API key, so it is not kept".to_owned(),
                },
            },
            Answer::Failure {
                status,
                headers,
                failure,
            } if holds(&headers, failure.detail.as_bytes()) => Answer::Failure {
                status,
                headers: BTreeMap::new(),
                failure: Failure {
                    kind: failure.kind,
                    detail: "no details are kept: they repeat the API key".to_owned(),
                },
            },
            other => other,
        }
    }
}

impl Verb {
    fn method(self) -> Method {
        match self {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
        }
    }
}

/// Characters of a key that give it away.
const TELLING_CHARS_MIN: usize = 16;

/// The longest part of `key` that reads the same however it is escaped: `=` and `/` may come back as
/// `\u003d` and `\/`. The key itself where no part is long enough to be telling.
fn telling_part(key: &str) -> &str {
    key.split(|character: char| !character.is_ascii_alphanumeric())
        .max_by_key(|part| part.len())
        .filter(|part| part.len() >= TELLING_CHARS_MIN)
        .unwrap_or(key)
}

fn authorization(key: &ApiKey) -> HeaderValue {
    let mut value = HeaderValue::try_from(format!("Bearer {}", key.expose()))
        .expect("a key holds visible ASCII only");
    value.set_sensitive(true);
    value
}

/// Whether `path` is one that `pattern` stands for. `{org}` is the organisation's own id.
pub(super) fn fits(pattern: &str, path: &str, org_id: &str) -> bool {
    let mut segments = path.split('/');
    let all_fit = pattern.split('/').all(|expected| {
        segments.next().is_some_and(|found| match expected {
            "{org}" => found == org_id,
            "{directory}" | "{account}" => is_segment(found),
            fixed => found == fixed,
        })
    });
    all_fit && segments.next().is_none()
}

/// Whether `text` can be an organisation id: letters, digits and `-`, so that it stays one segment of
/// a path.
fn is_org_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// INVARIANT (read only): no request leaves this program unless this says yes.
fn is_allowed(request: &ApiRequest, org_id: &str) -> bool {
    ALLOWED
        .iter()
        .any(|(verb, pattern)| *verb == request.verb && fits(pattern, &request.path, org_id))
        && (request.verb == Verb::Post || request.body.is_none())
}

/// Reads the API's address: scheme, host and port, nothing else.
fn base_url(text: &str) -> Result<Url, CollectError> {
    let bad = |problem: &'static str| CollectError::ApiUrl { problem };
    let url = Url::parse(text).map_err(|_| bad("it does not read as an address"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("it holds a user name or a password"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(bad("it holds more than scheme, host and port"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(bad(
            "plain HTTP would send the key readable; only a server on this computer may be asked that way",
        )),
        _ => Err(bad("its scheme is not https")),
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "localhost"
        || host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn http_client(
    base: &Url,
    ca_file: Option<&Path>,
    limits: &Limits,
) -> Result<(Client, Trust), CollectError> {
    let builder = || {
        Client::builder()
            .user_agent(concat!("tickmark/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(limits.connect_timeout)
            .read_timeout(limits.read_timeout)
            .timeout(limits.request_timeout)
            .referer(false)
    };
    if base.scheme() == "http" {
        // Loopback: no certificate is needed, so a computer that has none can still build the client,
        // and no proxy gets to see the key.
        return builder()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .map(|client| (client, Trust::NotNeeded))
            .map_err(no_client);
    }
    let builder = || builder().https_only(true);
    let Some(path) = ca_file else {
        let client = builder().build().map_err(no_client)?;
        return Ok((client, Trust::System));
    };
    let read = |problem: String| CollectError::CaFile {
        path: path.to_owned(),
        problem,
    };
    let pem = fs::read(path).map_err(|error| read(error.to_string()))?;
    let certificates = Certificate::from_pem_bundle(&pem)
        .map_err(|_| read("it is no PEM file of certificates".to_owned()))?;
    if certificates.is_empty() {
        return Err(read("it holds no certificate".to_owned()));
    }
    // Where the system has no certificates at all, merging fails and the file alone is trusted:
    // that trusts less, never more.
    let count = certificates.len();
    let merged = builder().tls_certs_merge(certificates.clone()).build();
    match merged {
        Ok(client) => Ok((
            client,
            Trust::SystemAndFile {
                certificates: count,
            },
        )),
        Err(_) => {
            let client = builder().tls_certs_only(certificates).build();
            let trust = Trust::FileAlone {
                certificates: count,
            };
            client.map(|client| (client, trust)).map_err(no_client)
        }
    }
}

/// Host and port of the proxy that the client takes to `base`, by the same rules: HTTPS_PROXY, ALL_PROXY
/// and NO_PROXY in either case, or the system's settings.
fn proxy_of(base: &Url) -> Option<String> {
    // On this computer no proxy is asked.
    if base.scheme() == "http" {
        return None;
    }
    let target = base.as_str().parse().ok()?;
    let proxy = hyper_util::client::proxy::matcher::Matcher::from_system().intercept(&target)?;
    let authority = proxy.uri().authority()?;
    // What stands before the `@` is a user and a password.
    let place = authority.as_str().rsplit('@').next()?;
    Some(place.to_owned())
}

fn no_client(error: reqwest::Error) -> CollectError {
    CollectError::NoClient { source: error }
}

fn kept_headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    KEPT_HEADERS
        .iter()
        .filter_map(|name| {
            let value = headers.get(*name)?;
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            // Of a redirect only the host matters; the rest may hold anything.
            let text = if *name == LOCATION.as_str() {
                host_of(&text)
            } else {
                text
            };
            Some(((*name).to_owned(), text))
        })
        .collect()
}

/// The host that a `Location` names, or "this host" for a relative one.
fn host_of(location: &str) -> String {
    match Url::parse(location) {
        Ok(url) => url.host_str().unwrap_or("no host").to_owned(),
        Err(_) => "this host".to_owned(),
    }
}

/// The innermost cause says what happened; the address around it is known already.
fn failure_of(error: &reqwest::Error) -> Failure {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    // A connection that is not made in time is none.
    let (kind, what) = if error.is_connect() {
        (FailureKind::NotConnected, "no connection")
    } else if error.is_timeout() {
        (FailureKind::TimedOut, "no answer in time")
    } else {
        (
            FailureKind::BodyCut,
            "the connection broke before the answer was whole",
        )
    };
    Failure {
        kind,
        detail: format!("{what}: {cause}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str) -> ApiRequest {
        ApiRequest {
            verb: Verb::Get,
            path: path.to_owned(),
            query: Vec::new(),
            body: None,
        }
    }

    #[test]
    fn only_known_reads_are_allowed() {
        for path in [
            "/admin/v1/orgs/o-1",
            "/admin/v1/orgs/o-1/users",
            "/admin/v2/orgs/o-1/directories/-/users/557058:0d|e_f-1/role-assignments",
            "/scim/directory/d-1/Users",
        ] {
            assert!(is_allowed(&get(path), "o-1"), "{path}");
        }
        for path in [
            "/admin/v1/orgs",
            "/admin/v1/orgs/o-2",
            "/admin/v1/orgs/o-1/users/",
            "/admin/v1/orgs/o-1/policies/p/validate",
            "/admin/v1/orgs/o-1/../o-2",
            "/users/5f/manage/lifecycle/disable",
            "/admin/v2/orgs/o-1/directories/-/users/../role-assignments",
            "/admin/v2/orgs/o-1/directories/-/users/a/b/role-assignments",
            "/admin/v2/orgs/o-1/directories/-/users//role-assignments",
            "/scim/directory/d-1/Users/u-1",
        ] {
            assert!(!is_allowed(&get(path), "o-1"), "{path}");
        }
        let mut post = get("/admin/v1/orgs/o-1/users");
        post.verb = Verb::Post;
        assert!(!is_allowed(&post, "o-1"));
    }

    #[test]
    fn a_request_that_is_no_known_read_is_refused_before_anything_is_sent() {
        let client = client("d-1=s-1");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        for path in [
            "/admin/v1/orgs/o-1/policies/p/validate",
            // There is no key to this directory.
            "/scim/directory/d-2/Users",
        ] {
            let sent = runtime.block_on(client.send(&get(path)));
            let error = sent.expect_err("it is refused");
            assert!(matches!(error, CollectError::NotAllowed { .. }), "{error}");
        }
    }

    /// A client of organisation `o-1`. Nobody listens on port 1: had a request been sent, the answer would
    /// be a failure and no error.
    fn client(scim_keys: &str) -> ApiClient {
        let keys = Keys {
            organization: &ApiKey::new("k").expect("a key"),
            scim: &scim_keys.parse().expect("keys"),
        };
        ApiClient::new("http://127.0.0.1:1", "o-1", keys, None, &Limits::default())
            .expect("a client")
    }

    #[test]
    fn each_key_goes_only_where_it_belongs() {
        let client = client("d-1=s-1 d-2=s-2");
        for (path, key) in [
            ("/admin/v1/orgs/o-1/users", Some("k")),
            ("/scim/directory/d-1/Users", Some("s-1")),
            ("/scim/directory/d-2/Groups", Some("s-2")),
            ("/scim/directory/d-3/Groups", None),
            ("/scim/directory/", None),
        ] {
            let found = client.key_of(&get(path)).map(ApiKey::expose);
            assert_eq!(found, key, "{path}");
        }
    }

    #[test]
    fn a_key_is_known_again_however_it_was_escaped() {
        for (key, part) in [
            (
                "ATCTT3xFfGN0aBcDeFgHiJkL=6DB05B0E",
                "ATCTT3xFfGN0aBcDeFgHiJkL",
            ),
            ("short=key", "short=key"),
        ] {
            assert_eq!(telling_part(key), part);
        }
    }

    #[test]
    fn a_get_never_carries_a_body() {
        let mut request = get("/admin/v1/orgs/o-1");
        request.body = Some(Value::Null);
        assert!(!is_allowed(&request, "o-1"));
    }

    #[test]
    fn the_key_goes_over_https_or_stays_on_this_computer() {
        for good in [
            API_URL,
            "https://api.example/",
            "http://127.0.0.1:8080",
            "http://localhost:1",
            "http://[::1]:9",
        ] {
            assert!(base_url(good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.atlassian.com",
            "http://127.0.0.1.example",
            "http://10.0.0.1",
            "ftp://api.atlassian.com",
            "https://me:pass@api.atlassian.com",
            "https://api.atlassian.com/admin",
            "api.atlassian.com",
        ] {
            assert!(base_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_organisation_id_is_one_segment_of_a_path() {
        assert!(is_org_id("6c9d2f6e-1b0a-4a57-9d3c-0f4e5b7a8c21"));
        for bad in ["", "a/b", "..", "{org}", "a b", "ü"] {
            assert!(!is_org_id(bad), "{bad}");
        }
    }
}

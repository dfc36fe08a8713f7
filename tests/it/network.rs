//! The way to the API: certificates, HTTP/2, compression and proxies.
//!
//! The sandbox speaks plain HTTP/1.1. A front of TLS stands before it here, and a proxy before that.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use hyper::body::Incoming;
use hyper::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, HOST, USER_AGENT};
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tickmark::sandbox::{SANDBOX_KEY, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::organization::{stable_options, world};
use crate::program::text;

/// A name that no resolver knows: only the proxy does.
const API: &str = "https://api.sandbox.example";
const PROXY_PASSWORD: &str = "proxy-password";

fn certificate(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("tests/certificates").join(name)
}

// ---- the front ----------------------------------------------------------------------------------

/// A request as the front saw it.
#[derive(Clone, Debug)]
struct Seen {
    version: Version,
    user_agent: String,
    accept_encoding: String,
}

/// What the front does to the sandbox's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    AsIs,
    Gzip,
}

struct Front {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Front {
    async fn start(sandbox: String, protocols: &[&str], coding: Coding) -> Front {
        let chain = CertificateDer::pem_file_iter(certificate("server.pem")).expect("a file");
        let chain = chain.collect::<Result<Vec<_>, _>>().expect("certificates");
        let key = PrivateKeyDer::from_pem_file(certificate("server.key")).expect("a key");
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("the key is the certificate's");
        config.alpn_protocols = protocols
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, sandbox, log) = (acceptor.clone(), sandbox.clone(), log.clone());
                tokio::spawn(async move {
                    // A client that does not trust the certificate goes away here.
                    let Ok(stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let is_http_2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                    let answer = service_fn(move |request| {
                        forward(request, sandbox.clone(), Arc::clone(&log), coding)
                    });
                    let stream = TokioIo::new(stream);
                    let _ = match is_http_2 {
                        true => {
                            let server =
                                hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                            server.serve_connection(stream, answer).await
                        }
                        false => {
                            let server = hyper::server::conn::http1::Builder::new();
                            server.serve_connection(stream, answer).await
                        }
                    };
                });
            }
        });
        Front { address, seen }
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no test panics in it").clone()
    }
}

/// Asks the sandbox, and answers what it answers.
async fn forward(
    request: Request<Incoming>,
    sandbox: String,
    log: Arc<Mutex<Vec<Seen>>>,
    coding: Coding,
) -> Result<Response<Body>, Infallible> {
    let (parts, body) = request.into_parts();
    let header = |name: &hyper::header::HeaderName| {
        let value = parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    log.lock().expect("no test panics in it").push(Seen {
        version: parts.version,
        user_agent: header(&USER_AGENT),
        accept_encoding: header(&ACCEPT_ENCODING),
    });
    let mut headers = parts.headers.clone();
    for name in [HOST, ACCEPT_ENCODING, CONTENT_LENGTH] {
        headers.remove(name);
    }
    let target = parts.uri.path_and_query().expect("a target").to_string();
    let body = to_bytes(Body::new(body), 1 << 20)
        .await
        .expect("a small body");
    let client = reqwest::Client::builder()
        .no_proxy()
        .no_gzip()
        .tls_certs_only([])
        .build();
    let answer = client
        .expect("a client")
        .request(parts.method, format!("{sandbox}{target}"))
        .headers(headers)
        .body(body)
        .send()
        .await
        .expect("the sandbox answers");
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        if name != CONTENT_LENGTH {
            response = response.header(name, value);
        }
    }
    let mut bytes = answer.bytes().await.expect("a body").to_vec();
    if coding == Coding::Gzip {
        let level = flate2::Compression::default();
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), level);
        packed.write_all(&bytes).expect("memory");
        bytes = packed.finish().expect("memory");
        response = response.header(CONTENT_ENCODING, "gzip");
    }
    Ok(response.body(Body::from(bytes)).expect("a response"))
}

// ---- the proxy ----------------------------------------------------------------------------------

/// How a proxy treats who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Open,
    WithPassword,
}

/// A proxy that connects everything to one address, whatever name was asked for.
struct Proxy {
    address: SocketAddr,
    /// The head of each request.
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn start(to: SocketAddr, access: Access) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let heads = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(tunnel(stream, to, access, log.clone()));
            }
        });
        Proxy { address, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("no test panics in it").clone()
    }
}

async fn tunnel(
    mut stream: TcpStream,
    to: SocketAddr,
    access: Access,
    log: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    log.lock().expect("no test panics in it").push(head.clone());
    let is_let_in = access == Access::Open || head.to_lowercase().contains("proxy-authorization:");
    if !head.starts_with("CONNECT ") || !is_let_in {
        let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
        return stream.write_all(refusal.as_bytes()).await;
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    let mut there = TcpStream::connect(to).await?;
    copy_bidirectional(&mut stream, &mut there)
        .await
        .map(|_| ())
}

// ---- the program --------------------------------------------------------------------------------

/// The sandbox, the front before it, and the runtime that both live in.
struct Net {
    runtime: tokio::runtime::Runtime,
    server: Server,
    front: Front,
}

impl Net {
    fn start(protocols: &[&str], coding: Coding) -> Net {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let (server, front) = runtime.block_on(async {
            let server = Server::start(world(30, 1), stable_options()).await;
            let server = server.expect("a free port on the loopback interface");
            let front = Front::start(server.base_url(), protocols, coding).await;
            (server, front)
        });
        Net {
            runtime,
            server,
            front,
        }
    }

    fn proxy(&self, access: Access) -> Proxy {
        self.runtime
            .block_on(Proxy::start(self.front.address, access))
    }

    fn url(&self) -> String {
        format!("https://localhost:{}", self.front.address.port())
    }

    /// `tickmark WORDS` against `api_url`, on a computer that trusts `stranger.pem` alone.
    fn tickmark(&self, words: &[&str], api_url: &str, environment: &[(&str, &str)]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_tickmark"))
            .args(words)
            .args(["--org", self.server.org_id(), "--api-url", api_url])
            .env_clear()
            .env("LANG", "C.UTF-8")
            .env("ATLASSIAN_API_KEY", SANDBOX_KEY)
            .env("SSL_CERT_FILE", certificate("stranger.pem"))
            .envs(environment.iter().copied())
            .output()
            .expect("the program starts")
    }
}

fn datasets(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = std::fs::read_dir(dir.join("datasets")).expect("a folder");
    entries
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let bytes = std::fs::read(&path).expect("a file");
            (path.file_name().expect("a file").into(), bytes)
        })
        .collect()
}

#[test]
fn an_authority_of_ones_own_is_trusted_where_it_is_named_and_only_there() {
    let net = Net::start(&["h2", "http/1.1"], Coding::AsIs);
    let authority = certificate("authority.pem").display().to_string();
    let refused = net.tickmark(&["doctor"], &net.url(), &[]);
    assert_eq!(refused.status.code(), Some(5), "{}", text(&refused.stdout));
    let told = text(&refused.stdout);
    assert!(
        told.contains("certificate") && told.contains("--ca-file"),
        "{told}"
    );
    assert!(net.server.requests().is_empty(), "the key was not sent");
    for (words, environment, shown) in [
        (
            vec!["doctor", "--ca-file", &authority],
            vec![],
            "those of this computer, and 1 of the file",
        ),
        (
            vec!["doctor"],
            vec![("TICKMARK_CA_FILE", authority.as_str())],
            "those of this computer, and 1 of the file",
        ),
        (
            vec!["doctor"],
            vec![("SSL_CERT_FILE", authority.as_str())],
            "those of this computer",
        ),
    ] {
        let output = net.tickmark(&words, &net.url(), &environment);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
        let told = text(&output.stdout);
        assert!(told.contains(&format!("certificates  {shown}\n")), "{told}");
    }
}

#[test]
fn a_file_of_certificates_that_is_none_is_refused_before_anything_is_sent() {
    let net = Net::start(&["http/1.1"], Coding::AsIs);
    for (file, expected) in [
        (certificate("README.md"), "cannot use the certificates"),
        (
            certificate("missing.pem"),
            "there is no file of certificates",
        ),
    ] {
        let words = ["doctor", "--ca-file", &file.display().to_string()];
        let output = net.tickmark(&words, &net.url(), &[]);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains(expected));
    }
    assert!(net.front.seen().is_empty());
}

#[test]
fn a_run_over_https_comes_out_as_over_http_whatever_the_server_speaks() {
    let dir = tempfile::tempdir().expect("a folder");
    let authority = certificate("authority.pem").display().to_string();
    let plain = dir.path().join("plain").display().to_string();
    let mut expected = None;
    for (name, protocols, coding, version) in [
        ("h2", &["h2", "http/1.1"][..], Coding::Gzip, Version::HTTP_2),
        ("h1", &["http/1.1"], Coding::AsIs, Version::HTTP_11),
    ] {
        let net = Net::start(protocols, coding);
        let expected = expected.get_or_insert_with(|| {
            let output = net.tickmark(&["collect", "--out", &plain], &net.server.base_url(), &[]);
            assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
            datasets(Path::new(&plain))
        });
        let out = dir.path().join(name).display().to_string();
        let words = ["collect", "--ca-file", &authority, "--out", &out];
        let output = net.tickmark(&words, &net.url(), &[]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(datasets(Path::new(&out)) == *expected, "{name}");
        let seen = net.front.seen();
        assert!(seen.len() > 20, "{name}");
        for one in seen {
            assert_eq!(one.version, version);
            assert!(one.user_agent.starts_with("tickmark/"), "{one:?}");
            assert!(one.accept_encoding.contains("gzip"), "{one:?}");
        }
    }
}

#[test]
fn the_proxy_of_the_environment_is_used_and_told_without_its_password() {
    let net = Net::start(&["h2", "http/1.1"], Coding::AsIs);
    let authority = certificate("authority.pem").display().to_string();
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let proxy = net.proxy(Access::WithPassword);
        let url = format!("http://me:{PROXY_PASSWORD}@{}", proxy.address);
        let words = ["doctor", "--json", "--ca-file", &authority];
        let output = net.tickmark(&words, API, &[(name, &url)]);
        assert_eq!(
            output.status.code(),
            Some(1),
            "{name}: {}",
            text(&output.stderr)
        );
        let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(told["connection"]["proxy"], proxy.address.to_string());
        let told = text(&output.stdout) + &text(&output.stderr);
        assert!(!told.contains(PROXY_PASSWORD), "{told}");
        let heads = proxy.heads();
        assert!(!heads.is_empty());
        for head in heads {
            assert!(
                head.starts_with("CONNECT api.sandbox.example:443 "),
                "{head}"
            );
            assert!(!head.contains(SANDBOX_KEY), "the proxy never sees the key");
        }
    }
}

#[test]
fn no_proxy_is_asked_for_what_no_proxy_names_and_for_this_computer() {
    let net = Net::start(&["http/1.1"], Coding::AsIs);
    let proxy = net.proxy(Access::Open);
    let url = format!("http://{}", proxy.address);
    let named = [
        ("HTTPS_PROXY", url.as_str()),
        ("NO_PROXY", "sandbox.example"),
    ];
    let output = net.tickmark(&["doctor", "--json"], API, &named);
    assert_eq!(output.status.code(), Some(5), "nobody knows that name");
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(told["connection"]["proxy"], Value::Null);
    let all = [("HTTP_PROXY", url.as_str()), ("ALL_PROXY", url.as_str())];
    let output = net.tickmark(&["doctor"], &net.server.base_url(), &all);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(proxy.heads().is_empty(), "{:?}", proxy.heads());
}

#[test]
fn a_proxy_that_refuses_ends_with_5_and_is_named() {
    let net = Net::start(&["http/1.1"], Coding::AsIs);
    let proxy = net.proxy(Access::WithPassword);
    let url = format!("http://{}", proxy.address);
    let output = net.tickmark(&["doctor"], API, &[("HTTPS_PROXY", &url)]);
    assert_eq!(output.status.code(), Some(5), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    let names_it = format!("check the proxy {}", proxy.address);
    assert!(
        told.contains(&names_it) && told.contains("proxy auth"),
        "{told}"
    );
}

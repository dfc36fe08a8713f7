//! A bare HTTP server: it can also cut, hang, redirect and send any bytes, which a web framework would not let it.

use super::world::World;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// One request as the server saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    /// Below the organisation: `users`, `directories/-/users/search`; of a provisioning directory `scim/Users`.
    /// A search for administrators is `administrators`, and what is asked about one of them
    /// `role-assignments`.
    pub route: String,
    pub path: String,
    pub cursor: Option<String>,
    pub query: BTreeMap<String, String>,
    pub body: Value,
    pub head: String,
    /// How often the same was asked before.
    pub nth: usize,
}

/// What the server does instead of answering well.
#[derive(Clone)]
pub enum Reply {
    Send {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// Promises more than it sends, then closes.
    CutBody,
    /// Sends a body in chunks and closes before the last one.
    CutChunked,
    /// Never answers.
    Hang,
}

/// A JSON answer.
pub fn json_reply(status: u16, body: &Value) -> Reply {
    reply(status, &[], "application/json", body.to_string())
}

pub fn reply(
    status: u16,
    headers: &[(&str, &str)],
    content_type: &str,
    body: impl Into<Vec<u8>>,
) -> Reply {
    let mut headers: Vec<(String, String)> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    headers.push(("content-type".to_owned(), content_type.to_owned()));
    Reply::Send {
        status,
        headers,
        body: body.into(),
    }
}

/// A server on a loopback port. One request a connection.
pub struct Server {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    listener: tokio::task::AbortHandle,
}

impl Server {
    pub async fn start(world: World, org: &'static str) -> Server {
        Server::start_at(world, org, "http://127.0.0.1:0").await
    }

    /// The same at an address that an earlier server had.
    pub async fn start_at(world: World, org: &'static str, url: &str) -> Server {
        let address = url.trim_start_matches("http://");
        // The port of a server that was just stopped may stay taken for a moment.
        let mut bound = TcpListener::bind(address).await;
        for _ in 0..200 {
            if bound.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
            bound = TcpListener::bind(address).await;
        }
        let listener = bound.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, world.clone(), org, log.clone()));
            }
        });
        Server {
            url,
            seen,
            listener: task.abort_handle(),
        }
    }

    /// Whoever aborts it, stops the server from answering new requests.
    pub fn listener(&self) -> tokio::task::AbortHandle {
        self.listener.clone()
    }

    pub fn stop(&self) {
        self.listener.abort();
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no test panics in it").clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    world: World,
    org: &'static str,
    log: Arc<Mutex<Vec<Seen>>>,
) -> Option<()> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let length = head
        .lines()
        .find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length:")?
                .trim()
                .parse()
                .ok()
        })
        .unwrap_or(0);
    while bytes.len() < head_end + length {
        stream.read_buf(&mut bytes).await.ok()?;
    }
    let seen = seen_of(&head, &bytes[head_end..], org, &log);
    let reply = (world.fault)(&seen).unwrap_or_else(|| world.answer(&seen));
    match reply {
        Reply::Hang => tokio::time::sleep(Duration::from_secs(3600)).await,
        Reply::CutBody => {
            let text = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{\"data\": [";
            stream.write_all(text.as_bytes()).await.ok()?;
        }
        Reply::CutChunked => {
            let text = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n\
                        c\r\n{\"data\": []}\r\n";
            stream.write_all(text.as_bytes()).await.ok()?;
        }
        Reply::Send {
            status,
            headers,
            body,
        } => {
            let mut head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n");
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
            stream.write_all(head.as_bytes()).await.ok()?;
            stream.write_all(&body).await.ok()?;
        }
    }
    stream.shutdown().await.ok()
}

fn seen_of(head: &str, body: &[u8], org: &str, log: &Mutex<Vec<Seen>>) -> Seen {
    let mut words = head.split_whitespace();
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default();
    let url = reqwest::Url::parse("http://x")
        .and_then(|base| base.join(target))
        .expect("a target");
    let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let cursor = url
        .query_pairs()
        .find(|(name, value)| name == "cursor" || (name == "startIndex" && value != "1"))
        .map(|(_, value)| value.into_owned())
        .or_else(|| body["cursor"].as_str().map(str::to_owned));
    let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    let path = url.path().to_owned();
    let marker = format!("/orgs/{org}");
    let below = path
        .split_once(&marker)
        .map_or("?", |(_, rest)| rest.trim_start_matches('/'));
    let route = match path.strip_prefix("/scim/directory/") {
        Some(rest) => format!(
            "scim/{}",
            rest.split_once('/').map_or("?", |(_, kind)| kind)
        ),
        None if !body["roleIds"].is_null() => "administrators".to_owned(),
        None if below.ends_with("/role-assignments") => "role-assignments".to_owned(),
        None => below.to_owned(),
    };
    let mut log = log.lock().expect("no test panics in it");
    let nth = log
        .iter()
        .filter(|other| {
            other.method == method
                && (&other.route, &other.path) == (&route, &path)
                && (&other.cursor, &other.query) == (&cursor, &query)
        })
        .count();
    let seen = Seen {
        method,
        route,
        path,
        cursor,
        query,
        body,
        head: head.to_owned(),
        nth,
    };
    log.push(seen.clone());
    seen
}

//! Pages, cursors and the four ways in which the API links pages.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::encoding::{base64_url, from_base64_url};
use super::reply::Refusal;

/// Bytes of the digest at the front of a cursor.
const CHECK_BYTES: usize = 6;

/// Where a page starts. On the wire it is opaque, and refused unless this sandbox wrote it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// Short name of the route that wrote it.
    pub route: String,
    /// Place of the first candidate record, in the order of the walk.
    pub at: usize,
    /// Records on a page.
    pub limit: usize,
    /// What was asked, so that a later request need not repeat it.
    pub query: Value,
    /// Tells cursors of the same place apart, for an empty page in the middle of a walk.
    #[serde(default)]
    pub turn: u32,
}

impl Cursor {
    /// The cursor as text.
    pub(super) fn text(&self) -> String {
        let payload = serde_json::to_vec(self).expect("numbers, texts and JSON values");
        let mut bytes = Sha256::digest(&payload)[..CHECK_BYTES].to_vec();
        bytes.extend_from_slice(&payload);
        base64_url(&bytes)
    }

    /// Reads a cursor that `route` wrote.
    ///
    /// # Errors
    /// The API's `ADMIN-400-1` for anything else.
    pub(super) fn read(text: &str, route: &str) -> Result<Cursor, Refusal> {
        let bytes = from_base64_url(text).ok_or_else(Refusal::cursor)?;
        let (check, payload) = bytes
            .split_at_checked(CHECK_BYTES)
            .ok_or_else(Refusal::cursor)?;
        if Sha256::digest(payload)[..CHECK_BYTES] != *check {
            return Err(Refusal::cursor());
        }
        let cursor: Cursor = serde_json::from_slice(payload).map_err(|_| Refusal::cursor())?;
        if cursor.route == route {
            Ok(cursor)
        } else {
            Err(Refusal::cursor())
        }
    }
}

/// How a route links its pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// Whole URLs; the last page has no `next`.
    Urls,
    /// Whole URLs, and the bare cursor in `meta.next`; `null` on the last page.
    UrlsAndMeta,
    /// Bare cursors; the last page has no `next`.
    Cursors,
    /// Bare cursors; `null` on the last page.
    CursorsOrNull,
}

/// One page, before it is written.
pub(super) struct Page {
    pub scheme: Scheme,
    /// Path of the request, for links that are URLs.
    pub path: String,
    pub data: Vec<Value>,
    pub here: Cursor,
    /// Whether the request came without a cursor.
    pub first: bool,
    pub next: Option<Cursor>,
    pub prev: Option<Cursor>,
    /// Place of the last record on the page.
    pub last: Option<usize>,
    pub meta: Map<String, Value>,
    /// Scheme and host that `next` names instead of the right one.
    pub foreign_host: Option<&'static str>,
}

impl Page {
    /// Cuts the page at `here` out of `length` records, of which those that `keep` are listed.
    pub(super) fn cut(
        scheme: Scheme,
        path: &str,
        here: Cursor,
        first: bool,
        length: usize,
        keep: impl Fn(usize) -> bool,
        record: impl Fn(usize) -> Value,
    ) -> Page {
        let mut ahead = (here.at..length).filter(|&place| keep(place));
        let places: Vec<usize> = ahead.by_ref().take(here.limit).collect();
        let next = ahead.next();
        // The page before starts `limit` listed records earlier, or at the first one.
        let before = (0..here.at.min(length)).rev().filter(|&place| keep(place));
        let prev = before.take(here.limit).last();
        let moved_to = |at| Cursor {
            at,
            turn: 0,
            ..here.clone()
        };
        Page {
            scheme,
            path: path.to_owned(),
            data: places.iter().map(|&place| record(place)).collect(),
            next: next.map(moved_to),
            prev: prev.map(moved_to),
            last: places.last().copied(),
            first,
            meta: Map::new(),
            foreign_host: None,
            here,
        }
    }

    /// The body as the API writes it, with URLs under `public_url`.
    pub(super) fn body(self, public_url: &str) -> Value {
        let url = |cursor: &Cursor| format!("{public_url}{}?cursor={}", self.path, cursor.text());
        let link = |cursor: &Cursor| match self.scheme {
            Scheme::Urls | Scheme::UrlsAndMeta => url(cursor),
            Scheme::Cursors | Scheme::CursorsOrNull => cursor.text(),
        };
        let mut links = Map::new();
        let urls = matches!(self.scheme, Scheme::Urls | Scheme::UrlsAndMeta);
        let this = if urls && self.first {
            format!("{public_url}{}", self.path)
        } else {
            link(&self.here)
        };
        links.insert("self".to_owned(), this.into());
        if let Some(prev) = &self.prev {
            links.insert("prev".to_owned(), link(prev).into());
        }
        let next = match (&self.next, self.foreign_host) {
            (Some(next), Some(host)) => {
                Value::from(format!("{host}{}?cursor={}", self.path, next.text()))
            }
            (Some(next), None) => link(next).into(),
            (None, _) => Value::Null,
        };
        let null_at_end = matches!(self.scheme, Scheme::UrlsAndMeta | Scheme::CursorsOrNull);
        if null_at_end || !next.is_null() {
            links.insert("next".to_owned(), next);
        }
        let mut meta = self.meta;
        if self.scheme == Scheme::UrlsAndMeta {
            meta.insert(
                "next".to_owned(),
                json!(self.next.as_ref().map(Cursor::text)),
            );
            meta.insert("page_size".to_owned(), json!(self.here.limit));
        }
        let mut body = json!({ "data": self.data, "links": links });
        if !meta.is_empty() {
            body["meta"] = meta.into();
        }
        body
    }
}

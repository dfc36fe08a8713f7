//! Pages, cursors and the four ways in which the API links pages.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::encoding::{base64_url, from_base64_url};
use super::options::EventsEnd;
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

/// What became of a listing, seen from its records as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    #[default]
    AsIs,
    WithoutFirst,
    LastFirst,
    FirstLast,
}

/// A listing in its order: which record stands at which position.
///
/// First and last are those of the records that the request asks for; the others keep their places,
/// so that a cursor from before a change points one record too far or too near after it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listing {
    order: Order,
    length: usize,
    /// Place of the first and of the last record that is asked for.
    ends: Option<(usize, usize)>,
}

impl Listing {
    /// `length` records, of which those that `keep` are asked for.
    pub(super) fn new(order: Order, length: usize, keep: impl Fn(usize) -> bool) -> Listing {
        let ends = match order {
            Order::AsIs => None,
            _ => (0..length).find(|&place| keep(place)).and_then(|first| {
                let last = (0..length).rev().find(|&place| keep(place))?;
                Some((first, last))
            }),
        };
        Listing {
            order,
            length,
            ends,
        }
    }

    /// Positions in it.
    pub(super) fn len(&self) -> usize {
        match (self.order, self.ends) {
            (Order::WithoutFirst, Some(_)) => self.length - 1,
            _ => self.length,
        }
    }

    /// The place of the record at `position`.
    pub(super) fn place(&self, position: usize) -> usize {
        let Some((first, last)) = self.ends else {
            return position;
        };
        match self.order {
            Order::AsIs => position,
            Order::WithoutFirst => position + usize::from(position >= first),
            Order::LastFirst if position == 0 => last,
            Order::LastFirst => position - usize::from(position <= last),
            Order::FirstLast if position + 1 == self.length => first,
            Order::FirstLast => position + usize::from(position >= first),
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
    /// As [`Scheme::UrlsAndMeta`] without a way back; the last page ends in the audit log's own way.
    Events(EventsEnd),
}

impl Scheme {
    /// Whether links are whole URLs.
    fn has_urls(self) -> bool {
        match self {
            Scheme::Urls | Scheme::UrlsAndMeta | Scheme::Events(_) => true,
            Scheme::Cursors | Scheme::CursorsOrNull => false,
        }
    }
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
        let prev = match scheme {
            Scheme::Events(_) => None,
            _ => before.take(here.limit).last(),
        };
        let next = match scheme {
            Scheme::Events(EventsEnd::Cursor) => next.or(Some(length.max(here.at))),
            _ => next,
        };
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
        let link = |cursor: &Cursor| match self.scheme.has_urls() {
            true => url(cursor),
            false => cursor.text(),
        };
        if let (Scheme::Events(_), None) = (self.scheme, &self.next) {
            let (total, page_size) = (self.data.len(), self.here.limit);
            return json!({ "data": self.data, "links": {}, "meta": {
                "attributes": null, "next": null, "prev": null, "current": null, "page_size": page_size,
                "start_index": null, "end_index": null, "total": total,
            } });
        }
        let mut links = Map::new();
        let this = if self.scheme.has_urls() && self.first {
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
        if matches!(self.scheme, Scheme::UrlsAndMeta | Scheme::Events(_)) {
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

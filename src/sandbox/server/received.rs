//! A request, taken apart.

use axum::body::{Bytes, to_bytes};
use axum::extract::{Query, Request};
use axum::http::{HeaderMap, Method, StatusCode, header};
use serde_json::{Map, Value};

use super::log::RequestRecord;
use crate::sandbox::reply::Refusal;

/// Longest body of a request, in bytes.
const REQUEST_BYTES_MAX: usize = 1 << 20;

/// A request, taken apart.
pub(super) struct Received {
    method: Method,
    pub(super) path: String,
    query: String,
    pub(super) params: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    body: Bytes,
    pub(super) parsed_query: Result<Vec<(String, String)>, Refusal>,
}

impl Received {
    pub(super) async fn read(request: Request, params: Vec<(String, String)>) -> Received {
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

    pub(super) fn record(&self, route: Option<&'static str>, status: StatusCode) -> RequestRecord {
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
    pub(super) fn has_cursor(&self) -> bool {
        let in_query =
            |pairs: &Vec<(String, String)>| pairs.iter().any(|(name, _)| name == "cursor");
        self.parsed_query.as_ref().is_ok_and(in_query)
            || self.json().is_ok_and(|body| body.contains_key("cursor"))
    }

    /// The body of a POST: nothing, or one JSON object.
    pub(super) fn json(&self) -> Result<Map<String, Value>, Refusal> {
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

//! What a route answers, and the API's several ways of refusing.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::page::Page;
use super::random::Random;

/// What a route answers.
pub(super) enum Reply {
    /// One page of many.
    Page(Box<Page>),
    /// Everything there is.
    Whole(Value),
}

impl From<Page> for Reply {
    fn from(page: Page) -> Reply {
        Reply::Page(Box::new(page))
    }
}

/// Which of the vendor's services a route belongs to: each refuses in its own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// Organisations, first version.
    V1,
    /// Organisations, second version.
    V2,
    /// API access, and what speaks in the same words: control and data loss prevention.
    Access,
    /// Provisioning.
    Scim,
}

/// Why a request is not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: StatusCode,
    /// The vendor's code.
    pub code: &'static str,
    pub title: &'static str,
    pub detail: String,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: &str) -> Refusal {
        let detail = detail.to_owned();
        Refusal {
            status,
            code,
            title,
            detail,
        }
    }

    pub(super) fn cursor() -> Refusal {
        let detail = "The page cursor is not valid.";
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "ADMIN-400-1",
            "Invalid page cursor",
            detail,
        )
    }

    /// The query of the URL is not what the route takes.
    pub(super) fn query(detail: &str) -> Refusal {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "ADMIN-400-19",
            "Invalid request syntax",
            detail,
        )
    }

    /// The body is not what the route takes.
    pub(super) fn body(detail: &str) -> Refusal {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "ADMIN-400-24",
            "Invalid request body",
            detail,
        )
    }

    /// A time in the query is none, or the end of a period lies before its start.
    pub(super) fn time(detail: &str) -> Refusal {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "ADMIN-400-3",
            "Invalid time date",
            detail,
        )
    }

    /// The plan does not cover it.
    pub(super) fn plan(detail: &str) -> Refusal {
        Refusal::new(
            StatusCode::PAYMENT_REQUIRED,
            "ADMIN-402-1",
            "Payment required",
            detail,
        )
    }

    pub(super) fn unauthorized() -> Refusal {
        Refusal::new(
            StatusCode::UNAUTHORIZED,
            "ADMIN-401-1",
            "Unauthorized",
            "Unauthorized",
        )
    }

    pub(super) fn forbidden() -> Refusal {
        let detail = "User has no permission to access resource.";
        Refusal::new(StatusCode::FORBIDDEN, "ADMIN-403-3", "Forbidden", detail)
    }

    pub(super) fn organization() -> Refusal {
        let detail = "The organization could not be found.";
        Refusal::new(
            StatusCode::NOT_FOUND,
            "ADMIN-404-2",
            "Organization not found",
            detail,
        )
    }

    pub(super) fn domain() -> Refusal {
        let detail = "The domain could not be found.";
        Refusal::new(
            StatusCode::NOT_FOUND,
            "ADMIN-404-3",
            "Domain not found",
            detail,
        )
    }

    pub(super) fn event() -> Refusal {
        let detail = "The event could not be found.";
        Refusal::new(
            StatusCode::NOT_FOUND,
            "ADMIN-404-4",
            "Event not found",
            detail,
        )
    }

    pub(super) fn user() -> Refusal {
        let detail = "The user could not be found.";
        Refusal::new(
            StatusCode::NOT_FOUND,
            "ADMIN-404-8",
            "User not found",
            detail,
        )
    }

    pub(super) fn policy() -> Refusal {
        let detail = "The policy could not be found.";
        Refusal::new(
            StatusCode::NOT_FOUND,
            "ADMIN-404-5",
            "Policy not found",
            detail,
        )
    }

    /// No such resource: a directory, or a path that is not served.
    pub(super) fn resource() -> Refusal {
        let detail = "The resource could not be found.";
        Refusal::new(
            StatusCode::NOT_FOUND,
            "ADMIN-404-1",
            "Unknown resource",
            detail,
        )
    }

    pub(super) fn method() -> Refusal {
        let detail = "The method is not supported here.";
        Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "ADMIN-405-1",
            "Method not supported",
            detail,
        )
    }

    pub(super) fn rate_limit() -> Refusal {
        let detail = "You exceeded the rate limit.";
        Refusal::new(
            StatusCode::TOO_MANY_REQUESTS,
            "ADMIN-429-1",
            "Rate limit exceeded",
            detail,
        )
    }

    pub(super) fn internal() -> Refusal {
        let detail = "We encountered an unexpected error.";
        Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "ADMIN-500-1",
            "Internal error",
            detail,
        )
    }

    /// The body in the words of `service`, for a request of `path` at `now`.
    ///
    /// The gateway in front answers 401 and, for two of the services, 429.
    pub(super) fn body_of(&self, service: Service, path: &str, now: Timestamp) -> Value {
        let gateway = json!({ "code": self.status.as_u16(), "message": self.title });
        match (self.status, service) {
            (_, Service::Scim) => {
                let mut body = json!({
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
                    "status": self.status.as_u16().to_string(),
                    "detail": self.detail,
                });
                if self.status == StatusCode::BAD_REQUEST {
                    body["scimType"] = "invalidFilter".into();
                }
                body
            }
            (StatusCode::PAYMENT_REQUIRED, _) => json!({ "code": 402, "message": self.detail }),
            (StatusCode::UNAUTHORIZED, _) => gateway,
            (StatusCode::TOO_MANY_REQUESTS, Service::V1 | Service::Access) => gateway,
            (StatusCode::FORBIDDEN, Service::V1 | Service::Access) => json!({
                "timestamp": format!("{now:.3}").replace('Z', "+00:00"),
                "path": format!("/api{path}"),
                "status": 403,
                "error": "Forbidden",
                "message": self.detail,
                "requestId": Random::of_part(0, path).hex(8),
            }),
            _ => json!({ "errors": [{
                "id": Random::of_part(1, path).uuid(),
                "status": self.status.as_u16().to_string(),
                "code": self.code,
                "title": self.title,
                "detail": self.detail,
            }] }),
        }
    }
}

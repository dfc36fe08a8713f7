//! Answers as they are written: their headers, and what faults do to a page and to its bytes.

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::Shared;
use super::allowance::Allowance;
use super::received::Received;
use crate::sandbox::faults::{FaultKind, Hint};
use crate::sandbox::page::{Cursor, Page};
use crate::sandbox::reply::Refusal;
use crate::sandbox::routes::Route;
use crate::sandbox::torn::TornBody;

/// Weight of the record that [`FaultKind::HugeRecord`] makes, in bytes.
const HUGE_RECORD_BYTES: usize = 10 << 20;

/// Where redirects and foreign links point: a name that never resolves.
pub(super) const FOREIGN_HOST: &str = "https://elsewhere.invalid";

impl Shared {
    /// A status that a fault asks for, in the words that the API has for it.
    pub(super) fn failed(
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

    pub(super) fn refused(
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

    pub(super) fn page_for_people(
        &self,
        status: StatusCode,
        allowance: Option<Allowance>,
    ) -> Response {
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
    pub(super) fn written(
        &self,
        mut body: Value,
        faults: &[FaultKind],
        allowance: Allowance,
    ) -> Response {
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

    pub(super) fn response(
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
pub(super) fn twist(mut page: Page, faults: &[FaultKind]) -> Page {
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

pub(super) fn insert(response: &mut Response, name: HeaderName, value: &str) {
    let value = HeaderValue::from_str(value).expect("plain ASCII of our own");
    response.headers_mut().insert(name, value);
}

/// `at` as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(super) fn http_date(at: Timestamp) -> String {
    jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&at)
        .expect("a year of four digits")
}

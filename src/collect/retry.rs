//! The one loop that sends a request until its answer is final.
//!
//! | answer | what follows |
//! | --- | --- |
//! | 429 | wait as told by `X-RateLimit-Reset` (a time) or `Retry-After` (seconds or a date), else back off |
//! | 5xx, 408, time-out, no connection, body cut short | back off, `retry_count_max` times |
//! | success that does not read | the same, then the answer counts as broken |
//! | 401, 402, 403, 404 and other 4xx | final: the key, the plan or the request is at fault |
//! | 3xx | final: a redirect is never followed, so the key never goes to another host |
//!
//! Pauses have full jitter from a source that is given, go through the run's clock, and are capped for
//! each request and for the run. A period that is used up holds back every walk of the run.
//!
//! A run that goes on where another was interrupted first takes the answers that the other left, in
//! their order, as if they came now: the walk comes to the same place and asks on from there.

use super::client::{ApiClient, ApiRequest, FailureKind};
use super::journal::{Attempt, End, Exchange, Journal, Left, Line, Purpose};
use super::pace::{Pace, Rate};
use super::{Clock, CollectError, Collector, Limits};
use crate::audit_log::Walked;
use crate::progress::{Event, Progress, neutral};
use crate::snapshot::{CutReason, SnapshotError};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// Characters of an API's own words that a statement repeats.
const SAID_CHARS_MAX: usize = 200;

/// How a request came out.
#[derive(Debug)]
pub(super) enum Verdict<T> {
    /// It succeeded, and its answer reads.
    Accepted(T),
    /// The API will not answer it.
    Refused { status: u16, detail: String },
    /// It never came to a usable answer.
    Failed { reason: CutReason, detail: String },
}

/// Answers that an interrupted run left, in their order.
struct Replay {
    lines: Box<dyn Iterator<Item = Result<Line, SnapshotError>> + Send>,
    /// How many are left in `lines`. What is written behind them now is none of them.
    left: u64,
    next: Option<Box<Exchange>>,
}

impl Replay {
    fn peek(&mut self) -> Result<Option<&Exchange>, SnapshotError> {
        while self.next.is_none() && self.left > 0 {
            match self.lines.next().transpose()? {
                Some(Line::Exchange(exchange)) => {
                    self.left -= 1;
                    self.next = Some(exchange);
                }
                // The walk had come to an end that is tried again.
                Some(Line::End(_)) => {}
                None => unreachable!("the lines were counted when the journal was opened"),
            }
        }
        Ok(self.next.as_deref())
    }
}

/// What an interrupted run left of one request.
enum Replayed {
    /// The answer to its next try.
    Answer(Box<Exchange>),
    /// It was not tried again, and another request followed.
    GaveUp,
    /// Nothing more.
    Nothing,
}

/// Sends the requests of one collector, one after another.
pub(super) struct Asker<'a> {
    pub client: &'a ApiClient,
    pub clock: &'a dyn Clock,
    pub limits: &'a Limits,
    pub progress: &'a dyn Progress,
    /// Name of the collector, for progress.
    pub name: &'static str,
    /// Which reading of the listing is under way, from 0.
    pub reading: u32,
    /// The endpoint and its documented limit, if it has one.
    rate: Option<(&'static str, Rate)>,
    pace: &'a Pace,
    journal: Journal,
    replay: Replay,
    jitter: Jitter,
    /// After this no request of the run is sent.
    run_ends_at: Timestamp,
    /// The end of a closed period that this walk has waited for already.
    waited_until: Option<Timestamp>,
    /// Every status that was received; `None` stands for no answer.
    statuses: BTreeSet<Option<u16>>,
    last_failure: String,
    connection_lost: bool,
}

/// What is left when a collector is through.
pub(super) struct Asked {
    pub statuses: BTreeSet<Option<u16>>,
    /// The last thing that went wrong, for a reader.
    pub last_failure: String,
    /// Whether the walk ended because nobody was reached any more.
    pub connection_lost: bool,
}

impl<'a> Asker<'a> {
    pub fn new(
        run: &super::Run<'a>,
        collector: &Collector,
        journal: Journal,
        left: Left,
    ) -> Result<Asker<'a>, SnapshotError> {
        let replay = Replay {
            lines: Box::new(journal.lines()?),
            left: left.exchanges,
            next: None,
        };
        Ok(Asker {
            client: run.client,
            clock: run.clock,
            limits: run.limits,
            progress: run.progress,
            name: collector.name,
            reading: 0,
            rate: collector.rate.map(|rate| (collector.path, rate)),
            pace: run.pace,
            journal,
            replay,
            jitter: Jitter::new(run.jitter_seed, collector.name),
            run_ends_at: run.ends_at,
            waited_until: None,
            statuses: BTreeSet::new(),
            last_failure: String::new(),
            connection_lost: false,
        })
    }

    /// `pattern` with the organisation id in place.
    pub fn path(&self, pattern: &str) -> String {
        self.client.path(pattern)
    }

    /// Where a file may stand while the listing is read.
    pub fn scratch(&self) -> PathBuf {
        self.journal.scratch()
    }

    /// Writes the end of the journal.
    pub fn end(self, walked: Walked) -> Result<Asked, CollectError> {
        self.journal.end(&End {
            end: walked.completeness,
            period: walked.period,
        })?;
        Ok(Asked {
            statuses: self.statuses,
            last_failure: self.last_failure,
            connection_lost: self.connection_lost,
        })
    }

    /// Sends `request` until its answer is final. `accept` reads a successful answer.
    pub async fn ask<T>(
        &mut self,
        request: &ApiRequest,
        purpose: Purpose,
        accept: impl Fn(&Exchange) -> Result<T, String>,
    ) -> Result<Verdict<T>, CollectError> {
        let mut waited = Duration::ZERO;
        let (mut failures, mut rate_limited) = (0, 0);
        let mut attempt = Attempt {
            purpose,
            reading: self.reading,
            retry: 0,
        };
        // What the interrupted run tried in vain costs this one none of its tries, and a key that was
        // refused then may be another now.
        loop {
            match self.replayed(request, attempt)? {
                Replayed::Answer(exchange) => match judge(&exchange, &accept) {
                    Judgement::Final(verdict) if exchange.status != Some(401) => {
                        return Ok(verdict);
                    }
                    _ => attempt.retry += 1,
                },
                Replayed::GaveUp => {
                    return Ok(Verdict::Failed {
                        reason: CutReason::ServerError,
                        detail: "the interrupted run gave up on it".to_owned(),
                    });
                }
                Replayed::Nothing => break,
            }
        }
        loop {
            waited += self.wait_for_turn(waited).await;
            let asked_at = self.clock.now();
            if asked_at >= self.run_ends_at {
                return Ok(self.out_of_time());
            }
            let answer = self.client.send(request).await?;
            let at = self.clock.now();
            let exchange = self.journal.keep(request, attempt, asked_at, at, answer)?;
            attempt.retry += 1;
            self.statuses.insert(exchange.status);
            self.note_pace(&exchange);
            let (reason, detail, pause) = match judge(&exchange, &accept) {
                Judgement::Final(verdict) => {
                    if let Verdict::Refused { detail, .. } = &verdict {
                        self.last_failure.clone_from(detail);
                    }
                    return Ok(verdict);
                }
                Judgement::RateLimited(detail) => {
                    rate_limited += 1;
                    if rate_limited > self.limits.rate_limit_count_max {
                        let detail = format!("{detail}, {rate_limited} times");
                        return Ok(self.give_up(CutReason::RateLimit, detail));
                    }
                    let told = told_pause(&exchange).unwrap_or_default();
                    let pause = self.backoff(rate_limited).max(told);
                    self.hold(told);
                    (CutReason::RateLimit, detail, pause)
                }
                Judgement::Transient(reason, detail) => {
                    failures += 1;
                    if failures > self.limits.retry_count_max {
                        let retries = self.limits.retry_count_max;
                        let detail = format!("kept failing after {retries} retries: {detail}");
                        self.connection_lost = exchange.is_unreached();
                        return Ok(self.give_up(reason, detail));
                    }
                    let told = told_pause(&exchange).unwrap_or_default();
                    let pause = self.backoff(failures).max(told);
                    (reason, detail, pause)
                }
            };
            waited = waited.saturating_add(pause);
            if waited > self.limits.wait_max {
                let seconds = self.limits.wait_max.as_secs();
                let detail = format!(
                    "{detail}; it would take longer than the {seconds} s that one request may wait"
                );
                return Ok(self.give_up(reason, detail));
            }
            if until_from(self.clock.now(), self.run_ends_at) < pause {
                return Ok(self.out_of_time());
            }
            self.last_failure.clone_from(&detail);
            self.pause(pause, &detail).await;
        }
    }

    /// What an interrupted run left of this try of a request.
    ///
    /// # Errors
    /// The journal does not read, or its next request is another one.
    fn replayed(
        &mut self,
        request: &ApiRequest,
        attempt: Attempt,
    ) -> Result<Replayed, CollectError> {
        loop {
            let Some(next) = self.replay.peek()? else {
                return Ok(Replayed::Nothing);
            };
            let is_it = next.method == request.verb
                && next.path == request.path
                && next.query == request.query
                && next.asked == request.body
                && next.purpose == attempt.purpose
                && next.reading == attempt.reading;
            let purposes = (next.purpose, attempt.purpose);
            match (self.replay.next.take(), purposes) {
                (Some(next), _) if is_it => return Ok(Replayed::Answer(next)),
                // Behind a page that was given up a count was asked for. Now it is asked for again behind
                // the last page.
                (_, (Purpose::Count, Purpose::Page)) => {}
                // A count may stay unanswered: the pages follow all the same.
                (next, (Purpose::Page, Purpose::Count)) if attempt.retry > 0 => {
                    self.replay.next = next;
                    return Ok(Replayed::GaveUp);
                }
                _ => return Err(CollectError::OtherRequests { name: self.name }),
            }
        }
    }

    fn give_up<T>(&mut self, reason: CutReason, detail: String) -> Verdict<T> {
        self.last_failure.clone_from(&detail);
        Verdict::Failed { reason, detail }
    }

    fn out_of_time<T>(&mut self) -> Verdict<T> {
        let seconds = self.limits.run_max.as_secs();
        self.give_up(
            CutReason::Deadline,
            format!("the run's {seconds} s were over (run_max)"),
        )
    }

    /// Waits until the key and the endpoint have a request left, and says how long that took.
    async fn wait_for_turn(&mut self, waited: Duration) -> Duration {
        let now = self.clock.now();
        let closed = self.pace.closed_until(self.endpoint());
        let closed = closed.filter(|until| Some(*until) > self.waited_until);
        self.waited_until = self.waited_until.max(closed);
        let turn = self
            .rate
            .map(|(path, rate)| self.pace.turn(path, rate, closed.unwrap_or(now).max(now)));
        let until = closed.max(turn).unwrap_or(now);
        let pause = until_from(now, until).min(self.limits.wait_max.saturating_sub(waited));
        self.pause(pause, "rate limit").await;
        pause
    }

    async fn pause(&self, pause: Duration, reason: &str) {
        if pause.is_zero() {
            return;
        }
        let until = self.clock.now().checked_add(pause);
        self.progress.tell(Event::Waiting {
            name: self.name,
            until: until.unwrap_or(Timestamp::MAX),
            reason,
        });
        self.clock.wait(pause).await;
    }

    /// The API told that no request is left in this period: the next one, of any walk with the same limit,
    /// waits for the period's end.
    fn note_pace(&mut self, exchange: &Exchange) {
        if exchange.header("x-ratelimit-remaining").map(str::trim) == Some("0") {
            self.pace_until(reset_pause(exchange));
        }
    }

    /// The API refused because of its limit: the other walks wait as long, this one does in any case.
    fn hold(&mut self, told: Duration) {
        if !told.is_zero() {
            self.pace_until(Some(told));
            let closed = self.pace.closed_until(self.endpoint());
            self.waited_until = self.waited_until.max(closed);
        }
    }

    fn pace_until(&self, pause: Option<Duration>) {
        if let Some(until) = pause.and_then(|pause| self.clock.now().checked_add(pause).ok()) {
            self.pace.close(self.endpoint(), until);
        }
    }

    /// The endpoint, where it has a limit of its own.
    fn endpoint(&self) -> Option<&'static str> {
        self.rate.map(|(path, _)| path)
    }

    /// Never less than this is waited, even where the API names a pause: its times are whole seconds,
    /// so a pause may come out as none while the limit still holds.
    ///
    /// Full jitter: anything up to the doubled pause, so that clients that failed together do not come
    /// back together.
    fn backoff(&mut self, attempt: u32) -> Duration {
        let doubled = self
            .limits
            .backoff_first
            .saturating_mul(1 << attempt.saturating_sub(1).min(16));
        self.jitter.up_to(doubled.min(self.limits.backoff_max))
    }
}

/// What one answer means for the loop.
pub(super) enum Judgement<T> {
    Final(Verdict<T>),
    RateLimited(String),
    Transient(CutReason, String),
}

pub(super) fn judge<T>(
    exchange: &Exchange,
    accept: impl Fn(&Exchange) -> Result<T, String>,
) -> Judgement<T> {
    if let Some(failure) = &exchange.failure {
        let detail = neutral(&failure.detail).into_owned();
        let last = |reason| {
            Judgement::Final(Verdict::Failed {
                reason,
                detail: detail.clone(),
            })
        };
        return match failure.kind {
            FailureKind::BodyTooLong => last(CutReason::Limit),
            FailureKind::HoldsKey => last(CutReason::BrokenAnswer),
            FailureKind::NotConnected | FailureKind::TimedOut | FailureKind::BodyCut => {
                Judgement::Transient(CutReason::ServerError, detail)
            }
        };
    }
    let status = exchange.status.unwrap_or_default();
    match status {
        200..300 => match accept(exchange) {
            Ok(value) => Judgement::Final(Verdict::Accepted(value)),
            Err(problem) => {
                Judgement::Transient(CutReason::BrokenAnswer, neutral(&problem).into_owned())
            }
        },
        300..400 => Judgement::Final(Verdict::Failed {
            reason: CutReason::ForeignHost,
            detail: format!(
                "{}: the API redirects to {}, which is not followed",
                status_text(status),
                neutral(exchange.header("location").unwrap_or("nowhere"))
            ),
        }),
        429 => Judgement::RateLimited(said(exchange, status)),
        408 | 500..600 => Judgement::Transient(CutReason::ServerError, said(exchange, status)),
        400..500 => Judgement::Final(Verdict::Refused {
            status,
            detail: said(exchange, status),
        }),
        _ => Judgement::Transient(CutReason::BrokenAnswer, status_text(status)),
    }
}

/// `403 Forbidden: User has no permission to access resource.`, with what the API itself said.
fn said(exchange: &Exchange, status: u16) -> String {
    let value = exchange
        .body
        .as_deref()
        .and_then(|body| serde_json::from_str::<Value>(body).ok())
        .unwrap_or(Value::Null);
    let error = &value["errors"][0];
    let said = [
        &value["message"],
        &error["detail"],
        &error["title"],
        &error["code"],
        &value["detail"],
        &value["key"],
    ]
    .into_iter()
    .find_map(Value::as_str)
    .unwrap_or_default();
    let shown: String = neutral(said).chars().take(SAID_CHARS_MAX).collect();
    let status = status_text(status);
    if shown.is_empty() || status.ends_with(&shown) {
        status
    } else {
        format!("{status}: {shown}")
    }
}

fn status_text(status: u16) -> String {
    match reqwest::StatusCode::from_u16(status)
        .ok()
        .and_then(|code| code.canonical_reason())
    {
        Some(reason) => format!("{status} {reason}"),
        None => status.to_string(),
    }
}

/// The pause that the answer asks for, if it does.
pub(super) fn told_pause(exchange: &Exchange) -> Option<Duration> {
    retry_after(exchange).or_else(|| reset_pause(exchange))
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(exchange: &Exchange) -> Option<Duration> {
    let text = exchange.header("retry-after")?.trim();
    match text.parse::<u64>() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(until_from(server_now(exchange), http_date(text)?)),
    }
}

/// `X-RateLimit-Reset`: the time at which the next period begins.
fn reset_pause(exchange: &Exchange) -> Option<Duration> {
    let text = exchange.header("x-ratelimit-reset")?.trim();
    let reset = text.parse::<Timestamp>().ok()?;
    Some(until_from(server_now(exchange), reset))
}

/// The server's own time, which its limits go by; ours where it does not tell.
fn server_now(exchange: &Exchange) -> Timestamp {
    exchange
        .header("date")
        .and_then(http_date)
        .unwrap_or(exchange.at)
}

/// A date as HTTP writes it.
pub(crate) fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()
}

/// From `now` to `then`; nothing if that is past.
fn until_from(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(now.duration_until(then)).unwrap_or(Duration::ZERO)
}

/// A stream of numbers that look random and are the same for the same seed (SplitMix64).
#[derive(Debug)]
struct Jitter(u64);

impl Jitter {
    /// Each collector gets its own stream, so that its pauses do not depend on what others do.
    fn new(seed: u64, name: &str) -> Jitter {
        let mixed = name.bytes().fold(seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Jitter(mixed)
    }

    fn up_to(&mut self, most: Duration) -> Duration {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        let millis = u64::try_from(most.as_millis()).unwrap_or(u64::MAX - 1);
        Duration::from_millis(bits % (millis + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::client::Verb;
    use std::collections::BTreeMap;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Exchange {
        Exchange {
            n: 0,
            purpose: Purpose::Page,
            retry: 0,
            reading: 0,
            method: Verb::Get,
            path: "/".to_owned(),
            query: Vec::new(),
            asked: None,
            asked_at: Timestamp::UNIX_EPOCH,
            at: "2026-11-20T06:00:00Z".parse().expect("a time"),
            status: Some(status),
            failure: None,
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect::<BTreeMap<_, _>>(),
            sha256: String::new(),
            body: Some(body.to_owned()),
            body_base64: None,
        }
    }

    #[test]
    fn the_pause_is_what_the_headers_say_by_the_servers_clock() {
        let date = ("date", "Fri, 20 Nov 2026 05:00:00 GMT");
        for (headers, seconds) in [
            (vec![("retry-after", "7")], Some(7)),
            (
                vec![("retry-after", "Fri, 20 Nov 2026 06:00:05 GMT")],
                Some(5),
            ),
            (
                vec![date, ("retry-after", "Fri, 20 Nov 2026 05:00:09 GMT")],
                Some(9),
            ),
            (
                vec![("x-ratelimit-reset", "2026-11-20T06:01:00Z")],
                Some(60),
            ),
            (
                vec![date, ("x-ratelimit-reset", "2026-11-20T05:00:30Z")],
                Some(30),
            ),
            (vec![("x-ratelimit-reset", "2026-11-20T05:59:00Z")], Some(0)),
            (
                vec![("x-ratelimit-reset", "soon"), ("retry-after", "later")],
                None,
            ),
            // No pause of the past, and none that no number can hold.
            (vec![("retry-after", "-5")], None),
            (vec![("retry-after", "99999999999999999999999999")], None),
            (vec![], None),
        ] {
            let pause = told_pause(&answer(429, &headers, ""));
            assert_eq!(pause, seconds.map(Duration::from_secs), "{headers:?}");
        }
    }

    #[test]
    fn pauses_are_the_same_for_the_same_seed_and_stay_below_their_cap() {
        let draw = |seed, name| {
            let mut jitter = Jitter::new(seed, name);
            (0..50)
                .map(|_| jitter.up_to(Duration::from_secs(2)))
                .collect::<Vec<_>>()
        };
        assert_eq!(draw(1, "accounts"), draw(1, "accounts"));
        assert_ne!(draw(1, "accounts"), draw(1, "groups"));
        assert_ne!(draw(1, "accounts"), draw(2, "accounts"));
        assert!(
            draw(3, "x")
                .iter()
                .all(|pause| *pause <= Duration::from_secs(2))
        );
        assert_eq!(
            Jitter::new(1, "x").up_to(Duration::MAX.min(Duration::ZERO)),
            Duration::ZERO
        );
    }

    #[test]
    fn a_refusal_repeats_what_the_api_said_shortened_and_without_control_characters() {
        for (status, body, text) in [
            (
                401,
                r#"{"code":401,"message":"Unauthorized"}"#,
                "401 Unauthorized",
            ),
            (
                403,
                r#"{"message":"No\u001b[31m way"}"#,
                "403 Forbidden: No\\u{1b}[31m way",
            ),
            (
                404,
                r#"{"errors":[{"status":"404","title":"t","detail":"The organization could not be found."}]}"#,
                "404 Not Found: The organization could not be found.",
            ),
            (
                403,
                r#"{"key":"forbidden.action"}"#,
                "403 Forbidden: forbidden.action",
            ),
            (500, "<html>", "500 Internal Server Error"),
        ] {
            assert_eq!(said(&answer(status, &[], body), status), text);
        }
        let long = format!(r#"{{"message":"{}"}}"#, "x".repeat(5000));
        assert!(said(&answer(403, &[], &long), 403).len() < 300);
    }
}

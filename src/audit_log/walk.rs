//! One walk over the log: from the period's first moment to the log's end, and the proof that nothing between
//! is missing.
//!
//! | what is asked | what it shows |
//! | --- | --- |
//! | the newest event before the period | the log was kept when the period began |
//! | events from then on, ascending, then cursor after cursor, never with an upper bound | the events |
//! | the newest event of all that were there when the walk began | the walk came to the log's end |
//!
//! A page without a next one, empty pages that lead to themselves or to more of their kind, and a page of which
//! everything is younger than the walk all end it: several ways of ending are told of the API, and the last
//! request settles whether it was the end. What the API leaves out between two events, no request can show. A cursor that the API refuses is replaced by a time a little before the newest event; that event
//! has to come again, or the seam is not shown to be closed.
//!
//! Source: Atlassian Cloud admin REST API, "Events", read 2026-11. What is not documented (the life of a cursor,
//! the error for a dead one, whether bounds are inclusive) is not relied on.

use super::period::{AskedPeriod, Edge};
use crate::progress::counted;
use crate::snapshot::{Completeness, CutReason, Period};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Events on a page: as many as the API gives.
pub const PAGE_EVENTS: u32 = 500;

/// How much is read again where a walk cannot go on by cursor, and how much before the period's begin.
pub const OVERLAP: SignedDuration = SignedDuration::from_mins(10);

/// Cursors of its own that the API may refuse in one walk.
pub const FALLBACK_COUNT_MAX: u32 = 3;

/// Pages without anything new, one after another, that each name a next one.
pub const IDLE_PAGE_COUNT_MAX: u64 = 5;

/// What a walk wants to know next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The newest event that was processed until then.
    NewestUntil(Timestamp),
    /// Events that were processed from then on, the oldest first.
    Since(Timestamp),
    /// The events behind a cursor.
    Behind(String),
}

impl Ask {
    /// Its query: names and values. A cursor stands alone, since it holds the order and the limit.
    pub fn query(&self) -> Vec<(String, String)> {
        let milliseconds = |at: &Timestamp| at.as_millisecond().to_string();
        let limit = PAGE_EVENTS.to_string();
        let pairs = match self {
            Ask::NewestUntil(to) => vec![
                ("to", milliseconds(to)),
                ("sortOrder", "desc".to_owned()),
                ("limit", "1".to_owned()),
            ],
            Ask::Since(from) => vec![
                ("from", milliseconds(from)),
                ("sortOrder", "asc".to_owned()),
                ("limit", limit),
            ],
            Ask::Behind(cursor) => vec![("cursor", cursor.clone())],
        };
        pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A page that reads.
    Page(EventPage),
    /// The API will not answer this.
    Refused {
        /// HTTP status.
        status: u16,
        /// What it said.
        detail: String,
    },
    /// No usable answer came, however often it was asked.
    Failed {
        /// Why.
        reason: CutReason,
        /// The same for a reader.
        detail: String,
    },
}

/// A page of the log, as far as a walk looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPage {
    /// Its events, in their order.
    pub events: Vec<Stamp>,
    /// Cursor of the next page, if it names one.
    pub next: Option<String>,
    /// When it was asked for: by our clock or the server's, whichever is behind, so that no part of a period
    /// is called settled that lies in the server's future.
    pub at: Timestamp,
}

/// Which event, and when it was processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    /// When it was processed; when it happened, where the API does not say more; `None` if neither reads.
    pub at: Option<Timestamp>,
    /// The same number for the same id, in every run.
    key: u64,
}

impl Stamp {
    /// The event called `id`.
    pub fn new(id: &str, at: Option<Timestamp>) -> Stamp {
        Stamp {
            at,
            key: number(id),
        }
    }
}

/// Keys that are always the same: the same answers lead to the same requests.
fn number(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// How far a walk has come: from here it can go on without its cursor.
#[derive(Clone, Debug, Default)]
struct Checkpoint {
    /// The event that was processed last.
    newest: Option<Stamp>,
    /// The last of those that were processed before the walk began.
    settled: Option<Timestamp>,
    /// What came since [`OVERLAP`] before that one.
    recent: BTreeSet<Stamp>,
}

impl Checkpoint {
    /// Takes note of an event, and says whether it is a new one. The walk began at `until`.
    fn note(&mut self, event: Stamp, until: Timestamp) -> bool {
        let is_new = self.recent.insert(event);
        self.newest = self
            .newest
            .max(Some(event).filter(|event| event.at.is_some()));
        if event.at > self.settled && event.at <= Some(until) {
            self.settled = event.at;
            let kept_from = event.at.and_then(|at| at.checked_sub(OVERLAP).ok());
            self.recent = self.recent.split_off(&Stamp {
                at: kept_from,
                key: 0,
            });
        }
        is_new
    }
}

/// Which request is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    /// The newest event before the period.
    Before,
    /// A page from a time on.
    Since(Timestamp),
    /// A page behind a cursor.
    Behind(String),
    /// The newest event that was there when the walk began.
    Newest,
    /// None any more.
    Done(Completeness),
}

/// The event at which a walk was broken off, and has to be taken up again.
#[derive(Clone, Copy, Debug)]
struct Seam(Stamp);

/// A walk over the log. See the module.
#[derive(Debug)]
pub struct Walk {
    asked: AskedPeriod,
    from: Edge,
    page_count_max: u64,
    phase: Phase,
    /// When the first page was asked for: what was processed later is left to the next walk.
    began_at: Option<Timestamp>,
    reaches_back: bool,
    checkpoint: Checkpoint,
    seam: Option<Seam>,
    /// Cursors that were sent.
    sent: HashSet<u64>,
    pages: u64,
    events: u64,
    idle_pages: u64,
    fallbacks: u32,
}

/// How a walk came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walked {
    /// Whether every event of the period that the log tells of was received.
    pub completeness: Completeness,
    /// The period, if the log was read at all.
    pub period: Option<Period>,
}

impl Walk {
    /// A walk over `asked`, for a run that began at `started_at`. `page_count_max`: pages.
    pub fn new(asked: &AskedPeriod, started_at: Timestamp, page_count_max: u64) -> Walk {
        Walk {
            asked: asked.clone(),
            from: asked.from(started_at),
            page_count_max,
            phase: Phase::Before,
            began_at: None,
            reaches_back: false,
            checkpoint: Checkpoint::default(),
            seam: None,
            sent: HashSet::new(),
            pages: 0,
            events: 0,
            idle_pages: 0,
            fallbacks: 0,
        }
    }

    /// What to ask next; `None` if the walk has ended.
    pub fn ask(&self) -> Option<Ask> {
        match &self.phase {
            Phase::Before => Some(Ask::NewestUntil(self.from.at)),
            Phase::Since(from) => Some(Ask::Since(*from)),
            Phase::Behind(cursor) => Some(Ask::Behind(cursor.clone())),
            Phase::Newest => Some(Ask::NewestUntil(self.until())),
            Phase::Done(_) => None,
        }
    }

    /// Pages so far.
    pub fn pages(&self) -> u64 {
        self.pages
    }

    /// Different events so far, as far as they were near enough to be compared.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Why the page that is asked for next does not follow by cursor, where it should.
    pub fn broken_off(&self) -> Option<String> {
        match self.phase {
            Phase::Since(from) if self.fallbacks > 0 => Some(format!(
                "the API no longer knew its own cursor; going on from {from}"
            )),
            _ => None,
        }
    }

    /// Takes the answer to what was asked.
    pub fn take(&mut self, answer: Answer) {
        self.phase = match (self.phase.clone(), answer) {
            (phase @ Phase::Done(_), _) => phase,
            (Phase::Before, answer) => self.take_before(answer),
            (Phase::Newest, answer) => Phase::Done(self.take_newest(answer)),
            (Phase::Since(_), Answer::Page(page)) => self.take_page(None, page),
            (Phase::Behind(cursor), Answer::Page(page)) => self.take_page(Some(&cursor), page),
            (phase, Answer::Refused { status, detail }) => self.go_round(&phase, status, &detail),
            (_, Answer::Failed { reason, detail }) => {
                cut(reason, format!("page {}: {detail}", self.pages + 1))
            }
        };
    }

    /// The walk came out so.
    pub fn finish(self) -> Walked {
        let period = self.began_at.map(|began_at| {
            let to = self.asked.to(began_at);
            Period {
                from: self.from.at,
                to: to.at,
                from_because: self.from.because.clone(),
                to_because: to.because,
            }
        });
        let completeness = match &self.phase {
            Phase::Done(Completeness::Whole) => self.coverage(period.as_ref()),
            Phase::Done(completeness) => completeness.clone(),
            _ => Completeness::Cut {
                reason: CutReason::Interrupted,
                detail: "the walk was not finished".to_owned(),
            },
        };
        Walked {
            completeness,
            period,
        }
    }

    /// A log that was read to its end may still not hold the period.
    fn coverage(&self, period: Option<&Period>) -> Completeness {
        let detail = if !self.reaches_back {
            format!(
                "the log holds no event from before {}, so nothing shows that it was kept from then on; events are kept for 180 days, and only while the plan includes them",
                self.from.at
            )
        } else if period.is_some_and(|period| period.to <= period.from) {
            format!(
                "nothing that happened since {} has settled yet",
                self.from.at
            )
        } else {
            return Completeness::Whole;
        };
        Completeness::Cut {
            reason: CutReason::NotCovered,
            detail,
        }
    }

    /// When the walk began; what was processed later does not belong to it.
    fn until(&self) -> Timestamp {
        self.began_at.unwrap_or(Timestamp::MAX)
    }

    fn first_page(&self) -> Timestamp {
        self.from.at.checked_sub(OVERLAP).unwrap_or(self.from.at)
    }

    fn take_before(&mut self, answer: Answer) -> Phase {
        match answer {
            Answer::Page(page) => {
                self.began_at = Some(page.at);
                self.reaches_back = !page.events.is_empty();
                Phase::Since(self.first_page())
            }
            Answer::Refused {
                status: status @ 401..=403,
                detail,
            } => Phase::Done(Completeness::Denied { status, detail }),
            Answer::Refused { detail, .. } => Phase::Done(Completeness::Unavailable { detail }),
            Answer::Failed { reason, detail } => cut(
                reason,
                format!("the newest event before the period: {detail}"),
            ),
        }
    }

    fn take_page(&mut self, sent: Option<&str>, page: EventPage) -> Phase {
        let until = self.until();
        self.pages += 1;
        if let Some(cursor) = sent {
            self.sent.insert(number(cursor));
        }
        let new = page
            .events
            .iter()
            .filter(|event| self.checkpoint.note(**event, until))
            .count();
        self.events += new as u64;
        if let Some(Seam(last)) = self.seam {
            let is_past = page.events.iter().any(|event| event.at > last.at);
            if page.events.contains(&last) {
                self.seam = None;
            } else if is_past {
                return self.open_seam(last);
            }
        }
        // While known events are read again, that a page brings nothing new is to be expected.
        let is_idle = new == 0 && self.seam.is_none();
        self.idle_pages = if is_idle { self.idle_pages + 1 } else { 0 };
        let is_younger = |event: &Stamp| event.at.is_some_and(|at| at > until);
        if !page.events.is_empty() && page.events.iter().all(is_younger) {
            return self.end();
        }
        let Some(next) = page.next else {
            return self.end();
        };
        let is_itself = sent == Some(next.as_str());
        if is_itself && (page.events.is_empty() || new > 0) {
            return self.end();
        }
        if is_itself || self.sent.contains(&number(&next)) {
            return cut(
                CutReason::RepeatedCursor,
                format!(
                    "page {} names a next page that was fetched already, after {}",
                    self.pages,
                    counted(self.events, "event")
                ),
            );
        }
        if self.idle_pages >= IDLE_PAGE_COUNT_MAX {
            // A log that is polled at its end may name a new cursor each time.
            if page.events.is_empty() {
                return self.end();
            }
            return cut(
                CutReason::Limit,
                format!(
                    "stopped after {} without a new event in a row (IDLE_PAGE_COUNT_MAX), and {}; there may be more",
                    counted(self.idle_pages, "page"),
                    counted(self.events, "event")
                ),
            );
        }
        if self.pages >= self.page_count_max {
            return cut(
                CutReason::Limit,
                format!(
                    "stopped after {} and {} (PAGE_COUNT_MAX); there are more",
                    counted(self.pages, "page"),
                    counted(self.events, "event")
                ),
            );
        }
        Phase::Behind(next)
    }

    /// The pages are at their end, by their own word: the log's newest event has to agree.
    fn end(&self) -> Phase {
        match self.seam {
            Some(Seam(last)) => self.open_seam(last),
            None => Phase::Newest,
        }
    }

    fn open_seam(&self, last: Stamp) -> Phase {
        let at = last.at.map_or("unknown".to_owned(), |at| at.to_string());
        cut(
            CutReason::NotCovered,
            format!(
                "page {}: read again behind a cursor that the API refused, and the newest event before it, processed {at}, did not come again",
                self.pages
            ),
        )
    }

    /// The API refused a page. Where it refused a cursor of its own, the walk goes round it, by time.
    fn go_round(&mut self, phase: &Phase, status: u16, detail: &str) -> Phase {
        let is_about_cursor =
            matches!(phase, Phase::Behind(_)) && !matches!(status, 401..=403 | 408 | 429);
        if is_about_cursor && self.fallbacks < FALLBACK_COUNT_MAX {
            self.fallbacks += 1;
            self.sent.clear();
            self.idle_pages = 0;
            self.seam = self.checkpoint.newest.map(Seam);
            let newest = self.checkpoint.newest.and_then(|newest| newest.at);
            let from = newest.and_then(|at| at.checked_sub(OVERLAP).ok());
            return Phase::Since(from.unwrap_or(Timestamp::MIN).max(self.first_page()));
        }
        cut(
            CutReason::Interrupted,
            format!(
                "page {}: the API refused to go on: {detail}",
                self.pages + 1
            ),
        )
    }

    fn take_newest(&self, answer: Answer) -> Completeness {
        let cut = |reason, detail| Completeness::Cut { reason, detail };
        let unread = |detail: &str| format!("the newest event: {detail}");
        match answer {
            Answer::Page(page) => match page.events.first() {
                Some(newest) if self.checkpoint.recent.contains(newest) => Completeness::Whole,
                // It was processed before what was walked over, and so nothing was since.
                Some(newest)
                    if self.checkpoint.settled.is_none()
                        && newest.at.is_some_and(|at| at < self.first_page()) =>
                {
                    Completeness::Whole
                }
                Some(newest) => cut(
                    CutReason::CountMismatch,
                    format!(
                        "the newest event that the API tells of, processed {}, was not among the {} that it listed",
                        newest.at.map_or("unknown".to_owned(), |at| at.to_string()),
                        counted(self.events, "event"),
                    ),
                ),
                None if self.events == 0 && !self.reaches_back => Completeness::Whole,
                None => cut(
                    CutReason::CountMismatch,
                    "the API tells of no newest event, but listed some".to_owned(),
                ),
            },
            Answer::Refused { detail, .. } => cut(CutReason::Interrupted, unread(&detail)),
            Answer::Failed { reason, detail } => cut(reason, unread(&detail)),
        }
    }
}

fn cut(reason: CutReason, detail: String) -> Phase {
    Phase::Done(Completeness::Cut { reason, detail })
}

#[cfg(test)]
mod tests;

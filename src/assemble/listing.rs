//! One journal, read back as the records that its pages brought, in order of id, each once.
//!
//! Records stay text until they are written: what is held is one compact line for each. The lines are
//! sorted in memory; whoever uses them only walks them in order, so that sorted runs on disk can take
//! their place.

use crate::collect::{
    Collector, Count, Exchange, Line, Purpose, RECORD_BYTES_MAX, http_date, read_count,
    read_journal, read_page, record_id,
};
use crate::progress::counted;
use crate::snapshot::{
    Completeness, CutReason, JournalStatement, ResponseNote, SnapshotError, SourceStatement,
    journal_path, sha256_file,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Record texts of one source, ascending by id, each id once.
#[derive(Debug)]
pub(super) struct Listing {
    pub collector: &'static Collector,
    pub records: Vec<Received>,
    pub statement: SourceStatement,
    /// Every answer, in order of its number.
    pub responses: Vec<ResponseNote>,
    /// Number of the last page.
    pub last_page: u64,
    pub journal: JournalStatement,
    /// Server's clock minus ours in milliseconds, where it was furthest off.
    pub clock_skew_ms: Option<i64>,
}

/// One record as received.
#[derive(Debug)]
pub(super) struct Received {
    pub id: Box<str>,
    /// Number of the response that brought it.
    pub n: u64,
    pub text: Box<str>,
}

impl Received {
    /// The record as a tree.
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.text).expect("it was read once when its page was taken")
    }
}

impl Listing {
    /// Reads the journal of `collector` below `dir`.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub fn read(dir: &Path, collector: &'static Collector) -> Result<Listing, SnapshotError> {
        let path = journal_path(dir, collector.name);
        let mut reading = Reading::default();
        for line in read_journal(&path)? {
            match line? {
                Line::End(end) => reading.end = Some(end.end),
                Line::Exchange(exchange) => reading.take(collector, &exchange),
            }
        }
        let responses = reading.responses.len() as u64;
        let mut listing = reading.finish(collector);
        listing.journal = JournalStatement {
            responses,
            sha256: sha256_file(&path)?,
        };
        Ok(listing)
    }

    pub fn is_whole(&self) -> bool {
        self.statement.completeness.is_whole()
    }
}

/// A journal, half read.
#[derive(Default)]
struct Reading {
    /// Which reading of the listing this is: only the last one becomes records.
    number: u32,
    records: Vec<Received>,
    responses: Vec<ResponseNote>,
    retries: u64,
    received: u64,
    last_page: u64,
    page_total: Option<u64>,
    count: Option<u64>,
    first_at: Option<jiff::Timestamp>,
    last_at: Option<jiff::Timestamp>,
    skew: Option<i64>,
    problems: Problems,
    end: Option<Completeness>,
}

/// What is wrong with single records.
#[derive(Default)]
struct Problems {
    without_id: u64,
    too_long: u64,
    unreadable: u64,
    contradictory: u64,
}

impl Reading {
    fn take(&mut self, collector: &Collector, exchange: &Exchange) {
        self.responses.push(ResponseNote {
            at: exchange.at,
            sha256: exchange.sha256.clone(),
        });
        self.retries += u64::from(exchange.retry > 0);
        if exchange.status.is_some() {
            self.first_at.get_or_insert(exchange.at);
            self.last_at = Some(exchange.at);
        }
        self.note_clock(exchange);
        if exchange.reading > self.number {
            self.number = exchange.reading;
            self.records.clear();
            self.received = 0;
            self.page_total = None;
            self.count = None;
            self.problems = Problems::default();
        }
        match exchange.purpose {
            Purpose::Count => self.count = read_count(exchange).ok().or(self.count),
            Purpose::Page => {
                let Ok(page) = read_page(collector.paging, exchange) else {
                    return;
                };
                self.last_page = exchange.n;
                self.page_total = page.total.or(self.page_total);
                for record in page.records {
                    self.received += 1;
                    self.take_record(collector, exchange.n, record.get());
                }
            }
        }
    }

    fn take_record(&mut self, collector: &Collector, n: u64, text: &str) {
        if text.len() > RECORD_BYTES_MAX {
            self.problems.too_long += 1;
            return;
        }
        // Read whole here, so that a text which nests too deep is found before it is relied on.
        if serde_json::from_str::<Value>(text).is_err() {
            self.problems.unreadable += 1;
            return;
        }
        match record_id(text, collector.id) {
            Some(id) => self.records.push(Received {
                id: id.into_boxed_str(),
                n,
                text: text.into(),
            }),
            None => self.problems.without_id += 1,
        }
    }

    fn note_clock(&mut self, exchange: &Exchange) {
        let Some(date) = exchange.header("date").and_then(http_date) else {
            return;
        };
        let skew = date.as_millisecond() - exchange.at.as_millisecond();
        if self.skew.is_none_or(|furthest| furthest.abs() < skew.abs()) {
            self.skew = Some(skew);
        }
    }

    fn finish(mut self, collector: &'static Collector) -> Listing {
        self.records.sort_by(|a, b| a.id.cmp(&b.id));
        let contradictory = &mut self.problems.contradictory;
        // The sort is stable, so the later of two that share an id comes second; it is kept.
        self.records.dedup_by(|later, earlier| {
            let same = later.id == earlier.id;
            if same {
                *contradictory += u64::from(!says_the_same(later, earlier));
                std::mem::swap(later, earlier);
            }
            same
        });
        let api_count = match collector.count {
            Count::None => None,
            Count::PageTotal => self.page_total,
            Count::Request(_) => self.count,
        };
        let end = self.end.unwrap_or_else(|| Completeness::Cut {
            reason: CutReason::Interrupted,
            detail: "the run ended in the middle of this listing".to_owned(),
        });
        let completeness = if end.is_whole() {
            self.problems
                .completeness(self.records.len() as u64, api_count)
        } else {
            end
        };
        Listing {
            collector,
            statement: SourceStatement {
                source: collector.source.to_owned(),
                completeness,
                requests: self.responses.len() as u64,
                retries: self.retries,
                records: self.received,
                api_count,
                first_response_at: self.first_at,
                last_response_at: self.last_at,
            },
            records: self.records,
            responses: self.responses,
            last_page: self.last_page,
            journal: JournalStatement {
                responses: 0,
                sha256: String::new(),
            },
            clock_skew_ms: self.skew,
        }
    }
}

impl Problems {
    /// How complete a listing is whose last page was reached.
    fn completeness(&self, records: u64, api_count: Option<u64>) -> Completeness {
        let broken = [
            (self.without_id, "came without an id"),
            (self.too_long, "longer than 16 MiB (RECORD_BYTES_MAX)"),
            (self.unreadable, "cannot be read"),
            (
                self.contradictory,
                "came twice with different contents: the organisation changed while it was read",
            ),
        ];
        let broken: Vec<String> = broken
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{}: {what}", counted(*count, "record")))
            .collect();
        if !broken.is_empty() {
            return Completeness::Cut {
                reason: CutReason::BrokenAnswer,
                detail: broken.join("; "),
            };
        }
        match api_count {
            Some(count) if count != records => Completeness::Cut {
                reason: CutReason::CountMismatch,
                detail: format!("the API counts {count}, it listed {records}"),
            },
            _ => Completeness::Whole,
        }
    }
}

/// Whether two records mean the same, however they are spaced and ordered.
fn says_the_same(a: &Received, b: &Received) -> bool {
    a.text == b.text || a.value() == b.value()
}

/// Listings by the name of their collector.
pub(super) type Listings = BTreeMap<&'static str, Listing>;

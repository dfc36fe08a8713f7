//! One journal, read back as the records that its pages brought, in order of id, each once.
//!
//! Records stay text until they are written. They are sorted on disk where they are many, and whoever uses
//! them walks them in order, so that memory does not grow with the organisation.

use super::sorted::{Sorted, SortedWriter, Sorter};
use crate::collect::{
    Collector, Count, Exchange, Line, Parts, Purpose, RECORD_BYTES_MAX, http_date, read_count,
    read_journal, read_page, read_stats, record_id,
};
use crate::progress::counted;
use crate::snapshot::{
    Completeness, CutReason, FallbackStatement, JournalStatement, Period, ResponseNote,
    SnapshotError, SourceStatement, journal_path, sha256_file,
};
use serde_json::Value;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::Path;

/// Record texts of one source, ascending by id, each id once.
#[derive(Debug)]
pub(super) struct Listing {
    pub collector: &'static Collector,
    /// Name of the source that answered: the collector's own, or the one that stands in for it.
    pub source: &'static str,
    records: Sorted,
    /// The API's own counts by kind, if it told any.
    pub stats: Option<Value>,
    pub statement: SourceStatement,
    /// Every answer, in order of its number.
    pub responses: Vec<ResponseNote>,
    /// Number of the last page.
    pub last_page: u64,
    /// `None` if nobody asked.
    pub journal: Option<JournalStatement>,
    /// Server's clock minus ours in milliseconds, where it was furthest off.
    pub clock_skew_ms: Option<i64>,
    /// The period that was walked over, where it is of one.
    pub period: Option<Period>,
}

/// One record as received.
#[derive(Debug)]
pub(super) struct Received {
    pub id: String,
    /// Number of the response that brought it.
    pub n: u64,
    text: String,
    /// Its text as a tree, once that was asked for.
    tree: OnceCell<Value>,
}

/// Stands between the part of a listing and the id of a record in it. No id of a part holds it.
const PART_MARK: char = '#';

impl Received {
    /// A record as it was sorted: the number of its response, and its text.
    pub fn of(id: String, line: &str) -> Received {
        let (n, text) = line.split_once(' ').expect("lines are written so below");
        Received {
            id,
            n: n.parse().expect("lines are written so below"),
            text: text.to_owned(),
            tree: OnceCell::new(),
        }
    }

    fn line(n: u64, text: &str) -> String {
        format!("{n} {text}")
    }

    /// The part of the listing that it came with, an account or a directory, and its id there.
    pub fn part_and_id(&self) -> (&str, &str) {
        self.id
            .split_once(PART_MARK)
            .expect("records of listings in parts are numbered so")
    }

    /// All of it as one line, to be sorted by something else than its id.
    pub fn into_line_with_id(self) -> String {
        format!("{} {}{} {}", self.id.len(), self.id, self.n, self.text)
    }

    /// What [`Received::into_line_with_id`] wrote.
    pub fn of_line_with_id(line: &str) -> Received {
        let written = "lines are written so above";
        let (length, rest) = line.split_once(' ').expect(written);
        let (id, line) = rest.split_at(length.parse().expect(written));
        Received::of(id.to_owned(), line)
    }

    /// The record as a tree.
    pub fn value(&self) -> &Value {
        let read = || serde_json::from_str(&self.text);
        self.tree
            .get_or_init(|| read().expect("it was read once when its page was taken"))
    }
}

impl Listing {
    /// Reads the journal of `collector` below `dir`. Where there is none, nobody asked: a run starts the
    /// journal of each listing that it asks for before its first request.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub fn read(
        dir: &Path,
        scratch: &Path,
        collector: &'static Collector,
    ) -> Result<Listing, SnapshotError> {
        let path = journal_path(dir, collector.name);
        let mut reading = Reading::new(scratch, collector);
        if !path.exists() {
            reading.end = Some(Completeness::NotRequested);
            return reading.finish(scratch, collector);
        }
        for line in read_journal(&path)? {
            match line? {
                Line::End(end) => {
                    reading.end = Some(end.end);
                    reading.period = end.period;
                }
                Line::Exchange(exchange) => reading.take(collector, &exchange)?,
            }
        }
        let responses = reading.responses.len() as u64;
        let mut listing = reading.finish(scratch, collector)?;
        listing.journal = Some(JournalStatement {
            responses,
            sha256: sha256_file(&path)?,
        });
        Ok(listing)
    }

    /// Its records, ascending by id.
    pub fn records(
        &self,
    ) -> Result<impl Iterator<Item = Result<Received, SnapshotError>>, SnapshotError> {
        let lines = self.records.read()?;
        Ok(lines.map(|line| line.map(|(id, line)| Received::of(id, &line))))
    }

    pub fn is_whole(&self) -> bool {
        self.statement.completeness.is_whole()
    }
}

/// A journal, half read.
struct Reading {
    /// Which reading of the listing this is: only the last one becomes records.
    number: u32,
    records: Sorter,
    responses: Vec<ResponseNote>,
    retries: u64,
    errors: u64,
    pages: u64,
    received: u64,
    last_page: u64,
    /// By part of the listing.
    page_totals: BTreeMap<String, u64>,
    count: Option<u64>,
    stats: Option<Value>,
    fell_back: bool,
    first_at: Option<jiff::Timestamp>,
    last_at: Option<jiff::Timestamp>,
    skew: Option<i64>,
    problems: Problems,
    end: Option<Completeness>,
    period: Option<Period>,
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
    fn new(scratch: &Path, collector: &Collector) -> Reading {
        Reading {
            number: 0,
            records: Sorter::new(scratch, collector.name),
            responses: Vec::new(),
            retries: 0,
            errors: 0,
            pages: 0,
            received: 0,
            last_page: 0,
            page_totals: BTreeMap::new(),
            count: None,
            stats: None,
            fell_back: false,
            first_at: None,
            last_at: None,
            skew: None,
            problems: Problems::default(),
            end: None,
            period: None,
        }
    }

    fn take(&mut self, collector: &Collector, exchange: &Exchange) -> Result<(), SnapshotError> {
        self.responses.push(ResponseNote {
            at: exchange.at,
            sha256: exchange.sha256.clone(),
        });
        self.retries += u64::from(exchange.retry > 0);
        self.errors += u64::from(!exchange.succeeded());
        if exchange.status.is_some() {
            self.first_at.get_or_insert(exchange.at);
            self.last_at = Some(exchange.at);
        }
        self.note_clock(exchange);
        if exchange.reading > self.number {
            self.number = exchange.reading;
            self.records.clear();
            self.received = 0;
            self.pages = 0;
            self.page_totals.clear();
            self.count = None;
            self.stats = None;
            self.problems = Problems::default();
        }
        match exchange.purpose {
            Purpose::Count => self.count = read_count(exchange).ok().or(self.count),
            Purpose::Stats => self.stats = read_stats(exchange).ok().or(self.stats.take()),
            Purpose::Edge => {}
            Purpose::Page => {
                let Ok(page) = read_page(collector, exchange) else {
                    return Ok(());
                };
                let is_older = is_fallback(collector, exchange);
                self.fell_back |= is_older;
                let untold = collector.fallback.filter(|_| is_older);
                let untold = untold.map_or(&[][..], |fallback| fallback.untold);
                self.last_page = exchange.n;
                self.pages += 1;
                let part = part_of(collector, exchange);
                if let Some(total) = page.total {
                    self.page_totals
                        .insert(part.unwrap_or_default().to_owned(), total);
                }
                for record in page.records {
                    self.received += 1;
                    let told = without(record.get(), untold);
                    self.take_record(collector, exchange.n, part, &told)?;
                }
            }
        }
        Ok(())
    }

    fn take_record(
        &mut self,
        collector: &Collector,
        n: u64,
        part: Option<&str>,
        text: &str,
    ) -> Result<(), SnapshotError> {
        if text.len() > RECORD_BYTES_MAX {
            self.problems.too_long += 1;
            return Ok(());
        }
        // Read whole here, so that a text which nests too deep is found before it is relied on.
        if serde_json::from_str::<Value>(text).is_err() {
            self.problems.unreadable += 1;
            return Ok(());
        }
        match record_id(text, collector.id) {
            Some(id) => {
                let id = match part {
                    Some(part) => format!("{part}{PART_MARK}{id}"),
                    None => id,
                };
                self.records.push(id, Received::line(n, text))
            }
            None => {
                self.problems.without_id += 1;
                Ok(())
            }
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

    fn finish(
        mut self,
        scratch: &Path,
        collector: &'static Collector,
    ) -> Result<Listing, SnapshotError> {
        let mut kept = SortedWriter::new(scratch, collector.name);
        let mut last: Option<(String, String)> = None;
        let problems = &mut self.problems;
        self.records.drain(|id, line| {
            match last.take() {
                // Of two that share an id the later one is kept.
                Some((earlier_id, earlier)) if earlier_id == id => {
                    let same = says_the_same(&earlier, &line);
                    problems.contradictory += u64::from(!same);
                }
                Some((id, line)) => kept.push(id, line)?,
                None => {}
            }
            last = Some((id, line));
            Ok(())
        })?;
        if let Some((id, line)) = last {
            kept.push(id, line)?;
        }
        let records = kept.finish()?;
        let api_count = match collector.count {
            Count::None => None,
            Count::PageTotal => self
                .page_totals
                .values()
                .copied()
                .reduce(|sum, more| sum + more),
            Count::Request { .. } => self.count,
        };
        let end = self.end.unwrap_or_else(|| Completeness::Cut {
            reason: CutReason::Interrupted,
            detail: "the run ended in the middle of this listing".to_owned(),
        });
        let completeness = if end.is_whole() {
            self.problems.completeness(records.count, api_count)
        } else {
            end
        };
        let fallback = collector.fallback.filter(|_| self.fell_back);
        let source = fallback.map_or(collector.source, |fallback| fallback.source);
        Ok(Listing {
            collector,
            source,
            stats: self.stats,
            statement: SourceStatement {
                source: source.to_owned(),
                fallback: fallback.map(|fallback| FallbackStatement {
                    instead_of: collector.source.to_owned(),
                    request: format!("GET {}", fallback.path),
                    reason: "the API answered 404 Not Found to the newer one".to_owned(),
                    deprecated_after: deprecated_after(collector, fallback.source),
                }),
                counts: Vec::new(),
                completeness,
                requests: self.responses.len() as u64,
                retries: self.retries,
                errors: self.errors,
                readings: match self.responses.is_empty() {
                    true => 0,
                    false => u64::from(self.number) + 1,
                },
                pages: self.pages,
                records: self.received,
                api_count,
                first_response_at: self.first_at,
                last_response_at: self.last_at,
                clock_skew_ms: self.skew,
            },
            records,
            responses: self.responses,
            last_page: self.last_page,
            journal: None,
            clock_skew_ms: self.skew,
            period: self.period,
        })
    }
}

/// The record `text` without these members. One that does not read, or holds none of them, stays as it is.
fn without<'t>(text: &'t str, names: &[&str]) -> Cow<'t, str> {
    if names.is_empty() {
        return Cow::Borrowed(text);
    }
    let Ok(Value::Object(mut members)) = serde_json::from_str(text) else {
        return Cow::Borrowed(text);
    };
    let before = members.len();
    members.retain(|name, _| !names.contains(&name.as_str()));
    match members.len() == before {
        true => Cow::Borrowed(text),
        false => Cow::Owned(Value::Object(members).to_string()),
    }
}

/// Whether `exchange` asked the older endpoint of the listing.
fn is_fallback(collector: &Collector, exchange: &Exchange) -> bool {
    collector.fallback.is_some_and(|fallback| {
        let end = fallback.path.rsplit("{org}").next().unwrap_or_default();
        exchange.path.ends_with(end)
    })
}

fn deprecated_after(collector: &Collector, source: &str) -> Option<String> {
    let dataset = super::dataset_named(collector.dataset);
    let known = dataset.sources.iter().find(|known| known.name == source)?;
    known.deprecated_after.map(str::to_owned)
}

/// The part of the listing that `exchange` asked for, as far as it stands in its path.
fn part_of<'e>(collector: &Collector, exchange: &'e Exchange) -> Option<&'e str> {
    let placeholder = match collector.parts {
        Parts::One | Parts::Batches(_) => return None,
        Parts::Directories => "{directory}",
        Parts::Accounts(_) => "{account}",
    };
    let place = collector
        .path
        .split('/')
        .position(|segment| segment == placeholder)?;
    exchange.path.split('/').nth(place)
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
fn says_the_same(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|line| Received::of(String::new(), line));
    one.text == other.text || one.value() == other.value()
}

/// Listings by the name of their collector.
pub(super) type Listings = BTreeMap<&'static str, Listing>;

//! What a run would send, and how long that takes: from the requests alone, and from the API's own counts
//! where they were asked for. Nothing is sent here.
//!
//! Three things are not known before a run and are told as what they are: how many records a page holds
//! where the vendor documents no size, how many records a listing has where the API has no count of it, and
//! how long an answer takes.

use super::probe::{Allowance, Examination, ProbeAnswer, page_size};
use super::{AccountsOf, BATCH_ACCOUNTS_MAX, Parts, WALKS_AT_ONCE_MAX, collector, requests};
use super::{COLLECTORS, Collector, Count, Paging, REREAD_COUNT_MAX, RequestPattern, Verb};
use crate::progress::counted;
use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Name of the shape of a forecast; the number is its version.
pub const FORECAST_FORMAT: &str = "tickmark-dry-run/1";
/// Records on a page where the vendor documents no size: the smallest and the largest that it documents
/// as a default or a limit of listings like these.
const PAGE_RECORDS_ASSUMED: (u64, u64) = (20, 100);
/// From request to whole answer where none was measured, and the least that is allowed for a full page.
const ANSWER_ASSUMED: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(1));
/// A full page takes up to this many times as long as a count.
const FULL_PAGE_FACTOR: u32 = 5;

/// What a run would send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Forecast {
    /// Name and version of this shape.
    pub format: String,
    /// Requests that were sent to make it: counts, and nothing else.
    pub sent: usize,
    /// What each collector would send, in their order.
    pub calls: Vec<Call>,
    /// Requests in all, a page for each listing of [`Self::open_ended`].
    pub requests: Span,
    /// Seconds from the first request to the last answer, a page for each listing of [`Self::open_ended`],
    /// without waits for a rate limit that is not documented.
    pub seconds: Span,
    /// Collectors whose listing no count bounds, ascending: each further page is one more request.
    pub open_ended: Vec<String>,
    /// What the numbers rest on, each a sentence.
    pub basis: Vec<String>,
}

/// One kind of request that a run sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Call {
    /// The dataset that it is for.
    pub dataset: String,
    /// Name of the collector.
    pub collector: String,
    /// `page`, `page after a 404` of an older endpoint, `count` and `counts by kind` for the API's own counts, or
    /// `edge` for the newest event of the audit log.
    pub purpose: String,
    /// Method.
    pub method: String,
    /// Path below the host, `{org}` for the organisation id.
    pub path: String,
    /// Records that a page is asked for; absent where the vendor documents no size.
    pub page_records: Option<u64>,
    /// The API's own count of the records, if it was asked for and told; for a second source of a dataset
    /// it is a bound.
    pub records: Option<u64>,
    /// How often it is sent.
    pub requests: Span,
    /// The same as a formula.
    pub formula: String,
    /// Requests a minute that are never exceeded, where the vendor documents a limit.
    pub a_minute: Option<usize>,
}

/// A number between two bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Span {
    /// At least.
    pub least: u64,
    /// At most; absent where nothing bounds it.
    pub most: Option<u64>,
}

impl Span {
    fn exactly(number: u64) -> Span {
        Span {
            least: number,
            most: Some(number),
        }
    }

    fn plus(self, other: Span) -> Span {
        Span {
            least: self.least + other.least,
            most: self.most.zip(other.most).map(|(one, two)| one + two),
        }
    }
}

/// What a run without these datasets would send, with keys to so many provisioning directories; `counted` is what
/// the API's own counts told.
pub fn forecast(
    without: &BTreeSet<String>,
    directories: usize,
    counted: Option<&Examination>,
) -> Forecast {
    let counts = counts(counted);
    let calls: Vec<Call> = requests()
        .into_iter()
        .filter_map(|pattern| {
            let collector = COLLECTORS
                .iter()
                .find(|one| one.name == pattern.collector)?;
            let is_wanted = !without.contains(collector.dataset);
            is_wanted.then(|| call(&pattern, collector, directories, &counts))
        })
        .collect();
    let answer = answer_time(counted);
    let open = calls.iter().filter(|call| call.requests.most.is_none());
    let open: BTreeSet<&str> = open.map(|call| call.collector.as_str()).collect();
    // Listings that the API counts are long ones: while their counts are not known, nothing bounds the whole.
    let is_counted = |name: &str| {
        let mut counts = calls.iter().filter(|call| call.purpose == "count");
        counts.any(|call| call.collector == name)
    };
    let is_bounded = !open.iter().any(|name| is_counted(name));
    let requests = calls.iter().map(|call| match call.requests.most {
        None if is_bounded => readings(1, Some(1)),
        _ => call.requests,
    });
    Forecast {
        format: FORECAST_FORMAT.to_owned(),
        sent: counted.map_or(0, |examination| examination.probes.len()),
        requests: requests.fold(Span::exactly(0), Span::plus),
        seconds: Span {
            most: seconds(&calls, answer).most.filter(|_| is_bounded),
            ..seconds(&calls, answer)
        },
        open_ended: open.iter().map(|name| (*name).to_owned()).collect(),
        basis: basis(&calls, counted, answer),
        calls,
    }
}

/// The JSON Schema (2020-12) of a forecast.
pub fn forecast_schema() -> Value {
    let mut schema = schema_for!(Forecast);
    schema.insert("$id".to_owned(), "urn:tickmark:schema:dry-run:1".into());
    schema.to_value()
}

/// The API's own counts by dataset.
fn counts(examination: Option<&Examination>) -> BTreeMap<&'static str, u64> {
    let probes = examination.into_iter().flat_map(|one| &one.probes);
    let told = probes.filter_map(|probe| match probe.answer {
        ProbeAnswer::Count(count) => Some((probe.dataset, count)),
        _ => None,
    });
    told.collect()
}

fn call(
    pattern: &RequestPattern,
    collector: &Collector,
    directories: usize,
    counts: &BTreeMap<&'static str, u64>,
) -> Call {
    let page_records = page_size(pattern);
    let records = counts.get(collector.dataset).copied();
    let (requests, formula) = match pattern.purpose {
        "count" => (
            readings(2, Some(2)),
            "once before the pages and once behind them".to_owned(),
        ),
        "edge" => (
            readings(1, Some(1)),
            "the newest event before the period, and at its end".to_owned(),
        ),
        "counts by kind" => (readings(1, Some(1)), "once behind the pages".to_owned()),
        "page after a 404" => (
            Span::exactly(0),
            "instead of the pages of the newer endpoint, where that one is not found".to_owned(),
        ),
        _ => match collector.parts {
            Parts::One => pages(collector, page_records, records),
            Parts::Directories => each_directory(directories, page_records),
            Parts::Accounts(of) => (
                Span {
                    least: 0,
                    most: None,
                },
                format!("one for each of `{}`", of.collector),
            ),
            Parts::Batches(of) => batches(of, counts),
        },
    };
    Call {
        dataset: collector.dataset.to_owned(),
        collector: collector.name.to_owned(),
        purpose: pattern.purpose.to_owned(),
        method: match pattern.method {
            Verb::Get => "GET".to_owned(),
            Verb::Post => "POST".to_owned(),
        },
        path: pattern.path.to_owned(),
        page_records,
        records,
        requests,
        formula,
        a_minute: pattern.a_minute,
    }
}

/// So many requests a reading; a listing that changes while it is read is read once more.
fn readings(least: u64, most: Option<u64>) -> Span {
    let times = u64::from(REREAD_COUNT_MAX) + 1;
    Span {
        least,
        most: most.map(|most| most.saturating_mul(times)),
    }
}

/// Pages of a listing, and how they come about.
fn pages(collector: &Collector, size: Option<u64>, records: Option<u64>) -> (Span, String) {
    let pages_of = |records: u64, size: u64| records.div_ceil(size).max(1);
    // A second source of a dataset lists some of its records: the count bounds it.
    let is_counted_itself = matches!(collector.count, Count::Request { .. });
    match (collector.paging, size, records) {
        (Paging::Document | Paging::List, ..) => (Span::exactly(1), "1".to_owned()),
        (_, Some(size), Some(records)) => (
            readings(
                match is_counted_itself {
                    true => pages_of(records, size),
                    false => 1,
                },
                Some(pages_of(records, size)),
            ),
            format!("{records} / {size}, at least 1"),
        ),
        (_, Some(size), None) => (
            Span {
                least: 1,
                most: None,
            },
            format!("records / {size}, at least 1"),
        ),
        (_, None, Some(records)) => {
            let (small, large) = PAGE_RECORDS_ASSUMED;
            let least = match is_counted_itself {
                true => pages_of(records, large),
                false => 1,
            };
            let up_to = if is_counted_itself { "" } else { "up to " };
            (
                readings(least, Some(pages_of(records, small))),
                format!("{up_to}{records} / page size, which is not documented"),
            )
        }
        (_, None, None) => (
            Span {
                least: 1,
                most: None,
            },
            "records / page size, which is not documented".to_owned(),
        ),
    }
}

/// Requests of a listing of which each directory that there is a key to is asked.
fn each_directory(directories: usize, page_records: Option<u64>) -> (Span, String) {
    if directories == 0 {
        let none = "none: no key of a directory is given".to_owned();
        return (Span::exactly(0), none);
    }
    let size = page_records.map_or("page size".to_owned(), |size| size.to_string());
    let of = match directories {
        1 => "of the directory that a key is given for".to_owned(),
        count => format!("of each of {count} directories that a key is given for"),
    };
    let span = Span {
        least: directories as u64,
        most: None,
    };
    (span, format!("records / {size}, at least 1, {of}"))
}

/// Requests that ask about the accounts of another listing, as many at a time as one request takes.
fn batches(of: AccountsOf, counts: &BTreeMap<&'static str, u64>) -> (Span, String) {
    let of_dataset = collector(of.collector).dataset;
    let count = counts.get(of_dataset);
    let span = Span {
        least: 0,
        most: count.map(|count| count.div_ceil(BATCH_ACCOUNTS_MAX as u64)),
    };
    (span, format!("managed accounts / {BATCH_ACCOUNTS_MAX}"))
}

/// The shortest and the longest that one answer is taken to need.
fn answer_time(examination: Option<&Examination>) -> (Duration, Duration) {
    let probes = examination.into_iter().flat_map(|one| &one.probes);
    let mut took: Vec<Duration> = probes.filter_map(|probe| probe.took).collect();
    took.sort_unstable();
    let measured = took.get(took.len() / 2).copied();
    let least = measured.unwrap_or(ANSWER_ASSUMED.0);
    (least, (least * FULL_PAGE_FACTOR).max(ANSWER_ASSUMED.1))
}

/// Walks run side by side, a few at once, each one request after another, and no endpoint faster than its
/// documented limit.
fn seconds(calls: &[Call], answer: (Duration, Duration)) -> Span {
    // In the order of the calls, as a run begins them.
    let mut walks: Vec<Vec<&Call>> = Vec::new();
    for call in calls {
        match walks
            .iter_mut()
            .find(|walk| walk[0].collector == call.collector)
        {
            Some(walk) => walk.push(call),
            None => walks.push(vec![call]),
        }
    }
    let time = |requests: &dyn Fn(&Call) -> u64, answer: Duration| {
        let mut slots = [Duration::ZERO; WALKS_AT_ONCE_MAX];
        for walk in &walks {
            let walk = walk
                .iter()
                .map(|call| call_time(call, requests(call), answer));
            let walk = walk.fold(Duration::ZERO, Duration::saturating_add);
            let free = slots.iter_mut().min().expect("there is a slot");
            *free = free.saturating_add(walk);
        }
        let last = slots.into_iter().max().unwrap_or_default();
        u64::try_from(last.as_millis().div_ceil(1000)).unwrap_or(u64::MAX)
    };
    let one_page = readings(1, Some(1)).most.unwrap_or(1);
    let most = |call: &Call| call.requests.most.unwrap_or(one_page);
    Span {
        least: time(&|call| call.requests.least, answer.0),
        most: Some(time(&most, answer.1)),
    }
}

/// How long `requests` of one kind take, one after another.
fn call_time(call: &Call, requests: u64, answer: Duration) -> Duration {
    let requests = u32::try_from(requests).unwrap_or(u32::MAX);
    let paced = call.a_minute.map_or(Duration::ZERO, |a_minute| {
        let a_minute = u32::try_from(a_minute).unwrap_or(u32::MAX).max(1);
        Duration::from_secs(60).saturating_mul(requests.saturating_sub(1) / a_minute)
    });
    answer.saturating_mul(requests).max(paced)
}

fn basis(
    calls: &[Call],
    examination: Option<&Examination>,
    answer: (Duration, Duration),
) -> Vec<String> {
    let mut basis = Vec::new();
    let (least, most) = (answer.0.as_millis(), answer.1.as_millis());
    basis.push(match examination {
        Some(_) => format!(
            "one answer takes {least} to {most} ms: the first was measured on the counts, a full page is taken to need longer"
        ),
        None => format!("one answer is taken to need {least} to {most} ms: nothing was sent to measure it"),
    });
    basis.push(format!(
        "{} at once, each one request after another; a listing that changes while it is read is read once more",
        counted(WALKS_AT_ONCE_MAX as u64, "listing")
    ));
    let probes = examination.into_iter().flat_map(|one| &one.probes);
    for probe in probes.filter(|probe| !probe.is_answered()) {
        let detail = match &probe.answer {
            ProbeAnswer::Refused { detail, .. } | ProbeAnswer::Failed { detail, .. } => detail,
            _ => "not asked",
        };
        basis.push(format!(
            "the count of {} was not told: {detail}",
            probe.dataset
        ));
    }
    if calls
        .iter()
        .any(|call| call.purpose == "page" && call.page_records.is_none() && call.records.is_some())
    {
        let (small, large) = PAGE_RECORDS_ASSUMED;
        basis.push(format!(
            "where the vendor documents no page size, {small} to {large} records are assumed"
        ));
    }
    let told = examination.into_iter().flat_map(|one| &one.probes);
    let least_left = told
        .filter_map(|probe| probe.allowance)
        .min_by_key(|one| one.remaining);
    basis.push(match least_left {
        Some(Allowance {
            limit,
            remaining,
            resets_at,
        }) => {
            let until = resets_at.map_or(String::new(), |time| format!(" until {time}"));
            format!("the API's headers tell of {remaining} of {limit} requests left{until}; a used-up limit is waited for, which is not in the estimate")
        }
        None => "most rate limits are not documented: a used-up one is waited for, which is not in the estimate".to_owned(),
    });
    basis
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call_of<'f>(forecast: &'f Forecast, collector: &str, purpose: &str) -> &'f Call {
        let mut calls = forecast.calls.iter();
        calls
            .find(|call| call.collector == collector && call.purpose == purpose)
            .expect("a call")
    }

    fn with_counts(count: u64, took: Duration) -> Examination {
        let probes = requests().into_iter().filter(|one| one.purpose == "count");
        Examination {
            network: super::super::NetworkPath {
                proxy: None,
                trust: super::super::Trust::System,
            },
            probes: probes
                .map(|request| super::super::Probe {
                    dataset: COLLECTORS
                        .iter()
                        .find(|one| one.name == request.collector)
                        .expect("a collector")
                        .dataset,
                    request,
                    answer: ProbeAnswer::Count(count),
                    allowance: None,
                    clock_skew_ms: None,
                    took: Some(took),
                })
                .collect(),
            keys: None,
            at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn without_counts_every_request_is_told_with_its_formula_and_nothing_is_promised() {
        let forecast = forecast(&BTreeSet::new(), 0, None);
        assert_eq!(forecast.sent, 0);
        assert_eq!(forecast.calls.len(), requests().len());
        let accounts = call_of(&forecast, "accounts", "page");
        assert_eq!(accounts.formula, "records / 100, at least 1");
        assert_eq!((accounts.requests.least, accounts.requests.most), (1, None));
        assert_eq!(
            (forecast.requests.most, forecast.seconds.most),
            (None, None)
        );
    }

    #[test]
    fn a_count_makes_pages_and_a_second_reading_makes_the_upper_bound() {
        let counted = with_counts(12_042, Duration::from_millis(300));
        let forecast = forecast(&BTreeSet::new(), 2, Some(&counted));
        let accounts = call_of(&forecast, "accounts", "page");
        assert_eq!(
            (accounts.requests.least, accounts.requests.most),
            (121, Some(242))
        );
        let count = call_of(&forecast, "accounts", "count");
        assert_eq!((count.requests.least, count.requests.most), (2, Some(4)));
        // The managed accounts are some of all accounts, on pages of a size that nobody documents.
        let managed = call_of(&forecast, "managed_accounts", "page");
        assert_eq!(
            (managed.requests.least, managed.requests.most),
            (1, Some(1206))
        );
        let tokens = call_of(&forecast, "api_tokens", "page");
        assert_eq!(
            (tokens.requests.least, tokens.requests.most),
            (121, Some(1206))
        );
        assert!(forecast.requests.most.is_some() && forecast.seconds.most.is_some());
        assert!(forecast.open_ended.contains(&"domains".to_owned()));
        assert!(!forecast.open_ended.contains(&"accounts".to_owned()));
        // Four walks at once: the longest one alone takes 123 answers.
        assert!(forecast.seconds.least >= 37, "{:?}", forecast.seconds);
    }

    #[test]
    fn an_endpoint_with_a_documented_limit_takes_its_time() {
        let call = |requests| Call {
            dataset: "events".to_owned(),
            collector: "events".to_owned(),
            purpose: "page".to_owned(),
            method: "GET".to_owned(),
            path: "/events".to_owned(),
            page_records: None,
            records: None,
            requests: Span::exactly(requests),
            formula: String::new(),
            a_minute: Some(10),
        };
        let answer = (Duration::from_millis(100), Duration::from_millis(100));
        assert_eq!(seconds(&[call(10)], answer).least, 1);
        assert_eq!(seconds(&[call(11)], answer).least, 60);
        assert_eq!(seconds(&[call(101)], answer).least, 600);
    }

    #[test]
    fn each_directory_that_there_is_a_key_to_is_asked_at_least_once() {
        for (directories, span) in [
            (0, Span::exactly(0)),
            (
                2,
                Span {
                    least: 2,
                    most: None,
                },
            ),
        ] {
            let forecast = forecast(&BTreeSet::new(), directories, None);
            let calls = forecast.calls.iter();
            let of_directories: Vec<&Call> = calls
                .filter(|call| call.path.contains("{directory}"))
                .collect();
            assert_eq!(of_directories.len(), 2);
            for call in of_directories {
                assert_eq!(call.requests, span, "{}", call.formula);
            }
        }
    }

    #[test]
    fn what_is_left_out_is_not_counted() {
        let without = BTreeSet::from(["accounts".to_owned()]);
        let forecast = forecast(&without, 0, None);
        assert!(forecast.calls.iter().all(|call| call.dataset != "accounts"));
    }
}

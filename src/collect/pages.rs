//! One walk over the pages of a listing, for each of the API's pagination schemes.
//!
//! | scheme | next cursor is sent | next cursor is found |
//! | --- | --- | --- |
//! | organisations v1 | `?cursor=` | in the URL of `links.next`, or bare in `meta.next` |
//! | organisations v2, API access | `?cursor=` | bare in `links.next` |
//! | searches | as `cursor` beside the filters in the body | bare in `links.next` |
//! | lists in one answer | no way is documented, so that a next page cuts the listing | in `links.next` |
//! | workspaces | as `cursor` alone in the body | in `links.next`, bare or in a URL |
//! | provisioning | as `startIndex` in the query, the first record is 1 | behind the last record, up to `totalResults` |
//!
//! A `next` is only ever read for its cursor: the request is built anew for the pinned host, so the
//! key goes nowhere else, whatever the URL names.
//!
//! Source: Atlassian Cloud admin REST APIs, "Pagination" of each reference, read 2026-11.

use super::client::ApiRequest;
use super::journal::Purpose;
use super::limits::{EMPTY_PAGE_COUNT_MAX, REREAD_COUNT_MAX};
use super::page::{Page, START_INDEX, read_count, read_page, read_stats, record_id};
use super::parts::{Part, PartList};
use super::retry::{Asker, Verdict};
use super::seen::{Seen, SeenIds, number_of};
use super::{CollectError, Collector, Count, Paging, Verb};
use crate::progress::{Event, counted};
use crate::snapshot::{Completeness, CutReason};
use serde_json::Value;
use std::collections::BTreeSet;

/// What a page told, without its text.
struct Told {
    /// A number for each record that has an id, the same for the same id.
    ids: Vec<u64>,
    records: u64,
    next: Option<String>,
    total: Option<u64>,
}

impl Told {
    fn of(page: &Page<'_>, id: &str) -> Told {
        let ids = page
            .records
            .iter()
            .filter_map(|record| record_id(record.get(), id).map(|id| number_of(&id)));
        Told {
            ids: ids.collect(),
            records: page.records.len() as u64,
            next: page.next.clone(),
            total: page.total,
        }
    }
}

/// How one reading of a listing, from its first page to its last, came out.
struct Reading {
    completeness: Completeness,
    pages: u64,
    records: u64,
    /// Different ids.
    unique: u64,
    /// Records whose id had come before.
    repeated: u64,
    /// The API's own count before the first page, and behind the last.
    counts: (Option<u64>, Option<u64>),
    /// The API refused a cursor that it had given itself.
    forgot_cursor: bool,
    /// The first page was answered 404: the endpoint is not offered.
    not_found: bool,
}

impl Reading {
    /// Why the pages cannot have shown one state of the organisation, if they cannot.
    fn moved(&self) -> Option<String> {
        let times = |count| counted(count, "record");
        match self.counts {
            _ if self.forgot_cursor => Some("the API no longer knew its own cursor".to_owned()),
            _ if !self.completeness.is_whole() => None,
            (Some(before), Some(after)) if before != after => Some(format!(
                "the API counted {before} before it was read and {after} after"
            )),
            (_, Some(after)) if after != self.unique => {
                Some(format!("the API counts {after}, it listed {}", self.unique))
            }
            _ if self.repeated > 0 => Some(format!("{} came twice", times(self.repeated))),
            _ => None,
        }
    }

    /// How it came out, if it was read as often as it may be.
    fn settled(self) -> Completeness {
        let reconciled = self.counts.1 == Some(self.unique) && self.counts.0 == self.counts.1;
        match self.moved() {
            // Assembly compares the records that it could read with the count, and names both numbers.
            Some(_) if self.completeness.is_whole() && self.disagrees_only() => self.completeness,
            // That as many different ones came as the API counts means that none was missed.
            Some(moved) if self.completeness.is_whole() && !reconciled => Completeness::Cut {
                reason: CutReason::Moved,
                detail: format!("read twice, and it changed while it was read: {moved}"),
            },
            _ => self.completeness,
        }
    }

    /// Nothing moved, but the API's count is another number.
    fn disagrees_only(&self) -> bool {
        self.repeated == 0
            && self.counts.1.is_some()
            && (self.counts.0.is_none() || self.counts.0 == self.counts.1)
    }
}

/// How one reading of all parts of a listing came out.
#[derive(Default)]
struct Listed {
    pages: u64,
    records: u64,
    /// Why some part cannot have shown one state of the organisation.
    moved: Option<String>,
    not_found: bool,
    parts: u64,
    whole: u64,
    /// The first parts that are not whole, with their names.
    broken: Vec<(String, Completeness)>,
}

/// Parts that are not whole and are named.
const BROKEN_SHOWN_MAX: usize = 3;

impl Listed {
    fn add(&mut self, part: &Part, reading: Reading) {
        self.pages += reading.pages;
        self.records += reading.records;
        self.moved = self.moved.take().or_else(|| reading.moved());
        self.not_found = reading.not_found;
        self.parts += 1;
        let state = reading.settled();
        if state.is_whole() {
            self.whole += 1;
        } else if self.broken.len() < BROKEN_SHOWN_MAX {
            self.broken.push((part.name(), state));
        }
    }

    /// How the listing came out, if it was read as often as it may be.
    fn settled(self) -> Completeness {
        let Some((_, first)) = self.broken.first() else {
            return Completeness::Whole;
        };
        // That the API denies, or does not offer, one part and all others too is said once.
        let alike = |one: &(String, Completeness)| {
            std::mem::discriminant(&one.1) == std::mem::discriminant(first)
        };
        if self.parts == 1 || (self.pages == 0 && self.whole == 0 && self.broken.iter().all(alike))
        {
            return first.clone();
        }
        let named = self
            .broken
            .iter()
            .map(|(name, state)| format!("{name} {state}"));
        let named: Vec<String> = named.collect();
        let not_whole = self.parts - self.whole;
        let more = not_whole - named.len() as u64;
        let and_more = match more {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        Completeness::Cut {
            reason: match first {
                Completeness::Cut { reason, .. } => *reason,
                _ => CutReason::Interrupted,
            },
            detail: format!(
                "{not_whole} of {} parts not whole: {}{and_more}",
                self.parts,
                named.join("; ")
            ),
        }
    }
}

/// What is asked, page after page.
#[derive(Clone, Copy)]
pub(super) struct Endpoint {
    method: Verb,
    path: &'static str,
    paging: Paging,
}

impl Endpoint {
    pub fn of(collector: &Collector) -> Endpoint {
        Endpoint {
            method: collector.method,
            path: collector.path,
            paging: collector.paging,
        }
    }
}

/// Fetches every page of every part of `collector`, and says whether that was all.
///
/// Where the API answers 404 the older endpoint is asked instead, if there is one. The API's own count is
/// asked for before and after. A listing that moved meanwhile (the counts differ, a record came twice,
/// fewer came than are counted) is read once more from its first page.
///
/// # Errors
/// The journal cannot be written, or a request is not one that may be sent. A page that keeps failing is
/// no error: the listing comes back cut, denied or unavailable.
pub(super) async fn walk(
    collector: &Collector,
    parts: &PartList,
    asker: &mut Asker<'_>,
) -> Result<Completeness, CollectError> {
    let mut endpoint = Endpoint::of(collector);
    let mut listed = read_parts(collector, endpoint, parts, asker).await?;
    if let (true, Some(fallback)) = (listed.not_found, collector.fallback) {
        asker.progress.tell(Event::FellBack {
            name: collector.name,
            request: fallback.path,
        });
        endpoint = Endpoint {
            method: Verb::Get,
            path: fallback.path,
            paging: fallback.paging,
        };
        let instead = read_parts(collector, endpoint, parts, asker).await?;
        // Where neither is offered, the newer one is the one to speak of.
        if !instead.not_found {
            listed = instead;
        }
    }
    while asker.reading < REREAD_COUNT_MAX
        && let Some(moved) = &listed.moved
    {
        asker.progress.tell(Event::ReadAgain {
            name: collector.name,
            reason: moved,
        });
        asker.reading += 1;
        listed = read_parts(collector, endpoint, parts, asker).await?;
    }
    let (pages, records) = (listed.pages, listed.records);
    let completeness = listed.settled();
    asker.progress.tell(Event::Fetched {
        name: collector.name,
        pages,
        records,
        state: completeness.word(),
        detail: completeness.detail(),
    });
    Ok(completeness)
}

/// Reads every part of a listing once, as far as the API lets it.
async fn read_parts(
    collector: &Collector,
    endpoint: Endpoint,
    parts: &PartList,
    asker: &mut Asker<'_>,
) -> Result<Listed, CollectError> {
    let mut listed = Listed::default();
    for part in parts.iter()? {
        let part = part?;
        if listed.parts >= asker.limits.page_count_max {
            let detail = format!(
                "stopped after {} (PAGE_COUNT_MAX); there are more",
                counted(listed.parts, "part")
            );
            let limit = CutReason::Limit;
            listed.broken.push((
                part.name(),
                Completeness::Cut {
                    reason: limit,
                    detail,
                },
            ));
            listed.parts += 1;
            break;
        }
        let reading = read(collector, endpoint, &part, asker).await?;
        let goes_on =
            reading.completeness.is_whole() || part.others_may_answer(&reading.completeness);
        listed.add(&part, reading);
        if !goes_on {
            break;
        }
    }
    Ok(listed)
}

/// Reads a part of a listing once.
async fn read(
    collector: &Collector,
    endpoint: Endpoint,
    part: &Part,
    asker: &mut Asker<'_>,
) -> Result<Reading, CollectError> {
    let before = count(collector, asker).await?;
    // Cursors are long, so that they too are held as numbers: there are at most as many as pages.
    let mut cursors = BTreeSet::new();
    let mut ids = SeenIds::new(asker.scratch());
    let mut cursor: Option<String> = None;
    let (mut pages, mut records) = (0, 0);
    let mut empty_pages = 0;
    let mut totals = (None, None);
    let (mut forgot_cursor, mut not_found) = (false, false);
    let completeness = loop {
        let path = asker.path(&part.path(endpoint.path));
        let request = page_request(endpoint, path, part, cursor.as_deref());
        let verdict = asker
            .ask(&request, Purpose::Page, |exchange| {
                read_page(collector, exchange).map(|page| Told::of(&page, collector.id))
            })
            .await?;
        let told = match verdict {
            Verdict::Accepted(told) => told,
            Verdict::Refused { status, detail } => {
                forgot_cursor = pages > 0 && matches!(status, 400 | 404 | 410);
                not_found = pages == 0 && status == 404;
                break refused(status, detail, pages);
            }
            Verdict::Failed { reason, detail } => {
                break Completeness::Cut {
                    reason,
                    detail: format!("page {}: {detail}", pages + 1),
                };
            }
        };
        pages += 1;
        records += told.records;
        empty_pages = if told.records == 0 {
            empty_pages + 1
        } else {
            0
        };
        for id in told.ids {
            ids.push(id)?;
        }
        totals = (totals.0.or(told.total), told.total.or(totals.1));
        asker.progress.tell(Event::PageFetched {
            name: collector.name,
            pages,
            records,
            total: totals.1.or(before),
        });
        let Some(next) = told.next else {
            break Completeness::Whole;
        };
        if endpoint.paging == Paging::List {
            break Completeness::Cut {
                reason: CutReason::BrokenAnswer,
                detail: format!(
                    "after {} the answer names a next page, and no way to ask for it is documented",
                    counted(records, "record")
                ),
            };
        }
        if !cursors.insert(number_of(&next)) {
            break Completeness::Cut {
                reason: CutReason::RepeatedCursor,
                detail: format!(
                    "page {pages} names a next page that was fetched already, after {}",
                    counted(records, "record")
                ),
            };
        }
        if empty_pages >= EMPTY_PAGE_COUNT_MAX {
            break Completeness::Cut {
                reason: CutReason::Limit,
                detail: format!(
                    "stopped after {} without a record in a row (EMPTY_PAGE_COUNT_MAX), and {}; there may be more",
                    counted(empty_pages, "page"),
                    counted(records, "record")
                ),
            };
        }
        if pages >= asker.limits.page_count_max {
            break Completeness::Cut {
                reason: CutReason::Limit,
                detail: format!(
                    "stopped after {} and {} (PAGE_COUNT_MAX); there are more",
                    counted(pages, "page"),
                    counted(records, "record")
                ),
            };
        }
        cursor = Some(next);
    };
    // A count is asked for even after a cut: it says how much is missing.
    let after = match pages {
        0 => None,
        _ => {
            let after = count(collector, asker).await?;
            stats(collector, asker).await?;
            after
        }
    };
    let Seen { unique, repeated } = ids.count()?;
    Ok(Reading {
        completeness,
        pages,
        records,
        unique,
        repeated,
        counts: match collector.count {
            Count::PageTotal => totals,
            Count::None | Count::Request { .. } => (before, after),
        },
        forgot_cursor,
        not_found,
    })
}

/// The API's own count, where a request of its own tells it. That it is refused costs the comparison only.
async fn count(collector: &Collector, asker: &mut Asker<'_>) -> Result<Option<u64>, CollectError> {
    let Count::Request { count: path, .. } = collector.count else {
        return Ok(None);
    };
    let request = plain_get(asker.path(path));
    Ok(
        match asker.ask(&request, Purpose::Count, read_count).await? {
            Verdict::Accepted(count) => Some(count),
            Verdict::Refused { .. } | Verdict::Failed { .. } => None,
        },
    )
}

/// Asks for the API's own counts by kind, where there are some. Assembly compares them; that they are refused
/// costs the comparison only.
async fn stats(collector: &Collector, asker: &mut Asker<'_>) -> Result<(), CollectError> {
    if let Count::Request {
        stats: Some(path), ..
    } = collector.count
    {
        let request = plain_get(asker.path(path));
        asker
            .ask(&request, Purpose::Stats, |exchange| {
                read_stats(exchange).map(drop)
            })
            .await?;
    }
    Ok(())
}

fn plain_get(path: String) -> ApiRequest {
    ApiRequest {
        verb: Verb::Get,
        path,
        query: Vec::new(),
        body: None,
    }
}

/// Bodies of the first request of `collector` and of those behind it, with `CURSOR` and `ACCOUNT` for what is
/// only known later.
pub(super) fn bodies(collector: &Collector) -> (Option<Value>, Option<Value>) {
    let part = Part::Batch(vec!["ACCOUNT".to_owned()]);
    let body = |cursor| page_request(Endpoint::of(collector), String::new(), &part, cursor).body;
    let next = match collector.paging {
        Paging::Body(_) | Paging::BodyCursorAlone(_) => body(Some("CURSOR")),
        _ => None,
    };
    (body(None), next)
}

/// The request for the page behind `cursor`, or for the first.
pub(super) fn page_request(
    endpoint: Endpoint,
    path: String,
    part: &Part,
    cursor: Option<&str>,
) -> ApiRequest {
    let text = |text: &str| text.to_owned();
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| (text(name), text(value)))
            .collect()
    };
    let mut request = ApiRequest {
        verb: endpoint.method,
        ..plain_get(path)
    };
    match endpoint.paging {
        // What the audit log is asked for, its walker says.
        Paging::Document | Paging::List | Paging::AuditLog => {}
        Paging::Query(first) => {
            request.query = pairs(first);
            if let Some(cursor) = cursor {
                request.query.push((text("cursor"), text(cursor)));
            }
        }
        Paging::Index(first) => {
            request.query = pairs(first);
            let start = cursor.unwrap_or("1");
            request.query.push((text(START_INDEX), text(start)));
        }
        Paging::Answer => {
            if let Part::Batch(ids) = part {
                request.body = Some(serde_json::json!({ "accountIds": ids }));
            }
        }
        Paging::Body(first) | Paging::BodyCursorAlone(first) => {
            let alone = matches!(endpoint.paging, Paging::BodyCursorAlone(_));
            let mut body = match cursor {
                Some(_) if alone => Value::Object(serde_json::Map::new()),
                _ => serde_json::from_str(first).expect("collectors hold valid JSON"),
            };
            if let Some(cursor) = cursor {
                body["cursor"] = Value::String(text(cursor));
            }
            request.body = Some(body);
        }
    }
    request
}

fn refused(status: u16, detail: String, pages: u64) -> Completeness {
    match status {
        _ if pages > 0 => Completeness::Cut {
            reason: CutReason::Interrupted,
            detail: format!("page {}: the API refused to go on: {detail}", pages + 1),
        },
        401..=403 => Completeness::Denied { status, detail },
        _ => Completeness::Unavailable { detail },
    }
}

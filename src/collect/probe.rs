//! One smallest request to each endpoint, to learn what a key may read.
//!
//! Nothing is kept and no listing is walked, with one exception: the list of API keys is read to its end,
//! since the key in use may stand on any page. A listing in parts is tried with each directory that there is
//! a key to, or with one account, which the answer of another listing names. What the answers mean is left to
//! `doctor`.

use super::client::{ApiClient, ApiRequest, FailureKind, Keys, NetworkPath};
use super::journal::{Attempt, Exchange, Purpose};
use super::parts::first_account;
use super::retry::{Judgement, Verdict, http_date, judge, told_pause};
use super::{
    AccountsOf, ApiKey, COLLECTORS, Clock, CollectError, Collector, Endpoint, Limits, Part, Parts,
    RequestPattern, ScimKeys, collector, page_request, read_count, read_page, requests,
};
use crate::progress::{Event, Progress};
use crate::snapshot::CutReason;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

/// Pages of API keys that are read.
const KEY_PAGE_COUNT_MAX: usize = 20;
/// Directories that are tried, of those that there is a key to. An organisation has one for each identity
/// provider.
const DIRECTORY_COUNT_MAX: usize = 20;
/// A rate limit that lifts later than this is told, not waited for.
const RATE_LIMIT_PAUSE_MAX: Duration = Duration::from_secs(10);
/// Parameters and members that say how many records a page holds.
const PAGE_SIZE_NAMES: &[&str] = &["limit", "pageSize", "count"];
/// Members of a body that only make its answer longer.
const WIDENING_NAMES: &[&str] = &["expand"];
/// What the request to an older endpoint is for.
const AFTER_404: &str = "page after a 404";
/// The dataset whose list is read to its end.
const API_KEYS: &str = "api_keys";

/// What to ask, with which key.
pub struct ProbeRequest<'a> {
    /// Address of the API: scheme, host and port.
    pub api_url: String,
    /// Id of the organisation.
    pub org_id: String,
    /// The key.
    pub key: ApiKey,
    /// The keys of provisioning directories.
    pub scim_keys: ScimKeys,
    /// PEM file of certificates to trust beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Which requests are sent.
    pub which: Probes,
    /// What a request may spend.
    pub limits: Limits,
    /// The clock that the server's is compared with.
    pub clock: &'a dyn Clock,
}

/// Which requests are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probes {
    /// One to each endpoint, but for these datasets.
    AllBut(BTreeSet<String>),
    /// The API's own counts, but for these datasets: nothing else is read.
    CountsBut(BTreeSet<String>),
}

/// What the API answered.
#[derive(Debug)]
pub struct Examination {
    /// How the API is reached from here.
    pub network: NetworkPath,
    /// One for each endpoint, in the order of the collectors.
    pub probes: Vec<Probe>,
    /// The organisation's API keys; `None` if the list was not asked for or not answered.
    pub keys: Option<KeyList>,
    /// When the last answer was there.
    pub at: Timestamp,
}

/// One request and its answer.
#[derive(Debug)]
pub struct Probe {
    /// The request that a collector sends; this one asked for as little as it allows.
    pub request: RequestPattern,
    /// The dataset that it is for.
    pub dataset: &'static str,
    /// What came back.
    pub answer: ProbeAnswer,
    /// What the headers tell of the rate limit.
    pub allowance: Option<Allowance>,
    /// The server's clock minus ours in milliseconds, if it told the time; its clock tells whole seconds.
    pub clock_skew_ms: Option<i64>,
    /// From the request to the whole answer, if there was one.
    pub took: Option<Duration>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeAnswer {
    /// A page that reads.
    Page {
        /// Records on it.
        records: u64,
        /// Whether it names a next one.
        has_next: bool,
        /// Name or title of the only record, where the answer is one document.
        name: Option<String>,
    },
    /// The API's own count.
    Count(u64),
    /// The API will not answer: status and its own words.
    Refused {
        /// HTTP status: 400 to 499, but for 408 and 429.
        status: u16,
        /// For a reader, with status and what the API said, shortened.
        detail: String,
    },
    /// No usable answer.
    Failed {
        /// What kind of failure.
        why: ProbeFailure,
        /// For a reader.
        detail: String,
    },
    /// It was not sent.
    NotAsked {
        /// Why.
        why: NotAsked,
    },
}

/// Why there is no usable answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeFailure {
    /// Nobody was reached.
    NotConnected,
    /// Somebody was reached, and no answer came in time or to its end.
    NoAnswer,
    /// The rate limit is used up.
    RateLimited,
    /// A server error (5xx).
    ServerError,
    /// Another answer than the API documents: an HTML page, for one.
    BrokenAnswer,
    /// A redirect, which is never followed.
    Redirected,
}

/// Why a request was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAsked {
    /// Nobody was reached by the request before it.
    Unreached,
    /// It goes to a provisioning directory, and no key to one was given.
    NoDirectoryKey,
    /// It asks about accounts of another listing, and no answer named one.
    NoAccount,
}

/// What the headers of an answer tell of the rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Requests in a period.
    pub limit: u64,
    /// Requests left in this one.
    pub remaining: u64,
    /// When the next one begins, if that is told.
    pub resets_at: Option<Timestamp>,
}

/// The organisation's API keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyList {
    /// In the API's order.
    pub keys: Vec<ListedKey>,
    /// Whether every page was read.
    pub is_whole: bool,
}

/// An API key as the list tells it. It never holds the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedKey {
    /// Id.
    pub id: String,
    /// Name that its maker gave it.
    pub label: String,
    /// When it was made, if told.
    pub created_at: Option<Timestamp>,
    /// When it expires, if told.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, if told.
    pub last_active_at: Option<Timestamp>,
    /// What it may do; an empty list is a key without scopes, which may do everything. `None` if not told.
    pub scopes: Option<BTreeSet<String>>,
}

/// Sends one smallest request to each endpoint, one after another, and none again except where a rate
/// limit lifts within seconds.
///
/// # Errors
/// The request itself cannot be used, or HTTPS cannot be set up. That nobody answers is no error.
pub async fn probe(
    request: &ProbeRequest<'_>,
    progress: &dyn Progress,
) -> Result<Examination, CollectError> {
    let client = ApiClient::new(
        &request.api_url,
        &request.org_id,
        Keys {
            organization: &request.key,
            scim: &request.scim_keys,
        },
        request.ca_file.as_deref(),
        &request.limits,
    )?;
    progress.tell(Event::Started {
        stage: "probe",
        about: &format!("organisation {} at {}", request.org_id, request.api_url),
    });
    let prober = Prober {
        client: &client,
        clock: request.clock,
        progress,
        directories: request.scim_keys.directories(),
    };
    let mut listings = Listings::default();
    let mut probes: Vec<Probe> = Vec::new();
    let mut keys = None;
    // Of an endpoint that is asked in two ways, the first shows what the key may read.
    let is_asked = |one: &RequestPattern| {
        !["edge", "counts by kind"].contains(&one.purpose) && request.which.has(one)
    };
    for pattern in requests().into_iter().filter(is_asked) {
        let unreached = probes.last().is_some_and(Probe::is_unreached);
        // The older endpoint stands in for a newer one that the API does not know.
        if pattern.purpose == AFTER_404 {
            let newer = probes.pop_if(|last| {
                last.request.collector == pattern.collector && last.refusal() == Some(404)
            });
            if newer.is_none() {
                continue;
            }
        }
        let answered = match unreached {
            true => Err(NotAsked::Unreached),
            false => prober.examine(&pattern, &listings).await?,
        };
        let probe = match answered {
            Err(why) => Probe {
                dataset: dataset_of(&pattern),
                request: pattern,
                answer: ProbeAnswer::NotAsked { why },
                allowance: None,
                clock_skew_ms: None,
                took: None,
            },
            Ok((answer, exchange)) => {
                let is_key_list = dataset_of(&pattern) == API_KEYS;
                if is_key_list && matches!(answer, ProbeAnswer::Page { .. }) {
                    keys = Some(prober.keys(&pattern, exchange.clone()).await?);
                }
                listings.keep(&pattern, &answer, &exchange);
                Probe::of(pattern, answer, &exchange)
            }
        };
        probes.push(probe);
    }
    Ok(Examination {
        network: client.network().clone(),
        probes,
        keys,
        at: request.clock.now(),
    })
}

impl Probes {
    fn has(&self, pattern: &RequestPattern) -> bool {
        let is_asked = |without: &BTreeSet<String>| !without.contains(dataset_of(pattern));
        match self {
            Probes::AllBut(without) => is_asked(without),
            Probes::CountsBut(without) => pattern.purpose == "count" && is_asked(without),
        }
    }
}

impl Probe {
    fn of(request: RequestPattern, answer: ProbeAnswer, exchange: &Exchange) -> Probe {
        let number = |name: &str| exchange.header(name)?.trim().parse::<u64>().ok();
        let allowance = number("x-ratelimit-limit")
            .zip(number("x-ratelimit-remaining"))
            .map(|(limit, remaining)| Allowance {
                limit,
                remaining,
                resets_at: exchange
                    .header("x-ratelimit-reset")
                    .and_then(|text| text.trim().parse().ok()),
            });
        let date = exchange.header("date").and_then(http_date);
        let took = Duration::try_from(exchange.asked_at.duration_until(exchange.at));
        Probe {
            dataset: dataset_of(&request),
            request,
            answer,
            allowance,
            clock_skew_ms: date.map(|date| date.as_millisecond() - exchange.at.as_millisecond()),
            took: took.ok().filter(|_| exchange.status.is_some()),
        }
    }

    /// Whether nobody was reached, by it or by the one before it.
    pub fn is_unreached(&self) -> bool {
        matches!(
            self.answer,
            ProbeAnswer::Failed {
                why: ProbeFailure::NotConnected,
                ..
            } | ProbeAnswer::NotAsked {
                why: NotAsked::Unreached
            }
        )
    }

    /// The HTTP status of a refusal.
    pub fn refusal(&self) -> Option<u16> {
        match self.answer {
            ProbeAnswer::Refused { status, .. } => Some(status),
            _ => None,
        }
    }

    /// Whether it was answered as documented.
    pub fn is_answered(&self) -> bool {
        matches!(
            self.answer,
            ProbeAnswer::Page { .. } | ProbeAnswer::Count(_)
        )
    }
}

/// What sending needs.
struct Prober<'a> {
    client: &'a ApiClient,
    clock: &'a dyn Clock,
    progress: &'a dyn Progress,
    /// Directories that there is a key to.
    directories: Vec<String>,
}

/// The first page of each listing whose accounts other requests ask about, with the request of a run for it.
#[derive(Default)]
struct Listings(BTreeMap<&'static str, (RequestPattern, Exchange)>);

impl Listings {
    /// Keeps `exchange` if it is such a page.
    fn keep(&mut self, pattern: &RequestPattern, answer: &ProbeAnswer, exchange: &Exchange) {
        let is_told = |of: AccountsOf| of.collector == pattern.collector;
        let mut parts = COLLECTORS.iter().map(|one| one.parts.accounts_of());
        if matches!(answer, ProbeAnswer::Page { .. }) && parts.any(|of| of.is_some_and(is_told)) {
            let page = (pattern.clone(), exchange.clone());
            self.0.insert(pattern.collector, page);
        }
    }
}

/// What is asked for one smallest part of a listing, or why nothing is.
type Asked = Result<(ProbeAnswer, Exchange), NotAsked>;

impl Prober<'_> {
    /// Asks for as little of `pattern` as its endpoint allows: of one account, where it asks about accounts, and
    /// of each directory that there is a key to.
    async fn examine(
        &self,
        pattern: &RequestPattern,
        listings: &Listings,
    ) -> Result<Asked, CollectError> {
        match collector_of(pattern).parts {
            Parts::One => Ok(Ok(self
                .ask(pattern, smallest(self.client, pattern))
                .await?)),
            Parts::Directories => self.directories(pattern).await,
            Parts::Accounts(of) => match self.account(of, listings).await? {
                Some(id) => self.part(pattern, &Part::Account(id)).await.map(Ok),
                None => Ok(Err(NotAsked::NoAccount)),
            },
            Parts::Batches(of) => match self.account(of, listings).await? {
                Some(id) => self.part(pattern, &Part::Batch(vec![id])).await.map(Ok),
                None => Ok(Err(NotAsked::NoAccount)),
            },
        }
    }

    /// Asks each directory with its own key, up to the first that does not answer: what it says stands for all.
    async fn directories(&self, pattern: &RequestPattern) -> Result<Asked, CollectError> {
        let mut last = Err(NotAsked::NoDirectoryKey);
        for directory in self.directories.iter().take(DIRECTORY_COUNT_MAX) {
            let part = Part::Directory(directory.clone());
            let (answer, exchange) = self.part(pattern, &part).await?;
            let named = |detail: String| format!("{}: {detail}", part.name());
            match answer {
                ProbeAnswer::Refused { status, detail } => {
                    let detail = named(detail);
                    return Ok(Ok((ProbeAnswer::Refused { status, detail }, exchange)));
                }
                ProbeAnswer::Failed { why, detail } => {
                    let detail = named(detail);
                    return Ok(Ok((ProbeAnswer::Failed { why, detail }, exchange)));
                }
                answer => last = Ok((answer, exchange)),
            }
        }
        Ok(last)
    }

    /// Asks for as little of `part` as the endpoint allows.
    async fn part(
        &self,
        pattern: &RequestPattern,
        part: &Part,
    ) -> Result<(ProbeAnswer, Exchange), CollectError> {
        let collector = collector_of(pattern);
        let path = self.client.path(&part.path(collector.path));
        let mut request = page_request(Endpoint::of(collector), path, part, None);
        resize(&mut request, 1);
        self.ask(pattern, request).await
    }

    /// The id of the first account that `of` asks about, if one was listed. Where the smallest page holds another
    /// one, the first page as `collect` asks for it is looked through.
    async fn account(
        &self,
        of: AccountsOf,
        listings: &Listings,
    ) -> Result<Option<String>, CollectError> {
        let Some((pattern, first)) = listings.0.get(of.collector) else {
            return Ok(None);
        };
        let listing = collector_of(pattern);
        let has_more = read_page(listing, first).is_ok_and(|page| page.next.is_some());
        match (first_account(of, first), page_size(pattern)) {
            (None, Some(size)) if has_more => {
                let mut request = smallest(self.client, pattern);
                resize(&mut request, size);
                let (_, page) = self.ask(pattern, request).await?;
                Ok(first_account(of, &page))
            }
            (account, _) => Ok(account),
        }
    }

    /// Sends `request`, and once more if a rate limit lifts soon.
    async fn ask(
        &self,
        pattern: &RequestPattern,
        request: ApiRequest,
    ) -> Result<(ProbeAnswer, Exchange), CollectError> {
        let mut retry = 0;
        loop {
            let attempt = Attempt {
                purpose: purpose(pattern),
                reading: 0,
                retry,
            };
            let asked_at = self.clock.now();
            let answer = self.client.send(&request).await?;
            let at = self.clock.now().max(asked_at);
            let exchange = Exchange::new(0, &request, attempt, asked_at, at, answer);
            let answer = answer_of(pattern, &exchange);
            let pause = match &answer {
                ProbeAnswer::Failed {
                    why: ProbeFailure::RateLimited,
                    ..
                } if retry == 0 => told_pause(&exchange),
                _ => None,
            };
            let Some(pause) = pause.filter(|pause| *pause <= RATE_LIMIT_PAUSE_MAX) else {
                return Ok((answer, exchange));
            };
            retry += 1;
            self.progress.tell(Event::Waiting {
                name: pattern.collector,
                until: at.checked_add(pause).unwrap_or(Timestamp::MAX),
                reason: "rate limit",
            });
            self.clock.wait(pause).await;
        }
    }

    /// The API keys, from their first page on.
    async fn keys(
        &self,
        pattern: &RequestPattern,
        first: Exchange,
    ) -> Result<KeyList, CollectError> {
        let collector = collector_of(pattern);
        let mut list = KeyList {
            keys: Vec::new(),
            is_whole: false,
        };
        let mut page = first;
        for _ in 0..KEY_PAGE_COUNT_MAX {
            let Ok(read) = read_page(collector, &page) else {
                return Ok(list);
            };
            list.keys.extend(read.records.iter().filter_map(|record| {
                let record: Value = serde_json::from_str(record.get()).ok()?;
                ListedKey::of(collector, &record)
            }));
            let Some(next) = read.next else {
                list.is_whole = true;
                return Ok(list);
            };
            let path = self.client.path(collector.path);
            let request = page_request(Endpoint::of(collector), path, &Part::One, Some(&next));
            (_, page) = self.ask(pattern, request).await?;
        }
        Ok(list)
    }
}

impl ListedKey {
    fn of(collector: &Collector, record: &Value) -> Option<ListedKey> {
        let text = |field: &str| member(collector, record, field)?.as_str();
        let time = |field: &str| text(field)?.parse().ok();
        let scopes = member(collector, record, "scopes").and_then(Value::as_array);
        Some(ListedKey {
            id: record.get(collector.id)?.as_str()?.to_owned(),
            label: text("label").unwrap_or_default().to_owned(),
            created_at: time("created_at"),
            expires_at: time("expires_at"),
            last_active_at: time("last_active_at"),
            scopes: scopes.map(|scopes| {
                let texts = scopes.iter().filter_map(Value::as_str);
                texts.map(str::to_owned).collect()
            }),
        })
    }
}

/// The member of a wire record that becomes the field `field` of the catalog.
fn member<'v>(collector: &Collector, record: &'v Value, field: &str) -> Option<&'v Value> {
    let origin = collector
        .origins
        .iter()
        .find(|origin| origin.field == field)?;
    let mut names = origin.path.trim_end_matches("[]").split('.');
    names.try_fold(record, |value, name| value.get(name))
}

fn collector_of(pattern: &RequestPattern) -> &'static Collector {
    collector(pattern.collector)
}

fn dataset_of(pattern: &RequestPattern) -> &'static str {
    collector_of(pattern).dataset
}

fn purpose(pattern: &RequestPattern) -> Purpose {
    match pattern.purpose {
        "count" => Purpose::Count,
        _ => Purpose::Page,
    }
}

/// The request of `pattern`, which asks about nothing but the organisation, for as little as its endpoint allows.
fn smallest(client: &ApiClient, pattern: &RequestPattern) -> ApiRequest {
    // What stands for a value that only a walk has is left out: none of it is required.
    let is_given = |value: &str| !["CURSOR", "FROM", "TO"].contains(&value);
    let query = pattern.query.iter().filter(|(_, value)| is_given(value));
    let mut request = ApiRequest {
        verb: pattern.method,
        path: client.path(pattern.path),
        query: query
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: pattern.body.clone(),
    };
    resize(&mut request, 1);
    request
}

/// Lets `request` ask for `records` a page, where its endpoint takes a size, and for nothing that only makes each
/// of them longer.
fn resize(request: &mut ApiRequest, records: u64) {
    for (name, value) in &mut request.query {
        if is_size(name) {
            *value = records.to_string();
        }
    }
    if let Some(Value::Object(members)) = &mut request.body {
        members.retain(|name, _| !WIDENING_NAMES.contains(&name.as_str()));
        for (name, value) in members.iter_mut() {
            if is_size(name) {
                *value = Value::from(records);
            }
        }
    }
}

fn is_size(name: &str) -> bool {
    PAGE_SIZE_NAMES.contains(&name)
}

/// Records that a page of `pattern` is asked for, where its endpoint takes a size.
pub(super) fn page_size(pattern: &RequestPattern) -> Option<u64> {
    let in_query = pattern.query.iter().find(|(name, _)| is_size(name));
    let in_body = || {
        let members = pattern.body.as_ref()?.as_object()?;
        members.iter().find(|(name, _)| is_size(name))?.1.as_u64()
    };
    in_query
        .and_then(|(_, value)| value.parse().ok())
        .or_else(in_body)
}

fn answer_of(pattern: &RequestPattern, exchange: &Exchange) -> ProbeAnswer {
    let failed = |why, detail: String| ProbeAnswer::Failed { why, detail };
    if let Some(failure) = &exchange.failure {
        let why = match failure.kind {
            FailureKind::NotConnected => ProbeFailure::NotConnected,
            FailureKind::TimedOut | FailureKind::BodyCut => ProbeFailure::NoAnswer,
            FailureKind::BodyTooLong | FailureKind::HoldsKey => ProbeFailure::BrokenAnswer,
        };
        return failed(why, crate::progress::neutral(&failure.detail).into_owned());
    }
    let accept = |exchange: &Exchange| match purpose(pattern) {
        Purpose::Count => read_count(exchange).map(ProbeAnswer::Count),
        _ => {
            let page = read_page(collector_of(pattern), exchange)?;
            Ok(ProbeAnswer::Page {
                records: page.records.len() as u64,
                has_next: page.next.is_some(),
                name: only_name(pattern, &page),
            })
        }
    };
    match judge(exchange, accept) {
        Judgement::Final(Verdict::Accepted(answer)) => answer,
        Judgement::Final(Verdict::Refused { status, detail }) => {
            ProbeAnswer::Refused { status, detail }
        }
        Judgement::Final(Verdict::Failed { reason, detail }) => match reason {
            CutReason::ForeignHost => failed(ProbeFailure::Redirected, detail),
            _ => failed(ProbeFailure::BrokenAnswer, detail),
        },
        Judgement::RateLimited(detail) => failed(ProbeFailure::RateLimited, detail),
        Judgement::Transient(CutReason::ServerError, detail) => {
            failed(ProbeFailure::ServerError, detail)
        }
        Judgement::Transient(_, detail) => failed(ProbeFailure::BrokenAnswer, detail),
    }
}

/// The name in an answer that is one document.
fn only_name(pattern: &RequestPattern, page: &super::Page<'_>) -> Option<String> {
    let collector = collector_of(pattern);
    if collector.paging != super::Paging::Document {
        return None;
    }
    let record: Value = serde_json::from_str(page.records.first()?.get()).ok()?;
    let name = member(collector, &record, "name")?.as_str()?;
    Some(crate::progress::neutral(name).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_probe_asks_for_one_record_where_the_endpoint_takes_a_size_and_never_for_more() {
        let key = ApiKey::new("k").expect("a key");
        let keys = Keys {
            organization: &key,
            scim: &ScimKeys::none(),
        };
        let client = ApiClient::new("http://127.0.0.1:1", "o-1", keys, None, &Limits::default());
        let client = client.expect("a client");
        let of_organization = |one: &&RequestPattern| collector_of(one).parts == Parts::One;
        for pattern in requests().iter().filter(of_organization) {
            let request = smallest(&client, pattern);
            assert_eq!(request.verb, pattern.method);
            let sizes = request.query.iter().filter(|(name, _)| name == "limit");
            assert!(sizes.into_iter().all(|(_, value)| value == "1"));
            assert!(request.query.iter().all(|(name, _)| name != "cursor"));
            if let Some(body) = &request.body {
                assert_eq!(body["limit"], 1, "{}", pattern.path);
                assert!(body.get("expand").is_none(), "{}", pattern.path);
            }
        }
    }

    #[test]
    fn what_asks_about_more_than_the_organisation_is_a_listing_in_parts() {
        for pattern in requests() {
            let names_more = pattern.path.replace("{org}", "").contains('{');
            let lists_accounts = pattern.path.ends_with("/bulk-fetch");
            let is_in_parts = collector_of(&pattern).parts != Parts::One;
            let asks_about_more = names_more || lists_accounts;
            assert_eq!(is_in_parts, asks_about_more, "{}", pattern.path);
        }
    }
}

//! Each endpoint, each dataset, and why one cannot be read.

use super::KeyReport;
use crate::catalog::{self, DATASETS, Source};
use crate::collect::{
    Examination, NotAsked, Parts, Probe, ProbeAnswer, ProbeFailure, Verb, collector,
};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Where keys are made.
pub(super) const CONSOLE_KEYS: &str =
    "admin.atlassian.com > Organization settings > API keys > Create API key";

/// Where the keys of provisioning directories are made.
const CONSOLE_DIRECTORIES: &str =
    "admin.atlassian.com > Security > Identity providers > the provider > User provisioning";

/// One endpoint, and whether it can be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RequestAccess {
    /// The dataset that it is for.
    pub dataset: String,
    /// Its name among the dataset's sources; absent for a count.
    pub source: Option<String>,
    /// `page`, or `count` for the API's own count.
    pub purpose: String,
    /// Method.
    pub method: String,
    /// Path below the host, `{org}` for the organisation id.
    pub path: String,
    /// Whose key it is sent with.
    pub key: KeyUsed,
    /// Scope that the key needs; absent where the vendor states none.
    pub scope: Option<String>,
    /// What the plan or the organisation has to have for it to answer; empty if nothing.
    pub needs: String,
    /// Day after which the vendor may switch it off.
    pub deprecated_after: Option<String>,
    /// How it came out.
    pub access: Access,
    /// HTTP status of a refusal.
    pub status: Option<u16>,
    /// Why it was not answered.
    pub cause: Option<Cause>,
    /// What the API or the network said; empty if it answered.
    pub detail: String,
    /// The cause in words, and for an empty list what that may mean; empty if there is nothing to say.
    pub why: String,
    /// What mends it; empty if nothing is to be mended.
    pub mend: String,
    /// Records on the page that was asked for.
    pub records: Option<u64>,
    /// The API's own count, where that was asked for.
    pub count: Option<u64>,
}

/// How a request came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Answered as documented.
    Answered,
    /// Refused by the API.
    Refused,
    /// No usable answer.
    Failed,
    /// Not sent.
    NotAsked,
}

/// Whose key a request is sent with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyUsed {
    /// The organisation's.
    Organization,
    /// A provisioning directory's own.
    Directory,
}

impl KeyUsed {
    fn of(probe: &Probe) -> KeyUsed {
        match collector(probe.request.collector).parts {
            Parts::Directories => KeyUsed::Directory,
            Parts::One | Parts::Accounts(_) | Parts::Batches(_) => KeyUsed::Organization,
        }
    }
}

/// Why a request was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// 401 everywhere: the key is expired, revoked, mistyped or of another kind.
    KeyUnknown,
    /// 401 here, while other requests were answered.
    KeyUnknownHere,
    /// 402: the plan does not have it.
    Plan,
    /// 403, and the list of keys shows that the key lacks the scope.
    ScopeMissing,
    /// 403, and which key is in use is not certain: most likely the scope.
    ScopeLikely,
    /// 403, although the key has the scope, or has none and may do everything.
    NotPermitted,
    /// 403, and the vendor states no scope.
    ScopeNotStated,
    /// 403 or 404 everywhere: the organisation id, or a key that may read nothing.
    Organization,
    /// 404 here: not offered to this organisation, or no longer.
    NotOffered,
    /// Another refusal.
    Refused,
    /// The rate limit is used up.
    RateLimit,
    /// A server error, or no answer in time.
    Server,
    /// An answer that is none of the API's: an HTML page, a redirect.
    NotTheApi,
    /// Nobody was reached.
    Unreached,
    /// It needs a provisioning directory's own key, and none was given.
    OwnKey,
    /// A provisioning directory does not accept the key that was given for it, or is not there.
    OwnKeyRefused,
    /// It asks about accounts that another listing tells, and that told none.
    NoAccount,
}

/// One dataset of the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DatasetAccess {
    /// Its name.
    pub name: String,
    /// Whether it can be read.
    pub state: DatasetState,
    /// Sources that cannot be read, by their names.
    pub without: Vec<String>,
    /// Why, for the first of them.
    pub cause: Option<Cause>,
    /// The scope that the first of them needs, where the vendor states one.
    pub scope: Option<String>,
    /// The cause in words; empty if nothing is missing.
    pub why: String,
    /// What mends it; empty if nothing is missing.
    pub mend: String,
}

/// Whether a dataset can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DatasetState {
    /// From every source that this version reads.
    Readable,
    /// Its main source can be read, another one cannot: the fields of that one stay absent.
    Partly,
    /// Its main source cannot be read: controls on it are unknown.
    Unreadable,
    /// It was left out on request.
    LeftOut,
    /// No API gives it: it is taken from exports of the console.
    Exported,
    /// The catalog knows it, and this version has no request for its main source.
    NotCollected,
}

/// Something that the plan or the organisation has to have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Need {
    /// What, in the catalog's words.
    pub needs: String,
    /// Whether it is there.
    pub state: NeedState,
    /// The requests that show it.
    pub shown_by: Vec<String>,
}

/// Whether something that is needed is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NeedState {
    /// An answer with records shows that it is.
    Present,
    /// A refusal (402) shows that it is not.
    Missing,
    /// An empty list, or no answer, shows neither.
    NotShown,
}

/// Every endpoint that was examined.
pub(super) fn requests(examination: &Examination, key: &KeyReport) -> Vec<RequestAccess> {
    let picture = Picture::of(&examination.probes);
    let proxy = examination.network.proxy.as_deref();
    let access = |probe: &Probe| request(probe, &picture, key, proxy);
    examination.probes.iter().map(access).collect()
}

/// What all answers together show.
struct Picture {
    answered: usize,
    refused: BTreeMap<u16, usize>,
    asked: usize,
}

impl Picture {
    fn of(probes: &[Probe]) -> Picture {
        // The key of a directory says nothing about the organisation's.
        let probes = || {
            let mut all = probes.iter();
            std::iter::from_fn(move || all.find(|one| KeyUsed::of(one) == KeyUsed::Organization))
        };
        let mut refused = BTreeMap::new();
        for status in probes().filter_map(Probe::refusal) {
            *refused.entry(status).or_default() += 1;
        }
        Picture {
            answered: probes().filter(|probe| probe.is_answered()).count(),
            asked: probes()
                .filter(|probe| !matches!(probe.answer, ProbeAnswer::NotAsked { .. }))
                .count(),
            refused,
        }
    }

    /// Whether every request was refused, with one of these.
    fn only(&self, statuses: &[u16]) -> bool {
        let count = |status: &u16| self.refused.get(status).copied().unwrap_or(0);
        self.asked > 0 && statuses.iter().map(count).sum::<usize>() == self.asked
    }
}

fn request(
    probe: &Probe,
    picture: &Picture,
    key: &KeyReport,
    proxy: Option<&str>,
) -> RequestAccess {
    let pattern = &probe.request;
    let method = match pattern.method {
        Verb::Get => "GET",
        Verb::Post => "POST",
    };
    let source = source_of(probe.dataset, method, pattern.path);
    let scope = source.and_then(|source| source.scope);
    let needs = source.map_or("", |source| source.needs);
    let (access, status, detail) = match &probe.answer {
        ProbeAnswer::Page { .. } | ProbeAnswer::Count(_) => (Access::Answered, None, String::new()),
        ProbeAnswer::Refused { status, detail } => (Access::Refused, Some(*status), detail.clone()),
        ProbeAnswer::Failed { detail, .. } => (Access::Failed, None, detail.clone()),
        ProbeAnswer::NotAsked { .. } => (Access::NotAsked, None, String::new()),
    };
    let used = KeyUsed::of(probe);
    let cause = cause(&probe.answer, pattern.path, used, scope, picture, key);
    let is_empty = matches!(probe.answer, ProbeAnswer::Page { records: 0, .. });
    let (why, mend) = match cause {
        Some(cause) => told(cause, scope, needs, source, &detail, proxy),
        None if is_empty && !needs.is_empty() => (
            format!(
                "answered, and empty: either there is none, or the organisation lacks what this needs ({needs}); the API does not say which"
            ),
            String::new(),
        ),
        None => (String::new(), String::new()),
    };
    RequestAccess {
        dataset: probe.dataset.to_owned(),
        source: source.map(|source| source.name.to_owned()),
        purpose: pattern.purpose.to_owned(),
        method: method.to_owned(),
        path: pattern.path.to_owned(),
        key: used,
        scope: scope.map(str::to_owned),
        needs: needs.to_owned(),
        deprecated_after: source
            .and_then(|source| source.deprecated_after)
            .map(str::to_owned),
        access,
        status,
        cause,
        detail,
        why,
        mend,
        records: match probe.answer {
            ProbeAnswer::Page { records, .. } => Some(records),
            _ => None,
        },
        count: match probe.answer {
            ProbeAnswer::Count(count) => Some(count),
            _ => None,
        },
    }
}

/// What the catalog says of a request.
fn source_of(dataset: &str, method: &str, path: &str) -> Option<&'static Source> {
    let sources = catalog::dataset(dataset)?.sources.iter();
    sources.into_iter().find(|source| {
        source
            .endpoint()
            .is_some_and(|(verb, place)| verb == method && place == path)
    })
}

fn cause(
    answer: &ProbeAnswer,
    path: &str,
    used: KeyUsed,
    scope: Option<&str>,
    picture: &Picture,
    key: &KeyReport,
) -> Option<Cause> {
    Some(match answer {
        ProbeAnswer::Page { .. } | ProbeAnswer::Count(_) => return None,
        ProbeAnswer::NotAsked { why } => match why {
            NotAsked::Unreached => Cause::Unreached,
            NotAsked::NoDirectoryKey => Cause::OwnKey,
            NotAsked::NoAccount => Cause::NoAccount,
        },
        ProbeAnswer::Failed { why, .. } => match why {
            ProbeFailure::NotConnected => Cause::Unreached,
            ProbeFailure::NoAnswer | ProbeFailure::ServerError => Cause::Server,
            ProbeFailure::RateLimited => Cause::RateLimit,
            ProbeFailure::BrokenAnswer | ProbeFailure::Redirected => Cause::NotTheApi,
        },
        ProbeAnswer::Refused { status, .. } => match status {
            401 | 403 | 404 if used == KeyUsed::Directory => Cause::OwnKeyRefused,
            401 if picture.answered == 0 => Cause::KeyUnknown,
            401 => Cause::KeyUnknownHere,
            402 => Cause::Plan,
            403 | 404 if picture.only(&[403, 404]) => Cause::Organization,
            404 if path.ends_with("/orgs/{org}") => Cause::Organization,
            404 => Cause::NotOffered,
            403 => match (scope, key.holds(scope)) {
                (None, _) => Cause::ScopeNotStated,
                (Some(_), Some(false)) => Cause::ScopeMissing,
                (Some(_), Some(true)) => Cause::NotPermitted,
                (Some(_), None) => Cause::ScopeLikely,
            },
            _ => Cause::Refused,
        },
    })
}

/// A cause in words, and what mends it.
fn told(
    cause: Cause,
    scope: Option<&str>,
    needs: &str,
    source: Option<&Source>,
    detail: &str,
    proxy: Option<&str>,
) -> (String, String) {
    let scope = scope.unwrap_or("of the table in README.md");
    let new_key = |scope: &str| key_with(&format!("`{scope}`"));
    match cause {
        Cause::KeyUnknown => (
            "401: the API does not know this key: it is expired, revoked, mistyped or of another kind (a user's API token or an OAuth token, which do not work here)".to_owned(),
            CONSOLE_KEYS.to_owned(),
        ),
        Cause::KeyUnknownHere => (
            "401 here, while other requests with this key were answered: it expired in between, or this endpoint takes no key with scopes".to_owned(),
            "run this again: if it still comes out so, leave the dataset out with `--without`".to_owned(),
        ),
        Cause::Plan => (
            match needs {
                "" => "402: the organisation's plan does not have it".to_owned(),
                needs => format!("402: the organisation's plan does not have it; it needs {}", head(needs)),
            },
            "leave it out with `--without`, or see admin.atlassian.com > Billing for the plan".to_owned(),
        ),
        Cause::ScopeMissing => (format!("403: the key lacks the scope `{scope}`"), new_key(scope)),
        Cause::ScopeLikely => (
            format!("403: most likely the key lacks the scope `{scope}`; which key of the organisation is in use is not known for certain"),
            new_key(scope),
        ),
        Cause::NotPermitted => (
            match needs {
                "" => format!("403, although the key has the scope `{scope}` or may do everything: the organisation or its plan does not offer it"),
                needs => format!("403, although the key has the scope `{scope}` or may do everything; it also needs {}", head(needs)),
            },
            "leave it out with `--without`, or ask Atlassian support with the API's own words".to_owned(),
        ),
        Cause::ScopeNotStated => (
            "403; the vendor states no scope for it, and a key with every read scope is known to be answered".to_owned(),
            format!("{CONSOLE_KEYS}, with every read scope of the table in README.md"),
        ),
        Cause::Organization => (
            "every request, or that for the organisation itself, was refused: the organisation id is not the key's, or the key may read nothing".to_owned(),
            "take the id from the address of the console, admin.atlassian.com/o/<id>; a key belongs to one organisation".to_owned(),
        ),
        Cause::NotOffered => (
            match source.and_then(|source| source.deprecated_after) {
                Some(day) => format!("404 here: not offered to this organisation, or switched off (the vendor announced that for after {day})"),
                None => "404 here: not offered to this organisation".to_owned(),
            },
            "leave it out with `--without`".to_owned(),
        ),
        Cause::Refused => (
            format!("the API refuses the request: {detail}"),
            "this may be a mistake in tickmark: please report it with these words".to_owned(),
        ),
        Cause::RateLimit => (
            "the rate limit is used up: something else uses this key, or the organisation's limit".to_owned(),
            "run this again in a minute".to_owned(),
        ),
        Cause::Server => (
            format!("no answer: {detail}"),
            "run this again; status.atlassian.com tells of incidents".to_owned(),
        ),
        Cause::NotTheApi => (
            format!("something else than the API answered: {detail}"),
            "a proxy, a sign-in page of the network or a wrong `--api-url` answers instead: check these".to_owned(),
        ),
        Cause::Unreached => unreached(detail, proxy),
        Cause::OwnKey => (
            "not tried: it needs the directory's own key".to_owned(),
            format!("{CONSOLE_DIRECTORIES}; give it with `--scim-keys-file`, ATLASSIAN_SCIM_KEYS or `scim_keys_file` in tickmark.yaml"),
        ),
        Cause::OwnKeyRefused => (
            format!("{detail}: the directory's own key is expired, revoked or mistyped, or its id is"),
            format!("{CONSOLE_DIRECTORIES} > Regenerate key; the id stands in the SCIM base URL beside it"),
        ),
        Cause::NoAccount => (
            "not tried: no account was listed that it could be asked about".to_owned(),
            "nothing, if the organisation has none; else see to the listing of accounts first".to_owned(),
        ),
    }
}

/// How to come by a key with these scopes.
pub(super) fn key_with(scopes: &str) -> String {
    format!(
        "{CONSOLE_KEYS}, with scopes, {scopes} among them; a key's scopes are chosen when it is made"
    )
}

/// What is needed, without what happens where it is not there.
pub(super) fn head(needs: &str) -> &str {
    needs.split(';').next().unwrap_or(needs)
}

/// Why nobody was reached: the network's own words tell certificates from the rest.
fn unreached(detail: &str, proxy: Option<&str>) -> (String, String) {
    let what = match detail {
        "" => "not asked: the API was not reached before".to_owned(),
        detail => detail.to_owned(),
    };
    let is_about_certificates = ["certificate", "UnknownIssuer", "BadSignature"]
        .iter()
        .any(|word| detail.contains(word));
    let mend = match (is_about_certificates, proxy) {
        (true, _) => {
            "something on the way shows a certificate that this computer does not trust: name your network's own certificates (PEM) with `--ca-file` or TICKMARK_CA_FILE".to_owned()
        }
        (false, Some(proxy)) => {
            format!("check the proxy {proxy} (HTTPS_PROXY, ALL_PROXY; user and password stand before its `@`), or name the API's host in NO_PROXY")
        }
        (false, None) => {
            "check the network and the address; behind a proxy, set HTTPS_PROXY".to_owned()
        }
    };
    (what, mend)
}

/// Every dataset of the catalog.
pub(super) fn datasets(
    requests: &[RequestAccess],
    without: &BTreeSet<String>,
) -> Vec<DatasetAccess> {
    DATASETS
        .iter()
        .map(|dataset| {
            let of = |source: &Source| find(requests, source);
            let main = of(&dataset.sources[0]);
            let missing: Vec<&RequestAccess> = dataset
                .sources
                .iter()
                .filter_map(of)
                .filter(|request| request.access != Access::Answered)
                .collect();
            let main_left_out = left_out(dataset.sources[0].name, without);
            let state = match main {
                None if main_left_out => DatasetState::LeftOut,
                None if !dataset.is_collected() => DatasetState::Exported,
                None => DatasetState::NotCollected,
                Some(main) if main.access != Access::Answered => DatasetState::Unreadable,
                Some(_) if missing.is_empty() => DatasetState::Readable,
                Some(_) => DatasetState::Partly,
            };
            DatasetAccess {
                name: dataset.name.to_owned(),
                state,
                without: missing
                    .iter()
                    .filter_map(|request| request.source.clone())
                    .collect(),
                cause: missing.first().and_then(|one| one.cause),
                scope: missing.first().and_then(|one| one.scope.clone()),
                why: missing.first().map_or(String::new(), |one| one.why.clone()),
                mend: missing
                    .first()
                    .map_or(String::new(), |one| one.mend.clone()),
            }
        })
        .collect()
}

/// The request that `source` is, whichever dataset it was asked for.
pub(super) fn find<'r>(
    requests: &'r [RequestAccess],
    source: &Source,
) -> Option<&'r RequestAccess> {
    let (method, path) = source.endpoint()?;
    requests
        .iter()
        .find(|request| request.method == method && request.path == path)
}

/// Whether the source called `name` was not asked because its dataset was left out.
pub(super) fn left_out(name: &str, without: &BTreeSet<String>) -> bool {
    DATASETS.iter().any(|dataset| {
        let mut sources = dataset.sources.iter();
        without.contains(dataset.name) && sources.any(|source| source.name == name)
    })
}

/// What the plan and the organisation have to have, as the sources say.
pub(super) fn needs(requests: &[RequestAccess]) -> Vec<Need> {
    let mut needs: Vec<Need> = Vec::new();
    for request in requests.iter().filter(|one| !one.needs.is_empty()) {
        let state = match (request.access, request.status, request.records) {
            (Access::Answered, _, Some(1..)) => NeedState::Present,
            (_, Some(402), _) => NeedState::Missing,
            _ => NeedState::NotShown,
        };
        let shown_by = request.source.clone().unwrap_or_default();
        match needs
            .iter_mut()
            .find(|need| head(&need.needs) == head(&request.needs))
        {
            Some(need) => {
                need.state = need.state.min(state);
                need.shown_by.push(shown_by);
            }
            None => needs.push(Need {
                needs: request.needs.clone(),
                state,
                shown_by: vec![shown_by],
            }),
        }
    }
    needs
}

//! The APIs' answers, as they came: the only code that talks to Atlassian.
//!
//! [`collect`] walks every listing of [`COLLECTORS`] and leaves one journal each below `raw/`. What the
//! records mean is left to `assemble`, which reads the journals and nothing else. Each collector is a
//! file of this folder: a table of endpoint, scope, paging, and which member of a wire record becomes
//! which field of the catalog.

mod accounts;
mod administrators;
mod api_keys;
mod api_tokens;
mod authentication_policy_members;
mod classification_levels;
mod client;
mod clock;
mod collector;
mod directories;
mod domains;
mod error;
mod event_actions;
mod events;
mod forecast;
mod groups;
mod journal;
mod key;
mod limits;
mod managed_accounts;
mod oauth_clients;
mod organization;
mod pace;
mod page;
mod pages;
mod parts;
mod policies;
mod probe;
mod repeats;
mod requests;
mod retry;
mod run_facts;
mod scim_groups;
mod scim_users;
mod seen;
mod segment;
mod service_accounts;
mod workspaces;

pub use client::{API_URL, NetworkPath, Trust, Verb};
pub use clock::{Clock, FixedClock, SystemClock};
pub use collector::{AccountsOf, Case, Collector, Count, Fallback, Origin, Paging, Parts, Which};
pub use error::CollectError;
pub use forecast::{Call, FORECAST_FORMAT, Forecast, Span, forecast, forecast_schema};
pub use journal::{End, Exchange, Line, Purpose, read_journal};
pub use key::{ApiKey, ApiKeyError, ScimKeys, ScimKeysError};
pub use limits::{
    BODY_BYTES_MAX, Limits, PAGE_COUNT_MAX, RATE_LIMIT_COUNT_MAX, RECORD_BYTES_MAX,
    REREAD_COUNT_MAX, RETRY_COUNT_MAX,
};
pub use pace::Rate;
pub use page::{Page, read_count, read_page, read_stats, record_id};
pub use parts::BATCH_ACCOUNTS_MAX;
pub use probe::{
    Allowance, Examination, KeyList, ListedKey, NotAsked, Probe, ProbeAnswer, ProbeFailure,
    ProbeRequest, Probes, probe,
};
pub use requests::{RequestPattern, requests};
pub(crate) use retry::http_date;
pub use run_facts::RunFacts;

use crate::audit_log::{AskedPeriod, Walk, Walked};
use crate::progress::{Event, Progress};
use crate::snapshot::{SnapshotWriter, journal_path};
use client::{ApiClient, Keys};
use clock::SteadyClock;
use collector::{from, records};
use jiff::Timestamp;
use journal::Journal;
use pace::Pace;
use pages::{Endpoint, page_request};
use parts::{Part, PartList};
use retry::{Asked, Asker};
use run_facts::{RunLock, facts_path};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::future::{Future, poll_fn};
use std::path::PathBuf;
use std::pin::Pin;
use std::task::Poll;
use tokio::sync::Semaphore;

/// Every collector, in the order in which the snapshot lists what they fill.
pub static COLLECTORS: &[&Collector] = &[
    &organization::ORGANIZATION,
    &directories::DIRECTORIES,
    &domains::DOMAINS,
    &accounts::ACCOUNTS,
    &managed_accounts::MANAGED_ACCOUNTS,
    &groups::GROUPS,
    &policies::POLICIES,
    &workspaces::WORKSPACES,
    &api_tokens::API_TOKENS,
    &api_keys::API_KEYS,
    &service_accounts::SERVICE_ACCOUNTS,
    &oauth_clients::OAUTH_CLIENTS,
    &classification_levels::CLASSIFICATION_LEVELS,
    &event_actions::EVENT_ACTIONS,
    &events::EVENTS,
    &administrators::ADMINISTRATORS,
    &administrators::ADMIN_ROLE_ASSIGNMENTS,
    &authentication_policy_members::AUTHENTICATION_POLICY_MEMBERS,
    &scim_users::SCIM_USERS,
    &scim_groups::SCIM_GROUPS,
];

/// Walks that run at the same time. The vendor does not document the rate limits of these endpoints.
const WALKS_AT_ONCE_MAX: usize = 4;

/// The collector called `name`.
///
/// # Panics
/// There is none of that name: names stand in the code only.
pub fn collector(name: &str) -> &'static Collector {
    COLLECTORS
        .iter()
        .find(|collector| collector.name == name)
        .expect("collectors are named in the code only; a test asks for each of them")
}

/// What to collect, from where, and into which folder.
pub struct CollectRequest<'a> {
    /// Address of the API: scheme, host and port. [`API_URL`] unless it is a local server.
    pub api_url: String,
    /// Id of the organisation. It is never guessed from the key.
    pub org_id: String,
    /// The key.
    pub key: ApiKey,
    /// The keys of provisioning directories, each of which has its own.
    pub scim_keys: ScimKeys,
    /// The folder of the snapshot.
    pub out: PathBuf,
    /// What may be in that folder.
    pub start: Start,
    /// Names of datasets that are not asked for. Datasets that are joined with one of them go without it.
    pub without: BTreeSet<String>,
    /// The period whose audit events are fetched.
    pub period: AskedPeriod,
    /// PEM file of certificates to trust beside the system's.
    pub ca_file: Option<PathBuf>,
    /// What the run may spend.
    pub limits: Limits,
    /// Seed of the pauses between tries. It changes no byte of the snapshot.
    pub jitter_seed: u64,
    /// The clock that every time in the snapshot is read from.
    pub clock: &'a dyn Clock,
}

/// Where a run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// In a folder that is empty or not there.
    Anew,
    /// Where an interrupted run of the same organisation stopped; anew if none began there.
    Resume,
}

/// Journals in a folder that is not yet a snapshot.
#[derive(Debug)]
pub struct RawSnapshot {
    /// The folder.
    pub writer: SnapshotWriter,
    /// Id of the organisation, as asked for.
    pub org_id: String,
    /// Address of the API.
    pub api_url: String,
    /// Before the first request.
    pub from: Timestamp,
    /// After the last response.
    pub to: Timestamp,
    /// Keeps other runs out of the folder until the snapshot is finished.
    _lock: RunLock,
}

/// What every walk of a run shares.
struct Run<'a> {
    request: &'a CollectRequest<'a>,
    writer: &'a SnapshotWriter,
    client: &'a ApiClient,
    clock: &'a dyn Clock,
    limits: &'a Limits,
    progress: &'a dyn Progress,
    /// The budget of the organisation's key, and that of the keys of provisioning directories.
    pace: &'a Pace,
    scim_pace: &'a Pace,
    gate: Semaphore,
    /// When the run began, or the one that it goes on with.
    started_at: Timestamp,
    period: &'a AskedPeriod,
    ends_at: Timestamp,
}

/// Fetches every listing and leaves a journal of each answer, as received, in the folder `out`.
///
/// Walks run side by side, each with its own journal and numbering, so that no byte depends on which of
/// them was faster. A listing that is refused or breaks does not end the run: its journal says how it
/// came out.
///
/// A run that is stopped at any point leaves journals that [`Start::Resume`] goes on with: each walk is
/// led through the answers that are there, comes to the same place, and asks on.
///
/// # Errors
/// The request itself cannot be used, the folder cannot be written, every request was answered 401 or 403
/// ([`CollectError::KeyRefused`]) or none was answered ([`CollectError::Unreachable`]); in these two
/// cases a folder that was new is left empty, so that the next run can have it. If the network goes away
/// in the middle ([`CollectError::ConnectionLost`]) what was fetched stays, for a run that resumes.
pub async fn collect(
    request: &CollectRequest<'_>,
    progress: &dyn Progress,
) -> Result<RawSnapshot, CollectError> {
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
    let now = request.clock.now();
    let Begun {
        writer,
        facts,
        lock,
        is_new,
    } = begin(request, now)?;
    let clock = SteadyClock::new(request.clock, facts.started_at);
    progress.tell(Event::Started {
        stage: "collect",
        about: &format!("organisation {} at {}", request.org_id, request.api_url),
    });
    let run = Run {
        request,
        writer: &writer,
        client: &client,
        clock: &clock,
        limits: &request.limits,
        progress,
        pace: &Pace::default(),
        scim_pace: &Pace::default(),
        gate: Semaphore::new(WALKS_AT_ONCE_MAX),
        started_at: facts.started_at,
        period: &request.period,
        // A run that goes on has as much time as one that begins.
        ends_at: clock
            .now()
            .checked_add(request.limits.run_max)
            .unwrap_or(Timestamp::MAX),
    };
    let is_wanted = |name: &Collector| !request.without.contains(name.dataset);
    let mut walked: BTreeMap<&str, Settled> = BTreeMap::new();
    // What asks about the accounts of another listing comes behind that.
    let (later, first): (Vec<&Collector>, Vec<&Collector>) = COLLECTORS
        .iter()
        .copied()
        .filter(|collector| is_wanted(collector))
        .partition(|collector| collector.parts.accounts_of().is_some());
    for collectors in [first, later] {
        let jobs: Vec<(&'static Collector, PartList, Journaled)> = collectors
            .into_iter()
            .filter_map(|collector| {
                let (parts, journaled) = run.parts(collector, &walked)?;
                Some((collector, parts, journaled))
            })
            .collect();
        let walks = jobs
            .iter()
            .map(|(collector, parts, journaled)| walk_one(&run, collector, parts, *journaled));
        let done = all(walks)
            .await
            .into_iter()
            .collect::<Result<Vec<_>, _>>()?;
        let names = jobs.iter().map(|(collector, _, _)| collector.name);
        walked.extend(names.zip(done));
        // What had come to its end before is not asked again and says nothing about the key.
        let asked: Vec<&Asked> = walked
            .values()
            .filter_map(|one| one.asked.as_ref())
            .collect();
        refuse_empty_run(request, &asked).inspect_err(|_| {
            if is_new {
                clear(&writer);
            }
        })?;
        if let Some(lost) = asked.iter().find(|asked| asked.connection_lost) {
            return Err(CollectError::ConnectionLost {
                api_url: request.api_url.clone(),
                detail: lost.last_failure.clone(),
            });
        }
    }
    Ok(RawSnapshot {
        writer,
        org_id: request.org_id.clone(),
        api_url: request.api_url.clone(),
        from: facts.started_at,
        to: clock::whole_second_after(clock.now()),
        _lock: lock,
    })
}

/// A run that has its folder.
struct Begun {
    writer: SnapshotWriter,
    /// Its facts, or those of the run that it goes on with.
    facts: RunFacts,
    lock: RunLock,
    is_new: bool,
}

/// Takes the folder.
fn begin(request: &CollectRequest<'_>, now: Timestamp) -> Result<Begun, CollectError> {
    let asked = RunFacts::new(request, now);
    let dir = &request.out;
    let began = match request.start {
        Start::Anew => None,
        Start::Resume => RunFacts::read(dir)?,
    };
    let Some(began) = began else {
        // A run that was stopped before it had written its facts had not sent anything either.
        let writer = match request.start {
            Start::Anew => SnapshotWriter::create(dir)?,
            Start::Resume => SnapshotWriter::reopen(dir)?,
        };
        asked.write(&writer)?;
        return Ok(Begun {
            lock: RunLock::take(dir)?,
            writer,
            facts: asked,
            is_new: true,
        });
    };
    began.must_match(&asked, dir)?;
    // The lock comes first: reopening removes what a run that still goes on may be writing.
    let lock = RunLock::take(dir)?;
    Ok(Begun {
        writer: SnapshotWriter::reopen(dir)?,
        facts: began,
        lock,
        is_new: false,
    })
}

/// What became of one listing.
struct Settled {
    /// `None` if an interrupted run had settled it.
    asked: Option<Asked>,
    /// The reading of it that counts.
    reading: u32,
}

/// Whether what an interrupted run left of a listing still fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Journaled {
    /// It is gone on with.
    Fits,
    /// The accounts that it asked about have been read anew.
    Stale,
}

impl<'a> Run<'a> {
    /// What `collector` is asked for; `None` if there is nothing: no key to a provisioning directory, or
    /// nobody asked for the accounts that it asks about.
    fn parts(
        &self,
        collector: &Collector,
        walked: &BTreeMap<&str, Settled>,
    ) -> Option<(PartList, Journaled)> {
        match collector.parts {
            Parts::One => Some((PartList::One, Journaled::Fits)),
            Parts::Directories => {
                let directories = self.request.scim_keys.directories();
                (!directories.is_empty())
                    .then_some((PartList::Directories(directories), Journaled::Fits))
            }
            Parts::Accounts(of) | Parts::Batches(of) => {
                let told = walked.get(of.collector)?;
                let journal = journal_path(self.writer.dir(), of.collector);
                let parts = PartList::of_accounts(collector.parts, of, journal, told.reading);
                let journaled = match told.asked {
                    Some(_) => Journaled::Stale,
                    None => Journaled::Fits,
                };
                Some((parts, journaled))
            }
        }
    }

    /// The budget that the requests of `collector` draw on.
    fn pace_of(&self, collector: &Collector) -> &'a Pace {
        match collector.parts {
            Parts::Directories => self.scim_pace,
            Parts::One | Parts::Accounts(_) | Parts::Batches(_) => self.pace,
        }
    }
}

/// Fetches one listing, unless an interrupted run had settled it.
async fn walk_one(
    run: &Run<'_>,
    collector: &'static Collector,
    parts: &PartList,
    journaled: Journaled,
) -> Result<Settled, CollectError> {
    let _turn = run.gate.acquire().await.expect("the gate is never closed");
    let (journal, left) = match journaled {
        Journaled::Fits => Journal::open(run.writer, collector.name)?,
        Journaled::Stale => Journal::anew(run.writer, collector.name)?,
    };
    let (journal, left) = match &left.end {
        Some(end) if !end.may_mend() => {
            return Ok(Settled {
                asked: None,
                reading: left.reading,
            });
        }
        // Behind a part that failed others were asked for: they are not in the order of going on.
        Some(_) if collector.parts != Parts::One => Journal::anew(run.writer, collector.name)?,
        _ => (journal, left),
    };
    let mut asker = Asker::new(run, collector, journal, left)?;
    let walked = match collector.paging {
        Paging::AuditLog => {
            let walk = Walk::new(run.period, run.started_at, run.limits.page_count_max);
            events::walk(walk, collector, &mut asker).await?
        }
        _ => Walked {
            completeness: pages::walk(collector, parts, &mut asker).await?,
            period: None,
        },
    };
    let reading = asker.reading;
    Ok(Settled {
        asked: Some(asker.end(walked)?),
        reading,
    })
}

/// A run in which nothing but refusals of the key came back, or nothing at all, is no snapshot.
fn refuse_empty_run(request: &CollectRequest<'_>, asked: &[&Asked]) -> Result<(), CollectError> {
    let statuses: BTreeSet<Option<u16>> = asked
        .iter()
        .flat_map(|asked| asked.statuses.iter().copied())
        .collect();
    let detail = asked
        .iter()
        .map(|asked| asked.last_failure.clone())
        .find(|detail| !detail.is_empty())
        .unwrap_or_default();
    // Every answer may have been there already.
    if statuses.is_empty() && detail.is_empty() {
        Ok(())
    } else if statuses.iter().all(Option::is_none) {
        Err(CollectError::Unreachable {
            api_url: request.api_url.clone(),
            detail,
        })
    } else if statuses
        .iter()
        .all(|status| matches!(status, None | Some(401 | 403)))
    {
        Err(CollectError::KeyRefused { detail })
    } else {
        Ok(())
    }
}

/// Takes back what this run made, so that the same command can be given again. What cannot be removed
/// stays: without a manifest it is no snapshot.
fn clear(writer: &SnapshotWriter) {
    for collector in COLLECTORS {
        let _ = fs::remove_file(journal_path(writer.dir(), collector.name));
    }
    let _ = fs::remove_file(facts_path(writer.dir()));
    for folder in ["raw", "datasets"] {
        let _ = fs::remove_dir(writer.dir().join(folder));
    }
}

/// Runs all of `futures` side by side on this task; results in their order.
async fn all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<Pin<Box<F>>> = futures.map(Box::pin).collect();
    let mut outputs: Vec<Option<F::Output>> = running.iter().map(|_| None).collect();
    poll_fn(|context| {
        let mut waiting = false;
        for (future, output) in running.iter_mut().zip(&mut outputs) {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(value) => *output = Some(value),
                    Poll::Pending => waiting = true,
                }
            }
        }
        if waiting {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
    outputs
        .into_iter()
        .map(|output| output.expect("every future was polled to its end"))
        .collect()
}

#[cfg(test)]
mod tests;

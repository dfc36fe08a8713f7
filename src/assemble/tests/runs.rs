//! Runs against a server of a small organisation, and what they leave.

use super::records::*;
use super::server::{Reply, Seen, Server};
use super::world::{World, world_with};
use crate::assemble::assemble;
use crate::audit_log::AskedPeriod;
use crate::catalog;
use crate::collect::{
    ApiKey, CollectError, CollectRequest, FixedClock, Limits, RawSnapshot, ScimKeys, Start, collect,
};
use crate::progress::{Lines, Progress};
use crate::snapshot::{DatasetStatement, Manifest, RecordSource, Snapshot, SourceStatement};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

pub const KEY: &str = "ATCTTsecretKEYthatMUSTnotLEAK0123456789";

pub const SCIM_KEY: &str = "SCIMsecretKEYthatMUSTnotLEAK9876543210";

pub const OTHER_SCIM_KEY: &str = "OTHERsecretKEYthatMUSTnotLEAK555555555";

/// What a run left.
pub struct Ran {
    pub result: Result<Snapshot, CollectError>,
    pub seen: Vec<Seen>,
    /// Progress, as lines.
    pub told: String,
    pub dir: PathBuf,
    _temporary: tempfile::TempDir,
}

impl Ran {
    pub fn snapshot(&self) -> &Snapshot {
        self.result.as_ref().expect("the run gives a snapshot")
    }

    /// Completeness of a dataset, as a reader sees it.
    pub fn state(&self, dataset: &str) -> String {
        self.snapshot().manifest().datasets[dataset]
            .completeness
            .to_string()
    }

    /// Records of a dataset, without their provenance.
    pub fn records(&self, dataset: &str) -> Vec<Value> {
        let mut records: Vec<Value> = self
            .lines(dataset)
            .iter()
            .map(|line| serde_json::from_str(line).expect("a line is JSON"))
            .collect();
        for record in &mut records {
            record.as_object_mut().expect("an object").remove("_");
        }
        records
    }

    pub fn record(&self, dataset: &str, id: &str) -> Value {
        let records = self.records(dataset);
        let found = records.into_iter().find(|record| record["id"] == id);
        found.unwrap_or_else(|| panic!("{dataset} has {id}"))
    }

    pub fn lines(&self, dataset: &str) -> Vec<String> {
        let dataset = catalog::dataset(dataset).expect("a dataset");
        let mut lines = Vec::new();
        let mut text = String::new();
        for index in 0..self.snapshot().frame_count(dataset.name) {
            self.snapshot()
                .read_frame(dataset.name, index, &mut text)
                .expect("an unchanged frame");
            lines.extend(text.lines().map(str::to_owned));
        }
        lines
    }

    /// Every file of the folder with its bytes.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        files(&self.dir)
    }
}

/// Every file below `dir` with its bytes.
pub fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(dir).expect("below it").to_owned();
                files.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    files
}

/// Collects from `world` and assembles, with a clock that stands still.
pub fn run(world: &World) -> Ran {
    run_with(world, |_| {})
}

/// The same, with other limits.
pub fn run_with(world: &World, change: impl FnOnce(&mut Limits)) -> Ran {
    run_request(world, |request| change(&mut request.limits))
}

/// The same, without some datasets.
pub fn run_without(world: &World, datasets: &[&str]) -> Ran {
    run_request(world, |request| {
        request.without = datasets.iter().map(|name| (*name).to_owned()).collect();
    })
}

pub fn run_request(world: &World, change: impl FnOnce(&mut CollectRequest<'_>)) -> Ran {
    let temporary = tempfile::tempdir().expect("a folder");
    let dir = temporary.path().join("snapshot");
    let mut told = Vec::new();
    let (result, seen) = block_on(async {
        let server = Server::start(world.clone(), ORG).await;
        let progress = Lines::new(&mut told);
        let clock = FixedClock(now());
        let mut request = request(&dir, &server.url, &clock);
        change(&mut request);
        let result = collect(&request, &progress).await;
        let result =
            result.map(|raw| assemble(raw, &progress).expect("journals that were just written"));
        (result, server.seen())
    });
    Ran {
        result,
        seen,
        told: String::from_utf8(told).expect("lines are text"),
        dir,
        _temporary: temporary,
    }
}

pub fn source<'r>(ran: &'r Ran, dataset: &str, name: &str) -> &'r SourceStatement {
    let sources = &ran.snapshot().manifest().datasets[dataset].sources;
    sources
        .iter()
        .find(|source| source.source == name)
        .unwrap_or_else(|| panic!("{dataset} has a source {name}"))
}

pub fn asked<'r>(ran: &'r Ran, route: &str) -> Vec<&'r Seen> {
    ran.seen.iter().filter(|seen| seen.route == route).collect()
}

/// How `dataset` comes out where every request to `route` meets `fault`.
pub fn state_after(
    route: &'static str,
    dataset: &str,
    fault: impl Fn(&Seen) -> Option<Reply> + Send + Sync + 'static,
) -> (String, Ran) {
    let ran = run(&world_with(route, fault));
    (ran.state(dataset), ran)
}

/// Keys to both provisioning directories.
pub fn scim_keys() -> ScimKeys {
    format!("{DIRECTORY}={SCIM_KEY} {OTHER_DIRECTORY}={OTHER_SCIM_KEY}")
        .parse()
        .expect("keys")
}

/// A request for everything, into a folder that is new.
fn request<'a>(dir: &Path, api_url: &str, clock: &'a FixedClock) -> CollectRequest<'a> {
    CollectRequest {
        api_url: api_url.to_owned(),
        org_id: ORG.to_owned(),
        key: ApiKey::new(KEY).expect("a key"),
        scim_keys: scim_keys(),
        out: dir.to_owned(),
        start: Start::Anew,
        without: BTreeSet::new(),
        period: AskedPeriod::default(),
        ca_file: None,
        limits: Limits::default(),
        jitter_seed: 7,
        clock,
    }
}

pub async fn collect_into(
    dir: &Path,
    api_url: &str,
    limits: Limits,
    progress: &dyn Progress,
) -> Result<RawSnapshot, CollectError> {
    collect_as(dir, api_url, Start::Anew, limits, progress).await
}

/// The same, in a folder that may hold an interrupted run.
pub async fn collect_as(
    dir: &Path,
    api_url: &str,
    start: Start,
    limits: Limits,
    progress: &dyn Progress,
) -> Result<RawSnapshot, CollectError> {
    let clock = FixedClock(now());
    let request = CollectRequest {
        start,
        limits,
        ..request(dir, api_url, &clock)
    };
    collect(&request, progress).await
}

pub fn now() -> Timestamp {
    "2026-11-20T06:00:00Z".parse().expect("a time")
}

pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}

/// The datasets that the API fills, by name; the others come from exports of the console.
pub fn collected(manifest: &Manifest) -> impl Iterator<Item = (&String, &DatasetStatement)> {
    let is_collected = |name: &str| {
        let dataset = catalog::dataset(name);
        dataset.is_some_and(|dataset| dataset.is_collected())
    };
    let datasets = manifest.datasets.iter();
    datasets.filter(move |(name, _)| is_collected(name))
}

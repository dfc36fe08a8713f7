//! The sandbox organisation, collected over HTTP and assembled, for tests of later stages.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use tickmark::assemble::{GivenExports, assemble};
use tickmark::audit_log::AskedPeriod;
use tickmark::collect::{ApiKey, CollectError, CollectRequest, FixedClock, Limits, Start, collect};
use tickmark::import::ExportRequest;
use tickmark::progress::Silent;
use tickmark::sandbox::exports::exported_on;
use tickmark::sandbox::{
    ExportVariant, SANDBOX_KEY, Server, ServerOptions, World, WorldSpec, scim_keys,
};
use tickmark::snapshot::Snapshot;

/// The present of every organisation here.
pub fn as_of() -> Timestamp {
    "2026-11-20T06:00:00Z".parse().expect("a time")
}

/// An organisation of `users` accounts.
pub fn world(users: u32, seed: u64) -> Arc<World> {
    Arc::new(World::generate(&WorldSpec::new(users, seed, as_of())))
}

/// Options under which the server's answers are the same bytes in every run.
pub fn stable_options() -> ServerOptions {
    ServerOptions {
        clock: Some(as_of()),
        public_url: Some("https://api.atlassian.com".to_owned()),
        ..ServerOptions::default()
    }
}

/// The exports of `world`, written below `dir` and read.
pub fn exports(world: &World, variant: ExportVariant, dir: &Path) -> GivenExports {
    std::fs::create_dir_all(dir).expect("a folder");
    let files = tickmark::sandbox::exports::exports(world, variant);
    let requests: Vec<ExportRequest> = files
        .into_iter()
        .map(|file| {
            let path = dir.join(file.name);
            std::fs::write(&path, file.bytes).expect("a writable folder");
            ExportRequest {
                path,
                extracted_on: Some(exported_on(world, variant)),
            }
        })
        .collect();
    GivenExports::read(&requests, Vec::new()).expect("exports of the console")
}

/// Collects `world` into the folder `out`, which must be empty or absent.
pub fn snapshot(world: &Arc<World>, options: ServerOptions, out: &Path) -> Snapshot {
    try_snapshot(world, options, Limits::default(), out).expect("the sandbox answers")
}

/// The same, where the server's faults may leave nothing to make a snapshot of.
pub fn try_snapshot(
    world: &Arc<World>,
    options: ServerOptions,
    limits: Limits,
    out: &Path,
) -> Result<Snapshot, CollectError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let server = Server::start(Arc::clone(world), options)
            .await
            .expect("a free port on the loopback interface");
        let request = CollectRequest {
            api_url: server.base_url(),
            org_id: server.org_id().to_owned(),
            key: ApiKey::new(SANDBOX_KEY).expect("the sandbox's key is a key"),
            scim_keys: scim_keys(world),
            out: out.to_owned(),
            start: Start::Anew,
            without: BTreeSet::new(),
            period: AskedPeriod::default(),
            ca_file: None,
            limits,
            jitter_seed: 1,
            clock: &FixedClock(world.as_of),
        };
        let raw = collect(&request, &Silent).await;
        server.stop().await;
        Ok(assemble(raw?, &Silent).expect("a writable folder"))
    })
}

//! What each stage costs on sandbox snapshots of 10 000 and 100 000 accounts: `cargo bench`.
//!
//! Times are those of one machine in one run; compare rows, not runs. `benches/compare.py` measures the
//! whole program against other tools.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;

use divan::Bencher;
use jiff::Timestamp;
use tickmark::assemble::assemble;
use tickmark::assess::{AssessOptions, Assessment, assess};
use tickmark::audit_log::AskedPeriod;
use tickmark::catalog;
use tickmark::collect::{ApiKey, CollectRequest, FixedClock, Limits, ScimKeys, Start, collect};
use tickmark::control;
use tickmark::diagnostic::SourceFile;
use tickmark::gate::Gate;
use tickmark::plan::{ParameterValues, Plan};
use tickmark::progress::Silent;
use tickmark::report::{self, ReportOptions, ReportView};
use tickmark::sandbox::{SANDBOX_KEY, Server, ServerOptions, World, WorldSpec};
use tickmark::snapshot::{RecordSource, Snapshot};
use tickmark::value::{Json, Projection};

/// Sizes of the organisations.
const SIZES: [u32; 2] = [10_000, 100_000];

fn main() {
    divan::main();
}

fn as_of() -> Timestamp {
    "2026-11-20T06:00:00Z".parse().expect("a time")
}

/// A snapshot of `users` accounts, collected once and kept below the target folder.
fn snapshot(users: u32) -> Snapshot {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("bench-{}-{users}", env!("CARGO_PKG_VERSION")));
    if let Ok(snapshot) = Snapshot::open(&dir) {
        return snapshot;
    }
    let _ = std::fs::remove_dir_all(&dir);
    let world = Arc::new(World::generate(&WorldSpec::new(users, 1, as_of())));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let server = Server::start(world, ServerOptions::default())
            .await
            .expect("a free port");
        let request = CollectRequest {
            api_url: server.base_url(),
            org_id: server.org_id().to_owned(),
            key: ApiKey::new(SANDBOX_KEY).expect("a key"),
            scim_keys: ScimKeys::none(),
            out: dir,
            start: Start::Anew,
            without: BTreeSet::new(),
            period: AskedPeriod::default(),
            ca_file: None,
            limits: Limits::default(),
            jitter_seed: 1,
            clock: &FixedClock(as_of()),
        };
        let raw = collect(&request, &Silent)
            .await
            .expect("the sandbox answers");
        assemble(raw, &Silent).expect("a writable folder")
    })
}

fn plan() -> Plan {
    let (controls, problems) = control::load(&control::builtin());
    assert!(problems.is_empty());
    Plan::new(controls, &ParameterValues::none())
        .unwrap_or_else(|_| panic!("the built-in controls can be planned"))
}

fn assessed(snapshot: &Snapshot, threads: usize) -> Assessment {
    let options = AssessOptions {
        threads: NonZero::new(threads),
        ..AssessOptions::default()
    };
    assess(&plan(), snapshot, options).expect("a readable snapshot")
}

/// Reading and checking 104 controls: the built-in ones eight times over.
#[divan::bench]
fn load_104_controls(bencher: Bencher<'_, '_>) {
    let files: Vec<SourceFile> = (0..8)
        .flat_map(|copy| {
            control::builtin().into_iter().map(move |file| {
                let id = file.name().rsplit('/').next().unwrap_or_default();
                let id = id.trim_end_matches(".yaml");
                let text = file
                    .text()
                    .replace(&format!("id: {id}"), &format!("id: {id}-{copy}"));
                SourceFile::new(format!("{id}-{copy}.yaml"), text)
            })
        })
        .collect();
    bencher.bench(|| control::load(black_box(&files)));
}

/// Putting parameter values in and laying out scans.
#[divan::bench]
fn compile_13_controls(bencher: Bencher<'_, '_>) {
    let (controls, _) = control::load(&control::builtin());
    bencher
        .with_inputs(|| controls.clone())
        .bench_values(|controls| Plan::new(controls, &ParameterValues::none()));
}

/// Frames read, checked and decompressed, nothing looked at.
#[divan::bench(args = SIZES, sample_count = 10)]
fn read_accounts(bencher: Bencher<'_, '_>, users: u32) {
    let snapshot = snapshot(users);
    let accounts = catalog::dataset("accounts").expect("a dataset");
    bencher.bench(|| {
        let mut text = String::new();
        for frame in 0..snapshot.frame_count(accounts.name) {
            snapshot
                .read_frame(accounts.name, frame, &mut text)
                .expect("readable");
            black_box(&text);
        }
    });
}

/// The same, and the fields found that the built-in controls look at.
#[divan::bench(args = SIZES, sample_count = 10)]
fn scan_accounts(bencher: Bencher<'_, '_>, users: u32) {
    let snapshot = snapshot(users);
    let accounts = catalog::dataset("accounts").expect("a dataset");
    let plan = plan();
    let scan = plan
        .scans
        .iter()
        .find(|scan| scan.dataset.name() == accounts.name)
        .expect("controls look at accounts");
    let order = accounts.fields.iter().map(|field| field.name);
    let projection = Projection::new(order, scan.fields.iter().map(String::as_str));
    bencher.bench(|| {
        let (mut text, mut slots, mut found) = (String::new(), Vec::new(), 0_u64);
        for frame in 0..snapshot.frame_count(accounts.name) {
            snapshot
                .read_frame(accounts.name, frame, &mut text)
                .expect("readable");
            for line in text.lines() {
                let record = projection.scan(line, &mut slots).expect("a record");
                found += u64::from(record.member("email").is_some());
            }
        }
        found
    });
}

/// The whole assessment with the built-in controls, on one thread.
#[divan::bench(args = SIZES, sample_count = 10)]
fn evaluate_on_1_thread(bencher: Bencher<'_, '_>, users: u32) {
    let snapshot = snapshot(users);
    bencher.bench(|| assessed(&snapshot, 1));
}

/// The same on two.
#[divan::bench(args = SIZES, sample_count = 10)]
fn evaluate_on_2_threads(bencher: Bencher<'_, '_>, users: u32) {
    let snapshot = snapshot(users);
    bencher.bench(|| assessed(&snapshot, 2));
}

/// Counting, sorting and writing each report.
#[divan::bench(args = ["html", "markdown", "json"], sample_count = 10)]
fn report_of_100_000_accounts(bencher: Bencher<'_, '_>, format: &str) {
    let assessment = assessed(&snapshot(100_000), 2);
    let verdict = Gate::default().judge(&assessment);
    let format = report::format(format).expect("a format");
    bencher.bench(|| {
        let options = ReportOptions::default();
        let view = ReportView::new(&assessment, &verdict, &options).expect("readable findings");
        let mut written = Vec::new();
        (format.write)(&view, &mut written).expect("memory");
        written.len()
    });
}

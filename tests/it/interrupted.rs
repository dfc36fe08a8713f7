//! The program killed, starved of disk, and cut off from the network; and faults in any order.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::Value;
use tickmark::catalog;
use tickmark::collect::{CollectError, Limits};
use tickmark::sandbox::{Fault, PageSizes, SANDBOX_KEY, Server, ServerOptions, World, WorldSpec};
use tickmark::snapshot::{RecordSource, Snapshot};

use crate::organization::{stable_options, try_snapshot, world};

/// The present of the program, which goes by this machine's clock, and of its organisation.
static PRESENT: LazyLock<Timestamp> = LazyLock::new(|| {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).expect("the present")
});

/// Runs `work` beside a server of 60 accounts on small pages, whose every answer takes a while.
fn beside_slow_server<T>(work: impl FnOnce(&Server) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let options = ServerOptions {
        page_sizes: PageSizes::all(10),
        page_max: Some(20),
        faults: vec!["any=delay:15".parse::<Fault>().expect("a fault")],
        ..ServerOptions::default()
    };
    let world = World::generate(&WorldSpec::new(60, 3, *PRESENT));
    let server = runtime
        .block_on(Server::start(Arc::new(world), options))
        .expect("a free port on the loopback interface");
    work(&server)
}

/// `tickmark collect` against `server`, in a clean environment, run by `program`.
fn collect(mut program: Command, server: &Server, out: &Path, more: &[&str]) -> Command {
    // A period that is the same whenever a run begins, and few pages of the log.
    let days_ago = |days: i64| (*PRESENT - SignedDuration::from_hours(24 * days)).to_string();
    program
        .args(["collect", "--org", server.org_id()])
        .args(["--events-from", &days_ago(8), "--events-to", &days_ago(1)])
        .args(["--api-url", &server.base_url(), "--out"])
        .arg(out)
        .args(more)
        .env_clear()
        .env("ATLASSIAN_API_KEY", SANDBOX_KEY);
    program
}

fn tickmark() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tickmark"))
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The files of all datasets: they hold no time of the run.
fn datasets(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fs::read_dir(dir.join("datasets"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let name = path.file_name().expect("a file").into();
            (name, fs::read(&path).expect("a file"))
        })
        .collect()
}

fn assert_resumes(server: &Server, dir: &Path, whole: &BTreeMap<PathBuf, Vec<u8>>) {
    let output = collect(tickmark(), server, dir, &["--resume"]).output();
    let output = output.expect("the program starts");
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(datasets(dir) == *whole, "as if nothing had happened");
}

/// The datasets of a run that nothing interrupts.
fn uninterrupted(server: &Server, dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let output = collect(tickmark(), server, dir, &[]).output();
    let output = output.expect("the program starts");
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    datasets(dir)
}

#[cfg(unix)]
#[test]
fn a_program_killed_with_kill_9_goes_on_where_it_stopped() {
    beside_slow_server(|server| {
        let dir = tempfile::tempdir().expect("a folder");
        let whole = uninterrupted(server, &dir.path().join("whole"));
        let killed = dir.path().join("killed");
        for kills in 1..=3 {
            let before = server.requests().len();
            let mut child = collect(tickmark(), server, &killed, &["--resume"])
                .stderr(std::process::Stdio::null())
                .spawn()
                .expect("the program starts");
            // Somewhere in the middle: after a few answers more than last time.
            for _ in 0..2_000 {
                if server.requests().len() >= before + 6 {
                    break;
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            child.kill().expect("it runs");
            assert!(!child.wait().expect("it ended").success(), "kill {kills}");
            assert!(killed.join("raw/run.json").is_file());
            assert!(!killed.join("manifest.json").exists());
        }
        assert_resumes(server, &killed, &whole);
        let again = collect(tickmark(), server, &killed, &["--resume"]).output();
        let again = again.expect("the program starts");
        assert_eq!(again.status.code(), Some(2));
        assert!(
            told(&again).contains("is a finished snapshot"),
            "{}",
            told(&again)
        );
    });
}

#[cfg(unix)]
#[test]
fn a_program_that_is_interrupted_from_the_keyboard_ends_with_130_and_goes_on_where_it_stopped() {
    beside_slow_server(|server| {
        let dir = tempfile::tempdir().expect("a folder");
        let whole = uninterrupted(server, &dir.path().join("whole"));
        let stopped = dir.path().join("stopped");
        let before = server.requests().len();
        let child = collect(tickmark(), server, &stopped, &[])
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("the program starts");
        for _ in 0..2_000 {
            if server.requests().len() >= before + 6 {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let sent = Command::new("/bin/sh")
            .args(["-c", "kill -INT \"$0\"", &child.id().to_string()])
            .status();
        assert!(sent.expect("a shell").success());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(130), "{}", told(&output));
        assert!(told(&output).contains("--resume"), "{}", told(&output));
        assert!(!stopped.join("manifest.json").exists());
        assert_resumes(server, &stopped, &whole);
    });
}

#[cfg(unix)]
#[test]
fn a_full_disk_ends_the_run_with_6_and_what_was_written_is_used() {
    beside_slow_server(|server| {
        let dir = tempfile::tempdir().expect("a folder");
        let whole = uninterrupted(server, &dir.path().join("whole"));
        let full = dir.path().join("full");
        // No file may grow beyond 2 KiB: writing fails in the middle of a line, as on a full disk.
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", "trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\""])
            .arg(env!("CARGO_BIN_EXE_tickmark"));
        let output = collect(shell, server, &full, &[])
            .output()
            .expect("a shell");
        assert_eq!(output.status.code(), Some(6), "{}", told(&output));
        assert!(told(&output).contains("cannot write"), "{}", told(&output));
        let refused = collect(tickmark(), server, &full, &[]).output();
        let refused = refused.expect("the program starts");
        assert_eq!(refused.status.code(), Some(2));
        assert!(told(&refused).contains("--resume"), "{}", told(&refused));
        assert_resumes(server, &full, &whole);
    });
}

// ---- faults in any order ------------------------------------------------------------------------

type Records = BTreeMap<String, Value>;

/// The records of `dataset` by id, without their provenance.
fn records(snapshot: &Snapshot, dataset: &'static catalog::Dataset) -> Records {
    let mut records = Records::new();
    let mut text = String::new();
    for frame in 0..snapshot.frame_count(dataset.name) {
        snapshot
            .read_frame(dataset.name, frame, &mut text)
            .expect("an unchanged frame");
        for line in text.lines() {
            let mut record: Value = serde_json::from_str(line).expect("a line is JSON");
            record.as_object_mut().expect("an object").remove("_");
            let id = record["id"].as_str().expect("an id").to_owned();
            records.insert(id, record);
        }
    }
    records
}

/// The organisation that the property is about, and what a server without faults says of it.
fn truth() -> &'static (std::sync::Arc<World>, BTreeMap<&'static str, Records>) {
    static TRUTH: OnceLock<(std::sync::Arc<World>, BTreeMap<&'static str, Records>)> =
        OnceLock::new();
    TRUTH.get_or_init(|| {
        let world = world(30, 11);
        let dir = tempfile::tempdir().expect("a folder");
        let snapshot = try_snapshot(&world, options(Vec::new()), limits(), dir.path());
        let snapshot = snapshot.expect("the sandbox answers");
        let all = catalog::DATASETS
            .iter()
            .map(|dataset| (dataset.name, records(&snapshot, dataset)))
            .collect();
        (world, all)
    })
}

fn options(faults: Vec<Fault>) -> ServerOptions {
    ServerOptions {
        page_sizes: PageSizes::all(7),
        // The log of so few people is long all the same.
        page_max: Some(40),
        faults,
        ..stable_options()
    }
}

fn limits() -> Limits {
    Limits {
        retry_count_max: 2,
        rate_limit_count_max: 3,
        page_count_max: 40,
        ..Limits::default()
    }
}

/// A fault as text: on one route or on any, at some of its requests.
fn fault() -> impl Strategy<Value = String> {
    let route = prop_oneof![
        2 => Just("any"),
        1 => Just("org"), 1 => Just("domains"), 1 => Just("policies"), 1 => Just("v1-users"),
        1 => Just("directories"), 3 => Just("users-search"), 1 => Just("users-count"),
        2 => Just("groups-search"), 1 => Just("groups-count"), 2 => Just("workspaces"),
        2 => Just("api-tokens"), 1 => Just("api-tokens-count"), 1 => Just("api-keys"),
        1 => Just("api-keys-count"), 1 => Just("oauth-clients"), 1 => Just("service-accounts"),
        1 => Just("classification-levels"), 1 => Just("event-actions"),
        4 => Just("events-stream"),
    ];
    let when = prop_oneof![
        Just(String::new()),
        (1..12_u32).prop_map(|nth| format!("@{nth}")),
        (1..12_u32).prop_map(|nth| format!("@{nth}+")),
        (1..8_u32, 0..4_u32).prop_map(|(from, more)| format!("@{from}-{}", from + more)),
    ];
    let what = prop::sample::select(vec![
        "401",
        "403",
        "404",
        "429",
        "429:bare",
        "429:retry-after-2",
        "429:retry-after-date-2",
        "500",
        "502",
        "503",
        "503:retry-after-2",
        "cut-body",
        "cut-chunked",
        "broken-json",
        "html-200",
        "html-500",
        "repeat-cursor",
        "loop-cursor",
        "empty-page",
        "dead-cursor",
        "redirect",
        "foreign-next",
        "wrong-type",
        "repeat-record",
        "bad-utf8",
    ]);
    (route, when, what)
        .prop_map(|(route, when, what)| format!("{route}{when}={what}"))
        .prop_filter("what only pages can do", |text| {
            text.parse::<Fault>().is_ok()
        })
}

/// Whole and equal to the truth, or it says what is missing; never whole and wrong.
fn never_whole_and_wrong(snapshot: &Snapshot, about: &[String]) {
    let (_, truth) = truth();
    for dataset in catalog::DATASETS {
        let statement = &snapshot.manifest().datasets[dataset.name];
        let found = records(snapshot, dataset);
        let truth = &truth[dataset.name];
        let name = dataset.name;
        if !statement.completeness.is_whole() {
            let detail = statement.completeness.detail();
            assert!(!detail.is_empty(), "{name} does not say why: {about:?}");
            continue;
        }
        assert!(
            found.keys().eq(truth.keys()),
            "{name} is whole and wrong: {about:?}"
        );
        let all_whole = statement
            .sources
            .iter()
            .all(|source| source.completeness.is_whole());
        for (id, record) in &found {
            if all_whole {
                assert_eq!(record, &truth[id], "{name} {id}: {about:?}");
                continue;
            }
            // Fields of a source that is stated not to be whole may be absent, and the newest activity
            // that is known may not be the newest there was. Nothing else may differ.
            for (field, value) in record.as_object().expect("an object") {
                if field != "last_active_at" {
                    assert_eq!(value, &truth[id][field], "{name} {id} {field}: {about:?}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn under_any_faults_a_dataset_is_whole_and_true_or_says_what_is_missing(
        faults in prop::collection::vec(fault(), 1..5),
    ) {
        let parsed = faults.iter().map(|text| text.parse().expect("a fault")).collect();
        let dir = tempfile::tempdir().expect("a folder");
        let (world, _) = truth();
        match try_snapshot(world, options(parsed), limits(), &dir.path().join("s")) {
            Ok(snapshot) => {
                snapshot.verify_digests().expect("nothing was changed");
                never_whole_and_wrong(&snapshot, &faults);
            }
            Err(CollectError::KeyRefused { .. } | CollectError::Unreachable { .. }) => {}
            Err(error) => panic!("{faults:?}: {error}"),
        }
    }
}

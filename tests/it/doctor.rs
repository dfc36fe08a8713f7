//! `doctor` and `collect --dry-run` as their users meet them, and the ladder against an assessment.

use std::fs;
use std::process::{Command, Output};
use std::sync::Arc;

use serde_json::Value;
use tickmark::assess::{AssessOptions, Outcome, assess};
use tickmark::sandbox::{
    Fault, SANDBOX_KEY, SANDBOX_SCIM_KEY, Server, ServerOptions, World, WorldKind, WorldSpec,
};

use crate::organization::{as_of, stable_options};
use crate::program::text;

/// A server of 30 accounts of that kind, for `work`.
fn beside<T>(kind: &str, faults: &[&str], work: impl FnOnce(&Server) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let faults = faults.iter().map(|fault| fault.parse::<Fault>());
    let options = ServerOptions {
        faults: faults.map(|fault| fault.expect("a fault")).collect(),
        ..stable_options()
    };
    let server = runtime
        .block_on(Server::start(of_kind(kind), options))
        .expect("a free port on the loopback interface");
    work(&server)
}

fn of_kind(kind: &str) -> Arc<World> {
    Arc::new(World::generate(&WorldSpec {
        kind: WorldKind::named(kind).expect("a kind"),
        ..WorldSpec::new(30, 1, as_of())
    }))
}

/// `tickmark WORDS` against `server`, in a clean environment, with this key.
fn tickmark(server: &Server, words: &[&str], key: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tickmark"));
    command
        .args(words)
        .args(["--org", server.org_id()])
        .args(["--api-url", &server.base_url()])
        .env_clear()
        .env("LANG", "C.UTF-8");
    if let Some(key) = key {
        command.env("ATLASSIAN_API_KEY", key);
    }
    command.output().expect("the program starts")
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("JSON on stdout")
}

#[test]
fn the_exit_code_says_what_it_comes_to() {
    // The sandbox's clock stands still here, and this computer's does not: something is due.
    for (kind, faults, key, code) in [
        ("full", &[][..], SANDBOX_KEY, 1),
        ("key-few-scopes", &[], SANDBOX_KEY, 3),
        ("full", &["domains=503"], SANDBOX_KEY, 3),
        ("full", &[], "another-key", 4),
    ] {
        beside(kind, faults, |server| {
            for more in [&[][..], &["--json"]] {
                let output = tickmark(server, &[&["doctor"], more].concat(), Some(key));
                assert_eq!(
                    output.status.code(),
                    Some(code),
                    "{kind}: {}",
                    text(&output.stdout)
                );
                let told = text(&output.stdout) + &text(&output.stderr);
                assert!(!told.contains(key), "the key is never told");
            }
            assert!(server.requests().iter().all(|request| !request.refused));
        });
    }
    let stopped = beside("full", &[], |server| server.base_url());
    let output = Command::new(env!("CARGO_BIN_EXE_tickmark"))
        .args(["doctor", "--json", "--org", "o-1", "--api-url", &stopped])
        .env_clear()
        .env("ATLASSIAN_API_KEY", "a-key")
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(5));
    assert_eq!(json(&output)["health"], "unreached");
}

#[test]
fn the_json_is_what_the_committed_schema_says() {
    let schema = fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/doctor.schema.json"),
    );
    let schema: Value = serde_json::from_str(&schema.expect("the schema")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    beside("key-few-scopes", &[], |server| {
        let output = tickmark(server, &["doctor", "--json"], Some(SANDBOX_KEY));
        let told = json(&output);
        let problems: Vec<String> = validator
            .iter_errors(&told)
            .map(|one| one.to_string())
            .collect();
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(told["health"], "incomplete");
        assert_eq!(told["key"]["identification"], "certain");
    });
}

#[test]
fn the_settings_name_the_file_of_the_directories_keys_for_collect_doctor_and_dry_run() {
    let dir = tempfile::tempdir().expect("a folder");
    let world = of_kind("full");
    let directories = tickmark::sandbox::scim_keys(&world).directories();
    assert!(!directories.is_empty());
    let lines = directories
        .iter()
        .map(|id| format!("{id}={SANDBOX_SCIM_KEY}\n"));
    fs::write(dir.path().join("scim"), lines.collect::<String>()).expect("a file");
    let settings = dir.path().join("tickmark.yaml");
    let config = settings.display().to_string();
    let out = dir.path().join("s").display().to_string();
    beside("full", &[], |server| {
        let text = "organizations: { main: { id: ID, scim_keys_file: scim } }\n";
        fs::write(&settings, text.replace("ID", server.org_id())).expect("a file");
        let ran =
            |words: &[&str], key| tickmark(server, &[words, &["--config", &config]].concat(), key);
        let told = json(&ran(&["doctor", "--json"], Some(SANDBOX_KEY)));
        let requests = told["requests"].as_array().expect("a list").iter();
        let of_directories = requests.filter(|one| one["key"] == "directory");
        let accesses: Vec<&Value> = of_directories.map(|one| &one["access"]).collect();
        assert_eq!(accesses, ["answered", "answered"]);
        let told = json(&ran(&["collect", "--dry-run", "--json"], None));
        let calls = told["calls"].as_array().expect("a list").iter();
        let of_directories = calls.filter(|one| one["dataset"] == "scim_users");
        let least: Vec<&Value> = of_directories
            .map(|one| &one["requests"]["least"])
            .collect();
        assert_eq!(least, [directories.len()]);
        let collected = ran(&["collect", "--out", &out], Some(SANDBOX_KEY));
        // The key of one directory is lost in the made-up organisation, and the accounts show it.
        assert_eq!(collected.status.code(), Some(3), "{}", text_of(&collected));
    });
    let snapshot = tickmark::snapshot::Snapshot::open(dir.path().join("s").as_path());
    let snapshot = snapshot.expect("a snapshot");
    let users = &tickmark::snapshot::RecordSource::manifest(&snapshot).datasets["scim_users"];
    assert!(users.records > 0, "{users:?}");
}

fn text_of(output: &Output) -> String {
    text(&output.stdout) + &text(&output.stderr)
}

#[test]
fn what_the_ladder_says_is_what_an_assessment_comes_to() {
    for (kind, without) in [
        ("full", None),
        ("key-few-scopes", None),
        ("no-guard", None),
        ("full", Some("domains")),
        ("full", Some("accounts")),
    ] {
        let dir = tempfile::tempdir().expect("a folder");
        let out = dir.path().join("s").display().to_string();
        let left_out = without.map_or(vec![], |name| vec!["--without", name]);
        let ladder = beside(kind, &[], |server| {
            let words = [&["collect", "--out", &out][..], &left_out].concat();
            let collected = tickmark(server, &words, Some(SANDBOX_KEY));
            assert!(
                matches!(collected.status.code(), Some(0 | 3)),
                "{}",
                text(&collected.stderr)
            );
            let words = [&["doctor", "--json"][..], &left_out].concat();
            json(&tickmark(server, &words, Some(SANDBOX_KEY)))["ladder"].clone()
        });
        let (controls, _) = tickmark::control::load(&tickmark::control::builtin());
        let values = tickmark::plan::ParameterValues::none();
        let Ok(plan) = tickmark::plan::Plan::new(controls, &values) else {
            panic!("the built-in controls can be planned")
        };
        let snapshot = tickmark::snapshot::Snapshot::open(dir.path().join("s").as_path());
        let assessment = assess(
            &plan,
            &snapshot.expect("a snapshot"),
            AssessOptions::default(),
        );
        let assessment = assessment.expect("a readable snapshot");
        let (mut given_up, mut decided) = (0, 0);
        for control in &assessment.controls {
            let open = ladder["open"].as_array().expect("a list");
            let open = open.iter().find(|one| one["id"] == control.id.as_str());
            let conclusion =
                open.map_or("whole", |one| one["conclusion"].as_str().expect("a word"));
            // Where nothing can be concluded, nothing is. The other way round nothing is promised: a subject
            // may hide the field that its control asks for.
            if conclusion == "never" {
                given_up += 1;
                let concluded = matches!(control.outcome, Outcome::Pass | Outcome::Fail);
                assert!(
                    !concluded,
                    "{kind} {without:?}: {} is {:?}",
                    control.id, control.outcome
                );
            } else {
                decided += usize::from(control.outcome != Outcome::Unknown);
            }
        }
        assert!(
            decided > 0 || without == Some("accounts"),
            "{kind} {without:?}"
        );
        assert!(given_up > 0, "there is always something that no API gives");
    }
}

fn dry_run(server: &Server, words: &[&str], key: Option<&str>) -> Output {
    tickmark(server, &[&["collect", "--dry-run"], words].concat(), key)
}

#[test]
fn a_dry_run_asks_for_counts_and_for_nothing_else_and_a_run_does_what_it_says() {
    beside("full", &[], |server| {
        let output = dry_run(server, &["--json"], Some(SANDBOX_KEY));
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let seen = server.requests();
        let is_count = |path: &str| path.ends_with("/count");
        assert!(
            !seen.is_empty() && seen.iter().all(|one| is_count(&one.path)),
            "{seen:?}"
        );
        let told = json(&output);
        assert_eq!(told["sent"], seen.len());
        assert!(jsonschema::is_valid(
            &tickmark::collect::forecast_schema(),
            &told
        ));
        let dir = tempfile::tempdir().expect("a folder");
        let out = dir.path().join("s").display().to_string();
        let run = tickmark(server, &["collect", "--out", &out], Some(SANDBOX_KEY));
        assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
        let sent = (server.requests().len() - seen.len()) as u64;
        let number = |name: &str| told["requests"][name].as_u64().expect("a number");
        assert!(
            (number("least")..=number("most")).contains(&sent),
            "{sent}: {told}"
        );
    });
}

#[test]
fn a_dry_run_without_a_key_sends_nothing_and_tells_formulas() {
    beside("full", &[], |server| {
        let output = dry_run(server, &[], None);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(server.requests().is_empty());
        insta::assert_snapshot!(text(&output.stdout));
    });
}

#[test]
fn a_dry_run_with_a_key_that_is_refused_says_so() {
    beside("full", &[], |server| {
        let output = dry_run(server, &[], Some("another-key"));
        assert_eq!(output.status.code(), Some(4));
        let told = text(&output.stdout);
        assert!(
            told.contains("the count of accounts was not told: 401 Unauthorized"),
            "{told}"
        );
    });
}

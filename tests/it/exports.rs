//! Exports of the console, as a person gives them: imported, shown, judged, verified.

use std::path::Path;
use std::sync::Arc;

use tickmark::assemble::{GivenExports, child, verify};
use tickmark::assess::{
    AssessOptions, Assessment, ControlAssessment, Note, Outcome, Reason, assess,
};
use tickmark::import::ExportRequest;
use tickmark::progress::Silent;
use tickmark::sandbox::{ExportVariant, World, WorldKind, WorldSpec};
use tickmark::snapshot::{RecordSource, Snapshot};

use crate::organization::{as_of, exports, snapshot, stable_options, world};
use crate::program::{beside_server, demo_snapshot_argument, run, text, told};
use crate::truth::plan;

/// The records of `dataset`.
fn records(snapshot: &Snapshot, dataset: &str) -> Vec<serde_json::Value> {
    let mut text = String::new();
    let mut records = Vec::new();
    for frame in 0..snapshot.frame_count(dataset) {
        snapshot
            .read_frame(dataset, frame, &mut text)
            .expect("a frame");
        let lines = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("a line is JSON"));
        records.extend(lines);
    }
    records
}

#[test]
fn a_child_names_its_parent_keeps_the_files_and_is_what_its_answers_and_exports_give() {
    let world = world(60, 3);
    let dir = tempfile::tempdir().expect("a folder");
    let parent = snapshot(&world, stable_options(), &dir.path().join("parent"));
    let before = parent.digest().to_owned();
    let given = exports(
        &world,
        ExportVariant::Conflicting,
        &dir.path().join("files"),
    );
    let out = dir.path().join("child");
    let made = child(&parent, &given, &out, &Silent).expect("a child");
    assert_eq!(made.manifest().parent.as_deref(), Some(before.as_str()));
    assert_eq!(made.manifest().exports.files.len(), 3);
    for file in &made.manifest().exports.files {
        assert!(file.kept_path(&out).is_file());
    }
    made.verify_digests()
        .expect("every file is named with its digest");
    let verified = verify(&made).expect("a second assembly");
    assert_eq!(verified.differing.len(), 0, "{:?}", verified.differing);
    // The parent is as it was, and a child of the child keeps what that one had.
    let again = Snapshot::open(&dir.path().join("parent")).expect("a snapshot");
    assert_eq!(again.digest(), before);
    let third = child(
        &made,
        &GivenExports::default(),
        &dir.path().join("third"),
        &Silent,
    );
    let third = third.expect("a child without news");
    assert_eq!(third.manifest().exports, made.manifest().exports);
    assert_eq!(records(&third, "accounts"), records(&made, "accounts"));
}

#[test]
fn a_changed_export_is_found_by_verify() {
    let world = world(25, 3);
    let dir = tempfile::tempdir().expect("a folder");
    let parent = snapshot(&world, stable_options(), &dir.path().join("parent"));
    let given = exports(&world, ExportVariant::Fresh, &dir.path().join("files"));
    let out = dir.path().join("child");
    let made = child(&parent, &given, &out, &Silent).expect("a child");
    let file = made.manifest().exports.files[0].kept_path(&out);
    let text = std::fs::read(&file).expect("a file");
    std::fs::write(&file, [&text[..], b"x,y\n"].concat()).expect("writable");
    let (_, damaged) = made.damaged_files();
    assert_eq!(damaged.len(), 1);
}

#[test]
fn rows_are_counted_and_a_policy_whose_members_differ_says_so() {
    let world = world(240, 1);
    let dir = tempfile::tempdir().expect("a folder");
    let parent = snapshot(&world, stable_options(), &dir.path().join("parent"));
    let given = exports(&world, ExportVariant::Conflicting, &dir.path().join("c"));
    let made = child(&parent, &given, &dir.path().join("conflicting"), &Silent).expect("a child");
    for file in &made.manifest().exports.files {
        let fit = &file.fit;
        let sum = fit.matched + fit.unmatched.count + fit.unjoinable() + fit.duplicate.count;
        assert_eq!(file.rows, sum, "{}", file.file);
    }
    let policies = records(&made, "authentication_policies");
    let differing: Vec<&serde_json::Value> = policies
        .iter()
        .filter(|policy| policy["contradictions"] == serde_json::json!(["idle_session_minutes"]))
        .collect();
    assert!(!differing.is_empty(), "{policies:?}");
    assert!(
        differing
            .iter()
            .all(|policy| policy.get("idle_session_minutes").is_none())
    );
    let given = exports(&world, ExportVariant::Incomplete, &dir.path().join("i"));
    let made = child(&parent, &given, &dir.path().join("incomplete"), &Silent).expect("a child");
    let fit = &made.manifest().exports.files[0].fit;
    assert!(fit.missing > 0 && fit.duplicate.count > 0);
    assert_eq!(fit.without_key.count, 1);
    let state = &made.manifest().datasets["authentication_policies"].completeness;
    assert_eq!(state.word(), "cut", "{state}");
}

#[test]
fn an_export_that_ages_lets_nothing_pass_that_it_let_pass() {
    let world = world(111, 2);
    let dir = tempfile::tempdir().expect("a folder");
    let parent = snapshot(&world, stable_options(), &dir.path().join("parent"));
    let given = exports(&world, ExportVariant::Fresh, &dir.path().join("files"));
    let made = child(&parent, &given, &dir.path().join("child"), &Silent).expect("a child");
    let judge = |days: i64| {
        let as_of = as_of() + jiff::SignedDuration::from_hours(24 * days);
        let options = AssessOptions {
            as_of: Some(as_of),
            ..AssessOptions::default()
        };
        assess(&plan(&world), &made, options).expect("a readable snapshot")
    };
    let (young, last, old) = (judge(0), judge(35), judge(36));
    let sso = |assessment: &tickmark::assess::Assessment| {
        let found = assessment
            .controls
            .iter()
            .find(|control| control.id.as_str() == "accounts-sso");
        found.expect("the control").clone()
    };
    assert_eq!(
        sso(&young).population,
        sso(&last).population,
        "the last day counts"
    );
    let population = sso(&old).population.expect("a population");
    assert_eq!((population.pass, population.fail), (0, 0));
    assert_eq!(population.unknown, population.in_scope);
    assert_eq!(sso(&old).outcome, Outcome::Unknown);
    let reasons = sso(&old).reasons;
    let Some(Reason::FieldAbsent { settled_by, .. }) = reasons.first() else {
        panic!("{reasons:?}")
    };
    assert!(
        settled_by.contains("36 days before the test") && settled_by.contains("export it anew"),
        "{settled_by}"
    );
    for control in &old.controls {
        let needs_exports = control.reasons.iter().any(|reason| {
            matches!(reason, Reason::FieldAbsent { settled_by, .. } if settled_by.contains("stale"))
        });
        assert!(
            !needs_exports || control.outcome != Outcome::Pass,
            "{}",
            control.id
        );
    }
}

#[test]
fn rows_that_do_not_tell_a_setting_are_not_called_free_of_contradictions() {
    let world = world(25, 3);
    let dir = tempfile::tempdir().expect("a folder");
    let parent = snapshot(&world, stable_options(), &dir.path().join("parent"));
    let contradictions = |name: &str, cells: [&str; 2]| {
        let [one, other] = cells.map(|cell| format!("@tarnbrook.example,Staff,{cell}\n"));
        let text = format!("Email,Policy name,SAML single sign-on\na{one}b{other}");
        let request = ExportRequest {
            path: write(dir.path(), &format!("{name}.csv"), &text).into(),
            extracted_on: Some("2026-11-20".parse().expect("a day")),
        };
        let given = GivenExports::read(&[request], Vec::new()).expect("an export");
        let made = child(&parent, &given, &dir.path().join(name), &Silent).expect("a child");
        records(&made, "authentication_policies")[0]
            .get("contradictions")
            .cloned()
    };
    assert_eq!(
        contradictions("same", ["Yes", "Yes"]),
        Some(serde_json::json!([]))
    );
    assert_eq!(
        contradictions("differ", ["Yes", "No"]),
        Some(serde_json::json!(["sso"]))
    );
    assert_eq!(contradictions("part", ["Yes", ""]), None);
    assert_eq!(contradictions("none", ["", ""]), None);
}

/// A child of `parent` with exports of managed accounts below `dir`: text, and the day that each was taken.
fn child_with(parent: &Snapshot, dir: &Path, files: &[(&str, String)]) -> Snapshot {
    std::fs::create_dir_all(dir).expect("a folder");
    let requests: Vec<ExportRequest> = files
        .iter()
        .map(|(day, text)| ExportRequest {
            path: write(dir, &format!("{day}.csv"), text).into(),
            extracted_on: Some(day.parse().expect("a day")),
        })
        .collect();
    let given = GivenExports::read(&requests, Vec::new()).expect("exports");
    child(parent, &given, &dir.join("child"), &Silent).expect("a child")
}

#[test]
fn what_the_newest_export_leaves_in_doubt_is_settled_by_no_older_one() {
    let world = world(25, 3);
    let dir = tempfile::tempdir().expect("a folder");
    let parent = snapshot(&world, stable_options(), &dir.path().join("parent"));
    let known = records(&parent, "accounts");
    let member = |account: &&serde_json::Value| account["authentication_policy"].is_string();
    let account = known.iter().find(member).expect("a member of a policy");
    let (id, policy) = (&account["id"], &account["authentication_policy"]);
    let (id, policy) = (id.as_str().expect("text"), policy.as_str().expect("text"));
    let text = |rows: &[(&str, &str)]| {
        let header = "Atlassian ID,Policy name,SAML single sign-on\n".to_owned();
        let rows = rows
            .iter()
            .map(|(policy, sso)| format!("{id},{policy},{sso}\n"));
        header + &rows.collect::<String>()
    };
    // Of the account: its single sign-on, and whether its sources agree. Of its policy: its single sign-on.
    let told = |name: &str, newest: &[(&str, &str)]| {
        let files = [
            ("2026-11-18", text(newest)),
            ("2026-11-01", text(&[(policy, "Enforced")])),
        ];
        let made = child_with(&parent, &dir.path().join(name), &files);
        let accounts = records(&made, "accounts");
        let account = accounts.into_iter().find(|account| account["id"] == id);
        let account = account.expect("the account");
        let of_policy = records(&made, "authentication_policies");
        let of_policy = of_policy.into_iter().find(|one| one["name"] == policy);
        [
            account.get("sso").cloned(),
            account.get("sources_agree").cloned(),
            of_policy.and_then(|policy| policy.get("sso").cloned()),
        ]
    };
    let yes = || Some(serde_json::json!(true));
    assert_eq!(told("same", &[(policy, "Enforced")]), [yes(), yes(), yes()]);
    assert_eq!(
        told("not known", &[(policy, "Exempt")]),
        [None, yes(), None]
    );
    assert_eq!(
        told("two ways", &[(policy, "Enforced"), (policy, "Off")]),
        [None, None, None]
    );
    let disagree = Some(serde_json::json!(false));
    assert_eq!(
        told("moved", &[("Another policy", "Enforced")]),
        [None, disagree, None]
    );
}

#[test]
fn accounts_whose_address_is_hidden_are_missing_where_no_row_is_left_for_them() {
    let world = world(240, 1);
    let dir = tempfile::tempdir().expect("a folder");
    let parent = snapshot(&world, stable_options(), &dir.path().join("parent"));
    let is_managed = |account: &&serde_json::Value| account["claim_status"] == "managed";
    let known = records(&parent, "accounts");
    let rows = known
        .iter()
        .filter(is_managed)
        .filter_map(|account| account["email"].as_str());
    let rows = rows.map(|email| format!("{email},Staff,Enforced\n"));
    let text = "Email,Policy name,SAML single sign-on\n".to_owned() + &rows.collect::<String>();
    let state = |name: &str, more: u64| {
        let others = (0..more).map(|one| format!("hidden{one}@tarnbrook.example,Staff,Enforced\n"));
        let text = text.clone() + &others.collect::<String>();
        let made = child_with(&parent, &dir.path().join(name), &[("2026-11-18", text)]);
        let fit = &made.manifest().exports.files[0].fit;
        let state = &made.manifest().datasets["authentication_policies"].completeness;
        (state.word().to_owned(), fit.hidden)
    };
    let (without, hidden) = state("without", 0);
    assert!(hidden > 0, "somebody hides the address");
    assert_eq!(without, "cut");
    assert_eq!(state("with", hidden).0, "whole");
}

/// The exports of `world`, taken on `day`; nothing else of them says a day. `mark` tells them from others.
fn taken_on(world: &World, day: &str, mark: &str, dir: &Path) -> GivenExports {
    std::fs::create_dir_all(dir).expect("a folder");
    let files = tickmark::sandbox::exports::exports(world, ExportVariant::Fresh);
    let requests: Vec<ExportRequest> = files
        .into_iter()
        .map(|file| {
            let path = dir.join(file.name);
            std::fs::write(&path, [&file.bytes, mark.as_bytes()].concat()).expect("writable");
            ExportRequest {
                path,
                extracted_on: Some(day.parse().expect("a day")),
            }
        })
        .collect();
    GivenExports::read(&requests, Vec::new()).expect("exports of the console")
}

fn control<'a>(assessment: &'a Assessment, id: &str) -> &'a ControlAssessment {
    let mut controls = assessment.controls.iter();
    let found = controls.find(|control| control.id == id);
    found.expect("the control is in the plan")
}

fn judged(world: &World, snapshot: &Snapshot) -> Assessment {
    assess(&plan(world), snapshot, AssessOptions::default()).expect("a readable snapshot")
}

/// Controls that rest on what authentication policies decide.
const ON_POLICIES: [&str; 3] = ["accounts-sso", "idle-session", "policies-not-contradicted"];

#[test]
fn after_a_change_of_policies_an_export_no_longer_tells_what_policies_decide() {
    let world = world(111, 2);
    let dir = tempfile::tempdir().expect("a folder");
    let parent = snapshot(&world, stable_options(), &dir.path().join("parent"));
    let given = |day: &str| taken_on(&world, day, "", &dir.path().join(day));
    // The sandbox's log tells of changes three and two days before the end.
    let out = dir.path().join("child");
    let old = child(&parent, &given("2026-11-15"), &out, &Silent).expect("a child");
    let out = dir.path().join("young");
    let young = child(&parent, &given("2026-11-20"), &out, &Silent).expect("a child");
    let (old, young) = (judged(&world, &old), judged(&world, &young));
    for id in ON_POLICIES {
        let (before, after) = (control(&young, id), control(&old, id));
        let known = before.population.as_ref().expect("a population");
        assert!(known.pass + known.fail > 0, "{id} has something to lose");
        let population = after.population.as_ref().expect("a population");
        assert_eq!(after.outcome, Outcome::Unknown, "{id}");
        assert_eq!((population.pass, population.fail), (0, 0), "{id}");
        let told = serde_json::to_string(&after.reasons).expect("reasons are JSON");
        assert!(
            told.contains("authentication policies were changed on 2026-11-1"),
            "{id}: {told}"
        );
        assert_eq!(
            before.notes,
            [],
            "the log was looked through, and is silent"
        );
    }
    // What no policy decides is as it was.
    for id in [
        "accounts-claimed-elsewhere",
        "accounts-sources-agree",
        "exports-reconcile",
    ] {
        assert_eq!(
            control(&old, id).outcome,
            control(&young, id).outcome,
            "{id}"
        );
    }
    let changes = |assessment: &Assessment| {
        let files = assessment.policy_changes.iter();
        let changed = files.filter(|file| file.change.is_some()).count();
        (assessment.policy_changes.len(), changed)
    };
    assert_eq!((changes(&old), changes(&young)), ((2, 2), (2, 0)));
}

#[test]
fn an_export_from_after_the_change_makes_known_again_what_policies_decide() {
    let world = world(111, 2);
    let dir = tempfile::tempdir().expect("a folder");
    let parent = snapshot(&world, stable_options(), &dir.path().join("parent"));
    let given = taken_on(&world, "2026-11-15", "", &dir.path().join("old"));
    let old = child(&parent, &given, &dir.path().join("before"), &Silent).expect("a child");
    let given = taken_on(&world, "2026-11-20", "\n", &dir.path().join("new"));
    let both = child(&old, &given, &dir.path().join("after"), &Silent).expect("a child");
    let alone = child(&parent, &given, &dir.path().join("alone"), &Silent).expect("a child");
    assert_eq!(both.manifest().exports.files.len(), 6);
    let (both, alone) = (judged(&world, &both), judged(&world, &alone));
    for id in ON_POLICIES {
        let population = |assessment| control(assessment, id).population.clone();
        assert_eq!(population(&both), population(&alone), "{id}");
        assert_eq!(
            control(&both, id).outcome,
            control(&alone, id).outcome,
            "{id}"
        );
    }
}

#[test]
fn where_changes_cannot_be_looked_for_an_export_counts_and_every_page_says_so() {
    // Without a plan there is no audit log to read.
    let world = Arc::new(World::generate(&WorldSpec {
        kind: WorldKind::named("no-guard").expect("a kind"),
        ..WorldSpec::new(60, 3, as_of())
    }));
    let dir = tempfile::tempdir().expect("a folder");
    let parent = snapshot(&world, stable_options(), &dir.path().join("parent"));
    let given = taken_on(&world, "2026-11-15", "", &dir.path().join("files"));
    let made = child(&parent, &given, &dir.path().join("child"), &Silent).expect("a child");
    let assessment = judged(&world, &made);
    let found = control(&assessment, "accounts-sso");
    let population = found.population.as_ref().expect("a population");
    assert!(population.unknown < population.in_scope, "{population:?}");
    let notes: Vec<String> = found.notes.iter().map(Note::in_words).collect();
    assert!(
        notes
            .iter()
            .any(|note| note.contains("could not be looked for")),
        "{notes:?}"
    );
    assert!(
        assessment
            .policy_changes
            .iter()
            .all(|file| !file.unseen.is_empty())
    );
    let snapshot = dir.path().join("child").display().to_string();
    let page = dir.path().join("report.md").display().to_string();
    let explained = run(&[
        "controls",
        "explain",
        "accounts-sso",
        "--snapshot",
        &snapshot,
    ]);
    let shown = text(&explained.stdout);
    assert!(
        shown.contains("to be known") && shown.contains("could not be looked for"),
        "{shown}"
    );
    run(&[
        "assess",
        &snapshot,
        "--format",
        &format!("markdown={page}"),
        "--fail-on",
        "none",
    ]);
    let page = std::fs::read_to_string(page).expect("the report was written");
    assert!(
        page.contains(
            "whether authentication policies were changed after it could not be looked for"
        ),
        "{page}"
    );
}

#[test]
fn an_export_of_which_nobody_says_the_day_counts_from_its_newest_activity() {
    let world = world(25, 3);
    let dir = tempfile::tempdir().expect("a folder");
    let parent = snapshot(&world, stable_options(), &dir.path().join("parent"));
    let write = |name: &str, day: &str| {
        let path = dir.path().join(name);
        let text =
            format!("Email,Last active,SAML single sign-on\nx@tarnbrook.example,{day},Yes\n");
        std::fs::write(&path, text).expect("writable");
        let request = ExportRequest {
            path,
            extracted_on: None,
        };
        GivenExports::read(&[request], Vec::new()).expect("an export")
    };
    for (name, day, stale) in [
        ("new.csv", "2026-11-01", None),
        ("old.csv", "2026-09-01", Some("80 days before the test")),
        ("undated.csv", "", Some("nobody says the day")),
        (
            "late.csv",
            "2027-01-01",
            Some("after the point in time of the test"),
        ),
    ] {
        let out = dir.path().join(format!("{name}-child"));
        let made = child(&parent, &write(name, day), &out, &Silent).expect("a child");
        let why = made.manifest().exports.files[0].stale(as_of());
        assert_eq!(why.is_some(), stale.is_some(), "{name}");
        assert!(
            why.unwrap_or_default().contains(stale.unwrap_or_default()),
            "{name}"
        );
    }
}

fn write(dir: &Path, name: &str, text: &str) -> String {
    let path = dir.join(name);
    std::fs::write(&path, text).expect("writable");
    path.to_string_lossy().into_owned()
}

/// Writes the exports of the demo organisation below `dir` and returns their paths.
fn exported(dir: &Path, variant: &str) -> Vec<String> {
    let out = dir.join(variant).display().to_string();
    let output = run(&[
        "sandbox",
        "exports",
        "--as-of",
        "2026-11-20T06:00:00Z",
        "--variant",
        variant,
        "--out",
        &out,
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout).lines().map(str::to_owned).collect()
}

/// `tickmark import` of `files` into `out`.
fn import(files: &[String], out: &Path, more: &[&str]) -> std::process::Output {
    let snapshot = demo_snapshot_argument();
    let out = out.display().to_string();
    let mut arguments = vec!["import", &snapshot, "--out", &out, "--progress", "quiet"];
    arguments.extend(files.iter().map(String::as_str));
    arguments.extend(more);
    run(&arguments)
}

#[test]
fn an_import_tells_how_rows_fit_and_what_is_not_known() {
    let dir = tempfile::tempdir().expect("a folder");
    let files = exported(dir.path(), "incomplete");
    let output = import(&files, &dir.path().join("child"), &[]);
    let shown = told(&output, dir.path());
    let (_, exports) = shown.split_once("\nexport ").expect("the exports are told");
    insta::assert_snapshot!("an_import_tells_how_rows_fit", exports);
    assert_eq!(output.status.code(), Some(0));
    let output = import(
        &files,
        &dir.path().join("taught"),
        &["--map", "sso:Legacy=no"],
    );
    let shown = told(&output, dir.path());
    assert!(
        shown.contains("explained     sso: `Legacy` is `no`"),
        "{shown}"
    );
    assert!(!shown.contains("not known   column"), "{shown}");
}

#[test]
fn an_import_that_counts_for_nothing_ends_with_3_and_says_why() {
    let dir = tempfile::tempdir().expect("a folder");
    let files = exported(dir.path(), "stale");
    let output = import(&files, &dir.path().join("child"), &[]);
    assert_eq!(output.status.code(), Some(3));
    let shown = told(&output, dir.path());
    assert!(
        shown.contains("days before the test, and an export counts for 35 days"),
        "{shown}"
    );
}

#[test]
fn what_cannot_be_imported_ends_with_2_and_leaves_no_folder() {
    let dir = tempfile::tempdir().expect("a folder");
    let fine = write(dir.path(), "fine.csv", "Email,Policy name\na@b.example,x\n");
    let list = write(dir.path(), "list.csv", "Email,Team\na@b.example,x\n");
    let page = write(dir.path(), "page.csv", "<html></html>");
    let out = dir.path().join("child");
    let mut shown = String::new();
    for (file, more) in [
        (list, &[][..]),
        (page, &[]),
        (format!("{fine},extracted_on=yesterday"), &[]),
        (fine.clone(), &["--map", "Legacy"]),
        (fine.clone(), &["--map", "Legacy=perhaps"]),
    ] {
        let output = import(&[fine.clone(), file], &out, more);
        assert!(!out.exists(), "nothing is written");
        shown.push_str(&told(&output, dir.path()));
        shown.push('\n');
    }
    insta::assert_snapshot!("what_cannot_be_imported", shown);
}

#[test]
fn one_command_collects_with_the_exports_that_settings_name() {
    let dir = tempfile::tempdir().expect("a folder");
    let world = world(60, 3);
    let given = exports(&world, ExportVariant::Incomplete, &dir.path().join("files"));
    assert_eq!(given.files().len(), 1);
    let settings = "exports: [{ file: files/managed-accounts.csv, extracted_on: 2026-11-20 }]\n\
                    export_words: { \"sso:Legacy\": \"no\" }\n";
    let config = write(dir.path(), "tickmark.yaml", settings);
    let out = dir.path().join("snapshot").display().to_string();
    let shown = beside_server(world, &[], |server| {
        let key = write(dir.path(), "key", tickmark::sandbox::SANDBOX_KEY);
        let output = run(&[
            "collect",
            "--config",
            &config,
            "--org",
            server.org_id(),
            "--api-url",
            &server.base_url(),
            "--key-file",
            &key,
            "--out",
            &out,
            "--progress",
            "quiet",
        ]);
        told(&output, dir.path())
    });
    let made = Snapshot::open(Path::new(&out)).expect("a snapshot");
    assert!(made.manifest().parent.is_none() && made.manifest().exports.words.len() == 1);
    let verified = verify(&made).expect("a second assembly");
    assert!(verified.differing.is_empty(), "{:?}", verified.differing);
    let accounts = records(&made, "accounts");
    assert!(
        accounts.iter().any(|account| account["sso"] == true),
        "{shown}"
    );
}

//! What people give: attestations, reviews and what is due, against what the sandbox organisation knows, and through
//! the program.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tickmark::assess::{AssessOptions, Assessment, assess};
use tickmark::control::{self, Control, OrganizationPlan};
use tickmark::diagnostic::Look;
use tickmark::import::{Attestations, WithLists};
use tickmark::plan::{ParameterValues, Plan};
use tickmark::sandbox::people::{attestations, attested_truth};
use tickmark::sandbox::{PEOPLE_VARIANTS, PeopleVariant, World};
use tickmark::snapshot::RecordSource;

use crate::organization;
use crate::start::{run, stderr, stdout};

/// Writes what people of `world` attest into `folder`.
fn write(world: &World, variant: PeopleVariant, folder: &Path) {
    fs::create_dir_all(folder.join("evidence")).expect("a folder");
    for file in attestations(world, variant) {
        fs::write(folder.join(file.name), file.text).expect("a file");
    }
}

/// What the questions conclude over `snapshot` on the attestations in `folder`.
fn assessed(snapshot: &dyn RecordSource, folder: &Path) -> Assessment {
    let (mut controls, problems) = control::load(&control::builtin());
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    controls.retain(|control| matches!(control.requirement, control::Requirement::Attest(_)));
    let known: Vec<&Control> = controls.iter().collect();
    let (answers, mut problems) = Attestations::read(folder, &known).expect("it can be read");
    let (controls, _) = control::load(&control::builtin());
    let plan = Plan::new(controls, &ParameterValues::none()).expect("the defaults fit");
    problems.extend(answers.problems_in(&plan));
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    let source = WithLists::new(snapshot, &[]).with_answers(&answers);
    let options = AssessOptions {
        organization_plan: Some(OrganizationPlan::GuardPremium),
        ..AssessOptions::default()
    };
    assess(&plan, &source, options).expect("a readable snapshot")
}

#[test]
fn every_question_concludes_what_the_organisation_knows() {
    let world = organization::world(60, 5);
    let folder = tempfile::tempdir().expect("a folder");
    let snapshot = organization::snapshot(
        &world,
        organization::stable_options(),
        &folder.path().join("snapshot"),
    );
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    let taken = PEOPLE_VARIANTS
        .iter()
        .filter(|(_, _, variant)| !variant.is_refused());
    for (name, _, variant) in taken {
        let answers = folder.path().join(name);
        write(&world, *variant, &answers);
        let assessment = assessed(&snapshot, &answers);
        let truth = attested_truth(&world, *variant);
        assert!(truth.len() >= 40, "{}", truth.len());
        for (id, truth) in &truth {
            *states.entry(truth.state).or_default() += 1;
            let control = assessment.controls.iter().find(|control| control.id == *id);
            let control = control.expect("every question is assessed");
            assert_eq!(
                control.outcome.word(),
                truth.outcome,
                "{id}, {name}: {:?}",
                control.reasons
            );
            let deciding = assessment
                .attestations
                .iter()
                .find(|used| used.statement.control == *id && used.state.word() != "superseded");
            let state = deciding.map_or("pending", |used| used.state.word());
            assert_eq!(state, truth.state, "{id}, {name}");
            assert_eq!(
                control.reasons.is_empty(),
                truth.outcome != "unknown",
                "{id}, {name}"
            );
        }
    }
    for state in ["pending", "valid", "expiring", "expired", "stale"] {
        assert!(
            states.contains_key(state),
            "no answer is {state}: {states:?}"
        );
    }
}

#[test]
fn an_answer_that_its_own_author_reviewed_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    write(
        &organization::world(20, 1),
        PeopleVariant::SelfReviewed,
        folder.path(),
    );
    let (controls, _) = control::load(&control::builtin());
    let known: Vec<&Control> = controls.iter().collect();
    let (_, problems) = Attestations::read(folder.path(), &known).expect("it can be read");
    let told = problems.render(Look::Plain);
    assert!(told.contains("whoever answers cannot review"), "{told}");
}

#[test]
fn nothing_that_is_taken_from_answers_lets_a_question_pass() {
    let world = organization::world(20, 1);
    let folder = tempfile::tempdir().expect("a folder");
    let snapshot = organization::snapshot(
        &world,
        organization::stable_options(),
        &folder.path().join("snapshot"),
    );
    for line in [
        "question",
        "answer",
        "statement",
        "evidence_file",
        "attested_by",
        "reviewed_by",
        "attested_on",
    ] {
        let answers = folder.path().join(line);
        write(&world, PeopleVariant::Fresh, &answers);
        for entry in fs::read_dir(&answers).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                let text = fs::read_to_string(&path).expect("text");
                let lines = text.lines().map(|own| match own.split_once(':') {
                    // A digest goes with its file.
                    Some((key, _)) if key == line || key == line.replace("_file", "_sha256") => {
                        format!("{key}:\n")
                    }
                    _ => format!("{own}\n"),
                });
                fs::write(&path, lines.collect::<String>()).expect("a file");
            }
        }
        for control in &assessed(&snapshot, &answers).controls {
            let Some(question) = &control.question else {
                continue;
            };
            let is_needed = line != "evidence_file" || question.file_required;
            assert!(
                !is_needed || control.outcome.word() == "unknown",
                "{} without {line} is {}",
                control.id,
                control.outcome.word()
            );
        }
    }
}

#[test]
fn every_question_says_which_changes_end_its_answer_and_how_long_it_takes() {
    let mut with_changes = 0;
    for file in control::builtin() {
        let (controls, problems) = control::load(std::slice::from_ref(&file));
        assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
        for control in controls {
            let control::Requirement::Attest(question) = &control.requirement else {
                continue;
            };
            let says_so = control.not_tested.source().replace('\n', " ");
            with_changes += usize::from(!question.stale_after.is_empty());
            assert!(
                !question.stale_after.is_empty() || says_so.contains("after the answer"),
                "{}: a change after the answer is neither looked for nor said to be overlooked",
                control.id
            );
            assert!(file.text().contains("\n  minutes: "), "{}", control.id);
        }
    }
    assert!(with_changes >= 20, "{with_changes}");
}

#[test]
fn an_answer_counts_for_the_question_and_the_parameters_that_it_was_given_to() {
    let folder = bench();
    let path = folder.path();
    let asking = CONTROL
        .replace(
            "attest:",
            "parameters: { hours: { type: integer, default: 24, weaker: higher, about: hours } }\nattest:",
        )
        .replace(
            "Does the default policy enforce single sign-on?",
            "Does every session end after {{ hours }} hours?",
        );
    fs::write(path.join("controls/policy.yaml"), &asking).expect("a file");
    let by = ["--by", "A", "--reviewer", "B", "--statement", "S"];
    let at = ["--as-of", "2026-11-19T12:00:00Z"];
    let state = || {
        let (out, _) = ends(path, &["attestations", "list", "--json"], 0);
        let listed: serde_json::Value = serde_json::from_str(&out).expect("it is JSON");
        listed[0]["state"].clone()
    };
    assert_eq!(state(), "none", "nobody began an answer");
    ends(path, &[&BEGIN_ANSWER[..], &by, &at].concat(), 0);
    assert_ne!(state(), "none");
    fs::create_dir(path.join("out")).expect("a folder");
    let assess = ["assess", "snapshot", "--format", "json=out/assessment.json"];
    ends(path, &assess, 3);
    assert_eq!(assessment(path)["controls"][0]["outcome"], "pass");
    // Eight hours are another question, and so is another revision of the control.
    ends(
        path,
        &[&assess[..], &["--parameter", "policy.hours=8"]].concat(),
        3,
    );
    let stricter = assessment(path);
    assert_eq!(stricter["controls"][0]["outcome"], "unknown");
    assert_eq!(
        stricter["attestations"][0]["state"]["state"],
        "other_question"
    );
    let reason = &stricter["controls"][0]["reasons"][0];
    assert_eq!(reason["answered"], "Does every session end after 24 hours?");
    fs::write(
        path.join("controls/policy.yaml"),
        asking.replace("every session", "every session, idle or not,"),
    )
    .expect("a file");
    ends(path, &assess, 3);
    assert_eq!(assessment(path)["controls"][0]["outcome"], "unknown");
    let (out, _) = ends(path, &["attestations", "check", "attestations"], 0);
    assert!(
        out.contains("answer anew") && out.contains(": 1 other question; 0 problems"),
        "{out}"
    );
    let (out, _) = ends(path, &["attestations", "list"], 0);
    assert!(out.contains("other question"), "{out}");
    let todo = ["todo", "snapshot", "--as-of", "2026-11-20T06:00:00Z"];
    let (out, _) = ends(path, &todo, 1);
    assert!(out.contains("no longer what was answered"), "{out}");
}

/// Begins an answer to the question of [`CONTROL`]: yes, as a picture shows.
const BEGIN_ANSWER: [&str; 7] = [
    "attestations",
    "new",
    "OWN-01",
    "--evidence",
    "page.PNG",
    "--answer",
    "yes",
];

const CONTROL: &str = "\
id: policy
code: OWN-01
title: The default policy enforces single sign-on
severity: critical
rationale: R
attest:
  question: Does the default policy enforce single sign-on?
  guide: Security > Authentication policies
  evidence_file: required
  valid_for: 90d
  minutes: 3
";

const REVIEWED: &str = "\
id: removed
title: What was to be removed is gone
severity: high
rationale: R
inputs: { reviews: { id: id, fields: { id: id, subject: id, decision: text } } }
let: { active: { from: \"$.accounts[?@.account_status == 'active']\", take: id } }
population: \"$.inputs.reviews[?@.decision == 'remove']\"
expect: { subject: { not_in: $active } }
on_empty: not_applicable
";

/// A folder with a snapshot, and two controls of which one asks a person and one reads reviews.
fn bench() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let world = organization::world(20, 1);
    organization::snapshot(
        &world,
        organization::stable_options(),
        &folder.path().join("snapshot"),
    );
    fs::create_dir(folder.path().join("controls")).expect("a folder");
    fs::write(folder.path().join("controls/policy.yaml"), CONTROL).expect("a file");
    fs::write(folder.path().join("controls/removed.yaml"), REVIEWED).expect("a file");
    fs::write(
        folder.path().join("tickmark.yaml"),
        "controls: [controls]\n",
    )
    .expect("a file");
    fs::write(folder.path().join("page.PNG"), "a picture").expect("a file");
    folder
}

fn ends(folder: &Path, arguments: &[&str], code: i32) -> (String, String) {
    let output = run(folder, &[], arguments);
    let (out, err) = (stdout(&output).to_owned(), stderr(&output).to_owned());
    assert_eq!(
        output.status.code(),
        Some(code),
        "{arguments:?}\n{out}\n{err}"
    );
    (out, err)
}

fn assessment(folder: &Path) -> Value {
    let text = fs::read_to_string(folder.join("out/assessment.json")).expect("it was written");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn an_answer_is_begun_checked_and_kept_with_its_evidence() {
    let folder = bench();
    let path = folder.path();
    let at = ["--as-of", "2026-11-19T12:00:00Z"];
    let by = ["--by", "R. Sato", "--statement", "The page shows it."];
    let (out, err) = ends(path, &[&BEGIN_ANSWER[..], &by, &at].concat(), 0);
    assert_eq!(out, "attestations/policy-2026-11-19.yaml\n");
    assert!(err.contains("still to fill in: reviewed_by"), "{err}");
    let (out, _) = ends(path, &["attestations", "check", "attestations"], 0);
    assert_eq!(
        out,
        "pending: policy-2026-11-19.yaml, line 6: fill in reviewed_by\n\
         1 answer in attestations: 1 pending; 0 problems\n"
    );
    fs::create_dir(path.join("out")).expect("a folder");
    let assess = ["assess", "snapshot", "--format", "json=out/assessment.json"];
    ends(path, &assess, 3);
    let file = path.join("attestations/policy-2026-11-19.yaml");
    let text = fs::read_to_string(&file).expect("text");
    fs::write(&file, text.replace("reviewed_by:", "reviewed_by: R. Sato")).expect("a file");
    let (_, err) = ends(path, &assess, 2);
    assert!(
        err.contains("whoever answers cannot review the answer"),
        "{err}"
    );
    fs::write(
        &file,
        text.replace("reviewed_by:", "reviewed_by: L. Brandt"),
    )
    .expect("a file");
    ends(path, &assess, 3);
    let assessed = assessment(path);
    assert_eq!(
        assessed["controls"][0]["outcome"], "pass",
        "found beside tickmark.yaml"
    );
    let kept = &assessed["attestations"][0]["statement"];
    for digest in [&kept["sha256"], &kept["evidence"]["sha256"]] {
        let digest = digest.as_str().expect("a digest");
        let found = fs::read_dir(path.join("out/evidence")).expect("it was kept");
        let names: Vec<String> = found
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        assert!(
            names.iter().any(|name| name.starts_with(digest)),
            "{names:?}"
        );
    }
    let (out, _) = ends(path, &["attestations", "list", "--snapshot", "snapshot"], 0);
    assert!(
        out.lines()
            .any(|line| line.contains("OWN-01") && line.contains("valid")),
        "{out}"
    );
    // Evidence that was changed is not the one that was attested.
    fs::write(
        path.join("attestations/evidence/policy-2026-11-19.png"),
        "another",
    )
    .expect("a file");
    let (_, err) = ends(path, &["attestations", "check", "attestations"], 1);
    assert!(err.contains("not the one that was attested"), "{err}");
}

#[test]
fn an_answer_of_after_the_snapshot_counts_for_nothing_until_a_later_time_is_named() {
    let folder = bench();
    let path = folder.path();
    let by = ["--by", "R. Sato", "--reviewer", "L. Brandt"];
    let at = ["--statement", "It does.", "--as-of", "2026-11-23T12:00:00Z"];
    let (_, err) = ends(path, &[&BEGIN_ANSWER[..], &by, &at].concat(), 0);
    assert!(err.contains("add --as-of TIME"), "{err}");
    fs::create_dir(path.join("out")).expect("a folder");
    let assess = ["assess", "snapshot", "--format", "json=out/assessment.json"];
    let (_, err) = ends(path, &assess, 3);
    let (_, advice) = err
        .split_once("answers   attestations (default folder): 1 later\n")
        .unwrap_or_else(|| panic!("{err}"));
    let line = advice.lines().next().expect("a line");
    let (_, time) = line
        .split_once("add --as-of ")
        .unwrap_or_else(|| panic!("{err}"));
    assert_eq!(assessment(path)["controls"][0]["outcome"], "unknown");
    let (_, err) = ends(path, &[&assess[..], &["--as-of", time]].concat(), 3);
    assert!(err.contains("(default folder): 1 valid\n"), "{err}");
    assert_eq!(assessment(path)["controls"][0]["outcome"], "pass");
}

#[test]
fn what_new_begins_is_found_by_every_command_and_each_says_where() {
    let folder = bench();
    let path = folder.path();
    fs::remove_file(path.join("tickmark.yaml")).expect("it was there");
    let own = ["--controls", "controls"];
    let missing = [&["attestations", "check"][..], &own].concat();
    let (_, err) = ends(path, &missing, 2);
    assert!(err.contains("there is no folder `attestations`"), "{err}");
    let new = [
        "attestations",
        "new",
        "OWN-01",
        "--as-of",
        "2026-11-19T12:00:00Z",
    ];
    let (out, err) = ends(path, &[&new[..], &own].concat(), 0);
    assert_eq!(out, "attestations/policy-2026-11-19.yaml\n");
    assert!(
        err.contains("then: tickmark attestations check\nand:  tickmark assess SNAPSHOT\n"),
        "{err}"
    );
    let found = "answers   attestations (default folder): 1 pending\n";
    for (command, code) in [
        (&["attestations", "list"][..], 0),
        (&["todo"], 1),
        (&["assess", "snapshot"], 3),
    ] {
        let (_, err) = ends(path, &[command, &own].concat(), code);
        assert!(err.contains(found), "{command:?}: {err}");
    }
    let (out, _) = ends(path, &missing, 0);
    assert!(out.contains("1 answer in attestations: 1 pending"), "{out}");

    // Below the settings, all of them mean the folder beside the settings.
    fs::write(path.join("tickmark.yaml"), "controls: [controls]\n").expect("a file");
    fs::create_dir(path.join("below")).expect("a folder");
    let below = path.join("below");
    let (_, err) = ends(&below, &["assess", "../snapshot"], 3);
    assert!(
        err.contains("answers   ../attestations (default folder): 1 pending\n"),
        "{err}"
    );
    let again = [
        "attestations",
        "new",
        "OWN-01",
        "--as-of",
        "2026-11-20T12:00:00Z",
    ];
    let (out, _) = ends(&below, &again, 0);
    assert_eq!(out, "../attestations/policy-2026-11-20.yaml\n");

    // A folder of its own has to be named, and `new` says how.
    let elsewhere = [&again[..], &["--dir", "answers"]].concat();
    let (_, err) = ends(path, &elsewhere, 0);
    assert!(
        err.contains(
            "then: tickmark attestations check answers\n\
             and:  tickmark assess SNAPSHOT --attestations answers\n"
        ),
        "{err}"
    );
    let named = ["assess", "snapshot", "--attestations", "answers"];
    let (_, err) = ends(path, &named, 3);
    assert!(
        err.contains("answers   answers (--attestations): 1 pending\n"),
        "{err}"
    );
}

#[test]
fn answers_and_settings_in_a_folder_of_controls_are_no_controls() {
    let folder = bench();
    let path = folder.path();
    ends(path, &["attestations", "new", "OWN-01"], 0);
    fs::write(path.join("profile.yaml"), "name: works\nabout: A\n").expect("a file");
    let (out, _) = ends(path, &["controls", "list", "--controls", "."], 0);
    assert!(out.contains("policy") && out.contains("removed"), "{out}");
    ends(path, &["assess", "snapshot", "--controls", "."], 3);
    let (_, err) = ends(path, &["controls", "test", "."], 2);
    assert!(err.contains("no control has cases"), "{err}");
}

#[test]
fn answers_are_counted_by_how_they_stand() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let world = [
        "sandbox",
        "attestations",
        "--as-of",
        "2026-11-01T00:00:00Z",
        "--out",
        "attestations",
        "--variant",
        "mixed",
    ];
    ends(path, &world, 0);
    let check = ["attestations", "check", "--as-of", "2026-11-02T00:00:00Z"];
    let (out, _) = ends(path, &check, 0);
    let summary = out.lines().last().expect("a summary");
    let (counts, problems) = summary.split_once("; ").expect("counts and problems");
    assert_eq!(problems, "0 problems");
    let (all, states) = counts.split_once(": ").expect("counts by state");
    let number = |text: &str| -> u64 {
        let number = text.split(' ').next().expect("a word");
        number.parse().expect("a number")
    };
    let by_state: BTreeMap<&str, u64> = states
        .split(", ")
        .map(|count| (count.split_once(' ').expect("a state").1, number(count)))
        .collect();
    assert_eq!(by_state.values().sum::<u64>(), number(all), "{out}");
    for state in ["expired", "pending"] {
        let told = out
            .lines()
            .filter(|line| line.starts_with(&format!("{state}: ")));
        assert_eq!(Some(&(told.count() as u64)), by_state.get(state), "{out}");
    }
    assert!(out.contains("; answer anew\n"), "{out}");
}

#[test]
fn an_answered_question_is_explained_with_its_answer_and_an_open_one_with_what_settles_it() {
    let folder = bench();
    let path = folder.path();
    let explain = ["controls", "explain", "OWN-01", "--snapshot", "snapshot"];
    let (out, _) = ends(path, &explain, 0);
    assert!(
        out.contains("unknown") && out.contains("nobody has answered"),
        "{out}"
    );
    let new = [
        &BEGIN_ANSWER[..],
        &["--by", "R. Sato", "--reviewer", "L. Brandt"],
        &["--statement", "The page shows it."],
        &["--as-of", "2026-11-19T12:00:00Z"],
    ];
    ends(path, &new.concat(), 0);
    let (out, _) = ends(path, &explain, 0);
    assert!(
        out.contains("pass") && !out.contains("nobody has answered"),
        "{out}"
    );
    // A day after the last on which it counts.
    let later = [&explain[..], &["--as-of", "2027-02-18T00:00:00Z"]].concat();
    let (out, _) = ends(path, &later, 0);
    assert!(out.contains("the answer counted until 2027-02-17"), "{out}");
    // A question has no subjects.
    let subject = [&explain[..], &["--subject", "someone"]].concat();
    let (_, err) = ends(path, &subject, 2);
    assert!(err.contains("a person answers it"), "{err}");
}

#[test]
fn mistakes_in_answers_are_told_to_programs_too() {
    let folder = bench();
    let path = folder.path();
    fs::create_dir(path.join("attestations")).expect("a folder");
    fs::write(
        path.join("attestations/a.yaml"),
        "control: OWN-1\nanswer: perhaps\n",
    )
    .expect("a file");
    let (out, _) = ends(
        path,
        &["attestations", "check", "attestations", "--format", "json"],
        1,
    );
    let told: Value = serde_json::from_str(&out).expect("JSON");
    assert!(
        out.contains("attestation::unknown_control") && out.contains("did you mean"),
        "{told}"
    );
    let (out, _) = ends(
        path,
        &["attestations", "check", "attestations", "--format", "sarif"],
        1,
    );
    let sarif: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(sarif["version"], "2.1.0");
    ends(path, &["attestations", "new", "OWN-1"], 2);
    ends(path, &["attestations", "new", "removed"], 2);
}

#[test]
fn a_review_is_kept_and_the_next_assessment_tests_what_it_decided() {
    let folder = bench();
    let path = folder.path();
    let (_, err) = ends(
        path,
        &[
            "review",
            "new",
            "accounts",
            "snapshot",
            "--out",
            "sheet.csv",
        ],
        0,
    );
    assert!(err.contains("review import sheet.csv"), "{err}");
    ends(
        path,
        &[
            "review",
            "new",
            "accounts",
            "snapshot",
            "--out",
            "sheet.csv",
        ],
        2,
    );
    let import = [
        "review",
        "import",
        "sheet.csv",
        "--snapshot",
        "snapshot",
        "--reviewed-on",
        "2026-11-20",
    ];
    let (_, err) = ends(path, &import, 1);
    assert!(err.contains("rows have no decision"), "{err}");
    assert!(
        !path.join("reviews").exists(),
        "nothing is kept of a sheet with problems"
    );
    let sheet = fs::read_to_string(path.join("sheet.csv")).expect("text");
    let decided = sheet.replacen(",,,,accounts,", ",remove,Nadia Farouk,GRC-1,accounts,", 1);
    let decided = decided.replacen(",,,,accounts,", ",remove,Nadia Farouk,-,accounts,", 1);
    let decided = decided.replace(",,,,accounts,", ",keep,Nadia Farouk,,accounts,");
    fs::write(path.join("sheet.csv"), decided).expect("a file");
    let (out, err) = ends(path, &import, 0);
    assert!(out.contains("2 remove"), "{out}");
    assert!(
        err.contains("note: 1 of 2 decisions to remove name no ticket"),
        "{err}"
    );
    assert!(err.ends_with("tickmark assess SNAPSHOT\n"), "{err}");
    ends(path, &import, 2);
    fs::create_dir(path.join("out")).expect("a folder");
    let assess = ["assess", "snapshot", "--format", "json=out/assessment.json"];
    let (_, err) = ends(path, &assess, 1);
    assert!(
        err.contains("reviews   reviews (default folder): "),
        "{err}"
    );
    let assessed = assessment(path);
    let removed = &assessed["controls"][1];
    assert_eq!(
        (&removed["id"], &removed["outcome"]),
        (&"removed".into(), &"fail".into())
    );
    assert_eq!(
        removed["findings"].as_array().map(Vec::len),
        Some(2),
        "they are still active"
    );
    assert_eq!(
        assessed["inputs"]["inputs.reviews"]["statement"]["source"],
        "review sheets"
    );
}

#[test]
fn what_is_due_is_told_in_the_order_of_its_days() {
    let folder = bench();
    let path = folder.path();
    let at = ["--as-of", "2026-11-20T06:00:00Z"];
    let (out, _) = ends(
        path,
        &[&["todo", "snapshot", "--json", "--days", "400"][..], &at].concat(),
        1,
    );
    let tasks: Value = serde_json::from_str(&out).expect("JSON");
    let tasks = tasks.as_array().expect("a list");
    let days: Vec<&str> = tasks
        .iter()
        .filter_map(|task| task["due_on"].as_str())
        .collect();
    assert!(days.is_sorted(), "{days:?}");
    let sorts: Vec<&str> = tasks
        .iter()
        .filter_map(|task| task["sort"].as_str())
        .collect();
    for sort in ["attestation", "review", "key"] {
        assert!(sorts.contains(&sort), "{sorts:?}");
    }
    let attestation = tasks
        .iter()
        .find(|task| task["sort"] == "attestation")
        .expect("one is due");
    assert_eq!(attestation["minutes"], 3);
    assert_eq!(attestation["name"], "OWN-01");
    let (out, _) = ends(path, &[&["todo"][..], &at].concat(), 1);
    assert!(
        out.contains("Does the default policy enforce single sign-on?"),
        "{out}"
    );
    // Answered, and no review asked for: nothing is due.
    fs::remove_file(path.join("controls/removed.yaml")).expect("a file");
    let by = [
        "--by",
        "A",
        "--reviewer",
        "B",
        "--statement",
        "S",
        "--as-of",
        "2026-11-19T12:00:00Z",
    ];
    ends(path, &[&BEGIN_ANSWER[..], &by].concat(), 0);
    let (out, _) = ends(path, &[&["todo"][..], &at].concat(), 0);
    assert!(
        out.starts_with("Nothing is due within 30 days of 2026-11-20."),
        "{out}"
    );
    let (out, _) = ends(path, &[&["todo", "--days", "90"][..], &at].concat(), 1);
    assert!(out.contains("the answer counts until 2027-02-17"), "{out}");
}

const POLICIES: &str = "\
authentication_policies:
  - { name: Staff with single sign-on, sso: yes, two_step_required: no, password_strength: none, idle_session_minutes: 60 }
  - { name: Administrators, sso: yes, two_step_required: yes, password_strength: none, idle_session_minutes: 60 }
  - { name: 'Pilot {{ 7*7 }}', sso: no, two_step_required: yes, password_strength: strong, password_expires_days: none, idle_session_minutes: 60 }
  - { name: Non-billable, sso: no, two_step_required: yes, password_strength: strong, password_expires_days: none, idle_session_minutes: 60 }
all_policies: yes
statement: Each policy on its own page.
evidence_file: page.txt
attested_by: R. Sato
reviewed_by: L. Brandt
attested_on: 2026-11-19T12:00:00Z
";

/// A folder with a snapshot without exports, all built-in controls, and these policies attested.
fn attesting(policies: &str) -> tempfile::TempDir {
    let folder = bench();
    let path = folder.path();
    fs::write(path.join("tickmark.yaml"), "plan: guard-standard\n").expect("a file");
    fs::create_dir(path.join("attestations")).expect("a folder");
    fs::write(path.join("attestations/page.txt"), "a picture").expect("a file");
    fs::write(path.join("attestations/policies.yaml"), policies).expect("a file");
    fs::create_dir(path.join("out")).expect("a folder");
    folder
}

/// Outcomes of the controls over policies, and the assessment.
fn on_policies(path: &Path, snapshot: &str) -> (BTreeMap<String, String>, Value) {
    let format = ["--format", "json=out/assessment.json", "--fail-on", "none"];
    ends(path, &[&["assess", snapshot][..], &format].concat(), 0);
    let assessment = assessment(path);
    let controls = assessment["controls"].as_array().expect("controls").iter();
    let outcomes = controls
        .filter(|control| control["population"]["dataset"] == "authentication_policies")
        .map(|control| {
            let text = |key: &str| control[key].as_str().expect("a text").to_owned();
            (text("id"), text("outcome"))
        })
        .collect();
    (outcomes, assessment)
}

#[test]
fn controls_over_policies_conclude_on_what_people_attest_of_them() {
    let folder = attesting(POLICIES);
    let path = folder.path();
    let (outcomes, assessment) = on_policies(path, "snapshot");
    assert!(outcomes.len() >= 5, "{outcomes:?}");
    assert!(
        outcomes.values().all(|outcome| outcome == "pass"),
        "{outcomes:?}"
    );
    assert_eq!(assessment["attestations"][0]["state"]["state"], "valid");
    assert_eq!(assessment["attestations"][0]["counts_until"], "2026-12-24");
    let dataset = &assessment["snapshot"]["datasets"]["authentication_policies"];
    assert_eq!(
        (&dataset["records"], &dataset["completeness"]["state"]),
        (&4.into(), &"whole".into())
    );
    // A setting that does not meet a control fails it, and says where that was read.
    let weaker = POLICIES.replace(
        "idle_session_minutes: 60 }\nall",
        "idle_session_minutes: 9000 }\nall",
    );
    fs::write(path.join("attestations/policies.yaml"), weaker).expect("a file");
    let (outcomes, assessment) = on_policies(path, "snapshot");
    assert_eq!(outcomes["idle-session"], "fail");
    let controls = assessment["controls"].as_array().expect("controls");
    let idle = controls
        .iter()
        .find(|control| control["id"] == "idle-session")
        .expect("it is there");
    let evidence = idle["findings"][0]["evidence"].to_string();
    assert!(
        evidence.contains("attestation of 2026-11-19, row 4 of policies.yaml"),
        "{evidence}"
    );
    let (out, _) = ends(
        path,
        &["attestations", "list", "--as-of", "2026-11-20T06:00:00Z"],
        0,
    );
    assert!(
        out.contains("authentication_policies") && out.contains("valid"),
        "{out}"
    );
    let check = ["attestations", "check", "--as-of", "2026-11-20T06:00:00Z"];
    let (out, _) = ends(path, &check, 0);
    assert!(
        out.ends_with("1 answer in attestations: 1 valid; 0 problems\n"),
        "{out}"
    );
    // Whoever pastes the digest is told when the file is another one.
    let told = out.lines().find(|line| line.starts_with("no digest: "));
    let line = told.and_then(|line| Some(line.split_once("write `")?.1.trim_end_matches('`')));
    let line = line.unwrap_or_else(|| panic!("{out}"));
    let file = path.join("attestations/policies.yaml");
    let text = fs::read_to_string(&file).expect("a file");
    fs::write(&file, format!("{text}\n{line}\n")).expect("a file");
    let (out, _) = ends(path, &check, 0);
    assert!(!out.contains("no digest"), "{out}");
}

#[test]
fn policies_that_are_attested_in_part_or_too_early_let_nothing_pass() {
    for (from, to, state) in [
        ("L. Brandt", "", "pending"),
        (
            "attested_on: 2026-11-19T12:00:00Z",
            "attested_on: 2026-10-10",
            "expired",
        ),
        (
            "attested_on: 2026-11-19T12:00:00Z",
            "attested_on: 2026-12-10",
            "later",
        ),
        // The sandbox's log tells of a change on 17 November.
        (
            "attested_on: 2026-11-19T12:00:00Z",
            "attested_on: 2026-11-15",
            "stale",
        ),
        ("all_policies: yes", "all_policies: no", "valid"),
        ("idle_session_minutes: 60", "idle_session_minutes:", "valid"),
        // The API tells of accounts in a policy of another name.
        ("name: Non-billable", "name: Partners", "valid"),
    ] {
        assert!(POLICIES.contains(from), "`{from}` stands there");
        let folder = attesting(&POLICIES.replace(from, to));
        let (outcomes, assessment) = on_policies(folder.path(), "snapshot");
        assert_eq!(
            assessment["attestations"][0]["state"]["state"], state,
            "{to}"
        );
        assert_eq!(outcomes["idle-session"], "unknown", "{to}");
        if state == "stale" {
            let dataset = &assessment["snapshot"]["datasets"]["authentication_policies"];
            let detail = dataset["completeness"]["detail"]
                .as_str()
                .expect("a detail");
            assert!(
                detail.contains("authentication policies were changed on 2026-11-17"),
                "{detail}"
            );
        }
        if !to.starts_with("idle") {
            let is_known = |outcome: &String| outcome != "unknown";
            assert!(!outcomes.values().any(is_known), "{to}: {outcomes:?}");
        }
    }
}

#[test]
fn what_an_export_and_an_attestation_tell_differently_is_known_to_nobody_and_shown() {
    let folder = attesting(POLICIES);
    let path = folder.path();
    let row = |policy: &str, sso: &str, minutes: u32| {
        format!("x{minutes}@tarnbrook.example,Active,{policy},Billable,{sso},{minutes} minutes\n")
    };
    let header = "Email,Status,Policy name,Policy type,SAML single sign-on,Idle session duration\n";
    let text = [
        header,
        &row("Staff with single sign-on", "Enforced", 60),
        &row("Non-billable", "Enforced", 30),
    ]
    .concat();
    fs::write(path.join("managed.csv"), text).expect("a file");
    let file = "managed.csv,extracted_on=2026-11-20";
    ends(
        path,
        &[
            "import",
            "snapshot",
            file,
            "--out",
            "both",
            "--progress",
            "quiet",
        ],
        0,
    );
    let (outcomes, assessment) = on_policies(path, "both");
    assert_eq!(
        outcomes["policies-not-contradicted"], "fail",
        "{outcomes:?}"
    );
    assert_eq!(outcomes["idle-session"], "unknown", "{outcomes:?}");
    let controls = assessment["controls"].as_array().expect("controls");
    let control = controls
        .iter()
        .find(|control| control["id"] == "policies-not-contradicted");
    let findings = &control.expect("it is there")["findings"];
    let evidence = findings[0]["evidence"].to_string();
    assert_eq!(findings[0]["subject"], "Non-billable");
    assert!(
        evidence.contains("idle_session_minutes") && evidence.contains("sso"),
        "{evidence}"
    );
}

/// Exports that are due by `tickmark todo` over `snapshot`, each with its day and why.
fn exports_due(path: &Path, snapshot: &str, as_of: &str) -> Vec<(String, String, String)> {
    let arguments = ["todo", snapshot, "--json", "--days", "20", "--as-of", as_of];
    let output = run(path, &[], &arguments);
    let tasks: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    let exports = tasks.as_array().expect("a list").iter();
    exports
        .filter(|task| task["sort"] == "export")
        .map(|task| {
            assert!(
                task["steps"][0]
                    .as_str()
                    .expect("a step")
                    .contains("Export")
            );
            assert!(task["minutes"].as_u64().expect("a number") > 0);
            let text = |key: &str| task[key].as_str().expect("a text").to_owned();
            (text("name"), text("due_on"), text("why"))
        })
        .collect()
}

#[test]
fn an_export_is_due_when_it_is_missing_or_old_or_older_than_a_change() {
    let folder = bench();
    let path = folder.path();
    let control = "id: sso\ntitle: T\nseverity: high\nrationale: R\n\
                   population: \"$.accounts[?@.claim_status == 'managed']\"\n\
                   expect: { sso: true }\non_empty: pass\n";
    fs::write(path.join("controls/sso.yaml"), control).expect("a file");
    let at = "2026-11-20T06:00:00Z";
    let [(name, day, why)] = &exports_due(path, "snapshot", at)[..] else {
        panic!("one export is needed");
    };
    assert_eq!(
        (name.as_str(), day.as_str()),
        ("managed accounts export", "2026-11-20")
    );
    assert!(why.contains("nobody gave it"), "{why}");
    let exports = [
        "sandbox", "exports", "--users", "20", "--as-of", at, "--out", "exports",
    ];
    ends(path, &exports, 0);
    let import = |day: &str, out: &str| {
        let file = format!("exports/managed-accounts.csv,extracted_on={day}");
        ends(path, &["import", "snapshot", &file, "--out", out], 0);
    };
    import("2026-11-20", "fresh");
    assert_eq!(exports_due(path, "fresh", at), []);
    let soon = exports_due(path, "fresh", "2026-12-10T06:00:00Z");
    assert_eq!(soon[0].1, "2026-12-25");
    assert!(soon[0].2.contains("counts until 2026-12-25"), "{soon:?}");
    let late = exports_due(path, "fresh", "2026-12-27T06:00:00Z");
    assert!(late[0].2.contains("37 days before the test"), "{late:?}");
    // The sandbox's log tells of a change two days before its end.
    import("2026-11-15", "changed");
    let changed = exports_due(path, "changed", at);
    assert!(
        changed[0]
            .2
            .contains("authentication policies were changed on 2026-11-17"),
        "{changed:?}"
    );
    assert_eq!(changed[0].1, "2026-11-20");
}

#[test]
fn the_schema_of_attestations_is_the_committed_one() {
    let printed = run(Path::new("."), &[], &["attestations", "schema"]);
    let path = "docs/attestation.schema.json";
    if std::env::var_os("UPDATE_PAGES").is_some() {
        fs::write(path, stdout(&printed)).expect("a writable project");
    }
    let committed = fs::read_to_string(path).expect("UPDATE_PAGES=1 writes it");
    assert_eq!(stdout(&printed), committed, "UPDATE_PAGES=1 writes it anew");
}

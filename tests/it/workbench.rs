//! `controls test` and `controls explain`, as an author meets them.

use std::fs;
use std::path::Path;

use crate::program::{demo_snapshot, demo_snapshot_argument, run, text, told};

const CONTROL: &str = "\
id: admins-listed
title: Every active administrator is listed
severity: high
rationale: Nobody should hold rights that nobody gave.
parameters:
  listed: { type: list of text, default: [a1, a2], about: ids of administrators }
population: \"$.accounts[?@.account_status == 'active']\"
where:
  platform_roles: { some: { equals: atlassian/org-admin } }
expect:
  id: { in: $listed }
on_empty: fail
";

const CASES: &str = "\
control: admins-listed
as_of: 2026-11-20T06:00:00Z
defaults:
  accounts: { id: a0, account_status: active, platform_roles: [atlassian/org-admin] }
cases:
  - name: listed administrators pass
    given: { accounts: [{ id: a1 }, { id: a2 }] }
    expect: { outcome: pass, failing: [], in_scope: 2 }
  - name: another one fails
    given: { accounts: [{ id: a1 }, { id: a3 }] }
    expect: { outcome: fail, failing: [a3], messages: { a3: \"does not meet: id is one of a1, a2\" } }
  - name: roles that are not known leave it unknown
    given: { accounts: [{ id: a3, absent: [platform_roles] }] }
    expect: { outcome: unknown, unknown: [a3] }
";

/// A folder with the control and `cases`.
fn folder(cases: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("admins-listed.yaml"), CONTROL).expect("writable");
    fs::write(dir.path().join("admins-listed.cases.yaml"), cases).expect("writable");
    dir
}

/// What `controls test` tells of the folder with these arguments.
fn tested(dir: &Path, arguments: &[&str]) -> String {
    let path = dir.display().to_string();
    let all: Vec<&str> = ["controls", "test", &path]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    told(&run(&all), dir)
}

#[test]
fn cases_that_hold_end_with_0() {
    let dir = folder(CASES);
    insta::assert_snapshot!(tested(dir.path(), &[]));
}

#[test]
fn a_case_that_comes_out_otherwise_is_shown_with_its_place_and_ends_with_1() {
    let cases = CASES
        .replace(
            "outcome: pass, failing: []",
            "outcome: unknown, failing: [a2]",
        )
        .replace("id is one of a1, a2", "id is one of a1");
    let dir = folder(&cases);
    insta::assert_snapshot!(tested(dir.path(), &[]));
}

#[test]
fn what_the_cases_leave_untested_is_named_with_the_line_of_the_control() {
    let dir = folder(CASES);
    insta::assert_snapshot!(tested(dir.path(), &["--coverage", "--mutate"]));
}

#[test]
fn survivors_that_are_explained_are_shown_and_end_with_0() {
    let why = "survivors:\n  - { mutant: \"where.platform_roles.some becomes each\", why: so it is meant }\n";
    let dir = folder(&(CASES.to_owned() + why));
    let told = tested(dir.path(), &["--mutate"]);
    assert!(
        told.contains("means the same: where.platform_roles.some becomes each"),
        "{told}"
    );
    assert!(told.contains("so it is meant"), "{told}");
}

#[test]
fn an_explained_survivor_that_is_none_is_a_mistake_in_the_case_file() {
    let none = "survivors:
  - { mutant: \"expect.id.in becomes not_in\", why: a case notices it }
  - { mutant: \"on_empty become pass\", why: there is none }
";
    let dir = folder(&(CASES.to_owned() + none));
    insta::assert_snapshot!(tested(dir.path(), &["--mutate"]));
}

#[test]
fn cases_without_their_control_and_controls_without_cases_are_told() {
    let dir = folder(CASES);
    let path = dir.path();
    fs::write(
        path.join("other.yaml"),
        CONTROL.replace("admins-listed", "other"),
    )
    .expect("writable");
    let told = tested(path, &[]);
    assert!(
        told.starts_with("exit code 0") && told.contains("\nno cases: other\n"),
        "{told}"
    );
    fs::write(
        path.join("gone.cases.yaml"),
        CASES.replace("admins-listed", "gone"),
    )
    .expect("writable");
    let told = tested(path, &[]);
    assert!(
        told.starts_with("exit code 2") && told.contains("there is no control `gone`"),
        "{told}"
    );
}

#[test]
fn a_folder_without_any_cases_is_not_a_success() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("admins-listed.yaml"), CONTROL).expect("writable");
    let told = tested(dir.path(), &[]);
    assert!(
        told.starts_with("exit code 2") && told.contains("there is nothing to run"),
        "{told}"
    );
}

#[test]
fn a_file_is_tested_by_its_own_name_and_by_that_of_its_cases() {
    let dir = folder(CASES);
    for name in ["admins-listed.yaml", "admins-listed.cases.yaml"] {
        let told = tested(&dir.path().join(name), &[]);
        assert!(
            told.starts_with("exit code 0") && told.contains("3 cases"),
            "{told}"
        );
    }
}

#[test]
fn junit_holds_a_suite_for_each_control_and_text_that_xml_cannot_hold_is_left_out() {
    let cases = CASES
        .replace(
            "name: another one fails",
            "name: \"another one \\u0001fails <&\\\">\"",
        )
        .replace("failing: [a3]", "failing: [a1, \"]]>\\u0007\"]");
    let dir = folder(&cases);
    let file = dir.path().join("junit.xml");
    tested(
        dir.path(),
        &[
            "--coverage",
            "--mutate",
            "--junit",
            &file.display().to_string(),
        ],
    );
    let written = fs::read_to_string(&file).expect("the file was written");
    let shown = written.replace(&dir.path().display().to_string(), "DIR");
    insta::assert_snapshot!(shown);
}

#[test]
fn json_says_the_same_as_the_text() {
    let dir = folder(CASES);
    let path = dir.path().display().to_string();
    let output = run(&[
        "controls",
        "test",
        &path,
        "--coverage",
        "--mutate",
        "--format",
        "json",
    ]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(json["format"], "tickmark.tests/1");
    assert_eq!(json["good"], false);
    let control = &json["controls"][0];
    assert_eq!(control["cases"].as_array().map(Vec::len), Some(3));
    assert_eq!(control["losses"], serde_json::json!([]));
    let told = tested(dir.path(), &["--coverage", "--mutate"]);
    let survivors = control["mutants"]["survivors"].as_array().expect("a list");
    assert!(!survivors.is_empty());
    for survivor in survivors {
        let id = survivor["mutant"].as_str().expect("text");
        assert!(told.contains(&format!("no case notices: {id}\n")), "{id}");
    }
}

#[test]
fn a_control_is_explained_with_what_it_reads() {
    let output = run(&["controls", "explain", "workspaces-ip-allowlist"]);
    insta::assert_snapshot!(told(&output, Path::new("-")));
}

#[test]
fn a_conclusion_is_explained_by_its_ledger() {
    let snapshot = demo_snapshot_argument();
    let output = run(&["controls", "explain", "ATL-IDL-01", "--snapshot", &snapshot]);
    insta::assert_snapshot!(told(&output, demo_snapshot()));
}

/// The first subject of `control` that came out as `outcome` in the demo organisation.
fn subject(control: &str, outcome: &str) -> String {
    let output = run(&["assess", &demo_snapshot_argument(), "--format", "json=-"]);
    let assessment: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let controls = assessment["controls"].as_array().expect("a list");
    let control = controls
        .iter()
        .find(|found| found["id"] == control)
        .expect("a built-in control");
    let findings = control["findings"].as_array().expect("a list");
    let finding = findings
        .iter()
        .find(|found| found["outcome"] == outcome)
        .expect("a finding");
    finding["subject"].as_str().expect("text").to_owned()
}

fn explained(control: &str, subject: &str) -> String {
    let snapshot = demo_snapshot_argument();
    let arguments = [
        "controls",
        "explain",
        control,
        "--snapshot",
        &snapshot,
        "--subject",
        subject,
    ];
    told(&run(&arguments), demo_snapshot())
}

#[test]
fn a_failing_subject_is_explained_condition_by_condition() {
    insta::assert_snapshot!(explained(
        "accounts-idle",
        &subject("accounts-idle", "fail")
    ));
}

#[test]
fn an_unknown_subject_is_explained_with_what_would_settle_it() {
    let selector = "$.accounts[?@.claim_status == 'managed' && @.account_status == 'active' \
                    && @.account_type == 'atlassian' && @.mfa_enabled == false].id";
    let output = run(&["datasets", "query", &demo_snapshot_argument(), selector]);
    let ids = text(&output.stdout);
    let id: String = serde_json::from_str(ids.lines().next().expect("a line")).expect("JSON");
    insta::assert_snapshot!(explained("accounts-two-step-or-sso", &id));
}

#[test]
fn what_many_subjects_wait_for_is_told_in_one_finding_with_their_number() {
    let control = "accounts-two-step-or-sso";
    let told = explained(control, &subject(control, "unknown"));
    assert!(told.contains("`sso` is not known: no API tells"), "{told}");
    assert!(told.contains("accounts wait for it"), "{told}");
}

#[test]
fn a_subject_that_is_not_there_is_told_with_those_near_to_it() {
    let mut near = subject("accounts-idle", "fail");
    near.pop();
    let told = explained("accounts-idle", &near);
    assert!(told.starts_with("exit code 2"), "{told}");
    assert!(
        told.contains("the snapshot has no account") && told.contains("did you mean"),
        "{told}"
    );
    let told = explained("accounts-idle", "zzzz");
    assert!(told.contains("a subject is named by its id"), "{told}");
}

#[test]
fn a_finding_on_the_control_itself_is_explained_too() {
    let told = explained("organization-admins-count", "-");
    assert!(
        told.contains("active organization admins, where 2 to 5 are accepted"),
        "{told}"
    );
}

#[test]
fn an_explanation_as_json_has_the_same_conditions() {
    let snapshot = demo_snapshot_argument();
    let id = subject("accounts-idle", "fail");
    let output = run(&[
        "controls",
        "explain",
        "accounts-idle",
        "--snapshot",
        &snapshot,
        "--subject",
        &id,
        "--format",
        "json",
    ]);
    let text = text(&output.stdout);
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(json["subject"]["standing"], "fail");
    assert_eq!(json["subject"]["requirement"]["truth"], "false");
    let first = &json["subject"]["requirement"]["parts"][0];
    assert_eq!(first["found"][0]["source"], "users/search");
    assert_eq!(json["control"]["scans"][0]["dataset"], "accounts");
}

/// A copy of the example folder.
fn example() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for file in [
        "tickmark.yaml",
        "profile.yaml",
        "lists/leavers.csv",
        "controls/leavers-deactivated.yaml",
        "controls/guests-reviewed.yaml",
    ] {
        let target = dir.path().join(file);
        fs::create_dir_all(target.parent().expect("a folder")).expect("it is made");
        fs::copy(Path::new("examples/leavers").join(file), target).expect("it is copied");
    }
    dir
}

/// What the program tells when it runs in `dir` with these arguments.
fn told_in(dir: &Path, arguments: &[&str]) -> String {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_tickmark"))
        .args(arguments)
        .current_dir(dir)
        .env_clear()
        .output()
        .expect("the program starts");
    told(&output, dir)
}

/// The sandbox organisation, and the account that the list of the example names.
fn leaver(dir: &Path) -> (String, String) {
    let snapshot = demo_snapshot_argument();
    let email = "katja.farrell@tarnbrook.example";
    let selector = format!("$.accounts[?@.email == '{email}'].id");
    let found = told_in(dir, &["datasets", "query", &snapshot, &selector]);
    let id = found.split('"').nth(1).expect("she has an account");
    (snapshot, id.to_owned())
}

#[test]
fn an_explanation_uses_lists_profile_and_plan_as_assess_does() {
    let dir = example();
    let (snapshot, id) = leaver(dir.path());
    let explain = |arguments: &[&str]| {
        let usual = ["controls", "explain", "leavers-deactivated"];
        let at = ["--snapshot", &snapshot];
        let all = usual.iter().chain(&at).chain(arguments);
        told_in(dir.path(), &all.copied().collect::<Vec<_>>())
    };
    let subject = explain(&["--subject", &id]);
    for line in [
        "in scope and does not meet the requirement",
        "false    email is not in the set gone",
        "at controls/leavers-deactivated.yaml:17",
        "the set gone has it from katja.farrell@tarnbrook.example of inputs.leavers, from leavers.csv, row 2",
        "the set gone has it from katja.farrell@tarnbrook.example (row 3) of inputs.leavers, from leavers.csv, row 3",
    ] {
        assert!(subject.contains(line), "`{line}` in\n{subject}");
    }
    let whole = explain(&["--input", "leavers=lists/leavers.csv"]);
    assert!(
        whole.contains("days_to_act = \"5d\" (profile works, line 10)"),
        "{whole}"
    );
    let without = explain(&["--parameter", "days_to_act=1d", "--plan", "no-guard"]);
    assert!(
        without.contains("days_to_act = \"1d\" (command line)")
            && without.contains("Extract the list leavers anew, and give it with its day"),
        "{without}"
    );
}

#[test]
fn an_explanation_says_that_a_person_answers_that_a_plan_is_missing_and_what_is_left_out() {
    let dir = example();
    let (snapshot, id) = leaver(dir.path());
    let asked = told_in(
        dir.path(),
        &[
            "controls",
            "explain",
            "guests-reviewed",
            "--snapshot",
            &snapshot,
        ],
    );
    for line in [
        "A person answers, with a file that shows it: Was the access of every guest reviewed in the last quarter?",
        "reads no records; the answer is an attestation",
        "left out by the profile, and not tested: the pilot ends in spring (profile works, line 5)",
    ] {
        assert!(asked.contains(line), "`{line}` in\n{asked}");
    }
    let arguments = [
        "controls",
        "explain",
        "guests-reviewed",
        "--snapshot",
        &snapshot,
        "--subject",
        &id,
    ];
    let refused = told_in(dir.path(), &arguments);
    assert!(
        refused.contains("looks at no records: a person answers it"),
        "{refused}"
    );
    let path = dir.path().join("controls/leavers-deactivated.yaml");
    let control = fs::read_to_string(&path).expect("it was copied");
    fs::write(&path, control + "requires: { plan: guard-premium }\n").expect("it is written");
    let arguments = [
        "controls",
        "explain",
        "leavers-deactivated",
        "--snapshot",
        &snapshot,
        "--subject",
        &id,
    ];
    let lower = told_in(dir.path(), &arguments);
    assert!(
        lower.contains(
            "asks nothing of an organisation with guard-standard: it requires guard-premium"
        ),
        "{lower}"
    );
}

#[test]
fn one_name_given_twice_is_refused_and_not_settled_by_the_last() {
    let dir = example();
    for (flag, first, second) in [
        ("--parameter", "days_to_act=1d", "days_to_act=2d"),
        ("--input", "leavers=a.csv", "leavers=b.csv"),
    ] {
        let arguments = [
            "controls",
            "explain",
            "leavers-deactivated",
            flag,
            first,
            flag,
            second,
        ];
        let refused = told_in(dir.path(), &arguments);
        assert!(
            refused.starts_with("exit code 2") && refused.contains("is given twice"),
            "{refused}"
        );
    }
}

#[test]
fn a_profile_is_shown_with_what_it_makes_of_the_controls() {
    let dir = example();
    insta::assert_snapshot!(told_in(dir.path(), &["profiles", "show", "profile.yaml"]));
    let listed = told_in(dir.path(), &["profiles"]);
    assert!(
        listed.contains("\nbaseline ") && listed.contains("at its own severity"),
        "{listed}"
    );
    let written = told_in(dir.path(), &["profiles", "show", "baseline", "--yaml"]);
    assert!(written.contains("name: baseline\n"), "{written}");
    let unknown = told_in(dir.path(), &["profiles", "show", "basline"]);
    assert!(unknown.contains("did you mean `baseline`"), "{unknown}");
}

#[test]
fn lists_that_only_the_settings_declare_are_known_to_every_command() {
    let dir = example();
    let path = dir.path().join("controls/leavers-deactivated.yaml");
    let control = fs::read_to_string(&path).expect("it was copied");
    let declared = "inputs:\n  leavers: { id: e_mail, fields: { e_mail: email, left_on: date } }\n";
    assert!(control.contains(declared));
    fs::write(&path, control.replace(declared, "")).expect("it is written");
    // The columns of a list that nobody declares are text; the settings say what they are.
    let settings = dir.path().join("tickmark.yaml");
    let text = fs::read_to_string(&settings).expect("it was copied");
    let fields = "    id: e_mail\n    fields: { e_mail: email, left_on: date }\nfail_on";
    fs::write(&settings, text.replace("fail_on", fields)).expect("it is written");
    for arguments in [
        &["controls", "check", "controls"][..],
        &[
            "controls",
            "list",
            "--controls",
            "controls",
            "--dataset",
            "inputs.leavers",
        ],
        &[
            "controls",
            "show",
            "leavers-deactivated",
            "--controls",
            "controls",
        ],
        &["controls", "explain", "leavers-deactivated"],
        &["frameworks", "--controls", "controls"],
        &["profiles", "show", "profile.yaml"],
    ] {
        let told = told_in(dir.path(), arguments);
        assert!(told.starts_with("exit code 0"), "{arguments:?}\n{told}");
    }
}

//! Profiles through the program: what is tested, what is left out, and where it is shown.

use crate::organization;
use crate::start::{run, stderr, stdout};
use serde_json::Value;
use std::fs;
use std::path::Path;

const PROFILE: &str = "\
name: works
extends: baseline
exclude:
  - { tag: tokens, reason: tokens are reviewed by the platform team }
controls:
  accounts-idle:
    owner: IT Service
    due_on: 2026-12-20
    severity: { to: low, reason: seasonal staff }
    parameters: { idle_days: { value: 120, why: policy ISP-07 } }
";

/// The assessment that `arguments` come to in `folder`, where a snapshot stands.
fn assessed(folder: &Path, arguments: &[&str]) -> Value {
    let mut all = vec![
        "assess",
        "snapshot",
        "--fail-on",
        "none",
        "--format",
        "json=-",
    ];
    all.extend(arguments);
    let output = run(folder, &[], &all);
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_str(&stdout(&output)).expect("it is JSON")
}

fn control<'a>(assessment: &'a Value, id: &str) -> &'a Value {
    let controls = assessment["controls"].as_array().expect("a list");
    let found = controls.iter().find(|control| control["id"] == id);
    found.unwrap_or_else(|| panic!("{id} was not tested"))
}

#[test]
fn a_profile_chooses_and_tailors_and_hides_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = organization::world(25, 1);
    organization::snapshot(
        &world,
        organization::stable_options(),
        &folder.path().join("snapshot"),
    );
    fs::write(folder.path().join("works.yaml"), PROFILE).expect("a file");
    let plain = assessed(folder.path(), &[]);
    assert_eq!(plain["profile"], Value::Null);
    let arguments = [
        "--profile",
        "works.yaml",
        "--format",
        "html=r.html",
        "--format",
        "markdown=r.md",
    ];
    let assessment = assessed(folder.path(), &arguments);
    let count = |assessment: &Value| assessment["controls"].as_array().map_or(0, Vec::len);
    let left_out = assessment["profile"]["left_out"]
        .as_array()
        .expect("a list");
    assert_eq!(count(&assessment) + left_out.len(), count(&plain));
    let token = left_out.iter().find(|one| one["id"] == "api-tokens-expire");
    let token = token.expect("tokens are left out");
    assert_eq!(token["origin"], "profile works, line 4");

    let idle = control(&assessment, "accounts-idle");
    assert_eq!(idle["owner"], "IT Service");
    assert_eq!(idle["severity"], "low");
    assert_eq!(idle["severity_change"]["from"], "high");
    let idle_days = &idle["parameters"][0];
    assert_eq!(idle_days["value"], 120);
    assert_eq!(idle_days["origin"], "profile works, line 10");
    assert_eq!(idle_days["weaker"], true);

    for (file, is_page) in [("r.html", true), ("r.md", false)] {
        let report = fs::read_to_string(folder.path().join(file)).expect("it was written");
        for text in [
            "ATL-TOK-02",
            "tokens are reviewed by the platform team",
            "due 20 Dec 2026",
            "weaker than the default",
            "policy ISP-07",
        ] {
            assert!(report.contains(text), "{file} lacks {text}");
        }
        // A name may be a person's, and a summary is read by more people.
        assert_eq!(report.contains("IT Service"), is_page);
    }
}

#[test]
fn the_command_line_outranks_the_settings_and_those_the_profile() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = organization::world(10, 1);
    organization::snapshot(
        &world,
        organization::stable_options(),
        &folder.path().join("snapshot"),
    );
    fs::write(folder.path().join("works.yaml"), PROFILE).expect("a file");
    let set = |text: &str| fs::write(folder.path().join("tickmark.yaml"), text).expect("a file");
    let idle_days = |arguments: &[&str]| {
        let assessment = assessed(folder.path(), arguments);
        let parameter = &control(&assessment, "accounts-idle")["parameters"][0];
        (parameter["value"].clone(), parameter["origin"].clone())
    };
    set("profile: works.yaml\n");
    assert_eq!(
        idle_days(&[]),
        (120.into(), "profile works, line 10".into())
    );
    // Also where the file speaks of one control and the command line of all, and of one left out.
    set(
        "profile: works.yaml\nparameters: { accounts-idle.idle_days: 60, api-tokens-unused.unused_days: 9 }\n",
    );
    assert_eq!(idle_days(&[]), (60.into(), "tickmark.yaml, line 2".into()));
    let flag = ["--parameter", "idle_days=30"];
    assert_eq!(idle_days(&flag), (30.into(), "command line".into()));
}

#[test]
fn a_profile_with_a_mistake_ends_with_2_before_anything_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "controls: { accounts-idle: { parameters: { idle_days: 120 } } }\n";
    fs::write(folder.path().join("p.yaml"), text).expect("a file");
    let output = run(
        folder.path(),
        &[],
        &["assess", "nowhere", "--profile", "./p.yaml"],
    );
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(told.contains("asks less than the default 90"), "{told}");
    assert!(told.contains("accounts-idle.yaml"), "{told}");
}

//! `tickmark.yaml`, the environment and flags, through the program.

use crate::start::{run, stderr, stdout};
use std::fs;

const FILE: &str = "\
organizations:
  main: { id: org-1, key_file: keys/main, out: runs/main }
  labs: { id: org-2, key_env: LABS_KEY }
organization: main
fail_on: critical
parameters: { accounts-idle.idle_days: 60 }
";

#[test]
fn config_show_says_what_is_in_force_and_where_it_came_from() {
    let folder = tempfile::tempdir().expect("a folder");
    let below = folder.path().join("below");
    fs::create_dir(&below).expect("a folder");
    fs::write(folder.path().join("tickmark.yaml"), FILE).expect("a file");
    let output = run(
        &below,
        &[("TICKMARK_THREADS", "2")],
        &["config", "show", "--origin", "--format", "json"],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let shown: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("it is JSON");
    let origin = |name: &str| {
        let origin = shown[name]["origin"].as_str().unwrap_or_default();
        origin
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let of = |name: &str| (shown[name]["value"].clone(), origin(name));
    let line = |number: u32| format!("tickmark.yaml, line {number}");
    assert_eq!(of("organization"), ("main".into(), line(4)));
    assert_eq!(of("org"), ("org-1".into(), line(2)));
    assert_eq!(of("fail_on"), ("critical".into(), line(5)));
    assert_eq!(of("threads"), (2.into(), "TICKMARK_THREADS".to_owned()));
    assert_eq!(of("personal_data"), (false.into(), "default".to_owned()));
    assert_eq!(
        shown["parameters"]["value"]["accounts-idle.idle_days"],
        "60"
    );

    let yaml = run(&below, &[], &["config", "show", "--organization", "labs"]);
    let yaml: serde_yaml::Value = serde_yaml::from_str(&stdout(&yaml)).expect("it is YAML");
    assert_eq!(yaml["key"], "variable LABS_KEY");
    assert_eq!(yaml["fail_on"], "critical");
}

#[test]
fn a_mistake_in_the_file_ends_with_2_and_is_underlined() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("tickmark.yaml"), "fail_no: high\n").expect("a file");
    let output = run(folder.path(), &[], &["assess", "nowhere"]);
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(
        told.contains("unknown key `fail_no` in the settings"),
        "{told}"
    );
    assert!(told.contains("did you mean `fail_on`?"), "{told}");
    // What uses no settings does not stumble over them.
    let output = run(folder.path(), &[], &["datasets"]);
    assert!(output.status.success());
}

#[test]
fn a_secret_in_the_file_ends_with_2_and_is_repeated_by_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let secret = format!("ATATT3x{}", "Qz7".repeat(9));
    let text = format!("organizations:\n  main: {{ id: org-1, api_key: {secret} }}\n");
    fs::write(folder.path().join("tickmark.yaml"), text).expect("a file");
    let output = run(folder.path(), &[], &["config", "show"]);
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output) + &stdout(&output);
    assert!(told.contains("key_file: PATH"), "{told}");
    assert!(!told.contains("Qz7"), "{told}");
}

#[test]
fn nothing_is_asked_of_the_network_before_an_organisation_and_a_folder_are_known() {
    let folder = tempfile::tempdir().expect("a folder");
    for (arguments, expected) in [
        (&["collect"][..], "no folder to write to"),
        (&["collect", "--out", "snapshot"], "no organisation"),
        (&["run", "--out", "r", "--org", "o"], "no API key"),
    ] {
        let output = run(folder.path(), &[], arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn a_parameter_is_given_to_a_control_by_its_code_as_well_as_by_its_id() {
    let folder = tempfile::tempdir().expect("a folder");
    let explain = ["controls", "explain", "accounts-idle"];
    let title = "Managed accounts idle for more than 4 days are deactivated";
    for name in ["accounts-idle", "ATL-IDL-01"] {
        let value = format!("{name}.idle_days=4");
        let output = run(
            folder.path(),
            &[],
            &[&explain[..], &["--parameter", &value]].concat(),
        );
        assert!(stdout(&output).contains(title), "{}", stderr(&output));
        let text = format!("parameters: {{ {name}.idle_days: 4 }}\n");
        fs::write(folder.path().join("tickmark.yaml"), text).expect("a file");
        let output = run(folder.path(), &[], &explain);
        assert!(stdout(&output).contains(title), "{}", stderr(&output));
        fs::remove_file(folder.path().join("tickmark.yaml")).expect("it was written");
    }
    for (values, expected) in [
        (
            &["ATL-IDL-01.idle_days=4", "accounts-idle.idle_days=5"][..],
            "are the same parameter",
        ),
        (&["ATL-IDL-0I.idle_days=4"], "did you mean `ATL-IDL-01`?"),
        (
            &["accounts-idle={ idle_days: 4 }"],
            "write `accounts-idle.idle_days`",
        ),
        (
            &["nobody.idle_days=4"],
            "`tickmark controls list` prints the ids and codes",
        ),
    ] {
        let flags = values.iter().flat_map(|value| ["--parameter", value]);
        let arguments: Vec<&str> = explain.into_iter().chain(flags).collect();
        let output = run(folder.path(), &[], &arguments);
        assert_eq!(output.status.code(), Some(2), "{values:?}");
        let told = stderr(&output);
        assert!(told.contains(expected), "{told}");
        assert!(told.len() < 1_000, "{told}");
    }
}

#[test]
fn the_reports_of_one_organisation_are_not_written_over_those_of_another_in_silence() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("keys")).expect("a folder");
    fs::write(folder.path().join("keys/main"), "a-key").expect("a file");
    let formats = "formats: { json: all.json }\n";
    let own = FILE.replace("LABS_KEY }", "LABS_KEY, formats: { json: labs.json } }");
    assert_ne!(own, FILE);
    let shown = |text: &str, arguments: &[&str]| {
        fs::write(
            folder.path().join("tickmark.yaml"),
            text.to_owned() + formats,
        )
        .expect("a file");
        run(folder.path(), &[], arguments)
    };
    for (organization, expected) in [("main", "all.json"), ("labs", "labs.json")] {
        let show = [
            "config",
            "show",
            "--format",
            "json",
            "--organization",
            organization,
        ];
        let output = shown(&own, &show);
        let settings: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
        let path = settings["formats"]["json"].as_str().unwrap_or_default();
        assert!(path.ends_with(expected), "{}", stdout(&output));
    }
    // It is said before anything is asked of the API, which a control that is not there prevents here.
    let whole = ["run", "--parameter", "nobody.days=1"];
    let told = stderr(&shown(FILE, &whole));
    assert!(
        told.contains("the same files for several organisations"),
        "{told}"
    );
    let told = stderr(&shown(&own, &whole));
    assert!(!told.contains("the same files"), "{told}");
}

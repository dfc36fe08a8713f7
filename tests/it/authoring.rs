//! What an author of controls meets on the command line: new, list, show, and what surrounds them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tickmark::catalog::DATASETS;

fn tickmark(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tickmark"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("LANG", "C.UTF-8")
        .output()
        .expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8")
}

/// Standard output of a command that ends well.
fn told(folder: &Path, arguments: &[&str]) -> String {
    let output = tickmark(folder, arguments);
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        text(&output.stderr)
    );
    text(&output.stdout)
}

/// Standard error of a command that is used wrongly.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = tickmark(folder, arguments);
    assert_eq!(
        output.status.code(),
        Some(2),
        "{arguments:?}: {}",
        text(&output.stdout)
    );
    text(&output.stderr)
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&told(folder, arguments)).expect("it is JSON")
}

/// Ids that `controls list` prints with these filters.
fn listed(filters: &[&str]) -> Vec<String> {
    let arguments: Vec<&str> = ["controls", "list", "--json"]
        .iter()
        .chain(filters)
        .copied()
        .collect();
    let rows = json(Path::new("."), &arguments);
    let rows = rows.as_array().expect("a list of controls").clone();
    rows.iter()
        .map(|row| row["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[test]
fn a_new_control_on_any_dataset_is_right_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    for dataset in DATASETS {
        let id = format!("new-{}", dataset.name.replace('_', "-"));
        let made = told(
            folder.path(),
            &[
                "controls",
                "new",
                &id,
                "--dataset",
                dataset.name,
                "--area",
                "some",
            ],
        );
        assert_eq!(
            made,
            format!("controls/some/{id}.yaml\ncontrols/some/{id}.cases.yaml\n")
        );
        let control = fs::read_to_string(folder.path().join(format!("controls/some/{id}.yaml")));
        let control = control.expect("it was made");
        assert!(control.starts_with("# yaml-language-server: $schema=../control.schema.json\n"));
    }
    let checked = told(folder.path(), &["controls", "check", "controls"]);
    let count = DATASETS.len();
    assert_eq!(
        checked,
        format!("{count} good controls in {count} files, {count} case files, 0 problems\n")
    );
    let tested = told(
        folder.path(),
        &["controls", "test", "controls", "--coverage", "--mutate"],
    );
    assert!(tested.contains(": all as expected"), "{tested}");
    for file in ["control.schema.json", "cases.schema.json"] {
        assert!(
            folder.path().join("controls").join(file).is_file(),
            "{file}"
        );
    }
}

#[test]
fn keys_that_a_new_control_offers_are_right_without_their_comment_signs() {
    let folder = tempfile::tempdir().expect("a folder");
    told(
        folder.path(),
        &[
            "controls",
            "new",
            "a-control",
            "--dataset",
            "accounts",
            "--dir",
            ".",
        ],
    );
    let path = folder.path().join("a-control.yaml");
    let text = fs::read_to_string(&path).expect("it was made");
    let is_key = regex::Regex::new("^(?:[a-z_]+:|  - |    [a-z]+:)").expect("a pattern");
    let mut taken = 0;
    let uncommented: Vec<&str> = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(key) if is_key.is_match(key) => {
                taken += 1;
                key
            }
            _ => line,
        })
        .collect();
    assert_eq!(taken, 7, "{}", uncommented.join("\n"));
    fs::write(&path, uncommented.join("\n") + "\n").expect("it can be written");
    let output = tickmark(folder.path(), &["controls", "check", "a-control.yaml"]);
    assert!(
        output.status.success(),
        "{}\n{}",
        uncommented.join("\n"),
        self::text(&output.stderr)
    );
}

#[test]
fn new_overwrites_nothing_and_says_what_was_meant() {
    let folder = tempfile::tempdir().expect("a folder");
    let new = |arguments: &[&str]| {
        let arguments: Vec<&str> = ["controls", "new"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        refused(folder.path(), &arguments)
    };
    fs::create_dir(folder.path().join("controls")).expect("a folder");
    let cases = folder.path().join("controls/idle.cases.yaml");
    fs::write(&cases, "mine").expect("it can be written");
    assert!(new(&["idle", "--dataset", "accounts"]).contains("is there already"));
    assert_eq!(fs::read_to_string(&cases).expect("it is there"), "mine");
    assert!(
        !folder.path().join("controls/idle.yaml").exists(),
        "half a control was written"
    );
    assert!(new(&["idle", "--dataset", "acounts"]).contains("did you mean `accounts`?"));
    assert!(new(&["Idle People", "--dataset", "accounts"]).contains("did you mean `idle-people`?"));
    assert!(
        new(&["x", "--dataset", "accounts", "--area", "../up"]).contains("no name of a folder")
    );
}

#[test]
fn a_schema_of_another_version_is_left_alone_and_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let schema = folder.path().join("control.schema.json");
    fs::write(&schema, "{}").expect("it can be written");
    let output = tickmark(
        folder.path(),
        &["controls", "new", "x", "--dataset", "groups", "--dir", "."],
    );
    assert!(output.status.success());
    assert!(
        text(&output.stderr).contains("tickmark controls schema > "),
        "{}",
        text(&output.stderr)
    );
    assert_eq!(fs::read_to_string(&schema).expect("it is there"), "{}");
}

#[test]
fn a_list_of_controls_is_narrowed_by_every_filter() {
    let all = listed(&[]);
    let has = |ids: &[String], id: &str| ids.iter().any(|known| known == id);
    for (filters, inside, outside) in [
        (
            &["--tag", "tokens"][..],
            "api-tokens-expire",
            "accounts-idle",
        ),
        (&["--severity", "critical"], "accounts-sso", "accounts-idle"),
        (
            &["--framework", "cis"],
            "accounts-idle",
            "workspaces-ip-allowlist",
        ),
        (
            &["--dataset", "policies"],
            "workspaces-ip-allowlist",
            "accounts-idle",
        ),
        (
            &["--source", "api-tokens"],
            "api-tokens-expire",
            "domains-verified",
        ),
        (&["--source", "export"], "accounts-sso", "accounts-idle"),
        (&["IDLE"], "accounts-idle", "accounts-sso"),
        (
            &["--tag", "tokens", "expiry"],
            "api-tokens-expire",
            "api-tokens-unused",
        ),
    ] {
        let found = listed(filters);
        assert!(
            has(&found, inside) && !has(&found, outside),
            "{filters:?}: {found:?}"
        );
        assert!(found.len() < all.len() && found.iter().all(|id| has(&all, id)));
    }
    let both = listed(&["--severity", "critical", "--severity", "medium"]);
    assert!(has(&both, "accounts-sso") && has(&both, "domains-no-pending-claims"));
    assert_eq!(listed(&["--plan", "guard-premium"]), all);
}

#[test]
fn a_word_that_fits_no_control_is_answered_with_the_one_that_was_meant() {
    for (option, word, meant) in [
        ("--tag", "toknes", "tokens"),
        ("--severity", "hihg", "high"),
        ("--framework", "soc", "soc2"),
        ("--dataset", "acounts", "accounts"),
        ("--source", "user/search", "users/search"),
    ] {
        let told = refused(Path::new("."), &["controls", "list", option, word]);
        assert!(told.contains(&format!("did you mean `{meant}`?")), "{told}");
    }
    let told = refused(Path::new("."), &["controls", "show", "ATL-AMD-01"]);
    assert!(told.contains("did you mean `ATL-ADM-01`?"), "{told}");
    let told = refused(Path::new("."), &["datasets", "show", "groupes"]);
    assert!(told.contains("did you mean `groups`?"), "{told}");
}

#[test]
fn a_control_is_shown_by_id_or_code_with_what_it_needs() {
    let by_id = told(Path::new("."), &["controls", "show", "accounts-idle"]);
    assert_eq!(
        by_id,
        told(Path::new("."), &["controls", "show", "ATL-IDL-01"])
    );
    for part in [
        "For every account where claim_status is managed",
        "idle_days = 90  (integer, 1 or more)",
        "accounts: id, account_type, account_status, claim_status, added_to_org_at, last_active_at, last_active_not_before, activity",
        "from v1 users (GET /admin/v1/orgs/{org}/users, scope read:accounts:admin)",
        "soc2: CC6.2, CC6.3",
        "controls/accounts/accounts-idle.yaml",
        "cases  21",
    ] {
        assert!(by_id.contains(part), "{part} in\n{by_id}");
    }
    let page = json(
        Path::new("."),
        &["controls", "show", "accounts-sso", "--json"],
    );
    let sources: BTreeSet<&str> = page["needs"][0]["sources"]
        .as_array()
        .expect("sources")
        .iter()
        .filter_map(|source| source["name"].as_str())
        .collect();
    assert!(
        sources.contains("domain accounts export") && sources.contains("users/search"),
        "{sources:?}"
    );
    let file = told(
        Path::new("."),
        &["controls", "show", "accounts-sso", "--yaml"],
    );
    let written = fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/controls/accounts/accounts-sso.yaml"
    ));
    assert_eq!(file, written.expect("it is there"));
}

#[test]
fn the_catalog_is_the_same_as_json_and_as_yaml() {
    let here = Path::new(".");
    let all = json(here, &["datasets", "--json"]);
    let names: Vec<&str> = all
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert!(
        names
            .iter()
            .copied()
            .eq(DATASETS.iter().map(|dataset| dataset.name))
    );
    let accounts = json(here, &["datasets", "show", "accounts", "--format", "json"]);
    assert!(all.as_array().is_some_and(|all| all.contains(&accounts)));
    let yaml: Value = serde_yaml::from_str(&told(
        here,
        &["datasets", "show", "accounts", "--format", "yaml"],
    ))
    .expect("YAML");
    assert_eq!(yaml, accounts);
    let field = |name: &str| {
        let fields = accounts["fields"].as_array().expect("fields").iter();
        fields
            .clone()
            .find(|field| field["name"] == name)
            .expect("the field")
            .clone()
    };
    assert_eq!(field("management_source")["omission"], "none");
    assert_eq!(field("account_status")["words"][1], "inactive");
    assert_eq!(field("product_access")["fields"][0]["name"], "id");
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    let here = Path::new(".");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = told(here, &["completions", shell]);
        assert!(
            script.contains("controls") && script.contains("fail-on"),
            "{shell}"
        );
    }
    assert!(told(here, &["man"]).starts_with(".ie \\n(.g .ds Aq"));
    let folder = tempfile::tempdir().expect("a folder");
    told(folder.path(), &["man", "--out", "man1"]);
    for page in ["tickmark.1", "tickmark-assess.1", "tickmark-controls-new.1"] {
        assert!(folder.path().join("man1").join(page).is_file(), "{page}");
    }
}

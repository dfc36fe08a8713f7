//! Pages and schemas that are made from the program, compared with the committed ones.

use std::fs;
use std::path::Path;

use tickmark::control;
use tickmark::diagnostic::Look;

use crate::program::{run, text};

/// Compares `text` with the committed file; `UPDATE_PAGES=1` writes it instead.
fn check(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_PAGES").is_some() {
        fs::write(&file, text).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    let committed = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert!(
        committed == text,
        "{path} is not what this version makes; `UPDATE_PAGES=1 cargo test --test it pages` writes it anew"
    );
}

fn pretty(value: &serde_json::Value) -> String {
    let text = serde_json::to_string_pretty(value).expect("a schema is JSON");
    text + "\n"
}

#[test]
fn the_committed_schemas_are_those_of_the_program() {
    check(
        "controls/control.schema.json",
        &pretty(&control::control_schema()),
    );
    check(
        "controls/cases.schema.json",
        &pretty(&control::case_schema()),
    );
    check(
        "reports/dry-run.schema.json",
        &pretty(&tickmark::collect::forecast_schema()),
    );
    check(
        "reports/doctor.schema.json",
        &pretty(&tickmark::doctor::schema()),
    );
    check(
        "controls/frameworks/framework.schema.json",
        &pretty(&control::framework_schema()),
    );
    check(
        "profiles/profile.schema.json",
        &pretty(&tickmark::profile::profile_schema()),
    );
    let settings = run(&["config", "schema"]);
    check("docs/tickmark.schema.json", &text(&settings.stdout));
}

#[test]
fn the_committed_reference_page_is_that_of_the_program() {
    let (controls, problems) = control::load(&control::builtin());
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    check("controls/README.md", &control::reference_page(&controls));
}

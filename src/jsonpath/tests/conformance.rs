//! The compliance suite of RFC 9535, in process. `.ci/judges/jsonpath` runs it through the program.
//!
//! Source: github.com/jsonpath-standard/jsonpath-compliance-test-suite, `cts.json`. It is not kept
//! here: `TICKMARK_CONFORMANCE` names the folder that has it as `conformance/jsonpath/cts.json`.

use std::io::Write;
use std::path::Path;

use serde_json::Value;

use crate::jsonpath::Query;

/// Names the folder above `conformance/`.
const FOLDER: &str = "TICKMARK_CONFORMANCE";

#[test]
fn the_compliance_suite_passes_whole_where_it_is_given() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        // Not by `eprintln!`, which the test harness keeps to itself; in one piece.
        let notice = format!(
            "\nSKIPPED the compliance suite: set {FOLDER} to the folder that has \
             conformance/jsonpath/cts.json\n"
        );
        std::io::stderr()
            .write_all(notice.as_bytes())
            .expect("stderr takes a line");
        return;
    };
    let file = Path::new(&folder).join("conformance/jsonpath/cts.json");
    let text = std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let suite: Value = serde_json::from_str(&text).expect("the suite is JSON");
    let cases = suite["tests"]
        .as_array()
        .expect("the suite lists its tests");
    let failures: Vec<String> = cases.iter().filter_map(|case| check(case).err()).collect();
    assert!(
        failures.is_empty(),
        "{} of {} fail:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
    assert!(
        cases.len() >= 703,
        "the suite has shrunk to {} cases",
        cases.len()
    );
}

fn check(case: &Value) -> Result<(), String> {
    let selector = case["selector"].as_str().expect("a case has a selector");
    let wrong = |what: String| Err(format!("{} {selector:?}: {what}", case["name"]));
    let query = match (Query::parse(selector), case["invalid_selector"] == true) {
        (Ok(query), false) => query,
        (Err(_), true) => return Ok(()),
        (Ok(_), true) => return wrong("is taken".to_owned()),
        (Err(error), false) => return wrong(format!("is refused: {error:?}")),
    };
    let document = &case["document"];
    let values: Value = query.nodes(document).into_iter().cloned().collect();
    let paths: Value = query
        .located(document)
        .into_iter()
        .map(|(path, _)| Value::from(path))
        .collect();
    for (one, many, given) in [
        ("result", "results", values),
        ("result_paths", "results_paths", paths),
    ] {
        let is_right = match (case.get(one), case.get(many).and_then(Value::as_array)) {
            (Some(expected), _) => *expected == given,
            (None, Some(alternatives)) => alternatives.contains(&given),
            (None, None) => true,
        };
        if !is_right {
            return wrong(format!("gives {given}"));
        }
    }
    Ok(())
}

//! The built-in controls: their ids, their cases, what they claim, and where they are counted.

use std::collections::{BTreeMap, BTreeSet};

use tickmark::control;
use tickmark::diagnostic::{Look, SourceFile};
use tickmark::plan::{ParameterValues, Plan};

use super::*;

fn yaml(path: &Path) -> serde_yaml::Value {
    serde_yaml::from_str(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The built-in controls: id to content.
fn controls() -> BTreeMap<String, serde_yaml::Value> {
    let frameworks = root().join("controls/frameworks");
    let mut files = files_below(&root().join("controls"), ".yaml");
    files.retain(|file| !file.starts_with(&frameworks));
    let controls: BTreeMap<_, _> = files.iter().map(|file| (stem(file), yaml(file))).collect();
    assert_eq!(
        controls.len(),
        files.len(),
        "two controls have files of one name"
    );
    assert!(!controls.is_empty(), "there are no controls");
    controls
}

/// The built-in controls at their defaults.
fn plan() -> Plan {
    let (controls, problems) = control::load(&control::builtin());
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    Plan::new(controls, &ParameterValues::none())
        .unwrap_or_else(|problems| panic!("{}", problems.render(Look::Plain)))
}

#[test]
fn the_built_in_controls_load_without_a_problem_and_are_all_in_the_program() {
    let plan = plan();
    let in_program: Vec<_> = plan
        .controls
        .iter()
        .map(|control| control.id().to_string())
        .collect();
    assert!(controls().keys().eq(&in_program), "{in_program:?}");
}

#[test]
fn a_reason_for_leaving_out_names_the_parameters_value() {
    let plan = plan();
    let idle = plan
        .controls
        .iter()
        .find(|control| control.id().as_str() == "accounts-idle");
    let exclusions = &idle.expect("it is built in").exclusions;
    assert_eq!(exclusions[0].reason, "added in the last 30 days");
}

#[test]
fn every_control_has_cases_and_every_case_file_a_control() {
    let cases: BTreeMap<_, _> = files_below(&root().join("tests/controls"), ".yaml")
        .iter()
        .map(|file| (stem(file), yaml(file)))
        .collect();
    assert!(
        controls().keys().eq(cases.keys()),
        "{:?}\n{:?}",
        controls().keys(),
        cases.keys()
    );
    for (name, content) in &cases {
        assert_eq!(
            content["control"].as_str(),
            Some(name.as_str()),
            "the control that {name}.yaml names"
        );
    }
}

#[test]
fn the_cases_of_a_control_show_it_pass_fail_and_without_evidence() {
    for (name, control) in controls() {
        let cases = yaml(&root().join(format!("tests/controls/{name}.yaml")));
        let cases = cases["cases"].as_sequence().expect("a list of cases");
        let outcomes: BTreeSet<_> = cases
            .iter()
            .filter_map(|case| case["expect"]["outcome"].as_str())
            .collect();
        // No record decides what a person answers: a case can only show that nothing passes without an answer.
        let is_asked = !control["attest"].is_null();
        let wanted: &[&str] = match is_asked {
            true => &["unknown"],
            false => &["pass", "fail", "unknown"],
        };
        for outcome in wanted {
            assert!(
                outcomes.contains(outcome),
                "{name}: no case comes out as {outcome}"
            );
        }
        if is_asked {
            continue;
        }
        let excluded = |case: &serde_yaml::Value| case["expect"]["excluded"].as_u64().unwrap_or(0);
        let exclusions = control["exclude"]
            .as_sequence()
            .map_or(0, |list| list.len() as u64);
        let shown: u64 = cases.iter().map(excluded).sum();
        assert!(
            shown >= exclusions,
            "{name}: {exclusions} exclusions, {shown} records that cases exclude"
        );
        let is_cut =
            |case: &serde_yaml::Value| case["cut"].as_sequence().is_some_and(|cut| !cut.is_empty());
        assert!(
            cases.iter().any(is_cut),
            "{name}: no case has a cut dataset"
        );
    }
}

#[test]
fn every_case_file_reads_without_a_problem() {
    let mut problems = Vec::new();
    for file in files_below(&root().join("tests/controls"), ".yaml") {
        let source = SourceFile::new(file.display().to_string(), read(&file));
        let (_, found) = control::read_cases(&source);
        problems.extend((!found.is_empty()).then(|| found.render(Look::Plain)));
    }
    assert_none(&problems, "case files with problems");
}

#[test]
fn ids_and_codes_name_one_control_each() {
    let mut codes = BTreeMap::new();
    for (name, control) in controls() {
        assert_eq!(
            control["id"].as_str(),
            Some(name.as_str()),
            "id and file name"
        );
        let code = control["code"]
            .as_str()
            .expect("a built-in control has a code")
            .to_owned();
        assert!(
            regex(r"^ATL-[A-Z]{3}-[0-9]{2}$").is_match(&code),
            "{name}: {code}"
        );
        if let Some(other) = codes.insert(code.clone(), name.clone()) {
            panic!("{code} names both {other} and {name}");
        }
    }
}

/// Words that only an auditor may say, or that hide what is not known.
#[test]
fn no_control_claims_more_than_it_shows() {
    let claims = regex(
        r"(?i)\b(compliant|certified|audit-ready|tamper-proof|immutable|never active|all users|real-time|proven|score|fixed)\b|\bno MFA\b|\bMFA off\b|\bSSO enforced\b",
    );
    let mut problems = Vec::new();
    for file in files_below(&root().join("controls"), ".yaml") {
        for claim in claims.find_iter(&read(&file)) {
            problems.push(format!("{}: {}", file.display(), claim.as_str()));
        }
    }
    assert_none(
        &problems,
        "controls say what a test at one point in time cannot show",
    );
}

#[test]
fn the_readme_counts_the_controls_of_every_area_and_the_reference_lists_each() {
    let readme = read(&root().join("README.md"));
    let reference = read(&root().join("controls/README.md"));
    for (name, control) in controls() {
        let code = control["code"].as_str().unwrap_or_default();
        let is_listed = reference.contains(&format!("`{name}`")) && reference.contains(code);
        assert!(is_listed, "controls/README.md does not list {name}, {code}");
    }
    let mut areas: BTreeMap<String, usize> = BTreeMap::new();
    for file in files_below(&root().join("controls"), ".yaml") {
        let area = file.parent().and_then(Path::file_name).expect("a folder");
        *areas
            .entry(area.to_string_lossy().into_owned())
            .or_default() += 1;
    }
    areas.remove("frameworks");
    for (area, count) in areas {
        let row = format!("| `{area}` | {count} |");
        assert!(readme.contains(&row), "README.md lacks the row {row}");
    }
}

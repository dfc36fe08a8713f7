//! The whole way, from HTTP to outcomes, against what the sandbox organisation knows of itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tickmark::assemble::child;
use tickmark::assess::{AssessOptions, Assessment, ControlAssessment, Outcome, assess};
use tickmark::control;
use tickmark::diagnostic::{Look, SourceFile, yaml};
use tickmark::plan::{ParameterValues, Plan};
use tickmark::progress::Silent;
use tickmark::sandbox::exports::export_truth;
use tickmark::sandbox::{ControlTruth, EXPORT_VARIANTS, ExportVariant, World, truth, truth_with};
use tickmark::snapshot::{RecordSource, Snapshot};

use crate::organization::{exports, snapshot, stable_options, world};

/// The built-in controls, with the one parameter that only the organisation itself knows.
pub fn plan(world: &World) -> Plan {
    let (controls, problems) = control::load(&control::builtin());
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    let domains = serde_json::to_string(&world.corporate_domains()).expect("a list of texts");
    let node = yaml::read(&SourceFile::new("domains", domains)).expect("JSON is YAML");
    let mut values = ParameterValues::none();
    values.set(
        Some("domains-verified".parse().expect("an id")),
        "corporate_domains",
        node,
        "test",
    );
    Plan::new(controls, &values)
        .unwrap_or_else(|problems| panic!("{}", problems.render(Look::Plain)))
}

fn assessed(world: &World, source: &dyn RecordSource) -> Assessment {
    assess(&plan(world), source, AssessOptions::default()).expect("a readable snapshot")
}

fn subjects(control: &ControlAssessment, outcome: Outcome) -> BTreeSet<String> {
    control
        .findings
        .iter()
        .filter(|finding| finding.outcome == outcome)
        .map(|finding| finding.subject.clone())
        .collect()
}

/// Every built-in control finds what the organisation knows, and nothing else.
fn check(users: u32, seed: u64) {
    let world = world(users, seed);
    let dir = tempfile::tempdir().expect("a folder");
    let snapshot = snapshot(&world, stable_options(), &dir.path().join("snapshot"));
    compare(
        &world,
        &snapshot,
        &truth(&world),
        &format!("{users} accounts, seed {seed}"),
    );
    for (name, _, variant) in EXPORT_VARIANTS {
        let about = format!("{users} accounts, seed {seed}, exports {name}");
        let given = exports(&world, *variant, &dir.path().join("files").join(name));
        let with = child(&snapshot, &given, &dir.path().join(name), &Silent).expect("a child");
        compare(&world, &with, &truth_with(&world, *variant), &about);
        exported_fields(&world, &with, *variant, &about);
    }
}

/// What exports tell of each account is what the organisation knows that they tell.
fn exported_fields(world: &World, source: &dyn RecordSource, variant: ExportVariant, about: &str) {
    let known = export_truth(world, variant);
    let mut text = String::new();
    let mut found = 0;
    for frame in 0..source.frame_count("accounts") {
        source
            .read_frame("accounts", frame, &mut text)
            .expect("a frame");
        for line in text.lines() {
            let account: Value = serde_json::from_str(line).expect("a line is JSON");
            let id = account["id"].as_str().expect("an id");
            let told = known.get(id).cloned().unwrap_or_default();
            found += usize::from(known.contains_key(id));
            let billable = told.policy_billable.map(|billable| match billable {
                true => "billable",
                false => "non_billable",
            });
            let path = told.sso.map(|sso| if sso { "sso" } else { "password" });
            for (field, value) in [
                ("sso", told.sso.map(Value::from)),
                ("authentication_path", path.map(Value::from)),
                ("two_step_required", told.two_step_required.map(Value::from)),
                ("authentication_policy", told.policy.map(Value::from)),
                ("authentication_policy_type", billable.map(Value::from)),
                (
                    "idle_session_minutes",
                    told.idle_session_minutes.map(Value::from),
                ),
            ] {
                assert_eq!(
                    account.get(field),
                    value.as_ref(),
                    "{field} of {id}: {about}"
                );
            }
            if let Some(strength) = told.password_strength {
                assert_eq!(account["password_strength"], strength, "{id}: {about}");
            }
            assert_eq!(
                account["sources_agree"],
                Value::from(!told.is_disputed),
                "{id}: {}: {about}",
                account["disagreement"]
            );
        }
    }
    assert_eq!(
        found,
        known.len(),
        "every account is in the snapshot: {about}"
    );
}

fn compare(
    world: &World,
    snapshot: &Snapshot,
    truth: &BTreeMap<&str, ControlTruth>,
    about_world: &str,
) {
    let assessment = assessed(world, snapshot);
    let ids: Vec<&str> = assessment
        .controls
        .iter()
        .map(|control| control.id.as_str())
        .collect();
    assert_eq!(
        ids,
        truth.keys().copied().collect::<Vec<_>>(),
        "every control has its truth"
    );
    for control in &assessment.controls {
        let known = &truth[control.id.as_str()];
        let about = format!("{} of {about_world}", control.id);
        assert_eq!(
            subjects(control, Outcome::Fail),
            known.failing,
            "failing: {about}"
        );
        assert_eq!(
            subjects(control, Outcome::Unknown),
            known.unknown,
            "unknown: {about}"
        );
        assert_eq!(
            control.outcome.word().replace(' ', "_"),
            known.outcome,
            "outcome: {about}"
        );
        reconciled(control);
    }
}

/// Rule 2: fetched = outside + excluded + in scope; in scope = its outcomes.
pub fn reconciled(control: &ControlAssessment) {
    let population = control
        .population
        .as_ref()
        .expect("every built-in control looks at records");
    let sum =
        |lines: &[tickmark::assess::LedgerLine]| lines.iter().map(|line| line.records).sum::<u64>();
    assert_eq!(
        population.fetched,
        sum(&population.outside) + sum(&population.excluded) + population.in_scope,
        "{}",
        control.id
    );
    assert_eq!(
        population.in_scope,
        population.pass
            + population.fail
            + population.unknown
            + population.error
            + population.counted,
        "{}",
        control.id
    );
}

#[test]
fn an_assessment_finds_the_truth_of_the_smallest_organisation() {
    check(10, 1);
}

#[test]
fn an_assessment_finds_the_truth_of_the_demo_organisation() {
    check(240, 1);
}

#[test]
fn an_assessment_finds_the_truth_of_other_seeds_and_sizes() {
    for (users, seed) in [(25, 7), (111, 2), (600, 42)] {
        check(users, seed);
    }
}

//! The whole way, from HTTP to outcomes, against what the sandbox organisation knows of itself.

use std::collections::BTreeSet;

use tickmark::assess::{AssessOptions, Assessment, ControlAssessment, Outcome, assess};
use tickmark::control;
use tickmark::diagnostic::{Look, SourceFile, yaml};
use tickmark::plan::{ParameterValues, Plan};
use tickmark::sandbox::{World, truth};
use tickmark::snapshot::RecordSource;

use crate::organization::{snapshot, stable_options, world};

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
    let assessment = assessed(&world, &snapshot);
    let truth = truth(&world);
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
        let about = format!("{} of {users} accounts, seed {seed}", control.id);
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

//! The whole way, from HTTP to outcomes, against what the sandbox organisation knows of itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::Arc;

use serde_json::Value;
use tickmark::assemble::child;
use tickmark::assess::{
    AssessOptions, Assessment, ControlAssessment, Finding, Outcome, Reason, assess,
};
use tickmark::control::{self, OrganizationPlan};
use tickmark::diagnostic::{Look, SourceFile, yaml};
use tickmark::import::{List, ListOrigin, ListRequest, WithLists};
use tickmark::plan::{ParameterValues, Plan};
use tickmark::progress::Silent;
use tickmark::sandbox::exports::export_truth;
use tickmark::sandbox::{
    ControlTruth, EXPORT_VARIANTS, ExportVariant, GuardPlan, KINDS, StatedList, World, WorldKind,
    WorldSpec, truth, truth_with,
};
use tickmark::snapshot::{RecordSource, Snapshot};

use crate::organization::{as_of, exports, snapshot, stable_options};

/// Controls over the files of exports and the policies that their rows name: what is wrong with a file is told by the
/// tests of `import` and `assemble`, not by the organisation.
const OF_FILES: [&str; 7] = [
    "exports-fresh",
    "exports-reconcile",
    "idle-session",
    "password-expiry",
    "password-strength",
    "policies-not-contradicted",
    "policies-two-step-or-sso",
];

/// The built-in controls, with the parameters that only the organisation itself knows.
pub fn plan(world: &World) -> Plan {
    plan_with(world, &[])
}

/// The same with these parameters too, for every control that has them.
pub fn plan_with(world: &World, more: &[(&'static str, Value)]) -> Plan {
    let (controls, problems) = control::load(&control::builtin());
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    let mut values = ParameterValues::none();
    for (name, value) in world.parameters().into_iter().chain(more.iter().cloned()) {
        let node = yaml::read(&SourceFile::new(name, value.to_string())).expect("JSON is YAML");
        values.set(None, name, node, "test");
    }
    Plan::new(controls, &values)
        .unwrap_or_else(|problems| panic!("{}", problems.render(Look::Plain)))
}

/// The organisation's lists, read with the columns that controls declare.
pub fn lists(world: &World, plan: &Plan) -> Vec<List> {
    let dir = tempfile::tempdir().expect("a folder");
    let read = |stated: StatedList| {
        let path = dir.path().join(format!("{}.csv", stated.name));
        std::fs::write(&path, stated.csv()).expect("a file");
        let schema = &plan.inputs[&format!("inputs.{}", stated.name)];
        let origin = ListOrigin {
            owner: Some(stated.owner.to_owned()),
            ..ListOrigin::default()
        };
        let schema = Arc::clone(schema);
        List::read(&ListRequest {
            path,
            schema,
            origin,
        })
        .expect("a list")
    };
    world.lists().into_iter().map(read).collect()
}

/// With what plan the organisation is assessed.
pub fn options(world: &World) -> AssessOptions {
    let plan = match world.kind.plan {
        GuardPlan::None => OrganizationPlan::NoGuard,
        GuardPlan::Standard => OrganizationPlan::GuardStandard,
        GuardPlan::Premium => OrganizationPlan::GuardPremium,
    };
    AssessOptions {
        organization_plan: Some(plan),
        ..AssessOptions::default()
    }
}

fn assessed(world: &World, source: &dyn RecordSource) -> Assessment {
    let plan = plan(world);
    let lists = lists(world, &plan);
    let source = WithLists::new(source, &lists);
    assess(&plan, &source, options(world)).expect("a readable snapshot")
}

fn findings(control: &ControlAssessment) -> &[Finding] {
    control
        .findings
        .held()
        .expect("nobody asked to put anything aside")
}

fn subjects(control: &ControlAssessment, outcome: Outcome) -> BTreeSet<String> {
    findings(control)
        .iter()
        .filter(|finding| finding.outcome == outcome)
        .map(|finding| finding.subject.clone())
        .collect()
}

/// Every built-in control finds what the organisation knows, and nothing else.
fn check(users: u32, seed: u64) {
    check_kind(users, seed, "full");
}

fn check_kind(users: u32, seed: u64, kind: &str) {
    let spec = WorldSpec {
        kind: WorldKind::named(kind).expect("a kind"),
        ..WorldSpec::new(users, seed, as_of())
    };
    let world = Arc::new(World::generate(&spec));
    let dir = tempfile::tempdir().expect("a folder");
    let snapshot = snapshot(&world, stable_options(), &dir.path().join("snapshot"));
    compare(
        &world,
        &snapshot,
        &truth(&world),
        &format!("{users} accounts, seed {seed}, {kind}"),
    );
    for (name, _, variant) in EXPORT_VARIANTS {
        let about = format!("{users} accounts, seed {seed}, {kind}, exports {name}");
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
            // An API tells it as well, but not its settings.
            if let Some(policy) = told.policy {
                assert_eq!(account["authentication_policy"], policy, "{id}: {about}");
            }
            if let Some(strength) = told.password_strength {
                assert_eq!(account["password_strength"], strength, "{id}: {about}");
            }
            // Whether they agree in anything else is the truth of a control of its own.
            let disagreement = account["disagreement"].as_str().unwrap_or_default();
            let is_disputed = disagreement
                .split("; ")
                .any(|part| part.starts_with("sso "));
            assert_eq!(
                is_disputed, told.is_disputed,
                "{id}: {disagreement}: {about}"
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
    let known: BTreeSet<&str> = truth.keys().copied().collect();
    let untold: Vec<&&str> = ids.iter().filter(|id| !known.contains(**id)).collect();
    assert!(
        untold.iter().all(|id| OF_FILES.contains(id)) && known.iter().all(|id| ids.contains(id)),
        "every control has its truth: {untold:?}"
    );
    let mut wrong = String::new();
    for control in &assessment.controls {
        reconciled(control);
        let Some(known) = truth.get(control.id.as_str()) else {
            continue;
        };
        let mut compare = |what: &str, found: &dyn Debug, known: &dyn Debug| {
            let (found, known) = (format!("{found:?}"), format!("{known:?}"));
            if found != known {
                wrong += &format!("{}: {what}: found {found}, is {known}\n", control.id);
            }
        };
        let outcome = control.outcome.word().replace(' ', "_");
        compare("outcome", &outcome.as_str(), &known.outcome);
        let (failing, unknown) = (Outcome::Fail, Outcome::Unknown);
        compare("failing", &subjects(control, failing), &known.failing);
        compare("unknown", &subjects(control, unknown), &known.unknown);
    }
    assert!(wrong.is_empty(), "{about_world}:\n{wrong}");
}

/// Rule 2: fetched = outside + excluded + in scope; in scope = its outcomes.
pub fn reconciled(control: &ControlAssessment) {
    // A question looks at no records, nor does a control whose plan the organisation lacks.
    let Some(population) = control.population.as_ref() else {
        return;
    };
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

#[test]
fn an_assessment_finds_the_truth_of_every_kind_of_organisation() {
    // Of a key that may not read everything, the tests of `doctor` tell.
    let whole = KINDS
        .iter()
        .filter(|(kind, _, _)| !kind.starts_with("key-"));
    for (kind, _, _) in whole {
        for (users, seed) in [(1, 3), (120, 9)] {
            check_kind(users, seed, kind);
        }
    }
}

#[test]
fn without_a_list_a_control_that_needs_it_is_unknown_and_says_so_once() {
    let world = Arc::new(World::generate(&WorldSpec::new(180, 9, as_of())));
    let dir = tempfile::tempdir().expect("a folder");
    let snapshot = snapshot(&world, stable_options(), &dir.path().join("snapshot"));
    let plan = plan(&world);
    let assessment = assess(&plan, &snapshot, options(&world)).expect("a readable snapshot");
    let tagged = |control: &&ControlAssessment| control.tags.iter().any(|tag| tag == "needs-list");
    let mut waiting = 0;
    for control in assessment.controls.iter().filter(tagged) {
        waiting += 1;
        assert_eq!(control.outcome, Outcome::Unknown, "{}", control.id);
        // Beside it stand only accounts that lack more than the list: the address that is looked up in it.
        let (of_list, others): (Vec<_>, Vec<_>) = findings(control)
            .iter()
            .partition(|finding| finding.subject == "-");
        let lacks_a_field = |reason: &Reason| matches!(reason, Reason::FieldAbsent { .. });
        assert!(of_list.len() <= 1, "{}", control.id);
        assert!(
            others
                .iter()
                .all(|finding| finding.reasons.iter().any(lacks_a_field)),
            "{}",
            control.id
        );
    }
    assert!(waiting > 10);
}

//! The whole way, from HTTP to outcomes, against what the sandbox organisation knows of itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use tickmark::assemble::child;
use tickmark::assess::{
    AssessOptions, Assessment, ControlAssessment, Finding, Outcome, Reason, assess,
};
use tickmark::control::{self, Control, OrganizationPlan};
use tickmark::diagnostic::{Look, SourceFile, yaml};
use tickmark::import::review::{self, ReviewKind};
use tickmark::import::{Attestations, List, ListExtent, ListOrigin, ListRequest, WithLists};
use tickmark::plan::{ParameterValues, Plan};
use tickmark::progress::Silent;
use tickmark::sandbox::exports::export_truth;
use tickmark::sandbox::people::attestations;
use tickmark::sandbox::reviews::fill;
use tickmark::sandbox::{
    ControlTruth, EXPORT_VARIANTS, ExportVariant, Given, GivenList, GuardPlan, KINDS,
    LIST_VARIANTS, ListVariant, PEOPLE_VARIANTS, PeopleVariant, REVIEW_VARIANTS, ReviewVariant,
    ServerOptions, World, WorldKind, WorldSpec, truth_given,
};
use tickmark::snapshot::{RecordSource, Snapshot};

use crate::organization::{as_of, exports, snapshot, stable_options};

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
    given_lists(world, plan, ListVariant::Fresh)
}

fn given_lists(world: &World, plan: &Plan, variant: ListVariant) -> Vec<List> {
    let dir = tempfile::tempdir().expect("a folder");
    let read = |given: GivenList| {
        let path = dir.path().join(format!("{}.csv", given.list.name));
        std::fs::write(&path, given.list.csv()).expect("a file");
        let schema = Arc::clone(&plan.inputs[&format!("inputs.{}", given.list.name)]);
        let origin = ListOrigin {
            owner: Some(given.list.owner.to_owned()),
            source: None,
            extracted_on: Some(given.extracted_on),
            max_age_days: Some(given.max_age_days),
            extent: match given.is_whole {
                true => ListExtent::Whole,
                false => ListExtent::Partial,
            },
        };
        List::read(&ListRequest {
            path,
            schema,
            origin,
        })
        .expect("a list")
    };
    world.given_lists(variant).into_iter().map(read).collect()
}

/// What people of `world` attest, written below `dir` and read.
pub fn answers(world: &World, plan: &Plan, variant: PeopleVariant, dir: &Path) -> Attestations {
    std::fs::create_dir_all(dir.join("evidence")).expect("a folder");
    for file in attestations(world, variant) {
        std::fs::write(dir.join(file.name), file.text).expect("a file");
    }
    let controls: Vec<&Control> = plan
        .controls
        .iter()
        .map(|planned| &planned.control)
        .collect();
    let (answers, mut problems) = Attestations::read(dir, &controls).expect("a folder");
    problems.extend(answers.problems_in(plan));
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    answers
}

/// The list of reviews that are kept in `dir`: sheets on accounts, administrators and tokens of the organisation
/// before the review, filled in and imported.
fn reviews(
    world: &World,
    plan: &Plan,
    variant: ReviewVariant,
    before: &Snapshot,
    dir: &Path,
) -> List {
    for kind in [ReviewKind::Accounts, ReviewKind::Admins, ReviewKind::Tokens] {
        let mut blank = Vec::new();
        review::write_sheet(kind, before, &mut blank).expect("a sheet");
        let filled = fill(world, &blank, variant).expect("a blank sheet");
        let extent = match variant {
            ReviewVariant::Incomplete => review::Extent::Partial,
            _ => review::Extent::Whole,
        };
        let (decided, problems) =
            review::check("sheet.csv", filled, before, extent).expect("a readable snapshot");
        assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
        let reviewed_on = long_ago().to_zoned(TimeZone::UTC).date();
        let decided = decided.expect("a sheet without problems is decided");
        review::keep(&decided, dir, None, reviewed_on).expect("a review that is not there yet");
    }
    let schema = Arc::clone(&plan.inputs["inputs.reviews"]);
    let list = review::kept_list(dir, schema, None).expect("what was kept reads");
    list.expect("reviews are kept")
}

/// When the organisation was reviewed: the time to act is over.
fn long_ago() -> Timestamp {
    "2026-09-20T06:00:00Z".parse().expect("a time")
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
    let of_kind = |kind: &str, as_of| WorldSpec {
        kind: WorldKind::named(kind).expect("a kind"),
        ..WorldSpec::new(users, seed, as_of)
    };
    let world = Arc::new(World::generate(&of_kind(kind, as_of())));
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name);
    let about = format!("{users} accounts, seed {seed}, {kind}");
    let snapshot = snapshot(&world, stable_options(), &path("snapshot"));
    let plan = plan(&world);
    let lists = |variant| given_lists(&world, &plan, variant);
    let fresh = lists(ListVariant::Fresh);
    let of_fresh_lists = Given {
        lists: Some(ListVariant::Fresh),
        ..Given::default()
    };
    let no_answers = Attestations::default();
    let assessed = |snapshot: &Snapshot, lists: &[List], answers: &Attestations| {
        let source = WithLists::new(snapshot, lists).with_answers(answers);
        assess(&plan, &source, options(&world)).expect("a readable snapshot")
    };
    let compare = |assessment: &Assessment, given: Given| {
        compare(
            assessment,
            &truth_given(&world, given),
            &format!("{about}, {given:?}"),
        );
    };
    compare(&assessed(&snapshot, &[], &no_answers), Given::default());
    for (_, _, variant) in LIST_VARIANTS {
        let given = Given {
            lists: Some(*variant),
            ..Given::default()
        };
        compare(&assessed(&snapshot, &lists(*variant), &no_answers), given);
    }
    // A key says nothing of exports and answers.
    if kind.starts_with("key-") {
        return;
    }
    for (name, _, variant) in EXPORT_VARIANTS {
        let files = exports(&world, *variant, &path("files").join(name));
        let with = child(&snapshot, &files, &path(name), &Silent).expect("a child");
        let given = Given {
            exports: Some(*variant),
            ..of_fresh_lists
        };
        compare(&assessed(&with, &fresh, &no_answers), given);
        exported_fields(&world, &with, *variant, &format!("{about}, {given:?}"));
    }
    let taken = PEOPLE_VARIANTS
        .iter()
        .filter(|(_, _, variant)| !variant.is_refused());
    for (name, _, variant) in taken {
        let answers = answers(&world, &plan, *variant, &path("answers").join(name));
        let given = Given {
            answers: Some(*variant),
            ..of_fresh_lists
        };
        compare(&assessed(&snapshot, &fresh, &answers), given);
    }
    // A review is made from the same organisation, as it was.
    if kind != "full" {
        return;
    }
    let before = Arc::new(World::generate(&of_kind("before-review", long_ago())));
    let reviewed = ServerOptions {
        clock: Some(long_ago()),
        ..stable_options()
    };
    let before = crate::organization::snapshot(&before, reviewed, &path("before"));
    let taken = REVIEW_VARIANTS
        .iter()
        .filter(|(_, _, variant)| !variant.is_refused());
    for (name, _, variant) in taken {
        let reviews = reviews(
            &world,
            &plan,
            *variant,
            &before,
            &path("reviews").join(name),
        );
        let given = Given {
            reviews: Some(*variant),
            ..of_fresh_lists
        };
        let lists: Vec<List> = lists(ListVariant::Fresh)
            .into_iter()
            .chain([reviews])
            .collect();
        compare(&assessed(&snapshot, &lists, &no_answers), given);
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

fn compare(assessment: &Assessment, truth: &BTreeMap<&str, ControlTruth>, about: &str) {
    let assessed = assessment
        .controls
        .iter()
        .map(|control| control.id.as_str());
    assert_eq!(
        assessed.collect::<BTreeSet<_>>(),
        truth.keys().copied().collect(),
        "every control has its truth"
    );
    let mut wrong = String::new();
    for control in &assessment.controls {
        reconciled(control);
        let known = &truth[control.id.as_str()];
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
    assert!(wrong.is_empty(), "{about}:\n{wrong}");
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

/// Kinds of organisation that lack something, or are read with another key; the others are checked by their size.
fn kinds(is_wanted: impl Fn(&str) -> bool) {
    for (kind, _, _) in KINDS.iter().filter(|(kind, _, _)| is_wanted(kind)) {
        for (users, seed) in [(1, 3), (70, 9)] {
            check_kind(users, seed, kind);
        }
    }
}

#[test]
fn an_assessment_finds_the_truth_of_every_plan() {
    kinds(|kind| kind.contains("guard"));
}

#[test]
fn an_assessment_finds_the_truth_of_one_directory_and_of_domains_that_lack_something() {
    let others = ["full", "before-review"];
    kinds(|kind| !kind.contains("guard") && !kind.starts_with("key-") && !others.contains(&kind));
}

#[test]
fn an_assessment_finds_the_truth_of_an_organisation_before_its_review() {
    kinds(|kind| kind == "before-review");
}

#[test]
fn an_assessment_finds_the_truth_with_every_key() {
    kinds(|kind| kind.starts_with("key-"));
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

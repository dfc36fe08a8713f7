use super::*;
use crate::diagnostic::yaml;
use crate::diagnostic::{Look, SourceFile};
use crate::value::{Raw, Truth};

/// The control `id` with `body` as its population and requirement.
fn control(id: &str, body: &str) -> Control {
    let text = format!("id: {id}\ntitle: T\nseverity: low\nrationale: R\n{body}");
    let file = SourceFile::new(format!("{id}.yaml"), text);
    let (mut controls, problems) = crate::control::load(&[file]);
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    controls.pop().expect("there is one control")
}

fn plan(controls: &[(&str, &str)]) -> Plan {
    let controls = controls
        .iter()
        .map(|(id, body)| control(id, body))
        .collect();
    Plan::new(controls, &ParameterValues::none()).expect("the plan has no problems")
}

fn procedure(body: &str) -> String {
    let plan = plan(&[("t", body)]);
    plan.controls[0].procedure("2026-03-01T00:00:00Z".parse().expect("a time"))
}

fn value(text: &str) -> yaml::Node {
    yaml::read(&SourceFile::new("--set", text)).expect("it is YAML")
}

const IDLE: &str = "\
parameters: { days: { type: integer, default: 90, minimum: 1, about: days } }
population: \"$.accounts[?@.claim_status == 'managed' && 'active' == @.account_status && (@.sso || @.billable)]\"
where: { platform_roles: { some: { starts_with: atlassian/ } } }
exclude: [{ reason: 'young: {{ days }} days', where: { added_to_org_at: { within_last_days: $days } } }]
expect: { any: [{ last_active_at: { within_last_days: $days } }, { not: { mfa_enabled: false } }] }
on_empty: pass
message: '{{ subject.email }}'
evidence: [last_active_at, group_ids]
";

#[test]
fn a_control_reads_as_one_sentence() {
    assert_eq!(
        procedure(IDLE),
        "As of 2026-03-01T00:00:00Z, for every account where claim_status is managed, \
         'active' == account_status, (sso || billable) and at least one of platform_roles starts with \
         atlassian/ (left out: young: 90 days, that is added_to_org_at lies within the last 90 days): \
         last_active_at lies within the last 90 days or not (mfa_enabled is false)."
            .replace("'active' == account_status", "account_status is active")
    );
    assert_eq!(
        procedure("population: $.domains[*]\ncount: { at_least: 1 }\n"),
        "As of 2026-03-01T00:00:00Z, the number of domains is at least 1."
    );
    assert_eq!(
        procedure(
            "population: $.domains[*]\nmembers: { by: name, subset_of: [B.example, a.example, b.example] }\n"
        ),
        "As of 2026-03-01T00:00:00Z, the values of name over all domains are all among the 2 listed values."
    );
}

#[test]
fn fields_are_those_tested_and_shown_and_no_others() {
    let plan = plan(&[("t", IDLE)]);
    let names = |fields: &[FieldRef]| {
        let names = fields.iter().map(|field| field.name().to_owned());
        names.collect::<Vec<_>>()
    };
    let control = &plan.controls[0];
    assert_eq!(names(&control.tested), ["last_active_at", "mfa_enabled"]);
    assert_eq!(names(&control.shown), ["name", "email", "group_ids"]);
    assert_eq!(
        plan.scans[0].fields,
        [
            "id",
            "account_status",
            "claim_status",
            "added_to_org_at",
            "billable",
            "mfa_enabled",
            "platform_roles",
            "last_active_at",
            "sso",
        ]
    );
}

#[test]
fn a_dataset_is_scanned_once_for_each_level_of_sets() {
    let chained = "\
let:
  a: { from: '$.policies[*]', where: { id: { in: $b } }, take: 'resources[*].id' }
  b: { from: '$.accounts[*]', take: id }
population: $.accounts[*]
expect: { id: { in: $a } }
on_empty: pass
";
    let plain = "population: $.accounts[*]\nexpect: { sso: true }\non_empty: pass\n";
    let plan = plan(&[("z", plain), ("y", plain), ("x", chained)]);
    let scans: Vec<(&str, usize, &[StepRef])> = plan
        .scans
        .iter()
        .map(|scan| (scan.dataset.name(), scan.level, scan.steps.as_slice()))
        .collect();
    // `b` stands before `a`, which needs it, though it is written after.
    assert_eq!(plan.sets[0].name, "b");
    assert_eq!(plan.sets[1].needs, [SetIndex(0)]);
    assert_eq!(
        scans,
        [
            (
                "accounts",
                0,
                &[
                    StepRef::Set(SetIndex(0)),
                    StepRef::Control(1),
                    StepRef::Control(2)
                ][..]
            ),
            ("policies", 1, &[StepRef::Set(SetIndex(1))]),
            ("accounts", 2, &[StepRef::Control(0)]),
        ]
    );
    assert_eq!(plan.scans[1].fields, ["id", "resources"]);
    assert_eq!(plan.controls[0].sets, [SetIndex(0), SetIndex(1)]);
}

#[test]
fn a_parameter_has_its_default_or_what_was_given_last_for_the_control() {
    let mut values = ParameterValues::none();
    let id: ControlId = "t".parse().expect("an id");
    values.set(Some(id.clone()), "days", value("7"), "first");
    values.set(Some(id), "days", value("8"), "profile, line 3");
    values.set(None, "days", value("9"), "for all");
    let plan =
        Plan::new(vec![control("t", IDLE), control("u", IDLE)], &values).expect("no problems");
    let found: Vec<(Option<Value>, &str)> = plan
        .controls
        .iter()
        .map(|control| {
            let parameter = &control.parameters[0];
            (parameter.value.clone(), parameter.origin.as_str())
        })
        .collect();
    assert_eq!(
        found,
        [
            (Some(8.into()), "profile, line 3"),
            (Some(9.into()), "for all")
        ]
    );
    assert_eq!(plan.controls[0].exclusions[0].reason, "young: 8 days");
    assert_eq!(
        plan.controls[0].exclusions[0].check.label(),
        "added_to_org_at lies within the last 8 days"
    );
}

#[test]
fn values_that_no_control_can_take_are_told_all_at_once() {
    let mut values = ParameterValues::none();
    let id = |id: &str| Some(id.parse().expect("an id"));
    values.set(id("t"), "days", value("0"), "");
    values.set(id("u"), "days", value("ninety"), "");
    values.set(id("u"), "pattern", value("'a('"), "");
    values.set(id("v"), "days", value("3"), "");
    values.set(None, "dayz", value("3"), "");
    let pattern = "\
parameters:
  pattern: { type: text, about: names }
  days: { type: integer, about: days }
population: $.accounts[*]
expect: { name: { matches: $pattern }, last_active_at: { within_last_days: $days } }
on_empty: pass
";
    let problems = Plan::new(vec![control("t", IDLE), control("u", pattern)], &values)
        .expect_err("the values are wrong");
    let mut messages: Vec<&str> = problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect();
    messages.sort_unstable();
    assert_eq!(
        messages,
        [
            "`days` of `t`: 0 is less than the minimum 1",
            "`days` of `u`: expected a whole number, found text",
            "`matches`: bad pattern: unclosed group",
            "no control has a parameter `dayz`",
            "no control is called `v`",
        ]
    );
}

#[test]
fn what_rests_on_a_parameter_without_a_value_is_marked_as_unset() {
    let plan = plan(&[
        (
            "a",
            "parameters: { n: { type: integer, about: n } }\npopulation: $.accounts[*]\nexpect: { api_token_count: { at_most: $n } }\non_empty: pass\n",
        ),
        (
            "b",
            "parameters: { n: { type: integer, about: n } }\npopulation: $.accounts[*]\ncount: { at_most: $n }\n",
        ),
        (
            "c",
            "parameters: { l: { type: list of email, about: l } }\npopulation: $.accounts[*]\nmembers: { by: email, equals: $l }\n",
        ),
    ]);
    let requirement = |index: usize| &plan.controls[index].requirement;
    let Requirement::Expect(Check::Unset {
        parameter,
        label,
        path,
    }) = requirement(0)
    else {
        panic!("{:?}", requirement(0));
    };
    assert_eq!(
        (parameter.as_str(), path.text.as_str()),
        ("n", "api_token_count")
    );
    assert_eq!(label, "api_token_count at_most n (not set)");
    let unset = Bound::Unset {
        parameter: "n".to_owned(),
    };
    assert!(
        matches!(requirement(1), Requirement::Count { at_most: Some(bound), .. } if *bound == unset)
    );
    let unset = Expected::Unset {
        parameter: "l".to_owned(),
    };
    assert!(matches!(requirement(2), Requirement::Members { expected, .. } if *expected == unset));
    assert_eq!(plan.controls[0].parameters[0].origin, "unset");
    assert_eq!(plan.controls[0].text_values()["n"], "(not set)");
}

#[test]
fn addresses_given_by_parameters_are_compared_in_lower_case() {
    let body = "\
parameters: { allowed: { type: list of text, default: [Ada@Corp.Example], about: who } }
population: $.accounts[*]
expect: { email: { in: $allowed } }
on_empty: pass
";
    let plan = plan(&[("t", body)]);
    let Requirement::Expect(Check::Test { test, .. }) = &plan.controls[0].requirement else {
        panic!("it is one test");
    };
    let as_of = "2026-03-01T00:00:00Z".parse().expect("a time");
    let verdict = test.test(Raw::of_canonical("\"ada@corp.example\""), as_of);
    assert_eq!(verdict.truth(), Truth::True);
}

#[test]
fn a_span_that_a_parameter_makes_longer_than_the_days_looked_at_is_refused() {
    const BODY: &str = "\
parameters:
  days: { type: integer, default: 30, about: days }
  span: { type: duration, default: 7d, about: the span }
population: $.events[*]
period: $days
count: { per: actor_id, within: $span, at_most: 5 }
";
    let planned = |name: &str, given: &str| {
        let mut values = ParameterValues::none();
        values.set(None, name, value(given), "a test");
        Plan::new(vec![control("t", BODY)], &values).map(|_| ())
    };
    assert!(planned("days", "7").is_ok());
    assert!(planned("span", "30d").is_ok());
    for (name, given, message) in [
        (
            "days",
            "6",
            "7 days do not fit into the 6 days that are looked at",
        ),
        (
            "span",
            "721h",
            "721 hours do not fit into the 30 days that are looked at",
        ),
    ] {
        let problems = planned(name, given).expect_err("it does not fit");
        let [problem] = &problems.iter().collect::<Vec<_>>()[..] else {
            panic!("{}", problems.render(Look::Plain));
        };
        assert_eq!(
            (problem.code, &*problem.message),
            ("plan::parameter", message)
        );
        assert_eq!(
            problem.labels.len(),
            2,
            "the value and the parameter are shown"
        );
    }
}

use std::collections::BTreeSet;

use super::*;
use crate::diagnostic::{Look, SourceFile};

/// A control with every kind of condition that can be changed.
const CONTROL: &str = r#"
id: t
title: T
severity: low
rationale: R
parameters:
  days: { type: integer, default: 30, about: days }
  listed: { type: list of text, default: [a, b], about: ids }
let:
  named: { from: "$.groups[?@.name == 'x']", take: id }
population: "$.accounts[?@.account_status == 'active' && @.product_access_count > 3]"
where:
  mfa_enabled: true
exclude:
  - reason: new
    where: { added_to_org_at: { within_last_days: $days } }
  - reason: listed
    where: { id: { in: $listed } }
expect:
  name: { starts_with: A, matches: "^A" }
  any:
    - { sso: true }
    - { group_ids: { some: { in: $named } } }
  not: { claim_status: unmanaged }
  some: { in: product_access, expect: { key: confluence, last_active_at: { set: true } } }
  api_token_count: { at_most: 2, missing: fail }
on_empty: pass
"#;

fn suite(control: &str, cases: &str) -> Suite {
    let controls = [SourceFile::new("t.yaml", control)];
    let header = "control: t\nas_of: 2026-11-20T06:00:00Z\ncases:\n";
    let cases = [SourceFile::new("t.cases.yaml", format!("{header}{cases}"))];
    let suites = Suites::read(&controls, &cases, &[]);
    let suites = suites.unwrap_or_else(|problems| panic!("{}", problems.render(Look::Plain)));
    suites
        .suites
        .into_iter()
        .next()
        .expect("the control has cases")
}

const ONE_CASE: &str = "  - { name: none, given: {}, expect: { outcome: pass } }\n";

#[test]
fn a_control_is_changed_in_every_way_there_is() {
    let mutants = suite(CONTROL, ONE_CASE).mutants();
    let told: Vec<String> = mutants
        .iter()
        .map(|mutant| format!("{} {}", mutant.place.line(), mutant.id))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn every_mutant_of_a_built_in_control_has_an_id_of_its_own_and_a_place_in_its_file() {
    let suites = Suites::builtin().expect("the built-in controls load");
    for suite in &suites.suites {
        let mutants = suite.mutants();
        let ids: BTreeSet<&str> = mutants.iter().map(|mutant| mutant.id.as_str()).collect();
        assert_eq!(ids.len(), mutants.len(), "{}", suite.control.id);
        for mutant in &mutants {
            assert_eq!(mutant.place.file, suite.file, "{}", mutant.id);
            assert!(
                !mutant.place.file.slice(mutant.place.span).is_empty(),
                "{}",
                mutant.id
            );
        }
    }
}

#[test]
fn a_mutant_is_noticed_by_a_case_that_comes_out_otherwise_and_by_no_other() {
    let control = CONTROL.split("let:").next().expect("text").replace(
        "  listed: { type: list of text, default: [a, b], about: ids }\n",
        "",
    ) + "population: \"$.accounts[*]\"\nexpect: { last_active_at: { within_last_days: $days } }\non_empty: pass\n";
    let survivors = |cases: &str| -> Vec<String> {
        let report = suite(&control, cases).mutate().expect("the cases fit");
        report
            .survivors
            .into_iter()
            .map(|mutant| mutant.id)
            .collect()
    };
    let at = |time: &str, outcome: &str| {
        format!(
            "  - {{ name: {time}, given: {{ accounts: [{{ id: a, last_active_at: \"{time}\" }}] }}, expect: {{ outcome: {outcome} }} }}\n"
        )
    };
    let one_more = "parameters.days.default plus 1".to_owned();
    let one_less = "parameters.days.default minus 1".to_owned();
    let on_the_day = at("2026-10-21T06:00:00Z", "pass");
    let a_second_earlier = at("2026-10-21T05:59:59Z", "fail");
    assert!(
        survivors(&on_the_day).contains(&one_more) && !survivors(&on_the_day).contains(&one_less)
    );
    assert!(
        survivors(&a_second_earlier).contains(&one_less)
            && !survivors(&a_second_earlier).contains(&one_more)
    );
    // A case that is wrong notices nothing.
    let wrong = at("2026-10-21T06:00:00Z", "fail");
    assert!(survivors(&wrong).contains(&one_more) && survivors(&wrong).contains(&one_less));
}

#[test]
fn coverage_counts_each_condition_where_the_control_asks_it() {
    let cases = "
  - name: outside
    given: { accounts: [{ id: a, account_status: inactive, product_access_count: 9 }] }
    expect: { outcome: pass }
  - name: in scope, with a record of a list
    given:
      accounts:
        - id: c
          account_status: active
          product_access_count: 9
          mfa_enabled: true
          added_to_org_at: 2020-01-01T00:00:00Z
          name: Ada
          sso: false
          product_access: [{ id: x, key: confluence, last_active_at: null }, { id: y, key: jira-software }]
    expect: { outcome: fail }
";
    let coverage = suite(CONTROL, cases).coverage().expect("the cases fit");
    let told: Vec<String> = coverage
        .conditions
        .iter()
        .map(|covered| {
            format!(
                "{:<13} {}: {}",
                covered.lacks(),
                covered.part,
                covered.label
            )
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
    let gaps = coverage.gaps().count();
    assert_eq!(gaps + coverage.both_ways(), coverage.conditions.len());
}

#[test]
fn an_outcome_that_gets_better_and_a_population_that_does_not_add_up_are_found() {
    use crate::assess::{Outcome, fixture};
    let pass = fixture::control("t");
    let with = |outcome| {
        let mut control = fixture::control("t");
        control.outcome = outcome;
        control
    };
    let unknown = with(Outcome::Unknown);
    let fail = with(Outcome::Fail);
    assert!(missing::better(&unknown, &pass).is_some());
    assert!(missing::better(&fail, &with(Outcome::NotApplicable)).is_some());
    assert!(missing::better(&pass, &unknown).is_none());
    assert!(missing::better(&pass, &pass).is_none());
    assert!(missing::better(&unknown, &fail).is_none());
    assert!(missing::unreconciled(&pass).is_none());
    let mut lost = fixture::control("t");
    fixture::population(&mut lost).in_scope -= 1;
    assert!(missing::unreconciled(&lost).is_some());
    let mut unjudged = fixture::control("t");
    fixture::population(&mut unjudged).pass -= 1;
    assert!(missing::unreconciled(&unjudged).is_some());
}

#[test]
fn a_value_that_a_parameter_cannot_take_is_a_mistake_of_the_case() {
    let case =
        "  - { name: none, given: {}, parameters: { days: many }, expect: { outcome: pass } }\n";
    let problems = suite(CONTROL, case).run().expect_err("days are a number");
    assert!(problems.render(Look::Plain).contains("days"));
}

/// A control with a list, a share, a named list and a plan.
const WITH_LISTS: &str = r#"
id: t
title: T
severity: low
rationale: R
requires: { plan: guard-standard }
inputs:
  leavers: { id: email, fields: { email: email, left_on: date, kind: text } }
let:
  gone: { from: "$.inputs.leavers[?@.kind == 'person']", where: { left_on: { older_than_days: 3 } }, take: email }
  offices: { values: [office.example, lab.example] }
population: "$.accounts[*]"
where: { email_domain: { in: $offices } }
expect: { email: { not_in: $gone } }
share: { at_least: 50.5% }
on_empty: pass
"#;

/// Cases of it that leave nothing untested.
const CASES_WITH_LISTS: &str = "
  - name: one of two is gone
    plan: guard-standard
    given:
      accounts:
        - { id: a, email: ada@office.example, email_domain: office.example }
        - { id: b, email: bo@lab.example, email_domain: lab.example }
        - { id: c, email: cy@other.example, email_domain: other.example }
      inputs.leavers:
        - { email: ADA@office.example, left_on: 2026-11-16, kind: person }
        - { email: bo@lab.example, left_on: 2026-11-17, kind: person }
        - { email: bo@lab.example, left_on: 2026-01-01, kind: robot }
    expect: { outcome: fail, in_scope: 2 }
  - name: one of one is enough
    given:
      accounts:
        - { id: a, email: ada@office.example, email_domain: office.example }
      inputs.leavers: []
    expect: { outcome: pass, in_scope: 1 }
  - name: a lower plan asks nothing
    plan: no-guard
    given: {}
    expect: { outcome: not_applicable }
  - name: nobody gave the list
    given: { accounts: [{ id: a, email: ada@office.example, email_domain: office.example }] }
    expect: { outcome: unknown }
  - name: a part of the list
    given: { accounts: [{ id: a, email: ada@office.example, email_domain: office.example }] }
    cut: [inputs.leavers]
    expect: { outcome: unknown }
  - name: nobody to ask
    given: { accounts: [], inputs.leavers: [] }
    expect: { outcome: pass }
";

#[test]
fn a_control_with_a_list_a_share_and_a_plan_is_tested_like_any_other() {
    let suite = suite(WITH_LISTS, CASES_WITH_LISTS);
    let results = suite.run().expect("the cases fit");
    for case in &results {
        assert_eq!(case.differences, [], "{}", case.name);
    }
    let losses = suite.losses().expect("the cases fit");
    assert_eq!(losses.losses, []);
    let coverage = suite.coverage().expect("the cases fit");
    let gaps: Vec<&str> = coverage.gaps().map(|gap| gap.label.as_str()).collect();
    assert_eq!(gaps, [""; 0]);
    let mutants: Vec<String> = suite
        .mutants()
        .into_iter()
        .map(|mutant| format!("{} {}", mutant.place.line(), mutant.id))
        .collect();
    insta::assert_snapshot!(mutants.join("\n"));
}

#[test]
fn the_loss_of_a_list_and_of_the_plan_is_tried_on_every_case() {
    let without = WITH_LISTS.replace("requires: { plan: guard-standard }\n", "");
    let tried = |control: &str| {
        let case = "  - { name: n, given: { accounts: [], inputs.leavers: [] }, expect: { outcome: pass } }\n";
        suite(control, case).losses().expect("the case fits").tried
    };
    // Taken away: all of it, a part and its age, each with its rows and without, and the four states of a dataset.
    assert_eq!(tried(&without), 1 + 8 + 5);
    assert_eq!(tried(WITH_LISTS), tried(&without) + 1);
}

#[test]
fn rows_that_no_control_declares_are_a_mistake_of_the_case() {
    let read = |cases: &str| {
        let controls = [SourceFile::new("t.yaml", WITH_LISTS)];
        let header = "control: t\nas_of: 2026-11-20T06:00:00Z\ncases:\n";
        let cases = [SourceFile::new("t.cases.yaml", format!("{header}{cases}"))];
        match Suites::read(&controls, &cases, &[]) {
            Ok(_) => String::new(),
            Err(problems) => problems.render(Look::Plain),
        }
    };
    let case = |given: &str| {
        format!("  - {{ name: n, given: {{ {given} }}, expect: {{ outcome: pass }} }}\n")
    };
    assert_eq!(read(&case("inputs.leavers: [{ email: a@b.example }]")), "");
    insta::assert_snapshot!(read(
        &(case("inputs.leaver: []")
            + &case("inputs.leavers: [{ mail: a@b.example, left_on: soon, absent: [gone] }]")
                .replace("name: n", "name: m"))
    ));
}

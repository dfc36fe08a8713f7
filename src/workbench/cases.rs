//! Cases -> what came out, compared with what was expected.

use std::collections::BTreeSet;

use super::{Suite, lean};
use crate::assess::{self, AssessOptions, Assessment, ControlAssessment, Finding, Outcome};
use crate::catalog::DatasetRef;
use crate::control::{
    Case, CaseExpectation, CaseOutcome, Control, ControlId, OrganizationPlan, ParameterValue,
};
use crate::diagnostic::{Place, Problems};
use crate::plan::{ParameterValues, Plan};
use crate::snapshot::{Completeness, CutReason, InputStatement, MemorySource};
use serde_json::Value;

/// What one case came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseResult {
    /// What it shows.
    pub name: String,
    /// Where it is written.
    pub place: Place,
    /// What came out otherwise; empty if all is as expected.
    pub differences: Vec<Difference>,
}

/// One thing that came out otherwise than expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The key of `expect`: `outcome`, `failing`, `message of p2`.
    pub what: String,
    /// As the case has it.
    pub expected: String,
    /// As it came out.
    pub found: String,
}

impl Suite {
    /// Runs every case.
    ///
    /// # Errors
    /// Values of parameters that the control cannot take.
    pub fn run(&self) -> Result<Vec<CaseResult>, Problems> {
        let control = lean(&self.control);
        let cases = self.cases.cases.iter().map(|case| {
            let prepared = self.prepare(case);
            let plan = prepared.plan(&control)?;
            let assessed = prepared.assess(&plan);
            Ok(CaseResult {
                name: case.name.clone(),
                place: case.place.clone(),
                differences: differences(&case.expect, &assessed),
            })
        });
        cases.collect()
    }

    /// Everything that a case gives, ready to be evaluated any number of times.
    pub(super) fn prepare<'c>(&self, case: &'c Case) -> Prepared<'c> {
        let mut source = MemorySource::new(self.cases.as_of);
        for (dataset, records) in &case.given {
            set_records(&mut source, dataset, records);
        }
        for dataset in &case.cut {
            match dataset {
                DatasetRef::Known(dataset) => {
                    let cut = Completeness::Cut {
                        reason: CutReason::ServerError,
                        detail: "cut by the case".to_owned(),
                    };
                    source.set_completeness(dataset, cut);
                }
                DatasetRef::Input(list) => {
                    let partial = InputStatement {
                        is_whole: false,
                        ..InputStatement::named(list.short_name())
                    };
                    source.set_list(list, rows_of(case, list.name()), partial);
                }
            }
        }
        Prepared {
            case,
            source,
            values: values_of(&self.control.id, case.parameters.iter()),
            control: self.control.id.clone(),
        }
    }
}

/// Puts records into `source`; rows of a list as one that is whole and fresh.
pub(super) fn set_records(source: &mut MemorySource, dataset: &DatasetRef, records: &[Value]) {
    match dataset {
        DatasetRef::Known(dataset) => source.set_records(dataset, records),
        DatasetRef::Input(list) => {
            source.set_list(list, records, InputStatement::named(list.short_name()));
        }
    }
}

/// The records that `case` gives of a dataset.
pub(super) fn rows_of<'c>(case: &'c Case, dataset: &str) -> &'c [Value] {
    let mut given = case.given.iter();
    let found = given.find(|(given, _)| given.name() == dataset);
    found.map_or(&[], |(_, records)| records)
}

/// A case as a snapshot in memory and values of parameters.
pub(super) struct Prepared<'c> {
    pub(super) case: &'c Case,
    pub(super) source: MemorySource,
    values: ParameterValues,
    control: ControlId,
}

fn values_of<'p>(
    control: &ControlId,
    given: impl Iterator<Item = &'p ParameterValue>,
) -> ParameterValues {
    let mut values = ParameterValues::none();
    for parameter in given {
        values.set(
            Some(control.clone()),
            parameter.name.as_str(),
            parameter.node.clone(),
            "case",
        );
    }
    values
}

impl Prepared<'_> {
    /// The plan for `control` with the case's parameters.
    pub(super) fn plan(&self, control: &Control) -> Result<Plan, Problems> {
        Plan::new(vec![control.clone()], &self.values)
    }

    /// What the one control of `plan` says of the case.
    pub(super) fn assess(&self, plan: &Plan) -> ControlAssessment {
        self.assess_on(plan, &self.source)
    }

    /// The same on other records.
    pub(super) fn assess_on(&self, plan: &Plan, source: &MemorySource) -> ControlAssessment {
        assessed(plan, source, Some(self.case.organization_plan))
    }

    /// Whether the case's organisation has the plan that `control` requires.
    pub(super) fn has_plan(&self, control: &Control) -> bool {
        let required = control.requires_plan;
        required.is_none_or(|least| self.case.organization_plan >= least)
    }

    /// The case's values of parameters but the one of `name`.
    pub(super) fn values_without(&self, name: &str) -> ParameterValues {
        let others = |parameter: &&ParameterValue| parameter.name != name;
        values_of(&self.control, self.case.parameters.iter().filter(others))
    }

    /// Whether all comes out as the case expects.
    pub(super) fn holds(&self, plan: &Plan) -> bool {
        differences(&self.case.expect, &self.assess(plan)).is_empty()
    }
}

/// What the one control of `plan` says of `source`, in an organisation of this plan.
pub(super) fn assessed(
    plan: &Plan,
    source: &MemorySource,
    organization_plan: Option<OrganizationPlan>,
) -> ControlAssessment {
    let options = AssessOptions {
        as_of: None,
        organization_plan,
        threads: std::num::NonZero::new(1),
    };
    let Assessment { mut controls, .. } = assess::assess(plan, source, options)
        .expect("records in memory are whole lines, each with an id, and judged at their own time");
    controls.pop().expect("the plan has one control")
}

/// Where `found` differs from what is expected; what a case does not say is not compared.
fn differences(expected: &CaseExpectation, found: &ControlAssessment) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut compare = |what: String, expected: String, found: String| {
        if expected != found {
            differences.push(Difference {
                what,
                expected,
                found,
            });
        }
    };
    let outcome = outcome_of(found.outcome);
    if outcome != expected.outcome {
        let mut came_out = outcome.word().to_owned();
        if let Some(reason) = found.reasons.first() {
            came_out.push_str(&format!(" ({})", reason.in_words()));
        }
        compare(
            "outcome".to_owned(),
            expected.outcome.word().to_owned(),
            came_out,
        );
    }
    for (what, ids, outcome) in [
        ("failing", &expected.failing, Outcome::Fail),
        ("unknown", &expected.unknown, Outcome::Unknown),
    ] {
        if let Some(ids) = ids {
            let ids: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
            compare(
                what.to_owned(),
                listed(&ids),
                listed(&subjects(found, outcome)),
            );
        }
    }
    for (subject, message) in &expected.messages {
        let finding = findings(found)
            .iter()
            .find(|finding| finding.subject == *subject);
        let came_out = finding.map_or("no finding on it", |finding| &finding.message);
        compare(
            format!("message of {subject}"),
            message.clone(),
            came_out.to_owned(),
        );
    }
    let population = found.population.as_ref();
    let excluded = population.map_or(0, |population| {
        population.excluded.iter().map(|line| line.records).sum()
    });
    let in_scope = population.map_or(0, |population| population.in_scope);
    for (what, expected, found) in [
        ("excluded", expected.excluded, excluded),
        ("in_scope", expected.in_scope, in_scope),
    ] {
        if let Some(expected) = expected {
            compare(what.to_owned(), expected.to_string(), found.to_string());
        }
    }
    differences
}

fn findings(found: &ControlAssessment) -> &[Finding] {
    found.findings.held().expect("a case puts nothing aside")
}

/// Subjects that have a finding with this outcome; `-` is the control itself.
fn subjects(found: &ControlAssessment, outcome: Outcome) -> BTreeSet<&str> {
    findings(found)
        .iter()
        .filter(|finding| finding.outcome == outcome)
        .map(|finding| finding.subject.as_str())
        .collect()
}

fn listed(ids: &BTreeSet<&str>) -> String {
    let ids: Vec<&str> = ids.iter().copied().collect();
    if ids.is_empty() {
        "none".to_owned()
    } else {
        ids.join(", ")
    }
}

fn outcome_of(outcome: Outcome) -> CaseOutcome {
    match outcome {
        Outcome::Fail => CaseOutcome::Fail,
        Outcome::Error => CaseOutcome::Error,
        Outcome::Unknown => CaseOutcome::Unknown,
        Outcome::Pass => CaseOutcome::Pass,
        Outcome::NotApplicable => CaseOutcome::NotApplicable,
    }
}

//! Counts to conclusions: the outcome of a control, its reasons, and its statement of the population.
//!
//! `requirement` tells what a control's requirement comes to, `person` what a person's answer does, and
//! `statement` what an assessment says of the control besides. Here they are put together.
//!
//! INVARIANT (no pass on missing evidence): `Pass` is returned after everything that could be missing was
//! asked for: in `requirement` of records, in `person` of an answer.

mod person;
mod requirement;
mod statement;

pub(super) use statement::profile_statement;

use super::answers::Judged;
use super::check::Context;
use super::doubt;
use super::plan_shown;
use super::subject::{self, CONTROL_ITSELF};
use super::tally::Tally;
use super::{ControlAssessment, Entries, Evaluated, Finding, Note, Observation, Outcome, Reason};
use crate::catalog::INPUTS;
use crate::control::{OrganizationPlan, POPULATION_COUNTS};
use crate::plan::{PlannedControl, Requirement};
use crate::snapshot::{Completeness, Manifest};
use requirement::Case;
use serde_json::Value;
use statement::Parts;
use std::collections::BTreeSet;

/// The conclusion on a control of which no record was looked at: its plan is not that of the organisation,
/// or a person has to answer. `told` is the plan that somebody told, believed or not.
pub(super) fn without_records(
    control: &PlannedControl,
    judged: &Judged,
    manifest: &Manifest,
    context: Context<'_>,
    told: Option<OrganizationPlan>,
) -> ControlAssessment {
    let mut notes = Vec::new();
    let (outcome, reasons) = match (control.control.requires_plan, context.organization_plan) {
        (Some(required), None) => (
            Outcome::Unknown,
            vec![plan_shown::unknown(required, told, manifest)],
        ),
        (Some(required), Some(configured)) if configured < required => (
            Outcome::NotApplicable,
            vec![Reason::PlanTooLow {
                required,
                configured,
            }],
        ),
        (Some(_) | None, _) => {
            notes = person::noted(control, judged);
            person::answered(control, judged)
        }
    };
    // Nothing to act on where the control does not apply, or is met.
    let findings = match outcome {
        Outcome::NotApplicable | Outcome::Pass => Entries::default(),
        Outcome::Fail => vec![person::answered_otherwise(control, judged, manifest)].into(),
        Outcome::Unknown | Outcome::Error => vec![subject::on_control(
            control,
            &manifest.organization.id,
            CONTROL_ITSELF,
            outcome,
            subject::in_words(&reasons.iter().cloned().collect()),
            Vec::new(),
            reasons.clone(),
        )]
        .into(),
    };
    statement::assessment_of(
        control,
        Parts {
            outcome,
            reasons,
            notes,
            population: None,
            datasets: Vec::new(),
            findings,
            observations: Entries::default(),
            passing_sample: Vec::new(),
        },
        // No number, where nothing was counted.
        POPULATION_COUNTS
            .iter()
            .map(|name| ((*name).to_owned(), Value::from("(not counted)")))
            .collect(),
        context,
    )
}

/// What exports tell and the control reads, as far as nobody could look whether it was changed since.
fn unseen_changes(control: &PlannedControl, context: Context<'_>) -> Vec<Note> {
    let read = control.fields_read(&context.plan.sets);
    let notes: BTreeSet<Note> = read
        .iter()
        .flat_map(|(dataset, field)| context.stale.unseen(dataset, field))
        .map(|(source, detail)| Note::PolicyChangesUnseen {
            source: source.to_owned(),
            detail: detail.to_owned(),
        })
        .collect();
    notes.into_iter().collect()
}

/// The conclusion of a control from its whole tally.
pub(super) fn conclude(
    evaluated: Evaluated<'_>,
    mut tally: Tally,
    manifest: &Manifest,
    context: Context<'_>,
) -> ControlAssessment {
    let control = evaluated.control;
    let uses = statement::datasets_used(evaluated, manifest, context);
    let mut gaps: Vec<Reason> = uses
        .iter()
        .filter(|used| !used.completeness.is_whole())
        .map(|used| Reason::DatasetNotWhole {
            dataset: used.dataset.clone(),
            state: used.completeness.word().to_owned(),
            detail: match used.completeness {
                Completeness::NotRequested if used.dataset.starts_with(INPUTS) => {
                    "input not supplied".to_owned()
                }
                _ => used.completeness.detail().to_owned(),
            },
        })
        .collect();
    gaps.extend(statement::too_short(control, manifest, context));
    gaps.sort();
    gaps.dedup();
    for set in &control.sets {
        let planned = &context.plan.sets[set.0];
        let is_dataset_whole = statement::of_dataset(manifest, &planned.population.dataset)
            .is_some_and(|statement| statement.completeness.is_whole());
        let values = &context.sets[set.0];
        if is_dataset_whole && !values.is_unasked() && !values.is_whole() {
            gaps.push(doubt::set_not_whole(*set, 0, context));
        }
        if is_dataset_whole {
            let unresolved = context.sets[set.0].unresolved();
            for action in unresolved {
                let action = action.clone();
                let reason = Reason::ActionUnlisted { action };
                // Two conditions may name the same action.
                if !gaps.contains(&reason) {
                    gaps.push(reason);
                }
            }
        }
    }
    let awaited = statement::awaited(evaluated, &mut tally, context);
    let open = std::mem::take(&mut tally.reasons).finish();
    let open: Vec<Reason> = open
        .into_iter()
        .map(|(reason, subjects)| reason.about_subjects(subjects))
        .collect();
    // What is missing of a set is said once, with the number of subjects that it leaves open.
    for gap in &mut gaps {
        let is_same = |reason: &&Reason| (**reason).clone().about_subjects(0) == *gap;
        if let Some(counted) = open.iter().find(is_same) {
            *gap = counted.clone();
        }
    }
    let mut population = statement::of_population(evaluated, &tally, manifest);
    let case = Case {
        control,
        tally: &tally,
        population: &population,
        context,
        organization: &manifest.organization.id,
        is_whole: gaps.is_empty(),
        gaps,
        awaited,
        unset: statement::unset_parameters(control),
    };
    let conclusion = case.conclude();
    let is_on_control = |finding: &Finding| finding.subject == CONTROL_ITSELF;
    let is_told = conclusion.findings.iter().any(is_on_control);
    let of_those_waiting = (tally.waiting > 0 && !is_told)
        .then(|| case.on_control(Outcome::Unknown, case.awaited_in_words(), Vec::new()));
    let mut reasons = match conclusion.outcome {
        Outcome::Pass => Vec::new(),
        Outcome::NotApplicable => conclusion.reasons,
        // A fail stands on incomplete evidence too; what is missing is said beside it.
        Outcome::Fail => [case.gaps.clone(), case.unset.clone()].concat(),
        Outcome::Unknown | Outcome::Error => {
            let mut reasons = [case.gaps.clone(), case.unset.clone(), conclusion.reasons].concat();
            reasons.extend(
                open.into_iter()
                    .filter(|reason| !case.gaps.contains(reason)),
            );
            reasons
        }
    };
    // An unset parameter is said once, with what it means, not once more for every test that rests on it.
    reasons.retain(
        |reason| !matches!(reason, Reason::ParameterUnset { about, .. } if about.is_empty()),
    );
    let undecided_only = matches!(control.requirement, Requirement::Count { .. })
        && conclusion.outcome == Outcome::Pass;
    let mut findings = if undecided_only {
        // Whether they belong does not change the conclusion; the ledger still counts them.
        Entries::default()
    } else {
        Entries::from(std::mem::take(&mut tally.findings))
    };
    // Of a share only the control itself is found: its subjects are what that rests on.
    let observations = match control.requirement {
        Requirement::Share { .. } => std::mem::take(&mut findings).into(),
        _ => Entries::default(),
    };
    findings.extend(of_those_waiting.into_iter().chain(conclusion.findings));
    population.missing = conclusion.missing;
    let passing_sample = std::mem::take(&mut tally.sample);
    let counted = statement::counts(&population);
    statement::assessment_of(
        control,
        Parts {
            outcome: conclusion.outcome,
            reasons,
            notes: [conclusion.notes, unseen_changes(control, context)].concat(),
            population: Some(population),
            datasets: uses,
            findings,
            observations,
            passing_sample: passing_sample.finish(),
        },
        counted,
        context,
    )
}

impl From<Finding> for Observation {
    fn from(finding: Finding) -> Observation {
        Observation {
            subject: finding.subject,
            label: finding.label,
            outcome: finding.outcome,
            message: finding.message,
            evidence: finding.evidence,
            reasons: finding.reasons,
        }
    }
}

#[cfg(test)]
mod tests;

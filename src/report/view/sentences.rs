//! Sentences of the first screen: what the verdict leaves out, and what the report does not show.

use super::FIRST_THINGS_MAX;
use super::control::ControlView;
use super::counts::Counts;
use super::dataset::DatasetView;
use super::profile::ProfileView;
use super::summary::{self, Framework};
use crate::assess::{Assessment, Outcome, Reason};
use crate::control::Severity;
use crate::report::text;
use jiff::Timestamp;

/// The outcomes that the first sentence leaves out: pass, and not applicable with why.
pub(super) fn rest_sentence(assessment: &Assessment, counts: Counts) -> String {
    let empty = assessment
        .controls
        .iter()
        .filter(|control| {
            control.outcome == Outcome::NotApplicable
                && control.reasons.contains(&Reason::EmptyPopulation)
        })
        .count() as u64;
    let for_the_plan = assessment
        .controls
        .iter()
        .filter(|control| {
            control.outcome == Outcome::NotApplicable
                && control
                    .reasons
                    .iter()
                    .any(|reason| matches!(reason, Reason::PlanTooLow { .. }))
        })
        .count() as u64;
    let other = counts.not_applicable - empty - for_the_plan;
    let mut why = Vec::new();
    if for_the_plan > 0 {
        why.push(format!("{} for the plan", text::number(for_the_plan)));
    }
    if empty > 0 {
        why.push(format!("{} for an empty population", text::number(empty)));
    }
    if other > 0 {
        why.push(format!("{} for another stated reason", text::number(other)));
    }
    let not_applicable = if why.is_empty() {
        "0 do not apply".to_owned()
    } else {
        format!(
            "{} {} not apply: {}",
            text::number(counts.not_applicable),
            text::verb(counts.not_applicable, "does", "do"),
            why.join(", ")
        )
    };
    // What broke stands in the first sentence where anything did.
    let broke = if counts.error == 0 { " 0 broke." } else { "" };
    format!(
        "{} {}. {not_applicable}.{broke}",
        text::number(counts.pass),
        text::verb(counts.pass, "passes", "pass"),
    )
}

pub(super) fn findings_sentence(findings: Counts) -> String {
    if findings.all == 0 {
        return "0 findings.".to_owned();
    }
    format!(
        "{}: {} fail, {} unknown, {} broke.",
        text::counted(findings.all, "finding", "findings"),
        text::number(findings.fail),
        text::number(findings.unknown),
        text::number(findings.error),
    )
}

pub(super) fn first_things_more(controls: &[ControlView<'_>], failing: &[usize]) -> String {
    let more = failing.get(FIRST_THINGS_MAX..).unwrap_or_default();
    if more.is_empty() {
        return String::new();
    }
    format!(
        "{} more {}: {}.",
        text::number(more.len() as u64),
        text::verb(more.len() as u64, "fails", "fail"),
        summary::by_severity(more.iter().map(|place| &controls[*place].severity))
    )
}

/// What the list of failing controls leaves out and must not be missed.
pub(super) fn first_things_open(controls: &[ControlView<'_>]) -> String {
    let open: Vec<&Severity> = controls
        .iter()
        .filter(|control| matches!(control.outcome, Outcome::Unknown | Outcome::Error))
        .map(|control| &control.severity)
        .filter(|severity| matches!(severity, Severity::Critical | Severity::High))
        .collect();
    if open.is_empty() {
        return String::new();
    }
    format!(
        "{} {} could not be concluded: see below.",
        summary::by_severity(open.iter().copied()),
        text::verb(open.len() as u64, "control", "controls")
    )
}

pub(super) fn causes_title(counts: Counts) -> String {
    let unknown = match counts.unknown {
        1 => "1 control is unknown".to_owned(),
        count => format!("{} controls are unknown", text::number(count)),
    };
    match counts.error {
        0 => format!("Why {unknown}, and what settles it"),
        error => format!(
            "Why {unknown} and {} broke, and what settles it",
            text::number(error)
        ),
    }
}

pub(super) fn limits(
    as_of: Timestamp,
    datasets: &[DatasetView],
    frameworks: &[Framework],
    profile: Option<&ProfileView>,
    method_section: u32,
) -> Vec<String> {
    let criteria: usize = frameworks
        .iter()
        .map(|framework| framework.criteria.len())
        .sum();
    let incomplete = datasets.iter().filter(|dataset| !dataset.whole).count() as u64;
    let mut limits = vec![
        "Permissions inside Jira, Confluence, Bitbucket and Trello; Marketplace apps; devices; the identity provider itself; settings that no read API of Atlassian returns.".to_owned(),
        format!(
            "Whether anything was so before or after {}. One point in time shows a state, not that a control worked over a period.",
            text::instant(as_of)
        ),
    ];
    if incomplete > 0 {
        limits.push(format!(
            "What did not arrive: {} not whole. Nothing that rests on them passes.",
            text::counted(incomplete, "dataset is", "datasets are"),
        ));
    }
    if let Some(profile) = profile.filter(|profile| !profile.left_out.is_empty()) {
        limits.push(format!(
            "{}: listed with the reason in §{method_section}.",
            profile.sentence
        ));
    }
    limits.push(match criteria {
        0 => "Whether a framework’s criteria are met: no control names one.".to_owned(),
        count => format!(
            "Whether a framework’s criteria are met. Results contribute evidence to {} of {}. They conclude on none of them.",
            text::counted(count as u64, "criterion", "criteria"),
            text::counted(frameworks.len() as u64, "framework", "frameworks"),
        ),
    });
    limits
}

//! The conclusion on a control as sentences, and in the few words that a table has room for.

use super::noun::noun;
use super::reason::ReasonView;
use crate::assess::{ControlAssessment, Finding, FrequencyStatement, Outcome};
use crate::report::text;

pub(super) fn result(control: &ControlAssessment, reasons: &[ReasonView]) -> (String, Vec<String>) {
    let Some(population) = &control.population else {
        let first = match control.outcome {
            Outcome::NotApplicable => "Not applicable.",
            Outcome::Fail => "Not met.",
            Outcome::Pass => "Met.",
            Outcome::Unknown | Outcome::Error => "No conclusion.",
        };
        let rest = reasons.first().map(|reason| reason.sentence.clone());
        return (first.to_owned(), rest.into_iter().collect());
    };
    let (one, many) = noun(control);
    let in_scope = text::counted(population.in_scope, &one, &many);
    let mut rest = Vec::new();
    let first = match control.outcome {
        Outcome::Fail => {
            let first = if let Some(finding) = whole_control_finding(control) {
                let message = text::capital(&text::flowing(&finding.message));
                rest.push(format!("{in_scope} in scope."));
                format!("{}.", message.trim_end_matches('.'))
            } else if let Some(counts) = &population.frequency {
                rest.push(format!("{} {in_scope} counted.", most(counts, &many)));
                format!(
                    "{} of {} of {} {} too many {many}.",
                    text::number(counts.too_many),
                    text::counted(counts.values, "value", "values"),
                    text::line(&counts.per),
                    text::verb(counts.too_many, "has", "have"),
                )
            } else if population.fail == 0 && population.missing > 0 {
                rest.push(format!("Beside them, {in_scope} in scope."));
                format!(
                    "{} expected, but not there.",
                    text::counted(population.missing, &one, &many)
                )
            } else {
                format!(
                    "{} of {in_scope} {}.",
                    text::number(population.fail),
                    text::verb(population.fail, "fails", "fail")
                )
            };
            if population.fail > 0 && population.missing > 0 {
                rest.push(format!(
                    "{} more expected, but not there: no part of the {in_scope} in scope.",
                    text::number(population.missing)
                ));
            }
            if population.unknown > 0 {
                rest.push(format!(
                    "{} could not be concluded.",
                    text::number(population.unknown)
                ));
            }
            first
        }
        Outcome::Unknown => "No conclusion.".to_owned(),
        Outcome::Error => "The evaluation broke: no conclusion.".to_owned(),
        Outcome::Pass if population.in_scope == 0 => {
            "Met: the population is whole and empty.".to_owned()
        }
        Outcome::Pass if population.counted == population.in_scope => {
            if let Some(counts) = &population.frequency {
                rest.push(format!(
                    "Of {} of {} none has more. {}",
                    text::counted(counts.values, "value", "values"),
                    text::line(&counts.per),
                    most(counts, &many)
                ));
            }
            format!("Met: {in_scope} counted.")
        }
        Outcome::Pass if population.pass == population.in_scope => match population.in_scope {
            1 => format!("The 1 {one} in scope passes."),
            count => format!("All {} {many} pass.", text::number(count)),
        },
        Outcome::Pass => format!(
            "Met: {} of {in_scope} {}.",
            text::number(population.pass),
            text::verb(population.pass, "passes", "pass")
        ),
        Outcome::NotApplicable => "Not applicable.".to_owned(),
    };
    if population.error > 0 {
        rest.push(format!(
            "{} of {in_scope} broke it.",
            text::number(population.error)
        ));
    }
    match control.outcome {
        Outcome::Fail if !reasons.is_empty() => {
            rest.push(format!(
                "Evidence is incomplete too. {}",
                reasons[0].sentence
            ));
        }
        Outcome::Unknown | Outcome::NotApplicable => {
            rest.extend(reasons.first().map(|reason| reason.sentence.clone()));
        }
        Outcome::Fail | Outcome::Error | Outcome::Pass => {}
    }
    (first, rest)
}

/// The most that any value has, and how many it may have.
fn most(counts: &FrequencyStatement, many: &str) -> String {
    let allowed = match counts.at_most {
        Some(number) => format!("at most {} allowed", text::number(number)),
        None => "no limit is set".to_owned(),
    };
    format!(
        "The most of one value within {}: {} {many}, {allowed}.",
        text::line(&counts.within),
        text::number(counts.most),
    )
}

pub(super) fn mark(control: &ControlAssessment, reasons: &[ReasonView]) -> String {
    let missing = control
        .population
        .as_ref()
        .map_or(0, |population| population.missing);
    match (control.outcome, reasons.first()) {
        (Outcome::Fail, Some(reason)) => format!("also: {}", reason.mark),
        (Outcome::Fail, None) if missing > 0 => {
            format!("{} expected, not there", text::number(missing))
        }
        (Outcome::Fail, None) => whole_control_finding(control)
            .zip(control.population.as_ref())
            .map_or_else(String::new, |(_, population)| {
                let (one, many) = noun(control);
                format!(
                    "{} in scope",
                    text::counted(population.in_scope, &one, &many)
                )
            }),
        (_, Some(reason)) => reason.mark.clone(),
        (_, None) => String::new(),
    }
}

pub(super) fn whole_control_finding(control: &ControlAssessment) -> Option<&Finding> {
    let mut findings = control.findings.on_control();
    findings.find(|finding| finding.outcome == control.outcome)
}

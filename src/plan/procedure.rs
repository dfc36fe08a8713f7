//! A control as one sentence.

use jiff::Timestamp;

use super::{Bound, Expected, PlannedControl, Population, Question, Requirement, ShareBound};
use crate::control::{EvidenceFile, Relation};

/// What was done: population, exclusions, requirement, with the values of parameters.
pub(super) fn procedure(control: &PlannedControl, as_of: Timestamp) -> String {
    format!("As of {as_of}, {}", sentence(control))
}

/// What is asked, without a point in time: "for every account where …: ….".
pub(super) fn sentence(control: &PlannedControl) -> String {
    // A question has no population, and its sentence needs none of these.
    let (one, many) = control
        .population
        .as_ref()
        .map_or(("", ""), |population| population.dataset.noun());
    let scope = control
        .population
        .as_ref()
        .map_or(String::new(), |population| {
            format!("{}{}", narrowed(population), left_out(control))
        });
    match &control.requirement {
        Requirement::Expect(check) => {
            format!("for every {one}{scope}: {}.", check.label())
        }
        Requirement::Share { expect, at_least } => {
            let at_least = match at_least {
                ShareBound::Percent(percent) => percent.to_string(),
                ShareBound::Unset { parameter } => format!("{parameter} (not set)"),
            };
            format!(
                "for at least {at_least} of the {many}{scope}: {}.",
                expect.label()
            )
        }
        Requirement::Attest(question) => asked(question),
        Requirement::Count { at_least, at_most } => format!(
            "the number of {many}{scope} is {}.",
            bounds(at_least.as_ref(), at_most.as_ref())
        ),
        Requirement::Frequency {
            per,
            within,
            at_most,
            ..
        } => {
            let span = within.map_or("a span that is not set".to_owned(), |span| span.in_words());
            format!(
                "for every {} the number of {many}{scope} within any {span} is {}.",
                per.text,
                bounds(None, Some(at_most))
            )
        }
        Requirement::Members {
            by,
            relation,
            expected,
        } => {
            let relation = match relation {
                Relation::Equals => "are exactly",
                Relation::SubsetOf => "are all among",
                Relation::SupersetOf => "hold all of",
            };
            let list = match expected {
                Expected::Values { values, .. } => match values.len() {
                    1 => "the 1 listed value".to_owned(),
                    count => format!("the {count} listed values"),
                },
                Expected::Set { name, .. } => format!("the members of the set {name}"),
                Expected::Unset { parameter } => {
                    format!("the values of the parameter {parameter} (not set)")
                }
            };
            format!(
                "the values of {} over all {many}{scope} {relation} {list}.",
                by.text
            )
        }
    }
}

/// What a person is asked.
fn asked(question: &Question) -> String {
    let file = match question.file {
        EvidenceFile::Required => ", with a file that shows it",
        EvidenceFile::Optional => "",
    };
    let counts = match question.valid_for {
        Some(span) => format!("an answer counts for {span}"),
        None => "how long an answer counts is not set".to_owned(),
    };
    let changes: Vec<String> = question
        .stale_after
        .iter()
        .map(|change| format!("“{change}”"))
        .collect();
    let unless = match changes.as_slice() {
        [] => String::new(),
        changes => format!(
            ", unless the audit log tells of {} after it",
            listed(changes, "or")
        ),
    };
    format!(
        "a person answers{file}: {} The answer that meets the requirement is {}; {counts}{unless}.",
        question.text.trim_end(),
        question.expected.word()
    )
}

/// " where a, b and c".
fn narrowed(population: &Population) -> String {
    if population.parts.is_empty() {
        return String::new();
    }
    let labels: Vec<String> = population
        .parts
        .iter()
        .map(|part| part.label.clone())
        .collect();
    format!(" where {}", listed(&labels, "and"))
}

/// " (left out: reason, that is condition; …)".
fn left_out(control: &PlannedControl) -> String {
    if control.exclusions.is_empty() {
        return String::new();
    }
    let reasons: Vec<String> = control
        .exclusions
        .iter()
        .map(|exclusion| format!("{}, that is {}", exclusion.reason, exclusion.check.label()))
        .collect();
    format!(" (left out: {})", reasons.join("; "))
}

/// "a, b and c".
fn listed(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [others @ .., end] => format!("{} {last} {end}", others.join(", ")),
    }
}

fn bounds(at_least: Option<&Bound>, at_most: Option<&Bound>) -> String {
    let shown = |bound: &Bound| match bound {
        Bound::Number(number) => number.to_string(),
        Bound::Unset { parameter } => format!("{parameter} (not set)"),
    };
    let parts: Vec<String> = [("at least", at_least), ("at most", at_most)]
        .into_iter()
        .filter_map(|(word, bound)| bound.map(|bound| format!("{word} {}", shown(bound))))
        .collect();
    parts.join(" and ")
}

//! Reasons in words: what is missing, and what settles it.

use crate::assess::{ControlAssessment, Outcome, Reason};
use crate::catalog;
use crate::report::text;
use serde::Serialize;
use std::collections::BTreeMap;

/// What settles an answer that is not there.
const ATTEST: &str =
    "a person answers the question that the control asks: tickmark attestations new CONTROL";
/// What settles an answer that no longer counts.
const ATTEST_AGAIN: &str = "a person answers again: tickmark attestations new CONTROL";

/// Why something did not conclude.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReasonView {
    /// A few words, as a table's cell holds them: `field absent: sso`.
    pub mark: String,
    /// The cause, the same for every control that has it.
    pub cause: String,
    /// The cause with this control's numbers, as a sentence.
    pub sentence: String,
    /// What a person does about it; empty where nothing is to be done.
    pub settles: String,
    /// What an evaluation that broke said. It may quote a record, so that formats which name nobody leave it out.
    pub happened: String,
}

/// Controls that did not conclude for the same cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// `unknown` or `error`.
    pub outcome: Outcome,
    /// The cause, with a capital first letter.
    pub cause: String,
    /// What settles it.
    pub settles: String,
    /// Anchors and references of its controls.
    pub controls: Vec<(String, String)>,
}

impl ReasonView {
    /// `reason` in words; `noun` is for counting subjects.
    pub fn new(reason: &Reason, noun: &(String, String)) -> ReasonView {
        let subjects =
            |count: u64| text::counted(count, &text::line(&noun.0), &text::line(&noun.1));
        let (mark, cause, sentence, settles) = match reason {
            Reason::DatasetNotWhole {
                dataset,
                state,
                detail,
            } => {
                let state = state.replace('_', " ");
                (
                    format!("dataset {state}"),
                    format!("dataset {state}: {dataset}"),
                    format!(
                        "The dataset {dataset} is {state}: {}.",
                        text::flowing(detail).trim_end_matches('.')
                    ),
                    settles_dataset(dataset, &state, detail),
                )
            }
            Reason::FieldAbsent {
                dataset,
                field,
                settled_by,
                subjects: count,
            } => (
                format!("field absent: {field}"),
                format!("no source gave {dataset}.{field}"),
                format!("No source gave {field} for {}.", subjects(*count)),
                if settled_by.is_empty() {
                    "another source for this field".to_owned()
                } else {
                    settled_by.clone()
                },
            ),
            Reason::WrongType {
                dataset,
                field,
                subjects: count,
            } => (
                format!("wrong type: {field}"),
                format!("a value of {dataset}.{field} is not of the type that is tested"),
                format!(
                    "The value of {field} is not of the type that is tested, for {}.",
                    subjects(*count)
                ),
                "a newer version may know the value; the raw response keeps it".to_owned(),
            ),
            Reason::TimeInFuture {
                dataset,
                field,
                subjects: count,
            } => (
                format!("time in the future: {field}"),
                format!("{dataset}.{field} lies in the future"),
                format!(
                    "{field} lies more than 24 hours after the point in time of this test, for {}.",
                    subjects(*count)
                ),
                "compare the clocks, or assess as of a later time".to_owned(),
            ),
            Reason::SetNotWhole {
                set,
                subjects: count,
            } => (
                format!("set not whole: {set}"),
                format!("the set {set} is not whole"),
                format!(
                    "The set {set} is not whole: what was not found in it may still belong to it, for {}.",
                    subjects(*count)
                ),
                "make the dataset that the set is taken from whole, then collect again".to_owned(),
            ),
            Reason::NotDated {
                set,
                subjects: count,
            } => (
                format!("no time: {set}"),
                format!("nothing in the set {set} tells when it happened"),
                format!(
                    "Nothing in the set {set} tells when it happened, for {}.",
                    subjects(*count)
                ),
                "a record of it, from the audit log of a longer period or by another action"
                    .to_owned(),
            ),
            Reason::ActionUnlisted { action } => (
                format!("action not listed: {action}"),
                "the organisation's list of actions does not know an action".to_owned(),
                format!(
                    "The organisation's list of actions knows no “{action}”, so that nothing tells whether it happened."
                ),
                "name the action as your organisation does: event_actions lists its ids and names"
                    .to_owned(),
            ),
            Reason::ParameterUnset { parameter, about } => (
                format!("parameter unset: {parameter}"),
                format!("the parameter {parameter} has no value"),
                format!("The parameter {parameter} has no value: {about}."),
                format!("set {parameter}: {about}"),
            ),
            Reason::ScopeUndecided { subjects: count } => (
                "scope undecided".to_owned(),
                "it is not known which records belong to the population".to_owned(),
                format!(
                    "It is not known whether {} belong to the population.",
                    subjects(*count)
                ),
                "the fields that the population's filter reads".to_owned(),
            ),
            Reason::EmptyPopulation => (
                "empty population".to_owned(),
                "the population is whole and empty".to_owned(),
                format!("0 {} in scope: the population is whole and empty.", noun.1),
                String::new(),
            ),
            Reason::AttestationPending {
                question,
                guide,
                lacks,
            } => (
                "a person must attest".to_owned(),
                "a person must attest".to_owned(),
                match lacks.as_slice() {
                    [] => format!("Nobody has answered: {} {}", question.trim(), guide.trim()),
                    lacks => format!(
                        "An answer was begun and lacks {}: {} {}",
                        lacks.join(", "),
                        question.trim(),
                        guide.trim()
                    ),
                },
                // The same for every control, so that they stand under one cause.
                ATTEST.to_owned(),
            ),
            Reason::AttestationExpired {
                question,
                guide,
                counted_until,
            } => (
                format!("attestation expired: {counted_until}"),
                "an attestation no longer holds".to_owned(),
                format!(
                    "The newest answer counted until {counted_until}: {} {}",
                    question.trim(),
                    guide.trim()
                ),
                ATTEST_AGAIN.to_owned(),
            ),
            Reason::AttestationOtherQuestion {
                question,
                guide,
                answered,
            } => (
                "attestation to another question".to_owned(),
                "an attestation answers another question".to_owned(),
                format!(
                    "The newest answer is to another question, “{answered}”: an answer counts only for the question \
                     and the parameters that it was given to. Asked is: {} {}",
                    question.trim(),
                    guide.trim()
                ),
                ATTEST_AGAIN.to_owned(),
            ),
            Reason::AttestationStale {
                question,
                guide,
                attested_on,
                change,
            } => (
                format!(
                    "attestation stale: changed {}",
                    change.at.strftime("%Y-%m-%d")
                ),
                "an attestation no longer holds".to_owned(),
                format!(
                    "The only evidence is older than a change to what it speaks of: answered on {attested_on}, \
                     changed on {} ({}, event {}). It became unknown, not fail: nobody has shown that it is otherwise. {} {}",
                    text::instant(change.at),
                    change.action_name.as_deref().unwrap_or(&change.action),
                    change.event,
                    question.trim(),
                    guide.trim()
                ),
                ATTEST_AGAIN.to_owned(),
            ),
            Reason::ChangesUndecided { detail } => (
                "audit log not whole".to_owned(),
                "the audit log does not show whether an attested setting was changed".to_owned(),
                format!("It is not known whether it was changed after the answer: {detail}."),
                "collect the audit log whole, or answer again and collect after that".to_owned(),
            ),
            Reason::PlanTooLow {
                required,
                configured,
            } => (
                format!("plan: {}", configured.word()),
                format!("the plan is lower than {}", required.word()),
                format!(
                    "Applies from the plan {}; the organization has {}.",
                    required.word(),
                    configured.word()
                ),
                String::new(),
            ),
            Reason::PlanNotStated { required } => (
                "plan not stated".to_owned(),
                "the plan of the organization is not stated".to_owned(),
                format!(
                    "Applies from the plan {}, and nobody said which one the organization has.",
                    required.word()
                ),
                "say the organization's plan, as in `--plan guard-standard`".to_owned(),
            ),
            Reason::Broke { .. } => (
                "broke".to_owned(),
                "the evaluation broke".to_owned(),
                "The evaluation broke.".to_owned(),
                "mend the control, or report the error with what happened".to_owned(),
            ),
        };
        let happened = match reason {
            Reason::Broke { detail } => text::capital(&text::flowing(detail)),
            _ => String::new(),
        };
        ReasonView {
            mark: text::line(&mark),
            cause: text::capital(&text::line(&cause)),
            sentence: text::capital(&text::line(&sentence)),
            settles: text::capital(&text::paths(&settles).join(" ")),
            happened,
        }
    }
}

/// The reasons of `control`, the cause behind the others first.
pub fn by_weight(control: &ControlAssessment) -> Vec<ReasonView> {
    let noun = control.population.as_ref().map_or_else(
        || ("subject".to_owned(), "subjects".to_owned()),
        |population| population.noun.clone(),
    );
    let mut reasons: Vec<&Reason> = control.reasons.iter().collect();
    reasons.sort_by_key(|reason| {
        let weight = match reason {
            Reason::Broke { .. } => 0,
            Reason::PlanTooLow { .. }
            | Reason::PlanNotStated { .. }
            | Reason::ParameterUnset { .. }
            | Reason::ActionUnlisted { .. }
            | Reason::AttestationPending { .. }
            | Reason::AttestationExpired { .. }
            | Reason::AttestationOtherQuestion { .. }
            | Reason::AttestationStale { .. }
            | Reason::ChangesUndecided { .. } => 1,
            Reason::DatasetNotWhole { .. } => 2,
            Reason::SetNotWhole { .. } | Reason::NotDated { .. } => 3,
            Reason::FieldAbsent { .. } => 4,
            Reason::WrongType { .. } => 5,
            Reason::TimeInFuture { .. } => 6,
            Reason::ScopeUndecided { .. } => 7,
            Reason::EmptyPopulation => 8,
        };
        // Of several absent fields, the one that is absent from most subjects settles most.
        let settles = match reason {
            Reason::FieldAbsent { subjects, .. } => *subjects,
            _ => 0,
        };
        (weight, std::cmp::Reverse(settles))
    });
    reasons
        .into_iter()
        .map(|reason| ReasonView::new(reason, &noun))
        .collect()
}

/// A control that did not conclude, with what it is known by and why.
pub struct Inconclusive<'v> {
    /// `unknown` or `error`.
    pub outcome: Outcome,
    /// Anchor of its section.
    pub anchor: &'v str,
    /// Its short reference.
    pub reference: &'v str,
    /// Its reasons, by weight.
    pub reasons: &'v [ReasonView],
}

/// Groups controls by their first reason: unknown before error, then the larger group first. Every control
/// stands in exactly one group.
pub fn causes<'v>(controls: impl Iterator<Item = Inconclusive<'v>>) -> Vec<Cause> {
    let mut groups: BTreeMap<(Outcome, String, String), Vec<(String, String)>> = BTreeMap::new();
    for control in controls {
        let (cause, settles) = match control.reasons.first() {
            Some(reason) => (reason.cause.clone(), reason.settles.clone()),
            // An unknown without a reason would be a mistake of the evaluator; it must not drop out of the sum.
            None => ("No reason stated".to_owned(), String::new()),
        };
        groups
            .entry((control.outcome, cause, settles))
            .or_default()
            .push((control.anchor.to_owned(), control.reference.to_owned()));
    }
    let mut causes: Vec<Cause> = groups
        .into_iter()
        .map(|((outcome, cause, settles), mut controls)| {
            controls.sort_by(|left, right| left.1.cmp(&right.1));
            Cause {
                outcome,
                cause,
                settles,
                controls,
            }
        })
        .collect();
    causes.sort_by_key(|cause| {
        (
            cause.outcome != Outcome::Unknown,
            std::cmp::Reverse(cause.controls.len()),
        )
    });
    causes
}

fn settles_dataset(dataset: &str, state: &str, detail: &str) -> String {
    if let Some(list) = dataset.strip_prefix(catalog::INPUTS) {
        return match state {
            "stale" => format!("extract the list {list} anew, and give it with its day"),
            "not requested" => format!("give the list: --input {list}=FILE"),
            _ => format!("give the whole list {list}"),
        };
    }
    let is_exported = catalog::dataset(dataset).is_some_and(|dataset| !dataset.is_collected());
    match state {
        "denied" => {
            let scopes: Vec<&str> = catalog::dataset(dataset)
                .map(|dataset| {
                    dataset
                        .sources
                        .iter()
                        .filter_map(|source| source.scope)
                        .collect()
                })
                .unwrap_or_default();
            if scopes.is_empty() {
                "use a key that may read it, then collect again".to_owned()
            } else {
                format!(
                    "give the key the scope {}, then collect again",
                    scopes.join(", ")
                )
            }
        }
        "cut" => format!("collect again; what cut it: {detail}"),
        "not requested" if is_exported => {
            "export it from the console, and give the file: --export FILE".to_owned()
        }
        "too short" => {
            "collect a longer period, or let the control ask about a shorter one".to_owned()
        }
        "not requested" => "ask for it in the next run".to_owned(),
        _ => format!("the API does not offer it here: {detail}"),
    }
}

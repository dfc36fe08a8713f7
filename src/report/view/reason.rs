//! Reasons in words: what is missing, and what settles it.

use crate::assess::{ControlAssessment, Outcome, Reason};
use crate::catalog;
use crate::import::review;
use crate::report::text;
use crate::snapshot::{Completeness, ExportKind};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What settles an answer that is not there.
const ATTEST: &str =
    "a person answers the question that the control asks: tickmark attestations new CONTROL";
/// What settles that nobody reviewed.
const REVIEW: &str = "people review accounts, administrators or tokens: tickmark review new accounts SNAPSHOT --out \
                      sheet.csv, then tickmark review import; give the folder: --reviews DIR";
/// What settles an answer that no longer counts.
const ATTEST_AGAIN: &str = "a person answers again: tickmark attestations new CONTROL";

/// How the keys of provisioning directories are had and given: no key of the organisation reads those.
const DIRECTORY_KEYS: &str = "Security > Identity providers > the provider > User provisioning, where each directory has a key; \
                              --scim-keys-file FILE, a line DIRECTORY=KEY for each";

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
    /// What a person fetches, once for all controls that wait for it.
    #[serde(skip)]
    pub need: Need,
    /// What an evaluation that broke said. It may quote a record, so that formats which name nobody leave it out.
    pub happened: String,
}

/// What a person fetches, so that controls which wait for it conclude.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// One of these exports of the console, by the names of their sources.
    Exports(Vec<&'static str>),
    /// A list.
    List(String),
    /// A review sheet, filled in.
    Review,
    /// Something else, or nothing.
    Other,
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
            } if dataset.starts_with(catalog::INPUTS) => {
                let (list, state) = (&dataset[catalog::INPUTS.len()..], state.replace('_', " "));
                let state = match state.as_str() {
                    "not requested" => "not given",
                    state => state,
                };
                (
                    format!("list {state}"),
                    match state {
                        "not given" => format!("the list {list} was not given"),
                        state => format!("the list {list} is {state}"),
                    },
                    match state {
                        "not given" => format!("The list {list} was not given."),
                        state => format!(
                            "The list {list} is {state}: {}.",
                            text::flowing(detail).trim_end_matches('.')
                        ),
                    },
                    settles_list(list, state),
                )
            }
            Reason::DatasetNotWhole { dataset, state, .. }
                if state == Completeness::NotRequested.word() && !exports_of(reason).is_empty() =>
            {
                let names = exports_of(reason).join(" or ");
                (
                    "export not given".to_owned(),
                    format!("the {names} was not given"),
                    format!("The {names} was not given, and nothing else tells {dataset}."),
                    settles_dataset(dataset, state, ""),
                )
            }
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
                dataset,
                dataset_whole,
                field,
                unseen,
                settled_by,
                subjects: count,
            } => {
                let cause = set_not_whole(dataset, *dataset_whole, field, *unseen);
                let settles = match (dataset_whole, unseen) {
                    (false, _) => format!("make the dataset {dataset} whole, then collect again"),
                    (true, 0) => format!("the fields of {dataset} that decide what belongs to it"),
                    (true, _) => settled_by.clone(),
                };
                let open = match count {
                    0 => String::new(),
                    count => format!(", which leaves {} open", subjects(*count)),
                };
                (
                    format!("set not whole: {set}"),
                    format!("{cause}, so that the set {set} is not whole"),
                    format!(
                        "The set {set} is not whole, since {cause}. What was not found in it may still belong to \
                         it{open}."
                    ),
                    settles,
                )
            }
            Reason::NotDated {
                set,
                subjects: count,
            } => (
                format!("no time: {set}"),
                format!("nothing in the set {set} tells when it happened"),
                format!(
                    "Nothing in the set {set} tells when it happened, or only something of before the day that is counted from, for {}.",
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
            Reason::AttestationLater {
                question,
                guide,
                attested_on,
                attested_at,
            } => (
                "attestation later than the test".to_owned(),
                "an attestation was given after the point in time of the test".to_owned(),
                format!(
                    "The answer is of {}, after the point in time of this test, and speaks of another time: {} {}",
                    attested_at.map_or_else(|| attested_on.to_string(), text::instant),
                    question.trim(),
                    guide.trim()
                ),
                "assess at a later point in time (`--as-of`), or collect again and assess that"
                    .to_owned(),
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
            Reason::PlanContradicted {
                required,
                configured,
                dataset,
                shown,
            } => (
                "plan contradicted".to_owned(),
                "the snapshot shows a higher plan than was told".to_owned(),
                format!(
                    "Applies from the plan {}. The organization is said to have {}, and the snapshot holds {dataset}, \
                     which only {} and higher have.",
                    required.word(),
                    configured.word(),
                    shown.word()
                ),
                "say the plan that the organization has, as in `--plan guard-standard`".to_owned(),
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
            need: need_of(reason),
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
            | Reason::PlanContradicted { .. }
            | Reason::PlanNotStated { .. }
            | Reason::ParameterUnset { .. }
            | Reason::ActionUnlisted { .. }
            | Reason::AttestationPending { .. }
            | Reason::AttestationExpired { .. }
            | Reason::AttestationOtherQuestion { .. }
            | Reason::AttestationLater { .. }
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
    let mut settled = BTreeSet::new();
    let told = reasons.iter().filter_map(|reason| match reason {
        Reason::DatasetNotWhole { dataset, .. } => Some(dataset.as_str()),
        _ => None,
    });
    let told: BTreeSet<&str> = told.collect();
    reasons
        .iter()
        .map(|reason| {
            let mut view = ReasonView::new(reason, &noun);
            // What makes a dataset whole makes its sets whole, and one thing to do is told once.
            let is_told = match reason {
                Reason::SetNotWhole {
                    dataset,
                    dataset_whole: false,
                    ..
                } => told.contains(dataset.as_str()),
                _ => false,
            };
            if is_told || !settled.insert(view.settles.clone()) {
                view.settles.clear();
            }
            view
        })
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
/// stands in exactly one group. Those that wait for an export or a list that nobody gave are one group each: a
/// reader sees what to fetch, and not every field and every list. `awaited`: exports that nobody gave, or that count
/// for nothing.
pub fn causes<'v>(
    controls: impl Iterator<Item = Inconclusive<'v>>,
    awaited: &BTreeSet<&'static str>,
) -> Vec<Cause> {
    let controls: Vec<Inconclusive<'v>> = controls.collect();
    let first = || {
        controls
            .iter()
            .filter_map(|control| control.reasons.first())
    };
    let waits =
        |names: &[&str]| !names.is_empty() && names.iter().all(|name| awaited.contains(name));
    let (mut exports, mut lists) = (BTreeSet::new(), BTreeSet::new());
    for reason in first() {
        match &reason.need {
            // The first is the one that tells most.
            Need::Exports(names) if waits(names) => exports.extend(names.first().copied()),
            Need::List(name) => drop(lists.insert(name.as_str())),
            Need::Exports(_) | Need::Review | Need::Other => {}
        }
    }
    let mut groups: BTreeMap<(Outcome, String, String), Vec<(String, String)>> = BTreeMap::new();
    for control in &controls {
        let (cause, settles) = match control.reasons.first() {
            Some(reason) => match &reason.need {
                Need::Exports(names) if waits(names) => (
                    "Needs an export of the console".to_owned(),
                    fetch_exports(&exports),
                ),
                Need::List(_) => (
                    "Needs a list that people keep".to_owned(),
                    give_lists(&lists),
                ),
                Need::Exports(_) | Need::Review | Need::Other => {
                    (reason.cause.clone(), reason.settles.clone())
                }
            },
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

/// Why a set that is taken from `field` of the records of `dataset` is not whole, as a clause.
fn set_not_whole(dataset: &str, is_dataset_whole: bool, field: &str, unseen: u64) -> String {
    let known = catalog::dataset(dataset);
    let (one, many) = known.map_or(("row", "rows"), |dataset| dataset.noun);
    match (is_dataset_whole, unseen) {
        (false, _) => format!("its dataset {dataset} is not whole"),
        (true, 0) => format!("it is not known which {many} of {dataset} belong to it"),
        (true, count) => format!(
            "no source gave {dataset}.{field} for {}",
            text::counted(count, one, many)
        ),
    }
}

/// Where each of `exports` is made, and how it is given.
fn fetch_exports(exports: &BTreeSet<&'static str>) -> String {
    let sources = catalog::DATASETS.iter().flat_map(|dataset| dataset.sources);
    let sources: BTreeMap<&str, &str> = sources
        .filter_map(|source| Some((source.name, source.request.strip_prefix("console: ")?)))
        .collect();
    let paths: Vec<String> = exports
        .iter()
        .map(|name| format!("{name}: {}", sources.get(name).copied().unwrap_or_default()))
        .collect();
    let count = text::counted(exports.len() as u64, "export", "exports");
    let paths = text::paths(&paths.join("; ")).join(" ");
    format!(
        "{count} of Atlassian Administration. {}. Give each file: --export FILE",
        text::capital(&paths)
    )
}

/// How `lists` are given.
fn give_lists(lists: &BTreeSet<&str>) -> String {
    let flags: Vec<String> = lists
        .iter()
        .map(|list| format!("--input {list}=FILE"))
        .collect();
    let count = text::counted(lists.len() as u64, "list", "lists");
    format!("{count}: {}", text::line(&flags.join(" ")))
}

/// What makes a list count.
fn settles_list(list: &str, state: &str) -> String {
    match (list, state) {
        (review::LIST, "not given") => REVIEW.to_owned(),
        (review::LIST, _) => "decide the rows that are left, and import the sheet again".to_owned(),
        (_, "stale") => format!("extract the list {list} anew, and give it with its day"),
        (_, "not given") => format!("give the list: --input {list}=FILE"),
        _ => format!("give the whole list {list}"),
    }
}

/// Exports of the console that alone tell what `reason` misses, by the names of their sources.
fn exports_of(reason: &Reason) -> Vec<&'static str> {
    let is_api = |name: &&str| {
        let mut sources = catalog::DATASETS.iter().flat_map(|dataset| dataset.sources);
        sources.any(|source| source.name == *name && source.is_api())
    };
    let names: &[&str] = match reason {
        Reason::FieldAbsent { dataset, field, .. } => {
            let root = field.split(['.', '[']).next().unwrap_or_default();
            let known = catalog::dataset(dataset).and_then(|dataset| dataset.field(root));
            known.map_or(&[], |field| field.sources)
        }
        Reason::DatasetNotWhole { dataset, .. } => {
            let known = catalog::dataset(dataset).and_then(|dataset| dataset.field("id"));
            known.map_or(&[], |field| field.sources)
        }
        _ => &[],
    };
    if names.iter().any(is_api) {
        return Vec::new();
    }
    let exports = ExportKind::ALL.map(ExportKind::source).into_iter();
    exports.filter(|export| names.contains(export)).collect()
}

/// What a person fetches, once for all controls that wait for it.
fn need_of(reason: &Reason) -> Need {
    match reason {
        Reason::DatasetNotWhole { dataset, state, .. }
            if state == Completeness::NotRequested.word() =>
        {
            match dataset.strip_prefix(catalog::INPUTS) {
                Some(review::LIST) => Need::Review,
                Some(list) => Need::List(list.to_owned()),
                None => Need::Exports(exports_of(reason)),
            }
        }
        Reason::FieldAbsent { .. } => Need::Exports(exports_of(reason)),
        _ => Need::Other,
    }
}

/// What makes a dataset whole, or makes it count again.
fn settles_dataset(dataset: &str, state: &str, detail: &str) -> String {
    let known = catalog::dataset(dataset);
    let sources = known.map_or(&[][..], |dataset| dataset.sources);
    let is_exported = known.is_some_and(|dataset| !dataset.is_collected());
    let has_own_keys = known.is_some_and(catalog::Dataset::has_own_keys);
    match state {
        "denied" if has_own_keys => {
            format!("make the key of the directory anew, then collect again: {DIRECTORY_KEYS}")
        }
        "denied" => {
            let scopes: Vec<&str> = sources.iter().filter_map(|source| source.scope).collect();
            if scopes.is_empty() {
                "use a key that may read it, then collect again".to_owned()
            } else {
                format!(
                    "give the key the scope {}, then collect again",
                    scopes.join(", ")
                )
            }
        }
        // A new collection asks the API, which tells nothing of what an export holds.
        "cut" if is_exported => format!(
            "{}, whole and without filters, and give the file: --export FILE; what cut it: {detail}",
            export_anew(sources)
        ),
        "stale" if is_exported => format!(
            "{}, and give the file: --export FILE; {detail}",
            export_anew(sources)
        ),
        "cut" if has_own_keys => format!(
            "collect again with the key of every directory: {DIRECTORY_KEYS}; what cut it: {detail}"
        ),
        "cut" => format!("collect again; what cut it: {detail}"),
        "not requested" if is_exported => {
            "export it from the console, and give the file: --export FILE".to_owned()
        }
        "too short" => {
            "collect a longer period, or let the control ask about a shorter one".to_owned()
        }
        "not requested" if has_own_keys => {
            format!("collect again with the key of every directory: {DIRECTORY_KEYS}")
        }
        "not requested" => "ask for it in the next run".to_owned(),
        "stale" => format!("collect again; {detail}"),
        _ => format!("the API does not offer it here: {detail}"),
    }
}

/// Asks for the export among `sources` once more, with where it is made.
fn export_anew(sources: &[catalog::Source]) -> String {
    let mut exports = sources
        .iter()
        .filter_map(|source| Some((source.name, source.request.strip_prefix("console: ")?)));
    match (exports.next(), exports.next()) {
        (Some((name, path)), None) => format!("make the {name} anew ({path})"),
        _ => "make the exports of the console anew".to_owned(),
    }
}

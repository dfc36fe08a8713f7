//! The evidence ladder: what controls can be concluded with what the key reads, and with each more piece
//! of evidence. What a control comes to with given sources is told in `reach`.

use super::access::{find, left_out};
use super::reach::{Conclusion, Given, Reach, conclusions, looks};
use super::{Access, Cause, RequestAccess};
use crate::catalog::{self, Dataset};
use crate::plan::{Plan, PlannedControl};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Names of sources that no API gives and that this version can take in from files.
const IMPORTED: &[&str] = &[];

/// What controls can be concluded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Ladder {
    /// Controls in all.
    pub controls: usize,
    /// What the key reads first, then one more piece of evidence at a time, each added to those before.
    pub steps: Vec<Step>,
    /// Each control that what the key reads does not settle for every subject, ascending by id.
    pub open: Vec<ControlReach>,
}

/// One step of the ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Step {
    /// What kind of evidence it adds.
    pub kind: StepKind,
    /// What it adds: names of sources, or parameters as `control.name`.
    pub adds: Vec<String>,
    /// Whether this version of tickmark can use it.
    pub usable: bool,
    /// Controls that can be concluded, with this step and all before.
    pub concluded: usize,
    /// Controls that can be concluded for some subjects only, with this step and all before.
    pub for_some: usize,
    /// Controls that this step alone would let be concluded beside the first one.
    pub alone: usize,
}

/// What kind of evidence a step adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// What this key reads.
    Key,
    /// A key that may read what this one may not.
    Scopes,
    /// Requests that failed for a reason that may pass.
    Retry,
    /// Datasets that were left out on request.
    LeftOut,
    /// Parameters that have no value yet.
    Parameters,
    /// An export, a list or a statement of a person.
    Evidence,
    /// A source with a key of its own.
    OwnKey,
    /// A plan that has what this one has not.
    Plan,
    /// A source that the catalog knows and this version has no request for.
    NotCollected,
}

/// A control that what the key reads does not settle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ControlReach {
    /// Id of the control.
    pub id: String,
    /// What it comes to.
    pub conclusion: Conclusion,
    /// Fields that it looks at and that are not read.
    pub missing: Vec<MissingField>,
    /// Parameters that have no value.
    pub unset: Vec<String>,
}

/// A field that is not read; the id stands for the records as a whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct MissingField {
    /// Dataset.
    pub dataset: String,
    /// Field.
    pub field: String,
    /// Sources that may give it and are not there.
    pub sources: Vec<String>,
}

/// The ladder of `plan` for a key with these requests.
pub(super) fn ladder(
    plan: &Plan,
    requests: &[RequestAccess],
    without: &BTreeSet<String>,
) -> Ladder {
    let mut given = Given::default();
    let mut more: BTreeMap<(StepKind, String), BTreeSet<&'static str>> = BTreeMap::new();
    for (place, name, means) in wanted(plan, requests, without) {
        match means {
            None => {
                given.sources.insert(name);
            }
            Some(kind) => {
                // Each export or list is a step of its own, in the order in which fields name them; so is each plan.
                let of_its_own = matches!(kind, StepKind::Evidence | StepKind::Plan);
                let group = if of_its_own {
                    format!("{place:04}")
                } else {
                    String::new()
                };
                more.entry((kind, group)).or_default().insert(name);
            }
        }
    }
    let unset = unset_parameters(plan);
    let first = conclusions(plan, &given);
    let count =
        |all: &[Conclusion], wanted: Conclusion| all.iter().filter(|one| **one == wanted).count();
    let base = count(&first, Conclusion::Whole);
    let step = |kind, adds: Vec<String>, usable, all: &[Conclusion], alone: usize| Step {
        kind,
        adds,
        usable,
        concluded: count(all, Conclusion::Whole),
        for_some: count(all, Conclusion::ForSome),
        alone,
    };
    let names = given.sources.iter().map(|name| (*name).to_owned());
    let mut steps = vec![step(StepKind::Key, names.collect(), true, &first, 0)];
    let mut climbed = given.clone();
    let mut climb = |kind: StepKind, adds: Vec<String>, usable: bool, add: &dyn Fn(&mut Given)| {
        let mut alone = given.clone();
        add(&mut alone);
        add(&mut climbed);
        let alone = count(&conclusions(plan, &alone), Conclusion::Whole).saturating_sub(base);
        steps.push(step(
            kind,
            adds,
            usable,
            &conclusions(plan, &climbed),
            alone,
        ));
    };
    let mut parameters_told = unset.is_empty();
    for ((kind, _), sources) in &more {
        if *kind > StepKind::Parameters && !parameters_told {
            parameters_told = true;
            climb(StepKind::Parameters, unset.clone(), true, &|given| {
                given.parameters = true
            });
        }
        let adds = sources.iter().map(|name| (*name).to_owned()).collect();
        let usable = match kind {
            StepKind::Evidence => sources.iter().all(|name| IMPORTED.contains(name)),
            StepKind::NotCollected | StepKind::OwnKey => false,
            _ => true,
        };
        climb(*kind, adds, usable, &|given| given.sources.extend(sources));
    }
    if !parameters_told {
        climb(StepKind::Parameters, unset, true, &|given| {
            given.parameters = true
        });
    }
    Ladder {
        controls: plan.controls.len(),
        open: open(plan, &given, &first),
        steps,
    }
}

/// Every source that the plan's fields name, with its place among all and how to come by it; `None` if it
/// answers.
fn wanted(
    plan: &Plan,
    requests: &[RequestAccess],
    without: &BTreeSet<String>,
) -> Vec<(usize, &'static str, Option<StepKind>)> {
    let mut names: Vec<(&'static Dataset, &'static str)> = Vec::new();
    let mut add = |dataset: &'static Dataset, name: &'static str| {
        if !names.iter().any(|(_, known)| *known == name) {
            names.push((dataset, name));
        }
    };
    for scan in &plan.scans {
        if let Some(main) = scan.dataset.sources.first() {
            add(scan.dataset, main.name);
        }
        let fields = scan
            .fields
            .iter()
            .filter_map(|name| scan.dataset.field(name));
        for name in fields.flat_map(|field| field.sources) {
            add(scan.dataset, name);
        }
    }
    let means = |dataset: &Dataset, name: &'static str| {
        let Some(source) = catalog::source(dataset, name) else {
            return Some(StepKind::Evidence);
        };
        if source.endpoint().is_none() {
            return Some(StepKind::Evidence);
        }
        match find(requests, source) {
            Some(request) => match (request.access, request.cause) {
                (Access::Answered, _) => None,
                (_, Some(Cause::Plan)) => Some(StepKind::Plan),
                (_, Some(Cause::OwnKey)) => Some(StepKind::OwnKey),
                (Access::Refused, _) => Some(StepKind::Scopes),
                (Access::Failed | Access::NotAsked, _) => Some(StepKind::Retry),
            },
            None if left_out(name, without) => Some(StepKind::LeftOut),
            None => Some(StepKind::NotCollected),
        }
    };
    names
        .into_iter()
        .enumerate()
        .map(|(place, (dataset, name))| (place, name, means(dataset, name)))
        .collect()
}

fn open(plan: &Plan, given: &Given, conclusions: &[Conclusion]) -> Vec<ControlReach> {
    let mut open = Vec::new();
    for (number, looks) in looks(plan).into_iter().enumerate() {
        let conclusion = conclusions[number];
        if conclusion == Conclusion::Whole {
            continue;
        }
        let missing = looks.into_iter().filter_map(|look| {
            let dataset = look.dataset;
            // Without the records themselves, nothing is to be said of their fields.
            let field = match given.lists(dataset) {
                true => look.field?,
                false => dataset.fields.first()?,
            };
            (given.reach(dataset, field) != Reach::Known).then(|| MissingField {
                dataset: dataset.name.to_owned(),
                field: field.name.to_owned(),
                sources: given.missing(dataset, field),
            })
        });
        let missing: BTreeSet<MissingField> = missing.collect();
        let control = &plan.controls[number];
        open.push(ControlReach {
            id: control.id().to_string(),
            conclusion,
            missing: missing.into_iter().collect(),
            unset: unset(control),
        });
    }
    open
}

fn unset(control: &PlannedControl) -> Vec<String> {
    let unset = control.parameters.iter().filter(|one| one.value.is_none());
    unset
        .map(|one| format!("{}.{}", control.id(), one.name))
        .collect()
}

fn unset_parameters(plan: &Plan) -> Vec<String> {
    plan.controls.iter().flat_map(unset).collect()
}

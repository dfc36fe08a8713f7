//! The evidence ladder: what controls can be concluded with what the key reads, and with each more piece
//! of evidence. What a control comes to with given sources is told in `reach`.

use super::access::{find, left_out};
use super::reach::{Conclusion, Given, Reach, conclusions, looks, main_source};
use super::{Access, Cause, Patient, RequestAccess};
use crate::catalog::{self, ATTESTATION, DatasetRef};
use crate::collect::{Probe, collector};
use crate::plan::{Plan, PlannedControl, Requirement};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

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
    /// Parameters that have no value yet, and the organisation's plan, which nobody told.
    Parameters,
    /// Lists that people keep.
    Lists,
    /// An export of the console, or a statement of a person.
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
    /// Parameters that have no value, as `control.name`, and `plan` where nobody told the organisation's.
    pub unset: Vec<String>,
    /// Whether a person has to answer it, since no record does.
    pub is_question: bool,
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
pub(super) fn ladder(patient: &Patient<'_>, requests: &[RequestAccess]) -> Ladder {
    let plan = patient.plan;
    let mut given = Given {
        plan: patient.organization_plan,
        ..Given::default()
    };
    let mut more: BTreeMap<(StepKind, String), BTreeSet<String>> = BTreeMap::new();
    for (place, (name, means)) in wanted(patient, requests).into_iter().enumerate() {
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
    let unset = unset_anywhere(plan, &given);
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
    let names = given.sources.iter().cloned().collect();
    let mut steps = vec![step(StepKind::Key, names, true, &first, 0)];
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
        let adds = sources.iter().cloned().collect();
        let usable = *kind != StepKind::NotCollected;
        climb(*kind, adds, usable, &|given| {
            given.sources.extend(sources.iter().cloned())
        });
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

/// Every source that the plan's fields name, each once, with how to come by it; `None` if it answers.
fn wanted(patient: &Patient<'_>, requests: &[RequestAccess]) -> Vec<(String, Option<StepKind>)> {
    let mut wanted: Vec<(String, Option<StepKind>)> = Vec::new();
    let mut add = |dataset: &DatasetRef, name: &str| {
        if !wanted.iter().any(|(known, _)| known == name) {
            wanted.push((name.to_owned(), means(patient, requests, dataset, name)));
        }
    };
    let looks = looks(patient.plan);
    for look in looks.iter().flatten() {
        if let Some(main) = main_source(&look.dataset) {
            add(&look.dataset, main);
        }
        if let Some(catalog::FieldRef::Known(field)) = &look.field {
            field
                .sources
                .iter()
                .for_each(|name| add(&look.dataset, name));
        }
    }
    let mut controls = patient.plan.controls.iter();
    let is_question =
        |control: &PlannedControl| matches!(control.requirement, Requirement::Attest(_));
    let is_known = wanted.iter().any(|(name, _)| name == ATTESTATION);
    if !is_known && controls.any(is_question) {
        wanted.push((ATTESTATION.to_owned(), Some(StepKind::Evidence)));
    }
    wanted
}

/// How to come by the source called `name` of `dataset`; `None` if it answers.
fn means(
    patient: &Patient<'_>,
    requests: &[RequestAccess],
    dataset: &DatasetRef,
    name: &str,
) -> Option<StepKind> {
    let dataset = match dataset {
        DatasetRef::Known(dataset) => dataset,
        DatasetRef::Input(schema) => {
            let is_given = patient.lists.iter().any(|list| list == schema.short_name());
            return (!is_given).then_some(StepKind::Lists);
        }
    };
    let Some(source) = catalog::source(dataset, name).filter(|source| source.is_api()) else {
        return Some(StepKind::Evidence);
    };
    match find(requests, source) {
        Some(request) => means_of(patient, requests, request),
        None if left_out(name, patient.without) => Some(StepKind::LeftOut),
        None => Some(StepKind::NotCollected),
    }
}

/// How to come by what `request` asks for; `None` if it answers.
fn means_of(
    patient: &Patient<'_>,
    requests: &[RequestAccess],
    request: &RequestAccess,
) -> Option<StepKind> {
    match (request.access, request.cause) {
        (Access::Answered, _) => None,
        (_, Some(Cause::Plan)) => Some(StepKind::Plan),
        (_, Some(Cause::OwnKey | Cause::OwnKeyRefused)) => Some(StepKind::OwnKey),
        // What asks about accounts comes with the listing of them. Where that answers and names none, there is
        // nothing to ask.
        (_, Some(Cause::NoAccount)) => match listing_of(patient, requests, request) {
            Some(listing) => means_of(patient, requests, listing),
            None => Some(StepKind::LeftOut),
        },
        (Access::Refused, _) => Some(StepKind::Scopes),
        (Access::Failed | Access::NotAsked, _) => Some(StepKind::Retry),
    }
}

/// The request for the listing whose accounts `request` asks about; `None` if that was left out.
fn listing_of<'r>(
    patient: &Patient<'_>,
    requests: &'r [RequestAccess],
    request: &RequestAccess,
) -> Option<&'r RequestAccess> {
    let probes = || patient.examination.probes.iter().zip(requests);
    let (asks, _) = probes().find(|(_, one)| *one == request)?;
    let of = collector(asks.request.collector).parts.accounts_of()?;
    let is_listing = |(probe, one): &(&Probe, &RequestAccess)| {
        probe.request.collector == of.collector && one.purpose != "count"
    };
    probes().find(is_listing).map(|(_, one)| one)
}

fn open(plan: &Plan, given: &Given, conclusions: &[Conclusion]) -> Vec<ControlReach> {
    let mut open = Vec::new();
    for (number, looks) in looks(plan).into_iter().enumerate() {
        let conclusion = conclusions[number];
        if conclusion == Conclusion::Whole {
            continue;
        }
        let missing = looks.into_iter().filter_map(|look| {
            let dataset = &look.dataset;
            // Without the records themselves, nothing is to be said of their fields.
            let field = match given.lists(dataset) {
                true => look.field?,
                false => dataset.fields().next()?,
            };
            (given.reach(dataset, &field) != Reach::Known).then(|| MissingField {
                dataset: dataset.name().to_owned(),
                field: field.name().to_owned(),
                sources: given.missing(dataset, &field),
            })
        });
        let missing: BTreeSet<MissingField> = missing.collect();
        let control = &plan.controls[number];
        open.push(ControlReach {
            id: control.id().to_string(),
            conclusion,
            missing: missing.into_iter().collect(),
            unset: unset(control, given),
            is_question: matches!(control.requirement, Requirement::Attest(_)),
        });
    }
    open
}

/// What `control` rests on and nobody has set.
fn unset(control: &PlannedControl, given: &Given) -> Vec<String> {
    let parameters = control.parameters.iter().filter(|one| one.value.is_none());
    let names = parameters.map(|one| format!("{}.{}", control.id(), one.name));
    let wants_plan = control.control.requires_plan.is_some() && given.plan.is_none();
    names.chain(wants_plan.then(|| "plan".to_owned())).collect()
}

fn unset_anywhere(plan: &Plan, given: &Given) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in plan
        .controls
        .iter()
        .flat_map(|control| unset(control, given))
    {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

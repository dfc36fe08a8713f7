//! What may come out of a control when only some sources answer.
//!
//! A control is looked at with three-valued logic over what may come out, not over records: a test of a
//! field that some source gives is true or false, one of a field that none gives is unknown, and `all`,
//! `any` and `not` join them as in an assessment. What can never be unknown can be concluded whatever the
//! records hold; what is always unknown cannot; the rest is concluded for some subjects only.

use crate::catalog::{ATTESTATION, DatasetRef, FieldRef, Join};
use crate::control::{Missing, OrganizationPlan};
use crate::plan::{
    Bound, Check, Expected, Part, PartCheck, Plan, PlannedControl, Population, Requirement,
    ShareBound,
};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;

/// What a control comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// It can be concluded, whatever the records hold.
    Whole,
    /// Some subjects can be concluded, others stay unknown.
    ForSome,
    /// No subject can be concluded.
    Never,
}

/// What there is to go by.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    /// Names of sources that answer, and of lists that are given.
    pub sources: BTreeSet<String>,
    /// Whether every parameter has a value, and the organisation's plan is told.
    pub parameters: bool,
    /// The organisation's plan, where somebody said it.
    pub plan: Option<OrganizationPlan>,
}

/// How well a field is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Known,
    Partly,
    Absent,
}

impl Given {
    fn has(&self, source: &str) -> bool {
        self.sources.contains(source)
    }

    /// Whether the records of `dataset` are there: those that its main source lists, or that somebody gave.
    pub fn lists(&self, dataset: &DatasetRef) -> bool {
        main_source(dataset).is_some_and(|main| self.has(main))
    }

    pub fn reach(&self, dataset: &DatasetRef, field: &FieldRef) -> Reach {
        if !self.lists(dataset) {
            return Reach::Absent;
        }
        let FieldRef::Known(field) = field else {
            return Reach::Known;
        };
        let told = field.sources.iter().filter(|name| self.has(name)).count();
        match (field.join, told) {
            (_, 0) => Reach::Absent,
            (Join::EverySource, told) if told < field.sources.len() => Reach::Partly,
            _ => Reach::Known,
        }
    }

    /// Sources of `field` that are not there; of the records, where those are not there either.
    pub fn missing(&self, dataset: &DatasetRef, field: &FieldRef) -> Vec<String> {
        let main = main_source(dataset).filter(|main| !self.has(main));
        match (main, field) {
            (Some(main), _) => vec![main.to_owned()],
            (None, FieldRef::Input(..)) => Vec::new(),
            (None, FieldRef::Known(field)) => {
                let names = field.sources.iter().filter(|name| !self.has(name));
                names.map(|name| (*name).to_owned()).collect()
            }
        }
    }
}

/// The source that lists the records of `dataset`; of a list that somebody gives, the list itself.
pub(super) fn main_source(dataset: &DatasetRef) -> Option<&str> {
    match dataset {
        DatasetRef::Known(dataset) => dataset.sources.first().map(|source| source.name),
        DatasetRef::Input(schema) => Some(schema.name()),
    }
}

/// Which truth values may come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Possible {
    yes: bool,
    no: bool,
    unknown: bool,
}

impl Possible {
    const KNOWN: Possible = Possible {
        yes: true,
        no: true,
        unknown: false,
    };
    const UNKNOWN: Possible = Possible {
        yes: false,
        no: false,
        unknown: true,
    };
    const ANYTHING: Possible = Possible {
        yes: true,
        no: true,
        unknown: true,
    };
    const YES: Possible = Possible {
        yes: true,
        no: false,
        unknown: false,
    };

    fn of(reach: Reach, missing: Missing) -> Possible {
        match (reach, missing) {
            (Reach::Known, _) | (Reach::Partly, Missing::Fail) => Possible::KNOWN,
            (Reach::Partly, Missing::Unknown) => Possible::ANYTHING,
            (Reach::Absent, Missing::Unknown) => Possible::UNKNOWN,
            (Reach::Absent, Missing::Fail) => Possible {
                yes: false,
                no: true,
                unknown: false,
            },
        }
    }

    fn not(self) -> Possible {
        Possible {
            yes: self.no,
            no: self.yes,
            unknown: self.unknown,
        }
    }

    /// True only where all are true, false where one is.
    fn all(parts: impl Iterator<Item = Possible>) -> Possible {
        let parts: Vec<Possible> = parts.collect();
        Possible {
            yes: parts.iter().all(|part| part.yes),
            no: parts.iter().any(|part| part.no),
            unknown: parts.iter().any(|part| part.unknown)
                && parts.iter().all(|part| part.yes || part.unknown),
        }
    }

    fn any(parts: impl Iterator<Item = Possible>) -> Possible {
        Possible::all(parts.map(Possible::not)).not()
    }

    fn is_decided(self) -> bool {
        !self.unknown
    }

    fn is_never_decided(self) -> bool {
        !self.yes && !self.no
    }
}

/// What every control comes to, in the plan's order.
pub(super) fn conclusions(plan: &Plan, given: &Given) -> Vec<Conclusion> {
    let judge = Judge { plan, given };
    plan.controls
        .iter()
        .map(|control| judge.control(control))
        .collect()
}

struct Judge<'a> {
    plan: &'a Plan,
    given: &'a Given,
}

impl Judge<'_> {
    fn control(&self, control: &PlannedControl) -> Conclusion {
        match (control.control.requires_plan, self.given.plan) {
            // It does not apply, which is a conclusion too.
            (Some(least), Some(plan)) if plan < least => return Conclusion::Whole,
            (Some(_), None) if !self.given.parameters => return Conclusion::Never,
            _ => {}
        }
        let Some(population) = &control.population else {
            return self.answer(control);
        };
        let dataset = &population.dataset;
        if !self.given.lists(dataset) {
            return Conclusion::Never;
        }
        let population = self.population(population);
        let excluded = Possible::any(
            control
                .exclusions
                .iter()
                .map(|one| self.check(dataset, &one.check)),
        );
        let selected = population.is_decided() && excluded.is_decided();
        let of_selected = |asked: Possible| match () {
            () if asked.is_never_decided() => Conclusion::Never,
            () if selected && asked.is_decided() => Conclusion::Whole,
            () => Conclusion::ForSome,
        };
        // A number or a list is compared with all subjects at once.
        let of_all = |asked: Possible| match () {
            () if asked.is_never_decided() || population.is_never_decided() => Conclusion::Never,
            () if selected && asked.is_decided() => Conclusion::Whole,
            () => Conclusion::ForSome,
        };
        match &control.requirement {
            Requirement::Attest(_) => self.answer(control),
            Requirement::Expect(check) => of_selected(self.check(dataset, check)),
            Requirement::Share { expect, at_least } => {
                let part = match at_least {
                    ShareBound::Percent(_) => Possible::KNOWN,
                    ShareBound::Unset { .. } => self.parameter(),
                };
                let expect = self.check(dataset, expect);
                of_all(match part.is_never_decided() {
                    true => Possible::UNKNOWN,
                    false => expect,
                })
            }
            Requirement::Count { at_least, at_most } => {
                let bounds = [at_least, at_most].into_iter().flatten();
                of_all(Possible::all(bounds.map(|bound| match bound {
                    Bound::Number(_) => Possible::KNOWN,
                    Bound::Unset { .. } => self.parameter(),
                })))
            }
            Requirement::Frequency {
                per,
                time,
                within,
                at_most,
            } => {
                let is_unset = within.is_none() || matches!(at_most, Bound::Unset { .. });
                let limits = match is_unset {
                    true => self.parameter(),
                    false => Possible::KNOWN,
                };
                let fields =
                    [per, time].map(|path| self.field(dataset, &path.root, Missing::Unknown));
                of_all(Possible::all(fields.into_iter().chain([limits])))
            }
            Requirement::Members { by, expected, .. } => {
                let list = match expected {
                    Expected::Values { .. } => Possible::KNOWN,
                    Expected::Set { set, .. } => self.set(set.0),
                    Expected::Unset { .. } => self.parameter(),
                };
                let by = self.field(dataset, &by.root, Missing::Unknown);
                of_all(match by.is_never_decided() || list.is_never_decided() {
                    true => Possible::UNKNOWN,
                    false => Possible::all([by, list].into_iter()),
                })
            }
        }
    }

    /// What a person answers.
    fn answer(&self, control: &PlannedControl) -> Conclusion {
        let is_unset = match &control.requirement {
            Requirement::Attest(question) => question.valid_for.is_none(),
            _ => false,
        };
        match self.given.has(ATTESTATION) && (!is_unset || self.given.parameters) {
            true => Conclusion::Whole,
            false => Conclusion::Never,
        }
    }

    /// A value that a parameter has, or will have.
    fn parameter(&self) -> Possible {
        match self.given.parameters {
            true => Possible::KNOWN,
            false => Possible::UNKNOWN,
        }
    }

    fn field(&self, dataset: &DatasetRef, field: &FieldRef, missing: Missing) -> Possible {
        Possible::of(self.given.reach(dataset, field), missing)
    }

    fn population(&self, population: &Population) -> Possible {
        Possible::all(
            population
                .parts
                .iter()
                .map(|part| self.part(&population.dataset, part)),
        )
    }

    fn part(&self, dataset: &DatasetRef, part: &Part) -> Possible {
        match &part.check {
            PartCheck::Condition(check) => self.check(dataset, check),
            PartCheck::Filter(conjunct) => {
                let reached: Vec<Reach> = conjunct
                    .fields()
                    .filter_map(|name| dataset.field(name))
                    .map(|field| self.given.reach(dataset, &field))
                    .collect();
                match () {
                    () if reached.iter().all(|reach| *reach == Reach::Known) => Possible::KNOWN,
                    () if reached.iter().all(|reach| *reach == Reach::Absent) => Possible::UNKNOWN,
                    () => Possible::ANYTHING,
                }
            }
        }
    }

    fn check(&self, dataset: &DatasetRef, check: &Check) -> Possible {
        match check {
            Check::All(checks) => {
                Possible::all(checks.iter().map(|check| self.check(dataset, check)))
            }
            Check::Any(checks) => {
                Possible::any(checks.iter().map(|check| self.check(dataset, check)))
            }
            Check::Not(inner) => self.check(dataset, inner).not(),
            Check::Test { path, missing, .. } | Check::Elements { path, missing, .. } => {
                self.field(dataset, &path.root, *missing)
            }
            Check::InSet {
                path, set, missing, ..
            } => {
                let field = self.field(dataset, &path.root, *missing);
                let set = self.set(set.0);
                match field.is_never_decided() || set.is_never_decided() {
                    true => Possible::UNKNOWN,
                    false => Possible {
                        unknown: field.unknown || set.unknown,
                        ..field
                    },
                }
            }
            Check::Unset { path, .. } => {
                let field = self.field(dataset, &path.root, Missing::Unknown);
                match self.given.parameters {
                    true => field,
                    false => Possible::UNKNOWN,
                }
            }
        }
    }

    /// Whether a set is whole: what is found in it is true of it, what is not is only where it is whole.
    fn set(&self, set: usize) -> Possible {
        let set = &self.plan.sets[set];
        let dataset = &set.population.dataset;
        let population = self.population(&set.population);
        let taken = self.field(dataset, &set.take.root, Missing::Unknown);
        match () {
            () if !self.given.lists(dataset)
                || population.is_never_decided()
                || taken.is_never_decided() =>
            {
                Possible::UNKNOWN
            }
            () if population.is_decided() && taken.is_decided() => Possible::YES,
            () => Possible::ANYTHING,
        }
    }
}

/// Something that a control looks at.
pub(super) struct Look {
    /// The dataset.
    pub dataset: DatasetRef,
    /// The field; `None` stands for the records themselves.
    pub field: Option<FieldRef>,
}

/// What each control looks at, in the plan's order.
pub(super) fn looks(plan: &Plan) -> Vec<Vec<Look>> {
    let of = |control| looks_of(plan, control);
    plan.controls.iter().map(of).collect()
}

fn looks_of(plan: &Plan, control: &PlannedControl) -> Vec<Look> {
    let mut looks = Vec::new();
    if let Some(population) = &control.population {
        let own = control.exclusions.iter().map(|one| &one.check);
        look_at(population, own, &mut looks);
        looks.extend(control.tested.iter().map(|field| Look {
            dataset: population.dataset.clone(),
            field: Some(field.clone()),
        }));
    }
    for set in control.sets.iter().map(|set| &plan.sets[set.0]) {
        look_at(&set.population, std::iter::empty(), &mut looks);
        looks.push(Look {
            dataset: set.population.dataset.clone(),
            field: Some(set.take.root.clone()),
        });
    }
    looks
}

/// The records of `population`, and the fields that it and `more` look at.
fn look_at<'c>(
    population: &'c Population,
    more: impl Iterator<Item = &'c Check>,
    looks: &mut Vec<Look>,
) {
    let dataset = &population.dataset;
    looks.push(Look {
        dataset: dataset.clone(),
        field: None,
    });
    let mut add = |field: FieldRef| {
        looks.push(Look {
            dataset: dataset.clone(),
            field: Some(field),
        });
    };
    let named = population.fields.iter();
    named
        .filter_map(|name| dataset.field(name))
        .for_each(&mut add);
    let conditions = population
        .parts
        .iter()
        .filter_map(|part| match &part.check {
            PartCheck::Condition(check) => Some(check),
            PartCheck::Filter(_) => None,
        });
    for check in conditions.chain(more) {
        roots(check, &mut add);
    }
}

/// The fields of the record that `check` looks at.
fn roots(check: &Check, each: &mut dyn FnMut(FieldRef)) {
    match check {
        Check::All(checks) | Check::Any(checks) => {
            checks.iter().for_each(|check| roots(check, each));
        }
        Check::Not(inner) => roots(inner, each),
        Check::Test { path, .. }
        | Check::InSet { path, .. }
        | Check::Elements { path, .. }
        | Check::Unset { path, .. } => each(path.root.clone()),
    }
}

//! What may come out of a control when only some sources answer.
//!
//! A control is looked at with three-valued logic over what may come out, not over records: a test of a
//! field that some source gives is true or false, one of a field that none gives is unknown, and `all`,
//! `any` and `not` join them as in an assessment. What can never be unknown can be concluded whatever the
//! records hold; what is always unknown cannot; the rest is concluded for some subjects only.

use crate::catalog::{Dataset, Field, Join};
use crate::control::Missing;
use crate::plan::{
    Bound, Check, Expected, Part, PartCheck, Plan, PlannedControl, Population, Requirement,
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
    /// Names of sources that answer.
    pub sources: BTreeSet<&'static str>,
    /// Whether every parameter has a value.
    pub parameters: bool,
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

    /// Whether the records of `dataset` are there: those that its main source lists.
    pub fn lists(&self, dataset: &Dataset) -> bool {
        dataset
            .sources
            .first()
            .is_some_and(|main| self.has(main.name))
    }

    pub fn reach(&self, dataset: &Dataset, field: &Field) -> Reach {
        let told = field.sources.iter().filter(|name| self.has(name)).count();
        match (field.join, told) {
            _ if !self.lists(dataset) => Reach::Absent,
            (_, 0) => Reach::Absent,
            (Join::EverySource, told) if told < field.sources.len() => Reach::Partly,
            _ => Reach::Known,
        }
    }

    /// Sources of `field` that are not there; of the records, where those are not there either.
    pub fn missing(&self, dataset: &Dataset, field: &Field) -> Vec<String> {
        let main = dataset.sources.first().map(|source| source.name);
        match main.filter(|main| !self.has(main)) {
            Some(main) => vec![main.to_owned()],
            None => {
                let names = field.sources.iter().filter(|name| !self.has(name));
                names.map(|name| (*name).to_owned()).collect()
            }
        }
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
        let dataset = control.population.dataset;
        if !self.given.lists(dataset) {
            return Conclusion::Never;
        }
        let population = self.population(&control.population);
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
            Requirement::Expect(check) => of_selected(self.check(dataset, check)),
            Requirement::Count { at_least, at_most } => {
                let bounds = [at_least, at_most].into_iter().flatten();
                of_all(Possible::all(bounds.map(|bound| match bound {
                    Bound::Number(_) => Possible::KNOWN,
                    Bound::Unset { .. } => self.parameter(),
                })))
            }
            Requirement::Members { by, expected, .. } => {
                let list = match expected {
                    Expected::Values(_) => Possible::KNOWN,
                    Expected::Set { set, .. } => self.set(set.0),
                    Expected::Unset { .. } => self.parameter(),
                };
                let by = self.field(dataset, by.root, Missing::Unknown);
                of_all(match by.is_never_decided() || list.is_never_decided() {
                    true => Possible::UNKNOWN,
                    false => Possible::all([by, list].into_iter()),
                })
            }
        }
    }

    /// A value that a parameter has, or will have.
    fn parameter(&self) -> Possible {
        match self.given.parameters {
            true => Possible::KNOWN,
            false => Possible::UNKNOWN,
        }
    }

    fn field(&self, dataset: &Dataset, field: &Field, missing: Missing) -> Possible {
        Possible::of(self.given.reach(dataset, field), missing)
    }

    fn population(&self, population: &Population) -> Possible {
        Possible::all(
            population
                .parts
                .iter()
                .map(|part| self.part(population.dataset, part)),
        )
    }

    fn part(&self, dataset: &Dataset, part: &Part) -> Possible {
        match &part.check {
            PartCheck::Condition(check) => self.check(dataset, check),
            PartCheck::Filter(conjunct) => {
                let reached: Vec<Reach> = conjunct
                    .fields()
                    .filter_map(|name| dataset.field(name))
                    .map(|field| self.given.reach(dataset, field))
                    .collect();
                match () {
                    () if reached.iter().all(|reach| *reach == Reach::Known) => Possible::KNOWN,
                    () if reached.iter().all(|reach| *reach == Reach::Absent) => Possible::UNKNOWN,
                    () => Possible::ANYTHING,
                }
            }
        }
    }

    fn check(&self, dataset: &Dataset, check: &Check) -> Possible {
        match check {
            Check::All(checks) => {
                Possible::all(checks.iter().map(|check| self.check(dataset, check)))
            }
            Check::Any(checks) => {
                Possible::any(checks.iter().map(|check| self.check(dataset, check)))
            }
            Check::Not(inner) => self.check(dataset, inner).not(),
            Check::Test { path, missing, .. } | Check::Elements { path, missing, .. } => {
                self.field(dataset, path.root, *missing)
            }
            Check::InSet {
                path, set, missing, ..
            } => {
                let field = self.field(dataset, path.root, *missing);
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
                let field = self.field(dataset, path.root, Missing::Unknown);
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
        let dataset = set.population.dataset;
        let population = self.population(&set.population);
        let taken = self.field(dataset, set.take.root, Missing::Unknown);
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
    pub dataset: &'static Dataset,
    /// The field; `None` stands for the records themselves.
    pub field: Option<&'static Field>,
}

/// What each control looks at, in the plan's order.
pub(super) fn looks(plan: &Plan) -> Vec<Vec<Look>> {
    plan.controls
        .iter()
        .map(|control| looks_of(plan, control))
        .collect()
}

fn looks_of(plan: &Plan, control: &PlannedControl) -> Vec<Look> {
    let mut looks = Vec::new();
    let own = control.exclusions.iter().map(|one| &one.check);
    look_at(&control.population, own, &mut looks);
    let dataset = control.population.dataset;
    looks.extend(control.tested.iter().map(|field| Look {
        dataset,
        field: Some(field),
    }));
    for set in control.sets.iter().map(|set| &plan.sets[set.0]) {
        look_at(&set.population, std::iter::empty(), &mut looks);
        looks.push(Look {
            dataset: set.population.dataset,
            field: Some(set.take.root),
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
    let dataset = population.dataset;
    looks.push(Look {
        dataset,
        field: None,
    });
    let mut add = |field: &'static Field| {
        looks.push(Look {
            dataset,
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
fn roots(check: &Check, each: &mut dyn FnMut(&'static Field)) {
    match check {
        Check::All(checks) | Check::Any(checks) => {
            checks.iter().for_each(|check| roots(check, each));
        }
        Check::Not(inner) => roots(inner, each),
        Check::Test { path, .. }
        | Check::InSet { path, .. }
        | Check::Elements { path, .. }
        | Check::Unset { path, .. } => each(path.root),
    }
}

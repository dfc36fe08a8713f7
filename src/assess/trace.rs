//! One record step by step: every condition with what it says, what it found, and where it is written.
//!
//! The same checks as in an assessment, asked one by one, so that `explain` can show a subject's way and the
//! coverage of cases can be counted. Nothing is decided here that is not decided there.

use super::check::{self, Context};
use super::doubt::{self, Doubt};
use super::fresh::Fresh;
use super::sets::SetValues;
use super::subject::Describer;
use super::{AssessError, AssessOptions, Evaluated, Lines, Reason, Spill};
use crate::catalog::DatasetRef;
use crate::control::{FieldPath, OrganizationPlan};
use crate::diagnostic::Place;
use crate::plan::{Check, Expected, PartCheck, Plan, PlannedControl, Requirement, Scan, StepRef};
use crate::snapshot::RecordSource;
use crate::value::{Record, Truth};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;

/// A condition and what it says of one record.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// In words: "last_active_at is within the last 90 days"; for those that join others, how.
    pub label: String,
    /// Where it is written.
    pub place: Place,
    /// What it says.
    pub truth: Truth,
    /// Whether it looks at values itself, or joins others.
    pub kind: TraceKind,
    /// What it joins, for every element looked at.
    pub parts: Vec<Trace>,
    /// What it looked at.
    pub found: Vec<Found>,
    /// Why it is unknown.
    pub reasons: Vec<Reason>,
    /// The set that it looked values up in, if it did.
    pub looked_up: Option<LookedUp>,
}

/// Values that a condition looked up in a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedUp {
    /// Place of the set in the plan.
    pub set: usize,
    /// The values, as canonical JSON.
    pub values: BTreeSet<String>,
}

/// A record that put a value into a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The dataset or list that it is a record of.
    pub dataset: String,
    /// Its id.
    pub id: String,
    /// Row of the list, or response that held it, as findings cite it; empty if not kept.
    pub source: String,
    /// When that response arrived, or the day of the list.
    pub collected_at: Option<Timestamp>,
}

/// What a condition is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceKind {
    /// It looks at values itself.
    Leaf,
    /// It joins others, which say what they found and why they are unknown.
    Joint,
    /// It asks others of the elements of a list; without elements the list itself decides.
    Elements,
}

impl Trace {
    /// Calls `each` for every condition in it that looks at values itself.
    pub fn leaves<'t>(&'t self, each: &mut dyn FnMut(&'t Trace)) {
        if self.kind == TraceKind::Leaf {
            each(self);
        }
        for part in &self.parts {
            part.leaves(each);
        }
    }
}

/// A field of the record that a condition looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Name of the field.
    pub field: String,
    /// Its value; `None` if it is absent.
    pub value: Option<Value>,
    /// Source that gave it, as the catalog names it; empty if not kept.
    pub source: String,
    /// When the response that held it arrived.
    pub collected_at: Option<Timestamp>,
}

/// A record of a population, step by step.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordTrace {
    /// Its id.
    pub id: String,
    /// Its label for a reader; empty if it has none.
    pub label: String,
    /// What the population asks, in the control's order; all must hold.
    pub population: Vec<Trace>,
    /// Each exclusion, in the control's order; one that holds leaves the record out.
    pub exclusions: Vec<Trace>,
    /// What is asked of a subject; `None` where only their number counts.
    pub requirement: Option<Trace>,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Outside the population, by this condition of it.
    Outside(usize),
    /// Left out, by this exclusion.
    Excluded(usize),
    /// It meets the requirement.
    Pass,
    /// It does not meet the requirement.
    Fail,
    /// What is known does not settle it.
    Unknown,
    /// It counts, and nothing is asked of it.
    Counted,
}

impl RecordTrace {
    /// What became of it, as an assessment counts it.
    pub fn standing(&self) -> Standing {
        let first = |traces: &[Trace], truth| traces.iter().position(|trace| trace.truth == truth);
        if let Some(place) = first(&self.population, Truth::False) {
            return Standing::Outside(place);
        }
        if let Some(place) = first(&self.exclusions, Truth::True) {
            return Standing::Excluded(place);
        }
        let is_open = first(&self.population, Truth::Unknown).is_some()
            || first(&self.exclusions, Truth::Unknown).is_some();
        match (self.requirement.as_ref().map(|trace| trace.truth), is_open) {
            (Some(Truth::True), _) => Standing::Pass,
            (Some(Truth::False), false) => Standing::Fail,
            (None, false) => Standing::Counted,
            (Some(Truth::False | Truth::Unknown) | None, _) => Standing::Unknown,
        }
    }
}

/// Looks at the records of one source under one plan, one by one.
pub struct Tracer<'a> {
    plan: &'a Plan,
    source: Fresh<'a>,
    sets: Vec<SetValues>,
    as_of: Timestamp,
    organization_plan: Option<OrganizationPlan>,
}

impl<'a> Tracer<'a> {
    /// Fills the plan's sets.
    ///
    /// # Errors
    /// As [`assess`](super::assess).
    pub fn new(
        plan: &'a Plan,
        source: &'a dyn RecordSource,
        options: AssessOptions,
    ) -> Result<Tracer<'a>, AssessError> {
        let as_of = super::judged_at(source, options)?;
        let source = Fresh::new(source, as_of)?;
        let manifest = super::with_inputs(&source, as_of);
        let organization_plan = super::plan_shown::believed(options.organization_plan, &manifest);
        let mut sets = super::empty_sets(plan, &manifest, as_of, organization_plan);
        for scan in &plan.scans {
            let only_sets = Scan {
                steps: scan
                    .steps
                    .iter()
                    .filter(|step| matches!(step, StepRef::Set(_)))
                    .copied()
                    .collect(),
                ..scan.clone()
            };
            if only_sets.steps.is_empty() {
                continue;
            }
            let context = Context {
                plan,
                sets: &sets,
                as_of,
                organization_plan,
                stale: source.stale(),
                awaited: source.awaited(),
            };
            let part = super::run(
                &only_sets,
                &source,
                context,
                options.threads,
                &Spill::never(),
            )?;
            for (index, filled) in part.sets {
                sets[index].join(filled);
            }
        }
        Ok(Tracer {
            plan,
            source,
            sets,
            as_of,
            organization_plan,
        })
    }

    fn context(&self) -> Context<'_> {
        Context {
            plan: self.plan,
            sets: &self.sets,
            as_of: self.as_of,
            organization_plan: self.organization_plan,
            stale: self.source.stale(),
            awaited: self.source.awaited(),
        }
    }

    /// The control at `place`, also where the organisation's plan is lower than it requires: a trace shows what
    /// would come of its records. `None` where a person answers.
    fn evaluated(&self, place: usize) -> Option<Evaluated<'a>> {
        let control = &self.plan.controls[place];
        Some(Evaluated {
            control,
            population: control.population.as_ref()?,
        })
    }

    /// Traces the records of the population's dataset of `controls[place]` that are `wanted`: id and label go in.
    /// None, where a person answers.
    ///
    /// # Errors
    /// As [`assess`](super::assess).
    pub fn subjects(
        &self,
        place: usize,
        wanted: &mut dyn FnMut(&str, &str) -> bool,
        each: &mut dyn FnMut(RecordTrace),
    ) -> Result<(), AssessError> {
        let Some(evaluated) = self.evaluated(place) else {
            return Ok(());
        };
        let describer = Describer::new(evaluated, &self.source, self.source.awaited());
        self.records(&evaluated.population.dataset, &mut |record| {
            let (id, label) = (describer.id(record), describer.label(record));
            if wanted(&id, &label) {
                each(self.trace_subject(record, &describer, id, label));
            }
        })
    }

    /// Traces the conditions of the set at `place` of the plan, for every record of its dataset.
    ///
    /// # Errors
    /// As [`assess`](super::assess).
    pub fn set_records(
        &self,
        place: usize,
        each: &mut dyn FnMut(Vec<Trace>),
    ) -> Result<(), AssessError> {
        let set = &self.plan.sets[place];
        let evaluated = self
            .evaluated(set.control)
            .expect("a control with a set has a population");
        let describer = Describer::new(evaluated, &self.source, self.source.awaited());
        let looker = Looker {
            dataset: &set.population.dataset,
            describer: &describer,
            context: self.context(),
        };
        self.records(&set.population.dataset, &mut |record| {
            let parts = set.population.parts.iter();
            each(parts.map(|part| looker.part(part, record)).collect());
        })
    }

    /// The records that put one of the values into the set, at most `limit`, in their order.
    ///
    /// # Errors
    /// As [`assess`](super::assess).
    pub fn members(&self, looked_up: &LookedUp, limit: usize) -> Result<Vec<Member>, AssessError> {
        let set = &self.plan.sets[looked_up.set];
        let dataset = &set.population.dataset;
        let evaluated = self
            .evaluated(set.control)
            .expect("a control with a set has a population");
        let describer = Describer::new(evaluated, &self.source, self.source.awaited());
        let context = self.context();
        let mut members = Vec::new();
        self.records(dataset, &mut |record| {
            let mut parts = set.population.parts.iter();
            if members.len() == limit
                || !parts.all(|part| check::part_truth(part, record, context) == Truth::True)
            {
                return;
            }
            let nodes = set.take.relative.eval(record);
            let mut values = nodes.values().flat_map(check::spread);
            if values.any(|value| looked_up.values.contains(value.text())) {
                let taken = describer.look(dataset, &set.take.root, record);
                members.push(Member {
                    dataset: dataset.name().to_owned(),
                    id: describer.id(record),
                    source: taken.source.into_owned(),
                    collected_at: taken.collected_at,
                });
            }
        })?;
        Ok(members)
    }

    fn records(
        &self,
        dataset: &DatasetRef,
        each: &mut dyn FnMut(Record<'_>),
    ) -> Result<(), AssessError> {
        // A trace shows whatever it looked at, so every field is wanted.
        let fields: Vec<String> = dataset
            .field_names()
            .into_iter()
            .map(str::to_owned)
            .collect();
        // A list is read as all controls together declare it.
        let whole = self.plan.dataset(dataset);
        let mut lines = Lines::new(&whole, &self.source, &fields);
        for frame in 0..self.source.frame_count(dataset.name()) {
            lines.frame(frame, &mut *each)?;
        }
        Ok(())
    }

    fn trace_subject(
        &self,
        record: Record<'_>,
        describer: &Describer<'_>,
        id: String,
        label: String,
    ) -> RecordTrace {
        let Evaluated {
            control,
            population,
        } = describer.evaluated();
        let looker = Looker {
            dataset: &population.dataset,
            describer,
            context: self.context(),
        };
        RecordTrace {
            id,
            label,
            population: population
                .parts
                .iter()
                .map(|part| looker.part(part, record))
                .collect(),
            exclusions: control
                .exclusions
                .iter()
                .map(|exclusion| looker.check(&exclusion.check, record, record))
                .collect(),
            requirement: match &control.requirement {
                Requirement::Expect(check) | Requirement::Share { expect: check, .. } => {
                    Some(looker.check(check, record, record))
                }
                Requirement::Members { .. } => Some(looker.member(control, record)),
                Requirement::Count { .. }
                | Requirement::Frequency { .. }
                | Requirement::Attest(_) => None,
            },
        }
    }
}

fn looked_up(set: usize, path: &FieldPath, value: Record<'_>) -> LookedUp {
    let nodes = path.relative.eval(value);
    let values = nodes.values().flat_map(check::spread);
    LookedUp {
        set,
        values: values.map(|value| value.text().to_owned()).collect(),
    }
}

/// Asks one condition after the other.
struct Looker<'l, 'a> {
    dataset: &'l DatasetRef,
    describer: &'l Describer<'a>,
    context: Context<'l>,
}

impl Looker<'_, '_> {
    fn reasons(&self, doubts: &[Doubt<'_>]) -> BTreeSet<Reason> {
        doubt::reasons(doubts, self.dataset, self.context)
    }

    fn part(&self, part: &crate::plan::Part, record: Record<'_>) -> Trace {
        match &part.check {
            PartCheck::Condition(check) => self.check(check, record, record),
            PartCheck::Filter(conjunct) => {
                let mut doubts = Vec::new();
                check::part_doubts(part, record, self.context, &mut doubts);
                let reasons = self.reasons(&doubts);
                Trace {
                    label: part.label.clone(),
                    place: part.place.clone(),
                    truth: conjunct.truth(record),
                    kind: TraceKind::Leaf,
                    parts: Vec::new(),
                    found: conjunct
                        .fields()
                        .map(|field| self.found(field, record))
                        .collect(),
                    reasons: reasons.into_iter().collect(),
                    looked_up: None,
                }
            }
        }
    }

    /// What `check` says of `value`: of `record` itself, or of an element inside it.
    fn check(&self, check: &Check, value: Record<'_>, record: Record<'_>) -> Trace {
        let truth = check::truth(check, value, self.context);
        let joining = |label: &str, parts: Vec<Trace>| Trace {
            label: label.to_owned(),
            place: check.place().clone(),
            truth,
            kind: TraceKind::Joint,
            parts,
            found: Vec::new(),
            reasons: Vec::new(),
            looked_up: None,
        };
        let each = |checks: &[Check]| -> Vec<Trace> {
            let traces = checks.iter().map(|check| self.check(check, value, record));
            traces.collect()
        };
        match check {
            Check::All(checks) => joining("all of", each(checks)),
            Check::Any(checks) => joining("at least one of", each(checks)),
            Check::Not(inner) => joining("not", vec![self.check(inner, value, record)]),
            Check::Elements { path, expect, .. } => {
                let nodes = path.relative.eval(value);
                // The path leads to the records of the list, not to the list.
                let parts: Vec<Trace> = nodes
                    .values()
                    .map(|element| self.check(expect, element, record))
                    .collect();
                Trace {
                    kind: TraceKind::Elements,
                    parts,
                    ..self.leaf(check, truth, path.root.name(), value, record)
                }
            }
            Check::Test { path, .. } | Check::InSet { path, .. } | Check::Unset { path, .. } => {
                self.leaf(check, truth, path.root.name(), value, record)
            }
        }
    }

    fn leaf(
        &self,
        check: &Check,
        truth: Truth,
        field: &str,
        value: Record<'_>,
        record: Record<'_>,
    ) -> Trace {
        let mut doubts = Vec::new();
        check::doubts(check, value, self.context, &mut doubts);
        let reasons = self.reasons(&doubts);
        Trace {
            label: check.label(),
            place: check.place().clone(),
            truth,
            kind: TraceKind::Leaf,
            parts: Vec::new(),
            found: vec![self.found(field, record)],
            reasons: reasons.into_iter().collect(),
            looked_up: match check {
                Check::InSet { set, path, .. } => Some(looked_up(set.0, path, value)),
                _ => None,
            },
        }
    }

    /// Whether a subject's value is in the list that it is compared with.
    fn member(&self, control: &PlannedControl, record: Record<'_>) -> Trace {
        let Requirement::Members {
            by,
            relation,
            expected,
        } = &control.requirement
        else {
            unreachable!("asked only of comparisons with a list")
        };
        let truth = super::tally::member_truth(by, *relation, expected, record, self.context);
        let mut doubts = Vec::new();
        super::tally::member_doubts(by, expected, record, self.context, &mut doubts);
        let reasons = self.reasons(&doubts);
        Trace {
            label: super::subject::requirement_in_words(control),
            place: control.control.source.requirement.clone(),
            truth,
            kind: TraceKind::Leaf,
            parts: Vec::new(),
            found: vec![self.found(by.root.name(), record)],
            reasons: reasons.into_iter().collect(),
            looked_up: match expected {
                Expected::Set { set, .. } => Some(looked_up(set.0, by, record)),
                Expected::Values { .. } | Expected::Unset { .. } => None,
            },
        }
    }

    fn found(&self, field: &str, record: Record<'_>) -> Found {
        let known = self.dataset.field(field);
        let evidence = known.map(|known| self.describer.look(self.dataset, &known, record));
        match evidence {
            Some(evidence) => Found {
                field: field.to_owned(),
                value: evidence.present.then_some(evidence.value),
                source: evidence.source.into_owned(),
                collected_at: evidence.collected_at,
            },
            None => Found {
                field: field.to_owned(),
                value: None,
                source: String::new(),
                collected_at: None,
            },
        }
    }
}

//! Which rows of a list find a record, where a control uses the list as a set.
//!
//! A list of leavers in which nobody is found proves nothing if its addresses are written otherwise than
//! those of the accounts. So every value that a control looks up is noted if a row has it, whether or not
//! the record is a subject, and at the end each row is counted.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::check::{self, Context, spread};
use super::{AssessError, Lines, ListMatch};
use crate::catalog::DatasetRef;
use crate::control::FieldPath;
use crate::plan::{Check, Expected, Part, PartCheck, Plan, Requirement, Scan, StepRef};
use crate::snapshot::RecordSource;
use crate::value::{Json, Kind, Record, Truth};

/// Rows that are listed because no record has their value.
const LISTED_MAX: usize = 5;

/// Values that records have and rows too, by place of the set in the plan. The hash order is never seen.
pub(super) type Found = BTreeMap<usize, HashSet<Box<str>>>;

/// A place where a control looks a value up in a set that is taken from a list.
pub(super) struct Lookup<'p> {
    set: usize,
    /// Lists of records that lead to the one whose value it is.
    through: Vec<&'p FieldPath>,
    path: &'p FieldPath,
}

/// Every such place that `scan` comes by.
pub(super) fn lookups<'p>(scan: &Scan, context: Context<'p>) -> Vec<Lookup<'p>> {
    let mut gathering = Gathering {
        plan: context.plan,
        through: Vec::new(),
        found: Vec::new(),
    };
    for step in &scan.steps {
        match step {
            StepRef::Set(set) => gathering.parts(&context.plan.sets[set.0].population.parts),
            StepRef::Control(place) => {
                let Some(evaluated) = context.evaluated(*place) else {
                    continue;
                };
                gathering.parts(&evaluated.population.parts);
                for exclusion in &evaluated.control.exclusions {
                    gathering.check(&exclusion.check);
                }
                match &evaluated.control.requirement {
                    Requirement::Expect(expect) | Requirement::Share { expect, .. } => {
                        gathering.check(expect);
                    }
                    Requirement::Members {
                        by,
                        expected: Expected::Set { set, .. },
                        ..
                    } => gathering.push(set.0, by),
                    Requirement::Members { .. }
                    | Requirement::Count { .. }
                    | Requirement::Frequency { .. }
                    | Requirement::Attest(_) => {}
                }
            }
        }
    }
    gathering.found
}

struct Gathering<'p> {
    plan: &'p Plan,
    through: Vec<&'p FieldPath>,
    found: Vec<Lookup<'p>>,
}

impl<'p> Gathering<'p> {
    fn push(&mut self, set: usize, path: &'p FieldPath) {
        let dataset = &self.plan.sets[set].population.dataset;
        if matches!(dataset, DatasetRef::Input(_)) {
            self.found.push(Lookup {
                set,
                through: self.through.clone(),
                path,
            });
        }
    }

    fn parts(&mut self, parts: &'p [Part]) {
        for part in parts {
            if let PartCheck::Condition(check) = &part.check {
                self.check(check);
            }
        }
    }

    fn check(&mut self, check: &'p Check) {
        match check {
            Check::All(checks) | Check::Any(checks) => {
                checks.iter().for_each(|check| self.check(check));
            }
            Check::Not(check) => self.check(check),
            Check::Elements { path, expect, .. } => {
                self.through.push(path);
                self.check(expect);
                self.through.pop();
            }
            Check::InSet { set, path, .. } => self.push(set.0, path),
            Check::Test { .. } | Check::Unset { .. } => {}
        }
    }
}

impl Lookup<'_> {
    /// Notes the values of `record` that are in the set.
    pub(super) fn note(&self, record: Record<'_>, context: Context<'_>, found: &mut Found) {
        let found = found.entry(self.set).or_default();
        let mut note = |value: Record<'_>| {
            let text = value.text();
            if context.sets[self.set].has(text) && !found.contains(text) {
                found.insert(text.into());
            }
        };
        self.values(&self.through, record, &mut note);
    }

    fn values(&self, through: &[&FieldPath], record: Record<'_>, each: &mut dyn FnMut(Record<'_>)) {
        match through {
            [] => {
                let nodes = self.path.relative.eval(record);
                nodes.values().flat_map(spread).for_each(each);
            }
            [first, rest @ ..] => {
                let nodes = first.relative.eval(record);
                for element in nodes.values() {
                    self.values(rest, element, each);
                }
            }
        }
    }
}

/// For each list, what became of its rows in each set that is taken from it.
///
/// # Errors
/// As [`assess`](super::assess).
pub(super) fn matches(
    source: &dyn RecordSource,
    context: Context<'_>,
    found: &Found,
) -> Result<BTreeMap<String, Vec<ListMatch>>, AssessError> {
    let mut matches: BTreeMap<String, Vec<ListMatch>> = BTreeMap::new();
    let plan = context.plan;
    for (place, set) in plan.sets.iter().enumerate() {
        let dataset = &set.population.dataset;
        // Empty of what is no list, and where the organisation's plan is too low for the control.
        let compared_with = compared_with(plan, place, context);
        if compared_with.is_empty() || context.sets[place].is_unasked() {
            continue;
        }
        let none = HashSet::new();
        let values = found.get(&place).unwrap_or(&none);
        let mut counted = ListMatch {
            control: plan.controls[set.control].id().to_string(),
            set: set.name.clone(),
            compared_with,
            matched: 0,
            unmatched: 0,
            unmatched_ids: Vec::new(),
            not_compared: 0,
        };
        let whole = plan.dataset(dataset);
        let fields: Vec<String> = whole.field_names().into_iter().map(str::to_owned).collect();
        let mut lines = Lines::new(&whole, source, &fields);
        for frame in 0..source.frame_count(dataset.name()) {
            lines.frame(frame, |row| {
                let parts = &mut set.population.parts.iter();
                let is_in = parts.all(|part| check::part_truth(part, row, context) != Truth::False);
                let nodes = set.take.relative.eval(row);
                let mut own = nodes.values().flat_map(spread).peekable();
                if !is_in || own.peek().is_none() {
                    counted.not_compared += 1;
                } else if own.any(|value| values.contains(value.text())) {
                    counted.matched += 1;
                } else {
                    counted.unmatched += 1;
                    if counted.unmatched_ids.len() < LISTED_MAX {
                        counted.unmatched_ids.push(id(row));
                    }
                }
            })?;
        }
        let of_list = matches.entry(dataset.name().to_owned()).or_default();
        of_list.push(counted);
    }
    Ok(matches)
}

fn id(row: Record<'_>) -> String {
    let id = row.member("id").filter(|id| id.kind() == Kind::Text);
    id.and_then(|id| Some(id.as_text()?.into_owned()))
        .unwrap_or_default()
}

/// What the values of the set at `place` are compared with: `accounts.email`.
fn compared_with(plan: &Plan, place: usize, context: Context<'_>) -> Vec<String> {
    let mut fields = BTreeSet::new();
    for scan in &plan.scans {
        for lookup in lookups(scan, context) {
            if lookup.set == place {
                fields.insert(format!("{}.{}", scan.dataset.name(), lookup.path.text));
            }
        }
    }
    fields.into_iter().collect()
}

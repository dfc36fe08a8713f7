//! What one control counted and found in a part of its population. Parts join in any order.

use super::check::{self, Answers, Context};
use super::sample::Sample;
use super::spill::Gathered;
use super::subject::Describer;
use super::{Evaluated, Outcome, Reason};
use crate::catalog::DatasetRef;
use crate::control::{FieldPath, Relation};
use crate::plan::{Expected, Requirement};
use crate::value::{Json, Record, Truth};
use std::collections::{BTreeMap, BTreeSet};

/// Counted subjects that a control on the population's size lists by name.
pub(super) const LISTED_MAX: usize = 50;

/// Counts, findings and what else the conclusion needs.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) fetched: u64,
    /// By part of the population.
    pub(super) outside: Vec<u64>,
    /// By exclusion.
    pub(super) excluded: Vec<u64>,
    /// In scope or not: nobody knows.
    pub(super) undecided: u64,
    /// Surely in scope.
    pub(super) sure: u64,
    /// Surely in scope, and meet the requirement.
    pub(super) sure_pass: u64,
    pub(super) pass: u64,
    pub(super) fail: u64,
    pub(super) unknown: u64,
    /// Of the unknown ones, those that wait for a list or for exports that nobody gave, or that are not whole.
    /// They are one finding, on the control: what settles it is one file, however many subjects wait for it.
    pub(super) waiting: u64,
    pub(super) counted: u64,
    pub(super) findings: Gathered,
    pub(super) sample: Sample,
    /// Why subjects are unknown, with the number of subjects.
    pub(super) reasons: BTreeMap<Reason, u64>,
    /// Counted subjects with the least ids, at most [`LISTED_MAX`]: id and label.
    pub(super) listed: BTreeMap<String, String>,
    /// Values of subjects surely in scope, for a comparison with a list, with the number of subjects.
    pub(super) values: BTreeMap<String, u64>,
    /// Values of subjects that may be in scope.
    pub(super) maybe_values: BTreeSet<String>,
    /// A subject in scope has no known value to compare.
    pub(super) lacks_value: bool,
}

impl Tally {
    pub(super) fn new(evaluated: Evaluated<'_>) -> Tally {
        Tally {
            outside: vec![0; evaluated.population.parts.len()],
            excluded: vec![0; evaluated.control.exclusions.len()],
            ..Tally::default()
        }
    }

    /// Looks at one record. `filters`: the number of each part of the population, by which `answers` knows it.
    pub(super) fn add(
        &mut self,
        record: Record<'_>,
        context: Context<'_>,
        describer: &Describer<'_>,
        filters: &[Option<usize>],
        answers: &mut Answers,
    ) {
        let Evaluated {
            control,
            population,
        } = describer.evaluated();
        self.fetched += 1;
        let mut inside = Truth::True;
        for (place, (part, number)) in population.parts.iter().zip(filters).enumerate() {
            match answers.part_truth(*number, part, record, context) {
                Truth::True => {}
                Truth::Unknown => inside = Truth::Unknown,
                Truth::False => {
                    self.outside[place] += 1;
                    return;
                }
            }
        }
        let mut left_out = Truth::False;
        for (place, exclusion) in control.exclusions.iter().enumerate() {
            match check::truth(&exclusion.check, record, context) {
                Truth::False => {}
                Truth::Unknown => left_out = Truth::Unknown,
                Truth::True => {
                    self.excluded[place] += 1;
                    return;
                }
            }
        }
        let is_sure = inside == Truth::True && left_out == Truth::False;
        if is_sure {
            self.sure += 1;
        } else {
            self.undecided += 1;
        }
        match &control.requirement {
            Requirement::Expect(expect) | Requirement::Share { expect, .. } => {
                let met = check::truth(expect, record, context);
                self.judge(met, is_sure, record, context, describer);
            }
            // No record is looked at where a person answers.
            Requirement::Attest(_) => {}
            Requirement::Count { .. } if is_sure => {
                self.counted += 1;
                self.list(record, describer);
            }
            Requirement::Count { .. } => {
                self.judge(Truth::Unknown, false, record, context, describer);
            }
            Requirement::Members {
                by,
                relation,
                expected,
            } => {
                match check::one(by, record) {
                    check::One::Value(value) => {
                        if let Some(text) = value.as_text() {
                            if is_sure {
                                *self.values.entry(text.into_owned()).or_default() += 1;
                            } else {
                                self.maybe_values.insert(text.into_owned());
                            }
                        }
                    }
                    check::One::Nothing => {}
                    check::One::Absent => self.lacks_value = true,
                }
                let met = member_truth(by, *relation, expected, record, context);
                self.judge(met, is_sure, record, context, describer);
            }
        }
    }

    /// Counts a subject in scope (surely, or perhaps) by what is known of the requirement.
    ///
    /// A subject of which it is not known whether it belongs passes if it meets the requirement anyway,
    /// and can never fail.
    fn judge(
        &mut self,
        met: Truth,
        is_sure: bool,
        record: Record<'_>,
        context: Context<'_>,
        describer: &Describer<'_>,
    ) {
        match (met, is_sure) {
            (Truth::True, _) => {
                self.pass += 1;
                if is_sure {
                    self.sure_pass += 1;
                    describer.offer(&mut self.sample, record);
                }
            }
            (Truth::False, true) => {
                self.fail += 1;
                self.findings
                    .push(describer.finding(record, Outcome::Fail, BTreeSet::new()));
            }
            (Truth::False, false) | (Truth::Unknown, _) => {
                self.unknown += 1;
                let reasons = why_open(describer.evaluated(), record, context);
                for reason in &reasons {
                    match self.reasons.get_mut(reason) {
                        Some(subjects) => *subjects += 1,
                        None => drop(self.reasons.insert(reason.clone(), 1)),
                    }
                }
                let waits = waits_for_a_list(describer.evaluated(), &reasons, context)
                    || reasons.iter().any(|reason| describer.is_awaited(reason));
                if waits {
                    self.waiting += 1;
                } else {
                    let finding = describer.finding(record, Outcome::Unknown, reasons);
                    self.findings.push(finding);
                }
            }
        }
    }

    fn list(&mut self, record: Record<'_>, describer: &Describer<'_>) {
        let id = describer.id(record);
        if self.listed.len() < LISTED_MAX
            || self
                .listed
                .last_key_value()
                .is_some_and(|(last, _)| id < *last)
        {
            self.listed.insert(id, describer.label(record));
            if self.listed.len() > LISTED_MAX {
                self.listed.pop_last();
            }
        }
    }

    /// Joins what another part of the population came to.
    pub(super) fn join(&mut self, other: Tally) {
        self.fetched += other.fetched;
        for (mine, theirs) in self.outside.iter_mut().zip(other.outside) {
            *mine += theirs;
        }
        for (mine, theirs) in self.excluded.iter_mut().zip(other.excluded) {
            *mine += theirs;
        }
        self.undecided += other.undecided;
        self.sure += other.sure;
        self.sure_pass += other.sure_pass;
        self.pass += other.pass;
        self.fail += other.fail;
        self.unknown += other.unknown;
        self.waiting += other.waiting;
        self.counted += other.counted;
        self.findings.join(other.findings);
        self.sample.join(other.sample);
        for (reason, subjects) in other.reasons {
            *self.reasons.entry(reason).or_default() += subjects;
        }
        self.listed.extend(other.listed);
        while self.listed.len() > LISTED_MAX {
            self.listed.pop_last();
        }
        for (value, subjects) in other.values {
            *self.values.entry(value).or_default() += subjects;
        }
        self.maybe_values.extend(other.maybe_values);
        self.lacks_value |= other.lacks_value;
    }
}

/// Whether a subject waits for a list that nobody gave, or for one that is whole and counts. Whatever else is missing of it is told once the list is there.
fn waits_for_a_list(
    evaluated: Evaluated<'_>,
    reasons: &BTreeSet<Reason>,
    context: Context<'_>,
) -> bool {
    let is_of_open_list = |name: &str| {
        let mut sets = evaluated.control.sets.iter();
        sets.any(|set| {
            context.plan.sets[set.0].name == name && context.sets[set.0].is_of_open_list()
        })
    };
    reasons
        .iter()
        .any(|reason| matches!(reason, Reason::SetNotWhole { set, .. } if is_of_open_list(set)))
}

/// Every reason why a subject's place or its outcome is open.
fn why_open(
    evaluated: Evaluated<'_>,
    record: Record<'_>,
    context: Context<'_>,
) -> BTreeSet<Reason> {
    let Evaluated {
        control,
        population,
    } = evaluated;
    let dataset = &population.dataset;
    let mut reasons = BTreeSet::new();
    for part in &population.parts {
        check::part_doubts(part, dataset, record, context, &mut reasons);
    }
    for exclusion in &control.exclusions {
        check::doubts(&exclusion.check, dataset, record, context, &mut reasons);
    }
    match &control.requirement {
        Requirement::Expect(expect) | Requirement::Share { expect, .. } => {
            check::doubts(expect, dataset, record, context, &mut reasons);
        }
        Requirement::Count { .. } | Requirement::Attest(_) => {}
        Requirement::Members { by, expected, .. } => {
            member_doubts(dataset, by, expected, record, context, &mut reasons);
        }
    }
    reasons
}

/// Whether a subject's value is in the list that it is compared with, as far as that is asked.
pub(super) fn member_truth(
    by: &FieldPath,
    relation: Relation,
    expected: &Expected,
    record: Record<'_>,
    context: Context<'_>,
) -> Truth {
    match (check::one(by, record), relation) {
        (check::One::Absent, _) => Truth::Unknown,
        (check::One::Value(_) | check::One::Nothing, Relation::SupersetOf) => Truth::True,
        (check::One::Nothing, Relation::Equals | Relation::SubsetOf) => Truth::False,
        (check::One::Value(value), Relation::Equals | Relation::SubsetOf) => {
            check::expected_holds(expected, value, context).unwrap_or(Truth::Unknown)
        }
    }
}

/// Why it is unknown whether a subject's value is in the list.
pub(super) fn member_doubts(
    dataset: &DatasetRef,
    by: &FieldPath,
    expected: &Expected,
    record: Record<'_>,
    context: Context<'_>,
    reasons: &mut BTreeSet<Reason>,
) {
    match check::one(by, record) {
        check::One::Absent => {
            let root = by.root.name();
            reasons.insert(check::absent_field(dataset, &by.text, root, context.stale));
        }
        check::One::Nothing => {}
        check::One::Value(value) => match expected {
            Expected::Set { set, .. }
                if context.sets[set.0].holds(value.text()) == Truth::Unknown =>
            {
                reasons.insert(Reason::SetNotWhole {
                    set: context.plan.sets[set.0].name.clone(),
                    subjects: 1,
                });
            }
            Expected::Unset { parameter } => {
                reasons.insert(Reason::ParameterUnset {
                    parameter: parameter.clone(),
                    about: String::new(),
                });
            }
            Expected::Set { .. } | Expected::Values { .. } => {}
        },
    }
}

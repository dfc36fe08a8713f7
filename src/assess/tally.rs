//! What one control counted and found in a part of its population. Parts join in any order.

use super::check::{self, Answers, Context};
use super::doubt::Doubt;
use super::evidence::{EvidenceList, Shared};
use super::sample::Sample;
use super::spill::Gathered;
use super::subject::Describer;
use super::{Evaluated, Reason};
use crate::control::{FieldPath, Relation};
use crate::plan::{Expected, Requirement};
use crate::value::{Json, Kind, Record, Truth};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Counted subjects that a control on the population's size lists by name.
pub(super) const LISTED_MAX: usize = 50;

/// Lists of reasons that are counted before they are added up.
const SHARED_MAX: usize = 64;

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
    /// Of the unknown ones, those that wait for a list or an export that nobody gave or that is not whole, or for the list of
    /// actions. They are one finding, on the control: what settles it is one file, however many subjects wait for it.
    pub(super) waiting: u64,
    pub(super) counted: u64,
    pub(super) findings: Gathered,
    pub(super) sample: Sample,
    /// Why subjects are unknown, with the number of subjects.
    pub(super) reasons: CountedReasons,
    /// Counted subjects with the least ids, at most [`LISTED_MAX`]: id and label.
    pub(super) listed: BTreeMap<String, String>,
    /// Subjects surely in scope by the value that they are counted by.
    pub(super) groups: BTreeMap<String, Group>,
    /// Values of subjects surely in scope, for a comparison with a list, with the number of subjects.
    pub(super) values: BTreeMap<String, u64>,
    /// Values of subjects that may be in scope.
    pub(super) maybe_values: BTreeSet<String>,
    /// A subject in scope has no known value to compare.
    pub(super) lacks_value: bool,
}

/// Subjects that have one value in common.
#[derive(Debug)]
pub(super) struct Group {
    /// When each happened, in no order.
    pub(super) times: Vec<Timestamp>,
    /// The first of them.
    pub(super) first: First,
}

/// The first subject of a group, by time and then by id.
#[derive(Debug)]
pub(super) struct First {
    at: Timestamp,
    id: String,
    /// Name of the group's value, for a reader; empty if none is told.
    pub(super) label: String,
    pub(super) evidence: EvidenceList,
}

impl Group {
    fn join(&mut self, other: Group) {
        self.times.extend(other.times);
        if (other.first.at, &other.first.id) < (self.first.at, &self.first.id) {
            self.first = other.first;
        }
    }

    /// The most subjects within one span of time of length `within`, both ends included, and when the first such span begins.
    pub(super) fn most_within(&self, within: SignedDuration) -> (u64, Timestamp) {
        let mut times = self.times.clone();
        times.sort_unstable();
        let mut most = (0, self.first.at);
        let mut begin = 0;
        for (end, at) in times.iter().enumerate() {
            while at.duration_since(times[begin]) > within {
                begin += 1;
            }
            let count = (end - begin + 1) as u64;
            if count > most.0 {
                most = (count, times[begin]);
            }
        }
        most
    }
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
    pub(super) fn add<'a>(
        &mut self,
        record: Record<'_>,
        context: Context<'a>,
        describer: &Describer<'a>,
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
            Requirement::Frequency { per, time, .. } => {
                match (is_sure, value_of(per, record), moment(time, record)) {
                    (true, Some(value), Some(at)) => {
                        self.counted += 1;
                        self.count_by(value, at, record, describer);
                    }
                    _ => self.judge(Truth::Unknown, is_sure, record, context, describer),
                }
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
    fn judge<'a>(
        &mut self,
        met: Truth,
        is_sure: bool,
        record: Record<'_>,
        context: Context<'a>,
        describer: &Describer<'a>,
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
                self.findings.push(describer.failing(record));
            }
            (Truth::False, false) | (Truth::Unknown, _) => {
                self.unknown += 1;
                let explained = describer.explained(context, |doubts| {
                    why_open(describer.evaluated(), record, context, doubts);
                });
                self.reasons.add(&explained.reasons);
                if explained.waits {
                    self.waiting += 1;
                } else {
                    self.findings.push(describer.open(record, explained));
                }
            }
        }
    }

    /// Counts a subject of `at` by its `value`.
    fn count_by(
        &mut self,
        value: String,
        at: Timestamp,
        record: Record<'_>,
        describer: &Describer<'_>,
    ) {
        let first = |id: String| {
            let (label, evidence) = describer.counted_by(record);
            First {
                at,
                id,
                label,
                evidence,
            }
        };
        let id = describer.id(record);
        match self.groups.get_mut(&value) {
            Some(group) => {
                group.times.push(at);
                if (at, &id) < (group.first.at, &group.first.id) {
                    group.first = first(id);
                }
            }
            None => {
                let group = Group {
                    times: vec![at],
                    first: first(id),
                };
                self.groups.insert(value, group);
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
        self.reasons.join(other.reasons);
        self.listed.extend(other.listed);
        while self.listed.len() > LISTED_MAX {
            self.listed.pop_last();
        }
        for (value, group) in other.groups {
            match self.groups.get_mut(&value) {
                Some(mine) => mine.join(group),
                None => drop(self.groups.insert(value, group)),
            }
        }
        for (value, subjects) in other.values {
            *self.values.entry(value).or_default() += subjects;
        }
        self.maybe_values.extend(other.maybe_values);
        self.lacks_value |= other.lacks_value;
    }
}

/// Whether a subject waits for a list that nobody gave or that is not whole, or for the organisation's list of actions.
/// Whatever else is missing of it is told once the list is there.
pub(super) fn waits_for_a_list(
    evaluated: Evaluated<'_>,
    reasons: &[Reason],
    context: Context<'_>,
) -> bool {
    let is_open_alike = |name: &str| {
        let mut sets = evaluated.control.sets.iter();
        sets.any(|set| context.plan.sets[set.0].name == name && context.sets[set.0].is_open_alike())
    };
    reasons
        .iter()
        .any(|reason| matches!(reason, Reason::SetNotWhole { set, .. } if is_open_alike(set)))
}

/// Everything that leaves a subject's place or its outcome open.
fn why_open<'c>(
    evaluated: Evaluated<'c>,
    record: Record<'_>,
    context: Context<'c>,
    doubts: &mut Vec<Doubt<'c>>,
) {
    let Evaluated {
        control,
        population,
    } = evaluated;
    for part in &population.parts {
        check::part_doubts(part, record, context, doubts);
    }
    for exclusion in &control.exclusions {
        check::doubts(&exclusion.check, record, context, doubts);
    }
    match &control.requirement {
        Requirement::Expect(expect) | Requirement::Share { expect, .. } => {
            check::doubts(expect, record, context, doubts);
        }
        Requirement::Count { .. } | Requirement::Attest(_) => {}
        Requirement::Frequency { per, time, .. } => {
            for (path, is_known) in [
                (per, value_of(per, record).is_some()),
                (time, moment(time, record).is_some()),
            ] {
                if !is_known {
                    doubts.push(Doubt::of_absent(path));
                }
            }
        }
        Requirement::Members { by, expected, .. } => {
            member_doubts(by, expected, record, context, doubts);
        }
    }
}

/// What a subject is counted by where it is known to have no value.
const NO_VALUE: &str = "none";

/// The value that a subject is counted by; `None` if it is not known.
fn value_of(per: &FieldPath, record: Record<'_>) -> Option<String> {
    match check::one(per, record) {
        check::One::Value(value) if value.kind() == Kind::Null => Some(NO_VALUE.to_owned()),
        check::One::Value(value) => Some(match value.as_text() {
            Some(text) => text.into_owned(),
            None => value.text().to_owned(),
        }),
        check::One::Nothing => Some(NO_VALUE.to_owned()),
        check::One::Absent => None,
    }
}

/// When a subject happened; `None` if it is not known.
fn moment(time: &FieldPath, record: Record<'_>) -> Option<Timestamp> {
    match check::one(time, record) {
        check::One::Value(value) => value.as_text()?.parse().ok(),
        check::One::Nothing | check::One::Absent => None,
    }
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
pub(super) fn member_doubts<'c>(
    by: &'c FieldPath,
    expected: &'c Expected,
    record: Record<'_>,
    context: Context<'c>,
    doubts: &mut Vec<Doubt<'c>>,
) {
    match check::one(by, record) {
        check::One::Absent => doubts.push(Doubt::of_absent(by)),
        check::One::Nothing => {}
        check::One::Value(value) => match expected {
            Expected::Set { set, .. }
                if context.sets[set.0].holds(value.text()) == Truth::Unknown =>
            {
                doubts.push(Doubt::SetNotWhole { set: *set });
            }
            Expected::Unset { parameter } => doubts.push(Doubt::Unset { parameter }),
            Expected::Set { .. } | Expected::Values { .. } => {}
        },
    }
}

/// How many subjects each reason leaves open.
#[derive(Debug, Default)]
pub(super) struct CountedReasons {
    counts: BTreeMap<Reason, u64>,
    /// Those of subjects that share a list of reasons, which are still to be added; the newest last.
    shared: Vec<(Shared<[Reason]>, u64)>,
}

impl CountedReasons {
    /// One more subject is open for these reasons.
    fn add(&mut self, reasons: &Shared<[Reason]>) {
        let mut known = self.shared.iter_mut().rev();
        match known.find(|(known, _)| known.is_same(reasons)) {
            Some((_, subjects)) => *subjects += 1,
            None => self.shared.push((reasons.clone(), 1)),
        }
        if self.shared.len() > SHARED_MAX {
            self.settle();
        }
    }

    /// Each reason with the number of its subjects so far, in their order.
    pub(super) fn so_far(&mut self) -> &BTreeMap<Reason, u64> {
        self.settle();
        &self.counts
    }

    fn settle(&mut self) {
        for (reasons, subjects) in self.shared.drain(..) {
            for reason in reasons.iter() {
                match self.counts.get_mut(reason) {
                    Some(counted) => *counted += subjects,
                    None => drop(self.counts.insert(reason.clone(), subjects)),
                }
            }
        }
    }

    fn join(&mut self, mut other: CountedReasons) {
        other.settle();
        for (reason, subjects) in other.counts {
            *self.counts.entry(reason).or_default() += subjects;
        }
    }

    /// Each reason with the number of its subjects, in their order.
    pub(super) fn finish(mut self) -> BTreeMap<Reason, u64> {
        self.settle();
        self.counts
    }
}

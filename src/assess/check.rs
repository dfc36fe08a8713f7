//! Checks over one record: three-valued, and on request why the answer is unknown.

use super::Evaluated;
use super::doubt::Doubt;
use super::sets::{SetValues, Until, day_of, earliest_of, working_days_after};
use super::stale::{Awaited, Stale};
use crate::control::{FieldPath, Missing, OrganizationPlan, Quantifier};
use crate::operator::Verdict;
use crate::plan::{Check, Expected, Part, PartCheck, Plan};
use crate::value::{Json, Kind, Raw, Record, Truth};
use jiff::Timestamp;
use jiff::tz::Offset;
use std::collections::BTreeMap;

/// What a check may look at besides the record.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    /// The plan, for the names of sets.
    pub(super) plan: &'a Plan,
    /// Sets filled by lower levels, by their index.
    pub(super) sets: &'a [SetValues],
    /// Point in time of the assessment.
    pub(super) as_of: Timestamp,
    /// The organisation's plan, where somebody said it.
    pub(super) organization_plan: Option<OrganizationPlan>,
    /// Why exports count for nothing at that point in time.
    pub(super) stale: &'a Stale,
    /// Exports that are not there, or count for nothing.
    pub(super) awaited: &'a Awaited,
}

impl<'a> Context<'a> {
    /// The control at `place` in the plan, if its records are looked at.
    pub(super) fn evaluated(self, place: usize) -> Option<Evaluated<'a>> {
        Evaluated::of(&self.plan.controls[place], self.organization_plan)
    }
}

/// What a leaf of a check says of a value, an absent one included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaf {
    Known(bool),
    Absent,
    WrongType,
    TimeInFuture,
    /// The day that a deadline counts from lies in the future.
    DayInFuture,
    SetNotWhole,
    /// The day that a deadline is counted from is not known.
    NoDeadline,
    /// The whole set does not tell when it happened.
    NotDated,
}

impl Leaf {
    fn truth(self) -> Truth {
        match self {
            Leaf::Known(holds) => Truth::from(holds),
            Leaf::Absent
            | Leaf::WrongType
            | Leaf::TimeInFuture
            | Leaf::DayInFuture
            | Leaf::SetNotWhole
            | Leaf::NoDeadline
            | Leaf::NotDated => Truth::Unknown,
        }
    }
}

impl From<Verdict> for Leaf {
    fn from(verdict: Verdict) -> Leaf {
        match verdict {
            Verdict::True => Leaf::Known(true),
            Verdict::False => Leaf::Known(false),
            Verdict::WrongType => Leaf::WrongType,
            Verdict::TimeInFuture => Leaf::TimeInFuture,
        }
    }
}

/// What `check` says of `record`, or of an element inside one.
pub(super) fn truth(check: &Check, record: Record<'_>, context: Context<'_>) -> Truth {
    match check {
        Check::All(checks) => Truth::all(checks.iter().map(|check| truth(check, record, context))),
        Check::Any(checks) => Truth::any(checks.iter().map(|check| truth(check, record, context))),
        Check::Not(check) => truth(check, record, context).not(),
        Check::Elements {
            path,
            quantifier,
            expect,
            missing,
            ..
        } => {
            let nodes = path.relative.eval(record);
            if nodes.is_empty() && !nodes.is_complete() {
                return if_absent(*missing);
            }
            // The path leads to the records of the list, not to the list.
            let truths = nodes
                .values()
                .map(|element| truth(expect, element, context));
            quantified(
                *quantifier,
                truths.chain((!nodes.is_complete()).then_some(Truth::Unknown)),
            )
        }
        Check::Test { .. } | Check::InSet { .. } => leaves(check, record, context).0,
        Check::Unset { .. } => Truth::Unknown,
    }
}

/// Filters that the populations of one scan share, each under a number.
///
/// Two that are written alike mean the same: a filter names fields of the record and literals, and nothing
/// that differs between controls.
#[derive(Default)]
pub(super) struct SharedFilters<'p>(BTreeMap<&'p str, usize>);

impl<'p> SharedFilters<'p> {
    /// The numbers of the filters among `parts`, in their order.
    pub(super) fn numbers(&mut self, parts: &'p [Part]) -> Vec<Option<usize>> {
        let number = |part: &'p Part| match &part.check {
            PartCheck::Filter(conjunct) => {
                let next = self.0.len();
                Some(*self.0.entry(conjunct.text()).or_insert(next))
            }
            PartCheck::Condition(_) => None,
        };
        parts.iter().map(number).collect()
    }
}

/// What filters said of one record: each is asked once, however many populations share it.
#[derive(Default)]
pub(super) struct Answers(Vec<Option<Truth>>);

impl Answers {
    /// Another record comes.
    pub(super) fn forget(&mut self) {
        self.0.fill(None);
    }

    /// Whether `record` meets `part`, whose filter has this `number`.
    pub(super) fn part_truth(
        &mut self,
        number: Option<usize>,
        part: &Part,
        record: Record<'_>,
        context: Context<'_>,
    ) -> Truth {
        let Some(number) = number else {
            return part_truth(part, record, context);
        };
        if self.0.len() <= number {
            self.0.resize(number + 1, None);
        }
        *self.0[number].get_or_insert_with(|| part_truth(part, record, context))
    }
}

/// Whether a record meets one part of a population.
pub(super) fn part_truth(part: &Part, record: Record<'_>, context: Context<'_>) -> Truth {
    match &part.check {
        PartCheck::Filter(conjunct) => conjunct.truth(record),
        PartCheck::Condition(check) => truth(check, record, context),
    }
}

/// An absent value is unknown, or not met if the control says so. Never met.
fn if_absent(missing: Missing) -> Truth {
    match missing {
        Missing::Unknown => Truth::Unknown,
        Missing::Fail => Truth::False,
    }
}

fn quantified(quantifier: Quantifier, truths: impl Iterator<Item = Truth>) -> Truth {
    match quantifier {
        Quantifier::One | Quantifier::Each => Truth::all(truths),
        Quantifier::Some => Truth::any(truths),
    }
}

/// The truth of a `Test` or `InSet`, and the first leaf that is not known.
fn leaves(check: &Check, record: Record<'_>, context: Context<'_>) -> (Truth, Option<Leaf>) {
    let (path, quantifier, missing) = match check {
        Check::Test {
            path,
            quantifier,
            missing,
            ..
        }
        | Check::InSet {
            path,
            quantifier,
            missing,
            ..
        } => (path, *quantifier, *missing),
        _ => unreachable!("asked only of tests and memberships"),
    };
    let judge = |value: Raw<'_>| match check {
        Check::Test { test, .. } => Leaf::from(test.test(value, context.as_of)),
        Check::InSet {
            set,
            deadline: Some(deadline),
            ..
        } => {
            let day = day_of(&deadline.of, record);
            let until = day.and_then(|day| {
                Some((earliest_of(day)?, working_days_after(day, deadline.within)?))
            });
            let tomorrow = Offset::UTC
                .to_datetime(context.as_of)
                .date()
                .tomorrow()
                .ok();
            let set = &context.sets[set.0];
            let told = until.map(|(since, until)| set.happened_until(value.text(), since, until));
            match told {
                None => Leaf::NoDeadline,
                // What is still to come cannot have been followed.
                Some(_) if day > tomorrow.or(day) => Leaf::DayInFuture,
                Some(Until::InTime) => Leaf::Known(true),
                Some(Until::Later) => Leaf::Known(false),
                Some(Until::Open) => Leaf::SetNotWhole,
                Some(Until::NotTold | Until::Before) => Leaf::NotDated,
            }
        }
        Check::InSet { set, negated, .. } => match context.sets[set.0].holds(value.text()) {
            Truth::True => Leaf::Known(!negated),
            Truth::False => Leaf::Known(*negated),
            Truth::Unknown => Leaf::SetNotWhole,
        },
        _ => unreachable!("asked only of tests and memberships"),
    };
    let mut doubt = None;
    let mut note = |leaf: Leaf| {
        let truth = leaf.truth();
        if truth == Truth::Unknown {
            doubt.get_or_insert(leaf);
        }
        truth
    };
    let truth = match quantifier {
        Quantifier::One => match one(path, record) {
            One::Value(value) => note(judge(value)),
            // Known to be none, because something above it is `null`.
            One::Nothing => note(judge(Raw::of_canonical("null"))),
            One::Absent => match missing {
                Missing::Unknown => note(Leaf::Absent),
                Missing::Fail => Truth::False,
            },
        },
        Quantifier::Each | Quantifier::Some => {
            let nodes = path.relative.eval(record);
            if nodes.is_empty() && !nodes.is_complete() {
                match missing {
                    Missing::Unknown => note(Leaf::Absent),
                    Missing::Fail => Truth::False,
                }
            } else {
                let rest = (!nodes.is_complete()).then_some(Leaf::Absent);
                let truths = nodes
                    .values()
                    .flat_map(spread)
                    .map(|value| judge(Raw::of_canonical(value.text())))
                    // What an incomplete list might hold besides is unknown.
                    .chain(rest)
                    .map(&mut note);
                quantified(quantifier, truths)
            }
        }
    };
    (truth, doubt)
}

/// The elements of a list; `null`, known to be none, has no elements; any other value is its own element.
pub(super) fn spread(value: Record<'_>) -> impl Iterator<Item = Record<'_>> {
    let own = match value.kind() {
        Kind::Array | Kind::Null => None,
        Kind::Boolean | Kind::Number | Kind::Text | Kind::Object => Some(value),
    };
    value.elements().chain(own)
}

/// The one value of a singular path.
pub(super) enum One<'a> {
    /// It is there.
    Value(Raw<'a>),
    /// It is known not to be there.
    Nothing,
    /// Nobody knows.
    Absent,
}

/// The value that `path` leads to.
pub(super) fn one<'a>(path: &FieldPath, record: Record<'a>) -> One<'a> {
    let nodes = path.relative.eval(record);
    match nodes.first() {
        Some(value) => One::Value(Raw::of_canonical(value.text())),
        None if nodes.is_complete() => One::Nothing,
        None => One::Absent,
    }
}

/// Why `check` is unknown of `record`: every leaf that leaves it open.
pub(super) fn doubts<'c>(
    check: &'c Check,
    record: Record<'_>,
    context: Context<'c>,
    doubts_so_far: &mut Vec<Doubt<'c>>,
) {
    if truth(check, record, context) != Truth::Unknown {
        return;
    }
    match check {
        Check::All(checks) | Check::Any(checks) => {
            for check in checks {
                doubts(check, record, context, doubts_so_far);
            }
        }
        Check::Not(check) => doubts(check, record, context, doubts_so_far),
        Check::Unset { parameter, .. } => {
            doubts_so_far.push(Doubt::Unset { parameter });
        }
        Check::Elements { path, expect, .. } => {
            let nodes = path.relative.eval(record);
            if !nodes.is_complete() {
                doubts_so_far.push(Doubt::of_absent(path));
            }
            for element in nodes.values() {
                doubts(expect, element, context, doubts_so_far);
            }
        }
        Check::Test { path, .. } | Check::InSet { path, .. } => {
            let (_, doubt) = leaves(check, record, context);
            let field = &path.text;
            doubts_so_far.extend(match doubt {
                Some(Leaf::Absent) => Some(Doubt::of_absent(path)),
                Some(Leaf::NoDeadline) => match check {
                    Check::InSet {
                        deadline: Some(deadline),
                        ..
                    } => Some(Doubt::of_absent(&deadline.of)),
                    _ => None,
                },
                Some(Leaf::DayInFuture) => match check {
                    Check::InSet {
                        deadline: Some(deadline),
                        ..
                    } => Some(Doubt::TimeInFuture {
                        field: &deadline.of.text,
                    }),
                    _ => None,
                },
                Some(Leaf::NotDated) => match check {
                    Check::InSet { set, .. } => Some(Doubt::NotDated {
                        set: &context.plan.sets[set.0].name,
                    }),
                    _ => None,
                },
                Some(Leaf::WrongType) => Some(Doubt::WrongType { field }),
                Some(Leaf::TimeInFuture) => Some(Doubt::TimeInFuture { field }),
                Some(Leaf::SetNotWhole) => match check {
                    Check::InSet { set, .. } => Some(Doubt::SetNotWhole { set: *set }),
                    _ => None,
                },
                Some(Leaf::Known(_)) | None => None,
            });
        }
    }
}

/// Why it is unknown whether `record` meets `part`.
pub(super) fn part_doubts<'c>(
    part: &'c Part,
    record: Record<'_>,
    context: Context<'c>,
    doubts_so_far: &mut Vec<Doubt<'c>>,
) {
    match &part.check {
        PartCheck::Condition(check) => doubts(check, record, context, doubts_so_far),
        PartCheck::Filter(conjunct) => {
            if conjunct.truth(record) != Truth::Unknown {
                return;
            }
            for name in conjunct.fields() {
                if record.member(name).is_none() {
                    doubts_so_far.push(Doubt::Absent {
                        field: name,
                        root: name,
                    });
                }
            }
        }
    }
}

/// Whether `value` is in the list that a control expects.
pub(super) fn expected_holds(
    expected: &Expected,
    value: Raw<'_>,
    context: Context<'_>,
) -> Option<Truth> {
    match expected {
        Expected::Values { values, .. } => Some(Truth::from(value.as_text().is_some_and(|text| {
            values
                .binary_search_by(|entry| entry.as_str().cmp(&text))
                .is_ok()
        }))),
        Expected::Set { set, .. } => Some(context.sets[set.0].holds(value.text())),
        Expected::Unset { .. } => None,
    }
}

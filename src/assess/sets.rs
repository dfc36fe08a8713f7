//! Named sets: values that are surely in, values that may be, and whether that is all.

use super::check::{self, Context};
use crate::control::FieldPath;
use crate::plan::{NamedActions, PlannedSet};
use crate::value::{Json, Kind, Record, Truth};
use jiff::civil::{Date, Weekday};
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The values of one set, as canonical JSON text, so that a value in a record is looked up as it stands.
///
/// The hash order is never seen: values go in and are asked for, and `sure` is sorted where it is listed.
#[derive(Debug, Default)]
pub(super) struct SetValues {
    sure: HashSet<Box<str>>,
    maybe: HashSet<Box<str>>,
    /// Records that may hold values that were not seen.
    unseen: u64,
    /// Whether the dataset is whole.
    is_dataset_whole: bool,
    /// Whether nobody asks what is in it, so that it was not filled.
    is_unasked: bool,
    /// Whether it is open alike for every subject: made from a list that nobody gave or that is not whole,
    /// or of actions that an incomplete list of actions leaves open.
    is_open_alike: bool,
    /// Of a set that tells when: the last day, in UTC, on which each value that is surely in it happened.
    last: HashMap<Box<str>, Date>,
    /// Of a set of actions: the ids and names that it was asked for, as written, by what an action is to have.
    asked: BTreeMap<String, String>,
    /// Those of them that an action has.
    resolved: BTreeSet<String>,
}

/// What a set says of when a value happened at the last, beside a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    InTime,
    Later,
    /// Nothing tells of the value since the day that is counted from: what happened before it may have been undone.
    Before,
    /// The set is not whole.
    Open,
    /// Nothing in the whole set tells of the value.
    NotTold,
}

/// The day in UTC that `at` tells of `record`; `None` if it is not known, or known to be none.
pub(super) fn day_of(at: &FieldPath, record: Record<'_>) -> Option<Date> {
    let check::One::Value(value) = check::one(at, record) else {
        return None;
    };
    let text = value.as_text()?;
    match text.parse::<Timestamp>() {
        Ok(time) => Some(Offset::UTC.to_datetime(time).date()),
        Err(_) => text.parse().ok(),
    }
}

/// The day that lies so many working days after `day`: Monday to Friday, whatever the public holidays. `None` beyond
/// the calendar.
pub(super) fn working_days_after(day: Date, count: u64) -> Option<Date> {
    let mut day = day;
    // From a weekend the days are counted as from the Friday before it.
    while count > 0 && is_weekend(day) {
        day = day.yesterday().ok()?;
    }
    // Whole weeks first, so that a large number costs nothing.
    let weeks = i32::try_from(count / 5).ok()?;
    let mut day = day.checked_add(weeks.weeks()).ok()?;
    for _ in 0..count % 5 {
        day = day.tomorrow().ok()?;
        while is_weekend(day) {
            day = day.tomorrow().ok()?;
        }
    }
    Some(day)
}

/// The earliest day whose happenings are of `day`, the one that is counted from: the day before it, since a day begins
/// earlier elsewhere than in UTC; of a day on a weekend that before its Friday. `None` before the calendar.
pub(super) fn earliest_of(day: Date) -> Option<Date> {
    let mut day = day;
    while is_weekend(day) {
        day = day.yesterday().ok()?;
    }
    day.yesterday().ok()
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

impl SetValues {
    /// An empty set over a dataset that is whole or not.
    pub(super) fn new(is_dataset_whole: bool) -> SetValues {
        SetValues {
            is_dataset_whole,
            ..SetValues::default()
        }
    }

    /// An empty set over a list that nobody gave, or that is not whole.
    pub(super) fn of_open_list() -> SetValues {
        SetValues {
            is_open_alike: true,
            ..SetValues::default()
        }
    }

    /// A set that nobody asks: it is not filled, and were it asked it would know nothing.
    pub(super) fn unasked() -> SetValues {
        SetValues {
            is_unasked: true,
            ..SetValues::default()
        }
    }

    /// Whether nobody asks what is in it.
    pub(super) fn is_unasked(&self) -> bool {
        self.is_unasked
    }

    /// A set of the actions that `named` means. What is named is in it as an id, whatever the list of actions says.
    pub(super) fn of_actions(named: &NamedActions, is_dataset_whole: bool) -> SetValues {
        let id = |name: &String| serde_json::Value::from(name.as_str()).to_string().into();
        SetValues {
            sure: named.words.values().map(id).collect(),
            is_dataset_whole,
            is_open_alike: !is_dataset_whole,
            asked: named.words.clone(),
            ..SetValues::default()
        }
    }

    /// Whether it is open alike for every subject, so that one finding says it of all.
    pub(super) fn is_open_alike(&self) -> bool {
        self.is_open_alike
    }

    /// Ids and names that no action has, ascending.
    pub(super) fn unresolved(&self) -> impl Iterator<Item = &String> {
        let asked = self.asked.iter();
        asked.filter_map(|(lower, written)| (!self.resolved.contains(lower)).then_some(written))
    }

    /// Takes what `record` adds.
    pub(super) fn add(&mut self, set: &PlannedSet, record: Record<'_>, context: Context<'_>) {
        if let Some(named) = &set.actions {
            return self.add_action(named, record);
        }
        let mut belongs = Truth::True;
        for part in &set.population.parts {
            belongs = belongs.and(check::part_truth(part, record, context));
            if belongs == Truth::False {
                return;
            }
        }
        let day = set.at.as_ref().map(|at| day_of(at, record));
        if day == Some(None) {
            // It happened, and nobody knows when.
            belongs = belongs.and(Truth::Unknown);
        }
        let nodes = set.take.relative.eval(record);
        self.unseen += u64::from(!nodes.is_complete());
        let values = nodes.values().flat_map(check::spread);
        for value in values.filter(|value| value.kind() != Kind::Null) {
            self.put(belongs, value);
            if let (Some(Some(day)), Truth::True) = (day, belongs) {
                self.put_day(value.text(), day);
            }
        }
    }

    fn put_day(&mut self, text: &str, day: Date) {
        match self.last.get_mut(text) {
            Some(last) => *last = day.max(*last),
            None => drop(self.last.insert(text.into(), day)),
        }
    }

    /// Whether the value with this canonical text happened from `since` on, and until `day` at the last. What is not in
    /// the set has no day, and what is not whole may hold a later one.
    pub(super) fn happened_until(&self, text: &str, since: Date, day: Date) -> Until {
        match self.last.get(text) {
            Some(last) if *last > day => Until::Later,
            _ if !self.is_whole() || self.maybe.contains(text) => Until::Open,
            Some(last) if *last < since => Until::Before,
            Some(_) => Until::InTime,
            None => Until::NotTold,
        }
    }

    /// Takes the action `record` if its id or its name is among those `named`. One without a name may have any that
    /// no other action turns out to have.
    fn add_action(&mut self, named: &NamedActions, record: Record<'_>) {
        let text = |field: &str| record.member(field).and_then(Json::as_text);
        let (id, name) = (text("id"), text("display_name"));
        let meant = named.had_by(id.as_deref(), name.as_deref());
        let belongs = match meant.is_empty() {
            false => Truth::True,
            true if name.is_none() => Truth::Unknown,
            true => return,
        };
        self.resolved.extend(meant);
        if let Some(id) = record.member("id") {
            self.put(belongs, id);
        }
    }

    fn put(&mut self, belongs: Truth, value: Record<'_>) {
        let values = match belongs {
            Truth::True => &mut self.sure,
            Truth::Unknown | Truth::False => &mut self.maybe,
        };
        if !values.contains(value.text()) {
            values.insert(value.text().into());
        }
    }

    /// Joins what another part of the dataset added.
    pub(super) fn join(&mut self, other: SetValues) {
        self.sure.extend(other.sure);
        self.maybe.extend(other.maybe);
        self.unseen += other.unseen;
        self.resolved.extend(other.resolved);
        for (text, day) in other.last {
            self.put_day(&text, day);
        }
    }

    /// Whether nothing can be in it that was not seen.
    pub(super) fn is_whole(&self) -> bool {
        self.is_dataset_whole && self.unseen == 0
    }

    /// Whether its dataset is whole, over all the time that it asks about.
    pub(super) fn is_dataset_whole(&self) -> bool {
        self.is_dataset_whole
    }

    /// Records of its dataset that may belong to it, and whose value is not known.
    pub(super) fn unseen(&self) -> u64 {
        self.unseen
    }

    /// Whether the value with this canonical text is in it.
    pub(super) fn holds(&self, text: &str) -> Truth {
        if self.sure.contains(text) {
            Truth::True
        } else if self.is_whole() && !self.may_hold(text) {
            Truth::False
        } else {
            Truth::Unknown
        }
    }

    /// Whether the value with this canonical text may be in it. Where every name is that of some action, an action
    /// without a name is none of them.
    fn may_hold(&self, text: &str) -> bool {
        let is_resolved = !self.asked.is_empty() && self.unresolved().next().is_none();
        !is_resolved && self.maybe.contains(text)
    }

    /// Whether a record put the value with this canonical text in, surely or perhaps.
    pub(super) fn has(&self, text: &str) -> bool {
        self.sure.contains(text) || self.maybe.contains(text)
    }

    /// Values that are surely in it, as plain text, ascending.
    pub(super) fn sure_texts(&self) -> Vec<String> {
        let mut texts: Vec<String> = self
            .sure
            .iter()
            .map(|text| {
                crate::value::Raw::of_canonical(text)
                    .as_text()
                    .map_or_else(|| text.to_string(), |plain| plain.into_owned())
            })
            .collect();
        texts.sort();
        texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn working_days_are_counted_from_monday_to_friday_and_from_the_friday_before_a_weekend() {
        // 2026-11-05 is a Thursday.
        for (day, count, wanted) in [
            ("2026-11-05", 0, "2026-11-05"),
            ("2026-11-05", 1, "2026-11-06"),
            ("2026-11-05", 2, "2026-11-09"),
            ("2026-11-06", 1, "2026-11-09"),
            ("2026-11-07", 0, "2026-11-07"),
            ("2026-11-07", 1, "2026-11-09"),
            ("2026-11-08", 1, "2026-11-09"),
            ("2026-11-08", 5, "2026-11-13"),
            ("2026-11-05", 5, "2026-11-12"),
            ("2026-11-05", 12, "2026-11-23"),
        ] {
            let day: Date = day.parse().expect("a date");
            let until = working_days_after(day, count).map(|day| day.to_string());
            assert_eq!(until.as_deref(), Some(wanted), "{count} after {day}");
        }
        let day: Date = "2026-11-05".parse().expect("a date");
        assert_eq!(working_days_after(day, u64::MAX), None);
        // Thursday, Friday, Saturday, Sunday, Monday.
        for (day, wanted) in [
            ("2026-11-05", "2026-11-04"),
            ("2026-11-06", "2026-11-05"),
            ("2026-11-07", "2026-11-05"),
            ("2026-11-08", "2026-11-05"),
            ("2026-11-09", "2026-11-08"),
        ] {
            let day: Date = day.parse().expect("a date");
            let earliest = earliest_of(day).map(|day| day.to_string());
            assert_eq!(earliest.as_deref(), Some(wanted), "{day}");
        }
    }
}

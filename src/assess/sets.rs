//! Named sets: values that are surely in, values that may be, and whether that is all.

use super::check::{self, Context};
use crate::plan::PlannedSet;
use crate::value::{Json, Kind, Record, Truth};
use std::collections::HashSet;

/// The values of one set, as canonical JSON text, so that a value in a record is looked up as it stands.
///
/// The hash order is never seen: values go in and are asked for, and `sure` is sorted where it is listed.
#[derive(Debug, Default)]
pub(super) struct SetValues {
    sure: HashSet<Box<str>>,
    maybe: HashSet<Box<str>>,
    /// Whether a record may hold values that were not seen.
    is_open: bool,
    /// Whether the dataset is whole.
    is_dataset_whole: bool,
    /// Whether it is made from a list that nobody gave, or that is not whole.
    is_of_open_list: bool,
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
            is_of_open_list: true,
            ..SetValues::default()
        }
    }

    /// Whether it is made from a list that nobody gave, or that is not whole: then it is open alike for every subject
    /// that is not found in it.
    pub(super) fn is_of_open_list(&self) -> bool {
        self.is_of_open_list
    }

    /// Takes what `record` adds.
    pub(super) fn add(&mut self, set: &PlannedSet, record: Record<'_>, context: Context<'_>) {
        let mut belongs = Truth::True;
        for part in &set.population.parts {
            belongs = belongs.and(check::part_truth(part, record, context));
            if belongs == Truth::False {
                return;
            }
        }
        let nodes = set.take.relative.eval(record);
        self.is_open |= !nodes.is_complete();
        for value in nodes.values() {
            match value.kind() {
                Kind::Null => {}
                Kind::Array => value
                    .elements()
                    .for_each(|element| self.put(belongs, element)),
                Kind::Boolean | Kind::Number | Kind::Text | Kind::Object => {
                    self.put(belongs, value);
                }
            }
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
        self.is_open |= other.is_open;
    }

    /// Whether nothing can be in it that was not seen.
    pub(super) fn is_whole(&self) -> bool {
        self.is_dataset_whole && !self.is_open
    }

    /// Whether the value with this canonical text is in it.
    pub(super) fn holds(&self, text: &str) -> Truth {
        if self.sure.contains(text) {
            Truth::True
        } else if self.is_whole() && !self.maybe.contains(text) {
            Truth::False
        } else {
            Truth::Unknown
        }
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

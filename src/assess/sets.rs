//! Named sets: values that are surely in, values that may be, and whether that is all.

use super::check::{self, Context};
use crate::plan::PlannedSet;
use crate::value::{Json, Kind, Record, Truth};
use std::collections::{BTreeMap, BTreeSet, HashSet};

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
    /// Whether it is open alike for every subject: made from a list that nobody gave, or of actions that an
    /// incomplete list of actions leaves open.
    is_open_alike: bool,
    /// Of a set of actions: the ids and names that it was asked for, by the same in lower case.
    asked: BTreeMap<String, String>,
    /// Those of them that an action has, as its id or as its name, in lower case.
    resolved: BTreeSet<String>,
}

impl SetValues {
    /// An empty set over a dataset that is whole or not.
    pub(super) fn new(is_dataset_whole: bool) -> SetValues {
        SetValues {
            is_dataset_whole,
            ..SetValues::default()
        }
    }

    /// A set over a list that nobody gave.
    pub(super) fn not_supplied() -> SetValues {
        SetValues {
            is_open_alike: true,
            ..SetValues::default()
        }
    }

    /// A set of the actions that `named` means. What is named is in it as an id, whatever the list of actions says.
    pub(super) fn of_actions(
        named: &BTreeMap<String, String>,
        is_dataset_whole: bool,
    ) -> SetValues {
        let id = |name: &String| serde_json::Value::from(name.as_str()).to_string().into();
        SetValues {
            sure: named.values().map(id).collect(),
            is_dataset_whole,
            is_open_alike: !is_dataset_whole,
            asked: named.clone(),
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

    /// Takes the action `record` if its id or its name is among those `named`. One without a name may have any that
    /// no other action turns out to have.
    fn add_action(&mut self, named: &BTreeMap<String, String>, record: Record<'_>) {
        let lower = |field: &str| -> Option<String> {
            let text = record.member(field)?.as_text()?;
            Some(text.trim().to_lowercase())
        };
        let (id, name) = (lower("id"), lower("display_name"));
        let is_nameless = name.is_none();
        let mut meant = [id, name]
            .into_iter()
            .flatten()
            .filter(|word| named.contains_key(word))
            .peekable();
        let belongs = match meant.peek() {
            Some(_) => Truth::True,
            None if is_nameless => Truth::Unknown,
            None => return,
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
        self.is_open |= other.is_open;
        self.resolved.extend(other.resolved);
    }

    /// Whether nothing can be in it that was not seen.
    pub(super) fn is_whole(&self) -> bool {
        self.is_dataset_whole && !self.is_open
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

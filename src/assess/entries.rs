//! What a control lists: findings, or the observations that a finding rests on, however many there are.

use super::spill::{Gathered, Run, RunReader, SpillError};
use super::subject::CONTROL_ITSELF;
use super::{Finding, Observation, Outcome, Reason};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::ser::{Error as _, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::error::Error as _;

/// Findings or observations of one control, by outcome, then by subject id. Few are held, many stand on disk until
/// the last of their readers is gone. It reads and is written as a list.
///
/// INVARIANT (order): where there are runs, `held` and each of them are in `order`. A finding on the control itself is
/// held.
#[derive(Clone, Debug)]
pub struct Entries<T> {
    held: Vec<T>,
    runs: Vec<Run>,
}

/// A finding, or an observation.
pub trait Entry: Clone + From<Finding> {
    /// How it came out.
    fn outcome(&self) -> Outcome;
    /// Id of its subject.
    fn subject(&self) -> &str;
    /// What tells it from others of the same outcome and subject, which only a list with repeated ids has.
    fn rest(&self) -> (&str, &str, &[u8], &[Reason]);
}

impl Entry for Finding {
    fn outcome(&self) -> Outcome {
        self.outcome
    }

    fn subject(&self) -> &str {
        &self.subject
    }

    fn rest(&self) -> (&str, &str, &[u8], &[Reason]) {
        (
            &self.label,
            &self.message,
            self.evidence.packed(),
            &self.reasons,
        )
    }
}

impl Entry for Observation {
    fn outcome(&self) -> Outcome {
        self.outcome
    }

    fn subject(&self) -> &str {
        &self.subject
    }

    fn rest(&self) -> (&str, &str, &[u8], &[Reason]) {
        (
            &self.label,
            &self.message,
            self.evidence.packed(),
            &self.reasons,
        )
    }
}

/// By outcome, then by subject; of the same subject in an order that depends on nothing but the entries.
pub(super) fn order<T: Entry>(a: &T, b: &T) -> Ordering {
    let first = (a.outcome(), a.subject()).cmp(&(b.outcome(), b.subject()));
    first.then_with(|| a.rest().cmp(&b.rest()))
}

impl<T: Entry> Entries<T> {
    /// How many there are.
    pub fn len(&self) -> u64 {
        self.held.len() as u64 + self.runs.iter().map(Run::len).sum::<u64>()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many have this outcome.
    pub fn count(&self, outcome: Outcome) -> u64 {
        let held = self.held.iter().filter(|entry| entry.outcome() == outcome);
        let on_disk = self.runs.iter().map(|run| run.count(outcome));
        held.count() as u64 + on_disk.sum::<u64>()
    }

    /// All of them, if none is on disk: so it is where nobody asked for a [`Spill`](super::Spill).
    pub fn held(&self) -> Option<&[T]> {
        self.runs.is_empty().then_some(&self.held)
    }

    /// Each of them, in order.
    pub fn read(&self) -> Reading<'_, T> {
        Reading(match self.held() {
            Some(held) => Source::Held(held.iter()),
            None => Source::Merged(Merge::new(self)),
        })
    }

    /// Those on the control itself.
    pub fn on_control(&self) -> impl Iterator<Item = &T> {
        // INVARIANT (order).
        let held = self.held.iter();
        held.filter(|entry| entry.subject() == CONTROL_ITSELF)
    }

    /// Takes others in.
    pub(super) fn extend(&mut self, others: impl IntoIterator<Item = T>) {
        self.held.extend(others);
        self.held.sort_by(order);
    }
}

impl<T> Default for Entries<T> {
    fn default() -> Entries<T> {
        Vec::new().into()
    }
}

/// In memory, in the order that they have.
impl<T> From<Vec<T>> for Entries<T> {
    fn from(held: Vec<T>) -> Entries<T> {
        Entries {
            held,
            runs: Vec::new(),
        }
    }
}

impl<T> FromIterator<T> for Entries<T> {
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        entries.into_iter().collect::<Vec<T>>().into()
    }
}

impl From<Gathered> for Entries<Finding> {
    fn from(mut gathered: Gathered) -> Entries<Finding> {
        gathered.held.sort_by(order);
        Entries {
            runs: gathered.runs,
            ..gathered.held.into()
        }
    }
}

impl From<Entries<Finding>> for Entries<Observation> {
    fn from(findings: Entries<Finding>) -> Entries<Observation> {
        Entries {
            held: findings.held.into_iter().map(Observation::from).collect(),
            runs: findings.runs,
        }
    }
}

/// Two lists of which one cannot be read are not equal.
impl<T: Entry + PartialEq> PartialEq for Entries<T> {
    fn eq(&self, other: &Entries<T>) -> bool {
        self.len() == other.len()
            && self.read().zip(other.read()).all(|pair| match pair {
                (Ok(own), Ok(others)) => own == others,
                _ => false,
            })
    }
}

impl<T: Entry + Serialize> Serialize for Entries<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let unreadable = |error: SpillError| match error.source() {
            Some(source) => S::Error::custom(format!("{error}: {source}")),
            None => S::Error::custom(error),
        };
        let mut list = serializer.serialize_seq(usize::try_from(self.len()).ok())?;
        for entry in self.read() {
            list.serialize_element(&*entry.map_err(unreadable)?)?;
        }
        list.end()
    }
}

impl<'de, T: Entry + Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<T>::deserialize(deserializer).map(Entries::from)
    }
}

impl<T: JsonSchema> JsonSchema for Entries<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Vec::<T>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<T>::json_schema(generator)
    }
}

/// One reading of [`Entries`].
#[derive(Debug)]
pub struct Reading<'e, T: Entry>(Source<'e, T>);

#[derive(Debug)]
enum Source<'e, T: Entry> {
    Held(std::slice::Iter<'e, T>),
    Merged(Merge<'e, T>),
}

impl<'e, T: Entry> Iterator for Reading<'e, T> {
    type Item = Result<Cow<'e, T>, SpillError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Source::Held(held) => held.next().map(|entry| Ok(Cow::Borrowed(entry))),
            Source::Merged(merge) => merge.next().transpose(),
        }
    }
}

/// Runs and what is held, merged as they are read.
#[derive(Debug)]
struct Merge<'e, T: Entry> {
    held: std::slice::Iter<'e, T>,
    runs: Vec<RunReader<'e>>,
    /// The next entry of each; `None` before the first one is asked for.
    heads: Option<BinaryHeap<Head<'e, T>>>,
}

/// The next entry of a run; of what is held, where `run` is `None`.
#[derive(Debug)]
struct Head<'e, T: Entry> {
    entry: Cow<'e, T>,
    run: Option<usize>,
}

impl<'e, T: Entry> Merge<'e, T> {
    fn new(entries: &'e Entries<T>) -> Merge<'e, T> {
        let together = entries.runs.len();
        Merge {
            held: entries.held.iter(),
            runs: entries.runs.iter().map(|run| run.read(together)).collect(),
            heads: None,
        }
    }

    fn next(&mut self) -> Result<Option<Cow<'e, T>>, SpillError> {
        let mut heads = match self.heads.take() {
            Some(heads) => heads,
            None => {
                let runs = (0..self.runs.len()).map(Some);
                let heads = runs.chain([None]).map(|run| self.head(run));
                let heads: Result<Vec<_>, _> = heads.collect();
                heads?.into_iter().flatten().collect()
            }
        };
        let Some(first) = heads.pop() else {
            self.heads = Some(heads);
            return Ok(None);
        };
        heads.extend(self.head(first.run)?);
        self.heads = Some(heads);
        Ok(Some(first.entry))
    }

    fn head(&mut self, run: Option<usize>) -> Result<Option<Head<'e, T>>, SpillError> {
        let entry = match run {
            Some(place) => {
                let finding = self.runs[place].next()?;
                finding.map(|finding| Cow::Owned(finding.into()))
            }
            None => self.held.next().map(Cow::Borrowed),
        };
        Ok(entry.map(|entry| Head { entry, run }))
    }
}

impl<T: Entry> PartialEq for Head<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T: Entry> Eq for Head<'_, T> {}

impl<T: Entry> PartialOrd for Head<'_, T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Entry> Ord for Head<'_, T> {
    /// The first entry is the greatest, since that is what a heap gives.
    fn cmp(&self, other: &Self) -> Ordering {
        order(&*other.entry, &*self.entry)
    }
}

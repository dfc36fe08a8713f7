//! Controls + parameter values -> plan: what to look at, in which scan, and what to ask there.
//!
//! A dataset is scanned once however many controls look at it, and once more for each level of sets
//! that depend on other sets. Nothing is evaluated here; that is left to `assess`.

mod compile;
mod fields;
mod label;
mod parameters;
mod procedure;
mod scans;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::catalog::{DatasetRef, FieldRef, InputSchema};
use crate::control::{
    Answer, ChangeEvent, Control, ControlId, EvidenceFile, FieldPath, Missing, OnEmpty,
    ParameterType, Percent, Quantifier, Relation, ScalarType, UNSET,
};
use crate::diagnostic::{Place, Problems};
use crate::jsonpath::Conjunct;
use crate::operator::{Operator, Test};
use crate::profile::Statement;
use crate::value::Duration;

pub use parameters::ParameterValues;

/// What an assessment will do.
#[derive(Debug)]
pub struct Plan {
    /// Every control, in order of its id.
    pub controls: Vec<PlannedControl>,
    /// Every named set of every control; a set stands after the sets that it needs.
    pub sets: Vec<PlannedSet>,
    /// Every pass over a dataset, by level, then in the catalog's order.
    pub scans: Vec<Scan>,
    /// Every list that is read, in order of its name: what all controls together need of it.
    pub inputs: BTreeMap<String, Arc<InputSchema>>,
    /// What the profile did, if one was used.
    pub profile: Option<Statement>,
}

impl Plan {
    /// Plans `controls`, with the values that users gave to parameters.
    ///
    /// # Errors
    /// A value is of the wrong type, out of bounds, no operand of its operator, or for a parameter that no
    /// control has.
    pub fn new(controls: Vec<Control>, values: &ParameterValues) -> Result<Plan, Problems> {
        compile::plan(controls, values)
    }

    /// `dataset` as its records are read: of a list, with every field that any control declares.
    pub fn dataset(&self, dataset: &DatasetRef) -> DatasetRef {
        let list = self.inputs.get(dataset.name()).map(Arc::clone);
        list.map_or_else(|| dataset.clone(), DatasetRef::Input)
    }

    /// The same plan, made from what a profile left of a library.
    #[must_use]
    pub fn with_profile(self, statement: Statement) -> Plan {
        Plan {
            profile: Some(statement),
            ..self
        }
    }
}

/// Place of a set in [`Plan::sets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetIndex(pub usize);

/// One pass over a dataset, which serves several sets and controls.
#[derive(Clone, Debug)]
pub struct Scan {
    /// The dataset.
    pub dataset: DatasetRef,
    /// Fields that its steps test or take, in the catalog's order, always with `id`. What a finding
    /// shows besides stands in [`PlannedControl::shown`].
    pub fields: Vec<String>,
    /// 0 needs no set; a higher level needs sets that lower levels have filled.
    pub level: usize,
    /// What the pass serves: sets first, then controls.
    pub steps: Vec<StepRef>,
}

/// One thing that a scan serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepRef {
    /// Fill this set.
    Set(SetIndex),
    /// Test the subjects of `controls[n]`.
    Control(usize),
}

/// A control with its parameters' values put in.
#[derive(Debug)]
pub struct PlannedControl {
    /// The control as written.
    pub control: Control,
    /// Its parameters, in the control's order.
    pub parameters: Vec<ResolvedParameter>,
    /// Which records are its subjects; `None` exactly where a person answers.
    pub population: Option<Population>,
    /// Which of those are left out: stated reason and condition, in the control's order.
    pub exclusions: Vec<Exclusion>,
    /// What the subjects, or their number, must meet.
    pub requirement: Requirement,
    /// What a whole and empty population comes to; `None` where the requirement is a count or a
    /// comparison with a list, which say so themselves, or a question.
    pub on_empty: Option<OnEmpty>,
    /// Every set that it needs, also through other sets, ascending.
    pub sets: Vec<SetIndex>,
    /// Fields of a subject that the requirement tests, in the order in which the control names them.
    pub tested: Vec<FieldRef>,
    /// Fields that a finding shows besides: the label, the control's `evidence`, fields that its message
    /// names. In the catalog's order, without those tested.
    pub shown: Vec<FieldRef>,
}

impl PlannedControl {
    /// Id of the control.
    pub fn id(&self) -> &ControlId {
        &self.control.id
    }

    /// Names of the fields that decide about it, each with its dataset. `sets` are those of its plan.
    pub fn fields_read(&self, sets: &[PlannedSet]) -> BTreeSet<(String, String)> {
        fields::fields_read(self, sets)
    }

    /// Names of the fields of its subjects that decide about it.
    pub fn fields_of_subjects(&self) -> BTreeSet<String> {
        let population = self.population.as_ref();
        population.map_or_else(BTreeSet::new, |population| {
            fields::fields_of_subjects(self, population)
        })
    }

    /// What was done, in one sentence made from the control itself.
    pub fn procedure(&self, as_of: Timestamp) -> String {
        procedure::procedure(self, as_of)
    }

    /// What it asks, in one sentence made from the control itself, without a point in time.
    pub fn sentence(&self) -> String {
        let sentence = procedure::sentence(self);
        let mut letters = sentence.chars();
        match letters.next() {
            Some(first) => first.to_uppercase().chain(letters).collect(),
            None => sentence,
        }
    }

    /// Its title, parameters filled in.
    pub fn title(&self) -> String {
        let title = &self.control.title;
        title
            .render(&Value::Object(self.text_values()))
            .unwrap_or_else(|_| title.source().to_owned())
    }

    /// Parameters by name, for [`Text::render`](crate::control::Text::render); one without a value is the
    /// words "(not set)".
    pub fn text_values(&self) -> Map<String, Value> {
        text_values(&self.parameters)
    }
}

fn text_values(parameters: &[ResolvedParameter]) -> Map<String, Value> {
    parameters
        .iter()
        .map(|parameter| {
            let value = match (&parameter.value, parameter.kind) {
                (None, _) => Value::from(UNSET),
                // As a sentence says it: "5 days".
                (Some(Value::String(text)), ParameterType::One(ScalarType::Duration)) => {
                    let span = text.parse::<Duration>();
                    span.map_or_else(|_| text.clone(), Duration::in_words)
                        .into()
                }
                (Some(value), _) => value.clone(),
            };
            (parameter.name.clone(), value)
        })
        .collect()
}

/// A left-out part of a population.
#[derive(Debug)]
pub struct Exclusion {
    /// The stated reason.
    pub reason: String,
    /// Records that meet this are left out.
    pub check: Check,
}

/// A parameter with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolvedParameter {
    /// Name.
    pub name: String,
    /// Type of its value.
    pub kind: ParameterType,
    /// What it means.
    pub about: String,
    /// The value; `None` if it has neither a value nor a default.
    pub value: Option<Value>,
    /// The control's own default.
    pub default: Option<Value>,
    /// `default`, `unset`, or the words of whoever set it.
    pub origin: String,
    /// Whether the value asks less than the default.
    pub is_weaker: bool,
    /// Why the value is what it is, if whoever set it said so.
    pub why: Option<String>,
}

/// Which records are looked at: those of a dataset that meet every part.
#[derive(Debug)]
pub struct Population {
    /// The dataset.
    pub dataset: DatasetRef,
    /// The selector as written.
    pub selector: String,
    /// Fields that the selector's filter looks at, ascending.
    pub fields: Vec<String>,
    /// What a record must meet, in the order in which a ledger counts it: a record outside counts under
    /// the first part that it does not meet. Empty: every record.
    pub parts: Vec<Part>,
}

/// One thing that a record of a population meets.
#[derive(Debug)]
pub struct Part {
    /// In words: "claim_status is managed".
    pub label: String,
    /// Where it is written.
    pub place: Place,
    /// What to ask.
    pub check: PartCheck,
}

/// A part of a population: from its selector or from its `where`.
#[derive(Debug)]
pub enum PartCheck {
    /// One `&&` operand of the selector's filter.
    Filter(Conjunct),
    /// One entry of `where`.
    Condition(Check),
}

/// What a control asks.
#[derive(Debug)]
pub enum Requirement {
    /// Every subject meets this.
    Expect(Check),
    /// A part of the subjects meets this.
    Share {
        /// What a subject meets.
        expect: Check,
        /// The least part.
        at_least: ShareBound,
    },
    /// The number of subjects is within bounds; at least one of the two is there.
    Count {
        /// Least number.
        at_least: Option<Bound>,
        /// Greatest number.
        at_most: Option<Bound>,
    },
    /// No value has more subjects than so many within any span of time of a given length.
    Frequency {
        /// The value that subjects are counted by.
        per: FieldPath,
        /// When a subject happened.
        time: FieldPath,
        /// Length of the span; `None` rests on a parameter that has no value.
        within: Option<Duration>,
        /// Greatest number.
        at_most: Bound,
    },
    /// The subjects' values are those of a list.
    Members {
        /// The value of a subject.
        by: FieldPath,
        /// How both sides compare.
        relation: Relation,
        /// The other side.
        expected: Expected,
    },
    /// A person answers.
    Attest(Question),
}

/// The least part of a population.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShareBound {
    /// This part.
    Percent(Percent),
    /// A parameter that has no value: whatever rests on it is unknown.
    Unset {
        /// The parameter.
        parameter: String,
    },
}

/// What a person is asked, with parameters put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The question itself.
    pub text: String,
    /// The answer that meets the requirement.
    pub expected: Answer,
    /// Where to look and what to keep; may be empty.
    pub guide: String,
    /// Whether the answer needs a file beside it.
    pub file: EvidenceFile,
    /// How long an answer counts; `None` rests on a parameter that has no value.
    pub valid_for: Option<Duration>,
    /// Changes after which an answer no longer counts.
    pub stale_after: Vec<ChangeEvent>,
    /// Minutes that an answer takes.
    pub minutes: u32,
}

/// One bound of a count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// This number.
    Number(u64),
    /// A parameter that has no value: whatever rests on it is unknown.
    Unset {
        /// The parameter.
        parameter: String,
    },
}

/// The list that subjects are compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// These values, normalised as the field is.
    Values {
        /// Each once, ascending.
        values: Vec<String>,
        /// Those that were given more than once, ascending.
        repeated: Vec<String>,
    },
    /// The members of a set.
    Set {
        /// The set.
        set: SetIndex,
        /// Its name.
        name: String,
    },
    /// A parameter that has no value.
    Unset {
        /// The parameter.
        parameter: String,
    },
}

/// A named set: one path's values over the records of a population.
#[derive(Debug)]
pub struct PlannedSet {
    /// Name in the control's `let`.
    pub name: String,
    /// The control that names it: place in [`Plan::controls`].
    pub control: usize,
    /// The records that it is taken from.
    pub population: Population,
    /// What is taken of each.
    pub take: FieldPath,
    /// When it happened, where the set tells that.
    pub at: Option<FieldPath>,
    /// Actions that a condition names: then the actions of `event_actions` belong to it that one of them means. `None`
    /// for a set of `let`.
    pub actions: Option<NamedActions>,
    /// Sets that must be filled before.
    pub needs: Vec<SetIndex>,
    /// 0 if it needs no set, else one more than the highest level of those.
    pub level: usize,
}

impl PlannedSet {
    /// Names of the fields that decide what belongs to it, and of what is taken.
    pub fn fields_read(&self) -> BTreeSet<String> {
        fields::fields_of_set(self)
    }
}

/// Actions of the audit log, as a control names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedActions {
    /// What each is called, as written, by what an action of `event_actions` is to have.
    pub words: BTreeMap<String, String>,
    /// What that is.
    pub by: ActionWord,
}

/// What of an action a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionWord {
    /// Its id or its name for people, in any case; the word stands in lower case.
    IdOrName,
    /// Its id, as it is written.
    Id,
    /// Its name for people, as it is written.
    Name,
}

impl NamedActions {
    /// Those of `words` that an action with this id and this name has, as they stand there.
    pub fn had_by(&self, id: Option<&str>, name: Option<&str>) -> Vec<String> {
        let lower = |text: &str| text.trim().to_lowercase();
        let had = match self.by {
            ActionWord::IdOrName => [id.map(lower), name.map(lower)],
            ActionWord::Id => [id.map(str::to_owned), None],
            ActionWord::Name => [name.map(str::to_owned), None],
        };
        let had = had.into_iter().flatten();
        had.filter(|word| self.words.contains_key(word)).collect()
    }
}

/// Something to ask of a record, or of an element of one of its lists.
#[derive(Debug)]
pub enum Check {
    /// False if any is false, else unknown if any is unknown, else true. Never empty.
    All(Vec<Check>),
    /// True if any is true, else unknown if any is unknown, else false. Never empty.
    Any(Vec<Check>),
    /// True and false swapped, unknown kept.
    Not(Box<Check>),
    /// An operator on the values of a path.
    Test {
        /// Where the values are.
        path: FieldPath,
        /// How many must meet it.
        quantifier: Quantifier,
        /// The operator, for explanations.
        operator: &'static Operator,
        /// The same with its operand.
        test: Box<dyn Test>,
        /// What an absent value comes to.
        missing: Missing,
        /// In words: "last_active_at is within the last 90 days".
        label: String,
    },
    /// Membership in a set: found is true; not found is false if the set is whole, else unknown. `null`
    /// is in no set.
    InSet {
        /// Where the values are.
        path: FieldPath,
        /// How many must meet it.
        quantifier: Quantifier,
        /// The set.
        set: SetIndex,
        /// `not_in`: true and false swapped.
        negated: bool,
        /// Until when it must have happened at the last: true if so, false if it happened later, unknown if the set
        /// does not tell when.
        deadline: Option<Box<Deadline>>,
        /// What an absent value comes to.
        missing: Missing,
        /// In words.
        label: String,
    },
    /// Conditions on the records of a list, each looked at as a whole.
    Elements {
        /// Where the records are.
        path: FieldPath,
        /// How many must meet it: `Each` or `Some`.
        quantifier: Quantifier,
        /// What to ask of one.
        expect: Box<Check>,
        /// What an absent list comes to.
        missing: Missing,
        /// In words.
        label: String,
    },
    /// A test that rests on a parameter without a value: always unknown.
    Unset {
        /// Where the values are.
        path: FieldPath,
        /// The parameter.
        parameter: String,
        /// The test in words.
        label: String,
    },
}

/// A day until which something must have happened: so many working days after a day that the record tells.
#[derive(Debug)]
pub struct Deadline {
    /// The day to count from.
    pub of: FieldPath,
    /// Working days: Monday to Friday, in UTC.
    pub within: u64,
}

impl Check {
    /// The check in words.
    pub fn label(&self) -> String {
        label::check(self)
    }

    /// Calls `each` for every check in it that looks at values itself.
    pub fn leaves<'c>(&'c self, each: &mut dyn FnMut(&'c Check)) {
        match self {
            Check::All(checks) | Check::Any(checks) => {
                checks.iter().for_each(|check| check.leaves(each));
            }
            Check::Not(inner) => inner.leaves(each),
            Check::Elements { expect, .. } => expect.leaves(each),
            Check::Test { .. } | Check::InSet { .. } | Check::Unset { .. } => each(self),
        }
    }

    /// Where it is written: of several, the first.
    pub fn place(&self) -> &Place {
        match self {
            Check::All(checks) | Check::Any(checks) => checks
                .first()
                .expect("joined checks are never empty")
                .place(),
            Check::Not(inner) => inner.place(),
            Check::Test { path, .. }
            | Check::InSet { path, .. }
            | Check::Elements { path, .. }
            | Check::Unset { path, .. } => &path.place,
        }
    }
}

#[cfg(test)]
mod tests;

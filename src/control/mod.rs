//! YAML to controls: read, parsed, words and types checked, every problem shown at once.
//!
//! What comes out is checked whole: every dataset, field, word, operator, set and parameter that a
//! [`Control`] names exists and fits. Putting parameter values in is left to `plan`, looking at
//! records to `assess`.

mod builtin;
mod cases;
mod framework;
mod input;
mod load;
mod parameter;
mod parse;
mod path;
mod reference;
mod scaffold;
pub(crate) mod schema;
mod text;
mod words;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde_json::Value;

use crate::catalog::{DatasetRef, FieldRef, FieldType, InputSchema};
use crate::diagnostic::{Place, reader};
use crate::jsonpath::{RelativePath, Selection};
use crate::operator::Operator;
use crate::value::Duration;

pub use builtin::{builtin, builtin_cases};
pub use cases::{
    Case, CaseExpectation, CaseFile, CaseLists, CaseOutcome, Survivor, read_cases, read_cases_with,
};
pub use framework::{Framework, Frameworks, ListedCriterion};
pub(crate) use input::read_schema;
pub use load::{ReadError, frameworks, load, load_with, read_case_files, read_file, read_files};
pub use parameter::{
    NotAPercent, Parameter, ParameterType, ParameterValue, Percent, ScalarType, Weaker, WrongValue,
};
pub(crate) use parse::from_tree;
pub use reference::reference_page;
pub use scaffold::{Scaffold, scaffold};
pub use schema::{
    CASE_SCHEMA_FILE, CONTROL_SCHEMA_FILE, FRAMEWORK_SCHEMA_FILE, case_schema, control_schema,
    framework_schema,
};
pub use text::{POPULATION_COUNTS, Text, TextError, UNSET};
pub use words::{Answer, MappingStrength, OrganizationPlan, Severity, UnknownPlan};

/// A requirement that subjects of one dataset are tested for, or that a person answers for.
#[derive(Clone, Debug)]
pub struct Control {
    /// Its name: that of its file.
    pub id: ControlId,
    /// Short reference for workpapers.
    pub code: Option<String>,
    /// The requirement in one sentence.
    pub title: Text,
    /// How bad it is when it fails.
    pub severity: Severity,
    /// Tags, as written.
    pub tags: Vec<String>,
    /// Who answers for it, if it says so.
    pub owner: Option<String>,
    /// Revision, from 1.
    pub revision: u32,
    /// Why it matters.
    pub rationale: Text,
    /// What it does not show.
    pub not_tested: Text,
    /// How to repair.
    pub remediation: Text,
    /// How a person checks the number in the console.
    pub check_yourself: Text,
    /// Pages of the vendor: `https` addresses.
    pub references: Vec<String>,
    /// Criteria that it contributes evidence to, by framework.
    pub maps_to: BTreeMap<String, Vec<Criterion>>,
    /// The frameworks of `maps_to`, in the same order.
    pub frameworks: Vec<Arc<Framework>>,
    /// The least plan of the organisation on which it applies; `None` applies on any.
    pub requires_plan: Option<OrganizationPlan>,
    /// What a user may set, in the order written.
    pub parameters: Vec<Parameter>,
    /// Lists that it declares, in the order written.
    pub inputs: Vec<Arc<InputSchema>>,
    /// Named sets, in the order written; none needs itself, however far around.
    pub sets: Vec<NamedSet>,
    /// Which records are its subjects; `None` where a person answers ([`Requirement::Attest`]) and no
    /// record is looked at.
    pub population: Option<Population>,
    /// Which of those are left out, in the order written.
    pub exclusions: Vec<Exclusion>,
    /// What is asked.
    pub requirement: Requirement,
    /// What a whole and empty population comes to; only `expect` and `share` say so.
    pub on_empty: Option<OnEmpty>,
    /// What a finding says; without one, `assess` words it from the condition.
    pub message: Option<Text>,
    /// Fields that a finding shows besides those tested.
    pub evidence: Vec<FieldRef>,
    /// Where it is written.
    pub source: ControlSource,
}

impl Control {
    /// The dataset of its population, if it has one.
    pub fn dataset(&self) -> Option<&DatasetRef> {
        self.population
            .as_ref()
            .map(|population| &population.dataset)
    }

    /// The lists that its cases may give rows of: those that it declares, and of `outside`, which it may read
    /// undeclared, the others.
    pub fn lists(&self, outside: &[Arc<InputSchema>]) -> CaseLists {
        let others = outside.iter().filter(|list| {
            let mut own = self.inputs.iter();
            !own.any(|own| own.name() == list.name())
        });
        CaseLists::Known(self.inputs.iter().chain(others).cloned().collect())
    }
}

/// Id of a control: lower-case words and numbers joined by `-`, at most [`ControlId::LENGTH_MAX`] bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ControlId(Box<str>); // INVARIANT (control id): made only by `FromStr`.

impl ControlId {
    /// Bytes that an id may have.
    pub const LENGTH_MAX: usize = 64;

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ControlId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is no id of a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an id is lower-case words and numbers joined by `-`, at most {} bytes",
    ControlId::LENGTH_MAX
)]
pub struct NotAnId;

impl FromStr for ControlId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<ControlId, NotAnId> {
        let is_word = |word: &str| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if text.len() <= ControlId::LENGTH_MAX && text.split('-').all(is_word) {
            Ok(ControlId(text.into()))
        } else {
            Err(NotAnId)
        }
    }
}

/// A criterion of a framework that a control contributes evidence to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criterion {
    /// Id in the framework: `CC6.2`.
    pub id: String,
    /// How much it contributes.
    pub strength: MappingStrength,
    /// A note; empty if there is none.
    pub note: String,
}

/// Which records are looked at.
#[derive(Clone, Debug)]
pub struct Population {
    /// The dataset.
    pub dataset: DatasetRef,
    /// The selector as written.
    pub text: String,
    /// The same: a JSONPath of the dataset and one filter, or none.
    pub selection: Selection,
    /// Where each conjunct of the selection's filter is written.
    pub conjunct_places: Vec<Place>,
    /// `where`: further conditions; all must hold.
    pub conditions: Vec<Condition>,
}

/// A part of the population that is left out.
#[derive(Clone, Debug)]
pub struct Exclusion {
    /// The stated reason; may name parameters.
    pub reason: Text,
    /// Where the reason is written.
    pub place: Place,
    /// Which records it leaves out; all must hold. Never empty.
    pub conditions: Vec<Condition>,
}

/// A named set: one path's values over some records.
#[derive(Clone, Debug)]
pub struct NamedSet {
    /// Name, as used in `in: $name`.
    pub name: String,
    /// The records.
    pub population: Population,
    /// What is taken of each.
    pub take: FieldPath,
    /// When it happened, where the set tells that.
    pub at: Option<FieldPath>,
    /// Places in [`Control::sets`] of the sets that its conditions use, ascending.
    pub needs: Vec<usize>,
}

/// What a control asks.
#[derive(Clone, Debug)]
pub enum Requirement {
    /// Every subject meets all of these. Never empty.
    Expect(Vec<Condition>),
    /// A part of the subjects meets all of these.
    Share {
        /// What a subject meets. Never empty.
        expect: Vec<Condition>,
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
        per: Box<FieldPath>,
        /// When a subject happened.
        time: Box<FieldPath>,
        /// Length of the span.
        within: Span,
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
    /// A person answers a question, since no API tells.
    Attest(Question),
}

/// The least part of a population that meets a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareBound {
    /// This part, more than nothing.
    Percent(Percent),
    /// The value of a parameter: place in [`Control::parameters`].
    Parameter(usize),
}

/// What a person is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// The question itself.
    pub text: Text,
    /// The answer that meets the requirement.
    pub expected: Answer,
    /// Where to look and what to keep; may be empty.
    pub guide: Text,
    /// Whether the answer needs a file beside it.
    pub file: EvidenceFile,
    /// How long an answer counts.
    pub valid_for: Span,
    /// Changes that the audit log may tell of, after which an answer no longer counts. As written.
    pub stale_after: Vec<ChangeEvent>,
    /// Minutes that an answer takes, as `tickmark todo` adds them up.
    pub minutes: u32,
}

/// A change of a setting, as the organisation's audit log tells of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangeEvent {
    /// Id of the action, or its name for people: `event_actions` says which id has which name.
    pub action: String,
    /// Of an action that changes any setting: the name of the one that is meant.
    pub setting: Option<String>,
}

impl fmt::Display for ChangeEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.setting {
            Some(setting) => write!(f, "{}, setting {setting}", self.action),
            None => f.write_str(&self.action),
        }
    }
}

/// Whether an answer needs a file that shows it: a screenshot, an export, minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvidenceFile {
    /// Without a file the answer does not count.
    Required,
    /// The answer alone counts too.
    Optional,
}

/// A span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// This long.
    Duration(Duration),
    /// The value of a parameter: place in [`Control::parameters`].
    Parameter(usize),
}

/// One bound of a count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// This number.
    Number(u64),
    /// The value of a parameter: place in [`Control::parameters`].
    Parameter(usize),
}

/// How the subjects' values compare with a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Neither side has a value that the other lacks.
    Equals,
    /// The subjects have no value that the list lacks.
    SubsetOf,
    /// The list has no value that the subjects lack.
    SupersetOf,
}

/// The list that subjects are compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// These values, normalised as the field is.
    Values(Vec<String>),
    /// A parameter: place in [`Control::parameters`].
    Parameter(usize),
    /// A set: place in [`Control::sets`].
    Set(usize),
}

/// What a whole and empty population comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnEmpty {
    /// The requirement is met.
    Pass,
    /// The requirement is not met.
    Fail,
    /// There is nothing to test.
    NotApplicable,
}

/// Something to ask of a record, or of an element of one of its lists.
#[derive(Clone, Debug)]
pub enum Condition {
    /// All must hold. Never empty.
    All(Vec<Condition>),
    /// One must hold. Never empty.
    Any(Vec<Condition>),
    /// It must not hold.
    Not(Box<Condition>),
    /// An operator on the values of a path.
    Test {
        /// Where the values are.
        path: FieldPath,
        /// How many must meet it.
        quantifier: Quantifier,
        /// The operator.
        operator: &'static Operator,
        /// Its operand.
        operand: Operand,
        /// What an absent value comes to.
        missing: Missing,
    },
    /// Membership in a named set.
    InSet {
        /// Where the values are.
        path: FieldPath,
        /// How many must meet it.
        quantifier: Quantifier,
        /// Place in [`Control::sets`].
        set: usize,
        /// Whether `not_in` was asked.
        negated: bool,
        /// Until when it must have happened, by what the set tells.
        deadline: Option<Deadline>,
        /// What an absent value comes to.
        missing: Missing,
    },
    /// Conditions on the records of a list; all must hold for one record.
    Elements {
        /// Where the records are.
        path: FieldPath,
        /// How many must meet it: `Each` or `Some`.
        quantifier: Quantifier,
        /// What to ask of one. Never empty.
        expect: Vec<Condition>,
        /// What an absent list comes to.
        missing: Missing,
    },
}

/// A day until which something must have happened: so many working days after a day that the record tells.
#[derive(Clone, Debug)]
pub struct Deadline {
    /// The day to count from.
    pub of: FieldPath,
    /// Working days: Monday to Friday, in UTC.
    pub within: Bound,
}

/// A path from a record, or from an element of one of its lists, that the catalog knows.
#[derive(Clone, Debug)]
pub struct FieldPath {
    /// From the record, for readers, also where `relative` starts at an element:
    /// `product_access[*].key`.
    pub text: String,
    /// The field of the record that it starts in.
    pub root: FieldRef,
    /// Type of the values that it leads to. Records of a list have the type of the list.
    pub kind: FieldType,
    /// From the record, or inside [`Condition::Elements`] from the element.
    pub relative: RelativePath,
    /// Where it is written; with one operator of several, where that one is.
    pub place: Place,
}

/// How many of a path's values must meet a test. Where some values are absent, those that are known
/// may still decide: one false makes `Each` false, one true makes `Some` true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// The path leads to one value.
    One,
    /// All of them: true of a known empty list.
    Each,
    /// At least one: false of a known empty list.
    Some,
}

/// What an absent value comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// Unknown.
    #[default]
    Unknown,
    /// Not met.
    Fail,
}

/// How many of the last days `conditions` leave of records that happened at `time`, and where that is written: the
/// fewest, of several. Parameters have the values of `value_of`; what rests on one without a value says nothing.
pub(crate) fn days_left<'c>(
    conditions: &'c [Condition],
    time: &FieldPath,
    value_of: &dyn Fn(usize) -> Option<Value>,
) -> Option<(i64, &'c Operand)> {
    let days = |condition: &'c Condition| {
        let Condition::Test {
            path,
            operator,
            operand,
            ..
        } = condition
        else {
            return None;
        };
        let value = (path.text == time.text && operator.name == WITHIN_LAST_DAYS)
            .then(|| operand.value.resolve(value_of).ok())??;
        let span = || value.as_str()?.parse::<Duration>().ok()?.whole_days();
        let days = value.as_i64().or_else(|| span().map(i64::from))?;
        Some((days, operand))
    };
    conditions
        .iter()
        .filter_map(days)
        .min_by_key(|(days, _)| *days)
}

/// The operator that leaves the last days.
pub(crate) const WITHIN_LAST_DAYS: &str = "within_last_days";

/// What stands on the right of an operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    /// The value, with the parameters in it.
    pub value: OperandValue,
    /// Where it is written.
    pub place: Place,
}

/// An operand with parameters in it.
#[derive(Clone, Debug, PartialEq)]
pub enum OperandValue {
    /// A value as written.
    Literal(Value),
    /// The value of a parameter: place in [`Control::parameters`].
    Parameter(usize),
    /// A list of operands.
    List(Vec<OperandValue>),
    /// Named operands: the bounds of a size.
    Map(BTreeMap<String, OperandValue>),
}

impl OperandValue {
    /// The operand with parameters put in by `value_of`.
    ///
    /// # Errors
    /// The first parameter that has no value: its place in [`Control::parameters`].
    pub fn resolve(&self, value_of: &dyn Fn(usize) -> Option<Value>) -> Result<Value, usize> {
        match self {
            OperandValue::Literal(value) => Ok(value.clone()),
            OperandValue::Parameter(index) => value_of(*index).ok_or(*index),
            OperandValue::List(elements) => elements
                .iter()
                .map(|element| element.resolve(value_of))
                .collect::<Result<_, _>>()
                .map(Value::Array),
            OperandValue::Map(entries) => entries
                .iter()
                .map(|(key, value)| Ok((key.clone(), value.resolve(value_of)?)))
                .collect::<Result<_, _>>()
                .map(Value::Object),
        }
    }
}

impl OnEmpty {
    /// The word in a control.
    pub fn word(self) -> &'static str {
        match self {
            OnEmpty::Pass => "pass",
            OnEmpty::Fail => "fail",
            OnEmpty::NotApplicable => "not_applicable",
        }
    }
}

impl Relation {
    /// The word in a control.
    pub fn word(self) -> &'static str {
        match self {
            Relation::Equals => "equals",
            Relation::SubsetOf => "subset_of",
            Relation::SupersetOf => "superset_of",
        }
    }
}

/// Where a control is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlSource {
    /// The file, as given: `controls/accounts/accounts-idle.yaml`.
    pub file: String,
    /// First line of what decides (population to the requirement), counted from 1.
    pub first_line: u32,
    /// Last line of it.
    pub last_line: u32,
    /// SHA-256 of the file, in lower-case hexadecimal.
    pub sha256: String,
    /// Where the word for what is asked stands: `expect`, `count` or `members`.
    pub requirement: Place,
    /// Where the answer to an empty population stands, if it has one.
    pub on_empty: Option<Place>,
    /// Where the plan that it requires stands, if it requires one.
    pub requires: Option<Place>,
}

#[cfg(test)]
mod tests;

//! Operators: what a control may ask of one value. One file each, and the list of all.
//!
//! An operator sees a value that is there; absent values, lists of values and logic are left to the
//! evaluation. What an operator cannot judge (a wrong type, a time in the future) is unknown, never a
//! pass and never a fail.

// Operators.
mod equals;
mod not_equals;
mod r#in;
mod not_in;
mod set;
mod matches;
mod contains;
mod starts_with;
mod ends_with;
mod less_than;
mod at_most;
mod greater_than;
mod at_least;
mod between;
mod within_last_days;
mod older_than_days;
mod within_next_days;
mod more_than_days_ahead;
mod before;
mod after;
mod within_cidr;
mod prefix_at_least;
mod length;
mod action_named;

// What they share.
mod equality;
mod ip_range;
mod moment;
mod operand;
mod ordering;

use std::fmt::{self, Debug};
use std::ops::Range;

use jiff::Timestamp;
use serde_json::Value;

use crate::catalog::FieldType;
use crate::value::{Raw, Truth};

pub(crate) use action_named::NAME as ACTION_NAMED;
pub use operand::DAYS_MAX;

/// Every operator, in the order in which pages list them.
pub static OPERATORS: &[&Operator] = &[
    &equals::OPERATOR,
    &not_equals::OPERATOR,
    &r#in::OPERATOR,
    &not_in::OPERATOR,
    &set::OPERATOR,
    &matches::OPERATOR,
    &contains::OPERATOR,
    &starts_with::OPERATOR,
    &ends_with::OPERATOR,
    &less_than::OPERATOR,
    &at_most::OPERATOR,
    &greater_than::OPERATOR,
    &at_least::OPERATOR,
    &between::OPERATOR,
    &within_last_days::OPERATOR,
    &older_than_days::OPERATOR,
    &within_next_days::OPERATOR,
    &more_than_days_ahead::OPERATOR,
    &before::OPERATOR,
    &after::OPERATOR,
    &within_cidr::OPERATOR,
    &prefix_at_least::OPERATOR,
    &length::OPERATOR,
    &action_named::OPERATOR,
];

/// The operator called `name`, if there is one.
pub fn operator(name: &str) -> Option<&'static Operator> {
    OPERATORS
        .iter()
        .copied()
        .find(|operator| operator.name == name)
}

/// What a control may ask of one value.
pub struct Operator {
    /// Name in controls: snake_case, so that it reads after a field's name.
    pub name: &'static str,
    /// What makes it true, in one sentence.
    pub meaning: &'static str,
    /// What it says of `null`, which is known to be none.
    pub on_null: &'static str,
    /// Kinds of values that it can judge.
    pub judges: &'static [ValueKind],
    /// What must stand on its right.
    pub operand: OperandType,
    /// Values with operands and what they come to, also run as tests.
    pub examples: &'static [Example],
    /// Makes a test of an operand, once per control.
    pub compile: fn(&Value) -> Result<Box<dyn Test>, OperandProblem>,
    /// The test in words that read after a field's name: "is within the last 90 days".
    pub phrase: fn(&Value) -> String,
}

impl Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Operator({})", self.name)
    }
}

impl PartialEq for Operator {
    fn eq(&self, other: &Operator) -> bool {
        self.name == other.name
    }
}

/// A compiled operator with its operand.
pub trait Test: Send + Sync + Debug {
    /// Judges `value`, which is there; `as_of` is the point in time of the assessment.
    fn test(&self, value: Raw<'_>, as_of: Timestamp) -> Verdict;
}

/// What a test says of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// The value is not of a type that the test can judge: unknown.
    WrongType,
    /// The value is a time more than 24 hours beyond the point in time of the assessment: unknown.
    TimeInFuture,
}

impl Verdict {
    /// The verdict as logic: what cannot be judged is unknown.
    pub fn truth(self) -> Truth {
        match self {
            Verdict::True => Truth::True,
            Verdict::False => Truth::False,
            Verdict::WrongType | Verdict::TimeInFuture => Truth::Unknown,
        }
    }
}

impl From<bool> for Verdict {
    fn from(holds: bool) -> Verdict {
        if holds { Verdict::True } else { Verdict::False }
    }
}

/// Kinds of values, as operators tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// Text, ids, words, e-mail addresses, domain names.
    Text,
    /// Whole numbers.
    Number,
    /// true and false.
    Boolean,
    /// Timestamps and dates.
    Time,
    /// IP addresses and ranges.
    IpRange,
    /// Lists of plain values.
    List,
    /// Lists of records.
    Records,
}

impl ValueKind {
    /// The kind of a field's values.
    pub fn of(field: &FieldType) -> ValueKind {
        match field {
            FieldType::Text
            | FieldType::Id
            | FieldType::Email
            | FieldType::DomainName
            | FieldType::Word(_)
            | FieldType::OpenWord(_) => ValueKind::Text,
            FieldType::IpRange => ValueKind::IpRange,
            FieldType::Boolean => ValueKind::Boolean,
            FieldType::Integer => ValueKind::Number,
            FieldType::Timestamp | FieldType::Date => ValueKind::Time,
            FieldType::List(_) => ValueKind::List,
            FieldType::Records(_) => ValueKind::Records,
        }
    }
}

impl fmt::Display for ValueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ValueKind::Text => "text",
            ValueKind::Number => "numbers",
            ValueKind::Boolean => "booleans",
            ValueKind::Time => "times",
            ValueKind::IpRange => "IP ranges",
            ValueKind::List => "lists",
            ValueKind::Records => "lists of records",
        })
    }
}

/// What must stand on the right of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperandType {
    /// A value of the field's own type.
    LikeField,
    /// A list of values of the field's own type.
    ListLikeField,
    /// For a list: a value of its elements' type. For text: text.
    ElementOrText,
    /// true or false.
    Boolean,
    /// Text.
    Text,
    /// A regular expression.
    Pattern,
    /// A number.
    Number,
    /// Two numbers, the lesser first.
    NumberPair,
    /// A number of days, 0 or more, or a span of time of whole days: `90d`.
    Days,
    /// A timestamp or a date.
    Moment,
    /// One IP range in CIDR notation, or a list of them.
    Ranges,
    /// A prefix length, or one for each IP version.
    PrefixLength,
    /// A whole number, or bounds for one.
    Size,
}

impl OperandType {
    /// Whether a list may stand there.
    pub fn is_list(self) -> bool {
        match self {
            OperandType::ListLikeField | OperandType::NumberPair | OperandType::Ranges => true,
            OperandType::LikeField
            | OperandType::ElementOrText
            | OperandType::Boolean
            | OperandType::Text
            | OperandType::Pattern
            | OperandType::Number
            | OperandType::Days
            | OperandType::Moment
            | OperandType::PrefixLength
            | OperandType::Size => false,
        }
    }
}

impl fmt::Display for OperandType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OperandType::LikeField => f.write_str("a value of the field's own type, or `null`"),
            OperandType::ListLikeField => f.write_str(
                "a list of values of the field's own type, or a named list or set: `$name`",
            ),
            OperandType::ElementOrText => {
                f.write_str("for a list, a value of its elements' type; for text, text")
            }
            OperandType::Boolean => f.write_str("`true` or `false`"),
            OperandType::Text => f.write_str("text"),
            OperandType::Pattern => {
                f.write_str("a regular expression, in the syntax of Rust's `regex`")
            }
            OperandType::Number => f.write_str("a number"),
            OperandType::NumberPair => f.write_str("two numbers, the lesser first: `[2, 5]`"),
            OperandType::Days => write!(
                f,
                "a number of days, 0 to {DAYS_MAX}, or a span of whole days: `90d`"
            ),
            OperandType::Moment => {
                f.write_str("a day or a time: `2026-01-31` or `2026-01-31T00:00:00Z`")
            }
            OperandType::Ranges => {
                f.write_str("an IP range in CIDR notation, or a list of them: `10.0.0.0/8`")
            }
            OperandType::PrefixLength => f.write_str(
                "a number of bits, or one for each IP version: `{ ipv4: 24, ipv6: 48 }`",
            ),
            OperandType::Size => {
                f.write_str("a whole number, or bounds: `{ at_least: 1, at_most: 5 }`")
            }
        }
    }
}

/// An operand that the operator cannot take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperandProblem {
    /// What is wrong with it.
    pub message: String,
    /// What to write instead.
    pub help: String,
    /// Where inside the operand, if only a part of it is wrong.
    pub place: OperandPlace,
}

/// Part of an operand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperandPlace {
    /// All of it.
    Whole,
    /// One element of a list.
    Element(usize),
    /// One entry of a map.
    Entry(String),
    /// Bytes of a text.
    Bytes(Range<usize>),
}

/// A value, an operand and the verdict, for documentation and tests.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// The value as compact JSON.
    pub value: &'static str,
    /// The operand as JSON.
    pub operand: &'static str,
    /// What the test says, as of [`EXAMPLE_AS_OF`].
    pub verdict: Verdict,
}

/// Point in time of the examples.
pub const EXAMPLE_AS_OF: &str = "2026-03-10T12:00:00Z";

#[cfg(test)]
mod tests;

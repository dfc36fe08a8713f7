//! JSON as the engine looks at it: a small trait, and the difference between absent and `null`.
//!
//! *Absent* is the lack of a member (`member` gives `None`): not known. `null` is a value: known to be
//! none. Nothing in this crate turns one into the other except assembly, where the catalog says so.

use std::borrow::Cow;
use std::cmp::Ordering;

/// What a JSON value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`: known to be none.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// A string.
    Text,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// A JSON number, compared by its mathematical value.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// A whole number that fits 64 bits with sign.
    Integer(i64),
    /// Any other number.
    Float(f64),
}

impl Number {
    /// Order by mathematical value; `None` only where a NaN takes part, which JSON cannot write.
    pub fn compare(self, other: Number) -> Option<Ordering> {
        match (self, other) {
            (Number::Integer(a), Number::Integer(b)) => Some(a.cmp(&b)),
            (Number::Integer(a), Number::Float(b)) => (a as f64).partial_cmp(&b),
            (Number::Float(a), Number::Integer(b)) => a.partial_cmp(&(b as f64)),
            (Number::Float(a), Number::Float(b)) => a.partial_cmp(&b),
        }
    }
}

/// A view of one JSON value, cheap to copy; `'a` is the life of the text or tree behind it.
pub trait Json<'a>: Copy + 'a {
    /// Iterator over the elements of an array.
    type Elements: Iterator<Item = Self>;
    /// Iterator over the members of an object, in its own order.
    type Members: Iterator<Item = (Cow<'a, str>, Self)>;

    /// What the value is.
    fn kind(self) -> Kind;
    /// The boolean, if it is one.
    fn as_bool(self) -> Option<bool>;
    /// The number, if it is one.
    fn as_number(self) -> Option<Number>;
    /// The string without its escapes, if it is one; borrowed where it has none.
    fn as_text(self) -> Option<Cow<'a, str>>;
    /// The member called `name`; `None` if absent or if this is no object.
    fn member(self, name: &str) -> Option<Self>;
    /// Elements of an array; empty for anything else.
    fn elements(self) -> Self::Elements;
    /// Members of an object; empty for anything else.
    fn members(self) -> Self::Members;
    /// A copy as a tree, for findings, messages and output.
    fn to_value(self) -> serde_json::Value;
}

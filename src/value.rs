//! JSON as the engine looks at it: a small trait, and the difference between absent and `null`.
//!
//! *Absent* is the lack of a member (`member` gives `None`): not known. `null` is a value: known to be
//! none. Nothing in this crate turns one into the other except assembly, where the catalog says so.
//!
//! Three things can be looked at: a tree that serde_json read (`&serde_json::Value`, for what is
//! foreign), the text of a canonical line ([`Raw`]), and a canonical line of which only some fields
//! are wanted ([`Record`], for the hot path). [`Truth`] is what a condition over them comes to, and
//! [`Duration`] a span of time. [`sha256_hex`] names bytes by their digest.

mod digest;
mod duration;
mod raw;
mod record;

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

pub(crate) use digest::hex;
pub use digest::sha256_hex;
pub use duration::{Duration, NotADuration};
pub use raw::{NESTING_MAX, Raw, RawElements, RawMembers};
pub use record::{Projection, Record, RecordElements, RecordMembers, Slot};

/// Logic with three values: what a condition comes to when evidence may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// What is known does not settle it.
    Unknown,
}

impl Truth {
    /// False if either is false, else unknown if either is unknown, else true.
    #[must_use]
    pub fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::Unknown, _) | (_, Truth::Unknown) => Truth::Unknown,
            (Truth::True, Truth::True) => Truth::True,
        }
    }

    /// True if either is true, else unknown if either is unknown, else false.
    #[must_use]
    pub fn or(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::True, _) | (_, Truth::True) => Truth::True,
            (Truth::Unknown, _) | (_, Truth::Unknown) => Truth::Unknown,
            (Truth::False, Truth::False) => Truth::False,
        }
    }

    /// Swaps true and false, keeps unknown.
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "`!` on three values would read as if it were two"
    )]
    pub fn not(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
        }
    }

    /// [`and`](Truth::and) over all; true of none. Asks no further once one is false.
    pub fn all(truths: impl IntoIterator<Item = Truth>) -> Truth {
        let mut result = Truth::True;
        for truth in truths {
            result = result.and(truth);
            if result == Truth::False {
                break;
            }
        }
        result
    }

    /// [`or`](Truth::or) over all; false of none. Asks no further once one is true.
    pub fn any(truths: impl IntoIterator<Item = Truth>) -> Truth {
        let mut result = Truth::False;
        for truth in truths {
            result = result.or(truth);
            if result == Truth::True {
                break;
            }
        }
        result
    }
}

impl From<bool> for Truth {
    fn from(known: bool) -> Truth {
        if known { Truth::True } else { Truth::False }
    }
}

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
            (Number::Integer(a), Number::Float(b)) => compare_exactly(a, b),
            (Number::Float(a), Number::Integer(b)) => compare_exactly(b, a).map(Ordering::reverse),
            (Number::Float(a), Number::Float(b)) => a.partial_cmp(&b),
        }
    }
}

/// Compares without rounding `whole` to a float, which would make 2^53 and 2^53 + 1 equal.
fn compare_exactly(whole: i64, float: f64) -> Option<Ordering> {
    const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
    if float.is_nan() {
        None
    } else if float >= TWO_TO_63 {
        Some(Ordering::Less)
    } else if float < -TWO_TO_63 {
        Some(Ordering::Greater)
    } else {
        let floor = float.floor();
        // The floor is within the range just checked, so the cast is exact.
        let order = whole.cmp(&(floor as i64));
        let has_fraction = float > floor;
        Some(if order == Ordering::Equal && has_fraction {
            Ordering::Less
        } else {
            order
        })
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
    /// Whether it is the string `text`; at least as fast as comparing with [`as_text`](Json::as_text).
    fn is_text(self, text: &str) -> bool {
        self.as_text().is_some_and(|own| own == text)
    }
    /// The member called `name`; `None` if absent or if this is no object.
    fn member(self, name: &str) -> Option<Self>;
    /// Elements of an array; empty for anything else.
    fn elements(self) -> Self::Elements;
    /// Members of an object; empty for anything else.
    fn members(self) -> Self::Members;
    /// A copy as a tree, for findings, messages and output.
    fn to_value(self) -> serde_json::Value;
}

impl<'a> Json<'a> for &'a Value {
    type Elements = std::slice::Iter<'a, Value>;
    type Members = TreeMembers<'a>;

    fn kind(self) -> Kind {
        match self {
            Value::Null => Kind::Null,
            Value::Bool(_) => Kind::Boolean,
            Value::Number(_) => Kind::Number,
            Value::String(_) => Kind::Text,
            Value::Array(_) => Kind::Array,
            Value::Object(_) => Kind::Object,
        }
    }

    fn as_bool(self) -> Option<bool> {
        Value::as_bool(self)
    }

    fn as_number(self) -> Option<Number> {
        let number = match self {
            Value::Number(number) => number,
            _ => return None,
        };
        match number.as_i64() {
            Some(whole) => Some(Number::Integer(whole)),
            None => number.as_f64().map(Number::Float),
        }
    }

    fn as_text(self) -> Option<Cow<'a, str>> {
        self.as_str().map(Cow::Borrowed)
    }

    fn member(self, name: &str) -> Option<Self> {
        self.as_object()?.get(name)
    }

    fn elements(self) -> Self::Elements {
        match self {
            Value::Array(elements) => elements.iter(),
            _ => [].iter(),
        }
    }

    fn members(self) -> Self::Members {
        TreeMembers(self.as_object().map(serde_json::Map::iter))
    }

    fn to_value(self) -> Value {
        self.clone()
    }
}

/// Members of a tree's object, in the tree's order.
#[derive(Clone, Debug)]
pub struct TreeMembers<'a>(Option<serde_json::map::Iter<'a>>);

impl<'a> Iterator for TreeMembers<'a> {
    type Item = (Cow<'a, str>, &'a Value);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, value) = self.0.as_mut()?.next()?;
        Some((Cow::Borrowed(name.as_str()), value))
    }
}

#[cfg(test)]
pub(crate) mod tests;

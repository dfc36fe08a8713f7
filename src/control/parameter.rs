//! What a user may set in a control, and the types that it may have.

use std::fmt;

use jiff::civil::Date;
use serde_json::Value;

use crate::catalog::FieldType;
use crate::diagnostic::Place;
use crate::diagnostic::yaml::{Kind, Node};
use crate::operator::OperandType;

/// Something that a user may set.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Name, as used in `$name` and `{{ name }}`.
    pub name: String,
    /// Type of its value.
    pub kind: ParameterType,
    /// The control's own value; without one, what rests on it is unknown until it is set.
    pub default: Option<Value>,
    /// Least value of a number.
    pub minimum: Option<Value>,
    /// Greatest value of a number.
    pub maximum: Option<Value>,
    /// Which change of the value asks less than the default; `None` if that cannot be said.
    pub weaker: Option<Weaker>,
    /// What it means, after "`name` =".
    pub about: String,
    /// Where its name is written.
    pub place: Place,
}

/// Which change of a parameter's value makes its control ask less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weaker {
    /// A greater number, percentage or date; `true`; a list with an entry that the default lacks.
    Higher,
    /// A smaller number, percentage or date; `false`; a list without an entry that the default has.
    Lower,
}

/// Type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterType {
    /// One value.
    One(ScalarType),
    /// `list of …`: any number of values, also none.
    ListOf(ScalarType),
}

/// Type of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarType {
    /// Text.
    Text,
    /// An e-mail address; trimmed, ASCII lower case.
    Email,
    /// A domain name; trimmed, ASCII lower case.
    Domain,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `98%` or `99.5%`, 0 to 100, at most two decimals; kept as it is written.
    Percent,
    /// true or false.
    Boolean,
    /// `YYYY-MM-DD`.
    Date,
}

impl ScalarType {
    const ALL: [(&'static str, ScalarType); 8] = [
        ("text", ScalarType::Text),
        ("email", ScalarType::Email),
        ("domain", ScalarType::Domain),
        ("integer", ScalarType::Integer),
        ("number", ScalarType::Number),
        ("percent", ScalarType::Percent),
        ("boolean", ScalarType::Boolean),
        ("date", ScalarType::Date),
    ];

    fn is_numeric(self) -> bool {
        matches!(self, ScalarType::Integer | ScalarType::Number)
    }

    /// Whether a value of this type is one of a field of type `field`.
    fn is_like(self, field: &FieldType) -> bool {
        match field {
            FieldType::Text
            | FieldType::Id
            | FieldType::Word(_)
            | FieldType::OpenWord(_)
            | FieldType::IpRange => self == ScalarType::Text,
            FieldType::Email => matches!(self, ScalarType::Text | ScalarType::Email),
            FieldType::DomainName => matches!(self, ScalarType::Text | ScalarType::Domain),
            FieldType::Boolean => self == ScalarType::Boolean,
            FieldType::Integer => self.is_numeric(),
            FieldType::Timestamp | FieldType::Date => self == ScalarType::Date,
            FieldType::List(_) | FieldType::Records(_) => false,
        }
    }
}

impl fmt::Display for ScalarType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = ScalarType::ALL
            .iter()
            .find_map(|(word, kind)| (kind == self).then_some(*word));
        f.write_str(word.unwrap_or_default())
    }
}

impl fmt::Display for ParameterType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParameterType::One(scalar) => scalar.fmt(f),
            ParameterType::ListOf(scalar) => write!(f, "list of {scalar}"),
        }
    }
}

impl ParameterType {
    /// Every type, as written in a control.
    pub fn all() -> Vec<(String, ParameterType)> {
        let types = ScalarType::ALL.iter().map(|(_, scalar)| *scalar);
        types
            .clone()
            .map(ParameterType::One)
            .chain(types.map(ParameterType::ListOf))
            .map(|kind| (kind.to_string(), kind))
            .collect()
    }

    /// Whether its value may stand as `operand`, of an operator on a field of type `field`.
    pub(super) fn fits(self, operand: OperandType, field: &FieldType) -> bool {
        use ParameterType::{ListOf, One};
        match (operand, self) {
            (OperandType::LikeField, One(scalar)) => scalar.is_like(field),
            (OperandType::ListLikeField, ListOf(scalar)) => scalar.is_like(field),
            (OperandType::ElementOrText, One(scalar)) => match field {
                FieldType::List(element) => scalar.is_like(element),
                _ => scalar == ScalarType::Text,
            },
            (OperandType::Boolean, One(scalar)) => scalar == ScalarType::Boolean,
            (OperandType::Text | OperandType::Pattern, One(scalar)) => scalar == ScalarType::Text,
            (OperandType::Number, One(scalar)) => scalar.is_numeric(),
            (OperandType::NumberPair, ListOf(scalar)) => scalar.is_numeric(),
            (OperandType::Days | OperandType::PrefixLength | OperandType::Size, One(scalar)) => {
                scalar == ScalarType::Integer
            }
            (OperandType::Moment, One(scalar)) => scalar == ScalarType::Date,
            (OperandType::Ranges, One(scalar) | ListOf(scalar)) => scalar == ScalarType::Text,
            _ => false,
        }
    }

    /// Whether its value may stand as one element or entry of `operand`.
    pub(super) fn fits_inside(self, operand: OperandType, field: &FieldType) -> bool {
        let ParameterType::One(scalar) = self else {
            return false;
        };
        match operand {
            OperandType::ListLikeField => scalar.is_like(field),
            OperandType::NumberPair => scalar.is_numeric(),
            OperandType::Ranges => scalar == ScalarType::Text,
            OperandType::Size | OperandType::PrefixLength => scalar == ScalarType::Integer,
            _ => false,
        }
    }
}

impl Parameter {
    /// The value written in `node`, normalised, of this parameter's type and within its bounds.
    ///
    /// # Errors
    /// What is wrong, the node that is wrong, and what to write instead.
    pub fn value_of<'n>(&self, node: &'n Node) -> Result<Value, WrongValue<'n>> {
        let one = |scalar: ScalarType, node: &'n Node| {
            let value = scalar.value_of(node)?;
            self.within_bounds(&value, node)?;
            Ok(value)
        };
        match (self.kind, &node.kind) {
            (ParameterType::One(scalar), _) => one(scalar, node),
            (ParameterType::ListOf(scalar), Kind::List(elements)) => elements
                .iter()
                .map(|element| one(scalar, element))
                .collect::<Result<_, _>>()
                .map(Value::Array),
            (ParameterType::ListOf(_), _) => Err(WrongValue {
                message: format!("expected a {}, found {}", self.kind, node.described()),
                help: "write a list: `[a, b]`".to_owned(),
                node,
            }),
        }
    }

    /// Whether `value`, one of this parameter's type, asks less than the default. Without a default, or
    /// where the control does not say what is weaker, no value does.
    pub fn is_weakened_by(&self, value: &Value) -> bool {
        let (Some(weaker), Some(default)) = (self.weaker, &self.default) else {
            return false;
        };
        let (more, less) = match weaker {
            Weaker::Higher => (value, default),
            Weaker::Lower => (default, value),
        };
        match (more, less) {
            (Value::Array(more), Value::Array(less)) => {
                more.iter().any(|entry| !less.contains(entry))
            }
            (Value::Bool(more), Value::Bool(less)) => more & !less,
            _ => order(more, less).is_some_and(std::cmp::Ordering::is_gt),
        }
    }

    fn within_bounds<'n>(&self, value: &Value, node: &'n Node) -> Result<(), WrongValue<'n>> {
        let beyond = |word: &str, bound: &Value| WrongValue {
            message: format!("{value} is {word} {bound}"),
            help: match (&self.minimum, &self.maximum) {
                (Some(least), Some(greatest)) => format!("write {least} to {greatest}"),
                (Some(least), None) => format!("write {least} or more"),
                (None, Some(greatest)) => format!("write {greatest} or less"),
                (None, None) => String::new(),
            },
            node,
        };
        if let Some(least) = &self.minimum
            && order(value, least).is_some_and(std::cmp::Ordering::is_lt)
        {
            return Err(beyond("less than the minimum", least));
        }
        if let Some(greatest) = &self.maximum
            && order(value, greatest).is_some_and(std::cmp::Ordering::is_gt)
        {
            return Err(beyond("greater than the maximum", greatest));
        }
        Ok(())
    }
}

/// A value that somebody gave to a parameter, as written.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterValue {
    /// Name of the parameter.
    pub name: String,
    /// The value.
    pub node: Node,
}

/// A value that a parameter cannot take.
#[derive(Clone, Debug, PartialEq)]
pub struct WrongValue<'n> {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
    /// The node that is wrong: the value, or one element of it.
    pub node: &'n Node,
}

/// Order of two numbers, percentages or dates.
pub(super) fn order(a: &Value, b: &Value) -> Option<std::cmp::Ordering> {
    use crate::value::Json;
    match (a, b) {
        (Value::String(a), Value::String(b)) => match (basis_points(a), basis_points(b)) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            // Dates: their text sorts as they do.
            _ => Some(a.cmp(b)),
        },
        _ => Json::as_number(a)?.compare(Json::as_number(b)?),
    }
}

/// Hundredths of a percent in `98%` or `99.5%`.
fn basis_points(text: &str) -> Option<u32> {
    let number = text.strip_suffix('%')?;
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(decimals) || whole.len() > 3 || decimals.len() > 2 {
        return None;
    }
    let whole: u32 = whole.parse().ok()?;
    let hundredths: u32 = format!("{decimals:0<2}").parse().ok()?;
    Some(whole * 100 + hundredths).filter(|points| *points <= 10_000)
}

impl ScalarType {
    fn value_of(self, node: &Node) -> Result<Value, WrongValue<'_>> {
        let expected = |what: &str, help: &str| {
            Err(WrongValue {
                message: format!("expected {what}, found {}", node.described()),
                help: help.to_owned(),
                node,
            })
        };
        match (self, &node.kind) {
            (ScalarType::Text, Kind::Text(text)) => Ok(text.as_str().into()),
            (ScalarType::Text, Kind::Integer(_) | Kind::Float(_)) => {
                Ok(node.as_text().unwrap_or_default().into())
            }
            (ScalarType::Text, _) => expected("text", "put the value in quotes"),
            (ScalarType::Email, Kind::Text(text)) if text.contains('@') => {
                Ok(FieldType::Email.normalized(text).into())
            }
            (ScalarType::Email, _) => {
                expected("an e-mail address", "write it whole: `name@example.com`")
            }
            (ScalarType::Domain, Kind::Text(text))
                if !text.contains(['@', '/', ' ']) && text.contains('.') =>
            {
                Ok(FieldType::DomainName.normalized(text).into())
            }
            (ScalarType::Domain, _) => expected("a domain name", "write it alone: `example.com`"),
            (ScalarType::Integer, Kind::Integer(number)) => Ok((*number).into()),
            (ScalarType::Integer, _) => {
                expected("a whole number", "write a whole number without quotes")
            }
            (ScalarType::Number, Kind::Integer(number)) => Ok((*number).into()),
            (ScalarType::Number, Kind::Float(number)) => Ok((*number).into()),
            (ScalarType::Number, _) => expected("a number", "write a number without quotes"),
            (ScalarType::Percent, Kind::Text(text)) if basis_points(text).is_some() => {
                Ok(text.as_str().into())
            }
            (ScalarType::Percent, _) => {
                expected("a percentage", "write 0% to 100%, such as `98%` or `99.5%`")
            }
            (ScalarType::Boolean, Kind::Boolean(value)) => Ok((*value).into()),
            (ScalarType::Boolean, _) => expected("a boolean", "write `true` or `false`"),
            (ScalarType::Date, Kind::Text(text)) if text.parse::<Date>().is_ok() => {
                Ok(text.as_str().into())
            }
            (ScalarType::Date, _) => expected("a date", "write `YYYY-MM-DD`"),
        }
    }
}

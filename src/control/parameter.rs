//! What a user may set in a control, and the types that it may have.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde_json::Value;

use crate::catalog::FieldType;
use crate::diagnostic::yaml::{Kind, Node};
use crate::diagnostic::{Place, did_you_mean};
use crate::operator::OperandType;
use crate::value::Duration;

/// Something that a user may set.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Name, as used in `$name` and `{{ name }}`.
    pub name: String,
    /// Type of its value.
    pub kind: ParameterType,
    /// The control's own value; without one, what rests on it is unknown until it is set.
    pub default: Option<Value>,
    /// Least value, of a type that has an order; of a list, of each element.
    pub minimum: Option<Value>,
    /// Greatest value.
    pub maximum: Option<Value>,
    /// The only values that it may have, or that elements of its list may have; empty: any.
    pub one_of: Vec<Value>,
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
    /// `90d` or `12h`, see [`Duration`]; kept as it is written.
    Duration,
}

impl ScalarType {
    const ALL: [(&'static str, ScalarType); 9] = [
        ("text", ScalarType::Text),
        ("email", ScalarType::Email),
        ("domain", ScalarType::Domain),
        ("integer", ScalarType::Integer),
        ("number", ScalarType::Number),
        ("percent", ScalarType::Percent),
        ("boolean", ScalarType::Boolean),
        ("date", ScalarType::Date),
        ("duration", ScalarType::Duration),
    ];

    fn is_numeric(self) -> bool {
        matches!(self, ScalarType::Integer | ScalarType::Number)
    }

    /// Whether its values have an order, so that they can have bounds.
    pub(super) fn is_ordered(self) -> bool {
        match self {
            ScalarType::Integer
            | ScalarType::Number
            | ScalarType::Percent
            | ScalarType::Date
            | ScalarType::Duration => true,
            ScalarType::Text | ScalarType::Email | ScalarType::Domain | ScalarType::Boolean => {
                false
            }
        }
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
            (OperandType::Days, One(scalar)) => {
                matches!(scalar, ScalarType::Integer | ScalarType::Duration)
            }
            (OperandType::PrefixLength | OperandType::Size, One(scalar)) => {
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
            self.among_known(&value, node)?;
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

    fn among_known<'n>(&self, value: &Value, node: &'n Node) -> Result<(), WrongValue<'n>> {
        if self.one_of.is_empty() || self.one_of.contains(value) {
            return Ok(());
        }
        let known: Vec<String> = self.one_of.iter().map(shown).collect();
        Err(WrongValue {
            message: format!("`{}` is not one of its values", shown(value)),
            help: did_you_mean(&shown(value), known.iter().map(String::as_str)),
            node,
        })
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
            message: format!("{} is {word} {}", shown(value), shown(bound)),
            help: match (
                self.minimum.as_ref().map(shown),
                self.maximum.as_ref().map(shown),
            ) {
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

/// A plain value as it is written.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Order of two numbers, percentages, dates or spans of time.
pub(super) fn order(a: &Value, b: &Value) -> Option<std::cmp::Ordering> {
    use crate::value::Json;
    match (a, b) {
        (Value::String(a), Value::String(b)) => {
            let percents = (a.parse::<Percent>(), b.parse::<Percent>());
            let spans = (a.parse::<Duration>(), b.parse::<Duration>());
            match (percents, spans) {
                ((Ok(a), Ok(b)), _) => Some(a.cmp(&b)),
                (_, (Ok(a), Ok(b))) => Some(a.cmp(&b)),
                // Dates: their text sorts as they do.
                _ => Some(a.cmp(b)),
            }
        }
        _ => Json::as_number(a)?.compare(Json::as_number(b)?),
    }
}

/// A part of a whole in hundredths of a percent, 0 to 100 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent {
    basis_points: u32, // INVARIANT (percent): at most 10 000; made only by `FromStr`.
}

impl Percent {
    const WHOLE: u32 = 10_000;

    /// Whether `part` of `whole` is less than this part of it: exact, in whole numbers.
    pub fn is_more_than(self, part: u64, whole: u64) -> bool {
        u128::from(self.basis_points) * u128::from(whole)
            > u128::from(part) * u128::from(Self::WHOLE)
    }

    /// Whether it is 0 %.
    pub fn is_nothing(self) -> bool {
        self.basis_points == 0
    }

    /// `part` of `whole`, rounded down to hundredths of a percent, so that it never looks like more than it
    /// is; 0 % of nothing.
    pub fn rounded_down(part: u64, whole: u64) -> Percent {
        let points = (u128::from(part) * u128::from(Self::WHOLE))
            .checked_div(u128::from(whole))
            .unwrap_or(0)
            .min(u128::from(Self::WHOLE));
        Percent {
            basis_points: u32::try_from(points).unwrap_or(Self::WHOLE),
        }
    }
}

/// As it is written in a control: `98%`, `99.5%`.
impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.basis_points / 100, self.basis_points % 100);
        match rest {
            0 => write!(f, "{whole}%"),
            rest if rest % 10 == 0 => write!(f, "{whole}.{}%", rest / 10),
            rest => write!(f, "{whole}.{rest:02}%"),
        }
    }
}

/// The text is no percentage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a percentage is 0% to 100%, with at most two decimals: `98%`, `99.5%`")]
pub struct NotAPercent;

impl FromStr for Percent {
    type Err = NotAPercent;

    fn from_str(text: &str) -> Result<Percent, NotAPercent> {
        let number = text.strip_suffix('%').ok_or(NotAPercent)?;
        let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
        let is_digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !is_digits(decimals) || whole.len() > 3 || decimals.len() > 2 {
            return Err(NotAPercent);
        }
        let whole: u32 = whole.parse().map_err(|_| NotAPercent)?;
        let hundredths: u32 = format!("{decimals:0<2}").parse().map_err(|_| NotAPercent)?;
        let basis_points = whole * 100 + hundredths;
        if basis_points > Percent::WHOLE {
            return Err(NotAPercent);
        }
        Ok(Percent { basis_points })
    }
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
            (ScalarType::Percent, Kind::Text(text)) if text.parse::<Percent>().is_ok() => {
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
            (ScalarType::Duration, Kind::Text(text)) if text.parse::<Duration>().is_ok() => {
                Ok(text.as_str().into())
            }
            (ScalarType::Duration, _) => {
                expected("a span of time", "write days or hours: `90d`, `12h`")
            }
        }
    }
}

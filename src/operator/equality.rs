//! Whether a value is an operand.

use serde_json::Value;

use crate::value::{Json, Kind, Raw};

/// Whether `value` is `operand`; `None` if they are of different types and so cannot be compared.
/// `null` can be compared with everything: it is known to be none.
pub(super) fn equal(value: Raw<'_>, operand: &Value) -> Option<bool> {
    let kinds = (value.kind(), operand.kind());
    match kinds {
        (Kind::Array | Kind::Object, _) | (_, Kind::Array | Kind::Object) => None,
        (Kind::Null, other) | (other, Kind::Null) => Some(other == Kind::Null),
        (Kind::Boolean, Kind::Boolean) => Some(value.as_bool() == operand.as_bool()),
        (Kind::Text, Kind::Text) => Some(value.as_text()?.as_ref() == operand.as_str()?),
        (Kind::Number, Kind::Number) => {
            let order = value.as_number()?.compare(Json::as_number(operand)?)?;
            Some(order.is_eq())
        }
        _ => None,
    }
}

/// Whether `value` is one of `operands`; `None` if it is none, and could be compared with none of them.
/// Nothing is one of an empty list.
pub(super) fn one_of(value: Raw<'_>, operands: &[Value]) -> Option<bool> {
    if operands.is_empty() {
        return Some(false);
    }
    operands
        .iter()
        .map(|operand| equal(value, operand))
        .reduce(|one, other| match (one, other) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), _) | (_, Some(false)) => Some(false),
            (None, None) => None,
        })
        .flatten()
}

//! A cell as the field of a record: converted, known to be none, absent, or misfit.

use serde_json::Value;

use crate::catalog::{FieldType, InputField, Omission};

/// What a cell comes to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    /// A value of the column's type, `null` included.
    Value(Value),
    /// Nothing is known.
    Absent,
    /// A value of another type.
    Misfit,
}

/// A column that the list does not have, or a row without the key.
pub(super) fn missing(field: &InputField) -> Cell {
    match field.omission {
        Some(Omission::None) => Cell::Value(Value::Null),
        Some(Omission::Unknown) | None => Cell::Absent,
    }
}

fn empty(field: &InputField) -> Cell {
    match field.omission {
        Some(Omission::Unknown) => Cell::Absent,
        Some(Omission::None) | None => Cell::Value(Value::Null),
    }
}

/// A cell of text; blanks around it mean nothing.
pub(super) fn of_text(field: &InputField, text: &str) -> Cell {
    let text = text.trim();
    if text.is_empty() {
        return empty(field);
    }
    let lower = || text.to_ascii_lowercase();
    let value = match field.kind {
        FieldType::Text | FieldType::Id | FieldType::IpRange => Some(Value::from(text)),
        FieldType::Email if is_address(text) => Some(field.kind.normalized(text).into()),
        FieldType::DomainName
            if text.contains('.') && !text.contains(['@', '/', ',', ';']) && is_one_word(text) =>
        {
            Some(field.kind.normalized(text).into())
        }
        FieldType::Boolean => match lower().as_str() {
            "true" | "yes" => Some(true.into()),
            "false" | "no" => Some(false.into()),
            _ => None,
        },
        FieldType::Integer => text.parse::<i64>().ok().map(Value::from),
        FieldType::Timestamp => {
            let time = text.parse::<jiff::Timestamp>().ok();
            time.map(|time| time.to_string().into())
        }
        FieldType::Date if is_plain_day(text) => Some(text.into()),
        _ => None,
    };
    value.map_or(Cell::Misfit, Cell::Value)
}

/// A value of JSON or YAML.
pub(super) fn of_value(field: &InputField, value: &Value) -> Cell {
    let is_text = matches!(
        field.kind,
        FieldType::Text | FieldType::Id | FieldType::IpRange
    );
    match (value, field.kind) {
        (Value::Null, _) => empty(field),
        (Value::String(text), _) => of_text(field, text),
        (Value::Bool(_), FieldType::Boolean) => Cell::Value(value.clone()),
        (Value::Number(number), FieldType::Integer) if number.is_i64() => {
            Cell::Value(value.clone())
        }
        // A number as an id or a code is what is written.
        (Value::Number(number), _) if is_text => Cell::Value(number.to_string().into()),
        _ => Cell::Misfit,
    }
}

/// Whether `text` is one address and nothing else: no name beside it, no second one.
pub(super) fn is_address(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty())
        && text.matches('@').count() == 1
        && !text.contains([',', ';', ':', '<', '>', '"'])
        && is_one_word(text)
}

/// Whether every character is seen: what holds others is never found, and nobody sees why.
fn is_one_word(text: &str) -> bool {
    let is_unseen = |letter: char| {
        letter.is_whitespace()
            || letter.is_control()
            || matches!(
                letter,
                '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
            )
    };
    !text.contains(is_unseen)
}

/// `YYYY-MM-DD` and nothing else: other orders of day and month cannot be told apart.
fn is_plain_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

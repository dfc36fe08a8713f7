//! Reading operands, and naming them in phrases.

use serde_json::Value;

use super::{OperandPlace, OperandProblem};
use crate::value::{Duration, Json, Number};

/// Days that an operand may count: a hundred years.
pub const DAYS_MAX: i64 = 36_525;

/// An operand that is wrong as a whole.
pub(super) fn problem(message: impl Into<String>, help: impl Into<String>) -> OperandProblem {
    OperandProblem {
        message: message.into(),
        help: help.into(),
        place: OperandPlace::Whole,
    }
}

fn expected(what: &str, found: &Value, help: &str) -> OperandProblem {
    problem(format!("expected {what}, found {}", described(found)), help)
}

/// What a value is, with an article.
fn described(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

pub(super) fn boolean(operand: &Value) -> Result<bool, OperandProblem> {
    operand
        .as_bool()
        .ok_or_else(|| expected("`true` or `false`", operand, "write `true` or `false`"))
}

pub(super) fn text(operand: &Value) -> Result<&str, OperandProblem> {
    operand
        .as_str()
        .ok_or_else(|| expected("text", operand, "write text; put a number in quotes"))
}

pub(super) fn number(operand: &Value) -> Result<Number, OperandProblem> {
    operand
        .as_number()
        .map(|_| ())
        .and_then(|()| Json::as_number(operand))
        .ok_or_else(|| expected("a number", operand, "write a number without quotes"))
}

pub(super) fn whole(operand: &Value) -> Result<u64, OperandProblem> {
    operand.as_u64().ok_or_else(|| {
        expected(
            "a whole number, 0 or more",
            operand,
            "write a whole number without quotes",
        )
    })
}

/// A number of days, or a span of time of whole days.
pub(super) fn days(operand: &Value) -> Result<i64, OperandProblem> {
    match (operand.as_i64(), span_of(operand)) {
        (Some(days @ 0..=DAYS_MAX), _) => Ok(days),
        (Some(_), _) => Err(problem(
            "the number of days is out of range",
            format!("write 0 to {DAYS_MAX}"),
        )),
        (None, Some(span)) => span.whole_days().map(i64::from).ok_or_else(|| {
            problem(
                format!("{span} are no whole number of days"),
                "write whole days: `90d`, or 90",
            )
        }),
        (None, None) => Err(expected(
            "a number of days",
            operand,
            "write a whole number without quotes, such as 90, or a span such as `90d`",
        )),
    }
}

fn span_of(operand: &Value) -> Option<Duration> {
    operand.as_str()?.parse().ok()
}

/// A plain value: no list, no map.
pub(super) fn scalar(operand: &Value) -> Result<Value, OperandProblem> {
    match operand {
        Value::Array(_) | Value::Object(_) => Err(expected(
            "one value",
            operand,
            "write one value; `in` takes a list",
        )),
        _ => Ok(operand.clone()),
    }
}

/// A list of plain values; a parameter may give an empty one.
pub(super) fn scalars(operand: &Value) -> Result<Vec<Value>, OperandProblem> {
    let Value::Array(elements) = operand else {
        return Err(expected("a list", operand, "write a list: `[a, b]`"));
    };
    for (index, element) in elements.iter().enumerate() {
        scalar(element).map_err(|problem| OperandProblem {
            place: OperandPlace::Element(index),
            ..problem
        })?;
    }
    Ok(elements.clone())
}

/// An operand in words: text as it is, a list with commas.
pub(super) fn shown(operand: &Value) -> String {
    match operand {
        Value::String(text) => text.clone(),
        Value::Array(elements) if elements.is_empty() => "an empty list".to_owned(),
        Value::Array(elements) => elements.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Null => "none".to_owned(),
        other => other.to_string(),
    }
}

/// `1 day`, `90 days`.
pub(super) fn shown_days(operand: &Value) -> String {
    match (operand.as_i64(), span_of(operand)) {
        (Some(1), _) => "1 day".to_owned(),
        (_, Some(span)) => span.to_string(),
        (_, None) => format!("{} days", shown(operand)),
    }
}

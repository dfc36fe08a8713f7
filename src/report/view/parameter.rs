//! A parameter as one line: its value, where that comes from, and whether it may name somebody.

use crate::assess::ParameterStatement;
use crate::report::text;
use serde::Serialize;
use serde_json::Value;

/// A parameter as one line.
#[derive(Debug, Serialize)]
pub struct Parameter {
    /// Name.
    pub name: String,
    /// Value, as text.
    pub value: String,
    /// Whether the value is a number, a truth value or an empty list, and so names nobody.
    pub impersonal: bool,
    /// Whether the run gave it; else it is the control's own default.
    pub given: bool,
    /// Meaning, origin and default.
    pub note: String,
}

pub(super) fn parameter(statement: &ParameterStatement) -> Parameter {
    let unset = statement.value.is_null();
    let default = match &statement.default {
        Value::Null => "no default".to_owned(),
        default => format!("default {}", text::cell(&text::value(default, true))),
    };
    let origin = text::line(&statement.origin);
    let is_given = !matches!(&*origin, "default" | "unset");
    let mut note = if is_given {
        let weaker = if statement.weaker {
            "weaker than the default; "
        } else {
            ""
        };
        format!("{origin}; {weaker}{default}")
    } else {
        default
    };
    if let Some(why) = &statement.why {
        note = format!("{note}; why: {}", text::flowing(why));
    }
    Parameter {
        name: text::line(&statement.name),
        value: if unset {
            "not set".to_owned()
        } else {
            text::line(&text::value(&statement.value, true))
        },
        impersonal: match &statement.value {
            Value::Null | Value::Bool(_) | Value::Number(_) => true,
            Value::Array(members) => members.is_empty(),
            Value::String(_) | Value::Object(_) => false,
        },
        given: is_given,
        note: if statement.about.is_empty() {
            note
        } else {
            format!("{}; {note}", text::flowing(&statement.about))
        },
    }
}

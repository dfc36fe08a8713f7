//! A parameter as one line: its value, where that comes from, and whether it may name somebody.

use crate::assess::ParameterStatement;
use crate::control::Percent;
use crate::report::text;
use crate::value::Duration;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

/// A parameter as one line.
#[derive(Debug, Serialize)]
pub struct Parameter {
    /// Name.
    pub name: String,
    /// Value, as text.
    pub value: String,
    /// Whether the value names nobody: a number, a truth value, a length of time, a percentage, an empty list, or what
    /// the control's own text says.
    pub impersonal: bool,
    /// Whether the run gave it; else it is the control's own default.
    pub given: bool,
    /// Meaning, origin and default.
    pub note: String,
    /// The same without values and without anybody's words, for formats that name nobody.
    pub note_impersonal: String,
}

pub(super) fn parameter(statement: &ParameterStatement) -> Parameter {
    let origin = text::line(&statement.origin);
    let is_given = !matches!(&*origin, "default" | "unset");
    let quotes = |default: &Value| format!("default {}", text::cell(&text::value(default, true)));
    let default = match &statement.default {
        Value::Null => "no default".to_owned(),
        _ if !is_given => "the control’s own default".to_owned(),
        default => quotes(default),
    };
    let weaker = statement
        .weaker
        .then(|| "weaker than the default".to_owned());
    let about = Some(text::flowing(&statement.about)).filter(|about| !about.is_empty());
    let given = is_given.then_some(origin);
    let facts = [about, given, weaker];
    let why = statement.why.as_ref();
    let why = why.map(|why| format!("why: {}", text::flowing(why)));
    let joined = |more: [Option<String>; 2]| {
        let facts = facts.iter().chain(&more).flatten();
        facts.map(String::as_str).collect::<Vec<_>>().join("; ")
    };
    let is_default_shown = !is_given || is_impersonal(&statement.default, true);
    let default_impersonal = is_default_shown.then(|| default.clone());
    Parameter {
        name: text::line(&statement.name),
        value: match &statement.value {
            Value::Null => "not set".to_owned(),
            value => text::line(&text::value(value, true)),
        },
        impersonal: is_impersonal(&statement.value, !is_given),
        given: is_given,
        note: joined([Some(default), why]),
        note_impersonal: joined([default_impersonal, None]),
    }
}

/// Whether `value` names nobody. What a control's own text gives as its default is quoted by the report in any case,
/// so that it can be shown unless it holds an address.
fn is_impersonal(value: &Value, is_default: bool) -> bool {
    let is_impersonal = |value: &Value| match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => {
            let is_measure = text.parse::<Percent>().is_ok()
                || text.parse::<Duration>().is_ok()
                || text.parse::<Date>().is_ok();
            is_measure || is_default && text::without_addresses(text) == *text
        }
        Value::Array(_) | Value::Object(_) => false,
    };
    match value {
        Value::Array(members) => members.iter().all(is_impersonal),
        other => is_impersonal(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_is_hidden_only_where_it_can_name_somebody() {
        for (value, is_default, wanted) in [
            (json!(null), false, true),
            (json!(90), false, true),
            (json!("90d"), false, true),
            (json!("98%"), false, true),
            (json!("2026-11-17"), false, true),
            (json!([]), false, true),
            (json!([1, 2]), false, true),
            (json!(["api_token_created"]), true, true),
            (json!("1h"), true, true),
            (json!("R. Sato"), false, false),
            (json!(["EU"]), false, false),
            (json!(["ada@example.com"]), true, false),
            (json!({ "name": "R. Sato" }), true, false),
        ] {
            assert_eq!(is_impersonal(&value, is_default), wanted, "{value}");
        }
    }

    #[test]
    fn what_is_given_says_by_whom_and_what_the_default_is() {
        let statement = ParameterStatement {
            name: "region".to_owned(),
            about: "where data lies".to_owned(),
            value: json!("EU"),
            default: json!("ada@example.com"),
            origin: "profile soc2, line 9".to_owned(),
            weaker: true,
            why: Some("agreed with R. Sato".to_owned()),
        };
        let shown = parameter(&statement);
        assert_eq!(
            shown.note,
            "where data lies; profile soc2, line 9; weaker than the default; default ada@example.com; why: agreed with R. Sato"
        );
        assert_eq!(
            shown.note_impersonal,
            "where data lies; profile soc2, line 9; weaker than the default"
        );
        assert!(!shown.impersonal);
    }
}

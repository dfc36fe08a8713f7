//! `contains`: a list holds the operand, or a text contains it.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Example, OperandProblem, OperandType, Operator, Test, ValueKind, Verdict, equality::equal,
    operand,
};
use crate::value::{Json, Kind, Raw};

pub(super) static OPERATOR: Operator = Operator {
    name: "contains",
    meaning: "The list holds the operand; a text contains it.",
    on_null: "False.",
    judges: &[ValueKind::Text, ValueKind::IpRange, ValueKind::List],
    operand: OperandType::ElementOrText,
    examples: &[
        Example {
            value: r#"["a", "b"]"#,
            operand: r#""b""#,
            verdict: Verdict::True,
        },
        Example {
            value: r#"["a", "b"]"#,
            operand: r#""c""#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"[]"#,
            operand: r#""c""#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""backup token""#,
            operand: r#""token""#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""backup""#,
            operand: r#""token""#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"null"#,
            operand: r#""token""#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"7"#,
            operand: r#""7""#,
            verdict: Verdict::WrongType,
        },
        Example {
            value: r#"[7]"#,
            operand: r#""7""#,
            verdict: Verdict::WrongType,
        },
    ],
    compile,
    phrase,
};

fn compile(operand: &Value) -> Result<Box<dyn Test>, OperandProblem> {
    Ok(Box::new(Contains(operand::scalar(operand)?)))
}

fn phrase(operand: &Value) -> String {
    format!("contains {}", operand::shown(operand))
}

#[derive(Debug)]
struct Contains(Value);

impl Test for Contains {
    fn test(&self, value: Raw<'_>, _as_of: Timestamp) -> Verdict {
        match (value.kind(), &self.0) {
            (Kind::Null, _) => Verdict::False,
            (Kind::Array, operand) => list_contains(value, operand),
            (Kind::Text, Value::String(part)) => match value.as_text() {
                Some(text) => text.contains(part.as_str()).into(),
                None => Verdict::WrongType,
            },
            _ => Verdict::WrongType,
        }
    }
}

/// Found is found; not found is only sure if every element could be compared.
fn list_contains(list: Raw<'_>, operand: &Value) -> Verdict {
    let mut verdict = Verdict::False;
    for element in list.elements() {
        match equal(element, operand) {
            Some(true) => return Verdict::True,
            Some(false) => {}
            None => verdict = Verdict::WrongType,
        }
    }
    verdict
}

//! `starts_with`: the text starts with the operand.

use jiff::Timestamp;
use serde_json::Value;

use super::{Example, OperandProblem, OperandType, Operator, Test, ValueKind, Verdict, operand};
use crate::value::{Json, Kind, Raw};

pub(super) static OPERATOR: Operator = Operator {
    name: "starts_with",
    meaning: "The text starts with the operand.",
    on_null: "False.",
    judges: &[ValueKind::Text, ValueKind::IpRange],
    operand: OperandType::Text,
    examples: &[
        Example {
            value: r#""svc-build""#,
            operand: r#""svc-""#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""build""#,
            operand: r#""svc-""#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"null"#,
            operand: r#""svc-""#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"7"#,
            operand: r#""7""#,
            verdict: Verdict::WrongType,
        },
    ],
    compile,
    phrase,
};

fn compile(operand: &Value) -> Result<Box<dyn Test>, OperandProblem> {
    Ok(Box::new(StartsWith(operand::text(operand)?.to_owned())))
}

fn phrase(operand: &Value) -> String {
    format!("starts with {}", operand::shown(operand))
}

#[derive(Debug)]
struct StartsWith(String);

impl Test for StartsWith {
    fn test(&self, value: Raw<'_>, _as_of: Timestamp) -> Verdict {
        if value.kind() == Kind::Null {
            return Verdict::False;
        }
        match value.as_text() {
            Some(text) => text.starts_with(self.0.as_str()).into(),
            None => Verdict::WrongType,
        }
    }
}

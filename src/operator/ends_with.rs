//! `ends_with`: the text ends with the operand.

use jiff::Timestamp;
use serde_json::Value;

use super::{Example, OperandProblem, OperandType, Operator, Test, ValueKind, Verdict, operand};
use crate::value::{Json, Kind, Raw};

pub(super) static OPERATOR: Operator = Operator {
    name: "ends_with",
    meaning: "The text ends with the operand.",
    on_null: "False.",
    judges: &[ValueKind::Text, ValueKind::IpRange],
    operand: OperandType::Text,
    examples: &[
        Example {
            value: r#""a.example""#,
            operand: r#"".example""#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""example.a""#,
            operand: r#"".example""#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"null"#,
            operand: r#"".example""#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"true"#,
            operand: r#""true""#,
            verdict: Verdict::WrongType,
        },
    ],
    compile,
    phrase,
};

fn compile(operand: &Value) -> Result<Box<dyn Test>, OperandProblem> {
    Ok(Box::new(EndsWith(operand::text(operand)?.to_owned())))
}

fn phrase(operand: &Value) -> String {
    format!("ends with {}", operand::shown(operand))
}

#[derive(Debug)]
struct EndsWith(String);

impl Test for EndsWith {
    fn test(&self, value: Raw<'_>, _as_of: Timestamp) -> Verdict {
        if value.kind() == Kind::Null {
            return Verdict::False;
        }
        match value.as_text() {
            Some(text) => text.ends_with(self.0.as_str()).into(),
            None => Verdict::WrongType,
        }
    }
}

//! `equals`: the value is the operand.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Example, OperandProblem, OperandType, Operator, Test, ValueKind, Verdict, equality::equal,
    operand,
};
use crate::value::Raw;

pub(super) static OPERATOR: Operator = Operator {
    name: "equals",
    meaning: "The value is the operand.",
    on_null: "False, unless the operand is `null`.",
    judges: &[
        ValueKind::Text,
        ValueKind::Number,
        ValueKind::Boolean,
        ValueKind::IpRange,
    ],
    operand: OperandType::LikeField,
    examples: &[
        Example {
            value: r#""managed""#,
            operand: r#""managed""#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""Managed""#,
            operand: r#""managed""#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"7"#,
            operand: r#"7.0"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#"true"#,
            operand: r#"false"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"null"#,
            operand: r#""managed""#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"null"#,
            operand: r#"null"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#"7"#,
            operand: r#""7""#,
            verdict: Verdict::WrongType,
        },
        Example {
            value: r#"["a"]"#,
            operand: r#""a""#,
            verdict: Verdict::WrongType,
        },
    ],
    compile,
    phrase,
};

fn compile(operand: &Value) -> Result<Box<dyn Test>, OperandProblem> {
    Ok(Box::new(Equals(operand::scalar(operand)?)))
}

fn phrase(operand: &Value) -> String {
    format!("is {}", operand::shown(operand))
}

#[derive(Debug)]
struct Equals(Value);

impl Test for Equals {
    fn test(&self, value: Raw<'_>, _as_of: Timestamp) -> Verdict {
        equal(value, &self.0).map_or(Verdict::WrongType, Verdict::from)
    }
}

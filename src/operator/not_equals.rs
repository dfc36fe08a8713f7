//! `not_equals`: the value is something else than the operand.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Example, OperandProblem, OperandType, Operator, Test, ValueKind, Verdict, equality::equal,
    operand,
};
use crate::value::Raw;

pub(super) static OPERATOR: Operator = Operator {
    name: "not_equals",
    meaning: "The value is another than the operand.",
    on_null: "True, unless the operand is `null`.",
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
            operand: r#""unmanaged""#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""managed""#,
            operand: r#""managed""#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"null"#,
            operand: r#""managed""#,
            verdict: Verdict::True,
        },
        Example {
            value: r#"null"#,
            operand: r#"null"#,
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
    Ok(Box::new(NotEquals(operand::scalar(operand)?)))
}

fn phrase(operand: &Value) -> String {
    format!("is not {}", operand::shown(operand))
}

#[derive(Debug)]
struct NotEquals(Value);

impl Test for NotEquals {
    fn test(&self, value: Raw<'_>, _as_of: Timestamp) -> Verdict {
        equal(value, &self.0).map_or(Verdict::WrongType, |equal| Verdict::from(!equal))
    }
}

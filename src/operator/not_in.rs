//! `not_in`: the value is none of a list.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Example, OperandProblem, OperandType, Operator, Test, ValueKind, Verdict, equality::one_of,
    operand,
};
use crate::value::Raw;

pub(super) static OPERATOR: Operator = Operator {
    name: "not_in",
    meaning: "The value is none of the list, and no member of the set.",
    on_null: "True, unless the list holds `null`.",
    judges: &[
        ValueKind::Text,
        ValueKind::Number,
        ValueKind::Boolean,
        ValueKind::IpRange,
    ],
    operand: OperandType::ListLikeField,
    examples: &[
        Example {
            value: r#""c""#,
            operand: r#"["a", "b"]"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""a""#,
            operand: r#"["a", "b"]"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"null"#,
            operand: r#"["a"]"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#"null"#,
            operand: r#"["a", null]"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"7"#,
            operand: r#"["a"]"#,
            verdict: Verdict::WrongType,
        },
        Example {
            value: r#""a""#,
            operand: r#"[]"#,
            verdict: Verdict::True,
        },
    ],
    compile,
    phrase,
};

fn compile(operand: &Value) -> Result<Box<dyn Test>, OperandProblem> {
    Ok(Box::new(NotIn(operand::scalars(operand)?)))
}

fn phrase(operand: &Value) -> String {
    format!("is none of {}", operand::shown(operand))
}

#[derive(Debug)]
struct NotIn(Vec<Value>);

impl Test for NotIn {
    fn test(&self, value: Raw<'_>, _as_of: Timestamp) -> Verdict {
        one_of(value, &self.0).map_or(Verdict::WrongType, |found| Verdict::from(!found))
    }
}

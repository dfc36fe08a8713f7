//! `greater_than`: the number is greater than the operand.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Example, OperandProblem, OperandType, Operator, Test, ValueKind, Verdict, operand, ordering,
};
use crate::value::{Number, Raw};

pub(super) static OPERATOR: Operator = Operator {
    name: "greater_than",
    meaning: "The number is greater than the operand.",
    on_null: "False.",
    judges: &[ValueKind::Number],
    operand: OperandType::Number,
    examples: &[
        Example {
            value: r#"6"#,
            operand: r#"5"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#"5"#,
            operand: r#"5"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"null"#,
            operand: r#"5"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""5""#,
            operand: r#"5"#,
            verdict: Verdict::WrongType,
        },
    ],
    compile,
    phrase,
};

fn compile(operand: &Value) -> Result<Box<dyn Test>, OperandProblem> {
    Ok(Box::new(GreaterThan(operand::number(operand)?)))
}

fn phrase(operand: &Value) -> String {
    format!("is greater than {}", operand::shown(operand))
}

#[derive(Debug)]
struct GreaterThan(Number);

impl Test for GreaterThan {
    fn test(&self, value: Raw<'_>, _as_of: Timestamp) -> Verdict {
        ordering::judge(value, self.0, Ordering::is_gt)
    }
}

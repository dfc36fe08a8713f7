//! `less_than`: the number is less than the operand.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Example, OperandProblem, OperandType, Operator, Test, ValueKind, Verdict, operand, ordering,
};
use crate::value::{Number, Raw};

pub(super) static OPERATOR: Operator = Operator {
    name: "less_than",
    meaning: "The number is less than the operand.",
    on_null: "False.",
    judges: &[ValueKind::Number],
    operand: OperandType::Number,
    examples: &[
        Example {
            value: r#"4"#,
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
    Ok(Box::new(LessThan(operand::number(operand)?)))
}

fn phrase(operand: &Value) -> String {
    format!("is less than {}", operand::shown(operand))
}

#[derive(Debug)]
struct LessThan(Number);

impl Test for LessThan {
    fn test(&self, value: Raw<'_>, _as_of: Timestamp) -> Verdict {
        ordering::judge(value, self.0, Ordering::is_lt)
    }
}

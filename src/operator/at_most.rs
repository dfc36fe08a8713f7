//! `at_most`: the number is at most the operand.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Example, OperandProblem, OperandType, Operator, Test, ValueKind, Verdict, operand, ordering,
};
use crate::value::{Number, Raw};

pub(super) static OPERATOR: Operator = Operator {
    name: "at_most",
    meaning: "The number is at most the operand.",
    on_null: "False.",
    judges: &[ValueKind::Number],
    operand: OperandType::Number,
    examples: &[
        Example {
            value: r#"5"#,
            operand: r#"5"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#"6"#,
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
    Ok(Box::new(AtMost(operand::number(operand)?)))
}

fn phrase(operand: &Value) -> String {
    format!("is at most {}", operand::shown(operand))
}

#[derive(Debug)]
struct AtMost(Number);

impl Test for AtMost {
    fn test(&self, value: Raw<'_>, _as_of: Timestamp) -> Verdict {
        ordering::judge(value, self.0, Ordering::is_le)
    }
}

//! `between`: the number lies between two others, both included.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Example, OperandPlace, OperandProblem, OperandType, Operator, Test, ValueKind, Verdict,
    operand, ordering,
};
use crate::value::{Number, Raw};

pub(super) static OPERATOR: Operator = Operator {
    name: "between",
    meaning: "The number lies between the two, both included.",
    on_null: "False.",
    judges: &[ValueKind::Number],
    operand: OperandType::NumberPair,
    examples: &[
        Example {
            value: r#"2"#,
            operand: r#"[2, 5]"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#"5"#,
            operand: r#"[2, 5]"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#"6"#,
            operand: r#"[2, 5]"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"null"#,
            operand: r#"[2, 5]"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""3""#,
            operand: r#"[2, 5]"#,
            verdict: Verdict::WrongType,
        },
    ],
    compile,
    phrase,
};

fn compile(operand: &Value) -> Result<Box<dyn Test>, OperandProblem> {
    let Value::Array(bounds) = operand else {
        return Err(operand::problem("expected two numbers", HELP));
    };
    let [least, greatest] = bounds.as_slice() else {
        return Err(operand::problem(
            format!("expected two numbers, found {}", bounds.len()),
            HELP,
        ));
    };
    let least = operand::number(least).map_err(in_element(0))?;
    let greatest = operand::number(greatest).map_err(in_element(1))?;
    match least.compare(greatest) {
        Some(Ordering::Less | Ordering::Equal) => Ok(Box::new(Between { least, greatest })),
        _ => Err(operand::problem(
            "the first number is greater than the second",
            HELP,
        )),
    }
}

fn phrase(operand: &Value) -> String {
    match operand.as_array().map(Vec::as_slice) {
        Some([least, greatest]) => format!(
            "is between {} and {}",
            operand::shown(least),
            operand::shown(greatest)
        ),
        _ => format!("is between {}", operand::shown(operand)),
    }
}

const HELP: &str = "write the lesser and the greater: `[2, 5]`";

fn in_element(index: usize) -> impl Fn(OperandProblem) -> OperandProblem {
    move |problem| OperandProblem {
        place: OperandPlace::Element(index),
        ..problem
    }
}

#[derive(Debug)]
struct Between {
    least: Number,
    greatest: Number,
}

impl Test for Between {
    fn test(&self, value: Raw<'_>, _as_of: Timestamp) -> Verdict {
        match ordering::judge(value, self.least, Ordering::is_ge) {
            Verdict::True => ordering::judge(value, self.greatest, Ordering::is_le),
            other => other,
        }
    }
}

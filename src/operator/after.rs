//! `after`: the time is after the operand.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Example, OperandProblem, OperandType, Operator, Test, ValueKind, Verdict,
    moment::{Moment, judge},
    operand,
};
use crate::value::Raw;

pub(super) static OPERATOR: Operator = Operator {
    name: "after",
    meaning: "The time is after the operand; if either is a date, its day in UTC is after the other day.",
    on_null: "False.",
    judges: &[ValueKind::Time],
    operand: OperandType::Moment,
    examples: &[
        Example {
            value: r#""2026-02-02T00:00:00Z""#,
            operand: r#""2026-02-01""#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""2026-02-01T23:59:59Z""#,
            operand: r#""2026-02-01""#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""2026-02-01T00:00:01Z""#,
            operand: r#""2026-02-01T00:00:00Z""#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""2026-02-02""#,
            operand: r#""2026-02-01""#,
            verdict: Verdict::True,
        },
        Example {
            value: r#"null"#,
            operand: r#""2026-02-01""#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"7"#,
            operand: r#""2026-02-01""#,
            verdict: Verdict::WrongType,
        },
    ],
    compile,
    phrase,
};

fn compile(operand: &Value) -> Result<Box<dyn Test>, OperandProblem> {
    match operand::text(operand).map(Moment::parse) {
        Ok(Some(moment)) => Ok(Box::new(After(moment))),
        _ => Err(operand::problem(
            "expected a date or a time",
            "write `2026-01-31` or `2026-01-31T00:00:00Z`",
        )),
    }
}

fn phrase(operand: &Value) -> String {
    format!("is after {}", operand::shown(operand))
}

#[derive(Debug)]
struct After(Moment);

impl Test for After {
    fn test(&self, value: Raw<'_>, _as_of: Timestamp) -> Verdict {
        judge(value, |moment| moment.compare(self.0).is_gt().into())
    }
}

//! `before`: the time is before the operand.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Example, OperandProblem, OperandType, Operator, Test, ValueKind, Verdict,
    moment::{Moment, judge},
    operand,
};
use crate::value::Raw;

pub(super) static OPERATOR: Operator = Operator {
    name: "before",
    meaning: "The time is before the operand; if either is a date, its day in UTC is before the other day.",
    on_null: "False.",
    judges: &[ValueKind::Time],
    operand: OperandType::Moment,
    examples: &[
        Example {
            value: r#""2026-01-31T23:59:59Z""#,
            operand: r#""2026-02-01""#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""2026-02-01T00:00:00Z""#,
            operand: r#""2026-02-01""#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""2026-02-01T00:00:00Z""#,
            operand: r#""2026-02-01T00:00:01Z""#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""2026-02-01""#,
            operand: r#""2026-02-01""#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"null"#,
            operand: r#""2026-02-01""#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""x""#,
            operand: r#""2026-02-01""#,
            verdict: Verdict::WrongType,
        },
    ],
    compile,
    phrase,
};

fn compile(operand: &Value) -> Result<Box<dyn Test>, OperandProblem> {
    match operand::text(operand).map(Moment::parse) {
        Ok(Some(moment)) => Ok(Box::new(Before(moment))),
        _ => Err(operand::problem(
            "expected a date or a time",
            "write `2026-01-31` or `2026-01-31T00:00:00Z`",
        )),
    }
}

fn phrase(operand: &Value) -> String {
    format!("is before {}", operand::shown(operand))
}

#[derive(Debug)]
struct Before(Moment);

impl Test for Before {
    fn test(&self, value: Raw<'_>, _as_of: Timestamp) -> Verdict {
        judge(value, |moment| moment.compare(self.0).is_lt().into())
    }
}

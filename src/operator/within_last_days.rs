//! `within_last_days`: the time is at most so many days of 86 400 s before the point in time of the assessment; a date at most so many days.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Example, OperandProblem, OperandType, Operator, Test, ValueKind, Verdict,
    moment::{days, judge_past},
    operand,
};
use crate::value::Raw;

pub(super) static OPERATOR: Operator = Operator {
    name: "within_last_days",
    meaning: "The time is at most so many days of 86 400 s before the point in time of the assessment; a date at most so many days.",
    on_null: "False.",
    judges: &[ValueKind::Time],
    operand: OperandType::Days,
    examples: &[
        Example {
            value: r#""2026-03-01T12:00:00Z""#,
            operand: r#"9"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""2026-03-01T11:59:59Z""#,
            operand: r#"9"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""2026-03-11T12:00:00Z""#,
            operand: r#"9"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""2026-03-11T12:00:01Z""#,
            operand: r#"9"#,
            verdict: Verdict::TimeInFuture,
        },
        Example {
            value: r#""2026-03-01""#,
            operand: r#"9"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""2026-02-28""#,
            operand: r#"9"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""2026-03-12""#,
            operand: r#"9"#,
            verdict: Verdict::TimeInFuture,
        },
        Example {
            value: r#""2026-03-01T12:00:00Z""#,
            operand: r#""9d""#,
            verdict: Verdict::True,
        },
        Example {
            value: r#"null"#,
            operand: r#"9"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""soon""#,
            operand: r#"9"#,
            verdict: Verdict::WrongType,
        },
        Example {
            value: r#"7"#,
            operand: r#"9"#,
            verdict: Verdict::WrongType,
        },
    ],
    compile,
    phrase,
};

fn compile(operand: &Value) -> Result<Box<dyn Test>, OperandProblem> {
    Ok(Box::new(WithinLastDays(operand::days(operand)?)))
}

fn phrase(operand: &Value) -> String {
    format!("lies within the last {}", operand::shown_days(operand))
}

#[derive(Debug)]
struct WithinLastDays(i64);

impl Test for WithinLastDays {
    fn test(&self, value: Raw<'_>, as_of: Timestamp) -> Verdict {
        judge_past(value, as_of, |after| after >= -days(self.0))
    }
}

//! `within_next_days`: the time is not before the point in time of the assessment, and at most so many days of 86 400 s after it; a date not before its day.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Example, OperandProblem, OperandType, Operator, Test, ValueKind, Verdict,
    moment::{days, judge_future},
    operand,
};
use crate::value::Raw;

pub(super) static OPERATOR: Operator = Operator {
    name: "within_next_days",
    meaning: "The time is not before the point in time of the assessment, and at most so many days of 86 400 s after it; a date not before its day.",
    on_null: "False.",
    judges: &[ValueKind::Time],
    operand: OperandType::Days,
    examples: &[
        Example {
            value: r#""2026-03-19T12:00:00Z""#,
            operand: r#"9"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""2026-03-19T12:00:01Z""#,
            operand: r#"9"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""2026-03-10T12:00:00Z""#,
            operand: r#"9"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""2026-03-10T11:59:59Z""#,
            operand: r#"9"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""2026-03-10""#,
            operand: r#"9"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""2026-03-19""#,
            operand: r#"9"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""2026-03-20""#,
            operand: r#"9"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""2026-03-12T12:00:00Z""#,
            operand: r#""9d""#,
            verdict: Verdict::True,
        },
        Example {
            value: r#"null"#,
            operand: r#"9"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"true"#,
            operand: r#"9"#,
            verdict: Verdict::WrongType,
        },
    ],
    compile,
    phrase,
};

fn compile(operand: &Value) -> Result<Box<dyn Test>, OperandProblem> {
    Ok(Box::new(WithinNextDays(operand::days(operand)?)))
}

fn phrase(operand: &Value) -> String {
    format!("lies within the next {}", operand::shown_days(operand))
}

#[derive(Debug)]
struct WithinNextDays(i64);

impl Test for WithinNextDays {
    fn test(&self, value: Raw<'_>, as_of: Timestamp) -> Verdict {
        judge_future(value, as_of, |after| {
            after >= days(0) && after <= days(self.0)
        })
    }
}

//! `more_than_days_ahead`: the time is more than so many days of 86 400 s after the point in time of the assessment; a date more than so many days.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Example, OperandProblem, OperandType, Operator, Test, ValueKind, Verdict,
    moment::{days, judge_future},
    operand,
};
use crate::value::Raw;

pub(super) static OPERATOR: Operator = Operator {
    name: "more_than_days_ahead",
    meaning: "The time is more than so many days of 86 400 s after the point in time of the assessment; a date more than so many days.",
    on_null: "False.",
    judges: &[ValueKind::Time],
    operand: OperandType::Days,
    examples: &[
        Example {
            value: r#""2026-03-19T12:00:01Z""#,
            operand: r#"9"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""2026-03-19T12:00:00Z""#,
            operand: r#"9"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""2026-03-20""#,
            operand: r#"9"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""2026-03-19""#,
            operand: r#"9"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""2026-03-25T12:00:00Z""#,
            operand: r#""9d""#,
            verdict: Verdict::True,
        },
        Example {
            value: r#"null"#,
            operand: r#"9"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""never""#,
            operand: r#"9"#,
            verdict: Verdict::WrongType,
        },
    ],
    compile,
    phrase,
};

fn compile(operand: &Value) -> Result<Box<dyn Test>, OperandProblem> {
    Ok(Box::new(MoreThanDaysAhead(operand::days(operand)?)))
}

fn phrase(operand: &Value) -> String {
    format!("is more than {} ahead", operand::shown_days(operand))
}

#[derive(Debug)]
struct MoreThanDaysAhead(i64);

impl Test for MoreThanDaysAhead {
    fn test(&self, value: Raw<'_>, as_of: Timestamp) -> Verdict {
        judge_future(value, as_of, |after| after > days(self.0))
    }
}

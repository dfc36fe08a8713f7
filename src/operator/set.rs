//! `set`: whether there is a value.

use jiff::Timestamp;
use serde_json::Value;

use super::{Example, OperandProblem, OperandType, Operator, Test, ValueKind, Verdict, operand};
use crate::value::{Json, Kind, Raw};

pub(super) static OPERATOR: Operator = Operator {
    name: "set",
    meaning: "`true`: there is a value. `false`: it is known that there is none.",
    on_null: "`true`: false. `false`: true.",
    judges: &[
        ValueKind::Text,
        ValueKind::Number,
        ValueKind::Boolean,
        ValueKind::Time,
        ValueKind::IpRange,
        ValueKind::List,
        ValueKind::Records,
    ],
    operand: OperandType::Boolean,
    examples: &[
        Example {
            value: r#""2026-01-01T00:00:00Z""#,
            operand: r#"true"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#"null"#,
            operand: r#"true"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"null"#,
            operand: r#"false"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""x""#,
            operand: r#"false"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"[]"#,
            operand: r#"true"#,
            verdict: Verdict::True,
        },
    ],
    compile,
    phrase,
};

fn compile(operand: &Value) -> Result<Box<dyn Test>, OperandProblem> {
    Ok(Box::new(Set(operand::boolean(operand)?)))
}

fn phrase(operand: &Value) -> String {
    if operand == &Value::Bool(true) {
        "has a value"
    } else {
        "has no value"
    }
    .to_owned()
}

/// Whether a value is wanted.
#[derive(Debug)]
struct Set(bool);

impl Test for Set {
    fn test(&self, value: Raw<'_>, _as_of: Timestamp) -> Verdict {
        ((value.kind() != Kind::Null) == self.0).into()
    }
}

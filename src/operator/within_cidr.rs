//! `within_cidr`: the address or range lies within a range.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Example, OperandPlace, OperandProblem, OperandType, Operator, Test, ValueKind, Verdict,
    ip_range::IpRange, operand,
};
use crate::value::{Json, Kind, Raw};

pub(super) static OPERATOR: Operator = Operator {
    name: "within_cidr",
    meaning: "Every address of the value lies within one of the ranges.",
    on_null: "False.",
    judges: &[ValueKind::IpRange, ValueKind::Text],
    operand: OperandType::Ranges,
    examples: &[
        Example {
            value: r#""10.1.2.3""#,
            operand: r#""10.0.0.0/8""#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""10.0.0.0/7""#,
            operand: r#""10.0.0.0/8""#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""10.1.0.0/16""#,
            operand: r#"["192.168.0.0/16", "10.0.0.0/8"]"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""2001:db8::1""#,
            operand: r#""10.0.0.0/8""#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""::1""#,
            operand: r#""::/0""#,
            verdict: Verdict::True,
        },
        Example {
            value: r#"null"#,
            operand: r#""10.0.0.0/8""#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""office""#,
            operand: r#""10.0.0.0/8""#,
            verdict: Verdict::WrongType,
        },
        Example {
            value: r#"7"#,
            operand: r#""10.0.0.0/8""#,
            verdict: Verdict::WrongType,
        },
    ],
    compile,
    phrase,
};

fn compile(operand: &Value) -> Result<Box<dyn Test>, OperandProblem> {
    let texts = match operand {
        Value::Array(_) => operand::scalars(operand)?,
        other => vec![other.clone()],
    };
    let ranges = texts
        .iter()
        .enumerate()
        .map(|(index, text)| {
            text.as_str()
                .and_then(IpRange::parse)
                .ok_or_else(|| OperandProblem {
                    place: if operand.is_array() {
                        OperandPlace::Element(index)
                    } else {
                        OperandPlace::Whole
                    },
                    ..operand::problem(
                        "expected an IP range",
                        "write CIDR notation: `10.0.0.0/8` or `2001:db8::/32`",
                    )
                })
        })
        .collect::<Result<_, _>>()?;
    Ok(Box::new(WithinCidr(ranges)))
}

fn phrase(operand: &Value) -> String {
    format!("lies within {}", operand::shown(operand))
}

#[derive(Debug)]
struct WithinCidr(Vec<IpRange>);

impl Test for WithinCidr {
    fn test(&self, value: Raw<'_>, _as_of: Timestamp) -> Verdict {
        if value.kind() == Kind::Null {
            return Verdict::False;
        }
        match value.as_text().as_deref().and_then(IpRange::parse) {
            Some(range) => self.0.iter().any(|outer| outer.holds(range)).into(),
            None => Verdict::WrongType,
        }
    }
}

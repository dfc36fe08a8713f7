//! `length`: the number of elements of a list, or of characters of a text.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Example, OperandPlace, OperandProblem, OperandType, Operator, Test, ValueKind, Verdict, operand,
};
use crate::value::{Json, Kind, Raw};

pub(super) static OPERATOR: Operator = Operator {
    name: "length",
    meaning: "The list has so many elements, the text so many characters; with `{at_least: …, at_most: …}` a number within these bounds.",
    on_null: "False.",
    judges: &[
        ValueKind::Text,
        ValueKind::IpRange,
        ValueKind::List,
        ValueKind::Records,
    ],
    operand: OperandType::Size,
    examples: &[
        Example {
            value: r#"["a", "b"]"#,
            operand: r#"2"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#"[]"#,
            operand: r#"2"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"["a", "b"]"#,
            operand: r#"{"at_least": 1}"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#"["a", "b"]"#,
            operand: r#"{"at_least": 1, "at_most": 1}"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""über""#,
            operand: r#"4"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#"null"#,
            operand: r#"{"at_most": 4}"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"7"#,
            operand: r#"1"#,
            verdict: Verdict::WrongType,
        },
    ],
    compile,
    phrase,
};

fn compile(operand: &Value) -> Result<Box<dyn Test>, OperandProblem> {
    let Value::Object(bounds) = operand else {
        let exactly = operand::whole(operand)?;
        return Ok(Box::new(Length {
            at_least: exactly,
            at_most: exactly,
        }));
    };
    let mut length = Length {
        at_least: 0,
        at_most: u64::MAX,
    };
    if bounds.is_empty() {
        return Err(operand::problem("no bound is given", HELP));
    }
    for (key, bound) in bounds {
        let place = OperandPlace::Entry(key.clone());
        let target = match key.as_str() {
            "at_least" => &mut length.at_least,
            "at_most" => &mut length.at_most,
            _ => {
                return Err(OperandProblem {
                    place,
                    ..operand::problem(format!("unknown bound `{key}`"), HELP)
                });
            }
        };
        *target = operand::whole(bound).map_err(|problem| OperandProblem { place, ..problem })?;
    }
    if length.at_least > length.at_most {
        return Err(operand::problem(
            "`at_least` is greater than `at_most`",
            HELP,
        ));
    }
    Ok(Box::new(length))
}

fn phrase(operand: &Value) -> String {
    match operand {
        Value::Object(bounds) => {
            let bounds: Vec<String> = bounds
                .iter()
                .map(|(key, bound)| format!("{} {}", key.replace('_', " "), operand::shown(bound)))
                .collect();
            format!("has a length of {}", bounds.join(" and "))
        }
        other => format!("has a length of {}", operand::shown(other)),
    }
}

const HELP: &str = "write a whole number, or bounds: `{at_least: 1, at_most: 5}`";

#[derive(Debug)]
struct Length {
    at_least: u64,
    at_most: u64,
}

impl Test for Length {
    fn test(&self, value: Raw<'_>, _as_of: Timestamp) -> Verdict {
        let length = match value.kind() {
            Kind::Null => return Verdict::False,
            Kind::Array => value.elements().count(),
            Kind::Text => match value.as_text() {
                Some(text) => text.chars().count(),
                None => return Verdict::WrongType,
            },
            _ => return Verdict::WrongType,
        };
        (self.at_least..=self.at_most)
            .contains(&(length as u64))
            .into()
    }
}

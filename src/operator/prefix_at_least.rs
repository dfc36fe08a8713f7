//! `prefix_at_least`: the network prefix of the range is long enough.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Example, OperandPlace, OperandProblem, OperandType, Operator, Test, ValueKind, Verdict,
    ip_range::IpRange, operand,
};
use crate::value::{Json, Kind, Raw};

pub(super) static OPERATOR: Operator = Operator {
    name: "prefix_at_least",
    meaning: "The network prefix of the range is at least so long; a single address has the longest. With `{ipv4: …, ipv6: …}` each version has its own bound.",
    on_null: "False.",
    judges: &[ValueKind::IpRange, ValueKind::Text],
    operand: OperandType::PrefixLength,
    examples: &[
        Example {
            value: r#""10.0.0.0/24""#,
            operand: r#"24"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""10.0.0.0/23""#,
            operand: r#"24"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""10.1.2.3""#,
            operand: r#"32"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""2001:db8::/32""#,
            operand: r#"{"ipv4": 24, "ipv6": 48}"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""10.0.0.0/24""#,
            operand: r#"{"ipv4": 24, "ipv6": 48}"#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""::ffff:0.0.0.0/96""#,
            operand: r#"{"ipv4": 24, "ipv6": 48}"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"null"#,
            operand: r#"24"#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""office""#,
            operand: r#"24"#,
            verdict: Verdict::WrongType,
        },
    ],
    compile,
    phrase,
};

fn compile(operand: &Value) -> Result<Box<dyn Test>, OperandProblem> {
    if let Value::Object(versions) = operand {
        let known = ["ipv4", "ipv6"];
        if let Some(unknown) = versions.keys().find(|key| !known.contains(&key.as_str())) {
            return Err(OperandProblem {
                place: OperandPlace::Entry(unknown.clone()),
                ..operand::problem(format!("unknown IP version `{unknown}`"), HELP)
            });
        }
        let [Some(ipv4), Some(ipv6)] = known.map(|version| versions.get(version)) else {
            return Err(operand::problem(
                "one of the two IP versions is missing",
                HELP,
            ));
        };
        return Ok(Box::new(PrefixAtLeast {
            ipv4: length(ipv4, IPV4_LENGTH_MAX)?,
            ipv6: length(ipv6, IPV6_LENGTH_MAX)?,
        }));
    }
    let both = length(operand, IPV6_LENGTH_MAX)?;
    Ok(Box::new(PrefixAtLeast {
        ipv4: both,
        ipv6: both,
    }))
}

fn phrase(operand: &Value) -> String {
    match operand {
        Value::Object(versions) => format!(
            "has a prefix of at least {}",
            versions
                .iter()
                .map(|(version, length)| format!("/{length} ({version})"))
                .collect::<Vec<_>>()
                .join(" or ")
        ),
        other => format!("has a prefix of at least /{}", operand::shown(other)),
    }
}

const HELP: &str = "write a number of bits, or one for each version: `{ipv4: 24, ipv6: 48}`";
const IPV4_LENGTH_MAX: u64 = 32;
const IPV6_LENGTH_MAX: u64 = 128;

fn length(operand: &Value, longest: u64) -> Result<u8, OperandProblem> {
    operand
        .as_u64()
        .filter(|length| *length <= longest)
        .and_then(|length| u8::try_from(length).ok())
        .ok_or_else(|| operand::problem(format!("expected a prefix length, 0 to {longest}"), HELP))
}

#[derive(Debug)]
struct PrefixAtLeast {
    ipv4: u8,
    ipv6: u8,
}

impl Test for PrefixAtLeast {
    fn test(&self, value: Raw<'_>, _as_of: Timestamp) -> Verdict {
        if value.kind() == Kind::Null {
            return Verdict::False;
        }
        match value.as_text().as_deref().and_then(IpRange::parse) {
            Some(range) if range.address.is_ipv4() => (range.prefix_length >= self.ipv4).into(),
            Some(range) => (range.prefix_length >= self.ipv6).into(),
            None => Verdict::WrongType,
        }
    }
}

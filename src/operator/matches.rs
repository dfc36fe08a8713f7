//! `matches`: a regular expression finds something in the text.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Example, OperandPlace, OperandProblem, OperandType, Operator, Test, ValueKind, Verdict, operand,
};
use crate::value::{Json, Kind, Raw};

pub(super) static OPERATOR: Operator = Operator {
    name: "matches",
    meaning: "The pattern is found in the text; `^` and `$` tie it to the ends.",
    on_null: "False.",
    judges: &[ValueKind::Text, ValueKind::IpRange],
    operand: OperandType::Pattern,
    examples: &[
        Example {
            value: r#""svc-build""#,
            operand: r#""^svc-""#,
            verdict: Verdict::True,
        },
        Example {
            value: r#""my-svc-build""#,
            operand: r#""^svc-""#,
            verdict: Verdict::False,
        },
        Example {
            value: r#""ROOT""#,
            operand: r#""(?i)root""#,
            verdict: Verdict::True,
        },
        Example {
            value: r#"null"#,
            operand: r#""^svc-""#,
            verdict: Verdict::False,
        },
        Example {
            value: r#"7"#,
            operand: r#""7""#,
            verdict: Verdict::WrongType,
        },
    ],
    compile,
    phrase,
};

fn compile(operand: &Value) -> Result<Box<dyn Test>, OperandProblem> {
    let pattern = operand::text(operand)?;
    // Checked first by its grammar, which tells where the mistake is.
    if let Err(error) = regex_syntax::parse(pattern) {
        return Err(syntax_problem(pattern, &error));
    }
    regex::RegexBuilder::new(pattern)
        .size_limit(PROGRAM_BYTES_MAX)
        .build()
        .map(|pattern| Box::new(Matches(pattern)) as Box<dyn Test>)
        .map_err(|_| {
            operand::problem(
                format!("the pattern compiles to more than {PROGRAM_BYTES_MAX} bytes"),
                "use smaller repetition counts",
            )
        })
}

fn phrase(operand: &Value) -> String {
    format!("matches {}", operand::shown(operand))
}

/// Bytes of memory that a compiled pattern may take.
const PROGRAM_BYTES_MAX: usize = 1024 * 1024;

fn syntax_problem(pattern: &str, error: &regex_syntax::Error) -> OperandProblem {
    let (message, span) = match error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), Some(error.span())),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), Some(error.span())),
        _ => ("it is no regular expression".to_owned(), None),
    };
    let place = span.map_or(OperandPlace::Whole, |span| {
        let end = span.end.offset.min(pattern.len());
        OperandPlace::Bytes(span.start.offset.min(end)..end)
    });
    OperandProblem {
        message: format!("bad pattern: {message}"),
        help: "syntax: https://docs.rs/regex/latest/regex/#syntax".to_owned(),
        place,
    }
}

#[derive(Debug)]
struct Matches(regex::Regex);

impl Test for Matches {
    fn test(&self, value: Raw<'_>, _as_of: Timestamp) -> Verdict {
        if value.kind() == Kind::Null {
            return Verdict::False;
        }
        match value.as_text() {
            Some(text) => self.0.is_match(&text).into(),
            None => Verdict::WrongType,
        }
    }
}

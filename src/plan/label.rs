//! Checks and parts of populations in words.

use serde_json::Value;

use super::Check;
use crate::control::Quantifier;
use crate::jsonpath::{Comparison, Conjunct, LiteralUse, Selection};

/// A check in words: "last_active_at lies within the last 90 days".
pub(super) fn check(check: &Check) -> String {
    match check {
        Check::All(all) => joined(all, " and "),
        Check::Any(any) => joined(any, " or "),
        Check::Not(inner) => match &**inner {
            Check::All(_) | Check::Any(_) => format!("not {}", nested(inner)),
            _ => format!("not ({})", self::check(inner)),
        },
        Check::Test { label, .. }
        | Check::InSet { label, .. }
        | Check::Elements { label, .. }
        | Check::Unset { label, .. } => label.clone(),
    }
}

fn joined(checks: &[Check], word: &str) -> String {
    match checks {
        [only] => check(only),
        _ => checks.iter().map(nested).collect::<Vec<_>>().join(word),
    }
}

/// In parentheses if it joins several itself.
fn nested(inner: &Check) -> String {
    match inner {
        Check::All(several) | Check::Any(several) if several.len() > 1 => {
            format!("({})", check(inner))
        }
        _ => check(inner),
    }
}

/// What is said of the values of a path: "each of group_ids is in …".
pub(super) fn quantified(path: &str, quantifier: Quantifier, said: &str) -> String {
    let list = path.strip_suffix("[*]").unwrap_or(path);
    match quantifier {
        Quantifier::One => format!("{path} {said}"),
        Quantifier::Each => format!("each of {list} {said}"),
        Quantifier::Some => format!("at least one of {list} {said}"),
    }
}

/// One operand of `&&` in words where it is a plain comparison, else as it is written.
pub(super) fn conjunct(selector: &str, selection: &Selection, conjunct: &Conjunct) -> String {
    let span = conjunct.span();
    let mut inside = selection
        .filter()
        .map(|filter| filter.literals())
        .unwrap_or_default()
        .iter()
        .filter(|literal| span.start <= literal.span.start && literal.span.end <= span.end);
    match (inside.next(), inside.next()) {
        (Some(literal), None) if is_whole(selector, conjunct, literal) => {
            let path = &selector[literal.path.span.clone()];
            let path = path.strip_prefix("@.").unwrap_or(path);
            let value = match &literal.value {
                Value::String(text) => text.clone(),
                Value::Null => "none".to_owned(),
                other => other.to_string(),
            };
            format!("{path} {} {value}", comparison(literal.comparison))
        }
        _ => conjunct.text().replace("@.", ""),
    }
}

/// Whether the conjunct is the comparison and nothing else.
fn is_whole(selector: &str, conjunct: &Conjunct, literal: &LiteralUse) -> bool {
    let span = conjunct.span();
    let (first, second) = if literal.path.span.start < literal.span.start {
        (&literal.path.span, &literal.span)
    } else {
        (&literal.span, &literal.path.span)
    };
    let is_sign = |text: &str| text.trim().chars().all(|sign| "=!<>".contains(sign));
    span.start == first.start
        && span.end == second.end
        && first.end <= second.start
        && is_sign(&selector[first.end..second.start])
}

fn comparison(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "is",
        Comparison::NotEqual => "is not",
        Comparison::Less => "is less than",
        Comparison::AtMost => "is at most",
        Comparison::Greater => "is greater than",
        Comparison::AtLeast => "is at least",
    }
}

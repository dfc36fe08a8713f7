//! Comparing numbers.

use std::cmp::Ordering;

use super::Verdict;
use crate::value::{Json, Kind, Number, Raw};

/// Asks `holds` how a number compares with `operand`; `null` is false.
pub(super) fn judge(
    value: Raw<'_>,
    operand: Number,
    holds: impl FnOnce(Ordering) -> bool,
) -> Verdict {
    if value.kind() == Kind::Null {
        return Verdict::False;
    }
    match value.as_number().and_then(|number| number.compare(operand)) {
        Some(order) => holds(order).into(),
        None => Verdict::WrongType,
    }
}

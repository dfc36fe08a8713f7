//! Selector text -> where each of its parts stands, or the first mistake in words for its author.
//!
//! The grammar's parser (jsonpath-rust) gives neither places nor words that help, takes some forms
//! that RFC 9535 refuses (blanks inside a name, ill-typed calls) and needs exponential time for
//! wrong calls inside calls. So this reader goes first: one pass, as strict as the RFC, types
//! included. What it accepts it lists as [`Mark`]s in the order of the text, which is the order in
//! which `compile` walks the syntax tree.
//!
//! Source: RFC 9535, appendix A (grammar) and section 2.4.3 (well-typedness).

mod cursor;
mod filter;
mod function;
mod literal;
mod segment;

use std::ops::Range;

use self::function::Function;
use super::SyntaxError;

/// Bytes that a selector may have.
pub const SELECTOR_LENGTH_MAX: usize = 4096;

/// Brackets and parentheses that may be open at once.
pub const NESTING_MAX: usize = 64;

/// Function calls that may be open at once.
pub const CALL_NESTING_MAX: usize = 4;

/// A part of a selector and the bytes it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub part: Part,
    pub span: Range<usize>,
}

/// A part that has a counterpart in the syntax tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// `$` or `@` with all segments.
    Query,
    /// One segment with its dots or brackets.
    Segment,
    /// The name in a name selector, with its quotes if it has them.
    Name,
    /// An operand of `&&`: a comparison, a test, or parentheses, each with its `!`.
    Operand,
    /// A number, text, `true`, `false` or `null`.
    Literal,
    /// A call with its arguments.
    Call,
}

/// Reads `text` as a selector.
pub(super) fn read(text: &str) -> Result<Vec<Mark>, SyntaxError> {
    let mut reader = Reader {
        text,
        at: 0,
        marks: Vec::new(),
        open: 0,
        calls: 0,
    };
    reader.selector()?;
    Ok(reader.marks)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    marks: Vec<Mark>,
    open: usize,
    calls: usize,
}

type Read<T> = Result<T, SyntaxError>;

/// How many nodes a query can give.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    AtMostOne,
    Any,
}

/// What stands on one side of a comparison, alone as a test, or as an argument.
enum Operand {
    Literal,
    Query(Shape),
    Call(&'static Function),
}

//! Where the reader stands: looking ahead, marking parts, and saying what is wrong.

use std::ops::Range;

use super::{Mark, NESTING_MAX, Part, Read, Reader};
use crate::jsonpath::SyntaxError;

impl<'t> Reader<'t> {
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The character at the reader, or the empty place behind the last one.
    pub(super) fn here(&self) -> Range<usize> {
        self.at..self.at + self.peek().map_or(0, char::len_utf8)
    }

    pub(super) fn skip_while(&mut self, wanted: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|next| !wanted(next)).unwrap_or(rest.len());
    }

    pub(super) fn skip_blanks(&mut self) {
        self.skip_while(|next| matches!(next, ' ' | '\t' | '\n' | '\r'));
    }

    pub(super) fn start(&mut self, part: Part) -> usize {
        self.marks.push(Mark {
            part,
            span: self.at..self.at,
        });
        self.marks.len() - 1
    }

    pub(super) fn end(&mut self, mark: usize) {
        self.marks[mark].span.end = self.at;
    }

    pub(super) fn open(&mut self) -> Read<()> {
        self.open += 1;
        if self.open > NESTING_MAX {
            return self.wrong(
                self.here(),
                format!("more than {NESTING_MAX} brackets inside one another"),
                "split the condition",
            );
        }
        self.at += 1;
        Ok(())
    }

    pub(super) fn close(&mut self) {
        self.open -= 1;
        self.at += 1;
    }

    pub(super) fn unclosed<T>(&self, opening: usize) -> Read<T> {
        let bracket = &self.text[opening..=opening];
        let closing = if bracket == "[" { "]" } else { ")" };
        self.wrong(
            opening..opening + 1,
            format!("`{bracket}` is never closed"),
            format!("a `{closing}` is missing, at the latest at the end"),
        )
    }

    pub(super) fn unexpected<T>(&self, help: &str) -> Read<T> {
        let Some(found) = self.peek() else {
            return self.wrong(self.here(), "the selector ends too early", help);
        };
        if is_no_blank(found) {
            return self.wrong(
                self.here(),
                format!("the character U+{:04X} is no blank", u32::from(found)),
                "write an ordinary space",
            );
        }
        self.wrong(self.here(), format!("`{found}` cannot stand here"), help)
    }

    pub(super) fn wrong<T>(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Read<T> {
        Err(SyntaxError::new(span, message, help))
    }
}

/// Looks like a blank, and is none to the RFC: a no-break space from a web page, say.
pub(super) fn is_no_blank(next: char) -> bool {
    !next.is_ascii() && (next.is_whitespace() || matches!(next, '\u{feff}' | '\u{200b}'))
}

/// RFC 9535, `name-first`.
pub(super) fn is_name_first(next: char) -> bool {
    next.is_ascii_alphabetic() || next == '_' || next >= '\u{80}'
}

/// RFC 9535, `name-char`.
pub(super) fn is_name_char(next: char) -> bool {
    is_name_first(next) || next.is_ascii_digit()
}

/// The bytes that a part takes.
pub(super) fn mark_span(marks: &[Mark], mark: usize) -> Range<usize> {
    marks[mark].span.clone()
}

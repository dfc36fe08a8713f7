//! Numbers and quoted text.

use std::ops::Range;

use super::cursor::is_name_char;
use super::{Read, Reader};

/// Greatest whole number that a selector may hold: 2^53 - 1, exact in every implementation.
const INTEGER_MAX: u64 = 9_007_199_254_740_991;

impl<'t> Reader<'t> {
    /// An index, or a bound or step of a slice.
    pub(super) fn integer(&mut self) -> Read<()> {
        let start = self.at;
        let negative = self.peek() == Some('-');
        self.at += usize::from(negative);
        let digits = self.digits();
        let span = start..self.at;
        if digits.is_empty() {
            return self.wrong(
                span,
                "digits are missing behind `-`",
                "write a number as in `-1`",
            );
        }
        if digits.starts_with('0') && (digits.len() > 1 || negative) {
            return self.wrong(
                span,
                "a whole number has no leading zero, and no `-0`",
                "write it without the zero",
            );
        }
        self.check_range(span, digits)
    }

    fn check_range(&self, span: Range<usize>, digits: &str) -> Read<()> {
        match digits.parse::<u64>() {
            Ok(number) if number <= INTEGER_MAX => Ok(()),
            _ => self.wrong(
                span,
                "the number is too large",
                format!("whole numbers go up to 2^53 - 1, {INTEGER_MAX}"),
            ),
        }
    }

    pub(super) fn number(&mut self) -> Read<()> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some('-'));
        let whole = self.digits();
        if whole.is_empty() {
            return self.wrong(
                start..self.at,
                "digits are missing behind `-`",
                "write a number as in `-1`",
            );
        }
        if whole.starts_with('0') && whole.len() > 1 {
            return self.wrong(
                start..self.at,
                "a number has no leading zero",
                "quote it if it is text",
            );
        }
        self.check_range(start..self.at, whole)?;
        if self.peek() == Some('.') {
            self.at += 1;
            if self.digits().is_empty() {
                return self.wrong(
                    start..self.at,
                    "digits are missing behind the point",
                    "write a number as in `1.5`",
                );
            }
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some('+' | '-')));
            if self.digits().is_empty() {
                return self.wrong(
                    start..self.at,
                    "digits are missing in the exponent",
                    "write a number as in `1e6`",
                );
            }
        }
        if self.peek().is_some_and(is_name_char) {
            self.skip_while(is_name_char);
            let text = &self.text[start..self.at];
            return self.wrong(
                start..self.at,
                format!("`{text}` is no number"),
                format!("write `'{text}'` for text"),
            );
        }
        Ok(())
    }

    /// Text in quotes.
    pub(super) fn string(&mut self) -> Read<()> {
        let start = self.at;
        let quote = self.peek();
        self.at += 1;
        loop {
            let at = self.at;
            match self.peek() {
                None => {
                    return self.wrong(
                        start..self.text.len(),
                        "the text is never closed",
                        "end it with the quote it starts with",
                    );
                }
                Some('\\') => self.escape(quote)?,
                Some(next) if Some(next) == quote => {
                    self.at += 1;
                    return Ok(());
                }
                Some(next) if next < ' ' => {
                    return self.wrong(
                        self.here(),
                        "a control character cannot stand in text",
                        format!("write `\\u{:04x}`", u32::from(next)),
                    );
                }
                Some(next) => self.at = at + next.len_utf8(),
            }
        }
    }

    fn escape(&mut self, quote: Option<char>) -> Read<()> {
        let start = self.at;
        self.at += 1;
        let kind = self.peek();
        self.at += kind.map_or(0, char::len_utf8);
        match kind {
            Some('b' | 'f' | 'n' | 'r' | 't' | '/' | '\\') => return Ok(()),
            Some('\'' | '"') if kind == quote => return Ok(()),
            Some('u') => {
                let code = self.hex();
                let is_scalar = match code {
                    Some(0xd800..=0xdbff) if self.rest().starts_with("\\u") => {
                        self.at += 2;
                        matches!(self.hex(), Some(0xdc00..=0xdfff))
                    }
                    Some(0xd800..=0xdfff) | None => false,
                    Some(_) => true,
                };
                if is_scalar {
                    return Ok(());
                }
                return self.wrong(
                    start..self.at,
                    "`\\u` needs four hexadecimal digits, or two such for a surrogate pair",
                    "write the character itself",
                );
            }
            _ => {}
        }
        self.wrong(
            start..self.at,
            "this escape does not exist",
            "write `\\\\` for a backslash",
        )
    }

    /// Four hexadecimal digits.
    fn hex(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    fn digits(&mut self) -> &'t str {
        let start = self.at;
        self.skip_while(|next| next.is_ascii_digit());
        &self.text[start..self.at]
    }
}

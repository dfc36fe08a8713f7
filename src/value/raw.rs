//! A view of canonical JSON text: nothing is parsed until it is asked for, nothing is copied.
//!
//! INVARIANT (canonical line): the text was written by this program (compact, by serde_json's writer)
//! and, if it comes from disk, its digest was checked. That is why the reader may look for a quote or
//! a comma instead of parsing. On any other text it gives wrong answers, but never panics, never
//! loops, and never goes deeper than [`NESTING_MAX`]: what it cannot follow is absent.

use std::borrow::Cow;

use memchr::memchr2;
use serde_json::Value;

use super::{Json, Kind, Number};

/// Levels of arrays and objects that a value may have; deeper ones are absent. serde_json reads and
/// therefore writes no more than this for us.
pub const NESTING_MAX: usize = 128;

/// One JSON value as canonical text.
#[derive(Clone, Copy, Debug)]
pub struct Raw<'a> {
    /// Exactly the value: no blank before or after it.
    text: &'a str,
}

impl<'a> Raw<'a> {
    /// A view of `text`, which must be canonical (see the module) and one whole value.
    pub fn of_canonical(text: &'a str) -> Raw<'a> {
        Raw { text }
    }

    /// The text as it stands in the line.
    pub fn text(self) -> &'a str {
        self.text
    }

    /// What stands between the quotes, still escaped.
    fn quoted(self) -> Option<&'a str> {
        self.text.strip_prefix('"')?.strip_suffix('"')
    }
}

impl<'a> Json<'a> for Raw<'a> {
    type Elements = RawElements<'a>;
    type Members = RawMembers<'a>;

    fn kind(self) -> Kind {
        match self.text.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::Text,
            Some(b't' | b'f') => Kind::Boolean,
            Some(b'-' | b'0'..=b'9') => Kind::Number,
            // Canonical text has nothing else than `null` left.
            _ => Kind::Null,
        }
    }

    fn as_bool(self) -> Option<bool> {
        match self.text {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    fn as_number(self) -> Option<Number> {
        if self.kind() != Kind::Number {
            return None;
        }
        match self.text.parse() {
            Ok(whole) => Some(Number::Integer(whole)),
            // Rust also reads `-inf` and `-nan`, JSON has neither.
            Err(_) => self
                .text
                .parse()
                .ok()
                .filter(|float: &f64| float.is_finite())
                .map(Number::Float),
        }
    }

    fn as_text(self) -> Option<Cow<'a, str>> {
        unescaped(self.quoted()?, self.text)
    }

    fn is_text(self, text: &str) -> bool {
        is_written(self.text, text)
    }

    fn member(self, name: &str) -> Option<Self> {
        let mut members = Members::new(self.text);
        while let Some((key, value)) = members.next() {
            if is_written(key, name) {
                return Some(Raw {
                    text: members.text.get(value.0..value.1)?,
                });
            }
        }
        None
    }

    fn elements(self) -> Self::Elements {
        RawElements {
            text: self.text,
            at: opening(self.text, b'['),
        }
    }

    fn members(self) -> Self::Members {
        RawMembers(Members::new(self.text))
    }

    fn to_value(self) -> Value {
        // Only text that is not canonical can fail here, and that never becomes a value.
        serde_json::from_str(self.text).unwrap_or(Value::Null)
    }
}

/// Elements of an array in text; ends where the text cannot be followed.
#[derive(Clone, Debug)]
pub struct RawElements<'a> {
    text: &'a str,
    /// Where the next element starts; `None` when there is no more.
    at: Option<usize>,
}

impl<'a> Iterator for RawElements<'a> {
    type Item = Raw<'a>;

    fn next(&mut self) -> Option<Raw<'a>> {
        let bytes = self.text.as_bytes();
        let start = self.at.take()?;
        let end = value_end(bytes, start)?;
        if bytes.get(end) == Some(&b',') {
            self.at = Some(end + 1);
        }
        Some(Raw {
            text: self.text.get(start..end)?,
        })
    }
}

/// Members of an object in text, in the text's order; ends where the text cannot be followed.
#[derive(Clone, Debug)]
pub struct RawMembers<'a>(Members<'a>);

impl<'a> Iterator for RawMembers<'a> {
    type Item = (Cow<'a, str>, Raw<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = self.0.next()?;
        let text = self.0.text.get(value.0..value.1)?;
        Some((
            unescaped(key.strip_prefix('"')?.strip_suffix('"')?, key)?,
            Raw { text },
        ))
    }
}

/// Members as places in the text.
#[derive(Clone, Debug)]
struct Members<'a> {
    text: &'a str,
    at: Option<usize>,
}

impl<'a> Members<'a> {
    fn new(text: &'a str) -> Self {
        Members {
            text,
            at: opening(text, b'{'),
        }
    }

    /// The key with its quotes, and where its value starts and ends.
    fn next(&mut self) -> Option<(&'a str, (usize, usize))> {
        let bytes = self.text.as_bytes();
        let start = self.at.take()?;
        let colon = text_end(bytes, start)?;
        if bytes.get(colon) != Some(&b':') {
            return None;
        }
        let end = value_end(bytes, colon + 1)?;
        if bytes.get(end) == Some(&b',') {
            self.at = Some(end + 1);
        }
        Some((self.text.get(start..colon)?, (colon + 1, end)))
    }
}

/// Where the first element or member starts, if `text` opens with `bracket` and is not empty.
fn opening(text: &str, bracket: u8) -> Option<usize> {
    match text.as_bytes() {
        [first, second, ..] if *first == bracket && !matches!(second, b']' | b'}') => Some(1),
        _ => None,
    }
}

/// Whether `quoted`, a string in quotes and maybe with escapes, is `text`.
fn is_written(quoted: &str, text: &str) -> bool {
    let Some(inner) = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    else {
        return false;
    };
    if inner.len() == text.len() {
        // An escape is longer than what it stands for, so there must be none.
        return inner == text && !text.contains('\\');
    }
    inner.len() > text.len()
        && inner.contains('\\')
        && unescaped(inner, quoted).is_some_and(|own| own == text)
}

/// `inner` without escapes; `quoted` is the same with its quotes.
fn unescaped<'a>(inner: &'a str, quoted: &'a str) -> Option<Cow<'a, str>> {
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        Some(Cow::Borrowed(inner))
    } else {
        serde_json::from_str(quoted).ok().map(Cow::Owned)
    }
}

/// The place after the closing quote of the text that opens at `at`.
pub(super) fn text_end(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes.get(at) != Some(&b'"') {
        return None;
    }
    let mut from = at + 1;
    loop {
        let found = from + memchr2(b'"', b'\\', bytes.get(from..)?)?;
        if bytes[found] == b'"' {
            return Some(found + 1);
        }
        // The byte after a backslash is never the closing quote.
        from = found + 2;
    }
}

/// The place after the value that starts at `at`.
pub(super) fn value_end(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => text_end(bytes, at),
        b'{' | b'[' => container_end(bytes, at),
        b't' => word_end(bytes, at, b"true"),
        b'f' => word_end(bytes, at, b"false"),
        b'n' => word_end(bytes, at, b"null"),
        b'-' | b'0'..=b'9' => {
            let length = bytes[at + 1..]
                .iter()
                .position(|byte| !matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
            Some(length.map_or(bytes.len(), |length| at + 1 + length))
        }
        _ => None,
    }
}

fn word_end(bytes: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    bytes[at..].starts_with(word).then_some(at + word.len())
}

/// The place after the array or object that opens at `at`.
fn container_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut from = at;
    loop {
        match bytes.get(from)? {
            b'"' => {
                from = text_end(bytes, from)?;
                continue;
            }
            b'{' | b'[' => {
                depth += 1;
                if depth > NESTING_MAX {
                    return None;
                }
            }
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(from + 1);
                }
            }
            _ => {}
        }
        from += 1;
    }
}

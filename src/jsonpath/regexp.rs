//! I-Regexp (RFC 9485), the regular expressions of `match` and `search`, on top of the regex crate.
//!
//! Read strictly, so that `\d` or a look-ahead is refused instead of meaning something in one
//! implementation only, and written anew with everything escaped that the crate reads differently.
//! `^` and `$` are taken as anchors, as the RFC's own mappings (section 5) do.

use regex::{Regex, RegexBuilder};

/// Bytes that a compiled expression may take.
const COMPILED_SIZE_MAX: usize = 1 << 20;
/// Groups that may be open at once.
const GROUP_NESTING_MAX: usize = 64;

/// How much of a text an expression must match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it: `match`.
    Whole,
    /// Any part of it: `search`.
    Part,
}

/// Why a text is no I-Regexp, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub message: String,
    pub help: &'static str,
}

/// Compiles an I-Regexp.
pub(super) fn compile(pattern: &str, extent: Extent) -> Result<Regex, Refusal> {
    let translated = translate(pattern)?;
    let whole = match extent {
        Extent::Whole => format!(r"\A(?:{translated})\z"),
        Extent::Part => translated,
    };
    RegexBuilder::new(&whole)
        .size_limit(COMPILED_SIZE_MAX)
        .build()
        .map_err(|_| {
            refuse(
                "the pattern is too large, or a range in it runs backwards",
                "shorten it, and put the smaller bound first",
            )
        })
}

fn refuse(message: impl Into<String>, help: &'static str) -> Refusal {
    Refusal {
        message: message.into(),
        help,
    }
}

struct Reader<'p> {
    rest: std::iter::Peekable<std::str::Chars<'p>>,
    out: String,
}

/// The same expression in the regex crate's syntax.
fn translate(pattern: &str) -> Result<String, Refusal> {
    let mut reader = Reader {
        rest: pattern.chars().peekable(),
        out: String::with_capacity(pattern.len() + 16),
    };
    let mut open = 0_usize;
    // Whether there is something for a quantifier to repeat.
    let mut has_atom = false;
    while let Some(next) = reader.rest.next() {
        let was_atom = std::mem::replace(&mut has_atom, true);
        match next {
            '(' => {
                if reader.rest.peek() == Some(&'?') {
                    return Err(refuse(
                        "`(?` has no meaning in a pattern here",
                        "groups are plain `(…)`",
                    ));
                }
                open += 1;
                if open > GROUP_NESTING_MAX {
                    return Err(refuse(
                        format!("more than {GROUP_NESTING_MAX} groups inside one another"),
                        "simplify the pattern",
                    ));
                }
                // A capture would be kept for nobody.
                reader.out.push_str("(?:");
                has_atom = false;
            }
            ')' => {
                open = open.checked_sub(1).ok_or_else(|| {
                    refuse(
                        "`)` closes no group in the pattern",
                        r"write `\\)` for the character",
                    )
                })?;
                reader.out.push(')');
            }
            '|' => {
                reader.out.push('|');
                has_atom = false;
            }
            '*' | '+' | '?' if was_atom => {
                reader.out.push(next);
                has_atom = false;
            }
            '{' if was_atom => {
                reader.repetition()?;
                has_atom = false;
            }
            '*' | '+' | '?' | '{' => {
                return Err(refuse(
                    format!("`{next}` repeats nothing in the pattern"),
                    "a repetition stands once behind a character, class or group; there are no lazy ones",
                ));
            }
            '.' => reader.out.push_str(r"[^\n\r]"),
            '[' => reader.class()?,
            '\\' => reader.escape()?,
            '}' | ']' => {
                return Err(refuse(
                    format!("`{next}` opens nowhere in the pattern"),
                    r"write `\\}` or `\\]` for the character",
                ));
            }
            '^' | '$' => reader.out.push(next),
            plain => reader.plain(plain),
        }
    }
    if open > 0 {
        return Err(refuse(
            "a group in the pattern is never closed",
            r"write `\\(` for the character",
        ));
    }
    Ok(reader.out)
}

impl Reader<'_> {
    fn plain(&mut self, character: char) {
        let mut buffer = [0; 4];
        self.out
            .push_str(&regex::escape(character.encode_utf8(&mut buffer)));
    }

    /// `{3}`, `{3,}` or `{3,5}`, behind the brace.
    fn repetition(&mut self) -> Result<(), Refusal> {
        self.out.push('{');
        let mut digits = 0;
        let mut commas = 0;
        loop {
            match self.rest.next() {
                Some(digit @ '0'..='9') => {
                    digits += 1;
                    self.out.push(digit);
                }
                Some(',') if digits > 0 && commas == 0 => {
                    commas = 1;
                    self.out.push(',');
                }
                Some('}') if digits > 0 => {
                    self.out.push('}');
                    return Ok(());
                }
                _ => {
                    return Err(refuse(
                        "a repetition in the pattern is `{3}`, `{3,}` or `{3,5}`",
                        r"write `\\{` for the character",
                    ));
                }
            }
        }
    }

    /// An escape, behind the backslash.
    fn escape(&mut self) -> Result<(), Refusal> {
        match self.rest.next() {
            Some(kind @ ('p' | 'P')) => self.category(kind),
            other => {
                let character = single_escape(other)?;
                self.plain(character);
                Ok(())
            }
        }
    }

    /// `\p{Lu}`, behind the letter.
    fn category(&mut self, kind: char) -> Result<(), Refusal> {
        let mut name = String::new();
        let is_open = self.rest.next_if_eq(&'{').is_some();
        while let Some(letter) = self.rest.next_if(|next| next.is_ascii_alphabetic()) {
            name.push(letter);
        }
        let is_closed = self.rest.next_if_eq(&'}').is_some();
        if !is_open || !is_closed || !is_category(&name) {
            return Err(refuse(
                format!("`\\{kind}` needs a general category of Unicode in the pattern"),
                r"write `\\p{L}` for letters, `\\p{Nd}` for digits",
            ));
        }
        self.out.push_str(&format!("\\{kind}{{{name}}}"));
        Ok(())
    }

    /// A class, behind its bracket.
    fn class(&mut self) -> Result<(), Refusal> {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut count = 0;
        loop {
            let next = self.rest.next();
            count += 1;
            let start = match next {
                None => return Err(unclosed_class()),
                Some(']') if count > 1 => break,
                Some(']') => {
                    return Err(refuse(
                        "a class in the pattern is empty",
                        r"write `\\]` for the character",
                    ));
                }
                // A minus stands for itself only at either end.
                Some('-') if count == 1 || self.rest.peek() == Some(&']') => {
                    self.out.push_str(r"\-");
                    continue;
                }
                Some('\\') => match self.rest.next() {
                    Some(kind @ ('p' | 'P')) => {
                        self.category(kind)?;
                        continue;
                    }
                    other => single_escape(other)?,
                },
                Some(other) => class_character(other)?,
            };
            self.plain_in_class(start);
            if self.rest.peek() != Some(&'-') {
                continue;
            }
            let mut ahead = self.rest.clone();
            ahead.next();
            if ahead.peek() == Some(&']') {
                continue;
            }
            self.rest.next();
            self.out.push('-');
            let end = match self.rest.next() {
                None => return Err(unclosed_class()),
                Some('\\') => single_escape(self.rest.next())?,
                Some(other) => class_character(other)?,
            };
            self.plain_in_class(end);
        }
        self.out.push(']');
        Ok(())
    }

    fn plain_in_class(&mut self, character: char) {
        // `&&`, `--` and `~~` are operators of the crate inside a class.
        if matches!(character, '&' | '~' | '-' | '^' | '[' | ']' | '\\') {
            self.out.push('\\');
        }
        self.out.push(character);
    }
}

fn unclosed_class() -> Refusal {
    refuse(
        "a class in the pattern is never closed",
        r"write `\\[` for the character",
    )
}

fn class_character(character: char) -> Result<char, Refusal> {
    match character {
        '[' | ']' | '-' => Err(refuse(
            format!("`{character}` cannot stand in a class as it is in the pattern"),
            r"put `\\` before it",
        )),
        other => Ok(other),
    }
}

/// RFC 9485, `SingleCharEsc`, behind the backslash.
fn single_escape(character: Option<char>) -> Result<char, Refusal> {
    match character {
        Some('n') => Ok('\n'),
        Some('r') => Ok('\r'),
        Some('t') => Ok('\t'),
        Some(
            escaped @ ('(' | ')' | '*' | '+' | '-' | '.' | '?' | '[' | '\\' | ']' | '^' | '{' | '|'
            | '}' | '$'),
        ) => Ok(escaped),
        Some(other) => Err(refuse(
            format!("the escape `\\{other}` does not exist in I-Regexp (RFC 9485)"),
            r"write `[0-9]` for a digit, `[A-Za-z0-9_]` for a word character, `[ ]` for a blank",
        )),
        None => Err(refuse(
            "the pattern ends in a backslash",
            r"write `\\\\` for the character",
        )),
    }
}

/// RFC 9485, `IsCategory`.
fn is_category(name: &str) -> bool {
    let mut letters = name.chars();
    let (Some(major), minor, None) = (letters.next(), letters.next(), letters.next()) else {
        return false;
    };
    let minors = match major {
        'L' => "lmotu",
        'M' => "cen",
        'N' => "dlo",
        'P' => "cdefios",
        'Z' => "lps",
        'S' => "ckmo",
        'C' => "cfno",
        _ => return false,
    };
    minor.is_none_or(|minor| minors.contains(minor))
}

#[cfg(test)]
mod tests;

//! A selector, and the segments of a query: `.name`, `..name`, `[…]`.

use super::cursor::{is_name_char, is_name_first, is_no_blank, mark_span};
use super::function::{FUNCTIONS, functions};
use super::{Part, Read, Reader, SELECTOR_LENGTH_MAX, Shape};

impl Reader<'_> {
    pub(super) fn selector(&mut self) -> Read<()> {
        if self.text.len() > SELECTOR_LENGTH_MAX {
            return self.wrong(
                0..self.text.len(),
                format!("the selector has more than {SELECTOR_LENGTH_MAX} bytes"),
                "split it into several conditions",
            );
        }
        match self.peek() {
            Some('$') => {}
            Some(' ' | '\t' | '\n' | '\r') => {
                self.skip_blanks();
                return self.wrong(
                    0..self.at,
                    "a blank cannot stand at the beginning",
                    "remove it",
                );
            }
            Some('@') => {
                return self.wrong(
                    0..1,
                    "`@` stands for the node under test, and there is none yet",
                    "start with `$`, as in `$.accounts[*]`",
                );
            }
            _ => {
                return self.wrong(
                    self.here(),
                    "a selector starts with `$`",
                    "start with `$`, as in `$.accounts[*]`",
                );
            }
        }
        self.query()?;
        let end = self.at;
        self.skip_blanks();
        if self.at < self.text.len() {
            return self.unexpected("the selector ends here, or goes on with `.name` or `[…]`");
        }
        if self.at > end {
            return self.wrong(end..self.at, "a blank cannot stand at the end", "remove it");
        }
        Ok(())
    }

    /// `$` or `@` and its segments.
    pub(super) fn query(&mut self) -> Read<Shape> {
        let mark = self.start(Part::Query);
        self.at += 1;
        let mut shape = Shape::AtMostOne;
        loop {
            let end = self.at;
            self.skip_blanks();
            let segment = match self.peek() {
                Some('.') if self.rest().starts_with("..") => {
                    self.descendant_segment()?;
                    Shape::Any
                }
                Some('.') => self.dot_segment()?,
                Some('[') => {
                    let mark = self.start(Part::Segment);
                    let shape = self.brackets()?;
                    self.end(mark);
                    shape
                }
                _ => {
                    self.at = end;
                    self.end(mark);
                    return Ok(shape);
                }
            };
            if segment == Shape::Any {
                shape = Shape::Any;
            }
        }
    }

    fn descendant_segment(&mut self) -> Read<()> {
        let mark = self.start(Part::Segment);
        self.at += 2;
        match self.peek() {
            Some('[') => {
                self.brackets()?;
            }
            Some('*') => self.at += 1,
            Some(first) if is_name_first(first) => self.shorthand_name()?,
            _ => {
                return self.wrong(
                    mark_span(&self.marks, mark).start..self.at,
                    "`..` needs a name, `*` or `[…]` right behind it",
                    "write `..name`, `..*` or `..[…]`",
                );
            }
        }
        self.end(mark);
        Ok(())
    }

    fn dot_segment(&mut self) -> Read<Shape> {
        let mark = self.start(Part::Segment);
        self.at += 1;
        let shape = match self.peek() {
            Some('*') => {
                self.at += 1;
                Shape::Any
            }
            Some(first) if is_name_first(first) => {
                self.shorthand_name()?;
                Shape::AtMostOne
            }
            Some(' ' | '\t' | '\n' | '\r') => {
                return self.wrong(
                    self.here(),
                    "a blank cannot stand between `.` and a name",
                    "remove it",
                );
            }
            Some('[') => {
                return self.wrong(
                    self.at - 1..self.at,
                    "`.` cannot stand before `[`",
                    "write `[…]` without the dot",
                );
            }
            Some('\'' | '"') => {
                return self.wrong(
                    self.here(),
                    "a quoted name stands in brackets",
                    "write `['…']` without the dot",
                );
            }
            Some('0'..='9' | '-') => {
                return self.wrong(
                    self.here(),
                    "a name without quotes starts with a letter or `_`",
                    "for an index write `[0]`, for any other name `['…']`",
                );
            }
            _ => {
                return self.wrong(
                    self.here(),
                    "`.` needs a name or `*` behind it",
                    "write `.name`, `.*` or `[…]`",
                );
            }
        };
        self.end(mark);
        Ok(shape)
    }

    fn shorthand_name(&mut self) -> Read<()> {
        let mark = self.start(Part::Name);
        self.skip_while(is_name_char);
        self.end(mark);
        let start = mark_span(&self.marks, mark).start;
        let mut after = self.rest().chars();
        match (after.next(), after.next()) {
            (Some('-'), Some(next)) if is_name_char(next) => {
                self.skip_while(|next| is_name_char(next) || next == '-');
                let name = &self.text[start..self.at];
                self.wrong(
                    start..self.at,
                    format!("the name `{name}` must be quoted"),
                    format!("write `['{name}']`, without a dot"),
                )
            }
            (Some('('), _) => {
                let name = &self.text[start..self.at];
                let help = if FUNCTIONS.iter().any(|known| known.name == name) {
                    format!("write `{name}(…)` around the path, as in `{name}(@.email)`")
                } else {
                    functions()
                };
                self.wrong(start..self.at, "a path has no methods", help)
            }
            _ => Ok(()),
        }
    }

    /// `[` selectors `]`.
    fn brackets(&mut self) -> Read<Shape> {
        let opening = self.at;
        self.open()?;
        let mut shape = Shape::AtMostOne;
        let mut count = 0;
        loop {
            self.skip_blanks();
            if count > 0 && self.peek() == Some(']') {
                return self.unexpected("behind `,` another selector stands");
            }
            if self.bracketed_selector(opening)? == Shape::Any {
                shape = Shape::Any;
            }
            count += 1;
            self.skip_blanks();
            match self.peek() {
                Some(',') => self.at += 1,
                Some(']') => break,
                None => return self.unclosed(opening),
                Some(_) => return self.unexpected("`,` or `]` stands here"),
            }
        }
        self.close();
        Ok(if count > 1 { Shape::Any } else { shape })
    }

    fn bracketed_selector(&mut self, opening: usize) -> Read<Shape> {
        let start = self.at;
        match self.peek() {
            None => self.unclosed(opening),
            Some('\'' | '"') => {
                let mark = self.start(Part::Name);
                self.string()?;
                self.end(mark);
                Ok(Shape::AtMostOne)
            }
            Some('*') => {
                self.at += 1;
                Ok(Shape::Any)
            }
            Some('?') => {
                self.at += 1;
                self.logical()?;
                Ok(Shape::Any)
            }
            Some('-' | '0'..='9' | ':') => self.index_or_slice(),
            Some(']') => self.wrong(
                opening..start + 1,
                "the brackets are empty",
                "write `[*]` for every element, `[0]` for the first",
            ),
            Some('@' | '$' | '!' | '(') => self.wrong(
                self.here(),
                "a filter starts with `?`",
                "write `[?@.name == 'value']`",
            ),
            Some(first) if is_name_first(first) && !is_no_blank(first) => {
                self.skip_while(is_name_char);
                let name = &self.text[start..self.at];
                self.wrong(
                    start..self.at,
                    format!("the name `{name}` is not quoted"),
                    format!("write `['{name}']` or `.{name}`"),
                )
            }
            Some(_) => self.unexpected("a quoted name, an index, `*` or a filter `?…` stands here"),
        }
    }

    fn index_or_slice(&mut self) -> Read<Shape> {
        let mut colons = 0;
        if self.peek() != Some(':') {
            self.integer()?;
        }
        loop {
            let end = self.at;
            self.skip_blanks();
            if self.peek() != Some(':') || colons == 2 {
                self.at = end;
                break;
            }
            self.at += 1;
            colons += 1;
            let end = self.at;
            self.skip_blanks();
            if matches!(self.peek(), Some('-' | '0'..='9')) {
                self.integer()?;
            } else {
                self.at = end;
            }
        }
        Ok(if colons == 0 {
            Shape::AtMostOne
        } else {
            Shape::Any
        })
    }
}

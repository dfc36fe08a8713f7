//! What stands behind `?`: comparisons and tests, with `&&`, `||`, `!` and parentheses.

use std::ops::Range;

use super::cursor::{is_name_char, is_name_first, is_no_blank};
use super::function::{FUNCTIONS, Type};
use super::{Mark, Operand, Part, Read, Reader, Shape};

const COMPARISONS: &str = "compare with `==`, `!=`, `<`, `<=`, `>` or `>=`";

const COMPARED: &str = "write the comparison inside the parentheses";

impl<'t> Reader<'t> {
    /// Operands joined by `||` and `&&`; stops at whatever is neither.
    pub(super) fn logical(&mut self) -> Read<()> {
        loop {
            self.skip_blanks();
            self.operand_of_and()?;
            let end = self.at;
            self.skip_blanks();
            let rest = self.rest();
            if rest.starts_with("&&") || rest.starts_with("||") {
                self.at += 2;
            } else if rest.starts_with('&') || rest.starts_with('|') {
                let sign = &rest[..1];
                return self.wrong(
                    self.here(),
                    format!("a single `{sign}` joins nothing"),
                    format!("write `{sign}{sign}`"),
                );
            } else {
                self.refuse_word_operator()?;
                self.at = end;
                return Ok(());
            }
        }
    }

    /// Words between operands, as other languages have them.
    fn refuse_word_operator(&mut self) -> Read<()> {
        let start = self.at;
        if self.peek().is_some_and(is_no_blank) {
            return self.unexpected("");
        }
        let length = self
            .rest()
            .find(|next| !is_name_char(next))
            .unwrap_or(self.rest().len());
        let word = &self.rest()[..length];
        let help = match word.to_ascii_lowercase().as_str() {
            "" => return Ok(()),
            "and" => "write `&&`",
            "or" => "write `||`",
            "not" => "write `!` before the test",
            "in" | "nin" => {
                "compare with each value, joined by `||`; in a control use `where` with `in`"
            }
            "contains" | "has" | "anyof" => {
                "for a list write `@.roles[?@ == 'value']`, for text `search(@.name, 'part')`"
            }
            "like" | "matches" | "match" => "write `match(@.name, 'pattern')`",
            "eq" | "is" => "write `==`",
            "ne" => "write `!=`",
            _ => r"conditions are joined by `&&` or `||`; inside text a quote is written `\'`",
        };
        self.wrong(
            start..start + length,
            format!("the word `{word}` is no operator"),
            help,
        )
    }

    /// A comparison, a test or parentheses.
    fn operand_of_and(&mut self) -> Read<()> {
        let mark = self.start(Part::Operand);
        let negated = self.peek() == Some('!');
        if negated {
            self.at += 1;
            self.skip_blanks();
            if self.peek() == Some('!') {
                return self.wrong(self.here(), "`!` can stand only once", "remove both");
            }
        }
        if self.peek() == Some('(') {
            let opening = self.at;
            self.open()?;
            self.logical()?;
            self.skip_blanks();
            match self.peek() {
                Some(')') => self.close(),
                None => return self.unclosed(opening),
                Some(_) => return self.unexpected("`)`, `&&` or `||` stands here"),
            }
            self.end(mark);
            self.refuse_comparison("what stands in parentheses cannot be compared", COMPARED)?;
            return Ok(());
        }
        let start = self.at;
        let left = self.operand()?;
        let span = start..self.at;
        if negated {
            self.end(mark);
            self.refuse_comparison(
                "`!` goes with a test, not with a comparison",
                "write `!(…)` around the comparison, or turn its sign",
            )?;
            return self.check_test(&left, span);
        }
        let end = self.at;
        self.skip_blanks();
        if !self.comparison_sign()? {
            self.at = end;
            self.end(mark);
            return self.check_test(&left, span);
        }
        self.check_comparable(&left, span)?;
        self.skip_blanks();
        let start = self.at;
        let right = self.operand()?;
        self.check_comparable(&right, start..self.at)?;
        self.end(mark);
        self.refuse_comparison(
            "a comparison has two sides only",
            "join two comparisons by `&&`",
        )
    }

    /// Steps over a comparison sign; says whether there was one.
    fn comparison_sign(&mut self) -> Read<bool> {
        let length = self
            .rest()
            .find(|next| !matches!(next, '=' | '!' | '<' | '>' | '~'))
            .unwrap_or(self.rest().len());
        let sign = &self.rest()[..length];
        // The sign may be followed by the `!` of nothing that is allowed, so the run is the sign.
        let help = match sign {
            "" => return Ok(false),
            "==" | "!=" | "<=" | ">=" | "<" | ">" => {
                self.at += length;
                return Ok(true);
            }
            "=" | "===" => "write `==`",
            "<>" | "!==" | "=!" => "write `!=`",
            "=<" => "write `<=`",
            "=>" => "write `>=`",
            "=~" | "~=" | "~" => "write `match(@.name, 'pattern')` or `search(…)`",
            _ => COMPARISONS,
        };
        self.wrong(
            self.at..self.at + length,
            format!("`{sign}` is no comparison"),
            help,
        )
    }

    pub(super) fn refuse_comparison(&mut self, message: &str, help: &str) -> Read<()> {
        let end = self.at;
        self.skip_blanks();
        let start = self.at;
        if self.comparison_sign()? {
            return self.wrong(start..self.at, message, help);
        }
        self.at = end;
        Ok(())
    }

    /// A literal, a query or a call.
    pub(super) fn operand(&mut self) -> Read<Operand> {
        let mark_start = self.at;
        match self.peek() {
            Some('@' | '$') => self.query().map(Operand::Query),
            Some('\'' | '"') => {
                let mark = self.start(Part::Literal);
                self.string()?;
                self.end(mark);
                Ok(Operand::Literal)
            }
            Some('-' | '0'..='9') => {
                let mark = self.start(Part::Literal);
                self.number()?;
                self.end(mark);
                Ok(Operand::Literal)
            }
            Some('+') => self.wrong(self.here(), "a number has no `+`", "remove it"),
            Some('.') => self.wrong(
                self.here(),
                "a path starts with `@`, and a number with a digit",
                "write `@.name` or `0.5`",
            ),
            Some('[' | '{') => self.wrong(
                self.here(),
                "a comparison with an array or object is not possible",
                "compare single values",
            ),
            Some('/') => self.wrong(
                self.here(),
                "a pattern is text",
                "write `match(@.name, 'pattern')` or `search(…)`",
            ),
            Some('‘' | '’' | '“' | '”' | '`') => self.wrong(
                self.here(),
                "text stands in straight quotes",
                "write `'text'`",
            ),
            Some(first) if is_name_first(first) && !is_no_blank(first) => {
                self.skip_while(is_name_char);
                let word = &self.text[mark_start..self.at];
                if self.peek() == Some('(') {
                    self.at = mark_start;
                    return self.call(word).map(Operand::Call);
                }
                self.word(mark_start, word)
            }
            None => self.wrong(
                self.here(),
                "the selector ends in the middle of a condition",
                "a path `@.name`, text in quotes, a number or a function stands here",
            ),
            Some(_) => self
                .unexpected("a path `@.name`, text in quotes, a number or a function stands here"),
        }
    }

    fn word(&mut self, start: usize, word: &str) -> Read<Operand> {
        let span = start..self.at;
        if matches!(word, "true" | "false" | "null") {
            self.marks.push(Mark {
                part: Part::Literal,
                span,
            });
            return Ok(Operand::Literal);
        }
        let lower = word.to_ascii_lowercase();
        let end = self.at;
        self.skip_blanks();
        let is_spaced_call = end < self.at
            && self.peek() == Some('(')
            && FUNCTIONS.iter().any(|known| known.name == word);
        if is_spaced_call {
            return self.wrong(
                end..self.at,
                "a blank cannot stand between a function and `(`",
                "remove it",
            );
        }
        let help = match lower.as_str() {
            "true" | "false" | "null" => format!("write `{lower}`"),
            "none" | "nil" | "undefined" => "write `null`".to_owned(),
            "not" => {
                return self.wrong(
                    span,
                    "the word `not` is no operator",
                    "write `!` before the test",
                );
            }
            _ => format!("write `'{word}'` for text, `@.{word}` for a field"),
        };
        self.wrong(span, format!("the word `{word}` is not quoted"), help)
    }

    fn check_comparable(&self, operand: &Operand, span: Range<usize>) -> Read<()> {
        let text = &self.text[span.clone()];
        match operand {
            Operand::Literal | Operand::Query(Shape::AtMostOne) => Ok(()),
            Operand::Call(function) if function.result == Type::Value => Ok(()),
            Operand::Query(Shape::Any) => self.wrong(
                span,
                format!("`{text}` can be many values, and a comparison takes one"),
                "put the comparison inside, as in `@.roles[?@ == 'value']`, or compare `count(…)`",
            ),
            Operand::Call(function) => self.wrong(
                span,
                format!(
                    "`{}` is true or false by itself and cannot be compared",
                    function.name
                ),
                "leave out the comparison; put `!` before it for the opposite",
            ),
        }
    }

    fn check_test(&self, operand: &Operand, span: Range<usize>) -> Read<()> {
        let text = &self.text[span.clone()];
        match operand {
            Operand::Query(_) => Ok(()),
            Operand::Call(function) if function.result == Type::Logical => Ok(()),
            Operand::Call(_) => self.wrong(
                span,
                format!("`{text}` gives a value, which is no test by itself"),
                format!("compare it, as in `{text} == 1`"),
            ),
            Operand::Literal => self.wrong(
                span,
                format!("`{text}` is a value, which is no test by itself"),
                COMPARISONS,
            ),
        }
    }
}

//! Selector text -> where each of its parts stands, or the first mistake in words for its author.
//!
//! The grammar's parser (jsonpath-rust) gives neither places nor words that help, takes some forms
//! that RFC 9535 refuses (blanks inside a name, ill-typed calls) and needs exponential time for
//! wrong calls inside calls. So this reader goes first: one pass, as strict as the RFC, types
//! included. What it accepts it lists as [`Mark`]s in the order of the text, which is the order in
//! which `compile` walks the syntax tree.
//!
//! Source: RFC 9535, appendix A (grammar) and section 2.4.3 (well-typedness).

use std::ops::Range;

use super::SyntaxError;

/// Bytes that a selector may have.
pub const SELECTOR_LENGTH_MAX: usize = 4096;
/// Brackets and parentheses that may be open at once.
pub const NESTING_MAX: usize = 64;
/// Function calls that may be open at once.
pub const CALL_NESTING_MAX: usize = 4;
/// Greatest whole number that a selector may hold: 2^53 - 1, exact in every implementation.
const INTEGER_MAX: u64 = 9_007_199_254_740_991;

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

/// A function of RFC 9535, section 2.4.
struct Function {
    name: &'static str,
    parameters: &'static [Type],
    result: Type,
}

/// The types of RFC 9535, section 2.4.1.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Value,
    Logical,
    Nodes,
}

static FUNCTIONS: [Function; 5] = [
    Function {
        name: "length",
        parameters: &[Type::Value],
        result: Type::Value,
    },
    Function {
        name: "count",
        parameters: &[Type::Nodes],
        result: Type::Value,
    },
    Function {
        name: "value",
        parameters: &[Type::Nodes],
        result: Type::Value,
    },
    Function {
        name: "match",
        parameters: &[Type::Value, Type::Value],
        result: Type::Logical,
    },
    Function {
        name: "search",
        parameters: &[Type::Value, Type::Value],
        result: Type::Logical,
    },
];

const COMPARISONS: &str = "compare with `==`, `!=`, `<`, `<=`, `>` or `>=`";

impl<'t> Reader<'t> {
    fn selector(&mut self) -> Read<()> {
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
    fn query(&mut self) -> Read<Shape> {
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

    /// An index, or a bound or step of a slice.
    fn integer(&mut self) -> Read<()> {
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

    /// Operands joined by `||` and `&&`; stops at whatever is neither.
    fn logical(&mut self) -> Read<()> {
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

    fn refuse_comparison(&mut self, message: &str, help: &str) -> Read<()> {
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
    fn operand(&mut self) -> Read<Operand> {
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

    fn call(&mut self, name: &str) -> Read<&'static Function> {
        let start = self.at;
        let mark = self.start(Part::Call);
        let Some(function) = FUNCTIONS.iter().find(|known| known.name == name) else {
            return self.wrong(
                start..start + name.len(),
                format!("there is no function `{name}`"),
                instead_of(name),
            );
        };
        self.calls += 1;
        if self.calls > CALL_NESTING_MAX {
            return self.wrong(
                start..start + name.len(),
                format!("more than {CALL_NESTING_MAX} function calls inside one another"),
                "split the condition",
            );
        }
        self.at += name.len();
        let opening = self.at;
        self.open()?;
        let mut count = 0;
        loop {
            self.skip_blanks();
            if count == 0 && self.peek() == Some(')') {
                break;
            }
            let from = self.at;
            let argument = self.operand()?;
            let span = from..self.at;
            self.skip_blanks();
            match self.peek() {
                Some(',' | ')') => {}
                None => return self.unclosed(opening),
                Some(_) => {
                    self.refuse_comparison(
                        &format!("an argument of `{name}` cannot be a comparison"),
                        "compare what the function gives",
                    )?;
                    return self.unexpected("`,` or `)` stands here");
                }
            }
            if let Some(expected) = function.parameters.get(count) {
                self.check_argument(function, *expected, &argument, span)?;
            }
            count += 1;
            if self.peek() == Some(')') {
                break;
            }
            self.at += 1;
        }
        self.close();
        self.calls -= 1;
        self.end(mark);
        if count != function.parameters.len() {
            let wanted = match function.parameters.len() {
                1 => "one argument",
                _ => "two arguments",
            };
            return self.wrong(
                start..self.at,
                format!("`{name}` takes {wanted}, not {count}"),
                example(function),
            );
        }
        Ok(function)
    }

    fn check_argument(
        &self,
        function: &Function,
        expected: Type,
        argument: &Operand,
        span: Range<usize>,
    ) -> Read<()> {
        let name = function.name;
        let text = &self.text[span.clone()];
        match (expected, argument) {
            (Type::Value, Operand::Literal | Operand::Query(Shape::AtMostOne))
            | (Type::Nodes, Operand::Query(_)) => Ok(()),
            (_, Operand::Call(inner)) if inner.result == expected => Ok(()),
            (Type::Value, Operand::Query(Shape::Any)) => self.wrong(
                span,
                format!("`{name}` takes one value, and `{text}` can be many"),
                format!("write `value({text})` if it is one, or `count({text})` for how many"),
            ),
            (Type::Value, Operand::Call(inner)) => self.wrong(
                span,
                format!(
                    "`{name}` takes a value, and `{}` gives true or false",
                    inner.name
                ),
                example(function),
            ),
            _ => self.wrong(
                span,
                format!("`{name}` takes a path, and `{text}` is none"),
                example(function),
            ),
        }
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

    fn number(&mut self) -> Read<()> {
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
    fn string(&mut self) -> Read<()> {
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

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The character at the reader, or the empty place behind the last one.
    fn here(&self) -> Range<usize> {
        self.at..self.at + self.peek().map_or(0, char::len_utf8)
    }

    fn skip_while(&mut self, wanted: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|next| !wanted(next)).unwrap_or(rest.len());
    }

    fn skip_blanks(&mut self) {
        self.skip_while(|next| matches!(next, ' ' | '\t' | '\n' | '\r'));
    }

    fn start(&mut self, part: Part) -> usize {
        self.marks.push(Mark {
            part,
            span: self.at..self.at,
        });
        self.marks.len() - 1
    }

    fn end(&mut self, mark: usize) {
        self.marks[mark].span.end = self.at;
    }

    fn open(&mut self) -> Read<()> {
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

    fn close(&mut self) {
        self.open -= 1;
        self.at += 1;
    }

    fn unclosed<T>(&self, opening: usize) -> Read<T> {
        let bracket = &self.text[opening..=opening];
        let closing = if bracket == "[" { "]" } else { ")" };
        self.wrong(
            opening..opening + 1,
            format!("`{bracket}` is never closed"),
            format!("a `{closing}` is missing, at the latest at the end"),
        )
    }

    fn unexpected<T>(&self, help: &str) -> Read<T> {
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

    fn wrong<T>(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Read<T> {
        Err(SyntaxError::new(span, message, help))
    }
}

const COMPARED: &str = "write the comparison inside the parentheses";

fn mark_span(marks: &[Mark], mark: usize) -> Range<usize> {
    marks[mark].span.clone()
}

fn functions() -> String {
    "the functions are `length`, `count`, `value`, `match` and `search`".to_owned()
}

fn instead_of(name: &str) -> String {
    let known = match name.to_ascii_lowercase().as_str() {
        "length" | "len" | "size" => "length",
        "count" | "sum" => "count",
        "value" | "first" => "value",
        "match" | "matches" | "regex" => "match",
        "search" | "contains" | "find" | "test" => "search",
        _ => return functions(),
    };
    format!("did you mean `{known}`?")
}

fn example(function: &Function) -> String {
    let example = match function.name {
        "length" => "length(@.name) > 3",
        "count" => "count(@.roles[*]) > 3",
        "value" => "value(@.roles[*]) == 'admin'",
        "match" => "match(@.name, 'A.*')",
        _ => "search(@.name, 'part')",
    };
    format!("as in `{example}`")
}

/// RFC 9535, `name-first`.
fn is_name_first(next: char) -> bool {
    next.is_ascii_alphabetic() || next == '_' || next >= '\u{80}'
}

/// RFC 9535, `name-char`.
fn is_name_char(next: char) -> bool {
    is_name_first(next) || next.is_ascii_digit()
}

/// Looks like a blank, and is none to the RFC: a no-break space from a web page, say.
fn is_no_blank(next: char) -> bool {
    !next.is_ascii() && (next.is_whitespace() || matches!(next, '\u{feff}' | '\u{200b}'))
}

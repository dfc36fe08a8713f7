//! Syntax tree and places -> program.
//!
//! jsonpath-rust's tree has no places; [`outline`] lists them in the order of the text. This walk
//! takes the next place at each node, and stops with an error should the two ever disagree.

use std::ops::Range;

use jsonpath_rust::parser::model as ast;
use jsonpath_rust::parser::parse_json_path;

use super::outline::{self, Mark, Part};
use super::program::{
    Comparison, Literal, Operand, Origin, Path, Pattern, PatternCache, Segment, Selector, Slice,
    Test,
};
use super::regexp::{self, Extent};
use super::{LiteralUse, PathStep, PathUse, SyntaxError};
use crate::value::Number;

/// Which selectors are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// RFC 9535.
    Rfc,
    /// What a control may ask of one record: no `$`, no `..`, no list of selectors, a field first.
    Control,
}

/// A selector that was read and is not compiled yet.
pub(super) struct Parsed {
    pub query: ast::JpQuery,
    pub marks: Vec<Mark>,
}

/// Reads `text` as an RFC 9535 selector.
pub(super) fn parse(text: &str) -> Result<Parsed, SyntaxError> {
    let marks = outline::read(text)?;
    match parse_json_path(&with_plain_names(text, &marks)) {
        Ok(query) => Ok(Parsed { query, marks }),
        Err(_) => Err(unreadable(text)),
    }
}

fn unreadable(text: &str) -> SyntaxError {
    SyntaxError::new(
        0..text.len(),
        "the selector cannot be read",
        "write it in a simpler form",
    )
}

/// `text` without blanks of other scripts in names behind a dot: the RFC allows them, jsonpath-rust
/// cuts them off. A letter of the same length takes their place; the name itself is read from `text`.
fn with_plain_names(text: &str, marks: &[Mark]) -> String {
    let mut plain = text.to_owned();
    for mark in marks.iter().filter(|mark| mark.part == Part::Name) {
        let name = &text[mark.span.clone()];
        if name.starts_with(['\'', '"']) || !name.contains(char::is_whitespace) {
            continue;
        }
        let letters: String = name
            .chars()
            .map(|next| match (next.is_whitespace(), next.len_utf8()) {
                (false, _) => next,
                (true, 2) => 'ª',
                (true, _) => 'あ',
            })
            .collect();
        plain.replace_range(mark.span.clone(), &letters);
    }
    plain
}

/// What a program looks at, with places, for a check against the catalog.
#[derive(Clone, Debug, Default)]
pub(super) struct Uses {
    pub paths: Vec<PathUse>,
    pub literals: Vec<LiteralUse>,
}

pub(super) struct Compiler<'t> {
    text: &'t str,
    marks: std::slice::Iter<'t, Mark>,
    dialect: Dialect,
    /// The way from the record to `@`.
    here: Vec<PathStep>,
    pub uses: Uses,
}

type Compiled<T> = Result<T, SyntaxError>;

/// What an operand is for the list of uses.
enum Side {
    Path(PathUse),
    Literal(serde_json::Value, Range<usize>),
    Call,
}

impl<'t> Compiler<'t> {
    pub fn new(text: &'t str, marks: &'t [Mark], dialect: Dialect) -> Self {
        Compiler {
            text,
            marks: marks.iter(),
            dialect,
            here: Vec::new(),
            uses: Uses::default(),
        }
    }

    /// The place of the next part, which must be a `part`.
    pub fn expect(&mut self, part: Part) -> Compiled<Range<usize>> {
        match self.marks.next() {
            Some(mark) if mark.part == part => Ok(mark.span.clone()),
            _ => Err(unreadable(self.text)),
        }
    }

    fn is_control(&self) -> bool {
        self.dialect == Dialect::Control
    }

    pub fn path(&mut self, origin: Origin, segments: &[ast::Segment]) -> Compiled<Path> {
        self.path_and_use(origin, segments).map(|(path, _)| path)
    }

    fn path_and_use(
        &mut self,
        origin: Origin,
        segments: &[ast::Segment],
    ) -> Compiled<(Path, PathUse)> {
        let span = self.expect(Part::Query)?;
        if self.is_control() {
            if origin == Origin::Root {
                return Err(SyntaxError::new(
                    span,
                    "a condition on one record cannot look at others with `$`",
                    "joins are made with `let`",
                ));
            }
            let starts_with_name = matches!(
                segments.first(),
                Some(ast::Segment::Selector(ast::Selector::Name(_)))
            );
            let may_be_list = matches!(
                segments.first(),
                Some(ast::Segment::Descendant(_) | ast::Segment::Selectors(_))
            );
            // The two others are refused below, with words of their own.
            if self.here.is_empty() && !starts_with_name && !may_be_list {
                return Err(SyntaxError::new(
                    span,
                    "only named fields of a record can be looked at",
                    "start with the name of a field",
                ));
            }
        }
        let depth = self.here.len();
        let segments = segments
            .iter()
            .map(|segment| self.segment(segment))
            .collect::<Compiled<_>>()?;
        let used = PathUse {
            steps: self.here.clone(),
            span,
        };
        self.here.truncate(depth);
        if self.is_control() {
            self.uses.paths.push(used.clone());
        }
        Ok((Path { origin, segments }, used))
    }

    fn segment(&mut self, segment: &ast::Segment) -> Compiled<Segment> {
        let span = self.expect(Part::Segment)?;
        let (is_descendant, selectors) = match segment {
            ast::Segment::Descendant(inner) => (true, &**inner),
            other => (false, other),
        };
        if is_descendant && self.is_control() {
            return Err(SyntaxError::new(
                span,
                "`..` cannot stand in a control",
                "name each field on the way; `datasets show` lists them",
            ));
        }
        let selectors = match selectors {
            ast::Segment::Selector(selector) => std::slice::from_ref(selector),
            ast::Segment::Selectors(selectors) if self.is_control() && selectors.len() > 1 => {
                return Err(SyntaxError::new(
                    span,
                    "several selectors in one bracket cannot stand in a control",
                    "test them one at a time, joined by `&&` or `||`",
                ));
            }
            ast::Segment::Selectors(selectors) => selectors,
            ast::Segment::Descendant(_) => return Err(unreadable(self.text)),
        };
        Ok(Segment {
            is_descendant,
            selectors: selectors
                .iter()
                .map(|selector| self.selector(selector))
                .collect::<Compiled<_>>()?,
        })
    }

    fn selector(&mut self, selector: &ast::Selector) -> Compiled<Selector> {
        Ok(match selector {
            ast::Selector::Name(name) => {
                let (name, span) = self.name(name)?;
                self.step(PathStep::Name {
                    name: name.clone(),
                    span,
                });
                Selector::Name(name.into())
            }
            ast::Selector::Index(index) => {
                self.step(PathStep::Elements);
                Selector::Index(*index)
            }
            ast::Selector::Wildcard => {
                self.step(PathStep::Elements);
                Selector::Wildcard
            }
            ast::Selector::Slice(start, end, step) => {
                self.step(PathStep::Elements);
                Selector::Slice(Slice {
                    start: *start,
                    end: *end,
                    step: step.unwrap_or(1),
                })
            }
            ast::Selector::Filter(filter) => {
                self.step(PathStep::Elements);
                Selector::Filter(Box::new(self.test(filter)?.0))
            }
        })
    }

    /// The next name: as the text has it behind a dot, as the tree has it without its escapes.
    pub fn name(&mut self, unescaped: &str) -> Compiled<(String, Range<usize>)> {
        let span = self.expect(Part::Name)?;
        let written = &self.text[span.clone()];
        let name = if written.starts_with(['\'', '"']) {
            unescaped
        } else {
            written
        };
        Ok((name.to_owned(), span))
    }

    /// In a list of selectors the steps would not be one way; a control has no such lists.
    fn step(&mut self, step: PathStep) {
        if self.is_control() {
            self.here.push(step);
        }
    }

    /// A condition and its place.
    pub fn test(&mut self, filter: &ast::Filter) -> Compiled<(Test, Range<usize>)> {
        let operands = match filter {
            ast::Filter::Or(operands) | ast::Filter::And(operands) => operands,
            ast::Filter::Atom(atom) => return self.operand_of_and(atom),
        };
        let mut tests = Vec::with_capacity(operands.len());
        let mut whole: Option<Range<usize>> = None;
        for operand in operands {
            let (test, span) = self.test(operand)?;
            tests.push(test);
            whole = Some(whole.map_or(span.start, |whole| whole.start)..span.end);
        }
        let whole = whole.ok_or_else(|| unreadable(self.text))?;
        let test = match filter {
            ast::Filter::Or(_) => Test::Or(tests),
            _ => Test::And(tests),
        };
        Ok((test, whole))
    }

    fn operand_of_and(&mut self, atom: &ast::FilterAtom) -> Compiled<(Test, Range<usize>)> {
        let span = self.expect(Part::Operand)?;
        let (test, is_negated) = match atom {
            ast::FilterAtom::Filter { expr, not } => (self.test(expr)?.0, *not),
            ast::FilterAtom::Test { expr, not } => (self.existence_or_match(expr)?, *not),
            ast::FilterAtom::Comparison(comparison) => (self.comparison(comparison)?, false),
        };
        let test = if is_negated {
            Test::Not(Box::new(test))
        } else {
            test
        };
        Ok((test, span))
    }

    fn existence_or_match(&mut self, test: &ast::Test) -> Compiled<Test> {
        let path = match test {
            ast::Test::RelQuery(segments) => self.path(Origin::Current, segments)?,
            ast::Test::AbsQuery(query) => self.path(Origin::Root, &query.segments)?,
            ast::Test::Function(function) => return self.matches(function),
        };
        Ok(match path.to_singular() {
            Some(singular) => Test::ExistsOne(singular),
            None => Test::ExistsAny(path),
        })
    }

    fn matches(&mut self, function: &ast::TestFunction) -> Compiled<Test> {
        self.expect(Part::Call)?;
        let (text, pattern, extent) = match function {
            ast::TestFunction::Match(text, pattern) => (text, pattern, Extent::Whole),
            ast::TestFunction::Search(text, pattern) => (text, pattern, Extent::Part),
            _ => return Err(unreadable(self.text)),
        };
        let (text, _) = self.argument(text)?;
        let pattern = match self.argument(pattern)? {
            (Operand::Literal(literal), Side::Literal(_, span)) => {
                Pattern::Fixed(self.fixed_pattern(&literal, span, extent)?)
            }
            (operand, _) => Pattern::Found(operand, extent, PatternCache::default()),
        };
        Ok(Test::Matches(text, pattern))
    }

    /// RFC 9535 lets a wrong pattern match nothing; a control's author is told.
    fn fixed_pattern(
        &self,
        literal: &Literal,
        span: Range<usize>,
        extent: Extent,
    ) -> Compiled<Option<regex::Regex>> {
        let refusal = match literal {
            Literal::Text(pattern) => match regexp::compile(pattern, extent) {
                Ok(regex) => return Ok(Some(regex)),
                Err(refusal) => SyntaxError::new(span, refusal.message, refusal.help),
            },
            _ => SyntaxError::new(span, "a pattern is text", "put it in quotes"),
        };
        if self.is_control() {
            Err(refusal)
        } else {
            Ok(None)
        }
    }

    fn comparison(&mut self, comparison: &ast::Comparison) -> Compiled<Test> {
        let sign = match comparison {
            ast::Comparison::Eq(..) => Comparison::Equal,
            ast::Comparison::Ne(..) => Comparison::NotEqual,
            ast::Comparison::Lt(..) => Comparison::Less,
            ast::Comparison::Lte(..) => Comparison::AtMost,
            ast::Comparison::Gt(..) => Comparison::Greater,
            ast::Comparison::Gte(..) => Comparison::AtLeast,
        };
        let (left, right) = comparison.vals();
        let (left, left_side) = self.comparable(left)?;
        let (right, right_side) = self.comparable(right)?;
        let pair = match (left_side, right_side) {
            (Side::Path(path), Side::Literal(value, span)) => Some((path, value, span, sign)),
            (Side::Literal(value, span), Side::Path(path)) => {
                Some((path, value, span, sign.turned()))
            }
            _ => None,
        };
        if let Some((path, value, span, comparison)) = pair {
            self.uses.literals.push(LiteralUse {
                path,
                comparison,
                value,
                span,
            });
        }
        Ok(match (left, sign, right) {
            (Operand::Singular(path), Comparison::Equal, Operand::Literal(literal)) => {
                Test::Is(path, literal)
            }
            (Operand::Singular(path), Comparison::NotEqual, Operand::Literal(literal)) => {
                Test::Not(Box::new(Test::Is(path, literal)))
            }
            (left, sign, right) => Test::Compare(left, sign, right),
        })
    }

    fn comparable(&mut self, comparable: &ast::Comparable) -> Compiled<(Operand, Side)> {
        match comparable {
            ast::Comparable::Literal(literal) => self.literal(literal),
            ast::Comparable::SingularQuery(ast::SingularQuery::Current(segments)) => {
                self.singular(Origin::Current, &as_segments(segments))
            }
            ast::Comparable::SingularQuery(ast::SingularQuery::Root(segments)) => {
                self.singular(Origin::Root, &as_segments(segments))
            }
            ast::Comparable::Function(function) => self.call(function),
        }
    }

    fn argument(&mut self, argument: &ast::FnArg) -> Compiled<(Operand, Side)> {
        let test = match argument {
            ast::FnArg::Literal(literal) => return self.literal(literal),
            ast::FnArg::Test(test) => test,
            ast::FnArg::Filter(_) => return Err(unreadable(self.text)),
        };
        match &**test {
            ast::Test::RelQuery(segments) => self.singular(Origin::Current, segments),
            ast::Test::AbsQuery(query) => self.singular(Origin::Root, &query.segments),
            ast::Test::Function(function) => self.call(function),
        }
    }

    fn singular(&mut self, origin: Origin, segments: &[ast::Segment]) -> Compiled<(Operand, Side)> {
        let (path, used) = self.path_and_use(origin, segments)?;
        let singular = path.to_singular().ok_or_else(|| unreadable(self.text))?;
        Ok((Operand::Singular(singular), Side::Path(used)))
    }

    fn call(&mut self, function: &ast::TestFunction) -> Compiled<(Operand, Side)> {
        self.expect(Part::Call)?;
        let operand = match function {
            ast::TestFunction::Length(argument) => {
                Operand::Length(Box::new(self.argument(argument)?.0))
            }
            ast::TestFunction::Count(argument) => Operand::Count(self.nodes(argument)?),
            ast::TestFunction::Value(argument) => Operand::Value(self.nodes(argument)?),
            _ => return Err(unreadable(self.text)),
        };
        Ok((operand, Side::Call))
    }

    fn nodes(&mut self, argument: &ast::FnArg) -> Compiled<Path> {
        if let ast::FnArg::Test(test) = argument {
            match &**test {
                ast::Test::RelQuery(segments) => return self.path(Origin::Current, segments),
                ast::Test::AbsQuery(query) => return self.path(Origin::Root, &query.segments),
                ast::Test::Function(_) => {}
            }
        }
        Err(unreadable(self.text))
    }

    fn literal(&mut self, literal: &ast::Literal) -> Compiled<(Operand, Side)> {
        let span = self.expect(Part::Literal)?;
        let (literal, value) = match literal {
            ast::Literal::Null => (Literal::Null, serde_json::Value::Null),
            ast::Literal::Bool(boolean) => (Literal::Boolean(*boolean), (*boolean).into()),
            ast::Literal::Int(whole) => (Literal::Number(Number::Integer(*whole)), (*whole).into()),
            ast::Literal::Float(float) => (Literal::Number(Number::Float(*float)), (*float).into()),
            ast::Literal::String(text) => {
                (Literal::Text(text.as_str().into()), text.as_str().into())
            }
        };
        Ok((Operand::Literal(literal), Side::Literal(value, span)))
    }
}

impl Comparison {
    /// The same comparison with its sides exchanged.
    fn turned(self) -> Comparison {
        match self {
            Comparison::Equal | Comparison::NotEqual => self,
            Comparison::Less => Comparison::Greater,
            Comparison::AtMost => Comparison::AtLeast,
            Comparison::Greater => Comparison::Less,
            Comparison::AtLeast => Comparison::AtMost,
        }
    }
}

fn as_segments(segments: &[ast::SingularQuerySegment]) -> Vec<ast::Segment> {
    segments
        .iter()
        .map(|segment| {
            ast::Segment::Selector(match segment {
                ast::SingularQuerySegment::Name(name) => ast::Selector::Name(name.clone()),
                ast::SingularQuerySegment::Index(index) => ast::Selector::Index(*index),
            })
        })
        .collect()
}

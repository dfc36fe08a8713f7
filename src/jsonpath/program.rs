//! What a selector is compiled to: the form that `evaluate` runs.
//!
//! It differs from the syntax tree in what is decided once: which queries give one node at most,
//! what a literal is, which pattern a regular expression has.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use regex::Regex;

use super::regexp::{self, Extent};
use crate::value::Number;

/// Patterns from documents that are kept compiled.
const PATTERN_COUNT_MAX: usize = 64;

/// Where a query starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// `$`
    Root,
    /// `@`
    Current,
}

/// A query that gives any number of nodes.
#[derive(Clone, Debug)]
pub(super) struct Path {
    pub origin: Origin,
    pub segments: Vec<Segment>,
}

#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// `..` instead of `.`
    pub is_descendant: bool,
    pub selectors: Vec<Selector>,
}

#[derive(Clone, Debug)]
pub(super) enum Selector {
    Name(Box<str>),
    Index(i64),
    Wildcard,
    Slice(Slice),
    Filter(Box<Test>),
}

/// Start, end and step of `[start:end:step]`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slice {
    pub start: Option<i64>,
    pub end: Option<i64>,
    pub step: i64,
}

/// A query that gives one node at most.
#[derive(Clone, Debug)]
pub(super) struct Singular {
    pub origin: Origin,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    Name(Box<str>),
    Index(i64),
}

impl Path {
    /// The same path as steps, if each segment is one name or one index.
    pub fn to_singular(&self) -> Option<Singular> {
        let steps = self
            .segments
            .iter()
            .map(|segment| match &*segment.selectors {
                [Selector::Name(name)] if !segment.is_descendant => Some(Step::Name(name.clone())),
                [Selector::Index(index)] if !segment.is_descendant => Some(Step::Index(*index)),
                _ => None,
            })
            .collect::<Option<_>>()?;
        Some(Singular {
            origin: self.origin,
            steps,
        })
    }
}

/// A condition.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Or(Vec<Test>),
    And(Vec<Test>),
    Not(Box<Test>),
    ExistsOne(Singular),
    ExistsAny(Path),
    /// `==` of a path with a literal, the most common comparison by far.
    Is(Singular, Literal),
    Compare(Operand, Comparison, Operand),
    Matches(Operand, Pattern),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// One side of a comparison, or an argument.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    Literal(Literal),
    Singular(Singular),
    Length(Box<Operand>),
    Count(Path),
    Value(Path),
}

#[derive(Clone, Debug)]
pub(super) enum Literal {
    Null,
    Boolean(bool),
    Number(Number),
    Text(Box<str>),
}

/// The second argument of `match` and `search`.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    /// A literal: compiled with the selector; `None` if it is no I-Regexp, which matches nothing.
    Fixed(Option<Regex>),
    /// Comes from the document.
    Found(Operand, Extent, PatternCache),
}

/// Patterns compiled before.
#[derive(Clone, Debug, Default)]
pub(super) struct PatternCache(Arc<Mutex<BTreeMap<Box<str>, Option<Regex>>>>);

impl PatternCache {
    /// `pattern` compiled; `None` if it is no I-Regexp.
    pub fn regex(&self, pattern: &str, extent: Extent) -> Option<Regex> {
        // A panic elsewhere cannot leave half an entry behind.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(regex) = known.get(pattern) {
            return regex.clone();
        }
        if known.len() >= PATTERN_COUNT_MAX {
            known.clear();
        }
        let regex = regexp::compile(pattern, extent).ok();
        known.insert(pattern.into(), regex.clone());
        regex
    }
}

//! Program and document -> nodes, and conditions -> truth; in RFC mode or in evidence mode.
//!
//! In evidence mode a query also says whether it is *complete*: whether it saw all there is, or met
//! something that is not known. RFC mode is the same walk where everything counts as known, so there
//! no condition is ever unknown.
//!
//! | selector | on what it is for | on `null` | on anything else |
//! | --- | --- | --- | --- |
//! | name | the member; absent: incomplete | nothing, complete | incomplete |
//! | index | the element; out of range: nothing, complete | nothing, complete | incomplete |
//! | wildcard | every element or member | nothing, complete | incomplete |
//! | slice | the elements | nothing, complete | incomplete |
//! | filter | where the test is true; where it is unknown: incomplete | nothing, complete | incomplete |
//!
//! Nothing is allocated on the way, except for `..`, for a slice that runs backwards, and for text
//! with escapes.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::ControlFlow;

use super::program::{
    Comparison, Literal, Operand, Origin, Path, Pattern, Segment, Selector, Singular, Slice, Step,
    Test,
};
use crate::value::{Json, Kind, Number, Truth};

/// A value on its way through the segments, with or without a record of the way.
pub(super) trait Node<J>: Clone {
    /// The value itself.
    fn value(&self) -> J;
    /// The node of a member.
    fn to_member(&self, name: &str, value: J) -> Self;
    /// The node of an element.
    fn to_element(&self, index: usize, value: J) -> Self;
}

/// A node that does not remember its way.
#[derive(Clone, Copy)]
pub(super) struct Unplaced<J>(pub J);

impl<J: Copy> Node<J> for Unplaced<J> {
    fn value(&self) -> J {
        self.0
    }

    fn to_member(&self, _: &str, value: J) -> Self {
        Unplaced(value)
    }

    fn to_element(&self, _: usize, value: J) -> Self {
        Unplaced(value)
    }
}

/// What a query for one node comes to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<J> {
    Node(J),
    /// Known to be none.
    Nothing,
    Unknown,
}

/// What an operand comes to.
enum Operated<'x, J> {
    Unknown,
    Nothing,
    Null,
    Boolean(bool),
    Number(Number),
    Text(Cow<'x, str>),
    /// An array or object.
    Structured(J),
}

/// Runs programs over one document, whose `$` is `root`.
pub(super) struct Evaluator<J, const EVIDENCE: bool> {
    pub root: J,
}

/// Evaluates with the meaning of RFC 9535.
pub(super) type RfcEvaluator<J> = Evaluator<J, false>;
/// Evaluates with absent fields as unknown.
pub(super) type EvidenceEvaluator<J> = Evaluator<J, true>;

impl<J, const EVIDENCE: bool> Evaluator<J, EVIDENCE> {
    /// Hands every node that `segments` give from `node` to `emit`, in the RFC's order, until
    /// `emit` breaks; takes `complete` away if there may be more.
    pub fn walk<'a, N: Node<J>, F>(
        &self,
        segments: &[Segment],
        mut node: N,
        complete: &mut bool,
        emit: &mut F,
    ) -> ControlFlow<()>
    where
        J: Json<'a>,
        F: FnMut(N) -> ControlFlow<()>,
    {
        let mut segments = segments;
        loop {
            let Some((segment, rest)) = segments.split_first() else {
                return emit(node);
            };
            segments = rest;
            // The usual segment selects one node: no need to go deeper for it.
            let next = match &*segment.selectors {
                _ if segment.is_descendant => None,
                [Selector::Name(name)] => Some(self.name(name, &node)),
                [Selector::Index(index)] => Some(self.index(*index, &node)),
                _ => None,
            };
            match next {
                Some(Found::Node(next)) => node = next,
                Some(Found::Nothing) => return ControlFlow::Continue(()),
                Some(Found::Unknown) => {
                    *complete = false;
                    return ControlFlow::Continue(());
                }
                None => {
                    let mut go_on =
                        |next: N, complete: &mut bool| self.walk(rest, next, complete, emit);
                    return if segment.is_descendant {
                        self.descend(&segment.selectors, node, complete, &mut go_on)
                    } else {
                        self.select_all(&segment.selectors, &node, complete, &mut go_on)
                    };
                }
            }
        }
    }

    /// The descendant segment: `node` itself, then everything below it, parents first.
    fn descend<'a, N: Node<J>, F>(
        &self,
        selectors: &[Selector],
        node: N,
        complete: &mut bool,
        go_on: &mut F,
    ) -> ControlFlow<()>
    where
        J: Json<'a>,
        F: FnMut(N, &mut bool) -> ControlFlow<()>,
    {
        let mut pending = vec![node];
        while let Some(node) = pending.pop() {
            self.select_all(selectors, &node, complete, go_on)?;
            let from = pending.len();
            let _ = children(&node, &mut |child| {
                pending.push(child);
                ControlFlow::Continue(())
            });
            pending[from..].reverse();
        }
        ControlFlow::Continue(())
    }

    fn select_all<'a, N: Node<J>, F>(
        &self,
        selectors: &[Selector],
        node: &N,
        complete: &mut bool,
        go_on: &mut F,
    ) -> ControlFlow<()>
    where
        J: Json<'a>,
        F: FnMut(N, &mut bool) -> ControlFlow<()>,
    {
        for selector in selectors {
            self.select(selector, node, complete, go_on)?;
        }
        ControlFlow::Continue(())
    }

    fn select<'a, N: Node<J>, F>(
        &self,
        selector: &Selector,
        node: &N,
        complete: &mut bool,
        go_on: &mut F,
    ) -> ControlFlow<()>
    where
        J: Json<'a>,
        F: FnMut(N, &mut bool) -> ControlFlow<()>,
    {
        let found = match selector {
            Selector::Name(name) => self.name(name, node),
            Selector::Index(index) => self.index(*index, node),
            Selector::Wildcard => {
                children(node, &mut |child| go_on(child, complete))?;
                self.none_of_children(node.value().kind())
            }
            Selector::Slice(slice) => {
                slice_of(*slice, node, &mut |child| go_on(child, complete))?;
                self.none_of(node.value().kind(), Kind::Array)
            }
            Selector::Filter(test) => {
                children(node, &mut |child| match self.test(test, child.value()) {
                    Truth::True => go_on(child, complete),
                    Truth::False => ControlFlow::Continue(()),
                    Truth::Unknown => {
                        *complete = false;
                        ControlFlow::Continue(())
                    }
                })?;
                self.none_of_children(node.value().kind())
            }
        };
        match found {
            Found::Node(next) => go_on(next, complete),
            Found::Nothing => ControlFlow::Continue(()),
            Found::Unknown => {
                *complete = false;
                ControlFlow::Continue(())
            }
        }
    }

    fn name<'a, N: Node<J>>(&self, name: &str, node: &N) -> Found<N>
    where
        J: Json<'a>,
    {
        let value = node.value();
        match value.member(name) {
            Some(member) => Found::Node(node.to_member(name, member)),
            None if !EVIDENCE || value.kind() == Kind::Null => Found::Nothing,
            None => Found::Unknown,
        }
    }

    fn index<'a, N: Node<J>>(&self, index: i64, node: &N) -> Found<N>
    where
        J: Json<'a>,
    {
        let value = node.value();
        match element(value, index) {
            Some((index, element)) => Found::Node(node.to_element(index, element)),
            None => self.none_of(value.kind(), Kind::Array),
        }
    }

    /// What it means that a value of `kind` gave no more to a selector that is for `wanted`.
    fn none_of<N>(&self, kind: Kind, wanted: Kind) -> Found<N> {
        if !EVIDENCE || kind == wanted || kind == Kind::Null {
            Found::Nothing
        } else {
            Found::Unknown
        }
    }

    /// The same for a selector of children, which arrays and objects have.
    fn none_of_children<N>(&self, kind: Kind) -> Found<N> {
        match kind {
            Kind::Object => Found::Nothing,
            other => self.none_of(other, Kind::Array),
        }
    }

    /// The node of a query that gives one at most.
    pub fn follow<'a>(&self, path: &Singular, current: J) -> Found<J>
    where
        J: Json<'a>,
    {
        let mut node = Unplaced(match path.origin {
            Origin::Root => self.root,
            Origin::Current => current,
        });
        for step in &path.steps {
            let next = match step {
                Step::Name(name) => self.name(name, &node),
                Step::Index(index) => self.index(*index, &node),
            };
            match next {
                Found::Node(next) => node = next,
                Found::Nothing => return Found::Nothing,
                Found::Unknown => return Found::Unknown,
            }
        }
        Found::Node(node.0)
    }

    fn start<'a>(&self, path: &Path, current: J) -> Unplaced<J>
    where
        J: Json<'a>,
    {
        Unplaced(match path.origin {
            Origin::Root => self.root,
            Origin::Current => current,
        })
    }

    /// Whether `test` holds for `current`.
    pub fn test<'a>(&self, test: &Test, current: J) -> Truth
    where
        J: Json<'a>,
    {
        match test {
            Test::Or(tests) => Truth::any(tests.iter().map(|test| self.test(test, current))),
            Test::And(tests) => Truth::all(tests.iter().map(|test| self.test(test, current))),
            Test::Not(test) => self.test(test, current).not(),
            Test::ExistsOne(path) => match self.follow(path, current) {
                Found::Node(_) => Truth::True,
                Found::Nothing => Truth::False,
                Found::Unknown => Truth::Unknown,
            },
            Test::ExistsAny(path) => {
                let mut complete = true;
                let found = self
                    .walk(
                        &path.segments,
                        self.start(path, current),
                        &mut complete,
                        &mut |_| ControlFlow::Break(()),
                    )
                    .is_break();
                match (found, complete) {
                    (true, _) => Truth::True,
                    (false, true) => Truth::False,
                    (false, false) => Truth::Unknown,
                }
            }
            Test::Is(path, literal) => match self.follow(path, current) {
                Found::Node(node) => is_literal(node, literal).into(),
                Found::Nothing => Truth::False,
                Found::Unknown => Truth::Unknown,
            },
            Test::Compare(left, comparison, right) => {
                match (self.operand(left, current), self.operand(right, current)) {
                    (Operated::Unknown, _) | (_, Operated::Unknown) => Truth::Unknown,
                    (left, right) => compare(&left, *comparison, &right).into(),
                }
            }
            Test::Matches(text, pattern) => self.matches(text, pattern, current),
        }
    }

    fn matches<'a>(&self, text: &Operand, pattern: &Pattern, current: J) -> Truth
    where
        J: Json<'a>,
    {
        let text = self.operand(text, current);
        let (regex, extent, cache) = match pattern {
            Pattern::Fixed(regex) => {
                return match (text, regex) {
                    (Operated::Unknown, _) => Truth::Unknown,
                    (Operated::Text(text), Some(regex)) => regex.is_match(&text).into(),
                    _ => Truth::False,
                };
            }
            Pattern::Found(operand, extent, cache) => {
                (self.operand(operand, current), *extent, cache)
            }
        };
        match (text, regex) {
            (Operated::Unknown, _) | (_, Operated::Unknown) => Truth::Unknown,
            (Operated::Text(text), Operated::Text(pattern)) => cache
                .regex(&pattern, extent)
                .is_some_and(|regex| regex.is_match(&text))
                .into(),
            _ => Truth::False,
        }
    }

    fn operand<'a: 'x, 'x>(&self, operand: &'x Operand, current: J) -> Operated<'x, J>
    where
        J: Json<'a>,
    {
        match operand {
            Operand::Literal(Literal::Null) => Operated::Null,
            Operand::Literal(Literal::Boolean(boolean)) => Operated::Boolean(*boolean),
            Operand::Literal(Literal::Number(number)) => Operated::Number(*number),
            Operand::Literal(Literal::Text(text)) => Operated::Text(Cow::Borrowed(text)),
            Operand::Singular(path) => match self.follow(path, current) {
                Found::Node(node) => operated(node),
                Found::Nothing => Operated::Nothing,
                Found::Unknown => Operated::Unknown,
            },
            Operand::Length(argument) => match self.operand(argument, current) {
                Operated::Unknown => Operated::Unknown,
                Operated::Text(text) => count(text.chars().count()),
                Operated::Structured(node) if node.kind() == Kind::Array => {
                    count(node.elements().count())
                }
                Operated::Structured(node) => count(node.members().count()),
                _ => Operated::Nothing,
            },
            Operand::Count(path) => {
                let mut complete = true;
                let mut number = 0;
                let _ = self.walk(
                    &path.segments,
                    self.start(path, current),
                    &mut complete,
                    &mut |_| {
                        number += 1;
                        ControlFlow::Continue(())
                    },
                );
                if complete {
                    count(number)
                } else {
                    Operated::Unknown
                }
            }
            Operand::Value(path) => {
                let mut complete = true;
                let mut only = None;
                let many = self
                    .walk(
                        &path.segments,
                        self.start(path, current),
                        &mut complete,
                        &mut |node| match only.replace(node) {
                            None => ControlFlow::Continue(()),
                            Some(_) => ControlFlow::Break(()),
                        },
                    )
                    .is_break();
                match only {
                    // Two are too many, whatever else there may be.
                    _ if many => Operated::Nothing,
                    _ if !complete => Operated::Unknown,
                    Some(Unplaced(node)) => operated(node),
                    None => Operated::Nothing,
                }
            }
        }
    }
}

fn is_literal<'a, J: Json<'a>>(node: J, literal: &Literal) -> bool {
    match literal {
        Literal::Null => node.kind() == Kind::Null,
        Literal::Boolean(boolean) => node.as_bool() == Some(*boolean),
        Literal::Number(number) => node
            .as_number()
            .is_some_and(|own| own.compare(*number) == Some(Ordering::Equal)),
        Literal::Text(text) => node.is_text(text),
    }
}

fn operated<'a: 'x, 'x, J: Json<'a>>(node: J) -> Operated<'x, J> {
    let scalar = match node.kind() {
        Kind::Null => Some(Operated::Null),
        Kind::Boolean => node.as_bool().map(Operated::Boolean),
        Kind::Number => node.as_number().map(Operated::Number),
        Kind::Text => node.as_text().map(Operated::Text),
        Kind::Array | Kind::Object => Some(Operated::Structured(node)),
    };
    // Only text that is no JSON has a kind without its value.
    scalar.unwrap_or(Operated::Nothing)
}

fn count<'x, J>(number: usize) -> Operated<'x, J> {
    // No document has 2^63 parts.
    Operated::Number(Number::Integer(i64::try_from(number).unwrap_or(i64::MAX)))
}

/// Every element with its index, or every member with its name.
fn children<'a, J: Json<'a>, N: Node<J>>(
    node: &N,
    each: &mut impl FnMut(N) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let value = node.value();
    match value.kind() {
        Kind::Array => {
            for (index, element) in value.elements().enumerate() {
                each(node.to_element(index, element))?;
            }
        }
        Kind::Object => {
            for (name, member) in value.members() {
                each(node.to_member(&name, member))?;
            }
        }
        _ => {}
    }
    ControlFlow::Continue(())
}

/// The element at `index`, counted from the end if negative, and its place from the start.
fn element<'a, J: Json<'a>>(value: J, index: i64) -> Option<(usize, J)> {
    let place = match usize::try_from(index) {
        Ok(place) => place,
        Err(_) => value
            .elements()
            .count()
            .checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?,
    };
    value.elements().nth(place).map(|element| (place, element))
}

/// RFC 9535, section 2.3.4.2.
fn slice_of<'a, J: Json<'a>, N: Node<J>>(
    slice: Slice,
    node: &N,
    each: &mut impl FnMut(N) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let value = node.value();
    if slice.step == 0 || value.kind() != Kind::Array {
        return ControlFlow::Continue(());
    }
    let length = i64::try_from(value.elements().count()).unwrap_or(i64::MAX);
    let from_start = |bound: i64| {
        if bound < 0 {
            length.saturating_add(bound)
        } else {
            bound
        }
    };
    // Within 0 to the length, so the casts below are exact.
    if slice.step > 0 {
        let lower = slice.start.map_or(0, from_start).clamp(0, length) as usize;
        let upper = slice.end.map_or(length, from_start).clamp(0, length) as usize;
        let step = usize::try_from(slice.step).unwrap_or(usize::MAX);
        let elements = value.elements().enumerate().take(upper).skip(lower);
        for (index, element) in elements.step_by(step) {
            each(node.to_element(index, element))?;
        }
    } else {
        // From `upper` down to `lower`, which is left out; -1 stands before the first element.
        let upper = slice
            .start
            .map_or(length - 1, from_start)
            .clamp(-1, length - 1);
        let lower = slice.end.map_or(-1, from_start).clamp(-1, length - 1);
        let elements: Vec<J> = value.elements().collect();
        let mut index = upper;
        while index > lower {
            let place = index as usize;
            each(node.to_element(place, elements[place]))?;
            index = index.saturating_add(slice.step);
        }
    }
    ControlFlow::Continue(())
}

fn compare<'a, J: Json<'a>>(
    left: &Operated<'_, J>,
    comparison: Comparison,
    right: &Operated<'_, J>,
) -> bool {
    match comparison {
        Comparison::Equal => is_equal(left, right),
        Comparison::NotEqual => !is_equal(left, right),
        Comparison::Less => is_less(left, right),
        Comparison::AtMost => is_less(left, right) || is_equal(left, right),
        Comparison::Greater => is_less(right, left),
        Comparison::AtLeast => is_less(right, left) || is_equal(left, right),
    }
}

fn is_equal<'a, J: Json<'a>>(left: &Operated<'_, J>, right: &Operated<'_, J>) -> bool {
    match (left, right) {
        (Operated::Nothing, Operated::Nothing) | (Operated::Null, Operated::Null) => true,
        (Operated::Boolean(left), Operated::Boolean(right)) => left == right,
        (Operated::Number(left), Operated::Number(right)) => {
            left.compare(*right) == Some(Ordering::Equal)
        }
        (Operated::Text(left), Operated::Text(right)) => left == right,
        (Operated::Structured(left), Operated::Structured(right)) => {
            are_same_structure(*left, *right)
        }
        _ => false,
    }
}

/// Goes as deep as the documents do: 128 levels at most (`value::NESTING_MAX`, serde_json's limit).
fn are_same_structure<'a, J: Json<'a>>(left: J, right: J) -> bool {
    if left.kind() != right.kind() {
        return false;
    }
    let are_equal = |left: J, right: J| is_equal(&operated(left), &operated(right));
    if left.kind() == Kind::Array {
        let mut others = right.elements();
        left.elements()
            .all(|element| others.next().is_some_and(|other| are_equal(element, other)))
            && others.next().is_none()
    } else {
        left.members().count() == right.members().count()
            && left.members().all(|(name, member)| {
                right
                    .member(&name)
                    .is_some_and(|other| are_equal(member, other))
            })
    }
}

fn is_less<J>(left: &Operated<'_, J>, right: &Operated<'_, J>) -> bool {
    match (left, right) {
        (Operated::Number(left), Operated::Number(right)) => {
            left.compare(*right) == Some(Ordering::Less)
        }
        // UTF-8 sorts as Unicode scalar values do.
        (Operated::Text(left), Operated::Text(right)) => left < right,
        _ => false,
    }
}

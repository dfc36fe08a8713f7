//! `product_access[*].key`: what stands after an implied `@.`, in evidence mode.

use std::collections::BTreeSet;
use std::ops::{ControlFlow, Range};

use super::compile::{self, Compiler, Dialect, Uses};
use super::evaluate::{EvidenceEvaluator, Found, Unplaced};
use super::program::{Origin, Path, Singular};
use super::{LiteralUse, PathStep, PathUse, SyntaxError};
use crate::value::Json;

/// A compiled path from a record to its values.
#[derive(Clone, Debug)]
pub struct RelativePath {
    path: Path,
    /// The same, if it gives one value at most.
    single: Option<Singular>,
    uses: Uses,
}

impl RelativePath {
    /// Compiles `text`: a field's name, and what else a JSONPath has behind it.
    ///
    /// # Errors
    /// If it is no path or looks beyond its record; the span counts from the start of `text`.
    pub fn parse(text: &str) -> Result<RelativePath, SyntaxError> {
        let wrong = |length: usize, message: &str, help: &str| {
            Err(SyntaxError::new(0..length, message, help))
        };
        let prefix = match text.chars().next() {
            None => return wrong(0, "the path is empty", "write the name of a field"),
            Some('$' | '@') => {
                return wrong(
                    1,
                    "a path starts with the name of a field",
                    "leave out `$.` and `@.`",
                );
            }
            Some('.') => {
                return wrong(
                    1,
                    "a path starts with the name of a field",
                    "leave out the dot",
                );
            }
            Some(' ' | '\t' | '\n' | '\r') => {
                return wrong(1, "a path cannot start with a blank", "remove it");
            }
            Some('[') => "$",
            Some(_) => "$.",
        };
        let selector = format!("{prefix}{text}");
        let back = |place: usize| place.saturating_sub(prefix.len());
        let shifted = |span: Range<usize>| back(span.start)..back(span.end);
        let compiled = compile::parse(&selector).and_then(|parsed| {
            let mut compiler = Compiler::new(&selector, &parsed.marks, Dialect::Control);
            let path = compiler.path(Origin::Current, &parsed.query.segments)?;
            Ok((path, compiler.uses))
        });
        let (path, mut uses) = compiled.map_err(|error| SyntaxError {
            span: shifted(error.span),
            ..error
        })?;
        for used in &mut uses.paths {
            shift(used, &shifted);
        }
        for used in &mut uses.literals {
            used.span = shifted(used.span.clone());
            shift(&mut used.path, &shifted);
        }
        uses.paths.sort_by_key(|used| used.span.start);
        Ok(RelativePath {
            single: path.to_singular(),
            path,
            uses,
        })
    }

    /// The values in `record`, and whether these are all.
    pub fn eval<'a, J: Json<'a>>(&self, record: J) -> Nodes<J> {
        let evaluator = EvidenceEvaluator { root: record };
        let mut nodes = Nodes {
            first: None,
            rest: Vec::new(),
            complete: true,
        };
        if let Some(single) = &self.single {
            match evaluator.follow(single, record) {
                Found::Node(node) => nodes.first = Some(node),
                Found::Nothing => {}
                Found::Unknown => nodes.complete = false,
            }
            return nodes;
        }
        let mut complete = true;
        let _ = evaluator.walk(
            &self.path.segments,
            Unplaced(record),
            &mut complete,
            &mut |node| {
                match nodes.first {
                    None => nodes.first = Some(node.0),
                    Some(_) => nodes.rest.push(node.0),
                }
                ControlFlow::Continue(())
            },
        );
        nodes.complete = complete;
        nodes
    }

    /// Whether it gives one value at most, whatever the record.
    pub fn is_single(&self) -> bool {
        self.single.is_some()
    }

    /// Names of the record's fields that it looks at: the one it starts with.
    pub fn fields(&self) -> BTreeSet<&str> {
        self.uses.paths.iter().map(PathUse::field).collect()
    }

    /// The path itself and those in its filters, in the order of the text.
    pub fn paths(&self) -> &[PathUse] {
        &self.uses.paths
    }

    /// Comparisons of a path with a literal in its filters, in the order of the text.
    pub fn literals(&self) -> &[LiteralUse] {
        &self.uses.literals
    }
}

fn shift(used: &mut PathUse, shifted: &impl Fn(Range<usize>) -> Range<usize>) {
    used.span = shifted(used.span.clone());
    for step in &mut used.steps {
        if let PathStep::Name { span, .. } = step {
            *span = shifted(span.clone());
        }
    }
}

/// The values that a path gives in one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nodes<J> {
    /// Apart from the rest, so that one value needs no memory of its own.
    first: Option<J>,
    rest: Vec<J>,
    complete: bool,
}

impl<J: Copy> Nodes<J> {
    /// The values, in the order of the record.
    pub fn values(&self) -> impl Iterator<Item = J> {
        self.first.iter().chain(&self.rest).copied()
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.rest.len()
    }

    /// Whether there is no value: known to be none if [`is_complete`](Nodes::is_complete), else unknown.
    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// The first value; the only one of a path that [`is_single`](RelativePath::is_single).
    pub fn first(&self) -> Option<J> {
        self.first
    }

    /// Whether these are all there are: nothing on the way was absent or of a wrong type.
    pub fn is_complete(&self) -> bool {
        self.complete
    }
}

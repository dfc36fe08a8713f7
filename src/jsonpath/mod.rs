//! JSONPath (RFC 9535): text -> compiled query -> nodes, or the truth of a condition.
//!
//! Grammar and syntax tree are jsonpath-rust's; places, words for mistakes, types and evaluation are
//! ours. `outline` reads the text, `compile` makes the `program` of the tree, `evaluate` runs it over
//! anything that is [`Json`]. There are two modes:
//!
//! - **RFC mode**, [`Query`]: what the standard says, for `datasets query` and the compliance suite.
//! - **Evidence mode**, [`Selection`], [`Filter`] and [`RelativePath`], for controls: an absent field
//!   makes a condition unknown instead of false, so that a record with missing evidence can never drop
//!   silently out of a population. The table of what is known stands in `evaluate`.
//!
//! What evidence mode promises: take a member away that the condition reaches by its name, and the
//! truth stays as it was or becomes unknown; never does true become false or the other way round, and
//! never is unknown settled. It does not hold where a condition asks for whatever members there are:
//! a wildcard or filter over an object, the `length` of an object, and `==` between objects. Records
//! have no such fields; who gives them some must refuse those forms by [`PathUse::steps`].

mod compile;
mod evaluate;
mod located;
mod outline;
mod program;
mod regexp;
mod per_record;
mod relative_path;
mod selection;

use std::ops::{ControlFlow, Range};

use crate::value::Json;
use compile::{Compiler, Dialect};
use evaluate::{RfcEvaluator, Unplaced};
use located::Placed;
use program::{Origin, Path};

pub use outline::{CALL_NESTING_MAX, NESTING_MAX, SELECTOR_LENGTH_MAX};
pub use per_record::PerRecord;
pub use program::Comparison;
pub use relative_path::{Nodes, RelativePath};
pub use selection::{Conjunct, Filter, Selection, Verdict};

/// A selector that its author must change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
    /// The bytes of the selector that are wrong, on the bounds of characters; empty at the place where
    /// something is missing.
    pub span: Range<usize>,
    /// What to write instead.
    pub help: Option<String>,
}

impl SyntaxError {
    fn new(span: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Self {
        SyntaxError {
            message: message.into(),
            span,
            help: Some(help.into()),
        }
    }
}

/// A compiled RFC 9535 selector.
#[derive(Clone, Debug)]
pub struct Query {
    path: Path,
}

impl Query {
    /// Compiles `selector`.
    ///
    /// # Errors
    /// If RFC 9535 does not allow it, or if it is longer than [`SELECTOR_LENGTH_MAX`] or nested deeper
    /// than [`NESTING_MAX`] or [`CALL_NESTING_MAX`].
    pub fn parse(selector: &str) -> Result<Query, SyntaxError> {
        let parsed = compile::parse(selector)?;
        let mut compiler = Compiler::new(selector, &parsed.marks, Dialect::Rfc);
        let path = compiler.path(Origin::Root, &parsed.query.segments)?;
        Ok(Query { path })
    }

    /// The values that the selector gives, in the RFC's order.
    pub fn nodes<'a, J: Json<'a>>(&self, root: J) -> Vec<J> {
        let mut nodes = Vec::new();
        let _ = RfcEvaluator { root }.walk(
            &self.path.segments,
            Unplaced(root),
            &mut true,
            &mut |node| {
                nodes.push(node.0);
                ControlFlow::Continue(())
            },
        );
        nodes
    }

    /// The same values, each with its normalized path (RFC 9535, section 2.7).
    pub fn located<'a, J: Json<'a>>(&self, root: J) -> Vec<(String, J)> {
        let mut nodes = Vec::new();
        let _ = RfcEvaluator { root }.walk(
            &self.path.segments,
            Placed::root(root),
            &mut true,
            &mut |node| {
                nodes.push((node.normalized_path(), node.value));
                ControlFlow::Continue(())
            },
        );
        nodes
    }
}

/// A path that a condition looks at, for a check against the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathUse {
    /// The way from the record to what is looked at; the first step is always a name.
    pub steps: Vec<PathStep>,
    /// Where the path stands: from its own `@`, also if it starts inside a filter of another path.
    pub span: Range<usize>,
}

impl PathUse {
    /// Name of the record's field that the path starts with.
    pub fn field(&self) -> &str {
        match self.steps.first() {
            Some(PathStep::Name { name, .. }) => name,
            // INVARIANT (field first): made only by the compiler in the control dialect.
            _ => "",
        }
    }
}

/// One step of a [`PathUse`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathStep {
    /// Into the member of an object.
    Name {
        /// The member's name.
        name: String,
        /// Where the name stands, with its quotes if it has them.
        span: Range<usize>,
    },
    /// Into the elements of a list, by `[*]`, an index, a slice or a filter.
    Elements,
}

/// A comparison of a path with a literal, for a check against the catalog's words.
#[derive(Clone, Debug, PartialEq)]
pub struct LiteralUse {
    /// What is compared.
    pub path: PathUse,
    /// How, read with the path on the left.
    pub comparison: Comparison,
    /// With what.
    pub value: serde_json::Value,
    /// Where the literal stands, with its quotes.
    pub span: Range<usize>,
}

#[cfg(test)]
mod tests;

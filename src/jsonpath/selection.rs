//! `$.accounts[?…]`: one dataset and the condition on its records, in evidence mode.

use std::collections::BTreeSet;
use std::ops::Range;

use jsonpath_rust::parser::model as ast;

use super::compile::{self, Compiler, Dialect, Parsed, Uses};
use super::evaluate::EvidenceEvaluator;
use super::outline::Part;
use super::program::Test;
use super::{LiteralUse, PathUse, SyntaxError};
use crate::value::{Json, Truth};

/// Datasets that users declare stand below this name: `$.inputs.leavers[*]`.
const INPUTS: &str = "inputs";

const NAME_DATASET: &str = "name one, as in `$.accounts[*]`; `tickmark datasets` lists them";
const NAME_LIST: &str = "name it, as in `$.inputs.leavers[*]`";

/// Which records of which dataset.
#[derive(Clone, Debug)]
pub struct Selection {
    dataset: String,
    dataset_span: Range<usize>,
    filter: Option<Filter>,
}

impl Selection {
    /// Compiles `$.dataset[*]` or `$.dataset[?condition]`.
    ///
    /// # Errors
    /// On anything else, and on a condition that looks beyond its record.
    pub fn parse(selector: &str) -> Result<Selection, SyntaxError> {
        let parsed = compile::parse(selector)?;
        let segments = &parsed.query.segments;
        let spans = segment_spans(&parsed);
        let name_count = match &segments[..] {
            [ast::Segment::Selector(ast::Selector::Name(name)), ..] if name == INPUTS => 2,
            _ => 1,
        };
        for (place, (segment, span)) in segments.iter().zip(&spans).enumerate() {
            check_segment(place, name_count, segment, span)?;
        }
        if segments.len() <= name_count {
            let end = selector.len();
            let (message, help) = match segments.len() {
                0 => ("the dataset is missing", NAME_DATASET.to_owned()),
                1 if name_count == 2 => ("the name of the list is missing", NAME_LIST.to_owned()),
                _ => (
                    "it is not said which records are meant",
                    format!("write `{selector}[*]` for every record, or `{selector}[?…]`"),
                ),
            };
            return Err(SyntaxError::new(end..end, message, help));
        }

        let mut compiler = Compiler::new(selector, &parsed.marks, Dialect::Control);
        compiler.expect(Part::Query)?;
        let mut dataset = String::new();
        let mut dataset_span: Option<Range<usize>> = None;
        for segment in &segments[..name_count] {
            compiler.expect(Part::Segment)?;
            if let ast::Segment::Selector(ast::Selector::Name(name)) = segment {
                let (name, span) = compiler.name(name)?;
                if !dataset.is_empty() {
                    dataset.push('.');
                }
                dataset.push_str(&name);
                dataset_span = Some(dataset_span.map_or(span.start, |whole| whole.start)..span.end);
            }
        }
        compiler.expect(Part::Segment)?;
        let filter = match &segments[name_count] {
            ast::Segment::Selector(ast::Selector::Filter(filter)) => {
                Some(Filter::compile(selector, compiler, filter)?)
            }
            _ => None,
        };
        Ok(Selection {
            dataset,
            dataset_span: dataset_span.unwrap_or(0..selector.len()),
            filter,
        })
    }

    /// Name of the dataset; `inputs.leavers` for a list that the user gives.
    pub fn dataset(&self) -> &str {
        &self.dataset
    }

    /// Where the dataset's name stands in the selector.
    pub fn dataset_span(&self) -> Range<usize> {
        self.dataset_span.clone()
    }

    /// The condition, or `None` for every record.
    pub fn filter(&self) -> Option<&Filter> {
        self.filter.as_ref()
    }
}

/// Refuses what cannot stand at `place` of a selection whose dataset has `name_count` names.
fn check_segment(
    place: usize,
    name_count: usize,
    segment: &ast::Segment,
    span: &Range<usize>,
) -> Result<(), SyntaxError> {
    use ast::{Segment, Selector};
    let wrong = |message: &str, help: &str| Err(SyntaxError::new(span.clone(), message, help));
    match segment {
        Segment::Descendant(_) => wrong(
            "`..` cannot stand in a control",
            "write `$.accounts[?…]`: one dataset and one filter",
        ),
        Segment::Selector(Selector::Name(_)) if place < name_count => Ok(()),
        _ if place == 1 && name_count == 2 => wrong("the name of the list is missing", NAME_LIST),
        _ if place < name_count => wrong("the name of a dataset stands here", NAME_DATASET),
        Segment::Selector(Selector::Filter(_) | Selector::Wildcard) if place == name_count => {
            Ok(())
        }
        Segment::Selector(Selector::Filter(_)) => wrong(
            "a selection has one filter",
            "join the conditions by `&&` in one filter",
        ),
        _ if place == name_count => wrong(
            "a selection takes every record, or those that meet a filter",
            "write `[*]` or `[?…]` behind the dataset",
        ),
        _ => wrong(
            "a selection ends with its filter: it selects whole records",
            "leave out what follows; `expect`, `evidence` and `take` name fields",
        ),
    }
}

/// Where the segments of the selector itself stand, those inside its filters left out.
fn segment_spans(parsed: &Parsed) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    for mark in &parsed.marks {
        let is_inside = spans.last().is_some_and(|last| mark.span.start < last.end);
        if mark.part == Part::Segment && !is_inside {
            spans.push(mark.span.clone());
        }
    }
    spans
}

/// A compiled condition on one record, in evidence mode.
#[derive(Clone, Debug)]
pub struct Filter {
    conjuncts: Vec<Conjunct>,
    uses: Uses,
}

/// One of the conditions that `&&` joins at the top of a filter.
#[derive(Clone, Debug)]
pub struct Conjunct {
    text: Box<str>,
    span: Range<usize>,
    fields: BTreeSet<Box<str>>,
    test: Test,
}

impl Conjunct {
    /// The condition as it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where it stands in the selector.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Names of the record's fields that it looks at.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|name| &**name)
    }

    /// Whether `record` meets this condition alone.
    pub fn truth<'a, J: Json<'a>>(&self, record: J) -> Truth {
        EvidenceEvaluator { root: record }.test(&self.test, record)
    }
}

/// What a filter says about a record, and which of its conjuncts decides. Conjuncts count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every conjunct holds.
    True,
    /// This conjunct is the first that does not hold.
    False {
        /// Its place in [`Filter::conjuncts`].
        conjunct: usize,
    },
    /// None fails, and this one is the first that is not known to hold.
    Unknown {
        /// Its place in [`Filter::conjuncts`].
        conjunct: usize,
    },
}

impl Verdict {
    /// The verdict without its reason.
    pub fn truth(self) -> Truth {
        match self {
            Verdict::True => Truth::True,
            Verdict::False { .. } => Truth::False,
            Verdict::Unknown { .. } => Truth::Unknown,
        }
    }
}

impl Filter {
    fn compile(
        selector: &str,
        mut compiler: Compiler<'_>,
        filter: &ast::Filter,
    ) -> Result<Filter, SyntaxError> {
        let mut filter = filter;
        // `[?(a && b)]` means the same as `[?a && b]` and has the same conjuncts.
        while let ast::Filter::Atom(ast::FilterAtom::Filter { expr, not: false }) = filter {
            compiler.expect(Part::Operand)?;
            filter = expr;
        }
        let operands = match filter {
            ast::Filter::And(operands) => &operands[..],
            other => std::slice::from_ref(other),
        };
        let mut conjuncts = Vec::with_capacity(operands.len());
        for operand in operands {
            let (test, span) = compiler.test(operand)?;
            conjuncts.push(Conjunct {
                text: selector[span.clone()].into(),
                span,
                fields: BTreeSet::new(),
                test,
            });
        }
        let mut uses = compiler.uses;
        uses.paths.sort_by_key(|used| used.span.start);
        uses.literals.sort_by_key(|used| used.span.start);
        for conjunct in &mut conjuncts {
            let span = conjunct.span.clone();
            let inside =
                |used: &&PathUse| span.start <= used.span.start && used.span.end <= span.end;
            let names = uses.paths.iter().filter(inside).map(PathUse::field);
            conjunct.fields = names.map(Into::into).collect();
        }
        Ok(Filter { conjuncts, uses })
    }

    /// Whether `record` meets the condition.
    pub fn truth<'a, J: Json<'a>>(&self, record: J) -> Truth {
        self.verdict(record).truth()
    }

    /// Whether `record` meets the condition, and what decides.
    pub fn verdict<'a, J: Json<'a>>(&self, record: J) -> Verdict {
        let mut verdict = Verdict::True;
        for (conjunct, condition) in self.conjuncts.iter().enumerate() {
            match condition.truth(record) {
                Truth::False => return Verdict::False { conjunct },
                Truth::Unknown if verdict == Verdict::True => {
                    verdict = Verdict::Unknown { conjunct };
                }
                Truth::True | Truth::Unknown => {}
            }
        }
        verdict
    }

    /// The conditions that `&&` joins at the top, in the order of the text; at least one.
    pub fn conjuncts(&self) -> &[Conjunct] {
        &self.conjuncts
    }

    /// Names of the record's fields that the condition looks at.
    pub fn fields(&self) -> BTreeSet<&str> {
        self.uses.paths.iter().map(PathUse::field).collect()
    }

    /// Every path that the condition looks at, in the order of the text.
    pub fn paths(&self) -> &[PathUse] {
        &self.uses.paths
    }

    /// Every comparison of a path with a literal, in the order of the text.
    pub fn literals(&self) -> &[LiteralUse] {
        &self.uses.literals
    }
}

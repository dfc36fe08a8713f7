//! The plain evaluator: node lists and nothing else, straight over jsonpath-rust's tree, written down
//! from RFC 9535 and, for evidence mode, from the table in `evaluate`. Slow, and easy to check by eye.

use jsonpath_rust::parser::model::{
    Comparable, Comparison, Filter, FilterAtom, FnArg, Literal, Segment, Selector, SingularQuery,
    SingularQuerySegment, Test, TestFunction,
};
use serde_json::Value;

use crate::value::Truth;

/// A node list, and whether it is complete.
pub struct Nodes<'v>(pub Vec<&'v Value>, pub bool);

/// `Err` is unknown, `Ok(None)` is the RFC's Nothing.
type Operand = Result<Option<Value>, ()>;

pub struct Naive<'v> {
    pub root: &'v Value,
    pub evidence: bool,
}

impl<'v> Naive<'v> {
    pub fn query(&self, segments: &[Segment], start: &'v Value) -> Nodes<'v> {
        let mut nodes = Nodes(vec![start], true);
        for segment in segments {
            let mut next = Nodes(Vec::new(), nodes.1);
            for node in nodes.0 {
                let Nodes(found, complete) = self.segment(segment, node);
                next.0.extend(found);
                next.1 &= complete;
            }
            nodes = next;
        }
        nodes
    }

    fn segment(&self, segment: &Segment, node: &'v Value) -> Nodes<'v> {
        let mut result = Nodes(Vec::new(), true);
        let mut add = |nodes: Nodes<'v>| {
            result.0.extend(nodes.0);
            result.1 &= nodes.1;
        };
        match segment {
            Segment::Selector(selector) => add(self.selector(selector, node)),
            Segment::Selectors(selectors) => {
                for selector in selectors {
                    add(self.selector(selector, node));
                }
            }
            Segment::Descendant(inner) => {
                add(self.segment(inner, node));
                for child in children(node) {
                    add(self.segment(segment, child));
                }
            }
        }
        result
    }

    fn selector(&self, selector: &Selector, node: &'v Value) -> Nodes<'v> {
        let is_list = node.is_array();
        let has_children = node.is_array() || node.is_object();
        let known = |is_right_type: bool| !self.evidence || is_right_type || node.is_null();
        match selector {
            Selector::Name(name) => match node.get(name.as_str()) {
                Some(member) => Nodes(vec![member], true),
                None => Nodes(vec![], known(false)),
            },
            Selector::Index(index) => {
                let found = children_of_list(node);
                let place = if *index < 0 {
                    found.len() as i64 + index
                } else {
                    *index
                };
                let node = usize::try_from(place)
                    .ok()
                    .and_then(|place| found.get(place));
                Nodes(node.into_iter().copied().collect(), known(is_list))
            }
            Selector::Wildcard => Nodes(children(node), known(has_children)),
            Selector::Slice(start, end, step) => Nodes(
                slice(children_of_list(node), *start, *end, step.unwrap_or(1)),
                known(is_list),
            ),
            Selector::Filter(filter) => {
                let mut result = Nodes(Vec::new(), known(has_children));
                for child in children(node) {
                    match self.filter(filter, child) {
                        Truth::True => result.0.push(child),
                        Truth::False => {}
                        Truth::Unknown => result.1 = false,
                    }
                }
                result
            }
        }
    }

    pub fn filter(&self, filter: &Filter, current: &'v Value) -> Truth {
        let truths = |filters: &[Filter]| -> Vec<Truth> {
            filters
                .iter()
                .map(|filter| self.filter(filter, current))
                .collect()
        };
        let negated = |not: bool, truth: Truth| match truth {
            Truth::True if not => Truth::False,
            Truth::False if not => Truth::True,
            other => other,
        };
        match filter {
            Filter::Or(filters) => {
                let truths = truths(filters);
                if truths.contains(&Truth::True) {
                    Truth::True
                } else if truths.contains(&Truth::Unknown) {
                    Truth::Unknown
                } else {
                    Truth::False
                }
            }
            Filter::And(filters) => {
                let truths = truths(filters);
                if truths.contains(&Truth::False) {
                    Truth::False
                } else if truths.contains(&Truth::Unknown) {
                    Truth::Unknown
                } else {
                    Truth::True
                }
            }
            Filter::Atom(FilterAtom::Filter { expr, not }) => {
                negated(*not, self.filter(expr, current))
            }
            Filter::Atom(FilterAtom::Test { expr, not }) => {
                let truth = match &**expr {
                    Test::Function(function) => match self.function(function, current) {
                        Err(()) => Truth::Unknown,
                        Ok(value) => Truth::from(value == Some(Value::Bool(true))),
                    },
                    other => match self.test_nodes(other, current) {
                        Nodes(nodes, _) if !nodes.is_empty() => Truth::True,
                        Nodes(_, true) => Truth::False,
                        Nodes(_, false) => Truth::Unknown,
                    },
                };
                negated(*not, truth)
            }
            Filter::Atom(FilterAtom::Comparison(comparison)) => {
                let (left, right) = comparison.vals();
                match (
                    self.comparable(left, current),
                    self.comparable(right, current),
                ) {
                    (Ok(left), Ok(right)) => Truth::from(compare(comparison, &left, &right)),
                    _ => Truth::Unknown,
                }
            }
        }
    }

    fn test_nodes(&self, test: &Test, current: &'v Value) -> Nodes<'v> {
        match test {
            Test::RelQuery(segments) => self.query(segments, current),
            Test::AbsQuery(query) => self.query(&query.segments, self.root),
            Test::Function(_) => panic!("a function gives no nodes"),
        }
    }

    fn comparable(&self, comparable: &Comparable, current: &'v Value) -> Operand {
        match comparable {
            Comparable::Literal(literal) => Ok(Some(value_of(literal))),
            Comparable::Function(function) => self.function(function, current),
            Comparable::SingularQuery(query) => {
                let (start, steps) = match query {
                    SingularQuery::Current(steps) => (current, steps),
                    SingularQuery::Root(steps) => (self.root, steps),
                };
                let segments: Vec<Segment> = steps
                    .iter()
                    .map(|step| match step {
                        SingularQuerySegment::Index(index) => Selector::Index(*index),
                        SingularQuerySegment::Name(name) => Selector::Name(name.clone()),
                    })
                    .map(Segment::Selector)
                    .collect();
                the_value(self.query(&segments, start))
            }
        }
    }

    fn function(&self, function: &TestFunction, current: &'v Value) -> Operand {
        let value = |argument: &FnArg| match argument {
            FnArg::Literal(literal) => Ok(Some(value_of(literal))),
            FnArg::Test(test) => match &**test {
                Test::Function(function) => self.function(function, current),
                other => the_value(self.test_nodes(other, current)),
            },
            FnArg::Filter(_) => panic!("no function takes a condition"),
        };
        let nodes = |argument: &FnArg| match argument {
            FnArg::Test(test) => self.test_nodes(test, current),
            _ => panic!("this argument is a query"),
        };
        let found = |argument: &FnArg, pattern: &FnArg, whole: bool| {
            let (text, pattern) = (value(argument)?, value(pattern)?);
            let (Some(Value::String(text)), Some(Value::String(pattern))) = (text, pattern) else {
                return Ok(Some(Value::Bool(false)));
            };
            // The properties use patterns that mean the same here and there.
            let pattern = if whole {
                format!("^(?:{pattern})$")
            } else {
                pattern
            };
            let regex = regex::Regex::new(&pattern);
            Ok(Some(Value::Bool(
                regex.is_ok_and(|regex| regex.is_match(&text)),
            )))
        };
        match function {
            TestFunction::Length(argument) => Ok(match value(argument)? {
                Some(Value::String(text)) => Some(text.chars().count().into()),
                Some(Value::Array(elements)) => Some(elements.len().into()),
                Some(Value::Object(members)) => Some(members.len().into()),
                _ => None,
            }),
            TestFunction::Count(argument) => match nodes(argument) {
                Nodes(nodes, true) => Ok(Some(nodes.len().into())),
                Nodes(_, false) => Err(()),
            },
            TestFunction::Value(argument) => match nodes(argument) {
                Nodes(nodes, _) if nodes.len() > 1 => Ok(None),
                Nodes(_, false) => Err(()),
                Nodes(nodes, true) => Ok(nodes.first().copied().cloned()),
            },
            TestFunction::Match(text, pattern) => found(text, pattern, true),
            TestFunction::Search(text, pattern) => found(text, pattern, false),
            TestFunction::Custom(..) => panic!("no functions of others"),
        }
    }
}

fn the_value(Nodes(nodes, complete): Nodes) -> Operand {
    match nodes.first() {
        Some(node) => Ok(Some((*node).clone())),
        None if complete => Ok(None),
        None => Err(()),
    }
}

fn children(node: &Value) -> Vec<&Value> {
    match node {
        Value::Array(elements) => elements.iter().collect(),
        Value::Object(members) => members.values().collect(),
        _ => Vec::new(),
    }
}

fn children_of_list(node: &Value) -> Vec<&Value> {
    if node.is_array() {
        children(node)
    } else {
        Vec::new()
    }
}

/// The pseudocode of RFC 9535, section 2.3.4.2.2, line by line.
fn slice(list: Vec<&Value>, start: Option<i64>, end: Option<i64>, step: i64) -> Vec<&Value> {
    let length = list.len() as i64;
    let start = start.unwrap_or(if step >= 0 { 0 } else { length - 1 });
    let end = end.unwrap_or(if step >= 0 { length } else { -length - 1 });
    let normalize = |bound: i64| if bound >= 0 { bound } else { length + bound };
    let (start, end) = (normalize(start), normalize(end));
    let mut result = Vec::new();
    if step > 0 {
        let (lower, upper) = (start.max(0).min(length), end.max(0).min(length));
        let mut place = lower;
        while place < upper {
            result.push(list[place as usize]);
            place += step;
        }
    } else if step < 0 {
        let (upper, lower) = (start.max(-1).min(length - 1), end.max(-1).min(length - 1));
        let mut place = upper;
        while lower < place {
            result.push(list[place as usize]);
            place += step;
        }
    }
    result
}

fn value_of(literal: &Literal) -> Value {
    match literal {
        Literal::Int(whole) => (*whole).into(),
        Literal::Float(float) => (*float).into(),
        Literal::String(text) => text.as_str().into(),
        Literal::Bool(boolean) => (*boolean).into(),
        Literal::Null => Value::Null,
    }
}

fn compare(comparison: &Comparison, left: &Option<Value>, right: &Option<Value>) -> bool {
    match comparison {
        Comparison::Eq(..) => equal(left, right),
        Comparison::Ne(..) => !equal(left, right),
        Comparison::Lt(..) => less(left, right),
        Comparison::Lte(..) => less(left, right) || equal(left, right),
        Comparison::Gt(..) => less(right, left),
        Comparison::Gte(..) => less(right, left) || equal(left, right),
    }
}

fn equal(left: &Option<Value>, right: &Option<Value>) -> bool {
    match (left, right) {
        (None, None) => true,
        (Some(Value::Number(left)), Some(Value::Number(right))) => {
            as_wide(left) == as_wide(right) && left.as_f64() == right.as_f64()
        }
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| equal(&Some(left.clone()), &Some(right.clone())))
        }
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(name, left)| equal(&Some(left.clone()), &right.get(name).cloned()))
        }
        (left, right) => left == right,
    }
}

/// The whole part: the numbers of the properties are quarters, or whole and up to 64 bits.
fn as_wide(number: &serde_json::Number) -> i128 {
    match number.as_i64() {
        Some(whole) => whole.into(),
        None => number.as_f64().map_or(0, |float| float.floor() as i128),
    }
}

fn less(left: &Option<Value>, right: &Option<Value>) -> bool {
    match (left, right) {
        (Some(Value::Number(left)), Some(Value::Number(right))) => {
            as_wide(left) < as_wide(right)
                || as_wide(left) == as_wide(right) && left.as_f64() < right.as_f64()
        }
        (Some(Value::String(left)), Some(Value::String(right))) => left.chars().lt(right.chars()),
        _ => false,
    }
}

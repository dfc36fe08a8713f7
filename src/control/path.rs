//! Paths in a control, checked against the catalog.

use std::ops::Range;

use serde_json::Value;

use super::FieldPath;
use super::reader::Reader;
use crate::catalog::{DatasetRef, Field, FieldRef, FieldType};
use crate::diagnostic::yaml::{Kind, Node};
use crate::diagnostic::{Problem, did_you_mean, listed};
use crate::jsonpath::{LiteralUse, PathStep, PathUse, RelativePath, SyntaxError};
use crate::operator::ValueKind;

/// What a path starts at: a record of a dataset, or an element of a list of records in one.
#[derive(Clone, Debug)]
pub(super) struct Start {
    /// What has the fields, for a reader: `accounts`, `product_access`.
    pub name: String,
    pub fields: Fields,
    /// At an element: the path to it from the record, and the record's field that it is in.
    pub within: Option<(String, FieldRef)>,
}

impl Start {
    pub fn record_of(dataset: &DatasetRef) -> Start {
        Start {
            name: dataset.name().to_owned(),
            fields: Fields::Dataset(dataset.clone()),
            within: None,
        }
    }

    /// An element of the list that `path` leads to, if that is a list of records.
    pub fn element_of(path: &FieldPath) -> Option<Start> {
        let FieldType::Records(fields) = path.kind else {
            return None;
        };
        Some(Start {
            name: path.text.trim_end_matches("[*]").to_owned(),
            fields: Fields::Inside(fields),
            within: Some((path.text.clone(), path.root.clone())),
        })
    }
}

/// What a name may stand for.
#[derive(Clone, Debug)]
pub(super) enum Fields {
    /// A field of a record.
    Dataset(DatasetRef),
    /// A field of an element of a list of records.
    Inside(&'static [Field]),
}

impl Fields {
    fn find(&self, name: &str) -> Option<FieldRef> {
        match self {
            Fields::Dataset(dataset) => dataset.field(name),
            Fields::Inside(fields) => {
                let found = fields.iter().find(|field| field.name == name);
                found.map(FieldRef::Known)
            }
        }
    }

    fn names(&self) -> Vec<&str> {
        match self {
            Fields::Dataset(dataset) => dataset.field_names(),
            Fields::Inside(fields) => fields.iter().map(|field| field.name).collect(),
        }
    }
}

/// Where a path leads.
#[derive(Clone, Debug)]
struct Target {
    root: FieldRef,
    kind: FieldType,
    /// Whether it ends at the elements of a list of records: their type is that of the list.
    is_many: bool,
}

/// A path with what the catalog says of it.
pub(super) struct CheckedPath {
    pub path: FieldPath,
    /// Whether it may lead to several values.
    pub is_many: bool,
}

/// Reads the path in `node`. With `is_quantified` a path that leads to a list leads to its elements.
pub(super) fn read(
    reader: &mut Reader,
    node: &Node,
    start: &Start,
    is_quantified: bool,
) -> Option<CheckedPath> {
    let text = reader.text(node)?;
    let relative = parse(reader, node, text)?;
    let (target, relative, text) = {
        let target = check_uses(reader, node, start, relative.paths(), relative.literals())?;
        let is_list = matches!(target.kind, FieldType::List(_) | FieldType::Records(_));
        if is_quantified && is_list && !target.is_many {
            let text = format!("{text}[*]");
            let relative = parse(reader, node, &text)?;
            let kind = match target.kind {
                FieldType::List(element) => *element,
                other => other,
            };
            let target = Target {
                kind,
                is_many: true,
                ..target
            };
            (target, relative, text)
        } else {
            (target, relative, text.to_owned())
        }
    };
    let (text, root) = match &start.within {
        Some((before, root)) => (format!("{before}.{text}"), root.clone()),
        None => (text, target.root),
    };
    let is_many = !relative.is_single();
    Some(CheckedPath {
        path: FieldPath {
            text,
            root,
            kind: target.kind,
            relative,
            place: node.place(),
        },
        is_many,
    })
}

/// A path to one time.
pub(super) fn read_time(reader: &mut Reader, node: &Node, start: &Start) -> Option<FieldPath> {
    let checked = read(reader, node, start, false)?;
    if checked.is_many || ValueKind::of(&checked.path.kind) != ValueKind::Time {
        reader.push(
            Problem::new(
                "control::take",
                format!(
                    "`{}` ({}) tells no time",
                    checked.path.text, checked.path.kind
                ),
                node.place(),
                "not one time",
            )
            .help("name a field that holds a timestamp or a date"),
        );
        return None;
    }
    Some(checked.path)
}

fn parse(reader: &mut Reader, node: &Node, text: &str) -> Option<RelativePath> {
    RelativePath::parse(text)
        .map_err(|error| reader.push(syntax_problem(node, error)))
        .ok()
}

/// A mistake in a JSONPath, underlined inside the YAML string.
pub(super) fn syntax_problem(node: &Node, error: SyntaxError) -> Problem {
    Problem {
        help: error.help,
        ..Problem::new(
            "control::jsonpath",
            error.message,
            node.place_within(error.span),
            "here",
        )
    }
}

/// Checks every path and every compared word of a JSONPath; the target of the first path.
fn check_uses(
    reader: &mut Reader,
    node: &Node,
    start: &Start,
    paths: &[PathUse],
    literals: &[LiteralUse],
) -> Option<Target> {
    let targets: Vec<Option<Target>> = paths
        .iter()
        .map(|used| follow(reader, node, start, used))
        .collect();
    check_literals(reader, node, start, literals);
    // A path that failed inside a filter makes the whole path fail.
    let targets: Option<Vec<Target>> = targets.into_iter().collect();
    targets?.into_iter().next()
}

/// Checks every path and literal of a filter.
pub(super) fn check_filter(
    reader: &mut Reader,
    node: &Node,
    start: &Start,
    paths: &[PathUse],
    literals: &[LiteralUse],
) {
    for used in paths {
        follow(reader, node, start, used);
    }
    check_literals(reader, node, start, literals);
}

fn check_literals(reader: &mut Reader, node: &Node, start: &Start, literals: &[LiteralUse]) {
    for literal in literals {
        // What is wrong with the path itself was noted where the path was.
        let Some(target) = follow(&mut Reader::default(), node, start, &literal.path) else {
            continue;
        };
        if let Err(misfit) = fitted(&target.kind, &literal.value) {
            reader.push(misfit.problem(node, Some(literal.span.clone())));
        }
    }
}

/// Follows a path through the catalog.
fn follow(reader: &mut Reader, node: &Node, start: &Start, used: &PathUse) -> Option<Target> {
    let mut owner = start.name.clone();
    let mut fields = Some(start.fields.clone());
    let mut target: Option<Target> = None;
    for step in &used.steps {
        match step {
            PathStep::Name { name, span } => {
                let place = node.place_within(span.clone());
                let Some(known) = fields.take() else {
                    let (kind, many) = target.as_ref().map_or((FieldType::Text, false), |target| {
                        (target.kind, matches!(target.kind, FieldType::Records(_)))
                    });
                    let problem = Problem::new(
                        "control::no_such_path",
                        format!("`{owner}` ({kind}) has no `{name}`"),
                        place,
                        "leads nowhere",
                    );
                    reader.push(if many {
                        problem.help(format!("write `{owner}[*].{name}`"))
                    } else {
                        problem.help(format!("end the path at `{owner}`"))
                    });
                    return None;
                };
                let Some(field) = known.find(name) else {
                    reader.push(
                        Problem::new(
                            "control::unknown_field",
                            format!("`{owner}` has no field `{name}`"),
                            place,
                            "not in the catalog",
                        )
                        .help(did_you_mean(name, known.names())),
                    );
                    return None;
                };
                target = Some(Target {
                    kind: field.kind(),
                    root: target.map_or(field, |target| target.root),
                    is_many: false,
                });
                owner = name.clone();
            }
            PathStep::Elements => {
                let current = target?;
                let kind = match current.kind {
                    FieldType::List(element) => *element,
                    FieldType::Records(inner) if !current.is_many => {
                        fields = Some(Fields::Inside(inner));
                        current.kind
                    }
                    kind => {
                        reader.push(
                            Problem::new(
                                "control::no_such_path",
                                format!("`{owner}` ({kind}) has no elements"),
                                node.place_within(used.span.clone()),
                                "leads nowhere",
                            )
                            .help(format!("end the path at `{owner}`")),
                        );
                        return None;
                    }
                };
                target = Some(Target {
                    kind,
                    is_many: true,
                    ..current
                });
            }
        }
    }
    target
}

/// A literal that a field can never hold.
pub(super) struct Misfit {
    code: &'static str,
    message: String,
    help: String,
}

impl Misfit {
    /// As a problem of the whole of `node`, or of some bytes of its text.
    pub fn problem(self, node: &Node, within: Option<Range<usize>>) -> Problem {
        let place = match within {
            Some(span) => node.place_within(span),
            None => node.place(),
        };
        Problem::new(self.code, self.message, place, "does not fit the field").help(self.help)
    }
}

/// `literal` as a field of type `kind` holds it, or why the field can never hold it. `null` is held by
/// every field: known to be none.
pub(super) fn fitted(kind: &FieldType, literal: &Value) -> Result<Value, Misfit> {
    let misfit = |help: &str| {
        Err(Misfit {
            code: "control::operand",
            message: format!("`{literal}` is no {kind}"),
            help: help.to_owned(),
        })
    };
    match (kind, literal) {
        (_, Value::Null) => Ok(Value::Null),
        (FieldType::Word(words), Value::String(word)) if !words.contains(&word.as_str()) => {
            Err(Misfit {
                code: "control::unknown_word",
                message: format!("the catalog knows no word `{word}` here"),
                help: match crate::diagnostic::nearest(word, words.iter().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("known: {}", listed(words.iter().copied())),
                },
            })
        }
        (FieldType::Email | FieldType::DomainName, Value::String(text)) => {
            Ok(kind.normalized(text).into())
        }
        (
            FieldType::Text
            | FieldType::Id
            | FieldType::IpRange
            | FieldType::Word(_)
            | FieldType::OpenWord(_),
            Value::String(_),
        )
        | (FieldType::Boolean, Value::Bool(_))
        | (FieldType::Integer, Value::Number(_)) => Ok(literal.clone()),
        (FieldType::Timestamp | FieldType::Date, Value::String(text))
            if text.parse::<jiff::Timestamp>().is_ok()
                || text.parse::<jiff::civil::Date>().is_ok() =>
        {
            Ok(literal.clone())
        }
        (FieldType::Boolean, _) => misfit("write `true` or `false`"),
        (FieldType::Integer, _) => misfit("write a number without quotes"),
        (FieldType::Timestamp | FieldType::Date, _) => {
            misfit("write `2026-01-31` or `2026-01-31T00:00:00Z`")
        }
        (FieldType::List(_) | FieldType::Records(_), _) => {
            misfit("ask for its elements, with `[*]` and `some` or `each`")
        }
        (_, _) => misfit("put the value in quotes"),
    }
}

/// A scalar node as a literal for a field of type `kind`: a number is text where the field holds text.
pub(super) fn literal(node: &Node, kind: &FieldType) -> Option<Value> {
    let is_text = matches!(
        kind,
        FieldType::Text
            | FieldType::Id
            | FieldType::Email
            | FieldType::DomainName
            | FieldType::Word(_)
            | FieldType::OpenWord(_)
            | FieldType::IpRange
    );
    Some(match &node.kind {
        Kind::Null => Value::Null,
        Kind::Boolean(value) => (*value).into(),
        Kind::Integer(_) | Kind::Float(_) if is_text => node.as_text()?.into(),
        Kind::Integer(number) => (*number).into(),
        Kind::Float(number) => (*number).into(),
        Kind::Text(text) => text.as_str().into(),
        Kind::List(_) | Kind::Map(_) => return None,
    })
}

//! Conditions: `path: literal`, `path: {operator: operand}`, `any`, `all`, `not`, `each`, `some`.
//!
//! A path that leads to several values needs `each` or `some`, in one of two forms that mean the same:
//!
//! ```yaml
//! platform_roles: { some: { starts_with: "atlassian/" } }       # a test on each value
//! product_access: { some: { expect: { key: confluence } } }     # conditions on each record
//! some: { in: product_access, expect: { key: confluence } }     # the same, with the path named
//! ```

use std::collections::BTreeMap;

use serde_json::Value;

use super::names::{Named, Names, SetUse, dollar_word};
use crate::catalog::{FieldRef, FieldType};
use crate::control::path::{self, CheckedPath, Start};
use crate::control::{
    Condition, Deadline, FieldPath, Missing, Operand, OperandValue, Parameter, Quantifier,
    WITHIN_LAST_DAYS,
};
use crate::diagnostic::reader::{Reader, key_node, start_of};
use crate::diagnostic::yaml::{Entry, Kind, Node};
use crate::diagnostic::{Problem, did_you_mean};
use crate::operator::{
    self, ACTION_NAMED, OPERATORS, OperandPlace, OperandProblem, OperandType, Operator, ValueKind,
};

/// The field of an event whose values `action_named` resolves.
const ACTION: &str = "action";

/// Where conditions stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// In `expect`, where `missing` may be given.
    Expect,
    /// In `where` of anything, where a record must not drop out because evidence is missing.
    Where,
    /// Below a `not` in `expect`, where `missing: fail` would make a pass.
    BelowNot,
}

/// Reads conditions; owns what they share.
pub(super) struct Conditions<'c> {
    pub reader: &'c mut Reader,
    pub names: &'c mut Names,
}

const MAP_HELP: &str = "write a map of conditions: `email_verified: true`";

impl Conditions<'_> {
    /// The conditions in a map, in its order.
    pub fn read(&mut self, node: &Node, start: &Start, position: Position) -> Vec<Condition> {
        let Some(entries) = node.entries() else {
            self.reader.wrong_type(node, "a map", MAP_HELP);
            return Vec::new();
        };
        if entries.is_empty() {
            self.reader
                .wrong_type(node, "at least one condition", MAP_HELP);
        }
        entries
            .iter()
            .filter_map(|entry| self.entry(entry, start, position))
            .collect()
    }

    /// `in: { set: $gone, within_working_days: 1, of: left_on }`.
    fn dated(
        &mut self,
        asked: &Node,
        value: &Node,
        path: &FieldPath,
        start: &Start,
        missing: Missing,
    ) -> Option<Condition> {
        const HELP: &str = "write `in: { set: $gone, within_working_days: 1, of: left_on }`";
        let keys = ["set", "within_working_days", "of"];
        let map = self.reader.map(value, "a deadline", &keys)?;
        let node = self.reader.required(map, "set", HELP);
        let within = self.reader.required(map, "within_working_days", HELP);
        let of = self.reader.required(map, "of", HELP);
        let (node, within, of) = (node?, within?, of?);
        let named = match dollar_word(node) {
            Some(word) => self.names.resolve(self.reader, node, word)?,
            None => {
                self.reader.wrong_type(node, "a set", HELP);
                return None;
            }
        };
        let Named::Set(set) = named else {
            self.reader.wrong_type(node, "a set", HELP);
            return None;
        };
        self.names.set_uses.push(SetUse {
            set,
            path: path.text.clone(),
            kind: path.kind,
            place: node.place(),
        });
        self.names.deadlines.push((set, node.place()));
        let within = self.names.bound(self.reader, within);
        let of = path::read_time(self.reader, of, start);
        Some(Condition::InSet {
            path: FieldPath {
                place: asked.place(),
                ..path.clone()
            },
            quantifier: Quantifier::One,
            set,
            negated: false,
            deadline: Some(Deadline {
                of: of?,
                within: within?,
            }),
            missing,
        })
    }

    fn entry(&mut self, entry: &Entry, start: &Start, position: Position) -> Option<Condition> {
        match entry.key.as_str() {
            "all" => Some(Condition::All(self.groups(entry, start, position)?)),
            "any" => Some(Condition::Any(self.groups(entry, start, position)?)),
            "not" => {
                let below = match position {
                    Position::Where => Position::Where,
                    Position::Expect | Position::BelowNot => Position::BelowNot,
                };
                let inner = self.read(&entry.value, start, below);
                Some(Condition::Not(Box::new(together(inner)?)))
            }
            "each" => self.elements(entry, Quantifier::Each, start, position),
            "some" => self.elements(entry, Quantifier::Some, start, position),
            _ => self.path_entry(entry, start, position),
        }
    }

    /// The maps of `any` and `all`.
    fn groups(
        &mut self,
        entry: &Entry,
        start: &Start,
        position: Position,
    ) -> Option<Vec<Condition>> {
        let help = format!(
            "write a list of maps: `{}: [{{a: 1}}, {{b: 2}}]`",
            entry.key
        );
        let groups = self.reader.list(&entry.value, &help)?;
        if groups.is_empty() {
            self.reader.push(
                Problem::new(
                    "control::empty",
                    format!("`{}` holds no condition", entry.key),
                    entry.value.place(),
                    "empty",
                )
                .help("an empty list would decide by itself; write a condition or remove it"),
            );
            return None;
        }
        let read: Vec<Condition> = groups
            .iter()
            .filter_map(|group| together(self.read(group, start, position)))
            .collect();
        (!read.is_empty()).then_some(read)
    }

    /// `some: { in: path, expect: {…} }`.
    fn elements(
        &mut self,
        entry: &Entry,
        quantifier: Quantifier,
        start: &Start,
        position: Position,
    ) -> Option<Condition> {
        const HELP: &str = "write `{ in: product_access, expect: { key: confluence } }`";
        let what = format!("`{}`", entry.key);
        let map = self
            .reader
            .map(&entry.value, &what, &["in", "expect", "missing"])?;
        let missing = self.missing(map, position);
        let list = self.reader.required(map, "in", HELP);
        let expect = self.reader.required(map, "expect", HELP);
        let checked = path::read(self.reader, list?, start, true)?;
        self.records(checked, list?, quantifier, expect?, missing, position)
    }

    /// Conditions on the records that a path leads to.
    fn records(
        &mut self,
        checked: CheckedPath,
        path_node: &Node,
        quantifier: Quantifier,
        expect: &Node,
        missing: Missing,
        position: Position,
    ) -> Option<Condition> {
        let start = match Start::element_of(&checked.path) {
            Some(start) if checked.is_many => start,
            _ => {
                self.reader.push(
                    Problem::new(
                        "control::no_such_path",
                        format!("`{}` leads to no records", checked.path.text),
                        path_node.place(),
                        "these have no fields",
                    )
                    .help("test the values themselves: `{ some: { in: [a, b] } }`"),
                );
                return None;
            }
        };
        let expect = self.read(expect, &start, position);
        (!expect.is_empty()).then_some(Condition::Elements {
            path: checked.path,
            quantifier,
            expect,
            missing,
        })
    }

    /// `path: …`.
    fn path_entry(
        &mut self,
        entry: &Entry,
        start: &Start,
        position: Position,
    ) -> Option<Condition> {
        let node = key_node(entry);
        if let Some(nested) = quantified(&entry.value) {
            return self.quantified_entry(&node, &entry.value, nested, start, position);
        }
        let checked = path::read(self.reader, &node, start, false)?;
        if checked.is_many {
            self.reader.push(
                Problem::new(
                    "control::several_values",
                    format!("`{}` may lead to several values", entry.key),
                    node.place(),
                    "how many must meet it is not said",
                )
                .help(format!(
                    "write `{}: {{ each: … }}` or `{}: {{ some: … }}`",
                    entry.key, entry.key
                )),
            );
            return None;
        }
        if let Some([inner]) = entry.value.entries()
            && inner.key == "in"
            && inner.value.entries().is_some()
        {
            let asked = key_node(inner);
            return self.dated(&asked, &inner.value, &checked.path, start, Missing::Unknown);
        }
        self.tests(
            &node,
            &entry.value,
            &checked.path,
            Quantifier::One,
            position,
        )
    }

    /// `path: { some: … }`, maybe beside operators on the list as a whole.
    fn quantified_entry(
        &mut self,
        path_node: &Node,
        value: &Node,
        nested: Vec<(&Entry, Quantifier)>,
        start: &Start,
        position: Position,
    ) -> Option<Condition> {
        let entries = value.entries().unwrap_or_default();
        let mut conditions = Vec::new();
        let missing = self.missing(value, position);
        for (entry, quantifier) in &nested {
            let checked = path::read(self.reader, path_node, start, true)?;
            if !checked.is_many {
                self.reader.push(
                    Problem::new(
                        "control::one_value",
                        format!("`{}` leads to one value", checked.path.text),
                        entry.key_place(),
                        "counts several",
                    )
                    .help(format!("leave out `{}`", entry.key)),
                );
                return None;
            }
            let condition = match entry.value.get("expect") {
                Some(expect) => {
                    self.reader
                        .map(&entry.value, "`some` and `each`", &["expect"]);
                    self.records(checked, path_node, *quantifier, expect, missing, position)
                }
                None => self.tests(
                    path_node,
                    &entry.value,
                    &checked.path,
                    *quantifier,
                    position,
                ),
            };
            conditions.push(with_missing(condition?, missing));
        }
        let has_more = entries.iter().any(|entry| {
            entry.key != "missing" && !nested.iter().any(|(other, _)| other.key == entry.key)
        });
        if has_more {
            let checked = path::read(self.reader, path_node, start, false)?;
            conditions.push(self.tests(
                path_node,
                value,
                &checked.path,
                Quantifier::One,
                position,
            )?);
        }
        together(conditions)
    }

    /// A literal, or a map of operators that must all hold.
    fn tests(
        &mut self,
        path_node: &Node,
        value: &Node,
        path: &FieldPath,
        quantifier: Quantifier,
        position: Position,
    ) -> Option<Condition> {
        let Some(entries) = value.entries() else {
            let equals = operator::operator("equals").expect("the registry has `equals`");
            if let Kind::List(_) = value.kind {
                self.reader.wrong_type(
                    value,
                    "one value",
                    "for one of several write `{ in: [a, b] }`",
                );
                return None;
            }
            return self.test(path_node, equals, value, path, quantifier, Missing::Unknown);
        };
        let missing = self.missing(value, position);
        let mut conditions = Vec::new();
        let mut is_whole = true;
        for entry in entries {
            if matches!(entry.key.as_str(), "missing" | "some" | "each") {
                continue;
            }
            let condition = match operator::operator(&entry.key) {
                Some(operator) => {
                    let key = key_node(entry);
                    self.test(&key, operator, &entry.value, path, quantifier, missing)
                }
                None => {
                    self.unknown_operator(entry);
                    None
                }
            };
            is_whole &= condition.is_some();
            conditions.extend(condition);
        }
        if conditions.is_empty() && is_whole {
            self.reader.push(
                Problem::new(
                    "control::empty",
                    format!("nothing is asked of `{}`", path.text),
                    start_of(value),
                    "no operator",
                )
                .help("write an operator, as in `{ set: true }`"),
            );
        }
        if quantifier == Quantifier::Some && conditions.len() > 1 {
            self.reader.push(
                Problem::new(
                    "control::several_operators",
                    "`some` takes one operator on plain values",
                    start_of(value),
                    "one value for each operator, or one for all?",
                )
                .help("join them into one, as `matches` or `between` can"),
            );
            return None;
        }
        if is_whole { together(conditions) } else { None }
    }

    /// That the time at `path` lies within as many days as `value` says. `asked` is where it is asked.
    pub fn within_last_days(
        &mut self,
        asked: &Node,
        value: &Node,
        path: &FieldPath,
    ) -> Option<Condition> {
        let operator =
            operator::operator(WITHIN_LAST_DAYS).expect("the registry has `within_last_days`");
        self.test(
            asked,
            operator,
            value,
            path,
            Quantifier::One,
            Missing::Unknown,
        )
    }

    fn unknown_operator(&mut self, entry: &Entry) {
        let names = OPERATORS.iter().map(|operator| operator.name);
        let help = match entry.key.as_str() {
            "expect" => "`expect` stands inside `some` or `each`".to_owned(),
            "any" | "all" | "not" => format!(
                "`{}` stands beside paths, not below one: `{}: [{{ path: … }}]`",
                entry.key, entry.key
            ),
            word => did_you_mean(word, names),
        };
        self.reader.push(
            Problem::new(
                "control::unknown_operator",
                format!("unknown operator `{}`", entry.key),
                entry.key_place(),
                "not an operator",
            )
            .help(help),
        );
    }

    /// The `missing` of a map of operators, where it may stand.
    fn missing(&mut self, map: &Node, position: Position) -> Missing {
        let Some(node) = map.get("missing") else {
            return Missing::Unknown;
        };
        let words = [("unknown", Missing::Unknown), ("fail", Missing::Fail)];
        let Some(missing) = self.reader.word(node, "answer to a missing value", &words) else {
            return Missing::Unknown;
        };
        if missing == Missing::Fail && position != Position::Expect {
            let (message, help) = match position {
                Position::BelowNot => (
                    "below `not`, a missing value that fails would make a pass",
                    "put the condition positively, or leave it unknown",
                ),
                Position::Expect | Position::Where => (
                    "outside `expect`, a missing value that fails would drop the record silently",
                    "leave it unknown here, and say `missing: fail` in `expect`",
                ),
            };
            self.reader.push(
                Problem::new("control::missing", message, node.place(), "not taken here")
                    .help(help),
            );
            return Missing::Unknown;
        }
        missing
    }

    /// One operator on a path. `asked` is where it is asked: the operator's key, or the path's.
    fn test(
        &mut self,
        asked: &Node,
        operator: &'static Operator,
        value: &Node,
        path: &FieldPath,
        quantifier: Quantifier,
        missing: Missing,
    ) -> Option<Condition> {
        let is_membership = matches!(operator.name, "in" | "not_in");
        let is_action = path.text == ACTION && matches!(path.root, FieldRef::Known(_));
        if operator.name == ACTION_NAMED && !is_action {
            self.is_no_action(asked, operator, path);
            return None;
        }
        let named_list;
        let mut value = value;
        if let Some(word) = dollar_word(value) {
            let named = self.names.resolve(self.reader, value, word)?;
            if let Named::List(list) = named {
                if !operator.operand.is_list() {
                    self.reader.push(
                        Problem::new(
                            "control::operand",
                            format!("`{}` cannot take a list", operator.name),
                            value.place(),
                            "a list",
                        )
                        .and_at(self.names.lists[list].place.clone(), "declared here")
                        .help(format!("write `in: ${word}` or `not_in: ${word}`")),
                    );
                    return None;
                }
                named_list = self.names.lists[list].node.clone();
                value = &named_list;
            }
            if let Named::Set(set) = named {
                if !is_membership {
                    self.reader.push(
                        Problem::new(
                            "control::operand",
                            format!("`{}` cannot take a set", operator.name),
                            value.place(),
                            "a set",
                        )
                        .help(format!("write `in: ${word}` or `not_in: ${word}`")),
                    );
                    return None;
                }
                self.names.set_uses.push(SetUse {
                    set,
                    path: path.text.clone(),
                    kind: path.kind,
                    place: value.place(),
                });
                return Some(Condition::InSet {
                    path: FieldPath {
                        place: asked.place(),
                        ..path.clone()
                    },
                    quantifier,
                    set,
                    negated: operator.name == "not_in",
                    deadline: None,
                    missing,
                });
            }
        }
        let is_null = value.kind == Kind::Null && operator.operand == OperandType::LikeField;
        let kind = ValueKind::of(&path.kind);
        if !is_null && !operator.judges.contains(&kind) {
            self.does_not_judge(asked, operator, path);
            return None;
        }
        let operand = Operand {
            value: self.operand(operator, value, &path.kind)?,
            place: value.place(),
        };
        self.compile(operator, &operand.value, value)?;
        Some(Condition::Test {
            path: FieldPath {
                place: asked.place(),
                ..path.clone()
            },
            quantifier,
            operator,
            operand,
            missing,
        })
    }

    fn is_no_action(&mut self, asked: &Node, operator: &Operator, path: &FieldPath) {
        let message = format!("`{}` cannot judge `{}`", operator.name, path.text);
        self.reader.push(
            Problem::new(
                "control::operator_does_not_fit",
                message,
                asked.place(),
                "does not fit the field",
            )
            .help(format!(
                "it resolves actions of events: `{ACTION}: {{ {ACTION_NAMED}: [user_login] }}`"
            )),
        );
    }

    fn does_not_judge(&mut self, asked: &Node, operator: &Operator, path: &FieldPath) {
        let kind = ValueKind::of(&path.kind);
        let fitting: Vec<&str> = OPERATORS
            .iter()
            .filter(|operator| operator.judges.contains(&kind))
            .map(|operator| operator.name)
            .collect();
        let mut help = format!("for {}: {}", path.kind, fitting.join(", "));
        if matches!(kind, ValueKind::List | ValueKind::Records) {
            help.push_str("; or `some` and `each` for its elements");
        }
        self.reader.push(
            Problem::new(
                "control::operator_does_not_fit",
                format!(
                    "`{}` cannot judge `{}` ({})",
                    operator.name, path.text, path.kind
                ),
                asked.place(),
                "does not fit the field",
            )
            .help(help),
        );
    }

    /// The operand in `node`, each literal in it fitted to the field.
    fn operand(
        &mut self,
        operator: &Operator,
        node: &Node,
        kind: &FieldType,
    ) -> Option<OperandValue> {
        match &node.kind {
            Kind::List(elements) if elements.is_empty() => {
                // A parameter may come to be an empty list; written out it can only be a slip.
                self.reader
                    .wrong_type(node, "a list that is not empty", "name at least one value");
                None
            }
            Kind::List(elements) => {
                let elements = elements
                    .iter()
                    .map(|element| self.operand_part(operator, element, kind))
                    .collect::<Vec<_>>();
                // Each problem is noted before the first one gives up.
                Some(OperandValue::List(
                    elements.into_iter().collect::<Option<_>>()?,
                ))
            }
            Kind::Map(entries) => {
                let entries = entries
                    .iter()
                    .map(|entry| {
                        let value = self.operand_part(operator, &entry.value, kind)?;
                        Some((entry.key.clone(), value))
                    })
                    .collect::<Option<BTreeMap<_, _>>>()?;
                Some(OperandValue::Map(entries))
            }
            _ => self.scalar(operator, node, kind, |parameter| {
                parameter.kind.fits(operator.operand, kind)
            }),
        }
    }

    fn operand_part(
        &mut self,
        operator: &Operator,
        node: &Node,
        kind: &FieldType,
    ) -> Option<OperandValue> {
        self.scalar(operator, node, kind, |parameter| {
            parameter.kind.fits_inside(operator.operand, kind)
        })
    }

    /// A literal or a parameter.
    fn scalar(
        &mut self,
        operator: &Operator,
        node: &Node,
        kind: &FieldType,
        fits: impl Fn(&Parameter) -> bool,
    ) -> Option<OperandValue> {
        if let Some(word) = dollar_word(node) {
            let Named::Parameter(index) = self.names.resolve(self.reader, node, word)? else {
                self.reader.wrong_type(
                    node,
                    "a value",
                    "a set or a list stands alone: `in: $name`",
                );
                return None;
            };
            let parameter = &self.names.parameters[index];
            if !fits(parameter) {
                let problem = Problem::new(
                    "control::operand",
                    format!(
                        "`{}` on `{kind}` cannot take `{}`",
                        operator.name, parameter.kind
                    ),
                    node.place(),
                    "this parameter",
                )
                .and_at(parameter.place.clone(), "declared here")
                .help("declare it with the type that the operator takes");
                self.reader.push(problem);
                return None;
            }
            return Some(OperandValue::Parameter(index));
        }
        let wanted = match operator.operand {
            OperandType::LikeField | OperandType::ListLikeField => Some(*kind),
            OperandType::ElementOrText => Some(match kind {
                FieldType::List(element) => **element,
                // A part of a text need not be one of the field's words.
                _ => FieldType::Text,
            }),
            _ => None,
        };
        let Some(literal) = path::literal(node, &wanted.unwrap_or(FieldType::Integer)) else {
            self.reader
                .wrong_type(node, "one value", "write one value here");
            return None;
        };
        let literal = match literal {
            Value::String(text) => self.unescaped(node, text)?.into(),
            other => other,
        };
        match wanted.map(|kind| path::fitted(&kind, &literal)) {
            None => Some(OperandValue::Literal(literal)),
            Some(Ok(fitted)) => Some(OperandValue::Literal(fitted)),
            Some(Err(misfit)) => {
                self.reader.push(misfit.problem(node, None));
                None
            }
        }
    }

    /// Text with `$$` at its start undone; a JSONPath is refused, since it would be compared as text.
    fn unescaped(&mut self, node: &Node, text: String) -> Option<String> {
        if text.starts_with("$.") || text.starts_with("$[") {
            self.reader.push(
                Problem::new(
                    "control::operand",
                    "a JSONPath cannot be an operand",
                    node.place(),
                    "starts like a JSONPath",
                )
                .help("name a set under `let` and write `in: $name`; `$$.` is the text `$.`"),
            );
            return None;
        }
        Some(match text.strip_prefix("$$") {
            Some(rest) => format!("${rest}"),
            None => text,
        })
    }

    /// Tries the operand, parameters at their defaults; an operand whose parameters have none is tried
    /// when they get a value.
    fn compile(&mut self, operator: &Operator, operand: &OperandValue, node: &Node) -> Option<()> {
        let parameters = &self.names.parameters;
        let value = operand.resolve(&|index| parameters[index].default.clone());
        let Ok(value) = value else {
            return Some(());
        };
        match (operator.compile)(&value) {
            Ok(_) => Some(()),
            Err(problem) => {
                self.reader.push(operand_problem(operator, node, problem));
                None
            }
        }
    }
}

fn operand_problem(operator: &Operator, node: &Node, problem: OperandProblem) -> Problem {
    let place = match &problem.place {
        OperandPlace::Whole => node.place(),
        OperandPlace::Element(index) => match &node.kind {
            Kind::List(elements) => elements.get(*index).map_or(node.place(), Node::place),
            _ => node.place(),
        },
        OperandPlace::Entry(key) => node
            .entries()
            .and_then(|entries| entries.iter().find(|entry| entry.key == *key))
            .map_or(node.place(), Entry::key_place),
        OperandPlace::Bytes(range) => node.place_within(range.clone()),
    };
    Problem::new(
        "control::operand",
        format!("`{}`: {}", operator.name, problem.message),
        place,
        "here",
    )
    .help(problem.help)
}

/// `some` and `each` among the keys of an operator map.
fn quantified(value: &Node) -> Option<Vec<(&Entry, Quantifier)>> {
    let found: Vec<(&Entry, Quantifier)> = value
        .entries()?
        .iter()
        .filter_map(|entry| match entry.key.as_str() {
            "each" => Some((entry, Quantifier::Each)),
            "some" => Some((entry, Quantifier::Some)),
            _ => None,
        })
        .collect();
    (!found.is_empty()).then_some(found)
}

/// `missing` beside `some` or `each` is that of the values below.
fn with_missing(condition: Condition, given: Missing) -> Condition {
    if given == Missing::Unknown {
        return condition;
    }
    match condition {
        Condition::All(all) => Condition::All(
            all.into_iter()
                .map(|condition| with_missing(condition, given))
                .collect(),
        ),
        Condition::Test {
            path,
            quantifier,
            operator,
            operand,
            ..
        } => Condition::Test {
            path,
            quantifier,
            operator,
            operand,
            missing: given,
        },
        Condition::InSet {
            path,
            quantifier,
            set,
            negated,
            deadline,
            ..
        } => Condition::InSet {
            path,
            quantifier,
            set,
            negated,
            deadline,
            missing: given,
        },
        other => other,
    }
}

/// Several conditions as one; `None` if there is none.
fn together(mut conditions: Vec<Condition>) -> Option<Condition> {
    match conditions.len() {
        0 => None,
        1 => conditions.pop(),
        _ => Some(Condition::All(conditions)),
    }
}

//! Names of a control's own: its parameters, its lists, and what stands under `let`; which of them anything uses.

use std::collections::BTreeSet;

use crate::catalog::{self, DatasetRef, FieldType};
use crate::control::Bound;
use crate::control::input::Inputs;
use crate::control::parameter::{Parameter, ParameterType, ScalarType};
use crate::diagnostic::reader::Reader;
use crate::diagnostic::yaml::{Entry, Kind, Node};
use crate::diagnostic::{Place, Problem, did_you_mean};

/// Code of the problem that nothing uses a name.
pub(super) const UNUSED: &str = "control::unused";

/// What conditions of one control may name, and what they did name.
#[derive(Default)]
pub(super) struct Names {
    pub parameters: Vec<Parameter>,
    /// Lists that selectors may name.
    pub inputs: Inputs,
    /// Names of the sets and where they are written, in the order written.
    pub sets: Vec<(String, Place)>,
    pub lists: Vec<NamedList>,
    pub parameters_used: BTreeSet<usize>,
    pub sets_used: BTreeSet<usize>,
    pub lists_used: BTreeSet<usize>,
    /// What was compared with which set, to see at the end whether the two can have a value in common.
    pub set_uses: Vec<SetUse>,
    /// Sets that were asked until when, and where.
    pub deadlines: Vec<(usize, Place)>,
}

/// `let: { offices: { values: […] } }`: a list that stands wherever `$offices` does.
pub(super) struct NamedList {
    pub name: String,
    pub place: Place,
    /// The list itself.
    pub node: Node,
}

/// A path that was compared with a set.
pub(super) struct SetUse {
    pub set: usize,
    pub path: String,
    pub kind: FieldType,
    pub place: Place,
}

/// What a `$word` stands for.
#[derive(Clone, Copy)]
pub(super) enum Named {
    Parameter(usize),
    Set(usize),
    List(usize),
}

impl Names {
    /// The dataset called `name`; a list is noted as used.
    pub fn dataset(&mut self, name: &str) -> Option<DatasetRef> {
        match catalog::dataset(name) {
            Some(dataset) => Some(dataset.into()),
            None => self.inputs.find(name).map(DatasetRef::Input),
        }
    }

    /// The parameter, set or list that `$word` names, noted as used.
    pub fn resolve(&mut self, reader: &mut Reader, node: &Node, word: &str) -> Option<Named> {
        let parameter = self.parameters.iter().position(|known| known.name == word);
        let set = self.sets.iter().position(|(known, _)| known == word);
        let list = self.lists.iter().position(|known| known.name == word);
        match (parameter, set, list) {
            (Some(index), _, _) => {
                self.parameters_used.insert(index);
                Some(Named::Parameter(index))
            }
            (None, Some(index), _) => {
                self.sets_used.insert(index);
                Some(Named::Set(index))
            }
            (None, None, Some(index)) => {
                self.lists_used.insert(index);
                Some(Named::List(index))
            }
            (None, None, None) => {
                let known: Vec<&str> = self
                    .parameters
                    .iter()
                    .map(|parameter| parameter.name.as_str())
                    .chain(self.sets.iter().map(|(name, _)| name.as_str()))
                    .chain(self.lists.iter().map(|list| list.name.as_str()))
                    .collect();
                let help = if known.is_empty() {
                    format!(
                        "declare it under `parameters` or `let`, or write `$${word}` for the text"
                    )
                } else {
                    did_you_mean(word, known)
                };
                reader.push(
                    Problem::new(
                        "control::unknown_name",
                        format!("no parameter, set or list is called `{word}`"),
                        node.place(),
                        "not declared",
                    )
                    .help(help),
                );
                None
            }
        }
    }

    /// The parameter `word`, which has to be of this type where `what` stands.
    pub fn parameter_of_type(
        &mut self,
        reader: &mut Reader,
        node: &Node,
        word: &str,
        wanted: ScalarType,
        what: &str,
    ) -> Option<usize> {
        let Named::Parameter(index) = self.resolve(reader, node, word)? else {
            reader.wrong_type(
                node,
                "a value",
                "a set or a list is no value; use a parameter",
            );
            return None;
        };
        let parameter = &self.parameters[index];
        if parameter.kind == ParameterType::One(wanted) {
            return Some(index);
        }
        let problem = Problem::new(
            "control::operand",
            format!("{what} cannot be `{}`", parameter.kind),
            node.place(),
            "this parameter",
        )
        .and_at(parameter.place.clone(), "declared here")
        .help(format!("declare it as `type: {wanted}`"));
        reader.push(problem);
        None
    }

    /// A number of something, or the parameter that tells it.
    pub fn bound(&mut self, reader: &mut Reader, node: &Node) -> Option<Bound> {
        let Some(word) = dollar_word(node) else {
            return reader.whole(node).map(Bound::Number);
        };
        let named = self.resolve(reader, node, word)?;
        match named {
            Named::Parameter(index) => {
                let parameter = &self.parameters[index];
                let is_whole = parameter.kind == ParameterType::One(ScalarType::Integer);
                let at_least_zero = [&parameter.default, &parameter.minimum]
                    .into_iter()
                    .flatten()
                    .all(|value| value.as_i64().is_none_or(|value| value >= 0));
                if is_whole && at_least_zero {
                    return Some(Bound::Parameter(index));
                }
                let problem = Problem::new(
                    "control::operand",
                    format!("a number of subjects cannot be `{}`", parameter.kind),
                    node.place(),
                    "this parameter",
                )
                .and_at(parameter.place.clone(), "declared here")
                .help("declare it as `type: integer` with `minimum: 0`");
                reader.push(problem);
                None
            }
            Named::Set(_) | Named::List(_) => {
                let help = "a set or a list is no number; use a parameter";
                reader.wrong_type(node, "a number", help);
                None
            }
        }
    }
}

/// The word in `$word`; `None` for anything else, `$$text` and JSONPaths included.
pub(super) fn dollar_word(node: &Node) -> Option<&str> {
    let Kind::Text(text) = &node.kind else {
        return None;
    };
    let word = text.strip_prefix('$')?;
    let is_path = word.is_empty() || word.starts_with(['$', '.', '[']);
    (!is_path).then_some(word)
}

/// Entries of an optional map whose keys are names of the author's choice.
pub(super) fn named_entries<'n>(
    reader: &mut Reader,
    root: &'n Node,
    key: &str,
    help: &str,
) -> &'n [Entry] {
    let Some(node) = root.get(key) else {
        return &[];
    };
    let Some(entries) = node.entries() else {
        reader.wrong_type(node, "a map", help);
        return &[];
    };
    for entry in entries {
        let mut letters = entry.key.chars();
        let is_name = letters
            .next()
            .is_some_and(|first| first.is_ascii_lowercase())
            && letters.all(|letter| {
                letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_'
            });
        let is_taken = matches!(
            entry.key.as_str(),
            "subject" | "population" | "member" | "state"
        );
        if !is_name || is_taken {
            let message = if is_taken {
                format!("`{}` is a name that texts use", entry.key)
            } else {
                format!("`{}` is no name", entry.key)
            };
            reader.push(
                Problem::new("control::name", message, entry.key_place(), "here")
                    .help("lower-case letters, digits and `_`, a letter first: `idle_days`"),
            );
        }
    }
    entries
}

/// Notes every name that nothing uses.
pub(super) fn check_unused(reader: &mut Reader, names: &Names) {
    for (index, parameter) in names.parameters.iter().enumerate() {
        if !names.parameters_used.contains(&index) {
            reader.push(
                Problem::new(
                    UNUSED,
                    format!("no condition uses the parameter `{}`", parameter.name),
                    parameter.place.clone(),
                    "not used",
                )
                .help(format!(
                    "write `${}` where its value belongs, or remove it; naming it in a text changes nothing",
                    parameter.name
                )),
            );
        }
    }
    for schema in &names.inputs.own {
        if !names.inputs.used.contains(schema.name()) {
            reader.push(
                Problem::new(
                    UNUSED,
                    format!("nothing reads the list `{}`", schema.short_name()),
                    schema.place().clone(),
                    "not used",
                )
                .help(format!("write `$.{}[*]`, or remove it", schema.name())),
            );
        }
    }
    for (index, (name, place)) in names.sets.iter().enumerate() {
        if !names.sets_used.contains(&index) {
            reader.push(
                Problem::new(
                    UNUSED,
                    format!("no condition uses the set `{name}`"),
                    place.clone(),
                    "not used",
                )
                .help(format!("write `in: ${name}`, or remove it")),
            );
        }
    }
    for (index, list) in names.lists.iter().enumerate() {
        if !names.lists_used.contains(&index) {
            reader.push(
                Problem::new(
                    UNUSED,
                    format!("no condition uses the list `{}`", list.name),
                    list.place.clone(),
                    "not used",
                )
                .help(format!("write `in: ${}`, or remove it", list.name)),
            );
        }
    }
}

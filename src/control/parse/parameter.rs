//! `parameters`: what a user may set, each with its type, its default and its bounds.

use std::cmp::Ordering;

use serde_json::Value;

use super::names::named_entries;
use crate::control::parameter::{Parameter, ParameterType, ScalarType, Weaker, order};
use crate::diagnostic::Problem;
use crate::diagnostic::reader::Reader;
use crate::diagnostic::yaml::{Entry, Kind, Node};

pub(super) fn read_parameters(reader: &mut Reader, root: &Node) -> Vec<Parameter> {
    const HELP: &str =
        "write `idle_days: { type: integer, default: 90, about: days without activity }`";
    named_entries(reader, root, "parameters", HELP)
        .iter()
        .filter_map(|entry| read_parameter(reader, entry))
        .collect()
}

fn read_parameter(reader: &mut Reader, entry: &Entry) -> Option<Parameter> {
    const KEYS: &[&str] = &[
        "type", "default", "minimum", "maximum", "one_of", "weaker", "about",
    ];
    let map = reader.map(&entry.value, "a parameter", KEYS)?;
    let kind = reader.required(map, "type", "say what its value is: `type: integer`");
    let about = reader
        .required(
            map,
            "about",
            "say what it means: `about: days without activity`",
        )
        .and_then(|node| reader.text(node))
        .unwrap_or_default();
    let types = ParameterType::all();
    let words: Vec<(&str, ParameterType)> = types
        .iter()
        .map(|(word, kind)| (word.as_str(), *kind))
        .collect();
    let mut parameter = Parameter {
        name: entry.key.clone(),
        kind: reader.word(kind?, "type of a parameter", &words)?,
        default: None,
        minimum: None,
        maximum: None,
        one_of: Vec::new(),
        weaker: None,
        about: about.to_owned(),
        place: entry.key_place(),
    };
    let value = |reader: &mut Reader, parameter: &Parameter, key: &str| {
        let node = map.get(key)?;
        parameter
            .value_of(node)
            .map_err(|wrong| {
                let message = format!("`{key}` of `{}`: {}", parameter.name, wrong.message);
                reader.push(
                    Problem::new("control::parameter", message, wrong.node.place(), "here")
                        .help(wrong.help),
                );
            })
            .ok()
    };
    // Bounds are of the type of one value, also for a list.
    let bound_of = Parameter {
        kind: match parameter.kind {
            ParameterType::One(scalar) | ParameterType::ListOf(scalar) => {
                ParameterType::One(scalar)
            }
        },
        ..parameter.clone()
    };
    let minimum = value(reader, &bound_of, "minimum");
    let maximum = value(reader, &bound_of, "maximum");
    if let (Some(least), Some(greatest)) = (&minimum, &maximum)
        && let (Some(least_node), Some(node)) = (map.get("minimum"), map.get("maximum"))
        && order(least, greatest).is_some_and(Ordering::is_gt)
    {
        let message = format!(
            "`minimum` of `{}` is greater than `maximum`",
            parameter.name
        );
        reader.push(
            Problem::new(
                "control::parameter",
                message,
                node.place(),
                "less than the minimum",
            )
            .and_at(least_node.place(), "the minimum")
            .help("no value is both"),
        );
    }
    if let Some(node) = map.get("one_of") {
        parameter.one_of = read_one_of(reader, &bound_of, node);
    }
    for key in ["minimum", "maximum"] {
        if let (Some(entry), ParameterType::One(scalar)) = (map.entry(key), bound_of.kind)
            && !scalar.is_ordered()
        {
            reader.push(
                Problem::new(
                    "control::parameter",
                    format!("`{key}` says nothing about `{scalar}`"),
                    entry.key_place(),
                    "its values have no order",
                )
                .help("list the values that it may have: `one_of: [a, b]`"),
            );
        }
    }
    parameter.minimum = minimum;
    parameter.maximum = maximum;
    parameter.default = value(reader, &parameter, "default");
    parameter.weaker = map
        .get("weaker")
        .and_then(|node| read_weaker(reader, &parameter, node));
    Some(parameter)
}

/// The values that a parameter may have.
fn read_one_of(reader: &mut Reader, parameter: &Parameter, node: &Node) -> Vec<Value> {
    const HELP: &str = "write a list of values: `[a, b]`";
    let elements = reader.list(node, HELP).unwrap_or_default();
    if matches!(&node.kind, Kind::List(elements) if elements.is_empty()) {
        reader.wrong_type(node, "at least one value", HELP);
    }
    let mut values = Vec::new();
    for element in elements {
        match parameter.value_of(element) {
            Ok(value) => values.push(value),
            Err(wrong) => {
                let message = format!("`one_of` of `{}`: {}", parameter.name, wrong.message);
                reader.push(
                    Problem::new("control::parameter", message, wrong.node.place(), "here")
                        .help(wrong.help),
                );
            }
        }
    }
    values
}

/// Which change of a value asks less: only of what has an order or entries.
fn read_weaker(reader: &mut Reader, parameter: &Parameter, node: &Node) -> Option<Weaker> {
    use ScalarType::{Domain, Email, Text};
    if let ParameterType::One(Text | Email | Domain) = parameter.kind {
        reader.push(
            Problem::new(
                "control::parameter",
                format!("`{}` is neither higher nor lower", parameter.kind),
                node.place(),
                "has no order",
            )
            .help("remove `weaker`: every change of it is listed anyway"),
        );
        return None;
    }
    let words = [("higher", Weaker::Higher), ("lower", Weaker::Lower)];
    reader.word(node, "direction", &words)
}

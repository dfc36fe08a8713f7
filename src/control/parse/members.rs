//! `members`: the values of all subjects, compared with a list.

use super::condition::Conditions;
use super::names::{Named, SetUse, dollar_word};
use crate::catalog::FieldType;
use crate::control::path::{self, Start};
use crate::control::{Expected, FieldPath, Relation, Requirement};
use crate::diagnostic::Problem;
use crate::diagnostic::reader::start_of;
use crate::diagnostic::yaml::Node;
use crate::operator::OperandType;

pub(super) fn read_members(
    conditions: &mut Conditions<'_>,
    node: &Node,
    start: &Start,
) -> Option<Requirement> {
    const RELATIONS: [(&str, Relation); 3] = [
        ("equals", Relation::Equals),
        ("subset_of", Relation::SubsetOf),
        ("superset_of", Relation::SupersetOf),
    ];
    const HELP: &str = "write `members: { by: id, equals: $approved }`";
    let keys = ["by", "equals", "subset_of", "superset_of"];
    let map = conditions.reader.map(node, "`members`", &keys)?;
    let by_node = conditions.reader.required(map, "by", HELP);
    let given: Vec<_> = RELATIONS
        .iter()
        .filter_map(|(word, relation)| Some((*relation, map.get(word)?)))
        .collect();
    let [(relation, expected)] = given.as_slice() else {
        conditions.reader.push(
            Problem::new(
                "control::members",
                "`members` compares with exactly one list",
                start_of(node),
                "in the map that starts here",
            )
            .help("write one of `equals`, `subset_of`, `superset_of`"),
        );
        return None;
    };
    let checked = path::read(conditions.reader, by_node?, start, false)?;
    let is_text = !matches!(
        checked.path.kind,
        FieldType::Boolean | FieldType::Integer | FieldType::List(_) | FieldType::Records(_)
    );
    if checked.is_many || !is_text {
        conditions.reader.push(
            Problem::new(
                "control::members",
                format!("subjects cannot be told apart by `{}`", checked.path.text),
                by_node?.place(),
                "not one text for each subject",
            )
            .help("name a field with one text: `id`, `email`, `name`"),
        );
        return None;
    }
    let expected = read_expected(conditions, expected, &checked.path)?;
    Some(Requirement::Members {
        by: checked.path,
        relation: *relation,
        expected,
    })
}

fn read_expected(conditions: &mut Conditions<'_>, node: &Node, by: &FieldPath) -> Option<Expected> {
    if let Some(word) = dollar_word(node) {
        return match conditions.names.resolve(conditions.reader, node, word)? {
            Named::List(index) => {
                let list = conditions.names.lists[index].node.clone();
                read_expected_values(conditions, &list, by)
            }
            Named::Set(index) => {
                conditions.names.set_uses.push(SetUse {
                    set: index,
                    path: by.text.clone(),
                    kind: by.kind,
                    place: node.place(),
                });
                Some(Expected::Set(index))
            }
            Named::Parameter(index) => {
                let parameter = &conditions.names.parameters[index];
                if parameter.kind.fits(OperandType::ListLikeField, &by.kind) {
                    return Some(Expected::Parameter(index));
                }
                let problem = Problem::new(
                    "control::operand",
                    format!(
                        "`members` by `{}` cannot take `{}`",
                        by.kind, parameter.kind
                    ),
                    node.place(),
                    "this parameter",
                )
                .and_at(parameter.place.clone(), "declared here")
                .help("declare it as a list, such as `type: list of text`");
                conditions.reader.push(problem);
                None
            }
        };
    }
    read_expected_values(conditions, node, by)
}

fn read_expected_values(
    conditions: &mut Conditions<'_>,
    node: &Node,
    by: &FieldPath,
) -> Option<Expected> {
    let elements = conditions
        .reader
        .list(node, "write a list, or name one: `$approved`")?;
    let mut values = Vec::new();
    for element in elements {
        let Some(literal) = path::literal(element, &by.kind) else {
            conditions
                .reader
                .wrong_type(element, "one value", "write plain values");
            continue;
        };
        match path::fitted(&by.kind, &literal) {
            Ok(serde_json::Value::String(text)) => values.push(text),
            Ok(_) => conditions
                .reader
                .wrong_type(element, "a value", "name it, or leave it out"),
            Err(misfit) => conditions.reader.push(misfit.problem(element, None)),
        }
    }
    Some(Expected::Values(values))
}

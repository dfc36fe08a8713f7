//! Conditions: what may be asked of a record of each dataset.

use serde_json::{Map, Value, json};

use super::operand::{literal, name, operand};
use super::{Definitions, closed, described, lower_first};
use crate::catalog::{Dataset, Field, FieldType, Omission};
use crate::operator::{ACTION_NAMED, OPERATORS, OperandType, Operator, ValueKind, Verdict};

/// A key that is a longer path, such as `product_access[*].key`: the loader looks into it.
const LONGER_PATH: &str = "[.\\[]";

/// The one field whose values `action_named` resolves.
const ACTION_PATH: &str = "events.action";

/// Conditions on a record of `dataset`.
pub(super) fn on_record(dataset: &Dataset, definitions: &mut Definitions) -> Value {
    on_fields(dataset.name, dataset.fields, definitions)
}

/// Conditions on `fields`; `owner` is what has them: `accounts`, `accounts.product_access`.
fn on_fields(owner: &str, fields: &'static [Field], definitions: &mut Definitions) -> Value {
    definitions.refer(&format!("{owner}.conditions"), |definitions| {
        let mut keys = Map::new();
        let own = on_fields(owner, fields, definitions);
        let groups = json!({ "type": "array", "minItems": 1, "items": own });
        keys.insert(
            "all".to_owned(),
            described("All of these maps must hold.", groups.clone()),
        );
        keys.insert(
            "any".to_owned(),
            described("At least one of these maps must hold.", groups),
        );
        keys.insert(
            "not".to_owned(),
            described("This map must not hold; unknown stays unknown.", own),
        );
        for (word, meaning) in [
            ("each", "Conditions that every record of a list must meet."),
            (
                "some",
                "Conditions that one and the same record of a list must meet, all together.",
            ),
        ] {
            if let Some(elements) = elements(owner, fields, definitions) {
                keys.insert(word.to_owned(), described(meaning, elements));
            }
        }
        for field in fields {
            let test = test(&format!("{owner}.{}", field.name), &field.kind, definitions);
            keys.insert(field.name.to_owned(), described(about(field), test));
        }
        let mut schema = closed(Value::Object(keys), &[]);
        schema["minProperties"] = 1.into();
        schema["patternProperties"] = json!({ LONGER_PATH: any_test(definitions) });
        schema["description"] =
            "Conditions, by field; all must hold. A plain value means equality.".into();
        schema
    })
}

/// `{ in: product_access, expect: {…} }`; `None` if no field holds records.
fn elements(owner: &str, fields: &'static [Field], definitions: &mut Definitions) -> Option<Value> {
    let mut forms = Vec::new();
    let mut names = Vec::new();
    for field in fields {
        if let FieldType::Records(inner) = field.kind {
            let conditions = on_fields(&format!("{owner}.{}", field.name), inner, definitions);
            names.push(field.name);
            forms.push(json!({ "properties": {
                "in": { "pattern": format!("^{}(\\[|$)", field.name) },
                "expect": conditions,
            }}));
        }
    }
    let mut schema = closed(
        json!({
            "in": { "type": "string", "description": "The list of records.", "examples": names },
            "expect": { "type": "object", "description": "What to ask of one of them." },
            "missing": missing(definitions),
        }),
        &["in", "expect"],
    );
    schema["anyOf"] = forms.into();
    (!names.is_empty()).then_some(schema)
}

fn missing(definitions: &mut Definitions) -> Value {
    definitions.refer("missing", |_| json!({
        "description": "What an absent value comes to: `unknown` (the default), or, in `expect`, `fail`. Never a pass.",
        "enum": ["unknown", "fail"],
    }))
}

/// What may be asked of a field of type `kind`: a plain value, or operators that must all hold.
fn test(path: &str, kind: &'static FieldType, definitions: &mut Definitions) -> Value {
    // Types without words of their own are tested alike wherever they stand.
    let own_name = match kind {
        _ if path == ACTION_PATH => path,
        FieldType::Text | FieldType::Id | FieldType::Email | FieldType::DomainName => "on_text",
        FieldType::IpRange => "on_ip_range",
        FieldType::Boolean => "on_boolean",
        FieldType::Integer => "on_number",
        FieldType::Timestamp | FieldType::Date => "on_time",
        FieldType::Word(_)
        | FieldType::OpenWord(_)
        | FieldType::List(_)
        | FieldType::Records(_) => path,
    };
    definitions.refer(own_name, |definitions| {
        let mut keys = operators(path, kind, definitions);
        match kind {
            FieldType::List(element) => {
                let element = test(&format!("{path}.element"), element, definitions);
                quantifiers(&mut keys, &element);
            }
            FieldType::Records(fields) => {
                let expect = on_fields(path, fields, definitions);
                let conditions = closed(json!({ "expect": expect }), &["expect"]);
                let as_lists = operator_map(operators(path, kind, definitions), definitions);
                quantifiers(&mut keys, &json!({ "anyOf": [conditions, as_lists] }));
            }
            _ => {}
        }
        let plain = literal(kind, definitions);
        let operators = operator_map(keys, definitions);
        // Told apart before they are judged, so that an editor says what is wrong with the form that was
        // meant; where nothing is written yet, it offers both: plain values by the first line.
        json!({
            "anyOf": [plain, { "type": ["object", "null"] }],
            "if": { "type": ["string", "number", "boolean"] },
            "then": plain,
            "else": { "anyOf": [operators, plain] },
        })
    })
}

fn quantifiers(keys: &mut Map<String, Value>, element: &Value) {
    for (word, meaning) in [
        (
            "each",
            "What every value of the list must meet: true of a known empty list.",
        ),
        (
            "some",
            "What at least one value of the list must meet: false of a known empty list.",
        ),
    ] {
        keys.insert(
            word.to_owned(),
            described(meaning, json!({ "anyOf": [element] })),
        );
    }
}

/// Operators that can judge values of type `kind` at `path`, and what they take there.
fn operators(path: &str, kind: &FieldType, definitions: &mut Definitions) -> Map<String, Value> {
    let judged = ValueKind::of(kind);
    let mut keys = Map::new();
    let fits = |operator: &&&Operator| operator.name != ACTION_NAMED || path == ACTION_PATH;
    for operator in OPERATORS.iter().filter(fits) {
        let depends_on_field = matches!(
            operator.operand,
            OperandType::LikeField | OperandType::ListLikeField | OperandType::ElementOrText
        );
        let schema = match (operator.judges.contains(&judged), operator.operand) {
            (true, _) if !depends_on_field => {
                definitions.refer(&format!("operator.{}", operator.name), |definitions| {
                    let taken = operand(operator.operand, kind, definitions);
                    described(meaning(operator), with_examples(taken, operator))
                })
            }
            (true, _) => described(
                meaning(operator),
                operand(operator.operand, kind, definitions),
            ),
            // Known to be none can be asked of every field, and a set may hold anything.
            (false, OperandType::LikeField) => {
                described(meaning(operator), json!({ "type": "null" }))
            }
            (false, OperandType::ListLikeField) => described(meaning(operator), name(definitions)),
            (false, _) => continue,
        };
        let schema = match operator.name {
            "in" => json!({ "anyOf": [schema, dated(definitions)] }),
            _ => schema,
        };
        keys.insert(operator.name.to_owned(), schema);
    }
    keys
}

/// `{ set: $gone, within_working_days: 1, of: left_on }`.
fn dated(definitions: &mut Definitions) -> Value {
    definitions.refer("deadline", |definitions| {
        let days = json!({ "anyOf": [{ "type": "integer", "minimum": 0 }, name(definitions)] });
        let set = name(definitions);
        let schema = closed(
            json!({
                "set": described("A set that tells when, with `at`.", set),
                "within_working_days": described("Working days: Monday to Friday in UTC, whatever the public holidays.", days),
                "of": described("The field of the record with the day to count from.", json!({ "type": "string" })),
            }),
            &["set", "within_working_days", "of"],
        );
        described("The value is in the set, and happened so many working days after a day at the last.", schema)
    })
}

/// A map of operators.
fn operator_map(mut keys: Map<String, Value>, definitions: &mut Definitions) -> Value {
    keys.insert("missing".to_owned(), missing(definitions));
    let mut schema = closed(Value::Object(keys), &[]);
    schema["minProperties"] = 1.into();
    schema["if"] = json!({ "required": ["missing"] });
    schema["then"] = json!({ "minProperties": 2 });
    schema
}

/// What an editor shows beside an operator.
pub(super) fn meaning(operator: &Operator) -> String {
    format!(
        "{}\n\nTakes {}.\n\nOf `null` (known to be none): {}",
        operator.meaning,
        operator.operand,
        lower_first(operator.on_null)
    )
}

/// The schema of an operand with those of the operator's examples that come to true.
fn with_examples(mut schema: Value, operator: &Operator) -> Value {
    let mut examples: Vec<Value> = Vec::new();
    for example in operator
        .examples
        .iter()
        .filter(|example| example.verdict == Verdict::True)
    {
        let value =
            serde_json::from_str(example.operand).expect("the operands of examples are JSON");
        if !examples.contains(&value) {
            examples.push(value);
        }
    }
    schema["examples"] = examples.into();
    schema
}

/// A condition on a longer path, whose type only the loader knows.
fn any_test(definitions: &mut Definitions) -> Value {
    definitions.refer("on_longer_path", |definitions| {
        let mut keys: Map<String, Value> = OPERATORS
            .iter()
            .map(|operator| {
                (
                    operator.name.to_owned(),
                    json!({ "description": meaning(operator) }),
                )
            })
            .collect();
        quantifiers(&mut keys, &json!({}));
        json!({ "anyOf": [
            { "type": ["string", "number", "boolean", "null"] },
            operator_map(keys, definitions),
        ]})
    })
}

/// What an editor shows beside a field.
pub(super) fn about(field: &Field) -> String {
    let unit = field
        .unit
        .map(|unit| format!(", in {unit}"))
        .unwrap_or_default();
    let mut text = format!("{} ({}{unit})", field.meaning, field.kind);
    if let Some(words) = field.kind.words() {
        let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        text.push_str(&format!("\n\nWords: {}", words.join(", ")));
    }
    text.push_str(&format!("\n\nFrom: {}", field.sources.join(", ")));
    text.push_str(match field.omission {
        Omission::None => "\n\nLeft out by its source: `null`, known to be none",
        Omission::Unknown => "\n\nLeft out by its source: absent, unknown",
    });
    text
}

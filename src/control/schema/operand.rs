//! What may stand on the right of an operator, and what a field may be compared with.

use serde_json::{Value, json};

use super::{Definitions, list_of};
use crate::catalog::FieldType;
use crate::operator::{DAYS_MAX, OperandType};

/// `$word`: a parameter, or a list or set of `let`. `$$`, `$.` and `$[` start something else.
pub(super) fn name(definitions: &mut Definitions) -> Value {
    definitions.refer("name", |_| {
        json!({
            "description": "A parameter, list or set, by its name: `$idle_days`.",
            "type": "string",
            "pattern": "^\\$[^$.\\[]",
        })
    })
}

/// `own`, or a name that stands for it.
fn or_name(own: Value, definitions: &mut Definitions) -> Value {
    json!({ "anyOf": [own, name(definitions)] })
}

/// A value that a field of type `kind` can be compared with; `null` is known to be none.
pub(super) fn literal(kind: &FieldType, definitions: &mut Definitions) -> Value {
    match kind {
        // Of some open words the vendor documents none.
        FieldType::Text
        | FieldType::Id
        | FieldType::Email
        | FieldType::DomainName
        | FieldType::IpRange
        | FieldType::OpenWord([]) => text(definitions),
        FieldType::Word(words) => json!({ "anyOf": [
            { "enum": words },
            { "type": "null" },
            name(definitions),
        ]}),
        FieldType::OpenWord(words) => json!({ "anyOf": [{ "enum": words }, text(definitions)] }),
        FieldType::Boolean => or_name(json!({ "type": ["boolean", "null"] }), definitions),
        FieldType::Integer => or_name(json!({ "type": ["number", "null"] }), definitions),
        // Times are compared by operators of their own; lists by their elements.
        FieldType::Timestamp | FieldType::Date | FieldType::List(_) | FieldType::Records(_) => {
            json!({ "type": "null" })
        }
    }
}

/// Text, a number standing for its text; no JSONPath, which would be compared as text.
fn text(definitions: &mut Definitions) -> Value {
    definitions.refer(
        "text",
        |_| json!({ "type": ["string", "number", "null"], "pattern": "^(?!\\$[.\\[])" }),
    )
}

/// One of the values that a list of operands holds.
fn element(kind: &FieldType, definitions: &mut Definitions) -> Value {
    literal(kind, definitions)
}

/// The operand of an operator on a field of type `kind`.
pub(super) fn operand(
    operand: OperandType,
    kind: &FieldType,
    definitions: &mut Definitions,
) -> Value {
    let text_only = json!({ "type": "string", "pattern": "^(?!\\$[.\\[])" });
    match operand {
        OperandType::LikeField => literal(kind, definitions),
        OperandType::ListLikeField => {
            let mut list = list_of(element(kind, definitions));
            list["minItems"] = 1.into();
            or_name(list, definitions)
        }
        OperandType::ElementOrText => match kind {
            FieldType::List(inner) => literal(inner, definitions),
            _ => text(definitions),
        },
        OperandType::Boolean => or_name(json!({ "type": "boolean" }), definitions),
        OperandType::Text | OperandType::Pattern => text_only,
        OperandType::Number => or_name(json!({ "type": "number" }), definitions),
        OperandType::NumberPair => {
            let number = or_name(json!({ "type": "number" }), definitions);
            let pair = json!({ "type": "array", "items": number, "minItems": 2, "maxItems": 2 });
            or_name(pair, definitions)
        }
        OperandType::Days => or_name(
            json!({ "anyOf": [
                { "type": "integer", "minimum": 0, "maximum": DAYS_MAX },
                { "type": "string", "pattern": "^[0-9]+[dh]$" },
            ]}),
            definitions,
        ),
        OperandType::Moment => or_name(
            json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}" }),
            definitions,
        ),
        OperandType::Ranges => or_name(
            json!({ "anyOf": [
                { "type": "string", "pattern": "^[0-9A-Fa-f.:]+(/[0-9]+)?$" },
                { "type": "array", "minItems": 1, "items": { "type": "string" } },
            ]}),
            definitions,
        ),
        OperandType::PrefixLength => {
            let bits = |longest: u8| json!({ "type": "integer", "minimum": 0, "maximum": longest });
            json!({ "anyOf": [
                bits(128),
                name(definitions),
                super::closed(
                    json!({
                        "ipv4": or_name(bits(32), definitions),
                        "ipv6": or_name(bits(128), definitions),
                    }),
                    &["ipv4", "ipv6"],
                ),
            ]})
        }
        OperandType::Size => {
            let whole = json!({ "type": "integer", "minimum": 0 });
            let bound = or_name(whole.clone(), definitions);
            let mut bounds = super::closed(json!({ "at_least": bound, "at_most": bound }), &[]);
            bounds["minProperties"] = 1.into();
            json!({ "anyOf": [whole, name(definitions), bounds] })
        }
    }
}

//! JSON Schema (draft-07) of control files, case files and framework files, for editors: made from the registries, so that an
//! editor completes and explains what the loader takes.
//!
//! A schema sees words and shapes. What needs more (a JSONPath's inside, names that are declared nowhere,
//! bounds that contradict each other) only the loader sees; it alone decides.

mod cases;
mod conditions;
mod file;
mod framework;
mod operand;

use serde_json::{Map, Value, json};

pub use cases::case_schema;
pub(crate) use file::column;
pub use file::control_schema;
pub use framework::framework_schema;

/// File name of the schema of controls, as their first line names it.
pub const CONTROL_SCHEMA_FILE: &str = "control.schema.json";
/// File name of the schema of case files.
pub const CASE_SCHEMA_FILE: &str = "cases.schema.json";

/// File name of the schema of frameworks.
pub const FRAMEWORK_SCHEMA_FILE: &str = "framework.schema.json";

/// The dialect that editors read: yaml-language-server takes draft-07 and older.
const DIALECT: &str = "http://json-schema.org/draft-07/schema#";

/// Schemas that others refer to, by name.
#[derive(Default)]
struct Definitions(Map<String, Value>);

impl Definitions {
    /// A reference to the schema called `name`, made by `make` if this is the first one.
    fn refer(&mut self, name: &str, make: impl FnOnce(&mut Definitions) -> Value) -> Value {
        if !self.0.contains_key(name) {
            // Present before it is made: a schema may refer to itself.
            self.0.insert(name.to_owned(), Value::Bool(true));
            let schema = make(self);
            self.0.insert(name.to_owned(), schema);
        }
        json!({ "$ref": format!("#/definitions/{name}") })
    }
}

/// The schema `of` with a description of its own: beside `$ref` draft-07 reads nothing else.
pub(crate) fn described(description: impl Into<String>, of: Value) -> Value {
    let description = description.into();
    match of {
        Value::Object(mut schema) if !schema.contains_key("$ref") => {
            schema.insert("description".to_owned(), description.into());
            Value::Object(schema)
        }
        reference => json!({ "description": description, "allOf": [reference] }),
    }
}

/// A map that has these keys and no other.
pub(crate) fn closed(properties: Value, required: &[&str]) -> Value {
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// A list of `items`.
pub(crate) fn list_of(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// A sentence as it stands inside another one.
pub(super) fn lower_first(sentence: &str) -> String {
    let mut letters = sentence.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// `schema` as a document of its own: what an editor shows as its name, and how a file refers to it.
pub(crate) fn document(
    mut schema: Value,
    name: &str,
    title: &str,
    description: impl Into<String>,
) -> Value {
    schema["$schema"] = DIALECT.into();
    schema["$id"] = format!("urn:tickmark:schema:{name}:1").into();
    schema["title"] = title.into();
    schema["description"] = description.into().into();
    schema
}

/// A word that is completed with one of `known`, and may be another one.
pub(crate) fn open_word<'w>(known: impl Iterator<Item = &'w str>) -> Value {
    let known: std::collections::BTreeSet<&str> = known.collect();
    json!({ "anyOf": [{ "enum": known }, prose()] })
}

/// Text that is not empty.
pub(crate) fn prose() -> Value {
    json!({ "type": "string", "pattern": "\\S" })
}

#[cfg(test)]
mod tests;

//! The schema of a framework file.

use serde_json::{Value, json};

use super::{FRAMEWORK_SCHEMA_FILE, closed, described, document, prose};

/// JSON Schema (draft-07) of a file in a folder `frameworks`.
pub fn framework_schema() -> Value {
    let id = "^[a-z0-9]+(-[a-z0-9]+)*$";
    let schema = closed(
        json!({
            "framework": {
                "description": "Id of the framework, as `maps_to` names it; the file is called as it is.",
                "type": ["string", "number"],
                "pattern": id,
                "maxLength": crate::control::ControlId::LENGTH_MAX,
            },
            "name": described("Its name: `House rules`.", text()),
            "edition": described("Its edition.", text()),
            "publisher": described("Who publishes it.", text()),
            "source": described("Where to get it.", text()),
            "about": described("What the file lists, and why not all.", text()),
            "criteria_total": {
                "description": "Criteria that the framework has in all, listed or not.",
                "type": "integer",
                "minimum": 0,
            },
            "criteria": {
                "description": "Id of each criterion, and what it is about in short words of your own.",
                "type": "object",
                "minProperties": 1,
                "additionalProperties": text(),
            },
        }),
        &["framework", "name", "criteria_total", "criteria"],
    );
    document(
        schema,
        "framework",
        "tickmark framework",
        format!(
            "Criteria that controls may contribute evidence to. First line of a file: \
             `# yaml-language-server: $schema={FRAMEWORK_SCHEMA_FILE}`."
        ),
    )
}

/// Text, or what is read as text: `4.0`, `2022`.
fn text() -> Value {
    json!({ "anyOf": [prose(), { "type": ["number", "boolean"] }] })
}

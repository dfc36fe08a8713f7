//! JSON Schema (draft-07) of a profile, for editors: words of the built-in controls are completed, others taken.

use serde_json::{Map, Value, json};

use crate::control::schema::{closed, described, document, list_of, open_word, prose};
use crate::control::{self, Control, Frameworks, Severity};

/// File name of the schema of profiles, as their first line names it.
pub const PROFILE_SCHEMA_FILE: &str = "profile.schema.json";

/// JSON Schema (draft-07) of a profile. Closed, as the reader of profiles is.
pub fn profile_schema() -> Value {
    let (controls, _) = control::load(&control::builtin());
    let schema = closed(
        json!({
            "name": described("What reports call it; without one the name of its file.", prose()),
            "about": described("What it is for.", prose()),
            "extends": described(
                "The profile that it starts from: a built-in one by its name, or a file beside it.",
                open_word(super::BUILT_IN.iter().map(|(name, _, _)| *name)),
            ),
            "include": {
                "description": "The controls that are tested; all of them without it. In a profile that extends \
                    another one: controls that come back in.",
                "type": "array",
                "minItems": 1,
                "items": { "anyOf": [one_id(&controls), included(&controls)] },
            },
            "exclude": described(
                "Controls that are left out. Every report lists them with the reason.",
                list_of(excluded(&controls)),
            ),
            "controls": tailored(&controls),
        }),
        &[],
    );
    document(
        schema,
        "profile",
        "tickmark profile",
        format!(
            "Which controls are tested, how strictly, and who answers for them. First line of a file: \
             `# yaml-language-server: $schema={PROFILE_SCHEMA_FILE}`."
        ),
    )
}

fn one_id(controls: &[Control]) -> Value {
    let codes = controls
        .iter()
        .filter_map(|control| control.code.as_deref());
    open_word(
        controls
            .iter()
            .map(|control| control.id.as_str())
            .chain(codes),
    )
}

/// The three ways to select controls, each with what it selects by.
fn selectors(controls: &[Control]) -> [(&'static str, Value); 3] {
    let one_or_several = |one: Value| json!({ "anyOf": [one, list_of(one)] });
    let tags = controls.iter().flat_map(|control| &control.tags);
    let frameworks = Frameworks::built_in();
    [
        (
            "id",
            described(
                "Ids or codes of controls.",
                one_or_several(one_id(controls)),
            ),
        ),
        (
            "tag",
            described(
                "Controls that have this tag.",
                one_or_several(open_word(tags.map(String::as_str))),
            ),
        ),
        (
            "framework",
            described(
                "Controls that contribute evidence to this framework.",
                one_or_several(open_word(
                    frameworks.iter().map(|framework| framework.id.as_str()),
                )),
            ),
        ),
    ]
}

fn included(controls: &[Control]) -> Value {
    let one = selectors(controls).map(|(key, of)| closed(json!({ key: of }), &[key]));
    json!({ "anyOf": one })
}

fn excluded(controls: &[Control]) -> Value {
    let reason = described("Why they are not tested.", prose());
    let one = selectors(controls)
        .map(|(key, of)| closed(json!({ key: of, "reason": reason }), &[key, "reason"]));
    json!({ "anyOf": one })
}

/// What is said of each control: those that are built in are completed with their parameters.
fn tailored(controls: &[Control]) -> Value {
    let known: Map<String, Value> = controls
        .iter()
        .map(|control| {
            let parameters = control.parameters.iter().map(|parameter| {
                let about = format!("{}, {}", parameter.about, parameter.kind);
                (parameter.name.clone(), described(about, value()))
            });
            let entry = entry(closed(Value::Object(parameters.collect()), &[]));
            (
                control.id.to_string(),
                described(control.title.source().to_owned(), entry),
            )
        })
        .collect();
    json!({
        "description": "What is said of single controls, by id or code.",
        "type": "object",
        "properties": known,
        "additionalProperties": entry(json!({ "type": "object", "additionalProperties": value() })),
    })
}

fn entry(parameters: Value) -> Value {
    let severities = Severity::WORST_FIRST.map(Severity::word);
    closed(
        json!({
            "owner": described("Who answers for it.", prose()),
            "due_on": {
                "description": "The day by which it is to be met: `2026-12-20`.",
                "type": "string",
                "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            },
            "severity": described(
                "Another severity than its own.",
                closed(
                    json!({
                        "to": described("The severity that counts.", json!({ "enum": severities })),
                        "reason": described("Why; every report shows it.", prose()),
                    }),
                    &["to", "reason"],
                ),
            ),
            "parameters": described("Values of its parameters.", parameters),
        }),
        &[],
    )
}

/// A parameter's value, alone or with why it is what it is.
fn value() -> Value {
    let plain = json!({ "type": ["string", "number", "boolean", "array"] });
    let explained = closed(
        json!({
            "value": plain,
            "why": described("Why; asked for where the value asks less than the default.", prose()),
        }),
        &["value"],
    );
    json!({ "anyOf": [plain, explained] })
}

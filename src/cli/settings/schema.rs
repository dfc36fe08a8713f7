//! JSON Schema (draft-07) of `tickmark.yaml`, for editors.

use super::file::{KEYS, ORGANIZATION_KEYS};
use super::input::KEYS as INPUT_KEYS;
use super::{FAIL_ON, KEY_VARIABLE, SCIM_KEYS_VARIABLE, THREADS_MAX};
use crate::control::schema::{closed, column, described, document, list_of, open_word, prose};
use crate::control::{OrganizationPlan, Severity};
use crate::profile;
use crate::report;
use serde_json::{Map, Value, json};

/// JSON Schema (draft-07) of the settings. Closed, as the reader of settings is: so an editor marks a key or
/// token that does not belong there.
pub(in crate::cli) fn settings_schema() -> Value {
    let properties = each(KEYS, property);
    let mut schema = closed(Value::Object(properties), &[]);
    // A file of comments only says nothing.
    schema["type"] = json!(["object", "null"]);
    document(
        schema,
        "settings",
        "tickmark settings",
        "What a run needs again and again. A flag outranks the environment, which outranks this file. Paths start \
         in its folder. No secret may stand in it.",
    )
}

fn each(keys: &[&str], property: fn(&str) -> Value) -> Map<String, Value> {
    let properties = keys.iter().map(|key| ((*key).to_owned(), property(key)));
    properties.collect()
}

fn path(description: &str) -> Value {
    described(description, prose())
}

/// One key of the file.
///
/// # Panics
/// The key is not described; a test asks for each.
fn property(key: &str) -> Value {
    match key {
        "organization" => described(
            "The organisation that is meant where nothing else is said: a name under `organizations`.",
            prose(),
        ),
        "organizations" => json!({
            "description": "Organisations by a name of your choice: how to reach each.",
            "type": "object",
            "additionalProperties": organization(),
        }),
        "controls" => described(
            "Folders or files with controls, used instead of the built-in ones.",
            list_of(prose()),
        ),
        "profile" => described(
            "Which controls are tested, and how strictly: a file, or a built-in profile by its name.",
            open_word(profile::BUILT_IN.iter().map(|(name, _, _)| *name)),
        ),
        "inputs" => json!({
            "description": "Lists for controls that read `$.inputs.<name>`: a file, or a file with what is said of it.",
            "type": "object",
            "additionalProperties": { "anyOf": [prose(), input()] },
        }),
        "exports" => exports("Exports of the console, for every organisation."),
        "export_words" => json!({
            "description": "What cells of exports mean that the program does not know: `\"Strong (legacy)\": strong`, or \
                `\"Column:Cell\": word`.",
            "type": "object",
            "additionalProperties": prose(),
        }),
        "attestations" => {
            path("Folder or file of attestations; `attestations` beside this file without it.")
        }
        "reviews" => path("Folder of kept reviews; `reviews` beside this file without it."),
        "parameters" => json!({
            "description": "Values of parameters: `accounts-idle.idle_days: 60`; without a control's id or code, of every \
                control that has a parameter of this name.",
            "type": "object",
            "additionalProperties": { "type": ["string", "number", "boolean", "array"] },
        }),
        "plan" => described(
            "The organisation's plan; Cloud Enterprise includes Guard Standard. Controls that require a plan are \
             unknown without it.",
            json!({ "enum": OrganizationPlan::LEAST_FIRST.map(OrganizationPlan::word) }),
        ),
        "formats" => formats("Reports that a run writes: a file for each format."),
        "fail_on" => {
            let severities = Severity::WORST_FIRST.map(Severity::word);
            let words: Vec<&str> = ["none"].into_iter().chain(severities).collect();
            json!({
                "description": "Least severity that sets exit code 1 (fails) or 3 (unknown); `none` reports only.",
                "enum": words,
                "default": FAIL_ON,
            })
        }
        "personal_data" => json!({
            "description": "Keep names, addresses and e-mails in formats that are seen by more people.",
            "type": "boolean",
            "default": false,
        }),
        "templates" => {
            path("Folder with report templates that replace the built-in ones of the same name.")
        }
        "threads" => json!({
            "description": "Threads to read with; the result is the same for any number. One a core without it.",
            "type": "integer",
            "minimum": 1,
            "maximum": THREADS_MAX,
        }),
        other => unreachable!("the key `{other}` of the settings is not described"),
    }
}

fn organization() -> Value {
    let mut schema = closed(
        Value::Object(each(ORGANIZATION_KEYS, organization_property)),
        &["id"],
    );
    // Each key is in one place.
    schema["not"] = json!({ "anyOf": [
        { "required": ["key_file", "key_env"] },
        { "required": ["scim_keys_file", "scim_keys_env"] },
    ] });
    described("How to reach an organisation.", schema)
}

fn organization_property(key: &str) -> Value {
    match key {
        "id" => described(
            "Id of the organisation: the part after `/o/` in the console's address.",
            prose(),
        ),
        "api_url" => described(
            "Address of the API: HTTPS, or HTTP on this machine.",
            prose(),
        ),
        "key_file" => {
            path("File that holds the API key; `-` is stdin. The key itself is refused here.")
        }
        "key_env" => described(
            format!(
                "Variable of the environment that holds the API key; {KEY_VARIABLE} without it."
            ),
            prose(),
        ),
        "scim_keys_file" => path(
            "File that holds the keys of provisioning directories (SCIM), a line `DIRECTORY=KEY` for each; `-` is \
             stdin. The keys themselves are refused here.",
        ),
        "scim_keys_env" => described(
            format!(
                "Variable of the environment that holds the keys of provisioning directories; {SCIM_KEYS_VARIABLE} without it."
            ),
            prose(),
        ),
        "ca_file" => path("Certificates (PEM) to trust beside the system's."),
        "out" => path("Folder for snapshot and reports."),
        "exports" => exports("Exports of its console."),
        "formats" => formats("Reports of its runs, instead of those of the whole file."),
        other => unreachable!("the key `{other}` of an organisation is not described"),
    }
}

fn formats(description: &str) -> Value {
    let formats = report::FORMATS.iter().map(|format| {
        let about = format!("File to write, `-` for standard output: {}.", format.about);
        (format.name.to_owned(), described(about, prose()))
    });
    described(description, closed(Value::Object(formats.collect()), &[]))
}

fn exports(description: &str) -> Value {
    let with_day = closed(
        json!({
            "file": described("The CSV file.", prose()),
            "extracted_on": day("The day on which it was taken: `2026-11-17`."),
        }),
        &["file"],
    );
    described(
        description,
        list_of(json!({ "anyOf": [prose(), with_day] })),
    )
}

fn day(description: &str) -> Value {
    json!({
        "description": description,
        "type": "string",
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    })
}

fn input() -> Value {
    let mut schema = closed(Value::Object(each(&INPUT_KEYS, input_property)), &["file"]);
    schema["dependencies"] = json!({ "id": ["fields"] });
    schema
}

fn input_property(key: &str) -> Value {
    match key {
        "file" => path("The file: CSV, JSON, JSONL or YAML, as its ending says."),
        "owner" => described("Who answers for the list.", prose()),
        "source" => described("The system that it was taken from.", prose()),
        "extracted_on" => day("The day on which it was taken: `2026-11-17`."),
        "max_age" => json!({
            "description": "Days after which it no longer counts: `35d`. Whatever reads it is then unknown.",
            "anyOf": [
                { "type": "string", "pattern": "^ *[0-9]+ *d?$" },
                { "type": "integer", "minimum": 0 },
            ],
        }),
        "extent" => json!({
            "description": "Whether it is all there is; nothing that reads a part passes for lack of the rest.",
            "enum": ["whole", "partial"],
            "default": "whole",
        }),
        "id" => described("The field whose value tells rows apart.", prose()),
        "fields" => json!({
            "description": "What its rows hold: type by column, as a control declares it.",
            "type": "object",
            "minProperties": 1,
            "propertyNames": { "pattern": "^[a-z][a-z0-9_]*$" },
            "additionalProperties": column(),
        }),
        other => unreachable!("the key `{other}` of a list is not described"),
    }
}

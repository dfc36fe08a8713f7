//! The schema of a case file.

use serde_json::{Map, Value, json};

use super::conditions::about;
use super::{CASE_SCHEMA_FILE, DIALECT, Definitions, closed, described, list_of, prose};
use crate::catalog::{DATASETS, Dataset, Field, FieldType};
use crate::control::cases::ABSENT;
use crate::control::{CaseOutcome, OrganizationPlan};

/// JSON Schema (draft-07) of a case file. Closed, as the reader of cases is.
pub fn case_schema() -> Value {
    let mut definitions = Definitions::default();
    let case = case(&mut definitions);
    let properties = json!({
        "control": {
            "description": "Id of the control that these cases test; the file is called as the control is.",
            "type": "string",
        },
        "as_of": {
            "description": "Point in time of every case (RFC 3339).",
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}",
            "examples": ["2026-11-20T06:00:00Z"],
        },
        "defaults": {
            "description": "What a record has unless its case says otherwise, by dataset.",
            "type": "object",
            "properties": by_dataset(|dataset| record(dataset, &mut definitions)),
            "patternProperties": { LIST: row() },
            "additionalProperties": false,
        },
        "cases": described("The cases, each a few records and what the control says of them.", list_of(case)),
        "survivors": described(
            "Changes of the control that leave its meaning as it is, so that no case can notice them.",
            list_of(survivor()),
        ),
    });
    let mut schema = closed(properties, &["control", "as_of", "cases"]);
    schema["definitions"] = Value::Object(definitions.0);
    schema["$schema"] = DIALECT.into();
    schema["$id"] = "urn:tickmark:schema:cases:1".into();
    schema["title"] = "tickmark cases".into();
    schema["description"] = format!(
        "Unit tests of a control. First line of a file: `# yaml-language-server: $schema={CASE_SCHEMA_FILE}`."
    )
    .into();
    schema
}

/// How a list is called.
const LIST: &str = "^inputs\\.[a-z][a-z0-9_]*$";

/// A row of a list: which columns it has, the control declares.
fn row() -> Value {
    json!({
        "type": "object",
        "properties": {
            ABSENT: described("Columns that this row lacks: absent, which is unknown.", list_of(prose())),
        },
        "additionalProperties": { "type": ["string", "number", "boolean", "null"] },
    })
}

fn survivor() -> Value {
    closed(
        json!({
            "mutant": described("Id of the mutant, as `controls test --mutate` names it.", prose()),
            "why": described("Why the control means the same with it.", prose()),
        }),
        &["mutant", "why"],
    )
}

fn by_dataset(mut of: impl FnMut(&'static Dataset) -> Value) -> Map<String, Value> {
    DATASETS
        .iter()
        .map(|dataset| (dataset.name.to_owned(), of(dataset)))
        .collect()
}

fn case(definitions: &mut Definitions) -> Value {
    let given = by_dataset(|dataset| {
        let record = record(dataset, definitions);
        described(
            format!("Records: {} each.", dataset.record_is),
            list_of(record),
        )
    });
    let datasets: Vec<&str> = DATASETS.iter().map(|dataset| dataset.name).collect();
    closed(
        json!({
            "name": described("What it shows, in a sentence; each case has its own.", prose()),
            "given": {
                "description": "Records by dataset; datasets that are not named are whole and empty, lists that \
                    are not named (`inputs.leavers`) are not given.",
                "type": "object",
                "properties": given,
                "patternProperties": { LIST: described("Rows of a list of yours.", list_of(row())) },
                "additionalProperties": false,
            },
            "cut": described(
                "Datasets that are not whole, as if a page had not come; lists of which only a part is given.",
                list_of(json!({ "anyOf": [{ "enum": datasets }, { "type": "string", "pattern": LIST }] })),
            ),
            "parameters": {
                "description": "Values of the control's parameters, in place of their defaults.",
                "type": "object",
            },
            "plan": described(
                "The organisation's plan; the highest without it.",
                json!({ "enum": OrganizationPlan::LEAST_FIRST.map(OrganizationPlan::word) }),
            ),
            "expect": expectation(),
        }),
        &["name", "given", "expect"],
    )
}

fn expectation() -> Value {
    let ids = || list_of(json!({ "type": ["string", "number"] }));
    let count = json!({ "type": "integer", "minimum": 0 });
    described(
        "What must come out; what is not said is not compared.",
        closed(
            json!({
                "outcome": {
                    "description": "Outcome of the control.",
                    "enum": CaseOutcome::WORDS.map(|(word, _)| word),
                },
                "failing": described("Ids of every subject that fails; `-` is the control itself.", ids()),
                "unknown": described("Ids of every subject that is unknown.", ids()),
                "messages": {
                    "description": "Messages of findings, by subject.",
                    "type": "object",
                    "additionalProperties": prose(),
                },
                "excluded": described("Number of records left out.", count.clone()),
                "in_scope": described("Number of records tested.", count),
            }),
            &["outcome"],
        ),
    )
}

/// A record of `dataset`, or what is known of one.
fn record(dataset: &'static Dataset, definitions: &mut Definitions) -> Value {
    definitions.refer(dataset.name, |_| {
        let names: Vec<&str> = dataset.fields.iter().map(|field| field.name).collect();
        let mut schema = fields(dataset.fields);
        schema["properties"][ABSENT] = described(
            "Fields that this record lacks, those of `defaults` included: absent, which is unknown.",
            list_of(json!({ "enum": names })),
        );
        schema["description"] = dataset.record_is.into();
        schema
    })
}

fn fields(fields: &[Field]) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| {
            (
                field.name.to_owned(),
                described(about(field), value(&field.kind)),
            )
        })
        .collect();
    closed(Value::Object(properties), &[])
}

/// A value of a field; `null` is known to be none.
fn value(kind: &FieldType) -> Value {
    match kind {
        FieldType::Text
        | FieldType::Id
        | FieldType::Email
        | FieldType::DomainName
        | FieldType::IpRange
        | FieldType::OpenWord([]) => json!({ "type": ["string", "number", "null"] }),
        FieldType::OpenWord(words) => {
            json!({ "anyOf": [{ "enum": words }, { "type": ["string", "number", "null"] }] })
        }
        FieldType::Word(words) => json!({ "anyOf": [{ "enum": words }, { "type": "null" }] }),
        FieldType::Boolean => json!({ "type": ["boolean", "null"] }),
        FieldType::Integer => json!({ "type": ["number", "null"] }),
        FieldType::Timestamp | FieldType::Date => {
            json!({ "type": ["string", "null"], "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}" })
        }
        FieldType::List(element) => json!({ "type": ["array", "null"], "items": value(element) }),
        FieldType::Records(inner) => json!({ "type": ["array", "null"], "items": fields(inner) }),
    }
}

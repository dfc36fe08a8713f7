//! The schema of a control file.

use serde_json::{Map, Value, json};

use super::conditions;
use super::operand::{name, operand};
use super::{CONTROL_SCHEMA_FILE, DIALECT, Definitions, closed, described, list_of, prose};
use crate::catalog::{DATASETS, Dataset, FieldType};
use crate::control::input::TYPES as COLUMN_TYPES;
use crate::control::parse::{
    KEYS, MINUTES_MAX, OF_A_PERIOD, OF_RECORDS, REQUIREMENTS, is_counted_by,
};
use crate::control::{
    Answer, ControlId, Framework, Frameworks, MappingStrength, OnEmpty, OrganizationPlan,
    ParameterType, Relation, Severity,
};
use crate::operator::{OperandType, ValueKind};

/// JSON Schema (draft-07) of a control file. Closed: a key that it does not name is refused, as the loader does.
pub fn control_schema() -> Value {
    let mut definitions = Definitions::default();
    let properties: Map<String, Value> = KEYS
        .iter()
        .map(|key| ((*key).to_owned(), property(key, &mut definitions)))
        .collect();
    let mut schema = closed(
        Value::Object(properties),
        &["id", "title", "severity", "rationale"],
    );
    // Exactly one of them; only `expect` leaves open what an empty population comes to.
    schema["oneOf"] = REQUIREMENTS
        .map(|key| json!({ "required": [key] }))
        .to_vec()
        .into();
    schema["if"] = json!({ "required": ["expect"] });
    schema["then"] = json!({ "required": ["on_empty"] });
    schema["else"] = json!({
        "properties": { "on_empty": false, "share": false },
    });
    // Where a person answers, no record is looked at.
    let of_records: Map<String, Value> = OF_RECORDS
        .iter()
        .map(|key| ((*key).to_owned(), Value::Bool(false)))
        .collect();
    let mut parts = vec![json!({
        "if": { "required": ["attest"] },
        "then": { "properties": of_records },
        "else": { "required": ["population"] },
    })];
    parts.extend(
        DATASETS
            .iter()
            .map(|dataset| of_dataset(dataset, &mut definitions)),
    );
    // Rows of a list did not happen at a time.
    let mut of_lists = json!({});
    without_period(&mut of_lists);
    parts.push(json!({
        "if": {
            "required": ["population"],
            "properties": { "population": list_selector() },
        },
        "then": { "properties": of_lists },
    }));
    schema["allOf"] = parts.into();
    schema["definitions"] = Value::Object(definitions.0);
    schema["$schema"] = DIALECT.into();
    schema["$id"] = "urn:tickmark:schema:control:1".into();
    schema["title"] = "tickmark control".into();
    schema["description"] = format!(
        "A requirement that records of one dataset are tested for, or that a person answers for. First line of a file: `# yaml-language-server: $schema={CONTROL_SCHEMA_FILE}`."
    )
    .into();
    schema
}

/// What the population's dataset says about the other keys.
fn of_dataset(dataset: &'static Dataset, definitions: &mut Definitions) -> Value {
    let conditions = conditions::on_record(dataset, definitions);
    let fields: Vec<&str> = dataset.fields.iter().map(|field| field.name).collect();
    let told_apart_by: Vec<&str> = dataset
        .fields
        .iter()
        .filter(|field| holds_one_text(&field.kind))
        .map(|field| field.name)
        .collect();
    let mut then = json!({
            "where": conditions,
            "expect": conditions,
            "exclude": { "items": { "properties": { "where": conditions } } },
            "evidence": { "items": { "enum": fields } },
            "members": { "properties": { "by": one_of_or_path(&told_apart_by) } },
    });
    if OF_A_PERIOD.contains(&dataset.name) {
        let counted_by: Vec<&str> = dataset
            .fields
            .iter()
            .filter(|field| is_counted_by(&field.kind))
            .map(|field| field.name)
            .collect();
        then["count"] = json!({ "properties": { "per": { "enum": counted_by } } });
    } else {
        without_period(&mut then);
    }
    json!({
        "if": {
            "required": ["population"],
            "properties": { "population": selects(dataset) },
        },
        "then": { "properties": then },
    })
}

/// What a control says only of records that happened at a time.
fn without_period(properties: &mut Value) {
    properties["period"] = false.into();
    properties["count"] = json!({ "properties": { "per": false, "within": false } });
}

fn holds_one_text(kind: &FieldType) -> bool {
    !matches!(
        kind,
        FieldType::Boolean | FieldType::Integer | FieldType::List(_) | FieldType::Records(_)
    )
}

/// A selector of this dataset: `$.accounts…`, `$['accounts']…`.
fn selects(dataset: &Dataset) -> Value {
    let name = dataset.name;
    json!({
        "type": "string",
        "pattern": format!("^\\$\\s*(\\.{name}(?![a-z0-9_])|\\[\\s*['\"]{name}['\"]\\s*\\])"),
    })
}

/// A selector of a list.
fn list_selector() -> Value {
    json!({ "type": "string", "pattern": "^\\$\\s*\\.inputs\\.[a-z]" })
}

/// A selector of some dataset.
fn selector() -> Value {
    let examples: Vec<String> = DATASETS
        .iter()
        .map(|dataset| format!("$.{}[*]", dataset.name))
        .collect();
    let list = list_selector();
    let datasets = DATASETS.iter().map(|dataset| selects(dataset));
    json!({
        "type": "string",
        "anyOf": datasets.chain([list]).collect::<Vec<_>>(),
        "examples": examples,
    })
}

fn datasets_in_words() -> String {
    DATASETS
        .iter()
        .map(|dataset| format!("- `{}`: {}", dataset.name, dataset.record_is))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Conditions of a dataset that is not known yet.
fn some_conditions() -> Value {
    json!({ "type": "object", "minProperties": 1 })
}

/// One key of a control.
fn property(key: &str, definitions: &mut Definitions) -> Value {
    let (description, schema) = match key {
        "id" => (
            "Its name: lower-case words joined by `-`, as the file is called.",
            json!({
                "type": "string",
                "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$",
                "maxLength": ControlId::LENGTH_MAX,
                "examples": ["accounts-idle"],
            }),
        ),
        "code" => (
            "Short reference for workpapers.",
            with_examples(prose(), json!(["ATL-IDL-01"])),
        ),
        "title" => (
            "The requirement in one sentence, as it is when met. `{{ name }}` puts in a parameter's value.",
            with_examples(
                prose(),
                json!(["Managed accounts idle for more than {{ idle_days }} days are deactivated"]),
            ),
        ),
        "severity" => (
            "How bad it is when it fails.",
            json!({ "enum": Severity::WORST_FIRST.map(Severity::word) }),
        ),
        "tags" => (
            "Words to select controls by.",
            with_examples(list_of(prose()), json!([["identity", "leavers"]])),
        ),
        "owner" => (
            "Who answers for it: a person or a team.",
            with_examples(prose(), json!(["identity team"])),
        ),
        "requires" => (
            "What the organisation must have for it to apply; with a lower plan it does not, and while no plan is known it is unknown.",
            requires(),
        ),
        "share" => (
            "The part of the subjects that must meet `expect`. One finding then, on the control.",
            share(definitions),
        ),
        "attest" => (
            "A question that a person answers. Stands in place of `expect`, and of everything that speaks of records.",
            attest(definitions),
        ),
        "revision" => (
            "Raised with every change that can alter an outcome; from 1.",
            json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX }),
        ),
        "rationale" => ("Why it matters.", prose()),
        "not_tested" => ("What a pass does not show. The report prints it.", prose()),
        "remediation" => (
            "How to repair a subject that fails, with click-paths.",
            prose(),
        ),
        "check_yourself" => (
            "How a person checks the number in the console. `{{ population.selected }}` puts in a count.",
            prose(),
        ),
        "references" => (
            "Pages of the vendor.",
            list_of(json!({ "type": "string", "pattern": "^https://" })),
        ),
        "maps_to" => (
            "Criteria that it contributes evidence to, by framework. An id stands in quotes if YAML would read it as a number: `\"8.10\"`.",
            maps_to(definitions),
        ),
        "parameters" => (
            "What a user may set, used as `$name` in conditions and `{{ name }}` in texts.",
            parameters(definitions),
        ),
        "inputs" => (
            "Lists that users give, with the fields that this control reads of them: `$.inputs.name[*]`.",
            inputs(definitions),
        ),
        "let" => (
            "Named sets (values of one path over the records of a dataset) and named lists of values, used as `in: $name`.",
            sets(definitions),
        ),
        "population" => (
            "Which records are tested: a JSONPath (RFC 9535) of one dataset and one filter, or `[*]`.",
            selector(),
        ),
        "period" => (
            "How many days back the records happened that are tested, on populations of events: `90d`. What was not collected of it leaves the control unknown.",
            operand(OperandType::Days, &FieldType::Timestamp, definitions),
        ),
        "where" => (
            "Further conditions on the population; parameters may stand here.",
            some_conditions(),
        ),
        "exclude" => (
            "Parts of the population that are left out, each with a reason that the report shows and counts.",
            list_of(closed(
                json!({
                    "reason": described("Why these are left out.", prose()),
                    "where": described("Which records are left out; all must hold.", some_conditions()),
                }),
                &["reason", "where"],
            )),
        ),
        "expect" => (
            "What every subject must meet: conditions by field, all of which must hold.",
            some_conditions(),
        ),
        "count" => (
            "Bounds of the number of subjects; with `per` and `within`, of events, the most that each value may have in any such span of time. Stands in place of `expect`.",
            count(definitions),
        ),
        "members" => (
            "Compares the subjects with a list. Stands in place of `expect`.",
            members(definitions),
        ),
        "on_empty" => (
            "What a whole and empty population comes to; required with `expect`.",
            {
                let answers = [OnEmpty::NotApplicable, OnEmpty::Pass, OnEmpty::Fail];
                json!({ "enum": answers.map(OnEmpty::word) })
            },
        ),
        "message" => (
            "What a finding says: `{{ subject.<field> }}` puts in a value of the subject.",
            with_examples(prose(), json!(["last active {{ subject.last_active_at }}"])),
        ),
        "evidence" => (
            "Fields that a finding shows besides those tested.",
            list_of(json!({ "type": "string" })),
        ),
        other => unreachable!("the key `{other}` of a control has no schema"),
    };
    let description = match key {
        "population" => format!("{description}\n\n{}", datasets_in_words()),
        _ => description.to_owned(),
    };
    described(description, schema)
}

fn with_examples(mut schema: Value, examples: Value) -> Value {
    schema["examples"] = examples;
    schema
}

fn maps_to(definitions: &mut Definitions) -> Value {
    let frameworks: Map<String, Value> = Frameworks::built_in()
        .iter()
        .map(|framework| {
            let about = format!(
                "{} {}, {} of {} criteria listed. Titles are short words of our own.",
                framework.name,
                framework.edition,
                framework.criteria.len(),
                framework.criteria_total,
            );
            let criteria = criteria(Some(framework), definitions);
            (framework.id.clone(), described(about, criteria))
        })
        .collect();
    json!({
        "type": "object",
        "properties": frameworks,
        // A folder of controls may bring frameworks of its own.
        "additionalProperties": criteria(None, definitions),
        "examples": [{ "soc2": ["CC6.2"] }],
    })
}

/// A list of criteria. Those that come with the program are offered, others are taken: a folder of controls may
/// add to a framework.
fn criteria(framework: Option<&Framework>, definitions: &mut Definitions) -> Value {
    let any_id = json!({ "type": ["string", "number"], "pattern": "\\S" });
    let id = match framework {
        Some(framework) => definitions.refer(&format!("criterion.{}", framework.id), |_| {
            let listed = &framework.criteria;
            let ids: Vec<&str> = listed
                .iter()
                .map(|criterion| criterion.id.as_str())
                .collect();
            let titles: Vec<&str> = listed
                .iter()
                .map(|criterion| criterion.title.as_str())
                .collect();
            json!({ "anyOf": [{ "enum": ids, "enumDescriptions": titles }, any_id] })
        }),
        None => any_id,
    };
    let words = [
        MappingStrength::Full,
        MappingStrength::Partial,
        MappingStrength::Supporting,
    ];
    let whole = closed(
        json!({
            "id": described("Id of the criterion: `CC6.2`.", id.clone()),
            "strength": {
                "description": "How much it contributes; `partial` if not given.",
                "enum": words.map(MappingStrength::word),
            },
            "note": described("What is to be known about it.", prose()),
        }),
        &["id"],
    );
    list_of(json!({ "anyOf": [id, whole] }))
}

fn requires() -> Value {
    // Every organisation has what `no-guard` says: to require it would say nothing.
    let plans: Vec<&str> = OrganizationPlan::LEAST_FIRST
        .iter()
        .filter(|plan| **plan != OrganizationPlan::NoGuard)
        .map(|plan| plan.word())
        .collect();
    closed(
        json!({ "plan": { "description": "The subscription of Atlassian Guard, or a greater one.", "enum": plans } }),
        &["plan"],
    )
}

fn share(definitions: &mut Definitions) -> Value {
    // More than 0 % and at most 100 %.
    let percent = json!({
        "type": "string",
        "pattern": "^(?!0+(\\.0+)?%)(0*100(\\.0{1,2})?|0*[0-9]{1,2}(\\.[0-9]{1,2})?)%$",
    });
    let bound = json!({ "anyOf": [percent, name(definitions)], "examples": ["98%"] });
    closed(
        json!({ "at_least": described("Least part: `98%`, `99.5%`.", bound) }),
        &["at_least"],
    )
}

fn attest(definitions: &mut Definitions) -> Value {
    let span = json!({ "type": "string", "pattern": "^[0-9]+[dh]$" });
    let valid_for = json!({ "anyOf": [span, name(definitions)], "examples": ["365d"] });
    let action = described(
        "An action by its id or its name for people, as `event_actions` lists them.",
        prose(),
    );
    let change = json!({
        "anyOf": [
            action,
            closed(
                json!({
                    "action": action,
                    "setting": described("Name of the setting that the action changes.", prose()),
                }),
                &["action"],
            ),
        ],
        "examples": ["Authentication policy modified"],
    });
    closed(
        json!({
            "question": described("What a person can answer with yes or no.", prose()),
            "answer_expected": {
                "description": "The answer that meets the requirement; `yes` if not given.",
                "enum": [Answer::Yes.word(), Answer::No.word()],
            },
            "guide": described("Where to look before answering.", prose()),
            "evidence_file": {
                "description": "Whether a file that shows it belongs to the answer; `optional` if not given.",
                "enum": ["required", "optional"],
            },
            "valid_for": described("How long an answer counts: days or hours; `365d` if not given.", valid_for),
            "stale_after": described(
                "Changes that the audit log may tell of, after which an answer no longer counts.",
                json!({ "type": "array", "minItems": 1, "items": change }),
            ),
            "minutes": {
                "description": "Minutes that an answer takes; 10 if not given.",
                "type": "integer", "minimum": 1, "maximum": MINUTES_MAX,
            },
        }),
        &["question"],
    )
}

/// A map whose keys are names of the author's choice.
fn named(of: Value) -> Value {
    json!({
        "type": "object",
        "propertyNames": {
            "pattern": "^[a-z][a-z0-9_]*$",
            "not": { "enum": ["subject", "population", "member", "state"] },
        },
        "additionalProperties": of,
    })
}

fn parameters(definitions: &mut Definitions) -> Value {
    let parameter = definitions.refer("parameter", |_| {
        let types: Vec<String> = ParameterType::all().into_iter().map(|(word, _)| word).collect();
        let bound = json!({ "type": ["number", "string"] });
        closed(
            json!({
                "type": { "description": "Type of its value.", "enum": types },
                "default": {
                    "description": "The control's own value. Without one the control is unknown until it is set.",
                },
                "minimum": described("Least value.", bound.clone()),
                "maximum": described("Greatest value.", bound),
                "one_of": described(
                    "The only values that it may have, or that elements of its list may have.",
                    json!({ "type": "array", "minItems": 1 }),
                ),
                "weaker": {
                    "description": "Which change of the value asks less: a profile then has to say why.",
                    "enum": ["higher", "lower"],
                },
                "about": described("What it means, read after its value.", prose()),
            }),
            &["type", "about"],
        )
    });
    let mut schema = named(parameter);
    schema["examples"] = json!([
        { "idle_days": { "type": "integer", "default": 90, "minimum": 1, "about": "days without recorded activity" } },
    ]);
    schema
}

/// What a column of a list holds, and what it means where nothing stands in it.
pub(crate) fn column() -> Value {
    let types: Vec<&str> = COLUMN_TYPES.iter().map(|(word, _)| *word).collect();
    let kind = json!({ "enum": types });
    json!({ "anyOf": [
        kind,
        closed(
            json!({
                "type": described("Type of its values.", kind.clone()),
                "omission": {
                    "description": "What an empty cell or a missing column means.",
                    "enum": ["none", "unknown"],
                },
            }),
            &["type"],
        ),
    ]})
}

fn inputs(definitions: &mut Definitions) -> Value {
    let list = definitions.refer("input", |_| {
        let column = column();
        closed(
            json!({
                "id": { "description": "The field that tells rows apart.", "type": "string" },
                "fields": {
                    "description": "Its fields: name and type.",
                    "type": "object",
                    "minProperties": 1,
                    "propertyNames": { "pattern": "^[a-z][a-z0-9_]*$" },
                    "additionalProperties": column,
                },
            }),
            &["fields"],
        )
    });
    json!({
        "type": "object",
        "propertyNames": { "pattern": "^[a-z][a-z0-9_]*$" },
        "additionalProperties": list,
        "examples": [{ "leavers": { "id": "email", "fields": { "email": "email", "left_on": "date" } } }],
    })
}

/// One of `fields`, or a path to something within a field.
fn one_of_or_path(fields: &[&str]) -> Value {
    let path = json!({ "type": "string", "pattern": "[.\\[]" });
    if fields.is_empty() {
        path
    } else {
        json!({ "anyOf": [{ "enum": fields }, path] })
    }
}

fn sets(definitions: &mut Definitions) -> Value {
    let set = definitions.refer("set", |definitions| {
        let mut set = closed(
            json!({
                "from": described("Which records: a selector as in `population`.", selector()),
                "where": described("Further conditions on them.", some_conditions()),
                "take": {
                    "description": "What is taken of each: a field, or a path such as `applied_resource_ids[*]`.",
                    "type": "string",
                },
                "at": {
                    "description": "The field that tells when, for `in: { set, within_working_days, of }`.",
                    "type": "string",
                },
            }),
            &["from", "take"],
        );
        let by_dataset: Vec<Value> = DATASETS
            .iter()
            .map(|dataset| {
                let fields: Vec<&str> = dataset
                    .fields
                    .iter()
                    .filter(|field| !matches!(field.kind, FieldType::Records(_)))
                    .map(|field| field.name)
                    .collect();
                let times: Vec<&str> = dataset
                    .fields
                    .iter()
                    .filter(|field| ValueKind::of(&field.kind) == ValueKind::Time)
                    .map(|field| field.name)
                    .collect();
                json!({
                    "if": { "required": ["from"], "properties": { "from": selects(dataset) } },
                    "then": { "properties": {
                        "where": conditions::on_record(dataset, definitions),
                        "at": one_of_or_path(&times),
                        "take": one_of_or_path(&fields),
                    }},
                })
            })
            .collect();
        set["allOf"] = by_dataset.into();
        set
    });
    let list = definitions.refer("list", |_| {
        let values = json!({ "type": "array", "minItems": 1 });
        closed(
            json!({ "values": described("The values, written out.", values) }),
            &["values"],
        )
    });
    // Told apart before they are judged, so that an editor says what is wrong with the form that was meant.
    let mut schema = named(json!({
        "if": { "required": ["values"] },
        "then": list,
        "else": set,
    }));
    schema["examples"] = json!([
        { "offices": { "values": ["192.0.2.0/24"] } },
        { "covered": { "from": "$.policies[*]", "where": { "status": "enabled" }, "take": "applied_resource_ids[*]" } },
    ]);
    schema
}

fn count(definitions: &mut Definitions) -> Value {
    let bound = json!({ "anyOf": [{ "type": "integer", "minimum": 0 }, name(definitions)] });
    let span = json!({ "type": "string", "pattern": "^[0-9]+[dh]$" });
    let within = json!({ "anyOf": [span, name(definitions)] });
    let mut schema = closed(
        json!({
            "at_least": described("Least number of subjects.", bound.clone()),
            "at_most": described("Greatest number of subjects; with `per`, for each value in each span.", bound),
            "per": described("A field of one value, by which events are counted.", json!({ "type": "string" })),
            "within": described("The span of time in which they are counted, both ends included: days or hours.", within),
        }),
        &[],
    );
    schema["minProperties"] = 1.into();
    // A count by a value has a span and a greatest number, and nothing else.
    schema["if"] = json!({ "anyOf": [{ "required": ["per"] }, { "required": ["within"] }] });
    schema["then"] = json!({
        "required": ["per", "within", "at_most"],
        "properties": { "at_least": false },
    });
    schema["examples"] = json!([
        { "at_least": 2, "at_most": 5 },
        { "per": "actor_id", "within": "1h", "at_most": 5 },
    ]);
    schema
}

fn members(definitions: &mut Definitions) -> Value {
    let other_side = json!({ "anyOf": [
        list_of(json!({ "type": ["string", "number"] })),
        name(definitions),
    ]});
    let mut keys = Map::new();
    keys.insert(
        "by".to_owned(),
        json!({ "description": "The field by which subjects are told apart: one text each.", "type": "string" }),
    );
    for (relation, meaning) in [
        (
            Relation::Equals,
            "Neither side has a value that the other lacks.",
        ),
        (
            Relation::SubsetOf,
            "The subjects have no value that the list lacks.",
        ),
        (
            Relation::SupersetOf,
            "The list has no value that the subjects lack.",
        ),
    ] {
        keys.insert(
            relation.word().to_owned(),
            described(meaning, other_side.clone()),
        );
    }
    let mut schema = closed(Value::Object(keys), &["by"]);
    let relations = [Relation::Equals, Relation::SubsetOf, Relation::SupersetOf];
    schema["oneOf"] = relations
        .iter()
        .map(|relation| json!({ "required": [relation.word()] }))
        .collect::<Vec<_>>()
        .into();
    schema
}

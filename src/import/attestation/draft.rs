//! A new attestation as a person fills it in, and the schema that an editor completes it with.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{ATTESTATION_SCHEMA_FILE, KEYS, REQUIRED_KEYS, on_one_line, policies};
use crate::control::{Answer, EvidenceFile};
use crate::plan::Question;
use crate::snapshot::POLICIES;

/// What is known of a new attestation.
#[derive(Clone, Copy, Debug)]
pub struct Filled<'a> {
    /// Code or id of the control.
    pub control: &'a str,
    /// What it asks.
    pub question: &'a Question,
    /// The answer, if it is known; so for what follows.
    pub answer: Option<Answer>,
    /// What was found.
    pub statement: Option<&'a str>,
    /// Who answers.
    pub attested_by: Option<&'a str>,
    /// Who looked at it a second time.
    pub reviewed_by: Option<&'a str>,
    /// When.
    pub attested_at: Option<Timestamp>,
    /// Name of the file of evidence, from the attestation's folder, and its SHA-256.
    pub evidence: Option<(&'a str, &'a str)>,
}

/// The text of a new attestation: what is known filled in, the rest left empty, each with what belongs there.
pub fn draft(filled: &Filled<'_>) -> String {
    let question = filled.question;
    let mut text = format!("# yaml-language-server: $schema={ATTESTATION_SCHEMA_FILE}\n#\n");
    for line in question
        .guide
        .lines()
        .filter(|line| !line.trim().is_empty())
    {
        text.push_str(&format!("# {}\n", line.trim_end()));
    }
    let mut entry = |comment: &str, key: &str, value: Option<String>| {
        text.push_str(&format!("\n# {comment}\n{key}:"));
        if let Some(value) = value {
            text.push(' ');
            text.push_str(&value);
        }
        text.push('\n');
    };
    // JSON text is YAML text, whatever stands in it.
    let quoted = |text: &str| Value::from(text).to_string();
    entry("The control.", "control", Some(quoted(filled.control)));
    entry(
        "What was asked: an answer counts for this question only.",
        "question",
        Some(quoted(&on_one_line(&question.text))),
    );
    entry(
        &format!(
            "yes or no; {} meets the requirement.",
            question.expected.word()
        ),
        "answer",
        filled.answer.map(|answer| answer.word().to_owned()),
    );
    entry(
        "What you found, and where.",
        "statement",
        filled.statement.map(quoted),
    );
    let file = match question.file {
        EvidenceFile::Required => {
            "A file that shows it, from this folder on; the answer does not count without it."
        }
        EvidenceFile::Optional => "A file that shows it, from this folder on, if there is one.",
    };
    entry(
        file,
        "evidence_file",
        filled.evidence.map(|(name, _)| quoted(name)),
    );
    entry(
        "Shows that nobody changed the file; `tickmark attestations check` tells what to write.",
        "evidence_sha256",
        filled.evidence.map(|(_, sha256)| quoted(sha256)),
    );
    entry(
        "Who answers.",
        "attested_by",
        filled.attested_by.map(quoted),
    );
    entry(
        "Who looked at it too: another person.",
        "reviewed_by",
        filled.reviewed_by.map(quoted),
    );
    entry(
        "When: a day, or with the time, `2026-11-17T14:30:00Z`, if it was changed on the same day.",
        "attested_on",
        filled
            .attested_at
            .map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
    );
    let longest = match question.valid_for {
        Some(span) => {
            format!("The last day on which it counts; without one {span} after the answer.")
        }
        None => "The last day on which it counts.".to_owned(),
    };
    entry(&longest, "valid_until", None);
    text
}

/// JSON Schema (draft-07) of a file of attestations: one, or a list of them.
pub fn attestation_schema() -> Value {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "tickmark attestation",
        "description": format!(
            "What a person answers where no API tells. First line of a file: `# yaml-language-server: $schema={ATTESTATION_SCHEMA_FILE}`."
        ),
        "anyOf": [
            { "$ref": "#/definitions/attestation" },
            { "$ref": "#/definitions/policies" },
            {
                "type": "array",
                "items": {
                    "anyOf": [
                        { "$ref": "#/definitions/attestation" },
                        { "$ref": "#/definitions/policies" },
                    ],
                },
            },
        ],
        "definitions": {
            "policies": {
                "description": "What authentication policies set, for an organisation without the export of its managed accounts.",
                "type": "object",
                "properties": properties_of(policies::KEYS),
                "required": policies::REQUIRED_KEYS,
                "additionalProperties": false,
            },
            "policy": {
                "type": "object",
                "properties": policies::POLICY_KEYS
                    .iter()
                    .map(|key| ((*key).to_owned(), policy_property(key)))
                    .collect::<Map<String, Value>>(),
                "required": ["name"],
                "additionalProperties": false,
            },
            "attestation": {
                "type": "object",
                "properties": properties_of(KEYS),
                "required": REQUIRED_KEYS,
                "additionalProperties": false,
            },
        },
    })
}

fn properties_of(keys: &[&str]) -> Map<String, Value> {
    let named = |key: &&str| ((*key).to_owned(), property(key));
    keys.iter().map(named).collect()
}

fn policy_property(key: &str) -> Value {
    let words = |own: &[&str]| {
        let words = policies::words(key).iter().chain(own);
        let words: Vec<Value> = words.map(|word| Value::from(*word)).collect();
        [words, vec![Value::Null]].concat()
    };
    match key {
        "name" => json!({
            "description": "Name of the policy, as the console shows it.",
            "type": "string",
            "pattern": "\\S",
        }),
        "type" => json!({
            "description": "Whether its members count for the bill of Atlassian Guard.",
            "enum": words(&[]),
        }),
        "sso" => json!({
            "description": "Whether it enforces single sign-on.",
            "enum": ["yes", "no", null],
        }),
        "two_step_required" => json!({
            "description": "Whether it requires two-step verification.",
            "enum": ["yes", "no", null],
        }),
        "password_strength" => json!({
            "description": "Least strength of a password; `none` where it asks for no password.",
            "enum": words(&["none"]),
        }),
        "password_expires_days" => json!({
            "description": "Days after which a password expires; `none` where it never does.",
            "anyOf": [{ "type": "integer", "minimum": 0 }, { "enum": ["none", null] }],
        }),
        "idle_session_minutes" => json!({
            "description": "Minutes that a session may be idle.",
            "type": ["integer", "null"],
            "minimum": 0,
        }),
        other => unreachable!("`{other}` is no key of a policy"),
    }
}

fn property(key: &str) -> Value {
    let text = |about: &str| json!({ "description": about, "type": ["string", "null"] });
    let day = "^[0-9]{4}-[0-9]{2}-[0-9]{2}";
    match key {
        POLICIES => json!({
            "description": "The policies; empty while nobody has looked.",
            "type": ["array", "null"],
            "items": { "$ref": "#/definitions/policy" },
        }),
        "all_policies" => json!({
            "description": "Whether these are all policies of the organisation.",
            "enum": ["yes", "no", null],
        }),
        "control" => json!({
            "description": "Id or code of the control that is answered.",
            "type": "string",
            "pattern": "\\S",
        }),
        "question" => text(
            "The question that is answered, word for word; an answer to another one does not count.",
        ),
        "answer" => json!({
            "description": "The answer; empty while nobody has looked.",
            "enum": ["yes", "no", null],
        }),
        "statement" => text("What was found, and where."),
        "evidence_file" => text("A file that shows it, named from the folder of this one on."),
        "evidence_sha256" => json!({
            "description": "SHA-256 of that file, so that nobody can change it unseen.",
            "type": ["string", "null"],
            "pattern": "^[0-9a-fA-F]{64}$",
        }),
        "attested_by" => text("Who answers."),
        "reviewed_by" => text("Who looked at it too: another person."),
        "attested_on" => json!({
            "description": "The day of the answer, or its time: a change of the same day counts as later unless the time says otherwise.",
            "type": ["string", "null"],
            "pattern": format!("{day}(T.*)?$"),
            "examples": ["2026-11-17", "2026-11-17T14:30:00Z"],
        }),
        "valid_until" => json!({
            "description": "The last day on which it counts; without one, as long as the control lets it.",
            "type": ["string", "null"],
            "pattern": format!("{day}$"),
        }),
        other => unreachable!("`{other}` is no key of an attestation"),
    }
}

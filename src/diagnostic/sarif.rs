//! Problems -> SARIF 2.1.0, for code scanning and editors.
//!
//! Source: OASIS Static Analysis Results Interchange Format 2.1.0, errata 01.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Place, Problem, Problems, code};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const VERSION: &str = "2.1.0";
/// Name and version of our fingerprints: another rule for making them gets another name.
const FINGERPRINT: &str = "tickmarkProblem/v1";
/// Bytes of a fingerprint.
const FINGERPRINT_BYTES: usize = 16;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    automation_details: AutomationDetails,
    invocations: [Invocation; 1],
    column_kind: &'static str,
    results: Vec<SarifResult>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Message,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct AutomationDetails {
    id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: &'static str,
    rule_index: usize,
    kind: &'static str,
    level: &'static str,
    message: Message,
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

impl Problems {
    /// All of them as one SARIF log, ending with a line break.
    pub fn to_sarif(&self) -> String {
        let mut rules: Vec<&'static str> = self.iter().map(|problem| problem.code).collect();
        rules.sort_unstable();
        rules.dedup();
        let log = Log {
            schema: SCHEMA,
            version: VERSION,
            runs: [Run {
                tool: Tool {
                    driver: Driver {
                        name: "tickmark",
                        semantic_version: env!("CARGO_PKG_VERSION"),
                        rules: rules.iter().copied().map(rule).collect(),
                    },
                },
                automation_details: AutomationDetails {
                    id: "tickmark/controls-check/",
                },
                // The files were looked at to the end; that some are wrong is a result.
                invocations: [Invocation {
                    execution_successful: true,
                }],
                column_kind: "unicodeCodePoints",
                results: self.iter().map(|problem| result(problem, &rules)).collect(),
            }],
        };
        let mut text = serde_json::to_string_pretty(&log)
            .expect("texts and numbers under distinct keys are JSON");
        text.push('\n');
        text
    }
}

fn rule(id: &'static str) -> Rule {
    Rule {
        id,
        short_description: Message {
            text: code::meaning(id).unwrap_or(id).to_owned(),
        },
        default_configuration: Configuration { level: "error" },
    }
}

fn result(problem: &Problem, rules: &[&'static str]) -> SarifResult {
    let text = match &problem.help {
        Some(help) => format!("{}\nhelp: {help}", problem.message),
        None => problem.message.clone(),
    };
    let mut labels = problem
        .labels
        .iter()
        .enumerate()
        .map(|(index, label)| Location {
            id: (index > 0).then_some(index),
            physical_location: physical_location(&label.place),
            message: (!label.text.is_empty()).then(|| Message {
                text: label.text.clone(),
            }),
        });
    SarifResult {
        rule_id: problem.code,
        rule_index: rules
            .binary_search(&problem.code)
            .expect("the rules are the codes of all problems"),
        kind: "fail",
        level: "error",
        message: Message { text },
        locations: labels.by_ref().take(1).collect(),
        related_locations: labels.collect(),
        partial_fingerprints: BTreeMap::from([(FINGERPRINT, fingerprint(problem))]),
    }
}

fn physical_location(place: &Place) -> PhysicalLocation {
    let (start, end) = (place.start(), place.end());
    PhysicalLocation {
        artifact_location: ArtifactLocation {
            uri: uri(place.file.name()),
        },
        region: Region {
            start_line: start.line,
            start_column: start.column,
            end_line: end.line,
            end_column: end.column,
        },
    }
}

/// A path as a URI reference: relative as it was given, absolute ones as files of this machine.
fn uri(path: &str) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(byte);
    let path = path.strip_prefix("./").unwrap_or(path);
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        if is_plain(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

/// The same for the same mistake in the same file, wherever in it: lines move when others are written.
fn fingerprint(problem: &Problem) -> String {
    let file = problem
        .labels
        .first()
        .map_or("", |label| label.place.file.name());
    let mut digest = Sha256::new();
    for part in [problem.code, file, &problem.message, problem.underlined()] {
        digest.update(part);
        digest.update([0]);
    }
    digest.finalize()[..FINGERPRINT_BYTES]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

//! What the schemas for editors say of a file, and what the loader says of it: the same, but for what only the
//! loader can see.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::Value;
use tickmark::catalog::{DATASETS, Dataset, Field, FieldType};
use tickmark::control;
use tickmark::diagnostic::{Look, SourceFile};
use tickmark::operator::OPERATORS;

use crate::program::{run, text};

/// Broken controls in which a schema finds nothing wrong: what names declare, what a JSONPath or a template
/// says inside, what two keys say together, what another file says. Only the loader sees that.
const ONLY_THE_LOADER_SEES: &[&str] = &[
    "bad-pattern",
    "bad-templates",
    "deadline-without-times",
    "duration-of-hours",
    "id-differs",
    "jsonpath-block",
    "jsonpath-double-quoted",
    "jsonpath-plain",
    "jsonpath-single-quoted",
    "list-in-a-list",
    "missing-where-it-cannot-stand",
    "name-clash",
    "parameter-does-not-fit",
    "reason-says-nothing",
    "set-cycle",
    "set-of-another-type",
    "span-longer-than-period",
    "underline-after-non-ascii",
    "underline-in-folded-block",
    "unknown-name",
    "unused-names",
    "yaml-quoted-key-twice",
];

fn controls_schema() -> Validator {
    jsonschema::draft7::new(&control::control_schema()).expect("the schema is one")
}

fn cases_schema() -> Validator {
    jsonschema::draft7::new(&control::case_schema()).expect("the schema is one")
}

/// The document as a schema sees it; `None` if it is no YAML.
fn document(text: &str) -> Option<Value> {
    serde_yaml::from_str(text).ok()
}

fn schema_takes(schema: &Validator, text: &str) -> bool {
    document(text).is_some_and(|document| schema.is_valid(&document))
}

/// What the schema has against `text`, for messages of tests.
fn complaints(schema: &Validator, text: &str) -> String {
    let document = document(text).unwrap_or_default();
    let errors = schema.iter_errors(&document);
    errors
        .map(|error| format!("{}: {error}\n", error.instance_path()))
        .collect()
}

fn loader_takes(name: &str, text: &str) -> bool {
    let (controls, problems) = control::load(&[SourceFile::new(name, text)]);
    assert_eq!(controls.len() == 1, problems.is_empty(), "{name}");
    problems.is_empty()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn yaml_files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry of a folder just opened").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{folder:?} holds no file");
    files
}

#[test]
fn the_schema_takes_every_built_in_control() {
    let schema = controls_schema();
    for file in control::builtin() {
        let found = complaints(&schema, file.text());
        assert!(
            schema_takes(&schema, file.text()),
            "{}\n{found}",
            file.name()
        );
    }
}

#[test]
fn the_schema_takes_every_case_file() {
    let schema = cases_schema();
    for file in yaml_files("tests/controls") {
        let text = read(&file);
        let found = complaints(&schema, &text);
        assert!(schema_takes(&schema, &text), "{}\n{found}", file.display());
    }
}

#[test]
fn the_schema_refuses_every_broken_control_but_those_that_only_the_loader_can_judge() {
    let schema = controls_schema();
    let mut taken = BTreeSet::new();
    for file in yaml_files("tests/broken_controls") {
        let name = stem(&file);
        let bytes = fs::read(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        // What is no text at all, no reader takes.
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        assert!(!loader_takes(&file.display().to_string(), &text), "{name}");
        if schema_takes(&schema, &text) {
            taken.insert(name);
        }
    }
    let listed: BTreeSet<String> = ONLY_THE_LOADER_SEES
        .iter()
        .map(|name| (*name).to_owned())
        .collect();
    assert_eq!(taken, listed);
}

/// A control that asks `condition` of the records of `dataset`.
fn control_that_asks(dataset: &Dataset, condition: &str) -> String {
    format!(
        "id: t\ntitle: A title\nseverity: high\nrationale: A reason.\npopulation: \"$.{}[*]\"\n\
         parameters: {{ days: {{ type: integer, default: 9, about: days }} }}\n\
         where: {{ id: {{ not_equals: a }} }}\n\
         exclude: [{{ reason: why, where: {{ id: {{ length: $days }} }} }}]\n\
         expect: {condition}\non_empty: pass\nevidence: [id]\n",
        dataset.name
    )
}

/// How a condition on `field` is written: on the value itself, on the list's elements, inside records.
fn conditions_on(field: &Field, operator: &str, operand: &str) -> Vec<String> {
    let test = format!("{{ {operator}: {operand} }}");
    let mut conditions = vec![
        format!("{{ {}: {test} }}", field.name),
        format!("{{ not: {{ {}: {test} }} }}", field.name),
        format!("{{ any: [{{ {}: {test} }}, {{ id: x }}] }}", field.name),
    ];
    match field.kind {
        FieldType::List(_) => conditions.push(format!("{{ {}: {{ some: {test} }} }}", field.name)),
        FieldType::Records(inner) => conditions.extend(inner.iter().flat_map(|inner| {
            let list = field.name;
            let inner = inner.name;
            [
                format!("{{ {list}: {{ each: {{ expect: {{ {inner}: {test} }} }} }} }}"),
                format!("{{ some: {{ in: {list}, expect: {{ {inner}: {test} }} }} }}"),
                format!("{{ \"{list}[*].{inner}\": {{ some: {test} }} }}"),
            ]
        })),
        _ => {}
    }
    conditions
}

#[test]
fn schema_and_loader_agree_on_every_operator_on_every_field() {
    let schema = controls_schema();
    let (mut taken, mut refused) = (0, 0);
    for dataset in DATASETS {
        for field in dataset.fields {
            for operator in OPERATORS {
                let conditions = conditions_on(field, operator.name, operator.examples[0].operand);
                for condition in conditions {
                    let text = control_that_asks(dataset, &condition);
                    let by_loader = loader_takes("t.yaml", &text);
                    // Of a longer path only the loader knows where it leads.
                    let is_longer_path = condition.contains("[*]");
                    let by_schema = schema_takes(&schema, &text);
                    if is_longer_path {
                        assert!(by_schema || !by_loader, "{condition} on {}", dataset.name);
                    } else {
                        assert_eq!(
                            by_schema,
                            by_loader,
                            "{condition} on {}\n{}",
                            dataset.name,
                            complaints(&schema, &text)
                        );
                    }
                    if by_loader { taken += 1 } else { refused += 1 }
                }
            }
        }
    }
    assert!(
        taken > 1000 && refused > 1000,
        "{taken} taken, {refused} refused"
    );
}

/// Conditions on accounts, by what both say of them.
const TAKEN: &[&str] = &[
    "{ last_active_at: null }",
    "{ last_active_at: { not_equals: null } }",
    "{ platform_roles: { some: atlassian/org-admin, length: { at_most: 2 } } }",
    "{ platform_roles: { each: { starts_with: atlassian/ }, missing: fail } }",
    "{ account_status: active, account_type: { in: [atlassian, app] } }",
    "{ management_source: something-new }",
    "{ name: 7, email: $$literal }",
    "{ product_access: { some: { expect: { key: confluence, last_active_at: { within_last_days: $days } } } } }",
    "{ product_access: { some: { set: true } } }",
    "{ each: { in: product_access, expect: { key: { set: true } }, missing: fail } }",
    "{ all: [{ sso: true }, { not: { mfa_enabled: false } }] }",
    "{ product_access_count: { between: [1, $days] }, api_token_count: { at_most: $days } }",
    "{ email: { matches: \"(?i)@corp\", missing: unknown } }",
    "{ last_active_at: { within_last_days: 90d } }",
];
const REFUSED: &[&str] = &[
    "{}",
    "[]",
    "{ emial: x }",
    "{ any: [] }",
    "{ all: { sso: true } }",
    "{ sso: \"true\" }",
    "{ sso: { equal: true } }",
    "{ sso: {} }",
    "{ sso: { missing: fail } }",
    "{ sso: { set: true, missing: pass } }",
    "{ account_status: gone }",
    "{ account_status: { in: [] } }",
    "{ account_status: { in: active } }",
    "{ last_active_at: 2026-01-01 }",
    "{ last_active_at: { within_last_days: -1 } }",
    "{ last_active_at: { within_last_days: \"90\" } }",
    "{ last_active_at: { within_last_days: 100000 } }",
    "{ last_active_at: { within_last_days: 2w } }",
    "{ last_active_at: { before: tomorrow } }",
    "{ platform_roles: [a] }",
    "{ platform_roles: { some: [a] } }",
    "{ product_access_count: { between: [1] } }",
    "{ product_access_count: \"7\" }",
    "{ some: { in: platform_roles, expect: { key: x } } }",
    "{ some: { expect: { key: x } } }",
    "{ product_access: { some: { expect: { kye: x } } } }",
    "{ name: { length: { atleast: 1 } } }",
    "{ name: { equals: \"$.accounts[*].name\" } }",
];

#[test]
fn schema_and_loader_agree_on_shapes_of_conditions() {
    let schema = controls_schema();
    let accounts = tickmark::catalog::dataset("accounts").expect("it is in the catalog");
    for (conditions, wanted) in [(TAKEN, true), (REFUSED, false)] {
        for condition in conditions {
            let text = control_that_asks(accounts, condition);
            let found = complaints(&schema, &text);
            assert_eq!(loader_takes("t.yaml", &text), wanted, "loader: {condition}");
            assert_eq!(
                schema_takes(&schema, &text),
                wanted,
                "schema: {condition}\n{found}"
            );
        }
    }
}

/// Changes to a good control, key by key, and whether it is still good.
const CHANGES: &[(&str, &str, bool)] = &[
    ("id", "T", false),
    ("code", "ATL-X-01", true),
    ("title", "\"\"", false),
    ("severity", "hihg", false),
    ("tags", "[a, b]", true),
    ("tags", "a", false),
    ("owner", "IT Service", true),
    ("owner", "[a]", false),
    ("requires", "{ plan: guard-premium }", true),
    ("requires", "{ plan: no-guard }", false),
    ("requires", "{}", false),
    ("share", "{ at_least: 98% }", true),
    ("share", "{ at_least: 99.5% }", true),
    ("share", "{ at_least: 101% }", false),
    ("share", "{ at_least: 98 }", false),
    ("share", "{ at_most: 98% }", false),
    ("attest", "{ question: Is it so? }", false),
    ("revision", "2", true),
    ("revision", "-1", false),
    ("references", "[\"http://example.com\"]", false),
    ("references", "[\"https://example.com\"]", true),
    (
        "maps_to",
        "{ soc2: [CC6.1, { id: CC6.2, strength: full, note: why }] }",
        true,
    ),
    ("maps_to", "{ cis: [5.3] }", true),
    ("maps_to", "{ soc2: CC6.1 }", false),
    ("maps_to", "{ soc2: [{ strength: full }] }", false),
    ("maps_to", "{ soc2: [{ id: CC6.1, strength: ful }] }", false),
    ("population", "\"$['accounts'][*]\"", true),
    ("population", "\"$.acounts[*]\"", false),
    ("population", "\"$.accounts_[*]\"", false),
    ("population", "[a]", false),
    ("where", "{ email_domain: { in: [corp.example] } }", true),
    ("where", "{ emial_domain: x }", false),
    ("exclude", "[{ reason: why, where: { sso: true } }]", true),
    ("exclude", "[{ reason: why, where: { sos: true } }]", false),
    ("exclude", "[{ where: { sso: true } }]", false),
    ("exclude", "[{ reason: why }]", false),
    ("on_empty", "maybe", false),
    ("on_empty", "", false),
    ("evidence", "[name, email]", true),
    ("evidence", "[nmae]", false),
    ("message", "'{{ subject.name }}'", true),
    ("owner", "identity team", true),
    ("owner", "[a]", false),
    ("requires", "{ plan: guard-standard }", true),
    ("requires", "{ plan: no-guard }", false),
    ("requires", "{ plan: enterprise }", false),
    ("requires", "{}", false),
    ("share", "{ at_least: 98% }", true),
    ("share", "{ at_least: 99.5% }", true),
    ("share", "{ at_least: 100% }", true),
    ("share", "{ at_least: 0.01% }", true),
    ("share", "{ at_least: 0% }", false),
    ("share", "{ at_least: 0.00% }", false),
    ("share", "{ at_least: 100.01% }", false),
    ("share", "{ at_least: 98.123% }", false),
    ("share", "{ at_least: 98 }", false),
    ("share", "{ at_most: 2% }", false),
    ("attest", "{ question: Is it so? }", false),
    ("period", "90d", false),
    ("count", "{ per: email, within: 1h, at_most: 5 }", false),
    ("sevrity", "low", false),
    ("x-note", "text", false),
    ("expect", "", false),
    ("count", "{ at_least: 1 }", false),
];

#[test]
fn schema_and_loader_agree_on_the_keys_of_a_control() {
    let schema = controls_schema();
    for (key, value, wanted) in CHANGES {
        let mut keys = vec![
            ("id", "t"),
            ("title", "A title"),
            ("severity", "high"),
            ("rationale", "A reason."),
            ("population", "\"$.accounts[*]\""),
            ("expect", "{ email_verified: true }"),
            ("on_empty", "pass"),
        ];
        keys.retain(|(known, _)| known != key);
        if !value.is_empty() {
            keys.push((key, value));
        }
        let text: String = keys
            .iter()
            .map(|(key, value)| format!("{key}: {value}\n"))
            .collect();
        let found = complaints(&schema, &text);
        assert_eq!(
            loader_takes("t.yaml", &text),
            *wanted,
            "loader: {key}: {value}"
        );
        assert_eq!(
            schema_takes(&schema, &text),
            *wanted,
            "schema: {key}: {value}\n{found}"
        );
    }
}

/// Questions in place of everything that speaks of records.
const ATTESTED: &[(&str, bool)] = &[
    ("attest: { question: Is it so? }", true),
    (
        "attest: { question: Is it so?, answer_expected: no, guide: Look there., evidence_file: required, valid_for: 90d }",
        true,
    ),
    (
        "attest: { question: Is it so? }\ncode: ATL-X-01\nmaps_to: { soc2: [CC6.1] }",
        true,
    ),
    ("attest: { answer_expected: yes }", false),
    (
        "attest: { question: Is it so?, answer_expected: maybe }",
        false,
    ),
    (
        "attest: { question: Is it so?, evidence_file: none }",
        false,
    ),
    ("attest: { question: Is it so?, valid_for: 90 }", false),
    ("attest: { question: Is it so?, qestion: x }", false),
    (
        "attest: { question: Is it so? }\npopulation: \"$.accounts[*]\"",
        false,
    ),
    ("attest: { question: Is it so? }\nevidence: [name]", false),
    ("attest: { question: Is it so? }\non_empty: pass", false),
    (
        "attest: { question: Is it so? }\ncount: { at_least: 1 }",
        false,
    ),
    ("severity: low", false),
];

/// Controls without `expect`, and with sets and parameters: what follows the first keys.
const WHOLE: &[(&str, bool)] = &[
    ("count: { at_least: 2, at_most: 5 }", true),
    ("count: {}", false),
    ("count: { at_least: 2 }\nshare: { at_least: 98% }", false),
    ("attest: { question: Is it so? }", false),
    (
        "let: { known: { values: [a@corp.example] } }\nmembers: { by: email, equals: $known }",
        true,
    ),
    (
        "let: { known: { values: [] } }\nmembers: { by: email, equals: $known }",
        false,
    ),
    (
        "parameters: { app: { type: text, one_of: [a, b], default: b, about: app } }\n\
         expect: { name: { equals: $app } }\non_empty: pass",
        true,
    ),
    (
        "parameters: { app: { type: text, one_of: [], about: app } }\n\
         expect: { name: { equals: $app } }\non_empty: pass",
        false,
    ),
    ("count: { at_least: two }", false),
    ("count: { at_least: 2 }\non_empty: pass", false),
    ("members: { by: email, equals: [a@corp.example] }", true),
    ("members: { by: sso, equals: [a] }", false),
    ("members: { by: email, equals: [a], subset_of: [b] }", false),
    ("members: { by: email }", false),
    (
        "let: { covered: { from: \"$.policies[*]\", where: { status: enabled }, take: \"applied_resource_ids[*]\" } }\n\
         expect: { id: { in: $covered } }\non_empty: pass",
        true,
    ),
    (
        "let: { covered: { from: \"$.policies[*]\", where: { state: enabled }, take: id } }\n\
         expect: { id: { in: $covered } }\non_empty: pass",
        false,
    ),
    (
        "let: { covered: { from: \"$.policies[*]\", take: resources } }\n\
         expect: { id: { in: $covered } }\non_empty: pass",
        false,
    ),
    (
        "let: { Covered: { from: \"$.policies[*]\", take: id } }\n\
         expect: { id: { in: $Covered } }\non_empty: pass",
        false,
    ),
    (
        "parameters: { most: { type: integer, default: 5, minimum: 1, maximum: 9, about: people } }\n\
         count: { at_most: $most }",
        true,
    ),
    (
        "let: { offices: { values: [10.0.0.0/8] }, names: { values: [a, b] } }\n\
         expect: { name: { in: $names, within_cidr: $offices } }\non_empty: pass",
        true,
    ),
    (
        "let: { names: { values: [] } }\nexpect: { name: { in: $names } }\non_empty: pass",
        false,
    ),
    (
        "let: { names: { values: a } }\nexpect: { name: { in: $names } }\non_empty: pass",
        false,
    ),
    (
        "let: { names: { valuse: [a] } }\nexpect: { name: { in: $names } }\non_empty: pass",
        false,
    ),
    (
        "parameters: { span: { type: duration, default: 90d, maximum: 365d, about: time }, word: { type: text, one_of: [a, b], about: w } }\n\
         expect: { last_active_at: { within_last_days: $span }, name: $word }\non_empty: pass",
        true,
    ),
    (
        "expect: { last_active_at: { within_last_days: 90d } }\non_empty: pass",
        true,
    ),
    (
        "expect: { last_active_at: { within_last_days: 90 days } }\non_empty: pass",
        false,
    ),
    (
        "parameters: { word: { type: text, one_of: a, about: w } }\nexpect: { name: $word }\non_empty: pass",
        false,
    ),
    (
        "parameters: { most: { type: integre, default: 5, about: people } }\ncount: { at_most: $most }",
        false,
    ),
    (
        "parameters: { most: { type: integer } }\ncount: { at_most: $most }",
        false,
    ),
];

#[test]
fn schema_and_loader_agree_on_what_a_control_may_ask() {
    let schema = controls_schema();
    let of_records = WHOLE
        .iter()
        .map(|case| ("population: \"$.accounts[*]\"\n", case));
    let attested = ATTESTED.iter().map(|case| ("", case));
    for (population, (rest, wanted)) in of_records.chain(attested) {
        let text = format!(
            "id: t\ntitle: A title\nseverity: high\nrationale: A reason.\n{population}{rest}\n"
        );
        let found = complaints(&schema, &text);
        assert_eq!(loader_takes("t.yaml", &text), *wanted, "loader: {rest}");
        assert_eq!(
            schema_takes(&schema, &text),
            *wanted,
            "schema: {rest}\n{found}"
        );
    }
}

/// What a control may ask of events besides.
const OF_EVENTS: &[(&str, bool)] = &[
    (
        "period: 90d\nwhere: { action: { action_named: [user_login, Logged in] } }\ncount: { per: actor_id, within: 1h, at_most: 5 }",
        true,
    ),
    (
        "period: 90\nexpect: { action: { set: true } }\non_empty: pass",
        true,
    ),
    (
        "period: 90 days\nexpect: { action: { set: true } }\non_empty: pass",
        false,
    ),
    (
        "expect: { action: { action_named: [] } }\non_empty: pass",
        false,
    ),
    (
        "expect: { action_name: { action_named: [user_login] } }\non_empty: pass",
        false,
    ),
    ("count: { per: actor_id, within: 1h }", false),
    ("count: { per: actor_id, at_most: 5 }", false),
    ("count: { within: 1h, at_most: 5 }", false),
    ("count: { per: time, within: 1h, at_most: 5 }", false),
    ("count: { per: actor_id, within: 60, at_most: 5 }", false),
    (
        "count: { per: actor_id, within: 1h, at_least: 1, at_most: 5 }",
        false,
    ),
    (
        "let: { seen: { from: \"$.accounts[*]\", take: id, at: last_active_at } }\n\
         expect: { actor_id: { in: { set: $seen, within_working_days: 1, of: time } } }\non_empty: pass",
        true,
    ),
    (
        "let: { seen: { from: \"$.accounts[*]\", take: id, at: name } }\n\
         expect: { actor_id: { in: { set: $seen, within_working_days: 1, of: time } } }\non_empty: pass",
        false,
    ),
    (
        "let: { seen: { from: \"$.accounts[*]\", take: id, at: last_active_at } }\n\
         expect: { actor_id: { in: { set: $seen, of: time } } }\non_empty: pass",
        false,
    ),
];

#[test]
fn schema_and_loader_agree_on_what_a_control_may_ask_of_events() {
    let schema = controls_schema();
    for (rest, wanted) in OF_EVENTS {
        let text = format!(
            "id: t\ntitle: A title\nseverity: high\nrationale: A reason.\npopulation: \"$.events[*]\"\n{rest}\n"
        );
        let found = complaints(&schema, &text);
        assert_eq!(loader_takes("t.yaml", &text), *wanted, "loader: {rest}");
        assert_eq!(
            schema_takes(&schema, &text),
            *wanted,
            "schema: {rest}\n{found}"
        );
    }
}

/// Questions: what stands below `attest`, and further keys.
const QUESTIONS: &[(&str, bool)] = &[
    ("{ question: Is it so? }", true),
    (
        "{ question: Is it so?, answer_expected: no, guide: Look., evidence_file: required, valid_for: 90d }",
        true,
    ),
    ("{ question: Is it so? }\nowner: IT", true),
    ("{ guide: Look. }", false),
    ("{ question: Is it so?, answer_expected: maybe }", false),
    ("{ question: Is it so?, valid_for: 90 }", false),
    ("{ question: Is it so?, evidence_file: true }", false),
    ("{ question: Is it so? }\non_empty: pass", false),
    ("{ question: Is it so? }\nevidence: [name]", false),
    ("{ question: Is it so? }\npopulation: $.accounts[*]", false),
];

#[test]
fn schema_and_loader_agree_on_questions() {
    let schema = controls_schema();
    for (rest, wanted) in QUESTIONS {
        let text = format!(
            "id: t\ntitle: A title\nseverity: high\nrationale: A reason.\nattest: {rest}\n"
        );
        let found = complaints(&schema, &text);
        assert_eq!(loader_takes("t.yaml", &text), *wanted, "loader: {rest}");
        assert_eq!(
            schema_takes(&schema, &text),
            *wanted,
            "schema: {rest}\n{found}"
        );
    }
}

/// Changes to a good case file: what stands in place of one part, and whether it is still good.
const CASES: &[(&str, &str, bool)] = &[
    ("as_of: 2026-03-01T00:00:00Z", "as_of: yesterday", false),
    ("accounts: { name: Ada }", "acounts: { name: Ada }", false),
    ("accounts: { name: Ada }", "accounts: { nmae: Ada }", false),
    (
        "accounts: { name: Ada }",
        "accounts: { platform_roles: [atlassian/user], group_ids: null }",
        true,
    ),
    (
        "accounts: { name: Ada }",
        "accounts: { platform_roles: a }",
        false,
    ),
    (
        "accounts: { name: Ada }",
        "accounts: { product_access: [{ id: w, key: jira-software }] }",
        true,
    ),
    (
        "accounts: { name: Ada }",
        "accounts: { product_access: [{ id: w, kye: x }] }",
        false,
    ),
    ("absent: [sso]", "absent: [sos]", false),
    ("absent: [sso]", "sso: yes", false),
    ("absent: [sso]", "sso: null", true),
    ("absent: [sso]", "account_status: gone", false),
    ("absent: [sso]", "last_active_at: soon", false),
    ("absent: [sso]", "api_token_count: many", false),
    ("cut: [groups]", "cut: [grups]", false),
    ("outcome: unknown", "outcome: maybe", false),
    ("outcome: unknown", "in_scope: 1", false),
    (
        "outcome: unknown",
        "outcome: fail, failing: [a], messages: { a: text }, excluded: 0",
        true,
    ),
    ("outcome: unknown", "outcome: fail, failing: a", false),
    ("name: one", "nmae: one", false),
];

#[test]
fn schema_and_reader_agree_on_case_files() {
    let schema = cases_schema();
    let good = "control: t\nas_of: 2026-03-01T00:00:00Z\ndefaults: { accounts: { name: Ada } }\ncases:\n  \
                - { name: one, given: { accounts: [{ id: a, absent: [sso] }] }, cut: [groups], \
                parameters: { days: 3 }, expect: { outcome: unknown } }\n";
    for (part, instead, wanted) in [("name: one", "name: one", true)].iter().chain(CASES) {
        assert!(good.contains(part), "{part}");
        let text = good.replace(part, instead);
        let (cases, problems) =
            control::read_cases(&SourceFile::new("t.cases.yaml", text.as_str()));
        assert_eq!(
            cases.is_some(),
            *wanted,
            "reader: {instead}\n{}",
            problems.render(Look::Plain)
        );
        let found = complaints(&schema, &text);
        assert_eq!(
            schema_takes(&schema, &text),
            *wanted,
            "schema: {instead}\n{found}"
        );
    }
}

/// Files of `tests/schemas/<kind>`: what both take, what both refuse, and what only the loader refuses.
#[test]
fn schemas_of_settings_profiles_and_frameworks_agree_with_their_loaders() {
    let settings: Value =
        serde_json::from_str(&text(&run(&["config", "schema"]).stdout)).expect("it is JSON");
    let kinds = [
        ("settings", settings),
        ("profile", tickmark::profile::profile_schema()),
        ("framework", control::framework_schema()),
    ];
    for (kind, schema) in kinds {
        let schema = jsonschema::draft7::new(&schema).expect("the schema is one");
        let dir = tempfile::tempdir().expect("a folder");
        let verdicts = [
            ("good", true, true),
            ("bad", false, false),
            ("loader", true, false),
        ];
        for (folder, by_schema, by_loader) in verdicts {
            for file in yaml_files(&format!("tests/schemas/{kind}/{folder}")) {
                let written = read(&file);
                let name = file.display();
                let found = complaints(&schema, &written);
                assert_eq!(
                    schema_takes(&schema, &written),
                    by_schema,
                    "{name}\n{found}"
                );
                // A loader knows a file by its name or its folder.
                let stem = stem(&file);
                let path = match kind {
                    "settings" => dir.path().join(&stem).join("tickmark.yaml"),
                    "profile" => dir.path().join(format!("profiles/{stem}.yaml")),
                    _ => dir.path().join(format!("frameworks/{stem}.yaml")),
                };
                fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
                fs::write(&path, written).expect("it is written");
                let output = run(&["controls", "check", &path.display().to_string()]);
                let told = text(&output.stderr);
                assert_eq!(output.status.code() == Some(0), by_loader, "{name}\n{told}");
                fs::remove_file(&path).expect("it was written");
            }
        }
    }
}

#[test]
fn the_schemas_take_the_built_in_profiles_and_frameworks() {
    let profile = jsonschema::draft7::new(&tickmark::profile::profile_schema());
    let framework = jsonschema::draft7::new(&control::framework_schema());
    for (folder, schema) in [("profiles", profile), ("controls/frameworks", framework)] {
        let schema = schema.expect("the schema is one");
        for file in yaml_files(folder) {
            let text = read(&file);
            let found = complaints(&schema, &text);
            assert!(schema_takes(&schema, &text), "{}\n{found}", file.display());
        }
    }
}

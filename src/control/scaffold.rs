//! A first control on a dataset, and its cases: right as they are, and commented for someone who changes them.

use serde_yaml::{Mapping, Value};

use super::ControlId;
use super::schema::{CASE_SCHEMA_FILE, CONTROL_SCHEMA_FILE};
use crate::catalog::{Dataset, Field, FieldType};

/// The two files of a new control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scaffold {
    /// `<id>.yaml`.
    pub control: String,
    /// `<id>.cases.yaml`.
    pub cases: String,
}

/// A control called `id` on `dataset`. `schemas` is the path from its folder to the folder of the schemas, empty
/// or ending with `/`.
pub fn scaffold(id: &ControlId, dataset: &'static Dataset, schemas: &str) -> Scaffold {
    let choice = Choice::of(dataset);
    Scaffold {
        control: control(id, dataset, schemas, &choice),
        cases: cases(id, dataset, schemas, &choice),
    }
}

/// What the control selects and asks, taken from the catalog.
struct Choice {
    /// A word field, and the word that it has in the population.
    filter: Option<(&'static Field, &'static [&'static str])>,
    /// The field that is asked.
    asked: &'static Field,
    /// What is asked of it.
    condition: Value,
    /// The same in words, after the field's name.
    in_words: String,
    /// A value that meets it.
    good: Value,
    /// A value that does not.
    bad: Value,
}

impl Choice {
    fn of(dataset: &'static Dataset) -> Choice {
        let find = |wanted: fn(&FieldType) -> bool| {
            dataset.fields.iter().find(|field| wanted(&field.kind))
        };
        let boolean = find(|kind| *kind == FieldType::Boolean);
        let mut word_fields = dataset.fields.iter().filter_map(|field| match field.kind {
            FieldType::Word(words) if words.len() > 1 => Some((field, words)),
            _ => None,
        });
        let (asked, condition, in_words, bad) = if let Some(field) = boolean {
            (field, true.into(), "is true".to_owned(), false.into())
        } else if let Some((field, words)) = word_fields.next() {
            let in_words = format!("is {}", words[0]);
            (field, words[0].into(), in_words, words[1].into())
        } else {
            let label = dataset
                .field(dataset.label)
                .expect("the label of a dataset is one of its fields");
            let is_set = map([("set", true.into())]);
            (label, is_set, "has a value".to_owned(), Value::Null)
        };
        let good = match &condition {
            Value::Mapping(_) => format!("a {}", asked.name).into(),
            plain => plain.clone(),
        };
        Choice {
            filter: word_fields.next(),
            asked,
            condition,
            in_words,
            good,
            bad,
        }
    }
}

fn control(id: &ControlId, dataset: &Dataset, schemas: &str, choice: &Choice) -> String {
    let (one, many) = dataset.noun;
    let asked = choice.asked.name;
    let selector = match choice.filter {
        Some((field, words)) => format!("$.{}[?@.{} == '{}']", dataset.name, field.name, words[0]),
        None => format!("$.{}[*]", dataset.name),
    };
    let mut shown: Vec<&str> = vec![dataset.label];
    shown.extend(choice.filter.map(|(field, _)| field.name));
    shown.retain(|name| *name != asked);
    let mut file = Document::headed(&[
        &format!("yaml-language-server: $schema={schemas}{CONTROL_SCHEMA_FILE}"),
        "",
        "A control: which records are tested, and what each of them must meet.",
        &format!(
            "  fields that it can name:               tickmark datasets show {}",
            dataset.name
        ),
        "  every mistake in it, with what to do:  tickmark controls check FILE",
        "  its cases, in the file beside it:      tickmark controls test FILE",
    ]);
    file.entry(&["As the file is called."], "id", id.as_str());
    file.entry(
        &["The requirement in one sentence, as it is when met."],
        "title",
        format!("Every {one}: {asked} {}", choice.in_words),
    );
    file.entry(
        &["How bad it is when it fails: info, low, medium, high or critical."],
        "severity",
        "medium",
    );
    file.entry(
        &["Why it matters. Say what may happen where it is not met; the report prints it."],
        "rationale",
        format!("Nobody has yet written down why {asked} matters here."),
    );
    file.commented(&[
        "Worth adding; the report prints them too:",
        "not_tested: what a pass does not show",
        "remediation: \"Directory > … > what to click\"",
        "check_yourself: \"where to look in the console; expect {{ population.selected }}\"",
        "maps_to: { soc2: [CC6.1] }",
    ]);
    file.entry(
        &[
            &format!("Which {many} are tested: a JSONPath of one dataset, with a filter or `[*]`."),
            "Where a field of the filter is absent, the record is unknown; it never drops out silently.",
        ],
        "population",
        selector,
    );
    if let Some(time) = dataset
        .fields
        .iter()
        .find(|field| field.kind == FieldType::Timestamp)
    {
        file.commented(&[
            "Left out of it, with a reason that the report shows and counts:",
            "exclude:",
            &format!("  - reason: {} in the last 30 days", time.name),
            &format!("    where: {{ {}: {{ within_last_days: 30 }} }}", time.name),
        ]);
    }
    file.entry(
        &[
            "What each of them must meet. All conditions must hold; a plain value means equality.",
            "Operators: controls/README.md, or `within_last_days: 90`, `in: [a, b]`, `matches: \"^svc-\"` …",
        ],
        "expect",
        map([(asked, choice.condition.clone())]),
    );
    file.entry(
        &["What it means that there is none to test: not_applicable, pass or fail."],
        "on_empty",
        "not_applicable",
    );
    file.entry(
        &["What a finding says of a subject that fails."],
        "message",
        format!("{asked}: {{{{ subject.{asked} }}}}"),
    );
    if !shown.is_empty() {
        file.entry(
            &["Fields that a finding shows besides the one that is tested."],
            "evidence",
            shown,
        );
    }
    file.0
}

fn cases(id: &ControlId, dataset: &Dataset, schemas: &str, choice: &Choice) -> String {
    let (one, many) = dataset.noun;
    let asked = choice.asked.name;
    let record = |number: u8, fields: &[(&str, Value)]| {
        let mut record = Mapping::new();
        record.insert("id".into(), format!("{}{number}", &one[..1]).into());
        for (name, value) in fields {
            record.insert((*name).into(), value.clone());
        }
        Value::Mapping(record)
    };
    let subject = |number: u8| format!("{}{number}", &one[..1]);
    let given = |records: Vec<Value>| map([(dataset.name, records.into())]);
    let mut defaults = Mapping::new();
    if dataset.label != "id" && dataset.label != asked {
        defaults.insert(dataset.label.into(), "Example".into());
    }
    if let Some((field, words)) = choice.filter {
        defaults.insert(field.name.into(), words[0].into());
    }
    defaults.insert(asked.into(), choice.good.clone());

    let none: Vec<Value> = Vec::new();
    let mut list = vec![
        map([
            (
                "name",
                format!(
                    "{} {one} whose {asked} {} passes",
                    article(one),
                    choice.in_words
                )
                .into(),
            ),
            ("given", given(vec![record(1, &[])])),
            (
                "expect",
                map([
                    ("outcome", "pass".into()),
                    ("failing", none.clone().into()),
                    ("unknown", none.clone().into()),
                    ("in_scope", 1.into()),
                ]),
            ),
        ]),
        map([
            (
                "name",
                format!("one {one} that does not meet it fails, and is named").into(),
            ),
            (
                "given",
                given(vec![
                    record(1, &[]),
                    record(2, &[(asked, choice.bad.clone())]),
                ]),
            ),
            (
                "expect",
                map([
                    ("outcome", "fail".into()),
                    ("failing", vec![subject(2)].into()),
                    ("in_scope", 2.into()),
                ]),
            ),
        ]),
        map([
            (
                "name",
                format!(
                    "{} {one} whose {asked} is absent is unknown, never a pass",
                    article(one)
                )
                .into(),
            ),
            (
                "given",
                given(vec![record(1, &[("absent", vec![asked].into())])]),
            ),
            (
                "expect",
                map([
                    ("outcome", "unknown".into()),
                    ("unknown", vec![subject(1)].into()),
                ]),
            ),
        ]),
    ];
    if let Some((field, words)) = choice.filter {
        list.push(map([
            (
                "name",
                format!("{many} outside the population are not tested").into(),
            ),
            (
                "given",
                given(vec![
                    record(1, &[]),
                    record(
                        2,
                        &[(field.name, words[1].into()), (asked, choice.bad.clone())],
                    ),
                ]),
            ),
            (
                "expect",
                map([("outcome", "pass".into()), ("in_scope", 1.into())]),
            ),
        ]));
    }
    list.push(map([
        (
            "name",
            format!("where there are no {many}, it does not apply").into(),
        ),
        ("given", given(none)),
        (
            "expect",
            map([("outcome", "not_applicable".into()), ("in_scope", 0.into())]),
        ),
    ]));
    list.push(map([
        (
            "name",
            format!("while {many} are missing from the snapshot, it cannot pass").into(),
        ),
        ("given", given(vec![record(1, &[])])),
        ("cut", vec![dataset.name].into()),
        ("expect", map([("outcome", "unknown".into())])),
    ]));

    let mut file = Document::headed(&[
        &format!("yaml-language-server: $schema={schemas}{CASE_SCHEMA_FILE}"),
        "",
        &format!("Unit tests of {id}: records in, what the control says of them out."),
    ]);
    file.entry(&["The control that they test."], "control", id.as_str());
    file.entry(
        &["Point in time of every case; within_last_days and its like count from here."],
        "as_of",
        "2026-01-31T12:00:00Z",
    );
    file.entry(
        &["What every record below has, unless its case says otherwise."],
        "defaults",
        map([(dataset.name, Value::Mapping(defaults))]),
    );
    file.entry(
        &[
            "`absent: [field]` takes a field away, which is not the same as `field: null`: known to be none.",
            "Of `expect`, only `outcome` is needed; what is not said is not compared.",
        ],
        "cases",
        list,
    );
    file.0
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']) {
        "an"
    } else {
        "a"
    }
}

/// A map in the order given.
fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Mapping(
        entries
            .into_iter()
            .map(|(key, value)| (key.into(), value))
            .collect(),
    )
}

/// A YAML document in the making: comments as text, entries as serde_yaml writes them.
struct Document(String);

impl Document {
    fn headed(lines: &[&str]) -> Document {
        let mut document = Document(String::new());
        document.comment(lines);
        document
    }

    fn comment(&mut self, lines: &[&str]) {
        for line in lines {
            self.0.push_str(format!("# {line}").trim_end());
            self.0.push('\n');
        }
    }

    /// Keys that stand ready to be used.
    fn commented(&mut self, lines: &[&str]) {
        self.0.push('\n');
        self.comment(lines);
    }

    fn entry(&mut self, comment: &[&str], key: &str, value: impl Into<Value>) {
        self.0.push('\n');
        self.comment(comment);
        let entry = map([(key, value.into())]);
        let text = serde_yaml::to_string(&entry).expect("maps of plain values are YAML");
        self.0.push_str(&text);
    }
}

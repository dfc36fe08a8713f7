//! The reference page: every built-in control, every key of a control, every operator, every field. Made from the
//! registries, so that it cannot differ from the program; a test compares it with `controls/README.md`.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::schema::{control_schema, lower_first};
use super::{Control, Frameworks, UNSET, parse};
use crate::catalog::{DATASETS, Dataset, DatasetRef, Field, FieldType, Omission};
use crate::operator::{EXAMPLE_AS_OF, OPERATORS, Operator, Verdict};

/// The page in Markdown. `controls`: the built-in ones, in any order.
pub fn reference_page(controls: &[Control]) -> String {
    let mut page = String::from(INTRODUCTION);
    built_in(&mut page, controls);
    left_out(&mut page);
    keys(&mut page);
    operators(&mut page);
    datasets(&mut page);
    frameworks(&mut page);
    page
}

const INTRODUCTION: &str = "\
# Controls, operators, fields

This page is made from the program; `UPDATE_PAGES=1 cargo test --test it pages` writes it anew.
How to write a control: [docs/write-your-first-control.md](../docs/write-your-first-control.md).
What absent evidence comes to: [docs/missing-evidence.md](../docs/missing-evidence.md).

- [Built-in controls](#built-in-controls)
- [Left out on purpose](#left-out-on-purpose)
- [Keys of a control](#keys-of-a-control)
- [Operators](#operators)
- [Datasets and their fields](#datasets-and-their-fields)
- [Frameworks](#frameworks)
";

fn built_in(page: &mut String, controls: &[Control]) {
    let _ = write!(
        page,
        "\n## Built-in controls\n\nParameters stand at their defaults. A control *contributes evidence to* a criterion; \
         it never shows that one is met.\n\n\
         | code | control | severity | dataset | asks | contributes evidence to |\n| --- | --- | --- | --- | --- | --- |\n"
    );
    let mut sorted: Vec<&Control> = controls.iter().collect();
    sorted.sort_by(|a, b| (&a.code, &a.id).cmp(&(&b.code, &b.id)));
    for control in sorted {
        let file = control.source.file.trim_start_matches("controls/");
        let criteria: Vec<String> = control
            .maps_to
            .iter()
            .map(|(framework, criteria)| {
                let ids: Vec<&str> = criteria
                    .iter()
                    .map(|criterion| criterion.id.as_str())
                    .collect();
                format!("{framework} {}", ids.join(", "))
            })
            .collect();
        let _ = writeln!(
            page,
            "| {} | [`{}`]({file}) | {} | {} | {} | {} |",
            control.code.as_deref().unwrap_or_default(),
            control.id,
            control.severity.word(),
            control
                .dataset()
                .map_or("a person answers", DatasetRef::name),
            cell(&title(control)),
            cell(&criteria.join("; ")),
        );
    }
}

/// What a reader may look for among the built-in controls and not find, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    (
        "Part of the accounts that have two-step verification",
        "`ATL-AUT-03` asks each account, and counts single sign-on; a share would count the same accounts twice",
    ),
    (
        "An identity provider is connected",
        "`ATL-SCM-02` counts the people whom it keeps, which cannot be many without one",
    ),
    (
        "People who are suspended in one directory and active in another",
        "the list of accounts tells one state over all directories, and the state in each of them only of administrators; `ATL-IDL-04` counts \
         such people as active",
    ),
    (
        "Personal e-mail domains among licensed people",
        "within `ATL-EXT-04`: such a domain is on no list of partners, and each person is reported once",
    ),
    (
        "The number of external people, or its trend",
        "a number is no requirement; the entitlement datasets and the comparison of two runs show it",
    ),
    (
        "Guests in approved spaces, permissions of spaces and projects, shared filters and dashboards, classification of spaces",
        "they need the products' own APIs, which tickmark does not ask; `ATL-JRA-03`, `ATL-JRA-05`, `ATL-JRA-07` and `ATL-CNF-03` ask a person \
         where one page of a console answers",
    ),
    (
        "How long a domain claim has been pending, how old an authentication policy is",
        "no source has these dates; `ATL-DOM-02` and `ATL-AUT-13` do without",
    ),
    (
        "Rules of data security policies, app access and public links by API",
        "the vendor does not document how these rules are told; `ATL-APP-04` and `ATL-DAT-02` to `ATL-DAT-04` ask a person",
    ),
    (
        "Roles that default groups give",
        "no list of the admin API tells the roles of all groups; `ATL-PRD-03` asks a person",
    ),
    (
        "The newest event of the audit log as proof that a SIEM receives it",
        "it shows that events exist, not that they arrived; `ATL-LOG-01` asks a person",
    ),
];

fn left_out(page: &mut String) {
    page.push_str(
        "\n## Left out on purpose\n\nWhat cannot be answered honestly is asked of a person (the controls whose dataset is \
         \"a person answers\"), or left out:\n\n| what | why |\n| --- | --- |\n",
    );
    for (what, why) in LEFT_OUT {
        let _ = writeln!(page, "| {} | {} |", cell(what), cell(why));
    }
}

/// The title with parameters at their defaults.
fn title(control: &Control) -> String {
    let values: Map<String, Value> = control
        .parameters
        .iter()
        .map(|parameter| {
            let value = parameter.default.clone();
            (
                parameter.name.clone(),
                value.unwrap_or_else(|| UNSET.into()),
            )
        })
        .collect();
    let rendered = control.title.render(&Value::Object(values));
    rendered.unwrap_or_else(|_| control.title.source().to_owned())
}

fn keys(page: &mut String) {
    page.push_str(
        "\n## Keys of a control\n\nAn editor shows the same: `tickmark controls schema` prints the schema, \
         [docs/editors.md](../docs/editors.md) says where to put it.\n\n| key | says |\n| --- | --- |\n",
    );
    let schema = control_schema();
    for key in parse::KEYS {
        let description = schema["properties"][key]["description"]
            .as_str()
            .unwrap_or_default();
        // The list of datasets stands further down in full.
        let first = description.split("\n\n").next().unwrap_or_default();
        let _ = writeln!(page, "| `{key}` | {} |", cell(first));
    }
}

fn operators(page: &mut String) {
    let _ = write!(
        page,
        "\n## Operators\n\n\
         A condition is a field and what is asked of it: `last_active_at: {{ within_last_days: 90 }}`. Several operators on one \
         field must all hold; a plain value means `equals`.\n\n\
         Every operator judges a value that is there, or `null`: known to be none. An absent value is unknown, \
         whatever the operator; so is a value of a type that the operator cannot judge.\n\
         The examples are judged as of {EXAMPLE_AS_OF}, and run as tests.\n\n\
         | operator | judges | true when |\n| --- | --- | --- |\n"
    );
    for operator in OPERATORS {
        let _ = writeln!(
            page,
            "| [`{name}`](#{name}) | {} | {} |",
            judges(operator),
            cell(operator.meaning),
            name = operator.name,
        );
    }
    for operator in OPERATORS {
        let _ = write!(
            page,
            "\n### {}\n\n{}\n\n- judges {}\n- takes {}\n- of `null`: {}\n\n| value | condition | comes to |\n| --- | --- | --- |\n",
            operator.name,
            operator.meaning,
            judges(operator),
            operator.operand,
            lower_first(operator.on_null),
        );
        for example in operator.examples {
            let _ = writeln!(
                page,
                "| {} | {} | {} |",
                code(example.value),
                code(&format!("{{ {}: {} }}", operator.name, example.operand)),
                verdict(example.verdict),
            );
        }
    }
}

fn judges(operator: &Operator) -> String {
    let kinds: Vec<String> = operator.judges.iter().map(ToString::to_string).collect();
    kinds.join(", ")
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::True => "true",
        Verdict::False => "false",
        Verdict::WrongType => "unknown: wrong type",
        Verdict::TimeInFuture => "unknown: more than 24 hours in the future",
    }
}

fn datasets(page: &mut String) {
    page.push_str(
        "\n## Datasets and their fields\n\n\
         \"Left out\" says what it means that a source answered without the field: `null` is known to be none, *absent* is unknown.\n",
    );
    for dataset in DATASETS {
        one_dataset(page, dataset);
    }
}

fn one_dataset(page: &mut String, dataset: &Dataset) {
    let _ = write!(
        page,
        "\n### {}\n\nOne record is {}.\n\n| source | request | scope of the key | plan | limits | deprecated | needs | gives |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n",
        dataset.name, dataset.record_is
    );
    for source in dataset.sources {
        let scope = source.scope.map_or("none stated".to_owned(), code);
        let _ = writeln!(
            page,
            "| {} | {} | {scope} | {} | {} | {} | {} | {} |",
            source.name,
            code(source.request),
            source.plan.unwrap_or("none stated"),
            source.limits(),
            source.deprecated_after.unwrap_or_default(),
            cell(source.needs),
            cell(source.about)
        );
    }
    page.push_str(
        "\n| field | type | meaning | from | left out |\n| --- | --- | --- | --- | --- |\n",
    );
    for field in dataset.fields {
        one_field(page, field, "");
    }
}

/// A row for `field`, and one for each field of its records; `within` is the path to what has it.
fn one_field(page: &mut String, field: &Field, within: &str) {
    let unit = field
        .unit
        .map(|unit| format!(", in {unit}"))
        .unwrap_or_default();
    let mut meaning = cell(field.meaning);
    if let Some(words) = field.kind.words() {
        let words: Vec<String> = words.iter().map(|word| code(word)).collect();
        let _ = write!(meaning, "; words: {}", words.join(", "));
    }
    let left_out = match field.omission {
        Omission::None => "`null`",
        Omission::Unknown => "absent",
    };
    let _ = writeln!(
        page,
        "| `{within}{}` | {}{unit} | {meaning} | {} | {left_out} |",
        field.name,
        field.kind,
        field.sources.join(", "),
    );
    if let FieldType::Records(inner) = field.kind {
        for inner in inner {
            one_field(page, inner, &format!("{within}{}[*].", field.name));
        }
    }
}

fn frameworks(page: &mut String) {
    page.push_str(
        "\n## Frameworks\n\n\
         What `maps_to` may name. Titles are short words of our own, not those of the publishers; a folder `frameworks` among your \
         controls adds to them.\n\n| id | framework | criteria listed | of | publisher |\n| --- | --- | --- | --- | --- |\n",
    );
    for framework in Frameworks::built_in().iter() {
        let _ = writeln!(
            page,
            "| `{}` | [{} {}]({}) | {} | {} | {} |",
            framework.id,
            cell(&framework.name),
            cell(&framework.edition),
            framework.source,
            framework.criteria.len(),
            framework.criteria_total,
            cell(&framework.publisher),
        );
    }
}

/// Text inside a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// Code inside a table.
fn code(text: &str) -> String {
    format!("`{}`", cell(text))
}

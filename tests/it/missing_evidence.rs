//! docs/missing-evidence.md: every table of it is run.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};
use tickmark::assess::{AssessOptions, ControlAssessment, assess};
use tickmark::catalog::{self, Dataset};
use tickmark::control;
use tickmark::diagnostic::{Look, SourceFile};
use tickmark::plan::{ParameterValues, Plan};
use tickmark::snapshot::{Completeness, CutReason, MemorySource};
use tickmark::value::Truth;

/// A table of a page: its heads, and its rows by cell, code signs and emphasis taken off.
struct Table {
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
}

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/missing-evidence.md");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn cells(line: &str) -> Vec<String> {
    let inside = line.trim().trim_start_matches('|').trim_end_matches('|');
    let plain = |cell: &str| cell.trim().trim_matches(['`', '*']).to_owned();
    inside.split(" | ").map(plain).collect()
}

fn tables(page: &str) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    let mut is_inside = false;
    for line in page.lines() {
        if !line.starts_with('|') {
            is_inside = false;
        } else if !is_inside {
            is_inside = true;
            let heads = cells(line);
            tables.push(Table {
                heads,
                rows: Vec::new(),
            });
        } else if !line.starts_with("| ---") {
            let row = cells(line);
            let table = tables.last_mut().expect("a row stands below a head");
            assert_eq!(row.len(), table.heads.len(), "{line}");
            table.rows.push(row);
        }
    }
    tables
}

fn as_of() -> Timestamp {
    "2026-11-20T06:00:00Z".parse().expect("a time")
}

fn dataset(name: &str) -> &'static Dataset {
    catalog::dataset(name).expect("it is in the catalog")
}

/// What becomes of the control whose keys after the first ones are `rest`, on some accounts and policies.
fn assessed(
    rest: &str,
    accounts: &[Value],
    accounts_are: &Completeness,
    policies: (&[Value], &Completeness),
) -> ControlAssessment {
    let text = format!("id: t\ntitle: A title\nseverity: high\nrationale: A reason.\n{rest}\n");
    let (controls, problems) = control::load(&[SourceFile::new("t.yaml", text)]);
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    let plan = Plan::new(controls, &ParameterValues::none())
        .unwrap_or_else(|problems| panic!("{}", problems.render(Look::Plain)));
    let mut source = MemorySource::new(as_of());
    source.set_records(dataset("accounts"), accounts);
    source.set_completeness(dataset("accounts"), accounts_are.clone());
    source.set_records(dataset("policies"), policies.0);
    source.set_completeness(dataset("policies"), policies.1.clone());
    let assessment = assess(&plan, &source, AssessOptions::default()).expect("memory can be read");
    assessment
        .controls
        .into_iter()
        .next()
        .expect("there is one control")
}

/// The record in a cell, with an id.
fn record(cell: &str) -> Value {
    let mut record: Value =
        serde_yaml::from_str(cell).unwrap_or_else(|error| panic!("{cell}: {error}"));
    record["id"] = "a1".into();
    record
}

fn completeness(word: &str) -> Completeness {
    match word {
        "whole" => Completeness::Whole,
        "cut" => Completeness::Cut {
            reason: CutReason::ServerError,
            detail: "page 2 did not come".to_owned(),
        },
        "denied" => Completeness::Denied {
            status: 403,
            detail: String::new(),
        },
        "not requested" => Completeness::NotRequested,
        other => panic!("`{other}` is no completeness"),
    }
}

/// What became of the one record of a control.
fn became(control: &ControlAssessment) -> &'static str {
    let population = control.population.as_ref().expect("records are looked at");
    assert_eq!(population.fetched, 1);
    let ways = [
        (
            "outside",
            population.outside.iter().map(|line| line.records).sum(),
        ),
        (
            "excluded",
            population.excluded.iter().map(|line| line.records).sum(),
        ),
        ("pass", population.pass),
        ("fail", population.fail),
        ("unknown", population.unknown),
        ("error", population.error),
    ];
    let mut found = ways.iter().filter(|(_, count)| *count == 1);
    let (way, _) = found.next().expect("the record is counted somewhere");
    assert!(found.next().is_none(), "it is counted once");
    way
}

fn whole() -> Completeness {
    Completeness::Whole
}

fn truth(word: &str) -> Truth {
    match word {
        "true" => Truth::True,
        "false" => Truth::False,
        "unknown" => Truth::Unknown,
        other => panic!("`{other}` is no truth"),
    }
}

fn check_condition(row: &[String]) {
    let rest = format!(
        "population: \"$.accounts[*]\"\nexpect: {}\non_empty: pass",
        row[1]
    );
    let control = assessed(&rest, &[record(&row[0])], &whole(), (&[], &whole()));
    assert_eq!(became(&control), row[2], "{row:?}");
    assert_eq!(control.outcome.word(), row[2], "{row:?}");
}

fn check_subject(row: &[String]) {
    let rest = "population: \"$.accounts[?@.claim_status == 'managed']\"\n\
                exclude: [{ reason: an app, where: { account_type: app } }]\n\
                expect: { email_verified: true }\non_empty: pass";
    let control = assessed(rest, &[record(&row[0])], &whole(), (&[], &whole()));
    assert_eq!(became(&control), row[1], "{row:?}");
}

fn check_control(row: &[String]) {
    let words = row[0].split(", ").filter(|word| *word != "none");
    let accounts: Vec<Value> = words
        .enumerate()
        .map(|(number, word)| match word {
            "pass" => json!({ "id": number.to_string(), "email_verified": true }),
            "fail" => json!({ "id": number.to_string(), "email_verified": false }),
            "unknown" => json!({ "id": number.to_string() }),
            other => panic!("`{other}` is no subject"),
        })
        .collect();
    let rest =
        "population: \"$.accounts[*]\"\nexpect: { email_verified: true }\non_empty: not_applicable";
    let control = assessed(rest, &accounts, &completeness(&row[1]), (&[], &whole()));
    assert_eq!(control.outcome.word(), row[2], "{row:?}");
}

fn check_set(row: &[String]) {
    let policies = match row[0].as_str() {
        "yes" => [json!({ "id": "p1", "name": "a1" })],
        _ => [json!({ "id": "p1", "name": "somebody else" })],
    };
    for (operator, wanted) in [("in", &row[2]), ("not_in", &row[3])] {
        let rest = format!(
            "let: {{ listed: {{ from: \"$.policies[*]\", take: name }} }}\n\
             population: \"$.accounts[*]\"\nexpect: {{ id: {{ {operator}: $listed }} }}\non_empty: pass"
        );
        let policies: (&[Value], _) = (&policies, &completeness(&row[1]));
        let control = assessed(&rest, &[record("{}")], &whole(), policies);
        assert_eq!(became(&control), wanted, "{operator}: {row:?}");
    }
}

fn check_count(row: &[String]) {
    let number = |cell: &str| {
        cell.parse::<usize>()
            .unwrap_or_else(|error| panic!("{cell}: {error}"))
    };
    let sure = (0..number(&row[0])).map(|n| json!({ "id": format!("s{n}"), "sso": true }));
    let perhaps = (0..number(&row[1])).map(|n| json!({ "id": format!("p{n}") }));
    let accounts: Vec<Value> = sure.chain(perhaps).collect();
    let rest = "population: \"$.accounts[?@.sso == true]\"\ncount: { at_least: 2, at_most: 5 }";
    let control = assessed(rest, &accounts, &completeness(&row[2]), (&[], &whole()));
    assert_eq!(control.outcome.word(), row[3], "{row:?}");
}

fn check_share(row: &[String]) {
    let number = |cell: &str| {
        cell.parse::<usize>()
            .unwrap_or_else(|error| panic!("{cell}: {error}"))
    };
    let kinds = [json!({ "sso": true }), json!({ "sso": false }), json!({})];
    let mut accounts = Vec::new();
    for (kind, count) in kinds.iter().zip(row) {
        for _ in 0..number(count) {
            let mut account = kind.clone();
            account["id"] = accounts.len().to_string().into();
            accounts.push(account);
        }
    }
    let rest = "population: \"$.accounts[*]\"\nexpect: { sso: true }\nshare: { at_least: 75% }\non_empty: pass";
    let control = assessed(rest, &accounts, &completeness(&row[3]), (&[], &whole()));
    assert_eq!(control.outcome.word(), row[4], "{row:?}");
}

fn check_members(row: &[String]) {
    let accounts: Vec<Value> = row[0]
        .split(", ")
        .enumerate()
        .map(|(number, name)| match name {
            "(absent)" => json!({ "id": number.to_string() }),
            name => json!({ "id": number.to_string(), "name": name }),
        })
        .collect();
    for (relation, wanted) in [
        ("equals", &row[2]),
        ("subset_of", &row[3]),
        ("superset_of", &row[4]),
    ] {
        let rest = format!(
            "population: \"$.accounts[*]\"\nmembers: {{ by: name, {relation}: [Ada, Ben] }}"
        );
        let control = assessed(&rest, &accounts, &completeness(&row[1]), (&[], &whole()));
        assert_eq!(control.outcome.word(), wanted, "{relation}: {row:?}");
    }
}

#[test]
fn every_table_of_the_page_on_missing_evidence_is_what_the_program_does() {
    let mut kinds = BTreeSet::new();
    for table in tables(&page()) {
        let heads: Vec<&str> = table.heads.iter().map(String::as_str).collect();
        kinds.insert(heads.join(" | "));
        for row in &table.rows {
            match heads.as_slice() {
                // What the three states mean is what the other tables show.
                ["in a record", "means", "example"] => {}
                ["record", "must meet", "comes to", "because"] => check_condition(row),
                ["record", "is", "because"] => check_subject(row),
                ["subjects", "dataset", "the control"] => check_control(row),
                ["the set holds it", "the other dataset", "in", "not_in"] => check_set(row),
                ["surely", "perhaps", "dataset", "the control"] => check_count(row),
                ["pass", "fail", "unknown", "dataset", "the control"] => check_share(row),
                [
                    "names found",
                    "dataset",
                    "equals",
                    "subset_of",
                    "superset_of",
                ] => check_members(row),
                ["it", "not"] => assert_eq!(truth(&row[0]).not(), truth(&row[1]), "{row:?}"),
                [word @ ("all" | "any"), others @ ..] => {
                    for (other, wanted) in others.iter().zip(&row[1..]) {
                        let both = [truth(&row[0]), truth(other)];
                        let found = if *word == "all" {
                            Truth::all(both)
                        } else {
                            Truth::any(both)
                        };
                        assert_eq!(found, truth(wanted), "{word}: {row:?}");
                    }
                }
                unknown => panic!("no test knows the table {unknown:?}"),
            }
        }
    }
    assert_eq!(kinds.len(), 11, "{kinds:?}");
}

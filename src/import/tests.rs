use super::*;
use crate::catalog::{FieldType, InputField, Omission};
use crate::diagnostic::{SourceFile, Span};
use crate::snapshot::{Completeness, CutReason, MisfitKind};
use std::fs;

/// A list with a name, a day and a count, told apart by its e-mail address.
fn schema() -> InputSchema {
    let field = |name: &str, kind| InputField {
        name: name.to_owned(),
        kind,
        omission: None,
    };
    let fields = vec![
        field("email", FieldType::Email),
        field("name", FieldType::Text),
        field("left_on", FieldType::Date),
        field("seats", FieldType::Integer),
        field("paid", FieldType::Boolean),
    ];
    let place = SourceFile::new("t", "").place(Span::new(0, 0));
    InputSchema::new("leavers", Some("email".to_owned()), fields, place)
}

/// What the file `name` with `bytes` reads as.
fn read_with(schema: InputSchema, name: &str, bytes: &[u8]) -> Result<List, ListError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("a file");
    List::read(&ListRequest {
        path,
        schema: Arc::new(schema),
        origin: ListOrigin::default(),
    })
}

fn read(name: &str, bytes: &[u8]) -> Result<List, ListError> {
    read_with(schema(), name, bytes)
}

fn lines(list: &List) -> Vec<String> {
    let text: String = list
        .frames
        .iter()
        .map(|frame| list::decompressed(frame))
        .collect();
    text.lines().map(str::to_owned).collect()
}

/// The lines of a good file.
fn good(name: &str, text: &str) -> Vec<String> {
    let list = read(name, text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
    lines(&list)
}

/// What is wrong with a bad file.
fn refused(name: &str, bytes: &[u8]) -> String {
    let error = read(name, bytes).expect_err("a bad file").to_string();
    // The folder is another one in every run.
    let from = error.find('`').map_or(0, |at| at + 1);
    let to = error.find(name).unwrap_or(from);
    format!("{}{}", &error[..from], &error[to..])
}

const ADA: &str = r#"{"id":"ada@a.example","email":"ada@a.example","name":"Ada","left_on":"2026-11-01","seats":3,"paid":true"#;

#[test]
fn every_form_of_the_same_list_gives_the_same_records() {
    for (name, text, row) in [
        (
            "l.csv",
            "Email,Name,Left on,Seats,Paid\nAda@A.example ,Ada,2026-11-01,3,yes\n",
            2,
        ),
        (
            "l.csv",
            "\u{feff}email;name;left_on;seats;paid\r\nada@a.example;\"Ada\";2026-11-01;3;TRUE\r\n",
            2,
        ),
        (
            "l.tsv",
            "paid\tseats\tleft-on\tname\temail\ntrue\t3\t2026-11-01\tAda\tada@a.example\n",
            2,
        ),
        (
            "l.csv",
            "\"email\"|\"name\"|\"left_on\"|\"seats\"|\"paid\"\nada@a.example|Ada|2026-11-01|3|Yes\n",
            2,
        ),
        (
            "l.json",
            r#"[{"email":"Ada@a.example","name":"Ada","left_on":"2026-11-01","seats":3,"paid":true}]"#,
            1,
        ),
        (
            "l.jsonl",
            "\n{\"email\":\"ada@a.example\",\"name\":\"Ada\",\"left_on\":\"2026-11-01\",\"seats\":3,\"paid\":true}\n",
            2,
        ),
        (
            "l.yaml",
            "- { email: ada@a.example, name: Ada, left_on: 2026-11-01, seats: 3, paid: true }\n",
            1,
        ),
    ] {
        assert_eq!(
            good(name, text),
            [format!("{ADA},\"_\":[{row}]}}")],
            "{text}"
        );
    }
}

#[test]
fn cells_in_quotes_may_hold_separators_quotes_and_line_breaks() {
    let text = "email,name\na@a.example,\"Holm, \"\"Ada\"\"\nthe first\"\n";
    assert_eq!(
        good("l.csv", text),
        [r#"{"id":"a@a.example","email":"a@a.example","name":"Holm, \"Ada\"\nthe first","_":[2]}"#]
    );
}

#[test]
fn an_empty_cell_is_known_to_be_none_and_a_missing_column_is_absent() {
    assert_eq!(
        good("l.csv", "email,left_on\na@a.example,\n"),
        [r#"{"id":"a@a.example","email":"a@a.example","left_on":null,"_":[2]}"#]
    );
    assert_eq!(
        good("l.json", r#"[{"email":"a@a.example","left_on":null}]"#),
        [r#"{"id":"a@a.example","email":"a@a.example","left_on":null,"_":[1]}"#]
    );
}

#[test]
fn a_declaration_may_say_otherwise() {
    let with = |omission| {
        let fields = vec![
            InputField {
                name: "email".to_owned(),
                kind: FieldType::Email,
                omission: None,
            },
            InputField {
                name: "left_on".to_owned(),
                kind: FieldType::Date,
                omission: Some(omission),
            },
        ];
        let place = SourceFile::new("t", "").place(Span::new(0, 0));
        InputSchema::new("leavers", Some("email".to_owned()), fields, place)
    };
    let check = |omission, text: &str, expected: &str| {
        let list = read_with(with(omission), "l.csv", text.as_bytes()).expect("a good list");
        let line =
            format!("{{\"id\":\"a@a.example\",\"email\":\"a@a.example\"{expected},\"_\":[2]}}");
        assert_eq!(lines(&list), [line]);
    };
    check(Omission::Unknown, "email,left_on\na@a.example,\n", "");
    check(Omission::None, "email\na@a.example\n", ",\"left_on\":null");
}

#[test]
fn a_cell_of_another_type_is_left_out_and_listed_and_never_guessed() {
    let text = "email,left_on,seats,paid\n\
                a@a.example,01.02.2026,many,perhaps\n\
                b@a.example,2026-13-01,1.5,1\n\
                c@a.example,2026-02-01,7,no\n";
    let list = read("l.csv", text.as_bytes()).expect("a good list");
    assert_eq!(
        lines(&list),
        [
            r#"{"id":"a@a.example","email":"a@a.example","_":[2]}"#,
            r#"{"id":"b@a.example","email":"b@a.example","_":[3]}"#,
            r#"{"id":"c@a.example","email":"c@a.example","left_on":"2026-02-01","seats":7,"paid":false,"_":[4]}"#,
        ]
    );
    let misfits: Vec<(&str, u64, Vec<&str>)> = list
        .statement()
        .misfits
        .iter()
        .map(|misfit| {
            assert_eq!(misfit.kind, MisfitKind::WrongType);
            let values = misfit.values.iter().map(String::as_str).collect();
            (misfit.field.as_str(), misfit.records, values)
        })
        .collect();
    assert_eq!(
        misfits,
        [
            ("left_on", 2, vec!["01.02.2026", "2026-13-01"]),
            ("paid", 2, vec!["perhaps", "1"]),
            ("seats", 2, vec!["many", "1.5"]),
        ]
    );
}

#[test]
fn a_cell_that_holds_more_than_one_address_is_no_address() {
    for cell in [
        "a@a.example;b@a.example",
        "\"a@a.example,b@a.example\"",
        "Ada <a@a.example>",
        "mailto:a@a.example",
        "a@a@example",
        "@a.example",
        "a@",
        "\u{200b}a@a.example",
        "a@a.exa\u{ad}mple",
    ] {
        let text = format!("email,name,left_on,seats,paid\n{cell},Ada,,,\n");
        let list = read("l.csv", text.as_bytes()).expect("a good list");
        let fields: Vec<&str> = list
            .statement()
            .misfits
            .iter()
            .map(|misfit| misfit.field.as_str())
            .collect();
        assert_eq!(fields, ["email"], "{cell}");
    }
    let good = good(
        "l.csv",
        "email,name,left_on,seats,paid\n O'Neil+x@a.example\u{a0},,,,\n",
    );
    assert!(good[0].contains("\"o'neil+x@a.example\""), "{good:?}");
}

#[test]
fn rows_with_one_id_are_records_of_their_own_and_reported() {
    let text =
        "email,name\na@a.example,One\nA@a.example,Two\n,Three\nno address,Four\nb@a.example,Five\n";
    let list = read("l.csv", text.as_bytes()).expect("a good list");
    let ids: Vec<String> = lines(&list)
        .iter()
        .map(|line| {
            let record: serde_json::Value = serde_json::from_str(line).expect("JSON");
            record["id"].as_str().expect("a text").to_owned()
        })
        .collect();
    assert_eq!(
        ids,
        [
            "a@a.example",
            "a@a.example (row 3)",
            "row 4",
            "row 5",
            "b@a.example"
        ]
    );
    let statement = list.statement();
    assert_eq!(statement.rows, 5);
    assert_eq!((statement.duplicates, statement.without_id), (1, 2));
    assert_eq!(statement.duplicate_ids, ["a@a.example"]);
}

#[test]
fn columns_that_lack_or_that_nothing_reads_are_stated() {
    let list = read("l.csv", b"email,cost centre\na@a.example,7\n").expect("a good list");
    let statement = list.statement();
    assert_eq!(
        statement.missing_columns,
        ["name", "left_on", "seats", "paid"]
    );
    assert_eq!(statement.unread_columns, ["cost_centre"]);
    let expected = crate::value::sha256_hex(b"email,cost centre\na@a.example,7\n");
    assert_eq!(statement.sha256, expected);
    assert_eq!(statement.file, "l.csv");
}

#[test]
fn a_file_that_is_not_what_it_seems_is_refused_whole() {
    let cases: [(&str, &[u8], &str); 11] = [
        (
            "l.txt",
            b"a",
            "what form the list `l.txt` has cannot be told from its name",
        ),
        (
            "l.csv",
            b"email,name\na@a.example\n",
            "the list `l.csv` does not read as CSV: the row that starts in line 2 has 1 cells, and there are 2 headers; a quote without its end, or a separator inside a cell without quotes?",
        ),
        (
            "l.csv",
            b"email,Email\na,b\n",
            "the list `l.csv` does not read as CSV: two columns are called `email`",
        ),
        (
            "l.csv",
            b"\xff\xfee\0",
            "the list `l.csv` does not read as CSV: it is written in UTF-16",
        ),
        (
            "l.json",
            b"{\"email\":1}",
            "the list `l.json` does not read as JSON: invalid type: map, expected an array of objects at line 1 column 1",
        ),
        (
            "l.json",
            b"[{\"email\":1}] x",
            "the list `l.json` does not read as JSON: trailing characters at line 1 column 15",
        ),
        (
            "l.jsonl",
            b"{}\n[1]\n",
            "the list `l.jsonl` does not read as JSONL: row 2: invalid type: sequence, expected an object at line 1 column 0",
        ),
        (
            "l.json",
            b"[{\"email\":\"a@a.example\",\"email\":\"b@b.example\"}]",
            "the list `l.json` does not read as JSON: an object names `email` twice at line 1 column 46",
        ),
        (
            "l.jsonl",
            b"{} {}\n",
            "the list `l.jsonl` does not read as JSONL: row 1: trailing characters at line 1 column 4",
        ),
        (
            "l.yaml",
            b"- a\n",
            "the list `l.yaml` does not read as YAML: row 1 is text, not a map",
        ),
        (
            "l.yaml",
            b"- { a: 1, a: 2 }\n",
            "the list `l.yaml` does not read as YAML: line 1: the key `a` stands twice in one map",
        ),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(refused(name, bytes), expected);
    }
    let error = read("l.csv", b"email\n\xff\n").expect_err("not UTF-8");
    assert!(error.to_string().contains("UTF-8"), "{error}");
}

#[test]
fn one_row_never_takes_the_memory_of_a_file() {
    // A quote without its end, a header without one, an object without one.
    let large = "x".repeat(3 << 20);
    for (name, text) in [
        ("l.csv", format!("email\n\"{large}")),
        ("l.csv", large.clone()),
        ("l.json", format!("[{{\"email\":\"{large}\"}}]")),
        ("l.jsonl", format!("{{\"email\":\"{large}\"}}")),
    ] {
        let told = refused(name, text.as_bytes());
        let limit = "goes beyond the limit of 1048576 bytes a row";
        assert!(told.contains(limit), "{name}: {told}");
    }
}

#[test]
fn a_first_line_that_names_the_separator_is_no_line_of_headers() {
    let text = "sep=|\r\nemail|left_on\r\na@a.example|2026-01-31\r\n";
    assert_eq!(
        good("l.csv", text),
        [r#"{"id":"a@a.example","email":"a@a.example","left_on":"2026-01-31","_":[2]}"#]
    );
}

#[test]
fn columns_that_nobody_declared_are_told_from_the_list() {
    let folder = tempfile::tempdir().expect("a folder");
    let infer = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        let schema = infer_schema("l", &path).expect("a good list");
        let fields = schema.fields().iter();
        let fields: Vec<String> = fields
            .map(|field| format!("{}: {}", field.name, field.kind))
            .collect();
        fields.join(", ")
    };
    assert_eq!(
        infer("l.csv", "E-mail;Seats\na;1\n"),
        "id: id, e_mail: text, seats: text"
    );
    assert_eq!(
        infer(
            "l.json",
            r#"[{"a":1,"b":true,"c":null},{"a":2,"b":"x","c":7,"id":"z"}]"#
        ),
        "id: id, a: integer, b: text, c: integer"
    );
}

#[test]
fn a_list_of_many_rows_is_kept_in_frames_that_are_small() {
    let mut text = String::from("email,name\n");
    for number in 0..120_000 {
        text.push_str(&format!("person.{number}@a.example,Person {number}\n"));
    }
    let list = read("l.csv", text.as_bytes()).expect("a good list");
    assert_eq!(list.statement().rows, 120_000);
    assert!(list.frames.len() > 1);
    let kept: usize = list.frames.iter().map(Vec::len).sum();
    assert!(kept * 3 < text.len(), "{kept} of {}", text.len());
}

#[test]
fn the_age_of_a_list_counts_in_whole_days() {
    let list = read("l.csv", b"email\nada@corp.example\n").expect("a good list");
    let at = |extracted_on: Option<&str>, max_age_days, as_of: &str| {
        let statement = InputStatement {
            extracted_on: extracted_on.map(|day| day.parse().expect("a day")),
            max_age_days,
            ..list.statement().clone()
        };
        statement.completeness(as_of.parse().expect("a time"))
    };
    let night = "2026-11-20T23:59:59Z";
    assert_eq!(at(None, None, night), Completeness::Whole);
    assert_eq!(at(Some("2020-01-01"), None, night), Completeness::Whole);
    assert_eq!(at(Some("2026-10-16"), Some(35), night), Completeness::Whole);
    assert_eq!(
        at(Some("2026-10-16"), Some(35), "2026-11-21T00:00:00Z").to_string(),
        "stale: extracted on 2026-10-16, 36 days before the test, and it counts for 35 days"
    );
    assert_eq!(
        at(None, Some(35), night).to_string(),
        "stale: the day of its extract is not stated, and it counts for 35 days only"
    );
    // A day counts from when it has begun somewhere: on Kiritimati, 14 hours before UTC.
    assert_eq!(at(Some("2026-11-21"), Some(35), night), Completeness::Whole);
    let begun = "2026-11-20T10:00:00Z";
    assert_eq!(at(Some("2026-11-21"), Some(35), begun), Completeness::Whole);
    assert_eq!(
        at(Some("2026-11-21"), Some(35), "2026-11-20T09:59:59Z").to_string(),
        "stale: extracted on 2026-11-21, after the point in time of the test"
    );
    assert_eq!(
        at(Some("2026-11-22"), None, night).to_string(),
        "stale: extracted on 2026-11-22, after the point in time of the test"
    );
}

#[test]
fn a_file_without_rows_and_columns_is_no_whole_list() {
    let as_of = "2026-11-20T00:00:00Z".parse().expect("a time");
    let whole = |text: &str| {
        let list = read("l.csv", text.as_bytes()).expect("a good list");
        let columns = list.statement().missing_columns.len();
        (list.statement().completeness(as_of).is_whole(), columns)
    };
    let header: Vec<String> = schema()
        .fields()
        .iter()
        .map(|field| field.name.clone())
        .collect();
    let (is_whole, missing) = whole(&format!("{}\n", header.join(",")));
    assert!(
        is_whole,
        "an empty list with its header is one; {missing} columns are missing"
    );
    assert!(!whole("").0, "a file that broke");
    for (name, text, is_list) in [
        ("l.jsonl", "", false),
        ("l.jsonl", " \n\n", false),
        ("l.jsonl", "{\"email\":null}\n", true),
        ("l.json", "[]", true),
        ("l.yaml", "[]", true),
    ] {
        let list = read(name, text.as_bytes()).expect("a good list");
        let completeness = list.statement().completeness(as_of);
        assert_eq!(completeness.is_whole(), is_list, "{name}: {text:?}");
    }
    assert!(!whole("wrong,header\n").0, "another file");
}

#[test]
fn a_list_that_is_stated_to_be_a_part_is_cut() {
    let list = read("l.csv", b"email\n").expect("a good list");
    let partial = InputStatement {
        is_whole: false,
        ..list.statement().clone()
    };
    let as_of = "2026-11-20T00:00:00Z".parse().expect("a time");
    assert!(matches!(
        partial.completeness(as_of),
        Completeness::Cut {
            reason: CutReason::StatedPartial,
            ..
        }
    ));
}

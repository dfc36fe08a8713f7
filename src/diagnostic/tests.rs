use proptest::prelude::*;

use super::yaml::{self, Kind, Node};
use super::*;

fn read(text: &str) -> Result<Node, Problem> {
    yaml::read(&SourceFile::new("t.yaml", text))
}

fn node(text: &str) -> Node {
    read(text).expect("the YAML is well formed")
}

fn refused(text: &str) -> Problem {
    read(text).expect_err("the YAML is refused")
}

/// The text that a place underlines.
fn at(place: Place) -> String {
    place.file.slice(place.span).to_owned()
}

/// What is underlined for `part` of the text under the key `k` of `yaml`.
fn underlined(yaml: &str, part: &str) -> String {
    let node = node(yaml);
    let value = node.get("k").expect("the key is there");
    let Kind::Text(text) = &value.kind else {
        panic!("{value:?} is no text");
    };
    let start = text.find(part).expect("the text has the part");
    at(value.place_within(start..start + part.len()))
}

#[test]
fn every_key_and_value_knows_its_bytes_also_after_non_ascii_text() {
    let tree = node("ü: \"é\"\nlist: [x, {k: v}]\nmap:\n  deep: 'y z'\n# end\n");
    let list = tree.get("list").expect("the key is there");
    assert_eq!(at(list.place()), "[x, {k: v}]");
    let map = tree.get("map").expect("the key is there");
    assert_eq!(at(map.place()), "deep: 'y z'");
    let entry = &map.entries().expect("it is a map")[0];
    assert_eq!(at(entry.key_place()), "deep");
    assert_eq!(at(entry.value.place()), "'y z'");
    assert_eq!(map.file.line(map.span.start), 4);
}

#[test]
fn a_part_of_a_text_is_underlined_however_the_text_is_written() {
    assert_eq!(underlined("k: $.ü[?@.abc == 1]\n", "@.abc"), "@.abc");
    assert_eq!(underlined("k: '$[?@.n == ''x'']'\n", "'x'"), "''x''");
    assert_eq!(underlined("k: \"a\\u00fc\\tb\\\"cd\"\n", "cd"), "cd");
    assert_eq!(underlined("k: \"a\\u00fcb\"\n", "ü"), "\\u00fc");
    assert_eq!(underlined("k: \"one \\\n    two\"\n", "two"), "two");
    assert_eq!(
        underlined("k: |\n  one\n    two\n  three\n", "three"),
        "three"
    );
    assert_eq!(underlined("k: >-\n  one\n  two three\n", "two"), "two");
    assert_eq!(underlined("k: |\n  \"quoted\" text\n", "text"), "text");
    assert_eq!(underlined("k: one\n  two\n", "one"), "one");
    assert_eq!(underlined("a: &x one two\nk: *x\n", "two"), "two");
}

#[test]
fn a_number_stays_text_where_text_is_wanted() {
    let tree = node("version: 1.10\nno: no\nnothing:\n");
    let text = |key| tree.get(key).expect("the key is there").as_text();
    assert_eq!(text("version"), Some("1.10"));
    assert_eq!(text("no"), Some("no"));
    assert_eq!(text("nothing"), None);
}

#[test]
fn hazards_of_yaml_are_refused_where_they_stand() {
    let cases = [
        ("a: 1\nb: 2\na: 3\n", "yaml::duplicate_key", "a"),
        ("a: {b: 1, b: 2}\n", "yaml::duplicate_key", "b"),
        ("1: x\n\"1\": y\n", "yaml::duplicate_key", "\"1\""),
        ("x: &x {a: 1}\ny: {<<: *x}\n", "yaml::merge_key", "<<"),
        ("a: 1\n---\nb: 2\n", "yaml::several_documents", "b"),
        ("a: !secret x\n", "yaml::tag", "x"),
        ("a: *nobody\n", "yaml::syntax", "*nobody"),
        ("a: [1, 2\nb: 3\n", "yaml::syntax", ":"),
        ("a: b: c\n", "yaml::syntax", ":"),
        ("é: [}\n", "yaml::syntax", "["),
        ("a: .inf\n", "yaml::syntax", ".inf"),
    ];
    for (text, code, underlined) in cases {
        let problem = refused(text);
        assert_eq!(
            (problem.code, problem.underlined()),
            (code, underlined),
            "{text:?}"
        );
    }
}

#[test]
fn both_places_of_a_key_that_stands_twice_are_shown() {
    let problem = refused("m:\n  key: 1\n  other: 2\n  key: 3\n");
    let lines: Vec<u32> = problem
        .labels
        .iter()
        .map(|label| label.place.file.line(label.place.span.start))
        .collect();
    assert_eq!(lines, [4, 2]);
}

#[test]
fn bombs_are_refused_by_named_limits() {
    let levels = yaml::DEPTH_MAX + 1;
    let nested = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(refused(&nested).code, "yaml::too_much");
    let many = "- x\n".repeat(yaml::NODE_COUNT_MAX);
    assert_eq!(refused(&many).code, "yaml::too_much");
    let aliases = format!("- &a x\n{}", "- *a\n".repeat(yaml::ALIAS_COUNT_MAX + 1));
    assert_eq!(refused(&aliases).code, "yaml::too_much");
    let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..9 {
        let before = vec![format!("*a{}", level - 1); 9].join(",");
        bomb.push_str(&format!("a{level}: &a{level} [{before}]\n"));
    }
    assert_eq!(refused(&bomb).code, "yaml::too_much");
    let large = format!("a: {}", "x".repeat(yaml::FILE_BYTES_MAX));
    assert_eq!(refused(&large).code, "yaml::too_large");
}

#[test]
fn problems_are_shown_whole_and_in_order_of_file_and_position() {
    let a = SourceFile::new("a.yaml", "first: é wrong\nthird: x\n");
    let b = SourceFile::new("b.yaml", "second: y\n");
    let mut problems = Problems::none();
    problems.push(Problem::new(
        "t::b",
        "in b",
        b.place(Span::new(0, 6)),
        "here",
    ));
    problems.push(Problem::new(
        "t::late",
        "late in a",
        a.place(Span::new(16, 21)),
        "",
    ));
    problems.push(
        Problem::new(
            "t::early",
            "early in a",
            a.place(Span::new(10, 15)),
            "this disagrees",
        )
        .and_at(a.place(Span::new(16, 21)), "with this")
        .and_at(b.place(Span::new(8, 9)), "and with this")
        .help("choose"),
    );
    insta::assert_snapshot!(problems.render(Look::Plain));
    assert!(problems.render(Look::Terminal).contains("\u{1b}["));
}

#[test]
fn a_very_long_line_is_told_by_its_place_and_shown_in_part() {
    let long = "é".repeat(4_000);
    let file = SourceFile::new("t.yaml", format!("a: b\nkey: {long}\nc: d\n"));
    let start = "a: b\nkey: ".len();
    let place = file.place(Span::new(start, start + long.len()));
    let problem = Problem::new("test::long", format!("`{long}` is no word"), place, "here");
    let shown = Problems::from(problem).render(Look::Plain);
    assert!(shown.contains("[t.yaml:2:6]"), "{shown}");
    assert!(
        shown.contains("…") && shown.contains("` is no word"),
        "{shown}"
    );
    assert!(shown.contains("2 | key: é"), "{shown}");
    assert!(shown.chars().count() < 2_000, "{shown}");
}

#[test]
fn what_the_parser_finds_is_told_in_words_of_an_author_with_help() {
    for (text, told) in [
        ("a: @home\n", "a text cannot begin with this sign"),
        ("a: %b\n", "a text cannot begin with this sign"),
        ("a: b\0\n", "a control character stands in the file"),
        ("a: b\nkey value\nc: d\n", "a key has no `:` behind it"),
        (
            "a: !!int b\n",
            "the tag asks for a number, and this is none",
        ),
    ] {
        let problem = refused(text);
        assert_eq!(problem.message, told, "{text:?}");
        assert!(problem.help.is_some(), "{text:?}");
    }
}

#[test]
fn a_slip_of_the_pen_finds_the_word_that_was_meant() {
    let known = ["account_status", "account_type", "email"];
    assert_eq!(nearest("acount_status", known), Some("account_status"));
    assert_eq!(nearest("emial", known), Some("email"));
    assert_eq!(nearest("weather", known), None);
    assert_eq!(
        did_you_mean("weather", known),
        "known: `account_status`, `account_type`, `email`"
    );
}

proptest! {
    #[test]
    fn reading_any_text_never_panics_and_every_span_lies_in_it(
        text in "[ -~\\n\u{e9}\u{1f511}]{0,60}|([a-c]: [\\[\\]{}&*!|>'\",\u{e9}a-c ]{0,8}\n){0,6}"
    ) {
        match read(&text) {
            Ok(node) => check_spans(&node),
            Err(problem) => {
                let _ = Problems::from(problem).render(Look::Plain);
            }
        }
    }
}

fn check_spans(node: &Node) {
    assert!(node.file.text().get(node.span.range()).is_some());
    match &node.kind {
        Kind::Text(text) => {
            for (start, character) in text.char_indices() {
                let place = node.place_within(start..start + character.len_utf8());
                assert!(node.file.text().get(place.span.range()).is_some());
            }
        }
        Kind::List(elements) => elements.iter().for_each(check_spans),
        Kind::Map(entries) => {
            for entry in entries {
                assert!(node.file.text().get(entry.key_span.range()).is_some());
                check_spans(&entry.value);
            }
        }
        _ => {}
    }
}

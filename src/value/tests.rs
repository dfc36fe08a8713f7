use std::cmp::Ordering;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// Any JSON value that serde_json can write and read back, some levels deep, with few names so that
/// they meet each other.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..4).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-40_i32..40).prop_map(|quarters| Value::from(f64::from(quarters) / 4.0)),
        prop_oneof![Just("a"), Just("b"), Just(""), Just("é\"\\\n")].prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(any_name(), inner, 0..5)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop_oneof![Just("a"), Just("b"), Just("c"), Just("d")].prop_map(String::from),
        1 => prop_oneof![Just(""), Just("a b"), Just("\""), Just("ü\\\t")].prop_map(String::from),
        1 => ".{0,4}".prop_map(String::from),
    ]
}

/// Looks at everything there is to see, and builds the tree from it.
fn seen<'a, J: Json<'a>>(value: J) -> Value {
    match value.kind() {
        Kind::Null => Value::Null,
        Kind::Boolean => value.as_bool().map_or(Value::Null, Value::from),
        Kind::Number => match value.as_number() {
            Some(Number::Integer(whole)) => Value::from(whole),
            Some(Number::Float(float)) => Value::from(float),
            None => Value::Null,
        },
        Kind::Text => value.as_text().map_or(Value::Null, Value::from),
        Kind::Array => value.elements().map(seen).collect(),
        Kind::Object => value
            .members()
            .map(|(name, member)| (name.into_owned(), seen(member)))
            .collect(),
    }
}

fn scanned(order: &[&str], wanted: &[&str], line: &str) -> Option<Value> {
    let projection = Projection::new(order.iter().copied(), wanted.iter().copied());
    let mut slots = Vec::new();
    projection.scan(line, &mut slots).map(seen)
}

#[test]
fn truth_tables_are_those_of_strong_three_valued_logic() {
    use Truth::{False, True, Unknown};
    for (a, b, and, or) in [
        (True, True, True, True),
        (True, False, False, True),
        (True, Unknown, Unknown, True),
        (False, False, False, False),
        (False, Unknown, False, Unknown),
        (Unknown, Unknown, Unknown, Unknown),
    ] {
        assert_eq!((a.and(b), b.and(a)), (and, and), "{a:?} and {b:?}");
        assert_eq!((a.or(b), b.or(a)), (or, or), "{a:?} or {b:?}");
        assert_eq!(Truth::all([a, b]), and);
        assert_eq!(Truth::any([a, b]), or);
    }
    assert_eq!(
        [True, False, Unknown].map(Truth::not),
        [False, True, Unknown]
    );
    assert_eq!(Truth::all([]), True);
    assert_eq!(Truth::any([]), False);
    assert_eq!(Truth::from(true), True);
    assert_eq!(Truth::from(false), False);
}

#[test]
fn numbers_compare_by_value_without_rounding() {
    let two_to_53 = 9_007_199_254_740_992_i64;
    for (a, b, order) in [
        (Number::Integer(1), Number::Float(1.0), Ordering::Equal),
        (Number::Integer(1), Number::Float(1.5), Ordering::Less),
        (Number::Integer(-1), Number::Float(-1.5), Ordering::Greater),
        (Number::Integer(-2), Number::Float(-1.5), Ordering::Less),
        (Number::Integer(0), Number::Float(-0.0), Ordering::Equal),
        (
            Number::Integer(two_to_53 + 1),
            Number::Float(two_to_53 as f64),
            Ordering::Greater,
        ),
        (
            Number::Integer(i64::MAX),
            Number::Float(1e300),
            Ordering::Less,
        ),
        (
            Number::Integer(i64::MIN),
            Number::Float(-1e300),
            Ordering::Greater,
        ),
        (
            Number::Integer(i64::MAX),
            Number::Float(i64::MAX as f64),
            Ordering::Less,
        ),
        (Number::Float(0.5), Number::Float(0.25), Ordering::Greater),
    ] {
        assert_eq!(a.compare(b), Some(order), "{a:?} {b:?}");
        assert_eq!(b.compare(a), Some(order.reverse()), "{b:?} {a:?}");
    }
    assert_eq!(Number::Integer(0).compare(Number::Float(f64::NAN)), None);
}

#[test]
fn absent_and_null_are_two_things() {
    let tree = json!({"a": null});
    let text = tree.to_string();
    assert_eq!((&tree).member("a").map(Json::kind), Some(Kind::Null));
    assert!((&tree).member("b").is_none());
    let raw = Raw::of_canonical(&text);
    assert_eq!(raw.member("a").map(Json::kind), Some(Kind::Null));
    assert!(raw.member("b").is_none());
    let projection = Projection::new(["a", "b"], ["a", "b"]);
    let mut slots = Vec::new();
    let record = projection.scan(&text, &mut slots).expect("an object");
    assert_eq!(record.member("a").map(Json::kind), Some(Kind::Null));
    assert!(record.member("b").is_none());
}

#[test]
fn text_without_escapes_is_borrowed() {
    let raw = Raw::of_canonical(r#"["plain é","a\"b\\\u0001"]"#);
    let texts: Vec<_> = raw.elements().filter_map(Json::as_text).collect();
    assert!(matches!(texts[0], Cow::Borrowed("plain é")));
    assert!(matches!(&texts[1], Cow::Owned(text) if text == "a\"b\\\u{1}"));
}

#[test]
fn a_name_is_found_in_its_escaped_form_and_not_in_its_look_alike() {
    let raw = Raw::of_canonical(r#"{"a\"b":1,"a\\":2,"a\\\"b":3,"a":{"x":4},"x":5}"#);
    let number = |name| raw.member(name).map(Raw::text);
    assert_eq!(number("a\"b"), Some("1"));
    assert_eq!(number("a\\"), Some("2"));
    assert_eq!(number("a\\\"b"), Some("3"));
    assert_eq!(number("x"), Some("5"));
    assert_eq!(number(r#"a\"b"#), Some("3"));
    assert_eq!(number(r"a\\"), None);
}

#[test]
fn a_record_has_the_projected_fields_only() {
    let order = ["id", "name", "active", "roles", "note"];
    let line = r#"{"id":"1","name":"N, {\"id\":2}","active":true,"roles":[{"id":9}],"note":null}"#;
    let check = |wanted: &[&str], expected: Value| {
        assert_eq!(scanned(&order, wanted, line), Some(expected), "{wanted:?}");
    };
    check(&[], json!({}));
    check(&["id"], json!({"id": "1"}));
    check(&["note", "active"], json!({"active": true, "note": null}));
    check(&["roles"], json!({"roles": [{"id": 9}]}));
    check(&["elsewhere"], json!({}));
}

#[test]
fn absent_fields_and_fields_the_dataset_does_not_have_are_stepped_over() {
    let order = ["id", "name", "active", "roles", "note"];
    let line = r#"{"id":"1","new":{"name":"x"},"roles":[],"_":[0,17]}"#;
    assert_eq!(
        scanned(&order, &["name", "roles", "note"], line),
        Some(json!({"roles": []}))
    );
    assert_eq!(scanned(&order, &["name"], "{}"), Some(json!({})));
}

#[test]
fn the_scan_ends_with_the_last_wanted_field() {
    // What stands behind it is not looked at, so even a broken rest goes unseen.
    let line = r#"{"id":"1","name":"N","active":oops"#;
    let order = ["id", "name", "active"];
    assert_eq!(scanned(&order, &["id"], line), Some(json!({"id": "1"})));
    assert_eq!(scanned(&order, &["active"], line), None);
    // "name" is absent, and "note" tells so.
    let order = ["id", "roles", "tags", "name", "note"];
    let line = r#"{"id":"1","note":true,oops"#;
    assert_eq!(scanned(&order, &["name"], line), Some(json!({})));
}

#[test]
fn a_field_whose_name_needs_escapes_is_found() {
    // A user's list may have any header.
    let line = json!({"a\"b": 1, "a\\\"b": 2, "ü": 3}).to_string();
    let projection = Projection::new(["a\"b", "a\\\"b", "ü"], ["a\"b", "ü"]);
    let mut slots = Vec::new();
    let record = projection.scan(&line, &mut slots).expect("an object");
    let number = |name| record.member(name).map(seen);
    assert_eq!(number("a\"b"), Some(json!(1)));
    assert_eq!(number("ü"), Some(json!(3)));
    assert_eq!(number("a\\\"b"), None);
}

#[test]
fn slots_are_reused_between_lines() {
    let projection = Projection::new(["a", "b"], ["a", "b"]);
    let mut slots = Vec::new();
    for (line, expected) in [
        (r#"{"a":1,"b":2}"#.to_owned(), Some(json!({"a": 1, "b": 2}))),
        (r#"{"b":3}"#.to_owned(), Some(json!({"b": 3}))),
        ("[]".to_owned(), None),
        ("{}".to_owned(), Some(json!({}))),
    ] {
        assert_eq!(projection.scan(&line, &mut slots).map(seen), expected);
    }
}

#[test]
fn text_nested_too_deep_is_absent() {
    let deep = |levels: usize| {
        format!(
            "{{\"a\":{}{},\"b\":1}}",
            "[".repeat(levels),
            "]".repeat(levels)
        )
    };
    let text = deep(NESTING_MAX);
    assert!(Raw::of_canonical(&text).member("a").is_some());
    let text = deep(NESTING_MAX + 1);
    assert!(Raw::of_canonical(&text).member("a").is_none());
    assert!(Raw::of_canonical(&text).member("b").is_none());
    assert_eq!(scanned(&["a", "b"], &["b"], &text), None);
}

#[test]
fn text_that_is_no_json_gives_nothing() {
    for text in [
        "",
        " ",
        "{",
        "[",
        "\"",
        "{\"",
        "{\"a",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "[1",
        "[,]",
        "{,}",
        "-inf",
        "-nan",
        "tru",
        "[tru]",
        "{\"a\":tru}",
        "]",
        "}",
        "\"\\",
        "\"\\\"",
        "[\"\\",
        "nul",
        "{1:2}",
    ] {
        let raw = Raw::of_canonical(text);
        assert_eq!(raw.as_bool(), None, "{text}");
        assert!(raw.as_number().is_none(), "{text}");
        assert!(raw.member("b").is_none(), "{text}");
        seen(raw);
        scanned(&["a", "b"], &["b"], text);
    }
}

proptest! {
    #[test]
    fn canonical_text_shows_what_the_tree_shows(tree in any_json()) {
        let text = tree.to_string();
        let raw = Raw::of_canonical(&text);
        prop_assert_eq!(seen(raw), seen(&tree));
        prop_assert_eq!(raw.to_value(), tree.clone());
        for text in ["a", "", "é\"\\\n"] {
            prop_assert_eq!(raw.is_text(text), tree == text);
        }
        for name in ["a", "b", "", "\"", "ü\\\t"] {
            prop_assert_eq!(raw.member(name).map(seen), (&tree).member(name).map(seen));
        }
    }

    #[test]
    fn a_scan_shows_exactly_the_wanted_members(
        members in prop::collection::vec(prop::option::weighted(0.7, any_json()), 12),
        wanted in prop::collection::vec(any::<bool>(), 12),
        tail in any::<bool>(),
    ) {
        let names: Vec<String> = (0..12).map(|n| format!("field_{n:x}_{}", "x".repeat(n % 4))).collect();
        let mut line = String::from("{");
        let mut expected = serde_json::Map::new();
        for ((name, member), wanted) in names.iter().zip(&members).zip(&wanted) {
            let Some(member) = member else { continue };
            if line.len() > 1 { line.push(','); }
            line.push_str(&format!("\"{name}\":{member}"));
            if *wanted { expected.insert(name.clone(), seen(member)); }
        }
        if tail {
            if line.len() > 1 { line.push(','); }
            line.push_str("\"_\":[1,2]");
        }
        line.push('}');
        let order: Vec<&str> = names.iter().map(String::as_str).collect();
        let wanted: Vec<&str> = order.iter().zip(&wanted).filter(|(_, w)| **w).map(|(n, _)| *n).collect();
        prop_assert_eq!(scanned(&order, &wanted, &line), Some(Value::Object(expected)));
    }

    #[test]
    fn nothing_panics_on_any_text(text in r#"[\[\]{}",:\\a-bu0-9tfn. é-]{0,40}"#) {
        seen(Raw::of_canonical(&text));
        Raw::of_canonical(&text).to_value();
        Raw::of_canonical(&text).member("a");
        scanned(&["a", "b", "_"], &["a", "_"], &text);
    }

    #[test]
    fn nothing_panics_on_canonical_text_cut_or_changed(
        tree in any_json(), at in any::<prop::sample::Index>(), with in ".{0,2}", cut in any::<bool>(),
    ) {
        let mut chars: Vec<char> = tree.to_string().chars().collect();
        let place = at.index(chars.len());
        if cut { chars.truncate(place); } else { chars.splice(place..=place, with.chars()); }
        let text: String = chars.into_iter().collect();
        seen(Raw::of_canonical(&text));
        Raw::of_canonical(&text).to_value();
        scanned(&["a", "b", "c"], &["a", "c"], &text);
    }
}

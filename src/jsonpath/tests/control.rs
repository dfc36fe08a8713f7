//! What selections, filters and relative paths tell of themselves.

use std::ops::Range;

use serde_json::{Value, json};

use crate::jsonpath::{Comparison, Filter, LiteralUse, PathStep, PathUse, RelativePath, Selection};
use crate::value::Truth;

fn selection(selector: &str) -> Selection {
    Selection::parse(selector).unwrap_or_else(|error| panic!("{selector}: {error:?}"))
}

/// `a.*.b` for the steps, with the text of the whole use and of each name checked in `text`.
fn shown(text: &str, used: &PathUse) -> (String, String) {
    let steps: Vec<&str> = used
        .steps
        .iter()
        .map(|step| match step {
            PathStep::Name { name, span } => {
                assert!(
                    text[span.clone()].trim_matches(['\'', '"']) == name,
                    "{used:?}"
                );
                name
            }
            PathStep::Elements => "*",
        })
        .collect();
    (steps.join("."), text[used.span.clone()].to_owned())
}

fn check_paths(text: &str, paths: &[PathUse], expected: &[(&str, &str)]) {
    let shown: Vec<(String, String)> = paths.iter().map(|used| shown(text, used)).collect();
    let expected: Vec<(String, String)> = expected
        .iter()
        .map(|(steps, text)| ((*steps).to_owned(), (*text).to_owned()))
        .collect();
    assert_eq!(shown, expected, "{text}");
}

fn check_literals(
    text: &str,
    literals: &[LiteralUse],
    expected: &[(&str, Comparison, Value, &str)],
) {
    let shown: Vec<(String, Comparison, Value, &str)> = literals
        .iter()
        .map(|used| {
            (
                shown(text, &used.path).0,
                used.comparison,
                used.value.clone(),
                &text[used.span.clone()],
            )
        })
        .collect();
    let expected: Vec<(String, Comparison, Value, &str)> = expected
        .iter()
        .map(|(steps, comparison, value, text)| {
            ((*steps).to_owned(), *comparison, value.clone(), *text)
        })
        .collect();
    assert_eq!(shown, expected, "{text}");
}

#[test]
fn a_selection_names_its_dataset() {
    for (selector, dataset, span, has_filter) in [
        ("$.accounts[*]", "accounts", 2..10, false),
        ("$.accounts.*", "accounts", 2..10, false),
        ("$['accounts'][ * ]", "accounts", 2..12, false),
        ("$ .accounts [?@.a]", "accounts", 3..11, true),
        ("$.inputs.leavers[*]", "inputs.leavers", 2..16, false),
        (
            "$.inputs['leavers'][?@.a == 1]",
            "inputs.leavers",
            2..18,
            true,
        ),
    ] {
        let selection = selection(selector);
        let span: Range<usize> = span;
        assert_eq!(
            (
                selection.dataset(),
                selection.dataset_span(),
                selection.filter().is_some()
            ),
            (dataset, span, has_filter),
            "{selector}"
        );
    }
}

#[test]
fn conjuncts_are_the_operands_of_and_at_the_top() {
    for (condition, expected) in [
        ("@.a", &["@.a"][..]),
        ("@.a == 1 && @.b && !@.c", &["@.a == 1", "@.b", "!@.c"]),
        ("@.a || @.b && @.c", &["@.a || @.b && @.c"]),
        ("(@.a || @.b) && @.c", &["(@.a || @.b)", "@.c"]),
        ("(@.a && @.b)", &["@.a", "@.b"]),
        (" ( ( @.a && (@.b && @.c) ) ) ", &["@.a", "(@.b && @.c)"]),
        ("!(@.a && @.b)", &["!(@.a && @.b)"]),
        (
            "@.x[?@.y && @.z] && match(@.a, '&&')",
            &["@.x[?@.y && @.z]", "match(@.a, '&&')"],
        ),
    ] {
        let selector = format!("$.accounts[?{condition}]");
        let selection = selection(&selector);
        let conjuncts = selection.filter().map_or(&[][..], Filter::conjuncts);
        let texts: Vec<&str> = conjuncts.iter().map(|conjunct| conjunct.text()).collect();
        assert_eq!(texts, expected, "{condition}");
        for conjunct in conjuncts {
            assert_eq!(&selector[conjunct.span()], conjunct.text());
        }
    }
}

#[test]
fn a_filter_lists_its_paths_and_literals_with_their_places() {
    let selector = "$.accounts[?@.status == 'active' && 3 < @['api token count'] && count(@.roles[?@ == \"admin\" \
                    || @.x.y != null].z) > 1 && @.list[0] == @.other && length(@.name) >= 2]";
    let selection = selection(selector);
    let filter = selection.filter().expect("there is a filter");
    check_paths(
        selector,
        filter.paths(),
        &[
            ("status", "@.status"),
            ("api token count", "@['api token count']"),
            ("roles.*.z", "@.roles[?@ == \"admin\" || @.x.y != null].z"),
            ("roles.*", "@"),
            ("roles.*.x.y", "@.x.y"),
            ("list.*", "@.list[0]"),
            ("other", "@.other"),
            ("name", "@.name"),
        ],
    );
    check_literals(
        selector,
        filter.literals(),
        &[
            ("status", Comparison::Equal, json!("active"), "'active'"),
            ("api token count", Comparison::Greater, json!(3), "3"),
            ("roles.*", Comparison::Equal, json!("admin"), "\"admin\""),
            ("roles.*.x.y", Comparison::NotEqual, json!(null), "null"),
        ],
    );
    let fields: Vec<&str> = filter.fields().into_iter().collect();
    assert_eq!(
        fields,
        [
            "api token count",
            "list",
            "name",
            "other",
            "roles",
            "status"
        ]
    );
}

#[test]
fn a_comparison_is_told_with_the_path_on_the_left() {
    let selector =
        "$.a[?1 < @.a && 1 <= @.b && 1 > @.c && 1 >= @.d && 1 == @.e && 1 != @.f && @.g < true]";
    let selection = selection(selector);
    let filter = selection.filter().expect("there is a filter");
    let comparisons: Vec<Comparison> = filter
        .literals()
        .iter()
        .map(|used| used.comparison)
        .collect();
    assert_eq!(
        comparisons,
        [
            Comparison::Greater,
            Comparison::AtLeast,
            Comparison::Less,
            Comparison::AtMost,
            Comparison::Equal,
            Comparison::NotEqual,
            Comparison::Less,
        ]
    );
}

#[test]
fn a_relative_path_tells_its_shape_its_fields_and_its_places() {
    for (path, is_single, fields, paths) in [
        (
            "last_active_at",
            true,
            &["last_active_at"][..],
            &[("last_active_at", "last_active_at")][..],
        ),
        ("a.b[0]", true, &["a"], &[("a.b.*", "a.b[0]")]),
        ("['a'].b", true, &["a"], &[("a.b", "['a'].b")]),
        (
            "product_access[*].key",
            false,
            &["product_access"],
            &[("product_access.*.key", "product_access[*].key")],
        ),
        ("a[0:1]", false, &["a"], &[("a.*", "a[0:1]")]),
        (
            "resources[?@.status == 'applied'].id",
            false,
            &["resources"],
            &[
                ("resources.*.id", "resources[?@.status == 'applied'].id"),
                ("resources.*.status", "@.status"),
            ],
        ),
    ] {
        let relative =
            RelativePath::parse(path).unwrap_or_else(|error| panic!("{path}: {error:?}"));
        assert_eq!(relative.is_single(), is_single, "{path}");
        assert_eq!(
            relative.fields().into_iter().collect::<Vec<_>>(),
            fields,
            "{path}"
        );
        check_paths(path, relative.paths(), paths);
    }
    let path = "resources[?@.status == 'applied'].id";
    let relative = RelativePath::parse(path).expect("a path");
    check_literals(
        path,
        relative.literals(),
        &[(
            "resources.*.status",
            Comparison::Equal,
            json!("applied"),
            "'applied'",
        )],
    );
}

#[test]
fn a_relative_path_gives_values_in_the_order_of_the_record() {
    let record = json!({"resources": [
        {"id": 1, "status": "applied"}, {"id": 2, "status": "no"}, {"id": 3, "status": "applied"},
    ]});
    let path = RelativePath::parse("resources[?@.status == 'applied'].id").expect("a path");
    let nodes = path.eval(&record);
    assert_eq!(nodes.values().collect::<Vec<_>>(), [&json!(1), &json!(3)]);
    assert_eq!(
        (nodes.len(), nodes.is_empty(), nodes.is_complete()),
        (2, false, true)
    );
    assert_eq!(nodes.first(), Some(&json!(1)));
}

#[test]
fn a_condition_may_use_a_pattern_of_the_record() {
    let selection = selection("$.rows[?match(@.text, @.pattern)]");
    let filter = selection.filter().expect("there is a filter");
    assert_eq!(
        filter.truth(&json!({"text": "ab", "pattern": "a."})),
        Truth::True
    );
    assert_eq!(
        filter.truth(&json!({"text": "ab", "pattern": "("})),
        Truth::False
    );
}

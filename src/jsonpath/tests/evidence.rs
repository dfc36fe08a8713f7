//! Evidence mode: the table of `evaluate`, row by row, and what follows from it.

use serde_json::{Value, json};

use crate::jsonpath::{Filter, RelativePath, Selection, Verdict};
use crate::value::Truth::{self, False, True, Unknown};

fn filter(condition: &str) -> Filter {
    let selector = format!("$.records[?{condition}]");
    Selection::parse(&selector)
        .unwrap_or_else(|error| panic!("{selector}: {error:?}"))
        .filter()
        .expect("there is a filter")
        .clone()
}

fn check(condition: &str, record: Value, expected: Truth) {
    assert_eq!(
        filter(condition).truth(&record),
        expected,
        "{condition} on {record}"
    );
}

/// The path gives these values, and says whether they are all.
fn check_path(path: &str, record: Value, expected: &[Value], is_complete: bool) {
    let path = RelativePath::parse(path).unwrap_or_else(|error| panic!("{path}: {error:?}"));
    let nodes = path.eval(&record);
    let values: Vec<Value> = nodes.values().cloned().collect();
    assert_eq!(
        (&values[..], nodes.is_complete()),
        (expected, is_complete),
        "{path:?} on {record}"
    );
}

#[test]
fn a_name_is_unknown_where_the_member_is_absent_and_none_where_its_holder_is_null() {
    check_path("a", json!({"a": 1}), &[json!(1)], true);
    check_path("a", json!({"a": null}), &[json!(null)], true);
    check_path("a", json!({}), &[], false);
    check_path("a.b", json!({"a": {"b": 1}}), &[json!(1)], true);
    check_path("a.b", json!({"a": {}}), &[], false);
    check_path("a.b", json!({"a": null}), &[], true);
    check_path("a.b", json!({"a": "text"}), &[], false);
    check_path("a.b", json!({"a": []}), &[], false);
    check_path("a.b", json!({}), &[], false);
    check_path("['a'].b", json!({"a": {"b": 2}}), &[json!(2)], true);
}

#[test]
fn an_index_out_of_range_is_known_to_be_none() {
    check_path("a[0]", json!({"a": [1]}), &[json!(1)], true);
    check_path("a[-1]", json!({"a": [1, 2]}), &[json!(2)], true);
    check_path("a[1]", json!({"a": [1]}), &[], true);
    check_path("a[-2]", json!({"a": [1]}), &[], true);
    check_path("a[0]", json!({"a": null}), &[], true);
    check_path("a[0]", json!({"a": {}}), &[], false);
    check_path("a[0]", json!({"a": 1}), &[], false);
    check_path("a[0]", json!({}), &[], false);
}

#[test]
fn wildcards_slices_and_filters_see_all_of_a_list() {
    for selector in ["[*]", "[:]", "[?@ > 0]"] {
        let path = format!("a{selector}");
        check_path(&path, json!({"a": [1, 2]}), &[json!(1), json!(2)], true);
        check_path(&path, json!({"a": []}), &[], true);
        check_path(&path, json!({"a": null}), &[], true);
        check_path(&path, json!({"a": 1}), &[], false);
        check_path(&path, json!({"a": "text"}), &[], false);
        check_path(&path, json!({}), &[], false);
    }
    check_path("a.*", json!({"a": {"x": 1}}), &[json!(1)], true);
    check_path("a[?@ > 0]", json!({"a": {"x": 1}}), &[json!(1)], true);
    // An object is a wrong type for a slice, as it is for an index.
    check_path("a[:]", json!({"a": {"x": 1}}), &[], false);
}

#[test]
fn an_element_whose_test_is_unknown_makes_the_path_incomplete() {
    let record =
        json!({"a": [{"k": "x", "v": 1}, {"v": 2}, {"k": "y", "v": 3}, {"k": null, "v": 4}]});
    check_path("a[?@.k == 'x'].v", record.clone(), &[json!(1)], false);
    check_path("a[?@.v > 2].v", record.clone(), &[json!(3), json!(4)], true);
    check_path(
        "a[*].k",
        record,
        &[json!("x"), json!("y"), json!(null)],
        false,
    );
}

#[test]
fn existence_is_unknown_only_where_nothing_was_found_and_something_is_missing() {
    check("@.a", json!({"a": null}), True);
    check("@.a", json!({}), Unknown);
    check("!@.a", json!({}), Unknown);
    check("@.a[0]", json!({"a": []}), False);
    check("!@.a[0]", json!({"a": []}), True);
    check("@.a.b", json!({"a": null}), False);
    check("@.a[*]", json!({"a": []}), False);
    check("@.a[*]", json!({"a": null}), False);
    check("@.a[*]", json!({}), Unknown);
    check("@.a[?@.k == 'x']", json!({"a": [{}, {"k": "x"}]}), True);
    check("@.a[?@.k == 'x']", json!({"a": [{}, {"k": "y"}]}), Unknown);
    check("@.a[?@.k == 'x']", json!({"a": [{"k": "y"}]}), False);
    check("@.a[*].k", json!({"a": [{}, {"k": 1}]}), True);
    check("@.a[*].k", json!({"a": [{}]}), Unknown);
}

#[test]
fn a_comparison_with_an_absent_field_is_unknown_and_with_null_is_not() {
    for sign in ["==", "!=", "<", "<=", ">", ">="] {
        check(&format!("@.a {sign} 1"), json!({}), Unknown);
        check(&format!("1 {sign} @.a"), json!({}), Unknown);
        check(&format!("@.a {sign} @.b"), json!({"b": 1}), Unknown);
        check(&format!("@.a {sign} @.b"), json!({}), Unknown);
        check(&format!("@.a {sign} null"), json!({}), Unknown);
        check(&format!("@.a.b {sign} 1"), json!({"a": 7}), Unknown);
    }
    check("@.a == null", json!({"a": null}), True);
    check("@.a != 1", json!({"a": null}), True);
    check("@.a < 1", json!({"a": null}), False);
    check("@.a == 'x'", json!({"a": 1}), False);
    // Below null there is known to be nothing: the RFC's Nothing.
    check("@.a.b == 1", json!({"a": null}), False);
    check("@.a.b != 1", json!({"a": null}), True);
    check("@.a[5] == 1", json!({"a": [1]}), False);
    check("@.a[5] == @.a[6]", json!({"a": [1]}), True);
}

#[test]
fn functions_of_what_is_unknown_are_unknown() {
    check("count(@.a[*]) == 0", json!({"a": []}), True);
    check("count(@.a[*]) == 0", json!({"a": null}), True);
    check("count(@.a[*]) == 0", json!({}), Unknown);
    check(
        "count(@.a[?@.k == 1]) == 1",
        json!({"a": [{"k": 1}, {}]}),
        Unknown,
    );
    check("count(@.a) == 1", json!({"a": null}), True);
    check("count(@.a) == 0", json!({}), Unknown);
    check("length(@.a) == 2", json!({"a": "xy"}), True);
    check("length(@.a) == 2", json!({}), Unknown);
    check("length(@.a) == 2", json!({"a": null}), False);
    check("match(@.a, 'x')", json!({}), Unknown);
    check("!match(@.a, 'x')", json!({}), Unknown);
    check("search(@.a, 'x')", json!({}), Unknown);
    check("match(@.a, 'x')", json!({"a": null}), False);
    check("!search(@.a, 'x')", json!({"a": null}), True);
    check("match(@.a, @.p)", json!({"a": "x"}), Unknown);
    check("match(@.a, @.p)", json!({"a": "x", "p": null}), False);
    check("match(@.a, @.p)", json!({"a": "x", "p": "x"}), True);
    check("value(@.a[*]) == 1", json!({"a": [1]}), True);
    check("value(@.a[*]) == 1", json!({}), Unknown);
    check("value(@.a[*]) == 1", json!({"a": null}), False);
    check(
        "value(@.a[*].k) == 1",
        json!({"a": [{"k": 1}, {}]}),
        Unknown,
    );
    // Two nodes are too many, whatever the third may be.
    check(
        "value(@.a[*].k) == 1",
        json!({"a": [{"k": 1}, {"k": 1}, {}]}),
        False,
    );
    check("length(value(@.a[*])) == 1", json!({}), Unknown);
}

#[test]
fn what_is_known_settles_a_condition_that_is_partly_unknown() {
    check("@.a == 1 || @.b == 1", json!({"b": 1}), True);
    check("@.a == 1 || @.b == 1", json!({"b": 2}), Unknown);
    check("@.a == 1 && @.b == 1", json!({"b": 2}), False);
    check("@.a == 1 && @.b == 1", json!({"b": 1}), Unknown);
    check("!(@.a == 1 && @.b == 1)", json!({"b": 2}), True);
    check("!(@.a == 1 || @.b == 1)", json!({"b": 2}), Unknown);
}

#[test]
fn a_verdict_names_the_conjunct_that_decides() {
    let filter = filter("@.a == 1 && (@.b == 1 || @.b == 2) && @.c == 1");
    for (record, expected) in [
        (json!({"a": 1, "b": 2, "c": 1}), Verdict::True),
        (
            json!({"a": 2, "b": 3, "c": 3}),
            Verdict::False { conjunct: 0 },
        ),
        (
            json!({"a": 1, "b": 3, "c": 3}),
            Verdict::False { conjunct: 1 },
        ),
        (
            json!({"a": 1, "b": 1, "c": 3}),
            Verdict::False { conjunct: 2 },
        ),
        (json!({"b": 1, "c": 3}), Verdict::False { conjunct: 2 }),
        (json!({"a": 1, "c": 1}), Verdict::Unknown { conjunct: 1 }),
        (json!({}), Verdict::Unknown { conjunct: 0 }),
    ] {
        assert_eq!(filter.verdict(&record), expected, "{record}");
        assert_eq!(filter.truth(&record), expected.truth());
    }
}

/// What `jsonpath`'s promise leaves out: asking for whatever members there are. A member taken away
/// is then not known to be missing. Records have no such fields; who adds one must refuse the form.
#[test]
fn an_object_taken_as_a_list_of_members_cannot_tell_what_is_absent() {
    let (whole, less) = (
        json!({"o": {"x": 1, "y": 1}, "p": {"x": 1, "y": 1}}),
        json!({"o": {"x": 1}, "p": {"x": 1, "y": 1}}),
    );
    for condition in [
        "count(@.o.*) == 2",
        "length(@.o) == 2",
        "@.o == @.p",
        "count(@.o[?@ == 1]) == 2",
    ] {
        check(condition, whole.clone(), True);
        check(condition, less.clone(), False);
    }
}

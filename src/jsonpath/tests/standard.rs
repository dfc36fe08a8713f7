//! Every rule of RFC 9535, section by section, with cases of our own.

use serde_json::{Value, json};

use crate::jsonpath::Query;

/// The selector gives these nodes, as (normalized path, value).
fn check(selector: &str, document: Value, expected: &[(&str, Value)]) {
    let query = Query::parse(selector).unwrap_or_else(|error| panic!("{selector}: {error:?}"));
    let located: Vec<(String, Value)> = query
        .located(&document)
        .into_iter()
        .map(|(path, value)| (path, value.clone()))
        .collect();
    let expected: Vec<(String, Value)> = expected
        .iter()
        .map(|(path, value)| ((*path).to_owned(), value.clone()))
        .collect();
    assert_eq!(located, expected, "{selector}");
}

/// The filter keeps exactly these of the elements.
fn check_filter(condition: &str, elements: Value, kept: Value) {
    let selector = format!("$[?{condition}]");
    let query = Query::parse(&selector).unwrap_or_else(|error| panic!("{selector}: {error:?}"));
    let nodes: Value = query.nodes(&elements).into_iter().cloned().collect();
    assert_eq!(nodes, kept, "{selector}");
}

fn check_true(condition: &str, element: Value) {
    check_filter(condition, json!([element]), json!([element]));
}

fn check_false(condition: &str, element: Value) {
    check_filter(condition, json!([element]), json!([]));
}

#[test]
fn the_root_selects_the_document() {
    check("$", json!(7), &[("$", json!(7))]);
    check("$", json!(null), &[("$", json!(null))]);
}

#[test]
fn a_name_selects_a_member_in_each_of_its_spellings() {
    let document = json!({"name": 1, "b c": 2, "": 3, "_x9": 4, "ключ": 5, "true": 6, "9a": 7});
    for (selector, path, value) in [
        ("$.name", "$['name']", 1),
        ("$['name']", "$['name']", 1),
        ("$[\"name\"]", "$['name']", 1),
        ("$[ 'name' ]", "$['name']", 1),
        ("$['b c']", "$['b c']", 2),
        ("$['']", "$['']", 3),
        ("$._x9", "$['_x9']", 4),
        ("$.ключ", "$['ключ']", 5),
        ("$['\\u043a\\u043B\\u044e\\u0447']", "$['ключ']", 5),
        ("$.true", "$['true']", 6),
        ("$['9a']", "$['9a']", 7),
    ] {
        check(selector, document.clone(), &[(path, json!(value))]);
    }
    check("$.NAME", document.clone(), &[]);
    check("$['nam']", document, &[]);
    check("$.a", json!([1]), &[]);
    check("$['0']", json!([1]), &[]);
    check("$.a", json!("a"), &[]);
}

#[test]
fn names_behind_a_dot_may_hold_blanks_of_other_scripts() {
    // RFC 9535 lets every character from U+0080 on stand in a name; jsonpath-rust cuts these off.
    check(
        "$.\u{a0}a",
        json!({"\u{a0}a": 1, "a": 2}),
        &[("$['\u{a0}a']", json!(1))],
    );
    check(
        "$.a\u{2003}",
        json!({"a\u{2003}": 1, "a": 2}),
        &[("$['a\u{2003}']", json!(1))],
    );
    check_true("@.a\u{3000}b == 1", json!({"a\u{3000}b": 1}));
}

#[test]
fn escapes_in_names_and_text_are_those_of_json_and_the_own_quote() {
    let name = "\u{8}\u{c}\n\r\t/\\'\"☺😀\u{1f}";
    let path = "$['\\b\\f\\n\\r\\t/\\\\\\'\"☺😀\\u001f']";
    let document = json!({ name: 1 });
    check(
        r#"$['\b\f\n\r\t\/\\\'"\u263a\ud83d\uDE00\u001F']"#,
        document.clone(),
        &[(path, json!(1))],
    );
    check(
        r#"$["\b\f\n\r\t\/\\'\"\u263A\uD83D\ude00\u001f"]"#,
        document,
        &[(path, json!(1))],
    );
    check_true(r#"@ == '\u00e9\'"'"#, json!("é'\""));
    check_true(r#"@ == "\"'""#, json!("\"'"));
    check_true("@ == '\u{7f}'", json!("\u{7f}"));
}

#[test]
fn normalized_paths_are_selectors_of_their_own_node() {
    let document = json!({"'": {"\\": [{"\u{b}": [null]}]}});
    check(
        "$..*[0]",
        document,
        &[
            ("$['\\'']['\\\\'][0]", json!({"\u{b}": [null]})),
            ("$['\\'']['\\\\'][0]['\\u000b'][0]", json!(null)),
        ],
    );
}

#[test]
fn a_wildcard_selects_every_child() {
    let array = [("$[0]", json!(1)), ("$[1]", json!(null))];
    check("$[*]", json!([1, null]), &array);
    check("$.*", json!([1, null]), &array);
    check("$[ * ]", json!({"a": 1}), &[("$['a']", json!(1))]);
    check("$.*", json!([]), &[]);
    check("$.*", json!("text"), &[]);
    check("$.*", json!(null), &[]);
    check(
        "$.*.*",
        json!([[1], {"a": 2}, 3]),
        &[("$[0][0]", json!(1)), ("$[1]['a']", json!(2))],
    );
}

#[test]
fn an_index_counts_from_either_end() {
    let document = json!(["a", "b", "c"]);
    for (selector, path, value) in [
        ("$[0]", "$[0]", "a"),
        ("$[2]", "$[2]", "c"),
        ("$[-1]", "$[2]", "c"),
        ("$[-3]", "$[0]", "a"),
    ] {
        check(selector, document.clone(), &[(path, json!(value))]);
    }
    for selector in [
        "$[3]",
        "$[-4]",
        "$[9007199254740991]",
        "$[-9007199254740991]",
    ] {
        check(selector, document.clone(), &[]);
    }
    check("$[0]", json!({"0": 1}), &[]);
    check("$[0]", json!("text"), &[]);
    check("$[-1]", json!([]), &[]);
}

#[test]
fn a_slice_takes_every_combination_of_signs_and_bounds() {
    for (slice, expected) in [
        ("1:3", "bc"),
        ("1:", "bcde"),
        (":2", "ab"),
        (":", "abcde"),
        ("::", "abcde"),
        ("0:5:2", "ace"),
        ("::2", "ace"),
        ("1::2", "bd"),
        ("-2:", "de"),
        (":-2", "abc"),
        ("-4:-1", "bcd"),
        ("-99:2", "ab"),
        ("3:99", "de"),
        ("3:1", ""),
        ("5:", ""),
        ("0:0", ""),
        ("::-1", "edcba"),
        ("3::-1", "dcba"),
        (":1:-1", "edc"),
        ("3:0:-1", "dcb"),
        ("3:0:-2", "db"),
        ("-1:-4:-1", "edc"),
        ("99:-99:-1", "edcba"),
        ("-99:99:-1", ""),
        ("1:3:-1", ""),
        ("0:-1:-1", ""),
        ("1:5:0", ""),
        ("::0", ""),
        ("0:5:9007199254740991", "a"),
        ("4::-9007199254740991", "e"),
        ("-9007199254740991:9007199254740991", "abcde"),
        (" 1 : 4 : 2 ", "bd"),
    ] {
        let document = json!(["a", "b", "c", "d", "e"]);
        let selector = format!("$[{slice}]");
        let query = Query::parse(&selector).unwrap_or_else(|error| panic!("{selector}: {error:?}"));
        let nodes: String = query
            .nodes(&document)
            .iter()
            .filter_map(|node| node.as_str())
            .collect();
        assert_eq!(nodes, expected, "{selector}");
    }
    check("$[:]", json!({"a": 1}), &[]);
    check("$[::-1]", json!([]), &[]);
    check(
        "$[1::-1]",
        json!([7, 8]),
        &[("$[1]", json!(8)), ("$[0]", json!(7))],
    );
}

#[test]
fn a_list_of_selectors_gives_all_of_them_in_its_order_and_duplicates_twice() {
    check(
        "$[1, 0, -1, 1:3, 7]",
        json!(["a", "b", "c"]),
        &[
            ("$[1]", json!("b")),
            ("$[0]", json!("a")),
            ("$[2]", json!("c")),
            ("$[1]", json!("b")),
            ("$[2]", json!("c")),
        ],
    );
    check(
        "$['b','x','a',?@ > 1,*]",
        json!({"a": 1, "b": 2}),
        &[
            ("$['b']", json!(2)),
            ("$['a']", json!(1)),
            ("$['b']", json!(2)),
            ("$['a']", json!(1)),
            ("$['b']", json!(2)),
        ],
    );
}

#[test]
fn descendants_come_parents_first_and_in_the_order_of_arrays() {
    let document = json!([{"a": {"a": 1}}, [{"a": 2}], {"b": {"a": [{"a": 3}]}}]);
    check(
        "$..a",
        document.clone(),
        &[
            ("$[0]['a']", json!({"a": 1})),
            ("$[0]['a']['a']", json!(1)),
            ("$[1][0]['a']", json!(2)),
            ("$[2]['b']['a']", json!([{"a": 3}])),
            ("$[2]['b']['a'][0]['a']", json!(3)),
        ],
    );
    check(
        "$..[0]",
        document,
        &[
            ("$[0]", json!({"a": {"a": 1}})),
            ("$[1][0]", json!({"a": 2})),
            ("$[2]['b']['a'][0]", json!({"a": 3})),
        ],
    );
    check(
        "$..*",
        json!([[1], 2]),
        &[
            ("$[0]", json!([1])),
            ("$[1]", json!(2)),
            ("$[0][0]", json!(1)),
        ],
    );
    // For each descendant all selectors of the list, then the next descendant.
    check(
        "$..['a','b']",
        json!([{"a": 1, "b": 2}, {"b": 3}]),
        &[
            ("$[0]['a']", json!(1)),
            ("$[0]['b']", json!(2)),
            ("$[1]['b']", json!(3)),
        ],
    );
    check(
        "$..a..b",
        json!({"a": {"b": {"b": 1}}}),
        &[
            ("$['a']['b']", json!({"b": 1})),
            ("$['a']['b']['b']", json!(1)),
        ],
    );
    check("$..a", json!("text"), &[]);
    check(
        "$.a..[?@.x]",
        json!({"a": [{"x": 1}]}),
        &[("$['a'][0]", json!({"x": 1}))],
    );
}

#[test]
fn a_filter_tests_elements_and_members() {
    check("$[?@ > 1]", json!([1, 2]), &[("$[1]", json!(2))]);
    check(
        "$[?@ > 1]",
        json!({"a": 1, "b": 2}),
        &[("$['b']", json!(2))],
    );
    check("$[?@ > 1]", json!(2), &[]);
    check(
        "$.a[?@.b].c",
        json!({"a": [{"b": 1, "c": 2}, {"c": 3}]}),
        &[("$['a'][0]['c']", json!(2))],
    );
}

#[test]
fn existence_is_having_a_node_whatever_its_value() {
    for value in [
        json!(null),
        json!(false),
        json!(0),
        json!(""),
        json!([]),
        json!({}),
    ] {
        check_true("@.a", json!({ "a": value }));
    }
    check_false("@.a", json!({"b": 1}));
    check_true("!@.a", json!({"b": 1}));
    check_true("@", json!(null));
    check_true("@.*", json!({"b": null}));
    check_false("@.*", json!({}));
    check_true("@..b", json!([[{"b": null}]]));
    check_true("@[?@.a]", json!([{"a": 1}]));
    // jsonpath-rust's own evaluator silently gives nothing for the next one.
    check_true("@[?@ > 1]", json!([1, 2]));
}

#[test]
fn and_binds_tighter_than_or_and_parentheses_tighter_than_both() {
    let all = json!([{"a": 1}, {"b": 1}, {"b": 1, "c": 1}, {"a": 1, "c": 1}, {}]);
    check_filter(
        "@.a || @.b && @.c",
        all.clone(),
        json!([{"a": 1}, {"b": 1, "c": 1}, {"a": 1, "c": 1}]),
    );
    check_filter(
        "(@.a || @.b) && @.c",
        all.clone(),
        json!([{"b": 1, "c": 1}, {"a": 1, "c": 1}]),
    );
    check_filter("!(@.a || @.b)", all.clone(), json!([{}]));
    check_filter("!@.a && !@.b", all.clone(), json!([{}]));
    check_filter("((@.a)) && (!(@.c))", all, json!([{"a": 1}]));
}

#[test]
fn equality_is_by_type_and_value() {
    for (condition, element) in [
        ("@ == 1", json!(1)),
        ("@ == 1", json!(1.0)),
        ("@ == 1e0", json!(1)),
        ("@ == -0", json!(0)),
        ("@ == 1.5E-1", json!(0.15)),
        ("@ == 'a'", json!("a")),
        ("@ == true", json!(true)),
        ("@ == null", json!(null)),
        ("'a' == @", json!("a")),
        ("1 == 1.0", json!(0)),
        (
            "@.a == @.b",
            json!({"a": [1, {"x": 2}], "b": [1.0, {"x": 2}]}),
        ),
        (
            "@.a == @.b",
            json!({"a": {"x": 1, "y": 2}, "b": {"y": 2, "x": 1}}),
        ),
        ("@.a == $[0].b", json!({"a": 1, "b": 1})),
    ] {
        check_true(condition, element.clone());
        check_false(&condition.replace("==", "!="), element);
    }
    for (condition, element) in [
        ("@ == 1", json!("1")),
        ("@ == 0", json!(false)),
        ("@ == 0", json!(null)),
        ("@ == ''", json!(null)),
        ("@ == 'a'", json!("A")),
        ("@ == 'é'", json!("e\u{301}")),
        ("@ == false", json!(null)),
        ("@.a == @.b", json!({"a": [1, 2], "b": [2, 1]})),
        ("@.a == @.b", json!({"a": [1], "b": [1, 2]})),
        ("@.a == @.b", json!({"a": [1, 2], "b": [1]})),
        ("@.a == @.b", json!({"a": {"x": 1}, "b": {"x": 1, "y": 2}})),
        ("@.a == @.b", json!({"a": {"x": 1}, "b": {"y": 1}})),
        ("@.a == @.b", json!({"a": [], "b": {}})),
    ] {
        check_false(condition, element.clone());
        check_true(&condition.replace("==", "!="), element);
    }
}

#[test]
fn a_query_without_a_node_is_nothing_and_equals_only_nothing() {
    for (condition, holds) in [
        ("@.a == @.b", true),
        ("@.a != @.b", false),
        ("@.a <= @.b", true),
        ("@.a >= @.b", true),
        ("@.a < @.b", false),
        ("@.a > @.b", false),
        ("@.a == null", false),
        ("@.a != null", true),
        ("@.a == @.c", false),
        ("@.a != @.c", true),
        ("@.a < @.c", false),
        ("@.a >= @.c", false),
        ("@.a == value(@.x[*])", true),
        ("@.a == length(@.c)", true),
        ("@.a == $.x", true),
    ] {
        if holds {
            check_true(condition, json!({"c": 1}));
        } else {
            check_false(condition, json!({"c": 1}));
        }
    }
}

#[test]
fn order_is_for_numbers_and_text_only() {
    for (condition, holds) in [
        ("1 < 2", true),
        ("2 < 1", false),
        ("1 <= 1.0", true),
        ("1.5 > 1", true),
        ("-1 >= -2", true),
        ("'a' < 'b'", true),
        ("'a' < 'aa'", true),
        ("'' < 'a'", true),
        ("'Z' < 'a'", true),
        ("'a' <= 'a'", true),
        // By Unicode scalar values: U+FF5E stands before U+1F600, in UTF-16 it would not.
        ("'～' < '😀'", true),
        ("1 < '2'", false),
        ("'1' < 2", false),
        ("false < true", false),
        ("false <= true", false),
        ("true <= true", true),
        ("null <= null", true),
        ("null < 1", false),
        ("@.a < @.b", false),
        ("@.a <= @.a", true),
        ("@.o >= @.o", true),
        ("@.o > @.a", false),
    ] {
        let element = json!({"a": [1], "b": [2], "o": {}});
        if holds {
            check_true(condition, element);
        } else {
            check_false(condition, element);
        }
    }
}

#[test]
fn large_whole_numbers_do_not_melt_into_floats() {
    check_filter(
        "@.a == @.b",
        json!([{"a": 9007199254740993_i64, "b": 9007199254740992_i64}]),
        json!([]),
    );
    check_true("@ == 9007199254740991", json!(9007199254740991_i64));
    check_true("@ < 1e400", json!(1));
}

#[test]
fn length_counts_characters_elements_and_members() {
    for (value, length) in [
        (json!("é😀"), 2),
        (json!(""), 0),
        (json!([1, [2, 3]]), 2),
        (json!({"a": 1}), 1),
        (json!([]), 0),
    ] {
        check_true(&format!("length(@) == {length}"), value);
    }
    for value in [json!(1), json!(null), json!(true)] {
        check_false("length(@) >= 0", value.clone());
        check_true("length(@) == @.absent", value);
    }
    check_true("length('abc') == 3", json!(0));
    check_true("length(@.absent) == length(@.neither)", json!({}));
    check_true("length(value(@.a[0:1])) == 2", json!({"a": ["xy", "z"]}));
}

#[test]
fn count_counts_nodes_and_none_is_zero() {
    check_true("count(@.a) == 1", json!({"a": [1, 2, 3]}));
    check_true("count(@.a[*]) == 3", json!({"a": [1, 2, 3]}));
    check_true("count(@[0,0]) == 2", json!([1]));
    check_true("count(@..*) == 3", json!([[1, 2]]));
    // jsonpath-rust's own evaluator takes these for Nothing: a group without members is never found.
    check_true("count(@.members[*]) == 0", json!({"members": []}));
    check_true("count(@.absent) == 0", json!({}));
    check_true("count($) == 1", json!(0));
    check_true("0 == count(@.a[?@ > 5])", json!({"a": [1, 2]}));
}

#[test]
fn value_is_the_only_node_or_nothing() {
    check_true("value(@.a) == 1", json!({"a": 1}));
    check_true("value(@.*) == 1", json!({"a": 1}));
    check_false("value(@.*) == 1", json!({"a": 1, "b": 1}));
    check_true("value(@.*) == @.absent", json!({"a": 1, "b": 1}));
    check_true("value(@.*) == @.absent", json!({}));
    check_true("value(@..x) == 'y'", json!([{"x": "y"}]));
}

#[test]
fn match_takes_the_whole_text_and_search_any_part() {
    check_filter(
        "match(@, 'a.c')",
        json!(["abc", "xabc", "abcx", "a\nc", 1, null]),
        json!(["abc"]),
    );
    check_filter(
        "search(@, 'a.c')",
        json!(["abc", "xabc", "abcx", "a\rc"]),
        json!(["abc", "xabc", "abcx"]),
    );
    check_filter(
        "!match(@, 'a|b')",
        json!(["a", "b", "ab", 1]),
        json!(["ab", 1]),
    );
    check_filter("search(@, '')", json!(["", "x"]), json!(["", "x"]));
    check_true(
        "match(@.text, @.pattern)",
        json!({"text": "aab", "pattern": "a*b"}),
    );
    check_true(
        "search(@.text, value(@.p[0:1]))",
        json!({"text": "aab", "p": ["ab"]}),
    );
    check_true("match('abc', 'ab.')", json!(0));
    check_false("match(@.absent, '.*')", json!({}));
    check_false("match(@, @.absent)", json!("x"));
    check_false("match(@, 1)", json!("1"));
    check_false("match(1, '1')", json!(0));
}

#[test]
fn a_pattern_that_is_no_i_regexp_matches_nothing() {
    check_false(r"match(@, '\\d')", json!("1"));
    check_false("search(@, '(')", json!("("));
    check_false("match(@.t, @.p)", json!({"t": "a", "p": "(?i)A"}));
}

#[test]
fn many_patterns_from_a_document_are_each_used() {
    let elements: Vec<Value> = (0..200)
        .map(|n| json!({"t": format!("x{n}"), "p": format!("x{n}")}))
        .collect();
    let all = Value::from(elements);
    check_filter("match(@.t, @.p)", all.clone(), all);
}

#[test]
fn a_pattern_for_match_is_not_taken_for_one_of_search() {
    let document = json!([{"t": "xax", "p": "a"}]);
    check_filter("match(@.t, @.p)", document.clone(), json!([]));
    check_filter(
        "search(@.t, @.p) && !match(@.t, @.p)",
        document.clone(),
        document,
    );
}

#[test]
fn blanks_stand_where_the_grammar_has_them() {
    let document = json!({"a": [{"b": 1, "c": "x"}]});
    let expected = [("$['a'][0]", json!({"b": 1, "c": "x"}))];
    for selector in [
        "$.a[0]",
        "$ .a [0]",
        "$\n.a\t[ 0 ]",
        "$ [ 'a' ] [ 0 : 1 : 1 ]",
        "$.a[ ? @.b ]",
        "$.a[?@ .b]",
        "$.a[?\r\n@.b\t==\n1]",
        "$.a[?! @.x]",
        "$.a[?! ( @.x ) && ( @.b )]",
        "$.a[?@.b&&@.c||@.x]",
        "$.a[?length( @.c )==1]",
        "$.a[?match( @.c , 'x' )]",
        "$.a[?@.b == 1 , ?@.x]",
    ] {
        check(selector, document.clone(), &expected);
    }
}

#[test]
fn queries_in_filters_reach_the_root_and_nest() {
    let document = json!({"limit": 2, "rows": [{"n": [1, 2]}, {"n": [3]}, {"n": []}]});
    check(
        "$.rows[?@.n[?@ > $.limit]]",
        document.clone(),
        &[("$['rows'][1]", json!({"n": [3]}))],
    );
    check(
        "$.rows[?count(@.n[?@ <= $.limit]) == $.limit].n[-1]",
        document,
        &[("$['rows'][0]['n'][1]", json!(2))],
    );
    check_true("$[0].a == @.a", json!({"a": 1}));
}

#[test]
fn selectors_at_the_limits_are_taken() {
    use crate::jsonpath::{CALL_NESTING_MAX, NESTING_MAX, SELECTOR_LENGTH_MAX};
    let long = format!("${}", ".a".repeat((SELECTOR_LENGTH_MAX - 1) / 2));
    assert!(Query::parse(&long).is_ok());
    assert!(Query::parse(&format!("{long}.b")).is_err());

    let deep = |levels: usize| {
        format!(
            "$[?{}@.a{}]",
            "(".repeat(levels - 1),
            ")".repeat(levels - 1)
        )
    };
    assert!(Query::parse(&deep(NESTING_MAX)).is_ok());
    assert!(Query::parse(&deep(NESTING_MAX + 1)).is_err());
    let deep = |levels: usize| {
        format!(
            "$[?{}@.a{}]",
            "@[?".repeat(levels - 1),
            "]".repeat(levels - 1)
        )
    };
    assert!(Query::parse(&deep(NESTING_MAX)).is_ok());
    assert!(Query::parse(&deep(NESTING_MAX + 1)).is_err());

    let calls = |levels: usize| {
        format!(
            "$[?{}@.a{} == 1]",
            "length(".repeat(levels),
            ")".repeat(levels)
        )
    };
    assert!(Query::parse(&calls(CALL_NESTING_MAX)).is_ok());
    assert!(Query::parse(&calls(CALL_NESTING_MAX + 1)).is_err());
}

#[test]
fn documents_as_deep_as_serde_json_reads_them_are_walked_to_the_ground() {
    let mut document = json!(1);
    for _ in 0..127 {
        document = json!([document]);
    }
    let query = Query::parse("$..[?@ == 1]").expect("a selector");
    assert_eq!(query.nodes(&document).len(), 1);
    let query = Query::parse("$[?@ == $[0]]").expect("a selector");
    assert_eq!(query.nodes(&document).len(), 1);
}

//! What holds for every selector and document.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::naive::Naive;
use crate::jsonpath::{Filter, Query, RelativePath, Selection, SyntaxError, compile};
use crate::value::tests::any_json;
use crate::value::{Json, Projection, Raw, Truth};

/// What a generated selector may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Forms {
    /// All of RFC 9535.
    Rfc,
    /// What a control may say.
    Control,
}

fn pick(texts: &'static [&'static str]) -> BoxedStrategy<String> {
    prop::sample::select(texts).prop_map(str::to_owned).boxed()
}

fn name_segment() -> BoxedStrategy<String> {
    pick(&[
        ".a",
        ".b",
        ".c",
        ".d",
        "['a']",
        "[\"b\"]",
        "['\"']",
        "['\\u00fc\\\\\\t']",
        " .a",
    ])
}

fn index_segment() -> BoxedStrategy<String> {
    pick(&["[0]", "[1]", "[-1]", "[-2]", "[7]", "[-7]"])
}

fn slice() -> BoxedStrategy<String> {
    let bound = || pick(&["", "0", "1", "2", "-1", "-2", "9", "-9"]);
    let step = pick(&["", ":", ":1", ":2", ":-1", ":-2", ":0", ":9007199254740991"]);
    (bound(), bound(), step)
        .prop_map(|(start, end, step)| format!("{start}:{end}{step}"))
        .boxed()
}

fn singular(forms: Forms, origin: &'static str) -> BoxedStrategy<String> {
    let more = prop::collection::vec(prop_oneof![3 => name_segment(), 1 => index_segment()], 0..3);
    let first = match forms {
        Forms::Control => name_segment(),
        Forms::Rfc => prop_oneof![name_segment(), index_segment(), Just(String::new())].boxed(),
    };
    (first, more)
        .prop_map(move |(first, more)| format!("{origin}{first}{}", more.concat()))
        .boxed()
}

fn segment(forms: Forms, depth: u32) -> BoxedStrategy<String> {
    let mut kinds = vec![
        (4, name_segment()),
        (1, index_segment()),
        (2, pick(&["[*]", ".*", "[ * ]"])),
        (1, slice().prop_map(|slice| format!("[{slice}]")).boxed()),
    ];
    if depth > 0 {
        let inner = condition(forms, depth - 1, true);
        kinds.push((2, inner.prop_map(|inner| format!("[?{inner}]")).boxed()));
    }
    if forms == Forms::Rfc {
        let list = prop::collection::vec(
            prop_oneof![pick(&["'a'", "\"b\"", "0", "-1", "*"]), slice()],
            1..4,
        );
        kinds.push((
            1,
            list.prop_map(|list| format!("[{}]", list.join(" , ")))
                .boxed(),
        ));
        kinds.push((1, pick(&["..a", "..*", "..['b',0]", "..[*]", "..[::-1]"])));
    }
    prop::strategy::Union::new_weighted(kinds).boxed()
}

/// A query; starts with a name where it starts at a record.
fn path(forms: Forms, depth: u32, origin: &'static str, at_record: bool) -> BoxedStrategy<String> {
    let first = if at_record && forms == Forms::Control {
        name_segment()
    } else {
        prop_oneof![segment(forms, depth), Just(String::new())].boxed()
    };
    (first, prop::collection::vec(segment(forms, depth), 0..3))
        .prop_map(move |(first, more)| format!("{origin}{first}{}", more.concat()))
        .boxed()
}

fn literal() -> BoxedStrategy<String> {
    pick(&[
        "null",
        "true",
        "false",
        "0",
        "1",
        "-1",
        "2",
        "0.5",
        "-0.0",
        "1e0",
        "'a'",
        "\"b\"",
        "''",
        "'é\"\\\\\\n'",
    ])
}

fn condition(forms: Forms, depth: u32, inside: bool) -> BoxedStrategy<String> {
    let origin = move || -> BoxedStrategy<&'static str> {
        match forms {
            Forms::Rfc => prop::sample::select(&["@", "@", "@", "$"][..]).boxed(),
            Forms::Control => Just("@").boxed(),
        }
    };
    // Inside a filter of a path `@` is an element, and may be anything.
    let single_forms = if inside { Forms::Rfc } else { forms };
    let one = move || origin().prop_flat_map(move |origin| singular(single_forms, origin));
    let any = move || origin().prop_flat_map(move |origin| path(forms, depth, origin, !inside));
    let value = move || {
        prop_oneof![
            4 => one(),
            3 => literal(),
            1 => one().prop_map(|path| format!("length( {path} )")),
            2 => any().prop_map(|path| format!("count({path})")),
            1 => any().prop_map(|path| format!("value({path})")),
            1 => any().prop_map(|path| format!("length(value({path}))")),
        ]
    };
    let pattern =
        || prop_oneof![3 => pick(&["'a'", "'a|b'", "'[ab]*'", "'.'"]), 1 => pick(&["@.a"])];
    let sign = pick(&["==", "!=", "<", "<=", ">", ">=", " == "]);
    let basic = prop_oneof![
        4 => (value(), sign, value()).prop_map(|(left, sign, right)| format!("{left}{sign}{right}")),
        3 => any(),
        1 => any().prop_map(|path| format!("!{path}")),
        1 => (one(), pattern()).prop_map(|(path, pattern)| format!("match({path}, {pattern})")),
        1 => (one(), pattern()).prop_map(|(path, pattern)| format!("! search({path},{pattern})")),
    ];
    basic
        .prop_recursive(2, 6, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 2..4).prop_map(|all| all.join(" && ")),
                prop::collection::vec(inner.clone(), 2..4).prop_map(|any| any.join("||")),
                inner.clone().prop_map(|inner| format!("({inner})")),
                inner.prop_map(|inner| format!("! ( {inner} )")),
            ]
        })
        .boxed()
}

fn rfc_selector() -> BoxedStrategy<String> {
    path(Forms::Rfc, 2, "$", false)
}

fn control_condition() -> BoxedStrategy<String> {
    condition(Forms::Control, 1, false)
}

fn filter_of(condition: &str) -> Filter {
    let selector = format!("$.records[?{condition}]");
    let selection =
        Selection::parse(&selector).unwrap_or_else(|error| panic!("{selector}: {error:?}"));
    selection.filter().expect("there is a filter").clone()
}

/// The truth of `condition` for `record` in RFC mode.
fn rfc_truth(condition: &str, record: &Value) -> Truth {
    let query = Query::parse(&format!("$[?{condition}]")).expect("the control form is a selector");
    let records = Value::Array(vec![record.clone()]);
    Truth::from(query.nodes(&records).len() == 1)
}

fn naive_truth(condition: &str, record: &Value) -> Truth {
    use jsonpath_rust::parser::model::{Segment, Selector};
    let parsed = compile::parse(&format!("$[?{condition}]")).expect("a selector");
    let [Segment::Selector(Selector::Filter(filter))] = &parsed.query.segments[..] else {
        panic!("the selector is one filter");
    };
    Naive {
        root: record,
        evidence: true,
    }
    .filter(filter, record)
}

/// A record of a schema: every field there, of its type or null.
fn full_record() -> impl Strategy<Value = Value> {
    fn text() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            Just("a".into()),
            Just("b".into()),
            Just("".into())
        ]
    }
    let number = || prop_oneof![Just(Value::Null), (-1_i64..3).prop_map(Value::from)];
    let texts = prop::collection::vec(text(), 0..4).prop_map(Value::from);
    let small = (text(), number()).prop_map(|(a, b)| json!({"a": a, "b": b}));
    let small = prop::collection::vec(small, 0..4).prop_map(Value::from);
    let texts = prop_oneof![1 => Just(Value::Null), 4 => texts];
    let small = prop_oneof![1 => Just(Value::Null), 4 => small];
    (text(), number(), texts, small)
        .prop_map(|(a, b, c, d)| json!({"a": a, "b": b, "c": c, "d": d}))
}

/// A condition that asks of each field of [`full_record`] only what its type has.
fn typed_condition() -> BoxedStrategy<String> {
    let list = || {
        prop_oneof![
            Just("[*]".to_owned()),
            slice().prop_map(|slice| format!("[{slice}]")),
            index_segment(),
            pick(&[
                "[?@.a == 'a']",
                "[?@.b > 0 && @.a]",
                "[?@.a != null || !@.b]",
                "[?!(@.b < 1)]",
                "[?match(@.a, 'a|b')]",
                "[?length(@.a) == 1]",
            ]),
        ]
    };
    let texts = prop_oneof![
        list(),
        pick(&["[?@ == 'a']", "[?@ != null]", "[?search(@, 'b')]"])
    ]
    .prop_filter("`c` holds texts", |segment| !segment.contains("@."))
    .prop_map(|segment| format!("@.c{segment}"))
    .boxed();
    let records = (list(), pick(&["", ".a", ".b"]))
        .prop_map(|(segment, name)| format!("@.d{segment}{name}"))
        .boxed();
    let many = move || prop_oneof![texts.clone(), records.clone()];
    let one = || {
        pick(&[
            "@.a",
            "@.b",
            "@.c",
            "@.d",
            "@.c[0]",
            "@.d[-1].a",
            "@.d[1].b",
        ])
    };
    let scalar = || {
        pick(&[
            "@.a",
            "@.b",
            "@.c[0]",
            "@.c[-2]",
            "@.d[-1].a",
            "@.d[1].b",
            "@.c",
        ])
    };
    let value = prop_oneof![
        4 => scalar(),
        3 => literal(),
        1 => one().prop_map(|path| format!("length({path})"))
            .prop_filter("the length of an object is not promised", |text| !text.contains("d[")),
        2 => many().prop_map(|path| format!("count({path})")),
        1 => many().prop_map(|path| format!("value({path})"))
            .prop_filter("nor its equality", |text| !text.contains("@.d[") || !text.ends_with("])")),
    ]
    .boxed();
    let basic = prop_oneof![
        4 => (value.clone(), pick(&["==", "!=", "<", "<=", ">", ">="]), value)
            .prop_map(|(left, sign, right)| format!("{left} {sign} {right}")),
        2 => one(),
        2 => many(),
        1 => scalar().prop_map(|path| format!("match({path}, 'a.*')")),
    ];
    basic
        .prop_recursive(3, 8, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 2..4).prop_map(|all| all.join(" && ")),
                prop::collection::vec(inner.clone(), 2..4)
                    .prop_map(|any| format!("({})", any.join(" || "))),
                inner.prop_map(|inner| format!("!({inner})")),
            ]
        })
        .boxed()
}

/// `value` without the members, at any depth, for which the next of `keep` is false.
fn thinned(value: &Value, keep: &mut impl Iterator<Item = bool>) -> Value {
    match value {
        Value::Array(elements) => elements
            .iter()
            .map(|element| thinned(element, keep))
            .collect(),
        Value::Object(members) => {
            let mut left = Map::new();
            for (name, member) in members {
                if keep.next() != Some(false) {
                    left.insert(name.clone(), thinned(member, keep));
                }
            }
            Value::Object(left)
        }
        other => other.clone(),
    }
}

fn check_error(text: &str, error: &SyntaxError) {
    assert!(error.span.end <= text.len(), "{text:?}: {error:?}");
    assert!(
        text.get(error.span.clone()).is_some(),
        "{text:?}: {error:?}"
    );
    assert!(error.help.is_some() && !error.message.is_empty());
    // What our reader takes, the grammar's parser takes.
    assert_ne!(error.message, "the selector cannot be read", "{text:?}");
}

fn parse_all(text: &str) {
    for error in [
        Query::parse(text).err(),
        Selection::parse(text).err(),
        RelativePath::parse(text).err(),
    ]
    .into_iter()
    .flatten()
    {
        check_error(text, &error);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]

    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,30}") {
        parse_all(&text);
        parse_all(&format!("$[?{text}]"));
    }

    #[test]
    fn no_text_of_selector_signs_makes_the_parser_panic(
        parts in prop::collection::vec(pick(&[
            "$", "@", ".", "..", "[", "]", "(", ")", "?", "*", ",", ":", "'", "\"", "\\", "\\u", "d83d",
            "a", "b1", "-", "0", "1", "17", "1.5", "e3", "==", "!", "<", "&&", "||", " ", "\n", "é", "\u{a0}",
            "length", "count(", "match(", "value(", "true", "null", "'a'", "$.a", "@.a", "[?", "@.a==1",
        ]), 0..14),
    ) {
        let text = parts.concat();
        parse_all(&text);
        parse_all(&format!("$.a{text}"));
        parse_all(&format!("$.a[?{text}]"));
    }

    #[test]
    fn a_changed_selector_is_read_or_refused_with_a_place(
        selector in rfc_selector(), at in any::<prop::sample::Index>(), with in pick(&[
            "", "'", "]", "[", "(", ")", "=", " ", "!", "&", "|", ".", "@", "$", "0", "-", ",", "é", "?", "x",
        ]),
    ) {
        let mut chars: Vec<char> = selector.chars().collect();
        let place = at.index(chars.len());
        chars.splice(place..=place, with.chars());
        parse_all(&chars.into_iter().collect::<String>());
    }

    #[test]
    fn the_compiled_query_agrees_with_the_plain_one(selector in rfc_selector(), document in any_json()) {
        let parsed = compile::parse(&selector).map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
        let plain = Naive { root: &document, evidence: false }.query(&parsed.query.segments, &document);
        let query = Query::parse(&selector).expect("it was parsed before");
        let nodes = query.nodes(&document);
        prop_assert_eq!(&nodes, &plain.0);

        let text = document.to_string();
        let raw: Vec<Value> = query.nodes(Raw::of_canonical(&text)).into_iter().map(Json::to_value).collect();
        prop_assert_eq!(raw.iter().collect::<Vec<_>>(), nodes);
    }

    #[test]
    fn a_normalized_path_selects_its_node_and_no_other(selector in rfc_selector(), document in any_json()) {
        let query = Query::parse(&selector).expect("a selector");
        let located = query.located(&document);
        prop_assert_eq!(located.iter().map(|(_, node)| *node).collect::<Vec<_>>(), query.nodes(&document));
        for (path, node) in located {
            let back = Query::parse(&path).expect("a normalized path is a selector").located(&document);
            prop_assert_eq!(back.len(), 1);
            prop_assert!(std::ptr::eq(back[0].1, node));
            prop_assert_eq!(&back[0].0, &path);
        }
    }

    #[test]
    fn evidence_mode_agrees_with_the_plain_evaluator(condition in control_condition(), record in any_json()) {
        let filter = filter_of(&condition);
        prop_assert_eq!(filter.truth(&record), naive_truth(&condition, &record));
    }

    #[test]
    fn a_relative_path_agrees_with_the_plain_evaluator(
        path in path(Forms::Control, 1, "", true), record in any_json(),
    ) {
        let text = path.trim_start().trim_start_matches('.');
        let relative = RelativePath::parse(text).map_err(|error| TestCaseError::fail(format!("{text}: {error:?}")))?;
        let nodes = relative.eval(&record);
        let selector = if text.starts_with('[') { format!("${text}") } else { format!("$.{text}") };
        let parsed = compile::parse(&selector).expect("a selector");
        let plain = Naive { root: &record, evidence: true }.query(&parsed.query.segments, &record);
        prop_assert_eq!(nodes.values().collect::<Vec<_>>(), plain.0);
        prop_assert_eq!(nodes.is_complete(), plain.1);
        prop_assert_eq!(nodes.len(), nodes.values().count());
        prop_assert_eq!(nodes.first(), nodes.values().next());
        prop_assert!(!relative.is_single() || nodes.len() < 2);
        prop_assert!(relative.paths().iter().all(|used| text.get(used.span.clone()).is_some()));
    }

    #[test]
    fn trees_lines_and_projected_records_get_the_same_verdict(condition in control_condition(), record in any_json()) {
        let filter = filter_of(&condition);
        let verdict = filter.verdict(&record);
        let line = record.to_string();
        prop_assert_eq!(filter.verdict(Raw::of_canonical(&line)), verdict);
        if let Value::Object(members) = &record {
            let order: Vec<&str> = members.keys().map(String::as_str).collect();
            let projection = Projection::new(order, filter.fields());
            let mut slots = Vec::new();
            let projected = projection.scan(&line, &mut slots).expect("a canonical line");
            prop_assert_eq!(filter.verdict(projected), verdict);
        }
    }

    #[test]
    fn nothing_is_unknown_where_every_field_is_there(condition in typed_condition(), record in full_record()) {
        prop_assert_eq!(filter_of(&condition).truth(&record), rfc_truth(&condition, &record));
    }

    #[test]
    fn taking_members_away_settles_nothing_and_turns_nothing(
        condition in typed_condition(),
        record in full_record(),
        keep in prop::collection::vec(any::<bool>(), 12),
        keep_still in prop::collection::vec(any::<bool>(), 12),
    ) {
        let filter = filter_of(&condition);
        let fewer = thinned(&record, &mut keep.into_iter());
        let fewest = thinned(&fewer, &mut keep_still.into_iter());
        let truths = [&record, &fewer, &fewest].map(|record| filter.truth(record));
        for pair in truths.windows(2) {
            prop_assert!(pair[1] == pair[0] || pair[1] == Truth::Unknown, "{truths:?}");
        }
    }

    #[test]
    fn the_conjuncts_are_the_condition(condition in control_condition(), record in any_json()) {
        use crate::jsonpath::Verdict;
        let filter = filter_of(&condition);
        let conjuncts = filter.conjuncts();
        let truths: Vec<Truth> = conjuncts.iter().map(|conjunct| conjunct.truth(&record)).collect();
        let first = |wanted| truths.iter().position(|truth| *truth == wanted);
        let expected = match (first(Truth::False), first(Truth::Unknown)) {
            (Some(conjunct), _) => Verdict::False { conjunct },
            (None, Some(conjunct)) => Verdict::Unknown { conjunct },
            (None, None) => Verdict::True,
        };
        prop_assert_eq!(filter.verdict(&record), expected);
        let selector = format!("$.records[?{condition}]");
        for conjunct in conjuncts {
            prop_assert_eq!(&selector[conjunct.span()], conjunct.text());
            // Each is a condition by itself.
            prop_assert_eq!(filter_of(conjunct.text()).truth(&record), conjunct.truth(&record));
        }
        for used in filter.paths() {
            prop_assert!(selector[used.span.clone()].starts_with('@'));
        }
    }
}

use std::collections::BTreeSet;

use super::*;

fn verdict(operator: &Operator, value: &str, operand: &str) -> Verdict {
    let operand: Value = serde_json::from_str(operand).expect("the operand is JSON");
    // Examples are written with blanks, records are not.
    let value: Value = serde_json::from_str(value).expect("the value is JSON");
    let value = value.to_string();
    let test = (operator.compile)(&operand).expect("the operand fits");
    let as_of = EXAMPLE_AS_OF
        .parse()
        .expect("the point in time is RFC 3339");
    test.test(Raw::of_canonical(&value), as_of)
}

#[test]
fn every_example_comes_to_what_it_says() {
    for operator in OPERATORS {
        for example in operator.examples {
            assert_eq!(
                verdict(operator, example.value, example.operand),
                example.verdict,
                "{}: {} on {}",
                operator.name,
                example.operand,
                example.value,
            );
        }
    }
}

#[test]
fn every_operator_is_documented_and_shows_true_false_and_null() {
    let mut names = BTreeSet::new();
    for operator in OPERATORS {
        assert!(
            names.insert(operator.name),
            "{} stands twice",
            operator.name
        );
        assert!(operator.meaning.ends_with('.') && operator.on_null.ends_with('.'));
        assert!(!operator.judges.is_empty());
        let shows = |wanted: &dyn Fn(&Example) -> bool| operator.examples.iter().any(wanted);
        assert!(shows(&|e| e.verdict == Verdict::True), "{}", operator.name);
        assert!(shows(&|e| e.verdict == Verdict::False), "{}", operator.name);
        assert!(shows(&|e| e.value == "null"), "{}", operator.name);
        let first = operator.examples[0];
        let operand = serde_json::from_str(first.operand).expect("the operand is JSON");
        assert!(!(operator.phrase)(&operand).is_empty());
    }
}

#[test]
fn null_is_never_true_of_an_order_a_text_or_a_time() {
    for operator in OPERATORS {
        if operator.on_null != "False." {
            continue;
        }
        for example in operator.examples {
            assert_eq!(
                verdict(operator, "null", example.operand),
                Verdict::False,
                "{} {}",
                operator.name,
                example.operand
            );
        }
    }
}

#[test]
fn within_and_older_than_are_each_others_complement() {
    let within = operator("within_last_days").expect("it is listed");
    let older = operator("older_than_days").expect("it is listed");
    for example in within.examples.iter().chain(older.examples) {
        let pair = (
            verdict(within, example.value, example.operand).truth(),
            verdict(older, example.value, example.operand).truth(),
        );
        if example.value == "null" {
            continue;
        }
        assert!(
            matches!(
                pair,
                (Truth::True, Truth::False)
                    | (Truth::False, Truth::True)
                    | (Truth::Unknown, Truth::Unknown)
            ),
            "{}: {pair:?}",
            example.value
        );
    }
}

#[test]
fn a_wrong_operand_is_refused_with_help() {
    let wrong = [
        ("equals", r#"["a"]"#),
        ("in", r#""a""#),
        ("in", r#"[["a"]]"#),
        ("set", r#""yes""#),
        ("matches", r#""(""#),
        ("matches", r#""(a{1000}){1000}""#),
        ("contains", r#"["a"]"#),
        ("starts_with", "7"),
        ("less_than", r#""7""#),
        ("between", "[5, 2]"),
        ("between", "[5]"),
        ("between", r#"[2, "5"]"#),
        ("within_last_days", "-1"),
        ("within_last_days", "1.5"),
        ("within_last_days", r#""12h""#),
        ("within_last_days", r#""ninety""#),
        ("within_last_days", "1000000"),
        ("before", r#""tomorrow""#),
        ("within_cidr", r#"["10.0.0.0/33"]"#),
        ("prefix_at_least", "129"),
        ("prefix_at_least", r#"{"ipv4": 24}"#),
        ("prefix_at_least", r#"{"ipv4": 24, "ipv5": 1, "ipv6": 1}"#),
        ("length", "{}"),
        ("length", r#"{"at_least": 3, "at_most": 2}"#),
        ("length", r#"{"atleast": 3}"#),
    ];
    for (name, operand) in wrong {
        let value = serde_json::from_str(operand).expect("the operand is JSON");
        let problem = (operator(name).expect("it is listed").compile)(&value)
            .expect_err(&format!("{name} {operand} is taken"));
        assert!(!problem.help.is_empty() && !problem.message.is_empty());
    }
}

#[test]
fn a_bad_pattern_is_told_to_the_byte() {
    let problem = (operator("matches").expect("it is listed").compile)(&"ä[z-a]".into())
        .expect_err("the range is reversed");
    assert_eq!(problem.place, OperandPlace::Bytes(3..6));
}

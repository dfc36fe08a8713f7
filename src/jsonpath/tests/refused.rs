//! Every form that is refused: the underlined text, what is said, and what to do.

use std::fmt::Write;

use crate::jsonpath::{Query, RelativePath, Selection, SyntaxError};

fn show<T>(cases: &[&str], parse: impl Fn(&str) -> Result<T, SyntaxError>) -> String {
    let mut page = String::new();
    for text in cases {
        let Err(error) = parse(text) else {
            panic!("{text:?} is taken");
        };
        let visible = text.replace(['\n', '\t'], "␤");
        let before = text[..error.span.start].chars().count();
        let under = text[error.span.clone()].chars().count().max(1);
        writeln!(
            page,
            "{}",
            if visible.len() > 200 {
                "(long)"
            } else {
                &visible
            }
        )
        .expect("text");
        if visible.len() <= 200 {
            writeln!(page, "{}{}", " ".repeat(before), "^".repeat(under)).expect("text");
        }
        writeln!(
            page,
            "{}\n  help: {}\n",
            error.message,
            error.help.unwrap_or_default()
        )
        .expect("text");
    }
    page
}

#[test]
fn selectors_that_the_standard_refuses() {
    let long = format!("$.{}", "a".repeat(4096));
    let deep = format!("$[?{}@.a{}]", "(".repeat(64), ")".repeat(64));
    let cases: &[&str] = &[
        // Beginning and end.
        "",
        " $.a",
        "\n$.a",
        "$.a ",
        "a.b",
        "@.a",
        "accounts[*]",
        "$.a b",
        "$$",
        "$.a$",
        "$a",
        &long,
        &deep,
        // Names.
        "$.",
        "$. a",
        "$.a.",
        "$.'a'",
        "$.\"a\"",
        "$.[0]",
        "$.1a",
        "$.-1",
        "$.a-b",
        "$.a-b.c",
        "$.a#",
        "$.*a",
        "$..",
        "$.. a",
        "$...a",
        "$..1",
        "$.a.length()",
        "$.a.size()",
        // Brackets.
        "$[]",
        "$[ ]",
        "$[a]",
        "$[a.b]",
        "$['a'",
        "$['a]",
        "$['a' 'b']",
        "$['a',]",
        "$[,]",
        "$[0",
        "$[0,,1]",
        "$[(@.length-1)]",
        "$[@.a]",
        "$[%]",
        "$[\u{a0}0]",
        "$[?@.a ==\u{a0}1]",
        "$[?@.a \u{a0}== 1]",
        "\u{feff}$.a",
        "$[",
        "$.a]",
        "$[?@.a)]",
        // Numbers in brackets.
        "$[01]",
        "$[-0]",
        "$[-]",
        "$[- 1]",
        "$[+1]",
        "$[1.0]",
        "$[1e1]",
        "$[9007199254740992]",
        "$[-9007199254740992]",
        "$[1:2:3:4]",
        "$[1:a]",
        "$[1 2]",
        "$[01:2]",
        "$[1:-0]",
        // Text.
        "$['\\x']",
        "$['\\'",
        "$[\"\\'\"]",
        "$['\\\"']",
        "$['\\u12']",
        "$['\\ud800']",
        "$['\\ud800\\u0041']",
        "$['\\udc00']",
        "$['a\nb']",
        "$['a\tb']",
        "$['\\ n']",
        // Filters.
        "$[?]",
        "$[? ]",
        "$[?@.a",
        "$[?@.a ==]",
        "$[?== 1]",
        "$[?@.a == 1 &&]",
        "$[?&& @.a]",
        "$[?@.a & @.b]",
        "$[?@.a | @.b]",
        "$[?@.a and @.b]",
        "$[?@.a OR @.b]",
        "$[?not @.a]",
        "$[?!!@.a]",
        "$[?!]",
        "$[?(@.a]",
        "$[?(@.a",
        "$[?()]",
        "$[?(@.a) == 1]",
        "$[?@.a == (1)]",
        "$[?!@.a == 1]",
        "$[?@.a == !@.b]",
        // Comparisons.
        "$[?@.a = 1]",
        "$[?@.a === 1]",
        "$[?@.a <> 1]",
        "$[?@.a =< 1]",
        "$[?@.a => 1]",
        "$[?@.a =~ 'x']",
        "$[?@.a ! = 1]",
        "$[?@.a < 1 < 2]",
        "$[?@.a == 1 == 2]",
        "$[?1 < @.a < 3]",
        "$[?@.a in ['x']]",
        "$[?@.a contains 'x']",
        "$[?@.a like 'x%']",
        "$[?@.a is null]",
        "$[?@.a whatever]",
        "$[?@.* == 1]",
        "$[?@.a[*] == 'x']",
        "$[?1 == @..a]",
        "$[?@[0,1] == 1]",
        "$[?@[0:1] == 1]",
        "$[?@[?@.a] == 1]",
        "$[?true]",
        "$[?'a']",
        "$[?@.a && 1]",
        "$[?!true]",
        // Literals.
        "$[?@.a == managed]",
        "$[?@.a == True]",
        "$[?@.a == NULL]",
        "$[?@.a == None]",
        "$[?@.a == trueish]",
        "$[?@.a == 01]",
        "$[?@.a == 1.]",
        "$[?@.a == .5]",
        "$[?@.a == +1]",
        "$[?@.a == -]",
        "$[?@.a == 1e]",
        "$[?@.a == 1 .5]",
        "$[?@.a == 90d]",
        "$[?@.a == 9007199254740993]",
        "$[?@.a == [1]]",
        "$[?@.a == {}]",
        "$[?@.a == /x/]",
        "$[?@.a == ‘x’]",
        "$[?@.a == “x”]",
        "$[?@.a == 'x]",
        "$[?@.a == 'x\\']",
        "$[?@.a == 'it's']",
        // Functions.
        "$[?len(@.a) > 1]",
        "$[?in(@.a, @.b)]",
        "$[?subset_of(@.a, @.b)]",
        "$[?Length(@.a) > 1]",
        "$[?length(@.a)]",
        "$[?count(@.a[*])]",
        "$[?value(@.a)]",
        "$[?count(@..a)]",
        "$[?length (@.a) > 1]",
        "$[?length() > 1]",
        "$[?length(@.a, @.b) > 1]",
        "$[?match(@.a)]",
        "$[?match(@.a, 'x', 'y')]",
        "$[?length(@.*) > 1]",
        "$[?length(@[1,2]) > 1]",
        "$[?length(@['a','b']) > 1]",
        "$[?length(@..a) > 1]",
        "$[?count(1) > 1]",
        "$[?count('a') > 1]",
        "$[?count(length(@.a)) > 1]",
        "$[?count(@.a == 1) > 1]",
        "$[?value(1) == 1]",
        "$[?length(match(@.a, 'x')) > 1]",
        "$[?length(@.a == 1) > 1]",
        "$[?match(@.a, 'x') == true]",
        "$[?true == search(@.a, 'x')]",
        "$[?match(@.*, 'x')]",
        "$[?match(@.a, @.*)]",
        "$[?match(@.a 'x')]",
        "$[?match(@.a, 'x'",
        "$[?length(@.a,) > 1]",
        "$[?length(,) > 1]",
        "$[?length(length(length(length(length(@.a))))) > 1]",
    ];
    insta::assert_snapshot!(show(cases, Query::parse));
}

#[test]
fn selections_that_a_control_cannot_have() {
    let cases: &[&str] = &[
        "$",
        "$.accounts",
        "$.inputs",
        "$.inputs.leavers",
        "$.accounts[0]",
        "$.accounts[0:2]",
        "$.accounts['a','b']",
        "$['accounts','groups'][*]",
        "$.accounts.email",
        "$[*]",
        "$[?@.a]",
        "$..accounts[*]",
        "$.accounts..email",
        "$.accounts[*].email",
        "$.accounts[?@.a][?@.b]",
        "$.accounts[?@.a, ?@.b]",
        "$.accounts[?@.a].b",
        "$.inputs[*]",
        "$.accounts[?@.a == $.b]",
        "$.accounts[?count($.groups[*]) > 1]",
        "$.accounts[?$]",
        "$.accounts[?@]",
        "$.accounts[?@ == 1]",
        "$.accounts[?@.*]",
        "$.accounts[?count(@.*) > 1]",
        "$.accounts[?length(@) > 1]",
        "$.accounts[?@[0] == 1]",
        "$.accounts[?@[?@.a]]",
        "$.accounts[?@..a]",
        "$.accounts[?@.a..b]",
        "$.accounts[?@['a','b']]",
        "$.accounts[?@.a['a','b']]",
        "$.accounts[?@.roles[?@ == $.a]]",
        "$.accounts[?match(@.a, '(')]",
        "$.accounts[?search(@.a, '\\\\d')]",
        "$.accounts[?match(@.a, 1)]",
        "accounts[*]",
        "$.accounts[?@.a = 1]",
    ];
    insta::assert_snapshot!(show(cases, Selection::parse));
}

#[test]
fn relative_paths_that_a_control_cannot_have() {
    let cases: &[&str] = &[
        "",
        "$.a",
        "@.a",
        ".a",
        " a",
        "a ",
        "a b",
        "a-b",
        "a.",
        "a..b",
        "*",
        "[*]",
        "[0].a",
        "[?@.a]",
        "['a','b']",
        "a['b','c']",
        "a[",
        "a[b]",
        "a[?@.b = 1]",
        "a[?@.b == $.c]",
        "a[?@..b]",
        "a[?match(@.b, '[')]",
        "9a",
        "a.length()",
        "-a",
        "é\u{a0}[",
    ];
    insta::assert_snapshot!(show(cases, RelativePath::parse));
}

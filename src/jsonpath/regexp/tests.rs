use super::*;

fn check(pattern: &str, matching: &[&str], other: &[&str]) {
    let regex =
        compile(pattern, Extent::Whole).unwrap_or_else(|refusal| panic!("{pattern}: {refusal:?}"));
    for text in matching {
        assert!(regex.is_match(text), "{pattern} on {text:?}");
    }
    for text in other {
        assert!(!regex.is_match(text), "{pattern} on {text:?}");
    }
}

#[test]
fn a_dot_is_anything_but_an_end_of_line() {
    check(
        "a.c",
        &["abc", "a\u{2028}c", "a\tc", "a😀c"],
        &["a\nc", "a\rc", "ac"],
    );
    check(r"a\.c", &["a.c"], &["abc"]);
    check("[.]", &["."], &["a"]);
}

#[test]
fn alternatives_are_enclosed_and_ends_are_ends_of_text() {
    check("a|b", &["a", "b"], &["ab", "a\n", "xa"]);
    check("^a$|b", &["a", "b"], &["xa", "a\n"]);
    check("(a|)b*", &["a", "", "abb", "bb"], &["aa"]);
    let part = compile("^a", Extent::Part).expect("a pattern");
    assert!(part.is_match("ab") && !part.is_match("ba") && !part.is_match("b\na"));
}

#[test]
fn repetitions_are_counted() {
    check("a{2}", &["aa"], &["a", "aaa"]);
    check("a{1,2}b+c?", &["ab", "aabbc"], &["b", "aaab"]);
    check("(ab){2,}", &["abab", "ababab"], &["ab"]);
}

#[test]
fn classes_take_ranges_categories_and_a_minus_at_either_end() {
    check("[a-c]", &["a", "b", "c"], &["d", "-"]);
    check("[-a]", &["-", "a"], &["b"]);
    check("[a-]", &["-", "a"], &["b"]);
    check("[^a-]", &["b"], &["-", "a"]);
    check(r"[\-\]\\\[]", &["-", "]", "\\", "["], &["a"]);
    check(r"[\p{Lu}0-9]", &["Ж", "5"], &["ж"]);
    check(r"[^\p{L}]", &["1"], &["ж"]);
    check(r"\p{Lu}\P{L}", &["A1"], &["a1", "AA"]);
    check(r"[\n\t\r]", &["\n", "\t", "\r"], &["n"]);
}

#[test]
fn what_the_regex_crate_would_read_differently_is_plain_text() {
    // Set operators inside a class, and the escapes of the crate outside.
    check("[a&&b]", &["a", "&", "b"], &["&&"]);
    check("[a~~b]", &["~"], &["~~"]);
    check(r"[!-\-]", &["!", "-", "#"], &["."]);
    check("#[ ]x", &["# x"], &["#x"]);
    check("a-b<c>", &["a-b<c>"], &[]);
    check(r"\{\}\(\)\|\?\*\+\^\$", &["{}()|?*+^$"], &[]);
}

#[test]
fn what_is_no_i_regexp_is_refused() {
    for pattern in [
        r"\d",
        r"\w+",
        r"\s",
        r"\b",
        r"\x41",
        r"\u0041",
        r"\1",
        r"\pL",
        r"\p{Greek}",
        r"\p{}",
        r"\p{Lx}",
        r"\p{L",
        "(?i)a",
        "(?:a)",
        "(?=a)",
        "a**",
        "a+?",
        "a??",
        "a{1}{2}",
        "*a",
        "+",
        "(*a)",
        "|*",
        "a{",
        "a{}",
        "a{,2}",
        "a{1,2,3}",
        "a{x}",
        "a}",
        "a]",
        "(a",
        "a)",
        "[",
        "[]",
        "[^]",
        "[a",
        "[a-",
        "[z-a]",
        "[a-c-e]",
        "[[:alpha:]]",
        "[a[b]]",
        r"[\d]",
        r"[\w-z]",
        "\\",
        "a{2,1}",
        "a{99999999}",
        "[a--b]",
    ] {
        let refusal = compile(pattern, Extent::Part);
        let refusal = refusal
            .err()
            .unwrap_or_else(|| panic!("{pattern} is taken"));
        assert!(!refusal.message.is_empty() && !refusal.help.is_empty());
    }
    assert!(compile(&"(".repeat(GROUP_NESTING_MAX + 1), Extent::Part).is_err());
}

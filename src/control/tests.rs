use proptest::prelude::*;

use super::*;
use crate::diagnostic::{Look, Problems, SourceFile};

/// A control that is right, with `changes` in place of its own keys.
fn control_text(changes: &[(&str, &str)]) -> String {
    let mut keys = vec![
        ("id", "t"),
        ("title", "A title"),
        ("severity", "high"),
        ("rationale", "A reason."),
        ("population", "$.accounts[*]"),
        ("expect", "{ email_verified: true }"),
        ("on_empty", "pass"),
    ];
    for (key, value) in changes {
        keys.retain(|(known, _)| known != key);
        if !value.is_empty() {
            keys.push((key, value));
        }
    }
    keys.iter()
        .map(|(key, value)| format!("{key}: {value}\n"))
        .collect()
}

fn read(text: String) -> (Vec<Control>, Problems) {
    load(&[SourceFile::new("controls/t.yaml", text)])
}

fn control(changes: &[(&str, &str)]) -> Control {
    let (mut controls, problems) = read(control_text(changes));
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    controls.pop().expect("there is one control")
}

/// Message, underlined text and help of every problem.
fn problems(changes: &[(&str, &str)]) -> Vec<String> {
    let (controls, problems) = read(control_text(changes));
    assert!(controls.is_empty(), "a control with problems was loaded");
    problems
        .iter()
        .map(|problem| {
            let help = problem.help.as_deref().unwrap_or_default();
            format!("{} | {} | {help}", problem.message, problem.underlined())
        })
        .collect()
}

#[test]
fn a_control_comes_out_as_it_is_written() {
    let text = "\
id: t
code: ATL-X-01
title: Idle for more than {{ idle_days }} days
severity: critical
tags: [identity]
rationale: |
  Two
  lines.
maps_to: { soc2: [CC6.2], iso27001: [{ id: A.5.18, strength: supporting, note: why }] }
parameters: { idle_days: { type: integer, default: 90, minimum: 1, about: days } }
population: \"$.accounts[?@.claim_status == 'managed']\"
exclude: [{ reason: young, where: { added_to_org_at: { within_last_days: 30 } } }]
expect:
  last_active_at: { within_last_days: $idle_days }
on_empty: not_applicable
message: \"last active {{ subject.last_active_at }}\"
evidence: [name]
";
    let (controls, problems) = read(text.to_owned());
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    let control = &controls[0];
    assert_eq!(control.id.as_str(), "t");
    assert_eq!(control.severity, Severity::Critical);
    assert_eq!(control.revision, 1);
    assert_eq!(control.rationale.source(), "Two\nlines.");
    assert_eq!(control.on_empty, Some(OnEmpty::NotApplicable));
    assert_eq!(
        control.maps_to["soc2"][0].strength,
        MappingStrength::Partial
    );
    assert_eq!(control.maps_to["iso27001"][0].note, "why");
    assert_eq!(control.parameters[0].default, Some(90.into()));
    assert_eq!(control.evidence[0].name(), "name");
    assert_eq!(
        (control.source.first_line, control.source.last_line),
        (11, 14)
    );
    assert_eq!(control.source.sha256.len(), 64);
    let Requirement::Expect(conditions) = &control.requirement else {
        panic!("{:?}", control.requirement);
    };
    let [
        Condition::Test {
            path,
            operator,
            operand,
            ..
        },
    ] = conditions.as_slice()
    else {
        panic!("{conditions:?}");
    };
    assert_eq!(
        (path.text.as_str(), operator.name),
        ("last_active_at", "within_last_days")
    );
    assert_eq!(operand.value, OperandValue::Parameter(0));
}

#[test]
fn texts_take_parameters_fields_and_counts_and_nothing_unknown() {
    let control = control(&[
        (
            "parameters",
            "{ days: { type: integer, default: 3, about: days } }",
        ),
        ("expect", "{ last_active_at: { within_last_days: $days } }"),
        (
            "message",
            "'{{ subject.name }}: {{ subject.platform_roles | join(\"+\") }} in {{ days }}'",
        ),
    ]);
    let message = control.message.expect("it has a message");
    assert_eq!(
        message.subject_fields().collect::<Vec<_>>(),
        ["name", "platform_roles"]
    );
    let values = serde_json::json!({
        "days": 3, "subject": { "name": "<Ada>", "platform_roles": ["a", "b"] }
    });
    assert_eq!(message.render(&values), Ok("<Ada>: a+b in 3".to_owned()));
    assert!(message.render(&serde_json::json!({ "days": 3 })).is_err());
}

#[test]
fn a_text_counts_as_people_speak_and_has_words_for_what_is_not_set() {
    let control = control(&[
        (
            "parameters",
            "{ days: { type: integer, about: days }, region: { type: text, about: region } }",
        ),
        (
            "expect",
            "{ last_active_at: { within_last_days: $days }, name: { equals: $region } }",
        ),
        (
            "title",
            "\"Data in {{ region | if_unset('one region') }} for {{ days | counted('day', 'days') }}\"",
        ),
    ]);
    for (days, region, wanted) in [
        (serde_json::json!(1), "EU", "Data in EU for 1 day"),
        (serde_json::json!(90), "EU", "Data in EU for 90 days"),
        (serde_json::json!(0), UNSET, "Data in one region for 0 days"),
        (UNSET.into(), UNSET, "Data in one region for (not set) days"),
    ] {
        let values = serde_json::json!({ "days": days, "region": region });
        assert_eq!(control.title.render(&values), Ok(wanted.to_owned()));
    }
    for text in [
        "{{ days | counted('day') }}",
        "{{ days | counted(days, 'days') }}",
        "{{ days | if_unset }}",
    ] {
        let found = problems(&[("title", &format!("\"{text}\""))]);
        assert!(
            found[0].starts_with("a text takes values only"),
            "{found:?}"
        );
        // Who wrote a filter a little wrong is told how it is written.
        for filter in ["counted('app', 'apps')", "if_unset('none')"] {
            assert!(found[0].contains(filter), "{found:?}");
        }
    }
}

#[test]
fn a_text_cannot_run_or_grow_without_end() {
    for text in [
        "{% set s = ('x' * 999) | list %}{% for a in s %}{% for b in s %}x{% endfor %}{% endfor %}",
        "{{ 'x' * 100000 }}",
    ] {
        let found = problems(&[("title", &format!("\"{text}\""))]);
        assert!(
            found[0].starts_with("a text takes values only"),
            "{found:?}"
        );
    }
}

#[test]
fn each_and_some_read_in_both_forms() {
    let short = control(&[(
        "expect",
        "{ product_access: { some: { expect: { key: confluence } } } }",
    )]);
    let long = control(&[(
        "expect",
        "{ some: { in: product_access, expect: { key: confluence } } }",
    )]);
    for control in [short, long] {
        let Requirement::Expect(conditions) = control.requirement else {
            panic!("it expects something");
        };
        let [
            Condition::Elements {
                path,
                quantifier,
                expect,
                ..
            },
        ] = conditions.as_slice()
        else {
            panic!("{conditions:?}");
        };
        assert_eq!(path.text, "product_access[*]");
        assert_eq!(*quantifier, Quantifier::Some);
        let [Condition::Test { path, .. }] = expect.as_slice() else {
            panic!("{expect:?}");
        };
        assert_eq!(path.text, "product_access[*].key");
        assert_eq!(path.root.name(), "product_access");
    }
}

#[test]
fn a_list_is_asked_as_a_whole_or_for_its_elements() {
    let control = control(&[(
        "expect",
        "{ platform_roles: { some: { in: [atlassian/user, atlassian/guest] }, length: { at_most: 2 } } }",
    )]);
    let Requirement::Expect(conditions) = control.requirement else {
        panic!("it expects something");
    };
    let [Condition::All(both)] = conditions.as_slice() else {
        panic!("{conditions:?}");
    };
    let texts: Vec<(&str, Quantifier)> = both
        .iter()
        .map(|condition| match condition {
            Condition::Test {
                path, quantifier, ..
            } => (path.text.as_str(), *quantifier),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        texts,
        [
            ("platform_roles[*]", Quantifier::Some),
            ("platform_roles", Quantifier::One)
        ]
    );
}

#[test]
fn a_missing_value_may_fail_an_expectation_and_nothing_else() {
    let control = control(&[("expect", "{ email: { set: true, missing: fail } }")]);
    let Requirement::Expect(conditions) = control.requirement else {
        panic!("it expects something");
    };
    assert!(matches!(
        conditions.as_slice(),
        [Condition::Test {
            missing: Missing::Fail,
            ..
        }]
    ));
    for (key, value) in [
        ("where", "{ email: { set: true, missing: fail } }"),
        (
            "expect",
            "{ not: { any: [{ email: { set: true, missing: fail } }] } }",
        ),
        (
            "expect",
            "{ not: { not: { email: { set: true, missing: fail } } } }",
        ),
        (
            "exclude",
            "[{ reason: r, where: { email: { set: true, missing: fail } } }]",
        ),
        (
            "let",
            "{ s: { from: '$.groups[*]', where: { name: { set: true, missing: fail } }, take: id } }",
        ),
    ] {
        let found = problems(&[(key, value)]);
        assert!(
            found
                .iter()
                .any(|problem| problem.contains("a missing value that fails")),
            "{key} {found:?}"
        );
    }
}

#[test]
fn a_dollar_word_is_a_name_and_two_dollars_are_text() {
    let control = control(&[("expect", "{ name: $$money, email: { not_equals: null } }")]);
    let Requirement::Expect(conditions) = control.requirement else {
        panic!("it expects something");
    };
    let operands: Vec<Value> = conditions
        .iter()
        .map(|condition| match condition {
            Condition::Test { operand, .. } => operand.value.resolve(&|_| None).expect("a literal"),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(operands, [Value::from("$money"), Value::Null]);
}

#[test]
fn a_number_is_text_where_the_field_holds_text_and_addresses_are_in_lower_case() {
    let control = control(&[("expect", "{ name: 1.10, email: Ada@Corp.Example }")]);
    let Requirement::Expect(conditions) = control.requirement else {
        panic!("it expects something");
    };
    let operands: Vec<Value> = conditions
        .iter()
        .map(|condition| match condition {
            Condition::Test { operand, .. } => operand.value.resolve(&|_| None).expect("a literal"),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(operands, ["1.10", "ada@corp.example"]);
}

#[test]
fn an_open_word_takes_what_the_vendor_may_add_and_a_closed_one_does_not() {
    control(&[("expect", "{ management_source: brand_new }")]);
    assert_eq!(
        problems(&[("expect", "{ account_status: brand_new }")]),
        [
            "the catalog knows no word `brand_new` here | brand_new | known: `active`, `inactive`, `closed`"
        ]
    );
}

#[test]
fn sets_may_use_sets_that_stand_later() {
    let control = control(&[
        (
            "let",
            "{ a: { from: '$.policies[*]', where: { id: { in: $b } }, take: id }, b: { from: '$.groups[*]', take: id } }",
        ),
        ("expect", "{ id: { not_in: $a } }"),
    ]);
    let needs: Vec<&[usize]> = control
        .sets
        .iter()
        .map(|set| set.needs.as_slice())
        .collect();
    assert_eq!(needs, [&[1][..], &[]]);
}

#[test]
fn every_problem_of_every_file_is_told_in_order() {
    let bad = |name: &str| {
        SourceFile::new(
            format!("{name}.yaml"),
            format!("id: {name}\nseverity: hihg\n"),
        )
    };
    let (controls, problems) = load(&[bad("b"), bad("a")]);
    assert!(controls.is_empty());
    let files: Vec<&str> = problems
        .iter()
        .map(|problem| problem.labels[0].place.file.name())
        .collect();
    assert!(files.is_sorted() && files.contains(&"a.yaml") && files.contains(&"b.yaml"));
}

#[test]
fn folders_are_read_in_order_and_cases_are_left_to_their_reader() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    std::fs::create_dir(folder.path().join("b")).expect("a folder can be made");
    for name in [
        "b/z.yaml",
        "a.yml",
        "a.cases.yaml",
        "README.md",
        ".hidden.yaml",
    ] {
        std::fs::write(folder.path().join(name), "id: x\n").expect("a file can be written");
    }
    let files = read_files(&[folder.path().to_owned()]).expect("the folder can be read");
    let names: Vec<&str> = files
        .iter()
        .map(|file| file.name().rsplit('/').next().expect("a name"))
        .collect();
    assert_eq!(names, ["a.yml", "z.yaml"]);
    let missing = read_files(&[folder.path().join("nothing")]).expect_err("there is nothing");
    assert!(matches!(missing, ReadError::Io { .. }));
    std::fs::write(folder.path().join("latin1.yaml"), b"id: \xfc\n").expect("it can be written");
    let files = read_files(&[folder.path().to_owned()]).expect("problems are told by the loader");
    let (_, problems) = load(&files);
    assert!(
        problems
            .iter()
            .any(|problem| problem.code == "yaml::encoding")
    );
}

#[test]
fn built_in_controls_load_without_problems_and_say_everything_a_report_shows() {
    let (controls, problems) = load(&builtin());
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    for control in controls {
        assert!(control.code.is_some(), "{} has no code", control.id);
        // A question says itself where to look.
        let look = match &control.requirement {
            super::Requirement::Attest(question) => ("guide", &question.guide),
            _ => ("check_yourself", &control.check_yourself),
        };
        for (key, text) in [
            ("not_tested", &control.not_tested),
            ("remediation", &control.remediation),
            look,
        ] {
            assert!(!text.source().is_empty(), "{} has no {key}", control.id);
        }
        assert!(
            !control.maps_to.is_empty(),
            "{} maps to nothing",
            control.id
        );
    }
}

fn cases(text: &str) -> (Option<CaseFile>, Problems) {
    read_cases(&SourceFile::new("tests/controls/t.yaml", text))
}

#[test]
fn cases_take_defaults_and_leave_out_what_is_absent() {
    let (file, problems) = cases(
        "control: t
as_of: 2026-03-01T00:00:00Z
defaults: { accounts: { name: Ada, sso: true, email: ADA@corp.example } }
cases:
  - name: one
    given: { accounts: [{ id: b, absent: [sso] }, { id: a, name: null }], groups: [] }
    cut: [groups]
    parameters: { days: 3 }
    expect: { outcome: not_applicable, failing: [b, a], excluded: 1, messages: { a: text } }
",
    );
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    let file = file.expect("there are cases");
    let case = &file.cases[0];
    assert_eq!(
        case.given[0].1,
        [
            serde_json::json!({ "id": "b", "name": "Ada", "email": "ada@corp.example" }),
            serde_json::json!({ "id": "a", "name": null, "sso": true, "email": "ada@corp.example" }),
        ]
    );
    assert_eq!(case.cut[0].name(), "groups");
    assert_eq!(case.parameters[0].name, "days");
    assert_eq!(case.expect.outcome, CaseOutcome::NotApplicable);
    assert_eq!(
        case.expect.failing.as_deref(),
        Some(&["a".to_owned(), "b".to_owned()][..])
    );
    assert_eq!(
        (case.expect.unknown.as_deref(), case.expect.in_scope),
        (None, None)
    );
}

#[test]
fn mistakes_in_cases_are_told_all_at_once() {
    let (file, problems) = cases(
        "control: other
as_of: yesterday
defaults: { acounts: {}, accounts: { emial: x } }
cases:
  - name: one
    given:
      accounts:
        - { id: a, sso: yes, account_status: gone }
        - { id: a }
        - { name: x }
        - { id: b, name: x, absent: [name, nme] }
    cut: [grups]
    expect: { outcome: passed, failing: a }
  - name: one
    given: {}
    expect: { outcome: pass }
  - name: one
    given: {}
    expect: { outcome: pass }
",
    );
    assert!(file.is_none());
    insta::assert_snapshot!(problems.render(Look::Plain));
}

/// Pieces that controls are made of, right and wrong.
fn pieces() -> impl Strategy<Value = String> {
    let keys = prop::sample::select(vec![
        "id",
        "title",
        "severity",
        "rationale",
        "population",
        "where",
        "expect",
        "count",
        "members",
        "on_empty",
        "exclude",
        "let",
        "parameters",
        "message",
        "evidence",
        "maps_to",
        "any",
        "x",
    ]);
    let values = prop::sample::select(vec![
        "t",
        "high",
        "{}",
        "[]",
        "null",
        "$x",
        "$$",
        "$.",
        "\"$.accounts[?@.sso == true]\"",
        "$.accounts[*]",
        "{ sso: true }",
        "{ email: { in: $x } }",
        "{ any: [{ sso: $x }] }",
        "{ some: { in: product_access, expect: { key: { length: { at_least: $x } } } } }",
        "{ x: { type: integer, default: 3, about: y } }",
        "{ x: { from: '$.groups[*]', take: id } }",
        "{ at_least: $x }",
        "{ by: id, equals: $x }",
        "[{ reason: a, where: { id: $x } }]",
        "\"{{ x }} {{ subject.email\"",
        "'{{ subject.name }}'",
        "&a [*a]",
        "{ length: { a: [ü] } }",
        "{ platform_roles: { each: { in: [a, $x] }, some: b } }",
        "pass",
        "7",
        "\"\\u00fc{{\"",
    ]);
    (keys, values).prop_map(|(key, value)| format!("{key}: {value}\n"))
}

proptest! {
    #[test]
    fn parsing_any_text_never_panics_and_every_problem_can_be_shown(
        lines in prop::collection::vec(pieces(), 0..12),
        noise in "[ -~\\n]{0,12}",
    ) {
        let text = lines.concat() + &noise;
        let file = SourceFile::new("t.yaml", text.as_str());
        let (controls, problems) = load(std::slice::from_ref(&file));
        prop_assert_eq!(controls.is_empty(), !problems.is_empty());
        problems.render(Look::Plain);
        let (cases, problems) = read_cases(&file);
        prop_assert_eq!(cases.is_none(), !problems.is_empty());
        problems.render(Look::Plain);
    }
}

use super::*;
use crate::diagnostic::{Look, SourceFile};
use std::fs;
use std::path::Path;

/// A library of three controls.
fn library() -> Vec<Control> {
    let parameters = "\
parameters:
  days: { type: integer, default: 90, minimum: 1, weaker: higher, about: days }
  names: { type: list of text, default: [a, b], weaker: lower, about: names }
  free: { type: integer, default: 1, about: any }
population: \"$.accounts[*]\"
where: { id: { in: $names }, api_token_count: { at_least: $free } }
expect: { last_active_at: { within_last_days: $days } }
on_empty: pass
";
    let plain = "population: \"$.accounts[*]\"\nexpect: { sso: true }\non_empty: pass\n";
    let control = |id: &str, head: &str, body: &str| {
        let text =
            format!("id: {id}\ntitle: T of {id}\nseverity: high\nrationale: R\n{head}\n{body}");
        SourceFile::new(format!("{id}.yaml"), text)
    };
    let files = [
        control("idle", "code: T-01\ntags: [people, leavers]", parameters),
        control("sso", "tags: [people]\nmaps_to: { soc2: [CC6.1] }", plain),
        control("tokens", "tags: [tokens]", plain),
    ];
    let (controls, problems) = crate::control::load(&files);
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    controls
}

/// What the last of `files` (name, text) makes of the library.
fn tailored(files: &[(&str, &str)]) -> Result<Tailored, Problems> {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    let (last, _) = files.last().expect("there is a profile");
    let path = folder.path().join(last);
    let (profile, problems) = Profile::load(path.to_str().expect("a path in UTF-8"));
    problems.or(())?;
    profile.expect("no problem").tailor(library())
}

fn tested(tailored: &Tailored) -> Vec<&str> {
    let controls = tailored.controls.iter();
    controls.map(|control| control.id.as_str()).collect()
}

/// Id, reason and origin of each that is left out.
fn left_out(tailored: &Tailored) -> Vec<(&str, &str, &str)> {
    let left_out = tailored.statement.left_out.iter();
    left_out
        .map(|out| {
            (
                out.control.as_str(),
                out.reason.as_str(),
                out.origin.as_str(),
            )
        })
        .collect()
}

/// Code, message, underlined text and help of each problem of a profile.
fn told(text: &str) -> Vec<String> {
    let problems = tailored(&[("p.yaml", text)]).expect_err("it has problems");
    problems
        .iter()
        .map(|problem| {
            format!(
                "{}: {} [{}] {}",
                problem.code,
                problem.message,
                problem.underlined(),
                problem.help.as_deref().unwrap_or_default()
            )
        })
        .collect()
}

#[test]
fn everything_is_tested_that_is_not_left_out_with_a_reason() {
    let tailored = tailored(&[(
        "p.yaml",
        "exclude:\n  - { tag: leavers, reason: tested by HR }\n  - { tag: people, reason: second }\n",
    )])
    .expect("a good profile");
    assert_eq!(tested(&tailored), ["tokens"]);
    // The first reason stands.
    assert_eq!(
        left_out(&tailored),
        [
            ("idle", "tested by HR", "profile p, line 2"),
            ("sso", "second", "profile p, line 3")
        ]
    );
}

#[test]
fn what_is_included_is_told_by_id_code_tag_and_framework() {
    for (include, expected) in [
        ("[sso]", &["sso"][..]),
        ("[T-01]", &["idle"]),
        ("[{ id: [idle, tokens] }]", &["idle", "tokens"]),
        ("[{ tag: people }]", &["idle", "sso"]),
        ("[{ framework: soc2 }, { tag: tokens }]", &["sso", "tokens"]),
    ] {
        let text = format!("name: mine\ninclude: {include}\n");
        let tailored = tailored(&[("p.yaml", &text)]).expect("a good profile");
        assert_eq!(tested(&tailored), expected);
        for (_, reason, origin) in left_out(&tailored) {
            assert_eq!(reason, "not included by the profile mine");
            assert_eq!(origin, "profile mine, line 2");
        }
    }
}

#[test]
fn a_profile_that_extends_another_changes_only_what_it_names() {
    let base = "\
name: base
include: [{ tag: people }]
exclude: [{ id: sso, reason: no evidence yet }]
controls:
  idle:
    owner: IT
    due_on: 2026-12-01
    severity: { to: low, reason: few people }
    parameters: { days: { value: 120, why: policy }, free: 2 }
  tokens: { owner: Platform }
";
    let own = "\
name: own
extends: base.yaml
include: [tokens]
controls:
  idle: { owner: HR, parameters: { days: 30 } }
";
    let tailored = tailored(&[("base.yaml", base), ("own.yaml", own)]).expect("good profiles");
    assert_eq!(tested(&tailored), ["idle", "tokens"]);
    assert_eq!(
        left_out(&tailored),
        [("sso", "no evidence yet", "profile base, line 3")]
    );
    let idle = &tailored.statement.notes[&"idle".parse().expect("an id")];
    assert_eq!(idle.owner.as_deref(), Some("HR"));
    assert_eq!(idle.due_on, Some(jiff::civil::date(2026, 12, 1)));
    assert_eq!(tailored.controls[0].severity, Severity::Low);
    let change = idle.severity.as_ref().expect("it was changed");
    assert_eq!((change.from, change.to), (Severity::High, Severity::Low));
    let sources: Vec<&str> = tailored
        .statement
        .sources
        .iter()
        .map(|source| source.name.as_str())
        .collect();
    assert_eq!(sources, ["own", "base"]);

    let mut values = crate::plan::ParameterValues::none();
    for value in &tailored.values {
        values.set_tailored(value);
    }
    let plan = crate::plan::Plan::new(tailored.controls, &values).expect("good values");
    let said: Vec<_> = plan.controls[0]
        .parameters
        .iter()
        .map(|parameter| (parameter.origin.as_str(), parameter.is_weaker))
        .collect();
    assert_eq!(
        said,
        [
            ("profile own, line 5", false),
            ("default", false),
            ("profile base, line 9", false)
        ]
    );
}

#[test]
fn a_weaker_value_needs_a_reason() {
    let refused = told("controls: { idle: { parameters: { days: 120, names: [a, c] } } }");
    assert_eq!(
        refused,
        [
            "profile::weaker: `days` of `idle`: 120 asks less than the default 90 [120] say why: \
             `days: { value: 120, why: … }`; every report shows it",
            "profile::weaker: `names` of `idle`: [\"a\",\"c\"] asks less than the default [\"a\",\"b\"] [[a, c]] \
             say why: `names: { value: [a, c], why: … }`; every report shows it",
        ]
    );
    for parameters in [
        "days: { value: 120, why: policy ISP-07 }",
        "days: 90",
        "days: 30",
        "names: [a, b, c]",
        // Of this one the control does not say what is weaker.
        "free: 100",
    ] {
        let text = format!("controls: {{ idle: {{ parameters: {{ {parameters} }} }} }}");
        let tailored = tailored(&[("p.yaml", &text)]).expect("a good profile");
        assert_eq!(tailored.values.len(), 1, "{parameters}");
    }
}

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let form = "\
extend: baseline
include: [{ tag: people, id: sso }]
exclude:
  - { tag: people }
  - { reason: none selected }
controls:
  idle: { due_on: soon, severity: low, onwer: IT }
  sso: { severity: { to: hihg } }
";
    assert_eq!(
        told(form),
        [
            "profile::unknown_key: unknown key `extend` in a profile [extend] did you mean `extends`?",
            "profile::selector: controls are selected by exactly one of `id`, `tag` and `framework` \
             [{ tag: people, id: sso }] write an entry for each: every control that any of them selects is meant",
            "profile::missing_key: the key `reason` is missing [tag] say why these controls are not tested; every \
             report shows it",
            "profile::selector: controls are selected by exactly one of `id`, `tag` and `framework` \
             [{ reason: none selected }] write an entry for each: every control that any of them selects is meant",
            "profile::wrong_type: expected a day, found text [soon] write `2026-12-20`",
            "profile::wrong_type: expected a map, found text [low] say why: `severity: { to: medium, reason: … }`; \
             every report shows it",
            "profile::unknown_key: unknown key `onwer` in what a profile says of a control [onwer] did you mean `owner`?",
            "profile::missing_key: the key `reason` is missing [to] say why: \
             `severity: { to: medium, reason: … }`; every report shows it",
            "profile::unknown_word: `hihg` is no severity [hihg] did you mean `high`?",
        ]
    );
    let names = "\
include: [{ tag: peple }, { framework: soc3 }, { tag: people }]
exclude: [{ id: ssso, reason: why }]
controls:
  tokns: { owner: A }
  idle: { parameters: { day: 1, days: 0 } }
";
    assert_eq!(
        told(names),
        [
            "profile::selects_nothing: no control has the tag `peple` [peple] did you mean `people`?",
            "profile::selects_nothing: no control maps to the framework `soc3` [soc3] did you mean `soc2`?",
            "profile::unknown_control: no control is called `ssso` [ssso] did you mean `sso`?",
            "profile::unknown_control: no control is called `tokns` [tokns] did you mean `tokens`?",
            "profile::unknown_parameter: `idle` has no parameter `day` [day] did you mean `days`?",
            "profile::parameter: `days` of `idle`: 0 is less than the minimum 1 [0] write 1 or more",
        ]
    );
}

#[test]
fn a_profile_that_leaves_nothing_to_test_is_refused() {
    assert_eq!(
        told("exclude: [{ tag: [people, tokens], reason: all }]"),
        [
            "profile::nothing_left: the profile `p` leaves nothing to test [{ tag: [people, tokens], reason: all }] include a control, or exclude fewer"
        ]
    );
}

#[test]
fn profiles_that_extend_themselves_are_refused() {
    let problems = tailored(&[
        ("a.yaml", "extends: b.yaml\n"),
        ("b.yaml", "extends: ./a.yaml\n"),
    ])
    .expect_err("they go round");
    let shown = problems.render(Look::Plain);
    assert_eq!(problems.len(), 1, "{shown}");
    assert!(shown.contains("extends itself"), "{shown}");
    let own = tailored(&[("a.yaml", "extends: a.yaml\n")]).expect_err("it goes round");
    assert_eq!(own.iter().next().map(Problem::underlined), Some("a.yaml"));
}

#[test]
fn a_profile_that_is_not_there_is_told_where_it_is_named() {
    let built_in = told("extends: baselin\n");
    assert!(
        built_in[0].contains("[baselin] did you mean `baseline`; one of your own"),
        "{built_in:?}"
    );
    let file = told("extends: nowhere.yaml\n");
    assert!(
        file[0].starts_with("profile::unknown: cannot read"),
        "{file:?}"
    );
    assert!(file[0].contains("[nowhere.yaml]"), "{file:?}");
    let (profile, problems) = Profile::load("baselin");
    assert!(profile.is_none());
    assert!(
        problems
            .render(Look::Plain)
            .contains("did you mean `baseline`")
    );
}

#[test]
fn built_in_profiles_fit_the_built_in_controls() {
    for (name, file, _) in BUILT_IN {
        let (profile, problems) = Profile::load(name);
        assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
        let profile = profile.expect("no problem");
        assert_eq!(profile.name(), *name);
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(file).is_file());
        let (controls, _) = crate::control::load(&crate::control::builtin());
        profile
            .tailor(controls)
            .expect("it names only what is there");
    }
}

/// The library as a built-in profile leaves it, and how many controls it had.
fn built_in(name: &str) -> (super::Tailored, usize) {
    let (controls, _) = crate::control::load(&crate::control::builtin());
    let count = controls.len();
    let profile = Profile::load(name).0.expect("it is built in");
    (profile.tailor(controls).expect("it fits"), count)
}

#[test]
fn baseline_tests_every_built_in_control_but_questions_for_people() {
    let (tailored, count) = built_in("baseline");
    assert!(
        tailored
            .controls
            .iter()
            .all(|control| control.dataset().is_some())
    );
    assert_eq!(
        tailored.controls.len() + tailored.statement.left_out.len(),
        count
    );
}

#[test]
fn every_built_in_profile_fits_the_library_and_weakens_nothing() {
    for (name, _, _) in super::BUILT_IN {
        let (tailored, _) = built_in(name);
        assert!(tailored.controls.len() > 60, "{name}");
        // A value that asks less than the default needs a reason.
        assert!(
            tailored.values.iter().all(|value| value.why.is_none()),
            "{name}"
        );
    }
    assert!(!built_in("strict").0.values.is_empty());
}

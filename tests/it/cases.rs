//! Every built-in control on its cases, and the five rules on all of them.

use std::collections::BTreeSet;

use tickmark::control;
use tickmark::diagnostic::Look;
use tickmark::workbench::Suites;

fn suites() -> Suites {
    Suites::builtin().unwrap_or_else(|problems| panic!("{}", problems.render(Look::Plain)))
}

#[test]
fn every_case_of_every_built_in_control_comes_out_as_it_says() {
    let suites = suites();
    assert_eq!(suites.without_cases, []);
    let mut wrong = String::new();
    for suite in &suites.suites {
        let cases = suite
            .run()
            .unwrap_or_else(|problems| panic!("{}", problems.render(Look::Plain)));
        for case in &cases {
            for difference in &case.differences {
                wrong += &format!(
                    "{}: {}: {}: expected {}, found {}\n",
                    suite.control.id,
                    case.name,
                    difference.what,
                    difference.expected,
                    difference.found
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn no_evidence_taken_from_any_case_makes_an_outcome_better() {
    let mut tried = 0;
    let mut wrong = String::new();
    for suite in &suites().suites {
        let found = suite
            .losses()
            .unwrap_or_else(|problems| panic!("{}", problems.render(Look::Plain)));
        tried += found.tried;
        for loss in &found.losses {
            wrong += &format!(
                "{}: {}: {}: {}\n",
                suite.control.id, loss.case, loss.taken, loss.wrong
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(
        tried > 1000,
        "only {tried} pieces of evidence were taken away"
    );
}

#[test]
fn the_cases_decide_every_condition_of_every_built_in_control_both_ways() {
    let mut gaps = String::new();
    for suite in &suites().suites {
        let coverage = suite
            .coverage()
            .unwrap_or_else(|problems| panic!("{}", problems.render(Look::Plain)));
        // A question for a person has none.
        let is_question = suite.control.dataset().is_none();
        assert!(
            is_question || coverage.conditions.len() > 1,
            "{}",
            suite.control.id
        );
        for gap in coverage.gaps() {
            let line = gap.place.file.line(gap.place.span.start);
            gaps += &format!(
                "{}:{line}: {}: {}: {}\n",
                gap.place.file.name(),
                gap.part,
                gap.label,
                gap.lacks()
            );
        }
    }
    assert!(gaps.is_empty(), "{gaps}");
}

#[test]
fn a_case_notices_every_mutant_of_every_built_in_control() {
    let mut mutants = 0;
    let mut survivors = String::new();
    for suite in &suites().suites {
        let report = suite
            .mutate()
            .unwrap_or_else(|problems| panic!("{}", problems.render(Look::Plain)));
        mutants += report.mutants;
        for mutant in &report.survivors {
            let line = mutant.place.file.line(mutant.place.span.start);
            survivors += &format!("{}:{line}: {}\n", mutant.place.file.name(), mutant.id);
        }
    }
    assert!(survivors.is_empty(), "{survivors}");
    assert!(mutants > 150, "only {mutants} mutants");
}

#[test]
fn every_control_that_a_text_names_by_its_code_is_there() {
    let files = control::builtin();
    let is_of_a_code = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
    let codes_in = |text: &str| -> BTreeSet<String> {
        text.split(|c: char| !is_of_a_code(c))
            .filter(|word| word.starts_with("ATL-"))
            .map(|word| word.trim_end_matches('-').to_owned())
            .collect()
    };
    let own: BTreeSet<String> = files
        .iter()
        .flat_map(|file| file.text().lines())
        .filter_map(|line| line.strip_prefix("code: "))
        .map(|code| code.trim().to_owned())
        .collect();
    assert!(own.len() > 100, "{}", own.len());
    for file in &files {
        let named = codes_in(file.text());
        let strange: Vec<&String> = named.difference(&own).collect();
        assert!(strange.is_empty(), "{}: {strange:?}", file.name());
    }
}

//! Whatever the report counts twice comes to the same.

use super::*;

fn every_fixture() -> Vec<Assessment> {
    vec![
        fixture::rich(),
        fixture::empty(),
        fixture::all_pass(),
        fixture::all_unknown(),
        fixture::attested(),
        fixture::huge(1_000),
    ]
}

#[test]
fn outcomes_add_up_to_the_controls() {
    for assessment in every_fixture() {
        check(&assessment, |view| {
            let counts = view.counts;
            assert_eq!(counts.all, assessment.controls.len() as u64);
            let sum: u64 = Outcome::SHOWN
                .iter()
                .map(|outcome| counts.get(*outcome))
                .sum();
            assert_eq!(sum, counts.all);
        });
    }
}

#[test]
fn the_severity_table_adds_up_both_ways() {
    for assessment in every_fixture() {
        check(&assessment, |view| {
            for row in &view.severities.rows {
                assert_eq!(row.cells.iter().sum::<u64>(), row.all);
                assert_eq!(row.all, view.counts.get(row.outcome));
            }
            let all: u64 = view.severities.rows.iter().map(|row| row.all).sum();
            assert_eq!(all, view.counts.all);
        });
    }
}

#[test]
fn areas_add_up_to_the_controls() {
    for assessment in every_fixture() {
        check(&assessment, |view| {
            for outcome in Outcome::SHOWN {
                let sum: u64 = view.areas.iter().map(|area| area.counts.get(outcome)).sum();
                assert_eq!(sum, view.counts.get(outcome));
            }
            for area in &view.areas {
                let drawn: u64 = area.signs.iter().map(|(_, count)| count).sum();
                assert_eq!(drawn, area.counts.all);
            }
        });
    }
}

#[test]
fn causes_add_up_to_what_did_not_conclude() {
    for assessment in every_fixture() {
        check(&assessment, |view| {
            for outcome in [Outcome::Unknown, Outcome::Error] {
                let sum: usize = view
                    .causes
                    .iter()
                    .filter(|cause| cause.outcome == outcome)
                    .map(|cause| cause.controls.len())
                    .sum();
                assert_eq!(sum as u64, view.counts.get(outcome));
            }
        });
    }
}

#[test]
fn findings_add_up_and_none_is_dropped() {
    for assessment in every_fixture() {
        check(&assessment, |view| {
            let stated: u64 = assessment
                .controls
                .iter()
                .map(|control| control.findings.len())
                .sum();
            assert_eq!(view.findings.all, stated);
            for control in &view.controls {
                for group in &control.findings {
                    assert_eq!(group.rows.len() as u64, group.shown);
                    assert_eq!(group.shown + group.rest().count() as u64, group.total);
                }
            }
            let in_groups: u64 = view
                .controls
                .iter()
                .flat_map(|control| &control.findings)
                .map(|group| group.total)
                .sum();
            assert_eq!(in_groups, stated);
        });
    }
}

#[test]
fn every_ledger_adds_up_line_by_line() {
    for assessment in every_fixture() {
        check(&assessment, |view| {
            for control in &view.controls {
                let Some(ledger) = control.ledger.as_ref() else {
                    assert!(
                        control.question.is_some(),
                        "it has a population, or asks a person"
                    );
                    continue;
                };
                assert!(ledger.adds_up, "{}", control.id);
                let mut running = 0;
                for line in &ledger.lines {
                    match (line.kind, line.operator) {
                        ("plain", "") => running = line.records,
                        ("plain", _) => running -= line.records,
                        ("subtotal" | "total", _) => assert_eq!(line.records, running),
                        _ => {}
                    }
                }
                let outcomes: u64 = ledger
                    .lines
                    .iter()
                    .filter(|line| line.kind == "outcome")
                    .map(|line| line.records)
                    .sum();
                assert_eq!(outcomes, ledger.in_scope);
            }
        });
    }
}

#[test]
fn a_ledger_that_does_not_add_up_says_so() {
    let mut assessment = fixture::empty();
    let mut control = fixture::control("broken");
    fixture::population(&mut control).pass = 2;
    assessment.controls.push(control);
    check(&assessment, |view| {
        let ledger = view.controls[0]
            .ledger
            .as_ref()
            .expect("it has a population");
        assert!(!ledger.adds_up && ledger.notes[0].contains("do not add up"));
    });
}

#[test]
fn what_is_only_counted_is_no_pass_and_what_is_missing_is_no_part_of_the_sum() {
    let mut assessment = fixture::empty();
    let mut counted = fixture::control("counted");
    fixture::population(&mut counted).pass = 0;
    fixture::population(&mut counted).counted = 3;
    let mut missing = fixture::control("missing");
    missing.outcome = Outcome::Fail;
    fixture::population(&mut missing).missing = 2;
    assessment.controls.extend([counted, missing]);
    check(&assessment, |view| {
        let results: Vec<&str> = view
            .controls
            .iter()
            .map(|control| control.result.as_str())
            .collect();
        assert_eq!(
            results,
            [
                "2 accounts expected, but not there.",
                "Met: 3 accounts counted."
            ]
        );
        let ledgers: Vec<_> = view
            .controls
            .iter()
            .map(|control| control.ledger.as_ref().expect("it has a population"))
            .collect();
        assert!(ledgers.iter().all(|ledger| ledger.adds_up));
        assert_eq!(ledgers[0].lines.last().map(|line| line.kind), Some("apart"));
    });
}

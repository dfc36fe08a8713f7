use super::*;
use crate::assess::fixture;
use crate::gate::Gate;

fn check(assessment: &Assessment, look: impl FnOnce(&ReportView<'_>)) {
    let options = ReportOptions::default();
    let verdict = Gate::default().judge(assessment);
    look(&ReportView::new(assessment, &verdict, &options));
}

fn every_fixture() -> Vec<Assessment> {
    vec![
        fixture::rich(),
        fixture::empty(),
        fixture::all_pass(),
        fixture::all_unknown(),
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
            let stated: usize = assessment
                .controls
                .iter()
                .map(|control| control.findings.len())
                .sum();
            assert_eq!(view.findings.all, stated as u64);
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
            assert_eq!(in_groups, stated as u64);
        });
    }
}

#[test]
fn every_ledger_adds_up_line_by_line() {
    for assessment in every_fixture() {
        check(&assessment, |view| {
            for control in &view.controls {
                let ledger = control.ledger.as_ref().expect("it has a population");
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

#[test]
fn fail_and_unknown_interleave_by_severity_and_stand_before_passes() {
    check(&fixture::rich(), |view| {
        let order: Vec<String> = view
            .controls
            .iter()
            .map(|control| format!("{} {}", control.severity.word(), control.outcome.word()))
            .collect();
        assert_eq!(
            order,
            [
                "critical fail",
                "critical unknown",
                "critical unknown",
                "high fail",
                "high fail",
                "high unknown",
                "high unknown",
                "high error",
                "medium fail",
                "medium unknown",
                "low unknown",
                "critical pass",
                "high pass",
                "high pass",
                "medium pass",
                "low not applicable",
            ]
        );
    });
}

#[test]
fn the_first_sentence_names_fail_and_unknown() {
    let clauses = |fail, unknown, error, pass| {
        let counts = Counts {
            all: fail + unknown + error + pass,
            fail,
            unknown,
            error,
            pass,
            not_applicable: 0,
        };
        summary::clauses(counts)
            .into_iter()
            .map(|clause| clause.text)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        clauses(14, 12, 0, 36),
        "14 of 62 controls fail. 12 could not be concluded."
    );
    assert_eq!(
        clauses(1, 0, 2, 1),
        "1 of 4 controls fails. 0 could not be concluded. 2 broke."
    );
    assert_eq!(
        clauses(0, 1, 0, 0),
        "1 of 1 control could not be concluded. No control fails."
    );
    assert_eq!(
        clauses(0, 0, 0, 9),
        "No control fails. 0 could not be concluded."
    );
    assert_eq!(clauses(0, 0, 0, 0), "No control was tested.");
}

#[test]
fn every_outcome_that_occurs_can_be_seen_in_the_bar() {
    let counts = Counts {
        all: 100_003,
        fail: 1,
        unknown: 1,
        error: 1,
        pass: 100_000,
        not_applicable: 0,
    };
    let bar = summary::bar(counts);
    let widths: Vec<f64> = bar
        .iter()
        .map(|segment| {
            segment
                .width
                .trim_end_matches('%')
                .parse()
                .expect("a number")
        })
        .collect();
    assert_eq!(widths.len(), 4);
    assert!(widths.iter().all(|width| *width >= 1.3), "{widths:?}");
    assert!((widths.iter().sum::<f64>() - 100.0).abs() < 0.05);
}

#[test]
fn a_page_holds_at_most_5000_rows_and_every_finding_group_has_one() {
    assert_eq!(rows_per_control([312, 2].into_iter()), 200);
    assert_eq!(rows_per_control(std::iter::repeat_n(1_000, 25)), 200);
    assert_eq!(rows_per_control(std::iter::repeat_n(1_000, 50)), 100);
    assert_eq!(rows_per_control(std::iter::repeat_n(1, 9_000)), 1);
}

#[test]
fn a_cut_dataset_is_on_the_first_screen_with_its_reason() {
    check(&fixture::rich(), |view| {
        let complete = view
            .reliance
            .iter()
            .find(|fact| fact.label == "Complete")
            .expect("always there");
        let texts: Vec<String> = complete
            .lines
            .iter()
            .map(|line| format!("{} {}", line.strong, line.text))
            .collect();
        assert_eq!(
            texts,
            [
                " 7 of 9 datasets whole",
                "denied: api_tokens HTTP 403: the key lacks a scope",
                "cut: groups page 41 named the cursor of page 40 again; 4,000 groups received",
            ]
        );
        assert!(view.reliance.len() <= 7);
    });
}

#[test]
fn an_account_count_that_differs_is_never_shown_as_equal() {
    let mut assessment = fixture::rich();
    let accounts = assessment
        .snapshot
        .datasets
        .get_mut("accounts")
        .expect("it is there");
    accounts.api_count = Some(12_050);
    check(&assessment, |view| {
        let fact = view
            .reliance
            .iter()
            .find(|fact| fact.label == "Accounts")
            .expect("always there");
        assert_eq!(fact.lines[0].sign, Some(Outcome::Unknown));
        assert_eq!(
            fact.lines[0].strong,
            "12,042 fetched ≠ 12,050 by Atlassian’s own count"
        );
    });
}

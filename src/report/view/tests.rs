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
                let ledger = &control.ledger;
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
    control.population.pass = 2;
    assessment.controls.push(control);
    check(&assessment, |view| {
        assert!(!view.controls[0].ledger.adds_up);
        assert!(view.controls[0].ledger.notes[0].contains("do not add up"));
    });
}

#[test]
fn what_is_only_counted_is_no_pass_and_what_is_missing_is_no_part_of_the_sum() {
    let mut assessment = fixture::empty();
    let mut counted = fixture::control("counted");
    counted.population.pass = 0;
    counted.population.counted = 3;
    let mut missing = fixture::control("missing");
    missing.outcome = Outcome::Fail;
    missing.population.missing = 2;
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
        assert!(view.controls.iter().all(|control| control.ledger.adds_up));
        assert_eq!(
            view.controls[0].ledger.lines.last().map(|line| line.kind),
            Some("apart")
        );
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
                " values of 3 fields not understood and left out, listed in §5",
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

#[test]
fn what_a_profile_leaves_out_is_counted_on_the_first_screen_and_listed_worst_first() {
    check(&fixture::rich(), |view| {
        let profile = view.profile.as_ref().expect("one was used");
        let listed: Vec<&str> = profile
            .left_out
            .iter()
            .map(|control| control.reference.as_str())
            .collect();
        assert_eq!(listed, ["ATL-DOM-09", "ATL-TOK-03"]);
        let library = view.counts.all + 2;
        let sentence = format!(
            "2 of the {library} controls of the library are not in profile “rail”: listed with the reason in §6."
        );
        assert!(view.limits.contains(&sentence), "{:?}", view.limits);
    });
    check(&fixture::empty(), |view| assert!(view.profile.is_none()));
}

#[test]
fn a_value_that_asks_less_says_so_and_why() {
    let mut assessment = fixture::rich();
    let parameter = assessment
        .controls
        .iter_mut()
        .find_map(|control| control.parameters.first_mut())
        .expect("a control has a parameter");
    parameter.origin = "profile rail, line 14".to_owned();
    parameter.weaker = true;
    parameter.why = Some("policy ISP-07".to_owned());
    let name = parameter.name.clone();
    check(&assessment, |view| {
        let found = view
            .controls
            .iter()
            .flat_map(|control| &control.parameters)
            .find(|parameter| parameter.name == name)
            .expect("it is shown");
        assert!(
            found
                .note
                .contains("profile rail, line 14; weaker than the default")
                && found.note.ends_with("why: policy ISP-07"),
            "{}",
            found.note
        );
    });
}

#[test]
fn lists_that_do_not_count_are_on_the_first_screen() {
    check(&fixture::rich(), |view| {
        let fact = view
            .reliance
            .iter()
            .find(|fact| fact.label == "From people")
            .expect("lists were given");
        let lines: Vec<String> = fact
            .lines
            .iter()
            .map(|line| format!("{}{}", line.strong, line.text))
            .collect();
        assert_eq!(
            lines,
            [
                "2 lists (oldest of 2026-10-01)",
                "not supplied: inputs.admin_grants",
                "stale: inputs.leavers"
            ]
        );
    });
    check(&fixture::empty(), |view| {
        assert!(view.reliance.iter().all(|fact| fact.label != "From people"));
    });
}

use super::*;
use crate::assess::{ControlAssessment, Reason, fixture};
use crate::gate::Gate;

fn check(assessment: &Assessment, look: impl FnOnce(&ReportView<'_>)) {
    let options = ReportOptions::default();
    let verdict = Gate::default().judge(assessment);
    look(&ReportView::new(assessment, &verdict, &options).expect("readable findings"));
}

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
                " values of 3 fields not expected, listed in §5",
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
fn what_is_missing_is_told_beside_what_is_in_scope() {
    let mut assessment = fixture::empty();
    let mut control = fixture::control("missing");
    control.outcome = Outcome::Fail;
    fixture::population(&mut control).missing = 2;
    assessment.controls.push(control);
    check(&assessment, |view| {
        let control = &view.controls[0];
        assert_eq!(control.result_rest, ["Beside them, 3 accounts in scope."]);
        assert_eq!(control.mark, "2 expected, not there");
    });
}

#[test]
fn a_query_that_is_wider_than_the_population_says_by_what() {
    let mut assessment = fixture::empty();
    let line = |label: &str, records| crate::assess::LedgerLine {
        label: label.to_owned(),
        records,
    };
    let mut control = fixture::control("narrow");
    fixture::population(&mut control).selector =
        "$.accounts[?@.account_status == 'active']".to_owned();
    fixture::population(&mut control).fetched = 16;
    fixture::population(&mut control).outside = vec![
        line("account_status is active", 4),
        line("platform_roles is some", 7),
    ];
    fixture::population(&mut control).excluded = vec![line("emergency account", 2)];
    assessment
        .controls
        .extend([control, fixture::control("plain")]);
    check(&assessment, |view| {
        assert_eq!(
            view.controls[0].query_note,
            "It lists 12 accounts. That is wider than the 3 in scope: a selector does not hold these conditions, by which the control leaves out more: not: platform_roles is some (7); excluded: emergency account (2)."
        );
        assert_eq!(
            view.controls[1].query_note,
            "It lists 3 accounts; 3 in scope."
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

#[test]
fn counted_subjects_have_a_table_of_their_own() {
    let mut assessment = fixture::empty();
    let mut control = fixture::control("admins");
    control.outcome = Outcome::Fail;
    fixture::population(&mut control).pass = 0;
    fixture::population(&mut control).counted = 3;
    let mut finding = fixture::idle_findings(1).remove(0);
    finding.subject = "-".to_owned();
    finding.label = String::new();
    finding.evidence = vec![crate::assess::Evidence {
        field: "subjects".into(),
        value: serde_json::json!([{ "id": "1", "label": "Ada Holm" }, { "id": "2", "label": "" }]),
        present: true,
        tested: true,
        source: "".into(),
        collected_at: None,
    }]
    .into();
    control.findings = vec![finding].into();
    assessment.controls.push(control);
    check(&assessment, |view| {
        let control = &view.controls[0];
        let counted = control.counted.as_ref().expect("a table");
        assert_eq!(counted.heading, "Counted accounts");
        assert_eq!(counted.total, 3);
        assert_eq!(
            counted.rows,
            [
                ("1".to_owned(), "Ada Holm".to_owned()),
                ("2".to_owned(), String::new())
            ]
        );
        assert_eq!(control.findings[0].heading, "The control as a whole");
        assert!(
            control.findings[0]
                .columns
                .iter()
                .all(|column| column.head != "subjects")
        );
    });
}

#[test]
fn of_several_absent_fields_the_one_that_settles_most_stands_first() {
    let absent = |field: &str, subjects| Reason::FieldAbsent {
        dataset: "accounts".to_owned(),
        field: field.to_owned(),
        settled_by: String::new(),
        subjects,
    };
    let mut assessment = fixture::empty();
    let mut control = fixture::control("unknown");
    control.outcome = Outcome::Unknown;
    control.reasons = vec![absent("mfa_enabled", 1), absent("sso", 4)];
    assessment.controls.push(control);
    check(&assessment, |view| {
        assert_eq!(
            view.controls[0].reasons[0].cause,
            "No source gave accounts.sso"
        );
        assert_eq!(view.controls[0].reasons.len(), 2);
    });
}

#[test]
fn controls_that_wait_for_exports_and_for_lists_are_one_cause_each() {
    let absent = |field: &str| Reason::FieldAbsent {
        dataset: "accounts".to_owned(),
        field: field.to_owned(),
        settled_by: "no API tells".to_owned(),
        subjects: 3,
    };
    let not_given = |dataset: &str| Reason::DatasetNotWhole {
        dataset: dataset.to_owned(),
        state: "not requested".to_owned(),
        detail: String::new(),
    };
    let mut assessment = fixture::empty();
    let reasons = [
        absent("sso"),
        absent("idle_session_minutes"),
        not_given("authentication_policies"),
        not_given("inputs.leavers"),
        not_given("inputs.roster"),
        not_given("inputs.reviews"),
        absent("mfa_enabled"),
    ];
    for (number, reason) in reasons.into_iter().enumerate() {
        let mut control = fixture::control(&format!("c{number}"));
        control.outcome = Outcome::Unknown;
        control.reasons = vec![reason];
        assessment.controls.push(control);
    }
    check(&assessment, |view| {
        let causes: Vec<(&str, usize)> = view
            .causes
            .iter()
            .map(|cause| (cause.cause.as_str(), cause.controls.len()))
            .collect();
        assert_eq!(
            causes,
            [
                ("Needs an export of the console", 3),
                ("Needs a list that people keep", 2),
                // The API tells it: no export is waited for.
                ("No source gave accounts.mfa_enabled", 1),
                ("The list reviews was not given", 1),
            ]
        );
        assert!(
            view.causes[0].settles.contains("Export members"),
            "{}",
            view.causes[0].settles
        );
        assert_eq!(
            view.causes[1].settles,
            "2 lists: --input leavers=FILE --input roster=FILE"
        );
        let review = &view.controls[5].reasons[0];
        assert!(review.settles.contains("review new"), "{}", review.settles);
    });
}

#[test]
fn a_value_that_no_source_gave_has_no_source() {
    let mut assessment = fixture::empty();
    let mut control = fixture::control("unknown");
    control.outcome = Outcome::Unknown;
    let mut finding = fixture::idle_findings(1).remove(0);
    finding.outcome = Outcome::Unknown;
    let mut list: Vec<_> = finding.evidence.iter().collect();
    for evidence in &mut list {
        evidence.source = "users/search".into();
        evidence.present &= !evidence.tested;
    }
    assert!(list.iter().any(|evidence| evidence.tested));
    finding.evidence = list.into();
    control.findings = vec![finding].into();
    assessment.controls.push(control);
    check(&assessment, |view| {
        let group = &view.controls[0].findings[0];
        let from = group
            .columns
            .iter()
            .position(|column| column.kind == "from");
        assert!(from.is_none_or(|place| group.rows[0][place] == "–"));
    });
}

#[test]
fn a_source_that_is_not_whole_is_named_though_its_dataset_is_whole() {
    let mut assessment = fixture::rich();
    let cut = assessment.snapshot.datasets["groups"].completeness.clone();
    let accounts = assessment
        .snapshot
        .datasets
        .get_mut("accounts")
        .expect("it is there");
    assert!(accounts.completeness.is_whole());
    accounts.sources[0].completeness = cut;
    let name = format!("source {}", accounts.sources[0].source);
    check(&assessment, |view| {
        let complete = view
            .reliance
            .iter()
            .find(|fact| fact.label == "Complete")
            .expect("always there");
        assert!(complete.lines.iter().any(|line| line.strong == name));
        assert!(
            complete
                .lines
                .iter()
                .all(|line| line.sign != Some(Outcome::Pass))
        );
    });
}

#[test]
fn the_command_gives_every_value_that_the_run_was_given() {
    let mut assessment = fixture::empty();
    assessment.organization_plan = Some(crate::control::OrganizationPlan::GuardStandard);
    let mut control = fixture::control("domains-verified");
    let parameter = |name: &str, value, origin: &str| crate::assess::ParameterStatement {
        name: name.to_owned(),
        about: String::new(),
        value,
        default: serde_json::Value::Null,
        origin: origin.to_owned(),
        weaker: false,
        why: None,
    };
    control.parameters = vec![
        parameter("days", 90.into(), "default"),
        parameter("none", serde_json::Value::Null, "unset"),
        parameter(
            "domains",
            serde_json::json!(["a.example", "it's\u{202e}"]),
            "command line",
        ),
    ];
    assessment.controls.push(control);
    let options = ReportOptions {
        controls: vec!["my controls".into()],
        ..ReportOptions::default()
    };
    let verdict = Gate::default().judge(&assessment);
    let view = ReportView::new(&assessment, &verdict, &options).expect("readable findings");
    assert_eq!(
        view.assess_command,
        r#"tickmark assess SNAPSHOT --controls 'my controls' --parameter 'domains-verified.domains=["a.example","it'\''s\u202E"]' --plan guard-standard --as-of 2026-11-20T06:00:00Z --format json=assessment.json"#
    );
    assert_eq!(view.parameters_given, 1);
    assert!(!view.assess_command_impersonal.contains("a.example"));
}

#[test]
fn the_id_of_a_subject_is_never_cut() {
    let mut assessment = fixture::rich();
    let long = "expected:a-rather-long-name-of-a-department.brenner-sund.example";
    for control in &mut assessment.controls {
        fixture::change_findings(control, |finding| long.clone_into(&mut finding.subject));
    }
    check(&assessment, |view| {
        let mut groups = view.controls.iter().flat_map(|control| &control.findings);
        assert!(groups.all(|group| group.rows.iter().all(|row| row[0] == long)));
    });
}

#[test]
fn an_organisation_on_this_machine_is_said_to_be_made_up() {
    for (address, is_made_up) in [
        ("http://127.0.0.1:36137", true),
        ("http://[::1]:80", true),
        ("http://localhost:8080", true),
        ("https://api.atlassian.com", false),
        ("https://127.0.0.1.example", false),
        ("no address", false),
    ] {
        let mut assessment = fixture::empty();
        address.clone_into(&mut assessment.snapshot.api_url);
        check(&assessment, |view| {
            assert_eq!(!view.made_up.is_empty(), is_made_up, "{address}");
        });
    }
}

#[test]
fn what_must_be_concluded_first_stands_beside_what_fails_worst() {
    check(&fixture::all_pass(), |view| {
        assert!(view.first_things_open.is_empty());
    });
    check(&fixture::rich(), |view| {
        assert_eq!(
            view.first_things_open,
            "2 critical, 3 high controls could not be concluded: see below."
        );
    });
}

#[test]
fn a_share_is_one_finding_with_its_subjects_below_it() {
    let mut assessment = fixture::empty();
    let mut control = fixture::control("share");
    control.outcome = Outcome::Fail;
    let findings = fixture::idle_findings(3);
    control.observations = findings.iter().cloned().map(Into::into).collect();
    control.findings = [crate::assess::Finding {
        subject: "-".to_owned(),
        label: String::new(),
        message: "9 of 12 accounts (75%) meet the requirement; at least 98% required"
            .to_owned()
            .into(),
        evidence: Vec::new().into(),
        ..findings[0].clone()
    }]
    .into_iter()
    .collect();
    let population = fixture::population(&mut control);
    population.fetched = 12;
    population.in_scope = 12;
    population.pass = 9;
    population.fail = 3;
    assessment.controls.push(control);
    check(&assessment, |view| {
        assert_eq!(view.findings.all, 1);
        let control = &view.controls[0];
        assert_eq!(
            control.result,
            "9 of 12 accounts (75%) meet the requirement; at least 98% required."
        );
        let tables: Vec<(&str, u64, bool)> = control
            .findings
            .iter()
            .map(|table| {
                let has_ids = table.columns.iter().any(|column| column.kind == "finding");
                (table.heading.as_str(), table.total, has_ids)
            })
            .collect();
        assert_eq!(
            tables,
            [
                ("The control as a whole", 1, true),
                ("Failing accounts: what the finding rests on", 3, false)
            ]
        );
        let anchors: Vec<&str> = control
            .findings
            .iter()
            .map(|table| table.anchor.as_str())
            .collect();
        assert_eq!(anchors, ["fail", "fail-subjects"]);
    });
}

/// A control of which no record was looked at, for this reason.
fn without_records(id: &str, outcome: Outcome, reason: crate::assess::Reason) -> ControlAssessment {
    let mut control = fixture::control(id);
    control.outcome = outcome;
    control.population = None;
    control.datasets.clear();
    control.passing_sample.clear();
    control.reasons = vec![reason];
    control
}

#[test]
fn questions_and_plans_stand_without_a_population() {
    use crate::assess::Reason;
    use crate::control::OrganizationPlan::{GuardPremium, NoGuard};
    let question = |text: &str| Reason::AttestationPending {
        question: text.to_owned(),
        guide: "Look there.".to_owned(),
        lacks: Vec::new(),
    };
    let mut assessment = fixture::empty();
    assessment.controls = vec![
        without_records("a", Outcome::Unknown, question("Is it so?")),
        without_records("b", Outcome::Unknown, question("Is that so?")),
        without_records(
            "c",
            Outcome::NotApplicable,
            Reason::PlanTooLow {
                required: GuardPremium,
                configured: NoGuard,
            },
        ),
    ];
    check(&assessment, |view| {
        assert_eq!(view.causes.len(), 1, "questions have one cause");
        assert_eq!(view.causes[0].controls.len(), 2);
        assert!(
            view.rest_sentence
                .contains("1 does not apply: 1 for the plan")
        );
        let said: Vec<&str> = view
            .controls
            .iter()
            .filter_map(|control| control.result_rest.first())
            .map(String::as_str)
            .collect();
        assert_eq!(
            said,
            [
                "Nobody has answered: Is it so? Look there.",
                "Nobody has answered: Is that so? Look there.",
                "Applies from the plan guard-premium; the organization has no-guard.",
            ]
        );
        assert!(view.controls.iter().all(|control| control.ledger.is_none()));
    });
    for format in crate::report::FORMATS {
        let verdict = crate::gate::Gate::default().judge(&assessment);
        let options = crate::report::ReportOptions {
            personal_data: true,
            ..crate::report::ReportOptions::default()
        };
        let view = ReportView::new(&assessment, &verdict, &options).expect("readable findings");
        let mut bytes = Vec::new();
        (format.write)(&view, &mut bytes)
            .expect("every format shows a control without a population");
    }
}

#[test]
fn every_answer_stands_in_the_report_and_only_one_in_force_reads_as_such() {
    let assessment = fixture::attested();
    check(&assessment, |view| {
        let states: Vec<(&str, bool)> = view
            .attestations
            .iter()
            .map(|answer| (answer.state, answer.in_force))
            .collect();
        assert_eq!(
            states,
            [
                ("valid", true),
                ("expiring", true),
                ("expired", false),
                ("stale", false),
                ("pending", false),
                ("superseded", false),
                ("later", false),
                ("not asked", false),
            ]
        );
        let beside: usize = view
            .controls
            .iter()
            .map(|control| control.attested.len())
            .sum();
        assert_eq!(beside, 7, "the one that nobody asks for has no control");
        assert!(view.controls.iter().all(|control| {
            control
                .question
                .as_ref()
                .is_some_and(|question| question.minutes == "about 3 minutes")
        }));
        let people = view
            .reliance
            .iter()
            .find(|fact| fact.label == "From people");
        let line = &people.expect("people answered").lines[0].text;
        assert_eq!(line, "0 lists, 2 of 6 attestations in force");
        let gone = |cause: &&Cause| cause.cause == "An attestation no longer holds";
        let gone = view.causes.iter().find(gone).expect("two no longer hold");
        assert_eq!(gone.controls.len(), 2);
    });
}

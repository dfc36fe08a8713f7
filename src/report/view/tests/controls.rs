//! One control: its place, its values, its query, and the tables of its findings.

use super::*;

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
fn a_page_holds_at_most_5000_rows_and_every_finding_group_has_one() {
    assert_eq!(rows_per_control([312, 2].into_iter()), 200);
    assert_eq!(rows_per_control(std::iter::repeat_n(1_000, 25)), 200);
    assert_eq!(rows_per_control(std::iter::repeat_n(1_000, 50)), 100);
    assert_eq!(rows_per_control(std::iter::repeat_n(1, 9_000)), 1);
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

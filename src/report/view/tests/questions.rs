//! What people are asked, and their answers.

use super::*;
use crate::assess::ControlAssessment;

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

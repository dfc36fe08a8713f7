//! Why controls did not conclude, and what settles most of them.

use super::*;
use crate::assess::Reason;

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
fn what_settles_a_dataset_names_who_tells_it() {
    let settles = |dataset: &str, state: &str| {
        let mut assessment = fixture::empty();
        let mut control = fixture::control("unknown");
        control.outcome = Outcome::Unknown;
        control.reasons = vec![Reason::DatasetNotWhole {
            dataset: dataset.to_owned(),
            state: state.to_owned(),
            detail: "why".to_owned(),
        }];
        assessment.controls.push(control);
        let mut settles = String::new();
        check(&assessment, |view| {
            settles.clone_from(&view.controls[0].reasons[0].settles);
        });
        settles
    };
    // The API tells nothing of what an export holds: to collect again would leave it as it is.
    assert_eq!(
        settles("authentication_policies", "stale"),
        "Make the managed accounts export anew (Directory › Managed accounts › Export members), and give the file: \
         --export FILE; why"
    );
    assert_eq!(
        settles("authentication_policies", "cut"),
        "Make the managed accounts export anew (Directory › Managed accounts › Export members), whole and without \
         filters, and give the file: --export FILE; what cut it: why"
    );
    // No scope of the organisation's key reads a provisioning directory.
    for state in ["not requested", "cut", "denied"] {
        let settles = settles("scim_users", state);
        assert!(
            settles.contains("--scim-keys-file FILE") && !settles.contains("scope"),
            "{settles}"
        );
    }
    assert_eq!(settles("groups", "cut"), "Collect again; what cut it: why");
    assert_eq!(
        settles("groups", "not requested"),
        "Ask for it in the next run"
    );
}

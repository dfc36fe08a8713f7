use super::*;
use crate::assess::fixture;

fn check(outcomes: &[(Severity, Outcome)], fail_on: &str) -> (u8, usize, usize) {
    let mut assessment = fixture::empty();
    for (index, (severity, outcome)) in outcomes.iter().enumerate() {
        let mut control = fixture::control(&format!("control-{index}"));
        control.severity = *severity;
        control.outcome = *outcome;
        assessment.controls.push(control);
    }
    let gate = Gate {
        fail_on: fail_on.parse().expect("a threshold"),
    };
    let verdict = gate.judge(&assessment);
    assert_eq!(verdict.rule, format!("fail_on: {fail_on}"));
    (
        verdict.exit_code,
        verdict.failing.len(),
        verdict.inconclusive.len(),
    )
}

#[test]
fn a_fail_at_the_threshold_stops_the_pipeline() {
    assert_eq!(check(&[(Severity::High, Outcome::Fail)], "high"), (1, 1, 0));
    assert_eq!(
        check(&[(Severity::Critical, Outcome::Fail)], "high"),
        (1, 1, 0)
    );
    assert_eq!(
        check(&[(Severity::Medium, Outcome::Fail)], "high"),
        (0, 0, 0)
    );
}

#[test]
fn missing_evidence_is_not_clear() {
    assert_eq!(
        check(&[(Severity::High, Outcome::Unknown)], "high"),
        (3, 0, 1)
    );
    assert_eq!(
        check(&[(Severity::High, Outcome::Error)], "high"),
        (3, 0, 1)
    );
    assert_eq!(
        check(&[(Severity::Low, Outcome::Unknown)], "high"),
        (0, 0, 0)
    );
}

#[test]
fn a_fail_beats_missing_evidence_and_both_are_told() {
    let both = [
        (Severity::High, Outcome::Unknown),
        (Severity::High, Outcome::Fail),
    ];
    assert_eq!(check(&both, "high"), (1, 1, 1));
}

#[test]
fn passes_and_what_does_not_apply_are_clear() {
    let both = [
        (Severity::Critical, Outcome::Pass),
        (Severity::Critical, Outcome::NotApplicable),
    ];
    assert_eq!(check(&both, "info"), (0, 0, 0));
}

#[test]
fn a_gate_of_none_only_reports() {
    let all = [
        (Severity::Critical, Outcome::Fail),
        (Severity::Critical, Outcome::Unknown),
    ];
    assert_eq!(check(&all, "none"), (0, 0, 0));
}

#[test]
fn every_threshold_reads_back_as_it_is_written() {
    for text in ["none", "info", "low", "medium", "high", "critical"] {
        assert_eq!(text.parse::<FailOn>().expect("known").to_string(), text);
    }
    let problem = "urgent".parse::<FailOn>().expect_err("not a severity");
    assert_eq!(
        problem.to_string(),
        "`urgent` is not one of none, info, low, medium, high, critical"
    );
}

#[test]
fn the_verdict_says_why_in_sentences() {
    let verdict = |failing: usize, inconclusive: usize| Verdict {
        exit_code: 0,
        rule: "fail_on: high".into(),
        fail_on: FailOn::default(),
        failing: vec!["a".into(); failing],
        inconclusive: vec!["b".into(); inconclusive],
    };
    assert_eq!(
        verdict(0, 0).sentence(),
        "No control at or above high fails, is unknown or broke."
    );
    assert_eq!(
        verdict(1, 0).sentence(),
        "1 control at or above high fails."
    );
    assert_eq!(
        verdict(0, 2).sentence(),
        "No control at or above high fails, but 2 could not be concluded."
    );
    assert_eq!(
        verdict(8, 7).sentence(),
        "8 controls at or above high fail. 7 at or above high could not be concluded; alone that would be exit code 3."
    );
}

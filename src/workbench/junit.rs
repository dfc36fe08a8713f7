//! A test report as JUnit XML, valid against the schema of the Jenkins xUnit plugin.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{SuiteReport, TestReport};
use crate::diagnostic::Place;

pub(super) fn write(report: &TestReport) -> String {
    let mut written = Report::new("tickmark controls test");
    for suite in &report.suites {
        written.add_test_suite(suite_of(suite));
    }
    let text = written
        .to_string()
        .expect("writing to memory does not fail");
    without_skipped(&text)
}

/// quick-junit counts skipped cases at the root too, where the schema knows no such attribute.
fn without_skipped(text: &str) -> String {
    text.replacen(" skipped=\"0\"", "", 1)
}

fn suite_of(suite: &SuiteReport) -> TestSuite {
    let mut written = TestSuite::new(suite.id.as_str());
    for case in &suite.cases {
        let failures = case.differences.iter().map(|difference| {
            format!(
                "{}: expected {}, found {}",
                difference.what, difference.expected, difference.found
            )
        });
        written.add_test_case(test_case(suite, &case.name, failures, Some(&case.place)));
    }
    let losses = suite.losses.losses.iter();
    let losses = losses.map(|loss| format!("{}, {}: {}", loss.case, loss.taken, loss.wrong));
    written.add_test_case(test_case(
        suite,
        "nothing passes for lack of evidence",
        losses,
        None,
    ));
    if let Some(coverage) = &suite.coverage {
        let gaps = coverage.gaps();
        let gaps = gaps.map(|gap| {
            format!(
                "{}: {}: {}: {}",
                gap.place,
                gap.part,
                gap.label,
                gap.lacks()
            )
        });
        let name = "every condition is decided both ways";
        written.add_test_case(test_case(suite, name, gaps, None));
    }
    if let Some(mutants) = &suite.mutants {
        let survivors = mutants.survivors.iter();
        let survivors = survivors.map(|mutant| format!("{}: {}", mutant.place, mutant.id));
        let name = "a case notices every mutant";
        written.add_test_case(test_case(suite, name, survivors, None));
    }
    written
}

/// A case that is good if there are no `failures`. Some readers show the message, others only the body.
fn test_case(
    suite: &SuiteReport,
    name: &str,
    failures: impl Iterator<Item = String>,
    place: Option<&Place>,
) -> TestCase {
    let mut failures: Vec<String> = failures.collect();
    let status = if failures.is_empty() {
        TestCaseStatus::success()
    } else {
        let message = failures.join("; ");
        failures.extend(place.map(|place| format!("at {place}")));
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status
            .set_message(xml_text(&message))
            .set_description(xml_text(&failures.join("\n")));
        status
    };
    let mut case = TestCase::new(xml_text(name), status);
    case.set_classname(suite.id.as_str());
    case
}

/// `text` without the two characters that XML cannot hold and quick-junit lets through.
fn xml_text(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "")
}

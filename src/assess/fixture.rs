//! An assessment made by hand: an invented organisation in which every outcome, every reason and every kind of
//! hostile text occurs. For tests of what reads assessments.

mod answers;
mod controls;
mod organization;
mod people;

pub(crate) use answers::attested;
pub(crate) use organization::{all_pass, all_unknown, huge, rich};
pub(crate) use people::idle_findings;

use super::*;
use crate::control::{Frameworks, Severity};
use crate::snapshot::{Completeness, CutReason, OrganizationStatement, Tool};
use crate::value::sha256_hex;
use jiff::Timestamp;
use people::account_id;
use std::collections::BTreeMap;

/// The point in time of every fixture.
pub(crate) fn as_of() -> Timestamp {
    "2026-11-20T06:00:00Z".parse().expect("a timestamp")
}

/// Texts that attack whatever shows them.
pub(crate) const HOSTILE: [&str; 7] = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)> & \"quotes\"",
    "=HYPERLINK(\"https://evil.example\")|`code`",
    "\u{202e}gnp.exe\u{200f} \u{0}null\u{7}bell\u{85}",
    "@everyone #123 [link](javascript:alert(1)) https://evil.example",
    "محمد بن عبد الله",
    "]]>--><!-- {{ 7 * 7 }} {% raw %}\u{fdd0}",
];

/// An assessment without datasets and controls.
pub(crate) fn empty() -> Assessment {
    Assessment {
        format: FORMAT.to_owned(),
        tool: Tool {
            name: "tickmark".to_owned(),
            version: "0.1.0".to_owned(),
        },
        organization: OrganizationStatement {
            id: "7c1f2a60-91f5-4d6b-b0f7-2a1d8f1f0c11".to_owned(),
            name: Some("Brenner & Sund Rail Works".to_owned()),
        },
        organization_plan: None,
        as_of: as_of(),
        snapshot: SnapshotStatement {
            sha256: sha256_hex(b"manifest"),
            collected_from: "2026-11-20T05:36:13Z".parse().expect("a timestamp"),
            collected_to: as_of(),
            clock_skew_ms: Some(-412),
            api_url: "https://api.atlassian.com".to_owned(),
            datasets: BTreeMap::new(),
            exports: Default::default(),
        },
        inputs: BTreeMap::new(),
        attestations: Vec::new(),
        policy_changes: Vec::new(),
        controls_sha256: sha256_hex(b"controls"),
        frameworks: Frameworks::built_in()
            .iter()
            .map(|framework| (framework.id.clone(), FrameworkStatement::of(framework)))
            .collect(),
        profile: None,
        controls: Vec::new(),
    }
}

/// The population of a control of the fixtures, each of which has one.
pub(crate) fn population(control: &mut ControlAssessment) -> &mut PopulationStatement {
    control
        .population
        .as_mut()
        .expect("its records are looked at")
}

/// A passing control over 3 accounts.
pub(crate) fn control(id: &str) -> ControlAssessment {
    ControlAssessment {
        id: id.to_owned(),
        code: None,
        title: format!("Every account meets {id}"),
        severity: Severity::Medium,
        severity_change: None,
        owner: None,
        due_on: None,
        tags: vec!["accounts".to_owned()],
        requires_plan: None,
        revision: 1,
        question: None,
        outcome: Outcome::Pass,
        reasons: Vec::new(),
        notes: Vec::new(),
        rationale: "What nobody looks at goes wrong unseen.".to_owned(),
        procedure: "For every active account: the field is as required.".to_owned(),
        not_tested: "Whether anyone approved an account to differ.".to_owned(),
        remediation: "Directory > Users > the account > Edit. Then collect again.".to_owned(),
        check_yourself: "Directory > Users, status Active.".to_owned(),
        references: Vec::new(),
        maps_to: BTreeMap::new(),
        parameters: Vec::new(),
        population: Some(PopulationStatement {
            dataset: "accounts".to_owned(),
            noun: ("account".to_owned(), "accounts".to_owned()),
            selector: "$.accounts[*]".to_owned(),
            fetched: 3,
            api_count: Some(3),
            completeness: Completeness::Whole,
            period: None,
            outside: Vec::new(),
            excluded: Vec::new(),
            in_scope: 3,
            undecided: 0,
            pass: 3,
            fail: 0,
            unknown: 0,
            error: 0,
            counted: 0,
            missing: 0,
        }),
        datasets: vec![dataset_use(
            "accounts",
            "population",
            Completeness::Whole,
            3,
        )],
        findings: Entries::default(),
        observations: Entries::default(),
        passing_sample: vec![PassingSubject {
            subject: account_id(1),
            label: "Ada Holm".to_owned(),
        }],
        source: ControlSource {
            file: format!("controls/accounts/{id}.yaml"),
            first_line: 14,
            last_line: 21,
            sha256: sha256_hex(id.as_bytes()),
        },
    }
}

/// Changes each finding of `control`.
pub(crate) fn change_findings(control: &mut ControlAssessment, change: impl Fn(&mut Finding)) {
    let findings = control
        .findings
        .held()
        .expect("a fixture puts nothing aside");
    let changed = findings.iter().cloned().map(|mut finding| {
        change(&mut finding);
        finding
    });
    control.findings = changed.collect();
}

fn dataset_use(
    dataset: &str,
    used_as: &str,
    completeness: Completeness,
    records: u64,
) -> DatasetUse {
    DatasetUse {
        dataset: dataset.to_owned(),
        used_as: used_as.to_owned(),
        completeness,
        records,
        sha256: if records == 0 {
            String::new()
        } else {
            sha256_hex(dataset.as_bytes())
        },
    }
}

fn cut() -> Completeness {
    Completeness::Cut {
        reason: CutReason::RepeatedCursor,
        detail: "page 41 named the cursor of page 40 again; 4,000 groups received".to_owned(),
    }
}

fn denied() -> Completeness {
    Completeness::Denied {
        status: 403,
        detail: "HTTP 403: the key lacks a scope".to_owned(),
    }
}

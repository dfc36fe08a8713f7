//! The view: an assessment counted and sorted once, in the words that every format shares.
//!
//! Numbers stay numbers; texts are ready to be shown but not escaped, since each format escapes its own
//! way. What stands here is all that a template can see.

mod attestation;
mod command;
mod conclusion;
mod control;
mod counts;
mod dataset;
mod export;
mod findings;
mod ledger;
mod list;
mod noun;
mod parameter;
mod profile;
mod query;
mod reason;
mod reliance;
mod sentences;
mod source;
mod summary;

pub use control::ControlView;
pub use counts::Counts;
pub use findings::FindingGroup;

use super::{ReportOptions, json, text};
use crate::assess::{Assessment, Outcome, SpillError};
use crate::gate::Verdict;
use crate::snapshot::ExportKind;
use attestation::AttestationView;
use command::{Owners, assess_command, given_parameters};
use dataset::{DatasetView, MisfitView};
use export::ExportView;
use list::InputView;
use profile::ProfileView;
use reason::Cause;
pub(super) use reason::ReasonView;
use reliance::Fact;
use reqwest::Url;
use sentences::{
    causes_title, findings_sentence, first_things_more, first_things_open, limits, rest_sentence,
};
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use summary::{Clause, Framework, Group, Segment, SeverityTable};

/// Rows of findings that one control has in a page.
pub const CONTROL_ROWS_MAX: usize = 200;
/// Rows of findings that a whole page has.
pub const PAGE_ROWS_MAX: usize = 5_000;
/// Controls in the list of first things.
const FIRST_THINGS_MAX: usize = 8;

/// An assessment, ready for every format.
#[derive(Debug, Serialize)]
pub struct ReportView<'a> {
    #[serde(skip)]
    assessment: &'a Assessment,
    #[serde(skip)]
    options: &'a ReportOptions,
    /// Name of the organisation, or its id where the API gave none.
    pub organization: String,
    /// Its id.
    pub organization_id: String,
    /// That it is none, where the API was on a loopback address; else empty.
    pub made_up: &'static str,
    /// Program and version.
    pub tool: String,
    /// The point in time, RFC 3339.
    pub as_of: String,
    /// The same for a reader.
    pub as_of_long: String,
    /// Whether formats that many people read name people too.
    pub personal_data: bool,
    /// Sections, in order.
    pub sections: Vec<Section>,
    /// Number of each section, by anchor.
    pub section: BTreeMap<&'static str, u32>,
    /// How the controls came out.
    pub counts: Counts,
    /// The first sentence.
    pub clauses: Vec<Clause>,
    /// The verdict as a title.
    pub headline: String,
    /// The outcome bar.
    pub bar: Vec<Segment>,
    /// The outcomes that the first sentence leaves out.
    pub rest_sentence: String,
    /// How many findings there are.
    pub findings: Counts,
    /// The same as a sentence.
    pub findings_sentence: String,
    /// Controls by outcome and severity.
    pub severities: SeverityTable,
    /// What the gate says.
    pub gate: GateView,
    /// Whether a reader can rely on the report.
    pub reliance: Vec<Fact>,
    /// How this run compares with an earlier one.
    pub change: String,
    /// What fails, worst first: places in `controls`.
    pub first_things: Vec<usize>,
    /// What else fails; empty if nothing does.
    pub first_things_more: String,
    /// That controls of the worst severities did not conclude; empty if all did.
    pub first_things_open: String,
    /// Why controls did not conclude.
    pub causes: Vec<Cause>,
    /// Title of that list.
    pub causes_title: String,
    /// What the report does not show.
    pub limits: Vec<String>,
    /// Controls by area.
    pub areas: Vec<Group>,
    /// Every control: what asks for action first, by severity.
    pub controls: Vec<ControlView<'a>>,
    /// Criteria that controls contribute evidence to.
    pub frameworks: Vec<Framework>,
    /// Every dataset.
    pub datasets: Vec<DatasetView>,
    /// Lists that were given beside the snapshot, or that a control reads and nobody gave.
    pub inputs: Vec<InputView>,
    /// Exports of the console, in the order of the snapshot.
    pub exports: Vec<ExportView>,
    /// Answers of people.
    pub attestations: Vec<AttestationView>,
    /// Values that the catalog does not expect.
    pub misfits: Vec<MisfitView>,
    /// The profile that chose and tailored the controls, if one did.
    pub profile: Option<ProfileView>,
    /// Digests by which a reader checks.
    pub digests: Digests<'a>,
    /// The command that makes the assessment again, with the values that the run gave to parameters.
    pub assess_command: String,
    /// The same without those values and without the owners of lists, for formats that name nobody.
    pub assess_command_impersonal: String,
    /// Parameters whose values were given.
    pub parameters_given: u64,
    /// Name of the JSON file beside the report.
    pub assessment_file: String,
}

/// One section of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Its anchor.
    pub anchor: &'static str,
    /// Its number.
    pub number: u32,
    /// Its title.
    pub title: &'static str,
    /// What it counts.
    pub count: Option<u64>,
}

/// What the gate says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GateView {
    /// The exit code.
    pub exit_code: u8,
    /// The rule, as settings write it.
    pub rule: String,
    /// Why, as sentences.
    pub sentence: String,
}

/// Digests by which a reader checks, lower-case hexadecimal SHA-256.
#[derive(Debug, Serialize)]
pub struct Digests<'a> {
    /// Of the snapshot's manifest.
    pub snapshot: String,
    /// Its first 12 digits.
    pub snapshot_short: String,
    /// Over the texts of all controls.
    pub controls: String,
    /// Of the assessment as JSON.
    pub assessment: AssessmentDigest<'a>,
}

/// The digest of an assessment as JSON, made when a format first shows it: a run that writes no page
/// does not pay for it.
#[derive(Debug)]
pub struct AssessmentDigest<'a> {
    assessment: &'a Assessment,
    known: OnceLock<String>,
}

impl Serialize for AssessmentDigest<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.known.get().is_none() {
            let digest = json::digest(self.assessment).map_err(S::Error::custom)?;
            self.known.get_or_init(|| digest);
        }
        self.known.get().serialize(serializer)
    }
}

impl<'a> ReportView<'a> {
    /// Counts and sorts `assessment`.
    ///
    /// # Errors
    /// Findings that were put aside cannot be read again.
    pub fn new(
        assessment: &'a Assessment,
        verdict: &Verdict,
        options: &'a ReportOptions,
    ) -> Result<ReportView<'a>, SpillError> {
        let attestations = attestation::attestations(assessment);
        let controls = controls(assessment, &attestations)?;
        let counts = Counts::of(controls.iter().map(|control| control.outcome));
        let findings = Counts::of_findings(&assessment.controls);
        let datasets = dataset::datasets(assessment, &controls);
        let inputs = list::inputs(assessment, &controls);
        let misfits = dataset::misfits(assessment);
        let frameworks = summary::frameworks(&controls, &assessment.frameworks);
        let sections = sections(counts, &frameworks, &datasets);
        let section: BTreeMap<&'static str, u32> = sections
            .iter()
            .map(|section| (section.anchor, section.number))
            .collect();
        let failing: Vec<usize> = (0..controls.len())
            .filter(|place| controls[*place].outcome == Outcome::Fail)
            .collect();
        let causes = reason::causes(
            controls
                .iter()
                .filter(|control| matches!(control.outcome, Outcome::Unknown | Outcome::Error))
                .map(|control| reason::Inconclusive {
                    outcome: control.outcome,
                    anchor: &control.anchor,
                    reference: &control.reference,
                    reasons: &control.reasons,
                }),
            &awaited(assessment),
        );
        let profile = assessment
            .profile
            .as_ref()
            .map(|profile| ProfileView::new(profile, counts.all));
        let snapshot_digest = text::line(&assessment.snapshot.sha256);
        let given = given_parameters(assessment);
        Ok(ReportView {
            organization: text::flowing(
                assessment
                    .organization
                    .name
                    .as_deref()
                    .filter(|name| !name.trim().is_empty())
                    .unwrap_or(&assessment.organization.id),
            ),
            organization_id: text::line(&assessment.organization.id),
            made_up: if is_loopback(&assessment.snapshot.api_url) {
                "Sandbox or local test server: not a real organisation."
            } else {
                ""
            },
            tool: text::line(&format!(
                "{} {}",
                assessment.tool.name, assessment.tool.version
            )),
            as_of: assessment.as_of.to_string(),
            as_of_long: text::instant(assessment.as_of),
            personal_data: options.personal_data,
            counts,
            clauses: summary::clauses(counts),
            headline: summary::headline(counts),
            bar: summary::bar(counts),
            rest_sentence: rest_sentence(assessment, counts),
            findings_sentence: findings_sentence(findings),
            findings,
            severities: summary::severity_table(&controls, counts),
            gate: GateView {
                exit_code: verdict.exit_code,
                rule: verdict.rule.clone(),
                sentence: verdict.sentence(),
            },
            reliance: reliance::reliance(
                assessment,
                &datasets,
                &misfits,
                section["population"],
                section["check"],
            ),
            change: "This version does not compare runs yet.".to_owned(),
            first_things_open: first_things_open(&controls),
            first_things_more: first_things_more(&controls, &failing),
            first_things: failing.into_iter().take(FIRST_THINGS_MAX).collect(),
            causes_title: causes_title(counts),
            causes,
            limits: limits(
                assessment.as_of,
                &datasets,
                &frameworks,
                profile.as_ref(),
                section["method"],
            ),
            areas: summary::areas(&controls),
            digests: Digests {
                snapshot_short: snapshot_digest.chars().take(12).collect(),
                snapshot: snapshot_digest,
                controls: text::line(&assessment.controls_sha256),
                assessment: AssessmentDigest {
                    assessment,
                    known: OnceLock::new(),
                },
            },
            assess_command: assess_command(assessment, options, &given, Owners::Named),
            assess_command_impersonal: assess_command(assessment, options, &[], Owners::LeftOut),
            parameters_given: given.len() as u64,
            profile,
            assessment_file: text::line(&options.assessment_file),
            sections,
            section,
            controls,
            frameworks,
            inputs,
            exports: export::exports(assessment),
            datasets,
            attestations,
            misfits,
            assessment,
            options,
        })
    }

    /// What the view is of.
    pub fn assessment(&self) -> &Assessment {
        self.assessment
    }

    /// What the run chose.
    pub fn options(&self) -> &ReportOptions {
        self.options
    }
}

/// Every control, what asks for action first: by severity, fail before unknown before error, then by count.
fn controls<'a>(
    assessment: &'a Assessment,
    attestations: &[AttestationView],
) -> Result<Vec<ControlView<'a>>, SpillError> {
    let rows_max = rows_per_control(
        assessment
            .controls
            .iter()
            .map(|control| control.findings.len() + control.observations.len())
            .map(|entries| usize::try_from(entries).unwrap_or(usize::MAX)),
    );
    let mut controls: Vec<ControlView<'_>> = assessment
        .controls
        .iter()
        .map(|control| {
            let view = ControlView::new(control, rows_max, assessment.snapshot.collected_from)?;
            Ok(view
                .with_answers(attestations)
                .with_sources(assessment, control))
        })
        .collect::<Result<_, SpillError>>()?;
    controls.sort_by(|left, right| {
        let key = |control: &ControlView<'_>| {
            (
                !control.asks_for_action(),
                std::cmp::Reverse(control.severity),
                Outcome::SHOWN
                    .iter()
                    .position(|outcome| *outcome == control.outcome),
                std::cmp::Reverse(control.failing),
            )
        };
        key(left)
            .cmp(&key(right))
            .then_with(|| left.reference.cmp(&right.reference))
            .then_with(|| left.id.cmp(&right.id))
    });
    Ok(controls)
}

/// The most rows that each control may have so that the page stays within [`PAGE_ROWS_MAX`], and at least 1.
fn rows_per_control(findings: impl Iterator<Item = usize> + Clone) -> usize {
    (1..=CONTROL_ROWS_MAX)
        .rev()
        .find(|rows| {
            findings
                .clone()
                .map(|findings| findings.min(*rows))
                .sum::<usize>()
                <= PAGE_ROWS_MAX
        })
        .unwrap_or(1)
}

fn sections(counts: Counts, frameworks: &[Framework], datasets: &[DatasetView]) -> Vec<Section> {
    [
        ("summary", "Summary", None),
        ("controls", "Controls", Some(counts.all)),
        ("evidence", "Evidence by control", None),
        ("frameworks", "Frameworks", Some(frameworks.len() as u64)),
        ("population", "Population", Some(datasets.len() as u64)),
        ("method", "Method and limits", None),
        ("check", "Check it yourself", None),
    ]
    .into_iter()
    .zip(1..)
    .map(|((anchor, title, count), number)| Section {
        anchor,
        number,
        title,
        count,
    })
    .collect()
}

/// Whether `address` leads to the machine itself, as only a sandbox or a test does.
fn is_loopback(address: &str) -> bool {
    let Ok(address) = address.parse::<Url>() else {
        return false;
    };
    let host = address.host_str().unwrap_or_default();
    host.eq_ignore_ascii_case("localhost")
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

/// Exports of the console that nobody gave, or that count for nothing at the point in time of the test.
fn awaited(assessment: &Assessment) -> BTreeSet<&'static str> {
    let snapshot = &assessment.snapshot;
    let exports = &snapshot.exports;
    let stale = exports.stale(snapshot.collected_to, assessment.as_of);
    let is_given = |kind: ExportKind| exports.files.iter().any(|file| file.kind == kind);
    let kinds = ExportKind::ALL.into_iter();
    kinds
        .filter(|kind| !is_given(*kind) || stale.contains_key(kind.source()))
        .map(ExportKind::source)
        .collect()
}

#[cfg(test)]
mod tests;

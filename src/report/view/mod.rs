//! The view: an assessment counted and sorted once, in the words that every format shares.
//!
//! Numbers stay numbers; texts are ready to be shown but not escaped, since each format escapes its own
//! way. What stands here is all that a template can see.

mod attestation;
mod control;
mod evidence;
mod findings;
mod reason;
mod summary;

pub use control::ControlView;
pub use findings::FindingGroup;
pub use summary::Counts;

use super::{ReportOptions, json, text};
use crate::assess::{Assessment, Outcome, ProfileStatement, Reason, SpillError};
use crate::catalog;
use crate::control::Severity;
use crate::gate::Verdict;
use crate::import::review::REVIEW_SHEETS;
use crate::snapshot::{ExportKind, InputStatement};
use attestation::AttestationView;
use evidence::{DatasetView, ExportView, Fact, InputView, MisfitView};
use jiff::Timestamp;
use reason::Cause;
pub(super) use reason::ReasonView;
use reqwest::Url;
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
    /// Values that were left out.
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

/// What a profile did to a library of controls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProfileView {
    /// Its name.
    pub name: String,
    /// Its files, its own first: name, file, SHA-256.
    pub sources: Vec<(String, String, String)>,
    /// Controls of the library that were not tested, worst first.
    pub left_out: Vec<LeftOutView>,
    /// How many controls the library has, and how many of them were left out, as a sentence.
    pub sentence: String,
}

/// A control that was not tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOutView {
    /// What people call it: its code, or its id.
    pub reference: String,
    /// Title.
    pub title: String,
    /// Severity.
    pub severity: Severity,
    /// Why it was left out.
    pub reason: String,
    /// Where that is written.
    pub origin: String,
}

impl ProfileView {
    fn new(profile: &ProfileStatement, tested: u64) -> ProfileView {
        let mut left_out: Vec<LeftOutView> = profile
            .left_out
            .iter()
            .map(|left_out| LeftOutView {
                reference: text::line(left_out.code.as_deref().unwrap_or(&left_out.id)),
                title: text::flowing(&left_out.title),
                severity: left_out.severity,
                reason: text::flowing(&left_out.reason),
                origin: text::line(&left_out.origin),
            })
            .collect();
        left_out.sort_by(|left, right| {
            (right.severity, &left.reference).cmp(&(left.severity, &right.reference))
        });
        let name = text::line(&profile.name);
        let count = left_out.len() as u64;
        let library = tested + count;
        let sentence = match count {
            0 => format!(
                "Every one of the {} of the library is in profile “{name}”.",
                text::counted(library, "control", "controls")
            ),
            count => format!(
                "{} of the {} of the library {} not in profile “{name}”",
                text::number(count),
                text::counted(library, "control", "controls"),
                text::verb(count, "is", "are"),
            ),
        };
        ProfileView {
            sources: profile
                .sources
                .iter()
                .map(|source| {
                    (
                        text::line(&source.name),
                        text::line(&source.file),
                        text::line(&source.sha256),
                    )
                })
                .collect(),
            left_out,
            sentence,
            name,
        }
    }
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
        let datasets = evidence::datasets(assessment, &controls);
        let inputs = evidence::inputs(assessment, &controls);
        let misfits = evidence::misfits(assessment);
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
            reliance: evidence::reliance(
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
            exports: evidence::exports(assessment),
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

/// Whether a command names the owners of lists.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owners {
    Named,
    LeftOut,
}

/// What gives a list on the command line: its file, and every fact that decides or is stated.
fn input_argument(name: &str, statement: &InputStatement, owners: Owners) -> String {
    let name = name.strip_prefix(catalog::INPUTS).unwrap_or(name);
    let mut argument = format!("{name}={}", statement.file);
    let facts = [
        (
            "owner",
            statement.owner.clone().map(|owner| match owners {
                Owners::Named => owner,
                Owners::LeftOut => "…".to_owned(),
            }),
        ),
        ("source", statement.source.clone()),
        (
            "extracted_on",
            statement.extracted_on.map(|day| day.to_string()),
        ),
        (
            "max_age",
            statement.max_age_days.map(|days| format!("{days}d")),
        ),
        (
            "extent",
            (!statement.is_whole).then(|| "partial".to_owned()),
        ),
    ];
    for (key, value) in facts {
        if let Some(value) = value {
            argument.push_str(&format!(",{key}={value}"));
        }
    }
    text::shell_word(&text::line(&argument))
}

/// Every value that somebody gave, as `--parameter` reads it: `control.name=VALUE`.
fn given_parameters(assessment: &Assessment) -> Vec<String> {
    assessment
        .controls
        .iter()
        .flat_map(|control| {
            control
                .parameters
                .iter()
                .map(move |parameter| (&control.id, parameter))
        })
        .filter(|(_, parameter)| {
            // What the profile gives comes with `--profile`.
            let is_given = !matches!(&*parameter.origin, "default" | "unset")
                && !parameter.origin.starts_with("profile ");
            is_given && !parameter.value.is_null()
        })
        .map(|(id, parameter)| {
            format!(
                "{id}.{}={}",
                parameter.name,
                text::visible_yaml(&parameter.value)
            )
        })
        .collect()
}

/// The command that makes the assessment again, as a shell reads it.
fn assess_command(
    assessment: &Assessment,
    options: &ReportOptions,
    parameters: &[String],
    owners: Owners,
) -> String {
    let mut words = vec!["tickmark assess SNAPSHOT".to_owned()];
    for path in &options.controls {
        words.push("--controls".to_owned());
        words.push(text::shell_word(&path.to_string_lossy()));
    }
    if let Some(profile) = &assessment.profile {
        words.push("--profile".to_owned());
        words.push(text::shell_word(&profile.reference));
    }
    if !assessment.attestations.is_empty() {
        words.push("--attestations ATTESTATIONS".to_owned());
    }
    for (name, used) in &assessment.inputs {
        if let Some(statement) = &used.statement {
            // What reviews decided is kept in a folder of its own.
            if statement.source.as_deref() == Some(REVIEW_SHEETS) {
                words.push("--reviews REVIEWS".to_owned());
                continue;
            }
            words.push("--input".to_owned());
            words.push(input_argument(name, statement, owners));
        }
    }
    for parameter in parameters {
        words.push("--parameter".to_owned());
        words.push(text::shell_word(parameter));
    }
    if let Some(plan) = assessment.organization_plan {
        words.push(format!("--plan {}", plan.word()));
    }
    words.push(format!("--as-of {}", assessment.as_of));
    words.push(format!(
        "--format {}",
        text::shell_word(&format!("json={}", options.assessment_file))
    ));
    text::line(&words.join(" "))
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
            Ok(view.with_answers(attestations))
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

/// The outcomes that the first sentence leaves out: pass, and not applicable with why.
fn rest_sentence(assessment: &Assessment, counts: Counts) -> String {
    let empty = assessment
        .controls
        .iter()
        .filter(|control| {
            control.outcome == Outcome::NotApplicable
                && control.reasons.contains(&Reason::EmptyPopulation)
        })
        .count() as u64;
    let for_the_plan = assessment
        .controls
        .iter()
        .filter(|control| {
            control.outcome == Outcome::NotApplicable
                && control
                    .reasons
                    .iter()
                    .any(|reason| matches!(reason, Reason::PlanTooLow { .. }))
        })
        .count() as u64;
    let other = counts.not_applicable - empty - for_the_plan;
    let mut why = Vec::new();
    if for_the_plan > 0 {
        why.push(format!("{} for the plan", text::number(for_the_plan)));
    }
    if empty > 0 {
        why.push(format!("{} for an empty population", text::number(empty)));
    }
    if other > 0 {
        why.push(format!("{} for another stated reason", text::number(other)));
    }
    let not_applicable = if why.is_empty() {
        "0 do not apply".to_owned()
    } else {
        format!(
            "{} {} not apply: {}",
            text::number(counts.not_applicable),
            text::verb(counts.not_applicable, "does", "do"),
            why.join(", ")
        )
    };
    // What broke stands in the first sentence where anything did.
    let broke = if counts.error == 0 { " 0 broke." } else { "" };
    format!(
        "{} {}. {not_applicable}.{broke}",
        text::number(counts.pass),
        text::verb(counts.pass, "passes", "pass"),
    )
}

fn findings_sentence(findings: Counts) -> String {
    if findings.all == 0 {
        return "0 findings.".to_owned();
    }
    format!(
        "{}: {} fail, {} unknown, {} broke.",
        text::counted(findings.all, "finding", "findings"),
        text::number(findings.fail),
        text::number(findings.unknown),
        text::number(findings.error),
    )
}

fn first_things_more(controls: &[ControlView<'_>], failing: &[usize]) -> String {
    let more = failing.get(FIRST_THINGS_MAX..).unwrap_or_default();
    if more.is_empty() {
        return String::new();
    }
    format!(
        "{} more {}: {}.",
        text::number(more.len() as u64),
        text::verb(more.len() as u64, "fails", "fail"),
        summary::by_severity(more.iter().map(|place| &controls[*place].severity))
    )
}

/// What the list of failing controls leaves out and must not be missed.
fn first_things_open(controls: &[ControlView<'_>]) -> String {
    let open: Vec<&Severity> = controls
        .iter()
        .filter(|control| matches!(control.outcome, Outcome::Unknown | Outcome::Error))
        .map(|control| &control.severity)
        .filter(|severity| matches!(severity, Severity::Critical | Severity::High))
        .collect();
    if open.is_empty() {
        return String::new();
    }
    format!(
        "{} {} could not be concluded: see below.",
        summary::by_severity(open.iter().copied()),
        text::verb(open.len() as u64, "control", "controls")
    )
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

fn causes_title(counts: Counts) -> String {
    let unknown = match counts.unknown {
        1 => "1 control is unknown".to_owned(),
        count => format!("{} controls are unknown", text::number(count)),
    };
    match counts.error {
        0 => format!("Why {unknown}, and what settles it"),
        error => format!(
            "Why {unknown} and {} broke, and what settles it",
            text::number(error)
        ),
    }
}

fn limits(
    as_of: Timestamp,
    datasets: &[DatasetView],
    frameworks: &[Framework],
    profile: Option<&ProfileView>,
    method_section: u32,
) -> Vec<String> {
    let criteria: usize = frameworks
        .iter()
        .map(|framework| framework.criteria.len())
        .sum();
    let incomplete = datasets.iter().filter(|dataset| !dataset.whole).count() as u64;
    let mut limits = vec![
        "Permissions inside Jira, Confluence, Bitbucket and Trello; Marketplace apps; devices; the identity provider itself; settings that no read API of Atlassian returns.".to_owned(),
        format!(
            "Whether anything was so before or after {}. One point in time shows a state, not that a control worked over a period.",
            text::instant(as_of)
        ),
    ];
    if incomplete > 0 {
        limits.push(format!(
            "What did not arrive: {} not whole. Nothing that rests on them passes.",
            text::counted(incomplete, "dataset is", "datasets are"),
        ));
    }
    if let Some(profile) = profile.filter(|profile| !profile.left_out.is_empty()) {
        limits.push(format!(
            "{}: listed with the reason in §{method_section}.",
            profile.sentence
        ));
    }
    limits.push(match criteria {
        0 => "Whether a framework’s criteria are met: no control names one.".to_owned(),
        count => format!(
            "Whether a framework’s criteria are met. Results contribute evidence to {} of {}. They conclude on none of them.",
            text::counted(count as u64, "criterion", "criteria"),
            text::counted(frameworks.len() as u64, "framework", "frameworks"),
        ),
    });
    limits
}

#[cfg(test)]
mod tests;

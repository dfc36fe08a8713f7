//! One control as a section of the report: result, ledger, evidence.

use super::attestation::{self, AttestationView, QuestionView};
use super::conclusion::{mark, result, whole_control_finding};
use super::findings::{CountedSubjects, FindingGroup, counted_subjects, finding_groups};
use super::ledger::{Ledger, ledger};
use super::noun::noun;
use super::parameter::{Parameter, parameter};
use super::query::{query_command, query_note};
use super::reason::{self, ReasonView};
use super::source::{SourceUseView, sources};
use crate::assess::{Assessment, ControlAssessment, Outcome, SpillError};
use crate::catalog;
use crate::control::Severity;
use crate::report::text;
use jiff::Timestamp;
use serde::Serialize;

/// Finding ids listed by formats that name no subject.
const FINGERPRINTS_MAX: usize = 20;
/// Characters of the next step in the list of first things.
const NEXT_STEP_CHARS_MAX: usize = 110;
/// Where every click path begins; left out where room is short.
const CONSOLE: &str = "Atlassian Administration › ";
/// Area of a control that has no tag.
const NO_AREA: &str = "No tag";

/// What a reader has to know beside an outcome.
#[derive(Debug, Serialize)]
pub struct NoteView {
    /// The note as a sentence.
    pub text: String,
    /// Whether it names no value that may be a person's.
    pub impersonal: bool,
}

/// One control.
#[derive(Debug, Serialize)]
pub struct ControlView<'a> {
    /// Its id.
    pub id: String,
    /// Anchor of its section.
    pub anchor: String,
    /// What people call it: its code, or its id.
    pub reference: String,
    /// Title.
    pub title: String,
    /// Severity.
    pub severity: Severity,
    /// Its place from `info` (0) to `critical` (4): the filled steps of its sign.
    pub steps: u8,
    /// The control's own severity and why the profile changed it; empty if it did not.
    pub severity_note: String,
    /// Who answers for it; empty if nobody is named.
    pub owner: String,
    /// The day by which it is to be met: `20 Dec 2026`; empty if none is named.
    pub due: String,
    /// The conclusion.
    pub outcome: Outcome,
    /// The same as words.
    pub outcome_word: &'static str,
    /// The same with a capital.
    pub outcome_title: String,
    /// First tag, with a capital.
    pub area: String,
    /// All tags.
    pub tags: Vec<String>,
    /// Revision.
    pub revision: u32,
    /// First clause of the result.
    pub result: String,
    /// What follows it.
    pub result_rest: Vec<String>,
    /// Why it did not conclude, or what a fail is incomplete in.
    pub reasons: Vec<ReasonView>,
    /// What a reader has to know beside the outcome, as sentences.
    pub notes: Vec<NoteView>,
    /// Answers of people to it, the newest first.
    pub attested: Vec<AttestationView>,
    /// What it asks a person, if it does.
    pub question: Option<QuestionView>,
    /// A few words for the table of controls: reason, or that evidence is incomplete too.
    pub mark: String,
    /// Why it matters.
    pub rationale: Vec<String>,
    /// What was done.
    pub procedure: Vec<String>,
    /// What it does not show.
    pub not_tested: Vec<String>,
    /// How to repair.
    pub remediation: Vec<String>,
    /// First sentence of it.
    pub next_step: String,
    /// How a person checks the number.
    pub check_yourself: Vec<String>,
    /// A command that lists the records the selector reaches; empty where no record was looked at, and for a
    /// list, which is no part of a snapshot.
    pub query_command: String,
    /// How many those are, and why more than are in scope if they are more.
    pub query_note: String,
    /// Pages of the vendor.
    pub references: Vec<Reference>,
    /// Parameters.
    pub parameters: Vec<Parameter>,
    /// Nouns for one subject and several.
    pub noun: (String, String),
    /// Failing subjects, where subjects were concluded on one by one; none where the control failed as a whole. Of a
    /// control that asks how often something happens, the values that it happened too often for.
    pub failing: Option<u64>,
    /// What they are counted of: subjects in scope, or those values, or the state of the dataset.
    pub of: String,
    /// The population, reconciled; none where no record was looked at.
    pub ledger: Option<Ledger>,
    /// What it read.
    pub datasets: Vec<DatasetUseView>,
    /// Findings by outcome: fail, unknown, error; below them the subjects that a finding on the control as a
    /// whole rests on.
    pub findings: Vec<FindingGroup<'a>>,
    /// Subjects of a control that only counts them.
    pub counted: Option<CountedSubjects>,
    /// Ids of the first findings, for formats that name no subject.
    pub fingerprints: Vec<String>,
    /// Findings beyond those.
    pub fingerprints_left: u64,
    /// Fields of the evidence without a column.
    pub fields_left: u64,
    /// A sample of the subjects that pass: label (or id), id.
    pub passing_sample: Vec<(String, String)>,
    /// Criteria by framework.
    pub contributes_to: Vec<Contribution>,
    /// Where it is written: file, lines, digest.
    pub source: SourceView,
}

/// A page of the vendor.
#[derive(Debug, Serialize)]
pub struct Reference {
    /// Its address, as text.
    pub text: String,
    /// Whether it may be a link: https only.
    pub link: bool,
}

/// A dataset as the control used it.
#[derive(Debug, Serialize)]
pub struct DatasetUseView {
    /// The dataset.
    pub name: String,
    /// What for.
    pub used_as: String,
    /// Whether it is whole.
    pub whole: bool,
    /// How complete it is, as a word.
    pub state: &'static str,
    /// Records.
    pub records: u64,
    /// SHA-256; empty if it holds nothing.
    pub sha256: String,
    /// What gave the values that the control reads of it.
    pub sources: Vec<SourceUseView>,
}

/// Criteria of one framework.
#[derive(Debug, Serialize)]
pub struct Contribution {
    /// Its id.
    pub framework: String,
    /// The criteria.
    pub criteria: Vec<Criterion>,
}

/// One criterion.
#[derive(Debug, Serialize)]
pub struct Criterion {
    /// Its id.
    pub id: String,
    /// How much the control contributes.
    pub strength: &'static str,
    /// A note; empty if there is none.
    pub note: String,
}

/// Where a control is written.
#[derive(Debug, Serialize)]
pub struct SourceView {
    /// The file.
    pub file: String,
    /// `lines 14–21`.
    pub lines: String,
    /// SHA-256.
    pub sha256: String,
}

impl<'a> ControlView<'a> {
    /// `control` with at most `rows_max` rows of findings; times are shown beside `collected_from`.
    pub fn new(
        control: &'a ControlAssessment,
        rows_max: usize,
        collected_from: Timestamp,
    ) -> Result<ControlView<'a>, SpillError> {
        let population = control.population.as_ref();
        let noun = noun(control);
        let reasons = reason::by_weight(control);
        let (result, result_rest) = result(control, &reasons);
        let whole_control_fails = whole_control_finding(control).is_some();
        let (findings, fields_left) = finding_groups(control, rows_max, collected_from)?;
        let fingerprints = control.findings.read().take(FINGERPRINTS_MAX);
        let fingerprints = fingerprints
            .map(|finding| Ok(text::line(&finding?.fingerprint)))
            .collect::<Result<Vec<String>, SpillError>>()?;
        Ok(ControlView {
            anchor: format!("control-{}", control.id),
            id: text::line(&control.id),
            reference: text::line(control.code.as_deref().unwrap_or(&control.id)),
            title: text::flowing(&control.title),
            severity: control.severity,
            steps: match control.severity {
                Severity::Info => 0,
                Severity::Low => 1,
                Severity::Medium => 2,
                Severity::High => 3,
                Severity::Critical => 4,
            },
            severity_note: match &control.severity_change {
                Some(change) => format!(
                    "{} by {}, its own severity is {}: {}",
                    control.severity.word(),
                    text::line(&change.origin),
                    change.from.word(),
                    text::flowing(&change.reason)
                ),
                None => String::new(),
            },
            owner: text::flowing(control.owner.as_deref().unwrap_or_default()),
            due: control
                .due_on
                .map(|day| day.strftime("%-d %b %Y").to_string())
                .unwrap_or_default(),
            outcome: control.outcome,
            outcome_word: control.outcome.word(),
            outcome_title: text::capital(control.outcome.word()),
            area: control.tags.first().map_or_else(
                || NO_AREA.to_owned(),
                |tag| text::capital(&text::line(&tag.replace('-', " "))),
            ),
            tags: control.tags.iter().map(|tag| text::line(tag)).collect(),
            revision: control.revision,
            result,
            result_rest,
            notes: control
                .notes
                .iter()
                .map(|note| NoteView {
                    text: text::flowing(&note.in_words()),
                    impersonal: note.is_impersonal(),
                })
                .collect(),
            attested: Vec::new(),
            question: attestation::question(control),
            mark: mark(control, &reasons),
            reasons,
            rationale: text::paragraphs(&control.rationale),
            procedure: text::paragraphs(&control.procedure),
            not_tested: text::paragraphs(&control.not_tested),
            remediation: text::paths(&control.remediation),
            next_step: next_step(&control.remediation),
            check_yourself: match &control.question {
                // Whoever doubts an answer looks where it was looked.
                Some(question) if control.check_yourself.is_empty() => text::paths(&question.guide),
                _ => text::paths(&control.check_yourself),
            },
            query_command: population
                .filter(|population| !population.dataset.starts_with(catalog::INPUTS))
                .map(|population| query_command(&population.selector))
                .unwrap_or_default(),
            query_note: population.map(query_note).unwrap_or_default(),
            references: control
                .references
                .iter()
                .map(|address| Reference {
                    text: text::line(address),
                    link: address.starts_with("https://") && text::line(address) == *address,
                })
                .collect(),
            parameters: control.parameters.iter().map(parameter).collect(),
            failing: match (control.outcome, population) {
                (Outcome::Fail | Outcome::Pass, Some(population))
                    if population.frequency.is_some() =>
                {
                    population.frequency.as_ref().map(|counts| counts.too_many)
                }
                // What is expected and not there fails without being one of those tested.
                (Outcome::Fail, Some(population))
                    if whole_control_fails || population.fail == 0 =>
                {
                    None
                }
                (Outcome::Fail | Outcome::Pass, Some(population)) => Some(population.fail),
                _ => None,
            },
            of: match (control.outcome, population) {
                (Outcome::NotApplicable, _) | (_, None) => "–".to_owned(),
                (Outcome::Unknown, Some(population)) if !population.completeness.is_whole() => {
                    population.completeness.word().to_owned()
                }
                (Outcome::Fail | Outcome::Pass, Some(population)) => {
                    let counts = population.frequency.as_ref();
                    text::number(counts.map_or(population.in_scope, |counts| counts.values))
                }
                (_, Some(population)) => text::number(population.in_scope),
            },
            ledger: population.map(|population| ledger(population, &noun)),
            noun,
            datasets: control
                .datasets
                .iter()
                .map(|used| DatasetUseView {
                    name: text::line(&used.dataset),
                    used_as: text::line(&used.used_as),
                    whole: used.completeness.is_whole(),
                    state: used.completeness.word(),
                    records: used.records,
                    sha256: text::line(&used.sha256),
                    sources: Vec::new(),
                })
                .collect(),
            findings,
            counted: counted_subjects(control),
            fingerprints_left: control.findings.len() - fingerprints.len() as u64,
            fingerprints,
            fields_left,
            passing_sample: control
                .passing_sample
                .iter()
                .map(|subject| {
                    let id = text::line(&subject.subject);
                    if subject.label.is_empty() || subject.label == subject.subject {
                        (id, String::new())
                    } else {
                        (text::cell(&subject.label), id)
                    }
                })
                .collect(),
            contributes_to: control
                .maps_to
                .iter()
                .filter(|(_, criteria)| !criteria.is_empty())
                .map(|(framework, criteria)| Contribution {
                    framework: text::line(framework),
                    criteria: criteria
                        .iter()
                        .map(|mapping| Criterion {
                            id: text::line(&mapping.id),
                            strength: mapping.strength.word(),
                            note: text::flowing(&mapping.note),
                        })
                        .collect(),
                })
                .collect(),
            source: SourceView {
                file: text::line(&control.source.file),
                lines: if control.source.first_line == control.source.last_line {
                    format!("line {}", control.source.first_line)
                } else {
                    format!(
                        "lines {}–{}",
                        control.source.first_line, control.source.last_line
                    )
                },
                sha256: text::line(&control.source.sha256),
            },
        })
    }

    /// The same with those of `attestations` that answer it.
    pub fn with_answers(mut self, attestations: &[AttestationView]) -> ControlView<'a> {
        let own = attestations
            .iter()
            .filter(|answer| answer.anchor == self.anchor);
        self.attested = own.cloned().collect();
        // A question has no population: who concluded it, and until when, is its result.
        if let Some(answer) = self.attested.iter().find(|answer| answer.in_force)
            && matches!(self.outcome, Outcome::Pass | Outcome::Fail)
        {
            let until = match &*answer.counts_until {
                "" => String::new(),
                day => format!(", which counts until {day}"),
            };
            self.result_rest.push(format!(
                "A person attested {} on {}{until}. No record was looked at.",
                answer.answer, answer.attested_on
            ));
        }
        self
    }

    /// The same with what gave the values that `control` reads.
    pub fn with_sources(
        mut self,
        assessment: &Assessment,
        control: &ControlAssessment,
    ) -> ControlView<'a> {
        for (view, used) in self.datasets.iter_mut().zip(&control.datasets) {
            view.sources = sources(assessment, used);
        }
        self
    }

    /// Whether its section stands open: what fails, is unknown or broke is never folded.
    pub fn asks_for_action(&self) -> bool {
        match self.outcome {
            Outcome::Fail | Outcome::Unknown | Outcome::Error => true,
            Outcome::Pass | Outcome::NotApplicable => false,
        }
    }
}

/// The first sentence of `remediation`, short enough for a list.
fn next_step(remediation: &str) -> String {
    let text = text::paths(remediation).join(" ").replace(CONSOLE, "");
    text::first_sentence(&text, NEXT_STEP_CHARS_MAX)
}

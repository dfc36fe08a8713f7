//! One control as a section of the report: result, ledger, evidence.

use super::attestation::{self, AttestationView, QuestionView};
use super::findings::{CountedSubjects, FindingGroup, counted_subjects, finding_groups};
use super::reason::{self, ReasonView};
use crate::assess::{ControlAssessment, Finding, Outcome, PopulationStatement, SpillError};
use crate::catalog;
use crate::control::Severity;
use crate::jsonpath::Selection;
use crate::report::text;
use crate::snapshot::Completeness;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

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
    /// What its subjects come from: `API`, `list` or `person`.
    pub tag: &'static str,
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
    /// Failing subjects, where subjects were concluded on one by one; none where the control failed as a whole.
    pub failing: Option<u64>,
    /// What they are counted of: subjects in scope, or the state of the dataset.
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

/// A parameter as one line.
#[derive(Debug, Serialize)]
pub struct Parameter {
    /// Name.
    pub name: String,
    /// Value, as text.
    pub value: String,
    /// Whether the value is a number, a truth value or an empty list, and so names nobody.
    pub impersonal: bool,
    /// Whether the run gave it; else it is the control's own default.
    pub given: bool,
    /// Meaning, origin and default.
    pub note: String,
}

/// A population as an account: each line adds to or takes from the one above.
#[derive(Debug, Serialize)]
pub struct Ledger {
    /// Its lines.
    pub lines: Vec<LedgerRow>,
    /// What the numbers do not say.
    pub notes: Vec<String>,
    /// Records fetched.
    pub fetched: u64,
    /// Outside the population.
    pub outside: u64,
    /// Excluded with a reason.
    pub excluded: u64,
    /// Tested.
    pub in_scope: u64,
    /// How those in scope came out.
    pub outcomes: super::Counts,
    /// Those in scope that were counted, and not judged one by one.
    pub counted: u64,
    /// Subjects that a list expects and that are not there; no part of `fetched`.
    pub missing: u64,
    /// Whether every sum holds.
    pub adds_up: bool,
}

/// One line of a [`Ledger`].
#[derive(Debug, Serialize)]
pub struct LedgerRow {
    /// `plain`, `subtotal`, `total`, `outcome`, or `apart` for what is no part of the sum.
    pub kind: &'static str,
    /// `−`, `=` or nothing.
    pub operator: &'static str,
    /// The outcome, for rows of kind `outcome`.
    pub outcome: Option<Outcome>,
    /// What is counted.
    pub label: String,
    /// Records.
    pub records: u64,
    /// What is to be known about the number.
    pub note: String,
    /// Whether the note must not be missed.
    pub weighty: bool,
}

/// A dataset as the control used it.
#[derive(Debug, Serialize)]
pub struct DatasetUseView {
    /// The dataset.
    pub name: String,
    /// `API` or `list`.
    pub tag: &'static str,
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
            check_yourself: text::paths(&control.check_yourself),
            tag: population.map_or("person", |population| tag(&population.dataset)),
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
                (_, Some(population)) => text::number(population.in_scope),
            },
            ledger: population.map(|population| ledger(population, &noun)),
            noun,
            datasets: control
                .datasets
                .iter()
                .map(|used| DatasetUseView {
                    name: text::line(&used.dataset),
                    tag: tag(&used.dataset),
                    used_as: text::line(&used.used_as),
                    whole: used.completeness.is_whole(),
                    state: used.completeness.word(),
                    records: used.records,
                    sha256: text::line(&used.sha256),
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

/// A command that lists what `selector` reaches. A string may stand in either kind of quotes in a JSONPath; the
/// double ones need no escape in a shell's single ones.
fn query_command(selector: &str) -> String {
    let selector = if selector.contains(['"', '\\']) {
        selector.to_owned()
    } else {
        selector.replace('\'', "\"")
    };
    text::line(&format!(
        "tickmark datasets query SNAPSHOT {}",
        text::shell_word(&selector)
    ))
}

/// What a dataset comes from.
fn tag(dataset: &str) -> &'static str {
    if dataset.starts_with(catalog::INPUTS) {
        "list"
    } else {
        "API"
    }
}

/// What the command of [`query_command`] gives beside the number in scope. A selector does not hold the conditions of
/// `where` and the exclusions; the ledger lists the selector's own conditions first.
fn query_note(population: &PopulationStatement) -> String {
    let own = Selection::parse(&population.selector)
        .ok()
        .and_then(|selection| selection.filter().map(|filter| filter.conjuncts().len()))
        .unwrap_or(0)
        .min(population.outside.len());
    let (own, beyond) = population.outside.split_at(own);
    let outside: u64 = own.iter().map(|line| line.records).sum();
    let many = text::line(&population.noun.1);
    let reached = format!(
        "It lists {}{}",
        if population.undecided > 0 {
            "at most "
        } else {
            ""
        },
        text::counted(
            population.fetched.saturating_sub(outside),
            &text::line(&population.noun.0),
            &many
        )
    );
    let in_scope = text::number(population.in_scope);
    let left_out: Vec<String> = beyond
        .iter()
        .map(|line| format!("not: {}", text::flowing(&line.label)))
        .chain(
            population
                .excluded
                .iter()
                .map(|line| format!("excluded: {}", text::flowing(&line.label))),
        )
        .zip(beyond.iter().chain(&population.excluded))
        .filter(|(_, line)| line.records > 0)
        .map(|(label, line)| format!("{label} ({})", text::number(line.records)))
        .collect();
    if left_out.is_empty() {
        format!("{reached}; {in_scope} in scope.")
    } else {
        format!(
            "{reached}. That is wider than the {in_scope} in scope: a selector does not hold these conditions, by which the control leaves out more: {}.",
            left_out.join("; ")
        )
    }
}

fn whole_control_finding(control: &ControlAssessment) -> Option<&Finding> {
    let mut findings = control.findings.on_control();
    findings.find(|finding| finding.outcome == control.outcome)
}

/// Words for one subject and for several.
pub(super) fn noun(control: &ControlAssessment) -> (String, String) {
    control.population.as_ref().map_or_else(
        || ("subject".to_owned(), "subjects".to_owned()),
        |population| {
            (
                text::line(&population.noun.0),
                text::line(&population.noun.1),
            )
        },
    )
}

fn result(control: &ControlAssessment, reasons: &[ReasonView]) -> (String, Vec<String>) {
    let Some(population) = &control.population else {
        let first = match control.outcome {
            Outcome::NotApplicable => "Not applicable.",
            Outcome::Fail => "Not met.",
            Outcome::Pass => "Met.",
            Outcome::Unknown | Outcome::Error => "No conclusion.",
        };
        let rest = reasons.first().map(|reason| reason.sentence.clone());
        return (first.to_owned(), rest.into_iter().collect());
    };
    let (one, many) = noun(control);
    let in_scope = text::counted(population.in_scope, &one, &many);
    let mut rest = Vec::new();
    let first = match control.outcome {
        Outcome::Fail => {
            let first = if let Some(finding) = whole_control_finding(control) {
                let message = text::capital(&text::flowing(&finding.message));
                rest.push(format!("{in_scope} in scope."));
                format!("{}.", message.trim_end_matches('.'))
            } else if population.fail == 0 && population.missing > 0 {
                rest.push(format!("Beside them, {in_scope} in scope."));
                format!(
                    "{} expected, but not there.",
                    text::counted(population.missing, &one, &many)
                )
            } else {
                format!(
                    "{} of {in_scope} {}.",
                    text::number(population.fail),
                    text::verb(population.fail, "fails", "fail")
                )
            };
            if population.fail > 0 && population.missing > 0 {
                rest.push(format!(
                    "{} more expected, but not there: no part of the {in_scope} in scope.",
                    text::number(population.missing)
                ));
            }
            if population.unknown > 0 {
                rest.push(format!(
                    "{} could not be concluded.",
                    text::number(population.unknown)
                ));
            }
            first
        }
        Outcome::Unknown => "No conclusion.".to_owned(),
        Outcome::Error => "The evaluation broke: no conclusion.".to_owned(),
        Outcome::Pass if population.in_scope == 0 => {
            "Met: the population is whole and empty.".to_owned()
        }
        Outcome::Pass if population.counted == population.in_scope => {
            format!("Met: {in_scope} counted.")
        }
        Outcome::Pass if population.pass == population.in_scope => match population.in_scope {
            1 => format!("The 1 {one} in scope passes."),
            count => format!("All {} {many} pass.", text::number(count)),
        },
        Outcome::Pass => format!(
            "Met: {} of {in_scope} {}.",
            text::number(population.pass),
            text::verb(population.pass, "passes", "pass")
        ),
        Outcome::NotApplicable => "Not applicable.".to_owned(),
    };
    if population.error > 0 {
        rest.push(format!(
            "{} of {in_scope} broke it.",
            text::number(population.error)
        ));
    }
    match control.outcome {
        Outcome::Fail if !reasons.is_empty() => {
            rest.push(format!(
                "Evidence is incomplete too. {}",
                reasons[0].sentence
            ));
        }
        Outcome::Unknown | Outcome::NotApplicable => {
            rest.extend(reasons.first().map(|reason| reason.sentence.clone()));
        }
        Outcome::Fail | Outcome::Error | Outcome::Pass => {}
    }
    (first, rest)
}

fn mark(control: &ControlAssessment, reasons: &[ReasonView]) -> String {
    let missing = control
        .population
        .as_ref()
        .map_or(0, |population| population.missing);
    match (control.outcome, reasons.first()) {
        (Outcome::Fail, Some(reason)) => format!("also: {}", reason.mark),
        (Outcome::Fail, None) if missing > 0 => {
            format!("{} expected, not there", text::number(missing))
        }
        (Outcome::Fail, None) => whole_control_finding(control)
            .zip(control.population.as_ref())
            .map_or_else(String::new, |(_, population)| {
                let (one, many) = noun(control);
                format!(
                    "{} in scope",
                    text::counted(population.in_scope, &one, &many)
                )
            }),
        (_, Some(reason)) => reason.mark.clone(),
        (_, None) => String::new(),
    }
}

fn parameter(statement: &crate::assess::ParameterStatement) -> Parameter {
    let unset = statement.value.is_null();
    let default = match &statement.default {
        Value::Null => "no default".to_owned(),
        default => format!("default {}", text::cell(&text::value(default, true))),
    };
    let origin = text::line(&statement.origin);
    let is_given = !matches!(&*origin, "default" | "unset");
    let mut note = if is_given {
        let weaker = if statement.weaker {
            "weaker than the default; "
        } else {
            ""
        };
        format!("{origin}; {weaker}{default}")
    } else {
        default
    };
    if let Some(why) = &statement.why {
        note = format!("{note}; why: {}", text::flowing(why));
    }
    Parameter {
        name: text::line(&statement.name),
        value: if unset {
            "not set".to_owned()
        } else {
            text::line(&text::value(&statement.value, true))
        },
        impersonal: match &statement.value {
            Value::Null | Value::Bool(_) | Value::Number(_) => true,
            Value::Array(members) => members.is_empty(),
            Value::String(_) | Value::Object(_) => false,
        },
        given: is_given,
        note: if statement.about.is_empty() {
            note
        } else {
            format!("{}; {note}", text::flowing(&statement.about))
        },
    }
}

fn ledger(population: &PopulationStatement, noun: &(String, String)) -> Ledger {
    let many = &noun.1;
    let outside: u64 = population.outside.iter().map(|line| line.records).sum();
    let excluded: u64 = population.excluded.iter().map(|line| line.records).sum();
    let (note, weighty) = fetched_note(population);
    let plain = |operator, label: String, records, note: String| LedgerRow {
        kind: "plain",
        operator,
        outcome: None,
        label,
        records,
        note,
        weighty: false,
    };
    let mut lines = vec![LedgerRow {
        weighty,
        ..plain("", format!("{many} fetched"), population.fetched, note)
    }];
    for line in &population.outside {
        lines.push(plain(
            "−",
            // A line names the condition that these records do not meet.
            format!("not: {}", text::flowing(&line.label)),
            line.records,
            String::new(),
        ));
    }
    if !population.outside.is_empty() && !population.excluded.is_empty() {
        lines.push(LedgerRow {
            kind: "subtotal",
            ..plain(
                "=",
                "in the population".to_owned(),
                population.fetched.saturating_sub(outside),
                String::new(),
            )
        });
    }
    for (index, line) in population.excluded.iter().enumerate() {
        lines.push(plain(
            "−",
            text::flowing(&line.label),
            line.records,
            format!("exclusion {}", index + 1),
        ));
    }
    lines.push(LedgerRow {
        kind: "total",
        ..plain(
            "=",
            "in scope".to_owned(),
            population.in_scope,
            match population.undecided {
                0 => String::new(),
                count => format!(
                    "of these {}: not known whether they belong",
                    text::number(count)
                ),
            },
        )
    });
    let outcomes = super::Counts {
        all: population.in_scope,
        fail: population.fail,
        unknown: population.unknown,
        error: population.error,
        pass: population.pass,
        not_applicable: 0,
    };
    if population.counted > 0 {
        lines.push(LedgerRow {
            kind: "outcome",
            ..plain(
                "",
                "counted, not judged one by one".to_owned(),
                population.counted,
                String::new(),
            )
        });
    }
    for (outcome, records) in [
        (Outcome::Pass, population.pass),
        (Outcome::Fail, population.fail),
        (Outcome::Unknown, population.unknown),
        (Outcome::Error, population.error),
    ] {
        if records == 0 && (outcome == Outcome::Error || population.counted > 0) {
            continue;
        }
        lines.push(LedgerRow {
            kind: "outcome",
            outcome: Some(outcome),
            ..plain("", outcome.word().to_owned(), records, String::new())
        });
    }
    let adds_up = population.fetched == outside + excluded + population.in_scope
        && population.in_scope
            == population.pass
                + population.fail
                + population.unknown
                + population.error
                + population.counted;
    if population.missing > 0 {
        lines.push(LedgerRow {
            kind: "apart",
            ..plain(
                "",
                "expected, but not there".to_owned(),
                population.missing,
                format!("no part of the {many} fetched"),
            )
        });
    }
    let mut notes = Vec::new();
    if !adds_up {
        notes.push("These numbers do not add up. That is a mistake of tickmark: please do not rely on this control, and report it.".to_owned());
    }
    if population.undecided == 0 && population.fetched > 0 {
        notes.push("A field that the filter needs was missing in 0 records.".to_owned());
    }
    if population.excluded.len() > 1 {
        notes.push("A subject that meets two exclusions counts under the first.".to_owned());
    }
    Ledger {
        lines,
        notes,
        fetched: population.fetched,
        outside,
        excluded,
        in_scope: population.in_scope,
        outcomes,
        counted: population.counted,
        missing: population.missing,
        adds_up,
    }
}

/// What stands beside the number of records fetched, and whether it must not be missed.
fn fetched_note(population: &PopulationStatement) -> (String, bool) {
    let count = match population.api_count {
        Some(count) if count == population.fetched => {
            format!("✓ equals Atlassian’s own count, {}", text::number(count))
        }
        Some(count) => format!("≠ Atlassian’s own count, {}", text::number(count)),
        None if population.dataset.starts_with(catalog::INPUTS) => {
            "as the list was given".to_owned()
        }
        None => "Atlassian gives no count of its own".to_owned(),
    };
    let count = match &population.period {
        Some(period) => format!("{}; {count}", text::period(period)),
        None => count,
    };
    let differs = population
        .api_count
        .is_some_and(|count| count != population.fetched);
    match &population.completeness {
        Completeness::Whole => (count, differs),
        Completeness::Cut { .. }
        | Completeness::Denied { .. }
        | Completeness::Unavailable { .. }
        | Completeness::Stale { .. }
        | Completeness::NotRequested => (
            format!(
                "{count}; {}",
                text::line(&population.completeness.to_string())
            ),
            true,
        ),
    }
}

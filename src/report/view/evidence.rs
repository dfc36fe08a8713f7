//! What the report rests on: datasets, how complete they are, and whether a reader can rely on them.

use crate::assess::{Assessment, InputUse, ListMatch, Outcome};
use crate::report::text;
use crate::snapshot::{
    DatasetStatement, DatedBy, ExportStatement, FallbackStatement, InputStatement, PeriodStatement,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Datasets that are not whole and named on the first screen; the rest stand in their own section.
const INCOMPLETE_ON_FIRST_SCREEN: usize = 4;

/// One dataset of the snapshot.
#[derive(Debug, Serialize)]
pub struct DatasetView {
    /// Its name.
    pub name: String,
    /// Whether it is whole.
    pub whole: bool,
    /// How complete it is, as a word.
    pub state: &'static str,
    /// Why it is not whole; empty if it is.
    pub detail: String,
    /// The period that it is of, and why it begins and ends there; empty if it is of none.
    pub period: String,
    /// Records.
    pub records: u64,
    /// How the API's own count compares.
    pub compared: Compared,
    /// SHA-256 of its file; empty if it holds nothing.
    pub sha256: String,
    /// The requests behind it.
    pub sources: Vec<SourceView>,
    /// References of the controls that read it.
    pub read_by: Vec<(String, String)>,
}

/// The API's own count beside ours.
#[derive(Debug, Serialize)]
pub struct Compared {
    /// The API's own count.
    pub count: Option<u64>,
    /// Whether the two are the same; true where there is none.
    pub equal: bool,
}

/// One request behind a dataset.
#[derive(Debug, Serialize)]
pub struct SourceView {
    /// Its name.
    pub name: String,
    /// Whether it delivered everything.
    pub whole: bool,
    /// How complete it is, with the reason.
    pub state: String,
    /// Why an older endpoint was asked, and until when the vendor keeps it; empty where the newest was asked.
    pub fallback: String,
    /// Requests sent.
    pub requests: u64,
    /// How many of them were retries.
    pub retries: u64,
    /// Records received.
    pub records: u64,
    /// How the API's own count compares with those.
    pub compared: Compared,
    /// First and last response.
    pub times: String,
}

/// A list that was given beside the snapshot, or that a control reads and nobody gave.
#[derive(Debug, Serialize)]
pub struct InputView {
    /// Its name, as controls write it.
    pub name: String,
    /// Whether it is whole and still counts.
    pub whole: bool,
    /// How complete it is, as a word.
    pub state: &'static str,
    /// Why it is not whole; empty if it is.
    pub detail: String,
    /// Rows.
    pub rows: u64,
    /// Name of its file; empty if it was not given.
    pub file: String,
    /// SHA-256 of the file; empty if it was not given.
    pub sha256: String,
    /// Who answers for it; empty if nobody is named.
    pub owner: String,
    /// Source, day and limit of age, each as a few words.
    pub facts: Vec<String>,
    /// What is to be known of its rows and columns, each as a clause. Names no row.
    pub notes: Vec<String>,
    /// References of the controls that read it.
    pub read_by: Vec<(String, String)>,
}

/// The lists, with the controls that read each.
pub fn inputs(assessment: &Assessment, controls: &[super::ControlView<'_>]) -> Vec<InputView> {
    let views = assessment.inputs.iter().map(|(name, used)| {
        let statement = used.statement.as_ref();
        InputView {
            name: text::line(name),
            whole: used.completeness.is_whole(),
            state: match statement {
                Some(_) => used.completeness.word(),
                None => "not supplied",
            },
            detail: match statement {
                Some(_) => text::flowing(used.completeness.detail()),
                None => "a control reads it, and nobody gave it".to_owned(),
            },
            rows: statement.map_or(0, |statement| statement.rows),
            file: statement.map_or_else(String::new, |statement| text::line(&statement.file)),
            sha256: statement.map_or_else(String::new, |statement| text::line(&statement.sha256)),
            owner: statement
                .and_then(|statement| statement.owner.as_deref())
                .map(text::flowing)
                .unwrap_or_default(),
            facts: statement.map(input_facts).unwrap_or_default(),
            notes: input_notes(used),
            read_by: readers(controls, name),
        }
    });
    views.collect()
}

/// An export of the console that the snapshot holds.
#[derive(Debug, Serialize)]
pub struct ExportView {
    /// Which export it is, as the catalog calls it.
    pub name: &'static str,
    /// Whether its values count at the point in time of the test.
    pub counts: bool,
    /// Why they do not; empty if they do.
    pub detail: String,
    /// Rows.
    pub rows: u64,
    /// Rows joined to an account.
    pub matched: u64,
    /// The day that it was taken, and who says so.
    pub taken: String,
    /// What is to be known of its rows and cells, each as a clause. Quotes no name.
    pub notes: Vec<String>,
    /// Values that are not understood, each with its column; for pages that may name people.
    pub unread: Vec<(String, String)>,
    /// Name of its file.
    pub file: String,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// The exports, in the order of the snapshot.
pub fn exports(assessment: &Assessment) -> Vec<ExportView> {
    let snapshot = &assessment.snapshot;
    let stale = snapshot
        .exports
        .stale(snapshot.collected_to, assessment.as_of);
    let views = snapshot.exports.files.iter().map(|file| {
        let own = file.stale(assessment.as_of);
        let aged = own.or_else(|| stale.get(file.kind.source()).cloned());
        let mut told = assessment.policy_changes.iter();
        let changes = told.find(|changes| changes.sha256 == file.sha256);
        let detail = aged.or_else(|| {
            let why = changes?.why_stale()?;
            Some(format!(
                "what policies decide is no longer known from it: {why}; the rest of it counts"
            ))
        });
        let mut notes = export_notes(file);
        if let Some(changes) = changes.filter(|_| detail.is_none()) {
            notes.extend(changes.unseen.iter().map(|why| {
                format!(
                    "whether authentication policies were changed after it could not be looked for: {}",
                    text::flowing(why)
                )
            }));
        }
        ExportView {
            name: file.kind.source(),
            counts: detail.is_none(),
            detail: detail
                .map(|detail| text::flowing(&detail))
                .unwrap_or_default(),
            rows: file.rows,
            matched: file.fit.matched,
            taken: match (file.extracted_on, file.dated_by) {
                (Some(day), Some(DatedBy::NewestActivity)) => {
                    format!("{day} or later, by the newest activity in it")
                }
                (Some(day), _) => format!("{day}, as stated"),
                (None, _) => "on a day that nobody says".to_owned(),
            },
            notes,
            unread: file
                .unread_cells
                .iter()
                .filter_map(|cell| {
                    let value = text::flowing(cell.value.as_deref()?);
                    Some((text::flowing(&cell.column), value))
                })
                .collect(),
            file: text::line(&file.file),
            sha256: text::line(&file.sha256),
        }
    });
    views.collect()
}

fn export_notes(file: &ExportStatement) -> Vec<String> {
    let fit = &file.fit;
    let rows = |count: u64, what: &str| {
        (count > 0).then(|| format!("{} {what}", text::counted(count, "row", "rows")))
    };
    let accounts = |count: u64, what: &str| {
        (count > 0).then(|| format!("{} {what}", text::counted(count, "account", "accounts")))
    };
    let mut notes: Vec<String> = [
        rows(fit.unmatched.count, "of no account that the API lists"),
        rows(fit.without_key.count, "without id and e-mail"),
        rows(fit.ambiguous.count, "whose e-mail several accounts have"),
        rows(fit.duplicate.count, "of an account that an earlier row has"),
        accounts(
            fit.contradictory.count,
            "told differently by several rows: what they differ in is unknown",
        ),
        accounts(fit.missing, "in no row"),
        accounts(
            fit.joined_since,
            "in no row, who joined on that day or later",
        ),
        accounts(
            fit.hidden,
            "whose e-mail the API does not tell, so that no row can be joined",
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    // Without the values: in a column that slipped, they may be names.
    let mut columns: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for cell in &file.unread_cells {
        let known = columns.entry(&cell.column).or_insert((0, cell.first_row));
        *known = (known.0 + cell.cells, known.1.min(cell.first_row));
    }
    notes.extend(columns.into_iter().map(|(column, (cells, first_row))| {
        format!(
            "column {}: {} not understood, first in row {first_row}",
            text::flowing(column),
            text::counted(cells, "cell", "cells"),
        )
    }));
    notes
}

fn input_facts(statement: &InputStatement) -> Vec<String> {
    let source = statement
        .source
        .as_ref()
        .map(|source| format!("from {}", text::flowing(source)));
    let day = statement
        .extracted_on
        .map(|day| format!("extracted on {day}"));
    let limit = statement
        .max_age_days
        .map(|days| format!("counts for {days} days"));
    [source, day, limit].into_iter().flatten().collect()
}

fn input_notes(used: &InputUse) -> Vec<String> {
    let Some(statement) = &used.statement else {
        return Vec::new();
    };
    let rows = |count: u64| text::counted(count, "row", "rows");
    let columns = |names: &[String]| {
        let names: Vec<String> = names.iter().map(|name| text::line(name)).collect();
        names.join(", ")
    };
    let mut notes: Vec<String> = used.matches.iter().map(match_in_words).collect();
    if !used.is_read {
        notes.push("no control reads it".to_owned());
    }
    if statement.duplicates > 0 {
        notes.push(format!(
            "{} {} the id of an earlier one",
            rows(statement.duplicates),
            text::verb(statement.duplicates, "has", "have")
        ));
    }
    if statement.without_id > 0 {
        notes.push(format!(
            "{} {} no id that can be read; the number of the row stands for it",
            rows(statement.without_id),
            text::verb(statement.without_id, "has", "have")
        ));
    }
    if !statement.missing_columns.is_empty() {
        notes.push(format!("it lacks {}", columns(&statement.missing_columns)));
    }
    if used.is_read && !statement.unread_columns.is_empty() {
        notes.push(format!(
            "no control reads {}",
            columns(&statement.unread_columns)
        ));
    }
    notes
}

/// How many rows are those of a record: "58 of 61 rows are found in accounts.email (leavers-deactivated)".
fn match_in_words(found: &ListMatch) -> String {
    let compared = found.matched + found.unmatched;
    // A list of which nothing is found is, as a rule, one that is written otherwise.
    let doubt = match (found.matched, compared) {
        (0, 1..) => "; are both written alike?",
        _ => "",
    };
    let left = match found.not_compared {
        0 => String::new(),
        count => format!(", {} not compared", text::counted(count, "row", "rows")),
    };
    let fields: Vec<String> = found
        .compared_with
        .iter()
        .map(|name| text::line(name))
        .collect();
    let fields = fields.join(" or ");
    if compared == 0 {
        return format!(
            "no row is compared with {fields} ({})",
            text::line(&found.control)
        );
    }
    format!(
        "{} of {} {} in {}{left}{doubt} ({})",
        text::number(found.matched),
        text::counted(compared, "row", "rows"),
        text::verb(found.matched, "is found", "are found"),
        fields,
        text::line(&found.control)
    )
}

/// Anchors and references of the controls that read the dataset `name`.
fn readers(controls: &[super::ControlView<'_>], name: &str) -> Vec<(String, String)> {
    let name = text::line(name);
    controls
        .iter()
        .filter(|control| control.datasets.iter().any(|used| used.name == name))
        .map(|control| (control.anchor.clone(), control.reference.clone()))
        .collect()
}

/// A value that was left out.
#[derive(Debug, Serialize)]
pub struct MisfitView {
    /// The dataset.
    pub dataset: String,
    /// The field.
    pub field: String,
    /// What is wrong.
    pub kind: &'static str,
    /// Records concerned.
    pub records: u64,
    /// Some of the values.
    pub values: Vec<String>,
}

/// One label with its facts.
#[derive(Debug, Serialize)]
pub struct Fact {
    /// The label.
    pub label: &'static str,
    /// Its lines.
    pub lines: Vec<FactLine>,
}

/// One line of a [`Fact`].
#[derive(Debug, Default, Serialize)]
pub struct FactLine {
    /// A sign before it.
    pub sign: Option<Outcome>,
    /// What stands first, and heavy.
    pub strong: String,
    /// The text.
    pub text: String,
    /// What stands last, as code.
    pub code: String,
    /// Anchor of the section that the text leads to; empty if to none.
    pub anchor: &'static str,
}

impl FactLine {
    fn text(text: impl Into<String>) -> FactLine {
        FactLine {
            text: text.into(),
            ..FactLine::default()
        }
    }
}

/// The datasets, with the controls that read each.
pub fn datasets(assessment: &Assessment, controls: &[super::ControlView<'_>]) -> Vec<DatasetView> {
    assessment
        .snapshot
        .datasets
        .iter()
        .map(|(name, statement)| DatasetView {
            name: text::line(name),
            whole: statement.completeness.is_whole(),
            state: statement.completeness.word(),
            detail: text::flowing(statement.completeness.detail()),
            period: statement.period.as_ref().map_or(String::new(), period),
            records: statement.records,
            compared: Compared {
                count: statement.api_count,
                equal: statement
                    .api_count
                    .is_none_or(|count| count == statement.records),
            },
            sha256: text::line(&statement.sha256),
            sources: statement
                .sources
                .iter()
                .map(|source| SourceView {
                    name: text::line(&source.source),
                    whole: source.completeness.is_whole(),
                    state: text::line(&source.completeness.to_string()),
                    fallback: source.fallback.as_ref().map_or(String::new(), fallback),
                    requests: source.requests,
                    retries: source.retries,
                    records: source.records,
                    compared: Compared {
                        count: source.api_count,
                        equal: source.api_count.is_none_or(|count| count == source.records),
                    },
                    times: times(assessment, source),
                })
                .collect(),
            read_by: readers(controls, name),
        })
        .collect()
}

fn fallback(statement: &FallbackStatement) -> String {
    let until = match &statement.deprecated_after {
        Some(day) => format!(" The vendor may switch it off after {day}."),
        None => String::new(),
    };
    text::flowing(&format!(
        "An older endpoint was asked, {}, instead of {}: {}.{until}",
        statement.request,
        statement.instead_of,
        statement.reason.trim_end_matches('.')
    ))
}

fn period(statement: &PeriodStatement) -> String {
    let PeriodStatement { period, outside } = statement;
    text::flowing(&format!(
        "of {} (from: {}; to: {}); {} received of another time",
        text::period(period),
        period.from_because,
        period.to_because,
        text::number(*outside)
    ))
}

fn times(assessment: &Assessment, source: &crate::snapshot::SourceStatement) -> String {
    let from = assessment.snapshot.collected_from;
    match (source.first_response_at, source.last_response_at) {
        (Some(first), Some(last)) => {
            let (first, last) = (text::clock(first, from), text::clock(last, from));
            if first == last {
                first
            } else {
                format!("{first}–{last}")
            }
        }
        (Some(time), None) | (None, Some(time)) => text::clock(time, from),
        (None, None) => "no answer".to_owned(),
    }
}

/// Values that were left out because the catalog does not know them.
pub fn misfits(assessment: &Assessment) -> Vec<MisfitView> {
    let of_datasets = assessment
        .snapshot
        .datasets
        .iter()
        .map(|(name, statement)| (name, &statement.misfits));
    let of_inputs = assessment
        .inputs
        .iter()
        .filter_map(|(name, used)| Some((name, &used.statement.as_ref()?.misfits)));
    of_datasets
        .chain(of_inputs)
        .flat_map(|(name, misfits)| misfits.iter().map(move |misfit| (name, misfit)))
        .map(|(name, misfit)| MisfitView {
            dataset: text::line(name),
            field: text::line(&misfit.field),
            kind: misfit.kind.words(),
            records: misfit.records,
            values: misfit
                .values
                .iter()
                .map(|value| text::cell(value))
                .collect(),
        })
        .collect()
}

/// "Can you rely on this page?": at most seven labels.
pub fn reliance(
    assessment: &Assessment,
    datasets: &[DatasetView],
    misfits: &[MisfitView],
    population_section: u32,
    check_section: u32,
) -> Vec<Fact> {
    let snapshot = &assessment.snapshot;
    let mut complete = completeness(datasets, population_section);
    if !misfits.is_empty() {
        complete.push(FactLine {
            text: format!(
                "values of {} not understood and left out, listed in §{population_section}",
                text::counted(misfits.len() as u64, "field", "fields")
            ),
            anchor: "population",
            ..FactLine::default()
        });
    }
    let mut facts = vec![
        Fact {
            label: "Collected",
            lines: vec![collected(assessment)],
        },
        Fact {
            label: "By",
            lines: vec![FactLine::text(format!(
                "{} {}, read-only requests to {}",
                text::line(&assessment.tool.name),
                text::line(&assessment.tool.version),
                text::line(&snapshot.api_url)
            ))],
        },
        Fact {
            label: "Complete",
            lines: complete,
        },
        Fact {
            label: "Accounts",
            lines: vec![accounts(snapshot.datasets.get("accounts"))],
        },
    ];
    let asks = assessment
        .controls
        .iter()
        .any(|control| control.question.is_some());
    if asks || !assessment.inputs.is_empty() || !assessment.attestations.is_empty() {
        facts.push(Fact {
            label: "From people",
            lines: from_people(assessment),
        });
    }
    facts.push(Fact {
        label: "Snapshot",
        lines: vec![FactLine {
            text: "sha256".to_owned(),
            code: text::short_digest(&text::line(&snapshot.sha256)),
            ..FactLine::default()
        }],
    });
    facts.push(Fact {
        label: "Check it",
        lines: vec![FactLine {
            text: format!("§{check_section}: one command, or sha256sum alone"),
            anchor: "check",
            ..FactLine::default()
        }],
    });
    facts
}

fn collected(assessment: &Assessment) -> FactLine {
    let snapshot = &assessment.snapshot;
    let clock = match snapshot.clock_skew_ms {
        Some(skew) => format!(
            "server clock within {} s",
            text::number(skew.unsigned_abs().div_ceil(1000).max(1))
        ),
        None => "no answer told the server’s clock".to_owned(),
    };
    FactLine::text(format!(
        "{}–{} UTC, {clock}",
        snapshot.collected_from.strftime("%-d %b %Y, %H:%M:%S"),
        text::clock(snapshot.collected_to, snapshot.collected_from).trim_end_matches('Z'),
    ))
}

fn completeness(datasets: &[DatasetView], section: u32) -> Vec<FactLine> {
    let whole = datasets.iter().filter(|dataset| dataset.whole).count() as u64;
    let mut lines = vec![FactLine {
        text: format!(
            "{} of {} whole",
            text::number(whole),
            text::counted(datasets.len() as u64, "dataset", "datasets")
        ),
        ..FactLine::default()
    }];
    let mut incomplete: Vec<(String, String)> = datasets
        .iter()
        .filter(|dataset| !dataset.whole)
        .map(|dataset| {
            (
                format!("{}: {}", dataset.state, dataset.name),
                dataset.detail.clone(),
            )
        })
        .collect();
    // A dataset is whole if the source of its records is; what others would have added can be missing.
    // Where its own dataset is not whole either, that is said already.
    let is_told = |name: &str| {
        let mut open = datasets.iter().filter(|dataset| !dataset.whole);
        open.any(|dataset| dataset.sources.iter().any(|source| source.name == name))
    };
    for dataset in datasets.iter().filter(|dataset| dataset.whole) {
        let open = dataset.sources.iter().filter(|source| !source.whole);
        for source in open.filter(|source| !is_told(&source.name)) {
            let line = (format!("source {}", source.name), source.state.clone());
            if !incomplete.contains(&line) {
                incomplete.push(line);
            }
        }
    }
    for (strong, text) in incomplete.iter().take(INCOMPLETE_ON_FIRST_SCREEN) {
        lines.push(FactLine {
            sign: Some(Outcome::Unknown),
            strong: strong.clone(),
            text: text.clone(),
            ..FactLine::default()
        });
    }
    if let Some(left) = incomplete
        .len()
        .checked_sub(INCOMPLETE_ON_FIRST_SCREEN)
        .filter(|left| *left > 0)
    {
        lines.push(FactLine {
            sign: Some(Outcome::Unknown),
            text: format!("{left} more not whole, listed in §{section}"),
            anchor: "population",
            ..FactLine::default()
        });
    }
    lines
}

/// The lists: how many, how old the oldest is, and which do not count.
fn from_people(assessment: &Assessment) -> Vec<FactLine> {
    let given = assessment
        .inputs
        .values()
        .filter_map(|used| used.statement.as_ref());
    let oldest = given
        .clone()
        .filter_map(|statement| statement.extracted_on)
        .min();
    let mut first = text::counted(given.count() as u64, "list", "lists");
    if let Some(day) = oldest {
        first = format!("{first} (oldest of {day})");
    }
    let asked = assessment.controls.iter();
    let asked = asked.filter(|control| control.question.is_some()).count() as u64;
    if asked > 0 {
        let uses = assessment.attestations.iter();
        let in_force = uses.filter(|used| used.state.is_in_force()).count() as u64;
        first = format!(
            "{first}, {} of {} in force",
            text::number(in_force),
            text::counted(asked, "attestation", "attestations")
        );
    }
    let mut lines = vec![FactLine::text(first)];
    let incomplete: Vec<_> = assessment
        .inputs
        .iter()
        .filter(|(_, used)| !used.completeness.is_whole())
        .collect();
    for (name, used) in incomplete.iter().take(INCOMPLETE_ON_FIRST_SCREEN) {
        let state = match used.statement {
            Some(_) => used.completeness.word(),
            None => "not supplied",
        };
        lines.push(FactLine {
            sign: Some(Outcome::Unknown),
            strong: format!("{state}: {}", text::line(name)),
            ..FactLine::default()
        });
    }
    if let Some(left) = incomplete
        .len()
        .checked_sub(INCOMPLETE_ON_FIRST_SCREEN)
        .filter(|left| *left > 0)
    {
        lines.push(FactLine {
            sign: Some(Outcome::Unknown),
            text: format!("{left} more that do not count"),
            ..FactLine::default()
        });
    }
    lines
}

fn accounts(statement: Option<&DatasetStatement>) -> FactLine {
    let Some(statement) = statement else {
        return FactLine {
            sign: Some(Outcome::Unknown),
            text: "no such dataset in this snapshot".to_owned(),
            ..FactLine::default()
        };
    };
    let fetched = text::number(statement.records);
    if !statement.completeness.is_whole() && statement.api_count.is_none() {
        return FactLine {
            sign: Some(Outcome::Unknown),
            strong: format!("{fetched} fetched, {}", statement.completeness.word()),
            ..FactLine::default()
        };
    }
    match statement.api_count {
        Some(count) if count == statement.records => FactLine::text(format!(
            "{fetched} fetched = {fetched} by Atlassian’s own count"
        )),
        Some(count) => FactLine {
            sign: Some(Outcome::Unknown),
            strong: format!(
                "{fetched} fetched ≠ {} by Atlassian’s own count",
                text::number(count)
            ),
            ..FactLine::default()
        },
        None => FactLine::text(format!(
            "{fetched} fetched; Atlassian gave no count of its own"
        )),
    }
}

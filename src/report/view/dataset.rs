//! The datasets of the snapshot: how complete each is, which requests are behind it, and what in it was not understood.

use super::source::times;
use crate::assess::Assessment;
use crate::report::text;
use crate::snapshot::{FallbackStatement, PeriodStatement};
use serde::Serialize;

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

/// Anchors and references of the controls that read the dataset `name`.
pub(super) fn readers(controls: &[super::ControlView<'_>], name: &str) -> Vec<(String, String)> {
    let name = text::line(name);
    controls
        .iter()
        .filter(|control| control.datasets.iter().any(|used| used.name == name))
        .map(|control| (control.anchor.clone(), control.reference.clone()))
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

/// A value that the catalog does not expect.
#[derive(Debug, Serialize)]
pub struct MisfitView {
    /// The dataset.
    pub dataset: String,
    /// The field.
    pub field: String,
    /// What is wrong, and whether the value is kept.
    pub kind: String,
    /// Records concerned.
    pub records: u64,
    /// Some of the values.
    pub values: Vec<String>,
}

/// Values that the catalog does not expect: some are kept, some left out.
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
            kind: match misfit.kind.keeps_the_value() {
                // Its words say that it is kept.
                true => misfit.kind.words().to_owned(),
                false => format!("{}, left out", misfit.kind.words()),
            },
            records: misfit.records,
            values: misfit
                .values
                .iter()
                .map(|value| text::cell(value))
                .collect(),
        })
        .collect()
}

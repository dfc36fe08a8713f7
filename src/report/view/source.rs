//! Where values come from: requests to the API, exports of the console, lists and attestations.

use crate::assess::{Assessment, DatasetUse};
use crate::catalog;
use crate::report::text;
use crate::snapshot::{DatedBy, ExportKind, ExportStatement, InputStatement, SourceStatement};
use serde::Serialize;

/// Something that gave values which a control reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceUseView {
    /// `API`, `export`, `list` or `attestation`.
    pub tag: &'static str,
    /// The source, or the file, where one was given.
    pub name: String,
    /// When it was read, taken or answered, and how much it holds.
    pub facts: String,
    /// SHA-256 of the file; empty where it is no file.
    pub sha256: String,
}

/// What gave the values that a control reads of a dataset: the lists and exports that count and the requests behind it.
pub(super) fn sources(assessment: &Assessment, used: &DatasetUse) -> Vec<SourceUseView> {
    let list = assessment.inputs.get(&used.dataset);
    let list = list.and_then(|input| input.statement.as_ref()).map(of_list);
    let named = used.sources.iter().flat_map(|name| {
        let exports = assessment.snapshot.exports.files.iter();
        let own = exports.filter(|file| file.kind.source() == name);
        let mut views: Vec<SourceUseView> = own.map(of_export).collect();
        if name == catalog::ATTESTATION {
            views.extend(of_attestations(assessment));
        }
        if views.is_empty() {
            views.extend(of_request(assessment, name));
        }
        views
    });
    list.into_iter().chain(named).collect()
}

/// What a source is, told from its name, or from the words for a row of it. `is_list`: its records are rows of a list.
pub(super) fn tag(source: &str, is_list: bool) -> &'static str {
    let mut exports = ExportKind::ALL.map(ExportKind::source).into_iter();
    if exports.any(|name| source.starts_with(name)) {
        "export"
    } else if source.starts_with(catalog::ATTESTATION) {
        "attestation"
    } else if is_list {
        "list"
    } else {
        "API"
    }
}

fn of_list(statement: &InputStatement) -> SourceUseView {
    let rows = text::counted(statement.rows, "row", "rows");
    SourceUseView {
        tag: "list",
        name: text::line(&statement.file),
        facts: match statement.extracted_on {
            Some(day) => format!("extracted on {day}, {rows}"),
            None => format!("extracted on a day that nobody says, {rows}"),
        },
        sha256: text::line(&statement.sha256),
    }
}

fn of_export(file: &ExportStatement) -> SourceUseView {
    SourceUseView {
        tag: "export",
        name: text::line(&file.file),
        facts: format!(
            "{}, taken {}, {}",
            file.kind.source(),
            taken(file),
            text::counted(file.rows, "row", "rows")
        ),
        sha256: text::line(&file.sha256),
    }
}

/// The day of an export, and who says so.
pub(super) fn taken(file: &ExportStatement) -> String {
    match (file.extracted_on, file.dated_by) {
        (Some(day), Some(DatedBy::NewestActivity)) => {
            format!("{day} or later, by the newest activity in it")
        }
        (Some(day), _) => format!("{day}, as stated"),
        (None, _) => "on a day that nobody says".to_owned(),
    }
}

/// What people attest of authentication policies, as far as it is in force.
fn of_attestations(assessment: &Assessment) -> impl Iterator<Item = SourceUseView> + '_ {
    let answers = assessment.attestations.iter();
    let in_force =
        answers.filter(|used| used.statement.policies.is_some() && used.state.is_in_force());
    in_force.map(|used| SourceUseView {
        tag: "attestation",
        name: text::line(&used.statement.file),
        facts: match used.statement.attested_on {
            Some(day) => format!("answered on {day}, {}", used.state.word()),
            None => used.state.word().to_owned(),
        },
        sha256: text::line(&used.statement.sha256),
    })
}

/// When the request called `name` was answered.
fn of_request(assessment: &Assessment, name: &str) -> Option<SourceUseView> {
    let mut datasets = assessment.snapshot.datasets.values();
    let statement = datasets.find_map(|dataset| {
        let mut sources = dataset.sources.iter();
        sources.find(|source| source.source == name)
    })?;
    let state = match statement.completeness.is_whole() {
        true => String::new(),
        false => format!(", {}", statement.completeness.word()),
    };
    Some(SourceUseView {
        tag: "API",
        name: text::line(name),
        facts: format!("answered {}{state}", times(assessment, statement)),
        sha256: String::new(),
    })
}

/// When the first and the last request of a source were answered.
pub(super) fn times(assessment: &Assessment, source: &SourceStatement) -> String {
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

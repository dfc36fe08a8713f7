//! Exports of the console: when each was taken, whether it still counts, and what became of its rows.

use super::source::taken;
use crate::assess::Assessment;
use crate::report::text;
use crate::snapshot::ExportStatement;
use serde::Serialize;
use std::collections::BTreeMap;

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
            taken: taken(file),
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

//! What a snapshot says of the exports in it, for a reader.

use crate::progress::{counted, neutral};
use crate::snapshot::{ExportStatement, ExportsStatement, RecordSource, Rows, Snapshot};
use std::fmt::Write as _;

/// Each export: what it is, how its rows fit the accounts, and what in it is not understood.
pub(super) fn description(snapshot: &Snapshot) -> String {
    let manifest = snapshot.manifest();
    let ExportsStatement { words, files } = &manifest.exports;
    let mut text = String::new();
    for file in files {
        let _ = write!(text, "\n{}", described(file, manifest.collected.to));
    }
    for word in words {
        let column = word
            .column
            .as_deref()
            .map_or(String::new(), |column| format!("{column}: "));
        let _ = writeln!(
            text,
            "explained     {column}`{}` is `{}`",
            neutral(&word.cell),
            neutral(&word.word)
        );
    }
    text
}

fn described(file: &ExportStatement, collected_to: jiff::Timestamp) -> String {
    let mut text = String::new();
    let mut line = |head: &str, words: String| {
        let _ = writeln!(text, "{head:<13} {}", neutral(&words));
    };
    line("export", format!("{}, {}", file.file, file.kind.source()));
    let day = match (file.extracted_on, file.dated_by) {
        (Some(day), Some(crate::snapshot::DatedBy::Stated)) => format!("{day}, as stated"),
        (Some(day), _) => format!("{day} or later: the newest activity in it"),
        (None, _) => "not known; state it: FILE,extracted_on=DAY".to_owned(),
    };
    line("  taken on", day);
    line(
        "  read as",
        format!(
            "{}, separated by {}, sha256 {}",
            file.encoding,
            match file.delimiter {
                '\t' => "tabs".to_owned(),
                sign => format!("`{sign}`"),
            },
            file.sha256
        ),
    );
    if let Some(why) = file.stale(collected_to) {
        line("  not used", why);
    }
    let fit = &file.fit;
    line(
        "  rows",
        format!("{} = {} joined{}", file.rows, fit.matched, {
            let parts = [
                (&fit.unmatched, "of no account that the API lists"),
                (&fit.without_key, "without id and e-mail"),
                (&fit.ambiguous, "whose e-mail several accounts have"),
                (&fit.duplicate, "of an account that an earlier row has"),
            ];
            let parts = parts.iter().filter(|(rows, _)| rows.count > 0);
            parts
                .map(|(rows, what)| format!(" + {} {what} ({})", rows.count, places(rows)))
                .collect::<String>()
        }),
    );
    if fit.contradictory.count > 0 {
        let what = counted(fit.contradictory.count, "account");
        line(
            "  contradicts",
            format!(
                "{what} told differently by several rows ({}): what they differ in is unknown",
                places(&fit.contradictory)
            ),
        );
    }
    if fit.missing + fit.joined_since + fit.hidden > 0 {
        let parts = [
            (fit.missing, "in no row"),
            (
                fit.joined_since,
                "in no row, who joined on that day or later",
            ),
            (fit.hidden, "whose e-mail the API does not tell"),
        ];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let words: Vec<String> = parts
            .map(|(count, what)| format!("{} {what}", counted(*count, "account")))
            .collect();
        line("  missing", words.join(", "));
    }
    for cell in &file.unread_cells {
        let value = match &cell.value {
            Some(value) => format!("`{value}`"),
            None => "other values".to_owned(),
        };
        let cells = counted(cell.cells, "cell");
        line(
            "  not known",
            format!(
                "column `{}`: {value}, {cells}, first in row {}; explain with --map",
                cell.column, cell.first_row
            ),
        );
    }
    if !file.unread_columns.is_empty() {
        line(
            "  not read",
            format!("columns {}", file.unread_columns.join(", ")),
        );
    }
    text
}

/// Where rows are: `row 4`, `rows 4, 9 and 3 more`.
fn places(rows: &Rows) -> String {
    let numbers: Vec<String> = rows.first.iter().map(u64::to_string).collect();
    let more = rows.count - rows.first.len() as u64;
    match (rows.count, more) {
        (1, _) => format!("row {}", numbers.join(", ")),
        (_, 0) => format!("rows {}", numbers.join(", ")),
        (_, more) => format!("rows {} and {more} more", numbers.join(", ")),
    }
}

//! A population as an account: what was fetched, what was left out and why, and how the rest came out.

use super::counts::Counts;
use crate::assess::{Outcome, PopulationStatement};
use crate::catalog;
use crate::report::text;
use crate::snapshot::Completeness;
use serde::Serialize;

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
    pub outcomes: Counts,
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

pub(super) fn ledger(population: &PopulationStatement, noun: &(String, String)) -> Ledger {
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
    let outcomes = Counts {
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
                match &population.frequency {
                    Some(counts) => format!(
                        "by {}: {}, {} of them with too many",
                        text::line(&counts.per),
                        text::counted(counts.values, "value", "values"),
                        text::number(counts.too_many)
                    ),
                    None => String::new(),
                },
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

//! What goes wrong between here and the API, and how each dataset comes out of it.

mod answers;
mod counts;
mod journal;
mod key;
mod pages;
mod refusals;
mod waiting;

use super::runs::*;
use crate::collect::{Line, read_journal};
use crate::snapshot::{Completeness, CutReason, RecordSource, journal_path};

fn reason(ran: &Ran, dataset: &str) -> CutReason {
    match &ran.snapshot().manifest().datasets[dataset].completeness {
        Completeness::Cut { reason, .. } => *reason,
        other => panic!("{dataset} is {other}"),
    }
}

/// Journal lines of `collector` that are exchanges.
fn exchanges(ran: &Ran, collector: &str) -> Vec<crate::collect::Exchange> {
    read_journal(&journal_path(&ran.dir, collector))
        .expect("a journal")
        .filter_map(|line| match line.expect("a line") {
            Line::Exchange(exchange) => Some(*exchange),
            Line::End(_) => None,
        })
        .collect()
}

//! Which answers and reviews a command took, and from where: said each time, since a folder that nobody named
//! counts too.

use super::settings::{Origin, Setting};
use crate::assess::{AttestationState, AttestationUse};
use crate::import::List;
use crate::progress::counted;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where `folder` was found: `attestations (default folder)`, `answers (--attestations)`.
fn found(folder: &Setting<PathBuf>) -> String {
    let path = folder.value.display();
    match &folder.origin {
        Origin::Default => format!("{path} (default folder)"),
        origin => format!("{path} ({origin})"),
    }
}

/// `answers` by how they stand: `2 pending, 1 valid`, or `none`.
pub(super) fn by_state<'a>(answers: impl IntoIterator<Item = &'a AttestationUse>) -> String {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for answer in answers {
        *counts.entry(answer.state.word()).or_default() += 1;
    }
    if counts.is_empty() {
        return "none".to_owned();
    }
    let told: Vec<String> = counts
        .iter()
        .map(|(state, count)| format!("{count} {state}"))
        .collect();
    told.join(", ")
}

/// A line on the answers that were read, and what to do where some are of after the point in time of the test.
pub(super) fn answers_line(folder: &Setting<PathBuf>, answers: &[AttestationUse]) -> String {
    let later = answers
        .iter()
        .filter(|answer| answer.state == AttestationState::Later)
        .filter_map(|answer| answer.statement.speaks_of())
        .max();
    let advice = later.map_or_else(String::new, |last| {
        format!(
            "\n          what is later than the test counts for nothing: collect again, or add --as-of {last}"
        )
    });
    format!("answers   {}: {}{advice}", found(folder), by_state(answers))
}

/// A line on the reviews that were read.
pub(super) fn reviews_line(folder: &Setting<PathBuf>, kept: Option<&List>) -> String {
    let decisions = match kept.map_or(0, |list| list.statement().rows) {
        0 => "none".to_owned(),
        count => counted(count, "decision"),
    };
    format!("reviews   {}: {decisions}", found(folder))
}

/// `folder` where a command has to name it, and nothing where the command would read it by itself, as `read` says.
pub(super) fn to_name<'f>(
    folder: &'f Path,
    read: Option<&Setting<PathBuf>>,
) -> Option<std::path::Display<'f>> {
    let is_read = read.is_some_and(|read| read.value == folder);
    (!is_read).then(|| folder.display())
}

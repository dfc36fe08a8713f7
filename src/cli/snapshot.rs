//! `tickmark snapshot`: what a snapshot holds, for a reader.

mod exports;

use super::Terminal;
use super::args::SnapshotCommand;
use super::console::Table;
use super::exit::{Exit, Failure};
use super::missing::require;
use crate::assemble;
use crate::catalog;
use crate::snapshot::{
    Manifest, PeriodStatement, RecordSource, Snapshot, SnapshotError, SourceStatement,
};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

/// Runs `tickmark snapshot …`.
pub(super) fn run(command: &SnapshotCommand, terminal: &Terminal) -> Result<Exit, Failure> {
    match command {
        SnapshotCommand::Show { snapshot, json } => show(snapshot, *json, terminal),
        SnapshotCommand::Verify { snapshot } => verify(snapshot, terminal),
    }
}

fn show(dir: &Path, json: bool, terminal: &Terminal) -> Result<Exit, Failure> {
    let snapshot = Snapshot::open(dir)?;
    if json {
        let mut text = serde_json::to_string_pretty(snapshot.manifest())
            .expect("a manifest was read from JSON");
        text.push('\n');
        terminal.console.print(&text)?;
    } else {
        terminal.console.print(&description(&snapshot))?;
    }
    Ok(Exit::Success)
}

/// Digests first: what was damaged cannot be compared.
fn verify(dir: &Path, terminal: &Terminal) -> Result<Exit, Failure> {
    let snapshot = Snapshot::open(dir)?;
    let mut text = format!("snapshot      sha256 {}\n", snapshot.digest());
    let (files, damaged) = snapshot.damaged_files();
    let matching = files - damaged.len();
    let _ = writeln!(text, "digests       {matching} of {files} files match");
    if !damaged.is_empty() {
        for problem in &damaged {
            let _ = writeln!(text, "  {problem}");
        }
        text.push_str("re-assembled  no: the evidence is not what was written\n");
        terminal.console.print(&text)?;
        return Ok(Exit::Machine);
    }
    let verified = assemble::verify(&snapshot)?;
    let same = verified.files.difference(&verified.differing).count();
    let _ = writeln!(
        text,
        "re-assembled  {same} of {} files are the same bytes",
        verified.files.len()
    );
    for name in &verified.differing {
        let _ = writeln!(text, "  {} differs", name.display());
    }
    let is_same = verified.differing.is_empty();
    let given = match snapshot.manifest().exports.is_empty() {
        true => "the raw answers give",
        false => "the raw answers and the exports give",
    };
    let _ = writeln!(
        text,
        "{}",
        match is_same {
            true => format!("verified      the datasets are what {given}"),
            false => format!("not verified  the datasets are not what {given}"),
        }
    );
    terminal.console.print(&text)?;
    Ok(if is_same { Exit::Success } else { Exit::Found })
}

/// The period that a dataset is of, and why it begins and ends there.
fn period_lines(name: &str, statement: &PeriodStatement) -> String {
    let period = &statement.period;
    let neutral = |text: &str| crate::progress::neutral(text).into_owned();
    format!(
        "\n{name} are of {} to {}\n  from  {}\n  to    {}\n  {} received that happened at another time\n",
        period.from,
        period.to,
        neutral(&period.from_because),
        neutral(&period.to_because),
        statement.outside,
    )
}

/// Organisation, times, digest and every dataset with its completeness.
pub(super) fn description(snapshot: &Snapshot) -> String {
    let manifest = snapshot.manifest();
    let name = manifest
        .organization
        .name
        .as_deref()
        .unwrap_or("(name not known)");
    let mut text = String::new();
    let _ = writeln!(
        text,
        "organisation  {} ({})",
        crate::progress::neutral(name),
        crate::progress::neutral(&manifest.organization.id)
    );
    let _ = writeln!(
        text,
        "collected     {} to {}",
        manifest.collected.from, manifest.collected.to
    );
    let skew = manifest
        .collected
        .clock_skew_ms
        .map_or("not known".to_owned(), |skew| format!("{skew} ms"));
    let _ = writeln!(
        text,
        "clock skew    {skew} (server's clock minus this machine's)"
    );
    let _ = writeln!(text, "from          {}", manifest.api_url);
    let _ = writeln!(text, "snapshot      sha256 {}", snapshot.digest());
    if let Some(parent) = &manifest.parent {
        let _ = writeln!(
            text,
            "made from     sha256 {}",
            crate::progress::neutral(parent)
        );
    }
    let _ = writeln!(text, "folder        {}\n", snapshot.dir().display());

    let mut table = Table::with_heads(["dataset", "records", "API's count", "state", "why"]);
    let mut misfits = String::new();
    for dataset in catalog::DATASETS {
        let Some(found) = manifest.datasets.get(dataset.name) else {
            continue;
        };
        table.row([
            dataset.name.to_owned(),
            found.records.to_string(),
            found
                .api_count
                .map_or("-".to_owned(), |count| count.to_string()),
            found.completeness.word().to_owned(),
            crate::progress::neutral(found.completeness.detail()).into_owned(),
        ]);
        for source in found.sources.iter().skip(1) {
            table.row([
                format!("  + {}", source.source),
                source.records.to_string(),
                source
                    .api_count
                    .map_or("-".to_owned(), |count| count.to_string()),
                source.completeness.word().to_owned(),
                crate::progress::neutral(source.completeness.detail()).into_owned(),
            ]);
        }
        for misfit in &found.misfits {
            let _ = writeln!(
                misfits,
                "{}.{}: {}, {}: {}",
                dataset.name,
                misfit.field,
                match misfit.kind.keeps_the_value() {
                    true => format!("{} records", misfit.records),
                    false => format!("{} records left without it", misfit.records),
                },
                misfit.kind.words(),
                crate::progress::neutral(&misfit.values.join(", "))
            );
        }
    }
    text.push_str(&table.render());
    text.push_str(&sources(manifest));
    for dataset in catalog::DATASETS {
        let found = manifest.datasets.get(dataset.name);
        if let Some(period) = found.and_then(|found| found.period.as_ref()) {
            text.push_str(&period_lines(dataset.name, period));
        }
    }
    if !misfits.is_empty() {
        let _ = write!(text, "\n{misfits}");
    }
    text.push_str(&exports::description(snapshot));
    text
}

/// What each source was asked and how it answered, once, whichever datasets it is part of; then which older
/// endpoint stood in for a newer one, and the API's own counts by kind.
fn sources(manifest: &Manifest) -> String {
    let mut seen = BTreeSet::new();
    let datasets = catalog::DATASETS
        .iter()
        .filter_map(|dataset| manifest.datasets.get(dataset.name));
    let asked: Vec<&SourceStatement> = datasets
        .flat_map(|dataset| &dataset.sources)
        .filter(|source| source.requests > 0 && seen.insert(&source.source))
        .collect();
    let mut table = Table::with_heads([
        "source",
        "requests",
        "retries",
        "errors",
        "readings",
        "pages",
        "records",
        "API's count",
        "first answer",
        "last answer",
        "clock skew",
    ]);
    let time = |time: Option<Timestamp>| time.map_or("-".to_owned(), |time| format!("{time:.0}"));
    let mut notes = String::new();
    for source in asked {
        let number = |number: u64| number.to_string();
        table.row([
            source.source.clone(),
            number(source.requests),
            number(source.retries),
            number(source.errors),
            number(source.readings),
            number(source.pages),
            number(source.records),
            source.api_count.map_or("-".to_owned(), number),
            time(source.first_response_at),
            time(source.last_response_at),
            source
                .clock_skew_ms
                .map_or("-".to_owned(), |skew| format!("{skew} ms")),
        ]);
        if let Some(fallback) = &source.fallback {
            let until = fallback
                .deprecated_after
                .as_ref()
                .map_or(String::new(), |day| format!(", which may stop after {day}"));
            let _ = writeln!(
                notes,
                "{}: asked instead of {}, since {}; {}{until}",
                source.source, fallback.instead_of, fallback.reason, fallback.request
            );
        }
        if !source.counts.is_empty() {
            let counts = source
                .counts
                .iter()
                .map(|count| format!("{} {} of {}", count.kind, count.listed, count.api));
            let counts: Vec<String> = counts.collect();
            let _ = writeln!(
                notes,
                "{}: listed of what the API counts: {}",
                source.source,
                crate::progress::neutral(&counts.join(", "))
            );
        }
    }
    let mut text = format!("\n{}", table.render());
    if !notes.is_empty() {
        let _ = write!(text, "\n{notes}");
    }
    text
}

impl From<SnapshotError> for Failure {
    fn from(error: SnapshotError) -> Failure {
        if let SnapshotError::Unfinished { path, .. } = &error
            && let Err(missing) = require("snapshot", path)
        {
            return missing;
        }
        let exit = match &error {
            SnapshotError::Occupied { .. }
            | SnapshotError::Interrupted { .. }
            | SnapshotError::Finished { .. }
            | SnapshotError::Unfinished { .. } => Exit::Usage,
            SnapshotError::Io { .. }
            | SnapshotError::Malformed { .. }
            | SnapshotError::Digest { .. }
            | SnapshotError::Order { .. } => Exit::Machine,
        };
        Failure {
            report: error.into(),
            exit,
        }
    }
}

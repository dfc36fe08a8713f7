//! `tickmark review`: sheets out, decisions in.

use super::Terminal;
use super::args::{
    JudgeArguments, KeptArguments, ReviewCommand, ReviewImportArguments, ReviewKindArgument,
    ReviewNewArguments,
};
use super::attestations::{tell, write_new};
use super::exit::{Exit, Failure};
use super::kept;
use super::missing::unread;
use super::settings::{REVIEWS, Settings};
use crate::import::review::{
    self, Extent, ReviewError, ReviewKind, SHEET_BYTES_MAX, SheetError, write_sheet,
};
use crate::snapshot::Snapshot;
use jiff::tz::TimeZone;
use std::io::Read as _;
use std::path::Path;

/// Runs `tickmark review …`. Only `import` asks the settings, for its folder.
pub(super) fn run(
    command: &ReviewCommand,
    settings: impl FnOnce() -> Result<Settings, Failure>,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    match command {
        ReviewCommand::New(arguments) => new(arguments, terminal),
        ReviewCommand::Import(arguments) => import(arguments, &settings()?, terminal),
    }
}

fn new(arguments: &ReviewNewArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let kind = match arguments.kind {
        ReviewKindArgument::Accounts => ReviewKind::Accounts,
        ReviewKindArgument::Admins => ReviewKind::Admins,
        ReviewKindArgument::Idle => ReviewKind::Idle {
            days: arguments.days,
        },
        ReviewKindArgument::Tokens => ReviewKind::Tokens,
        ReviewKindArgument::Events => ReviewKind::Events,
    };
    let snapshot = Snapshot::open(&arguments.snapshot)?;
    // Whole before it is written: half a sheet would be a review of half.
    let mut sheet = Vec::new();
    let rows = write_sheet(kind, &snapshot, &mut sheet)?;
    if arguments.out == Path::new("-") {
        terminal.console.stream(|out| {
            out.write_all(&sheet)
                .map_err(|error| Failure::io("write", Path::new("-"), &error))
        })?;
    } else {
        write_new(&arguments.out, &sheet)?;
        terminal
            .console
            .print(&format!("{}\n", arguments.out.display()))?;
    }
    let words: Vec<&str> = kind.decisions().iter().map(|(word, _)| *word).collect();
    terminal.console.note(&format!(
        "\n{rows} {} to review. Fill in decision ({}), reviewer and ticket; then\n  \
         tickmark review import {} --snapshot {}\n",
        if rows == 1 { "row" } else { "rows" },
        words.join(", "),
        arguments.out.display(),
        arguments.snapshot.display(),
    ));
    Ok(Exit::Success)
}

fn import(
    arguments: &ReviewImportArguments,
    settings: &Settings,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let judge = settings.judge(&JudgeArguments {
        kept: KeptArguments {
            reviews: arguments.dir.clone(),
            attestations: None,
        },
        ..JudgeArguments::default()
    })?;
    let dir = match judge.reviews {
        Some(dir) => dir.value,
        None => settings.usual_folder(REVIEWS),
    };
    let snapshot = Snapshot::open(&arguments.snapshot)?;
    let mut bytes = Vec::new();
    std::fs::File::open(&arguments.sheet)
        .and_then(|file| {
            file.take(SHEET_BYTES_MAX as u64 + 1)
                .read_to_end(&mut bytes)
        })
        .map_err(|error| unread("sheet", &arguments.sheet, &error))?;
    let extent = match arguments.partial {
        true => Extent::Partial,
        false => Extent::Whole,
    };
    let name = arguments.sheet.to_string_lossy();
    let (decided, problems) = review::check(&name, bytes, &snapshot, extent)?;
    let Some(decided) = decided else {
        let summary = format!(
            "{} in {name}; nothing is kept\n",
            match problems.len() {
                1 => "1 problem".to_owned(),
                count => format!("{count} problems"),
            }
        );
        tell(&problems, arguments.problems.format, &summary, terminal)?;
        return Ok(Exit::Found);
    };
    let today = super::collect::now().to_zoned(TimeZone::UTC).date();
    let day = arguments.reviewed_on.unwrap_or(today);
    if day > today {
        return Err(Failure::usage(
            format!("--reviewed-on: {day} lies in the future"),
            "write the day on which the review was finished",
        ));
    }
    let collected = decided.snapshot_at.to_zoned(TimeZone::UTC).date();
    if day < collected {
        return Err(Failure::usage(
            format!("--reviewed-on: {day} lies before the snapshot of {collected}"),
            "nobody can have reviewed what was not collected yet",
        ));
    }
    let path = review::keep(&decided, &dir, arguments.owner.clone(), day)?;
    let number = |decision: review::Decision| {
        let rows = decided.rows.iter();
        rows.filter(|row| row.decision == decision).count()
    };
    let summary = format!(
        "{}\n{} keep, {} remove, {} change, {} undecided\n",
        path.display(),
        number(review::Decision::Keep),
        number(review::Decision::Remove),
        number(review::Decision::Change),
        decided.undecided,
    );
    tell(&problems, arguments.problems.format, &summary, terminal)?;
    if let Some(note) = without_ticket(&decided.rows) {
        terminal.console.note(&note);
    }
    // Read again, since the folder is there now.
    let read = settings.judge(&JudgeArguments::default())?.reviews;
    let named = kept::to_name(&dir, read.as_ref());
    let named = named.map_or(String::new(), |dir| format!(" --reviews {dir}"));
    terminal.console.note(&format!(
        "\nThe next assessments test that what was to be removed is gone:\n  \
         tickmark assess SNAPSHOT{named}\n",
    ));
    Ok(Exit::Success)
}

/// A note on what is to be removed and names no ticket. It is kept: the next assessments test it all the same.
fn without_ticket(rows: &[review::DecidedRow]) -> Option<String> {
    let to_remove = || {
        let rows = rows.iter();
        rows.filter(|row| row.decision == review::Decision::Remove)
    };
    let open = to_remove().filter(|row| !review::names_a_ticket(&row.ticket));
    let (open, all) = (open.count(), to_remove().count());
    (open > 0).then(|| {
        format!(
            "note: {open} of {all} decisions to remove name no ticket; nobody can look up there who was asked to do it\n"
        )
    })
}

impl From<SheetError> for Failure {
    fn from(error: SheetError) -> Failure {
        match error {
            SheetError::Snapshot(error) => error.into(),
            error => {
                let exit = match &error {
                    SheetError::NotWhole { .. } => Exit::Incomplete,
                    _ => Exit::Machine,
                };
                Failure {
                    report: error.into(),
                    exit,
                }
            }
        }
    }
}

impl From<ReviewError> for Failure {
    fn from(error: ReviewError) -> Failure {
        let exit = match &error {
            ReviewError::Exists { .. } | ReviewError::TooMany { .. } => Exit::Usage,
            ReviewError::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                Exit::Usage
            }
            _ => Exit::Machine,
        };
        Failure {
            report: error.into(),
            exit,
        }
    }
}

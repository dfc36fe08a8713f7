//! `review …`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::ProblemArguments;

/// `review …`.
#[derive(Debug, Subcommand)]
pub enum ReviewCommand {
    /// Write a sheet (CSV) with a row for each subject, to be filled in: decision, reviewer, ticket.
    New(ReviewNewArguments),
    /// Check a sheet that was filled in, and keep what was decided for the next assessments.
    ///
    /// Ends with 0 if it is kept. Ends with 1, and keeps nothing, while the sheet is not the one of the snapshot or a row
    /// lacks its decision (but see `--partial`), its reviewer, or for `change` its ticket.
    Import(ReviewImportArguments),
}

/// `review new`.
#[derive(Debug, Args)]
pub struct ReviewNewArguments {
    /// What is reviewed.
    #[arg(value_enum, value_name = "WHAT")]
    pub kind: ReviewKindArgument,
    /// Folder of the snapshot.
    #[arg(value_name = "SNAPSHOT")]
    pub snapshot: PathBuf,
    /// The sheet; must not be there. `-` is stdout.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// For `idle`: days without recorded activity.
    #[arg(long, default_value_t = 90, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
}

/// What is reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReviewKindArgument {
    /// Active accounts with product access or a role.
    Accounts,
    /// Active accounts that hold a platform role.
    Admins,
    /// Active managed people without recorded activity for some time.
    Idle,
    /// API tokens that can be used.
    Tokens,
    /// Events of the audit log.
    Events,
}

/// `review import`.
#[derive(Debug, Args)]
pub struct ReviewImportArguments {
    /// The sheet, filled in and saved as CSV.
    #[arg(value_name = "SHEET")]
    pub sheet: PathBuf,
    /// Folder of the snapshot that the sheet was made from.
    #[arg(long, value_name = "DIR")]
    pub snapshot: PathBuf,
    /// Folder to keep it in; made if it is not there. Default: that of the settings, or the one that `assess` reads by
    /// itself: `reviews` beside tickmark.yaml, or in the working folder if there is no tickmark.yaml.
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Who answers for the review.
    #[arg(long, value_name = "NAME")]
    pub owner: Option<String>,
    /// The day on which it was finished. Default: today.
    #[arg(long, value_name = "DATE")]
    pub reviewed_on: Option<jiff::civil::Date>,
    /// Keep a sheet of which not every row is decided; no control passes on it.
    #[arg(long)]
    pub partial: bool,
    /// How to tell the problems.
    #[command(flatten)]
    pub problems: ProblemArguments,
}

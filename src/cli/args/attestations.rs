//! `attestations …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::{AskedArguments, ProblemArguments};

/// `attestations …`.
#[derive(Debug, Subcommand)]
pub enum AttestationsCommand {
    /// List every question that controls ask, and how its answer stands.
    List(AttestationsListArguments),
    /// Begin an answer: a file with what is known filled in, and the evidence copied beside it.
    New(AttestationsNewArguments),
    /// Check answers: every problem of every file at once, and how each answer stands.
    ///
    /// Ends with 0 if no file has a problem, with 1 if one has. An answer that is pending, or counts no longer, is told
    /// and is no problem. Changes in the audit log are not looked for: `attestations list --snapshot` does.
    Check {
        /// Folder or file. Default: that of the settings, or the usual one: `attestations` beside tickmark.yaml, or in the
        /// working folder if there is no tickmark.yaml.
        #[arg(value_name = "PATH")]
        path: Option<PathBuf>,
        /// Which controls, and with which values of parameters.
        #[command(flatten)]
        asked: AskedArguments,
        /// How to tell the problems.
        #[command(flatten)]
        problems: ProblemArguments,
        /// The day to judge from (RFC 3339); default: now.
        #[arg(long, value_name = "TIME")]
        as_of: Option<Timestamp>,
    },
    /// Print the JSON Schema (draft-07) of attestations, for editors.
    Schema,
}

/// `attestations list`.
#[derive(Debug, Args)]
pub struct AttestationsListArguments {
    /// Folder or file of attestations, as for `assess`. Default: `attestations` beside tickmark.yaml, or in the working
    /// folder if there is no tickmark.yaml. [env: TICKMARK_ATTESTATIONS]
    #[arg(long, value_name = "DIR")]
    pub attestations: Option<PathBuf>,
    /// Which controls, and with which values of parameters.
    #[command(flatten)]
    pub asked: AskedArguments,
    /// Snapshot: look in its audit log for changes after an answer.
    #[arg(long, value_name = "DIR")]
    pub snapshot: Option<PathBuf>,
    /// Point in time to judge at (RFC 3339). Default: now, or the end of the snapshot.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<Timestamp>,
    /// Print as JSON.
    #[arg(long)]
    pub json: bool,
}

/// `attestations new`.
#[derive(Debug, Args)]
pub struct AttestationsNewArguments {
    /// Id or code of the control.
    #[arg(value_name = "CONTROL")]
    pub control: String,
    /// File that shows it: a screenshot, an export, minutes. It is copied beside the answer, with its digest.
    #[arg(long, value_name = "FILE")]
    pub evidence: Option<PathBuf>,
    /// The answer, if it is known.
    #[arg(long, value_name = "yes|no")]
    pub answer: Option<String>,
    /// What was found, in your words.
    #[arg(long, value_name = "TEXT")]
    pub statement: Option<String>,
    /// Who answers.
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Who looked at it a second time.
    #[arg(long, value_name = "NAME")]
    pub reviewer: Option<String>,
    /// Folder of the answers; made if it is not there. Default: that of the settings, or the one that `assess` reads by
    /// itself: `attestations` beside tickmark.yaml, or in the working folder if there is no tickmark.yaml.
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Which controls, and with which values of parameters.
    #[command(flatten)]
    pub asked: AskedArguments,
    /// The time of the answer (RFC 3339). Default: now.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<Timestamp>,
}

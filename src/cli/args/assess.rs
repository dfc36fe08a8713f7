//! `assess`, and `run`, which collects first.

use std::path::PathBuf;

use clap::Args;

use super::{ApiArguments, ExportArguments, JudgeArguments, ScopeArguments};

/// `assess`.
#[derive(Debug, Args)]
pub struct AssessArguments {
    /// Folder of the snapshot.
    #[arg(value_name = "SNAPSHOT")]
    pub snapshot: PathBuf,
    /// How to judge and what to write.
    #[command(flatten)]
    pub judge: JudgeArguments,
}

/// `run`.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// Where to read from, and with which key.
    #[command(flatten)]
    pub api: ApiArguments,
    /// Folder for `snapshot/` and, unless `--format` names others, the reports. [env: TICKMARK_OUT]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What to fetch, and where to begin.
    #[command(flatten)]
    pub scope: ScopeArguments,
    /// Exports of the admin console.
    #[command(flatten)]
    pub exports: ExportArguments,
    /// How to judge and what to write.
    #[command(flatten)]
    pub judge: JudgeArguments,
}

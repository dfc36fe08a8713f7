//! Exports of the admin console: `import`, and what `collect` takes of them.

use std::path::PathBuf;

use clap::Args;

/// `import`.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// Folder of the snapshot.
    #[arg(value_name = "SNAPSHOT")]
    pub snapshot: PathBuf,
    /// Exports as the console made them, whatever they are called: managed accounts, accounts of domains, users.
    /// `FILE,extracted_on=2026-11-17` states the day; without it the newest activity in the file counts.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<String>,
    /// Folder for the child; must be empty or absent.
    #[arg(long, value_name = "NEW")]
    pub out: PathBuf,
    /// What a cell means that is not understood: `Strong (legacy)=strong`, `two_step:Enabled=required`; repeatable.
    #[arg(long = "map", value_name = "[COLUMN:]CELL=WORD")]
    pub map: Vec<String>,
}

/// Exports of the admin console.
#[derive(Debug, Default, Args)]
pub struct ExportArguments {
    /// Export of the admin console, kept in the snapshot: `managed.csv`, `managed.csv,extracted_on=2026-11-17`;
    /// repeatable, used instead of `exports:` in tickmark.yaml.
    #[arg(long = "export", value_name = "FILE")]
    pub exports: Vec<String>,
    /// What a cell of an export means that is not understood: `Strong (legacy)=strong`; repeatable.
    #[arg(long = "map", value_name = "[COLUMN:]CELL=WORD")]
    pub map: Vec<String>,
}

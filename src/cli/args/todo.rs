//! `todo`.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use super::{AskedArguments, KeptArguments, ListsArguments};

/// `todo`.
#[derive(Debug, Args)]
pub struct TodoArguments {
    /// Folder of a snapshot: tells keys that expire, and changes in its audit log.
    #[arg(value_name = "SNAPSHOT")]
    pub snapshot: Option<PathBuf>,
    /// Days ahead that are looked at.
    #[arg(long, default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=3650))]
    pub days: u32,
    /// The day to look from (RFC 3339). Default: now.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<Timestamp>,
    /// Print as JSON.
    #[arg(long)]
    pub json: bool,
    /// Which controls, and with which values of parameters.
    #[command(flatten)]
    pub asked: AskedArguments,
    /// Lists that controls read.
    #[command(flatten)]
    pub lists: ListsArguments,
    /// What people answered and decided.
    #[command(flatten)]
    pub kept: KeptArguments,
}

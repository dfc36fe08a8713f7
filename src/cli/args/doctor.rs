//! `doctor`.

use clap::Args;

use super::{ApiArguments, LibraryArguments, ListsArguments, ValueArguments};

/// `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    /// Where to read from, and with which key.
    #[command(flatten)]
    pub api: ApiArguments,
    /// Label of the key in the console: needed where several keys of the organisation could be the one in use.
    #[arg(long, value_name = "LABEL")]
    pub key_label: Option<String>,
    /// Leave a dataset out, for example one that the plan does not have; repeatable.
    #[arg(long, value_name = "DATASET")]
    pub without: Vec<String>,
    /// Which controls.
    #[command(flatten)]
    pub library: LibraryArguments,
    /// Lists that controls read.
    #[command(flatten)]
    pub lists: ListsArguments,
    /// What controls are told of the organisation.
    #[command(flatten)]
    pub values: ValueArguments,
    /// Print as JSON.
    #[arg(long)]
    pub json: bool,
}

//! `snapshot …`.

use std::path::PathBuf;

use clap::Subcommand;

/// `snapshot …`.
#[derive(Debug, Subcommand)]
pub enum SnapshotCommand {
    /// Print what a snapshot holds, how complete it is, and where it came from.
    Show {
        /// Folder of the snapshot.
        #[arg(value_name = "SNAPSHOT")]
        snapshot: PathBuf,
        /// Print the manifest as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Check every digest, make the datasets again from the raw answers, and compare byte for byte.
    ///
    /// Ends with 0 if all is the same, with 1 if the records are not what the answers give, and with 6 if
    /// a digest does not match.
    Verify {
        /// Folder of the snapshot.
        #[arg(value_name = "SNAPSHOT")]
        snapshot: PathBuf,
    },
}

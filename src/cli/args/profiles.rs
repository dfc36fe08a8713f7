//! `profiles …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `profiles …`; without a subcommand, the list.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ProfilesArguments {
    /// What to do; the list of built-in profiles without one.
    #[command(subcommand)]
    pub command: Option<ProfilesCommand>,
}

/// Subcommands of `profiles`.
#[derive(Debug, Subcommand)]
pub enum ProfilesCommand {
    /// Print what a profile makes of the controls: which are tested, with which severity, values and owner, and
    /// which are left out, with the reason.
    Show {
        /// A file, or a built-in profile by its name.
        #[arg(value_name = "FILE|NAME")]
        profile: String,
        /// Folder or file with controls, used instead of the built-in ones; repeatable. [env: TICKMARK_CONTROLS]
        #[arg(long, value_name = "DIR")]
        controls: Vec<PathBuf>,
        /// Print a built-in profile as it is written, to start one of your own from.
        #[arg(long)]
        yaml: bool,
    },
    /// Print the JSON Schema (draft-07) of profiles, for editors.
    Schema,
}

//! `frameworks …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `frameworks …`; without a subcommand, the list.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct FrameworksArguments {
    /// What to do; the list without one.
    #[command(subcommand)]
    pub command: Option<FrameworksCommand>,
    /// Folder or file with controls, whose folders `frameworks` add to the built-in ones.
    #[arg(long, value_name = "DIR")]
    pub controls: Vec<PathBuf>,
}

/// Subcommands of `frameworks`.
#[derive(Debug, Subcommand)]
pub enum FrameworksCommand {
    /// Print the criteria that a framework lists, and the controls that contribute evidence to each.
    Show {
        /// Id of the framework.
        #[arg(value_name = "NAME")]
        name: String,
        /// Folder or file with controls, used instead of the built-in ones.
        #[arg(long, value_name = "DIR")]
        controls: Vec<PathBuf>,
    },
    /// Print the JSON Schema (draft-07) of framework files, for editors.
    Schema,
}

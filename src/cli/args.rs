//! The command line, as clap reads it: a file below for each subcommand. What the words do stands in the file of the
//! same name beside this folder.

mod api;
mod assess;
mod attestations;
mod collect;
mod config;
mod controls;
mod datasets;
mod doctor;
mod exports;
mod format;
mod frameworks;
mod judge;
mod profiles;
mod review;
mod sandbox;
mod snapshot;
mod todo;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use api::ApiArguments;
pub use assess::{AssessArguments, RunArguments};
pub use attestations::{AttestationsCommand, AttestationsListArguments, AttestationsNewArguments};
pub use collect::{CollectArguments, ScopeArguments};
pub use config::{ConfigCommand, ConfigFormat};
pub use controls::{
    CheckArguments, ControlsCommand, ExplainArguments, ListArguments, NewArguments, ShowArguments,
    TestArguments,
};
pub use datasets::{CatalogFormat, DatasetsArguments, DatasetsCommand, QueryArguments};
pub use doctor::DoctorArguments;
pub use exports::{ExportArguments, ImportArguments};
pub use format::{ProblemArguments, ProblemFormat, TextOrJson};
pub use frameworks::{FrameworksArguments, FrameworksCommand};
pub use judge::{
    AskedArguments, JudgeArguments, KeptArguments, LibraryArguments, ListsArguments, ValueArguments,
};
pub use profiles::{ProfilesArguments, ProfilesCommand};
pub use review::{ReviewCommand, ReviewImportArguments, ReviewKindArgument, ReviewNewArguments};
pub use sandbox::{DemoArguments, NO_LISTS, SandboxArguments, SandboxCommand, WorldArguments};
pub use snapshot::SnapshotCommand;
pub use todo::TodoArguments;

/// Controls as code for Atlassian Cloud organisations: a read-only snapshot, declarative controls, and
/// audit reports that say what was tested, on which population, and what could not be concluded.
#[derive(Debug, Parser)]
#[command(
    name = "tickmark",
    version,
    max_term_width = 100,
    after_help = "Start with `tickmark demo`: it needs no credentials and leaves a report to open.\n\
                  Exit codes: 0 nothing to act on, 1 a control fails, 2 usage, 3 evidence is missing, 4 key refused, \
                  5 network, 6 this machine, 130 interrupted. See README.md."
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// When to colour text on the terminal; `NO_COLOR` is honoured.
    #[arg(long, value_enum, default_value_t = Color::Auto, global = true)]
    pub color: Color,
    /// How to tell progress on stderr.
    #[arg(long, value_enum, default_value_t = ProgressStyle::Auto, global = true)]
    pub progress: ProgressStyle,
    /// Where settings are.
    #[command(flatten)]
    pub settings: SettingsArguments,
}

/// Where settings are.
#[derive(Debug, Default, Args)]
pub struct SettingsArguments {
    /// Settings file. Default: `tickmark.yaml` here or in a folder above, up to the repository's root.
    /// [env: TICKMARK_CONFIG]
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How to tell progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProgressStyle {
    /// Bars on a terminal, lines otherwise.
    Auto,
    /// One line of text for each step.
    Plain,
    /// One JSON object a line.
    Json,
    /// Nothing but the result and errors.
    Quiet,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the whole job on a built-in sandbox organisation: collect, assess, report. No credentials.
    Demo(DemoArguments),
    /// Tell what a key can read, what that is good for, and what mends the rest.
    ///
    /// Sends one smallest request to each endpoint, never a write. Ends with 0 if everything can be read that the key
    /// should read (a provisioning directory without its own key is told and does not count) and nothing is due, with
    /// 1 if something is due (a key that expires within 30 days or is 180 days old, one that may write, clocks a
    /// minute apart), with 3 if something cannot be read, with 4 if the key was refused everywhere, and with 5 if the
    /// API was not reached.
    Doctor(DoctorArguments),
    /// Fetch a read-only snapshot of an organisation.
    Collect(CollectArguments),
    /// Evaluate controls over a snapshot; write reports; set the exit code.
    Assess(AssessArguments),
    /// Collect, then assess, as in a pipeline.
    Run(Box<RunArguments>),
    /// Add exports of the admin console to a snapshot: what no API tells, such as single sign-on.
    ///
    /// The snapshot stays as it is; a child that names it is written. Ends with 0 if every export counts, with 2 if
    /// a file is no export, and with 3 if one is too old to count.
    Import(ImportArguments),
    /// Look at a snapshot.
    #[command(subcommand)]
    Snapshot(SnapshotCommand),
    /// Look at the datasets that controls can use, or query records.
    Datasets(DatasetsArguments),
    /// List, show and check controls.
    #[command(subcommand)]
    Controls(ControlsCommand),
    /// List the frameworks that controls map to, or the criteria of one.
    Frameworks(FrameworksArguments),
    /// List profiles, show what one makes of the controls.
    Profiles(ProfilesArguments),
    /// Answer the questions that controls ask a person: list, begin, check.
    #[command(subcommand)]
    Attestations(AttestationsCommand),
    /// Review accounts, administrators or tokens on a sheet, and keep what was decided.
    #[command(subcommand)]
    Review(ReviewCommand),
    /// List what is due: exports, answers, lists, reviews, keys; each with where to click and how long it takes.
    Todo(TodoArguments),
    /// Show which settings are in force, and where each came from.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Serve the sandbox organisation over HTTP, with faults on request.
    Sandbox(SandboxArguments),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        #[arg(value_enum, value_name = "SHELL")]
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write those of all commands into a folder.
    Man {
        /// Folder for one page a command; made if it is not there.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

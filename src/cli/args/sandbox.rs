//! `sandbox …`, and `demo`, which runs the whole job on one.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use crate::sandbox::USERS_MAX;

/// `demo`.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// Folder for snapshot, reports and assessment; replaced if an earlier demo made it.
    #[arg(long, default_value = "tickmark-demo", value_name = "DIR")]
    pub out: PathBuf,
    /// Accounts of the sandbox organisation.
    #[arg(long, default_value_t = 240, value_name = "N", value_parser = clap::value_parser!(u32).range(10..=i64::from(USERS_MAX)))]
    pub users: u32,
    /// Seed: the same seed gives the same organisation.
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub seed: u64,
}

/// `sandbox …`; without a subcommand, the server.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct SandboxArguments {
    /// What to do; the server without one.
    #[command(subcommand)]
    pub command: Option<SandboxCommand>,
    /// The organisation.
    #[command(flatten)]
    pub world: WorldArguments,
    /// Port on the loopback interface; 0 takes any free one.
    #[arg(long, default_value_t = 0, value_name = "P")]
    pub port: u16,
    /// A fault, as `ROUTE[@WHEN]=WHAT`, for example `users-search@3=429`; repeatable. `help` lists them.
    #[arg(long = "fault", value_name = "FAULT")]
    pub faults: Vec<String>,
}

/// Which sandbox organisation.
#[derive(Clone, Debug, Args)]
pub struct WorldArguments {
    /// Accounts.
    #[arg(long, default_value_t = 240, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(USERS_MAX)))]
    pub users: u32,
    /// Seed: the same seed gives the same organisation.
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub seed: u64,
    /// The organisation's present (RFC 3339). Default: the start of today, UTC.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<Timestamp>,
    /// What the organisation has and lacks, for example `no-guard`; `help` lists the kinds.
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
}

/// Subcommands of `sandbox`.
#[derive(Debug, Subcommand)]
pub enum SandboxCommand {
    /// Print what each built-in control must conclude on this organisation, as JSON.
    Truth {
        /// The organisation.
        #[command(flatten)]
        world: WorldArguments,
        /// What they must conclude where these exports were given: `fresh`, `stale`, `conflicting`, `incomplete`.
        #[arg(long, value_name = "VARIANT")]
        exports: Option<String>,
    },
    /// Write what people of the organisation attest, for `--attestations`.
    Attestations {
        /// The organisation.
        #[command(flatten)]
        world: WorldArguments,
        /// Folder for the files; made if it is not there. Files of the same names are replaced.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// How they are spoilt; `help` lists the variants.
        #[arg(long, default_value = "fresh", value_name = "VARIANT")]
        variant: String,
        /// Print what each question must conclude on them, as JSON, and write nothing.
        #[arg(long)]
        truth: bool,
    },
    /// Write the exports of the organisation's console, for `--export` and `import`.
    Exports {
        /// The organisation.
        #[command(flatten)]
        world: WorldArguments,
        /// Folder for the files; made if it is not there. Files of the same names are replaced.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// How they are spoilt; `help` lists the variants.
        #[arg(long, default_value = "fresh", value_name = "VARIANT")]
        variant: String,
    },
}

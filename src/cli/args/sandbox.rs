//! `sandbox …`, and `demo`, which runs the whole job on one.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Subcommand};
use jiff::Timestamp;

use crate::sandbox::{
    EXPORT_VARIANTS, KINDS, LIST_VARIANTS, ListVariant, PEOPLE_VARIANTS, REVIEW_VARIANTS, USERS_MAX,
};

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
    /// What the organisation has and lacks. Default: `full`.
    #[arg(long, value_name = "KIND", value_parser = variants(KINDS))]
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
        /// Where these exports were given; without it none.
        #[arg(long, value_name = "VARIANT", value_parser = variants(EXPORT_VARIANTS))]
        exports: Option<String>,
        /// Where these lists were given, or none of them.
        #[arg(long, default_value = "fresh", value_name = "VARIANT", value_parser = variants_of_lists())]
        lists: String,
        /// Where these answers were given; without it none.
        #[arg(long, value_name = "VARIANT", value_parser = variants(PEOPLE_VARIANTS))]
        attestations: Option<String>,
        /// Where sheets on accounts, administrators and tokens were kept, each filled in so; without it none.
        #[arg(long, value_name = "VARIANT", value_parser = variants(REVIEW_VARIANTS))]
        reviews: Option<String>,
    },
    /// Write the exports of the organisation's console, for `--export` and `import`.
    Exports {
        /// The organisation.
        #[command(flatten)]
        world: WorldArguments,
        /// Folder for the files; made if it is not there. Files of the same names are replaced.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// How they are spoilt.
        #[arg(long, default_value = "fresh", value_name = "VARIANT", value_parser = variants(EXPORT_VARIANTS))]
        variant: String,
    },
    /// Write the lists that the organisation's people keep, and print what `--input` takes of each.
    Lists {
        /// The organisation.
        #[command(flatten)]
        world: WorldArguments,
        /// Folder for the files; made if it is not there. Files of the same names are replaced.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// How they are spoilt.
        #[arg(long, default_value = "fresh", value_name = "VARIANT", value_parser = variants(LIST_VARIANTS))]
        variant: String,
    },
    /// Write what people of the organisation attest, for `--attestations`.
    Attestations {
        /// The organisation.
        #[command(flatten)]
        world: WorldArguments,
        /// Folder for the files; made if it is not there. Files of the same names are replaced.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// How they are spoilt.
        #[arg(long, default_value = "fresh", value_name = "VARIANT", value_parser = variants(PEOPLE_VARIANTS))]
        variant: String,
        /// Print what each question must conclude on them, as JSON, and write nothing.
        #[arg(long)]
        truth: bool,
    },
    /// Fill in a review sheet that `review new` wrote, as people of the organisation would.
    ///
    /// Make it from the organisation before the review (`--kind before-review`), and test what it decided on the one
    /// of the same size and seed without that kind.
    Review {
        /// The organisation, as it is now.
        #[command(flatten)]
        world: WorldArguments,
        /// The blank sheet.
        #[arg(value_name = "SHEET")]
        sheet: PathBuf,
        /// The sheet filled in; replaced if it is there.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// How it is filled in.
        #[arg(long, default_value = "fresh", value_name = "VARIANT", value_parser = variants(REVIEW_VARIANTS))]
        variant: String,
    },
}

/// The word for no list at all.
pub const NO_LISTS: &str = "none";

/// The names of `known`, each with what it is for: `--help` and completions tell them.
fn variants<V>(known: &'static [(&'static str, &'static str, V)]) -> PossibleValuesParser {
    let value =
        |(name, about, _): &(&'static str, &'static str, V)| PossibleValue::new(*name).help(*about);
    PossibleValuesParser::new(known.iter().map(value))
}

/// As [`variants`], or [`NO_LISTS`].
fn variants_of_lists() -> PossibleValuesParser {
    let value = |(name, about, _): &(&'static str, &'static str, ListVariant)| {
        PossibleValue::new(*name).help(*about)
    };
    let none = PossibleValue::new(NO_LISTS).help("no list was given");
    PossibleValuesParser::new(LIST_VARIANTS.iter().map(value).chain([none]))
}

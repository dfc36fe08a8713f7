//! What a judgement rests on, and what it writes: groups of options that several subcommands take.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use crate::control::OrganizationPlan;

/// Controls, point in time, formats, threshold.
#[derive(Debug, Default, Args)]
pub struct JudgeArguments {
    /// Which controls.
    #[command(flatten)]
    pub library: LibraryArguments,
    /// Lists that controls read.
    #[command(flatten)]
    pub lists: ListsArguments,
    /// What people answered and decided.
    #[command(flatten)]
    pub kept: KeptArguments,
    /// What controls are told of the organisation.
    #[command(flatten)]
    pub values: ValueArguments,
    /// Point in time to judge at (RFC 3339); not before the end of the collection, which is the default.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<Timestamp>,
    /// Format and file: `html=report.html`, `markdown=report.md`, `json=assessment.json`; `-` is stdout; repeatable.
    /// [env: TICKMARK_FORMAT, several separated by commas]
    #[arg(long = "format", value_name = "FORMAT=FILE")]
    pub formats: Vec<String>,
    /// Least severity that sets exit code 1 (fails) or 3 (unknown); `none` reports only.
    /// [default: high] [env: TICKMARK_FAIL_ON]
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on: Option<String>,
    /// Keep names, addresses and e-mails in Markdown, which is seen by more people. [env: TICKMARK_PERSONAL_DATA]
    #[arg(long)]
    pub personal_data: bool,
    /// Folder with report templates that replace the built-in ones of the same name.
    /// [env: TICKMARK_TEMPLATES]
    #[arg(long, value_name = "DIR")]
    pub templates: Option<PathBuf>,
    /// Threads to read with; the result is the same for any number. Default: one a core.
    /// [env: TICKMARK_THREADS]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,
}

/// Which controls.
#[derive(Clone, Debug, Default, Args)]
pub struct LibraryArguments {
    /// Folder or file with controls, used instead of the built-in ones; repeatable. [env: TICKMARK_CONTROLS]
    #[arg(long, value_name = "DIR")]
    pub controls: Vec<PathBuf>,
    /// Profile: a file, or a built-in one by its name (`baseline`). It chooses and tailors controls.
    /// [env: TICKMARK_PROFILE]
    #[arg(long, value_name = "FILE|NAME")]
    pub profile: Option<String>,
}

/// Lists that controls read.
#[derive(Clone, Debug, Default, Args)]
pub struct ListsArguments {
    /// List for controls that read `$.inputs.NAME`: CSV, JSON, JSONL or YAML; repeatable. What is said of it
    /// follows: `leavers=leavers.csv,owner=HR,source=Workday,extracted_on=2026-11-17,max_age=35d,extent=whole`.
    #[arg(long = "input", value_name = "NAME=FILE[,…]")]
    pub inputs: Vec<String>,
}

/// What people answered and decided.
#[derive(Clone, Debug, Default, Args)]
pub struct KeptArguments {
    /// Folder or file of attestations: what people answer where no API tells. Default: `attestations` beside
    /// tickmark.yaml, or in the working folder if there is no tickmark.yaml; the output says what was read there.
    /// [env: TICKMARK_ATTESTATIONS]
    #[arg(long, value_name = "DIR")]
    pub attestations: Option<PathBuf>,
    /// Folder of reviews that `review import` has kept. Default: `reviews` beside tickmark.yaml, or in the working
    /// folder if there is no tickmark.yaml; the output says what was read there. [env: TICKMARK_REVIEWS]
    #[arg(long, value_name = "DIR")]
    pub reviews: Option<PathBuf>,
}

/// What controls are told of the organisation: values of parameters, and its plan.
#[derive(Clone, Debug, Default, Args)]
pub struct ValueArguments {
    /// Value of a parameter, as YAML, of a control by id or code: `accounts-idle.idle_days=60`; repeatable.
    #[arg(long = "parameter", value_name = "CONTROL.NAME=VALUE")]
    pub parameters: Vec<String>,
    /// The organisation's plan: `no-guard`, `guard-standard` or `guard-premium`; Cloud Enterprise includes Guard
    /// Standard. Controls that require a plan are unknown without it.
    /// [env: TICKMARK_PLAN]
    #[arg(long, value_name = "PLAN")]
    pub plan: Option<OrganizationPlan>,
}

/// Which controls ask, and with which values of parameters.
#[derive(Debug, Default, Args)]
pub struct AskedArguments {
    /// Which controls.
    #[command(flatten)]
    pub library: LibraryArguments,
    /// What controls are told of the organisation.
    #[command(flatten)]
    pub values: ValueArguments,
}

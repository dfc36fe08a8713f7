//! The command line, as clap reads it. What the words do stands in the file of each subcommand.

use crate::audit_log::{AskedPeriod, LAST_DAYS_DEFAULT};
use crate::collect::Start;
use crate::control::OrganizationPlan;
use crate::sandbox::{
    EXPORT_VARIANTS, KINDS, LIST_VARIANTS, ListVariant, PEOPLE_VARIANTS, REVIEW_VARIANTS, USERS_MAX,
};
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use std::path::PathBuf;

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
    /// Sends one smallest request to each endpoint, never a write. Ends with 0 if everything can be read and
    /// nothing is due, with 1 if something is due (a key that expires within 30 days or is 180 days old, one
    /// that may write, clocks a minute apart), with 3 if something cannot be read, with 4 if the key was refused
    /// everywhere, and with 5 if the API was not reached.
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
    /// List what is due: answers, lists, reviews, keys; each with where to click and how long it takes.
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
    /// Folder or file with controls, used instead of the built-in ones; repeatable. [env: TICKMARK_CONTROLS]
    #[arg(long, value_name = "DIR")]
    pub controls: Vec<PathBuf>,
    /// Profile: a file, or a built-in one by its name. [env: TICKMARK_PROFILE]
    #[arg(long, value_name = "FILE|NAME")]
    pub profile: Option<String>,
    /// List for controls that read `$.inputs.NAME`, as for `assess`; repeatable.
    #[arg(long = "input", value_name = "NAME=FILE[,…]")]
    pub inputs: Vec<String>,
    /// Value of a control's parameter, as YAML: `accounts-idle.idle_days=60`; repeatable.
    #[arg(long = "parameter", value_name = "CONTROL.NAME=VALUE")]
    pub parameters: Vec<String>,
    /// The organisation's plan: `no-guard`, `guard-standard` or `guard-premium`. [env: TICKMARK_PLAN]
    #[arg(long, value_name = "PLAN")]
    pub plan: Option<OrganizationPlan>,
    /// Print as JSON.
    #[arg(long)]
    pub json: bool,
}

/// `collect`.
#[derive(Debug, Args)]
pub struct CollectArguments {
    /// Where to read from, and with which key.
    #[command(flatten)]
    pub api: ApiArguments,
    /// Folder for the snapshot; must be empty or absent. [env: TICKMARK_OUT]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What to fetch, and where to begin.
    #[command(flatten)]
    pub scope: ScopeArguments,
    /// Exports of the admin console.
    #[command(flatten)]
    pub exports: ExportArguments,
    /// Tell what would be sent and how long that takes, and fetch nothing. With a key the API's own counts
    /// are asked for, and nothing else; without one nothing is sent.
    #[arg(long, conflicts_with_all = ["out", "resume"])]
    pub dry_run: bool,
    /// Print what would be sent as JSON.
    #[arg(long, requires = "dry_run")]
    pub json: bool,
}

/// What to fetch, and where to begin.
#[derive(Debug, Args)]
pub struct ScopeArguments {
    /// Go on with the run that was interrupted in this folder; start one if there is none.
    #[arg(long)]
    pub resume: bool,
    /// Leave a dataset out, for example one that the plan does not have; repeatable. Controls on it are
    /// then unknown, and the exit code does not count it as missing.
    #[arg(long, value_name = "DATASET")]
    pub without: Vec<String>,
    /// Fetch the audit events of so many days before the run. Atlassian keeps 180 days.
    #[arg(long, default_value_t = LAST_DAYS_DEFAULT, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub events_days: u32,
    /// Fetch the audit events since this day or time (`2026-07-01`, `2026-07-01T00:00:00Z`) instead.
    #[arg(long, value_name = "TIME", conflicts_with = "events_days", value_parser = moment)]
    pub events_from: Option<Timestamp>,
    /// Fetch none that happened at this time or later: a day is left out whole.
    #[arg(long, value_name = "TIME", requires = "events_from", value_parser = moment)]
    pub events_to: Option<Timestamp>,
}

/// A point in time, or the first moment of a day in UTC.
fn moment(text: &str) -> Result<Timestamp, String> {
    let day = || {
        let day: jiff::civil::Date = text.parse().ok()?;
        let start = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(start.timestamp())
    };
    text.parse().ok().or_else(day).ok_or_else(|| {
        "write a day such as `2026-07-01`, or a time such as `2026-07-01T00:00:00Z`".to_owned()
    })
}

impl ScopeArguments {
    /// The period whose audit events are fetched.
    ///
    /// # Errors
    /// It ends before it begins.
    pub fn period(&self) -> Result<AskedPeriod, (Timestamp, Timestamp)> {
        match (self.events_from, self.events_to) {
            (Some(from), Some(to)) if to <= from => Err((from, to)),
            (Some(from), Some(to)) => Ok(AskedPeriod::Between(from, to)),
            (Some(from), None) => Ok(AskedPeriod::Since(from)),
            (None, _) => Ok(AskedPeriod::LastDays(self.events_days)),
        }
    }

    /// Where the run begins.
    pub fn start(&self) -> Start {
        match self.resume {
            true => Start::Resume,
            false => Start::Anew,
        }
    }
}

/// Which organisation, and how to reach it.
#[derive(Debug, Default, Args)]
pub struct ApiArguments {
    /// Organisation of the settings file, by its name there. [env: TICKMARK_ORGANIZATION]
    #[arg(long, value_name = "NAME")]
    pub organization: Option<String>,
    /// Id of the organisation: the part after `/o/` in the console's address. [env: TICKMARK_ORG]
    #[arg(long = "org", value_name = "ID")]
    pub org_id: Option<String>,
    /// File that holds the API key. Without it the key is read from ATLASSIAN_API_KEY. `-` is stdin.
    /// [env: TICKMARK_KEY_FILE]
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// File that holds the keys of provisioning directories (SCIM), a line `DIRECTORY=KEY` for each. Without
    /// it they are read from ATLASSIAN_SCIM_KEYS; without either, no directory is asked. `-` is stdin.
    /// [env: TICKMARK_SCIM_KEYS_FILE]
    #[arg(long, value_name = "FILE")]
    pub scim_keys_file: Option<PathBuf>,
    /// Address of the API: HTTPS, or HTTP on this machine. [default: https://api.atlassian.com]
    /// [env: TICKMARK_API_URL]
    #[arg(long, value_name = "URL")]
    pub api_url: Option<String>,
    /// Certificates (PEM) to trust beside the system's. [env: TICKMARK_CA_FILE]
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

/// `config …`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting: flags aside, environment, then `tickmark.yaml`, then default.
    Show {
        /// Say where each value came from.
        #[arg(long)]
        origin: bool,
        /// How to print.
        #[arg(long, value_enum, default_value_t = ConfigFormat::Yaml, value_name = "FORMAT")]
        format: ConfigFormat,
        /// Organisation of the settings file, by its name there.
        #[arg(long, value_name = "NAME")]
        organization: Option<String>,
    },
    /// Print the JSON Schema (draft-07) of `tickmark.yaml`, for editors.
    Schema,
}

/// How `config show` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ConfigFormat {
    /// YAML.
    Yaml,
    /// JSON.
    Json,
}

/// `assess`.
#[derive(Debug, Args)]
pub struct AssessArguments {
    /// Folder of the snapshot.
    #[arg(value_name = "SNAPSHOT")]
    pub snapshot: PathBuf,
    /// How to judge and what to write.
    #[command(flatten)]
    pub judge: JudgeArguments,
}

/// Controls, point in time, formats, threshold.
#[derive(Debug, Default, Args)]
pub struct JudgeArguments {
    /// Folder or file with controls, used instead of the built-in ones; repeatable. [env: TICKMARK_CONTROLS]
    #[arg(long, value_name = "DIR")]
    pub controls: Vec<PathBuf>,
    /// Profile: a file, or a built-in one by its name (`baseline`). It chooses and tailors controls.
    /// [env: TICKMARK_PROFILE]
    #[arg(long, value_name = "FILE|NAME")]
    pub profile: Option<String>,
    /// List for controls that read `$.inputs.NAME`: CSV, JSON, JSONL or YAML; repeatable. What is said of it
    /// follows: `leavers=leavers.csv,owner=HR,source=Workday,extracted_on=2026-11-17,max_age=35d,extent=whole`.
    #[arg(long = "input", value_name = "NAME=FILE[,…]")]
    pub inputs: Vec<String>,
    /// Folder or file of attestations: what people answer where no API tells. Default: `attestations` beside
    /// tickmark.yaml, if it is there. [env: TICKMARK_ATTESTATIONS]
    #[arg(long, value_name = "DIR")]
    pub attestations: Option<PathBuf>,
    /// Folder of reviews that `review import` has kept. Default: `reviews` beside tickmark.yaml, if it is there.
    /// [env: TICKMARK_REVIEWS]
    #[arg(long, value_name = "DIR")]
    pub reviews: Option<PathBuf>,
    /// Value of a control's parameter, as YAML: `accounts-idle.idle_days=60`; repeatable.
    #[arg(long = "parameter", value_name = "CONTROL.NAME=VALUE")]
    pub parameters: Vec<String>,
    /// The organisation's plan: `no-guard`, `guard-standard` or `guard-premium`; Cloud Enterprise includes Guard
    /// Standard. Controls that require a plan are unknown without it.
    /// [env: TICKMARK_PLAN]
    #[arg(long, value_name = "PLAN")]
    pub plan: Option<OrganizationPlan>,
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

/// `run`.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// Where to read from, and with which key.
    #[command(flatten)]
    pub api: ApiArguments,
    /// Folder for `snapshot/` and, unless `--format` names others, the reports. [env: TICKMARK_OUT]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What to fetch, and where to begin.
    #[command(flatten)]
    pub scope: ScopeArguments,
    /// Exports of the admin console.
    #[command(flatten)]
    pub exports: ExportArguments,
    /// How to judge and what to write.
    #[command(flatten)]
    pub judge: JudgeArguments,
}

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

/// `datasets …`; without a subcommand, the list.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct DatasetsArguments {
    /// What to do; the list without one.
    #[command(subcommand)]
    pub command: Option<DatasetsCommand>,
    /// Print every dataset with its fields as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Subcommands of `datasets`.
#[derive(Debug, Subcommand)]
pub enum DatasetsCommand {
    /// Print the fields of a dataset: type, meaning, sources, what an omission means.
    Show {
        /// Name of the dataset.
        #[arg(value_name = "NAME")]
        name: String,
        /// How to print it.
        #[arg(long, value_enum, default_value_t = CatalogFormat::Text, value_name = "FORMAT")]
        format: CatalogFormat,
    },
    /// Print every request that tickmark can send to Atlassian: method, path, parameters, pace, scope.
    Requests {
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print the nodes that a JSONPath selector (RFC 9535) finds, as JSON lines.
    ///
    /// On a snapshot the selector starts with a dataset: `$.accounts[?@.claim_status == 'managed'].email`.
    Query(QueryArguments),
}

/// How to print a part of the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CatalogFormat {
    /// For people.
    Text,
    /// One JSON document.
    Json,
    /// One YAML document.
    Yaml,
}

/// `datasets query`.
#[derive(Debug, Args)]
pub struct QueryArguments {
    /// Folder of the snapshot, and the selector; with `--json` only the selector.
    #[arg(value_name = "SNAPSHOT SELECTOR", num_args = 1..=2, required = true)]
    pub operands: Vec<String>,
    /// Query this JSON document instead of a snapshot; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Print only the number of nodes.
    #[arg(long, conflicts_with = "paths")]
    pub count: bool,
    /// Print normalized paths (RFC 9535, section 2.7) instead of values.
    #[arg(long)]
    pub paths: bool,
}

/// `controls …`.
#[derive(Debug, Subcommand)]
pub enum ControlsCommand {
    /// List controls: the built-in ones, or those of a folder.
    List(ListArguments),
    /// Show what a control tests and what it needs: datasets, fields, sources, scopes of the key.
    Show(ShowArguments),
    /// Write a new control and its cases, commented and right as they are.
    New(NewArguments),
    /// Print the JSON Schema (draft-07) of control files, for editors.
    Schema {
        /// Print the schema of case files instead.
        #[arg(long)]
        cases: bool,
    },
    /// Check controls, their cases and frameworks, profiles, attestations and settings, and show every problem of
    /// every file at once.
    Check(CheckArguments),
    /// Run the cases of controls: `<id>.cases.yaml` beside each.
    ///
    /// From every case evidence is also taken away, piece by piece, to show that nothing passes for lack of it.
    /// Exit code 1 says that something was found.
    Test(TestArguments),
    /// Explain a control in plain words: what it asks, what it reads, and on a snapshot why a subject came out
    /// as it did.
    Explain(ExplainArguments),
}

/// How to tell problems of controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProblemFormat {
    /// For people: each with its lines underlined.
    Text,
    /// One JSON document, for editors and scripts.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions, at most 10.
    Github,
}

/// `attestations …`.
#[derive(Debug, Subcommand)]
pub enum AttestationsCommand {
    /// List every question that controls ask, and how its answer stands.
    List(AttestationsListArguments),
    /// Begin an answer: a file with what is known filled in, and the evidence copied beside it.
    New(AttestationsNewArguments),
    /// Check answers and show every problem of every file at once. Exit code 1 says that there are any.
    Check {
        /// Folder or file; without one, that of the settings.
        #[arg(value_name = "PATH")]
        path: Option<PathBuf>,
        /// Which controls, and with which values of parameters.
        #[command(flatten)]
        asked: AskedArguments,
        /// How to tell the problems: `text` on stderr, the others on stdout.
        #[arg(long, value_enum, default_value_t = ProblemFormat::Text, value_name = "FORMAT")]
        format: ProblemFormat,
        /// The day to judge from (RFC 3339); default: now.
        #[arg(long, value_name = "TIME")]
        as_of: Option<Timestamp>,
    },
    /// Print the JSON Schema (draft-07) of attestations, for editors.
    Schema,
}

/// Which controls ask.
#[derive(Debug, Default, Args)]
pub struct AskedArguments {
    /// Folder or file with controls, used instead of the built-in ones; repeatable. [env: TICKMARK_CONTROLS]
    #[arg(long, value_name = "DIR")]
    pub controls: Vec<PathBuf>,
    /// Profile, as for `assess`. [env: TICKMARK_PROFILE]
    #[arg(long, value_name = "FILE|NAME")]
    pub profile: Option<String>,
    /// Value of a control's parameter, as YAML; repeatable.
    #[arg(long = "parameter", value_name = "CONTROL.NAME=VALUE")]
    pub parameters: Vec<String>,
    /// The organisation's plan, as for `assess`. [env: TICKMARK_PLAN]
    #[arg(long, value_name = "PLAN")]
    pub plan: Option<OrganizationPlan>,
}

/// `attestations list`.
#[derive(Debug, Args)]
pub struct AttestationsListArguments {
    /// Folder or file of attestations, as for `assess`.
    #[arg(long, value_name = "DIR")]
    pub attestations: Option<PathBuf>,
    /// Which controls, and with which values of parameters.
    #[command(flatten)]
    pub asked: AskedArguments,
    /// Snapshot: look in its audit log for changes after an answer.
    #[arg(long, value_name = "DIR")]
    pub snapshot: Option<PathBuf>,
    /// Point in time to judge at (RFC 3339). Default: now, or the end of the snapshot.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<Timestamp>,
    /// Print as JSON.
    #[arg(long)]
    pub json: bool,
}

/// `attestations new`.
#[derive(Debug, Args)]
pub struct AttestationsNewArguments {
    /// Id or code of the control.
    #[arg(value_name = "CONTROL")]
    pub control: String,
    /// File that shows it: a screenshot, an export, minutes. It is copied beside the answer, with its digest.
    #[arg(long, value_name = "FILE")]
    pub evidence: Option<PathBuf>,
    /// The answer, if it is known.
    #[arg(long, value_name = "yes|no")]
    pub answer: Option<String>,
    /// What was found, in your words.
    #[arg(long, value_name = "TEXT")]
    pub statement: Option<String>,
    /// Who answers.
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Who looked at it a second time.
    #[arg(long, value_name = "NAME")]
    pub reviewer: Option<String>,
    /// Folder of the answers; made if it is not there. Default: that of the settings, or `attestations`.
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Which controls, and with which values of parameters.
    #[command(flatten)]
    pub asked: AskedArguments,
    /// The time of the answer (RFC 3339). Default: now.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<Timestamp>,
}

/// `review …`.
#[derive(Debug, Subcommand)]
pub enum ReviewCommand {
    /// Write a sheet (CSV) with a row for each subject, to be filled in: decision, reviewer, ticket.
    New(ReviewNewArguments),
    /// Check a sheet that was filled in, and keep what was decided for the next assessments.
    Import(ReviewImportArguments),
}

/// `review new`.
#[derive(Debug, Args)]
pub struct ReviewNewArguments {
    /// What is reviewed.
    #[arg(value_enum, value_name = "WHAT")]
    pub kind: ReviewKindArgument,
    /// Folder of the snapshot.
    #[arg(value_name = "SNAPSHOT")]
    pub snapshot: PathBuf,
    /// The sheet; must not be there. `-` is stdout.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// For `idle`: days without recorded activity.
    #[arg(long, default_value_t = 90, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
}

/// What is reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReviewKindArgument {
    /// Active accounts with product access or a role.
    Accounts,
    /// Active accounts that hold a platform role.
    Admins,
    /// Active managed people without recorded activity for some time.
    Idle,
    /// API tokens that can be used.
    Tokens,
    /// Events of the audit log.
    Events,
}

/// `review import`.
#[derive(Debug, Args)]
pub struct ReviewImportArguments {
    /// The sheet, filled in and saved as CSV.
    #[arg(value_name = "SHEET")]
    pub sheet: PathBuf,
    /// Folder of the snapshot that the sheet was made from.
    #[arg(long, value_name = "DIR")]
    pub snapshot: PathBuf,
    /// Folder to keep it in; made if it is not there. Default: that of the settings, or `reviews`.
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Who answers for the review.
    #[arg(long, value_name = "NAME")]
    pub owner: Option<String>,
    /// The day on which it was finished. Default: today.
    #[arg(long, value_name = "DATE")]
    pub reviewed_on: Option<jiff::civil::Date>,
    /// Keep a sheet of which not every row is decided; no control passes on it.
    #[arg(long)]
    pub partial: bool,
    /// How to tell the problems: `text` on stderr, the others on stdout.
    #[arg(long, value_enum, default_value_t = ProblemFormat::Text, value_name = "FORMAT")]
    pub format: ProblemFormat,
}

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
    /// Controls, profile, lists and attestations, as for `assess`.
    #[command(flatten)]
    pub kept: KeptArguments,
}

/// What is kept of people, and which controls ask for it.
#[derive(Debug, Default, Args)]
pub struct KeptArguments {
    /// Which controls, and with which values of parameters.
    #[command(flatten)]
    pub asked: AskedArguments,
    /// List, as for `assess`; repeatable.
    #[arg(long = "input", value_name = "NAME=FILE[,…]")]
    pub inputs: Vec<String>,
    /// Folder or file of attestations, as for `assess`.
    #[arg(long, value_name = "DIR")]
    pub attestations: Option<PathBuf>,
    /// Folder of reviews, as for `assess`.
    #[arg(long, value_name = "DIR")]
    pub reviews: Option<PathBuf>,
}

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

/// `controls check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Folders or files: controls, case files, frameworks (in a folder `frameworks`), profiles, attestations (in a
    /// folder `attestations`), `tickmark.yaml`; the built-in controls without one.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Folder or file with the controls that profiles speak of, used instead of the built-in ones; repeatable.
    #[arg(long, value_name = "DIR")]
    pub controls: Vec<PathBuf>,
    /// List that controls may read as `$.inputs.NAME` without declaring it; repeatable. Those of `tickmark.yaml`
    /// are known.
    #[arg(long = "input", value_name = "NAME=FILE[,…]")]
    pub inputs: Vec<String>,
    /// How to tell the problems: `text` on stderr, the others on stdout.
    #[arg(long, value_enum, default_value_t = ProblemFormat::Text, value_name = "FORMAT")]
    pub format: ProblemFormat,
}

/// `controls test`.
#[derive(Debug, Args)]
pub struct TestArguments {
    /// Folders or files with controls; the built-in controls without one.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// List that controls may read as `$.inputs.NAME` without declaring it; repeatable. Those of `tickmark.yaml`
    /// are known.
    #[arg(long = "input", value_name = "NAME=FILE[,…]")]
    pub inputs: Vec<String>,
    /// Name the conditions that the cases do not decide both ways.
    #[arg(long)]
    pub coverage: bool,
    /// Change each control in small ways, and name the changes that no case notices.
    #[arg(long)]
    pub mutate: bool,
    /// Write the results as JUnit XML to this file as well.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
}

/// `controls explain`.
#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// Id or code of the control.
    #[arg(value_name = "ID")]
    pub id: String,
    /// Folder of a snapshot: tell what the control concludes on it.
    #[arg(long, value_name = "DIR")]
    pub snapshot: Option<PathBuf>,
    /// Id of a subject in the snapshot: tell condition by condition why it came out as it did.
    #[arg(long, value_name = "ID", requires = "snapshot")]
    pub subject: Option<String>,
    /// Folder or file with controls, used instead of the built-in ones; repeatable. [env: TICKMARK_CONTROLS]
    #[arg(long, value_name = "DIR")]
    pub controls: Vec<PathBuf>,
    /// Profile, as for `assess`: its parameters and severity count. [env: TICKMARK_PROFILE]
    #[arg(long, value_name = "FILE|NAME")]
    pub profile: Option<String>,
    /// List for controls that read `$.inputs.NAME`, as for `assess`; repeatable.
    #[arg(long = "input", value_name = "NAME=FILE[,…]")]
    pub inputs: Vec<String>,
    /// Folder or file of attestations, as for `assess`.
    #[arg(long, value_name = "DIR")]
    pub attestations: Option<PathBuf>,
    /// Folder of kept reviews, as for `assess`.
    #[arg(long, value_name = "DIR")]
    pub reviews: Option<PathBuf>,
    /// Value of a parameter, as YAML: `idle_days=60`; repeatable.
    #[arg(long = "parameter", value_name = "NAME=VALUE")]
    pub parameters: Vec<String>,
    /// Point in time to judge at (RFC 3339); not before the end of the collection, which is the default.
    #[arg(long, value_name = "TIME", requires = "snapshot")]
    pub as_of: Option<Timestamp>,
    /// The organisation's plan, as for `assess`. [env: TICKMARK_PLAN]
    #[arg(long, value_name = "PLAN", requires = "snapshot")]
    pub plan: Option<OrganizationPlan>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
}

impl ExplainArguments {
    /// How to judge: what `assess` would be told.
    pub fn judge(&self) -> JudgeArguments {
        JudgeArguments {
            controls: self.controls.clone(),
            profile: self.profile.clone(),
            inputs: self.inputs.clone(),
            attestations: self.attestations.clone(),
            reviews: self.reviews.clone(),
            parameters: self.parameters.clone(),
            plan: self.plan,
            as_of: self.as_of,
            ..JudgeArguments::default()
        }
    }
}

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TextOrJson {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// `controls list`. Of one option given several times, one has to fit; all options have to fit.
#[derive(Debug, Args)]
pub struct ListArguments {
    /// Words to find in id, code, title, tags or rationale, whatever their case.
    #[arg(value_name = "TEXT")]
    pub text: Vec<String>,
    /// Folder or file with controls, used instead of the built-in ones; repeatable.
    #[arg(long, value_name = "DIR")]
    pub controls: Vec<PathBuf>,
    /// List that controls may read as `$.inputs.NAME` without declaring it; repeatable. Those of `tickmark.yaml`
    /// are known.
    #[arg(long = "input", value_name = "NAME=FILE[,…]")]
    pub inputs: Vec<String>,
    /// Only controls with this tag; repeatable.
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// Only controls of this severity; repeatable.
    #[arg(long = "severity", value_name = "SEVERITY")]
    pub severities: Vec<String>,
    /// Only controls that contribute evidence to this framework; repeatable.
    #[arg(long = "framework", value_name = "ID")]
    pub frameworks: Vec<String>,
    /// Only controls that read this dataset; repeatable.
    #[arg(long = "dataset", value_name = "NAME")]
    pub datasets: Vec<String>,
    /// Only controls that a source can help to settle, such as `users/search`, `export`, `attestation`; repeatable.
    #[arg(long = "source", value_name = "NAME")]
    pub sources: Vec<String>,
    /// Only controls that apply to an organisation with this plan: no-guard, guard-standard, guard-premium.
    #[arg(long, value_name = "PLAN")]
    pub plan: Option<OrganizationPlan>,
    /// Print as JSON.
    #[arg(long)]
    pub json: bool,
}

/// `controls show`.
#[derive(Debug, Args)]
pub struct ShowArguments {
    /// Id or code of the control.
    #[arg(value_name = "ID")]
    pub id: String,
    /// Folder or file with controls, used instead of the built-in ones; repeatable.
    #[arg(long, value_name = "DIR")]
    pub controls: Vec<PathBuf>,
    /// List that controls may read as `$.inputs.NAME` without declaring it; repeatable. Those of `tickmark.yaml`
    /// are known.
    #[arg(long = "input", value_name = "NAME=FILE[,…]")]
    pub inputs: Vec<String>,
    /// Print as JSON.
    #[arg(long, conflicts_with = "yaml")]
    pub json: bool,
    /// Print its file as it is written, to start a control of your own from.
    #[arg(long)]
    pub yaml: bool,
}

/// `controls new`.
#[derive(Debug, Args)]
pub struct NewArguments {
    /// Id of the control, which is also the name of its file: lower-case words joined by `-`.
    #[arg(value_name = "ID")]
    pub id: String,
    /// Dataset that it tests; `tickmark datasets` lists them.
    #[arg(long, value_name = "NAME")]
    pub dataset: String,
    /// Folder of the controls; made if it is not there.
    #[arg(long, default_value = "controls", value_name = "DIR")]
    pub dir: PathBuf,
    /// Folder inside it for the two files.
    #[arg(long, value_name = "AREA")]
    pub area: Option<String>,
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

//! `controls …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::{
    JudgeArguments, KeptArguments, LibraryArguments, ListsArguments, ProblemArguments, TextOrJson,
    ValueArguments,
};
use crate::control::OrganizationPlan;

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

/// Lists that controls may read undeclared.
#[derive(Debug, Args)]
pub struct OutsideArguments {
    /// List that controls may read as `$.inputs.NAME` without declaring it; repeatable. Those of `tickmark.yaml`
    /// are known.
    #[arg(long = "input", value_name = "NAME=FILE[,…]")]
    pub inputs: Vec<String>,
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
    /// Lists that controls may read undeclared.
    #[command(flatten)]
    pub outside: OutsideArguments,
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
    /// Lists that controls may read undeclared.
    #[command(flatten)]
    pub outside: OutsideArguments,
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
    /// Lists that controls may read undeclared.
    #[command(flatten)]
    pub outside: OutsideArguments,
    /// How to tell the problems.
    #[command(flatten)]
    pub problems: ProblemArguments,
}

/// `controls test`.
#[derive(Debug, Args)]
pub struct TestArguments {
    /// Folders or files with controls; the built-in controls without one.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Lists that controls may read undeclared.
    #[command(flatten)]
    pub outside: OutsideArguments,
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
    /// Which controls.
    #[command(flatten)]
    pub library: LibraryArguments,
    /// Lists that controls read.
    #[command(flatten)]
    pub lists: ListsArguments,
    /// What people answered and decided.
    #[command(flatten)]
    pub kept: KeptArguments,
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
            library: self.library.clone(),
            lists: self.lists.clone(),
            kept: self.kept.clone(),
            values: ValueArguments {
                parameters: self.parameters.clone(),
                plan: self.plan,
            },
            as_of: self.as_of,
            ..JudgeArguments::default()
        }
    }
}

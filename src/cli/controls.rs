//! `tickmark controls`, and reading controls and parameter values for every subcommand that judges.

mod explain;
mod list;
mod needs;
mod new;
mod show;
mod test;

use super::Terminal;
use super::args::{ControlsCommand, ProblemFormat};
use super::exit::{Exit, Failure};
use crate::control::{self, Control, ReadError};
use crate::diagnostic::{Look, Problems, SourceFile, yaml};
use crate::plan::{ParameterValues, Plan};
use serde::Serialize;
use std::io::IsTerminal;
use std::path::PathBuf;

/// Runs `tickmark controls …`.
pub(super) fn run(command: &ControlsCommand, terminal: &Terminal) -> Result<Exit, Failure> {
    match command {
        ControlsCommand::List(arguments) => list::run(arguments, terminal),
        ControlsCommand::Show(arguments) => show::run(arguments, terminal),
        ControlsCommand::New(arguments) => new::run(arguments, terminal),
        ControlsCommand::Schema { cases } => {
            let schema = if *cases {
                control::case_schema()
            } else {
                control::control_schema()
            };
            terminal.console.print(&pretty(&schema))?;
            Ok(Exit::Success)
        }
        ControlsCommand::Check { paths, format } => check(paths, *format, terminal),
        ControlsCommand::Test(arguments) => test::run(arguments, terminal),
        ControlsCommand::Explain(arguments) => explain::run(arguments, terminal),
    }
}

/// The files at `paths`, or the built-in ones if there are none.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<SourceFile>, Failure> {
    if paths.is_empty() {
        return Ok(control::builtin());
    }
    Ok(control::read_files(paths)?)
}

/// The controls at `paths`, or the built-in ones if there are none.
pub(super) fn load(paths: &[PathBuf]) -> Result<Vec<Control>, Failure> {
    let files = files(paths)?;
    if files.is_empty() {
        return Err(no_files());
    }
    let (controls, problems) = control::load(&files);
    problems.or(controls).map_err(failure)
}

fn no_files() -> Failure {
    Failure::usage(
        "there is no control in the folders that were named",
        "a control is a file `<id>.yaml`; without `--controls` the built-in ones are used",
    )
}

/// The plan for `controls`, with parameter values written `CONTROL.NAME=VALUE` or `NAME=VALUE`.
pub(super) fn plan(controls: Vec<Control>, parameters: &[String]) -> Result<Plan, Failure> {
    let mut values = ParameterValues::none();
    let mut problems = Problems::none();
    for text in parameters {
        let help = "write CONTROL.NAME=VALUE, for example `accounts-idle.idle_days=60`";
        let Some((name, value)) = text.split_once('=') else {
            return Err(Failure::usage(
                format!("--parameter: `{text}` gives no value"),
                help,
            ));
        };
        let (control, name) = match name.split_once('.') {
            Some((control, name)) => (Some(control), name),
            None => (None, name),
        };
        let control = match control.map(str::parse).transpose() {
            Ok(control) => control,
            Err(error) => return Err(Failure::usage(format!("--parameter: {error}"), help)),
        };
        // Values are YAML, so that numbers, lists and texts are written as in a control.
        match yaml::read(&SourceFile::new(format!("--parameter {text}"), value)) {
            Ok(node) => values.set(control, name, node, "command line"),
            Err(problem) => problems.push(problem),
        }
    }
    problems.or(()).map_err(failure)?;
    Plan::new(controls, &values).map_err(failure)
}

fn check(paths: &[PathBuf], format: ProblemFormat, terminal: &Terminal) -> Result<Exit, Failure> {
    let files = files(paths)?;
    if files.is_empty() {
        return Err(no_files());
    }
    let (controls, problems) = control::load(&files);
    let word =
        |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let summary = format!(
        "{} in {}, {}\n",
        word(controls.len(), "good control"),
        word(files.len(), "file"),
        word(problems.len(), "problem"),
    );
    match format {
        ProblemFormat::Text => {
            terminal.console.note(&problems.render(look()));
            terminal.console.print(&summary)?;
        }
        ProblemFormat::Json => terminal.console.print(&problems.to_json())?,
        ProblemFormat::Sarif => terminal.console.print(&problems.to_sarif())?,
        ProblemFormat::Github => {
            terminal.console.print(&problems.to_github())?;
            terminal.console.note(&summary);
        }
    }
    Ok(if problems.is_empty() {
        Exit::Success
    } else {
        Exit::Found
    })
}

/// JSON as people read it, ending with a line break.
pub(super) fn pretty(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("maps with text keys are JSON");
    text.push('\n');
    text
}

/// Problems as the end of a subcommand.
pub(super) fn failure(problems: Problems) -> Failure {
    Failure::rendered(problems.render(look()))
}

fn look() -> Look {
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if std::io::stderr().is_terminal() && !is_plain {
        Look::Terminal
    } else {
        Look::Plain
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Failure {
        Failure {
            report: error.into(),
            exit: Exit::Usage,
        }
    }
}

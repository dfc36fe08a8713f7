//! `tickmark controls`.

mod check;
mod explain;
mod list;
mod needs;
mod new;
mod show;
mod test;

use super::args::ControlsCommand;
use super::console::pretty;
use super::exit::{Exit, Failure};
use super::{LoadSettings, Terminal};
use crate::control;

/// Runs `tickmark controls …`.
pub(super) fn run(
    command: &ControlsCommand,
    settings: LoadSettings<'_>,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    match command {
        ControlsCommand::List(arguments) => list::run(arguments, &settings()?, terminal),
        ControlsCommand::Show(arguments) => show::run(arguments, &settings()?, terminal),
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
        ControlsCommand::Check(arguments) => check::run(arguments, &settings()?, terminal),
        ControlsCommand::Test(arguments) => test::run(arguments, &settings()?, terminal),
        ControlsCommand::Explain(arguments) => explain::run(arguments, &settings()?, terminal),
    }
}

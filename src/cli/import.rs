//! `tickmark import`: exports of the console into a child of a snapshot.

use super::Terminal;
use super::args::{ExportArguments, ImportArguments};
use super::exit::{Exit, Failure};
use super::missing::missing;
use super::settings::Settings;
use crate::assemble::{GivenExports, child};
use crate::import::ExportError;
use crate::snapshot::{ExportStatement, RecordSource, Snapshot};

/// Runs `tickmark import`.
pub(super) fn run(
    arguments: &ImportArguments,
    settings: &Settings,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let given = settings.exports(
        &ExportArguments {
            exports: arguments.files.clone(),
            map: arguments.map.clone(),
        },
        None,
    )?;
    let exports = GivenExports::read(&given.requests(), given.taught())?;
    let parent = Snapshot::open(&arguments.snapshot)?;
    let snapshot = child(
        &parent,
        &exports,
        &arguments.out,
        terminal.progress.as_ref(),
    )?;
    terminal
        .console
        .print(&super::snapshot::description(&snapshot))?;
    let manifest = snapshot.manifest();
    let is_stale = |file: &ExportStatement| file.stale(manifest.collected.to).is_some();
    Ok(match manifest.exports.files.iter().any(is_stale) {
        true => Exit::Incomplete,
        false => Exit::Success,
    })
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Failure {
        let exit = match &error {
            ExportError::Io { path, source } if source.kind() == std::io::ErrorKind::NotFound => {
                return missing("export", path);
            }
            ExportError::Io { .. } => Exit::Machine,
            _ => Exit::Usage,
        };
        Failure {
            report: error.into(),
            exit,
        }
    }
}

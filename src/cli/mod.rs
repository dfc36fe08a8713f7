//! Arguments, settings, and one function per subcommand: each a short list of stage calls.

mod args;
mod assess;
mod attestations;
mod collect;
mod config;
mod console;
mod controls;
mod datasets;
mod demo;
mod doctor;
mod exit;
mod frameworks;
mod import;
mod kept;
mod kind;
mod library;
mod lists;
mod manual;
mod missing;
mod profiles;
mod review;
mod sandbox;
mod settings;
mod snapshot;
mod todo;

use args::{Arguments, Color, Command, ProgressStyle};
use clap::Parser;
use console::Console;
use exit::{Exit, Failure};
use settings::Settings;
use std::io::IsTerminal;
use std::process::ExitCode;

use crate::progress::{self, Progress};

/// Reads the settings, when a subcommand asks for them.
type LoadSettings<'s> = &'s dyn Fn() -> Result<Settings, Failure>;

/// What every subcommand gets.
struct Terminal {
    console: Console,
    progress: Box<dyn Progress + Send>,
}

/// Reads the arguments, does what they ask, prints what went wrong, and says how to end.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no mistakes; clap knows which stream each belongs on.
            let exit = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Success
            };
            let _ = error.print();
            return exit.into();
        }
    };
    use_plain_diagnostics(arguments.color);
    let terminal = Terminal {
        console: Console::new(arguments.color),
        progress: progress::on_stderr(match arguments.progress {
            ProgressStyle::Auto => progress::Style::Automatic,
            ProgressStyle::Plain => progress::Style::Lines,
            ProgressStyle::Json => progress::Style::Json,
            ProgressStyle::Quiet => progress::Style::Silent,
        }),
    };
    // Only what uses settings reads them: a broken file stands in the way of nothing else.
    let settings = || Settings::load(&arguments.settings);
    let result = match &arguments.command {
        Command::Demo(arguments) => demo::run(arguments, &terminal),
        Command::Doctor(arguments) => {
            settings().and_then(|settings| doctor::run(arguments, &settings, &terminal))
        }
        Command::Collect(arguments) => {
            settings().and_then(|settings| collect::run(arguments, &settings, &terminal))
        }
        Command::Assess(arguments) => {
            settings().and_then(|settings| assess::run(arguments, &settings, &terminal))
        }
        Command::Run(arguments) => {
            settings().and_then(|settings| assess::run_whole(arguments, &settings, &terminal))
        }
        Command::Config(command) => config::run(command, &settings, &terminal),
        Command::Import(arguments) => {
            settings().and_then(|settings| import::run(arguments, &settings, &terminal))
        }
        Command::Snapshot(command) => snapshot::run(command, &terminal),
        Command::Datasets(arguments) => datasets::run(arguments, &terminal),
        Command::Controls(command) => controls::run(command, &settings, &terminal),
        Command::Frameworks(arguments) => frameworks::run(arguments, &settings, &terminal),
        Command::Profiles(arguments) => profiles::run(arguments, &settings, &terminal),
        Command::Attestations(command) => {
            settings().and_then(|settings| attestations::run(command, &settings, &terminal))
        }
        Command::Review(command) => review::run(command, settings, &terminal),
        Command::Todo(arguments) => {
            settings().and_then(|settings| todo::run(arguments, &settings, &terminal))
        }
        Command::Sandbox(arguments) => sandbox::run(arguments, &terminal),
        Command::Completions { shell } => manual::completions(*shell, &terminal),
        Command::Man { out } => manual::pages(out.as_deref(), &terminal),
    };
    drop(terminal.progress);
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            terminal.console.note(&failure.render());
            failure.exit.into()
        }
    }
}

/// Drawn diagnostics on a terminal, plain ones elsewhere, so that logs hold no escapes.
fn use_plain_diagnostics(color: Color) {
    let is_colored = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            std::io::stderr().is_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    };
    // Set once, at the start, before any report is made.
    let _ = miette::set_hook(Box::new(move |_| {
        Box::new(
            miette::MietteHandlerOpts::new()
                .color(is_colored)
                .unicode(true)
                .terminal_links(false)
                .width(100)
                .build(),
        )
    }));
}

/// Runs `work` on a runtime of its own, until it ends or the user interrupts it.
fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure {
            report: miette::miette!("cannot start the runtime: {error}"),
            exit: Exit::Machine,
        })?;
    runtime.block_on(async {
        tokio::select! {
            result = work => result,
            _ = tokio::signal::ctrl_c() => Err(Failure {
                report: miette::miette!(
                    help = "a folder that was being written holds no finished snapshot; the same command with `--resume` goes on with it",
                    "interrupted"
                ),
                exit: Exit::Interrupted,
            }),
        }
    })
}

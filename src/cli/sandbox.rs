//! `tickmark sandbox`: the local organisation as a server, and what each control must find in it.

use super::args::{SandboxArguments, SandboxCommand, WorldArguments};
use super::exit::{Exit, Failure};
use super::{Terminal, block_on};
use crate::sandbox::{self, SANDBOX_KEY, ServerOptions, World, WorldSpec};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Runs `tickmark sandbox …`.
pub(super) fn run(arguments: &SandboxArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    match &arguments.command {
        Some(SandboxCommand::Truth { world }) => {
            let world = World::generate(&spec(world)?);
            let mut text = serde_json::to_string_pretty(&sandbox::truth(&world))
                .expect("truth holds text and sets of text");
            text.push('\n');
            terminal.console.print(&text)?;
            Ok(Exit::Success)
        }
        None => serve(arguments, terminal),
    }
}

/// Serves until interrupted.
fn serve(arguments: &SandboxArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let spec = spec(&arguments.world)?;
    let faults = arguments
        .faults
        .iter()
        .map(|text| text.parse())
        .collect::<Result<Vec<sandbox::Fault>, _>>()
        .map_err(|problem| Failure {
            report: miette::miette!("{problem}"),
            exit: Exit::Usage,
        })?;
    let options = ServerOptions {
        port: arguments.port,
        faults,
        clock: arguments.world.as_of,
        ..ServerOptions::default()
    };
    let result = block_on(async {
        let server = sandbox::serve(&spec, options)
            .await
            .map_err(|error| Failure {
                report: miette::miette!(
                    help = "name another port, or 0 for any free one",
                    "cannot serve on port {}: {error}",
                    arguments.port
                ),
                exit: Exit::Machine,
            })?;
        let org = server.org_id().to_owned();
        let url = server.base_url();
        terminal.console.print(&format!(
            "listening on {url}\nkey {SANDBOX_KEY}\norg {org}\n"
        ))?;
        terminal.console.note(&format!(
            "try: ATLASSIAN_API_KEY={SANDBOX_KEY} tickmark collect --org {org} --api-url {url} --out snapshot\n\
             stop with Ctrl-C\n"
        ));
        std::future::pending::<Result<Exit, Failure>>().await
    });
    match result {
        // Being stopped is how a server ends.
        Err(failure) if failure.exit == Exit::Interrupted => Ok(Exit::Success),
        other => other,
    }
}

fn spec(world: &WorldArguments) -> Result<WorldSpec, Failure> {
    Ok(WorldSpec {
        users: world.users,
        seed: world.seed,
        as_of: match world.as_of {
            Some(time) => time,
            None => start_of_today()?,
        },
    })
}

fn start_of_today() -> Result<Timestamp, Failure> {
    super::collect::now()
        .to_zoned(TimeZone::UTC)
        .start_of_day()
        .map(|start| start.timestamp())
        .map_err(|error| Failure {
            report: miette::miette!("this machine's clock cannot be used: {error}"),
            exit: Exit::Machine,
        })
}

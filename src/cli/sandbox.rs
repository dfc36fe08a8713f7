//! `tickmark sandbox`: the local organisation as a server, the evidence that its people give, and what each control
//! must find in it.

use super::args::{NO_LISTS, SandboxArguments, SandboxCommand, WorldArguments};
use super::exit::{Exit, Failure};
use super::missing::unread;
use super::{Terminal, block_on};
use crate::import::EVIDENCE_FOLDER;
use crate::sandbox::world::ScimKey;
use crate::sandbox::{
    self, EXPORT_VARIANTS, ExportVariant, Given, KINDS, LIST_VARIANTS, ListVariant,
    PEOPLE_VARIANTS, PeopleVariant, REVIEW_VARIANTS, SANDBOX_KEY, SANDBOX_SCIM_KEY, ServerOptions,
    World, WorldKind, WorldSpec,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use miette::Diagnostic;
use std::path::{Path, PathBuf};

/// Runs `tickmark sandbox …`.
pub(super) fn run(arguments: &SandboxArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    match &arguments.command {
        Some(SandboxCommand::Truth {
            world,
            exports,
            lists,
            attestations,
            reviews,
        }) => {
            let given = Given {
                exports: exports.as_deref().map(|name| named(EXPORT_VARIANTS, name)),
                lists: (lists != NO_LISTS).then(|| named(LIST_VARIANTS, lists)),
                answers: attestations
                    .as_deref()
                    .map(|name| named(PEOPLE_VARIANTS, name)),
                reviews: reviews.as_deref().map(|name| named(REVIEW_VARIANTS, name)),
            };
            let world = World::generate(&spec(world)?);
            let truth = sandbox::truth_given(&world, given);
            let mut text =
                serde_json::to_string_pretty(&truth).expect("truth holds text and sets of text");
            text.push('\n');
            terminal.console.print(&text)?;
            Ok(Exit::Success)
        }
        Some(SandboxCommand::Exports {
            world,
            out,
            variant,
        }) => {
            let world = World::generate(&spec(world)?);
            for path in write_exports(&world, named(EXPORT_VARIANTS, variant), out)? {
                terminal.console.print(&format!("{}\n", path.display()))?;
            }
            Ok(Exit::Success)
        }
        Some(SandboxCommand::Lists {
            world,
            out,
            variant,
        }) => {
            let world = World::generate(&spec(world)?);
            for flag in write_lists(&world, named(LIST_VARIANTS, variant), out)? {
                terminal.console.print(&format!("{flag}\n"))?;
            }
            let parameters = world.parameters().into_iter();
            let parameters =
                parameters.map(|(name, value)| format!(" --parameter '{name}={value}'"));
            terminal.console.note(&format!(
                "give each line with --input, and what only the organisation knows:{}\n",
                parameters.collect::<String>()
            ));
            Ok(Exit::Success)
        }
        Some(SandboxCommand::Attestations {
            world,
            out,
            variant,
            truth,
        }) => {
            let variant = named(PEOPLE_VARIANTS, variant);
            let world = World::generate(&spec(world)?);
            if *truth {
                let truth = sandbox::people::attested_truth(&world, variant);
                terminal.console.print(&super::console::pretty(&truth))?;
                return Ok(Exit::Success);
            }
            for path in write_attestations(&world, variant, out)? {
                terminal.console.print(&format!("{}\n", path.display()))?;
            }
            Ok(Exit::Success)
        }
        Some(SandboxCommand::Review {
            world,
            sheet,
            out,
            variant,
        }) => {
            let world = World::generate(&spec(world)?);
            let blank = std::fs::read(sheet).map_err(|error| unread("sheet", sheet, &error))?;
            let filled = sandbox::reviews::fill(&world, &blank, named(REVIEW_VARIANTS, variant))
                .map_err(|problem| Failure {
                    report: problem.into(),
                    exit: Exit::Usage,
                })?;
            std::fs::write(out, filled).map_err(|error| Failure::io("write", out, &error))?;
            terminal.console.print(&format!("{}\n", out.display()))?;
            Ok(Exit::Success)
        }
        None => serve(arguments, terminal),
    }
}

/// Writes what people of `world` attest into the folder `out`.
pub(super) fn write_attestations(
    world: &World,
    variant: PeopleVariant,
    out: &Path,
) -> Result<Vec<PathBuf>, Failure> {
    let evidence = out.join(EVIDENCE_FOLDER);
    std::fs::create_dir_all(&evidence).map_err(|error| Failure::io("create", &evidence, &error))?;
    let files = sandbox::people::attestations(world, variant).into_iter();
    files
        .map(|file| {
            let path = out.join(file.name);
            std::fs::write(&path, file.text)
                .map_err(|error| Failure::io("write", &path, &error))?;
            Ok(path)
        })
        .collect()
}

/// Writes the exports of `world` into the folder `out`.
pub(super) fn write_exports(
    world: &World,
    variant: ExportVariant,
    out: &Path,
) -> Result<Vec<PathBuf>, Failure> {
    std::fs::create_dir_all(out).map_err(|error| Failure::io("create", out, &error))?;
    let files = sandbox::exports::exports(world, variant).into_iter();
    files
        .map(|file| {
            let path = out.join(file.name);
            std::fs::write(&path, file.bytes)
                .map_err(|error| Failure::io("write", &path, &error))?;
            Ok(path)
        })
        .collect()
}

/// Writes the lists that the people of `world` keep into the folder `out`, and gives what `--input` takes of each.
fn write_lists(world: &World, variant: ListVariant, out: &Path) -> Result<Vec<String>, Failure> {
    std::fs::create_dir_all(out).map_err(|error| Failure::io("create", out, &error))?;
    let lists = world.given_lists(variant).into_iter();
    lists
        .map(|given| {
            let path = out.join(format!("{}.csv", given.list.name));
            std::fs::write(&path, given.list.csv())
                .map_err(|error| Failure::io("write", &path, &error))?;
            Ok(given.flag(&path.to_string_lossy()))
        })
        .collect()
}

/// What is called `name` in `known`.
fn named<V: Copy>(known: &[(&str, &str, V)], name: &str) -> V {
    let found = known.iter().find(|(known, _, _)| *known == name);
    found.expect("the parser of arguments takes only these").2
}

/// Serves until interrupted.
fn serve(arguments: &SandboxArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    if arguments.faults.iter().any(|fault| fault == "help") {
        terminal.console.print(&sandbox::fault_help())?;
        return Ok(Exit::Success);
    }
    let spec = spec(&arguments.world)?;
    let faults = arguments
        .faults
        .iter()
        .map(|text| text.parse())
        .collect::<Result<Vec<sandbox::Fault>, _>>()
        .map_err(|problem| {
            let help = problem.help().map(|help| help.to_string());
            Failure {
                report: miette::miette!(help = help.unwrap_or_default(), "{problem}"),
                exit: Exit::Usage,
            }
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
            "listening on {url}\nkey {SANDBOX_KEY}\norg {org}\n{}",
            scim_lines(server.world())
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
    let as_of = match world.as_of {
        Some(time) => time,
        None => start_of_today()?,
    };
    let kind = world
        .kind
        .as_deref()
        .map_or_else(WorldKind::default, |name| named(KINDS, name));
    Ok(WorldSpec {
        kind,
        ..WorldSpec::new(world.users, world.seed, as_of)
    })
}

/// The directories of identity providers, and the key to the one that has a key.
fn scim_lines(world: &World) -> String {
    let lines = world.scim_directories.iter().map(|directory| {
        let key = match directory.key {
            ScimKey::Known => format!("scim-key {SANDBOX_SCIM_KEY}\n"),
            ScimKey::Lost => String::new(),
        };
        let name = match directory.key {
            ScimKey::Known => "scim-directory",
            ScimKey::Lost => "scim-directory-without-key",
        };
        format!("{name} {}\n{key}", directory.id)
    });
    lines.collect()
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

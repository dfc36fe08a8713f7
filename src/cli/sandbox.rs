//! `tickmark sandbox`: the local organisation as a server, and what each control must find in it.

use super::args::{SandboxArguments, SandboxCommand, WorldArguments};
use super::exit::{Exit, Failure};
use super::{Terminal, block_on};
use crate::import::EVIDENCE_FOLDER;
use crate::sandbox::world::ScimKey;
use crate::sandbox::{
    self, EXPORT_VARIANTS, ExportVariant, KINDS, PEOPLE_VARIANTS, PeopleVariant, SANDBOX_KEY,
    SANDBOX_SCIM_KEY, ServerOptions, World, WorldKind, WorldSpec,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use miette::Diagnostic;
use std::path::{Path, PathBuf};

/// Runs `tickmark sandbox …`.
pub(super) fn run(arguments: &SandboxArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    match &arguments.command {
        Some(SandboxCommand::Truth { world, exports }) => {
            let world = World::generate(&spec(world)?);
            let truth = match exports {
                Some(name) => sandbox::truth_with(&world, variant(name)?),
                None => sandbox::truth(&world),
            };
            let mut text =
                serde_json::to_string_pretty(&truth).expect("truth holds text and sets of text");
            text.push('\n');
            terminal.console.print(&text)?;
            Ok(Exit::Success)
        }
        Some(SandboxCommand::Exports {
            world,
            out,
            variant: name,
        }) => {
            let variant = variant(name)?;
            let world = World::generate(&spec(world)?);
            for path in write_exports(&world, variant, out)? {
                terminal.console.print(&format!("{}\n", path.display()))?;
            }
            Ok(Exit::Success)
        }
        Some(SandboxCommand::Attestations {
            world,
            out,
            variant: name,
            truth,
        }) => {
            let variant = people_variant(name)?;
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

fn people_variant(name: &str) -> Result<PeopleVariant, Failure> {
    let found = PEOPLE_VARIANTS.iter().find(|(known, _, _)| *known == name);
    found.map(|(_, _, variant)| *variant).ok_or_else(|| {
        let known = PEOPLE_VARIANTS
            .iter()
            .map(|(name, about, _)| format!("{name} ({about})"));
        Failure::usage(
            format!("`{name}` is no variant of attestations"),
            format!("variants: {}", known.collect::<Vec<_>>().join(", ")),
        )
    })
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

fn variant(name: &str) -> Result<ExportVariant, Failure> {
    ExportVariant::named(name).ok_or_else(|| {
        let known = EXPORT_VARIANTS
            .iter()
            .map(|(name, about, _)| format!("{name} ({about})"));
        let known: Vec<String> = known.collect();
        Failure::usage(
            format!("no variant of exports is called `{name}`"),
            format!("variants: {}", known.join(", ")),
        )
    })
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
    let kind = match &world.kind {
        Some(name) => WorldKind::named(name).ok_or_else(|| Failure {
            report: miette::miette!(help = kinds(), "no kind of organisation is called `{name}`"),
            exit: Exit::Usage,
        })?,
        None => WorldKind::default(),
    };
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

fn kinds() -> String {
    let told = KINDS
        .iter()
        .map(|(name, about, _)| format!("{name} ({about})"));
    format!("kinds: {}", told.collect::<Vec<_>>().join(", "))
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

//! `tickmark demo`: the whole job on the sandbox organisation, over HTTP on the loopback interface.

use super::args::DemoArguments;
use super::assess::{Job, usual_outputs};
use super::exit::{Exit, Failure};
use super::settings::{GivenInput, GivenParameter, Judge, Origin, Setting};
use super::{Terminal, block_on, collect};
use crate::assemble::GivenExports;
use crate::audit_log::AskedPeriod;
use crate::collect::{ApiKey, CollectRequest, Limits, Start, SystemClock};
use crate::control::OrganizationPlan;
use crate::gate::FailOn;
use crate::import::ExportRequest;
use crate::import::ListOrigin;
use crate::sandbox::exports::exported_on;
use crate::sandbox::{self, ExportVariant, SANDBOX_KEY, ServerOptions, World, WorldSpec};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Marks a folder as made by `demo`, so that the next demo may replace what it holds.
const MARK: &str = ".tickmark-demo";

/// Folder of the exports.
const EXPORTS: &str = "exports";
/// Folder of the lists that the organisation's people keep.
const LISTS: &str = "lists";

/// Runs `tickmark demo`. It reports only: it ends with 0 whatever the controls conclude.
pub(super) fn run(arguments: &DemoArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let out = &arguments.out;
    clear(out)?;
    let world = Arc::new(World::generate(&WorldSpec::new(
        arguments.users,
        arguments.seed,
        collect::now(),
    )));
    let parameters: Result<Vec<_>, Failure> = world
        .parameters()
        .into_iter()
        .map(|(name, value)| {
            // JSON is YAML.
            let given = GivenParameter::read("demo", &format!("{name}={value}"))?;
            Ok(Setting::new(given, Origin::Flag("demo")))
        })
        .collect();
    let judge = Judge {
        parameters: parameters?,
        inputs: write_lists(&world, out)?,
        // Questions wait for people, and here there are none.
        profile: Some(Setting::new("baseline".to_owned(), Origin::Flag("demo"))),
        plan: Some(Setting::new(
            OrganizationPlan::GuardPremium,
            Origin::Flag("demo"),
        )),
        outputs: Setting::new(usual_outputs(out), Origin::Default),
        fail_on: Setting::new(FailOn::None, Origin::Default),
        ..Judge::defaults()
    };
    let job = Job::new(judge, None)?;
    // As an administrator would have downloaded them from the console.
    let files = super::sandbox::write_exports(&world, ExportVariant::Fresh, &out.join(EXPORTS))?;
    let requests: Vec<ExportRequest> = files
        .into_iter()
        .map(|path| ExportRequest {
            path,
            extracted_on: Some(exported_on(&world, ExportVariant::Fresh)),
        })
        .collect();
    let exports = GivenExports::read(&requests, Vec::new())?;
    let snapshot = block_on(async {
        let server = sandbox::Server::start(Arc::clone(&world), ServerOptions::default())
            .await
            .map_err(|error| Failure {
                report: miette::miette!("cannot start the sandbox organisation: {error}"),
                exit: Exit::Machine,
            })?;
        let request = CollectRequest {
            api_url: server.base_url(),
            org_id: server.org_id().to_owned(),
            key: ApiKey::new(SANDBOX_KEY).expect("the sandbox's key is a key"),
            scim_keys: sandbox::scim_keys(server.world()),
            out: out.join("snapshot"),
            start: Start::Anew,
            without: BTreeSet::new(),
            period: AskedPeriod::default(),
            ca_file: None,
            limits: Limits::default(),
            jitter_seed: arguments.seed,
            clock: &SystemClock,
        };
        let snapshot = collect::collect_with(&request, &exports, terminal.progress.as_ref()).await;
        server.stop().await;
        snapshot
    })?;
    job.judge(&snapshot, terminal)?;
    terminal.console.note(&format!(
        "\nopen {} in a browser; every name in it is made up\n",
        out.join("report.html").display()
    ));
    Ok(Exit::Success)
}

/// Writes the lists that the organisation's people keep, as they would give them.
fn write_lists(world: &World, out: &Path) -> Result<Vec<Setting<GivenInput>>, Failure> {
    let folder = out.join(LISTS);
    let failed = |error: std::io::Error| Failure::io("write to", &folder, &error);
    std::fs::create_dir_all(&folder).map_err(failed)?;
    world
        .lists()
        .into_iter()
        .map(|list| {
            let path = folder.join(format!("{}.csv", list.name));
            std::fs::write(&path, list.csv()).map_err(failed)?;
            let given = GivenInput {
                name: list.name.to_owned(),
                path,
                origin: ListOrigin {
                    owner: Some(list.owner.to_owned()),
                    ..ListOrigin::default()
                },
                schema: None,
            };
            Ok(Setting::new(given, Origin::Flag("demo")))
        })
        .collect()
}

/// Empties `out` if an earlier demo made it; refuses to touch anything else.
fn clear(out: &Path) -> Result<(), Failure> {
    let failed = |what: &'static str, path: &Path| {
        let path = path.to_owned();
        move |error: std::io::Error| Failure::io(what, &path, &error)
    };
    let is_there = out.try_exists().map_err(failed("read", out))?;
    if is_there {
        let is_empty = std::fs::read_dir(out)
            .map_err(failed("read", out))?
            .next()
            .is_none();
        if !is_empty && !out.join(MARK).is_file() {
            return Err(Failure::usage(
                format!("`{}` holds something that no demo made", out.display()),
                "name another folder with `--out`",
            ));
        }
        if !is_empty {
            for file in ["report.html", "report.md", "assessment.json"] {
                let path = out.join(file);
                match std::fs::remove_file(&path) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(Failure::io("remove", &path, &error));
                    }
                    Ok(()) | Err(_) => {}
                }
            }
            for name in ["snapshot", EXPORTS, LISTS] {
                let dir = out.join(name);
                if dir.exists() {
                    std::fs::remove_dir_all(&dir).map_err(failed("remove", &dir))?;
                }
            }
        }
    }
    std::fs::create_dir_all(out).map_err(failed("create", out))?;
    std::fs::write(
        out.join(MARK),
        "made by `tickmark demo`, which may replace it\n",
    )
    .map_err(failed("write", out))
}

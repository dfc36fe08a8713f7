//! `tickmark collect`: API -> snapshot.

mod dry_run;

use super::args::{CollectArguments, ExportArguments, ScopeArguments};
use super::exit::{Exit, Failure};
use super::missing::{require, unread};
use super::settings::{Api, KeySource, Origin, Settings};
use super::{Terminal, block_on};
use crate::assemble::{GivenExports, assemble_with};
use crate::collect::{
    ApiKey, COLLECTORS, Clock, CollectError, CollectRequest, Limits, ProbeRequest, Probes,
    ScimKeys, SystemClock, collect,
};
use crate::progress::Progress;
use crate::snapshot::{Completeness, RecordSource, Snapshot};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes of a key file that are read: a key is far shorter.
const KEY_FILE_BYTES_MAX: u64 = 64 << 10;

/// Runs `tickmark collect`.
pub(super) fn run(
    arguments: &CollectArguments,
    settings: &Settings,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let api = settings.api(&arguments.api, arguments.out.as_deref())?;
    if arguments.dry_run {
        return dry_run::run(arguments, &api, terminal);
    }
    let exports = read_exports(settings, &arguments.exports, &api)?;
    let snapshot = fetch(&api, &out(&api)?, &arguments.scope, &exports, terminal)?;
    terminal
        .console
        .print(&super::snapshot::description(&snapshot))?;
    Ok(completeness_exit(&snapshot))
}

/// The folder that a run writes to.
pub(super) fn out(api: &Api) -> Result<PathBuf, Failure> {
    match &api.out {
        Some(out) => Ok(out.value.clone()),
        None => Err(Failure::usage(
            "no folder to write to",
            "name one with `--out DIR`, TICKMARK_OUT, or `out:` of the organisation in tickmark.yaml",
        )),
    }
}

/// Id of the organisation that is meant.
pub(super) fn org_id(api: &Api) -> Result<&str, Failure> {
    api.org_id
        .as_ref()
        .map(|id| id.value.as_str())
        .ok_or_else(|| {
            Failure::usage(
                "no organisation",
                "name its id with `--org ID` or TICKMARK_ORG, or describe it under `organizations:` in tickmark.yaml; the id \
                 stands in the console's address: https://admin.atlassian.com/o/<id>/overview",
            )
        })
}

/// The smallest requests to the API that is meant.
pub(super) fn probe_request(api: &Api, which: Probes) -> Result<ProbeRequest<'static>, Failure> {
    Ok(ProbeRequest {
        api_url: api.api_url.value.clone(),
        org_id: org_id(api)?.to_owned(),
        key: read_key(&api.key.value)?,
        scim_keys: read_scim_keys(api)?,
        ca_file: ca_file(api)?,
        which,
        limits: Limits::default(),
        clock: &SystemClock,
    })
}

/// Reads the exports that flags or settings name: what is wrong with one is found before the API is asked.
pub(super) fn read_exports(
    settings: &Settings,
    flags: &ExportArguments,
    api: &Api,
) -> Result<GivenExports, Failure> {
    let given = settings.exports(flags, api.organization.as_ref())?;
    Ok(GivenExports::read(&given.requests(), given.taught())?)
}

/// The file of certificates that is meant, if any, which is there.
fn ca_file(api: &Api) -> Result<Option<PathBuf>, Failure> {
    let Some(file) = &api.ca_file else {
        return Ok(None);
    };
    require("file of certificates", &file.value)?;
    Ok(Some(file.value.clone()))
}

/// Fetches a snapshot into `out`.
pub(super) fn fetch(
    api: &Api,
    out: &Path,
    scope: &ScopeArguments,
    exports: &GivenExports,
    terminal: &Terminal,
) -> Result<Snapshot, Failure> {
    let request = CollectRequest {
        api_url: api.api_url.value.clone(),
        org_id: org_id(api)?.to_owned(),
        key: read_key(&api.key.value)?,
        scim_keys: read_scim_keys(api)?,
        out: out.to_owned(),
        start: scope.start(),
        without: known_datasets(&scope.without)?,
        period: scope.period().map_err(|(from, to)| {
            Failure::usage(
                format!("no event happened since {from} and before {to}"),
                "let `--events-to` name a later time than `--events-from`",
            )
        })?,
        ca_file: ca_file(api)?,
        limits: Limits::default(),
        jitter_seed: u64::from(std::process::id()),
        clock: &SystemClock,
    };
    block_on(collect_with(&request, exports, terminal.progress.as_ref()))
}

/// `names` as datasets that are asked for, and can be left out.
pub(super) fn known_datasets(names: &[String]) -> Result<BTreeSet<String>, Failure> {
    let asked_for = |name: &str| COLLECTORS.iter().any(|collector| collector.dataset == name);
    names
        .iter()
        .map(|name| {
            let dataset = super::datasets::known(name)?;
            match asked_for(name) {
                true => Ok(dataset.name.to_owned()),
                false => Err(Failure::usage(
                    format!("`{name}` is made from the records of other datasets"),
                    format!(
                        "leave out what it is made from: {}",
                        dataset.sources[0].request
                    ),
                )),
            }
        })
        .collect()
}

/// Collects and assembles.
pub(super) async fn collect_with(
    request: &CollectRequest<'_>,
    exports: &GivenExports,
    progress: &dyn Progress,
) -> Result<Snapshot, Failure> {
    let raw = collect(request, progress).await?;
    Ok(assemble_with(raw, exports, progress)?)
}

/// 0 if every dataset that was asked for is whole, and every source of it, else 3.
fn completeness_exit(snapshot: &Snapshot) -> Exit {
    let is_settled =
        |state: &Completeness| state.is_whole() || *state == Completeness::NotRequested;
    let is_whole = snapshot.manifest().datasets.values().all(|dataset| {
        let mut sources = dataset.sources.iter();
        is_settled(&dataset.completeness) && sources.all(|source| is_settled(&source.completeness))
    });
    if is_whole {
        Exit::Success
    } else {
        Exit::Incomplete
    }
}

/// Whether there is a key to read.
fn has_key(source: &KeySource) -> bool {
    match source {
        KeySource::File(_) => true,
        KeySource::Variable(name) => std::env::var_os(name).is_some(),
    }
}

/// The key from a file, from stdin (`-`), or from a variable. Never from an argument, which other users of
/// this machine could see.
fn read_key(source: &KeySource) -> Result<ApiKey, Failure> {
    let text = match source {
        KeySource::File(path) if path == Path::new("-") => {
            read_text(std::io::stdin().lock(), path)?
        }
        KeySource::File(path) => {
            let file = std::fs::File::open(path)
                .map_err(|error| unread("key file", path, &error))?;
            read_text(file, path)?
        }
        KeySource::Variable(name) => std::env::var(name).map_err(|_| {
            Failure::usage(
                "no API key",
                format!(
                    "set {name}, or name a file with `--key-file` (`-` is stdin); a key is made at admin.atlassian.com > \
                     Organization settings > API keys, with read scopes only"
                ),
            )
        })?,
    };
    ApiKey::new(text.trim()).map_err(|error| Failure {
        report: error.into(),
        exit: Exit::Usage,
    })
}

/// The keys of provisioning directories, from a file, from stdin, or from a variable; none if nobody named a place
/// and the variable for them is not set.
fn read_scim_keys(api: &Api) -> Result<ScimKeys, Failure> {
    let stdin = Path::new("-");
    let is_stdin = |source: &KeySource| matches!(source, KeySource::File(path) if path == stdin);
    let source = &api.scim_keys.value;
    if is_stdin(source) && is_stdin(&api.key.value) {
        return Err(Failure::usage(
            "stdin holds one secret",
            "give the API key or the SCIM keys in a file, or in ATLASSIAN_API_KEY or ATLASSIAN_SCIM_KEYS",
        ));
    }
    let text = match source {
        KeySource::File(path) if path == stdin => read_text(std::io::stdin().lock(), path)?,
        KeySource::File(path) => {
            let file = std::fs::File::open(path)
                .map_err(|error| unread("file of SCIM keys", path, &error))?;
            read_text(file, path)?
        }
        KeySource::Variable(name) => match std::env::var(name) {
            Ok(text) => text,
            Err(std::env::VarError::NotPresent) if api.scim_keys.origin == Origin::Default => {
                return Ok(ScimKeys::none());
            }
            Err(std::env::VarError::NotPresent) => {
                return Err(Failure::usage(
                    format!("no SCIM keys: {name} is not set ({})", api.scim_keys.origin),
                    format!(
                        "set {name} to one DIRECTORY=KEY for each directory, or leave `scim_keys_env` out: no directory is then asked"
                    ),
                ));
            }
            Err(std::env::VarError::NotUnicode(_)) => {
                return Err(Failure::usage(
                    format!("{name} is not text"),
                    "write one DIRECTORY=KEY for each directory, separated by spaces or line ends",
                ));
            }
        },
    };
    text.parse()
        .map_err(|error: crate::collect::ScimKeysError| Failure {
            report: error.into(),
            exit: Exit::Usage,
        })
}

fn read_text(reader: impl Read, path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    reader
        .take(KEY_FILE_BYTES_MAX)
        .read_to_string(&mut text)
        .map_err(|error| Failure::io("read the key file", path, &error))?;
    Ok(text)
}

impl From<CollectError> for Failure {
    fn from(error: CollectError) -> Failure {
        let exit = match &error {
            CollectError::KeyRefused { .. } => Exit::KeyRefused,
            CollectError::Unreachable { .. } | CollectError::ConnectionLost { .. } => {
                Exit::Unreachable
            }
            CollectError::Snapshot(_) => {
                let CollectError::Snapshot(error) = error else {
                    unreachable!("matched just above")
                };
                return error.into();
            }
            CollectError::NoClient { .. } => Exit::Machine,
            CollectError::ApiUrl { .. }
            | CollectError::OrgId { .. }
            | CollectError::CaFile { .. }
            | CollectError::OtherRun { .. }
            | CollectError::OtherRequests { .. }
            | CollectError::Busy { .. } => Exit::Usage,
            CollectError::NotAllowed { .. } => Exit::Machine,
        };
        Failure {
            report: error.into(),
            exit,
        }
    }
}

/// The present, in whole seconds.
pub(super) fn now() -> jiff::Timestamp {
    let now = SystemClock.now();
    jiff::Timestamp::from_second(now.as_second()).expect("the present is a time that jiff can hold")
}

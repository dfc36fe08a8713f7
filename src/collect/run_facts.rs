//! `raw/run.json`: what a run was asked, written before its first request, so that whoever resumes it
//! asks the same, of the same organisation.

use super::{CollectError, CollectRequest};
use crate::audit_log::AskedPeriod;
use crate::snapshot::{SnapshotError, SnapshotWriter, Tool, replace_json};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// Format of the facts that this version writes.
const FORMAT: &str = "tickmark.run/1";

/// What a run was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunFacts {
    /// Format of this file.
    format: String,
    /// The program that began the run.
    pub tool: Tool,
    /// Id of the organisation.
    pub org_id: String,
    /// Address of the API, without credentials.
    pub api_url: String,
    /// When the run began.
    pub started_at: Timestamp,
    /// Datasets that were left out on request.
    pub without: BTreeSet<String>,
    /// Provisioning directories that a key was given for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scim_directories: Vec<String>,
    /// The period whose audit events were asked for.
    #[serde(default)]
    pub period: AskedPeriod,
}

/// The right to write to the folder of a run, held as long as this lives.
#[derive(Debug)]
pub(super) struct RunLock {
    _file: File,
}

impl RunFacts {
    /// The facts of a run that begins now.
    pub(super) fn new(request: &CollectRequest<'_>, started_at: Timestamp) -> RunFacts {
        RunFacts {
            format: FORMAT.to_owned(),
            tool: Tool::this(),
            org_id: request.org_id.clone(),
            api_url: request.api_url.clone(),
            started_at,
            without: request.without.clone(),
            scim_directories: request.scim_keys.directories(),
            period: request.period.clone(),
        }
    }

    /// Reads the facts of the run in `dir`; `None` if it was stopped before it had written them.
    ///
    /// # Errors
    /// The file cannot be read, or is not what this version writes.
    pub fn read(dir: &Path) -> Result<Option<RunFacts>, SnapshotError> {
        let path = facts_path(dir);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(SnapshotError::io("read", &path)(error)),
        };
        let malformed = |problem: String| SnapshotError::Malformed {
            path: path.clone(),
            problem,
        };
        let facts: RunFacts =
            serde_json::from_slice(&bytes).map_err(|error| malformed(error.to_string()))?;
        if facts.format != FORMAT {
            let problem = format!(
                "its format is `{}`, this version reads `{FORMAT}`",
                facts.format
            );
            return Err(malformed(problem));
        }
        Ok(Some(facts))
    }

    /// Writes the facts, whole or not at all.
    pub(super) fn write(&self, writer: &SnapshotWriter) -> Result<(), SnapshotError> {
        replace_json(&facts_path(writer.dir()), self)
    }

    /// Refuses to go on with a run that asked something else.
    pub(super) fn must_match(&self, asked: &RunFacts, dir: &Path) -> Result<(), CollectError> {
        let without = |facts: &RunFacts| match facts.without.is_empty() {
            true => "all datasets".to_owned(),
            false => {
                let names: Vec<&str> = facts.without.iter().map(String::as_str).collect();
                format!("all but {}", names.join(", "))
            }
        };
        let scim = |facts: &RunFacts| match facts.scim_directories.is_empty() {
            true => "none".to_owned(),
            false => facts.scim_directories.join(", "),
        };
        for (what, began, now) in [
            ("organisation", self.org_id.clone(), asked.org_id.clone()),
            ("API address", self.api_url.clone(), asked.api_url.clone()),
            ("datasets", without(self), without(asked)),
            ("SCIM directories", scim(self), scim(asked)),
            (
                "the period",
                self.period.to_string(),
                asked.period.to_string(),
            ),
        ] {
            if began != now {
                return Err(CollectError::OtherRun {
                    path: dir.to_owned(),
                    what,
                    began,
                    asked: now,
                });
            }
        }
        Ok(())
    }
}

impl RunLock {
    /// Keeps every other run out of the folder.
    ///
    /// # Errors
    /// Another run is writing to it.
    pub fn take(dir: &Path) -> Result<RunLock, CollectError> {
        let path = facts_path(dir);
        let file = File::open(&path).map_err(SnapshotError::io("read", &path))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Err(CollectError::Busy {
                path: dir.to_owned(),
            }),
            // Some network file systems have no locks: two runs in one folder are then the user's care.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(RunLock { _file: file }),
        }
    }
}

/// Path of the facts below the folder of a run.
pub(super) fn facts_path(dir: &Path) -> PathBuf {
    dir.join("raw").join("run.json")
}

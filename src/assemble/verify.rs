//! A snapshot held against itself: every digest, and the datasets made again from the answers.

use super::{Facts, build};
use crate::progress::Silent;
use crate::snapshot::{RecordSource, Snapshot, SnapshotError, SnapshotWriter};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Names that are tried for the folder that a snapshot is made again in.
const FOLDER_NAMES_MAX: u32 = 1000;

/// How a snapshot compares with what its own answers give.
#[derive(Debug)]
pub struct Verified {
    /// Files of the second assembly, relative to the snapshot's folder.
    pub files: BTreeSet<PathBuf>,
    /// Those that are not the same bytes, or are there only once.
    pub differing: BTreeSet<PathBuf>,
}

/// Assembles the answers in `raw/` once more, in a temporary folder, and compares every file with the
/// snapshot's.
///
/// The digests only say that files are what the manifest names, and whoever changes a record can write a
/// manifest that fits. This says that the records are what the answers give. It does not say that the
/// answers came from the API: a seal does.
///
/// # Errors
/// A journal cannot be read, or the temporary folder cannot be written.
pub fn verify(snapshot: &Snapshot) -> Result<Verified, SnapshotError> {
    let scratch = Scratch::create()?;
    let manifest = snapshot.manifest();
    let facts = Facts {
        format: snapshot.format(),
        parent: manifest.parent.clone(),
        exports: super::child::stated_again(snapshot)?,
        tool: manifest.tool.clone(),
        org_id: manifest.organization.id.clone(),
        api_url: manifest.api_url.clone(),
        from: manifest.collected.from,
        to: manifest.collected.to,
    };
    let writer = SnapshotWriter::create(&scratch.0)?;
    build(snapshot.dir(), writer, facts, &Silent)?;
    let made_again = files_of(&scratch.0)?;
    let mut differing = BTreeSet::new();
    for name in made_again.union(&files_of(snapshot.dir())?) {
        if !same_bytes(&scratch.0.join(name), &snapshot.dir().join(name))? {
            differing.insert(name.clone());
        }
    }
    Ok(Verified {
        files: made_again,
        differing,
    })
}

/// The files that assembly makes, relative to `dir`.
fn files_of(dir: &Path) -> Result<BTreeSet<PathBuf>, SnapshotError> {
    let mut files = BTreeSet::from(["manifest.json".into(), "sources.json".into()]);
    let datasets = dir.join("datasets");
    let entries = fs::read_dir(&datasets).map_err(SnapshotError::io("read", &datasets))?;
    for entry in entries {
        let entry = entry.map_err(SnapshotError::io("read", &datasets))?;
        files.insert(Path::new("datasets").join(entry.file_name()));
    }
    Ok(files)
}

fn same_bytes(one: &Path, other: &Path) -> Result<bool, SnapshotError> {
    let digest = |path: &Path| match crate::snapshot::sha256_file(path) {
        Ok(digest) => Ok(Some(digest)),
        Err(SnapshotError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            Ok(None)
        }
        Err(error) => Err(error),
    };
    Ok(digest(one)? == digest(other)?)
}

/// A folder that is removed again.
struct Scratch(PathBuf);

impl Scratch {
    fn create() -> Result<Scratch, SnapshotError> {
        let base = std::env::temp_dir();
        let id = std::process::id();
        for number in 0..FOLDER_NAMES_MAX {
            let path = base.join(format!("tickmark-verify-{id}-{number}"));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Scratch(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(SnapshotError::io("create", &path)(error)),
            }
        }
        let taken = io::Error::from(io::ErrorKind::AlreadyExists);
        Err(SnapshotError::io("create", base.join("tickmark-verify"))(
            taken,
        ))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed stays in the folder for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

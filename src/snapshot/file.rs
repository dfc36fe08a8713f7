//! Files of a snapshot: made for their owner alone, written whole or not at all, known by their digests.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::SnapshotError;
use crate::value::{hex, sha256_hex};

/// SHA-256 of the file at `path`, lower-case hexadecimal.
///
/// # Errors
/// The file cannot be read.
pub fn sha256_file(path: &Path) -> Result<String, SnapshotError> {
    require_file(path)?;
    let mut file = File::open(path).map_err(SnapshotError::io("read", path))?;
    let mut hasher = Sha256::new();
    let mut block = vec![0; 256 << 10];
    loop {
        let length = file
            .read(&mut block)
            .map_err(SnapshotError::io("read", path))?;
        if length == 0 {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(&block[..length]);
    }
}

/// Creates a file that only its owner may read; fails if it exists.
pub(crate) fn create_private(path: &Path) -> Result<File, SnapshotError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
        .open(path)
        .map_err(SnapshotError::io("create", path))
}

/// Creates a folder that only its owner may read, and those above it that are not there.
pub(super) fn create_private_dir(path: &Path) -> Result<(), SnapshotError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder
        .create(path)
        .map_err(SnapshotError::io("create", path))
}

/// Writes `value` as JSON for people, makes it durable, and returns its SHA-256.
pub(super) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<String, SnapshotError> {
    let mut text = serde_json::to_string_pretty(value)
        .expect("manifest, frame list and sources hold only text keys and finite numbers");
    text.push('\n');
    let mut file = create_private(path)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(SnapshotError::io("write", path))?;
    Ok(sha256_hex(text.as_bytes()))
}

/// Writes `value` as JSON for people to `path`, which then holds the whole of it or what it held before.
pub(crate) fn replace_json<T: Serialize>(path: &Path, value: &T) -> Result<(), SnapshotError> {
    let temporary = path.with_extension("json.part");
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(SnapshotError::io("remove", &temporary)(error));
        }
        Ok(()) | Err(_) => {}
    }
    write_json(&temporary, value)?;
    fs::rename(&temporary, path).map_err(SnapshotError::io("write", path))
}

/// The bytes of a file. Refuses what is none: a pipe or a device would block, or never end.
pub(super) fn require_file(path: &Path) -> Result<u64, SnapshotError> {
    let metadata = fs::metadata(path).map_err(SnapshotError::io("read", path))?;
    if !metadata.is_file() {
        return Err(SnapshotError::Malformed {
            path: path.to_owned(),
            problem: "it is no regular file".to_owned(),
        });
    }
    Ok(metadata.len())
}

//! The file that an answer rests on: where it may lie, and its digest.

use crate::value::hex;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// Bytes that a file of evidence may have.
pub const EVIDENCE_BYTES_MAX: u64 = 64 << 20;

/// What is wrong, and what to do.
pub(super) type Refusal = (String, &'static str);

/// The file that `text` names from the folder `from`: a file itself, inside `folder`, and by no link.
pub(super) fn within(folder: &Path, from: &Path, text: &str) -> Result<PathBuf, Refusal> {
    const INSIDE: &str = "keep the file in the folder of attestations, and name it from the attestation's own folder";
    let mut path = from.to_owned();
    for part in Path::new(text).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err((format!("`{text}` leads out of its folder"), INSIDE));
            }
        }
        let is_link = path.starts_with(folder)
            && std::fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink());
        if is_link {
            return Err((
                format!("`{text}` is reached by a link"),
                "keep the file itself there",
            ));
        }
    }
    match std::fs::symlink_metadata(&path) {
        Ok(found) if !found.is_file() => Err((format!("`{text}` is no file"), "name a file")),
        Ok(found) if found.len() == 0 => Err((
            format!("`{text}` holds nothing"),
            "keep a file that shows what was answered",
        )),
        Ok(_) => Ok(path),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err((format!("there is no file `{text}`"), INSIDE))
        }
        Err(error) => Err((
            format!("`{text}` cannot be read: {error}"),
            "make it readable",
        )),
    }
}

/// Size and SHA-256 of the file at `path`.
pub(super) fn digest_of(path: &Path) -> Result<(u64, String), Refusal> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let failed = |error: std::io::Error| {
        (
            format!("`{name}` cannot be read: {error}"),
            "make it readable",
        )
    };
    let mut file = File::open(path)
        .map_err(failed)?
        .take(EVIDENCE_BYTES_MAX + 1);
    let mut hasher = Sha256::new();
    let mut block = vec![0; 256 << 10];
    let mut bytes = 0;
    loop {
        let length = file.read(&mut block).map_err(failed)?;
        if length == 0 {
            break;
        }
        bytes += length as u64;
        hasher.update(&block[..length]);
    }
    if bytes > EVIDENCE_BYTES_MAX {
        return Err((
            format!("`{name}` has more than {EVIDENCE_BYTES_MAX} bytes"),
            "keep a smaller file: a screenshot, or the part of an export that shows it",
        ));
    }
    Ok((bytes, hex(&hasher.finalize())))
}

//! `tickmark snapshot verify`: what it accepts, and what it finds.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use sha2::{Digest, Sha256};

use crate::organization::{snapshot, stable_options, world};

fn verify(dir: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tickmark"))
        .args(["snapshot", "verify"])
        .arg(dir)
        .env_clear()
        .output()
        .expect("the program starts")
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Rewrites the file at `path` in place.
fn edit(path: &Path, change: impl FnOnce(String) -> String) {
    let text = fs::read_to_string(path).expect("a text file");
    fs::write(path, change(text)).expect("writable");
}

#[test]
fn an_unchanged_snapshot_is_verified() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("s");
    snapshot(&world(30, 1), stable_options(), &path);
    let output = verify(&path);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("verified      the datasets are what"));
    // It leaves nothing behind and changes nothing.
    assert_eq!(verify(&path).status.code(), Some(0));
}

#[test]
fn a_damaged_file_is_named_and_ends_with_6() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("s");
    snapshot(&world(30, 1), stable_options(), &path);
    let journal = path.join("raw/domains.jsonl.zst");
    let mut bytes = fs::read(&journal).expect("a journal");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&journal, bytes).expect("writable");
    fs::remove_file(path.join("datasets/groups.jsonl.zst")).expect("it is there");
    let output = verify(&path);
    assert_eq!(output.status.code(), Some(6), "{}", text(&output));
    let told = text(&output);
    assert!(
        told.contains("raw/domains.jsonl.zst` was changed or damaged"),
        "{told}"
    );
    assert!(
        told.contains("cannot read") && told.contains("groups.jsonl.zst"),
        "{told}"
    );
}

#[test]
fn a_record_that_was_changed_with_a_manifest_that_fits_is_found() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("s");
    snapshot(&world(30, 1), stable_options(), &path);
    // Whoever forges a record also makes frames, frame list and manifest agree with it.
    let data = path.join("datasets/domains.jsonl.zst");
    let old = fs::read(&data).expect("a dataset");
    let records = zstd::decode_all(&old[..]).expect("frames");
    let records = String::from_utf8(records).expect("text");
    let forged = records.replacen("unverified", "verified", 1);
    assert_ne!(forged, records, "there is something to forge");
    let new = zstd::bulk::compress(forged.as_bytes(), 3).expect("a frame");
    fs::write(&data, &new).expect("writable");
    let frames = path.join("datasets/domains.frames.json");
    let old_frames = sha256(&fs::read(&frames).expect("a list"));
    edit(&frames, |list| {
        list.replace(&sha256(&old), &sha256(&new))
            .replace(
                &format!("\"bytes\": {}", old.len()),
                &format!("\"bytes\": {}", new.len()),
            )
            .replace(
                &format!("\"text_bytes\": {}", records.len()),
                &format!("\"text_bytes\": {}", forged.len()),
            )
    });
    let new_frames = sha256(&fs::read(&frames).expect("a list"));
    edit(&path.join("manifest.json"), |manifest| {
        manifest
            .replace(&sha256(&old), &sha256(&new))
            .replace(&old_frames, &new_frames)
    });
    let output = verify(&path);
    let told = text(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("  datasets/domains.jsonl.zst differs"),
        "{told}"
    );
    assert!(told.contains("  manifest.json differs"), "{told}");
}

#[test]
fn times_of_a_frame_that_were_changed_with_a_manifest_that_fits_are_found() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("s");
    snapshot(&world(30, 1), stable_options(), &path);
    let frames = path.join("datasets/events.frames.json");
    let old = sha256(&fs::read(&frames).expect("a list"));
    edit(&frames, |list| {
        let (before, rest) = list.split_once("\"least\": \"").expect("a time");
        let (_, behind) = rest.split_once('"').expect("its end");
        format!("{before}\"least\": \"2001-01-01T00:00:00Z\"{behind}")
    });
    let new = sha256(&fs::read(&frames).expect("a list"));
    assert_ne!(old, new, "there is something to change");
    edit(&path.join("manifest.json"), |manifest| {
        manifest.replace(&old, &new)
    });
    let output = verify(&path);
    let told = text(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("  datasets/events.frames.json differs"),
        "{told}"
    );
}

use super::store::journal_path;
use super::*;
use crate::catalog;
use crate::catalog::Dataset;
use crate::value::sha256_hex;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn domains() -> &'static Dataset {
    catalog::dataset("domains").expect("the catalog has domains")
}

/// Writes a snapshot with `count` domains into `dir`.
fn write(dir: &Path, count: usize) -> Snapshot {
    let writer = SnapshotWriter::create(dir).expect("an empty folder");
    let mut manifest = MemorySource::new("2026-11-20T06:00:00Z".parse().expect("a time"))
        .manifest()
        .clone();
    let mut data = DatasetWriter::create(dir, domains()).expect("a new file");
    let filler = "x".repeat(1000);
    for number in 0..count {
        let id = format!("d{number:06}");
        data.push(&id, &format!(r#"{{"id":"{id}","name":"{filler}"}}"#))
            .expect("ascending");
    }
    let written = data.finish().expect("a writable folder");
    let entry = manifest
        .datasets
        .remove("domains")
        .expect("a statement for every dataset");
    manifest
        .datasets
        .insert("domains".to_owned(), entry.of_file(written));
    manifest.sources_sha256 = writer
        .write_provenance(&Provenance::default())
        .expect("a writable folder");
    writer.finish(&manifest).expect("a writable folder")
}

fn lines(snapshot: &Snapshot) -> Vec<String> {
    let mut text = String::new();
    let mut lines = Vec::new();
    for index in 0..snapshot.frame_count("domains") {
        snapshot
            .read_frame("domains", index, &mut text)
            .expect("an unchanged frame");
        lines.extend(text.lines().map(str::to_owned));
    }
    lines
}

#[test]
fn what_is_written_is_read_back_over_several_frames() {
    let dir = tempfile::tempdir().expect("a folder");
    let snapshot = write(&dir.path().join("s"), 9000);
    assert!(snapshot.frame_count("domains") > 1);
    let lines = lines(&snapshot);
    assert_eq!(lines.len(), 9000);
    assert!(lines.is_sorted());
    snapshot.verify_digests().expect("nothing was changed");
}

#[test]
fn the_digest_of_the_manifest_is_the_digest_of_the_snapshot() {
    let dir = tempfile::tempdir().expect("a folder");
    let snapshot = write(&dir.path().join("s"), 3);
    let bytes = fs::read(snapshot.dir().join("manifest.json")).expect("a manifest");
    assert_eq!(snapshot.digest(), sha256_hex(&bytes));
}

#[test]
fn the_same_records_give_the_same_bytes() {
    let dir = tempfile::tempdir().expect("a folder");
    let one = write(&dir.path().join("one"), 5000);
    let two = write(&dir.path().join("two"), 5000);
    assert_eq!(one.digest(), two.digest());
}

#[test]
fn one_changed_byte_in_a_frame_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let snapshot = write(&dir.path().join("s"), 10);
    let path = snapshot.dir().join("datasets/domains.jsonl.zst");
    let mut bytes = fs::read(&path).expect("records");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, bytes).expect("a writable file");
    let error = snapshot
        .read_frame("domains", 0, &mut String::new())
        .expect_err("the digest differs");
    assert!(matches!(error, SnapshotError::Digest { .. }), "{error}");
    assert!(snapshot.verify_digests().is_err());
}

#[test]
fn a_changed_frame_list_is_refused_on_opening() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("s");
    write(&path, 10);
    let list = path.join("datasets/domains.frames.json");
    let text = fs::read_to_string(&list).expect("a frame list");
    fs::write(&list, text.replace("\"records\": 10", "\"records\": 9")).expect("writable");
    let error = Snapshot::open(&path).expect_err("the digest differs");
    assert!(matches!(error, SnapshotError::Digest { .. }), "{error}");
}

#[test]
fn a_folder_without_a_manifest_is_an_unfinished_run() {
    let dir = tempfile::tempdir().expect("a folder");
    SnapshotWriter::create(&dir.path().join("s")).expect("an empty folder");
    let error = Snapshot::open(&dir.path().join("s")).expect_err("nothing finished it");
    assert!(matches!(error, SnapshotError::Unfinished { .. }), "{error}");
}

#[test]
fn a_folder_that_holds_something_is_never_written_over() {
    let dir = tempfile::tempdir().expect("a folder");
    write(&dir.path().join("s"), 1);
    let error = SnapshotWriter::create(&dir.path().join("s")).expect_err("it is taken");
    assert!(matches!(error, SnapshotError::Occupied { .. }), "{error}");
}

#[test]
fn records_out_of_order_or_twice_are_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let writer = SnapshotWriter::create(&dir.path().join("s")).expect("an empty folder");
    let mut data = DatasetWriter::create(writer.dir(), domains()).expect("a new file");
    data.push("b", "{\"id\":\"b\"}").expect("the first");
    assert!(data.push("b", "{\"id\":\"b\"}").is_err());
    assert!(data.push("a", "{\"id\":\"a\"}").is_err());
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_a_snapshot() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a folder");
    let snapshot = write(&dir.path().join("s"), 1);
    for name in [
        "manifest.json",
        "sources.json",
        "datasets/domains.jsonl.zst",
    ] {
        let mode = fs::metadata(snapshot.dir().join(name))
            .expect("a file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn records_in_memory_are_canonical_lines_in_order_of_id() {
    let mut source = MemorySource::new("2026-11-20T06:00:00Z".parse().expect("a time"));
    source.set_records(
        domains(),
        &[
            serde_json::json!({"name": "b.example", "id": "2", "not_in_catalog": 1}),
            serde_json::json!({"claim_type": null, "id": "1"}),
        ],
    );
    let mut text = String::new();
    source.read_frame("domains", 0, &mut text).expect("memory");
    assert_eq!(
        text,
        "{\"id\":\"1\",\"claim_type\":null}\n{\"id\":\"2\",\"name\":\"b.example\"}\n"
    );
    assert_eq!(source.manifest().datasets["domains"].records, 2);
}

#[test]
fn a_changed_journal_is_found_by_verify() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("s");
    let writer = SnapshotWriter::create(&path).expect("an empty folder");
    fs::write(journal_path(&path, "domains"), b"one").expect("writable");
    let mut manifest = MemorySource::new("2026-11-20T06:00:00Z".parse().expect("a time"))
        .manifest()
        .clone();
    manifest.journal = BTreeMap::from([(
        "domains".to_owned(),
        JournalStatement {
            responses: 1,
            sha256: sha256_hex(b"one"),
        },
    )]);
    manifest.sources_sha256 = writer
        .write_provenance(&Provenance::default())
        .expect("writable");
    let snapshot = writer.finish(&manifest).expect("writable");
    snapshot.verify_digests().expect("nothing was changed");
    fs::write(journal_path(&path, "domains"), b"two").expect("writable");
    assert!(snapshot.verify_digests().is_err());
}

#[test]
fn sources_that_were_changed_or_removed_are_refused_on_opening() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("s");
    write(&path, 10);
    fs::write(path.join("sources.json"), "{}").expect("writable");
    let error = Snapshot::open(&path).expect_err("the digest differs");
    assert!(matches!(error, SnapshotError::Digest { .. }), "{error}");
    fs::remove_file(path.join("sources.json")).expect("removable");
    assert!(Snapshot::open(&path).is_err());
}

#[test]
fn what_is_no_regular_file_is_never_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("s");
    let snapshot = write(&path, 10);
    let data = path.join("datasets/domains.jsonl.zst");
    fs::remove_file(&data).expect("removable");
    fs::create_dir(&data).expect("writable");
    let error = snapshot
        .read_frame("domains", 0, &mut String::new())
        .expect_err("a folder holds no frames");
    assert!(matches!(error, SnapshotError::Malformed { .. }), "{error}");
    assert!(snapshot.verify_digests().is_err());
}

#[test]
fn a_folder_above_a_snapshot_is_told_where_it_is() {
    let dir = tempfile::tempdir().expect("a folder");
    write(&dir.path().join("snapshot"), 1);
    let error = Snapshot::open(dir.path()).expect_err("no manifest here");
    let SnapshotError::Unfinished { help, .. } = error else {
        panic!("{error}")
    };
    assert!(help.contains("did you mean"), "{help}");
}

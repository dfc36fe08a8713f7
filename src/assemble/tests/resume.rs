//! Runs that were interrupted, and what becomes of them.

use super::records::*;
use super::runs::*;
use super::server::*;
use super::world::World;
use crate::assemble::assemble;
use crate::collect::{COLLECTORS, CollectError, Limits, Start};
use crate::progress::Silent;
use crate::snapshot::{RecordSource, Snapshot, journal_path};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

type Files = BTreeMap<PathBuf, Vec<u8>>;

fn write(dir: &Path, files: &Files) {
    for (name, bytes) in files {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        fs::write(path, bytes).expect("writable");
    }
}

/// Collects into `dir`, goes on with what is there, and assembles.
async fn go_on(dir: &Path, url: &str) -> Result<Snapshot, CollectError> {
    let raw = collect_as(dir, url, Start::Resume, Limits::default(), &Silent).await?;
    Ok(assemble(raw, &Silent).expect("journals that were just written"))
}

/// A server of `world` and the files of a run that nothing interrupted.
async fn uninterrupted(world: World) -> (Server, Files) {
    let server = Server::start(world, ORG).await;
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("s");
    let raw = collect_into(&path, &server.url, Limits::default(), &Silent).await;
    assemble(raw.expect("a run"), &Silent).expect("a snapshot");
    (server, files(&path))
}

/// Ends of the lines of a journal: each line is a frame of its own.
fn line_ends(journal: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut start = 0;
    while start < journal.len() {
        start += zstd::zstd_safe::find_frame_compressed_size(&journal[start..]).expect("a frame");
        ends.push(start);
    }
    ends
}

fn is_journal(name: &Path) -> bool {
    name.starts_with("raw") && name.extension().is_some_and(|extension| extension == "zst")
}

/// What a run leaves that was killed before it assembled.
fn raw_only(files: &Files) -> Files {
    let raw = files.iter().filter(|(name, _)| name.starts_with("raw"));
    raw.map(|(name, bytes)| (name.clone(), bytes.clone()))
        .collect()
}

#[test]
fn a_run_killed_at_any_write_of_any_journal_comes_out_the_same_when_it_is_resumed() {
    block_on(async {
        let (server, whole) = uninterrupted(World::new()).await;
        let mut left_behind: Vec<(String, Files)> = Vec::new();
        let journals = || whole.iter().filter(|(name, _)| is_journal(name));
        for (name, bytes) in journals() {
            let mut start = 0;
            for end in line_ends(bytes) {
                // At a line's start, after its first byte, and one byte before it was whole.
                for cut in [start, start + 1, end - 1] {
                    let mut files = raw_only(&whole);
                    files.insert(name.clone(), bytes[..cut].to_vec());
                    left_behind.push((format!("{} cut at {cut}", name.display()), files));
                }
                start = end;
            }
        }
        // All of them at once, after the same number of lines; and none of them begun.
        for lines in 0..5 {
            let mut files = raw_only(&whole);
            for (name, bytes) in journals() {
                let ends = line_ends(bytes);
                let cut = [0].iter().chain(&ends).nth(lines).copied();
                files.insert(name.clone(), bytes[..cut.unwrap_or(bytes.len())].to_vec());
            }
            left_behind.push((format!("every journal after {lines} lines"), files));
        }
        let mut only_facts = raw_only(&whole);
        only_facts.retain(|name, _| !is_journal(name));
        left_behind.push(("only the facts of the run".to_owned(), only_facts));
        left_behind.push(("nothing".to_owned(), Files::new()));
        assert!(left_behind.len() > 80, "{}", left_behind.len());
        for (what, left) in left_behind {
            let dir = tempfile::tempdir().expect("a folder");
            write(dir.path(), &left);
            let snapshot = go_on(dir.path(), &server.url).await;
            assert!(snapshot.is_ok(), "{what}: {snapshot:?}");
            assert!(files(dir.path()) == whole, "{what}");
        }
    });
}

#[test]
fn a_run_killed_while_it_assembled_is_assembled_again() {
    block_on(async {
        let (server, whole) = uninterrupted(World::new()).await;
        let dir = tempfile::tempdir().expect("a folder");
        let mut left = whole.clone();
        let manifest = left
            .remove(Path::new("manifest.json"))
            .expect("it is there");
        left.insert("manifest.json.part".into(), manifest[..40].to_vec());
        left.insert("datasets/accounts.jsonl.zst".into(), b"half".to_vec());
        left.remove(Path::new("datasets/accounts.frames.json"));
        write(dir.path(), &left);
        let before = server.seen().len();
        go_on(dir.path(), &server.url).await.expect("a snapshot");
        assert!(files(dir.path()) == whole);
        assert_eq!(server.seen().len(), before, "nothing is asked again");
    });
}

#[test]
fn what_was_received_is_not_asked_for_again() {
    block_on(async {
        let (server, whole) = uninterrupted(World::new()).await;
        let dir = tempfile::tempdir().expect("a folder");
        let mut left = raw_only(&whole);
        let name = Path::new("raw/accounts.jsonl.zst");
        let cut = line_ends(&whole[name])[2];
        left.insert(name.to_owned(), whole[name][..cut].to_vec());
        write(dir.path(), &left);
        let before = server.seen().len();
        go_on(dir.path(), &server.url).await.expect("a snapshot");
        let asked: Vec<_> = server.seen()[before..]
            .iter()
            .map(|seen| (seen.route.clone(), seen.cursor.clone()))
            .collect();
        // The count and two of three pages were there. What was asked about the accounts is asked anew, now
        // that they were read on.
        let expected = [
            (SEARCH, Some("at+4")),
            ("directories/-/users/count", None),
            ("directories/-/users/stats", None),
            (POLICY_MEMBERS, None),
        ]
        .map(|(route, cursor)| (route.to_owned(), cursor.map(str::to_owned)));
        assert_eq!(asked, expected);
    });
}

#[test]
fn a_folder_with_an_interrupted_run_is_not_taken_by_a_new_one() {
    block_on(async {
        let (server, whole) = uninterrupted(World::new()).await;
        let dir = tempfile::tempdir().expect("a folder");
        write(dir.path(), &raw_only(&whole));
        let error = collect_into(dir.path(), &server.url, Limits::default(), &Silent).await;
        let error = error.expect_err("it would mix two runs").to_string();
        assert!(
            error.ends_with("holds a run that was interrupted"),
            "{error}"
        );
    });
}

#[test]
fn a_finished_snapshot_and_a_folder_of_something_else_are_not_resumed() {
    block_on(async {
        let (server, whole) = uninterrupted(World::new()).await;
        let mut other = raw_only(&whole);
        other.insert("note".into(), b"mine".to_vec());
        for (left, expected) in [
            (whole, "is a finished snapshot, which never changes"),
            (other, "is not empty: a finished snapshot never changes"),
        ] {
            let dir = tempfile::tempdir().expect("a folder");
            write(dir.path(), &left);
            let error = go_on(dir.path(), &server.url).await.expect_err("refused");
            assert!(error.to_string().ends_with(expected), "{error}");
            assert!(files(dir.path()) == left, "nothing was touched");
        }
    });
}

#[test]
fn another_organisation_or_api_is_not_mixed_into_a_run() {
    block_on(async {
        let (server, whole) = uninterrupted(World::new()).await;
        let text = |files: &Files| {
            String::from_utf8(files[Path::new("raw/run.json")].clone()).expect("text")
        };
        for (began, what) in [
            (ORG, "organisation `other-org`"),
            ("http://127", "API address"),
        ] {
            let dir = tempfile::tempdir().expect("a folder");
            let mut left = raw_only(&whole);
            let to = if began == ORG {
                "other-org"
            } else {
                "http://128"
            };
            left.insert(
                "raw/run.json".into(),
                text(&left).replace(began, to).into_bytes(),
            );
            write(dir.path(), &left);
            let error = go_on(dir.path(), &server.url).await.expect_err("refused");
            assert!(matches!(error, CollectError::OtherRun { .. }), "{error}");
            assert!(error.to_string().contains(what), "{error}");
        }
    });
}

#[test]
fn a_folder_that_a_run_is_writing_to_is_refused() {
    block_on(async {
        let (server, whole) = uninterrupted(World::new()).await;
        let dir = tempfile::tempdir().expect("a folder");
        write(dir.path(), &raw_only(&whole));
        let held = File::open(dir.path().join("raw/run.json")).expect("the facts");
        held.lock().expect("nobody else holds it");
        let error = go_on(dir.path(), &server.url).await.expect_err("refused");
        assert!(matches!(error, CollectError::Busy { .. }), "{error}");
        held.unlock().expect("it was held");
        go_on(dir.path(), &server.url).await.expect("it is free");
    });
}

#[test]
fn a_journal_that_asks_otherwise_is_refused() {
    block_on(async {
        let (server, whole) = uninterrupted(World::new()).await;
        let dir = tempfile::tempdir().expect("a folder");
        let mut left = raw_only(&whole);
        let domains = left[Path::new("raw/domains.jsonl.zst")].clone();
        let end = line_ends(&domains)[0];
        left.insert("raw/policies.jsonl.zst".into(), domains[..end].to_vec());
        write(dir.path(), &left);
        let error = go_on(dir.path(), &server.url).await.expect_err("refused");
        assert!(
            matches!(error, CollectError::OtherRequests { name: "policies" }),
            "{error}"
        );
    });
}

#[test]
fn a_listing_that_the_server_cut_is_tried_again_by_a_resumed_run() {
    let broken = Arc::new(AtomicBool::new(true));
    let is_broken = broken.clone();
    let world = World::new().with_fault(move |seen| {
        let meets = seen.route == SEARCH && seen.cursor.as_deref() == Some("at+2");
        (meets && is_broken.load(Ordering::SeqCst)).then(|| json_reply(500, &json!({})))
    });
    block_on(async {
        let server = Server::start(world, ORG).await;
        let dir = tempfile::tempdir().expect("a folder");
        let limits = Limits::default();
        let raw = collect_into(dir.path(), &server.url, limits, &Silent).await;
        // Killed before it was assembled.
        drop(raw.expect("a run"));
        broken.store(false, Ordering::SeqCst);
        let snapshot = go_on(dir.path(), &server.url).await.expect("a snapshot");
        let statement = &snapshot.manifest().datasets["accounts"];
        assert!(
            statement.completeness.is_whole(),
            "{}",
            statement.completeness
        );
        // Six tries failed, and none of what came before is asked again.
        assert_eq!(statement.records, 5);
        assert_eq!(statement.sources[0].retries, 6);
    });
}

#[test]
fn a_network_that_goes_away_leaves_a_run_that_can_be_resumed() {
    block_on(async {
        let (server, whole) = uninterrupted(World::new()).await;
        let address = server.url.clone();
        let dir = tempfile::tempdir().expect("a folder");
        let mut left = raw_only(&whole);
        let name = Path::new("raw/accounts.jsonl.zst");
        let cut = line_ends(&whole[name])[2];
        left.insert(name.to_owned(), whole[name][..cut].to_vec());
        write(dir.path(), &left);
        server.stop();
        let error = go_on(dir.path(), &address)
            .await
            .expect_err("nobody is there");
        assert!(matches!(error, CollectError::Unreachable { .. }), "{error}");
        assert!(!dir.path().join("manifest.json").exists());
        let server = Server::start_at(World::new(), ORG, &address).await;
        let snapshot = go_on(dir.path(), &server.url).await.expect("a snapshot");
        let statement = &snapshot.manifest().datasets["accounts"];
        assert!(
            statement.completeness.is_whole(),
            "{}",
            statement.completeness
        );
        for name in whole.keys().filter(|name| name.starts_with("datasets")) {
            let bytes = fs::read(dir.path().join(name)).expect("a dataset");
            // Failed tries are numbered too, so the numbers in the marks of what accounts tell differ.
            let told = [
                "accounts.",
                "group_members",
                "role_assign",
                "product_access",
            ];
            let differs = told
                .iter()
                .any(|part| name.to_string_lossy().contains(part));
            assert!(differs || bytes == whole[name], "{}", name.display());
        }
    });
}

#[test]
fn a_network_that_goes_away_midway_ends_the_run_and_says_how_to_go_on() {
    block_on(async {
        let stop = Arc::new(Mutex::new(None::<tokio::task::AbortHandle>));
        let handle = stop.clone();
        let world = World::new().with_fault(move |seen| {
            // After this answer nobody listens any more.
            if seen.route == "domains"
                && let Some(listener) = handle.lock().expect("no panic").take()
            {
                listener.abort();
            }
            None
        });
        let server = Server::start(world, ORG).await;
        *stop.lock().expect("no panic") = Some(server.listener());
        let dir = tempfile::tempdir().expect("a folder");
        let limits = Limits {
            retry_count_max: 1,
            ..Limits::default()
        };
        let error = collect_into(dir.path(), &server.url, limits, &Silent).await;
        let error = error.expect_err("the network is gone");
        assert!(
            matches!(error, CollectError::ConnectionLost { .. }),
            "{error}"
        );
        assert!(
            journal_path(dir.path(), "domains").exists(),
            "what came is kept"
        );
        let again = Server::start_at(World::new(), ORG, &server.url).await;
        let snapshot = go_on(dir.path(), &again.url).await.expect("a snapshot");
        for (name, statement) in collected(snapshot.manifest()) {
            assert!(
                statement.completeness.is_whole(),
                "{name}: {}",
                statement.completeness
            );
        }
    });
}

#[test]
fn a_key_that_expired_midway_can_be_replaced_when_the_run_is_resumed() {
    // From the first second page on the key is refused everywhere, until it is replaced.
    let expired = Arc::new(AtomicBool::new(false));
    let replaced = Arc::new(AtomicBool::new(false));
    let (is_expired, is_replaced) = (expired.clone(), replaced.clone());
    let world = World::new().with_fault(move |seen| {
        if seen.cursor.is_some() {
            is_expired.store(true, Ordering::SeqCst);
        }
        (is_expired.load(Ordering::SeqCst) && !is_replaced.load(Ordering::SeqCst))
            .then(|| json_reply(401, &json!({"code": 401, "message": "Unauthorized"})))
    });
    block_on(async {
        let server = Server::start(world, ORG).await;
        let dir = tempfile::tempdir().expect("a folder");
        let raw = collect_into(dir.path(), &server.url, Limits::default(), &Silent).await;
        drop(raw.expect("a run"));
        let error = go_on(dir.path(), &server.url)
            .await
            .expect_err("the key is still refused");
        assert!(matches!(error, CollectError::KeyRefused { .. }), "{error}");
        replaced.store(true, Ordering::SeqCst);
        let snapshot = go_on(dir.path(), &server.url).await.expect("a snapshot");
        for (name, statement) in collected(snapshot.manifest()) {
            assert!(
                statement.completeness.is_whole(),
                "{name}: {}",
                statement.completeness
            );
        }
    });
}

#[test]
fn a_cursor_that_the_api_forgot_meanwhile_is_mended_by_reading_again() {
    let forgetful = Arc::new(AtomicBool::new(true));
    let forgets = forgetful.clone();
    let world = World::new().with_fault(move |seen| {
        let meets = seen.route == SEARCH && seen.cursor.as_deref() == Some("at+4");
        (meets && forgets.swap(false, Ordering::SeqCst))
            .then(|| json_reply(400, &json!({"errors": [{"code": "ADMIN-400-1"}]})))
    });
    let ran = run(&world);
    assert_eq!(ran.state("accounts"), "whole");
    assert!(
        ran.told
            .contains("accounts: read again, the API no longer knew its own cursor")
    );
    assert_eq!(ran.records("accounts").len(), 5);
    // And one that it never knows cuts the dataset.
    let world = World::new().with_fault(|seen| {
        let meets = seen.route == SEARCH && seen.cursor.as_deref() == Some("at+4");
        meets.then(|| json_reply(400, &json!({"errors": [{"code": "ADMIN-400-1"}]})))
    });
    assert_eq!(
        run(&world).state("accounts"),
        "cut: page 3: the API refused to go on: 400 Bad Request: ADMIN-400-1"
    );
}

#[test]
fn a_run_that_is_dropped_at_any_answer_can_be_resumed() {
    block_on(async {
        let (server, whole) = uninterrupted(World::new()).await;
        let answers = server.seen().len();
        let url = server.url.clone();
        server.stop();
        for nth in (0..answers).step_by(3) {
            // The server hangs from the nth request on; then the run is dropped, as by Ctrl-C.
            let hanging = Arc::new(AtomicBool::new(true));
            let hangs = hanging.clone();
            let count = Arc::new(Mutex::new(0));
            let asked = count.clone();
            let world = World::new().with_fault(move |_| {
                let mut count = asked.lock().expect("no panic");
                *count += 1;
                (*count > nth && hangs.load(Ordering::SeqCst)).then_some(Reply::Hang)
            });
            let server = Server::start_at(world, ORG, &url).await;
            let dir = tempfile::tempdir().expect("a folder");
            let path = dir.path().join("s");
            tokio::select! {
                _ = collect_into(&path, &url, Limits::default(), &Silent) => panic!("it hangs"),
                () = async {
                    while *count.lock().expect("no panic") <= nth {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                } => {}
            }
            hanging.store(false, Ordering::SeqCst);
            go_on(&path, &url).await.expect("a snapshot");
            assert!(files(&path) == whole, "after {nth} answers");
            server.stop();
        }
    });
}

#[test]
fn every_collector_is_in_the_kill_test() {
    let (_, whole) = block_on(uninterrupted(World::new()));
    for collector in COLLECTORS {
        let name = PathBuf::from(format!("raw/{}.jsonl.zst", collector.name));
        assert!(line_ends(&whole[&name]).len() >= 2, "{}", collector.name);
    }
}

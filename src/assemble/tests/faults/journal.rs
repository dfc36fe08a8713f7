//! The journal: each answer as it came, for its owner alone, in a folder of its own.

use super::exchanges;
use crate::assemble::listing::Listing;
use crate::assemble::tests::records::*;
use crate::assemble::tests::runs::*;
use crate::assemble::tests::server::{Reply, Server, reply};
use crate::assemble::tests::world::World;
use crate::collect::{COLLECTORS, Limits};
use crate::progress::Silent;
use crate::snapshot::{RecordSource, Snapshot, journal_path};
use std::time::Duration;

#[test]
fn the_journal_keeps_each_answer_byte_for_byte() {
    let odd = "{ \"data\" : [ ],\n\t\"links\":{}, \"\\u00e9\" : \"\u{1f600}\" }";
    let binary = b"\xff\x00\xfe".to_vec();
    let (_, ran) = state_after("domains", "domains", move |seen| {
        Some(match seen.nth {
            0 => reply(200, &[], "application/json", binary.clone()),
            1 => reply(
                500,
                &[("set-cookie", "session=1")],
                "text/html",
                "<b>no</b>",
            ),
            _ => reply(
                200,
                &[("date", "Fri, 20 Nov 2026 05:59:58 GMT")],
                "application/json",
                odd,
            ),
        })
    });
    let lines = exchanges(&ran, "domains");
    let summary: Vec<_> = lines
        .iter()
        .map(|line| (line.n, line.retry, line.status))
        .collect();
    assert_eq!(
        summary,
        [(0, 0, Some(200)), (1, 1, Some(500)), (2, 2, Some(200))]
    );
    assert_eq!(
        (lines[0].body.as_deref(), lines[0].body_base64.as_deref()),
        (None, Some("/wD+"))
    );
    assert_eq!(lines[1].body.as_deref(), Some("<b>no</b>"));
    assert!(!lines[1].headers.contains_key("set-cookie"));
    assert_eq!(lines[2].body.as_deref(), Some(odd));
    assert_eq!(lines[2].sha256, crate::value::sha256_hex(odd.as_bytes()));
    assert_eq!(lines[2].at, now());
    assert_eq!(
        ran.snapshot().manifest().collected.clock_skew_ms,
        Some(-2000)
    );
    assert_eq!(ran.snapshot().manifest().journal["domains"].responses, 3);
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_a_journal() {
    use std::os::unix::fs::PermissionsExt;
    let ran = run(&World::new());
    let journal = journal_path(&ran.dir, "accounts");
    let mode = std::fs::metadata(journal)
        .expect("a journal")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_folder_that_holds_something_is_refused_before_anything_is_sent() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("note"), "mine").expect("writable");
    let (error, seen) = block_on(async {
        let server = Server::start(World::new(), ORG).await;
        let result = collect_into(dir.path(), &server.url, Limits::default(), &Silent).await;
        (result.expect_err("it is taken"), server.seen())
    });
    assert!(error.to_string().contains("is not empty"), "{error}");
    assert!(seen.is_empty());
}

#[test]
fn a_run_that_is_killed_leaves_what_it_had_and_no_snapshot() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("s");
    let world = World::new().with_fault(|seen| {
        (seen.route == "domains" && seen.cursor.is_some()).then_some(Reply::Hang)
    });
    block_on(async {
        let server = Server::start(world, ORG).await;
        let seen = async {
            while !server
                .seen()
                .iter()
                .any(|seen| seen.route == "domains" && seen.cursor.is_some())
            {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            _ = collect_into(&path, &server.url, Limits::default(), &Silent) => panic!("it hangs"),
            () = seen => {}
        }
    });
    assert!(Snapshot::open(&path).is_err());
    let domains = COLLECTORS
        .iter()
        .find(|collector| collector.name == "domains");
    let listing =
        Listing::read(&path, dir.path(), domains.expect("a collector")).expect("whole lines");
    assert_eq!(listing.records().expect("readable").count(), 2);
    assert_eq!(
        listing.statement.completeness.to_string(),
        "cut: the run ended in the middle of this listing"
    );
}

//! Listings that change while they are read, clocks that jump, and answers made to hurt.

use super::records::*;
use super::runs::*;
use super::server::*;
use super::world::World;
use crate::assemble::assemble;
use crate::collect::{ApiKey, Clock, CollectRequest, Limits, Line, Start, collect, read_journal};
use crate::progress::Silent;
use crate::snapshot::{RecordSource, journal_path};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// A world whose accounts are those of `then` from the `switch`th request for accounts on, and again
/// with each second reading if `always`.
fn moving(switch: usize, change: impl Fn(&mut World) + Send + Sync + 'static) -> World {
    let mut then = World::new();
    change(&mut then);
    let now = World::new();
    let asked = Mutex::new(0);
    World::new().with_fault(move |seen| {
        if !seen.route.starts_with("directories/-/users") {
            return None;
        }
        let mut asked = asked.lock().expect("no panic");
        *asked += 1;
        let world = if *asked > switch { &then } else { &now };
        Some(world.answer(seen))
    })
}

#[test]
fn a_record_that_is_removed_while_the_pages_are_read_is_noticed_and_all_are_read_again() {
    // Asked in turn: count, page 1, page 2, page 3, count. The first account goes after page 1, so that
    // the pages behind it shift by one and a3 is on none that is read.
    for switch in 2..4 {
        let mut world = moving(switch, |world| {
            world.records.get_mut(SEARCH).expect("accounts").remove(0);
        });
        world.records.get_mut("users").expect("users").remove(0);
        let ran = run(&world);
        assert_eq!(ran.state("accounts"), "whole", "{switch}: {}", ran.told);
        assert!(ran.told.contains("accounts: read again, "), "{switch}");
        let search = &ran.snapshot().manifest().datasets["accounts"].sources[0];
        assert_eq!((search.records, search.api_count), (4, Some(4)), "{switch}");
        // Pages of the second reading; requests of both, with two counts each and the counts by kind.
        assert_eq!(
            (search.readings, search.pages, search.errors),
            (2, 2, 0),
            "{switch}"
        );
        assert_eq!(search.requests, 8 + switch as u64, "{switch}");
    }
}

#[test]
fn a_record_that_is_added_while_the_pages_are_read_is_noticed_and_all_are_read_again() {
    let world = moving(2, |world| {
        let accounts = world.records.get_mut(SEARCH).expect("accounts");
        let mut new = accounts[0].clone();
        new["accountId"] = json!("a0");
        accounts.insert(0, new);
    });
    let ran = run(&world);
    assert_eq!(ran.state("accounts"), "whole", "{}", ran.told);
    assert!(
        ran.records("accounts")
            .iter()
            .any(|record| record["id"] == "a0")
    );
}

#[test]
fn a_record_that_moves_between_pages_is_noticed_by_the_one_that_comes_twice() {
    let world = moving(2, |world| {
        world.records.get_mut(SEARCH).expect("accounts").reverse();
    });
    let ran = run(&world);
    assert_eq!(ran.state("accounts"), "whole", "{}", ran.told);
    assert_eq!(ran.records("accounts").len(), 5);
}

#[test]
fn an_organisation_that_never_holds_still_is_declared() {
    let growing = Mutex::new(0);
    let world = World::new().with_fault(move |seen| {
        if seen.route != "directories/-/users/count" {
            return None;
        }
        let mut asked = growing.lock().expect("no panic");
        *asked += 1;
        Some(json_reply(200, &json!({"count": 3 + *asked})))
    });
    let ran = run(&world);
    assert_eq!(
        ran.state("accounts"),
        "cut: read twice, and it changed while it was read: the API counted 6 before it was read and 7 after"
    );
    let asked = ran.seen.iter().filter(|seen| seen.route == SEARCH).count();
    assert_eq!(asked, 6, "three pages, twice and no more");
}

#[test]
fn a_listing_without_a_count_in_which_a_record_comes_twice_is_read_again_and_then_declared() {
    let mut world = World::new();
    let domains = world.records.get_mut("domains").expect("domains");
    domains.push(domains[0].clone());
    let ran = run(&world);
    assert_eq!(
        ran.state("domains"),
        "cut: read twice, and it changed while it was read: 1 record came twice"
    );
    let statement = &ran.snapshot().manifest().datasets["domains"];
    assert_eq!((statement.records, statement.sources[0].records), (3, 4));
}

#[test]
fn a_used_up_limit_that_one_answer_tells_holds_back_every_walk() {
    let good = World::new();
    let world = World::new().with_fault(move |seen| {
        if seen.route != "directories" {
            return None;
        }
        let Reply::Send {
            status,
            mut headers,
            body,
        } = good.answer(seen)
        else {
            return None;
        };
        headers.push(("x-ratelimit-remaining".to_owned(), "0".to_owned()));
        headers.push((
            "x-ratelimit-reset".to_owned(),
            "2026-11-20T06:00:07Z".to_owned(),
        ));
        Some(Reply::Send {
            status,
            headers,
            body,
        })
    });
    let ran = run(&world);
    for name in ["domains", "accounts", "groups", "workspaces", "api_tokens"] {
        let line = format!("\n{name}: rate limit, waiting until 2026-11-20T06:00:07Z");
        assert_eq!(ran.told.matches(&line).count(), 1, "{name}: {}", ran.told);
    }
}

/// A clock that jumps by `jump` at its tenth reading.
struct JumpingClock {
    jump: SignedDuration,
    read: AtomicI64,
}

impl Clock for JumpingClock {
    fn now(&self) -> Timestamp {
        let read = self.read.fetch_add(1, Ordering::SeqCst);
        let steady = now() + SignedDuration::from_millis(read);
        if read < 10 {
            steady
        } else {
            steady + self.jump
        }
    }

    fn wait(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

#[test]
fn a_clock_that_jumps_changes_no_record_and_times_never_go_back() {
    for hours in [-5, 3] {
        let dir = tempfile::tempdir().expect("a folder");
        let clock = JumpingClock {
            jump: SignedDuration::from_hours(hours),
            read: AtomicI64::new(0),
        };
        let world = World::new();
        let good = world.clone();
        // The server's own clock does not jump.
        let world = world.with_fault(move |seen| match good.answer(seen) {
            Reply::Send {
                status,
                mut headers,
                body,
            } => {
                headers.push((
                    "date".to_owned(),
                    "Fri, 20 Nov 2026 06:00:00 GMT".to_owned(),
                ));
                Some(Reply::Send {
                    status,
                    headers,
                    body,
                })
            }
            other => Some(other),
        });
        let snapshot = block_on(async {
            let server = Server::start(world, ORG).await;
            let request = CollectRequest {
                api_url: server.url.clone(),
                org_id: ORG.to_owned(),
                key: ApiKey::new(KEY).expect("a key"),
                scim_keys: scim_keys(),
                out: dir.path().join("s"),
                start: Start::Anew,
                without: Default::default(),
                period: Default::default(),
                ca_file: None,
                limits: Limits::default(),
                jitter_seed: 7,
                clock: &clock,
            };
            let raw = collect(&request, &Silent).await.expect("a run");
            assemble(raw, &Silent).expect("a snapshot")
        });
        let manifest = snapshot.manifest();
        assert!(manifest.collected.from <= manifest.collected.to);
        for (name, statement) in collected(manifest) {
            assert!(statement.completeness.is_whole(), "{name}");
        }
        let skew = manifest.collected.clock_skew_ms.expect("the server told");
        // Forward the difference shows; back it does not, since times are held where they were.
        assert_eq!(hours > 0, skew < -3_000_000, "{skew}");
        for name in manifest.journal.keys() {
            let mut last = Timestamp::MIN;
            for line in read_journal(&journal_path(snapshot.dir(), name)).expect("a journal") {
                if let Line::Exchange(exchange) = line.expect("a line") {
                    assert!(last <= exchange.asked_at && exchange.asked_at <= exchange.at);
                    last = exchange.at;
                }
            }
        }
    }
}

/// `zeros` zero bytes as gzip, written by hand: one block of fixed codes, a literal and then copies of
/// 258 bytes from one byte back, at 13 bits each.
fn gzip_of_zeros(zeros: usize) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let (mut held, mut bits) = (0_u32, 0);
    let mut put = |value: u32, length: u32, bytes: &mut Vec<u8>| {
        held |= value << bits;
        bits += length;
        while bits >= 8 {
            bytes.push((held & 0xff) as u8);
            held >>= 8;
            bits -= 8;
        }
    };
    put(0b011, 3, &mut bytes);
    // Literal 0 is 00110000; length 258 is symbol 285, 11000101; codes go most significant bit first.
    put(0b0000_1100, 8, &mut bytes);
    for _ in 0..zeros / 258 {
        put(0b1010_0011, 8, &mut bytes);
        put(0, 5, &mut bytes);
    }
    put(0, 7, &mut bytes);
    put(0, 8, &mut bytes);
    bytes
}

#[test]
fn a_small_answer_that_unpacks_to_a_huge_one_is_not_unpacked_to_its_end() {
    let bomb = gzip_of_zeros(64 << 20);
    assert!(bomb.len() < 512 << 10, "{}", bomb.len());
    let world = World::new().with_fault(move |seen| {
        let headers = [("content-encoding", "gzip")];
        (seen.route == "domains").then(|| reply(200, &headers, "application/json", bomb.clone()))
    });
    let ran = run_with(&world, |limits| limits.body_bytes_max = 1 << 20);
    assert_eq!(
        ran.state("domains"),
        "cut: page 1: the body is longer than 1048576 bytes (BODY_BYTES_MAX)"
    );
    assert_eq!(ran.state("groups"), "whole");
}

#[test]
fn a_page_with_a_text_that_is_no_json_type_or_that_breaks_off_is_never_taken() {
    let data = json!({"data": [{"id": "d1"}], "links": {}}).to_string();
    for (fault, expected) in [
        (
            reply(200, &[], "text/plain", data.clone()),
            "cut: page 1: kept failing after 5 retries: the answer is `text/plain`, not JSON",
        ),
        (
            reply(
                200,
                &[("content-encoding", "gzip")],
                "application/json",
                data,
            ),
            "cut: page 1: kept failing after 5 retries: the connection broke before the answer was whole: ",
        ),
        (
            Reply::CutChunked,
            "cut: page 1: kept failing after 5 retries: the connection broke before the answer was whole: ",
        ),
    ] {
        let world =
            World::new().with_fault(move |seen| (seen.route == "domains").then(|| fault.clone()));
        let ran = run(&world);
        let state = ran.state("domains");
        assert!(state.starts_with(expected), "{state}");
        assert_eq!(ran.records("domains"), Vec::<Value>::new());
    }
}

//! The audit log: its period, its edges, and what its events become.

use super::runs::*;
use super::server::*;
use super::world::World;
use crate::assemble::{Facts, build, verify};
use crate::audit_log::AskedPeriod;
use crate::collect::{Line, Purpose, read_journal};
use crate::progress::Silent;
use crate::snapshot::{
    Completeness, CutReason, ExportsStatement, PeriodStatement, RecordSource, Snapshot,
    SnapshotFormat, SnapshotWriter, journal_path,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const STREAM: &str = "events-stream";

fn period(ran: &Ran) -> &PeriodStatement {
    let statement = &ran.snapshot().manifest().datasets["events"];
    statement.period.as_ref().expect("a period")
}

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// Ids of the events, in the order of the dataset.
fn ids(ran: &Ran) -> Vec<String> {
    let id = |event: &Value| event["id"].as_str().expect("an id").to_owned();
    ran.records("events").iter().map(id).collect()
}

/// What a run over `asked` leaves.
fn run_over(world: &World, asked: AskedPeriod) -> Ran {
    run_request(world, |request| request.period = asked)
}

/// Adds headers to every answer about the log.
fn with_headers(world: World, added: &'static [(&str, &str)]) -> World {
    let good = world.clone();
    world.with_fault(move |seen| {
        let Reply::Send {
            status,
            mut headers,
            body,
        } = good.answer(seen)
        else {
            return None;
        };
        if seen.route == STREAM {
            let added = added
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            headers.extend(added);
        }
        Some(Reply::Send {
            status,
            headers,
            body,
        })
    })
}

#[test]
fn events_are_those_of_the_period_by_time_and_then_by_id() {
    let ran = run(&World::new());
    assert_eq!(ran.state("events"), "whole");
    assert_eq!(ids(&ran), ["e2", "e3", "e4"]);
    assert_eq!(
        period(&ran).outside,
        2,
        "one before it and one that had not settled"
    );
    let frames = ran
        .snapshot()
        .frames(crate::catalog::dataset("events").expect("it is there"));
    assert_eq!((&*frames[0].first_id, &*frames[0].last_id), ("e2", "e4"));
    let times = frames[0]
        .times
        .as_ref()
        .expect("events are in order of time");
    let time_of = |id: &str| ran.record("events", id)["time"].clone();
    assert_eq!(json!(times.least), time_of("e2"));
    assert_eq!(json!(times.greatest), time_of("e4"));
    assert_eq!(times.without, 0);
    let of_others = ran
        .snapshot()
        .frames(crate::catalog::dataset("accounts").expect("it is there"));
    assert_eq!(of_others[0].times, None);
    let journal = read_journal(&journal_path(&ran.dir, "events")).expect("a journal");
    let purposes: Vec<Option<Purpose>> = journal
        .map(|line| match line.expect("a line") {
            Line::Exchange(exchange) => Some(exchange.purpose),
            Line::End(_) => None,
        })
        .collect();
    let page = Some(Purpose::Page);
    let edge = Some(Purpose::Edge);
    // Five events on pages of two, an empty page that leads to itself, and the two edges.
    assert_eq!(purposes, [edge, page, page, page, page, edge, None]);
}

#[test]
fn a_period_can_be_asked_for_by_its_edges() {
    for (asked, found, from_because, to_because) in [
        (
            AskedPeriod::Since(time("2026-09-01T09:00:00Z")),
            &["e3", "e4"][..],
            "asked for",
            "10 min before the log was read",
        ),
        (
            AskedPeriod::Between(
                time("2026-09-01T08:00:00Z"),
                time("2026-09-01T10:00:00.250Z"),
            ),
            &["e2"],
            "asked for",
            "asked for",
        ),
        (
            AskedPeriod::LastDays(100),
            &["e1", "e2", "e3", "e4"],
            "asked for: 100 days before the run began",
            "10 min before the log was read",
        ),
    ] {
        let ran = run_over(&World::new(), asked);
        assert_eq!(ran.state("events"), "whole");
        assert_eq!(ids(&ran), found);
        assert_eq!(period(&ran).period.from_because, from_because);
        assert!(period(&ran).period.to_because.starts_with(to_because));
    }
}

#[test]
fn a_period_that_is_older_than_the_log_is_cut() {
    let ran = run_over(&World::new(), AskedPeriod::LastDays(120));
    assert_eq!(
        ran.state("events"),
        "cut: the log holds no event from before 2026-07-23T06:00:00Z, so nothing shows that it was kept from then on; events are kept for 180 days, and only while the plan includes them"
    );
    assert_eq!(ids(&ran).len(), 5, "what there is is kept");
    let mut world = World::new();
    world.records.insert(STREAM, Vec::new());
    let state = run(&world).state("events");
    assert!(state.starts_with("cut: the log holds no event"), "{state}");
}

#[test]
fn a_clock_that_differs_from_the_servers_never_lengthens_a_period() {
    for (date, to) in [
        // The server is an hour behind, so our last hour is still to come for it.
        (
            &[("date", "Fri, 20 Nov 2026 05:00:00 GMT")],
            "2026-11-20T04:50:00Z",
        ),
        // It is ahead: what it logs meanwhile is left to the next run.
        (
            &[("date", "Fri, 20 Nov 2026 09:00:00 GMT")],
            "2026-11-20T05:50:00Z",
        ),
    ] {
        let ran = run(&with_headers(World::new(), date));
        assert_eq!(ran.state("events"), "whole");
        assert_eq!(period(&ran).period.to, time(to));
    }
    // Far enough behind, there is no period left.
    let ran = run(&with_headers(
        World::new(),
        &[("date", "Sat, 01 Aug 2026 11:00:00 GMT")],
    ));
    assert_eq!(
        ran.state("events"),
        "cut: nothing that happened since 2026-08-22T06:00:00Z has settled yet"
    );
}

#[test]
fn a_log_without_a_plan_is_denied_and_the_other_datasets_are_there() {
    let world = World::new().with_fault(|seen| {
        let message = "Audit Log Entitlement validation failed";
        (seen.route == STREAM).then(|| json_reply(402, &json!({"code": 402, "message": message})))
    });
    let ran = run(&world);
    assert_eq!(
        ran.state("events"),
        "denied: 402 Payment Required: Audit Log Entitlement validation failed"
    );
    assert_eq!(ran.snapshot().manifest().datasets["events"].period, None);
    assert_eq!(ran.state("accounts"), "whole");
    let asked = ran.seen.iter().filter(|seen| seen.route == STREAM).count();
    assert_eq!(asked, 1, "a refusal is not asked again");
}

#[test]
fn a_limit_of_the_log_holds_back_the_log_alone() {
    let world = with_headers(
        World::new(),
        &[
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "2026-11-20T06:00:09Z"),
        ],
    );
    let ran = run(&world);
    let waits: Vec<&str> = ran
        .told
        .lines()
        .filter(|line| line.contains("waiting until"))
        .collect();
    assert!(!waits.is_empty(), "{}", ran.told);
    assert!(
        waits.iter().all(|line| line.starts_with("events: ")),
        "{waits:?}"
    );
}

#[test]
fn an_event_that_comes_again_is_taken_once_and_one_that_changed_cuts_the_dataset() {
    let again = |change: bool| {
        let mut world = World::new();
        let log = world.records.get_mut(STREAM).expect("the log");
        let mut event = log[3].clone();
        if change {
            event["attributes"]["action"] = json!("user_logout");
        }
        log.insert(4, event);
        run(&world)
    };
    let ran = again(false);
    assert_eq!(ran.state("events"), "whole");
    assert_eq!(ids(&ran), ["e2", "e3", "e4"]);
    let ran = again(true);
    let completeness = &ran.snapshot().manifest().datasets["events"].completeness;
    assert!(
        matches!(
            completeness,
            Completeness::Cut {
                reason: CutReason::BrokenAnswer,
                ..
            }
        ),
        "{completeness}"
    );
    assert!(
        ran.state("events")
            .contains("came twice with different contents")
    );
}

#[test]
fn an_event_without_an_id_cuts_the_dataset_and_one_without_a_time_is_kept_first() {
    let mut world = World::new();
    world.records.get_mut(STREAM).expect("the log")[2]["id"] = Value::Null;
    let ran = run(&world);
    assert_eq!(ran.state("events"), "cut: 1 record: came without an id");
    let mut world = World::new();
    let attributes = &mut world.records.get_mut(STREAM).expect("the log")[2]["attributes"];
    attributes["time"] = json!("yesterday");
    let ran = run(&world);
    assert_eq!(ids(&ran), ["e4", "e2", "e3"]);
    assert_eq!(ran.record("events", "e4").get("time"), None);
    let misfits = &ran.snapshot().manifest().datasets["events"].misfits;
    assert_eq!(misfits[0].field, "time");
}

#[test]
fn what_the_api_writes_in_several_ways_is_read_in_each() {
    let mut world = World::new();
    let log = world.records.get_mut(STREAM).expect("the log");
    let object = log[2]["attributes"]["context"][0].clone();
    log[2]["attributes"]["context"] = object;
    log[2]["attributes"]["actor"]["email"] = json!("Atlassian app");
    log[3]["attributes"]["location"].take();
    // With and without milliseconds, in the same field.
    log[3]["attributes"]["processedAt"] = json!("2026-09-01T12:00:00.000Z");
    let ran = run(&world);
    assert_eq!(ran.state("events"), "whole");
    let e4 = ran.record("events", "e4");
    assert_eq!(e4["context"][0]["group_name"], "admins");
    assert_eq!(e4.get("actor_email"), None);
    let e2 = ran.record("events", "e2");
    assert_eq!(e2["ip_address"], Value::Null);
    assert_eq!(e2["context"][0]["setting_name"], Value::Null);
    let misfits = &ran.snapshot().manifest().datasets["events"].misfits;
    assert!(misfits.is_empty(), "{misfits:?}");
}

#[test]
fn names_of_actions_are_absent_where_the_list_of_actions_is() {
    let world = World::new().with_fault(|seen| {
        (seen.route == "event-actions").then(|| json_reply(403, &json!({"message": "No."})))
    });
    let ran = run(&world);
    assert_eq!(ran.state("events"), "whole");
    let record = ran.record("events", "e4");
    assert_eq!(
        (&record["action"], record.get("action_name")),
        (&json!("user_added_to_group"), None)
    );
    let sources = &ran.snapshot().manifest().datasets["events"].sources;
    assert_eq!(sources[1].completeness.word(), "denied");
}

#[test]
fn a_snapshot_of_an_earlier_format_is_read_and_verified_as_it_was_written() {
    let ran = run(&World::new());
    let newer = ran.snapshot();
    let dir = tempfile::tempdir().expect("a folder");
    let writer = SnapshotWriter::create(&dir.path().join("s")).expect("an empty folder");
    writer.copy_from(newer).expect("its answers");
    let manifest = newer.manifest();
    let journals = writer.dir().to_owned();
    let facts = Facts {
        format: SnapshotFormat::One,
        parent: None,
        exports: ExportsStatement::default(),
        tool: manifest.tool.clone(),
        org_id: manifest.organization.id.clone(),
        api_url: manifest.api_url.clone(),
        from: manifest.collected.from,
        to: manifest.collected.to,
    };
    let older = build(&journals, writer, facts, &Silent).expect("its datasets");
    let events = crate::catalog::dataset("events").expect("it is there");
    assert_eq!(older.format(), SnapshotFormat::One);
    assert_eq!(older.manifest().format, "tickmark.snapshot/1");
    assert_eq!(older.frames(events)[0].times, None);
    let text = |snapshot: &Snapshot| {
        let mut text = String::new();
        snapshot
            .read_frame("events", 0, &mut text)
            .expect("an unchanged frame");
        text
    };
    assert_eq!(text(&older), text(newer), "the records are the same");
    for snapshot in [&older, newer] {
        let verified = verify(snapshot).expect("its answers read");
        assert_eq!(verified.differing, BTreeSet::new());
    }
    // One that no version has written yet is refused.
    let path = dir.path().join("s/manifest.json");
    let manifest = std::fs::read_to_string(&path).expect("a manifest");
    std::fs::write(&path, manifest.replace("snapshot/1", "snapshot/9")).expect("writable");
    let error = Snapshot::open(&dir.path().join("s")).expect_err("no such format");
    assert!(
        error.to_string().contains("`tickmark.snapshot/9`, this version reads `tickmark.snapshot/1` and `tickmark.snapshot/2`"),
        "{error}"
    );
}

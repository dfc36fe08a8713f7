//! The audit log from the sandbox to a control's findings.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tickmark::collect::Limits;
use tickmark::sandbox::audit_log::{Actor, Happening};
use tickmark::sandbox::{EventsEnd, Fault, ServerOptions, World};
use tickmark::snapshot::{Completeness, RecordSource, Snapshot};

use tickmark::assess::Outcome;
use tickmark::import::WithLists;

use crate::organization::{as_of, snapshot, stable_options, try_snapshot, world};
use crate::truth;

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

/// Events of the snapshot, in its order.
fn events(snapshot: &Snapshot) -> Vec<Value> {
    let mut records = Vec::new();
    let mut text = String::new();
    for frame in 0..snapshot.frame_count("events") {
        snapshot
            .read_frame("events", frame, &mut text)
            .expect("an unchanged frame");
        let lines = text.lines().map(serde_json::from_str);
        records.extend(lines.map(|line| line.expect("a line is JSON")));
    }
    records
}

/// Ids of the events that happened in the 90 days before the run and had settled, by time and then by id.
fn due(world: &World) -> Vec<String> {
    let (from, to) = (as_of() - days(90), as_of() - SignedDuration::from_mins(10));
    let mut due: Vec<(Timestamp, String)> = world
        .events()
        .filter(|event| from <= event.time && event.time < to)
        .map(|event| (event.time, event.id))
        .collect();
    due.sort();
    due.into_iter().map(|(_, id)| id).collect()
}

fn ids(events: &[Value]) -> Vec<String> {
    let id = |event: &Value| event["id"].as_str().expect("an id").to_owned();
    events.iter().map(id).collect()
}

#[test]
fn every_event_of_the_period_is_there_once_sorted_by_time_however_the_log_is_cut_and_ends() {
    let world = world(240, 5);
    let due = due(&world);
    assert!(due.len() > 1_000, "{}", due.len());
    for end in [EventsEnd::Null, EventsEnd::Cursor] {
        let dir = tempfile::tempdir().expect("a folder");
        let options = ServerOptions {
            events_end: end,
            page_max: Some(100),
            ..stable_options()
        };
        let snapshot = snapshot(&world, options, &dir.path().join("s"));
        let statement = &snapshot.manifest().datasets["events"];
        assert_eq!(statement.completeness, Completeness::Whole);
        assert_eq!(ids(&events(&snapshot)), due);
        let period = statement.period.as_ref().expect("a period");
        assert_eq!(period.period.from, as_of() - days(90));
        assert_eq!(
            statement.sources[0].records,
            statement.records + period.outside
        );
    }
}

#[test]
fn what_may_go_wrong_with_the_log_is_mended_or_told() {
    for (fault, state) in [
        ("events-stream@2=429:bare", "whole"),
        ("events-stream@3=429:retry-after-2", "whole"),
        ("events-stream@1-3=503", "whole"),
        ("events-stream@4=cut-body", "whole"),
        ("events-stream@2=broken-json", "whole"),
        ("events-stream@4=dead-cursor", "whole"),
        ("events-stream@3=repeat-record", "whole"),
        ("events-stream@3=empty-page", "whole"),
        ("events-stream@2=foreign-next", "whole"),
        ("events-stream=401", "denied: 401 Unauthorized"),
        (
            "events-stream=403",
            "denied: 403 Forbidden: User has no permission to access resource.",
        ),
        ("events-stream=404", "unavailable: 404 Not Found: "),
        (
            "events-stream@4+=401",
            "cut: page 3: the API refused to go on: 401 Unauthorized",
        ),
        (
            "events-stream=429:bare",
            "cut: the newest event before the period: 429 Too Many Requests",
        ),
        (
            "events-stream@3+=503",
            "cut: page 2: kept failing after 5 retries: 503 Service Unavailable",
        ),
        (
            "events-stream@3+=cut-chunked",
            "cut: page 2: kept failing after 5 retries: the connection broke",
        ),
        (
            "events-stream@3+=broken-json",
            "cut: page 2: kept failing after 5 retries: the JSON does not read as a page: ",
        ),
        (
            "events-stream@3+=dead-cursor",
            "cut: page 5: the API refused to go on: 400 Bad Request: ",
        ),
        (
            "events-stream@4+=repeat-cursor",
            "cut: the newest event that the API tells of, processed 2026-11-20T",
        ),
        (
            "events-stream@4+=loop-cursor",
            "cut: page 3 names a next page that was fetched already, after ",
        ),
        (
            "events-stream@2+=empty-page",
            "cut: the API tells of no newest event, but listed some",
        ),
        (
            "events-stream@1=empty-page",
            "cut: the log holds no event from before 2026-08-22T06:00:00Z",
        ),
    ] {
        let world = world(60, 5);
        let dir = tempfile::tempdir().expect("a folder");
        let options = ServerOptions {
            page_max: Some(100),
            faults: vec![fault.parse::<Fault>().expect("a fault")],
            ..stable_options()
        };
        let snapshot = try_snapshot(&world, options, Limits::default(), &dir.path().join("s"));
        let snapshot = snapshot.expect("the other listings are there");
        let found = &snapshot.manifest().datasets["events"].completeness;
        assert!(found.to_string().starts_with(state), "{fault}: {found}");
        if found.is_whole() {
            assert_eq!(ids(&events(&snapshot)), due(&world), "{fault}");
        }
    }
}

/// What the program concludes of `controls` (id and what follows `on_empty`) on `snapshot`.
fn assess(snapshot: &Path, controls: &[(&str, &str)], more: &[&str]) -> Value {
    let dir = tempfile::tempdir().expect("a folder");
    for (id, rest) in controls {
        let text = format!(
            "id: {id}\ntitle: A test\nseverity: high\nrevision: 1\nrationale: A test.\n\
             not_tested: Nothing.\nremediation: None.\n{rest}\n"
        );
        fs::write(dir.path().join(format!("{id}.yaml")), text).expect("writable");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_tickmark"))
        .arg("assess")
        .arg(snapshot)
        .arg("--controls")
        .arg(dir.path())
        .args(["--format", "json=-", "--fail-on", "none"])
        .args(more)
        .env_clear()
        .output()
        .expect("the program starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn control<'a>(assessment: &'a Value, id: &str) -> &'a Value {
    let controls = assessment["controls"].as_array().expect("controls");
    let found = controls.iter().find(|control| control["id"] == id);
    found.unwrap_or_else(|| panic!("{id} was assessed"))
}

fn failing(control: &Value) -> BTreeSet<String> {
    let findings = control["findings"].as_array().expect("findings");
    findings
        .iter()
        .filter(|finding| finding["outcome"] == "fail")
        .map(|finding| finding["subject"].as_str().expect("a subject").to_owned())
        .collect()
}

#[test]
fn a_control_of_a_user_tests_events_by_action_actor_and_time() {
    let world = world(240, 5);
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("s");
    snapshot(&world, stable_options(), &path);
    let assessment = assess(
        &path,
        &[
            (
                "nobody-is-impersonated",
                "population: \"$.events[?@.action == 'user_logged_in_as_user']\"\n\
                 expect: { action: { not_equals: user_logged_in_as_user } }\non_empty: pass\n\
                 message: \"{{ subject.actor_name }} at {{ subject.time }}\"",
            ),
            (
                "people-add-to-groups",
                "population: \"$.events[*]\"\n\
                 where: { action_name: Removed member from synced group, time: { within_last_days: 30 } }\n\
                 expect: { actor_id: { not_equals: \"0\" } }\non_empty: pass",
            ),
            (
                "no-allowlist-was-deleted",
                "population: \"$.events[?@.action == 'ip_allowlist_deleted']\"\n\
                 where: { time: { within_last_days: 90 } }\ncount: { at_most: 0 }",
            ),
        ],
        &[],
    );
    let happened = |fits: &dyn Fn(&Happening, &Actor) -> bool, within: i64| -> BTreeSet<String> {
        let due: BTreeSet<String> = due(&world).into_iter().collect();
        world
            .events()
            .filter(|event| fits(&event.what, &event.actor) && event.time >= as_of() - days(within))
            .map(|event| event.id)
            .filter(|id| due.contains(id))
            .collect()
    };
    let impersonated = happened(&|what, _| matches!(what, Happening::LoggedInAs(_)), 90);
    assert_eq!(impersonated.len(), 2);
    let found = control(&assessment, "nobody-is-impersonated");
    assert_eq!(failing(found), impersonated);
    let by_the_system = happened(
        &|what, actor| {
            matches!(what, Happening::ProvisioningRemoved { .. }) && *actor == Actor::System
        },
        30,
    );
    assert!(by_the_system.len() > 2, "{}", by_the_system.len());
    let found = control(&assessment, "people-add-to-groups");
    assert_eq!(failing(found), by_the_system);
    let found = control(&assessment, "no-allowlist-was-deleted");
    assert_eq!(found["outcome"], "pass", "{found}");
}

#[test]
fn a_control_that_asks_about_more_time_than_was_collected_is_unknown() {
    let world = world(30, 5);
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("s");
    snapshot(&world, stable_options(), &path);
    let none = |time: &str| {
        format!(
            "population: \"$.events[?@.action == 'ip_allowlist_deleted']\"\n\
             where: {{ time: {time} }}\ncount: {{ at_most: 0 }}"
        )
    };
    let population = |filter: &str| {
        format!(
            "population: \"$.events[?@.action == 'ip_allowlist_deleted'{filter}]\"\ncount: {{ at_most: 0 }}"
        )
    };
    let cases = [
        ("within", none("{ within_last_days: 90 }"), "pass"),
        ("within-more", none("{ within_last_days: 91 }"), "unknown"),
        ("after", none("{ after: 2026-09-01 }"), "pass"),
        ("after-more", none("{ after: 2026-08-01 }"), "unknown"),
        ("before", none("{ before: 2026-11-01 }"), "unknown"),
        (
            "both",
            none("{ after: 2026-09-01, before: 2026-10-01 }"),
            "pass",
        ),
        (
            "long-ago",
            none("{ after: 2024-09-01, before: 2024-10-01 }"),
            "unknown",
        ),
        (
            "an-hour-long-ago",
            none("{ after: 2026-06-01T03:10:00Z, before: 2026-06-01T03:20:00Z }"),
            "unknown",
        ),
        (
            "filter-an-hour-long-ago",
            population(" && @.time > '2026-06-01T03:10:00Z' && @.time < '2026-06-01T03:20:00Z'"),
            "unknown",
        ),
        (
            "an-hour-of-the-period",
            none("{ after: 2026-10-01T03:10:00Z, before: 2026-10-01T03:20:00Z }"),
            "pass",
        ),
        ("no-time", population(""), "pass"),
        ("filter", population(" && @.time >= '2026-09-01'"), "pass"),
        (
            "period",
            format!("period: 90d\n{}", population("")),
            "pass",
        ),
        (
            "period-more",
            format!("period: 91d\n{}", population("")),
            "unknown",
        ),
        (
            "rate",
            "population: \"$.events[*]\"\nperiod: 90d\ncount: { per: actor_id, within: 1h, at_most: 9999 }".to_owned(),
            "pass",
        ),
        (
            "rate-more",
            "population: \"$.events[*]\"\nperiod: 91d\ncount: { per: actor_id, within: 1h, at_most: 9999 }".to_owned(),
            "unknown",
        ),
        (
            "rate-exceeded",
            "population: \"$.events[*]\"\nperiod: 91d\ncount: { per: actor_id, within: 1d, at_most: 0 }".to_owned(),
            "fail",
        ),
        (
            "rate-of-the-period",
            "population: \"$.events[*]\"\nperiod: 90d\ncount: { per: actor_id, within: 90d, at_most: 9999 }".to_owned(),
            "pass",
        ),
        (
            "rate-of-the-log",
            "population: \"$.events[*]\"\ncount: { per: actor_id, within: 90d, at_most: 9999 }".to_owned(),
            "pass",
        ),
        // No span of so many days can be seen in what was collected, or in what is looked at of it.
        (
            "rate-longer-than-the-log",
            "population: \"$.events[*]\"\ncount: { per: actor_id, within: 120d, at_most: 9999 }".to_owned(),
            "unknown",
        ),
        (
            "rate-longer-than-looked-at",
            "population: \"$.events[*]\"\nwhere: { time: { after: 2026-10-01T03:00:00Z, before: 2026-10-01T08:00:00Z } }\n\
             count: { per: actor_id, within: 6h, at_most: 9999 }"
                .to_owned(),
            "unknown",
        ),
        (
            "rate-within-looked-at",
            "population: \"$.events[*]\"\nwhere: { time: { after: 2026-10-01T03:00:00Z, before: 2026-10-01T08:00:00Z } }\n\
             count: { per: actor_id, within: 5h, at_most: 9999 }"
                .to_owned(),
            "pass",
        ),
        (
            "filter-more",
            population(" && @.time >= '2026-01-01'"),
            "unknown",
        ),
        (
            "excluded",
            format!(
                "{}\nexclude: [{{ reason: long ago, where: {{ time: {{ before: 2026-09-01 }} }} }}]",
                population("")
            ),
            "pass",
        ),
    ];
    let controls: Vec<(&str, &str)> = cases.iter().map(|(id, text, _)| (*id, &**text)).collect();
    let assessment = assess(&path, &controls, &[]);
    for (id, _, outcome) in &cases {
        let found = control(&assessment, id);
        assert_eq!(found["outcome"], *outcome, "{id}: {}", found["reasons"]);
    }
    let reasons = control(&assessment, "within-more")["reasons"].to_string();
    assert!(reasons.contains("too short"), "{reasons}");
    assert!(
        reasons.contains("the control asks about 2026-08-22T05:59:59.999Z too"),
        "{reasons}"
    );
    // A month later the last days are no longer in it.
    let later = assess(&path, &controls, &["--as-of", "2026-12-20T06:00:00Z"]);
    assert_eq!(control(&later, "within")["outcome"], "unknown");
    assert_eq!(control(&later, "both")["outcome"], "pass");
}

#[test]
fn no_built_in_control_over_the_log_passes_where_it_is_cut_begins_too_late_or_was_not_read() {
    let world = world(10, 1);
    let passing = |fault: Option<&str>, days: u32| -> BTreeSet<String> {
        let dir = tempfile::tempdir().expect("a folder");
        let options = ServerOptions {
            faults: fault
                .iter()
                .map(|fault| fault.parse::<Fault>().expect("a fault"))
                .collect(),
            page_max: Some(20),
            ..stable_options()
        };
        let snapshot = try_snapshot(&world, options, Limits::default(), &dir.path().join("s"));
        let snapshot = snapshot.expect("the rest answers");
        let plan = truth::plan_with(&world, &[("period_days", days.into())]);
        let lists = truth::lists(&world, &plan);
        let source = WithLists::new(&snapshot, &lists);
        let assessment = tickmark::assess::assess(&plan, &source, truth::options(&world));
        let controls = assessment.expect("a readable snapshot").controls;
        let of_log = controls
            .into_iter()
            .filter(|control| control.tags.iter().any(|tag| tag == "events"));
        of_log
            .filter(|control| control.outcome == Outcome::Pass)
            .map(|control| control.id)
            .collect()
    };
    let whole = passing(None, 90);
    assert!(whole.len() >= 6, "{whole:?}");
    for (fault, days) in [
        (None, 91),
        (Some("events-stream=403"), 90),
        (Some("events-stream@3+=503"), 90),
        (Some("events-stream@1=empty-page"), 90),
        (Some("event-actions=403"), 90),
    ] {
        let passing = passing(fault, days);
        // Whether the log was read whole does not depend on what its actions are called.
        let allowed = fault == Some("event-actions=403");
        let others: Vec<&String> = passing
            .iter()
            .filter(|id| !allowed || *id != "audit-log-covered")
            .collect();
        assert!(others.is_empty(), "{fault:?}, {days} days: {others:?}");
    }
}

#[test]
fn the_catalog_and_the_snapshot_show_what_events_are_and_of_which_period() {
    let shown = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_tickmark"))
            .args(arguments)
            .env_clear()
            .output()
            .expect("the program starts");
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    insta::assert_snapshot!(shown(&["datasets", "show", "events"]));
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("s");
    snapshot(&world(10, 1), stable_options(), &path);
    let page = shown(&["snapshot", "show", &path.display().to_string()]);
    let start = page.find("events are of").expect("the period");
    insta::assert_snapshot!(page[start..].lines().take(4).collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_period_that_makes_no_sense_is_refused_before_anything_is_sent() {
    for (arguments, words) in [
        (
            &["--events-from", "yesterday"][..],
            "write a day such as `2026-07-01`",
        ),
        (&["--events-to", "2026-07-01"], "--events-from"),
        (
            &["--events-from", "2026-07-01", "--events-days", "3"],
            "cannot be used with",
        ),
        (&["--events-days", "0"], "0 is not in"),
        (
            &[
                "--events-from",
                "2026-07-01",
                "--events-to",
                "2026-07-01T00:00:00Z",
            ],
            "no event happened since 2026-07-01T00:00:00Z and before 2026-07-01T00:00:00Z",
        ),
    ] {
        let dir = tempfile::tempdir().expect("a folder");
        let output = Command::new(env!("CARGO_BIN_EXE_tickmark"))
            .args([
                "collect",
                "--org",
                "o-1",
                "--api-url",
                "http://127.0.0.1:1",
                "--out",
            ])
            .arg(dir.path().join("s"))
            .args(arguments)
            .env_clear()
            .env("ATLASSIAN_API_KEY", "k")
            .output()
            .expect("the program starts");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.contains(words), "{arguments:?}: {told}");
    }
}

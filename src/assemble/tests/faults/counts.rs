//! Records that come twice, without an id or not at all, and counts that tell of it.

use super::reason;
use crate::assemble::tests::records::*;
use crate::assemble::tests::runs::*;
use crate::assemble::tests::server::json_reply;
use crate::assemble::tests::world::World;
use crate::snapshot::{CutReason, RecordSource};
use serde_json::{Value, json};

#[test]
fn an_organisation_without_faults_comes_out_whole() {
    let ran = run(&World::new());
    for (name, statement) in collected(ran.snapshot().manifest()) {
        assert!(
            statement.completeness.is_whole(),
            "{name}: {}",
            statement.completeness
        );
        assert!(statement.records > 0, "{name}");
        for source in &statement.sources {
            assert!(source.completeness.is_whole(), "{name}");
            assert_eq!((source.retries, &source.fallback), (0, &None));
            for count in &source.counts {
                assert_eq!(count.api, count.listed, "{name}: {}", count.kind);
            }
        }
    }
    ran.snapshot()
        .verify_digests()
        .expect("nothing was changed");
    let accounts = &ran.snapshot().manifest().datasets["accounts"];
    assert_eq!((accounts.records, accounts.api_count), (5, Some(5)));
    assert_eq!(
        accounts.sources[0].requests, 6,
        "three pages, two counts, and the counts by kind"
    );
}

#[test]
fn a_record_on_two_pages_is_taken_once_and_counted() {
    let mut world = World::new();
    let accounts = world.records.get_mut(SEARCH).expect("accounts");
    accounts.push(accounts[0].clone());
    // As many different ones as the API counts: none was missed.
    world.counts.insert(SEARCH, 5);
    let ran = run(&world);
    assert_eq!(ran.state("accounts"), "whole");
    let statement = &ran.snapshot().manifest().datasets["accounts"];
    assert_eq!((statement.records, statement.sources[0].records), (5, 6));
}

#[test]
fn a_record_that_comes_twice_with_different_contents_cuts_the_dataset() {
    let mut world = World::new();
    let accounts = world.records.get_mut(SEARCH).expect("accounts");
    let mut later = accounts[0].clone();
    later["accountStatus"] = json!("inactive");
    accounts.push(later);
    world.counts.insert(SEARCH, 5);
    let ran = run(&world);
    assert_eq!(
        ran.state("accounts"),
        "cut: 1 record: came twice with different contents: the organisation changed while it was read"
    );
    assert_eq!(
        ran.record("accounts", "a1")["account_status"],
        "inactive",
        "the later one is kept"
    );
}

#[test]
fn a_record_without_an_id_cuts_the_dataset() {
    for id in [Value::Null, json!(""), json!(7)] {
        let mut world = World::new();
        world.records.get_mut("domains").expect("domains")[1]["id"] = id;
        let ran = run(&world);
        assert_eq!(ran.state("domains"), "cut: 1 record: came without an id");
        assert_eq!(ran.records("domains").len(), 2);
    }
}

#[test]
fn a_record_of_ten_megabytes_passes_and_one_of_seventeen_cuts_the_dataset() {
    for (megabytes, state) in [
        (10, "whole"),
        (17, "cut: 1 record: longer than 16 MiB (RECORD_BYTES_MAX)"),
    ] {
        let mut world = World::new();
        world.records.get_mut(GROUPS).expect("groups")[0]["name"] =
            json!("x".repeat(megabytes * 1_000_000));
        assert_eq!(run(&world).state("groups"), state);
    }
}

#[test]
fn a_count_that_disagrees_cuts_the_dataset_and_says_both_numbers() {
    let mut world = World::new();
    world.counts.insert(SEARCH, 9);
    world.counts.insert("workspaces", 4);
    world.counts.insert("users", 4);
    let ran = run(&world);
    assert_eq!(ran.state("accounts"), "cut: the API counts 9, it listed 5");
    assert_eq!(reason(&ran, "accounts"), CutReason::CountMismatch);
    assert_eq!(
        ran.state("workspaces"),
        "cut: the API counts 4, it listed 1"
    );
    let managed = &ran.snapshot().manifest().datasets["accounts"].sources[1];
    assert_eq!(
        managed.completeness.to_string(),
        "cut: the API counts 4, it listed 3"
    );
}

#[test]
fn a_count_that_is_refused_costs_the_comparison_only() {
    let (state, ran) = state_after("directories/-/users/count", "accounts", |_| {
        Some(json_reply(403, &json!({})))
    });
    assert_eq!(state, "whole");
    assert_eq!(
        ran.snapshot().manifest().datasets["accounts"].api_count,
        None
    );
}

#[test]
fn an_account_that_one_listing_has_and_the_other_must_have_cuts_the_other() {
    // Ids that differ in the case of one letter are two ids.
    let mut world = World::new();
    world.records.get_mut("users").expect("users")[0]["account_id"] = json!("A1");
    let ran = run(&world);
    assert_eq!(reason(&ran, "accounts"), CutReason::CountMismatch);
    assert_eq!(
        ran.state("accounts"),
        "cut: users/search listed 5 accounts and lacks 1 of the 3 that v1 users listed"
    );
    let managed = &ran.snapshot().manifest().datasets["accounts"].sources[1];
    assert_eq!(
        managed.completeness.to_string(),
        "cut: v1 users listed 3 accounts and lacks 1 that users/search calls managed"
    );

    let mut world = World::new();
    world.records.get_mut("users").expect("users").remove(1);
    let ran = run(&world);
    assert_eq!(ran.state("accounts"), "whole");
    let managed = &ran.snapshot().manifest().datasets["accounts"].sources[1];
    assert!(!managed.completeness.is_whole());
}

#[test]
fn a_listing_that_cannot_be_empty_is_not_whole_when_it_is() {
    for (route, dataset) in [
        (SEARCH, "accounts"),
        ("directories", "directories"),
        ("workspaces", "workspaces"),
    ] {
        let mut world = World::new();
        world.records.insert(route, Vec::new());
        let ran = run(&world);
        let state = ran.state(dataset);
        assert!(state.starts_with("cut: "), "{dataset}: {state}");
    }
    // Nobody need have a group or a policy.
    let mut world = World::new();
    world.records.insert("policies", Vec::new());
    assert_eq!(run(&world).state("policies"), "whole");
}

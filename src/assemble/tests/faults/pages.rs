//! Pages and cursors: what ends a listing, and what only cuts it.

use super::{exchanges, reason};
use crate::assemble::tests::records::*;
use crate::assemble::tests::runs::*;
use crate::assemble::tests::server::{json_reply, reply};
use crate::assemble::tests::world::World;
use crate::snapshot::CutReason;
use serde_json::{Value, json};

#[test]
fn what_is_no_word_on_a_next_page_never_ends_a_listing() {
    for rest in [
        r#""links":true"#,
        r#""links":"""#,
        r#""links":[{"next":"c"}]"#,
        r#""links":7"#,
        r#""links":{"next":false}"#,
        r#""links":{"next":{"href":"c"}}"#,
        r#""links":{"next":"c","next":null}"#,
        r#""links":{},"meta":"more""#,
        r#""links":{},"meta":{"next":["c"]}"#,
        r#""links":{},"meta":{"total":"12"}"#,
    ] {
        let body = format!(r#"{{"data":[{{"id":"d1"}}],{rest}}}"#);
        let (state, ran) = state_after("domains", "domains", move |_| {
            Some(reply(200, &[], "application/json", body.clone()))
        });
        assert!(state.starts_with("cut"), "{rest}: {state}");
        assert_eq!(reason(&ran, "domains"), CutReason::BrokenAnswer, "{rest}");
    }
}

#[test]
fn pages_without_records_that_always_name_another_cut_the_listing() {
    let (state, ran) = state_after("domains", "domains", |seen| {
        let next = format!("{}x", seen.cursor.as_deref().unwrap_or_default());
        let body = json!({"data": [], "links": {"next": next}});
        Some(json_reply(200, &body))
    });
    assert_eq!(reason(&ran, "domains"), CutReason::Limit);
    assert!(state.contains("EMPTY_PAGE_COUNT_MAX"), "{state}");
    assert_eq!(exchanges(&ran, "domains").len(), 20);
}

#[test]
fn a_cursor_that_comes_back_cuts_the_dataset_and_ends_the_walk() {
    let page = |next: &str| {
        json_reply(
            200,
            &json!({"data": [{"id": next, "attributes": {}}], "links": {"next": next}}),
        )
    };
    // The same page for ever.
    let (state, ran) = state_after("domains", "domains", move |_| Some(page("same")));
    assert_eq!(
        state,
        "cut: page 2 names a next page that was fetched already, after 2 records"
    );
    assert_eq!(reason(&ran, "domains"), CutReason::RepeatedCursor);
    // A to B to A.
    let (state, _) = state_after("domains", "domains", move |seen| {
        Some(page(if seen.cursor.as_deref() == Some("A") {
            "B"
        } else {
            "A"
        }))
    });
    assert_eq!(
        state,
        "cut: page 3 names a next page that was fetched already, after 3 records"
    );
}

#[test]
fn an_empty_page_in_the_middle_is_no_end() {
    let (state, ran) = state_after("domains", "domains", |seen| {
        let data = |ids: &[&str], next: Value| {
            let records: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
            json_reply(200, &json!({"data": records, "links": {"next": next}}))
        };
        Some(match seen.cursor.as_deref() {
            None => data(&["1"], json!("b")),
            Some("b") => data(&[], json!("c")),
            Some(_) => data(&["2"], json!("")),
        })
    });
    assert_eq!(state, "whole");
    assert_eq!(ran.records("domains").len(), 2);
}

#[test]
fn a_walk_ends_at_the_page_limit() {
    let ran = run_with(&World::new(), |limits| limits.page_count_max = 1);
    assert_eq!(
        ran.state("domains"),
        "cut: stopped after 1 page and 2 records (PAGE_COUNT_MAX); there are more"
    );
    assert_eq!(reason(&ran, "domains"), CutReason::Limit);
    assert_eq!(ran.state("groups"), "whole", "one page is all there is");
}

#[test]
fn a_body_beyond_the_limit_is_not_read_to_its_end() {
    let ran = run_with(&World::new(), |limits| limits.body_bytes_max = 600);
    assert_eq!(
        ran.state("accounts"),
        "cut: page 1: the body is longer than 600 bytes (BODY_BYTES_MAX)"
    );
    assert_eq!(reason(&ran, "accounts"), CutReason::Limit);
    assert_eq!(ran.state("directories"), "whole");
}

#[test]
fn each_listing_sends_its_cursor_the_way_its_api_wants_it() {
    let mut world = World::new();
    world.page_size = 1;
    let workspaces = world.records.get_mut("workspaces").expect("workspaces");
    let mut second = workspaces[0].clone();
    second["id"] = json!("ari:conf");
    workspaces.push(second);
    let ran = run(&world);
    let second_page = |route: &str| {
        ran.seen
            .iter()
            .find(|seen| seen.route == route && seen.cursor.is_some())
            .unwrap_or_else(|| panic!("{route} has a second page"))
    };
    assert_eq!(second_page("workspaces").body, json!({"cursor": "at+1"}));
    assert_eq!(second_page(SEARCH).body["cursor"], "at+1");
    assert_eq!(second_page(SEARCH).body["expand"][0], "platformRoles");
    assert_eq!(second_page("domains").body, Value::Null);
    assert!(second_page("domains").head.contains("?cursor=at%2B1 HTTP"));
    assert_eq!(ran.state("workspaces"), "whole");
}

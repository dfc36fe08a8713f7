//! What the records become: fields, joins, provenance, and the same bytes every time.

use super::records::*;
use super::runs::*;
use super::server::*;
use super::world::World;
use crate::catalog;
use crate::collect::{COLLECTORS, Line, read_journal};
use crate::snapshot::{MisfitKind, RecordSource, journal_path};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::OnceLock;

#[test]
fn the_same_organisation_gives_the_same_bytes() {
    // Both runs are asked over the same port, since the address stands in the manifest.
    let dir = tempfile::tempdir().expect("a folder");
    let digests: Vec<_> = block_on(async {
        let server = Server::start(World::new(), ORG).await;
        let mut digests = Vec::new();
        for name in ["one", "two"] {
            let path = dir.path().join(name);
            let silent = crate::progress::Silent;
            let raw = collect_into(&path, &server.url, Default::default(), &silent).await;
            let snapshot = crate::assemble::assemble(raw.expect("a run"), &silent);
            digests.push(snapshot.expect("a snapshot").digest().to_owned());
        }
        digests
    });
    assert_eq!(digests[0], digests[1]);
}

#[test]
fn accounts_are_joined_from_every_source_and_each_field_says_from_where() {
    let ran = run(&World::new());
    insta::assert_snapshot!("accounts", ran.lines("accounts").join("\n"));
    let provenance = ran.snapshot().provenance().expect("sources.json");
    insta::assert_json_snapshot!("accounts_provenance", provenance.classes["accounts"]);
    assert_eq!(provenance.responses["users/search"].len(), 6);
}

#[test]
fn every_line_says_which_answers_it_came_from() {
    let ran = run(&World::new());
    let provenance = ran.snapshot().provenance().expect("sources.json");
    let collector_of = |source: &str| {
        COLLECTORS
            .iter()
            .find(|collector| collector.source == source)
            .expect("a source that a collector fills")
    };
    for dataset in catalog::DATASETS {
        for line in ran.lines(dataset.name) {
            let record: Value = serde_json::from_str(&line).expect("a line is JSON");
            let mark = record["_"].as_array().expect("a mark");
            let number = |at: usize| mark[at].as_u64().expect("a number") as usize;
            let class = &provenance.classes[dataset.name][number(0)];
            assert_eq!(mark.len(), 1 + class.sources.len(), "{line}");
            for (place, source) in class.sources.iter().enumerate() {
                let note = &provenance.responses[source][number(place + 1)];
                let path = journal_path(&ran.dir, collector_of(source).name);
                let journal = read_journal(&path).expect("a journal");
                let kept = journal
                    .map(|line| line.expect("a line"))
                    .filter_map(|line| match line {
                        Line::Exchange(exchange) => Some(*exchange),
                        Line::End(_) => None,
                    })
                    .find(|exchange| exchange.n == number(place + 1) as u64)
                    .expect("the answer is in the journal");
                assert_eq!(
                    (kept.sha256.as_str(), kept.at),
                    (note.sha256.as_str(), note.at)
                );
                let id = record["id"].as_str().expect("an id");
                let body = kept.body.expect("an answer with a body");
                // The id of a grant joins those of account and group, role or product.
                let names_it = id
                    .split('#')
                    .any(|part| body.contains(&format!("\"{part}\"")));
                assert!(place > 0 || names_it, "{line}: the first source brought it");
            }
        }
    }
}

#[test]
fn groups_are_named_by_their_bare_id_everywhere() {
    let ran = run(&World::new());
    let groups: Vec<Value> = ran
        .records("groups")
        .iter()
        .map(|one| one["id"].clone())
        .collect();
    assert_eq!(ran.record("accounts", "a1")["group_ids"], json!(groups));
    for member in ran.records("group_members") {
        assert!(groups.contains(&member["group_id"]), "{member}");
    }
}

#[test]
fn an_account_that_does_not_tell_its_grants_cuts_the_grants_and_not_the_accounts() {
    let mut world = World::new();
    let accounts = world.records.get_mut(SEARCH).expect("accounts");
    accounts[1]
        .as_object_mut()
        .expect("an object")
        .remove("groups");
    accounts[2]["platformRoles"] = json!("all of them");
    accounts[3]["productAccess"] = json!([{"key": "jira-software"}]);
    let ran = run(&world);
    assert_eq!(ran.state("accounts"), "whole");
    for name in ["group_members", "role_assignments", "product_access"] {
        assert_eq!(
            ran.state(name),
            "cut: 1 account did not tell theirs",
            "{name}"
        );
        assert_eq!(ran.records(name).len(), 4, "{name}");
    }
}

#[test]
fn a_product_that_is_listed_twice_is_one_grant_with_its_newest_activity() {
    let mut world = World::new();
    let product = |last: Value| json!({"id": "ari:jira", "key": "jira-software", "lastActiveTimestamp": last});
    world.records.get_mut(SEARCH).expect("accounts")[0]["productAccess"] = json!([
        product(Value::Null),
        product(json!("2026-10-03T00:00:00Z")),
        product(json!("2026-10-01T00:00:00Z")),
    ]);
    let grant = run(&world).record("product_access", "a1#ari:jira");
    assert_eq!(grant["last_active_at"], "2026-10-03T00:00:00Z");
    // A time that does not read may be the newest: nothing is known then.
    let accounts = world.records.get_mut(SEARCH).expect("accounts");
    accounts[0]["productAccess"][0]["lastActiveTimestamp"] = json!("last week");
    let grant = run(&world).record("product_access", "a1#ari:jira");
    assert_eq!(grant.get("last_active_at"), None);
}

#[test]
fn a_plan_without_classification_levels_is_denied_them_and_nothing_else() {
    let world = World::new().with_fault(|seen| {
        (seen.route == "classification-levels")
            .then(|| json_reply(402, &json!({"errors": [{"detail": "not in your plan"}]})))
    });
    let ran = run(&world);
    assert_eq!(
        ran.state("classification_levels"),
        "denied: 402 Payment Required: not in your plan"
    );
    assert_eq!(ran.state("event_actions"), "whole");
}

#[test]
fn an_undocumented_list_of_another_shape_is_cut_and_kept() {
    let world = World::new().with_fault(|seen| {
        (seen.route == "service-accounts").then(|| json_reply(200, &json!({"serviceAccounts": []})))
    });
    let ran = run(&world);
    let state = ran.state("service_accounts");
    assert!(
        state.ends_with("does not read as a page: missing field `data`"),
        "{state}"
    );
}

#[test]
fn a_list_in_one_answer_that_names_a_second_one_is_cut() {
    let world = World::new().with_fault(|seen| {
        let page = json!({"data": [{"id": "user_login"}], "links": {"next": "more"}});
        (seen.route == "event-actions").then(|| json_reply(200, &page))
    });
    assert_eq!(
        run(&world).state("event_actions"),
        "cut: after 1 record the answer names a next page, and no way to ask for it is documented"
    );
}

#[test]
fn the_other_datasets_follow_the_catalog() {
    let ran = run(&World::new());
    let mut text = String::new();
    for dataset in crate::catalog::DATASETS {
        if dataset.name != "accounts" {
            text.push_str(&format!(
                "{}\n{}\n",
                dataset.name,
                ran.lines(dataset.name).join("\n")
            ));
        }
    }
    insta::assert_snapshot!("other_datasets", text);
}

/// Where `users` (v1) is refused and where it is not: what is known of the activity of `id`.
fn activity(world: &World, id: &str) -> (Value, Value) {
    let record = run(world).record("accounts", id);
    let member = |name: &str| record.get(name).cloned().unwrap_or(json!("absent"));
    (member("activity"), member("last_active_at"))
}

#[test]
fn that_there_was_no_activity_is_known_only_where_every_source_that_tells_was_whole() {
    let absent = || (json!("absent"), json!("absent"));
    let none = || (json!("none_recorded"), Value::Null);
    let whole = World::new();
    let without = |route: &'static str| {
        World::new()
            .with_fault(move |seen| (seen.route == route).then(|| json_reply(403, &json!({}))))
    };
    // Managed: both sources speak of it.
    assert_eq!(activity(&whole, "a2"), none());
    assert_eq!(activity(&without("users"), "a2"), absent());
    assert_eq!(activity(&without(SEARCH), "a2"), absent());
    // Unmanaged: only users/search does.
    assert_eq!(activity(&whole, "a3"), none());
    assert_eq!(activity(&without("users"), "a3"), none());
    // A time that is there proves activity. What was not read may know a newer one.
    assert_eq!(
        activity(&without("users"), "a1"),
        (json!("recorded"), json!("absent"))
    );
    let not_before =
        |world: &World| run(world).record("accounts", "a1")["last_active_not_before"].clone();
    assert_eq!(not_before(&without("users")), "2026-10-01T00:00:00Z");
    assert_eq!(not_before(&whole), "2026-10-02T00:00:00Z");
    // v1 users says nothing of an unmanaged account.
    assert_eq!(
        activity(&without("users"), "a5"),
        (json!("recorded"), json!("2026-09-01T00:00:00Z"))
    );
    assert_eq!(
        activity(&whole, "a1"),
        (json!("recorded"), json!("2026-10-02T00:00:00Z"))
    );
    // A source that does not tell about products has not said that there is none.
    let mut world = World::new();
    let account = &mut world.records.get_mut(SEARCH).expect("accounts")[2];
    account
        .as_object_mut()
        .expect("an object")
        .remove("productAccess");
    assert_eq!(activity(&world, "a3"), absent());
    // A time that does not read may be any time.
    let mut world = World::new();
    world.records.get_mut("users").expect("accounts")[1]["last_active"] = json!("yesterday");
    assert_eq!(activity(&world, "a2"), absent());
    let misfits = run(&world).snapshot().manifest().datasets["accounts"]
        .misfits
        .clone();
    assert_eq!(misfits.len(), 1);
    assert_eq!(
        (misfits[0].field.as_str(), misfits[0].kind),
        ("last_active_at", MisfitKind::WrongType)
    );
    assert_eq!(
        (misfits[0].records, misfits[0].values.as_slice()),
        (1, &["\"yesterday\"".to_owned()][..])
    );
}

#[test]
fn a_domain_is_unverified_only_where_all_domains_are_known() {
    let verified = |world: &World, id: &str| {
        run(world)
            .record("accounts", id)
            .get("email_domain_verified")
            .cloned()
    };
    let whole = World::new();
    assert_eq!(verified(&whole, "a1"), Some(json!(true)));
    assert_eq!(verified(&whole, "a3"), Some(json!(false)));
    let cut = World::new().with_fault(|seen| {
        (seen.route == "domains" && seen.cursor.is_some()).then(|| json_reply(403, &json!({})))
    });
    assert_eq!(
        verified(&cut, "a1"),
        Some(json!(true)),
        "found before the cut"
    );
    assert_eq!(verified(&cut, "a3"), None);
    let mut unnamed = World::new();
    unnamed.records.get_mut("domains").expect("domains")[1]["attributes"] = json!({});
    assert_eq!(verified(&unnamed, "a3"), None);
    let mut odd = World::new();
    odd.records.get_mut("domains").expect("domains")[1]["attributes"] =
        json!({"name": "mail.example", "claim": {"status": "half verified"}});
    assert_eq!(verified(&odd, "a3"), None);
}

#[test]
fn tokens_are_counted_only_for_managed_accounts_and_only_where_all_are_known() {
    let count = |world: &World, id: &str| {
        run(world)
            .record("accounts", id)
            .get("api_token_count")
            .cloned()
    };
    let whole = World::new();
    assert_eq!(count(&whole, "a1"), Some(json!(1)));
    assert_eq!(count(&whole, "a2"), Some(json!(0)));
    assert_eq!(
        count(&whole, "a3"),
        None,
        "nothing is known of tokens of unmanaged accounts"
    );
    let mut ownerless = World::new();
    ownerless.records.get_mut("api-tokens").expect("tokens")[1]["user"] = Value::Null;
    assert_eq!(count(&ownerless, "a2"), None);
    let denied = World::new()
        .with_fault(|seen| (seen.route == "api-tokens").then(|| json_reply(403, &json!({}))));
    assert_eq!(count(&denied, "a1"), None);
    assert_eq!(
        run(&denied).state("accounts"),
        "whole",
        "its main source is"
    );
}

#[test]
fn an_allowlist_that_does_not_tell_its_ranges_cuts_the_ranges_and_not_the_policies() {
    for rule in [
        Value::Null,
        json!({}),
        json!(["203.0.113.0/24"]),
        json!({"in": [7]}),
    ] {
        let mut world = World::new();
        world.records.get_mut("policies").expect("policies")[0]["attributes"]["rule"] = rule;
        let ran = run(&world);
        assert_eq!(
            ran.state("allowlist_ranges"),
            "cut: 1 policy does not tell its ranges"
        );
        assert_eq!(ran.state("policies"), "whole");
    }
}

/// Name and completeness of each dataset, and its records.
type Contents = Vec<(String, Vec<Value>)>;

/// What the organisation comes out as when its records are served in their usual order.
static USUAL: OnceLock<Contents> = OnceLock::new();

/// Records of every dataset, without the mark that says which response brought them.
fn contents(world: &World) -> Contents {
    let ran = run(world);
    crate::catalog::DATASETS
        .iter()
        .map(|dataset| {
            (
                format!("{}: {}", dataset.name, ran.state(dataset.name)),
                ran.records(dataset.name),
            )
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn neither_the_cut_of_the_pages_nor_the_order_of_records_changes_a_dataset(
        page_size in 1_usize..8,
        rotate in 0_usize..5,
        reverse in any::<bool>(),
    ) {
        let mut world = World::new();
        world.page_size = page_size;
        for records in world.records.values_mut() {
            let turns = rotate % records.len();
            records.rotate_left(turns);
            if reverse {
                records.reverse();
            }
        }
        let usual = USUAL.get_or_init(|| contents(&World::new()));
        prop_assert_eq!(&contents(&world), usual);
    }
}

#[test]
fn a_dataset_that_was_left_out_is_not_asked_for_and_what_is_joined_with_it_goes_without() {
    let ran = run_without(&World::new(), &["groups", "classification_levels"]);
    assert!(!ran.seen.iter().any(|seen| seen.route == GROUPS));
    for name in ["groups", "classification_levels"] {
        assert_eq!(
            ran.state(name),
            "not requested: this run did not ask for it"
        );
    }
    assert_eq!(ran.state("accounts"), "whole");
    let member = ran.record("group_members", "g1#a1");
    assert_eq!(
        (&member["account_id"], member.get("group_name")),
        (&json!("a1"), None)
    );
}

/// Misfits of `dataset`: field, kind and values.
fn misfits(ran: &Ran, dataset: &str) -> Vec<(String, MisfitKind, Vec<String>)> {
    let misfits = &ran.snapshot().manifest().datasets[dataset].misfits;
    misfits
        .iter()
        .map(|misfit| (misfit.field.clone(), misfit.kind, misfit.values.clone()))
        .collect()
}

#[test]
fn a_word_that_decides_a_population_and_is_not_known_is_absent_and_listed() {
    for (route, dataset, at, word, field) in [
        (
            "workspaces",
            "workspaces",
            "/attributes/sandbox/type",
            "child",
            "sandbox_type",
        ),
        (
            "workspaces",
            "workspaces",
            "/attributes/typeKey",
            "JIRA-SOFTWARE",
            "type_key",
        ),
        (
            "workspaces",
            "workspaces",
            "/relationships/entitlements/0/attributes/planKey",
            "premium-plus",
            "plan_keys",
        ),
        (
            "policies",
            "policies",
            "/attributes/type",
            "ip-allow-list",
            "type",
        ),
        (
            SEARCH,
            "accounts",
            "/platformRoles/0",
            "atlassian/ORG-ADMIN",
            "platform_roles",
        ),
    ] {
        let mut world = World::new();
        let record = &mut world.records.get_mut(route).expect("records")[0];
        *record.pointer_mut(at).expect("a member") = json!(word);
        let ran = run(&world);
        let absent = ran
            .records(dataset)
            .iter()
            .filter(|record| record.get(field).is_none())
            .count();
        assert_eq!(absent, 1, "{field}");
        let listed = misfits(&ran, dataset);
        assert!(
            listed
                .iter()
                .any(|(name, kind, _)| name == field && *kind == MisfitKind::UnknownWord),
            "{field}: {listed:?}"
        );
    }
    // A policy of no known type may be an allowlist.
    let mut world = World::new();
    world.records.get_mut("policies").expect("policies")[0]["attributes"]["type"] = json!("new");
    assert!(run(&world).state("allowlist_ranges").starts_with("cut"));
}

#[test]
fn a_new_word_of_an_open_list_is_kept_and_listed() {
    let mut world = World::new();
    world.records.get_mut(SEARCH).expect("accounts")[0]["managementSource"] = json!("imported");
    let ran = run(&world);
    assert_eq!(
        ran.record("accounts", "a1")["management_source"],
        "imported"
    );
    assert_eq!(
        misfits(&ran, "accounts"),
        [(
            "management_source".to_owned(),
            MisfitKind::NewWord,
            vec![r#""imported""#.to_owned()]
        )]
    );
}

#[test]
fn an_empty_product_access_of_an_account_with_resources_is_not_known() {
    for (resources, known) in [
        (Value::Null, true),
        (json!(0), true),
        (json!(2), false),
        (json!("2"), false),
    ] {
        let mut world = World::new();
        let account = &mut world.records.get_mut(SEARCH).expect("accounts")[2];
        account["productAccess"] = json!([]);
        account["counts"] = json!({"resources": resources});
        let ran = run(&world);
        let record = ran.record("accounts", "a3");
        for field in ["product_access", "product_access_count"] {
            assert_eq!(record.get(field).is_some(), known, "{resources}: {field}");
        }
        let listed = misfits(&ran, "accounts");
        assert_eq!(listed.is_empty(), known, "{listed:?}");
    }
}

#[test]
fn a_range_that_an_allowlist_names_twice_is_one_and_said_to_be_repeated() {
    let mut world = World::new();
    world.records.get_mut("policies").expect("policies")[0]["attributes"]["rule"]["in"] =
        json!(["203.0.113.0/24", "::1", "203.0.113.0/24"]);
    let ran = run(&world);
    assert_eq!(ran.records("allowlist_ranges").len(), 2);
    assert_eq!(
        misfits(&ran, "allowlist_ranges"),
        [(
            "range".to_owned(),
            MisfitKind::Repeated,
            vec![r#""203.0.113.0/24""#.to_owned()]
        )]
    );
}

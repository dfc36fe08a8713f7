//! What is printed for the sandbox's kinds of organisation, keys and faults; clocks stand still.

use super::*;
use crate::collect::{
    ApiKey, Examination, FixedClock, Limits, ProbeAnswer, ProbeRequest, ScimKeys,
};
use crate::control;
use crate::doctor::KeyUsed;
use crate::plan::{ParameterValues, Plan};
use crate::progress::Silent;
use crate::sandbox::{
    Fault, SANDBOX_KEY, SANDBOX_SCIM_KEY, Server, ServerOptions, World, WorldKind, WorldSpec,
    scim_keys,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What differs from the usual examination.
struct Case<'a> {
    kind: &'a str,
    faults: &'a [&'a str],
    org_id: Option<&'a str>,
    key: &'a str,
    key_label: Option<&'a str>,
    without: &'a [&'a str],
    /// Seed of the organisation.
    seed: u64,
    /// Keys of provisioning directories.
    scim_keys: ScimKeysGiven<'a>,
}

#[derive(Clone, Copy)]
enum ScimKeysGiven<'a> {
    None,
    /// Those of the sandbox.
    Own,
    /// Those of the sandbox, and this line.
    OwnAnd(&'a str),
}

const USUAL: Case<'static> = Case {
    kind: "full",
    faults: &[],
    org_id: None,
    key: SANDBOX_KEY,
    key_label: Some("tickmark (read)"),
    without: &[],
    seed: 1,
    scim_keys: ScimKeysGiven::None,
};

fn now() -> Timestamp {
    "2026-11-20T06:00:00Z".parse().expect("a time")
}

fn examine(case: &Case<'_>) -> (Examination, String, BTreeSet<String>) {
    let (examination, org_id, without, _) = examine_and_see(case);
    (examination, org_id, without)
}

/// The same, with the paths that were asked.
fn examine_and_see(case: &Case<'_>) -> (Examination, String, BTreeSet<String>, Vec<String>) {
    let kind = WorldKind::named(case.kind).expect("a kind");
    let world = World::generate(&WorldSpec {
        kind,
        ..WorldSpec::new(60, case.seed, now())
    });
    let scim_keys = match case.scim_keys {
        ScimKeysGiven::None => ScimKeys::none(),
        ScimKeysGiven::Own => scim_keys(&world),
        ScimKeysGiven::OwnAnd(line) => {
            let own = scim_keys(&world).directories().into_iter();
            let own = own.map(|id| format!("{id}={SANDBOX_SCIM_KEY}\n"));
            let text = format!("{}{line}", own.collect::<String>());
            text.parse().expect("keys")
        }
    };
    let faults = case.faults.iter().map(|text| text.parse::<Fault>());
    let options = ServerOptions {
        clock: Some(now()),
        faults: faults.map(|fault| fault.expect("a fault")).collect(),
        ..ServerOptions::default()
    };
    let without: BTreeSet<String> = case.without.iter().map(|name| (*name).to_owned()).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let server = Server::start(Arc::new(world), options)
            .await
            .expect("a free port");
        let org_id = case.org_id.unwrap_or(server.org_id()).to_owned();
        let request = ProbeRequest {
            api_url: server.base_url(),
            org_id: org_id.clone(),
            key: ApiKey::new(case.key).expect("a key"),
            scim_keys,
            ca_file: None,
            which: Probes::AllBut(without.clone()),
            limits: Limits::default(),
            clock: &FixedClock(now()),
        };
        let examination = probe(&request, &Silent).await.expect("a usable request");
        let seen = server.requests();
        assert!(seen.iter().all(|one| !one.refused), "no request but reads");
        assert!(seen.len() <= 30, "{} requests", seen.len());
        let paths = seen.into_iter().map(|one| one.path).collect();
        (examination, org_id, without, paths)
    })
}

fn diagnosis(case: &Case<'_>) -> Diagnosis {
    let (examination, org_id, without) = examine(case);
    let (controls, problems) = control::load(&control::builtin());
    assert!(problems.is_empty());
    let Ok(plan) = Plan::new(controls, &ParameterValues::none()) else {
        panic!("the built-in controls can be planned")
    };
    diagnose(&Patient {
        org_id: &org_id,
        api_url: "https://api.sandbox.example",
        examination: &examination,
        without: &without,
        key_label: case.key_label,
        organization_plan: None,
        lists: &[],
        plan: &plan,
    })
}

fn told(case: &Case<'_>) -> (Health, String) {
    let diagnosis = diagnosis(case);
    (diagnosis.health, text(&diagnosis, Signs::Unicode))
}

#[test]
fn a_good_key_reads_everything_and_nothing_is_due() {
    let (health, told) = told(&USUAL);
    assert_eq!(health, Health::Well, "{told}");
    insta::assert_snapshot!(told);
}

#[test]
fn a_key_without_some_scopes_is_told_which_and_what_they_cost() {
    let (health, told) = told(&Case {
        kind: "key-few-scopes",
        key_label: None,
        ..USUAL
    });
    assert_eq!(health, Health::Incomplete);
    insta::assert_snapshot!(told);
}

#[test]
fn an_organisation_without_a_plan_is_told_what_the_plan_lacks() {
    let (health, told) = told(&Case {
        kind: "no-guard",
        key_label: None,
        ..USUAL
    });
    assert_eq!(health, Health::Incomplete);
    insta::assert_snapshot!(told);
}

#[test]
fn what_is_asked_for_in_parts_is_tried_with_one_account_and_with_each_directorys_own_key() {
    let diagnosis = diagnosis(&Case {
        scim_keys: ScimKeysGiven::Own,
        ..USUAL
    });
    assert!(
        diagnosis
            .requests
            .iter()
            .all(|one| one.access == Access::Answered)
    );
    let of = |end: &str| {
        diagnosis
            .requests
            .iter()
            .find(|one| one.path.ends_with(end))
    };
    for (end, key) in [
        ("/role-assignments", KeyUsed::Organization),
        ("/bulk-fetch", KeyUsed::Organization),
        ("/Users", KeyUsed::Directory),
        ("/Groups", KeyUsed::Directory),
    ] {
        let request = of(end).expect("a request");
        assert_eq!((request.records, request.key), (Some(1), key), "{end}");
    }
    let told = text(&diagnosis, Signs::Unicode);
    assert!(!told.contains("not tried"), "{told}");
}

#[test]
fn a_directorys_key_that_is_not_accepted_is_told_with_its_directory_and_is_not_the_organisations() {
    let refused = diagnosis(&Case {
        scim_keys: ScimKeysGiven::OwnAnd("zz-unknown=another-key"),
        ..USUAL
    });
    assert_eq!(refused.health, Health::Incomplete);
    let told = text(&refused, Signs::Unicode);
    for words in [
        "scim_users, scim_groups: directory zz-unknown: 40",
        "the directory's own key is expired, revoked or mistyped, or its id is",
        "Regenerate key",
        "the directory's own key is not accepted",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains("another-key"));
    // Where the organisation's key is refused everywhere, that a directory answers its own changes nothing.
    let unknown = diagnosis(&Case {
        key: "expired-or-revoked",
        scim_keys: ScimKeysGiven::Own,
        ..USUAL
    });
    assert_eq!(unknown.health, Health::KeyRefused);
}

#[test]
fn where_the_smallest_page_names_no_managed_account_one_is_looked_for_on_a_full_page() {
    let mut searches = BTreeSet::new();
    for seed in 1..=6 {
        let (examination, _, _, paths) = examine_and_see(&Case { seed, ..USUAL });
        let mut probes = examination.probes.iter();
        let policies = probes.find(|probe| probe.request.path.ends_with("/bulk-fetch"));
        let answer = &policies.expect("a probe").answer;
        assert!(
            matches!(answer, ProbeAnswer::Page { records: 1, .. }),
            "{seed}: {answer:?}"
        );
        let is_search = |path: &&String| path.ends_with("/users/search");
        searches.insert(paths.iter().filter(is_search).count());
    }
    // One for the accounts, one for the administrators, and one more where the first account is another's.
    assert_eq!(searches, BTreeSet::from([2, 3]));
}

#[test]
fn what_asks_about_accounts_is_not_tried_where_none_was_listed() {
    let examined = diagnosis(&Case {
        faults: &["users-search=403"],
        ..USUAL
    });
    let open = |diagnosis: &Diagnosis, end: &str| {
        let mut requests = diagnosis.requests.iter();
        requests
            .find(|one| one.path.ends_with(end))
            .and_then(|one| one.cause)
    };
    for end in ["/role-assignments", "/bulk-fetch"] {
        assert_eq!(open(&examined, end), Some(Cause::NoAccount), "{end}");
    }
    let left_out = diagnosis(&Case {
        without: &["accounts"],
        ..USUAL
    });
    assert_eq!(open(&left_out, "/bulk-fetch"), Some(Cause::NoAccount));
    assert_eq!(left_out.health, Health::Well);
}

#[test]
fn what_the_plan_lacks_can_be_left_out_and_is_then_no_fault() {
    let (health, told) = told(&Case {
        kind: "no-guard",
        without: &["classification_levels", "event_actions", "events"],
        ..USUAL
    });
    assert_eq!(health, Health::Well, "{told}");
    assert!(
        told.contains("-  classification_levels") && told.contains("left out"),
        "{told}"
    );
    // The last lines are true of what is left out, too.
    assert!(
        told.contains("event_actions, events: left out on request"),
        "{told}"
    );
}

#[test]
fn a_key_that_is_due_is_told_with_its_days() {
    for (kind, what) in [
        (
            "key-expires-soon",
            "the key `tickmark (read)` expires in 9 days",
        ),
        (
            "key-old",
            "the key `tickmark (read)` is 200 days old; keys are due for rotation at 180",
        ),
        (
            "key-unscoped",
            "the key `tickmark (read)` has no scopes and may do everything",
        ),
        (
            "key-writes",
            "the key `tickmark (read)` has scopes that let it change things",
        ),
    ] {
        let (health, told) = told(&Case { kind, ..USUAL });
        assert_eq!(health, Health::Attention, "{kind}: {told}");
        assert!(told.contains(&format!("  ! {what}")), "{kind}: {told}");
    }
}

#[test]
fn clocks_that_disagree_are_told_with_their_difference() {
    for (skew, what) in [
        ("any=skew:300", "300 s behind the server's"),
        ("any=skew:-90", "90 s ahead of the server's"),
    ] {
        let (health, told) = told(&Case {
            faults: &[skew],
            ..USUAL
        });
        assert_eq!(health, Health::Attention);
        assert!(told.contains(&format!("clock         {what}")), "{told}");
        assert!(told.contains("set the clock by a time server"), "{told}");
    }
    let (health, _) = told(&Case {
        faults: &["any=skew:59"],
        ..USUAL
    });
    assert_eq!(health, Health::Well, "less than a minute");
}

#[test]
fn another_organisations_id_is_told_as_one_thing() {
    let (health, told) = told(&Case {
        org_id: Some("6c9d2f6e-1b0a-4a57-9d3c-0f4e5b7a8c21"),
        ..USUAL
    });
    assert_eq!(health, Health::Incomplete);
    insta::assert_snapshot!(told);
}

#[test]
fn a_key_that_nobody_knows_is_told_as_one_thing() {
    let (health, told) = told(&Case {
        key: "expired-or-revoked",
        ..USUAL
    });
    assert_eq!(health, Health::KeyRefused);
    insta::assert_snapshot!(told);
    assert!(!told.contains("expired-or-revoked"));
}

#[test]
fn other_answers_than_the_apis_are_told_apart() {
    for (fault, what, mend) in [
        (
            "any=html-200",
            "something else than the API answered: the answer is `text/html`, not JSON",
            "a proxy, a sign-in page of the network",
        ),
        (
            "any=redirect",
            "the API redirects to elsewhere.invalid, which is not followed",
            "a proxy, a sign-in page of the network",
        ),
        (
            "any=503",
            "no answer: 503 Service Unavailable",
            "status.atlassian.com",
        ),
        (
            "any=429:retry-after-600",
            "the rate limit is used up",
            "in a minute",
        ),
        (
            "domains=404",
            "404 here: not offered to this organisation",
            "--without",
        ),
        (
            "groups-search=403",
            "403, although the key has the scope `read:groups:admin`",
            "Atlassian support",
        ),
        (
            "users-search=403",
            "403; the vendor states no scope for it",
            "every read scope",
        ),
        (
            "workspaces@1=401",
            "401 here, while other requests",
            "run this again",
        ),
        (
            "users-count=403",
            "the API's own count is not told (403 Forbidden",
            "compared",
        ),
    ] {
        let (_, told) = told(&Case {
            faults: &[fault],
            ..USUAL
        });
        assert!(
            told.contains(what) && told.contains(mend),
            "{fault}: {told}"
        );
    }
}

#[test]
fn a_rate_limit_that_lifts_within_seconds_is_waited_for() {
    let (health, told) = told(&Case {
        faults: &["domains@1=429:retry-after-2"],
        ..USUAL
    });
    assert_eq!(health, Health::Well, "{told}");
}

#[test]
fn a_diagnosis_as_json_fits_its_schema() {
    let schema = crate::doctor::schema();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for kind in ["full", "key-few-scopes", "no-guard"] {
        let diagnosis = diagnosis(&Case { kind, ..USUAL });
        let json = serde_json::to_value(&diagnosis).expect("JSON");
        let problems: Vec<String> = validator
            .iter_errors(&json)
            .map(|one| one.to_string())
            .collect();
        assert!(problems.is_empty(), "{kind}: {problems:?}");
    }
    let broken = serde_json::json!({ "format": "tickmark-doctor/1" });
    assert!(!validator.is_valid(&broken));
}

//! What is printed for the sandbox's kinds of organisation, keys and faults; clocks stand still.

use super::*;
use crate::collect::{ApiKey, Examination, FixedClock, Limits, ProbeRequest};
use crate::control;
use crate::plan::{ParameterValues, Plan};
use crate::progress::Silent;
use crate::sandbox::{Fault, SANDBOX_KEY, Server, ServerOptions, World, WorldKind, WorldSpec};
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
}

const USUAL: Case<'static> = Case {
    kind: "full",
    faults: &[],
    org_id: None,
    key: SANDBOX_KEY,
    key_label: Some("tickmark (read)"),
    without: &[],
};

fn now() -> Timestamp {
    "2026-11-20T06:00:00Z".parse().expect("a time")
}

fn examine(case: &Case<'_>) -> (Examination, String, BTreeSet<String>) {
    let kind = WorldKind::named(case.kind).expect("a kind");
    let world = World::generate(&WorldSpec {
        kind,
        ..WorldSpec::new(60, 1, now())
    });
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
            ca_file: None,
            which: Probes::AllBut(without.clone()),
            limits: Limits::default(),
            clock: &FixedClock(now()),
        };
        let examination = probe(&request, &Silent).await.expect("a usable request");
        let seen = server.requests();
        assert!(seen.iter().all(|one| !one.refused), "no request but reads");
        assert!(seen.len() <= 30, "{} requests", seen.len());
        (examination, org_id, without)
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

//! Diagnoses of answers that are written here, so that each cause stands alone.

use super::*;
use crate::collect::{
    KeyList, ListedKey, NetworkPath, NotAsked, ProbeAnswer, ProbeFailure, RequestPattern, requests,
};
use crate::control;
use crate::diagnostic::{Look, SourceFile};
use crate::plan::ParameterValues;

fn now() -> Timestamp {
    "2026-11-20T06:00:00Z".parse().expect("a time")
}

fn before(days: i64) -> Timestamp {
    now() - SignedDuration::from_hours(24 * days)
}

/// What every request is answered with, and the keys of the list.
fn examination(
    keys: Vec<ListedKey>,
    answer: impl Fn(&RequestPattern) -> ProbeAnswer,
) -> Examination {
    let dataset = |pattern: &RequestPattern| {
        let mut collectors = crate::collect::COLLECTORS.iter();
        let collector = collectors.find(|one| one.name == pattern.collector);
        collector.expect("a collector").dataset
    };
    let is_asked = |one: &RequestPattern| ["page", "count"].contains(&one.purpose);
    let probes = requests()
        .into_iter()
        .filter(is_asked)
        .map(|request| Probe {
            dataset: dataset(&request),
            answer: answer(&request),
            request,
            allowance: None,
            clock_skew_ms: Some(0),
            took: None,
        });
    Examination {
        network: NetworkPath {
            proxy: None,
            trust: Trust::System,
        },
        probes: probes.collect(),
        keys: Some(KeyList {
            keys,
            is_whole: true,
        }),
        at: now(),
    }
}

fn page() -> ProbeAnswer {
    ProbeAnswer::Page {
        records: 1,
        has_next: true,
        name: None,
    }
}

fn refused(status: u16) -> ProbeAnswer {
    ProbeAnswer::Refused {
        status,
        detail: format!("{status} said"),
    }
}

fn not_asked(why: NotAsked) -> ProbeAnswer {
    ProbeAnswer::NotAsked { why }
}

fn key(label: &str, age: i64, left: i64, scopes: &[&str]) -> ListedKey {
    ListedKey {
        id: format!("id of {label}"),
        label: label.to_owned(),
        created_at: Some(before(age)),
        expires_at: Some(before(-left)),
        last_active_at: Some(before(1)),
        scopes: Some(scopes.iter().map(|scope| (*scope).to_owned()).collect()),
    }
}

fn builtin() -> Plan {
    planned(&control::builtin())
}

fn planned(files: &[SourceFile]) -> Plan {
    let (controls, problems) = control::load(files);
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    Plan::new(controls, &ParameterValues::none())
        .unwrap_or_else(|problems| panic!("{}", problems.render(Look::Plain)))
}

fn diagnosed(examination: &Examination, plan: &Plan) -> Diagnosis {
    diagnose(&Patient {
        org_id: "o-1",
        api_url: "https://api.example",
        examination,
        without: &BTreeSet::new(),
        key_label: None,
        organization_plan: None,
        lists: &[],
        plan,
    })
}

const GROUPS: &str = "/groups/search";
const ALL: &[&str] = &[];

#[test]
fn each_refusal_has_its_cause() {
    let plan = builtin();
    let cause_of_groups = |status: u16, scopes: &[&str]| {
        let examination = examination(vec![key("k", 10, 300, scopes)], |pattern| {
            match pattern.path.ends_with(GROUPS) {
                true => refused(status),
                false => page(),
            }
        });
        let diagnosis = diagnosed(&examination, &plan);
        let mut requests = diagnosis.requests.iter();
        let groups = requests.find(|request| request.path.ends_with(GROUPS));
        groups.and_then(|request| request.cause).expect("a cause")
    };
    let every: Vec<String> = requests_scopes();
    let every: Vec<&str> = every.iter().map(String::as_str).collect();
    let but_groups: Vec<&str> = every
        .iter()
        .copied()
        .filter(|scope| *scope != "read:groups:admin")
        .collect();
    assert_eq!(cause_of_groups(403, &but_groups), Cause::ScopeMissing);
    assert_eq!(cause_of_groups(403, &every), Cause::NotPermitted);
    assert_eq!(cause_of_groups(403, ALL), Cause::NotPermitted);
    assert_eq!(cause_of_groups(401, ALL), Cause::KeyUnknownHere);
    assert_eq!(cause_of_groups(402, ALL), Cause::Plan);
    assert_eq!(cause_of_groups(404, ALL), Cause::NotOffered);
    assert_eq!(cause_of_groups(400, ALL), Cause::Refused);
}

/// Every scope that a request needs.
fn requests_scopes() -> Vec<String> {
    let sources = crate::catalog::DATASETS
        .iter()
        .flat_map(|dataset| dataset.sources);
    let scopes: BTreeSet<&str> = sources.filter_map(|source| source.scope).collect();
    scopes.into_iter().map(str::to_owned).collect()
}

#[test]
fn a_refusal_of_everything_is_the_keys_or_the_organisations() {
    let plan = builtin();
    for (status, cause, health) in [
        (401, Cause::KeyUnknown, Health::KeyRefused),
        (403, Cause::Organization, Health::KeyRefused),
        (404, Cause::Organization, Health::Incomplete),
    ] {
        let mut examination = examination(Vec::new(), |pattern| {
            match pattern.path.contains("{directory}") {
                true => not_asked(NotAsked::NoDirectoryKey),
                false => refused(status),
            }
        });
        examination.keys = None;
        let diagnosis = diagnosed(&examination, &plan);
        let mut asked = diagnosis
            .requests
            .iter()
            .filter(|one| one.access != Access::NotAsked);
        assert!(asked.all(|one| one.cause == Some(cause)));
        assert_eq!(diagnosis.health, health);
        assert_eq!(diagnosis.advice.len(), 1, "{:?}", diagnosis.advice);
        assert!(diagnosis.advice[0].what.starts_with("everything: "));
    }
}

#[test]
fn where_nobody_is_reached_the_networks_own_words_say_what_to_do() {
    let plan = builtin();
    for (detail, proxy, mend) in [
        ("no connection: Connection refused", None, "set HTTPS_PROXY"),
        (
            "no connection: tunnel error",
            Some("proxy.example:3128"),
            "check the proxy proxy.example:3128",
        ),
        (
            "no connection: invalid peer certificate: UnknownIssuer",
            None,
            "--ca-file",
        ),
    ] {
        let mut examination = examination(Vec::new(), |_| ProbeAnswer::Failed {
            why: ProbeFailure::NotConnected,
            detail: detail.to_owned(),
        });
        examination.keys = None;
        examination.network.proxy = proxy.map(str::to_owned);
        let diagnosis = diagnosed(&examination, &plan);
        assert_eq!(diagnosis.health, Health::Unreached);
        assert_eq!(diagnosis.advice.len(), 1);
        assert!(diagnosis.advice[0].what.contains(detail));
        assert!(
            diagnosis.advice[0].mend.contains(mend),
            "{:?}",
            diagnosis.advice
        );
    }
}

#[test]
fn the_key_in_use_is_found_by_what_it_may_read() {
    let plan = builtin();
    let every: Vec<String> = requests_scopes();
    let every: Vec<&str> = every.iter().map(String::as_str).collect();
    let identified = |keys: Vec<ListedKey>| {
        let examination = examination(keys, |_| page());
        diagnosed(&examination, &plan).key
    };
    let alone = identified(vec![
        key("mine", 10, 300, &every),
        key("expired", 300, -1, ALL),
        key("small", 10, 300, &["read:groups:admin"]),
    ]);
    assert_eq!(alone.identification, Identification::Certain);
    assert_eq!(alone.key.expect("a key").label, "mine");
    let two = identified(vec![
        ListedKey {
            last_active_at: Some(before(3)),
            ..key("older use", 10, 300, &every)
        },
        key("newer use", 10, 300, ALL),
    ]);
    assert_eq!(two.identification, Identification::Likely);
    assert_eq!(two.key.expect("a key").label, "newer use");
    assert_eq!(two.others[0].label, "older use");
    let none = identified(vec![key("small", 10, 300, &["read:groups:admin"])]);
    assert_eq!(none.identification, Identification::NotFound);
}

#[test]
fn a_list_of_keys_that_was_not_read_to_its_end_makes_no_key_certain() {
    let mut examination = examination(vec![key("mine", 10, 300, ALL)], |_| page());
    examination.keys.as_mut().expect("keys").is_whole = false;
    let diagnosis = diagnosed(&examination, &builtin());
    assert_eq!(diagnosis.key.identification, Identification::Likely);
}

#[test]
fn a_key_is_due_at_thirty_days_left_and_at_a_hundred_and_eighty_of_age() {
    let plan = builtin();
    let every: Vec<String> = requests_scopes();
    let every: Vec<&str> = every.iter().map(String::as_str).collect();
    for (age, left, health, due) in [
        (179, 31, Health::Well, 0),
        (179, 30, Health::Attention, 1),
        (180, 31, Health::Attention, 1),
        (335, 30, Health::Attention, 2),
    ] {
        let examination = examination(vec![key("mine", age, left, &every)], |_| page());
        let diagnosis = diagnosed(&examination, &plan);
        assert_eq!(diagnosis.health, health, "{age} {left}");
        let found = diagnosis
            .advice
            .iter()
            .filter(|one| one.level == Level::Due);
        assert_eq!(found.count(), due, "{:?}", diagnosis.advice);
    }
}

#[test]
fn a_scope_is_droppable_only_if_no_control_and_no_unstated_scope_rests_on_it() {
    let every: Vec<String> = requests_scopes();
    let scopes: Vec<&str> = every
        .iter()
        .map(String::as_str)
        .chain(["write:orgs:admin"])
        .collect();
    let plan = planned(&[SourceFile::new(
        "domains-only.yaml",
        CONTROL
            .replace("ID", "domains-only")
            .replace("DATASET", "domains")
            .replace("EXPECT", "claim_status: verified"),
    )]);
    let examination = examination(vec![key("mine", 10, 300, &scopes)], |_| page());
    let diagnosis = diagnosed(&examination, &plan);
    let droppable: BTreeSet<&str> = diagnosis
        .scopes
        .droppable
        .iter()
        .map(|one| one.scope.as_str())
        .collect();
    assert!(
        !droppable.contains("read:domains:admin"),
        "a control reads it"
    );
    assert!(
        !droppable.contains("read:keys:admin"),
        "it tells the key's own expiry"
    );
    assert!(
        !droppable.contains("read:directories:admin"),
        "the search below it states no scope, and may rest on this one"
    );
    assert!(droppable.contains("read:policies:admin"));
    let writes = diagnosis.scopes.droppable.iter().find(|one| one.writes);
    assert_eq!(writes.expect("a scope").scope, "write:orgs:admin");
}

const CONTROL: &str = "\
id: ID
title: A control
severity: low
tags: []
revision: 1
rationale: A reason.
not_tested: Everything else.
remediation: Mend it.
check_yourself: Look.
references: []
maps_to: {}
population: \"$.DATASET[*]\"
expect:
  EXPECT
on_empty: not_applicable
message: it does not
evidence: []
";

fn control(id: &str, dataset: &str, expect: &str) -> SourceFile {
    let text = CONTROL
        .replace("ID", id)
        .replace("DATASET", dataset)
        .replace("EXPECT", expect);
    SourceFile::new(format!("{id}.yaml"), text)
}

#[test]
fn the_ladder_counts_what_can_be_concluded_for_all_for_some_and_for_nobody() {
    let plan = planned(&[
        control("known", "accounts", "mfa_enabled: true"),
        control(
            "for-some",
            "accounts",
            "any: [{ mfa_enabled: true }, { sso: true }]",
        ),
        control("never", "accounts", "sso: true"),
        control("denied", "groups", "name: { set: true }"),
        control("joined", "accounts", "email_domain_verified: true"),
    ]);
    let examination = examination(vec![key("k", 10, 300, ALL)], |pattern| {
        match pattern.path.ends_with(GROUPS) || pattern.path.ends_with("/domains") {
            true => refused(403),
            false => page(),
        }
    });
    let ladder = diagnosed(&examination, &plan).ladder;
    let open: Vec<(&str, Conclusion)> = ladder
        .open
        .iter()
        .map(|one| (one.id.as_str(), one.conclusion))
        .collect();
    assert_eq!(
        open,
        [
            ("denied", Conclusion::Never),
            // Domains that are verified are found among those known; who is not is not known.
            ("for-some", Conclusion::ForSome),
            ("joined", Conclusion::ForSome),
            ("never", Conclusion::Never),
        ]
    );
    let steps: Vec<(StepKind, usize, usize, usize)> = ladder
        .steps
        .iter()
        .map(|step| (step.kind, step.concluded, step.for_some, step.alone))
        .collect();
    assert_eq!(
        steps[..2],
        [(StepKind::Key, 1, 2, 0), (StepKind::Scopes, 3, 1, 2)]
    );
    // Each of the exports and statements that may tell of single sign-on.
    assert!(steps.len() > 2);
    for step in &steps[2..] {
        assert_eq!(*step, (StepKind::Evidence, 5, 0, 2));
    }
    assert_eq!(ladder.steps[2].adds, ["managed accounts export"]);
}

#[test]
fn what_asks_about_accounts_comes_with_their_listing_and_a_directory_with_its_own_key() {
    let plan = planned(&[
        control("roles", "admin_role_assignments", "role: { set: true }"),
        control(
            "members",
            "authentication_policy_members",
            "policy_name: { set: true }",
        ),
        control("people", "scim_users", "user_name: { set: true }"),
    ]);
    let steps = |listing: ProbeAnswer, of_directory: ProbeAnswer| {
        let examination = examination(vec![key("k", 10, 300, ALL)], |pattern| match pattern.path {
            path if path.ends_with("/users/search") => listing.clone(),
            path if path.contains("{account}") || path.ends_with("/bulk-fetch") => {
                not_asked(NotAsked::NoAccount)
            }
            path if path.contains("{directory}") => of_directory.clone(),
            _ => page(),
        });
        let steps = diagnosed(&examination, &plan).ladder.steps.into_iter();
        assert!(steps.clone().all(|step| step.usable));
        steps
            .map(|step| (step.kind, step.concluded))
            .collect::<Vec<_>>()
    };
    // Who may read the listing may ask about its accounts.
    assert_eq!(
        steps(refused(403), not_asked(NotAsked::NoDirectoryKey)),
        [
            (StepKind::Key, 0),
            (StepKind::Scopes, 2),
            (StepKind::OwnKey, 3),
        ]
    );
    // An organisation without administrators and managed accounts: there is nothing to ask, and that is an answer.
    let empty = ProbeAnswer::Page {
        records: 0,
        has_next: false,
        name: None,
    };
    assert_eq!(
        steps(empty, refused(401)),
        [(StepKind::Key, 2), (StepKind::OwnKey, 3)]
    );
}

#[test]
fn more_evidence_never_concludes_fewer_controls_and_all_of_it_concludes_all() {
    let plan = builtin();
    for status in [401, 402, 403, 404] {
        let examination = examination(Vec::new(), |_| refused(status));
        let ladder = diagnosed(&examination, &plan).ladder;
        let counts: Vec<usize> = ladder.steps.iter().map(|step| step.concluded).collect();
        assert!(counts.is_sorted(), "{counts:?}");
        assert_eq!(counts.first(), Some(&0));
        assert_eq!(
            counts.last(),
            Some(&plan.controls.len()),
            "{:?}",
            ladder.open
        );
    }
}

const WITH_LIST: &str = "\
inputs:
  leavers: { id: email, fields: { email: email } }
";

#[test]
fn lists_plans_and_peoples_answers_are_steps_of_their_own() {
    let of_list = CONTROL
        .replace("ID", "of-list")
        .replace("DATASET", "inputs.leavers")
        .replace("EXPECT", "email: { set: true }");
    let of_list = format!("{of_list}{WITH_LIST}");
    let asked = CONTROL.replace("ID", "asked");
    let population = asked.find("population:").expect("a population");
    let asked = format!(
        "{}attest:\n  question: Is it so?\n  answer_expected: yes\n  valid_for: 90d\n",
        &asked[..population]
    );
    let planned_one = CONTROL
        .replace("ID", "of-plan")
        .replace("DATASET", "domains")
        .replace("EXPECT", "claim_status: verified");
    let planned_one = format!("{planned_one}requires: {{ plan: guard-standard }}\n");
    let plan = planned(&[
        SourceFile::new("of-list.yaml", of_list),
        SourceFile::new("asked.yaml", asked),
        SourceFile::new("of-plan.yaml", planned_one),
    ]);
    let examination = examination(vec![key("k", 10, 300, ALL)], |_| page());
    let climbed = |organization_plan, lists: &[String]| {
        let diagnosis = diagnose(&Patient {
            org_id: "o-1",
            api_url: "https://api.example",
            examination: &examination,
            without: &BTreeSet::new(),
            key_label: None,
            organization_plan,
            lists,
            plan: &plan,
        });
        let steps = diagnosis.ladder.steps.into_iter();
        steps
            .map(|step| (step.kind, step.concluded))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        climbed(None, &[]),
        [
            (StepKind::Key, 0),
            (StepKind::Parameters, 1),
            (StepKind::Lists, 2),
            (StepKind::Evidence, 3),
        ]
    );
    // A lower plan settles it too: the control does not apply.
    let plan_told = Some(crate::control::OrganizationPlan::NoGuard);
    assert_eq!(
        climbed(plan_told, &["leavers".to_owned()]),
        [(StepKind::Key, 2), (StepKind::Evidence, 3)]
    );
}

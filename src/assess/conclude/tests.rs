use proptest::prelude::*;
use serde_json::{Value, json};

use crate::assess::{
    AssessOptions, ControlAssessment, Entries, Entry, Note, Outcome, Reason, assess,
};
use crate::catalog;
use crate::control::{OrganizationPlan, load};
use crate::diagnostic::{Look, SourceFile};
use crate::plan::{ParameterValues, Plan};
use crate::snapshot::{Completeness, CutReason, MemorySource};

/// What a control lists.
fn held<T: Entry>(entries: &Entries<T>) -> &[T] {
    entries.held().expect("nobody asked to put anything aside")
}

/// What the control with `body` concludes on `accounts`, in an organisation of `plan`.
fn check_on(
    body: &str,
    accounts: &[Value],
    is_whole: bool,
    plan: Option<OrganizationPlan>,
) -> ControlAssessment {
    let text = format!("id: t\ntitle: T\nseverity: low\nrationale: R\n{body}");
    let (controls, problems) = load(&[SourceFile::new("t.yaml", text)]);
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    let planned = Plan::new(controls, &ParameterValues::none()).expect("the defaults fit");
    let dataset = catalog::dataset("accounts").expect("it is in the catalog");
    let mut source = MemorySource::new("2026-03-01T00:00:00Z".parse().expect("a time"));
    source.set_records(dataset, accounts);
    if !is_whole {
        let cut = Completeness::Cut {
            reason: CutReason::Limit,
            detail: "for the test".to_owned(),
        };
        source.set_completeness(dataset, cut);
    }
    let options = AssessOptions {
        organization_plan: plan,
        ..AssessOptions::default()
    };
    let mut assessment = assess(&planned, &source, options).expect("the records are canonical");
    assessment.controls.pop().expect("there is one control")
}

fn check(body: &str, accounts: &[Value]) -> ControlAssessment {
    check_on(body, accounts, true, None)
}

/// Managed accounts by what is known of their single sign-on: `true`, `false`, or absent.
fn accounts(yes: usize, no: usize, absent: usize) -> Vec<Value> {
    let known = std::iter::repeat_n(Some(true), yes)
        .chain(std::iter::repeat_n(Some(false), no))
        .chain(std::iter::repeat_n(None, absent));
    known
        .enumerate()
        .map(|(number, sso)| {
            let mut account = json!({
                "id": format!("a{number:04}"), "name": "A", "claim_status": "managed",
            });
            if let Some(sso) = sso {
                account["sso"] = sso.into();
            }
            account
        })
        .collect()
}

const SHARE: &str = "\
population: \"$.accounts[?@.claim_status == 'managed']\"
expect: { sso: true }
share: { at_least: 98% }
on_empty: not_applicable
";

#[test]
fn a_share_is_compared_in_whole_numbers() {
    for (yes, no, absent, outcome) in [
        (98, 2, 0, Outcome::Pass),
        (97, 3, 0, Outcome::Fail),
        // 97.99 %, which any rounding would make 98 %.
        (4_899, 101, 0, Outcome::Fail),
        (4_900, 100, 0, Outcome::Pass),
        // The unknown ones decide.
        (97, 2, 1, Outcome::Unknown),
        (98, 1, 1, Outcome::Pass),
        (97, 2, 5, Outcome::Unknown),
        (90, 10, 5, Outcome::Fail),
        (0, 0, 0, Outcome::NotApplicable),
    ] {
        let control = check(SHARE, &accounts(yes, no, absent));
        assert_eq!(
            control.outcome, outcome,
            "{yes} yes, {no} no, {absent} unknown"
        );
    }
}

#[test]
fn enough_of_a_cut_population_is_no_pass() {
    let body = "population: \"$.accounts[*]\"\ncount: { at_least: 2 }\n";
    let outcome = |is_whole| check_on(body, &accounts(3, 0, 0), is_whole, None).outcome;
    assert_eq!(outcome(true), Outcome::Pass);
    assert_eq!(outcome(false), Outcome::Unknown);
}

#[test]
fn a_share_that_fails_is_one_finding_and_its_subjects_are_observations() {
    let control = check(SHARE, &accounts(90, 10, 2));
    let [finding] = held(&control.findings) else {
        panic!("{:?}", control.findings);
    };
    assert_eq!(
        (finding.subject.as_str(), finding.outcome),
        ("-", Outcome::Fail)
    );
    assert_eq!(
        &*finding.message,
        "90 of 102 accounts (88.23%) meet the requirement, 2 unknown; at least 98% required"
    );
    let by_outcome = |outcome| {
        held(&control.observations)
            .iter()
            .filter(|observation| observation.outcome == outcome)
            .count()
    };
    assert_eq!(
        (by_outcome(Outcome::Fail), by_outcome(Outcome::Unknown)),
        (10, 2)
    );
    assert!(held(&control.observations)[0].message.contains("sso"));
    let passing = check(SHARE, &accounts(99, 1, 0));
    assert!(passing.findings.is_empty());
    assert_eq!(passing.observations.len(), 1, "nothing disappears");
}

#[test]
fn a_share_of_a_cut_population_is_unknown_whatever_was_seen() {
    for known in [accounts(100, 0, 0), accounts(0, 100, 0), accounts(0, 0, 0)] {
        let control = check_on(SHARE, &known, false, None);
        assert_eq!(control.outcome, Outcome::Unknown);
        assert_eq!(control.findings.len(), 1);
        assert!(matches!(control.reasons[0], Reason::DatasetNotWhole { .. }));
    }
}

#[test]
fn who_may_not_belong_cannot_lift_a_share() {
    // One that fails and ninety-nine that pass, but nobody knows whether they belong.
    let mut accounts = accounts(99, 1, 0);
    for account in &mut accounts[..99] {
        account
            .as_object_mut()
            .expect("a record")
            .remove("claim_status");
    }
    let control = check(SHARE, &accounts);
    assert_eq!(control.outcome, Outcome::Unknown);
    assert!(
        control
            .reasons
            .iter()
            .any(|reason| matches!(reason, Reason::ScopeUndecided { .. }))
    );
}

#[test]
fn a_share_without_its_parameter_is_unknown() {
    let body = SHARE.replace("98%", "$least").replace(
        "population",
        "parameters: { least: { type: percent, about: part } }\npopulation",
    );
    let control = check(&body, &accounts(100, 0, 0));
    assert_eq!(control.outcome, Outcome::Unknown);
    assert!(
        matches!(&control.reasons[0], Reason::ParameterUnset { parameter, .. } if parameter == "least")
    );
}

/// An account of which each field may be absent.
fn any_account() -> impl Strategy<Value = Value> {
    let claim = prop::option::of(prop::sample::select(vec!["managed", "unmanaged"]));
    (
        claim,
        prop::option::of(any::<bool>()),
        prop::option::of(any::<bool>()),
    )
        .prop_map(|(claim, sso, billable)| {
            let mut account = json!({});
            if let Some(claim) = claim {
                account["claim_status"] = claim.into();
            }
            if let Some(sso) = sso {
                account["sso"] = sso.into();
            }
            if let Some(billable) = billable {
                account["billable"] = billable.into();
            }
            account
        })
}

proptest! {
    #[test]
    fn no_removed_field_and_no_cut_makes_a_pass(
        mut accounts in prop::collection::vec(any_account(), 0..8),
        removed in (0_usize..8, prop::sample::select(vec!["claim_status", "sso", "billable"])),
        least in 1_u32..=100,
        on_empty in prop::sample::select(vec!["pass", "fail", "not_applicable"]),
        share in any::<bool>(),
    ) {
        let mut body = format!(
            "population: \"$.accounts[?@.claim_status == 'managed']\"\n\
             exclude: [{{ reason: free, where: {{ billable: false }} }}]\n\
             expect: {{ sso: true }}\non_empty: {on_empty}\n"
        );
        if share {
            body.push_str(&format!("share: {{ at_least: {least}% }}\n"));
        }
        for (number, account) in accounts.iter_mut().enumerate() {
            account["id"] = format!("a{number}").into();
        }
        let before = check(&body, &accounts).outcome;
        let cut = check_on(&body, &accounts, false, None).outcome;
        prop_assert_ne!(cut, Outcome::Pass);
        prop_assert_ne!(cut, Outcome::NotApplicable);
        if let Some(account) = accounts.get_mut(removed.0) {
            account.as_object_mut().expect("a record").remove(removed.1);
        }
        let after = check(&body, &accounts).outcome;
        if before != Outcome::Pass {
            prop_assert_ne!(after, Outcome::Pass);
        }
    }
}

#[test]
fn a_question_is_unknown_until_a_person_answers() {
    let body = "\
parameters: { days: { type: duration, default: 90d, about: time between reviews } }
attest:
  question: Was access reviewed within {{ days }}?
  guide: Keep the minutes.
  evidence_file: required
  valid_for: $days
";
    let control = check(body, &[]);
    assert_eq!(control.outcome, Outcome::Unknown);
    assert_eq!(control.population, None);
    assert_eq!(
        control.reasons,
        [Reason::AttestationPending {
            question: "Was access reviewed within 90 days?".to_owned(),
            guide: "Keep the minutes.".to_owned(),
            lacks: Vec::new(),
        }]
    );
    assert_eq!(control.findings.len(), 1);
    assert_eq!(
        control.procedure,
        "As of 2026-03-01T00:00:00Z, a person answers, with a file that shows it: \
         Was access reviewed within 90 days? The answer that meets the requirement is yes; \
         an answer counts for 90 days."
    );
}

#[test]
fn a_control_applies_from_its_plan_on_and_is_unknown_while_nobody_says_the_plan() {
    use OrganizationPlan::{GuardPremium, GuardStandard, NoGuard};
    let body = SHARE.to_owned() + "requires: { plan: guard-standard }\n";
    let outcome = |plan| check_on(&body, &accounts(100, 0, 0), true, plan).outcome;
    assert_eq!(outcome(None), Outcome::Unknown);
    assert_eq!(outcome(Some(NoGuard)), Outcome::NotApplicable);
    assert_eq!(outcome(Some(GuardStandard)), Outcome::Pass);
    assert_eq!(outcome(Some(GuardPremium)), Outcome::Pass);
    let lower = check_on(&body, &accounts(0, 3, 0), true, Some(NoGuard));
    assert!(lower.findings.is_empty() && lower.population.is_none());
    assert_eq!(
        lower.reasons,
        [Reason::PlanTooLow {
            required: GuardStandard,
            configured: NoGuard
        }]
    );
}

#[test]
fn a_plan_that_the_snapshot_contradicts_excuses_no_control() {
    let body =
        "requires: { plan: guard-standard }\npopulation: $.events[*]\ncount: { at_most: 0 }\n";
    let outcome = |plan, records: &[(&str, Vec<Value>)]| {
        let control = check_over_on(body, records, Some(plan));
        (control.outcome, control.reasons)
    };
    let (told, shown) = (OrganizationPlan::NoGuard, OrganizationPlan::GuardStandard);
    assert_eq!(outcome(told, &[]).0, Outcome::NotApplicable);
    assert_eq!(
        outcome(told, &log()),
        (
            Outcome::Unknown,
            vec![Reason::PlanContradicted {
                required: shown,
                configured: told,
                dataset: "events".to_owned(),
                shown,
            }]
        )
    );
    assert_eq!(outcome(shown, &log()).0, Outcome::Fail);
}

fn people(emails: &[&str]) -> Vec<Value> {
    emails
        .iter()
        .enumerate()
        .map(|(number, email)| json!({ "id": format!("a{number}"), "email": email }))
        .collect()
}

#[test]
fn members_are_told_as_extra_or_missing_in_the_words_of_the_control() {
    let body = "\
population: $.accounts[*]
members: { by: email, equals: [Ada@Corp.Example, bo@corp.example] }
message: \"{{ member }} is {{ state }}\"
";
    let control = check(body, &people(&["ada@corp.example", "cy@corp.example"]));
    let found: Vec<(&str, &str)> = held(&control.findings)
        .iter()
        .map(|finding| (finding.subject.as_str(), &*finding.message))
        .collect();
    assert_eq!(
        found,
        [
            ("a1", "cy@corp.example is extra"),
            ("expected:bo@corp.example", "bo@corp.example is missing")
        ]
    );
}

#[test]
fn members_that_stand_twice_count_once_and_are_noted() {
    let body = "\
population: $.accounts[*]
members: { by: email, equals: [Ada@Corp.Example, ada@corp.example, bo@corp.example] }
";
    let control = check(
        body,
        &people(&["ada@corp.example", "bo@corp.example", "bo@corp.example"]),
    );
    assert_eq!(control.outcome, Outcome::Pass);
    assert_eq!(
        control.notes,
        [
            Note::RepeatedAmongSubjects {
                values: 1,
                subjects: 2,
                first: vec!["bo@corp.example".to_owned()],
            },
            Note::RepeatedInList {
                values: 1,
                first: vec!["ada@corp.example".to_owned()],
            }
        ]
    );
}

#[test]
fn a_named_list_stands_wherever_a_list_may_stand() {
    let body = "\
let: { approved: { values: [Ada@Corp.Example, bo@corp.example] } }
population: $.accounts[*]
expect: { email: { in: $approved } }
on_empty: pass
";
    let control = check(body, &people(&["ada@corp.example", "cy@corp.example"]));
    let failing: Vec<&str> = held(&control.findings)
        .iter()
        .map(|finding| finding.subject.as_str())
        .collect();
    assert_eq!(failing, ["a1"]);
    let body = body.replace(
        "expect: { email: { in: $approved } }\non_empty: pass",
        "members: { by: email, subset_of: $approved }",
    );
    assert_eq!(
        check(&body, &people(&["cy@corp.example"])).outcome,
        Outcome::Fail
    );
}

#[test]
fn conditions_on_one_element_hold_of_the_same_element() {
    let asked = |quantifier: &str| {
        format!(
            "population: $.accounts[*]\nexpect:\n  {quantifier}: {{ in: product_access, expect: {{ key: confluence, \
             id: {{ starts_with: \"ari:\" }} }} }}\non_empty: pass\n"
        )
    };
    let outcome = |quantifier: &str, access: Value| {
        let account = json!({ "id": "a", "product_access": access });
        check(&asked(quantifier), &[account]).outcome
    };
    let apart =
        json!([{ "key": "jira-software", "id": "ari:1" }, { "key": "confluence", "id": "x" }]);
    assert_eq!(outcome("some", apart.clone()), Outcome::Fail);
    assert_eq!(outcome("each", apart), Outcome::Fail);
    let open = json!([{ "key": "confluence" }]);
    assert_eq!(outcome("some", open.clone()), Outcome::Unknown);
    assert_eq!(outcome("each", open), Outcome::Unknown);
    let one = json!([{ "key": "confluence", "id": "ari:1" }, { "key": "confluence" }]);
    assert_eq!(outcome("some", one.clone()), Outcome::Pass);
    assert_eq!(outcome("each", one), Outcome::Unknown);
    assert_eq!(outcome("some", json!([])), Outcome::Fail);
    assert_eq!(outcome("each", json!([])), Outcome::Pass);
    assert_eq!(
        outcome("each", json!([{ "key": "confluence", "id": "ari:1" }])),
        Outcome::Pass
    );
}

/// What the control with `body` concludes on `records`, by dataset; `at` a Friday.
fn check_over(body: &str, records: &[(&str, Vec<Value>)]) -> ControlAssessment {
    check_over_on(body, records, None)
}

/// The same in an organisation that is said to have `plan`.
fn check_over_on(
    body: &str,
    records: &[(&str, Vec<Value>)],
    plan: Option<OrganizationPlan>,
) -> ControlAssessment {
    let text = format!("id: t\ntitle: T\nseverity: low\nrationale: R\n{body}");
    let (controls, problems) = load(&[SourceFile::new("t.yaml", text)]);
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    let planned = Plan::new(controls, &ParameterValues::none()).expect("the defaults fit");
    let mut source = MemorySource::new("2026-11-20T06:00:00Z".parse().expect("a time"));
    for (name, records) in records {
        let dataset = catalog::dataset(name).expect("it is in the catalog");
        source.set_records(dataset, records);
    }
    let options = AssessOptions {
        organization_plan: plan,
        ..AssessOptions::default()
    };
    let mut assessment = assess(&planned, &source, options).expect("the records are canonical");
    assessment.controls.pop().expect("there is one control")
}

/// Two actions and an event of one of them.
fn log() -> [(&'static str, Vec<Value>); 2] {
    let event = json!({
        "id": "e1", "time": "2026-11-12T14:22:07Z", "action": "user_login", "action_name": "Logged in",
        "context": [{ "id": "p1", "type": "users", "email": "ada@corp.example" }],
    });
    let actions = vec![
        json!({ "id": "user_login", "display_name": "Logged in" }),
        json!({ "id": "user_logout", "display_name": "Logged out" }),
    ];
    [("event_actions", actions), ("events", vec![event])]
}

#[test]
fn an_action_that_no_organisation_has_is_unknown_however_it_is_named() {
    let of = |population: &str| format!("population: \"{population}\"\ncount: {{ at_most: 0 }}\n");
    let with = |condition: &str| format!("{}where: {condition}\n", of("$.events[*]"));
    for (body, outcome) in [
        (with("{ action: user_login }"), Outcome::Fail),
        (with("{ action: user_logout }"), Outcome::Pass),
        (with("{ action: user_lgout }"), Outcome::Unknown),
        // By its name for people too.
        (with("{ action: Logged in }"), Outcome::Fail),
        (
            with("{ action: { in: [user_logout, user_lgout] } }"),
            Outcome::Unknown,
        ),
        (
            with("{ action: { in: [user_logout, user_login] } }"),
            Outcome::Fail,
        ),
        (
            with("{ action: { not_equals: user_login } }"),
            Outcome::Pass,
        ),
        (with("{ action: { not_in: [user_login] } }"), Outcome::Pass),
        (with("{ action: { not_in: [user_logout] } }"), Outcome::Fail),
        (with("{ not: { action: user_lgout } }"), Outcome::Fail),
        (with("{ action_name: Logged in }"), Outcome::Fail),
        (with("{ action_name: Logged out }"), Outcome::Pass),
        (with("{ action_name: logged out }"), Outcome::Unknown),
        (with("{ action_name: Loged out }"), Outcome::Unknown),
        (of("$.events[?@.action == 'user_login']"), Outcome::Fail),
        (of("$.events[?@.action == 'user_logout']"), Outcome::Pass),
        (of("$.events[?@.action == 'user_lgout']"), Outcome::Unknown),
        // A filter compares ids.
        (of("$.events[?@.action == 'Logged in']"), Outcome::Unknown),
        (
            of("$.events[?@.action_name == 'Logged out']"),
            Outcome::Pass,
        ),
        (
            of("$.events[?@.action_name == 'Loged out']"),
            Outcome::Unknown,
        ),
    ] {
        let control = check_over(&body, &log());
        assert_eq!(control.outcome, outcome, "{body}");
        let unlisted = control.reasons.iter();
        let unlisted = unlisted.filter(|reason| matches!(reason, Reason::ActionUnlisted { .. }));
        // A fail says it beside.
        if outcome != Outcome::Fail {
            let is_unknown = outcome == Outcome::Unknown;
            assert_eq!(unlisted.count(), usize::from(is_unknown), "{body}");
        }
    }
    // A set of `let` is looked at in the same way.
    let body = "let: { gone: { from: \"$.events[*]\", where: { action: user_lgout }, take: actor_id } }\n\
                population: \"$.accounts[*]\"\nexpect: { id: { not_in: $gone } }\non_empty: pass\n";
    assert_eq!(check_over(body, &log()).outcome, Outcome::Unknown);
    assert_eq!(
        check_over(&body.replace("lgout", "logout"), &log()).outcome,
        Outcome::Pass
    );
}

#[test]
fn what_happened_before_the_day_that_is_counted_from_shows_nothing_and_what_is_to_come_neither() {
    let body = "\
        let:\n  \
          off: { from: \"$.events[*]\", where: { action: user_login }, take: \"context[*].email\", at: time }\n\
        population: \"$.accounts[*]\"\n\
        expect: { email: { in: { set: $off, within_working_days: 1, of: added_to_org_at } } }\n\
        on_empty: pass\n";
    for (day, outcome) in [
        ("2026-11-10T12:00:00Z", Outcome::Fail),
        ("2026-11-11T12:00:00Z", Outcome::Pass),
        ("2026-11-12T12:00:00Z", Outcome::Pass),
        ("2026-11-13T12:00:00Z", Outcome::Pass),
        // From a weekend as from the Friday before it.
        ("2026-11-15T12:00:00Z", Outcome::Pass),
        ("2026-11-16T12:00:00Z", Outcome::Unknown),
        ("2026-11-22T12:00:00Z", Outcome::Unknown),
    ] {
        let account = json!({ "id": "a", "email": "ada@corp.example", "added_to_org_at": day });
        let [actions, events] = log();
        let records = [actions, events, ("accounts", vec![account])];
        assert_eq!(check_over(body, &records).outcome, outcome, "{day}");
    }
}

#[test]
fn a_day_still_to_come_is_not_followed_by_what_happened_long_ago() {
    let body = "\
        let:\n  \
          off: { from: \"$.events[*]\", where: { action: user_login }, take: \"context[*].email\", at: time }\n\
        population: \"$.accounts[*]\"\n\
        expect: { email: { in: { set: $off, within_working_days: 1, of: added_to_org_at } } }\n\
        on_empty: pass\n";
    let account = json!({ "id": "a", "email": "ada@corp.example", "added_to_org_at": "2027-06-01T00:00:00Z" });
    let [actions, events] = log();
    let control = check_over(body, &[actions, events, ("accounts", vec![account])]);
    assert_eq!(control.outcome, Outcome::Unknown);
    assert!(
        control.reasons.iter().any(|reason| matches!(
            reason,
            Reason::TimeInFuture { field, .. } if field == "added_to_org_at"
        )),
        "{:?}",
        control.reasons
    );
}

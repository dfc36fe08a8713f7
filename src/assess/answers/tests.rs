use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::assess::{
    AssessOptions, Assessment, AttestationState, ControlAssessment, Note, Outcome, Reason, assess,
};
use crate::catalog;
use crate::control::{Answer, OrganizationPlan, load};
use crate::diagnostic::{Look, SourceFile};
use crate::plan::{ParameterValues, Plan};
use crate::snapshot::{
    AnswerStatement, AttestedPolicies, AttestedPolicy, Completeness, CutReason, InputStatement,
    Manifest, MemorySource, POLICIES, Provenance, RecordSource, SnapshotError,
};

const CONTROL: &str = "\
id: default-policy
title: The default policy enforces single sign-on
severity: critical
rationale: R
attest:
  question: Does the default policy enforce single sign-on?
  guide: Security > Authentication policies
  evidence_file: required
  valid_for: 90d
  stale_after: [Authentication policy modified, { action: org_settings_update, setting: AuthenticationPolicy }]
";

/// A snapshot in memory with answers beside it.
struct WithAnswers {
    snapshot: MemorySource,
    answers: Vec<AnswerStatement>,
}

impl RecordSource for WithAnswers {
    fn manifest(&self) -> &Manifest {
        self.snapshot.manifest()
    }

    fn digest(&self) -> &str {
        self.snapshot.digest()
    }

    fn frame_count(&self, dataset: &str) -> usize {
        self.snapshot.frame_count(dataset)
    }

    fn read_frame(
        &self,
        dataset: &str,
        index: usize,
        text: &mut String,
    ) -> Result<(), SnapshotError> {
        self.snapshot.read_frame(dataset, index, text)
    }

    fn provenance(&self) -> Option<&Provenance> {
        None
    }

    fn inputs(&self) -> &BTreeMap<String, InputStatement> {
        self.snapshot.inputs()
    }

    fn answers(&self) -> &[AnswerStatement] {
        &self.answers
    }
}

/// An answer of `day` with nothing left to fill in.
fn answer(day: &str, answer: Answer) -> AnswerStatement {
    AnswerStatement {
        control: "default-policy".to_owned(),
        policies: None,
        question: Some("Does the default policy enforce single sign-on?".to_owned()),
        answer: Some(answer),
        statement: Some("Seen.".to_owned()),
        attested_by: Some("R. Sato".to_owned()),
        reviewed_by: Some("L. Brandt".to_owned()),
        attested_on: Some(day.parse().expect("a day")),
        attested_at: None,
        valid_until: None,
        evidence: None,
        lacks: Vec::new(),
        file: format!("{day}.yaml"),
        line: 1,
        sha256: String::new(),
    }
}

fn assessed(answers: &[AnswerStatement], change: impl FnOnce(&mut MemorySource)) -> Assessment {
    assessed_with(AssessOptions::default(), answers, change)
}

fn assessed_with(
    options: AssessOptions,
    answers: &[AnswerStatement],
    change: impl FnOnce(&mut MemorySource),
) -> Assessment {
    let (controls, problems) = load(&[SourceFile::new("default-policy.yaml", CONTROL)]);
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    let plan = Plan::new(controls, &ParameterValues::none()).expect("the defaults fit");
    let mut snapshot = MemorySource::new("2026-11-20T06:00:00Z".parse().expect("a time"));
    for name in ["events", "event_actions"] {
        if let Some(dataset) = catalog::dataset(name) {
            snapshot.set_completeness(dataset, Completeness::NotRequested);
        }
    }
    change(&mut snapshot);
    let source = WithAnswers {
        snapshot,
        answers: answers.to_vec(),
    };
    assess(&plan, &source, options).expect("the records are canonical")
}

fn control(answers: &[AnswerStatement]) -> ControlAssessment {
    let mut assessment = assessed(answers, |_| {});
    assessment.controls.pop().expect("there is one control")
}

fn states(assessment: &Assessment) -> Vec<&'static str> {
    let uses = assessment.attestations.iter();
    uses.map(|used| used.state.word()).collect()
}

#[test]
fn only_an_answer_in_force_concludes_and_it_says_what_it_rests_on() {
    for (given, outcome) in [(Answer::Yes, Outcome::Pass), (Answer::No, Outcome::Fail)] {
        let control = control(&[answer("2026-11-06", given)]);
        assert_eq!(control.reasons, []);
        assert_eq!(control.outcome, outcome);
        assert_eq!(control.findings.len(), u64::from(outcome == Outcome::Fail));
        assert_eq!(
            control.notes,
            [Note::ChangesUnseen {
                detail: "events were not collected".to_owned()
            }]
        );
    }
    let fail = control(&[answer("2026-11-06", Answer::No)]);
    assert_eq!(
        &*fail.findings.held().expect("in memory")[0].message,
        "answered no; the answer that meets the requirement is yes"
    );
}

#[test]
fn an_answer_counts_until_its_last_day_and_not_a_day_longer() {
    let state = |day: &str, until: Option<&str>| {
        let mut answer = answer(day, Answer::Yes);
        answer.valid_until = until.map(|until| until.parse().expect("a day"));
        let assessment = assessed(&[answer], |_| {});
        (states(&assessment)[0], assessment.controls[0].outcome)
    };
    // 90 days before 20 November is 22 August.
    assert_eq!(state("2026-08-21", None), ("expired", Outcome::Unknown));
    assert_eq!(state("2026-08-22", None), ("expiring", Outcome::Pass));
    assert_eq!(state("2026-09-21", None), ("expiring", Outcome::Pass));
    assert_eq!(state("2026-09-22", None), ("valid", Outcome::Pass));
    assert_eq!(
        state("2026-11-01", Some("2026-11-19")),
        ("expired", Outcome::Unknown)
    );
    assert_eq!(
        state("2026-11-01", Some("2026-11-20")),
        ("expiring", Outcome::Pass)
    );
    // What it says itself never makes it count longer than the control lets it.
    assert_eq!(
        state("2026-08-21", Some("2027-08-21")),
        ("expired", Outcome::Unknown)
    );
    assert_eq!(state("2026-11-20", None), ("valid", Outcome::Pass));
    assert_eq!(state("2026-11-21", None), ("later", Outcome::Unknown));
}

/// States of `answers` and the outcome at `as_of`.
fn at(as_of: &str, answers: &[AnswerStatement]) -> (Vec<&'static str>, Outcome) {
    let options = AssessOptions {
        as_of: Some(as_of.parse().expect("a time")),
        ..AssessOptions::default()
    };
    let assessment = assessed_with(options, answers, |_| {});
    (states(&assessment), assessment.controls[0].outcome)
}

/// An answer of an exact time.
fn answer_at(time: &str, given: Answer) -> AnswerStatement {
    let mut answer = answer(&time[..10], given);
    answer.attested_at = Some(time.parse().expect("a time"));
    answer
}

#[test]
fn an_answer_of_an_exact_time_after_the_point_in_time_never_counts() {
    let later = answer_at("2026-11-20T06:05:01Z", Answer::Yes);
    let as_of = "2026-11-20T06:00:00Z";
    assert_eq!(
        at(as_of, std::slice::from_ref(&later)),
        (vec!["later"], Outcome::Unknown)
    );
    // Clocks differ by minutes.
    let now = answer_at("2026-11-20T06:05:00Z", Answer::Yes);
    assert_eq!(at(as_of, &[now]), (vec!["valid"], Outcome::Pass));
    assert_eq!(
        at("2026-11-20T06:00:01Z", std::slice::from_ref(&later)),
        (vec!["valid"], Outcome::Pass)
    );
    let control = assessed(std::slice::from_ref(&later), |_| {})
        .controls
        .remove(0);
    assert_eq!(
        control.reasons[0].in_words(),
        "the answer is of 2026-11-20T06:05:01Z, after the point in time of the test: Does the default policy enforce \
         single sign-on? To answer: Security > Authentication policies"
    );
    // Nor does it stand before an answer that does.
    for (given, outcome) in [(Answer::Yes, Outcome::Pass), (Answer::No, Outcome::Fail)] {
        let answers = [later.clone(), answer("2026-11-06", given)];
        assert_eq!(at(as_of, &answers), (vec!["later", "valid"], outcome));
    }
}

#[test]
fn a_day_that_has_begun_only_east_of_utc_counts_but_not_against_an_older_no() {
    let (early, begun, past) = (
        "2026-11-20T09:59:59Z",
        "2026-11-20T10:00:00Z",
        "2026-11-21T00:00:00Z",
    );
    let day = |given| answer("2026-11-21", given);
    assert_eq!(
        at(early, &[day(Answer::Yes)]),
        (vec!["later"], Outcome::Unknown)
    );
    assert_eq!(
        at(begun, &[day(Answer::Yes)]),
        (vec!["valid"], Outcome::Pass)
    );
    let yes_after_no = [day(Answer::Yes), answer("2026-11-06", Answer::No)];
    assert_eq!(
        at(begun, &yes_after_no),
        (vec!["later", "valid"], Outcome::Fail)
    );
    assert_eq!(
        at(past, &yes_after_no),
        (vec!["valid", "superseded"], Outcome::Pass)
    );
    // A no needs no benefit of a doubt.
    let no_after_yes = [day(Answer::No), answer("2026-11-06", Answer::Yes)];
    assert_eq!(
        at(begun, &no_after_yes),
        (vec!["valid", "superseded"], Outcome::Fail)
    );
}

#[test]
fn attested_policies_of_a_day_that_may_be_later_than_the_test_replace_none_that_differ() {
    let attested = |day: &str, minutes: u32| {
        let policy = AttestedPolicy {
            name: "Default".to_owned(),
            settings: BTreeMap::from([("idle_session_minutes".to_owned(), json!(minutes))]),
        };
        AnswerStatement {
            control: POLICIES.to_owned(),
            policies: Some(AttestedPolicies {
                are_all: true,
                policies: vec![policy],
            }),
            ..answer(day, Answer::Yes)
        }
    };
    let states = |as_of: &str, newer: u32| {
        let answers = [attested("2026-11-21", newer), attested("2026-11-06", 60)];
        at(as_of, &answers).0
    };
    let (early, begun, past) = (
        "2026-11-20T09:59:59Z",
        "2026-11-20T10:00:00Z",
        "2026-11-21T00:00:00Z",
    );
    assert_eq!(states(early, 480), ["later", "expiring"]);
    assert_eq!(states(begun, 60), ["valid", "superseded"]);
    // Nobody can tell which of the two held at that moment.
    assert_eq!(states(begun, 480), ["later", "superseded"]);
    assert_eq!(states(past, 480), ["valid", "superseded"]);
}

#[test]
fn an_answer_that_was_begun_says_what_it_lacks() {
    let mut begun = answer("2026-11-06", Answer::Yes);
    begun.reviewed_by = None;
    begun.lacks = vec!["reviewed_by".to_owned()];
    let control = control(&[begun]);
    assert_eq!(control.outcome, Outcome::Unknown);
    assert_eq!(
        control.reasons,
        [Reason::AttestationPending {
            question: "Does the default policy enforce single sign-on?".to_owned(),
            guide: "Security > Authentication policies".to_owned(),
            lacks: vec!["reviewed_by".to_owned()],
        }]
    );
}

#[test]
fn a_newer_no_that_nobody_has_reviewed_leaves_an_older_yes_in_doubt() {
    let begun = |answer: AnswerStatement| AnswerStatement {
        reviewed_by: None,
        lacks: vec!["reviewed_by".to_owned()],
        ..answer
    };
    let outcome = |answers: [AnswerStatement; 2]| {
        let control = control(&answers);
        let lacks = control.reasons.into_iter().find_map(|reason| match reason {
            Reason::AttestationPending { lacks, .. } => Some(lacks),
            _ => None,
        });
        (control.outcome, lacks)
    };
    let older = || answer("2026-11-01", Answer::Yes);
    let doubtful = (Outcome::Unknown, Some(vec!["reviewed_by".to_owned()]));
    let newer = begun(answer("2026-11-06", Answer::No));
    assert_eq!(outcome([newer.clone(), older()]), doubtful);
    let without_day = AnswerStatement {
        attested_on: None,
        ..newer.clone()
    };
    assert_eq!(outcome([without_day, older()]), doubtful);
    let passes = (Outcome::Pass, None);
    let agreeing = begun(answer("2026-11-06", Answer::Yes));
    assert_eq!(outcome([agreeing, older()]), passes);
    let before = begun(answer("2026-10-06", Answer::No));
    assert_eq!(outcome([older(), before]), passes);
    let after_the_test = begun(answer("2026-12-06", Answer::No));
    assert_eq!(outcome([after_the_test, older()]), passes);
    let to_another = AnswerStatement {
        question: Some("Does the default policy exist?".to_owned()),
        ..newer.clone()
    };
    assert_eq!(outcome([to_another, older()]), passes);
    // What is known not to be met stays so.
    let no = answer("2026-11-01", Answer::No);
    let yes = begun(answer("2026-11-06", Answer::Yes));
    assert_eq!(outcome([yes, no]), (Outcome::Fail, None));
}

#[test]
fn the_newest_answer_decides_and_one_that_differs_is_told() {
    let answers = [
        answer("2026-11-06", Answer::Yes),
        answer("2026-10-01", Answer::No),
        answer("2026-01-01", Answer::No),
    ];
    let assessment = assessed(&answers, |_| {});
    assert_eq!(states(&assessment), ["valid", "superseded", "superseded"]);
    let control = &assessment.controls[0];
    assert_eq!(control.outcome, Outcome::Pass);
    assert!(
        control.notes.contains(&Note::AnswersDiffer {
            attested_on: "2026-10-01".parse().expect("a day"),
            answer: Answer::No,
        }),
        "{:?}",
        control.notes
    );
    assert_eq!(
        control.notes.len(),
        2,
        "the one of January no longer counted"
    );
}

#[test]
fn an_answer_to_another_question_never_counts() {
    let mut other = answer("2026-11-06", Answer::Yes);
    other.question = Some("Does the default policy exist?".to_owned());
    let assessment = assessed(std::slice::from_ref(&other), |_| {});
    assert_eq!(states(&assessment), ["other question"]);
    let control = &assessment.controls[0];
    assert_eq!(control.outcome, Outcome::Unknown);
    assert!(
        matches!(
            &control.reasons[..],
            [Reason::AttestationOtherQuestion { answered, .. }]
                if answered == "Does the default policy exist?"
        ),
        "{:?}",
        control.reasons
    );
    // Nor does it stand before an older answer to the question that is asked.
    let assessment = assessed(&[other, answer("2026-11-01", Answer::No)], |_| {});
    assert_eq!(states(&assessment), ["other question", "valid"]);
    assert_eq!(assessment.controls[0].outcome, Outcome::Fail);
}

#[test]
fn an_answer_nobody_asks_for_is_still_told() {
    let mut other = answer("2026-11-06", Answer::Yes);
    other.control = "another".to_owned();
    let assessment = assessed(&[other], |_| {});
    assert_eq!(states(&assessment), ["not asked"]);
    assert_eq!(assessment.controls[0].outcome, Outcome::Unknown);
}

/// Sets events and actions, all whole.
fn log(snapshot: &mut MemorySource, actions: &[Value], events: &[Value]) {
    for (name, records) in [("event_actions", actions), ("events", events)] {
        let dataset = catalog::dataset(name).expect("it is in the catalog");
        snapshot.set_completeness(dataset, Completeness::Whole);
        snapshot.set_records(dataset, records);
    }
}

fn actions() -> Vec<Value> {
    vec![
        json!({ "id": "auth_policy_changed", "display_name": "authentication policy modified" }),
        json!({ "id": "org_settings_update", "display_name": "Settings" }),
        json!({ "id": "user_login", "display_name": "Logged in" }),
    ]
}

fn event(id: &str, time: &str, action: &str) -> Value {
    json!({ "id": id, "time": time, "action": action, "context": [], "container": [] })
}

/// State of the answer of 6 November, and outcome, where the log tells of `events`.
fn after(events: &[Value]) -> (&'static str, Outcome) {
    let assessment = assessed(&[answer("2026-11-06", Answer::Yes)], |snapshot| {
        log(snapshot, &actions(), events);
    });
    (states(&assessment)[0], assessment.controls[0].outcome)
}

#[test]
fn a_change_after_the_answer_makes_it_stale_and_the_control_unknown() {
    let change = |time| event("e1", time, "auth_policy_changed");
    assert_eq!(after(&[]), ("valid", Outcome::Pass));
    assert_eq!(
        after(&[change("2026-11-05T09:00:00Z")]),
        ("valid", Outcome::Pass)
    );
    assert_eq!(
        after(&[change("2026-11-12T14:22:07Z")]),
        ("stale", Outcome::Unknown)
    );
    // Of the same day nobody can tell which came first.
    assert_eq!(
        after(&[change("2026-11-06T09:00:00Z")]),
        ("stale", Outcome::Unknown)
    );
    assert_eq!(
        after(&[event("e1", "2026-11-12T14:22:07Z", "user_login")]),
        ("valid", Outcome::Pass)
    );
    let mut setting = event("e1", "2026-11-12T14:22:07Z", "org_settings_update");
    setting["container"] =
        json!([{ "id": "o", "type": "orgs", "setting_name": "ExternalUserPolicy" }]);
    assert_eq!(after(&[setting.clone()]), ("valid", Outcome::Pass));
    setting["container"] =
        json!([{ "id": "o", "type": "orgs", "setting_name": "AuthenticationPolicy" }]);
    assert_eq!(after(&[setting]), ("stale", Outcome::Unknown));
}

#[test]
fn the_time_of_an_answer_decides_about_a_change_of_its_day() {
    let state = |time: &str| {
        let mut answer = answer("2026-11-06", Answer::Yes);
        answer.attested_at = Some("2026-11-06T12:00:00Z".parse().expect("a time"));
        let assessment = assessed(&[answer], |snapshot| {
            log(
                snapshot,
                &actions(),
                &[event("e1", time, "auth_policy_changed")],
            );
        });
        states(&assessment)[0]
    };
    assert_eq!(state("2026-11-06T11:59:59Z"), "valid");
    assert_eq!(state("2026-11-06T12:00:00Z"), "stale");
}

#[test]
fn the_first_change_is_told_with_its_event() {
    let assessment = assessed(&[answer("2026-11-06", Answer::Yes)], |snapshot| {
        let events = [
            event("e2", "2026-11-12T14:22:07Z", "auth_policy_changed"),
            event("e1", "2026-11-13T14:22:07Z", "auth_policy_changed"),
        ];
        log(snapshot, &actions(), &events);
    });
    let AttestationState::Stale { change } = &assessment.attestations[0].state else {
        panic!("{:?}", assessment.attestations);
    };
    assert_eq!(change.event, "e2");
    assert!(matches!(
        &assessment.controls[0].reasons[..],
        [Reason::AttestationStale { change: told, .. }] if told == change
    ));
}

#[test]
fn nothing_taken_from_the_log_makes_a_stale_answer_count() {
    let stale = event("e1", "2026-11-12T14:22:07Z", "auth_policy_changed");
    for field in ["time", "action"] {
        let mut event = stale.clone();
        event.as_object_mut().expect("a record").remove(field);
        assert_eq!(after(&[event]).1, Outcome::Unknown, "without {field}");
    }
    let mut setting = event("e1", "2026-11-12T14:22:07Z", "org_settings_update");
    setting["container"] = json!([{ "id": "o", "setting_name": "AuthenticationPolicy" }]);
    for field in ["time", "action", "container"] {
        let mut event = setting.clone();
        event.as_object_mut().expect("a record").remove(field);
        assert_eq!(after(&[event]).1, Outcome::Unknown, "without {field}");
    }
    let outcome = |change: &dyn Fn(&mut MemorySource)| {
        let assessment = assessed(&[answer("2026-11-06", Answer::Yes)], |snapshot| {
            log(snapshot, &actions(), std::slice::from_ref(&stale));
            change(snapshot);
        });
        assessment.controls[0].outcome
    };
    let nameless = |snapshot: &mut MemorySource| {
        let dataset = catalog::dataset("event_actions").expect("it is in the catalog");
        snapshot.set_records(dataset, &[json!({ "id": "auth_policy_changed" })]);
    };
    assert_eq!(outcome(&nameless), Outcome::Unknown);
    for name in ["events", "event_actions"] {
        let dataset = catalog::dataset(name).expect("it is in the catalog");
        for state in [
            Completeness::Cut {
                reason: CutReason::Limit,
                detail: "for the test".to_owned(),
            },
            Completeness::Denied {
                status: 403,
                detail: "for the test".to_owned(),
            },
        ] {
            let cut = |snapshot: &mut MemorySource| {
                snapshot.set_records(dataset, &[]);
                snapshot.set_completeness(dataset, state.clone());
            };
            assert_eq!(outcome(&cut), Outcome::Unknown, "{name} {state}");
        }
    }
}

#[test]
fn a_log_that_is_refused_leaves_open_whether_there_was_a_change_unless_the_plan_has_none() {
    let refused = |organization_plan: Option<OrganizationPlan>| {
        let options = AssessOptions {
            organization_plan,
            ..AssessOptions::default()
        };
        let given = [answer("2026-11-06", Answer::Yes)];
        let assessment = assessed_with(options, &given, |snapshot| {
            for name in ["events", "event_actions"] {
                let dataset = catalog::dataset(name).expect("it is in the catalog");
                let detail = "the plan has no audit log".to_owned();
                snapshot.set_completeness(
                    dataset,
                    Completeness::Denied {
                        status: 403,
                        detail,
                    },
                );
            }
        });
        let control = &assessment.controls[0];
        (control.outcome, control.notes.is_empty())
    };
    assert_eq!(refused(None), (Outcome::Unknown, true));
    let with_a_log = refused(Some(OrganizationPlan::GuardStandard));
    assert_eq!(with_a_log, (Outcome::Unknown, true));
    let without = refused(Some(OrganizationPlan::NoGuard));
    assert_eq!(without, (Outcome::Pass, false), "and it is noted");
}

#[test]
fn an_action_that_the_organisation_does_not_know_is_told() {
    let assessment = assessed(&[answer("2026-11-06", Answer::Yes)], |snapshot| {
        log(
            snapshot,
            &[json!({ "id": "user_login", "display_name": "Logged in" })],
            &[],
        );
    });
    let notes = &assessment.controls[0].notes;
    assert_eq!(assessment.controls[0].outcome, Outcome::Pass);
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(matches!(&notes[0], Note::ChangesUnseen { detail } if detail.contains("knows no")));
}

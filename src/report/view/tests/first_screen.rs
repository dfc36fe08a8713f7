//! The first screen: its first sentence, its bar, and what the numbers rest on.

use super::*;

#[test]
fn the_first_sentence_names_fail_and_unknown() {
    let clauses = |fail, unknown, error, pass| {
        let counts = Counts {
            all: fail + unknown + error + pass,
            fail,
            unknown,
            error,
            pass,
            not_applicable: 0,
        };
        summary::clauses(counts)
            .into_iter()
            .map(|clause| clause.text)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        clauses(14, 12, 0, 36),
        "14 of 62 controls fail. 12 could not be concluded."
    );
    assert_eq!(
        clauses(1, 0, 2, 1),
        "1 of 4 controls fails. 0 could not be concluded. 2 broke."
    );
    assert_eq!(
        clauses(0, 1, 0, 0),
        "1 of 1 control could not be concluded. No control fails."
    );
    assert_eq!(
        clauses(0, 0, 0, 9),
        "No control fails. 0 could not be concluded."
    );
    assert_eq!(clauses(0, 0, 0, 0), "No control was tested.");
}

#[test]
fn every_outcome_that_occurs_can_be_seen_in_the_bar() {
    let counts = Counts {
        all: 100_003,
        fail: 1,
        unknown: 1,
        error: 1,
        pass: 100_000,
        not_applicable: 0,
    };
    let bar = summary::bar(counts);
    let widths: Vec<f64> = bar
        .iter()
        .map(|segment| {
            segment
                .width
                .trim_end_matches('%')
                .parse()
                .expect("a number")
        })
        .collect();
    assert_eq!(widths.len(), 4);
    assert!(widths.iter().all(|width| *width >= 1.3), "{widths:?}");
    assert!((widths.iter().sum::<f64>() - 100.0).abs() < 0.05);
}

#[test]
fn a_cut_dataset_is_on_the_first_screen_with_its_reason() {
    check(&fixture::rich(), |view| {
        let complete = view
            .reliance
            .iter()
            .find(|fact| fact.label == "Complete")
            .expect("always there");
        let texts: Vec<String> = complete
            .lines
            .iter()
            .map(|line| format!("{} {}", line.strong, line.text))
            .collect();
        assert_eq!(
            texts,
            [
                " 7 of 9 datasets whole",
                "denied: api_tokens HTTP 403: the key lacks a scope",
                "cut: groups page 41 named the cursor of page 40 again; 4,000 groups received",
                " values of 3 fields not understood and left out, listed in §5",
            ]
        );
        assert!(view.reliance.len() <= 7);
    });
}

#[test]
fn a_source_that_is_not_whole_is_named_though_its_dataset_is_whole() {
    let mut assessment = fixture::rich();
    let cut = assessment.snapshot.datasets["groups"].completeness.clone();
    let accounts = assessment
        .snapshot
        .datasets
        .get_mut("accounts")
        .expect("it is there");
    assert!(accounts.completeness.is_whole());
    accounts.sources[0].completeness = cut;
    let name = format!("source {}", accounts.sources[0].source);
    check(&assessment, |view| {
        let complete = view
            .reliance
            .iter()
            .find(|fact| fact.label == "Complete")
            .expect("always there");
        assert!(complete.lines.iter().any(|line| line.strong == name));
        assert!(
            complete
                .lines
                .iter()
                .all(|line| line.sign != Some(Outcome::Pass))
        );
    });
}

#[test]
fn an_account_count_that_differs_is_never_shown_as_equal() {
    let mut assessment = fixture::rich();
    let accounts = assessment
        .snapshot
        .datasets
        .get_mut("accounts")
        .expect("it is there");
    accounts.api_count = Some(12_050);
    check(&assessment, |view| {
        let fact = view
            .reliance
            .iter()
            .find(|fact| fact.label == "Accounts")
            .expect("always there");
        assert_eq!(fact.lines[0].sign, Some(Outcome::Unknown));
        assert_eq!(
            fact.lines[0].strong,
            "12,042 fetched ≠ 12,050 by Atlassian’s own count"
        );
    });
}

#[test]
fn what_a_profile_leaves_out_is_counted_on_the_first_screen_and_listed_worst_first() {
    check(&fixture::rich(), |view| {
        let profile = view.profile.as_ref().expect("one was used");
        let listed: Vec<&str> = profile
            .left_out
            .iter()
            .map(|control| control.reference.as_str())
            .collect();
        assert_eq!(listed, ["ATL-DOM-09", "ATL-TOK-03"]);
        let library = view.counts.all + 2;
        let sentence = format!(
            "2 of the {library} controls of the library are not in profile “rail”: listed with the reason in §6."
        );
        assert!(view.limits.contains(&sentence), "{:?}", view.limits);
    });
    check(&fixture::empty(), |view| assert!(view.profile.is_none()));
}

#[test]
fn lists_that_do_not_count_are_on_the_first_screen() {
    check(&fixture::rich(), |view| {
        let fact = view
            .reliance
            .iter()
            .find(|fact| fact.label == "From people")
            .expect("lists were given");
        let lines: Vec<String> = fact
            .lines
            .iter()
            .map(|line| format!("{}{}", line.strong, line.text))
            .collect();
        assert_eq!(
            lines,
            [
                "2 lists (oldest of 2026-10-01)",
                "not supplied: inputs.admin_grants",
                "stale: inputs.leavers"
            ]
        );
    });
    check(&fixture::empty(), |view| {
        assert!(view.reliance.iter().all(|fact| fact.label != "From people"));
    });
}

#[test]
fn an_organisation_on_this_machine_is_said_to_be_made_up() {
    for (address, is_made_up) in [
        ("http://127.0.0.1:36137", true),
        ("http://[::1]:80", true),
        ("http://localhost:8080", true),
        ("https://api.atlassian.com", false),
        ("https://127.0.0.1.example", false),
        ("no address", false),
    ] {
        let mut assessment = fixture::empty();
        address.clone_into(&mut assessment.snapshot.api_url);
        check(&assessment, |view| {
            assert_eq!(!view.made_up.is_empty(), is_made_up, "{address}");
        });
    }
}

#[test]
fn what_must_be_concluded_first_stands_beside_what_fails_worst() {
    check(&fixture::all_pass(), |view| {
        assert!(view.first_things_open.is_empty());
    });
    check(&fixture::rich(), |view| {
        assert_eq!(
            view.first_things_open,
            "2 critical, 3 high controls could not be concluded: see below."
        );
    });
}

use super::*;

/// Every word of [`WORDS`], with details where it wants some, on a route that can have it.
const ALL: &[&str] = &[
    "users-search@3=401",
    "classification-levels=402",
    "v1-users@3+=403",
    "org=404",
    "any@2-4=429",
    "org=429:bare",
    "org=429:retry-after-2",
    "org=429:retry-after-date-2",
    "org=500",
    "org=502",
    "org=503",
    "org@1=503:retry-after-30",
    "org=delay:250",
    "any=skew:300",
    "org=skew:-5",
    "org=cut-body",
    "org=cut-chunked",
    "org=broken-json",
    "org=html-200",
    "org=html-500",
    "domains=repeat-cursor",
    "domains@2=loop-cursor",
    "policies=empty-page",
    "workspaces=redirect",
    "api-tokens=foreign-next",
    "org=wrong-type",
    "groups-search=repeat-record",
    "directories=huge-record",
    "any=bad-utf8",
    "users-search@2=insert-record",
    "scim-users@2=remove-record",
    "events-stream@2=dead-cursor",
    "events-stream@3+=move-to-front",
    "domains@2-3=move-to-end",
];

#[test]
fn a_fault_is_written_as_it_is_read() {
    for text in ALL {
        assert_eq!(text.parse::<Fault>().expect(text).to_string(), *text);
    }
    assert_eq!("org@*=500".parse::<Fault>(), "org=500".parse::<Fault>());
}

#[test]
fn every_word_that_is_listed_is_read_and_the_other_way_round() {
    let listed: Vec<&str> = WORDS
        .iter()
        .map(|(word, _)| word.split(':').next().expect("a word"))
        .collect();
    for text in ALL {
        let word = text.split(['=', ':']).nth(1).expect("a word");
        assert!(listed.contains(&word), "{word} is not listed");
    }
    for word in listed {
        assert!(
            ALL.iter()
                .any(|text| text.split(['=', ':']).nth(1) == Some(word)),
            "{word} is not read"
        );
    }
}

#[test]
fn a_text_that_is_no_fault_is_told_what_there_is() {
    let check = |text: &str, message: &str, help: &str| {
        let problem = text.parse::<Fault>().expect_err(text);
        assert_eq!(problem.to_string(), message);
        let said = miette::Diagnostic::help(&problem)
            .expect("help")
            .to_string();
        assert!(said.contains(help), "{said}");
    };
    check(
        "users-search",
        "`users-search` is not of the form ROUTE@WHEN=WHAT",
        "users-search@3=429",
    );
    check(
        "user-search=429",
        "no route is called `user-search`",
        "users-search, users, user, ",
    );
    check(
        "org@0=429",
        "`0` does not say which requests",
        "they count from 1",
    );
    check(
        "org@4-2=429",
        "`4-2` does not say which requests",
        "`2-4` these three",
    );
    check("org=418", "no fault is called `418`", "429, 500");
    check(
        "org=delay:soon",
        "no fault is called `delay:soon`",
        "delay:MILLISECONDS",
    );
    check(
        "org=delay:600001",
        "no fault is called `delay:600001`",
        "delay:MILLISECONDS",
    );
    check("org=401:bare", "no fault is called `401:bare`", "401");
    check(
        "org=remove-record",
        "`remove-record` is about pages, and `org` answers without any",
        "v1-users, domains",
    );
    check(
        "scim-users=loop-cursor",
        "`loop-cursor` is about pages, and `scim-users` answers without any",
        "v1-users, domains",
    );
    check(
        "org=loop-cursor",
        "`loop-cursor` is about pages, and `org` answers without any",
        "v1-users, domains",
    );
}

use std::fs;
use std::path::Path;

use super::*;
use crate::control::load;
use crate::diagnostic::Look;
use crate::plan::ParameterValues;

const CONTROLS: &[(&str, &str)] = &[
    (
        "default-policy.yaml",
        "id: default-policy\ncode: ATL-AUT-02\ntitle: T\nseverity: high\nrationale: R\n\
         attest: { question: Is it so?, evidence_file: required, valid_for: 90d }\n",
    ),
    (
        "accounts.yaml",
        "id: accounts\ntitle: T\nseverity: high\nrationale: R\npopulation: '$.accounts[*]'\n\
         expect: { sso: true }\non_empty: pass\n",
    ),
];

const GOOD: &str = "\
control: ATL-AUT-02
question: Is it so?
answer: yes
statement: The policy marked Default shows it.
evidence_file: shown.png
attested_by: R. Sato
reviewed_by: L. Brandt
attested_on: 2026-10-06
valid_until: 2026-12-31
";

fn controls() -> Vec<Control> {
    let files: Vec<SourceFile> = CONTROLS
        .iter()
        .map(|(name, text)| SourceFile::new(*name, *text))
        .collect();
    let (controls, problems) = load(&files);
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    controls
}

/// What is read of a folder with these attestations, and a file `shown.png`.
fn read(files: &[(&str, &str)]) -> (Attestations, Problems, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("shown.png"), b"a picture").expect("a file");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    let (attestations, problems) = read_at(folder.path());
    (attestations, problems, folder)
}

fn read_at(path: &Path) -> (Attestations, Problems) {
    let controls = controls();
    let known: Vec<&Control> = controls.iter().collect();
    let (attestations, mut problems) = Attestations::read(path, &known).expect("it can be read");
    let plan = Plan::new(self::controls(), &ParameterValues::none()).expect("the defaults fit");
    problems.extend(attestations.problems_in(&plan));
    (attestations, problems)
}

/// Code, message and underlined text of each problem of one attestation.
fn told(text: &str) -> Vec<String> {
    let (_, problems, _folder) = read(&[("a.yaml", text)]);
    assert!(
        problems.iter().all(|problem| problem.help.is_some()),
        "every problem says what to do"
    );
    let told = problems.iter().map(|problem| {
        format!(
            "{}: {} [{}]",
            problem.code,
            problem.message,
            problem.underlined()
        )
    });
    told.collect()
}

fn with(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "`{from}` stands there");
    GOOD.replace(from, to)
}

#[test]
fn a_good_attestation_is_read_whole_and_its_evidence_is_digested() {
    let (attestations, problems, _folder) = read(&[("a.yaml", GOOD)]);
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    let [answer] = attestations.answers() else {
        panic!("{:?}", attestations.answers());
    };
    assert_eq!(answer.control, "default-policy", "a code stands for the id");
    assert_eq!(answer.answer, Some(Answer::Yes));
    assert!(answer.is_complete());
    let evidence = answer.evidence.as_ref().expect("a file");
    assert_eq!((evidence.file.as_str(), evidence.bytes), ("shown.png", 9));
    assert_eq!(evidence.sha256, sha256_hex(b"a picture"));
    assert_eq!((answer.file.as_str(), answer.line), ("a.yaml", 1));
}

#[test]
fn a_file_holds_one_or_several() {
    let entry = |day: &str| {
        let lines: Vec<String> = with("2026-10-06", day).lines().map(str::to_owned).collect();
        format!("- {}\n", lines.join("\n  "))
    };
    let (attestations, problems, _folder) = read(&[
        ("a.yaml", &(entry("2026-10-06") + &entry("2026-11-06"))),
        ("notes.yaml", "# none yet\n"),
    ]);
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    let days: Vec<String> = attestations
        .answers()
        .iter()
        .map(|answer| format!("{:?} line {}", answer.attested_on, answer.line))
        .collect();
    assert_eq!(
        days,
        ["Some(2026-11-06) line 10", "Some(2026-10-06) line 1"],
        "the newest first"
    );
}

#[test]
fn what_is_left_empty_is_pending_and_no_mistake() {
    let text = with("answer: yes", "answer:")
        .replace("reviewed_by: L. Brandt", "reviewed_by:")
        .replace("attested_on: 2026-10-06", "attested_on:")
        .replace("evidence_file: shown.png\n", "")
        .replace("valid_until: 2026-12-31\n", "");
    let (attestations, problems, _folder) = read(&[("a.yaml", &text)]);
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    assert_eq!(
        attestations.answers()[0].lacks,
        ["answer", "evidence_file", "reviewed_by", "attested_on"]
    );
}

#[test]
fn every_mistake_is_told_with_its_place() {
    for (text, expected) in [
        (
            with("ATL-AUT-02", "ATL-AUT-2"),
            "attestation::unknown_control: there is no control `ATL-AUT-2` [ATL-AUT-2]",
        ),
        (
            with("ATL-AUT-02", "accounts"),
            "attestation::no_question: `accounts` asks no person: it is tested on records [accounts]",
        ),
        (
            with("answer: yes", "answer: maybe"),
            "attestation::unknown_word: `maybe` is no answer [maybe]",
        ),
        (
            with("answer: yes", "answer: true"),
            "attestation::unknown_word: `true` is no answer [true]",
        ),
        (
            with("statement:", "statment:"),
            "attestation::missing_key: the key `statement` is missing [control]",
        ),
        (
            with("L. Brandt", "r.  sato"),
            "attestation::same_person: whoever answers cannot review the answer [r.  sato]",
        ),
        (
            with("R. Sato", "Sato <r@x.example>").replace("L. Brandt", "R@X.example"),
            "attestation::same_person: whoever answers cannot review the answer [R@X.example]",
        ),
        (
            with("L. Brandt", "Sato, R."),
            "attestation::same_person: whoever answers cannot review the answer [Sato, R.]",
        ),
        (
            with("L. Brandt", "Rin  Sato."),
            "attestation::same_person: whoever answers cannot review the answer [Rin  Sato.]",
        ),
        (
            with("L. Brandt", "R. Sato <r@x.example>"),
            "attestation::same_person: whoever answers cannot review the answer [R. Sato <r@x.example>]",
        ),
        (
            with("L. Brandt", "n/a"),
            "attestation::nobody: `n/a` names nobody [n/a]",
        ),
        (
            with("L. Brandt", "nobody"),
            "attestation::nobody: `nobody` names nobody [nobody]",
        ),
        (
            with("L. Brandt", "\"-\""),
            "attestation::nobody: `-` names nobody [\"-\"]",
        ),
        (
            with("2026-10-06", "6 October"),
            "attestation::wrong_type: expected a day or a time, found text [6 October]",
        ),
        (
            with("2026-10-06", "20261006"),
            "attestation::wrong_type: expected a day or a time, found a whole number [20261006]",
        ),
        (
            with("2026-12-31", "2026-10-05"),
            "attestation::validity: the answer would no longer count on the day on which it was given [2026-10-05]",
        ),
        (
            with("2026-12-31", "2027-01-05"),
            "attestation::too_long: such an answer counts for 90 days, until 2027-01-04 at most [2027-01-05]",
        ),
        (
            with("R. Sato", "\"R. Sato\\e[2J\""),
            "attestation::text: `attested_by` holds the character U+001B, which nobody sees [\"R. Sato\\e[2J\"]",
        ),
        (
            with("R. Sato", "\"R. \\u202Eotas\""),
            "attestation::text: `attested_by` holds the character U+202E, which nobody sees [\"R. \\u202Eotas\"]",
        ),
        (
            with("shown.png", "../../etc/passwd"),
            "attestation::evidence: `../../etc/passwd` leads out of its folder [../../etc/passwd]",
        ),
        (
            with("shown.png", "/etc/passwd"),
            "attestation::evidence: `/etc/passwd` leads out of its folder [/etc/passwd]",
        ),
        (
            with("shown.png", "gone.png"),
            "attestation::evidence: there is no file `gone.png` [gone.png]",
        ),
        (
            with("shown.png", "."),
            "attestation::evidence: `.` is no file [.]",
        ),
        (
            with("shown.png", "shown.png\nevidence_sha256: abc"),
            "attestation::changed: the file of evidence is not the one that was attested: its SHA-256 is another [abc]",
        ),
    ] {
        let told = told(&text);
        assert!(
            told.iter().any(|told| told == expected),
            "{expected}\n{told:#?}"
        );
    }
    let long = with(
        "The policy marked Default shows it.",
        &"x".repeat(STATEMENT_CHARS_MAX + 1),
    );
    assert!(told(&long)[0].contains("more than 4000 characters"));
    assert!(told("7")[0].starts_with("attestation::wrong_type"));
    let bomb = "a: &a [x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
        .repeat(3);
    assert!(!told(&bomb).is_empty());
}

#[test]
fn two_answers_of_one_day_are_refused_unless_their_times_tell_which_came_later() {
    let (_, problems, _folder) = read(&[
        ("a.yaml", GOOD),
        ("b.yaml", &with("answer: yes", "answer: no")),
    ]);
    let [problem] = &problems.iter().collect::<Vec<_>>()[..] else {
        panic!("{}", problems.render(Look::Plain));
    };
    assert_eq!(problem.code, "attestation::same_day");
    assert_eq!(problem.labels.len(), 2, "both places are shown");
    let (_, problems, _folder) = read(&[
        ("a.yaml", &with("2026-10-06", "2026-10-06T10:00:00Z")),
        ("b.yaml", &with("2026-10-06", "2026-10-06T11:00:00Z")),
    ]);
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
}

#[test]
fn an_answer_of_the_future_is_told() {
    let (attestations, _, _folder) = read(&[("a.yaml", GOOD)]);
    let at = |time: &str| {
        attestations
            .problems_on(time.parse().expect("a time"))
            .len()
    };
    assert_eq!(at("2026-10-05T09:59:59Z"), 1);
    assert_eq!(at("2026-10-05T10:00:00Z"), 0, "the day may be ahead of UTC");
}

#[cfg(unix)]
#[test]
fn no_link_leads_to_evidence_or_to_attestations() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().expect("a folder");
    fs::write(outside.path().join("secret"), "x").expect("a file");
    fs::write(outside.path().join("other.yaml"), GOOD).expect("a file");
    let (_, _, folder) = read(&[]);
    symlink(
        outside.path().join("secret"),
        folder.path().join("link.png"),
    )
    .expect("a link");
    symlink(outside.path(), folder.path().join("linked")).expect("a link");
    for name in ["link.png", "linked/secret"] {
        fs::write(folder.path().join("a.yaml"), with("shown.png", name)).expect("a file");
        let (attestations, problems) = read_at(folder.path());
        assert!(
            attestations.answers().is_empty(),
            "what the link leads to is not read"
        );
        let messages: Vec<&str> = problems
            .iter()
            .map(|problem| problem.message.as_str())
            .collect();
        assert_eq!(messages, [format!("`{name}` is reached by a link")]);
    }
}

#[test]
fn evidence_beyond_the_limit_is_refused() {
    let (_, _, folder) = read(&[]);
    let file = std::fs::File::create(folder.path().join("huge.bin")).expect("a file");
    file.set_len(EVIDENCE_BYTES_MAX + 1).expect("a sparse file");
    fs::write(folder.path().join("a.yaml"), with("shown.png", "huge.bin")).expect("a file");
    let (_, problems) = read_at(folder.path());
    assert_eq!(
        problems
            .iter()
            .next()
            .map(|problem| problem.message.clone()),
        Some("`huge.bin` has more than 67108864 bytes".to_owned())
    );
}

#[test]
fn a_draft_says_what_belongs_where_and_loads_as_it_is() {
    let plan = Plan::new(controls(), &ParameterValues::none()).expect("the defaults fit");
    let question = plan
        .controls
        .iter()
        .find_map(|planned| match &planned.requirement {
            plan::Requirement::Attest(question) => Some(question),
            _ => None,
        })
        .expect("one asks");
    let empty = Filled {
        control: "ATL-AUT-02",
        question,
        answer: None,
        statement: None,
        attested_by: None,
        reviewed_by: None,
        attested_at: None,
        evidence: None,
    };
    let (attestations, problems, _folder) = read(&[("a.yaml", &draft(&empty))]);
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    assert_eq!(attestations.answers()[0].lacks.len(), 6);
    let sha256 = sha256_hex(b"a picture");
    let whole = Filled {
        answer: Some(Answer::No),
        statement: Some("two lines:\n  \"and\" # signs"),
        attested_by: Some("R. Sato"),
        reviewed_by: Some("L. Brandt"),
        attested_at: Some("2026-11-06T12:00:00Z".parse().expect("a time")),
        evidence: Some(("shown.png", &sha256)),
        ..empty
    };
    let (attestations, problems, _folder) = read(&[("a.yaml", &draft(&whole))]);
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    let answer = &attestations.answers()[0];
    assert!(answer.is_complete(), "{:?}", answer.lacks);
    assert_eq!(answer.statement.as_deref(), whole.statement);
    assert_eq!(answer.attested_at, whole.attested_at);
}

#[test]
fn the_schema_names_every_key_and_no_other() {
    let schema = attestation_schema();
    let properties = schema["definitions"]["attestation"]["properties"]
        .as_object()
        .expect("a map");
    let mut keys: Vec<&str> = KEYS.to_vec();
    keys.sort_unstable();
    assert_eq!(
        properties.keys().map(String::as_str).collect::<Vec<_>>(),
        keys
    );
}

const POLICIES_TOLD: &str = "\
authentication_policies:
  - { name: Default, type: billable, sso: yes, two_step_required: no, password_strength: none, idle_session_minutes: 480 }
  - { name: Contractors, sso: no, two_step_required: yes, password_strength: strong, password_expires_days: none }
all_policies: yes
statement: Each policy on its own page.
evidence_file: shown.png
attested_by: R. Sato
reviewed_by: L. Brandt
attested_on: 2026-11-06
";

#[test]
fn what_policies_set_is_read_and_what_is_not_written_is_not_known() {
    let (attestations, problems, _folder) = read(&[("p.yaml", POLICIES_TOLD)]);
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    let answer = &attestations.answers()[0];
    assert!(answer.is_complete(), "{:?}", answer.lacks);
    let told = answer.policies.as_ref().expect("policies");
    assert!(told.are_all);
    let settings =
        |place: usize| serde_json::to_value(&told.policies[place].settings).expect("JSON");
    assert_eq!(
        settings(0),
        serde_json::json!({
            "type": "billable", "sso": true, "two_step_required": false, "password_strength": null,
            "idle_session_minutes": 480,
        })
    );
    assert_eq!(
        settings(1)["password_expires_days"],
        serde_json::Value::Null
    );
    assert_eq!(settings(1).get("type"), None);
    assert_eq!(
        last_day_of_policies(answer),
        Some("2026-12-11".parse().expect("a day"))
    );
}

#[test]
fn policies_that_are_not_filled_in_are_pending_and_mistakes_are_told() {
    let lacks = |from: &str, to: &str| {
        assert!(POLICIES_TOLD.contains(from), "`{from}` stands there");
        let (attestations, problems, _folder) =
            read(&[("p.yaml", &POLICIES_TOLD.replace(from, to))]);
        assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
        attestations.answers()[0].lacks.clone()
    };
    assert_eq!(
        lacks("all_policies: yes", "all_policies:"),
        ["all_policies"]
    );
    assert_eq!(
        lacks("name: Contractors", "name:"),
        ["authentication_policies"]
    );
    assert_eq!(
        lacks("evidence_file: shown.png", "evidence_file:"),
        ["evidence_file"]
    );
    assert_eq!(
        lacks("reviewed_by: L. Brandt", "reviewed_by:"),
        ["reviewed_by"]
    );
    let wrong = |from: &str, to: &str| told(&POLICIES_TOLD.replace(from, to));
    assert_eq!(
        wrong("name: Contractors", "name: Default"),
        [
            "attestation::same_policy: the policy `Default` is named twice \
          [{ name: Default, sso: no, two_step_required: yes, password_strength: strong, password_expires_days: none }]"
        ]
    );
    for (from, to, code) in [
        ("sso: yes", "sso: perhaps", "attestation::unknown_word"),
        ("strong", "stark", "attestation::unknown_word"),
        ("480", "eight", "attestation::wrong_type"),
        ("L. Brandt", "R. Sato", "attestation::same_person"),
        (
            "all_policies: yes",
            "control: ATL-AUT-02",
            "attestation::unknown_key",
        ),
        (
            "attested_on: 2026-11-06",
            "attested_on: 2026-11-06\nvalid_until: 2027-06-01",
            "attestation::too_long",
        ),
    ] {
        let told = wrong(from, to);
        assert!(
            told.iter().any(|told| told.starts_with(code)),
            "{to}: {told:?}"
        );
    }
}

#[test]
fn a_new_attestation_of_policies_reads_back_and_is_pending() {
    let (attestations, problems, _folder) =
        read(&[("p.yaml", &draft_of_policies(&DraftedPolicies::default()))]);
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    assert_eq!(
        attestations.answers()[0].lacks,
        [
            "authentication_policies",
            "all_policies",
            "statement",
            "evidence_file",
            "attested_by",
            "reviewed_by",
            "attested_on"
        ]
    );
}

use super::*;
use crate::cli::args::ValueArguments;
use crate::diagnostic::{Look, Problems, SourceFile};

const PATH: &str = "work/tickmark.yaml";

fn parse(text: &str) -> (SettingsFile, Problems) {
    file::parse(&SourceFile::new(PATH, text), Path::new(PATH))
}

/// The settings that `text` and `environment` come to.
fn settings(text: &str, environment: &[(&str, &str)]) -> Settings {
    let (file, problems) = parse(text);
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Settings { file, environment }
}

fn api(settings: &Settings, flags: ApiArguments) -> Result<Api, String> {
    settings
        .api(&flags, None)
        .map_err(|failure| failure.report.to_string())
}

/// Code, message, underlined text and help of each problem.
fn told(text: &str) -> Vec<String> {
    let (_, problems) = parse(text);
    problems
        .iter()
        .map(|problem| {
            format!(
                "{}: {} [{}] {}",
                problem.code,
                problem.message,
                problem.underlined(),
                problem.help.as_deref().unwrap_or_default()
            )
        })
        .collect()
}

const TWO: &str = "\
organizations:
  main: { id: org-1, key_file: keys/main, out: runs/main }
  labs: { id: org-2, key_env: LABS_KEY, api_url: https://labs.example }
fail_on: critical
threads: 3
";

#[test]
fn a_flag_outranks_the_environment_which_outranks_the_file_which_outranks_the_default() {
    let in_file = settings(TWO, &[]);
    let with_variable = settings(TWO, &[("TICKMARK_FAIL_ON", "low")]);
    let nothing = settings("", &[]);
    let flag = JudgeArguments {
        fail_on: Some("none".to_owned()),
        ..JudgeArguments::default()
    };
    let cases = [
        (&nothing, JudgeArguments::default(), "high", "default"),
        (
            &in_file,
            JudgeArguments::default(),
            "critical",
            "work/tickmark.yaml, line 4",
        ),
        (
            &with_variable,
            JudgeArguments::default(),
            "low",
            "TICKMARK_FAIL_ON",
        ),
        (&with_variable, flag, "none", "--fail-on"),
    ];
    for (settings, flags, value, origin) in cases {
        let judge = settings.judge(&flags).expect("good settings");
        assert_eq!(judge.fail_on.value.to_string(), value);
        assert_eq!(judge.fail_on.origin.to_string(), origin);
    }
}

#[test]
fn one_of_several_organisations_has_to_be_chosen() {
    let settings = settings(TWO, &[]);
    let error = api(&settings, ApiArguments::default()).expect_err("two, and none chosen");
    assert_eq!(
        error,
        "which organisation is meant? the settings name `labs`, `main`"
    );
    let named = ApiArguments {
        organization: Some("labs".to_owned()),
        ..ApiArguments::default()
    };
    let chosen = api(&settings, named).expect("one is chosen");
    assert_eq!(chosen.org_id.expect("it has an id").value, "org-2");
    assert_eq!(chosen.key.value.to_string(), "variable LABS_KEY");
    assert_eq!(chosen.api_url.value, "https://labs.example");
    let unknown = ApiArguments {
        organization: Some("lab".to_owned()),
        ..ApiArguments::default()
    };
    let error = api(&settings, unknown).expect_err("no such name");
    assert_eq!(error, "there is no organisation `lab` (--organization)");
}

#[test]
fn the_only_organisation_needs_no_choosing() {
    let settings = settings("organizations: { main: { id: org-1 } }", &[]);
    let chosen = api(&settings, ApiArguments::default()).expect("one");
    assert_eq!(chosen.organization.expect("a section").value, "main");
}

#[test]
fn the_place_of_the_scim_keys_is_told_by_flag_environment_organisation_or_default() {
    let text = "\
organizations:
  main: { id: org-1, scim_keys_file: keys/scim }
  labs: { id: org-2, scim_keys_env: LABS_SCIM_KEYS }
  bare: { id: org-3 }
";
    let place = |organization: &str, variables: &[(&str, &str)], flag: Option<&str>| {
        let flags = ApiArguments {
            organization: Some(organization.to_owned()),
            scim_keys_file: flag.map(PathBuf::from),
            ..ApiArguments::default()
        };
        let api = api(&settings(text, variables), flags).expect("a place");
        api.scim_keys.value.to_string()
    };
    assert_eq!(place("main", &[], None), "file work/keys/scim");
    assert_eq!(place("labs", &[], None), "variable LABS_SCIM_KEYS");
    assert_eq!(place("bare", &[], None), "variable ATLASSIAN_SCIM_KEYS");
    let variable = [("TICKMARK_SCIM_KEYS_FILE", "env.scim")];
    assert_eq!(place("main", &variable, None), "file env.scim");
    assert_eq!(
        place("main", &variable, Some("flag.scim")),
        "file flag.scim"
    );
}

#[test]
fn the_key_of_one_organisation_is_never_used_for_another() {
    let settings = settings(
        "organizations: { main: { id: org-1, key_file: keys/main } }",
        &[("TICKMARK_ORG", "org-9")],
    );
    let other = api(&settings, ApiArguments::default()).expect("an id suffices");
    assert_eq!(other.org_id.expect("from the environment").value, "org-9");
    assert_eq!(other.key.value.to_string(), "variable ATLASSIAN_API_KEY");
    assert!(other.organization.is_none());
    let both = ApiArguments {
        organization: Some("main".to_owned()),
        ..ApiArguments::default()
    };
    let error = api(&settings, both).expect_err("the two disagree");
    assert_eq!(
        error,
        "the organisation `main` has another id than the one asked for (TICKMARK_ORG)"
    );
}

#[test]
fn an_id_chooses_its_own_organisation() {
    let settings = settings(TWO, &[]);
    let flags = ApiArguments {
        org_id: Some("org-1".to_owned()),
        ..ApiArguments::default()
    };
    let chosen = api(&settings, flags).expect("one has that id");
    assert_eq!(chosen.organization.expect("a section").value, "main");
    assert_eq!(chosen.key.value.to_string(), "file work/keys/main");
    assert_eq!(
        chosen.out.expect("an out").value,
        Path::new("work/runs/main")
    );
}

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let text = "\
organisations: {}
organization: man
organizations: { main: { id: '', api_ur: x, key_file: a, key_env: b, scim_keys_env: c, scim_keys_file: d }, labs: {} }
formats: { pdf: a.pdf, html: [x] }
fail_on: hihg
threads: 0
personal_data: yes
controls: own
";
    assert_eq!(
        told(text),
        [
            "settings::unknown_key: unknown key `organisations` in the settings [organisations] did you mean `organizations`?",
            "settings::unknown_organization: there is no organisation `man` [man] did you mean `main`?",
            "settings::wrong_type: expected text that is not empty, found empty text [''] write something, or remove the key",
            "settings::unknown_key: unknown key `api_ur` in an organisation [api_ur] did you mean `api_url`?",
            "settings::two_keys: `key_file` and `key_env` cannot stand together [key_env] keep the one that holds the key",
            "settings::two_keys: `scim_keys_file` and `scim_keys_env` cannot stand together [scim_keys_env] keep the one that holds the key",
            "settings::missing_key: the key `id` is missing [{}] the id stands in the console's address: https://admin.atlassian.com/o/<id>/overview",
            "settings::unknown_format: there is no format `pdf` [pdf] known: `html`, `markdown`, `json`",
            "settings::wrong_type: expected text, found a list [[x]] write text on this line, in quotes if it has signs",
            "settings::unknown_word: `hihg` is no severity [hihg] did you mean `high`?",
            "settings::wrong_type: expected a number of threads, found a whole number [0] write 1 to 256",
            "settings::wrong_type: expected a boolean, found text [yes] write `true` or `false`",
            "settings::wrong_type: expected a list, found text [own] write a list: `[controls, ../common/controls]`",
        ]
    );
}

#[test]
fn a_secret_is_refused_and_shown_nowhere() {
    let by_form = format!("ATCTT3x{}", "Fk9Q".repeat(6));
    for text in [
        format!("organizations: {{ main: {{ id: a, key_file: {by_form} }} }}"),
        format!("organizations: {{ main: {{ id: a, scim_keys_file: 'd-1={by_form}' }} }}"),
        format!("templates: 'x' # {by_form}"),
        "organizations: { main: { id: a, api_key: hunter2Fk9Q } }".to_owned(),
        "organizations:\n  main:\n    id: a\n    password: |\n      hunter2Fk9Q\n".to_owned(),
        "token: \"hunter2Fk9Q\"".to_owned(),
        // Not even where the file cannot be read further.
        format!("controls: [ {by_form}"),
    ] {
        let (settings, problems) = parse(&text);
        let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
        assert!(codes.contains(&"settings::secret"), "{text}: {codes:?}");
        let shown = format!("{}{settings:?}", problems.render(Look::Plain));
        assert!(!shown.contains("Fk9Q"), "{shown}");
    }
}

#[test]
fn what_only_sounds_like_a_secret_is_none() {
    let text = "\
organizations:
  main: { id: a, key_file: keys/main, scim_keys_file: keys/scim }
  labs: { id: b, key_env: LABS_KEY, scim_keys_env: LABS_SCIM_KEYS }
parameters: { api-tokens-unused.unused_days: 60, keys.password: long }
";
    assert_eq!(told(text), Vec::<String>::new());
}

#[test]
fn a_parameter_of_the_file_is_outranked_by_one_of_the_command_line() {
    let settings = settings("parameters: { idle_days: 60, x.list: [a, b] }", &[]);
    let flags = JudgeArguments {
        values: ValueArguments {
            parameters: vec!["idle_days=30".to_owned()],
            plan: None,
        },
        ..JudgeArguments::default()
    };
    let judge = settings.judge(&flags).expect("good settings");
    let said: Vec<(String, String)> = judge
        .parameters
        .iter()
        .map(|given| (given.value.name.clone(), given.origin.in_words()))
        .collect();
    let expected = [
        ("idle_days", "tickmark.yaml, line 1"),
        ("x.list", "tickmark.yaml, line 1"),
        ("idle_days", "command line"),
    ];
    assert_eq!(
        said,
        expected.map(|(name, origin)| (name.to_owned(), origin.to_owned()))
    );
}

#[test]
fn the_file_is_found_upward_and_not_beyond_the_repository() {
    let folder = tempfile::tempdir().expect("a folder");
    let inner = folder.path().join("repository/a/b");
    std::fs::create_dir_all(&inner).expect("folders");
    std::fs::write(folder.path().join("tickmark.yaml"), "").expect("a file");
    assert_eq!(
        file::find(&inner),
        Some(folder.path().join("tickmark.yaml"))
    );
    std::fs::create_dir(folder.path().join("repository/.git")).expect("a folder");
    assert_eq!(file::find(&inner), None);
    let own = folder.path().join("repository/tickmark.yml");
    std::fs::write(&own, "").expect("a file");
    assert_eq!(file::find(&inner), Some(own));
}

#[test]
fn a_variable_that_is_no_setting_is_noticed() {
    let settings = settings("", &[("TICKMARK_FAILON", "low"), ("TICKMARK_ORG", "a")]);
    let unknown: Vec<&str> = settings.unknown_variables().collect();
    assert_eq!(unknown, ["TICKMARK_FAILON"]);
}

//! Controls with mistakes, and what their authors are told.
//!
//! An entry of `tests/broken_controls` is a file or a folder of files. A folder may hold `parameters.txt` with
//! values as the command line takes them, a line each, and files `*.cases.yaml`, whose survivors are tried.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use tickmark::control;
use tickmark::diagnostic::{CODES, Look, Problems, SourceFile, yaml};
use tickmark::plan::{ParameterValues, Plan};
use tickmark::workbench::Suites;

use crate::program::{run, text};

const CORPUS: &str = "tests/broken_controls";
/// Snapshots, as `insta` finds them from this file.
const EXPECTED: &str = "../broken_controls/expected";

/// The entries by name.
fn corpus() -> Vec<(String, PathBuf)> {
    let mut entries: Vec<(String, PathBuf)> = fs::read_dir(CORPUS)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.file_name().is_some_and(|name| name != "expected"))
        .map(|path| {
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            (stem.expect("names are ASCII").to_owned(), path)
        })
        .collect();
    entries.sort();
    entries
}

/// What the author of `path` is told.
fn problems(path: &Path) -> Problems {
    let files = control::read_files(&[path.to_owned()]).expect("it can be read");
    if path.to_string_lossy().ends_with(".cases.yaml") {
        let (_, problems) = control::read_cases(&files[0]);
        return problems;
    }
    let (controls, mut problems) = control::load(&files);
    let cases = control::read_case_files(&[path.to_owned()]).expect("they can be read");
    if path.is_dir() && !cases.is_empty() {
        match Suites::read(&files, &cases, &[]) {
            Ok(suites) => {
                let found = suites.suites.iter().map(|suite| suite.mutate());
                problems.extend(found.filter_map(Result::err).flatten().collect());
            }
            Err(found) => problems.extend(found),
        }
    }
    let given = path.join("parameters.txt");
    if given.is_file() {
        let mut values = ParameterValues::none();
        for line in fs::read_to_string(given).expect("it is text").lines() {
            let (name, value) = line.split_once('=').expect("a value");
            let (id, name) = name.split_once('.').expect("a control and a parameter");
            let file = SourceFile::new(format!("--parameter {line}"), value);
            let node = yaml::read(&file).expect("the value is YAML");
            values.set(Some(id.parse().expect("an id")), name, node, "test");
        }
        if let Err(found) = Plan::new(controls, &values) {
            problems.extend(found);
        }
    }
    problems
}

#[test]
fn every_broken_control_is_told_what_is_wrong_and_what_to_do() {
    let entries = corpus();
    assert!(entries.len() >= 60, "{}", entries.len());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(EXPECTED);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (name, path) in entries {
        let problems = problems(&path);
        assert!(!problems.is_empty(), "{name} has no problem");
        for problem in problems.iter() {
            let says_what_to_do = problem.help.is_some()
                || problem.code.starts_with("yaml::")
                || problem.labels.len() > 1;
            assert!(says_what_to_do, "{name}: {} has no help", problem.message);
            assert!(!problem.labels.is_empty(), "{name}: {}", problem.message);
            assert!(
                !problem.message.contains('\n'),
                "{name}: {}",
                problem.message
            );
        }
        settings.bind(|| insta::assert_snapshot!(name, problems.render(Look::Plain)));
    }
}

#[test]
fn every_code_in_the_source_is_listed_with_its_meaning_and_has_a_broken_control() {
    let code = Regex::new(r#""((?:control|framework|cases|plan|profile|settings|yaml)::[a-z_]+)""#)
        .expect("the pattern is a literal");
    let mut in_source = BTreeSet::new();
    let mut folders = vec![PathBuf::from("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the source") {
            let path = entry.expect("it can be listed").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() && name != "tests" {
                folders.push(path);
            } else if name.ends_with(".rs") && name != "tests.rs" && name != "code.rs" {
                let text = fs::read_to_string(&path).expect("source is text");
                in_source.extend(code.captures_iter(&text).map(|found| found[1].to_owned()));
            }
        }
    }
    let listed: Vec<&str> = CODES.iter().map(|code| code.name).collect();
    assert!(listed.is_sorted(), "src/diagnostic/code.rs is in order");
    assert_eq!(in_source.iter().collect::<Vec<_>>(), listed);
    let mut shown: BTreeSet<&str> = corpus()
        .iter()
        .flat_map(|(_, path)| problems(path))
        .map(|problem| problem.code)
        .collect();
    shown.extend(hazards().iter().flat_map(|(_, text)| {
        let (_, problems) = control::load(&[SourceFile::new("t.yaml", text.as_str())]);
        problems.into_iter().map(|problem| problem.code)
    }));
    let of_others = codes_of_profiles_and_settings();
    let missing: Vec<_> = listed
        .iter()
        .filter(|code| !shown.contains(*code) && !of_others.contains(**code))
        .collect();
    assert!(missing.is_empty(), "no broken control shows {missing:?}");
}

/// Files of profiles and of settings with mistakes.
const BROKEN_PROFILES_AND_SETTINGS: [&str; 2] = ["tests/broken_profiles", "tests/broken_settings"];

/// A profile that extends more profiles than may extend one another.
fn long_chain() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for number in 0..20 {
        let text = format!("extends: link-{}.yaml\n", number + 1);
        fs::write(dir.path().join(format!("link-{number}.yaml")), text).expect("it is written");
    }
    dir
}

fn codes_of_profiles_and_settings() -> BTreeSet<String> {
    let chain = long_chain();
    let first = chain.path().join("link-0.yaml").display().to_string();
    let [profiles, settings] = BROKEN_PROFILES_AND_SETTINGS;
    let mut codes = BTreeSet::new();
    for path in [profiles, settings, &first] {
        let output = run(&["controls", "check", path, "--format", "json"]);
        let told: serde_json::Value =
            serde_json::from_str(&text(&output.stdout)).expect("it is JSON");
        let problems = told["problems"].as_array().expect("a list");
        codes.extend(problems.iter().map(|problem| {
            let code = problem["code"].as_str();
            code.expect("every problem has one").to_owned()
        }));
    }
    codes
}

#[test]
fn broken_profiles_and_settings_are_told_like_broken_controls() {
    let [profiles, settings] = BROKEN_PROFILES_AND_SETTINGS;
    let output = run(&["controls", "check", profiles, settings]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(text(&output.stderr));
}

#[test]
fn good_files_of_every_kind_are_told_apart_and_counted() {
    let dir = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
        fs::write(path, text).expect("it is written");
    };
    write(
        "strict.yaml",
        "controls: { accounts-idle: { owner: IT } }\n",
    );
    write(
        "lax.yaml",
        "extends: baseline\nexclude: [{ tag: tokens, reason: no tokens }]\n",
    );
    write("tickmark.yaml", "profile: strict.yaml\n");
    write(
        "frameworks/house.yaml",
        "framework: house\nname: House rules\ncriteria_total: 1\ncriteria: { R.1: Owners }\n",
    );
    let folder = dir.path().display().to_string();
    let output = run(&["controls", "check", &folder]);
    assert_eq!(
        text(&output.stdout) + &text(&output.stderr),
        "0 good controls in 1 file, 2 profiles, 1 settings file, 0 problems\n"
    );
    assert_eq!(output.status.code(), Some(0));
}

/// Files too large to keep: each has to be refused in a moment and in little memory.
fn hazards() -> Vec<(&'static str, String)> {
    let control = "id: t\ntitle: T\nseverity: low\nrationale: R\n";
    vec![
        (
            "huge",
            format!("{control}tags: [{}]\n", "x, ".repeat(400_000)),
        ),
        (
            "long line",
            format!("{control}tags: {}\n", "x".repeat(2 << 20)),
        ),
        (
            "many nodes",
            format!("{control}tags: [{}]\n", "x, ".repeat(30_000)),
        ),
        (
            "deep lists",
            format!("tags: {}{}\n", "[".repeat(50_000), "]".repeat(50_000)),
        ),
        ("deep maps", format!("{}x\n", "{a: ".repeat(50_000))),
        (
            "deep blocks",
            (0..2_000)
                .map(|depth| format!("{}a:\n", " ".repeat(depth)))
                .collect(),
        ),
        ("open brackets", "[".repeat(200_000)),
        (
            "many aliases",
            format!("a: &a x\nb: [{}]\n", "*a, ".repeat(5_000)),
        ),
        (
            "alias bomb",
            format!(
                "a0: &a0 [x, x]\n{}",
                (1..60)
                    .map(|level| format!("a{level}: &a{level} [*a{0}, *a{0}]\n", level - 1))
                    .collect::<String>()
            ),
        ),
        (
            "many anchors",
            (0..20_000)
                .map(|number| format!("k{number}: &a{number} x\n"))
                .collect(),
        ),
        (
            "control characters",
            format!("{control}tags: [\"{}\"]\n", "\u{1}".repeat(10)),
        ),
    ]
}

#[test]
fn hazards_of_yaml_are_refused_in_a_moment() {
    for (name, text) in hazards() {
        let start = std::time::Instant::now();
        let (controls, problems) = control::load(&[SourceFile::new("t.yaml", text)]);
        assert!(controls.is_empty() && !problems.is_empty(), "{name}");
        // Generous for a busy machine; without a limit these take minutes or all memory.
        assert!(
            start.elapsed().as_secs() < 20,
            "{name}: {:?}",
            start.elapsed()
        );
        assert!(
            problems.render(Look::Plain).len() < 100_000,
            "{name}: the problem is shown whole"
        );
    }
}

#[test]
fn a_file_that_is_too_large_is_told_beside_the_problems_of_others() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("large.yaml"), "#\n".repeat(1 << 20)).expect("it is written");
    fs::write(folder.path().join("small.yaml"), "id: small\n").expect("it is written");
    let problems = problems(folder.path());
    let codes: BTreeSet<&str> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["control::missing_key", "yaml::too_large"].into());
}

#[test]
fn machines_are_told_every_problem_with_its_place() {
    let problems = problems(&Path::new(CORPUS).join("underline-after-non-ascii.yaml"));
    let json: serde_json::Value = serde_json::from_str(&problems.to_json()).expect("it is JSON");
    let sarif: serde_json::Value = serde_json::from_str(&problems.to_sarif()).expect("it is JSON");
    let entries = json["problems"].as_array().expect("a list");
    let results = sarif["runs"][0]["results"].as_array().expect("a list");
    assert_eq!(
        (entries.len(), results.len()),
        (problems.len(), problems.len())
    );
    let text = fs::read_to_string(Path::new(CORPUS).join("underline-after-non-ascii.yaml"))
        .expect("it is text");
    for ((problem, entry), result) in problems.iter().zip(entries).zip(results) {
        assert_eq!(entry["code"], problem.code);
        assert_eq!(result["ruleId"], problem.code);
        // What an editor selects by line and column is what is underlined.
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert_eq!(
            (&entry["line"], &entry["end_column"]),
            (&region["startLine"], &region["endColumn"])
        );
        let number = |value: &serde_json::Value| {
            usize::try_from(value.as_u64().expect("a number")).expect("small")
        };
        let line = text
            .lines()
            .nth(number(&entry["line"]) - 1)
            .expect("the line");
        let selected: String = line
            .chars()
            .skip(number(&entry["column"]) - 1)
            .take(number(&entry["end_column"]) - number(&entry["column"]))
            .collect();
        assert_eq!(selected, problem.underlined());
    }
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .expect("a list");
    for result in results {
        let rule = &rules
            [usize::try_from(result["ruleIndex"].as_u64().expect("a number")).expect("small")];
        assert_eq!(rule["id"], result["ruleId"]);
    }
}

#[test]
fn annotations_are_escaped_and_the_last_names_the_rest() {
    let file = |name: &str| SourceFile::new(name, "id: \"100%\"\nseverty: high\n");
    let (_, problems) = control::load(&[file("a,b:c.yaml"), file("d.yaml"), file("e.yaml")]);
    assert!(problems.len() > 10);
    let text = problems.to_github();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 10);
    assert!(
        lines[0].starts_with("::error file=a%2Cb%3Ac.yaml,line=1,"),
        "{}",
        lines[0]
    );
    assert!(text.contains("`100%25` is no id"), "{text}");
    let rest = problems.len() - 9;
    assert_eq!(
        lines[9],
        format!(
            "::error title=tickmark::{rest} more problems, in d.yaml, e.yaml; `tickmark controls check` shows all"
        )
    );
    let (_, few) = control::load(&[file("d.yaml")]);
    assert_eq!(few.to_github().lines().count(), few.len());
}

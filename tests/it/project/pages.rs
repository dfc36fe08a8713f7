//! What the pages name is there: paths, tests, commands and options.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::*;

/// Folders at the top whose paths the pages name.
const FOLDERS: &str = r"(?:src|controls|docs|profiles|templates|reports|tests|\.ci)";

/// Paths of this project that a page names: in backticks below one of [`FOLDERS`], or a root file, or a link.
fn paths_named(page: &str) -> BTreeSet<String> {
    let quoted = regex(&format!(
        r"`({FOLDERS}(?:/[^`\s]*)?|[A-Z]+\.md|[A-Za-z]+\.(?:toml|lock)|LICENSE-[A-Z]+)`"
    ));
    let linked = regex(r"\]\(([^)#\s]+)(?:#[^)]*)?\)");
    let is_page_elsewhere = |path: &str| path.contains("://") || path.starts_with("mailto:");
    let quoted = quoted.captures_iter(page).map(|found| found[1].to_owned());
    let linked = linked.captures_iter(page).map(|found| found[1].to_owned());
    quoted
        .chain(linked.filter(|path| !is_page_elsewhere(path)))
        .collect()
}

/// The part of a path before the first word that stands for many: `<id>`, `NAME`, `*`, `{a,b}`.
fn before_placeholder(path: &str) -> PathBuf {
    let stands_for_many = regex(r"[<>*{}…]|^[A-Z]{2,}(?:\.|$)");
    let is_root_file = !path.contains('/');
    let parts = path.trim_end_matches('/').split('/');
    parts
        .take_while(|part| is_root_file || !stands_for_many.is_match(part))
        .collect()
}

#[test]
fn every_path_named_in_a_page_exists() {
    let mut problems = Vec::new();
    for page in files_below(root(), ".md") {
        let beside = page.parent().expect("a file stands in a folder");
        for path in paths_named(&read(&page)) {
            let wanted = before_placeholder(&path);
            if !root().join(&wanted).exists() && !beside.join(&wanted).exists() {
                problems.push(format!("{}: {path}", page.display()));
            }
        }
    }
    assert_none(&problems, "pages name paths that are not there");
}

#[test]
fn paths_are_found_in_a_page() {
    let page = "See `src/gate.rs`, [tour](ARCHITECTURE.md#map), `tests/controls/<id>.yaml`, `.ci/run`, \
                `deny.toml`, `snapshot/manifest.json`, `--out DIR` and [Atlassian](https://atlassian.com/x).";
    let expected = [
        "src/gate.rs",
        "ARCHITECTURE.md",
        "tests/controls/<id>.yaml",
        ".ci/run",
        "deny.toml",
    ];
    assert_eq!(paths_named(page), expected.map(str::to_owned).into());
    assert_eq!(
        before_placeholder("tests/controls/<id>.yaml"),
        Path::new("tests/controls")
    );
    assert_eq!(
        before_placeholder(".ci/judges/NAME/"),
        Path::new(".ci/judges")
    );
    assert_eq!(before_placeholder("README.md"), Path::new("README.md"));
}

/// Whether controls are written with this word: an operator or a field, which may be as long as a sentence.
fn is_word_of_controls(word: &str) -> bool {
    let is_field = |dataset: &&tickmark::catalog::Dataset| dataset.field(word).is_some();
    tickmark::operator::operator(word).is_some() || tickmark::catalog::DATASETS.iter().any(is_field)
}

#[test]
fn every_test_named_in_a_page_exists() {
    let sentence = regex(r"`([a-z0-9]+(?:_[a-z0-9]+){3,})`");
    let rust = [
        files_below(&root().join("src"), ".rs"),
        files_below(&root().join("tests"), ".rs"),
    ];
    let code: String = rust.iter().flatten().map(|file| read(file)).collect();
    let mut problems = Vec::new();
    for page in files_below(root(), ".md") {
        for found in sentence.captures_iter(&read(&page)) {
            if !is_word_of_controls(&found[1]) && !code.contains(&format!("fn {}(", &found[1])) {
                problems.push(format!("{}: {}", page.display(), &found[1]));
            }
        }
    }
    assert_none(&problems, "pages name tests that are not there");
}

/// What the program prints for `arguments`.
fn printed(arguments: &[&str]) -> String {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_tickmark"))
        .args(arguments)
        .output()
        .expect("the program starts");
    assert!(
        output.status.success(),
        "tickmark {arguments:?}: {}",
        output.status
    );
    String::from_utf8(output.stdout).expect("help is text")
}

/// The subcommands that a help text lists.
fn subcommands(help: &str) -> BTreeSet<String> {
    let (_, list) = help.split_once("Commands:\n").unwrap_or_default();
    let (list, _) = list.split_once("\n\n").unwrap_or((list, ""));
    let name = regex(r"(?m)^  ([a-z-]+)\b");
    let names = name.captures_iter(list).map(|found| found[1].to_owned());
    names.filter(|name| name != "help").collect()
}

#[test]
fn the_readme_lists_every_command_and_no_other() {
    let readme = read(&root().join("README.md"));
    let row = regex(r"(?m)^\| `tickmark ([a-z-]+)[^`]*` \|");
    let listed: BTreeSet<_> = row
        .captures_iter(&readme)
        .map(|found| found[1].to_owned())
        .collect();
    assert_eq!(listed, subcommands(&printed(&["--help"])));
}

#[test]
fn every_option_in_the_readmes_examples_is_real() {
    let readme = read(&root().join("README.md"));
    let command = regex(
        r"(?m)^(?:   )?(?:[A-Z_]+=\S+ )?(?:tickmark|cargo run --release --) ([a-z-]+)([^#\n]*)",
    );
    let option = regex(r"(--[a-z-]+)");
    let mut options_seen = 0;
    for found in command.captures_iter(&readme) {
        let mut words = found[2].split_whitespace();
        let group = printed(&[&found[1], "--help"]);
        // `controls test DIR`: the options are those of the inner command.
        let help = match words.next().filter(|_| group.contains("\nCommands:")) {
            Some(inner) => printed(&[&found[1], inner, "--help"]),
            None => group,
        };
        for option in option.captures_iter(&found[2]) {
            options_seen += 1;
            assert!(
                help.contains(&option[1]),
                "tickmark {} has no {}",
                &found[1],
                &option[1]
            );
        }
    }
    assert!(
        options_seen >= 4,
        "the examples of README.md were not found"
    );
}

//! What holds of the project itself: its folders, its pages, its controls.

mod circles;
mod controls;
mod pages;
mod pipeline;

use regex::Regex;
use std::fs;
use std::path::{Path, PathBuf};

/// The root of the checkout.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a literal")
}

/// Every file below `folder` whose name ends so, sorted; build output and samples of runs left out.
fn files_below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    const NOT_OURS: [&str; 4] = ["target", ".git", "reports", "tickmark-demo"];
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}")) {
            let path = entry.expect("an entry of a folder just opened").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() && !NOT_OURS.contains(&name.as_ref()) {
                folders.push(path);
            } else if path.is_file() && name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn assert_none(problems: &[String], what: &str) {
    assert!(problems.is_empty(), "{what}:\n{}", problems.join("\n"));
}

//! The controls that come with the program, their cases and frameworks, part of its binary.

use crate::diagnostic::SourceFile;

/// Name and text of every file `controls/<area>/<id>.yaml`, in order of the names; made by `build.rs`.
static CONTROLS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/builtin_controls.rs"));

/// The same of `controls/frameworks/<id>.yaml`.
static FRAMEWORKS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/builtin_frameworks.rs"));
/// The same of `tests/controls/<id>.yaml`.
static CASES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/builtin_cases.rs"));

/// The files of the built-in controls, in order of their names: `controls/accounts/accounts-idle.yaml`.
pub fn builtin() -> Vec<SourceFile> {
    sources(CONTROLS)
}

/// The files of the built-in frameworks, in order of their names: `controls/frameworks/soc2.yaml`.
pub(super) fn frameworks() -> Vec<SourceFile> {
    sources(FRAMEWORKS)
}

/// The files with cases of the built-in controls, in order of their names: `tests/controls/accounts-idle.yaml`.
pub fn builtin_cases() -> Vec<SourceFile> {
    sources(CASES)
}

fn sources(files: &[(&str, &str)]) -> Vec<SourceFile> {
    files
        .iter()
        .map(|(name, text)| SourceFile::new(*name, *text))
        .collect()
}

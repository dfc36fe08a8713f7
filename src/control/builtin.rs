//! The controls and frameworks that come with the program, part of its binary.

use crate::diagnostic::SourceFile;

/// Name and text of every file `controls/<area>/<id>.yaml`, in order of the names; made by `build.rs`.
static CONTROLS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/builtin_controls.rs"));

/// The same of `controls/frameworks/<id>.yaml`.
static FRAMEWORKS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/builtin_frameworks.rs"));

/// The files of the built-in controls, in order of their names: `controls/accounts/accounts-idle.yaml`.
pub fn builtin() -> Vec<SourceFile> {
    sources(CONTROLS)
}

/// The files of the built-in frameworks, in order of their names: `controls/frameworks/soc2.yaml`.
pub(super) fn frameworks() -> Vec<SourceFile> {
    sources(FRAMEWORKS)
}

fn sources(files: &[(&str, &str)]) -> Vec<SourceFile> {
    files
        .iter()
        .map(|(name, text)| SourceFile::new(*name, *text))
        .collect()
}

//! The controls that come with the program, part of its binary.

use crate::diagnostic::SourceFile;

/// Name and text of every file `controls/<area>/<id>.yaml`, in order of the names; made by `build.rs`.
static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/builtin_controls.rs"));

/// The files of the built-in controls, in order of their names: `controls/accounts/accounts-idle.yaml`.
pub fn builtin() -> Vec<SourceFile> {
    FILES
        .iter()
        .map(|(name, text)| SourceFile::new(*name, *text))
        .collect()
}

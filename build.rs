//! Lists the files of `controls/` and `tests/controls/` for `src/control/builtin.rs`, so that adding a control,
//! or its cases, is adding a file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=controls");
    println!("cargo::rerun-if-changed=tests/controls");
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let root = Path::new(&root);
    let mut controls = Vec::new();
    let folder = root.join("controls");
    if folder.is_dir() {
        for area in fs::read_dir(folder)? {
            controls.extend(files_in(&area?.path())?);
        }
    }
    let (frameworks, controls): (Vec<_>, Vec<_>) = controls.into_iter().partition(|path| {
        path.parent()
            .is_some_and(|area| area.ends_with("frameworks"))
    });
    write_list(root, controls, "builtin_controls.rs")?;
    write_list(root, frameworks, "builtin_frameworks.rs")?;
    let cases = files_in(&root.join("tests/controls"))?;
    write_list(root, cases, "builtin_cases.rs")
}

/// The files of a folder; none if it is no folder.
fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder)?;
    entries.map(|entry| Ok(entry?.path())).collect()
}

/// Writes an array of names, relative to `root`, and contents, of every YAML file among `files`.
fn write_list(root: &Path, mut files: Vec<PathBuf>, list_name: &str) -> io::Result<()> {
    files.retain(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    files.sort();
    let mut list = String::from("&[\n");
    for path in files {
        let name = path
            .strip_prefix(root)
            .map_err(io::Error::other)?
            .to_string_lossy()
            .replace('\\', "/");
        writeln!(
            list,
            "    ({name:?}, include_str!({:?})),",
            path.display().to_string()
        )
        .map_err(io::Error::other)?;
    }
    list.push_str("]\n");
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join(list_name), list)
}

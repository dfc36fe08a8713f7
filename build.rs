//! Lists the files of `controls/` for `src/control/builtin.rs`, so that adding a control is adding a file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=controls");
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let root = Path::new(&root);
    let mut names = Vec::new();
    let folder = root.join("controls");
    if folder.is_dir() {
        for area in fs::read_dir(folder)? {
            let area = area?.path();
            if area.is_dir() {
                for file in fs::read_dir(area)? {
                    names.push(file?.path());
                }
            }
        }
    }
    names.retain(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    names.sort();
    let (frameworks, controls): (Vec<_>, Vec<_>) = names.into_iter().partition(|path| {
        path.parent()
            .is_some_and(|area| area.ends_with("frameworks"))
    });
    write_list(root, &controls, "builtin_controls.rs")?;
    write_list(root, &frameworks, "builtin_frameworks.rs")
}

/// Writes an array of names, relative to `root`, and contents.
fn write_list(root: &Path, files: &[PathBuf], list_name: &str) -> io::Result<()> {
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

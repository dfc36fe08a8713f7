//! A file or folder that somebody named and that is not there: what it was to be, where it was looked for, and what
//! stands there instead.

use super::exit::Failure;
use crate::diagnostic::nearest;
use crate::progress::neutral;
use std::io;
use std::path::Path;

/// Names of a folder that are looked at for one that was meant.
const NAMES_MAX: usize = 10_000;

/// There is no `path`, which was to be a `what`: "list", "profile".
pub(super) fn missing(what: &str, path: &Path) -> Failure {
    let shown = |path: &Path| neutral(&path.display().to_string()).into_owned();
    let folder = match path.parent() {
        Some(beside) if !beside.as_os_str().is_empty() => beside,
        _ => Path::new("."),
    };
    let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let help = match names_in(folder) {
        None => format!("there is no folder `{}` either", shown(&whole)),
        Some(names) => {
            let looked = format!("it was looked for in `{}`", shown(&whole));
            let wanted = path.file_name().unwrap_or_default().to_string_lossy();
            match near(&wanted, &names) {
                Some(near) => {
                    let near = path.with_file_name(near);
                    format!("did you mean `{}`? {looked}", shown(&near))
                }
                None if path.is_absolute() => looked,
                None => format!(
                    "{looked}; a path on the command line starts in the working folder, one in tickmark.yaml in the \
                     folder of that file"
                ),
            }
        }
    };
    Failure::usage(format!("there is no {what} `{}`", shown(path)), help)
}

/// `path` as it is, if something is there. Whether it can be read is for whoever reads it.
///
/// # Errors
/// Nothing is there.
pub(super) fn require(what: &str, path: &Path) -> Result<(), Failure> {
    match path.try_exists() {
        Ok(false) => Err(missing(what, path)),
        Ok(true) | Err(_) => Ok(()),
    }
}

/// The failure to read `path`, which was to be a `what`.
pub(super) fn unread(what: &str, path: &Path, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound => missing(what, path),
        _ => Failure::io(&format!("read the {what}"), path, error),
    }
}

/// Names of what is in `folder`, sorted; `None` if it cannot be looked into.
fn names_in(folder: &Path) -> Option<Vec<String>> {
    let entries = std::fs::read_dir(folder).ok()?.take(NAMES_MAX);
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    Some(names)
}

/// The one of `names` that was probably meant. An ending that is the same makes two short names no more alike.
fn near<'n>(wanted: &str, names: &'n [String]) -> Option<&'n str> {
    let stem = |name: &str| match name.split_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
        _ => name.to_owned(),
    };
    let (wanted_stem, names) = (stem(wanted), names.iter().map(String::as_str));
    let alike = names.filter(|name| nearest(&wanted_stem, [stem(name).as_str()]).is_some());
    nearest(wanted, alike)
}

//! Files -> controls, and what only several files together show.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Control;
use super::framework::{Frameworks, is_framework_file};
use super::parse::{self, Parsed};
use crate::catalog::InputSchema;
use crate::diagnostic::yaml::FILE_BYTES_MAX;
use crate::diagnostic::{Problem, Problems, SourceFile};

/// Folders below a given one that are looked into.
const FOLDER_DEPTH_MAX: usize = 16;
/// How names of case files end.
const CASE_ENDINGS: [&str; 2] = [".cases.yaml", ".cases.yml"];
/// Files of one call.
const FILE_COUNT_MAX: usize = 10_000;

/// The controls of `files`, in order of their ids, and every problem of every file. A file with a
/// problem gives no control. Files in a folder `frameworks` hold frameworks, beside the built-in ones.
pub fn load(files: &[SourceFile]) -> (Vec<Control>, Problems) {
    load_with(files, &[])
}

/// The same, where controls may also read the lists `inputs` without declaring them. What a control
/// declares itself outranks them.
pub fn load_with(files: &[SourceFile], inputs: &[Arc<InputSchema>]) -> (Vec<Control>, Problems) {
    let (frameworks, mut problems) = frameworks(files);
    let mut parsed: Vec<Parsed> = Vec::new();
    for file in files.iter().filter(|file| !is_framework_file(file.name())) {
        let (control, found) = parse::parse(file, &frameworks, inputs);
        problems.extend(found);
        parsed.extend(control);
    }
    // Stable: of two controls with one id the file that was given first counts as the first.
    parsed.sort_by(|a, b| a.control.id.cmp(&b.control.id));
    for pair in parsed.windows(2) {
        let [first, second] = pair else { continue };
        if first.control.id == second.control.id {
            problems.push(
                Problem::new(
                    "control::duplicate_id",
                    format!("two controls are called `{}`", second.control.id),
                    second.id_place.clone(),
                    "the second one",
                )
                .and_at(first.id_place.clone(), "the first one")
                .help("give one of them another id and file name"),
            );
        }
    }
    let mut controls: Vec<Control> = parsed.into_iter().map(|parsed| parsed.control).collect();
    controls.dedup_by(|later, first| later.id == first.id);
    problems.extend(disagreements(&controls));
    (controls, problems)
}

/// Lists that two controls declare, and not alike.
fn disagreements(controls: &[Control]) -> Problems {
    let mut problems = Problems::none();
    let mut joined: BTreeMap<&str, InputSchema> = BTreeMap::new();
    for schema in controls.iter().flat_map(|control| &control.inputs) {
        let known = joined
            .entry(schema.name())
            .or_insert_with(|| (**schema).clone());
        match known.joined(schema) {
            Ok(both) => *known = both,
            Err(problem) => problems.push(problem),
        }
    }
    problems
}

/// The built-in frameworks and those in `files`, and the problems of the latter.
pub fn frameworks(files: &[SourceFile]) -> (Frameworks, Problems) {
    let mut frameworks = Frameworks::built_in();
    let own: Vec<&SourceFile> = files
        .iter()
        .filter(|file| is_framework_file(file.name()))
        .collect();
    let problems = frameworks.add(&own);
    (frameworks, problems)
}

/// A file or folder of controls cannot be read.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ReadError {
    /// The operating system refused.
    #[error("cannot read `{}`", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There are more files or deeper folders than one call reads.
    #[error("`{}` holds more than {FILE_COUNT_MAX} files or {FOLDER_DEPTH_MAX} levels of folders", path.display())]
    TooMany {
        /// The folder.
        path: PathBuf,
    },
}

/// The control files at `paths`, in order of their names: files as they are, folders with everything
/// below them that ends in `.yaml` or `.yml`, case files (`.cases.yaml`) left out.
///
/// # Errors
/// A path cannot be read, or holds more than one call reads.
pub fn read_files(paths: &[PathBuf]) -> Result<Vec<SourceFile>, ReadError> {
    let mut found = Vec::new();
    for path in paths {
        collect(path, 0, is_control_file, &mut found)?;
    }
    found.sort();
    found.dedup();
    found.iter().map(|path| read_file(path)).collect()
}

/// The case files for what [`read_files`] reads at `paths`: every `<id>.cases.yaml` in a folder and below,
/// and for a file of its own the one beside it, if there is one.
///
/// # Errors
/// As [`read_files`].
pub fn read_case_files(paths: &[PathBuf]) -> Result<Vec<SourceFile>, ReadError> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            collect(path, 0, is_case_file, &mut found)?;
        } else if is_control_file(path) {
            let beside = CASE_ENDINGS.map(|ending| path.with_extension(&ending[1..]));
            found.extend(beside.into_iter().filter(|path| path.is_file()));
        }
    }
    found.sort();
    found.dedup();
    found.iter().map(|path| read_file(path)).collect()
}

fn collect(
    path: &Path,
    depth: usize,
    is_wanted: fn(&Path) -> bool,
    found: &mut Vec<PathBuf>,
) -> Result<(), ReadError> {
    let io = |source| ReadError::Io {
        path: path.to_owned(),
        source,
    };
    if !std::fs::metadata(path).map_err(io)?.is_dir() {
        // A file that was named is read whatever it is called; one that was found must look like a control.
        if depth == 0 || is_wanted(path) {
            found.push(path.to_owned());
        }
        return Ok(());
    }
    if depth > FOLDER_DEPTH_MAX {
        return Err(ReadError::TooMany {
            path: path.to_owned(),
        });
    }
    for entry in std::fs::read_dir(path).map_err(io)? {
        collect(&entry.map_err(io)?.path(), depth + 1, is_wanted, found)?;
        if found.len() > FILE_COUNT_MAX {
            return Err(ReadError::TooMany {
                path: path.to_owned(),
            });
        }
    }
    Ok(())
}

fn is_control_file(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let is_yaml = name.ends_with(".yaml") || name.ends_with(".yml");
    is_yaml && !is_case_file(path) && !name.starts_with('.')
}

fn is_case_file(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    CASE_ENDINGS.iter().any(|ending| name.ends_with(ending)) && !name.starts_with('.')
}

/// The bytes of one file that a person wrote.
///
/// A file that is too large is read as far as shows that; the reader of YAML tells it, beside the problems of
/// other files. So it does with bytes that are no text.
///
/// # Errors
/// It cannot be read.
pub fn read_file(path: &Path) -> Result<SourceFile, ReadError> {
    let io = |source| ReadError::Io {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes))
        .map_err(io)?;
    // The same name on every system, so that an assessment is the same too.
    let name = path.to_string_lossy().replace('\\', "/");
    if bytes.len() > FILE_BYTES_MAX {
        // It may break off inside a character; that is not what is wrong with it.
        return Ok(SourceFile::new(name, String::from_utf8_lossy(&bytes)));
    }
    Ok(SourceFile::from_bytes(name, bytes))
}

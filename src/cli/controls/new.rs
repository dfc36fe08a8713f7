//! `tickmark controls new`: a control, its cases, and the schemas that an editor completes them with.

use crate::catalog::{self, DATASETS};
use crate::cli::Terminal;
use crate::cli::args::NewArguments;
use crate::cli::console::pretty;
use crate::cli::exit::{Exit, Failure};
use crate::control::{
    CASE_SCHEMA_FILE, CONTROL_SCHEMA_FILE, ControlId, NotAnId, case_schema, control_schema,
    scaffold,
};
use crate::diagnostic::did_you_mean;
use serde_json::Value;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

pub(super) fn run(arguments: &NewArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let id = read_id(&arguments.id)?;
    let dataset = catalog::dataset(&arguments.dataset).ok_or_else(|| {
        let names = DATASETS.iter().map(|dataset| dataset.name);
        Failure::usage(
            format!("there is no dataset `{}`", arguments.dataset),
            did_you_mean(&arguments.dataset, names),
        )
    })?;
    let (folder, schemas) = match &arguments.area {
        None => (arguments.dir.clone(), ""),
        Some(area) if area.parse::<ControlId>().is_ok() => (arguments.dir.join(area), "../"),
        Some(area) => {
            return Err(Failure::usage(
                format!("--area: `{area}` is no name of a folder"),
                "write one lower-case word, or several joined by `-`",
            ));
        }
    };
    let control = folder.join(format!("{id}.yaml"));
    let cases = folder.join(format!("{id}.cases.yaml"));
    // Both are looked at before either is written: half a control helps nobody.
    for path in [&control, &cases] {
        if path.exists() {
            return Err(exists(path));
        }
    }
    fs::create_dir_all(&folder).map_err(|error| Failure::io("make", &folder, &error))?;
    let scaffold = scaffold(&id, dataset, schemas);
    write_new(&control, &scaffold.control)?;
    write_new(&cases, &scaffold.cases)?;
    for (name, schema) in [
        (CONTROL_SCHEMA_FILE, control_schema()),
        (CASE_SCHEMA_FILE, case_schema()),
    ] {
        write_schema(&arguments.dir.join(name), &schema, terminal)?;
    }
    terminal
        .console
        .print(&format!("{}\n{}\n", control.display(), cases.display()))?;
    terminal.console.note(&format!(
        "\nnext: open the first; then\n  tickmark controls check {dir}\n  tickmark controls test {dir}\n",
        dir = arguments.dir.display()
    ));
    Ok(Exit::Success)
}

/// The id, or the nearest one that could be meant.
fn read_id(text: &str) -> Result<ControlId, Failure> {
    text.parse().map_err(|problem: NotAnId| {
        let words: Vec<String> = text
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        let help = match words.join("-").parse::<ControlId>() {
            Ok(near) => format!("did you mean `{near}`?"),
            Err(_) => "for example `accounts-idle`".to_owned(),
        };
        Failure::usage(format!("`{text}` is no id: {problem}"), help)
    })
}

fn exists(path: &Path) -> Failure {
    Failure::usage(
        format!("`{}` is there already", path.display()),
        "choose another id, folder or area; nothing was changed",
    )
}

/// Writes a file that must not be there.
fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let made = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file: File = made.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(path),
        _ => Failure::io("make", path, &error),
    })?;
    file.write_all(text.as_bytes())
        .map_err(|error| Failure::io("write", path, &error))
}

/// Writes a schema that is not there; one of another version is left alone, and told.
fn write_schema(path: &Path, schema: &Value, terminal: &Terminal) -> Result<(), Failure> {
    let text = pretty(schema);
    match fs::read_to_string(path) {
        Ok(found) if found == text => Ok(()),
        Ok(_) => {
            let option = if path.ends_with(CASE_SCHEMA_FILE) {
                " --cases"
            } else {
                ""
            };
            terminal.console.note(&format!(
                "`{path}` is of another version; this one: tickmark controls schema{option} > {path}\n",
                path = path.display()
            ));
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => write_new(path, &text),
        Err(error) => Err(Failure::io("read", path, &error)),
    }
}

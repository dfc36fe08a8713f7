//! `tickmark profiles`: the built-in profiles, and what a profile makes of the controls.

use super::args::{JudgeArguments, LibraryArguments, ProfilesArguments, ProfilesCommand};
use super::console::{Table, pretty};
use super::exit::{Exit, Failure};
use super::library::{lists, load, profile};
use super::{LoadSettings, Terminal};
use crate::diagnostic::did_you_mean;
use crate::plan::{ParameterValues, Plan};
use crate::profile::{BUILT_IN, ControlNote, Tailored, is_file, profile_schema};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Runs `tickmark profiles`.
pub(super) fn run(
    arguments: &ProfilesArguments,
    settings: LoadSettings<'_>,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let text = match &arguments.command {
        None => list()?,
        Some(ProfilesCommand::Show {
            profile,
            yaml: true,
            ..
        }) => written(profile)?,
        Some(ProfilesCommand::Show {
            profile, controls, ..
        }) => show(profile, controls, settings)?,
        Some(ProfilesCommand::Schema) => pretty(&profile_schema()),
    };
    terminal.console.print(&text)?;
    Ok(Exit::Success)
}

fn list() -> Result<String, Failure> {
    let mut table = Table::with_heads(["name", "is for"]);
    for (name, _, _) in BUILT_IN {
        let profile = profile(name)?;
        table.row([(*name).to_owned(), profile.about().to_owned()]);
    }
    Ok(table.render())
}

/// A built-in profile as it is written.
fn written(name: &str) -> Result<String, Failure> {
    if let Some((_, _, text)) = BUILT_IN.iter().find(|(known, _, _)| *known == name) {
        return Ok((*text).to_owned());
    }
    let names = BUILT_IN.iter().map(|(name, _, _)| *name);
    let help = match is_file(name) {
        true => "a file of your own is there to be read".to_owned(),
        false => did_you_mean(name, names),
    };
    Err(Failure::usage(
        format!("no built-in profile is called `{name}`"),
        help,
    ))
}

fn show(
    reference: &str,
    controls: &[PathBuf],
    settings: LoadSettings<'_>,
) -> Result<String, Failure> {
    let settings = settings()?;
    let judge = settings.judge(&JudgeArguments {
        library: LibraryArguments {
            controls: controls.to_vec(),
            profile: None,
        },
        ..JudgeArguments::default()
    })?;
    let library = load(&judge.controls.value, &lists(&settings, &[])?)?;
    let count = library.len();
    let profile = profile(reference)?;
    let tailored = profile.tailor(library).map_err(Failure::problems)?;
    let mut text = profile.name().to_owned();
    if !profile.about().is_empty() {
        let _ = write!(text, ": {}", profile.about());
    }
    text.push('\n');
    for source in &tailored.statement.sources {
        let _ = writeln!(text, "{}", source.file);
    }
    let _ = writeln!(
        text,
        "\n{} of {count} controls are tested",
        tailored.controls.len()
    );
    text.push_str(&tested(&tailored)?);
    let left_out = &tailored.statement.left_out;
    if !left_out.is_empty() {
        let _ = writeln!(text, "\n{} left out", left_out.len());
        let mut table = Table::with_heads(["  id", "severity", "because", "as written in"]);
        for control in left_out {
            table.row([
                format!("  {}", control.control),
                control.severity.word().to_owned(),
                control.reason.clone(),
                control.origin.clone(),
            ]);
        }
        text.push_str(&table.render());
    }
    Ok(text)
}

/// A line for each control that is tested, and below it what the profile says of it.
fn tested(tailored: &Tailored) -> Result<String, Failure> {
    let none = ControlNote::default();
    let mut values = ParameterValues::none();
    for value in &tailored.values {
        values.set_tailored(value);
    }
    let plan = Plan::new(tailored.controls.clone(), &values).map_err(Failure::problems)?;
    let mut table = Table::with_heads(["  id", "severity", "owner", "due on", "title"]);
    for planned in &plan.controls {
        let control = &planned.control;
        let notes = &tailored.statement.notes;
        let note = notes.get(&control.id).unwrap_or(&none);
        table.row([
            format!("  {}", control.id),
            control.severity.word().to_owned(),
            note.owner
                .clone()
                .or(control.owner.clone())
                .unwrap_or_default(),
            note.due_on.map(|day| day.to_string()).unwrap_or_default(),
            planned.title(),
        ]);
    }
    let mut text = table.render();
    let mut said = String::new();
    for (id, note) in &tailored.statement.notes {
        if let Some(change) = &note.severity {
            let _ = writeln!(
                said,
                "  {id}: severity {} instead of {}: {} ({})",
                change.to.word(),
                change.from.word(),
                change.reason,
                change.origin
            );
        }
    }
    for value in &tailored.values {
        let why = value.why.as_deref().map(|why| format!(": {why}"));
        let _ = writeln!(
            said,
            "  {}.{} = {}{} ({})",
            value.control,
            value.parameter,
            value.node.file.slice(value.node.span).trim_end(),
            why.unwrap_or_default(),
            value.origin
        );
    }
    if !said.is_empty() {
        let _ = write!(text, "\nset by the profile\n{said}");
    }
    Ok(text)
}

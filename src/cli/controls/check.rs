//! `tickmark controls check`: every mistake in the files that authors write, at once.

use crate::catalog::InputSchema;
use crate::cli::Terminal;
use crate::cli::args::{CheckArguments, JudgeArguments, LibraryArguments, ProblemFormat};
use crate::cli::exit::look;
use crate::cli::exit::{Exit, Failure};
use crate::cli::kind::Kind;
use crate::cli::library::{files, lists, load, no_files};
use crate::cli::settings::{self, Origin, Setting, Settings};
use crate::control::{self, Control};
use crate::diagnostic::{Problem, Problems, SourceFile};
use crate::profile::Profile;
use crate::progress;
use crate::workbench::Suites;
use std::path::PathBuf;
use std::sync::Arc;

pub(super) fn run(
    arguments: &CheckArguments,
    settings: &Settings,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let checked = Checked::new(arguments, settings)?;
    let summary = checked.summary();
    let problems = checked.problems;
    match arguments.problems.format {
        ProblemFormat::Text => {
            terminal.console.note(&problems.render(look()));
            terminal.console.print(&summary)?;
        }
        ProblemFormat::Json => terminal.console.print(&problems.to_json())?,
        ProblemFormat::Sarif => terminal.console.print(&problems.to_sarif())?,
        ProblemFormat::Github => {
            terminal.console.print(&problems.to_github())?;
            terminal.console.note(&summary);
        }
    }
    Ok(if problems.is_empty() {
        Exit::Success
    } else {
        Exit::Found
    })
}

/// What kinds of files there were, and what is wrong with them.
struct Checked {
    controls: usize,
    /// Files of controls and frameworks.
    files: usize,
    case_files: usize,
    profiles: usize,
    settings_files: usize,
    attestations: usize,
    problems: Problems,
}

impl Checked {
    fn new(arguments: &CheckArguments, settings: &Settings) -> Result<Checked, Failure> {
        let lists = lists(settings, &arguments.outside.inputs)?;
        let found = files(&arguments.paths)?;
        let mut cases = match arguments.paths.is_empty() {
            true => control::builtin_cases(),
            false => control::read_case_files(&arguments.paths)?,
        };
        let (mut library, mut profiles) = (Vec::new(), Vec::new());
        let (mut settings_files, mut attestations) = (Vec::new(), Vec::new());
        for file in found {
            match Kind::of(&file) {
                Kind::Control => library.push(file),
                Kind::Cases => cases.push(file),
                Kind::Profile => profiles.push(file),
                Kind::Settings => settings_files.push(file),
                Kind::Attestation => attestations.push(file),
            }
        }
        let files = [&library, &cases, &profiles, &settings_files, &attestations];
        if files.iter().all(|files| files.is_empty()) {
            return Err(no_files());
        }
        let (controls, mut problems) = control::load_with(&library, &lists);
        problems.extend(problems_of_cases(&library, &cases, &lists, &problems));
        if !profiles.is_empty() {
            problems.extend(problems_of_profiles(
                &profiles, arguments, settings, &lists,
            )?);
        }
        for file in &settings_files {
            problems.extend(settings::problems_of(file));
        }
        if !attestations.is_empty() {
            let known = asked(&controls, arguments, settings, &lists)?;
            for file in &attestations {
                let path = Setting::new(PathBuf::from(file.name()), Origin::Default);
                let (_, found) = crate::cli::attestations::read(Some(&path), &known)?;
                problems.extend(found);
            }
        }
        Ok(Checked {
            attestations: attestations.len(),
            controls: controls.len(),
            files: library.len(),
            case_files: cases.len(),
            profiles: profiles.len(),
            settings_files: settings_files.len(),
            problems,
        })
    }

    fn summary(&self) -> String {
        let counted = |count: usize, one: &str| progress::counted(count as u64, one);
        let mut parts = Vec::new();
        if self.files > 0 {
            let files = counted(self.files, "file");
            parts.push(format!(
                "{} in {files}",
                counted(self.controls, "good control")
            ));
        }
        for (count, one) in [
            (self.case_files, "case file"),
            (self.profiles, "profile"),
            (self.settings_files, "settings file"),
            (self.attestations, "attestation"),
        ] {
            if count > 0 {
                parts.push(counted(count, one));
            }
        }
        parts.push(counted(self.problems.len(), "problem"));
        parts.join(", ") + "\n"
    }
}

/// What is wrong with cases, and not with their controls, which is told already.
fn problems_of_cases(
    controls: &[SourceFile],
    cases: &[SourceFile],
    lists: &[Arc<InputSchema>],
    told: &Problems,
) -> Problems {
    match Suites::read(controls, cases, lists) {
        Ok(_) => Problems::none(),
        Err(found) => {
            let is_new = |problem: &Problem| !told.iter().any(|known| known == problem);
            found.into_iter().filter(is_new).collect()
        }
    }
}

/// The controls that attestations may answer: those checked, and those that a run would use.
fn asked(
    checked: &[Control],
    arguments: &CheckArguments,
    settings: &Settings,
    lists: &[Arc<InputSchema>],
) -> Result<Vec<Control>, Failure> {
    let library = library(arguments, settings, lists)?;
    let is_new = |control: &&Control| checked.iter().all(|own| own.id != control.id);
    let others = library.iter().filter(is_new);
    Ok(checked.iter().chain(others).cloned().collect())
}

/// The controls that a run would use.
fn library(
    arguments: &CheckArguments,
    settings: &Settings,
    lists: &[Arc<InputSchema>],
) -> Result<Vec<Control>, Failure> {
    let judge = settings.judge(&JudgeArguments {
        library: LibraryArguments {
            controls: arguments.controls.clone(),
            profile: None,
        },
        ..JudgeArguments::default()
    })?;
    load(&judge.controls.value, lists)
}

/// What is wrong with profiles: with each, and with what it says of the controls that a run would use.
fn problems_of_profiles(
    files: &[SourceFile],
    arguments: &CheckArguments,
    settings: &Settings,
    lists: &[Arc<InputSchema>],
) -> Result<Problems, Failure> {
    let library = library(arguments, settings, lists)?;
    let mut problems = Problems::none();
    for file in files {
        let (profile, found) = Profile::load(file.name());
        let tailored = profile.map(|profile| profile.tailor(library.clone()));
        let not_fitting = tailored.and_then(Result::err).unwrap_or_default();
        // Of two profiles that extend a third one, both would tell what is wrong with it.
        for problem in found.into_iter().chain(not_fitting) {
            if !problems.iter().any(|known| *known == problem) {
                problems.push(problem);
            }
        }
    }
    Ok(problems)
}

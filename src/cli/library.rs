//! The controls of a run and what settings make of them: files, lists that they may read, a profile, values of
//! parameters, a plan.

use super::args::{JudgeArguments, ListsArguments};
use super::exit::{Exit, Failure};
use super::kind::Kind;
use super::lists::declared;
use super::missing::require;
use super::settings::{GivenParameter, Origin, Setting, Settings};
use crate::catalog::InputSchema;
use crate::control::{self, Control, ControlId, ReadError};
use crate::diagnostic::SourceFile;
use crate::import::ListError;
use crate::plan::{ParameterValues, Plan};
use crate::profile::{self, LeftOut, Profile, Statement};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The lists that controls may read without declaring them: those of the settings and of `--input`. One of the
/// settings whose file is not there, and whose columns nobody declares, is not known.
pub(super) fn lists(
    settings: &Settings,
    flags: &[String],
) -> Result<Vec<Arc<InputSchema>>, Failure> {
    let judge = settings.judge(&JudgeArguments {
        lists: ListsArguments {
            inputs: flags.to_vec(),
        },
        ..JudgeArguments::default()
    })?;
    let mut lists = Vec::new();
    for given in &judge.inputs {
        match declared(&given.value) {
            Ok(list) => lists.push(list),
            Err(ListError::Io { source, .. })
                if source.kind() == ErrorKind::NotFound
                    && !matches!(given.origin, Origin::Flag(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(lists)
}

/// As [`files`], without those that are for something else: `--controls .` means the controls in a folder that holds
/// settings, a profile and answers too. `controls check` reads those as what they are.
pub(super) fn control_files(paths: &[PathBuf]) -> Result<Vec<SourceFile>, Failure> {
    let mut files = files(paths)?;
    files.retain(|file| matches!(Kind::of(file), Kind::Control | Kind::Cases));
    Ok(files)
}

/// The files at `paths`, or the built-in ones if there are none.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<SourceFile>, Failure> {
    if paths.is_empty() {
        return Ok(control::builtin());
    }
    for path in paths {
        require("file or folder of controls", path)?;
    }
    Ok(control::read_files(paths)?)
}

/// The controls at `paths`, or the built-in ones if there are none, which may also read the lists `inputs`.
pub(super) fn load(
    paths: &[PathBuf],
    inputs: &[Arc<InputSchema>],
) -> Result<Vec<Control>, Failure> {
    let files = control_files(paths)?;
    if files.is_empty() {
        return Err(no_files());
    }
    let (controls, problems) = control::load_with(&files, inputs);
    problems.or(controls).map_err(Failure::problems)
}

/// The profile `reference`: a file, or a built-in one by its name.
pub(super) fn profile(reference: &str) -> Result<Profile, Failure> {
    if profile::is_file(reference) {
        require("profile", Path::new(reference))?;
    }
    let (profile, problems) = Profile::load(reference);
    profile.ok_or_else(|| Failure::problems(problems))
}

/// No file of a control is where controls were to be.
pub(super) fn no_files() -> Failure {
    Failure::usage(
        "there is no control in the folders that were named",
        "a control is a file `<id>.yaml`; without `--controls` the built-in ones are used",
    )
}

/// A library with what a profile and users make of it.
struct Prepared {
    controls: Vec<Control>,
    values: ParameterValues,
    statement: Option<Statement>,
}

/// The plan for `controls` as `profile` leaves them, with parameter values for `CONTROL.NAME` or `NAME`,
/// which outrank those of the profile.
pub(super) fn plan(
    controls: Vec<Control>,
    profile: Option<&str>,
    parameters: &[Setting<GivenParameter>],
) -> Result<Plan, Failure> {
    let prepared = prepare(controls, profile, parameters)?;
    let plan = Plan::new(prepared.controls, &prepared.values).map_err(Failure::problems)?;
    Ok(match prepared.statement {
        Some(statement) => plan.with_profile(statement),
        None => plan,
    })
}

/// The plan for `control` alone, as it is in the plan for `library`; also of one that the profile leaves out,
/// with why.
pub(super) fn plan_of(
    control: &Control,
    library: Vec<Control>,
    profile: Option<&str>,
    parameters: &[Setting<GivenParameter>],
) -> Result<(Plan, Option<LeftOut>), Failure> {
    let prepared = prepare(library, profile, parameters)?;
    let is_it = |other: &&Control| other.id == control.id;
    let own = prepared.controls.iter().find(is_it).unwrap_or(control);
    let own = own.clone();
    // What is wrong with a value for another control is told as `assess` tells it.
    Plan::new(prepared.controls, &prepared.values).map_err(Failure::problems)?;
    let values = prepared.values.of(&own);
    let plan = Plan::new(vec![own], &values).map_err(Failure::problems)?;
    let all_left_out = prepared.statement.map_or(Vec::new(), |it| it.left_out);
    let mut all_left_out = all_left_out.into_iter();
    let left_out = all_left_out.find(|left_out| left_out.control == control.id);
    Ok((plan, left_out))
}

fn prepare(
    controls: Vec<Control>,
    profile: Option<&str>,
    parameters: &[Setting<GivenParameter>],
) -> Result<Prepared, Failure> {
    let mut values = ParameterValues::none();
    let (controls, statement) = match profile {
        None => (controls, None),
        Some(reference) => {
            let tailored = self::profile(reference)?
                .tailor(controls)
                .map_err(Failure::problems)?;
            for value in &tailored.values {
                values.set_tailored(value);
            }
            (tailored.controls, Some(tailored.statement))
        }
    };
    let mut from: Option<&Origin> = None;
    for Setting {
        value: given,
        origin,
    } in parameters
    {
        let (control, name) = match given.name.split_once('.') {
            Some((control, name)) => (Some(control), name),
            None => (None, given.name.as_str()),
        };
        let control: Option<ControlId> = match control.map(str::parse).transpose() {
            Ok(control) => control,
            Err(error) => {
                return Err(Failure::usage(
                    format!("{origin}: {error}"),
                    "name it CONTROL.NAME, for example `accounts-idle.idle_days`",
                ));
            }
        };
        let is_left_out = |id: &ControlId| {
            let left_out = statement.iter().flat_map(|profile| &profile.left_out);
            left_out.into_iter().any(|left_out| left_out.control == *id)
        };
        if control.as_ref().is_some_and(is_left_out) {
            continue;
        }
        // What a file says of one control does not outrank what the command line says of all.
        if from.is_none_or(|from| std::mem::discriminant(from) != std::mem::discriminant(origin)) {
            values.next_rank();
            from = Some(origin);
        }
        values.set(control, name, given.node.clone(), origin.in_words());
    }
    Ok(Prepared {
        controls,
        values,
        statement,
    })
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Failure {
        Failure {
            report: error.into(),
            exit: Exit::Usage,
        }
    }
}

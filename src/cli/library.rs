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
use crate::diagnostic::{Problem, Problems, SourceFile, nearest};
use crate::import::ListError;
use crate::plan::{ParameterValues, Plan};
use crate::profile::{self, LeftOut, Profile, Statement};
use std::collections::{BTreeMap, BTreeSet};
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
    // Taken before a profile leaves controls out: a value for one of those is no mistake.
    let names = Names::of(&controls);
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
    let mut written = BTreeMap::new();
    let mut problems = Problems::none();
    for Setting {
        value: given,
        origin,
    } in parameters
    {
        let (control, name) = match given.name.split_once('.') {
            Some((called, name)) => match names.id_of(called, given) {
                Ok(id) => (Some(id), name),
                Err(unknown) => {
                    problems.push(unknown);
                    continue;
                }
            },
            None => (None, given.name.as_str()),
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
            written.clear();
        }
        if let Some(other) = written.insert((control.clone(), name), &given.name) {
            return Err(Failure::usage(
                format!(
                    "{origin}: `{other}` and `{}` are the same parameter",
                    given.name
                ),
                "keep one of the two",
            ));
        }
        values.set(control, name, given.node.clone(), origin.in_words());
    }
    let prepared = Prepared {
        controls,
        values,
        statement,
    };
    problems.or(prepared).map_err(Failure::problems)
}

/// What controls are called where a value is given to one: by id, or by code.
struct Names {
    ids: BTreeSet<ControlId>,
    codes: BTreeMap<String, ControlId>,
}

impl Names {
    fn of(controls: &[Control]) -> Names {
        let codes = controls
            .iter()
            .filter_map(|control| Some((control.code.clone()?, control.id.clone())));
        Names {
            ids: controls.iter().map(|control| control.id.clone()).collect(),
            codes: codes.collect(),
        }
    }

    /// The id of the control that `given` calls `called`. Whether there is a control of an id that reads as one, the
    /// plan says.
    ///
    /// # Errors
    /// It is no code of a control and cannot be an id.
    fn id_of(&self, called: &str, given: &GivenParameter) -> Result<ControlId, Problem> {
        if let Some(id) = self.codes.get(called) {
            return Ok(id.clone());
        }
        called.parse().map_err(|_| {
            let codes = self.codes.keys().map(String::as_str);
            let names = self.ids.iter().map(ControlId::as_str).chain(codes);
            let help = nearest(called, names).map_or_else(
                || {
                    "name it CONTROL.NAME, for example `accounts-idle.idle_days`; `tickmark controls list` prints \
                     the ids and codes of all"
                        .to_owned()
                },
                |meant| format!("did you mean `{meant}`?"),
            );
            Problem::new(
                "plan::unknown_control",
                format!("no control is called `{called}`"),
                given.node.place(),
                "a value for it",
            )
            .help(help)
        })
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Failure {
        Failure {
            report: error.into(),
            exit: Exit::Usage,
        }
    }
}

//! `tickmark assess` and `tickmark run`: snapshot -> assessment, reports, exit code.

use super::Terminal;
use super::args::{AssessArguments, JudgeArguments, RunArguments};
use super::exit::{Exit, Failure};
use crate::assess::{AssessError, AssessOptions, Assessment, assess};
use crate::gate::{FailOn, Gate, Verdict};
use crate::plan::Plan;
use crate::report::{self, Format, ReportError, ReportOptions, ReportView, Templates};
use crate::snapshot::Snapshot;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};

/// Runs `tickmark assess`.
pub(super) fn run(arguments: &AssessArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let job = Job::new(&arguments.judge, &[])?;
    let snapshot = Snapshot::open(&arguments.snapshot)?;
    job.judge(&snapshot, terminal)
}

/// Runs `tickmark run`. What can be wrong with controls and formats is found before the API is asked.
pub(super) fn run_whole(arguments: &RunArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let outputs: Vec<Output> = if arguments.judge.formats.is_empty() {
        usual_outputs(&arguments.out)
    } else {
        Vec::new()
    };
    let job = Job::new(&arguments.judge, &outputs)?;
    let snapshot = super::collect::fetch(
        &arguments.api,
        &arguments.out.join("snapshot"),
        &arguments.scope,
        terminal,
    )?;
    job.judge(&snapshot, terminal)
}

/// One report: its format and where it goes.
#[derive(Clone, Debug)]
pub(super) struct Output {
    format: &'static Format,
    /// `-` is stdout.
    path: PathBuf,
}

/// The reports of a run that names none: one page, one text, and the assessment beside them.
pub(super) fn usual_outputs(dir: &Path) -> Vec<Output> {
    [
        ("html", "report.html"),
        ("markdown", "report.md"),
        ("json", "assessment.json"),
    ]
    .into_iter()
    .map(|(name, file)| Output {
        format: report::format(name).expect("the usual formats are registered"),
        path: dir.join(file),
    })
    .collect()
}

/// Everything that decides how to judge, read and checked.
pub(super) struct Job {
    plan: Plan,
    gate: Gate,
    outputs: Vec<Output>,
    options: AssessOptions,
    personal_data: bool,
    templates: Option<PathBuf>,
    controls: Vec<PathBuf>,
}

impl Job {
    /// Reads controls and settings; `outputs` are added to those of the arguments.
    pub(super) fn new(arguments: &JudgeArguments, outputs: &[Output]) -> Result<Job, Failure> {
        let fail_on: FailOn = arguments.fail_on.parse().map_err(|error| {
            Failure::usage(
                format!("--fail-on: {error}"),
                "for example `--fail-on critical`",
            )
        })?;
        let mut outputs = outputs.to_vec();
        for text in &arguments.formats {
            outputs.push(output(text)?);
        }
        if outputs.iter().filter(|output| is_stdout(output)).count() > 1 {
            return Err(Failure::usage(
                "two formats for standard output",
                "give all but one of them a file",
            ));
        }
        refuse_shared_files(&outputs)?;
        let controls = super::controls::load(&arguments.controls)?;
        let plan = super::controls::plan(controls, &arguments.parameters)?;
        Ok(Job {
            plan,
            gate: Gate { fail_on },
            outputs,
            options: AssessOptions {
                as_of: arguments.as_of,
                organization_plan: arguments.plan,
                threads: arguments
                    .threads
                    .and_then(|threads| NonZero::new(usize::from(threads))),
            },
            personal_data: arguments.personal_data,
            templates: arguments.templates.clone(),
            controls: arguments.controls.clone(),
        })
    }

    /// Assesses, writes the reports, tells the summary, and says how to end.
    pub(super) fn judge(&self, snapshot: &Snapshot, terminal: &Terminal) -> Result<Exit, Failure> {
        let assessment = assess(&self.plan, snapshot, self.options)?;
        let verdict = self.gate.judge(&assessment);
        self.write(&assessment, &verdict, snapshot, terminal)?;
        Ok(match verdict.exit_code {
            crate::gate::EXIT_CLEAR => Exit::Success,
            crate::gate::EXIT_FAIL => Exit::Found,
            _ => Exit::Incomplete,
        })
    }

    fn write(
        &self,
        assessment: &Assessment,
        verdict: &Verdict,
        snapshot: &Snapshot,
        terminal: &Terminal,
    ) -> Result<(), Failure> {
        let assessment_file = self
            .outputs
            .iter()
            .find(|output| output.format.name == "json" && !is_stdout(output))
            .and_then(|output| output.path.file_name())
            .map(|name| name.to_string_lossy().into_owned());
        let options = ReportOptions {
            personal_data: self.personal_data,
            templates: match &self.templates {
                Some(dir) => Templates::replaced_by(dir)?,
                None => Templates::built_in(),
            },
            assessment_file: assessment_file.unwrap_or_else(|| "assessment.json".to_owned()),
            controls: self.controls.clone(),
        };
        let view = ReportView::new(assessment, verdict, &options);
        for output in &self.outputs {
            if is_stdout(output) {
                terminal
                    .console
                    .stream(|out| match (output.format.write)(&view, out) {
                        // A reader that went away wants no more, and the gate still has its say.
                        Err(ReportError::Write(error))
                            if error.kind() == io::ErrorKind::BrokenPipe =>
                        {
                            Ok(())
                        }
                        result => Ok(result?),
                    })?;
            } else {
                write_file(output, &view)?;
            }
        }
        terminal
            .console
            .note(&report::summary(&view, super::console::signs()));
        let mut paths = vec![format!("snapshot  {}", snapshot.dir().display())];
        paths.extend(
            self.outputs
                .iter()
                .filter(|output| !is_stdout(output))
                .map(|output| format!("{:<9} {}", output.format.name, output.path.display())),
        );
        terminal.console.note(&format!("\n{}\n", paths.join("\n")));
        Ok(())
    }
}

fn is_stdout(output: &Output) -> bool {
    output.path == Path::new("-")
}

/// Reads `FORMAT=FILE`.
fn output(text: &str) -> Result<Output, Failure> {
    let known = || {
        let names: Vec<&str> = report::FORMATS.iter().map(|format| format.name).collect();
        names.join(", ")
    };
    let (name, path) = text.split_once('=').ok_or_else(|| {
        Failure::usage(
            format!("--format: `{text}` names no file"),
            format!(
                "write FORMAT=FILE, for example `html=report.html`; formats are {}",
                known()
            ),
        )
    })?;
    let format = report::format(name).ok_or_else(|| {
        Failure::usage(
            format!("--format: there is no format `{name}`"),
            format!("formats are {}", known()),
        )
    })?;
    if path.is_empty() {
        return Err(Failure::usage(
            format!("--format: `{text}` names no file"),
            "`-` is standard output",
        ));
    }
    Ok(Output {
        format,
        path: path.into(),
    })
}

/// Writes beside the target first, so that a run that breaks leaves the old report or none, never half.
fn write_file(output: &Output, view: &ReportView<'_>) -> Result<(), Failure> {
    let path = &output.path;
    if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        std::fs::create_dir_all(dir).map_err(|error| Failure::io("create", dir, &error))?;
    }
    let mut part = path.clone().into_os_string();
    part.push(".part");
    let part = PathBuf::from(part);
    let file = create_private(&part).map_err(|error| Failure::io("create", &part, &error))?;
    let written = write_report(output, view, file).and_then(|()| {
        std::fs::rename(&part, path).map_err(|error| Failure::io("write", path, &error))
    });
    if written.is_err() {
        // What matters is why it was not written.
        let _ = std::fs::remove_file(&part);
    }
    written
}

fn write_report(output: &Output, view: &ReportView<'_>, file: File) -> Result<(), Failure> {
    let mut buffer = BufWriter::new(file);
    (output.format.write)(view, &mut buffer)?;
    buffer
        .flush()
        .map_err(|error| Failure::io("write", &output.path, &error))
}

/// An empty file that only its owner may read: reports name people.
fn create_private(path: &Path) -> io::Result<File> {
    // A file that is left over would keep the rights that it has.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Refuses two reports in one file, of which the later would replace the earlier.
fn refuse_shared_files(outputs: &[Output]) -> Result<(), Failure> {
    let mut taken = BTreeSet::new();
    for output in outputs.iter().filter(|output| !is_stdout(output)) {
        let path = std::path::absolute(&output.path).unwrap_or_else(|_| output.path.clone());
        if !taken.insert(path) {
            return Err(Failure::usage(
                format!("two formats for the file `{}`", output.path.display()),
                "give each of them a file of its own",
            ));
        }
    }
    Ok(())
}

impl From<AssessError> for Failure {
    fn from(error: AssessError) -> Failure {
        match error {
            AssessError::Snapshot(error) => error.into(),
            AssessError::AsOfBeforeEnd { .. } => Failure {
                report: error.into(),
                exit: Exit::Usage,
            },
            AssessError::Line { .. } => Failure {
                report: error.into(),
                exit: Exit::Machine,
            },
        }
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Failure {
        let exit = match &error {
            ReportError::Write(_) | ReportError::Json(_) => Exit::Machine,
            ReportError::ReadTemplate { .. }
            | ReportError::TemplateLimit { .. }
            | ReportError::UnknownTemplate { .. }
            | ReportError::Template { .. } => Exit::Usage,
        };
        Failure {
            report: error.into(),
            exit,
        }
    }
}

//! `tickmark assess` and `tickmark run`: snapshot -> assessment, reports, exit code.

use super::Terminal;
use super::args::{AssessArguments, RunArguments};
use super::exit::{Exit, Failure};
use super::kept;
use super::lists::{ListNames, declared, kept_reviews, list, notes_on};
use super::missing::require;
use super::settings::{Judge, Output, Setting, Settings};
use crate::assess::{AssessError, AssessOptions, Assessment, Reason, Spill, assess_spilling};
use crate::gate::{Gate, Verdict};
use crate::import::{Attestations, List, ListError, WithLists};
use crate::plan::Plan;
use crate::report::{self, ReportError, ReportOptions, ReportView, Templates};
use crate::snapshot::{RecordSource, Snapshot, sha256_file};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};

/// Folder beside an assessment for what its attestations rest on.
const KEPT_EVIDENCE: &str = "evidence";

/// Runs `tickmark assess`.
pub(super) fn run(
    arguments: &AssessArguments,
    settings: &Settings,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let judge = settings.judge(&arguments.judge)?;
    let job = Job::new(judge, arguments.judge.as_of)?;
    let snapshot = Snapshot::open(&arguments.snapshot)?;
    job.judge(&snapshot, terminal)
}

/// Runs `tickmark run`. What can be wrong with controls and formats is found before the API is asked.
pub(super) fn run_whole(
    arguments: &RunArguments,
    settings: &Settings,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let mut judge = settings.judge(&arguments.judge)?;
    let api = settings.api(&arguments.api, arguments.out.as_deref())?;
    let out = super::collect::out(&api)?;
    judge.outputs = settings.outputs(judge.outputs, api.organization.as_ref());
    if settings.shares_files(&judge.outputs) {
        terminal.console.note(&format!(
            "{}: `formats` names the same files for several organisations, and each run writes over those of the other; \
             give each organisation `formats` of its own, or leave them out: reports then stand in its `out`\n",
            judge.outputs.origin
        ));
    }
    if judge.outputs.value.is_empty() {
        judge.outputs.value = usual_outputs(&out);
    }
    let job = Job::new(judge, arguments.judge.as_of)?;
    let exports = super::collect::read_exports(settings, &arguments.exports, &api)?;
    let snapshot = super::collect::fetch(
        &api,
        &out.join("snapshot"),
        &arguments.scope,
        &exports,
        terminal,
    )?;
    job.judge(&snapshot, terminal)
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
    /// Folder of kept reviews.
    reviews: Option<Setting<PathBuf>>,
    lists: Vec<List>,
    /// What is to be known of lists that no control reads.
    notes: Vec<String>,
    attestations: Attestations,
    /// Where the attestations are, if anywhere.
    answers_in: Option<Setting<PathBuf>>,
    gate: Gate,
    outputs: Vec<Output>,
    options: AssessOptions,
    personal_data: bool,
    templates: Option<PathBuf>,
    controls: Vec<PathBuf>,
}

impl Job {
    /// Reads what `judge` names. `as_of`: the point in time to judge at.
    pub(super) fn new(judge: Judge, as_of: Option<Timestamp>) -> Result<Job, Failure> {
        let outputs = judge.outputs.value;
        if outputs.iter().filter(|output| output.is_stdout()).count() > 1 {
            return Err(Failure::usage(
                "two formats for standard output",
                "give all but one of them a file",
            ));
        }
        refuse_shared_files(&outputs)?;
        let outside = judge
            .inputs
            .iter()
            .map(|given| declared(&given.value))
            .collect::<Result<Vec<_>, ListError>>()?;
        let controls = super::library::load(&judge.controls.value, &outside)?;
        if let Some(templates) = &judge.templates {
            require("folder of templates", &templates.value)?;
        }
        let (attestations, mut problems) =
            super::attestations::read(judge.attestations.as_ref(), &controls)?;
        let list_names = ListNames::of(&controls);
        let plan = super::library::plan(
            controls,
            judge.profile.as_ref().map(|profile| profile.value.as_str()),
            &judge.parameters,
        )?;
        problems.extend(attestations.problems_in(&plan));
        if !problems.is_empty() {
            return Err(Failure::problems(problems));
        }
        // Which of them were finished in time is known once there is a snapshot; what is wrong with them is told now.
        if let Some(dir) = &judge.reviews {
            kept_reviews(&dir.value, &plan, as_of)?;
        }
        let notes = list_names.unread(&judge.inputs, &plan)?;
        let mut lists = Vec::new();
        for (given, outside) in judge.inputs.into_iter().zip(outside) {
            lists.push(list(given.value, outside, &plan)?);
        }
        Ok(Job {
            reviews: judge.reviews,
            lists,
            notes,
            attestations,
            answers_in: judge.attestations,
            plan,
            gate: Gate {
                fail_on: judge.fail_on.value,
            },
            outputs,
            options: AssessOptions {
                as_of,
                organization_plan: judge.plan.map(|plan| plan.value),
                threads: judge.threads.map(|threads| NonZero::from(threads.value)),
            },
            personal_data: judge.personal_data.value,
            templates: judge.templates.map(|templates| templates.value),
            controls: judge.controls.value,
        })
    }

    /// Assesses, writes the reports, tells the summary, and says how to end.
    pub(super) fn judge(&self, snapshot: &Snapshot, terminal: &Terminal) -> Result<Exit, Failure> {
        let as_of = self
            .options
            .as_of
            .unwrap_or(snapshot.manifest().collected.to);
        let kept = match &self.reviews {
            Some(dir) => kept_reviews(&dir.value, &self.plan, Some(as_of))?,
            None => None,
        };
        let reviews = self.reviews.as_ref();
        let reviews_line = reviews.map(|dir| kept::reviews_line(dir, kept.as_ref()));
        // A list that was named outranks the reviews that were kept.
        let lists: Vec<&List> = kept.iter().chain(&self.lists).collect();
        let source =
            WithLists::new(snapshot, lists.iter().copied()).with_answers(&self.attestations);
        let notes = lists.iter().flat_map(|list| notes_on(list));
        let notes = self.notes.iter().cloned().chain(notes);
        notes.for_each(|note| terminal.console.note(&note));
        let spill = Spill::to(self.folder_for_findings());
        let assessment = assess_spilling(&self.plan, &source, self.options, &spill)?;
        let contradicted = assessment
            .controls
            .iter()
            .flat_map(|control| &control.reasons);
        let contradicted =
            contradicted.filter(|reason| matches!(reason, Reason::PlanContradicted { .. }));
        if let Some(reason) = contradicted.clone().next() {
            let note = format!(
                "note: controls that depend on the plan are unknown ({}), such as one that {}\n",
                contradicted.count(),
                reason.in_words()
            );
            terminal.console.note(&note);
        }
        let verdict = self.gate.judge(&assessment);
        self.write(&assessment, &verdict, snapshot, reviews_line, terminal)?;
        Ok(match verdict.exit_code {
            crate::gate::EXIT_CLEAR => Exit::Success,
            crate::gate::EXIT_FAIL => Exit::Found,
            _ => Exit::Incomplete,
        })
    }

    /// Where very many findings wait for their reports: beside the first report, for which there has to be room too;
    /// in the system's folder for temporary files, if no report goes to a file.
    fn folder_for_findings(&self) -> PathBuf {
        let mut files = self.outputs.iter().filter(|output| !output.is_stdout());
        match files.next().and_then(|output| output.path.parent()) {
            None => std::env::temp_dir(),
            Some(here) if here.as_os_str().is_empty() => PathBuf::from("."),
            Some(dir) => dir.to_owned(),
        }
    }

    fn write(
        &self,
        assessment: &Assessment,
        verdict: &Verdict,
        snapshot: &Snapshot,
        reviews_line: Option<String>,
        terminal: &Terminal,
    ) -> Result<(), Failure> {
        let assessment_file = self
            .outputs
            .iter()
            .find(|output| output.format.name == "json" && !output.is_stdout())
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
        let view = ReportView::new(assessment, verdict, &options).map_err(ReportError::from)?;
        for output in &self.outputs {
            if output.is_stdout() {
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
        let answers = self.answers_in.iter();
        paths.extend(answers.map(|dir| kept::answers_line(dir, &assessment.attestations)));
        paths.extend(reviews_line);
        let json = self
            .outputs
            .iter()
            .find(|output| output.format.name == "json" && !output.is_stdout());
        if let Some(json) = json
            && !assessment.attestations.is_empty()
        {
            let beside = json
                .path
                .parent()
                .unwrap_or(Path::new(""))
                .join(KEPT_EVIDENCE);
            self.keep_evidence(assessment, &beside)?;
            paths.push(format!("evidence  {}", beside.display()));
        }
        paths.extend(
            self.outputs
                .iter()
                .filter(|output| !output.is_stdout())
                .map(|output| format!("{:<9} {}", output.format.name, output.path.display())),
        );
        terminal.console.note(&format!("\n{}\n", paths.join("\n")));
        Ok(())
    }
}

impl Job {
    /// Copies what the attestations rest on into `dir`, each file under its SHA-256, so that the assessment can be
    /// checked when the files that people keep have changed.
    fn keep_evidence(&self, assessment: &Assessment, dir: &Path) -> Result<(), Failure> {
        std::fs::create_dir_all(dir).map_err(|error| Failure::io("make", dir, &error))?;
        let folder = self.attestations.folder();
        let statements = assessment.attestations.iter().map(|used| &used.statement);
        let files: BTreeSet<(&str, &str)> = statements
            .flat_map(|statement| {
                let evidence = statement.evidence.as_ref();
                let evidence = evidence.map(|file| (file.file.as_str(), file.sha256.as_str()));
                [(statement.file.as_str(), statement.sha256.as_str())]
                    .into_iter()
                    .chain(evidence)
            })
            .collect();
        for (name, sha256) in files {
            let ending = Path::new(name).extension().unwrap_or_default();
            let target = dir.join(sha256).with_extension(ending);
            if target.is_file() && sha256_file(&target)? == sha256 {
                continue;
            }
            let source = folder.join(name);
            std::fs::copy(&source, &target)
                .map_err(|error| Failure::io("copy", &source, &error))?;
            if sha256_file(&target)? != sha256 {
                return Err(Failure {
                    report: miette::miette!(
                        help = "assess again",
                        "`{}` was changed while it was copied",
                        source.display()
                    ),
                    exit: Exit::Machine,
                });
            }
        }
        Ok(())
    }
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
    for output in outputs.iter().filter(|output| !output.is_stdout()) {
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
            AssessError::Line { .. } | AssessError::Spill(_) => Failure {
                report: error.into(),
                exit: Exit::Machine,
            },
        }
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Failure {
        let exit = match &error {
            ReportError::Write(_) | ReportError::Json(_) | ReportError::Spill(_) => Exit::Machine,
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

//! What an author of controls works with: cases and what they leave untested, and explanations.
//!
//! A [`Suite`] is a control with its cases. [`Suite::run`] compares each case with what comes out;
//! [`Suite::losses`] takes evidence away from every case and finds what would pass for lack of it;
//! [`Suite::coverage`] tells which conditions the cases decide both ways; [`Suite::mutants`] changes the
//! control in small ways and names the changes that no case notices. [`explain`] tells a control, and one
//! subject of it, in words. Reading controls is left to `control`, evaluating them to `assess`.

mod cases;
mod coverage;
mod explain;
mod junit;
mod missing;
mod mutants;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::InputSchema;
use crate::control::{self, CaseFile, CaseLists, Control, ControlId, Text};
use crate::diagnostic::{Problem, Problems, SourceFile, did_you_mean};

pub use cases::{CaseResult, Difference};
pub use coverage::{Coverage, Covered};
pub use explain::{
    ConclusionExplanation, ConditionExplanation, ControlExplanation, ExclusionExplanation,
    FoundExplanation, LedgerExplanation, ParameterExplanation, PopulationExplanation,
    ScanExplanation, SourceExplanation, SubjectExplanation, SubjectSearch, explain,
    explain_conclusion, explain_subject,
};
pub use missing::{Loss, Losses};
pub use mutants::{Mutant, MutantReport};

/// A control with its cases.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The control.
    pub control: Control,
    /// The file that it is written in.
    pub file: SourceFile,
    /// Lists that it may read without declaring them.
    inputs: Vec<Arc<InputSchema>>,
    /// Its cases.
    pub cases: CaseFile,
}

/// Controls with their cases, in order of their ids.
#[derive(Clone, Debug, Default)]
pub struct Suites {
    /// Controls that have cases.
    pub suites: Vec<Suite>,
    /// Controls that have none.
    pub without_cases: Vec<ControlId>,
}

impl Suites {
    /// Reads the controls and the cases, and puts them together. Controls may read `inputs` without declaring
    /// them.
    ///
    /// # Errors
    /// Every problem of every file; also cases of a control that is not there, or two files of cases for one.
    pub fn read(
        controls: &[SourceFile],
        cases: &[SourceFile],
        inputs: &[Arc<InputSchema>],
    ) -> Result<Suites, Problems> {
        let (loaded, mut problems) = control::load_with(controls, inputs);
        let ids: Vec<String> = loaded
            .iter()
            .map(|control| control.id.to_string())
            .collect();
        let mut by_control: BTreeMap<ControlId, CaseFile> = BTreeMap::new();
        let are_controls_whole = problems.is_empty();
        let lists = |id: &ControlId| {
            let control = loaded.iter().find(|control| control.id == *id);
            control.map_or(CaseLists::NotKnown, |control| control.lists(inputs))
        };
        for file in cases {
            let (read, found) = control::read_cases_with(file, &lists);
            problems.extend(found);
            let Some(read) = read else {
                continue;
            };
            let is_known = loaded.iter().any(|control| control.id == read.control);
            // Cases of a control that does not load are no mistake of their own.
            if !is_known && are_controls_whole {
                let help = did_you_mean(read.control.as_str(), ids.iter().map(String::as_str));
                problems.push(
                    Problem::new(
                        "cases::no_control",
                        format!("there is no control `{}`", read.control),
                        read.control_place.clone(),
                        "not among the controls",
                    )
                    .help(help),
                );
            }
            if let Some(first) = by_control.get(&read.control) {
                problems.push(
                    Problem::new(
                        "cases::duplicate_file",
                        format!("two files hold cases of `{}`", read.control),
                        read.control_place.clone(),
                        "the second one",
                    )
                    .and_at(first.control_place.clone(), "the first one")
                    .help("put all cases of a control into one file"),
                );
                continue;
            }
            by_control.insert(read.control.clone(), read);
        }
        problems.or(())?;
        let mut all = Suites::default();
        for control in loaded {
            let file = controls
                .iter()
                .find(|file| file.name() == control.source.file);
            match (by_control.remove(&control.id), file) {
                (Some(cases), Some(file)) => all.suites.push(Suite {
                    control,
                    file: file.clone(),
                    inputs: inputs.to_vec(),
                    cases,
                }),
                _ => all.without_cases.push(control.id),
            }
        }
        Ok(all)
    }

    /// The built-in controls with their cases.
    ///
    /// # Errors
    /// As [`Suites::read`]; a test shows that there are none.
    pub fn builtin() -> Result<Suites, Problems> {
        Suites::read(&control::builtin(), &control::builtin_cases(), &[])
    }
}

/// How much to look for beside the cases themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Count which conditions the cases decide both ways.
    pub coverage: bool,
    /// Change the control in small ways, and name the changes that no case notices.
    pub mutants: bool,
}

/// What became of the cases of every control.
#[derive(Clone, Debug, Default)]
pub struct TestReport {
    /// Controls with cases, in order of their ids.
    pub suites: Vec<SuiteReport>,
    /// Controls without.
    pub without_cases: Vec<ControlId>,
}

/// What became of the cases of one control.
#[derive(Clone, Debug)]
pub struct SuiteReport {
    /// The control.
    pub id: ControlId,
    /// Each case, in the order written.
    pub cases: Vec<CaseResult>,
    /// The cases with evidence taken away.
    pub losses: Losses,
    /// Conditions decided both ways, if that was asked for.
    pub coverage: Option<Coverage>,
    /// Mutants, if that was asked for.
    pub mutants: Option<MutantReport>,
}

impl SuiteReport {
    /// Cases that came out otherwise than expected.
    pub fn failed(&self) -> impl Iterator<Item = &CaseResult> {
        self.cases
            .iter()
            .filter(|case| !case.differences.is_empty())
    }

    /// Whether there is nothing to mend, as far as was looked.
    pub fn is_good(&self) -> bool {
        self.failed().next().is_none()
            && self.losses.losses.is_empty()
            && self
                .coverage
                .iter()
                .all(|coverage| coverage.gaps().next().is_none())
            && self
                .mutants
                .iter()
                .all(|report| report.survivors.is_empty())
    }
}

impl TestReport {
    /// Whether there is nothing to mend in any.
    pub fn is_good(&self) -> bool {
        self.suites.iter().all(SuiteReport::is_good)
    }

    /// As JUnit XML in the dialect that Jenkins, GitLab and pytest share: a suite for each control.
    pub fn junit(&self) -> String {
        junit::write(self)
    }
}

impl Suites {
    /// Runs the cases of every control.
    ///
    /// # Errors
    /// Problems of all case files: values that the control cannot take, survivors that are none.
    pub fn test(&self, depth: Depth) -> Result<TestReport, Problems> {
        let mut problems = Problems::none();
        let mut report = TestReport {
            without_cases: self.without_cases.clone(),
            ..TestReport::default()
        };
        for suite in &self.suites {
            match suite.test(depth) {
                Ok(tested) => report.suites.push(tested),
                Err(found) => problems.extend(found),
            }
        }
        problems.or(report)
    }
}

impl Suite {
    /// Runs the cases.
    ///
    /// # Errors
    /// As [`Suites::test`].
    pub fn test(&self, depth: Depth) -> Result<SuiteReport, Problems> {
        Ok(SuiteReport {
            id: self.control.id.clone(),
            cases: self.run()?,
            losses: self.losses()?,
            coverage: depth.coverage.then(|| self.coverage()).transpose()?,
            mutants: depth.mutants.then(|| self.mutate()).transpose()?,
        })
    }
}

/// The same control without the texts that say nothing about an outcome: it is evaluated thousands of times.
fn lean(control: &Control) -> Control {
    Control {
        title: Text::empty(),
        rationale: Text::empty(),
        not_tested: Text::empty(),
        remediation: Text::empty(),
        check_yourself: Text::empty(),
        ..control.clone()
    }
}

#[cfg(test)]
mod tests;

//! Small changes of a control, each of which some case should notice.
//!
//! Changes are made to the control's YAML tree, which is then read as any control is: so they need no
//! knowledge of what a control becomes, and a change that leaves no control is no mutant.

mod edit;

use super::{Suite, lean};
use crate::control::{self, Control};
use crate::diagnostic::{Place, Problem, Problems, did_you_mean, yaml};

/// A control with one small change.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// What was changed, and how: `expect.last_active_at.within_last_days becomes older_than_days`. The same
    /// as long as the control's words are; unique in a control.
    pub id: String,
    /// Where the control was changed.
    pub place: Place,
    control: Control,
}

/// What became of the mutants of one control.
#[derive(Clone, Debug, Default)]
pub struct MutantReport {
    /// How many there are.
    pub mutants: usize,
    /// Those that no case notices and nobody explains, in the order of the file.
    pub survivors: Vec<Mutant>,
    /// Those that no case can notice, with why.
    pub explained: Vec<(Mutant, String)>,
}

impl MutantReport {
    /// Mutants that some case notices.
    pub fn killed(&self) -> usize {
        self.mutants - self.survivors.len() - self.explained.len()
    }
}

impl Suite {
    /// Every mutant of the control, in the order of the file.
    pub fn mutants(&self) -> Vec<Mutant> {
        // The file was read before, so it reads again.
        let Ok(root) = yaml::read(&self.file) else {
            return Vec::new();
        };
        // A mutant maps to what the control maps to.
        let frameworks = self.control.frameworks.iter().cloned().collect();
        let mut mutants: Vec<Mutant> = edit::control(&root)
            .into_iter()
            .filter_map(|edit| {
                Some(Mutant {
                    control: lean(&control::from_tree(
                        &self.file,
                        &edit.tree,
                        &frameworks,
                        &self.inputs,
                    )?),
                    id: edit.id,
                    place: edit.place,
                })
            })
            .collect();
        mutants.sort_by_key(|mutant| mutant.place.span.start);
        mutants
    }

    /// Runs every mutant on the cases, those that fail without any change left out, until one notices.
    ///
    /// # Errors
    /// Survivors that the case file explains but that are no mutants, or that a case does notice; and values
    /// of parameters that the control cannot take.
    pub fn mutate(&self) -> Result<MutantReport, Problems> {
        let mut prepared = Vec::new();
        let control = lean(&self.control);
        for case in &self.cases.cases {
            let case = self.prepare(case);
            // A case that fails without any change would seem to notice every one.
            if case.holds(&case.plan(&control)?) {
                prepared.push(case);
            }
        }
        let mutants = self.mutants();
        let known: Vec<String> = mutants.iter().map(|mutant| mutant.id.clone()).collect();
        let mut report = MutantReport {
            mutants: mutants.len(),
            ..MutantReport::default()
        };
        for mutant in mutants {
            let is_noticed = prepared
                .iter()
                .any(|case| match case.plan(&mutant.control) {
                    Ok(plan) => !case.holds(&plan),
                    // The case's values do not fit the mutant: it would be told.
                    Err(_) => true,
                });
            if is_noticed {
                continue;
            }
            let mut explained = self.cases.survivors.iter();
            match explained.find(|survivor| survivor.mutant == mutant.id) {
                Some(survivor) => report.explained.push((mutant, survivor.why.clone())),
                None => report.survivors.push(mutant),
            }
        }
        let problems: Problems = self
            .cases
            .survivors
            .iter()
            .filter(|survivor| {
                let mut explained = report.explained.iter();
                !explained.any(|(mutant, _)| mutant.id == survivor.mutant)
            })
            .map(|survivor| {
                let id = &survivor.mutant;
                let place = survivor.place.clone();
                if known.contains(id) {
                    let message = format!("a case notices the mutant `{id}`");
                    Problem::new("cases::noticed_mutant", message, place, "does not survive")
                        .help("remove it from `survivors`")
                } else {
                    let message = format!("there is no mutant `{id}`");
                    Problem::new("cases::unknown_mutant", message, place, "not a mutant")
                        .help(did_you_mean(id, known.iter().map(String::as_str)))
                }
            })
            .collect();
        problems.or(report)
    }
}

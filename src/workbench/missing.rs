//! Rule 1 on every case: evidence is taken away piece by piece, and nothing may pass for lack of it.
//!
//! So nobody has to write cases with missing fields: they are made of the others.

use std::collections::BTreeSet;

use serde_json::Value;

use super::cases::{Prepared, assessed, rows_of, set_records};
use super::{Suite, lean};
use crate::assess::{ControlAssessment, LedgerLine, Outcome};
use crate::catalog::{DatasetRef, InputSchema};
use crate::control::Control;
use crate::diagnostic::{Place, Problems};
use crate::plan::Plan;
use crate::snapshot::{Completeness, CutReason, InputStatement, RecordSource};

/// What became of the cases of one control when evidence was taken away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// How often something was taken away.
    pub tried: u64,
    /// Where that changed what it must not change.
    pub losses: Vec<Loss>,
}

/// Evidence whose loss made an outcome better, or a record disappear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The case.
    pub case: String,
    /// Where it is written.
    pub place: Place,
    /// What was taken away: "without `sso` of p1".
    pub taken: String,
    /// What then went wrong: "the outcome was unknown and becomes pass".
    pub wrong: String,
}

impl Suite {
    /// Takes from every case, one at a time: each field of each record; the wholeness of each dataset, with
    /// its records and without; each list, its wholeness and its age; the value of each parameter; the word on
    /// the organisation's plan.
    ///
    /// # Errors
    /// Values of parameters that the control cannot take.
    pub fn losses(&self) -> Result<Losses, Problems> {
        let control = lean(&self.control);
        let mut found = Losses::default();
        for case in &self.cases.cases {
            let prepared = self.prepare(case);
            let plan = prepared.plan(&control)?;
            let whole = prepared.assess(&plan);
            let mut trial = Trial {
                asks_nothing: !prepared.has_plan(&control),
                prepared: &prepared,
                plan: &plan,
                whole: &whole,
                found: &mut found,
            };
            trial.whole_case();
            trial.fields();
            trial.datasets();
            trial.lists();
            trial.parameters(&control)?;
            trial.organization_plan(&control);
        }
        Ok(found)
    }
}

/// What is said where nobody says which plan the organisation has.
const WITHOUT_PLAN: &str = "without the organisation's plan";

/// One case, and what it comes to as it stands.
struct Trial<'t> {
    /// The organisation's plan is lower than the control requires.
    asks_nothing: bool,
    prepared: &'t Prepared<'t>,
    plan: &'t Plan,
    whole: &'t ControlAssessment,
    found: &'t mut Losses,
}

impl Trial<'_> {
    /// The case as it stands reconciles.
    fn whole_case(&mut self) {
        self.note("as it stands".to_owned(), unreconciled(self.whole));
    }

    /// Each field of each record absent. One of a wrong type is absent too: assembly leaves it out.
    fn fields(&mut self) {
        for (dataset, records) in &self.prepared.case.given {
            for (place, record) in records.iter().enumerate() {
                let Some(fields) = record.as_object() else {
                    continue;
                };
                let id = record["id"].as_str().unwrap_or_default();
                // Without an id a line is no record; assembly makes none.
                for field in fields.keys().filter(|name| *name != "id") {
                    let mut changed = records.clone();
                    let object = changed[place].as_object_mut();
                    object.expect("it was an object").remove(field);
                    self.records(dataset, &changed, format!("without `{field}` of {id}"));
                }
            }
        }
    }

    /// What comes of other records in `dataset`.
    fn records(&mut self, dataset: &DatasetRef, records: &[Value], taken: String) {
        let mut source = self.prepared.source.clone();
        match (dataset, source.inputs().get(dataset.name()).cloned()) {
            // What is said of a list stays said of it: one that is cut is not whole with other rows.
            (DatasetRef::Input(list), Some(statement)) => {
                source.set_list(list, records, statement);
            }
            _ => set_records(&mut source, dataset, records),
        }
        let after = self.prepared.assess_on(self.plan, &source);
        let wrong = better(self.whole, &after)
            .or_else(|| unreconciled(&after))
            .or_else(|| {
                let fetched = |control: &ControlAssessment| {
                    control.population.as_ref().map_or(0, |found| found.fetched)
                };
                let (before, now) = (fetched(self.whole), fetched(&after));
                (now != before).then(|| format!("{before} records were fetched, now {now}"))
            });
        self.note(taken, wrong);
    }

    /// Each dataset that the control reads cut, denied, not offered or not asked for.
    fn datasets(&mut self) {
        let read: BTreeSet<&str> = self
            .plan
            .scans
            .iter()
            .map(|scan| scan.dataset.name())
            .collect();
        let states = [
            Completeness::Cut {
                reason: CutReason::ServerError,
                detail: "a page is missing".to_owned(),
            },
            Completeness::Denied {
                status: 403,
                detail: "forbidden".to_owned(),
            },
            Completeness::Unavailable {
                detail: "not found".to_owned(),
            },
            Completeness::NotRequested,
        ];
        for dataset in crate::catalog::DATASETS {
            if !read.contains(dataset.name) {
                continue;
            }
            for state in &states {
                let word = state.word();
                let mut source = self.prepared.source.clone();
                source.set_completeness(dataset, state.clone());
                let taken = format!("with `{}` {word}", dataset.name);
                self.unsettled(&self.prepared.assess_on(self.plan, &source), taken);
                source.set_records(dataset, &[]);
                let taken = format!("with `{}` {word} and empty", dataset.name);
                self.unsettled(&self.prepared.assess_on(self.plan, &source), taken);
            }
        }
    }

    /// Each list that the control reads not given, given in part, or too old.
    fn lists(&mut self) {
        for list in self.plan.inputs.values() {
            let mut source = self.prepared.source.clone();
            source.take_list(list.name());
            let after = self.prepared.assess_on(self.plan, &source);
            self.unsettled(&after, format!("without the list `{}`", list.name()));
            let said = InputStatement::named(list.short_name());
            let partial = InputStatement {
                is_whole: false,
                ..said.clone()
            };
            // What is to be fresh and has no date is too old.
            let stale = InputStatement {
                max_age_days: Some(1),
                ..said
            };
            for (word, statement) in [("in part", partial), ("too old", stale)] {
                self.list(
                    list,
                    rows_of(self.prepared.case, list.name()),
                    word,
                    &statement,
                );
                self.list(list, &[], &format!("{word} and empty"), &statement);
            }
        }
    }

    fn list(&mut self, list: &InputSchema, rows: &[Value], word: &str, statement: &InputStatement) {
        let mut source = self.prepared.source.clone();
        source.set_list(list, rows, statement.clone());
        let after = self.prepared.assess_on(self.plan, &source);
        self.unsettled(&after, format!("with the list `{}` {word}", list.name()));
    }

    /// Nobody says which plan the organisation has.
    fn organization_plan(&mut self, control: &Control) {
        if control.requires_plan.is_some() {
            let after = assessed(self.plan, &self.prepared.source, None);
            self.unsettled(&after, WITHOUT_PLAN.to_owned());
        }
    }

    /// Each parameter without a value.
    fn parameters(&mut self, control: &Control) -> Result<(), Problems> {
        for place in 0..control.parameters.len() {
            let mut unset = control.clone();
            unset.parameters[place].default = None;
            let name = &control.parameters[place].name;
            let values = self.prepared.values_without(name);
            let plan = Plan::new(vec![unset], &values)?;
            let after = self.prepared.assess(&plan);
            self.unsettled(&after, format!("without a value of the parameter `{name}`"));
        }
        Ok(())
    }

    /// What rests on missing evidence as a whole neither passes nor does not apply.
    fn unsettled(&mut self, after: &ControlAssessment, taken: String) {
        let wrong = match after.outcome {
            // A control that asks nothing of an organisation of this plan rests on the plan alone.
            Outcome::NotApplicable if self.asks_nothing && taken != WITHOUT_PLAN => None,
            Outcome::Pass | Outcome::NotApplicable => {
                Some(format!("the outcome is {}", after.outcome.word()))
            }
            Outcome::Fail | Outcome::Unknown | Outcome::Error => unreconciled(after),
        };
        self.note(taken, wrong);
    }

    fn note(&mut self, taken: String, wrong: Option<String>) {
        self.found.tried += 1;
        self.found.losses.extend(wrong.map(|wrong| Loss {
            case: self.prepared.case.name.clone(),
            place: self.prepared.case.place.clone(),
            taken,
            wrong,
        }));
    }
}

/// Says so if evidence was lost and the outcome became one that asks for nothing.
pub(super) fn better(before: &ControlAssessment, after: &ControlAssessment) -> Option<String> {
    let asks_nothing = matches!(after.outcome, Outcome::Pass | Outcome::NotApplicable);
    (asks_nothing && after.outcome != before.outcome).then(|| {
        format!(
            "the outcome was {} and becomes {}",
            before.outcome.word(),
            after.outcome.word()
        )
    })
}

/// Says so if a population does not add up (rule 2).
pub(super) fn unreconciled(found: &ControlAssessment) -> Option<String> {
    let sum = |lines: &[LedgerLine]| lines.iter().map(|line| line.records).sum::<u64>();
    let population = found.population.as_ref()?;
    let (outside, excluded) = (sum(&population.outside), sum(&population.excluded));
    let parts = outside + excluded + population.in_scope;
    let judged = population.pass
        + population.fail
        + population.unknown
        + population.error
        + population.counted;
    if parts != population.fetched {
        Some(format!(
            "{} records fetched, but {parts} outside, excluded or in scope",
            population.fetched
        ))
    } else if judged != population.in_scope {
        Some(format!(
            "{} records in scope, but {judged} with an outcome",
            population.in_scope
        ))
    } else {
        None
    }
}

//! The passes over datasets that a plan takes, and the lists that it reads.

use super::fields::{fields_of_set, fields_of_subjects};
use super::{Plan, Population, Scan, SetIndex, StepRef};
use crate::catalog::{DATASETS, DatasetRef, InputSchema};
use crate::diagnostic::Problems;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The populations of every control and of every set.
fn populations(plan: &Plan) -> impl Iterator<Item = &Population> {
    let controls = plan
        .controls
        .iter()
        .filter_map(|control| control.population.as_ref());
    controls.chain(plan.sets.iter().map(|set| &set.population))
}

/// Every list that is read, as all that read it declare it together.
pub(super) fn inputs(plan: &Plan, problems: &mut Problems) -> BTreeMap<String, Arc<InputSchema>> {
    let mut inputs: BTreeMap<String, Arc<InputSchema>> = BTreeMap::new();
    for population in populations(plan) {
        let DatasetRef::Input(schema) = &population.dataset else {
            continue;
        };
        match inputs.get_mut(schema.name()) {
            None => {
                inputs.insert(schema.name().to_owned(), Arc::clone(schema));
            }
            Some(known) if Arc::ptr_eq(known, schema) => {}
            Some(known) => match known.joined(schema) {
                Ok(joined) => *known = Arc::new(joined),
                Err(problem) => problems.push(problem),
            },
        }
    }
    inputs
}

/// One pass for each dataset and level: the catalog's in its order, then lists in order of their names.
pub(super) fn scans(plan: &Plan) -> Vec<Scan> {
    let mut passes: BTreeMap<(usize, usize), (BTreeSet<String>, Vec<StepRef>)> = BTreeMap::new();
    let datasets: Vec<DatasetRef> = DATASETS
        .iter()
        .map(|dataset| DatasetRef::Known(dataset))
        .chain(plan.inputs.values().cloned().map(DatasetRef::Input))
        .collect();
    let place = |dataset: &DatasetRef| {
        datasets
            .iter()
            .position(|known| known.name() == dataset.name())
            .expect("a planned dataset is one of the catalog or a list that was planned")
    };
    for (index, set) in plan.sets.iter().enumerate() {
        let key = (set.level, place(&set.population.dataset));
        let (fields, steps) = passes.entry(key).or_default();
        fields.extend(fields_of_set(set));
        steps.push(StepRef::Set(SetIndex(index)));
    }
    for (index, control) in plan.controls.iter().enumerate() {
        let Some(population) = &control.population else {
            continue;
        };
        let level = control
            .sets
            .iter()
            .map(|set| plan.sets[set.0].level + 1)
            .max()
            .unwrap_or(0);
        let key = (level, place(&population.dataset));
        let (fields, steps) = passes.entry(key).or_default();
        fields.extend(fields_of_subjects(control, population));
        steps.push(StepRef::Control(index));
    }
    passes
        .into_iter()
        .map(|((level, place), (fields, steps))| {
            let dataset = datasets[place].clone();
            Scan {
                fields: dataset
                    .field_names()
                    .into_iter()
                    .filter(|name| *name == "id" || fields.contains(*name))
                    .map(str::to_owned)
                    .collect(),
                dataset,
                level,
                steps,
            }
        })
        .collect()
}

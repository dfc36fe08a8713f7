//! Which fields of which records a control looks at: to decide, and to show.

use super::{Check, PartCheck, PlannedControl, PlannedSet, Population, Requirement};
use crate::catalog::{DatasetRef, FieldRef};
use crate::control::{Control, FieldPath};
use std::collections::BTreeSet;

/// The field of `event_actions` with an action's name for people.
const ACTION_NAME: &str = "display_name";

/// Paths of a check, in its order.
fn paths_of<'c>(check: &'c Check, paths: &mut Vec<&'c FieldPath>) {
    match check {
        Check::All(checks) | Check::Any(checks) => {
            checks.iter().for_each(|check| paths_of(check, paths));
        }
        Check::Not(inner) => paths_of(inner, paths),
        Check::Test { path, .. } | Check::Unset { path, .. } => paths.push(path),
        Check::InSet { path, deadline, .. } => {
            paths.push(path);
            paths.extend(deadline.iter().map(|deadline| &deadline.of));
        }
        // What is asked of an element starts in the same field of the record.
        Check::Elements { path, .. } => paths.push(path),
    }
}

pub(super) fn tested_fields(requirement: &Requirement) -> Vec<FieldRef> {
    let mut paths = Vec::new();
    match requirement {
        Requirement::Expect(check) | Requirement::Share { expect: check, .. } => {
            paths_of(check, &mut paths);
        }
        Requirement::Count { .. } | Requirement::Attest(_) => {}
        Requirement::Frequency { per, time, .. } => paths.extend([per, time]),
        Requirement::Members { by, .. } => paths.push(by),
    }
    let mut fields: Vec<FieldRef> = Vec::new();
    for path in paths {
        if !fields.contains(&path.root) {
            fields.push(path.root.clone());
        }
    }
    fields
}

pub(super) fn shown_fields(control: &Control, tested: &[FieldRef]) -> Vec<FieldRef> {
    let Some(dataset) = control.dataset() else {
        return Vec::new();
    };
    let message: Vec<&str> = control
        .message
        .iter()
        .flat_map(|message| message.subject_fields())
        .collect();
    dataset
        .fields()
        .filter(|field| {
            let is_wanted = field.name() == dataset.label()
                || control.evidence.contains(field)
                || message.contains(&field.name());
            is_wanted && !tested.contains(field)
        })
        .collect()
}

/// Names of the fields that `control` looks at, its sets included, each with its dataset.
pub(super) fn fields_read(
    control: &PlannedControl,
    sets: &[PlannedSet],
) -> BTreeSet<(String, String)> {
    let mut read = BTreeSet::new();
    let mut add = |dataset: &DatasetRef, fields: BTreeSet<String>| {
        let named = |field| (dataset.name().to_owned(), field);
        read.extend(fields.into_iter().map(named));
    };
    for set in control.sets.iter().map(|set| &sets[set.0]) {
        add(&set.population.dataset, fields_of_set(set));
    }
    if let Some(population) = &control.population {
        add(&population.dataset, fields_of_subjects(control, population));
    }
    read
}

/// Names of the fields that decide what belongs to `set`, and of what is taken.
pub(super) fn fields_of_set(set: &PlannedSet) -> BTreeSet<String> {
    let mut fields = BTreeSet::from([set.take.root.name().to_owned()]);
    fields_of(&set.population, &mut fields);
    fields.extend(set.at.iter().map(|at| at.root.name().to_owned()));
    fields.extend(set.actions.iter().map(|_| ACTION_NAME.to_owned()));
    fields
}

/// Names of the fields of its subjects that decide about `control`.
pub(super) fn fields_of_subjects(
    control: &PlannedControl,
    population: &Population,
) -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    fields_of(population, &mut fields);
    for exclusion in &control.exclusions {
        fields_of_check(&exclusion.check, &mut fields);
    }
    fields.extend(control.tested.iter().map(|field| field.name().to_owned()));
    fields
}

/// Names of the fields that a population looks at.
fn fields_of(population: &Population, fields: &mut BTreeSet<String>) {
    fields.extend(population.fields.iter().cloned());
    for part in &population.parts {
        if let PartCheck::Condition(check) = &part.check {
            fields_of_check(check, fields);
        }
    }
}

fn fields_of_check(check: &Check, fields: &mut BTreeSet<String>) {
    let mut paths = Vec::new();
    paths_of(check, &mut paths);
    fields.extend(paths.iter().map(|path| path.root.name().to_owned()));
}

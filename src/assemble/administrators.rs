//! `admin_role_assignments`: one record for each role of each administrator on each resource.

use super::dataset::DatasetFile;
use super::field::FieldValue;
use super::listing::{Listing, Received};
use crate::progress::counted;
use crate::snapshot::SnapshotError;
use serde_json::Value;
use std::collections::BTreeMap;

/// Places of the sources behind the main one.
const ADMINISTRATORS: usize = 1;
const WORKSPACES: usize = 2;

/// Writes every role. Returns why roles may be missing although every answer came, if they may.
pub(super) fn write(
    file: &mut DatasetFile,
    assignments: &Listing,
    administrators: &Listing,
    workspaces: &Listing,
) -> Result<Option<String>, SnapshotError> {
    let people = by_id(administrators)?;
    let places = by_id(workspaces)?;
    let mut silent = 0;
    for received in assignments.records()? {
        let received = received?;
        let (account, resource) = received.part_and_id();
        let Some(roles) = roles_of(received.value()) else {
            silent += 1;
            continue;
        };
        for (role, methods) in roles {
            let id = format!("{account}#{resource}#{role}");
            let mut record = file.record(&id, received.n);
            record.fill(assignments, &received, 0);
            let mut set = |field: &str, value| record.set(field, value, 0, received.n);
            set("account_id", FieldValue::Text(account.to_owned()));
            set("role", FieldValue::Text(role));
            if let Some(methods) = methods {
                set("assignment_methods", methods);
            }
            for field in ["role", "assignment_methods"] {
                record.list_new_words(field);
            }
            if let Some(person) = people.get(account) {
                record.fill(administrators, person, ADMINISTRATORS);
            }
            if let Some(place) = places.get(resource)
                && let Some(name) = place.value()["attributes"]["name"].as_str()
            {
                let name = FieldValue::Text(name.to_owned());
                record.set("workspace_name", name, WORKSPACES, place.n);
            }
            file.push(&record)?;
        }
    }
    Ok((silent > 0).then(|| format!("{} did not tell its roles", counted(silent, "answer"))))
}

/// Each role on a resource, and how it was given where that is told; `None` if no list of roles reads.
///
/// The newer list says how; the older one, which it replaces, only which.
fn roles_of(assignment: &Value) -> Option<BTreeMap<String, Option<FieldValue>>> {
    let text = |value: &Value| {
        let text = value.as_str().filter(|text| !text.is_empty());
        text.map(str::to_owned)
    };
    if let Some(told) = assignment["roleAssignments"].as_array() {
        return told
            .iter()
            .map(|one| Some((text(&one["role"])?, methods(&one["roleAssignmentMethods"]))))
            .collect();
    }
    let told = assignment["roles"].as_array()?;
    told.iter().map(|role| Some((text(role)?, None))).collect()
}

fn methods(told: &Value) -> Option<FieldValue> {
    let words = told.as_array()?.iter().map(Value::as_str);
    let mut words: Vec<&str> = words.collect::<Option<_>>()?;
    words.sort_unstable();
    words.dedup();
    let words = words
        .into_iter()
        .map(|word| FieldValue::Text(word.to_owned()));
    Some(FieldValue::List(words.collect()))
}

/// The few administrators, or the workspaces, by their ids: they are held in memory.
fn by_id(listing: &Listing) -> Result<BTreeMap<String, Received>, SnapshotError> {
    listing
        .records()?
        .map(|received| received.map(|received| (received.id.clone(), received)))
        .collect()
}

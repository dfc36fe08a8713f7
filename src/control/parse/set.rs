//! `let`: named sets of values taken from records, and named lists of values.

use std::collections::BTreeSet;

use super::condition::{Conditions, Position};
use super::names::{NamedList, Names, SetUse, named_entries};
use super::population::read_selection;
use crate::catalog::FieldType;
use crate::control::NamedSet;
use crate::control::path::{self, Start};
use crate::diagnostic::Problem;
use crate::diagnostic::reader::Reader;
use crate::diagnostic::yaml::{Entry, Node};
use crate::operator::ValueKind;

/// Notes the names of the sets, so that every set may use every other, and reads the lists of values.
pub(super) fn read_set_names<'n>(
    reader: &mut Reader,
    root: &'n Node,
    names: &mut Names,
) -> Vec<&'n Entry> {
    const HELP: &str = "write `covered: { from: \"$.policies[*]\", take: id }`";
    let mut entries = Vec::new();
    for entry in named_entries(reader, root, "let", HELP) {
        let clash = names
            .parameters
            .iter()
            .find(|parameter| parameter.name == entry.key);
        match clash {
            Some(parameter) => reader.push(
                Problem::new(
                    "control::name_clash",
                    format!("`{}` stands under `let` and is a parameter", entry.key),
                    entry.key_place(),
                    "named under `let`",
                )
                .and_at(parameter.place.clone(), "the parameter")
                .help("give one of the two another name: `$` does not tell them apart"),
            ),
            None if entry.value.get("values").is_some() => {
                names.lists.extend(read_list(reader, entry));
            }
            None => {
                names.sets.push((entry.key.clone(), entry.key_place()));
                entries.push(entry);
            }
        }
    }
    entries
}

/// `offices: { values: [10.0.0.0/8] }`. What the values are is checked where the list is used.
fn read_list(reader: &mut Reader, entry: &Entry) -> Option<NamedList> {
    const HELP: &str = "write a list of values: `values: [a, b]`";
    let node = reader
        .map(&entry.value, "a list of values", &["values"])?
        .get("values")?;
    if reader.list(node, HELP)?.is_empty() {
        reader.wrong_type(node, "at least one value", HELP);
        return None;
    }
    Some(NamedList {
        name: entry.key.clone(),
        place: entry.key_place(),
        node: node.clone(),
    })
}

pub(super) fn read_sets(
    reader: &mut Reader,
    names: &mut Names,
    entries: &[&Entry],
) -> Vec<NamedSet> {
    let mut sets = Vec::new();
    for entry in entries {
        // What this set uses is what it adds to the names used so far.
        let used_before = std::mem::take(&mut names.sets_used);
        let set = read_set(reader, names, entry);
        let needs = std::mem::replace(&mut names.sets_used, used_before);
        names.sets_used.extend(&needs);
        sets.extend(set.map(|set| NamedSet {
            needs: needs.into_iter().collect(),
            ..set
        }));
    }
    sets
}

fn read_set(reader: &mut Reader, names: &mut Names, entry: &Entry) -> Option<NamedSet> {
    let map = reader.map(&entry.value, "a set", &["from", "where", "take", "at"])?;
    let from = reader
        .required(map, "from", "name the records: `from: \"$.policies[*]\"`")
        .and_then(|node| read_selection(reader, names, node));
    let take = reader.required(map, "take", "name what to take of each record: `take: id`");
    let selected = from?;
    let start = Start::record_of(&selected.dataset);
    let conditions = match map.get("where") {
        Some(node) => Conditions { reader, names }.read(node, &start, Position::Where),
        None => Vec::new(),
    };
    let checked = path::read(reader, take?, &start, true)?;
    if matches!(checked.path.kind, FieldType::Records(_)) {
        reader.push(
            Problem::new(
                "control::take",
                format!(
                    "`{}` leads to records, and a set holds plain values",
                    checked.path.text
                ),
                take?.place(),
                "records",
            )
            .help(format!("take a field of them: `{}.id`", checked.path.text)),
        );
        return None;
    }
    let at = match map.get("at") {
        Some(node) => Some(path::read_time(reader, node, &start)?),
        None => None,
    };
    Some(NamedSet {
        name: entry.key.clone(),
        population: selected.narrowed(conditions),
        take: checked.path,
        at,
        needs: Vec::new(),
    })
}

/// A deadline needs a set that tells when.
pub(super) fn check_deadlines(reader: &mut Reader, names: &Names, sets: &[NamedSet]) {
    if sets.len() != names.sets.len() {
        return;
    }
    for (set, place) in &names.deadlines {
        if sets[*set].at.is_none() {
            let (name, declared) = &names.sets[*set];
            reader.push(
                Problem::new(
                    "control::set_type",
                    format!("the set `{name}` does not tell when"),
                    place.clone(),
                    "asks until when",
                )
                .and_at(declared.clone(), "declared here")
                .help("say which field tells it: `at: time`"),
            );
        }
    }
}

pub(super) fn check_cycles(reader: &mut Reader, names: &Names, sets: &[NamedSet]) {
    // Incomplete sets have problems of their own.
    if sets.len() != names.sets.len() {
        return;
    }
    for (index, (name, place)) in names.sets.iter().enumerate() {
        let mut reached = BTreeSet::new();
        let mut open = sets[index].needs.clone();
        while let Some(next) = open.pop() {
            if reached.insert(next) {
                open.extend(&sets[next].needs);
            }
        }
        if reached.contains(&index) {
            reader.push(
                Problem::new(
                    "control::cycle",
                    format!("the set `{name}` needs itself"),
                    place.clone(),
                    "comes back to itself",
                )
                .help("let one of the sets stand on records alone"),
            );
        }
    }
}

/// A set holds values as they stand in records, so what is compared with it must be of the same kind; else
/// nothing would ever be found in it, and nobody would see why.
pub(super) fn check_set_uses(reader: &mut Reader, names: &Names, sets: &[NamedSet]) {
    if sets.len() != names.sets.len() {
        return;
    }
    let is_normalized = |kind: &FieldType| matches!(kind, FieldType::Email | FieldType::DomainName);
    for SetUse {
        set,
        path,
        kind,
        place,
    } in &names.set_uses
    {
        let taken = &sets[*set].take.kind;
        let is_alike = if is_normalized(kind) || is_normalized(taken) {
            kind == taken
        } else {
            ValueKind::of(kind) == ValueKind::of(taken)
        };
        if !is_alike {
            let (name, declared) = &names.sets[*set];
            reader.push(
                Problem::new(
                    "control::set_type",
                    format!(
                        "`{path}` ({kind}) can have no value in common with `{name}` ({taken})"
                    ),
                    place.clone(),
                    format!("a set of {taken}"),
                )
                .and_at(declared.clone(), "declared here")
                .help("take a field of the same type"),
            );
        }
    }
}

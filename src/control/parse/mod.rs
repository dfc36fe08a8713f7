//! One file -> one control, every part checked.
//!
//! A file below for each key, or for keys that mean something only together. What the names in a part stand
//! for is known before that part is read: [`names`].

mod condition;
mod description;
mod happening;
mod mapping;
mod members;
mod names;
mod parameter;
mod population;
mod question;
mod requirement;
mod set;
mod texts;

use std::collections::BTreeSet;
use std::sync::Arc;

use self::condition::{Conditions, Position};
use self::description::Description;
use self::happening::{check_span_fits, entry_of, read_period};
use self::names::{Names, UNUSED, check_unused};
use self::parameter::read_parameters;
use self::population::{read_evidence, read_exclusions, read_selection};
use self::question::{read_question, refuse_records};
use self::requirement::{
    check_share_stands_beside_expect, one_requirement, read_on_empty, read_requirement,
};
use self::set::{check_cycles, check_deadlines, check_set_uses, read_set_names, read_sets};
use self::texts::Texts;
use super::input::{self, Inputs};
use super::path::Start;
use super::reader::Reader;
use super::{Control, ControlId, ControlSource, Frameworks};
use crate::catalog::InputSchema;
use crate::diagnostic::yaml::{self, Entry, Node};
use crate::diagnostic::{Place, Problem, Problems, SourceFile};
use crate::value::sha256_hex;

pub(super) use self::happening::{OF_A_PERIOD, is_counted_by};
pub(super) use self::question::{MINUTES_MAX, OF_RECORDS};
pub(super) use self::requirement::REQUIREMENTS;

/// Keys of a control, in the order in which they are best written.
pub(super) const KEYS: &[&str] = &[
    "id",
    "code",
    "title",
    "severity",
    "tags",
    "owner",
    "revision",
    "rationale",
    "not_tested",
    "remediation",
    "check_yourself",
    "references",
    "maps_to",
    "requires",
    "parameters",
    "inputs",
    "let",
    "population",
    "period",
    "where",
    "exclude",
    "expect",
    "share",
    "count",
    "members",
    "attest",
    "on_empty",
    "message",
    "evidence",
];

/// A checked control, and where its id is written.
pub(super) struct Parsed {
    pub control: Control,
    pub id_place: Place,
}

/// Reads the control in `file`; `None` if it has any problem.
pub(super) fn parse(
    file: &SourceFile,
    frameworks: &Frameworks,
    outside: &[Arc<InputSchema>],
) -> (Option<Parsed>, Problems) {
    let mut reader = Reader::default();
    let parsed = match yaml::read(file) {
        Ok(root) => read_control(&mut reader, file, &root, frameworks, outside),
        Err(problem) => {
            reader.push(problem);
            None
        }
    };
    let parsed = parsed.filter(|_| reader.problems.is_empty());
    (parsed, reader.problems)
}

/// The control in a tree that was changed after it was read; `None` if the change left no control. What
/// the change left unused stays.
pub(crate) fn from_tree(
    file: &SourceFile,
    root: &Node,
    frameworks: &Frameworks,
    inputs: &[Arc<InputSchema>],
) -> Option<Control> {
    let mut reader = Reader::default();
    let parsed = read_control(&mut reader, file, root, frameworks, inputs)?;
    let is_whole = reader.problems.iter().all(|problem| problem.code == UNUSED);
    is_whole.then_some(parsed.control)
}

fn read_control(
    reader: &mut Reader,
    file: &SourceFile,
    root: &Node,
    frameworks: &Frameworks,
    outside: &[Arc<InputSchema>],
) -> Option<Parsed> {
    let root = reader.map(root, "a control", KEYS)?;
    let id = read_id(reader, file, root);
    let mut names = Names {
        parameters: read_parameters(reader, root),
        inputs: Inputs {
            own: input::read(reader, root),
            outside: outside.to_vec(),
            used: BTreeSet::new(),
        },
        ..Names::default()
    };
    let set_entries = read_set_names(reader, root, &mut names);

    let requirement_entry = one_requirement(reader, root);
    let is_attested = requirement_entry.is_some_and(|entry| entry.key == "attest");
    let selection = if let (true, Some(attest)) = (is_attested, requirement_entry) {
        refuse_records(reader, root, attest);
        None
    } else {
        reader
            .required(
                root,
                "population",
                "name the records to test: `population: \"$.accounts[*]\"`",
            )
            .and_then(|node| read_selection(reader, &mut names, node))
    };
    let dataset = selection.as_ref().map(|selected| &selected.dataset);

    let sets = read_sets(reader, &mut names, &set_entries);
    let mut conditions = Conditions {
        reader,
        names: &mut names,
    };
    let mut narrowing = match (root.get("where"), dataset) {
        (Some(node), Some(dataset)) => {
            conditions.read(node, &Start::record_of(dataset), Position::Where)
        }
        _ => Vec::new(),
    };
    if let (Some(entry), Some(dataset)) = (entry_of(root, "period"), dataset) {
        let period = read_period(&mut conditions, entry, dataset);
        narrowing.splice(0..0, period);
    }
    let exclusions = match (root.get("exclude"), dataset) {
        (Some(node), Some(dataset)) => read_exclusions(&mut conditions, node, dataset),
        _ => Vec::new(),
    };
    let requirement = match (requirement_entry, dataset) {
        (Some(entry), _) if is_attested => read_question(&mut conditions, &entry.value),
        (Some(entry), Some(dataset)) => read_requirement(&mut conditions, root, entry, dataset),
        _ => None,
    };
    if let Some(entry) = requirement_entry {
        check_span_fits(&mut conditions, entry, &narrowing, requirement.as_ref());
    }
    check_share_stands_beside_expect(reader, root, requirement_entry);
    check_cycles(reader, &names, &sets);
    check_set_uses(reader, &names, &sets);
    check_deadlines(reader, &names, &sets);
    // Names in a part that could not be read would wrongly seem unused.
    if reader.problems.is_empty() {
        check_unused(reader, &names);
    }

    let on_empty = read_on_empty(reader, root, requirement_entry);
    let texts = Texts {
        parameters: &names.parameters,
        dataset,
        requirement: requirement_entry.map(|entry| entry.key.as_str()),
    };
    let description = Description::read(reader, root, &texts, frameworks);
    let evidence = match (root.get("evidence"), dataset) {
        (Some(node), Some(dataset)) => read_evidence(reader, node, dataset),
        _ => Vec::new(),
    };

    let population = selection.map(|selected| selected.narrowed(narrowing));
    // INVARIANT (attest): a control has no population exactly where a person answers.
    if population.is_none() && !is_attested {
        return None;
    }
    let (id, id_place) = id?;
    let description = description?;
    Some(Parsed {
        control: Control {
            id,
            code: description.code,
            title: description.title,
            severity: description.severity,
            tags: description.tags,
            owner: description.owner,
            revision: description.revision,
            rationale: description.rationale,
            not_tested: description.not_tested,
            remediation: description.remediation,
            check_yourself: description.check_yourself,
            references: description.references,
            maps_to: description.maps_to,
            frameworks: description.frameworks,
            requires_plan: description.requires_plan,
            parameters: names.parameters,
            inputs: names.inputs.own,
            sets,
            population,
            exclusions,
            requirement: requirement?,
            on_empty,
            message: description.message,
            evidence,
            source: source_of(file, root, requirement_entry?),
        },
        id_place,
    })
}

fn read_id(reader: &mut Reader, file: &SourceFile, root: &Node) -> Option<(ControlId, Place)> {
    let node = reader.required(root, "id", "name the control as its file is named")?;
    let text = reader.text(node)?;
    let id: ControlId = match text.parse() {
        Ok(id) => id,
        Err(error) => {
            reader.push(
                Problem::new(
                    "control::id",
                    format!("`{text}` is no id"),
                    node.place(),
                    "here",
                )
                .help(error.to_string()),
            );
            return None;
        }
    };
    let stem = file.stem();
    if stem != text {
        reader.push(
            Problem::new(
                "control::id",
                format!("the id is `{text}`, but the file is called `{stem}`"),
                node.place(),
                "differs from the file's name",
            )
            .help(format!(
                "rename the file to `{text}.yaml`, or the id to `{stem}`"
            )),
        );
    }
    Some((id, node.place()))
}

/// The lines from the population to the requirement.
fn source_of(file: &SourceFile, root: &Node, requirement: &Entry) -> ControlSource {
    let decides = [
        "population",
        "where",
        "exclude",
        "expect",
        "share",
        "count",
        "members",
        "attest",
    ];
    let entries = || {
        root.entries()
            .unwrap_or_default()
            .iter()
            .filter(|entry| decides.contains(&entry.key.as_str()))
    };
    let first = entries().map(|entry| entry.key_span.start).min();
    let last = entries()
        .map(|entry| entry.value.span.end.max(entry.key_span.end))
        .max();
    ControlSource {
        file: file.name().to_owned(),
        first_line: file.line(first.unwrap_or_default()),
        last_line: file.line(last.unwrap_or_default().saturating_sub(1)),
        sha256: sha256_hex(file.text().as_bytes()),
        requirement: requirement.key_place(),
        on_empty: root.get("on_empty").map(Node::place),
        requires: root.get("requires").map(Node::place),
    }
}

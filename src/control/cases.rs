//! Cases: the unit tests of a control, `tests/controls/<id>.yaml` or `<id>.cases.yaml` beside it.
//!
//! ```yaml
//! control: accounts-idle
//! as_of: 2026-11-20T06:00:00Z
//! defaults:                                  # what a record below has unless it says otherwise
//!   accounts: { claim_status: managed, last_active_at: 2026-11-19T08:00:00Z }
//! cases:
//!   - name: an account whose last activity is not known is unknown
//!     given: { accounts: [{ id: p1 }, { id: p2, absent: [last_active_at] }] }
//!     cut: [groups]                          # datasets that are not whole
//!     parameters: { idle_days: 30 }
//!     plan: guard-standard                   # the organisation's; the highest without it
//!     expect: { outcome: unknown, unknown: [p2], in_scope: 2 }
//! survivors:                                 # changes of the control that no case can notice
//!   - { mutant: "expect.last_active_at.within_last_days plus 1", why: times are whole days }
//! ```
//!
//! Rows of a list stand under its name, with the columns that the control declares:
//! `inputs.leavers: [{ email: ada@example.com }]`. A list that a case does not name is one that nobody gave.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::path::{fitted, literal};
use super::reader::Reader;
use super::{ControlId, OrganizationPlan, ParameterValue};
use crate::catalog::{self, DATASETS, DatasetRef, FieldType, INPUTS, InputSchema};
use crate::diagnostic::yaml::{self, Entry, Kind, Node};
use crate::diagnostic::{Place, Problem, Problems, SourceFile, did_you_mean};

/// The key of a record that lists the fields that it lacks, those of `defaults` included.
pub(super) const ABSENT: &str = "absent";

/// The cases of one control.
#[derive(Clone, Debug)]
pub struct CaseFile {
    /// The control that they test.
    pub control: ControlId,
    /// Where its id is written.
    pub control_place: Place,
    /// Point in time of every case.
    pub as_of: Timestamp,
    /// The cases, in the order written.
    pub cases: Vec<Case>,
    /// Changes of the control that no case can notice, with why.
    pub survivors: Vec<Survivor>,
}

/// A change of the control that leaves its meaning as it is, so that no case can notice it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survivor {
    /// Id of the mutant, as `controls test --mutate` names it.
    pub mutant: String,
    /// Why it means the same.
    pub why: String,
    /// Where the id is written.
    pub place: Place,
}

/// Some records, and what the control says of them.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it shows, as a sentence; unique in its file.
    pub name: String,
    /// Where the name is written.
    pub place: Place,
    /// Records by dataset, defaults merged in; other datasets are whole and empty, other lists not given.
    pub given: Vec<(DatasetRef, Vec<Value>)>,
    /// Datasets that are not whole; a list among them is given too.
    pub cut: Vec<DatasetRef>,
    /// Values of parameters.
    pub parameters: Vec<ParameterValue>,
    /// The organisation's plan.
    pub organization_plan: OrganizationPlan,
    /// What must come out.
    pub expect: CaseExpectation,
}

/// What must come out of a case; what is not said is not compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseExpectation {
    /// Outcome of the control.
    pub outcome: CaseOutcome,
    /// Ids of every subject that fails, ascending; `-` is the control itself.
    pub failing: Option<Vec<String>>,
    /// Ids of every subject that is unknown, ascending.
    pub unknown: Option<Vec<String>>,
    /// Messages of some findings, by subject.
    pub messages: BTreeMap<String, String>,
    /// Records left out.
    pub excluded: Option<u64>,
    /// Records tested.
    pub in_scope: Option<u64>,
}

/// Outcome of a control in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseOutcome {
    /// It passes.
    Pass,
    /// It fails.
    Fail,
    /// The evidence does not suffice.
    Unknown,
    /// The evaluation breaks.
    Error,
    /// There is nothing to test.
    NotApplicable,
}

impl CaseOutcome {
    /// The word in a case file: `not_applicable`.
    pub fn word(self) -> &'static str {
        let mut words = CaseOutcome::WORDS.iter();
        let known = words.find(|(_, outcome)| *outcome == self);
        known.map_or("", |(word, _)| word)
    }

    pub(super) const WORDS: [(&'static str, CaseOutcome); 5] = [
        ("pass", CaseOutcome::Pass),
        ("fail", CaseOutcome::Fail),
        ("unknown", CaseOutcome::Unknown),
        ("error", CaseOutcome::Error),
        ("not_applicable", CaseOutcome::NotApplicable),
    ];
}

/// The lists that a case may give rows of.
#[derive(Clone, Debug, Default)]
pub enum CaseLists {
    /// Those that the control knows.
    Known(Vec<Arc<InputSchema>>),
    /// The control does not load, or is not there: what a case says of lists is not looked at.
    #[default]
    NotKnown,
}

/// The lists that a case may give rows of, and what is wrong with the file so far.
struct CaseReader {
    reader: Reader,
    lists: CaseLists,
}

impl std::ops::Deref for CaseReader {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl std::ops::DerefMut for CaseReader {
    fn deref_mut(&mut self) -> &mut Reader {
        &mut self.reader
    }
}

/// Reads the cases in `file` without its control; `None` if there is any problem. What they say of lists is not
/// looked at.
pub fn read_cases(file: &SourceFile) -> (Option<CaseFile>, Problems) {
    read_cases_with(file, &|_| CaseLists::NotKnown)
}

/// Reads the cases in `file`; `None` if there is any problem. `lists` says which lists a control knows.
pub fn read_cases_with(
    file: &SourceFile,
    lists: &dyn Fn(&ControlId) -> CaseLists,
) -> (Option<CaseFile>, Problems) {
    let mut reader = CaseReader {
        reader: Reader::default(),
        lists: CaseLists::NotKnown,
    };
    let cases = match yaml::read(file) {
        Ok(root) => read_file(&mut reader, file, &root, lists),
        Err(problem) => {
            reader.push(problem);
            None
        }
    };
    let cases = cases.filter(|_| reader.problems.is_empty());
    (cases, reader.reader.problems)
}

fn read_file(
    reader: &mut CaseReader,
    file: &SourceFile,
    root: &Node,
    lists: &dyn Fn(&ControlId) -> CaseLists,
) -> Option<CaseFile> {
    let keys = ["control", "as_of", "defaults", "cases", "survivors"];
    let root = reader.map(root, "a case file", &keys)?;
    let control = reader
        .required(root, "control", "name the control that these cases test")
        .and_then(|node| read_control_id(reader, file, node));
    if let Some((control, _)) = &control {
        reader.lists = lists(control);
    }
    let as_of = reader
        .required(
            root,
            "as_of",
            "write the point in time: `as_of: 2026-11-20T06:00:00Z`",
        )
        .and_then(|node| read_as_of(reader, node));
    let mut defaults: BTreeMap<String, &Node> = BTreeMap::new();
    for (dataset, node) in by_dataset(reader, root.get("defaults")) {
        // Read on its own, so that a mistake in it is told once, and told here.
        read_record(reader, &dataset, node, None);
        defaults.insert(dataset.name().to_owned(), node);
    }
    let mut cases: Vec<Case> = Vec::new();
    let list = reader.required(root, "cases", "write a list of cases");
    let list = list.and_then(|node| reader.list(node, "write a list of cases"));
    for node in list.unwrap_or_default() {
        let Some(case) = read_case(reader, node, &defaults) else {
            continue;
        };
        match cases.iter().find(|known| known.name == case.name) {
            Some(first) => reader.push(
                Problem::new(
                    "cases::duplicate_name",
                    format!("two cases are called \"{}\"", case.name),
                    case.place.clone(),
                    "the second one",
                )
                .and_at(first.place.clone(), "the first one")
                .help("say what is different about each"),
            ),
            None => cases.push(case),
        }
    }
    let survivors = read_survivors(reader, root);
    let (control, control_place) = control?;
    Some(CaseFile {
        survivors,
        control,
        control_place,
        as_of: as_of?,
        cases,
    })
}

fn read_survivors(reader: &mut Reader, root: &Node) -> Vec<Survivor> {
    const HELP: &str = "write a list: `- { mutant: \"on_empty becomes pass\", why: … }`";
    let mut survivors: Vec<Survivor> = Vec::new();
    let list = root.get("survivors");
    let list = list.and_then(|node| reader.list(node, HELP));
    for element in list.unwrap_or_default() {
        let Some(map) = reader.map(element, "a survivor", &["mutant", "why"]) else {
            continue;
        };
        let mutant = reader.required(map, "mutant", HELP);
        let why = reader.required(map, "why", "say why the control means the same with it");
        let (Some(mutant), Some(why)) = (mutant, why) else {
            continue;
        };
        let (Some(id), Some(why)) = (reader.text(mutant), reader.text(why)) else {
            continue;
        };
        match survivors.iter().find(|known| known.mutant == id) {
            Some(first) => reader.push(
                Problem::new(
                    "cases::duplicate_survivor",
                    format!("the mutant `{id}` is explained twice"),
                    mutant.place(),
                    "the second time",
                )
                .and_at(first.place.clone(), "the first time")
                .help("keep one of the two"),
            ),
            None => survivors.push(Survivor {
                mutant: id.to_owned(),
                why: why.to_owned(),
                place: mutant.place(),
            }),
        }
    }
    survivors
}

fn read_control_id(
    reader: &mut Reader,
    file: &SourceFile,
    node: &Node,
) -> Option<(ControlId, Place)> {
    let text = reader.text(node)?;
    let stem = file.stem();
    let stem = stem.strip_suffix(".cases").unwrap_or(stem);
    if stem != text {
        reader.push(
            Problem::new(
                "cases::control",
                format!("these are cases of `{text}`, but the file is called `{stem}`"),
                node.place(),
                "differs from the file's name",
            )
            .help("a file of cases is called as its control is"),
        );
    }
    match text.parse() {
        Ok(id) => Some((id, node.place())),
        Err(error) => {
            let message = format!("`{text}` is no id of a control");
            reader.push(
                Problem::new("cases::control", message, node.place(), "here")
                    .help(format!("{error}")),
            );
            None
        }
    }
}

fn read_as_of(reader: &mut Reader, node: &Node) -> Option<Timestamp> {
    let time = reader.text(node)?.parse().ok();
    if time.is_none() {
        reader.wrong_type(node, "a point in time", "write `2026-11-20T06:00:00Z`");
    }
    time
}

/// The dataset or list that a key or a list's element names; `None` also for a list of a control that does
/// not load.
fn known_dataset(reader: &mut CaseReader, name: &str, place: Place) -> Option<DatasetRef> {
    if let Some(dataset) = catalog::dataset(name) {
        return Some(dataset.into());
    }
    let lists = match &reader.lists {
        CaseLists::NotKnown if name.starts_with(INPUTS) => return None,
        CaseLists::NotKnown => &[][..],
        CaseLists::Known(lists) => lists,
    };
    if let Some(list) = lists.iter().find(|list| list.name() == name) {
        return Some(DatasetRef::Input(Arc::clone(list)));
    }
    let known = DATASETS.iter().map(|dataset| dataset.name);
    let known: Vec<&str> = known.chain(lists.iter().map(|list| list.name())).collect();
    let (message, label) = match name.starts_with(INPUTS) {
        true => (
            format!("the control reads no list `{name}`"),
            "not declared",
        ),
        false => (format!("unknown dataset `{name}`"), "not in the catalog"),
    };
    let help = did_you_mean(name, known);
    reader.push(Problem::new("cases::unknown_dataset", message, place, label).help(help));
    None
}

/// The entries of a map whose keys are datasets.
fn by_dataset<'n>(reader: &mut CaseReader, node: Option<&'n Node>) -> Vec<(DatasetRef, &'n Node)> {
    let Some(node) = node else {
        return Vec::new();
    };
    let Some(entries) = node.entries() else {
        reader.wrong_type(node, "a map", "write `accounts: …`");
        return Vec::new();
    };
    entries
        .iter()
        .filter_map(|entry| {
            let dataset = known_dataset(reader, &entry.key, entry.key_place())?;
            Some((dataset, &entry.value))
        })
        .collect()
}

fn read_case(
    reader: &mut CaseReader,
    node: &Node,
    defaults: &BTreeMap<String, &Node>,
) -> Option<Case> {
    let keys = ["name", "given", "cut", "parameters", "plan", "expect"];
    let map = reader.map(node, "a case", &keys)?;
    let name_node = reader.required(map, "name", "say in a sentence what it shows");
    let given_node = reader.required(map, "given", "write `given: { accounts: [{ id: p1 }] }`");
    let mut given = Vec::new();
    for (dataset, node) in by_dataset(reader, given_node) {
        let default = defaults.get(dataset.name()).copied();
        let records = read_records(reader, &dataset, node, default);
        given.push((dataset, records));
    }
    let mut cut = Vec::new();
    if let Some(node) = map.get("cut") {
        let help = "write a list of datasets: `[accounts]`";
        for element in reader.list(node, help).unwrap_or_default() {
            let name = reader.text(element).map(str::to_owned);
            cut.extend(name.and_then(|name| known_dataset(reader, &name, element.place())));
        }
    }
    let parameters = match map.get("parameters") {
        None => Vec::new(),
        Some(node) => match node.entries() {
            Some(entries) => entries.iter().map(parameter_value).collect(),
            None => {
                reader.wrong_type(node, "a map", "write `{ idle_days: 30 }`");
                Vec::new()
            }
        },
    };
    let plan = map.get("plan").and_then(|node| {
        let words = OrganizationPlan::LEAST_FIRST.map(|plan| (plan.word(), plan));
        reader.word(node, "plan", &words)
    });
    let expect = reader
        .required(map, "expect", "write `expect: { outcome: pass }`")
        .and_then(|node| read_expectation(reader, node));
    let name_node = name_node?;
    Some(Case {
        name: reader.text(name_node)?.to_owned(),
        place: name_node.place(),
        given,
        cut,
        parameters,
        organization_plan: plan.unwrap_or(OrganizationPlan::GuardPremium),
        expect: expect?,
    })
}

fn parameter_value(entry: &Entry) -> ParameterValue {
    ParameterValue {
        name: entry.key.clone(),
        node: entry.value.clone(),
    }
}

fn read_records(
    reader: &mut CaseReader,
    dataset: &DatasetRef,
    node: &Node,
    default: Option<&Node>,
) -> Vec<Value> {
    let elements = reader.list(node, "write a list of records");
    let elements = elements.unwrap_or_default();
    let records = elements
        .iter()
        .map(|element| (element, read_record(reader, dataset, element, default)));
    let records: Vec<(&Node, Value)> = records
        .filter_map(|(element, record)| Some((element, Value::Object(record?))))
        .collect();
    match dataset {
        DatasetRef::Known(_) => with_own_ids(reader, dataset, records),
        DatasetRef::Input(schema) => with_row_ids(schema, records),
    }
}

/// Records that say their ids themselves.
fn with_own_ids(
    reader: &mut CaseReader,
    dataset: &DatasetRef,
    read: Vec<(&Node, Value)>,
) -> Vec<Value> {
    let mut records: Vec<(String, Place, Value)> = Vec::new();
    for (element, record) in read {
        let written = element.get("id");
        let Some(id) = record["id"].as_str().map(str::to_owned) else {
            reader.required(element, "id", "every record needs an id: `id: p1`");
            continue;
        };
        let place = written.unwrap_or(element).place();
        match records.iter().find(|(known, _, _)| *known == id) {
            Some((_, first, _)) => reader.push(
                Problem::new(
                    "cases::duplicate_id",
                    format!("two records of `{}` have the id `{id}`", dataset.name()),
                    place,
                    "the second one",
                )
                .and_at(first.clone(), "the first one")
                .help("give each record an id of its own"),
            ),
            None => records.push((id, place, record)),
        }
    }
    records.into_iter().map(|(_, _, record)| record).collect()
}

/// Rows of a list with the ids that reading a file gives them: the value of the column that tells rows apart,
/// or the row's number; of a second row with one id both.
fn with_row_ids(schema: &InputSchema, rows: Vec<(&Node, Value)>) -> Vec<Value> {
    let mut taken = BTreeSet::new();
    let rows = (1..).zip(rows).map(|(number, (_, mut row))| {
        let own = schema.id().and_then(|id| match &row[id] {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        });
        let id = match own {
            None => format!("row {number}"),
            Some(id) if taken.insert(id.clone()) => id,
            Some(id) => format!("{id} (row {number})"),
        };
        row["id"] = id.into();
        row
    });
    rows.collect()
}

/// Name and type of what a record may hold.
type Column<'c> = (&'c str, FieldType);

/// The record in `node` over the one in `default`, without the fields that it lists as absent.
fn read_record(
    reader: &mut Reader,
    dataset: &DatasetRef,
    node: &Node,
    default: Option<&Node>,
) -> Option<Map<String, Value>> {
    let Some(own) = node.entries() else {
        reader.wrong_type(node, "a record", "write a map: `{ id: p1 }`");
        return None;
    };
    let fields: Vec<(String, FieldType)> = dataset
        .fields()
        // What names a row is told from its columns.
        .filter(|field| match dataset {
            DatasetRef::Known(_) => true,
            DatasetRef::Input(schema) => field.name() != "id" || schema.id() == Some("id"),
        })
        .map(|field| (field.name().to_owned(), field.kind()))
        .collect();
    let columns = fields.iter().map(|(name, kind)| (name.as_str(), *kind));
    let columns: Vec<Column<'_>> = columns.collect();
    let mut record = match default {
        // Its mistakes were told where it stands.
        Some(default) => fields_of(&mut Reader::default(), &columns, default.entries()?),
        None => Map::new(),
    };
    record.extend(fields_of(reader, &columns, own));
    if let Some(absent) = node.get(ABSENT) {
        let help = "write a list of fields: `absent: [sso]`";
        for element in reader.list(absent, help).unwrap_or_default() {
            let Some(name) = reader.text(element) else {
                continue;
            };
            if !columns.iter().any(|(known, _)| *known == name) {
                unknown_field(reader, &columns, name, element.place());
            } else if let Some(written) = node.get(name) {
                reader.push(
                    Problem::new(
                        "cases::absent",
                        format!("`{name}` is given and absent"),
                        element.place(),
                        "absent",
                    )
                    .and_at(written.place(), "given")
                    .help("keep one of the two"),
                );
            }
            record.remove(name);
        }
    }
    Some(record)
}

fn fields_of(reader: &mut Reader, columns: &[Column<'_>], entries: &[Entry]) -> Map<String, Value> {
    let mut record = Map::new();
    for entry in entries.iter().filter(|entry| entry.key != ABSENT) {
        match columns.iter().find(|(name, _)| *name == entry.key) {
            Some((_, kind)) => {
                let value = value_of(reader, &entry.value, kind);
                record.extend(value.map(|value| (entry.key.clone(), value)));
            }
            None => unknown_field(reader, columns, &entry.key, entry.key_place()),
        }
    }
    record
}

fn unknown_field(reader: &mut Reader, columns: &[Column<'_>], name: &str, place: Place) {
    reader.push(
        Problem::new(
            "cases::unknown_field",
            format!("there is no field `{name}`"),
            place,
            "not a field of it",
        )
        .help(did_you_mean(name, columns.iter().map(|(name, _)| *name))),
    );
}

/// The value in `node` as a field of type `kind` holds it.
fn value_of(reader: &mut Reader, node: &Node, kind: &FieldType) -> Option<Value> {
    match (kind, &node.kind) {
        (_, Kind::Null) => Some(Value::Null),
        (FieldType::List(element), Kind::List(elements)) => elements
            .iter()
            .map(|node| value_of(reader, node, element))
            .collect::<Option<_>>()
            .map(Value::Array),
        (FieldType::Records(fields), Kind::List(elements)) => {
            let columns = fields.iter().map(|field| (field.name, field.kind));
            let columns: Vec<Column<'_>> = columns.collect();
            let records = elements.iter().map(|node| match node.entries() {
                Some(entries) => Some(Value::Object(fields_of(reader, &columns, entries))),
                None => {
                    reader.wrong_type(node, "a record", "write a map: `{ id: p1 }`");
                    None
                }
            });
            records.collect::<Option<_>>().map(Value::Array)
        }
        (FieldType::List(_) | FieldType::Records(_), _) => {
            reader.wrong_type(node, "a list", "write `[…]`");
            None
        }
        (_, Kind::List(_) | Kind::Map(_)) => {
            reader.wrong_type(node, "one value", "write one value");
            None
        }
        _ => {
            let value = literal(node, kind)?;
            match fitted(kind, &value) {
                Ok(value) => Some(value),
                Err(misfit) => {
                    reader.push(misfit.problem(node, None));
                    None
                }
            }
        }
    }
}

fn read_expectation(reader: &mut Reader, node: &Node) -> Option<CaseExpectation> {
    let keys = [
        "outcome", "failing", "unknown", "messages", "excluded", "in_scope",
    ];
    let map = reader.map(node, "`expect`", &keys)?;
    let outcome = reader
        .required(
            map,
            "outcome",
            "write what the control comes to: `outcome: pass`",
        )
        .and_then(|node| reader.word(node, "outcome", &CaseOutcome::WORDS));
    let mut ids = |key: &str| {
        let mut ids = reader.texts(map.get(key)?, "write a list of ids: `[p1]`");
        ids.sort();
        Some(ids)
    };
    let failing = ids("failing");
    let unknown = ids("unknown");
    let mut messages = BTreeMap::new();
    if let Some(node) = map.get("messages") {
        match node.entries() {
            Some(entries) => {
                for entry in entries {
                    let message = reader.text(&entry.value).map(str::to_owned);
                    messages.extend(message.map(|message| (entry.key.clone(), message)));
                }
            }
            None => reader.wrong_type(node, "a map", "write `{ p1: the message }`"),
        }
    }
    let mut count = |key: &str| map.get(key).and_then(|node| reader.whole(node));
    let excluded = count("excluded");
    let in_scope = count("in_scope");
    Some(CaseExpectation {
        outcome: outcome?,
        failing,
        unknown,
        messages,
        excluded,
        in_scope,
    })
}

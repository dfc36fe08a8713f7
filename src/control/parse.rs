//! One file -> one control, every part checked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::condition::{Conditions, Named, NamedList, Names, Position, SetUse, dollar_word};
use super::framework::{Framework, Frameworks};
use super::happening;
use super::input::{self, Inputs};
use super::parameter::order;
use super::path::{self, Start};
use super::reader::{Reader, start_of};
use super::text::TextScope;
use super::{
    Answer, Bound, ChangeEvent, Control, ControlId, ControlSource, Criterion, EvidenceFile,
    Exclusion, Expected, FieldPath, MappingStrength, NamedSet, OnEmpty, OrganizationPlan,
    Parameter, ParameterType, Percent, Population, Question, Relation, Requirement, ScalarType,
    Severity, ShareBound, Text, ValidFor, Weaker,
};
use crate::catalog::{DATASETS, DatasetRef, FieldRef, FieldType, INPUTS, InputSchema};
use crate::diagnostic::yaml::{self, Entry, Kind, Node};
use crate::diagnostic::{Place, Problem, Problems, SourceFile, did_you_mean};
use crate::jsonpath::Selection;
use crate::operator::ValueKind;
use crate::value::Duration;

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

/// Code of the problem that nothing uses a name.
const UNUSED: &str = "control::unused";

/// Keys that say what a control asks; it has exactly one.
pub(super) const REQUIREMENTS: [&str; 4] = ["expect", "count", "members", "attest"];

/// Keys that speak of records, and so have no place beside `attest`.
pub(super) const OF_RECORDS: [&str; 9] = [
    "let",
    "population",
    "period",
    "where",
    "exclude",
    "share",
    "on_empty",
    "message",
    "evidence",
];

/// How long an answer counts unless the control says otherwise.
const VALID_FOR: &str = "365d";
/// Minutes that an answer takes unless the control says otherwise.
const MINUTES: u32 = 10;
/// Minutes that an answer may take: a working day.
pub(super) const MINUTES_MAX: u32 = 480;

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
    let dataset = selection.as_ref().map(|(dataset, _)| dataset);

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
        let period = happening::read_period(&mut conditions, entry, dataset);
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
    check_share_stands_beside_expect(reader, root, requirement_entry);
    check_cycles(reader, &names, &sets);
    check_set_uses(reader, &names, &sets);
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
    let title = reader
        .required(root, "title", "say in one sentence what must be true")
        .and_then(|node| texts.read(reader, node, TextKind::Plain));
    let severity = reader
        .required(
            root,
            "severity",
            "one of `info`, `low`, `medium`, `high`, `critical`",
        )
        .and_then(|node| {
            let words = Severity::WORST_FIRST.map(|severity| (severity.word(), severity));
            reader.word(node, "severity", &words)
        });
    let rationale = reader
        .required(root, "rationale", "say why it matters")
        .and_then(|node| texts.read(reader, node, TextKind::Plain));
    let mut optional = |key: &str, kind: TextKind| match root.get(key) {
        Some(node) => texts.read(reader, node, kind),
        None => Some(Text::empty()),
    };
    let not_tested = optional("not_tested", TextKind::Plain);
    let remediation = optional("remediation", TextKind::Plain);
    let check_yourself = optional("check_yourself", TextKind::WithCounts);
    let message = match root.get("message") {
        Some(node) => texts.read(reader, node, TextKind::Message).map(Some),
        None => Some(None),
    };
    let code = root
        .get("code")
        .and_then(|node| reader.text(node))
        .map(str::to_owned);
    let tags = match root.get("tags") {
        Some(node) => reader.texts(node, "write a list: `[identity, leavers]`"),
        None => Vec::new(),
    };
    let revision = root.get("revision").map_or(Some(1), |node| {
        let revision = reader.whole(node)?;
        u32::try_from(revision).ok()
    });
    let owner = match root.get("owner") {
        Some(node) => reader.text(node).map(|text| Some(text.to_owned())),
        None => Some(None),
    };
    let references = read_references(reader, root);
    let (maps_to, frameworks) = read_maps_to(reader, root, frameworks);
    let requires_plan = read_requires(reader, root);
    let evidence = match (root.get("evidence"), dataset) {
        (Some(node), Some(dataset)) => read_evidence(reader, node, dataset),
        _ => Vec::new(),
    };

    let population = selection.map(|(dataset, selected)| Population {
        dataset,
        text: selected.text,
        selection: selected.selection,
        conjunct_places: selected.conjunct_places,
        conditions: narrowing,
    });
    // INVARIANT (attest): a control has no population exactly where a person answers.
    if population.is_none() && !is_attested {
        return None;
    }
    let (id, id_place) = id?;
    Some(Parsed {
        control: Control {
            id,
            code,
            title: title?,
            severity: severity?,
            tags,
            owner: owner?,
            revision: revision?,
            rationale: rationale?,
            not_tested: not_tested?,
            remediation: remediation?,
            check_yourself: check_yourself?,
            references,
            maps_to,
            frameworks,
            requires_plan,
            parameters: names.parameters,
            inputs: names.inputs.own,
            sets,
            population,
            exclusions,
            requirement: requirement?,
            on_empty,
            message: message?,
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
    let stem = file_stem(file.name());
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

/// The name of a file without folders and ending.
pub(super) fn file_stem(name: &str) -> &str {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    base.strip_suffix(".yaml")
        .or_else(|| base.strip_suffix(".yml"))
        .unwrap_or(base)
}

/// Entries of an optional map whose keys are names of the author's choice.
fn named_entries<'n>(reader: &mut Reader, root: &'n Node, key: &str, help: &str) -> &'n [Entry] {
    let Some(node) = root.get(key) else {
        return &[];
    };
    let Some(entries) = node.entries() else {
        reader.wrong_type(node, "a map", help);
        return &[];
    };
    for entry in entries {
        let mut letters = entry.key.chars();
        let is_name = letters
            .next()
            .is_some_and(|first| first.is_ascii_lowercase())
            && letters.all(|letter| {
                letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_'
            });
        let is_taken = matches!(
            entry.key.as_str(),
            "subject" | "population" | "member" | "state"
        );
        if !is_name || is_taken {
            let message = if is_taken {
                format!("`{}` is a name that texts use", entry.key)
            } else {
                format!("`{}` is no name", entry.key)
            };
            reader.push(
                Problem::new("control::name", message, entry.key_place(), "here")
                    .help("lower-case letters, digits and `_`, a letter first: `idle_days`"),
            );
        }
    }
    entries
}

fn read_parameters(reader: &mut Reader, root: &Node) -> Vec<Parameter> {
    const HELP: &str =
        "write `idle_days: { type: integer, default: 90, about: days without activity }`";
    named_entries(reader, root, "parameters", HELP)
        .iter()
        .filter_map(|entry| read_parameter(reader, entry))
        .collect()
}

fn read_parameter(reader: &mut Reader, entry: &Entry) -> Option<Parameter> {
    const KEYS: &[&str] = &[
        "type", "default", "minimum", "maximum", "one_of", "weaker", "about",
    ];
    let map = reader.map(&entry.value, "a parameter", KEYS)?;
    let kind = reader.required(map, "type", "say what its value is: `type: integer`");
    let about = reader
        .required(
            map,
            "about",
            "say what it means: `about: days without activity`",
        )
        .and_then(|node| reader.text(node))
        .unwrap_or_default();
    let types = ParameterType::all();
    let words: Vec<(&str, ParameterType)> = types
        .iter()
        .map(|(word, kind)| (word.as_str(), *kind))
        .collect();
    let mut parameter = Parameter {
        name: entry.key.clone(),
        kind: reader.word(kind?, "type of a parameter", &words)?,
        default: None,
        minimum: None,
        maximum: None,
        one_of: Vec::new(),
        weaker: None,
        about: about.to_owned(),
        place: entry.key_place(),
    };
    let value = |reader: &mut Reader, parameter: &Parameter, key: &str| {
        let node = map.get(key)?;
        parameter
            .value_of(node)
            .map_err(|wrong| {
                let message = format!("`{key}` of `{}`: {}", parameter.name, wrong.message);
                reader.push(
                    Problem::new("control::parameter", message, wrong.node.place(), "here")
                        .help(wrong.help),
                );
            })
            .ok()
    };
    // Bounds are of the type of one value, also for a list.
    let bound_of = Parameter {
        kind: match parameter.kind {
            ParameterType::One(scalar) | ParameterType::ListOf(scalar) => {
                ParameterType::One(scalar)
            }
        },
        ..parameter.clone()
    };
    let minimum = value(reader, &bound_of, "minimum");
    let maximum = value(reader, &bound_of, "maximum");
    if let (Some(least), Some(greatest)) = (&minimum, &maximum)
        && let (Some(least_node), Some(node)) = (map.get("minimum"), map.get("maximum"))
        && order(least, greatest).is_some_and(std::cmp::Ordering::is_gt)
    {
        let message = format!(
            "`minimum` of `{}` is greater than `maximum`",
            parameter.name
        );
        reader.push(
            Problem::new(
                "control::parameter",
                message,
                node.place(),
                "less than the minimum",
            )
            .and_at(least_node.place(), "the minimum")
            .help("no value is both"),
        );
    }
    if let Some(node) = map.get("one_of") {
        parameter.one_of = read_one_of(reader, &bound_of, node);
    }
    for key in ["minimum", "maximum"] {
        let entry = map
            .entries()
            .and_then(|entries| entries.iter().find(|entry| entry.key == key));
        if let (Some(entry), ParameterType::One(scalar)) = (entry, bound_of.kind)
            && !scalar.is_ordered()
        {
            reader.push(
                Problem::new(
                    "control::parameter",
                    format!("`{key}` says nothing about `{scalar}`"),
                    entry.key_place(),
                    "its values have no order",
                )
                .help("list the values that it may have: `one_of: [a, b]`"),
            );
        }
    }
    parameter.minimum = minimum;
    parameter.maximum = maximum;
    parameter.default = value(reader, &parameter, "default");
    parameter.weaker = map
        .get("weaker")
        .and_then(|node| read_weaker(reader, &parameter, node));
    Some(parameter)
}

/// The values that a parameter may have.
fn read_one_of(reader: &mut Reader, parameter: &Parameter, node: &Node) -> Vec<serde_json::Value> {
    const HELP: &str = "write a list of values: `[a, b]`";
    let elements = reader.list(node, HELP).unwrap_or_default();
    if matches!(&node.kind, Kind::List(elements) if elements.is_empty()) {
        reader.wrong_type(node, "at least one value", HELP);
    }
    let mut values = Vec::new();
    for element in elements {
        match parameter.value_of(element) {
            Ok(value) => values.push(value),
            Err(wrong) => {
                let message = format!("`one_of` of `{}`: {}", parameter.name, wrong.message);
                reader.push(
                    Problem::new("control::parameter", message, wrong.node.place(), "here")
                        .help(wrong.help),
                );
            }
        }
    }
    values
}

/// Which change of a value asks less: only of what has an order or entries.
fn read_weaker(reader: &mut Reader, parameter: &Parameter, node: &Node) -> Option<Weaker> {
    use super::ScalarType::{Domain, Email, Text};
    if let ParameterType::One(Text | Email | Domain) = parameter.kind {
        reader.push(
            Problem::new(
                "control::parameter",
                format!("`{}` is neither higher nor lower", parameter.kind),
                node.place(),
                "has no order",
            )
            .help("remove `weaker`: every change of it is listed anyway"),
        );
        return None;
    }
    let words = [("higher", Weaker::Higher), ("lower", Weaker::Lower)];
    reader.word(node, "direction", &words)
}

/// Notes the names of the sets, so that every set may use every other, and reads the lists of values.
fn read_set_names<'n>(reader: &mut Reader, root: &'n Node, names: &mut Names) -> Vec<&'n Entry> {
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

fn read_sets(reader: &mut Reader, names: &mut Names, entries: &[&Entry]) -> Vec<NamedSet> {
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
    let map = reader.map(&entry.value, "a set", &["from", "where", "take"])?;
    let from = reader
        .required(map, "from", "name the records: `from: \"$.policies[*]\"`")
        .and_then(|node| read_selection(reader, names, node));
    let take = reader.required(map, "take", "name what to take of each record: `take: id`");
    let (dataset, selected) = from?;
    let start = Start::record_of(&dataset);
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
    Some(NamedSet {
        name: entry.key.clone(),
        population: Population {
            dataset,
            text: selected.text,
            selection: selected.selection,
            conjunct_places: selected.conjunct_places,
            conditions,
        },
        take: checked.path,
        needs: Vec::new(),
    })
}

fn check_cycles(reader: &mut Reader, names: &Names, sets: &[NamedSet]) {
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
fn check_set_uses(reader: &mut Reader, names: &Names, sets: &[NamedSet]) {
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

/// A selector as written, read, and where its parts are.
struct Selected {
    text: String,
    selection: Selection,
    conjunct_places: Vec<Place>,
}

fn read_selection(
    reader: &mut Reader,
    names: &mut Names,
    node: &Node,
) -> Option<(DatasetRef, Selected)> {
    let text = reader.text(node)?;
    let selection = match Selection::parse(text) {
        Ok(selection) => selection,
        Err(error) => {
            reader.push(path::syntax_problem(node, error));
            return None;
        }
    };
    let Some(dataset) = names.dataset(selection.dataset()) else {
        reader.push(
            Problem::new(
                "control::unknown_dataset",
                format!("unknown dataset `{}`", selection.dataset()),
                node.place_within(selection.dataset_span()),
                "not in the catalog",
            )
            .help(unknown_dataset_help(selection.dataset(), names)),
        );
        return None;
    };
    let mut conjunct_places = Vec::new();
    if let Some(filter) = selection.filter() {
        let conjuncts = filter.conjuncts().iter();
        conjunct_places.extend(conjuncts.map(|conjunct| node.place_within(conjunct.span())));
        let start = Start::record_of(&dataset);
        path::check_filter(reader, node, &start, filter.paths(), filter.literals());
    }
    let selected = Selected {
        text: text.to_owned(),
        selection,
        conjunct_places,
    };
    Some((dataset, selected))
}

fn unknown_dataset_help(name: &str, names: &Names) -> String {
    let inputs = names.inputs.known();
    let known = DATASETS.iter().map(|dataset| dataset.name);
    let Some(short) = name.strip_prefix(INPUTS) else {
        return did_you_mean(name, known.chain(inputs));
    };
    match crate::diagnostic::nearest(name, inputs) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!(
            "declare the list: `inputs: {{ {short}: {{ id: email, fields: {{ email: email }} }} }}`, or give it with \
             `--input {short}=FILE`"
        ),
    }
}

fn read_exclusions(
    conditions: &mut Conditions<'_>,
    node: &Node,
    dataset: &DatasetRef,
) -> Vec<Exclusion> {
    const HELP: &str = "write a list: `- { reason: why, where: { field: value } }`";
    let mut exclusions = Vec::new();
    for element in conditions.reader.list(node, HELP).unwrap_or_default() {
        let Some(map) = conditions
            .reader
            .map(element, "an exclusion", &["reason", "where"])
        else {
            continue;
        };
        let reason = conditions.reader.required(
            map,
            "reason",
            "say why these are left out; the report shows it",
        );
        let narrowing = conditions
            .reader
            .required(map, "where", "say which records are left out")
            .map(|node| conditions.read(node, &Start::record_of(dataset), Position::Where));
        let reason = reason.and_then(|node| {
            let texts = Texts {
                parameters: &conditions.names.parameters,
                dataset: Some(dataset),
                requirement: None,
            };
            texts.read(conditions.reader, node, TextKind::Plain)
        });
        if let (Some(reason), Some(conditions)) = (reason, narrowing) {
            exclusions.push(Exclusion {
                reason,
                place: start_of(map),
                conditions,
            });
        }
    }
    exclusions
}

fn one_requirement<'n>(reader: &mut Reader, root: &'n Node) -> Option<&'n Entry> {
    let mut found = root
        .entries()?
        .iter()
        .filter(|entry| REQUIREMENTS.contains(&entry.key.as_str()));
    let Some(first) = found.next() else {
        reader.push(
            Problem::new(
                "control::missing_key",
                "the control asks nothing",
                start_of(root),
                "in the control that starts here",
            )
            .help("write one of `expect`, `count`, `members`, `attest`"),
        );
        return None;
    };
    for second in found {
        reader.push(
            Problem::new(
                "control::two_requirements",
                format!("`{}` and `{}` cannot stand together", first.key, second.key),
                second.key_place(),
                "this one",
            )
            .and_at(first.key_place(), "and this one")
            .help("make two controls: each outcome then has one meaning"),
        );
    }
    Some(first)
}

fn read_requirement(
    conditions: &mut Conditions<'_>,
    root: &Node,
    entry: &Entry,
    dataset: &DatasetRef,
) -> Option<Requirement> {
    let start = Start::record_of(dataset);
    match entry.key.as_str() {
        "expect" => {
            let expect = conditions.read(&entry.value, &start, Position::Expect);
            let share = root.get("share").map(|node| read_share(conditions, node));
            if expect.is_empty() {
                return None;
            }
            match share {
                None => Some(Requirement::Expect(expect)),
                Some(at_least) => Some(Requirement::Share {
                    expect,
                    at_least: at_least?,
                }),
            }
        }
        "count" => read_count(conditions, &entry.value, dataset),
        _ => read_members(conditions, &entry.value, &start),
    }
}

fn read_count(
    conditions: &mut Conditions<'_>,
    node: &Node,
    dataset: &DatasetRef,
) -> Option<Requirement> {
    const HELP: &str = "write `count: { at_least: 2, at_most: 5 }`";
    let map = conditions
        .reader
        .map(node, "`count`", &["per", "within", "at_least", "at_most"])?;
    let mut of_time = happening::FREQUENCY_KEYS.iter();
    if let Some(entry) = of_time.find_map(|key| entry_of(map, key)) {
        return happening::read_frequency(conditions, map, entry, dataset);
    }
    if map.get("at_least").is_none() && map.get("at_most").is_none() {
        conditions.reader.wrong_type(node, "a bound", HELP);
        return None;
    }
    let mut bound = |key: &str| match map.get(key) {
        None => Some(None),
        Some(node) => read_bound(conditions, node).map(Some),
    };
    let (at_least, at_most) = (bound("at_least"), bound("at_most"));
    let (at_least, at_most) = (at_least?, at_most?);
    if let (Some(Bound::Number(least)), Some(Bound::Number(greatest))) = (&at_least, &at_most)
        && least > greatest
    {
        conditions.reader.push(
            Problem::new(
                "control::count",
                "`at_least` is greater than `at_most`",
                start_of(node),
                "no number is both",
            )
            .help(HELP),
        );
    }
    Some(Requirement::Count { at_least, at_most })
}

fn check_share_stands_beside_expect(reader: &mut Reader, root: &Node, requirement: Option<&Entry>) {
    // Beside `attest` it is told with the other keys that speak of records.
    let Some(requirement) =
        requirement.filter(|entry| !matches!(entry.key.as_str(), "expect" | "attest"))
    else {
        return;
    };
    let share = root
        .entries()
        .and_then(|entries| entries.iter().find(|entry| entry.key == "share"));
    if let Some(share) = share {
        reader.push(
            Problem::new(
                "control::share",
                format!("`share` says nothing beside `{}`", requirement.key),
                share.key_place(),
                "cannot apply",
            )
            .and_at(requirement.key_place(), "this asks something else")
            .help("`share` is the part of the subjects that has to meet `expect`"),
        );
    }
}

/// `share: { at_least: 98% }`.
fn read_share(conditions: &mut Conditions<'_>, node: &Node) -> Option<ShareBound> {
    const HELP: &str = "write `share: { at_least: 98% }`";
    let map = conditions.reader.map(node, "`share`", &["at_least"])?;
    let node = conditions.reader.required(map, "at_least", HELP)?;
    let (bound, least) = if let Some(word) = dollar_word(node) {
        let index = parameter_of_type(conditions, node, word, ScalarType::Percent, "a share")?;
        let default = conditions.names.parameters[index].default.as_ref();
        let default = default.and_then(|value| value.as_str()?.parse::<Percent>().ok());
        (ShareBound::Parameter(index), default)
    } else {
        let percent = node.as_text().and_then(|text| text.parse::<Percent>().ok());
        let Some(percent) = percent else {
            conditions.reader.wrong_type(node, "a percentage", HELP);
            return None;
        };
        (ShareBound::Percent(percent), Some(percent))
    };
    if least.is_some_and(Percent::is_nothing) {
        conditions.reader.push(
            Problem::new(
                "control::share",
                "a share of at least 0% asks nothing",
                node.place(),
                "met by anything",
            )
            .help(HELP),
        );
        return None;
    }
    Some(bound)
}

/// The entry of `map` under `key`, if it has one.
fn entry_of<'n>(map: &'n Node, key: &str) -> Option<&'n Entry> {
    map.entries()?.iter().find(|entry| entry.key == key)
}

/// The parameter `word`, which has to be of this type where `what` stands.
pub(super) fn parameter_of_type(
    conditions: &mut Conditions<'_>,
    node: &Node,
    word: &str,
    wanted: ScalarType,
    what: &str,
) -> Option<usize> {
    let Named::Parameter(index) = conditions.names.resolve(conditions.reader, node, word)? else {
        conditions.reader.wrong_type(
            node,
            "a value",
            "a set or a list is no value; use a parameter",
        );
        return None;
    };
    let parameter = &conditions.names.parameters[index];
    if parameter.kind == ParameterType::One(wanted) {
        return Some(index);
    }
    let problem = Problem::new(
        "control::operand",
        format!("{what} cannot be `{}`", parameter.kind),
        node.place(),
        "this parameter",
    )
    .and_at(parameter.place.clone(), "declared here")
    .help(format!("declare it as `type: {wanted}`"));
    conditions.reader.push(problem);
    None
}

/// Keys that speak of records say nothing where a person answers.
fn refuse_records(reader: &mut Reader, root: &Node, attest: &Entry) {
    let entries = root.entries().unwrap_or_default();
    for entry in entries
        .iter()
        .filter(|entry| OF_RECORDS.contains(&entry.key.as_str()))
    {
        reader.push(
            Problem::new(
                "control::attest",
                format!("`{}` says nothing beside `attest`", entry.key),
                entry.key_place(),
                "cannot apply",
            )
            .and_at(
                attest.key_place(),
                "a person answers, and no record is looked at",
            )
            .help("remove it, or make two controls"),
        );
    }
}

/// `attest: { question, answer_expected, guide, evidence_file, valid_for, stale_after, minutes }`.
fn read_question(conditions: &mut Conditions<'_>, node: &Node) -> Option<Requirement> {
    const KEYS: &[&str] = &[
        "question",
        "answer_expected",
        "guide",
        "evidence_file",
        "valid_for",
        "stale_after",
        "minutes",
    ];
    const ANSWERS: [(&str, Answer); 2] = [("yes", Answer::Yes), ("no", Answer::No)];
    const FILES: [(&str, EvidenceFile); 2] = [
        ("required", EvidenceFile::Required),
        ("optional", EvidenceFile::Optional),
    ];
    let map = conditions.reader.map(node, "`attest`", KEYS)?;
    let question = conditions.reader.required(
        map,
        "question",
        "ask what a person can answer with yes or no",
    );
    let mut text = |node: Option<&Node>| match node {
        Some(node) => {
            let scope = TextScope {
                parameters: &conditions.names.parameters,
                subject: None,
                has_population: false,
                has_member: false,
            };
            Text::read(conditions.reader, node, &scope)
        }
        None => Some(Text::empty()),
    };
    let (question, guide) = (text(question), text(map.get("guide")));
    // What a question names decides what a person is asked, as a condition decides about records.
    for name in [&question, &guide]
        .into_iter()
        .flatten()
        .flat_map(Text::names)
    {
        let known = &conditions.names.parameters;
        conditions
            .names
            .parameters_used
            .extend(known.iter().position(|parameter| parameter.name == *name));
    }
    let expected = match map.get("answer_expected") {
        Some(node) => conditions.reader.word(node, "answer", &ANSWERS),
        None => Some(Answer::Yes),
    };
    let file = match map.get("evidence_file") {
        Some(node) => conditions.reader.word(node, "rule for a file", &FILES),
        None => Some(EvidenceFile::Optional),
    };
    let valid_for = match map.get("valid_for") {
        Some(node) => read_valid_for(conditions, node),
        None => VALID_FOR.parse().ok().map(ValidFor::Duration),
    };
    let stale_after = match map.get("stale_after") {
        Some(node) => read_stale_after(conditions.reader, node),
        None => Vec::new(),
    };
    let minutes = match map.get("minutes") {
        Some(node) => read_minutes(conditions.reader, node),
        None => Some(MINUTES),
    };
    map.get("question")?;
    Some(Requirement::Attest(Question {
        text: question?,
        expected: expected?,
        guide: guide?,
        file: file?,
        valid_for: valid_for?,
        stale_after,
        minutes: minutes?,
    }))
}

/// `stale_after: [Authentication policy modified, { action: org_settings_update, setting: X }]`.
fn read_stale_after(reader: &mut Reader, node: &Node) -> Vec<ChangeEvent> {
    const HELP: &str = "write a list of actions of the audit log, by id or name: `[Authentication policy modified]`, or \
                        `[{ action: org_settings_update, setting: AuthenticationPolicy }]`";
    let mut events = Vec::new();
    let elements = reader.list(node, HELP).unwrap_or_default();
    if elements.is_empty() && matches!(node.kind, Kind::List(_)) {
        reader.wrong_type(node, "a list that is not empty", HELP);
    }
    for element in elements {
        let (action, setting) = match &element.kind {
            Kind::Map(_) => {
                let Some(map) = reader.map(element, "a change", &["action", "setting"]) else {
                    continue;
                };
                let action = reader.required(map, "action", HELP);
                let setting = map.get("setting").and_then(|node| reader.text(node));
                (action, setting.map(|text| text.trim().to_owned()))
            }
            _ => (Some(element), None),
        };
        let action = action.and_then(|node| reader.text(node));
        events.extend(action.map(|action| ChangeEvent {
            action: action.trim().to_owned(),
            setting,
        }));
    }
    events
}

/// Minutes that an answer takes.
fn read_minutes(reader: &mut Reader, node: &Node) -> Option<u32> {
    let minutes = reader.whole(node)?;
    let fits = u32::try_from(minutes).ok();
    let fits = fits.filter(|minutes| (1..=MINUTES_MAX).contains(minutes));
    if fits.is_none() {
        let help = format!("write 1 to {MINUTES_MAX}");
        reader.wrong_type(node, "a number of minutes", &help);
    }
    fits
}

fn read_valid_for(conditions: &mut Conditions<'_>, node: &Node) -> Option<ValidFor> {
    if let Some(word) = dollar_word(node) {
        let wanted = ScalarType::Duration;
        let index = parameter_of_type(
            conditions,
            node,
            word,
            wanted,
            "a time that an answer counts",
        )?;
        return Some(ValidFor::Parameter(index));
    }
    let span = node
        .as_text()
        .and_then(|text| text.parse::<Duration>().ok());
    if span.is_none() {
        conditions
            .reader
            .wrong_type(node, "a span of time", "write days or hours: `90d`, `12h`");
    }
    span.map(ValidFor::Duration)
}

/// `requires: { plan: guard-standard }`.
fn read_requires(reader: &mut Reader, root: &Node) -> Option<OrganizationPlan> {
    let node = root.get("requires")?;
    let map = reader.map(node, "`requires`", &["plan"])?;
    let plan = reader.required(map, "plan", "write `requires: { plan: guard-standard }`")?;
    // Every organisation has what `no-guard` says: to require it would say nothing.
    let words = [
        OrganizationPlan::GuardStandard,
        OrganizationPlan::GuardPremium,
    ]
    .map(|plan| (plan.word(), plan));
    reader.word(plan, "plan that can be required", &words)
}

pub(super) fn read_bound(conditions: &mut Conditions<'_>, node: &Node) -> Option<Bound> {
    let Some(word) = dollar_word(node) else {
        return conditions.reader.whole(node).map(Bound::Number);
    };
    let named = conditions.names.resolve(conditions.reader, node, word)?;
    match named {
        Named::Parameter(index) => {
            let parameter = &conditions.names.parameters[index];
            let is_whole = parameter.kind == ParameterType::One(super::ScalarType::Integer);
            let at_least_zero = [&parameter.default, &parameter.minimum]
                .into_iter()
                .flatten()
                .all(|value| value.as_i64().is_none_or(|value| value >= 0));
            if is_whole && at_least_zero {
                return Some(Bound::Parameter(index));
            }
            let problem = Problem::new(
                "control::operand",
                format!("a number of subjects cannot be `{}`", parameter.kind),
                node.place(),
                "this parameter",
            )
            .and_at(parameter.place.clone(), "declared here")
            .help("declare it as `type: integer` with `minimum: 0`");
            conditions.reader.push(problem);
            None
        }
        Named::Set(_) | Named::List(_) => {
            let help = "a set or a list is no number; use a parameter";
            conditions.reader.wrong_type(node, "a number", help);
            None
        }
    }
}

fn read_members(
    conditions: &mut Conditions<'_>,
    node: &Node,
    start: &Start,
) -> Option<Requirement> {
    const RELATIONS: [(&str, Relation); 3] = [
        ("equals", Relation::Equals),
        ("subset_of", Relation::SubsetOf),
        ("superset_of", Relation::SupersetOf),
    ];
    const HELP: &str = "write `members: { by: id, equals: $approved }`";
    let keys = ["by", "equals", "subset_of", "superset_of"];
    let map = conditions.reader.map(node, "`members`", &keys)?;
    let by_node = conditions.reader.required(map, "by", HELP);
    let given: Vec<_> = RELATIONS
        .iter()
        .filter_map(|(word, relation)| Some((*relation, map.get(word)?)))
        .collect();
    let [(relation, expected)] = given.as_slice() else {
        conditions.reader.push(
            Problem::new(
                "control::members",
                "`members` compares with exactly one list",
                start_of(node),
                "in the map that starts here",
            )
            .help("write one of `equals`, `subset_of`, `superset_of`"),
        );
        return None;
    };
    let checked = path::read(conditions.reader, by_node?, start, false)?;
    let is_text = !matches!(
        checked.path.kind,
        FieldType::Boolean | FieldType::Integer | FieldType::List(_) | FieldType::Records(_)
    );
    if checked.is_many || !is_text {
        conditions.reader.push(
            Problem::new(
                "control::members",
                format!("subjects cannot be told apart by `{}`", checked.path.text),
                by_node?.place(),
                "not one text for each subject",
            )
            .help("name a field with one text: `id`, `email`, `name`"),
        );
        return None;
    }
    let expected = read_expected(conditions, expected, &checked.path)?;
    Some(Requirement::Members {
        by: checked.path,
        relation: *relation,
        expected,
    })
}

fn read_expected(conditions: &mut Conditions<'_>, node: &Node, by: &FieldPath) -> Option<Expected> {
    if let Some(word) = dollar_word(node) {
        return match conditions.names.resolve(conditions.reader, node, word)? {
            Named::List(index) => {
                let list = conditions.names.lists[index].node.clone();
                read_expected_values(conditions, &list, by)
            }
            Named::Set(index) => {
                conditions.names.set_uses.push(SetUse {
                    set: index,
                    path: by.text.clone(),
                    kind: by.kind,
                    place: node.place(),
                });
                Some(Expected::Set(index))
            }
            Named::Parameter(index) => {
                let parameter = &conditions.names.parameters[index];
                if parameter
                    .kind
                    .fits(crate::operator::OperandType::ListLikeField, &by.kind)
                {
                    return Some(Expected::Parameter(index));
                }
                let problem = Problem::new(
                    "control::operand",
                    format!(
                        "`members` by `{}` cannot take `{}`",
                        by.kind, parameter.kind
                    ),
                    node.place(),
                    "this parameter",
                )
                .and_at(parameter.place.clone(), "declared here")
                .help("declare it as a list, such as `type: list of text`");
                conditions.reader.push(problem);
                None
            }
        };
    }
    read_expected_values(conditions, node, by)
}

fn read_expected_values(
    conditions: &mut Conditions<'_>,
    node: &Node,
    by: &FieldPath,
) -> Option<Expected> {
    let elements = conditions
        .reader
        .list(node, "write a list, or name one: `$approved`")?;
    let mut values = Vec::new();
    for element in elements {
        let Some(literal) = path::literal(element, &by.kind) else {
            conditions
                .reader
                .wrong_type(element, "one value", "write plain values");
            continue;
        };
        match path::fitted(&by.kind, &literal) {
            Ok(serde_json::Value::String(text)) => values.push(text),
            Ok(_) => conditions
                .reader
                .wrong_type(element, "a value", "name it, or leave it out"),
            Err(misfit) => conditions.reader.push(misfit.problem(element, None)),
        }
    }
    Some(Expected::Values(values))
}

fn check_unused(reader: &mut Reader, names: &Names) {
    for (index, parameter) in names.parameters.iter().enumerate() {
        if !names.parameters_used.contains(&index) {
            reader.push(
                Problem::new(
                    UNUSED,
                    format!("no condition uses the parameter `{}`", parameter.name),
                    parameter.place.clone(),
                    "not used",
                )
                .help(format!(
                    "write `${}` where its value belongs, or remove it; naming it in a text changes nothing",
                    parameter.name
                )),
            );
        }
    }
    for schema in &names.inputs.own {
        if !names.inputs.used.contains(schema.name()) {
            reader.push(
                Problem::new(
                    "control::unused",
                    format!("nothing reads the list `{}`", schema.short_name()),
                    schema.place().clone(),
                    "not used",
                )
                .help(format!("write `$.{}[*]`, or remove it", schema.name())),
            );
        }
    }
    for (index, (name, place)) in names.sets.iter().enumerate() {
        if !names.sets_used.contains(&index) {
            reader.push(
                Problem::new(
                    UNUSED,
                    format!("no condition uses the set `{name}`"),
                    place.clone(),
                    "not used",
                )
                .help(format!("write `in: ${name}`, or remove it")),
            );
        }
    }
    for (index, list) in names.lists.iter().enumerate() {
        if !names.lists_used.contains(&index) {
            reader.push(
                Problem::new(
                    "control::unused",
                    format!("no condition uses the list `{}`", list.name),
                    list.place.clone(),
                    "not used",
                )
                .help(format!("write `in: ${}`, or remove it", list.name)),
            );
        }
    }
}

fn read_on_empty(reader: &mut Reader, root: &Node, requirement: Option<&Entry>) -> Option<OnEmpty> {
    const WORDS: [(&str, OnEmpty); 3] = [
        ("pass", OnEmpty::Pass),
        ("fail", OnEmpty::Fail),
        ("not_applicable", OnEmpty::NotApplicable),
    ];
    // Beside `attest` it is told with the other keys that speak of records.
    let requirement = requirement.filter(|entry| entry.key != "attest")?;
    if requirement.key == "expect" {
        let help = "say what no subject at all means: `pass`, `fail` or `not_applicable`";
        let node = reader.required(root, "on_empty", help)?;
        return reader.word(node, "answer to an empty population", &WORDS);
    }
    let entry = root
        .entries()?
        .iter()
        .find(|entry| entry.key == "on_empty")?;
    reader.push(
        Problem::new(
            "control::on_empty",
            format!("`on_empty` says nothing beside `{}`", requirement.key),
            entry.key_place(),
            "cannot apply",
        )
        .and_at(
            requirement.key_place(),
            "this decides about an empty population too",
        )
        .help("remove `on_empty`"),
    );
    None
}

/// Which names a text may use.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TextKind {
    Plain,
    WithCounts,
    Message,
}

struct Texts<'t> {
    parameters: &'t [Parameter],
    dataset: Option<&'t DatasetRef>,
    requirement: Option<&'t str>,
}

impl Texts<'_> {
    fn read(&self, reader: &mut Reader, node: &Node, kind: TextKind) -> Option<Text> {
        let is_message = kind == TextKind::Message;
        // Without a population no field can be checked, and that is told already.
        if is_message && self.dataset.is_none() {
            return None;
        }
        let scope = TextScope {
            parameters: self.parameters,
            subject: self
                .dataset
                .filter(|_| is_message && self.requirement == Some("expect")),
            // Where a person answers, nothing is counted.
            has_population: (kind == TextKind::WithCounts && self.requirement != Some("attest"))
                || (is_message && self.requirement == Some("count")),
            has_member: is_message && self.requirement == Some("members"),
        };
        Text::read(reader, node, &scope)
    }
}

fn read_references(reader: &mut Reader, root: &Node) -> Vec<String> {
    const HELP: &str = "write a list of addresses: `[\"https://support.atlassian.com/…\"]`";
    let Some(node) = root.get("references") else {
        return Vec::new();
    };
    let mut references = Vec::new();
    for element in reader.list(node, HELP).unwrap_or_default() {
        match reader.text(element) {
            Some(text) if text.starts_with("https://") => references.push(text.to_owned()),
            Some(_) => reader.wrong_type(element, "an address that starts with `https://`", HELP),
            None => {}
        }
    }
    references
}

/// Criteria by framework, and the frameworks in the same order.
type Contributions = (BTreeMap<String, Vec<Criterion>>, Vec<Arc<Framework>>);

fn read_maps_to(reader: &mut Reader, root: &Node, frameworks: &Frameworks) -> Contributions {
    const HELP: &str = "write `maps_to: { soc2: [CC6.2] }`";
    let mut maps_to = BTreeMap::new();
    let Some(node) = root.get("maps_to") else {
        return (maps_to, Vec::new());
    };
    let Some(entries) = node.entries() else {
        reader.wrong_type(node, "a map", HELP);
        return (maps_to, Vec::new());
    };
    let mut known = BTreeMap::new();
    for entry in entries {
        let mut criteria: Vec<(Criterion, Place)> = Vec::new();
        for element in reader.list(&entry.value, HELP).unwrap_or_default() {
            let Some(criterion) = read_criterion(reader, element) else {
                continue;
            };
            match criteria.iter().find(|(known, _)| known.id == criterion.id) {
                Some((_, first)) => reader.push(
                    Problem::new(
                        "control::duplicate_criterion",
                        format!("the criterion `{}` stands twice", criterion.id),
                        element.place(),
                        "the second one",
                    )
                    .and_at(first.clone(), "the first one")
                    .help("keep one of the two"),
                ),
                None => criteria.push((criterion, element.place())),
            }
        }
        let framework = frameworks.check(reader, &entry.key, entry.key_place(), &criteria);
        known.extend(framework.map(|framework| (entry.key.clone(), framework)));
        let criteria = criteria
            .into_iter()
            .map(|(criterion, _)| criterion)
            .collect();
        maps_to.insert(entry.key.clone(), criteria);
    }
    (maps_to, known.into_values().collect())
}

/// `CC6.2`, which contributes in part, or `{ id, strength, note }`.
fn read_criterion(reader: &mut Reader, node: &Node) -> Option<Criterion> {
    if !matches!(node.kind, Kind::Map(_)) {
        return Some(Criterion {
            id: reader.text(node)?.to_owned(),
            strength: MappingStrength::Partial,
            note: String::new(),
        });
    }
    let map = reader.map(node, "a criterion", &["id", "strength", "note"])?;
    let id = reader.required(map, "id", "name the criterion: `id: CC6.2`");
    let words = [
        MappingStrength::Full,
        MappingStrength::Partial,
        MappingStrength::Supporting,
    ]
    .map(|strength| (strength.word(), strength));
    let strength = match map.get("strength") {
        Some(node) => reader.word(node, "strength", &words)?,
        None => MappingStrength::Partial,
    };
    let note = match map.get("note") {
        Some(node) => reader.text(node)?.to_owned(),
        None => String::new(),
    };
    Some(Criterion {
        id: reader.text(id?)?.to_owned(),
        strength,
        note,
    })
}

fn read_evidence(reader: &mut Reader, node: &Node, dataset: &DatasetRef) -> Vec<FieldRef> {
    let mut fields = Vec::new();
    for element in reader
        .list(node, "write a list of fields: `[name, email]`")
        .unwrap_or_default()
    {
        let Some(name) = reader.text(element) else {
            continue;
        };
        match dataset.field(name) {
            Some(field) => fields.push(field),
            None => reader.push(
                Problem::new(
                    "control::unknown_field",
                    format!("`{}` has no field `{name}`", dataset.name()),
                    element.place(),
                    "not in the catalog",
                )
                .help(did_you_mean(name, dataset.field_names())),
            ),
        }
    }
    fields
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
        sha256: sha256_hex(file.text()),
        requirement: requirement.key_place(),
        on_empty: root.get("on_empty").map(Node::place),
        requires: root.get("requires").map(Node::place),
    }
}

/// SHA-256 of `text`, in lower-case hexadecimal.
pub(crate) fn sha256_hex(text: &str) -> String {
    Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

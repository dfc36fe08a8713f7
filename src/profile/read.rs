//! Files -> layers: form checked, `extends` followed.

use std::path::Path;

use jiff::civil::Date;

use super::{
    ControlEntry, Exclude, Include, Layer, ParameterEntry, Profile, ProfileSource, SelectBy,
    Selector, problem,
};
use crate::control::{self, Severity};
use crate::diagnostic::reader::{Codes, Reader};
use crate::diagnostic::yaml::{self, Entry, Kind, Node};
use crate::diagnostic::{Place, Problem, Problems, SourceFile, did_you_mean};
use crate::value::sha256_hex;

/// The profiles that come with the program: name, file in the project, text.
pub static BUILT_IN: &[(&str, &str, &str)] = &[
    (
        "baseline",
        "profiles/baseline.yaml",
        include_str!("../../profiles/baseline.yaml"),
    ),
    (
        "strict",
        "profiles/strict.yaml",
        include_str!("../../profiles/strict.yaml"),
    ),
    (
        "soc2",
        "profiles/soc2.yaml",
        include_str!("../../profiles/soc2.yaml"),
    ),
    (
        "iso27001",
        "profiles/iso27001.yaml",
        include_str!("../../profiles/iso27001.yaml"),
    ),
];

/// Profiles that may extend one another in a row.
const LAYERS_MAX: usize = 16;

const KEYS: &[&str] = &["name", "about", "extends", "include", "exclude", "controls"];
const SELECTORS: [(&str, SelectBy); 3] = [
    ("id", SelectBy::Id),
    ("tag", SelectBy::Tag),
    ("framework", SelectBy::Framework),
];
const CODES: Codes = Codes {
    wrong_type: "profile::wrong_type",
    unknown_key: "profile::unknown_key",
    missing_key: "profile::missing_key",
    unknown_word: "profile::unknown_word",
};

/// Whether `reference` names a file, and not a built-in profile.
pub fn is_file(reference: &str) -> bool {
    reference.ends_with(".yaml") || reference.ends_with(".yml") || reference.contains(['/', '\\'])
}

pub(super) fn load(reference: &str) -> (Option<Profile>, Problems) {
    let mut reader = Reader::with_codes(CODES);
    let mut layers: Vec<Layer> = Vec::new();
    // Where each layer's `extends` is written, for a cycle to point at.
    let mut seen: Vec<(String, Option<Place>)> = Vec::new();
    let mut next = Some((reference.to_owned(), None::<Place>));
    while let Some((reference, place)) = next.take() {
        let Some((key, file)) = find(&mut reader, &reference, place.as_ref()) else {
            break;
        };
        if let Some((_, first)) = seen.iter().find(|(known, _)| *known == key) {
            // Only a profile that is extended comes back, so it has a place.
            if let Some(place) = &place {
                let mut cycle = problem(
                    "profile::cycle",
                    format!("the profile `{reference}` extends itself"),
                    place,
                    "comes back to a profile that is extended already",
                )
                .help("let one of the profiles stand alone, without `extends`");
                if let Some(first) = first {
                    cycle = cycle.and_at(first.clone(), "extended here first");
                }
                reader.push(cycle);
            }
            break;
        }
        if seen.len() == LAYERS_MAX {
            let message = format!("more than {LAYERS_MAX} profiles extend one another");
            let found = match &place {
                Some(place) => problem("profile::too_many", message, place, "one too many"),
                None => Problem::without_place("profile::too_many", message),
            };
            reader.push(found.help("join some of them"));
            break;
        }
        seen.push((key, place));
        let (layer, extends) = read_layer(&mut reader, &file);
        layers.extend(layer);
        next = extends.map(|(reference, place)| (beside(&file, &reference), Some(place)));
    }
    layers.reverse();
    let profile = (reader.problems.is_empty() && !layers.is_empty()).then(|| Profile {
        reference: reference.to_owned(),
        layers,
    });
    (profile, reader.problems)
}

/// A file that a profile extends is named from the profile's own folder.
fn beside(file: &SourceFile, reference: &str) -> String {
    if !is_file(reference) {
        return reference.to_owned();
    }
    let folder = Path::new(file.name()).parent().unwrap_or(Path::new(""));
    folder.join(reference).to_string_lossy().into_owned()
}

/// The text of a profile, and what tells it from every other.
fn find(
    reader: &mut Reader,
    reference: &str,
    place: Option<&Place>,
) -> Option<(String, SourceFile)> {
    let refused = |message: String, help: String| {
        match place {
            Some(place) => problem("profile::unknown", message, place, "named here"),
            None => Problem::without_place("profile::unknown", message),
        }
        .help(help)
    };
    if !is_file(reference) {
        let found = BUILT_IN.iter().find(|(name, _, _)| *name == reference);
        if found.is_none() {
            let names = BUILT_IN.iter().map(|(name, _, _)| *name);
            let help = format!(
                "{}; one of your own is a file: `./{reference}.yaml`",
                did_you_mean(reference, names).trim_end_matches('?')
            );
            let message = format!("no built-in profile is called `{reference}`");
            reader.push(refused(message, help));
        }
        return found.map(|(name, file, text)| ((*name).to_owned(), SourceFile::new(*file, *text)));
    }
    match control::read_file(Path::new(reference)) {
        Ok(file) => {
            let key = std::fs::canonicalize(reference).map_or(reference.to_owned(), |path| {
                path.to_string_lossy().into_owned()
            });
            Some((key, file))
        }
        Err(error) => {
            let cause = std::error::Error::source(&error)
                .map(|source| format!(": {source}"))
                .unwrap_or_default();
            let help = "name a file that is there, in UTF-8".to_owned();
            reader.push(refused(format!("{error}{cause}"), help));
            None
        }
    }
}

/// The layer in `file` and what it extends.
fn read_layer(reader: &mut Reader, file: &SourceFile) -> (Option<Layer>, Option<(String, Place)>) {
    let root = match yaml::read(file) {
        Ok(root) => root,
        Err(problem) => {
            reader.push(problem);
            return (None, None);
        }
    };
    let Some(root) = reader.map(&root, "a profile", KEYS) else {
        return (None, None);
    };
    let extends = root.get("extends").and_then(|node| {
        let text = reader.text(node)?;
        Some((text.to_owned(), node.place()))
    });
    let stem = Path::new(file.name()).file_stem().unwrap_or_default();
    let name = match root.get("name") {
        Some(node) => reader.text(node).unwrap_or_default().to_owned(),
        None => stem.to_string_lossy().into_owned(),
    };
    let about = root.get("about").and_then(|node| reader.text(node));
    let about = about.unwrap_or_default().trim().to_owned();
    let layer = Layer {
        source: ProfileSource {
            name: name.clone(),
            file: file.name().to_owned(),
            sha256: sha256_hex(file.text().as_bytes()),
        },
        name,
        about,
        include: read_include(reader, root),
        exclude: read_exclude(reader, root),
        controls: read_controls(reader, root),
    };
    (Some(layer), extends)
}

fn read_include(reader: &mut Reader, root: &Node) -> Option<Include> {
    const HELP: &str = "write a list: `[{ tag: identity }, { id: accounts-idle }]`";
    let node = root.get("include")?;
    let elements = reader.list(node, HELP)?;
    if elements.is_empty() {
        reader.wrong_type(
            node,
            "a list that is not empty",
            "without `include` everything comes in",
        );
    }
    let selectors = elements
        .iter()
        .filter_map(|element| match &element.kind {
            Kind::Map(_) => {
                let map = reader.map(
                    element,
                    "an entry of `include`",
                    &["id", "tag", "framework"],
                )?;
                read_selector(reader, map)
            }
            _ => Some(Selector {
                by: SelectBy::Id,
                words: vec![(reader.text(element)?.to_owned(), element.place())],
            }),
        })
        .collect();
    Some(Include {
        selectors,
        place: node.place(),
    })
}

fn read_exclude(reader: &mut Reader, root: &Node) -> Vec<Exclude> {
    const HELP: &str = "write a list: `[{ tag: tokens, reason: why }]`";
    let Some(node) = root.get("exclude") else {
        return Vec::new();
    };
    let mut excludes = Vec::new();
    for element in reader.list(node, HELP).unwrap_or_default() {
        let keys = ["id", "tag", "framework", "reason"];
        let Some(map) = reader.map(element, "an entry of `exclude`", &keys) else {
            continue;
        };
        let selector = read_selector(reader, map);
        let reason = reader.required(
            map,
            "reason",
            "say why these controls are not tested; every report shows it",
        );
        let reason = reason
            .and_then(|node| reader.reason(node))
            .map(str::to_owned);
        if let (Some(selector), Some(reason)) = (selector, reason) {
            excludes.push(Exclude {
                selector,
                reason,
                place: element.place(),
            });
        }
    }
    excludes
}

/// The one of `id`, `tag` and `framework` that `map` has.
fn read_selector(reader: &mut Reader, map: &Node) -> Option<Selector> {
    let given: Vec<(SelectBy, &Entry)> = map
        .entries()
        .unwrap_or_default()
        .iter()
        .filter_map(|entry| {
            let (_, by) = SELECTORS.iter().find(|(word, _)| *word == entry.key)?;
            Some((*by, entry))
        })
        .collect();
    let [(by, entry)] = given.as_slice() else {
        let place = map.place();
        reader.push(
            problem(
                "profile::selector",
                "controls are selected by exactly one of `id`, `tag` and `framework`".to_owned(),
                &place,
                "here",
            )
            .help("write an entry for each: every control that any of them selects is meant"),
        );
        return None;
    };
    let words = match &entry.value.kind {
        Kind::List(elements) => elements
            .iter()
            .filter_map(|element| Some((reader.text(element)?.to_owned(), element.place())))
            .collect(),
        _ => vec![(reader.text(&entry.value)?.to_owned(), entry.value.place())],
    };
    Some(Selector { by: *by, words })
}

fn read_controls(reader: &mut Reader, root: &Node) -> Vec<ControlEntry> {
    const HELP: &str = "write `accounts-idle: { owner: IT Service }`";
    let Some(node) = root.get("controls") else {
        return Vec::new();
    };
    let Some(entries) = node.entries() else {
        reader.wrong_type(node, "a map", HELP);
        return Vec::new();
    };
    entries
        .iter()
        .filter_map(|entry| read_control(reader, entry))
        .collect()
}

fn read_control(reader: &mut Reader, entry: &Entry) -> Option<ControlEntry> {
    let keys = ["owner", "due_on", "severity", "parameters"];
    let map = reader.map(&entry.value, "what a profile says of a control", &keys)?;
    let owner = map
        .get("owner")
        .and_then(|node| reader.text(node))
        .map(str::to_owned);
    let due_on = map.get("due_on").and_then(|node| {
        let date = node.as_text().and_then(|text| text.parse::<Date>().ok());
        if date.is_none() {
            reader.wrong_type(node, "a day", "write `2026-12-20`");
        }
        date
    });
    let severity = map
        .get("severity")
        .and_then(|node| read_severity(reader, node));
    let parameters = match map.get("parameters") {
        Some(node) => read_parameters(reader, node),
        None => Vec::new(),
    };
    Some(ControlEntry {
        control: entry.key.clone(),
        place: entry.key_place(),
        owner,
        due_on,
        severity,
        parameters,
    })
}

fn read_severity(reader: &mut Reader, node: &Node) -> Option<(Severity, String, Place)> {
    const HELP: &str = "say why: `severity: { to: medium, reason: … }`; every report shows it";
    if !matches!(node.kind, Kind::Map(_)) {
        reader.wrong_type(node, "a map", HELP);
        return None;
    }
    let map = reader.map(node, "a changed severity", &["to", "reason"])?;
    let to = reader.required(map, "to", HELP);
    let reason = reader.required(map, "reason", HELP);
    let words = Severity::WORST_FIRST.map(|severity| (severity.word(), severity));
    let severity = to.and_then(|node| reader.word(node, "severity", &words));
    let reason = reason.and_then(|node| reader.reason(node));
    Some((severity?, reason?.to_owned(), node.place()))
}

fn read_parameters(reader: &mut Reader, node: &Node) -> Vec<ParameterEntry> {
    const HELP: &str = "write `{ idle_days: 60 }`, or `{ idle_days: { value: 120, why: … } }`";
    let Some(entries) = node.entries() else {
        reader.wrong_type(node, "a map", HELP);
        return Vec::new();
    };
    let mut parameters = Vec::new();
    for entry in entries {
        // No parameter takes a map, so a map is a value with its reason.
        let (value, why) = match &entry.value.kind {
            Kind::Map(_) => {
                let Some(map) = reader.map(&entry.value, "a parameter's value", &["value", "why"])
                else {
                    continue;
                };
                let why = map.get("why").and_then(|node| reader.reason(node));
                (reader.required(map, "value", HELP), why.map(str::to_owned))
            }
            _ => (Some(&entry.value), None),
        };
        if let Some(value) = value {
            parameters.push(ParameterEntry {
                name: entry.key.clone(),
                place: entry.key_place(),
                node: value.clone(),
                why,
            });
        }
    }
    parameters
}

//! `maps_to`: the criteria of frameworks that a control contributes evidence to.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::control::{Criterion, Framework, Frameworks, MappingStrength};
use crate::diagnostic::reader::Reader;
use crate::diagnostic::yaml::{Kind, Node};
use crate::diagnostic::{Place, Problem};

/// Criteria by framework, and the frameworks in the same order.
type Contributions = (BTreeMap<String, Vec<Criterion>>, Vec<Arc<Framework>>);

pub(super) fn read_maps_to(
    reader: &mut Reader,
    root: &Node,
    frameworks: &Frameworks,
) -> Contributions {
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

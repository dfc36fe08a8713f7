//! A control's YAML tree -> the same tree with one small change, for every change there is.

use crate::diagnostic::Place;
use crate::diagnostic::yaml::{Entry, Kind, Node};
use crate::jsonpath::{Comparison, Selection};

/// Operators and what each becomes. The others are negated.
const BECOMES: &[(&str, &str)] = &[
    ("equals", "not_equals"),
    ("not_equals", "equals"),
    ("in", "not_in"),
    ("not_in", "in"),
    ("starts_with", "contains"),
    ("ends_with", "contains"),
    ("less_than", "at_most"),
    ("at_most", "less_than"),
    ("greater_than", "at_least"),
    ("at_least", "greater_than"),
    ("within_last_days", "older_than_days"),
    ("older_than_days", "within_last_days"),
    ("within_next_days", "more_than_days_ahead"),
    ("more_than_days_ahead", "within_next_days"),
    ("before", "after"),
    ("after", "before"),
    ("any", "all"),
    ("all", "any"),
    ("some", "each"),
    ("each", "some"),
];

/// Answers to an empty population.
const ON_EMPTY: [&str; 3] = ["pass", "fail", "not_applicable"];
/// Plans that a control can require.
const PLANS: [&str; 2] = ["guard-standard", "guard-premium"];
/// Ways to compare with a list.
const RELATIONS: [&str; 3] = ["equals", "subset_of", "superset_of"];

/// One change: what, where, and the tree with it.
pub(super) struct Edit {
    pub id: String,
    pub place: Place,
    pub tree: Node,
}

impl Edit {
    fn new(id: String, place: Place, tree: Node) -> Edit {
        Edit { id, place, tree }
    }

    /// The same change of what stands around.
    fn within(self, around: impl FnOnce(Node) -> Node) -> Edit {
        Edit {
            tree: around(self.tree),
            ..self
        }
    }
}

/// Every change of a control.
pub(super) fn control(root: &Node) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (index, entry) in root.entries().unwrap_or_default().iter().enumerate() {
        let key = entry.key.as_str();
        let value = &entry.value;
        let found = match key {
            "parameters" => each_entry(value, key, |parameter, id| {
                in_key(parameter, "default", |node| {
                    operand(node, &format!("{id}.default"))
                })
            }),
            "let" => each_entry(value, key, |set, id| {
                let mut found = in_key(set, "from", |node| selector(node, &format!("{id}.from")));
                found.extend(narrowing(set, id));
                found.extend(in_key(set, "values", |node| {
                    operand(node, &format!("{id}.values"))
                }));
                found
            }),
            "requires" => in_key(value, "plan", |node| {
                other_words(node, &format!("{key}.plan"), &PLANS)
            }),
            "population" => selector(value, key),
            "exclude" => each_element(value, key, |exclusion, id| {
                in_key(exclusion, "where", |node| conditions(node, id))
            }),
            "period" => operand(value, key),
            "where" | "expect" => conditions(value, key),
            "count" | "share" => bounds(value, key),
            "members" => members(value, key),
            "on_empty" => other_words(value, key, &ON_EMPTY),
            _ => Vec::new(),
        };
        edits.extend(found.into_iter().map(|edit| {
            edit.within(|changed| with_entry(root, index, Some(value_changed(entry, changed))))
        }));
        // What stands alone below a key goes with it.
        let is_alone = value.entries().is_some_and(|entries| entries.len() == 1);
        if (key == "where" && is_alone) || key == "requires" || key == "period" {
            let id = format!("{key} dropped");
            edits.push(Edit::new(
                id,
                entry.key_place(),
                with_entry(root, index, None),
            ));
        }
        if key == "exclude" {
            edits.extend(exclusions_dropped(root, index, value));
        }
    }
    edits
}

/// Each exclusion left out; the last one with its key.
fn exclusions_dropped(root: &Node, index: usize, list: &Node) -> Vec<Edit> {
    let exclusions = elements(list);
    let drop = |place: usize| {
        let entry = &root.entries().unwrap_or_default()[index];
        let rest =
            (exclusions.len() > 1).then(|| value_changed(entry, with_element(list, place, None)));
        let at = first_place(&exclusions[place]);
        Edit::new(
            format!("exclude[{place}] dropped"),
            at,
            with_entry(root, index, rest),
        )
    };
    (0..exclusions.len()).map(drop).collect()
}

/// The `where` of a set, changed or left out.
fn narrowing(set: &Node, id: &str) -> Vec<Edit> {
    let mut edits = in_key(set, "where", |node| {
        conditions(node, &format!("{id}.where"))
    });
    let entries = set.entries().unwrap_or_default();
    for (index, entry) in entries.iter().enumerate() {
        if entry.key == "where" && entry.value.entries().is_some_and(|inner| inner.len() == 1) {
            let id = format!("{id}.where dropped");
            edits.push(Edit::new(
                id,
                entry.key_place(),
                with_entry(set, index, None),
            ));
        }
    }
    edits
}

/// Every change of a map of conditions; each condition left out, if others stay.
fn conditions(map: &Node, id: &str) -> Vec<Edit> {
    let entries = map.entries().unwrap_or_default();
    let mut edits = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let here = format!("{id}.{}", entry.key);
        let mut found: Vec<(Edit, Option<Entry>)> = Vec::new();
        if entries.len() > 1 {
            let tree = entry.value.clone();
            found.push((
                Edit::new(format!("{here} dropped"), entry.key_place(), tree),
                None,
            ));
        }
        for (edit, replacement) in condition(entry, &here) {
            found.push((edit, Some(replacement)));
        }
        edits.extend(
            found
                .into_iter()
                .map(|(edit, replacement)| edit.within(|_| with_entry(map, index, replacement))),
        );
        if entry.key == "not" {
            let id = format!("{here} removed around its conditions");
            let tree = spliced(map, index, entry.value.entries().unwrap_or_default());
            edits.push(Edit::new(id, entry.key_place(), tree));
        }
    }
    edits
}

/// Every change of one entry of a map of conditions, with the entry that takes its place.
fn condition(entry: &Entry, id: &str) -> Vec<(Edit, Entry)> {
    let value = &entry.value;
    let changed = |edits: Vec<Edit>| -> Vec<(Edit, Entry)> {
        let with_entries = edits.into_iter().map(|edit| {
            let entry = value_changed(entry, edit.tree.clone());
            (edit, entry)
        });
        with_entries.collect()
    };
    match entry.key.as_str() {
        "any" | "all" => {
            let mut found = changed(groups(value, id));
            // Of one group alone both say the same.
            if elements(value).len() > 1 {
                found.extend(key_becomes(entry, id));
            }
            found
        }
        "not" => changed(conditions(value, id)),
        "some" | "each" => {
            let inner = in_key(value, "expect", |node| {
                conditions(node, &format!("{id}.expect"))
            });
            let mut found = changed(inner);
            found.extend(key_becomes(entry, id));
            found
        }
        _ => match &value.kind {
            Kind::Map(operators) => {
                let mut found = changed(tests(value, id));
                let alone = operators
                    .iter()
                    .filter(|operator| operator.key != "missing");
                if let [only] = alone.collect::<Vec<_>>()[..]
                    && becomes(&only.key).is_none()
                    && only.key != "set"
                {
                    let id = format!("{id}.{} negated", only.key);
                    let edit = Edit::new(id, only.key_place(), value.clone());
                    found.push((edit, negated(entry)));
                }
                found
            }
            Kind::Boolean(_) => changed(operand(value, id)),
            // A literal means equality.
            _ => {
                let id = format!("{id} becomes not_equals");
                let edit = Edit::new(id, entry.key_place(), value.clone());
                let not_equals = Entry {
                    key: "not_equals".to_owned(),
                    ..entry.clone()
                };
                let map = with_kind(value, Kind::Map(vec![not_equals]));
                vec![(edit, value_changed(entry, map))]
            }
        },
    }
}

/// The groups of `any` and `all`: changed, or left out if others stay.
fn groups(list: &Node, id: &str) -> Vec<Edit> {
    let mut edits = each_element(list, id, conditions);
    if elements(list).len() > 1 {
        edits.extend(elements(list).iter().enumerate().map(|(place, group)| {
            let id = format!("{id}[{place}] dropped");
            Edit::new(id, first_place(group), with_element(list, place, None))
        }));
    }
    edits
}

/// A map of operators: each becomes another, gets another operand, or is left out if others stay.
fn tests(map: &Node, id: &str) -> Vec<Edit> {
    let entries = map.entries().unwrap_or_default();
    let operators = entries
        .iter()
        .filter(|entry| entry.key != "missing")
        .count();
    let mut edits = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let here = format!("{id}.{}", entry.key);
        let put = |entry: Entry| with_entry(map, index, Some(entry));
        let inner = match entry.key.as_str() {
            "missing" => other_words(&entry.value, &here, &["fail", "unknown"]),
            "some" | "each" => match &entry.value.kind {
                Kind::Map(inner) if inner.iter().any(|inner| inner.key == "expect") => {
                    in_key(&entry.value, "expect", |node| conditions(node, &here))
                }
                Kind::Map(_) => tests(&entry.value, &here),
                _ => operand(&entry.value, &here),
            },
            _ => operand(&entry.value, &here),
        };
        edits.extend(
            inner
                .into_iter()
                .map(|edit| edit.within(|changed| put(value_changed(entry, changed)))),
        );
        edits.extend(
            key_becomes(entry, &here)
                .into_iter()
                .map(|(edit, changed)| edit.within(|_| put(changed))),
        );
        if operators > 1 && entry.key != "missing" {
            let id = format!("{here} dropped");
            edits.push(Edit::new(
                id,
                entry.key_place(),
                with_entry(map, index, None),
            ));
        }
    }
    edits
}

/// Bounds of a number: one more, one less, left out if another stays.
fn bounds(map: &Node, id: &str) -> Vec<Edit> {
    let entries = map.entries().unwrap_or_default();
    let mut edits = each_entry(map, id, operand);
    if entries.len() > 1 {
        edits.extend(entries.iter().enumerate().map(|(index, entry)| {
            let id = format!("{id}.{} dropped", entry.key);
            Edit::new(id, entry.key_place(), with_entry(map, index, None))
        }));
    }
    edits
}

/// A comparison with a list: another relation, or a shorter list.
fn members(map: &Node, id: &str) -> Vec<Edit> {
    let mut edits = each_entry(map, id, |node, id| match &node.kind {
        Kind::List(_) => operand(node, id),
        _ => Vec::new(),
    });
    for (index, entry) in map.entries().unwrap_or_default().iter().enumerate() {
        if !RELATIONS.contains(&entry.key.as_str()) {
            continue;
        }
        let others = RELATIONS.iter().filter(|relation| **relation != entry.key);
        edits.extend(others.map(|relation| {
            let id = format!("{id}.{} becomes {relation}", entry.key);
            let changed = Entry {
                key: (*relation).to_owned(),
                ..entry.clone()
            };
            Edit::new(id, entry.key_place(), with_entry(map, index, Some(changed)))
        }));
    }
    edits
}

/// An operand: a number one more and one less, a boolean the other way, a list without one of its values.
fn operand(node: &Node, id: &str) -> Vec<Edit> {
    let changed = |how: &str, kind: Kind| {
        Edit::new(format!("{id} {how}"), node.place(), with_kind(node, kind))
    };
    match &node.kind {
        Kind::Boolean(value) => vec![changed(
            &format!("becomes {}", !value),
            Kind::Boolean(!value),
        )],
        Kind::Integer(number) => [
            ("plus 1", number.checked_add(1)),
            ("minus 1", number.checked_sub(1)),
        ]
        .into_iter()
        .filter_map(|(how, number)| Some(changed(how, Kind::Integer(number?))))
        .collect(),
        Kind::Text(text) => shifted(text)
            .into_iter()
            .map(|(how, text)| changed(how, Kind::Text(text)))
            .collect(),
        Kind::List(values) => {
            let mut edits = each_element(node, id, operand);
            if values.len() > 1 {
                edits.extend(values.iter().enumerate().map(|(place, value)| {
                    let id = format!("{id}[{place}] dropped");
                    Edit::new(id, value.place(), with_element(node, place, None))
                }));
            }
            edits
        }
        Kind::Map(_) => tests(node, id),
        Kind::Null | Kind::Float(_) => Vec::new(),
    }
}

/// A number with its unit (`98%`, `99.5%`, `90d`, `12h`), one more and one less; nothing of any other text.
fn shifted(text: &str) -> Vec<(&'static str, String)> {
    let is_digit = |letter: char| letter.is_ascii_digit();
    let (number, unit) = text.split_at(text.find(|letter| !is_digit(letter)).unwrap_or(text.len()));
    let digits_after_point = |unit: &str| -> Option<usize> {
        let part = unit.strip_prefix('.')?.strip_suffix('%')?;
        (!part.is_empty() && part.chars().all(is_digit)).then_some(part.len() + 1)
    };
    // What stands behind the point stays.
    let fraction = digits_after_point(unit).unwrap_or(0);
    let (fraction, unit) = unit.split_at(fraction);
    let is_unit = ["%", "d", "h"].contains(&unit);
    let Ok(number) = number.parse::<u32>() else {
        return Vec::new();
    };
    if !is_unit {
        return Vec::new();
    }
    [
        ("plus 1", number.checked_add(1)),
        ("minus 1", number.checked_sub(1)),
    ]
    .into_iter()
    .filter_map(|(how, number)| Some((how, format!("{}{fraction}{unit}", number?))))
    .collect()
}

/// A selector: each condition of its filter left out and negated, each order and number shifted.
fn selector(node: &Node, id: &str) -> Vec<Edit> {
    let Kind::Text(text) = &node.kind else {
        return Vec::new();
    };
    let Ok(selection) = Selection::parse(text) else {
        return Vec::new();
    };
    let Some(filter) = selection.filter() else {
        return Vec::new();
    };
    let mut edits = Vec::new();
    let conjuncts = filter.conjuncts();
    for (place, conjunct) in conjuncts.iter().enumerate() {
        let span = conjunct.span();
        let with = |replacement: Option<String>| {
            let parts: Vec<String> = conjuncts
                .iter()
                .enumerate()
                .filter_map(|(other, conjunct)| match other == place {
                    true => replacement.clone(),
                    false => Some(format!("({})", conjunct.text())),
                })
                .collect();
            let filter = match parts.is_empty() {
                true => "*".to_owned(),
                false => format!("?{}", parts.join(" && ")),
            };
            with_kind(
                node,
                Kind::Text(format!("$.{}[{filter}]", selection.dataset())),
            )
        };
        let mut push = |how: &str, tree: Node| {
            let id = format!("{id}[{place}] {how}");
            edits.push(Edit::new(id, node.place_within(span.clone()), tree));
        };
        push("dropped", with(None));
        push("negated", with(Some(format!("!({})", conjunct.text()))));
        for literal in filter.literals() {
            if literal.span.start < span.start || span.end < literal.span.end {
                continue;
            }
            let rewritten = |start: usize, end: usize, new: &str| {
                let text = format!("{}{new}{}", &text[..start], &text[end..]);
                with_kind(node, Kind::Text(text))
            };
            // A literal on the left turns the sign round; the path is on the left as a rule.
            let (from, to) = (literal.path.span.end, literal.span.start);
            if let Some((sign, other)) = order_signs(literal.comparison)
                && from <= to
                && text[from..to].trim() == sign
            {
                let tree = rewritten(from, to, &format!(" {other} "));
                push(&format!("{sign} becomes {other}"), tree);
            }
            if let Some(number) = literal.value.as_i64() {
                for (how, number) in [("plus 1", number + 1), ("minus 1", number - 1)] {
                    let tree = rewritten(literal.span.start, literal.span.end, &number.to_string());
                    push(&format!("{} {how}", literal.value), tree);
                }
            }
        }
    }
    edits
}

/// A sign that orders, and the one that differs from it where both sides are equal.
fn order_signs(comparison: Comparison) -> Option<(&'static str, &'static str)> {
    match comparison {
        Comparison::Less => Some(("<", "<=")),
        Comparison::AtMost => Some(("<=", "<")),
        Comparison::Greater => Some((">", ">=")),
        Comparison::AtLeast => Some((">=", ">")),
        Comparison::Equal | Comparison::NotEqual => None,
    }
}

fn becomes(operator: &str) -> Option<&'static str> {
    let found = BECOMES.iter().find(|(word, _)| *word == operator);
    found.map(|(_, other)| *other)
}

/// The entry under the key that its key becomes.
fn key_becomes(entry: &Entry, id: &str) -> Option<(Edit, Entry)> {
    let other = becomes(&entry.key)?;
    let changed = Entry {
        key: other.to_owned(),
        ..entry.clone()
    };
    let id = format!("{id} becomes {other}");
    Some((
        Edit::new(id, entry.key_place(), entry.value.clone()),
        changed,
    ))
}

/// `not: { path: … }` for `path: …`.
fn negated(entry: &Entry) -> Entry {
    Entry {
        key: "not".to_owned(),
        key_span: entry.key_span,
        value: with_kind(&entry.value, Kind::Map(vec![entry.clone()])),
    }
}

/// A word that becomes each of the others.
fn other_words(node: &Node, id: &str, words: &[&str]) -> Vec<Edit> {
    let Kind::Text(word) = &node.kind else {
        return Vec::new();
    };
    words
        .iter()
        .filter(|other| *other != word)
        .map(|other| {
            let tree = with_kind(node, Kind::Text((*other).to_owned()));
            Edit::new(format!("{id} becomes {other}"), node.place(), tree)
        })
        .collect()
}

// What follows puts a changed part back into what stands around it.

fn each_entry(map: &Node, id: &str, change: impl Fn(&Node, &str) -> Vec<Edit>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (index, entry) in map.entries().unwrap_or_default().iter().enumerate() {
        let found = change(&entry.value, &format!("{id}.{}", entry.key));
        edits.extend(found.into_iter().map(|edit| {
            edit.within(|changed| with_entry(map, index, Some(value_changed(entry, changed))))
        }));
    }
    edits
}

fn each_element(list: &Node, id: &str, change: impl Fn(&Node, &str) -> Vec<Edit>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (place, element) in elements(list).iter().enumerate() {
        let found = change(element, &format!("{id}[{place}]"));
        edits.extend(
            found
                .into_iter()
                .map(|edit| edit.within(|changed| with_element(list, place, Some(changed)))),
        );
    }
    edits
}

fn in_key(map: &Node, key: &str, change: impl Fn(&Node) -> Vec<Edit>) -> Vec<Edit> {
    let entries = map.entries().unwrap_or_default();
    let Some(index) = entries.iter().position(|entry| entry.key == key) else {
        return Vec::new();
    };
    let found = change(&entries[index].value);
    let put = |edit: Edit| {
        edit.within(|changed| with_entry(map, index, Some(value_changed(&entries[index], changed))))
    };
    found.into_iter().map(put).collect()
}

fn elements(list: &Node) -> &[Node] {
    match &list.kind {
        Kind::List(elements) => elements,
        _ => &[],
    }
}

/// Something to point at in a group: its first key.
fn first_place(group: &Node) -> Place {
    match group.entries() {
        Some([first, ..]) => first.key_place(),
        _ => group.place(),
    }
}

fn with_kind(node: &Node, kind: Kind) -> Node {
    Node {
        kind,
        ..node.clone()
    }
}

fn value_changed(entry: &Entry, value: Node) -> Entry {
    Entry {
        value,
        ..entry.clone()
    }
}

/// `map` with another entry at `index`, or without the one there.
fn with_entry(map: &Node, index: usize, replacement: Option<Entry>) -> Node {
    let mut entries = map.entries().unwrap_or_default().to_vec();
    match replacement {
        Some(entry) => entries[index] = entry,
        None => drop(entries.remove(index)),
    }
    with_kind(map, Kind::Map(entries))
}

/// `map` with `inner` in the place of the entry at `index`.
fn spliced(map: &Node, index: usize, inner: &[Entry]) -> Node {
    let mut entries = map.entries().unwrap_or_default().to_vec();
    entries.splice(index..=index, inner.iter().cloned());
    with_kind(map, Kind::Map(entries))
}

/// `list` with another element at `place`, or without the one there.
fn with_element(list: &Node, place: usize, replacement: Option<Node>) -> Node {
    let mut all = elements(list).to_vec();
    match replacement {
        Some(element) => all[place] = element,
        None => drop(all.remove(place)),
    }
    with_kind(list, Kind::List(all))
}

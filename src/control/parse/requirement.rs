//! What a control asks of its records: `expect`, with or without `share`, `count` or `members`.

use super::condition::{Conditions, Position};
use super::happening::{FREQUENCY_KEYS, entry_of, read_frequency};
use super::members::read_members;
use super::names::dollar_word;
use crate::catalog::DatasetRef;
use crate::control::path::Start;
use crate::control::{Bound, OnEmpty, Percent, Requirement, ScalarType, ShareBound};
use crate::diagnostic::Problem;
use crate::diagnostic::reader::{Reader, start_of};
use crate::diagnostic::yaml::{Entry, Node};

/// Keys that say what a control asks; it has exactly one.
pub(in crate::control) const REQUIREMENTS: [&str; 4] = ["expect", "count", "members", "attest"];

pub(super) fn one_requirement<'n>(reader: &mut Reader, root: &'n Node) -> Option<&'n Entry> {
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

pub(super) fn read_requirement(
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
    let keys = ["per", "within", "at_least", "at_most"];
    let map = conditions.reader.map(node, "`count`", &keys)?;
    let mut of_time = FREQUENCY_KEYS.iter();
    if let Some(entry) = of_time.find_map(|key| entry_of(map, key)) {
        return read_frequency(conditions, map, entry, dataset);
    }
    if map.get("at_least").is_none() && map.get("at_most").is_none() {
        conditions.reader.wrong_type(node, "a bound", HELP);
        return None;
    }
    let mut bound = |key: &str| match map.get(key) {
        None => Some(None),
        Some(node) => conditions.names.bound(conditions.reader, node).map(Some),
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

pub(super) fn check_share_stands_beside_expect(
    reader: &mut Reader,
    root: &Node,
    requirement: Option<&Entry>,
) {
    // Beside `attest` it is told with the other keys that speak of records.
    let Some(requirement) =
        requirement.filter(|entry| !matches!(entry.key.as_str(), "expect" | "attest"))
    else {
        return;
    };
    if let Some(share) = root.entry("share") {
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
        let index = conditions.names.parameter_of_type(
            conditions.reader,
            node,
            word,
            ScalarType::Percent,
            "a share",
        )?;
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

pub(super) fn read_on_empty(
    reader: &mut Reader,
    root: &Node,
    requirement: Option<&Entry>,
) -> Option<OnEmpty> {
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
    let entry = root.entry("on_empty")?;
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

//! What a control may ask of records that happened at a time: `period`, and `count: { per, within, at_most }`.

use super::condition::Conditions;
use super::names::dollar_word;
use crate::catalog::{DatasetRef, FieldType};
use crate::control::path::{self, Start};
use crate::control::{Condition, FieldPath, Requirement, ScalarType, Span, days_left};
use crate::diagnostic::Problem;
use crate::diagnostic::reader::key_node;
use crate::diagnostic::yaml::{Entry, Kind, Node};
use crate::operator::ValueKind;
use crate::value::Duration;

/// Datasets whose records happened at a time, within the period that was collected.
pub(in crate::control) const OF_A_PERIOD: &[&str] = &["events"];
/// Their field that says when.
const TIME: &str = "time";
/// Hours of a day, wherever it is.
const HOURS_OF_A_DAY: i64 = 24;
/// Keys of a count by a value and a span of time.
pub(super) const FREQUENCY_KEYS: [&str; 2] = ["per", "within"];

const COUNT_HELP: &str = "write `count: { per: actor_id, within: 1h, at_most: 5 }`";

/// `period: 90d`: the records of the last days. The same as `where: { time: { within_last_days: 90d } }`, told apart
/// since a reader looks for it.
pub(super) fn read_period(
    conditions: &mut Conditions<'_>,
    entry: &Entry,
    dataset: &DatasetRef,
) -> Option<Condition> {
    let time = time_of(conditions, entry, dataset)?;
    let asked = key_node(entry);
    conditions.within_last_days(&asked, &entry.value, &time)
}

/// `count: { per: actor_id, within: 1h, at_most: 5 }`, whose `per` or `within` is `entry`.
pub(super) fn read_frequency(
    conditions: &mut Conditions<'_>,
    map: &Node,
    entry: &Entry,
    dataset: &DatasetRef,
) -> Option<Requirement> {
    let time = time_of(conditions, entry, dataset)?;
    let per = conditions.reader.required(map, "per", COUNT_HELP);
    let within = conditions.reader.required(map, "within", COUNT_HELP);
    let at_most = conditions.reader.required(map, "at_most", COUNT_HELP);
    if let Some(at_least) = map.get("at_least") {
        conditions.reader.push(
            Problem::new(
                "control::count",
                "`at_least` says nothing beside `per`",
                at_least.place(),
                "cannot apply",
            )
            .and_at(entry.key_place(), "asks that there are not too many")
            .help(COUNT_HELP),
        );
        return None;
    }
    let per = per.and_then(|node| read_value(conditions, node, dataset));
    let within = within.and_then(|node| read_span(conditions, node));
    let at_most = at_most.and_then(|node| conditions.names.bound(conditions.reader, node));
    Some(Requirement::Frequency {
        per: Box::new(per?),
        time: Box::new(time),
        within: within?,
        at_most: at_most?,
    })
}

/// A span of time that is longer than the days that are looked at never fits into them: nobody could see whether there
/// were too many. Parameters have their defaults here; other values are checked where they are put in.
pub(super) fn check_span_fits(
    conditions: &mut Conditions<'_>,
    entry: &Entry,
    narrowing: &[Condition],
    requirement: Option<&Requirement>,
) {
    let Some(Requirement::Frequency { time, within, .. }) = requirement else {
        return;
    };
    let parameters = &conditions.names.parameters;
    let default = |index: usize| parameters[index].default.clone();
    let span = match within {
        Span::Duration(span) => Some(*span),
        Span::Parameter(index) => {
            default(*index).and_then(|value| value.as_str()?.parse::<Duration>().ok())
        }
    };
    let days = days_left(narrowing, time, &default);
    if let (Some(span), Some((days, operand)), Some(node)) = (span, days, entry.value.get("within"))
        && i64::from(span.hours()) > days * HOURS_OF_A_DAY
    {
        conditions.reader.push(
            Problem::new(
                "control::period",
                format!("{span} do not fit into the {days} days that are looked at"),
                node.place(),
                "the longer one",
            )
            .and_at(operand.place.clone(), "looked at")
            .help("ask for a shorter span of time, or look at more days"),
        );
    }
}

/// The field of `dataset` that says when a record happened.
fn time_of(
    conditions: &mut Conditions<'_>,
    entry: &Entry,
    dataset: &DatasetRef,
) -> Option<FieldPath> {
    if !OF_A_PERIOD.contains(&dataset.name()) {
        conditions.reader.push(
            Problem::new(
                "control::period",
                format!("`{}` says nothing of `{}`", entry.key, dataset.name()),
                entry.key_place(),
                "cannot apply",
            )
            .help(format!(
                "records that happened at a time are those of {}; of others test a time in `where`",
                OF_A_PERIOD.join(", ")
            )),
        );
        return None;
    }
    let node = Node {
        kind: Kind::Text(TIME.to_owned()),
        ..key_node(entry)
    };
    let checked = path::read(conditions.reader, &node, &Start::record_of(dataset), false)?;
    Some(checked.path)
}

/// The entry of `map` under `key`, if it has one.
pub(super) fn entry_of<'n>(map: &'n Node, key: &str) -> Option<&'n Entry> {
    map.entries()?.iter().find(|entry| entry.key == key)
}

/// The one value that records are counted by.
fn read_value(
    conditions: &mut Conditions<'_>,
    node: &Node,
    dataset: &DatasetRef,
) -> Option<FieldPath> {
    let checked = path::read(conditions.reader, node, &Start::record_of(dataset), false)?;
    if checked.is_many || !is_counted_by(&checked.path.kind) {
        let kind: FieldType = checked.path.kind;
        conditions.reader.push(
            Problem::new(
                "control::count",
                format!(
                    "records cannot be counted by `{}` ({kind})",
                    checked.path.text
                ),
                node.place(),
                "not one word or id",
            )
            .help(COUNT_HELP),
        );
        return None;
    }
    Some(checked.path)
}

/// Whether a value of this type tells groups apart: a word, an id, an address.
pub(in crate::control) fn is_counted_by(kind: &FieldType) -> bool {
    matches!(ValueKind::of(kind), ValueKind::Text | ValueKind::IpRange)
}

fn read_span(conditions: &mut Conditions<'_>, node: &Node) -> Option<Span> {
    if let Some(word) = dollar_word(node) {
        let index = conditions.names.parameter_of_type(
            conditions.reader,
            node,
            word,
            ScalarType::Duration,
            "a span of time",
        )?;
        return Some(Span::Parameter(index));
    }
    let span = node
        .as_text()
        .and_then(|text| text.parse::<Duration>().ok());
    if span.is_none() {
        let help = "write a number of days or hours: `1h`, `7d`";
        conditions.reader.wrong_type(node, "a span of time", help);
    }
    span.map(Span::Duration)
}

//! Changes of settings that the audit log tells of, since somebody answered for them.
//!
//! Controls name changes by the id of an action or by its name for people, which `event_actions` joins. What the log
//! does not hold whole leaves open whether there was a change; a log that was not collected, or that does not know
//! an action, cannot be looked into, and that is said.

use super::standing::Change;
use super::{AssessError, Lines};
use crate::catalog::{self, DatasetRef};
use crate::control::ChangeEvent;
use crate::snapshot::{Completeness, Manifest, RecordSource};
use crate::value::{Json, Kind, Truth};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

const EVENTS: &str = "events";
const ACTIONS: &str = "event_actions";
/// How long before the point in time of an assessment a log may end without a word about it: a day.
const PERIOD_SLACK: SignedDuration = SignedDuration::from_hours(24);

/// Changes to look for, and since when.
pub(super) struct Watch<'p> {
    /// What each may be called.
    pub(super) changes: &'p [ChangeEvent],
    /// The first moment from which a change counts.
    pub(super) since: Timestamp,
}

/// What the audit log says to a [`Watch`].
#[derive(Clone, Debug, Default)]
pub(super) struct Looked {
    /// The first change.
    pub(super) first: Option<Change>,
    /// Why it is open whether there was one; ascending.
    pub(super) doubts: BTreeSet<String>,
    /// What the API refused to tell, as it does where the organisation has no plan with an audit log; ascending.
    /// Whoever asks says whether that leaves it open.
    pub(super) refused: BTreeSet<String>,
    /// Why changes could not be looked for; ascending.
    pub(super) unseen: BTreeSet<String>,
}

/// What each of `watches` comes to at `as_of`, in their order.
///
/// # Errors
/// The snapshot cannot be read or was changed.
pub(super) fn look(
    watches: &[&Watch<'_>],
    source: &dyn RecordSource,
    manifest: &Manifest,
    as_of: Timestamp,
) -> Result<Vec<Looked>, AssessError> {
    let mut looked: Vec<Looked> = watches.iter().map(|_| Looked::default()).collect();
    if watches.is_empty() {
        return Ok(looked);
    }
    let mut tell = |state: State| {
        for looked in &mut looked {
            match &state {
                State::Whole => {}
                State::Open(why) => {
                    looked.doubts.insert(why.clone());
                }
                State::Refused(why) => {
                    looked.refused.insert(why.clone());
                }
                State::NotThere(why) => {
                    looked.unseen.insert(why.clone());
                }
            }
        }
    };
    let state = State::of(manifest, EVENTS);
    tell(state.clone());
    let Some(events) = catalog::dataset(EVENTS) else {
        return Ok(looked);
    };
    if matches!(state, State::NotThere(_) | State::Refused(_)) {
        return Ok(looked);
    }
    if let Some(period) = manifest
        .datasets
        .get(EVENTS)
        .and_then(|events| events.period.as_ref())
    {
        let (from, to) = (period.period.from, period.period.to);
        for (watch, looked) in watches.iter().zip(&mut looked) {
            if watch.since < from {
                looked
                    .unseen
                    .insert(format!("events before {from} were not collected"));
            }
            if to
                .checked_add(PERIOD_SLACK)
                .is_ok_and(|later| later < as_of)
            {
                looked
                    .unseen
                    .insert(format!("events from {to} on were not collected"));
            }
        }
    }
    let actions = Actions::read(source, manifest)?;
    let resolved: Vec<Vec<Resolved<'_>>> = watches
        .iter()
        .zip(&mut looked)
        .map(|(watch, looked)| {
            let resolve = |change| actions.resolve(change, looked);
            watch.changes.iter().map(resolve).collect()
        })
        .collect();
    let dataset = DatasetRef::from(events);
    let fields = ["id", "time", "action", "action_name", "container"].map(str::to_owned);
    let mut lines = Lines::new(&dataset, source, &fields);
    for frame in 0..source.frame_count(EVENTS) {
        lines.frame(frame, |record| {
            for ((watch, changes), looked) in watches.iter().zip(&resolved).zip(&mut looked) {
                note(record, watch, changes, looked);
            }
        })?;
    }
    Ok(looked)
}

/// Notes in `looked` what `record`, an event, says to `watch`.
fn note<'a>(
    record: impl Json<'a>,
    watch: &Watch<'_>,
    changes: &[Resolved<'_>],
    looked: &mut Looked,
) {
    let text = |name: &str| record.member(name).and_then(Json::as_text);
    let time = text("time").and_then(|time| time.parse::<Timestamp>().ok());
    if time.is_some_and(|time| time < watch.since) {
        return;
    }
    let is_meant = Truth::any(changes.iter().map(|change| change.is_told_by(record)));
    match (is_meant, time) {
        (Truth::True, Some(time)) => {
            let change = Change {
                event: text("id").unwrap_or_default().into_owned(),
                at: time,
                action: text("action").unwrap_or_default().into_owned(),
                action_name: text("action_name").map(|name| name.into_owned()),
            };
            let is_first = looked
                .first
                .as_ref()
                .is_none_or(|first| (change.at, &change.event) < (first.at, &first.event));
            if is_first {
                looked.first = Some(change);
            }
        }
        (Truth::True, None) => {
            let why = "the time of an event that may be such a change is not known";
            looked.doubts.insert(why.to_owned());
        }
        (Truth::Unknown, _) => {
            let why = "of an event it is not known whether it is such a change";
            looked.doubts.insert(why.to_owned());
        }
        (Truth::False, _) => {}
    }
}

/// Whether a dataset can be looked into.
#[derive(Clone)]
enum State {
    Whole,
    /// Something is missing of it.
    Open(String),
    /// The key may not read it.
    Refused(String),
    /// There is none.
    NotThere(String),
}

impl State {
    fn of(manifest: &Manifest, dataset: &str) -> State {
        let Some(statement) = manifest.datasets.get(dataset) else {
            return State::NotThere(format!("{dataset} were not collected"));
        };
        let completeness = &statement.completeness;
        match completeness {
            Completeness::Whole => State::Whole,
            Completeness::NotRequested => State::NotThere(format!("{dataset} were not collected")),
            Completeness::Unavailable { detail } => {
                State::NotThere(format!("{dataset} are unavailable: {detail}"))
            }
            Completeness::Denied { .. } => State::Refused(format!(
                "{dataset} are {}: {}",
                completeness.word(),
                completeness.detail()
            )),
            Completeness::Cut { .. } | Completeness::Stale { .. } => {
                let (word, detail) = (completeness.word(), completeness.detail());
                State::Open(format!("{dataset} are {word}: {detail}"))
            }
        }
    }
}

/// The organisation's list of actions.
struct Actions {
    /// Ids by their names for people, in lower case.
    by_name: BTreeMap<String, BTreeSet<String>>,
    ids: BTreeSet<String>,
    /// Ids of actions without a name.
    nameless: BTreeSet<String>,
    state: State,
}

impl Actions {
    fn read(source: &dyn RecordSource, manifest: &Manifest) -> Result<Actions, AssessError> {
        let mut actions = Actions {
            by_name: BTreeMap::new(),
            ids: BTreeSet::new(),
            nameless: BTreeSet::new(),
            state: State::of(manifest, ACTIONS),
        };
        let Some(dataset) = catalog::dataset(ACTIONS).map(DatasetRef::from) else {
            return Ok(actions);
        };
        let mut lines = Lines::new(
            &dataset,
            source,
            &["id".to_owned(), "display_name".to_owned()],
        );
        for frame in 0..source.frame_count(ACTIONS) {
            lines.frame(frame, |record| {
                let text = |name: &str| record.member(name).and_then(Json::as_text);
                let id = text("id").unwrap_or_default().into_owned();
                match text("display_name") {
                    Some(name) => {
                        let ids = actions.by_name.entry(name.trim().to_lowercase());
                        ids.or_default().insert(id.clone());
                    }
                    None => {
                        actions.nameless.insert(id.clone());
                    }
                }
                actions.ids.insert(id);
            })?;
        }
        Ok(actions)
    }

    /// The ids that `change` may mean; what stands in the way of knowing is noted in `looked`.
    fn resolve<'p>(&self, change: &'p ChangeEvent, looked: &mut Looked) -> Resolved<'p> {
        let mut resolved = Resolved {
            change,
            ids: BTreeSet::from([change.action.clone()]),
            perhaps: BTreeSet::new(),
        };
        if self.ids.contains(&change.action) {
            return resolved;
        }
        if let Some(ids) = self.by_name.get(&change.action.to_lowercase()) {
            resolved.ids.extend(ids.iter().cloned());
            return resolved;
        }
        // Any action without a name may be the one that is meant.
        resolved.perhaps.clone_from(&self.nameless);
        match &self.state {
            State::Whole => {
                let why = format!(
                    "the organisation's list of actions knows no “{}”",
                    change.action
                );
                looked.unseen.insert(why);
            }
            State::Open(why) => {
                let why = format!("which action “{}” is, is not known: {why}", change.action);
                looked.doubts.insert(why);
            }
            State::Refused(why) => {
                let why = format!("which action “{}” is, is not known: {why}", change.action);
                looked.refused.insert(why);
            }
            State::NotThere(why) => {
                let why = format!("which action “{}” is, is not known: {why}", change.action);
                looked.unseen.insert(why);
            }
        }
        resolved
    }
}

/// A change with the ids of its action.
struct Resolved<'p> {
    change: &'p ChangeEvent,
    ids: BTreeSet<String>,
    /// Ids of actions whose names are not known.
    perhaps: BTreeSet<String>,
}

impl Resolved<'_> {
    fn is_told_by<'a>(&self, record: impl Json<'a>) -> Truth {
        let text = |name: &str| record.member(name).and_then(Json::as_text);
        let has_its_name = text("action_name")
            .is_some_and(|name| name.trim().eq_ignore_ascii_case(&self.change.action));
        let action = match text("action") {
            _ if has_its_name => Truth::True,
            None => Truth::Unknown,
            Some(id) if self.ids.contains(id.as_ref()) => Truth::True,
            Some(id) if self.perhaps.contains(id.as_ref()) => Truth::Unknown,
            Some(_) => Truth::False,
        };
        match &self.change.setting {
            Some(setting) if action != Truth::False => action.and(names_setting(record, setting)),
            _ => action,
        }
    }
}

/// Whether the container of an event names `setting`: that is where the log tells which one was changed.
fn names_setting<'a>(record: impl Json<'a>, setting: &str) -> Truth {
    match record.member("container") {
        Some(objects) if objects.kind() == Kind::Array => Truth::any(objects.elements().map(
            |object| match object.member("setting_name") {
                None => Truth::Unknown,
                Some(name) => Truth::from(name.is_text(setting)),
            },
        )),
        _ => Truth::Unknown,
    }
}

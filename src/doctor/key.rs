//! The key in use, as the organisation's own list of keys tells of it, and its scopes.
//!
//! No answer says which key of the list is in use. Those that cannot have got the answers that came, by
//! their scopes, are ruled out; what is left is one key, or a guess that is called a guess.

use super::reach::looks;
use super::{Access, RequestAccess, days};
use crate::catalog::{self, DatasetRef, FieldRef};
use crate::collect::{Examination, ListedKey};
use crate::plan::Plan;
use crate::progress::neutral;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The key in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KeyReport {
    /// How sure it is which one it is.
    pub identification: Identification,
    /// The key, or the likeliest one.
    pub key: Option<KeyFacts>,
    /// Others of the list that may be the one in use.
    pub others: Vec<KeyFacts>,
    /// Whether the whole list of keys was read.
    pub list_is_whole: bool,
}

/// How sure it is which key of the list is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Identification {
    /// The user named it, or no other key could have got these answers.
    Certain,
    /// Several could; it is the one that was used last.
    Likely,
    /// The list was read, and no key of it could have got these answers.
    NotFound,
    /// The list was not read.
    NotRead,
}

/// A key of the list. It never holds the key itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KeyFacts {
    /// Id.
    pub id: String,
    /// Name that its maker gave it.
    pub label: String,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// When it was last used.
    pub last_active_at: Option<Timestamp>,
    /// Whole days since it was made.
    pub age_days: Option<i64>,
    /// Whole days until it expires; less than 0 is past.
    pub expires_in_days: Option<i64>,
    /// Its scopes; an empty list is a key that may do everything; absent if not told.
    pub scopes: Option<BTreeSet<String>>,
}

/// Scopes that are used, missing, or could be dropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ScopeReport {
    /// Those that requests need, ascending.
    pub used: Vec<ScopeUse>,
    /// Those that the key could do without, ascending.
    pub droppable: Vec<Droppable>,
}

/// A scope that requests need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ScopeUse {
    /// The scope.
    pub scope: String,
    /// Datasets that it opens.
    pub datasets: Vec<String>,
    /// Whether the key has it, as its list or an answer shows; absent if not known.
    pub held: Option<bool>,
    /// Controls that read what it opens.
    pub controls: usize,
}

/// A scope that the key could do without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Droppable {
    /// The scope.
    pub scope: String,
    /// Whether it lets the key change something.
    pub writes: bool,
    /// Why it could be dropped.
    pub why: String,
}

impl KeyReport {
    /// Whether the key has `scope`; `None` if that is not certain, or there is no scope to have.
    pub(super) fn holds(&self, scope: Option<&str>) -> Option<bool> {
        if self.identification != Identification::Certain {
            return None;
        }
        let scopes = self.key.as_ref()?.scopes.as_ref()?;
        Some(scopes.is_empty() || scopes.contains(scope?))
    }
}

impl KeyFacts {
    fn of(key: &ListedKey, now: Timestamp) -> KeyFacts {
        KeyFacts {
            id: neutral(&key.id).into_owned(),
            label: neutral(&key.label).into_owned(),
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_active_at: key.last_active_at,
            age_days: key.created_at.map(|made| days(made, now)),
            expires_in_days: key.expires_at.map(|end| days(now, end)),
            scopes: key.scopes.as_ref().map(|scopes| {
                let shown = scopes.iter().map(|scope| neutral(scope).into_owned());
                shown.collect()
            }),
        }
    }

    /// Whether it may do everything.
    pub fn is_unscoped(&self) -> bool {
        self.scopes.as_ref().is_some_and(BTreeSet::is_empty)
    }

    /// Whether one of its scopes lets it change something.
    pub fn may_write(&self) -> bool {
        let scopes = self.scopes.iter().flatten();
        scopes.into_iter().any(|scope| writes(scope))
    }
}

/// Whether `scope` lets a key change something: all but those that say that they read.
fn writes(scope: &str) -> bool {
    !scope.starts_with("read:")
}

/// Finds the key in use among those of the list.
pub(super) fn report(examination: &Examination, label: Option<&str>, now: Timestamp) -> KeyReport {
    let Some(list) = &examination.keys else {
        return KeyReport {
            identification: Identification::NotRead,
            key: None,
            others: Vec::new(),
            list_is_whole: false,
        };
    };
    let (opened, closed) = shown_scopes(examination);
    let is_valid = |key: &&ListedKey| key.expires_at.is_none_or(|end| end > now);
    let opens = |key: &&ListedKey| {
        is_among(
            key,
            |scopes| opened.iter().all(|one| scopes.contains(*one)),
            true,
        )
    };
    // A refusal may have another reason than the scope: only where some key explains all of them by its
    // scopes are the others ruled out.
    let explains = |key: &&ListedKey| {
        let lacks = |scopes: &BTreeSet<String>| !closed.iter().any(|one| scopes.contains(*one));
        opens(key) && is_among(key, lacks, closed.is_empty())
    };
    let of = |wanted: &dyn Fn(&&ListedKey) -> bool| -> Vec<&ListedKey> {
        list.keys
            .iter()
            .filter(is_valid)
            .filter(|key| wanted(key))
            .collect()
    };
    let mut candidates: Vec<&ListedKey> = match label {
        Some(label) => list.keys.iter().filter(|key| key.label == label).collect(),
        None => of(&explains),
    };
    if candidates.is_empty() && label.is_none() {
        candidates = of(&opens);
    }
    // The one used last first; of several, in the order of their ids.
    candidates.sort_by(|one, other| {
        let last = other.last_active_at.cmp(&one.last_active_at);
        last.then_with(|| one.id.cmp(&other.id))
    });
    let mut facts = candidates.iter().map(|key| KeyFacts::of(key, now));
    let key = facts.next();
    let others: Vec<KeyFacts> = facts.collect();
    KeyReport {
        identification: match (&key, others.is_empty(), list.is_whole) {
            (None, _, _) => Identification::NotFound,
            // On a page that was not read there may be another.
            (Some(_), true, true) => Identification::Certain,
            (Some(_), _, _) => Identification::Likely,
        },
        key,
        others,
        list_is_whole: list.is_whole,
    }
}

/// Whether the scopes of `key` are as `wanted`; `of_all` where it has none and may do everything. A key
/// whose scopes are not told may be anything.
fn is_among(key: &ListedKey, wanted: impl Fn(&BTreeSet<String>) -> bool, of_all: bool) -> bool {
    match &key.scopes {
        None => true,
        Some(scopes) if scopes.is_empty() => of_all,
        Some(scopes) => wanted(scopes),
    }
}

/// Scopes whose endpoints answered, and those whose endpoints all answered 403.
fn shown_scopes(examination: &Examination) -> (BTreeSet<&'static str>, BTreeSet<&'static str>) {
    let (mut opened, mut closed) = (BTreeSet::new(), BTreeSet::new());
    for probe in &examination.probes {
        let sources = catalog::dataset(probe.dataset).map_or(&[][..], |dataset| dataset.sources);
        let source = sources.iter().find(|source| {
            source
                .endpoint()
                .is_some_and(|(_, path)| path == probe.request.path)
        });
        if let Some(scope) = source.and_then(|source| source.scope) {
            if probe.is_answered() {
                opened.insert(scope);
            } else if probe.refusal() == Some(403) {
                closed.insert(scope);
            }
        }
    }
    closed.retain(|scope| !opened.contains(scope));
    (opened, closed)
}

/// Which scopes are used, and which could be dropped.
pub(super) fn scopes(key: &KeyReport, requests: &[RequestAccess], plan: &Plan) -> ScopeReport {
    let mut opens: BTreeMap<&str, (BTreeSet<&str>, Option<bool>)> = BTreeMap::new();
    for request in requests {
        let Some(scope) = &request.scope else {
            continue;
        };
        let (datasets, held) = opens.entry(scope).or_default();
        datasets.insert(&request.dataset);
        let shown = match (request.access, request.status) {
            (Access::Answered, _) => Some(true),
            _ => key.holds(Some(scope)),
        };
        *held = held.or(shown);
    }
    let readers = readers(plan);
    let used: Vec<ScopeUse> = opens
        .iter()
        .map(|(scope, (datasets, held))| ScopeUse {
            scope: (*scope).to_owned(),
            datasets: datasets.iter().map(|name| (*name).to_owned()).collect(),
            held: *held,
            controls: readers.get(scope).map_or(0, BTreeSet::len),
        })
        .collect();
    let held = key.key.iter().flat_map(|key| key.scopes.iter().flatten());
    let droppable = held.filter_map(|scope| {
        let why = match opens.get(scope.as_str()) {
            None => "no request of tickmark uses it".to_owned(),
            // The list of keys is what tells of the key's own expiry.
            Some((datasets, _)) if datasets.contains("api_keys") => return None,
            Some(_) if may_open_more(scope, requests) => return None,
            Some((datasets, _)) if !readers.contains_key(scope.as_str()) => {
                let names: Vec<&str> = datasets.iter().copied().collect();
                format!("no control reads {}", names.join(", "))
            }
            Some(_) => return None,
        };
        Some(Droppable {
            scope: scope.clone(),
            writes: writes(scope),
            why,
        })
    });
    ScopeReport {
        droppable: droppable.collect(),
        used,
    }
}

/// Whether a request for which the vendor states no scope stands below one that `scope` opens: it may rest
/// on the same scope.
fn may_open_more(scope: &str, requests: &[RequestAccess]) -> bool {
    let opened = requests
        .iter()
        .filter(|one| one.scope.as_deref() == Some(scope));
    // Everything stands below the organisation itself.
    let mut folders = opened
        .filter(|one| !one.path.ends_with("/orgs/{org}"))
        .map(|one| format!("{}/", one.path));
    folders.any(|folder| {
        let mut unstated = requests.iter().filter(|one| one.scope.is_none());
        unstated.any(|one| one.path.starts_with(&folder))
    })
}

/// Controls by the scopes of the sources that may give what they look at.
fn readers(plan: &Plan) -> BTreeMap<&'static str, BTreeSet<usize>> {
    let mut readers: BTreeMap<&'static str, BTreeSet<usize>> = BTreeMap::new();
    for (control, looks) in looks(plan).into_iter().enumerate() {
        for look in looks {
            let DatasetRef::Known(dataset) = look.dataset else {
                continue;
            };
            let names = match look.field {
                Some(FieldRef::Known(field)) => field.sources,
                _ => &[],
            };
            let given = names
                .iter()
                .filter_map(|name| catalog::source(dataset, name));
            for source in given.chain(dataset.sources.first()) {
                if let Some(scope) = source.scope {
                    readers.entry(scope).or_default().insert(control);
                }
            }
        }
    }
    readers
}

//! What each built-in control has to find, told from the world and never from an answer.
//!
//! This is a second, plain telling of the controls: it shares no code with the engine, so that an
//! assessment of what the sandbox's API answered can be compared with it. A file below for each folder of
//! `controls`, but for controls over `lists` and over files of `exports`, and for `questions`.

mod accounts;
mod admins;
mod data;
mod domains;
mod exports;
mod facts;
mod lists;
mod log;
mod network;
mod outcome;
mod products;
mod provisioning;
mod questions;
mod sign_in;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};

use super::exports::{ExportTruth, ExportVariant, export_truth, exports as exported_files};
use super::people::PeopleVariant;
use super::reviews::ReviewVariant;
use super::statements::ListVariant;
use super::world::World;

/// What one control has to find.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ControlTruth {
    /// `pass`, `fail`, `unknown` or `not_applicable`; the worst of its subjects wins.
    pub outcome: &'static str,
    /// Ids of the subjects that fail; `-` is the control itself.
    pub failing: BTreeSet<String>,
    /// Ids of the subjects of which nothing can be said.
    pub unknown: BTreeSet<String>,
}

/// What is given beside the answers of the API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// Exports of the console.
    pub exports: Option<ExportVariant>,
    /// Every list that the organisation keeps.
    pub lists: Option<ListVariant>,
    /// Answers to the questions of controls.
    pub answers: Option<PeopleVariant>,
    /// Sheets on accounts, administrators and tokens, kept so long ago that the time to act is over.
    pub reviews: Option<ReviewVariant>,
}

/// What every built-in control has to find in `world`, at its `as_of`, with what the organisation says of itself:
/// its plan, its [`parameters`](World::parameters) over the controls' own, and its [`lists`](World::lists); without
/// exports, answers and reviews.
pub fn truth(world: &World) -> BTreeMap<&'static str, ControlTruth> {
    let given = Given {
        lists: Some(ListVariant::Fresh),
        ..Given::default()
    };
    truth_given(world, given)
}

/// The same, where this is given. Provisioning directories are read where the sandbox has their key. What is refused
/// before anything is assessed counts as not given.
pub fn truth_given(world: &World, given: Given) -> BTreeMap<&'static str, ControlTruth> {
    let given = Given {
        answers: given.answers.filter(|variant| !variant.is_refused()),
        reviews: given.reviews.filter(|variant| !variant.is_refused()),
        ..given
    };
    truth_of(world, given, &Exported::new(world, given.exports))
}

/// What exports tell.
struct Exported {
    accounts: BTreeMap<String, ExportTruth>,
    /// Whether the export of managed accounts is there and counts.
    has_managed: bool,
    /// Whether the export of the accounts of domains is there and counts.
    has_domain: bool,
}

impl Exported {
    fn new(world: &World, variant: Option<ExportVariant>) -> Exported {
        let counts = |variant: &ExportVariant| *variant != ExportVariant::Stale;
        let files = variant
            .filter(counts)
            .map(|variant| exported_files(world, variant));
        let has = |name: &str| files.iter().flatten().any(|file| file.name == name);
        Exported {
            accounts: variant.map_or_else(BTreeMap::new, |variant| export_truth(world, variant)),
            has_managed: has("managed-accounts.csv"),
            has_domain: has("domain-accounts.csv"),
        }
    }

    fn get(&self, id: &str) -> Option<&ExportTruth> {
        self.accounts.get(id)
    }

    /// Whether an export is there that tells how accounts sign in.
    fn tells_sso(&self) -> bool {
        self.has_managed || self.has_domain
    }
}

/// What the controls of one area come to, by their ids.
type Told = Vec<(&'static str, ControlTruth)>;

/// Controls whose subjects nobody sees who lacks the scopes for groups, policies and API tokens.
const OF_DENIED: [&str; 8] = [
    "admin-groups-synced",
    "allowlist-approved-networks",
    "allowlist-no-wide-range",
    "api-tokens-expire",
    "api-tokens-expire-within",
    "api-tokens-of-organization-admins",
    "api-tokens-owner-active",
    "api-tokens-unused",
];

fn truth_of(
    world: &World,
    given: Given,
    exported: &Exported,
) -> BTreeMap<&'static str, ControlTruth> {
    let areas = [
        accounts::truth(world, exported),
        admins::truth(world, exported),
        data::truth(world),
        domains::truth(world, exported),
        exports::truth(world, given.exports),
        lists::truth(world, given, exported),
        log::truth(world, given),
        network::truth(world),
        products::truth(world),
        provisioning::truth(world),
        questions::truth(world, given.answers),
        sign_in::truth(world, exported),
        tokens::truth(world),
    ];
    let mut all: BTreeMap<&'static str, ControlTruth> = areas.into_iter().flatten().collect();
    if !facts::has_scopes(world) {
        for id in OF_DENIED {
            all.insert(id, outcome::told("unknown", &[], &[]));
        }
    }
    all
}

#[cfg(test)]
mod tests;

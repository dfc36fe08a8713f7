//! What each built-in control has to find, told from the world and never from an answer.
//!
//! This is a second, plain telling of the controls: it shares no code with the engine, so that an
//! assessment of what the sandbox's API answered can be compared with it. A file below for each folder of
//! `controls`, but for controls over [`lists`] and over files of [`exports`], and for [`questions`].

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

use super::exports::{ExportTruth, ExportVariant, export_truth};
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

/// What every built-in control has to find in `world`, at its `as_of`, with everything that the organisation says
/// of itself: its plan, its [`parameters`](World::parameters) over the controls' own, and its [`lists`](World::lists).
///
/// Provisioning directories are read where the sandbox has their key. No source tells about single sign-on here:
/// neither an export nor an attestation is at hand.
pub fn truth(world: &World) -> BTreeMap<&'static str, ControlTruth> {
    let mut truth = truth_of(world, &BTreeMap::new());
    truth.extend(exports::without_exports());
    truth
}

/// The same, where the exports of `variant` are at hand as well. Controls over the files themselves, and over the
/// policies that their rows name, are not among them.
pub fn truth_with(world: &World, variant: ExportVariant) -> BTreeMap<&'static str, ControlTruth> {
    truth_of(world, &export_truth(world, variant))
}

/// What exports tell, by account id.
type Exported = BTreeMap<String, ExportTruth>;

/// What the controls of one area come to, by their ids.
type Told = Vec<(&'static str, ControlTruth)>;

fn truth_of(world: &World, exported: &Exported) -> BTreeMap<&'static str, ControlTruth> {
    let areas = [
        accounts::truth(world, exported),
        admins::truth(world, exported),
        data::truth(world),
        domains::truth(world, exported),
        lists::truth(world, exported),
        log::truth(world),
        network::truth(world),
        products::truth(world),
        provisioning::truth(world),
        questions::truth(world),
        sign_in::truth(world, exported),
        tokens::truth(world),
    ];
    areas.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests;

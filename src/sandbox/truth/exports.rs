//! The truth of controls over the files of exports, and over the policies that their rows name: told from the cases
//! that spoil them, and never from a file.

use std::collections::{BTreeMap, BTreeSet};

use super::outcome::{Judged, each, judged, told, worst};
use super::{ControlTruth, Told};
use crate::sandbox::exports::{self, ExportVariant};
use crate::sandbox::world::{Account, AccountKind, AccountStatus, World};
use crate::value::sha256_hex;

/// Parameters of the controls, at their defaults.
const IDLE_MINUTES: i64 = 480;

pub(super) fn truth(world: &World, variant: Option<ExportVariant>) -> Told {
    let policies = Policies::new(world, variant);
    vec![
        (
            "exports-fresh",
            of_files(world, variant, |variant, _| variant != ExportVariant::Stale),
        ),
        (
            "exports-reconcile",
            of_files(world, variant, |variant, name| {
                is_reconciled(world, variant, name)
            }),
        ),
        (
            "idle-session",
            policies.each("not_applicable", |policy| {
                let is_short = policy.idle_minutes().map(|idle| idle <= IDLE_MINUTES);
                policy.judged(Some(true), is_short)
            }),
        ),
        (
            "password-expiry",
            policies.each("pass", |policy| {
                let expires = policy.expires();
                policy.judged(
                    policy.sso().map(|sso| !sso),
                    expires.map(|expires| !expires),
                )
            }),
        ),
        (
            "password-strength",
            policies.each("pass", |policy| {
                let strong =
                    |words: &str| words.starts_with("Strong") || words.starts_with("Very strong");
                policy.judged(policy.sso().map(|sso| !sso), policy.password().map(strong))
            }),
        ),
        (
            "policies-not-contradicted",
            policies.each("not_applicable", |policy| {
                policy.judged(Some(true), Some(!policy.is_contradicted()))
            }),
        ),
        (
            "policies-two-step-or-sso",
            policies.each("pass", |policy| {
                policy.judged(policy.sso().map(|sso| !sso), Some(policy.two_step_required))
            }),
        ),
    ]
}

/// What a control comes to that asks every file; `right` is told its name.
fn of_files(
    world: &World,
    variant: Option<ExportVariant>,
    right: impl Fn(ExportVariant, &str) -> bool,
) -> ControlTruth {
    let files = variant.map(|variant| (variant, exports::exports(world, variant)));
    let files = files
        .into_iter()
        .flat_map(|(variant, files)| files.into_iter().map(move |file| (variant, file)));
    let records = files.map(|(variant, file)| {
        let kind = match file.name {
            "managed-accounts.csv" => "managed_accounts",
            "domain-accounts.csv" => "domain_accounts",
            _ => "users",
        };
        let id = format!("{kind}-{}", &sha256_hex(&file.bytes)[..16]);
        judged(&id, Some(true), Some(right(variant, file.name)))
    });
    each(records, "not_applicable")
}

/// Whether the rows of the file called `name` and the accounts of the API are the same ones, each once, every cell a
/// known word.
fn is_reconciled(world: &World, variant: ExportVariant, name: &str) -> bool {
    let in_file: BTreeSet<usize> = exports::members(world, variant)
        .map(|(place, _, _)| place)
        .collect();
    let belongs = |account: &&Account| {
        account.managed
            && account.kind == AccountKind::Person
            && account.status != AccountStatus::Closed
    };
    let belonging = || {
        world
            .accounts
            .iter()
            .enumerate()
            .filter(|(_, one)| belongs(one))
    };
    // Who joined after the export was taken is not missed, where a directory tells the day.
    let is_missed = belonging()
        .any(|(place, account)| account.memberships.is_empty() && !in_file.contains(&place));
    match name {
        "users.csv" => true,
        "domain-accounts.csv" => !is_missed,
        // Nothing joins the row of an account that hides its address, if it has one.
        _ => {
            let mut members = exports::members(world, variant);
            variant != ExportVariant::Incomplete
                && !is_missed
                && belonging().all(|(_, account)| account.address.shown().is_some())
                && members.all(|(place, _, _)| !variant.contradicts(place))
        }
    }
}

/// Policies that rows name.
struct Policies {
    by_name: BTreeMap<String, Policy>,
    is_whole: bool,
}

/// What the rows of its members say of one policy.
#[derive(Default)]
struct Policy {
    name: String,
    sso: BTreeSet<bool>,
    two_step_required: bool,
    password: BTreeSet<&'static str>,
    idle_minutes: BTreeSet<i64>,
}

impl Policies {
    fn new(world: &World, variant: Option<ExportVariant>) -> Policies {
        let mut by_name: BTreeMap<String, Policy> = BTreeMap::new();
        let counts = |variant: &ExportVariant| {
            *variant != ExportVariant::Stale && exports::members(world, *variant).next().is_some()
        };
        let Some(variant) = variant.filter(counts) else {
            return Policies {
                by_name,
                is_whole: false,
            };
        };
        let mut is_whole = true;
        for (place, account, policy) in exports::members(world, variant) {
            if variant.leaves_out(place) {
                // Who hides the address could not be joined, and so is not missed.
                is_whole &= account.address.shown().is_none();
                continue;
            }
            let told = by_name.entry(policy.name.clone()).or_default();
            told.name.clone_from(&policy.name);
            told.two_step_required = policy.two_step_required;
            if !variant.hides_sso(place) {
                told.sso.insert(policy.sso);
            }
            told.password
                .insert(if policy.sso { "" } else { policy.password });
            told.idle_minutes.insert(policy.idle_session_minutes);
            if variant.contradicts(place) {
                told.idle_minutes.insert(exports::CONTRADICTING_MINUTES);
            }
        }
        if variant == ExportVariant::Incomplete {
            // Strangers are said to be in the first policy, under single sign-on.
            let first = &world.authentication_policies[0];
            let told = by_name.entry(first.name.clone()).or_default();
            told.name.clone_from(&first.name);
            told.sso.insert(true);
            told.password.insert("");
            told.idle_minutes.insert(first.idle_session_minutes);
        }
        Policies { by_name, is_whole }
    }

    fn each(&self, empty: &'static str, judge: impl Fn(&Policy) -> Judged) -> ControlTruth {
        if !self.is_whole && self.by_name.is_empty() {
            return told("unknown", &[], &[]);
        }
        let empty = if self.is_whole { empty } else { "unknown" };
        worst(each(self.by_name.values().map(judge), empty), self.is_whole)
    }
}

/// The one value of `told`: of several nobody knows which is right.
fn only<T: Copy + Ord>(told: &BTreeSet<T>) -> Option<T> {
    let one = told.first().copied();
    one.filter(|_| told.len() == 1)
}

impl Policy {
    fn judged(&self, belongs: Option<bool>, right: Option<bool>) -> Judged {
        judged(&self.name, belongs, right)
    }

    fn sso(&self) -> Option<bool> {
        only(&self.sso)
    }

    fn password(&self) -> Option<&'static str> {
        only(&self.password)
    }

    /// Whether passwords expire: rows may differ in the rest.
    fn expires(&self) -> Option<bool> {
        let told = self.password.iter();
        only(&told.map(|words| words.contains("expires after")).collect())
    }

    fn idle_minutes(&self) -> Option<i64> {
        only(&self.idle_minutes)
    }

    fn is_contradicted(&self) -> bool {
        self.sso.len() > 1 || self.password.len() > 1 || self.idle_minutes.len() > 1
    }
}

//! From how its subjects are to what a control comes to. `None` stands for what no source tells.

use std::collections::BTreeSet;

use super::ControlTruth;

/// What is known beforehand.
pub(super) fn told(outcome: &'static str, failing: &[&str], unknown: &[&str]) -> ControlTruth {
    let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    ControlTruth {
        outcome,
        failing: set(failing),
        unknown: set(unknown),
    }
}

/// One record: whether it belongs, whether it is left out, and whether it is as it has to be.
pub(super) struct Judged {
    id: String,
    belongs: Option<bool>,
    left_out: bool,
    right: Option<bool>,
}

impl Judged {
    /// The same, left out where `left_out` says so.
    pub fn left_out_if(self, left_out: bool) -> Judged {
        Judged { left_out, ..self }
    }
}

/// A record that nothing leaves out.
pub(super) fn judged(id: &str, belongs: Option<bool>, right: Option<bool>) -> Judged {
    Judged {
        id: id.to_owned(),
        belongs,
        left_out: false,
        right,
    }
}

/// What a control comes to that asks every subject; `empty` is what it says of an empty population.
pub(super) fn each(records: impl Iterator<Item = Judged>, empty: &'static str) -> ControlTruth {
    let mut found = told(empty, &[], &[]);
    let (mut sure_pass, mut in_scope) = (false, false);
    for record in records {
        if record.belongs == Some(false) || record.left_out {
            continue;
        }
        in_scope = true;
        let is_sure = record.belongs.is_some();
        match record.right {
            Some(true) => sure_pass |= is_sure,
            Some(false) if is_sure => {
                found.failing.insert(record.id);
            }
            Some(false) | None => {
                found.unknown.insert(record.id);
            }
        }
    }
    if !found.failing.is_empty() {
        found.outcome = "fail";
    } else if !found.unknown.is_empty() {
        found.outcome = "unknown";
    } else if in_scope {
        // Where all that is right may lie outside, nothing may be in.
        let may_be_empty = !sure_pass && empty != "pass";
        found.outcome = if may_be_empty { "unknown" } else { "pass" };
    } else if empty == "fail" {
        found.failing.insert("-".to_owned());
    }
    found
}

/// What a control comes to that asks `percent` of its subjects, all of which are known.
pub(super) fn share(right: impl Iterator<Item = bool>, percent: usize) -> ControlTruth {
    let right: Vec<bool> = right.collect();
    let met = right.iter().filter(|right| **right).count();
    if right.is_empty() {
        told("not_applicable", &[], &[])
    } else if met * 100 < percent * right.len() {
        told("fail", &["-"], &[])
    } else {
        told("pass", &[], &[])
    }
}

/// What a control comes to that asks for a number.
pub(super) fn counted(is_right: bool) -> ControlTruth {
    if is_right {
        told("pass", &[], &[])
    } else {
        told("fail", &["-"], &[])
    }
}

/// What a comparison of accounts, by id with the address as far as it is told, comes to with a list of addresses.
pub(super) fn compared<'w>(
    accounts: impl Iterator<Item = (&'w str, Option<String>)>,
    list: &BTreeSet<&str>,
    must_all_be_there: bool,
) -> ControlTruth {
    let mut found = told("pass", &[], &[]);
    let mut addresses = BTreeSet::new();
    let mut is_empty = list.is_empty();
    for (id, address) in accounts {
        is_empty = false;
        match address {
            None => {
                found.unknown.insert(id.to_owned());
            }
            Some(email) => {
                if !list.contains(email.as_str()) {
                    found.failing.insert(id.to_owned());
                }
                addresses.insert(email);
            }
        }
    }
    if must_all_be_there {
        let hidden = !found.unknown.is_empty();
        for missing in list.iter().filter(|email| !addresses.contains(**email)) {
            let subject = format!("expected:{missing}");
            // Whoever hides the address may be the one who is missing.
            if hidden {
                found.unknown.insert(subject);
            } else {
                found.failing.insert(subject);
            }
        }
    }
    if !found.failing.is_empty() {
        found.outcome = "fail";
    } else if !found.unknown.is_empty() {
        found.outcome = "unknown";
    } else if is_empty {
        found.outcome = "not_applicable";
    }
    found
}

pub(super) fn both(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

pub(super) fn either(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    both(one.map(|one| !one), other.map(|other| !other)).map(|neither| !neither)
}

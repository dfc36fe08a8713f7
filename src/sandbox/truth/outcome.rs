//! From how its subjects are to what a control comes to. `None` stands for what no source tells.

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
    pub id: String,
    pub belongs: Option<bool>,
    pub left_out: Option<bool>,
    pub right: Option<bool>,
    /// Whether what is not known of it waits for a list or an export: all that do are told once.
    pub waits: bool,
}

impl Judged {
    /// The same record, where what is not known of it waits for a list or an export, or does not.
    pub fn waiting(self, waits: bool) -> Judged {
        Judged { waits, ..self }
    }
}

/// A record that nothing leaves out.
pub(super) fn judged(id: &str, belongs: Option<bool>, right: Option<bool>) -> Judged {
    Judged {
        id: id.to_owned(),
        belongs,
        left_out: Some(false),
        right,
        waits: false,
    }
}

/// What a control comes to that asks every subject; `empty` is what it says of an empty population.
pub(super) fn each(records: impl Iterator<Item = Judged>, empty: &'static str) -> ControlTruth {
    let mut found = told(empty, &[], &[]);
    let (mut sure_pass, mut in_scope) = (false, false);
    for record in records {
        if record.belongs == Some(false) || record.left_out == Some(true) {
            continue;
        }
        in_scope = true;
        let is_sure = record.belongs.is_some() && record.left_out.is_some();
        match record.right {
            Some(true) => sure_pass |= is_sure,
            Some(false) if is_sure => {
                found.failing.insert(record.id);
            }
            Some(false) | None if record.waits => {
                found.unknown.insert("-".to_owned());
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

/// The worst of what was found, where what a control reads is whole or not.
pub(super) fn worst(mut found: ControlTruth, is_whole: bool) -> ControlTruth {
    if !found.failing.is_empty() {
        found.outcome = "fail";
    } else if !found.unknown.is_empty() || !is_whole {
        found.outcome = "unknown";
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

//! Controls in `controls/log`, and what those of other folders share that look into the audit log.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::within_last_days;
use super::outcome::{each, judged, told};
use super::{ControlTruth, Told};
use crate::sandbox::audit_log::{Actor, AuditEvent, Happening};
use crate::sandbox::kind::GuardPlan;
use crate::sandbox::statements::StatedList;
use crate::sandbox::world::World;

/// Parameters of the controls, at their defaults.
const PERIOD_DAYS: i64 = 90;
const REVIEW_DAYS: i64 = 7;

/// Milliseconds before the run in which events may not have reached the log yet: they are not collected.
const UNSETTLED_MS: i64 = 10 * 60 * 1_000;

pub(super) fn truth(world: &World) -> Told {
    vec![
        ("audit-log-covered", covered(world)),
        (
            "security-changes-approved",
            approved(world, is_security_change),
        ),
        ("impersonation-reviewed", impersonation_reviewed(world)),
    ]
}

/// Events of the controls' period that were collected.
pub(super) fn happened(world: &World) -> impl Iterator<Item = AuditEvent> {
    let settled = world.as_of.as_millisecond() - UNSETTLED_MS;
    world.events().filter(move |event| {
        within_last_days(world, event.time, PERIOD_DAYS) && event.time.as_millisecond() < settled
    })
}

/// What a control over the log comes to: without a plan there is no log, and the control does not apply.
pub(super) fn with_plan(world: &World, truth: impl FnOnce() -> ControlTruth) -> ControlTruth {
    match world.kind.plan {
        GuardPlan::None => told("not_applicable", &[], &[]),
        GuardPlan::Standard | GuardPlan::Premium => truth(),
    }
}

/// Every event that is `meant` is on the list of approved ones, with a ticket.
pub(super) fn approved(world: &World, meant: impl Fn(&World, &AuditEvent) -> bool) -> ControlTruth {
    with_plan(world, || {
        let list = world.approved_events();
        let approved = filled(&list, "event_id", "ticket");
        let meant = happened(world).filter(|event| meant(world, event));
        let records =
            meant.map(|event| judged(&event.id, Some(true), Some(approved.contains(&*event.id))));
        each(records, "pass")
    })
}

/// Cells of the column `wanted` whose row has something in the column `filled`.
fn filled<'l>(list: &'l StatedList, wanted: &str, filled: &str) -> BTreeSet<&'l str> {
    let cells = list.column(wanted).zip(list.column(filled));
    let with = cells.filter(|(_, filled)| !filled.is_empty());
    with.map(|(wanted, _)| wanted).collect()
}

fn covered(world: &World) -> ControlTruth {
    with_plan(world, || {
        let records = happened(world).map(|event| judged(&event.id, Some(true), Some(true)));
        each(records, "fail")
    })
}

fn is_security_change(_: &World, event: &AuditEvent) -> bool {
    matches!(
        event.what,
        Happening::AuthenticationPolicyModified(_)
            | Happening::AllowlistModified(_)
            | Happening::DomainAdded(_)
            | Happening::DomainRemoved(_)
            | Happening::SettingUpdated(..)
            | Happening::TwoStepDisabled(_)
    )
}

fn impersonation_reviewed(world: &World) -> ControlTruth {
    with_plan(world, || {
        let list = world.reviewed_events();
        let reviewed = filled(&list, "event_id", "reviewer");
        let meant = happened(world).filter(|event| matches!(event.what, Happening::LoggedInAs(_)));
        let records = meant.map(|event| {
            judged(&event.id, Some(true), Some(reviewed.contains(&*event.id)))
                .left_out_if(within_last_days(world, event.time, REVIEW_DAYS))
        });
        each(records, "pass")
    })
}

/// Who did more than `most` of what is `meant` within so many milliseconds.
pub(super) fn too_often(
    world: &World,
    meant: impl Fn(&AuditEvent) -> bool,
    span_ms: i64,
    most: usize,
) -> ControlTruth {
    with_plan(world, || {
        let mut times: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for event in happened(world).filter(|event| meant(event)) {
            let actor = match event.actor {
                Actor::System => "0".to_owned(),
                Actor::Account(place) | Actor::App(place, _) => world.accounts[place].id.clone(),
            };
            let of_actor = times.entry(actor).or_default();
            of_actor.push(event.time.as_millisecond());
        }
        let is_too_often = |times: &[i64]| {
            times.iter().any(|begin| {
                let within = times
                    .iter()
                    .filter(|at| (*begin..=begin + span_ms).contains(at));
                within.count() > most
            })
        };
        let actors = times.iter().filter(|(_, times)| is_too_often(times));
        let actors: Vec<&str> = actors.map(|(actor, _)| actor.as_str()).collect();
        match actors.is_empty() {
            true => told("pass", &[], &[]),
            false => told("fail", &actors, &[]),
        }
    })
}

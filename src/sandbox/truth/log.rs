//! Controls that look into the audit log, of any folder.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::facts::{is_active, is_person, shown, within_last_days};
use super::lists::{self, Lists};
use super::outcome::{Judged, both, each, judged, told};
use super::{ControlTruth, Given, Told};
use crate::sandbox::audit_log::{Actor, AuditEvent, Happening};
use crate::sandbox::kind::GuardPlan;
use crate::sandbox::statements::day;
use crate::sandbox::world::{Account, World};

/// Parameters of the controls, at their defaults.
const PERIOD_DAYS: i64 = 90;
const REVIEW_DAYS: i64 = 7;
const HOUR_MS: i64 = 60 * 60 * 1_000;
const CREATED_MAX: usize = 5;

/// Milliseconds before the run in which events may not have reached the log yet: they are not collected.
const UNSETTLED_MS: i64 = 10 * 60 * 1_000;

pub(super) fn truth(world: &World, given: Given) -> Told {
    let lists = &Lists {
        world,
        given: given.lists,
    };
    vec![
        ("audit-log-covered", covered(world)),
        (
            "security-changes-approved",
            approved(lists, is_security_change),
        ),
        ("impersonation-reviewed", impersonation_reviewed(lists)),
        ("admin-grants-approved", approved(lists, gives_admin_rights)),
        ("reactivations-approved", approved(lists, is_reactivation)),
        (
            "credential-creation-spikes",
            too_often(world, makes_a_credential, HOUR_MS, CREATED_MAX),
        ),
        (
            "leavers-deactivated-in-time",
            leavers_deactivated_in_time(lists),
        ),
    ]
}

/// Events of the controls' period that were collected.
fn happened(world: &World) -> impl Iterator<Item = AuditEvent> {
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
fn approved(lists: &Lists<'_>, meant: impl Fn(&World, &AuditEvent) -> bool) -> ControlTruth {
    let world = lists.world;
    with_plan(world, || {
        let list = lists.named("approved_events");
        let approved = list.set_where("event_id", &["ticket"]);
        let meant = happened(world).filter(|event| meant(world, event));
        let records = meant.map(|event| {
            let right = approved.holds(&event.id);
            judged(&event.id, Some(true), right).waiting(right.is_none())
        });
        lists::each(records, "pass", list.is_whole)
    })
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

fn impersonation_reviewed(lists: &Lists<'_>) -> ControlTruth {
    let world = lists.world;
    with_plan(world, || {
        let list = lists.named("reviewed_events");
        let reviewed = list.set_where("event_id", &["reviewer"]);
        let meant = happened(world).filter(|event| matches!(event.what, Happening::LoggedInAs(_)));
        let records = meant.map(|event| {
            let right = reviewed.holds(&event.id);
            Judged {
                left_out: Some(within_last_days(world, event.time, REVIEW_DAYS)),
                ..judged(&event.id, Some(true), right).waiting(right.is_none())
            }
        });
        lists::each(records, "pass", list.is_whole)
    })
}

/// Who did more than `most` of what is `meant` within so many milliseconds.
fn too_often(
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

fn gives_admin_rights(world: &World, event: &AuditEvent) -> bool {
    match event.what {
        Happening::OrgAdminAdded(_)
        | Happening::GroupGrantedAdmin { .. }
        | Happening::InvitedAsAdmin(_) => true,
        Happening::GroupJoined { group, .. } => world.groups[group].name == ADMIN_GROUP,
        _ => false,
    }
}

/// The group that the organisation's own list of groups begins with.
const ADMIN_GROUP: &str = "org-admins";

fn is_reactivation(_: &World, event: &AuditEvent) -> bool {
    matches!(event.what, Happening::AccountReactivated(_))
}

fn makes_a_credential(event: &AuditEvent) -> bool {
    matches!(
        event.what,
        Happening::TokenCreated(_) | Happening::TokenCreatedAndGone(_) | Happening::KeyCreated(_)
    )
}

/// Parameters of that control, at their defaults. The one working day is counted below.
const LEAVER_DAYS: i64 = 80;
const PENDING_DAYS: i64 = 4;

fn leavers_deactivated_in_time(lists: &Lists<'_>) -> ControlTruth {
    let world = lists.world;
    let today = day(world.as_of);
    with_plan(world, || {
        let list = lists.named("leavers");
        let rows = list.subjects("email").into_iter();
        let rows = rows.zip(list.column("left_on"));
        let people: Vec<(usize, &Account)> = world
            .accounts
            .iter()
            .enumerate()
            .filter(|(_, account)| account.managed && is_person(account) == Some(true))
            .collect();
        let mut last_days: BTreeMap<String, Date> = BTreeMap::new();
        for event in happened(world) {
            if let Happening::AccountDeactivated(place) = event.what
                && let Some(email) = shown(&world.accounts[place])
            {
                let last = last_days.entry(email).or_insert(Date::MIN);
                *last = day(event.time).max(*last);
            }
        }
        // Of an address that nobody shows it is open whether it is that of an account that shows none.
        let is_among = |email: &str, keep: &dyn Fn(&Account) -> bool| {
            let mut kept = people.iter().filter(|(_, account)| keep(account));
            if kept
                .clone()
                .any(|(_, account)| shown(account).as_deref() == Some(email))
            {
                return Some(true);
            }
            match kept.any(|(_, account)| shown(account).is_none()) {
                true => None,
                false => Some(false),
            }
        };
        let records = rows.filter_map(|((email, subject), left_on)| {
            let has_account = is_among(&email, &|_| true);
            let is_gone = is_among(&email, &is_active).map(|active| !active);
            // A day that is none says neither whether the row belongs nor what was in time.
            let Ok(left_on) = left_on.parse::<Date>() else {
                let is_nobody = (has_account == Some(false)).then_some(true);
                return Some(Judged {
                    left_out: is_nobody,
                    ..judged(&subject, None, both(is_gone, None))
                });
            };
            let since = (today - left_on).get_days();
            if i64::from(since) <= PENDING_DAYS || i64::from(since) > LEAVER_DAYS {
                return None;
            }
            let until = match left_on.weekday() {
                Weekday::Friday => 3,
                Weekday::Saturday => 2,
                _ => 1,
            };
            let until = left_on.saturating_add(until.days());
            // What happened well before the last day may have been undone; a day begins earlier elsewhere than in UTC.
            let early = match left_on.weekday() {
                Weekday::Saturday => 2,
                Weekday::Sunday => 3,
                _ => 1,
            };
            let since = left_on.saturating_sub(early.days());
            let last = last_days.get(&email).filter(|last| **last >= since);
            let in_time = last.map(|last| *last <= until);
            Some(Judged {
                left_out: has_account.map(|has| !has),
                ..judged(&subject, Some(true), both(is_gone, in_time))
            })
        });
        lists::each(records, "not_applicable", list.is_whole)
    })
}

//! What to do, most urgent first: one line for each thing to mend, however many requests it shows in.

use super::{
    AGE_WARNING_DAYS, Access, CLOCK_SKEW_MAX_MS, Cause, Diagnosis, EXPIRY_WARNING_DAYS,
    Identification, KeyFacts, RequestAccess,
};
use crate::doctor::access::{CONSOLE_KEYS, key_with};
use schemars::JsonSchema;
use serde::Serialize;

/// Something to do, or to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Advice {
    /// How urgent it is.
    pub level: Level,
    /// What is the matter.
    pub what: String,
    /// What mends it; empty if nothing is to be done.
    pub mend: String,
}

/// How urgent something is, most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Something that is asked for cannot be read.
    Blocks,
    /// Everything can be read; this is due all the same.
    Due,
    /// Good to know.
    Note,
}

/// The advice that follows from everything else in `diagnosis`.
pub(super) fn advice(diagnosis: &Diagnosis) -> Vec<Advice> {
    let mut advice = blocked(&diagnosis.requests);
    advice.extend(clocks(diagnosis));
    advice.extend(key(diagnosis));
    advice.extend(notes(diagnosis));
    // Stable: of one level, in the order above.
    advice.sort_by_key(|one| one.level);
    advice
}

/// One line a cause and remedy, with the datasets that it costs.
fn blocked(requests: &[RequestAccess]) -> Vec<Advice> {
    let mut groups: Vec<Vec<&RequestAccess>> = Vec::new();
    // That a count is refused costs the comparison only; that a key was not given, or that there is no account to
    // ask about, is no fault.
    let is_no_fault =
        |cause: Option<Cause>| matches!(cause, Some(Cause::OwnKey | Cause::NoAccount));
    let is_missing = |one: &&RequestAccess| {
        one.access != Access::Answered && one.purpose != "count" && !is_no_fault(one.cause)
    };
    for request in requests.iter().filter(is_missing) {
        let is_one = is_about_scopes(request) || request.cause == Some(Cause::Unreached);
        let is_same = |first: &RequestAccess| {
            first.cause == request.cause && (is_one || first.why == request.why)
        };
        match groups.iter_mut().find(|group| is_same(group[0])) {
            Some(group) => group.push(request),
            None => groups.push(vec![request]),
        }
    }
    groups
        .iter()
        .map(|group| blocked_by(group, requests))
        .collect()
}

/// The line for requests that are refused for one cause.
fn blocked_by(group: &[&RequestAccess], all: &[RequestAccess]) -> Advice {
    let first = group[0];
    let mut datasets: Vec<&str> = Vec::new();
    for request in group {
        if !datasets.contains(&request.dataset.as_str()) {
            datasets.push(&request.dataset);
        }
    }
    let is_everything = all.iter().all(|one| one.access != Access::Answered)
        && first.cause != Some(Cause::OwnKeyRefused);
    let of = match is_everything && group.len() > 1 {
        true => "everything".to_owned(),
        false => datasets.join(", "),
    };
    let mut scopes: Vec<String> = Vec::new();
    for scope in group.iter().filter_map(|one| one.scope.as_ref()) {
        let scope = format!("`{scope}`");
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    let (why, mend) = match is_about_scopes(first) && scopes.len() > 1 {
        true => {
            let sure = match first.cause {
                Some(Cause::ScopeMissing) => "the key lacks the scopes",
                _ => "most likely the key lacks the scopes",
            };
            let scopes = scopes.join(", ");
            (format!("403: {sure} {scopes}"), key_with(&scopes))
        }
        false => (first.why.clone(), first.mend.clone()),
    };
    Advice {
        level: Level::Blocks,
        what: format!("{of}: {why}"),
        mend,
    }
}

fn is_about_scopes(request: &RequestAccess) -> bool {
    matches!(
        request.cause,
        Some(Cause::ScopeMissing | Cause::ScopeLikely)
    )
}

/// Whether it is a count that was refused, while its listing is answered.
fn is_only_a_count(request: &RequestAccess, all: &[RequestAccess]) -> bool {
    let mut listings = all
        .iter()
        .filter(|one| one.dataset == request.dataset && one.purpose != "count");
    request.purpose == "count" && listings.any(|one| one.access == Access::Answered)
}

fn clocks(diagnosis: &Diagnosis) -> Option<Advice> {
    let skew = diagnosis.connection.clock_skew_ms?;
    (skew.abs() > CLOCK_SKEW_MAX_MS).then(|| Advice {
        level: Level::Due,
        what: format!(
            "this computer's clock is {} s {} the server's: ages and periods come out wrong by as much",
            skew.abs() / 1000,
            if skew > 0 { "behind" } else { "ahead of" },
        ),
        mend: "set the clock by a time server (NTP)".to_owned(),
    })
}

fn key(diagnosis: &Diagnosis) -> Vec<Advice> {
    let report = &diagnosis.key;
    let Some(key) = &report.key else {
        // Where nothing is answered, the key itself is what to see to first.
        if diagnosis
            .requests
            .iter()
            .all(|one| one.access != Access::Answered)
        {
            return Vec::new();
        }
        let what = match report.identification {
            Identification::NotRead => {
                "when the key expires, how old it is and what it may do is not known: the list of API keys was not read"
            }
            _ => {
                "when the key expires is not known: it is none of the keys that the API lists, as far as their scopes tell"
            }
        };
        return vec![Advice {
            level: Level::Note,
            what: what.to_owned(),
            mend: format!(
                "{CONSOLE_KEYS}, with scopes, `read:keys:admin` among them; or look there when it expires"
            ),
        }];
    };
    let name = match report.identification {
        Identification::Certain => format!("the key `{}`", key.label),
        _ => format!("the key, most likely `{}`,", key.label),
    };
    let mut advice = Vec::new();
    let due = |what: String, mend: String| Advice {
        level: Level::Due,
        what,
        mend,
    };
    match key.expires_in_days {
        Some(days) if days < 0 => advice.push(due(
            format!("{name} has expired"),
            format!("{CONSOLE_KEYS}, then put the new key in place of this one"),
        )),
        Some(days) if days <= EXPIRY_WARNING_DAYS => advice.push(due(
            format!("{name} expires in {}", in_days(days)),
            format!("{CONSOLE_KEYS}, then put the new key in place of this one"),
        )),
        _ => {}
    }
    if let Some(days) = key.age_days.filter(|days| *days >= AGE_WARNING_DAYS) {
        advice.push(due(
            format!(
                "{name} is {} old; keys are due for rotation at {AGE_WARNING_DAYS}",
                in_days(days)
            ),
            format!("{CONSOLE_KEYS}, then revoke this one"),
        ));
    }
    if let Some(what) = may_change(key) {
        advice.push(due(
            format!("{name} {what}: tickmark only reads, and whoever gets hold of the key does not have to"),
            format!("{CONSOLE_KEYS}, with read scopes only"),
        ));
    }
    if report.identification == Identification::Likely {
        advice.push(Advice {
            level: Level::Note,
            what: format!(
                "which key is in use is a guess: {} of the list could have got these answers, `{}` was used last",
                report.others.len() + 1,
                key.label
            ),
            mend: "name it with `--key-label`".to_owned(),
        });
    }
    advice
}

fn may_change(key: &KeyFacts) -> Option<&'static str> {
    if key.is_unscoped() {
        Some("has no scopes and may do everything")
    } else if key.may_write() {
        Some("has scopes that let it change things")
    } else {
        None
    }
}

fn in_days(days: i64) -> String {
    match days {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

fn notes(diagnosis: &Diagnosis) -> Vec<Advice> {
    let note = |what: String, mend: &str| Advice {
        level: Level::Note,
        what,
        mend: mend.to_owned(),
    };
    let mut advice = Vec::new();
    for request in &diagnosis.requests {
        if is_only_a_count(request, &diagnosis.requests) && request.access != Access::Answered {
            advice.push(note(
                format!(
                    "{}: the API's own count is not told ({}), so that nothing is compared with it",
                    request.dataset, request.detail
                ),
                "",
            ));
        }
        if request.access == Access::Answered && !request.why.is_empty() {
            advice.push(note(format!("{}: {}", request.dataset, request.why), ""));
        }
    }
    let harmless = || diagnosis.scopes.droppable.iter().filter(|one| !one.writes);
    if harmless().next().is_some() {
        let told = harmless().map(|one| format!("`{}` ({})", one.scope, one.why));
        advice.push(note(
            format!(
                "scopes that the key could do without: {}",
                told.collect::<Vec<_>>().join(", ")
            ),
            "a dataset whose scope is dropped is denied, unless it is left out with `--without`",
        ));
    }
    advice
}

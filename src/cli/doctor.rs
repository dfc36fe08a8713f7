//! `tickmark doctor`: what a key can read, what that is good for, and what mends the rest.

use super::args::{DoctorArguments, JudgeArguments};
use super::console::{Table, pretty, signs};
use super::exit::{Exit, Failure};
use super::settings::{GivenInput, Setting, Settings};
use super::{Terminal, block_on};
use crate::collect::{Probes, probe};
use crate::doctor::{
    Access, Cause, Certificates, DatasetAccess, DatasetState, Diagnosis, Health, Identification,
    KeyFacts, Level, NeedState, Patient, Step, StepKind, diagnose,
};
use crate::report::Signs;
use jiff::Timestamp;
use std::fmt::Write as _;

/// Names that a step of the ladder shows before it only counts the rest.
const NAMES_SHOWN_MAX: usize = 3;

/// Controls that are named one by one with what they lack.
const OPEN_SHOWN_MAX: usize = 10;

/// Runs `tickmark doctor`.
pub(super) fn run(
    arguments: &DoctorArguments,
    settings: &Settings,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let judge = settings.judge(&JudgeArguments {
        library: arguments.library.clone(),
        lists: arguments.lists.clone(),
        values: arguments.values.clone(),
        ..JudgeArguments::default()
    })?;
    let outside = super::library::lists(settings, &arguments.lists.inputs)?;
    let controls = super::library::load(&judge.controls.value, &outside)?;
    let profile = judge.profile.as_ref().map(|profile| profile.value.as_str());
    let list_names = super::lists::ListNames::of(&controls);
    let plan = super::library::plan(controls, profile, &judge.parameters)?;
    for note in list_names.unread(&judge.inputs, &plan)? {
        terminal.console.note(&note);
    }
    // A list of the settings may be announced before it is there.
    let is_there = |given: &&Setting<GivenInput>| given.value.path.exists();
    let lists: Vec<String> = judge
        .inputs
        .iter()
        .filter(is_there)
        .map(|given| given.value.name.clone())
        .collect();
    let without = super::collect::known_datasets(&arguments.without)?;
    let api = settings.api(&arguments.api, None)?;
    let request = super::collect::probe_request(&api, Probes::AllBut(without.clone()))?;
    let examination = block_on(async { Ok(probe(&request, terminal.progress.as_ref()).await?) })?;
    let diagnosis = diagnose(&Patient {
        org_id: &request.org_id,
        api_url: &request.api_url,
        examination: &examination,
        without: &without,
        key_label: arguments.key_label.as_deref(),
        organization_plan: judge.plan.as_ref().map(|plan| plan.value),
        lists: &lists,
        plan: &plan,
    });
    terminal.console.print(&match arguments.json {
        true => pretty(&diagnosis),
        false => text(&diagnosis, signs()),
    })?;
    Ok(match diagnosis.health {
        Health::Well => Exit::Success,
        Health::Attention => Exit::Found,
        Health::Incomplete => Exit::Incomplete,
        Health::KeyRefused => Exit::KeyRefused,
        Health::Unreached => Exit::Unreachable,
    })
}

fn text(diagnosis: &Diagnosis, signs: Signs) -> String {
    let mut text = facts(diagnosis);
    // Where nothing at all was answered, what stands below is one line many times.
    if is_any_answered(diagnosis) {
        text.push_str(&needs(diagnosis));
        text.push('\n');
        text.push_str(&datasets(diagnosis, signs));
        text.push('\n');
        text.push_str(&ladder(diagnosis));
    }
    if !diagnosis.advice.is_empty() {
        text.push_str("\nwhat to do\n");
    }
    for advice in &diagnosis.advice {
        let sign = match (advice.level, signs) {
            (Level::Blocks, Signs::Unicode) => "✗",
            (Level::Blocks, Signs::Ascii) => "x",
            (Level::Due, _) => "!",
            (Level::Note, Signs::Unicode) => "·",
            (Level::Note, Signs::Ascii) => "-",
        };
        let _ = writeln!(text, "  {sign} {}", advice.what);
        if !advice.mend.is_empty() {
            let _ = writeln!(text, "      {}", advice.mend);
        }
    }
    let _ = writeln!(text, "\n{}", conclusion(diagnosis));
    text
}

/// Organisation, connection, key, plan and limits: a line each.
fn facts(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<14}{value}");
    };
    let organization = &diagnosis.organization;
    line(
        "organisation",
        &match &organization.name {
            Some(name) => format!("{name}, {}", organization.id),
            None => format!("{}, name not told", organization.id),
        },
    );
    let connection = &diagnosis.connection;
    let way = match &connection.proxy {
        Some(proxy) => format!("through the proxy {proxy}"),
        None => "without a proxy".to_owned(),
    };
    line("reached", &format!("{}, {way}", connection.api_url));
    let file = connection.certificates_in_file;
    line(
        "certificates",
        &match connection.certificates {
            Certificates::NotNeeded => "none needed on this computer".to_owned(),
            Certificates::System => "those of this computer".to_owned(),
            Certificates::SystemAndFile => {
                format!("those of this computer, and {file} of the file")
            }
            Certificates::FileAlone => {
                format!("{file} of the file alone: this computer has none")
            }
        },
    );
    line(
        "clock",
        &match connection.clock_skew_ms {
            None => "the server did not tell its time".to_owned(),
            // The server tells whole seconds, and its answer takes a moment.
            Some(skew) if skew.abs() < 2_000 => "within 2 s of the server's".to_owned(),
            Some(skew) if skew > 0 => format!("{} s behind the server's", skew / 1000),
            Some(skew) => format!("{} s ahead of the server's", -skew / 1000),
        },
    );
    let key = &diagnosis.key;
    line(
        "key",
        &match (&key.key, key.identification) {
            (Some(key), Identification::Certain) => key_line(key),
            (Some(key), _) => format!("most likely {}", key_line(key)),
            (None, Identification::NotRead) => {
                "expiry, age and scopes not known: the list of API keys was not read".to_owned()
            }
            (None, _) => "none of those that the API lists".to_owned(),
        },
    );
    if !key.others.is_empty() {
        let names: Vec<String> = key
            .others
            .iter()
            .map(|key| format!("`{}`", key.label))
            .collect();
        line("", &format!("or {}", names.join(", ")));
    }
    if let Some(limit) = &diagnosis.limit {
        let resets = limit
            .resets_at
            .map_or(String::new(), |time| format!(" until {time}"));
        line(
            "rate limit",
            &format!(
                "{} of {} requests left{resets}",
                limit.remaining, limit.limit
            ),
        );
    }
    text
}

/// What the plan and the organisation have to have: a line each.
fn needs(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    for (place, need) in diagnosis.needs.iter().enumerate() {
        let name = if place == 0 { "needs" } else { "" };
        let what = need.needs.split(';').next().unwrap_or_default();
        let shown_by = need.shown_by.join(", ");
        let state = match need.state {
            NeedState::Present => format!("there, as {shown_by} shows"),
            NeedState::Missing => format!("missing, as {shown_by} says"),
            NeedState::NotShown => {
                format!("not shown, since {shown_by} is empty or was not answered")
            }
        };
        let _ = writeln!(text, "{name:<14}{what}: {state}");
    }
    text
}

fn key_line(key: &KeyFacts) -> String {
    let day = |time: Timestamp| time.to_string().chars().take(10).collect::<String>();
    let age = match (key.created_at, key.age_days) {
        (Some(made), Some(days)) => format!("made {} ({days} d ago)", day(made)),
        _ => "age not told".to_owned(),
    };
    let expiry = match (key.expires_at, key.expires_in_days) {
        (Some(end), Some(days)) => format!("expires {} (in {days} d)", day(end)),
        _ => "expiry not told".to_owned(),
    };
    let scopes = match &key.scopes {
        None => "scopes not told".to_owned(),
        Some(scopes) if scopes.is_empty() => "no scopes: it may do everything".to_owned(),
        Some(scopes) if key.may_write() => format!("{} scopes, not all reading", scopes.len()),
        Some(scopes) => format!("{} scopes, all reading", scopes.len()),
    };
    format!("`{}`: {age}, {expiry}, {scopes}", key.label)
}

/// A row each dataset.
fn datasets(diagnosis: &Diagnosis, signs: Signs) -> String {
    let mut table = Table::with_heads(["", "dataset", "state", "why"]);
    for dataset in &diagnosis.datasets {
        let (good, bad) = match signs {
            Signs::Unicode => ("✓", "✗"),
            Signs::Ascii => ("+", "x"),
        };
        let (sign, state) = match dataset.state {
            DatasetState::Readable => (good, "can be read".to_owned()),
            DatasetState::Partly => ("~", format!("without {}", dataset.without.join(", "))),
            DatasetState::Unreadable => (bad, "cannot be read".to_owned()),
            DatasetState::LeftOut => ("-", "left out".to_owned()),
            DatasetState::Exported => ("-", "from exports".to_owned()),
            DatasetState::NotCollected => ("-", "not collected yet".to_owned()),
        };
        table.row([sign.to_owned(), dataset.name.clone(), state, why(dataset)]);
    }
    let asked = diagnosis
        .requests
        .iter()
        .filter(|request| request.access != Access::NotAsked);
    let mut text = table.render();
    let _ = writeln!(
        text,
        "{} endpoints were asked, each for one page; `--json` tells each of them",
        asked.count()
    );
    text
}

/// The cause in a few words.
fn why(dataset: &DatasetAccess) -> String {
    let scope = dataset.scope.as_deref().unwrap_or_default();
    match dataset.cause {
        None => String::new(),
        Some(Cause::KeyUnknown | Cause::KeyUnknownHere) => "401, key not accepted".to_owned(),
        Some(Cause::Plan) => "402, not in the plan".to_owned(),
        Some(Cause::ScopeMissing) => format!("403, the key lacks {scope}"),
        Some(Cause::ScopeLikely) => format!("403, the key most likely lacks {scope}"),
        Some(Cause::NotPermitted) => "403, although the key has the scope".to_owned(),
        Some(Cause::ScopeNotStated) => "403, no scope is stated".to_owned(),
        Some(Cause::Organization) => {
            "wrong organisation id, or a key that reads nothing".to_owned()
        }
        Some(Cause::NotOffered) => "404, not offered here".to_owned(),
        Some(Cause::Refused) => "refused".to_owned(),
        Some(Cause::RateLimit) => "rate limit used up".to_owned(),
        Some(Cause::Server) => "no answer from the server".to_owned(),
        Some(Cause::NotTheApi) => "something else than the API answered".to_owned(),
        Some(Cause::Unreached) => "not reached".to_owned(),
        Some(Cause::OwnKey) => "not tried: needs the directory's own key".to_owned(),
        Some(Cause::OwnKeyRefused) => "the directory's own key is not accepted".to_owned(),
        Some(Cause::NoAccount) => "not tried: no account was listed".to_owned(),
    }
}

/// What more evidence is worth.
fn ladder(diagnosis: &Diagnosis) -> String {
    let ladder = &diagnosis.ladder;
    let mut table = Table::with_heads(["evidence", "conclude", "for some subjects", ""]);
    for step in &ladder.steps {
        table.row([
            step_name(step),
            format!("{} of {}", step.concluded, ladder.controls),
            step.for_some.to_string(),
            match step.usable {
                true => String::new(),
                false => "this version cannot take it in".to_owned(),
            },
        ]);
    }
    let mut text = table.render();
    for control in ladder.open.iter().take(OPEN_SHOWN_MAX) {
        // Fields that come from the same sources are told together.
        let mut groups: Vec<(&[String], Vec<String>)> = Vec::new();
        for field in &control.missing {
            let name = match field.field.as_str() {
                "id" => field.dataset.clone(),
                name => format!("{}.{name}", field.dataset),
            };
            match groups
                .iter_mut()
                .find(|(sources, _)| *sources == field.sources)
            {
                Some((_, names)) => names.push(name),
                None => groups.push((&field.sources, vec![name])),
            }
        }
        let missing: Vec<String> = groups
            .into_iter()
            .map(|(sources, names)| match names == sources {
                true => format!("the list {}", names.join(", ")),
                false => format!("{} from {}", names.join(", "), sources.join(" or ")),
            })
            .chain(control.is_question.then(|| "a person's answer".to_owned()))
            .chain(
                control
                    .unset
                    .iter()
                    .map(|name| format!("a value for {name}")),
            )
            .collect();
        let _ = writeln!(text, "  {} lacks {}", control.id, missing.join("; "));
    }
    let more = ladder.open.len().saturating_sub(OPEN_SHOWN_MAX);
    if more > 0 {
        let _ = writeln!(
            text,
            "  and {more} more: `--json` tells each with what it lacks"
        );
    }
    text
}

fn step_name(step: &Step) -> String {
    let shown: Vec<&str> = step
        .adds
        .iter()
        .take(NAMES_SHOWN_MAX)
        .map(String::as_str)
        .collect();
    let rest = step.adds.len() - shown.len();
    let more = if rest > 0 {
        format!(" and {rest} more")
    } else {
        String::new()
    };
    let names = format!("{}{more}", shown.join(", "));
    match step.kind {
        StepKind::Key => "this key".to_owned(),
        StepKind::Scopes => format!("+ a key that may read {names}"),
        StepKind::Retry => format!("+ answers that failed this time: {names}"),
        StepKind::LeftOut => format!("+ what was left out: {names}"),
        StepKind::Parameters if step.adds.len() == 1 => format!("+ a value for {names}"),
        StepKind::Parameters => format!("+ values for {names}"),
        StepKind::Lists if step.adds.len() == 1 => format!("+ the list {names}"),
        StepKind::Lists => format!("+ the lists {names}"),
        StepKind::Evidence => format!("+ {names}"),
        StepKind::OwnKey => format!("+ a directory's own key: {names}"),
        StepKind::Plan => format!("+ a plan that has {names}"),
        StepKind::NotCollected => format!("+ {names}"),
    }
}

fn is_any_answered(diagnosis: &Diagnosis) -> bool {
    let mut requests = diagnosis.requests.iter();
    requests.any(|one| one.access == Access::Answered)
}

/// The last lines: what can be read, and what cannot although nothing blocks it, each with the way to it.
fn conclusion(diagnosis: &Diagnosis) -> String {
    let due = match diagnosis.health {
        Health::Well => "",
        Health::Attention => "; something is due",
        Health::Incomplete if !is_any_answered(diagnosis) => {
            return "nothing can be read".to_owned();
        }
        Health::Incomplete => {
            return "not everything can be read: controls on the rest come out as unknown"
                .to_owned();
        }
        Health::KeyRefused => return "the key was refused everywhere".to_owned(),
        Health::Unreached => return "the API was not reached".to_owned(),
    };
    // What nothing mends by another key of the organisation counts as no fault, and is still not read.
    let mut unread: Vec<(&str, Vec<&str>)> = Vec::new();
    for dataset in &diagnosis.datasets {
        let mend = match dataset.state {
            DatasetState::Unreadable | DatasetState::Partly => dataset.mend.as_str(),
            DatasetState::LeftOut => "left out on request",
            DatasetState::Readable | DatasetState::Exported | DatasetState::NotCollected => {
                continue;
            }
        };
        match unread.iter_mut().find(|(known, _)| *known == mend) {
            Some((_, names)) => names.push(&dataset.name),
            None => unread.push((mend, vec![&dataset.name])),
        }
    }
    if unread.is_empty() {
        return format!("everything that tickmark asks for can be read{due}");
    }
    let names: Vec<&str> = unread
        .iter()
        .flat_map(|(_, names)| names)
        .copied()
        .collect();
    let mut text = format!(
        "everything that tickmark asks for can be read, but not {}{due}",
        names.join(", ")
    );
    for (mend, names) in unread {
        let _ = write!(text, "\n  {}: {mend}", names.join(", "));
    }
    text
}

#[cfg(test)]
mod tests;

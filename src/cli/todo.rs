//! `tickmark todo`: what people have to do next, when, where, and how long it takes.

use super::Terminal;
use super::args::{JudgeArguments, TodoArguments};
use super::attestations::{POLICIES_GUIDE, POLICIES_MINUTES, current, question, read};
use super::console::{Table, pretty};
use super::exit::{Exit, Failure};
use super::lists::{declared, kept_reviews, list};
use super::settings::{Judge, Settings};
use crate::assess::{Assessment, AttestationState, Outcome, Reason};
use crate::catalog;
use crate::import::review::{self, ReviewKind};
use crate::import::{List, last_day};
use crate::plan::Plan;
use crate::progress::neutral;
use crate::snapshot::{
    EXPORT_AGE_DAYS_MAX, ExportKind, ExportStatement, InputStatement, POLICIES, RecordSource,
    Snapshot,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use serde_json::Value;
use std::fmt::Write as _;

/// Days after which a review is due again: a quarter, as access reviews are usually asked for.
const REVIEW_DAYS: i64 = 92;
/// Minutes for what states none itself: to extract a list and give it.
const LIST_MINUTES: u32 = 10;
/// Minutes to ask the console for an export, and to give the file that comes by e-mail.
const EXPORT_MINUTES: u32 = 5;
/// Minutes to make a new key and put it where tickmark reads it.
const KEY_MINUTES: u32 = 10;
/// Rows of a sheet that are decided in a minute.
const ROWS_A_MINUTE: u64 = 4;

/// What sort of thing is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Sort {
    Key,
    Export,
    Attestation,
    List,
    Review,
}

impl Sort {
    fn word(self) -> &'static str {
        match self {
            Sort::Key => "key",
            Sort::Export => "export",
            Sort::Attestation => "attestation",
            Sort::List => "list",
            Sort::Review => "review",
        }
    }
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Task {
    /// The day by which it is to be done: for what is missing or no longer counts, the day that is looked from.
    due_on: Date,
    sort: Sort,
    /// What it is about: a control, an export, a list, a review, a key.
    name: String,
    /// Why it is to be done.
    why: String,
    /// Where to click, and what to keep.
    steps: Vec<String>,
    /// The command that takes what comes of it; empty if none does.
    command: String,
    /// Minutes that it takes, as far as that is known beforehand.
    minutes: u32,
    /// Controls that wait for it, by id.
    controls: Vec<String>,
}

/// Runs `tickmark todo`: 0 if nothing is due within the days asked for, 1 if something is.
pub(super) fn run(
    arguments: &TodoArguments,
    settings: &Settings,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let judge = settings.judge(&JudgeArguments {
        library: arguments.asked.library.clone(),
        values: arguments.asked.values.clone(),
        lists: arguments.lists.clone(),
        kept: arguments.kept.clone(),
        ..JudgeArguments::default()
    })?;
    let as_of = arguments.as_of.unwrap_or_else(super::collect::now);
    let snapshot = arguments
        .snapshot
        .as_deref()
        .map(Snapshot::open)
        .transpose()?;
    let today = as_of.to_zoned(TimeZone::UTC).date();
    let horizon = today
        .checked_add(i64::from(arguments.days).days())
        .unwrap_or(Date::MAX);
    let known = Known::read(judge, as_of)?;
    let assessment = known.assessed(snapshot.as_ref(), as_of)?;
    let mut tasks = known.attestations(&assessment, today);
    if let Some(snapshot) = &snapshot {
        tasks.extend(known.exports(snapshot, &assessment, today));
    }
    tasks.extend(known.lists(as_of, today));
    tasks.extend(known.reviews(snapshot.as_ref(), today)?);
    if let Some(snapshot) = &snapshot {
        tasks.extend(keys(snapshot, today)?);
    }
    tasks.retain(|task| task.due_on <= horizon);
    tasks.sort();
    if arguments.json {
        terminal.console.print(&pretty(&tasks))?;
    } else {
        terminal
            .console
            .print(&shown(&tasks, today, arguments.days, snapshot.is_some()))?;
    }
    Ok(match tasks.is_empty() {
        true => Exit::Success,
        false => Exit::Found,
    })
}

/// What is asked of people, and what they have given.
struct Known {
    judge: Judge,
    plan: Plan,
    attestations: crate::import::Attestations,
    lists: Vec<List>,
}

impl Known {
    fn read(judge: Judge, as_of: Timestamp) -> Result<Known, Failure> {
        let outside = judge
            .inputs
            .iter()
            .map(|given| declared(&given.value))
            .collect::<Result<Vec<_>, _>>()?;
        let controls = super::library::load(&judge.controls.value, &outside)?;
        let (attestations, mut problems) = read(judge.attestations.as_ref(), &controls)?;
        let profile = judge.profile.as_ref().map(|profile| profile.value.as_str());
        let plan = super::library::plan(controls, profile, &judge.parameters)?;
        problems.extend(attestations.problems_in(&plan));
        if !problems.is_empty() {
            return Err(Failure::problems(problems));
        }
        let mut lists = match &judge.reviews {
            Some(dir) => Vec::from_iter(kept_reviews(&dir.value, &plan, Some(as_of))?),
            None => Vec::new(),
        };
        for (given, outside) in judge.inputs.iter().zip(outside) {
            lists.push(list(given.value.clone(), outside, &plan)?);
        }
        Ok(Known {
            judge,
            plan,
            attestations,
            lists,
        })
    }

    /// How every control stands at `as_of`, over `snapshot` if there is one.
    fn assessed(
        &self,
        snapshot: Option<&Snapshot>,
        as_of: Timestamp,
    ) -> Result<Assessment, Failure> {
        let asked_at = match snapshot {
            // A snapshot can be judged from its end on.
            Some(snapshot) => as_of.max(snapshot.manifest().collected.to),
            None => as_of,
        };
        super::attestations::judged(
            &self.plan,
            &self.attestations,
            &self.judge,
            snapshot,
            asked_at,
        )
    }

    /// Exports that controls need and nobody gave, and those that no longer count, or not for long.
    fn exports(&self, snapshot: &Snapshot, assessment: &Assessment, today: Date) -> Vec<Task> {
        let manifest = snapshot.manifest();
        let mut tasks = Vec::new();
        for kind in ExportKind::ALL {
            let controls = self.controls_on(kind, assessment);
            let mut files = manifest.exports.files.iter();
            let newest = files.find(|file| file.kind == kind);
            let Some((due_on, why)) = (match newest {
                None if controls.is_empty() => None,
                None => Some((
                    today,
                    "controls read what only it tells, and nobody gave it".to_owned(),
                )),
                Some(file) => due_export(file, assessment, today),
            }) else {
                continue;
            };
            let source = catalog::DATASETS
                .iter()
                .flat_map(|dataset| dataset.sources)
                .find(|source| source.name == kind.source())
                .expect("the catalog has every kind of export");
            let path = source.request.trim_start_matches("console: ");
            let mut steps = vec![
                format!("Atlassian Administration > {path}"),
                format!("It takes {}.", source.needs),
            ];
            if kind == ExportKind::ManagedAccounts {
                steps.push(format!(
                    "Without it, people can attest what policies set: tickmark attestations new {POLICIES}"
                ));
            }
            tasks.push(Task {
                due_on,
                sort: Sort::Export,
                name: kind.source().to_owned(),
                why,
                steps,
                command: format!(
                    "tickmark import {} FILE,extracted_on={today} --out NEW",
                    snapshot.dir().display()
                ),
                minutes: EXPORT_MINUTES,
                controls,
            });
        }
        tasks
    }

    /// Ids of the controls that read a field which no API gives and of which exports of `kind` tell first. Those
    /// that do not apply to the organisation need nothing.
    fn controls_on(&self, kind: ExportKind, assessment: &Assessment) -> Vec<String> {
        let is_first = |(dataset, field): &(String, String)| {
            let field = catalog::dataset(dataset).and_then(|dataset| dataset.field(field));
            let first = field.and_then(|field| field.sources.first());
            first == Some(&kind.source()) && dataset != "exports"
        };
        let applies = |id: &str| {
            let mut controls = assessment.controls.iter();
            let found = controls.find(|control| control.id == id);
            found.is_some_and(|control| {
                let is_too_low = |reason: &Reason| matches!(reason, Reason::PlanTooLow { .. });
                !control.reasons.iter().any(is_too_low)
            })
        };
        let controls = self.plan.controls.iter();
        controls
            .filter(|planned| applies(planned.id().as_str()))
            .filter(|planned| planned.fields_read(&self.plan.sets).iter().any(is_first))
            .map(|planned| planned.id().to_string())
            .collect()
    }

    /// Questions without an answer that counts, and answers that will not count for long.
    fn attestations(&self, assessment: &Assessment, today: Date) -> Vec<Task> {
        let mut tasks = Vec::new();
        for planned in &self.plan.controls {
            let Some(question) = question(planned) else {
                continue;
            };
            let control = assessment
                .controls
                .iter()
                .find(|control| control.id == planned.id().as_str());
            let current = control.and_then(|control| current(assessment, control));
            let is_moot = control.is_none_or(|control| control.outcome == Outcome::NotApplicable);
            if is_moot {
                continue;
            }
            let last = current.and_then(|used| last_day(&used.statement, question));
            let (due_on, why) = match (current.map(|used| &used.state), last) {
                (None, _) => (today, "nobody has answered".to_owned()),
                (Some(AttestationState::Valid | AttestationState::Expiring), Some(last)) => {
                    (last, format!("the answer counts until {last}"))
                }
                (Some(AttestationState::Expired), Some(last)) => {
                    (today, format!("the answer counted until {last}"))
                }
                (Some(AttestationState::Stale { change }), _) => (
                    today,
                    format!(
                        "changed after the answer: {} on {}",
                        change.action, change.at
                    ),
                ),
                (Some(AttestationState::OtherQuestion), _) => (
                    today,
                    "what is asked is no longer what was answered".to_owned(),
                ),
                (Some(_), _) => {
                    let lacks =
                        current.map_or(String::new(), |used| used.statement.lacks.join(", "));
                    (today, format!("an answer was begun and lacks {lacks}"))
                }
            };
            let name = planned.control.code.clone();
            let name = name.unwrap_or_else(|| planned.id().to_string());
            let guide = question.guide.lines().map(|line| line.trim().to_owned());
            tasks.push(Task {
                due_on,
                sort: Sort::Attestation,
                command: format!("tickmark attestations new {name}"),
                name,
                why,
                steps: std::iter::once(question.text.trim().to_owned())
                    .chain(guide.filter(|line| !line.is_empty()))
                    .collect(),
                minutes: question.minutes,
                controls: vec![planned.id().to_string()],
            });
        }
        tasks.extend(attested_policies(assessment, today));
        tasks
    }

    /// Lists that controls read and nobody gave, and those that will be too old.
    fn lists(&self, as_of: Timestamp, today: Date) -> Vec<Task> {
        let mut tasks = Vec::new();
        for name in self.plan.inputs.keys() {
            let short = name.strip_prefix(crate::catalog::INPUTS).unwrap_or(name);
            if short == review::LIST {
                continue;
            }
            let given = self.lists.iter().rev().find(|list| list.name() == name);
            let (due_on, why) = match given.map(List::statement) {
                None => (today, "controls read it, and nobody gave it".to_owned()),
                Some(statement) => match due(statement, as_of, today) {
                    Some(due) => due,
                    None => continue,
                },
            };
            let controls = self.plan.controls.iter().filter(|planned| {
                let own = planned.control.inputs.iter();
                let in_population = planned
                    .population
                    .as_ref()
                    .is_some_and(|population| population.dataset.name() == name);
                own.map(|schema| schema.name()).any(|own| own == name) || in_population
            });
            tasks.push(Task {
                due_on,
                sort: Sort::List,
                name: short.to_owned(),
                why,
                steps: vec![format!(
                    "Extract {short} from its system, with the day of the extract."
                )],
                command: format!(
                    "tickmark assess SNAPSHOT --input {short}={short}.csv,extracted_on={today}"
                ),
                minutes: LIST_MINUTES,
                controls: controls.map(|planned| planned.id().to_string()).collect(),
            });
        }
        tasks
    }

    /// Reviews that were never made, or too long ago. Only where a control asks for them.
    fn reviews(&self, snapshot: Option<&Snapshot>, today: Date) -> Result<Vec<Task>, Failure> {
        let list = format!("{}{}", crate::catalog::INPUTS, review::LIST);
        if !self.plan.inputs.contains_key(&list) {
            return Ok(Vec::new());
        }
        let kept = match &self.judge.reviews {
            Some(dir) => review::kept(&dir.value)?,
            None => Vec::new(),
        };
        let kinds = [
            ReviewKind::Admins,
            ReviewKind::Accounts,
            ReviewKind::Idle { days: 90 },
            ReviewKind::Tokens,
        ];
        let mut tasks = Vec::new();
        for kind in kinds {
            let word = kind.word();
            let newest = kept.iter().find(|(_, review)| {
                ReviewKind::marked(&review.review).map(ReviewKind::word) == Some(word)
            });
            let (due_on, why) = match newest {
                None => (today, "never reviewed".to_owned()),
                Some((_, review)) => {
                    let day = review.reviewed_on;
                    let due = day.checked_add(REVIEW_DAYS.days()).unwrap_or(Date::MAX);
                    (due.max(today), format!("reviewed on {day}"))
                }
            };
            let rows = match snapshot {
                Some(snapshot) => review::count(kind, snapshot).ok(),
                None => None,
            };
            let minutes = rows.map_or(0, |rows| rows.div_ceil(ROWS_A_MINUTE));
            let where_from = match snapshot {
                Some(snapshot) => snapshot.dir().display().to_string(),
                None => "SNAPSHOT".to_owned(),
            };
            let what = match rows {
                Some(rows) => format!("Decide {rows} rows: keep, remove or change."),
                None => "Decide each row: keep, remove or change.".to_owned(),
            };
            tasks.push(Task {
                due_on,
                sort: Sort::Review,
                name: word.to_owned(),
                why,
                steps: vec![what],
                command: format!("tickmark review new {word} {where_from} --out {word}.csv"),
                minutes: u32::try_from(minutes).unwrap_or(u32::MAX).max(LIST_MINUTES),
                controls: Vec::new(),
            });
        }
        Ok(tasks)
    }
}

/// When an export is due again, and why; `None` where nobody says its day, which its own reason tells.
fn due_export(
    file: &ExportStatement,
    assessment: &Assessment,
    today: Date,
) -> Option<(Date, String)> {
    if let Some(why) = file.stale(assessment.as_of) {
        return Some((today, why));
    }
    let mut told = assessment.policy_changes.iter();
    let changes = told.find(|changes| changes.sha256 == file.sha256);
    if let Some(why) = changes.and_then(|changes| changes.why_stale()) {
        return Some((today, why));
    }
    let last = file
        .extracted_on?
        .checked_add(EXPORT_AGE_DAYS_MAX.days())
        .unwrap_or(Date::MAX);
    let taken = file.taken_in_words();
    Some((last, format!("{taken}, counts until {last}")))
}

/// What is due of an attestation of policies that somebody began or gave; nobody has to give one.
fn attested_policies(assessment: &Assessment, today: Date) -> Option<Task> {
    let mut uses = assessment.attestations.iter();
    let used = uses.find(|used| {
        used.statement.policies.is_some() && used.state != AttestationState::Superseded
    })?;
    let (due_on, why) = match (&used.state, used.counts_until) {
        (AttestationState::Valid | AttestationState::Expiring, Some(last)) => {
            (last, format!("the attestation counts until {last}"))
        }
        (AttestationState::Expired, Some(last)) => {
            (today, format!("the attestation counted until {last}"))
        }
        (AttestationState::Stale { change }, _) => (
            today,
            format!("changed after it: {} on {}", change.action, change.at),
        ),
        _ => {
            let lacks = used.statement.lacks.join(", ");
            (today, format!("it was begun and lacks {lacks}"))
        }
    };
    Some(Task {
        due_on,
        sort: Sort::Attestation,
        name: POLICIES.to_owned(),
        why,
        steps: vec![POLICIES_GUIDE.to_owned()],
        command: format!("tickmark attestations new {POLICIES}"),
        minutes: POLICIES_MINUTES,
        controls: Vec::new(),
    })
}

/// When a list is due, and why; `None` where nothing says that it ages.
fn due(statement: &InputStatement, as_of: Timestamp, today: Date) -> Option<(Date, String)> {
    let completeness = statement.completeness(as_of);
    if !completeness.is_whole() {
        return Some((today, completeness.detail().to_owned()));
    }
    let (day, age) = (statement.extracted_on?, statement.max_age_days?);
    let last = day.checked_add(i64::from(age).days()).unwrap_or(Date::MAX);
    Some((last, format!("extracted on {day}, counts until {last}")))
}

/// Keys of the organisation that expire.
fn keys(snapshot: &Snapshot, today: Date) -> Result<Vec<Task>, Failure> {
    const KEYS: &str = "api_keys";
    let mut tasks = Vec::new();
    let mut text = String::new();
    for frame in 0..snapshot.frame_count(KEYS) {
        snapshot.read_frame(KEYS, frame, &mut text)?;
        for line in text.lines() {
            // The snapshot is its own: a line that is no record would not have been written.
            let Ok(key) = serde_json::from_str::<Value>(line) else {
                continue;
            };
            let member = |name: &str| key.get(name).and_then(Value::as_str);
            let Some(expiry) = member("expires_at").and_then(|time| time.parse::<Timestamp>().ok())
            else {
                continue;
            };
            let label = member("label").or(member("id")).unwrap_or("(not named)");
            let day = expiry.to_zoned(TimeZone::UTC).date();
            let why = match day < today {
                true => format!("expired on {day}"),
                false => format!("expires on {day}"),
            };
            tasks.push(Task {
                due_on: day.max(today),
                sort: Sort::Key,
                name: label.to_owned(),
                why,
                steps: vec![
                    "Organization settings > API keys > Create API key, with the same scopes."
                        .to_owned(),
                    "Put the new key where tickmark reads it; then revoke the old one.".to_owned(),
                ],
                command: String::new(),
                minutes: KEY_MINUTES,
                controls: Vec::new(),
            });
        }
    }
    Ok(tasks)
}

fn shown(tasks: &[Task], today: Date, days: u32, with_snapshot: bool) -> String {
    let mut text = String::new();
    let hint = match with_snapshot {
        true => "",
        false => {
            "Keys, exports and changes in the audit log are seen with a snapshot: tickmark todo SNAPSHOT\n"
        }
    };
    if tasks.is_empty() {
        let _ = writeln!(
            text,
            "Nothing is due within {days} days of {today}.\n{hint}"
        );
        return text.trim_end().to_owned() + "\n";
    }
    let minutes: u64 = tasks.iter().map(|task| u64::from(task.minutes)).sum();
    let things = match tasks.len() {
        1 => "1 thing is".to_owned(),
        count => format!("{count} things are"),
    };
    let _ = writeln!(
        text,
        "{things} due within {days} days of {today}, about {minutes} minutes in all.\n"
    );
    let mut table = Table::with_heads(["due", "what", "name", "minutes", "why"]);
    for task in tasks {
        let due = match task.due_on <= today {
            true => "now".to_owned(),
            false => task.due_on.to_string(),
        };
        table.row([
            due,
            task.sort.word().to_owned(),
            neutral(&task.name).into_owned(),
            task.minutes.to_string(),
            neutral(&task.why).into_owned(),
        ]);
    }
    text.push_str(&table.render());
    for task in tasks {
        let _ = writeln!(text, "\n{} {}", task.sort.word(), neutral(&task.name));
        for step in &task.steps {
            let _ = writeln!(text, "  {}", neutral(step));
        }
        if !task.command.is_empty() {
            let _ = writeln!(text, "  {}", neutral(&task.command));
        }
    }
    if !hint.is_empty() {
        let _ = write!(text, "\n{hint}");
    }
    text
}

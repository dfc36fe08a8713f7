//! `tickmark controls explain`: a control in words, and on a snapshot why a subject came out as it did.

use super::show::find;
use crate::assess::AssessOptions;
use crate::catalog::INPUTS;
use crate::cli::Terminal;
use crate::cli::args::{ExplainArguments, TextOrJson};
use crate::cli::console::pretty;
use crate::cli::exit::{Exit, Failure};
use crate::cli::library::{files, lists, plan_of};
use crate::cli::lists::{kept_reviews, list};
use crate::cli::settings::Settings;
use crate::control;
use crate::import::WithLists;
use crate::progress::counted;
use crate::report;
use crate::snapshot::{RecordSource, Snapshot};
use crate::workbench::{
    ConclusionExplanation, ConditionExplanation, ControlExplanation, FoundExplanation,
    SubjectExplanation, SubjectSearch, explain, explain_conclusion, explain_subject,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::sync::Arc;

/// Runs `tickmark controls explain`. Settings and flags mean what they mean to `assess`.
pub(super) fn run(
    arguments: &ExplainArguments,
    settings: &Settings,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let judge = settings.judge(&arguments.judge())?;
    let outside = lists(settings, &arguments.lists.inputs)?;
    let (library, problems) = control::load_with(&files(&judge.controls.value)?, &outside);
    let control = find(&arguments.id, &library, problems.clone())?;
    let (attestations, mistakes) =
        crate::cli::attestations::read(judge.attestations.as_ref(), &library)?;
    let profile = judge.profile.as_ref();
    if profile.is_some() {
        // A profile may speak of any control.
        problems.or(()).map_err(Failure::problems)?;
    }
    let profile = profile.map(|profile| profile.value.as_str());
    let (plan, left_out) = plan_of(&control, library, profile, &judge.parameters)?;
    let options = AssessOptions {
        as_of: arguments.as_of,
        organization_plan: judge.plan.map(|plan| plan.value),
        threads: None,
    };
    let control = explain(&plan);
    let mut json = Map::new();
    json.insert("control".to_owned(), to_json(&control));
    let mut text = in_words(&control);
    if let Some(left_out) = left_out {
        let why = format!(
            "{} ({})",
            harmless(&left_out.reason),
            harmless(&left_out.origin)
        );
        let _ = writeln!(text, "\nleft out by the profile, and not tested: {why}");
        json.insert("left_out".to_owned(), why.into());
    }
    if let Some(dir) = &arguments.snapshot {
        let snapshot = Snapshot::open(dir)?;
        mistakes.or(()).map_err(Failure::problems)?;
        let given = judge.inputs.into_iter().filter_map(|given| {
            let name = format!("{INPUTS}{}", given.value.name);
            let schema = outside.iter().find(|list| list.name() == name)?;
            // What another control reads is not needed here.
            let is_read = plan.inputs.contains_key(&name);
            is_read.then(|| list(given.value, Arc::clone(schema), &plan))
        });
        let mut given = given.collect::<Result<Vec<_>, _>>()?;
        if let Some(dir) = &judge.reviews {
            // A list that was named outranks the reviews that were kept.
            let as_of = arguments.as_of.unwrap_or(snapshot.manifest().collected.to);
            let kept = kept_reviews(&dir.value, &plan, Some(as_of))?;
            given.splice(0..0, kept);
        }
        let snapshot = WithLists::new(&snapshot, &given).with_answers(&attestations);
        match &arguments.subject {
            None => {
                let conclusion = explain_conclusion(&plan, &snapshot, options)?;
                text.push_str(&conclusion_in_words(&conclusion));
                let mut explained = to_json(&conclusion);
                explained["settled_by"] = settled_by(&conclusion).into();
                json.insert("conclusion".to_owned(), explained);
            }
            Some(id) => match explain_subject(&plan, &snapshot, options, id)? {
                SubjectSearch::Found(subject) => {
                    text = subject_in_words(&subject, &control);
                    json.insert("subject".to_owned(), to_json(&*subject));
                }
                SubjectSearch::Finding { message, reasons } => {
                    text = format!("{}: {}: {}\n", control.id, harmless(id), harmless(&message));
                    for reason in &reasons {
                        let _ = writeln!(text, "  {}", harmless(reason));
                    }
                    let finding = json!({ "subject": id, "message": message, "reasons": reasons });
                    json.insert("finding".to_owned(), finding);
                }
                SubjectSearch::NoSubjects => {
                    return Err(Failure::usage(
                        format!("`{}` looks at no records: a person answers it", control.id),
                        "leave `--subject` out",
                    ));
                }
                SubjectSearch::NotThere { near } => {
                    let population = plan.controls[0].population.as_ref();
                    let noun = population.map_or(("subject", "subjects"), |population| {
                        population.dataset.noun()
                    });
                    return Err(not_there(id, noun, &near));
                }
            },
        }
    }
    match arguments.format {
        TextOrJson::Text => terminal.console.print(&text)?,
        TextOrJson::Json => terminal.console.print(&pretty(&Value::Object(json)))?,
    }
    Ok(Exit::Success)
}

fn to_json(explanation: &impl serde::Serialize) -> Value {
    serde_json::to_value(explanation).expect("an explanation has text keys and whole numbers")
}

fn not_there(id: &str, noun: (&str, &str), near: &[(String, String)]) -> Failure {
    let help = if near.is_empty() {
        format!(
            "a subject is named by its id; `tickmark datasets query` finds {}",
            noun.1
        )
    } else {
        let known: Vec<String> = near
            .iter()
            .map(|(id, label)| match label.is_empty() {
                true => format!("`{}`", harmless(id)),
                false => format!("`{}` ({})", harmless(id), harmless(label)),
            })
            .collect();
        format!("did you mean {}?", known.join(", "))
    };
    let message = format!("the snapshot has no {} `{}`", noun.0, harmless(id));
    Failure::usage(message, help)
}

/// The control, its parameters, and what it reads.
fn in_words(control: &ControlExplanation) -> String {
    let mut text = String::new();
    let code = control.code.iter().map(|code| format!("{code}  "));
    let code: String = code.collect();
    let _ = writeln!(text, "{}{}  {}", code, control.id, control.severity.word());
    let _ = writeln!(text, "{}", control.title);
    let _ = writeln!(text, "{}:{}", control.file, control.line);
    let _ = writeln!(text, "\n{}", control.sentence);
    if let Some(plan) = control.requires_plan {
        let _ = writeln!(
            text,
            "It applies to an organisation with {} or higher.",
            plan.word()
        );
    }
    for set in &control.sets {
        let _ = writeln!(text, "The set {set}.");
    }
    if !control.parameters.is_empty() {
        let _ = writeln!(text, "\nparameters");
        for parameter in &control.parameters {
            let value = match &parameter.value {
                Value::Null => "not set".to_owned(),
                value => value.to_string(),
            };
            let _ = writeln!(
                text,
                "  {} = {value} ({}): {}",
                parameter.name, parameter.origin, parameter.about
            );
        }
    }
    if control.is_answered_by_a_person {
        let _ = writeln!(text, "\nreads no records; the answer is an attestation");
        return text;
    }
    let _ = writeln!(
        text,
        "\nreads, in {}",
        counted(control.scans.len() as u64, "scan")
    );
    for scan in &control.scans {
        let _ = writeln!(text, "  {} ({})", scan.dataset, scan.used_as.join(", "));
        let _ = writeln!(text, "    fields  {}", scan.fields.join(", "));
        for source in &scan.sources {
            let request = match source.request.is_empty() {
                true => "no API gives it".to_owned(),
                false => source.request.clone(),
            };
            let scope = match source.scope.is_empty() {
                true => String::new(),
                false => format!("; scope {}", source.scope),
            };
            let needs = match source.needs.is_empty() {
                true => String::new(),
                false => format!("; needs {}", source.needs),
            };
            let _ = writeln!(text, "    source  {}: {request}{scope}{needs}", source.name);
        }
    }
    text
}

/// What would settle what is open, each once.
fn settled_by(conclusion: &ConclusionExplanation) -> Vec<String> {
    let nouns = conclusion.population.as_ref().map_or_else(
        || ("subject".to_owned(), "subjects".to_owned()),
        |population| population.noun.clone(),
    );
    let mut said = Vec::new();
    for reason in &conclusion.open {
        let settles = report::settles(reason, &nouns);
        if !settles.is_empty() && !said.contains(&settles) {
            said.push(settles);
        }
    }
    said
}

/// The outcome, what would settle what is open, and the ledger.
fn conclusion_in_words(conclusion: &ConclusionExplanation) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "\n{} as of {}", conclusion.outcome, conclusion.as_of);
    for reason in &conclusion.reasons {
        let _ = writeln!(text, "  {}", harmless(reason));
    }
    if !conclusion.notes.is_empty() {
        let _ = writeln!(text, "to be known");
        for note in &conclusion.notes {
            let _ = writeln!(text, "  {}", harmless(note));
        }
    }
    let settled_by = settled_by(conclusion);
    if !settled_by.is_empty() {
        let _ = writeln!(text, "what would settle it");
        for settles in &settled_by {
            let _ = writeln!(text, "  {}", harmless(settles));
        }
    }
    let Some(population) = &conclusion.population else {
        return text;
    };
    let api = population
        .api_count
        .map(|count| format!(", the API counts {count}"));
    let _ = writeln!(
        text,
        "\n  {:>8}  {} fetched{}",
        population.fetched,
        population.noun.1,
        api.unwrap_or_default()
    );
    for line in &population.ledger {
        let what = match line.what {
            "outside" => format!("outside, not so that {}", line.label),
            _ => format!("left out: {}", line.label),
        };
        let _ = writeln!(
            text,
            "  {:>8}  {what}  {}",
            format!("-{}", line.records),
            line.at
        );
    }
    let _ = writeln!(
        text,
        "  {:>8}  in scope",
        format!("={}", population.in_scope)
    );
    for (outcome, records) in &population.outcomes {
        let _ = writeln!(text, "  {records:>8}    {outcome}");
    }
    text
}

/// What became of a subject, then every condition with what it found.
fn subject_in_words(subject: &SubjectExplanation, control: &ControlExplanation) -> String {
    let mut text = String::new();
    let label = match subject.label.is_empty() {
        true => String::new(),
        false => format!(" ({})", harmless(&subject.label)),
    };
    let _ = writeln!(
        text,
        "{}: {}{label}: {}",
        control.id,
        harmless(&subject.id),
        subject.standing
    );
    let _ = writeln!(text, "{}", subject.because);
    if !subject.not_asked.is_empty() {
        let _ = writeln!(text, "{}", subject.not_asked);
    }
    if !subject.settled_by.is_empty() {
        let _ = writeln!(text, "\nwhat is missing");
        for reason in &subject.settled_by {
            let _ = writeln!(text, "  {}", harmless(reason));
        }
    }
    if !subject.population.is_empty() {
        let _ = writeln!(text, "\npopulation: all must hold");
        for condition in &subject.population {
            condition_in_words(condition, 1, &mut text);
        }
    }
    for exclusion in &subject.exclusions {
        let _ = writeln!(text, "\nleft out if it holds: {}", exclusion.reason);
        condition_in_words(&exclusion.condition, 1, &mut text);
    }
    if let Some(requirement) = &subject.requirement {
        let _ = writeln!(text, "\nrequired");
        condition_in_words(requirement, 1, &mut text);
    }
    text
}

fn condition_in_words(condition: &ConditionExplanation, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    let _ = writeln!(text, "{indent}{:<8} {}", condition.truth, condition.label);
    let _ = writeln!(text, "{indent}         at {}", condition.at);
    for found in &condition.found {
        let _ = writeln!(text, "{indent}         {}", found_in_words(found));
    }
    for member in &condition.members {
        let from = from_in_words(&member.source, member.collected_at);
        let _ = writeln!(
            text,
            "{indent}         the set {} has it from {} of {}{from}",
            member.set,
            harmless(&member.id),
            member.dataset
        );
    }
    for reason in &condition.reasons {
        let _ = writeln!(text, "{indent}         {}", harmless(reason));
    }
    for part in &condition.parts {
        condition_in_words(part, depth + 1, text);
    }
}

fn found_in_words(found: &FoundExplanation) -> String {
    let value = match (found.present, &found.value) {
        (false, _) => "is absent: not known".to_owned(),
        (true, Value::Null) => "is none, as is known".to_owned(),
        (true, value) => format!("= {}", harmless(&value.to_string())),
    };
    let from = from_in_words(&found.source, found.collected_at);
    format!("{} {value}{from}", found.field)
}

fn from_in_words(source: &str, collected_at: Option<Timestamp>) -> String {
    match (source.is_empty(), collected_at) {
        (true, _) => String::new(),
        (false, None) => format!(", from {}", harmless(source)),
        (false, Some(at)) => format!(", from {} at {at}", harmless(source)),
    }
}

/// Text of an organisation without what a terminal would act on.
fn harmless(text: &str) -> String {
    crate::progress::neutral(text).into_owned()
}

//! `tickmark controls list`.

use super::needs::{Needs, known_sources};
use crate::catalog::{DATASETS, InputSchema};
use crate::cli::Terminal;
use crate::cli::args::ListArguments;
use crate::cli::console::{Table, pretty};
use crate::cli::exit::{Exit, Failure};
use crate::cli::library::{lists, load};
use crate::cli::settings::Settings;
use crate::control::{Control, OrganizationPlan, Severity};
use crate::diagnostic::did_you_mean;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) fn run(
    arguments: &ListArguments,
    settings: &Settings,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let outside = lists(settings, &arguments.outside.inputs)?;
    let controls = load(&arguments.controls, &outside)?;
    check_words(arguments, &controls, &outside)?;
    let count = controls.len();
    let mut fitting = Vec::new();
    for control in controls {
        let needs = Needs::of(control).map_err(Failure::problems)?;
        if fits(arguments, &needs) {
            fitting.push(needs);
        }
    }
    if arguments.json {
        let rows: Vec<Row<'_>> = fitting.iter().map(Row::of).collect();
        terminal.console.print(&pretty(&rows))?;
        return Ok(Exit::Success);
    }
    let mut table = Table::with_heads(["id", "code", "severity", "dataset", "title"]);
    for needs in &fitting {
        let control = needs.control();
        table.row([
            control.id.to_string(),
            control.code.clone().unwrap_or_default(),
            control.severity.word().to_owned(),
            dataset(control).unwrap_or("-").to_owned(),
            needs.planned.title(),
        ]);
    }
    terminal.console.print(&table.render())?;
    if fitting.len() < count {
        terminal
            .console
            .note(&format!("{} of {count} controls\n", fitting.len()));
    }
    Ok(Exit::Success)
}

/// One control, for programs.
#[derive(Serialize)]
struct Row<'n> {
    id: &'n str,
    code: Option<&'n str>,
    severity: Severity,
    /// Dataset of the population; `None` where a person answers.
    dataset: Option<&'n str>,
    title: String,
    tags: &'n [String],
    datasets: Vec<&'n str>,
    sources: BTreeSet<&'static str>,
    maps_to: BTreeMap<&'n str, Vec<&'n str>>,
    owner: Option<&'n str>,
    requires_plan: Option<OrganizationPlan>,
    file: &'n str,
}

impl<'n> Row<'n> {
    fn of(needs: &'n Needs) -> Row<'n> {
        let control = needs.control();
        Row {
            id: control.id.as_str(),
            code: control.code.as_deref(),
            severity: control.severity,
            dataset: dataset(control),
            title: needs.planned.title(),
            tags: &control.tags,
            datasets: needs
                .datasets
                .iter()
                .map(|need| need.dataset.as_str())
                .collect(),
            sources: needs.source_names(),
            maps_to: criteria(control),
            owner: control.owner.as_deref(),
            requires_plan: control.requires_plan,
            file: &control.source.file,
        }
    }
}

fn dataset(control: &Control) -> Option<&str> {
    control.dataset().map(|dataset| dataset.name())
}

/// Ids of criteria by framework.
pub(super) fn criteria(control: &Control) -> BTreeMap<&str, Vec<&str>> {
    control
        .maps_to
        .iter()
        .map(|(framework, criteria)| {
            let ids = criteria.iter().map(|criterion| criterion.id.as_str());
            (framework.as_str(), ids.collect())
        })
        .collect()
}

/// Refuses a word that no control could fit, with the one that was meant.
fn check_words(
    arguments: &ListArguments,
    controls: &[Control],
    outside: &[Arc<InputSchema>],
) -> Result<(), Failure> {
    let tags = controls.iter().flat_map(|control| &control.tags);
    let frameworks = controls.iter().flat_map(|control| control.maps_to.keys());
    let sources = known_sources();
    let lists = controls.iter().flat_map(|control| &control.inputs);
    let lists = lists.chain(outside);
    known("--tag", &arguments.tags, tags.map(String::as_str).collect())?;
    known(
        "--severity",
        &arguments.severities,
        Severity::WORST_FIRST.map(Severity::word).into(),
    )?;
    known(
        "--framework",
        &arguments.frameworks,
        frameworks.map(String::as_str).collect(),
    )?;
    known(
        "--dataset",
        &arguments.datasets,
        DATASETS
            .iter()
            .map(|dataset| dataset.name)
            .chain(lists.map(|list| list.name()))
            .collect(),
    )?;
    for word in &arguments.sources {
        if !sources.iter().any(|source| is_called(source, word)) {
            known("--source", std::slice::from_ref(word), sources.clone())?;
        }
    }
    Ok(())
}

fn known(option: &str, words: &[String], known: BTreeSet<&str>) -> Result<(), Failure> {
    match words.iter().find(|word| !known.contains(word.as_str())) {
        Some(word) => Err(Failure::usage(
            format!("{option}: `{word}` fits no control"),
            did_you_mean(word, known),
        )),
        None => Ok(()),
    }
}

/// Whether a source goes by `word`: its name, or a word of it, as `export` is of `managed accounts export`.
fn is_called(source: &str, word: &str) -> bool {
    source == word || source.split(' ').any(|part| part == word)
}

fn fits(arguments: &ListArguments, needs: &Needs) -> bool {
    let control = needs.control();
    let one_of = |words: &[String], fits: &dyn Fn(&str) -> bool| {
        words.is_empty() || words.iter().any(|word| fits(word))
    };
    let sources = needs.source_names();
    let text = searched_text(needs);
    arguments
        .text
        .iter()
        .all(|word| text.contains(&word.to_lowercase()))
        && one_of(&arguments.tags, &|tag| {
            control.tags.iter().any(|own| own == tag)
        })
        && one_of(&arguments.severities, &|word| {
            control.severity.word() == word
        })
        && one_of(&arguments.frameworks, &|id| {
            control.maps_to.contains_key(id)
        })
        && one_of(&arguments.datasets, &|name| {
            needs.datasets.iter().any(|need| need.dataset == name)
        })
        && arguments.plan.is_none_or(|plan| {
            control
                .requires_plan
                .is_none_or(|required| required <= plan)
        })
        && one_of(&arguments.sources, &|word| {
            sources.iter().any(|source| is_called(source, word))
        })
}

/// What a search looks into, in lower case.
fn searched_text(needs: &Needs) -> String {
    let control = needs.control();
    let title = needs.planned.title();
    let mut parts = vec![
        control.id.as_str(),
        control.code.as_deref().unwrap_or_default(),
        title.as_str(),
        control.rationale.source(),
    ];
    parts.extend(control.tags.iter().map(String::as_str));
    parts.join("\n").to_lowercase()
}

//! `tickmark frameworks`: the frameworks that controls map to, and how far controls reach into each.

use super::args::{FrameworksArguments, FrameworksCommand};
use super::console::{Table, pretty};
use super::exit::{Exit, Failure};
use super::{LoadSettings, Terminal};
use crate::control::{self, Control, Framework, Frameworks};
use crate::diagnostic::did_you_mean;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Runs `tickmark frameworks`.
pub(super) fn run(
    arguments: &FrameworksArguments,
    settings: LoadSettings<'_>,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let text = match &arguments.command {
        None => {
            let (frameworks, controls) = load(&arguments.controls, settings)?;
            list(&frameworks, &controls)
        }
        Some(FrameworksCommand::Show { name, controls }) => {
            let (frameworks, controls) = load(controls, settings)?;
            show(name, &frameworks, &controls)?
        }
        Some(FrameworksCommand::Schema) => pretty(&control::framework_schema()),
    };
    terminal.console.print(&text)?;
    Ok(Exit::Success)
}

fn load(
    paths: &[PathBuf],
    settings: LoadSettings<'_>,
) -> Result<(Frameworks, Vec<Control>), Failure> {
    let files = super::library::control_files(paths)?;
    let lists = super::library::lists(&settings()?, &[])?;
    // What is wrong with a framework is told with the controls.
    let (frameworks, _) = control::frameworks(&files);
    let (controls, problems) = control::load_with(&files, &lists);
    let controls = problems.or(controls).map_err(Failure::problems)?;
    Ok((frameworks, controls))
}

/// Ids of the controls that contribute evidence to a criterion.
fn contributing<'c>(controls: &'c [Control], framework: &str, criterion: &str) -> Vec<&'c str> {
    controls
        .iter()
        .filter(|control| {
            control
                .maps_to
                .get(framework)
                .is_some_and(|criteria| criteria.iter().any(|mapped| mapped.id == criterion))
        })
        .map(|control| control.id.as_str())
        .collect()
}

fn list(frameworks: &Frameworks, controls: &[Control]) -> String {
    let mut table = Table::with_heads(["id", "with evidence", "listed", "in all", "name"]);
    for framework in frameworks.iter() {
        let reached: BTreeSet<&str> = framework
            .criteria
            .iter()
            .map(|criterion| criterion.id.as_str())
            .filter(|id| !contributing(controls, &framework.id, id).is_empty())
            .collect();
        table.row([
            framework.id.clone(),
            reached.len().to_string(),
            framework.criteria.len().to_string(),
            framework.criteria_total.to_string(),
            named(framework),
        ]);
    }
    table.render()
}

fn show(name: &str, frameworks: &Frameworks, controls: &[Control]) -> Result<String, Failure> {
    let framework = frameworks.get(name).ok_or_else(|| {
        let known = frameworks.iter().map(|framework| framework.id.as_str());
        Failure::usage(
            format!("there is no framework `{name}`"),
            did_you_mean(name, known),
        )
    })?;
    let mut text = format!("{}\n", named(framework));
    for fact in [&framework.publisher, &framework.source, &framework.about] {
        if !fact.is_empty() {
            let _ = writeln!(text, "{}", fact.trim_end());
        }
    }
    let _ = writeln!(
        text,
        "{} of {} criteria are listed; no control concludes on any of them.\n",
        framework.criteria.len(),
        framework.criteria_total
    );
    let mut table =
        Table::with_heads(["criterion", "is about", "controls that contribute evidence"]);
    for criterion in &framework.criteria {
        table.row([
            criterion.id.clone(),
            criterion.title.clone(),
            contributing(controls, &framework.id, &criterion.id).join(", "),
        ]);
    }
    text.push_str(&table.render());
    Ok(text)
}

fn named(framework: &Framework) -> String {
    format!("{} {}", framework.name, framework.edition)
        .trim_end()
        .to_owned()
}

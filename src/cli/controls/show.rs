//! `tickmark controls show`.

use super::list::criteria;
use super::needs::{ATTESTATION, Need, Needs};
use crate::catalog::FieldRef;
use crate::cli::Terminal;
use crate::cli::args::ShowArguments;
use crate::cli::console::pretty;
use crate::cli::exit::{Exit, Failure};
use crate::cli::library::{control_files, lists};
use crate::cli::settings::Settings;
use crate::control::{self, Control, OrganizationPlan, Severity, Text};
use crate::diagnostic::{Problems, SourceFile};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Columns that a paragraph takes.
const WIDTH: usize = 96;

pub(super) fn run(
    arguments: &ShowArguments,
    settings: &Settings,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let files = control_files(&arguments.controls)?;
    let (controls, problems) =
        control::load_with(&files, &lists(settings, &arguments.outside.inputs)?);
    let control = find(&arguments.id, &controls, problems)?;
    let file = files
        .iter()
        .find(|file| file.name() == control.source.file)
        .expect("the control was read from one of the files");
    let text = if arguments.yaml {
        file.text().to_owned()
    } else {
        let needs = Needs::of(control).map_err(Failure::problems)?;
        let page = Page::of(&needs, &arguments.controls)?;
        if arguments.json {
            pretty(&page)
        } else {
            page.render()
        }
    };
    terminal.console.print(&text)?;
    Ok(Exit::Success)
}

/// The control of `controls` with this id or code; `problems` are those of others, told if it is not there.
pub(super) fn find(id: &str, controls: &[Control], problems: Problems) -> Result<Control, Failure> {
    let is_meant =
        |control: &&Control| control.id.as_str() == id || control.code.as_deref() == Some(id);
    if let Some(control) = controls.iter().find(is_meant) {
        return Ok(control.clone());
    }
    if !problems.is_empty() {
        return Err(Failure::problems(problems));
    }
    let ids = controls.iter().map(|control| control.id.as_str());
    let codes = controls
        .iter()
        .filter_map(|control| control.code.as_deref());
    Err(Failure::usage(
        format!("there is no control `{id}`"),
        match crate::diagnostic::nearest(id, ids.clone().chain(codes)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`tickmark controls list` prints the ids and codes of all".to_owned(),
        },
    ))
}

/// What is shown of a control; also its JSON.
#[derive(Serialize)]
struct Page<'n> {
    id: &'n str,
    code: Option<&'n str>,
    title: String,
    severity: Severity,
    tags: &'n [String],
    revision: u32,
    owner: Option<&'n str>,
    requires_plan: Option<OrganizationPlan>,
    /// What it asks, in one sentence made from the control itself.
    sentence: String,
    rationale: String,
    not_tested: String,
    remediation: String,
    check_yourself: String,
    on_empty: Option<&'static str>,
    parameters: Vec<ParameterLine<'n>>,
    needs: &'n [Need],
    /// Whether a person answers, and no record is looked at.
    is_answered_by_a_person: bool,
    evidence: Vec<&'n str>,
    maps_to: BTreeMap<&'n str, Vec<&'n str>>,
    references: &'n [String],
    /// Number of its cases; `None` if it has no case file.
    cases: Option<usize>,
    file: &'n str,
}

#[derive(Serialize)]
struct ParameterLine<'n> {
    name: &'n str,
    #[serde(rename = "type")]
    kind: String,
    default: Option<&'n Value>,
    minimum: Option<&'n Value>,
    maximum: Option<&'n Value>,
    about: &'n str,
}

impl<'n> Page<'n> {
    fn of(needs: &'n Needs, paths: &[PathBuf]) -> Result<Page<'n>, Failure> {
        let control = needs.control();
        let mut values = needs.planned.text_values();
        // Counts are known after an assessment only.
        let counts = control::POPULATION_COUNTS
            .iter()
            .map(|count| ((*count).to_owned(), Value::from(format!("({count})"))))
            .collect();
        values.insert("population".to_owned(), Value::Object(counts));
        let values = Value::Object(values);
        let rendered = |text: &Text| {
            text.render(&values)
                .unwrap_or_else(|_| text.source().to_owned())
        };
        let parameters = control.parameters.iter().map(|parameter| ParameterLine {
            name: &parameter.name,
            kind: parameter.kind.to_string(),
            default: parameter.default.as_ref(),
            minimum: parameter.minimum.as_ref(),
            maximum: parameter.maximum.as_ref(),
            about: &parameter.about,
        });
        Ok(Page {
            id: control.id.as_str(),
            code: control.code.as_deref(),
            title: needs.planned.title(),
            severity: control.severity,
            tags: &control.tags,
            revision: control.revision,
            owner: control.owner.as_deref(),
            requires_plan: control.requires_plan,
            sentence: needs.planned.sentence(),
            rationale: rendered(&control.rationale),
            not_tested: rendered(&control.not_tested),
            remediation: rendered(&control.remediation),
            check_yourself: rendered(&control.check_yourself),
            on_empty: control.on_empty.map(control::OnEmpty::word),
            parameters: parameters.collect(),
            needs: &needs.datasets,
            is_answered_by_a_person: needs.is_answered_by_a_person(),
            evidence: control.evidence.iter().map(FieldRef::name).collect(),
            maps_to: criteria(control),
            references: &control.references,
            cases: case_count(control, paths)?,
            file: &control.source.file,
        })
    }

    fn render(&self) -> String {
        let mut text = String::new();
        let code = self
            .code
            .map(|code| format!("  {code}"))
            .unwrap_or_default();
        let _ = writeln!(text, "{}{code}  {}", self.id, self.severity.word());
        paragraph(&mut text, "", &self.title);
        text.push('\n');
        paragraph(&mut text, "asks", &self.sentence);
        if let Some(word) = self.on_empty {
            paragraph(&mut text, "on empty", &word.replace('_', " "));
        }
        paragraph(&mut text, "why", &self.rationale);
        paragraph(&mut text, "not tested", &self.not_tested);
        paragraph(&mut text, "remediation", &self.remediation);
        paragraph(&mut text, "check", &self.check_yourself);
        if !self.parameters.is_empty() {
            text.push_str("\nparameters\n");
        }
        for parameter in &self.parameters {
            let bounds = match (parameter.minimum, parameter.maximum) {
                (Some(least), Some(greatest)) => format!(", {least} to {greatest}"),
                (Some(least), None) => format!(", {least} or more"),
                (None, Some(greatest)) => format!(", {greatest} or less"),
                (None, None) => String::new(),
            };
            let default = match parameter.default {
                Some(value) => format!("{value}"),
                None => "(not set: unknown until it is)".to_owned(),
            };
            let _ = writeln!(
                text,
                "  {} = {default}  ({}{bounds}) {}",
                parameter.name, parameter.kind, parameter.about
            );
        }
        text.push_str("\nneeds\n");
        if let Some(plan) = self.requires_plan {
            let _ = writeln!(text, "  plan {} or a greater one", plan.word());
        }
        if self.is_answered_by_a_person {
            let _ = writeln!(text, "  the answer of a person: an {ATTESTATION}");
        }
        for need in self.needs {
            let _ = writeln!(text, "  {}: {}", need.dataset, need.fields.join(", "));
            for source in &need.sources {
                let request = source.request.unwrap_or("no API");
                let scope = match (source.request, source.scope) {
                    (Some(_), Some(scope)) => format!(", scope {scope}"),
                    _ => String::new(),
                };
                let _ = writeln!(text, "    from {} ({request}{scope})", source.name);
                if source.gives.len() < need.fields.len() {
                    let _ = writeln!(text, "      gives {}", source.gives.join(", "));
                }
                if !source.needs.is_empty() {
                    let _ = writeln!(text, "      needs {}", source.needs);
                }
            }
        }
        if !self.maps_to.is_empty() {
            text.push_str("\ncontributes evidence to\n");
        }
        for (framework, ids) in &self.maps_to {
            let _ = writeln!(text, "  {framework}: {}", ids.join(", "));
        }
        text.push('\n');
        if !self.tags.is_empty() {
            let _ = writeln!(text, "tags   {}", self.tags.join(", "));
        }
        if let Some(owner) = self.owner {
            let _ = writeln!(text, "owner  {owner}");
        }
        match self.cases {
            Some(count) => {
                let _ = writeln!(text, "cases  {count}");
            }
            None => text.push_str("cases  none\n"),
        }
        let _ = writeln!(text, "file   {}", self.file);
        text
    }
}

/// `head`, then `body` in lines, indented; nothing if there is no body.
fn paragraph(text: &mut String, head: &str, body: &str) {
    const INDENT: usize = 13;
    let mut line = format!("{head:<INDENT$}");
    if head.is_empty() {
        line.clear();
    }
    let indent = line.chars().count();
    let mut is_first = true;
    for word in body.split_whitespace() {
        if !is_first && line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(text, "{}", line.trim_end());
            line = " ".repeat(indent);
            is_first = true;
        }
        if !is_first {
            line.push(' ');
        }
        line.push_str(word);
        is_first = false;
    }
    if !is_first {
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

/// Number of cases of a control, if it has a case file: beside its own, or among the built-in ones.
fn case_count(control: &Control, paths: &[PathBuf]) -> Result<Option<usize>, Failure> {
    let files = if paths.is_empty() {
        control::builtin_cases()
    } else {
        control::read_case_files(paths)?
    };
    let mut count = None;
    for file in &files {
        let (cases, problems) = control::read_cases(file);
        if let Some(cases) = cases.filter(|cases| cases.control == control.id) {
            count = Some(cases.cases.len());
        } else if is_called(file, control) {
            problems.or(()).map_err(Failure::problems)?;
        }
    }
    Ok(count)
}

/// Whether a case file goes by the name of this control, whatever stands in it.
fn is_called(file: &SourceFile, control: &Control) -> bool {
    let name = file.name().rsplit('/').next().unwrap_or_default();
    name.strip_prefix(control.id.as_str())
        .is_some_and(|ending| matches!(ending, ".cases.yaml" | ".cases.yml" | ".yaml"))
}

//! `tickmark config show`: every setting in force and where it came from.

use super::args::{ApiArguments, ConfigCommand, ConfigFormat, ExportArguments, JudgeArguments};
use super::console::pretty;
use super::exit::{Exit, Failure};
use super::settings::settings_schema;
use super::settings::{Origin, Setting, Settings, VARIABLES};
use super::{LoadSettings, Terminal};
use crate::diagnostic::did_you_mean;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Value, json};
use std::fmt::Display;

/// Runs `tickmark config …`.
pub(super) fn run(
    command: &ConfigCommand,
    settings: LoadSettings<'_>,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let (origin, format, organization) = match command {
        ConfigCommand::Schema => {
            terminal.console.print(&pretty(&settings_schema()))?;
            return Ok(Exit::Success);
        }
        ConfigCommand::Show {
            origin,
            format,
            organization,
        } => (origin, format, organization),
    };
    let settings = &settings()?;
    for name in settings.unknown_variables() {
        let help = did_you_mean(name, VARIABLES.iter().copied());
        terminal.console.note(&format!(
            "note: the variable {name} is no setting; {help}\n"
        ));
    }
    let flags = ApiArguments {
        organization: organization.clone(),
        ..ApiArguments::default()
    };
    let rows = Rows {
        rows: rows(settings, &flags)?,
        with_origin: *origin,
    };
    let text = match format {
        ConfigFormat::Yaml => {
            serde_yaml::to_string(&rows).expect("settings are texts, numbers and lists")
        }
        ConfigFormat::Json => {
            let mut text =
                serde_json::to_string_pretty(&rows).expect("settings are texts, numbers and lists");
            text.push('\n');
            text
        }
    };
    terminal.console.print(&text)?;
    Ok(Exit::Success)
}

/// Settings in the order in which they are shown.
struct Rows {
    rows: Vec<(&'static str, Value, String)>,
    with_origin: bool,
}

impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.rows.len()))?;
        for (name, value, origin) in &self.rows {
            if self.with_origin {
                map.serialize_entry(name, &json!({ "value": value, "origin": origin }))?;
            } else {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

fn rows(
    settings: &Settings,
    flags: &ApiArguments,
) -> Result<Vec<(&'static str, Value, String)>, Failure> {
    let api = settings.api(flags, None)?;
    let mut judge = settings.judge(&JudgeArguments::default())?;
    judge.outputs = settings.outputs(judge.outputs, api.organization.as_ref());
    let file = settings.path().map(|path| path.display().to_string());
    let found = match &file {
        Some(_) => "found from here upward, or named",
        None => "none found from here upward",
    };
    let paths: Vec<String> = judge
        .controls
        .value
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let formats: serde_json::Map<String, Value> = judge
        .outputs
        .value
        .iter()
        .map(|output| {
            let path = output.path.display().to_string();
            (output.format.name.to_owned(), path.into())
        })
        .collect();
    let mut rows = vec![
        ("settings_file", json!(file), found.to_owned()),
        optional("organization", api.organization.as_ref()),
        optional("org", api.org_id.as_ref()),
        shown("api_url", &api.api_url),
        shown("key", &api.key),
        optional("ca_file", api.ca_file.map(path_text).as_ref()),
        shown("scim_keys", &api.scim_keys),
        optional("out", api.out.map(path_text).as_ref()),
        (
            "controls",
            if paths.is_empty() {
                json!("built in")
            } else {
                json!(paths)
            },
            judge.controls.origin.to_string(),
        ),
        optional("profile", judge.profile.as_ref()),
    ];
    let inputs: serde_json::Map<String, Value> = judge
        .inputs
        .iter()
        .map(|input| {
            let given = &input.value;
            let shown = json!({
                "file": given.path.display().to_string(),
                "owner": given.origin.owner,
                "source": given.origin.source,
                "extracted_on": given.origin.extracted_on,
                "max_age_days": given.origin.max_age_days,
            });
            (given.name.clone(), shown)
        })
        .collect();
    let from = judge.inputs.last().map(|last| &last.origin);
    rows.push((
        "inputs",
        Value::Object(inputs),
        from.unwrap_or(&Origin::Default).to_string(),
    ));
    let exports = settings.exports(&ExportArguments::default(), api.organization.as_ref())?;
    let files: Vec<Value> = exports
        .files
        .iter()
        .map(|file| {
            json!({
                "file": file.value.path.display().to_string(),
                "extracted_on": file.value.extracted_on,
            })
        })
        .collect();
    let from = exports.files.last().map(|last| &last.origin);
    rows.push((
        "exports",
        Value::Array(files),
        from.unwrap_or(&Origin::Default).to_string(),
    ));
    let words: serde_json::Map<String, Value> = exports
        .words
        .iter()
        .map(|word| {
            let taught = &word.value;
            let column = taught.column.as_deref();
            let column = column.map_or(String::new(), |column| format!("{column}:"));
            let cell = format!("{column}{}", taught.cell);
            (cell, taught.word.clone().into())
        })
        .collect();
    let from = exports.words.last().map(|last| &last.origin);
    rows.push((
        "export_words",
        Value::Object(words),
        from.unwrap_or(&Origin::Default).to_string(),
    ));
    rows.push(optional(
        "attestations",
        judge.attestations.map(path_text).as_ref(),
    ));
    rows.push(optional("reviews", judge.reviews.map(path_text).as_ref()));
    let parameters: serde_json::Map<String, Value> = judge
        .parameters
        .iter()
        .map(|parameter| {
            let node = &parameter.value.node;
            let written = node.file.slice(node.span).to_owned();
            (parameter.value.name.clone(), written.into())
        })
        .collect();
    let from = judge.parameters.last().map(|last| &last.origin);
    rows.push((
        "parameters",
        Value::Object(parameters),
        from.unwrap_or(&Origin::Default).to_string(),
    ));
    rows.extend([
        match &judge.plan {
            Some(plan) => ("plan", plan.value.word().into(), plan.origin.to_string()),
            None => ("plan", Value::Null, Origin::Default.to_string()),
        },
        (
            "formats",
            Value::Object(formats),
            judge.outputs.origin.to_string(),
        ),
        shown("fail_on", &judge.fail_on),
        (
            "personal_data",
            judge.personal_data.value.into(),
            judge.personal_data.origin.to_string(),
        ),
        optional("templates", judge.templates.map(path_text).as_ref()),
        match judge.threads {
            Some(threads) => (
                "threads",
                threads.value.get().into(),
                threads.origin.to_string(),
            ),
            None => ("threads", "one a core".into(), Origin::Default.to_string()),
        },
    ]);
    Ok(rows)
}

fn path_text(path: Setting<std::path::PathBuf>) -> Setting<String> {
    Setting::new(path.value.display().to_string(), path.origin)
}

fn shown<T: Display>(name: &'static str, setting: &Setting<T>) -> (&'static str, Value, String) {
    (
        name,
        setting.value.to_string().into(),
        setting.origin.to_string(),
    )
}

/// A setting that may be unset.
fn optional(
    name: &'static str,
    setting: Option<&Setting<String>>,
) -> (&'static str, Value, String) {
    match setting {
        Some(setting) => shown(name, setting),
        None => (name, Value::Null, Origin::Default.to_string()),
    }
}

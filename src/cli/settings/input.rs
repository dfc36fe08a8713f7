//! `--input name=FILE[,owner=…,source=…,extracted_on=…,max_age=…,extent=…]`, and the same under `inputs:`.

use super::{Origin, Setting};
use crate::catalog::InputSchema;
use crate::cli::exit::Failure;
use crate::control;
use crate::diagnostic::did_you_mean;
use crate::diagnostic::reader::Reader;
use crate::diagnostic::yaml::{Entry, Kind, Node};
use crate::import::{ListExtent, ListOrigin};
use jiff::civil::Date;
use std::path::PathBuf;

/// A list as settings give it.
#[derive(Clone, Debug)]
pub struct GivenInput {
    /// Its name: `leavers`.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// What is said of it.
    pub origin: ListOrigin,
    /// What its rows hold, if that is declared here.
    pub schema: Option<InputSchema>,
}

/// What can be said of a list in one word each.
const FACTS: [&str; 5] = ["owner", "source", "extracted_on", "max_age", "extent"];
/// Keys of a list in the settings file.
pub const KEYS: [&str; 8] = [
    "file",
    "owner",
    "source",
    "extracted_on",
    "max_age",
    "extent",
    "id",
    "fields",
];

const USAGE: &str = "write NAME=FILE, for example `--input leavers=leavers.csv,extracted_on=2026-11-17,max_age=35d`; a path with a \
                     comma goes into tickmark.yaml";

/// Sets one fact; what is wrong with it, and what to write instead.
fn set(origin: &mut ListOrigin, key: &str, text: &str) -> Result<(), (String, &'static str)> {
    let wrong = |what: &str, help| Err((format!("`{text}` is no {what}"), help));
    match key {
        "owner" => origin.owner = Some(text.to_owned()),
        "source" => origin.source = Some(text.to_owned()),
        "extracted_on" => match text.parse::<Date>() {
            Ok(day) => origin.extracted_on = Some(day),
            Err(_) => return wrong("day", "write `2026-11-17`"),
        },
        "max_age" => match days(text) {
            Some(days) => origin.max_age_days = Some(days),
            None => return wrong("number of days", "write `35d`"),
        },
        _ => match text {
            "whole" => origin.extent = ListExtent::Whole,
            "partial" => origin.extent = ListExtent::Partial,
            _ => return wrong("extent", "write `whole` or `partial`"),
        },
    }
    Ok(())
}

fn days(text: &str) -> Option<u32> {
    text.strip_suffix('d').unwrap_or(text).trim().parse().ok()
}

impl GivenInput {
    /// Reads the flag.
    pub fn read(text: &str) -> Result<Setting<GivenInput>, Failure> {
        let failed =
            |problem: String, help: &str| Failure::usage(format!("--input: {problem}"), help);
        let (name, rest) = text
            .split_once('=')
            .ok_or_else(|| failed(format!("`{text}` names no file"), USAGE))?;
        let mut parts = rest.split(',');
        let path = parts.next().unwrap_or_default();
        if path.is_empty() || name.is_empty() {
            return Err(failed(format!("`{text}` names no file"), USAGE));
        }
        let mut origin = ListOrigin::default();
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            if !FACTS.contains(&key) {
                let help = did_you_mean(key, FACTS);
                return Err(failed(format!("`{key}` says nothing of a list"), &help));
            }
            set(&mut origin, key, value)
                .map_err(|(problem, help)| failed(format!("{key}: {problem}"), help))?;
        }
        let given = GivenInput {
            name: name.to_owned(),
            path: path.into(),
            origin,
            schema: None,
        };
        Ok(Setting::new(given, Origin::Flag("--input")))
    }

    /// Reads an entry of `inputs:`; `relative` reads a path.
    pub fn of_entry(
        reader: &mut Reader,
        entry: &Entry,
        relative: impl Fn(&mut Reader, &Node) -> Option<PathBuf>,
    ) -> Option<GivenInput> {
        let mut origin = ListOrigin::default();
        if !matches!(entry.value.kind, Kind::Map(_)) {
            return Some(GivenInput {
                name: entry.key.clone(),
                path: relative(reader, &entry.value)?,
                origin,
                schema: None,
            });
        }
        let map = reader.map(&entry.value, "a list", &KEYS)?;
        for key in FACTS {
            let Some(node) = map.get(key) else { continue };
            let Some(text) = reader.text(node) else {
                continue;
            };
            if let Err((problem, help)) = set(&mut origin, key, text) {
                reader.push(
                    crate::diagnostic::Problem::new(
                        "settings::input",
                        problem,
                        node.place(),
                        "here",
                    )
                    .help(help),
                );
            }
        }
        let schema = control::read_schema(reader, entry);
        if let (None, Some(id)) = (map.get("fields"), map.get("id")) {
            reader.wrong_type(
                id,
                "`fields` beside `id`",
                "declare the fields, `id` among them",
            );
        }
        let file = reader.required(map, "file", "name the file: `file: lists/leavers.csv`")?;
        Some(GivenInput {
            name: entry.key.clone(),
            path: relative(reader, file)?,
            origin,
            schema,
        })
    }
}

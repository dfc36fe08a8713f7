//! `--export FILE[,extracted_on=DAY]` and `--map [COLUMN:]CELL=WORD`, and the same under `exports:` and
//! `export_words:`.

use super::{Origin, Setting};
use crate::cli::exit::Failure;
use crate::diagnostic::reader::Reader;
use crate::diagnostic::yaml::{Entry, Kind, Node};
use crate::diagnostic::{Problem, did_you_mean};
use crate::import::{ExportRequest, teachable};
use crate::snapshot::TaughtWord;
use jiff::civil::Date;
use std::path::PathBuf;

/// What stands between a file and the day that it was taken.
const DAY: &str = ",extracted_on=";
/// Keys of an export in the settings file.
const KEYS: [&str; 2] = ["file", "extracted_on"];

/// Exports as settings give them.
#[derive(Clone, Debug, Default)]
pub struct GivenFiles {
    /// The files.
    pub files: Vec<Setting<ExportRequest>>,
    /// Cells that are explained.
    pub words: Vec<Setting<TaughtWord>>,
}

impl GivenFiles {
    /// What is to be read, without where it was said.
    pub fn requests(&self) -> Vec<ExportRequest> {
        self.files.iter().map(|file| file.value.clone()).collect()
    }

    /// The explained cells, without where it was said.
    pub fn taught(&self) -> Vec<TaughtWord> {
        self.words.iter().map(|word| word.value.clone()).collect()
    }
}

/// Reads `FILE` or `FILE,extracted_on=2026-11-17`.
pub fn read_file(flag: &'static str, text: &str) -> Result<Setting<ExportRequest>, Failure> {
    let (path, day) = match text.rsplit_once(DAY) {
        Some((path, day)) => (path, Some(day)),
        None => (text, None),
    };
    if path.is_empty() {
        return Err(Failure::usage(
            format!("{flag}: `{text}` names no file"),
            "name a CSV file that the console exported",
        ));
    }
    let extracted_on = day
        .map(|day| {
            day.parse::<Date>().map_err(|_| {
                Failure::usage(
                    format!("{flag}: extracted_on: `{day}` is no day"),
                    "write `2026-11-17`",
                )
            })
        })
        .transpose()?;
    let request = ExportRequest {
        path: path.into(),
        extracted_on,
    };
    Ok(Setting::new(request, Origin::Flag(flag)))
}

/// Reads `CELL=WORD` or `COLUMN:CELL=WORD`.
pub fn read_word(text: &str) -> Result<Setting<TaughtWord>, Failure> {
    let word = text.rsplit_once('=').map(|(cell, word)| taught(cell, word));
    let word = word.ok_or_else(|| {
        Failure::usage(
            format!("--map: `{text}` gives no word"),
            "write `CELL=WORD` or `COLUMN:CELL=WORD`, for example `--map \"Strong (legacy)=strong\"`",
        )
    })?;
    Ok(Setting::new(word, Origin::Flag("--map")))
}

fn taught(cell: &str, word: &str) -> TaughtWord {
    let named = cell
        .split_once(':')
        .filter(|(column, _)| teachable().iter().any(|(known, _)| known == &column.trim()));
    let (column, cell) = match named {
        Some((column, cell)) => (Some(column.trim().to_owned()), cell),
        None => (None, cell),
    };
    TaughtWord {
        column,
        cell: cell.trim().to_owned(),
        word: word.trim().to_owned(),
    }
}

/// Reads an element of `exports:`; `relative` reads a path.
pub fn of_node(
    reader: &mut Reader,
    node: &Node,
    relative: impl Fn(&mut Reader, &Node) -> Option<PathBuf>,
) -> Option<ExportRequest> {
    if !matches!(node.kind, Kind::Map(_)) {
        return Some(ExportRequest {
            path: relative(reader, node)?,
            extracted_on: None,
        });
    }
    let map = reader.map(node, "an export", &KEYS)?;
    let extracted_on = match map.get("extracted_on") {
        None => None,
        Some(node) => {
            let text = reader.text(node)?;
            let Ok(day) = text.parse::<Date>() else {
                let problem = format!("`{text}` is no day");
                reader.push(
                    Problem::new("settings::export", problem, node.place(), "here")
                        .help("write `2026-11-17`"),
                );
                return None;
            };
            Some(day)
        }
    };
    let file = reader.required(map, "file", "name the file: `file: exports/managed.csv`")?;
    Some(ExportRequest {
        path: relative(reader, file)?,
        extracted_on,
    })
}

/// Reads an entry of `export_words:`, `"Strong (legacy)": strong`.
pub fn word_of_entry(reader: &mut Reader, entry: &Entry) -> Option<TaughtWord> {
    let word = reader.text(&entry.value)?.to_owned();
    let taught = taught(&entry.key, &word);
    if let Err(error) = crate::import::check_words(std::slice::from_ref(&taught)) {
        let words = teachable().into_iter().flat_map(|(_, words)| words);
        reader.push(
            Problem::new(
                "settings::export_words",
                error.to_string(),
                entry.value.place(),
                "here",
            )
            .help(did_you_mean(&word, words)),
        );
        return None;
    }
    Some(taught)
}

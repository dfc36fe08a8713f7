//! Problems -> JSON, for editors and scripts.

use serde::Serialize;

use super::{Label, Place, Problems};

/// Format of the document.
const FORMAT: &str = "tickmark.problems/1";

#[derive(Serialize)]
struct Document<'p> {
    format: &'static str,
    problems: Vec<Entry<'p>>,
}

/// A problem; its main place stands in it, and all places, the main one first, in `labels`.
#[derive(Serialize)]
struct Entry<'p> {
    code: &'static str,
    message: &'p str,
    help: Option<&'p str>,
    #[serde(flatten)]
    place: Option<PlaceEntry<'p>>,
    labels: Vec<LabelEntry<'p>>,
}

/// Lines and columns count from 1, columns in Unicode characters, bytes from 0; the end is exclusive.
#[derive(Serialize)]
struct PlaceEntry<'p> {
    file: &'p str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    start_byte: usize,
    end_byte: usize,
}

#[derive(Serialize)]
struct LabelEntry<'p> {
    text: &'p str,
    #[serde(flatten)]
    place: PlaceEntry<'p>,
}

impl<'p> From<&'p Place> for PlaceEntry<'p> {
    fn from(place: &'p Place) -> PlaceEntry<'p> {
        let (start, end) = (place.start(), place.end());
        PlaceEntry {
            file: place.file.name(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            start_byte: place.span.start,
            end_byte: place.span.end,
        }
    }
}

impl<'p> From<&'p Label> for LabelEntry<'p> {
    fn from(label: &'p Label) -> LabelEntry<'p> {
        LabelEntry {
            text: &label.text,
            place: PlaceEntry::from(&label.place),
        }
    }
}

impl Problems {
    /// All of them as one JSON document, ending with a line break.
    pub fn to_json(&self) -> String {
        let document = Document {
            format: FORMAT,
            problems: self
                .iter()
                .map(|problem| Entry {
                    code: problem.code,
                    message: &problem.message,
                    help: problem.help.as_deref(),
                    place: problem
                        .labels
                        .first()
                        .map(|label| PlaceEntry::from(&label.place)),
                    labels: problem.labels.iter().map(LabelEntry::from).collect(),
                })
                .collect(),
        };
        let mut text = serde_json::to_string_pretty(&document)
            .expect("texts and numbers under distinct keys are JSON");
        text.push('\n');
        text
    }
}

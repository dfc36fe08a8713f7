//! Lists that people keep: what is stated of each, and what became of its rows.

use super::dataset::readers;
use crate::assess::{Assessment, InputUse, ListMatch};
use crate::report::text;
use crate::snapshot::InputStatement;
use serde::Serialize;

/// A list that was given beside the snapshot, or that a control reads and nobody gave.
#[derive(Debug, Serialize)]
pub struct InputView {
    /// Its name, as controls write it.
    pub name: String,
    /// Whether it is whole and still counts.
    pub whole: bool,
    /// How complete it is, as a word.
    pub state: &'static str,
    /// Why it is not whole; empty if it is.
    pub detail: String,
    /// Rows.
    pub rows: u64,
    /// Name of its file; empty if it was not given.
    pub file: String,
    /// SHA-256 of the file; empty if it was not given.
    pub sha256: String,
    /// Who answers for it; empty if nobody is named.
    pub owner: String,
    /// Source, day and limit of age, each as a few words.
    pub facts: Vec<String>,
    /// What is to be known of its rows and columns, each as a clause. Names no row.
    pub notes: Vec<String>,
    /// References of the controls that read it.
    pub read_by: Vec<(String, String)>,
}

/// The lists, with the controls that read each.
pub fn inputs(assessment: &Assessment, controls: &[super::ControlView<'_>]) -> Vec<InputView> {
    let views = assessment.inputs.iter().map(|(name, used)| {
        let statement = used.statement.as_ref();
        InputView {
            name: text::line(name),
            whole: used.completeness.is_whole(),
            state: match statement {
                Some(_) => used.completeness.word(),
                None => "not supplied",
            },
            detail: match statement {
                Some(_) => text::flowing(used.completeness.detail()),
                None => "a control reads it, and nobody gave it".to_owned(),
            },
            rows: statement.map_or(0, |statement| statement.rows),
            file: statement.map_or_else(String::new, |statement| text::line(&statement.file)),
            sha256: statement.map_or_else(String::new, |statement| text::line(&statement.sha256)),
            owner: statement
                .and_then(|statement| statement.owner.as_deref())
                .map(text::flowing)
                .unwrap_or_default(),
            facts: statement.map(input_facts).unwrap_or_default(),
            notes: input_notes(used),
            read_by: readers(controls, name),
        }
    });
    views.collect()
}

fn input_facts(statement: &InputStatement) -> Vec<String> {
    let source = statement
        .source
        .as_ref()
        .map(|source| format!("from {}", text::flowing(source)));
    let day = statement
        .extracted_on
        .map(|day| format!("extracted on {day}"));
    let limit = statement
        .max_age_days
        .map(|days| format!("counts for {days} days"));
    [source, day, limit].into_iter().flatten().collect()
}

fn input_notes(used: &InputUse) -> Vec<String> {
    let Some(statement) = &used.statement else {
        return Vec::new();
    };
    let rows = |count: u64| text::counted(count, "row", "rows");
    let columns = |names: &[String]| {
        let names: Vec<String> = names.iter().map(|name| text::line(name)).collect();
        names.join(", ")
    };
    let mut notes: Vec<String> = used.matches.iter().map(match_in_words).collect();
    if !used.is_read {
        notes.push("no control reads it".to_owned());
    }
    if statement.duplicates > 0 {
        notes.push(format!(
            "{} {} the id of an earlier one",
            rows(statement.duplicates),
            text::verb(statement.duplicates, "has", "have")
        ));
    }
    if statement.without_id > 0 {
        notes.push(format!(
            "{} {} no id that can be read; the number of the row stands for it",
            rows(statement.without_id),
            text::verb(statement.without_id, "has", "have")
        ));
    }
    if !statement.missing_columns.is_empty() {
        notes.push(format!("it lacks {}", columns(&statement.missing_columns)));
    }
    if used.is_read && !statement.unread_columns.is_empty() {
        notes.push(format!(
            "no control reads {}",
            columns(&statement.unread_columns)
        ));
    }
    notes
}

/// How many rows are those of a record: "58 of 61 rows are found in accounts.email (leavers-deactivated)".
fn match_in_words(found: &ListMatch) -> String {
    let compared = found.matched + found.unmatched;
    // A list of which nothing is found is, as a rule, one that is written otherwise.
    let doubt = match (found.matched, compared) {
        (0, 1..) => "; are both written alike?",
        _ => "",
    };
    let left = match found.not_compared {
        0 => String::new(),
        count => format!(", {} not compared", text::counted(count, "row", "rows")),
    };
    let fields: Vec<String> = found
        .compared_with
        .iter()
        .map(|name| text::line(name))
        .collect();
    let fields = fields.join(" or ");
    if compared == 0 {
        return format!(
            "no row is compared with {fields} ({})",
            text::line(&found.control)
        );
    }
    format!(
        "{} of {} {} in {}{left}{doubt} ({})",
        text::number(found.matched),
        text::counted(compared, "row", "rows"),
        text::verb(found.matched, "is found", "are found"),
        fields,
        text::line(&found.control)
    )
}

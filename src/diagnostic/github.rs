//! Problems -> workflow commands of GitHub Actions, which show them beside the lines of a change.

use std::fmt::Write as _;

use super::{Problem, Problems};

/// Annotations of one kind that GitHub shows for a step; it drops the rest without a word.
const SHOWN_MAX: usize = 10;

impl Problems {
    /// All of them as annotations; of more than GitHub shows, the last one says how many are left.
    pub fn to_github(&self) -> String {
        let shown = if self.len() > SHOWN_MAX {
            SHOWN_MAX - 1
        } else {
            self.len()
        };
        let mut text: String = self.iter().take(shown).map(annotation).collect();
        let rest = self.len() - shown;
        if rest > 0 {
            let files: std::collections::BTreeSet<&str> = self
                .iter()
                .skip(shown)
                .filter_map(|problem| Some(problem.labels.first()?.place.file.name()))
                .collect();
            let files: Vec<&str> = files.into_iter().collect();
            let message = format!(
                "{rest} more problems, in {}; `tickmark controls check` shows all",
                files.join(", ")
            );
            let _ = writeln!(text, "::error title=tickmark::{}", data(&message));
        }
        text
    }
}

fn annotation(problem: &Problem) -> String {
    let mut properties = String::new();
    if let Some(label) = problem.labels.first() {
        let (start, end) = (label.place.start(), label.place.end());
        let _ = write!(
            properties,
            "file={},line={},endLine={}",
            property(label.place.file.name()),
            start.line,
            end.line
        );
        // Over several lines GitHub takes no columns.
        if start.line == end.line {
            let _ = write!(properties, ",col={},endColumn={}", start.column, end.column);
        }
        properties.push(',');
    }
    let mut message = problem.message.clone();
    for label in problem.labels.iter().skip(1) {
        let at = label.place.start();
        let _ = write!(
            message,
            "\n{} ({}:{}:{})",
            label.text,
            label.place.file.name(),
            at.line,
            at.column
        );
    }
    if let Some(help) = &problem.help {
        let _ = write!(message, "\nhelp: {help}");
    }
    format!(
        "::error {properties}title={}::{}\n",
        property(problem.code),
        data(&message)
    )
}

/// A message of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

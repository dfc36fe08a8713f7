//! Assessment + verdict -> pages and files.
//!
//! [`ReportView::new`] counts and sorts once; every format in [`FORMATS`] reads that view and nothing
//! else, so no two formats can count differently. A format is one file here (and a template) with its
//! two lines below. Where the bytes go is left to `cli`.

mod html;
mod json;
mod markdown;
mod summary;
mod template;
mod text;
mod view;

pub use json::schema;
pub use summary::{Signs, summary};
pub use template::Templates;
pub use view::ReportView;

use crate::assess::{Reason, SpillError};
use std::io::{self, Write};
use std::path::PathBuf;

/// Every format, in the order in which help lists them.
pub static FORMATS: &[&Format] = &[
    &html::HTML,
    &markdown::MARKDOWN,
    &json::JSON, //
];

/// What would settle what `reason` leaves open, as reports say it; empty if nothing would. `noun`: for one
/// record and for several.
pub fn settles(reason: &Reason, noun: &(String, String)) -> String {
    view::ReasonView::new(reason, noun).settles
}

/// The format called `name`, if there is one.
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().copied().find(|format| format.name == name)
}

/// One way to write a report.
#[derive(Debug)]
pub struct Format {
    /// Name on the command line: kebab-case.
    pub name: &'static str,
    /// Extension of its files, without the dot.
    pub extension: &'static str,
    /// What it is for, as a phrase.
    pub about: &'static str,
    /// Writes the report.
    pub write: fn(&ReportView<'_>, &mut dyn Write) -> Result<(), ReportError>,
}

/// What a run may choose about its reports. None of it changes an outcome or a count.
#[derive(Debug)]
pub struct ReportOptions {
    /// Whether formats that many people read (Markdown) name people, addresses and subjects too. The HTML
    /// page and the JSON always do: they are evidence, and say on their first line that they are confidential.
    pub personal_data: bool,
    /// The pages' templates.
    pub templates: Templates,
    /// Name of the JSON file beside the report, where lists stand whole.
    pub assessment_file: String,
    /// Folders and files of the controls as the run was given them; empty for the built-in ones.
    pub controls: Vec<PathBuf>,
}

impl Default for ReportOptions {
    fn default() -> ReportOptions {
        ReportOptions {
            personal_data: false,
            templates: Templates::built_in(),
            assessment_file: "assessment.json".to_owned(),
            controls: Vec::new(),
        }
    }
}

/// A report cannot be written.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ReportError {
    /// The place where it goes refused the bytes.
    #[error("cannot write the report")]
    Write(#[source] io::Error),
    /// Findings that were put aside cannot be read again.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Spill(#[from] SpillError),
    /// A template cannot be read.
    #[error("cannot read the template `{}`", path.display())]
    ReadTemplate {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder of templates holds more than a report needs.
    #[error("the templates in `{}` exceed the limit of {limit}", path.display())]
    #[diagnostic(help("a folder of templates holds only templates that replace built-in ones"))]
    TemplateLimit {
        /// The folder.
        path: PathBuf,
        /// The limit: "64 files", "4 MiB a file".
        limit: &'static str,
    },
    /// A template replaces nothing: most likely its name is mistyped.
    #[error("`{}` replaces no built-in template", path.display())]
    #[diagnostic(help("the built-in templates are {known}"))]
    UnknownTemplate {
        /// The file.
        path: PathBuf,
        /// Names of the built-in ones.
        known: String,
    },
    /// A template does not render: a mistake in it, or it did not end within its limits.
    #[error("the template `{name}` does not render: {problem}")]
    #[diagnostic(help(
        "a template sees only what the built-in one sees; names that do not exist are errors, on purpose"
    ))]
    Template {
        /// The template.
        name: String,
        /// What is wrong, with line.
        problem: String,
    },
    /// The assessment does not serialise: a mistake of this program.
    #[error("cannot write the assessment as JSON")]
    Json(#[source] serde_json::Error),
}

#[cfg(test)]
mod tests;

//! Templates: the built-in ones, and those that replace them. Loops and branches only; nothing is counted here.

use super::{ReportError, text};
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Name of the escaping that `.md` templates use.
pub(super) const MARKDOWN_ESCAPING: &str = "markdown";

/// Instructions that one page may take: a page of 5,000 rows and 250 controls stays well within it.
const FUEL: u64 = 20_000_000;
/// Depth of includes and macros.
const RECURSION_MAX: usize = 60;
/// Files in a folder of templates.
const FILES_MAX: usize = 64;
/// Bytes of one template.
const FILE_BYTES_MAX: u64 = 4 << 20;

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../templates/", $name)))),*]
    };
}

/// Every template with its text.
static BUILT_IN: &[(&str, &str)] = built_in![
    "report.html",
    "signs.html",
    "summary.html",
    "controls.html",
    "control.html",
    "frameworks.html",
    "population.html",
    "method.html",
    "report.css",
    "report.js",
    "report.md",
];

/// The templates of a report.
#[derive(Debug, Default)]
pub struct Templates {
    replaced: BTreeMap<String, String>,
}

impl Templates {
    /// The built-in templates.
    pub fn built_in() -> Templates {
        Templates::default()
    }

    /// The built-in templates, but those of which `dir` holds a file of the same name.
    ///
    /// # Errors
    /// A file cannot be read, replaces nothing, or there are too many or too large ones.
    pub fn replaced_by(dir: &Path) -> Result<Templates, ReportError> {
        let read = |path: &Path| {
            let path = path.to_owned();
            move |source| ReportError::ReadTemplate { path, source }
        };
        let limit = |limit| ReportError::TemplateLimit {
            path: dir.to_owned(),
            limit,
        };
        let mut replaced = BTreeMap::new();
        for entry in fs::read_dir(dir).map_err(read(dir))? {
            let path = entry.map_err(read(dir))?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if !BUILT_IN.iter().any(|(known, _)| *known == name) {
                return Err(ReportError::UnknownTemplate {
                    path,
                    known: BUILT_IN
                        .iter()
                        .map(|(known, _)| *known)
                        .collect::<Vec<_>>()
                        .join(", "),
                });
            }
            if replaced.len() == FILES_MAX {
                return Err(limit("64 files"));
            }
            if fs::metadata(&path).map_err(read(&path))?.len() > FILE_BYTES_MAX {
                return Err(limit("4 MiB a file"));
            }
            let source = fs::read_to_string(&path).map_err(read(&path))?;
            replaced.insert(name, source);
        }
        Ok(Templates { replaced })
    }

    /// The text of the template called `name`; a name of [`BUILT_IN`].
    pub(super) fn source(&self, name: &str) -> &str {
        self.all()
            .find(|(known, _)| *known == name)
            .map_or("", |(_, source)| source)
    }

    fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        BUILT_IN.iter().map(|(name, source)| {
            let source = self.replaced.get(*name).map_or(*source, String::as_str);
            (*name, source)
        })
    }

    /// An environment with every page, strict about names and bounded in time.
    pub(super) fn environment(&self) -> Result<Environment<'_>, ReportError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(RECURSION_MAX);
        environment.set_syntax(
            SyntaxConfig::builder()
                .trim_blocks(true)
                .lstrip_blocks(true)
                .keep_trailing_newline(true)
                .build()
                .expect("the delimiters are the default ones"),
        );
        environment.set_auto_escape_callback(|name| {
            if name.ends_with(".html") {
                AutoEscape::Html
            } else if name.ends_with(".md") {
                AutoEscape::Custom(MARKDOWN_ESCAPING.into())
            } else {
                AutoEscape::None
            }
        });
        environment.add_filter("number", text::number);
        environment.add_filter("counted", text::counted);
        for (name, source) in self
            .all()
            .filter(|(name, _)| name.ends_with(".html") || name.ends_with(".md"))
        {
            environment
                .add_template(name, source)
                .map_err(|problem| template_error(name, &problem))?;
        }
        Ok(environment)
    }
}

/// What is wrong with a template, where, and because of what.
pub(super) fn template_error(name: &str, problem: &Error) -> ReportError {
    let mut text = problem.to_string();
    let mut source = std::error::Error::source(problem);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    ReportError::Template {
        name: problem.name().unwrap_or(name).to_owned(),
        problem: text::flowing(&text),
    }
}

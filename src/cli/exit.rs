//! Exit codes: a stable promise to pipelines (README.md, "Exit codes").

use std::io::IsTerminal;

use crate::diagnostic::{Look, Problems};

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Nothing unwaived at or above the threshold fails, is unknown or broke.
    Success = 0,
    /// At least one such fail; for `check` and `test`: a problem was found.
    Found = 1,
    /// Usage, settings, or a control that does not load.
    Usage = 2,
    /// No such fail, but an unknown or error; for `collect`: a requested dataset is not whole.
    Incomplete = 3,
    /// The key was refused everywhere.
    KeyRefused = 4,
    /// No snapshot: network or rate limit.
    Unreachable = 5,
    /// This machine: disk, rights; or a digest does not match on reading.
    Machine = 6,
    /// Interrupted.
    Interrupted = 130,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        std::process::ExitCode::from(exit as u8)
    }
}

/// A diagnostic with the exit code that it ends the program with.
#[derive(Debug)]
pub struct Failure {
    /// What to print.
    pub report: miette::Report,
    /// How to end.
    pub exit: Exit,
}

impl Failure {
    /// Problems of files that people wrote, which may underline many of them.
    pub fn problems(problems: impl Into<Problems>) -> Failure {
        Failure {
            report: miette::Report::new(Rendered(problems.into().render(look()))),
            exit: Exit::Usage,
        }
    }

    /// What to print, ending with a line break.
    pub fn render(&self) -> String {
        match self.report.downcast_ref::<Rendered>() {
            Some(Rendered(text)) => text.clone(),
            None => format!("{:?}", self.report),
        }
    }

    /// A failure of usage: what is wrong, and what to do.
    pub fn usage(message: impl std::fmt::Display, help: impl std::fmt::Display) -> Failure {
        Failure {
            report: miette::miette!(help = help.to_string(), "{message}"),
            exit: Exit::Usage,
        }
    }

    /// A failure of this machine while doing `what` on `path`.
    pub fn io(what: &str, path: &std::path::Path, error: &std::io::Error) -> Failure {
        Failure {
            report: miette::miette!("cannot {what} `{}`: {error}", path.display()),
            exit: Exit::Machine,
        }
    }
}

/// How problems are shown on stderr.
pub fn look() -> Look {
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if std::io::stderr().is_terminal() && !is_plain {
        Look::Terminal
    } else {
        Look::Plain
    }
}

/// A text that is printed as it stands.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("{0}")]
struct Rendered(String);

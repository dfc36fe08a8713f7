//! How to print: choices that several subcommands offer.

use clap::{Args, ValueEnum};

/// How to tell the problems of files.
#[derive(Debug, Args)]
pub struct ProblemArguments {
    /// How to tell the problems: `text` on stderr, the others on stdout.
    #[arg(long, value_enum, default_value_t = ProblemFormat::Text, value_name = "FORMAT")]
    pub format: ProblemFormat,
}

/// How to tell problems of controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProblemFormat {
    /// For people: each with its lines underlined.
    Text,
    /// One JSON document, for editors and scripts.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions, at most 10.
    Github,
}

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TextOrJson {
    /// For people.
    Text,
    /// For programs.
    Json,
}

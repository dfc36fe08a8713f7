//! `config …`.

use clap::{Subcommand, ValueEnum};

/// `config …`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting: flags aside, environment, then `tickmark.yaml`, then default.
    Show {
        /// Say where each value came from.
        #[arg(long)]
        origin: bool,
        /// How to print.
        #[arg(long, value_enum, default_value_t = ConfigFormat::Yaml, value_name = "FORMAT")]
        format: ConfigFormat,
        /// Organisation of the settings file, by its name there.
        #[arg(long, value_name = "NAME")]
        organization: Option<String>,
    },
    /// Print the JSON Schema (draft-07) of `tickmark.yaml`, for editors.
    Schema,
}

/// How `config show` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ConfigFormat {
    /// YAML.
    Yaml,
    /// JSON.
    Json,
}

//! `datasets …`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `datasets …`; without a subcommand, the list.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct DatasetsArguments {
    /// What to do; the list without one.
    #[command(subcommand)]
    pub command: Option<DatasetsCommand>,
    /// Print every dataset with its fields as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Subcommands of `datasets`.
#[derive(Debug, Subcommand)]
pub enum DatasetsCommand {
    /// Print the fields of a dataset: type, meaning, sources, what an omission means.
    Show {
        /// Name of the dataset.
        #[arg(value_name = "NAME")]
        name: String,
        /// How to print it.
        #[arg(long, value_enum, default_value_t = CatalogFormat::Text, value_name = "FORMAT")]
        format: CatalogFormat,
    },
    /// Print every request that tickmark can send to Atlassian: method, path, parameters, pace, scope.
    Requests {
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print the nodes that a JSONPath selector (RFC 9535) finds, as JSON lines.
    ///
    /// On a snapshot the selector starts with a dataset: `$.accounts[?@.claim_status == 'managed'].email`.
    Query(QueryArguments),
}

/// How to print a part of the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CatalogFormat {
    /// For people.
    Text,
    /// One JSON document.
    Json,
    /// One YAML document.
    Yaml,
}

/// `datasets query`.
#[derive(Debug, Args)]
pub struct QueryArguments {
    /// Folder of the snapshot, and the selector; with `--json` only the selector.
    #[arg(value_name = "SNAPSHOT SELECTOR", num_args = 1..=2, required = true)]
    pub operands: Vec<String>,
    /// Query this JSON document instead of a snapshot; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Print only the number of nodes.
    #[arg(long, conflicts_with = "paths")]
    pub count: bool,
    /// Print normalized paths (RFC 9535, section 2.7) instead of values.
    #[arg(long)]
    pub paths: bool,
}

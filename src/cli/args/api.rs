//! Which organisation, and how to reach it.

use std::path::PathBuf;

use clap::Args;

/// Which organisation, and how to reach it.
#[derive(Debug, Default, Args)]
pub struct ApiArguments {
    /// Organisation of the settings file, by its name there. [env: TICKMARK_ORGANIZATION]
    #[arg(long, value_name = "NAME")]
    pub organization: Option<String>,
    /// Id of the organisation: the part after `/o/` in the console's address. [env: TICKMARK_ORG]
    #[arg(long = "org", value_name = "ID")]
    pub org_id: Option<String>,
    /// File that holds the API key. Without it the key is read from ATLASSIAN_API_KEY. `-` is stdin.
    /// [env: TICKMARK_KEY_FILE]
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// File that holds the keys of provisioning directories (SCIM), a line `DIRECTORY=KEY` for each. Without
    /// it they are where the settings say (`scim_keys_file`, `scim_keys_env`), or in ATLASSIAN_SCIM_KEYS; without
    /// any, no directory is asked. `-` is stdin.
    /// [env: TICKMARK_SCIM_KEYS_FILE]
    #[arg(long, value_name = "FILE")]
    pub scim_keys_file: Option<PathBuf>,
    /// Address of the API: HTTPS, or HTTP on this machine. [default: https://api.atlassian.com]
    /// [env: TICKMARK_API_URL]
    #[arg(long, value_name = "URL")]
    pub api_url: Option<String>,
    /// Certificates (PEM) to trust beside the system's. [env: TICKMARK_CA_FILE]
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

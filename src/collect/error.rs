//! Why a run brought nothing worth keeping.

use crate::snapshot::SnapshotError;
use std::path::PathBuf;

/// A run that brought nothing worth keeping.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum CollectError {
    /// The API's address is not one that a key may be sent to.
    #[error("the address of the API cannot be used: {problem}")]
    #[diagnostic(
        code(collect::api_url),
        help("use https://api.atlassian.com, or http:// with an address of this computer")
    )]
    ApiUrl {
        /// What is wrong with it. The address itself may hold a secret and is not repeated.
        problem: &'static str,
    },
    /// The organisation id cannot be one.
    #[error("`{org_id}` is no organisation id")]
    #[diagnostic(
        code(collect::org_id),
        help(
            "it stands in the address of the administration console: admin.atlassian.com/o/<organisation id>"
        )
    )]
    OrgId {
        /// As given.
        org_id: String,
    },
    /// The file of certificates is of no use.
    #[error("cannot use the certificates of `{}`: {problem}", path.display())]
    #[diagnostic(code(collect::ca_file))]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// The HTTPS client cannot be made, usually for want of certificates.
    #[error("cannot set up HTTPS: this computer's certificates cannot be loaded")]
    #[diagnostic(
        code(collect::no_certificates),
        help("install the package `ca-certificates`, or name a PEM file with `--ca-file`")
    )]
    NoClient {
        /// Why.
        source: reqwest::Error,
    },
    /// A mistake of this program: it tried to send a request that is no known read.
    #[error("refused to send {method} `{path}`: it is not on the list of requests that only read")]
    #[diagnostic(
        code(collect::not_allowed),
        help("this is a mistake in tickmark; please report it")
    )]
    NotAllowed {
        /// The method.
        method: String,
        /// The path.
        path: String,
    },
    /// Every request was answered 401 or 403.
    #[error("the API refused the key: {detail}")]
    #[diagnostic(
        code(collect::key_refused),
        help(
            "the key may be expired, revoked or of another kind: make an organisation API key at admin.atlassian.com, Organization settings, API keys; a user's API token does not work here, and neither does a key without read scopes"
        )
    )]
    KeyRefused {
        /// What the API said.
        detail: String,
    },
    /// No request was answered at all.
    #[error("the API at `{api_url}` cannot be reached: {detail}")]
    #[diagnostic(
        code(collect::unreachable),
        help(
            "check the network, the proxy (HTTPS_PROXY), the certificates (`--ca-file`) and the address; `tickmark doctor` tells them apart"
        )
    )]
    Unreachable {
        /// Its address.
        api_url: String,
        /// The last thing that went wrong.
        detail: String,
    },
    /// The network went away in the middle of the run.
    #[error("the connection to `{api_url}` was lost: {detail}")]
    #[diagnostic(
        code(collect::connection_lost),
        help("what was fetched is kept: the same command with `--resume` goes on from there")
    )]
    ConnectionLost {
        /// Address of the API.
        api_url: String,
        /// The last thing that went wrong.
        detail: String,
    },
    /// The folder holds a run of another organisation or API.
    #[error("`{}` holds a run of {what} `{began}`, not `{asked}`", path.display())]
    #[diagnostic(
        code(collect::other_run),
        help("a snapshot is of one organisation: name a new folder with `--out`")
    )]
    OtherRun {
        /// The folder.
        path: PathBuf,
        /// What differs.
        what: &'static str,
        /// As the run began.
        began: String,
        /// As it was now asked for.
        asked: String,
    },
    /// The interrupted run sent other requests than this version would.
    #[error("the journal `{name}` was begun by a version of tickmark that asks otherwise")]
    #[diagnostic(
        code(collect::other_requests),
        help("collect again into a new folder: one listing is not read in two ways")
    )]
    OtherRequests {
        /// Name of the collector.
        name: &'static str,
    },
    /// Two runs at a time in one folder.
    #[error("another run is writing to `{}`", path.display())]
    #[diagnostic(
        code(collect::busy),
        help("wait for it, or name a new folder with `--out`")
    )]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// The folder or a journal cannot be written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Snapshot(#[from] SnapshotError),
}

//! The manifest: what a run states of itself, and the digest of everything it left.

use super::{Completeness, ExportsStatement};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Format of a snapshot. Each that was ever written is read and verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SnapshotFormat {
    /// Frames tell no times.
    One,
    /// Frames of a dataset in order of time tell the least and the greatest.
    Two,
}

impl SnapshotFormat {
    /// Every format, the oldest first.
    pub const ALL: [SnapshotFormat; 2] = [SnapshotFormat::One, SnapshotFormat::Two];

    /// What this version writes.
    pub const NEWEST: SnapshotFormat = SnapshotFormat::Two;

    /// Its name in a manifest.
    pub fn name(self) -> &'static str {
        match self {
            SnapshotFormat::One => "tickmark.snapshot/1",
            SnapshotFormat::Two => "tickmark.snapshot/2",
        }
    }

    /// The format called `name`.
    pub fn named(name: &str) -> Option<SnapshotFormat> {
        SnapshotFormat::ALL
            .into_iter()
            .find(|format| format.name() == name)
    }
}

/// `manifest.json`: who, when, from where, how complete, and every file's digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Name of a [`SnapshotFormat`].
    pub format: String,
    /// The program that wrote it.
    pub tool: Tool,
    /// The organisation.
    pub organization: OrganizationStatement,
    /// The API's address, without credentials.
    pub api_url: String,
    /// Start, end, and the server's clock beside ours.
    pub collected: Collected,
    /// Digest of the snapshot that this one was made from, if any.
    pub parent: Option<String>,
    /// Raw responses, one file per collector.
    pub journal: BTreeMap<String, JournalStatement>,
    /// Exports of the console, and how they were read.
    #[serde(default, skip_serializing_if = "ExportsStatement::is_empty")]
    pub exports: ExportsStatement,
    /// Every dataset of the catalog, also those that could not be read.
    pub datasets: BTreeMap<String, DatasetStatement>,
    /// SHA-256 of `sources.json`.
    pub sources_sha256: String,
}

/// The program that wrote a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Tool {
    /// `tickmark`.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Tool {
    /// This program.
    pub fn this() -> Tool {
        Tool {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// The organisation that a snapshot is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OrganizationStatement {
    /// Its id, as configured.
    pub id: String,
    /// Its name, if the API told.
    pub name: Option<String>,
}

/// When a run took place, by two clocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Collected {
    /// Before the first request.
    pub from: Timestamp,
    /// After the last response.
    pub to: Timestamp,
    /// Server's clock minus ours in milliseconds, from the `Date` header furthest from ours; `None` if no
    /// response had one.
    pub clock_skew_ms: Option<i64>,
}

/// What the journal of one collector holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalStatement {
    /// Responses kept, also failed ones.
    pub responses: u64,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// What a snapshot states of one dataset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DatasetStatement {
    /// Whether it holds everything.
    pub completeness: Completeness,
    /// Records in it.
    pub records: u64,
    /// The API's own count, where there is one.
    pub api_count: Option<u64>,
    /// The period that it is of, where it is of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<PeriodStatement>,
    /// Each source that was asked, main one first.
    pub sources: Vec<SourceStatement>,
    /// SHA-256 of the compressed records; empty if there are none.
    pub sha256: String,
    /// SHA-256 of the frame list; empty if there are no records.
    pub frames_sha256: String,
    /// Values that were left out because the catalog does not know them: listed, never guessed.
    pub misfits: Vec<Misfit>,
}

/// A span of time: its first moment, and the first that does not belong to it any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Period {
    /// First moment.
    pub from: Timestamp,
    /// First moment behind it.
    pub to: Timestamp,
    /// Why it begins there, for a reader.
    pub from_because: String,
    /// Why it ends there, for a reader.
    pub to_because: String,
}

/// What a snapshot states of the period that a dataset is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PeriodStatement {
    /// The period.
    #[serde(flatten)]
    pub period: Period,
    /// Records that were received and are not in the dataset, since they are of another time.
    pub outside: u64,
}

/// What one source of a dataset delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SourceStatement {
    /// Name of the source in the catalog: `users/search`.
    pub source: String,
    /// The newer source that should have been asked, if the API does not know that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<FallbackStatement>,
    /// Whether it delivered everything.
    pub completeness: Completeness,
    /// Requests sent, retries included.
    pub requests: u64,
    /// How many of them were retries.
    pub retries: u64,
    /// How many were answered with anything but success, or not at all.
    pub errors: u64,
    /// How often the listing was read from its first page: more than once where it changed meanwhile.
    pub readings: u64,
    /// Pages of the last reading.
    pub pages: u64,
    /// Records received, before joining.
    pub records: u64,
    /// The API's own count, where there is one.
    pub api_count: Option<u64>,
    /// The API's own counts by kind, each with what was listed. They agree, or the source is cut.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<KindCount>,
    /// Time of the first response.
    pub first_response_at: Option<Timestamp>,
    /// Time of the last response.
    pub last_response_at: Option<Timestamp>,
    /// Server's clock minus ours in milliseconds where it was furthest off, if the server told.
    pub clock_skew_ms: Option<i64>,
}

/// Why an older endpoint was asked instead of the newer one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FallbackStatement {
    /// Name of the newer source in the catalog.
    pub instead_of: String,
    /// Method and path that were asked, `{org}` for the organisation id.
    pub request: String,
    /// Why.
    pub reason: String,
    /// Day after which the vendor may switch the older one off.
    pub deprecated_after: Option<String>,
}

/// The API's own count of records of one kind, beside what it listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct KindCount {
    /// The kind: `account_status active`.
    pub kind: String,
    /// What the API counts.
    pub api: u64,
    /// What it listed.
    pub listed: u64,
}

/// A value that is not as the catalog expects. The field is absent in the dataset unless its kind says that the
/// value is kept; the raw response keeps it in any case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Misfit {
    /// The field.
    pub field: String,
    /// What is wrong with it.
    pub kind: MisfitKind,
    /// Records concerned.
    pub records: u64,
    /// Up to five different values, shortened, as JSON text.
    pub values: Vec<String>,
}

/// What is wrong with a value.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MisfitKind {
    /// Not of the type that the catalog states.
    WrongType,
    /// A word that a closed list does not hold.
    UnknownWord,
    /// A word that an open list does not hold yet. It is kept.
    NewWord,
    /// The same answer tells otherwise elsewhere.
    Contradicted,
    /// A value that a list holds more than once. It is kept, once.
    Repeated,
}

impl MisfitKind {
    /// The kind for a reader: `unknown word`.
    pub fn words(self) -> &'static str {
        match self {
            MisfitKind::WrongType => "wrong type",
            MisfitKind::UnknownWord => "unknown word",
            MisfitKind::NewWord => "new word, kept",
            MisfitKind::Contradicted => "contradicted by the same answer",
            MisfitKind::Repeated => "repeated, kept once",
        }
    }

    /// Whether the dataset holds the value all the same.
    pub fn keeps_the_value(self) -> bool {
        matches!(self, MisfitKind::NewWord | MisfitKind::Repeated)
    }
}

//! What is stated of exports of the admin console: what each file is, how old, and how its rows fit the accounts.

use super::given::{first_moment_anywhere, is_day_later};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Days after which an export counts for nothing.
pub const EXPORT_AGE_DAYS_MAX: i64 = 35;

/// Which export of the console a file is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ExportKind {
    /// Managed accounts, or the members of one authentication policy.
    ManagedAccounts,
    /// Accounts on the domains of the organisation.
    DomainAccounts,
    /// Users of the directory.
    Users,
}

impl ExportKind {
    /// Every kind, the most telling first: of one day the earlier counts.
    pub const ALL: [ExportKind; 3] = [
        ExportKind::ManagedAccounts,
        ExportKind::DomainAccounts,
        ExportKind::Users,
    ];

    /// Its name as a source of the catalog.
    pub fn source(self) -> &'static str {
        match self {
            ExportKind::ManagedAccounts => crate::catalog::MANAGED_EXPORT,
            ExportKind::DomainAccounts => crate::catalog::DOMAIN_EXPORT,
            ExportKind::Users => crate::catalog::USERS_EXPORT,
        }
    }

    /// Whether its rows tell what authentication policies set.
    pub fn tells_policies(self) -> bool {
        match self {
            ExportKind::ManagedAccounts | ExportKind::DomainAccounts => true,
            ExportKind::Users => false,
        }
    }

    /// The kind as a word of the catalog: `managed_accounts`.
    pub fn word(self) -> &'static str {
        match self {
            ExportKind::ManagedAccounts => "managed_accounts",
            ExportKind::DomainAccounts => "domain_accounts",
            ExportKind::Users => "users",
        }
    }
}

/// Who says on which day an export was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DatedBy {
    /// Whoever gave the file.
    Stated,
    /// The newest day of activity in it: the file was taken then or later.
    NewestActivity,
}

impl DatedBy {
    /// The word of the catalog.
    pub fn word(self) -> &'static str {
        match self {
            DatedBy::Stated => "stated",
            DatedBy::NewestActivity => "newest_activity",
        }
    }
}

/// A cell whose value is no word of its column, and the word that it stands for.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct TaughtWord {
    /// The column, by its name in tickmark: `two_step`; of any column where the cell says nothing else if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What the cell holds.
    pub cell: String,
    /// What it means.
    pub word: String,
}

/// Exports beside a snapshot, and how they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportsStatement {
    /// Cells that whoever gave the files explained.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<TaughtWord>,
    /// The files, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<ExportStatement>,
}

/// One export as it was given, and how its rows fit the accounts that the API lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportStatement {
    /// Name of the file, without its folder.
    pub file: String,
    /// Which export it is.
    pub kind: ExportKind,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Bytes of the file.
    pub bytes: u64,
    /// How its text is written: `UTF-8`, `UTF-16LE`, `UTF-16BE`.
    pub encoding: String,
    /// The sign between its cells.
    pub delimiter: char,
    /// The day that it was taken, if anybody says.
    pub extracted_on: Option<Date>,
    /// Who says.
    pub dated_by: Option<DatedBy>,
    /// The newest day of activity in it.
    pub newest_activity_on: Option<Date>,
    /// Headers that were understood, with the columns that they are.
    pub columns: BTreeMap<String, String>,
    /// Headers that nothing reads.
    pub unread_columns: Vec<String>,
    /// Rows below the header; lines without any value are none.
    pub rows: u64,
    /// Cells whose values are not known: left unknown.
    pub unread_cells: Vec<UnreadCell>,
    /// How its rows fit the accounts.
    pub fit: ExportFit,
}

/// A value that a column does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnreadCell {
    /// Header of the column.
    pub column: String,
    /// The value, shortened; of more different values than are listed `None`, all of them in one entry.
    pub value: Option<String>,
    /// Cells that hold it.
    pub cells: u64,
    /// The first row that does; the header is row 1.
    pub first_row: u64,
}

/// How the rows of an export fit the accounts that the API lists.
///
/// Rows = matched + unmatched + unjoinable + duplicate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportFit {
    /// Rows joined to one account.
    pub matched: u64,
    /// Rows of accounts that the API does not list.
    pub unmatched: Rows,
    /// Rows without a key that reads.
    pub without_key: Rows,
    /// Rows whose e-mail several accounts have.
    pub ambiguous: Rows,
    /// Rows whose account an earlier row of the file has.
    pub duplicate: Rows,
    /// Accounts that several rows tell differently: what they differ in is unknown.
    pub contradictory: Rows,
    /// Accounts that belong in it and are in no row.
    pub missing: u64,
    /// Accounts that joined on the day of the export or later, and are in no row.
    pub joined_since: u64,
    /// Accounts that belong in it, but whose e-mail the API does not tell, so that no row can be joined.
    pub hidden: u64,
}

impl ExportFit {
    /// Rows that could not be joined because of their key.
    pub fn unjoinable(&self) -> u64 {
        self.without_key.count + self.ambiguous.count
    }
}

/// Some rows, and where to look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rows {
    /// How many.
    pub count: u64,
    /// Up to five of their numbers, ascending; the header is row 1.
    pub first: Vec<u64>,
}

/// Row numbers that are listed.
const ROWS_LISTED_MAX: usize = 5;

impl Rows {
    /// Counts the row called `number`.
    pub fn add(&mut self, number: u64) {
        self.count += 1;
        let place = self.first.partition_point(|known| *known < number);
        if place < ROWS_LISTED_MAX {
            self.first.insert(place, number);
            self.first.truncate(ROWS_LISTED_MAX);
        }
    }
}

impl ExportStatement {
    /// Path of the file as it is kept, below the folder of the snapshot.
    pub fn kept_path(&self, dir: &Path) -> PathBuf {
        export_path(dir, &self.sha256)
    }

    /// Cells whose values are not known.
    pub fn unread_cell_count(&self) -> u64 {
        self.unread_cells.iter().map(|cell| cell.cells).sum()
    }

    /// The first moment from which a change may have come after it: only its day is known, and a change of the same
    /// day may be the later one. `None` where nobody says the day.
    pub fn speaks_of(&self) -> Option<Timestamp> {
        first_moment_anywhere(self.extracted_on?)
    }

    /// Why it counts for nothing at the point in time `as_of`; `None` if it counts.
    ///
    /// Ages are whole days, UTC, the last one included. A file of which nobody says the day is stale, as is one of a
    /// day that has begun nowhere at `as_of`: it speaks of another time.
    pub fn stale(&self, as_of: Timestamp) -> Option<String> {
        let today = as_of.to_zoned(TimeZone::UTC).date();
        let Some(day) = self.extracted_on else {
            return Some(
                "nobody says the day of the export, and no row tells a day of activity".to_owned(),
            );
        };
        if is_day_later(day, as_of) {
            return Some(format!(
                "taken on {day}, after the point in time of the test"
            ));
        }
        let age = day
            .until(today)
            .map_or(0, |span| i64::from(span.get_days()));
        (age > EXPORT_AGE_DAYS_MAX).then(|| {
            let taken = self.taken_in_words();
            format!("{taken}, {age} days before the test, and an export counts for {EXPORT_AGE_DAYS_MAX} days")
        })
    }

    /// When it was taken: `taken on 2026-11-17`.
    pub fn taken_in_words(&self) -> String {
        match (self.extracted_on, self.dated_by) {
            (Some(day), Some(DatedBy::NewestActivity)) => format!("newest activity on {day}"),
            (Some(day), Some(DatedBy::Stated) | None) => format!("taken on {day}"),
            (None, _) => "taken on a day that nobody says".to_owned(),
        }
    }
}

impl ExportsStatement {
    /// Why the exports of a kind count for nothing at `as_of`, by the name of the source.
    ///
    /// What was stale at the end of the collection gave no value. Of the others the oldest counts, since a value
    /// may have come from any of them.
    pub fn stale(
        &self,
        collected_to: Timestamp,
        as_of: Timestamp,
    ) -> BTreeMap<&'static str, String> {
        let mut reasons = BTreeMap::new();
        for kind in ExportKind::ALL {
            let files = || self.files.iter().filter(|file| file.kind == kind);
            let gave = |file: &&ExportStatement| file.stale(collected_to).is_none();
            let gave_values = files().any(|file| gave(&file));
            let deciding = files().filter(|file| !gave_values || gave(file));
            let mut stale = deciding.filter_map(|file| {
                let why = file.stale(as_of)?;
                Some(format!("`{}`: {why}", file.file))
            });
            if let Some(why) = stale.next() {
                reasons.insert(kind.source(), why);
            }
        }
        reasons
    }

    /// Whether there is nothing to state.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.files.is_empty()
    }

    /// Puts the files in order: the newest first, since its values outrank those of an older one, then by kind.
    pub fn sort(&mut self) {
        self.words.sort();
        self.words.dedup();
        let key = |file: &ExportStatement| {
            (
                std::cmp::Reverse(file.extracted_on),
                file.kind,
                file.sha256.clone(),
            )
        };
        self.files.sort_by_key(key);
    }

    /// Whether the file with this digest is among them.
    pub fn holds(&self, sha256: &str) -> bool {
        self.files.iter().any(|file| file.sha256 == sha256)
    }
}

/// Path of the export with this digest below the folder of a snapshot. The name is ours, since the file's own
/// may be anything.
pub fn export_path(dir: &Path, sha256: &str) -> PathBuf {
    dir.join("inputs").join(format!("{sha256}.csv"))
}

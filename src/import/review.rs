//! Review sheets: written from a snapshot, filled in by people, checked row by row, and kept as a list.
//!
//! A sheet is CSV that a spreadsheet opens as it is: UTF-8 with a byte order mark, and no cell that it would take
//! for a formula. What comes back is compared with the snapshot that it was made from, so that no row can be lost,
//! added or decided by the subject itself unseen.

mod sheet;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{List, ListError, ListExtent, ListOrigin, ListRequest};
use crate::catalog::{self, FieldType, InputField, InputSchema};
use crate::diagnostic::{SourceFile, Span};
use crate::snapshot::{RecordSource, SnapshotError, is_day_later};
use crate::value::sha256_hex;

pub use sheet::{Decided, DecidedRow, Extent, SHEET_BYTES_MAX, check};

/// Name of the list that kept reviews become.
pub const LIST: &str = "reviews";
/// What the list says that it is from.
pub const REVIEW_SHEETS: &str = "review sheets";
/// Ending of what is stated of a kept review; its rows stand beside it as CSV.
const STATEMENT_ENDING: &str = ".review.json";
/// Reviews that one folder keeps.
const REVIEWS_MAX: usize = 1_000;
/// Bytes of a statement.
const STATEMENT_BYTES_MAX: u64 = 64 << 10;

/// What can be reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReviewKind {
    /// Active accounts.
    Accounts,
    /// Active accounts that hold a platform role.
    Admins,
    /// Active managed people without recorded activity for this many days.
    Idle {
        /// Days.
        days: u32,
    },
    /// API tokens of people.
    Tokens,
    /// Events of the audit log.
    Events,
}

/// What a reviewer decides about a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// It stays as it is.
    Keep,
    /// It goes: the next snapshot shows whether it went.
    Remove,
    /// Something about it changes, as the ticket says.
    Change,
}

impl Decision {
    /// Each with its word.
    pub const WORDS: [(&'static str, Decision); 3] = [
        ("keep", Decision::Keep),
        ("remove", Decision::Remove),
        ("change", Decision::Change),
    ];

    /// The word in a sheet.
    pub fn word(self) -> &'static str {
        match self {
            Decision::Keep => "keep",
            Decision::Remove => "remove",
            Decision::Change => "change",
        }
    }
}

impl ReviewKind {
    /// Its word, as the command line and kept lists have it.
    pub fn word(self) -> &'static str {
        match self {
            ReviewKind::Accounts => "accounts",
            ReviewKind::Admins => "admins",
            ReviewKind::Idle { .. } => "idle",
            ReviewKind::Tokens => "tokens",
            ReviewKind::Events => "events",
        }
    }

    /// What stands in the column `review`: the word, for `idle` with its days.
    pub fn mark(self) -> String {
        match self {
            ReviewKind::Idle { days } => format!("idle {days}d"),
            other => other.word().to_owned(),
        }
    }

    /// The kind that [`mark`](ReviewKind::mark) wrote.
    pub fn marked(text: &str) -> Option<ReviewKind> {
        match text {
            "accounts" => Some(ReviewKind::Accounts),
            "admins" => Some(ReviewKind::Admins),
            "tokens" => Some(ReviewKind::Tokens),
            "events" => Some(ReviewKind::Events),
            other => {
                let days = other.strip_prefix("idle ")?.strip_suffix('d')?;
                let days = days.parse().ok()?;
                Some(ReviewKind::Idle { days })
            }
        }
    }

    /// The dataset whose records are its subjects.
    pub fn dataset(self) -> &'static str {
        match self {
            ReviewKind::Accounts | ReviewKind::Admins | ReviewKind::Idle { .. } => "accounts",
            ReviewKind::Tokens => "api_tokens",
            ReviewKind::Events => "events",
        }
    }

    /// Fields that a reviewer sees, after the id.
    fn columns(self) -> &'static [&'static str] {
        match self {
            ReviewKind::Accounts => &[
                "name",
                "email",
                "claim_status",
                "account_type",
                "platform_roles",
                "added_to_org_at",
                "last_active_at",
            ],
            ReviewKind::Admins => &[
                "name",
                "email",
                "claim_status",
                "platform_roles",
                "mfa_enabled",
                "last_active_at",
            ],
            ReviewKind::Idle { .. } => &[
                "name",
                "email",
                "added_to_org_at",
                "activity",
                "last_active_at",
                "platform_roles",
            ],
            ReviewKind::Tokens => &[
                "label",
                "owner_id",
                "owner_name",
                "owner_email",
                "owner_status",
                "created_at",
                "expires_at",
                "last_active_at",
            ],
            ReviewKind::Events => &[
                "time",
                "action",
                "action_name",
                "actor_id",
                "actor_name",
                "actor_email",
                "ip_address",
            ],
        }
    }

    /// Fields that tell who a subject is, beside its id: nobody reviews themselves.
    fn identities(self) -> &'static [&'static str] {
        match self {
            ReviewKind::Accounts | ReviewKind::Admins | ReviewKind::Idle { .. } => {
                &["name", "email"]
            }
            ReviewKind::Tokens => &["owner_id", "owner_name", "owner_email"],
            ReviewKind::Events => &["actor_id", "actor_name", "actor_email"],
        }
    }

    /// What may be decided: what has happened cannot be removed.
    pub fn decisions(self) -> &'static [(&'static str, Decision)] {
        const OF_EVENTS: [(&str, Decision); 2] =
            [("keep", Decision::Keep), ("change", Decision::Change)];
        match self {
            ReviewKind::Events => &OF_EVENTS,
            _ => &Decision::WORDS,
        }
    }

    /// Whether a record belongs on the sheet at `as_of`. One of which a field is not known does: a person sees it.
    fn holds(self, record: &Value, as_of: Timestamp) -> bool {
        let is = |field: &str, word: &str| record.get(field).is_none_or(|value| value == word);
        let time = |field: &str| {
            let text = record.get(field).and_then(Value::as_str)?;
            text.parse::<Timestamp>().ok()
        };
        match self {
            ReviewKind::Accounts => is("account_status", "active"),
            ReviewKind::Admins => {
                let roles = record.get("platform_roles").and_then(Value::as_array);
                is("account_status", "active") && roles.is_none_or(|roles| !roles.is_empty())
            }
            ReviewKind::Idle { days } => {
                let hours = i64::from(days) * 24;
                let limit = as_of.checked_sub(hours.hours()).unwrap_or(Timestamp::MIN);
                is("account_status", "active")
                    && is("claim_status", "managed")
                    && is("account_type", "atlassian")
                    && time("last_active_at").is_none_or(|active| active < limit)
            }
            ReviewKind::Tokens => time("expires_at").is_none_or(|expiry| expiry > as_of),
            ReviewKind::Events => true,
        }
    }
}

/// Columns that a person fills in.
pub const FILLED_IN: [&str; 3] = ["decision", "reviewer", "ticket"];
/// Columns that bind a sheet to what it was made from.
pub const BINDING: [&str; 2] = ["review", "snapshot"];

/// A sheet cannot be written.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum SheetError {
    /// The snapshot cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The subjects are not known.
    #[error("nothing can be reviewed: `{dataset}` is {state} in this snapshot")]
    #[diagnostic(help("collect it whole first: a review of a part lets the rest pass unseen"))]
    NotWhole {
        /// The dataset.
        dataset: &'static str,
        /// How complete it is.
        state: String,
    },
    /// A line of a dataset is no record.
    #[error("`{dataset}` holds a line that is no record, in frame {frame}")]
    Line {
        /// The dataset.
        dataset: &'static str,
        /// Place of the frame.
        frame: usize,
    },
    /// Writing failed.
    #[error("cannot write the sheet: {0}")]
    Write(#[from] std::io::Error),
}

/// Writes the sheet of `kind` on the subjects that `source` has; gives their number.
///
/// # Errors
/// The dataset is not whole, cannot be read, or `out` refuses.
pub fn write_sheet(
    kind: ReviewKind,
    source: &dyn RecordSource,
    out: &mut dyn Write,
) -> Result<u64, SheetError> {
    out.write_all(b"\xef\xbb\xbf")?;
    let mut rows = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(out);
    let failed = |error: csv::Error| SheetError::Write(error.into());
    let heads = std::iter::once("id").chain(kind.columns().iter().copied());
    rows.write_record(heads.chain(FILLED_IN).chain(BINDING))
        .map_err(failed)?;
    let mark = kind.mark();
    let snapshot = short(source.digest());
    let mut count = 0;
    each_subject(kind, source, |record| {
        count += 1;
        let id = harmless(&shown(record.get("id")));
        let fields = kind
            .columns()
            .iter()
            .map(|field| harmless(&shown(record.get(field))));
        let blank = FILLED_IN.iter().map(|_| String::new());
        let binding = [mark.clone(), snapshot.to_owned()];
        rows.write_record(
            std::iter::once(id)
                .chain(fields)
                .chain(blank)
                .chain(binding),
        )
        .map_err(failed)
    })?;
    rows.flush()?;
    Ok(count)
}

/// How many subjects `kind` has.
///
/// # Errors
/// The dataset is not whole, or cannot be read.
pub fn count(kind: ReviewKind, source: &dyn RecordSource) -> Result<u64, SheetError> {
    let mut count = 0;
    each_subject(kind, source, |_| {
        count += 1;
        Ok(())
    })?;
    Ok(count)
}

/// The part of a snapshot's digest that a sheet carries.
fn short(digest: &str) -> &str {
    digest.get(..16).unwrap_or(digest)
}

/// Calls `each` for every subject of `kind`, in the snapshot's order.
fn each_subject(
    kind: ReviewKind,
    source: &dyn RecordSource,
    mut each: impl FnMut(&Value) -> Result<(), SheetError>,
) -> Result<(), SheetError> {
    let dataset = kind.dataset();
    let not_whole = |state: String| SheetError::NotWhole { dataset, state };
    if catalog::dataset(dataset).is_none() {
        return Err(not_whole("not collected by this version".to_owned()));
    }
    let statement = source.manifest().datasets.get(dataset);
    match statement.map(|statement| &statement.completeness) {
        Some(completeness) if completeness.is_whole() => {}
        Some(completeness) => return Err(not_whole(completeness.to_string())),
        None => return Err(not_whole("not there".to_owned())),
    }
    let as_of = source.manifest().collected.to;
    let mut text = String::new();
    for frame in 0..source.frame_count(dataset) {
        source.read_frame(dataset, frame, &mut text)?;
        for line in text.lines() {
            let record: Value =
                serde_json::from_str(line).map_err(|_| SheetError::Line { dataset, frame })?;
            if kind.holds(&record, as_of) {
                each(&record)?;
            }
        }
    }
    Ok(())
}

/// A value as a reviewer sees it.
fn shown(value: Option<&Value>) -> String {
    match value {
        None => "(not known)".to_owned(),
        Some(Value::Null) => "(none)".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(elements)) => {
            let elements = elements.iter().map(|element| shown(Some(element)));
            elements.collect::<Vec<_>>().join("; ")
        }
        Some(other) => other.to_string(),
    }
}

/// Whether a spreadsheet would take a cell that begins so for a formula, or it begins as a made harmless one does.
fn is_hazard(letter: char) -> bool {
    matches!(
        letter,
        '=' | '+' | '-' | '@' | '\'' | '＝' | '＋' | '－' | '＠'
    )
}

/// A cell that no spreadsheet takes for a formula, on one line, without characters that nobody sees.
fn harmless(text: &str) -> String {
    let visible: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    let trimmed = visible.trim();
    if trimmed.starts_with(is_hazard) {
        format!("'{trimmed}")
    } else {
        trimmed.to_owned()
    }
}

/// The cell that [`harmless`] made harmless.
fn as_it_was(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(is_hazard) => rest,
        _ => cell,
    }
}

/// What is stated of a review that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptReview {
    /// What was reviewed: [`ReviewKind::mark`].
    pub review: String,
    /// The day on which it was finished.
    pub reviewed_on: Date,
    /// Who answers for it.
    pub owner: Option<String>,
    /// SHA-256 of the snapshot that the sheet was made from.
    pub snapshot: String,
    /// The end of its collection.
    pub snapshot_at: Timestamp,
    /// Name of the sheet as it was given, and its SHA-256.
    pub sheet: String,
    /// SHA-256 of the sheet.
    pub sheet_sha256: String,
    /// SHA-256 of the rows beside this statement.
    pub rows_sha256: String,
    /// Rows that are decided, by decision.
    pub decided: BTreeMap<String, u64>,
    /// Rows that are not.
    pub undecided: u64,
}

/// A review cannot be kept, or what was kept cannot be read.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ReviewError {
    /// The operating system refused.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is one of that kind and day.
    #[error("`{}` is there already", path.display())]
    #[diagnostic(help(
        "a kept review never changes: name another day with `--reviewed-on`, or remove it yourself"
    ))]
    Exists {
        /// Its statement.
        path: PathBuf,
    },
    /// What is kept is not what was kept.
    #[error("`{}` {problem}", path.display())]
    #[diagnostic(help("import the sheet again"))]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// There are too many.
    #[error("`{}` keeps more than {REVIEWS_MAX} reviews", path.display())]
    TooMany {
        /// The folder.
        path: PathBuf,
    },
    /// The list that they come to cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    List(#[from] ListError),
}

impl ReviewError {
    fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> ReviewError {
        let path = path.to_owned();
        move |source| ReviewError::Io {
            action,
            path,
            source,
        }
    }
}

/// Keeps what was decided in `dir`: the rows as CSV, the sheet as it was given, and what is stated of both, last.
/// Gives the path of the statement.
///
/// # Errors
/// A review of that kind and day is kept already, or the disk refuses.
pub fn keep(
    decided: &Decided,
    dir: &Path,
    owner: Option<String>,
    reviewed_on: Date,
) -> Result<PathBuf, ReviewError> {
    fs::create_dir_all(dir).map_err(ReviewError::io("make", dir))?;
    let name = format!("{}-{reviewed_on}", decided.kind.word());
    let path = dir.join(format!("{name}{STATEMENT_ENDING}"));
    if path.exists() {
        return Err(ReviewError::Exists { path });
    }
    let rows = rows_as_csv(decided);
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for row in &decided.rows {
        *counts.entry(row.decision.word().to_owned()).or_default() += 1;
    }
    let statement = KeptReview {
        review: decided.kind.mark(),
        reviewed_on,
        owner,
        snapshot: decided.snapshot.clone(),
        snapshot_at: decided.snapshot_at,
        sheet: decided.sheet.clone(),
        sheet_sha256: sha256_hex(&decided.bytes),
        rows_sha256: sha256_hex(&rows),
        decided: counts,
        undecided: decided.undecided,
    };
    let mut text = serde_json::to_string_pretty(&statement).expect("texts and numbers are JSON");
    text.push('\n');
    write_private(&dir.join(format!("{name}.sheet.csv")), &decided.bytes)?;
    write_private(&dir.join(format!("{name}.csv")), &rows)?;
    write_private(&path, text.as_bytes())?;
    Ok(path)
}

/// Writes a file that only its owner may read, over what an import that broke off has left.
fn write_private(path: &Path, bytes: &[u8]) -> Result<(), ReviewError> {
    let failed = |error| ReviewError::io("write", path)(error);
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        Ok(()) | Err(_) => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(bytes).map_err(failed)
}

/// Columns of kept rows.
const ROW_COLUMNS: [&str; 4] = ["id", "decision", "reviewer", "ticket"];

fn rows_as_csv(decided: &Decided) -> Vec<u8> {
    let mut rows = csv::Writer::from_writer(Vec::new());
    let in_memory = "memory takes what is written";
    rows.write_record(ROW_COLUMNS).expect(in_memory);
    for row in &decided.rows {
        let cells = [
            &row.subject,
            row.decision.word(),
            &row.reviewer,
            &row.ticket,
        ];
        rows.write_record(cells).expect(in_memory);
    }
    rows.into_inner().expect(in_memory)
}

/// What is stated of every review in `dir`, the newest first.
///
/// # Errors
/// A statement cannot be read, or is not what this program writes.
pub fn kept(dir: &Path) -> Result<Vec<(PathBuf, KeptReview)>, ReviewError> {
    let mut reviews = Vec::new();
    for entry in fs::read_dir(dir).map_err(ReviewError::io("read", dir))? {
        let path = entry.map_err(ReviewError::io("read", dir))?.path();
        if !path.to_string_lossy().ends_with(STATEMENT_ENDING) {
            continue;
        }
        if reviews.len() == REVIEWS_MAX {
            return Err(ReviewError::TooMany {
                path: dir.to_owned(),
            });
        }
        let mut text = String::new();
        let file = fs::File::open(&path).map_err(ReviewError::io("read", &path))?;
        std::io::Read::read_to_string(
            &mut std::io::Read::take(file, STATEMENT_BYTES_MAX),
            &mut text,
        )
        .map_err(ReviewError::io("read", &path))?;
        let review: KeptReview =
            serde_json::from_str(&text).map_err(|error| ReviewError::Broken {
                path: path.clone(),
                problem: format!("is no statement of a review: {error}"),
            })?;
        if ReviewKind::marked(&review.review).is_none() {
            return Err(ReviewError::Broken {
                path,
                problem: format!("is of a review `{}`, which there is not", review.review),
            });
        }
        reviews.push((path, review));
    }
    reviews
        .sort_by(|(a_path, a), (b_path, b)| (b.reviewed_on, a_path).cmp(&(a.reviewed_on, b_path)));
    Ok(reviews)
}

/// The list `reviews`: what the newest review of each kind in `dir` decided, as far as `schema` names it. `None` if
/// nothing is kept.
///
/// Reviews of a day after `as_of` are left out. Where there are no others they are taken, and the list is one of after
/// the test.
///
/// # Errors
/// What is kept cannot be read, or was changed since.
pub fn kept_list(
    dir: &Path,
    schema: Arc<InputSchema>,
    as_of: Option<Timestamp>,
) -> Result<Option<List>, ReviewError> {
    let is_in_time =
        |review: &KeptReview| as_of.is_none_or(|as_of| !is_day_later(review.reviewed_on, as_of));
    let mut reviews = kept(dir)?;
    if reviews.iter().any(|(_, review)| is_in_time(review)) {
        reviews.retain(|(_, review)| is_in_time(review));
    }
    let mut newest: BTreeMap<&'static str, (PathBuf, KeptReview)> = BTreeMap::new();
    for (path, review) in reviews {
        let kind = ReviewKind::marked(&review.review).map(ReviewKind::word);
        if let Some(kind) = kind {
            newest.entry(kind).or_insert((path, review));
        }
    }
    let Some(oldest) = newest.values().map(|(_, review)| review.reviewed_on).min() else {
        return Ok(None);
    };
    let mut objects = Vec::new();
    let mut digests = String::new();
    let mut owners: Vec<&str> = Vec::new();
    let mut extent = ListExtent::Whole;
    for (kind, (path, review)) in &newest {
        digests.push_str(&review.rows_sha256);
        owners.extend(review.owner.as_deref());
        if review.undecided > 0 {
            extent = ListExtent::Partial;
        }
        objects.extend(kept_rows(kind, path, review)?);
    }
    owners.sort_unstable();
    owners.dedup();
    let request = ListRequest {
        path: dir.to_owned(),
        schema,
        origin: ListOrigin {
            owner: (!owners.is_empty()).then(|| owners.join(", ")),
            source: Some(REVIEW_SHEETS.to_owned()),
            extracted_on: Some(oldest),
            max_age_days: None,
            extent,
        },
    };
    Ok(Some(List::of_objects(
        &request,
        &objects,
        sha256_hex(digests.as_bytes()),
    )?))
}

/// What a row of the list `reviews` holds.
pub fn schema(dir: &Path) -> InputSchema {
    let field = |name: &str, kind: FieldType| InputField {
        name: name.to_owned(),
        kind,
        omission: None,
    };
    let fields = vec![
        field("id", FieldType::Id),
        field("review", FieldType::Text),
        field("subject", FieldType::Id),
        field("decision", FieldType::Text),
        field("reviewer", FieldType::Text),
        field("ticket", FieldType::Text),
        field("reviewed_on", FieldType::Date),
        field("snapshot_at", FieldType::Timestamp),
    ];
    let file = SourceFile::new(dir.to_string_lossy(), "");
    InputSchema::new(
        LIST,
        Some("id".to_owned()),
        fields,
        file.place(Span::new(0, 0)),
    )
}

/// The rows of a kept review, which nobody has changed since.
fn kept_rows(
    kind: &str,
    statement: &Path,
    review: &KeptReview,
) -> Result<Vec<Map<String, Value>>, ReviewError> {
    let name = statement.to_string_lossy();
    let path = PathBuf::from(format!(
        "{}.csv",
        name.strip_suffix(STATEMENT_ENDING).unwrap_or(&name)
    ));
    let bytes = fs::read(&path).map_err(ReviewError::io("read", &path))?;
    let broken = |problem: &str| ReviewError::Broken {
        path: path.clone(),
        problem: problem.to_owned(),
    };
    if sha256_hex(&bytes) != review.rows_sha256 {
        return Err(broken(
            "was changed after it was kept: its digest does not match",
        ));
    }
    let mut rows = csv::Reader::from_reader(bytes.as_slice());
    let mut objects = Vec::new();
    for row in rows.records() {
        let row = row.map_err(|error| broken(&format!("does not read as CSV: {error}")))?;
        let cell = |place: usize| row.get(place).unwrap_or_default();
        let text_or_null = |text: &str| match text {
            "" => Value::Null,
            text => text.into(),
        };
        let object = json!({
            "id": format!("{kind}:{}", cell(0)),
            "review": kind,
            "subject": cell(0),
            "decision": cell(1),
            "reviewer": cell(2),
            "ticket": text_or_null(cell(3)),
            "reviewed_on": review.reviewed_on.to_string(),
            "snapshot_at": review.snapshot_at.to_string(),
        });
        if let Value::Object(object) = object {
            objects.push(object);
        }
    }
    Ok(objects)
}

#[cfg(test)]
mod tests;

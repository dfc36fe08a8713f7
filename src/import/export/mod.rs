//! Exports of the admin console: told by their header, whatever the file is called and however it is written.
//!
//! A file is read twice: once to state what it is and what in it is not understood, and once, as it is kept in the
//! snapshot, by assembly, which joins its rows to accounts. Memory does not grow with the file. What a cell means
//! stands in one table, `columns`; a cell that the table does not know is left unknown and told.

mod cells;
mod columns;
mod text;

use crate::snapshot::{
    DatedBy, ExportFit, ExportKind, ExportStatement, TaughtWord, UnreadCell, sha256_file,
};
use cells::Words;
use columns::{Column, Role};
use jiff::civil::Date;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use text::Table;

pub use cells::{TOLD_LAST_ACTIVE_ON, Told};
pub use columns::TOLD_ORG_ADMIN;

/// Different unknown values that are listed of a column.
const UNREAD_VALUES_MAX: usize = 20;
/// Characters of a listed value, and of a listed header.
const LISTED_CHARS_MAX: usize = 60;

/// An export to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportRequest {
    /// The file.
    pub path: PathBuf,
    /// The day that it was taken, if whoever gives it says so.
    pub extracted_on: Option<Date>,
}

/// One row, in the words of the catalog.
#[derive(Debug)]
pub struct ExportRow {
    /// Its number, as a spreadsheet counts: the header is row 1.
    pub number: u64,
    /// Id of the account, where the file has such a column and the cell something in it.
    pub account_id: Option<String>,
    /// Address of the account, trimmed and in lower case.
    pub email: Option<String>,
    /// What it tells of the account.
    pub told: Told,
    /// What it tells in words that are not known: names as those in `told`.
    pub unread: BTreeSet<&'static str>,
}

/// An export being read.
pub struct ExportReader<'p> {
    table: Table<'p>,
    /// What each column of the file is.
    columns: Vec<Option<&'static Column>>,
    kind: ExportKind,
    words: Words,
    rows: u64,
    unread: BTreeMap<usize, Unread>,
}

/// Values of one column that are not known.
#[derive(Default)]
struct Unread {
    /// By value: cells, and the first row.
    values: BTreeMap<String, (u64, u64)>,
    /// Those of values that are not listed.
    more: Option<(u64, u64)>,
}

/// Reads the whole file, and states what it is.
///
/// # Errors
/// The file cannot be read, is no table, or has no column that tells accounts apart. A cell that is not known is no
/// error: it is stated.
pub fn inspect(
    request: &ExportRequest,
    taught: &[TaughtWord],
) -> Result<ExportStatement, ExportError> {
    let path = &request.path;
    let mut reader = ExportReader::open(path, taught)?;
    let mut newest: Option<String> = None;
    while let Some(row) = reader.next()? {
        if let Some(Value::String(day)) = row.told.get(TOLD_LAST_ACTIVE_ON)
            && newest.as_ref().is_none_or(|newest| newest < day)
        {
            newest = Some(day.clone());
        }
    }
    if reader.rows == 0 {
        return Err(ExportError::not_text(path, "it has a header and no row"));
    }
    let newest_activity_on = newest.and_then(|day| day.parse::<Date>().ok());
    let metadata = std::fs::metadata(path).map_err(ExportError::io(path))?;
    let sha256 = sha256_file(path).map_err(|error| ExportError::Io {
        path: path.clone(),
        source: std::io::Error::other(error),
    })?;
    let header = &reader.table.header;
    let known = |understood: bool| {
        let columns = header.iter().zip(&reader.columns);
        columns.filter(move |(header, column)| !header.is_empty() && column.is_some() == understood)
    };
    Ok(ExportStatement {
        file: path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        kind: reader.kind,
        sha256,
        bytes: metadata.len(),
        encoding: reader.table.encoding.word().to_owned(),
        delimiter: char::from(reader.table.delimiter),
        extracted_on: request.extracted_on.or(newest_activity_on),
        dated_by: match (request.extracted_on, newest_activity_on) {
            (Some(_), _) => Some(DatedBy::Stated),
            (None, Some(_)) => Some(DatedBy::NewestActivity),
            (None, None) => None,
        },
        newest_activity_on,
        columns: known(true)
            .filter_map(|(header, column)| {
                Some((shortened(header), column.as_ref()?.name.to_owned()))
            })
            .collect(),
        unread_columns: known(false).map(|(header, _)| shortened(header)).collect(),
        rows: reader.rows,
        unread_cells: reader.unread_cells(),
        fit: ExportFit::default(),
    })
}

impl<'p> ExportReader<'p> {
    /// Opens the export at `path`. `taught`: cells that the table of words does not know, explained.
    ///
    /// # Errors
    /// As [`inspect`].
    pub fn open(path: &'p Path, taught: &[TaughtWord]) -> Result<ExportReader<'p>, ExportError> {
        let words = Words::new(taught).map_err(|problem| ExportError::Words { problem })?;
        let table = Table::open(path)?;
        let columns: Vec<Option<&'static Column>> = table
            .header
            .iter()
            .map(|header| Column::of_header(header))
            .collect();
        let mut places: BTreeMap<Role, &str> = BTreeMap::new();
        for (header, column) in table.header.iter().zip(&columns) {
            let Some(column) = column.filter(|column| !column.may_repeat()) else {
                continue;
            };
            if let Some(first) = places.insert(column.role, header) {
                let problem = format!(
                    "its columns `{first}` and `{header}` are both the {}",
                    column.name
                );
                return Err(ExportError::header(
                    path,
                    problem,
                    "keep the one that the console wrote",
                ));
            }
        }
        let kind = kind(path, &columns, &table.header)?;
        Ok(ExportReader {
            table,
            columns,
            kind,
            words,
            rows: 0,
            unread: BTreeMap::new(),
        })
    }

    /// Which export it is.
    pub fn kind(&self) -> ExportKind {
        self.kind
    }

    /// The next row that holds anything.
    ///
    /// # Errors
    /// The row is no part of a table, or goes beyond a limit.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator of results would hide the first error"
    )]
    pub fn next(&mut self) -> Result<Option<ExportRow>, ExportError> {
        let Some((number, cells)) = self.table.next()? else {
            return Ok(None);
        };
        self.rows += 1;
        let mut row = ExportRow {
            number,
            account_id: None,
            email: None,
            told: Told::new(),
            unread: BTreeSet::new(),
        };
        let mut has_empty_password = false;
        for (place, (column, cell)) in self.columns.iter().zip(cells).enumerate() {
            let Some(column) = column else { continue };
            let cell = cell.trim();
            match column.role {
                Role::AccountId => {
                    row.account_id = Some(cell.to_owned()).filter(|id| !id.is_empty())
                }
                Role::Email => row.email = address(cell),
                Role::Password => has_empty_password = cell.is_empty(),
                _ => {}
            }
            if !cells::read(column, cell, &self.words, &mut row.told) {
                self.unread.entry(place).or_default().add(cell, number);
                row.unread.extend(column.role.fields());
            }
        }
        // A password's cell may be read in part.
        row.unread.retain(|field| !row.told.contains_key(*field));
        // Under single sign-on there is no password to ask anything of; elsewhere nobody says what it means.
        if has_empty_password && row.told.get("sso") == Some(&Value::Bool(true)) {
            for field in [
                "password_policy",
                "password_strength",
                "password_expires_days",
            ] {
                row.told.insert(field.to_owned(), Value::Null);
            }
        }
        Ok(Some(row))
    }

    fn unread_cells(&self) -> Vec<UnreadCell> {
        let mut cells = Vec::new();
        for (place, unread) in &self.unread {
            let column = || shortened(&self.table.header[*place]);
            let listed = unread
                .values
                .iter()
                .map(|(value, counts)| (Some(value.clone()), *counts));
            let more = unread.more.iter().map(|counts| (None, *counts));
            cells.extend(
                listed
                    .chain(more)
                    .map(|(value, (cells, first_row))| UnreadCell {
                        column: column(),
                        value,
                        cells,
                        first_row,
                    }),
            );
        }
        cells
    }
}

impl Unread {
    fn add(&mut self, cell: &str, row: u64) {
        let value = shortened(cell);
        let is_new = !self.values.contains_key(&value);
        let counts = if is_new && self.values.len() >= UNREAD_VALUES_MAX {
            self.more.get_or_insert((0, row))
        } else {
            self.values.entry(value).or_insert((0, row))
        };
        counts.0 += 1;
    }
}

/// Which export has such columns.
///
/// The column that only one of them has decides; the older export of managed accounts has none and tells how its
/// accounts sign in.
fn kind(
    path: &Path,
    columns: &[Option<&'static Column>],
    header: &[String],
) -> Result<ExportKind, ExportError> {
    let roles: BTreeSet<Role> = columns.iter().flatten().map(|column| column.role).collect();
    let has = |wanted: &[Role]| wanted.iter().any(|role| roles.contains(role));
    let kind = if has(&[Role::PolicyName, Role::Password, Role::Session]) {
        ExportKind::ManagedAccounts
    } else if has(&[Role::Claimed]) {
        ExportKind::DomainAccounts
    } else if has(&[Role::OrgAdmin, Role::AddedToOrg, Role::LastSeen]) {
        ExportKind::Users
    } else if has(&[Role::Sso, Role::TwoStep]) {
        ExportKind::ManagedAccounts
    } else {
        let shown: Vec<String> = header
            .iter()
            .take(8)
            .map(|name| format!("`{}`", shortened(name)))
            .collect();
        return Err(ExportError::header(
            path,
            format!(
                "its header is that of no export of the console: {}",
                shown.join(", ")
            ),
            "give the file as the console made it: managed accounts (`Policy name`), accounts of domains (`Claimed`) or \
             users (`Org role`); a list of your own is given with `--input`",
        ));
    };
    if !has(&[Role::AccountId, Role::Email]) {
        return Err(ExportError::header(
            path,
            "no column tells which account a row is of".to_owned(),
            "keep the column `Email` or `Atlassian ID`",
        ));
    }
    Ok(kind)
}

/// An address as the catalog writes it; `None` if the cell holds none.
fn address(cell: &str) -> Option<String> {
    let text = cell.trim().to_ascii_lowercase();
    super::cell::is_address(&text).then_some(text)
}

fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(LISTED_CHARS_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// Columns whose cells can be explained, and the words of each, for help.
pub fn teachable() -> Vec<(&'static str, Vec<&'static str>)> {
    let columns = cells::TAUGHT.iter().filter_map(|name| Column::named(name));
    columns
        .map(|column| {
            let words: BTreeSet<&str> = column.words.iter().map(|(_, word)| *word).collect();
            (column.name, words.into_iter().collect())
        })
        .collect()
}

/// Refuses taught words that mean nothing.
///
/// # Errors
/// The first one that does.
pub fn check_words(taught: &[TaughtWord]) -> Result<(), ExportError> {
    Words::new(taught)
        .map(|_| ())
        .map_err(|problem| ExportError::Words { problem })
}

/// An export cannot be read.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ExportError {
    /// The operating system refused.
    #[error("cannot read the export `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no table.
    #[error("the export `{}` does not read as CSV: {problem}", path.display())]
    #[diagnostic(help(
        "give the CSV file as the console made it; the link in its e-mail is good for 24 hours"
    ))]
    NotText {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        problem: String,
    },
    /// The text is in an encoding that is not known.
    #[error("the export `{}` is not in an encoding that can be told: {problem}", path.display())]
    #[diagnostic(help("save it as CSV in UTF-8, or in UTF-16 with a byte order mark"))]
    Encoding {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        problem: String,
    },
    /// The header is not that of an export.
    #[error("the export `{}` cannot be told: {problem}", path.display())]
    #[diagnostic(help("{help}"))]
    Header {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
        /// What to do.
        help: &'static str,
    },
    /// A row is no part of the table.
    #[error("the export `{}` breaks in row {row}: {problem}", path.display())]
    #[diagnostic(help(
        "give the CSV file as the console made it; where a spreadsheet wrote it, a separator or a quote may be missing"
    ))]
    Row {
        /// The file.
        path: PathBuf,
        /// Its number; the header is row 1.
        row: u64,
        /// What is wrong.
        problem: String,
    },
    /// The export is larger than exports are.
    #[error("the export `{}` goes beyond the limit of {limit}", path.display())]
    #[diagnostic(help("give the CSV file as the console made it"))]
    Limit {
        /// The file.
        path: PathBuf,
        /// The limit: "5000000 rows".
        limit: String,
    },
    /// An explained cell means nothing.
    #[error("an explained cell cannot be used: {problem}")]
    #[diagnostic(help(
        "write `CELL=WORD` or `COLUMN:CELL=WORD`; columns and words are {}",
        teachable_in_words()
    ))]
    Words {
        /// What is wrong.
        problem: String,
    },
}

fn teachable_in_words() -> String {
    let columns: Vec<String> = teachable()
        .into_iter()
        .map(|(column, words)| match (column, words.as_slice()) {
            ("session", _) => "session (a duration: 30 days, 8 hours)".to_owned(),
            ("last_active", _) => "last_active (a day: 2026-11-17, or never)".to_owned(),
            ("password", _) => format!(
                "password ({}, never expires, expires after 90 days)",
                words.join(", ")
            ),
            (_, words) => format!("{column} ({})", words.join(", ")),
        })
        .collect();
    columns.join("; ")
}

impl ExportError {
    fn io(path: &Path) -> impl FnOnce(std::io::Error) -> ExportError {
        let path = path.to_owned();
        move |source| ExportError::Io { path, source }
    }

    fn not_text(path: &Path, problem: &str) -> ExportError {
        ExportError::NotText {
            path: path.to_owned(),
            problem: problem.to_owned(),
        }
    }

    fn encoding(path: &Path, problem: String) -> ExportError {
        ExportError::Encoding {
            path: path.to_owned(),
            problem,
        }
    }

    fn header(path: &Path, problem: String, help: &'static str) -> ExportError {
        ExportError::Header {
            path: path.to_owned(),
            problem,
            help,
        }
    }

    fn row(path: &Path, row: u64, problem: String) -> ExportError {
        ExportError::Row {
            path: path.to_owned(),
            row,
            problem,
        }
    }

    fn limit(path: &Path, limit: String) -> ExportError {
        ExportError::Limit {
            path: path.to_owned(),
            limit,
        }
    }
}

#[cfg(test)]
mod tests;

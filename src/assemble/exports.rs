//! Exports of the console, joined to accounts: by the account's id, or else by its address.
//!
//! An address joins only where one account has it. Rows and accounts are sorted on disk where they are many, and
//! walked side by side. Every row is counted: joined, of an account that the API does not list, without a key that
//! reads, ambiguous, or told before. A file that was too old when the collection ended gives no value, and is
//! counted all the same.

use super::dataset::{Conflict, Record};
use super::export_policies::Policies;
use super::field::FieldValue;
use super::listing::Listing;
use super::sorted::{Sorted, SortedLines, SortedWriter, Sorter};
use crate::catalog;
use crate::import::{
    ExportError, ExportReader, ExportRow, TOLD_LAST_ACTIVE_ON, TOLD_ORG_ADMIN, Told,
};
use crate::snapshot::{
    ExportFit, ExportKind, ExportNote, ExportStatement, ExportsStatement, MisfitKind,
    SnapshotError, TaughtWord,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::path::Path;

/// Numbers between the first rows of two files of one kind: more than a file has rows.
const NUMBERS_A_FILE: u64 = 10_000_000;
/// The role that the column of organisation roles tells.
const ORG_ADMIN: &str = "atlassian/org-admin";

/// The exports of a snapshot, to be walked beside its accounts.
pub(super) struct Exports {
    words: Vec<TaughtWord>,
    files: Vec<ExportFile>,
    /// Rows that no account was found for tell of policies all the same.
    policies: Policies,
}

/// One file.
struct ExportFile {
    /// How its rows fit is counted on the way.
    statement: ExportStatement,
    /// Why its values count for nothing, if they do.
    stale: Option<String>,
    /// Stands before the numbers of its rows, so that no two files of a kind share one.
    base: u64,
    /// Rows by account id, as far as they name or match one.
    rows: Sorted,
}

impl Exports {
    /// Reads the files that `stated` names, as they are kept below `dir`.
    ///
    /// # Errors
    /// A file is not what was stated of it, or the disk refuses.
    pub fn read(
        dir: &Path,
        scratch: &Path,
        stated: ExportsStatement,
        collected_to: Timestamp,
        accounts: [&Listing; 2],
    ) -> Result<Exports, SnapshotError> {
        let mut exports = Exports {
            words: stated.words,
            files: Vec::new(),
            policies: Policies::default(),
        };
        let mut addresses: BTreeMap<bool, Sorted> = BTreeMap::new();
        let mut bases: BTreeMap<ExportKind, u64> = BTreeMap::new();
        for mut statement in stated.files {
            statement.fit = ExportFit::default();
            let everyone = statement.kind == ExportKind::Users;
            if let std::collections::btree_map::Entry::Vacant(entry) = addresses.entry(everyone) {
                entry.insert(addresses_of(scratch, accounts, everyone)?);
            }
            let base = bases.entry(statement.kind).or_default();
            let mut file = ExportFile {
                stale: statement.stale(collected_to),
                statement,
                base: *base,
                rows: sorted(Sorter::new(scratch, "export"), scratch, "export")?,
            };
            *base += NUMBERS_A_FILE;
            exports.sort(dir, scratch, &mut file, &addresses[&everyone])?;
            exports.files.push(file);
        }
        Ok(exports)
    }

    /// Sorts the rows of `file` by account.
    fn sort(
        &mut self,
        dir: &Path,
        scratch: &Path,
        file: &mut ExportFile,
        addresses: &Sorted,
    ) -> Result<(), SnapshotError> {
        let name = format!("export{}", self.files.len());
        let mut by_account = Sorter::new(scratch, &format!("{name}-accounts"));
        let mut by_email = Sorter::new(scratch, &format!("{name}-emails"));
        let path = file.statement.kept_path(dir);
        let failed = |error| broken(&path, error);
        let mut reader = ExportReader::open(&path, &self.words).map_err(failed)?;
        while let Some(row) = reader.next().map_err(failed)? {
            match (&row.account_id, &row.email) {
                (Some(id), _) => by_account.push(id.clone(), line_of(&row))?,
                (None, Some(email)) => by_email.push(email.clone(), line_of(&row))?,
                (None, None) => {
                    file.statement.fit.without_key.add(row.number);
                    let line = read_line(&line_of(&row));
                    file.tell(&line, &mut self.policies);
                }
            }
        }
        let mut owners = Owners {
            lines: addresses.read()?.peekable(),
            of: None,
        };
        let policies = &mut self.policies;
        by_email.drain(|email, line| {
            let row = read_line(&line);
            match owners.take(&email)? {
                Owner::One(id) => return by_account.push(id, line),
                Owner::Nobody => file.statement.fit.unmatched.add(row.number),
                Owner::Several => file.statement.fit.ambiguous.add(row.number),
            }
            file.tell(&row, policies);
            Ok(())
        })?;
        file.rows = sorted(by_account, scratch, &name)?;
        Ok(())
    }

    /// What the marks of values from exports mean, by the name of their source.
    pub fn notes(&self) -> BTreeMap<String, Vec<ExportNote>> {
        let mut notes: BTreeMap<String, Vec<ExportNote>> = BTreeMap::new();
        for file in &self.files {
            let statement = &file.statement;
            let of_kind = notes.entry(statement.kind.source().to_owned()).or_default();
            of_kind.push(ExportNote {
                file: statement.file.clone(),
                sha256: statement.sha256.clone(),
                extracted_on: statement.extracted_on,
                base: file.base,
            });
        }
        notes
    }

    /// Starts to walk the rows in the order of their accounts.
    pub fn walk(&self) -> Result<ExportWalk<'_>, SnapshotError> {
        let files = self.files.iter().map(|file| {
            Ok(FileWalk {
                file,
                lines: file.rows.read()?.peekable(),
                fit: file.statement.fit.clone(),
            })
        });
        Ok(ExportWalk {
            exports: self,
            files: files.collect::<Result<_, SnapshotError>>()?,
            policies: self.policies.clone(),
        })
    }
}

impl ExportFile {
    /// Lets a row tell of its authentication policy.
    fn tell(&self, row: &Line, policies: &mut Policies) {
        if self.statement.kind == ExportKind::ManagedAccounts && self.stale.is_none() {
            policies.add(&row.told, self.base + row.number);
        }
    }

    fn has_ids(&self) -> bool {
        let mut columns = self.statement.columns.values();
        columns.any(|column| column == "account_id")
    }
}

/// Addresses of accounts, each with the ids of accounts that have it: of those that may be managed, or of all.
fn addresses_of(
    scratch: &Path,
    accounts: [&Listing; 2],
    everyone: bool,
) -> Result<Sorted, SnapshotError> {
    let mut sorter = Sorter::new(scratch, "export-addresses");
    for listing in accounts {
        for received in listing.records()? {
            let received = received?;
            let value = received.value();
            let email = value["email"].as_str().unwrap_or_default();
            let email = email.trim().to_ascii_lowercase();
            if !email.is_empty() && (everyone || value["claimStatus"] != "unmanaged") {
                sorter.push(email, received.id.clone())?;
            }
        }
    }
    let name = format!("export-addresses-{everyone}");
    sorted(sorter, scratch, &name)
}

fn sorted(sorter: Sorter, scratch: &Path, name: &str) -> Result<Sorted, SnapshotError> {
    let mut writer = SortedWriter::new(scratch, name);
    sorter.drain(|id, line| writer.push(id, line))?;
    writer.finish()
}

/// Who has an address.
#[derive(Clone)]
enum Owner {
    Nobody,
    One(String),
    Several,
}

/// Addresses with their owners, asked for in ascending order.
struct Owners<'s> {
    lines: Peekable<SortedLines<'s>>,
    of: Option<(String, Owner)>,
}

impl Owners<'_> {
    fn take(&mut self, email: &str) -> Result<Owner, SnapshotError> {
        if let Some((of, owner)) = &self.of
            && of == email
        {
            return Ok(owner.clone());
        }
        let mut owner = Owner::Nobody;
        let wanted = |next: &Result<(String, String), SnapshotError>| {
            next.as_ref().map_or(true, |(of, _)| of.as_str() <= email)
        };
        while let Some(next) = self.lines.next_if(wanted) {
            let (of, id) = next?;
            if of == email {
                owner = match owner {
                    Owner::Nobody => Owner::One(id),
                    Owner::One(known) if known == id => Owner::One(known),
                    Owner::One(_) | Owner::Several => Owner::Several,
                };
            }
        }
        self.of = Some((email.to_owned(), owner.clone()));
        Ok(owner)
    }
}

fn broken(path: &Path, error: ExportError) -> SnapshotError {
    SnapshotError::Malformed {
        path: path.to_owned(),
        problem: error.to_string(),
    }
}

/// A row on its way through a sorter.
#[derive(Deserialize)]
struct Line {
    number: u64,
    told: Told,
    /// What it tells in words that are not known, as it is called in `told`.
    unread: BTreeSet<String>,
}

fn line_of(row: &ExportRow) -> String {
    json!({"number": row.number, "told": row.told, "unread": row.unread}).to_string()
}

fn read_line(line: &str) -> Line {
    serde_json::from_str(line).expect("lines are written so above")
}

/// Rows on their way beside the accounts.
pub(super) struct ExportWalk<'e> {
    exports: &'e Exports,
    files: Vec<FileWalk<'e>>,
    policies: Policies,
}

struct FileWalk<'e> {
    file: &'e ExportFile,
    lines: Peekable<SortedLines<'e>>,
    fit: ExportFit,
}

/// The rows that one file has of one account, as one.
struct Joined {
    row: Line,
    /// Fields on which its rows differ, with what they say.
    contradictory: BTreeMap<String, BTreeSet<String>>,
}

impl FileWalk<'_> {
    /// The rows of the account `id`. Accounts are asked for in the order of their ids.
    fn take(&mut self, id: &str, policies: &mut Policies) -> Result<Option<Joined>, SnapshotError> {
        let mut joined: Option<Joined> = None;
        let wanted = |next: &Result<(String, String), SnapshotError>| {
            next.as_ref().map_or(true, |(of, _)| of.as_str() <= id)
        };
        while let Some(next) = self.lines.next_if(wanted) {
            let (of, line) = next?;
            let row = read_line(&line);
            if of != id {
                self.stand_alone(&row, policies);
            } else if let Some(joined) = &mut joined {
                self.fit.duplicate.add(row.number);
                joined.add(row);
            } else {
                self.fit.matched += 1;
                joined = Some(Joined {
                    row,
                    contradictory: BTreeMap::new(),
                });
            }
        }
        if let Some(Joined { row, contradictory }) = &mut joined {
            if !contradictory.is_empty() {
                self.fit.contradictory.add(row.number);
            }
            let unread = &row.unread;
            row.told.retain(|field, _| {
                !contradictory.contains_key(field) && !unread.contains(field.as_str())
            });
        }
        Ok(joined)
    }

    /// A row of an account that the API does not list.
    fn stand_alone(&mut self, row: &Line, policies: &mut Policies) {
        self.fit.unmatched.add(row.number);
        self.file.tell(row, policies);
    }

    fn finish(
        mut self,
        policies: &mut Policies,
    ) -> Result<(ExportStatement, Option<String>), SnapshotError> {
        while let Some(next) = self.lines.next() {
            self.stand_alone(&read_line(&next?.1), policies);
        }
        let statement = ExportStatement {
            fit: self.fit,
            ..self.file.statement.clone()
        };
        Ok((statement, self.file.stale.clone()))
    }
}

impl Joined {
    /// Whether what `record` knows from other sources can be held against what the rows tell.
    fn is_comparable(&self, record: &Record) -> bool {
        let mut unread = self
            .row
            .unread
            .iter()
            .filter_map(|field| catalog_field(field));
        let is_known = |field| record.get(field).is_some();
        self.contradictory.is_empty() && !unread.any(is_known)
    }

    /// A further row of the same account.
    fn add(&mut self, row: Line) {
        self.row.unread.extend(row.unread);
        let told = &mut self.row.told;
        for (field, value) in row.told {
            match told.get(&field) {
                None => {
                    told.insert(field, value);
                }
                Some(known) if *known == value => {}
                // Several days of activity are no contradiction: the newest counts.
                Some(Value::String(known)) if field == TOLD_LAST_ACTIVE_ON => {
                    if value.as_str().is_some_and(|day| day > known.as_str()) {
                        told.insert(field, value);
                    }
                }
                Some(known) => {
                    let said = self.contradictory.entry(field).or_default();
                    said.extend([known.to_string(), value.to_string()]);
                }
            }
        }
    }
}

impl ExportWalk<'_> {
    /// Adds what the exports tell of the account `record`. Accounts come in the order of their ids.
    ///
    /// `first_source`: place of the first kind of export among the sources of an account; the others follow. Gives
    /// whether everything that other sources tell too was told so that it can be compared.
    pub fn add(&mut self, record: &mut Record, first_source: usize) -> Result<bool, SnapshotError> {
        let mut withheld = BTreeSet::new();
        let mut is_comparable = true;
        let id = record.text("id").unwrap_or_default().to_owned();
        let mut kinds: BTreeMap<ExportKind, bool> = BTreeMap::new();
        let mut policy_told = false;
        for walk in &mut self.files {
            let kind = walk.file.statement.kind;
            let joined = walk.take(&id, &mut self.policies)?;
            *kinds.entry(kind).or_default() |= joined.is_some();
            let Some(joined) = joined.filter(|_| walk.file.stale.is_none()) else {
                continue;
            };
            // An account is a member once, however many files tell of it.
            if kind == ExportKind::ManagedAccounts && !policy_told {
                policy_told = true;
                walk.file.tell(&joined.row, &mut self.policies);
                let differing = joined.contradictory.keys().map(String::as_str);
                self.policies.contradict(&joined.row.told, differing);
            }
            let source = Source {
                place: first_source + kind as usize,
                n: walk.file.base + joined.row.number,
            };
            is_comparable &= joined.is_comparable(record);
            withhold_of_other_policy(record, &joined, &mut withheld);
            join(record, &joined, &withheld, source);
            // What a newer file tells in words that are not known, or in two ways, an older one does not settle.
            withheld.extend(joined.contradictory.into_keys());
            withheld.extend(joined.row.unread);
        }
        for (kind, _) in kinds.iter().filter(|(_, is_in)| !**is_in) {
            self.note_missing(*kind, record);
        }
        Ok(is_comparable)
    }

    /// Counts an account that no file of `kind` has, if it belongs there.
    fn note_missing(&mut self, kind: ExportKind, record: &Record) {
        let is_told = |field: &str, word: &str| record.text(field) == Some(word);
        let belongs = match kind {
            ExportKind::ManagedAccounts | ExportKind::DomainAccounts => {
                is_told("claim_status", "managed")
                    && !is_told("account_status", "closed")
                    && is_told("account_type", "atlassian")
            }
            ExportKind::Users => {
                is_told("membership_status", "active")
                    && is_told("account_status", "active")
                    && is_told("account_type", "atlassian")
            }
        };
        if !belongs {
            return;
        }
        let added_on = match record.get("added_to_org_at") {
            Some(FieldValue::Time(time)) => Some(day_of(*time)),
            _ => None,
        };
        let mut files: Vec<&mut FileWalk<'_>> = self
            .files
            .iter_mut()
            .filter(|walk| walk.file.statement.kind == kind)
            .collect();
        let taken_on = files
            .iter()
            .filter_map(|walk| walk.file.statement.extracted_on)
            .max();
        let is_new = added_on
            .zip(taken_on)
            .is_some_and(|(added, taken)| added >= taken);
        let is_hidden =
            record.text("email").is_none() && !files.iter().any(|walk| walk.file.has_ids());
        for walk in &mut files {
            let count = match (is_hidden, is_new) {
                (true, _) => &mut walk.fit.hidden,
                (false, true) => &mut walk.fit.joined_since,
                (false, false) => &mut walk.fit.missing,
            };
            *count += 1;
        }
    }

    /// What is stated of the files, why each gave no value if it did not, and the policies that they name.
    pub fn finish(self) -> Result<Walked, SnapshotError> {
        let mut policies = self.policies;
        let files = self
            .files
            .into_iter()
            .map(|walk| walk.finish(&mut policies));
        let files = files.collect::<Result<Vec<_>, SnapshotError>>()?;
        let (files, stale): (Vec<_>, Vec<_>) = files.into_iter().unzip();
        Ok(Walked {
            statement: ExportsStatement {
                words: self.exports.words.clone(),
                files,
            },
            stale,
            policies,
        })
    }
}

/// What a walk came to.
pub(super) struct Walked {
    pub statement: ExportsStatement,
    /// Why each file gave no value, if it did not.
    pub stale: Vec<Option<String>>,
    pub policies: Policies,
}

/// Where a value came from.
#[derive(Clone, Copy)]
struct Source {
    place: usize,
    n: u64,
}

/// Fields that the authentication policy of an account decides, as exports tell them.
const OF_POLICY: [&str; 8] = [
    "authentication_policy_type",
    "sso",
    "authentication_path",
    "two_step_required",
    "password_policy",
    "password_strength",
    "password_expires_days",
    "idle_session_minutes",
];

/// Withholds what the policy of `joined` sets, and any older file, where a newer source names another policy: the
/// account was moved since.
fn withhold_of_other_policy(record: &mut Record, joined: &Joined, withheld: &mut BTreeSet<String>) {
    const NAME: &str = "authentication_policy";
    let told = joined.row.told.get(NAME).and_then(Value::as_str);
    let (Some(known), Some(told)) = (record.text(NAME), told) else {
        return;
    };
    if known == told {
        return;
    }
    let said = json!({ NAME: [known, told] });
    for field in OF_POLICY {
        if joined.row.told.contains_key(field) && record.get(field).is_none() {
            record.misfits.add(field, MisfitKind::Contradicted, &said);
        }
        withheld.insert(field.to_owned());
    }
}

/// Adds what one file tells to `record`: a field that is not known is set, unless it is `withheld`, and one that is
/// known otherwise is noted.
fn join(record: &mut Record, joined: &Joined, withheld: &BTreeSet<String>, source: Source) {
    for (field, said) in &joined.contradictory {
        if catalog_field(field).is_some() {
            let said: Vec<&str> = said.iter().map(String::as_str).collect();
            record
                .misfits
                .add(field, MisfitKind::Contradicted, &said.join(", ").into());
        }
    }
    for (field, value) in &joined.row.told {
        match field.as_str() {
            TOLD_LAST_ACTIVE_ON => {
                if let Some(day) = value.as_str().and_then(|day| day.parse().ok()) {
                    add_activity(record, day, source);
                }
            }
            TOLD_ORG_ADMIN => hold_against_roles(record, value.as_bool() == Some(true), source),
            _ => {
                if let (Some(field), Some(value)) =
                    (catalog_field(field), FieldValue::of_cell(value))
                    && (record.get(field).is_some() || !withheld.contains(field))
                {
                    offer(record, field, value, source);
                }
            }
        }
    }
}

fn offer(record: &mut Record, field: &'static str, value: FieldValue, source: Source) {
    let Some(known) = record.get(field) else {
        record.set(field, value, source.place, source.n);
        return;
    };
    // A closed account is shown as deactivated, and how an account signs in says the same as `sso`.
    let is_deactivated =
        |value: &FieldValue| matches!(value.as_text(), Some("inactive" | "closed"));
    let says_the_same = *known == value
        || field == "authentication_path"
        || (field == "account_status" && is_deactivated(known) && is_deactivated(&value));
    if !says_the_same {
        note(record, field, value, source);
    }
}

fn note(record: &mut Record, field: &'static str, value: FieldValue, source: Source) {
    record.conflicts.push(Conflict {
        field,
        source: source.place,
        n: source.n,
        value,
    });
}

/// A day of activity newer than any time that the API tells: it was active then, or later that day.
///
/// The day may be that of another time zone, so that a day beside the known one says nothing new.
fn add_activity(record: &mut Record, day: Date, source: Source) {
    let known = match record.get("last_active_at") {
        Some(FieldValue::Time(time)) => Some(day_of(*time)),
        Some(_) => None,
        None => {
            // Something that was not received may tell a newer one.
            let recorded = FieldValue::Text("recorded".to_owned());
            record.set("activity", recorded, source.place, source.n);
            return;
        }
    };
    let is_newer = known
        .and_then(|known| known.checked_add(1.day()).ok())
        .is_none_or(|next| day > next);
    let Some(start) = is_newer.then(|| day.to_zoned(TimeZone::UTC).ok()).flatten() else {
        return;
    };
    let recorded = FieldValue::Text("recorded".to_owned());
    record.set("activity", recorded, source.place, source.n);
    let start = FieldValue::Time(start.timestamp());
    record.set("last_active_at", start, source.place, source.n);
}

fn hold_against_roles(record: &mut Record, is_admin: bool, source: Source) {
    let Some(roles) = record.get("platform_roles") else {
        return;
    };
    let has = roles
        .elements()
        .iter()
        .any(|role| role.as_text() == Some(ORG_ADMIN));
    if has != is_admin {
        let said = if is_admin {
            ORG_ADMIN
        } else {
            "no administrator of the organisation"
        };
        note(
            record,
            "platform_roles",
            FieldValue::Text(said.to_owned()),
            source,
        );
    }
}

fn day_of(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}

fn catalog_field(name: &str) -> Option<&'static str> {
    let accounts = catalog::dataset("accounts").expect("the catalog has accounts");
    accounts.field(name).map(|field| field.name)
}

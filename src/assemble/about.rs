//! Records of other listings that are about accounts: joined by the account's id, or else by its address.
//!
//! An address joins only where one account and one record have it: of two nobody can tell which is meant.
//! Records and accounts are sorted on disk where they are many, and walked side by side.

use super::dataset::{DatasetFile, Record};
use super::field::{FieldValue, email_address};
use super::listing::{Listing, Listings, Received};
use super::search::search_only;
use super::sorted::{Sorted, SortedLines, Sorter};
use crate::catalog::Dataset;
use crate::snapshot::SnapshotError;
use serde_json::Value;
use std::collections::BTreeSet;
use std::iter::Peekable;
use std::path::Path;

/// Place of users/search among the sources of such a record, behind its own.
const SEARCH: usize = 1;

/// By what a record names its account.
pub(super) enum Key {
    Id(String),
    Email(String),
    Nothing,
}

/// How a record names its account.
pub(super) type KeyOf = fn(&Received, &Value) -> Key;

/// How an account was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MatchedBy {
    Id,
    Email,
}

/// Addresses of accounts, each with the account's id: made when the first record names its account by one.
struct Addresses<'l> {
    scratch: &'l Path,
    accounts: [&'l Listing; 2],
    sorted: Option<Sorted>,
}

impl Addresses<'_> {
    fn sorted(&mut self) -> Result<&Sorted, SnapshotError> {
        if self.sorted.is_none() {
            let mut sorter = Sorter::new(self.scratch, "addresses");
            for listing in self.accounts {
                for received in listing.records()? {
                    let received = received?;
                    let email = received.value()["email"].as_str().and_then(email_address);
                    if let Some(email) = email {
                        sorter.push(email, received.id)?;
                    }
                }
            }
            self.sorted = Some(sorter.sorted(self.scratch, "addresses")?);
        }
        Ok(self.sorted.as_ref().expect("it was made just above"))
    }
}

/// The records of a listing, by account.
pub(super) struct Matched {
    /// By account id.
    by_account: Sorted,
    /// Those that name no account, or one that cannot be told, by their own id.
    alone: Sorted,
}

impl Matched {
    fn of(
        scratch: &Path,
        listing: &Listing,
        addresses: &mut Addresses<'_>,
        key: KeyOf,
    ) -> Result<Matched, SnapshotError> {
        let name = |what: &str| format!("{}-{what}", listing.collector.name);
        let mut by_account = Sorter::new(scratch, &name("accounts"));
        let mut by_email = Sorter::new(scratch, &name("emails"));
        let mut alone = Sorter::new(scratch, &name("alone"));
        for received in listing.records()? {
            let received = received?;
            match key(&received, received.value()) {
                Key::Id(account) => by_account.push(account, told(MatchedBy::Id, received))?,
                Key::Email(email) => by_email.push(email, told(MatchedBy::Email, received))?,
                Key::Nothing => alone.push(received.id.clone(), told(MatchedBy::Id, received))?,
            }
        }
        let by_email = by_email.sorted(scratch, &name("emails"))?;
        if by_email.count == 0 {
            return Matched::sorted(scratch, &name, by_account, alone);
        }
        let mut accounts = Groups::of(addresses.sorted()?)?;
        let mut records = Groups::of(&by_email)?;
        let mut next_accounts = accounts.next()?;
        while let Some((email, lines)) = records.next()? {
            while next_accounts
                .as_ref()
                .is_some_and(|(other, _)| *other < email)
            {
                next_accounts = accounts.next()?;
            }
            let owners: BTreeSet<&String> = match &next_accounts {
                Some((other, ids)) if *other == email => ids.iter().collect(),
                _ => BTreeSet::new(),
            };
            match (owners.first(), owners.len(), &lines[..]) {
                (Some(account), 1, [line]) => by_account.push((*account).clone(), line.clone())?,
                _ => {
                    for line in lines {
                        alone.push(read_told(&line).1.id, line)?;
                    }
                }
            }
        }
        Matched::sorted(scratch, &name, by_account, alone)
    }

    fn sorted(
        scratch: &Path,
        name: &dyn Fn(&str) -> String,
        by_account: Sorter,
        alone: Sorter,
    ) -> Result<Matched, SnapshotError> {
        Ok(Matched {
            by_account: by_account.sorted(scratch, &name("accounts"))?,
            alone: alone.sorted(scratch, &name("alone"))?,
        })
    }
}

impl Matched {
    /// Ids of the accounts that a record is about, ascending.
    pub fn accounts(
        &self,
    ) -> Result<impl Iterator<Item = Result<String, SnapshotError>> + use<'_>, SnapshotError> {
        Ok(self.by_account.read()?.map(|line| line.map(|(id, _)| id)))
    }
}

/// The listings that are about accounts, by account.
pub(super) struct Matches {
    pub scim: Matched,
    pub policies: Matched,
}

impl Matches {
    /// Both by what `scim_key` and `policy_key` say that their records name.
    pub fn of(
        scratch: &Path,
        listings: &Listings,
        scim_key: KeyOf,
        policy_key: KeyOf,
    ) -> Result<Matches, SnapshotError> {
        let [search, managed, scim, policies] = [
            "accounts",
            "managed_accounts",
            "scim_users",
            "authentication_policy_members",
        ]
        .map(|name| &listings[name]);
        let mut addresses = Addresses {
            scratch,
            accounts: [search, managed],
            sorted: None,
        };
        Ok(Matches {
            scim: Matched::of(scratch, scim, &mut addresses, scim_key)?,
            policies: Matched::of(scratch, policies, &mut addresses, policy_key)?,
        })
    }
}

/// A record as a line: how it was matched, and all of it.
fn told(by: MatchedBy, received: Received) -> String {
    let by = match by {
        MatchedBy::Id => "id",
        MatchedBy::Email => "email",
    };
    format!("{by} {}", received.into_line_with_id())
}

fn read_told(line: &str) -> (MatchedBy, Received) {
    let (by, rest) = line.split_once(' ').expect("lines are written so above");
    let by = match by {
        "id" => MatchedBy::Id,
        _ => MatchedBy::Email,
    };
    (by, Received::of_line_with_id(rest))
}

/// Sorted lines, those of one id together.
struct Groups<'s>(Peekable<SortedLines<'s>>);

impl<'s> Groups<'s> {
    fn of(sorted: &'s Sorted) -> Result<Groups<'s>, SnapshotError> {
        Ok(Groups(sorted.read()?.peekable()))
    }

    fn next(&mut self) -> Result<Option<(String, Vec<String>)>, SnapshotError> {
        let Some((id, line)) = self.0.next().transpose()? else {
            return Ok(None);
        };
        let mut lines = vec![line];
        while let Some(next) = self
            .0
            .next_if(|next| next.as_ref().map_or(true, |(other, _)| *other == id))
        {
            lines.push(next?.1);
        }
        Ok(Some((id, lines)))
    }
}

/// A dataset of such records, written while the accounts are walked.
pub(super) struct About<'m> {
    pub listing: &'m Listing,
    dataset: &'static Dataset,
    file: DatasetFile,
    groups: Groups<'m>,
    next: Option<(String, Vec<String>)>,
    alone: &'m Sorted,
    complete: fn(&mut Record, &Received),
}

impl<'m> About<'m> {
    /// `complete` adds to a record what its members do not tell one by one.
    pub fn new(
        dir: &Path,
        dataset: &'static Dataset,
        sources: Vec<&'static str>,
        listing: &'m Listing,
        matched: &'m Matched,
        complete: fn(&mut Record, &Received),
    ) -> Result<About<'m>, SnapshotError> {
        let mut groups = Groups::of(&matched.by_account)?;
        Ok(About {
            listing,
            dataset,
            file: DatasetFile::sorting(dir, dataset, sources),
            next: groups.next()?,
            groups,
            alone: &matched.alone,
            complete,
        })
    }

    /// The records about the account `id`. Accounts are asked for in the order of their ids.
    pub fn take(&mut self, id: &str) -> Result<Vec<(MatchedBy, Received)>, SnapshotError> {
        while let Some((account, lines)) = self.next.take_if(|(account, _)| **account <= *id) {
            self.next = self.groups.next()?;
            if account == id {
                return Ok(lines.iter().map(|line| read_told(line)).collect());
            }
            self.write_orphans(&account, &lines)?;
        }
        Ok(Vec::new())
    }

    /// Writes the record `received`, which is about `account`.
    pub fn write(
        &mut self,
        by: MatchedBy,
        received: &Received,
        account: &Record,
    ) -> Result<(), SnapshotError> {
        let id = account.text("id").unwrap_or_default();
        let (_, n) = account.source_of("id").expect("every record has its id");
        let mut record = self.record(by, received, id);
        if by == MatchedBy::Email {
            record.set("account_id", FieldValue::Text(id.to_owned()), SEARCH, n);
        }
        for field in ["account_status", "claim_status"] {
            if let Some(value) = search_only(account, field) {
                record.set(field, value.clone(), SEARCH, n);
            }
        }
        self.file.push(&record)
    }

    /// The record `received`, before it is joined with anything.
    pub fn read(&self, received: &Received) -> Record {
        Record::of(self.dataset, self.listing, received)
    }

    /// The record `received`, which names the account `id`.
    fn record(&self, by: MatchedBy, received: &Received, id: &str) -> Record {
        let mut record = self.unmatched(received);
        let text = |text: &str| FieldValue::Text(text.to_owned());
        record.set("account_id", text(id), 0, received.n);
        if self.dataset.field("matched_by").is_some() {
            let by = match by {
                MatchedBy::Id => "id",
                MatchedBy::Email => "email",
            };
            record.set("matched_by", text(by), 0, received.n);
        }
        record
    }

    fn unmatched(&self, received: &Received) -> Record {
        let mut record = self.read(received);
        (self.complete)(&mut record, received);
        record
    }

    /// Records about an account that no listing of accounts holds.
    fn write_orphans(&mut self, account: &str, lines: &[String]) -> Result<(), SnapshotError> {
        for line in lines {
            let (by, received) = read_told(line);
            let record = self.record(by, &received, account);
            self.file.push(&record)?;
        }
        Ok(())
    }

    /// Writes the records that no account was found for.
    pub fn finish(mut self) -> Result<DatasetFile, SnapshotError> {
        while let Some((account, lines)) = self.next.take() {
            self.next = self.groups.next()?;
            self.write_orphans(&account, &lines)?;
        }
        for line in self.alone.read()? {
            let (_, received) = read_told(&line?.1);
            let record = self.unmatched(&received);
            self.file.push(&record)?;
        }
        Ok(self.file)
    }
}

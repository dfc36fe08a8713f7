//! Listings that are asked for in parts: once for each directory, for each account, or for each batch of
//! accounts of another listing.
//!
//! All parts of a listing share its journal. Accounts are read from the journal of the listing that told
//! them, as a stream: what is held of each is a number.

use super::journal::{Exchange, Line, Purpose, read_journal};
use super::page::{read_page, record_id};
use super::seen::number_of;
use super::segment::is_segment;
use super::{AccountsOf, Collector, Parts, Which, collector};
use crate::snapshot::{Completeness, SnapshotError};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashSet;
use std::path::PathBuf;

/// Accounts that one request asks about. The vendor documents no limit for it; the API's other lists of
/// ids take 10 to 100.
pub const BATCH_ACCOUNTS_MAX: usize = 100;

/// One part, asked for page after page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The listing itself.
    One,
    /// Of this provisioning directory.
    Directory(String),
    /// Of this account.
    Account(String),
    /// Of these accounts.
    Batch(Vec<String>),
}

impl Part {
    /// `pattern` for this part.
    pub fn path(&self, pattern: &str) -> String {
        match self {
            Part::One | Part::Batch(_) => pattern.to_owned(),
            Part::Directory(id) => pattern.replace("{directory}", id),
            Part::Account(id) => pattern.replace("{account}", id),
        }
    }

    /// Whether other parts are worth asking for where this one came out as `state`. Each directory has a key
    /// of its own, and an account may be gone since it was listed; a key that may not ask about one account
    /// may not ask about the next either.
    pub fn others_may_answer(&self, state: &Completeness) -> bool {
        match self {
            Part::One | Part::Batch(_) => false,
            Part::Directory(_) => true,
            Part::Account(_) => matches!(state, Completeness::Unavailable { .. }),
        }
    }

    /// What it is, for a reader.
    pub fn name(&self) -> String {
        match self {
            Part::One => "the listing".to_owned(),
            Part::Directory(id) => format!("directory {id}"),
            Part::Account(id) => format!("account {id}"),
            Part::Batch(ids) => format!("a batch of {} accounts", ids.len()),
        }
    }
}

/// The parts of a listing in this run.
#[derive(Clone, Debug)]
pub(super) enum PartList {
    /// It is one.
    One,
    /// These directories.
    Directories(Vec<String>),
    /// The accounts of a journal.
    Accounts {
        collector: &'static Collector,
        parts: Parts,
        of: AccountsOf,
        journal: PathBuf,
        /// The reading of that listing which counts: the last.
        reading: u32,
    },
}

type PartIterator<'a> = Box<dyn Iterator<Item = Result<Part, SnapshotError>> + Send + 'a>;

impl PartList {
    /// The parts of `collector`, whose accounts stand in `journal`.
    pub fn of_accounts(parts: Parts, of: AccountsOf, journal: PathBuf, reading: u32) -> PartList {
        PartList::Accounts {
            collector: collector(of.collector),
            parts,
            of,
            journal,
            reading,
        }
    }

    /// Every part, in an order that is the same for the same journal.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub fn iter(&self) -> Result<PartIterator<'_>, SnapshotError> {
        Ok(match self {
            PartList::One => Box::new(std::iter::once(Ok(Part::One))),
            PartList::Directories(ids) => {
                Box::new(ids.iter().map(|id| Ok(Part::Directory(id.clone()))))
            }
            PartList::Accounts { parts, .. } => {
                let accounts = self.accounts()?;
                match parts {
                    Parts::Batches(_) => Box::new(Batches(accounts)),
                    _ => Box::new(accounts.map(|id| id.map(Part::Account))),
                }
            }
        })
    }

    fn accounts(
        &self,
    ) -> Result<Box<dyn Iterator<Item = Result<String, SnapshotError>> + Send + '_>, SnapshotError>
    {
        let PartList::Accounts {
            collector,
            parts,
            of,
            journal,
            reading,
        } = self
        else {
            return Ok(Box::new(std::iter::empty()));
        };
        let mut seen = Seen::of(*parts);
        let ids = read_journal(journal)?.flat_map(move |line| match line {
            Err(error) => vec![Err(error)],
            Ok(Line::End(_)) => Vec::new(),
            Ok(Line::Exchange(exchange)) => {
                if exchange.purpose != Purpose::Page || exchange.reading != *reading {
                    return Vec::new();
                }
                // An answer that does not read brought no account.
                let page = read_page(collector, &exchange);
                let records = page.map(|page| page.records).unwrap_or_default();
                let ids = records.into_iter().filter_map(|record| {
                    let id = record_id(record.get(), collector.id)?;
                    (is_wanted(of.which, record.get()) && is_segment(&id)).then_some(id)
                });
                ids.map(Ok).collect()
            }
        });
        Ok(Box::new(ids.filter(move |id| match id {
            Ok(id) => seen.is_new(id),
            Err(_) => true,
        })))
    }
}

/// The first account on the page that `exchange` brought which `of` asks about.
pub(super) fn first_account(of: AccountsOf, exchange: &Exchange) -> Option<String> {
    let collector = collector(of.collector);
    let page = read_page(collector, exchange).ok()?;
    page.records.into_iter().find_map(|record| {
        let id = record_id(record.get(), collector.id)?;
        (is_wanted(of.which, record.get()) && is_segment(&id)).then_some(id)
    })
}

fn is_wanted(which: Which, record: &str) -> bool {
    #[derive(Deserialize)]
    struct Claim {
        #[serde(default, rename = "claimStatus")]
        status: Value,
    }
    match which {
        Which::All => true,
        Which::Managed => {
            serde_json::from_str::<Claim>(record).is_ok_and(|claim| claim.status == "managed")
        }
    }
}

/// Accounts that were told before: a listing may tell one on two pages.
enum Seen {
    /// Few, as they are.
    Ids(HashSet<String>),
    /// Many, as numbers. Where two ids share one, the second is not asked about, and goes without an answer.
    Numbers(HashSet<u64>),
}

impl Seen {
    fn of(parts: Parts) -> Seen {
        match parts {
            Parts::Batches(_) => Seen::Numbers(HashSet::new()),
            Parts::One | Parts::Directories | Parts::Accounts(_) => Seen::Ids(HashSet::new()),
        }
    }

    fn is_new(&mut self, id: &str) -> bool {
        match self {
            Seen::Ids(ids) => ids.insert(id.to_owned()),
            Seen::Numbers(numbers) => numbers.insert(number_of(id)),
        }
    }
}

/// Accounts, as many at a time as one request may ask about.
struct Batches<I>(I);

impl<I: Iterator<Item = Result<String, SnapshotError>>> Iterator for Batches<I> {
    type Item = Result<Part, SnapshotError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut batch = Vec::new();
        while batch.len() < BATCH_ACCOUNTS_MAX {
            match self.0.next() {
                Some(Ok(id)) => batch.push(id),
                Some(Err(error)) => return Some(Err(error)),
                None => break,
            }
        }
        (!batch.is_empty()).then_some(Ok(Part::Batch(batch)))
    }
}

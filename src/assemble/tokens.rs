//! `api_tokens` and `api_keys`: every credential with the state and roles of its owner.
//!
//! Credentials come in the order of their own ids. They are sorted by their owners, walked beside the
//! accounts, and put back in their order: memory grows neither with credentials nor with owners.

use super::dataset::{DatasetFile, Record};
use super::listing::{Listing, Received};
use super::search::search_only;
use super::sorted::{Sorted, SortedLines, SortedWriter, Sorter};
use crate::catalog::Dataset;
use crate::snapshot::SnapshotError;
use std::iter::Peekable;
use std::path::Path;

/// Place of users/search among the sources of a credential, behind its own.
const SEARCH: usize = 1;

/// Which fields of a credential tell of its owner.
#[derive(Clone, Copy)]
pub(super) struct OwnerFields {
    pub id: &'static str,
    pub status: &'static str,
    pub roles: &'static str,
}

/// Of an API token.
pub(super) const TOKEN_OWNER: OwnerFields = OwnerFields {
    id: "owner_id",
    status: "owner_status",
    roles: "owner_platform_roles",
};

/// Of an API key.
pub(super) const KEY_OWNER: OwnerFields = OwnerFields {
    id: "created_by_id",
    status: "created_by_status",
    roles: "created_by_platform_roles",
};

/// Credentials by their owners, before anything is known of these.
pub(super) struct Tokens<'a> {
    dataset: &'static Dataset,
    listing: &'a Listing,
    fields: OwnerFields,
    /// By account id of their owner, then by their own; those of nobody known first.
    by_owner: Sorted,
    /// Where an account that is no owner is known to have no token: number of the last page.
    complete: Option<u64>,
}

impl<'a> Tokens<'a> {
    /// Sorts the credentials of `listing`. `scratch`: folder for files that are removed with this.
    pub fn of(
        scratch: &Path,
        dataset: &'static Dataset,
        listing: &'a Listing,
        fields: OwnerFields,
    ) -> Result<Tokens<'a>, SnapshotError> {
        let name = format!("{}.by_owner", dataset.name);
        let mut sorter = Sorter::new(scratch, &name);
        let mut all_owned = true;
        for received in listing.records()? {
            let received = received?;
            let record = Record::of(dataset, listing, &received);
            let owner = record.text(fields.id).unwrap_or_default();
            all_owned &= !owner.is_empty();
            sorter.push(owner.to_owned(), received.into_line_with_id())?;
        }
        let mut by_owner = SortedWriter::new(scratch, &name);
        sorter.drain(|owner, line| by_owner.push(owner, line))?;
        Ok(Tokens {
            dataset,
            listing,
            fields,
            by_owner: by_owner.finish()?,
            // A token whose owner is not known may be anyone's.
            complete: (listing.is_whole() && all_owned).then_some(listing.last_page),
        })
    }

    /// Walks them beside the accounts, into a dataset below `dir`.
    pub fn walk(&self, dir: &Path) -> Result<TokenWalk<'_>, SnapshotError> {
        let sources = vec![self.listing.collector.source, "users/search"];
        Ok(TokenWalk {
            tokens: self,
            lines: self.by_owner.read()?.peekable(),
            file: DatasetFile::sorting(dir, self.dataset, sources),
        })
    }
}

/// Credentials on their way into their dataset.
pub(super) struct TokenWalk<'t> {
    tokens: &'t Tokens<'t>,
    lines: Peekable<SortedLines<'t>>,
    file: DatasetFile,
}

impl TokenWalk<'_> {
    /// Takes the credentials of `account`, whose id is greater than that of the one before; `n` is the
    /// response of users/search that listed it. Says how many there are, and the response that tells;
    /// `None` if that is not known.
    pub fn take(
        &mut self,
        account: &Record,
        n: Option<u64>,
    ) -> Result<Option<(usize, u64)>, SnapshotError> {
        let id = account.text("id").unwrap_or_default();
        // Whoever owns these is no account.
        while let Some(line) = self.next_owned_by(|owner| owner < id)? {
            self.push(&line, None)?;
        }
        let mut count = 0;
        while let Some(line) = self.next_owned_by(|owner| owner == id)? {
            count += 1;
            self.push(&line, n.map(|n| (account, n)))?;
        }
        Ok(self.tokens.complete.map(|last_page| (count, last_page)))
    }

    /// The dataset, with what is left.
    pub fn finish(mut self) -> Result<DatasetFile, SnapshotError> {
        while let Some(line) = self.next_owned_by(|_| true)? {
            self.push(&line, None)?;
        }
        Ok(self.file)
    }

    fn next_owned_by(
        &mut self,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<Option<String>, SnapshotError> {
        let next = self.lines.next_if(|line| match line {
            Ok((owner, _)) => is_wanted(owner),
            Err(_) => true,
        });
        Ok(next.transpose()?.map(|(_, line)| line))
    }

    fn push(&mut self, line: &str, owner: Option<(&Record, u64)>) -> Result<(), SnapshotError> {
        let Tokens {
            dataset,
            listing,
            fields,
            ..
        } = self.tokens;
        let mut record = Record::of(dataset, listing, &Received::of_line_with_id(line));
        if let Some((account, n)) = owner {
            for (field, told) in [
                (fields.status, "account_status"),
                (fields.roles, "platform_roles"),
            ] {
                if let Some(value) = search_only(account, told) {
                    record.set(field, value.clone(), SEARCH, n);
                }
            }
        }
        self.file.push(&record)
    }
}

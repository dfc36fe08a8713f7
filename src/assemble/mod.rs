//! Journals in, datasets out: records by the catalog, joined, each with where it came from.
//!
//! Assembly reads the journals that `collect` left and nothing else, so it can be repeated from them:
//! the same journals give the same bytes, whatever the order of the records and the cut of the pages.
//! Record texts are sorted in memory, one compact line each (about 1 KB for an account); no tree of
//! more than one record is held. Judging the records is left to `assess`.

mod accounts;
mod dataset;
mod field;
mod listing;
mod policies;
mod tokens;
mod verify;

pub use verify::{Verified, verify};

use crate::catalog::{self, Dataset};
use crate::collect::{COLLECTORS, RawSnapshot};
use crate::progress::{Event, Progress};
use crate::snapshot::{
    Collected, Completeness, DatasetStatement, FORMAT, Manifest, OrganizationStatement, Provenance,
    ProvenanceClass, Snapshot, SnapshotError, SnapshotWriter, Tool,
};
use accounts::DomainStates;
use dataset::{DatasetFile, Record, cut_by};
use jiff::Timestamp;
use listing::{Listing, Listings};
use std::collections::BTreeMap;
use std::path::Path;
use tokens::Tokens;

/// Makes the datasets of a run from its journals, and finishes the snapshot with its manifest.
///
/// Each dataset takes the completeness of its main source; what the others delivered stands in its
/// source statements, and their fields are absent where they did not answer.
///
/// # Errors
/// A journal cannot be read, or the disk refuses. The folder is then no snapshot.
pub fn assemble(raw: RawSnapshot, progress: &dyn Progress) -> Result<Snapshot, SnapshotError> {
    let journals = raw.writer.dir().to_owned();
    let facts = Facts {
        tool: Tool::this(),
        org_id: raw.org_id,
        api_url: raw.api_url,
        from: raw.from,
        to: raw.to,
    };
    build(&journals, raw.writer, facts, progress)
}

/// What a manifest states that stands in no journal.
struct Facts {
    tool: Tool,
    org_id: String,
    api_url: String,
    from: Timestamp,
    to: Timestamp,
}

/// Makes the snapshot of `writer` from the journals below `journals`.
fn build(
    journals: &Path,
    writer: SnapshotWriter,
    facts: Facts,
    progress: &dyn Progress,
) -> Result<Snapshot, SnapshotError> {
    let dir = writer.dir().to_owned();
    progress.tell(Event::Started {
        stage: "assemble",
        about: "datasets from the answers received",
    });
    let mut listings = Listings::new();
    for collector in COLLECTORS {
        listings.insert(collector.name, Listing::read(journals, collector)?);
    }
    let mut assembly = Assembly {
        dir: &dir,
        listings: &listings,
        progress,
        statements: BTreeMap::new(),
        provenance: Provenance::default(),
    };
    assembly.datasets()?;
    let Assembly {
        statements,
        mut provenance,
        ..
    } = assembly;
    provenance.responses = listings
        .values()
        .map(|listing| {
            (
                listing.collector.source.to_owned(),
                listing.responses.clone(),
            )
        })
        .collect();
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        tool: facts.tool,
        organization: OrganizationStatement {
            name: organization_name(&listings),
            id: facts.org_id,
        },
        api_url: facts.api_url,
        collected: Collected {
            from: facts.from,
            to: facts.to,
            clock_skew_ms: listings
                .values()
                .filter_map(|listing| listing.clock_skew_ms)
                .max_by_key(|skew| (skew.abs(), *skew)),
        },
        parent: None,
        journal: listings
            .iter()
            .map(|(name, listing)| ((*name).to_owned(), listing.journal.clone()))
            .collect(),
        datasets: statements,
        sources_sha256: writer.write_provenance(&provenance)?,
    };
    let snapshot = writer.finish(&manifest)?;
    progress.tell(Event::Finished {
        stage: "assemble",
        about: &format!("snapshot in {}", dir.display()),
    });
    Ok(snapshot)
}

/// The datasets made so far.
struct Assembly<'a> {
    dir: &'a Path,
    listings: &'a Listings,
    progress: &'a dyn Progress,
    statements: BTreeMap<String, DatasetStatement>,
    provenance: Provenance,
}

impl<'a> Assembly<'a> {
    fn datasets(&mut self) -> Result<(), SnapshotError> {
        for name in [
            "organization",
            "directories",
            "domains",
            "groups",
            "workspaces",
        ] {
            self.plain(name, Record::of)?;
        }
        self.plain("policies", policies::policy)?;
        self.ranges()?;
        self.accounts_and_tokens()
    }

    /// A dataset whose records come from one listing of the same name.
    fn plain(
        &mut self,
        name: &'static str,
        record_of: fn(&'static Dataset, &Listing, &listing::Received) -> Record,
    ) -> Result<(), SnapshotError> {
        let dataset = dataset(name);
        let listing = self.listing(name);
        let mut file = DatasetFile::new(self.dir, dataset, vec![listing.collector.source]);
        for received in &listing.records {
            file.push(&record_of(dataset, listing, received))?;
        }
        let completeness = listing.statement.completeness.clone();
        self.close(
            name,
            file,
            &[listing],
            completeness,
            listing.statement.api_count,
        )
    }

    fn ranges(&mut self) -> Result<(), SnapshotError> {
        let ranges = dataset("allowlist_ranges");
        let listing = self.listing("policies");
        let mut file = DatasetFile::new(self.dir, ranges, policies::SOURCES.to_vec());
        let problem = policies::write_ranges(&mut file, dataset("policies"), ranges, listing)?;
        let completeness = cut_by(&listing.statement.completeness, problem);
        self.close("allowlist_ranges", file, &[listing], completeness, None)
    }

    fn accounts_and_tokens(&mut self) -> Result<(), SnapshotError> {
        let [search, managed, domains, tokens] =
            ["accounts", "managed_accounts", "domains", "api_tokens"]
                .map(|name| self.listing(name));
        let domain_states = DomainStates::of(dataset("domains"), domains);
        let token_records = Tokens::of(dataset("api_tokens"), tokens);
        let accounts = dataset("accounts");
        let mut file = DatasetFile::new(self.dir, accounts, accounts::SOURCES.to_vec());
        let owners = accounts::write(
            &mut file,
            accounts,
            &accounts::Sources {
                search,
                managed,
                domains: &domain_states,
                tokens: &token_records,
            },
        )?;
        self.close(
            "accounts",
            file,
            &[search, managed, domains, tokens],
            search.statement.completeness.clone(),
            search.statement.api_count,
        )?;
        let mut file = DatasetFile::new(self.dir, dataset("api_tokens"), tokens::SOURCES.to_vec());
        token_records.write(&mut file, &owners)?;
        self.close(
            "api_tokens",
            file,
            &[tokens, search],
            tokens.statement.completeness.clone(),
            tokens.statement.api_count,
        )
    }

    fn close(
        &mut self,
        name: &'static str,
        file: DatasetFile,
        sources: &[&Listing],
        completeness: Completeness,
        api_count: Option<u64>,
    ) -> Result<(), SnapshotError> {
        let (statement, classes): (_, Vec<ProvenanceClass>) =
            file.finish(sources, completeness, api_count)?;
        self.progress.tell(Event::DatasetDone {
            name,
            records: statement.records,
            state: statement.completeness.word(),
            detail: statement.completeness.detail(),
        });
        self.provenance.classes.insert(name.to_owned(), classes);
        self.statements.insert(name.to_owned(), statement);
        Ok(())
    }

    fn listing(&self, name: &str) -> &'a Listing {
        &self.listings[name]
    }
}

fn dataset(name: &str) -> &'static Dataset {
    catalog::dataset(name).expect("assembly names datasets of the catalog; a test makes them all")
}

fn organization_name(listings: &Listings) -> Option<String> {
    let listing = &listings["organization"];
    let received = listing.records.first()?;
    let record = Record::of(dataset("organization"), listing, received);
    record.text("name").map(str::to_owned)
}

#[cfg(test)]
mod tests;

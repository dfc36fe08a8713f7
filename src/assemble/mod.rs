//! Journals in, datasets out: records by the catalog, joined, each with where it came from.
//!
//! Assembly reads the journals that `collect` left, and exports that are kept beside them, and nothing else, so it
//! can be repeated from them: the same journals and exports give the same bytes, whatever the order of the records and the cut of the pages.
//! Records are sorted on disk where they are many, and joined by walking them side by side: memory does
//! not grow with the number of accounts, credentials or events. Held are the domains, groups, workspaces and
//! actions that others are joined with, and a note for each response. Judging the records is left to `assess`.

mod about;
mod accounts;
mod administrators;
mod agreement;
mod child;
mod dataset;
mod entitlements;
mod events;
mod export_policies;
mod exports;
mod field;
mod listing;
mod policies;
mod reconcile;
mod scim;
mod search;
mod sorted;
mod tokens;
mod verify;

pub use child::{GivenExport, GivenExports, child};
pub use verify::{Verified, verify};

use crate::catalog::{self, Dataset};
use crate::collect::{COLLECTORS, RawSnapshot};
use crate::progress::{Event, Progress};
use crate::snapshot::{
    Collected, Completeness, DatasetStatement, ExportsStatement, Manifest, OrganizationStatement,
    Provenance, ProvenanceClass, Snapshot, SnapshotError, SnapshotFormat, SnapshotWriter, Tool,
};
use about::{About, Matches};
use accounts::{DomainStates, Owned};
use dataset::{DatasetFile, Record, cut_by};
use entitlements::Entitlements;
use exports::{Exports, Walked};
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
    assemble_with(raw, &GivenExports::default(), progress)
}

/// The same, with exports of the console, which are kept in the snapshot.
///
/// # Errors
/// As [`assemble`]; or an export is not the one that was read before.
pub fn assemble_with(
    raw: RawSnapshot,
    exports: &GivenExports,
    progress: &dyn Progress,
) -> Result<Snapshot, SnapshotError> {
    let journals = raw.writer.dir().to_owned();
    let facts = Facts {
        format: SnapshotFormat::NEWEST,
        parent: None,
        exports: exports.keep(&raw.writer, ExportsStatement::default())?,
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
    /// The format that it is written in.
    format: SnapshotFormat,
    /// Digest of the snapshot that this one is made from.
    parent: Option<String>,
    /// Exports that are kept beside the journals.
    exports: ExportsStatement,
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
    let scratch = dir.join("datasets");
    let mut listings = Listings::new();
    for collector in COLLECTORS {
        listings.insert(
            collector.name,
            Listing::read(journals, &scratch, collector)?,
        );
    }
    let matches = Matches::of(&scratch, &listings, scim::account_of, policies::account_of)?;
    reconcile::reconcile(&mut listings, &matches, &facts.org_id)?;
    let accounts = ["accounts", "managed_accounts"].map(|name| &listings[name]);
    let exports = Exports::read(journals, &scratch, facts.exports, facts.to, accounts)?;
    let mut assembly = Assembly {
        dir: &dir,
        format: facts.format,
        listings: &listings,
        matches: &matches,
        exports: &exports,
        progress,
        statements: BTreeMap::new(),
        provenance: Provenance {
            exports: exports.notes(),
            ..Provenance::default()
        },
    };
    let stated_exports = assembly.datasets()?;
    let Assembly {
        statements,
        mut provenance,
        ..
    } = assembly;
    // Their files are gone before the folder becomes a snapshot.
    drop(exports);
    provenance.responses = listings
        .values_mut()
        .map(|listing| {
            let responses = std::mem::take(&mut listing.responses);
            (listing.source.to_owned(), responses)
        })
        .collect();
    let manifest = Manifest {
        format: facts.format.name().to_owned(),
        tool: facts.tool,
        organization: OrganizationStatement {
            name: organization_name(&listings)?,
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
        parent: facts.parent,
        exports: stated_exports,
        journal: listings
            .iter()
            .filter_map(|(name, listing)| Some(((*name).to_owned(), listing.journal.clone()?)))
            .collect(),
        datasets: statements,
        sources_sha256: writer.write_provenance(&provenance)?,
    };
    // Their files are gone before the folder becomes a snapshot.
    drop((listings, matches));
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
    format: SnapshotFormat,
    listings: &'a Listings,
    matches: &'a Matches,
    exports: &'a Exports,
    progress: &'a dyn Progress,
    statements: BTreeMap<String, DatasetStatement>,
    provenance: Provenance,
}

impl<'a> Assembly<'a> {
    /// Makes every dataset, and returns what is stated of the exports.
    fn datasets(&mut self) -> Result<ExportsStatement, SnapshotError> {
        for name in [
            "organization",
            "directories",
            "domains",
            "groups",
            "service_accounts",
            "oauth_clients",
            "classification_levels",
            "event_actions",
        ] {
            self.plain(name, Record::of)?;
        }
        self.plain("policies", policies::policy)?;
        self.plain("scim_groups", scim::group)?;
        self.ranges()?;
        self.workspaces()?;
        self.administrators()?;
        let exports = self.accounts_and_tokens()?;
        self.events()?;
        self.exports(exports)
    }

    fn events(&mut self) -> Result<(), SnapshotError> {
        let [stream, actions] = ["events", "event_actions"].map(|name| self.listing(name));
        let sources = vec![stream.source, actions.source];
        let mut file =
            DatasetFile::sorting_by_time(self.dir, dataset_named("events"), sources, self.format);
        events::write(&mut file, dataset_named("event_actions"), stream, actions)?;
        let completeness = stream.statement.completeness.clone();
        self.close("events", file, &[stream, actions], completeness, None)
    }

    /// What exports of the console tell beside accounts.
    fn exports(&mut self, walked: Walked) -> Result<ExportsStatement, SnapshotError> {
        let mut file = DatasetFile::new(
            self.dir,
            dataset_named("authentication_policies"),
            vec![catalog::MANAGED_EXPORT],
        );
        let Walked {
            statement,
            stale,
            policies,
        } = walked;
        let completeness = policies.write(&mut file, &statement, &stale)?;
        self.close("authentication_policies", file, &[], completeness, None)?;
        let exports = dataset_named("exports");
        let mut file = DatasetFile::sorting(self.dir, exports, export_policies::sources());
        export_policies::write_exports(&mut file, exports, &statement)?;
        self.close("exports", file, &[], Completeness::Whole, None)?;
        Ok(statement)
    }

    /// A dataset whose records come from one listing of the same name.
    fn plain(
        &mut self,
        name: &'static str,
        record_of: fn(&'static Dataset, &Listing, &listing::Received) -> Record,
    ) -> Result<(), SnapshotError> {
        let dataset = dataset_named(name);
        let listing = self.listing(name);
        let mut file = DatasetFile::new(self.dir, dataset, vec![listing.source]);
        for received in listing.records()? {
            file.push(&record_of(dataset, listing, &received?))?;
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
        let ranges = dataset_named("allowlist_ranges");
        let listing = self.listing("policies");
        let mut file = DatasetFile::new(self.dir, ranges, policies::SOURCES.to_vec());
        let problem =
            policies::write_ranges(&mut file, dataset_named("policies"), ranges, listing)?;
        let completeness = cut_by(&listing.statement.completeness, problem);
        self.close("allowlist_ranges", file, &[listing], completeness, None)
    }

    fn workspaces(&mut self) -> Result<(), SnapshotError> {
        let [listing, policies] = ["workspaces", "policies"].map(|name| self.listing(name));
        let in_force = policies::InForce::of(dataset_named("policies"), policies)?;
        let workspaces = dataset_named("workspaces");
        let mut file =
            DatasetFile::new(self.dir, workspaces, vec![listing.source, policies.source]);
        for received in listing.records()? {
            let mut record = Record::of(workspaces, listing, &received?);
            in_force.add(&mut record);
            file.push(&record)?;
        }
        let completeness = listing.statement.completeness.clone();
        let count = listing.statement.api_count;
        self.close(
            "workspaces",
            file,
            &[listing, policies],
            completeness,
            count,
        )
    }

    fn administrators(&mut self) -> Result<(), SnapshotError> {
        let [assignments, administrators, workspaces] =
            ["admin_role_assignments", "administrators", "workspaces"]
                .map(|name| self.listing(name));
        let sources = [assignments, administrators, workspaces];
        let names = sources.map(|listing| listing.source).to_vec();
        let mut file =
            DatasetFile::sorting(self.dir, dataset_named("admin_role_assignments"), names);
        let problem = administrators::write(&mut file, assignments, administrators, workspaces)?;
        let completeness = cut_by(&assignments.statement.completeness, problem);
        self.close("admin_role_assignments", file, &sources, completeness, None)
    }

    fn accounts_and_tokens(&mut self) -> Result<Walked, SnapshotError> {
        let [search, managed, domains, tokens, keys] = [
            "accounts",
            "managed_accounts",
            "domains",
            "api_tokens",
            "api_keys",
        ]
        .map(|name| self.listing(name));
        let [policy_members, scim_users] =
            ["authentication_policy_members", "scim_users"].map(|name| self.listing(name));
        let domain_states = DomainStates::of(dataset_named("domains"), domains)?;
        let scratch = self.dir.join("datasets");
        let tokens_of = |listing, fields| {
            let dataset = dataset_named(listing_name(listing));
            Tokens::of(&scratch, dataset, listing, fields)
        };
        let token_records = tokens_of(tokens, tokens::TOKEN_OWNER)?;
        let key_records = tokens_of(keys, tokens::KEY_OWNER)?;
        let about = |name, listing: &'a Listing, matched, complete| {
            let sources = vec![listing.source, search.source];
            About::new(
                self.dir,
                dataset_named(name),
                sources,
                listing,
                matched,
                complete,
            )
        };
        let mut owned = Owned {
            entitlements: Entitlements::new(self.dir, self.listings)?,
            tokens: token_records.walk(self.dir)?,
            keys: key_records.walk(self.dir)?,
            exports: self.exports.walk()?,
            scim: about(
                "scim_users",
                scim_users,
                &self.matches.scim,
                scim::complete_user,
            )?,
            policies: about(
                "authentication_policy_members",
                policy_members,
                &self.matches.policies,
                |_, _| {},
            )?,
        };
        let accounts = dataset_named("accounts");
        let listings = [search, managed, domains, tokens, policy_members, scim_users];
        let sources = accounts::Sources {
            search,
            managed,
            domains: &domain_states,
            listings,
            notes: &self.provenance,
        };
        let mut file = DatasetFile::new(self.dir, accounts, sources.names());
        accounts::write(&mut file, accounts, &sources, &mut owned)?;
        self.close(
            "accounts",
            file,
            &listings,
            search.statement.completeness.clone(),
            search.statement.api_count,
        )?;
        for (name, about) in [
            ("scim_users", owned.scim),
            ("authentication_policy_members", owned.policies),
        ] {
            let listing = about.listing;
            let statement = &listing.statement;
            let (completeness, count) = (statement.completeness.clone(), statement.api_count);
            self.close(
                name,
                about.finish()?,
                &[listing, search],
                completeness,
                count,
            )?;
        }
        self.grants(owned.entitlements)?;
        for (listing, walk) in [(tokens, owned.tokens), (keys, owned.keys)] {
            self.close(
                listing_name(listing),
                walk.finish()?,
                &[listing, search],
                listing.statement.completeness.clone(),
                listing.statement.api_count,
            )?;
        }
        owned.exports.finish()
    }

    /// One record each grant of an account. That the accounts are counted says nothing about how many
    /// grants there are, so these have no count of the API's.
    fn grants(&mut self, entitlements: Entitlements) -> Result<(), SnapshotError> {
        let [search, groups, workspaces] =
            ["accounts", "groups", "workspaces"].map(|name| self.listing(name));
        let Entitlements {
            group_members,
            role_assignments,
            product_access,
            ..
        } = entitlements;
        for (name, grants, sources) in [
            ("group_members", group_members, &[search, groups][..]),
            ("role_assignments", role_assignments, &[search]),
            ("product_access", product_access, &[search, workspaces]),
        ] {
            let completeness = cut_by(&search.statement.completeness, grants.problem());
            self.close(name, grants.file, sources, completeness, None)?;
        }
        Ok(())
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

/// The name of the dataset that a listing of credentials becomes.
fn listing_name(listing: &Listing) -> &'static str {
    listing.collector.dataset
}

fn dataset_named(name: &str) -> &'static Dataset {
    catalog::dataset(name).expect("assembly names datasets of the catalog; a test makes them all")
}

fn organization_name(listings: &Listings) -> Result<Option<String>, SnapshotError> {
    let listing = &listings["organization"];
    let Some(received) = listing.records()?.next().transpose()? else {
        return Ok(None);
    };
    let record = Record::of(dataset_named("organization"), listing, &received);
    Ok(record.text("name").map(str::to_owned))
}

#[cfg(test)]
mod tests;

//! `group_members`, `role_assignments` and `product_access`: one record each grant, told by the accounts.
//!
//! The accounts come in order of their ids, the grants go out in order of theirs; in between they are
//! sorted on disk.

use super::dataset::{DatasetFile, Record};
use super::field::FieldValue;
use super::listing::{Listing, Listings};
use super::search::{SEARCH, search_only};
use crate::progress::counted;
use crate::snapshot::SnapshotError;
use std::collections::BTreeMap;
use std::path::Path;

/// Place of the source that the grants are joined with, where there is one.
const JOINED: usize = 1;

/// What the grants of one kind become, and from which accounts they are missing.
pub(super) struct Grants {
    pub file: DatasetFile,
    /// Accounts that do not tell their grants.
    silent: u64,
}

impl Grants {
    fn new(dir: &Path, name: &str, sources: Vec<&'static str>) -> Grants {
        Grants {
            file: DatasetFile::sorting(dir, super::dataset_named(name), sources),
            silent: 0,
        }
    }

    /// Why grants may be missing although every account came, if they may.
    pub fn problem(&self) -> Option<String> {
        (self.silent > 0)
            .then(|| format!("{} did not tell theirs", counted(self.silent, "account")))
    }
}

/// The grants of every account.
pub(super) struct Entitlements {
    groups: Named,
    workspaces: Named,
    pub group_members: Grants,
    pub role_assignments: Grants,
    pub product_access: Grants,
}

impl Entitlements {
    pub fn new(dir: &Path, listings: &Listings) -> Result<Entitlements, SnapshotError> {
        let source = |name: &str| listings[name].source;
        let [search, groups, workspaces] = ["accounts", "groups", "workspaces"].map(source);
        Ok(Entitlements {
            groups: Named::of(
                &listings["groups"],
                &[
                    ("group_name", "name"),
                    ("group_directory_id", "directory_id"),
                    ("group_external_synced", "external_synced"),
                ],
            )?,
            workspaces: Named::of(
                &listings["workspaces"],
                &[
                    ("workspace_name", "name"),
                    ("workspace_sandbox_type", "sandbox_type"),
                ],
            )?,
            group_members: Grants::new(dir, "group_members", vec![search, groups]),
            role_assignments: Grants::new(dir, "role_assignments", vec![search]),
            product_access: Grants::new(dir, "product_access", vec![search, workspaces]),
        })
    }

    /// Takes the grants of one account that users/search listed in response `n`.
    pub fn take(&mut self, account: &Record, n: u64) -> Result<(), SnapshotError> {
        let id = account.text("id").unwrap_or_default();
        match search_only(account, "group_ids") {
            None => self.group_members.silent += 1,
            Some(groups) => {
                for group in groups.elements().iter().filter_map(FieldValue::as_text) {
                    let mut record = self.group_members.file.record(&format!("{group}#{id}"), n);
                    record.set("group_id", FieldValue::Text(group.to_owned()), SEARCH, n);
                    self.groups.join(group, &mut record);
                    describe(&mut record, account, n);
                    self.group_members.file.push(&record)?;
                }
            }
        }
        match search_only(account, "platform_roles") {
            None => self.role_assignments.silent += 1,
            Some(roles) => {
                for role in roles.elements().iter().filter_map(FieldValue::as_text) {
                    let mut record = self
                        .role_assignments
                        .file
                        .record(&format!("{id}#{role}"), n);
                    record.set("role", FieldValue::Text(role.to_owned()), SEARCH, n);
                    describe(&mut record, account, n);
                    self.role_assignments.file.push(&record)?;
                }
            }
        }
        match search_only(account, "product_access").and_then(by_workspace) {
            None => self.product_access.silent += 1,
            Some(products) => {
                for (workspace, product) in products {
                    let mut record = self
                        .product_access
                        .file
                        .record(&format!("{id}#{workspace}"), n);
                    let workspace_id = FieldValue::Text(workspace.to_owned());
                    record.set("workspace_id", workspace_id, SEARCH, n);
                    for (field, member) in
                        [("product_key", "key"), ("last_active_at", "last_active_at")]
                    {
                        if let Some(value) = product.member(member) {
                            record.set(field, value.clone(), SEARCH, n);
                        }
                    }
                    self.workspaces.join(workspace, &mut record);
                    describe(&mut record, account, n);
                    self.product_access.file.push(&record)?;
                }
            }
        }
        Ok(())
    }
}

/// Products by their workspace, each once: of two the one with the newest activity counts, and one whose
/// activity does not read counts most, since it may be the newest. `None` if a product does not name its
/// workspace.
fn by_workspace(products: &FieldValue) -> Option<BTreeMap<&str, &FieldValue>> {
    // Not read, then the later time, then none recorded.
    let rank = |product: &FieldValue| match product.member("last_active_at").cloned() {
        None => (2, None),
        Some(FieldValue::Null) => (0, None),
        time => (1, time),
    };
    let mut found: BTreeMap<&str, &FieldValue> = BTreeMap::new();
    for product in products.elements() {
        let workspace = product.member("id")?.as_text()?;
        let best = found.entry(workspace).or_insert(product);
        if rank(product) > rank(best) {
            *best = product;
        }
    }
    Some(found)
}

/// Sets what a reader wants to know of the account, as far as users/search told it.
fn describe(record: &mut Record, account: &Record, n: u64) {
    for (field, of_account) in [
        ("account_id", "id"),
        ("account_name", "name"),
        ("account_email", "email"),
        ("account_status", "account_status"),
        ("claim_status", "claim_status"),
    ] {
        if let Some(value) = search_only(account, of_account) {
            record.set(field, value.clone(), SEARCH, n);
        }
    }
}

/// What records of a small listing add to a grant, by their ids: it is held in memory.
struct Named {
    records: BTreeMap<String, Joined>,
}

/// What one record adds.
struct Joined {
    /// Fields of the grant, with their values.
    fields: Vec<(&'static str, FieldValue)>,
    /// Number of the response that brought it.
    n: u64,
}

impl Named {
    /// `fields`: of the grant, of the record that it is joined with.
    fn of(
        listing: &Listing,
        fields: &[(&'static str, &'static str)],
    ) -> Result<Named, SnapshotError> {
        let dataset = super::dataset_named(listing.collector.dataset);
        let mut records = BTreeMap::new();
        for received in listing.records()? {
            let received = received?;
            let record = Record::of(dataset, listing, &received);
            let known = fields.iter().filter_map(|(field, of_record)| {
                record.get(of_record).map(|value| (*field, value.clone()))
            });
            let joined = Joined {
                fields: known.collect(),
                n: received.n,
            };
            records.insert(received.id, joined);
        }
        Ok(Named { records })
    }

    /// Sets what is known of `id` in `record`.
    fn join(&self, id: &str, record: &mut Record) {
        if let Some(joined) = self.records.get(id) {
            for (field, value) in &joined.fields {
                record.set(field, value.clone(), JOINED, joined.n);
            }
        }
    }
}

//! `policies`, and `allowlist_ranges`: one record for each range of each IP allowlist among them.

use super::about::Key;
use super::dataset::{DatasetFile, Record};
use super::field::{FieldValue, email_address};
use super::listing::{Listing, Received};
use crate::catalog::Dataset;
use crate::snapshot::{MisfitKind, SnapshotError};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The only source of both datasets.
pub(super) const SOURCES: [&str; 1] = ["policies"];

/// Type of the policies that hold ranges.
const IP_ALLOWLIST: &str = "ip-allowlist";

/// States of application in which a policy is in force on a resource.
const IN_FORCE: &[&str] = &["applied", "enabled"];

/// The policy as a record of `policies`.
pub(super) fn policy(dataset: &'static Dataset, listing: &Listing, received: &Received) -> Record {
    let mut record = Record::of(dataset, listing, received);
    if let Some(applied) = record.get("resources").and_then(applied) {
        record.set("applied_resource_ids", applied, 0, received.n);
    }
    record
}

/// Ids of the resources that a policy is in force on; `None` if one resource does not tell.
fn applied(resources: &FieldValue) -> Option<FieldValue> {
    let mut ids = Vec::new();
    for resource in resources.elements() {
        let id = resource.member("id")?;
        if IN_FORCE.contains(&resource.member("application_status")?.as_text()?) {
            ids.push(id.clone());
        }
    }
    ids.sort();
    ids.dedup();
    Some(FieldValue::List(ids))
}

/// How a record of an authentication policy's members names its account: by what identifies it.
pub(super) fn account_of(received: &Received, _: &Value) -> Key {
    match email_address(&received.id) {
        Some(email) => Key::Email(email),
        None => Key::Id(received.id.clone()),
    }
}

/// Which policies are in force on which resource.
pub(super) struct InForce {
    /// Types of enabled policies by resource; `None` if some policy does not tell what it is in force on.
    types: Option<BTreeMap<String, BTreeSet<String>>>,
    /// Number of the last page of the policies.
    last_page: u64,
}

impl InForce {
    pub fn of(dataset: &'static Dataset, listing: &Listing) -> Result<InForce, SnapshotError> {
        let mut types: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut all_tell = listing.is_whole();
        for received in listing.records()? {
            let record = policy(dataset, listing, &received?);
            let applied = record.get("applied_resource_ids");
            match (record.text("status"), record.text("type"), applied) {
                (Some("disabled"), _, _) => {}
                (Some("enabled"), Some(kind), Some(resources)) => {
                    for id in resources.elements().iter().filter_map(FieldValue::as_text) {
                        types
                            .entry(id.to_owned())
                            .or_default()
                            .insert(kind.to_owned());
                    }
                }
                _ => all_tell = false,
            }
        }
        Ok(InForce {
            types: all_tell.then_some(types),
            last_page: listing.last_page,
        })
    }

    /// Sets the types of policies that are in force on a workspace.
    pub fn add(&self, workspace: &mut Record) {
        let Some(types) = &self.types else { return };
        let on_it = types.get(workspace.text("id").unwrap_or_default());
        let words = on_it.into_iter().flatten().cloned().map(FieldValue::Text);
        let words = FieldValue::List(words.collect());
        workspace.set("applied_policy_types", words, POLICIES, self.last_page);
    }
}

/// Place of the policies among the sources of a workspace, behind its own.
const POLICIES: usize = 1;

/// Writes the ranges of every IP allowlist. Returns why ranges may be missing, if they may.
pub(super) fn write_ranges(
    file: &mut DatasetFile,
    policies: &'static Dataset,
    ranges: &'static Dataset,
    listing: &Listing,
) -> Result<Option<String>, SnapshotError> {
    let mut silent = 0;
    let mut records = BTreeMap::new();
    for received in listing.records()? {
        let received = received?;
        let policy = Record::of(policies, listing, &received);
        match (policy.text("type"), policy.get("rule_values")) {
            (Some(IP_ALLOWLIST), Some(values)) => {
                let repeated = repeated_ranges(received.value());
                for range in values.elements().iter().filter_map(FieldValue::as_text) {
                    let mut record = range_record(ranges, &policy, range, received.n);
                    if repeated.contains(range) {
                        let told = Value::from(range);
                        record.misfits.add("range", MisfitKind::Repeated, &told);
                    }
                    records.insert(format!("{}#{range}", received.id), record);
                }
            }
            (Some(IP_ALLOWLIST) | None, _) => silent += 1,
            (Some(_), _) => {}
        }
    }
    for record in records.values() {
        file.push(record)?;
    }
    Ok((silent > 0).then(|| match silent {
        1 => "1 policy does not tell its ranges".to_owned(),
        more => format!("{more} policies do not tell their ranges"),
    }))
}

/// Ranges that the allowlist `policy` names more than once: each is one range, and said to be repeated.
fn repeated_ranges(policy: &Value) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let ranges = policy["attributes"]["rule"]["in"].as_array();
    ranges
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter(|range| !seen.insert(*range))
        .map(str::to_owned)
        .collect()
}

fn range_record(dataset: &'static Dataset, policy: &Record, range: &str, n: u64) -> Record {
    let policy_id = policy.text("id").unwrap_or_default();
    let mut record = Record::new(dataset, &format!("{policy_id}#{range}"), 0, n);
    let mut set = |field, value| record.set(field, value, 0, n);
    set("policy_id", FieldValue::Text(policy_id.to_owned()));
    for (field, origin) in [("policy_name", "name"), ("policy_status", "status")] {
        if let Some(value) = policy.get(origin) {
            set(field, value.clone());
        }
    }
    set("range", FieldValue::Text(range.to_owned()));
    if let Some((version, prefix_length)) = parse_range(range) {
        set("ip_version", FieldValue::count(version));
        set("prefix_length", FieldValue::count(prefix_length));
    }
    record
}

/// Bits of an IPv6 address before the IPv4 address that it may carry: `::ffff:0:0/96`.
const MAPPED_BITS: usize = 96;

/// IP version and prefix length of an address or a range in CIDR notation.
///
/// IPv6 ranges that hold IPv4 addresses (`::ffff:203.0.113.0/120`) count as what they let in: those within
/// `::ffff:0:0/96` as their IPv4 range, and wider ones as all of IPv4.
fn parse_range(text: &str) -> Option<(usize, usize)> {
    let text = text.trim();
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let address = address.parse().ok()?;
    let (version, bits) = match address {
        IpAddr::V4(_) => (4, 32),
        IpAddr::V6(_) => (6, 128),
    };
    let prefix_length = match prefix {
        None => bits,
        Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok()?,
        Some(_) => return None,
    };
    if prefix_length > bits {
        return None;
    }
    match address {
        IpAddr::V6(address) if holds_mapped(address, prefix_length) => {
            Some((4, prefix_length.saturating_sub(MAPPED_BITS)))
        }
        _ => Some((version, prefix_length)),
    }
}

/// Whether the range shares addresses with `::ffff:0:0/96`.
fn holds_mapped(address: Ipv6Addr, prefix_length: usize) -> bool {
    let mapped = Ipv4Addr::UNSPECIFIED.to_ipv6_mapped().to_bits();
    let shared = prefix_length.min(MAPPED_BITS);
    // No bit shared: every address begins alike.
    shared == 0 || (address.to_bits() ^ mapped) >> (128 - shared) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_an_address_or_cidr_notation_and_nothing_else() {
        for (text, range) in [
            ("203.0.113.0/24", Some((4, 24))),
            ("198.51.100.17", Some((4, 32))),
            ("0.0.0.0/0", Some((4, 0))),
            ("2001:db8:40::/48", Some((6, 48))),
            ("::1", Some((6, 128))),
            // IPv4 in the clothes of IPv6.
            ("::ffff:0.0.0.0/96", Some((4, 0))),
            ("::ffff:203.0.113.0/120", Some((4, 24))),
            ("::ffff:cb00:7111", Some((4, 32))),
            ("::ffff:203.0.113.0/80", Some((4, 0))),
            ("::/64", Some((4, 0))),
            ("::/0", Some((4, 0))),
            ("::/96", Some((6, 96))),
            ("::ffff:0.0.0.0/129", None),
            ("203.0.113.0/33", None),
            ("203.0.113.0/", None),
            ("203.0.113.0/+8", None),
            ("203.0.113.0-203.0.113.9", None),
            ("office", None),
            ("", None),
        ] {
            assert_eq!(parse_range(text), range, "{text}");
        }
    }
}

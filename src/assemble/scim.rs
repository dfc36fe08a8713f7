//! `scim_users` and `scim_groups`: what identity providers sent, with the accounts that users became.

use super::about::Key;
use super::dataset::Record;
use super::field::{FieldValue, email_address};
use super::listing::{Listing, Received};
use crate::catalog::Dataset;
use serde_json::Value;

/// The part of a user that names its account.
const ATLASSIAN: &str = "urn:scim:schemas:extension:atlassian-external:1.0";

/// How a provisioned user names its account: by id, or else by address.
pub(super) fn account_of(_: &Received, user: &Value) -> Key {
    match user[ATLASSIAN]["atlassianAccountId"].as_str() {
        Some(id) if !id.is_empty() => Key::Id(id.to_owned()),
        _ => email_of(user).map_or(Key::Nothing, Key::Email),
    }
}

/// The primary address of a user, or the only one, or a name that is an address.
pub(super) fn email_of(user: &Value) -> Option<String> {
    let emails = user["emails"].as_array().map_or(&[][..], Vec::as_slice);
    let primary = emails.iter().find(|email| email["primary"] == true);
    let only = match emails {
        [only] => Some(only),
        _ => None,
    };
    primary
        .or(only)
        .map_or(&user["userName"], |email| &email["value"])
        .as_str()
        .and_then(email_address)
}

/// Adds to a user what is not told as one member: its directory, and its address.
pub(super) fn complete_user(record: &mut Record, received: &Received) {
    complete(record, received);
    if let Some(email) = email_of(received.value()) {
        record.set("email", FieldValue::Text(email), 0, received.n);
    }
}

fn complete(record: &mut Record, received: &Received) {
    let (directory, id) = received.part_and_id();
    for (field, text) in [("directory_id", directory), ("scim_id", id)] {
        record.set(field, FieldValue::Text(text.to_owned()), 0, received.n);
    }
}

/// A group as a record of `scim_groups`.
pub(super) fn group(dataset: &'static Dataset, listing: &Listing, received: &Received) -> Record {
    let mut record = Record::of(dataset, listing, received);
    complete(&mut record, received);
    if let Some(count) = record.get("member_ids").map(|ids| ids.elements().len()) {
        record.set("member_count", FieldValue::count(count), 0, received.n);
    }
    record
}

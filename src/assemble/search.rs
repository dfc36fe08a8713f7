//! What users/search alone says of an account: grants and credentials are joined with that.

use super::dataset::Record;
use super::field::FieldValue;

/// Place of users/search among the sources of an account.
pub(super) const SEARCH: usize = 0;

/// The value of a field, if users/search gave it.
pub(super) fn search_only<'r>(account: &'r Record, field: &str) -> Option<&'r FieldValue> {
    let (source, _) = account.source_of(field)?;
    account.get(field).filter(|_| source == SEARCH)
}

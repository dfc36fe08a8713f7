//! Controls over the files of exports, and over the policies that their rows name.

use super::ControlTruth;
use super::outcome::told;

/// What each comes to without an export.
const WITHOUT_EXPORT: [(&str, &str); 7] = [
    ("exports-fresh", "not_applicable"),
    ("exports-reconcile", "not_applicable"),
    ("idle-session", "unknown"),
    ("password-expiry", "unknown"),
    ("password-strength", "unknown"),
    ("policies-not-contradicted", "unknown"),
    ("policies-two-step-or-sso", "unknown"),
];

/// What controls over exports come to without any.
pub(super) fn without_exports() -> impl Iterator<Item = (&'static str, ControlTruth)> {
    WITHOUT_EXPORT
        .into_iter()
        .map(|(id, outcome)| (id, told(outcome, &[], &[])))
}

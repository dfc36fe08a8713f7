//! Questions that only people answer.

use super::Told;
use super::outcome::told;
use crate::sandbox::kind::GuardPlan;
use crate::sandbox::people::{PeopleVariant, attested_truth};
use crate::sandbox::world::World;

/// Each with the plan below which it does not apply.
const QUESTIONS: &[(&str, GuardPlan)] = &[
    ("access-review-recorded", GuardPlan::None),
    ("ai-features-decided", GuardPlan::None),
    ("alerts-triaged", GuardPlan::Premium),
    ("anonymous-access-prevented", GuardPlan::None),
    ("api-keys-scoped", GuardPlan::None),
    ("app-access-rule", GuardPlan::None),
    ("app-updates-pending", GuardPlan::None),
    ("app-vendors-assessed", GuardPlan::None),
    ("automation-hosts-approved", GuardPlan::None),
    ("automation-owners-active", GuardPlan::None),
    ("backups-made", GuardPlan::None),
    ("break-glass-use-reviewed", GuardPlan::None),
    ("contacts-current", GuardPlan::None),
    ("content-activity-logged", GuardPlan::Premium),
    ("content-scanning-on", GuardPlan::Premium),
    ("default-groups-basic", GuardPlan::None),
    ("default-policy-sso", GuardPlan::Standard),
    ("development-mode-off", GuardPlan::None),
    ("duties-separated", GuardPlan::None),
    ("events-kept", GuardPlan::Standard),
    ("events-reach-siem", GuardPlan::Standard),
    ("exports-limited", GuardPlan::None),
    ("external-users-no-api-tokens", GuardPlan::Standard),
    ("external-users-verify", GuardPlan::Standard),
    ("external-users-verify-again", GuardPlan::Standard),
    ("invite-links-off", GuardPlan::None),
    ("jira-global-permissions", GuardPlan::None),
    ("joining-approved-domains", GuardPlan::None),
    ("marketplace-apps-approved", GuardPlan::None),
    ("mobile-policy-for-all", GuardPlan::Standard),
    ("mobile-policy-strict", GuardPlan::Standard),
    ("oauth-grants-reviewed", GuardPlan::None),
    ("own-keys-where-required", GuardPlan::None),
    ("pilot-policies-empty", GuardPlan::Standard),
    ("plan-supports-controls", GuardPlan::None),
    ("portal-customers-sign-in", GuardPlan::None),
    ("portals-not-open", GuardPlan::None),
    ("public-links-of-pages", GuardPlan::None),
    ("public-links-prevented", GuardPlan::None),
    ("restore-tested", GuardPlan::None),
    ("rovo-mcp-domains", GuardPlan::None),
    ("rovo-mcp-write-blocked", GuardPlan::None),
    ("saml-certificate-valid", GuardPlan::Standard),
    ("scim-sync-without-errors", GuardPlan::Standard),
    ("service-account-credentials", GuardPlan::None),
    ("service-accounts-in-use", GuardPlan::None),
    ("session-expiry", GuardPlan::Standard),
    ("shadow-products", GuardPlan::None),
    ("third-party-login-blocked", GuardPlan::Standard),
    ("user-api-tokens-limited", GuardPlan::Standard),
    ("user-installed-apps-blocked", GuardPlan::None),
];

/// What these controls have to find.
pub(super) fn truth(world: &World, answers: Option<PeopleVariant>) -> Told {
    let answered = answers.map(|variant| attested_truth(world, variant));
    let questions = QUESTIONS.iter().map(|&(id, plan)| {
        let outcome = answered.as_ref().map_or("unknown", |told| told[id].outcome);
        let truth = match outcome {
            _ if world.kind.plan < plan => told("not_applicable", &[], &[]),
            "pass" => told("pass", &[], &[]),
            "fail" => told("fail", &["-"], &[]),
            _ => told("unknown", &[], &["-"]),
        };
        (id, truth)
    });
    questions.collect()
}

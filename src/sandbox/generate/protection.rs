//! What protects accounts and data: authentication policies, data security policies and
//! classification levels.

use super::Moment;
use crate::sandbox::kind::GuardPlan;
use crate::sandbox::names::HOSTILE;
use crate::sandbox::random::Random;
use crate::sandbox::world::{
    Account, AccountKind, AuthenticationPolicy, ClassificationLevel, DataSecurityPolicy,
    PolicyResource, Role, World, WorldSpec,
};

use super::estate::{CONFLUENCE, JIRA};

/// Names of the authentication policies, the default one first.
const POLICY_NAMES: [&str; 4] = [
    "Staff with single sign-on",
    "Administrators",
    "Non-billable",
    "Pilot {{ 7*7 }}",
];
const STAFF_POLICY: usize = 0;
const ADMIN_POLICY: usize = 1;
const NON_BILLABLE_POLICY: usize = 2;
const PILOT_POLICY: usize = 3;

pub(super) fn authentication_policies(spec: &WorldSpec) -> Vec<AuthenticationPolicy> {
    if !spec.kind.has_managed_accounts() {
        return Vec::new();
    }
    let mut random = Random::of_part(spec.seed, "authentication policies");
    // Single sign-on comes with a plan.
    let has_sso = spec.kind.plan >= GuardPlan::Standard;
    let policies = POLICY_NAMES.iter().enumerate().map(|(place, name)| {
        let (idle_session, idle_session_minutes) = match place {
            ADMIN_POLICY => ("1 hour", 60),
            NON_BILLABLE_POLICY => ("30 days", 30 * 24 * 60),
            _ => ("8 hours", 8 * 60),
        };
        let (password, password_strength) = match place {
            NON_BILLABLE_POLICY => ("Fair; never expires", "fair"),
            PILOT_POLICY => ("Very strong; expires after 90 days", "very_strong"),
            _ => ("Strong; never expires", "strong"),
        };
        AuthenticationPolicy {
            id: random.uuid(),
            name: (*name).to_owned(),
            billable: place != NON_BILLABLE_POLICY,
            sso: has_sso && matches!(place, STAFF_POLICY | ADMIN_POLICY),
            two_step_required: matches!(place, ADMIN_POLICY | PILOT_POLICY),
            password,
            password_strength,
            idle_session,
            idle_session_minutes,
        }
    });
    policies.collect()
}

/// See [`World::authentication_policy_of`].
pub(in crate::sandbox) fn authentication_policy_of(
    world: &World,
    account: &Account,
) -> Option<usize> {
    if !account.managed || account.kind != AccountKind::Person {
        return None;
    }
    let mut random = Random::of_part(0, &account.id);
    let policy = if account.roles.contains(&Role::OrgAdmin) {
        ADMIN_POLICY
    } else if random.chance(4) {
        NON_BILLABLE_POLICY
    } else if random.chance(3) {
        PILOT_POLICY
    } else {
        STAFF_POLICY
    };
    (policy < world.authentication_policies.len()).then_some(policy)
}

/// Why a data security policy is there.
struct Case {
    name: &'static str,
    status: &'static str,
    coverage: &'static str,
    rule: &'static str,
    effect: &'static str,
    workspaces: &'static [usize],
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    Case { name: "No anonymous access", status: "enabled", coverage: "ORG", rule: "anonymousAccess", effect: "block", workspaces: &[] },
    Case { name: "Attachments stay here", status: "disabled", coverage: "WORKSPACE", rule: "attachmentDownload", effect: "block", workspaces: &[JIRA, CONFLUENCE] },
    Case { name: "Apps in the open", status: "enabled", coverage: "CONTAINER", rule: "appAccess", effect: "allow", workspaces: &[CONFLUENCE] },
    Case { name: HOSTILE[10], status: "draft", coverage: "CLASSIFICATION", rule: "pageExport", effect: "block", workspaces: &[] },
];

pub(super) fn data_security_policies(
    spec: &WorldSpec,
    moment: Moment,
    world: &World,
) -> Vec<DataSecurityPolicy> {
    let mut random = Random::of_part(spec.seed, "data security policies");
    let mut all: Vec<DataSecurityPolicy> = Vec::new();
    // Those of the general list are here too, under the same id.
    let known = world.policies.iter();
    for policy in known.filter(|policy| policy.kind == "data-security") {
        all.push(DataSecurityPolicy {
            id: policy.id.clone(),
            name: policy.name.clone(),
            status: if policy.enabled {
                "enabled"
            } else {
                "disabled"
            },
            coverage: "WORKSPACE",
            rule: "publicLinks",
            effect: "block",
            resources: policy.resources.clone(),
            created: policy.created,
            updated: policy.updated,
        });
    }
    if spec.kind.plan == GuardPlan::None {
        return all;
    }
    for case in CASES {
        let created = random.between(30, 400);
        all.push(DataSecurityPolicy {
            id: random.uuid(),
            name: case.name.to_owned(),
            status: case.status,
            coverage: case.coverage,
            rule: case.rule,
            effect: case.effect,
            resources: case
                .workspaces
                .iter()
                .map(|&workspace| PolicyResource {
                    workspace,
                    status: "applied",
                })
                .collect(),
            created: moment.on_day(created, &mut random),
            updated: random
                .chance(50)
                .then(|| moment.on_day(random.between(1, 29), &mut random)),
        });
    }
    all
}

pub(super) fn classification_levels(
    spec: &WorldSpec,
    moment: Moment,
    world: &World,
) -> Vec<ClassificationLevel> {
    if spec.kind.plan < GuardPlan::Premium {
        return Vec::new();
    }
    let mut random = Random::of_part(spec.seed, "classification levels");
    let is_admin = |account: &Account| account.roles.contains(&Role::OrgAdmin);
    let creator = world.accounts.iter().position(is_admin).unwrap_or(0);
    #[rustfmt::skip]
    let levels = [
        ("Restricted", "RED", "PUBLISHED", Some("Data that harms people if it leaks")),
        ("Internal", "BLUE", "PUBLISHED", Some(HOSTILE[0])),
        ("Public", "GREEN", "PUBLISHED", None),
        ("Export <b>controlled</b>", "YELLOW", "DRAFT", Some("Not agreed yet")),
        ("Secret (old scheme)", "GREY", "ARCHIVED", None),
    ];
    levels
        .into_iter()
        .zip(1..)
        .map(|((name, color, status, definition), sensitivity)| {
            let created = random.between(100, 600);
            ClassificationLevel {
                id: random.uuid(),
                name: name.to_owned(),
                definition: definition.map(str::to_owned),
                guideline: definition.map(|_| "Share with named recipients only".to_owned()),
                color,
                sensitivity,
                status,
                creator,
                created: moment.on_day(created, &mut random),
                changed: (status != "DRAFT").then(|| {
                    let changed = random.between(1, 99);
                    moment.on_day(changed, &mut random)
                }),
            }
        })
        .collect()
}

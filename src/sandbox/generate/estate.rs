//! What the organisation owns: directories, domains, workspaces, groups and policies.
//!
//! These are few and do not depend on the number of accounts, except that a large organisation has
//! more teams and more workspaces.

use super::{LABS_DOMAIN, LAPSED_DOMAIN, MAIN_DOMAIN, Moment, UNVERIFIED_DOMAIN};
use crate::sandbox::encoding;
use crate::sandbox::names::{DEPARTMENTS, HOSTILE, name_of_300_characters};
use crate::sandbox::random::Random;
use crate::sandbox::world::{
    ClaimStatus, Directory, Domain, Group, Policy, PolicyResource, Workspace, WorldSpec,
};

/// Places in the list of directories.
pub(super) const STAFF: usize = 0;
pub(super) const PARTNERS: usize = 1;

/// Places in the list of workspaces that accounts and policies name.
pub(super) const JIRA: usize = 0;
pub(super) const CONFLUENCE: usize = 1;
pub(super) const SERVICE_DESK: usize = 2;
pub(super) const LABS_JIRA: usize = 3;
pub(super) const LABS_CONFLUENCE: usize = 4;
pub(super) const PARTNER_JIRA: usize = 5;
const PARTNER_CONFLUENCE: usize = 6;
const SANDBOX_JIRA: usize = 7;
const OFFLINE_CONFLUENCE: usize = 8;

/// Places in the list of groups that accounts name.
pub(super) const ORG_ADMINS: usize = 0;
pub(super) const SITE_ADMINS: usize = 1;
pub(super) const ALL_STAFF: usize = 2;
pub(super) const CONTRACTORS: usize = 3;
pub(super) const PORTAL_CUSTOMERS: usize = 4;
pub(super) const FIRST_DEPARTMENT: usize = 6;

/// One team, and one workspace, for so many accounts.
const USERS_PER_TEAM: u32 = 200;
const USERS_PER_WORKSPACE: u32 = 2_500;

pub(super) fn directories(random: &mut Random) -> Vec<Directory> {
    ["Tarnbrook Instruments", "Tarnbrook Partners"]
        .map(|name| Directory {
            id: random.uuid(),
            name: name.to_owned(),
        })
        .into()
}

/// A domain in every claim state. The corporate ones are four, of which two are not verified.
pub(super) fn domains() -> Vec<Domain> {
    [
        (MAIN_DOMAIN, Some("dns"), ClaimStatus::Verified, true),
        (LABS_DOMAIN, Some("http"), ClaimStatus::Verified, true),
        (
            UNVERIFIED_DOMAIN,
            Some("dns"),
            ClaimStatus::Unverified,
            true,
        ),
        (LAPSED_DOMAIN, Some("dns"), ClaimStatus::MissingToken, true),
        (
            "tarnbrook-service.example",
            None,
            ClaimStatus::Verified,
            false,
        ),
        (
            "tarnbrook-legacy.example",
            Some("http"),
            ClaimStatus::Superseded,
            false,
        ),
        (
            "tarnbrook-fair.example",
            Some("dns"),
            ClaimStatus::Deleted,
            false,
        ),
    ]
    .map(|(name, claim_type, claim, corporate)| Domain {
        id: encoding::base64_url(name.as_bytes()),
        name: name.to_owned(),
        claim_type,
        claim,
        corporate,
    })
    .into()
}

/// What the list of workspaces says about one of them.
struct Site {
    name: &'static str,
    type_key: &'static str,
    status: &'static str,
    sandbox: &'static str,
    plan: &'static str,
    realm: &'static str,
    directory: usize,
}

#[rustfmt::skip]
const SITES: &[Site] = &[
    Site { name: "tarnbrook", type_key: "jira-software", status: "online", sandbox: "NONE", plan: "premium", realm: "EU", directory: STAFF },
    Site { name: "tarnbrook", type_key: "confluence", status: "online", sandbox: "NONE", plan: "premium", realm: "EU", directory: STAFF },
    Site { name: "tarnbrook", type_key: "jira-servicedesk", status: "online", sandbox: "NONE", plan: "premium", realm: "EU", directory: STAFF },
    Site { name: "tarnbrook-labs", type_key: "jira-software", status: "online", sandbox: "NONE", plan: "standard", realm: "EU", directory: STAFF },
    Site { name: "tarnbrook-labs", type_key: "confluence", status: "online", sandbox: "NONE", plan: "enterprise", realm: "EU", directory: STAFF },
    Site { name: "tarnbrook-partners", type_key: "jira-software", status: "online", sandbox: "NONE", plan: "enterprise", realm: "GLOBAL", directory: PARTNERS },
    Site { name: "=HYPERLINK(\"https://attacker.example\",\"wiki\")", type_key: "confluence", status: "online", sandbox: "NONE", plan: "premium", realm: "US", directory: PARTNERS },
    Site { name: "tarnbrook-sandbox", type_key: "jira-software", status: "online", sandbox: "CHILD", plan: "premium", realm: "EU", directory: STAFF },
    Site { name: "tarnbrook-old", type_key: "confluence", status: "offline", sandbox: "NONE", plan: "premium", realm: "GLOBAL", directory: STAFF },
    Site { name: "tarnbrook-archive", type_key: "jira-software", status: "deprecated", sandbox: "NONE", plan: "enterprise", realm: "GLOBAL", directory: STAFF },
    Site { name: "tarnbrook", type_key: "jira-product-discovery", status: "online", sandbox: "NONE", plan: "premium", realm: "EU", directory: STAFF },
    Site { name: "tarnbrook", type_key: "compass", status: "online", sandbox: "NONE", plan: "free", realm: "US", directory: STAFF },
    Site { name: "tarnbrook-git", type_key: "bitbucket", status: "online", sandbox: "NONE", plan: "premium", realm: "GLOBAL", directory: STAFF },
    Site { name: "tarnbrook-fair", type_key: "jira-servicedesk", status: "online", sandbox: "NONE", plan: "free", realm: "EU", directory: STAFF },
];

pub(super) fn workspaces(spec: &WorldSpec, moment: Moment) -> Vec<Workspace> {
    let mut random = Random::of_part(spec.seed, "workspaces");
    // Products of one site share its id, as on the real thing.
    let mut sites: Vec<(String, String)> = Vec::new();
    let mut all: Vec<Workspace> = SITES
        .iter()
        .map(|site| {
            let known = sites.iter().find(|(name, _)| name == site.name);
            let site_id = known.map(|(_, id)| id.clone()).unwrap_or_else(|| {
                let id = random.uuid();
                sites.push((site.name.to_owned(), id.clone()));
                id
            });
            workspace(site, site.name.to_owned(), &site_id, moment, &mut random)
        })
        .collect();
    for number in 1..=spec.users / USERS_PER_WORKSPACE {
        let plan = if random.chance(60) {
            "standard"
        } else {
            "premium"
        };
        let site = Site {
            plan,
            ..SITES[if number % 2 == 0 { JIRA } else { CONFLUENCE }]
        };
        let name = format!("tarnbrook-plant-{number:02}");
        let site_id = random.uuid();
        all.push(workspace(&site, name, &site_id, moment, &mut random));
    }
    all
}

fn workspace(
    site: &Site,
    name: String,
    site_id: &str,
    moment: Moment,
    random: &mut Random,
) -> Workspace {
    let host = if name.starts_with("tarnbrook") {
        name.as_str()
    } else {
        "tarnbrook-wiki"
    };
    let path = if site.type_key == "confluence" {
        "/wiki"
    } else {
        ""
    };
    Workspace {
        id: format!("ari:cloud:{}::site/{site_id}", site.type_key),
        type_key: site.type_key,
        type_name: match site.type_key {
            "jira-software" => "Jira",
            "jira-servicedesk" => "Jira Service Management",
            "jira-product-discovery" => "Jira Product Discovery",
            "confluence" => "Confluence",
            "compass" => "Compass",
            _ => "Bitbucket",
        },
        status: site.status,
        sandbox: site.sandbox,
        plan: site.plan,
        // Bitbucket has no site of its own.
        host_url: (site.type_key != "bitbucket")
            .then(|| format!("https://{host}.sites.example{path}")),
        realm: site.realm,
        regions: match site.realm {
            "EU" => &["eu-central-1", "eu-west-1"],
            "US" => &["us-east-1", "us-west-2"],
            _ => &["us-east-1"],
        },
        capacity: (site.sandbox == "NONE").then_some(5_000),
        created: moment.on_day(random.between(200, 2_000), random),
        directory: site.directory,
        name,
    }
}

/// Groups of both directories: synced departments, local ones, teams, an empty one, hostile ones.
pub(super) fn groups(spec: &WorldSpec, workspaces: &[Workspace]) -> Vec<Group> {
    let mut random = Random::of_part(spec.seed, "groups");
    let mut all = Vec::new();
    let mut add = |name: &str, description: &str, directory, managed_by, kind, reach: &[usize]| {
        all.push(Group {
            id: random.uuid(),
            name: name.to_owned(),
            description: description.to_owned(),
            directory,
            synced: managed_by == "external",
            managed_by,
            kind,
            workspaces: reach.to_vec(),
            user_count: 0,
        });
    };
    add("org-admins", "", STAFF, "admins", "GROUP", &[]);
    add(
        "site-admins-tarnbrook",
        "",
        STAFF,
        "admins",
        "GROUP",
        &[JIRA, CONFLUENCE],
    );
    add(
        "all-staff",
        "Everyone on the payroll",
        STAFF,
        "external",
        "GROUP",
        &[JIRA, CONFLUENCE],
    );
    add(
        "contractors",
        "People of partner companies",
        PARTNERS,
        "admins",
        "GROUP",
        &[PARTNER_JIRA],
    );
    add(
        "portal-customers",
        "Customers of the service portal",
        STAFF,
        "open",
        "USERBASE_GROUP",
        &[SERVICE_DESK],
    );
    add(
        "empty-since-migration",
        "",
        STAFF,
        "admins",
        "GROUP",
        &[LABS_JIRA],
    );
    assert_eq!(DEPARTMENTS.len(), 8, "accounts count on these places");
    for department in DEPARTMENTS {
        let description = format!("Department {department}, from the identity provider");
        add(
            &format!("idp-{department}"),
            &description,
            STAFF,
            "external",
            "GROUP",
            &[JIRA],
        );
    }
    for text in HOSTILE.iter().take(12) {
        add(text, text, STAFF, "admins", "GROUP", &[]);
    }
    add(
        &name_of_300_characters(),
        "",
        PARTNERS,
        "admins",
        "GROUP",
        &[],
    );
    for number in 1..=spec.users / USERS_PER_TEAM {
        let reach = [usize::try_from(number).expect("a small number") % workspaces.len()];
        add(
            &format!("team-{number:03}"),
            "",
            STAFF,
            "team-members",
            "TEAM",
            &reach,
        );
    }
    all
}

/// Policies of each kind that the API is known to answer.
///
/// Documentation addresses where they reach; a range that is too wide has to leave them.
pub(super) fn policies(spec: &WorldSpec, moment: Moment, workspaces: &[Workspace]) -> Vec<Policy> {
    let mut random = Random::of_part(spec.seed, "policies");
    let mut all = Vec::new();
    let mut add =
        |kind, name: &str, enabled, rule: Option<&[&str]>, resources: &[(usize, &'static str)]| {
            let created = moment.on_day(random.between(100, 1_500), &mut random);
            all.push(Policy {
                id: random.uuid(),
                kind,
                name: name.to_owned(),
                enabled,
                rule: rule.map(|texts| texts.iter().map(|text| (*text).to_owned()).collect()),
                resources: resources
                    .iter()
                    .map(|&(workspace, status)| PolicyResource { workspace, status })
                    .collect(),
                created,
                updated: random
                    .chance(50)
                    .then(|| moment.on_day(random.between(1, 90), &mut random)),
            });
        };
    // The service desk is forgotten: the way in. `10.20.0.0/16` and `2001:db8::/32` are as wide as
    // the control allows.
    add(
        "ip-allowlist",
        "Offices and VPN",
        true,
        Some(&[
            "203.0.113.0/24",
            "198.51.100.17",
            "10.20.0.0/16",
            "2001:db8:40::/48",
            "2001:db8::/32",
        ]),
        &[
            (JIRA, "applied"),
            (CONFLUENCE, "applied"),
            (SANDBOX_JIRA, "applied"),
        ],
    );
    // Enabled and far too wide. It covers one workspace, and is only being applied to another.
    add(
        "ip-allowlist",
        "Partners (temporary) <img src=x onerror=alert(4)>",
        true,
        Some(&["192.0.2.64/26", "0.0.0.0/0", "3fff::/20"]),
        &[(PARTNER_JIRA, "applying"), (LABS_CONFLUENCE, "applied")],
    );
    // Switched off: neither its resources nor its range of all addresses count.
    add(
        "ip-allowlist",
        "Old office",
        false,
        Some(&["192.0.2.0/25", "10.0.0.0/8"]),
        &[
            (PARTNER_CONFLUENCE, "applied"),
            (OFFLINE_CONFLUENCE, "applied"),
        ],
    );
    add(
        "data-residency",
        "European Union",
        true,
        Some(&["EU"]),
        &[
            (JIRA, "applied"),
            (CONFLUENCE, "applied"),
            (LABS_JIRA, "scheduled"),
        ],
    );
    add(
        "data-security",
        "Block public links",
        true,
        None,
        &[(CONFLUENCE, "applied")],
    );
    add(
        "generative-ai",
        "Atlassian Intelligence",
        true,
        Some(&[]),
        &[],
    );
    add("user-join-settings-default", "Default", true, None, &[]);
    // A large organisation covers the plants that it opened; the first one is still missing.
    let plants: Vec<(usize, &'static str)> = (SITES.len() + 1..workspaces.len())
        .map(|workspace| (workspace, "applied"))
        .collect();
    if !plants.is_empty() {
        add(
            "ip-allowlist",
            "Plants",
            true,
            Some(&["198.51.100.128/25", "2001:db8:77::/48"]),
            &plants,
        );
    }
    all
}

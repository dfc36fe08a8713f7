//! Credentials that no person holds: API keys, and the tokens and OAuth clients of service accounts.

use super::Moment;
use crate::sandbox::kind::KeyState;
use crate::sandbox::names::{HOSTILE, TOKEN_LABELS};
use crate::sandbox::random::Random;
use crate::sandbox::world::{
    Account, AccountStatus, ApiKey, OauthClient, Role, ServiceToken, World, WorldSpec,
};

/// Every scope that only reads.
pub(super) const READ_SCOPES: &[&str] = &[
    "read:orgs:admin",
    "read:accounts:admin",
    "read:directories:admin",
    "read:groups:admin",
    "read:domains:admin",
    "read:events:admin",
    "read:workspaces:admin",
    "read:policies:admin",
    "read:tokens:admin",
    "read:keys:admin",
    "read:service-accounts:admin",
    "read:service-accounts-tokens:admin",
    "read:classification-levels:admin",
];

/// Longest life of a key, in days.
const KEY_DAYS_MAX: i64 = 365;

/// Why a key is there.
struct Case {
    label: &'static str,
    /// Days ago.
    created: i64,
    /// Days from now; less than 0 is past.
    expires: i64,
    /// Days ago.
    used: Option<i64>,
    scopes: &'static [&'static str],
    maker: Maker,
}

/// Who made a key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Maker {
    OrgAdmin,
    /// Someone who has left: the key works on.
    Leaver,
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    // Without scopes: it may do everything.
    Case { label: "admin automation", created: 210, expires: 155, used: Some(0), scopes: &[], maker: Maker::OrgAdmin },
    // It expires within the month.
    Case { label: "event export", created: 355, expires: 10, used: Some(1), scopes: &["read:events:admin"], maker: Maker::OrgAdmin },
    // Valid and idle.
    Case { label: HOSTILE[1], created: 250, expires: 115, used: Some(120), scopes: &["read:accounts:admin", "read:groups:admin"], maker: Maker::OrgAdmin },
    // Valid and never used.
    Case { label: "legacy provisioning script", created: 40, expires: 325, used: None, scopes: &[], maker: Maker::Leaver },
    // It may write.
    Case { label: "leaver job", created: 90, expires: 90, used: Some(2), scopes: &["read:accounts:admin", "write:policies:admin"], maker: Maker::OrgAdmin },
    // Expired.
    Case { label: "trial <img src=x onerror=alert(5)>", created: 60, expires: -30, used: Some(45), scopes: &["read:domains:admin"], maker: Maker::OrgAdmin },
];

pub(super) fn api_keys(spec: &WorldSpec, moment: Moment, world: &World) -> Vec<ApiKey> {
    let mut random = Random::of_part(spec.seed, "api keys");
    let makers = |wanted: Maker| -> Vec<usize> {
        let fits = |account: &Account| match wanted {
            Maker::OrgAdmin => {
                account.is_active_person() && account.roles.contains(&Role::OrgAdmin)
            }
            Maker::Leaver => account.status == AccountStatus::Inactive,
        };
        let found: Vec<usize> = (0..world.accounts.len())
            .filter(|&place| fits(&world.accounts[place]))
            .collect();
        // A very small organisation has nobody else.
        if found.is_empty() { vec![0] } else { found }
    };
    let (admins, leavers) = (makers(Maker::OrgAdmin), makers(Maker::Leaver));
    let (created, expires) = match spec.kind.key {
        KeyState::ExpiresSoon => (95, 9),
        KeyState::Old => (200, 165),
        KeyState::Good | KeyState::FewScopes | KeyState::Unscoped | KeyState::Writes => (70, 295),
    };
    let mut keys = vec![ApiKey {
        id: random.uuid(),
        label: "tickmark (read)".to_owned(),
        created: moment.before(created, 0),
        expires: moment.before(-expires, 0),
        last_active: Some(moment.before(0, 0)),
        creator: random.pick(&admins),
        scopes: own_scopes(spec.kind.key),
        own: true,
    }];
    for case in CASES {
        assert!(
            case.created + case.expires <= KEY_DAYS_MAX,
            "{}",
            case.label
        );
        let makers = match case.maker {
            Maker::OrgAdmin => &admins,
            Maker::Leaver => &leavers,
        };
        keys.push(ApiKey {
            id: random.uuid(),
            label: case.label.to_owned(),
            created: moment.before(case.created, 0),
            expires: moment.before(-case.expires, 0),
            last_active: case.used.map(|days| moment.on_day(days, &mut random)),
            creator: random.pick(makers),
            scopes: case.scopes.to_vec(),
            own: false,
        });
    }
    random.shuffle(&mut keys);
    keys
}

/// Scopes of the key that the organisation is read with.
fn own_scopes(key: KeyState) -> Vec<&'static str> {
    const LACKING: [&str; 3] = [
        "read:groups:admin",
        "read:policies:admin",
        "read:tokens:admin",
    ];
    let mut scopes = READ_SCOPES.to_vec();
    match key {
        KeyState::Good | KeyState::ExpiresSoon | KeyState::Old => {}
        KeyState::FewScopes => scopes.retain(|scope| !LACKING.contains(scope)),
        KeyState::Unscoped => scopes.clear(),
        KeyState::Writes => scopes.push("write:policies:admin"),
    }
    scopes
}

/// One token in two service accounts, and a second one in four; one in three does not expire.
pub(super) fn service_tokens(spec: &WorldSpec, moment: Moment, world: &World) -> Vec<ServiceToken> {
    let mut random = Random::of_part(spec.seed, "service tokens");
    let mut tokens = Vec::new();
    for (number, account) in world.service_accounts().enumerate() {
        for _ in 0..[1, 0, 2, 0][number % 4] {
            let age = random.between(2, 330);
            let label = if tokens.len() == 1 {
                HOSTILE[3]
            } else {
                random.pick(TOKEN_LABELS)
            };
            let used = random.between(0, age - 1);
            tokens.push(ServiceToken {
                id: random.uuid(),
                label: label.to_owned(),
                account,
                created: moment.before(age, 0),
                expires: (!random.chance(33)).then(|| moment.before(age - 365, 0)),
                last_active: random.chance(80).then(|| moment.on_day(used, &mut random)),
                scopes: vec!["read:jira-work", "write:jira-work"],
            });
        }
    }
    tokens
}

/// One client in three service accounts.
pub(super) fn oauth_clients(spec: &WorldSpec, moment: Moment, world: &World) -> Vec<OauthClient> {
    let mut random = Random::of_part(spec.seed, "oauth clients");
    let owners = world.service_accounts().step_by(3);
    owners
        .enumerate()
        .map(|(number, account)| {
            let age = random.between(5, 900);
            let used = random.between(0, age - 1);
            OauthClient {
                id: random.hex(32),
                name: if number == 1 {
                    HOSTILE[6].to_owned()
                } else {
                    format!("{} client", random.pick(TOKEN_LABELS))
                },
                account,
                created: moment.before(age, 0),
                last_active: random.chance(75).then(|| moment.on_day(used, &mut random)),
                scopes: vec!["read:jira-work"],
            }
        })
        .collect()
}

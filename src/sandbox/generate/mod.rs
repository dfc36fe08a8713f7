//! Makes the organisation: first what it owns, then who is in it, then their tokens. What its kind
//! lacks is then taken away, and the rest is made for what is left.
//!
//! Accounts and tokens come from lists of *cases*, each there for one control or one trap, filled up
//! by ordinary ones in believable proportions, and shuffled so that cases fall on any page.

mod accounts;
mod estate;
mod keys;
mod narrow;
mod protection;
mod provisioning;
mod tokens;

use jiff::Timestamp;

pub(super) use protection::authentication_policy_of;

use super::audit_log::AuditLog;
use super::random::Random;
use super::world::{DAY_MS, USERS_MAX, World, WorldSpec};

/// Every domain of the organisation ends in a name reserved for examples.
pub(super) const MAIN_DOMAIN: &str = "tarnbrook.example";
pub(super) const LABS_DOMAIN: &str = "tarnbrook-labs.example";
/// Never verified: people with such an address stay unmanaged.
pub(super) const UNVERIFIED_DOMAIN: &str = "tarnbrook-optics.example";
/// Was verified once, and lost its DNS record: its accounts are still managed.
pub(super) const LAPSED_DOMAIN: &str = "coldwater-gauges.example";

/// Makes the organisation of `spec`; see [`World::generate`].
pub(super) fn world(spec: &WorldSpec) -> World {
    assert!(
        (1..=USERS_MAX).contains(&spec.users),
        "an organisation has 1 to {USERS_MAX} accounts, not {}",
        spec.users
    );
    let moment = Moment(spec.as_of.as_millisecond());
    let mut random = Random::of_part(spec.seed, "organisation");
    let org_id = random.uuid();
    let directories = estate::directories(&mut random);
    let domains = estate::domains();
    let workspaces = estate::workspaces(spec, moment);
    let mut groups = estate::groups(spec, &workspaces);
    let policies = estate::policies(spec, moment, &workspaces);
    let accounts = accounts::accounts(spec, moment, &groups, &workspaces);
    for account in &accounts {
        for &group in &account.groups {
            groups[group].user_count += 1;
        }
    }
    let tokens = tokens::tokens(spec, moment, &accounts);
    let mut world = World {
        as_of: moment.before(0, 0),
        kind: spec.kind,
        org_id,
        org_name: "Tarnbrook Instruments".to_owned(),
        directories,
        domains,
        accounts,
        groups,
        policies,
        workspaces,
        tokens,
        api_keys: Vec::new(),
        service_tokens: Vec::new(),
        oauth_clients: Vec::new(),
        authentication_policies: Vec::new(),
        data_security_policies: Vec::new(),
        classification_levels: Vec::new(),
        scim_directories: Vec::new(),
        managed: 0,
        audit_log: AuditLog::default(),
    };
    narrow::narrow(&mut world);
    world.managed = world
        .accounts
        .iter()
        .filter(|account| account.managed)
        .count();
    world.api_keys = keys::api_keys(spec, moment, &world);
    world.service_tokens = keys::service_tokens(spec, moment, &world);
    world.oauth_clients = keys::oauth_clients(spec, moment, &world);
    world.authentication_policies = protection::authentication_policies(spec);
    world.data_security_policies = protection::data_security_policies(spec, moment, &world);
    world.classification_levels = protection::classification_levels(spec, moment, &world);
    world.scim_directories = provisioning::scim_directories(spec, moment, &world);
    world.audit_log = AuditLog::of(spec.seed, &world);
    world
}

/// The moment of the organisation, in milliseconds since 1970.
#[derive(Clone, Copy)]
struct Moment(i64);

impl Moment {
    /// `days` of 86 400 s and `milliseconds` before the moment.
    fn before(self, days: i64, milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(self.0 - days * DAY_MS - milliseconds)
            .expect("a few decades around a date of this millennium")
    }

    /// Some moment of the day that began `days + 1` days ago and ended `days` days ago.
    fn on_day(self, days: i64, random: &mut Random) -> Timestamp {
        // Never the first or last second of the day: a boundary is a case of its own.
        self.before(days, random.between(1_000, DAY_MS - 1_000))
    }
}

//! What identity providers send: their users and groups, and where the sending broke.

use jiff::Timestamp;

use super::{LABS_DOMAIN, MAIN_DOMAIN, Moment};
use crate::sandbox::kind::DirectoryCount;
use crate::sandbox::names;
use crate::sandbox::random::Random;
use crate::sandbox::world::{
    Account, AccountStatus, Management, ScimDirectory, ScimGroup, ScimKey, ScimPerson, ScimUser,
    World, WorldSpec,
};

/// Most members of a group; the vendor keeps a larger one out of provisioning.
const GROUP_MEMBERS_MAX: usize = 20_000;

/// People who were announced and have no account yet.
const ANNOUNCED: usize = 2;

/// One active person in so many was switched off at the identity provider, and is still active here.
const BROKEN_SYNC_EVERY: usize = 150;

/// One leaver in so many is still active at the identity provider.
const REVERSED_SYNC_EVERY: usize = 40;

/// One leaver in so many was deleted at the identity provider.
const FORGOTTEN_EVERY: usize = 5;

pub(super) fn scim_directories(
    spec: &WorldSpec,
    moment: Moment,
    world: &World,
) -> Vec<ScimDirectory> {
    if !spec.kind.has_provisioning() {
        return Vec::new();
    }
    let mut random = Random::of_part(spec.seed, "scim directories");
    let on_labs = |account: &Account| account.is_on_domain(LABS_DOMAIN);
    let mut directory = |name: &str, key, keep: &dyn Fn(&Account) -> bool| {
        let users = users(spec, moment, world, name, keep);
        let groups = groups(&mut random, moment, world, &users);
        ScimDirectory {
            id: random.uuid(),
            name: name.to_owned(),
            key,
            users,
            groups,
        }
    };
    match spec.kind.directories {
        DirectoryCount::One => vec![directory("Tarnbrook identity", ScimKey::Known, &|_| true)],
        DirectoryCount::Two => vec![
            directory("Tarnbrook identity", ScimKey::Known, &|account| {
                !on_labs(account)
            }),
            // The laboratory came with a provider of its own, and nobody kept the key.
            directory("Tarnbrook Labs identity", ScimKey::Lost, &on_labs),
        ],
    }
}

fn users(
    spec: &WorldSpec,
    moment: Moment,
    world: &World,
    name: &str,
    keep: &dyn Fn(&Account) -> bool,
) -> Vec<ScimUser> {
    let mut random = Random::of_part(spec.seed, name);
    let (mut present, mut gone) = (0_usize, 0_usize);
    let mut users: Vec<ScimUser> = Vec::new();
    let synced = |account: &Account| account.management == Some(Management::Synced);
    for (place, account) in world.accounts.iter().enumerate() {
        if !synced(account) || !keep(account) {
            continue;
        }
        let active = if account.status == AccountStatus::Active {
            present += 1;
            // The third one, so that a small organisation has one too.
            present % BROKEN_SYNC_EVERY != 3
        } else {
            gone += 1;
            if gone % FORGOTTEN_EVERY == 4 {
                continue;
            }
            gone % REVERSED_SYNC_EVERY == 2
        };
        let changed = match account.deactivated {
            Some(deactivated) => deactivated,
            None => newest(moment, account, &mut random),
        };
        users.push(ScimUser {
            id: random.uuid(),
            external_id: (!random.chance(5)).then(|| format!("00u{}", random.hex(17))),
            person: ScimPerson::Account(place),
            active,
            created: account.added,
            modified: changed.max(account.added),
        });
    }
    for _ in 0..ANNOUNCED {
        let (name, local) = names::person(&mut random);
        let created = moment.on_day(0, &mut random);
        users.push(ScimUser {
            id: random.uuid(),
            external_id: None,
            person: ScimPerson::Announced {
                name,
                email: format!("{local}.joins@{MAIN_DOMAIN}"),
            },
            active: true,
            created,
            modified: created,
        });
    }
    random.shuffle(&mut users);
    users
}

fn newest(moment: Moment, account: &Account, random: &mut Random) -> Timestamp {
    let day = random.between(0, 90);
    moment.on_day(day, random).max(account.added)
}

fn groups(
    random: &mut Random,
    moment: Moment,
    world: &World,
    users: &[ScimUser],
) -> Vec<ScimGroup> {
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); world.groups.len()];
    for (place, user) in users.iter().enumerate() {
        if let ScimPerson::Account(account) = user.person
            && user.active
        {
            for &group in &world.accounts[account].groups {
                members[group].push(place);
            }
        }
    }
    let sent = (0..world.groups.len()).filter(|&group| world.groups[group].synced);
    sent.filter_map(|group| {
        let members = std::mem::take(&mut members[group]);
        let (created, modified) = (random.between(300, 900), random.between(0, 200));
        let id = random.uuid();
        (members.len() <= GROUP_MEMBERS_MAX).then(|| ScimGroup {
            id,
            group,
            members,
            created: moment.before(created, 0),
            modified: moment.on_day(modified, random),
        })
    })
    .collect()
}

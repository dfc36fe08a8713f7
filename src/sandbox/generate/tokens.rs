//! API tokens: one per case first, then ordinary ones, all owned by managed accounts.

use jiff::Timestamp;

use super::Moment;
use crate::sandbox::names::{HOSTILE, TOKEN_LABELS};
use crate::sandbox::random::Random;
use crate::sandbox::world::{Account, AccountStatus, Role, Token, WorldSpec};

/// Why a token is there: `(days since it was made, expiry, last use)`, in days and milliseconds.
struct Case {
    /// Days ago, and milliseconds more.
    created: (i64, i64),
    /// Days from now; less than 0 is past.
    expires: Option<i64>,
    /// Days ago, and milliseconds more.
    used: Option<(i64, i64)>,
    owner: Owner,
}

/// Whose token it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Person,
    OrgAdmin,
    Deactivated,
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    // In order.
    Case { created: (100, 0), expires: Some(265), used: Some((1, 0)), owner: Owner::Person },
    // Without expiry, in use.
    Case { created: (900, 0), expires: None, used: Some((2, 0)), owner: Owner::Person },
    // Without expiry, unused for long.
    Case { created: (1_200, 0), expires: None, used: Some((400, 0)), owner: Owner::Person },
    // Valid, unused for long.
    Case { created: (300, 0), expires: Some(65), used: Some((120, 0)), owner: Owner::Person },
    // Valid, never used.
    Case { created: (60, 0), expires: Some(305), used: None, owner: Owner::Person },
    // Fresh, never used.
    Case { created: (3, 0), expires: Some(362), used: None, owner: Owner::Person },
    // On the edges of 14 days after it was made and of 90 days after it was used.
    Case { created: (14, 0), expires: Some(351), used: None, owner: Owner::Person },
    Case { created: (14, 1), expires: Some(351), used: None, owner: Owner::Person },
    Case { created: (200, 0), expires: Some(165), used: Some((90, 0)), owner: Owner::Person },
    Case { created: (200, 0), expires: Some(165), used: Some((90, 1)), owner: Owner::Person },
    // Expired: nobody can use it any more.
    Case { created: (500, 0), expires: Some(-135), used: Some((150, 0)), owner: Owner::Person },
    Case { created: (40, 0), expires: Some(-10), used: None, owner: Owner::Person },
    // An admin's, and one that outlived its owner's account.
    Case { created: (80, 0), expires: Some(285), used: Some((0, 60_000)), owner: Owner::OrgAdmin },
    Case { created: (250, 0), expires: None, used: Some((130, 0)), owner: Owner::Deactivated },
];

/// The label of one token in so many is hostile, among the first ones.
const HOSTILE_EVERY: usize = 2;

pub(super) fn tokens(spec: &WorldSpec, moment: Moment, accounts: &[Account]) -> Vec<Token> {
    let mut random = Random::of_part(spec.seed, "tokens");
    let owners = |wanted: Owner| -> Vec<usize> {
        let fits = |account: &Account| {
            account.managed
                && match wanted {
                    Owner::Person => account.is_active_person(),
                    Owner::OrgAdmin => {
                        account.is_active_person() && account.roles.contains(&Role::OrgAdmin)
                    }
                    Owner::Deactivated => account.status == AccountStatus::Inactive,
                }
        };
        (0..accounts.len())
            .filter(|&place| fits(&accounts[place]))
            .collect()
    };
    let people = owners(Owner::Person);
    let mut tokens = Vec::new();
    for (number, case) in CASES.iter().enumerate() {
        let mut candidates = owners(case.owner);
        if candidates.is_empty() {
            candidates.clone_from(&people);
        }
        if candidates.is_empty() {
            // An organisation of very few accounts has no managed person, and so no token.
            continue;
        }
        let label = if number % HOSTILE_EVERY == 1 {
            HOSTILE[number / HOSTILE_EVERY]
        } else {
            random.pick(TOKEN_LABELS)
        };
        tokens.push(Token {
            id: random.uuid(),
            label: label.to_owned(),
            created: moment.before(case.created.0, case.created.1),
            expires: case.expires.map(|days| moment.before(-days, 0)),
            last_active: case.used.map(|(days, more)| moment.before(days, more)),
            owner: random.pick(&candidates),
            scopes: vec![],
        });
    }
    for _ in 0..people.len() / 3 {
        tokens.push(ordinary(moment, &mut random, &people));
    }
    random.shuffle(&mut tokens);
    tokens
}

/// Most expire within a year and are in use; one in twelve does not expire, one in ten is idle.
fn ordinary(moment: Moment, random: &mut Random, people: &[usize]) -> Token {
    let age = random.between(1, 330);
    let idle = random.chance(10);
    let used: Option<Timestamp> = if idle && age > 100 {
        let days = random.between(95, age - 1);
        Some(moment.on_day(days, random))
    } else if random.chance(90) {
        let days = random.between(0, age.min(60) - 1);
        Some(moment.on_day(days, random))
    } else {
        None
    };
    Token {
        id: random.uuid(),
        label: random.pick(TOKEN_LABELS).to_owned(),
        created: moment.before(age, 0),
        expires: (!random.chance(8)).then(|| moment.before(age - 365, 0)),
        last_active: used,
        owner: random.pick(people),
        scopes: if random.chance(40) {
            vec!["read:jira-work"]
        } else {
            vec![]
        },
    }
}

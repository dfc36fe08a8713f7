use super::facts::is_managed_person;
use super::network::address_and_prefix;
use super::*;
use crate::control;
use crate::sandbox::tests::world;
use crate::sandbox::world::{Account, DAY_MS, Token};

/// Active persons on an account that the organisation owns.
fn managed_persons(world: &World) -> impl Iterator<Item = &Account> {
    world.accounts.iter().filter(|one| is_managed_person(one))
}

#[test]
fn the_truth_of_an_area_is_that_of_the_controls_in_its_folder() {
    let world = world(10, 1);
    let exported = Exported::new(&world, None);
    let areas = [
        ("accounts", accounts::truth(&world, &exported)),
        ("admins", admins::truth(&world, &exported)),
        ("data", data::truth(&world)),
        ("domains", domains::truth(&world, &exported)),
        ("network", network::truth(&world)),
        ("products", products::truth(&world)),
        ("sign-in", sign_in::truth(&world, &exported)),
        ("tokens", tokens::truth(&world)),
    ];
    let files = control::builtin();
    for (area, told) in areas {
        for (id, _) in told {
            let name = format!("controls/{area}/{id}.yaml");
            let file = files.iter().find(|file| file.name() == name);
            let text = file.unwrap_or_else(|| panic!("there is no {name}")).text();
            assert!(!text.contains("$.inputs."), "{id} reads a list");
        }
    }
    for (id, _) in lists::truth(&world, Given::default(), &exported) {
        let file = files.iter().find(|file| file.stem() == id);
        let text = file.unwrap_or_else(|| panic!("there is no {id}")).text();
        assert!(text.contains("$.inputs."), "{id} reads no list");
    }
}

/// Controls that fail, and controls of which part is unknown, in the organisation of the demo.
const FAILING: [&str; 11] = [
    "domains-verified",
    "domains-no-pending-claims",
    "external-accounts-approved-domains",
    "accounts-domain-verified",
    "accounts-idle",
    "accounts-sources-agree",
    "organization-admins-count",
    "api-tokens-expire",
    "api-tokens-unused",
    "workspaces-ip-allowlist",
    "allowlist-no-wide-range",
];
const PARTLY_UNKNOWN: [&str; 6] = [
    "accounts-sources-agree",
    "accounts-sso",
    "accounts-two-step-or-sso",
    "admins-two-step-or-sso",
    "external-accounts-approved-domains",
    "accounts-domain-verified",
];

#[test]
fn every_control_has_something_to_find_in_the_demo_organisation() {
    for seed in 0..20 {
        let mut truth = truth(&world(240, seed));
        truth.retain(|id, _| FAILING.contains(id) || PARTLY_UNKNOWN.contains(id));
        assert_eq!(truth.len(), 14);
        for (id, found) in &truth {
            assert_eq!(
                !found.failing.is_empty(),
                FAILING.contains(id),
                "{id}, seed {seed}"
            );
            assert_eq!(
                !found.unknown.is_empty(),
                PARTLY_UNKNOWN.contains(id),
                "{id}, seed {seed}"
            );
            let outcome = if FAILING.contains(id) {
                "fail"
            } else {
                "unknown"
            };
            assert_eq!(found.outcome, outcome, "{id}, seed {seed}");
        }
    }
}

#[test]
fn ten_accounts_are_enough_for_every_control_but_the_number_of_admins() {
    for seed in 0..20 {
        let mut truth = truth(&world(10, seed));
        truth.retain(|id, _| FAILING.contains(id) || PARTLY_UNKNOWN.contains(id));
        for (id, found) in truth {
            let expected = if id == "organization-admins-count" {
                "pass"
            } else if FAILING.contains(&id) {
                "fail"
            } else {
                "unknown"
            };
            assert_eq!(found.outcome, expected, "{id}, seed {seed}");
        }
    }
}

#[test]
fn in_a_large_organisation_most_pass() {
    let world = world(5_000, 4);
    let truth = truth(&world);
    let share = |id: &str, of: usize| truth[id].failing.len() * 100 / of;
    let persons = managed_persons(&world).count();
    assert!(persons > 3_000);
    assert!((1..10).contains(&share("accounts-idle", persons)));
    assert!(share("accounts-domain-verified", persons) < 2);
    assert!(truth["accounts-two-step-or-sso"].unknown.len() * 100 / persons < 20);
    assert!((1..20).contains(&share("api-tokens-expire", world.tokens.len())));
    assert!((1..25).contains(&share("api-tokens-unused", world.tokens.len())));
}

#[test]
fn the_edges_of_every_period_are_among_the_cases() {
    let world = world(240, 7);
    let truth = truth(&world);
    let edge =
        |days: i64, milliseconds: i64| world.as_of.as_millisecond() - days * DAY_MS - milliseconds;
    let last_seen = |milliseconds: i64| {
        let at = edge(90, milliseconds);
        let seen = managed_persons(&world).find(|account| {
            account
                .newest_activity()
                .is_some_and(|newest| newest.as_millisecond() == at)
        });
        seen.expect("one on the edge").id.clone()
    };
    assert!(!truth["accounts-idle"].failing.contains(&last_seen(0)));
    assert!(truth["accounts-idle"].failing.contains(&last_seen(1)));
    let returned = |milliseconds: i64| {
        let at = edge(30, milliseconds);
        let back = managed_persons(&world).find(|account| account.added.as_millisecond() == at);
        back.expect("one on the edge").id.clone()
    };
    assert!(!truth["accounts-idle"].failing.contains(&returned(0)));
    assert!(truth["accounts-idle"].failing.contains(&returned(1)));
    let token = |pick: &dyn Fn(&Token) -> Option<i64>, at: i64| {
        let found = world.tokens.iter().find(|token| pick(token) == Some(at));
        found.expect("one on the edge").id.clone()
    };
    let used = |token: &Token| token.last_active.map(|used| used.as_millisecond());
    assert!(
        !truth["api-tokens-unused"]
            .failing
            .contains(&token(&used, edge(90, 0)))
    );
    assert!(
        truth["api-tokens-unused"]
            .failing
            .contains(&token(&used, edge(90, 1)))
    );
    let unused = |token: &Token| {
        token
            .last_active
            .is_none()
            .then(|| token.created.as_millisecond())
    };
    assert!(
        !truth["api-tokens-unused"]
            .failing
            .contains(&token(&unused, edge(14, 0)))
    );
    assert!(
        truth["api-tokens-unused"]
            .failing
            .contains(&token(&unused, edge(14, 1)))
    );
}

#[test]
fn ranges_as_wide_as_allowed_pass_and_wider_ones_fail() {
    let world = world(10, 1);
    let found = &truth(&world)["allowlist-no-wide-range"].failing;
    let ranges: BTreeSet<&str> = found
        .iter()
        .filter_map(|id| id.split_once('#'))
        .map(|(_, range)| range)
        .collect();
    assert_eq!(ranges, BTreeSet::from(["0.0.0.0/0", "3fff::/20"]));
    assert_eq!(
        address_and_prefix("198.51.100.17").map(|(_, prefix)| prefix),
        Some(32)
    );
    assert_eq!(
        address_and_prefix("2001:db8::/32").map(|(_, prefix)| prefix),
        Some(32)
    );
    assert_eq!(address_and_prefix("an office"), None);
}

//! API tokens of people, and API keys of the organisation. As `controls/tokens`.

use super::facts::{
    has_scopes, is_active, is_managed_person, is_org_admin, more_than_days_ahead, within_last_days,
};
use super::outcome::{Judged, each, judged, worst};
use super::{ControlTruth, Told};
use crate::sandbox::world::{ApiKey, World};

/// Parameters of the controls, at their defaults.
const KEY_DAYS: i64 = 90;
const KEY_UNUSED_DAYS: i64 = 90;
const NEW_KEY_DAYS: i64 = 14;
const EXPIRY_NOTICE_DAYS: i64 = 14;
const TOKEN_DAYS: i64 = 365;
const TOKENS_MAX: usize = 5;
const NEW_TOKEN_DAYS: i64 = 14;
const UNUSED_TOKEN_DAYS: i64 = 90;

/// What these controls have to find.
pub(super) fn truth(world: &World) -> Told {
    vec![
        ("api-keys-age", api_keys_age(world)),
        ("api-keys-maker-active", api_keys_maker_active(world)),
        ("api-keys-near-expiry", api_keys_near_expiry(world)),
        ("api-keys-read-only", api_keys_read_only(world)),
        ("api-keys-unused", api_keys_unused(world)),
        ("api-tokens-expire", api_tokens_expire(world)),
        ("api-tokens-expire-within", api_tokens_expire_within(world)),
        (
            "api-tokens-of-organization-admins",
            api_tokens_of_admins(world),
        ),
        ("api-tokens-owner-active", api_tokens_owner_active(world)),
        ("api-tokens-per-account", api_tokens_per_account(world)),
        ("api-tokens-unused", api_tokens_unused(world)),
        ("evidence-key", evidence_key(world)),
    ]
}

fn api_tokens_expire(world: &World) -> ControlTruth {
    let records = world.tokens.iter();
    let records = records.map(|token| judged(&token.id, Some(true), Some(token.expires.is_some())));
    each(records, "not_applicable")
}

fn api_tokens_expire_within(world: &World) -> ControlTruth {
    let dated = world.tokens.iter();
    let dated = dated.filter_map(|token| Some((token, token.expires?)));
    let records = dated.map(|(token, expires)| Judged {
        left_out: Some(expires <= world.as_of),
        ..judged(
            &token.id,
            Some(true),
            Some(!more_than_days_ahead(world, expires, TOKEN_DAYS)),
        )
    });
    each(records, "not_applicable")
}

fn api_tokens_of_admins(world: &World) -> ControlTruth {
    let records = world.tokens.iter().map(|token| Judged {
        left_out: Some(token.expires.is_some_and(|expires| expires <= world.as_of)),
        ..judged(
            &token.id,
            Some(true),
            Some(!is_org_admin(&world.accounts[token.owner])),
        )
    });
    each(records, "not_applicable")
}

fn api_tokens_owner_active(world: &World) -> ControlTruth {
    let records = world.tokens.iter().map(|token| Judged {
        left_out: Some(token.expires.is_some_and(|expires| expires <= world.as_of)),
        ..judged(
            &token.id,
            Some(true),
            Some(is_active(&world.accounts[token.owner])),
        )
    });
    each(records, "not_applicable")
}

fn api_tokens_per_account(world: &World) -> ControlTruth {
    let records = world.accounts.iter().enumerate().map(|(place, account)| {
        let tokens = world.tokens.iter().filter(|token| token.owner == place);
        judged(
            &account.id,
            Some(is_managed_person(account)),
            has_scopes(world).then_some(tokens.count() <= TOKENS_MAX),
        )
    });
    worst(each(records, "not_applicable"), has_scopes(world))
}

fn api_tokens_unused(world: &World) -> ControlTruth {
    let records = world.tokens.iter().map(|token| {
        let past = token.expires.is_some_and(|expires| expires < world.as_of);
        let is_new = within_last_days(world, token.created, NEW_TOKEN_DAYS);
        let has_owner = is_active(&world.accounts[token.owner]);
        let used = token
            .last_active
            .is_some_and(|used| within_last_days(world, used, UNUSED_TOKEN_DAYS));
        Judged {
            left_out: Some(past || is_new || !has_owner),
            ..judged(&token.id, Some(true), Some(used))
        }
    });
    each(records, "not_applicable")
}

/// What `right` says of every key that has not expired.
fn of_keys(world: &World, right: impl Fn(&ApiKey) -> bool) -> ControlTruth {
    of_keys_but(world, |_| false, right)
}

fn of_keys_but(
    world: &World,
    left_out: impl Fn(&ApiKey) -> bool,
    right: impl Fn(&ApiKey) -> bool,
) -> ControlTruth {
    let valid = world.api_keys.iter();
    let valid = valid.filter(|key| key.expires > world.as_of && !left_out(key));
    let records = valid.map(|key| judged(&key.id, Some(true), Some(right(key))));
    each(records, "not_applicable")
}

fn only_reads(key: &ApiKey) -> bool {
    key.scopes.iter().all(|scope| scope.starts_with("read:"))
}

fn api_keys_age(world: &World) -> ControlTruth {
    of_keys(world, |key| within_last_days(world, key.created, KEY_DAYS))
}

fn api_keys_near_expiry(world: &World) -> ControlTruth {
    of_keys(world, |key| {
        more_than_days_ahead(world, key.expires, EXPIRY_NOTICE_DAYS)
    })
}

fn api_keys_read_only(world: &World) -> ControlTruth {
    of_keys_but(world, |key| key.scopes.is_empty(), only_reads)
}

fn api_keys_unused(world: &World) -> ControlTruth {
    of_keys_but(
        world,
        |key| within_last_days(world, key.created, NEW_KEY_DAYS),
        |key| {
            key.last_active
                .is_some_and(|used| within_last_days(world, used, KEY_UNUSED_DAYS))
        },
    )
}

fn api_keys_maker_active(world: &World) -> ControlTruth {
    of_keys(world, |key| is_active(&world.accounts[key.creator]))
}

fn evidence_key(world: &World) -> ControlTruth {
    let label = &world.own_key().label;
    let called_so = world.api_keys.iter().filter(|key| key.label == *label);
    let records = called_so.map(|key| {
        let right = !key.scopes.is_empty()
            && only_reads(key)
            && is_active(&world.accounts[key.creator])
            && more_than_days_ahead(world, key.expires, EXPIRY_NOTICE_DAYS);
        judged(&key.id, Some(true), Some(right))
    });
    each(records, "fail")
}

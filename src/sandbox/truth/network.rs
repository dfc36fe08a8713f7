//! Networks that may be used. As `controls/network`.

use std::net::IpAddr;

use super::facts::{covered, has_scopes, is_in_use};
use super::outcome::{each, judged, worst};
use super::{ControlTruth, Told};
use crate::sandbox::statements::APPROVED_NETWORKS;
use crate::sandbox::world::{Workspace, World};

/// Parameters of the controls, at their defaults.
const PREFIX_LENGTH_MIN_V4: u8 = 16;
const PREFIX_LENGTH_MIN_V6: u8 = 32;

/// What these controls have to find.
pub(super) fn truth(world: &World) -> Told {
    vec![
        ("allowlist-approved-networks", approved_networks(world)),
        ("allowlist-no-wide-range", allowlist_no_wide_range(world)),
        ("sandboxes-ip-allowlist", sandboxes_ip_allowlist(world)),
        ("workspaces-ip-allowlist", workspaces_ip_allowlist(world)),
    ]
}

/// Each range of the enabled allowlists, by its id.
fn ranges(world: &World) -> impl Iterator<Item = (String, &str)> {
    let policies = world.policies.iter();
    let enabled = policies.filter(|policy| policy.enabled && policy.kind == "ip-allowlist");
    enabled.flat_map(|policy| {
        let ranges = policy.rule.iter().flatten();
        ranges.map(|range| (format!("{}#{range}", policy.id), range.as_str()))
    })
}

fn allowlist_no_wide_range(world: &World) -> ControlTruth {
    let records = ranges(world).map(|(id, range)| {
        let right = address_and_prefix(range).map(|(address, prefix)| match address {
            IpAddr::V4(_) => prefix >= PREFIX_LENGTH_MIN_V4,
            IpAddr::V6(_) => prefix >= PREFIX_LENGTH_MIN_V6,
        });
        judged(&id, Some(true), right)
    });
    each(records, "not_applicable")
}

fn approved_networks(world: &World) -> ControlTruth {
    let records = ranges(world).map(|(id, range)| {
        let within = address_and_prefix(range).map(|inner| {
            APPROVED_NETWORKS
                .iter()
                .filter_map(|network| address_and_prefix(network))
                .any(|outer| lies_within(inner, outer))
        });
        judged(&id, Some(true), within)
    });
    each(records, "not_applicable")
}

/// Whether every address of the first network is one of the second.
fn lies_within(inner: (IpAddr, u8), outer: (IpAddr, u8)) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    let ((inside, width), (network, outer_width)) = (bits(inner.0), bits(outer.0));
    let kept = u32::from(128 - outer.1.min(128));
    let same = inside.checked_shr(kept).unwrap_or(0) == network.checked_shr(kept).unwrap_or(0);
    width == outer_width && inner.1 >= outer.1 && same
}

/// The address of `range` and the length of its prefix: a single address has a whole one.
pub(super) fn address_and_prefix(range: &str) -> Option<(IpAddr, u8)> {
    let (address, prefix) = match range.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse().ok()?)),
        None => (range, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let whole = if address.is_ipv4() { 32 } else { 128 };
    Some((address, prefix.unwrap_or(whole)))
}

fn workspaces_ip_allowlist(world: &World) -> ControlTruth {
    let places = world.workspaces.iter().enumerate();
    let records = places.map(|(place, workspace)| {
        let belongs = is_in_use(workspace) && can_have_allowlist(workspace);
        let right = || covered(world, place, "ip-allowlist", |_| true);
        judged(&workspace.id, Some(belongs), has_scopes(world).then(right))
    });
    worst(each(records, "not_applicable"), has_scopes(world))
}

fn sandboxes_ip_allowlist(world: &World) -> ControlTruth {
    let places = world.workspaces.iter().enumerate();
    let records = places.map(|(place, workspace)| {
        let is_aside = workspace.sandbox == "CHILD" || workspace.status == "offline";
        let belongs = is_aside && can_have_allowlist(workspace);
        let right = || covered(world, place, "ip-allowlist", |_| true);
        judged(&workspace.id, Some(belongs), has_scopes(world).then(right))
    });
    worst(each(records, "not_applicable"), has_scopes(world))
}

/// Whether its product and its plan can have an allowlist.
fn can_have_allowlist(workspace: &Workspace) -> bool {
    ["jira-software", "jira-servicedesk", "confluence"].contains(&workspace.type_key)
        && ["premium", "enterprise"].contains(&workspace.plan)
}

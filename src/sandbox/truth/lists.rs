//! The truth of controls that read a list: what the organisation gives of them, spoilt or not, beside what it is.
//!
//! A value that is found in a list is in it, however old or partial that is. One that is not found is known to be
//! outside only where the list is whole; otherwise everyone who is not found waits for it, in one finding.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::facts::{
    is_active, is_in_use, is_managed_person, is_org_admin, organization_admins, shown, sso_of,
    was_seen,
};
use super::outcome::{Judged, both, counted, judged, told, worst};
use super::{ControlTruth, Exported, Given, Told};
use crate::sandbox::reviews::{self, ReviewVariant};
use crate::sandbox::statements::{ListVariant, day};
use crate::sandbox::world::{Account, World};

/// Parameters of the controls, at their defaults.
const BREAK_GLASS: std::ops::RangeInclusive<usize> = 1..=2;
const QUIET_DAYS: i64 = 30;

/// A list as far as it counts.
pub(super) struct Stated {
    columns: &'static [&'static str],
    rows: Vec<Vec<String>>,
    pub is_whole: bool,
}

impl Stated {
    /// The cells of `column`, as the type of the column reads them.
    pub fn column(&self, column: &str) -> Vec<String> {
        let Some(place) = self.columns.iter().position(|name| *name == column) else {
            return Vec::new();
        };
        let read = |row: &Vec<String>| match column {
            "email" => row[place].trim().to_ascii_lowercase(),
            _ => row[place].clone(),
        };
        self.rows.iter().map(read).collect()
    }

    /// The cells of `column`, each with the subject that its row is: of several rows that share it the first goes by it
    /// alone, the others by their row as well. The header is row 1.
    pub fn subjects(&self, column: &str) -> Vec<(String, String)> {
        let mut seen = BTreeSet::new();
        let cells = self.column(column).into_iter().zip(2..);
        let named = cells.map(|(cell, row)| match seen.insert(cell.clone()) {
            true => (cell.clone(), cell),
            false => (cell.clone(), format!("{cell} (row {row})")),
        });
        named.collect()
    }

    fn set(&self, column: &str) -> Looked {
        Looked {
            values: self.column(column).into_iter().collect(),
            is_whole: self.is_whole,
        }
    }

    /// Values of `column` in rows in which each of `filled` has a value.
    pub fn set_where(&self, column: &str, filled: &[&str]) -> Looked {
        let mut values = self.column(column);
        let mut keep: Vec<bool> = vec![true; values.len()];
        for name in filled {
            for (keep, cell) in keep.iter_mut().zip(self.column(name)) {
                *keep &= !cell.is_empty();
            }
        }
        let mut keep = keep.into_iter();
        values.retain(|_| keep.next() == Some(true));
        Looked {
            values: values.into_iter().collect(),
            is_whole: self.is_whole,
        }
    }
}

/// Values to look up.
pub(super) struct Looked {
    values: BTreeSet<String>,
    pub is_whole: bool,
}

impl Looked {
    pub fn holds(&self, value: &str) -> Option<bool> {
        if self.values.contains(value) {
            Some(true)
        } else {
            self.is_whole.then_some(false)
        }
    }
}

/// What is given of each list.
pub(super) struct Lists<'w> {
    pub world: &'w World,
    pub given: Option<ListVariant>,
}

impl Lists<'_> {
    /// The list called `name`; of one that nobody gave nothing is known.
    pub fn named(&self, name: &str) -> Stated {
        let given = self.given.map(|variant| self.world.given_lists(variant));
        let list = given
            .into_iter()
            .flatten()
            .find(|given| given.list.name == name);
        match list {
            None => Stated {
                columns: &[],
                rows: Vec::new(),
                is_whole: false,
            },
            Some(list) => Stated {
                columns: list.list.columns,
                rows: list.list.rows,
                is_whole: list.is_whole && self.given != Some(ListVariant::Stale),
            },
        }
    }
}

pub(super) fn truth(world: &World, given: Given, exported: &Exported) -> Told {
    let lists = &Lists {
        world,
        given: given.lists,
    };
    vec![
        ("accounts-on-roster", accounts_on_roster(lists)),
        ("admin-accounts-dedicated", admin_accounts_dedicated(lists)),
        ("admin-groups-members-approved", admin_group_members(lists)),
        ("admin-groups-synced", admin_groups_synced(lists)),
        ("api-keys-approved", api_keys_approved(lists)),
        ("break-glass-accounts", break_glass_accounts(lists)),
        ("break-glass-count", break_glass_count(lists)),
        (
            "break-glass-outside-sso",
            break_glass_outside_sso(lists, exported),
        ),
        ("leavers-deactivated", leavers_deactivated(lists)),
        (
            "organization-admins-approved",
            organization_admins_approved(lists),
        ),
        (
            "reviews-carried-out",
            reviews_carried_out(world, given.reviews),
        ),
        ("roster-has-accounts", roster_has_accounts(lists)),
        (
            "service-accounts-registered",
            service_accounts_registered(lists),
        ),
        ("workspaces-registered", workspaces_registered(lists)),
    ]
}

/// What a control comes to that asks every subject, where what it reads is whole or not.
pub(super) fn each(
    records: impl Iterator<Item = Judged>,
    empty: &'static str,
    is_whole: bool,
) -> ControlTruth {
    let found = super::outcome::each(records, if is_whole { empty } else { "unknown" });
    worst(found, is_whole)
}

/// Addresses of active managed people, and whether one of them hides it.
fn staff(world: &World) -> (BTreeSet<String>, bool) {
    let people = || world.accounts.iter().filter(|one| is_managed_person(one));
    let addresses = people().filter_map(shown).collect();
    (addresses, people().any(|one| shown(one).is_none()))
}

/// Whether `email` is the address of an active managed person.
fn is_staff((addresses, is_hidden): &(BTreeSet<String>, bool), email: &str) -> Option<bool> {
    if addresses.contains(email) {
        Some(true)
    } else {
        (!is_hidden).then_some(false)
    }
}

fn leavers_deactivated(lists: &Lists<'_>) -> ControlTruth {
    let staff = staff(lists.world);
    let yesterday = day(lists.world.as_of).yesterday();
    let yesterday = yesterday.expect("a day of this millennium");
    let list = lists.named("leavers");
    let rows = list.subjects("email").into_iter();
    let rows = rows.zip(list.column("left_on"));
    let records = rows.map(|((email, subject), left)| Judged {
        left_out: left.parse().ok().map(|left: Date| left >= yesterday),
        ..judged(
            &subject,
            Some(true),
            is_staff(&staff, &email).map(|is_there| !is_there),
        )
    });
    each(records, "not_applicable", list.is_whole)
}

fn roster_has_accounts(lists: &Lists<'_>) -> ControlTruth {
    let staff = staff(lists.world);
    let list = lists.named("roster");
    let records = list
        .subjects("email")
        .into_iter()
        .map(|(email, subject)| judged(&subject, Some(true), is_staff(&staff, &email)));
    each(records, "fail", list.is_whole)
}

/// What a comparison of subjects, each with its value if that is known, with a list comes to.
fn compared(
    subjects: impl Iterator<Item = (String, Option<String>)>,
    list: &Looked,
    must_all_be_there: bool,
) -> ControlTruth {
    let mut found = told("pass", &[], &[]);
    let mut values = BTreeSet::new();
    let (mut is_empty, mut is_hidden) = (list.values.is_empty(), false);
    for (id, value) in subjects {
        is_empty = false;
        let Some(value) = value else {
            is_hidden = true;
            found.unknown.insert(id);
            continue;
        };
        match list.holds(&value) {
            Some(true) => {}
            Some(false) => drop(found.failing.insert(id)),
            None => drop(found.unknown.insert("-".to_owned())),
        }
        values.insert(value);
    }
    if must_all_be_there {
        for missing in list.values.difference(&values) {
            let subject = format!("expected:{missing}");
            // Whoever hides the value may be the one who is missing.
            if is_hidden || !list.is_whole {
                found.unknown.insert(subject);
            } else {
                found.failing.insert(subject);
            }
        }
    }
    if is_empty {
        found.outcome = "not_applicable";
    }
    worst(found, list.is_whole)
}

fn by_address<'w>(
    accounts: impl Iterator<Item = &'w Account>,
) -> impl Iterator<Item = (String, Option<String>)> {
    accounts.map(|account| (account.id.clone(), shown(account)))
}

fn accounts_on_roster(lists: &Lists<'_>) -> ControlTruth {
    let accounts = lists.world.accounts.iter();
    let people = accounts.filter(|one| is_managed_person(one));
    compared(
        by_address(people),
        &lists.named("roster").set("email"),
        false,
    )
}

fn organization_admins_approved(lists: &Lists<'_>) -> ControlTruth {
    let approved = lists.named("approved_admins").set("email");
    compared(
        by_address(organization_admins(lists.world)),
        &approved,
        true,
    )
}

fn admin_accounts_dedicated(lists: &Lists<'_>) -> ControlTruth {
    let dedicated = lists.named("dedicated_admin_accounts").set("email");
    compared(
        by_address(organization_admins(lists.world)),
        &dedicated,
        false,
    )
}

fn api_keys_approved(lists: &Lists<'_>) -> ControlTruth {
    let approved = lists.named("approved_api_keys").set("key_id");
    let keys = lists.world.api_keys.iter();
    let valid = keys.filter(|key| key.expires > lists.world.as_of);
    let subjects = valid.map(|key| (key.id.clone(), Some(key.id.clone())));
    compared(subjects, &approved, true)
}

fn admin_group_members(lists: &Lists<'_>) -> ControlTruth {
    let registered = lists.named("admin_groups").set("group_id");
    let approved = lists.named("approved_admins").set("email");
    let world = lists.world;
    let active = world.accounts.iter().filter(|one| is_active(one));
    let records = active.flat_map(|account| {
        let groups = account.groups.iter().map(|&group| &world.groups[group]);
        let (registered, approved) = (&registered, &approved);
        groups.map(move |group| {
            let belongs = registered.holds(&group.id);
            let email = shown(account);
            let right = email.as_ref().and_then(|email| approved.holds(email));
            Judged {
                waits: belongs.is_none() || (email.is_some() && right.is_none()),
                ..judged(&format!("{}#{}", group.id, account.id), belongs, right)
            }
        })
    });
    each(records, "fail", registered.is_whole && approved.is_whole)
}

fn admin_groups_synced(lists: &Lists<'_>) -> ControlTruth {
    let registered = lists.named("admin_groups").set("group_id");
    let records = lists.world.groups.iter().map(|group| {
        let belongs = registered.holds(&group.id);
        Judged {
            waits: belongs.is_none(),
            ..judged(&group.id, belongs, Some(group.synced))
        }
    });
    each(records, "fail", registered.is_whole)
}

fn break_glass_accounts(lists: &Lists<'_>) -> ControlTruth {
    let listed = lists.named("break_glass_accounts").set("account_id");
    let records = lists.world.accounts.iter().map(|account| {
        let known = is_active(account)
            && is_org_admin(account)
            && !was_seen(lists.world, account, QUIET_DAYS);
        let belongs = listed.holds(&account.id);
        Judged {
            waits: belongs.is_none(),
            ..judged(&account.id, belongs, both(Some(known), account.mfa))
        }
    });
    each(records, "fail", listed.is_whole)
}

fn break_glass_count(lists: &Lists<'_>) -> ControlTruth {
    let listed = lists.named("break_glass_accounts").set("account_id");
    let active = lists.world.accounts.iter().filter(|one| is_active(one));
    let count = active
        .filter(|account| listed.values.contains(&account.id))
        .count();
    if listed.is_whole || count > *BREAK_GLASS.end() {
        counted(BREAK_GLASS.contains(&count))
    } else {
        told("unknown", &[], &["-"])
    }
}

fn break_glass_outside_sso(lists: &Lists<'_>, exported: &Exported) -> ControlTruth {
    let listed = lists.named("break_glass_accounts").set("account_id");
    let active = lists.world.accounts.iter().filter(|one| is_active(one));
    let records = active.map(|account| {
        let belongs = listed.holds(&account.id);
        Judged {
            waits: belongs.is_none() || !exported.tells_sso(),
            ..judged(
                &account.id,
                belongs,
                sso_of(exported, account).map(|sso| !sso),
            )
        }
    });
    each(records, "not_applicable", listed.is_whole)
}

fn service_accounts_registered(lists: &Lists<'_>) -> ControlTruth {
    let register = lists.named("service_account_register");
    let owned = register.set_where("account_id", &["owner", "purpose"]);
    let records = lists.world.service_accounts().map(|place| {
        let id = &lists.world.accounts[place].id;
        let right = owned.holds(id);
        Judged {
            waits: right.is_none(),
            ..judged(id, Some(true), right)
        }
    });
    each(records, "not_applicable", owned.is_whole)
}

fn workspaces_registered(lists: &Lists<'_>) -> ControlTruth {
    let register = lists.named("workspace_register");
    let owned = register.set_where("workspace_id", &["owner"]);
    let records = lists.world.workspaces.iter().map(|workspace| {
        let right = owned.holds(&workspace.id);
        Judged {
            waits: right.is_none(),
            ..judged(&workspace.id, Some(is_in_use(workspace)), right)
        }
    });
    each(records, "fail", owned.is_whole)
}

/// The newest sheets on accounts, administrators and tokens are kept, and the time to act is over.
fn reviews_carried_out(world: &World, variant: Option<ReviewVariant>) -> ControlTruth {
    let Some(variant) = variant else {
        return told("unknown", &[], &[]);
    };
    let records = reviews::removals(world, variant)
        .into_iter()
        .map(|removal| {
            let is_there = match removal.review {
                "tokens" => true,
                review => world.accounts.iter().any(|account| {
                    let is_admin = review != "admins" || !account.roles.is_empty();
                    account.id == removal.subject && is_active(account) && is_admin
                }),
            };
            let id = format!("{}:{}", removal.review, removal.subject);
            judged(&id, Some(true), Some(!is_there))
        });
    let is_whole = variant != ReviewVariant::Incomplete;
    each(records, "not_applicable", is_whole)
}

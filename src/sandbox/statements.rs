//! What the organisation says of itself, which no API tells: values of parameters, and lists that its people keep.
//!
//! A list is right but for the mistakes that controls are there to find: somebody who left and is still active,
//! an administrator whom nobody approved, a workspace without an owner. A variant spoils the lists the way real ones
//! are spoilt.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::audit_log::{AuditEvent, Happening};
use super::world::{Account, AccountStatus, Role, World};

/// The region that the organisation's contracts ask for.
pub(super) const REGION: &str = "EU";

/// Networks that may reach the products.
pub(super) const APPROVED_NETWORKS: [&str; 4] = [
    "203.0.113.0/24",
    "198.51.100.0/24",
    "10.0.0.0/8",
    "2001:db8::/32",
];

/// Groups that give administrator rights.
const ADMIN_GROUPS: [&str; 2] = ["org-admins", "site-admins-tarnbrook"];

/// Accounts of an organisation in which everybody knows everybody.
const SMALL: usize = 20;

/// Days for which a list counts.
const LIST_AGE_DAYS_MAX: u32 = 35;
/// Days between a stale list and the moment of the organisation.
const STALE_DAYS: i64 = 60;

/// How the lists are spoilt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListVariant {
    /// Not at all: taken today, everything in them.
    #[default]
    Fresh,
    /// Too old to count.
    Stale,
    /// Every third row is left out, and whoever gives them says that they are not all.
    Partial,
    /// Every second row stands twice, addresses written otherwise.
    Repeated,
    /// Rows that fit nobody are in them, and a day that is none.
    Unmatched,
}

/// Every variant by its name, with what it is for.
pub const LIST_VARIANTS: &[(&str, &str, ListVariant)] = &[
    (
        "fresh",
        "taken today, everything in them",
        ListVariant::Fresh,
    ),
    ("stale", "taken 60 days ago", ListVariant::Stale),
    (
        "partial",
        "every third row left out, and said so",
        ListVariant::Partial,
    ),
    (
        "repeated",
        "every second row twice, addresses written otherwise",
        ListVariant::Repeated,
    ),
    (
        "unmatched",
        "rows that fit nobody, and a day that is none",
        ListVariant::Unmatched,
    ),
];

/// A list as it is given: what is written, and what is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenList {
    /// What is written.
    pub list: StatedList,
    /// The day on which it was taken.
    pub extracted_on: Date,
    /// Days for which it counts.
    pub max_age_days: u32,
    /// Whether whoever gives it says that it is all there is.
    pub is_whole: bool,
}

impl GivenList {
    /// `list` as `variant` spoils it, at the moment of `world`.
    fn new(world: &World, list: StatedList, variant: ListVariant) -> GivenList {
        let today = day(world.as_of);
        let mut rows = list.rows;
        let spoilt = |row: &[String]| -> Vec<String> {
            row.iter().map(|cell| written_otherwise(cell)).collect()
        };
        match variant {
            ListVariant::Fresh | ListVariant::Stale => {}
            ListVariant::Partial => {
                let mut place = 0;
                rows.retain(|_| {
                    place += 1;
                    place % 3 != 1
                });
            }
            ListVariant::Repeated => {
                let again: Vec<Vec<String>> =
                    rows.iter().step_by(2).map(|row| spoilt(row)).collect();
                rows.extend(again);
            }
            ListVariant::Unmatched => {
                let left_on = list.columns.iter().position(|column| *column == "left_on");
                if let (Some(place), Some(row)) = (left_on, rows.first_mut()) {
                    row[place] = "31 February".to_owned();
                }
                let long_ago = today
                    .saturating_sub(jiff::Span::new().days(100))
                    .to_string();
                rows.extend((1..=2).map(|number| {
                    let cell = |column: &&str| match *column {
                        "email" => format!("stranger.{number}@elsewhere.example"),
                        "left_on" => long_ago.clone(),
                        "owner" | "purpose" => "Nobody".to_owned(),
                        _ => format!("no-such-id-{number}"),
                    };
                    list.columns.iter().map(cell).collect()
                }));
            }
        }
        let age = match variant {
            ListVariant::Stale => STALE_DAYS,
            _ => 0,
        };
        GivenList {
            list: StatedList { rows, ..list },
            extracted_on: today.saturating_sub(jiff::Span::new().days(age)),
            max_age_days: LIST_AGE_DAYS_MAX,
            is_whole: variant != ListVariant::Partial,
        }
    }

    /// What `--input` says of it, where it lies at `path`.
    pub fn flag(&self, path: &str) -> String {
        let extent = if self.is_whole { "whole" } else { "partial" };
        format!(
            "{}={path},owner={},extracted_on={},max_age={}d,extent={extent}",
            self.list.name, self.list.owner, self.extracted_on, self.max_age_days
        )
    }
}

/// An address in capitals between spaces; anything else as it is.
fn written_otherwise(cell: &str) -> String {
    if cell.contains('@') {
        format!(" {} ", cell.to_ascii_uppercase())
    } else {
        cell.to_owned()
    }
}

/// A list that somebody in the organisation keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedList {
    /// Its name, after `inputs.`.
    pub name: &'static str,
    /// Who answers for it.
    pub owner: &'static str,
    /// Its columns.
    pub columns: &'static [&'static str],
    /// Its rows; an empty cell is known to be none.
    pub rows: Vec<Vec<String>>,
}

impl StatedList {
    /// The list as CSV with a header.
    pub fn csv(&self) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer
            .write_record(self.columns)
            .and_then(|()| {
                self.rows
                    .iter()
                    .try_for_each(|row| writer.write_record(row))
            })
            .expect("every row has a cell a column, and memory takes them");
        writer.into_inner().expect("memory takes everything")
    }
}

impl World {
    /// Values of parameters that only the organisation knows, by name, as JSON.
    pub fn parameters(&self) -> Vec<(&'static str, serde_json::Value)> {
        let own = self.corporate_domains();
        vec![
            ("corporate_domains", own.clone().into()),
            ("approved_domains", own.into()),
            ("region", REGION.into()),
            ("approved_networks", APPROVED_NETWORKS.to_vec().into()),
            ("evidence_key_label", self.own_key().label.as_str().into()),
        ]
    }

    /// The lists as they are given, spoilt as `variant` says.
    pub fn given_lists(&self, variant: ListVariant) -> Vec<GivenList> {
        let lists = self.lists().into_iter();
        lists
            .map(|list| GivenList::new(self, list, variant))
            .collect()
    }

    /// The lists that the organisation's people keep.
    pub fn lists(&self) -> Vec<StatedList> {
        vec![
            self.leavers(),
            self.roster(),
            self.approved_admins(),
            self.dedicated_admin_accounts(),
            self.admin_groups(),
            self.break_glass_accounts(),
            self.approved_api_keys(),
            self.service_account_register(),
            self.workspace_register(),
            self.approved_events(),
            self.reviewed_events(),
        ]
    }

    /// Everyone whose account was switched off, with the last day: mostly the day of the deactivation. One person left and kept the account; one left
    /// yesterday, and one leaves next week.
    fn leavers(&self) -> StatedList {
        let today = day(self.as_of);
        let mut rows: Vec<Vec<String>> = Vec::new();
        let leavers = self
            .accounts
            .iter()
            .filter_map(|account| Some((address(account)?, account.deactivated?)));
        for (number, (email, deactivated)) in leavers.enumerate() {
            // Every fourth one was forgotten for a week, where there are many.
            let late = if number % 4 == 1 && !self.is_small() {
                7
            } else {
                0
            };
            let left = day(deactivated).saturating_sub(jiff::Span::new().days(late));
            rows.push(vec![email, left.to_string()]);
        }
        let staff = self.staff();
        let long_ago = self.as_of.as_millisecond() - 90 * super::world::DAY_MS;
        let seen = |account: &&&Account| {
            account
                .newest_activity()
                .is_some_and(|newest| newest.as_millisecond() > long_ago)
        };
        let forgotten = staff.iter().find(|account| !seen(account));
        let mut present = staff.iter().filter(seen);
        for (account, days) in [(forgotten, -20), (present.next(), -1), (present.next(), 7)] {
            if let Some(email) = account.and_then(|account| address(account)) {
                let left = today.saturating_add(jiff::Span::new().days(days));
                rows.push(vec![email, left.to_string()]);
            }
        }
        StatedList {
            name: "leavers",
            owner: "Human resources",
            columns: &["email", "left_on"],
            rows,
        }
    }

    /// Everyone who works here but the last one, and somebody who starts next week.
    fn roster(&self) -> StatedList {
        let mut staff = self.staff();
        staff.pop();
        let emails = staff.iter().filter_map(|account| address(account));
        StatedList {
            name: "roster",
            owner: "Human resources",
            columns: &["email"],
            rows: one_column(emails.chain(["new.joiner@tarnbrook.example".to_owned()])),
        }
    }

    /// The organization admins but the last one, and somebody who gave the role back.
    fn approved_admins(&self) -> StatedList {
        let mut admins = self.organization_admins();
        admins.pop();
        let emails = admins.iter().filter_map(|account| address(account));
        StatedList {
            name: "approved_admins",
            owner: "Security",
            columns: &["email"],
            rows: one_column(emails.chain(["former.head@tarnbrook.example".to_owned()])),
        }
    }

    /// The first organization admin works with an account of its own.
    fn dedicated_admin_accounts(&self) -> StatedList {
        let first = self.organization_admins().into_iter().next();
        StatedList {
            name: "dedicated_admin_accounts",
            owner: "Security",
            columns: &["email"],
            rows: one_column(first.into_iter().filter_map(address)),
        }
    }

    fn admin_groups(&self) -> StatedList {
        let groups = self.groups.iter();
        let registered = groups.filter(|group| ADMIN_GROUPS.contains(&group.name.as_str()));
        StatedList {
            name: "admin_groups",
            owner: "Security",
            columns: &["group_id"],
            rows: one_column(registered.map(|group| group.id.clone())),
        }
    }

    /// Organization admins whom no directory holds.
    fn break_glass_accounts(&self) -> StatedList {
        let admins = self.organization_admins().into_iter();
        let emergency = admins.filter(|account| account.memberships.is_empty());
        StatedList {
            name: "break_glass_accounts",
            owner: "Security",
            columns: &["account_id"],
            rows: one_column(emergency.map(|account| account.id.clone())),
        }
    }

    /// Every key that is valid but the one that a script left behind, and one that is gone.
    fn approved_api_keys(&self) -> StatedList {
        let keys = self.api_keys.iter().filter(|key| key.expires > self.as_of);
        let approved = keys.filter(|key| key.label != "legacy provisioning script");
        let ids = approved.map(|key| key.id.clone());
        StatedList {
            name: "approved_api_keys",
            owner: "Security",
            columns: &["key_id"],
            rows: one_column(ids.chain(["00000000-0000-4000-8000-000000000001".to_owned()])),
        }
    }

    /// Of three service accounts, one is in order, one has no owner, and one is not on the list.
    fn service_account_register(&self) -> StatedList {
        let places = self.service_accounts().enumerate();
        let rows = places.filter_map(|(number, place)| {
            let owner = match number % 3 {
                0 => "Platform team",
                1 => "",
                _ => return None,
            };
            let id = self.accounts[place].id.clone();
            Some(vec![id, owner.to_owned(), "builds".to_owned()])
        });
        StatedList {
            name: "service_account_register",
            owner: "Platform team",
            columns: &["account_id", "owner", "purpose"],
            rows: rows.collect(),
        }
    }

    /// Every workspace in use but the last; the second has no owner.
    fn workspace_register(&self) -> StatedList {
        let workspaces = self.workspaces.iter();
        let in_use = workspaces.filter(|one| one.status == "online" && one.sandbox == "NONE");
        let mut rows: Vec<Vec<String>> = in_use
            .enumerate()
            .map(|(number, workspace)| {
                let owner = if number == 1 { "" } else { "Platform team" };
                vec![workspace.id.clone(), owner.to_owned()]
            })
            .collect();
        rows.pop();
        StatedList {
            name: "workspace_register",
            owner: "Platform team",
            columns: &["workspace_id", "owner"],
            rows,
        }
    }

    /// Changes of security settings, grants of administrator rights and reactivations, with their tickets. A small
    /// organisation has one for each; in a larger one the newest of each kind has none, and the oldest an empty cell.
    pub(super) fn approved_events(&self) -> StatedList {
        let mut by_action: BTreeMap<&str, Vec<AuditEvent>> = BTreeMap::new();
        for event in self.events().filter(|event| self.needs_ticket(event)) {
            by_action
                .entry(event.what.action())
                .or_default()
                .push(event);
        }
        let is_small = self.is_small();
        let rows = by_action.into_values().flat_map(|mut events| {
            events.sort_by_key(|event| (event.time, event.place));
            let last = events.len().saturating_sub(1);
            let rows = events.into_iter().enumerate();
            rows.filter_map(move |(number, event)| {
                let ticket = match (is_small, number) {
                    (false, number) if number == last => return None,
                    (false, 0) => String::new(),
                    _ => format!("CHG-{}", 1_000 + event.place),
                };
                Some(vec![event.id, ticket])
            })
        });
        StatedList {
            name: "approved_events",
            owner: "Change management",
            columns: &["event_id", "ticket"],
            rows: rows.collect(),
        }
    }

    /// Sign-ins as another person that somebody looked at: in a larger organisation, every second one.
    pub(super) fn reviewed_events(&self) -> StatedList {
        let events = self.events();
        let meant = events.filter(|event| matches!(event.what, Happening::LoggedInAs(_)));
        let reviewed = meant
            .enumerate()
            .filter(|(number, _)| self.is_small() || number % 2 == 1)
            .map(|(_, event)| vec![event.id, "Head of support".to_owned()]);
        StatedList {
            name: "reviewed_events",
            owner: "Security",
            columns: &["event_id", "reviewer"],
            rows: reviewed.collect(),
        }
    }

    /// Whether an event is one that a ticket belongs to.
    fn needs_ticket(&self, event: &AuditEvent) -> bool {
        match event.what {
            Happening::AuthenticationPolicyModified(_)
            | Happening::AllowlistModified(_)
            | Happening::DomainAdded(_)
            | Happening::DomainRemoved(_)
            | Happening::SettingUpdated(..)
            | Happening::TwoStepDisabled(_)
            | Happening::OrgAdminAdded(_)
            | Happening::GroupGrantedAdmin { .. }
            | Happening::InvitedAsAdmin(_)
            | Happening::AccountReactivated(_) => true,
            Happening::GroupJoined { group, .. } => self.groups[group].name == ADMIN_GROUPS[0],
            _ => false,
        }
    }

    /// Whether so few people work here that nothing is overlooked.
    fn is_small(&self) -> bool {
        self.accounts.len() <= SMALL
    }

    /// Active people on accounts of the organisation, but emergency accounts, by id.
    fn staff(&self) -> Vec<&Account> {
        let accounts = self.accounts.iter();
        let mut staff: Vec<&Account> = accounts
            .filter(|account| account.managed && account.is_active_person())
            .filter(|account| !account.memberships.is_empty())
            .collect();
        staff.sort_by(|one, other| one.id.cmp(&other.id));
        staff
    }

    /// Active organization admins, by id.
    fn organization_admins(&self) -> Vec<&Account> {
        let accounts = self.accounts.iter();
        let mut admins: Vec<&Account> = accounts
            .filter(|account| account.status == AccountStatus::Active)
            .filter(|account| account.roles.contains(&Role::OrgAdmin))
            .collect();
        admins.sort_by(|one, other| one.id.cmp(&other.id));
        admins
    }
}

/// The address, hidden or not, in lower case: the organisation knows its people.
fn address(account: &Account) -> Option<String> {
    account.address.known().map(str::to_ascii_lowercase)
}

fn one_column(values: impl Iterator<Item = String>) -> Vec<Vec<String>> {
    values.map(|value| vec![value]).collect()
}

/// The day of a moment, in UTC.
pub(super) fn day(time: jiff::Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}

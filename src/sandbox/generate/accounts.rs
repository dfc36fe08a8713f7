//! Who is in the organisation: one account per case first, then ordinary ones.

use std::collections::BTreeMap;

use super::estate::{
    ALL_STAFF, CONFLUENCE, CONTRACTORS, FIRST_DEPARTMENT, JIRA, LABS_CONFLUENCE, LABS_JIRA,
    ORG_ADMINS, PARTNER_JIRA, PARTNERS, PORTAL_CUSTOMERS, SERVICE_DESK, SITE_ADMINS, STAFF,
};
use super::{LABS_DOMAIN, LAPSED_DOMAIN, MAIN_DOMAIN, Moment, UNVERIFIED_DOMAIN};
use crate::sandbox::names::{self, DEPARTMENTS, HOSTILE, JOBS, TIME_ZONES};
use crate::sandbox::random::Random;
use crate::sandbox::world::{
    Account, AccountKind, AccountStatus, Address, Group, Management, Membership, MembershipState,
    OtherProduct, ProductAccess, Role, Workspace, WorldSpec,
};

const PARTNER_DOMAINS: &[&str] = &[
    "northgate-tooling.example",
    "quill-systems.example",
    "studio-marten.example",
];
const CUSTOMER_DOMAINS: &[&str] = &[
    "alder-dairy.example",
    "fjordline-ferries.example",
    "mail.example",
];

/// Why an account is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    /// A managed person with everything in order.
    Ordinary,
    /// An organisation admin with two-step verification, in both directories.
    OrgAdmin,
    /// An organisation admin without it.
    OrgAdminWithoutTwoStep,
    /// An organisation admin in no directory, kept for emergencies.
    BreakGlass,
    /// An organisation admin who left: the account is inactive, the role is still there.
    FormerOrgAdmin,
    SiteAdmin,
    /// An admin whom no domain makes managed: nothing is known of their two-step verification.
    UnmanagedUserAccessAdmin,
    /// A script with an admin's role.
    ServiceAccountSiteAdmin,
    AiUser,
    /// No activity for far more than 90 days.
    Idle,
    /// Idle in the products that the newer list tells, busy in one that only the older list tells.
    BusyElsewhere,
    /// The newer list tells of recent activity, the older one is months behind.
    OlderListLags,
    /// Last active exactly 90 days ago: still within.
    IdleExactly90Days,
    /// A millisecond more: no longer within.
    IdleJustOver90Days,
    /// Added exactly 30 days ago, with old activity: still excluded.
    ReturnedExactly30DaysAgo,
    /// Added a millisecond earlier, with old activity.
    ReturnedJustOver30DaysAgo,
    NoActivity,
    NewJoiner,
    /// Not two-step verified; single sign-on may be, and no API tells.
    WithoutTwoStep,
    Suspended,
    /// Active in one directory, suspended in the other.
    HalfSuspended,
    Leaver,
    /// Inactive, and scheduled for deletion.
    ForDeletion,
    Closed,
    HiddenAddress,
    OnLapsedDomain,
    /// The address is in capitals: still the same domain.
    AddressInCapitals,
    OnUnverifiedDomain,
    Contractor,
    HiddenContractor,
    /// May use products of the staff directory too.
    ContractorInBoth,
    SuspendedContractor,
    /// A customer of the service portal with an account of their own, and no product.
    PortalCustomer,
    ManagedCustomer,
    ServiceAccount,
    App,
    /// The name is text `0` of the hostile ones, and the account is idle, so that findings show it.
    HostileIdle(usize),
    HostileContractor(usize),
    /// A name of 300 characters.
    LongName,
}

use Case::*;

/// The cases that every organisation has, in the order in which small ones reach them.
#[rustfmt::skip]
const CASES: &[Case] = &[
    OrgAdmin, OrgAdminWithoutTwoStep, Idle, Contractor, OnLapsedDomain, HiddenContractor, HiddenAddress,
    Ordinary, HostileIdle(0), Leaver,
    ServiceAccount, NoActivity, NewJoiner, Suspended, OnUnverifiedDomain, PortalCustomer, WithoutTwoStep,
    SiteAdmin, BreakGlass, Closed, App, UnmanagedUserAccessAdmin, HostileContractor(1), ManagedCustomer,
    ServiceAccountSiteAdmin, BusyElsewhere, OlderListLags, IdleExactly90Days, IdleJustOver90Days,
    ReturnedExactly30DaysAgo, ReturnedJustOver30DaysAgo, HalfSuspended, ForDeletion, FormerOrgAdmin,
    AddressInCapitals, ContractorInBoth, SuspendedContractor, AiUser, LongName,
];

/// What fills an organisation up, and how often in 1 000.
#[rustfmt::skip]
const FILL: &[(Case, usize)] = &[
    (Ordinary, 625), (WithoutTwoStep, 70), (Leaver, 60), (Contractor, 60), (PortalCustomer, 55),
    (Idle, 28), (NoActivity, 22), (NewJoiner, 16), (Suspended, 12), (HiddenAddress, 9), (Closed, 8),
    (ServiceAccount, 8), (OnUnverifiedDomain, 7), (ContractorInBoth, 5), (App, 4), (HiddenContractor, 3),
    (AiUser, 3), (ManagedCustomer, 3), (OnLapsedDomain, 2),
];

pub(super) fn accounts(
    spec: &WorldSpec,
    moment: Moment,
    groups: &[Group],
    workspaces: &[Workspace],
) -> Vec<Account> {
    let users = usize::try_from(spec.users).expect("at most USERS_MAX");
    let mut maker = Maker {
        random: Random::of_part(spec.seed, "accounts"),
        moment,
        addresses: BTreeMap::new(),
        first_team: groups.iter().position(|group| group.kind == "TEAM"),
        groups: groups.len(),
        workspaces: workspaces.len(),
    };
    let mut cases: Vec<Case> = CASES.to_vec();
    cases.extend((2..HOSTILE.len()).map(|text| {
        if text % 3 == 2 {
            HostileContractor(text)
        } else {
            HostileIdle(text)
        }
    }));
    // Three organisation admins stand among the cases. Up to a hundred accounts that is all; then
    // there are six or seven, one or two too many; a large organisation has four to seven.
    let more_admins = match users {
        ..100 => 0,
        100..1_000 => 3 + maker.random.below(2),
        _ => 1 + maker.random.below(4),
    };
    cases.splice(0..0, std::iter::repeat_n(OrgAdmin, more_admins));
    cases.truncate(users);
    while cases.len() < users {
        cases.push(maker.fill());
    }
    let mut accounts: Vec<Account> = cases.into_iter().map(|case| maker.account(case)).collect();
    maker.random.shuffle(&mut accounts);
    accounts
}

struct Maker {
    random: Random,
    moment: Moment,
    /// How often each address was wanted, so that each is given once.
    addresses: BTreeMap<String, u32>,
    first_team: Option<usize>,
    groups: usize,
    workspaces: usize,
}

impl Maker {
    fn fill(&mut self) -> Case {
        let mut place = self
            .random
            .below(FILL.iter().map(|(_, weight)| weight).sum());
        for &(case, weight) in FILL {
            if place < weight {
                return case;
            }
            place -= weight;
        }
        Ordinary
    }

    #[rustfmt::skip]
    fn account(&mut self, case: Case) -> Account {
        match case {
            Ordinary => self.employee(),
            OrgAdmin => self.org_admin(true),
            OrgAdminWithoutTwoStep => self.org_admin(false),
            BreakGlass => Account {
                name: "Break Glass".to_owned(), nickname: "breakglass".to_owned(),
                memberships: vec![], groups: vec![], product_access: vec![], other_products: vec![],
                last_active: None, management: None, mfa: Some(false), roles: vec![Role::OrgAdmin],
                ..self.employee()
            },
            FormerOrgAdmin => Account { roles: vec![Role::OrgAdmin], ..self.leaver() },
            SiteAdmin => {
                let mut account = self.employee();
                account.roles.push(Role::SiteAdmin);
                account.groups.push(SITE_ADMINS);
                account
            }
            UnmanagedUserAccessAdmin => Account { roles: vec![Role::UserAccessAdmin], ..self.contractor() },
            ServiceAccountSiteAdmin => Account { roles: vec![Role::SiteAdmin], ..self.machine(AccountKind::ServiceAccount) },
            AiUser => Account { roles: vec![Role::AiAccess], ..self.employee() },
            Idle => self.idle(),
            BusyElsewhere => {
                let recent = self.days_ago(1, 60);
                Account {
                    other_products: vec![OtherProduct { key: "trello", name: "Trello", last_active: Some(recent) }],
                    ..self.idle()
                }
            }
            OlderListLags => Account { last_active: Some(self.days_ago(150, 300)), ..self.employee() },
            IdleExactly90Days => self.last_seen(90, 0),
            IdleJustOver90Days => self.last_seen(90, 1),
            ReturnedExactly30DaysAgo => Account { added: self.moment.before(30, 0), ..self.idle() },
            ReturnedJustOver30DaysAgo => Account { added: self.moment.before(30, 1), ..self.idle() },
            NoActivity => {
                let mut account = self.employee();
                forget_activity(&mut account);
                account
            }
            NewJoiner => {
                let mut account = Account { added: self.days_ago(1, 28), ..self.employee() };
                forget_activity(&mut account);
                if self.random.chance(60) {
                    account.product_access[0].last_active = Some(self.days_ago(0, 0));
                }
                account
            }
            WithoutTwoStep => Account { mfa: Some(false), ..self.employee() },
            Suspended => suspend(self.employee()),
            HalfSuspended => {
                let mut account = self.employee();
                account.memberships = vec![
                    Membership { directory: STAFF, state: MembershipState::Suspended },
                    Membership { directory: PARTNERS, state: MembershipState::Active },
                ];
                account
            }
            Leaver => self.leaver(),
            ForDeletion => Account {
                memberships: vec![], groups: vec![], product_access: vec![], management: None,
                for_deletion: true, ..self.leaver()
            },
            Closed => Account {
                status: AccountStatus::Closed, memberships: vec![], groups: vec![], product_access: vec![],
                management: None, name: "Former user".to_owned(), ..self.leaver()
            },
            HiddenAddress => hide_address(self.employee()),
            OnLapsedDomain => self.employee_on(LAPSED_DOMAIN),
            AddressInCapitals => {
                let mut account = self.employee();
                if let Address::Shown(email) = &mut account.address {
                    *email = email.to_ascii_uppercase();
                }
                account
            }
            OnUnverifiedDomain => {
                let mut account = self.employee_on(UNVERIFIED_DOMAIN);
                account.groups.retain(|&group| group == ALL_STAFF);
                // An account of no verified domain: no owner, no bill, no word on its second factor.
                Account { managed: false, management: None, mfa: None, billable: false, ..account }
            }
            Contractor => self.contractor(),
            HiddenContractor => hide_address(self.contractor()),
            ContractorInBoth => {
                let mut account = self.contractor();
                account.memberships.push(Membership { directory: STAFF, state: MembershipState::Active });
                account.product_access.push(ProductAccess { workspace: CONFLUENCE, last_active: Some(self.days_ago(0, 200)) });
                account
            }
            SuspendedContractor => suspend(self.contractor()),
            PortalCustomer => {
                let domain = self.random.pick(CUSTOMER_DOMAINS);
                Account { groups: vec![PORTAL_CUSTOMERS], ..self.outsider(domain, STAFF) }
            }
            ManagedCustomer => Account {
                kind: AccountKind::Customer, memberships: vec![], groups: vec![], product_access: vec![],
                management: None, billable: false, ..self.employee()
            },
            ServiceAccount => self.machine(AccountKind::ServiceAccount),
            App => self.machine(AccountKind::App),
            HostileIdle(text) => Account { name: HOSTILE[text].to_owned(), nickname: HOSTILE[text].to_owned(), ..self.idle() },
            HostileContractor(text) => Account { name: HOSTILE[text].to_owned(), ..self.contractor() },
            LongName => Account { name: names::name_of_300_characters(), ..self.idle() },
        }
    }

    /// A managed person who is active, synced, two-step verified and was seen this month.
    fn employee(&mut self) -> Account {
        let domain = if self.random.chance(14) {
            LABS_DOMAIN
        } else {
            MAIN_DOMAIN
        };
        self.employee_on(domain)
    }

    fn employee_on(&mut self, domain: &str) -> Account {
        let (name, local) = names::person(&mut self.random);
        let synced = self.random.chance(88);
        let mut groups = vec![
            ALL_STAFF,
            FIRST_DEPARTMENT + self.random.below(DEPARTMENTS.len()),
        ];
        if let Some(first_team) = self.first_team {
            groups.push(first_team + self.random.below(self.groups - first_team));
        }
        let newest = self.days_ago(0, 25);
        let older = self.days_ago(26, 70);
        let mut product_access = vec![
            ProductAccess {
                workspace: JIRA,
                last_active: Some(newest),
            },
            ProductAccess {
                workspace: CONFLUENCE,
                last_active: Some(older),
            },
        ];
        if domain == LABS_DOMAIN {
            product_access.push(ProductAccess {
                workspace: LABS_JIRA,
                last_active: Some(older),
            });
            product_access.push(ProductAccess {
                workspace: LABS_CONFLUENCE,
                last_active: None,
            });
        }
        if self.random.chance(15) {
            product_access.push(ProductAccess {
                workspace: SERVICE_DESK,
                last_active: Some(older),
            });
        }
        if self.workspaces > 14 && self.random.chance(20) {
            let plant = 14 + self.random.below(self.workspaces - 14);
            product_access.push(ProductAccess {
                workspace: plant,
                last_active: None,
            });
        }
        let mut other_products = Vec::new();
        if self.random.chance(10) {
            other_products.push(OtherProduct {
                key: "bitbucket",
                name: "Bitbucket",
                last_active: Some(older),
            });
        }
        Account {
            id: self.account_id(),
            kind: AccountKind::Person,
            status: AccountStatus::Active,
            managed: true,
            nickname: name.split(' ').next().unwrap_or_default().to_owned(),
            address: Address::Shown(self.address(&local, domain)),
            email_verified: true,
            memberships: vec![Membership {
                directory: STAFF,
                state: MembershipState::Active,
            }],
            added: self.days_ago(40, 1_500),
            management: Some(if synced {
                Management::Synced
            } else {
                Management::Invited
            }),
            mfa: Some(true),
            roles: vec![],
            groups,
            product_access,
            other_products,
            last_active: Some(newest),
            billable: true,
            job: self.random.pick(JOBS),
            time_zone: self.random.pick(TIME_ZONES),
            deactivated: None,
            for_deletion: false,
            name,
        }
    }

    fn org_admin(&mut self, mfa: bool) -> Account {
        let mut account = self.employee();
        account.mfa = Some(mfa);
        account.roles.push(Role::OrgAdmin);
        account.groups.push(ORG_ADMINS);
        if mfa {
            account.memberships.push(Membership {
                directory: PARTNERS,
                state: MembershipState::Active,
            });
        }
        account
    }

    /// An employee whose every activity is 91 to 700 days old.
    fn idle(&mut self) -> Account {
        let days = self.random.between(91, 700);
        self.last_seen(days, 5_000)
    }

    /// An employee last seen `days` and `milliseconds` ago, in the first product; elsewhere earlier.
    fn last_seen(&mut self, days: i64, milliseconds: i64) -> Account {
        let mut account = self.employee();
        forget_activity(&mut account);
        let seen = self.moment.before(days, milliseconds);
        account.product_access[0].last_active = Some(seen);
        account.product_access[1].last_active = Some(self.moment.before(days + 20, milliseconds));
        account.last_active = Some(seen);
        account.added = self.moment.before(days + 200, 0);
        account
    }

    fn leaver(&mut self) -> Account {
        let mut account = self.employee();
        let days = self.random.between(5, 600);
        forget_activity(&mut account);
        account.product_access.clear();
        account.last_active = Some(self.moment.before(days + 1, 7_000));
        account.added = self.moment.before(days + 300, 0);
        Account {
            status: AccountStatus::Inactive,
            deactivated: Some(self.moment.before(days, 0)),
            billable: false,
            ..account
        }
    }

    /// Someone of another company, whom no domain of ours makes managed.
    fn outsider(&mut self, domain: &str, directory: usize) -> Account {
        let account = self.employee_on(domain);
        Account {
            managed: false,
            memberships: vec![Membership {
                directory,
                state: MembershipState::Active,
            }],
            management: None,
            mfa: None,
            groups: vec![],
            product_access: vec![],
            other_products: vec![],
            last_active: None,
            billable: false,
            ..account
        }
    }

    fn contractor(&mut self) -> Account {
        let domain = self.random.pick(PARTNER_DOMAINS);
        let access = ProductAccess {
            workspace: PARTNER_JIRA,
            last_active: Some(self.days_ago(0, 120)),
        };
        Account {
            groups: vec![CONTRACTORS],
            product_access: vec![access],
            ..self.outsider(domain, PARTNERS)
        }
    }

    /// An app or a service account: managed, in the staff directory, without a second factor.
    fn machine(&mut self, kind: AccountKind) -> Account {
        let number = self.random.below(10_000);
        let (name, address) = match kind {
            AccountKind::ServiceAccount => {
                let name = format!("svc-build-{number:04}");
                let address = Address::Shown(self.address(&name, MAIN_DOMAIN));
                (name, address)
            }
            _ => (format!("Dashboard connector {number:04}"), Address::None),
        };
        let account = self.employee();
        Account {
            kind,
            nickname: name.clone(),
            name,
            address,
            email_verified: false,
            management: None,
            mfa: Some(false),
            groups: vec![],
            billable: false,
            ..account
        }
    }

    /// A moment on a day between `newest` and `oldest` days ago.
    fn days_ago(&mut self, newest: i64, oldest: i64) -> jiff::Timestamp {
        let days = self.random.between(newest, oldest);
        self.moment.on_day(days, &mut self.random)
    }

    /// `local@domain`, with a number where that is taken.
    fn address(&mut self, local: &str, domain: &str) -> String {
        let address = format!("{local}@{domain}");
        match self.addresses.get_mut(&address) {
            // No name ends in a digit but a machine's four, so that no number makes one name another.
            Some(wanted) => {
                *wanted += 1;
                format!("{local}{wanted}@{domain}")
            }
            None => {
                self.addresses.insert(address.clone(), 1);
                address
            }
        }
    }

    /// An id in one of the three forms that account ids have.
    fn account_id(&mut self) -> String {
        match self.random.below(10) {
            0 => self.random.hex(24),
            1..=3 => format!("557058:{}", self.random.uuid()),
            _ => format!("712020:{}", self.random.uuid()),
        }
    }
}

fn forget_activity(account: &mut Account) {
    account
        .product_access
        .iter_mut()
        .for_each(|access| access.last_active = None);
    account.other_products.clear();
    account.last_active = None;
}

fn suspend(mut account: Account) -> Account {
    for membership in &mut account.memberships {
        membership.state = MembershipState::Suspended;
    }
    account
}

fn hide_address(mut account: Account) -> Account {
    if let Address::Shown(email) = account.address {
        account.address = Address::Hidden(email);
    }
    account
}

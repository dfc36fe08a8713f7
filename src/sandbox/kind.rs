//! What kind of organisation the sandbox makes: its plan, directories and domains.
//!
//! The default kind has everything. Another one is the same organisation with something taken away,
//! so that a client meets an organisation that cannot answer, and not only one that can.

/// What an organisation is like. The default has everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorldKind {
    /// What it pays for.
    pub plan: GuardPlan,
    /// Its user directories.
    pub directories: DirectoryCount,
    /// Its domains, and so whether it has managed accounts.
    pub domains: DomainClaims,
    /// When it is looked at.
    pub moment: KindMoment,
    /// The key that it is read with.
    pub key: KeyState,
}

/// The plan of Atlassian Guard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum GuardPlan {
    /// No audit log, no policies, no provisioning, no word on what is billable.
    None,
    /// Everything but classification levels and the events of what people do with content.
    Standard,
    /// Everything.
    #[default]
    Premium,
}

/// User directories of an organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DirectoryCount {
    /// One, which everyone is in.
    One,
    /// One for staff and one for partners.
    #[default]
    Two,
}

/// Domains of an organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DomainClaims {
    /// One domain in every state of a claim, verified ones among them.
    #[default]
    EveryState,
    /// The same, but nobody claimed some of the accounts on them, and some people never confirmed their address.
    Unclaimed,
    /// Domains, but none verified: every account is unmanaged.
    NoneVerified,
    /// No domain at all: every account is unmanaged.
    NoDomains,
}

/// When an organisation is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KindMoment {
    /// As it is.
    #[default]
    Present,
    /// Before the accounts of some who left were switched off: what a review sheet is made from, whose decisions the
    /// organisation as it is then tests.
    BeforeReview,
}

/// The key that an organisation is read with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyState {
    /// Ten weeks old, valid for most of a year, with every scope that reads.
    #[default]
    Good,
    /// Without the scopes for groups, policies and API tokens.
    FewScopes,
    /// It expires in nine days.
    ExpiresSoon,
    /// It was made 200 days ago.
    Old,
    /// Without scopes: it may do everything.
    Unscoped,
    /// With a scope that writes, beside those that read.
    Writes,
}

/// Every kind that has a name, with what it is for. An organisation of one account is one of any
/// kind with [`users`](super::WorldSpec::users) at 1.
pub const KINDS: &[(&str, &str, WorldKind)] = &[
    ("full", "everything, on Guard Premium", FULL),
    (
        "guard-standard",
        "no classification levels, no events of content",
        WorldKind {
            plan: GuardPlan::Standard,
            ..FULL
        },
    ),
    (
        "no-guard",
        "no audit log, no policies, no provisioning",
        WorldKind {
            plan: GuardPlan::None,
            ..FULL
        },
    ),
    (
        "one-directory",
        "one user directory, one identity provider",
        WorldKind {
            directories: DirectoryCount::One,
            ..FULL
        },
    ),
    (
        "unclaimed",
        "accounts on verified domains that nobody claimed, and addresses that nobody confirmed",
        WorldKind {
            domains: DomainClaims::Unclaimed,
            ..FULL
        },
    ),
    (
        "before-review",
        "some who left since are still active: review sheets are made from it, and tested on `full`",
        WorldKind {
            moment: KindMoment::BeforeReview,
            ..FULL
        },
    ),
    (
        "only-unmanaged",
        "domains that wait for verification, and so no managed account",
        WorldKind {
            domains: DomainClaims::NoneVerified,
            ..FULL
        },
    ),
    (
        "no-domains",
        "no domain, and so no managed account",
        WorldKind {
            domains: DomainClaims::NoDomains,
            ..FULL
        },
    ),
    (
        "key-few-scopes",
        "read with a key that lacks the scopes for groups, policies and API tokens",
        read_with(KeyState::FewScopes),
    ),
    (
        "key-expires-soon",
        "read with a key that expires in nine days",
        read_with(KeyState::ExpiresSoon),
    ),
    (
        "key-old",
        "read with a key that was made 200 days ago",
        read_with(KeyState::Old),
    ),
    (
        "key-unscoped",
        "read with a key without scopes, which may do everything",
        read_with(KeyState::Unscoped),
    ),
    (
        "key-writes",
        "read with a key that may also write policies",
        read_with(KeyState::Writes),
    ),
];

const fn read_with(key: KeyState) -> WorldKind {
    WorldKind { key, ..FULL }
}

const FULL: WorldKind = WorldKind {
    plan: GuardPlan::Premium,
    directories: DirectoryCount::Two,
    domains: DomainClaims::EveryState,
    moment: KindMoment::Present,
    key: KeyState::Good,
};

impl WorldKind {
    /// The kind of that name in [`KINDS`].
    pub fn named(name: &str) -> Option<WorldKind> {
        let found = KINDS.iter().find(|(known, _, _)| *known == name)?;
        Some(found.2)
    }

    /// Whether accounts on its domains are the organisation's own.
    pub fn has_managed_accounts(self) -> bool {
        matches!(
            self.domains,
            DomainClaims::EveryState | DomainClaims::Unclaimed
        )
    }

    /// Whether an identity provider may keep its people: it takes a plan and a verified domain.
    pub fn has_provisioning(self) -> bool {
        self.plan >= GuardPlan::Standard && self.has_managed_accounts()
    }
}

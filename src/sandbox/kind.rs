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
    /// Domains, but none verified: every account is unmanaged.
    NoneVerified,
    /// No domain at all: every account is unmanaged.
    NoDomains,
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
];

const FULL: WorldKind = WorldKind {
    plan: GuardPlan::Premium,
    directories: DirectoryCount::Two,
    domains: DomainClaims::EveryState,
};

impl WorldKind {
    /// The kind of that name in [`KINDS`].
    pub fn named(name: &str) -> Option<WorldKind> {
        let found = KINDS.iter().find(|(known, _, _)| *known == name)?;
        Some(found.2)
    }

    /// Whether accounts on its domains are the organisation's own.
    pub fn has_managed_accounts(self) -> bool {
        self.domains == DomainClaims::EveryState
    }

    /// Whether an identity provider may keep its people: it takes a plan and a verified domain.
    pub fn has_provisioning(self) -> bool {
        self.plan >= GuardPlan::Standard && self.has_managed_accounts()
    }
}

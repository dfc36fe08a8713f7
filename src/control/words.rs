//! The closed lists of words that a control uses.

use serde::{Deserialize, Serialize};

/// How bad it is when a control fails. Ordered: `Info` is least.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Mend it when it suits.
    Low,
    /// Mend it within a quarter.
    Medium,
    /// Mend it within a month.
    High,
    /// Mend it now.
    Critical,
}

impl Severity {
    /// Every severity, worst first.
    pub const WORST_FIRST: [Severity; 5] = [
        Severity::Critical,
        Severity::High,
        Severity::Medium,
        Severity::Low,
        Severity::Info,
    ];

    /// The severity as a word.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

/// How much a control contributes to a criterion of a framework.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MappingStrength {
    /// It tests all that the criterion asks of this product.
    Full,
    /// It tests part of it.
    Partial,
    /// It gives supporting evidence.
    Supporting,
}

impl MappingStrength {
    /// The strength as a word.
    pub fn word(self) -> &'static str {
        match self {
            MappingStrength::Full => "full",
            MappingStrength::Partial => "partial",
            MappingStrength::Supporting => "supporting",
        }
    }
}

/// The Atlassian Guard subscription of an organisation. Ordered: each includes those before it.
///
/// Cloud Enterprise includes Guard Standard: such an organisation has `guard-standard`, or `guard-premium`
/// if it bought that too. Plans of single products (Premium, Enterprise) are facts of each workspace, and
/// a control asks for them in its population.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum OrganizationPlan {
    /// No subscription of Guard.
    NoGuard,
    /// Guard Standard: single sign-on, authentication policies, audit log, API token controls.
    GuardStandard,
    /// Guard Premium: also user-created activity, classification, data security rules by level, detection.
    GuardPremium,
}

impl OrganizationPlan {
    /// Every plan, least first.
    pub const LEAST_FIRST: [OrganizationPlan; 3] = [
        OrganizationPlan::NoGuard,
        OrganizationPlan::GuardStandard,
        OrganizationPlan::GuardPremium,
    ];

    /// The plan as a word: `no-guard`, `guard-standard`, `guard-premium`.
    pub fn word(self) -> &'static str {
        match self {
            OrganizationPlan::NoGuard => "no-guard",
            OrganizationPlan::GuardStandard => "guard-standard",
            OrganizationPlan::GuardPremium => "guard-premium",
        }
    }
}

/// The text names no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no plan `{text}`; plans are no-guard, guard-standard, guard-premium")]
pub struct UnknownPlan {
    text: String,
}

impl std::str::FromStr for OrganizationPlan {
    type Err = UnknownPlan;

    fn from_str(text: &str) -> Result<OrganizationPlan, UnknownPlan> {
        OrganizationPlan::LEAST_FIRST
            .into_iter()
            .find(|plan| plan.word() == text)
            .ok_or_else(|| UnknownPlan {
                text: text.to_owned(),
            })
    }
}

/// An answer to a question.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
}

impl Answer {
    /// The word in a control.
    pub fn word(self) -> &'static str {
        match self {
            Answer::Yes => "yes",
            Answer::No => "no",
        }
    }
}

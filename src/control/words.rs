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

//! How many came out how: controls, findings or subjects.

use crate::assess::{ControlAssessment, Outcome};
use serde::Serialize;

/// How many controls (or subjects) came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All of them.
    pub all: u64,
    /// Not met.
    pub fail: u64,
    /// Not known.
    pub unknown: u64,
    /// Broke.
    pub error: u64,
    /// Met.
    pub pass: u64,
    /// Nothing to test.
    pub not_applicable: u64,
}

impl Counts {
    /// Counts `outcomes`.
    pub fn of(outcomes: impl Iterator<Item = Outcome>) -> Counts {
        let mut counts = Counts::default();
        for outcome in outcomes {
            counts.all += 1;
            *counts.slot(outcome) += 1;
        }
        counts
    }

    /// Counts the findings of `controls`.
    pub fn of_findings(controls: &[ControlAssessment]) -> Counts {
        let mut counts = Counts::default();
        for control in controls {
            counts.all += control.findings.len();
            for outcome in Outcome::SHOWN {
                *counts.slot(outcome) += control.findings.count(outcome);
            }
        }
        counts
    }

    /// How many came out as `outcome`.
    pub fn get(mut self, outcome: Outcome) -> u64 {
        *self.slot(outcome)
    }

    fn slot(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Fail => &mut self.fail,
            Outcome::Unknown => &mut self.unknown,
            Outcome::Error => &mut self.error,
            Outcome::Pass => &mut self.pass,
            Outcome::NotApplicable => &mut self.not_applicable,
        }
    }

    /// The outcomes that a table of controls has rows or columns for: error only if something broke.
    pub fn shown(self) -> Vec<Outcome> {
        Outcome::SHOWN
            .into_iter()
            .filter(|outcome| *outcome != Outcome::Error || self.error > 0)
            .collect()
    }
}

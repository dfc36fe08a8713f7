//! Assessment -> verdict: which controls stop a pipeline, and the exit code that says so.

use crate::assess::{Assessment, Outcome};
use crate::control::Severity;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// Nothing at or above the threshold fails, is unknown or broke; or the gate only reports.
pub const EXIT_CLEAR: u8 = 0;
/// At least one control at or above the threshold fails.
pub const EXIT_FAIL: u8 = 1;
/// No such fail, but at least one control at or above the threshold is unknown or broke.
pub const EXIT_INCONCLUSIVE: u8 = 3;

/// From which severity on a control stops the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FailOn {
    /// Never: the gate only reports.
    None,
    /// From this severity on.
    AtOrAbove(Severity),
}

impl Default for FailOn {
    fn default() -> FailOn {
        FailOn::AtOrAbove(Severity::High)
    }
}

impl FailOn {
    /// Whether a control of `severity` counts.
    pub fn reaches(self, severity: Severity) -> bool {
        match self {
            FailOn::None => false,
            FailOn::AtOrAbove(least) => severity >= least,
        }
    }
}

impl fmt::Display for FailOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FailOn::None => f.write_str("none"),
            FailOn::AtOrAbove(severity) => f.write_str(severity.word()),
        }
    }
}

/// The text names no severity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not one of none, info, low, medium, high, critical")]
pub struct UnknownThreshold {
    /// The text.
    pub text: String,
}

impl FromStr for FailOn {
    type Err = UnknownThreshold;

    fn from_str(text: &str) -> Result<FailOn, UnknownThreshold> {
        if text == "none" {
            return Ok(FailOn::None);
        }
        Severity::WORST_FIRST
            .into_iter()
            .find(|severity| severity.word() == text)
            .map(FailOn::AtOrAbove)
            .ok_or_else(|| UnknownThreshold {
                text: text.to_owned(),
            })
    }
}

/// The rule that an assessment is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gate {
    /// From which severity on a control counts.
    pub fail_on: FailOn,
}

/// What the gate says of one assessment. Both lists are filled whatever the exit code is, so that a
/// fail never hides that evidence is incomplete too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// [`EXIT_CLEAR`], [`EXIT_FAIL`] or [`EXIT_INCONCLUSIVE`].
    pub exit_code: u8,
    /// The rule, as settings write it: `fail_on: high`.
    pub rule: String,
    /// From which severity on a control counted.
    pub fail_on: FailOn,
    /// Ids of the controls that count and fail, ascending.
    pub failing: Vec<String>,
    /// Ids of the controls that count and are unknown or broke, ascending.
    pub inconclusive: Vec<String>,
}

impl Gate {
    /// Holds `assessment` against the rule.
    pub fn judge(&self, assessment: &Assessment) -> Verdict {
        let mut failing = Vec::new();
        let mut inconclusive = Vec::new();
        for control in &assessment.controls {
            if !self.fail_on.reaches(control.severity) {
                continue;
            }
            match control.outcome {
                Outcome::Fail => failing.push(control.id.clone()),
                Outcome::Unknown | Outcome::Error => inconclusive.push(control.id.clone()),
                Outcome::Pass | Outcome::NotApplicable => {}
            }
        }
        failing.sort();
        inconclusive.sort();
        Verdict {
            exit_code: if !failing.is_empty() {
                EXIT_FAIL
            } else if !inconclusive.is_empty() {
                EXIT_INCONCLUSIVE
            } else {
                EXIT_CLEAR
            },
            rule: format!("fail_on: {}", self.fail_on),
            fail_on: self.fail_on,
            failing,
            inconclusive,
        }
    }
}

impl Verdict {
    /// Why the exit code is what it is, as whole sentences.
    pub fn sentence(&self) -> String {
        let FailOn::AtOrAbove(least) = self.fail_on else {
            return "The gate only reports: no outcome changes the exit code.".to_owned();
        };
        let least = least.word();
        let fail = match self.failing.len() {
            0 => format!("No control at or above {least} fails"),
            1 => format!("1 control at or above {least} fails"),
            count => format!("{count} controls at or above {least} fail"),
        };
        match (self.failing.len(), self.inconclusive.len()) {
            (_, 0) if self.failing.is_empty() => format!("{fail}, is unknown or broke."),
            (_, 0) => format!("{fail}."),
            (0, open) => format!("{fail}, but {open} could not be concluded."),
            (_, open) => format!(
                "{fail}. {open} at or above {least} could not be concluded; alone that would be exit code {EXIT_INCONCLUSIVE}."
            ),
        }
    }
}

#[cfg(test)]
mod tests;

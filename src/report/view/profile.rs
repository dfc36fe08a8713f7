//! The profile that chose and tailored the controls, and which controls it left out.

use crate::assess::ProfileStatement;
use crate::control::Severity;
use crate::report::text;
use serde::Serialize;

/// What a profile did to a library of controls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProfileView {
    /// Its name.
    pub name: String,
    /// Its files, its own first: name, file, SHA-256.
    pub sources: Vec<(String, String, String)>,
    /// Controls of the library that were not tested, worst first.
    pub left_out: Vec<LeftOutView>,
    /// How many controls the library has, and how many of them were left out, as a sentence.
    pub sentence: String,
}

/// A control that was not tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOutView {
    /// What people call it: its code, or its id.
    pub reference: String,
    /// Title.
    pub title: String,
    /// Severity.
    pub severity: Severity,
    /// Why it was left out.
    pub reason: String,
    /// Where that is written.
    pub origin: String,
}

impl ProfileView {
    pub(super) fn new(profile: &ProfileStatement, tested: u64) -> ProfileView {
        let mut left_out: Vec<LeftOutView> = profile
            .left_out
            .iter()
            .map(|left_out| LeftOutView {
                reference: text::line(left_out.code.as_deref().unwrap_or(&left_out.id)),
                title: text::flowing(&left_out.title),
                severity: left_out.severity,
                reason: text::flowing(&left_out.reason),
                origin: text::line(&left_out.origin),
            })
            .collect();
        left_out.sort_by(|left, right| {
            (right.severity, &left.reference).cmp(&(left.severity, &right.reference))
        });
        let name = text::line(&profile.name);
        let count = left_out.len() as u64;
        let library = tested + count;
        let sentence = match count {
            0 => format!(
                "Every one of the {} of the library is in profile “{name}”.",
                text::counted(library, "control", "controls")
            ),
            count => format!(
                "{} of the {} of the library {} not in profile “{name}”",
                text::number(count),
                text::counted(library, "control", "controls"),
                text::verb(count, "is", "are"),
            ),
        };
        ProfileView {
            sources: profile
                .sources
                .iter()
                .map(|source| {
                    (
                        text::line(&source.name),
                        text::line(&source.file),
                        text::line(&source.sha256),
                    )
                })
                .collect(),
            left_out,
            sentence,
            name,
        }
    }
}

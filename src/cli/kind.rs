//! What a file of YAML beside controls is for: a folder often holds controls, profiles, settings and answers.

use crate::diagnostic::SourceFile;
use crate::diagnostic::yaml::{self, Node};

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A control or a framework.
    Control,
    /// Cases of a control.
    Cases,
    /// A profile.
    Profile,
    /// Settings.
    Settings,
    /// An answer of a person.
    Attestation,
}

impl Kind {
    /// By its name, or else by the keys that only one kind has.
    pub fn of(file: &SourceFile) -> Kind {
        let mut parts = file.name().rsplit('/');
        let name = parts.next().unwrap_or_default();
        let folder = parts.next().unwrap_or_default();
        match name {
            "tickmark.yaml" | "tickmark.yml" => return Kind::Settings,
            "profile.yaml" | "profile.yml" => return Kind::Profile,
            _ if folder == "profiles" => return Kind::Profile,
            _ if folder == "attestations" => return Kind::Attestation,
            _ => {}
        }
        let Ok(root) = yaml::read(file) else {
            return Kind::Control;
        };
        let has = |keys: &[&str]| keys.iter().any(|key| root.get(key).is_some());
        if has(&["id", "title", "framework"]) || root.entries().is_none_or(<[_]>::is_empty) {
            Kind::Control
        } else if has(&["answer", "answered_by"]) {
            Kind::Attestation
        } else if has(&["cases"]) {
            Kind::Cases
        } else if has(&["extends", "include"]) || is_tailoring(&root) {
            Kind::Profile
        } else {
            Kind::Control
        }
    }
}

/// Whether a file without selectors still speaks of controls.
fn is_tailoring(root: &Node) -> bool {
    root.get("controls").is_some() || (root.get("name").is_some() && root.get("about").is_some())
}

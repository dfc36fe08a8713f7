//! Which names each text of a control may use.

use crate::catalog::DatasetRef;
use crate::control::text::TextScope;
use crate::control::{Parameter, Text};
use crate::diagnostic::reader::Reader;
use crate::diagnostic::yaml::Node;

/// Which names a text may use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TextKind {
    /// Parameters.
    Plain,
    /// Also the counts of the population.
    WithCounts,
    /// Also what the finding is about.
    Message,
}

/// Reads the texts of one control.
pub(super) struct Texts<'t> {
    pub parameters: &'t [Parameter],
    /// The dataset of its population, if it has one that could be read.
    pub dataset: Option<&'t DatasetRef>,
    /// The word for what it asks: `expect`, `count`.
    pub requirement: Option<&'t str>,
}

impl<'t> Texts<'t> {
    /// Those of a part that speaks of nothing but parameters.
    pub fn of_parameters(parameters: &'t [Parameter]) -> Texts<'t> {
        Texts {
            parameters,
            dataset: None,
            requirement: None,
        }
    }

    /// Reads the text in `node`.
    pub fn read(&self, reader: &mut Reader, node: &Node, kind: TextKind) -> Option<Text> {
        let is_message = kind == TextKind::Message;
        // Without a population no field can be checked, and that is told already.
        if is_message && self.dataset.is_none() {
            return None;
        }
        let scope = TextScope {
            parameters: self.parameters,
            subject: self
                .dataset
                .filter(|_| is_message && self.requirement == Some("expect")),
            // Where a person answers, nothing is counted.
            has_population: (kind == TextKind::WithCounts && self.requirement != Some("attest"))
                || (is_message && self.requirement == Some("count")),
            has_member: is_message && self.requirement == Some("members"),
        };
        Text::read(reader, node, &scope)
    }
}

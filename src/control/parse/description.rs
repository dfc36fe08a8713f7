//! What a control says of itself, whatever it asks: its title, its reasons, how to mend what it finds, and the
//! criteria that it contributes evidence to.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::mapping::read_maps_to;
use super::texts::{TextKind, Texts};
use crate::control::{Criterion, Framework, Frameworks, OrganizationPlan, Severity, Text};
use crate::diagnostic::reader::Reader;
use crate::diagnostic::yaml::Node;

/// The parts of a [`Control`](crate::control::Control) of the same names.
pub(super) struct Description {
    pub code: Option<String>,
    pub title: Text,
    pub severity: Severity,
    pub tags: Vec<String>,
    pub owner: Option<String>,
    pub revision: u32,
    pub rationale: Text,
    pub not_tested: Text,
    pub remediation: Text,
    pub check_yourself: Text,
    pub message: Option<Text>,
    pub references: Vec<String>,
    pub maps_to: BTreeMap<String, Vec<Criterion>>,
    pub frameworks: Vec<Arc<Framework>>,
    pub requires_plan: Option<OrganizationPlan>,
}

impl Description {
    /// Reads these parts of `root`; `None` if one is missing or wrong.
    pub fn read(
        reader: &mut Reader,
        root: &Node,
        texts: &Texts<'_>,
        frameworks: &Frameworks,
    ) -> Option<Description> {
        let title = reader
            .required(root, "title", "say in one sentence what must be true")
            .and_then(|node| texts.read(reader, node, TextKind::Plain));
        let severity = reader
            .required(
                root,
                "severity",
                "one of `info`, `low`, `medium`, `high`, `critical`",
            )
            .and_then(|node| {
                let words = Severity::WORST_FIRST.map(|severity| (severity.word(), severity));
                reader.word(node, "severity", &words)
            });
        let rationale = reader
            .required(root, "rationale", "say why it matters")
            .and_then(|node| texts.read(reader, node, TextKind::Plain));
        let mut optional = |key: &str, kind: TextKind| match root.get(key) {
            Some(node) => texts.read(reader, node, kind),
            None => Some(Text::empty()),
        };
        let not_tested = optional("not_tested", TextKind::Plain);
        let remediation = optional("remediation", TextKind::Plain);
        let check_yourself = optional("check_yourself", TextKind::WithCounts);
        let message = match root.get("message") {
            Some(node) => texts.read(reader, node, TextKind::Message).map(Some),
            None => Some(None),
        };
        let code = root
            .get("code")
            .and_then(|node| reader.text(node))
            .map(str::to_owned);
        let tags = match root.get("tags") {
            Some(node) => reader.texts(node, "write a list: `[identity, leavers]`"),
            None => Vec::new(),
        };
        let revision = root.get("revision").map_or(Some(1), |node| {
            let revision = reader.whole(node)?;
            u32::try_from(revision).ok()
        });
        let owner = match root.get("owner") {
            Some(node) => reader.text(node).map(|text| Some(text.to_owned())),
            None => Some(None),
        };
        let references = read_references(reader, root);
        let (maps_to, frameworks) = read_maps_to(reader, root, frameworks);
        let requires_plan = read_requires(reader, root);
        Some(Description {
            code,
            title: title?,
            severity: severity?,
            tags,
            owner: owner?,
            revision: revision?,
            rationale: rationale?,
            not_tested: not_tested?,
            remediation: remediation?,
            check_yourself: check_yourself?,
            message: message?,
            references,
            maps_to,
            frameworks,
            requires_plan,
        })
    }
}

fn read_references(reader: &mut Reader, root: &Node) -> Vec<String> {
    const HELP: &str = "write a list of addresses: `[\"https://support.atlassian.com/…\"]`";
    let Some(node) = root.get("references") else {
        return Vec::new();
    };
    let mut references = Vec::new();
    for element in reader.list(node, HELP).unwrap_or_default() {
        match reader.text(element) {
            Some(text) if text.starts_with("https://") => references.push(text.to_owned()),
            Some(_) => reader.wrong_type(element, "an address that starts with `https://`", HELP),
            None => {}
        }
    }
    references
}

/// `requires: { plan: guard-standard }`.
fn read_requires(reader: &mut Reader, root: &Node) -> Option<OrganizationPlan> {
    let node = root.get("requires")?;
    let map = reader.map(node, "`requires`", &["plan"])?;
    let plan = reader.required(map, "plan", "write `requires: { plan: guard-standard }`")?;
    // Every organisation has what `no-guard` says: to require it would say nothing.
    let words = [
        OrganizationPlan::GuardStandard,
        OrganizationPlan::GuardPremium,
    ]
    .map(|plan| (plan.word(), plan));
    reader.word(plan, "plan that can be required", &words)
}

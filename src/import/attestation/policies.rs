//! What authentication policies set, attested: for an organisation that has no export of its managed accounts.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;
use serde_json::Value;

use super::{
    ATTESTATION_SCHEMA_FILE, Given, Lines, NAME_CHARS_MAX, Places, Reading, filled, longest,
};
use crate::catalog;
use crate::diagnostic::Problem;
use crate::diagnostic::yaml::Node;
use crate::snapshot::{
    AnswerStatement, AttestedPolicies, AttestedPolicy, EXPORT_AGE_DAYS_MAX, POLICIES,
};
use crate::value::Duration;

/// Keys of such an attestation, in the order in which they are best written.
pub(super) const KEYS: &[&str] = &[
    POLICIES,
    "all_policies",
    "statement",
    "evidence_file",
    "evidence_sha256",
    "attested_by",
    "reviewed_by",
    "attested_on",
    "valid_until",
];
/// Keys that have to be there, if only with nothing behind them.
pub(super) const REQUIRED_KEYS: &[&str] = &[
    POLICIES,
    "all_policies",
    "statement",
    "evidence_file",
    "attested_by",
    "reviewed_by",
    "attested_on",
];
/// Keys of one policy.
pub(super) const POLICY_KEYS: &[&str] = &[
    "name",
    "type",
    "sso",
    "two_step_required",
    "password_strength",
    "password_expires_days",
    "idle_session_minutes",
];
const YES_OR_NO: [(&str, bool); 2] = [("yes", true), ("no", false)];
/// A setting that is known to be none.
const NONE: &str = "none";

/// How long it counts: as long as the export that it stands in for.
pub(super) fn counts_for() -> Duration {
    format!("{EXPORT_AGE_DAYS_MAX}d")
        .parse()
        .expect("a number of days is a duration")
}

/// The last day on which `answer`, which tells what policies set, counts: what it says, or 35 days after it was
/// given; the earlier of the two. `None` while it has no day.
pub fn last_day_of_policies(answer: &AnswerStatement) -> Option<Date> {
    let longest = longest(answer.attested_on?, counts_for());
    Some(answer.valid_until.map_or(longest, |own| own.min(longest)))
}

impl Reading<'_> {
    /// Reads an attestation of what policies set.
    pub(super) fn policies(&mut self, node: &Node, path: &Path, file: &str, sha256: &str) {
        let problems = self.reader.problems.len();
        let Some(map) = self.reader.map(node, "an attestation of policies", KEYS) else {
            return;
        };
        for key in REQUIRED_KEYS {
            let help = format!("leave it empty while nobody knows: `{key}:`");
            self.reader.required(map, key, &help);
        }
        let (policies, unnamed) = match filled(map, POLICIES) {
            Some(node) => self.list_of_policies(node),
            None => (Vec::new(), 0),
        };
        let are_all = filled(map, "all_policies")
            .and_then(|node| self.reader.word(node, "answer", &YES_OR_NO));
        let given: Given = self.given(map, path);
        if self.reader.problems.len() != problems {
            return;
        }
        let mut lacks = Vec::new();
        if policies.is_empty() || unnamed > 0 {
            lacks.push(POLICIES.to_owned());
        }
        if are_all.is_none() {
            lacks.push("all_policies".to_owned());
        }
        lacks.extend(given.lacks(true));
        let statement = AnswerStatement {
            control: POLICIES.to_owned(),
            policies: Some(AttestedPolicies {
                are_all: are_all.unwrap_or(false),
                policies,
            }),
            lacks,
            ..given.statement(node, file, sha256)
        };
        self.found.push((statement, Places::of(map, POLICIES)));
    }

    /// The policies that have a name, and how many have none yet.
    fn list_of_policies(&mut self, node: &Node) -> (Vec<AttestedPolicy>, usize) {
        const HELP: &str = "write a list: `- { name: Default, sso: yes, two_step_required: no }`";
        let mut policies: Vec<AttestedPolicy> = Vec::new();
        let mut unnamed = 0;
        let mut places: BTreeMap<String, &Node> = BTreeMap::new();
        for element in self.reader.list(node, HELP).unwrap_or_default() {
            let Some(policy) = self.policy(element) else {
                unnamed += 1;
                continue;
            };
            if let Some(first) = places.get(&policy.name) {
                self.reader.push(
                    Problem::new(
                        "attestation::same_policy",
                        format!("the policy `{}` is named twice", policy.name),
                        element.place(),
                        "this one",
                    )
                    .and_at(first.place(), "and this one")
                    .help("names of policies differ; write each once"),
                );
                continue;
            }
            places.insert(policy.name.clone(), element);
            policies.push(policy);
        }
        (policies, unnamed)
    }

    fn policy(&mut self, node: &Node) -> Option<AttestedPolicy> {
        let map = self.reader.map(node, "a policy", POLICY_KEYS)?;
        self.reader
            .required(map, "name", "write the name as the console shows it");
        // While the name is empty, the policy is a line that nobody has filled in.
        let name = self.text(map, "name", NAME_CHARS_MAX, Lines::One)?;
        let mut settings = BTreeMap::new();
        for key in POLICY_KEYS.iter().filter(|key| **key != "name") {
            // What is left empty is not known.
            if let Some(value) = filled(map, key).and_then(|node| self.setting(node, key)) {
                settings.insert((*key).to_owned(), value);
            }
        }
        Some(AttestedPolicy { name, settings })
    }

    fn setting(&mut self, node: &Node, key: &str) -> Option<Value> {
        let may_be_none = matches!(key, "password_strength" | "password_expires_days");
        if may_be_none && node.as_text().map(str::trim) == Some(NONE) {
            return Some(Value::Null);
        }
        match key {
            "sso" | "two_step_required" => {
                let word = self.reader.word(node, "answer", &YES_OR_NO)?;
                Some(Value::from(word))
            }
            "type" | "password_strength" => {
                let words: Vec<(&str, &str)> =
                    words(key).iter().map(|word| (*word, *word)).collect();
                self.reader.word(node, "setting", &words).map(Value::from)
            }
            _ => self.reader.whole(node).map(Value::from),
        }
    }
}

/// Words that the catalog knows for a setting.
pub(super) fn words(key: &str) -> &'static [&'static str] {
    let field = catalog::dataset(POLICIES).and_then(|dataset| dataset.field(key));
    field.and_then(|field| field.kind.words()).unwrap_or(&[])
}

/// What is known of a new attestation of policies.
#[derive(Clone, Copy, Debug, Default)]
pub struct DraftedPolicies<'a> {
    /// Name of the file of evidence, from the attestation's folder, and its SHA-256.
    pub evidence: Option<(&'a str, &'a str)>,
    /// What was looked at.
    pub statement: Option<&'a str>,
    /// Who answers.
    pub attested_by: Option<&'a str>,
    /// Who looked at it a second time.
    pub reviewed_by: Option<&'a str>,
}

/// The text of a new attestation of what policies set: what is known filled in, the rest left empty.
pub fn draft_of_policies(drafted: &DraftedPolicies<'_>) -> String {
    // JSON text is YAML text, whatever stands in it.
    let filled =
        |text: Option<&str>| text.map_or(String::new(), |text| format!(" {}", Value::from(text)));
    let mut text = format!(
        "# yaml-language-server: $schema={ATTESTATION_SCHEMA_FILE}\n#\n\
         # Atlassian Administration > Security > Authentication policies > each policy > Settings.\n\
         # Leave empty what you have not seen: then it is not known. It counts for {EXPORT_AGE_DAYS_MAX} days.\n\n\
         # The policies, each as below, by their names in the console.\n\
         {POLICIES}:\n  \
           - name:\n    \
             type:                    # {}\n    \
             sso:                     # yes or no: does it enforce single sign-on?\n    \
             two_step_required:       # yes or no: does it require two-step verification?\n    \
             password_strength:       # {}, or {NONE}\n    \
             password_expires_days:   # a number, or {NONE}\n    \
             idle_session_minutes:    # a number: 8 hours are 480\n\
         \n# yes or no: are these all policies of the organisation?\nall_policies:\n",
        words("type").join(" or "),
        words("password_strength").join(", "),
    );
    let mut entry = |comment: &str, key: &str, value: String| {
        text.push_str(&format!("\n# {comment}\n{key}:{value}\n"));
    };
    entry(
        "What you looked at, and where.",
        "statement",
        filled(drafted.statement),
    );
    let file = drafted.evidence.map(|(file, _)| file);
    entry(
        "A file that shows it, from this folder on; the attestation does not count without one.",
        "evidence_file",
        filled(file),
    );
    entry(
        "Shows that nobody changed the file; `tickmark attestations check` tells what to write.",
        "evidence_sha256",
        filled(drafted.evidence.map(|(_, sha256)| sha256)),
    );
    entry("Who answers.", "attested_by", filled(drafted.attested_by));
    entry(
        "Who looked at it too: another person.",
        "reviewed_by",
        filled(drafted.reviewed_by),
    );
    entry(
        "When: a day, or with the time, `2026-11-17T14:30:00Z`, if it was changed on the same day.",
        "attested_on",
        String::new(),
    );
    entry(
        &format!("The last day on which it counts; without one {EXPORT_AGE_DAYS_MAX} days after."),
        "valid_until",
        String::new(),
    );
    text
}

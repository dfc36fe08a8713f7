//! The assessment: what one run concluded, on what, and how far that reaches.
//!
//! This is the source of truth of every report and of the gate, and is written as `assessment.json`
//! with a published JSON Schema. It holds no clock, path or host of the machine that made it.

use super::entries::Entries;
use super::evidence::{EvidenceList, Fingerprint, Shared};
use super::reason::{Note, Reason};
use super::standing::{AttestationUse, PolicyChanges};
use crate::control::{Answer, Framework, MappingStrength, OrganizationPlan, Severity};
use crate::snapshot::{
    Completeness, DatasetStatement, ExportsStatement, InputStatement, OrganizationStatement,
    Period, Tool,
};
use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Format of the assessments that this version writes.
pub const FORMAT: &str = "tickmark.assessment/1";

/// How a control, or one subject of it, came out. The worst wins, in the order of the variants.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The requirement is not met.
    Fail,
    /// The evaluation broke: nothing can be said, and the tool or the control needs mending.
    Error,
    /// The evidence does not suffice to say. Never shown or counted as a pass.
    Unknown,
    /// The requirement is met, on a whole population.
    Pass,
    /// There is nothing to test, for the stated reason.
    NotApplicable,
}

impl Outcome {
    /// Every outcome, in the order in which pages show them.
    pub const SHOWN: [Outcome; 5] = [
        Outcome::Fail,
        Outcome::Unknown,
        Outcome::Error,
        Outcome::Pass,
        Outcome::NotApplicable,
    ];

    /// The outcome as words: `fail`, `unknown`, `error`, `pass`, `not applicable`.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Fail => "fail",
            Outcome::Error => "error",
            Outcome::Unknown => "unknown",
            Outcome::Pass => "pass",
            Outcome::NotApplicable => "not applicable",
        }
    }
}

/// What one run concluded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// [`FORMAT`].
    pub format: String,
    /// The program that made it.
    pub tool: Tool,
    /// The organisation.
    pub organization: OrganizationStatement,
    /// Its plan, where somebody said it.
    pub organization_plan: Option<OrganizationPlan>,
    /// The point in time that the outcomes speak of.
    pub as_of: Timestamp,
    /// What it was made from.
    pub snapshot: SnapshotStatement,
    /// Lists that were given beside the snapshot, or that a control reads and nobody gave, by their names.
    pub inputs: BTreeMap<String, InputUse>,
    /// Answers of people that were given beside the snapshot, by control, then the newest first.
    pub attestations: Vec<AttestationUse>,
    /// What the audit log tells of each export that tells of authentication policies and is not too old, the newest
    /// export first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policy_changes: Vec<PolicyChanges>,
    /// SHA-256 over the texts of all controls, in order of their ids.
    pub controls_sha256: String,
    /// Frameworks that controls map to, by id.
    pub frameworks: BTreeMap<String, FrameworkStatement>,
    /// The profile that chose and tailored them; `null` if every control was taken as it is.
    pub profile: Option<ProfileStatement>,
    /// Every control, in order of its id.
    pub controls: Vec<ControlAssessment>,
}

/// A framework, as far as its file lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrameworkStatement {
    /// Its name.
    pub name: String,
    /// Its edition; empty if the file gives none.
    pub edition: String,
    /// Criteria that it has in all, listed or not.
    pub criteria_total: u64,
    /// Those that its file lists, in the order of the file, also those that no control maps to.
    pub criteria: Vec<CriterionStatement>,
}

/// One criterion that a framework's file lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CriterionStatement {
    /// Its id: `CC6.2`.
    pub id: String,
    /// What it is about, in short words that are not the publisher's.
    pub title: String,
}

impl FrameworkStatement {
    /// What an assessment says of `framework`.
    pub(super) fn of(framework: &Framework) -> FrameworkStatement {
        FrameworkStatement {
            name: framework.name.clone(),
            edition: framework.edition.clone(),
            criteria_total: framework.criteria_total,
            criteria: framework
                .criteria
                .iter()
                .map(|criterion| CriterionStatement {
                    id: criterion.id.clone(),
                    title: criterion.title.clone(),
                })
                .collect(),
        }
    }
}

/// The snapshot that an assessment was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SnapshotStatement {
    /// SHA-256 of its manifest.
    pub sha256: String,
    /// Before the first request.
    pub collected_from: Timestamp,
    /// After the last response.
    pub collected_to: Timestamp,
    /// Server's clock minus the collecting machine's, in milliseconds.
    pub clock_skew_ms: Option<i64>,
    /// Address of the API.
    pub api_url: String,
    /// Every dataset, also those that could not be read.
    pub datasets: BTreeMap<String, DatasetStatement>,
    /// Exports of the console that it holds, and how they were read.
    #[serde(default, skip_serializing_if = "ExportsStatement::is_empty")]
    pub exports: ExportsStatement,
}

/// A list that a user gives, at the point in time of the assessment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InputUse {
    /// Whether it holds everything and still counts.
    pub completeness: Completeness,
    /// Whether a control reads it.
    pub is_read: bool,
    /// The list as it was given; `null` if it was not.
    pub statement: Option<InputStatement>,
    /// For each set that a control takes from it, which rows are those of a record.
    pub matches: Vec<ListMatch>,
}

/// What became of a list's rows where a control uses them as a set. Its three counts make the list's rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListMatch {
    /// Id of the control.
    pub control: String,
    /// Name of the set in it.
    pub set: String,
    /// What the values are compared with, as `dataset.field`.
    pub compared_with: Vec<String>,
    /// Rows whose value at least one fetched record has, subject or not.
    pub matched: u64,
    /// Rows whose value no fetched record has.
    pub unmatched: u64,
    /// Up to five of the latter, by their ids, in the order of the list.
    pub unmatched_ids: Vec<String>,
    /// Rows that the set leaves out, or that have no value.
    pub not_compared: u64,
}

impl InputUse {
    /// A list that a control reads and nobody gave.
    pub(super) fn not_supplied() -> InputUse {
        InputUse {
            completeness: Completeness::NotRequested,
            is_read: true,
            statement: None,
            matches: Vec::new(),
        }
    }
}

/// What one control concluded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ControlAssessment {
    /// Id of the control.
    pub id: String,
    /// Short reference for workpapers.
    pub code: Option<String>,
    /// Title, parameters filled in.
    pub title: String,
    /// Severity.
    pub severity: Severity,
    /// The control's own severity and why it was changed, if the profile did.
    pub severity_change: Option<SeverityChange>,
    /// Who answers for it: what the profile says, or else the control; `null` if neither does.
    pub owner: Option<String>,
    /// The day by which it is to be met, if the profile says so.
    pub due_on: Option<Date>,
    /// Tags, as the control lists them.
    pub tags: Vec<String>,
    /// The least plan of the organisation on which it applies; `null` applies on any.
    pub requires_plan: Option<OrganizationPlan>,
    /// Revision of the control.
    pub revision: u32,
    /// What a person is asked, where one is; `null` where records are tested.
    pub question: Option<QuestionStatement>,
    /// The conclusion.
    pub outcome: Outcome,
    /// Why it is unknown, an error or not applicable; empty for pass and fail on whole evidence. A fail on
    /// incomplete evidence states here what is missing.
    pub reasons: Vec<Reason>,
    /// What a reader has to know beside the outcome.
    pub notes: Vec<Note>,
    /// Why it matters.
    pub rationale: String,
    /// What was done, in plain words, made from the control itself.
    pub procedure: String,
    /// What it does not show.
    pub not_tested: String,
    /// How to repair.
    pub remediation: String,
    /// How a person checks the number in the console.
    pub check_yourself: String,
    /// Pages of the vendor.
    pub references: Vec<String>,
    /// Criteria that it contributes evidence to, by framework.
    pub maps_to: BTreeMap<String, Vec<Mapping>>,
    /// Parameters with their values and where those came from.
    pub parameters: Vec<ParameterStatement>,
    /// The population, reconciled; `null` where no record was looked at: a person answers, or the
    /// organisation's plan is not known to have what the control requires.
    pub population: Option<PopulationStatement>,
    /// Datasets that it read, main one first.
    pub datasets: Vec<DatasetUse>,
    /// Every subject that fails, is unknown or broke; by outcome, then by subject id.
    pub findings: Entries<Finding>,
    /// Subjects that fail, are unknown or broke, of a control that asks for a share: what its finding rests
    /// on, and no findings themselves. By outcome, then by subject id.
    pub observations: Entries<Observation>,
    /// A seeded sample of the subjects that pass.
    pub passing_sample: Vec<PassingSubject>,
    /// Where the control is written.
    pub source: ControlSource,
}

/// What a control asks a person, parameters filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionStatement {
    /// The question.
    pub text: String,
    /// Where to look and what to keep; may be empty.
    pub guide: String,
    /// The answer that meets the requirement.
    pub expected: Answer,
    /// Whether the answer counts only with a file that shows it.
    pub file_required: bool,
    /// Minutes that an answer takes.
    pub minutes: u32,
}

/// One criterion that a control maps to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Id of the criterion: `CC6.2`.
    pub id: String,
    /// How much it contributes.
    pub strength: MappingStrength,
    /// A note, if the control has one.
    pub note: String,
}

/// A parameter's value and where it came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParameterStatement {
    /// Name.
    pub name: String,
    /// What it means.
    pub about: String,
    /// The value used; `null` if unset.
    pub value: Value,
    /// The control's own default; `null` if it has none.
    pub default: Value,
    /// Where the value came from: `default`, `unset`, or the words of whoever set it.
    pub origin: String,
    /// Whether the value asks less than the default.
    pub weaker: bool,
    /// Why the value is what it is, if whoever set it said so.
    pub why: Option<String>,
}

/// What a profile did to a library of controls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileStatement {
    /// Its name.
    pub name: String,
    /// What names it on the command line.
    pub reference: String,
    /// Its file, then those that it extends, nearest first.
    pub sources: Vec<ProfileSource>,
    /// Controls of the library that were not tested, in order of their ids.
    pub left_out: Vec<LeftOut>,
}

/// Where a profile is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileSource {
    /// Its name.
    pub name: String,
    /// The file, as given; of a built-in one its path in the project.
    pub file: String,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// A control that was not tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Id of the control.
    pub id: String,
    /// Short reference for workpapers.
    pub code: Option<String>,
    /// Title, parameters at their defaults.
    pub title: String,
    /// The control's own severity.
    pub severity: Severity,
    /// Why it was left out, in the profile's words.
    pub reason: String,
    /// Where that is written: `profile soc2, line 9`.
    pub origin: String,
}

/// A severity that a profile changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeverityChange {
    /// The control's own severity.
    pub from: Severity,
    /// Why.
    pub reason: String,
    /// Where that is written.
    pub origin: String,
}

/// A population, reconciled: fetched = outside + excluded + in scope;
/// in scope = pass + fail + unknown + error + counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PopulationStatement {
    /// The dataset.
    pub dataset: String,
    /// Noun for one subject and for several.
    pub noun: (String, String),
    /// The selector, as written.
    pub selector: String,
    /// Records in the dataset.
    pub fetched: u64,
    /// The API's own count.
    pub api_count: Option<u64>,
    /// How complete the dataset is.
    pub completeness: Completeness,
    /// The period that the dataset is of, where it is of one: nothing is said about another time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// Records outside the population, by the first condition that they do not meet, in the control's order.
    pub outside: Vec<LedgerLine>,
    /// Records inside it but excluded, by the first reason that applies, in the control's order.
    pub excluded: Vec<LedgerLine>,
    /// Records tested.
    pub in_scope: u64,
    /// Of these: records for which it is not known whether they belong (a field is absent).
    pub undecided: u64,
    /// Of those in scope: meet the requirement.
    pub pass: u64,
    /// Of those in scope: do not meet it.
    pub fail: u64,
    /// Of those in scope: not known.
    pub unknown: u64,
    /// Of those in scope: the evaluation broke.
    pub error: u64,
    /// Of those in scope: counted, not judged one by one, since the control asks how many there are.
    pub counted: u64,
    /// Subjects that a list expects and that are not there. They are no part of `fetched`.
    pub missing: u64,
    /// Of a control that asks how often something happens: by what its subjects were counted, and what that came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency: Option<FrequencyStatement>,
}

/// How often something happened within a span of time, for each value of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrequencyStatement {
    /// Path of the field whose values the subjects are counted by.
    pub per: String,
    /// Length of the span in words: `1 hour`.
    pub within: String,
    /// The most subjects that one value may have within any such span; `null` if the parameter has no value.
    pub at_most: Option<u64>,
    /// Values of the field, of subjects surely in scope.
    pub values: u64,
    /// The most subjects that any of them has within any such span.
    pub most: u64,
    /// Values with more than are allowed.
    pub too_many: u64,
}

/// A number of records with the reason that they share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LedgerLine {
    /// The condition or the stated reason.
    pub label: String,
    /// Records.
    pub records: u64,
}

/// A dataset as one control used it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetUse {
    /// The dataset.
    pub dataset: String,
    /// What for: `population`, or `set <name>`.
    pub used_as: String,
    /// How complete it is.
    pub completeness: Completeness,
    /// Records in it.
    pub records: u64,
    /// SHA-256 of its file; empty if it holds nothing.
    pub sha256: String,
    /// Sources of the fields that the control reads of it, as the catalog names them: requests to the API, exports of
    /// the console and attestations, as far as each was collected or given and still counts. Which one gave a value
    /// stands beside the value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
}

/// One subject (or the control itself, subject `-`) that asks for action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Id of the subject; `-` is the control itself.
    pub subject: String,
    /// The subject's label for a reader (a name); empty if it has none.
    pub label: String,
    /// `fail`, `unknown` or `error`.
    pub outcome: Outcome,
    /// The same for organisation, control and subject in every run: 16 hexadecimal digits.
    pub fingerprint: Fingerprint,
    /// What is the matter, in one sentence.
    pub message: Shared<str>,
    /// Values that it rests on, tested ones first.
    pub evidence: EvidenceList,
    /// Why it is unknown or broke; empty for a fail.
    pub reasons: Shared<[Reason]>,
}

/// One subject of a control whose finding is the control itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// Id of the subject.
    pub subject: String,
    /// The subject's label for a reader (a name); empty if it has none.
    pub label: String,
    /// `fail`, `unknown` or `error`.
    pub outcome: Outcome,
    /// What is the matter, in one sentence.
    pub message: Shared<str>,
    /// Values that it rests on, tested ones first.
    pub evidence: EvidenceList,
    /// Why it is unknown or broke; empty for a fail.
    pub reasons: Shared<[Reason]>,
}

/// A value that an observation rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Path of the field.
    pub field: Cow<'static, str>,
    /// The value; `null` is known to be none.
    pub value: Value,
    /// Whether the field was there at all. If not, `value` is `null` and means nothing.
    pub present: bool,
    /// Whether the requirement looks at this field, or it is only shown.
    pub tested: bool,
    /// Source that gave it, as the catalog names it; empty if not kept.
    pub source: Cow<'static, str>,
    /// When the response that held it arrived.
    pub collected_at: Option<Timestamp>,
}

/// A subject that passes, drawn for a second look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PassingSubject {
    /// Id of the subject.
    pub subject: String,
    /// The subject's label.
    pub label: String,
}

/// Where a control is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ControlSource {
    /// The file, as given: `controls/accounts/accounts-idle.yaml`.
    pub file: String,
    /// First line of what decides (population to the requirement), counted from 1.
    pub first_line: u32,
    /// Last line of it.
    pub last_line: u32,
    /// SHA-256 of the file.
    pub sha256: String,
}

//! A control in words, and why one subject of it came out as it did.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::assess::{
    AssessError, AssessOptions, Note, PopulationStatement, Reason, RecordTrace, Standing, Trace,
    Tracer, assess,
};
use crate::catalog::{Dataset, DatasetRef, FieldRef, Source};
use crate::control::{OrganizationPlan, Severity};
use crate::plan::{Plan, PlannedControl, PlannedSet, Scan};
use crate::snapshot::RecordSource;
use crate::value::Truth;

/// Subjects that are named where the one asked for is not there.
const NEAR_MAX: usize = 3;
/// Records that are named because they put a value into a set.
const MEMBERS_MAX: usize = 3;

/// What a control asks, and what it takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ControlExplanation {
    /// Id of the control.
    pub id: String,
    /// Short reference for workpapers.
    pub code: Option<String>,
    /// Title, parameters filled in.
    pub title: String,
    /// Severity.
    pub severity: Severity,
    /// What it asks, in one sentence made from the control itself.
    pub sentence: String,
    /// What each set in it holds: "covered: applied_resource_ids of every policy where type is ip-allowlist".
    pub sets: Vec<String>,
    /// File that it is written in.
    pub file: String,
    /// First line of what decides, counted from 1.
    pub line: u32,
    /// Parameters with their values.
    pub parameters: Vec<ParameterExplanation>,
    /// The least plan of the organisation on which it applies.
    pub requires_plan: Option<OrganizationPlan>,
    /// Whether a person answers, and no record is looked at.
    pub is_answered_by_a_person: bool,
    /// Passes over datasets, in order.
    pub scans: Vec<ScanExplanation>,
}

/// A parameter and its value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParameterExplanation {
    /// Name.
    pub name: String,
    /// What it means.
    pub about: String,
    /// The value; `null` if it has none.
    pub value: Value,
    /// `default`, `unset`, or who set it.
    pub origin: String,
}

/// One pass over a dataset.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScanExplanation {
    /// The dataset.
    pub dataset: String,
    /// 0 needs no set; a higher level comes after the sets that it needs.
    pub level: usize,
    /// What it is for: `population`, `set covered`.
    pub used_as: Vec<String>,
    /// Fields that it looks at, those of findings included.
    pub fields: Vec<String>,
    /// Where these come from.
    pub sources: Vec<SourceExplanation>,
}

/// Where fields come from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourceExplanation {
    /// Its name, as findings cite it.
    pub name: String,
    /// Method and path; empty for what no API gives.
    pub request: String,
    /// Scope that the key needs; empty where none is stated.
    pub scope: String,
    /// What else must be there; empty if nothing.
    pub needs: String,
    /// Fields that it may give, among those looked at.
    pub fields: Vec<String>,
}

/// What the control concluded on a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConclusionExplanation {
    /// The outcome as a word.
    pub outcome: String,
    /// The point in time that it speaks of.
    pub as_of: Timestamp,
    /// Why, in words; empty where nothing stands in the way.
    pub reasons: Vec<String>,
    /// What has to be known beside the outcome, as sentences.
    pub notes: Vec<String>,
    /// The same as the assessment has them, for whoever says what would settle them.
    #[serde(skip)]
    pub open: Vec<Reason>,
    /// The records; none where no record was looked at.
    #[serde(flatten)]
    pub population: Option<PopulationExplanation>,
}

/// Records that a control looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PopulationExplanation {
    /// Records fetched.
    pub fetched: u64,
    /// The API's own count.
    pub api_count: Option<u64>,
    /// Records that left the way, in the control's order: in words, where written, how many.
    pub ledger: Vec<LedgerExplanation>,
    /// Records in scope.
    pub in_scope: u64,
    /// Of those, by outcome; only what is there.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// Nouns for one record and for several.
    pub noun: (String, String),
}

/// Records outside or left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LedgerExplanation {
    /// `outside` or `excluded`.
    pub what: &'static str,
    /// The condition not met, or the stated reason.
    pub label: String,
    /// Where it is written.
    pub at: String,
    /// How many.
    pub records: u64,
}

/// Why a subject came out as it did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SubjectExplanation {
    /// Its id.
    pub id: String,
    /// Its label; empty if it has none.
    pub label: String,
    /// What became of it: `outside`, `excluded`, `pass`, `fail`, `unknown`, `counted`.
    pub standing: &'static str,
    /// The same in one sentence.
    pub because: String,
    /// Why nothing is asked of any record of this organisation; empty if something is.
    pub not_asked: String,
    /// What the population asks; all must hold.
    pub population: Vec<ConditionExplanation>,
    /// Each exclusion; one that holds leaves it out.
    pub exclusions: Vec<ExclusionExplanation>,
    /// What is asked of it.
    pub requirement: Option<ConditionExplanation>,
    /// What would settle what is unknown, each once.
    pub settled_by: Vec<String>,
}

/// An exclusion and whether it applies.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExclusionExplanation {
    /// The stated reason.
    pub reason: String,
    /// Its condition.
    pub condition: ConditionExplanation,
}

/// A condition, what it says, and on what.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConditionExplanation {
    /// In words.
    pub label: String,
    /// `true`, `false` or `unknown`.
    pub truth: &'static str,
    /// File and line: `controls/x.yaml:12`.
    pub at: String,
    /// What it looked at; empty for a condition that joins others.
    pub found: Vec<FoundExplanation>,
    /// Why it is unknown.
    pub reasons: Vec<String>,
    /// Records that put the value into the set that it was looked up in, some of them.
    pub members: Vec<MemberExplanation>,
    /// What it joins.
    pub parts: Vec<ConditionExplanation>,
}

/// A record that put a value into a set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MemberExplanation {
    /// Name of the set.
    pub set: String,
    /// The dataset or list.
    pub dataset: String,
    /// Id of the record.
    pub id: String,
    /// Source that gave the value; empty if not kept.
    pub source: String,
    /// When it arrived.
    pub collected_at: Option<Timestamp>,
}

/// A value that a condition looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FoundExplanation {
    /// Name of the field.
    pub field: String,
    /// Whether the record has it; if not, `value` is `null` and means nothing.
    pub present: bool,
    /// The value; `null` is known to be none.
    pub value: Value,
    /// Source that gave it; empty if not kept.
    pub source: String,
    /// When the response that held it arrived.
    pub collected_at: Option<Timestamp>,
}

/// What came of looking for a subject.
#[derive(Clone, Debug, PartialEq)]
pub enum SubjectSearch {
    /// It is a record of the population's dataset.
    Found(Box<SubjectExplanation>),
    /// It is no record, but the control has a finding on it: on itself, or on a value that is expected.
    Finding {
        /// What the finding says.
        message: String,
        /// Why it is unknown; empty for a fail.
        reasons: Vec<String>,
    },
    /// A person answers, and no record is looked at.
    NoSubjects,
    /// It is none.
    NotThere {
        /// Ids and labels that are near to what was asked for, the nearest first.
        near: Vec<(String, String)>,
    },
}

/// Explains the one control of `plan`.
pub fn explain(plan: &Plan) -> ControlExplanation {
    let planned = only_control(plan);
    let control = &planned.control;
    ControlExplanation {
        id: control.id.to_string(),
        code: control.code.clone(),
        title: planned.title(),
        severity: control.severity,
        sentence: planned.sentence(),
        sets: plan.sets.iter().map(set_explained).collect(),
        file: control.source.file.clone(),
        line: control.source.first_line,
        requires_plan: control.requires_plan,
        is_answered_by_a_person: planned.population.is_none(),
        parameters: planned
            .parameters
            .iter()
            .map(|parameter| ParameterExplanation {
                name: parameter.name.clone(),
                about: parameter.about.clone(),
                value: parameter.value.clone().unwrap_or(Value::Null),
                origin: parameter.origin.clone(),
            })
            .collect(),
        scans: plan
            .scans
            .iter()
            .map(|scan| scan_explained(plan, scan))
            .collect(),
    }
}

fn set_explained(set: &PlannedSet) -> String {
    let taken = set.take.text.trim_end_matches("[*]");
    let of = set.population.dataset.noun().0;
    let labels: Vec<&str> = set
        .population
        .parts
        .iter()
        .map(|part| part.label.as_str())
        .collect();
    let named = set.actions.as_ref().map(|named| {
        let named: Vec<&str> = named.words.values().map(String::as_str).collect();
        format!(" that is called {}", named.join(" or "))
    });
    let narrowed = match labels.is_empty() {
        true => named.unwrap_or_default(),
        false => format!(" where {}", labels.join(" and ")),
    };
    format!("{}: {taken} of every {of}{narrowed}", set.name)
}

fn only_control(plan: &Plan) -> &PlannedControl {
    plan.controls
        .first()
        .expect("the plan was made for one control")
}

fn scan_explained(plan: &Plan, scan: &Scan) -> ScanExplanation {
    use crate::plan::StepRef;
    let is_population = scan
        .steps
        .iter()
        .any(|step| matches!(step, StepRef::Control(_)));
    let shown = is_population
        .then(|| only_control(plan).shown.iter())
        .into_iter()
        .flatten();
    let shown: Vec<&str> = shown.map(FieldRef::name).collect();
    let fields = scan.dataset.field_names().into_iter();
    let fields: Vec<&str> = fields
        .filter(|name| scan.fields.iter().any(|field| field == name) || shown.contains(name))
        .collect();
    ScanExplanation {
        dataset: scan.dataset.name().to_owned(),
        level: scan.level,
        used_as: scan
            .steps
            .iter()
            .map(|step| match step {
                StepRef::Control(_) => "population".to_owned(),
                StepRef::Set(set) => format!("set {}", plan.sets[set.0].name),
            })
            .collect(),
        sources: match &scan.dataset {
            DatasetRef::Known(dataset) => sources(dataset, &fields),
            DatasetRef::Input(_) => vec![SourceExplanation {
                name: "a list that you give".to_owned(),
                request: String::new(),
                scope: String::new(),
                needs: String::new(),
                fields: fields.iter().map(|name| (*name).to_owned()).collect(),
            }],
        },
        fields: fields.into_iter().map(str::to_owned).collect(),
    }
}

/// The sources that may give `fields`: requests in the catalog's order, then what no API gives.
fn sources(dataset: &Dataset, fields: &[&str]) -> Vec<SourceExplanation> {
    let mut by_name: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for name in fields {
        let given_by = dataset.field(name).map_or(&[][..], |field| field.sources);
        for source in given_by {
            by_name.entry(source).or_default().push((*name).to_owned());
        }
    }
    let known = |name: &str| -> Option<&'static Source> {
        let all = crate::catalog::DATASETS
            .iter()
            .flat_map(|dataset| dataset.sources);
        all.into_iter().find(|source| source.name == name)
    };
    let mut explained: Vec<SourceExplanation> = by_name
        .into_iter()
        .map(|(name, fields)| {
            let source = known(name);
            SourceExplanation {
                name: name.to_owned(),
                request: source.map_or("", |source| source.request).to_owned(),
                scope: source
                    .and_then(|source| source.scope)
                    .unwrap_or("")
                    .to_owned(),
                needs: source.map_or("", |source| source.needs).to_owned(),
                fields,
            }
        })
        .collect();
    let order = |name: &str| {
        let place = dataset
            .sources
            .iter()
            .position(|source| source.name == name);
        place.unwrap_or(usize::MAX)
    };
    explained.sort_by_key(|source| (source.request.is_empty(), order(&source.name)));
    explained
}

/// What the one control of `plan` concludes on `source`.
///
/// # Errors
/// As [`assess`].
pub fn explain_conclusion(
    plan: &Plan,
    source: &dyn RecordSource,
    options: AssessOptions,
) -> Result<ConclusionExplanation, AssessError> {
    let planned = only_control(plan);
    let assessment = assess(plan, source, options)?;
    let found = assessment
        .controls
        .first()
        .expect("an assessment has every control of its plan");
    Ok(ConclusionExplanation {
        outcome: found.outcome.word().to_owned(),
        as_of: assessment.as_of,
        reasons: found
            .reasons
            .iter()
            .map(|reason| reason.in_words())
            .collect(),
        notes: found.notes.iter().map(Note::in_words).collect(),
        open: found.reasons.clone(),
        population: found
            .population
            .as_ref()
            .map(|population| population_explained(planned, population)),
    })
}

fn population_explained(
    planned: &PlannedControl,
    population: &PopulationStatement,
) -> PopulationExplanation {
    let parts = planned
        .population
        .iter()
        .flat_map(|population| &population.parts)
        .map(|part| &part.place);
    let outside = parts
        .zip(&population.outside)
        .map(|(place, line)| ("outside", place, line));
    let reasons = planned
        .control
        .exclusions
        .iter()
        .map(|exclusion| &exclusion.place);
    let excluded = reasons
        .zip(&population.excluded)
        .map(|(place, line)| ("excluded", place, line));
    let outcomes = [
        ("pass", population.pass),
        ("fail", population.fail),
        ("unknown", population.unknown),
        ("error", population.error),
        ("counted", population.counted),
        ("missing", population.missing),
    ];
    PopulationExplanation {
        fetched: population.fetched,
        api_count: population.api_count,
        ledger: outside
            .chain(excluded)
            .map(|(what, place, line)| LedgerExplanation {
                what,
                label: line.label.clone(),
                at: place.to_string(),
                records: line.records,
            })
            .collect(),
        in_scope: population.in_scope,
        outcomes: outcomes
            .into_iter()
            .filter(|(_, records)| *records > 0)
            .collect(),
        noun: population.noun.clone(),
    }
}

/// Why `subject` came out as it did under the one control of `plan`.
///
/// # Errors
/// As [`assess`].
pub fn explain_subject(
    plan: &Plan,
    source: &dyn RecordSource,
    options: AssessOptions,
    subject: &str,
) -> Result<SubjectSearch, AssessError> {
    if only_control(plan).population.is_none() {
        return Ok(SubjectSearch::NoSubjects);
    }
    let tracer = Tracer::new(plan, source, options)?;
    let mut near = Near::to(subject);
    let mut found = None;
    let mut is_wanted = |id: &str, label: &str| {
        near.consider(id, label);
        id == subject
    };
    tracer.subjects(0, &mut is_wanted, &mut |trace| found = Some(trace))?;
    if found.is_none() {
        let assessment = assess(plan, source, options)?;
        let mut findings = assessment
            .controls
            .iter()
            .flat_map(|control| control.findings.read())
            .collect::<Result<Vec<_>, _>>()?
            .into_iter();
        if let Some(finding) = findings.find(|finding| finding.subject == subject) {
            return Ok(SubjectSearch::Finding {
                message: finding.message.to_string(),
                reasons: finding
                    .reasons
                    .iter()
                    .map(|reason| reason.in_words())
                    .collect(),
            });
        }
    }
    Ok(match found {
        Some(trace) => {
            let explained = subject_explained(plan, &tracer, options, &trace)?;
            SubjectSearch::Found(Box::new(explained))
        }
        None => SubjectSearch::NotThere { near: near.found() },
    })
}

fn subject_explained(
    plan: &Plan,
    tracer: &Tracer<'_>,
    options: AssessOptions,
    trace: &RecordTrace,
) -> Result<SubjectExplanation, AssessError> {
    let control = only_control(plan);
    let standing = trace.standing();
    let mut settled_by = Vec::new();
    if standing == Standing::Unknown {
        let all = trace
            .population
            .iter()
            .chain(&trace.exclusions)
            .chain(&trace.requirement);
        all.for_each(|trace| reasons_of(trace, &mut settled_by));
    }
    let condition = |trace: &Trace| condition(plan, tracer, trace);
    let exclusions = control.exclusions.iter().zip(&trace.exclusions);
    Ok(SubjectExplanation {
        id: trace.id.clone(),
        label: trace.label.clone(),
        standing: match standing {
            Standing::Outside(_) => "outside",
            Standing::Excluded(_) => "excluded",
            Standing::Pass => "pass",
            Standing::Fail => "fail",
            Standing::Unknown => "unknown",
            Standing::Counted => "counted",
        },
        because: because(control, trace, standing),
        not_asked: not_asked(control, options),
        population: trace
            .population
            .iter()
            .map(condition)
            .collect::<Result<_, _>>()?,
        exclusions: exclusions
            .map(|(exclusion, trace)| {
                Ok(ExclusionExplanation {
                    reason: exclusion.reason.clone(),
                    condition: condition(trace)?,
                })
            })
            .collect::<Result<_, AssessError>>()?,
        requirement: trace.requirement.as_ref().map(condition).transpose()?,
        settled_by,
    })
}

/// Why the control asks nothing of any record here; empty if it does.
fn not_asked(control: &PlannedControl, options: AssessOptions) -> String {
    let Some(least) = control.control.requires_plan else {
        return String::new();
    };
    match options.organization_plan {
        Some(plan) if plan >= least => String::new(),
        Some(plan) => format!(
            "The control asks nothing of an organisation with {}: it requires {}. What follows is what would come of \
             the record.",
            plan.word(),
            least.word()
        ),
        None => format!(
            "The control is unknown until the organisation's plan is configured: it requires {}. What follows is what \
             would come of the record.",
            least.word()
        ),
    }
}

/// What became of a record, in one sentence.
fn because(control: &PlannedControl, trace: &RecordTrace, standing: Standing) -> String {
    let population = control
        .population
        .as_ref()
        .expect("only records of a population are traced");
    let noun = population.dataset.noun().0;
    let label = |place: usize| &population.parts[place].label;
    let is_open = |traces: &[Trace]| traces.iter().any(|trace| trace.truth == Truth::Unknown);
    match standing {
        Standing::Outside(place) => {
            format!(
                "This {noun} is outside the population: it is not so that {}.",
                label(place)
            )
        }
        Standing::Excluded(place) => format!(
            "This {noun} is in the population and left out: {}.",
            control.exclusions[place].reason
        ),
        Standing::Pass if is_open(&trace.population) || is_open(&trace.exclusions) => format!(
            "This {noun} meets the requirement, whether or not it belongs to the population, which is not known."
        ),
        Standing::Pass => format!("This {noun} is in scope and meets the requirement."),
        Standing::Fail => format!("This {noun} is in scope and does not meet the requirement."),
        Standing::Counted => {
            format!("This {noun} is in scope and counted; nothing is asked of it alone.")
        }
        Standing::Unknown if is_open(&trace.population) => format!(
            "It is not known whether this {noun} belongs to the population, and it is not known to meet the requirement."
        ),
        Standing::Unknown if is_open(&trace.exclusions) => format!(
            "It is not known whether an exclusion leaves this {noun} out, and it is not known to meet the requirement."
        ),
        Standing::Unknown => {
            format!(
                "This {noun} is in scope, and what is known does not say whether it meets the requirement."
            )
        }
    }
}

/// Why anything in `trace` is unknown, each reason once.
fn reasons_of(trace: &Trace, reasons: &mut Vec<String>) {
    if trace.truth != Truth::Unknown {
        return;
    }
    for reason in &trace.reasons {
        let reason = reason.in_words();
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    trace
        .parts
        .iter()
        .for_each(|part| reasons_of(part, reasons));
}

fn condition(
    plan: &Plan,
    tracer: &Tracer<'_>,
    trace: &Trace,
) -> Result<ConditionExplanation, AssessError> {
    let members = match &trace.looked_up {
        Some(looked_up) => {
            let found = tracer.members(looked_up, MEMBERS_MAX)?.into_iter();
            let set = &plan.sets[looked_up.set].name;
            found.map(|member| MemberExplanation {
                set: set.clone(),
                dataset: member.dataset,
                id: member.id,
                source: member.source,
                collected_at: member.collected_at,
            })
        }
        .collect(),
        None => Vec::new(),
    };
    let parts = trace.parts.iter().map(|part| condition(plan, tracer, part));
    Ok(ConditionExplanation {
        label: trace.label.clone(),
        truth: match trace.truth {
            Truth::True => "true",
            Truth::False => "false",
            Truth::Unknown => "unknown",
        },
        at: trace.place.to_string(),
        found: trace
            .found
            .iter()
            .map(|found| FoundExplanation {
                field: found.field.clone(),
                present: found.value.is_some(),
                value: found.value.clone().unwrap_or(Value::Null),
                source: found.source.clone(),
                collected_at: found.collected_at,
            })
            .collect(),
        reasons: trace
            .reasons
            .iter()
            .map(|reason| reason.in_words())
            .collect(),
        members,
        parts: parts.collect::<Result<_, _>>()?,
    })
}

/// The subjects nearest to one that is asked for.
struct Near<'n> {
    asked: &'n str,
    /// In lower case, to be found in labels.
    lower: String,
    /// How far, id, label; ascending, at most [`NEAR_MAX`].
    found: Vec<(usize, String, String)>,
}

impl Near<'_> {
    fn to(asked: &str) -> Near<'_> {
        Near {
            asked,
            lower: asked.to_lowercase(),
            found: Vec::new(),
        }
    }

    fn consider(&mut self, id: &str, label: &str) {
        let Some(distance) = self.distance(id, label) else {
            return;
        };
        let entry = (distance, id.to_owned(), label.to_owned());
        let place = self.found.partition_point(|known| *known < entry);
        self.found.insert(place, entry);
        self.found.truncate(NEAR_MAX);
    }

    /// A label counts as an id misspelt once: people ask by name.
    fn distance(&self, id: &str, label: &str) -> Option<usize> {
        let name = label.to_lowercase();
        if name == self.lower {
            return Some(0);
        }
        let is_part =
            self.asked.len() > 2 && (id.contains(self.asked) || name.contains(&self.lower));
        if is_part {
            return Some(1);
        }
        let errors_max = self.asked.chars().count().div_ceil(3);
        if id.len().abs_diff(self.asked.len()) > errors_max {
            return None;
        }
        let errors = strsim::damerau_levenshtein(self.asked, id);
        (errors <= errors_max).then_some(errors)
    }

    fn found(self) -> Vec<(String, String)> {
        self.found
            .into_iter()
            .map(|(_, id, label)| (id, label))
            .collect()
    }
}

impl ControlExplanation {
    /// How many levels of sets the plan has: 0 if the control uses none.
    pub fn set_levels(&self) -> usize {
        self.scans.iter().map(|scan| scan.level).max().unwrap_or(0)
    }
}

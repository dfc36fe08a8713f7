//! Counts to conclusions: the outcome of a control, its reasons, and its statement of the population.
//!
//! INVARIANT (no pass on missing evidence): `Pass` is returned at one place, after everything that
//! could be missing was asked for.

use super::answers::Judged;
use super::check::Context;
use super::subject::{self, CONTROL_ITSELF, MemberState};
use super::tally::Tally;
use super::{
    AttestationState, ControlAssessment, ControlSource, DatasetUse, Evaluated, Evidence, Finding,
    LedgerLine, LeftOut, Mapping, Note, Observation, Outcome, ParameterStatement, PassingSubject,
    PopulationStatement, ProfileSource, ProfileStatement, QuestionStatement, Reason,
    SeverityChange,
};
use super::{coverage, fresh};
use crate::catalog::{DatasetRef, INPUTS};
use crate::control::{Answer, EvidenceFile, OnEmpty, POPULATION_COUNTS, Percent, Relation, Text};
use crate::plan::{Bound, Expected, PlannedControl, Requirement, ShareBound};
use crate::profile::Statement;
use crate::snapshot::{Completeness, DatasetStatement, Manifest};
use serde_json::{Map, Value, json};

/// What a requirement comes to before missing evidence is considered.
struct Conclusion {
    outcome: Outcome,
    /// Findings on the control itself or on expected subjects.
    findings: Vec<Finding>,
    reasons: Vec<Reason>,
    notes: Vec<Note>,
    missing: u64,
}

/// Everything that decides about one control.
struct Case<'a> {
    control: &'a PlannedControl,
    tally: &'a Tally,
    population: &'a PopulationStatement,
    context: Context<'a>,
    organization: &'a str,
    /// What is not whole: the population's dataset, the sets' datasets, the sets.
    gaps: Vec<Reason>,
    /// What only exports tell that are not there.
    awaited: Vec<Reason>,
    /// Parameters without a value.
    unset: Vec<Reason>,
    /// Whether the population's dataset and every set are whole.
    is_whole: bool,
}

/// Values of a list that a note names; the others are counted.
const NOTE_VALUES_MAX: usize = 20;

/// The conclusion on a control of which no record was looked at: its plan is not that of the organisation,
/// or a person has to answer.
pub(super) fn without_records(
    control: &PlannedControl,
    judged: &Judged,
    manifest: &Manifest,
    context: Context<'_>,
) -> ControlAssessment {
    let mut notes = Vec::new();
    let (outcome, reasons) = match (control.control.requires_plan, context.organization_plan) {
        (Some(required), None) => (Outcome::Unknown, vec![Reason::PlanNotStated { required }]),
        (Some(required), Some(configured)) if configured < required => (
            Outcome::NotApplicable,
            vec![Reason::PlanTooLow {
                required,
                configured,
            }],
        ),
        (Some(_) | None, _) => {
            notes = noted(control, judged);
            answered(control, judged)
        }
    };
    // Nothing to act on where the control does not apply, or is met.
    let findings = match outcome {
        Outcome::NotApplicable | Outcome::Pass => Vec::new(),
        Outcome::Fail => vec![answered_otherwise(control, judged, manifest)],
        Outcome::Unknown | Outcome::Error => vec![subject::on_control(
            control,
            &manifest.organization.id,
            CONTROL_ITSELF,
            outcome,
            subject::in_words(&reasons.iter().cloned().collect()),
            Vec::new(),
            reasons.clone(),
        )],
    };
    assessment_of(
        control,
        Parts {
            outcome,
            reasons,
            notes,
            population: None,
            datasets: Vec::new(),
            findings,
            observations: Vec::new(),
            passing_sample: Vec::new(),
        },
        // No number, where nothing was counted.
        POPULATION_COUNTS
            .iter()
            .map(|name| ((*name).to_owned(), Value::from("(not counted)")))
            .collect(),
        context,
    )
}

/// What the answer that decides comes to. Only one that is in force concludes; everything else is a reason why not.
fn answered(control: &PlannedControl, judged: &Judged) -> (Outcome, Vec<Reason>) {
    let Requirement::Attest(question) = &control.requirement else {
        return (Outcome::Unknown, unset_parameters(control));
    };
    let mut reasons = unset_parameters(control);
    let id = control.id().as_str();
    let (text, guide) = (question.text.clone(), question.guide.clone());
    let Some(used) = judged.deciding.get(id).map(|place| &judged.uses[*place]) else {
        let begun = judged
            .uses
            .iter()
            .find(|used| used.statement.control == id && used.state == AttestationState::Pending);
        reasons.push(Reason::AttestationPending {
            question: text,
            guide,
            lacks: begun.map_or_else(Vec::new, |begun| begun.statement.lacks.clone()),
        });
        return (Outcome::Unknown, reasons);
    };
    let statement = &used.statement;
    match (&used.state, statement.attested_on, used.counts_until) {
        (AttestationState::Expired, _, Some(counted_until)) => {
            reasons.push(Reason::AttestationExpired {
                question: text,
                guide,
                counted_until,
            });
        }
        (AttestationState::Stale { change }, Some(attested_on), _) => {
            reasons.push(Reason::AttestationStale {
                question: text,
                guide,
                attested_on,
                change: change.clone(),
            });
        }
        (AttestationState::Valid | AttestationState::Expiring, _, _) => {
            let doubts = judged.looked.get(id).into_iter();
            let doubts = doubts.flat_map(|looked| looked.doubts.iter().cloned());
            reasons.extend(doubts.map(|detail| Reason::ChangesUndecided { detail }));
        }
        // What has no day, or counts for a span that is not set, concludes nothing.
        _ => reasons.push(Reason::AttestationPending {
            question: text,
            guide,
            lacks: statement.lacks.clone(),
        }),
    }
    // INVARIANT (no pass on missing evidence): nothing was missing of an answer in force.
    let outcome = match statement.answer {
        Some(answer) if reasons.is_empty() && used.state.is_in_force() => {
            if answer == question.expected {
                Outcome::Pass
            } else {
                Outcome::Fail
            }
        }
        _ => Outcome::Unknown,
    };
    (outcome, reasons)
}

/// The finding of a control whose answer is not the one that meets it. It names nobody.
fn answered_otherwise(control: &PlannedControl, judged: &Judged, manifest: &Manifest) -> Finding {
    let place = judged.deciding.get(control.id().as_str());
    let statement = place.map(|place| &judged.uses[*place].statement);
    let answer = statement.and_then(|statement| statement.answer);
    let word = |answer: Option<Answer>| answer.map_or("", Answer::word);
    let expected = match &control.requirement {
        Requirement::Attest(question) => Some(question.expected),
        _ => None,
    };
    let text = |text: Option<String>| text.map_or(Value::Null, Value::from);
    let day = statement.and_then(|statement| statement.attested_on);
    let file = statement.and_then(|statement| statement.evidence.as_ref());
    subject::on_control(
        control,
        &manifest.organization.id,
        CONTROL_ITSELF,
        Outcome::Fail,
        format!(
            "answered {}; the answer that meets the requirement is {}",
            word(answer),
            word(expected)
        ),
        vec![
            Evidence::answered(
                "answer",
                text(answer.map(|answer| answer.word().to_owned())),
            ),
            Evidence::answered("attested_on", text(day.map(|day| day.to_string()))),
            Evidence::answered(
                "evidence_sha256",
                text(file.map(|file| file.sha256.clone())),
            ),
        ],
        Vec::new(),
    )
}

/// What a reader has to know beside the answer that decides.
fn noted(control: &PlannedControl, judged: &Judged) -> Vec<Note> {
    let Some(place) = judged.deciding.get(control.id().as_str()) else {
        return Vec::new();
    };
    let used = &judged.uses[*place];
    if !used.state.is_in_force() {
        return Vec::new();
    }
    let looked = judged.looked.get(control.id().as_str()).into_iter();
    let unseen = looked.flat_map(|looked| looked.unseen.iter().cloned());
    let unseen = unseen.map(|detail| Note::ChangesUnseen { detail });
    let differ = judged.uses.iter().filter_map(|older| {
        let is_older = older.statement.control == used.statement.control
            && older.state == AttestationState::Superseded
            && older.counts_until >= used.statement.attested_on
            && older.statement.answer != used.statement.answer;
        let attested_on = older.statement.attested_on.filter(|_| is_older)?;
        Some(Note::AnswersDiffer {
            attested_on,
            answer: older.statement.answer?,
        })
    });
    unseen.chain(differ).collect()
}

/// The conclusion of a control from its whole tally.
pub(super) fn conclude(
    evaluated: Evaluated<'_>,
    mut tally: Tally,
    manifest: &Manifest,
    context: Context<'_>,
) -> ControlAssessment {
    let control = evaluated.control;
    let uses = datasets_used(evaluated, manifest, context);
    let mut gaps: Vec<Reason> = uses
        .iter()
        .filter(|used| !used.completeness.is_whole())
        .map(|used| Reason::DatasetNotWhole {
            dataset: used.dataset.clone(),
            state: used.completeness.word().to_owned(),
            detail: match used.completeness {
                Completeness::NotRequested if used.dataset.starts_with(INPUTS) => {
                    "input not supplied".to_owned()
                }
                _ => used.completeness.detail().to_owned(),
            },
        })
        .collect();
    gaps.extend(too_short(control, manifest, context));
    gaps.sort();
    gaps.dedup();
    for set in &control.sets {
        let planned = &context.plan.sets[set.0];
        let is_dataset_whole = statement(manifest, &planned.population.dataset)
            .is_some_and(|statement| statement.completeness.is_whole());
        if is_dataset_whole && !context.sets[set.0].is_whole() {
            gaps.push(Reason::SetNotWhole {
                set: planned.name.clone(),
                subjects: 0,
            });
        }
    }
    let mut population = population_statement(evaluated, &tally, manifest);
    let case = Case {
        control,
        tally: &tally,
        population: &population,
        context,
        organization: &manifest.organization.id,
        is_whole: gaps.is_empty(),
        gaps,
        awaited: awaited(evaluated, &tally, context),
        unset: unset_parameters(control),
    };
    let conclusion = case.conclude();
    let is_on_control = |finding: &Finding| finding.subject == CONTROL_ITSELF;
    let is_told = conclusion.findings.iter().any(is_on_control);
    let of_those_waiting = (tally.waiting > 0 && !is_told)
        .then(|| case.on_control(Outcome::Unknown, case.awaited_in_words(), Vec::new()));
    let mut reasons = match conclusion.outcome {
        Outcome::Pass => Vec::new(),
        Outcome::NotApplicable => conclusion.reasons,
        // A fail stands on incomplete evidence too; what is missing is said beside it.
        Outcome::Fail => [case.gaps.clone(), case.unset.clone()].concat(),
        Outcome::Unknown | Outcome::Error => {
            let mut reasons = [case.gaps.clone(), case.unset.clone(), conclusion.reasons].concat();
            reasons.extend(
                tally
                    .reasons
                    .iter()
                    .map(|(reason, subjects)| reason.clone().about_subjects(*subjects)),
            );
            reasons
        }
    };
    // An unset parameter is said once, with what it means, not once more for every test that rests on it.
    reasons.retain(
        |reason| !matches!(reason, Reason::ParameterUnset { about, .. } if about.is_empty()),
    );
    let undecided_only = matches!(control.requirement, Requirement::Count { .. })
        && conclusion.outcome == Outcome::Pass;
    let mut findings = if undecided_only {
        // Whether they belong does not change the conclusion; the ledger still counts them.
        Vec::new()
    } else {
        std::mem::take(&mut tally.findings)
    };
    findings.sort_by(|a, b| (a.outcome, &a.subject).cmp(&(b.outcome, &b.subject)));
    // Of a share only the control itself is found: its subjects are what that rests on.
    let observations = match control.requirement {
        Requirement::Share { .. } => std::mem::take(&mut findings)
            .into_iter()
            .map(Observation::from)
            .collect(),
        _ => Vec::new(),
    };
    findings.extend(of_those_waiting);
    findings.extend(conclusion.findings);
    findings.sort_by(|a, b| (a.outcome, &a.subject).cmp(&(b.outcome, &b.subject)));
    population.missing = conclusion.missing;
    let passing_sample = std::mem::take(&mut tally.sample);
    let counted = counts(&population);
    assessment_of(
        control,
        Parts {
            outcome: conclusion.outcome,
            reasons,
            notes: conclusion.notes,
            population: Some(population),
            datasets: uses,
            findings,
            observations,
            passing_sample: passing_sample.finish(),
        },
        counted,
        context,
    )
}

impl Case<'_> {
    fn conclude(&self) -> Conclusion {
        match &self.control.requirement {
            Requirement::Expect(_) => self.of_subjects(),
            Requirement::Share { at_least, .. } => self.of_share(at_least),
            // A question is concluded without a tally.
            Requirement::Attest(_) => Conclusion::of(Outcome::Unknown),
            Requirement::Count { at_least, at_most } => {
                self.of_count(at_least.as_ref(), at_most.as_ref())
            }
            Requirement::Members {
                relation, expected, ..
            } => self.of_members(*relation, expected),
        }
    }

    /// Fail if any subject fails, even on a cut population; else unknown if anything is missing; else
    /// what an empty population says; else pass.
    fn of_subjects(&self) -> Conclusion {
        if self.tally.fail > 0 {
            return Conclusion::of(Outcome::Fail);
        }
        if let Some(unknown) = self.unknown() {
            return unknown;
        }
        let in_scope = self.tally.sure + self.tally.undecided;
        if in_scope == 0 {
            return self.of_nothing(self.control.on_empty.unwrap_or(OnEmpty::NotApplicable));
        }
        if self.tally.sure_pass == 0 && self.control.on_empty != Some(OnEmpty::Pass) {
            // All that pass may lie outside: then the population would be empty.
            return Conclusion {
                reasons: vec![Reason::ScopeUndecided {
                    subjects: self.tally.undecided,
                }],
                ..Conclusion::of(Outcome::Unknown)
            };
        }
        Conclusion::of(Outcome::Pass)
    }

    /// The part that meets the requirement lies between `met` of `sure` and `could_meet` of `all`.
    ///
    /// A subject that meets it, but may not belong to the population, counts only where it helps: outside,
    /// it would make the part smaller. So the lower bound leaves it out, and no missing field can make a pass.
    fn of_share(&self, at_least: &ShareBound) -> Conclusion {
        let tally = self.tally;
        let all = tally.pass + tally.fail + tally.unknown;
        let is_open = !self.is_whole || !self.unset.is_empty();
        if all == 0 && !is_open {
            return self.of_nothing(self.control.on_empty.unwrap_or(OnEmpty::NotApplicable));
        }
        let doubtful = tally.pass - tally.sure_pass;
        let (met, sure) = (tally.sure_pass, all - doubtful);
        let could_meet = tally.pass + tally.unknown;
        let outcome = match at_least {
            ShareBound::Unset { .. } => Outcome::Unknown,
            ShareBound::Percent(_) if !self.is_whole => Outcome::Unknown,
            ShareBound::Percent(least) if least.is_more_than(could_meet, all) => Outcome::Fail,
            ShareBound::Percent(_) if is_open => Outcome::Unknown,
            // All that is known to belong meets it; there may be nothing that belongs.
            ShareBound::Percent(_) if sure == 0 && self.control.on_empty != Some(OnEmpty::Pass) => {
                Outcome::Unknown
            }
            ShareBound::Percent(least) if least.is_more_than(met, sure) => Outcome::Unknown,
            ShareBound::Percent(_) => Outcome::Pass,
        };
        if outcome == Outcome::Pass {
            return Conclusion::of(Outcome::Pass);
        }
        let least = match at_least {
            ShareBound::Percent(least) => least.to_string(),
            ShareBound::Unset { parameter } => format!("`{parameter}` (not set)"),
        };
        let noun = &self.population.noun;
        let subjects = if all == 1 { &noun.0 } else { &noun.1 };
        let part = Percent::rounded_down(tally.pass, all);
        let unknown = match tally.unknown {
            0 => String::new(),
            unknown => format!(", {unknown} unknown"),
        };
        let message = format!(
            "{} of {all} {subjects} ({part}) meet the requirement{unknown}; at least {least} required",
            tally.pass
        );
        let reasons = if outcome == Outcome::Unknown && doubtful > 0 {
            vec![Reason::ScopeUndecided { subjects: doubtful }]
        } else {
            Vec::new()
        };
        let mut finding = self.on_control(outcome, message, Vec::new());
        let all = finding.reasons.iter().chain(&reasons);
        finding.reasons = all.cloned().collect();
        Conclusion {
            findings: vec![finding],
            reasons,
            ..Conclusion::of(outcome)
        }
    }

    /// Unknown, if a subject, a dataset, a set or a parameter leaves the conclusion open.
    fn unknown(&self) -> Option<Conclusion> {
        let is_open = self.tally.unknown > 0 || !self.is_whole || !self.unset.is_empty();
        is_open.then(|| Conclusion::of(Outcome::Unknown))
    }

    fn of_nothing(&self, on_empty: OnEmpty) -> Conclusion {
        match on_empty {
            OnEmpty::Pass => Conclusion::of(Outcome::Pass),
            OnEmpty::NotApplicable => Conclusion {
                reasons: vec![Reason::EmptyPopulation],
                ..Conclusion::of(Outcome::NotApplicable)
            },
            OnEmpty::Fail => {
                let noun = &self.population.noun.1;
                Conclusion {
                    findings: vec![self.on_control(
                        Outcome::Fail,
                        format!("no {noun} in scope: population whole and empty"),
                        Vec::new(),
                    )],
                    ..Conclusion::of(Outcome::Fail)
                }
            }
        }
    }

    /// The size of the population lies between `lower` (surely in scope) and `upper` (with those
    /// undecided; no bound where something is missing).
    fn of_count(&self, at_least: Option<&Bound>, at_most: Option<&Bound>) -> Conclusion {
        let lower = self.tally.sure;
        let upper = self.is_whole.then_some(lower + self.tally.undecided);
        let least = at_least.map(|bound| match bound {
            Bound::Number(least) if upper.is_some_and(|upper| upper < *least) => Outcome::Fail,
            // Enough of a cut population is no pass either: nothing that is cut is one.
            Bound::Number(least) if self.is_whole && lower >= *least => Outcome::Pass,
            Bound::Number(_) | Bound::Unset { .. } => Outcome::Unknown,
        });
        let most = at_most.map(|bound| match bound {
            Bound::Number(most) if lower > *most => Outcome::Fail,
            Bound::Number(most) if upper.is_some_and(|upper| upper <= *most) => Outcome::Pass,
            Bound::Number(_) | Bound::Unset { .. } => Outcome::Unknown,
        });
        let outcome = [least, most]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(Outcome::Unknown);
        if outcome == Outcome::Pass {
            return Conclusion::of(Outcome::Pass);
        }
        let noun = &self.population.noun;
        let counted = match upper {
            Some(upper) if upper > lower => format!("{lower} to {upper} {}", noun.1),
            Some(_) if lower == 1 => format!("1 {}", noun.0),
            Some(_) => format!("{lower} {}", noun.1),
            None => format!("at least {lower} {}", noun.1),
        };
        let computed = format!("{counted} counted, {}", allowed(at_least, at_most));
        let message = match outcome {
            Outcome::Fail => self.message(Map::new(), computed),
            _ => computed,
        };
        let listed: Vec<Value> = self
            .tally
            .listed
            .iter()
            .map(|(id, label)| json!({ "id": id, "label": label }))
            .collect();
        let evidence = vec![
            Evidence::computed("counted", json!(lower)),
            Evidence::computed("subjects", Value::Array(listed)),
        ];
        Conclusion {
            findings: vec![self.on_control(outcome, message, evidence)],
            ..Conclusion::of(outcome)
        }
    }

    fn of_members(&self, relation: Relation, expected: &Expected) -> Conclusion {
        let (values, is_list_whole) = match expected {
            Expected::Values { values, .. } => (values.clone(), true),
            Expected::Set { set, .. } => {
                let set = &self.context.sets[set.0];
                (set.sure_texts(), set.is_whole())
            }
            Expected::Unset { .. } => (Vec::new(), false),
        };
        let mut missing = 0;
        let mut findings = Vec::new();
        if relation != Relation::SubsetOf {
            let can_tell = self.is_whole && !self.tally.lacks_value;
            for value in &values {
                if self.tally.values.contains_key(value) {
                    continue;
                }
                let is_missing = can_tell && !self.tally.maybe_values.contains(value);
                missing += u64::from(is_missing);
                let (outcome, message) = if is_missing {
                    (
                        Outcome::Fail,
                        self.message(
                            subject::member(value, MemberState::Missing),
                            format!("`{value}` is expected and not there"),
                        ),
                    )
                } else {
                    (
                        Outcome::Unknown,
                        format!("{value} is expected; not found, but evidence is missing"),
                    )
                };
                findings.push(subject::on_control(
                    self.control,
                    self.organization,
                    &format!("expected:{value}"),
                    outcome,
                    message,
                    Vec::new(),
                    if is_missing {
                        Vec::new()
                    } else {
                        self.gaps.clone()
                    },
                ));
            }
        }
        let is_open = !is_list_whole || findings.len() as u64 > missing;
        let outcome = if self.tally.fail + missing > 0 {
            Outcome::Fail
        } else if is_open || self.unknown().is_some() {
            Outcome::Unknown
        } else if values.is_empty() && self.tally.sure + self.tally.undecided == 0 {
            Outcome::NotApplicable
        } else {
            Outcome::Pass
        };
        Conclusion {
            findings,
            missing,
            notes: self.repetitions(expected),
            reasons: if outcome == Outcome::NotApplicable {
                vec![Reason::EmptyPopulation]
            } else {
                Vec::new()
            },
            ..Conclusion::of(outcome)
        }
    }

    /// Values that stand more than once, among the subjects or in the list: they count once.
    fn repetitions(&self, expected: &Expected) -> Vec<Note> {
        let mut notes = Vec::new();
        let repeated: Vec<(&String, u64)> = self
            .tally
            .values
            .iter()
            .filter(|(_, subjects)| **subjects > 1)
            .map(|(value, subjects)| (value, *subjects))
            .collect();
        if !repeated.is_empty() {
            notes.push(Note::RepeatedAmongSubjects {
                values: repeated.len() as u64,
                subjects: repeated.iter().map(|(_, subjects)| subjects).sum(),
                first: repeated
                    .iter()
                    .take(NOTE_VALUES_MAX)
                    .map(|(value, _)| (*value).clone())
                    .collect(),
            });
        }
        if let Expected::Values { repeated, .. } = expected
            && !repeated.is_empty()
        {
            notes.push(Note::RepeatedInList {
                values: repeated.len() as u64,
                first: repeated.iter().take(NOTE_VALUES_MAX).cloned().collect(),
            });
        }
        notes
    }

    /// The control's message, with `names` beside its parameters and the population's counts; what was
    /// `computed` where it has none.
    fn message(&self, names: Map<String, Value>, computed: String) -> String {
        let Some(text) = &self.control.control.message else {
            return computed;
        };
        let mut values = self.control.text_values();
        values.insert("population".to_owned(), counts(self.population));
        values.extend(names);
        text.render(&Value::Object(values)).unwrap_or(computed)
    }

    /// What the subjects of one finding wait for, and how many they are.
    fn awaited_in_words(&self) -> String {
        let awaited: Vec<String> = [&self.gaps[..], &self.awaited]
            .concat()
            .iter()
            .map(Reason::in_words)
            .collect();
        let noun = &self.population.noun;
        let (subjects, wait) = match self.tally.waiting {
            1 => (&noun.0, "waits"),
            _ => (&noun.1, "wait"),
        };
        let waiting = self.tally.waiting;
        format!("{}; {waiting} {subjects} {wait} for it", awaited.join("; "))
    }

    fn on_control(&self, outcome: Outcome, message: String, evidence: Vec<Evidence>) -> Finding {
        let reasons = match outcome {
            Outcome::Unknown => {
                [self.gaps.clone(), self.awaited.clone(), self.unset.clone()].concat()
            }
            _ => Vec::new(),
        };
        subject::on_control(
            self.control,
            self.organization,
            CONTROL_ITSELF,
            outcome,
            message,
            evidence,
            reasons,
        )
    }
}

impl Conclusion {
    fn of(outcome: Outcome) -> Conclusion {
        Conclusion {
            outcome,
            findings: Vec::new(),
            reasons: Vec::new(),
            notes: Vec::new(),
            missing: 0,
        }
    }
}

impl From<Finding> for Observation {
    fn from(finding: Finding) -> Observation {
        Observation {
            subject: finding.subject,
            label: finding.label,
            outcome: finding.outcome,
            message: finding.message,
            evidence: finding.evidence,
            reasons: finding.reasons,
        }
    }
}

impl Evidence {
    /// A value of a person's answer.
    fn answered(field: &'static str, value: Value) -> Evidence {
        Evidence {
            present: !value.is_null(),
            source: "attestation".into(),
            ..Evidence::computed(field, value)
        }
    }

    /// A value that the assessment itself made: no source and no time of its own.
    fn computed(field: &'static str, value: Value) -> Evidence {
        Evidence {
            field: field.into(),
            value,
            present: true,
            tested: true,
            source: "".into(),
            collected_at: None,
        }
    }
}

/// The bounds of a count in words.
fn allowed(at_least: Option<&Bound>, at_most: Option<&Bound>) -> String {
    let word = |bound: &Bound| match bound {
        Bound::Number(number) => number.to_string(),
        Bound::Unset { parameter } => format!("`{parameter}` (not set)"),
    };
    match (at_least, at_most) {
        (Some(least), Some(most)) => format!("{} to {} allowed", word(least), word(most)),
        (Some(least), None) => format!("at least {} required", word(least)),
        (None, Some(most)) => format!("at most {} allowed", word(most)),
        (None, None) => "no bounds".to_owned(),
    }
}

/// Fields that subjects lack for want of an export, each with the number of subjects.
fn awaited(evaluated: Evaluated<'_>, tally: &Tally, context: Context<'_>) -> Vec<Reason> {
    let fields = fresh::fields_awaited(&evaluated.population.dataset, context.awaited);
    let reasons = tally.reasons.iter();
    reasons
        .filter(|(reason, _)| subject::is_of(&fields, reason))
        .map(|(reason, subjects)| reason.clone().about_subjects(*subjects))
        .collect()
}

fn unset_parameters(control: &PlannedControl) -> Vec<Reason> {
    control
        .parameters
        .iter()
        .filter(|parameter| parameter.value.is_none())
        .map(|parameter| Reason::ParameterUnset {
            parameter: parameter.name.clone(),
            about: parameter.about.clone(),
        })
        .collect()
}

fn statement<'m>(manifest: &'m Manifest, dataset: &DatasetRef) -> Option<&'m DatasetStatement> {
    manifest.datasets.get(dataset.name())
}

/// Datasets of a period that is shorter than what the control asks about.
fn too_short<'c>(
    control: &'c PlannedControl,
    manifest: &'c Manifest,
    context: Context<'c>,
) -> impl Iterator<Item = Reason> + 'c {
    let population = control
        .population
        .iter()
        .map(|population| (population, &control.exclusions[..]));
    let sets = control
        .sets
        .iter()
        .map(move |set| (&context.plan.sets[set.0].population, &[][..]));
    population
        .chain(sets)
        .filter_map(move |(population, exclusions)| {
            let period = statement(manifest, &population.dataset)?.period.as_ref()?;
            Some(Reason::DatasetNotWhole {
                dataset: population.dataset.name().to_owned(),
                state: "too short".to_owned(),
                detail: coverage::beyond(population, exclusions, period, context)?,
            })
        })
}

fn datasets_used(
    evaluated: Evaluated<'_>,
    manifest: &Manifest,
    context: Context<'_>,
) -> Vec<DatasetUse> {
    let population = (&evaluated.population.dataset, "population".to_owned());
    let sets = evaluated.control.sets.iter().map(|set| {
        let set = &context.plan.sets[set.0];
        (&set.population.dataset, format!("set {}", set.name))
    });
    std::iter::once(population)
        .chain(sets)
        .map(|(dataset, used_as)| {
            let found = statement(manifest, dataset);
            DatasetUse {
                dataset: dataset.name().to_owned(),
                used_as,
                completeness: found.map_or(Completeness::NotRequested, |found| {
                    found.completeness.clone()
                }),
                records: found.map_or(0, |found| found.records),
                sha256: found.map_or_else(String::new, |found| found.sha256.clone()),
            }
        })
        .collect()
}

/// What a profile did, as an assessment states it.
pub(super) fn profile_statement(profile: &Statement) -> ProfileStatement {
    ProfileStatement {
        name: profile.name.clone(),
        reference: profile.reference.clone(),
        sources: profile
            .sources
            .iter()
            .map(|source| ProfileSource {
                name: source.name.clone(),
                file: source.file.clone(),
                sha256: source.sha256.clone(),
            })
            .collect(),
        left_out: profile
            .left_out
            .iter()
            .map(|left_out| LeftOut {
                id: left_out.control.to_string(),
                code: left_out.code.clone(),
                title: left_out.title.clone(),
                severity: left_out.severity,
                reason: left_out.reason.clone(),
                origin: left_out.origin.clone(),
            })
            .collect(),
    }
}

fn population_statement(
    evaluated: Evaluated<'_>,
    tally: &Tally,
    manifest: &Manifest,
) -> PopulationStatement {
    let Evaluated {
        control,
        population,
    } = evaluated;
    let dataset = &population.dataset;
    let found = statement(manifest, dataset);
    let ledger = |labels: Vec<String>, counts: &[u64]| -> Vec<LedgerLine> {
        labels
            .into_iter()
            .zip(counts)
            .map(|(label, records)| LedgerLine {
                label,
                records: *records,
            })
            .collect()
    };
    PopulationStatement {
        dataset: dataset.name().to_owned(),
        noun: (dataset.noun().0.to_owned(), dataset.noun().1.to_owned()),
        selector: population.selector.clone(),
        fetched: tally.fetched,
        api_count: found.and_then(|found| found.api_count),
        completeness: found.map_or(Completeness::NotRequested, |found| {
            found.completeness.clone()
        }),
        period: found.and_then(|found| Some(found.period.as_ref()?.period.clone())),
        outside: ledger(
            population
                .parts
                .iter()
                .map(|part| part.label.clone())
                .collect(),
            &tally.outside,
        ),
        excluded: ledger(
            control
                .exclusions
                .iter()
                .map(|exclusion| exclusion.reason.clone())
                .collect(),
            &tally.excluded,
        ),
        in_scope: tally.sure + tally.undecided,
        undecided: tally.undecided,
        pass: tally.pass,
        fail: tally.fail,
        unknown: tally.unknown,
        error: 0,
        counted: tally.counted,
        missing: 0,
    }
}

/// What texts name as `population.<count>`: [`POPULATION_COUNTS`](crate::control::POPULATION_COUNTS).
fn counts(population: &PopulationStatement) -> Value {
    let sum = |lines: &[LedgerLine]| lines.iter().map(|line| line.records).sum::<u64>();
    let excluded = sum(&population.excluded);
    json!({
        "fetched": population.fetched,
        "selected": population.in_scope + excluded,
        "outside": sum(&population.outside),
        "excluded": excluded,
        "in_scope": population.in_scope,
        "pass": population.pass,
        "fail": population.fail,
        "unknown": population.unknown,
        "error": population.error,
    })
}

/// What an assessment of one control is put together from, besides the control.
struct Parts {
    outcome: Outcome,
    reasons: Vec<Reason>,
    notes: Vec<Note>,
    population: Option<PopulationStatement>,
    datasets: Vec<DatasetUse>,
    findings: Vec<Finding>,
    observations: Vec<Observation>,
    passing_sample: Vec<(String, String)>,
}

fn assessment_of(
    planned: &PlannedControl,
    parts: Parts,
    counted: Value,
    context: Context<'_>,
) -> ControlAssessment {
    let Parts {
        outcome,
        reasons,
        notes,
        population,
        datasets,
        findings,
        observations,
        passing_sample,
    } = parts;
    let control = &planned.control;
    let mut values = planned.text_values();
    values.insert("population".to_owned(), counted);
    let values = Value::Object(values);
    // A text was checked when it was read: it names nothing that is not here.
    let render = |text: &Text| {
        text.render(&values)
            .unwrap_or_else(|error| error.to_string())
    };
    let profile = context.plan.profile.as_ref();
    let note = profile.and_then(|profile| profile.notes.get(&control.id));
    ControlAssessment {
        id: control.id.to_string(),
        code: control.code.clone(),
        title: render(&control.title),
        severity: control.severity,
        severity_change: note.and_then(|note| note.severity.as_ref()).map(|change| {
            SeverityChange {
                from: change.from,
                reason: change.reason.clone(),
                origin: change.origin.clone(),
            }
        }),
        owner: note
            .and_then(|note| note.owner.clone())
            .or_else(|| control.owner.clone()),
        due_on: note.and_then(|note| note.due_on),
        tags: control.tags.clone(),
        requires_plan: control.requires_plan,
        revision: control.revision,
        question: match &planned.requirement {
            Requirement::Attest(question) => Some(QuestionStatement {
                text: question.text.clone(),
                guide: question.guide.clone(),
                expected: question.expected,
                file_required: question.file == EvidenceFile::Required,
                minutes: question.minutes,
            }),
            _ => None,
        },
        outcome,
        reasons,
        notes,
        rationale: render(&control.rationale),
        procedure: planned.procedure(context.as_of),
        not_tested: render(&control.not_tested),
        remediation: render(&control.remediation),
        check_yourself: render(&control.check_yourself),
        references: control.references.clone(),
        maps_to: control
            .maps_to
            .iter()
            .map(|(framework, criteria)| {
                let mappings = criteria
                    .iter()
                    .map(|criterion| Mapping {
                        id: criterion.id.clone(),
                        strength: criterion.strength,
                        note: criterion.note.clone(),
                    })
                    .collect();
                (framework.clone(), mappings)
            })
            .collect(),
        parameters: planned
            .parameters
            .iter()
            .map(|parameter| ParameterStatement {
                name: parameter.name.clone(),
                about: parameter.about.clone(),
                value: parameter.value.clone().unwrap_or(Value::Null),
                default: parameter.default.clone().unwrap_or(Value::Null),
                origin: parameter.origin.clone(),
                weaker: parameter.is_weaker,
                why: parameter.why.clone(),
            })
            .collect(),
        population,
        datasets,
        findings,
        observations,
        passing_sample: passing_sample
            .into_iter()
            .map(|(subject, label)| PassingSubject { subject, label })
            .collect(),
        source: ControlSource {
            file: control.source.file.clone(),
            first_line: control.source.first_line,
            last_line: control.source.last_line,
            sha256: control.source.sha256.clone(),
        },
    }
}

#[cfg(test)]
mod tests;

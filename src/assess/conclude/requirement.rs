//! What a requirement on records comes to: fail, pass, not applicable, or not known.

use super::statement::counts;
use crate::assess::check::Context;
use crate::assess::subject::{self, CONTROL_ITSELF, MemberState};
use crate::assess::tally::Tally;
use crate::assess::{Evidence, Finding, Note, Outcome, PopulationStatement, Reason};
use crate::control::{OnEmpty, Percent, Relation};
use crate::plan::{Bound, Expected, PlannedControl, Requirement, ShareBound};
use crate::value::Duration;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

/// Values of a list that a note names; the others are counted.
const NOTE_VALUES_MAX: usize = 20;

/// What a requirement comes to before missing evidence is considered.
pub(super) struct Conclusion {
    pub(super) outcome: Outcome,
    /// Findings on the control itself or on expected subjects.
    pub(super) findings: Vec<Finding>,
    pub(super) reasons: Vec<Reason>,
    pub(super) notes: Vec<Note>,
    pub(super) missing: u64,
}

/// Everything that decides about one control.
pub(super) struct Case<'a> {
    pub(super) control: &'a PlannedControl,
    pub(super) tally: &'a Tally,
    pub(super) population: &'a PopulationStatement,
    pub(super) context: Context<'a>,
    pub(super) organization: &'a str,
    /// What is not whole: the population's dataset, the sets' datasets, the sets.
    pub(super) gaps: Vec<Reason>,
    /// What only exports tell that are not there.
    pub(super) awaited: Vec<Reason>,
    /// Parameters without a value.
    pub(super) unset: Vec<Reason>,
    /// Whether the population's dataset and every set are whole.
    pub(super) is_whole: bool,
}

impl Case<'_> {
    pub(super) fn conclude(&self) -> Conclusion {
        match &self.control.requirement {
            Requirement::Expect(_) => self.of_subjects(),
            Requirement::Share { at_least, .. } => self.of_share(at_least),
            // A question is concluded without a tally.
            Requirement::Attest(_) => Conclusion::of(Outcome::Unknown),
            Requirement::Count { at_least, at_most } => {
                self.of_count(at_least.as_ref(), at_most.as_ref())
            }
            Requirement::Frequency {
                within, at_most, ..
            } => self.of_frequency(*within, at_most),
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

    /// Fail if some value has too many subjects within one span, also where the population is cut; else unknown if
    /// anything is missing.
    fn of_frequency(&self, within: Option<Duration>, at_most: &Bound) -> Conclusion {
        let (Some(span), Bound::Number(most)) = (within, at_most) else {
            return Conclusion::of(Outcome::Unknown);
        };
        let length = SignedDuration::from_hours(span.hours().into());
        let noun = &self.population.noun;
        let too_many = self.tally.groups.iter().filter_map(|(value, group)| {
            let (count, since) = group.most_within(length);
            if count <= *most {
                return None;
            }
            let subjects = if count == 1 { &noun.0 } else { &noun.1 };
            let computed = format!(
                "{count} {subjects} within {} from {since}, {}",
                span.in_words(),
                allowed(None, Some(at_most))
            );
            let finding = subject::on_control(
                self.control,
                self.organization,
                value,
                Outcome::Fail,
                self.message(Map::new(), computed),
                Vec::new(),
                Vec::new(),
            );
            Some(Finding {
                label: group.first.label.clone(),
                evidence: group.first.evidence.clone(),
                ..finding
            })
        });
        let findings: Vec<Finding> = too_many.collect();
        if !findings.is_empty() {
            return Conclusion {
                findings,
                ..Conclusion::of(Outcome::Fail)
            };
        }
        self.unknown()
            .unwrap_or_else(|| Conclusion::of(Outcome::Pass))
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
    pub(super) fn awaited_in_words(&self) -> String {
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

    pub(super) fn on_control(
        &self,
        outcome: Outcome,
        message: String,
        evidence: Vec<Evidence>,
    ) -> Finding {
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

impl Evidence {
    /// A value that the assessment itself made: no source and no time of its own.
    pub(super) fn computed(field: &'static str, value: Value) -> Evidence {
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

//! Which conditions the cases decide both ways, and which they leave alone.

use std::collections::BTreeMap;

use super::{Suite, lean};
use crate::assess::{AssessOptions, Outcome, Standing, Trace, Tracer};
use crate::control::Control;
use crate::diagnostic::{Place, Problems};
use crate::plan::{Bound, Check, Part, PartCheck, Requirement};
use crate::value::Truth;

/// The conditions of a control, and how its cases decide them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Each, in the order written.
    pub conditions: Vec<Covered>,
}

impl Coverage {
    /// Conditions that some case finds true and some case false.
    pub fn both_ways(&self) -> usize {
        self.conditions
            .iter()
            .filter(|condition| condition.is_covered())
            .count()
    }

    /// Conditions that are not decided both ways.
    pub fn gaps(&self) -> impl Iterator<Item = &Covered> {
        self.conditions
            .iter()
            .filter(|condition| !condition.is_covered())
    }
}

/// One condition that looks at values itself, a bound of a count, or the answer to an empty population.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covered {
    /// Part of the control: `population`, `exclude`, `expect`, `let covered`, `on_empty`.
    pub part: String,
    /// In words.
    pub label: String,
    /// Where it is written.
    pub place: Place,
    /// Whether some case finds it true.
    pub is_true: bool,
    /// Whether some case finds it false.
    pub is_false: bool,
}

impl Covered {
    /// Whether it was decided both ways.
    pub fn is_covered(&self) -> bool {
        self.is_true && self.is_false
    }

    /// What no case shows, in words.
    pub fn lacks(&self) -> &'static str {
        match (self.is_true, self.is_false) {
            (true, true) => "nothing",
            (true, false) => "never false",
            (false, true) => "never true",
            (false, false) => "never decided",
        }
    }
}

impl Suite {
    /// How the cases decide the control's conditions.
    ///
    /// A condition of the population is looked at for every record, an exclusion for the records in the
    /// population, the requirement for those in scope, as the control itself does. Parameters put another
    /// value into a condition and leave it the same one.
    ///
    /// # Errors
    /// Values of parameters that the control cannot take.
    pub fn coverage(&self) -> Result<Coverage, Problems> {
        let control = lean(&self.control);
        let mut seen = Seen::default();
        for case in &self.cases.cases {
            let prepared = self.prepare(case);
            let plan = prepared.plan(&control)?;
            let has_plan = prepared.has_plan(&control);
            seen.requires(&control, has_plan);
            let options = AssessOptions::default();
            let tracer = Tracer::new(&plan, &prepared.source, options).expect(IN_MEMORY);
            for (place, set) in plan.sets.iter().enumerate() {
                let part = format!("let {}", set.name);
                seen.declare_parts(&part, &set.population.parts);
                if has_plan {
                    tracer
                        .set_records(place, &mut |traces| seen.all(&part, &traces))
                        .expect(IN_MEMORY);
                }
            }
            let planned = &plan.controls[0];
            if let Some(population) = &planned.population {
                seen.declare_parts("population", &population.parts);
            }
            for exclusion in &planned.exclusions {
                seen.declare_leaves("exclude", &exclusion.check);
            }
            if let Requirement::Expect(check) | Requirement::Share { expect: check, .. } =
                &planned.requirement
            {
                seen.declare_leaves("expect", check);
            }
            if !has_plan {
                // What is declared stays undecided: no record of this case is looked at.
                continue;
            }
            let mut subjects = 0_u64;
            let looked_at = tracer.subjects(0, &mut |_, _| true, &mut |record| {
                seen.all("population", &record.population);
                let standing = record.standing();
                if matches!(standing, Standing::Outside(_)) {
                    return;
                }
                seen.all("exclude", &record.exclusions);
                if matches!(standing, Standing::Excluded(_)) {
                    return;
                }
                subjects += 1;
                if let Requirement::Expect(_) | Requirement::Share { .. } = planned.requirement {
                    seen.all("expect", record.requirement.as_slice());
                }
            });
            looked_at.expect(IN_MEMORY);
            let outcome = prepared.assess(&plan).outcome;
            seen.requirement(&control, &planned.requirement, subjects, outcome);
            seen.on_empty(&control, subjects);
        }
        Ok(Coverage {
            conditions: seen.in_order(),
        })
    }
}

/// Why reading a case cannot fail.
const IN_MEMORY: &str =
    "records in memory are whole lines, each with an id, and judged at their own time";

/// What was seen so far, by part of the control and place: first byte, last byte.
#[derive(Default)]
struct Seen(BTreeMap<(usize, usize, String), Covered>);

impl Seen {
    fn declare_parts(&mut self, part: &str, parts: &[Part]) {
        for written in parts {
            match &written.check {
                PartCheck::Filter(_) => {
                    self.declare(part, &written.place, &written.label);
                }
                PartCheck::Condition(check) => self.declare_leaves(part, check),
            }
        }
    }

    fn declare_leaves(&mut self, part: &str, check: &Check) {
        check.leaves(&mut |leaf| {
            self.declare(part, leaf.place(), &leaf.label());
        });
    }

    /// Notes that a condition is there, decided or not.
    fn declare(&mut self, part: &str, place: &Place, label: &str) -> &mut Covered {
        let key = (place.span.start, place.span.end, part.to_owned());
        self.0.entry(key).or_insert_with(|| Covered {
            part: part.to_owned(),
            label: label.to_owned(),
            place: place.clone(),
            is_true: false,
            is_false: false,
        })
    }

    fn note(&mut self, part: &str, place: &Place, label: &str, truth: Truth) {
        let covered = self.declare(part, place, label);
        covered.is_true |= truth == Truth::True;
        covered.is_false |= truth == Truth::False;
    }

    fn all(&mut self, part: &str, traces: &[Trace]) {
        for trace in traces {
            trace.leaves(&mut |leaf| self.note(part, &leaf.place, &leaf.label, leaf.truth));
        }
    }

    /// What is asked of the subjects together: bounds of their number, or a list of their values.
    fn requirement(
        &mut self,
        control: &Control,
        requirement: &Requirement,
        subjects: u64,
        outcome: Outcome,
    ) {
        let place = &control.source.requirement;
        let truth = match outcome {
            Outcome::Pass => Truth::True,
            Outcome::Fail => Truth::False,
            Outcome::Unknown | Outcome::Error | Outcome::NotApplicable => Truth::Unknown,
        };
        let (at_least, at_most) = match requirement {
            // What is asked of each subject is noted with it; of a question cases decide nothing.
            Requirement::Expect(_) | Requirement::Attest(_) => return,
            Requirement::Share { .. } => {
                self.note("share", place, "the share is reached", truth);
                return;
            }
            Requirement::Frequency { per, .. } => {
                let label = format!("no {} has too many", per.text);
                self.note("count", place, &label, truth);
                return;
            }
            Requirement::Members { by, relation, .. } => {
                let label = format!("{} {} the list", by.text, relation.word());
                self.note("members", place, &label, truth);
                return;
            }
            Requirement::Count { at_least, at_most } => (at_least, at_most),
        };
        for (word, bound) in [("at_least", at_least), ("at_most", at_most)] {
            let Some(Bound::Number(number)) = bound else {
                continue;
            };
            let holds = match word {
                "at_least" => subjects >= *number,
                _ => subjects <= *number,
            };
            // Both bounds are one word of the control; the part tells them apart.
            let part = format!("count {word}");
            self.note(&part, place, &format!("{word} {number}"), holds.into());
        }
    }

    /// The plan that the control requires: some case has it, some has not.
    fn requires(&mut self, control: &Control, has_plan: bool) {
        if let (Some(place), Some(plan)) = (&control.source.requires, control.requires_plan) {
            let label = format!("the organisation has {}", plan.word());
            self.note("requires", place, &label, has_plan.into());
        }
    }

    /// The answer to an empty population counts as true where it is asked for, as false elsewhere.
    fn on_empty(&mut self, control: &Control, subjects: u64) {
        if let (Some(place), Some(answer)) = (&control.source.on_empty, control.on_empty) {
            let label = format!("no subject at all: {}", answer.word());
            self.note("on_empty", place, &label, (subjects == 0).into());
        }
    }

    fn in_order(self) -> Vec<Covered> {
        self.0.into_values().collect()
    }
}

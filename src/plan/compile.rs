//! Control -> planned control: parameter values put in, operators compiled, scans laid out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::fields::{shown_fields, tested_fields};
use super::scans::{inputs, scans};
use super::{
    ActionWord, Bound, Check, Deadline, Exclusion, Expected, NamedActions, Part, PartCheck, Plan,
    PlannedControl, PlannedSet, Population, Question, Requirement, ResolvedParameter, SetIndex,
    ShareBound, label, parameters,
};
use crate::catalog::{self, DatasetRef, FieldRef};
use crate::control::{
    self, Condition, Control, FieldPath, OperandValue, Percent, Quantifier, Span, Text, days_left,
};
use crate::diagnostic::{Place, Problem, Problems};
use crate::jsonpath::{Comparison, RelativePath};
use crate::operator::ACTION_NAMED;
use crate::value::Duration;

/// The dataset in which `action_named` finds what ids and names mean.
const ACTIONS: &str = "event_actions";
/// The dataset whose records have actions.
const EVENTS: &str = "events";
/// Its field with the id of an event's action.
const ACTION: &str = "action";
/// Its field with the name for people of an event's action.
const NAME_OF_ACTION: &str = "action_name";

pub(super) fn plan(
    mut controls: Vec<Control>,
    values: &parameters::ParameterValues,
) -> Result<Plan, Problems> {
    controls.sort_by(|a, b| a.id.cmp(&b.id));
    let mut problems = Problems::none();
    values.check_known(&controls, &mut problems);
    let mut plan = Plan {
        controls: Vec::new(),
        sets: Vec::new(),
        scans: Vec::new(),
        inputs: BTreeMap::new(),
        profile: None,
    };
    for control in controls {
        let parameters = values.resolve(&control, &mut problems);
        let planned = Compiler {
            control: &control,
            parameters: &parameters,
            values,
            sets: BTreeMap::new(),
            planned: &mut plan.sets,
            place: plan.controls.len(),
            actions: Vec::new(),
            problems: &mut problems,
        }
        .compile();
        let Parts {
            population,
            exclusions,
            requirement,
            sets,
        } = planned;
        let tested = tested_fields(&requirement);
        let shown = shown_fields(&control, &tested);
        plan.controls.push(PlannedControl {
            on_empty: control.on_empty,
            control,
            parameters,
            population,
            exclusions,
            requirement,
            sets,
            tested,
            shown,
        });
    }
    plan.inputs = inputs(&plan, &mut problems);
    plan.scans = scans(&plan);
    problems.or(plan)
}

/// What becomes of one control.
struct Parts {
    population: Option<Population>,
    exclusions: Vec<Exclusion>,
    requirement: Requirement,
    sets: Vec<SetIndex>,
}

struct Compiler<'c> {
    control: &'c Control,
    parameters: &'c [ResolvedParameter],
    values: &'c parameters::ParameterValues,
    /// Where the control's sets went, by their place in [`Control::sets`].
    sets: BTreeMap<usize, SetIndex>,
    /// Every set of the plan.
    planned: &'c mut Vec<PlannedSet>,
    /// The control's own place in the plan.
    place: usize,
    /// Where the sets of actions went that conditions made since this was emptied.
    actions: Vec<SetIndex>,
    problems: &'c mut Problems,
}

impl Compiler<'_> {
    fn compile(mut self) -> Parts {
        let control = self.control;
        let first = self.planned.len();
        for index in in_order(&control.sets) {
            let named = &control.sets[index];
            let mut needs: Vec<SetIndex> = named.needs.iter().map(|need| self.sets[need]).collect();
            let population = self.population(&named.population);
            needs.append(&mut self.actions);
            let level = needs
                .iter()
                .map(|need| self.planned[need.0].level + 1)
                .max()
                .unwrap_or(0);
            self.sets.insert(index, SetIndex(self.planned.len()));
            self.planned.push(PlannedSet {
                name: named.name.clone(),
                control: self.place,
                population,
                take: named.take.clone(),
                at: named.at.clone(),
                actions: None,
                needs,
                level,
            });
        }
        let population = control
            .population
            .as_ref()
            .map(|population| self.population(population));
        let exclusions = control
            .exclusions
            .iter()
            .map(|exclusion| Exclusion {
                reason: self.text(&exclusion.reason, "the reason of an exclusion"),
                check: self.all(&exclusion.conditions),
            })
            .collect();
        let requirement = self.requirement(&control.requirement);
        Parts {
            population,
            exclusions,
            requirement,
            sets: (first..self.planned.len()).map(SetIndex).collect(),
        }
    }

    /// The set of the actions that `words` mean: ids, or names for people.
    fn actions(&mut self, place: &Place, words: &Value, by: ActionWord) -> SetIndex {
        let words = texts(words).map(|word| match by {
            ActionWord::IdOrName => (word.trim().to_lowercase(), word.trim().to_owned()),
            ActionWord::Id | ActionWord::Name => (word.to_owned(), word.to_owned()),
        });
        let named = NamedActions {
            words: words.collect(),
            by,
        };
        let mut own = self.actions.iter().copied();
        if let Some(known) = own.find(|set| self.planned[set.0].actions.as_ref() == Some(&named)) {
            return known;
        }
        let dataset = catalog::dataset(ACTIONS).map(DatasetRef::from);
        let dataset = dataset.expect("the catalog has the list of actions");
        let id = dataset.field("id").expect("every dataset has ids");
        let take = FieldPath {
            text: id.name().to_owned(),
            kind: id.kind(),
            relative: RelativePath::parse(id.name()).expect("the name of a field is a path"),
            place: place.clone(),
            root: id,
        };
        let set = SetIndex(self.planned.len());
        self.planned.push(PlannedSet {
            name: "actions".to_owned(),
            control: self.place,
            population: Population {
                selector: format!("$.{ACTIONS}[*]"),
                dataset,
                fields: Vec::new(),
                parts: Vec::new(),
            },
            take,
            at: None,
            actions: Some(named),
            needs: Vec::new(),
            level: 0,
        });
        self.actions.push(set);
        set
    }

    fn population(&mut self, population: &control::Population) -> Population {
        let selection = &population.selection;
        let filter = selection.filter();
        let conjuncts = filter.map(|filter| filter.conjuncts()).unwrap_or_default();
        // What a filter names is compared as it is written; that there is such an action, only the list tells.
        if let (EVENTS, Some(filter)) = (population.dataset.name(), filter) {
            for literal in filter.literals() {
                let by = match literal.path.steps.as_slice() {
                    [_] if literal.path.field() == ACTION => ActionWord::Id,
                    [_] if literal.path.field() == NAME_OF_ACTION => ActionWord::Name,
                    _ => continue,
                };
                let is_named =
                    matches!(literal.comparison, Comparison::Equal | Comparison::NotEqual)
                        && literal.value.is_string();
                if let Some(place) = population.conjunct_places.first().filter(|_| is_named) {
                    self.actions(place, &literal.value, by);
                }
            }
        }
        let mut parts: Vec<Part> = conjuncts
            .iter()
            .zip(&population.conjunct_places)
            .map(|(conjunct, place)| Part {
                label: label::conjunct(&population.text, selection, conjunct),
                place: place.clone(),
                check: PartCheck::Filter(conjunct.clone()),
            })
            .collect();
        for condition in &population.conditions {
            let check = self.check(condition);
            parts.push(Part {
                label: check.label(),
                place: check.place().clone(),
                check: PartCheck::Condition(check),
            });
        }
        Population {
            dataset: population.dataset.clone(),
            selector: population.text.clone(),
            fields: filter
                .map(|filter| filter.fields().into_iter().map(str::to_owned).collect())
                .unwrap_or_default(),
            parts,
        }
    }

    /// A text with parameters put in.
    fn text(&mut self, text: &Text, what: &str) -> String {
        let values = Value::Object(super::text_values(self.parameters));
        text.render(&values).unwrap_or_else(|error| {
            // Names were checked at load; what is left is a filter that does not take a value.
            let message = format!("{what} cannot be written: {error}");
            let problem = match text.place() {
                Some(place) => Problem::new("plan::text", message, place.clone(), "this text"),
                None => Problem::without_place("plan::text", message),
            };
            self.problems
                .push(problem.help("let its filters take the values of the parameters"));
            text.source().to_owned()
        })
    }

    fn requirement(&mut self, requirement: &control::Requirement) -> Requirement {
        match requirement {
            control::Requirement::Expect(conditions) => Requirement::Expect(self.all(conditions)),
            control::Requirement::Share { expect, at_least } => Requirement::Share {
                expect: self.all(expect),
                at_least: self.share(*at_least),
            },
            control::Requirement::Attest(question) => Requirement::Attest(Question {
                text: self.text(&question.text, "the question"),
                expected: question.expected,
                guide: self.text(&question.guide, "the guide"),
                file: question.file,
                valid_for: match question.valid_for {
                    control::Span::Duration(span) => Some(span),
                    // INVARIANT (parameter types): a span of time, as was checked on resolving.
                    control::Span::Parameter(index) => self.parsed(index),
                },
                stale_after: question.stale_after.clone(),
                minutes: question.minutes,
            }),
            control::Requirement::Count { at_least, at_most } => Requirement::Count {
                at_least: at_least.as_ref().map(|bound| self.bound(bound)),
                at_most: at_most.as_ref().map(|bound| self.bound(bound)),
            },
            control::Requirement::Frequency {
                per,
                time,
                within,
                at_most,
            } => {
                let span = match within {
                    control::Span::Duration(span) => Some(*span),
                    // INVARIANT (parameter types): a span of time, as was checked on resolving.
                    control::Span::Parameter(index) => self.parsed(*index),
                };
                self.check_span_fits(span, *within, time);
                Requirement::Frequency {
                    per: (**per).clone(),
                    time: (**time).clone(),
                    within: span,
                    at_most: self.bound(at_most),
                }
            }
            control::Requirement::Members {
                by,
                relation,
                expected,
            } => Requirement::Members {
                by: by.clone(),
                relation: *relation,
                expected: self.expected(by, expected),
            },
        }
    }

    /// Refuses a span of time that is longer than the days that the population leaves: it can be so only by the value of
    /// a parameter, since the control was checked with its defaults.
    fn check_span_fits(&mut self, span: Option<Duration>, within: Span, time: &FieldPath) {
        let value_of = |index: usize| self.parameters[index].value.clone();
        let population = self.control.population.as_ref();
        let days =
            population.and_then(|population| days_left(&population.conditions, time, &value_of));
        let (Some(span), Some((days, operand))) = (span, days) else {
            return;
        };
        if i64::from(span.hours()) <= days * 24 {
            return;
        }
        let of_days = match operand.value {
            OperandValue::Parameter(index) => Some(index),
            _ => None,
        };
        let of_span = match within {
            Span::Parameter(index) => Some(index),
            Span::Duration(_) => None,
        };
        let is_given = |index: &usize| {
            let name = &self.control.parameters[*index].name;
            self.values.node(&self.control.id, name).is_some()
        };
        let parameters = || of_span.into_iter().chain(of_days);
        let index = parameters().find(is_given).or_else(|| parameters().next());
        let index = index.expect("without parameters it was refused when the control was checked");
        self.parameter_problem(
            index,
            format!("{span} do not fit into the {days} days that are looked at"),
            "ask for a shorter span of time, or look at more days",
        );
    }

    fn bound(&mut self, bound: &control::Bound) -> Bound {
        let index = match bound {
            control::Bound::Number(number) => return Bound::Number(*number),
            control::Bound::Parameter(index) => *index,
        };
        let parameter = &self.parameters[index];
        match parameter
            .value
            .as_ref()
            .map(|value| (value, value.as_u64()))
        {
            Some((_, Some(number))) => Bound::Number(number),
            Some((value, None)) => {
                let message = format!("a number of subjects cannot be {value}");
                self.parameter_problem(index, message, "write 0 or more");
                self.unset_bound(index)
            }
            None => self.unset_bound(index),
        }
    }

    /// The value of a parameter whose type is kept as it is written.
    fn parsed<T: std::str::FromStr>(&self, index: usize) -> Option<T> {
        self.parameters[index]
            .value
            .as_ref()?
            .as_str()?
            .parse()
            .ok()
    }

    fn share(&mut self, bound: control::ShareBound) -> ShareBound {
        let index = match bound {
            control::ShareBound::Percent(percent) => return ShareBound::Percent(percent),
            control::ShareBound::Parameter(index) => index,
        };
        let percent = self.parsed::<Percent>(index);
        if percent.is_some_and(Percent::is_nothing) {
            let message = "a share of at least 0% asks nothing".to_owned();
            self.parameter_problem(index, message, "write more than 0%");
        }
        match percent {
            Some(percent) => ShareBound::Percent(percent),
            None => ShareBound::Unset {
                parameter: self.parameters[index].name.clone(),
            },
        }
    }

    fn unset_bound(&self, index: usize) -> Bound {
        Bound::Unset {
            parameter: self.parameters[index].name.clone(),
        }
    }

    fn expected(&mut self, by: &FieldPath, expected: &control::Expected) -> Expected {
        let values = match expected {
            control::Expected::Set(index) => {
                return Expected::Set {
                    set: self.sets[index],
                    name: self.control.sets[*index].name.clone(),
                };
            }
            control::Expected::Values(values) => values.clone(),
            control::Expected::Parameter(index) => match &self.parameters[*index].value {
                None => {
                    return Expected::Unset {
                        parameter: self.parameters[*index].name.clone(),
                    };
                }
                Some(value) => {
                    // INVARIANT (parameter types): a list of texts, as was checked at load and on resolving.
                    let elements = value.as_array().map(Vec::as_slice).unwrap_or_default();
                    elements
                        .iter()
                        .filter_map(Value::as_str)
                        .map(str::to_owned)
                        .collect()
                }
            },
        };
        let mut unique = BTreeSet::new();
        let mut repeated = BTreeSet::new();
        for value in &values {
            let value = by.kind.normalized(value);
            if !unique.insert(value.clone()) {
                repeated.insert(value);
            }
        }
        Expected::Values {
            values: unique.into_iter().collect(),
            repeated: repeated.into_iter().collect(),
        }
    }

    fn all(&mut self, conditions: &[Condition]) -> Check {
        match conditions {
            [only] => self.check(only),
            _ => Check::All(self.checks(conditions)),
        }
    }

    fn checks(&mut self, conditions: &[Condition]) -> Vec<Check> {
        conditions
            .iter()
            .map(|condition| self.check(condition))
            .collect()
    }

    fn check(&mut self, condition: &Condition) -> Check {
        match condition {
            Condition::All(all) => Check::All(self.checks(all)),
            Condition::Any(any) => Check::Any(self.checks(any)),
            Condition::Not(inner) => Check::Not(Box::new(self.check(inner))),
            Condition::Test {
                path,
                quantifier,
                operator,
                operand,
                missing,
            } => {
                let value = operand
                    .value
                    .resolve(&|index| self.parameters[index].value.clone());
                let value = match value {
                    Ok(value) => value,
                    Err(index) => return self.unset(index, path, *quantifier, operator.name),
                };
                let value = normalized(path, operator.name, value);
                let names_actions = compared_with(operator.name).is_some()
                    && texts(&value).next().is_some()
                    && matches!(path.root, FieldRef::Known(_));
                // Whether there is an action of such a name, only the list of actions tells.
                if names_actions && path.text == NAME_OF_ACTION {
                    self.actions(&path.place, &value, ActionWord::Name);
                }
                let negated = match operator.name {
                    ACTION_NAMED => Some(false),
                    name => compared_with(name).filter(|_| names_actions && path.text == ACTION),
                };
                if let Some(negated) = negated {
                    return Check::InSet {
                        label: label::quantified(
                            &path.text,
                            *quantifier,
                            &(operator.phrase)(&value),
                        ),
                        path: path.clone(),
                        quantifier: *quantifier,
                        set: self.actions(&path.place, &value, ActionWord::IdOrName),
                        negated,
                        deadline: None,
                        missing: *missing,
                    };
                }
                match (operator.compile)(&value) {
                    Ok(test) => Check::Test {
                        label: label::quantified(
                            &path.text,
                            *quantifier,
                            &(operator.phrase)(&value),
                        ),
                        path: path.clone(),
                        quantifier: *quantifier,
                        operator,
                        test,
                        missing: *missing,
                    },
                    Err(problem) => {
                        // Literals were tried at load, so a parameter's value is what does not fit.
                        let index = first_parameter(&operand.value).unwrap_or_default();
                        let message = format!("`{}`: {}", operator.name, problem.message);
                        self.parameter_problem(index, message, &problem.help);
                        self.unset(index, path, *quantifier, operator.name)
                    }
                }
            }
            Condition::InSet {
                path,
                quantifier,
                set,
                negated,
                deadline,
                missing,
            } => {
                let name = &self.control.sets[*set].name;
                let mut said = match negated {
                    false => format!("is in the set {name}"),
                    true => format!("is not in the set {name}"),
                };
                let deadline = match deadline {
                    None => None,
                    Some(deadline) => match self.bound(&deadline.within) {
                        Bound::Unset { parameter } => {
                            return Check::Unset {
                                label: label::quantified(&path.text, *quantifier, &said),
                                path: path.clone(),
                                parameter,
                            };
                        }
                        Bound::Number(within) => {
                            let of = deadline.of.clone();
                            let days = if within == 1 { "day" } else { "days" };
                            said.push_str(&format!(
                                " and happened within {within} working {days} of {}",
                                of.text
                            ));
                            Some(Box::new(Deadline { of, within }))
                        }
                    },
                };
                Check::InSet {
                    label: label::quantified(&path.text, *quantifier, &said),
                    path: path.clone(),
                    quantifier: *quantifier,
                    set: self.sets[set],
                    negated: *negated,
                    deadline,
                    missing: *missing,
                }
            }
            Condition::Elements {
                path,
                quantifier,
                expect,
                missing,
            } => {
                let expect = self.all(expect);
                let said = format!("meets: {}", expect.label());
                Check::Elements {
                    label: format!("({})", label::quantified(&path.text, *quantifier, &said)),
                    path: path.clone(),
                    quantifier: *quantifier,
                    expect: Box::new(expect),
                    missing: *missing,
                }
            }
        }
    }

    fn unset(
        &self,
        index: usize,
        path: &FieldPath,
        quantifier: Quantifier,
        operator: &str,
    ) -> Check {
        let parameter = self.parameters[index].name.clone();
        let said = format!("{operator} {parameter} (not set)");
        Check::Unset {
            label: label::quantified(&path.text, quantifier, &said),
            path: path.clone(),
            parameter,
        }
    }

    fn parameter_problem(&mut self, index: usize, message: String, help: &str) {
        let parameter = &self.control.parameters[index];
        let given = self.values.node(&self.control.id, &parameter.name);
        let problem = match given {
            Some(node) => Problem::new("plan::parameter", message, node.place(), "this value")
                .and_at(parameter.place.clone(), "for this parameter"),
            None => Problem::new(
                "plan::parameter",
                message,
                parameter.place.clone(),
                "the default of this parameter",
            ),
        };
        self.problems.push(problem.help(help));
    }
}

/// Texts of a value that is one, or a list of some.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let list = value.as_array().into_iter().flatten();
    list.chain(std::iter::once(value)).filter_map(Value::as_str)
}

/// Whether an operator that compares whole values finds those that are not named; `None` of one that does not.
fn compared_with(operator: &str) -> Option<bool> {
    match operator {
        "equals" | "in" => Some(false),
        "not_equals" | "not_in" => Some(true),
        _ => None,
    }
}

/// Values of parameters as the field holds them: addresses and domains in lower case.
fn normalized(path: &FieldPath, operator: &str, value: Value) -> Value {
    if operator == "matches" {
        return value;
    }
    match value {
        Value::String(text) => path.kind.normalized(&text).into(),
        Value::Array(elements) => elements
            .into_iter()
            .map(|element| normalized(path, operator, element))
            .collect(),
        other => other,
    }
}

fn first_parameter(operand: &control::OperandValue) -> Option<usize> {
    use control::OperandValue::{List, Literal, Map, Parameter};
    match operand {
        Literal(_) => None,
        Parameter(index) => Some(*index),
        List(elements) => elements.iter().find_map(first_parameter),
        Map(entries) => entries.values().find_map(first_parameter),
    }
}

/// Places of sets, each after those that it needs.
fn in_order(sets: &[control::NamedSet]) -> Vec<usize> {
    fn visit(index: usize, sets: &[control::NamedSet], order: &mut Vec<usize>) {
        // INVARIANT (no cycles): checked at load, so this ends.
        if order.contains(&index) {
            return;
        }
        for need in &sets[index].needs {
            visit(*need, sets, order);
        }
        order.push(index);
    }
    let mut order = Vec::with_capacity(sets.len());
    for index in 0..sets.len() {
        visit(index, sets, &mut order);
    }
    order
}

//! Values that users give to parameters, and putting them in.

use std::collections::BTreeSet;

use super::ResolvedParameter;
use crate::control::{Control, ControlId};
use crate::diagnostic::yaml::Node;
use crate::diagnostic::{Problem, Problems, listed, nearest};
use crate::profile::TailoredValue;

/// Values for parameters, as users wrote them, in ranks. A higher rank outranks a lower one; within a
/// rank one for a control outranks one for all, and a later one an earlier one.
#[derive(Clone, Debug, Default)]
pub struct ParameterValues {
    given: Vec<GivenValue>,
    rank: usize,
}

#[derive(Clone, Debug)]
struct GivenValue {
    /// `None`: every control that has a parameter of this name.
    control: Option<ControlId>,
    name: String,
    node: Node,
    origin: String,
    why: Option<String>,
    rank: usize,
}

impl ParameterValues {
    /// No values: every parameter has its default.
    pub fn none() -> ParameterValues {
        ParameterValues::default()
    }

    /// Gives the parameter `name` of `control`, or of every control that has it, the value in `node`.
    /// `origin` says in words where that is from: `profile soc2, line 14`.
    pub fn set(
        &mut self,
        control: Option<ControlId>,
        name: impl Into<String>,
        node: Node,
        origin: impl Into<String>,
    ) {
        self.given.push(GivenValue {
            control,
            name: name.into(),
            node,
            origin: origin.into(),
            why: None,
            rank: self.rank,
        });
    }

    /// Gives a value that a profile gives.
    pub fn set_tailored(&mut self, value: &TailoredValue) {
        self.given.push(GivenValue {
            control: Some(value.control.clone()),
            name: value.parameter.clone(),
            node: value.node.clone(),
            origin: value.origin.clone(),
            why: value.why.clone(),
            rank: self.rank,
        });
    }

    /// Lets every value that is given from here on outrank those before it.
    pub fn next_rank(&mut self) {
        self.rank += 1;
    }

    /// The same, as far as they are for `control` and parameters that it has.
    #[must_use]
    pub fn of(&self, control: &Control) -> ParameterValues {
        let is_for_it = |given: &&GivenValue| match &given.control {
            Some(id) => *id == control.id,
            None => names_of(control).any(|name| name == given.name),
        };
        ParameterValues {
            given: self.given.iter().filter(is_for_it).cloned().collect(),
            rank: self.rank,
        }
    }

    /// The value for a parameter of `control`.
    fn find(&self, control: &ControlId, name: &str) -> Option<&GivenValue> {
        self.given
            .iter()
            .filter(|given| given.name == name)
            .filter(|given| given.control.as_ref().is_none_or(|own| own == control))
            // Of equal ones the last.
            .max_by_key(|given| (given.rank, given.control.is_some()))
    }

    /// Where the value of a parameter is written, if a user gave it.
    pub(super) fn node(&self, control: &ControlId, name: &str) -> Option<&Node> {
        self.find(control, name).map(|given| &given.node)
    }

    /// The parameters of `control` with their values.
    pub(super) fn resolve(
        &self,
        control: &Control,
        problems: &mut Problems,
    ) -> Vec<ResolvedParameter> {
        control
            .parameters
            .iter()
            .map(|parameter| {
                let given = self.find(&control.id, &parameter.name);
                let (value, origin) =
                    match given.map(|given| (parameter.value_of(&given.node), given)) {
                        Some((Ok(value), given)) => (Some(value), given.origin.clone()),
                        Some((Err(wrong), _)) => {
                            problems.push(
                                Problem::new(
                                    "plan::parameter",
                                    format!(
                                        "`{}` of `{}`: {}",
                                        parameter.name, control.id, wrong.message
                                    ),
                                    wrong.node.place(),
                                    "this value",
                                )
                                .and_at(parameter.place.clone(), "declared here")
                                .help(wrong.help),
                            );
                            (None, String::new())
                        }
                        None => {
                            let origin = match parameter.default {
                                Some(_) => "default",
                                None => "unset",
                            };
                            (parameter.default.clone(), origin.to_owned())
                        }
                    };
                ResolvedParameter {
                    name: parameter.name.clone(),
                    kind: parameter.kind,
                    about: parameter.about.clone(),
                    is_weaker: value
                        .as_ref()
                        .is_some_and(|value| parameter.is_weakened_by(value)),
                    why: given.and_then(|given| given.why.clone()),
                    value,
                    default: parameter.default.clone(),
                    origin,
                }
            })
            .collect()
    }

    /// Notes values for controls or parameters that are not there.
    pub(super) fn check_known(&self, controls: &[Control], problems: &mut Problems) {
        for given in &self.given {
            let (known, what): (BTreeSet<&str>, _) = match &given.control {
                Some(id) => match controls.iter().find(|control| control.id == *id) {
                    None => {
                        let ids = controls.iter().map(|control| control.id.as_str());
                        let help = match nearest(id.as_str(), ids) {
                            Some(meant) => format!("did you mean `{meant}`?"),
                            None => "`tickmark controls list` prints the ids and codes of all"
                                .to_owned(),
                        };
                        problems.push(
                            Problem::new(
                                "plan::unknown_control",
                                format!("no control is called `{id}`"),
                                given.node.place(),
                                "a value for it",
                            )
                            .help(help),
                        );
                        continue;
                    }
                    Some(control) => (names_of(control).collect(), format!("`{id}` has no")),
                },
                None => (
                    controls.iter().flat_map(names_of).collect(),
                    "no control has a".to_owned(),
                ),
            };
            if !known.contains(given.name.as_str()) {
                let is_control = |control: &&Control| {
                    control.id.as_str() == given.name
                        || control.code.as_deref() == Some(given.name.as_str())
                };
                let control = controls.iter().find(is_control);
                let help = match (control, nearest(&given.name, known.iter().copied())) {
                    _ if known.is_empty() => "remove the value".to_owned(),
                    (Some(control), _) if given.control.is_none() => match names_of(control).next()
                    {
                        Some(name) => format!("this is a control: write `{}.{name}`", given.name),
                        None => {
                            "this is a control that has no parameters: remove the value".to_owned()
                        }
                    },
                    (_, Some(meant)) => format!("did you mean `{meant}`?"),
                    (_, None) if given.control.is_none() => {
                        "write CONTROL.NAME; `tickmark controls show CONTROL` prints its parameters"
                            .to_owned()
                    }
                    (_, None) => format!("known: {}", listed(known.iter().copied())),
                };
                problems.push(
                    Problem::new(
                        "plan::unknown_parameter",
                        format!("{what} parameter `{}`", given.name),
                        given.node.place(),
                        "a value for it",
                    )
                    .help(help),
                );
            }
        }
    }
}

fn names_of(control: &Control) -> impl Iterator<Item = &str> {
    control
        .parameters
        .iter()
        .map(|parameter| parameter.name.as_str())
}

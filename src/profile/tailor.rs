//! Profile + library -> the controls that are tested, and what was made of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{
    ControlEntry, ControlNote, Include, Layer, LeftOut, ParameterEntry, Profile, SelectBy,
    Selector, SeverityChange, Statement, Tailored, TailoredValue, origin, problem,
};
use crate::control::{Control, ControlId, UNSET};
use crate::diagnostic::{Place, Problem, Problems, did_you_mean};

/// Why a control is out: the reason, and where it is written.
type Out = (String, String);

pub(super) fn tailor(profile: &Profile, mut library: Vec<Control>) -> Result<Tailored, Problems> {
    library.sort_by(|a, b| a.id.cmp(&b.id));
    let mut work = Work {
        library: &library,
        problems: Problems::none(),
        out: BTreeMap::new(),
        notes: BTreeMap::new(),
        values: Vec::new(),
    };
    for (place, layer) in profile.layers.iter().enumerate() {
        work.select(layer, place == 0);
        for entry in &layer.controls {
            work.note(layer, entry);
        }
    }
    work.check_something_is_left(profile);
    let Work {
        problems,
        out,
        mut notes,
        mut values,
        ..
    } = work;
    problems.or(())?;
    // Of a control that is left out, a profile may have said something: to another one that extends it.
    notes.retain(|id, _| !out.contains_key(id));
    values.retain(|value| !out.contains_key(&value.control));
    let mut controls = Vec::new();
    let mut left_out = Vec::new();
    for mut control in library {
        if let Some(out) = out.get(&control.id) {
            left_out.push(left_out_of(&control, out));
            continue;
        }
        if let Some(change) = notes
            .get(&control.id)
            .and_then(|note| note.severity.as_ref())
        {
            control.severity = change.to;
        }
        controls.push(control);
    }
    Ok(Tailored {
        controls,
        values,
        statement: Statement {
            name: profile.name().to_owned(),
            reference: profile.reference.clone(),
            sources: profile
                .layers
                .iter()
                .rev()
                .map(|layer| layer.source.clone())
                .collect(),
            left_out,
            notes,
        },
    })
}

struct Work<'l> {
    library: &'l [Control],
    problems: Problems,
    out: BTreeMap<ControlId, Out>,
    notes: BTreeMap<ControlId, ControlNote>,
    values: Vec<TailoredValue>,
}

impl Work<'_> {
    /// What `layer` brings in and leaves out. Of the first one, `include` says what is in at all.
    fn select(&mut self, layer: &Layer, is_first: bool) {
        if let Some(include) = &layer.include {
            let included: BTreeSet<ControlId> = include
                .selectors
                .iter()
                .flat_map(|selector| self.selected(selector))
                .collect();
            if is_first {
                self.leave_out_others(layer, include, &included);
            } else {
                self.out.retain(|id, _| !included.contains(id));
            }
        }
        for exclude in &layer.exclude {
            let origin = origin(&layer.name, &exclude.place);
            for id in self.selected(&exclude.selector) {
                // The first reason stands.
                self.out
                    .entry(id)
                    .or_insert_with(|| (exclude.reason.clone(), origin.clone()));
            }
        }
    }

    fn leave_out_others(
        &mut self,
        layer: &Layer,
        include: &Include,
        included: &BTreeSet<ControlId>,
    ) {
        for control in self.library {
            if !included.contains(&control.id) {
                let out = (
                    format!("not included by the profile {}", layer.name),
                    origin(&layer.name, &include.place),
                );
                self.out.insert(control.id.clone(), out);
            }
        }
    }

    /// The controls that `selector` means; what it names and nothing has is a problem.
    fn selected(&mut self, selector: &Selector) -> Vec<ControlId> {
        let library = self.library;
        let mut selected = Vec::new();
        for (word, place) in &selector.words {
            let found = library.iter().filter(|control| match selector.by {
                SelectBy::Id => is_called(control, word),
                SelectBy::Tag => control.tags.iter().any(|tag| tag == word),
                SelectBy::Framework => control.maps_to.contains_key(word),
            });
            let before = selected.len();
            selected.extend(found.map(|control| control.id.clone()));
            if selected.len() > before {
                continue;
            }
            let (message, known): (String, BTreeSet<&str>) = match selector.by {
                SelectBy::Id => {
                    self.unknown_control(word, place);
                    continue;
                }
                SelectBy::Tag => (
                    format!("no control has the tag `{word}`"),
                    library
                        .iter()
                        .flat_map(|control| control.tags.iter().map(String::as_str))
                        .collect(),
                ),
                SelectBy::Framework => (
                    format!("no control maps to the framework `{word}`"),
                    library
                        .iter()
                        .flat_map(|control| control.maps_to.keys().map(String::as_str))
                        .collect(),
                ),
            };
            self.problems.push(
                problem(
                    "profile::selects_nothing",
                    message,
                    place,
                    "selects nothing",
                )
                .help(did_you_mean(word, known)),
            );
        }
        selected
    }

    fn unknown_control(&mut self, word: &str, place: &Place) {
        let names = self.library.iter().flat_map(|control| {
            std::iter::once(control.id.as_str()).chain(control.code.as_deref())
        });
        let help = match crate::diagnostic::nearest(word, names) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`tickmark controls list` prints the ids and codes of all".to_owned(),
        };
        self.problems.push(
            problem(
                "profile::unknown_control",
                format!("no control is called `{word}`"),
                place,
                "not in the library",
            )
            .help(help),
        );
    }

    /// What `layer` says of one control; it outranks what layers before it said.
    fn note(&mut self, layer: &Layer, entry: &ControlEntry) {
        let library = self.library;
        let Some(control) = library
            .iter()
            .find(|control| is_called(control, &entry.control))
        else {
            self.unknown_control(&entry.control, &entry.place);
            return;
        };
        let note = self.notes.entry(control.id.clone()).or_default();
        if entry.owner.is_some() {
            note.owner.clone_from(&entry.owner);
        }
        if entry.due_on.is_some() {
            note.due_on = entry.due_on;
        }
        if let Some((to, reason, place)) = &entry.severity {
            note.severity = Some(SeverityChange {
                from: control.severity,
                to: *to,
                reason: reason.clone(),
                origin: origin(&layer.name, place),
            });
        }
        for given in &entry.parameters {
            self.value(layer, control, given);
        }
    }

    fn value(&mut self, layer: &Layer, control: &Control, given: &ParameterEntry) {
        let named = |parameter: &&crate::control::Parameter| parameter.name == given.name;
        let Some(parameter) = control.parameters.iter().find(named) else {
            let names = control
                .parameters
                .iter()
                .map(|parameter| parameter.name.as_str());
            let help = if control.parameters.is_empty() {
                "it has none".to_owned()
            } else {
                did_you_mean(&given.name, names)
            };
            self.problems.push(
                problem(
                    "profile::unknown_parameter",
                    format!("`{}` has no parameter `{}`", control.id, given.name),
                    &given.place,
                    "not a parameter of it",
                )
                .help(help),
            );
            return;
        };
        match parameter.value_of(&given.node) {
            Err(wrong) => self.problems.push(
                problem(
                    "profile::parameter",
                    format!(
                        "`{}` of `{}`: {}",
                        parameter.name, control.id, wrong.message
                    ),
                    &wrong.node.place(),
                    "this value",
                )
                .and_at(parameter.place.clone(), "declared here")
                .help(wrong.help),
            ),
            Ok(value) if parameter.is_weakened_by(&value) && given.why.is_none() => {
                let default = parameter.default.clone().unwrap_or_default();
                self.problems.push(
                    problem(
                        "profile::weaker",
                        format!(
                            "`{}` of `{}`: {value} asks less than the default {default}",
                            parameter.name, control.id
                        ),
                        &given.node.place(),
                        "weaker, without a reason",
                    )
                    .and_at(parameter.place.clone(), "declared here")
                    .help(format!(
                        "say why: `{}: {{ value: {}, why: … }}`; every report shows it",
                        given.name,
                        given.node.file.slice(given.node.span)
                    )),
                );
            }
            Ok(_) => self.values.push(TailoredValue {
                control: control.id.clone(),
                parameter: parameter.name.clone(),
                node: given.node.clone(),
                origin: origin(&layer.name, &given.place),
                why: given.why.clone(),
            }),
        }
    }

    fn check_something_is_left(&mut self, profile: &Profile) {
        if self.out.len() < self.library.len() || !self.problems.is_empty() {
            return;
        }
        let message = format!("the profile `{}` leaves nothing to test", profile.name());
        let own = profile.own();
        let excluded = own.exclude.last().map(|exclude| &exclude.place);
        let included = own.include.as_ref().map(|include| &include.place);
        let found = match excluded.or(included) {
            Some(place) => problem("profile::nothing_left", message, place, "nothing is left"),
            // Those that it extends did it.
            None => Problem::without_place("profile::nothing_left", message),
        };
        self.problems
            .push(found.help("include a control, or exclude fewer"));
    }
}

fn is_called(control: &Control, word: &str) -> bool {
    control.id.as_str() == word || control.code.as_deref() == Some(word)
}

fn left_out_of(control: &Control, (reason, origin): &Out) -> LeftOut {
    let values: Map<String, Value> = control
        .parameters
        .iter()
        .map(|parameter| {
            let value = parameter.default.clone();
            (parameter.name.clone(), value.unwrap_or(UNSET.into()))
        })
        .collect();
    LeftOut {
        control: control.id.clone(),
        code: control.code.clone(),
        title: control
            .title
            .render(&Value::Object(values))
            .unwrap_or_else(|_| control.title.source().to_owned()),
        severity: control.severity,
        reason: reason.clone(),
        origin: origin.clone(),
    }
}

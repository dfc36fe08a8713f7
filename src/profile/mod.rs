//! A profile: which controls of a library are tested, how strictly, and who answers for them.
//!
//! Controls say what is tested; a profile says what one organisation makes of them, without a copy of
//! any control. It may extend another one. What it leaves out stays visible: [`Tailored`] lists it with
//! the reason, as it lists every changed severity. Putting parameter values in is left to `plan`.

mod read;
mod schema;
mod tailor;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::control::{Control, ControlId, Severity};
use crate::diagnostic::yaml::Node;
use crate::diagnostic::{Place, Problem, Problems};

pub use read::{BUILT_IN, is_file};
pub use schema::{PROFILE_SCHEMA_FILE, profile_schema};

/// A profile with those that it extends, read and checked for form.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The file or the built-in name that it was asked for by.
    reference: String,
    /// INVARIANT (layers): never empty; each extends the one before it, so the last is the profile itself.
    layers: Vec<Layer>,
}

impl Profile {
    /// Reads the profile that `reference` names (a file that ends in `.yaml`, or a built-in profile), and
    /// those that it extends. Every problem of every file is told; with one there is no profile.
    pub fn load(reference: &str) -> (Option<Profile>, Problems) {
        read::load(reference)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.own().name
    }

    /// What it is for, in its own words; empty if it does not say.
    pub fn about(&self) -> &str {
        &self.own().about
    }

    /// What becomes of `library`.
    ///
    /// # Errors
    /// It names controls, tags, frameworks or parameters that the library does not have, gives a value that
    /// a parameter cannot take, weakens one without saying why, or leaves nothing to test.
    pub fn tailor(&self, library: Vec<Control>) -> Result<Tailored, Problems> {
        tailor::tailor(self, library)
    }

    fn own(&self) -> &Layer {
        self.layers.last().expect("there is always one layer")
    }
}

/// One profile file.
#[derive(Clone, Debug)]
struct Layer {
    name: String,
    /// What it is for; may be empty.
    about: String,
    source: ProfileSource,
    /// Which controls come in. `None` of the first layer: all of them.
    include: Option<Include>,
    exclude: Vec<Exclude>,
    controls: Vec<ControlEntry>,
}

#[derive(Clone, Debug)]
struct Include {
    selectors: Vec<Selector>,
    place: Place,
}

#[derive(Clone, Debug)]
struct Exclude {
    selector: Selector,
    reason: String,
    place: Place,
}

/// Which controls are meant.
#[derive(Clone, Debug)]
struct Selector {
    by: SelectBy,
    words: Vec<(String, Place)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SelectBy {
    Id,
    Tag,
    Framework,
}

/// What a profile says of one control.
#[derive(Clone, Debug)]
struct ControlEntry {
    control: String,
    place: Place,
    owner: Option<String>,
    due_on: Option<Date>,
    severity: Option<(Severity, String, Place)>,
    parameters: Vec<ParameterEntry>,
}

#[derive(Clone, Debug)]
struct ParameterEntry {
    name: String,
    place: Place,
    node: Node,
    why: Option<String>,
}

/// A library as a profile leaves it.
#[derive(Clone, Debug)]
pub struct Tailored {
    /// The controls that are tested, with the profile's severities.
    pub controls: Vec<Control>,
    /// Values for their parameters, weakest first. Each was checked against its parameter.
    pub values: Vec<TailoredValue>,
    /// What it did, for whoever reads the assessment.
    pub statement: Statement,
}

/// A value that a profile gives to a parameter.
#[derive(Clone, Debug)]
pub struct TailoredValue {
    /// The control.
    pub control: ControlId,
    /// The parameter.
    pub parameter: String,
    /// The value.
    pub node: Node,
    /// Where it is from: `profile soc2, line 14`.
    pub origin: String,
    /// Why it is what it is; there whenever it is weaker than the default.
    pub why: Option<String>,
}

/// What a profile did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its name.
    pub name: String,
    /// What names it on the command line.
    pub reference: String,
    /// Its file, then those that it extends, nearest first.
    pub sources: Vec<ProfileSource>,
    /// Controls of the library that are not tested, in order of their ids.
    pub left_out: Vec<LeftOut>,
    /// What it says of tested controls, where it says something.
    pub notes: BTreeMap<ControlId, ControlNote>,
}

/// Where a profile is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileSource {
    /// Its name.
    pub name: String,
    /// The file, as given; of a built-in one its path in the project.
    pub file: String,
    /// SHA-256 of the file, in lower-case hexadecimal.
    pub sha256: String,
}

/// A control that is not tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its id.
    pub control: ControlId,
    /// Short reference for workpapers.
    pub code: Option<String>,
    /// Its title, parameters at their defaults.
    pub title: String,
    /// Its own severity.
    pub severity: Severity,
    /// Why it is left out, in the profile's words.
    pub reason: String,
    /// Where that is written: `profile soc2, line 9`.
    pub origin: String,
}

/// What a profile says of a tested control.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ControlNote {
    /// Who answers for it.
    pub owner: Option<String>,
    /// The day by which it is to be met.
    pub due_on: Option<Date>,
    /// Its severity, if the profile changed it.
    pub severity: Option<SeverityChange>,
}

/// A severity that a profile changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeverityChange {
    /// The control's own.
    pub from: Severity,
    /// The one that counts.
    pub to: Severity,
    /// Why.
    pub reason: String,
    /// Where that is written.
    pub origin: String,
}

/// Where something is written, in words.
fn origin(name: &str, place: &Place) -> String {
    format!("profile {name}, line {}", place.file.line(place.span.start))
}

fn problem(code: &'static str, message: String, place: &Place, label: &str) -> Problem {
    Problem::new(code, message, place.clone(), label)
}

#[cfg(test)]
mod tests;

//! What a run uses and where each value came from: flag, environment, `tickmark.yaml`, default.
//!
//! The earlier in that list the stronger. Values of a file are checked when it is read, those of flags
//! and environment when they are asked for.

mod export;
mod file;
mod input;
mod schema;
mod secret;

use super::args::{ApiArguments, ExportArguments, JudgeArguments, SettingsArguments};
use super::exit::Failure;
use super::missing::require;
use crate::control::OrganizationPlan;
use crate::diagnostic::yaml::{self, Node};
use crate::diagnostic::{Problems, SourceFile, listed};
use crate::gate::FailOn;
use crate::report::{self, Format};
pub(super) use export::GivenFiles;
use file::{Organization, SettingsFile};
pub(super) use input::GivenInput;
pub(super) use schema::settings_schema;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZero;
use std::path::{Path, PathBuf};

/// The API's address where nothing else is said.
const API_URL: &str = "https://api.atlassian.com";
/// The variable that holds the key where nothing else is said.
const KEY_VARIABLE: &str = "ATLASSIAN_API_KEY";
/// The variable that holds the keys of provisioning directories where nothing else is said.
pub(super) const SCIM_KEYS_VARIABLE: &str = "ATLASSIAN_SCIM_KEYS";
/// What the gate asks where nothing else is said.
const FAIL_ON: &str = "high";
/// The usual folder of attestations.
pub(super) const ATTESTATIONS: &str = "attestations";
/// The usual folder of reviews.
pub(super) const REVIEWS: &str = "reviews";
/// Most threads that may be asked for.
const THREADS_MAX: u16 = 256;

/// Every variable that is read, in the order of `config show`.
pub(super) const VARIABLES: &[&str] = &[
    "TICKMARK_CONFIG",
    "TICKMARK_ORGANIZATION",
    "TICKMARK_ORG",
    "TICKMARK_API_URL",
    "TICKMARK_KEY_FILE",
    "TICKMARK_CA_FILE",
    "TICKMARK_SCIM_KEYS_FILE",
    "TICKMARK_OUT",
    "TICKMARK_CONTROLS",
    "TICKMARK_PROFILE",
    "TICKMARK_ATTESTATIONS",
    "TICKMARK_REVIEWS",
    "TICKMARK_PLAN",
    "TICKMARK_FORMAT",
    "TICKMARK_FAIL_ON",
    "TICKMARK_PERSONAL_DATA",
    "TICKMARK_TEMPLATES",
    "TICKMARK_THREADS",
];

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// This flag.
    Flag(&'static str),
    /// This variable of the environment.
    Environment(&'static str),
    /// This line of the settings file.
    File {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: u32,
    },
    /// Nobody gave one.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Flag(name) => f.write_str(name),
            Origin::Environment(name) => f.write_str(name),
            Origin::File { path, line } => write!(f, "{}, line {line}", path.display()),
            Origin::Default => f.write_str("default"),
        }
    }
}

impl Origin {
    /// The same in words for an assessment, which names no folder of this machine.
    pub fn in_words(&self) -> String {
        match self {
            Origin::Flag(_) => "command line".to_owned(),
            Origin::Environment(name) => format!("environment, {name}"),
            Origin::File { path, line } => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                format!("{name}, line {line}")
            }
            Origin::Default => "default".to_owned(),
        }
    }
}

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

impl<T> Setting<T> {
    pub fn new(value: T, origin: Origin) -> Setting<T> {
        Setting { value, origin }
    }

    fn map<U>(self, change: impl FnOnce(T) -> U) -> Setting<U> {
        Setting {
            value: change(self.value),
            origin: self.origin,
        }
    }
}

/// Where the key is; never the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum KeySource {
    /// In this file; `-` is stdin.
    File(PathBuf),
    /// In this variable of the environment.
    Variable(String),
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeySource::File(path) => write!(f, "file {}", path.display()),
            KeySource::Variable(name) => write!(f, "variable {name}"),
        }
    }
}

/// One report: its format and where it goes.
#[derive(Clone, Debug)]
pub(super) struct Output {
    /// The format.
    pub format: &'static Format,
    /// `-` is stdout.
    pub path: PathBuf,
}

impl Output {
    /// Whether it goes to standard output.
    pub fn is_stdout(&self) -> bool {
        self.path == Path::new("-")
    }
}

/// How to reach an organisation.
#[derive(Clone, Debug)]
pub(super) struct Api {
    /// Name of its section in the settings file, if one was used.
    pub organization: Option<Setting<String>>,
    /// Its id, if one is known.
    pub org_id: Option<Setting<String>>,
    /// Address of the API.
    pub api_url: Setting<String>,
    /// Where the key is.
    pub key: Setting<KeySource>,
    /// Certificates to trust beside the system's.
    pub ca_file: Option<Setting<PathBuf>>,
    /// Where the keys of provisioning directories are. There may be none in the variable that is the default.
    pub scim_keys: Setting<KeySource>,
    /// Where the snapshot, or the run, goes.
    pub out: Option<Setting<PathBuf>>,
}

/// How to judge and what to write.
#[derive(Clone, Debug)]
pub(super) struct Judge {
    /// Folders and files of controls; empty: the built-in ones.
    pub controls: Setting<Vec<PathBuf>>,
    /// The profile: a file or a built-in name.
    pub profile: Option<Setting<String>>,
    /// Lists, each name once.
    pub inputs: Vec<Setting<GivenInput>>,
    /// Folder or file of attestations.
    pub attestations: Option<Setting<PathBuf>>,
    /// Folder of reviews that were imported.
    pub reviews: Option<Setting<PathBuf>>,
    /// Values of parameters, weakest first: `CONTROL.NAME` or `NAME`.
    pub parameters: Vec<Setting<GivenParameter>>,
    /// The organisation's plan, if it is known.
    pub plan: Option<Setting<OrganizationPlan>>,
    /// Reports.
    pub outputs: Setting<Vec<Output>>,
    /// What the gate asks.
    pub fail_on: Setting<FailOn>,
    /// Whether reports that many people read name people too.
    pub personal_data: Setting<bool>,
    /// Templates that replace built-in ones.
    pub templates: Option<Setting<PathBuf>>,
    /// Threads to read with; `None` is one a core.
    pub threads: Option<Setting<NonZero<u16>>>,
}

/// A value for a parameter as written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GivenParameter {
    /// `accounts-idle.idle_days`, or `idle_days` for every control that has it.
    pub name: String,
    /// The value.
    pub node: Node,
}

impl GivenParameter {
    /// Reads every `--parameter`.
    ///
    /// # Errors
    /// One does not read, or names what another one names too.
    pub fn of_flags(texts: &[String]) -> Result<Vec<Setting<GivenParameter>>, Failure> {
        const FLAG: &str = "--parameter";
        let mut all: Vec<Setting<GivenParameter>> = Vec::new();
        for text in texts {
            let given = GivenParameter::read(FLAG, text)?;
            if all.iter().any(|known| known.value.name == given.name) {
                return Err(given_twice(FLAG, &given.name));
            }
            all.push(Setting::new(given, Origin::Flag(FLAG)));
        }
        Ok(all)
    }

    /// Reads `NAME=VALUE`. The value is YAML, so that numbers, lists and texts are written as in a control.
    pub fn read(flag: &str, text: &str) -> Result<GivenParameter, Failure> {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Failure::usage(
                format!("{flag}: `{text}` gives no value"),
                "write CONTROL.NAME=VALUE, for example `accounts-idle.idle_days=60`",
            )
        })?;
        let file = SourceFile::new(format!("{flag} {text}"), value);
        Ok(GivenParameter {
            name: name.to_owned(),
            node: yaml::read(&file).map_err(Failure::problems)?,
        })
    }
}

impl Judge {
    /// What nobody said otherwise.
    pub fn defaults() -> Judge {
        Judge {
            controls: Setting::new(Vec::new(), Origin::Default),
            profile: None,
            inputs: Vec::new(),
            attestations: None,
            reviews: None,
            parameters: Vec::new(),
            plan: None,
            outputs: Setting::new(Vec::new(), Origin::Default),
            fail_on: Setting::new(
                FAIL_ON.parse().expect("the default is a severity"),
                Origin::Default,
            ),
            personal_data: Setting::new(false, Origin::Default),
            templates: None,
            threads: None,
        }
    }
}

fn given_twice(flag: &str, name: &str) -> Failure {
    Failure::usage(
        format!("{flag}: `{name}` is given twice"),
        "keep the one that is meant",
    )
}

/// What is wrong with a settings file.
pub(super) fn problems_of(file: &SourceFile) -> Problems {
    file::parse(file, Path::new(file.name())).1
}

/// The settings file and the environment, to be asked for what a run uses.
#[derive(Debug)]
pub(super) struct Settings {
    file: SettingsFile,
    environment: BTreeMap<String, String>,
}

impl Settings {
    /// Reads the file that was named, or the one found upward from the working directory, if any.
    pub fn load(arguments: &SettingsArguments) -> Result<Settings, Failure> {
        let environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, value)| name.starts_with("TICKMARK_") && !value.is_empty())
            .collect();
        let named = arguments
            .config
            .clone()
            .or_else(|| environment.get("TICKMARK_CONFIG").map(PathBuf::from));
        let path = match named {
            Some(path) => {
                require("settings file", &path)?;
                Some(path)
            }
            None => {
                let here = working_directory()?;
                file::find(&here).map(|found| from_here(&found, &here))
            }
        };
        let file = match path {
            Some(path) => file::read(&path)?,
            None => SettingsFile::default(),
        };
        Ok(Settings { file, environment })
    }

    /// The settings file that was read.
    pub fn path(&self) -> Option<&Path> {
        self.file.path.as_deref()
    }

    /// Variables that look like settings and are none.
    pub fn unknown_variables(&self) -> impl Iterator<Item = &str> {
        self.environment
            .keys()
            .map(String::as_str)
            .filter(|name| !VARIABLES.contains(name))
    }

    /// How to reach the organisation that flags, environment or file choose.
    pub fn api(&self, flags: &ApiArguments, out: Option<&Path>) -> Result<Api, Failure> {
        let asked_id = self.first(
            flags.org_id.clone().map(|id| (id, "--org")),
            "TICKMARK_ORG",
            None,
        );
        let (organization, section) = match self.section(flags, asked_id.as_ref())? {
            Some((name, section)) => (Some(name), section.clone()),
            None => (None, Organization::default()),
        };
        let path = |flag: &Option<PathBuf>, name, variable, file| {
            let flag = flag.clone().map(|path| (path, name));
            self.first(flag, variable, file)
        };
        Ok(Api {
            organization,
            org_id: asked_id.or(section.id),
            api_url: self
                .first(
                    flags.api_url.clone().map(|url| (url, "--api-url")),
                    "TICKMARK_API_URL",
                    section.api_url,
                )
                .unwrap_or_else(|| Setting::new(API_URL.to_owned(), Origin::Default)),
            key: path(&flags.key_file, "--key-file", "TICKMARK_KEY_FILE", None)
                .map(|path| path.map(KeySource::File))
                .or(section.key)
                .unwrap_or_else(|| {
                    Setting::new(
                        KeySource::Variable(KEY_VARIABLE.to_owned()),
                        Origin::Default,
                    )
                }),
            ca_file: path(
                &flags.ca_file,
                "--ca-file",
                "TICKMARK_CA_FILE",
                section.ca_file,
            ),
            scim_keys: path(
                &flags.scim_keys_file,
                "--scim-keys-file",
                "TICKMARK_SCIM_KEYS_FILE",
                None,
            )
            .map(|path| path.map(KeySource::File))
            .or(section.scim_keys)
            .unwrap_or_else(|| {
                Setting::new(
                    KeySource::Variable(SCIM_KEYS_VARIABLE.to_owned()),
                    Origin::Default,
                )
            }),
            out: path(
                &out.map(Path::to_owned),
                "--out",
                "TICKMARK_OUT",
                section.out,
            ),
        })
    }

    /// The section of the organisation that is meant, and how that is known.
    ///
    /// A section holds a key, so it is never used for an organisation with another id.
    fn section(
        &self,
        flags: &ApiArguments,
        asked_id: Option<&Setting<String>>,
    ) -> Result<Option<(Setting<String>, &Organization)>, Failure> {
        let sections = &self.file.organizations;
        let names = || listed(sections.keys().map(String::as_str));
        let chosen = self.first(
            flags
                .organization
                .clone()
                .map(|name| (name, "--organization")),
            "TICKMARK_ORGANIZATION",
            self.file.organization.clone(),
        );
        if let Some(name) = chosen {
            let Some(section) = sections.get(&name.value) else {
                return Err(Failure::usage(
                    format!(
                        "there is no organisation `{}` ({})",
                        name.value, name.origin
                    ),
                    match (sections.is_empty(), self.path()) {
                        (false, _) => format!("the settings name {}", names()),
                        (true, Some(path)) => {
                            format!("`{}` has no `organizations`", path.display())
                        }
                        (true, None) => "no tickmark.yaml was found from here upward".to_owned(),
                    },
                ));
            };
            if let (Some(asked), Some(own)) = (asked_id, &section.id)
                && asked.value != own.value
            {
                return Err(Failure::usage(
                    format!(
                        "the organisation `{}` has another id than the one asked for ({})",
                        name.value, asked.origin
                    ),
                    "leave one of the two out",
                ));
            }
            return Ok(Some((name, section)));
        }
        let fits = |section: &Organization| match (asked_id, &section.id) {
            (Some(asked), Some(own)) => asked.value == own.value,
            (Some(_), None) => false,
            (None, _) => true,
        };
        let fitting: Vec<(&String, &Organization)> = sections
            .iter()
            .filter(|(_, section)| fits(section))
            .collect();
        match fitting.as_slice() {
            [] => Ok(None),
            [(name, section)] => {
                let name = Setting::new((*name).clone(), section.origin.clone());
                Ok(Some((name, section)))
            }
            _ => Err(Failure::usage(
                format!("which organisation is meant? the settings name {}", names()),
                "choose one with `--organization NAME` or TICKMARK_ORGANIZATION, or with `organization:` in the file",
            )),
        }
    }

    /// How to judge and what to write.
    pub fn judge(&self, flags: &JudgeArguments) -> Result<Judge, Failure> {
        let file = &self.file;
        let mut judge = Judge::defaults();
        if !flags.library.controls.is_empty() {
            judge.controls =
                Setting::new(flags.library.controls.clone(), Origin::Flag("--controls"));
        } else if let Some(text) = self.variable("TICKMARK_CONTROLS") {
            judge.controls = text.map(|text| std::env::split_paths(text).collect());
        } else if let Some(controls) = &file.controls {
            judge.controls = controls.clone();
        }
        judge.profile = self.first(
            flags
                .library
                .profile
                .clone()
                .map(|profile| (profile, "--profile")),
            "TICKMARK_PROFILE",
            file.profile.clone(),
        );
        judge.inputs = file.inputs.clone();
        let mut of_flags = BTreeSet::new();
        for text in &flags.lists.inputs {
            let mut given = GivenInput::read(text)?;
            if !of_flags.insert(given.value.name.clone()) {
                return Err(given_twice("--input", &given.value.name));
            }
            let known = judge
                .inputs
                .iter_mut()
                .find(|known| known.value.name == given.value.name);
            match known {
                // The file, and what is said of it, is another one; what its rows hold stays declared.
                Some(known) => {
                    given.value.schema = known.value.schema.take();
                    *known = given;
                }
                None => judge.inputs.push(given),
            }
        }
        judge.attestations = self.kept(
            flags
                .kept
                .attestations
                .clone()
                .map(|path| (path, "--attestations")),
            "TICKMARK_ATTESTATIONS",
            file.attestations.clone(),
            ATTESTATIONS,
        );
        judge.reviews = self.kept(
            flags.kept.reviews.clone().map(|path| (path, "--reviews")),
            "TICKMARK_REVIEWS",
            file.reviews.clone(),
            REVIEWS,
        );
        judge.parameters = file.parameters.clone();
        judge
            .parameters
            .extend(GivenParameter::of_flags(&flags.values.parameters)?);
        judge.plan = match (flags.values.plan, self.variable("TICKMARK_PLAN")) {
            (Some(plan), _) => Some(Setting::new(plan, Origin::Flag("--plan"))),
            (None, Some(text)) => {
                let read = text.value.parse().map_err(|error| {
                    Failure::usage(
                        format!("TICKMARK_PLAN: {error}"),
                        "for example `guard-standard`",
                    )
                })?;
                Some(text.map(|_| read))
            }
            (None, None) => file.plan.clone(),
        };
        if !flags.formats.is_empty() {
            judge.outputs = Setting::new(
                outputs("--format", flags.formats.iter().map(String::as_str))?,
                Origin::Flag("--format"),
            );
        } else if let Some(text) = self.variable("TICKMARK_FORMAT") {
            let read = outputs("TICKMARK_FORMAT", text.value.split(',').map(str::trim))?;
            judge.outputs = text.map(|_| read);
        } else if let Some(read) = &file.outputs {
            judge.outputs = read.clone();
        }
        let fail_on = match (&flags.fail_on, self.variable("TICKMARK_FAIL_ON")) {
            (Some(text), _) => Some(Setting::new(text.as_str(), Origin::Flag("--fail-on"))),
            (None, text) => text,
        };
        if let Some(text) = fail_on {
            let read = text.value.parse::<FailOn>().map_err(|error| {
                Failure::usage(
                    format!("{}: {error}", text.origin),
                    "for example `critical`, or `none` to report only",
                )
            })?;
            judge.fail_on = text.map(|_| read);
        } else if let Some(read) = &file.fail_on {
            judge.fail_on = read.clone();
        }
        if flags.personal_data {
            judge.personal_data = Setting::new(true, Origin::Flag("--personal-data"));
        } else if let Some(text) = self.variable("TICKMARK_PERSONAL_DATA") {
            let read = match text.value {
                "true" => true,
                "false" => false,
                other => {
                    return Err(Failure::usage(
                        format!("TICKMARK_PERSONAL_DATA: `{other}` is neither true nor false"),
                        "write `true` or `false`",
                    ));
                }
            };
            judge.personal_data = text.map(|_| read);
        } else if let Some(read) = &file.personal_data {
            judge.personal_data = read.clone();
        }
        judge.templates = self.first(
            flags.templates.clone().map(|path| (path, "--templates")),
            "TICKMARK_TEMPLATES",
            file.templates.clone(),
        );
        judge.threads = match (flags.threads, self.variable("TICKMARK_THREADS")) {
            (Some(threads), _) => NonZero::new(threads)
                .map(|threads| Setting::new(threads, Origin::Flag("--threads"))),
            (None, Some(text)) => {
                let read = text.value.parse().ok().and_then(threads).ok_or_else(|| {
                    Failure::usage(
                        format!("TICKMARK_THREADS: `{}` is no number of threads", text.value),
                        format!("write 1 to {THREADS_MAX}"),
                    )
                })?;
                Some(text.map(|_| read))
            }
            (None, None) => file.threads.clone(),
        };
        Ok(judge)
    }

    /// Exports of the console: those that flags name, or else those of the organisation's section, or else those of
    /// the file. Explained cells add up.
    pub fn exports(
        &self,
        flags: &ExportArguments,
        organization: Option<&Setting<String>>,
    ) -> Result<GivenFiles, Failure> {
        let section = organization.and_then(|name| self.file.organizations.get(&name.value));
        let own = section.map(|section| &section.exports);
        let files = if flags.exports.is_empty() {
            own.filter(|own| !own.is_empty())
                .unwrap_or(&self.file.exports)
                .clone()
        } else {
            let read = |text: &String| export::read_file("--export", text);
            flags.exports.iter().map(read).collect::<Result<_, _>>()?
        };
        let mut words = self.file.export_words.clone();
        for text in &flags.map {
            words.push(export::read_word(text)?);
        }
        Ok(GivenFiles { files, words })
    }

    /// The reports of a run on `organization`, where those of any run are `all`: what its section says outranks what
    /// the whole file says.
    pub fn outputs(
        &self,
        all: Setting<Vec<Output>>,
        organization: Option<&Setting<String>>,
    ) -> Setting<Vec<Output>> {
        let section = organization.and_then(|name| self.file.organizations.get(&name.value));
        let own = section.and_then(|section| section.outputs.as_ref());
        match (&all.origin, own) {
            (Origin::File { .. } | Origin::Default, Some(own)) => own.clone(),
            _ => all,
        }
    }

    /// Whether a run on another organisation of the file writes over `outputs`.
    pub fn shares_files(&self, outputs: &Setting<Vec<Output>>) -> bool {
        let of_all = self.file.outputs.as_ref();
        let sharing = self.file.organizations.values();
        of_all.is_some_and(|of_all| of_all.origin == outputs.origin)
            && outputs.value.iter().any(|output| !output.is_stdout())
            && sharing.filter(|other| other.outputs.is_none()).count() > 1
    }

    /// The folder `name` where nobody says another one: beside the settings file, or in the working directory if there
    /// is no settings file. Whoever makes it and whoever reads it ask here.
    pub fn usual_folder(&self, name: &str) -> PathBuf {
        let beside = self.path().and_then(Path::parent);
        beside.unwrap_or(Path::new("")).join(name)
    }

    /// The strongest of flag, variable and file; where nobody says one, the usual folder `usual`, if it is there.
    fn kept(
        &self,
        flag: Option<(PathBuf, &'static str)>,
        variable: &'static str,
        file: Option<Setting<PathBuf>>,
        usual: &str,
    ) -> Option<Setting<PathBuf>> {
        self.first(flag, variable, file).or_else(|| {
            let folder = self.usual_folder(usual);
            folder
                .is_dir()
                .then(|| Setting::new(folder, Origin::Default))
        })
    }

    fn variable(&self, name: &'static str) -> Option<Setting<&str>> {
        let value = self.environment.get(name)?;
        Some(Setting::new(value.as_str(), Origin::Environment(name)))
    }

    /// The strongest of flag, variable and file.
    fn first<T: for<'t> From<&'t str>>(
        &self,
        flag: Option<(T, &'static str)>,
        variable: &'static str,
        file: Option<Setting<T>>,
    ) -> Option<Setting<T>> {
        flag.map(|(value, name)| Setting::new(value, Origin::Flag(name)))
            .or_else(|| self.variable(variable).map(|text| text.map(T::from)))
            .or(file)
    }
}

/// A number of threads, if it is one that may be asked for.
fn threads(number: u64) -> Option<NonZero<u16>> {
    u16::try_from(number)
        .ok()
        .filter(|number| *number <= THREADS_MAX)
        .and_then(NonZero::new)
}

/// `found`, in `here` or above it, as it is named from here: so that what is read through it has the same name on
/// every machine.
fn from_here(found: &Path, here: &Path) -> PathBuf {
    let Some(folder) = found.parent() else {
        return found.to_owned();
    };
    let Ok(below) = here.strip_prefix(folder) else {
        return found.to_owned();
    };
    let up = below.components().map(|_| "..");
    up.collect::<PathBuf>()
        .join(found.file_name().unwrap_or_default())
}

fn working_directory() -> Result<PathBuf, Failure> {
    std::env::current_dir().map_err(|error| Failure::io("read", Path::new("."), &error))
}

/// Reads `FORMAT=FILE`, each.
fn outputs<'t>(origin: &str, texts: impl Iterator<Item = &'t str>) -> Result<Vec<Output>, Failure> {
    texts.map(|text| output(origin, text)).collect()
}

fn output(origin: &str, text: &str) -> Result<Output, Failure> {
    let known = || {
        let names: Vec<&str> = report::FORMATS.iter().map(|format| format.name).collect();
        names.join(", ")
    };
    let (name, path) = text.split_once('=').ok_or_else(|| {
        Failure::usage(
            format!("{origin}: `{text}` names no file"),
            format!(
                "write FORMAT=FILE, for example `html=report.html`; formats are {}",
                known()
            ),
        )
    })?;
    let format = report::format(name).ok_or_else(|| {
        Failure::usage(
            format!("{origin}: there is no format `{name}`"),
            format!("formats are {}", known()),
        )
    })?;
    if path.is_empty() {
        return Err(Failure::usage(
            format!("{origin}: `{text}` names no file"),
            "`-` is standard output",
        ));
    }
    Ok(Output {
        format,
        path: path.into(),
    })
}

#[cfg(test)]
mod tests;

//! `tickmark.yaml`: found upward, read like a control, every problem shown at once.

use super::secret::without_secrets;
use super::{GivenInput, GivenParameter, KeySource, Origin, Output, Setting, threads};
use crate::cli::exit::Failure;
use crate::control::{self, OrganizationPlan};
use crate::diagnostic::reader::{Codes, Reader};
use crate::diagnostic::yaml::{self, Entry, Kind, Node};
use crate::diagnostic::{Problem, Problems, SourceFile, did_you_mean};
use crate::gate::FailOn;
use crate::import::ExportRequest;
use crate::profile;
use crate::report;
use crate::snapshot::TaughtWord;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::{Path, PathBuf};

/// Names of the file, in the order in which they are looked for.
const NAMES: [&str; 2] = ["tickmark.yaml", "tickmark.yml"];
/// Folders upward that are looked into.
const FOLDERS_MAX: usize = 64;

/// Keys of the file.
pub(super) const KEYS: &[&str] = &[
    "organization",
    "organizations",
    "controls",
    "profile",
    "inputs",
    "exports",
    "export_words",
    "attestations",
    "reviews",
    "parameters",
    "plan",
    "formats",
    "fail_on",
    "personal_data",
    "templates",
    "threads",
];
/// Keys of an organisation.
pub(super) const ORGANIZATION_KEYS: &[&str] = &[
    "id",
    "api_url",
    "key_file",
    "key_env",
    "scim_keys_file",
    "scim_keys_env",
    "ca_file",
    "out",
    "exports",
    "formats",
];

/// What a settings file says.
#[derive(Clone, Debug, Default)]
pub(super) struct SettingsFile {
    /// The file; `None` if there is none.
    pub path: Option<PathBuf>,
    /// The organisation that is meant where nothing else is said.
    pub organization: Option<Setting<String>>,
    /// Organisations by name.
    pub organizations: BTreeMap<String, Organization>,
    pub controls: Option<Setting<Vec<PathBuf>>>,
    pub profile: Option<Setting<String>>,
    pub inputs: Vec<Setting<GivenInput>>,
    /// Exports of the console; those of an organisation stand in its section.
    pub exports: Vec<Setting<ExportRequest>>,
    pub export_words: Vec<Setting<TaughtWord>>,
    pub attestations: Option<Setting<PathBuf>>,
    pub reviews: Option<Setting<PathBuf>>,
    pub parameters: Vec<Setting<GivenParameter>>,
    pub plan: Option<Setting<OrganizationPlan>>,
    pub outputs: Option<Setting<Vec<Output>>>,
    pub fail_on: Option<Setting<FailOn>>,
    pub personal_data: Option<Setting<bool>>,
    pub templates: Option<Setting<PathBuf>>,
    pub threads: Option<Setting<NonZero<u16>>>,
}

/// How to reach one organisation.
#[derive(Clone, Debug)]
pub(super) struct Organization {
    /// Where its name is written.
    pub origin: Origin,
    pub id: Option<Setting<String>>,
    pub api_url: Option<Setting<String>>,
    pub key: Option<Setting<KeySource>>,
    /// Where the keys of its provisioning directories are.
    pub scim_keys: Option<Setting<KeySource>>,
    pub ca_file: Option<Setting<PathBuf>>,
    pub out: Option<Setting<PathBuf>>,
    pub exports: Vec<Setting<ExportRequest>>,
    /// Reports of its runs.
    pub outputs: Option<Setting<Vec<Output>>>,
}

impl Default for Organization {
    /// One of which nothing is said.
    fn default() -> Organization {
        Organization {
            origin: Origin::Default,
            id: None,
            api_url: None,
            key: None,
            scim_keys: None,
            ca_file: None,
            out: None,
            exports: Vec::new(),
            outputs: None,
        }
    }
}

/// The settings file in `from` or the nearest folder above it, up to the root of its repository (the
/// folder with `.git`) or of the file system.
pub(super) fn find(from: &Path) -> Option<PathBuf> {
    for folder in from.ancestors().take(FOLDERS_MAX) {
        let found = NAMES
            .iter()
            .map(|name| folder.join(name))
            .find(|path| path.is_file());
        if found.is_some() {
            return found;
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

/// Reads the file at `path`.
pub(super) fn read(path: &Path) -> Result<SettingsFile, Failure> {
    let file = control::read_file(path)?;
    let (settings, problems) = parse(&file, path);
    problems.or(settings).map_err(Failure::problems)
}

/// What `file` says, and every problem of it. `path` is where it is: paths in it start in its folder.
pub(super) fn parse(file: &SourceFile, path: &Path) -> (SettingsFile, Problems) {
    let (file, secrets) = without_secrets(file);
    let mut reader = FileReader {
        reader: Reader::with_codes(Codes {
            wrong_type: "settings::wrong_type",
            unknown_key: "settings::unknown_key",
            missing_key: "settings::missing_key",
            unknown_word: "settings::unknown_word",
        }),
        path: path.to_owned(),
    };
    reader.reader.problems.extend(secrets);
    let mut settings = match yaml::read(&file) {
        // A file of comments only says nothing.
        Ok(root) if root.kind == Kind::Null => SettingsFile::default(),
        Ok(root) => reader.settings(&root),
        Err(problem) => {
            reader.reader.push(problem);
            SettingsFile::default()
        }
    };
    settings.path = Some(path.to_owned());
    (settings, reader.reader.problems)
}

struct FileReader {
    reader: Reader,
    path: PathBuf,
}

impl FileReader {
    fn settings(&mut self, root: &Node) -> SettingsFile {
        let mut settings = SettingsFile::default();
        let Some(root) = self.reader.map(root, "the settings", KEYS) else {
            return settings;
        };
        settings.organizations = self.organizations(root);
        settings.organization = self.setting(root, "organization", Self::text);
        if let (Some(name), Some(node)) = (&settings.organization, root.get("organization"))
            && !settings.organizations.contains_key(&name.value)
        {
            let known = settings.organizations.keys().map(String::as_str);
            self.reader.push(
                Problem::new(
                    "settings::unknown_organization",
                    format!("there is no organisation `{}`", name.value),
                    node.place(),
                    "not under `organizations`",
                )
                .help(did_you_mean(&name.value, known)),
            );
        }
        settings.controls = self.setting(root, "controls", |this, node| {
            let elements = this
                .reader
                .list(node, "write a list: `[controls, ../common/controls]`")?;
            elements
                .iter()
                .map(|element| this.relative(element))
                .collect()
        });
        settings.profile = self.setting(root, "profile", |this, node| {
            let text = this.text(node)?;
            if profile::is_file(&text) {
                let path = this.relative(node)?;
                return Some(path.to_string_lossy().into_owned());
            }
            Some(text)
        });
        settings.inputs = self.inputs(root);
        settings.exports = self.exports(root);
        settings.export_words = self.export_words(root);
        settings.attestations = self.setting(root, "attestations", Self::relative);
        settings.reviews = self.setting(root, "reviews", Self::relative);
        settings.parameters = self.parameters(root);
        settings.plan = self.setting(root, "plan", |this, node| {
            let words = OrganizationPlan::LEAST_FIRST.map(|plan| (plan.word(), plan));
            this.reader.word(node, "plan", &words)
        });
        settings.outputs = self.setting(root, "formats", Self::outputs);
        settings.fail_on = self.setting(root, "fail_on", |this, node| {
            let words = [FailOn::None]
                .into_iter()
                .chain(control::Severity::WORST_FIRST.map(FailOn::AtOrAbove))
                .map(|fail_on| (fail_on.to_string(), fail_on))
                .collect::<Vec<_>>();
            let words: Vec<(&str, FailOn)> = words
                .iter()
                .map(|(word, fail_on)| (word.as_str(), *fail_on))
                .collect();
            this.reader.word(node, "severity", &words)
        });
        settings.personal_data =
            self.setting(root, "personal_data", |this, node| match node.kind {
                Kind::Boolean(value) => Some(value),
                _ => {
                    this.reader
                        .wrong_type(node, "a boolean", "write `true` or `false`");
                    None
                }
            });
        settings.templates = self.setting(root, "templates", Self::relative);
        settings.threads = self.setting(root, "threads", |this, node| {
            let number = this.reader.whole(node)?;
            let found = threads(number);
            if found.is_none() {
                let help = format!("write 1 to {}", super::THREADS_MAX);
                this.reader.wrong_type(node, "a number of threads", &help);
            }
            found
        });
        settings
    }

    fn organizations(&mut self, root: &Node) -> BTreeMap<String, Organization> {
        const HELP: &str = "write `main: { id: …, key_file: … }`";
        let Some(node) = root.get("organizations") else {
            return BTreeMap::new();
        };
        let Some(entries) = node.entries() else {
            self.reader.wrong_type(node, "a map", HELP);
            return BTreeMap::new();
        };
        let organizations = entries.iter().filter_map(|entry| {
            let organization = self.organization(entry)?;
            Some((entry.key.clone(), organization))
        });
        organizations.collect()
    }

    fn organization(&mut self, entry: &Entry) -> Option<Organization> {
        let map = self
            .reader
            .map(&entry.value, "an organisation", ORGANIZATION_KEYS)?;
        self.reader.required(
            map,
            "id",
            "the id stands in the console's address: https://admin.atlassian.com/o/<id>/overview",
        );
        let key = self.key_source(map, "key_file", "key_env");
        let scim_keys = self.key_source(map, "scim_keys_file", "scim_keys_env");
        Some(Organization {
            origin: self.origin(&entry.key_place().file, entry.key_span.start),
            id: self.setting(map, "id", Self::text),
            api_url: self.setting(map, "api_url", Self::text),
            key,
            scim_keys,
            ca_file: self.setting(map, "ca_file", Self::relative),
            out: self.setting(map, "out", Self::relative),
            exports: self.exports(map),
            outputs: self.setting(map, "formats", Self::outputs),
        })
    }

    /// Where a secret is: in the file under the key `file`, or in the variable under the key `env`.
    fn key_source(
        &mut self,
        map: &Node,
        file: &'static str,
        env: &'static str,
    ) -> Option<Setting<KeySource>> {
        let find = |key: &str| {
            let entries = map.entries().unwrap_or_default();
            entries.iter().find(|entry| entry.key == key)
        };
        if let (Some(first), Some(second)) = (find(file), find(env)) {
            self.reader.push(
                Problem::new(
                    "settings::two_keys",
                    format!("`{file}` and `{env}` cannot stand together"),
                    second.key_place(),
                    "this one",
                )
                .and_at(first.key_place(), "and this one")
                .help("keep the one that holds the key"),
            );
        }
        let file = self.setting(map, file, Self::relative);
        let env = self.setting(map, env, Self::text);
        file.map(|path| path.map(KeySource::File))
            .or(env.map(|name| name.map(KeySource::Variable)))
    }

    fn inputs(&mut self, root: &Node) -> Vec<Setting<GivenInput>> {
        let Some(node) = root.get("inputs") else {
            return Vec::new();
        };
        let Some(entries) = node.entries() else {
            let help =
                "write `leavers: { file: leavers.csv, extracted_on: 2026-11-17, max_age: 35d }`";
            self.reader.wrong_type(node, "a map", help);
            return Vec::new();
        };
        let folder = self.path.parent().unwrap_or(Path::new("")).to_owned();
        let relative = |reader: &mut Reader, node: &Node| Some(folder.join(reader.text(node)?));
        entries
            .iter()
            .filter_map(|entry| {
                let given = GivenInput::of_entry(&mut self.reader, entry, relative)?;
                let origin = self.origin(&entry.value.file, entry.key_span.start);
                Some(Setting::new(given, origin))
            })
            .collect()
    }

    fn exports(&mut self, map: &Node) -> Vec<Setting<ExportRequest>> {
        let Some(node) = map.get("exports") else {
            return Vec::new();
        };
        let help = "write a list: `[exports/managed.csv, { file: exports/users.csv, extracted_on: 2026-11-17 }]`";
        let Some(elements) = self.reader.list(node, help) else {
            return Vec::new();
        };
        let folder = self.path.parent().unwrap_or(Path::new("")).to_owned();
        let relative = |reader: &mut Reader, node: &Node| Some(folder.join(reader.text(node)?));
        elements
            .iter()
            .filter_map(|element| {
                let request = super::export::of_node(&mut self.reader, element, relative)?;
                let origin = self.origin(&element.file, element.span.start);
                Some(Setting::new(request, origin))
            })
            .collect()
    }

    fn export_words(&mut self, root: &Node) -> Vec<Setting<TaughtWord>> {
        let Some(node) = root.get("export_words") else {
            return Vec::new();
        };
        let Some(entries) = node.entries() else {
            let help = "write `{ \"Strong (legacy)\": strong }`";
            self.reader.wrong_type(node, "a map", help);
            return Vec::new();
        };
        entries
            .iter()
            .filter_map(|entry| {
                let word = super::export::word_of_entry(&mut self.reader, entry)?;
                let origin = self.origin(&entry.value.file, entry.key_span.start);
                Some(Setting::new(word, origin))
            })
            .collect()
    }

    fn parameters(&mut self, root: &Node) -> Vec<Setting<GivenParameter>> {
        let Some(node) = root.get("parameters") else {
            return Vec::new();
        };
        let Some(entries) = node.entries() else {
            let help = "write `accounts-idle.idle_days: 60`";
            self.reader.wrong_type(node, "a map", help);
            return Vec::new();
        };
        entries
            .iter()
            .map(|entry| {
                let given = GivenParameter {
                    name: entry.key.clone(),
                    node: entry.value.clone(),
                };
                Setting::new(given, self.origin(&entry.value.file, entry.key_span.start))
            })
            .collect()
    }

    fn outputs(&mut self, node: &Node) -> Option<Vec<Output>> {
        let Some(entries) = node.entries() else {
            let help = "write a map: `{ html: report.html, json: assessment.json }`";
            self.reader.wrong_type(node, "a map", help);
            return None;
        };
        let mut outputs = Vec::new();
        for entry in entries {
            let path = self.relative(&entry.value);
            match (report::format(&entry.key), path) {
                (Some(format), Some(path)) => outputs.push(Output { format, path }),
                (None, _) => {
                    let names = report::FORMATS.iter().map(|format| format.name);
                    self.reader.push(
                        Problem::new(
                            "settings::unknown_format",
                            format!("there is no format `{}`", entry.key),
                            entry.key_place(),
                            "not a format",
                        )
                        .help(did_you_mean(&entry.key, names)),
                    );
                }
                (Some(_), None) => {}
            }
        }
        Some(outputs)
    }

    /// The value under `key` with where it is written.
    fn setting<T>(
        &mut self,
        map: &Node,
        key: &str,
        read: impl FnOnce(&mut Self, &Node) -> Option<T>,
    ) -> Option<Setting<T>> {
        let node = map.get(key)?;
        let value = read(self, node)?;
        Some(Setting::new(
            value,
            self.origin(&node.file, node.span.start),
        ))
    }

    fn origin(&self, file: &SourceFile, at: usize) -> Origin {
        Origin::File {
            path: self.path.clone(),
            line: file.line(at),
        }
    }

    fn text(&mut self, node: &Node) -> Option<String> {
        self.reader.text(node).map(str::to_owned)
    }

    /// A path; one that is not absolute starts in the folder of the settings file. `-` stays as it is.
    fn relative(&mut self, node: &Node) -> Option<PathBuf> {
        let text = self.reader.text(node)?;
        if text == "-" {
            return Some(text.into());
        }
        let folder = self.path.parent().unwrap_or(Path::new(""));
        Some(folder.join(text))
    }
}

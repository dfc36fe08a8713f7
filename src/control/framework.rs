//! Frameworks: lists of criteria that controls may say they contribute evidence to.
//!
//! A file holds ids and short words of our own, never a publisher's text, and says how many criteria the
//! framework has in all, so that a reader sees how much of it is listed:
//!
//! ```yaml
//! framework: house-rules
//! name: House rules
//! edition: "3"
//! publisher: Example Ltd
//! criteria_total: 12
//! criteria:
//!   R.1: Every account has an owner
//! ```
//!
//! The built-in files stand in `controls/frameworks`. In a folder of controls, files in a folder called
//! `frameworks` add frameworks, or add criteria to one of the same id.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use super::builtin;
use super::reader::Reader;
use super::{ControlId, Criterion};
use crate::diagnostic::yaml::{self, Node};
use crate::diagnostic::{Place, Problem, Problems, SourceFile, did_you_mean};

/// The folder that holds framework files among those of controls.
const FOLDER: &str = "frameworks";

/// A framework, as far as its file lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framework {
    /// Its id, as `maps_to` names it: that of its file.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its edition; empty if the file gives none.
    pub edition: String,
    /// Who publishes it; empty if the file does not say.
    pub publisher: String,
    /// Where to get it; empty if the file does not say.
    pub source: String,
    /// What the file lists, and why not all.
    pub about: String,
    /// Criteria that the framework has in all, listed or not.
    pub criteria_total: u64,
    /// Those listed, in the order of the file. Never empty.
    pub criteria: Vec<ListedCriterion>,
}

/// One criterion of a framework's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedCriterion {
    /// Its id: `CC6.2`.
    pub id: String,
    /// What it is about, in short words that are not the publisher's.
    pub title: String,
}

impl Framework {
    /// The criterion called `id`, if it is listed.
    pub fn criterion(&self, id: &str) -> Option<&ListedCriterion> {
        self.criteria.iter().find(|criterion| criterion.id == id)
    }
}

/// Frameworks by id.
#[derive(Clone, Debug, Default)]
pub struct Frameworks(BTreeMap<String, Arc<Framework>>);

static BUILT_IN: LazyLock<Frameworks> = LazyLock::new(|| {
    let mut frameworks = Frameworks::default();
    for file in builtin::frameworks() {
        let (framework, problems) = read(&file);
        assert!(problems.is_empty(), "built-in framework: {problems:?}");
        frameworks
            .0
            .extend(framework.map(|framework| (framework.id.clone(), Arc::new(framework))));
    }
    frameworks
});

impl FromIterator<Arc<Framework>> for Frameworks {
    fn from_iter<I: IntoIterator<Item = Arc<Framework>>>(frameworks: I) -> Frameworks {
        let by_id = frameworks
            .into_iter()
            .map(|framework| (framework.id.clone(), framework));
        Frameworks(by_id.collect())
    }
}

impl Frameworks {
    /// The frameworks that come with the program.
    pub fn built_in() -> Frameworks {
        BUILT_IN.clone()
    }

    /// The framework called `id`.
    pub fn get(&self, id: &str) -> Option<&Arc<Framework>> {
        self.0.get(id)
    }

    /// Each, in order of the ids.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Framework>> + Clone {
        self.0.values()
    }

    /// Takes the frameworks in `files` too. One that is there already gets the file's name and facts, and its
    /// criteria in addition; a criterion of both gets the file's title.
    pub(super) fn add(&mut self, files: &[&SourceFile]) -> Problems {
        let mut problems = Problems::none();
        for file in files {
            let (framework, found) = read(file);
            problems.extend(found);
            let Some(mut framework) = framework else {
                continue;
            };
            if let Some(known) = self.0.get(&framework.id) {
                let mut criteria = known.criteria.clone();
                criteria.retain(|criterion| framework.criterion(&criterion.id).is_none());
                criteria.append(&mut framework.criteria);
                framework.criteria = criteria;
            }
            self.0.insert(framework.id.clone(), Arc::new(framework));
        }
        problems
    }

    /// Notes what of `id` and `criteria`, written where `places` say, is not listed; the framework if it is.
    pub(super) fn check(
        &self,
        reader: &mut Reader,
        id: &str,
        id_place: Place,
        criteria: &[(Criterion, Place)],
    ) -> Option<Arc<Framework>> {
        let Some(framework) = self.get(id) else {
            let known = self.0.keys().map(String::as_str);
            reader.push(
                Problem::new(
                    "control::unknown_framework",
                    format!("unknown framework `{id}`"),
                    id_place,
                    "not listed",
                )
                .help(format!(
                    "{}; one of your own is a file `{FOLDER}/{id}.yaml` among your controls",
                    did_you_mean(id, known).trim_end_matches('?')
                )),
            );
            return None;
        };
        for (criterion, place) in criteria {
            if framework.criterion(&criterion.id).is_none() {
                let known = framework.criteria.iter().map(|known| known.id.as_str());
                let help = match crate::diagnostic::nearest(&criterion.id, known) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("`tickmark frameworks show {id}` lists its criteria"),
                };
                reader.push(
                    Problem::new(
                        "control::unknown_criterion",
                        format!("`{id}` lists no criterion `{}`", criterion.id),
                        place.clone(),
                        "not listed",
                    )
                    .help(help),
                );
            }
        }
        Some(Arc::clone(framework))
    }
}

/// Whether a file of this name holds a framework, not a control.
pub(super) fn is_framework_file(name: &str) -> bool {
    name.rsplit(['/', '\\']).nth(1) == Some(FOLDER)
}

fn read(file: &SourceFile) -> (Option<Framework>, Problems) {
    let mut reader = Reader::default();
    let framework = match yaml::read(file) {
        Ok(root) => read_framework(&mut reader, file, &root),
        Err(problem) => {
            reader.push(problem);
            None
        }
    };
    let framework = framework.filter(|_| reader.problems.is_empty());
    (framework, reader.problems)
}

fn read_framework(reader: &mut Reader, file: &SourceFile, root: &Node) -> Option<Framework> {
    const KEYS: &[&str] = &[
        "framework",
        "name",
        "edition",
        "publisher",
        "source",
        "about",
        "criteria_total",
        "criteria",
    ];
    let root = reader.map(root, "a framework", KEYS)?;
    let id = reader
        .required(root, "framework", "name the framework as its file is named")
        .and_then(|node| read_id(reader, file, node));
    let name = reader
        .required(root, "name", "write its name: `name: House rules`")
        .and_then(|node| reader.text(node))
        .map(str::to_owned);
    let mut optional = |key: &str| match root.get(key) {
        Some(node) => reader.text(node).map(str::to_owned),
        None => Some(String::new()),
    };
    let edition = optional("edition");
    let publisher = optional("publisher");
    let source = optional("source");
    let about = optional("about");
    let total_node = reader.required(
        root,
        "criteria_total",
        "say how many criteria the framework has in all",
    );
    let criteria_total = total_node.and_then(|node| reader.whole(node));
    let criteria = reader
        .required(
            root,
            "criteria",
            "write a map: `R.1: Every account has an owner`",
        )
        .and_then(|node| read_criteria(reader, node));
    let (criteria_total, criteria) = (criteria_total?, criteria?);
    if (criteria.len() as u64) > criteria_total {
        reader.push(
            Problem::new(
                "framework::criteria_total",
                format!(
                    "the file lists {} criteria, more than {criteria_total}",
                    criteria.len()
                ),
                total_node?.place(),
                "fewer than are listed",
            )
            .help("`criteria_total` is the number of all criteria of the framework, listed or not"),
        );
    }
    Some(Framework {
        id: id?,
        name: name?,
        edition: edition?,
        publisher: publisher?,
        source: source?,
        about: about?,
        criteria_total,
        criteria,
    })
}

fn read_id(reader: &mut Reader, file: &SourceFile, node: &Node) -> Option<String> {
    let text = reader.text(node)?;
    let stem = file.stem();
    // The same words as an id of a control, so that it can be a file's name.
    if text.parse::<ControlId>().is_err() || stem != text {
        reader.push(
            Problem::new(
                "framework::id",
                format!("the framework is `{text}`, but the file is called `{stem}`"),
                node.place(),
                "differs from the file's name",
            )
            .help("call both by one id of lower-case words and numbers joined by `-`"),
        );
    }
    Some(text.to_owned())
}

fn read_criteria(reader: &mut Reader, node: &Node) -> Option<Vec<ListedCriterion>> {
    const HELP: &str = "write a map: `R.1: Every account has an owner`";
    let Some(entries) = node.entries().filter(|entries| !entries.is_empty()) else {
        reader.wrong_type(node, "a map of criteria", HELP);
        return None;
    };
    entries
        .iter()
        .map(|entry| {
            Some(ListedCriterion {
                id: entry.key.clone(),
                title: reader.text(&entry.value)?.to_owned(),
            })
        })
        .collect()
}

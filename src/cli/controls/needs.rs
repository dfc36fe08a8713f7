//! What a control needs to be decided: datasets, fields, and the sources that may give them.

use crate::catalog::{self, DATASETS, Dataset, DatasetRef, Field};
use crate::control::Control;
use crate::diagnostic::Problems;
use crate::plan::{ParameterValues, Plan, PlannedControl, Requirement};
use serde::Serialize;
use std::collections::BTreeSet;

/// The source of a person's answer.
pub(super) const ATTESTATION: &str = "attestation";

/// The source of what a user gives.
const LIST: &str = "a list that you give";

/// A control with what it needs.
pub(super) struct Needs {
    /// The control, parameters at their defaults.
    pub planned: PlannedControl,
    /// By dataset, in the order in which they are read; a dataset stands once.
    pub datasets: Vec<Need>,
}

/// The fields of one dataset that a control looks at.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Need {
    /// The dataset.
    pub dataset: String,
    /// Fields that decide.
    pub fields: Vec<String>,
    /// What may give them.
    pub sources: Vec<SourceNeed>,
}

/// A request, export or statement that may give a field.
#[derive(Clone, Debug, Serialize)]
pub(super) struct SourceNeed {
    /// Its name in the catalog.
    pub name: &'static str,
    /// Method and path, or where the console exports it; `None` if neither gives it.
    pub request: Option<&'static str>,
    /// Scope that the key needs, where the vendor states one.
    pub scope: Option<&'static str>,
    /// What the plan or the key must have for it to answer; empty if nothing.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub needs: &'static str,
    /// Fields above that it may give.
    pub gives: Vec<String>,
}

impl Needs {
    /// Plans `control` alone.
    pub fn of(control: Control) -> Result<Needs, Problems> {
        let mut plan = Plan::new(vec![control], &ParameterValues::none())?;
        let mut datasets: Vec<Need> = Vec::new();
        for scan in &plan.scans {
            let fields = scan.fields.iter().map(String::as_str);
            match datasets
                .iter_mut()
                .find(|need| need.dataset == scan.dataset.name())
            {
                // A second pass over the same records, for a set that needs another set.
                Some(need) => {
                    let known = need.fields.iter().map(String::as_str);
                    *need = need_of(&scan.dataset, &known.chain(fields).collect());
                }
                None => datasets.push(need_of(&scan.dataset, &fields.collect())),
            }
        }
        let planned = plan.controls.pop().expect("one control was planned");
        Ok(Needs { planned, datasets })
    }

    /// The control as written.
    pub fn control(&self) -> &Control {
        &self.planned.control
    }

    /// Names of every source that may give a field, each once, ascending.
    pub fn source_names(&self) -> BTreeSet<&'static str> {
        let sources = self.datasets.iter().flat_map(|need| &need.sources);
        let answer = self.is_answered_by_a_person().then_some(ATTESTATION);
        sources.map(|source| source.name).chain(answer).collect()
    }

    /// Whether a person answers, and no record is looked at.
    pub fn is_answered_by_a_person(&self) -> bool {
        matches!(self.planned.requirement, Requirement::Attest(_))
    }
}

fn need_of(dataset: &DatasetRef, wanted: &BTreeSet<&str>) -> Need {
    match dataset {
        DatasetRef::Known(dataset) => need_of_catalog(dataset, wanted),
        DatasetRef::Input(schema) => Need {
            dataset: schema.name().to_owned(),
            fields: wanted.iter().map(|name| (*name).to_owned()).collect(),
            sources: vec![SourceNeed {
                name: LIST,
                request: None,
                scope: None,
                needs: "",
                gives: wanted.iter().map(|name| (*name).to_owned()).collect(),
            }],
        },
    }
}

fn need_of_catalog(dataset: &'static Dataset, wanted: &BTreeSet<&str>) -> Need {
    let fields: Vec<&'static Field> = dataset
        .fields
        .iter()
        .filter(|field| wanted.contains(field.name))
        .collect();
    let mut sources: Vec<SourceNeed> = Vec::new();
    for field in &fields {
        for name in field.sources {
            match sources.iter_mut().find(|source| source.name == *name) {
                Some(source) => source.gives.push(field.name.to_owned()),
                None => sources.push(source_need(dataset, name, field.name)),
            }
        }
    }
    Need {
        dataset: dataset.name.to_owned(),
        fields: fields.iter().map(|field| field.name.to_owned()).collect(),
        sources,
    }
}

fn source_need(dataset: &'static Dataset, name: &'static str, field: &'static str) -> SourceNeed {
    let found = catalog::source(dataset, name);
    SourceNeed {
        name,
        request: found.map(|source| source.request),
        scope: found.and_then(|source| source.scope),
        needs: found.map_or("", |source| source.needs),
        gives: vec![field.to_owned()],
    }
}

/// Names of every source that the catalog knows, each once, ascending.
pub(super) fn known_sources() -> BTreeSet<&'static str> {
    let fields = DATASETS.iter().flat_map(|dataset| dataset.fields);
    fields
        .flat_map(|field| field.sources.iter().copied())
        .chain([ATTESTATION, LIST])
        .collect()
}

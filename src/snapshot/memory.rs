//! Records held in memory: for the cases of controls and for tests.

use super::{
    Collected, Completeness, DatasetStatement, Manifest, OrganizationStatement, Provenance,
    RecordSource, SnapshotError, Tool,
};
use crate::catalog::{self, Dataset};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

/// A small snapshot without files. Datasets that are not given are whole and empty.
#[derive(Clone, Debug)]
pub struct MemorySource {
    manifest: Manifest,
    digest: String,
    text: BTreeMap<&'static str, String>,
}

impl MemorySource {
    /// An organisation with nothing in it, fetched whole at `at`.
    pub fn new(at: Timestamp) -> MemorySource {
        let datasets = catalog::DATASETS
            .iter()
            .map(|dataset| {
                let statement = DatasetStatement {
                    completeness: Completeness::Whole,
                    records: 0,
                    api_count: None,
                    period: None,
                    sources: Vec::new(),
                    sha256: String::new(),
                    frames_sha256: String::new(),
                    misfits: Vec::new(),
                };
                (dataset.name.to_owned(), statement)
            })
            .collect();
        MemorySource {
            manifest: Manifest {
                format: super::FORMAT.to_owned(),
                tool: Tool::this(),
                organization: OrganizationStatement {
                    id: "case".to_owned(),
                    name: None,
                },
                api_url: String::new(),
                collected: Collected {
                    from: at,
                    to: at,
                    clock_skew_ms: None,
                },
                parent: None,
                journal: BTreeMap::new(),
                datasets,
                sources_sha256: String::new(),
            },
            digest: String::new(),
            text: BTreeMap::new(),
        }
    }

    /// Sets the records of `dataset`. Members are put in catalog order and records in the order of their
    /// ids; members that the catalog does not name are left out. Every record needs a text `id`.
    pub fn set_records(&mut self, dataset: &'static Dataset, records: &[Value]) {
        let mut sorted: Vec<&Value> = records.iter().collect();
        sorted.sort_by_key(|record| record["id"].as_str().unwrap_or_default());
        let mut text = String::new();
        for record in &sorted {
            text.push_str(&canonical_line(dataset, record));
            text.push('\n');
        }
        self.text.insert(dataset.name, text);
        self.statement_mut(dataset).records = sorted.len() as u64;
    }

    /// Sets how complete `dataset` is.
    pub fn set_completeness(&mut self, dataset: &'static Dataset, completeness: Completeness) {
        self.statement_mut(dataset).completeness = completeness;
    }

    fn statement_mut(&mut self, dataset: &'static Dataset) -> &mut DatasetStatement {
        self.manifest
            .datasets
            .get_mut(dataset.name)
            .expect("every dataset of the catalog was put in")
    }
}

/// `record` as a canonical line without provenance: compact, members in catalog order.
pub(crate) fn canonical_line(dataset: &Dataset, record: &Value) -> String {
    let mut line = String::from("{");
    for field in dataset.fields {
        if let Some(value) = record.get(field.name) {
            if line.len() > 1 {
                line.push(',');
            }
            line.push('"');
            line.push_str(field.name);
            line.push_str("\":");
            line.push_str(&value.to_string());
        }
    }
    line.push('}');
    line
}

impl RecordSource for MemorySource {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn digest(&self) -> &str {
        &self.digest
    }

    fn frame_count(&self, dataset: &str) -> usize {
        usize::from(self.text.get(dataset).is_some_and(|text| !text.is_empty()))
    }

    fn read_frame(
        &self,
        dataset: &str,
        _index: usize,
        text: &mut String,
    ) -> Result<(), SnapshotError> {
        text.clear();
        text.push_str(&self.text[dataset]);
        Ok(())
    }

    fn provenance(&self) -> Option<&Provenance> {
        None
    }
}

//! Records held in memory: for the cases of controls and for tests.

use super::{
    AnswerStatement, Collected, Completeness, DatasetStatement, ExportsStatement, InputStatement,
    Manifest, OrganizationStatement, Provenance, RecordSource, SnapshotError, Tool,
};
use crate::catalog::{self, Dataset, InputSchema};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

/// A small snapshot without files. Datasets that are not given are whole and empty; lists that are not
/// given are not there, as nobody gave them.
#[derive(Clone, Debug)]
pub struct MemorySource {
    manifest: Manifest,
    digest: String,
    text: BTreeMap<String, String>,
    inputs: BTreeMap<String, InputStatement>,
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
                format: super::SnapshotFormat::NEWEST.name().to_owned(),
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
                exports: ExportsStatement::default(),
                datasets,
                sources_sha256: String::new(),
            },
            digest: String::new(),
            text: BTreeMap::new(),
            inputs: BTreeMap::new(),
        }
    }

    /// Sets the records of `dataset`. Members are put in catalog order and records in the order of their
    /// ids; members that the catalog does not name are left out. Every record needs a text `id`.
    pub fn set_records(&mut self, dataset: &'static Dataset, records: &[Value]) {
        let mut sorted: Vec<&Value> = records.iter().collect();
        sorted.sort_by_key(|record| record["id"].as_str().unwrap_or_default());
        let lines = sorted.iter().map(|record| canonical_line(dataset, record));
        self.text.insert(dataset.name.to_owned(), text_of(lines));
        self.statement_mut(dataset).records = sorted.len() as u64;
    }

    /// Gives the list `schema` with these rows, in their order; every one needs a text `id`. `statement` says
    /// what is said of the list; the number of rows is put in.
    pub fn set_list(&mut self, schema: &InputSchema, rows: &[Value], statement: InputStatement) {
        let lines = rows.iter().map(|row| {
            let names = schema.fields().iter().map(|field| field.name.as_str());
            line_of(names, row)
        });
        let name = schema.name().to_owned();
        self.text.insert(name.clone(), text_of(lines));
        let statement = InputStatement {
            rows: rows.len() as u64,
            ..statement
        };
        self.inputs.insert(name, statement);
    }

    /// Takes the list called `inputs.<name>` away, as if nobody had given it.
    pub fn take_list(&mut self, name: &str) {
        self.text.remove(name);
        self.inputs.remove(name);
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

fn text_of(lines: impl Iterator<Item = String>) -> String {
    lines.map(|line| line + "\n").collect()
}

/// `record` as a canonical line without provenance: compact, members in catalog order.
pub(crate) fn canonical_line(dataset: &Dataset, record: &Value) -> String {
    line_of(dataset.fields.iter().map(|field| field.name), record)
}

/// The members of `record` that `names` has, in that order.
fn line_of<'n>(names: impl Iterator<Item = &'n str>, record: &Value) -> String {
    let mut line = String::from("{");
    for name in names {
        if let Some(value) = record.get(name) {
            if line.len() > 1 {
                line.push(',');
            }
            line.push('"');
            line.push_str(name);
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

    fn answers(&self) -> &[AnswerStatement] {
        &[]
    }

    fn provenance(&self) -> Option<&Provenance> {
        None
    }

    fn inputs(&self) -> &BTreeMap<String, InputStatement> {
        &self.inputs
    }
}

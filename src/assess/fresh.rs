//! A snapshot at a point in time: values from exports that are too old by then are no longer known.
//!
//! A snapshot never changes, and may be judged long after it was made. Which source gave a value stands in the mark
//! of its record, so that the values of a stale export are left out as the records are read. Nothing is read twice,
//! and nothing at all is done where every export still counts.

use crate::catalog::{self, Dataset, DatasetRef, Field};
use crate::snapshot::{
    AnswerStatement, Completeness, ExportKind, InputStatement, Manifest, Provenance, RecordSource,
    SnapshotError,
};
use crate::value::{Json, Projection, Slot};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The member of a line that says where its values come from.
const MARK: &str = "_";

/// A source that stands in for an export: what a person says of the settings of all. It gives a field of no record.
const ATTESTATION: &str = "attestation";

/// Why exports count for nothing, by the name of their source.
pub(super) type Stale = BTreeMap<&'static str, String>;

/// Exports, by the name of their source, that nobody gave or that count for nothing: what only they tell is not
/// known of any record.
pub(super) type Awaited = BTreeSet<&'static str>;

/// A source of records without the values of stale exports.
pub(super) struct Fresh<'s> {
    source: &'s dyn RecordSource,
    manifest: Manifest,
    stale: Stale,
    awaited: Awaited,
    /// By dataset, for each class of its records: the fields to leave out.
    dropped: BTreeMap<&'s str, Vec<BTreeSet<&'static str>>>,
}

impl<'s> Fresh<'s> {
    /// `source` as it is at `as_of`.
    pub(super) fn new(source: &'s dyn RecordSource, as_of: Timestamp) -> Fresh<'s> {
        let mut manifest = source.manifest().clone();
        let stale = manifest.exports.stale(manifest.collected.to, as_of);
        // Records that came from no source wait for none.
        let awaited = match source.provenance() {
            Some(_) => awaited(&manifest, &stale),
            None => Awaited::new(),
        };
        let mut dropped = BTreeMap::new();
        if let Some(provenance) = source.provenance().filter(|_| !stale.is_empty()) {
            for (name, classes) in &provenance.classes {
                let Some(dataset) = catalog::dataset(name) else {
                    continue;
                };
                // What is known of the exports themselves does not age.
                let is_aging = dataset.name != "exports";
                let of_class = |class| fields_of(dataset, class, &stale);
                let fields: Vec<BTreeSet<&'static str>> = classes.iter().map(of_class).collect();
                if is_aging && fields.iter().any(|fields| !fields.is_empty()) {
                    dropped.insert(name.as_str(), fields);
                }
            }
        }
        let policies = manifest.datasets.get_mut("authentication_policies");
        if let (Some(policies), Some(detail)) = (policies, stale.get(catalog::MANAGED_EXPORT)) {
            policies.completeness = Completeness::Stale {
                detail: detail.clone(),
            };
        }
        Fresh {
            source,
            manifest,
            stale,
            awaited,
            dropped,
        }
    }

    /// Why exports count for nothing.
    pub(super) fn stale(&self) -> &Stale {
        &self.stale
    }

    /// Exports that are not there, or count for nothing.
    pub(super) fn awaited(&self) -> &Awaited {
        &self.awaited
    }
}

/// The kinds of export of which `manifest` states no file that counts.
fn awaited(manifest: &Manifest, stale: &Stale) -> Awaited {
    let is_given = |kind: ExportKind| manifest.exports.files.iter().any(|file| file.kind == kind);
    let kinds = ExportKind::ALL.into_iter();
    kinds
        .filter(|kind| !is_given(*kind) || stale.contains_key(kind.source()))
        .map(ExportKind::source)
        .chain([ATTESTATION])
        .collect()
}

/// Fields of `dataset` that only exports tell, none of which counts.
pub(super) fn fields_awaited(dataset: &DatasetRef, awaited: &Awaited) -> BTreeSet<&'static str> {
    let DatasetRef::Known(dataset) = dataset else {
        return BTreeSet::new();
    };
    let waits = |field: &&Field| {
        !field.sources.is_empty() && field.sources.iter().all(|name| awaited.contains(name))
    };
    let fields = dataset.fields.iter().filter(waits);
    fields.map(|field| field.name).collect()
}

/// Fields that stale sources gave the records of `class`. The id and the name that a reader knows a record by stay.
fn fields_of(
    dataset: &'static Dataset,
    class: &crate::snapshot::ProvenanceClass,
    stale: &Stale,
) -> BTreeSet<&'static str> {
    let is_stale = |place: usize| {
        let source = class.sources.get(place);
        source.is_some_and(|source| stale.contains_key(source.as_str()))
    };
    let fields = dataset.fields.iter().map(|field| field.name);
    fields
        .filter(|name| *name != "id" && *name != dataset.label)
        .filter(|name| is_stale(class.fields.get(*name).copied().unwrap_or(0)))
        .collect()
}

impl RecordSource for Fresh<'_> {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn digest(&self) -> &str {
        self.source.digest()
    }

    fn frame_count(&self, dataset: &str) -> usize {
        self.source.frame_count(dataset)
    }

    fn read_frame(
        &self,
        dataset: &str,
        index: usize,
        text: &mut String,
    ) -> Result<(), SnapshotError> {
        self.source.read_frame(dataset, index, text)?;
        let known = catalog::dataset(dataset);
        if let (Some(dropped), Some(known)) = (self.dropped.get(dataset), known) {
            *text = without(text, known, dropped);
        }
        Ok(())
    }

    fn answers(&self) -> &[AnswerStatement] {
        self.source.answers()
    }

    fn provenance(&self) -> Option<&Provenance> {
        self.source.provenance()
    }

    fn inputs(&self) -> &BTreeMap<String, InputStatement> {
        self.source.inputs()
    }
}

/// `text` without the fields that the class of each record has to leave out. A line that does not read stays as it
/// is: whoever reads it next says so.
fn without(text: &str, dataset: &'static Dataset, dropped: &[BTreeSet<&'static str>]) -> String {
    let names = || dataset.fields.iter().map(|field| field.name);
    let projection = Projection::new(names().chain([MARK]), names().chain([MARK]));
    let mut slots: Vec<Slot> = Vec::new();
    let mut left = String::with_capacity(text.len());
    for line in text.lines() {
        let fields = projection.scan(line, &mut slots).and_then(|record| {
            let mark = record.member(MARK)?;
            let class = mark.elements().next()?.text().parse::<usize>().ok()?;
            let fields = dropped.get(class).filter(|fields| !fields.is_empty())?;
            Some((record, mark, fields))
        });
        match fields {
            None => left.push_str(line),
            Some((record, mark, fields)) => {
                left.push('{');
                for name in names().filter(|name| !fields.contains(name)) {
                    if let Some(value) = record.member(name) {
                        left.push_str(&format!("\"{name}\":{},", value.text()));
                    }
                }
                left.push_str(&format!("\"{MARK}\":{}}}", mark.text()));
            }
        }
        left.push('\n');
    }
    left
}

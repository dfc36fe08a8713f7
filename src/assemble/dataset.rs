//! One dataset in the making: records go in by id, canonical lines with their provenance come out.

use super::field::{FieldValue, RecordMisfits, list_new_words, read, write_text};
use super::listing::{Listing, Received};
use super::sorted::Sorter;
use crate::catalog::Dataset;
use crate::snapshot::{
    Completeness, CutReason, DatasetStatement, DatasetWriter, Misfit, MisfitKind, PeriodStatement,
    ProvenanceClass, SnapshotError, SnapshotFormat,
};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Different values that a misfit shows.
const MISFIT_VALUES_MAX: usize = 5;
/// Characters of a value that a misfit shows.
const MISFIT_CHARS_MAX: usize = 80;

/// One record, its values by their place in the catalog, each with the source that gave it.
#[derive(Debug)]
pub(super) struct Record {
    dataset: &'static Dataset,
    values: Vec<Option<(FieldValue, usize)>>,
    /// Response number by source.
    numbers: BTreeMap<usize, u64>,
    pub misfits: RecordMisfits,
    pub conflicts: Vec<Conflict>,
}

/// A value that another source has for a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Conflict {
    pub field: &'static str,
    /// Place in the sources of the [`DatasetFile`], and the number of its response.
    pub source: usize,
    pub n: u64,
    pub value: FieldValue,
}

impl Record {
    /// A record that only has its id. `source` is a place in the sources of its [`DatasetFile`].
    pub fn new(dataset: &'static Dataset, id: &str, source: usize, n: u64) -> Record {
        let mut record = Record {
            dataset,
            values: vec![None; dataset.fields.len()],
            numbers: BTreeMap::new(),
            misfits: RecordMisfits::default(),
            conflicts: Vec::new(),
        };
        record.set("id", FieldValue::Text(id.to_owned()), source, n);
        record
    }

    /// A record as `listing` received it, from its only source.
    pub fn of(dataset: &'static Dataset, listing: &Listing, received: &Received) -> Record {
        let mut record = Record::new(dataset, &received.id, 0, received.n);
        record.fill(listing, received, 0);
        record
    }

    /// Takes every field that is not known yet from `received`.
    pub fn fill(&mut self, listing: &Listing, received: &Received, source: usize) {
        self.fill_from(listing, received.value(), source, received.n);
    }

    /// The same from `value`, which the response `n` brought.
    pub fn fill_from(&mut self, listing: &Listing, value: &Value, source: usize, n: u64) {
        for origin in listing.collector.origins {
            let place = self.place(origin.field);
            if self.values[place].is_none() {
                let field = &self.dataset.fields[place];
                if let Some(known) = read(field, origin, value, &mut self.misfits) {
                    self.values[place] = Some((known, source));
                    self.numbers.insert(source, n);
                }
            }
        }
    }

    /// Sets a field. Whatever it held before is replaced.
    pub fn set(&mut self, field: &str, value: FieldValue, source: usize, n: u64) {
        let place = self.place(field);
        self.values[place] = Some((value, source));
        self.numbers.insert(source, n);
    }

    /// Takes a field back that the rest of its answer contradicts, and lists it.
    pub fn contradict(&mut self, field: &str, told: &Value) {
        let place = self.place(field);
        self.values[place] = None;
        self.misfits.add(field, MisfitKind::Contradicted, told);
    }

    /// Lists the words of a field that was set, where its open list does not hold them.
    pub fn list_new_words(&mut self, field: &str) {
        let place = self.place(field);
        let known = &self.dataset.fields[place];
        if let Some((value, _)) = &self.values[place] {
            list_new_words(known.name, known.kind, value, &mut self.misfits);
        }
    }

    pub fn get(&self, field: &str) -> Option<&FieldValue> {
        self.values[self.place(field)]
            .as_ref()
            .map(|(value, _)| value)
    }

    pub fn text(&self, field: &str) -> Option<&str> {
        self.get(field).and_then(FieldValue::as_text)
    }

    /// Source of a field that is set, and the number of its response.
    pub fn source_of(&self, field: &str) -> Option<(usize, u64)> {
        let (_, source) = self.values[self.place(field)].as_ref()?;
        Some((*source, self.numbers[source]))
    }

    fn place(&self, field: &str) -> usize {
        self.dataset
            .position(field)
            .expect("assembly names fields that the catalog has; a test looks at each of them")
    }
}

/// A dataset being written.
pub(super) struct DatasetFile {
    dir: PathBuf,
    dataset: &'static Dataset,
    /// Names of the sources, in the order that records number them by.
    sources: Vec<&'static str>,
    /// Made with the first record: a dataset without records has no file.
    writer: Option<DatasetWriter>,
    classes: Vec<ProvenanceClass>,
    class_numbers: BTreeMap<ProvenanceClass, usize>,
    misfits: BTreeMap<(String, MisfitKind), (u64, Vec<String>)>,
    /// Where records do not come in the order of the dataset.
    sorter: Option<Sorter>,
    /// Sorted by `time`, then by id.
    by_time: bool,
    /// Whether its frames tell their times.
    tells_times: bool,
    period: Option<PeriodStatement>,
}

impl DatasetFile {
    /// A dataset whose records come in any order, each id once.
    pub fn sorting(
        dir: &Path,
        dataset: &'static Dataset,
        sources: Vec<&'static str>,
    ) -> DatasetFile {
        DatasetFile {
            sorter: Some(Sorter::new(&dir.join("datasets"), dataset.name)),
            ..DatasetFile::new(dir, dataset, sources)
        }
    }

    /// A dataset that is sorted by its time, then by id; records come in any order, each once. What has no time
    /// stands first.
    pub fn sorting_by_time(
        dir: &Path,
        dataset: &'static Dataset,
        sources: Vec<&'static str>,
        format: SnapshotFormat,
    ) -> DatasetFile {
        DatasetFile {
            by_time: true,
            tells_times: format >= SnapshotFormat::Two,
            ..DatasetFile::sorting(dir, dataset, sources)
        }
    }

    /// A record of this dataset that has only its id, from its main source.
    pub fn record(&self, id: &str, n: u64) -> Record {
        Record::new(self.dataset, id, 0, n)
    }

    pub fn new(dir: &Path, dataset: &'static Dataset, sources: Vec<&'static str>) -> DatasetFile {
        DatasetFile {
            dir: dir.to_owned(),
            dataset,
            sources,
            writer: None,
            classes: Vec::new(),
            class_numbers: BTreeMap::new(),
            misfits: BTreeMap::new(),
            sorter: None,
            by_time: false,
            tells_times: false,
            period: None,
        }
    }

    /// States the period that the dataset is of.
    pub fn set_period(&mut self, period: PeriodStatement) {
        self.period = Some(period);
    }

    /// Writes a record. Ids must ascend, unless the dataset is sorted.
    pub fn push(&mut self, record: &Record) -> Result<(), SnapshotError> {
        let line = self.line(record);
        self.note_misfits(&record.misfits);
        let id = record.text("id").unwrap_or_default();
        match &mut self.sorter {
            Some(sorter) if self.by_time => sorter.push(time_key(record) + id, line),
            Some(sorter) => sorter.push(id.to_owned(), line),
            None => self.write(id, id, None, &line),
        }
    }

    fn write(
        &mut self,
        key: &str,
        id: &str,
        time: Option<Timestamp>,
        line: &str,
    ) -> Result<(), SnapshotError> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => self.writer.insert(match self.tells_times {
                true => DatasetWriter::create_with_times(&self.dir, self.dataset)?,
                false => DatasetWriter::create(&self.dir, self.dataset)?,
            }),
        };
        writer.push_by(key, id, time, line)
    }

    /// The canonical line: members in catalog order, then the provenance mark.
    fn line(&mut self, record: &Record) -> String {
        let mut line = String::from("{");
        for (field, value) in self.dataset.fields.iter().zip(&record.values) {
            if let Some((value, _)) = value {
                if line.len() > 1 {
                    line.push(',');
                }
                line.push('"');
                line.push_str(field.name);
                line.push_str("\":");
                value.write(&mut line);
            }
        }
        self.write_conflicts(record, &mut line);
        let (class, numbers) = self.class_of(record);
        line.push_str(&format!(",\"_\":[{class}"));
        for number in numbers {
            line.push_str(&format!(",{number}"));
        }
        line.push_str("]}");
        line
    }

    /// Each field that another source tells otherwise: which source holds, and what the others say, each with
    /// the number of its response.
    fn write_conflicts(&self, record: &Record, line: &mut String) {
        if record.conflicts.is_empty() {
            return;
        }
        let source = |line: &mut String, place: usize, n: u64| {
            line.push_str("\"source\":");
            write_text(self.sources[place], line);
            line.push_str(&format!(",\"n\":{n},\"value\":"));
        };
        line.push_str(",\"_conflicts\":[");
        for (index, conflict) in record.conflicts.iter().enumerate() {
            if index > 0 {
                line.push(',');
            }
            line.push_str("{\"field\":");
            write_text(conflict.field, line);
            if let (Some(chosen), Some((place, n))) =
                (record.get(conflict.field), record.source_of(conflict.field))
            {
                line.push(',');
                source(line, place, n);
                chosen.write(line);
            }
            line.push_str(",\"other\":{");
            source(line, conflict.source, conflict.n);
            conflict.value.write(line);
            line.push_str("}}");
        }
        line.push(']');
    }

    /// Number of the record's provenance class, and the response numbers in the class's order.
    fn class_of(&mut self, record: &Record) -> (usize, Vec<u64>) {
        let (_, first) = record.values[0].as_ref().expect("every record has its id");
        let mut used: Vec<usize> = vec![*first];
        for (_, source) in record.values.iter().flatten() {
            if !used.contains(source) {
                used.push(*source);
            }
        }
        used[1..].sort_unstable();
        let fields = self
            .dataset
            .fields
            .iter()
            .zip(&record.values)
            .filter_map(|(field, value)| {
                let (_, source) = value.as_ref()?;
                let place = used.iter().position(|used| used == source)?;
                (place > 0).then(|| (field.name.to_owned(), place))
            })
            .collect();
        let class = ProvenanceClass {
            sources: used
                .iter()
                .map(|source| self.sources[*source].to_owned())
                .collect(),
            fields,
        };
        let numbers = used.iter().map(|source| record.numbers[source]).collect();
        let next = self.classes.len();
        let number = *self.class_numbers.entry(class.clone()).or_insert(next);
        if number == next {
            self.classes.push(class);
        }
        (number, numbers)
    }

    fn note_misfits(&mut self, misfits: &RecordMisfits) {
        let mut counted = Vec::new();
        for (field, kind, value) in &misfits.0 {
            let (records, values) = self.misfits.entry((field.clone(), *kind)).or_default();
            if !counted.contains(&(field, kind)) {
                *records += 1;
                counted.push((field, kind));
            }
            let shown: String = value.chars().take(MISFIT_CHARS_MAX).collect();
            if values.len() < MISFIT_VALUES_MAX && !values.contains(&shown) {
                values.push(shown);
            }
        }
    }

    /// Closes the file and states what the dataset is, after its main source.
    pub fn finish(
        mut self,
        listings: &[&Listing],
        completeness: Completeness,
        api_count: Option<u64>,
    ) -> Result<(DatasetStatement, Vec<ProvenanceClass>), SnapshotError> {
        if let Some(sorter) = self.sorter.take() {
            let by_time = self.by_time;
            sorter.drain(|key, line| {
                let (time, id) = match by_time {
                    true => (time_of(&key), &key[TIME_KEY_BYTES..]),
                    false => (None, &key[..]),
                };
                self.write(&key, id, time, &line)
            })?;
        }
        let statement = DatasetStatement {
            completeness,
            records: 0,
            api_count,
            period: self.period,
            sources: listings
                .iter()
                .map(|listing| listing.statement.clone())
                .collect(),
            sha256: String::new(),
            frames_sha256: String::new(),
            misfits: self
                .misfits
                .into_iter()
                .map(|((field, kind), (records, values))| Misfit {
                    field,
                    kind,
                    records,
                    values,
                })
                .collect(),
        };
        let statement = match self.writer {
            Some(writer) => statement.of_file(writer.finish()?),
            None => statement,
        };
        Ok((statement, self.classes))
    }
}

/// Added to the nanoseconds of a time, so that those of years far from ours are positive too.
const TIME_KEY_BASE: i128 = 10_i128.pow(21);

/// Bytes of [`time_key`].
const TIME_KEY_BYTES: usize = 22;

/// The record's time as text that sorts as times do. Nanoseconds of years far from ours are still positive.
fn time_key(record: &Record) -> String {
    let field = record.dataset.time_key();
    let time = match field.and_then(|field| record.get(field.name)) {
        Some(FieldValue::Time(time)) => time.as_nanosecond() + TIME_KEY_BASE,
        _ => 0,
    };
    format!("{time:0TIME_KEY_BYTES$}")
}

/// The time that [`time_key`] wrote, if there was one.
fn time_of(key: &str) -> Option<Timestamp> {
    let number: i128 = key[..TIME_KEY_BYTES].parse().ok()?;
    let time = (number != 0).then_some(number - TIME_KEY_BASE)?;
    Timestamp::from_nanosecond(time).ok()
}

/// The completeness of the main source, cut further where `problem` says that records of a whole
/// source could not be made into this dataset.
pub(super) fn cut_by(completeness: &Completeness, problem: Option<String>) -> Completeness {
    match problem {
        Some(detail) if completeness.is_whole() => Completeness::Cut {
            reason: CutReason::BrokenAnswer,
            detail,
        },
        _ => completeness.clone(),
    }
}

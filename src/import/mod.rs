//! What no API gives: exports of the admin console, lists that users keep, as CSV, JSON, JSONL or YAML, and answers
//! that people attest.
//!
//! Exports become part of a snapshot (`export`); lists stand beside it.
//! A list is read once, row by row, into frames of canonical lines that are kept compressed in memory:
//! nothing of it is written to disk, and it takes a fraction of the file's size. Its digest, its rows and
//! what did not fit are stated; whether it is fresh is judged by `assess`, which knows the point in time.

mod attestation;
mod cell;
mod export;
mod list;
pub mod review;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;

use crate::catalog::InputSchema;
use crate::snapshot::{
    AnswerStatement, InputStatement, Manifest, Provenance, RecordSource, SnapshotError,
};

pub use attestation::{
    ATTESTATION_SCHEMA_FILE, Attestations, DraftedPolicies, EVIDENCE_BYTES_MAX, EVIDENCE_FOLDER,
    Filled, attestation_schema, draft, draft_of_policies, is_answer_to, last_day,
    last_day_of_policies,
};
pub use export::{
    ExportError, ExportReader, ExportRequest, ExportRow, TOLD_LAST_ACTIVE_ON, TOLD_ORG_ADMIN, Told,
    check_words, inspect, teachable,
};
pub use list::{ROWS_MAX, infer_schema};

/// A list to read.
#[derive(Clone, Debug)]
pub struct ListRequest {
    /// The file.
    pub path: PathBuf,
    /// What its rows hold.
    pub schema: Arc<InputSchema>,
    /// What is said of it.
    pub origin: ListOrigin,
}

/// What is said of a list by whoever gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListOrigin {
    /// Who answers for it.
    pub owner: Option<String>,
    /// The system that it was taken from.
    pub source: Option<String>,
    /// The day on which it was taken.
    pub extracted_on: Option<Date>,
    /// Days after which it no longer counts.
    pub max_age_days: Option<u32>,
    /// How much of it there is.
    pub extent: ListExtent,
}

/// How much of a list there is, in the words of whoever gives it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListExtent {
    /// All of it.
    #[default]
    Whole,
    /// A part.
    Partial,
}

/// A list that was read.
#[derive(Debug)]
pub struct List {
    name: String,
    statement: InputStatement,
    /// Compressed frames, in order.
    frames: Vec<Vec<u8>>,
}

impl List {
    /// Reads a list.
    ///
    /// # Errors
    /// The file cannot be read, is not of the form that its ending says, or goes beyond a limit. A cell that
    /// does not fit its column is no error: it is left out and listed.
    pub fn read(request: &ListRequest) -> Result<List, ListError> {
        list::read(request)
    }

    /// A list of `objects`, in their order, whose source has the digest `sha256`.
    ///
    /// # Errors
    /// It goes beyond a limit.
    pub(crate) fn of_objects(
        request: &ListRequest,
        objects: &[serde_json::Map<String, serde_json::Value>],
        sha256: String,
    ) -> Result<List, ListError> {
        list::of_objects(request, objects, sha256)
    }

    /// Its name as controls write it: `inputs.leavers`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is stated of it.
    pub fn statement(&self) -> &InputStatement {
        &self.statement
    }
}

/// A snapshot with lists and attestations beside it.
pub struct WithLists<'s> {
    snapshot: &'s dyn RecordSource,
    frames: BTreeMap<&'s str, &'s [Vec<u8>]>,
    statements: BTreeMap<String, InputStatement>,
    answers: &'s [AnswerStatement],
}

impl<'s> WithLists<'s> {
    /// `snapshot` and `lists`; of two lists of one name the later counts.
    pub fn new(
        snapshot: &'s dyn RecordSource,
        lists: impl IntoIterator<Item = &'s List>,
    ) -> WithLists<'s> {
        let lists: Vec<&List> = lists.into_iter().collect();
        let frames = lists
            .iter()
            .map(|list| (list.name.as_str(), list.frames.as_slice()));
        let statements = lists
            .iter()
            .map(|list| (list.name.clone(), list.statement.clone()));
        WithLists {
            snapshot,
            frames: frames.collect(),
            statements: statements.collect(),
            answers: &[],
        }
    }

    /// The same with the answers of `attestations`.
    #[must_use]
    pub fn with_answers(self, attestations: &'s Attestations) -> WithLists<'s> {
        WithLists {
            answers: attestations.answers(),
            ..self
        }
    }
}

impl RecordSource for WithLists<'_> {
    fn manifest(&self) -> &Manifest {
        self.snapshot.manifest()
    }

    fn digest(&self) -> &str {
        self.snapshot.digest()
    }

    fn frame_count(&self, dataset: &str) -> usize {
        match self.frames.get(dataset) {
            Some(frames) => frames.len(),
            None => self.snapshot.frame_count(dataset),
        }
    }

    fn read_frame(
        &self,
        dataset: &str,
        index: usize,
        text: &mut String,
    ) -> Result<(), SnapshotError> {
        let Some(frames) = self.frames.get(dataset) else {
            return self.snapshot.read_frame(dataset, index, text);
        };
        *text = list::decompressed(&frames[index]);
        Ok(())
    }

    fn provenance(&self) -> Option<&Provenance> {
        self.snapshot.provenance()
    }

    fn inputs(&self) -> &BTreeMap<String, InputStatement> {
        &self.statements
    }

    fn answers(&self) -> &[AnswerStatement] {
        self.answers
    }
}

/// A list cannot be read.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ListError {
    /// The operating system refused.
    #[error("cannot read the list `{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The ending says no known form.
    #[error("what form the list `{}` has cannot be told from its name", path.display())]
    #[diagnostic(help("call it `.csv`, `.tsv`, `.json`, `.jsonl` or `.yaml`"))]
    UnknownForm {
        /// The file.
        path: PathBuf,
    },
    /// The file is not what its ending says.
    #[error("the list `{}` does not read as {form}: {problem}", path.display())]
    #[diagnostic(help("{help}"))]
    Form {
        /// The file.
        path: PathBuf,
        /// `CSV`, `JSON`, `JSONL` or `YAML`.
        form: &'static str,
        /// What is wrong, and where.
        problem: String,
        /// What to do.
        help: &'static str,
    },
    /// The list is larger than lists are.
    #[error("the list `{}` goes beyond the limit of {limit}", path.display())]
    #[diagnostic(help("keep only the rows and columns that controls need"))]
    Limit {
        /// The file.
        path: PathBuf,
        /// The limit: "5000000 rows".
        limit: String,
    },
}

impl ListError {
    fn io(path: &Path) -> impl FnOnce(std::io::Error) -> ListError {
        let path = path.to_owned();
        move |source| ListError::Io { path, source }
    }
}

#[cfg(test)]
mod tests;

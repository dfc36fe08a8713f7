//! What was true, and when: the datasets of one run, unchanging, with completeness and provenance.
//!
//! A snapshot is a folder. `manifest.json` names every other file with its digest, and is written
//! last: a folder without it is an unfinished run. The SHA-256 of the manifest's bytes identifies the
//! snapshot. Collecting and joining are left to `collect` and `assemble`; judging to `assess`.

mod attestation;
mod completeness;
mod export;
mod file;
mod frames;
mod given;
mod input;
mod manifest;
mod memory;
mod store;

pub use attestation::{
    AnswerStatement, AttestedPolicies, AttestedPolicy, EvidenceFileStatement, POLICIES,
};
pub use completeness::{Completeness, CutReason};
pub use export::{
    DatedBy, EXPORT_AGE_DAYS_MAX, ExportFit, ExportKind, ExportStatement, ExportsStatement, Rows,
    TaughtWord, UnreadCell, export_path,
};
pub use file::sha256_file;
pub(crate) use file::{create_private, replace_json};
pub use frames::{DatasetWriter, FRAME_BYTES, Frame, FrameTimes, WrittenDataset};
pub use given::is_day_later;
pub use input::InputStatement;
pub use manifest::{
    Collected, DatasetStatement, FallbackStatement, JournalStatement, KindCount, Manifest, Misfit,
    MisfitKind, OrganizationStatement, Period, PeriodStatement, SnapshotFormat, SourceStatement,
    Tool,
};
pub use memory::MemorySource;
pub use store::{
    ExportNote, Provenance, ProvenanceClass, ResponseNote, Snapshot, SnapshotWriter, journal_path,
};

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Where an assessment reads records from: a snapshot on disk, or records held in memory.
///
/// Frames of a dataset are read independently, in any order and by any number of threads. A frame is
/// whole canonical lines, each ended by a newline: of a snapshot's dataset over all frames in the dataset's
/// order, ascending by id and events by time and then by id; of a list in the order of its rows.
///
/// No method has a default: whoever stands before another source has to pass each of them on, or say why not.
pub trait RecordSource: Sync {
    /// What the run states of itself and of every dataset.
    fn manifest(&self) -> &Manifest;

    /// SHA-256 of the manifest, in lower-case hexadecimal.
    fn digest(&self) -> &str;

    /// Number of frames of `dataset`; 0 if it holds no records or is not there.
    fn frame_count(&self, dataset: &str) -> usize;

    /// Puts the text of one frame into `text`, replacing what it held.
    ///
    /// # Errors
    /// The file cannot be read, or its bytes do not match the digest in the manifest.
    fn read_frame(
        &self,
        dataset: &str,
        index: usize,
        text: &mut String,
    ) -> Result<(), SnapshotError>;

    /// Which source gave which field, for findings and `explain`; `None` if it was not kept.
    fn provenance(&self) -> Option<&Provenance>;

    /// Lists that users gave beside the snapshot, by the name of their dataset.
    fn inputs(&self) -> &BTreeMap<String, InputStatement>;

    /// Answers of people that were given beside the snapshot, in the order of [`AnswerStatement`].
    fn answers(&self) -> &[AnswerStatement];
}

/// No lists: what a source says that was given none.
pub static NO_INPUTS: BTreeMap<String, InputStatement> = BTreeMap::new();

/// A snapshot cannot be written or read.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum SnapshotError {
    /// The operating system refused.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried: "read", "write", "create".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is no manifest: the folder is no snapshot, or its run did not finish.
    #[error("`{}` is not a finished snapshot: it has no manifest.json", path.display())]
    Unfinished {
        /// The folder.
        path: PathBuf,
        /// What to do.
        #[help]
        help: String,
    },
    /// The manifest or the frame list is not what this version writes.
    #[error("`{}` does not read as part of a snapshot: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The bytes on disk are not the bytes that were written.
    #[error("`{}` was changed or damaged after it was written: digest of {part} does not match", path.display())]
    #[diagnostic(help(
        "restore the file from a copy, or collect again; tickmark never assesses changed evidence"
    ))]
    Digest {
        /// The file.
        path: PathBuf,
        /// Which part of it: "frame 3", "the file".
        part: String,
    },
    /// The target already holds something.
    #[error("`{}` is not empty: a finished snapshot never changes", path.display())]
    #[diagnostic(help("name a new folder with `--out`"))]
    Occupied {
        /// The folder.
        path: PathBuf,
    },
    /// The target holds a run that did not finish.
    #[error("`{}` holds a run that was interrupted", path.display())]
    #[diagnostic(help("go on with it with `--resume`, or name a new folder with `--out`"))]
    Interrupted {
        /// The folder.
        path: PathBuf,
    },
    /// There is nothing left to resume.
    #[error("`{}` is a finished snapshot, which never changes", path.display())]
    #[diagnostic(help("name a new folder with `--out`"))]
    Finished {
        /// The folder.
        path: PathBuf,
    },
    /// Records came out of order or twice: a mistake of this program.
    #[error("records of `{dataset}` are not in ascending order at `{id}`")]
    Order {
        /// The dataset.
        dataset: &'static str,
        /// Id of the record that does not stand behind the one before it.
        id: String,
    },
}

impl SnapshotError {
    /// An [`SnapshotError::Io`] for `action` on `path`.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> SnapshotError {
        let path = path.into();
        move |source| SnapshotError::Io {
            action,
            path,
            source,
        }
    }
}

#[cfg(test)]
mod tests;

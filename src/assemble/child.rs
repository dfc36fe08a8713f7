//! Exports given with a run, or to a snapshot that there is already: that one never changes, and gets a child.

use super::{Facts, build};
use crate::import::{self, ExportError, ExportRequest};
use crate::progress::Progress;
use crate::snapshot::{
    DatedBy, ExportStatement, ExportsStatement, RecordSource, Snapshot, SnapshotError,
    SnapshotWriter, TaughtWord, Tool,
};
use std::path::{Path, PathBuf};

/// Exports that were read once, to be kept in a snapshot.
#[derive(Clone, Debug, Default)]
pub struct GivenExports {
    words: Vec<TaughtWord>,
    files: Vec<GivenExport>,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct GivenExport {
    /// Where it is.
    pub path: PathBuf,
    /// What it is.
    pub statement: ExportStatement,
}

impl GivenExports {
    /// Reads every file once. The same file given twice counts once.
    ///
    /// # Errors
    /// The first file that is no export.
    pub fn read(
        requests: &[ExportRequest],
        words: Vec<TaughtWord>,
    ) -> Result<GivenExports, ExportError> {
        import::check_words(&words)?;
        let mut files: Vec<GivenExport> = Vec::new();
        for request in requests {
            let statement = import::inspect(request, &words)?;
            let is_new = |known: &GivenExport| known.statement.sha256 != statement.sha256;
            if files.iter().all(is_new) {
                files.push(GivenExport {
                    path: request.path.clone(),
                    statement,
                });
            }
        }
        Ok(GivenExports { words, files })
    }

    /// The files.
    pub fn files(&self) -> &[GivenExport] {
        &self.files
    }

    /// Keeps the files in the folder of `writer`, and states them beside those of `known`.
    pub(super) fn keep(
        &self,
        writer: &SnapshotWriter,
        mut known: ExportsStatement,
    ) -> Result<ExportsStatement, SnapshotError> {
        for file in &self.files {
            writer.keep_export(&file.path, &file.statement.sha256)?;
            // Given again, with another day perhaps: what is said last counts.
            known
                .files
                .retain(|other| other.sha256 != file.statement.sha256);
            known.files.push(file.statement.clone());
        }
        known.words.extend(self.words.iter().cloned());
        known.sort();
        Ok(known)
    }
}

/// Makes a child of `parent` in the folder `out`: the same answers, with `exports` beside those that it has.
///
/// # Errors
/// A file of the parent was changed, an export is not the one that was read before, or the disk refuses.
pub fn child(
    parent: &Snapshot,
    exports: &GivenExports,
    out: &Path,
    progress: &dyn Progress,
) -> Result<Snapshot, SnapshotError> {
    let writer = SnapshotWriter::create(out)?;
    writer.copy_from(parent)?;
    let manifest = parent.manifest();
    let mut stated = exports.keep(&writer, manifest.exports.clone())?;
    // With words that were taught since, the files that are there already say more.
    if !exports.words.is_empty() {
        stated = read_again(writer.dir(), &stated)?;
    }
    let facts = Facts {
        format: crate::snapshot::SnapshotFormat::NEWEST,
        parent: Some(parent.digest().to_owned()),
        exports: stated,
        tool: Tool::this(),
        org_id: manifest.organization.id.clone(),
        api_url: manifest.api_url.clone(),
        from: manifest.collected.from,
        to: manifest.collected.to,
    };
    let journals = writer.dir().to_owned();
    build(&journals, writer, facts, progress)
}

/// What the manifest of `snapshot` states of its exports, made again from the files that it keeps.
pub(super) fn stated_again(snapshot: &Snapshot) -> Result<ExportsStatement, SnapshotError> {
    read_again(snapshot.dir(), &snapshot.manifest().exports)
}

fn read_again(dir: &Path, stated: &ExportsStatement) -> Result<ExportsStatement, SnapshotError> {
    let mut again = ExportsStatement {
        words: stated.words.clone(),
        files: Vec::new(),
    };
    for file in &stated.files {
        let path = file.kept_path(dir);
        let is_stated = file.dated_by == Some(DatedBy::Stated);
        let request = ExportRequest {
            extracted_on: file.extracted_on.filter(|_| is_stated),
            path: path.clone(),
        };
        let read = import::inspect(&request, &stated.words);
        let read = read.map_err(|error| SnapshotError::Malformed {
            path,
            problem: error.to_string(),
        })?;
        again.files.push(ExportStatement {
            file: file.file.clone(),
            ..read
        });
    }
    again.sort();
    Ok(again)
}

//! Snapshots on disk: opened with every digest that is cheap, written once and never again.

use super::file::{create_private, create_private_dir, require_file, sha256_file, write_json};
use super::frames::{self, Frame, WrittenDataset};
use super::{
    AnswerStatement, DatasetStatement, InputStatement, Manifest, NO_INPUTS, RecordSource,
    SnapshotError, SnapshotFormat,
};
use crate::catalog::{self, Dataset};
use crate::value::{hex, sha256_hex};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Largest frame that is read, in bytes of text: no honest writer makes one, since a frame is closed
/// after the first record that passes `FRAME_BYTES`, and a record is at most 16 MiB.
const FRAME_TEXT_BYTES_MAX: u64 = 32 << 20;

/// What a run that was interrupted may have left in its folder.
const RUN_LEAVES: &[&str] = &[
    "raw",
    "datasets",
    "inputs",
    "sources.json",
    "manifest.json.part",
];

/// Bytes of a manifest, a frame list or `sources.json` that are read: far more than any organisation needs.
const STATEMENT_BYTES_MAX: u64 = 256 << 20;

/// A finished snapshot on disk.
#[derive(Debug)]
pub struct Snapshot {
    dir: PathBuf,
    manifest: Manifest,
    digest: String,
    frames: BTreeMap<&'static str, Vec<Frame>>,
    provenance: Provenance,
}

impl Snapshot {
    /// Opens the snapshot in `dir`: reads the manifest, and checks every frame list and the sources
    /// against it. Frames themselves are checked as they are read.
    ///
    /// # Errors
    /// There is no manifest, it is of another format, or a file does not match its digest.
    pub fn open(dir: &Path) -> Result<Snapshot, SnapshotError> {
        let path = dir.join("manifest.json");
        if matches!(path.try_exists(), Ok(false)) {
            return Err(SnapshotError::Unfinished {
                path: dir.to_owned(),
                help: where_instead(dir),
            });
        }
        let bytes = read_statement(&path)?;
        let manifest: Manifest = parse(&path, &bytes)?;
        if SnapshotFormat::named(&manifest.format).is_none() {
            let known = SnapshotFormat::ALL.map(|format| format!("`{}`", format.name()));
            return Err(SnapshotError::Malformed {
                path,
                problem: format!(
                    "its format is `{}`, this version reads {}",
                    manifest.format,
                    known.join(" and ")
                ),
            });
        }
        let mut frames = BTreeMap::new();
        for dataset in catalog::DATASETS {
            if let Some(statement) = manifest.datasets.get(dataset.name)
                && !statement.frames_sha256.is_empty()
            {
                frames.insert(dataset.name, read_frame_list(dir, dataset, statement)?);
            }
        }
        let sources = dir.join("sources.json");
        let provenance = parse(&sources, &checked(&sources, &manifest.sources_sha256)?)?;
        Ok(Snapshot {
            dir: dir.to_owned(),
            digest: sha256_hex(&bytes),
            manifest,
            frames,
            provenance,
        })
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The format that it was written in.
    pub fn format(&self) -> SnapshotFormat {
        SnapshotFormat::named(&self.manifest.format).expect("no other is opened")
    }

    /// Frames of `dataset`, in order.
    pub fn frames(&self, dataset: &Dataset) -> &[Frame] {
        self.frames.get(dataset.name).map_or(&[], Vec::as_slice)
    }

    /// Reads every file that the manifest names and compares its digest.
    ///
    /// # Errors
    /// The first file that cannot be read or does not match.
    pub fn verify_digests(&self) -> Result<(), SnapshotError> {
        self.named_files()
            .into_iter()
            .try_for_each(|(path, sha256)| check_file(&path, &sha256))
    }

    /// Every file that the manifest names whose digest does not match or that cannot be read, with the
    /// number of those that were looked at.
    pub fn damaged_files(&self) -> (usize, Vec<SnapshotError>) {
        let files = self.named_files();
        let damaged = files
            .iter()
            .filter_map(|(path, sha256)| check_file(path, sha256).err());
        (files.len(), damaged.collect())
    }

    /// Files with the digests that the manifest names for them.
    fn named_files(&self) -> Vec<(PathBuf, String)> {
        let mut files = Vec::new();
        for dataset in catalog::DATASETS {
            if let Some(statement) = self.manifest.datasets.get(dataset.name)
                && !statement.sha256.is_empty()
            {
                let sha256 = statement.sha256.clone();
                files.push((frames::data_path(&self.dir, dataset.name), sha256));
                let sha256 = statement.frames_sha256.clone();
                files.push((frames::frames_path(&self.dir, dataset), sha256));
            }
        }
        for (name, journal) in &self.manifest.journal {
            files.push((journal_path(&self.dir, name), journal.sha256.clone()));
        }
        for export in &self.manifest.exports.files {
            files.push((export.kept_path(&self.dir), export.sha256.clone()));
        }
        let sha256 = self.manifest.sources_sha256.clone();
        files.push((self.dir.join("sources.json"), sha256));
        files
    }
}

impl RecordSource for Snapshot {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn digest(&self) -> &str {
        &self.digest
    }

    fn frame_count(&self, dataset: &str) -> usize {
        self.frames.get(dataset).map_or(0, Vec::len)
    }

    fn read_frame(
        &self,
        dataset: &str,
        index: usize,
        text: &mut String,
    ) -> Result<(), SnapshotError> {
        let frame = &self.frames[dataset][index];
        let path = frames::data_path(&self.dir, dataset);
        let bad = |part: String| SnapshotError::Digest {
            path: path.clone(),
            part,
        };
        let mut compressed = vec![0; usize::try_from(frame.bytes).unwrap_or(usize::MAX)];
        require_file(&path)?;
        let mut file = File::open(&path).map_err(SnapshotError::io("read", &path))?;
        file.seek(SeekFrom::Start(frame.offset))
            .and_then(|_| file.read_exact(&mut compressed))
            .map_err(SnapshotError::io("read", &path))?;
        if sha256_hex(&compressed) != frame.sha256 {
            return Err(bad(format!("frame {index}")));
        }
        // The digest matches, so the text is what this program wrote; the length is still checked.
        let mut bytes = std::mem::take(text).into_bytes();
        bytes.clear();
        bytes.resize(usize::try_from(frame.text_bytes).unwrap_or(usize::MAX), 0);
        let length = zstd::bulk::decompress_to_buffer(&compressed, &mut bytes)
            .map_err(SnapshotError::io("decompress", &path))?;
        if length as u64 != frame.text_bytes {
            return Err(bad(format!("frame {index}")));
        }
        *text = String::from_utf8(bytes).map_err(|_| bad(format!("frame {index}")))?;
        Ok(())
    }

    fn inputs(&self) -> &BTreeMap<String, InputStatement> {
        &NO_INPUTS
    }

    fn answers(&self) -> &[AnswerStatement] {
        &[]
    }

    fn provenance(&self) -> Option<&Provenance> {
        Some(&self.provenance)
    }
}

/// `sources.json`: what the provenance marks in the records mean.
///
/// The last member of a line is `"_":[class, n, …]`. The class says which source gave which field; `n`
/// are the response numbers, one for each source of the class, in its order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Classes by dataset; the class number is the place in the list.
    pub classes: BTreeMap<String, Vec<ProvenanceClass>>,
    /// Responses by source, in order of their numbers.
    pub responses: BTreeMap<String, Vec<ResponseNote>>,
    /// Exports by source: of those a mark holds the number of a row.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub exports: BTreeMap<String, Vec<ExportNote>>,
}

/// An export whose rows gave values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportNote {
    /// Name of the file.
    pub file: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// The day that it was taken, if anybody says.
    pub extracted_on: Option<Date>,
    /// Stands before the numbers of its rows: the mark holds the sum of both.
    pub base: u64,
}

impl Provenance {
    /// Where the row `n` of `source` is, for a reader: `managed accounts export of 2026-11-17, row 4 of users.csv`.
    /// `None` if `source` is no export.
    pub fn row_in_words(&self, source: &str, n: u64) -> Option<String> {
        let notes = self.exports.get(source)?;
        let note = notes.iter().rev().find(|note| note.base <= n)?;
        let day = note
            .extracted_on
            .map_or("of an unknown day".to_owned(), |day| format!("of {day}"));
        Some(format!(
            "{source} {day}, row {} of {}",
            n - note.base,
            note.file
        ))
    }
}

/// Records whose fields come from the same sources.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProvenanceClass {
    /// Sources that gave something, in the order of the response numbers in the mark.
    pub sources: Vec<String>,
    /// For each field that the first source did not give: place of its source in `sources`.
    pub fields: BTreeMap<String, usize>,
}

/// When a response arrived, and its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseNote {
    /// Time of arrival.
    pub at: Timestamp,
    /// SHA-256 of its body.
    pub sha256: String,
}

/// A snapshot in the making: a folder with `raw/` and `datasets/`, finished by its manifest.
#[derive(Debug)]
pub struct SnapshotWriter {
    dir: PathBuf,
}

impl SnapshotWriter {
    /// Takes `dir`, which must be empty or absent, and makes its folders readable by the owner only.
    ///
    /// # Errors
    /// The folder holds something, or cannot be made.
    pub fn create(dir: &Path) -> Result<SnapshotWriter, SnapshotError> {
        match fs::read_dir(dir) {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    let path = dir.to_owned();
                    return Err(
                        match dir.join("raw/run.json").exists() && !is_finished(dir) {
                            true => SnapshotError::Interrupted { path },
                            false => SnapshotError::Occupied { path },
                        },
                    );
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(SnapshotError::io("read", dir)(error)),
        }
        SnapshotWriter::with_folders(dir)
    }

    /// Takes `dir` as a run that was interrupted left it. What is made from the journals is removed, to
    /// be made again; the journals stay.
    ///
    /// # Errors
    /// The folder holds a finished snapshot or something that no run leaves, or the disk refuses.
    pub fn reopen(dir: &Path) -> Result<SnapshotWriter, SnapshotError> {
        if is_finished(dir) {
            return Err(SnapshotError::Finished {
                path: dir.to_owned(),
            });
        }
        let entries = match fs::read_dir(dir) {
            Ok(entries) => entries.collect(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        };
        for entry in entries.map_err(SnapshotError::io("read", dir))? {
            if !RUN_LEAVES.iter().any(|name| entry.file_name() == **name) {
                return Err(SnapshotError::Occupied {
                    path: dir.to_owned(),
                });
            }
        }
        for made in [dir.join("datasets"), dir.join("inputs")] {
            if made.is_dir() {
                fs::remove_dir_all(&made).map_err(SnapshotError::io("remove", &made))?;
            }
        }
        for name in ["sources.json", "manifest.json.part"] {
            let path = dir.join(name);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(SnapshotError::io("remove", &path)(error));
                }
                Ok(()) | Err(_) => {}
            }
        }
        SnapshotWriter::with_folders(dir)
    }

    fn with_folders(dir: &Path) -> Result<SnapshotWriter, SnapshotError> {
        for folder in [dir.to_owned(), dir.join("raw"), dir.join("datasets")] {
            create_private_dir(&folder)?;
        }
        Ok(SnapshotWriter {
            dir: dir.to_owned(),
        })
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Keeps a copy of the export at `path`, whose digest is `sha256`.
    ///
    /// # Errors
    /// The file cannot be copied, or is not the one that was read before.
    pub fn keep_export(&self, path: &Path, sha256: &str) -> Result<(), SnapshotError> {
        create_private_dir(&self.dir.join("inputs"))?;
        copy_checked(path, &super::export_path(&self.dir, sha256), sha256)
    }

    /// Copies the raw answers and the exports of `parent`, each checked against its digest. What the run was asked
    /// is not copied: nobody can go on with it here.
    ///
    /// # Errors
    /// A file cannot be copied, or was changed.
    pub fn copy_from(&self, parent: &Snapshot) -> Result<(), SnapshotError> {
        let raw = |name: &str| {
            (
                journal_path(parent.dir(), name),
                journal_path(&self.dir, name),
            )
        };
        for (name, journal) in &parent.manifest.journal {
            let (from, to) = raw(name);
            copy_checked(&from, &to, &journal.sha256)?;
        }
        for export in &parent.manifest.exports.files {
            self.keep_export(&export.kept_path(&parent.dir), &export.sha256)?;
        }
        Ok(())
    }

    /// Writes `sources.json` and returns its digest.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn write_provenance(&self, provenance: &Provenance) -> Result<String, SnapshotError> {
        write_json(&self.dir.join("sources.json"), provenance)
    }

    /// Writes the manifest, last and whole, which makes the folder a snapshot, and opens it.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn finish(self, manifest: &Manifest) -> Result<Snapshot, SnapshotError> {
        let temporary = self.dir.join("manifest.json.part");
        write_json(&temporary, manifest)?;
        let path = self.dir.join("manifest.json");
        fs::rename(&temporary, &path).map_err(SnapshotError::io("write", &path))?;
        File::open(&self.dir)
            .and_then(|dir| dir.sync_all())
            .map_err(SnapshotError::io("write", &self.dir))?;
        Snapshot::open(&self.dir)
    }
}

impl DatasetStatement {
    /// Takes over the counts and digests of the file that was written.
    pub fn of_file(mut self, written: WrittenDataset) -> DatasetStatement {
        self.records = written.records;
        self.sha256 = written.sha256;
        self.frames_sha256 = written.frames_sha256;
        self
    }
}

fn is_finished(dir: &Path) -> bool {
    dir.join("manifest.json").exists()
}

/// Copies a file that only its owner may read, durably, and checks that it is the one with this digest. A copy that
/// is there already is made again.
fn copy_checked(from: &Path, to: &Path, sha256: &str) -> Result<(), SnapshotError> {
    require_file(from)?;
    match fs::remove_file(to) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(SnapshotError::io("remove", to)(error));
        }
        Ok(()) | Err(_) => {}
    }
    let mut source = File::open(from).map_err(SnapshotError::io("read", from))?;
    let mut target = create_private(to)?;
    let mut hasher = Sha256::new();
    let mut block = vec![0; 256 << 10];
    loop {
        let length = source
            .read(&mut block)
            .map_err(SnapshotError::io("read", from))?;
        if length == 0 {
            break;
        }
        hasher.update(&block[..length]);
        target
            .write_all(&block[..length])
            .map_err(SnapshotError::io("write", to))?;
    }
    target.sync_all().map_err(SnapshotError::io("write", to))?;
    if hex(&hasher.finalize()) != sha256 {
        return Err(SnapshotError::Digest {
            path: from.to_owned(),
            part: "the file".to_owned(),
        });
    }
    Ok(())
}

/// Path of the journal called `name` below a snapshot's folder.
pub fn journal_path(dir: &Path, name: &str) -> PathBuf {
    dir.join("raw").join(format!("{name}.jsonl.zst"))
}

fn read_frame_list(
    dir: &Path,
    dataset: &Dataset,
    statement: &DatasetStatement,
) -> Result<Vec<Frame>, SnapshotError> {
    let path = frames::frames_path(dir, dataset);
    let bytes = checked(&path, &statement.frames_sha256)?;
    let list: Vec<Frame> = parse(&path, &bytes)?;
    let records: u64 = list.iter().map(|frame| frame.records).sum();
    let too_large = list
        .iter()
        .any(|frame| frame.text_bytes > FRAME_TEXT_BYTES_MAX || frame.bytes > FRAME_TEXT_BYTES_MAX);
    if records != statement.records || too_large {
        return Err(SnapshotError::Malformed {
            path,
            problem: format!(
                "it lists {records} records in frames of at most {FRAME_TEXT_BYTES_MAX} bytes, the manifest {}",
                statement.records
            ),
        });
    }
    Ok(list)
}

/// What to do about a folder without a manifest.
fn where_instead(dir: &Path) -> String {
    let inside = dir.join("snapshot");
    if inside.join("manifest.json").is_file() {
        return format!("did you mean `{}`?", inside.display());
    }
    "a run that was interrupted leaves no manifest; `tickmark collect --resume` goes on with it"
        .to_owned()
}

/// Reads a manifest, a frame list or `sources.json`.
fn read_statement(path: &Path) -> Result<Vec<u8>, SnapshotError> {
    if require_file(path)? > STATEMENT_BYTES_MAX {
        return Err(SnapshotError::Malformed {
            path: path.to_owned(),
            problem: format!("it has more than {STATEMENT_BYTES_MAX} bytes"),
        });
    }
    fs::read(path).map_err(SnapshotError::io("read", path))
}

/// Reads a file whose digest the manifest states.
fn checked(path: &Path, sha256: &str) -> Result<Vec<u8>, SnapshotError> {
    let bytes = read_statement(path)?;
    if sha256_hex(&bytes) != sha256 {
        return Err(SnapshotError::Digest {
            path: path.to_owned(),
            part: "the file".to_owned(),
        });
    }
    Ok(bytes)
}

fn check_file(path: &Path, sha256: &str) -> Result<(), SnapshotError> {
    if sha256_file(path)? == sha256 {
        Ok(())
    } else {
        Err(SnapshotError::Digest {
            path: path.to_owned(),
            part: "the file".to_owned(),
        })
    }
}

fn parse<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, SnapshotError> {
    serde_json::from_slice(bytes).map_err(|error| SnapshotError::Malformed {
        path: path.to_owned(),
        problem: error.to_string(),
    })
}

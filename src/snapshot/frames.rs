//! Records as canonical lines in independent zstd frames, with a list of frames beside them.

use super::SnapshotError;
use super::file::{create_private, write_json};
use crate::catalog::Dataset;
use crate::value::{hex, sha256_hex};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Bytes of text after which a frame is closed: large enough to compress well, small enough that a
/// reader's memory stays small and frames spread over threads.
pub const FRAME_BYTES: usize = 4 << 20;

/// zstd level: the default trade of size against time.
const ZSTD_LEVEL: i32 = 3;

/// One frame of a dataset, as `datasets/<name>.frames.json` lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Offset of its first byte in the compressed file.
    pub offset: u64,
    /// Compressed bytes.
    pub bytes: u64,
    /// Bytes of text.
    pub text_bytes: u64,
    /// SHA-256 of the compressed bytes.
    pub sha256: String,
    /// Records in it.
    pub records: u64,
    /// Id of its first record.
    pub first_id: String,
    /// Id of its last record.
    pub last_id: String,
    /// Times in it, of a dataset whose records are in order of time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<FrameTimes>,
}

/// Times of the records of one frame.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameTimes {
    /// The least of those that records have; `None` if none has any.
    pub least: Option<Timestamp>,
    /// The greatest.
    pub greatest: Option<Timestamp>,
    /// Records without a time: a reader that asks about a period cannot pass them by.
    pub without: u64,
}

impl FrameTimes {
    fn note(&mut self, time: Option<Timestamp>) {
        match time {
            None => self.without += 1,
            Some(_) => {
                self.least = self.least.min(time).or(time);
                self.greatest = self.greatest.max(time);
            }
        }
    }
}

/// Digests and counts of a finished dataset file.
#[derive(Debug)]
pub struct WrittenDataset {
    /// Records in it.
    pub records: u64,
    /// SHA-256 of the compressed file.
    pub sha256: String,
    /// SHA-256 of the frame list.
    pub frames_sha256: String,
}

/// Writes one dataset: lines in ascending order go in, frames come out.
pub struct DatasetWriter {
    dataset: &'static Dataset,
    path: PathBuf,
    file: BufWriter<File>,
    hasher: Sha256,
    offset: u64,
    frames: Vec<Frame>,
    text: Vec<u8>,
    records: u64,
    first_id: String,
    last_id: String,
    /// What the last record was sorted by.
    last_key: Option<String>,
    /// Times of the frame in the making, where frames tell them.
    times: Option<FrameTimes>,
}

impl DatasetWriter {
    /// Starts `datasets/<name>.jsonl.zst` below `dir`, which must exist.
    ///
    /// # Errors
    /// The file cannot be created.
    pub fn create(dir: &Path, dataset: &'static Dataset) -> Result<Self, SnapshotError> {
        let path = data_path(dir, dataset.name);
        Ok(DatasetWriter {
            dataset,
            file: BufWriter::new(create_private(&path)?),
            path,
            hasher: Sha256::new(),
            offset: 0,
            frames: Vec::new(),
            text: Vec::with_capacity(FRAME_BYTES + (64 << 10)),
            records: 0,
            first_id: String::new(),
            last_id: String::new(),
            last_key: None,
            times: None,
        })
    }

    /// The same for a dataset whose records are in order of time: each frame tells its times.
    ///
    /// # Errors
    /// The file cannot be created.
    pub fn create_with_times(dir: &Path, dataset: &'static Dataset) -> Result<Self, SnapshotError> {
        debug_assert!(dataset.time_key().is_some(), "its records have a time");
        Ok(DatasetWriter {
            times: Some(FrameTimes::default()),
            ..DatasetWriter::create(dir, dataset)?
        })
    }

    /// Adds one record. `line` is its canonical text without the newline.
    ///
    /// # Errors
    /// `id` is not greater than the one before it, or the disk refuses.
    pub fn push(&mut self, id: &str, line: &str) -> Result<(), SnapshotError> {
        self.push_by(id, id, None, line)
    }

    /// Adds one record of a dataset that is sorted by `key` instead of by id. `time`: what it is in order of, where
    /// that is a time and the record has one.
    ///
    /// # Errors
    /// `key` is not greater than the one before it, or the disk refuses.
    pub fn push_by(
        &mut self,
        key: &str,
        id: &str,
        time: Option<Timestamp>,
        line: &str,
    ) -> Result<(), SnapshotError> {
        debug_assert!(!line.contains('\n'), "a canonical line holds no newline");
        if self.last_key.as_deref().is_some_and(|last| last >= key) {
            return Err(SnapshotError::Order {
                dataset: self.dataset.name,
                id: id.to_owned(),
            });
        }
        if self.text.is_empty() {
            self.first_id = id.to_owned();
        }
        self.text.extend_from_slice(line.as_bytes());
        self.text.push(b'\n');
        self.records += 1;
        if let Some(times) = &mut self.times {
            times.note(time);
        }
        self.last_id.clear();
        self.last_id.push_str(id);
        let last = self.last_key.get_or_insert_default();
        last.clear();
        last.push_str(key);
        if self.text.len() >= FRAME_BYTES {
            self.close_frame()?;
        }
        Ok(())
    }

    fn close_frame(&mut self) -> Result<(), SnapshotError> {
        let before: u64 = self.frames.iter().map(|frame| frame.records).sum();
        let compressed = zstd::bulk::compress(&self.text, ZSTD_LEVEL)
            .map_err(SnapshotError::io("compress", &self.path))?;
        self.file
            .write_all(&compressed)
            .map_err(SnapshotError::io("write", &self.path))?;
        self.hasher.update(&compressed);
        self.frames.push(Frame {
            offset: self.offset,
            bytes: compressed.len() as u64,
            text_bytes: self.text.len() as u64,
            sha256: sha256_hex(&compressed),
            records: self.records - before,
            first_id: std::mem::take(&mut self.first_id),
            last_id: self.last_id.clone(),
            times: self.times.as_mut().map(std::mem::take),
        });
        self.offset += compressed.len() as u64;
        self.text.clear();
        Ok(())
    }

    /// Closes the last frame, writes the frame list, and makes both durable.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn finish(mut self) -> Result<WrittenDataset, SnapshotError> {
        if !self.text.is_empty() {
            self.close_frame()?;
        }
        self.file
            .flush()
            .and_then(|()| self.file.get_ref().sync_all())
            .map_err(SnapshotError::io("write", &self.path))?;
        let dir = self
            .path
            .parent()
            .and_then(Path::parent)
            .expect("the path was made as dir/datasets/name");
        let frames_sha256 = write_json(&frames_path(dir, self.dataset), &self.frames)?;
        Ok(WrittenDataset {
            records: self.records,
            sha256: hex(&self.hasher.finalize()),
            frames_sha256,
        })
    }
}

/// Path of a dataset's records below a snapshot's folder.
pub(super) fn data_path(dir: &Path, dataset: &str) -> PathBuf {
    dir.join("datasets").join(format!("{dataset}.jsonl.zst"))
}

/// Path of a dataset's frame list below a snapshot's folder.
pub(super) fn frames_path(dir: &Path, dataset: &Dataset) -> PathBuf {
    dir.join("datasets")
        .join(format!("{}.frames.json", dataset.name))
}

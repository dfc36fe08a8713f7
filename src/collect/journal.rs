//! The journal of one collector: every answer as it was received, in the order of asking.
//!
//! `raw/<collector>.jsonl.zst` holds one JSON object a line. Each line is a zstd frame of its own, so
//! what a killed run left can be read to its last whole line, and more can be put behind it.
//! A line is an [`Exchange`], or the [`End`] that says how the walk came out.

use super::client::{Answer, ApiRequest, Failure, Verb};
use crate::snapshot::{Completeness, SnapshotError, SnapshotWriter, journal_path, sha256_hex};
use base64::Engine as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

/// zstd level: the default trade of size against time.
const ZSTD_LEVEL: i32 = 3;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A page of the walk.
    Page,
    /// The API's own count.
    Count,
}

/// One request and what came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// Number in this journal, from 0.
    pub n: u64,
    /// What it was asked for.
    pub purpose: Purpose,
    /// 0 for the first try, then 1 more for each retry of the same request.
    pub retry: u32,
    /// Method.
    pub method: Verb,
    /// Path below the host.
    pub path: String,
    /// Query, as names and values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, String)>,
    /// Body of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Value>,
    /// When it was sent.
    pub asked_at: Timestamp,
    /// When the answer was there, or it was clear that there would be none.
    pub at: Timestamp,
    /// HTTP status, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why there is no whole answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failure: Option<Failure>,
    /// Content type, date, rate limit and host of a redirect.
    pub headers: BTreeMap<String, String>,
    /// SHA-256 of the body's bytes.
    pub sha256: String,
    /// The body, byte for byte, where it is UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The body in base64, where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_base64: Option<String>,
}

impl Exchange {
    /// Value of the kept header called `name` (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// The last line of a journal: how the walk came out. A journal without it was interrupted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct End {
    /// Whether every page was received.
    pub end: Completeness,
}

/// A line of a journal.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Line {
    /// How the walk came out.
    End(End),
    /// One request and what came back.
    Exchange(Box<Exchange>),
}

/// A journal being written.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    next: u64,
}

impl Journal {
    /// Starts the journal called `name` in a snapshot's folder.
    pub fn create(writer: &SnapshotWriter, name: &str) -> Result<Journal, SnapshotError> {
        let path = journal_path(writer.dir(), name);
        let mut options = OpenOptions::new();
        options.append(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        Ok(Journal {
            file: options
                .open(&path)
                .map_err(SnapshotError::io("create", &path))?,
            path,
            next: 0,
        })
    }

    /// Writes one request and its answer, and gives the line back for judging.
    pub fn keep(
        &mut self,
        request: &ApiRequest,
        purpose: Purpose,
        retry: u32,
        asked_at: Timestamp,
        at: Timestamp,
        answer: Answer,
    ) -> Result<Exchange, SnapshotError> {
        let (status, headers, failure, bytes) = match answer {
            Answer::Response {
                status,
                headers,
                body,
            } => (Some(status), headers, None, body),
            Answer::Failure {
                status,
                headers,
                failure,
            } => (status, headers, Some(failure), Vec::new()),
        };
        let sha256 = sha256_hex(&bytes);
        let (body, body_base64) = match String::from_utf8(bytes) {
            _ if failure.is_some() => (None, None),
            Ok(text) => (Some(text), None),
            Err(error) => {
                let text = base64::engine::general_purpose::STANDARD.encode(error.as_bytes());
                (None, Some(text))
            }
        };
        let exchange = Exchange {
            n: self.next,
            purpose,
            retry,
            method: request.verb,
            path: request.path.clone(),
            query: request.query.clone(),
            asked: request.body.clone(),
            asked_at,
            at,
            status,
            failure,
            headers,
            sha256,
            body,
            body_base64,
        };
        self.next += 1;
        self.append(&exchange)?;
        Ok(exchange)
    }

    /// Writes how the walk came out, and makes the file durable.
    pub fn end(mut self, completeness: &Completeness) -> Result<(), SnapshotError> {
        self.append(&End {
            end: completeness.clone(),
        })?;
        self.file
            .sync_all()
            .map_err(SnapshotError::io("write", &self.path))
    }

    /// One write for one frame: a run that is killed leaves whole lines, and at most one torn one.
    fn append<T: Serialize>(&mut self, line: &T) -> Result<(), SnapshotError> {
        let mut text =
            serde_json::to_vec(line).expect("lines hold text keys, text and whole numbers");
        text.push(b'\n');
        let frame = zstd::bulk::compress(&text, ZSTD_LEVEL)
            .map_err(SnapshotError::io("compress", &self.path))?;
        self.file
            .write_all(&frame)
            .map_err(SnapshotError::io("write", &self.path))
    }
}

/// Reads the journal at `path` line by line.
///
/// # Errors
/// The file cannot be read, or a line of it is no line of a journal. A torn last line is one of these:
/// a run that was killed is not assembled.
pub fn read_journal(
    path: &Path,
) -> Result<impl Iterator<Item = Result<Line, SnapshotError>>, SnapshotError> {
    let path = path.to_owned();
    let file = File::open(&path).map_err(SnapshotError::io("read", &path))?;
    let mut reader = BufReader::new(
        zstd::stream::read::Decoder::new(file).map_err(SnapshotError::io("read", &path))?,
    );
    let mut text = String::new();
    Ok(std::iter::from_fn(move || {
        text.clear();
        match reader.read_line(&mut text) {
            Ok(0) => None,
            Ok(_) => Some(
                serde_json::from_str(&text).map_err(|error| SnapshotError::Malformed {
                    path: path.clone(),
                    problem: error.to_string(),
                }),
            ),
            Err(error) => Some(Err(SnapshotError::io("read", &path)(error))),
        }
    }))
}

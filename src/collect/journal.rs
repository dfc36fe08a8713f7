//! The journal of one collector: every answer as it was received, in the order of asking.
//!
//! `raw/<collector>.jsonl.zst` holds one JSON object a line. Each line is a zstd frame of its own, so
//! what a killed run left can be read to its last whole line, and more can be put behind it.
//! A line is an [`Exchange`], or the [`End`] that says how the walk came out.

use super::client::{Answer, ApiRequest, Failure, FailureKind, Verb};
use super::limits::BODY_BYTES_MAX;
use crate::snapshot::{Completeness, Period, SnapshotError, SnapshotWriter, journal_path};
use crate::value::sha256_hex;
use base64::Engine as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

/// zstd level: the default trade of size against time.
const ZSTD_LEVEL: i32 = 3;

/// Bytes of one line: a body whose every byte is escaped (`\u0000`), and the rest of the line.
const LINE_BYTES_MAX: u64 = 6 * BODY_BYTES_MAX as u64 + (1 << 20);

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A page of the walk.
    Page,
    /// The API's own count.
    Count,
    /// The API's own counts by kind.
    Stats,
    /// The newest event of the audit log at a moment, for comparison: it becomes no record.
    Edge,
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
    /// Which reading of the listing it belongs to: 0 unless the listing had to be read again from its
    /// first page. Only the last reading becomes records.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reading: u32,
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

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Exchange {
    /// The `n`th line: `request` and what came of it.
    pub(super) fn new(
        n: u64,
        request: &ApiRequest,
        attempt: Attempt,
        asked_at: Timestamp,
        at: Timestamp,
        answer: Answer,
    ) -> Exchange {
        let Attempt {
            purpose,
            reading,
            retry,
        } = attempt;
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
        Exchange {
            n,
            purpose,
            retry,
            reading,
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
        }
    }

    /// Value of the kept header called `name` (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Whether a whole answer came, and says success.
    pub fn succeeded(&self) -> bool {
        self.failure.is_none()
            && self
                .status
                .is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether nobody was reached at all: the network is at fault, or this computer.
    pub(super) fn is_unreached(&self) -> bool {
        matches!(&self.failure, Some(failure) if failure.kind == FailureKind::NotConnected)
    }
}

/// The last line of a journal: how the walk came out. A journal without it was interrupted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct End {
    /// Whether every page was received.
    pub end: Completeness,
    /// The period that was walked over, where it is of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
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

/// What a request is sent for, and how often it was sent before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    pub purpose: Purpose,
    pub reading: u32,
    pub retry: u32,
}

/// What an interrupted run left in a journal.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// Length of its whole lines.
    bytes: u64,
    /// How many of them are requests with their answers.
    pub exchanges: u64,
    /// How the walk came out, if it had come to its end.
    pub end: Option<Completeness>,
    /// The last reading of the listing.
    pub reading: u32,
}

/// A journal being written.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    next: u64,
}

impl Journal {
    /// Starts the journal called `name` in a snapshot's folder, or goes on with what an interrupted run
    /// left of it: a torn last line is cut off.
    pub fn open(writer: &SnapshotWriter, name: &str) -> Result<(Journal, Left), SnapshotError> {
        let path = journal_path(writer.dir(), name);
        let left = match path.exists() {
            true => scan(&path)?,
            false => Left::default(),
        };
        let mut journal = Journal::append_to(path)?;
        journal
            .file
            .set_len(left.bytes)
            .map_err(SnapshotError::io("write", &journal.path))?;
        journal.next = left.exchanges;
        Ok((journal, left))
    }

    /// Starts the journal called `name`, whatever an interrupted run left of it.
    pub fn anew(writer: &SnapshotWriter, name: &str) -> Result<(Journal, Left), SnapshotError> {
        let journal = Journal::append_to(journal_path(writer.dir(), name))?;
        journal
            .file
            .set_len(0)
            .map_err(SnapshotError::io("write", &journal.path))?;
        Ok((journal, Left::default()))
    }

    fn append_to(path: PathBuf) -> Result<Journal, SnapshotError> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
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

    /// A name beside the journal that nothing else takes.
    pub fn scratch(&self) -> PathBuf {
        self.path.with_extension("ids")
    }

    /// What the journal holds so far, from its first line.
    pub fn lines(
        &self,
    ) -> Result<impl Iterator<Item = Result<Line, SnapshotError>> + Send + use<>, SnapshotError>
    {
        read_journal(&self.path)
    }

    /// Writes one request and its answer, and gives the line back for judging.
    pub fn keep(
        &mut self,
        request: &ApiRequest,
        attempt: Attempt,
        asked_at: Timestamp,
        at: Timestamp,
        answer: Answer,
    ) -> Result<Exchange, SnapshotError> {
        let exchange = Exchange::new(self.next, request, attempt, asked_at, at, answer);
        self.next += 1;
        self.append(&exchange)?;
        Ok(exchange)
    }

    /// Writes how the walk came out, and makes the file durable.
    pub fn end(mut self, end: &End) -> Result<(), SnapshotError> {
        self.append(end)?;
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

/// Finds the whole lines of a journal whose last one may be torn.
///
/// What does not read ends it: behind a damaged line nothing says where the next one starts, and what is
/// cut off is asked for again.
fn scan(path: &Path) -> Result<Left, SnapshotError> {
    let mut reader = Counting {
        inner: BufReader::new(File::open(path).map_err(SnapshotError::io("read", path))?),
        position: 0,
        failure: None,
    };
    let mut left = Left::default();
    let mut text = Vec::new();
    loop {
        text.clear();
        let read = zstd::stream::read::Decoder::with_buffer(&mut reader).and_then(|frame| {
            frame
                .single_frame()
                .take(LINE_BYTES_MAX)
                .read_to_end(&mut text)
        });
        if let Some(error) = reader.failure.take() {
            return Err(SnapshotError::io("read", path)(error));
        }
        let line = match read {
            Ok(_) if text.ends_with(b"\n") => serde_json::from_slice(&text),
            _ => return Ok(left),
        };
        match line {
            Ok(Line::End(end)) => left.end = Some(end.end),
            Ok(Line::Exchange(exchange)) => {
                left.exchanges += 1;
                left.end = None;
                left.reading = exchange.reading;
            }
            Err(_) => return Ok(left),
        }
        left.bytes = reader.position;
    }
}

/// A reader that knows how far it was read, and whether it was the disk that refused.
struct Counting<R> {
    inner: R,
    position: u64,
    failure: Option<io::Error>,
}

impl<R: BufRead> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(buffer)?;
        self.consume(length);
        Ok(length)
    }
}

impl<R: BufRead> BufRead for Counting<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf().inspect_err(|error| {
            self.failure = Some(io::Error::new(error.kind(), error.to_string()));
        })
    }

    fn consume(&mut self, length: usize) {
        self.position += length as u64;
        self.inner.consume(length);
    }
}

/// Reads the journal at `path` line by line.
///
/// # Errors
/// The file cannot be read, or a line of it is no line of a journal. A torn last line is one of these:
/// a run that was killed is not assembled.
pub fn read_journal(
    path: &Path,
) -> Result<impl Iterator<Item = Result<Line, SnapshotError>> + Send + use<>, SnapshotError> {
    let path = path.to_owned();
    let file = File::open(&path).map_err(SnapshotError::io("read", &path))?;
    let mut reader = BufReader::new(
        zstd::stream::read::Decoder::new(file).map_err(SnapshotError::io("read", &path))?,
    );
    let mut text = String::new();
    Ok(std::iter::from_fn(move || {
        text.clear();
        match reader.by_ref().take(LINE_BYTES_MAX).read_line(&mut text) {
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

//! Findings put aside on disk, so that memory does not grow with their number.
//!
//! They go out in runs: findings of one control in order, one behind the other, in a file that never had a name
//! and is gone with the last one who reads it, however that ends. What findings have in common stays in memory,
//! once for each run.

use super::entries::order;
use super::evidence::{
    EvidenceField, EvidenceList, Fingerprint, Reader, Shared, put_number, put_text,
};
use super::{Finding, Outcome, Reason};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Bytes of findings that are held, over all threads, before some of them go to disk.
const HELD_BYTES_MAX: usize = 48 << 20;
/// Bytes that a finding costs beside its texts.
const FINDING_OVERHEAD: usize = size_of::<Finding>() + 64;
/// Bytes that are gathered before they are written.
const WRITE_BYTES: usize = 256 << 10;
/// Bytes that are read at a time from all runs together.
const READ_BYTES: usize = 8 << 20;
/// The most and the least of one run that is read at a time.
const READ_BYTES_OF_RUN: (usize, usize) = (4 << 10, 128 << 10);
/// Different lists of reasons that findings of one run have in common; others are written with each finding.
const COMMON_MAX: usize = 1_000;
/// Bytes of the length before each finding.
const LENGTH_BYTES: usize = 4;

/// Where findings go beyond those that are held.
#[derive(Debug)]
pub struct Spill {
    held_bytes_max: usize,
    disk: Arc<Disk>,
}

/// Findings cannot be put aside, or not be read again.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum SpillError {
    /// The disk refuses.
    #[error("cannot put findings aside in `{}`", dir.display())]
    #[diagnostic(help(
        "findings that are too many for memory wait there until the reports are written: make room there"
    ))]
    Write {
        /// The folder.
        dir: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The disk does not give back what it took.
    #[error("cannot read again the findings that were put aside in `{}`", dir.display())]
    #[diagnostic(help("check the disk, and assess again"))]
    Read {
        /// The folder.
        dir: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Spill {
    /// Holds every finding: memory grows with them.
    pub fn never() -> Spill {
        Spill::beyond(usize::MAX, PathBuf::new())
    }

    /// Puts findings aside in the folder `dir`, which is made if need be, once they are many.
    pub fn to(dir: PathBuf) -> Spill {
        Spill::beyond(HELD_BYTES_MAX, dir)
    }

    /// Puts findings aside in `dir` beyond about `held_bytes_max` bytes of them.
    pub fn beyond(held_bytes_max: usize, dir: PathBuf) -> Spill {
        let disk = Disk {
            dir,
            file: Mutex::new(None),
        };
        Spill {
            held_bytes_max,
            disk: Arc::new(disk),
        }
    }

    /// Bytes of findings that each of `threads` threads may hold.
    pub(super) fn room(&self, threads: usize) -> usize {
        self.held_bytes_max / threads
    }
}

/// The file that findings go to, made with the first of them.
#[derive(Debug)]
struct Disk {
    dir: PathBuf,
    file: Mutex<Option<Appended>>,
}

/// A file and how much of it is written.
#[derive(Debug)]
struct Appended {
    file: File,
    end: u64,
}

impl Disk {
    fn failed_to_write(&self) -> impl FnOnce(io::Error) -> SpillError {
        let dir = self.dir.clone();
        |source| SpillError::Write { dir, source }
    }

    fn failed_to_read(&self) -> impl FnOnce(io::Error) -> SpillError {
        let dir = self.dir.clone();
        |source| SpillError::Read { dir, source }
    }

    /// Appends what `write` writes, and says where that begins and how long it is.
    fn append(
        &self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<(u64, u64)> {
        let mut file = self.file.lock().expect("no thread panics while it writes");
        let appended = match &mut *file {
            Some(appended) => appended,
            none => none.insert(Appended {
                file: unnamed_file(&self.dir)?,
                end: 0,
            }),
        };
        let start = appended.end;
        appended.file.seek(SeekFrom::Start(start))?;
        let mut buffer = io::BufWriter::with_capacity(WRITE_BYTES, &mut appended.file);
        write(&mut buffer)?;
        buffer.flush()?;
        drop(buffer);
        appended.end = appended.file.stream_position()?;
        Ok((start, appended.end - start))
    }

    fn read_at(&self, start: u64, bytes: &mut [u8]) -> io::Result<()> {
        let mut file = self.file.lock().expect("no thread panics while it writes");
        let appended = file.as_mut().ok_or(io::ErrorKind::NotFound)?;
        appended.file.seek(SeekFrom::Start(start))?;
        appended.file.read_exact(bytes)
    }
}

/// A file in `dir` that only its owner may read and that is gone once it is closed, also if the process is killed.
fn unnamed_file(dir: &Path) -> io::Result<File> {
    std::fs::create_dir_all(dir)?;
    tempfile::tempfile_in(dir)
}

/// Findings of one control as they are made, in any order.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) held: Vec<Finding>,
    held_bytes: usize,
    pub(super) runs: Vec<Run>,
}

impl Gathered {
    pub(super) fn push(&mut self, finding: Finding) {
        self.held_bytes += FINDING_OVERHEAD
            + finding.subject.len()
            + finding.label.len()
            + finding.message.len()
            + finding.evidence.packed().len();
        self.held.push(finding);
    }

    /// Bytes that are held, about.
    pub(super) fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    pub(super) fn join(&mut self, other: Gathered) {
        if self.held.is_empty() {
            self.held = other.held;
        } else {
            self.held.extend(other.held);
        }
        self.held_bytes += other.held_bytes;
        self.runs.extend(other.runs);
    }

    /// Puts what is held aside.
    fn put_aside(&mut self, spill: &Spill) -> Result<(), SpillError> {
        self.held.sort_by(order);
        self.runs.push(Run::write(&self.held, &spill.disk)?);
        self.held.clear();
        self.held_bytes = 0;
        Ok(())
    }
}

/// Puts findings of `gathered` aside, those of the controls that have most first, if they are together more than
/// `room` bytes.
pub(super) fn make_room<'g>(
    gathered: impl Iterator<Item = &'g mut Gathered>,
    room: usize,
    spill: &Spill,
) -> Result<(), SpillError> {
    let mut gathered: Vec<_> = gathered.collect();
    let mut held: usize = gathered.iter().map(|gathered| gathered.held_bytes).sum();
    if held <= room {
        return Ok(());
    }
    gathered.sort_by_key(|gathered| std::cmp::Reverse(gathered.held_bytes));
    // Half of the room, so that there is some for the next ones.
    for gathered in gathered {
        if held <= room / 2 || gathered.held.is_empty() {
            break;
        }
        held -= gathered.held_bytes;
        gathered.put_aside(spill)?;
    }
    Ok(())
}

/// Findings of one control on disk, in order.
#[derive(Clone, Debug)]
pub(super) struct Run {
    disk: Arc<Disk>,
    start: u64,
    bytes: u64,
    counts: BTreeMap<Outcome, u64>,
    common: Arc<Common>,
}

/// What findings of a run have in common. A finding names its place in one of the lists.
#[derive(Debug, Default)]
struct Common {
    /// Reasons with what they come to in words.
    explained: Vec<(Shared<[Reason]>, Shared<str>)>,
    fields: Vec<Arc<[EvidenceField]>>,
}

impl Run {
    fn write(findings: &[Finding], disk: &Arc<Disk>) -> Result<Run, SpillError> {
        let mut counts = BTreeMap::new();
        let mut common = Common::default();
        let mut packed = Vec::new();
        let written = disk.append(|out| {
            for finding in findings {
                *counts.entry(finding.outcome).or_default() += 1;
                packed.clear();
                common.pack(finding, &mut packed)?;
                let length = u32::try_from(packed.len()).map_err(io::Error::other)?;
                out.write_all(&length.to_le_bytes())?;
                out.write_all(&packed)?;
            }
            Ok(())
        });
        let (start, bytes) = written.map_err(disk.failed_to_write())?;
        Ok(Run {
            disk: Arc::clone(disk),
            start,
            bytes,
            counts,
            common: Arc::new(common),
        })
    }

    /// Findings with this outcome.
    pub(super) fn count(&self, outcome: Outcome) -> u64 {
        self.counts.get(&outcome).copied().unwrap_or(0)
    }

    /// All findings.
    pub(super) fn len(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Reads them from the first one on, as one of `together` runs.
    pub(super) fn read(&self, together: usize) -> RunReader<'_> {
        let (least, most) = READ_BYTES_OF_RUN;
        RunReader {
            run: self,
            next: self.start,
            buffer: Vec::new(),
            at: 0,
            read_bytes: (READ_BYTES / together.max(1)).clamp(least, most),
        }
    }
}

impl Common {
    /// INVARIANT (packed finding): outcome, subject, label, fingerprint; place of its reasons with their message, or 0
    /// and both; place of the fields; packed evidence up to the end.
    fn pack(&mut self, finding: &Finding, out: &mut Vec<u8>) -> io::Result<()> {
        let outcome = Outcome::SHOWN
            .iter()
            .position(|shown| *shown == finding.outcome);
        put_number(outcome.expect("every outcome is shown"), out);
        put_text(&finding.subject, out);
        put_text(&finding.label, out);
        put_text(&finding.fingerprint, out);
        match self.explained(finding) {
            Some(place) => put_number(place + 1, out),
            None => {
                put_number(0, out);
                put_text(&finding.message, out);
                match finding.reasons.is_empty() {
                    true => put_text("", out),
                    false => put_text(&serde_json::to_string(&finding.reasons)?, out),
                }
            }
        }
        put_number(self.fields(finding.evidence.fields()), out);
        out.extend_from_slice(finding.evidence.packed());
        Ok(())
    }

    /// The place of the reasons that `finding` has in common with others; none where it has no reasons.
    fn explained(&mut self, finding: &Finding) -> Option<usize> {
        if finding.reasons.is_empty() {
            return None;
        }
        let is_own = |(reasons, message): &(Shared<[Reason]>, Shared<str>)| {
            reasons.is_same(&finding.reasons) && message.is_same(&finding.message)
        };
        let known = self.explained.iter().rposition(is_own);
        known.or_else(|| {
            (self.explained.len() < COMMON_MAX).then(|| {
                let own = (finding.reasons.clone(), finding.message.clone());
                self.explained.push(own);
                self.explained.len() - 1
            })
        })
    }

    /// The place of `fields`, which those of one control have in common.
    fn fields(&mut self, fields: &Arc<[EvidenceField]>) -> usize {
        let is_known = |known: &Arc<[EvidenceField]>| Arc::ptr_eq(known, fields) || known == fields;
        let known = self.fields.iter().rposition(is_known);
        known.unwrap_or_else(|| {
            self.fields.push(Arc::clone(fields));
            self.fields.len() - 1
        })
    }

    /// The finding that [`pack`](Common::pack) packed; `None` if that is something else.
    fn unpack(&self, packed: &[u8]) -> Option<Finding> {
        let mut reader = Reader(packed);
        let outcome = *Outcome::SHOWN.get(reader.number()?)?;
        let subject = reader.text()?.to_owned();
        let label = reader.text()?.to_owned();
        let fingerprint = Fingerprint::of(reader.text()?)?;
        let (reasons, message) = match reader.number()?.checked_sub(1) {
            Some(place) => self.explained.get(place)?.clone(),
            None => {
                let message = reader.text()?.to_owned().into();
                let reasons = match reader.text()? {
                    "" => Vec::new(),
                    reasons => serde_json::from_str(reasons).ok()?,
                };
                (reasons.into(), message)
            }
        };
        let fields = self.fields.get(reader.number()?)?;
        Some(Finding {
            subject,
            label,
            outcome,
            fingerprint,
            message,
            evidence: EvidenceList::of_packed(Arc::clone(fields), reader.0.into()),
            reasons,
        })
    }
}

/// One reading of a run.
#[derive(Debug)]
pub(super) struct RunReader<'r> {
    run: &'r Run,
    /// Place in the file of the next byte that is not yet read.
    next: u64,
    /// Bytes that are read, and how many of them are looked at.
    buffer: Vec<u8>,
    at: usize,
    read_bytes: usize,
}

impl RunReader<'_> {
    /// The next finding; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Finding>, SpillError> {
        self.read_next().map_err(self.run.disk.failed_to_read())
    }

    fn read_next(&mut self) -> io::Result<Option<Finding>> {
        if self.at == self.buffer.len() && self.left() == 0 {
            return Ok(None);
        }
        let length: [u8; LENGTH_BYTES] = self.bytes(LENGTH_BYTES)?.try_into().expect("as many");
        let length = usize::try_from(u32::from_le_bytes(length)).map_err(io::Error::other)?;
        let common = &self.run.common;
        let packed = self.bytes(length)?;
        let finding = common.unpack(packed).ok_or(io::ErrorKind::InvalidData)?;
        Ok(Some(finding))
    }

    /// Bytes of the run that are not yet read.
    fn left(&self) -> u64 {
        self.run.start + self.run.bytes - self.next
    }

    /// The next `count` bytes.
    fn bytes(&mut self, count: usize) -> io::Result<&[u8]> {
        if self.buffer.len() - self.at < count {
            self.buffer.drain(..self.at);
            self.at = 0;
            let held = self.buffer.len();
            let wanted = self.read_bytes.max(count - held);
            // No more than there is: a length that a broken disk made up allocates nothing.
            let read = usize::try_from(self.left()).map_or(wanted, |left| wanted.min(left));
            if held + read < count {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.buffer.resize(held + read, 0);
            self.run.disk.read_at(self.next, &mut self.buffer[held..])?;
            self.next += read as u64;
        }
        let start = self.at;
        self.at += count;
        Ok(&self.buffer[start..self.at])
    }
}

#[cfg(test)]
mod tests;

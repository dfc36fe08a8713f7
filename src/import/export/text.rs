//! Bytes to rows: what a file is, its encoding, its separator, its header; bounded whatever it holds.

use super::ExportError;
use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

/// Bytes that a file may have.
const FILE_BYTES_MAX: u64 = 4 << 30;
/// Bytes of one row, which ends a quote that nobody closed.
const ROW_BYTES_MAX: u64 = 1 << 20;
/// Columns that a file may have.
const COLUMNS_MAX: usize = 1_000;
/// Rows that a file may have.
pub(super) const ROWS_MAX: u64 = 5_000_000;
/// Bytes that are read at once, and looked at to tell what a file is.
const BUFFER_BYTES: usize = 256 << 10;

/// How a file's text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
}

impl Encoding {
    pub fn word(self) -> &'static str {
        match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf16Le => "UTF-16LE",
            Encoding::Utf16Be => "UTF-16BE",
        }
    }
}

/// A file being read row by row.
pub(super) struct Table<'p> {
    path: &'p Path,
    pub encoding: Encoding,
    pub delimiter: u8,
    pub header: Vec<String>,
    reader: csv::Reader<Box<dyn Read>>,
    /// Bytes that may still be read for the row at hand.
    budget: Rc<Cell<u64>>,
    record: csv::StringRecord,
    /// Number of the last row that was read, as a spreadsheet counts.
    number: u64,
}

impl<'p> Table<'p> {
    /// Opens the file at `path` and reads its header.
    pub fn open(path: &'p Path) -> Result<Table<'p>, ExportError> {
        let file = File::open(path).map_err(ExportError::io(path))?;
        let metadata = file.metadata().map_err(ExportError::io(path))?;
        if !metadata.is_file() {
            return Err(ExportError::not_text(path, "it is no regular file"));
        }
        if metadata.len() > FILE_BYTES_MAX {
            return Err(ExportError::limit(path, format!("{FILE_BYTES_MAX} bytes")));
        }
        let budget = Rc::new(Cell::new(row_budget()));
        let mut bytes = BufReader::with_capacity(BUFFER_BYTES, file.take(FILE_BYTES_MAX));
        let encoding = encoding(path, bytes.fill_buf().map_err(ExportError::io(path))?)?;
        let text: Box<dyn Read> = match encoding {
            Encoding::Utf8 => {
                if bytes.buffer().starts_with(b"\xef\xbb\xbf") {
                    bytes.consume(3);
                }
                Box::new(bytes)
            }
            Encoding::Utf16Le | Encoding::Utf16Be => {
                bytes.consume(2);
                Box::new(Utf16::new(bytes, encoding))
            }
        };
        let mut text = BufReader::with_capacity(BUFFER_BYTES, text);
        let failed = |error: io::Error| Failed::Io(error).at(path, 1);
        let mut number = 0;
        let stated = stated_delimiter(text.fill_buf().map_err(failed)?);
        if let Some((_, length)) = stated {
            text.consume(length);
            number = 1;
        }
        let start = text.fill_buf().map_err(failed)?;
        if start.iter().all(u8::is_ascii_whitespace) {
            return Err(ExportError::not_text(path, "it is empty"));
        }
        let delimiter = stated.map_or_else(|| delimiter(start), |(sign, _)| sign);
        let bounded: Box<dyn Read> = Box::new(Bounded {
            text,
            budget: Rc::clone(&budget),
        });
        let reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .has_headers(false)
            .from_reader(bounded);
        let mut table = Table {
            path,
            encoding,
            delimiter,
            header: Vec::new(),
            reader,
            budget,
            record: csv::StringRecord::new(),
            number,
        };
        table.advance()?;
        table.header = table
            .record
            .iter()
            .map(|cell| cell.trim().to_owned())
            .collect();
        if table.header.len() > COLUMNS_MAX {
            return Err(ExportError::limit(path, format!("{COLUMNS_MAX} columns")));
        }
        Ok(table)
    }

    /// The next row that holds anything, with its number.
    pub fn next(&mut self) -> Result<Option<(u64, &csv::StringRecord)>, ExportError> {
        loop {
            let is_short = self.record.len() < self.header.len();
            if !self.advance()? {
                // The last row of a file that was cut ends anywhere, in the middle of a word.
                if is_short && !self.ends_a_line()? {
                    let problem = "the file ends in the middle of it".to_owned();
                    return Err(ExportError::row(self.path, self.number - 1, problem));
                }
                return Ok(None);
            }
            if self.number > ROWS_MAX {
                return Err(ExportError::limit(self.path, format!("{ROWS_MAX} rows")));
            }
            if self.record.iter().any(|cell| !cell.trim().is_empty()) {
                break;
            }
        }
        let (cells, columns) = (self.record.len(), self.header.len());
        // A spreadsheet leaves separators behind the last column away, or adds some.
        let is_padded = || {
            self.record
                .iter()
                .skip(columns)
                .all(|cell| cell.trim().is_empty())
        };
        if cells > columns && !is_padded() {
            return Err(ExportError::row(
                self.path,
                self.number,
                format!("it has {cells} cells, and the header {columns}"),
            ));
        }
        Ok(Some((self.number, &self.record)))
    }

    fn ends_a_line(&self) -> Result<bool, ExportError> {
        let failed = |error| ExportError::io(self.path)(error);
        let mut file = File::open(self.path).map_err(failed)?;
        let mut end = [0; 2];
        let failed = |error| ExportError::io(self.path)(error);
        file.seek(SeekFrom::End(-2))
            .and_then(|_| file.read_exact(&mut end))
            .map_err(failed)?;
        let last = match self.encoding {
            Encoding::Utf8 => end[1],
            Encoding::Utf16Le => end[0],
            Encoding::Utf16Be => end[1],
        };
        Ok(matches!(last, b'\n' | b'\r'))
    }

    fn advance(&mut self) -> Result<bool, ExportError> {
        self.budget.set(row_budget());
        let more = self.reader.read_record(&mut self.record);
        self.number += 1;
        more.map_err(|error| {
            let column = match error.kind() {
                csv::ErrorKind::Utf8 { err, .. } => self.header.get(err.field()).cloned(),
                _ => None,
            };
            Failed::Csv(error, column).at(self.path, self.number)
        })
    }
}

/// What the reader may take for one row: it reads ahead, so that its buffers count too.
fn row_budget() -> u64 {
    ROW_BYTES_MAX + 2 * BUFFER_BYTES as u64
}

/// A row that cannot be read.
enum Failed {
    Io(io::Error),
    /// With the header of the column, where it is known.
    Csv(csv::Error, Option<String>),
}

impl Failed {
    fn at(self, path: &Path, number: u64) -> ExportError {
        let error = match self {
            Failed::Io(error) => error,
            Failed::Csv(error, column) => match error.into_kind() {
                csv::ErrorKind::Io(error) => error,
                csv::ErrorKind::Utf8 { .. } => {
                    let place =
                        column.map_or(String::new(), |column| format!(", column `{column}`"));
                    return ExportError::encoding(
                        path,
                        format!("row {number}{place} is not written in UTF-8"),
                    );
                }
                other => return ExportError::row(path, number, format!("{other:?}")),
            },
        };
        match error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Broken>())
        {
            Some(Broken::RowTooLong) => ExportError::limit(
                path,
                format!(
                    "{ROW_BYTES_MAX} bytes a row, from row {number} on: a quote may stand open there"
                ),
            ),
            Some(Broken::Utf16) => {
                ExportError::encoding(path, format!("row {number} is not written in UTF-16"))
            }
            None => ExportError::Io {
                path: path.to_owned(),
                source: error,
            },
        }
    }
}

/// What a reader of this file finds wrong with the bytes.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("a row goes beyond ROW_BYTES_MAX")]
    RowTooLong,
    #[error("bytes that are no UTF-16")]
    Utf16,
}

/// Text of which no more is read for one row than its budget.
struct Bounded {
    text: BufReader<Box<dyn Read>>,
    budget: Rc<Cell<u64>>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.text.read(buffer)?;
        let left = self.budget.get().checked_sub(length as u64);
        self.budget
            .set(left.ok_or_else(|| io::Error::other(Broken::RowTooLong))?);
        Ok(length)
    }
}

/// UTF-16 as UTF-8.
struct Utf16<R> {
    bytes: R,
    encoding: Encoding,
    /// The first half of a pair that the last read ended in.
    pending: Option<u16>,
    /// Text that did not fit the last buffer.
    text: Vec<u8>,
    taken: usize,
}

impl<R: BufRead> Utf16<R> {
    fn new(bytes: R, encoding: Encoding) -> Utf16<R> {
        Utf16 {
            bytes,
            encoding,
            pending: None,
            text: Vec::new(),
            taken: 0,
        }
    }

    fn unit(&mut self) -> io::Result<Option<u16>> {
        let mut pair = [0; 2];
        let mut filled = 0;
        while filled < 2 {
            let length = self.bytes.read(&mut pair[filled..])?;
            if length == 0 {
                break;
            }
            filled += length;
        }
        match (filled, self.encoding) {
            (0, _) => Ok(None),
            (1, _) => Err(io::Error::other(Broken::Utf16)),
            (_, Encoding::Utf16Be) => Ok(Some(u16::from_be_bytes(pair))),
            (_, _) => Ok(Some(u16::from_le_bytes(pair))),
        }
    }

    /// Decodes about a buffer of text.
    fn fill(&mut self) -> io::Result<()> {
        self.text.clear();
        self.taken = 0;
        let mut units = Vec::new();
        units.extend(self.pending.take());
        while units.len() < BUFFER_BYTES / 2 {
            match self.unit()? {
                Some(unit) => units.push(unit),
                None => break,
            }
        }
        // The other half of a pair comes with the next read.
        if units
            .last()
            .is_some_and(|last| (0xD800..0xDC00).contains(last))
        {
            match self.unit()? {
                Some(unit) => units.push(unit),
                None => return Err(io::Error::other(Broken::Utf16)),
            }
        }
        let mut encoded = [0; 4];
        for letter in char::decode_utf16(units) {
            let letter = letter.map_err(|_| io::Error::other(Broken::Utf16))?;
            let letter = letter.encode_utf8(&mut encoded);
            self.text.extend_from_slice(letter.as_bytes());
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.text.len() {
            self.fill()?;
        }
        let left = &self.text[self.taken..];
        let length = left.len().min(buffer.len());
        buffer[..length].copy_from_slice(&left[..length]);
        self.taken += length;
        Ok(length)
    }
}

/// Tells the encoding from the first bytes, and refuses what is no text.
fn encoding(path: &Path, start: &[u8]) -> Result<Encoding, ExportError> {
    let refused = |problem| Err(ExportError::not_text(path, problem));
    if start.is_empty() {
        return refused("it is empty");
    }
    if start.starts_with(b"\xff\xfe\0\0") || start.starts_with(b"\0\0\xfe\xff") {
        return Err(ExportError::encoding(
            path,
            "it is written in UTF-32".to_owned(),
        ));
    }
    if start.starts_with(b"\xff\xfe") {
        return Ok(Encoding::Utf16Le);
    }
    if start.starts_with(b"\xfe\xff") {
        return Ok(Encoding::Utf16Be);
    }
    if start.starts_with(b"PK\x03\x04") {
        return refused("it is a ZIP archive or a workbook");
    }
    if start.starts_with(b"\x1f\x8b") {
        return refused("it is compressed with gzip");
    }
    if start.starts_with(b"%PDF") {
        return refused("it is a PDF");
    }
    let text = start.trim_ascii_start();
    if text.starts_with(b"<") {
        return refused(
            "it is a page of HTML or XML: the link may have expired, or asked to sign in",
        );
    }
    let sample = &start[..start.len().min(BUFFER_BYTES)];
    // A name may hold a zero byte; of UTF-16 every second byte is one where the text is plain.
    if sample.iter().filter(|byte| **byte == 0).count() > sample.len() / 4 {
        return Err(ExportError::encoding(
            path,
            "it holds zero bytes, as UTF-16 without a byte order mark does".to_owned(),
        ));
    }
    Ok(Encoding::Utf8)
}

/// The separator that a first line `sep=;` states, and how long that line is.
fn stated_delimiter(start: &[u8]) -> Option<(u8, usize)> {
    let rest = start.strip_prefix(b"sep=")?;
    let sign = *rest.first()?;
    let end = &rest[1..];
    let line_end = match end {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => return None,
    };
    [b',', b';', b'\t', b'|']
        .contains(&sign)
        .then_some((sign, 4 + 1 + line_end))
}

/// The sign that stands most often outside quotes in the first line that holds anything.
fn delimiter(start: &[u8]) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut is_quoted = false;
    let line = start
        .iter()
        .skip_while(|byte| matches!(byte, b'\r' | b'\n'));
    for byte in line {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted => break,
            _ if is_quoted => {}
            byte => {
                for (sign, count) in &mut counts {
                    *count += usize::from(sign == byte);
                }
            }
        }
    }
    // Of equal ones the first: without any sign there is one column, and a comma does no harm.
    let most = counts.iter().rev().max_by_key(|(_, count)| *count);
    most.map_or(b',', |(sign, _)| *sign)
}

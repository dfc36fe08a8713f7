//! File -> frames of canonical lines, one row at a time.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::de::{DeserializeSeed, Deserializer as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::cell::{self, Cell as Entry};
use super::{List, ListError, ListExtent, ListRequest};
use crate::catalog::{FieldType, InputField, InputSchema};
use crate::diagnostic::yaml::{self, Kind, Node};
use crate::diagnostic::{SourceFile, Span};
use crate::snapshot::{FRAME_BYTES, InputStatement, Misfit, MisfitKind};
use crate::value::hex;

/// Rows that a list may have.
pub const ROWS_MAX: u64 = 5_000_000;
/// Bytes that a file may have.
const FILE_BYTES_MAX: u64 = 4 << 30;
/// Bytes of a row, as a canonical line and as a line of JSONL.
const ROW_BYTES_MAX: usize = 1 << 20;
/// Columns that a file may have.
const COLUMNS_MAX: usize = 1_000;
/// What a file lacks that holds nothing, where nobody names a column of it.
const NO_COLUMN: &str = "of any name";
/// Different values listed of a misfit, and ids of duplicates.
const LISTED_MAX: usize = 5;
/// Characters of a listed value.
const LISTED_CHARS_MAX: usize = 60;
/// Rows that are looked at to tell the columns of a list that nobody declared.
const INFERRED_ROWS: usize = 1_000;
/// zstd level: the default trade of size against time.
const ZSTD_LEVEL: i32 = 3;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Csv,
    Json,
    JsonLines,
    Yaml,
}

impl Form {
    fn of(path: &Path) -> Result<Form, ListError> {
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        match ending.to_str() {
            Some("csv" | "tsv") => Ok(Form::Csv),
            Some("json") => Ok(Form::Json),
            Some("jsonl" | "ndjson") => Ok(Form::JsonLines),
            Some("yaml" | "yml") => Ok(Form::Yaml),
            _ => Err(ListError::UnknownForm {
                path: path.to_owned(),
            }),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Form::Csv => "CSV",
            Form::Json => "JSON",
            Form::JsonLines => "JSONL",
            Form::Yaml => "YAML",
        }
    }

    fn help(self) -> &'static str {
        match self {
            Form::Csv => {
                "save it as CSV in UTF-8, with one line of headers and a cell for each of them in every row"
            }
            Form::Json => "write an array of objects: `[{ \"email\": \"a@example.com\" }]`",
            Form::JsonLines => "write one object a line: `{ \"email\": \"a@example.com\" }`",
            Form::Yaml => {
                "write a list of maps: `- email: a@example.com`; large lists as CSV or JSONL"
            }
        }
    }

    fn error(self, path: &Path, problem: impl std::fmt::Display) -> ListError {
        ListError::Form {
            path: path.to_owned(),
            form: self.word(),
            problem: problem.to_string(),
            help: self.help(),
        }
    }
}

/// Whoever takes rows: told the number of each, as a person counts it.
trait RowSink {
    /// The columns of a CSV file, before any row.
    fn columns(&mut self, columns: &[String]);
    /// One row of a CSV file: cells in the order of the columns. `Ok(false)` is enough.
    fn cells(&mut self, number: u64, cells: &csv::StringRecord) -> Result<bool, ListError>;
    /// One object.
    fn object(&mut self, number: u64, object: &Map<String, Value>) -> Result<bool, ListError>;
}

pub(super) fn read(request: &ListRequest) -> Result<List, ListError> {
    let mut builder = Builder::new(request);
    let sha256 = rows(&request.path, &mut builder, Extent::Whole)?;
    builder.finish(sha256)
}

/// As [`read`], of objects that were read already.
pub(super) fn of_objects(
    request: &ListRequest,
    objects: &[Map<String, Value>],
    sha256: String,
) -> Result<List, ListError> {
    let mut builder = Builder::new(request);
    for (number, object) in (1..).zip(objects) {
        builder.object(number, object)?;
    }
    builder.finish(sha256)
}

/// The text of a compressed frame.
pub(super) fn decompressed(frame: &[u8]) -> String {
    let bytes = zstd::decode_all(frame).expect("it was compressed by this program, in memory");
    String::from_utf8(bytes).expect("it was text before")
}

/// The columns of a list that nobody declared, from its header or its first rows: text, but for columns
/// that hold only truth values or only whole numbers in JSON and YAML.
///
/// # Errors
/// As [`List::read`].
pub fn infer_schema(name: &str, path: &Path) -> Result<InputSchema, ListError> {
    let mut columns = Columns::default();
    rows(path, &mut columns, Extent::AsFarAsNeeded)?;
    let fields = columns
        .order
        .iter()
        .map(|name| InputField {
            name: name.clone(),
            kind: columns
                .kinds
                .get(name)
                .copied()
                .flatten()
                .unwrap_or(FieldType::Text),
            omission: None,
        })
        .collect();
    let file = SourceFile::new(path.to_string_lossy(), "");
    Ok(InputSchema::new(
        name,
        None,
        fields,
        file.place(Span::new(0, 0)),
    ))
}

/// How much of a file is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// All of it: the digest is that of the file.
    Whole,
    /// Until the sink has enough.
    AsFarAsNeeded,
}

/// Reads the rows of the file at `path`, and gives the digest of what was read.
fn rows(path: &Path, sink: &mut dyn RowSink, extent: Extent) -> Result<String, ListError> {
    let form = Form::of(path)?;
    let file = File::open(path).map_err(ListError::io(path))?;
    let mut digested = Digested {
        file: file.take(FILE_BYTES_MAX + 1),
        hasher: Sha256::new(),
        bytes: 0,
    };
    let mut reader = BufReader::with_capacity(256 << 10, &mut digested);
    skip_byte_order_mark(path, form, &mut reader)?;
    match form {
        Form::Csv => csv_rows(path, &mut reader, sink)?,
        Form::Json => json_rows(path, &mut reader, sink)?,
        Form::JsonLines => json_line_rows(path, &mut reader, sink)?,
        Form::Yaml => yaml_rows(path, &mut reader, sink)?,
    }
    if extent == Extent::Whole {
        // What stands behind the last row counts too.
        std::io::copy(&mut reader, &mut std::io::sink()).map_err(ListError::io(path))?;
    }
    drop(reader);
    if digested.bytes > FILE_BYTES_MAX {
        return Err(limit(path, format!("{FILE_BYTES_MAX} bytes")));
    }
    Ok(hex(&digested.hasher.finalize()))
}

fn limit(path: &Path, limit: String) -> ListError {
    ListError::Limit {
        path: path.to_owned(),
        limit,
    }
}

/// A reader that gives up where one row takes more than [`ROW_BYTES_MAX`]: a parser would keep all of it.
struct RowByRow<'r, R> {
    reader: &'r mut R,
    /// Bytes since the last row ended, as far as the parser has read ahead.
    read: &'r Cell<usize>,
}

/// Bytes that a parser may have read beyond the row that it is at.
const READ_AHEAD: usize = 1 << 20;

impl<R: Read> Read for RowByRow<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.read.get() > ROW_BYTES_MAX + READ_AHEAD {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        let length = self.reader.read(buffer)?;
        self.read.set(self.read.get() + length);
        Ok(length)
    }
}

/// A row that is larger than rows are, or else what `other` says.
fn row_limit(path: &Path, read: &Cell<usize>, other: ListError) -> ListError {
    match read.get() > ROW_BYTES_MAX + READ_AHEAD {
        true => limit(path, format!("{ROW_BYTES_MAX} bytes a row")),
        false => other,
    }
}

/// A file whose bytes are digested and counted as they are read.
struct Digested<R> {
    file: R,
    hasher: Sha256,
    bytes: u64,
}

impl<R: Read> Read for Digested<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.file.read(buffer)?;
        self.hasher.update(&buffer[..length]);
        self.bytes += length as u64;
        Ok(length)
    }
}

fn skip_byte_order_mark(
    path: &Path,
    form: Form,
    reader: &mut impl BufRead,
) -> Result<(), ListError> {
    let start = reader.fill_buf().map_err(ListError::io(path))?;
    if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        return Err(form.error(path, "it is written in UTF-16"));
    }
    if start.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
    }
    Ok(())
}

fn csv_rows(
    path: &Path,
    reader: &mut impl BufRead,
    sink: &mut dyn RowSink,
) -> Result<(), ListError> {
    let start = reader.fill_buf().map_err(ListError::io(path))?;
    let delimiter = match start {
        // As spreadsheets write it in front of the headers.
        [b's', b'e', b'p', b'=', sign, b'\r' | b'\n', ..] => {
            let sign = *sign;
            reader.skip_until(b'\n').map_err(ListError::io(path))?;
            sign
        }
        start => delimiter(start),
    };
    let read = Cell::new(0);
    let mut rows = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .from_reader(RowByRow {
            reader,
            read: &read,
        });
    let failed = |error: csv::Error| {
        let problem = Form::Csv.error(path, csv_problem(&error));
        row_limit(path, &read, problem)
    };
    let columns: Vec<String> = rows
        .headers()
        .map_err(failed)?
        .iter()
        .map(column_name)
        .collect();
    if columns.len() > COLUMNS_MAX {
        return Err(limit(path, format!("{COLUMNS_MAX} columns")));
    }
    let mut known = BTreeSet::new();
    for column in columns.iter().filter(|column| !column.is_empty()) {
        if !known.insert(column) {
            let problem = format!("two columns are called `{column}`");
            return Err(Form::Csv.error(path, problem));
        }
    }
    sink.columns(&columns);
    let mut row = csv::StringRecord::new();
    // As a spreadsheet counts: the headers are row 1.
    let mut number = 1;
    while rows.read_record(&mut row).map_err(failed)? {
        number += 1;
        read.set(0);
        if !sink.cells(number, &row)? {
            break;
        }
    }
    Ok(())
}

/// What is wrong with a line, as somebody who sees it in a spreadsheet would say it.
fn csv_problem(error: &csv::Error) -> String {
    let line = error.position().map_or(0, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!(
            "the row that starts in line {line} has {len} cells, and there are {expected_len} headers; a quote \
             without its end, or a separator inside a cell without quotes?"
        ),
        csv::ErrorKind::Utf8 { .. } => format!("line {line} is not text in UTF-8"),
        _ => error.to_string(),
    }
}

/// The sign that separates the headers: the one that stands most often outside quotes in the first line.
pub(super) fn delimiter(start: &[u8]) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut is_quoted = false;
    for byte in start {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => break,
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

/// A header as a field is called: `E-mail address` is `e_mail_address`.
fn column_name(header: &str) -> String {
    let lower = header.trim().to_lowercase();
    let words = lower.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("_")
}

fn json_rows(
    path: &Path,
    reader: &mut impl BufRead,
    sink: &mut dyn RowSink,
) -> Result<(), ListError> {
    let mut failure = None;
    let read = Cell::new(0);
    let mut rows = serde_json::Deserializer::from_reader(RowByRow {
        reader,
        read: &read,
    });
    let result = rows.deserialize_seq(Objects {
        sink,
        failure: &mut failure,
        read: &read,
    });
    match (failure, result) {
        (Some(failure), _) => Err(failure),
        (None, Ok(Enough::Yes)) => Ok(()),
        (None, Ok(Enough::No)) => rows.end().map_err(|error| Form::Json.error(path, error)),
        (None, Err(error)) => Err(row_limit(path, &read, Form::Json.error(path, error))),
    }
}

/// Whether rows were left unread on purpose.
enum Enough {
    Yes,
    No,
}

/// Hands each object of an array on, without keeping it.
struct Objects<'s> {
    sink: &'s mut dyn RowSink,
    failure: &'s mut Option<ListError>,
    /// Bytes since the last object ended.
    read: &'s Cell<usize>,
}

impl<'de> Visitor<'de> for Objects<'_> {
    type Value = Enough;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Enough, A::Error> {
        let mut number = 0;
        while let Some(object) = elements.next_element_seed(Object)? {
            number += 1;
            self.read.set(0);
            match self.sink.object(number, &object) {
                Ok(true) => {}
                Ok(false) => {
                    // The rest must be read for the array to end; it is not kept.
                    while elements.next_element::<serde::de::IgnoredAny>()?.is_some() {
                        self.read.set(0);
                    }
                    return Ok(Enough::Yes);
                }
                Err(failure) => {
                    *self.failure = Some(failure);
                    return Err(serde::de::Error::custom("stopped"));
                }
            }
        }
        Ok(Enough::No)
    }
}

/// One object of JSON that names no member twice.
struct Object;

impl<'de> DeserializeSeed<'de> for Object {
    type Value = Map<String, Value>;

    fn deserialize<D: serde::Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, value)) = members.next_entry::<String, Value>()? {
            if object.contains_key(&name) {
                let problem = format!("an object names `{name}` twice");
                return Err(serde::de::Error::custom(problem));
            }
            object.insert(name, value);
        }
        Ok(object)
    }
}

fn json_line_rows(
    path: &Path,
    reader: &mut impl BufRead,
    sink: &mut dyn RowSink,
) -> Result<(), ListError> {
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        let length = reader
            .by_ref()
            .take(ROW_BYTES_MAX as u64 + 1)
            .read_until(b'\n', &mut line)
            .map_err(ListError::io(path))?;
        if length == 0 {
            return Ok(());
        }
        number += 1;
        if line.len() > ROW_BYTES_MAX {
            return Err(limit(
                path,
                format!("{ROW_BYTES_MAX} bytes a row, in row {number}"),
            ));
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let mut text = serde_json::Deserializer::from_slice(&line);
        let object = Object
            .deserialize(&mut text)
            .and_then(|object| text.end().map(|()| object))
            .map_err(|error| Form::JsonLines.error(path, format!("row {number}: {error}")))?;
        if !sink.object(number, &object)? {
            return Ok(());
        }
    }
}

fn yaml_rows(
    path: &Path,
    reader: &mut impl BufRead,
    sink: &mut dyn RowSink,
) -> Result<(), ListError> {
    let mut bytes = Vec::new();
    reader
        .take(yaml::FILE_BYTES_MAX as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(ListError::io(path))?;
    let text =
        String::from_utf8(bytes).map_err(|_| Form::Yaml.error(path, "it is not text in UTF-8"))?;
    let file = SourceFile::new(path.to_string_lossy(), text);
    let root = yaml::read(&file).map_err(|problem| {
        let place = problem.labels.first().map(|label| label.place.span.start);
        let line = file.line(place.unwrap_or_default());
        Form::Yaml.error(path, format!("line {line}: {}", problem.message))
    })?;
    let Kind::List(elements) = &root.kind else {
        return Err(Form::Yaml.error(path, format!("expected a list, found {}", root.described())));
    };
    for (number, element) in (1..).zip(elements) {
        let Value::Object(object) = value_of(element) else {
            let problem = format!("row {number} is {}, not a map", element.described());
            return Err(Form::Yaml.error(path, problem));
        };
        if !sink.object(number, &object)? {
            break;
        }
    }
    Ok(())
}

fn value_of(node: &Node) -> Value {
    match &node.kind {
        Kind::Null => Value::Null,
        Kind::Boolean(value) => (*value).into(),
        Kind::Integer(number) => (*number).into(),
        // As it is written: a version `1.10` is no number.
        Kind::Float(_) => node.as_text().unwrap_or_default().into(),
        Kind::Text(text) => text.as_str().into(),
        Kind::List(elements) => elements.iter().map(value_of).collect(),
        Kind::Map(entries) => entries
            .iter()
            .map(|entry| (entry.key.clone(), value_of(&entry.value)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

/// Tells columns and their types from the first rows.
#[derive(Default)]
struct Columns {
    order: Vec<String>,
    /// Type of every value so far; `None` where they differ or are plain text.
    kinds: BTreeMap<String, Option<FieldType>>,
    rows: usize,
}

impl RowSink for Columns {
    fn columns(&mut self, columns: &[String]) {
        let named = columns.iter().filter(|column| !column.is_empty());
        self.order.extend(named.cloned());
    }

    fn cells(&mut self, _number: u64, _cells: &csv::StringRecord) -> Result<bool, ListError> {
        Ok(false)
    }

    fn object(&mut self, _number: u64, object: &Map<String, Value>) -> Result<bool, ListError> {
        for (name, value) in object {
            let kind = match value {
                Value::Null => continue,
                Value::Bool(_) => Some(FieldType::Boolean),
                Value::Number(number) if number.is_i64() => Some(FieldType::Integer),
                _ => None,
            };
            match self.kinds.get_mut(name) {
                Some(known) if *known != kind => *known = None,
                Some(_) => {}
                None => {
                    self.order.push(name.clone());
                    self.kinds.insert(name.clone(), kind);
                }
            }
        }
        self.rows += 1;
        Ok(self.rows < INFERRED_ROWS && self.order.len() < COLUMNS_MAX)
    }
}

/// Rows in, frames out.
struct Builder<'r> {
    request: &'r ListRequest,
    /// Place of each field's cell in a CSV row; `None` where the list has no such column.
    places: Vec<Option<usize>>,
    columns: BTreeSet<String>,
    is_tabular: bool,
    frames: Vec<Vec<u8>>,
    text: String,
    rows: u64,
    /// Digests of ids: 16 bytes a row, whatever the ids are.
    ids: HashSet<[u8; 16]>,
    duplicates: u64,
    duplicate_ids: Vec<String>,
    without_id: u64,
    misfits: BTreeMap<String, (u64, Vec<String>)>,
}

impl<'r> Builder<'r> {
    fn new(request: &'r ListRequest) -> Builder<'r> {
        Builder {
            request,
            places: Vec::new(),
            columns: BTreeSet::new(),
            is_tabular: false,
            frames: Vec::new(),
            text: String::new(),
            rows: 0,
            ids: HashSet::new(),
            duplicates: 0,
            duplicate_ids: Vec::new(),
            without_id: 0,
            misfits: BTreeMap::new(),
        }
    }

    /// One row: its cells in the order of the schema's fields, and what stood in those that do not fit.
    fn row(&mut self, number: u64, cells: Vec<(Entry, String)>) -> Result<(), ListError> {
        if self.rows == ROWS_MAX {
            return Err(limit(&self.request.path, format!("{ROWS_MAX} rows")));
        }
        self.rows += 1;
        let schema = &self.request.schema;
        let id_place = schema
            .id()
            .and_then(|id| schema.fields().iter().position(|field| field.name == id));
        let id = id_place.and_then(|place| match &cells[place].0 {
            Entry::Value(Value::String(text)) => Some(text.clone()),
            Entry::Value(Value::Null) | Entry::Absent | Entry::Misfit => None,
            Entry::Value(other) => Some(other.to_string()),
        });
        let id = self.unique_id(number, id);
        let mut line = format!("{{\"id\":{}", Value::from(id));
        for (field, (cell, written)) in self.request.schema.fields().iter().zip(cells) {
            match cell {
                Entry::Value(_) if field.name == "id" => {}
                Entry::Value(value) => {
                    line.push_str(&format!(",{}:{value}", Value::from(field.name.as_str())));
                }
                Entry::Absent => {}
                Entry::Misfit => {
                    let (count, values) = self.misfits.entry(field.name.clone()).or_default();
                    *count += 1;
                    let shown = shortened(&written);
                    if values.len() < LISTED_MAX && !values.contains(&shown) {
                        values.push(shown);
                    }
                }
            }
        }
        // Where it came from: the row, as the last member.
        line.push_str(&format!(",\"_\":[{number}]}}\n"));
        if line.len() > ROW_BYTES_MAX {
            let what = format!("{ROW_BYTES_MAX} bytes a row, in row {number}");
            return Err(limit(&self.request.path, what));
        }
        self.text.push_str(&line);
        if self.text.len() >= FRAME_BYTES {
            self.close_frame()?;
        }
        Ok(())
    }

    /// `id`, or the row's number where it has none; of a second row with one id both.
    fn unique_id(&mut self, number: u64, id: Option<String>) -> String {
        let Some(id) = id else {
            self.without_id += u64::from(self.request.schema.id().is_some());
            return format!("row {number}");
        };
        let digest = Sha256::digest(id.as_bytes());
        let mut short = [0; 16];
        short.copy_from_slice(&digest[..16]);
        if self.ids.insert(short) {
            return id;
        }
        self.duplicates += 1;
        if self.duplicate_ids.len() < LISTED_MAX && !self.duplicate_ids.contains(&id) {
            self.duplicate_ids.push(shortened(&id));
        }
        format!("{id} (row {number})")
    }

    fn close_frame(&mut self) -> Result<(), ListError> {
        let frame = zstd::bulk::compress(self.text.as_bytes(), ZSTD_LEVEL)
            .map_err(ListError::io(&self.request.path))?;
        self.frames.push(frame);
        self.text.clear();
        Ok(())
    }

    fn finish(mut self, sha256: String) -> Result<List, ListError> {
        if !self.text.is_empty() {
            self.close_frame()?;
        }
        let schema = &self.request.schema;
        let origin = &self.request.origin;
        let needed: Vec<&str> = schema
            .fields()
            .iter()
            .map(|field| field.name.as_str())
            .filter(|name| *name != "id" || schema.id() == Some("id"))
            .collect();
        let is_there = |name: &&&str| self.columns.contains(**name);
        // `[]` is written by somebody who says that there is no row; a file that holds nothing may be one that broke.
        let form = Form::of(&self.request.path);
        let can_hold_nothing = matches!(form, Ok(Form::Csv | Form::JsonLines));
        let holds_nothing = can_hold_nothing && self.rows == 0 && self.columns.is_empty();
        let can_tell = self.is_tabular || self.rows > 0 || holds_nothing;
        let missing = needed.iter().filter(|name| can_tell && !is_there(name));
        let of_any_name = holds_nothing && needed.is_empty();
        let missing = missing.chain(of_any_name.then_some(&NO_COLUMN));
        let unread = self
            .columns
            .iter()
            .filter(|name| !needed.contains(&name.as_str()));
        let file = self.request.path.file_name().unwrap_or_default();
        Ok(List {
            name: schema.name().to_owned(),
            statement: InputStatement {
                file: file.to_string_lossy().into_owned(),
                sha256,
                rows: self.rows,
                owner: origin.owner.clone(),
                source: origin.source.clone(),
                extracted_on: origin.extracted_on,
                max_age_days: origin.max_age_days,
                is_whole: origin.extent == ListExtent::Whole,
                duplicates: self.duplicates,
                duplicate_ids: self.duplicate_ids,
                without_id: self.without_id,
                missing_columns: missing.map(|name| (*name).to_owned()).collect(),
                unread_columns: unread.cloned().collect(),
                misfits: self
                    .misfits
                    .into_iter()
                    .map(|(field, (records, values))| Misfit {
                        field,
                        kind: MisfitKind::WrongType,
                        records,
                        values,
                    })
                    .collect(),
            },
            frames: self.frames,
        })
    }
}

impl RowSink for Builder<'_> {
    fn columns(&mut self, columns: &[String]) {
        self.is_tabular = true;
        self.places = self
            .request
            .schema
            .fields()
            .iter()
            .map(|field| columns.iter().position(|column| *column == field.name))
            .collect();
        let named = columns.iter().filter(|column| !column.is_empty());
        self.columns.extend(named.cloned());
    }

    fn cells(&mut self, number: u64, row: &csv::StringRecord) -> Result<bool, ListError> {
        let fields = self.request.schema.fields().iter();
        let cells = fields
            .zip(&self.places)
            .map(
                |(field, place)| match place.and_then(|place| row.get(place)) {
                    None => (cell::missing(field), String::new()),
                    Some(text) => match cell::of_text(field, text) {
                        Entry::Misfit => (Entry::Misfit, text.to_owned()),
                        cell => (cell, String::new()),
                    },
                },
            )
            .collect();
        self.row(number, cells)?;
        Ok(true)
    }

    fn object(&mut self, number: u64, object: &Map<String, Value>) -> Result<bool, ListError> {
        for name in object.keys() {
            if !self.columns.contains(name) && self.columns.len() < COLUMNS_MAX {
                self.columns.insert(name.clone());
            }
        }
        let fields = self.request.schema.fields().iter();
        let cells = fields
            .map(|field| match object.get(&field.name) {
                None => (cell::missing(field), String::new()),
                Some(value) => {
                    let cell = cell::of_value(field, value);
                    let written = match (&cell, value) {
                        (Entry::Misfit, Value::String(text)) => text.clone(),
                        (Entry::Misfit, other) => other.to_string(),
                        _ => String::new(),
                    };
                    (cell, written)
                }
            })
            .collect();
        self.row(number, cells)?;
        Ok(true)
    }
}

/// A value as a reader sees enough of it, as JSON text.
fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(LISTED_CHARS_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

//! JSON: the assessment itself, source of truth of every other format, and its schema.

use super::{Format, ReportError, ReportView};
use crate::assess::Assessment;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{Schema, schema_for};
use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};
use sha2::{Digest, Sha256};
use std::io::{self, Write};

/// The format `json`.
pub static JSON: Format = Format {
    name: "json",
    extension: "json",
    about: "the whole assessment, with a published schema: every finding, for machines and for the record",
    write,
};

/// Name of the schema; the number is the version of the format.
const SCHEMA_ID: &str = "urn:tickmark:schema:assessment:1";

fn write(view: &ReportView<'_>, out: &mut dyn Write) -> Result<(), ReportError> {
    write_assessment(view.assessment(), out)
}

fn write_assessment(assessment: &Assessment, mut out: impl Write) -> Result<(), ReportError> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, Outline::default());
    assessment.serialize(&mut serializer).map_err(|problem| {
        if problem.is_io() {
            ReportError::Write(problem.into())
        } else {
            ReportError::Json(problem)
        }
    })?;
    out.write_all(b"\n").map_err(ReportError::Write)
}

/// Levels that are indented; what lies deeper stands on one line. So a finding is a line: people can
/// read and compare it, and a hundred thousand of them do not triple the file.
const INDENTED_LEVELS: usize = 4;

/// Indents the outer levels and writes the inner ones compact.
#[derive(Default)]
struct Outline {
    depth: usize,
    outer: PrettyFormatter<'static>,
    inner: CompactFormatter,
}

impl Outline {
    fn is_outer(&self) -> bool {
        self.depth <= INDENTED_LEVELS
    }
}

impl Formatter for Outline {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth += 1;
        if self.is_outer() {
            self.outer.begin_array(out)
        } else {
            self.inner.begin_array(out)
        }
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if self.depth < INDENTED_LEVELS {
            self.outer.end_array(out)
        } else {
            self.inner.end_array(out)
        }
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if self.is_outer() {
            self.outer.begin_array_value(out, first)
        } else {
            self.inner.begin_array_value(out, first)
        }
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        if self.is_outer() {
            self.outer.end_array_value(out)
        } else {
            self.inner.end_array_value(out)
        }
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth += 1;
        if self.is_outer() {
            self.outer.begin_object(out)
        } else {
            self.inner.begin_object(out)
        }
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if self.depth < INDENTED_LEVELS {
            self.outer.end_object(out)
        } else {
            self.inner.end_object(out)
        }
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if self.is_outer() {
            self.outer.begin_object_key(out, first)
        } else {
            self.inner.begin_object_key(out, first)
        }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        if self.is_outer() {
            self.outer.begin_object_value(out)
        } else {
            self.inner.begin_object_value(out)
        }
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        if self.is_outer() {
            self.outer.end_object_value(out)
        } else {
            self.inner.end_object_value(out)
        }
    }
}

/// SHA-256 of what [`JSON`] writes for `assessment`, in lower-case hexadecimal: reports name the file by it.
///
/// # Errors
/// [`ReportError::Json`].
pub(super) fn digest(assessment: &Assessment) -> Result<String, ReportError> {
    struct Hasher(Sha256);
    impl Write for Hasher {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut out = io::BufWriter::with_capacity(1 << 16, Hasher(Sha256::new()));
    write_assessment(assessment, &mut out)?;
    let hasher = out
        .into_inner()
        .map_err(|problem| ReportError::Write(problem.into_error()))?;
    Ok(crate::value::hex(&hasher.0.finalize()))
}

/// JSON Schema (draft 2020-12) of the assessment. Closed: a key that it does not name is refused.
pub fn schema() -> Value {
    let mut schema = schema_for!(Assessment);
    RecursiveTransform(close).transform(&mut schema);
    schema.insert("$id".to_owned(), SCHEMA_ID.into());
    schema.into()
}

/// Refuses other keys wherever keys are listed.
fn close(schema: &mut Schema) {
    if schema.get("properties").is_some() && schema.get("additionalProperties").is_none() {
        schema.insert("additionalProperties".to_owned(), false.into());
    }
}

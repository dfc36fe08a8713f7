//! JSON: the assessment itself, source of truth of every other format, and its schema.

use super::{Format, ReportError, ReportView};
use crate::assess::Assessment;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{Schema, schema_for};
use serde_json::Value;
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
    serde_json::to_writer_pretty(&mut out, assessment).map_err(|problem| {
        if problem.is_io() {
            ReportError::Write(problem.into())
        } else {
            ReportError::Json(problem)
        }
    })?;
    out.write_all(b"\n").map_err(ReportError::Write)
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
    Ok(crate::snapshot::hex(&hasher.0.finalize()))
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

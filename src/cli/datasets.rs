//! `tickmark datasets`: the catalog, and selectors on a snapshot or on any JSON document.

use super::Terminal;
use super::args::{CatalogFormat, DatasetsArguments, DatasetsCommand, QueryArguments};
use super::console::{Table, outcome, pretty};
use super::exit::{Exit, Failure};
use super::missing::unread;
use crate::catalog::{self, Dataset, Field, FieldType, Omission, Source};
use crate::collect::{COLLECTORS, Collector, Verb, requests};
use crate::diagnostic::did_you_mean;
use crate::jsonpath::{PerRecord, Query, SyntaxError};
use crate::snapshot::{RecordSource, Snapshot};
use crate::value::{Json, Raw};
use serde::Serialize;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::path::Path;

/// Bytes of JSON that are held in memory for a selector that needs everything at once.
const DOCUMENT_BYTES_MAX: u64 = 1 << 30;

/// Runs `tickmark datasets …`.
pub(super) fn run(arguments: &DatasetsArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    match &arguments.command {
        None if arguments.json => {
            let catalog: Vec<DatasetPage> = catalog::DATASETS
                .iter()
                .map(|dataset| DatasetPage::of(dataset))
                .collect();
            terminal.console.print(&pretty(&catalog))?;
        }
        None => terminal.console.print(&list())?,
        Some(DatasetsCommand::Show { name, format }) => {
            let dataset = known(name)?;
            let text = match format {
                CatalogFormat::Text => show(dataset),
                CatalogFormat::Json => pretty(&DatasetPage::of(dataset)),
                CatalogFormat::Yaml => serde_yaml::to_string(&DatasetPage::of(dataset))
                    .expect("maps with text keys are YAML"),
            };
            terminal.console.print(&text)?;
        }
        Some(DatasetsCommand::Requests { json: false }) => {
            terminal.console.print(&requests_table())?;
        }
        Some(DatasetsCommand::Requests { json: true }) => {
            let mut text =
                serde_json::to_string_pretty(&requests()).expect("requests hold text and numbers");
            text.push('\n');
            terminal.console.print(&text)?;
        }
        Some(DatasetsCommand::Query(arguments)) => return query(arguments, terminal),
    }
    Ok(Exit::Success)
}

fn list() -> String {
    let mut table = Table::with_heads(["dataset", "fields", "one record is", "scope of the key"]);
    for dataset in catalog::DATASETS {
        table.row([
            dataset.name.to_owned(),
            dataset.fields.len().to_string(),
            dataset.record_is.to_owned(),
            dataset.sources[0].scope.unwrap_or("none stated").to_owned(),
        ]);
    }
    let mut text = table.render();
    text.push_str("\nFields of one: tickmark datasets show NAME\n");
    text
}

/// One row each request, with the scope that its listing needs.
fn requests_table() -> String {
    let mut table = Table::with_heads([
        "method",
        "path",
        "parameters",
        "at most",
        "scope of the key",
        "for",
    ]);
    for request in requests() {
        let collector = COLLECTORS
            .iter()
            .find(|collector| collector.name == request.collector)
            .expect("requests are told from the collectors");
        let source = known_source(collector);
        let query: Vec<&str> = request.query.iter().map(|(name, _)| *name).collect();
        let body = request.body.map(|body| body.to_string());
        table.row([
            match request.method {
                Verb::Get => "GET".to_owned(),
                Verb::Post => "POST".to_owned(),
            },
            request.path.to_owned(),
            body.unwrap_or_else(|| query.join(", ")),
            request
                .a_minute
                .map_or(String::new(), |count| format!("{count}/min")),
            source
                .and_then(|source| source.scope)
                .unwrap_or("none stated")
                .to_owned(),
            format!("{}, {}", collector.dataset, request.purpose),
        ]);
    }
    table.render()
}

/// What the catalog says of the request that `collector` sends.
fn known_source(collector: &Collector) -> Option<&'static Source> {
    let sources = catalog::dataset(collector.dataset)?.sources;
    sources
        .iter()
        .find(|source| source.name == collector.source)
}

fn show(dataset: &Dataset) -> String {
    let mut text = format!(
        "{}: one record is {}\n\nsources\n",
        dataset.name, dataset.record_is
    );
    for source in dataset.sources {
        let _ = writeln!(text, "  {}: {}", source.name, source.request);
        let _ = writeln!(text, "    scope: {}", source.scope.unwrap_or("none stated"));
        let _ = writeln!(text, "    plan: {}", source.plan.unwrap_or("none stated"));
        let limits = source.limits();
        if !limits.is_empty() {
            let _ = writeln!(text, "    limits: {limits}");
        }
        if let Some(day) = source.deprecated_after {
            let _ = writeln!(text, "    deprecated: may stop after {day}");
        }
        if !source.needs.is_empty() {
            let _ = writeln!(text, "    needs: {}", source.needs);
        }
        let _ = writeln!(text, "    {}", source.about);
    }
    text.push_str("\nfields\n");
    for field in dataset.fields {
        show_field(&mut text, field, 1);
    }
    text
}

fn show_field(text: &mut String, field: &Field, depth: usize) {
    let indent = "  ".repeat(depth);
    let unit = field
        .unit
        .map(|unit| format!(", in {unit}"))
        .unwrap_or_default();
    let _ = writeln!(text, "{indent}{} ({}{unit})", field.name, field.kind);
    let _ = writeln!(text, "{indent}  {}", field.meaning);
    if let Some(words) = field.kind.words() {
        let _ = writeln!(text, "{indent}  words: {}", words.join(", "));
    }
    let _ = writeln!(text, "{indent}  from: {}", field.sources.join(", "));
    if field.omission == Omission::None {
        let _ = writeln!(
            text,
            "{indent}  left out by its source: known to be none (null)"
        );
    }
    if let FieldType::Records(fields) = field.kind {
        for field in fields {
            show_field(text, field, depth + 1);
        }
    }
}

/// The dataset called `name`.
pub(super) fn known(name: &str) -> Result<&'static Dataset, Failure> {
    catalog::dataset(name).ok_or_else(|| {
        let names = catalog::DATASETS.iter().map(|dataset| dataset.name);
        Failure::usage(
            format!("there is no dataset `{name}`"),
            did_you_mean(name, names),
        )
    })
}

/// A dataset for programs.
#[derive(Serialize)]
struct DatasetPage {
    name: &'static str,
    record_is: &'static str,
    /// The field shown beside a subject's id.
    label: &'static str,
    sources: Vec<SourcePage>,
    fields: Vec<FieldPage>,
}

#[derive(Serialize)]
struct SourcePage {
    name: &'static str,
    request: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'static str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    needs: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<&'static str>,
    /// Most records of one page, where the vendor documents it.
    #[serde(skip_serializing_if = "Option::is_none")]
    page_records_max: Option<u32>,
    /// Most requests a minute, where the vendor documents it.
    #[serde(skip_serializing_if = "Option::is_none")]
    requests_a_minute: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deprecated_after: Option<&'static str>,
    /// The newer source that it is asked instead of.
    #[serde(skip_serializing_if = "Option::is_none")]
    stands_in_for: Option<&'static str>,
    about: &'static str,
}

#[derive(Serialize)]
struct FieldPage {
    name: &'static str,
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'static str>,
    meaning: &'static str,
    /// Words that the catalog knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<&'static [&'static str]>,
    sources: &'static [&'static str],
    /// What it means that a source answered without this field: `none` or `unknown`.
    omission: &'static str,
    /// Fields of its records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<FieldPage>,
}

impl DatasetPage {
    fn of(dataset: &Dataset) -> DatasetPage {
        let sources = dataset.sources.iter().map(|source| SourcePage {
            name: source.name,
            request: source.request,
            scope: source.scope,
            needs: source.needs,
            plan: source.plan,
            page_records_max: source.page_records_max,
            requests_a_minute: source.requests_a_minute,
            deprecated_after: source.deprecated_after,
            stands_in_for: source.stands_in_for,
            about: source.about,
        });
        DatasetPage {
            name: dataset.name,
            record_is: dataset.record_is,
            label: dataset.label,
            sources: sources.collect(),
            fields: dataset.fields.iter().map(FieldPage::of).collect(),
        }
    }
}

impl FieldPage {
    fn of(field: &Field) -> FieldPage {
        let inner = match field.kind {
            FieldType::Records(fields) => fields,
            _ => &[],
        };
        FieldPage {
            name: field.name,
            kind: field.kind.to_string(),
            unit: field.unit,
            meaning: field.meaning,
            words: field.kind.words(),
            sources: field.sources,
            omission: match field.omission {
                Omission::None => "none",
                Omission::Unknown => "unknown",
            },
            fields: inner.iter().map(FieldPage::of).collect(),
        }
    }
}

/// What becomes of the nodes that a selector finds.
struct Output<'a> {
    arguments: &'a QueryArguments,
    count: u64,
}

impl Output<'_> {
    /// Takes the nodes of `query` on `document`; `place` says how their paths begin.
    fn take<'d, J: Json<'d>>(
        &mut self,
        query: &Query,
        document: J,
        place: impl Fn(&str) -> String,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        if self.arguments.count {
            self.count += query.nodes(document).len() as u64;
        } else if self.arguments.paths {
            for (path, _) in query.located(document) {
                outcome(writeln!(out, "{}", place(&path)))?;
            }
        } else {
            for node in query.nodes(document) {
                outcome(writeln!(out, "{}", node.to_value()))?;
            }
        }
        Ok(())
    }
}

fn query(arguments: &QueryArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let (snapshot, selector) = match (&arguments.operands[..], &arguments.json) {
        ([selector], Some(_)) => (None, selector),
        ([snapshot, selector], None) => (Some(snapshot), selector),
        ([_], None) => {
            return Err(Failure::usage(
                "a snapshot and a selector are needed",
                "for example: tickmark datasets query snapshot \"$.accounts[?@.claim_status == 'unmanaged'].name\"",
            ));
        }
        _ => {
            return Err(Failure::usage(
                "`--json FILE` takes the place of the snapshot",
                "name only the selector beside it",
            ));
        }
    };
    let query = Query::parse(selector).map_err(|error| syntax_failure(selector, error))?;
    terminal.console.stream(|out| {
        let mut output = Output {
            arguments,
            count: 0,
        };
        match (snapshot, &arguments.json) {
            (Some(dir), _) => {
                let snapshot = Snapshot::open(Path::new(dir))?;
                query_snapshot(&snapshot, &query, &mut output, out)?;
            }
            (None, Some(path)) => {
                let document = read_json(path)?;
                output.take(&query, &document, str::to_owned, out)?;
            }
            (None, None) => unreachable!("one of the two was asked for"),
        }
        if arguments.count {
            outcome(writeln!(out, "{}", output.count))?;
        }
        Ok(())
    })?;
    Ok(Exit::Success)
}

fn query_snapshot(
    snapshot: &Snapshot,
    query: &Query,
    output: &mut Output<'_>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    match query.per_record() {
        Some(parts) => record_by_record(snapshot, &parts, output, out),
        None => {
            let text = document(snapshot, query)?;
            output.take(query, Raw::of_canonical(&text), str::to_owned, out)
        }
    }
}

fn record_by_record(
    snapshot: &Snapshot,
    parts: &PerRecord,
    output: &mut Output<'_>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let dataset = known(&parts.dataset)?;
    let mut text = String::new();
    let mut array = String::new();
    let mut place = 0_u64;
    for frame in 0..snapshot.frame_count(dataset.name) {
        snapshot.read_frame(dataset.name, frame, &mut text)?;
        for line in text.lines() {
            array.clear();
            array.push('[');
            array.push_str(line);
            array.push(']');
            let located = |path: &str| {
                let inside = path.strip_prefix("$[0]").unwrap_or(path);
                format!("$['{}'][{place}]{inside}", dataset.name)
            };
            output.take(&parts.records, Raw::of_canonical(&array), located, out)?;
            place += 1;
        }
    }
    Ok(())
}

/// The snapshot as one JSON document, an array for each dataset: only the one that the selector starts
/// with, if it starts with a name.
fn document(snapshot: &Snapshot, query: &Query) -> Result<String, Failure> {
    let datasets: Vec<&Dataset> = match query.first_name() {
        Some(name) => vec![known(name)?],
        None => catalog::DATASETS.to_vec(),
    };
    let frames = datasets.iter().flat_map(|dataset| snapshot.frames(dataset));
    if frames.map(|frame| frame.text_bytes).sum::<u64>() > DOCUMENT_BYTES_MAX {
        return Err(Failure::usage(
            format!(
                "this selector needs all records at once, more than {DOCUMENT_BYTES_MAX} bytes"
            ),
            "start with one dataset and `[*]` or one filter, which are read record by record: $.accounts[?…]",
        ));
    }
    let mut text = String::from("{");
    let mut frame_text = String::new();
    for (number, dataset) in datasets.iter().enumerate() {
        let comma = if number > 0 { "," } else { "" };
        let _ = write!(text, "{comma}\"{}\":[", dataset.name);
        let mut is_first = true;
        for frame in 0..snapshot.frame_count(dataset.name) {
            snapshot.read_frame(dataset.name, frame, &mut frame_text)?;
            for line in frame_text.lines() {
                if !std::mem::take(&mut is_first) {
                    text.push(',');
                }
                text.push_str(line);
            }
        }
        text.push(']');
    }
    text.push('}');
    Ok(text)
}

fn read_json(path: &Path) -> Result<serde_json::Value, Failure> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(DOCUMENT_BYTES_MAX)
            .read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path)
            .and_then(|file| file.take(DOCUMENT_BYTES_MAX).read_to_end(&mut bytes))
    };
    read.map_err(|error| unread("file", path, &error))?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Failure::usage(
            format!("`{}` is not JSON: {error}", path.display()),
            "name a file that holds one JSON document",
        )
    })
}

/// A selector's mistake, underlined.
fn syntax_failure(selector: &str, error: SyntaxError) -> Failure {
    let label = miette::LabeledSpan::underline(error.span.clone());
    let mut report = miette::MietteDiagnostic::new(error.message.clone())
        .with_code("jsonpath::syntax")
        .with_label(label);
    if let Some(help) = error.help {
        report = report.with_help(help);
    }
    Failure {
        report: miette::Report::new(report)
            .with_source_code(miette::NamedSource::new("selector", selector.to_owned())),
        exit: Exit::Usage,
    }
}

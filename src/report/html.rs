//! HTML: one page that needs nothing but itself, reads without script, and runs nothing but its own script.

use super::template::template_error;
use super::view::FindingGroup;
use super::{Format, ReportError, ReportView};
use crate::assess::SpillError;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use minijinja::value::{Serde, Value};
use minijinja::{HtmlEscape, context};
use regex::Regex;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::sync::LazyLock;

/// The format `html`.
pub static HTML: Format = Format {
    name: "html",
    extension: "html",
    about: "one page for auditors and engineers: self-contained, readable without script, prints well",
    write,
};

/// Bytes of the findings that a page holds beyond its rows; what is beyond stands in the JSON file only.
const EMBEDDED_BYTES_MAX: usize = 20_000_000;

fn write(view: &ReportView<'_>, out: &mut dyn Write) -> Result<(), ReportError> {
    let templates = &view.options().templates;
    let mut environment = templates.environment()?;
    environment.add_filter("instants", |text: &str| {
        Value::from_safe_string(instants(text))
    });
    let style = templates.source("report.css");
    let script = templates.source("report.js");
    let print_style = print_style(view);
    let policy = format!(
        "default-src 'none'; style-src '{}' '{}'; script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        digest(style),
        digest(&print_style),
        digest(script),
    );
    let page = context! {
        policy,
        style => Value::from_safe_string(style.to_owned()),
        print_style => Value::from_safe_string(print_style),
        script => Value::from_safe_string(script.to_owned()),
        rest => rest(view)?,
        ..Value::from(Serde(view)),
    };
    environment
        .get_template("report.html")
        .and_then(|template| template.render_captured_to(page, out))
        .map_err(|problem| match io_error(&problem) {
            Some(kind) => ReportError::Write(kind.into()),
            None => template_error("report.html", &problem),
        })?;
    Ok(())
}

/// `text` escaped, with dates and instants that no line break may part.
fn instants(text: &str) -> String {
    static INSTANT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+Z)?\b").expect("the pattern is constant")
    });
    let escaped = HtmlEscape(text).to_string();
    INSTANT
        .replace_all(&escaped, r#"<span class="nowrap">$0</span>"#)
        .into_owned()
}

/// What the writer said, if rendering ended because of it.
fn io_error(problem: &minijinja::Error) -> Option<std::io::ErrorKind> {
    std::error::Error::source(problem)
        .and_then(|source| source.downcast_ref::<std::io::Error>())
        .map(std::io::Error::kind)
}

/// `sha256-…` as a content security policy names an element's text.
fn digest(text: &str) -> String {
    format!(
        "sha256-{}",
        BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()))
    )
}

/// The margin boxes of the printed page. Of this run they hold a digest and a time, and no text that came
/// from outside: a stylesheet is no place for it.
fn print_style(view: &ReportView<'_>) -> String {
    let digest: String = view
        .digests
        .snapshot_short
        .chars()
        .filter(char::is_ascii_hexdigit)
        .collect();
    format!(
        "@page{{@bottom-left{{content:\"snapshot {digest} · as of {}\"}}}}",
        view.as_of
    )
}

/// The findings without a row, as JSON, in order of the controls and of their groups of findings; empty
/// where every finding has its row.
fn rest(view: &ReportView<'_>) -> Result<Vec<Vec<Value>>, SpillError> {
    let mut budget = EMBEDDED_BYTES_MAX;
    view.controls
        .iter()
        .map(|control| {
            control
                .findings
                .iter()
                .map(|group| rest_of(group, &mut budget).map(Value::from_safe_string))
                .collect()
        })
        .collect()
}

fn rest_of(group: &FindingGroup<'_>, budget: &mut usize) -> Result<String, SpillError> {
    let mut rows = String::new();
    for row in group.rest() {
        // `<` would let a name end the element or open a comment in it.
        let row = serde_json::Value::from(row?)
            .to_string()
            .replace('<', "\\u003c");
        let Some(left) = budget.checked_sub(row.len() + 1) else {
            break;
        };
        *budget = left;
        rows.push(if rows.is_empty() { '[' } else { ',' });
        rows.push_str(&row);
    }
    if !rows.is_empty() {
        rows.push(']');
    }
    Ok(rows)
}

//! Progress as plain lines or JSON lines.

use super::{Event, Progress, neutral};
use std::io::Write;
use std::sync::{Mutex, PoisonError};

/// Pages between two lines about the same walk: a line a page would drown what matters.
const PAGES_PER_LINE: u64 = 50;

/// One plain line for each event worth a line.
#[derive(Debug)]
pub struct Lines<W> {
    out: Mutex<W>,
}

impl<W: Write> Lines<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Lines<W> {
        Lines {
            out: Mutex::new(out),
        }
    }
}

impl<W: Write + Send> Progress for Lines<W> {
    fn tell(&self, event: Event<'_>) {
        if let Some(line) = line(&event) {
            write_line(&self.out, &line);
        }
    }
}

/// One JSON object for each event.
#[derive(Debug)]
pub struct JsonLines<W> {
    out: Mutex<W>,
}

impl<W: Write> JsonLines<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> JsonLines<W> {
        JsonLines {
            out: Mutex::new(out),
        }
    }
}

impl<W: Write + Send> Progress for JsonLines<W> {
    fn tell(&self, event: Event<'_>) {
        let line = serde_json::to_string(&event).expect("events hold text, numbers and times only");
        write_line(&self.out, &line);
    }
}

/// A listener that cannot be written to is no reason to stop a run: its error is dropped.
fn write_line<W: Write>(out: &Mutex<W>, line: &str) {
    let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = writeln!(out, "{line}");
}

/// The event as a line, or `None` where it is not worth one.
pub(super) fn line(event: &Event<'_>) -> Option<String> {
    let text = match event {
        Event::Started { stage, about } | Event::Finished { stage, about } => {
            format!("{stage}: {}", neutral(about))
        }
        Event::PageFetched { pages, .. } if pages % PAGES_PER_LINE != 0 => return None,
        Event::PageFetched {
            name,
            pages,
            records,
            total,
        } => match total {
            Some(total) => format!(
                "{name}: {records} of {}, {}",
                counted(*total, "record"),
                counted(*pages, "page")
            ),
            None => format!(
                "{name}: {}, {}",
                counted(*records, "record"),
                counted(*pages, "page")
            ),
        },
        Event::ReadAgain { name, reason } => format!("{name}: read again, {}", neutral(reason)),
        Event::FellBack { name, request } => {
            format!("{name}: 404 Not Found, asking the deprecated GET {request} instead")
        }
        Event::Waiting {
            name,
            until,
            reason,
        } => format!("{name}: {}, waiting until {until:.0}", neutral(reason)),
        Event::Fetched {
            name,
            pages,
            records,
            state,
            detail,
        } => format!(
            "{name}: {}, {}, {}",
            counted(*records, "record"),
            counted(*pages, "page"),
            with_detail(state, detail)
        ),
        Event::DatasetDone {
            name,
            records,
            state,
            detail,
        } => format!(
            "{name}: {}, {}",
            counted(*records, "record"),
            with_detail(state, detail)
        ),
    };
    Some(text)
}

/// `1 page`, `2 pages`: a number with its noun.
pub fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// `whole`, or `cut: why`.
pub(super) fn with_detail(state: &str, detail: &str) -> String {
    if detail.is_empty() {
        state.to_owned()
    } else {
        format!("{state}: {}", neutral(detail))
    }
}

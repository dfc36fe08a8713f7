//! Each stage tells what it did; here that becomes bars, lines or JSON lines, always on stderr.
//!
//! A stage is given a [`Progress`] and never writes to the terminal itself. What it tells is for
//! people who wait: nothing in a snapshot, a report or an exit code depends on it.

mod bars;
mod lines;
mod neutral;

pub use bars::Bars;
pub use lines::{JsonLines, Lines, counted};
pub use neutral::neutral;

use jiff::Timestamp;
use serde::Serialize;
use std::io::IsTerminal;

/// Something that listens to the stages of a run.
pub trait Progress: Sync {
    /// Hears one event. Events of different tasks may arrive interleaved.
    fn tell(&self, event: Event<'_>);
}

/// What a stage did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event<'a> {
    /// A stage begins.
    Started {
        /// The stage, as a verb: `collect`.
        stage: &'a str,
        /// What it works on.
        about: &'a str,
    },
    /// A page arrived.
    PageFetched {
        /// What is being fetched: the name of a collector.
        name: &'a str,
        /// Pages so far.
        pages: u64,
        /// Records so far.
        records: u64,
        /// Records in all by the API's own count, if it has told.
        total: Option<u64>,
    },
    /// A listing changed while it was read, and is read again from its first page.
    ReadAgain {
        /// What is being fetched: the name of a collector.
        name: &'a str,
        /// What showed it.
        reason: &'a str,
    },
    /// The API does not know the newer endpoint of a listing, and the older one is asked instead.
    FellBack {
        /// What is being fetched: the name of a collector.
        name: &'a str,
        /// Path of the older endpoint.
        request: &'a str,
    },
    /// A request is held back, by a rate limit or between two tries.
    Waiting {
        /// What is being fetched: the name of a collector.
        name: &'a str,
        /// When it goes on.
        until: Timestamp,
        /// Why it waits.
        reason: &'a str,
    },
    /// A collector has no more requests to send.
    Fetched {
        /// The name of the collector.
        name: &'a str,
        /// Pages it received.
        pages: u64,
        /// Records it received.
        records: u64,
        /// How complete that is, as a word.
        state: &'a str,
        /// Why it is not whole; empty when it is.
        detail: &'a str,
    },
    /// A dataset of the snapshot was written.
    DatasetDone {
        /// Its name in the catalog.
        name: &'a str,
        /// Records in it.
        records: u64,
        /// How complete it is, as a word.
        state: &'a str,
        /// Why it is not whole; empty when it is.
        detail: &'a str,
    },
    /// A stage is through.
    Finished {
        /// The stage, as a verb: `collect`.
        stage: &'a str,
        /// What came of it.
        about: &'a str,
    },
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Style {
    /// Bars on a terminal, lines elsewhere.
    Automatic,
    /// One plain line for each event worth a line.
    Lines,
    /// One JSON object for each event.
    Json,
    /// Nothing.
    Silent,
}

/// A listener that writes to stderr in `style`. Bars need a terminal; `NO_COLOR`, `CI` and
/// `TERM=dumb` in the environment ask for lines.
pub fn on_stderr(style: Style) -> Box<dyn Progress + Send> {
    let plain = ["NO_COLOR", "CI"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
        || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    match style {
        Style::Automatic if !plain && std::io::stderr().is_terminal() => Box::new(Bars::new()),
        Style::Automatic | Style::Lines => Box::new(Lines::new(std::io::stderr())),
        Style::Json => Box::new(JsonLines::new(std::io::stderr())),
        Style::Silent => Box::new(Silent),
    }
}

/// Hears everything and shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn tell(&self, _event: Event<'_>) {}
}

#[cfg(test)]
mod tests;

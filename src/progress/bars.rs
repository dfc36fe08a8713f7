//! Progress as bars on a terminal: one for each walk, gone into a line when it ends.

use super::{Event, Progress, counted, lines, neutral};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Time between two pictures of a spinner.
const TICK: Duration = Duration::from_millis(120);

/// One bar for each thing being fetched, on stderr.
#[derive(Debug)]
pub struct Bars {
    all: MultiProgress,
    bars: Mutex<BTreeMap<String, ProgressBar>>,
}

impl Default for Bars {
    fn default() -> Self {
        Bars::new()
    }
}

impl Bars {
    /// Draws on stderr.
    pub fn new() -> Bars {
        Bars {
            all: MultiProgress::new(),
            bars: Mutex::new(BTreeMap::new()),
        }
    }

    fn bar(&self, name: &str) -> ProgressBar {
        let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        bars.entry(name.to_owned())
            .or_insert_with(|| {
                let bar = self.all.add(ProgressBar::new_spinner());
                bar.set_style(
                    ProgressStyle::with_template("  {spinner} {prefix:18} {wide_msg}")
                        .expect("the template is one that indicatif knows"),
                );
                bar.set_prefix(name.to_owned());
                bar.enable_steady_tick(TICK);
                bar
            })
            .clone()
    }

    fn close(&self, name: &str, text: String) {
        let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = bars.remove(name) {
            bar.finish_and_clear();
            self.all.remove(&bar);
        }
        drop(bars);
        self.print(text);
    }

    /// A terminal that went away is no reason to stop a run.
    fn print(&self, text: String) {
        let _ = self.all.println(text);
    }
}

impl Progress for Bars {
    fn tell(&self, event: Event<'_>) {
        match event {
            Event::Started { stage, about } | Event::Finished { stage, about } => {
                self.print(format!("{stage}: {}", neutral(about)));
            }
            Event::PageFetched {
                name,
                pages,
                records,
                total,
            } => {
                let records = match total {
                    Some(total) => format!("{records} of {}", counted(total, "record")),
                    None => counted(records, "record"),
                };
                self.bar(name)
                    .set_message(format!("{records}, {}", counted(pages, "page")));
            }
            Event::ReadAgain { name, reason } => self
                .bar(name)
                .set_message(format!("read again, {}", neutral(reason))),
            Event::FellBack { name, .. } => self
                .bar(name)
                .set_message("404, asking the deprecated endpoint instead"),
            Event::Waiting {
                name,
                until,
                reason,
            } => self
                .bar(name)
                .set_message(format!("{}, waiting until {until:.0}", neutral(reason))),
            Event::Fetched {
                name,
                records,
                state,
                detail,
                ..
            }
            | Event::DatasetDone {
                name,
                records,
                state,
                detail,
            } => {
                let state = lines::with_detail(state, detail);
                let records = counted(records, "record");
                self.close(name, format!("  {name:20} {records}, {state}"));
            }
        }
    }
}

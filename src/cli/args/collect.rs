//! `collect`.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use super::{ApiArguments, ExportArguments};
use crate::audit_log::{AskedPeriod, LAST_DAYS_DEFAULT};
use crate::collect::Start;

/// `collect`.
#[derive(Debug, Args)]
pub struct CollectArguments {
    /// Where to read from, and with which key.
    #[command(flatten)]
    pub api: ApiArguments,
    /// Folder for the snapshot; must be empty or absent. [env: TICKMARK_OUT]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What to fetch, and where to begin.
    #[command(flatten)]
    pub scope: ScopeArguments,
    /// Exports of the admin console.
    #[command(flatten)]
    pub exports: ExportArguments,
    /// Tell what would be sent and how long that takes, and fetch nothing. With a key the API's own counts
    /// are asked for, and nothing else; without one nothing is sent.
    #[arg(long, conflicts_with_all = ["out", "resume"])]
    pub dry_run: bool,
    /// Print what would be sent as JSON.
    #[arg(long, requires = "dry_run")]
    pub json: bool,
}

/// What to fetch, and where to begin.
#[derive(Debug, Args)]
pub struct ScopeArguments {
    /// Go on with the run that was interrupted in this folder; start one if there is none.
    #[arg(long)]
    pub resume: bool,
    /// Leave a dataset out, for example one that the plan does not have; repeatable. Controls on it are
    /// then unknown, and the exit code does not count it as missing.
    #[arg(long, value_name = "DATASET")]
    pub without: Vec<String>,
    /// Fetch the audit events of so many days before the run. Atlassian keeps 180 days.
    #[arg(long, default_value_t = LAST_DAYS_DEFAULT, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub events_days: u32,
    /// Fetch the audit events since this day or time (`2026-07-01`, `2026-07-01T00:00:00Z`) instead.
    #[arg(long, value_name = "TIME", conflicts_with = "events_days", value_parser = moment)]
    pub events_from: Option<Timestamp>,
    /// Fetch none that happened at this time or later: a day is left out whole.
    #[arg(long, value_name = "TIME", requires = "events_from", value_parser = moment)]
    pub events_to: Option<Timestamp>,
}

impl ScopeArguments {
    /// The period whose audit events are fetched.
    ///
    /// # Errors
    /// It ends before it begins.
    pub fn period(&self) -> Result<AskedPeriod, (Timestamp, Timestamp)> {
        match (self.events_from, self.events_to) {
            (Some(from), Some(to)) if to <= from => Err((from, to)),
            (Some(from), Some(to)) => Ok(AskedPeriod::Between(from, to)),
            (Some(from), None) => Ok(AskedPeriod::Since(from)),
            (None, _) => Ok(AskedPeriod::LastDays(self.events_days)),
        }
    }

    /// Where the run begins.
    pub fn start(&self) -> Start {
        match self.resume {
            true => Start::Resume,
            false => Start::Anew,
        }
    }
}

/// A point in time, or the first moment of a day in UTC.
fn moment(text: &str) -> Result<Timestamp, String> {
    let day = || {
        let day: jiff::civil::Date = text.parse().ok()?;
        let start = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(start.timestamp())
    };
    text.parse().ok().or_else(day).ok_or_else(|| {
        "write a day such as `2026-07-01`, or a time such as `2026-07-01T00:00:00Z`".to_owned()
    })
}

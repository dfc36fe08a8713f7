//! What is stated of a list that a user gave: where it is from, how old it is, what did not fit.

use super::given::is_day_later;
use super::{Completeness, CutReason, DatasetStatement, Misfit};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// A list as it was given. Nothing here depends on the machine that read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InputStatement {
    /// Name of the file, without its folder.
    pub file: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Rows.
    pub rows: u64,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The system that it was taken from.
    pub source: Option<String>,
    /// The day on which it was taken.
    pub extracted_on: Option<Date>,
    /// Days after which it no longer counts.
    pub max_age_days: Option<u32>,
    /// Whether its owner says that it is all there is.
    pub is_whole: bool,
    /// Rows whose id another row has as well; each is a record of its own.
    pub duplicates: u64,
    /// Up to five of those ids.
    pub duplicate_ids: Vec<String>,
    /// Rows whose id is empty or cannot be read; their number stands for it.
    pub without_id: u64,
    /// Columns that controls need and the list does not have.
    pub missing_columns: Vec<String>,
    /// Columns that nothing reads.
    pub unread_columns: Vec<String>,
    /// Cells that are not of the type of their column: left out, never guessed.
    pub misfits: Vec<Misfit>,
}

impl InputStatement {
    /// A list of which nothing is said but its name: whole, at no age too old.
    pub fn named(file: &str) -> InputStatement {
        InputStatement {
            file: file.to_owned(),
            sha256: String::new(),
            rows: 0,
            owner: None,
            source: None,
            extracted_on: None,
            max_age_days: None,
            is_whole: true,
            duplicates: 0,
            duplicate_ids: Vec::new(),
            without_id: 0,
            missing_columns: Vec::new(),
            unread_columns: Vec::new(),
            misfits: Vec::new(),
        }
    }

    /// Whether it holds everything, at the point in time `as_of`.
    ///
    /// Ages are whole days, UTC, the last one included. What is to be fresh and has no date is stale, as is
    /// what is of a day that has begun nowhere at `as_of`: it speaks of another time.
    pub fn completeness(&self, as_of: Timestamp) -> Completeness {
        let today = as_of.to_zoned(TimeZone::UTC).date();
        let stale = |detail: String| Completeness::Stale { detail };
        match (self.extracted_on, self.max_age_days) {
            (None, Some(days)) => {
                return stale(format!(
                    "the day of its extract is not stated, and it counts for {days} days only"
                ));
            }
            (Some(day), _) if is_day_later(day, as_of) => {
                return stale(format!(
                    "extracted on {day}, after the point in time of the test"
                ));
            }
            (Some(day), Some(days)) => {
                let age = day
                    .until(today)
                    .map_or(0, |span| i64::from(span.get_days()));
                if age > i64::from(days) {
                    return stale(format!(
                        "extracted on {day}, {age} days before the test, and it counts for {days} days"
                    ));
                }
            }
            (_, None) => {}
        }
        if !self.is_whole {
            Completeness::Cut {
                reason: CutReason::StatedPartial,
                detail: "whoever gave the list says that it is not all".to_owned(),
            }
        } else if self.rows == 0 && !self.missing_columns.is_empty() {
            let columns = self.missing_columns.join(", ");
            Completeness::Cut {
                reason: CutReason::WithoutColumns,
                detail: format!(
                    "no rows, and no column {columns}: nothing shows that it is this list"
                ),
            }
        } else {
            Completeness::Whole
        }
    }

    /// The same as a dataset of a snapshot states it.
    pub fn as_dataset(&self, as_of: Timestamp) -> DatasetStatement {
        DatasetStatement {
            completeness: self.completeness(as_of),
            records: self.rows,
            api_count: None,
            period: None,
            sources: Vec::new(),
            sha256: self.sha256.clone(),
            frames_sha256: String::new(),
            misfits: self.misfits.clone(),
        }
    }
}

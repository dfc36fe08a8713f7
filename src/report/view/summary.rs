//! The first screen: the sentence, the bar, the severity table, areas and criteria.

use super::control::ControlView;
use super::counts::Counts;
use crate::assess::{FrameworkStatement, Outcome};
use crate::control::Severity;
use crate::report::text;
use serde::Serialize;
use std::collections::BTreeMap;

/// Signs drawn for one area or criterion; above it numbers stand alone, never a scaled-down picture.
const SIGNS_MAX: u64 = 45;

/// One clause of the first sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Clause {
    /// The sign before it; none where nothing came out that way.
    pub sign: Option<Outcome>,
    /// The clause, a sentence of its own.
    pub text: String,
}

/// The first sentence: what fails and what could not be concluded, in the same size.
pub fn clauses(counts: Counts) -> Vec<Clause> {
    let clause = |outcome: Outcome, text: String| Clause {
        sign: (counts.get(outcome) > 0).then_some(outcome),
        text,
    };
    if counts.all == 0 {
        return vec![clause(
            Outcome::Unknown,
            "No control was tested.".to_owned(),
        )];
    }
    let all = text::number(counts.all);
    let unknown = text::number(counts.unknown);
    let mut clauses = if counts.unknown == counts.all {
        let controls = text::verb(counts.all, "control", "controls");
        vec![
            clause(
                Outcome::Unknown,
                format!("{unknown} of {all} {controls} could not be concluded."),
            ),
            clause(Outcome::Fail, "No control fails.".to_owned()),
        ]
    } else {
        let fail = match counts.fail {
            0 => "No control fails.".to_owned(),
            fail => format!(
                "{} of {all} {} {}.",
                text::number(fail),
                text::verb(counts.all, "control", "controls"),
                text::verb(fail, "fails", "fail"),
            ),
        };
        vec![
            clause(Outcome::Fail, fail),
            clause(
                Outcome::Unknown,
                format!("{unknown} could not be concluded."),
            ),
        ]
    };
    if counts.error > 0 {
        clauses.push(clause(
            Outcome::Error,
            format!("{} broke.", text::number(counts.error)),
        ));
    }
    clauses
}

/// The verdict as the title of a page: `14 of 62 controls fail, 12 unknown`.
pub fn headline(counts: Counts) -> String {
    if counts.all == 0 {
        return "no control was tested".to_owned();
    }
    let broke = match counts.error {
        0 => String::new(),
        error => format!(", {} broke", text::number(error)),
    };
    format!(
        "{} of {} {} {}, {} unknown{broke}",
        text::number(counts.fail),
        text::number(counts.all),
        text::verb(counts.all, "control", "controls"),
        text::verb(counts.fail, "fails", "fail"),
        text::number(counts.unknown),
    )
}

/// One segment of the outcome bar. Places are percentages of its width.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Segment {
    /// The outcome.
    pub outcome: Outcome,
    /// Controls.
    pub count: u64,
    /// What stands in it where there is room: `14 fail`.
    pub label: String,
    /// Where it begins.
    pub x: String,
    /// How wide it is.
    pub width: String,
    /// Classes of the widths at which the label stands in it.
    pub label_at: String,
    /// Classes of the widths at which only the number does.
    pub number_at: String,
}

/// Width of the bar in pixels at the narrow end of each layout, widest layout first, with its class.
const BAR_WIDTHS: [(&str, f64); 3] = [
    ("at-wide", 816.0),
    ("at-middle", 500.0),
    ("at-narrow", 288.0),
];
/// Least width of a segment, as a share: 4 pixels of the narrowest bar.
const SEGMENT_SHARE_MIN: f64 = 4.0 / 288.0;

/// The outcome bar. Every outcome that occurs can be seen, at the cost of the largest.
pub fn bar(counts: Counts) -> Vec<Segment> {
    if counts.all == 0 {
        return Vec::new();
    }
    let mut shares: Vec<(Outcome, u64, f64)> = Outcome::SHOWN
        .into_iter()
        .map(|outcome| (outcome, counts.get(outcome)))
        .filter(|(_, count)| *count > 0)
        .map(|(outcome, count)| (outcome, count, count as f64 / counts.all as f64))
        .collect();
    let mut taken = 0.0;
    for (_, _, share) in &mut shares {
        if *share < SEGMENT_SHARE_MIN {
            taken += SEGMENT_SHARE_MIN - *share;
            *share = SEGMENT_SHARE_MIN;
        }
    }
    if let Some((_, _, largest)) = shares
        .iter_mut()
        .max_by(|left, right| left.2.total_cmp(&right.2))
    {
        *largest -= taken;
    }
    let mut x = 0.0;
    shares
        .into_iter()
        .map(|(outcome, count, share)| {
            let number = text::number(count);
            let label = match outcome {
                Outcome::NotApplicable => format!("{number} n/a"),
                _ => format!("{number} {}", outcome.word()),
            };
            let mut label_at = Vec::new();
            let mut number_at = Vec::new();
            for (class, bar_width) in BAR_WIDTHS {
                let width = share * bar_width;
                if width >= 46.0 + 9.0 * label.len() as f64 {
                    label_at.push(class);
                } else if width >= 14.0 + 9.0 * number.len() as f64 {
                    number_at.push(class);
                }
            }
            let segment = Segment {
                outcome,
                count,
                label,
                x: format!("{:.2}%", x * 100.0),
                width: format!("{:.2}%", share * 100.0),
                label_at: label_at.join(" "),
                number_at: number_at.join(" "),
            };
            x += share;
            segment
        })
        .collect()
}

/// Controls by outcome and severity: the table that page and job summary share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeverityTable {
    /// Critical to low; info where a control has it.
    pub columns: Vec<Severity>,
    /// One row an outcome; the cells in order of the columns.
    pub rows: Vec<SeverityRow>,
}

/// One row of [`SeverityTable`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeverityRow {
    /// The outcome.
    pub outcome: Outcome,
    /// The same as words.
    pub word: &'static str,
    /// Controls by severity.
    pub cells: Vec<u64>,
    /// Their sum.
    pub all: u64,
}

/// Counts `controls` by outcome and severity.
pub fn severity_table(controls: &[ControlView<'_>], counts: Counts) -> SeverityTable {
    let columns: Vec<Severity> = Severity::WORST_FIRST
        .into_iter()
        .filter(|severity| {
            *severity != Severity::Info
                || controls
                    .iter()
                    .any(|control| control.severity == Severity::Info)
        })
        .collect();
    let rows = counts
        .shown()
        .into_iter()
        .map(|outcome| {
            let cells: Vec<u64> = columns
                .iter()
                .map(|severity| {
                    controls
                        .iter()
                        .filter(|control| {
                            control.outcome == outcome && control.severity == *severity
                        })
                        .count() as u64
                })
                .collect();
            SeverityRow {
                outcome,
                word: outcome.word(),
                all: cells.iter().sum(),
                cells,
            }
        })
        .collect();
    SeverityTable { columns, rows }
}

/// `5 medium, 1 low`.
pub fn by_severity<'v>(severities: impl Iterator<Item = &'v Severity>) -> String {
    let mut counts: BTreeMap<std::cmp::Reverse<Severity>, u64> = BTreeMap::new();
    for severity in severities {
        *counts.entry(std::cmp::Reverse(*severity)).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|(severity, count)| format!("{} {}", text::number(count), severity.0.word()))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Controls that share something (an area, a criterion), counted and as signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// What they share.
    pub name: String,
    /// What that is about; empty if the name says it.
    pub about: String,
    /// How they came out.
    pub counts: Counts,
    /// One entry an outcome that occurs; empty where there are too many to draw.
    pub signs: Vec<(Outcome, u64)>,
    /// Datasets that they read.
    pub datasets: Vec<String>,
    /// Anchors and references of the controls.
    pub controls: Vec<(String, String)>,
}

impl Group {
    fn new<'v>(name: String, controls: impl Iterator<Item = &'v ControlView<'v>> + Clone) -> Group {
        let counts = Counts::of(controls.clone().map(|control| control.outcome));
        let signs = if counts.all > SIGNS_MAX {
            Vec::new()
        } else {
            Outcome::SHOWN
                .into_iter()
                .map(|outcome| (outcome, counts.get(outcome)))
                .filter(|(_, count)| *count > 0)
                .collect()
        };
        let mut datasets: Vec<String> = Vec::new();
        for dataset in controls.clone().flat_map(|control| &control.datasets) {
            if !datasets.contains(&dataset.name) {
                datasets.push(dataset.name.clone());
            }
        }
        Group {
            name,
            about: String::new(),
            counts,
            signs,
            datasets,
            controls: controls
                .map(|control| (control.anchor.clone(), control.reference.clone()))
                .collect(),
        }
    }
}

/// Controls by area: the control's first tag. Areas that fail most stand first, then the larger.
pub fn areas(controls: &[ControlView<'_>]) -> Vec<Group> {
    let mut names: Vec<&str> = controls
        .iter()
        .map(|control| control.area.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    let mut areas: Vec<Group> = names
        .into_iter()
        .map(|name| {
            Group::new(
                name.to_owned(),
                controls.iter().filter(move |control| control.area == name),
            )
        })
        .collect();
    areas.sort_by_key(|area| {
        std::cmp::Reverse((area.counts.fail + area.counts.unknown, area.counts.all))
    });
    areas
}

/// The criteria of one framework that controls contribute evidence to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Framework {
    /// Its id, as controls write it.
    pub id: String,
    /// Its name and edition.
    pub name: String,
    /// Criteria that its file lists.
    pub listed: u64,
    /// Criteria that it has in all.
    pub total: u64,
    /// Its criteria, in the order of their ids.
    pub criteria: Vec<Group>,
}

/// The frameworks that controls map to.
pub fn frameworks(
    controls: &[ControlView<'_>],
    statements: &BTreeMap<String, FrameworkStatement>,
) -> Vec<Framework> {
    let mut ids: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for control in controls {
        for line in &control.contributes_to {
            let criteria = ids.entry(&line.framework).or_default();
            criteria.extend(line.criteria.iter().map(|criterion| criterion.id.as_str()));
        }
    }
    ids.into_iter()
        .map(|(framework, mut criteria)| {
            criteria.sort_by_key(|id| text::natural_key(id));
            criteria.dedup();
            let statement = statements.get(framework);
            let group = |id: &str| {
                let controls = controls.iter().filter(|control| {
                    control.contributes_to.iter().any(|line| {
                        line.framework == framework
                            && line.criteria.iter().any(|criterion| criterion.id == id)
                    })
                });
                let listed = statement.map_or(&[][..], |statement| &statement.criteria);
                let listed = listed.iter().find(|criterion| criterion.id == id);
                Group {
                    about: listed.map_or_else(String::new, |listed| text::flowing(&listed.title)),
                    ..Group::new(id.to_owned(), controls)
                }
            };
            Framework {
                id: framework.to_owned(),
                name: statement.map_or_else(
                    || framework.to_owned(),
                    |statement| {
                        text::flowing(format!("{} {}", statement.name, statement.edition).trim())
                    },
                ),
                listed: statement.map_or(0, |statement| statement.criteria.len() as u64),
                total: statement.map_or(0, |statement| statement.criteria_total),
                criteria: criteria.into_iter().map(group).collect(),
            }
        })
        .collect()
}

//! Whether a reader can rely on the report: when and how it was collected, what is whole, what people gave.

use super::dataset::{DatasetView, MisfitView};
use crate::assess::{Assessment, Outcome};
use crate::report::text;
use crate::snapshot::DatasetStatement;
use serde::Serialize;

/// Datasets that are not whole and named on the first screen; the rest stand in their own section.
const INCOMPLETE_ON_FIRST_SCREEN: usize = 4;

/// One label with its facts.
#[derive(Debug, Serialize)]
pub struct Fact {
    /// The label.
    pub label: &'static str,
    /// Its lines.
    pub lines: Vec<FactLine>,
}

/// One line of a [`Fact`].
#[derive(Debug, Default, Serialize)]
pub struct FactLine {
    /// A sign before it.
    pub sign: Option<Outcome>,
    /// What stands first, and heavy.
    pub strong: String,
    /// The text.
    pub text: String,
    /// What stands last, as code.
    pub code: String,
    /// Anchor of the section that the text leads to; empty if to none.
    pub anchor: &'static str,
}

impl FactLine {
    fn text(text: impl Into<String>) -> FactLine {
        FactLine {
            text: text.into(),
            ..FactLine::default()
        }
    }
}

/// "Can you rely on this page?": at most seven labels.
pub fn reliance(
    assessment: &Assessment,
    datasets: &[DatasetView],
    misfits: &[MisfitView],
    population_section: u32,
    check_section: u32,
) -> Vec<Fact> {
    let snapshot = &assessment.snapshot;
    let mut complete = completeness(datasets, population_section);
    if !misfits.is_empty() {
        complete.push(FactLine {
            text: format!(
                "values of {} not expected, listed in §{population_section}",
                text::counted(misfits.len() as u64, "field", "fields")
            ),
            anchor: "population",
            ..FactLine::default()
        });
    }
    let mut facts = vec![
        Fact {
            label: "Collected",
            lines: vec![collected(assessment)],
        },
        Fact {
            label: "By",
            lines: vec![FactLine::text(format!(
                "{} {}, read-only requests to {}",
                text::line(&assessment.tool.name),
                text::line(&assessment.tool.version),
                text::line(&snapshot.api_url)
            ))],
        },
        Fact {
            label: "Complete",
            lines: complete,
        },
        Fact {
            label: "Accounts",
            lines: vec![accounts(snapshot.datasets.get("accounts"))],
        },
    ];
    let asks = assessment
        .controls
        .iter()
        .any(|control| control.question.is_some());
    if asks || !assessment.inputs.is_empty() || !assessment.attestations.is_empty() {
        facts.push(Fact {
            label: "From people",
            lines: from_people(assessment),
        });
    }
    facts.push(Fact {
        label: "Snapshot",
        lines: vec![FactLine {
            text: "sha256".to_owned(),
            code: text::short_digest(&text::line(&snapshot.sha256)),
            ..FactLine::default()
        }],
    });
    facts.push(Fact {
        label: "Check it",
        lines: vec![FactLine {
            text: format!("§{check_section}: one command, or sha256sum alone"),
            anchor: "check",
            ..FactLine::default()
        }],
    });
    facts
}

fn collected(assessment: &Assessment) -> FactLine {
    let snapshot = &assessment.snapshot;
    let clock = match snapshot.clock_skew_ms {
        Some(skew) => format!(
            "server clock within {} s",
            text::number(skew.unsigned_abs().div_ceil(1000).max(1))
        ),
        None => "no answer told the server’s clock".to_owned(),
    };
    FactLine::text(format!(
        "{}–{} UTC, {clock}",
        snapshot.collected_from.strftime("%-d %b %Y, %H:%M:%S"),
        text::clock(snapshot.collected_to, snapshot.collected_from).trim_end_matches('Z'),
    ))
}

fn completeness(datasets: &[DatasetView], section: u32) -> Vec<FactLine> {
    let whole = datasets.iter().filter(|dataset| dataset.whole).count() as u64;
    let mut lines = vec![FactLine {
        text: format!(
            "{} of {} whole",
            text::number(whole),
            text::counted(datasets.len() as u64, "dataset", "datasets")
        ),
        ..FactLine::default()
    }];
    let mut incomplete: Vec<(String, String)> = datasets
        .iter()
        .filter(|dataset| !dataset.whole)
        .map(|dataset| {
            (
                format!("{}: {}", dataset.state, dataset.name),
                dataset.detail.clone(),
            )
        })
        .collect();
    // A dataset is whole if the source of its records is; what others would have added can be missing.
    // Where its own dataset is not whole either, that is said already.
    let is_told = |name: &str| {
        let mut open = datasets.iter().filter(|dataset| !dataset.whole);
        open.any(|dataset| dataset.sources.iter().any(|source| source.name == name))
    };
    for dataset in datasets.iter().filter(|dataset| dataset.whole) {
        let open = dataset.sources.iter().filter(|source| !source.whole);
        for source in open.filter(|source| !is_told(&source.name)) {
            let line = (format!("source {}", source.name), source.state.clone());
            if !incomplete.contains(&line) {
                incomplete.push(line);
            }
        }
    }
    for (strong, text) in incomplete.iter().take(INCOMPLETE_ON_FIRST_SCREEN) {
        lines.push(FactLine {
            sign: Some(Outcome::Unknown),
            strong: strong.clone(),
            text: text.clone(),
            ..FactLine::default()
        });
    }
    if let Some(left) = incomplete
        .len()
        .checked_sub(INCOMPLETE_ON_FIRST_SCREEN)
        .filter(|left| *left > 0)
    {
        lines.push(FactLine {
            sign: Some(Outcome::Unknown),
            text: format!("{left} more not whole, listed in §{section}"),
            anchor: "population",
            ..FactLine::default()
        });
    }
    lines
}

/// The lists: how many, how old the oldest is, and which do not count.
fn from_people(assessment: &Assessment) -> Vec<FactLine> {
    let given = assessment
        .inputs
        .values()
        .filter_map(|used| used.statement.as_ref());
    let oldest = given
        .clone()
        .filter_map(|statement| statement.extracted_on)
        .min();
    let mut first = text::counted(given.count() as u64, "list", "lists");
    if let Some(day) = oldest {
        first = format!("{first} (oldest of {day})");
    }
    let asked = assessment.controls.iter();
    let asked = asked.filter(|control| control.question.is_some()).count() as u64;
    if asked > 0 {
        // An answer about authentication policies answers no control's question.
        let uses = assessment.attestations.iter();
        let uses = uses.filter(|used| used.statement.policies.is_none());
        let in_force = uses.filter(|used| used.state.is_in_force()).count() as u64;
        first = format!(
            "{first}, {} of {} in force",
            text::number(in_force),
            text::counted(asked, "attestation", "attestations")
        );
    }
    let mut lines = vec![FactLine::text(first)];
    lines.extend(answered_alone(assessment));
    let incomplete: Vec<_> = assessment
        .inputs
        .iter()
        .filter(|(_, used)| !used.completeness.is_whole())
        .collect();
    for (name, used) in incomplete.iter().take(INCOMPLETE_ON_FIRST_SCREEN) {
        let state = match used.statement {
            Some(_) => used.completeness.word(),
            None => "not supplied",
        };
        lines.push(FactLine {
            sign: Some(Outcome::Unknown),
            strong: format!("{state}: {}", text::line(name)),
            ..FactLine::default()
        });
    }
    if let Some(left) = incomplete
        .len()
        .checked_sub(INCOMPLETE_ON_FIRST_SCREEN)
        .filter(|left| *left > 0)
    {
        lines.push(FactLine {
            sign: Some(Outcome::Unknown),
            text: format!("{left} more that do not count"),
            ..FactLine::default()
        });
    }
    lines
}

/// How many of the controls that pass a person's answer alone concludes: nobody looked at a record for them.
fn answered_alone(assessment: &Assessment) -> Option<FactLine> {
    let pass = assessment.controls.iter();
    let pass = pass.filter(|control| control.outcome == Outcome::Pass);
    let answered = pass.clone().filter(|control| control.question.is_some());
    let (answered, pass) = (answered.count() as u64, pass.count() as u64);
    (answered > 0).then(|| {
        FactLine::text(format!(
            "{} of {} that {} on an answer alone: no record was looked at",
            text::number(answered),
            text::counted(pass, "control", "controls"),
            text::verb(pass, "passes rests", "pass rest"),
        ))
    })
}

fn accounts(statement: Option<&DatasetStatement>) -> FactLine {
    let Some(statement) = statement else {
        return FactLine {
            sign: Some(Outcome::Unknown),
            text: "no such dataset in this snapshot".to_owned(),
            ..FactLine::default()
        };
    };
    let fetched = text::number(statement.records);
    if !statement.completeness.is_whole() && statement.api_count.is_none() {
        return FactLine {
            sign: Some(Outcome::Unknown),
            strong: format!("{fetched} fetched, {}", statement.completeness.word()),
            ..FactLine::default()
        };
    }
    match statement.api_count {
        Some(count) if count == statement.records => FactLine::text(format!(
            "{fetched} fetched = {fetched} by Atlassian’s own count"
        )),
        Some(count) => FactLine {
            sign: Some(Outcome::Unknown),
            strong: format!(
                "{fetched} fetched ≠ {} by Atlassian’s own count",
                text::number(count)
            ),
            ..FactLine::default()
        },
        None => FactLine::text(format!(
            "{fetched} fetched; Atlassian gave no count of its own"
        )),
    }
}

//! Findings of a control as tables, one for each outcome: the first ones as rows, the others as they are asked for.

use super::CONTROL_ROWS_MAX;
use super::noun::noun;
use super::source;
use crate::assess::{
    CONTROL_ITSELF, ControlAssessment, Entries, Evidence, EvidenceFact, EvidenceList, Finding,
    Observation, Outcome, SpillError,
};
use crate::catalog;
use crate::report::text;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;

/// Fields of the evidence that a table has columns for; the others stand in the assessment.
const EVIDENCE_FIELDS_MAX: usize = 8;
/// Findings of each outcome that are shown even where another outcome would fill the table.
const ROWS_RESERVED: usize = 20;
/// Characters of a subject's label in a table.
const LABEL_CHARS_MAX: usize = 36;
/// Evidence of a count: the subjects that were counted. They have a table of their own.
const COUNTED_FIELD: &str = "subjects";
/// Outcomes that have a table, in their order.
const ORDER: [Outcome; 3] = [Outcome::Fail, Outcome::Unknown, Outcome::Error];

/// Findings of one outcome, or subjects that a finding rests on, as a table.
#[derive(Debug, Serialize)]
pub struct FindingGroup<'a> {
    /// What tells it from the other tables of its control.
    pub anchor: String,
    /// The outcome.
    pub outcome: Outcome,
    /// Heading: `Failing accounts`.
    pub heading: String,
    /// All of them.
    pub total: u64,
    /// Rows that stand in the page.
    pub shown: u64,
    /// Columns.
    pub columns: Vec<Column>,
    /// The first rows: texts in order of the columns.
    pub rows: Vec<Vec<String>>,
    /// Findings without a row in the page.
    #[serde(skip)]
    rest: Lines<'a>,
    #[serde(skip)]
    beside: Beside,
}

/// What values are shown beside.
#[derive(Clone, Copy, Debug)]
struct Beside {
    /// The begin of the collection: times of that day are shown without it.
    collected_from: Timestamp,
    /// Whether the subjects are rows of a list.
    is_list: bool,
}

/// Subjects that a control counted, and did not judge one by one.
#[derive(Debug, Serialize)]
pub struct CountedSubjects {
    /// Heading: `Counted accounts`.
    pub heading: String,
    /// All of them.
    pub total: u64,
    /// Id and label of those that the assessment names.
    pub rows: Vec<(String, String)>,
}

/// A column of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its head.
    pub head: String,
    /// `id`, `text`, `what`, `field`, `tested`, `from` or `finding`.
    pub kind: &'static str,
    /// Whether every value shown is a number.
    pub numeric: bool,
    /// The field of the evidence; empty for other columns.
    #[serde(skip)]
    field: String,
}

impl FindingGroup<'_> {
    /// Findings that have no row in the page, as rows; read as they are asked for, since there may be very many.
    pub fn rest(&self) -> impl Iterator<Item = Result<Vec<String>, SpillError>> + '_ {
        let count = usize::try_from(self.total - self.shown).unwrap_or(usize::MAX);
        // Where all have their row nothing is read again.
        let lines = (count > 0).then(|| self.rest.read());
        let own = |line: &Result<Line<'_>, SpillError>| match line {
            Ok(line) => line.outcome() == self.outcome,
            Err(_) => true,
        };
        let beyond = lines.into_iter().flatten().filter(own);
        beyond
            .skip(self.rows.len())
            .take(count)
            .map(|line| Ok(row(&line?, &self.columns, self.beside)))
    }
}

/// What tables are made of: findings, or the observations that one rests on.
#[derive(Clone, Copy, Debug)]
enum Lines<'a> {
    Findings(&'a Entries<Finding>),
    Observations(&'a Entries<Observation>),
}

impl<'a> Lines<'a> {
    fn read(self) -> Box<dyn Iterator<Item = Result<Line<'a>, SpillError>> + 'a> {
        match self {
            Lines::Findings(findings) => {
                Box::new(findings.read().map(|finding| finding.map(Line::Finding)))
            }
            Lines::Observations(observations) => {
                let lines = observations.read();
                Box::new(lines.map(|observation| observation.map(Line::Observation)))
            }
        }
    }

    fn count(self, outcome: Outcome) -> u64 {
        match self {
            Lines::Findings(findings) => findings.count(outcome),
            Lines::Observations(observations) => observations.count(outcome),
        }
    }
}

/// A finding or an observation.
#[derive(Clone, Debug)]
enum Line<'a> {
    Finding(Cow<'a, Finding>),
    Observation(Cow<'a, Observation>),
}

impl Line<'_> {
    fn subject(&self) -> &str {
        match self {
            Line::Finding(finding) => &finding.subject,
            Line::Observation(observation) => &observation.subject,
        }
    }

    fn label(&self) -> &str {
        match self {
            Line::Finding(finding) => &finding.label,
            Line::Observation(observation) => &observation.label,
        }
    }

    fn outcome(&self) -> Outcome {
        match self {
            Line::Finding(finding) => finding.outcome,
            Line::Observation(observation) => observation.outcome,
        }
    }

    fn message(&self) -> &str {
        match self {
            Line::Finding(finding) => &finding.message,
            Line::Observation(observation) => &observation.message,
        }
    }

    fn evidence(&self) -> &EvidenceList {
        match self {
            Line::Finding(finding) => &finding.evidence,
            Line::Observation(observation) => &observation.evidence,
        }
    }

    /// Empty for what is no finding.
    fn fingerprint(&self) -> &str {
        match self {
            Line::Finding(finding) => &finding.fingerprint,
            Line::Observation(_) => "",
        }
    }
}

/// The tables of `control`, with at most `rows_max` rows together, and how many fields of the evidence have no column.
pub(super) fn finding_groups(
    control: &ControlAssessment,
    rows_max: usize,
    collected_from: Timestamp,
) -> Result<(Vec<FindingGroup<'_>>, u64), SpillError> {
    let findings = Lines::Findings(&control.findings);
    let observations = Lines::Observations(&control.observations);
    let stated = usize::try_from(control.findings.len()).unwrap_or(usize::MAX);
    let rows_left = rows_max.saturating_sub(stated).max(1);
    let (mut groups, left) = groups_of(control, findings, rows_max, collected_from)?;
    let (below, left_below) = groups_of(control, observations, rows_left, collected_from)?;
    groups.extend(below.into_iter().map(|group| FindingGroup {
        anchor: format!("{}-subjects", group.anchor),
        heading: format!("{}: what the finding rests on", group.heading),
        ..group
    }));
    Ok((groups, left.max(left_below)))
}

/// What the lines of one outcome have in common, and the first of them.
#[derive(Default)]
struct Gathered<'a> {
    first: Vec<Line<'a>>,
    names_subjects: bool,
    has_label: bool,
    has_source: bool,
    has_fingerprint: bool,
    tested: Vec<String>,
    shown: Vec<String>,
}

impl<'a> Gathered<'a> {
    /// Takes one line. `label`: the field that is shown as the subject's label.
    fn add(&mut self, line: Line<'a>, label: &str, rows_max: usize) {
        let labelled = !line.label().is_empty() && line.label() != line.subject();
        self.names_subjects |= line.subject() != CONTROL_ITSELF;
        self.has_label |= labelled;
        self.has_fingerprint |= !line.fingerprint().is_empty();
        for evidence in line.evidence().facts() {
            self.has_source |= evidence.present && evidence.has_source;
            let field = evidence.field;
            // These have a column, or a table, of their own.
            let is_counted = line.subject() == CONTROL_ITSELF && field == COUNTED_FIELD;
            if field == "id" || (labelled && field == label) || is_counted {
                continue;
            }
            let fields = match evidence.tested {
                true => &mut self.tested,
                false => &mut self.shown,
            };
            if !fields.iter().any(|known| known == field) {
                fields.push(field.to_owned());
            }
        }
        if self.first.len() < rows_max {
            self.first.push(line);
        }
    }
}

/// `lines` as tables, one for each outcome. They are read once.
fn groups_of<'a>(
    control: &ControlAssessment,
    lines: Lines<'a>,
    rows_max: usize,
    collected_from: Timestamp,
) -> Result<(Vec<FindingGroup<'a>>, u64), SpillError> {
    let label = control
        .population
        .as_ref()
        .and_then(|population| catalog::dataset(&population.dataset))
        .map_or("", |dataset| dataset.label);
    let beside = Beside {
        collected_from,
        is_list: control
            .population
            .as_ref()
            .is_some_and(|population| population.dataset.starts_with(catalog::INPUTS)),
    };
    let mut by_outcome: [Gathered<'a>; 3] = Default::default();
    for line in lines.read() {
        let line = line?;
        let place = ORDER.iter().position(|outcome| *outcome == line.outcome());
        if let Some(place) = place {
            by_outcome[place].add(line, label, rows_max);
        }
    }
    let totals = ORDER.map(|outcome| lines.count(outcome));
    let shown = share_rows(
        rows_max,
        totals.map(|total| usize::try_from(total).unwrap_or(usize::MAX)),
    );
    let mut fields_left = 0;
    let many = noun(control).1;
    let mut groups = Vec::new();
    for (place, mut gathered) in by_outcome.into_iter().enumerate() {
        let (outcome, total, shown) = (ORDER[place], totals[place], shown[place]);
        if total == 0 {
            continue;
        }
        gathered.first.truncate(shown);
        let (mut columns, left) = columns(control, label, &gathered);
        fields_left = fields_left.max(left);
        for column in &mut columns {
            column.numeric = !column.field.is_empty()
                && gathered.first.iter().all(|line| {
                    field(line.evidence(), &column.field)
                        .is_none_or(|evidence| !evidence.present || evidence.value.is_number())
                });
        }
        let rows = gathered.first.iter();
        groups.push(FindingGroup {
            anchor: outcome.word().replace(' ', "-"),
            outcome,
            heading: match outcome {
                _ if !gathered.names_subjects => "The control as a whole".to_owned(),
                Outcome::Fail => format!("Failing {many}"),
                Outcome::Unknown => format!("Unknown {many}"),
                _ => format!("{} that broke the evaluation", text::capital(&many)),
            },
            total,
            shown: shown as u64,
            rows: rows.map(|line| row(line, &columns, beside)).collect(),
            columns,
            rest: lines,
            beside,
        });
    }
    Ok((groups, fields_left))
}

/// The subjects that a finding on the whole control names.
pub(super) fn counted_subjects(control: &ControlAssessment) -> Option<CountedSubjects> {
    let evidence = control
        .findings
        .on_control()
        .find_map(|finding| field(&finding.evidence, COUNTED_FIELD))?;
    let text_of =
        |subject: &Value, key: &str| subject[key].as_str().map_or_else(String::new, text::line);
    let rows: Vec<(String, String)> = evidence
        .value
        .as_array()?
        .iter()
        .take(CONTROL_ROWS_MAX)
        .map(|subject| (text_of(subject, "id"), text_of(subject, "label")))
        .collect();
    let population = control.population.as_ref()?;
    (!rows.is_empty()).then(|| CountedSubjects {
        heading: format!("Counted {}", text::line(&population.noun.1)),
        total: population.counted.max(rows.len() as u64),
        rows,
    })
}

/// Rows for each outcome: some for each, the rest in order.
fn share_rows(rows_max: usize, totals: [usize; 3]) -> [usize; 3] {
    let mut left = rows_max;
    let mut shown = totals.map(|total| {
        let reserved = total.min(ROWS_RESERVED).min(left);
        left -= reserved;
        reserved
    });
    for (shown, total) in shown.iter_mut().zip(totals) {
        let more = (total - *shown).min(left);
        *shown += more;
        left -= more;
    }
    shown
}

/// Columns that the lines of one outcome need, and how many fields of the evidence have none.
fn columns(
    control: &ControlAssessment,
    label: &str,
    gathered: &Gathered<'_>,
) -> (Vec<Column>, u64) {
    let tested = &gathered.tested;
    let shown: Vec<&String> = gathered
        .shown
        .iter()
        .filter(|field| !tested.contains(field))
        .collect();
    let column = |head: &str, kind, field: &str| Column {
        head: text::cell(head),
        kind,
        numeric: false,
        field: field.to_owned(),
    };
    let mut columns = vec![column(&format!("{} id", noun(control).0), "id", "")];
    if gathered.has_label {
        columns.push(column(
            if label.is_empty() { "name" } else { label },
            "text",
            "",
        ));
    }
    let fields = tested
        .iter()
        .map(|field| column(field, "tested", field))
        .chain(shown.iter().map(|field| column(field, "field", field)));
    columns.extend(fields.take(EVIDENCE_FIELDS_MAX));
    // What is the matter stands beside the fields that decided it.
    let tested_shown = columns
        .iter()
        .rposition(|column| matches!(column.kind, "id" | "text" | "tested"))
        .map_or(0, |place| place + 1);
    columns.insert(tested_shown, column("what is the matter", "what", ""));
    let fields_left = (tested.len() + shown.len()).saturating_sub(EVIDENCE_FIELDS_MAX) as u64;
    if gathered.has_source {
        columns.push(column("from", "from", ""));
    }
    if gathered.has_fingerprint {
        columns.push(column("finding", "finding", ""));
    }
    (columns, fields_left)
}

fn field(evidence: &EvidenceList, name: &str) -> Option<Evidence> {
    let mut facts = evidence.facts();
    facts
        .find(|fact| fact.field == name)
        .map(EvidenceFact::to_evidence)
}

fn row(line: &Line<'_>, columns: &[Column], beside: Beside) -> Vec<String> {
    columns
        .iter()
        .map(|column| match column.kind {
            "id" if line.subject() == CONTROL_ITSELF => "the control".to_owned(),
            "id" => text::line(line.subject()),
            "text" => text::cut(line.label(), LABEL_CHARS_MAX),
            "what" => text::flowing(line.message()),
            "finding" => text::line(line.fingerprint()),
            "from" => from(line, beside),
            _ => field(line.evidence(), &column.field).map_or_else(
                || "–".to_owned(),
                |evidence| text::cell(&text::value(&evidence.value, evidence.present)),
            ),
        })
        .collect()
}

/// What the value that decided comes from (`API`, `export`, `list` or `attestation`), its source, and when it came;
/// nothing where no value that the test looks at was there.
fn from(line: &Line<'_>, beside: Beside) -> String {
    let has_tested = line.evidence().facts().any(|fact| fact.tested);
    let mut facts = line.evidence().facts();
    let decided =
        facts.find(|fact| fact.present && fact.has_source && (fact.tested || !has_tested));
    let Some(evidence) = decided.map(EvidenceFact::to_evidence) else {
        return "–".to_owned();
    };
    let tag = source::tag(&evidence.source, beside.is_list);
    let source = text::line(&evidence.source);
    match evidence.collected_at {
        Some(time) => format!(
            "{tag} {source}, {}",
            text::clock(time, beside.collected_from)
        ),
        None => format!("{tag} {source}"),
    }
}

#[cfg(test)]
mod tests {
    use super::share_rows;

    #[test]
    fn unknown_subjects_keep_rows_beside_very_many_failing_ones() {
        assert_eq!(share_rows(200, [312, 2, 0]), [198, 2, 0]);
        assert_eq!(share_rows(200, [1000, 1000, 1000]), [160, 20, 20]);
        assert_eq!(share_rows(200, [3, 0, 0]), [3, 0, 0]);
        assert_eq!(share_rows(10, [3, 30, 30]), [3, 7, 0]);
        assert_eq!(share_rows(1, [5, 0, 0]), [1, 0, 0]);
    }
}

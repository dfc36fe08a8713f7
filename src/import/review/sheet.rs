//! A sheet that was filled in -> decisions; every row that cannot be taken is a problem with its place.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::{BINDING, Decision, FILLED_IN, ReviewKind, SheetError, as_it_was, each_subject, short};
use crate::diagnostic::{Place, Problem, Problems, SourceFile, Span, did_you_mean, listed};
use crate::import::attestation::person::{is_same_person, names_somebody};
use crate::import::list::delimiter;
use crate::snapshot::RecordSource;

/// Bytes that a sheet may have.
pub const SHEET_BYTES_MAX: usize = 64 << 20;
/// Problems of rows that are told one by one; the others are counted.
const ROW_PROBLEMS_MAX: usize = 100;
/// Characters of a name and of a ticket.
const CELL_CHARS_MAX: usize = 200;
/// Subjects that a problem names.
const NAMED_MAX: usize = 3;

/// Whether a cell names a ticket: a dash, or a word that names nobody, is none.
pub fn names_a_ticket(cell: &str) -> bool {
    names_somebody(cell)
}

/// What a review decided.
#[derive(Clone, Debug)]
pub struct Decided {
    /// What was reviewed.
    pub kind: ReviewKind,
    /// Every row that is decided, in the order of the sheet.
    pub rows: Vec<DecidedRow>,
    /// Rows that are not.
    pub undecided: u64,
    /// SHA-256 of the snapshot that it was made from.
    pub snapshot: String,
    /// The end of its collection.
    pub snapshot_at: Timestamp,
    /// Name of the sheet.
    pub sheet: String,
    /// The sheet as it was given.
    pub bytes: Vec<u8>,
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidedRow {
    /// Id of the subject.
    pub subject: String,
    /// The decision.
    pub decision: Decision,
    /// Who decided.
    pub reviewer: String,
    /// The ticket; empty if none.
    pub ticket: String,
}

/// Whether every row has to be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// A row without a decision is a problem.
    Whole,
    /// It is counted.
    Partial,
}

/// What the sheet called `name` decided about the subjects of `source`, from which it was made; and every problem.
/// With a problem nothing is decided.
///
/// # Errors
/// The snapshot cannot be read.
pub fn check(
    name: &str,
    bytes: Vec<u8>,
    source: &dyn RecordSource,
    extent: Extent,
) -> Result<(Option<Decided>, Problems), SheetError> {
    let file = SourceFile::from_bytes(name, bytes.clone());
    let mut sheet = Sheet {
        file,
        problems: Problems::none(),
        row_problems: 0,
        columns: BTreeMap::new(),
    };
    let Some((kind, rows)) = sheet.read(source) else {
        return Ok((None, sheet.problems));
    };
    let mut expected: BTreeMap<String, Expected> = BTreeMap::new();
    each_subject(kind, source, |record| {
        let text = |field: &str| record.get(field).and_then(Value::as_str).map(str::to_owned);
        let id = text("id").unwrap_or_default();
        let names = kind.identities().iter().filter_map(|field| text(field));
        let expected_row = Expected {
            names: std::iter::once(id.clone()).chain(names).collect(),
            row: None,
        };
        expected.insert(id, expected_row);
        Ok(())
    })?;
    let (decided, undecided) = sheet.decide(kind, rows, &mut expected, extent);
    sheet.miss(&expected);
    let is_good = sheet.problems.is_empty();
    let decided = is_good.then(|| Decided {
        kind,
        rows: decided,
        undecided,
        snapshot: source.digest().to_owned(),
        snapshot_at: source.manifest().collected.to,
        sheet: name.rsplit(['/', '\\']).next().unwrap_or(name).to_owned(),
        bytes,
    });
    Ok((decided, sheet.problems))
}

/// A subject of the snapshot.
struct Expected {
    /// Its id, and what else tells who it is.
    names: Vec<String>,
    /// The row that has it.
    row: Option<Place>,
}

/// One row with its place.
struct Row {
    cells: csv::StringRecord,
    place: Place,
}

struct Sheet {
    file: SourceFile,
    problems: Problems,
    row_problems: usize,
    columns: BTreeMap<String, usize>,
}

impl Sheet {
    /// The rows of the sheet and what it reviews, if it is a sheet that was made from `source`.
    fn read(&mut self, source: &dyn RecordSource) -> Option<(ReviewKind, Vec<Row>)> {
        let text = self.file.text().to_owned();
        let start = Span::new(0, text.lines().next().unwrap_or_default().len());
        let told = |code, message: String, place, label: &str, help: &str| {
            Problem::new(code, message, place, label).help(help)
        };
        if let Some(place) = self.file.damage() {
            let help =
                "save it as CSV in UTF-8: in Excel “CSV UTF-8”, in LibreOffice character set UTF-8";
            let message = "the sheet is not text in UTF-8".to_owned();
            self.problems.push(told(
                "review::encoding",
                message,
                place,
                "the first byte that is none",
                help,
            ));
            return None;
        }
        if text.len() > SHEET_BYTES_MAX {
            let message = format!("the sheet has more than {SHEET_BYTES_MAX} bytes");
            let place = self.file.place(start);
            self.problems.push(told(
                "review::too_large",
                message,
                place,
                "",
                "import the sheet that was made",
            ));
            return None;
        }
        let mark = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let body = &text[mark..];
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter(body.as_bytes()))
            .flexible(true)
            .from_reader(body.as_bytes());
        let heads = match reader.headers() {
            Ok(heads) => heads.clone(),
            Err(error) => {
                let place = self.file.place(start);
                self.problems.push(told(
                    "review::form",
                    format!("the sheet does not read as CSV: {error}"),
                    place,
                    "in this file",
                    "save it as CSV",
                ));
                return None;
            }
        };
        for (place, head) in heads.iter().enumerate() {
            self.columns
                .entry(head.trim().to_lowercase())
                .or_insert(place);
        }
        let needed = std::iter::once("id").chain(FILLED_IN).chain(BINDING);
        let missing: Vec<&str> = needed
            .filter(|name| !self.columns.contains_key(*name))
            .collect();
        if !missing.is_empty() {
            let place = self.file.place(start);
            self.problems.push(told(
                "review::columns",
                format!("the sheet has no column {}", listed(missing.iter().copied())),
                place,
                "these are its columns",
                "fill in the sheet that `tickmark review new` wrote, and leave its columns as they are",
            ));
            return None;
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            match record {
                Ok(cells) => {
                    let at = cells.position().map_or(0, csv::Position::byte);
                    let at = mark + usize::try_from(at).unwrap_or(0);
                    let rest = text.get(at..).unwrap_or_default();
                    let blank = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
                    let line = rest[blank..].lines().next().unwrap_or_default();
                    let at = at + blank;
                    let place = self.file.place(Span::new(at, at + line.len()));
                    if cells.iter().any(|cell| !cell.trim().is_empty()) {
                        rows.push(Row { cells, place });
                    }
                }
                Err(error) => {
                    let place = self.file.place(start);
                    self.problems.push(told(
                        "review::form",
                        format!("the sheet does not read as CSV: {error}"),
                        place,
                        "in this file",
                        "save it as CSV",
                    ));
                    return None;
                }
            }
        }
        let kind = self.bound(&rows, source, start)?;
        Some((kind, rows))
    }

    /// What the sheet reviews; every row says the same, and names the snapshot.
    fn bound(
        &mut self,
        rows: &[Row],
        source: &dyn RecordSource,
        start: Span,
    ) -> Option<ReviewKind> {
        let Some(first) = rows.first() else {
            let problem = Problem::new(
                "review::empty",
                "the sheet has no row",
                self.file.place(start),
                "below this",
            );
            self.problems
                .push(problem.help("import the sheet that `tickmark review new` wrote"));
            return None;
        };
        let mark = self.cell(first, "review").to_owned();
        let Some(kind) = ReviewKind::marked(&mark) else {
            let problem = Problem::new(
                "review::kind",
                format!("`{mark}` is no review"),
                first.place.clone(),
                "in the column `review`",
            );
            self.problems.push(problem.help(
                "leave the columns `review` and `snapshot` as they are: accounts, admins, idle 90d, tokens, events",
            ));
            return None;
        };
        for row in rows {
            let (other, snapshot) = (
                self.cell(row, "review").to_owned(),
                self.cell(row, "snapshot").to_owned(),
            );
            if other != mark {
                self.row_problem(
                    Problem::new(
                        "review::kind",
                        format!("this row is of the review `{other}`, the first one of `{mark}`"),
                        row.place.clone(),
                        "this row",
                    )
                    .help("import each sheet by itself"),
                );
            } else if snapshot != short(source.digest()) {
                self.row_problem(
                    Problem::new(
                        "review::snapshot",
                        format!(
                            "this row was made from the snapshot {snapshot}…, and the one given is {}…",
                            short(source.digest())
                        ),
                        row.place.clone(),
                        "this row",
                    )
                    .help("give the snapshot that the sheet was made from: `--snapshot DIR`"),
                );
            }
        }
        self.problems.is_empty().then_some(kind)
    }

    /// The decision of every row, and how many have none.
    fn decide(
        &mut self,
        kind: ReviewKind,
        rows: Vec<Row>,
        expected: &mut BTreeMap<String, Expected>,
        extent: Extent,
    ) -> (Vec<DecidedRow>, u64) {
        let mut decided = Vec::new();
        let mut open: Vec<Place> = Vec::new();
        for row in rows {
            let id = as_it_was(self.cell(&row, "id")).to_owned();
            let Some(subject) = expected.get_mut(&id) else {
                let problem = Problem::new(
                    "review::unknown_subject",
                    format!(
                        "the snapshot has no subject `{}` for this review",
                        visible(&id)
                    ),
                    row.place.clone(),
                    "this row",
                );
                self.row_problem(problem.help(unknown_help(&id)));
                continue;
            };
            if let Some(first) = &subject.row {
                let problem = Problem::new(
                    "review::twice",
                    format!("`{}` stands on the sheet twice", visible(&id)),
                    row.place.clone(),
                    "here again",
                );
                let problem = problem.and_at(first.clone(), "here first");
                self.row_problem(problem.help("keep one of the two rows"));
                continue;
            }
            subject.row = Some(row.place.clone());
            let names = subject.names.clone();
            if self.cell(&row, "decision").is_empty() {
                open.push(row.place.clone());
                continue;
            }
            decided.extend(self.decision(kind, &row, id, &names));
        }
        let undecided = open.len() as u64;
        if let (Extent::Whole, Some(first)) = (extent, open.first()) {
            let message = match undecided {
                1 => "1 row has no decision".to_owned(),
                rows => format!("{rows} rows have no decision"),
            };
            self.problems.push(
                Problem::new("review::undecided", message, first.clone(), "the first one").help(
                    "write keep, remove or change in each; with `--partial` the rest is kept, and no control passes on it",
                ),
            );
        }
        (decided, undecided)
    }

    /// What a row that has a decision decides.
    fn decision(
        &mut self,
        kind: ReviewKind,
        row: &Row,
        subject: String,
        names: &[String],
    ) -> Option<DecidedRow> {
        let written = self.cell(row, "decision").to_lowercase();
        let words = kind.decisions();
        let decision = words.iter().find(|(word, _)| *word == written);
        if decision.is_none() {
            let help = match written.as_str() {
                "remove" => "what has happened cannot be removed: write keep or change".to_owned(),
                written => did_you_mean(written, words.iter().map(|(word, _)| *word)),
            };
            let problem = Problem::new(
                "review::decision",
                format!("`{}` is no decision", visible(&written)),
                row.place.clone(),
                "this row",
            );
            self.row_problem(problem.help(help));
        }
        let reviewer = as_it_was(self.cell(row, "reviewer")).to_owned();
        let ticket = as_it_was(self.cell(row, "ticket")).to_owned();
        let trouble = if reviewer.is_empty() {
            Some((
                "review::reviewer",
                "nobody is named as the reviewer".to_owned(),
                "name who decided",
            ))
        } else if names.iter().any(|name| is_same_person(name, &reviewer)) {
            let message = format!("`{}` decides about themselves", visible(&reviewer));
            Some((
                "review::own_subject",
                message,
                "let another person decide; if this is another of that name, write what tells them apart: `R. Sato (finance)`",
            ))
        } else if !names_somebody(&reviewer) {
            let message = format!("`{}` names nobody", visible(&reviewer));
            Some(("review::reviewer", message, "name who decided"))
        } else if [&reviewer, &ticket]
            .iter()
            .any(|text| text.chars().count() > CELL_CHARS_MAX || text.chars().any(char::is_control))
        {
            let message = format!(
                "a cell has more than {CELL_CHARS_MAX} characters, or some that nobody sees"
            );
            Some((
                "review::text",
                message,
                "write a name, and the number of a ticket",
            ))
        } else if decision.is_some_and(|(_, decision)| *decision == Decision::Change)
            && !names_a_ticket(&ticket)
        {
            // Nothing tests a change; without its ticket nobody can tell what was decided.
            Some((
                "review::ticket",
                "`change` names no ticket, which alone says what changes".to_owned(),
                "write the ticket, or decide keep or remove",
            ))
        } else {
            None
        };
        if let Some((code, message, help)) = trouble {
            let problem = Problem::new(code, message, row.place.clone(), "this row");
            self.row_problem(problem.help(help));
            return None;
        }
        Some(DecidedRow {
            subject,
            decision: decision?.1,
            reviewer,
            ticket,
        })
    }

    /// Subjects that the sheet has lost.
    fn miss(&mut self, expected: &BTreeMap<String, Expected>) {
        let lost: Vec<&str> = expected
            .iter()
            .filter(|(_, subject)| subject.row.is_none())
            .map(|(id, _)| id.as_str())
            .collect();
        if lost.is_empty() {
            return;
        }
        let named: Vec<String> = lost
            .iter()
            .take(NAMED_MAX)
            .map(|id| format!("`{}`", visible(id)))
            .collect();
        let more = match lost.len().saturating_sub(NAMED_MAX) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let start = self.file.text().lines().next().unwrap_or_default().len();
        self.problems.push(
            Problem::new(
                "review::lost",
                format!("the sheet has lost rows: {}{more}", named.join(", ")),
                self.file.place(Span::new(0, start)),
                "below this",
            )
            .help("a review is of all subjects: put the rows back"),
        );
    }

    fn cell<'r>(&self, row: &'r Row, column: &str) -> &'r str {
        let place = self.columns.get(column);
        place
            .and_then(|place| row.cells.get(*place))
            .unwrap_or_default()
            .trim()
    }

    /// A problem of one row. After some only their number is told.
    fn row_problem(&mut self, problem: Problem) {
        self.row_problems += 1;
        if self.row_problems <= ROW_PROBLEMS_MAX {
            self.problems.push(problem);
        } else if self.row_problems == ROW_PROBLEMS_MAX + 1 {
            self.problems.push(
                Problem::without_place(
                    "review::more",
                    format!("more than {ROW_PROBLEMS_MAX} rows have problems; these are the first"),
                )
                .help("mend these, then import again"),
            );
        }
    }
}

/// Text of a sheet in a message: control characters made harmless, and not too long.
fn visible(text: &str) -> String {
    let shown: String = text
        .chars()
        .take(60)
        .map(|letter| {
            if letter.is_control() {
                '\u{fffd}'
            } else {
                letter
            }
        })
        .collect();
    shown
}

/// What to do about an id that is none.
fn unknown_help(id: &str) -> &'static str {
    let is_number = !id.is_empty()
        && id
            .chars()
            .all(|letter| letter.is_ascii_digit() || ".,eE+-".contains(letter));
    if is_number {
        "a spreadsheet has taken the id for a number: open the sheet with the column `id` as text"
    } else {
        "remove the row, or put its id back; new subjects come with the next sheet"
    }
}

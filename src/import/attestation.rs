//! Files of attestations -> what is stated of each: form, people, days and evidence checked, every problem shown.
//!
//! Whether an answer counts at a point in time is judged by `assess`. What a person has not filled in yet is no
//! mistake: the answer is pending, and says what it lacks.

mod draft;
mod evidence_file;
pub(super) mod person;
mod policies;

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::control::{self, Answer, Control, EvidenceFile, ReadError, Requirement};
use crate::diagnostic::reader::{Codes, Reader};
use crate::diagnostic::yaml::{self, Kind, Node};
use crate::diagnostic::{Place, Problem, Problems, SourceFile, did_you_mean};
use crate::plan::{self, Plan, Question};
use crate::snapshot::{AnswerStatement, EvidenceFileStatement, POLICIES};
use crate::value::{Duration, sha256_hex};
use evidence_file::{digest_of, within};
use person::{is_same_person, names_somebody};

pub use draft::{Filled, attestation_schema, draft};
pub use evidence_file::EVIDENCE_BYTES_MAX;
pub use policies::{DraftedPolicies, draft_of_policies, last_day_of_policies};

/// The schema's file, as an attestation beside it names it.
pub const ATTESTATION_SCHEMA_FILE: &str = "attestation.schema.json";

/// Folder beside the attestations where files of evidence are kept; nothing in it is read as an attestation.
pub const EVIDENCE_FOLDER: &str = "evidence";
/// Files of attestations in one folder.
const FILE_COUNT_MAX: usize = 1_000;
/// Levels of folders.
const FOLDER_DEPTH_MAX: usize = 8;
/// Characters that a name may have.
const NAME_CHARS_MAX: usize = 200;
/// Characters that a statement may have.
const STATEMENT_CHARS_MAX: usize = 4_000;

/// Keys of an attestation, in the order in which they are best written.
pub const KEYS: &[&str] = &[
    "control",
    "question",
    "answer",
    "statement",
    "evidence_file",
    "evidence_sha256",
    "attested_by",
    "reviewed_by",
    "attested_on",
    "valid_until",
];
/// Keys that have to be there, if only with nothing behind them.
pub const REQUIRED_KEYS: &[&str] = &[
    "control",
    "question",
    "answer",
    "statement",
    "attested_by",
    "reviewed_by",
    "attested_on",
];
const ANSWERS: [(&str, Answer); 2] = [("yes", Answer::Yes), ("no", Answer::No)];
const CODES: Codes = Codes {
    wrong_type: "attestation::wrong_type",
    unknown_key: "attestation::unknown_key",
    missing_key: "attestation::missing_key",
    unknown_word: "attestation::unknown_word",
};

/// Attestations that were read.
#[derive(Debug, Default)]
pub struct Attestations {
    /// INVARIANT (answers): sorted by control, then the newest first; what has no day stands before what has one.
    answers: Vec<AnswerStatement>,
    /// Where each says its control, its day and its last day; in the order of `answers`.
    places: Vec<Places>,
    folder: PathBuf,
}

/// Where an attestation says what.
#[derive(Clone, Debug)]
struct Places {
    control: Place,
    attested_on: Place,
    valid_until: Option<Place>,
    /// Whether it says which file of evidence was looked at, to the byte.
    has_digest: bool,
}

impl Places {
    /// Of the attestation `map`, which says under `subject` what it answers.
    fn of(map: &Node, subject: &str) -> Places {
        let place = |key: &str| map.get(key).unwrap_or(map).place();
        Places {
            control: place(subject),
            attested_on: place("attested_on"),
            valid_until: map.get("valid_until").map(Node::place),
            has_digest: filled(map, "evidence_sha256").is_some(),
        }
    }
}

impl Attestations {
    /// Reads every attestation at `path`: a folder with all below it but [`EVIDENCE_FOLDER`], or one file. `controls`
    /// are those that answers may be to.
    ///
    /// # Errors
    /// A file cannot be read, or there are more than one call reads. A mistake in a file is a problem, and what
    /// has one is left out.
    pub fn read(path: &Path, controls: &[&Control]) -> Result<(Attestations, Problems), ReadError> {
        let mut files = Vec::new();
        let folder = if path.is_dir() {
            find(path, 0, &mut files)?;
            path.to_owned()
        } else {
            files.push(path.to_owned());
            path.parent().unwrap_or(Path::new("")).to_owned()
        };
        files.sort();
        let mut reading = Reading {
            reader: Reader::with_codes(CODES),
            controls,
            folder: folder.clone(),
            found: Vec::new(),
        };
        for path in &files {
            let file = control::read_file(path)?;
            reading.file(&file, path);
        }
        reading.found.sort_by_key(|(answer, _)| order(answer));
        reading.refuse_two_of_one_day();
        let (answers, places) = reading.found.into_iter().unzip();
        let attestations = Attestations {
            answers,
            places,
            folder,
        };
        Ok((attestations, reading.reader.problems))
    }

    /// What is stated of each, by control, then the newest first.
    pub fn answers(&self) -> &[AnswerStatement] {
        &self.answers
    }

    /// The folder that they were read from.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is wrong with them only beside the values that parameters have in `plan`: an answer that says that it
    /// counts longer than its control lets it. Told of the newest of each control; an older one no longer decides.
    pub fn problems_in(&self, plan: &Plan) -> Problems {
        let mut problems = Problems::none();
        for planned in &plan.controls {
            let plan::Requirement::Attest(question) = &planned.requirement else {
                continue;
            };
            let newest = self.answers.iter().zip(&self.places).find(|(answer, _)| {
                answer.control == planned.id().as_str() && answer.is_complete()
            });
            let span = question.valid_for;
            let told = newest
                .zip(span)
                .and_then(|((answer, places), span)| too_long(answer, places, span));
            problems.extend(told.into_iter().collect());
        }
        let newest = self
            .answers
            .iter()
            .zip(&self.places)
            .find(|(answer, _)| answer.policies.is_some() && answer.is_complete());
        let told =
            newest.and_then(|(answer, places)| too_long(answer, places, policies::counts_for()));
        problems.extend(told.into_iter().collect());
        problems
    }

    /// Those whose file of evidence nobody could see to be another one than the one that was looked at: they do not
    /// give its digest.
    pub fn without_digest(&self) -> impl Iterator<Item = &AnswerStatement> {
        let all = self.answers.iter().zip(&self.places);
        all.filter(|(answer, places)| answer.evidence.is_some() && !places.has_digest)
            .map(|(answer, _)| answer)
    }

    /// Answers that were given after `today`, which nobody can have done.
    pub fn problems_on(&self, today: Timestamp) -> Problems {
        let later = self
            .answers
            .iter()
            .zip(&self.places)
            .filter(|(answer, _)| answer.is_later_than(today));
        later
            .map(|(answer, places)| {
                let day = answer.attested_on.map(|day| day.to_string());
                Problem::new(
                    "attestation::in_the_future",
                    format!("nobody has answered on {} yet", day.unwrap_or_default()),
                    places.attested_on.clone(),
                    "after today",
                )
                .help("write the day on which the person looked")
            })
            .collect()
    }
}

/// The last day on which `answer` counts: what it says, or as long as its control lets it; the earlier of the two.
pub fn last_day(answer: &AnswerStatement, question: &Question) -> Option<Date> {
    let longest = longest(answer.attested_on?, question.valid_for?);
    Some(answer.valid_until.map_or(longest, |own| own.min(longest)))
}

/// Whether `answer` is to this question: one of another revision of the control, or of other values of its parameters,
/// says nothing about it.
pub fn is_answer_to(answer: &AnswerStatement, question: &Question) -> bool {
    answer.question.as_deref() == Some(on_one_line(&question.text).as_str())
}

/// A text without its line breaks, as two are compared.
fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The last day until which an answer of `day` may count.
fn longest(day: Date, span: Duration) -> Date {
    let days = i64::from(span.hours() / 24);
    day.checked_add(days.days()).unwrap_or(Date::MAX)
}

fn too_long(answer: &AnswerStatement, places: &Places, span: Duration) -> Option<Problem> {
    let day = answer.attested_on?;
    let until = answer.valid_until?;
    let longest = longest(day, span);
    (until > longest).then(|| {
        Problem::new(
            "attestation::too_long",
            format!("such an answer counts for {span}, until {longest} at most"),
            places.valid_until.clone().unwrap_or(places.control.clone()),
            "later than that",
        )
        .and_at(places.attested_on.clone(), "counted from here")
        .help(format!(
            "write {longest} or an earlier day, or leave `valid_until` out"
        ))
    })
}

/// By control; what has no day first, then the newest.
fn order(answer: &AnswerStatement) -> impl Ord + use<> {
    (
        answer.control.clone(),
        answer.attested_on.is_some(),
        std::cmp::Reverse((answer.attested_on, answer.attested_at)),
        answer.file.clone(),
        answer.line,
    )
}

/// Files of attestations below `folder`. Links are not followed.
fn find(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), ReadError> {
    let io = |source| ReadError::Io {
        path: folder.to_owned(),
        source,
    };
    let too_many = || ReadError::TooMany {
        path: folder.to_owned(),
    };
    if depth > FOLDER_DEPTH_MAX {
        return Err(too_many());
    }
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let kind = entry.file_type().map_err(io)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if kind.is_dir() && name != EVIDENCE_FOLDER && !name.starts_with('.') {
            find(&entry.path(), depth + 1, found)?;
        }
        let is_yaml = name.ends_with(".yaml") || name.ends_with(".yml");
        if kind.is_file() && is_yaml && !name.starts_with('.') {
            found.push(entry.path());
        }
        if found.len() > FILE_COUNT_MAX {
            return Err(too_many());
        }
    }
    Ok(())
}

struct Reading<'c> {
    reader: Reader,
    controls: &'c [&'c Control],
    folder: PathBuf,
    found: Vec<(AnswerStatement, Places)>,
}

impl<'c> Reading<'c> {
    /// Reads one file: a map, or a list of maps.
    fn file(&mut self, file: &SourceFile, path: &Path) {
        let root = match yaml::read(file) {
            Ok(root) => root,
            Err(problem) => {
                self.reader.push(problem);
                return;
            }
        };
        let name = self.below(path);
        let sha256 = sha256_hex(file.text().as_bytes());
        match &root.kind {
            // A file of comments only says nothing.
            Kind::Null => {}
            Kind::List(elements) => {
                for element in elements {
                    self.attestation(element, path, &name, &sha256);
                }
            }
            _ => self.attestation(&root, path, &name, &sha256),
        }
    }

    /// `path` as it is named below the folder of attestations, the same on every system.
    fn below(&self, path: &Path) -> String {
        let below = path.strip_prefix(&self.folder).unwrap_or(path);
        below.to_string_lossy().replace('\\', "/")
    }

    fn attestation(&mut self, node: &Node, path: &Path, file: &str, sha256: &str) {
        if node.get(POLICIES).is_some() {
            return self.policies(node, path, file, sha256);
        }
        let problems = self.reader.problems.len();
        let Some(map) = self.reader.map(node, "an attestation", KEYS) else {
            return;
        };
        for key in REQUIRED_KEYS {
            let help = match *key {
                "control" => "name the control that is answered: `control: ATL-AUT-02`".to_owned(),
                "question" => "write the question that was answered, word for word: `tickmark \
                               attestations list` shows it"
                    .to_owned(),
                key => format!("leave it empty while nobody knows: `{key}:`"),
            };
            self.reader.required(map, key, &help);
        }
        let control = map.get("control").and_then(|node| self.control(node));
        let question = self.text(map, "question", STATEMENT_CHARS_MAX, Lines::Several);
        let answer =
            filled(map, "answer").and_then(|node| self.reader.word(node, "answer", &ANSWERS));
        let given = self.given(map, path);
        let (Some(control), true) = (control, self.reader.problems.len() == problems) else {
            return;
        };
        let mut lacks = Vec::new();
        let mut needs = |is_there: bool, key: &str| {
            if !is_there {
                lacks.push(key.to_owned());
            }
        };
        needs(question.is_some(), "question");
        needs(answer.is_some(), "answer");
        let needs_file = matches!(
            &control.requirement,
            Requirement::Attest(question) if question.file == EvidenceFile::Required
        );
        lacks.extend(given.lacks(needs_file));
        let statement = AnswerStatement {
            control: control.id.to_string(),
            question: question.map(|question| on_one_line(&question)),
            answer,
            lacks,
            ..given.statement(node, file, sha256)
        };
        self.found.push((statement, Places::of(map, "control")));
    }

    /// What every attestation says, whatever it answers; each mistake is a problem.
    fn given(&mut self, map: &Node, path: &Path) -> Given {
        let statement = self.text(map, "statement", STATEMENT_CHARS_MAX, Lines::Several);
        let attested_by = self.text(map, "attested_by", NAME_CHARS_MAX, Lines::One);
        let reviewed_by = self.text(map, "reviewed_by", NAME_CHARS_MAX, Lines::One);
        for (key, name) in [("attested_by", &attested_by), ("reviewed_by", &reviewed_by)] {
            if let (Some(name), Some(node)) = (name, map.get(key))
                && !names_somebody(name)
            {
                self.reader.push(
                    Problem::new(
                        "attestation::nobody",
                        format!("`{name}` names nobody"),
                        node.place(),
                        "a name is needed",
                    )
                    .help("write the name of a person; leave it empty until there is one"),
                );
            }
        }
        if let (Some(author), Some(reviewer)) = (&attested_by, &reviewed_by)
            && is_same_person(author, reviewer)
            && let (Some(first), Some(second)) = (map.get("attested_by"), map.get("reviewed_by"))
        {
            self.reader.push(
                Problem::new(
                    "attestation::same_person",
                    "whoever answers cannot review the answer",
                    second.place(),
                    "the same person",
                )
                .and_at(first.place(), "answers")
                .help(
                    "name another person, who looked at it too, with an address where names are alike; leave it \
                     empty until somebody has",
                ),
            );
        }
        let attested = filled(map, "attested_on").and_then(|node| self.moment(node));
        let until = filled(map, "valid_until").and_then(|node| self.day(node));
        if let (Some((day, _)), Some(until), Some(first), Some(second)) = (
            attested,
            until,
            map.get("attested_on"),
            map.get("valid_until"),
        ) && until < day
        {
            self.reader.push(
                Problem::new(
                    "attestation::validity",
                    "the answer would no longer count on the day on which it was given",
                    second.place(),
                    "earlier",
                )
                .and_at(first.place(), "than this")
                .help("write the last day on which it counts, or leave it out"),
            );
        }
        let evidence = self.evidence(map, path);
        Given {
            statement,
            attested_by,
            reviewed_by,
            attested,
            until,
            evidence,
        }
    }

    /// The control that `node` names by id or code; it must ask a person.
    fn control(&mut self, node: &Node) -> Option<&'c Control> {
        let name = self.reader.text(node)?.trim();
        let controls: &'c [&'c Control] = self.controls;
        let is_called = |control: &&&Control| {
            control.id.as_str() == name || control.code.as_deref() == Some(name)
        };
        let Some(control) = controls.iter().find(is_called) else {
            let asked = controls.iter().filter(|control| asks(control));
            let names = asked.flat_map(|control| {
                std::iter::once(control.id.as_str()).chain(control.code.as_deref())
            });
            let help = did_you_mean(name, names);
            self.reader.push(
                Problem::new(
                    "attestation::unknown_control",
                    format!("there is no control `{name}`"),
                    node.place(),
                    "not a control",
                )
                .help(help),
            );
            return None;
        };
        if !asks(control) {
            self.reader.push(
                Problem::new(
                    "attestation::no_question",
                    format!("`{name}` asks no person: it is tested on records"),
                    node.place(),
                    "has no question",
                )
                .help("`tickmark attestations list` names the controls that ask"),
            );
            return None;
        }
        Some(control)
    }

    /// A text for people; `None` while nothing is filled in.
    fn text(&mut self, map: &Node, key: &str, chars_max: usize, lines: Lines) -> Option<String> {
        let node = filled(map, key)?;
        let text = self.reader.text(node)?.trim();
        let is_unwanted = |letter: char| match letter {
            '\n' | '\t' => lines == Lines::One,
            letter => letter.is_control() || is_invisible(letter),
        };
        let (problem, help) = if let Some(letter) = text.chars().find(|letter| is_unwanted(*letter))
        {
            (
                format!(
                    "`{key}` holds the character U+{:04X}, which nobody sees",
                    u32::from(letter)
                ),
                "write plain text".to_owned(),
            )
        } else if text.chars().count() > chars_max {
            (
                format!("`{key}` has more than {chars_max} characters"),
                "keep it short; what is longer goes into the file of evidence".to_owned(),
            )
        } else {
            return Some(text.to_owned());
        };
        self.reader
            .push(Problem::new("attestation::text", problem, node.place(), "here").help(help));
        None
    }

    /// A day, or a time of which the day is kept too.
    fn moment(&mut self, node: &Node) -> Option<(Date, Option<Timestamp>)> {
        const HELP: &str = "write `2026-11-17`, or with the time `2026-11-17T14:30:00Z`";
        let text = node.as_text().map(str::trim).unwrap_or_default();
        if let Ok(time) = text.parse::<Timestamp>() {
            return Some((time.to_zoned(TimeZone::UTC).date(), Some(time)));
        }
        let day = text.parse::<Date>().ok().filter(|_| is_day(text));
        if day.is_none() {
            self.reader.wrong_type(node, "a day or a time", HELP);
        }
        day.map(|day| (day, None))
    }

    fn day(&mut self, node: &Node) -> Option<Date> {
        let text = node.as_text().map(str::trim).unwrap_or_default();
        let day = text.parse::<Date>().ok().filter(|_| is_day(text));
        if day.is_none() {
            self.reader.wrong_type(node, "a day", "write `2026-11-17`");
        }
        day
    }

    /// The file of evidence, if one is named and everything about it is as it should be.
    fn evidence(&mut self, map: &Node, path: &Path) -> Option<EvidenceFileStatement> {
        let digest = filled(map, "evidence_sha256");
        let Some(node) = filled(map, "evidence_file") else {
            if let Some(digest) = digest {
                self.reader.wrong_type(
                    digest,
                    "`evidence_file` beside it",
                    "name the file, or remove the digest",
                );
            }
            return None;
        };
        let text = self.reader.text(node)?;
        let from = path.parent().unwrap_or(Path::new(""));
        let found = within(&self.folder, from, text).and_then(|path| Ok((digest_of(&path)?, path)));
        let ((bytes, sha256), path) = match found {
            Ok(found) => found,
            Err((message, help)) => {
                let problem =
                    Problem::new("attestation::evidence", message, node.place(), "this file");
                self.reader.push(problem.help(help));
                return None;
            }
        };
        if let Some(digest) = digest
            && self.reader.text(digest)?.trim().to_ascii_lowercase() != sha256
        {
            self.reader.push(
                Problem::new(
                    "attestation::changed",
                    "the file of evidence is not the one that was attested: its SHA-256 is another",
                    digest.place(),
                    "the digest of then",
                )
                .and_at(node.place(), "this file")
                .help("put the file of then back, or answer again"),
            );
            return None;
        }
        Some(EvidenceFileStatement {
            file: self.below(&path),
            bytes,
            sha256,
        })
    }

    /// Of two answers to one control on one day nobody can tell which one counts.
    fn refuse_two_of_one_day(&mut self) {
        let mut problems = Vec::new();
        for pair in self.found.windows(2) {
            let [(newer, places), (older, first)] = pair else {
                continue;
            };
            let is_one_day = newer.attested_on.is_some() && newer.attested_on == older.attested_on;
            let have_order = newer.attested_at.is_some()
                && older.attested_at.is_some()
                && newer.attested_at != older.attested_at;
            if newer.control == older.control && is_one_day && !have_order {
                problems.push(
                    Problem::new(
                        "attestation::same_day",
                        format!("two answers to `{}` are of one day", newer.control),
                        places.attested_on.clone(),
                        "this one",
                    )
                    .and_at(first.attested_on.clone(), "and this one")
                    .help("remove one of them, or write the time too: `2026-11-17T14:30:00Z`"),
                );
            }
        }
        problems
            .into_iter()
            .for_each(|problem| self.reader.push(problem));
    }
}

/// What every attestation says, as far as it is filled in and without a mistake.
struct Given {
    statement: Option<String>,
    attested_by: Option<String>,
    reviewed_by: Option<String>,
    attested: Option<(Date, Option<Timestamp>)>,
    until: Option<Date>,
    evidence: Option<EvidenceFileStatement>,
}

impl Given {
    /// Keys that are not filled in yet.
    fn lacks(&self, needs_file: bool) -> Vec<String> {
        let needed = [
            (self.statement.is_some(), "statement"),
            (self.evidence.is_some() || !needs_file, "evidence_file"),
            (self.attested_by.is_some(), "attested_by"),
            (self.reviewed_by.is_some(), "reviewed_by"),
            (self.attested.is_some(), "attested_on"),
        ];
        let missing = needed.iter().filter(|(is_there, _)| !is_there);
        missing.map(|(_, key)| (*key).to_owned()).collect()
    }

    /// What is stated of it; what it answers is left to whoever knows.
    fn statement(self, node: &Node, file: &str, sha256: &str) -> AnswerStatement {
        AnswerStatement {
            control: String::new(),
            policies: None,
            question: None,
            answer: None,
            statement: self.statement,
            attested_by: self.attested_by,
            reviewed_by: self.reviewed_by,
            attested_on: self.attested.map(|(day, _)| day),
            attested_at: self.attested.and_then(|(_, time)| time),
            valid_until: self.until,
            evidence: self.evidence,
            lacks: Vec::new(),
            file: file.to_owned(),
            line: node
                .file
                .line(crate::diagnostic::reader::start_of(node).span.start),
            sha256: sha256.to_owned(),
        }
    }
}

/// How many lines a text may have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    One,
    Several,
}

/// The value under `key`, unless nothing is filled in.
fn filled<'n>(map: &'n Node, key: &str) -> Option<&'n Node> {
    map.get(key).filter(|node| node.kind != Kind::Null)
}

fn asks(control: &Control) -> bool {
    matches!(control.requirement, Requirement::Attest(_))
}

/// `2026-11-17` and nothing else: what jiff also takes as a day is refused.
fn is_day(text: &str) -> bool {
    let mut parts = text.split('-').map(str::len);
    text.len() == 10 && [parts.next(), parts.next(), parts.next()] == [Some(4), Some(2), Some(2)]
}

/// Marks that turn the direction of text or take no room: what stands there is not what is read.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests;

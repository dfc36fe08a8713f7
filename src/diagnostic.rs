//! What a person wrote, and what is wrong with it: source text, places in it, and problems.
//!
//! Problems are collected, not thrown: a reader of controls or settings goes on after a mistake, so
//! that [`Problems`] shows all of them at once, each underlined to the byte. [`yaml`] reads YAML with
//! a place for every key and value, `reader` takes it apart.

mod code;
mod github;
mod json;
mod position;
pub(crate) mod reader;
mod sarif;
pub mod yaml;

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents,
};

pub use code::{CODES, Code};
pub use position::Position;

/// Text that a person wrote, under the name that they know it by. Cheap to copy.
#[derive(Clone)]
pub struct SourceFile(Arc<NamedText>);

struct NamedText {
    name: String,
    text: String,
    /// The first byte that was no text.
    damage: Option<usize>,
}

impl SourceFile {
    /// `text` under `name`: a path as given, or what else tells where the text is from.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> SourceFile {
        SourceFile(Arc::new(NamedText {
            name: name.into(),
            text: text.into(),
            damage: None,
        }))
    }

    /// The file `name` of these bytes. Whatever in them is no UTF-8 is replaced by U+FFFD and remembered,
    /// so that a reader can tell it with its place.
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> SourceFile {
        let (text, damage) = match String::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => {
                let damage = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                (text, Some(damage))
            }
        };
        SourceFile(Arc::new(NamedText {
            name: name.into(),
            text,
            damage,
        }))
    }

    /// The first byte that was no UTF-8, as a place in [`text`](SourceFile::text).
    pub fn damage(&self) -> Option<Place> {
        let start = self.0.damage?;
        let width = self.text()[start..]
            .chars()
            .next()
            .map_or(0, char::len_utf8);
        Some(self.place(Span::new(start, start + width)))
    }

    /// The name, as given.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The name without folders and without the ending of YAML: `accounts-idle`.
    pub fn stem(&self) -> &str {
        let name = self.name();
        let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
        base.strip_suffix(".yaml")
            .or_else(|| base.strip_suffix(".yml"))
            .unwrap_or(base)
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The text of `span`; empty where the span leaves the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text().get(span.range()).unwrap_or_default()
    }

    /// The line that holds the byte at `offset`, counted from 1.
    pub fn line(&self, offset: usize) -> u32 {
        let before = &self.text().as_bytes()[..offset.min(self.text().len())];
        let breaks = before.iter().filter(|byte| **byte == b'\n').count();
        u32::try_from(breaks + 1).unwrap_or(u32::MAX)
    }

    /// The place of `span` in this file.
    pub fn place(&self, span: Span) -> Place {
        Place {
            file: self.clone(),
            span,
        }
    }
}

impl PartialEq for SourceFile {
    fn eq(&self, other: &SourceFile) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.name() == other.name() && self.text() == other.text())
    }
}

impl Eq for SourceFile {}

impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SourceFile({})", self.name())
    }
}

impl SourceCode for SourceFile {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        context_lines_before: usize,
        context_lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, miette::MietteError> {
        let contents = self
            .text()
            .read_span(span, context_lines_before, context_lines_after)?;
        // Without lines around it nothing is shown: whoever asks wants to know the place alone.
        let is_shown = context_lines_before + context_lines_after > 0;
        if is_shown && contents.data().len() > CONTEXT_BYTES_MAX {
            return Ok(self.window(*span));
        }
        Ok(Box::new(MietteSpanContents::new_named(
            self.name().to_owned(),
            contents.data(),
            *contents.span(),
            contents.line(),
            contents.column(),
            contents.line_count(),
        )))
    }
}

/// Bytes of text around a place that are shown with their whole lines; in longer lines only a window is.
const CONTEXT_BYTES_MAX: usize = 4_000;
/// Bytes of a message; of a longer one the middle is left out.
const MESSAGE_BYTES_MAX: usize = 1_000;
/// Bytes of one line that are underlined.
const UNDERLINED_BYTES_MAX: usize = 200;
/// Bytes before and after a place in a window.
const WINDOW_BYTES: usize = 40;

impl SourceFile {
    /// A piece of a very long line, around `span`.
    fn window<'a>(&'a self, span: SourceSpan) -> Box<dyn SpanContents<'a> + 'a> {
        let text = self.text();
        let start = text.floor_char_boundary(span.offset().saturating_sub(WINDOW_BYTES));
        let end = span.offset().saturating_add(span.len());
        let end = text.ceil_char_boundary(end.saturating_add(WINDOW_BYTES).min(text.len()));
        let position = self.position(start);
        Box::new(MietteSpanContents::new_named(
            self.name().to_owned(),
            &text.as_bytes()[start..end],
            SourceSpan::from((start, end - start)),
            // miette counts from 0.
            position.line as usize - 1,
            position.column as usize - 1,
            1,
        ))
    }
}

/// Bytes of a text: the first, and the one after the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// The bytes from `start` to before `end`.
    pub fn new(start: usize, end: usize) -> Span {
        Span { start, end }
    }

    /// The span as a range.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// A span of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: SourceFile,
    /// The bytes.
    pub span: Span,
}

impl Place {
    /// The line that it starts in, counted from 1.
    pub fn line(&self) -> u32 {
        self.file.line(self.span.start)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.name(), self.line())
    }
}

/// A place with a word on what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub place: Place,
    /// What to see there; may be empty.
    pub text: String,
}

/// One mistake of an author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind, stable: `control::unknown_field`.
    pub code: &'static str,
    /// What is wrong: lower case, no full stop, no line break, the author's words in backticks.
    pub message: String,
    /// Where, the main place first; several where two places disagree, also in several files.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
}

impl Problem {
    /// A problem at `place`, whose underline says `label`.
    pub fn new(
        code: &'static str,
        message: impl Into<String>,
        place: Place,
        label: impl Into<String>,
    ) -> Problem {
        Problem {
            code,
            message: of_bearable_length(message.into()),
            labels: vec![Label {
                place,
                text: label.into(),
            }],
            help: None,
        }
    }

    /// A problem that has no place in any text.
    pub fn without_place(code: &'static str, message: impl Into<String>) -> Problem {
        Problem {
            code,
            message: of_bearable_length(message.into()),
            labels: Vec::new(),
            help: None,
        }
    }

    /// The same, with what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }

    /// The same, pointing at a second place.
    #[must_use]
    pub fn and_at(mut self, place: Place, label: impl Into<String>) -> Problem {
        self.labels.push(Label {
            place,
            text: label.into(),
        });
        self
    }

    /// The text that the main place underlines; empty if it has none.
    pub fn underlined(&self) -> &str {
        self.labels
            .first()
            .map(|label| label.place.file.slice(label.place.span))
            .unwrap_or_default()
    }

    fn order(&self, other: &Problem) -> Ordering {
        fn key(problem: &Problem) -> Option<(&str, Span)> {
            let place = &problem.labels.first()?.place;
            Some((place.file.name(), place.span))
        }
        key(self)
            .cmp(&key(other))
            .then_with(|| self.message.cmp(&other.message))
    }

    /// Labels in the main file, and those elsewhere.
    fn labels_by_file(&self) -> (Vec<&Label>, Vec<&Label>) {
        let Some(main) = self.labels.first() else {
            return (Vec::new(), Vec::new());
        };
        self.labels
            .iter()
            .partition(|label| label.place.file == main.place.file)
    }
}

/// Every problem that was found, in order of file and position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>); // INVARIANT (sorted problems): `push` keeps the order.

impl Problems {
    /// No problems.
    pub fn none() -> Problems {
        Problems::default()
    }

    /// Adds one, unless it is there: what an alias repeats is told once.
    pub fn push(&mut self, problem: Problem) {
        let at = self
            .0
            .partition_point(|other| other.order(&problem) != Ordering::Greater);
        let alike = self.0[..at]
            .iter()
            .rev()
            .take_while(|other| other.order(&problem) == Ordering::Equal);
        if !alike.into_iter().any(|other| *other == problem) {
            self.0.insert(at, problem);
        }
    }

    /// Adds all of `others`.
    pub fn extend(&mut self, others: Problems) {
        others.0.into_iter().for_each(|problem| self.push(problem));
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Each, in order of file and position.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    /// `value` if there is no problem.
    ///
    /// # Errors
    /// The problems.
    pub fn or<T>(self, value: T) -> Result<T, Problems> {
        if self.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }

    /// All of them as text for a person, each with its lines and underlines.
    pub fn render(&self, look: Look) -> String {
        let theme = match look {
            Look::Terminal => GraphicalTheme::unicode(),
            Look::Plain => GraphicalTheme::none(),
        };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .with_width(RENDER_WIDTH)
            .without_syntax_highlighting();
        let mut text = String::new();
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                text.push('\n');
            }
            handler
                .render_report(&mut text, &Shown::new(problem))
                .expect("writing to a string does not fail");
        }
        text
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<Problem> for Problems {
    fn from_iter<I: IntoIterator<Item = Problem>>(problems: I) -> Problems {
        let mut all = Problems::none();
        problems.into_iter().for_each(|problem| all.push(problem));
        all
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Problems {
        Problems(vec![problem])
    }
}

/// Columns that a rendered problem takes; longer help is wrapped.
const RENDER_WIDTH: usize = 110;

/// How problems look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// With colours and box-drawing signs.
    Terminal,
    /// ASCII signs (the author's text stays as it is), no colours: for logs and files.
    Plain,
}

/// A problem as miette wants it: labels of one file each, other files as related ones.
struct Shown<'p> {
    problem: &'p Problem,
    here: Vec<&'p Label>,
    elsewhere: Vec<Elsewhere<'p>>,
}

impl<'p> Shown<'p> {
    fn new(problem: &'p Problem) -> Shown<'p> {
        let (here, elsewhere) = problem.labels_by_file();
        Shown {
            problem,
            here,
            elsewhere: elsewhere.into_iter().map(Elsewhere).collect(),
        }
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.problem.code))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.problem
            .help
            .as_ref()
            .map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.here
            .first()
            .map(|label| &label.place.file as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        if self.here.is_empty() {
            return None;
        }
        let main = self.here.iter().take(1).map(|label| underline(label, true));
        let others = self
            .here
            .iter()
            .skip(1)
            .map(|label| underline(label, false));
        Some(Box::new(main.chain(others)))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        if self.elsewhere.is_empty() {
            return None;
        }
        Some(Box::new(
            self.elsewhere.iter().map(|label| label as &dyn Diagnostic),
        ))
    }
}

/// A label in another file than the main one.
struct Elsewhere<'p>(&'p Label);

impl fmt::Debug for Elsewhere<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Elsewhere<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl std::error::Error for Elsewhere<'_> {}

impl Diagnostic for Elsewhere<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(miette::Severity::Advice)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.0.place.file)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(underline(self.0, true))))
    }
}

fn underline(label: &Label, is_main: bool) -> LabeledSpan {
    let text = (!label.text.is_empty()).then(|| label.text.clone());
    let Place { file, span } = &label.place;
    let length = underlined_bytes(file.slice(*span));
    let span = SourceSpan::from((span.start, length));
    if is_main {
        LabeledSpan::new_primary_with_span(text, span)
    } else {
        LabeledSpan::new_with_span(text, span)
    }
}

/// Bytes of `text` that are underlined. Of a line that nobody could look over it is the beginning; several lines of
/// common length are marked beside the text, and stay whole.
fn underlined_bytes(text: &str) -> usize {
    let line = text.lines().next().unwrap_or_default();
    if line.len() <= UNDERLINED_BYTES_MAX {
        return text.len();
    }
    text.floor_char_boundary(UNDERLINED_BYTES_MAX)
}

/// `message` as it is, or without its middle: it may repeat a text of any length that somebody wrote.
fn of_bearable_length(message: String) -> String {
    if message.len() <= MESSAGE_BYTES_MAX {
        return message;
    }
    let beginning = message.floor_char_boundary(MESSAGE_BYTES_MAX / 2);
    let end = message.ceil_char_boundary(message.len() - MESSAGE_BYTES_MAX / 4);
    format!("{}…{}", &message[..beginning], &message[end..])
}

/// The word of `known` that was probably meant by `word`, if one is near.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    // A third of the letters may be wrong: `acount` finds `account`, `foo` finds nothing.
    let errors_max = word.chars().count().div_ceil(3);
    known
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(word, known), known))
        .filter(|(errors, _)| *errors <= errors_max)
        .min()
        .map(|(_, known)| known)
}

/// Help for the unknown `word`: the one that was probably meant, else all of `known`.
pub fn did_you_mean<'k>(word: &str, known: impl IntoIterator<Item = &'k str> + Clone) -> String {
    match nearest(word, known.clone()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("known: {}", listed(known)),
    }
}

/// Words in backticks, separated by commas.
pub fn listed<'k>(words: impl IntoIterator<Item = &'k str>) -> String {
    words
        .into_iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests;

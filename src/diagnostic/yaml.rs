//! YAML text -> tree of nodes, each with its place. The only reader of YAML that people write.
//!
//! serde-saphyr parses; this module fixes how: `true` and `false` alone are booleans, a key stands
//! once in a map, there are no merge keys, no tags of one's own and one document a file, aliases and
//! nesting have limits. What the keys mean is left to whoever asked.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};
use serde_saphyr::{Location, Spanned};

use super::{Place, Problem, SourceFile, Span};

/// Bytes that a file may have.
pub const FILE_BYTES_MAX: usize = 1024 * 1024;
/// Levels of lists and maps: far more than a control needs, far fewer than fill the stack of a thread.
pub const DEPTH_MAX: usize = 24;
/// Nodes of a file, those that aliases repeat included.
pub const NODE_COUNT_MAX: usize = 20_000;
/// Aliases of a file.
pub const ALIAS_COUNT_MAX: usize = 100;

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where it is written; for an alias, where the value that it stands for is written.
    pub span: Span,
    /// The file that it is written in.
    pub file: SourceFile,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Nothing, `null` or `~`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number that fits 64 bits with sign.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order written; a key stands once.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key is written.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Entry {
    /// Where the key is written.
    pub fn key_place(&self) -> Place {
        self.value.file.place(self.key_span)
    }
}

impl Node {
    /// Where it is written.
    pub fn place(&self) -> Place {
        self.file.place(self.span)
    }

    /// What it is, with an article, for "expected a list, found …".
    pub fn described(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "nothing",
            Kind::Boolean(_) => "a boolean",
            Kind::Integer(number) if *number < 0 => "a negative number",
            Kind::Integer(_) => "a whole number",
            Kind::Float(_) => "a number",
            Kind::Text(text) if text.trim().is_empty() => "empty text",
            Kind::Text(_) => "text",
            Kind::List(elements) if elements.is_empty() => "an empty list",
            Kind::List(_) => "a list",
            Kind::Map(entries) if entries.is_empty() => "an empty map",
            Kind::Map(_) => "a map",
        }
    }

    /// A scalar as text: `1.10` without quotes is the text `1.10` for whoever wants text. `None` for
    /// nothing, lists and maps.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            Kind::Boolean(_) | Kind::Integer(_) | Kind::Float(_) => {
                Some(self.file.slice(self.span))
            }
            Kind::Null | Kind::List(_) | Kind::Map(_) => None,
        }
    }

    /// The entries of a map.
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The entry under `key`, if this is a map that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries()?.iter().find(|entry| entry.key == key)
    }

    /// The value under `key`, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Where the bytes `within` of a text are written, whatever its quotes, escapes and line breaks;
    /// the whole text if that cannot be told.
    pub fn place_within(&self, within: Range<usize>) -> Place {
        let Kind::Text(text) = &self.kind else {
            return self.place();
        };
        let offsets = source_offsets(text, self.file.slice(self.span));
        let Some(written) = offsets.get(within.start..=within.end) else {
            return self.place();
        };
        let start = self.span.start + written[0];
        let mut end = self.span.start + written[written.len() - 1];
        // Blanks between the last byte and the next belong to neither.
        if end > start {
            let width = self.file.slice(Span::new(start, end)).trim_end().len();
            end = start + width.max(1);
        }
        self.file.place(Span::new(start, end))
    }
}

/// For every byte of `text`, and its end, where in `source` it is written; empty if the two cannot be
/// aligned. Bytes of one character share its start.
///
/// Only blanks, quotes and escapes differ between what is written and what it means, so walking both
/// side by side suffices for every style of YAML. A block's text may itself start with a quote, so a
/// style that does not fit gives way to the next.
fn source_offsets(text: &str, source: &str) -> Vec<usize> {
    let styles: &[Style] = match source.as_bytes().first() {
        Some(b'\'') => &[Style::SingleQuoted, Style::Bare],
        Some(b'"') => &[Style::DoubleQuoted, Style::Bare],
        _ => &[Style::Bare],
    };
    styles
        .iter()
        .find_map(|style| aligned(*style, text, source))
        .unwrap_or_default()
}

fn aligned(style: Style, text: &str, source: &str) -> Option<Vec<usize>> {
    let mut at = match style {
        Style::Bare => 0,
        Style::SingleQuoted | Style::DoubleQuoted => 1,
    };
    let mut offsets = Vec::with_capacity(text.len() + 1);
    for character in text.chars() {
        if !character.is_whitespace() {
            at += blanks(style, &source[at..]);
        }
        match style.unit(&source[at..]) {
            Some((unit, width)) if unit == character => {
                offsets.extend(std::iter::repeat_n(at, character.len_utf8()));
                at += width;
            }
            // A folded line break or an indentation: it stands here, but is written otherwise.
            _ if character.is_whitespace() => {
                offsets.extend(std::iter::repeat_n(at, character.len_utf8()));
            }
            _ => return None,
        }
    }
    offsets.push(at);
    Some(offsets)
}

/// How a text is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// Without quotes, or as a block.
    Bare,
    SingleQuoted,
    DoubleQuoted,
}

impl Style {
    /// The character that `source` starts with, and the bytes that it is written in.
    fn unit(self, source: &str) -> Option<(char, usize)> {
        let first = source.chars().next()?;
        match self {
            Style::SingleQuoted if first == '\'' => source.starts_with("''").then_some(('\'', 2)),
            Style::DoubleQuoted if first == '"' => None,
            Style::DoubleQuoted if first == '\\' => escaped(source),
            _ => Some((first, first.len_utf8())),
        }
    }
}

/// Bytes of blanks, and of escaped line breaks, that `source` starts with.
fn blanks(style: Style, source: &str) -> usize {
    let mut at = 0;
    loop {
        let rest = &source[at..];
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        let breaks = trimmed.starts_with("\\\n") || trimmed.starts_with("\\\r\n");
        if style != Style::DoubleQuoted || !breaks {
            return at;
        }
        at += 1;
    }
}

/// The character of the escape that `source` starts with, and the bytes that it is written in.
///
/// Source: YAML 1.2.2, section 5.7.
fn escaped(source: &str) -> Option<(char, usize)> {
    let letter = source[1..].chars().next()?;
    let digits = match letter {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    if digits > 0 {
        let hexadecimal = source.get(2..2 + digits)?;
        let character = char::from_u32(u32::from_str_radix(hexadecimal, 16).ok()?)?;
        return Some((character, 2 + digits));
    }
    let character = match letter {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        other => other,
    };
    Some((character, 1 + letter.len_utf8()))
}

/// Reads the one document of `file`.
///
/// # Errors
/// The first mistake of form, as a problem with its place.
pub fn read(file: &SourceFile) -> Result<Node, Problem> {
    let text = file.text();
    if let Some(damage) = file.damage() {
        let help = match text.as_bytes().contains(&0) {
            // Every other byte of western text in UTF-16 is 0.
            true => "it looks like UTF-16: save it in UTF-8",
            false => "save it in UTF-8; other encodings are not read",
        };
        return Err(Problem::new(
            "yaml::encoding",
            "the file is not text in UTF-8",
            damage,
            "the first byte that is none",
        )
        .help(help));
    }
    if text.len() > FILE_BYTES_MAX {
        return Err(Problem::new(
            "yaml::too_large",
            format!("the file has more than {FILE_BYTES_MAX} bytes"),
            file.place(Span::new(0, 0)),
            "",
        )
        .help("split it into several files"));
    }
    let options = serde_saphyr::options! {
        strict_booleans: true,
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        reject_unsupported_tags: true,
        with_snippet: false,
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: NODE_COUNT_MAX,
        },
        budget: serde_saphyr::budget! {
            max_depth: DEPTH_MAX,
            max_nodes: NODE_COUNT_MAX,
            max_aliases: ALIAS_COUNT_MAX,
        },
    };
    let parsed = serde_saphyr::from_str_with_options::<Parsed>(text, options)
        .map_err(|error| problem(file, &error))?;
    let node = parsed.into_node(file);
    check_what_the_parser_lets_pass(&node)?;
    Ok(node)
}

/// To the parser `1` and `"1"` are two keys, to us they are one. A whole number of more than 64 bits it gives as
/// the nearest that it can hold; nobody would see that another number is compared.
fn check_what_the_parser_lets_pass(node: &Node) -> Result<(), Problem> {
    match &node.kind {
        Kind::Float(_) if is_whole_number(node.file.slice(node.span)) => {
            Err(
                Problem::new("yaml::syntax", NUMBER_TOO_LARGE, node.place(), "here")
                    .help("write a smaller number, or put it in quotes if it is text"),
            )
        }
        Kind::List(elements) => elements
            .iter()
            .try_for_each(check_what_the_parser_lets_pass),
        Kind::Map(entries) => {
            for (index, entry) in entries.iter().enumerate() {
                let first = entries[..index].iter().find(|other| other.key == entry.key);
                if let Some(first) = first {
                    let first = first.key_place();
                    return Err(duplicate_key(&entry.key, entry.key_place(), Some(first)));
                }
                check_what_the_parser_lets_pass(&entry.value)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn is_whole_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// A node as the parser gives it.
struct Parsed(Spanned<ParsedKind>);

enum ParsedKind {
    Scalar(Kind),
    List(Vec<Parsed>),
    Map(Vec<(Spanned<String>, Parsed)>),
}

impl Parsed {
    fn into_node(self, file: &SourceFile) -> Node {
        // What an alias repeats is written where its anchor is.
        let own = span_of(self.0.defined, file.text());
        let (kind, end) = match self.0.value {
            ParsedKind::Scalar(kind) => (kind, own.end),
            ParsedKind::List(elements) => {
                let nodes: Vec<Node> = elements
                    .into_iter()
                    .map(|element| element.into_node(file))
                    .collect();
                let last = nodes.last().map(|node| node.span.end);
                (Kind::List(nodes), closed(file.text(), own, last, ']'))
            }
            ParsedKind::Map(entries) => {
                let entries: Vec<Entry> = entries
                    .into_iter()
                    .map(|(key, value)| Entry {
                        key_span: span_of(key.defined, file.text()),
                        key: key.value,
                        value: value.into_node(file),
                    })
                    .collect();
                let last = entries
                    .last()
                    .map(|entry| entry.value.span.end.max(entry.key_span.end));
                (Kind::Map(entries), closed(file.text(), own, last, '}'))
            }
        };
        Node {
            kind,
            span: Span::new(own.start, end),
            file: file.clone(),
        }
    }
}

/// Where a list or map ends of which the parser tells only the start: after its last child, and after
/// the closing bracket if it has one. An alias inside may point back; then it ends where it starts.
fn closed(text: &str, own: Span, last: Option<usize>, bracket: char) -> usize {
    let last = last.unwrap_or(own.start).max(own.end).max(own.start);
    let is_flow = matches!(text.as_bytes().get(own.start), Some(b'[' | b'{'));
    if !is_flow {
        return last;
    }
    let from = last.max(own.start + 1);
    let rest = text.get(from..).unwrap_or_default();
    let between = rest
        .find(|character: char| !character.is_whitespace() && character != ',')
        .unwrap_or(rest.len());
    if rest[between..].starts_with(bracket) {
        from + between + 1
    } else {
        last
    }
}

/// The bytes of a place that the parser tells.
fn span_of(location: Location, text: &str) -> Span {
    let span = location.span();
    let start = span.byte_offset().map_or(0, |start| start as usize);
    let length = span.byte_len().map_or(0, |length| length as usize);
    let start = boundary(text, start);
    let written = &text[start..boundary(text, start.saturating_add(length))];
    // Of a block the parser also counts the line break after it.
    Span::new(start, start + written.trim_end().len())
}

/// The nearest place at or before `at` where a character starts.
fn boundary(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at.min(text.len()))
}

impl<'de> Deserialize<'de> for Parsed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Spanned::deserialize(deserializer).map(Parsed)
    }
}

impl<'de> Deserialize<'de> for ParsedKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = ParsedKind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<ParsedKind, E> {
        Ok(ParsedKind::Scalar(Kind::Null))
    }

    fn visit_none<E>(self) -> Result<ParsedKind, E> {
        Ok(ParsedKind::Scalar(Kind::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<ParsedKind, E> {
        Ok(ParsedKind::Scalar(Kind::Boolean(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<ParsedKind, E> {
        Ok(ParsedKind::Scalar(Kind::Integer(value)))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<ParsedKind, E> {
        i64::try_from(value)
            .map(|value| ParsedKind::Scalar(Kind::Integer(value)))
            .map_err(|_| E::custom(NUMBER_TOO_LARGE))
    }

    fn visit_i128<E: serde::de::Error>(self, value: i128) -> Result<ParsedKind, E> {
        i64::try_from(value)
            .map(|value| ParsedKind::Scalar(Kind::Integer(value)))
            .map_err(|_| E::custom(NUMBER_TOO_LARGE))
    }

    fn visit_u128<E: serde::de::Error>(self, value: u128) -> Result<ParsedKind, E> {
        i64::try_from(value)
            .map(|value| ParsedKind::Scalar(Kind::Integer(value)))
            .map_err(|_| E::custom(NUMBER_TOO_LARGE))
    }

    fn visit_f64<E>(self, value: f64) -> Result<ParsedKind, E> {
        Ok(ParsedKind::Scalar(Kind::Float(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<ParsedKind, E> {
        Ok(ParsedKind::Scalar(Kind::Text(value.to_owned())))
    }

    fn visit_string<E>(self, value: String) -> Result<ParsedKind, E> {
        Ok(ParsedKind::Scalar(Kind::Text(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<ParsedKind, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element()? {
            list.push(element);
        }
        Ok(ParsedKind::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<ParsedKind, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(ParsedKind::Map(map))
    }
}

const NUMBER_TOO_LARGE: &str = "the number does not fit 64 bits";

/// A mistake that the parser found, in words for an author.
fn problem(file: &SourceFile, error: &serde_saphyr::Error) -> Problem {
    use serde_saphyr::Error;
    let error = match error.without_snippet() {
        Error::AliasError { error, .. } => error,
        error => error,
    };
    let at = error
        .location()
        .map_or(0, |location| offset_of(location, file.text()));
    let place = file.place(word_at(file.text(), at));
    match error {
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().unwrap_or_default();
            duplicate_key(
                key,
                place,
                key_before(file.text(), at, key).map(|span| file.place(span)),
            )
        }
        Error::MergeKeyNotAllowed { .. } => Problem::new(
            "yaml::merge_key",
            "merge keys are not taken: a reader could not see what applies",
            place,
            "not taken",
        )
        .help("write the keys out"),
        Error::MultipleDocuments { .. } => Problem::new(
            "yaml::several_documents",
            "the file holds more than one document",
            place,
            "a second one starts here",
        )
        .help("one file, one document: remove `---` or split the file"),
        Error::UnsupportedTag { tag, .. } => Problem::new(
            "yaml::tag",
            format!("the tag `{tag}` is not known"),
            place,
            "not known",
        )
        .help("remove the tag, or put the text in quotes"),
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => Problem::new(
            "yaml::too_much",
            "the file has too many levels, nodes or aliases",
            place,
            "here a limit is reached",
        )
        .help(format!(
            "at most {DEPTH_MAX} levels, {NODE_COUNT_MAX} nodes and {ALIAS_COUNT_MAX} aliases a file"
        )),
        _ => {
            let message = one_line(&error.to_string());
            let known = SYNTAX_HELP.iter().find(|(part, _, _)| message.contains(part));
            match known {
                Some((_, message, help)) => {
                    Problem::new("yaml::syntax", *message, place, "here").help(*help)
                }
                None => Problem::new("yaml::syntax", message, place, "here"),
            }
        }
    }
}

/// What the parser says of the commonest mistakes (a part of it), the same in an author's words, and help.
const SYNTAX_HELP: &[(&str, &str, &str)] = &[
    (
        "tabs disallowed",
        "a tab stands where lines are indented",
        "indent with blanks",
    ),
    (
        "mapping values are not allowed",
        "a `:` stands where no key can be",
        "put text with `: ` in quotes, or look at the indentation of this line",
    ),
    (
        "unexpected character: `\\u{",
        "a control character stands in the file",
        "remove it; in double quotes a text can name one: `\\u0007`",
    ),
    (
        "unexpected character",
        "a text cannot begin with this sign",
        "put the text in quotes",
    ),
    (
        "simple key expect",
        "a key has no `:` behind it",
        "write `key: value`; a text that goes on in the next line is indented there",
    ),
    (
        "invalid u64",
        "the tag asks for a number, and this is none",
        "remove the tag",
    ),
    (
        "multiline quoted scalar",
        "a line in quotes is not indented",
        "a quote that was opened above may lack its end",
    ),
    (
        "recursive references",
        "an alias stands inside what it repeats",
        "write out what is meant",
    ),
    (
        "unknown anchor",
        "the alias names no anchor",
        "put the text in quotes if the `*` belongs to it",
    ),
    (
        "expected string scalar",
        "a key is not text",
        "write one word before the `:`",
    ),
];

fn duplicate_key(key: &str, second: Place, first: Option<Place>) -> Problem {
    let problem = Problem::new(
        "yaml::duplicate_key",
        format!("the key `{key}` stands twice in one map"),
        second,
        "the second one",
    )
    .help("keep one of the two");
    match first {
        Some(first) => problem.and_at(first, "the first one"),
        None => problem,
    }
}

/// The byte that a mistake stands at; the parser tells some only by line and column.
fn offset_of(location: Location, text: &str) -> usize {
    if let Some(offset) = location.span().byte_offset() {
        return boundary(text, offset as usize);
    }
    let line_index = (location.line() as usize).saturating_sub(1);
    let Some(line) = text.split_inclusive('\n').nth(line_index) else {
        return text.len();
    };
    let line_start = line.as_ptr().addr() - text.as_ptr().addr();
    let column = (location.column() as usize).saturating_sub(1);
    let within = line
        .char_indices()
        .nth(column)
        .map_or(line.trim_end().len(), |(at, _)| at);
    line_start + within
}

/// The word or sign at a point, so that there is something to underline.
fn word_at(text: &str, at: usize) -> Span {
    let rest = &text[at..];
    let ends = |character: char| character.is_whitespace() || ",:[]{}".contains(character);
    let width = match rest.chars().next() {
        Some(first) if first.is_whitespace() => 0,
        Some(first) if ends(first) => first.len_utf8(),
        _ => rest.find(ends).unwrap_or(rest.len()),
    };
    Span::new(at, at + width)
}

/// Where the same key stands before, in a block map: the nearest line above with the same indentation.
fn key_before(text: &str, at: usize, key: &str) -> Option<Span> {
    let line_start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let indentation = &text[line_start..at];
    if !indentation.trim().is_empty() {
        return None;
    }
    let mut end = line_start;
    while end > 0 {
        let start = text[..end - 1].rfind('\n').map_or(0, |end| end + 1);
        let found = text[start..end]
            .strip_prefix(indentation)
            .and_then(|line| line.strip_prefix(key))
            .is_some_and(|rest| rest.trim_start().starts_with(':'));
        if found {
            let key_start = start + indentation.len();
            return Some(Span::new(key_start, key_start + key.len()));
        }
        end = start;
    }
    None
}

/// A parser's message on one line, without the place that it repeats and without its full stop.
fn one_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let line = line
        .split(" at line ")
        .next()
        .unwrap_or_default()
        .trim_end_matches('.');
    let mut characters = line.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => "the text is no YAML".to_owned(),
    }
}

//! Text with parameters and counts in it: minijinja, where an unknown name is a mistake.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use minijinja::value::ValueKind;
use minijinja::{Environment, Output, State, UndefinedBehavior};
use regex::Regex;
use serde_json::Value;

use super::Parameter;
use super::reader::Reader;
use crate::catalog::DatasetRef;
use crate::diagnostic::yaml::Node;
use crate::diagnostic::{Place, Problem, did_you_mean, listed};

/// Instructions that one text may take.
const FUEL: u64 = 50_000;
/// Bytes that one text may come to.
const RENDERED_BYTES_MAX: usize = 64 * 1024;
/// Name of the only template in a text's environment; errors name it.
const TEMPLATE: &str = "text";

/// What stands for a parameter without a value.
pub const UNSET: &str = "(not set)";

/// Counts that a text may name as `population.<count>`.
pub const POPULATION_COUNTS: &[&str] = &[
    "fetched", "outside", "excluded", "selected", "in_scope", "pass", "fail", "unknown", "error",
];

/// A text that was checked: every name in it will be there.
#[derive(Clone)]
pub struct Text {
    source: String,
    /// `None` if there is nothing to put in.
    template: Option<Arc<Environment<'static>>>,
    names: Vec<String>,
    /// What it is made of, if that is words and names only.
    pieces: Option<Arc<[Piece]>>,
    /// Where it is written; `None` for a text that says nothing.
    place: Option<Place>,
}

/// A part of a text.
#[derive(Debug)]
enum Piece {
    /// Stands as it is.
    Words(String),
    /// A name with at most one dot.
    Name(String),
}

impl Text {
    /// A text that says nothing.
    pub fn empty() -> Text {
        Text {
            source: String::new(),
            template: None,
            names: Vec::new(),
            pieces: None,
            place: None,
        }
    }

    /// Where it is written, if it is.
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// The text as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Names in it, ascending: `idle_days`, `subject.email`, `population.selected`.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Fields of the subject that it names, ascending.
    pub fn subject_fields(&self) -> impl Iterator<Item = &str> {
        self.names
            .iter()
            .filter_map(|name| name.strip_prefix("subject."))
    }

    /// The text with `values` put in. These hold parameters under their names, and where the text may
    /// name them: `subject` (a map of every field of [`Text::subject_fields`], absent ones and `null` in
    /// words), `population` (a map of [`POPULATION_COUNTS`]), `member` and `state`.
    ///
    /// # Errors
    /// A value is missing, or the text takes too much work or grows too long.
    pub fn render(&self, values: &Value) -> Result<String, TextError> {
        let Some(environment) = &self.template else {
            return Ok(self.source.clone());
        };
        let rendered = environment
            .get_template(TEMPLATE)
            .and_then(|template| template.render(minijinja::value::Serde(values)))
            .map_err(|error| TextError(error.to_string()))?;
        if rendered.len() > RENDERED_BYTES_MAX {
            return Err(TextError(format!(
                "the text has more than {RENDERED_BYTES_MAX} bytes"
            )));
        }
        Ok(rendered)
    }

    /// The same as [`render`](Text::render) at a small part of its cost, with what `word` says of each name; `None` if
    /// there is more in the text than names, or `word` does not know one. Findings have a text each.
    pub fn fill<'t>(&'t self, word: impl Fn(&'t str) -> Option<Cow<'t, str>>) -> Option<String> {
        let mut filled = String::new();
        for piece in self.pieces.as_deref()? {
            match piece {
                Piece::Words(words) => filled.push_str(words),
                Piece::Name(name) => filled.push_str(&word(name)?),
            }
        }
        (filled.len() <= RENDERED_BYTES_MAX).then_some(filled)
    }

    /// Reads and checks the text in `node`.
    pub(super) fn read(reader: &mut Reader, node: &Node, scope: &TextScope<'_>) -> Option<Text> {
        let source = reader.text(node)?.trim_end().to_owned();
        if !["{{", "{%", "{#"].iter().any(|sign| source.contains(sign)) {
            return Some(Text {
                source,
                template: None,
                names: Vec::new(),
                pieces: None,
                place: Some(node.place()),
            });
        }
        if let Some(wrong) = not_plain(&source) {
            reader.push(
                Problem::new(
                    "control::template",
                    "a text takes values only".to_owned(),
                    node.place_within(wrong),
                    "not a value",
                )
                .help("write `{{ name }}`, or `{{ name | FILTER }}` with `join(', ')`, `counted('app', 'apps')` or `if_unset('none')`; no blocks, arithmetic or other filters; `{{ '{{' }}` for the signs themselves"),
            );
            return None;
        }
        let mut environment = environment();
        if let Err(error) = environment.add_template_owned(TEMPLATE, source.clone()) {
            let place = match error.range() {
                Some(range) if range.end <= source.len() => node.place_within(range),
                _ => node.place(),
            };
            let detail = error
                .detail()
                .map_or_else(|| error.kind().to_string(), str::to_owned);
            reader.push(
                Problem::new(
                    "control::template",
                    format!("bad template: {detail}"),
                    place,
                    "here",
                )
                .help("write `{{ name }}` for a value; `{{ '{{' }}` for the signs themselves"),
            );
            return None;
        }
        let names: BTreeSet<String> = match environment.get_template(TEMPLATE) {
            Ok(template) => template.undeclared_variables(true).into_iter().collect(),
            Err(_) => BTreeSet::new(),
        };
        for name in &names {
            if let Err(help) = scope.check(name) {
                let place = match find_name(&source, name) {
                    Some(start) => node.place_within(start..start + name.len()),
                    None => node.place(),
                };
                reader.push(
                    Problem::new(
                        "control::unknown_name",
                        format!("this text cannot name `{name}`"),
                        place,
                        "not known here",
                    )
                    .help(help),
                );
            }
        }
        Some(Text {
            pieces: pieces(&source, &names).map(Arc::from),
            source,
            template: Some(Arc::new(environment)),
            names: names.into_iter().collect(),
            place: Some(node.place()),
        })
    }
}

/// Where a text is rendered: an unknown name is a mistake.
fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_formatter(as_yaml_writes_it);
    environment.add_filter("counted", counted);
    environment.add_filter("if_unset", if_unset);
    environment
}

/// `count` with the noun that goes with it: `1 day`, `90 days`. What is no number has the noun for several.
fn counted(count: &minijinja::Value, one: &str, many: &str) -> String {
    let count = count.to_string();
    let noun = if count == "1" { one } else { many };
    format!("{count} {noun}")
}

/// `value`, or `words` in place of a parameter without a value.
fn if_unset(value: &minijinja::Value, words: &str) -> minijinja::Value {
    match value.as_str() {
        Some(UNSET) => words.into(),
        _ => value.clone(),
    }
}

/// What `source` is made of, if that is words and `names` only.
fn pieces(source: &str, names: &BTreeSet<String>) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = source;
    while let Some((words, behind)) = rest.split_once("{{") {
        let (name, behind) = behind.split_once("}}")?;
        let name = names.get(name.trim())?;
        if name.matches('.').count() > 1 {
            return None;
        }
        pieces.push(Piece::Words(words.to_owned()));
        pieces.push(Piece::Name(name.clone()));
        rest = behind;
    }
    pieces.push(Piece::Words(rest.to_owned()));
    Some(pieces)
}

/// Writes `true` as it is written in a control, not as Python would.
fn as_yaml_writes_it(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &minijinja::Value,
) -> Result<(), minijinja::Error> {
    if value.kind() == ValueKind::Bool {
        let word = if value.is_true() { "true" } else { "false" };
        return out.write_str(word).map_err(minijinja::Error::from);
    }
    minijinja::escape_formatter(out, state, value)
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({:?})", self.source)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        self.source == other.source
    }
}

/// A text that does not come to anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TextError(String);

/// What a text may name.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextScope<'s> {
    pub parameters: &'s [Parameter],
    pub subject: Option<&'s DatasetRef>,
    pub has_population: bool,
    pub has_member: bool,
}

impl TextScope<'_> {
    /// Whether `name` may stand in the text; if not, what may.
    fn check(&self, name: &str) -> Result<(), String> {
        let (first, rest) = match name.split_once('.') {
            Some((first, rest)) => (first, Some(rest)),
            None => (name, None),
        };
        match (first, self.subject) {
            ("subject", Some(dataset)) => {
                let fields = dataset.field_names();
                return match rest {
                    Some(field) if dataset.field(field).is_some() => Ok(()),
                    Some(field) => Err(did_you_mean(field, fields)),
                    None => Err("name a field of it, as in `subject.id`".to_owned()),
                };
            }
            ("population", _) if self.has_population => {
                return match rest {
                    Some(count) if POPULATION_COUNTS.contains(&count) => Ok(()),
                    Some(count) => Err(did_you_mean(count, POPULATION_COUNTS.iter().copied())),
                    None => Err("name a count of it, as in `population.selected`".to_owned()),
                };
            }
            ("member" | "state", _) if self.has_member && rest.is_none() => return Ok(()),
            _ => {}
        }
        let parameters = self
            .parameters
            .iter()
            .map(|parameter| parameter.name.as_str());
        if parameters.clone().any(|parameter| parameter == first) {
            return Ok(());
        }
        let mut known: Vec<&str> = parameters.collect();
        if self.subject.is_some() {
            known.push("subject.<field>");
        }
        if self.has_population {
            known.push("population.<count>");
        }
        if self.has_member {
            known.extend(["member", "state"]);
        }
        if known.is_empty() {
            return Err("declare it under `parameters`".to_owned());
        }
        Err(
            match crate::diagnostic::nearest(name, known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("this text may name {}", listed(known)),
            },
        )
    }
}

/// The first part of `source` that is neither text nor `{{ name }}` or `{{ 'text' }}`, perhaps with
/// filters that make nothing longer than what they get.
///
/// A text is rendered once for each finding. Fuel bounds its steps but not its memory: `indent`, `format`
/// or a loop of concatenations can ask for any length.
fn not_plain(source: &str) -> Option<Range<usize>> {
    static PLAIN: LazyLock<Regex> = LazyLock::new(|| {
        let filter =
            r"\|\s*(?:upper|lower|title|capitalize|trim|join|first|last|length|sort|unique|round)";
        let argument = r#"(?:\(\s*(?:'[^']*'|"[^"]*"|[0-9]{1,2})?\s*\))?"#;
        let words = r#"(?:'[^']*'|"[^"]*")"#;
        let worded =
            format!(r#"\|\s*(?:counted\(\s*{words}\s*,\s*{words}\s*\)|if_unset\(\s*{words}\s*\))"#);
        Regex::new(&format!(
            r#"^\{{\{{-?\s*(?:[A-Za-z_][A-Za-z0-9_.]*|'[^']*'|"[^"]*")\s*(?:(?:{filter}{argument}|{worded})\s*){{0,4}}-?\}}\}}"#
        ))
        .expect("the pattern is a literal")
    });
    let mut at = 0;
    while let Some(found) = source[at..].find(['{']) {
        let start = at + found;
        let rest = &source[start..];
        if rest.starts_with("{%") || rest.starts_with("{#") {
            let end = rest.find(['}', '\n']).map_or(rest.len(), |end| end + 1);
            return Some(start..start + end);
        }
        if !rest.starts_with("{{") {
            at = start + 1;
            continue;
        }
        match PLAIN.find(rest) {
            Some(plain) => at = start + plain.end(),
            // Not closed at all: minijinja words that better.
            None => {
                let end = rest.find("}}")? + 2;
                return Some(start..start + end);
            }
        }
    }
    None
}

/// Where `name` stands in `source` as a word of its own.
fn find_name(source: &str, name: &str) -> Option<usize> {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    source
        .match_indices(name)
        .map(|(start, _)| start)
        .find(|start| {
            let before = source[..*start].chars().next_back();
            let after = source[start + name.len()..].chars().next();
            !before.is_some_and(is_part) && !after.is_some_and(is_part)
        })
}

#[cfg(test)]
mod tests {
    use super::{TEMPLATE, Text, environment, not_plain, pieces};
    use serde_json::{Value, json};
    use std::borrow::Cow;
    use std::collections::BTreeSet;
    use std::sync::Arc;

    fn text(source: &str) -> Text {
        let mut environment = environment();
        let added = environment.add_template_owned(TEMPLATE, source.to_owned());
        added.expect("a template");
        let template = environment.get_template(TEMPLATE).expect("it was added");
        let names: BTreeSet<String> = template.undeclared_variables(true).into_iter().collect();
        Text {
            pieces: pieces(source, &names).map(Arc::from),
            source: source.to_owned(),
            names: names.into_iter().collect(),
            template: Some(Arc::new(environment)),
            place: None,
        }
    }

    /// What `values` says of a name, as the engine of templates writes it.
    fn word<'v>(values: &'v Value, name: &str) -> Option<Cow<'v, str>> {
        let value = match name.split_once('.') {
            Some((first, second)) => &values[first][second],
            None => &values[name],
        };
        Some(match value {
            Value::String(text) => Cow::Borrowed(text),
            value => Cow::Owned(value.to_string()),
        })
    }

    #[test]
    fn a_text_is_filled_as_it_is_rendered_or_not_at_all() {
        let values = json!({ "days": 90, "subject": { "name": "A{{ \"<é", "on": true } });
        for (source, is_filled) in [
            ("{{ days }} days", true),
            ("{{subject.name}}:{{ subject.on }} { } }}\n{{ days }}", true),
            ("{{ days }}{{ days }}", true),
            ("{{- days -}} days", false),
            ("{{ subject.name | upper }}", false),
            ("{{ '{{' }} {{ days }}", false),
            ("{{ true }}", false),
        ] {
            let text = text(source);
            let filled = text.fill(|name| word(&values, name));
            assert_eq!(filled.is_some(), is_filled, "{source}");
            let rendered = text.render(&values).expect("every name is there");
            assert!(filled.is_none_or(|filled| filled == rendered), "{source}");
        }
    }

    #[test]
    fn values_and_filters_that_lengthen_nothing_are_plain() {
        for text in [
            "no signs { at } all %",
            "{{ name }} and {{subject.email}}",
            "{{- name -}}",
            "{{ '{{' }}",
            "{{ subject.platform_roles | join(', ') | upper }}",
            "{{ share | round(1) }}",
        ] {
            assert_eq!(not_plain(text), None, "{text}");
        }
    }

    #[test]
    fn whatever_could_ask_for_any_length_is_refused_where_it_stands() {
        for (text, wrong) in [
            (
                "a {{ 'x'|indent(10000000000) }}",
                "{{ 'x'|indent(10000000000) }}",
            ),
            (
                "{{ '%1000000000000s'|format('x') }}",
                "{{ '%1000000000000s'|format('x') }}",
            ),
            ("é {% set a=a~a %}", "{% set a=a~a %}"),
            ("{{ 'x' * 9999999999 }}", "{{ 'x' * 9999999999 }}"),
            ("{{ range(10) }}", "{{ range(10) }}"),
            ("{# quiet #}", "{# quiet #}"),
        ] {
            let found = not_plain(text).map(|range| &text[range]);
            assert_eq!(found, Some(wrong), "{text}");
        }
    }
}

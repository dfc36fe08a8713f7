//! Taking a YAML tree apart key by key, noting every problem on the way.

use super::yaml::{Entry, Kind, Node};
use super::{Place, Problem, Problems, did_you_mean, listed};

/// Bytes that the letters of a reason have at least.
const REASON_BYTES_MIN: usize = 3;

/// Collects problems while a file is read.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    pub problems: Problems,
    codes: Codes,
}

/// Codes of the problems that every kind of file can have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Codes {
    pub wrong_type: &'static str,
    pub unknown_key: &'static str,
    pub missing_key: &'static str,
    pub unknown_word: &'static str,
}

impl Default for Codes {
    /// Those of controls and their cases.
    fn default() -> Codes {
        Codes {
            wrong_type: "control::wrong_type",
            unknown_key: "control::unknown_key",
            missing_key: "control::missing_key",
            unknown_word: "control::unknown_word",
        }
    }
}

impl Reader {
    /// A reader of another kind of file than controls.
    pub fn with_codes(codes: Codes) -> Reader {
        Reader {
            problems: Problems::none(),
            codes,
        }
    }

    pub fn push(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// `node` is not what should stand there.
    pub fn wrong_type(&mut self, node: &Node, expected: &str, help: &str) {
        let message = format!("expected {expected}, found {}", node.described());
        self.push(Problem::new(self.codes.wrong_type, message, node.place(), "here").help(help));
    }

    /// The entries of a map whose keys are all in `known`; unknown ones are noted and left out.
    pub fn map<'n>(&mut self, node: &'n Node, what: &str, known: &[&str]) -> Option<&'n Node> {
        let Some(entries) = node.entries() else {
            let help = format!("{what} has these keys: {}", listed(known.iter().copied()));
            self.wrong_type(node, "a map", &help);
            return None;
        };
        for entry in entries {
            if !known.contains(&entry.key.as_str()) {
                self.push(
                    Problem::new(
                        self.codes.unknown_key,
                        format!("unknown key `{}` in {what}", entry.key),
                        entry.key_place(),
                        "not a key",
                    )
                    .help(did_you_mean(&entry.key, known.iter().copied())),
                );
            }
        }
        Some(node)
    }

    /// The value under `key`, which must be there.
    pub fn required<'n>(&mut self, map: &'n Node, key: &str, help: &str) -> Option<&'n Node> {
        let found = map.get(key);
        if found.is_none() {
            self.push(
                Problem::new(
                    self.codes.missing_key,
                    format!("the key `{key}` is missing"),
                    start_of(map),
                    "in the map that starts here",
                )
                .help(help),
            );
        }
        found
    }

    /// A scalar as text.
    pub fn text<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        let text = node.as_text();
        match text {
            Some(text) if text.trim().is_empty() => {
                self.wrong_type(
                    node,
                    "text that is not empty",
                    "write something, or remove the key",
                );
                None
            }
            Some(text) => Some(text),
            None => {
                self.wrong_type(
                    node,
                    "text",
                    "write text on this line, in quotes if it has signs",
                );
                None
            }
        }
    }

    /// The elements of a list.
    pub fn list<'n>(&mut self, node: &'n Node, help: &str) -> Option<&'n [Node]> {
        match &node.kind {
            Kind::List(elements) => Some(elements),
            _ => {
                self.wrong_type(node, "a list", help);
                None
            }
        }
    }

    /// A scalar that says why: a sign or two say nothing to whoever reads the report.
    pub fn reason<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        let text = self.text(node)?;
        // By bytes, since a single sign of some scripts is a word.
        let letters = text.chars().filter(|letter| letter.is_alphabetic());
        if letters.map(char::len_utf8).sum::<usize>() < REASON_BYTES_MIN {
            let message = format!("`{}` gives no reason", text.trim());
            let problem = Problem::new(self.codes.wrong_type, message, node.place(), "here");
            self.push(problem.help("say why in a few words: every report shows them"));
            return None;
        }
        Some(text)
    }

    /// The elements of a list as text.
    pub fn texts(&mut self, node: &Node, help: &str) -> Vec<String> {
        self.list(node, help)
            .unwrap_or_default()
            .iter()
            .filter_map(|element| self.text(element).map(str::to_owned))
            .collect()
    }

    /// A whole number, 0 or more.
    pub fn whole(&mut self, node: &Node) -> Option<u64> {
        match node.kind {
            Kind::Integer(number) if number >= 0 => Some(number.unsigned_abs()),
            _ => {
                self.wrong_type(
                    node,
                    "a whole number, 0 or more",
                    "write a whole number without quotes",
                );
                None
            }
        }
    }

    /// One of `words`.
    pub fn word<T: Copy>(&mut self, node: &Node, what: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(node)?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            self.push(
                Problem::new(
                    self.codes.unknown_word,
                    format!("`{text}` is no {what}"),
                    node.place(),
                    "not known",
                )
                .help(did_you_mean(text, words.iter().map(|(word, _)| *word))),
            );
        }
        found.map(|(_, value)| *value)
    }
}

/// Something to point at when a map lacks a key: its first key.
pub(crate) fn start_of(map: &Node) -> Place {
    match map.entries() {
        Some([first, ..]) => first.key_place(),
        _ => map.place(),
    }
}

/// A key as a node, to parse what is written in it.
pub(crate) fn key_node(entry: &Entry) -> Node {
    Node {
        kind: Kind::Text(entry.key.clone()),
        span: entry.key_span,
        file: entry.value.file.clone(),
    }
}

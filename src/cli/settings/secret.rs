//! Secrets in a settings file: found, refused, and kept from every message.
//!
//! A file of settings is committed, copied and mailed, so a key does not belong in it. What looks like
//! one is overwritten with `x` before anything else reads the text: spans stay right, and no message
//! about this file can show it.

use crate::diagnostic::yaml::{Entry, Kind, Node, read};
use crate::diagnostic::{Problem, Problems, SourceFile, Span};
use regex::Regex;

/// How API keys and tokens of Atlassian start, and what they are made of.
const KEY_PATTERN: &str = r"\bAT[ACS]TT[-_=+/.0-9A-Za-z]{8,}";
/// Words of a key's name that say that its value is a secret.
const SECRET_WORDS: [&str; 6] = [
    "key",
    "token",
    "password",
    "secret",
    "passphrase",
    "credential",
];
/// Names that hold such a word and say only where a secret is.
const PLACES_OF_SECRETS: [&str; 4] = ["key_file", "key_env", "scim_keys_file", "scim_keys_env"];
/// Maps whose keys are names of controls and fields: `api-tokens-unused.unused_days` is no secret.
const MAPS_OF_NAMES: [&str; 2] = ["parameters", "fields"];

const HELP: &str = "settings are committed and copied, so no secret belongs in them: put the key into a file of its own and \
                    write `key_file: PATH`, or into the environment and write `key_env: NAME`; then replace the key, which \
                    whoever saw this file knows";

/// The text of `file` without its secrets, and a problem for each.
pub(super) fn without_secrets(file: &SourceFile) -> (SourceFile, Problems) {
    let pattern = Regex::new(KEY_PATTERN).expect("the pattern is a literal");
    let mut spans: Vec<(Span, String)> = pattern
        .find_iter(file.text())
        .map(|found| {
            let span = Span::new(found.start(), found.end());
            (span, "this looks like a key of Atlassian".to_owned())
        })
        .collect();
    let masked = overwritten(file, &spans);
    if let Ok(root) = read(&masked) {
        let mut named = Vec::new();
        secret_entries(&root, &mut named);
        for entry in named {
            let is_found = |(span, _): &(Span, String)| {
                entry.value.span.start <= span.end && span.start <= entry.value.span.end
            };
            if !spans.iter().any(is_found) {
                let message = format!("`{}` would hold a secret", entry.key);
                spans.push((entry.value.span, message));
            }
        }
    }
    let masked = overwritten(file, &spans);
    let problems = spans
        .into_iter()
        .map(|(span, message)| {
            Problem::new(
                "settings::secret",
                message,
                masked.place(span),
                "left out here",
            )
            .help(HELP)
        })
        .collect();
    (masked, problems)
}

/// Entries whose name says that their value is a secret, and that have a value.
fn secret_entries<'n>(node: &'n Node, found: &mut Vec<&'n Entry>) {
    match &node.kind {
        Kind::List(elements) => elements
            .iter()
            .for_each(|element| secret_entries(element, found)),
        Kind::Map(entries) => {
            for entry in entries {
                let name = entry.key.to_ascii_lowercase();
                let is_secret = !PLACES_OF_SECRETS.contains(&name.as_str())
                    && name
                        .split(|letter: char| !letter.is_ascii_alphanumeric())
                        .any(|word| SECRET_WORDS.contains(&word.trim_end_matches('s')));
                if is_secret && matches!(entry.value.kind, Kind::Text(_) | Kind::Integer(_)) {
                    found.push(entry);
                } else if !MAPS_OF_NAMES.contains(&name.as_str()) {
                    secret_entries(&entry.value, found);
                }
            }
        }
        _ => {}
    }
}

/// The same text with every letter and digit inside `spans` an `x`, byte for byte.
fn overwritten(file: &SourceFile, spans: &[(Span, String)]) -> SourceFile {
    let mut bytes = file.text().as_bytes().to_vec();
    for (span, _) in spans {
        for byte in &mut bytes[span.range()] {
            if byte.is_ascii_alphanumeric() || !byte.is_ascii() {
                *byte = b'x';
            }
        }
    }
    let text = String::from_utf8(bytes).expect("whole characters were replaced by ASCII");
    SourceFile::new(file.name(), text)
}

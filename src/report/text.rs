//! Foreign text and numbers made fit to be shown: nothing invisible stays invisible.
//!
//! Escaping for one format (HTML, Markdown) is left to that format.

use crate::snapshot::Period;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

/// Characters of a value in a table cell; the rest stands in the assessment.
const CELL_CHARS_MAX: usize = 60;

/// `text` on one line. Control characters become pictures (␀), characters that turn the direction of
/// text or cannot be seen become their number (`[U+202E]`).
pub fn line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        push_visible(&mut shown, character);
    }
    shown
}

/// `text` as paragraphs: what [`line`] does, but a line break after the end of a sentence, or a blank line, begins a
/// paragraph. Other line breaks come from the width of somebody's editor, and become spaces.
pub fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut is_open = false;
    for part in text.lines() {
        let part = line(&part.trim().replace('\t', " "));
        if part.is_empty() {
            is_open = false;
            continue;
        }
        let ends = part.ends_with(['.', ':', '!', '?']);
        match paragraphs.last_mut() {
            Some(paragraph) if is_open => {
                paragraph.push(' ');
                paragraph.push_str(&part);
            }
            _ => paragraphs.push(part),
        }
        is_open = !ends;
    }
    paragraphs
}

/// `text` as paragraphs, with the sign of a click path where authors type `>`: `Directory › Users`.
pub fn paths(text: &str) -> Vec<String> {
    paragraphs(text)
        .into_iter()
        .map(|paragraph| paragraph.replace(" > ", " › "))
        .collect()
}

/// `text` as sentences that flow: line breaks become spaces.
pub fn flowing(text: &str) -> String {
    paragraphs(text).join(" ")
}

fn push_visible(shown: &mut String, character: char) {
    let code = u32::from(character);
    match code {
        0x00..=0x1F => shown.extend(char::from_u32(0x2400 + code)),
        0x7F => shown.push('\u{2421}'),
        // Every direction mark, every zero-width or filling character but the two joiners that scripts and
        // emoji need, line and paragraph separators, C1 controls, tags and noncharacters.
        0x80..=0x9F
        | 0xAD
        | 0x061C
        | 0x115F
        | 0x1160
        | 0x180E
        | 0x200B
        | 0x200E
        | 0x200F
        | 0x2028..=0x202E
        | 0x2060..=0x206F
        | 0x3164
        | 0xFDD0..=0xFDEF
        | 0xFEFF
        | 0xFFA0
        | 0xFFF0..=0xFFFB
        | 0xE0000..=0xE0FFF => shown.push_str(&format!("[U+{code:04X}]")),
        _ if code & 0xFFFE == 0xFFFE => shown.push_str(&format!("[U+{code:04X}]")),
        _ => shown.push(character),
    }
}

/// `text` cut at the end to what a table cell holds.
pub fn cell(text: &str) -> String {
    cut(text, CELL_CHARS_MAX)
}

/// `text` cut at the end to `limit` characters.
pub fn cut(text: &str, limit: usize) -> String {
    let mut characters = text.chars();
    let head: String = characters.by_ref().take(limit).collect();
    if characters.next().is_none() {
        return line(&head);
    }
    let mut head = line(&head);
    head.push('…');
    head
}

/// A value as a reader sees it, and whole. What is not there and what is known to be none are told apart.
pub fn value(value: &Value, present: bool) -> String {
    if !present {
        return "not given".to_owned();
    }
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) if text.is_empty() => "(empty)".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(members) if members.is_empty() => "(empty list)".to_owned(),
        Value::Array(members) => members
            .iter()
            .map(|member| match member {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
            .collect::<Vec<_>>()
            .join(", "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// A value on one line of YAML (JSON, but for characters beyond U+FFFF), in which nothing is invisible.
pub fn visible_yaml(value: &Value) -> String {
    let mut shown = String::new();
    for character in value.to_string().chars() {
        let code = u32::from(character);
        if line(character.encode_utf8(&mut [0; 4])) == character.to_string() {
            shown.push(character);
        } else if code <= 0xFFFF {
            shown.push_str(&format!("\\u{code:04X}"));
        } else {
            shown.push_str(&format!("\\U{code:08X}"));
        }
    }
    shown
}

/// A number with a comma between thousands: `12,042`.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `count` with the noun that goes with it: `1 account`, `12,042 accounts`.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// `fails` or `fail`, as `count` asks.
pub fn verb(count: u64, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}

/// `20 November 2026, 06:00 UTC`.
pub fn instant(time: Timestamp) -> String {
    time.strftime("%-d %B %Y, %H:%M UTC").to_string()
}

/// A period: `22 Aug 2026, 06:00:00 to 20 Nov 2026, 05:50:00 UTC`.
pub fn period(period: &Period) -> String {
    let moment = |at: Timestamp| at.strftime("%-d %b %Y, %H:%M:%S").to_string();
    format!("{} to {} UTC", moment(period.from), moment(period.to))
}

/// `06:04:11Z`, with the day before it where that is not the day of `beside`.
pub fn clock(time: Timestamp, beside: Timestamp) -> String {
    let day = |time: Timestamp| time.to_zoned(TimeZone::UTC).date();
    if day(time) == day(beside) {
        time.strftime("%H:%M:%SZ").to_string()
    } else {
        time.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
    }
}

/// The first 12 digits of a digest in groups of four, as the first screen shows it; empty stays empty.
pub fn short_digest(digest: &str) -> String {
    let head: Vec<char> = digest.chars().take(12).collect();
    if head.is_empty() {
        return String::new();
    }
    let groups: Vec<String> = head.chunks(4).map(|group| group.iter().collect()).collect();
    format!("{} …", groups.join(" "))
}

/// The first sentence of `text`, at most `limit` characters, cut at a clause or else at a word.
pub fn first_sentence(text: &str, limit: usize) -> String {
    let text = flowing(text);
    let end = text.find(". ").map_or(text.len(), |stop| stop);
    let sentence = text[..end].trim_end_matches('.');
    if sentence.chars().count() <= limit {
        return sentence.to_owned();
    }
    let head: String = sentence.chars().take(limit).collect();
    if let Some((clause, _)) = head.rsplit_once(';') {
        return clause.to_owned();
    }
    let head = head
        .rsplit_once(' ')
        .map_or(head.as_str(), |(head, _)| head);
    format!("{}…", head.trim_end_matches([',', ';', ':', '›', ' ']))
}

/// `text` with a capital first letter.
pub fn capital(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// Parts of an id that compare as numbers where they are: `CC6.2` stands before `CC6.10`.
pub fn natural_key(id: &str) -> Vec<(String, u64)> {
    let mut key = Vec::new();
    let mut rest = id;
    while !rest.is_empty() {
        let word_end = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (word, tail) = rest.split_at(word_end);
        let number_end = tail
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(tail.len());
        let (digits, tail) = tail.split_at(number_end);
        // An id of more digits than a number holds sorts last; it stays its own row.
        key.push((word.to_owned(), digits.parse().unwrap_or(u64::MAX)));
        rest = tail;
    }
    key
}

/// `text` as one word of a POSIX shell.
pub fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._/=-".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// `text` without what looks like an e-mail or network address, for pages that carry no personal data.
pub fn without_addresses(text: &str) -> String {
    text.split(' ')
        .map(|word| if is_address(word) { "(left out)" } else { word })
        .collect::<Vec<_>>()
        .join(" ")
}

fn is_address(word: &str) -> bool {
    let core = word.trim_matches(|c: char| !c.is_alphanumeric());
    let host = core.split_once('/').map_or(core, |(host, _)| host);
    if host.parse::<std::net::IpAddr>().is_ok() {
        return true;
    }
    // `@.name` is a path; a mailbox has something before its @.
    core.split('@').count() > 1
        && core.split('@').all(|part| !part.starts_with('.'))
        && core.find('@').is_some_and(|at| {
            core[..at].ends_with(|c: char| c.is_alphanumeric() || "._+-".contains(c))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_cannot_be_seen_is_made_visible() {
        assert_eq!(line("a\0b\nc\u{7f}"), "a␀b␊c␡");
        assert_eq!(line("gnp.\u{202e}exe"), "gnp.[U+202E]exe");
        assert_eq!(line("\u{feff}x\u{200b}\u{85}"), "[U+FEFF]x[U+200B][U+0085]");
        assert_eq!(line("\u{1fffe}\u{fdd0}"), "[U+1FFFE][U+FDD0]");
        assert_eq!(line("سلام 👩\u{200d}💻"), "سلام 👩\u{200d}💻");
    }

    #[test]
    fn a_line_break_inside_a_sentence_is_a_space() {
        assert_eq!(
            paragraphs("One sentence,\n  two lines.\nNext.\n\nno stop\n\nlast"),
            ["One sentence, two lines.", "Next.", "no stop", "last"]
        );
        assert_eq!(paragraphs("\n \n"), Vec::<String>::new());
    }

    #[test]
    fn numbers_have_commas() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(9_999_999), "9,999,999");
        assert_eq!(counted(1, "account", "accounts"), "1 account");
        assert_eq!(counted(1_000, "account", "accounts"), "1,000 accounts");
    }

    #[test]
    fn absent_null_and_empty_read_differently() {
        assert_eq!(value(&json!(null), false), "not given");
        assert_eq!(value(&json!(null), true), "none");
        assert_eq!(value(&json!(""), true), "(empty)");
        assert_eq!(value(&json!([]), true), "(empty list)");
        assert_eq!(value(&json!(["a", 2]), true), "a, 2");
    }

    #[test]
    fn long_values_are_cut_where_it_hurts_least() {
        assert_eq!(cell(&"x".repeat(61)), format!("{}…", "x".repeat(60)));
        assert_eq!(
            first_sentence("Directory > Managed accounts > Deactivate. Then wait.", 80),
            "Directory > Managed accounts > Deactivate"
        );
        assert_eq!(first_sentence("One two three four", 12), "One two…");
        assert_eq!(first_sentence("One; two; three four", 12), "One; two");
    }

    #[test]
    fn ids_of_criteria_sort_as_a_reader_counts() {
        let mut ids = ["CC6.10", "CC6.2", "A.5.18", "A.5.9", "AC-2(3)", "AC-2"];
        ids.sort_by_key(|id| natural_key(id));
        assert_eq!(
            ids,
            ["A.5.9", "A.5.18", "AC-2", "AC-2(3)", "CC6.2", "CC6.10"]
        );
    }

    #[test]
    fn addresses_are_left_out_of_pages_without_personal_data() {
        assert_eq!(
            without_addresses("asked by ada@example.com from 203.0.113.9, twice"),
            "asked by (left out) from (left out) twice"
        );
        assert_eq!(
            without_addresses("$.accounts[?@.sso]"),
            "$.accounts[?@.sso]"
        );
    }

    #[test]
    fn a_selector_stays_one_word_in_a_shell() {
        assert_eq!(shell_word("$.a[?@.b == 'c']"), r"'$.a[?@.b == '\''c'\'']'");
    }
}

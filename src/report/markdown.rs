//! Markdown: the report for a pull request, a wiki or a job summary, as GitHub renders it.
//!
//! Unless the run asks for personal data, no subject is named: counts, ids of controls and of findings only.

use super::template::{MARKDOWN_ESCAPING, template_error};
use super::{Format, ReportError, ReportView, text};
use minijinja::value::{Serde, ValueKind};
use minijinja::{AutoEscape, Output, State, Value, escape_formatter};
use std::io::Write;

/// The format `markdown`.
pub static MARKDOWN: Format = Format {
    name: "markdown",
    extension: "md",
    about: "the same counts and conclusions as plain text; names nobody unless asked to",
    write,
};

/// Parts what GitHub would make a link of. Readers do not see it, and do not copy it.
const BREAK: &str = "<!-- -->";

fn write(view: &ReportView<'_>, out: &mut dyn Write) -> Result<(), ReportError> {
    let mut environment = view.options().templates.environment()?;
    let personal_data = view.personal_data;
    environment.set_formatter(move |out, state, value| format(out, state, value, personal_data));
    environment.add_filter("code", |value: &str| Value::from_safe_string(code(value)));
    environment.add_filter("code_outside_tables", |value: &str| {
        Value::from_safe_string(code_outside_tables(value))
    });
    let page = environment
        .get_template("report.md")
        .and_then(|template| template.render(Value::from(Serde(view))))
        .map_err(|problem| template_error("report.md", &problem))?;
    out.write_all(page.as_bytes()).map_err(ReportError::Write)
}

fn format(
    out: &mut Output,
    state: &mut State,
    value: &Value,
    personal_data: bool,
) -> Result<(), minijinja::Error> {
    match state.auto_escape() {
        AutoEscape::Custom(name) if name == MARKDOWN_ESCAPING => {}
        _ => return escape_formatter(out, state, value),
    }
    if value.is_safe() || value.kind() != ValueKind::String {
        return out.write_str(&value.to_string()).map_err(Into::into);
    }
    let text = value.to_string();
    let text = if personal_data {
        text
    } else {
        text::without_addresses(&text)
    };
    out.write_str(&escape(&text)).map_err(Into::into)
}

/// `text` so that GitHub shows it as it is: no markup, no link, no mention, no reference.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    let mut characters = text.chars().peekable();
    let mut first = true;
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => {
                escaped.push('\\');
                escaped.push(character);
            }
            // A mention, a reference and an address are broken by a comment: an escape would be resolved before
            // GitHub looks for them, and a character of no width would be copied with the text. An `@` within a
            // word is a mailbox and mentions nobody.
            '@' if escaped.ends_with(char::is_alphanumeric) => escaped.push(character),
            '@' | '#' if next.is_some_and(char::is_alphanumeric) => {
                escaped.push(character);
                escaped.push_str(BREAK);
            }
            ':' if next == Some('/') => {
                escaped.push(character);
                escaped.push_str(BREAK);
            }
            '.' if ends_with_www(&escaped) => {
                escaped.push_str(BREAK);
                escaped.push(character);
            }
            '#' | '+' | '-' | '=' | '>' if first => {
                escaped.push('\\');
                escaped.push(character);
            }
            '.' | ')' if !escaped.is_empty() && escaped.bytes().all(|b| b.is_ascii_digit()) => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
        }
        first = false;
    }
    escaped
}

fn ends_with_www(text: &str) -> bool {
    text.get(text.len().saturating_sub(3)..)
        .is_some_and(|tail| tail.eq_ignore_ascii_case("www"))
}

/// `text` as a code span, also inside a table.
fn code(text: &str) -> String {
    code_outside_tables(&text.replace('|', "\\|"))
}

/// `text` as a code span that a reader copies as it is: only in a table does a backslash before `|` vanish.
fn code_outside_tables(text: &str) -> String {
    let longest = text
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let padding = if longest > 0 { " " } else { "" };
    format!("{fence}{padding}{text}{padding}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_shown_and_not_obeyed() {
        assert_eq!(escape("a|b"), r"a\|b");
        assert_eq!(escape("<img src=x>"), "&lt;img src=x>");
        assert_eq!(escape("&lt;"), "&amp;lt;");
        assert_eq!(escape("*a* _b_ `c` ~~d~~"), r"\*a\* \_b\_ \`c\` \~\~d\~\~");
        assert_eq!(escape("![x](y)"), r"!\[x\](y)");
        assert_eq!(escape("@ada and #12"), "@<!-- -->ada and #<!-- -->12");
        assert_eq!(
            escape("https://e.example www.e.example"),
            "https:<!-- -->//e.example www<!-- -->.e.example"
        );
        assert_eq!(escape("ada@example.com"), "ada@example.com");
        assert_eq!(escape("Users > Roles"), "Users > Roles");
        assert_eq!(escape("$x$"), r"\$x\$");
    }

    #[test]
    fn foreign_text_opens_no_block() {
        assert_eq!(escape("# head"), r"\# head");
        assert_eq!(escape("- item"), r"\- item");
        assert_eq!(escape("+ item"), r"\+ item");
        assert_eq!(escape("=== rule"), r"\=== rule");
        assert_eq!(escape("12. item"), r"12\. item");
        assert_eq!(escape("12) item"), r"12\) item");
        assert_eq!(escape("> quote"), r"\> quote");
        assert_eq!(escape("1.5 of 2-3"), r"1\.5 of 2-3");
    }

    #[test]
    fn code_is_not_ended_by_what_it_holds() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b``c"), "``` a`b``c ```");
        assert_eq!(code("a|b"), r"`a\|b`");
        assert_eq!(code_outside_tables("a || b"), "`a || b`");
        assert_eq!(code_outside_tables("a`b``c"), "``` a`b``c ```");
    }
}

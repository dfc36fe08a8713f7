//! Standard output and error as the subcommands see them: data on stdout, everything else on stderr.

use super::args::Color;
use super::exit::{Exit, Failure};
use crate::report::Signs;
use anstream::{AutoStream, ColorChoice};
use serde::Serialize;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Where a subcommand writes its data.
pub struct Console {
    choice: ColorChoice,
}

impl Console {
    /// Decides on colour once, for both streams.
    pub fn new(color: Color) -> Console {
        Console {
            choice: match color {
                Color::Auto => ColorChoice::Auto,
                Color::Always => ColorChoice::Always,
                Color::Never => ColorChoice::Never,
            },
        }
    }

    /// Writes `text` to stdout. A reader that went away (`| head`) ends the program quietly.
    ///
    /// # Errors
    /// Standard output refuses for another reason.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        let mut stream = AutoStream::new(io::stdout(), self.choice).lock();
        outcome(
            stream
                .write_all(text.as_bytes())
                .and_then(|()| stream.flush()),
        )
    }

    /// Lets `write` stream data to stdout through a buffer, without styles. A reader that went away is no failure.
    ///
    /// # Errors
    /// Standard output refuses, or `write` fails.
    pub fn stream(
        &self,
        write: impl FnOnce(&mut dyn Write) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut buffer = io::BufWriter::with_capacity(64 << 10, io::stdout().lock());
        write(&mut buffer)?;
        match buffer.flush() {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => outcome(result),
        }
    }

    /// Writes `text` to stderr; nothing can be done if that fails.
    pub fn note(&self, text: &str) {
        let mut stream = AutoStream::new(io::stderr(), self.choice).lock();
        let _ = stream.write_all(text.as_bytes());
    }
}

/// Signs that the locale of this machine can show.
pub fn signs() -> Signs {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    match locale {
        // Without a locale nothing says that the terminal cannot.
        None => Signs::Unicode,
        Some(locale) => {
            let locale = locale.to_ascii_lowercase();
            if locale.contains("utf-8") || locale.contains("utf8") {
                Signs::Unicode
            } else {
                Signs::Ascii
            }
        }
    }
}

/// A result of writing to stdout as the end of a subcommand.
pub fn outcome(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Failure {
            report: miette::miette!("cannot write to standard output: {error}"),
            exit: Exit::Machine,
        }),
    }
}

/// A table of text: columns as wide as their widest cell, two spaces apart, the last one not padded.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with a row of heads.
    pub fn with_heads<const N: usize>(heads: [&str; N]) -> Table {
        Table {
            rows: vec![heads.iter().map(|head| (*head).to_owned()).collect()],
        }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    /// The table as lines.
    pub fn render(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let width =
                    |row: &Vec<String>| row.get(column).map_or(0, |cell| cell.chars().count());
                self.rows.iter().map(width).max().unwrap_or(0)
            })
            .collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let _ = write!(line, "{cell:<width$}  ");
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// JSON as people read it, ending with a line break.
pub(super) fn pretty(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("maps with text keys are JSON");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_lines_end_without_blanks() {
        let mut table = Table::with_heads(["name", "n"]);
        table.row(["é".to_owned(), "1".to_owned()]);
        table.row(["longer".to_owned(), String::new()]);
        assert_eq!(table.render(), "name    n\né       1\nlonger\n");
    }
}

//! The end of a run on a terminal: verdict, severity table, what fails, what is unknown and why.
//!
//! Styles are escape sequences; whoever prints strips them where there is no terminal. No subject is
//! named, so that the summary can stand in any log.

use super::text;
use super::view::{ControlView, ReportView};
use crate::assess::Outcome;
use anstyle::{AnsiColor, Style};
use std::fmt::Write as _;

/// Controls listed under each heading; the report has all of them.
const LISTED_MAX: usize = 12;
/// Characters of a title or a reason in a list.
const LINE_CHARS_MAX: usize = 78;

/// Which signs the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signs {
    /// `✗ ? ! ✓ –`
    Unicode,
    /// `x ? ! + -`
    Ascii,
}

/// The summary of `view`, ending with a line break.
pub fn summary(view: &ReportView<'_>, signs: Signs) -> String {
    let bold = Style::new().bold();
    let mut out = format!(
        "\n{bold}{}{bold:#}, state at {}\n\n ",
        view.organization, view.as_of
    );
    for clause in &view.clauses {
        match clause.sign {
            Some(outcome) => {
                let style = style(outcome);
                let _ = write!(
                    out,
                    " {style}{} {}{style:#}",
                    sign(outcome, signs),
                    clause.text
                );
            }
            None => {
                let _ = write!(out, " {bold}{}{bold:#}", clause.text);
            }
        }
    }
    let _ = writeln!(out, "\n  Unknown is not a pass. {}", view.rest_sentence);
    if let Some(profile) = &view.profile {
        let _ = writeln!(out, "  {}.", profile.sentence.trim_end_matches('.'));
    }
    out.push('\n');
    severity_table(&mut out, view, signs);
    list(&mut out, view, Outcome::Fail, "fails", signs);
    list(&mut out, view, Outcome::Error, "broke", signs);
    list(
        &mut out,
        view,
        Outcome::Unknown,
        "could not be concluded",
        signs,
    );
    let _ = writeln!(
        out,
        "\n  {bold}exit code {}{bold:#}  {}",
        view.gate.exit_code, view.gate.sentence
    );
    match signs {
        Signs::Unicode => out,
        Signs::Ascii => out.replace(['·', '–', '−'], "-").replace('’', "'"),
    }
}

fn severity_table(out: &mut String, view: &ReportView<'_>, signs: Signs) {
    let _ = write!(out, "  {:<18}", "");
    for severity in &view.severities.columns {
        let _ = write!(out, "{:>10}", severity.word());
    }
    let _ = writeln!(out, "{:>10}", "all");
    for row in &view.severities.rows {
        let style = style(row.outcome);
        let words = format!("{} {}", sign(row.outcome, signs), row.word);
        let _ = write!(out, "  {style}{words:<18}{style:#}");
        for cell in &row.cells {
            let _ = write!(out, "{:>10}", text::number(*cell));
        }
        let _ = writeln!(out, "{:>10}", text::number(row.all));
    }
}

fn list(out: &mut String, view: &ReportView<'_>, outcome: Outcome, heading: &str, signs: Signs) {
    let controls: Vec<&ControlView<'_>> = view
        .controls
        .iter()
        .filter(|control| control.outcome == outcome)
        .collect();
    if controls.is_empty() {
        return;
    }
    let style = style(outcome);
    let width = |of: fn(&ControlView<'_>) -> usize| {
        controls
            .iter()
            .map(|control| of(control))
            .max()
            .unwrap_or(0)
    };
    let reference_width = width(|control| control.reference.chars().count());
    let amount_width = width(|control| amount(control).chars().count());
    let _ = writeln!(out, "\n  {heading}");
    for control in controls.iter().take(LISTED_MAX) {
        let _ = writeln!(
            out,
            "  {style}{}{style:#} {:<reference_width$}  {:<8}  {:>amount_width$}  {}",
            sign(outcome, signs),
            control.reference,
            control.severity.word(),
            amount(control),
            text::first_sentence(&control.title, LINE_CHARS_MAX),
        );
        if outcome != Outcome::Fail && !control.mark.is_empty() {
            let _ = writeln!(
                out,
                "    {:reference_width$}  {:8}  {:amount_width$}  {}",
                "", "", "", control.mark
            );
        }
    }
    if controls.len() > LISTED_MAX {
        let _ = writeln!(
            out,
            "    {} more, all in the report",
            controls.len() - LISTED_MAX
        );
    }
}

/// How many subjects: `12 of 180`; empty where the control was not concluded on subjects.
fn amount(control: &ControlView<'_>) -> String {
    match (control.outcome, control.failing) {
        (Outcome::Fail, Some(failing)) => format!("{} of {}", text::number(failing), control.of),
        _ => String::new(),
    }
}

fn sign(outcome: Outcome, signs: Signs) -> char {
    match (outcome, signs) {
        (Outcome::Fail, Signs::Unicode) => '✗',
        (Outcome::Fail, Signs::Ascii) => 'x',
        (Outcome::Unknown, _) => '?',
        (Outcome::Error, _) => '!',
        (Outcome::Pass, Signs::Unicode) => '✓',
        (Outcome::Pass, Signs::Ascii) => '+',
        (Outcome::NotApplicable, Signs::Unicode) => '–',
        (Outcome::NotApplicable, Signs::Ascii) => '-',
    }
}

/// Magenta for unknown, because yellow says "less than red".
fn style(outcome: Outcome) -> Style {
    let colored = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
    match outcome {
        Outcome::Fail => colored(AnsiColor::Red).bold(),
        Outcome::Unknown => colored(AnsiColor::Magenta).bold(),
        Outcome::Error => Style::new().bold(),
        Outcome::Pass => colored(AnsiColor::Green),
        Outcome::NotApplicable => Style::new().dimmed(),
    }
}

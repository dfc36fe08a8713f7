//! `tickmark controls test`: what became of the cases, told control by control.

use crate::cli::Terminal;
use crate::cli::args::{TestArguments, TextOrJson};
use crate::cli::console::{Table, pretty};
use crate::cli::exit::{Exit, Failure};
use crate::cli::library::{control_files, lists};
use crate::cli::settings::Settings;
use crate::control;
use crate::progress::counted;
use crate::workbench::{Depth, SuiteReport, Suites, TestReport};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Runs `tickmark controls test`.
pub(super) fn run(
    arguments: &TestArguments,
    settings: &Settings,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let suites = if arguments.paths.is_empty() {
        Suites::builtin()
    } else {
        let paths: Vec<PathBuf> = arguments
            .paths
            .iter()
            .map(|path| control_of(path))
            .collect();
        Suites::read(
            &control_files(&paths)?,
            &control::read_case_files(&paths)?,
            &lists(settings, &arguments.outside.inputs)?,
        )
    };
    let suites = suites.map_err(Failure::problems)?;
    if suites.suites.is_empty() {
        return Err(Failure::usage(
            "there is nothing to run: no control has cases",
            "cases of `<id>.yaml` stand beside it in `<id>.cases.yaml`",
        ));
    }
    let depth = Depth {
        coverage: arguments.coverage,
        mutants: arguments.mutate,
    };
    let report = suites.test(depth).map_err(Failure::problems)?;
    if let Some(path) = &arguments.junit {
        std::fs::write(path, report.junit()).map_err(|error| Failure::io("write", path, &error))?;
    }
    let text = match arguments.format {
        TextOrJson::Text => text(&report),
        TextOrJson::Json => pretty(&as_json(&report)),
    };
    terminal.console.print(&text)?;
    Ok(if report.is_good() {
        Exit::Success
    } else {
        Exit::Found
    })
}

/// The control beside a file of cases; any other path as it is.
fn control_of(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy());
    let name = name.unwrap_or_default();
    for ending in [".yaml", ".yml"] {
        if let Some(stem) = name.strip_suffix(&format!(".cases{ending}")) {
            let beside =
                [".yaml", ".yml"].map(|ending| path.with_file_name(format!("{stem}{ending}")));
            return beside
                .into_iter()
                .find(|path| path.is_file())
                .unwrap_or_else(|| path.to_owned());
        }
    }
    path.to_owned()
}

/// A line for each control, what is to be mended below it, and one line for all.
fn text(report: &TestReport) -> String {
    let mut table = Table::default();
    for suite in &report.suites {
        table.row([
            if suite.is_good() { "ok" } else { "FAILED" }.to_owned(),
            suite.id.to_string(),
            counted(suite.cases.len() as u64, "case"),
            suite
                .coverage
                .as_ref()
                .map(|coverage| {
                    format!(
                        "{} of {} conditions both ways",
                        coverage.both_ways(),
                        coverage.conditions.len()
                    )
                })
                .unwrap_or_default(),
            suite
                .mutants
                .as_ref()
                .map(|mutants| {
                    format!(
                        "{} of {} mutants noticed",
                        mutants.killed(),
                        mutants.mutants
                    )
                })
                .unwrap_or_default(),
        ]);
    }
    let mut text = String::new();
    for (line, suite) in table.render().lines().zip(&report.suites) {
        let _ = writeln!(text, "{line}");
        let _ = write!(text, "{}", to_mend(suite));
    }
    if !report.without_cases.is_empty() {
        let ids: Vec<String> = report
            .without_cases
            .iter()
            .map(ToString::to_string)
            .collect();
        let _ = writeln!(text, "\nno cases: {}", ids.join(", "));
    }
    let _ = writeln!(text, "\n{}", summary(report));
    text
}

/// Everything of a control that is not as it should be, with its place.
fn to_mend(suite: &SuiteReport) -> String {
    let mut text = String::new();
    for case in suite.failed() {
        let _ = writeln!(text, "  case: {}\n    at {}", case.name, case.place);
        for difference in &case.differences {
            let _ = writeln!(text, "    {}", difference.what);
            let _ = writeln!(text, "      expected  {}", difference.expected);
            let _ = writeln!(text, "      found     {}", difference.found);
        }
    }
    for loss in &suite.losses.losses {
        let _ = writeln!(text, "  evidence taken away: {}, {}", loss.case, loss.taken);
        let _ = writeln!(text, "    at {}\n    {}", loss.place, loss.wrong);
    }
    for gap in suite.coverage.iter().flat_map(|coverage| coverage.gaps()) {
        let _ = writeln!(text, "  {}: {} ({})", gap.lacks(), gap.label, gap.part);
        let _ = writeln!(text, "    at {}", gap.place);
    }
    for mutant in suite.mutants.iter().flat_map(|mutants| &mutants.survivors) {
        let _ = writeln!(
            text,
            "  no case notices: {}\n    at {}",
            mutant.id, mutant.place
        );
    }
    for (mutant, why) in suite.mutants.iter().flat_map(|mutants| &mutants.explained) {
        let _ = writeln!(
            text,
            "  means the same: {}\n    at {}\n    {why}",
            mutant.id, mutant.place
        );
    }
    text
}

fn summary(report: &TestReport) -> String {
    let suites = &report.suites;
    let cases: usize = suites.iter().map(|suite| suite.cases.len()).sum();
    let failed: usize = suites.iter().map(|suite| suite.failed().count()).sum();
    let tried: u64 = suites.iter().map(|suite| suite.losses.tried).sum();
    let lost: usize = suites.iter().map(|suite| suite.losses.losses.len()).sum();
    let mut parts = vec![format!(
        "{}, {}: {}",
        counted(suites.len() as u64, "control"),
        counted(cases as u64, "case"),
        match failed {
            0 => "all as expected".to_owned(),
            failed => format!("{failed} otherwise than expected"),
        }
    )];
    parts.push(format!(
        "evidence taken away {tried} times: {}",
        match lost {
            0 => "nothing passed for lack of it".to_owned(),
            lost => counted(lost as u64, "outcome") + " became better",
        }
    ));
    let coverage = suites.iter().filter_map(|suite| suite.coverage.as_ref());
    let (both, all) = coverage.fold((0, 0), |(both, all), coverage| {
        (both + coverage.both_ways(), all + coverage.conditions.len())
    });
    if all > 0 {
        parts.push(format!("{both} of {all} conditions decided both ways"));
    }
    let mutants = suites.iter().filter_map(|suite| suite.mutants.as_ref());
    let (killed, explained, all) = mutants.fold((0, 0, 0), |(killed, explained, all), report| {
        (
            killed + report.killed(),
            explained + report.explained.len(),
            all + report.mutants,
        )
    });
    if all > 0 {
        parts.push(format!(
            "{killed} of {all} mutants noticed, {explained} mean the same"
        ));
    }
    parts.join("\n")
}

fn as_json(report: &TestReport) -> Value {
    let suites = report.suites.iter().map(|suite| {
        let cases = suite.cases.iter().map(|case| {
            let differences = case.differences.iter().map(|difference| {
                json!({
                    "what": difference.what,
                    "expected": difference.expected,
                    "found": difference.found,
                })
            });
            json!({
                "name": case.name,
                "at": case.place.to_string(),
                "differences": differences.collect::<Vec<_>>(),
            })
        });
        let losses = suite.losses.losses.iter().map(|loss| {
            json!({
                "case": loss.case,
                "at": loss.place.to_string(),
                "taken": loss.taken,
                "wrong": loss.wrong,
            })
        });
        let coverage = suite.coverage.as_ref().map(|coverage| {
            let conditions = coverage.conditions.iter().map(|condition| {
                json!({
                    "part": condition.part,
                    "condition": condition.label,
                    "at": condition.place.to_string(),
                    "true": condition.is_true,
                    "false": condition.is_false,
                })
            });
            conditions.collect::<Vec<_>>()
        });
        let mutants = suite.mutants.as_ref().map(|mutants| {
            let survivors = mutants.survivors.iter();
            let survivors = survivors
                .map(|mutant| json!({ "mutant": mutant.id, "at": mutant.place.to_string() }));
            let explained = mutants.explained.iter().map(|(mutant, why)| {
                json!({ "mutant": mutant.id, "at": mutant.place.to_string(), "why": why })
            });
            json!({
                "mutants": mutants.mutants,
                "noticed": mutants.killed(),
                "survivors": survivors.collect::<Vec<_>>(),
                "explained": explained.collect::<Vec<_>>(),
            })
        });
        json!({
            "control": suite.id.as_str(),
            "good": suite.is_good(),
            "cases": cases.collect::<Vec<_>>(),
            "evidence_taken_away": suite.losses.tried,
            "losses": losses.collect::<Vec<_>>(),
            "coverage": coverage,
            "mutants": mutants,
        })
    });
    let without_cases: Vec<&str> = report.without_cases.iter().map(|id| id.as_str()).collect();
    json!({
        "format": "tickmark.tests/1",
        "good": report.is_good(),
        "controls": suites.collect::<Vec<_>>(),
        "without_cases": without_cases,
    })
}

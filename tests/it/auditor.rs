//! What a reader finds who has the report and nothing else: the page, the Markdown and the JSON of one assessment.

use std::collections::BTreeMap;
use std::sync::Arc;

use regex::Regex;
use serde_json::Value;
use tickmark::assemble::child;
use tickmark::assess::{Assessment, assess};
use tickmark::gate::Gate;
use tickmark::import::WithLists;
use tickmark::progress::Silent;
use tickmark::report::{FORMATS, ReportOptions, ReportView};
use tickmark::sandbox::{ExportVariant, KINDS, PeopleVariant, World, WorldKind, WorldSpec};

use crate::organization::{as_of, exports, snapshot, stable_options};
use crate::truth::{answers, lists, options, plan};

/// The formats of one assessment.
struct Report {
    page: String,
    markdown: String,
    json: Value,
}

/// Signs of outcomes as Markdown writes them, and the outcomes as the JSON does.
const SIGNS: [(&str, &str); 5] = [
    ("✗ fail", "fail"),
    ("? unknown", "unknown"),
    ("! error", "error"),
    ("✓ pass", "pass"),
    ("– not applicable", "not_applicable"),
];

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a literal")
}

/// The organisation of this kind with its exports, its lists and its people's answers.
fn assessed(kind: &str, users: u32, seed: u64) -> Assessment {
    let world = Arc::new(World::generate(&WorldSpec {
        kind: WorldKind::named(kind).expect("a kind"),
        ..WorldSpec::new(users, seed, as_of())
    }));
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name);
    let collected = snapshot(&world, stable_options(), &path("snapshot"));
    let files = exports(&world, ExportVariant::Fresh, &path("files"));
    let with = child(&collected, &files, &path("child"), &Silent).expect("a child");
    let plan = plan(&world);
    let lists = lists(&world, &plan);
    let answers = answers(&world, &plan, PeopleVariant::Fresh, &path("answers"));
    let source = WithLists::new(&with, &lists).with_answers(&answers);
    assess(&plan, &source, options(&world)).expect("a readable snapshot")
}

impl Report {
    fn new(assessment: &Assessment) -> Report {
        let verdict = Gate::default().judge(assessment);
        let options = ReportOptions::default();
        let view = ReportView::new(assessment, &verdict, &options).expect("readable findings");
        let written = |name: &str| {
            let mut formats = FORMATS.iter();
            let format = formats
                .find(|format| format.name == name)
                .expect("a format");
            let mut bytes = Vec::new();
            (format.write)(&view, &mut bytes).expect("memory");
            String::from_utf8(bytes).expect("UTF-8")
        };
        Report {
            page: written("html"),
            markdown: written("markdown"),
            json: serde_json::from_str(&written("json")).expect("JSON"),
        }
    }

    fn controls(&self) -> &[Value] {
        self.json["controls"].as_array().expect("controls")
    }

    /// Texts of the cells of the first table of the page with this class, row by row.
    fn page_rows(&self, class: &str) -> Vec<Vec<String>> {
        let open = format!("<table class=\"{class}\">");
        let (_, table) = self.page.split_once(&open).unwrap_or_default();
        let (table, _) = table.split_once("</table>").unwrap_or_default();
        let (_, body) = table.split_once("<tbody>").unwrap_or_default();
        let (row, cell) = (
            regex(r"(?s)<tr[ >].*?</tr>"),
            regex(r"(?s)<t[hd][ >].*?</t[hd]>"),
        );
        let tag = regex(r"<[^>]*>");
        let rows = row.find_iter(body).map(|row| {
            let cells = cell.find_iter(row.as_str());
            let texts = cells.map(|cell| {
                let text = tag.replace_all(cell.as_str(), "");
                text.trim().replace("&#x2f;", "/")
            });
            texts.collect()
        });
        rows.collect()
    }

    /// The part of Markdown about each control, by its code: its outcome and its lines.
    fn parts(&self) -> BTreeMap<String, (String, String)> {
        let head = regex(r"(?m)^#### (\S \w+(?: applicable)?) · \w+ · (\S+) ");
        let mut heads = head.captures_iter(&self.markdown).peekable();
        let mut parts = BTreeMap::new();
        while let Some(found) = heads.next() {
            let begin = found.get(0).expect("the whole").end();
            let end = heads.peek().map_or_else(
                || {
                    begin
                        + self.markdown[begin..]
                            .find("\n### ")
                            .expect("a next section")
                },
                |next| next.get(0).expect("the whole").start(),
            );
            let text = self.markdown[begin..end].to_owned();
            let known = parts.insert(found[2].to_owned(), (found[1].to_owned(), text));
            assert!(known.is_none(), "{} has one part", &found[2]);
        }
        parts
    }
}

fn count(text: &str) -> u64 {
    text.replace(',', "")
        .parse()
        .unwrap_or_else(|_| panic!("{text:?} is no number"))
}

fn code(control: &Value) -> &str {
    control["code"]
        .as_str()
        .expect("built-in controls have a code")
}

fn findings(control: &Value, outcome: &str) -> u64 {
    let findings = control["findings"].as_array().expect("findings");
    let own = findings
        .iter()
        .filter(|finding| finding["outcome"] == outcome);
    own.count() as u64
}

/// First screen, tables, parts and JSON tell the same of how many controls came out how, and of their findings.
fn totals(report: &Report, about: &str) {
    let outcomes = |outcome: &str| {
        let own = report
            .controls()
            .iter()
            .filter(|control| control["outcome"] == outcome);
        own.count() as u64
    };
    let parts = report.parts();
    let list = report.page_rows("stack list");
    let severities = report.page_rows("severities");
    for (sign, outcome) in SIGNS {
        let wanted = outcomes(outcome);
        let word = sign.split_once(' ').expect("a sign and a word").1;
        let row = regex(&format!(
            r"(?m)^\| {} \|.*\| (?:\*\*)?([0-9,]+)(?:\*\*)? \|$",
            regex::escape(sign)
        ));
        // An outcome that no control has may have no row.
        let told = row
            .captures(&report.markdown)
            .map_or(0, |found| count(&found[1]));
        assert_eq!(told, wanted, "{about}: {sign} in the table of Markdown");
        let own = severities.iter().find(|row| row[0] == word);
        let told = own.map_or(0, |row| count(row.last().expect("a cell")));
        assert_eq!(told, wanted, "{about}: {sign} in the table of the page");
        let own = parts.values().filter(|(own, _)| own == sign).count() as u64;
        assert_eq!(own, wanted, "{about}: {sign} in the parts of Markdown");
        // Where there is little room the last one is short.
        let short = word.replace("not applicable", "n/a");
        let own = list.iter().filter(|row| row[0] == short).count() as u64;
        assert_eq!(own, wanted, "{about}: {sign} in the list of controls");
    }
    assert_eq!(parts.len(), report.controls().len(), "{about}");
    let of = |outcome: &str| {
        report
            .controls()
            .iter()
            .map(|control| findings(control, outcome))
            .sum::<u64>()
    };
    let (fail, unknown, error) = (of("fail"), of("unknown"), of("error"));
    let all = fail + unknown + error;
    let sentence =
        regex(r"([0-9,]+) findings?: ([0-9,]+) fail, ([0-9,]+) unknown, ([0-9,]+) broke\.");
    for text in [&report.page, &report.markdown] {
        let told = sentence
            .captures(text)
            .map_or([0; 4], |found| [1, 2, 3, 4].map(|n| count(&found[n])));
        assert_eq!(told, [all, fail, unknown, error], "{about}");
    }
}

/// The numbers of each control are the same wherever they stand.
fn numbers(report: &Report, about: &str) {
    let parts = report.parts();
    let list = report.page_rows("stack list");
    let reconciled = report.page_rows("reconciled");
    let total = regex(
        r#"id="control-([a-z0-9-]+)-(fail|unknown|error)" data-shown="[0-9]+" data-total="([0-9]+)""#,
    );
    let mut tables: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for found in total.captures_iter(&report.page) {
        let place = (
            found.get(1).expect("an id").as_str(),
            found.get(2).expect("an outcome").as_str(),
        );
        tables.insert(place, count(&found[3]));
    }
    for control in report.controls() {
        let (id, code) = (control["id"].as_str().expect("an id"), code(control));
        let (_, part) = &parts[code];
        let about = format!("{about}: {code}");
        // Findings, by their ids and by the rows of their tables.
        let ids = regex(r"(?m)^- \*\*Findings:\*\* (.*)$")
            .captures(part)
            .map_or(0, |found| {
                let named = regex(r"`[0-9a-f]{16}`").find_iter(&found[1]).count() as u64;
                let more = regex(r"and ([0-9,]+) more").captures(&found[1]);
                named + more.map_or(0, |more| count(&more[1]))
            });
        let mut all = 0;
        for outcome in ["fail", "unknown", "error"] {
            let wanted = findings(control, outcome);
            all += wanted;
            let shown = tables.get(&(id, outcome)).copied().unwrap_or(0);
            assert_eq!(
                shown, wanted,
                "{about}: rows of the page that are {outcome}"
            );
        }
        assert_eq!(ids, all, "{about}: ids in Markdown");
        // What fails of what, in both lists of controls.
        let row = regex(&format!(
            r"(?m)^\| [^|]* \| {code} \| .* \| ([^|]*) \| ([^|]*) \| [^|]* \|$"
        ));
        let row = row.captures(&report.markdown).expect("a row in Markdown");
        let own = list
            .iter()
            .find(|row| row[1] == code)
            .expect("a row in the page");
        assert_eq!(
            (&row[1], &row[2]),
            (own[4].as_str(), own[5].as_str()),
            "{about}"
        );
        let population = &control["population"];
        let Some(in_scope) = population["in_scope"].as_u64() else {
            continue;
        };
        if control["outcome"] == "pass" || &row[1] != "–" && population["frequency"].is_null() {
            assert_eq!(
                count(&row[1]),
                population["fail"].as_u64().expect("a number"),
                "{about}"
            );
        }
        if control["outcome"] == "fail" {
            assert_ne!(
                &row[1], "0",
                "{about}: a control that fails with nothing that fails"
            );
            let nothing = regex(r"(?m)^\*\*0 of [^*]* fails?\.");
            assert!(!nothing.is_match(part), "{about}: {part}");
        }
        // The population, in both places.
        let own = reconciled
            .iter()
            .find(|row| row[0].ends_with(code))
            .expect("a row");
        let lines = |key: &str| {
            let lines = population[key].as_array().expect("lines");
            lines
                .iter()
                .map(|line| line["records"].as_u64().expect("a number"))
                .sum::<u64>()
        };
        let number = |key: &str| population[key].as_u64().expect("a number");
        let wanted = [
            number("fetched"),
            lines("outside"),
            lines("excluded"),
            in_scope,
            number("fail"),
            number("unknown"),
            number("error"),
            number("pass"),
            number("counted"),
            number("missing"),
        ];
        let told: Vec<u64> = own[1..=10].iter().map(|cell| count(cell)).collect();
        assert_eq!(told, wanted, "{about}");
        assert_eq!(own[11], "yes", "{about}");
        let line = |label: &str| {
            let line = regex(&format!(r"(?m)^\| {label} \| ([0-9,]+) \|")).captures(part);
            line.map(|found| count(&found[1]))
        };
        assert_eq!(line(r"\\= \*\*in scope\*\*"), Some(in_scope), "{about}");
        for (sign, key) in SIGNS
            .into_iter()
            .filter(|(_, key)| *key != "not_applicable")
        {
            let told = line(&regex::escape(sign)).unwrap_or(0);
            assert_eq!(told, number(key), "{about}: {sign}");
        }
    }
}

#[test]
fn every_place_tells_the_same_numbers_for_every_kind_of_organisation() {
    for (kind, _, _) in KINDS {
        let report = Report::new(&assessed(kind, 30, 9));
        totals(&report, kind);
        numbers(&report, kind);
    }
}

#[test]
fn what_is_missing_is_said_once_with_numbers_and_what_is_given_is_not_asked_for() {
    let report = Report::new(&assessed("full", 240, 1));
    let mut sets = 0;
    for (code, (_, part)) in report.parts() {
        let zero = regex(r"for 0 |leaves 0 ");
        assert!(!zero.is_match(&part), "{code} is open for nothing:\n{part}");
        let settles = regex(r"(?m)^- \*\*What settles it:\*\* (.*)$");
        let settles: Vec<&str> = settles
            .captures_iter(&part)
            .map(|found| found.get(1).expect("a text").as_str())
            .collect();
        let mut once = settles.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(
            once.len(),
            settles.len(),
            "{code} says twice what settles it:\n{part}"
        );
        for settles in settles {
            // Every export was given, and counts.
            let asks = regex("needs (managed|domain) accounts export");
            assert!(
                !asks.is_match(settles),
                "{code} asks for what is there: {settles}"
            );
        }
        if let Some((_, missing)) = part.split_once("The set active\\_people is not whole") {
            let why = ", since no source gave accounts.email for";
            assert!(missing.starts_with(why), "{code}: {missing}");
            sets += 1;
        }
    }
    assert!(sets >= 3, "sets that are not whole: {sets}");
}

#[test]
fn a_command_outside_a_table_is_copied_as_it_is() {
    let report = Report::new(&assessed("full", 30, 9));
    let mut alternatives = 0;
    for (code, (_, part)) in report.parts() {
        for line in part.lines().filter(|line| line.starts_with("- **Query:**")) {
            assert!(!line.contains(r"`\|"), "{code}: {line}");
            let (_, command) = line.split_once('`').expect("a command");
            let (command, _) = command.split_once('`').expect("its end");
            assert!(!command.contains('\\'), "{code}: {command}");
            alternatives += usize::from(command.contains(" || "));
        }
    }
    assert!(alternatives > 0, "no query asks for one of two things");
}

#[test]
fn the_first_screen_says_how_many_controls_pass_on_an_answer_alone() {
    let report = Report::new(&assessed("full", 30, 9));
    let passing = |is_asked: bool| {
        let controls = report.json["controls"].as_array().expect("controls").iter();
        let pass = controls.filter(|control| control["outcome"] == "pass");
        pass.filter(|control| !is_asked || !control["question"].is_null())
            .count()
    };
    assert!(passing(true) > 1);
    let told = format!(
        "{} of {} controls that pass rest on an answer alone: no record was looked at",
        passing(true),
        passing(false)
    );
    assert!(report.markdown.contains(&told), "{told}");
    assert!(report.page.contains(&told), "{told}");
}

#[test]
fn evidence_names_every_export_list_and_answer_that_it_rests_on() {
    let assessment = assessed("full", 240, 1);
    let report = Report::new(&assessment);
    let parts = report.parts();
    for (code, names) in [
        (
            "ATL-AUT-01",
            &[
                "API users/search",
                "export managed-accounts.csv",
                "export domain-accounts.csv",
            ][..],
        ),
        ("ATL-AUT-20", &["export managed-accounts.csv"]),
        ("ATL-IDL-03", &["list leavers.csv", "API users/search"]),
        ("ATL-AUT-02", &["attestation `"]),
    ] {
        let (_, part) = &parts[code];
        let evidence = regex(r"(?m)^- \*\*Evidence:\*\* (.*)$");
        let evidence = &evidence.captures(part).expect("a line of evidence")[1];
        for name in names {
            assert!(evidence.contains(name), "{code}: {name} in {evidence}");
        }
    }
    let (_, attested) = &parts["ATL-AUT-02"];
    let result = regex(
        r"\*\*Met\.\*\* A person attested yes on .*, which counts until .*\. No record was looked at\.",
    );
    assert!(result.is_match(attested), "{attested}");
    // A row of an export is not said to come from the API.
    let row = regex(r#"<span class="tag from-([a-z]+)">[A-Za-z]+</span> <bdi>([a-z&#;0-9x2/ -]*)"#);
    let mut exports = 0;
    for found in row.captures_iter(&report.page) {
        if found[2].contains("accounts export") {
            assert_eq!(&found[1], "export", "{}", &found[0]);
            exports += 1;
        }
    }
    assert!(exports > 0, "no row of an export was shown");
}

#[test]
fn no_noun_stands_in_the_plural_behind_a_one() {
    let one = regex(
        r"\b1 (accounts|days|hours|people|keys|tokens|records|rows|events|domains|policies|controls)\b",
    );
    for (kind, users) in [("full", 1), ("full", 70), ("no-domains", 70)] {
        let report = Report::new(&assessed(kind, users, 3));
        for (name, text) in [("page", &report.page), ("Markdown", &report.markdown)] {
            let mut lines = text.lines().filter(|line| one.is_match(line));
            assert_eq!(lines.next(), None, "{kind}, {users}, {name}");
        }
    }
}

#[test]
fn every_section_that_is_referred_to_is_there() {
    let report = Report::new(&assessed("full", 70, 9));
    let referred = regex("§([0-9]+)");
    let mut count = 0;
    for found in referred.captures_iter(&report.markdown) {
        let head = format!("\n### {} ", &found[1]);
        assert!(report.markdown.contains(&head), "§{} is nowhere", &found[1]);
        count += 1;
    }
    assert!(count > 2, "{count} references");
}

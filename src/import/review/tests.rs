use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::catalog;
use crate::diagnostic::Look;
use crate::snapshot::{Completeness, MemorySource};

const REVIEWERS: &str = "Lena Brandt";

fn snapshot() -> MemorySource {
    let mut source = MemorySource::new("2026-11-20T06:00:00Z".parse().expect("a time"));
    let account = |id: &str, name: &str, status: &str, roles: Value, active: Value| {
        json!({
            "id": id, "name": name, "email": format!("{id}@corp.example"), "account_type": "atlassian",
            "account_status": status, "claim_status": "managed", "platform_roles": roles,
            "last_active_at": active, "activity": "recorded",
        })
    };
    let dataset = catalog::dataset("accounts").expect("it is in the catalog");
    source.set_records(
        dataset,
        &[
            account(
                "a1",
                "Ada",
                "active",
                json!(["atlassian/org-admin"]),
                json!("2026-11-19T00:00:00Z"),
            ),
            account(
                "a2",
                "=1+1",
                "active",
                json!([]),
                json!("2026-08-21T00:00:00Z"),
            ),
            account(
                "a3",
                "Cy \u{7}\"quoted\", and\nmore",
                "active",
                json!([]),
                Value::Null,
            ),
            account(
                "a4",
                "Gone",
                "inactive",
                json!(["atlassian/org-admin"]),
                Value::Null,
            ),
        ],
    );
    source
}

fn sheet(kind: ReviewKind) -> String {
    let mut out = Vec::new();
    write_sheet(kind, &snapshot(), &mut out).expect("it writes");
    String::from_utf8(out).expect("text")
}

/// Fills in every row of `sheet` by its id: decision and reviewer.
fn filled(sheet: &str, decide: impl Fn(&str) -> (&'static str, &'static str)) -> Vec<u8> {
    let body = sheet.trim_start_matches('\u{feff}');
    let mut rows = csv::Reader::from_reader(body.as_bytes());
    let heads = rows.headers().expect("heads").clone();
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(&heads).expect("memory");
    let place = |name: &str| {
        heads
            .iter()
            .position(|head| head == name)
            .expect("a column")
    };
    let (id, decision, reviewer) = (place("id"), place("decision"), place("reviewer"));
    for row in rows.records() {
        let row = row.expect("a row");
        let decided = decide(&row[id]);
        let cells: Vec<&str> = row
            .iter()
            .enumerate()
            .map(|(at, cell)| match at {
                at if at == decision => decided.0,
                at if at == reviewer => decided.1,
                _ => cell,
            })
            .collect();
        out.write_record(cells).expect("memory");
    }
    out.into_inner().expect("memory")
}

fn checked(bytes: Vec<u8>) -> (Option<Decided>, Problems) {
    check("sheets/accounts.csv", bytes, &snapshot(), Extent::Whole).expect("the snapshot reads")
}

use crate::diagnostic::Problems;

fn told(bytes: Vec<u8>) -> Vec<String> {
    let (decided, problems) = checked(bytes);
    assert!(decided.is_none(), "with a problem nothing is decided");
    assert!(problems.iter().all(|problem| problem.help.is_some()));
    let told = problems
        .iter()
        .map(|problem| format!("{}: {}", problem.code, problem.message));
    told.collect()
}

#[test]
fn a_sheet_opens_in_a_spreadsheet_as_it_is_and_holds_no_formula() {
    let sheet = sheet(ReviewKind::Accounts);
    assert!(sheet.starts_with('\u{feff}'));
    let lines: Vec<&str> = sheet.trim_start_matches('\u{feff}').split("\r\n").collect();
    assert_eq!(
        lines[0],
        "id,name,email,claim_status,account_type,platform_roles,added_to_org_at,last_active_at,\
         decision,reviewer,ticket,review,snapshot"
    );
    assert_eq!(
        lines[1],
        "a1,Ada,a1@corp.example,managed,atlassian,atlassian/org-admin,(not known),2026-11-19T00:00:00Z,,,,accounts,"
    );
    assert!(lines[2].starts_with("a2,'=1+1,"), "{}", lines[2]);
    assert!(
        lines[3].starts_with("a3,\"Cy  \"\"quoted\"\", and more\","),
        "{}",
        lines[3]
    );
    assert_eq!(lines.len(), 5, "the inactive one is on no sheet");
}

#[test]
fn each_review_has_its_subjects() {
    let ids = |kind| {
        let sheet = sheet(kind);
        let rows = sheet.lines().skip(1);
        rows.map(|row| row.split(',').next().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(ReviewKind::Admins), ["a1"]);
    assert_eq!(
        ids(ReviewKind::Idle { days: 90 }),
        ["a2", "a3"],
        "no recorded activity is shown too"
    );
    assert_eq!(ids(ReviewKind::Idle { days: 92 }), ["a3"]);
    assert!(ids(ReviewKind::Tokens).is_empty());
}

#[test]
fn what_is_not_whole_is_not_reviewed() {
    let mut source = snapshot();
    let dataset = catalog::dataset("accounts").expect("it is in the catalog");
    source.set_completeness(dataset, Completeness::NotRequested);
    let error = write_sheet(ReviewKind::Admins, &source, &mut Vec::new());
    assert!(matches!(error, Err(SheetError::NotWhole { .. })));
}

#[test]
fn a_sheet_that_is_filled_in_decides_about_every_subject() {
    let bytes = filled(&sheet(ReviewKind::Accounts), |id| match id {
        "a2" => (" Remove ", REVIEWERS),
        _ => ("keep", REVIEWERS),
    });
    let (decided, problems) = checked(bytes);
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    let decided = decided.expect("no problem");
    let rows: Vec<(&str, &str)> = decided
        .rows
        .iter()
        .map(|row| (row.subject.as_str(), row.decision.word()))
        .collect();
    assert_eq!(rows, [("a1", "keep"), ("a2", "remove"), ("a3", "keep")]);
    assert_eq!(decided.sheet, "accounts.csv", "no folder of the machine");
}

#[test]
fn a_sheet_saved_with_semicolons_or_tabs_is_read_too() {
    let text = String::from_utf8(filled(&sheet(ReviewKind::Admins), |_| ("keep", REVIEWERS)))
        .expect("text");
    for delimiter in [";", "\t"] {
        let (decided, problems) = checked(text.replace(',', delimiter).into_bytes());
        assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
        assert_eq!(decided.expect("no problem").rows.len(), 1);
    }
}

#[test]
fn every_row_that_cannot_be_taken_is_told() {
    let accounts = sheet(ReviewKind::Accounts);
    let good = || String::from_utf8(filled(&accounts, |_| ("keep", REVIEWERS))).expect("text");
    let tell = |text: String| told(text.into_bytes());
    assert_eq!(
        told(filled(&accounts, |id| if id == "a1" {
            ("drop", REVIEWERS)
        } else {
            ("keep", REVIEWERS)
        })),
        ["review::decision: `drop` is no decision"]
    );
    assert_eq!(
        told(filled(&accounts, |id| if id == "a1" {
            ("", "")
        } else {
            ("keep", REVIEWERS)
        })),
        ["review::undecided: 1 row has no decision"]
    );
    assert_eq!(
        told(filled(&accounts, |id| if id == "a1" {
            ("keep", "")
        } else {
            ("keep", REVIEWERS)
        })),
        ["review::reviewer: nobody is named as the reviewer"]
    );
    assert_eq!(
        told(filled(&accounts, |id| if id == "a1" {
            ("keep", "N/A")
        } else {
            ("keep", REVIEWERS)
        })),
        ["review::reviewer: `N/A` names nobody"]
    );
    for own in ["Ada", "a1@corp.example", "Ada B. <A1@corp.example>", "a1"] {
        let reviewer: &'static str = Box::leak(own.to_owned().into_boxed_str());
        assert_eq!(
            told(filled(&accounts, |id| if id == "a1" {
                ("keep", reviewer)
            } else {
                ("keep", REVIEWERS)
            })),
            [format!(
                "review::own_subject: `{own}` decides about themselves"
            )]
        );
    }
    let lost: String = good()
        .lines()
        .filter(|line| !line.starts_with("a2"))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(tell(lost), ["review::lost: the sheet has lost rows: `a2`"]);
    let twice = good() + good().lines().nth(1).expect("a row") + "\n";
    assert_eq!(
        tell(twice),
        ["review::twice: `a1` stands on the sheet twice"]
    );
    let unknown = tell(good().replace("a1,Ada", "5.5E+17,Ada"));
    assert_eq!(
        unknown[1],
        "review::unknown_subject: the snapshot has no subject `5.5E+17` for this review"
    );
    assert_eq!(
        tell(good().replace("decision", "verdict")),
        ["review::columns: the sheet has no column `decision`"]
    );
    assert_eq!(
        tell(good().replace(",accounts,", ",acounts,")),
        ["review::kind: `acounts` is no review"]
    );
    assert_eq!(
        tell("id,decision,reviewer,ticket,review,snapshot\n".to_owned()),
        ["review::empty: the sheet has no row"]
    );
    let mut latin = good().into_bytes();
    latin.extend(b"\xe4");
    assert_eq!(
        told(latin),
        ["review::encoding: the sheet is not text in UTF-8"]
    );
}

#[test]
fn a_sheet_of_another_snapshot_is_refused() {
    let text = String::from_utf8(filled(&sheet(ReviewKind::Admins), |_| ("keep", REVIEWERS)))
        .expect("text");
    let told = told(
        text.replace(",admins,", ",admins,0123456789abcdef")
            .into_bytes(),
    );
    assert!(
        told[0]
            .starts_with("review::snapshot: this row was made from the snapshot 0123456789abcdef"),
        "{told:?}"
    );
}

#[test]
fn a_part_is_kept_only_when_asked_and_counts_as_a_part() {
    let bytes = filled(&sheet(ReviewKind::Accounts), |id| match id {
        "a1" => ("remove", REVIEWERS),
        _ => ("", ""),
    });
    let (decided, _) =
        check("s.csv", bytes, &snapshot(), Extent::Partial).expect("the snapshot reads");
    let decided = decided.expect("no problem");
    assert_eq!(decided.undecided, 2);
    let folder = tempfile::tempdir().expect("a folder");
    let day = "2026-11-21".parse().expect("a day");
    keep(&decided, folder.path(), None, day).expect("it is kept");
    let list = read(folder.path());
    assert!(!list.statement().is_whole);
}

fn read(folder: &Path) -> List {
    kept_list(folder, Arc::new(schema(folder)), None)
        .expect("it reads")
        .expect("something is kept")
}

#[test]
fn what_is_kept_is_the_newest_review_of_each_kind_and_never_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let keep_on = |kind, day: &str| {
        let bytes = filled(&sheet(kind), |_| ("remove", REVIEWERS));
        let (decided, problems) = checked(bytes);
        let decided = decided.unwrap_or_else(|| panic!("{}", problems.render(Look::Plain)));
        keep(
            &decided,
            folder.path(),
            Some("GRC".to_owned()),
            day.parse().expect("a day"),
        )
    };
    keep_on(ReviewKind::Accounts, "2026-11-21").expect("it is kept");
    keep_on(ReviewKind::Accounts, "2026-11-23").expect("it is kept");
    keep_on(ReviewKind::Admins, "2026-11-22").expect("it is kept");
    let again = keep_on(ReviewKind::Admins, "2026-11-22");
    assert!(matches!(again, Err(ReviewError::Exists { .. })));
    let list = read(folder.path());
    let statement = list.statement();
    assert_eq!(
        statement.rows, 4,
        "three accounts of the 23rd, one administrator"
    );
    assert_eq!(statement.owner.as_deref(), Some("GRC"));
    assert_eq!(
        statement.extracted_on,
        Some("2026-11-22".parse().expect("a day"))
    );
    assert!(statement.is_whole);
    // A review of after the test stands before none that was finished by then.
    let read_at = |as_of: &str| {
        let schema = Arc::new(schema(folder.path()));
        let as_of = as_of.parse().expect("a time");
        kept_list(folder.path(), schema, Some(as_of))
            .expect("it reads")
            .expect("reviews are kept")
    };
    let day = |day: &str| Some(day.parse().expect("a day"));
    let in_time = read_at("2026-11-22T09:59:59Z");
    assert_eq!(in_time.statement().extracted_on, day("2026-11-21"));
    let after = read_at("2026-11-22T10:00:00Z");
    assert_eq!(after.statement().extracted_on, day("2026-11-22"));
    // Where none was, the list is of after the test.
    let early = "2026-11-20T06:00:00Z";
    let completeness = read_at(early)
        .statement()
        .completeness(early.parse().expect("a time"));
    assert_eq!(
        completeness.to_string(),
        "stale: extracted on 2026-11-22, after the point in time of the test"
    );
    let rows = folder.path().join("admins-2026-11-22.csv");
    let changed = fs::read_to_string(&rows)
        .expect("text")
        .replace("remove", "keep");
    fs::write(&rows, changed).expect("a file");
    let broken = kept_list(folder.path(), Arc::new(schema(folder.path())), None);
    assert!(matches!(broken, Err(ReviewError::Broken { .. })));
}

proptest! {
    #[test]
    fn any_cell_becomes_harmless_and_an_id_comes_back(text in "\\PC*") {
        let cell = harmless(&text);
        prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
        prop_assert_eq!(as_it_was(&cell), text.trim());
    }

    #[test]
    fn no_sheet_breaks_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let (decided, problems) = checked(bytes);
        prop_assert!(decided.is_none() && !problems.is_empty());
    }
}

#[test]
fn every_mark_is_read_back() {
    let kinds = [
        ReviewKind::Accounts,
        ReviewKind::Admins,
        ReviewKind::Idle { days: 7 },
        ReviewKind::Tokens,
        ReviewKind::Events,
    ];
    let marks: BTreeMap<String, ReviewKind> =
        kinds.iter().map(|kind| (kind.mark(), *kind)).collect();
    assert_eq!(marks.len(), kinds.len());
    for (mark, kind) in marks {
        assert_eq!(ReviewKind::marked(&mark), Some(kind));
        for field in std::iter::once("id")
            .chain(kind.columns().iter().copied())
            .chain(kind.identities().iter().copied())
        {
            if let Some(dataset) = catalog::dataset(kind.dataset()) {
                assert!(
                    dataset.fields.iter().any(|known| known.name == field),
                    "{mark}: {field}"
                );
            }
        }
    }
}

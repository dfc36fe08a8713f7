use super::*;
use proptest::prelude::*;
use serde_json::json;
use std::fs;

/// Headers of the export of managed accounts, each with a cell.
const MANAGED: [(&str, &str); 11] = [
    ("Name", "Ada \"A\" Okafor, the first"),
    ("Email", " Ada.Okafor@Corp.example "),
    ("Last active", "2026-11-17"),
    ("Status", "Active"),
    ("Billable", "Yes"),
    ("Policy name", "Staff; all"),
    ("Policy type", "Non-billable"),
    ("SAML single sign-on", "Not enforced"),
    ("Two-step verification", "Required"),
    (
        "Password requirements",
        "Very strong; expires after 90 days",
    ),
    ("Idle session duration", "8 hours"),
];

fn told() -> Value {
    json!({
        "account_status": "active",
        "authentication_path": "password",
        "authentication_policy": "Staff; all",
        "authentication_policy_type": "non_billable",
        "billable": true,
        "idle_session_minutes": 480,
        "last_active_on": "2026-11-17",
        "password_expires_days": 90,
        "password_policy": "Very strong; expires after 90 days",
        "password_strength": "very_strong",
        "sso": false,
        "two_step_required": true,
    })
}

/// What reading a file of these bytes states, and its rows as (number, id, e-mail, what it tells).
type Read = (
    ExportStatement,
    Vec<(u64, Option<String>, Option<String>, Value)>,
);

fn read_taught(bytes: &[u8], taught: &[TaughtWord]) -> Result<Read, ExportError> {
    let dir = tempfile::tempdir().expect("a folder");
    // The name says nothing.
    let path = dir.path().join("export.bin");
    fs::write(&path, bytes).expect("writable");
    let request = ExportRequest {
        path: path.clone(),
        extracted_on: None,
    };
    let statement = inspect(&request, taught)?;
    let mut reader = ExportReader::open(&path, taught)?;
    let mut rows = Vec::new();
    while let Some(row) = reader.next()? {
        rows.push((
            row.number,
            row.account_id,
            row.email,
            Value::Object(row.told),
        ));
    }
    Ok((statement, rows))
}

fn read(bytes: &[u8]) -> Result<Read, ExportError> {
    read_taught(bytes, &[])
}

/// The message of the error that a file of these bytes ends in, without the folder.
fn refused(bytes: &[u8]) -> String {
    let error = read(bytes).expect_err("no export").to_string();
    let (start, rest) = error.split_once('`').expect("a path");
    let (_, end) = rest.split_once('`').expect("a path");
    format!("{start}FILE{end}")
}

/// What the last cell of a row under `header` tells, and the values that are not known.
fn cell(header: &str, value: &str) -> (Value, Vec<String>) {
    cell_taught(header, value, &[])
}

fn cell_taught(header: &str, value: &str, taught: &[TaughtWord]) -> (Value, Vec<String>) {
    // A column that makes it an export of managed accounts, and says nothing itself.
    let marker = if header == "Idle session duration" {
        "Policy name"
    } else {
        "Idle session duration"
    };
    let text = format!("Email,{marker},{header}\nada@corp.example,,\"{value}\"\n");
    let (statement, mut rows) = read_taught(text.as_bytes(), taught).expect("an export");
    let unread = statement
        .unread_cells
        .into_iter()
        .filter_map(|cell| cell.value);
    (rows.remove(0).3, unread.collect())
}

fn taught(column: Option<&str>, cell: &str, word: &str) -> TaughtWord {
    TaughtWord {
        column: column.map(str::to_owned),
        cell: cell.to_owned(),
        word: word.to_owned(),
    }
}

/// One way to write a file.
#[derive(Clone, Debug)]
struct Writing {
    order: Vec<usize>,
    case: usize,
    delimiter: u8,
    always_quoted: bool,
    line_end: &'static str,
    encoding: usize,
    more: Vec<&'static str>,
}

fn writing() -> impl Strategy<Value = Writing> {
    (
        Just((0..MANAGED.len()).collect::<Vec<_>>()).prop_shuffle(),
        0..4_usize,
        prop::sample::select(vec![b',', b';', b'\t']),
        any::<bool>(),
        prop::sample::select(vec!["\n", "\r\n", "\r"]),
        0..4_usize,
        prop::sample::subsequence(vec!["Bitbucket", "Something new", "Jira"], 0..=3),
    )
        .prop_map(
            |(order, case, delimiter, always_quoted, line_end, encoding, more)| Writing {
                order,
                case,
                delimiter,
                always_quoted,
                line_end,
                encoding,
                more,
            },
        )
}

impl Writing {
    fn header(&self, name: &str) -> String {
        match self.case {
            0 => name.to_owned(),
            1 => name.to_uppercase(),
            2 => format!("  {} ", name.to_lowercase()),
            _ => name.replace([' ', '-'], "_"),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let terminator = match self.line_end {
            "\r\n" => csv::Terminator::CRLF,
            end => csv::Terminator::Any(end.as_bytes()[0]),
        };
        let quote_style = match self.always_quoted {
            true => csv::QuoteStyle::Always,
            false => csv::QuoteStyle::Necessary,
        };
        let mut writer = csv::WriterBuilder::new()
            .delimiter(self.delimiter)
            .terminator(terminator)
            .quote_style(quote_style)
            .from_writer(Vec::new());
        let more = || {
            self.more
                .iter()
                .map(|name| (*name, "somesite.atlassian.net"))
        };
        let columns: Vec<(&str, &str)> = self
            .order
            .iter()
            .map(|place| MANAGED[*place])
            .chain(more())
            .collect();
        let header = columns.iter().map(|(name, _)| self.header(name));
        writer.write_record(header).expect("memory");
        writer
            .write_record(columns.iter().map(|(_, cell)| cell))
            .expect("memory");
        let plain = writer.into_inner().expect("memory");
        let text = String::from_utf8(plain.clone()).expect("text");
        let wide = |to_bytes: fn(u16) -> [u8; 2]| {
            let units = std::iter::once(0xfeff).chain(text.encode_utf16());
            units.flat_map(to_bytes).collect()
        };
        match self.encoding {
            0 => plain,
            1 => [b"\xef\xbb\xbf", plain.as_slice()].concat(),
            2 => wide(u16::to_le_bytes),
            _ => wide(u16::to_be_bytes),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_export_says_the_same_in_any_order_case_separator_quoting_line_end_and_encoding(writing in writing()) {
        let (statement, rows) = read(&writing.bytes()).expect("an export");
        prop_assert_eq!(statement.kind, ExportKind::ManagedAccounts);
        prop_assert_eq!(statement.unread_cells, Vec::new());
        let day = statement.extracted_on.map(|day| day.to_string());
        prop_assert_eq!(day, Some("2026-11-17".to_owned()));
        prop_assert_eq!(statement.unread_columns.len(), usize::from(writing.more.contains(&"Something new")));
        let email = Some("ada.okafor@corp.example".to_owned());
        prop_assert_eq!(rows, vec![(2, None, email, told())]);
    }

    #[test]
    fn any_bytes_are_read_or_refused_and_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
    }

    #[test]
    fn any_cells_below_a_header_are_read_or_refused_and_never_panic(cells in prop::collection::vec("\\PC{0,20}|[\u{0}-\u{1f}\"=+@,;-]{0,6}", 0..40)) {
        let mut text = "Email,Policy name,SAML single sign-on,Password requirements,Idle session duration,Last active\n".to_owned();
        for row in cells.chunks(6) {
            text.push_str(&row.join(","));
            text.push('\n');
        }
        let _ = read(text.as_bytes());
    }
}

#[test]
fn each_export_is_told_by_its_own_columns() {
    for (header, kind) in [
        (
            "Name,Email,Policy name,SAML single sign-on",
            ExportKind::ManagedAccounts,
        ),
        (
            "Name,Email,Status,SAML single sign-on,Two-step verification enabled",
            ExportKind::ManagedAccounts,
        ),
        (
            "Name,Atlassian ID,Claimed,Policy type,SAML single sign-on",
            ExportKind::DomainAccounts,
        ),
        (
            "User id,User name,email,User status,Added to org,Org role",
            ExportKind::Users,
        ),
        (
            "User id,User name,email,Last seen in Jira - corp",
            ExportKind::Users,
        ),
    ] {
        let text = format!("{header}\na,a@b.example,x\n");
        let (statement, _) = read(text.as_bytes()).expect("an export");
        assert_eq!(statement.kind, kind, "{header}");
    }
}

#[test]
fn what_is_no_export_is_refused_with_what_it_is() {
    for (bytes, expected) in [
        (
            &b""[..],
            "the export FILE does not read as CSV: it is empty",
        ),
        (
            b"\xef\xbb\xbf\n\n",
            "the export FILE does not read as CSV: it is empty",
        ),
        (
            b"Email,Policy name\n",
            "the export FILE does not read as CSV: it has a header and no row",
        ),
        (
            b"Email,Policy name\n,,\n  ,\n",
            "the export FILE does not read as CSV: it has a header and no row",
        ),
        (
            b"PK\x03\x04zzz",
            "the export FILE does not read as CSV: it is a ZIP archive or a workbook",
        ),
        (
            b"\x1f\x8bzzz",
            "the export FILE does not read as CSV: it is compressed with gzip",
        ),
        (
            b"  <!DOCTYPE html><html>",
            "the export FILE does not read as CSV: it is a page of HTML or XML: the link may have expired, or asked to sign in",
        ),
        (
            b"E\0m\0a\0i\0l\0",
            "the export FILE is not in an encoding that can be told: it holds zero bytes, as UTF-16 without a byte order mark does",
        ),
        (
            b"Email,Policy name\na@b.example,M\xfcller\n",
            "the export FILE is not in an encoding that can be told: row 2, column `Policy name` is not written in UTF-8",
        ),
        (
            b"\xff\xfeE\0\x00\xd8x\0",
            "the export FILE is not in an encoding that can be told: row 1 is not written in UTF-16",
        ),
        (
            b"Email,Team\na@b.example,x\n",
            "the export FILE cannot be told: its header is that of no export of the console: `Email`, `Team`",
        ),
        (
            b"Name,Policy name\nAda,x\n",
            "the export FILE cannot be told: no column tells which account a row is of",
        ),
        (
            b"Email,E-mail,Policy name\na@b.example,,x\n",
            "the export FILE cannot be told: its columns `Email` and `E-mail` are both the email",
        ),
        (
            b"Email,Policy name\na@b.example,x,y\n",
            "the export FILE breaks in row 2: it has 3 cells, and the header 2",
        ),
        (
            b"Email,Policy name,Status\na@b.example,x,Active\nb@b.example,Sta",
            "the export FILE breaks in row 3: the file ends in the middle of it",
        ),
    ] {
        assert_eq!(refused(bytes), expected);
    }
}

#[test]
fn a_quote_that_nobody_closes_ends_at_a_limit() {
    let mut text = b"Email,Policy name\na@b.example,\"".to_vec();
    text.extend(std::iter::repeat_n(b'x', 3 << 20));
    let told = refused(&text);
    assert_eq!(
        told,
        "the export FILE goes beyond the limit of 1048576 bytes a row, from row 2 on: a quote may stand open there"
    );
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_counts_them() {
    let text = b"sep=;\r\nEmail;Policy name;Status\r\na@b.example;\"two\r\nlines\";Active\r\n;;\r\nb@b.example;x\r\n";
    let (statement, rows) = read(text).expect("an export");
    let numbers: Vec<u64> = rows.iter().map(|row| row.0).collect();
    assert_eq!(numbers, [3, 5]);
    assert_eq!((statement.rows, statement.delimiter), (2, ';'));
}

#[test]
fn a_value_that_is_not_known_is_left_unknown_and_counted_with_its_row_and_column() {
    let text = b"Email,Policy name,SAML single sign-on,Status\na@b.example,x,Legacy,Active\nb@b.example,x,Legacy,=cmd()\nc@b.example,x,Yes,\n";
    let (statement, rows) = read(text).expect("an export");
    let told: Vec<(String, Option<String>, u64, u64)> = statement
        .unread_cells
        .into_iter()
        .map(|cell| (cell.column, cell.value, cell.cells, cell.first_row))
        .collect();
    let value = |text: &str| Some(text.to_owned());
    assert_eq!(
        told,
        [
            ("SAML single sign-on".to_owned(), value("Legacy"), 2, 2),
            ("Status".to_owned(), value("=cmd()"), 1, 3),
        ]
    );
    assert_eq!(rows[0].3.get("sso"), None);
    assert_eq!(rows[2].3["sso"], true);
}

#[test]
fn so_many_different_unknown_values_are_listed_and_the_rest_counted() {
    let mut text = "Email,Policy name,Status\n".to_owned();
    for number in 0..50 {
        text.push_str(&format!("a{number}@b.example,x,word{number:02}\n"));
    }
    let (statement, _) = read(text.as_bytes()).expect("an export");
    assert_eq!(statement.unread_cells.len(), UNREAD_VALUES_MAX + 1);
    let last = statement.unread_cells.last().expect("the rest");
    assert_eq!((&last.value, last.cells, last.first_row), (&None, 30, 22));
}

#[test]
fn two_step_verification_that_members_have_on_says_nothing_of_what_is_required() {
    assert_eq!(
        cell("Two-step verification", "Enabled").0,
        json!({"mfa_enabled": true})
    );
    assert_eq!(
        cell("Two-step verification", "No").0,
        json!({"mfa_enabled": false})
    );
    assert_eq!(
        cell("Two-step verification", "Required").0,
        json!({"two_step_required": true})
    );
    assert_eq!(
        cell("Two-step verification", "Optional").0,
        json!({"two_step_required": false})
    );
}

#[test]
fn a_plain_yes_says_nothing_of_who_claimed_an_account() {
    assert_eq!(cell("Claimed", "Yes"), (json!({}), vec!["Yes".to_owned()]));
    let by = json!({"claimed_by": "another_organization"});
    assert_eq!(cell("Claimed", "Claimed by another organisation").0, by);
}

#[test]
fn durations_and_days_without_a_clear_meaning_stay_unknown() {
    for (text, minutes) in [
        ("30 days", 43200),
        ("15 min", 15),
        ("1 Hour", 60),
        ("2 weeks", 20160),
        ("8h", 480),
    ] {
        assert_eq!(
            cell("Idle session duration", text).0["idle_session_minutes"],
            minutes,
            "{text}"
        );
    }
    for text in [
        "30",
        "never",
        "-1 days",
        "0 days",
        "one day",
        "99999999999999999999 days",
    ] {
        assert_eq!(
            cell("Idle session duration", text),
            (json!({}), vec![text.to_owned()]),
            "{text}"
        );
    }
    for text in [
        "2026-09-29",
        "2026-09-29T08:12:44Z",
        "2026-09-29 08:12",
        "29 Sep 2026",
        "Sep 29, 2026",
        "29-September-2026",
    ] {
        assert_eq!(
            cell("Last active", text).0["last_active_on"],
            "2026-09-29",
            "{text}"
        );
    }
    for text in [
        "09/10/2026",
        "29.09.26",
        "yesterday",
        "1970-01-01",
        "2026-13-01",
        "2026-09-29x",
    ] {
        assert_eq!(
            cell("Last active", text),
            (json!({}), vec![text.to_owned()]),
            "{text}"
        );
    }
    assert_eq!(
        cell("Last active", "Never accessed"),
        (json!({}), Vec::new())
    );
}

#[test]
fn password_requirements_are_kept_as_written_and_read_as_far_as_they_are_known() {
    let check = |text: &str, expected: Value, unread: &[&str]| {
        let (told, found) = cell("Password requirements", text);
        assert_eq!(
            (told, found),
            (
                expected,
                unread.iter().map(|text| (*text).to_owned()).collect()
            ),
            "{text}"
        );
    };
    check(
        "Strong; never expires",
        json!({"password_policy": "Strong; never expires", "password_strength": "strong", "password_expires_days": null}),
        &[],
    );
    check(
        "Fair, expires after 30 days",
        json!({"password_policy": "Fair, expires after 30 days", "password_strength": "fair", "password_expires_days": 30}),
        &[],
    );
    check(
        "Strong; rotated now and then",
        json!({"password_policy": "Strong; rotated now and then", "password_strength": "strong"}),
        &["Strong; rotated now and then"],
    );
    // Without single sign-on an empty cell may mean anything.
    check("", json!({}), &[]);
    let text =
        b"Email,Policy name,SAML single sign-on,Password requirements\na@b.example,x,Enforced,\n";
    let (_, rows) = read(text).expect("an export");
    assert_eq!(rows[0].3["password_strength"], Value::Null);
    assert!(
        rows[0].3.get("password_strength").is_some(),
        "known to be none"
    );
}

#[test]
fn an_unknown_cell_can_be_explained() {
    let legacy = [taught(None, "Strong (legacy)", "strong")];
    let (told, unread) = cell_taught(
        "Password requirements",
        "STRONG (Legacy); never expires",
        &legacy,
    );
    assert_eq!(
        (&told["password_strength"], &told["password_expires_days"]),
        (&json!("strong"), &Value::Null)
    );
    assert_eq!(unread, Vec::<String>::new());
    // Without a column, a word that is understood keeps its meaning; with one it gets the other.
    let everywhere = [taught(None, "Enabled", "required")];
    assert_eq!(
        cell_taught("Two-step verification", "Enabled", &everywhere).0,
        json!({"mfa_enabled": true})
    );
    let there = [taught(Some("two_step"), "Enabled", "required")];
    assert_eq!(
        cell_taught("Two-step verification", "Enabled", &there).0,
        json!({"two_step_required": true})
    );
    assert_eq!(
        cell_taught("SAML single sign-on", "Enabled", &there).0["sso"],
        true
    );
}

#[test]
fn an_explanation_that_means_nothing_is_refused() {
    for (word, expected) in [
        (
            taught(None, "Legacy", "stronk"),
            "`stronk` is no word of any column",
        ),
        (
            taught(Some("sso"), "Legacy", "strong"),
            "`strong` is no word of the column sso",
        ),
        (
            taught(Some("name"), "Legacy", "strong"),
            "`strong` is no word of the column name",
        ),
        (
            taught(Some("nowhere"), "Legacy", "yes"),
            "there is no column `nowhere`",
        ),
        (
            taught(None, " - ", "yes"),
            "it explains an empty cell, which says nothing",
        ),
    ] {
        let error = check_words(&[word])
            .expect_err("it means nothing")
            .to_string();
        assert_eq!(
            error,
            format!("an explained cell cannot be used: {expected}")
        );
    }
    let twice = [
        taught(None, "Legacy", "strong"),
        taught(None, "legacy", "weak"),
    ];
    assert!(check_words(&twice).is_err());
}

#[test]
fn every_word_of_the_table_is_a_word_of_the_catalog_or_of_its_column() {
    for column in columns::COLUMNS {
        for header in column.headers {
            assert_eq!(*header, columns::normal(header), "{}", column.name);
        }
        for (cell, _) in column.words {
            assert_eq!(*cell, columns::normal(cell), "{}", column.name);
            let mut told = Told::new();
            assert!(
                cells::read(column, cell, &Words::default(), &mut told),
                "{}: {cell}",
                column.name
            );
        }
    }
    let accounts = crate::catalog::dataset("accounts").expect("accounts");
    let (_, rows) = read(b"Email,Policy name,Claimed,Policy type,SAML single sign-on\na@b.example,x,Nobody,Billable,Yes\n").expect("an export");
    for field in rows[0].3.as_object().expect("an object").keys() {
        assert!(accounts.field(field).is_some(), "{field}");
    }
}

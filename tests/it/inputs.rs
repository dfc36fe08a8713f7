//! Lists that users give, through the program: in populations, in sets, stale, cut, broken and missing.

use crate::organization;
use crate::start::{run, stderr, stdout};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Every domain is a listed one.
const PARTNERS: &str = "\
id: partners
title: Every domain is a listed one
severity: high
rationale: R
inputs:
  partner_domains: { id: domain, fields: { domain: domain, until: date } }
let:
  partners: { from: '$.inputs.partner_domains[*]', take: domain }
population: '$.domains[*]'
expect: { name: { in: $partners } }
on_empty: not_applicable
";

/// No contract with a partner has ended.
const CONTRACTS: &str = "\
id: contracts
title: No contract with a partner has ended
severity: medium
rationale: R
inputs:
  partner_domains: { id: domain, fields: { domain: domain, until: date } }
population: '$.inputs.partner_domains[*]'
expect: { until: { after: '2026-11-20' } }
on_empty: fail
message: 'ended on {{ subject.until }}'
";

struct Bench {
    folder: tempfile::TempDir,
    /// Names of the organisation's domains.
    domains: Vec<String>,
}

impl Bench {
    /// A snapshot of the sandbox organisation, and two controls that read one list.
    fn new() -> Bench {
        let folder = tempfile::tempdir().expect("a folder");
        let world = organization::world(40, 3);
        organization::snapshot(
            &world,
            organization::stable_options(),
            &folder.path().join("snapshot"),
        );
        let controls = folder.path().join("controls");
        fs::create_dir(&controls).expect("a folder");
        fs::write(controls.join("partners.yaml"), PARTNERS).expect("a file");
        fs::write(controls.join("contracts.yaml"), CONTRACTS).expect("a file");
        let bench = Bench {
            folder,
            domains: Vec::new(),
        };
        let selector = "$.domains[*].name";
        let output = run(
            bench.path(),
            &[],
            &["datasets", "query", "snapshot", selector],
        );
        let mut domains: Vec<String> = stdout(&output)
            .lines()
            .filter_map(|line| serde_json::from_str::<Option<String>>(line).expect("JSON"))
            .collect();
        domains.sort();
        domains.dedup();
        assert!(!domains.is_empty());
        Bench { domains, ..bench }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes the list with every domain of the organisation.
    fn write_all(&self, until: &str) {
        let rows: String = self
            .domains
            .iter()
            .map(|domain| format!("{domain};{until}\n"))
            .collect();
        self.write(&format!("Domain;Until\n{rows}"));
    }

    fn write(&self, text: &str) {
        fs::write(self.path().join("partners.csv"), text).expect("a file");
    }

    fn assess(&self, arguments: &[&str]) -> Value {
        let usual = [
            "assess",
            "snapshot",
            "--controls",
            "controls",
            "--fail-on",
            "none",
            "--format",
            "json=-",
        ];
        let all: Vec<&str> = usual.iter().chain(arguments).copied().collect();
        let output = run(self.path(), &[], &all);
        assert!(output.status.success(), "{}", stderr(&output));
        serde_json::from_str(&stdout(&output)).expect("it is JSON")
    }
}

fn control<'a>(assessment: &'a Value, id: &str) -> &'a Value {
    let controls = assessment["controls"].as_array().expect("a list");
    let found = controls.iter().find(|control| control["id"] == id);
    found.unwrap_or_else(|| panic!("{id} was not tested"))
}

fn outcomes(assessment: &Value) -> (&str, &str) {
    let of = |id| {
        control(assessment, id)["outcome"]
            .as_str()
            .unwrap_or_default()
    };
    (of("partners"), of("contracts"))
}

#[test]
fn a_list_is_a_population_and_a_set_and_its_origin_is_stated() {
    let bench = Bench::new();
    bench.write_all("2027-01-01");
    let given = "partner_domains=partners.csv,owner=Vendor management,source=ERP,extracted_on=2026-11-17,max_age=35d";
    let assessment = bench.assess(&["--input", given]);
    assert_eq!(outcomes(&assessment), ("pass", "pass"));
    let rows = bench.domains.len();
    assert_eq!(
        control(&assessment, "contracts")["population"]["pass"],
        rows
    );

    let list = &assessment["inputs"]["inputs.partner_domains"];
    assert_eq!(list["completeness"]["state"], "whole");
    let statement = &list["statement"];
    assert_eq!(statement["rows"], rows);
    assert_eq!(statement["owner"], "Vendor management");
    assert_eq!(statement["extracted_on"], "2026-11-17");
    assert_eq!(statement["sha256"].as_str().map(str::len), Some(64));
    let used = &control(&assessment, "partners")["datasets"][1];
    assert_eq!(used["dataset"], "inputs.partner_domains");
    assert_eq!(used["sha256"], statement["sha256"]);
    // It is no part of the snapshot.
    assert!(assessment["snapshot"]["datasets"]["inputs.partner_domains"].is_null());
}

#[test]
fn a_finding_on_a_row_names_the_file_and_the_row() {
    let bench = Bench::new();
    bench.write("domain,until\na.example,2027-01-01\nb.example,2026-01-31\n");
    let assessment = bench.assess(&["--input", "partner_domains=partners.csv"]);
    assert_eq!(outcomes(&assessment), ("fail", "fail"));
    let finding = &control(&assessment, "contracts")["findings"][0];
    assert_eq!(finding["subject"], "b.example");
    assert_eq!(finding["message"], "ended on 2026-01-31");
    assert_eq!(finding["evidence"][0]["source"], "partners.csv, row 3");
}

#[test]
fn a_list_that_nobody_gave_leaves_its_controls_unknown() {
    let bench = Bench::new();
    let assessment = bench.assess(&["--format", "html=r.html"]);
    assert_eq!(outcomes(&assessment), ("unknown", "unknown"));
    let reason = &control(&assessment, "contracts")["reasons"][0];
    assert_eq!(reason["dataset"], "inputs.partner_domains");
    assert_eq!(reason["state"], "not requested");
    assert_eq!(reason["detail"], "input not supplied");
    assert!(assessment["inputs"]["inputs.partner_domains"]["statement"].is_null());
    let page = fs::read_to_string(bench.path().join("r.html")).expect("it was written");
    assert!(page.contains("not supplied"));
    assert!(page.contains("--input partner_domains=FILE"));
}

#[test]
fn a_list_over_its_age_lets_nothing_pass() {
    let bench = Bench::new();
    bench.write_all("2027-01-01");
    let given = |facts: &str| format!("partner_domains=partners.csv{facts}");
    for (facts, state) in [
        (",extracted_on=2026-10-15,max_age=35d", "stale"),
        (",max_age=35d", "stale"),
        (",extracted_on=2026-12-24", "stale"),
        (",extent=partial", "cut"),
    ] {
        let assessment = bench.assess(&["--input", &given(facts)]);
        assert_eq!(outcomes(&assessment), ("unknown", "unknown"), "{facts}");
        let reason = &control(&assessment, "contracts")["reasons"][0];
        assert_eq!(reason["state"], state, "{facts}");
    }
    // At a later point in time the same list is older.
    let fresh = given(",extracted_on=2026-11-17,max_age=35d");
    assert_eq!(
        outcomes(&bench.assess(&["--input", &fresh])),
        ("pass", "pass")
    );
    let later = bench.assess(&["--input", &fresh, "--as-of", "2026-12-23T00:00:00Z"]);
    assert_eq!(outcomes(&later), ("unknown", "unknown"));
}

#[test]
fn removing_a_cell_or_a_column_never_makes_a_pass() {
    let bench = Bench::new();
    let whole = "domain,until\na.example,2026-01-31\nb.example,2027-01-01\n";
    for (text, contracts) in [
        (whole, "fail"),
        (
            "domain,until\na.example,31.01.2026\nb.example,2027-01-01\n",
            "unknown",
        ),
        ("domain\na.example\nb.example\n", "unknown"),
        (
            "domain,until\nno domain,2027-01-01\nb.example,2027-01-01\n",
            "pass",
        ),
        ("domain,until\n", "fail"),
    ] {
        bench.write(text);
        let assessment = bench.assess(&["--input", "partner_domains=partners.csv"]);
        let (partners, found) = outcomes(&assessment);
        assert_eq!(found, contracts, "{text}");
        assert_ne!(partners, "pass", "{text}");
    }
    // The control on the set cannot tell who is a partner where a row does not say which domain it means.
    bench.write("domain,until\nno domain,2027-01-01\n");
    let assessment = bench.assess(&["--input", "partner_domains=partners.csv"]);
    assert_eq!(outcomes(&assessment).0, "unknown");
    let misfits = &assessment["inputs"]["inputs.partner_domains"]["statement"]["misfits"];
    assert_eq!(misfits[0]["field"], "domain");
}

#[test]
fn settings_give_and_declare_lists_for_controls_that_do_not() {
    let bench = Bench::new();
    bench.write("domain,until\nb.example,2027-01-01\n");
    let strip = |text: &str| {
        let without = text
            .lines()
            .filter(|line| !line.starts_with("inputs:") && !line.contains("fields:"));
        without.map(|line| format!("{line}\n")).collect::<String>()
    };
    fs::remove_file(bench.path().join("controls/partners.yaml")).expect("it is there");
    fs::write(
        bench.path().join("controls/contracts.yaml"),
        strip(CONTRACTS),
    )
    .expect("a file");
    let output = run(
        bench.path(),
        &[],
        &["assess", "snapshot", "--controls", "controls"],
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("--input partner_domains=FILE"),
        "{}",
        stderr(&output)
    );
    let settings = "\
inputs:
  partner_domains:
    file: partners.csv
    extracted_on: 2026-11-19
    max_age: 35d
    id: domain
    fields: { domain: domain, until: date }
";
    fs::write(bench.path().join("tickmark.yaml"), settings).expect("a file");
    let assessment = bench.assess(&[]);
    assert_eq!(control(&assessment, "contracts")["outcome"], "pass");
    // A flag gives another file; what its rows hold stays declared.
    fs::write(
        bench.path().join("other.jsonl"),
        "{\"domain\":\"c.example\",\"until\":\"2026-01-01\"}\n",
    )
    .expect("a file");
    let assessment = bench.assess(&["--input", "partner_domains=other.jsonl"]);
    assert_eq!(control(&assessment, "contracts")["outcome"], "fail");
    let statement = &assessment["inputs"]["inputs.partner_domains"]["statement"];
    assert_eq!(statement["file"], "other.jsonl");
    assert!(statement["extracted_on"].is_null());
}

#[test]
fn declarations_that_disagree_are_refused_with_both_places() {
    let bench = Bench::new();
    let other = CONTRACTS.replace("until: date", "until: text").replace(
        "expect: { until: { after: '2026-11-20' } }",
        "expect: { until: soon }",
    );
    fs::write(bench.path().join("controls/contracts.yaml"), other).expect("a file");
    let output = run(
        bench.path(),
        &[],
        &["assess", "snapshot", "--controls", "controls"],
    );
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(
        told.contains("disagree on the type of `until`: text or date"),
        "{told}"
    );
    assert!(
        told.contains("partners.yaml") && told.contains("contracts.yaml"),
        "{told}"
    );
}

#[test]
fn a_list_that_does_not_read_ends_with_2_before_anything_is_assessed() {
    let bench = Bench::new();
    bench.write("domain,until\na.example\n");
    for (input, expected) in [
        ("partner_domains=partners.csv", "does not read as CSV"),
        (
            "partner_domains=nowhere.csv",
            "there is no list `nowhere.csv`",
        ),
        (
            "partner_domains=partners.csv,extractd_on=x",
            "did you mean `extracted_on`?",
        ),
        (
            "partner_domains=partners.csv,max_age=soon",
            "is no number of days",
        ),
        ("partner_domains", "names no file"),
    ] {
        let arguments = [
            "assess",
            "nowhere",
            "--controls",
            "controls",
            "--input",
            input,
        ];
        let output = run(bench.path(), &[], &arguments);
        assert_eq!(output.status.code(), Some(2), "{input}");
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
}

#[test]
fn rows_of_a_set_that_find_a_record_are_counted_and_those_that_find_none_are_named() {
    let bench = Bench::new();
    let listed: Vec<String> = bench
        .domains
        .iter()
        .map(|domain| format!("{domain};\n"))
        .collect();
    // One stands twice, one belongs to nobody, one has no value.
    let (first, rest) = (&bench.domains[0], listed.concat());
    bench.write(&format!(
        "Domain;Until\n{rest}{first};\nnobody.example;\n;2027-01-01\n"
    ));
    let page = bench.path().join("report.md");
    let format = format!("markdown={}", page.display());
    let given = "partner_domains=partners.csv";
    let assessment = bench.assess(&["--input", given, "--format", &format]);
    let used = &assessment["inputs"]["inputs.partner_domains"];
    let rows = bench.domains.len();
    assert_eq!(
        used["matches"],
        serde_json::json!([{
            "control": "partners",
            "set": "partners",
            "compared_with": ["domains.name"],
            "matched": rows + 1,
            "unmatched": 1,
            "unmatched_ids": ["nobody.example"],
            "not_compared": 1,
        }])
    );
    assert_eq!(used["statement"]["rows"], rows + 3);
    assert_eq!(used["statement"]["duplicates"], 1);
    let report = fs::read_to_string(page).expect("it was written");
    let told = format!(
        "{} of {} rows are found in domains.name, 1 row not compared (partners)",
        rows + 1,
        rows + 2
    );
    assert!(report.contains(&told), "{report}");
    assert!(
        !report.contains("nobody.example"),
        "the report names no row"
    );
}

#[test]
fn rows_are_found_by_whatever_looks_them_up_and_not_where_the_plan_is_too_low() {
    let bench = Bench::new();
    bench.write_all("2027-01-01");
    // The list, then a set taken with its help, then a comparison with the list itself.
    let chain = PARTNERS
        .replace("id: partners\n", "id: chain\nrequires: { plan: guard-premium }\n")
        .replace("population: '$.domains[*]'", "  known: { from: '$.domains[*]', where: { name: { in: $partners } }, take: id }\npopulation: '$.domains[*]'")
        .replace("expect: { name: { in: $partners } }", "expect: { id: { in: $known } }");
    let members = PARTNERS
        .replace("id: partners\n", "id: members\n")
        .replace(
            "expect: { name: { in: $partners } }",
            "members: { by: name, superset_of: $partners }",
        )
        .replace("on_empty: not_applicable\n", "");
    fs::write(bench.path().join("controls/chain.yaml"), chain).expect("a file");
    fs::write(bench.path().join("controls/members.yaml"), members).expect("a file");
    let rows = bench.domains.len();
    let found = |plan: &str| -> Vec<(String, u64)> {
        let assessment = bench.assess(&["--input", "partner_domains=partners.csv", "--plan", plan]);
        let used = &assessment["inputs"]["inputs.partner_domains"]["matches"];
        let used = used.as_array().expect("a list").iter();
        used.map(|found| {
            let control = found["control"].as_str().expect("an id");
            (
                control.to_owned(),
                found["matched"].as_u64().expect("a number"),
            )
        })
        .collect()
    };
    let all = ["chain", "members", "partners"].map(|id| (id.to_owned(), rows as u64));
    assert_eq!(found("guard-premium"), all);
    // A control that does not apply compares nothing.
    assert_eq!(found("guard-standard"), all[1..]);
    // Nothing is like what the list holds: a sign that it is written otherwise.
    bench.write("Domain;Until\nwritten.otherwise.example;\n");
    let page = bench.path().join("report.md");
    let format = format!("markdown={}", page.display());
    bench.assess(&[
        "--input",
        "partner_domains=partners.csv",
        "--format",
        &format,
    ]);
    let report = fs::read_to_string(page).expect("it was written");
    assert!(report.contains("are both written alike?"), "{report}");
}

#[test]
fn a_list_that_no_control_reads_is_told_and_a_misspelt_one_is_refused() {
    let bench = Bench::new();
    bench.write_all("2027-01-01");
    let assess = |more: &[&str]| {
        let usual = ["assess", "snapshot", "--controls", "controls"];
        let output = run(bench.path(), &[], &[&usual[..], more].concat());
        (output.status.code(), stderr(&output).clone())
    };
    let (code, told) = assess(&["--input", "partner_domain=partners.csv"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(
        told.contains("--input: no control reads a list `partner_domain`")
            && told.contains("did you mean `partner_domains`?"),
        "{told}"
    );
    // Not a slip: the list that it sounds like is there as well.
    let given = ["--input", "partner_domains=partners.csv"];
    let both = [&given[..], &["--input", "partner_domain=partners.csv"]].concat();
    let (_, told) = assess(&both);
    assert!(
        told.contains("note: no control reads a list `partner_domain` (--input)"),
        "{told}"
    );
    let (_, told) = assess(&given);
    assert!(!told.contains("no control"), "{told}");
    let (_, told) = assess(&[&given[..], &["--input", "vendors=partners.csv"]].concat());
    assert!(
        told.contains(
            "note: no control reads a list `vendors` (--input); known: `partner_domains`\n"
        ),
        "{told}"
    );
    // A built-in control knows it, and none of those is tested.
    let leavers = [
        &given[..],
        &["--input", "leavers=partners.csv", "--format", "markdown=-"],
    ];
    let output = run(
        bench.path(),
        &[],
        &[
            &["assess", "snapshot", "--controls", "controls"],
            &leavers.concat()[..],
        ]
        .concat(),
    );
    let told = stderr(&output);
    assert!(
        told.contains("note: no control that is tested here reads the list `leavers`\n"),
        "{told}"
    );
    let report = stdout(&output);
    let row = report
        .lines()
        .find(|line| line.starts_with("| `inputs.leavers`"));
    assert!(
        row.is_some_and(|row| row.contains("no control reads it")),
        "{row:?}"
    );

    // The settings are told with their line, and every command that takes lists says the same.
    fs::write(
        bench.path().join("tickmark.yaml"),
        "controls: [controls]\ninputs:\n  Partner-domains: partners.csv\n",
    )
    .expect("a file");
    for arguments in [
        &["assess", "snapshot"][..],
        &["todo"],
        &["controls", "explain", "partners"],
    ] {
        let output = run(bench.path(), &[], arguments);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(
            told.contains("tickmark.yaml, line 3: no control reads a list `Partner-domains`"),
            "{arguments:?}: {told}"
        );
    }
}

#[test]
fn a_file_that_holds_nothing_passes_no_control_and_an_empty_list_that_is_meant_does() {
    let bench = Bench::new();
    // It names no column, so that nothing but the rows could show that this is the list.
    let control = "\
id: vendors
title: No vendor is open
severity: high
rationale: R
population: '$.inputs.vendors[*]'
count: { at_most: 0 }
";
    fs::write(bench.path().join("controls/vendors.yaml"), control).expect("a file");
    for (file, text, outcome) in [
        ("vendors.csv", "", "unknown"),
        ("vendors.csv", "name\n", "pass"),
        ("vendors.jsonl", "", "unknown"),
        ("vendors.jsonl", "\n", "unknown"),
        ("vendors.json", "[]", "pass"),
        ("vendors.yaml", "[]", "pass"),
    ] {
        fs::write(bench.path().join(file), text).expect("a file");
        let input = format!("vendors={file}");
        let assessed = bench.assess(&["--input", &input]);
        let controls = assessed["controls"].as_array().expect("controls");
        let vendors = controls.iter().find(|control| control["id"] == "vendors");
        assert_eq!(
            vendors.expect("it is assessed")["outcome"],
            outcome,
            "{file}: {text:?}"
        );
    }
}

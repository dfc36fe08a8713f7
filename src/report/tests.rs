use super::*;
use crate::assess::{Assessment, fixture};
use crate::gate::Gate;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn try_write(
    format: &str,
    assessment: &Assessment,
    options: &ReportOptions,
) -> Result<String, ReportError> {
    let verdict = Gate::default().judge(assessment);
    let view = ReportView::new(assessment, &verdict, options).expect("readable findings");
    let mut bytes = Vec::new();
    (super::format(format).expect("a format").write)(&view, &mut bytes)?;
    Ok(String::from_utf8(bytes).expect("UTF-8"))
}

fn check(format: &str, assessment: &Assessment) -> String {
    try_write(format, assessment, &ReportOptions::default()).expect("it writes")
}

fn with_personal_data() -> ReportOptions {
    ReportOptions {
        personal_data: true,
        ..ReportOptions::default()
    }
}

fn at_root(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Compares `text` with the committed file; `UPDATE_SAMPLES=1` writes it instead.
fn compare(path: &str, text: &str) {
    let file = at_root(path);
    if std::env::var_os("UPDATE_SAMPLES").is_some() {
        fs::write(&file, text).expect("the folder is there");
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == text,
        "{path} is not what this version writes; `UPDATE_SAMPLES=1 cargo test --lib report` rewrites it"
    );
}

#[test]
fn formats_have_unique_kebab_case_names_and_say_what_they_are_for() {
    let mut names = BTreeMap::new();
    for format in FORMATS {
        assert!(
            format
                .name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c == '-')
        );
        assert!(!format.about.is_empty() && !format.extension.is_empty());
        assert!(names.insert(format.name, ()).is_none());
        assert!(std::ptr::eq(
            super::format(format.name).expect("listed"),
            *format
        ));
    }
    assert!(super::format("docx").is_none());
}

/// Also writes every page to the folder named by `TICKMARK_PAGES`, for eyes and for judges.
#[test]
fn every_edge_state_renders() {
    for (name, assessment) in [
        ("rich", fixture::rich()),
        ("no-controls", fixture::empty()),
        ("all-pass", fixture::all_pass()),
        ("all-unknown", fixture::all_unknown()),
        ("huge", fixture::huge(10_000)),
    ] {
        for format in FORMATS {
            let text = check(format.name, &assessment);
            assert!(text.ends_with('\n'), "{name}.{}", format.extension);
            if let Some(folder) = std::env::var_os("TICKMARK_PAGES") {
                let path = Path::new(&folder).join(format!("{name}.{}", format.extension));
                fs::write(path, text).expect("the folder is there");
            }
        }
    }
}

#[test]
fn two_runs_give_the_same_bytes() {
    for format in FORMATS {
        assert_eq!(
            check(format.name, &fixture::rich()),
            check(format.name, &fixture::rich())
        );
    }
}

#[test]
fn the_published_schema_is_the_one_of_this_version() {
    let mut text = serde_json::to_string_pretty(&schema()).expect("a schema");
    text.push('\n');
    compare("reports/assessment.schema.json", &text);
}

#[test]
fn every_assessment_fits_the_schema() {
    let validator = jsonschema::validator_for(&schema()).expect("a schema");
    for assessment in [
        fixture::rich(),
        fixture::empty(),
        fixture::all_pass(),
        fixture::all_unknown(),
    ] {
        let text = check("json", &assessment);
        let value = serde_json::from_str(&text).expect("JSON");
        let problems: Vec<String> = validator
            .iter_errors(&value)
            .map(|problem| problem.to_string())
            .collect();
        assert!(problems.is_empty(), "{problems:?}");
        let read: Assessment = serde_json::from_str(&text).expect("it reads back");
        assert_eq!(read, assessment);
    }
}

#[test]
fn the_schema_is_closed_at_every_level() {
    let validator = jsonschema::validator_for(&schema()).expect("a schema");
    let valid: serde_json::Value =
        serde_json::from_str(&check("json", &fixture::rich())).expect("JSON");
    for place in [
        "",
        "/tool",
        "/organization",
        "/snapshot",
        "/snapshot/datasets/accounts",
        "/snapshot/datasets/groups/completeness",
        "/controls/0",
        "/controls/0/population",
    ] {
        let mut broken = valid.clone();
        broken
            .pointer_mut(place)
            .and_then(serde_json::Value::as_object_mut)
            .expect("an object")
            .insert("surprise".to_owned(), true.into());
        assert!(!validator.is_valid(&broken), "`{place}` takes any key");
    }
}

#[test]
fn the_digest_in_the_page_is_that_of_the_json_beside_it() {
    let json = check("json", &fixture::rich());
    let digest = crate::value::sha256_hex(json.as_bytes());
    assert!(check("html", &fixture::rich()).contains(&digest));
    assert!(check("markdown", &fixture::rich()).contains(&digest));
}

#[test]
fn markdown_says_the_same_as_the_page_and_names_nobody() {
    insta::assert_snapshot!(check("markdown", &fixture::rich()));
}

#[test]
fn markdown_carries_no_personal_data_unless_asked() {
    let plain = check("markdown", &fixture::rich());
    let asked = try_write("markdown", &fixture::rich(), &with_personal_data()).expect("it writes");
    for personal in [
        "Ada Holm",
        "712020:",
        "person.12@",
        "person.12",
        "M. Haddad",
        "P. Larsen",
    ] {
        assert!(!plain.contains(personal), "{personal}");
    }
    assert!(asked.contains("Ada Holm"));
    assert!(asked.contains("712020:"));
}

#[test]
fn an_address_in_an_answer_of_the_api_stays_out_of_markdown() {
    let mut assessment = fixture::all_unknown();
    for control in &mut assessment.controls {
        control.reasons = vec![
            crate::assess::Reason::DatasetNotWhole {
                dataset: "accounts".to_owned(),
                state: "denied".to_owned(),
                detail: "key of ada.holm@example.com refused from 203.0.113.7".to_owned(),
            },
            crate::assess::Reason::Broke {
                detail: "no operator fits Ada Holm".to_owned(),
            },
        ];
    }
    let text = check("markdown", &assessment);
    assert!(text.contains("key of (left out) refused from (left out)"));
    assert!(!text.contains("ada.holm") && !text.contains("Ada Holm"));
    let asked = try_write("markdown", &assessment, &with_personal_data()).expect("it writes");
    assert!(asked.contains("No operator fits Ada Holm"));
}

/// Every tag of a page as (name, attributes), script and style texts left out.
fn tags(page: &str) -> Vec<(String, String)> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let end = rest.find('>').expect("a tag ends");
        let (name, attributes) = rest[..end]
            .split_once(|c: char| c.is_whitespace())
            .unwrap_or((&rest[..end], ""));
        tags.push((name.to_owned(), attributes.to_owned()));
        rest = &rest[end + 1..];
        if matches!(name, "script" | "style") {
            let close = rest.find(&format!("</{name}")).expect("it is closed");
            rest = &rest[close..];
        }
    }
    tags
}

#[test]
fn hostile_text_makes_no_element_and_no_attribute() {
    let calm = {
        let mut assessment = fixture::rich();
        for control in &mut assessment.controls {
            control.title = "calm".to_owned();
            // Without a label, or with one that is the id, there is no column for it.
            fixture::change_findings(control, |finding| {
                if !finding.label.is_empty() && finding.label != finding.subject {
                    finding.label = "calm".to_owned();
                }
            });
        }
        assessment
    };
    let count = |assessment: &Assessment| {
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        for (name, _) in tags(&check("html", assessment)) {
            *names.entry(name).or_default() += 1;
        }
        names
    };
    let hostile = count(&fixture::rich());
    assert!(!hostile.contains_key("img") && !hostile.contains_key("iframe"));
    assert_eq!(count(&calm), hostile);
}

#[test]
fn the_page_has_no_inline_style_handler_or_foreign_address() {
    let page = check("html", &fixture::rich());
    for (name, attributes) in tags(&page) {
        for attribute in attributes.split_whitespace() {
            let key = attribute.split('=').next().unwrap_or_default();
            assert_ne!(key, "style", "<{name} {attributes}>");
            assert!(!key.starts_with("on"), "<{name} {attributes}>");
            assert_ne!(key, "src", "<{name} {attributes}>");
        }
        if let Some(address) = attributes
            .split("href=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
        {
            let harmless = address.starts_with('#')
                || address == "data:,"
                || (name == "a" && address.starts_with("https:&#x2f;&#x2f;"));
            assert!(harmless, "<{name} {attributes}>");
        }
    }
    assert!(
        page.contains("javascript:alert(1)"),
        "it stays visible as text"
    );
}

#[test]
fn control_characters_and_direction_marks_are_visible_in_every_format() {
    let page = check("html", &fixture::rich());
    let markdown = try_write("markdown", &fixture::rich(), &with_personal_data()).expect("writes");
    for text in [&page, &markdown] {
        assert!(text.contains("U+202E"));
        assert!(text.contains('␀') && text.contains('␇'));
        assert!(!text.chars().any(|c| (c.is_control() && c != '\n')
            || ('\u{202a}'..='\u{202e}').contains(&c)
            || c == '\u{200f}'));
    }
}

#[test]
fn the_policy_names_exactly_the_elements_that_the_page_has() {
    use base64::Engine;
    use sha2::Digest;
    let page = check("html", &fixture::rich());
    let policy = page
        .split("Content-Security-Policy\" content=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a policy");
    let mut hashed = 0;
    for name in ["style", "script"] {
        for part in page.split(&format!("<{name}>")).skip(1) {
            let text = part.split(&format!("</{name}>")).next().expect("closed");
            let digest =
                base64::prelude::BASE64_STANDARD.encode(sha2::Sha256::digest(text.as_bytes()));
            let escaped = format!("sha256-{digest}").replace('/', "&#x2f;");
            assert!(policy.contains(&escaped), "{name} {digest} not in {policy}");
            hashed += 1;
        }
    }
    assert_eq!(hashed, 3);
    assert_eq!(policy.matches("sha256-").count(), 3);
    assert!(policy.starts_with("default-src &#x27;none&#x27;"));
}

#[test]
fn findings_without_a_row_are_embedded_and_counted() {
    let assessment = fixture::huge(1_000);
    let page = check("html", &assessment);
    let json = page
        .split("id=\"control-accounts-idle-fail-rest\">")
        .nth(1)
        .and_then(|rest| rest.split("</script>").next())
        .expect("embedded rows");
    let rows: Vec<Vec<String>> = serde_json::from_str(json).expect("JSON");
    assert_eq!(rows.len(), 800);
    assert!(page.contains("showing <span class=\"shown-range\">200</span> of 1,000"));
    assert!(!json.contains('<'));
}

#[test]
fn the_largest_page_stays_within_its_fuel_and_its_rows() {
    let mut assessment = fixture::empty();
    for number in 0..250 {
        let mut control = fixture::control(&format!("control-{number}"));
        control.outcome = crate::assess::Outcome::Fail;
        control.findings = fixture::idle_findings(50).into();
        let population = fixture::population(&mut control);
        population.fail = 50;
        population.in_scope = 53;
        population.fetched = 53;
        assessment.controls.push(control);
    }
    let page = check("html", &assessment);
    let rows: usize = page
        .split("<table class=\"findings\"")
        .skip(1)
        .filter_map(|table| table.split("</table>").next())
        .map(|table| table.matches("<tr>").count() - 1)
        .sum();
    assert_eq!(rows, 5_000);
}

#[test]
fn every_number_of_a_chart_stands_as_text_too() {
    let page = check("html", &fixture::rich());
    assert!(page.contains("aria-label=\"4 fail, 6 unknown, 1 error, 4 pass, 1 n&#x2f;a\""));
    let rows = page
        .split("<table class=\"severities\">")
        .nth(1)
        .expect("the table under the chart");
    for (word, number) in [
        ("fail", 4),
        ("unknown", 6),
        ("error", 1),
        ("pass", 4),
        ("not applicable", 1),
    ] {
        let row = rows
            .split(&format!("<span>{word}</span>"))
            .nth(1)
            .and_then(|row| row.split("</tr>").next())
            .expect("a row");
        let last = row.rsplit("<td").next().expect("a cell");
        assert!(last.contains(&format!(">{number}<")), "{word}: {last}");
    }
}

/// Tokens of the stylesheet: name, light value, dark value.
fn tokens() -> Vec<(String, [f64; 3], [f64; 3])> {
    let style = include_str!("../../templates/report.css");
    let colour = |text: &str| -> [f64; 3] {
        let number = u32::from_str_radix(text.trim().trim_start_matches('#'), 16).expect("hex");
        [16, 8, 0].map(|shift| f64::from(number >> shift & 0xFF) / 255.0)
    };
    style
        .lines()
        .filter_map(|line| {
            let (name, values) = line
                .trim()
                .strip_prefix("--")?
                .split_once(": light-dark(")?;
            let (light, dark) = values.trim_end_matches(");").split_once(',')?;
            Some((name.to_owned(), colour(light), colour(dark)))
        })
        .collect()
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let luminance = |colour: [f64; 3]| {
        let [red, green, blue] = colour.map(|part| {
            if part <= 0.040_45 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_token_has_the_contrast_that_its_use_needs() {
    let tokens = tokens();
    assert_eq!(tokens.len(), 12);
    let find = |name: &str| {
        tokens
            .iter()
            .find(|(token, _, _)| token == name)
            .expect("a token")
            .clone()
    };
    for ground in ["paper", "surface"] {
        let (_, light, dark) = find(ground);
        for text in ["ink", "ink-2", "ink-3", "fail", "unknown", "pass", "focus"] {
            let (_, text_light, text_dark) = find(text);
            for ratio in [contrast(light, text_light), contrast(dark, text_dark)] {
                assert!(ratio >= 4.5, "{text} on {ground}: {ratio:.2}");
            }
        }
        let (_, edge_light, edge_dark) = find("edge");
        for ratio in [contrast(light, edge_light), contrast(dark, edge_dark)] {
            assert!(ratio >= 3.0, "edge on {ground}: {ratio:.2}");
        }
    }
    // Unknown weighs what fail weighs.
    let ((_, fail, fail_dark), (_, unknown, unknown_dark)) = (find("fail"), find("unknown"));
    assert!(contrast(fail, unknown) < 1.1 && contrast(fail_dark, unknown_dark) < 1.1);
}

fn replaced(name: &str, source: &str) -> Result<String, ReportError> {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(name), source).expect("it writes");
    let options = ReportOptions {
        templates: Templates::replaced_by(folder.path())?,
        ..ReportOptions::default()
    };
    try_write("html", &fixture::rich(), &options)
}

#[test]
fn a_template_of_the_user_replaces_the_built_in_one() {
    let page = replaced("report.html", "{{ organization }}: {{ counts.fail }}").expect("renders");
    assert_eq!(page, "Brenner &amp; Sund Rail Works: 4");
}

#[test]
fn a_name_that_does_not_exist_is_an_error_with_its_template() {
    let problem = replaced("report.html", "{{ organisation }}").expect_err("a typo");
    let text = problem.to_string();
    assert!(
        text.starts_with("the template `report.html` does not render: undefined value"),
        "{text}"
    );
}

#[test]
fn a_template_that_does_not_end_is_stopped() {
    let endless =
        "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}";
    let text = replaced("report.html", endless)
        .expect_err("it runs too long")
        .to_string();
    assert!(text.contains("ran out of fuel"), "{text}");
    let deep = "{% macro down() %}{{ down() }}{% endmacro %}{{ down() }}";
    let text = replaced("report.html", deep)
        .expect_err("it is too deep")
        .to_string();
    assert!(text.contains("recursion"), "{text}");
}

#[test]
fn a_template_that_replaces_nothing_is_named() {
    let problem = replaced("raport.html", "").expect_err("a typo");
    assert!(matches!(problem, ReportError::UnknownTemplate { .. }));
    assert!(
        problem
            .to_string()
            .ends_with("raport.html` replaces no built-in template")
    );
}

#[test]
fn a_full_disk_is_told_as_such() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (assessment, options) = (fixture::rich(), ReportOptions::default());
    let verdict = Gate::default().judge(&assessment);
    let view = ReportView::new(&assessment, &verdict, &options).expect("readable findings");
    for format in FORMATS {
        let problem = (format.write)(&view, &mut Full).expect_err("nothing can be written");
        match problem {
            ReportError::Write(source) => assert_eq!(source.kind(), io::ErrorKind::StorageFull),
            other => panic!("{}: {other}", format.name),
        }
    }
}

#[test]
fn an_answer_is_shown_with_who_gave_it_when_and_what_shows_it() {
    let html = check("html", &fixture::attested());
    for shown in [
        "by <bdi>Rika Sato</bdi>",
        "reviewed by <bdi>Lena Brandt</bdi>",
        "counts until 4 Jan 2027",
        "default.png",
        "event 2508d209-77a1",
        "tickmark attestations new attested-3 --evidence FILE",
    ] {
        assert!(html.contains(shown), "{shown}");
    }
    let plain = check("markdown", &fixture::attested());
    for name in ["Sato", "Brandt", "Seen by"] {
        assert!(!plain.contains(name), "{name}");
    }
    assert!(plain.contains("**stale**"));
    let asked =
        try_write("markdown", &fixture::attested(), &with_personal_data()).expect("it writes");
    for name in ["Rika Sato", "Lena Brandt", "Seen by"] {
        assert!(asked.contains(name), "{name}");
    }
}

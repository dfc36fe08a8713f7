//! The program as its users meet it: arguments in; output, files and exit code out.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, OnceLock};

use tickmark::sandbox::{Fault, SANDBOX_KEY, Server, ServerOptions, World};

use crate::organization::{snapshot, stable_options, world};

/// The program, in a clean environment.
fn tickmark(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tickmark"));
    command
        .args(arguments)
        .env_clear()
        .env("LANG", "C.UTF-8")
        .env("NO_COLOR", "1");
    command
}

pub fn run(arguments: &[&str]) -> Output {
    tickmark(arguments).output().expect("the program starts")
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8")
}

/// Exit code, stdout and stderr, with this machine's paths and the snapshot's digest replaced.
pub fn told(output: &Output, dir: &Path) -> String {
    let shown = format!(
        "exit code {}\n--- stdout\n{}--- stderr\n{}",
        output.status.code().expect("the program was not killed"),
        text(&output.stdout),
        text(&output.stderr)
    );
    let shown = shown.replace(&dir.display().to_string(), "DIR");
    let digest = regex::Regex::new("[0-9a-f]{64}").expect("a pattern");
    let port = regex::Regex::new(r"127\.0\.0\.1:\d+").expect("a pattern");
    let shown = digest.replace_all(&shown, "<sha256>");
    port.replace_all(&shown, "127.0.0.1:PORT").into_owned()
}

/// One snapshot of the demo organisation for all tests here; nothing writes to it.
pub fn demo_snapshot() -> &'static Path {
    static DIR: OnceLock<tempfile::TempDir> = OnceLock::new();
    DIR.get_or_init(|| {
        let dir = tempfile::tempdir().expect("a folder");
        snapshot(
            &world(240, 1),
            stable_options(),
            &dir.path().join("snapshot"),
        );
        dir
    })
    .path()
}

pub fn demo_snapshot_argument() -> String {
    demo_snapshot().join("snapshot").display().to_string()
}

/// Runs `work` beside a server of `world` with `faults`.
pub fn beside_server<T>(world: Arc<World>, faults: &[&str], work: impl FnOnce(&Server) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let options = ServerOptions {
        faults: faults
            .iter()
            .map(|fault| fault.parse::<Fault>().expect("a fault"))
            .collect(),
        ..stable_options()
    };
    let server = runtime
        .block_on(Server::start(world, options))
        .expect("a free port on the loopback interface");
    work(&server)
}

/// Runs `tickmark collect` against `server` with `key`.
fn collect(server: &Server, key: &str, out: &Path) -> Output {
    tickmark(&[
        "collect",
        "--org",
        server.org_id(),
        "--api-url",
        &server.base_url(),
        "--out",
        &out.display().to_string(),
    ])
    .env("ATLASSIAN_API_KEY", key)
    .output()
    .expect("the program starts")
}

#[test]
fn the_demo_leaves_a_snapshot_and_three_reports_and_ends_with_0() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("demo");
    let argument = out.display().to_string();
    for _ in 0..2 {
        let output = run(&["demo", "--users", "30", "--out", &argument]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(text(&output.stdout).is_empty());
        for file in [
            "snapshot/manifest.json",
            "report.html",
            "report.md",
            "assessment.json",
        ] {
            assert!(out.join(file).is_file(), "{file}");
        }
    }
}

#[test]
fn the_demo_touches_no_folder_that_it_did_not_make() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("precious.txt"), "mine").expect("writable");
    let output = run(&[
        "demo",
        "--users",
        "10",
        "--out",
        &dir.path().display().to_string(),
    ]);
    insta::assert_snapshot!(told(&output, dir.path()));
    assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 1);
}

#[test]
fn an_assessment_ends_with_a_summary_and_the_exit_code_of_the_gate() {
    let output = run(&["assess", &demo_snapshot_argument()]);
    insta::assert_snapshot!(told(&output, demo_snapshot()));
}

#[test]
fn the_threshold_decides_between_exit_codes_1_3_and_0() {
    let unanswered = "controls/accounts/access-review-recorded.yaml";
    for (controls, fail_on, code) in [
        ("controls", "high", 1),
        ("controls", "none", 0),
        (unanswered, "high", 3),
        (unanswered, "critical", 0),
    ] {
        let snapshot = demo_snapshot_argument();
        let output = run(&[
            "assess",
            &snapshot,
            "--controls",
            controls,
            "--fail-on",
            fail_on,
        ]);
        let about = format!("{controls} --fail-on {fail_on}");
        assert_eq!(output.status.code(), Some(code), "{about}");
    }
}

#[test]
fn mistakes_in_arguments_end_with_2_and_say_what_to_do() {
    let snapshot = demo_snapshot_argument();
    let dir = tempfile::tempdir().expect("a folder");
    let empty = dir.path().display().to_string();
    let mut all = String::new();
    for arguments in [
        &["assess", &snapshot, "--format", "pdf=x"][..],
        &["assess", &snapshot, "--format", "html"],
        &[
            "assess", &snapshot, "--format", "html=-", "--format", "json=-",
        ],
        &["assess", &snapshot, "--fail-on", "terrible"],
        &["assess", &snapshot, "--as-of", "2020-01-01T00:00:00Z"],
        &[
            "assess",
            &snapshot,
            "--parameter",
            "accounts-idle.idle_days=soon",
        ],
        &[
            "assess",
            &snapshot,
            "--parameter",
            "accounts-idle.idle_day=9",
        ],
        &["assess", &snapshot, "--controls", &empty],
        &["assess", &empty],
        &["datasets", "show", "acounts"],
        &["datasets", "query", &snapshot, "$.accounts[?@.name = 'x']"],
        &["datasets", "query", &snapshot, "$.people[*]"],
        &["controls", "show", "accounts-idel"],
        &["sandbox", "--fault", "users-search=explode"],
        &["sandbox", "--kind", "no-gard"],
    ] {
        let output = run(arguments);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            text(&output.stderr)
        );
        let shown = told(&output, demo_snapshot()).replace(&empty, "EMPTY");
        all.push_str(&format!("$ tickmark {}\n{shown}\n", arguments.join(" ")));
    }
    let all = all
        .replace(&snapshot, "DIR/snapshot")
        .replace(&empty, "EMPTY");
    insta::assert_snapshot!(all);
}

#[test]
fn changed_evidence_is_never_assessed() {
    let dir = tempfile::tempdir().expect("a folder");
    snapshot(
        &world(10, 1),
        stable_options(),
        &dir.path().join("snapshot"),
    );
    let file = dir.path().join("snapshot/datasets/accounts.jsonl.zst");
    let mut bytes = fs::read(&file).expect("records");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x20;
    fs::write(&file, bytes).expect("a writable file");
    let output = run(&["assess", &dir.path().join("snapshot").display().to_string()]);
    insta::assert_snapshot!(told(&output, dir.path()));
    assert_eq!(output.status.code(), Some(6));
}

#[test]
fn the_same_snapshot_gives_the_same_bytes_for_any_number_of_threads() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut reports: Vec<Vec<Vec<u8>>> = Vec::new();
    for threads in ["1", "2", "5"] {
        let file = |name: &str| dir.path().join(threads).join(name);
        let format = |name: &str, path: &str| format!("{name}={}", file(path).display());
        let output = run(&[
            "assess",
            &demo_snapshot_argument(),
            "--threads",
            threads,
            "--format",
            &format("html", "r.html"),
            "--format",
            &format("markdown", "r.md"),
            "--format",
            &format("json", "r.json"),
        ]);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        reports.push(
            ["r.html", "r.md", "r.json"]
                .iter()
                .map(|name| fs::read(file(name)).expect("a report"))
                .collect(),
        );
    }
    assert!(reports.windows(2).all(|pair| pair[0] == pair[1]));
}

/// The text of an HTML page between `before` and the next tag, entities resolved.
fn between(page: &str, before: &str) -> String {
    let text = page
        .split(before)
        .nth(1)
        .and_then(|rest| rest.split('<').next())
        .expect("it is on the page");
    text.replace("&#x27;", "'")
        .replace("&quot;", "\"")
        .replace("&#x2f;", "/")
        .replace("&amp;", "&")
}

#[cfg(unix)]
#[test]
fn the_command_on_the_page_makes_the_assessment_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let page = dir.path().join("r.html");
    let output = run(&[
        "assess",
        &demo_snapshot_argument(),
        "--parameter",
        "domains-verified.corporate_domains=[\"it's.example\", tarnbrook.example]",
        "--parameter",
        "idle_days=31",
        "--format",
        &format!("html={}", page.display()),
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let page = fs::read_to_string(page).expect("a page");
    let commands = between(&page, "<dt>Same conclusions</dt><dd class=\"wide\"><pre>")
        .replace("tickmark ", &format!("{} ", env!("CARGO_BIN_EXE_tickmark")))
        .replace("SNAPSHOT", &demo_snapshot_argument());
    let shell = Command::new("sh")
        .args(["-c", &commands])
        .current_dir(dir.path())
        .output()
        .expect("a shell");
    let assessment = fs::read(dir.path().join("assessment.json"))
        .unwrap_or_else(|_| panic!("no assessment: {}", text(&shell.stderr)));
    let digest = tickmark::value::sha256_hex(&assessment);
    assert!(
        page.contains(&format!("Expect <span class=\"code digest\">{digest}")),
        "{commands}"
    );
}

#[test]
fn two_formats_never_share_a_file() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("report");
    let output = run(&[
        "assess",
        &demo_snapshot_argument(),
        "--format",
        &format!("html={}", file.display()),
        "--format",
        &format!("json={}", dir.path().join("./report").display()),
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("two formats for the file"));
    assert!(!file.exists());
}

#[cfg(unix)]
#[test]
fn a_report_is_for_its_owner_alone_and_one_that_breaks_leaves_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a folder");
    let page = dir.path().join("r.html");
    let write = |more: &[&str]| {
        let format = format!("html={}", page.display());
        let snapshot = demo_snapshot_argument();
        run(&[&["assess", &snapshot, "--format", &format], more].concat())
    };
    assert_eq!(write(&[]).status.code(), Some(1));
    let rights = fs::metadata(&page).expect("a page").permissions().mode();
    assert_eq!(rights & 0o777, 0o600);

    fs::remove_file(&page).expect("it is there");
    let templates = dir.path().join("templates");
    fs::create_dir(&templates).expect("a folder");
    fs::write(templates.join("report.html"), "begun {{ no_such_name }}").expect("it writes");
    let output = write(&["--templates", &templates.display().to_string()]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    let left: Vec<_> = fs::read_dir(dir.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(left, ["templates"]);
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_ends_a_report_on_stdout_quietly() {
    use std::process::Stdio;
    let mut child = tickmark(&["assess", &demo_snapshot_argument(), "--format", "html=-"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1), "the gate still has its say");
    assert!(!text(&output.stderr).contains("cannot write"));
}

#[test]
fn a_report_on_stdout_is_nothing_but_the_report() {
    let output = run(&["assess", &demo_snapshot_argument(), "--format", "json=-"]);
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON alone");
    assert_eq!(value["format"], "tickmark.assessment/1");
}

#[test]
fn a_second_source_that_is_not_whole_ends_collection_with_3_too() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("s");
    beside_server(world(10, 1), &["v1-users@*=403"], |server| {
        let output = collect(server, SANDBOX_KEY, &out);
        assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    });
    let shown = text(&run(&["snapshot", "show", &out.display().to_string()]).stdout);
    let users = shown.lines().find(|line| line.starts_with("  + v1 users"));
    assert!(users.is_some_and(|line| line.contains("denied")), "{shown}");
}

#[test]
fn a_denied_dataset_ends_collection_with_3_and_leaves_the_rest() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("s");
    beside_server(world(10, 1), &["api-tokens@*=403"], |server| {
        let output = collect(server, SANDBOX_KEY, &out);
        assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    });
    let shown = text(&run(&["snapshot", "show", &out.display().to_string()]).stdout);
    let tokens = shown.lines().find(|line| line.starts_with("api_tokens"));
    assert!(
        tokens.is_some_and(|line| line.contains("denied")),
        "{shown}"
    );
    let accounts = shown.lines().find(|line| line.starts_with("accounts"));
    assert!(
        accounts.is_some_and(|line| line.contains("whole")),
        "{shown}"
    );
}

#[test]
fn a_key_that_is_refused_everywhere_ends_with_4_and_is_never_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let key = "ATCTT3xFfGN0-a-key-nobody-may-see";
    beside_server(world(10, 1), &[], |server| {
        let output = collect(server, key, &dir.path().join("s"));
        assert_eq!(output.status.code(), Some(4));
        let told = told(&output, dir.path());
        assert!(!told.contains(key) && told.contains("key"), "{told}");
    });
    assert!(!dir.path().join("s/manifest.json").exists());
}

#[test]
fn the_key_stands_in_no_file_and_no_output_of_a_whole_run() {
    let dir = tempfile::tempdir().expect("a folder");
    beside_server(world(10, 1), &[], |server| {
        let output = tickmark(&[
            "run",
            "--org",
            server.org_id(),
            "--api-url",
            &server.base_url(),
            "--out",
            &dir.path().display().to_string(),
            "--progress",
            "json",
        ])
        .env("ATLASSIAN_API_KEY", SANDBOX_KEY)
        .output()
        .expect("the program starts");
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        assert!(!told(&output, dir.path()).contains(SANDBOX_KEY));
    });
    let mut folders = vec![dir.path().to_owned()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let mut bytes = fs::read(&path).expect("a file");
            if path.extension().is_some_and(|extension| extension == "zst") {
                bytes = zstd::decode_all(&bytes[..]).expect("zstd");
            }
            let found = bytes
                .windows(SANDBOX_KEY.len())
                .any(|window| window == SANDBOX_KEY.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
    assert!(files > 20, "{files} files");
}

#[test]
fn an_address_where_nobody_answers_ends_with_5() {
    let dir = tempfile::tempdir().expect("a folder");
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", free.local_addr().expect("an address"));
    drop(free);
    let output = tickmark(&[
        "collect",
        "--org",
        "9f6cf2b4-5c7c-4d0a-9c1f-3f0f4d1b2a3c",
        "--api-url",
        &url,
        "--out",
        &dir.path().join("s").display().to_string(),
    ])
    .env("ATLASSIAN_API_KEY", "a-key")
    .output()
    .expect("the program starts");
    assert_eq!(output.status.code(), Some(5), "{}", text(&output.stderr));
}

#[test]
fn a_missing_key_ends_with_2_and_says_where_to_get_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let output = run(&[
        "collect",
        "--org",
        "x",
        "--out",
        &dir.path().join("s").display().to_string(),
    ]);
    insta::assert_snapshot!(told(&output, dir.path()));
}

#[test]
fn selectors_find_records_values_paths_and_counts() {
    let snapshot = demo_snapshot_argument();
    let query = |arguments: &[&str]| {
        let mut all = vec!["datasets", "query", &snapshot];
        all.extend(arguments);
        let output = run(&all);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let managed = "$.accounts[?@.claim_status == 'managed']";
    let all: u64 = query(&["$.accounts[*]", "--count"])
        .trim()
        .parse()
        .expect("a number");
    let some: u64 = query(&[managed, "--count"])
        .trim()
        .parse()
        .expect("a number");
    assert!(0 < some && some < all);
    assert_eq!(all, 240);
    assert_eq!(query(&[managed]).lines().count() as u64, some);
    // One record at a time or all at once: the same places.
    let path = query(&["$.accounts[239].id", "--paths"]);
    assert_eq!(path, "$['accounts'][239]['id']\n");
    let last = query(&["$.accounts[*].id", "--paths"]);
    assert_eq!(last.lines().last(), path.lines().next());
    assert_eq!(
        query(&["$.accounts[*].id"]).lines().last(),
        query(&["$.accounts[239].id"]).lines().next()
    );
}

#[test]
fn any_json_document_can_be_queried() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("d.json");
    fs::write(&file, r#"{"a":[{"b":1},{"b":2},{}]}"#).expect("writable");
    let file = file.display().to_string();
    for (arguments, expected) in [
        (&["$.a[?@.b > 1]"][..], "{\"b\":2}\n"),
        (&["$..b", "--paths"], "$['a'][0]['b']\n$['a'][1]['b']\n"),
        (&["$.a[*]", "--count"], "3\n"),
    ] {
        let mut all = vec!["datasets", "query", "--json", &file];
        all.extend(arguments);
        assert_eq!(text(&run(&all).stdout), expected, "{arguments:?}");
    }
}

//! What holds of the project itself: its folders, its pages, its controls.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use tickmark::control;
use tickmark::diagnostic::{Look, SourceFile};
use tickmark::plan::{ParameterValues, Plan};

/// The root of the checkout.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a literal")
}

/// Every file below `folder` whose name ends so, sorted; build output and samples of runs left out.
fn files_below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    const NOT_OURS: [&str; 4] = ["target", ".git", "reports", "tickmark-demo"];
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}")) {
            let path = entry.expect("an entry of a folder just opened").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() && !NOT_OURS.contains(&name.as_ref()) {
                folders.push(path);
            } else if path.is_file() && name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn assert_none(problems: &[String], what: &str) {
    assert!(problems.is_empty(), "{what}:\n{}", problems.join("\n"));
}

// ---- pages ------------------------------------------------------------------------------------

/// Folders at the top whose paths the pages name.
const FOLDERS: &str = r"(?:src|controls|docs|profiles|templates|reports|tests|\.ci)";

/// Paths of this project that a page names: in backticks below one of [`FOLDERS`], or a root file, or a link.
fn paths_named(page: &str) -> BTreeSet<String> {
    let quoted = regex(&format!(
        r"`({FOLDERS}(?:/[^`\s]*)?|[A-Z]+\.md|[A-Za-z]+\.(?:toml|lock)|LICENSE-[A-Z]+)`"
    ));
    let linked = regex(r"\]\(([^)#\s]+)(?:#[^)]*)?\)");
    let is_page_elsewhere = |path: &str| path.contains("://") || path.starts_with("mailto:");
    let quoted = quoted.captures_iter(page).map(|found| found[1].to_owned());
    let linked = linked.captures_iter(page).map(|found| found[1].to_owned());
    quoted
        .chain(linked.filter(|path| !is_page_elsewhere(path)))
        .collect()
}

/// The part of a path before the first word that stands for many: `<id>`, `NAME`, `*`, `{a,b}`.
fn before_placeholder(path: &str) -> PathBuf {
    let stands_for_many = regex(r"[<>*{}…]|^[A-Z]{2,}(?:\.|$)");
    let is_root_file = !path.contains('/');
    let parts = path.trim_end_matches('/').split('/');
    parts
        .take_while(|part| is_root_file || !stands_for_many.is_match(part))
        .collect()
}

#[test]
fn every_path_named_in_a_page_exists() {
    let mut problems = Vec::new();
    for page in files_below(root(), ".md") {
        let beside = page.parent().expect("a file stands in a folder");
        for path in paths_named(&read(&page)) {
            let wanted = before_placeholder(&path);
            if !root().join(&wanted).exists() && !beside.join(&wanted).exists() {
                problems.push(format!("{}: {path}", page.display()));
            }
        }
    }
    assert_none(&problems, "pages name paths that are not there");
}

#[test]
fn paths_are_found_in_a_page() {
    let page = "See `src/gate.rs`, [tour](ARCHITECTURE.md#map), `tests/controls/<id>.yaml`, `.ci/run`, \
                `deny.toml`, `snapshot/manifest.json`, `--out DIR` and [Atlassian](https://atlassian.com/x).";
    let expected = [
        "src/gate.rs",
        "ARCHITECTURE.md",
        "tests/controls/<id>.yaml",
        ".ci/run",
        "deny.toml",
    ];
    assert_eq!(paths_named(page), expected.map(str::to_owned).into());
    assert_eq!(
        before_placeholder("tests/controls/<id>.yaml"),
        Path::new("tests/controls")
    );
    assert_eq!(
        before_placeholder(".ci/judges/NAME/"),
        Path::new(".ci/judges")
    );
    assert_eq!(before_placeholder("README.md"), Path::new("README.md"));
}

/// Whether controls are written with this word: an operator or a field, which may be as long as a sentence.
fn is_word_of_controls(word: &str) -> bool {
    let is_field = |dataset: &&tickmark::catalog::Dataset| dataset.field(word).is_some();
    tickmark::operator::operator(word).is_some() || tickmark::catalog::DATASETS.iter().any(is_field)
}

#[test]
fn every_test_named_in_a_page_exists() {
    let sentence = regex(r"`([a-z0-9]+(?:_[a-z0-9]+){3,})`");
    let rust = [
        files_below(&root().join("src"), ".rs"),
        files_below(&root().join("tests"), ".rs"),
    ];
    let code: String = rust.iter().flatten().map(|file| read(file)).collect();
    let mut problems = Vec::new();
    for page in files_below(root(), ".md") {
        for found in sentence.captures_iter(&read(&page)) {
            if !is_word_of_controls(&found[1]) && !code.contains(&format!("fn {}(", &found[1])) {
                problems.push(format!("{}: {}", page.display(), &found[1]));
            }
        }
    }
    assert_none(&problems, "pages name tests that are not there");
}

// ---- the pipeline -----------------------------------------------------------------------------

/// The stages in the order of the pipeline. `src/lib.rs` is the one place where it is written.
fn stages() -> Vec<String> {
    let module = regex(r"(?m)^pub mod ([a-z_]+);");
    let library = read(&root().join("src/lib.rs"));
    module
        .captures_iter(&library)
        .map(|found| found[1].to_owned())
        .collect()
}

/// The code without comments, and without items that only tests see.
fn program_text(code: &str) -> String {
    let comment = regex(r"(?m)^\s*//.*$");
    let mut rest = comment.replace_all(code, "").into_owned();
    while let Some(start) = rest.find("#[cfg(test)]") {
        let end = end_of_item(&rest, start + "#[cfg(test)]".len());
        rest.replace_range(start..end, "");
    }
    rest
}

/// Where the item that starts at `start` ends: after its `;`, or after the brace that closes its first one.
fn end_of_item(code: &str, start: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, character) in code[start..].char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && matches!(character, ';' | '}') {
            return start + offset + 1;
        }
    }
    code.len()
}

/// Stages that the code names: `crate::plan::Step`, `use crate::{plan, value::Json}`.
fn stages_used(code: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for (start, word) in code.match_indices("crate::") {
        let rest = &code[start + word.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0_usize;
            let mut top_level = String::new();
            for character in group.chars() {
                match character {
                    '}' if depth == 0 => break,
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ if depth == 0 => top_level.push(character),
                    _ => {}
                }
            }
            used.extend(top_level.split(',').filter_map(first_name));
        } else {
            used.extend(first_name(rest));
        }
    }
    used
}

/// The name that a path starts with.
fn first_name(path: &str) -> Option<String> {
    let is_part_of_name = |character: &char| character.is_ascii_alphanumeric() || *character == '_';
    let name: String = path
        .trim_start()
        .chars()
        .take_while(is_part_of_name)
        .collect();
    (!name.is_empty()).then_some(name)
}

#[test]
fn a_stage_uses_only_stages_before_it() {
    let stages = stages();
    let place = |name: &str| stages.iter().position(|stage| stage == name);
    let source = root().join("src");
    let mut problems = Vec::new();
    for file in files_below(&source, ".rs") {
        let path = file.strip_prefix(&source).expect("a file below src");
        let is_for_tests = path
            .iter()
            .any(|part| part == "tests.rs" || part == "tests");
        let first = path
            .iter()
            .next()
            .expect("a path has parts")
            .to_string_lossy();
        let stage = first.trim_end_matches(".rs");
        if is_for_tests || ["lib", "main"].contains(&stage) {
            continue;
        }
        let Some(own_place) = place(stage) else {
            problems.push(format!("src/{stage} is not named in src/lib.rs"));
            continue;
        };
        for used in stages_used(&program_text(&read(&file))) {
            if place(&used).is_some_and(|used_place| used_place > own_place) {
                problems.push(format!("{}: {stage} uses {used}", path.display()));
            }
        }
    }
    assert_none(&problems, "stages use what stands after them in src/lib.rs");
}

#[test]
fn uses_of_other_stages_are_found() {
    let code = "
        //! Left to [`crate::report`].
        use crate::value::Json;
        use crate::{catalog, jsonpath::{self, Query}, plan::Step};
        #[cfg(test)]
        use crate::sandbox;
        fn decide() -> crate::gate::Verdict { todo() }
        #[cfg(test)]
        mod tests { use crate::cli; fn each() { if true { } } }
    ";
    let expected = ["value", "catalog", "jsonpath", "plan", "gate"];
    assert_eq!(
        stages_used(&program_text(code)),
        expected.map(str::to_owned).into()
    );
}

// ---- circles ----------------------------------------------------------------------------------

/// Modules of one folder that still need each other. This list only ever gets shorter.
const CIRCLES: [&str; 8] = [
    "assess: answers assessment changes check doubt entries evidence fresh policies sets spill subject tally",
    "collect: pages parts retry",
    "doctor: access key",
    "import::attestation: draft policies",
    "report: json view",
    "report::view: control findings summary",
    "sandbox: audit_log generate world",
    "sandbox: faults options page reply routes",
];

/// The place of a module: `cli`, `controls`, `show`.
type ModulePath = Vec<String>;

/// The paths that `code` starts with, of which a group has several, and what stands behind them.
fn paths_at_start(code: &str) -> (Vec<ModulePath>, &str) {
    let Some(name) = first_name(code) else {
        return (Vec::new(), code);
    };
    let rest = &code.trim_start()[name.len()..];
    let Some(mut rest) = rest.strip_prefix("::") else {
        return (vec![vec![name]], rest);
    };
    let mut ends = Vec::new();
    if let Some(group) = rest.strip_prefix('{') {
        rest = group;
        while let Some(next) = rest.chars().next().filter(|next| *next != '}') {
            let (found, behind) = paths_at_start(rest);
            rest = match found.is_empty() {
                true => &rest[next.len_utf8()..],
                false => behind,
            };
            ends.extend(found);
        }
        rest = rest.strip_prefix('}').unwrap_or(rest);
    } else {
        (ends, rest) = paths_at_start(rest);
    }
    if ends.is_empty() {
        ends.push(Vec::new());
    }
    let whole = |mut end: ModulePath| {
        end.insert(0, name.clone());
        end
    };
    (ends.into_iter().map(whole).collect(), rest)
}

/// The modules of the program and what they name, as far as imports and paths tell.
struct Modules {
    code: BTreeMap<ModulePath, String>,
    /// Where a name comes from that a module takes from one below it, and so shows to all of them.
    shown: BTreeMap<ModulePath, ModulePath>,
}

impl Modules {
    fn of(code: BTreeMap<ModulePath, String>) -> Modules {
        let import = regex(r"(?m)^\s*(?:pub(?:\([^)]*\))? )?use ([^;]+);");
        let mut shown = BTreeMap::new();
        for (module, text) in &code {
            for found in import.captures_iter(text) {
                let (paths, _) = paths_at_start(found.get(1).map_or("", |path| path.as_str()));
                for mut path in paths {
                    path.retain(|name| name != "self");
                    let below = [module.as_slice(), &path[..path.len().min(1)]].concat();
                    if let (true, [from @ .., name]) = (code.contains_key(&below), path.as_slice())
                        && !from.is_empty()
                    {
                        let name = [module.as_slice(), std::slice::from_ref(name)].concat();
                        shown.insert(name, [module.as_slice(), from].concat());
                    }
                }
            }
        }
        Modules { code, shown }
    }

    /// The module that `path` leads to from `module`.
    fn meant(&self, module: &[String], path: &[String]) -> ModulePath {
        let mut place = module.to_vec();
        for (index, name) in path.iter().enumerate() {
            match name.as_str() {
                "crate" if index == 0 => place.clear(),
                "self" => {}
                "super" => drop(place.pop()),
                _ => {
                    place.push(name.clone());
                    if let Some(from) = self.shown.get(&place) {
                        return from.clone();
                    }
                    if !self.code.contains_key(&place) {
                        place.pop();
                        return place;
                    }
                }
            }
        }
        place
    }

    /// In each folder, which of its modules each one needs.
    fn needs(&self) -> BTreeMap<ModulePath, BTreeMap<&str, BTreeSet<String>>> {
        let start = regex(r"\b(?:crate|super|self)::");
        let mut needs: BTreeMap<_, BTreeMap<_, BTreeSet<_>>> = BTreeMap::new();
        for (module, text) in &self.code {
            for found in start.find_iter(text) {
                for path in paths_at_start(&text[found.start()..]).0 {
                    let meant = self.meant(module, &path);
                    let both = module.iter().zip(&meant);
                    let common = both.take_while(|(one, other)| one == other).count();
                    if let (Some(own), Some(other)) = (module.get(common), meant.get(common)) {
                        let folder = needs.entry(module[..common].to_vec()).or_default();
                        folder
                            .entry(own.as_str())
                            .or_default()
                            .insert(other.clone());
                    }
                }
            }
        }
        needs
    }

    /// The modules of a folder that need each other, however far around: `report: json view`.
    fn circles(&self) -> BTreeSet<String> {
        let mut circles = BTreeSet::new();
        for (folder, needs) in self.needs() {
            let reached = |from: &str| {
                let mut reached = BTreeSet::new();
                let mut open = vec![from];
                while let Some(next) = open.pop() {
                    for other in needs.get(next).into_iter().flatten() {
                        if reached.insert(other.as_str()) {
                            open.push(other);
                        }
                    }
                }
                reached
            };
            for module in needs.keys() {
                let circle = reached(module).into_iter();
                let circle: Vec<_> = circle
                    .filter(|other| reached(other).contains(module))
                    .collect();
                if !circle.is_empty() {
                    circles.insert(format!("{}: {}", folder.join("::"), circle.join(" ")));
                }
            }
        }
        circles
    }
}

/// Every module of the program, without what only tests see.
fn modules() -> Modules {
    let source = root().join("src");
    let mut code = BTreeMap::new();
    for file in files_below(&source, ".rs") {
        let path = file.strip_prefix(&source).expect("a file below src");
        let mut module: ModulePath = path
            .with_extension("")
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .collect();
        if module.last().is_some_and(|name| name == "mod") {
            module.pop();
        }
        let is_for_tests = module.iter().any(|name| name == "tests");
        if !is_for_tests && module != ["lib"] && module != ["main"] {
            code.insert(module, program_text(&read(&file)));
        }
    }
    Modules::of(code)
}

/// What stands in the folder for all of its modules, as `mod.rs` does, is no module beside them.
#[test]
fn modules_of_a_folder_do_not_need_each_other_in_circles() {
    let known: BTreeSet<String> = CIRCLES.map(str::to_owned).into();
    let found = modules().circles();
    let new: Vec<String> = found.difference(&known).cloned().collect();
    assert_none(&new, "modules that need each other");
    let gone: Vec<String> = known.difference(&found).cloned().collect();
    assert_none(&gone, "circles that are no longer there");
}

#[test]
fn circles_are_found() {
    let module = |path: &str, text: &str| {
        let path = path.split('/').map(str::to_owned).collect();
        (path, text.to_owned())
    };
    let modules = Modules::of(BTreeMap::from([
        module("a", "pub use self::one::One; use two::{Two, Three};"),
        module("a/one", "use super::two::inner::Deep; use super::Two;"),
        module(
            "a/two",
            "use super::{four::Four, five}; fn f() -> crate::a::One { }",
        ),
        module("a/two/inner", "use super::Two;"),
        module("a/four", "use crate::b::c; use super::*;"),
        module("a/five", "use super::four::{Four, self};"),
        module("b", "use c::C;"),
        module("b/c", "use super::C;"),
    ]));
    assert_eq!(modules.circles(), ["a: one two".to_owned()].into());
}

#[test]
fn the_code_map_follows_the_pipeline() {
    let map = read(&root().join("ARCHITECTURE.md"));
    let heading = regex(r"(?m)^### `([a-z_]+)`");
    let mapped: Vec<_> = heading
        .captures_iter(&map)
        .map(|found| found[1].to_owned())
        .collect();
    assert_eq!(
        mapped,
        stages(),
        "ARCHITECTURE.md has one heading a stage, in the order of src/lib.rs"
    );
}

// ---- controls ---------------------------------------------------------------------------------

fn yaml(path: &Path) -> serde_yaml::Value {
    serde_yaml::from_str(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The built-in controls: id to content.
fn controls() -> BTreeMap<String, serde_yaml::Value> {
    let frameworks = root().join("controls/frameworks");
    let mut files = files_below(&root().join("controls"), ".yaml");
    files.retain(|file| !file.starts_with(&frameworks));
    let controls: BTreeMap<_, _> = files.iter().map(|file| (stem(file), yaml(file))).collect();
    assert_eq!(
        controls.len(),
        files.len(),
        "two controls have files of one name"
    );
    assert!(!controls.is_empty(), "there are no controls");
    controls
}

/// The built-in controls at their defaults.
fn plan() -> Plan {
    let (controls, problems) = control::load(&control::builtin());
    assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
    Plan::new(controls, &ParameterValues::none())
        .unwrap_or_else(|problems| panic!("{}", problems.render(Look::Plain)))
}

#[test]
fn the_built_in_controls_load_without_a_problem_and_are_all_in_the_program() {
    let plan = plan();
    let in_program: Vec<_> = plan
        .controls
        .iter()
        .map(|control| control.id().to_string())
        .collect();
    assert!(controls().keys().eq(&in_program), "{in_program:?}");
}

#[test]
fn a_reason_for_leaving_out_names_the_parameters_value() {
    let plan = plan();
    let idle = plan
        .controls
        .iter()
        .find(|control| control.id().as_str() == "accounts-idle");
    let exclusions = &idle.expect("it is built in").exclusions;
    assert_eq!(exclusions[0].reason, "added in the last 30 days");
}

#[test]
fn every_control_has_cases_and_every_case_file_a_control() {
    let cases: BTreeMap<_, _> = files_below(&root().join("tests/controls"), ".yaml")
        .iter()
        .map(|file| (stem(file), yaml(file)))
        .collect();
    assert!(
        controls().keys().eq(cases.keys()),
        "{:?}\n{:?}",
        controls().keys(),
        cases.keys()
    );
    for (name, content) in &cases {
        assert_eq!(
            content["control"].as_str(),
            Some(name.as_str()),
            "the control that {name}.yaml names"
        );
    }
}

#[test]
fn the_cases_of_a_control_show_it_pass_fail_and_without_evidence() {
    for (name, control) in controls() {
        let cases = yaml(&root().join(format!("tests/controls/{name}.yaml")));
        let cases = cases["cases"].as_sequence().expect("a list of cases");
        let outcomes: BTreeSet<_> = cases
            .iter()
            .filter_map(|case| case["expect"]["outcome"].as_str())
            .collect();
        // No record decides what a person answers: a case can only show that nothing passes without an answer.
        let is_asked = !control["attest"].is_null();
        let wanted: &[&str] = match is_asked {
            true => &["unknown"],
            false => &["pass", "fail", "unknown"],
        };
        for outcome in wanted {
            assert!(
                outcomes.contains(outcome),
                "{name}: no case comes out as {outcome}"
            );
        }
        if is_asked {
            continue;
        }
        let excluded = |case: &serde_yaml::Value| case["expect"]["excluded"].as_u64().unwrap_or(0);
        let exclusions = control["exclude"]
            .as_sequence()
            .map_or(0, |list| list.len() as u64);
        let shown: u64 = cases.iter().map(excluded).sum();
        assert!(
            shown >= exclusions,
            "{name}: {exclusions} exclusions, {shown} records that cases exclude"
        );
        let is_cut =
            |case: &serde_yaml::Value| case["cut"].as_sequence().is_some_and(|cut| !cut.is_empty());
        assert!(
            cases.iter().any(is_cut),
            "{name}: no case has a cut dataset"
        );
    }
}

#[test]
fn every_case_file_reads_without_a_problem() {
    let mut problems = Vec::new();
    for file in files_below(&root().join("tests/controls"), ".yaml") {
        let source = SourceFile::new(file.display().to_string(), read(&file));
        let (_, found) = control::read_cases(&source);
        problems.extend((!found.is_empty()).then(|| found.render(Look::Plain)));
    }
    assert_none(&problems, "case files with problems");
}

#[test]
fn ids_and_codes_name_one_control_each() {
    let mut codes = BTreeMap::new();
    for (name, control) in controls() {
        assert_eq!(
            control["id"].as_str(),
            Some(name.as_str()),
            "id and file name"
        );
        let code = control["code"]
            .as_str()
            .expect("a built-in control has a code")
            .to_owned();
        assert!(
            regex(r"^ATL-[A-Z]{3}-[0-9]{2}$").is_match(&code),
            "{name}: {code}"
        );
        if let Some(other) = codes.insert(code.clone(), name.clone()) {
            panic!("{code} names both {other} and {name}");
        }
    }
}

/// Words that only an auditor may say, or that hide what is not known.
#[test]
fn no_control_claims_more_than_it_shows() {
    let claims = regex(
        r"(?i)\b(compliant|certified|audit-ready|tamper-proof|immutable|never active|all users|real-time|proven|score|fixed)\b|\bno MFA\b|\bMFA off\b|\bSSO enforced\b",
    );
    let mut problems = Vec::new();
    for file in files_below(&root().join("controls"), ".yaml") {
        for claim in claims.find_iter(&read(&file)) {
            problems.push(format!("{}: {}", file.display(), claim.as_str()));
        }
    }
    assert_none(
        &problems,
        "controls say what a test at one point in time cannot show",
    );
}

#[test]
fn the_readme_counts_the_controls_of_every_area_and_the_reference_lists_each() {
    let readme = read(&root().join("README.md"));
    let reference = read(&root().join("controls/README.md"));
    for (name, control) in controls() {
        let code = control["code"].as_str().unwrap_or_default();
        let is_listed = reference.contains(&format!("`{name}`")) && reference.contains(code);
        assert!(is_listed, "controls/README.md does not list {name}, {code}");
    }
    let mut areas: BTreeMap<String, usize> = BTreeMap::new();
    for file in files_below(&root().join("controls"), ".yaml") {
        let area = file.parent().and_then(Path::file_name).expect("a folder");
        *areas
            .entry(area.to_string_lossy().into_owned())
            .or_default() += 1;
    }
    areas.remove("frameworks");
    for (area, count) in areas {
        let row = format!("| `{area}` | {count} |");
        assert!(readme.contains(&row), "README.md lacks the row {row}");
    }
}

// ---- commands ---------------------------------------------------------------------------------

/// What the program prints for `arguments`.
fn printed(arguments: &[&str]) -> String {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_tickmark"))
        .args(arguments)
        .output()
        .expect("the program starts");
    assert!(
        output.status.success(),
        "tickmark {arguments:?}: {}",
        output.status
    );
    String::from_utf8(output.stdout).expect("help is text")
}

/// The subcommands that a help text lists.
fn subcommands(help: &str) -> BTreeSet<String> {
    let (_, list) = help.split_once("Commands:\n").unwrap_or_default();
    let (list, _) = list.split_once("\n\n").unwrap_or((list, ""));
    let name = regex(r"(?m)^  ([a-z-]+)\b");
    let names = name.captures_iter(list).map(|found| found[1].to_owned());
    names.filter(|name| name != "help").collect()
}

#[test]
fn the_readme_lists_every_command_and_no_other() {
    let readme = read(&root().join("README.md"));
    let row = regex(r"(?m)^\| `tickmark ([a-z-]+)[^`]*` \|");
    let listed: BTreeSet<_> = row
        .captures_iter(&readme)
        .map(|found| found[1].to_owned())
        .collect();
    assert_eq!(listed, subcommands(&printed(&["--help"])));
}

#[test]
fn every_option_in_the_readmes_examples_is_real() {
    let readme = read(&root().join("README.md"));
    let command = regex(
        r"(?m)^(?:   )?(?:[A-Z_]+=\S+ )?(?:tickmark|cargo run --release --) ([a-z-]+)([^#\n]*)",
    );
    let option = regex(r"(--[a-z-]+)");
    let mut options_seen = 0;
    for found in command.captures_iter(&readme) {
        let mut words = found[2].split_whitespace();
        let group = printed(&[&found[1], "--help"]);
        // `controls test DIR`: the options are those of the inner command.
        let help = match words.next().filter(|_| group.contains("\nCommands:")) {
            Some(inner) => printed(&[&found[1], inner, "--help"]),
            None => group,
        };
        for option in option.captures_iter(&found[2]) {
            options_seen += 1;
            assert!(
                help.contains(&option[1]),
                "tickmark {} has no {}",
                &found[1],
                &option[1]
            );
        }
    }
    assert!(
        options_seen >= 4,
        "the examples of README.md were not found"
    );
}

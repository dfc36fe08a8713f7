//! The folders are the pipeline: a stage uses only what stands before it.

use std::collections::BTreeSet;

use super::*;

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
pub(super) fn program_text(code: &str) -> String {
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
pub(super) fn first_name(path: &str) -> Option<String> {
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

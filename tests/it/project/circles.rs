//! Modules of one folder do not need each other in circles.

use std::collections::{BTreeMap, BTreeSet};

use super::pipeline::{first_name, program_text};
use super::*;

/// Modules of one folder that still need each other. This list only ever gets shorter.
const CIRCLES: [&str; 6] = [
    "assess: assessment entries evidence spill subject tally",
    "assess: check doubt sets",
    "doctor: access key",
    "report: json view",
    "sandbox: audit_log generate reviews world",
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
        module(
            "a/four",
            "use crate::b::c; use super::pipeline::{first_name, program_text};
use super::*;",
        ),
        module("a/five", "use super::four::{Four, self};"),
        module("b", "use c::C;"),
        module("b/c", "use super::C;"),
    ]));
    assert_eq!(modules.circles(), ["a: one two".to_owned()].into());
}

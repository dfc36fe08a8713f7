use super::*;
use crate::assess::{Assessment, fixture};
use crate::gate::Gate;
use std::fs;
use std::path::Path;

fn check(format: &str, assessment: &Assessment, options: &ReportOptions) -> String {
    let verdict = Gate::default().judge(assessment);
    let view = ReportView::new(assessment, &verdict, options).expect("it serialises");
    let mut bytes = Vec::new();
    (super::format(format).expect("a format").write)(&view, &mut bytes).expect("it writes");
    String::from_utf8(bytes).expect("UTF-8")
}

fn pages() -> [(&'static str, Assessment); 5] {
    [
        ("rich", fixture::rich()),
        ("no-controls", fixture::empty()),
        ("all-pass", fixture::all_pass()),
        ("all-unknown", fixture::all_unknown()),
        ("huge", fixture::huge(100_000)),
    ]
}

/// Writes every page to the folder named by `TICKMARK_PAGES`, for eyes and for judges.
#[test]
fn every_edge_state_renders() {
    let options = ReportOptions::default();
    for (name, assessment) in pages() {
        for format in FORMATS {
            if name == "huge" && format.name == "json" {
                continue;
            }
            let text = check(format.name, &assessment, &options);
            assert!(text.ends_with('\n'), "{name}.{}", format.extension);
            if let Some(folder) = std::env::var_os("TICKMARK_PAGES") {
                let path = Path::new(&folder).join(format!("{name}.{}", format.extension));
                fs::write(path, text).expect("the folder is there");
            }
        }
    }
}

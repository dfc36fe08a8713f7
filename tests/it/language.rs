//! The page on the control language, held against the loader.

use tickmark::control;
use tickmark::diagnostic::{Look, SourceFile};

#[test]
fn every_example_of_the_page_on_the_language_loads() {
    let page = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/docs/control-language.md"
    ))
    .expect("the page is there");
    let mut examples = 0;
    for block in page.split("```yaml\n").skip(1) {
        let (example, _) = block.split_once("```").expect("a block ends");
        let text = format!("id: t\ntitle: T\nseverity: low\nrationale: R\n{example}");
        let (controls, problems) = control::load(&[SourceFile::new("t.yaml", text)]);
        assert!(problems.is_empty(), "{}", problems.render(Look::Plain));
        examples += controls.len();
    }
    assert!(examples >= 7, "{examples} examples were found");
}
